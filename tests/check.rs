//! Does `wirecopy check` let nothing through that copies what is known, and stop nothing else?
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use serde_json::Value;
use support::stories::{article, checked, copy, excerpt, findings, gate, incoming, longer, story};
use support::{Folder, run_in, run_with_input};

const EXPECTED: [&str; 6] = [
    "copy copied old0 fails",
    "excerpt cut old1 fails",
    "identical nfd old2 fails",
    "revision old3 old3 informs",
    "template vang8 vang7 informs",
    "contains around old4 informs",
];

#[test]
fn each_kind_is_found_under_its_rule_and_what_is_clean_or_known_is_not() {
    let folder = gate();
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "i", "--level", "copies"]);
    assert_eq!((code, findings(&value)), (1, EXPECTED.map(str::to_owned).to_vec()));
    assert_eq!(value["counts"]["known"], 1, "old5 with the same words");
    let copied = &value["findings"][0]["matches"][0];
    assert_eq!((&copied["source"], &copied["kind"]), (&"cu.vn".into(), &"copy".into()));
    assert!(
        copied["coverage"].as_f64().unwrap() > 0.9 && copied["passage"]["words"].as_u64().unwrap() > 30,
        "{copied}"
    );
    assert!(copied["passage"]["text"].as_str().unwrap().starts_with("Câu từ0 từ1 "), "{copied}");
}

#[test]
fn the_archive_as_files_says_the_same_as_an_index_of_it() {
    let folder = gate();
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "archive.jsonl", "--level", "copies"]);
    assert_eq!((code, findings(&value)), (1, EXPECTED.map(str::to_owned).to_vec()));
    assert_eq!((&value["counts"]["known"], &value["counts"]["articles"]), (&1.into(), &7.into()));
}

#[test]
fn with_nothing_to_hold_against_the_later_of_two_new_ones_is_found() {
    let folder = Folder::with(&[(
        "new.jsonl",
        &[article("b", 2, "x.vn", &story(1)), article("a", 3, "y.vn", &copy(1)), article("c", 3, "y.vn", &story(2))]
            .concat(),
    )]);
    let (code, value) = checked(&folder, &["new.jsonl", "--level", "copies"]);
    assert_eq!((code, findings(&value)), (1, vec!["copy a b fails".to_owned()]));
    assert_eq!(value["findings"][0]["matches"][0]["new"], true);
}

/// The shorter of two new articles was an excerpt even of a longer one that came later: in batches it would have passed.
#[test]
fn of_two_new_articles_of_which_one_holds_the_other_the_later_is_found() {
    let of = |shorter: usize, longer_day: usize| {
        let lines = article("short", shorter, "x.vn", &story(1)) + &article("long", longer_day, "y.vn", &longer(1));
        let folder = Folder::with(&[("new.jsonl", &lines)]);
        findings(&checked(&folder, &["new.jsonl", "--level", "copies"]).1)
    };
    assert_eq!(of(2, 3), ["contains long short informs"]);
    assert_eq!(of(3, 2), ["excerpt short long fails"]);
    assert_eq!(of(2, 2), ["excerpt short long fails"], "published together, the longer counts as first");
}

/// The article of the smaller id stood for all of the same words, with its title and time: what its own title and time make
/// of a pair is asked now.
#[test]
fn a_bulletin_is_told_by_its_own_title_whatever_others_have_its_words() {
    let prose = "Sáng nay các tiệm vàng trong phố mở cửa sớm hơn thường lệ, khách xếp hàng dài trước quầy, người mua nhẫn trơn \
                 nhiều hơn người bán, chủ tiệm nói nguồn hàng vẫn đủ và chưa phải giới hạn số lượng cho mỗi khách.";
    let text = |prices: &str| format!("{prose} Bảng giá ghi {prices}. {prose}");
    let of_day = |id: &str, day: usize, title: &str| {
        article(id, day, "x.vn", &text("mua 51 bán 52 nhẫn 53")).replace(&format!("Tin {id}"), title)
    };
    let new = article("n", 8, "y.vn", &text("mua 61 bán 62 nhẫn 63")).replace("Tin n", "Giá vàng ngày 8/12");
    let folder = Folder::with(&[("new.jsonl", &new)]);
    let rules = |archive: &str| -> Vec<String> {
        folder.write("archive.jsonl", archive);
        findings(&checked(&folder, &["new.jsonl", "--against", "archive.jsonl", "--level", "copies"]).1)
    };
    let alone = rules(&of_day("a", 6, "Giá vàng ngày 7/12"));
    assert_eq!(alone, ["template n a informs"]);
    // The one that was there first stands for its words: by its own title, and not by that of `0`.
    let beside = rules(&(of_day("a", 6, "Giá vàng ngày 7/12") + &of_day("0", 9, "Vàng")));
    assert_eq!(beside, alone);
}

