//! Of several versions of one article, does the right one hold, and is no text lost that new articles are to be compared with?
#![allow(clippy::unwrap_used, reason = "what helpers unwrap is what the tests ask for")]

mod support;

use std::io::Cursor;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::Value;
use support::stories::{article, copy, story};
use support::{Folder, run_in, run_with_input};
use wirecopy::boilerplate::ShellTable;
use wirecopy::events::TermTable;
use wirecopy::index::{self, Added, Index, Removal, Writer};
use wirecopy::read::{Inputs, discover_with};
use wirecopy::settings::{ReadSettings, Settings};

fn inputs(lines: &str) -> Inputs {
    discover_with(&["-".into()], &ReadSettings::default(), Cursor::new(lines.as_bytes().to_vec())).unwrap()
}

/// A line of JSON; a field without a value is left out.
fn line(id: &str, published: &str, title: &str, text: &str) -> String {
    let mut record = serde_json::json!({"id": id, "source": "o.vn", "text": text});
    for (field, value) in [("published", published), ("title", title)] {
        if !value.is_empty() {
            record[field] = value.into();
        }
    }
    format!("{record}\n")
}

/// An index, filled record by record or all at once.
struct Filled {
    folder: Folder,
    path: PathBuf,
    added: Added,
}

impl Filled {
    fn new() -> Filled {
        let folder = Folder::with(&[]);
        let path = folder.path("i");
        index::create(&path, &Settings::default()).unwrap();
        // Learning tables takes longer than all the rest.
        let mut writer = Writer::open(&path, false).unwrap();
        writer.set_tables(ShellTable::default(), TermTable::default()).unwrap();
        Filled { folder, path, added: Added::default() }
    }

    /// With batches of about so many bytes.
    fn add(&mut self, lines: &str, batch_bytes: u64) {
        let mut writer = Writer::open(&self.path, false).unwrap().in_batches_of(batch_bytes);
        let now = writer.add(&inputs(lines), &ReadSettings::default(), &|_| ()).unwrap();
        self.added.new += now.new;
        self.added.revised += now.revised;
    }

    fn one_by_one(lines: &[String]) -> Filled {
        let mut filled = Filled::new();
        for line in lines {
            filled.add(line, u64::MAX);
        }
        filled
    }

    fn at_once(lines: &[String], batch_bytes: u64) -> Filled {
        let mut filled = Filled::new();
        filled.add(&lines.concat(), batch_bytes);
        filled
    }

