//! `wirecopy explain`: its answer on eight pairs, for a person and for scripts, and what it refuses.

mod support;

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Value, json};
use support::hostile::{HOSTILE, STEERING, tags};
use support::{Folder, Ran, SEEDS, run_in, schema};
use unicode_normalization::UnicodeNormalization;

/// The pairs, by the names of their golden files.
const PAIRS: [(&str, &str, &str); 8] = [
    ("identical", SEEDS[2], "002-byline"),
    ("copy", "002-byline", "002-edited"),
    ("excerpt", SEEDS[2], "002-short"),
    ("template", "fuel-1", "fuel-2"),
    ("same-event", SEEDS[0], SEEDS[4]),
    ("storyline", SEEDS[0], SEEDS[1]),
    ("unrelated", SEEDS[3], "fuel-1"),
    ("nfd-twin", SEEDS[4], "004-nfd"),
];

fn seed(number: usize) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds").join(format!("{}.txt", SEEDS[number]));
    std::fs::read_to_string(path).expect("a seed")
}

/// The seeds, versions of them as other outlets might have run them, and two bulletins of the tests' own.
static NEWS: LazyLock<Folder> = LazyLock::new(|| {
    let text = seed(2);
    let edited = text.replace("Tổng thống Mỹ", "Ông Biden").replace("10/12", "11/12").replace("NATO", "liên minh");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let short = lines[..lines.len() * 2 / 5].join("\n");
    let nfd: String = seed(4).nfd().collect();
    let made = [
        json!({"id": "002-byline", "source": "Sớm Mai", "text": format!("{text}\nTheo AFP")}),
        json!({"id": "002-edited", "source": "Chiều Nay", "published": "2021-12-11T03:00:00Z", "text": edited}),
        json!({"id": "002-short", "source": "Tin Vắn", "title": "Mỹ - Nga: đồng minh lên tiếng", "text": short}),
        json!({"id": "004-nfd", "source": "Sớm Mai", "text": nfd}),
    ];
    let mut lines: Vec<String> = made.iter().map(Value::to_string).collect();
    let bulletins = include_str!("data/bulletins.jsonl").lines();
    lines.extend(bulletins.filter(|line| line.contains("\"fuel-")).map(str::to_owned));
    let folder = Folder::with(&[("made.jsonl", &(lines.join("\n") + "\n"))]);
    (0..5).for_each(|number| drop(folder.write(&format!("{}.txt", SEEDS[number]), seed(number))));
    folder
});

fn explain(arguments: &[&str]) -> Ran {
    run_in(NEWS.as_ref(), ["explain"].iter().chain(arguments))
}

fn explained(a: &str, b: &str) -> Value {
    let text = explain(&[a, b, ".", "--format", "json"]).clean();
    serde_json::from_str(&text).expect("an explanation is JSON")
}

fn golden_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/explain/{name}.txt"))
}