/// What is shown first, and with its passage, is the strongest match.
#[test]
fn of_several_matches_the_strongest_comes_first() {
    let weaker = format!("{} {}", story(1), excerpt(7));
    let known = article("a-weak", 1, "x.vn", &weaker)
        + &article("b-strong", 1, "x.vn", &copy(1))
        + &article("c-weak", 1, "x.vn", &format!("{} {}", story(1), excerpt(8)));
    let folder = Folder::with(&[("archive.jsonl", &known), ("new.jsonl", &article("n", 9, "y.vn", &story(1)))]);
    let (_, value) = checked(&folder, &["new.jsonl", "--against", "archive.jsonl", "--level", "copies"]);
    let similarities: Vec<f64> = value["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|finding| finding["matches"].as_array().unwrap())
        .map(|one| one["similarity"].as_f64().unwrap())
        .collect();
    assert!(similarities.len() == 3 && similarities.is_sorted_by(|a, b| a >= b) && similarities[0] > similarities[2]);
}

#[test]
fn a_thousand_copies_are_as_many_findings_and_not_their_square() {
    let lines: String = (0..300).map(|n| article(&format!("n{n:03}"), 1, "x.vn", &story(1))).collect();
    let folder = Folder::with(&[("new.jsonl", &lines)]);
    let (code, value) = checked(&folder, &["new.jsonl", "--level", "copies"]);
    let found = findings(&value);
    assert_eq!((code, found.len()), (1, 299));
    assert!(found.iter().all(|one| one.starts_with("identical") && one.contains(" n000 ")));
}

#[test]
fn what_passes_is_added_and_a_second_check_finds_nothing_new() {
    let folder = gate();
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "--add", "--level", "copies"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("3 articles added, 1 article replaced by a new version"), "{}", ran.stderr);
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "i", "--level", "copies"]);
    assert_eq!((code, value["counts"]["known"].as_u64()), (1, Some(5)));
    assert_eq!(findings(&value), EXPECTED[..3].iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn the_policy_says_what_fails_and_whose_texts_are_allowed() {
    let folder = gate();
    let verdicts = |config: &str, arguments: &[&str]| {
        folder.write("wirecopy.toml", config);
        let (code, value) =
            checked(&folder, &[&["new.jsonl", "--against", "i", "--level", "copies"], arguments].concat());
        let fails = findings(&value).iter().filter(|one| one.ends_with(" fails")).count();
        (code, fails)
    };
    assert_eq!(verdicts("", &["--fail-on", "identical"]), (1, 1));
    assert_eq!(verdicts("", &["--fail-on", "none"]), (0, 0));
    assert_eq!(verdicts("[check]\nfail-on = [\"template\"]\n", &[]), (1, 1));
    assert_eq!(verdicts("[check]\nallow = [\"cu.vn\"]\n", &[]), (0, 0));
    assert_eq!(verdicts("[check]\nallow = [\"cu.vn -> moi.vn\"]\n", &[]), (0, 0));
    assert_eq!(verdicts("[check]\nallow = [\"cu.vn -> other.vn\"]\n", &[]), (1, 3));
    assert_eq!(verdicts("[check]\nallow = [\"moi.vn\"]\n", &[]), (1, 3), "whose texts are allowed may not copy others");
    let refused = |config: &str| {
        folder.write("wirecopy.toml", config);
        run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i"]).stderr
    };
    assert!(refused("[check]\nfail-on = [\"coppy\"]\n").contains("did you mean `copy`?"));
    assert!(refused("[check]\nfial-on = [\"copy\"]\n").contains("unknown field"));
    assert!(refused("[check]\nallow = [\"->\"]\n").contains("expected an outlet"));
}

#[test]
fn a_baseline_accepts_its_pairs_and_no_others() {
    let folder = gate();
    let check = ["new.jsonl", "--against", "i", "--level", "copies", "--baseline", "b.jsonl"];
    let with = |more: &[&str]| checked(&folder, &[&check[..], more].concat());
    assert!(
        run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "--baseline", "b.jsonl"])
            .stderr
            .contains("b.jsonl: no such file")
    );
    let update = ["--update-baseline", "--reason", "thử", "--who", "An", "--expires", "2027-01-31"];
    let (code, _) = with(&[&update[..], &["--today", "2026-12-01"]].concat());
    assert_eq!(code, 0);
    let written = folder.read("b.jsonl");
    assert_eq!(written.lines().count(), 3);
    assert!(
        written.lines().is_sorted() && written.contains("\"reason\":\"thử\",\"who\":\"An\",\"expires\":\"2027-01-31\""),
        "{written}"
    );
    let (code, value) = with(&["--today", "2027-01-31"]);
    assert_eq!(code, 0, "{value:#}");
    let (code, value) = with(&["--today", "2027-02-01"]);
    assert_eq!((code, value["expired"].as_array().unwrap().len()), (1, 3));
    // Another copy of the same story by another id is another pair.
    folder.write("new.jsonl", incoming() + &article("copied-again", 9, "moi.vn", &copy(0)));
    let (code, value) = with(&["--today", "2026-12-01"]);
    assert_eq!(code, 1);
    assert!(findings(&value).contains(&"copy copied-again old0 fails".to_owned()), "{:?}", findings(&value));
    // What no longer comes is said, and taken out.
    folder.write("new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let (code, value) = with(&["--today", "2026-12-01"]);
    assert_eq!((code, value["unused"].as_array().unwrap().len()), (0, 2));
    let (code, _) = with(&["--today", "2026-12-01", "--update-baseline"]);
    assert_eq!((code, folder.read("b.jsonl").lines().count()), (0, 1));
    folder.write("b.jsonl", "<<<<<<< HEAD\n");
    let refused = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "--baseline", "b.jsonl"]).stderr;
    assert!(refused.contains("b.jsonl:1: a conflict of a merge"), "{refused}");
}

