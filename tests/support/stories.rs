//! Articles for a check: stories of which no two share a sentence, and what can be made of one.

use serde_json::Value;

use super::{Folder, run_in};

/// Six sentences of each story; no two stories have one in common.
pub(crate) fn sentences(story: usize) -> Vec<String> {
    let word = |sentence: usize, place: usize| format!("từ{}", (story * 6 + sentence) * 20 + place);
    let sentence = |sentence: usize| (0..18).map(|place| word(sentence, place)).collect::<Vec<_>>().join(" ");
    (0..6).map(|number| format!("Câu {}.", sentence(number))).collect()
}

pub(crate) fn story(number: usize) -> String {
    sentences(number).join(" ")
}

/// A lightly edited copy.
pub(crate) fn copy(number: usize) -> String {
    let mut sentences = sentences(number);
    sentences[3] = sentences[3].replacen(' ', " vẫn ", 1);
    format!("Theo phóng viên của báo. {}", sentences.join(" "))
}

pub(crate) fn excerpt(number: usize) -> String {
    sentences(number)[..3].join(" ")
}

/// More than twice as long, with the story inside.
pub(crate) fn longer(number: usize) -> String {
    format!("{} {} {}", story(number), story(number + 500), story(number + 501))
}

/// A bulletin of a day.
pub(crate) fn bulletin(day: usize) -> String {
    let prices: Vec<String> = (0..6)
        .map(|shop| format!("tại cửa hàng số {shop} giá mua vào là {} triệu đồng và giá bán ra là {} triệu đồng một lượng, theo bảng niêm yết sáng nay của công ty vàng bạc đá quý", 36 + day + shop, 38 + day * shop))
        .collect();
    format!("Giá vàng ngày {day}/12: {}.", prices.join("; "))
}

pub(crate) fn article(id: &str, day: usize, source: &str, text: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"published\":\"2021-12-{day:02}\",\"source\":\"{source}\",\"title\":\"Tin {id}\",\"text\":{}}}\n",
        serde_json::to_string(text).unwrap()
    )
}

/// The archive: ten stories and a bulletin.
pub(crate) fn archive() -> String {
    let stories: String = (0..10).map(|n| article(&format!("old{n}"), 1, "cu.vn", &story(n))).collect();
    stories + &article("vang7", 7, "cu.vn", &bulletin(7))
}

/// What comes: one of each kind.
pub(crate) fn incoming() -> String {
    use unicode_normalization::UnicodeNormalization;
    [
        article("copied", 9, "moi.vn", &copy(0)),
        article("cut", 9, "moi.vn", &excerpt(1)),
        article("nfd", 9, "moi.vn", &story(2).nfd().collect::<String>()),
        article("old3", 9, "cu.vn", &copy(3)),
        article("vang8", 8, "moi.vn", &bulletin(8)),
        article("clean", 9, "moi.vn", &story(77)),
        article("around", 9, "moi.vn", &longer(4)),
        article("old5", 1, "cu.vn", &story(5)),
    ]
    .concat()
}

/// An index of the archive, and what comes beside it.
pub(crate) fn gate() -> Folder {
    let folder = Folder::with(&[("archive.jsonl", &archive()), ("new.jsonl", &incoming())]);
    for arguments in [["index", "create", "i", "-q"].as_slice(), &["index", "add", "i", "archive.jsonl", "-q"]] {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    folder
}

pub(crate) fn checked(folder: &Folder, arguments: &[&str]) -> (i32, Value) {
    let ran = run_in(folder.as_ref(), [&["check"], arguments, &["--format", "json", "-q"]].concat());
    let value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{} {}", ran.stdout, ran.stderr));
    (ran.code, value)
}

/// Each finding as `rule id match verdict`.
pub(crate) fn findings(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let one = |finding: &Value| {
        format!(
            "{} {} {} {}",
            text(&finding["rule"]),
            text(&finding["article"]["id"]),
            text(&finding["matches"][0]["id"]),
            text(&finding["verdict"])
        )
    };
    value["findings"].as_array().unwrap().iter().map(one).collect()
}
