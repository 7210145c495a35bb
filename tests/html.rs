//! The report for the browser, without one: what stands in the file, what does not, and that it is the same for the same input.
//! `tests/browser/report.py` opens it.

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::hostile::{HOSTILE, STEERING, tags};
use support::{Folder, SEEDS, run, run_in};

/// What an element of the page holds, by how it opens.
fn element<'a>(page: &'a str, opening: &str, closing: &str) -> &'a str {
    let (_, rest) = page.split_once(opening).unwrap_or_else(|| panic!("{opening} is there"));
    rest.split_once(closing).unwrap_or_else(|| panic!("{closing} is there")).0
}

fn data(page: &str) -> Value {
    let json = element(page, "<script type=\"application/json\" id=\"data\">", "</script>");
    serde_json::from_str(json).expect("the data is JSON")
}

/// What is only read when two articles are looked at.
fn texts(page: &str) -> Value {
    let json = element(page, "<script type=\"application/json\" id=\"texts\">", "</script>");
    serde_json::from_str(json).expect("the texts are JSON")
}

/// The page of a report of these arguments, and what went to standard output.
fn page(arguments: &[&str]) -> (String, String) {
    let folder = Folder::with(&[]);
    let path = folder.path("report.html");
    let html = ["--html", path.to_str().expect("a path in UTF-8")];
    let text = run(["report", "-q"].iter().chain(arguments).chain(&html)).clean();
    (folder.read("report.html"), text)
}

#[test]
fn the_report_of_the_seeds_stands_in_one_file_beside_the_text() {
    let (page, text) = page(&["seeds"]);
    assert_eq!(text, include_str!("golden/seeds.txt"));
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    let data = data(&page);
    assert_eq!(data["articles"]["id"], json!(SEEDS));
    assert_eq!(data["events"].as_array().map(Vec::len), Some(3), "one of three reports, and two of its storyline");
    assert_eq!(data["events"][0]["reports"], json!([0, 2, 4]));
    assert_eq!(data["follows"].as_array().map(Vec::len), Some(2));
    assert!(page.contains("Joe Biden, NATO, Vladimir Putin, Nga · 7/12, 8/12, 10/12/2021"));
}

#[test]
fn pairs_are_there_with_their_texts_and_what_they_share() {
    let (page, _) = page(&["tests/data", "--include", "bulletins.jsonl", "--include", "light_updates.jsonl"]);
    let data = data(&page);
    assert_eq!(data["clusters"].as_array().map(Vec::len), Some(12));
    assert_eq!(data["links"].as_array().map(Vec::len), Some(20));
    let texts = texts(&page);
    let pairs = texts["pairs"].as_object().expect("pairs");
    assert_eq!(pairs.len(), 32);
    for (key, pair) in pairs {
        let ends: Vec<&str> = key.split('-').collect();
        for (side, end) in ends.iter().enumerate() {
            let text = texts["texts"][end].as_str().expect("a text").encode_utf16().count() as u64;
            for list in [&pair[side], &pair[side + 2]] {
                let places: Vec<u64> = list.as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
                assert!(places.len().is_multiple_of(2) && places.is_sorted() && places.iter().all(|at| *at <= text));
            }
        }
        assert!(!pair[0].as_array().expect("a list").is_empty(), "{key} shares something");
    }
}

#[test]
fn any_two_articles_of_an_event_have_their_texts_and_strangers_have_not() {
    let (page, _) = page(&["seeds", "tests/data", "--include", "*.txt", "--include", "*.jsonl"]);
    let (data, texts) = (data(&page), texts(&page));
    let has_text: Vec<u64> = data["has_text"].as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
    let of_an_event = |key: &str, at: usize| data["articles"][key][at].as_i64().expect("a place") >= 0;
    let ids = data["articles"]["id"].as_array().expect("ids");
    for at in 0..ids.len() {
        let expected = of_an_event("event", at)
            || of_an_event("cluster", at)
            || texts["pairs"]
                .as_object()
                .is_some_and(|pairs| pairs.keys().any(|key| key.split('-').any(|end| end == at.to_string())));
        assert_eq!(has_text.contains(&(at as u64)), expected, "{}", ids[at]);
        assert_eq!(texts["texts"][at.to_string()].is_string(), expected, "{}", ids[at]);
    }
}

#[test]
fn boilerplate_is_marked_as_such_where_two_are_laid_side_by_side() {
    let text = |number: usize| {
        let words = ["lúa", "ngô", "cá", "tôm", "hoa", "chè", "cam", "mía"];
        let line = |at: usize| {
            format!(
                "Vụ {} năm {number} ở xã {} được mùa nhờ mưa thuận {}.",
                words[(number + at) % 8],
                words[at],
                number * at
            )
        };
        (0..6).map(line).collect::<Vec<_>>().join("\n")
    };
    let shell = "Mời bạn đọc theo dõi chúng tôi trên các mạng xã hội";
    let lines: Vec<String> = (0..12)
        .map(|number| {
            let text = if number == 11 { text(0) } else { text(number) };
            json!({"id": format!("a{number:02}"), "source": "Đồng Quê", "text": format!("{text}\n{shell}")}).to_string()
        })
        .collect();
    let folder = Folder::with(&[("a.jsonl", &lines.join("\n"))]);
    run_in(folder.as_ref(), ["report", "-q", "a.jsonl", "--html", "report.html"]).clean();
    let texts = texts(&folder.read("report.html"));
    let text: Vec<u16> = texts["texts"]["0"].as_str().expect("a copy has its text").encode_utf16().collect();
    let place = |at: usize| texts["left_out"]["0"][at].as_u64().expect("its shell is left out") as usize;
    assert_eq!(String::from_utf16(&text[place(0)..place(1)]).expect("whole characters"), shell);
}

