//! What hostile articles may cost: time that grows as they do, and memory that ends in a sentence where it is not there.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::time::{Duration, Instant};

use support::{Folder, run_in};

/// Where an allocation failed, the program was aborted: exit code 134, and no word of what to do.
#[cfg(unix)]
#[test]
fn memory_that_is_not_there_is_said_and_exits_2() {
    let folder = Folder::with(&[("a.txt", &"a b ".repeat(1 << 18))]);
    for command in ["report", "check", "dedup"] {
        // 60 MB of addresses are enough to start, and too few for half a million words.
        let limited = "ulimit -v 60000; exec \"$0\" \"$1\" a.txt --threads 1";
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", limited, env!("CARGO_BIN_EXE_wirecopy"), command]).current_dir(&folder);
        let ran = support::run_command(&mut shell);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("out of memory"), "{command}: {}", ran.stderr);
    }
}

/// `.wirecopy-*.part` stayed beside the output, and the sentence said that nothing was finished, whatever an index had committed.
#[cfg(unix)]
#[test]
fn a_run_without_memory_removes_its_temporary_files() {
    let text =
        |article: usize| -> String { (0..400).map(|word| format!("từ{} ", article * 997 + word * 31)).collect() };
    let line = |n: usize| format!("{{\"id\":\"a{n}\",\"text\":\"{}\"}}\n", text(n));
    let folder = Folder::with(&[("a.jsonl", &(0..1_500).map(line).collect::<String>())]);
    let mut refused = 0;
    // Where it runs out of memory depends on the limit: before the output is opened, or after.
    for kilobytes in (45_000..180_000).step_by(5_000) {
        let limited = |arguments: &str| {
            let mut shell = std::process::Command::new("sh");
            let line = format!("ulimit -v {kilobytes}; exec \"$0\" {arguments}");
            shell.args(["-c", &line, env!("CARGO_BIN_EXE_wirecopy")]).current_dir(&folder);
            shell
        };
        // In less than it takes to load the program the system ends it.
        if !limited("--version").output().is_ok_and(|ran| ran.status.success()) {
            continue;
        }
        let ran = support::run_command(&mut limited("dedup a.jsonl -o kept.jsonl --threads 1 -q"));
        if ran.stderr.contains("out of memory") {
            refused += 1;
            assert_eq!(ran.code, 2, "{}", ran.stderr);
            assert!(ran.stderr.contains("the run was not finished"), "{}", ran.stderr);
            assert_eq!(folder.names(), ["a.jsonl"], "{kilobytes} KB: {}", ran.stderr);
        }
        let _ = std::fs::remove_file(folder.path("kept.jsonl"));
    }
    assert!(refused > 0);
}

/// It panicked, with exit code 101.
#[cfg(unix)]
#[test]
fn where_the_system_makes_no_thread_a_command_that_needs_none_goes_on() {
    let without_threads = |arguments: &[&str]| {
        // No system has so much memory for the stack of a thread.
        support::run_command(support::wirecopy().env("RUST_MIN_STACK", (1_u64 << 46).to_string()).args(arguments))
    };
    assert!(without_threads(&["rules"]).clean().contains("identical"));
    let said = without_threads(&["report", "seeds"]).refused();
    assert!(said.starts_with("wirecopy: error: --threads"), "{said}");
}

