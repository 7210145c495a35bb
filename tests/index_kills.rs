//! A process that is killed or interrupted while it changes an index: is what it committed there, and nothing else?
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what helpers unwrap is what the tests ask for; figures are shown"
)]

mod support;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::stories::{article, story};
use support::{Folder, Ran, run_command, run_in, wirecopy};
use wirecopy::index::Index;

/// The ids of all articles of an index, and how often each is there.
fn ids(path: &Path) -> Vec<String> {
    let mut out = Vec::new();
    Index::open(path).unwrap().export(&mut out).unwrap();
    let id = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = String::from_utf8(out).unwrap().lines().map(id).collect();
    ids.sort();
    ids
}

/// Files in the folder of an index that its manifest does not name.
fn stray_files(path: &Path) -> Vec<String> {
    let manifest = std::fs::read_to_string(path.join("MANIFEST")).unwrap();
    let names = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let named =
        |name: &String| manifest.contains(&format!("\"name\":\"{name}\"")) || name == "MANIFEST" || name == "LOCK";
    names.filter(|name| !named(name)).collect()
}

/// What is done to an index in one round.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Add,
    Check,
    Remove,
    Compact,
    Relearn,
    Export,
}

/// Adding is what small segments come from, and these are what is merged.
const DEEDS: [Deed; 12] = [
    Deed::Add,
    Deed::Check,
    Deed::Add,
    Deed::Export,
    Deed::Add,
    Deed::Remove,
    Deed::Check,
    Deed::Add,
    Deed::Compact,
    Deed::Add,
    Deed::Check,
    Deed::Relearn,
];

impl Deed {
    /// Starts it, and says which ids are there once it is done.
    fn start(self, round: usize, folder: &Folder, before: &[String]) -> (Child, Vec<String>) {
        let (mut after, mut lines) = (before.to_vec(), String::new());
        let count = if matches!(self, Deed::Add) { 40 } else { 5 };
        for number in 0..count {
            lines += &article(&format!("r{round}n{number}"), 9, "x.vn", &story(round * 40 + number));
        }
        folder.write("in.jsonl", lines);
        let first = before.first().cloned().unwrap_or_default();
        let arguments: Vec<&str> = match self {
            Deed::Add => vec!["index", "add", "i", "in.jsonl"],
            Deed::Check => vec!["check", "in.jsonl", "--against", "i", "--add", "--level", "copies"],
            Deed::Remove => vec!["index", "remove", "i", "--id", &first],
            Deed::Compact => vec!["index", "compact", "i"],
            Deed::Relearn => vec!["index", "compact", "i", "--relearn"],
            Deed::Export => vec!["index", "export", "i", "-o", "out.jsonl"],
        };
        match self {
            Deed::Add | Deed::Check => after.extend((0..count).map(|number| format!("r{round}n{number}"))),
            Deed::Remove => after.retain(|id| *id != first),
            _ => {}
        }
        after.sort();
        let mut command = wirecopy();
        command.current_dir(folder.as_ref()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        (command.spawn().unwrap(), after)
    }
}

/// Ends a process by a kill, by SIGTERM or by SIGINT, in turn for each deed. It may have ended by itself.
fn end(child: &mut Child, round: usize) {
    let signal = ["-KILL", "-TERM", "-INT"][(round + round / DEEDS.len()) % 3];
    let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
}

/// Ends so many processes that change one index, each at a moment of its own, while others read.
/// Returns how many ended by a signal, and how many have merged segments.
fn survives(rounds: Range<usize>) -> (usize, usize) {
    let folder = Folder::with(&[("first.jsonl", &article("first", 1, "x.vn", &story(999_999)))]);
    let path = folder.path("i");
    assert_eq!(run_in(folder.as_ref(), ["index", "create", "i", "-q"]).code, 0);
    // How long it takes where nobody ends it, and half of that on top.
    let started = Instant::now();
    assert_eq!(run_in(folder.as_ref(), ["index", "add", "i", "first.jsonl", "-q"]).code, 0);
    let whole = started.elapsed() * 3 / 2;
    let (mut before, mut ended, mut merged, mut segments) = (ids(&path), 0, 0, 1);
    for round in rounds.clone() {
        let deed = DEEDS[round % DEEDS.len()];
        let (mut child, after) = deed.start(round, &folder, &before);
        // Spread evenly, so that each moment of a run is met.
        std::thread::sleep(whole * (round * 7_919 % 1_000) as u32 / 1_000);
        let reader = Index::open(&path).unwrap();
        end(&mut child, round);
        let status = child.wait().unwrap();
        ended += usize::from(status.code().is_none());
        let now = ids(&path);
        assert!(now == before || now == after, "{deed:?}, round {round}: {} ids, before {}", now.len(), before.len());
        assert!(!status.success() || now == after, "{deed:?}, round {round}: what was acknowledged is there");
        let mut out = Vec::new();
        assert_eq!(reader.export(&mut out).unwrap(), reader.len(), "a reader goes on");
        let info = Index::open(&path).unwrap().info();
        merged += usize::from(info.segments < segments);
        (before, segments) = (now, info.segments);
    }
    println!("runs {rounds:?}, {ended} ended by a signal, {merged} with a merge, {} articles", before.len());
    folder.write("last.jsonl", article("last", 9, "x.vn", &story(888_888)));
    let last = run_in(folder.as_ref(), ["index", "add", "i", "last.jsonl", "-q"]);
    assert_eq!(last.code, 0, "the next one goes on: {}", last.stderr);
    assert_eq!(stray_files(&path), [""; 0], "the next one takes away what was left");
    assert!(Index::verify(&path).unwrap().is_empty());
    let distinct: BTreeSet<&String> = before.iter().collect();
    assert_eq!(distinct.len(), before.len());
    (ended, merged)
}

#[test]
fn an_index_survives_kills_and_signals() {
    // How many merge depends on the moments at which they end; in few runs it may be none.
    let (ended, _) = survives(0..36);
    assert!(ended > 0);
}

/// In indexes that stay small: what is killed is the same, and looking at all articles after each kill costs little.
#[test]
#[ignore = "takes minutes"]
fn fourteen_indexes_survive_five_hundred_kills_and_signals() {
    let all: Vec<(usize, usize)> = (0..504).step_by(36).map(|first| survives(first..first + 36)).collect();
    let (ended, merged) = all.iter().fold((0, 0), |(ended, merged), one| (ended + one.0, merged + one.1));
    assert!(ended > 100 && merged > 0, "{ended} ended, {merged} merged");
}

/// Where another process waits for the lock, it goes on from what the killed one left.
#[test]
fn a_writer_that_waits_for_one_that_is_killed_goes_on() {
    let folder = Folder::with(&[("first.jsonl", &article("first", 1, "x.vn", &story(999_999)))]);
    let path = folder.path("i");
    assert_eq!(run_in(folder.as_ref(), ["index", "create", "i", "-q"]).code, 0);
    assert_eq!(run_in(folder.as_ref(), ["index", "add", "i", "first.jsonl", "-q"]).code, 0);
    let before = ids(&path);
    let (mut killed, after) = Deed::Add.start(1, &folder, &before);
    let add = ["index", "add", "i", "more.jsonl", "--wait", "-q"];
    folder.write("more.jsonl", article("more", 9, "x.vn", &story(777_777)));
    std::thread::sleep(Duration::from_millis(20));
    let mut waiting = wirecopy().current_dir(folder.as_ref()).args(add).spawn().unwrap();
    end(&mut killed, 0);
    killed.wait().unwrap();
    assert!(waiting.wait().unwrap().success());
    let now: Vec<String> = ids(&path).into_iter().filter(|id| id != "more").collect();
    assert!(now == before || now == after, "{} ids", now.len());
    assert_eq!(stray_files(&path), [""; 0]);
}

/// Runs the binary under a limit of so many kilobytes a file: what a full disk is to a large file and not to a small one.
fn with_files_of_at_most(kilobytes: usize, folder: &Folder, arguments: &str) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" {arguments}", kilobytes * 2);
    let mut command = Command::new("sh");
    command.current_dir(folder.as_ref()).args(["-c", &script, env!("CARGO_BIN_EXE_wirecopy")]);
    run_command(&mut command)
}