#[test]
fn each_of_eight_pairs_is_explained_as_reviewed() {
    for (name, a, b) in PAIRS {
        let reviewed = std::fs::read_to_string(golden_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(explain(&[a, b, "."]).clean(), reviewed, "{name}");
    }
}

/// `cargo test --test explain write_golden_files -- --ignored`, then review the difference.
#[test]
#[ignore = "writes the golden files"]
fn write_golden_files() {
    std::fs::create_dir_all(golden_path("x").parent().unwrap()).unwrap();
    for (name, a, b) in PAIRS {
        std::fs::write(golden_path(name), explain(&[a, b, "."]).clean()).unwrap();
    }
}

#[test]
fn scripts_get_the_same_answer_as_the_schema_describes_it() {
    let schema: Value = serde_json::from_str(include_str!("../schemas/explain-1.json")).expect("a schema");
    let kinds = ["identical", "copy", "excerpt", "template", "", "", "", "identical"];
    let same_event = [true, true, true, false, true, false, false, true];
    for (((name, a, b), kind), same_event) in PAIRS.into_iter().zip(kinds).zip(same_event) {
        let found = explained(a, b);
        assert_eq!(schema::misfits(&schema, &found), [""; 0], "{name}");
        assert_eq!((&found["a"]["id"], &found["b"]["id"]), (&json!(a), &json!(b)));
        assert_eq!(found["copy"]["kind"].as_str().unwrap_or(""), kind, "{name}");
        assert_eq!(found["event"]["same_event"], same_event, "{name}");
        assert_eq!(found["copy"]["found"], true, "{name}");
    }
    assert_eq!(explained(SEEDS[0], SEEDS[1])["event"]["relation"], "storyline");
    assert_eq!(explained(SEEDS[3], "fuel-1")["event"]["relation"], "apart");
    let copies = explain(&[SEEDS[0], SEEDS[1], ".", "--format", "json", "--level", "copies"]).clean();
    let copies: Value = serde_json::from_str(&copies).expect("JSON");
    assert_eq!((schema::misfits(&schema, &copies), &copies["event"]), (Vec::new(), &Value::Null));
}

#[test]
fn places_lead_to_the_passages_in_the_texts() {
    for (name, a, b) in PAIRS {
        let found = explained(a, b);
        let text = |side: &str| found[side]["text"].as_str().expect("a text").to_owned();
        let (of_a, of_b) = (text("a"), text("b"));
        let passages = found["copy"]["passages"].as_array().expect("passages");
        for passage in passages {
            let range = |side: &str, unit: &str| {
                let at = |end: usize| passage[side][unit][end].as_u64().expect("a place") as usize;
                at(0)..at(1)
            };
            assert_eq!(&of_a[range("a", "bytes")], passage["text"].as_str().expect("its text"), "{name}");
            for (side, text) in [("a", &of_a), ("b", &of_b)] {
                let characters = range(side, "characters");
                let by_characters: String = text.chars().skip(characters.start).take(characters.len()).collect();
                assert_eq!(text[range(side, "bytes")], by_characters, "{name}");
            }
        }
    }
}

/// What is said of a threshold holds for a report.
#[test]
fn beyond_the_threshold_that_is_named_a_report_says_so_too() {
    let found = explained("002-byline", "002-edited");
    let turns = found["copy"]["turns"].as_array().expect("turns");
    assert!(!turns.is_empty());
    for turn in turns {
        let option = format!("--{}={}", turn["option"].as_str().expect("an option"), turn["at"]);
        let arguments = ["report", ".", "--format", "json", "--edges", "-q", &option];
        let report: Value = serde_json::from_str(&run_in(NEWS.as_ref(), arguments).clean()).expect("JSON");
        let edges = report["edges"].as_array().expect("edges").iter();
        let edge = edges.clone().find(|edge| edge["a"] == "002-byline" && edge["b"] == "002-edited");
        assert_eq!(edge.map_or(&Value::Null, |edge| &edge["kind"]), &turn["kind"], "{option}");
    }
}

#[test]
fn copies_of_one_cluster_are_told_how_they_came_there() {
    let found = explained("002-byline", "002-edited");
    let chain = found["copy"]["chain"].as_array().expect("a chain");
    assert_eq!(chain.first().map(|step| &step["from"]), Some(&json!("002-byline")));
    assert_eq!(chain.last().map(|step| &step["to"]), Some(&json!("002-edited")));
    assert!(chain.windows(2).all(|two| two[0]["to"] == two[1]["from"]));
    assert_eq!(found["copy"]["a_cluster"], found["copy"]["b_cluster"]);
}

#[test]
fn the_parts_of_a_score_add_up() {
    let found = explained(SEEDS[0], SEEDS[4]);
    let score = &found["event"]["score"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let parts = score["parts"].as_array().expect("parts");
    let when = |part: &&Value| part["piece"] == "days" || part["piece"] == "published";
    let sum = |of_when: bool| -> f64 {
        parts.iter().filter(|part| when(part) == of_when).map(|part| number(&part["log_odds"])).sum()
    };
    assert!((number(&score["content_start"]) + sum(false) - number(&score["content"])).abs() < 1e-9);
    let alone = number(&score["content_bounded"]) + number(&score["days_start"]) + sum(true);
    assert!((alone - number(&score["alone"])).abs() < 1e-9);
    let probability = 1.0 / (1.0 + (-alone - number(&score["neighborhood"])).exp());
    assert!((probability - number(&score["probability"])).abs() < 1e-9);
    // The report says of the pair what is said here.
    let report = run_in(NEWS.as_ref(), ["report", ".", "--format", "json", "--edges", "-q"]).clean();
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let edges = report["event_edges"].as_array().expect("edges").iter();
    let reports = ["a", "b"].map(|side| &found["event"][side]["report"]);
    let edge = edges.clone().find(|edge| [&edge["a"], &edge["b"]] == reports).expect("the pair");
    assert_eq!(edge["score"], score["probability"]);
}

#[test]
fn two_files_of_one_article_each_need_nothing_beside_them() {
    let [a, b] = [0, 4].map(|number| format!("{}.txt", SEEDS[number]));
    let text = explain(&[&a, &b]).clean();
    assert!(text.contains("Same text?  No") && text.contains("Same event?  "), "{text}");
    let several = explain(&["made.jsonl", &a]).refused();
    assert!(several.contains("made.jsonl: holds 6 articles, expected one"), "{several}");
}

#[test]
fn stored_articles_are_explained_by_their_index() {
    let folder = NEWS.as_ref();
    run_in(folder, ["index", "create", "-q", "archive.index"]).clean();
    run_in(folder, ["index", "add", "-q", "archive.index", "made.jsonl"]).clean();
    let stored = explain(&["002-byline", "002-edited", "--against", "archive.index"]).clean();
    assert!(stored.contains("Same text?  A copy") && stored.contains("in archive.index"), "{stored}");
    let file = format!("{}.txt", SEEDS[4]);
    let mixed = explain(&[&file, "004-nfd", "--against", "archive.index"]).clean();
    assert!(mixed.contains("Same text?  Identical"), "{mixed}");
    std::fs::remove_dir_all(NEWS.path("archive.index")).expect("the index is there");
}

#[test]
fn what_is_not_there_is_said_with_what_may_be_meant() {
    let unknown = explain(&["002-bylines", SEEDS[0], "."]).refused();
    assert!(
        unknown.contains("002-bylines: neither an article of the input nor a file; did you mean 002-byline?"),
        "{unknown}"
    );
    let twice = explain(&[SEEDS[0], SEEDS[0], "."]).refused();
    assert!(twice.contains("is named twice"), "{twice}");
    let nothing = explain(&["x", "y"]).refused();
    assert!(nothing.contains("x: no such file; name two files, or say where"), "{nothing}");
}

#[test]
fn the_order_of_threads_shows_nowhere_and_color_only_where_asked() {
    let plain = explain(&["002-byline", "002-edited", ".", "--threads", "1"]).clean();
    assert_eq!(explain(&["002-byline", "002-edited", ".", "--threads", "3"]).clean(), plain);
    let colored = explain(&["002-byline", "002-edited", ".", "--color", "always"]).clean();
    assert!(colored.contains("\x1b[") && !plain.contains('\x1b'));
    let stripped = colored.split('\x1b').map(|part| part.split_once('m').map_or(part, |(_, text)| text));
    let first = colored.split('\x1b').next().unwrap_or("");
    assert_eq!(first.to_owned() + &stripped.skip(1).collect::<String>(), plain);
}

#[test]
fn the_page_for_the_browser_has_both_texts_and_no_script() {
    let page = explain(&["002-byline", "002-edited", ".", "--format", "html"]).clean();
    assert!(page.starts_with("<!doctype html>") && !page.contains("<script"), "{page}");
    assert!(
        page.contains("<strong class=\"changed\">10</strong>")
            && page.contains("<strong class=\"changed\">11</strong>")
    );
    assert!(page.contains("A copy: the bulk of both is the same wording"));
    let hostile = json!({"id": "h", "title": "</title><script>x", "text": format!("<img src=x> {}", seed(2))});
    let folder = Folder::with(&[("h.jsonl", &hostile.to_string()), ("a.txt", &seed(2))]);
    let page = run_in(folder.as_ref(), ["explain", "h", "a", ".", "--format", "html"]).clean();
    assert!(!page.contains("<script") && !page.contains("<img") && page.contains("&lt;img src=x"), "{page}");
}

/// In both languages, whatever the two have to do with each other.
#[test]
fn what_articles_say_stays_text_in_the_page_for_the_browser() {
    let mut lines = String::new();
    for (number, hostile) in HOSTILE.iter().enumerate() {
        for copy in 0..2 {
            let text = format!("{} {hostile} Số {copy} và {hostile}", seed(2));
            let day = format!("2024-05-0{}T03:00:00Z", number + 1);
            let id = format!("{number}-{copy}{hostile}");
            lines +=
                &json!({"id": id, "source": hostile, "title": hostile, "text": text, "published": day}).to_string();
            lines += "\n";
        }
    }
    let folder = Folder::with(&[("h.jsonl", &lines)]);
    let page = |folder: &Folder, a: &str, b: &str, from: &str, lang: &str| {
        let arguments = ["explain", a, b, from, "--format", "html", "--lang", lang, "--text-format", "plain"];
        run_in(folder.as_ref(), arguments).clean()
    };
    let mut usual = tags(&page(&NEWS, SEEDS[0], SEEDS[4], ".", "en"));
    usual.extend(tags(&page(&NEWS, "002-byline", "002-edited", ".", "vi")));
    for lang in ["en", "vi"] {
        for (number, hostile) in HOSTILE.iter().enumerate() {
            // Of the terminal's own control characters a command line can't have the first.
            if hostile.contains('\0') {
                continue;
            }
            let [a, b] = [0, 1].map(|copy| format!("{number}-{copy}{hostile}"));
            let page = page(&folder, &a, &b, "h.jsonl", lang);
            assert!(page.contains(&format!("<html lang=\"{lang}\">")) && !page.contains("<script"), "{hostile}");
            assert!(tags(&page).is_subset(&usual), "{hostile}: {:?}", tags(&page));
            assert!(!page.contains(STEERING) && !page.contains("onerror=\"") && !page.contains("\" onmouseover"));
        }
    }
}

/// The page has no script to switch its language.
#[test]
fn the_page_for_the_browser_speaks_the_language_that_is_asked_for() {
    let page = |a: &str, b: &str| explain(&[a, b, ".", "--format", "html", "--lang", "vi"]).clean();
    let of_two_days = page("fuel-1", "fuel-2");
    assert!(of_two_days.contains("Không: cùng khuôn.") && of_two_days.contains("Cùng một sự kiện?"), "{of_two_days}");
    let storyline = page(SEEDS[0], SEEDS[1]);
    assert!(storyline.contains("Không, nhưng cùng một mạch truyện: ngày của hai bài cách nhau 20 ngày"), "{storyline}");
    // English of ours would stand outside of the texts.
    for said in [of_two_days, storyline] {
        for word in ["similarity", "evidence", "stands in", "words", "made by", "Same ", "log odds", "later", "of the"]
        {
            assert!(!said.split_once("<body>").expect("a body").1.contains(word), "{word}");
        }
    }
}

/// Both texts and titles may hold anything.
#[test]
fn nothing_in_an_article_steers_the_terminal() {
    let hostile = "Giá\u{1b}[31m vàng \u{202e}hôm nay\u{7} tăng <script>alert(1)</script> mạnh so với hôm qua tại chợ";
    let line =
        |id: &str, more: &str| json!({"id": id, "title": hostile, "text": format!("{hostile} {more}")}).to_string();
    let folder = Folder::with(&[("a.jsonl", &format!("{}\n{}\n", line("a\u{1b}[2J", "một"), line("b", "hai")))]);
    let text = run_in(folder.as_ref(), ["explain", "a\u{1b}[2J", "b", "a.jsonl", "--text-format", "plain"]).clean();
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
}
