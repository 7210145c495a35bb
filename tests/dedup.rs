//! Does `wirecopy dedup` lose nothing? The binary, on small corpora put together from the sentences of the seeds.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::value::RawValue;
use tempfile::TempDir;

// ---------------------------------------------------------------------------------------------------------------------
// Texts
// ---------------------------------------------------------------------------------------------------------------------

/// Stories of six sentences, none of which two have in common.
fn stories() -> Vec<Vec<String>> {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let mut paths: Vec<PathBuf> = fs::read_dir(Path::new(&package).join("seeds"))
        .expect("the seeds")
        .map(|entry| entry.expect("a seed").path())
        .collect();
    paths.sort();
    let text: String = paths.iter().map(|path| fs::read_to_string(path).expect("a seed") + "\n").collect();
    let mut sentences: Vec<String> = Vec::new();
    for sentence in text.split(['\n', '.']).map(str::trim).filter(|text| text.split_whitespace().count() > 12) {
        if !sentences.iter().any(|other| other == sentence) {
            sentences.push(format!("{sentence}."));
        }
    }
    sentences.chunks_exact(6).map(<[String]>::to_vec).collect()
}

fn story(number: usize) -> String {
    stories()[number].join(" ")
}

/// A lightly edited copy: another lead-in and one word exchanged.
fn copy(number: usize) -> String {
    let mut sentences = stories()[number].clone();
    sentences[3] = sentences[3].replacen(' ', " vẫn ", 1);
    format!("Theo phóng viên của báo. {}", sentences.join(" "))
}

/// A third of a story.
fn excerpt(number: usize) -> String {
    stories()[number][..2].join(" ")
}

/// One JSON line in a spelling of its own: odd spaces, fields that nobody asked for, a number that must not be rounded.
fn line(id: &str, day: u32, source: &str, text: &str) -> String {
    format!(
        "{{ \"id\" :\"{id}\",\"x\":  {{\"a\":[1, 2.50 ,1e400]}}, \"published\":\"2021-12-{day:02}\",\"source\":\"{source}\" , \"text\": {}}}",
        serde_json::to_string(text).expect("a string")
    )
}

/// What most tests read: a story in three outlets, one with an excerpt, others alone, and all that can be set aside.
fn lines() -> Vec<String> {
    vec![
        line("a2", 2, "second.vn", &copy(0)),
        line("lone1", 5, "first.vn", &story(2)),
        line("a1", 1, "first.vn", &story(0)),
        line("b-part", 1, "first.vn", &excerpt(1)),
        line("empty", 1, "first.vn", " "),
        line("a3", 3, "third.vn", &story(0)),
        line("b", 2, "second.vn", &story(1)),
        line("lone1", 5, "first.vn", &story(2)),
        line("lone2", 5, "third.vn", &story(3)),
    ]
}

/// The ids of [`lines`] that are kept by default, in input order.
const KEPT: [&str; 6] = ["lone1", "a1", "b-part", "empty", "b", "lone2"];

// ---------------------------------------------------------------------------------------------------------------------
// The binary
// ---------------------------------------------------------------------------------------------------------------------

struct Corpus {
    folder: TempDir,
}

