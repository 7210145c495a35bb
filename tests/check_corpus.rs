//! `wirecopy check` against an index of thousands of generated articles, in every format.
//!
//! The generator and the sentences that it recombines stay outside this repository; where they are not, these tests say so and
//! test nothing.
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use schemas::{CHECK_SCHEMA, fits_junit, fits_sarif, json};
use serde_json::Value;
use support::{Folder, run_in, schema};
use unicode_normalization::UnicodeNormalization;

/// Makes the corpus of so many articles in the folder; `None` where it can't be made here.
#[expect(clippy::print_stderr, reason = "says why a test is skipped")]
fn generate(folder: &Folder, articles: usize) -> Option<()> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/corpus");
    let generator = tools.join("gen.py");
    if !generator.exists() {
        eprintln!("skipped: {} is not there", generator.display());
        return None;
    }
    std::fs::create_dir(folder.path("pool")).unwrap();
    for name in ["sents.txt", "titles.txt"] {
        let packed =
            std::fs::File::open(tools.join(format!("{name}.gz"))).expect("the sentences lie beside the generator");
        let mut text = Vec::new();
        flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut text).expect("gzip");
        folder.write(&format!("pool/{name}"), text);
    }
    let mut python = Command::new("python3");
    python.arg(&generator).arg(articles.to_string()).arg(folder.path("made")).arg("--pool").arg(folder.path("pool"));
    match python.output() {
        Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
        Err(error) => {
            eprintln!("skipped: python3 could not be run: {error}");
            return None;
        }
    }
    Some(())
}

/// One article of the corpus, later and with another id and text. The outlet stays, for its boilerplate is left out.
fn again(article: &Value, id: &str, text: &str) -> Value {
    let mut copy = article.clone();
    copy["id"] = Value::from(id);
    copy["published"] = Value::from("2031-01-02T03:04:05Z");
    copy["text"] = Value::from(text);
    copy
}

fn text(article: &Value) -> &str {
    article["text"].as_str().unwrap()
}

/// The words of an article, of these places.
fn words(article: &Value, places: std::ops::Range<usize>) -> String {
    text(article).split_whitespace().skip(places.start).take(places.len()).collect::<Vec<_>>().join(" ")
}

fn bulletin(day: usize) -> Value {
    let price = |shop: usize| {
        format!(
            "tại cửa hàng số {shop} giá mua vào là {} triệu đồng và giá bán ra là {} triệu đồng một lượng, theo bảng niêm yết sáng nay của công ty vàng bạc đá quý",
            36 + day + shop,
            38 + day * shop
        )
    };
    let text = format!("Giá vàng ngày {day}/12: {}.", (0..6).map(price).collect::<Vec<_>>().join("; "));
    serde_json::json!({"id": format!("vang{day}"), "source": "vang.vn", "published": format!("2024-12-{day:02}"), "text": text})
}

/// The rules, of which one, and the articles, of which one, that a new article is to be found under; `None` where it is clean.
type Expected = Option<(&'static [&'static str], Vec<String>)>;

/// What goes into the index, and what comes: one of each kind.
struct Corpus {
    archive: Vec<Value>,
    incoming: Vec<(Value, Expected)>,
}

impl Corpus {
    /// Of a generated corpus one planted copy and one article of no family are held back, and the others changed from what is there.
    fn of(folder: &Folder) -> Corpus {
        let lines = |name: &str| folder.read(name).lines().map(json).collect::<Vec<Value>>();
        let mut archive = lines("made/corpus.jsonl");
        let family = |one: &Value| one["family"].as_str().unwrap().to_owned();
        let planted: BTreeMap<String, String> = lines("made/families.jsonl")
            .iter()
            .map(|one| (one["id"].as_str().unwrap().to_owned(), family(one)))
            .collect();
        let id = |article: &Value| article["id"].as_str().unwrap().to_owned();
        let relatives = |one: &Value| -> Vec<String> {
            let related = planted.iter().filter(|(other, of)| **of == family(one) && **other != id(one));
            related.map(|(id, _)| id.clone()).collect()
        };
        // Of a family of two, with nothing edited but the title: it copies the other and no third.
        let light =
            |one: &Value| one["edits"].as_array().unwrap().iter().all(|edit| edit == "from0" || edit == "title");
        let chosen = |one: &Value| light(one) && id(one) != one["orig"] && relatives(one).len() == 1;
        let copied = lines("made/families.jsonl").into_iter().find(chosen).expect("a planted copy");
        let relatives = relatives(&copied);
        let take = |archive: &mut Vec<Value>, wanted: &str| {
            let place = archive.iter().position(|one| id(one) == wanted).expect("an article of this id");
            archive.remove(place)
        };
        let copy = take(&mut archive, &id(&copied));
        let lone = |archive: &[Value], longer_than: usize, after: usize| {
            let fits =
                |one: &&Value| !planted.contains_key(&id(one)) && text(one).split_whitespace().count() > longer_than;
            archive.iter().filter(fits).nth(after).expect("an article of no family").clone()
        };
        let clean = lone(&archive, 200, 0);
        take(&mut archive, &id(&clean));
        let [cut, decomposed, revised] =
            [(600, 1), (200, 2), (200, 3)].map(|(longer, after)| lone(&archive, longer, after));
        let incoming = vec![
            (copy, Some((&["identical", "copy"][..], relatives))),
            (again(&cut, "cut", &words(&cut, 150..330)), Some((&["excerpt"], vec![id(&cut)]))),
            (
                again(&decomposed, "nfd", &text(&decomposed).nfd().collect::<String>()),
                Some((&["identical"], vec![id(&decomposed)])),
            ),
            (
                again(&revised, &id(&revised), &format!("{} Bài viết đã được cập nhật thêm.", text(&revised))),
                Some((&["revision"], vec![id(&revised)])),
            ),
            (bulletin(8), Some((&["template"], vec!["vang7".to_owned()]))),
            (clean, None),
        ];
        archive.push(bulletin(7));
        Corpus { archive, incoming }
    }
}

