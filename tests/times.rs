//! Times as people write them, and what is said of who was first: with offsets, on the clock of a CMS, as days alone, and not at all.

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn wirecopy(folder: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wirecopy"))
        .args(["report", "news.jsonl", "--no-config", "--no-progress"])
        .args(args)
        .current_dir(folder.path())
        .env("SOURCE_DATE_EPOCH", "1796040000")
        .output()
        .expect("wirecopy runs")
}

fn folder(lines: &[Value]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    fs::write(folder.path().join("news.jsonl"), lines.join("\n")).expect("the input is written");
    folder
}

fn report(folder: &TempDir, args: &[&str]) -> Value {
    let output = wirecopy(folder, &[&["--format", "json"], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a report")
}

/// Texts of different subjects, long enough to be copies.
fn story(number: usize) -> String {
    let words = ["cầu", "hầm", "cảng", "đập", "kênh", "phà", "đê", "tháp", "vườn", "chợ"];
    (0..60).map(|place| format!("{}{}{} ", words[(place + number) % 10], number, place * (number + 3) % 17)).collect()
}

fn article(story_number: usize, id: &str, published: Value) -> Value {
    json!({"id": id, "source": format!("{id}.vn"), "published": published, "title": id, "text": story(story_number)})
}

/// Of each story of four outlets, who was first and what the report has to say of it.
#[test]
fn of_twenty_articles_in_mixed_forms_every_first_is_right_or_not_known() {
    let stories: [([Value; 4], Option<usize>); 5] = [
        // The clock of a CMS, between feeds that have an offset: 06:10 in Hanoi is before 00:00 UTC.
        (
            [
                json!("2026-11-28T07:30:00+07:00"),
                json!("28/11/2026 06:10"),
                json!("2026-11-28T00:20:00Z"),
                json!("Sat, 28 Nov 2026 09:00:00 +0700"),
            ],
            Some(1),
        ),
        // Another zone, seconds since 1970 (08:00 in Hanoi), and a page's own words.
        (
            [
                json!("2026-11-28T11:00:00+09:00"),
                json!(1_795_827_600),
                json!("Thứ bảy, 28/11/2026, 07:59 (GMT+7)"),
                json!("2026-11-28 08:30"),
            ],
            Some(2),
        ),
        // A day alone is neither before nor behind a time of it.
        (
            [
                json!("2026-11-28"),
                json!("2026-11-28T06:00:00+07:00"),
                json!("28/11/2026 09:00"),
                json!("2026-11-29T01:00:00+07:00"),
            ],
            None,
        ),
        // The day before is.
        (
            [
                json!("2026-11-28T00:30:00+07:00"),
                json!("27 tháng 11, 2026"),
                json!("Nov 28, 2026 6:10 AM"),
                json!("2026/11/28 05:00"),
            ],
            Some(1),
        ),
        // One has none, one that stands for none, one of the far future.
        (
            [
                json!("2026-11-28T06:00:00+07:00"),
                json!("1970-01-01T00:00:00Z"),
                json!("2569-11-28T05:00:00+07:00"),
                Value::Null,
            ],
            None,
        ),
    ];
    let mut lines = Vec::new();
    for (number, (times, _)) in stories.iter().enumerate() {
        lines.extend(
            times.iter().zip(0..).map(|(time, place)| article(number, &format!("s{number}-{place}"), time.clone())),
        );
    }
    let folder = folder(&lines);
    let found = report(&folder, &["--level", "copies"]);
    assert_eq!(found["input"]["timezone"]["name"], "+07:00");
    assert_eq!(found["input"]["timezone"]["without_offset"], 5);
    assert_eq!(found["input"]["set_aside"]["undated"], 2);
    let clusters = found["copy_clusters"].as_array().expect("clusters");
    assert_eq!(clusters.len(), 5);
    for cluster in clusters {
        let number: usize = cluster["representative"].as_str().unwrap()[1..2].parse().unwrap();
        let expected = stories[number].1.map(|place| format!("s{number}-{place}"));
        assert_eq!(cluster["first"].as_str(), expected.as_deref(), "{cluster}");
        let has_lags = cluster["members"].as_array().unwrap().iter().any(|member| member["lag_seconds"].is_i64());
        assert!(expected.is_some() || !has_lags, "a lag behind nobody knows whom");
        if let Some(expected) = expected {
            assert_eq!(
                (cluster["original"].as_str(), cluster["original_by"].as_str()),
                (Some(&*expected), Some("first"))
            );
        }
    }
    let text = String::from_utf8(wirecopy(&folder, &["--level", "copies"]).stdout).unwrap();
    assert_eq!(text.matches("who was first is not known").count(), 2);
    assert_eq!(text.lines().filter(|line| line.trim_start().starts_with("* 2026")).count(), 3, "{text}");
    // Who has it from whom, where that is known.
    assert!(text.contains("s1-2.vn → s1-0.vn") && !text.contains("s2-1.vn →"), "{text}");
}

#[test]
fn times_are_shown_on_the_clock_that_is_asked_for() {
    let folder =
        folder(&[article(0, "a", json!("2026-11-27T23:10:00Z")), article(0, "b", json!("2026-11-28T07:10:00+07:00"))]);
    for (args, shown) in [
        (&["--timezone", "Asia/Ho_Chi_Minh"][..], ["2026-11-28T06:10:00+07:00", "2026-11-28T07:10:00+07:00"]),
        (&["--timezone=-03:00"], ["2026-11-27T20:10:00-03:00", "2026-11-27T21:10:00-03:00"]),
        // What most offsets of the input say.
        (&[], ["2026-11-28T06:10:00+07:00", "2026-11-28T07:10:00+07:00"]),
    ] {
        let found = report(&folder, args);
        let times: Vec<&str> = found["copy_clusters"][0]["members"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|member| member["published"].as_str())
            .collect();
        assert_eq!(times, shown, "{args:?}");
    }
    let text = String::from_utf8(wirecopy(&folder, &["--timezone", "utc"]).stdout).unwrap();
    assert!(text.contains("(times in UTC)") && text.contains("2026-11-27 23:10"), "{text}");
}

#[test]
fn what_was_taken_for_the_clock_is_said_with_how_many_were_read_by_it() {
    let said = |lines: &[Value], args: &[&str]| {
        let output = wirecopy(&folder(lines), args);
        String::from_utf8(output.stderr).unwrap()
    };
    let local = article(0, "a", json!("2026-10-25 02:30"));
    let offset = article(1, "b", json!("2026-10-25T07:10:00+07:00"));
    assert!(
        said(std::slice::from_ref(&local), &[])
            .contains("1 time has no offset and is read as UTC; --timezone names another zone")
    );
    let both = said(&[local.clone(), offset], &[]);
    assert!(both.contains("read as +07:00, as most others of the input; --timezone"), "{both}");
    let berlin = said(&[local], &["--timezone", "Europe/Berlin"]);
    assert!(berlin.contains("1 time has no offset and is read as Europe/Berlin"), "{berlin}");
    assert!(berlin.contains("1 time was on the clock twice or never"), "{berlin}");
    let day = said(&[article(0, "a", json!("2026-10-25"))], &[]);
    assert!(!day.contains("offset"), "a day is the same day on any clock: {day}");
}

#[test]
fn an_unknown_zone_is_refused_with_the_nearest() {
    let folder = folder(&[article(0, "a", Value::Null)]);
    for (zone, nearest) in [("Asia/Ho_Chi_Min", Some("Asia/Ho_Chi_Minh")), ("Hanoi", None), ("+30:00", None)] {
        let output = wirecopy(&folder, &["--timezone", zone]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(&format!("--timezone: found `{zone}`, expected a time zone such as Asia/Ho_Chi_Minh")),
            "{said}"
        );
        assert_eq!(said.contains("did you mean"), nearest.is_some(), "{said}");
        assert!(nearest.is_none_or(|nearest| said.contains(nearest)), "{said}");
    }
}

#[test]
fn a_field_that_may_give_the_time_and_was_not_taken_is_named_once() {
    let lines: Vec<Value> = (0..4)
        .map(|number| json!({"id": number.to_string(), "thoi_diem_publish": "2026-11-28", "updated": "x", "text": story(number)}))
        .collect();
    let folder = folder(&lines);
    let said = String::from_utf8(wirecopy(&folder, &[]).stderr).unwrap();
    assert_eq!(said.matches("name its field with --published-field if it is thoi_diem_publish").count(), 1, "{said}");
    let named = String::from_utf8(wirecopy(&folder, &["--published-field", "thoi_diem_publish"]).stderr).unwrap();
    assert!(!named.contains("--published-field"), "{named}");
}

#[test]
fn a_form_that_no_rule_knows_is_named() {
    let folder =
        folder(&[article(0, "a", json!("11/28/2026 06:10 PM")), article(0, "b", json!("11/27/2026 06:10 AM"))]);
    let found = report(&folder, &["--date-format", "%m/%d/%Y %I:%M %p"]);
    assert_eq!(found["copy_clusters"][0]["first"], "b");
    assert_eq!(report(&folder, &[])["input"]["set_aside"]["undated"], 2);
}

#[test]
fn a_batch_without_offsets_is_read_on_the_clock_of_the_index() {
    let folder = folder(&[article(0, "a", json!("2026-11-28T06:10:00+07:00"))]);
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirecopy"));
        command.args(args).current_dir(folder.path()).env("SOURCE_DATE_EPOCH", "1796040000");
        command.output().expect("wirecopy runs")
    };
    let json = |args: &[&str]| -> Value { serde_json::from_slice(&run(args).stdout).expect("JSON") };
    let write = |name: &str, line: Value| {
        fs::write(folder.path().join(name), line.to_string()).expect("the batch is written");
    };
    write("local.jsonl", article(0, "b", json!("28/11/2026 05:40")));
    write("utc.jsonl", article(0, "c", json!("2026-11-28T00:00:00+00:00")));
    assert!(run(&["index", "create", "i", "-q"]).status.success());
    assert!(run(&["index", "add", "i", "news.jsonl", "-q"]).status.success());

    let check = ["check", "local.jsonl", "--against", "i", "--no-config", "--level", "copies", "--format", "json"];
    let clock = |name: &str, chosen_by: &str| json!({"name": name, "chosen_by": chosen_by, "without_offset": 1, "clock_changes": 0});
    assert_eq!(json(&check)["timezone"], clock("+07:00", "index"));
    let named = [&check[..], &["--timezone", "Asia/Tokyo"]].concat();
    assert_eq!(json(&named)["timezone"], clock("Asia/Tokyo", "named"));
    let said = String::from_utf8(run(&["check", "local.jsonl", "--against", "i", "--no-config"]).stderr).unwrap();
    assert!(said.contains("read as +07:00, as times of the index; --timezone names another zone"), "{said}");

    // What comes later, with whatever offset, does not change the clock: 05:40 in Hanoi stays before 07:00.
    for batch in ["local.jsonl", "utc.jsonl"] {
        assert!(run(&["index", "add", "i", batch, "-q"]).status.success());
    }
    let info = json(&["index", "info", "i", "--json"]);
    assert_eq!(info["timezone"], "+07:00");
    assert_eq!(info["published"], json!(["2026-11-28T05:40:00+07:00", "2026-11-28T07:00:00+07:00"]));
}
