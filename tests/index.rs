//! Does an index hold what it was given, whatever happens, and answer as one run over all of it would?
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what helpers unwrap is what the tests ask for; figures are shown"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;

use proptest::prelude::*;
use support::{Folder, run, run_in};
use wirecopy::candidates::{PIVOTS, Plan};
use wirecopy::index::{self, Index, IndexError, Removal, Writer};
use wirecopy::pipeline::{Run, Tables, run_inputs};
use wirecopy::read::{Inputs, discover_with};
use wirecopy::settings::{Level, ReadSettings, Settings};

fn inputs(lines: &str) -> Inputs {
    discover_with(&["-".into()], &ReadSettings::default(), Cursor::new(lines.as_bytes().to_vec())).unwrap()
}

fn line(id: &str, published: &str, source: &str, text: &str) -> String {
    let published = if published.is_empty() { String::new() } else { format!("\"published\":\"{published}\",") };
    format!("{{\"id\":\"{id}\",{published}\"source\":\"{source}\",\"text\":\"{text}\"}}\n")
}

/// Text of so many words: of one story they are the same, but where this version has its own.
fn text(story: usize, version: usize, words: usize) -> String {
    let word = |place: usize| match (place + 7 * version) % 29 {
        0 => format!("own{version}x{place}"),
        _ => format!("w{story}x{place}"),
    };
    (0..words).map(word).collect::<Vec<_>>().join(" ")
}

