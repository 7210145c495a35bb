//! Reading as users meet it: the same articles from every format, compression and encoding, and every error located.

use std::fs;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use wirecopy::article::Article;
use wirecopy::read::{Fault, Inputs, Location, ReadError, Reason, Scan, Skipped, Why, discover, discover_with};
use wirecopy::settings::{InputFormat, ReadSettings, Zone};

/// An article that owns its fields.
#[derive(Debug, Clone, PartialEq)]
struct Owned {
    id: String,
    text: String,
    title: Option<String>,
    source: Option<String>,
    published: Option<String>,
}

fn owned(article: &Article<'_>) -> Owned {
    let string = |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().map(str::to_owned);
    Owned {
        id: article.id.to_string(),
        text: article.text.to_string(),
        title: string(&article.title),
        source: string(&article.source),
        // A first reading leaves open which clock a time without an offset is of, a second one knows it.
        published: article.published.map(|published| published.settled(&Zone::utc()).to_string()),
    }
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(TempDir::new().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        path
    }
}

fn inputs(path: &Path, settings: &ReadSettings) -> Inputs {
    discover(&[path.to_owned()], settings).unwrap_or_else(|error| panic!("{error}"))
}

fn scan_with(path: &Path, settings: &ReadSettings) -> Result<Scan<Owned>, ReadError> {
    inputs(path, settings).scan(settings, &|_| (), owned)
}