#[test]
fn what_could_not_be_checked_never_passes() {
    let folder = gate();
    folder.write("empty.jsonl", "");
    folder.write("bad.jsonl", "{\"id\":1}\nkein JSON\n");
    folder.write("half.jsonl", article("clean", 1, "x.vn", &story(77)) + "kein JSON\n");
    std::fs::create_dir(folder.path("none")).unwrap();
    let code = |arguments: &[&str]| run_in(folder.as_ref(), [&["check"], arguments].concat()).code;
    assert_eq!(code(&["empty.jsonl", "--against", "i"]), 2);
    assert_eq!(code(&["none", "--against", "i"]), 2);
    assert_eq!(code(&["new.jsonl", "--against", "missing.index"]), 2);
    assert_eq!(code(&["new.jsonl", "--against", "missing"]), 2);
    assert_eq!(code(&["half.jsonl", "--against", "i"]), 1, "a record that can't be read is a finding");
    assert_eq!(code(&["half.jsonl", "--against", "i", "--fail-on", "copy"]), 0);
    assert_eq!(code(&["half.jsonl", "--against", "i", "--strict"]), 2);
    assert_eq!(code(&["new.jsonl", "--add"]), 2);
    assert_eq!(code(&["new.jsonl", "--against", "archive.jsonl", "--add"]), 2);
    assert_eq!(code(&["new.jsonl", "--against", "i", "--window-words", "6"]), 2);
    assert_eq!(code(&["new.jsonl", "--against", "i", "--today", "today"]), 2);
    assert_eq!(code(&["bad.jsonl", "--against", "i"]), 1);
}

/// Of 300 bulletins of one frame every key stands in more articles than are looked up: a copy word for word was missed.
#[test]
fn a_copy_of_one_in_a_crowd_is_found() {
    let one = |n: usize| format!("{} Số {n} của năm {} là {}.", story(1), 7 * n, 13 * n + 1);
    let crowd: String = (0..300).map(|n| article(&format!("old{n:03}"), 1, "cu.vn", &one(n))).collect();
    let folder = Folder::with(&[("archive.jsonl", &crowd), ("new.jsonl", &article("new", 2, "moi.vn", &one(200)))]);
    for arguments in [["index", "create", "i", "-q"].as_slice(), &["index", "add", "i", "archive.jsonl", "-q"]] {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "i", "--level", "copies"]);
    assert_eq!((code, findings(&value)[0].as_str()), (1, "identical new old200 fails"));
}