/// Exit code 2 and "the index is as it was", though the article was in it.
#[test]
fn a_change_that_is_made_is_no_failure_where_merging_fails_afterwards() {
    let folder = Folder::with(&[]);
    let path = folder.path("i");
    assert_eq!(run_in(folder.as_ref(), ["index", "create", "i", "-q"]).code, 0);
    for batch in 0..7 {
        let lines: String =
            (0..60).map(|n| article(&format!("b{batch}n{n}"), 9, "x.vn", &story(batch * 60 + n))).collect();
        folder.write("in.jsonl", lines);
        assert_eq!(run_in(folder.as_ref(), ["index", "add", "i", "in.jsonl", "-q"]).code, 0);
    }
    for (number, file) in ["a", "b", "c"].into_iter().enumerate() {
        folder.write(&format!("{file}.jsonl"), article(file, 9, "x.vn", &story(100_000 + number)));
    }
    let commands = [
        ("check a.jsonl --against i --add --level copies -q", 421),
        ("index add i b.jsonl -q", 422),
        ("check - --against i --add --stream --level copies -q <c.jsonl", 423),
        ("index remove i --id b1n1 -q", 422),
    ];
    for (command, articles) in commands {
        let ran = with_files_of_at_most(100, &folder, command);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        assert!(ran.stderr.contains("the change is made, but segments were not merged"), "{command}: {}", ran.stderr);
        assert_eq!(Index::open(&path).unwrap().len(), articles, "{command}");
        assert_eq!(stray_files(&path), [""; 0], "{command}");
    }
    let compact = with_files_of_at_most(100, &folder, "index compact i");
    assert_eq!((compact.code, Index::open(&path).unwrap().len()), (2, 422), "{}", compact.stderr);
    assert_eq!(run_in(folder.as_ref(), ["index", "remove", "i", "--id", "a", "-q"]).code, 0);
    assert!(Index::open(&path).unwrap().info().segments < 8, "what was not merged is merged by the next one");
    assert!(Index::verify(&path).unwrap().is_empty());
}