fn scan(path: &Path) -> Scan<Owned> {
    scan_with(path, &ReadSettings::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn articles(path: &Path) -> Vec<Owned> {
    scan(path).articles.into_iter().map(|(_, article)| article).collect()
}

fn ids(path: &Path) -> Vec<String> {
    articles(path).into_iter().map(|article| article.id).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory")
}

const JSONL: &str = concat!(
    r#"{"id":"a","title":"Cuộc gặp","text":"Tổng thống đã nói: \"được\".\nHết.","url":"https://www.example.vn/1","date":"2021-12-08"}"#,
    "\n",
    r#"{"id":"b","title":null,"text":"Bài thứ hai, ngắn hơn.","url":"https://other.vn/2","date":"08/12/2021 10:05"}"#,
    "\n"
);
const CSV: &str = concat!(
    "id,title,text,url,date\n",
    "a,Cuộc gặp,\"Tổng thống đã nói: \"\"được\"\".\nHết.\",https://www.example.vn/1,2021-12-08\n",
    "b,,\"Bài thứ hai, ngắn hơn.\",https://other.vn/2,08/12/2021 10:05\n"
);

fn json() -> String {
    format!("[\n{}\n]\n", JSONL.trim_end().replace('\n', ",\n"))
}

fn tsv() -> String {
    // Of the commas of this CSV only those inside its quoted cells are text.
    let cells = CSV.replace("hai, ngắn", "hai\u{1}ngắn").replace(',', "\t");
    cells.replace('\u{1}', ", ")
}

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Every way in which the two articles can be stored, by file name.
fn every_form() -> Vec<(String, Vec<u8>)> {
    let plain = [
        ("jsonl", JSONL.to_owned()),
        ("ndjson", JSONL.replace('\n', "\r\n")),
        ("json", json()),
        ("csv", CSV.to_owned()),
        ("tsv", tsv()),
    ];
    let mut forms = Vec::new();
    for (ending, text) in plain {
        forms.push((format!("plain.{ending}"), text.clone().into_bytes()));
        forms.push((format!("mark.{ending}"), format!("\u{feff}{text}").into_bytes()));
        forms.push((format!("wide.{ending}"), utf16(&text)));
        forms.push((format!("bare_wide.{ending}"), utf16(&text).split_off(2)));
        forms.push((format!("one.{ending}.gz"), gzip(text.as_bytes())));
        forms.push((format!("one.{ending}.zst"), zstd(text.as_bytes())));
        let (head, tail) = text.as_bytes().split_at(text.len() / 2);
        forms.push((format!("two.{ending}.gz"), [gzip(head), gzip(tail)].concat()));
        forms.push((format!("two.{ending}.ZST"), [zstd(head), zstd(tail)].concat()));
        forms.push((format!("wide.{ending}.gz"), gzip(&utf16(&text))));
    }
    forms
}

fn expected() -> [Owned; 2] {
    [
        Owned {
            id: "a".into(),
            text: "Tổng thống đã nói: \"được\".\nHết.".into(),
            title: Some("Cuộc gặp".into()),
            source: Some("example.vn".into()),
            published: Some("2021-12-08".into()),
        },
        Owned {
            id: "b".into(),
            text: "Bài thứ hai, ngắn hơn.".into(),
            title: None,
            source: Some("other.vn".into()),
            published: Some("2021-12-08T10:05:00Z".into()),
        },
    ]
}

#[test]
fn every_format_compression_and_encoding_gives_the_same_articles() {
    let folder = Folder::new();
    for (name, bytes) in every_form() {
        let scan = scan(&folder.write(&name, bytes));
        let read: Vec<Owned> = scan.articles.into_iter().map(|(_, article)| article).collect();
        assert_eq!(read, expected(), "{name}");
        assert!(scan.skipped.is_empty(), "{name}: {:?}", scan.skipped);
    }
}

#[test]
fn rereading_gives_what_the_scan_gave_in_the_order_asked_for() {
    let folder = Folder::new();
    for (name, bytes) in every_form() {
        let settings = ReadSettings::default();
        let inputs = inputs(&folder.write(&name, bytes), &settings);
        let scan = inputs.scan(&settings, &|_| (), owned).unwrap();
        let [a, b] = [scan.articles[0].0, scan.articles[1].0];
        let again = inputs.reread(&settings, &[b, a, b], &|_| (), |place, article| (place, owned(article))).unwrap();
        let [first, second] = expected();
        assert_eq!(again, [(0, second.clone()), (1, first), (2, second)], "{name}");
    }
}

#[test]
fn raw_records_are_the_bytes_that_stand_there() {
    let folder = Folder::new();
    let raw = |name: &str, bytes: &[u8]| {
        let settings = ReadSettings::default();
        let inputs = inputs(&folder.write(name, bytes), &settings);
        let locations: Vec<Location> =
            inputs.scan(&settings, &|_| (), |_| ()).unwrap().articles.iter().map(|(location, ())| *location).collect();
        let (mut records, mut at, mut header) = (Vec::new(), Vec::new(), None);
        inputs
            .raw_records(&settings, &|_| (), |record| {
                records.push(String::from_utf8_lossy(record.bytes).into_owned());
                at.push(record.location);
                header = record.header.map(<[u8]>::to_vec);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(at, locations, "{name}");
        (records, header)
    };
    let lines: Vec<&str> = JSONL.lines().collect();
    assert_eq!(raw("a.jsonl", JSONL.as_bytes()).0, lines);
    assert_eq!(raw("a.jsonl.gz", &gzip(JSONL.as_bytes())).0, lines);
    assert_eq!(raw("a.json", json().as_bytes()).0, lines);
    let (rows, header) = raw("a.csv", CSV.as_bytes());
    assert_eq!(header.as_deref(), Some(&b"id,title,text,url,date"[..]));
    assert_eq!(rows.len(), 2);
    assert!(CSV.contains(&rows[0]) && rows[0].contains("\nHết."));
    assert_eq!(raw("a.txt", b"\xEF\xBB\xBFwhole\n").0, ["\u{feff}whole\n"]);
}

#[test]
fn standard_input_is_read_twice_and_its_compression_is_seen() {
    let settings = ReadSettings::default();
    for bytes in [JSONL.as_bytes().to_vec(), gzip(JSONL.as_bytes()), zstd(JSONL.as_bytes()), utf16(JSONL)] {
        let inputs = discover_with(&["-".into(), "-".into()], &settings, Cursor::new(bytes)).unwrap();
        assert_eq!((inputs.repeated(), inputs.total_bytes()), (1, None));
        let scan = inputs.scan(&settings, &|_| (), owned).unwrap();
        let wanted: Vec<Location> = scan.articles.iter().map(|(location, _)| *location).collect();
        assert_eq!(inputs.reread(&settings, &wanted, &|_| (), |_, article| owned(article)).unwrap(), expected());
    }
    let text = ReadSettings { input_format: Some(InputFormat::Text), ..ReadSettings::default() };
    let inputs = discover_with(&["-".into()], &text, Cursor::new(b"words")).unwrap();
    let scan = inputs.scan(&text, &|_| (), owned).unwrap();
    assert_eq!((scan.articles[0].1.id.as_str(), scan.articles[0].1.text.as_str()), ("stdin", "words"));
}

#[test]
fn a_folder_is_walked_in_byte_order_without_what_is_hidden_ignored_or_unknown() {
    let folder = Folder::new();
    for name in ["b/z.txt", "a.txt", "b/a.md", "B.txt", ".hidden/x.txt", "pic.jpg", "skip/x.txt", "b.txt", "Makefile"] {
        folder.write(&format!("news/{name}"), "words");
    }
    folder.write("news/.gitignore", "skip/\n");
    // That the folder around it ignores everything makes no difference.
    folder.write(".gitignore", "*\n");
    let root = folder.path("news");
    let settings = ReadSettings::default();
    let inputs = inputs(&root, &settings);
    let prefix = format!("{}/", root.display());
    let names: Vec<&str> = inputs.files().iter().map(|file| file.name().strip_prefix(&prefix).unwrap()).collect();
    assert_eq!(names, ["B.txt", "a.txt", "b.txt", "b/a.md", "b/z.txt"]);
    assert_eq!(inputs.total_bytes(), Some(25));
    assert_eq!(ids(&root), ["B", "a", "b", "b/a", "z"]);
}

#[test]
fn globs_choose_among_the_files_of_a_folder() {
    let folder = Folder::new();
    for name in ["2021/a.txt", "2021/draft.txt", "2022/b.txt", "c.jsonl"] {
        folder.write(name, "{\"id\":\"c\",\"text\":\"words\"}");
    }
    let read = |include: &[&str], exclude: &[&str]| {
        let globs = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        let settings = ReadSettings { include: globs(include), exclude: globs(exclude), ..ReadSettings::default() };
        scan_with(folder.0.path(), &settings)
            .map(|scan| scan.articles.into_iter().map(|(_, a)| a.id).collect::<Vec<_>>())
    };
    assert_eq!(read(&[], &[]).unwrap(), ["a", "draft", "b", "c"]);
    assert_eq!(read(&["*.txt"], &["draft.*"]).unwrap(), ["a", "b"]);
    assert_eq!(read(&["2021/"], &[]).unwrap(), ["a", "draft"]);
    assert_eq!(read(&[], &["/2021", "*.jsonl"]).unwrap(), ["b"]);
    let error =
        discover(&[folder.0.path().to_owned()], &ReadSettings { exclude: vec!["*".into()], ..ReadSettings::default() })
            .unwrap_err();
    assert!(matches!(error, ReadError::NoArticles { passed_over: 4, .. }), "{error}");
    let error =
        discover(&[folder.path("c.jsonl")], &ReadSettings { include: vec!["a{".into()], ..ReadSettings::default() })
            .unwrap_err();
    assert!(error.to_string().starts_with("--include: `a{` is not a glob: unclosed alternate group"), "{error}");
}

/// The test data of this repository came with one article more: its README.
#[test]
fn a_readme_in_a_folder_is_no_article_unless_asked_for() {
    let folder = Folder::new();
    for name in ["a.txt", "README.md", "news/readme.txt", "news/README.vi.md", "news/read-me.txt"] {
        folder.write(name, "words");
    }
    let settings = ReadSettings::default();
    let usual = inputs(folder.0.path(), &settings);
    assert_eq!((usual.files().len(), usual.passed_over()[&Why::Readme].files), (3, 2));
    assert_eq!(inputs(&folder.path("README.md"), &settings).files().len(), 1);
    let with = |include: &str| ReadSettings { include: vec![include.into()], ..ReadSettings::default() };
    assert_eq!(ids(folder.0.path()), ["a", "README.vi", "read-me"]);
    assert_eq!(inputs(folder.0.path(), &with("*.txt")).files().len(), 3);
    fs::remove_file(folder.path("a.txt")).unwrap();
    fs::remove_dir_all(folder.path("news")).unwrap();
    let error = discover(&[folder.0.path().to_owned()], &settings).unwrap_err();
    assert!(matches!(error, ReadError::NoArticles { passed_over: 1, .. }), "{error}");
}

#[test]
fn text_files_are_named_by_stem_and_by_path_only_where_stems_collide() {
    let folder = Folder::new();
    for name in ["one.txt", "x/two.txt", "y/two.txt.gz", "z/three.md", "z/three.txt"] {
        let bytes = if name.ends_with("gz") { gzip(b"words") } else { b"words".to_vec() };
        folder.write(name, bytes);
    }
    let root = folder.0.path().display();
    assert_eq!(
        ids(folder.0.path()),
        [
            "one".to_owned(),
            "x/two".to_owned(),
            "y/two".to_owned(),
            format!("{root}/z/three.md"),
            format!("{root}/z/three.txt")
        ]
    );
}

#[test]
fn a_file_reached_twice_is_read_once() {
    let folder = Folder::new();
    let file = folder.write("news/a.jsonl", JSONL);
    let settings = ReadSettings::default();
    let inputs = discover(&[file.clone(), folder.path("news"), file], &settings).unwrap();
    assert_eq!((inputs.files().len(), inputs.repeated()), (1, 2));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_a_loop_of_folders_ends() {
    let folder = Folder::new();
    let file = folder.write("news/a.txt", "words");
    std::os::unix::fs::symlink(folder.path("news"), folder.path("news/again")).unwrap();
    std::os::unix::fs::symlink(&file, folder.path("news/linked.txt")).unwrap();
    folder.write("elsewhere/b.txt", "words");
    std::os::unix::fs::symlink(folder.path("elsewhere"), folder.path("news/more")).unwrap();
    assert_eq!(ids(&folder.path("news")), ["a", "b"]);
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let folder = Folder::new();
    let settings = ReadSettings::default();
    let told = |path: PathBuf| discover(&[path], &settings).unwrap_err().to_string();
    assert!(told(folder.path("none.txt")).ends_with("none.txt: no such file or folder"));
    folder.write("pictures/a.jpg", "");
    assert!(
        told(folder.path("pictures"))
            .contains("pictures: no article file in this folder (1 other file was passed over)")
    );
    let unknown = folder.write("news.dat", JSONL);
    assert!(
        told(unknown.clone()).contains("news.dat: the ending does not say the format; name it with --input-format")
    );
    let named = ReadSettings { input_format: Some(InputFormat::Jsonl), ..ReadSettings::default() };
    assert_eq!(scan_with(&unknown, &named).unwrap().articles.len(), 2);
    assert!(matches!(discover(&[], &settings), Err(ReadError::NothingGiven)));
    #[cfg(not(feature = "parquet"))]
    assert!(told(folder.write("a.parquet", "PAR1")).contains("--features parquet"));
}

#[test]
fn bad_records_are_counted_and_located_and_good_ones_kept() {
    let folder = Folder::new();
    let bad = "{\"id\":1,\"text\":\"one\"}\n\n{\"id\":2}\n[1]\n{\"id\":3,\"text\":\"three\"\n{\"text\":4}\n{\"id\":5,\"text\":\"\"}\n";
    let path = folder.write("bad.jsonl", bad);
    let scan = scan(&path);
    let kept: Vec<(&str, u32)> = scan.articles.iter().map(|(at, article)| (article.id.as_str(), at.line)).collect();
    assert_eq!(kept, [("1", 1), ("5", 7)]);
    assert_eq!(scan.skipped.bad_records, 4);
    let told: Vec<String> = scan.skipped.examples.iter().map(ToString::to_string).collect();
    let name = path.display();
    assert_eq!(
        told,
        [
            format!(
                "{name}:3: no text field (tried text, content, body, article, maintext and 20 more), nor a lead or title; name it with --text-field"
            ),
            format!("{name}:4: found an array, expected a JSON object"),
            format!("{name}:5: broken JSON at column 22: the record ends inside an object"),
            format!("{name}:6: `text` is a number, expected a string; name the text field with --text-field"),
        ]
    );
    let error = scan_with(&path, &ReadSettings { strict: true, ..ReadSettings::default() }).unwrap_err();
    assert_eq!(error.to_string(), told[0]);
}

#[test]
fn headlines_without_a_text_are_the_same_articles_from_every_format_and_when_read_again() {
    let folder = Folder::new();
    let jsonl = concat!(
        r#"{"id":"a","title":"Hai tổng thống điện đàm","date":"2021-12-08"}"#,
        "\n",
        r#"{"id":"b","text":" ","title":"Ra mắt","lead":"Một cầu mới thông xe.","date":"2021-12-08"}"#,
        "\n",
        r#"{"id":"c","text":"Bài có chữ.","title":"Có bài","date":"2021-12-08"}"#,
        "\n"
    );
    let csv = "id,title,lead,text,date\na,Hai tổng thống điện đàm,,,2021-12-08\n\
               b,Ra mắt,Một cầu mới thông xe., ,2021-12-08\nc,Có bài,,Bài có chữ.,2021-12-08\n";
    let json = format!("[{}]", jsonl.trim_end().replace('\n', ","));
    let headlines = [("a", "Hai tổng thống điện đàm"), ("b", "Một cầu mới thông xe."), ("c", "Bài có chữ.")];
    let mut first = None;
    for (name, bytes) in
        [("a.jsonl", jsonl.to_owned()), ("a.json", json), ("a.csv", csv.to_owned()), ("a.tsv", csv.replace(',', "\t"))]
    {
        let settings = ReadSettings { strict: true, ..ReadSettings::default() };
        let inputs = inputs(&folder.write(name, bytes), &settings);
        let scan = inputs.scan(&settings, &|_| (), owned).unwrap();
        assert_eq!(
            (scan.skipped.title_as_text, scan.skipped.lead_as_text, scan.skipped.bad_records),
            (1, 1, 0),
            "{name}"
        );
        let locations: Vec<Location> = scan.articles.iter().map(|(location, _)| *location).collect();
        let read: Vec<Owned> = scan.articles.into_iter().map(|(_, article)| article).collect();
        let texts: Vec<(&str, &str)> = read.iter().map(|one| (one.id.as_str(), one.text.as_str())).collect();
        assert_eq!(texts, headlines, "{name}");
        assert_eq!(read[0].title.as_deref(), Some("Hai tổng thống điện đàm"), "{name}: the title stays one");
        let again = inputs.reread(&settings, &locations, &|_| (), |_, article| owned(article)).unwrap();
        assert_eq!(again, read, "{name}");
        assert_eq!(*first.get_or_insert(again.clone()), again, "{name}");
    }
}

#[test]
fn rows_with_quoted_newlines_are_located_by_their_first_line() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "id,text\r\n1,\"two\r\nlines\"\r\n\r\n2,\"a\",extra\r\n3,b\r\n");
    let scan = scan(&path);
    let lines: Vec<(u32, &str)> = scan.articles.iter().map(|(at, article)| (at.line, article.text.as_str())).collect();
    assert_eq!(lines, [(2, "two\r\nlines"), (6, "b")]);
    assert_eq!(scan.skipped.examples[0].line, 5);
    assert_eq!(scan.skipped.examples[0].reason, Reason::Bad(Fault::ColumnCount { found: 3, expected: 2 }));
}

#[test]
fn a_truncated_or_corrupt_archive_keeps_what_came_before_and_is_counted() {
    let folder = Folder::new();
    let line = |number: u32| format!("{{\"id\":{number},\"text\":\"{}\"}}\n", number.wrapping_mul(2_654_435_761));
    let whole: String = (0..5000).map(line).collect();
    for (name, packed) in [("cut.jsonl.gz", gzip(whole.as_bytes())), ("cut.jsonl.zst", zstd(whole.as_bytes()))] {
        let half = &packed[..packed.len() / 2];
        let path = folder.write(name, half);
        let scan = scan(&path);
        let truncated = &scan.skipped.truncated[0];
        assert_eq!((scan.skipped.truncated.len(), scan.skipped.bad_records), (1, 0), "{name}");
        assert!(truncated.offset as usize > whole.len() / 10 || name.ends_with("zst"), "{name}: {truncated}");
        let lines_before = whole.as_bytes()[..truncated.offset as usize].iter().filter(|&&byte| byte == b'\n').count();
        assert_eq!(scan.articles.len(), lines_before, "{name}");
        let error = scan_with(&path, &ReadSettings { strict: true, ..ReadSettings::default() }).unwrap_err();
        assert!(error.to_string().ends_with("the compressed data end too early"), "{error}");

        let mut corrupt = packed.clone();
        let middle = corrupt.len() / 2;
        corrupt[middle..middle + 40].fill(0xAA);
        assert_eq!(self::scan(&folder.write(name, corrupt)).skipped.truncated.len(), 1, "{name}");
        assert_eq!(self::scan(&folder.write(name, "")).skipped.truncated.len(), 1, "{name} of no bytes");
        assert_eq!(self::scan(&folder.write(name, JSONL)).skipped.truncated.len(), 1, "{name} that is none");
    }
    let cut = gzip(b"words that go on");
    let text = scan(&folder.write("text.txt.gz", &cut[..cut.len() - 9]));
    assert_eq!((text.articles.len(), text.skipped.truncated.len()), (0, 1));
}

/// Four bytes of anything named `.gz` were `cut off or corrupt after 0 decompressed bytes: the compressed data end too early`.
#[test]
fn what_is_not_compressed_as_its_name_says_is_told_so_however_short_it_is() {
    let folder = Folder::new();
    let none = |name: &str, ending: &str| {
        format!(
            "nothing could be read: it does not begin as {name} does; fetch it again, or take {ending} off its name if it is \
             not compressed"
        )
    };
    let told = |name: &str, bytes: &[u8]| {
        let path = folder.write(name, bytes);
        let said = scan(&path).skipped.truncated[0].to_string();
        said.strip_prefix(&format!("{}: ", path.display())).expect("it begins with the name").to_owned()
    };
    for format in ["txt", "jsonl", "json", "csv"] {
        for bytes in [&b"g"[..], b"garb", b"garbage", b"more garbage than a header of gzip has bytes"] {
            assert_eq!(told(&format!("a.{format}.gz"), bytes), none("gzip", ".gz"));
            assert_eq!(told(&format!("a.{format}.zst"), bytes), none("Zstandard", ".zst"));
        }
        for ending in ["gz", "zst"] {
            assert_eq!(told(&format!("b.{format}.{ending}"), b""), "nothing could be read: the file is empty");
        }
        let cut = "nothing could be read: the compressed data end too early";
        assert_eq!(told(&format!("c.{format}.gz"), b"\x1F\x8B\x08"), cut);
        assert_eq!(told(&format!("c.{format}.zst"), b"\x28\xB5\x2F\xFD"), cut);
    }
    // A frame that is skipped, as parallel compressors write one first.
    let skipped_first = [b"\x50\x2A\x4D\x18\x02\0\0\0..", &zstd(JSONL.as_bytes())[..]].concat();
    assert_eq!(ids(&folder.write("d.jsonl.zst", skipped_first)), ["a", "b"]);
}

#[test]
fn an_empty_input_has_no_articles_and_an_empty_text_is_one() {
    let folder = Folder::new();
    for name in ["a.jsonl", "a.json", "a.csv", "a.tsv"] {
        let scan = scan(&folder.write(name, ""));
        assert!(scan.articles.is_empty() && scan.skipped.is_empty(), "{name}");
    }
    assert_eq!(articles(&folder.write("b.json", " [ ] \n")), []);
    assert_eq!(articles(&folder.write("a.txt", ""))[0].text, "");
    assert_eq!(articles(&folder.write("c.json", "{\"text\":\"alone\"}"))[0].text, "alone");
}

#[test]
fn legacy_encodings_and_stray_bytes_are_decoded_record_by_record() {
    let folder = Folder::new();
    // windows-1258: "Việt Nam có nhiều người dân sống" and more.
    let old: &[u8] = b"Vi\xea\xf2t Nam c\xf3 nhi\xea\xccu ng\xfd\xf5\xcci d\xe2n s\xf4\xecng \xf0\xf4ng \xf0\xfac \xf5\xd2 th\xe0nh ph\xf4\xec";
    let decoded = "Vi\u{ea}\u{323}t Nam có nhiê\u{300}u";
    assert!(articles(&folder.write("old.txt", old))[0].text.starts_with(decoded));
    let line = [&b"{\"id\":\"old\",\"text\":\""[..], old, b"\"}\n"].concat();
    let damaged = "{\"id\":\"damaged\",\"text\":\"Tổng thống \u{1}\"}\n".as_bytes();
    let damaged: Vec<u8> = damaged.iter().map(|&byte| if byte == 1 { 0xFF } else { byte }).collect();
    let scan = scan(&folder.write("mixed.jsonl", [JSONL.as_bytes(), &line, &damaged].concat()));
    let [.., (_, old), (_, damaged)] = &scan.articles[..] else { panic!("four articles") };
    assert!(old.text.starts_with(decoded), "{}", old.text);
    assert_eq!(damaged.text, "Tổng thống \u{fffd}");
    assert_eq!((scan.skipped.lossy, scan.skipped.examples[0].line), (1, 4));
}

/// What became of an input: how many articles it gave, how many bad records, and what was said of them or of the whole.
#[track_caller]
fn outcome(folder: &Folder, name: &str, bytes: &[u8], articles: usize, bad: u64, said: &str) {
    let path = folder.write(name, bytes);
    let scan = scan(&path);
    let Skipped { examples, truncated, texts_elsewhere, .. } = &scan.skipped;
    let mut all: Vec<String> = examples.iter().map(ToString::to_string).collect();
    all.extend(truncated.iter().map(ToString::to_string));
    all.extend(texts_elsewhere.iter().map(ToString::to_string));
    let all = all.join("\n");
    assert_eq!((scan.articles.len(), scan.skipped.bad_records), (articles, bad), "{name}: {all}");
    assert!(all.contains(said) && all.is_empty() == said.is_empty(), "{name}: {all}");
    // What is bad or cut off stops a strict run at its place.
    if bad > 0 || !truncated.is_empty() {
        let stopped = scan_with(&path, &ReadSettings { strict: true, ..ReadSettings::default() });
        let Err(strict) = stopped else { panic!("{name}: a strict run goes on") };
        assert!(strict.to_string().starts_with(&path.display().to_string()), "{name}: {strict}");
    }
}

/// Format by damage: each is read, or said to be what it is, at its place. Not one is taken for an input without articles.
#[test]
fn nothing_passes_because_it_was_not_looked_at() {
    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 12345\n";
    let long = "mười hai từ của một bài báo viết ra cho vừa đủ dài ".repeat(3);
    let elsewhere = |name: &str| format!("{{\"id\":1,\"title\":\"Tin\",\"{name}\":\"{long}\"}}\n");
    let folder = Folder::new();
    let tried: &[(&str, Vec<u8>, usize, u64, &str)] = &[
        // Lines that end in CR, alone or among others.
        ("cr.csv", CSV.replace(".\nHết", ". Hết").replace('\n', "\r").into(), 2, 0, ""),
        ("cr.tsv", tsv().replace(".\nHết", ". Hết").replace('\n', "\r").into(), 2, 0, ""),
        ("cr.csv.gz", gzip(CSV.replace('\n', "\r").as_bytes()), 2, 0, ""),
        ("cr_wide.csv", utf16(&CSV.replace('\n', "\r")), 2, 0, ""),
        ("mixed.csv", b"id,text\r\n1,one\r2,\"two\rlines\"\n3,three".to_vec(), 3, 0, ""),
        ("cr.jsonl", JSONL.replace('\n', "\r").into(), 0, 1, "more follows after the end of the record"),
        ("cr.txt", b"one line\rand another".to_vec(), 1, 0, ""),
        // Quotes.
        (
            "open.csv",
            b"id,text\n1,one\n2,\"two\n3,three\n".to_vec(),
            1,
            0,
            "the quote that opens on line 3 is never closed",
        ),
        ("open.tsv", b"id\ttext\n1\t\"one\n2\ttwo\n".to_vec(), 0, 0, "the quote that opens on line 2 is never closed"),
        ("open_header.csv", b"id,\"text\n1,one\n".to_vec(), 0, 0, "the quote that opens on line 1 is never closed"),
        (
            "chance.csv",
            b"id,text\n1,\"one\n2,two\n3,\"three\"\n4,four\n".to_vec(),
            1,
            1,
            "a quoted field of 3 lines goes on behind its closing quote",
        ),
        (
            "swallowed.csv",
            b"id,text\n1,\"one\n2,two\n3,three\n4,four\n5,five\"\n".to_vec(),
            1,
            0,
            "3 lines inside a quoted field look like rows of this table",
        ),
        // Ends that are missing.
        ("cut.json", b"[{\"text\":\"a\"},{\"text\":\"b".to_vec(), 1, 0, "never closed"),
        (
            "cut_alone.json",
            b"{\"text\":\"a\"}\n{\"text\":\"b".to_vec(),
            1,
            1,
            "the object that opens here is never closed",
        ),
        ("cut.jsonl", b"{\"text\":\"a\"}\n{\"text\":\"b".to_vec(), 1, 1, "cut.jsonl:2: broken JSON"),
        ("cut.jsonl.gz", gzip(JSONL.as_bytes())[..60].to_vec(), 0, 0, "the compressed data end too early"),
        ("cut.jsonl.zst", zstd(JSONL.as_bytes())[..60].to_vec(), 0, 0, "the compressed data end too early"),
        ("odd.txt", utf16("Một bài")[..15].to_vec(), 1, 0, "odd.txt:1: bytes that are text in no known encoding"),
        ("odd.jsonl", [utf16(JSONL), b"{".to_vec()].concat(), 2, 1, "odd.jsonl:3: broken JSON"),
        // Names.
        ("twice.csv", b"id,text,title,text\n1,one,t,two\n".to_vec(), 1, 1, "twice.csv:1: `text` is there twice"),
        (
            "twice_title.csv",
            b"id,text,title,Title\n1,one,t,u\n".to_vec(),
            1,
            0,
            "twice_title.csv:1: `title` is there twice",
        ),
        (
            "twice.jsonl",
            b"{\"text\":\"a\",\"text\":\"b\"}\n{\"id\":1,\"ID\":2,\"text\":\"c\"}".to_vec(),
            0,
            2,
            "twice.jsonl:2: `id` is there twice",
        ),
        (
            "twice.json",
            b"[{\"te\\u0078t\":\"a\",\"TEXT\":\"b\"}]".to_vec(),
            0,
            1,
            "twice.json:1: `text` is there twice",
        ),
        ("names.jsonl", (elsewhere("ArticleBody") + &elsewhere("nội dung") + &elsewhere("NOI_DUNG")).into(), 3, 0, ""),
        (
            "story.jsonl",
            elsewhere("story").repeat(2).into(),
            0,
            2,
            "story.jsonl: no record has a text under a known name, but 2 records have a long text under another, such as `story`",
        ),
        (
            "some.jsonl",
            (JSONL.to_owned() + &elsewhere("story")).into(),
            2,
            1,
            "some.jsonl:3: no text under a known name, but `story` has 39 words",
        ),
        ("story.csv", format!("id,title,story,text\n1,Tin,{long},\n").into(), 0, 1, "`story` has 39 words"),
        (
            "feed.json",
            format!("{{\"title\":\"feed\",\"items\":[{}]}}", elsewhere("text")).into(),
            0,
            1,
            "`items` has 39 words",
        ),
        (
            "half_name.jsonl",
            format!("{{\"title\":\"t\",\"\\ud83d\":1e999,\"story\":\"{long}\"}}").into(),
            0,
            1,
            "`story` has 39 words",
        ),
        ("headlines.jsonl", b"{\"title\":\"Tin\",\"picture\":\"some words of a caption\"}".to_vec(), 1, 0, ""),
        // What is something else.
        ("pointer.txt", POINTER.into(), 0, 1, "pointer.txt:1: a pointer of Git LFS"),
        ("pointer.md", format!("\u{feff}{}", POINTER.replace('\n', "\r\n")).into(), 0, 1, "`git lfs pull`"),
        ("pointer.jsonl", POINTER.replace("git-lfs", "hawser").into(), 0, 1, "`git lfs pull`"),
        ("pointer.csv", format!("{POINTER}\n\n").into(), 0, 1, "`git lfs pull`"),
        ("pointer.json", utf16(POINTER), 0, 1, "`git lfs pull`"),
        ("nested/pointer.txt.gz", POINTER.into(), 0, 1, "`git lfs pull`"),
        ("pointer.jsonl.gz", gzip(POINTER.as_bytes()), 0, 1, "`git lfs pull`"),
        (
            "picture.txt",
            b"\x89PNG\r\n\x1A\n and so on".to_vec(),
            0,
            1,
            "picture.txt:1: found a PNG picture, expected text",
        ),
        ("sheet.csv", b"PK\x03\x04 without any line end".to_vec(), 0, 1, "sheet.csv:1: found a ZIP archive"),
        ("packed.txt", gzip(b"words"), 0, 1, "found data compressed by gzip, without the ending .gz"),
        (
            "noise.md",
            (0u32..999).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 13) as u8).collect(),
            0,
            1,
            "found binary data",
        ),
        ("utf32.txt", "Một bài báo".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(), 0, 1, "found UTF-32"),
        (
            "utf32.jsonl",
            format!("\u{feff}{JSONL}").chars().flat_map(|c| u32::from(c).to_be_bytes()).collect(),
            0,
            1,
            "found UTF-32",
        ),
        // One format under the name of another.
        ("array.jsonl", json().replace('\n', "").into(), 0, 1, "array.jsonl:1: found an array, expected a JSON object"),
        ("lines.json", JSONL.into(), 2, 0, ""),
        ("concatenated.json", JSONL.replace('\n', "").into(), 2, 0, ""),
        ("json.csv", b"{\"text\":\"a\"}\n{\"text\":\"b\"}\n".to_vec(), 0, 1, "json.csv:2: no text field"),
        (
            "semicolons.csv",
            b"id;title;text\n1;a;b, c\n".to_vec(),
            0,
            2,
            "semicolons.csv:1: found semicolons between the columns",
        ),
        ("sep.csv", b"sep=,\nid,text\n1,one\n".to_vec(), 0, 3, "sep.csv:1: found a sep= line"),
        ("tabs.csv", b"id\ttext\n".to_vec(), 0, 1, "tabs.csv:1: found tabs between the columns"),
        (
            "half.jsonl",
            br#"{"title":"cut \ud83d","text":"whole \ud83d\ude00"}"#.to_vec(),
            1,
            0,
            "half.jsonl:1: bytes that are text in no known encoding",
        ),
        // Nothing at all is no article, and nothing that was not looked at.
        ("empty.csv", Vec::new(), 0, 0, ""),
        ("empty.json", b"[]".to_vec(), 0, 0, ""),
        ("empty.jsonl.gz", Vec::new(), 0, 0, "the file is empty"),
    ];
    for (name, bytes, articles, bad, said) in tried {
        outcome(&folder, name, bytes, *articles, *bad, said);
    }
}

/// The report hung, or told of a file that was there no longer.
#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_file_is_noticed_and_nobody_waits_for_it() {
    let folder = Folder::new();
    let path = folder.write("a.txt", "words");
    let settings = ReadSettings::default();
    let inputs = inputs(folder.0.path(), &settings);
    fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
    assert!(made.success());
    let error = inputs.scan(&settings, &|_| (), |_| ()).unwrap_err();
    assert!(matches!(error, ReadError::Changed { .. }), "{error}");
}