fn export(index: &Index) -> String {
    let mut out = Vec::new();
    index.export(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Clusters by the ids of their members, each with what it has in common with the representative.
fn clusters(run: &Run) -> BTreeSet<(String, Vec<(String, String)>)> {
    let id = |article: u32| run.records[article as usize].id.clone();
    let members = |cluster: &wirecopy::cluster::CopyCluster| {
        let member =
            |one: &wirecopy::cluster::Member| (id(one.article), format!("{:?} {:?}", one.kind, one.comparison));
        cluster.members.iter().map(member).collect()
    };
    run.clustering.clusters.iter().map(|cluster| (id(cluster.representative), members(cluster))).collect()
}

fn run_of(lines: &str, settings: &Settings, index: &Index) -> Run {
    let tables = Tables { shells: Some(index.shells().cloned().unwrap_or_default()), ..Tables::default() };
    run_inputs(&inputs(lines), settings, tables, &()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Under the same tables and distinct ids, any number of batches in any order gives the clusters of one run.
    #[test]
    fn incremental_equals_batch(
        articles in prop::collection::vec((0usize..5, 0usize..6, 20usize..90, 0usize..11), 1..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let settings = Settings { level: Level::Copies, ..Settings::default() };
        index::create(&path, &settings).unwrap();
        let mut batches: BTreeMap<usize, String> = BTreeMap::new();
        for (number, &(story, version, words, batch)) in articles.iter().enumerate() {
            let line = line(&format!("a{number}"), "", &format!("outlet{}", number % 3), &text(story, version, words));
            *batches.entry(batch).or_default() += &line;
        }
        let mut writer = Writer::open(&path, false).unwrap();
        for batch in batches.values() {
            writer.add(&inputs(batch), &settings.read, &|_| ()).unwrap();
        }
        let index = Index::open(&path).unwrap();
        prop_assert_eq!(index.len(), articles.len() as u64);
        let all: String = batches.values().rev().map(String::as_str).collect();
        let (whole, stored) = (run_of(&all, &settings, &index), run_of(&export(&index), &settings, &index));
        prop_assert_eq!(clusters(&whole), clusters(&stored));
        prop_assert_eq!(whole.edges.len(), stored.edges.len());
        prop_assert!(Index::verify(&path).unwrap().is_empty());
    }

    /// What an index says is similar to an article holds every edge that one run over both finds.
    #[test]
    fn every_copy_of_a_stored_article_is_proposed(
        articles in prop::collection::vec((0usize..5, 0usize..6, 12usize..90), 2..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        let settings = Settings { level: Level::Copies, ..Settings::default() };
        index::create(&path, &settings).unwrap();
        let lines: Vec<String> = articles
            .iter()
            .enumerate()
            .map(|(number, &(story, version, words))| line(&format!("a{number}"), "", "o", &text(story, version, words)))
            .collect();
        let (old, new) = lines.split_at(lines.len() / 2);
        Writer::open(&path, false).unwrap().add(&inputs(&old.concat()), &settings.read, &|_| ()).unwrap();
        let index = Index::open(&path).unwrap();
        let run = run_of(&lines.concat(), &settings, &index);
        let mut brought = inputs(&new.concat());
        index.bring(&mut brought, &settings, false, &|_| ()).unwrap();
        let ids: BTreeSet<String> = brought
            .scan(&settings.read, &|_| (), |article| article.id.clone().into_owned())
            .unwrap()
            .articles
            .into_iter()
            .map(|(_, id)| id)
            .collect();
        let old_ids: BTreeSet<String> = (0..old.len()).map(|number| format!("a{number}")).collect();
        for edge in run.all_edges() {
            let [a, b] = [edge.a, edge.b].map(|article| run.records[article as usize].id.clone());
            let (old_one, new_one) = if old_ids.contains(&a) { (a, b) } else { (b, a) };
            if old_ids.contains(&old_one) && !old_ids.contains(&new_one) {
                prop_assert!(ids.contains(&old_one), "{old_one} of {new_one}: {edge:?}");
            }
        }
    }
}

/// A million generated articles had sentences that hundreds of them shared; whoever had two of these was compared with all.
#[test]
fn a_paragraph_that_hundreds_have_proposes_none_of_them_but_to_what_is_little_else() {
    let stock = text(999, 0, 60);
    let lines: String = (0..300)
        .map(|story| {
            line(&format!("a{story}"), "", &format!("{story}.vn"), &format!("{} {stock}", text(story, 0, 300)))
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    index::create(&path, &Settings::default()).unwrap();
    Writer::open(&path, false).unwrap().add(&inputs(&lines), &ReadSettings::default(), &|_| ()).unwrap();
    let index = Index::open(&path).unwrap();
    let asked = [
        line("other", "", "n.vn", &format!("{} {stock}", text(1_000, 0, 300))),
        line("copy", "", "n.vn", &format!("{} {stock}", text(7, 1, 300))),
        line("excerpt", "", "n.vn", &text(7, 0, 80)),
        line("stock", "", "n.vn", &stock),
    ];
    let asked = inputs(&asked.concat());
    let scan = asked.scan(&ReadSettings::default(), &|_| (), |article| index.query(article)).unwrap();
    let queries: Vec<_> = scan.articles.into_iter().map(|(_, query)| query.unwrap()).collect();
    let similar = index.similar(&Plan::of(&Settings::default()), &queries).unwrap();
    let seventh = index.find("a7").unwrap();
    assert_eq!(similar[..3], [vec![], vec![seventh], vec![seventh]]);
    assert!((1..=PIVOTS * 60).contains(&similar[3].len()), "{} of 300", similar[3].len());
}

/// An index of twelve articles of two outlets, one a day.
fn filled() -> Folder {
    let folder = Folder::with(&[]);
    let path = folder.path("i");
    index::create(&path, &Settings::default()).unwrap();
    let lines: String = (0..12)
        .map(|n| line(&format!("a{n}"), &format!("2024-02-{:02}", n + 1), ["x.vn", "y.vn"][n % 2], &text(n, 0, 60)))
        .collect();
    Writer::open(&path, false).unwrap().add(&inputs(&lines), &ReadSettings::default(), &|_| ()).unwrap();
    folder
}

#[test]
fn articles_are_removed_by_id_outlet_and_age() {
    let folder = filled();
    let mut writer = Writer::open(&folder.path("i"), false).unwrap();
    let before = wirecopy::days::published::parse("2024-02-03");
    let removal = Removal { ids: vec!["a11".to_owned(), "none".to_owned()], outlets: vec!["X.vn".to_owned()], before };
    let removed = writer.remove(&removal).unwrap();
    assert_eq!(removed.articles, 6 + 1 + 1, "of x.vn six, a11, and a1 of the second day");
    assert_eq!(removed.unknown_ids, ["none"]);
    assert_eq!(writer.index().len(), 4);
    assert!(writer.index().find("a3").is_some() && writer.index().find("a1").is_none());
    assert_eq!(writer.index().info().removed, 0, "more than a quarter went, so the segment was written anew");
    assert_eq!(writer.remove(&removal).unwrap().articles, 0);
}

#[test]
fn small_segments_become_one_by_themselves_and_the_same_articles_change_nothing() {
    let folder = Folder::with(&[]);
    let path = folder.path("i");
    index::create(&path, &Settings::default()).unwrap();
    let mut writer = Writer::open(&path, false).unwrap();
    let one = |n: usize| line(&format!("a{n}"), "", "o", &text(n, 0, 40));
    for n in 0..20 {
        writer.add(&inputs(&one(n)), &ReadSettings::default(), &|_| ()).unwrap();
    }
    assert!(writer.index().info().segments < 8, "{:?}", writer.index().info());
    let generation = writer.index().info().generation;
    let again: String = (0..20).map(one).collect();
    let added = writer.add(&inputs(&again), &ReadSettings::default(), &|_| ()).unwrap();
    assert_eq!((added.new, added.unchanged, writer.index().info().generation), (0, 20, generation));
}

#[test]
fn a_second_writer_is_told_who_writes_and_readers_go_on() {
    let folder = filled();
    let path = folder.path("i");
    let mut writer = Writer::open(&path, false).unwrap();
    let reader = Index::open(&path).unwrap();
    let error = Writer::open(&path, false).unwrap_err();
    assert!(
        matches!(&error, IndexError::Locked { holder } if holder == &format!("process {}", std::process::id())),
        "{error}"
    );
    writer.add(&inputs(&line("new", "", "o", &text(99, 0, 50))), &ReadSettings::default(), &|_| ()).unwrap();
    writer.compact(false).unwrap();
    assert_eq!(export(&reader).lines().count(), 12, "what was opened stays as it was");
    assert_eq!(Index::open(&path).unwrap().len(), 13);
    drop(writer);
    assert!(Writer::open(&path, false).is_ok());
}

#[test]
fn tables_are_learned_once_and_anew_only_when_asked() {
    let folder = Folder::with(&[]);
    let path = folder.path("i");
    index::create(&path, &Settings::default()).unwrap();
    let with_shell =
        |n: usize| line(&format!("a{n}"), "", "o", &format!("{}\\nBình luận về bài viết này ở đây\\n", text(n, 0, 50)));
    let mut writer = Writer::open(&path, false).unwrap();
    let plain: String = (100..110).map(|n| line(&format!("a{n}"), "", "o", &text(n, 0, 50))).collect();
    writer.add(&inputs(&plain), &ReadSettings::default(), &|_| ()).unwrap();
    let shelled: String = (0..20).map(with_shell).collect();
    writer.add(&inputs(&shelled), &ReadSettings::default(), &|_| ()).unwrap();
    let info = writer.index().info();
    assert_eq!((info.epoch, info.shells), (1, 0), "what came first had none");
    let held = export(writer.index());
    writer.compact(true).unwrap();
    let info = writer.index().info();
    assert_eq!((info.epoch, info.shells, info.segments, info.articles), (2, 1, 1, 30));
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&held), sorted(&export(writer.index())), "documents are as they were");
    assert!(Index::verify(&path).unwrap().is_empty());
}

// ---------------------------------------------------------------------------------------------------------------------
// Damage
// ---------------------------------------------------------------------------------------------------------------------

/// Every bit of every file flipped in turn would take minutes; a bit of every byte at a stride that meets all parts does not.
#[test]
fn verify_finds_flipped_bits_and_says_what_is_affected() {
    let folder = filled();
    let path = folder.path("i");
    Writer::open(&path, false).unwrap().remove(&Removal { ids: vec!["a0".to_owned()], ..Removal::default() }).unwrap();
    let names: Vec<String> = std::fs::read_dir(&path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "LOCK")
        .collect();
    assert!(names.iter().any(|name| name.starts_with("removed")), "{names:?}");
    for name in names {
        let whole = std::fs::read(path.join(&name)).unwrap();
        for at in (0..whole.len()).step_by(1 + whole.len() / 400) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            std::fs::write(path.join(&name), &flipped).unwrap();
            let faults = Index::verify(&path);
            assert!(
                faults.as_ref().is_err() || !faults.as_ref().unwrap().is_empty(),
                "{name}, byte {at} of {}",
                whole.len()
            );
        }
        std::fs::write(path.join(&name), &whole).unwrap();
    }
    assert!(Index::verify(&path).unwrap().is_empty());
}

#[test]
fn what_can_not_be_opened_is_refused_with_what_to_do() {
    let folder = filled();
    let said = |arguments: &[&str]| {
        let ran = run_in(folder.as_ref(), arguments);
        // A check writes a report in every case, and nothing else does.
        assert!(ran.code == 2 && (arguments[0] == "check" || ran.stdout.is_empty()), "{ran:?}");
        ran.stderr
    };
    assert!(
        said(&["index", "info", "nowhere"]).contains("no index here; make one with: wirecopy index create nowhere")
    );
    assert!(said(&["index", "create", "i"]).contains("there is an index already"));
    folder.write("file.txt", "Một bài báo");
    assert!(said(&["index", "create", "."]).contains("the folder holds other files"));
    assert!(said(&["index", "remove", "i"]).contains("give --id, --source or --before"));
    assert!(said(&["index", "remove", "i", "--before", "hôm qua"]).contains("expected a date"));
    assert!(said(&["index", "add", "i", "missing.jsonl"]).contains("no such file"));
    folder.write("wirecopy.toml", "window-words = 6\n");
    let refused = said(&["index", "add", "i", "file.txt"]);
    assert!(refused.contains("made with 5, and 6 was asked for"), "{refused}");
    std::fs::remove_file(folder.path("wirecopy.toml")).unwrap();

    let segment = std::fs::read_dir(folder.path("i")).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.into_iter().find(|path| path.to_string_lossy().contains("segment-")).unwrap();
    let whole = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &whole[..whole.len() / 2]).unwrap();
    assert!(said(&["index", "info", "i"]).contains("damaged"));
    std::fs::remove_file(&segment).unwrap();
    let gone = said(&["check", "file.txt", "--against", "i"]);
    assert!(gone.contains("segment-"), "{gone}");
    std::fs::write(&segment, &whole).unwrap();

    let manifest = std::fs::read_to_string(folder.path("i/MANIFEST")).unwrap();
    let json = manifest.lines().next().unwrap().replacen("\"format\":2", "\"format\":7", 1);
    let checksum = xxhash_rust::xxh3::xxh3_64(json.as_bytes());
    std::fs::write(folder.path("i/MANIFEST"), format!("{json}\nxxh3 {checksum:016x}\n")).unwrap();
    assert!(said(&["index", "info", "i"]).contains("written in format 7, and this build reads format 2"));
}

#[cfg(unix)]
#[test]
fn a_read_only_index_is_read_and_not_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = filled();
    let path = folder.path("i");
    std::fs::remove_file(path.join("LOCK")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(Index::open(&path).unwrap().len(), 12);
    // Who may do everything may write here, too.
    let writable = std::fs::write(path.join("probe"), "").is_ok();
    assert!(writable || Writer::open(&path, false).is_err());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

// ---------------------------------------------------------------------------------------------------------------------
// The golden index
// ---------------------------------------------------------------------------------------------------------------------

const GOLDEN: &str = "tests/data/index-2";

fn golden_path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN)
}

#[test]
fn an_index_of_the_first_format_is_refused_and_not_called_damaged() {
    let found = run(["index", "info", "tests/data/index-1"]);
    assert_eq!(found.code, 2);
    assert!(found.stderr.contains("written in format 1, and this build reads format 2"), "{}", found.stderr);
}

#[test]
fn the_golden_index_still_reads() {
    let index = Index::open(&golden_path()).unwrap();
    assert_eq!(index.len(), 4, "five seeds, one removed");
    assert!(Index::verify(&golden_path()).unwrap().is_empty());
    let seed = index.find(support::SEEDS[2]).unwrap();
    let text =
        std::fs::read_to_string(format!("{}/seeds/{}.txt", env!("CARGO_MANIFEST_DIR"), support::SEEDS[2])).unwrap();
    assert_eq!(index.article(seed).unwrap().text.trim(), text.trim());
    let found = run(["check", "seeds", "--against", GOLDEN, "--level", "copies", "--format", "json", "-q"]);
    assert_eq!(found.code, 0, "{}", found.stderr);
}

/// Writes the golden index: `cargo test --test index write_golden_index -- --ignored`, for a new version of the format alone.
#[test]
#[ignore = "writes the golden index"]
fn write_golden_index() {
    let path = golden_path();
    let _ = std::fs::remove_dir_all(&path);
    let add = |arguments: &[&str]| assert_eq!(run(arguments).code, 0);
    add(&["index", "create", GOLDEN, "-q"]);
    add(&["index", "add", GOLDEN, "seeds", "-q"]);
    add(&["index", "remove", GOLDEN, "--id", support::SEEDS[3], "-q"]);
    std::fs::remove_file(path.join("LOCK")).unwrap();
}

#[test]
fn the_commands_of_an_index_say_what_they_did() {
    let folder = Folder::with(&[("a.jsonl", &line("a", "2024-02-01", "x.vn", &text(1, 0, 50)))]);
    let said = |arguments: &[&str]| {
        let ran = run_in(folder.as_ref(), arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout + &ran.stderr
    };
    assert!(said(&["index", "create", "i"]).contains("wirecopy index add i PATH"));
    assert!(said(&["index", "add", "i", "a.jsonl"]).contains("1 new"));
    assert!(said(&["index", "add", "i", "a.jsonl"]).contains("1 there already"));
    let info: serde_json::Value = serde_json::from_str(&said(&["index", "info", "i", "--json"])).unwrap();
    assert_eq!((&info["articles"], &info["outlets"]), (&1.into(), &1.into()));
    assert!(said(&["index", "info", "i"]).contains("1, of 1 outlet"));
    assert!(said(&["index", "verify", "i"]).contains("all is as it was written"));
    assert!(said(&["index", "export", "i", "-q"]).contains("\"id\":\"a\""));
    assert!(said(&["index", "compact", "i"]).contains("in 1 segment"));
    assert!(said(&["index", "remove", "i", "--id", "a"]).contains("1 article removed; 0 articles are left"));
}

#[test]
fn what_is_compressed_is_added_in_the_same_batches() {
    let lines: String = (0..40).map(|story| line(&format!("a{story}"), "", "x.vn", &text(story, 0, 60))).collect();
    let folder = Folder::with(&[("a.jsonl", &lines)]);
    let compressed = zstd::bulk::compress(lines.as_bytes(), 3).unwrap();
    std::fs::write(folder.as_ref().join("a.jsonl.zst"), compressed).unwrap();
    let settings = Settings::default();
    let added = |name: &str| {
        let path = folder.as_ref().join(format!("of-{name}"));
        index::create(&path, &settings).unwrap();
        let inputs = wirecopy::read::discover(&[folder.as_ref().join(name)], &settings.read).unwrap();
        let mut writer = Writer::open(&path, false).unwrap().in_batches_of(4_000);
        let added = writer.add(&inputs, &settings.read, &|_| ()).unwrap();
        (added.new, added.batches, export(&Index::open(&path).unwrap()))
    };
    let plain = added("a.jsonl");
    assert_eq!((plain.0, plain.2.lines().count()), (40, 40));
    assert!(plain.1 > 3, "{} batches", plain.1);
    assert_eq!(added("a.jsonl.zst"), plain);
}

#[test]
fn an_index_that_is_given_tables_learns_none() {
    let lines: String = (0..6).map(|story| line(&format!("a{story}"), "", "x.vn", &text(story, 0, 60))).collect();
    let folder = Folder::with(&[("a.jsonl", &lines), ("b.jsonl", &line("b", "", "y.vn", &text(9, 0, 40)))]);
    let ran = |arguments: &[&str]| {
        let ran = run_in(folder.as_ref(), arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    ran(&["report", "a.jsonl", "-q", "--save-shells", "shells", "--save-terms", "terms", "-o", "report.txt"]);
    ran(&["index", "create", "i", "-q", "--shells", "shells", "--terms", "terms"]);
    ran(&["index", "add", "i", "b.jsonl", "-q"]);
    ran(&["index", "export", "i", "-q", "-o", "out.jsonl", "--save-shells", "s", "--save-terms", "t"]);
    let bytes = |name: &str| std::fs::read(folder.as_ref().join(name)).unwrap();
    assert_eq!((bytes("s"), bytes("t")), (bytes("shells"), bytes("terms")));
    let alone = run_in(folder.as_ref(), ["index", "create", "j", "--shells", "shells"]);
    assert_eq!((alone.code, folder.as_ref().join("j").exists()), (2, false), "{}", alone.stderr);
    let wrong = run_in(folder.as_ref(), ["index", "create", "j", "--shells", "shells", "--terms", "a.jsonl"]);
    assert_eq!((wrong.code, folder.as_ref().join("j").exists()), (2, false), "{}", wrong.stderr);
}

/// It was said of an index without articles too, of which nothing is learned.
#[test]
fn an_index_without_articles_learns_nothing_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("i");
    index::create(&path, &Settings::default()).unwrap();
    let compacted = Writer::open(&path, false).unwrap().compact(true).unwrap();
    assert_eq!((compacted.relearned, compacted.segments), (false, 0));
}