impl Corpus {
    fn new() -> Corpus {
        Corpus { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn of_lines(lines: &[String]) -> Corpus {
        let corpus = Corpus::new();
        corpus.write("in.jsonl", lines.join("\n") + "\n");
        corpus
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirecopy"));
        command.current_dir(self.folder.path()).arg("dedup").args(arguments.split_whitespace());
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &str) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs and gives what was said on standard error.
    fn succeeds(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{arguments}: {said}");
        said
    }

    /// Runs, expects exit 2, and gives what was said on standard error.
    fn fails(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        said
    }

    fn removed(&self, name: &str) -> Vec<Removed> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        self.read(name).lines().map(parse).collect()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[derive(Debug, Deserialize)]
struct Removed {
    id: Option<String>,
    kept_id: Option<String>,
    kept_in: Option<String>,
    kind: Option<String>,
    similarity: Option<f64>,
    containment: Option<f64>,
    coverage: Option<f64>,
    reason: String,
    line: u32,
    record: Option<Box<RawValue>>,
    raw: Option<String>,
}

impl Removed {
    fn id(&self) -> &str {
        self.id.as_deref().unwrap_or("-")
    }

    fn kept_id(&self) -> &str {
        self.kept_id.as_deref().unwrap_or("-")
    }

    /// The bytes that it was, of JSON.
    fn bytes(&self) -> String {
        self.record.as_ref().map_or_else(|| self.raw.clone().expect("record or raw"), |record| record.get().to_owned())
    }
}

fn ids(lines: &str) -> Vec<String> {
    let id = |line: &str| {
        let record: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).expect("an object");
        record["id"].get().trim_matches('"').to_owned()
    };
    lines.lines().map(id).collect()
}

/// `(id, kept_id, kind)` of each removed record, in order of id.
fn pairs(removed: &[Removed]) -> Vec<(&str, &str, &str)> {
    let mut pairs: Vec<_> =
        removed.iter().map(|one| (one.id(), one.kept_id(), one.kind.as_deref().unwrap_or("-"))).collect();
    pairs.sort_unstable();
    pairs
}

fn sorted(mut records: Vec<String>) -> Vec<String> {
    records.sort();
    records
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn gunzip(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text).expect("gzip");
    text
}

// ---------------------------------------------------------------------------------------------------------------------
// Kept and removed together are what was read
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn of_json_lines_kept_and_removed_are_what_was_read_byte_for_byte_in_order() {
    let lines = lines();
    let corpus = Corpus::of_lines(&lines);
    let said = corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl");
    let kept = corpus.read("kept.jsonl");
    assert_eq!(ids(&kept), KEPT, "{said}");
    let removed = corpus.removed("removed.jsonl");
    assert_eq!(pairs(&removed), [("a2", "a1", "copy"), ("a3", "a1", "identical"), ("lone1", "lone1", "identical")]);
    let all = kept.lines().map(str::to_owned).chain(removed.iter().map(Removed::bytes)).collect();
    assert_eq!(sorted(all), sorted(lines.clone()));
    let in_order: Vec<&String> = lines.iter().filter(|line| kept.contains(line.as_str())).collect();
    assert_eq!(in_order.len(), 7, "the repeated one stands there once, and is found twice");
    assert!(said.contains("9 records read: 6 kept, 3 removed (1 identical, 1 copy, 1 repeated)"), "{said}");
    assert!(said.contains("1 of the kept have no words"), "{said}");
}

#[test]
fn a_removed_record_says_by_what_numbers_and_where_it_stood() {
    let corpus = Corpus::of_lines(&lines());
    corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl");
    let removed = corpus.removed("removed.jsonl");
    let copy = removed.iter().find(|one| one.id() == "a2").expect("removed");
    assert_eq!((copy.line, copy.reason.as_str(), copy.kept_in.as_deref()), (1, "edge", Some("input")));
    assert!(copy.similarity < Some(1.0));
    for number in [copy.similarity, copy.containment, copy.coverage] {
        assert!(number.is_some_and(|number| number > 0.7 && number <= 1.0), "{copy:?}");
    }
    let repeated = removed.iter().find(|one| one.id() == "lone1").expect("removed");
    assert_eq!((repeated.reason.as_str(), repeated.similarity), ("repeated", Some(1.0)));
}

#[test]
fn what_is_no_article_goes_and_says_so() {
    let mut lines = lines();
    let bad = ["{\"id\":\"no text\", \"note\" : 1}", "{\"id\":\"broken\", \"text\":", "[1,2]", "\u{0}\u{1}"];
    for (place, line) in [1, 3, 5, 9].into_iter().zip(bad) {
        lines.insert(place, line.to_owned());
    }
    let corpus = Corpus::of_lines(&lines);
    let said = corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl");
    assert!(said.contains("13 records read: 6 kept, 7 removed (1 identical, 1 copy, 1 repeated, 4 bad)"), "{said}");
    assert_eq!(ids(&corpus.read("kept.jsonl")), KEPT);
    let removed = corpus.removed("removed.jsonl");
    let found: Vec<String> =
        removed.iter().filter(|one| one.reason == "bad_record" && one.id.is_none()).map(Removed::bytes).collect();
    assert_eq!(sorted(found), sorted(bad.map(str::to_owned).to_vec()));
    let all = corpus.read("kept.jsonl").lines().map(str::to_owned).chain(removed.iter().map(Removed::bytes)).collect();
    assert_eq!(sorted(all), sorted(lines));
    corpus.fails("in.jsonl -o strict.jsonl --strict");
    assert!(!corpus.path("strict.jsonl").exists());
}

fn csv_field(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[test]
fn of_rows_kept_and_removed_are_what_was_read_under_one_header() {
    let header = "\u{feff}id,\"text\", published ,extra";
    let row = |id: &str, day: u32, text: &str| format!("{id},{},2021-12-{day:02}, \"odd\"", csv_field(text));
    let rows = [
        row("a2", 2, &copy(0).replacen(". ", ".\n", 1)),
        row("a1", 1, &story(0)),
        row("q", 1, &format!("Ông nói \"không\". {}", story(4))),
        "short,row".to_owned(),
        row("a3", 3, &story(0)),
    ];
    for (name, line_end) in [("in.csv", "\n"), ("in.csv", "\r\n")] {
        let corpus = Corpus::new();
        let input = format!("{header}{line_end}{}{line_end}", rows.join(line_end));
        corpus.write(name, &input);
        corpus.succeeds("in.csv -o kept.csv --removed removed.jsonl");
        let expected = format!("{header}{line_end}{}{line_end}{}{line_end}", rows[1], rows[2]);
        assert_eq!(corpus.read("kept.csv"), expected);
        let removed = corpus.removed("removed.jsonl");
        assert_eq!(pairs(&removed), [("-", "-", "-"), ("a2", "a1", "copy"), ("a3", "a1", "identical")]);
        let bad = removed.iter().find(|one| one.reason == "bad_record").expect("removed");
        assert_eq!(bad.bytes(), rows[3]);
        let copied = removed.iter().find(|one| one.id() == "a2").expect("removed");
        let columns: BTreeMap<String, String> = serde_json::from_str(&copied.bytes()).expect("an object");
        assert_eq!(columns["text"], copy(0).replacen(". ", ".\n", 1));
        assert_eq!(columns["extra"], " \"odd\"");
    }
}

#[test]
fn of_an_array_kept_and_removed_are_what_was_read_as_an_array() {
    let lines = lines();
    let corpus = Corpus::new();
    corpus.write("in.json", format!("[ {} ]", lines.join(" ,\n\n ")));
    corpus.succeeds("in.json -o kept.json --removed removed.jsonl");
    let kept = corpus.read("kept.json");
    let elements: Vec<Box<RawValue>> = serde_json::from_str(&kept).expect("an array");
    let removed = corpus.removed("removed.jsonl");
    let all =
        elements.iter().map(|element| element.get().to_owned()).chain(removed.iter().map(Removed::bytes)).collect();
    assert_eq!(sorted(all), sorted(lines));
    // The same as JSON lines, where the name asks for that.
    corpus.succeeds("in.json -o kept.jsonl");
    assert_eq!(ids(&corpus.read("kept.jsonl")), KEPT);
}

#[test]
fn nothing_removed_leaves_the_same_bytes() {
    let lines: Vec<String> = (0..3).map(|number| line(&format!("n{number}"), 1, "x.vn", &story(number))).collect();
    let corpus = Corpus::new();
    corpus.write("unended.jsonl", lines.join("\r\n"));
    corpus.succeeds("unended.jsonl -o kept.jsonl");
    assert_eq!(corpus.read("kept.jsonl"), lines.join("\r\n"));
    // And joined with another, a line stays a line.
    corpus.write("more.jsonl", line("more", 1, "x.vn", &story(5)));
    corpus.succeeds("unended.jsonl more.jsonl -o both.jsonl");
    assert_eq!(ids(&corpus.read("both.jsonl")), ["n0", "n1", "n2", "more"]);
}

#[test]
fn compressed_input_standard_input_and_compressed_output_make_no_difference() {
    let lines = lines();
    let corpus = Corpus::of_lines(&lines);
    let input = lines.join("\n") + "\n";
    corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl");
    let kept = corpus.read("kept.jsonl");
    corpus.write("in.jsonl.gz", [gzip(&input.as_bytes()[..1000]), gzip(&input.as_bytes()[1000..])].concat());
    corpus.write("in.jsonl.zst", zstd::encode_all(input.as_bytes(), 1).expect("in memory"));
    corpus.succeeds("in.jsonl.gz -o kept.jsonl.gz --removed removed.jsonl.zst");
    assert_eq!(gunzip(&fs::read(corpus.path("kept.jsonl.gz")).expect("written")), kept);
    let removed = zstd::decode_all(&fs::read(corpus.path("removed.jsonl.zst")).expect("written")[..]).expect("zstd");
    assert_eq!(
        String::from_utf8(removed).expect("UTF-8").replace("in.jsonl.gz", "in.jsonl"),
        corpus.read("removed.jsonl")
    );
    corpus.succeeds("in.jsonl.zst -o kept.jsonl.zst");
    let unpacked = zstd::decode_all(&fs::read(corpus.path("kept.jsonl.zst")).expect("written")[..]).expect("zstd");
    assert_eq!(String::from_utf8(unpacked).expect("UTF-8"), kept);

    let mut child =
        corpus.command("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), String::from_utf8(output.stdout).expect("UTF-8")), (Some(0), kept));
}

#[test]
fn inputs_of_several_formats_become_json_lines_of_their_fields_and_that_is_said() {
    let corpus = Corpus::of_lines(&lines()[..2]);
    corpus.write("b.csv", format!("id,text,other,other\nrow,{},first,second\n", csv_field(&story(4))));
    corpus.write("c.txt", story(5));
    corpus.write(
        "d.json",
        format!("{{\"id\":\"object\",\n\"text\":{}}}", serde_json::to_string(&story(0)).expect("a string")),
    );
    let said = corpus.succeeds("in.jsonl b.csv c.txt d.json -o kept --removed removed.jsonl");
    assert!(
        said.contains(
            "kept: the kept records are written as JSON lines of their fields, for the inputs are of several formats"
        ),
        "{said}"
    );
    let kept = corpus.read("kept");
    assert_eq!(ids(&kept), ["a2", "lone1", "row", "c"]);
    let text: serde_json::Value = serde_json::from_str(kept.lines().last().expect("a line")).expect("an object");
    assert_eq!((text["path"].as_str(), text["text"].as_str()), (Some("c.txt"), Some(story(5).as_str())));
    let row: serde_json::Value = serde_json::from_str(kept.lines().nth(2).expect("a line")).expect("an object");
    assert_eq!(row["other#2"], "second");
    assert!(
        corpus
            .fails("in.jsonl b.csv -o kept.csv")
            .contains("kept.csv: the kept records cannot be written as what this name ends in")
    );
    corpus.write("other.csv", format!("text,id\n{},row2\n", csv_field(&story(6))));
    let said = corpus.succeeds("b.csv other.csv -o rows");
    assert!(said.contains("do not all have the same columns"), "{said}");
    assert_eq!(ids(&corpus.read("rows")), ["row", "row2"]);
}

// ---------------------------------------------------------------------------------------------------------------------
// File by file
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn a_folder_gets_a_file_for_each_input_and_what_loses_nothing_is_the_same_bytes() {
    let corpus = Corpus::new();
    let object = |id: &str, text: &str| {
        let day = if id.ends_with("copy") { 2 } else { 1 };
        format!(
            "{{\n  \"id\": \"{id}\",\n  \"date\": \"2021-12-0{day}\",\n  \"text\": {}\n}}",
            serde_json::to_string(text).expect("a string")
        )
    };
    // Of undated copies the longer is kept.
    corpus.write("in/a.txt", copy(0));
    corpus.write("in/deep/b.txt", story(0));
    corpus.write("in/deep/utf16.txt", story(1).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    corpus.write("in/one.json", object("one", &story(2)));
    corpus.write("in/two.json", format!("{}\n{}", object("two", &story(3)), object("two-copy", &copy(2))));
    corpus.write(
        "in/array.json",
        format!("[\n\n{},\n{}]", object("in-array", &story(4)), object("array-copy", &copy(2))),
    );
    corpus.write("in/rows.csv", format!("\u{feff}id,text\r\nrow,{}\r\n", csv_field(&story(5))));
    let packed = gzip(format!("{}\n{}", line("z", 1, "x.vn", &story(6)), line("z2", 2, "x.vn", &copy(6))).as_bytes());
    corpus.write("in/packed.jsonl.gz", packed);
    corpus.write("in/nothing.csv", "id,text\n");
    corpus.succeeds("in -o kept/ --removed removed.jsonl");
    for same in ["a.txt", "deep/utf16.txt", "one.json", "rows.csv", "nothing.csv"] {
        let bytes =
            |folder: &str| fs::read(corpus.path(folder).join(same)).unwrap_or_else(|error| panic!("{same}: {error}"));
        assert_eq!(bytes("kept"), bytes("in"), "{same}");
    }
    assert_eq!(corpus.names("kept/deep"), ["utf16.txt"]);
    assert_eq!(corpus.read("kept/two.json"), object("two", &story(3)) + "\n");
    assert_eq!(corpus.read("kept/array.json"), format!("[\n{}\n]\n", object("in-array", &story(4))));
    assert_eq!(ids(&gunzip(&fs::read(corpus.path("kept/packed.jsonl.gz")).expect("written"))), ["z"]);
    let removed = corpus.removed("removed.jsonl");
    let went: Vec<&str> = pairs(&removed).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(went, ["array-copy", "b", "two-copy", "z2"]);
    assert_eq!(corpus.names("kept").len(), 8, "and no trace of how it was made: {:?}", corpus.names("kept"));

    // A later run of fewer copies: what was kept before and no longer is must not stay.
    corpus.write("in/0.txt", copy(0));
    corpus.succeeds("in -o kept --removed removed.jsonl");
    assert!(corpus.path("kept/0.txt").exists() && !corpus.path("kept/a.txt").exists());
}

/// Of a cut-off input no record is removed, and so it was copied with its damage: an array that nothing closes.
#[test]
fn file_by_file_what_was_cut_off_is_written_whole() {
    let corpus = Corpus::new();
    let records = lines();
    corpus.write("open/open.json", format!("[{},\n{},", records[0], records[1]));
    corpus.fails("open -o out/");
    let packed = gzip((records.join("\n") + "\n").as_bytes());
    corpus.write("in/cut.jsonl.gz", &packed[..packed.len() - 200]);
    corpus.fails("in -o out/");
    let kept: Vec<Box<RawValue>> = serde_json::from_str(&corpus.read("out/open.json")).expect("a closed array");
    assert!(!kept.is_empty());
    let unpacked = gunzip(&fs::read(corpus.path("out/cut.jsonl.gz")).expect("a kept file"));
    assert!(unpacked.ends_with('\n'));
}

#[test]
fn file_by_file_refuses_what_has_no_place_of_its_own() {
    let corpus = Corpus::new();
    corpus.write("x/a.txt", story(0));
    corpus.write("y/a.txt", story(1));
    let said = corpus.fails("x y -o kept/");
    assert!(said.contains("x/a.txt and y/a.txt would both be written to kept/a.txt"), "{said}");
    assert!(corpus.fails("- -o kept/").contains("stdin: has no name to be written under"));
    assert!(corpus.fails("x -o x/").contains("x/a.txt: is an input"));
    assert!(corpus.fails("x -o kept/ --removed kept/a.txt").contains("--removed is one of the kept files"));
    assert!(!corpus.path("kept").exists());
    assert_eq!(corpus.read("x/a.txt"), story(0));
}

// ---------------------------------------------------------------------------------------------------------------------
// What is kept
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn each_choice_keeps_another_of_three_copies() {
    let corpus = Corpus::of_lines(&lines());
    let kept_of_a = |keep: &str| {
        corpus.succeeds(&format!("in.jsonl -o kept.jsonl --keep {keep}"));
        ids(&corpus.read("kept.jsonl")).into_iter().filter(|id| id.starts_with('a')).collect::<Vec<_>>()
    };
    assert_eq!(kept_of_a("earliest"), ["a1"]);
    assert_eq!(kept_of_a("longest"), ["a2"]);
    assert_eq!(kept_of_a("representative"), ["a1"]);
    assert_eq!(kept_of_a("source:third.vn,second.vn"), ["a3"]);
    assert_eq!(kept_of_a("source:SECOND.vn"), ["a2"]);
    let said = corpus.succeeds("in.jsonl -o kept.jsonl --keep source:secnd.vn");
    assert!(said.contains("--keep: no article is of the outlet secnd.vn"), "{said}");
    let said = corpus.fails("in.jsonl -o kept.jsonl --keep newest");
    assert!(
        said.contains("--keep: `newest` is no choice; choose from earliest, longest, representative, source:"),
        "{said}"
    );
    let said = corpus.fails("in.jsonl -o kept.jsonl --drop copies");
    assert!(said.contains("--drop: `copies` is no choice; choose from identical, copy, excerpt, template"), "{said}");
}

#[test]
fn excerpts_go_for_the_longer_text_only_when_asked() {
    let corpus = Corpus::of_lines(&lines());
    corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl --drop identical,copy,excerpt");
    let removed = corpus.removed("removed.jsonl");
    assert!(pairs(&removed).contains(&("b-part", "b", "excerpt")), "though it is the earlier: {removed:?}");
    let said = corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl --drop identical");
    assert!(
        said.contains("1 kept beside another of the same copy cluster, for want of an edge of their own (identical)"),
        "{said}"
    );
    let removed = corpus.removed("removed.jsonl");
    assert_eq!(pairs(&removed), [("a3", "a1", "identical"), ("lone1", "lone1", "identical")]);
}

#[test]
fn what_stands_in_the_archive_goes_and_the_archive_is_never_written() {
    let corpus = Corpus::of_lines(&lines());
    let old = [
        line("old", 9, "archive.vn", &copy(0)),
        line("lone2", 5, "third.vn", &story(3)),
        line("b", 2, "second.vn", &story(7)),
        line("old-twin", 9, "archive.vn", &copy(0)),
    ];
    corpus.write("archive/2020.jsonl", old.join("\n"));
    corpus.succeeds("in.jsonl --against archive -o kept.jsonl --removed removed.jsonl");
    let removed = corpus.removed("removed.jsonl");
    let found = pairs(&removed);
    let ids_removed: Vec<&str> = found.iter().map(|(id, ..)| *id).collect();
    // a1 is the earliest, and goes all the same; lone2 is a copy of itself; b is another story under the same id.
    assert_eq!(ids_removed, ["a1", "a2", "a3", "lone1", "lone2"]);
    assert_eq!(found[4], ("lone2", "lone2", "identical"));
    let in_archive = |one: &&Removed| one.kept_in.as_deref() == Some("against");
    assert_eq!(removed.iter().filter(in_archive).count(), 4);
    assert_eq!(ids(&corpus.read("kept.jsonl")), ["lone1", "b-part", "empty", "b"]);
    let all = corpus.read("kept.jsonl").lines().map(str::to_owned).chain(removed.iter().map(Removed::bytes)).collect();
    assert_eq!(sorted(all), sorted(lines()));
    assert_eq!(corpus.read("archive/2020.jsonl"), old.join("\n"));

    // The order of the two records must not decide which of them counts as the archive's.
    corpus.write("archive/2020.jsonl", line("lone2", 1, "a.vn", &story(3)));
    corpus.succeeds("in.jsonl --against archive -o kept.jsonl --removed removed.jsonl");
    assert!(pairs(&corpus.removed("removed.jsonl")).contains(&("lone2", "lone2", "identical")));

    let said = corpus.fails("in.jsonl archive --against archive/2020.jsonl -o kept.jsonl");
    assert!(said.contains("archive/2020.jsonl: is both to be deduplicated and held against"), "{said}");
    assert!(corpus.fails("- --against - -o kept.jsonl").contains("standard input: is both to be deduplicated"));
    assert!(corpus.fails("in.jsonl --against nowhere -o kept.jsonl").contains("nowhere: no such file or folder"));
}

#[test]
fn one_id_with_two_texts_and_one_of_them_twice_loses_nothing() {
    let lines =
        [line("same", 1, "x.vn", &story(0)), line("same", 1, "x.vn", &story(1)), line("same", 1, "x.vn", &story(0))];
    let corpus = Corpus::of_lines(&lines);
    corpus.succeeds("in.jsonl -o kept.jsonl --removed removed.jsonl");
    assert_eq!(corpus.read("kept.jsonl"), format!("{}\n{}\n", lines[0], lines[1]));
    let removed = corpus.removed("removed.jsonl");
    assert_eq!((removed.len(), removed[0].line, removed[0].reason.as_str()), (1, 3, "repeated"));
    assert!(removed[0].id().starts_with("same#") && removed[0].id == removed[0].kept_id);
}

/// A wire story as 2,000 subscribers might run it: each with two words of its own, days apart.
fn near_identical(number: usize) -> String {
    let mut words: Vec<String> = (0..80).map(|place| format!("từ{place}")).collect();
    for own in 0..2 {
        words[(number * 31 + own * 40 + number / 80) % 80] = format!("riêng{number}x{own}");
    }
    line(&format!("n{number:04}"), 1 + (number * 7 % 28) as u32, "first.vn", &words.join(" "))
}

/// In groups of more than 64 alike articles each is compared with a few pivots, and one that had no edge to the kept one
/// stayed: of these 2,000 hundreds.
#[test]
fn of_two_thousand_near_identical_articles_one_is_left() {
    let lines: Vec<String> = (0..2_000).map(near_identical).collect();
    let corpus = Corpus::of_lines(&lines);
    corpus.write("reversed.jsonl", lines.iter().rev().cloned().collect::<Vec<_>>().join("\n"));
    let decided = |arguments: &str| {
        let said = corpus.succeeds(&format!("{arguments} -o kept.jsonl --removed removed.jsonl"));
        assert!(said.contains("2000 records read: 1 kept, 1999 removed"), "{said}");
        let kept = ids(&corpus.read("kept.jsonl"));
        let removed = corpus.removed("removed.jsonl");
        assert!(removed.iter().all(|one| one.kept_id() == kept[0] && one.reason == "edge"));
        assert!(removed.iter().all(|one| one.similarity > Some(0.4) && one.similarity < Some(1.0)));
        sorted(removed.iter().map(|one| format!("{} {} {:?}", one.id(), one.kept_id(), one.similarity)).collect())
    };
    assert_eq!(decided("in.jsonl --threads 1"), decided("reversed.jsonl --threads 8"));
}

#[test]
fn twice_removes_what_once_does() {
    let corpus = Corpus::of_lines(&lines());
    corpus.succeeds("in.jsonl -o once.jsonl --drop identical,copy,excerpt");
    let said = corpus.succeeds("once.jsonl -o twice.jsonl --drop identical,copy,excerpt");
    assert!(said.contains("0 removed (nothing to remove)"), "{said}");
    assert_eq!(corpus.read("once.jsonl"), corpus.read("twice.jsonl"));
}

#[test]
fn any_number_of_threads_and_any_order_decide_the_same() {
    let lines = lines();
    let corpus = Corpus::of_lines(&lines);
    let outputs = |arguments: &str| {
        corpus.succeeds(&format!("{arguments} -o kept.jsonl.gz --removed removed.jsonl"));
        (fs::read(corpus.path("kept.jsonl.gz")).expect("written"), corpus.read("removed.jsonl"))
    };
    let one = outputs("in.jsonl --threads 1");
    assert_eq!(one, outputs("in.jsonl --threads 2"));
    assert_eq!(one, outputs("in.jsonl --threads 8"));
    assert_eq!(one, outputs("in.jsonl --memory-limit 90MiB"));
    corpus.write("in.jsonl", lines.iter().rev().cloned().collect::<Vec<_>>().join("\n"));
    let reversed = outputs("in.jsonl");
    let of = |bytes: &[u8]| sorted(gunzip(bytes).lines().map(str::to_owned).collect());
    assert_eq!(of(&reversed.0), of(&one.0));
}

// ---------------------------------------------------------------------------------------------------------------------
// Failures
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn an_output_that_is_an_input_or_the_other_output_is_refused() {
    let corpus = Corpus::of_lines(&lines());
    corpus.write("archive.jsonl", line("old", 9, "archive.vn", &story(8)));
    for arguments in [
        "in.jsonl -o in.jsonl",
        "in.jsonl -o kept.jsonl --removed ./in.jsonl",
        "in.jsonl --against archive.jsonl -o archive.jsonl",
    ] {
        let said = corpus.fails(arguments);
        assert!(said.contains("is an input, and is not written over; name another file"), "{said}");
    }
    assert!(corpus.fails("in.jsonl -o out.jsonl --removed ./out.jsonl").contains("are the same file"));
    assert!(corpus.fails("in.jsonl -o - --removed -").contains("need an output each"));
    assert_eq!(corpus.names("."), ["archive.jsonl", "in.jsonl"]);
    assert_eq!(corpus.read("in.jsonl"), lines().join("\n") + "\n");
}

#[test]
fn a_failure_leaves_the_old_files_and_no_others() {
    let corpus = Corpus::of_lines(&lines());
    corpus.write("kept.jsonl", "old kept");
    corpus.write("removed.jsonl", "old removed");
    let said = corpus.fails("in.jsonl -o kept.jsonl --removed nowhere/removed.jsonl");
    assert!(said.contains("nowhere/removed.jsonl: could not be written"), "{said}");
    corpus.fails("in.jsonl missing.jsonl -o kept.jsonl --removed removed.jsonl");
    corpus.fails("in.jsonl --text-field nothing -o kept.jsonl --removed removed.jsonl");
    if Path::new("/dev/full").exists() {
        let said = corpus.fails("in.jsonl -o /dev/full --removed removed.jsonl");
        assert!(said.contains("/dev/full: could not be written"), "{said}");
    }
    assert_eq!(
        (corpus.read("kept.jsonl").as_str(), corpus.read("removed.jsonl").as_str()),
        ("old kept", "old removed")
    );
    assert_eq!(corpus.names("."), ["in.jsonl", "kept.jsonl", "removed.jsonl"]);
}

#[test]
fn a_truncated_input_keeps_what_was_read_and_exits_2() {
    let corpus = Corpus::new();
    let packed = gzip((lines().join("\n") + "\n").as_bytes());
    corpus.write("in.jsonl.gz", &packed[..packed.len() - 200]);
    let said = corpus.fails("in.jsonl.gz -o kept.jsonl --removed removed.jsonl");
    assert!(said.contains("what stood before was read"), "{said}");
    assert!(!ids(&corpus.read("kept.jsonl")).is_empty());
}

#[test]
fn nothing_but_errors_is_said_when_quiet_and_removed_records_are_missed_otherwise() {
    let corpus = Corpus::of_lines(&lines());
    assert_eq!(corpus.succeeds("in.jsonl -o kept.jsonl -q"), "");
    let said = corpus.succeeds("in.jsonl -o kept.jsonl");
    assert!(said.contains("the removed records are written nowhere; --removed FILE keeps them"), "{said}");
}