#[test]
fn an_article_of_words_of_one_letter_is_read_up_to_the_default_limit_and_a_larger_one_is_left_out() {
    let folder = Folder::with(&[("a.txt", &"a b ".repeat(1 << 18)), ("b.txt", &"a b ".repeat((4 << 20) + 1))]);
    let ran = run_in(folder.as_ref(), ["report", "a.txt", "b.txt", "--level", "copies"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("b.txt:1: larger than 16777216 bytes"), "{}", ran.stderr);
    assert!(ran.stdout.contains("1 article"), "{}", ran.stdout);
}

/// A text of a kind that someone could think of to make a program slow, some `bytes` long.
type Kind = (&'static str, fn(usize) -> String);

/// Repeats what `piece` makes of 0, 1, 2, ... until there are so many bytes.
fn filled(bytes: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(bytes + 64);
    let mut number = 0;
    while text.len() < bytes {
        text.push_str(&piece(number));
        number += 1;
    }
    text
}

/// Numbers without a pattern that a reader of this test would have to think about (Knuth, TAOCP 3.3.4).
fn scattered(number: usize, below: usize) -> usize {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % below
}

const KINDS: [Kind; 17] = [
    ("dates with years", |bytes| {
        filled(bytes, |n| {
            format!("{}/{}/{} ", 1 + scattered(n, 28), 1 + scattered(n + 7, 12), 1900 + scattered(n + 3, 200))
        })
    }),
    ("dates without years", |bytes| {
        filled(bytes, |n| format!("hôm {}/{} ", 1 + scattered(n, 28), 1 + scattered(n + 7, 12)))
    }),
    ("days of the month", |bytes| filled(bytes, |n| format!("hôm 7/12, ngày {} và ", 1 + scattered(n, 28)))),
    ("digits and slashes", |bytes| filled(bytes, |n| format!("{}/", scattered(n, 40)))),
    ("one word again and again", |bytes| filled(bytes, |_| "tin ".to_owned())),
    ("one letter without spaces", |bytes| filled(bytes, |_| "a".to_owned())),
    ("words that are all different", |bytes| filled(bytes, |n| format!("w{n}x "))),
    ("capitalized words alone", |bytes| filled(bytes, |n| format!("Ông Nguyễn{} ", scattered(n, 5_000)))),
    ("one sentence", |bytes| filled(bytes, |n| format!("từ{} và, ", scattered(n, 3_000)))),
    ("numbers alone", |bytes| filled(bytes, |n| format!("{},{} ", scattered(n, 1_000), scattered(n + 1, 100)))),
    ("nested quotes and brackets", |bytes| format!("{}{}", "(“[".repeat(bytes / 10), "]”)".repeat(bytes / 10))),
    ("scripts that take turns", |bytes| {
        filled(bytes, |n| ["tin", "тин", "新闻", "ข่าว", "خبر", "τιν", "тиn "][n % 7].to_owned())
    }),
    ("short lines", |bytes| filled(bytes, |n| format!("Bình luận ({})\n", scattered(n, 9_000)))),
    ("emoji and combining marks", |bytes| {
        filled(bytes, |n| format!("😀e{} ", "\u{301}\u{323}\u{336}".repeat(1 + n % 40)))
    }),
    ("a letter with all the marks", |bytes| format!("a{}", "\u{301}\u{323}".repeat(bytes / 4))),
    ("a word of two scripts", |bytes| "тn".repeat(bytes / 3)),
    ("white space", |bytes| format!("a{}b", " ".repeat(bytes))),
];

/// How long `report`, `check`, `index add` and `explain` take for two articles of this text, with events.
fn seconds(kind: &str, text: &str) -> [(&'static str, Duration); 4] {
    let line =
        |id: &str| serde_json::json!({"id": id, "title": "Tin 7/12", "text": format!("{text} {id}")}).to_string();
    let folder = Folder::with(&[("news.jsonl", &format!("{}\n{}\n", line("a"), line("b")))]);
    let timed = |arguments: &[&str]| {
        let start = Instant::now();
        let ran = run_in(folder.as_ref(), arguments);
        // What is compared must have been done: 1 is for what `check` finds.
        assert!(ran.code == 0 || ran.code == 1 && arguments[0] == "check", "{kind}, {arguments:?}: {}", ran.stderr);
        start.elapsed()
    };
    timed(&["index", "create", "i", "-q"]);
    [
        ("report", timed(&["report", "news.jsonl"])),
        ("check", timed(&["check", "news.jsonl"])),
        ("index", timed(&["index", "add", "i", "news.jsonl"])),
        ("explain", timed(&["explain", "a", "b", "news.jsonl"])),
    ]
}

/// Asserts that eight times the bytes take at most 24 times the time: what is quadratic takes 64 times. What is done in a
/// moment is not compared.
fn is_linear(bytes: usize) {
    const A_MOMENT: Duration = Duration::from_millis(400);
    for (kind, text) in KINDS {
        let (short, long) = (seconds(kind, &text(bytes / 8)), seconds(kind, &text(bytes)));
        for ((command, short), (_, long)) in short.into_iter().zip(long) {
            assert!(
                long <= A_MOMENT || long <= 24 * short,
                "{kind}: {command} takes {short:?}, of eight times the text {long:?}"
            );
        }
    }
}

#[test]
fn hostile_texts_take_time_as_they_are_long() {
    is_linear(1 << 16);
}

#[test]
#[ignore = "takes minutes in a debug build"]
fn hostile_texts_of_megabytes_take_time_as_they_are_long() {
    for megabytes in [1, 2, 4] {
        is_linear(megabytes << 20);
    }
}