#[test]
fn a_file_that_grows_while_it_is_read_is_noticed() {
    let folder = Folder::new();
    let path = folder.write("a.jsonl", JSONL);
    let settings = ReadSettings::default();
    let inputs = inputs(&path, &settings);
    let grow = |_: &Article<'_>| fs::write(&path, JSONL.repeat(2)).unwrap();
    let error = inputs.scan(&settings, &|_| (), grow).unwrap_err();
    assert!(matches!(error, ReadError::Changed { .. }), "{error}");
}

#[test]
fn nul_bytes_are_text() {
    let folder = Folder::new();
    assert_eq!(articles(&folder.write("a.txt", "some\0text with a \0 or two"))[0].text, "some\0text with a \0 or two");
    assert_eq!(articles(&folder.write("a.csv", "id,text\n1,some\0text\n"))[0].text, "some\0text");
    assert_eq!(articles(&folder.write("a.jsonl", r#"{"text":"some\u0000text"}"#))[0].text, "some\0text");
}

#[test]
fn unreadable_dates_and_missing_ids_are_counted() {
    let folder = Folder::new();
    let path =
        folder.write("a.jsonl", "{\"text\":\"a\",\"date\":\"yesterday\"}\n{\"id\":1,\"text\":\"b\",\"date\":null}\n");
    let scan = scan(&path);
    assert_eq!((scan.skipped.undated, scan.skipped.unnamed), (1, 1));
    assert_eq!(scan.articles[0].1.id, format!("{}:1", path.display()));
    assert!(scan.skipped.examples[0].to_string().contains("a.jsonl:1: the date `yesterday` could not be read"));
}

#[test]
fn a_named_field_that_no_record_has_is_an_error_with_a_suggestion() {
    let folder = Folder::new();
    let settings = ReadSettings { text_field: Some("contnet".into()), ..ReadSettings::default() };
    for (name, bytes) in [("a.jsonl", "{\"id\":1,\"content\":\"words\"}\n"), ("a.csv", "id,content\n1,words\n")] {
        let error = scan_with(&folder.write(name, bytes), &settings).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--text-field contnet: no record has a field of this name; did you mean `content`?",
            "{name}"
        );
    }
    // Text files have no fields; and a field that is there and null in every record is there.
    assert!(scan_with(&folder.write("a.txt", "words"), &settings).is_ok());
    assert!(scan_with(&folder.write("broken.jsonl", "{{\n"), &settings).is_ok());
    let settings = ReadSettings { title_field: Some("Head".into()), ..ReadSettings::default() };
    assert!(scan_with(&folder.write("c.jsonl", "{\"no\":\"text\",\"head\":\"a\"}\n"), &settings).is_ok());
    assert!(scan_with(&folder.write("b.jsonl", "{\"text\":\"a\",\"head\":null}\n"), &settings).is_ok());
}

#[test]
fn a_file_that_changes_between_passes_is_noticed() {
    let folder = Folder::new();
    let path = folder.write("a.jsonl", JSONL);
    let settings = ReadSettings::default();
    let inputs = inputs(&path, &settings);
    let scan = inputs.scan(&settings, &|_| (), |_| ()).unwrap();
    fs::write(&path, JSONL.repeat(2)).unwrap();
    let error = inputs.reread(&settings, &[scan.articles[0].0], &|_| (), |_, _| ()).unwrap_err();
    assert!(matches!(error, ReadError::Changed { .. }), "{error}");
    assert!(error.to_string().contains("a.jsonl: changed while it was being read"));
}

#[test]
fn results_come_in_input_order_for_any_number_of_threads() {
    let folder = Folder::new();
    for file in 0..40 {
        let lines: String = (0..50).map(|line| format!("{{\"id\":\"{file}-{line}\",\"text\":\"t\"}}\nbad\n")).collect();
        folder.write(&format!("{file:02}.jsonl"), lines);
    }
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| scan(folder.0.path()))
    };
    let one = with(1);
    assert_eq!(one.articles.len(), 2000);
    assert!(one.articles.is_sorted_by_key(|(location, _)| *location));
    assert_eq!(one, with(4));
}