#[test]
fn it_begins_in_the_language_that_is_asked_for() {
    let (page, _) = page(&["seeds", "--lang", "vi"]);
    assert!(page.contains("<html lang=\"vi\">") && page.contains("<title>wirecopy: Bản sao và sự kiện</title>"));
    assert!(page.contains("<span data-t=\"overview\">Tổng quan</span>"));
}

#[test]
fn the_same_articles_make_the_same_bytes() {
    let arguments = ["tests/data/bulletins.jsonl", "tests/data/light_updates.jsonl"];
    let turned = ["tests/data/light_updates.jsonl", "tests/data/bulletins.jsonl", "--threads", "3"];
    assert_eq!(page(&[&arguments[..], &["--threads", "1"]].concat()).0, page(&turned).0);
}

#[test]
fn nothing_is_asked_of_a_network_and_no_script_runs_but_ours() {
    let (page, _) = page(&["seeds"]);
    let policy = element(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    for what in ["src=", "http://", "https://", "<link", "<iframe", "<img", "@import"] {
        // The name of a namespace is no address.
        assert!(!page.replace("http://www.w3.org/2000/svg", "").contains(what), "{what}");
    }
}

#[test]
fn what_articles_say_stays_text() {
    let text = "Sáng nay tại chợ đầu mối, giá rau xanh giảm nhẹ so với hôm qua, theo ban quản lý chợ cho biết.";
    let mut lines = String::new();
    for (number, hostile) in HOSTILE.iter().enumerate() {
        for copy in 0..2 {
            let line = json!({
                "id": format!("{hostile}{number}{copy}"), "source": format!("{hostile}{copy}"), "title": hostile,
                "text": format!("{text} {hostile} Số {number} và {hostile} {text}"),
                "published": format!("2024-05-{:02}T1{copy}:00:00Z", number + 1),
            });
            lines += &format!("{line}\n");
        }
    }
    let folder = Folder::with(&[("hostile.jsonl", &lines)]);
    let (benign, _) = self::page(&["tests/data", "--include", "*.jsonl"]);
    for language in ["en", "vi"] {
        run_in(
            folder.as_ref(),
            ["report", "-q", "hostile.jsonl", "--html", "report.html", "--lang", language, "--text-format", "plain"],
        )
        .clean();
        let page = folder.read("report.html");
        let added: Vec<String> = tags(&page).difference(&tags(&benign)).cloned().collect();
        assert_eq!(added, [""; 0], "no element is there that the report of other articles has not");
        assert_eq!(page.matches("<script").count(), 4);
        assert!(!page.contains(STEERING));
        let (before, after) = page.split_once("<script").expect("a script");
        assert!(!before.contains("onerror=\"") && !before.contains("\" onmouseover"), "escaped");
        assert!(!after.contains("onerror=\"x") && before.contains("&lt;img src=x"), "as text");
        assert!(page.contains("{{ 7*7 }}"), "no template of its own");
        // And nothing is lost: whoever exports gets the strings as they were.
        let data = data(&page);
        let titles: BTreeSet<&str> =
            data["articles"]["title"].as_array().expect("titles").iter().filter_map(Value::as_str).collect();
        assert_eq!(titles, HOSTILE.into_iter().collect());
        let texts = texts(&page);
        let texts = texts["texts"].as_object().expect("texts").values().filter_map(Value::as_str);
        let texts = texts.collect::<Vec<_>>().concat();
        assert!(HOSTILE.iter().all(|hostile| texts.contains(hostile)), "texts neither");
    }
}

#[test]
fn an_input_without_articles_and_one_without_events_have_reports_too() {
    let folder = Folder::with(&[("a.jsonl", "{\"id\":\"a\",\"text\":\"\"}\n")]);
    run_in(folder.as_ref(), ["report", "-q", "a.jsonl", "--html", "empty.html"]).clean();
    assert_eq!(data(&folder.read("empty.html"))["articles"]["id"], json!([]));
    let (page, _) = page(&["seeds", "--level", "copies"]);
    assert!(page.contains("data-t=\"no_events\""));
}

#[test]
fn it_is_not_written_over_an_input_or_another_output() {
    let folder = Folder::with(&[("a.jsonl", "{\"id\":\"a\",\"text\":\"một hai ba\"}\n")]);
    let refused = run_in(folder.as_ref(), ["report", "a.jsonl", "--html", "a.jsonl"]).refused();
    assert!(refused.contains("a.jsonl: is an input"), "{refused}");
    let twice = run_in(folder.as_ref(), ["report", "a.jsonl", "--html", "x", "-o", "x"]).refused();
    assert!(twice.contains("-o and --html are the same"), "{twice}");
    assert_eq!(folder.names(), ["a.jsonl"]);
}