fn json_lines<'a>(articles: impl Iterator<Item = &'a Value>) -> String {
    articles.map(|article| format!("{article}\n")).collect()
}

fn each_kind_is_found_in_every_format(articles: usize) {
    let folder = Folder::with(&[]);
    if generate(&folder, articles).is_none() {
        return;
    }
    let Corpus { archive, incoming } = Corpus::of(&folder);
    folder.write("archive.jsonl", json_lines(archive.iter()));
    folder.write("new.jsonl", json_lines(incoming.iter().map(|(article, _)| article)));
    for arguments in [["index", "create", "i", "-q"].as_slice(), &["index", "add", "i", "archive.jsonl", "-q"]] {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    let outputs = ["json=c.json", "sarif=c.sarif", "junit=c.xml", "github=c.github", "text=c.txt"];
    let mut arguments = vec!["check", "new.jsonl", "--against", "i", "-q", "--summary", "c.md", "--top", "0"];
    arguments.extend(outputs.iter().flat_map(|output| ["--output", output]));
    let ran = run_in(folder.as_ref(), arguments);
    assert_eq!(ran.code, 1, "{}", ran.stderr);

    let found = json(&folder.read("c.json"));
    assert_eq!(schema::misfits(&CHECK_SCHEMA, &found), Vec::<String>::new());
    assert_eq!(found["against"]["articles"], archive.len());
    let sarif = json(&folder.read("c.sarif"));
    fits_sarif(&sarif);
    let junit = folder.read("c.xml");
    fits_junit(&junit);
    let (github, shown, summary) = (folder.read("c.github"), folder.read("c.txt"), folder.read("c.md"));
    let of_copies = |one: &&Value| one["rule"] != "same-event";
    let findings: Vec<&Value> = found["findings"].as_array().unwrap().iter().filter(of_copies).collect();
    for (article, expected) in &incoming {
        let id = article["id"].as_str().unwrap();
        let own: Vec<&&Value> = findings.iter().filter(|one| one["article"]["id"] == id).collect();
        let results: Vec<&Value> = sarif["runs"][0]["results"].as_array().unwrap().iter().collect();
        let of_id = |one: &&&Value| one["properties"]["article"]["id"] == id && one["ruleId"] != "same-event";
        let Some((rules, matches)) = expected else {
            assert!(own.is_empty() && !results.iter().any(|one| of_id(&one)), "{id} copies nothing: {own:?}");
            continue;
        };
        assert_eq!(own.len(), 1, "{id}: {own:?}");
        let (rule, matched) = (own[0]["rule"].as_str().unwrap(), own[0]["matches"][0]["id"].as_str().unwrap());
        assert!(rules.contains(&rule) && matches.iter().any(|one| one == matched), "{id}: {rule} {matched}");
        assert_eq!(results.iter().filter(of_id).map(|one| &one["ruleId"]).collect::<Vec<_>>(), [rule]);
        assert!(junit.contains(&format!("<testcase name=\"{rule}: {id}\"")), "{id}: {junit}");
        assert!(github.lines().any(|line| line.contains(&format!("title={rule}::{id}: "))), "{id}: {github}");
        assert!(shown.contains(&format!("{rule}  {id}\n")), "{id}: {shown}");
        assert!(summary.lines().any(|line| line.starts_with(&format!("| {rule} | `{id}`"))), "{id}: {summary}");
    }
    let fails = |one: &&&Value| one["verdict"] == "fails";
    assert_eq!(findings.iter().filter(fails).count(), 3, "a revision and a bulletin of another day only inform");
}

#[test]
fn among_a_thousand_articles_each_kind_is_found_in_every_format() {
    each_kind_is_found_in_every_format(1_000);
}

#[test]
#[ignore = "a minute without optimization"]
fn among_ten_thousand_articles_each_kind_is_found_in_every_format() {
    each_kind_is_found_in_every_format(10_000);
}