    fn export(&self) -> String {
        let mut out = Vec::new();
        Index::open(&self.path).unwrap().export(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The exit code of a check of one more article of this text.
    fn check(&self, text: &str) -> i32 {
        self.folder.write("probe.jsonl", article("probe", 28, "khac.vn", text));
        let check = ["check", "probe.jsonl", "--against", "i", "--level", "copies", "-q"];
        run_in(self.folder.as_ref(), check).code
    }

    fn earlier_versions(&self) -> u64 {
        Index::open(&self.path).unwrap().info().earlier_versions
    }
}

/// What is held without its order: `(id, title, text)`.
fn held(export: &str) -> Vec<String> {
    let mut lines: Vec<String> = export.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

// ---------------------------------------------------------------------------------------------------------------------
// Which version holds
// ---------------------------------------------------------------------------------------------------------------------

/// A corrected title was dropped whenever its hash was the smaller one.
#[test]
fn a_correction_that_comes_later_holds_whatever_its_hash() {
    for number in 0..8 {
        for published in ["", "2024-05-01T08:00:00Z"] {
            let first = line("a", published, "Tiêu đề sai", &story(1));
            let second = line("a", published, &format!("Tiêu đề đúng {number}"), &story(1));
            for filled in
                [Filled::one_by_one(&[first.clone(), second.clone()]), Filled::at_once(&[first, second], u64::MAX)]
            {
                let export = filled.export();
                assert!(export.contains(&format!("Tiêu đề đúng {number}")) && export.lines().count() == 1, "{export}");
                assert_eq!(filled.earlier_versions(), 0, "the words are the same");
            }
        }
    }
}

#[test]
fn times_outrank_the_order_only_where_both_versions_have_one() {
    let version = |published: &str, title: &str| line("a", published, title, &story(1));
    let cases = [
        ("2024-05-02", "2024-05-01", "first"),
        ("2024-05-01", "2024-05-02", "second"),
        ("2024-05-01", "2024-05-01", "second"),
        ("2024-05-01", "", "second"),
        ("", "2024-05-01", "second"),
        ("", "", "second"),
    ];
    for (first, second, expected) in cases {
        let versions = [version(first, "first"), version(second, "second")];
        for filled in [Filled::one_by_one(&versions), Filled::at_once(&versions, u64::MAX)] {
            let export = filled.export();
            assert!(export.contains(&format!("\"title\":\"{expected}\"")), "{first:?}, then {second:?}: {export}");
        }
    }
}

#[test]
fn what_became_of_each_version_is_counted() {
    let mut filled = Filled::new();
    filled.add(&line("a", "2024-05-02", "", &story(1)), u64::MAX);
    let records = [
        line("a", "2024-05-02", "", &story(1)),
        line("a", "2024-05-01", "", &story(2)),
        line("b", "", "", &story(3)),
        line("b", "", "", &story(3)),
        line("b", "", "", &story(4)),
        line("c", "", "", " "),
    ];
    let mut writer = Writer::open(&filled.path, false).unwrap();
    let added = writer.add(&inputs(&records.concat()), &ReadSettings::default(), &|_| ()).unwrap();
    let counts = (added.new, added.revised, added.unchanged, added.older, added.repeated, added.empty);
    assert_eq!(counts, (1, 1, 1, 1, 1, 1), "{added:?}");
    assert_eq!(writer.index().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// The same sequence of versions gives the same index one by one, at once, and in batches of any size.
    #[test]
    fn batches_make_no_difference_to_versions(
        records in prop::collection::vec((0usize..3, 0usize..4, 0usize..3, 0usize..4), 1..24),
        batch_bytes in prop::sample::select(vec![1u64, 2_000, 6_000]),
    ) {
        let record = |&(id, text, title, day): &(usize, usize, usize, usize)| {
            let published = if day == 0 { String::new() } else { format!("2024-05-0{day}") };
            line(&format!("id{id}"), &published, &format!("t{title}"), &story(id * 10 + text))
        };
        let lines: Vec<String> = records.iter().map(record).collect();
        let (one_by_one, batched) = (Filled::one_by_one(&lines), Filled::at_once(&lines, batch_bytes));
        let whole = Filled::at_once(&lines, u64::MAX);
        prop_assert_eq!(held(&one_by_one.export()), held(&batched.export()));
        prop_assert_eq!(held(&one_by_one.export()), held(&whole.export()));
        for filled in [&one_by_one, &batched, &whole] {
            let before = filled.export();
            let articles = Index::open(&filled.path).unwrap().len();
            prop_assert_eq!(filled.added.new, articles);
            prop_assert_eq!(filled.earlier_versions(), whole.earlier_versions());
            Writer::open(&filled.path, false).unwrap().compact(false).unwrap();
            prop_assert_eq!(held(&filled.export()), held(&before), "compaction changes nothing");
            prop_assert_eq!(filled.earlier_versions(), whole.earlier_versions());
            prop_assert!(Index::verify(&filled.path).unwrap().is_empty());
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// What new articles are compared with
// ---------------------------------------------------------------------------------------------------------------------

/// Adds with the gate itself; what it said.
fn gate(filled: &Filled, record: &str) -> String {
    filled.folder.write("new.jsonl", record);
    let check = ["check", "new.jsonl", "--against", "i", "--level", "copies", "--add"];
    let ran = run_in(filled.folder.as_ref(), check);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stderr
}

/// Other words under a known id took the known text out of the index, which then passed under another id.
#[test]
fn other_words_under_a_known_id_take_no_text_out_of_what_is_compared() {
    let filled = Filled::one_by_one(&[line("a", "", "", &story(1))]);
    assert_eq!((filled.check(&story(1)), filled.check(&story(2))), (1, 0));
    let said = gate(&filled, &line("a", "2099-01-01", "", &story(2)));
    assert!(said.contains("1 article replaced by a new version") && !said.contains("1 article added"), "{said}");
    assert_eq!((filled.check(&story(1)), filled.check(&copy(1)), filled.check(&story(2))), (1, 1, 1));
    assert_eq!(held(&filled.export()).len(), 1, "one version holds");
    let mut writer = Writer::open(&filled.path, false).unwrap();
    for relearn in [false, true] {
        writer.compact(relearn).unwrap();
        assert_eq!((filled.check(&story(1)), filled.check(&story(2))), (1, 1), "compacted, {relearn}");
    }
    let removed = writer.remove(&Removal { ids: vec!["a".to_owned()], ..Removal::default() }).unwrap();
    assert_eq!((removed.articles, filled.check(&story(1)), filled.check(&story(2))), (1, 0, 0), "all versions go");
}

#[test]
fn neither_do_a_stream_and_index_add() {
    let filled = Filled::one_by_one(&[line("a", "", "", &story(1)), line("b", "", "", &story(5))]);
    let index = filled.path.to_str().unwrap();
    let arguments = ["check", "-", "--against", index, "--stream", "--add", "--level", "copies", "-q"];
    let ran = run_with_input(line("a", "", "", &story(2)).as_bytes(), arguments);
    let said: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
    assert_eq!((&said["added"], &said["revised"]), (&true.into(), &true.into()), "{said}");
    filled.folder.write("new.jsonl", line("b", "", "", &story(6)));
    let ran = run_in(filled.folder.as_ref(), ["index", "add", "i", "new.jsonl"]);
    assert!(ran.stderr.contains("1 replaced by a new version"), "{}", ran.stderr);
    for number in [1, 2, 5, 6] {
        assert_eq!(filled.check(&story(number)), 1, "story {number}");
    }
}

/// Each edit is a small one, and in the end nothing is left of the first text.
#[test]
fn a_chain_of_edits_takes_no_text_out_either() {
    let filled = Filled::one_by_one(&[line("a", "", "", &story(1))]);
    let sentences = |number: usize| -> Vec<String> { story(number).split(". ").map(str::to_owned).collect() };
    let (from, to) = (sentences(1), sentences(2));
    for edit in 1..=from.len().max(to.len()) {
        let text = [&to[..edit.min(to.len())], &from[edit.min(from.len())..]].concat().join(". ");
        gate(&filled, &line("a", "", "", &text));
    }
    assert_eq!((filled.check(&story(1)), filled.check(&story(2))), (1, 1));
    assert!(held(&filled.export())[0].contains(to.last().unwrap()));
}

#[test]
fn a_text_that_comes_before_another_of_its_id_in_one_input_is_compared_with_as_well() {
    let versions = [line("a", "", "", &story(1)), line("a", "", "", &story(2))];
    for filled in [Filled::at_once(&versions, u64::MAX), Filled::at_once(&versions, 1)] {
        assert_eq!((filled.check(&story(1)), filled.check(&story(2))), (1, 1));
        assert_eq!(Index::open(&filled.path).unwrap().len(), 1);
    }
}

#[test]
fn a_hundred_small_edits_keep_the_first_version_and_the_last() {
    let first = story(1);
    let edit = |number: usize| line("a", "", "", &format!("{first} Cập nhật lúc {number} giờ."));
    let lines: Vec<String> = (0..30).map(edit).collect();
    let filled = Filled::one_by_one(&lines);
    assert!(filled.earlier_versions() <= 2, "{}", filled.earlier_versions());
    assert!(filled.export().contains("lúc 29 giờ"));
}

/// Each version of an edited article was a match of its own, under an id with a hash.
#[test]
fn a_copy_of_an_edited_article_is_named_with_that_article_once() {
    let slip = story(1).replacen(' ', "  vẫn ", 1);
    let filled = Filled::one_by_one(&[line("a", "", "Cũ", &slip), line("a", "", "Mới", &story(1))]);
    assert_eq!(filled.earlier_versions(), 1);
    filled.folder.write("new.jsonl", article("b", 9, "x.vn", &copy(1)));
    let check = ["check", "new.jsonl", "--against", "i", "--level", "copies", "--format", "json", "-q"];
    let report: Value = serde_json::from_str(&run_in(filled.folder.as_ref(), check).stdout).unwrap();
    let matches = report["findings"][0]["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 1, "{report:#}");
    assert_eq!((&matches[0]["id"], &matches[0]["title"]), (&"a".into(), &"Mới".into()));
}

// ---------------------------------------------------------------------------------------------------------------------
// Removing
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn removing_says_what_is_not_there() {
    let filled = Filled::one_by_one(&[line("a", "2024-05-02", "", &story(1)), line("b", "", "", &story(2))]);
    let said = |arguments: &[&str]| {
        let ran = run_in(filled.folder.as_ref(), [&["index", "remove", "i"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout + &ran.stderr
    };
    let ids = said(&["--id", "nosuch", "--id", "b", "-q"]);
    assert!(ids.contains("no article has the id `nosuch`") && !ids.contains("`b`"), "{ids}");
    assert!(said(&["--source", "P.vn"]).contains("no article is of the outlet `P.vn`"));
    assert!(said(&["--before", "2024-05-01"]).contains("no article was published before 2024-05-01"));
    assert!(said(&["--id", "nosuch"]).contains("0 articles removed; 1 article is left"));
    let report: Value = serde_json::from_str(&said(&["--source", "O.VN", "--json"])).unwrap();
    assert_eq!((&report["removed"]["articles"], &report["index"]["articles"]), (&1.into(), &0.into()), "{report:#}");
}

#[test]
fn earlier_versions_go_by_their_own_age() {
    let versions = [line("a", "2024-05-01", "", &story(1)), line("a", "2024-05-09", "", &story(2))];
    let filled = Filled::one_by_one(&versions);
    let removal = Removal { before: wirecopy::days::published::parse("2024-05-05"), ..Removal::default() };
    let mut writer = Writer::open(&filled.path, false).unwrap();
    let removed = writer.remove(&removal).unwrap();
    assert_eq!((removed.articles, removed.earlier_versions, removed.none_before), (0, 1, false));
    assert_eq!((filled.check(&story(1)), filled.check(&story(2))), (0, 1));
}

// ---------------------------------------------------------------------------------------------------------------------
// What stands in the place of a file
// ---------------------------------------------------------------------------------------------------------------------

/// A pipe in the place of a segment made every command wait for ever.
#[cfg(unix)]
#[test]
fn a_pipe_a_device_or_a_folder_in_the_place_of_a_file_is_refused_by_name() {
    let versions = [line("a", "", "", &story(1)), line("a", "", "", &story(2)), line("b", "", "", &story(3))];
    let filled = Filled::one_by_one(&versions);
    let mut writer = Writer::open(&filled.path, false).unwrap();
    writer.compact(false).unwrap();
    writer.add(&inputs(&line("c", "", "", &story(4))), &ReadSettings::default(), &|_| ()).unwrap();
    writer.add(&inputs(&line("c", "", "", &story(5))), &ReadSettings::default(), &|_| ()).unwrap();
    drop(writer);
    let names = std::fs::read_dir(&filled.path).unwrap();
    let names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for kind in ["MANIFEST", "LOCK", "segment-", "earlier-", "shells-", "terms-"] {
        let name = names.iter().find(|name| name.starts_with(kind)).unwrap();
        let (place, aside) = (filled.path.join(name), filled.folder.path("aside"));
        std::fs::rename(&place, &aside).unwrap();
        for stands_in in ["pipe", "device", "folder"] {
            match stands_in {
                "pipe" => assert!(std::process::Command::new("mkfifo").arg(&place).status().unwrap().success()),
                "device" => std::os::unix::fs::symlink("/dev/zero", &place).unwrap(),
                _ => std::fs::create_dir(&place).unwrap(),
            }
            filled.folder.write("new.jsonl", line("d", "", "", &story(6)));
            let commands: [&[&str]; 3] = [
                &["index", "info", "i"],
                &["index", "add", "i", "new.jsonl"],
                &["check", "new.jsonl", "--against", "i", "--add", "--level", "copies"],
            ];
            for command in &commands[usize::from(kind == "LOCK")..] {
                let ran = run_in(filled.folder.as_ref(), *command);
                assert_eq!(ran.code, 2, "{name}, {stands_in}, {command:?}: {}", ran.stderr);
                assert!(ran.stderr.contains(name), "{name}, {stands_in}, {command:?}: {}", ran.stderr);
            }
            if stands_in == "folder" {
                std::fs::remove_dir(&place).unwrap();
            } else {
                std::fs::remove_file(&place).unwrap();
            }
        }
        std::fs::rename(&aside, &place).unwrap();
    }
    assert!(Index::verify(&filled.path).unwrap().is_empty());
}