#[test]
fn records_without_ids_are_not_taken_for_each_other() {
    let line = |text: &str| format!("{{\"text\":\"{text}\"}}\n");
    let folder = Folder::with(&[("new.jsonl", &line(&story(1)))]);
    assert_eq!(run_in(folder.as_ref(), ["index", "create", "i", "-q"]).code, 0);
    let add = || checked(&folder, &["new.jsonl", "--against", "i", "--add", "--level", "copies"]);
    assert_eq!(add().0, 0);
    folder.write("new.jsonl", line(&story(2)));
    assert_eq!((add().0, add().1["counts"]["known"].as_u64()), (0, Some(1)), "then it is known");
    let info = run_in(folder.as_ref(), ["index", "info", "i", "--json"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(&info).unwrap()["articles"], 2);
    folder.write("new.jsonl", line(&copy(1)));
    assert_eq!(add().0, 1);
}

#[test]
fn a_text_that_says_one_thing_over_and_over_is_checked_in_time() {
    let over_and_over = |last: &str| format!("{}{last}", "lặp đi lặp lại ".repeat(3_000));
    let lines = article("a", 1, "x.vn", &over_and_over("một")) + &article("b", 2, "y.vn", &over_and_over("hai"));
    let folder = Folder::with(&[("new.jsonl", &lines)]);
    assert_eq!(checked(&folder, &["new.jsonl", "--level", "copies"]).0, 1);
}

#[test]
fn a_stream_gets_a_verdict_a_line() {
    let folder = gate();
    let index = folder.path("i");
    let lines = [
        article("copied", 9, "moi.vn", &copy(0)),
        article("clean", 9, "moi.vn", &story(77)),
        article("again", 9, "moi.vn", &copy(77)),
    ];
    let arguments =
        ["check", "-", "--against", index.to_str().unwrap(), "--stream", "--add", "--level", "copies", "-q"];
    let ran = run_with_input(lines.concat().as_bytes(), arguments);
    let said: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let verdicts: Vec<_> =
        said.iter().map(|one| (one["verdict"].as_str().unwrap(), one["added"].as_bool().unwrap())).collect();
    assert_eq!(verdicts, [("fails", false), ("passes", true), ("fails", false)]);
    assert_eq!(said.iter().map(|one| one["id"].as_str()).collect::<Vec<_>>(), ["copied", "clean", "again"].map(Some));
    assert_eq!(said[2]["findings"][0]["matches"][0]["id"], "clean");
    assert_eq!(run_with_input(b"", arguments).code, 2);
}

#[test]
fn a_third_version_of_an_id_is_a_revision_of_the_latest_and_a_copy_of_none() {
    let versions = article("x", 1, "cu.vn", &story(1)) + &article("x", 2, "cu.vn", &copy(1));
    let third = article("x", 3, "cu.vn", &format!("{} Cập nhật lúc ba giờ.", copy(1)));
    let folder = Folder::with(&[("archive.jsonl", &versions), ("new.jsonl", &third)]);
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "archive.jsonl", "--level", "copies"]);
    let found = findings(&value);
    assert_eq!((code, found.len()), (0, 1), "{found:?}");
    assert!(found[0].starts_with("revision x") && found[0].ends_with("informs"), "{found:?}");
    assert_eq!(value["findings"][0]["matches"][0]["published"].as_str().map(|time| &time[..10]), Some("2021-12-02"));
}

#[test]
fn whatever_an_outlet_makes_of_its_own_text_may_be_a_revision() {
    let folder = gate();
    let made = [("same", story(0)), ("edited", copy(1)), ("cut", excerpt(2)), ("extended", longer(3))];
    let new: String = made.iter().map(|(id, text)| article(id, 9, "cu.vn", text)).collect();
    folder.write("new.jsonl", new);
    folder.write("wirecopy.toml", "[check]\nown-revisions = true\n");
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "i", "--level", "copies"]);
    let found = findings(&value);
    assert_eq!((code, found.len()), (0, 4), "{found:?}");
    assert!(found.iter().all(|one| one.starts_with("revision ")), "{found:?}");
}

#[test]
fn unreadable_records_beyond_those_that_are_judged_leave_the_check_unmade() {
    let broken: String = (0..100_007).map(|line| format!("{line}]\n")).collect();
    let folder = Folder::with(&[("new.jsonl", &(article("a", 1, "cu.vn", &story(1)) + &broken))]);
    let (code, value) = checked(&folder, &["new.jsonl", "--level", "copies"]);
    assert_eq!((code, value["verdict"].as_str()), (2, Some("could_not_check")));
    assert_eq!(value["errors"][0], "7 unreadable records behind the first 100000 were not judged");
    assert_eq!(checked(&folder, &["new.jsonl", "--level", "copies", "--fail-on", "copy"]).0, 0);
}