#[test]
fn progress_ends_at_the_total() {
    let folder = Folder::new();
    folder.write("a.jsonl", JSONL);
    folder.write("b.csv.gz", gzip(CSV.as_bytes()));
    let settings = ReadSettings::default();
    let inputs = inputs(folder.0.path(), &settings);
    let last = AtomicU64::new(0);
    inputs.scan(&settings, &|bytes| last.store(bytes, Ordering::Relaxed), |_| ()).unwrap();
    assert_eq!(Some(last.into_inner()), inputs.total_bytes());
}

#[test]
fn a_large_article_is_read_and_one_beyond_the_limit_is_not_held() {
    let folder = Folder::new();
    let large = format!("{{\"id\":\"large\",\"text\":\"{}\"}}\n", "từ ".repeat(1 << 20));
    let path = folder.write("a.jsonl.zst", zstd(format!("{large}{JSONL}").as_bytes()));
    assert_eq!(articles(&path)[0].text.len(), 5 * (1 << 20));
    let settings = ReadSettings { max_article_bytes: 1 << 20, ..ReadSettings::default() };
    let scan = scan_with(&path, &settings).unwrap();
    assert_eq!((scan.articles.len(), scan.skipped.bad_records), (2, 1));
    assert_eq!(scan.articles[0].0.line, 2);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        magic in proptest::sample::select(vec![
            &b""[..], b"\x1F\x8B\x08\0\0\0\0\0\0\xFF", b"\x28\xB5\x2F\xFD", b"\xFF\xFE", b"{\"text\":\"", b"id,text\n",
        ]),
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
    ) {
        use InputFormat::{Csv, Json, Jsonl, Text, Tsv};
        let bytes = [magic, &bytes].concat();
        for format in [Text, Jsonl, Json, Csv, Tsv] {
            let settings = ReadSettings { input_format: Some(format), ..ReadSettings::default() };
            let inputs = discover_with(&["-".into()], &settings, Cursor::new(bytes.clone())).expect("standard input");
            let scan = inputs.scan(&settings, &|_| (), |_| ()).expect("memory can be read");
            let wanted: Vec<Location> = scan.articles.iter().map(|(location, ())| *location).collect();
            inputs.reread(&settings, &wanted, &|_| (), |_, _| ()).expect("what was read once");
        }
    }
}
