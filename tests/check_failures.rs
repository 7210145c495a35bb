//! Does a check that could not be made, or not wholly, say so wherever its result was to go? And what of records that can't be read?
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use schemas::{CHECK_SCHEMA, fits_junit, fits_sarif, json};
use serde_json::Value;
use support::stories::{archive, article, checked, copy, findings, gate, incoming, story};
use support::{Folder, git, has_program, run_command, run_in, run_with_input, schema, wirecopy};

const OUTPUTS: [&str; 5] = ["json=c.json", "sarif=c.sarif", "junit=c.xml", "github=c.github", "text=c.txt"];
const FILES: [&str; 6] = ["c.json", "c.sarif", "c.xml", "c.github", "c.txt", "c.md"];

/// Runs a check that is to write every format, over files of a run before; its standard error.
#[track_caller]
fn fails_everywhere(folder: &Folder, arguments: &[&str]) -> String {
    for name in FILES {
        folder.write(name, "Passed: nothing found\n");
    }
    folder.write("c.md", "");
    let outputs = OUTPUTS.iter().flat_map(|output| ["--output", output]);
    let all: Vec<&str> =
        ["check"].iter().chain(arguments).copied().chain(outputs).chain(["--summary", "c.md"]).collect();
    let ran = run_in(folder.as_ref(), &all);
    assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    for name in FILES {
        assert!(!folder.read(name).contains("Passed"), "{arguments:?}: {name}: {}", folder.read(name));
    }
    let found = json(&folder.read("c.json"));
    assert_eq!(schema::misfits(&CHECK_SCHEMA, &found), Vec::<String>::new());
    assert_eq!(found["verdict"], "could_not_check", "{arguments:?}");
    let said = found["errors"][0].as_str().unwrap();
    assert!(ran.stderr.contains(&format!("error: {said}")), "{said}: {}", ran.stderr);
    let sarif = json(&folder.read("c.sarif"));
    fits_sarif(&sarif);
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&false.into(), &2.into()));
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
    let junit = folder.read("c.xml");
    fits_junit(&junit);
    assert!(junit.contains("<error type=\"could_not_check\" message=") && !junit.contains("errors=\"0\""), "{junit}");
    let github = folder.read("c.github");
    assert!(github.starts_with("::error title=wirecopy check::could not be checked: "), "{github}");
    for name in ["c.txt", "c.md"] {
        assert!(folder.read(name).contains("Could not be checked"), "{}", folder.read(name));
        assert!(folder.read(name).contains("Error: "), "{}", folder.read(name));
    }
    ran.stderr
}

/// The report of the run before stood there, and read as clean.
#[test]
fn every_output_says_that_the_check_could_not_be_made() {
    let folder = gate();
    folder.write("empty.jsonl", "");
    folder.write("bad.jsonl", article("a", 9, "x.vn", &story(60)) + "broken\n");
    folder.write("cut.json", format!("[{}, {{\"id\":", article("a", 9, "x.vn", &story(60)).trim_end()));
    folder.write("b.jsonl", "<<<<<<< HEAD\n");
    folder.write("bad.toml", "[check]\nfail-on = [\"coppy\"]\n");
    folder.write("worse.toml", "thresold = 2\n");
    std::fs::create_dir(folder.path("none")).unwrap();
    std::fs::create_dir(folder.path("half.index")).unwrap();
    folder.write("half.index/MANIFEST", "{");
    let cases: [(&[&str], &str); 13] = [
        (&["new.jsonl", "--against", "missing.index"], "no index here"),
        (&["new.jsonl", "--against", "half.index"], "MANIFEST"),
        (&["new.jsonl", "--against", "i", "--window-words", "6"], "--window-words"),
        (&["new.jsonl", "--against", "missing.jsonl"], "missing.jsonl: no such file"),
        (&["missing.jsonl", "--against", "i"], "missing.jsonl: no such file"),
        (&["empty.jsonl", "--against", "i"], "nothing was judged"),
        (&["none", "--against", "i"], "no article file in this folder"),
        (&["bad.jsonl", "--against", "i", "--strict"], "bad.jsonl:2: "),
        (&["cut.json", "--against", "i"], "cut.json: cut off after"),
        (&["new.jsonl", "--against", "i", "--baseline", "b.jsonl"], "a conflict of a merge"),
        (&["new.jsonl", "--against", "i", "--config", "bad.toml"], "did you mean `copy`?"),
        (&["new.jsonl", "--against", "i", "--config", "worse.toml"], "thresold"),
        (&["new.jsonl", "--add"], "--add: name the index"),
    ];
    for (arguments, expected) in cases {
        let said = fails_everywhere(&folder, arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    if has_program("git") {
        git(folder.as_ref(), ["init", "-q"]);
        let said = fails_everywhere(&folder, &["new.jsonl", "--since", "nowhere"]);
        assert!(said.contains("--since nowhere: the repository has no such commit"), "{said}");
    }
    // What could be read was judged, and that is said beside it.
    fails_everywhere(&folder, &["cut.json", "--against", "i"]);
    let found = json(&folder.read("c.json"));
    assert_eq!((&found["counts"]["articles"], found["errors"].as_array().map(Vec::len)), (&1.into(), Some(1)));
    assert!(
        folder
            .read("c.txt")
            .starts_with("Could not be checked wholly; in what could: nothing found in 1 new article\n"),
        "{}",
        folder.read("c.txt")
    );
}

/// Of two outputs one could not be opened, and the other said what it had said the day before.
#[test]
fn an_output_that_cannot_be_opened_is_told_by_the_others() {
    let folder = gate();
    for more in [&["--output", "sarif=missing/c.sarif"][..], &["--output", "sarif=i"], &["--top", "many"]] {
        folder.write("c.json", "old");
        let check = ["check", "new.jsonl", "--against", "i", "-q", "--output", "json=c.json"];
        assert_eq!(run_in(folder.as_ref(), [&check[..], more].concat()).code, 2);
        assert_eq!(json(&folder.read("c.json"))["verdict"], "could_not_check", "{more:?}");
    }
}

/// The second name was another spelling of the first, or led to the same file: of two reports one was lost.
#[test]
fn a_file_that_is_named_twice_under_two_names_is_refused() {
    let folder = gate();
    #[cfg(unix)]
    {
        folder.write("x.out", "old");
        std::os::unix::fs::symlink("x.out", folder.path("link")).unwrap();
    }
    let twice: [(&[&str], &str); 4] = [
        (&["-o", "json=x.out", "-o", "junit=./x.out"], "./x.out is named twice"),
        (&["-o", "json=x.out", "-o", "junit=i/../x.out"], "is named twice"),
        (&["-o", "json=x.out", "--summary", "x.out"], "x.out is named twice"),
        (&["-o", "json=x.out", "-o", "junit=link"], "link is named twice"),
    ];
    for (outputs, expected) in twice.into_iter().take(if cfg!(unix) { 4 } else { 3 }) {
        folder.write("x.out", "old");
        let ran = run_in(folder.as_ref(), [&["check", "new.jsonl", "--against", "i"], outputs].concat());
        assert!(ran.code == 2 && ran.stderr.contains(expected), "{outputs:?}: {}", ran.stderr);
        assert_eq!(json(&folder.read("x.out"))["verdict"], "could_not_check", "{outputs:?}: the first is whole");
    }
}

/// The error was written in place of what is read, or of what was to be made.
#[test]
fn no_output_is_the_baseline_or_the_configuration() {
    let folder = gate();
    folder.write("w.toml", "threshold = 0.5\n");
    for output in [&["-o", "json=./bb.jsonl"][..], &["--summary", "bb.jsonl"]] {
        let check = ["check", "new.jsonl", "--against", "i", "--baseline", "bb.jsonl", "--update-baseline"];
        let ran = run_in(folder.as_ref(), [&check[..], output].concat());
        assert!(ran.code == 2 && ran.stderr.contains("bb.jsonl: is an input"), "{}", ran.stderr);
        assert!(!folder.path("bb.jsonl").exists(), "{output:?}");
    }
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--config", "w.toml", "-o", "json=w.toml"]);
    assert!(ran.code == 2 && ran.stderr.contains("w.toml: is an input"), "{}", ran.stderr);
    assert_eq!(folder.read("w.toml"), "threshold = 0.5\n");
    // Nor an input that is still to come, nor a file among those of an index.
    run_in(folder.as_ref(), ["check", "later.jsonl", "-o", "json=later.jsonl"]);
    run_in(folder.as_ref(), ["check", "later.jsonl", "--against", "i", "-o", "json=i/c.json"]);
    assert!(!folder.path("later.jsonl").exists() && !folder.path("i/c.json").exists());
}

/// The text report went to a file called `sarfi=c.sarif`, and a variable that was not set left yesterday's reports in place.
#[test]
fn an_output_that_is_asked_for_wrongly_is_told_by_the_others() {
    let folder = gate();
    let cases = [
        (
            "sarfi=c.sarif",
            "no format is called `sarfi`; did you mean `sarif`? (they are text, json, github, sarif, junit",
        ),
        ("SARIF=c.sarif", "no format is called `SARIF`; did you mean `sarif`?"),
        ("csv=c.sarif", "no format is called `csv` (they are text, "),
        ("=c.sarif", "no format is called ``"),
        ("junit=", "--output junit=: a file must be named behind the ="),
        ("", "--output: the name of the file is empty"),
    ];
    for (output, expected) in cases {
        folder.write("c.json", "old");
        let check = ["check", "new.jsonl", "--against", "i", "-o", "json=c.json", "-o", output];
        let ran = run_in(folder.as_ref(), check);
        assert!(ran.code == 2 && ran.stderr.contains(expected), "{output}: {}", ran.stderr);
        assert_eq!(json(&folder.read("c.json"))["verdict"], "could_not_check", "{output}");
        assert!(!folder.path("c.sarif").exists(), "{output}");
        assert!(output.is_empty() || !folder.path(output).exists(), "{output}");
    }
    // A file may be called so nevertheless, and standard output may be named.
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "-q", "-o", "./sarfi=c.txt"]);
    assert!(ran.code == 1 && folder.read("sarfi=c.txt").starts_with("Failed"), "{}", ran.stderr);
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "-q", "-o", "json=-"]);
    assert_eq!((ran.code, &json(&ran.stdout)["verdict"]), (1, &"failed".into()), "{}", ran.stderr);
}

/// With a variable that was not set every copy passed.
#[test]
fn a_list_of_rules_without_a_word_is_refused() {
    let folder = gate();
    folder.write("empty.toml", "[check]\nfail-on = []\n");
    let cases: [(&[&str], &str); 5] = [
        (&["--fail-on", ""], "--fail-on: no rule is named; say `none`"),
        (&["--fail-on", " , "], "--fail-on: no rule is named"),
        (&["--fail-on", "none,copy"], "--fail-on: `none` stands alone"),
        (&["--fail-on", "coppy"], "did you mean `copy`?"),
        (&["--config", "empty.toml"], "[check] fail-on: no rule is named"),
    ];
    for (more, expected) in cases {
        let ran = run_in(folder.as_ref(), [&["check", "new.jsonl", "--against", "i"], more].concat());
        assert!(ran.code == 2 && ran.stderr.contains(expected), "{more:?}: {}", ran.stderr);
    }
    assert_eq!(checked(&folder, &["new.jsonl", "--against", "i", "--fail-on", "none"]).0, 0);
}

/// They were passed over in silence.
#[test]
fn a_stream_refuses_what_it_would_not_write() {
    let folder = gate();
    for more in [["--format", "json"], ["--output", "sarif=c.sarif"], ["--summary", "c.md"], ["--top", "3"]] {
        let (code, said, stderr) = stream(&folder, "", &more);
        assert!(code == 2 && said.is_empty() && stderr.contains("cannot be used with"), "{more:?}: {stderr}");
    }
}

/// It had exited with 0, and reported what was accepted as failed.
#[test]
fn a_check_that_updates_the_baseline_reports_by_the_new_one() {
    let folder = gate();
    folder.write("new.jsonl", incoming() + "broken\n");
    let check = ["new.jsonl", "--against", "i", "--level", "copies", "--baseline", "b.jsonl"];
    let with = |more: &[&str]| checked(&folder, &[&check[..], more].concat());
    let update = ["--today", "2027-01-15", "--update-baseline", "--reason", "thử", "-o", "sarif=c.sarif"];
    let (code, updated) = with(&update);
    assert_eq!((code, &updated["verdict"]), (0, &"passed".into()));
    assert_eq!(json(&folder.read("c.sarif"))["runs"][0]["invocations"][0]["exitCode"], 0);
    assert_eq!(updated, with(&["--today", "2027-01-15"]).1, "as the next check says it");
    // What is taken out, or replaced as its day was past, is not there any more.
    folder.write("b.jsonl", folder.read("b.jsonl").replace("\"thử\"", "\"thử\",\"expires\":\"2027-01-01\""));
    assert_eq!(with(&update).0, 2, "what is past its day is renewed with a new day alone");
    let (code, updated) = with(&[&update[..], &["--expires", "2027-02-01"]].concat());
    assert_eq!((code, &updated["expired"], &updated["unused"]), (0, &Value::Array(vec![]), &Value::Array(vec![])));
    // A last day that is past accepts nothing.
    folder.write("b.jsonl", "");
    let (code, updated) = with(&[&update[..], &["--expires", "2027-01-14"]].concat());
    assert_eq!((code, &updated["verdict"]), (1, &"failed".into()));
    assert_eq!(updated, with(&["--today", "2027-01-15"]).1);
}

/// The other reports said that it had passed, and what nobody had a report of was in the index.
#[cfg(target_os = "linux")]
#[test]
fn of_what_cannot_be_reported_nothing_else_comes() {
    let folder = gate();
    folder.write("new.jsonl", article("clean", 9, "moi.vn", &story(77)));
    let articles = || json(&run_in(folder.as_ref(), ["index", "info", "i", "--json"]).stdout)["articles"].clone();
    let check = ["check", "new.jsonl", "--against", "i", "--level", "copies", "--add", "-o", "json=p.json"];
    let fails = |more: &[&str]| {
        folder.write("p.json", "old");
        let ran = run_in(folder.as_ref(), [&check[..], more].concat());
        assert_eq!(ran.code, 2, "{more:?}: {}", ran.stderr);
        assert!(!ran.stdout.contains("Passed"), "{more:?}: {}", ran.stdout);
        assert_eq!(ran.stderr.matches("could not be written").count(), 1, "{more:?}: {}", ran.stderr);
        assert_eq!(json(&folder.read("p.json"))["verdict"], "could_not_check", "{more:?}");
        assert_eq!(articles(), 11, "{more:?}");
    };
    fails(&["-o", "junit=/dev/full"]);
    fails(&["--summary", "missing/c.md"]);
    let mut command = wirecopy();
    command.current_dir(folder.as_ref()).args(check).stderr(Stdio::null());
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(command.stdout(full).status().unwrap().code(), Some(2));
    assert_eq!((json(&folder.read("p.json"))["verdict"].clone(), articles()), ("could_not_check".into(), 11.into()));
    assert_eq!(run_in(folder.as_ref(), check).code, 0);
    assert_eq!((json(&folder.read("p.json"))["verdict"].clone(), articles()), ("passed".into(), 12.into()));
}

#[test]
fn standard_output_says_so_as_well() {
    let folder = gate();
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "missing.index"]);
    assert_eq!((code, &value["verdict"]), (2, &"could_not_check".into()));
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "missing.index"]);
    assert!(ran.stdout.starts_with("Could not be checked\n"), "{}", ran.stdout);
}

/// A record too large is not even held: whoever asks for the result must not take it for whole.
#[test]
fn a_record_that_is_too_large_leaves_the_check_unfinished() {
    let folder = gate();
    folder.write("new.jsonl", article("a", 9, "x.vn", &story(60)) + &article("big", 9, "x.vn", &"từ ".repeat(40_000)));
    let (code, value) =
        checked(&folder, &["new.jsonl", "--against", "i", "--max-article-bytes", "65536", "--level", "copies"]);
    assert_eq!((code, &value["verdict"], &value["counts"]["articles"]), (2, &"could_not_check".into(), &1.into()));
    assert_eq!(findings(&value), ["unreadable  - fails"]);
    assert!(
        value["errors"][0].as_str().unwrap().contains("records larger than 65536 bytes were not read: 1"),
        "{value:#}"
    );
}

/// An error report in place of articles would be a loss.
#[test]
fn what_may_be_an_input_is_not_written_over_by_an_error() {
    let folder = gate();
    std::fs::create_dir(folder.path("news")).unwrap();
    folder.write("news/a.json", archive());
    folder.write("news/c.sarif", "old");
    let before = folder.read("new.jsonl");
    let run = |arguments: &[&str]| {
        let ran = run_in(folder.as_ref(), [&["check"], arguments, &["-q"]].concat());
        assert_eq!(ran.code, 2, "{}", ran.stderr);
    };
    run(&["new.jsonl", "missing.jsonl", "--output", "json=new.jsonl"]);
    run(&["missing.jsonl", "--against", "new.jsonl", "--output", "json=new.jsonl"]);
    run(&["missing.jsonl", "--baseline", "new.jsonl", "--output", "json=new.jsonl", "--summary", "new.jsonl"]);
    run(&["missing.jsonl", "news", "--output", "json=news/a.json", "--output", "sarif=news/c.sarif"]);
    run(&["missing.jsonl", "--against", "i", "--output", "json=i/MANIFEST"]);
    // Nor by a result.
    run(&["news/a.json", "--against", "i", "--output", "json=i/MANIFEST"]);
    run(&["new.jsonl", "--against", "i", "--summary", "new.jsonl"]);
    assert_eq!((folder.read("new.jsonl"), folder.read("news/a.json")), (before, archive()));
    fits_sarif(&json(&folder.read("news/c.sarif")));
    assert_eq!(run_in(folder.as_ref(), ["index", "verify", "i", "-q"]).code, 0);
}

/// `wirecopy check ... | head -1` exited with 0, whatever was found.
#[test]
fn that_nobody_reads_on_changes_no_exit_code() {
    let folder = gate();
    let mut command = wirecopy();
    command.current_dir(folder.as_ref()).args([
        "check",
        "new.jsonl",
        "--against",
        "i",
        "--output",
        "json=c.json",
        "-q",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(json(&folder.read("c.json"))["verdict"], "failed");
}

// ---------------------------------------------------------------------------------------------------------------------
// Records that could not be read
// ---------------------------------------------------------------------------------------------------------------------

/// Of a broken feed five lines were told, and the rest passed unnamed.
#[test]
fn every_unreadable_record_is_a_finding_and_the_text_is_cut() {
    let folder = gate();
    let lines: String = (0..10_000).map(|n| format!("broken {n}\n")).collect();
    folder
        .write("new.jsonl", article("copied", 9, "moi.vn", &copy(0)) + &lines + &article("cut", 9, "moi.vn", &copy(1)));
    let outputs = ["--output", "json=c.json", "--output", "text=c.txt", "--output", "sarif=c.sarif"];
    let ran = run_in(
        folder.as_ref(),
        [&["check", "new.jsonl", "--against", "i", "--level", "copies", "-q"][..], &outputs].concat(),
    );
    assert_eq!(ran.code, 1);
    let found = json(&folder.read("c.json"));
    let findings = found["findings"].as_array().unwrap();
    assert_eq!((findings.len(), &found["counts"]["unreadable"]), (10_002, &10_000.into()));
    let lines: Vec<u64> = findings.iter().map(|one| one["article"]["line"].as_u64().unwrap()).collect();
    assert!(lines.is_sorted() && lines.len() == 10_002, "in the order of the input");
    assert!(folder.read("c.txt").lines().count() < 120, "the text shows a few");
    assert!(folder.read("c.txt").contains("more findings are not shown"), "and says so");
    let sarif = json(&folder.read("c.sarif"));
    let prints: std::collections::BTreeSet<&str> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["partialFingerprints"]["wirecopyPair/v1"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), 10_002, "no two are one alert");
}

/// Each of these passed, with the copy in it: of what was there, little or nothing was looked at.
#[test]
fn what_was_not_looked_at_does_not_pass() {
    let folder = gate();
    let text = story(60);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 12345\n";
    let tried = [
        ("pointer.md", pointer.to_owned(), 1, "a pointer of Git LFS"),
        ("cr.csv", format!("id,text\rz,{}\r", text.replace(',', "")), 0, ""),
        ("open.csv", format!("id,text\nz,\"{text}\ny,more\n"), 2, "the quote that opens on line 2 is never closed"),
        ("story.jsonl", format!("{{\"id\":\"z\",\"title\":\"t\",\"story\":\"{text}\"}}\n"), 2, "`story`"),
        (
            "some.jsonl",
            format!("{{\"id\":\"y\",\"text\":\"own\"}}\n{{\"id\":\"z\",\"title\":\"t\",\"story\":\"{text}\"}}\n"),
            1,
            "some.jsonl:2",
        ),
        ("twice.jsonl", format!("{{\"id\":\"z\",\"text\":\"{text}\",\"text\":\"other\"}}\n"), 1, "twice.jsonl:1"),
        (
            "twice.csv",
            format!("id,text,text\nz,other,\"{text}\"\n"),
            2,
            "headers that have the id or the text twice: 1",
        ),
        ("picture.txt", "%PDF-1.7\n".to_owned(), 1, "picture.txt:1"),
    ];
    for (name, content, code, said) in tried {
        folder.write(name, content);
        let ran = run_in(folder.as_ref(), ["check", name, "--against", "i", "-q"]);
        assert_eq!(ran.code, code, "{name}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{name}: {}{}", ran.stdout, ran.stderr);
    }
    // The same beside an article that passes.
    std::fs::create_dir(folder.path("in")).unwrap();
    folder.write("in/a.jsonl", article("fresh", 9, "x.vn", &story(90)));
    folder.write("in/b.txt", pointer);
    let ran = run_in(folder.as_ref(), ["check", "in", "--against", "i"]);
    assert!(ran.code == 1 && ran.stdout.contains("git lfs pull"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn records_of_the_archive_that_cannot_be_read_are_no_findings() {
    let folder = gate();
    folder.write("archive.jsonl", archive() + "broken\n");
    folder.write("new.jsonl", article("clean", 9, "moi.vn", &story(77)));
    let (code, value) = checked(&folder, &["new.jsonl", "--against", "archive.jsonl", "--level", "copies"]);
    assert_eq!((code, &value["counts"]["unreadable"], findings(&value).len()), (0, &0.into(), 0), "{value:#}");
}

#[test]
fn a_baseline_accepts_an_unreadable_record_by_its_bytes() {
    let folder = gate();
    folder.write("new.jsonl", article("clean", 9, "moi.vn", &story(77)) + "broken\r\n{\"id\":\"x\"}\n");
    let check = ["new.jsonl", "--against", "i", "--level", "copies", "--baseline", "b.jsonl"];
    let with = |more: &[&str]| checked(&folder, &[&check[..], more].concat());
    assert_eq!(with(&["--update-baseline"]).0, 0);
    assert_eq!(folder.read("b.jsonl").lines().count(), 2, "{}", folder.read("b.jsonl"));
    // The same bytes elsewhere, and with another line end.
    folder.write("new.jsonl", "{\"id\":\"x\"}\n".to_owned() + &article("clean", 9, "moi.vn", &story(77)) + "broken\n");
    let (code, value) = with(&[]);
    assert_eq!((code, findings(&value)), (0, ["unreadable  - accepted"; 2].map(str::to_owned).to_vec()));
    folder.write("new.jsonl", article("clean", 9, "moi.vn", &story(77)) + "broken!\n");
    let (code, value) = with(&[]);
    assert_eq!((code, value["unused"].as_array().unwrap().len()), (1, 2));
}

// ---------------------------------------------------------------------------------------------------------------------
// Adding
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn what_passed_and_was_not_added_is_told() {
    let folder = gate();
    let older = article("old3", 1, "cu.vn", &story(80)).replace("2021-12-01", "2021-11-01");
    let twice = article("twice", 9, "x.vn", &story(81)) + &article("twice", 10, "x.vn", &story(82));
    let before = article("twice", 8, "x.vn", &story(83));
    folder.write("new.jsonl", older + &twice + &before);
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "--add", "--level", "copies"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said = "1 article added, 1 article replaced by a new version (new articles are compared with both); passed and not added: 1 older than what the index has under the same id, 1 there under the same id in this input";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

/// Two runs at once let the same article in, each having looked before the other added.
#[test]
fn of_two_processes_that_add_the_same_text_one_lets_it_in() {
    two_writers_race(5);
}

#[test]
#[ignore = "takes minutes"]
fn of_two_processes_that_add_the_same_text_one_lets_it_in_a_hundred_times() {
    two_writers_race(100);
}

fn two_writers_race(rounds: usize) {
    let folder = gate();
    for round in 0..rounds {
        let start = |name: &str| {
            folder
                .write(&format!("{name}.jsonl"), article(&format!("{name}{round}"), 9, "x.vn", &story(1_000 + round)));
            let mut command = wirecopy();
            command.current_dir(folder.as_ref()).args(["check", &format!("{name}.jsonl"), "--against", "i", "--add"]);
            command.args(["--wait", "--level", "copies", "-q"]).stdout(Stdio::null()).spawn().unwrap()
        };
        let children = ["a", "b"].map(start);
        let mut codes = children.map(|mut child| child.wait().unwrap().code());
        codes.sort();
        assert_eq!(codes, [Some(0), Some(1)], "round {round}");
    }
    let info = run_in(folder.as_ref(), ["index", "info", "i", "--json"]).stdout;
    assert_eq!(json(&info)["articles"], 11 + rounds);
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_refused_and_what_it_leads_to_is_as_it_was() {
    let folder = gate();
    folder.write("precious", "text");
    std::fs::remove_file(folder.path("i/LOCK")).unwrap();
    std::os::unix::fs::symlink(folder.path("precious"), folder.path("i/LOCK")).unwrap();
    let ran = run_in(folder.as_ref(), ["check", "new.jsonl", "--against", "i", "--add"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("LOCK: is a link, which no writer follows; remove it"), "{}", ran.stderr);
    assert_eq!(folder.read("precious"), "text");
}

// ---------------------------------------------------------------------------------------------------------------------
// Streams
// ---------------------------------------------------------------------------------------------------------------------

fn stream(folder: &Folder, input: &str, more: &[&str]) -> (i32, Vec<Value>, String) {
    let index = folder.path("i");
    let arguments = ["check", "-", "--against", index.to_str().unwrap(), "--stream", "--level", "copies", "-q"];
    let ran = run_with_input(input.as_bytes(), [&arguments[..], more].concat());
    (ran.code, ran.stdout.lines().map(json).collect(), ran.stderr)
}

#[test]
fn a_stream_names_the_line_of_the_stream() {
    let folder = gate();
    let good = format!("{{\"text\":\"{}\"}}\n", story(60));
    let (code, said, _) = stream(&folder, &format!("\n{good}broken\n"), &[]);
    assert_eq!((code, &said[0]["id"], &said[0]["line"]), (1, &"stdin:2".into(), &2.into()), "{said:?}");
    assert_eq!((&said[1]["line"], &said[1]["verdict"]), (&3.into(), &"fails".into()));
    let (code, _, stderr) = stream(&folder, &format!("\n{good}broken\n"), &["--strict"]);
    assert!(code == 2 && stderr.contains("stdin:3: "), "{stderr}");
}

/// A line without an end took all memory that there was.
#[test]
fn a_line_that_is_too_long_gets_a_verdict_and_the_stream_goes_on() {
    let folder = gate();
    let long = article("long", 9, "x.vn", &"từ ".repeat(50_000));
    let input = article("a", 9, "x.vn", &story(60)) + &long + &article("b", 9, "x.vn", &copy(0));
    let (code, said, _) = stream(&folder, &input, &["--max-article-bytes", "65536"]);
    let verdicts: Vec<&str> = said.iter().map(|one| one["verdict"].as_str().unwrap()).collect();
    assert_eq!((code, verdicts), (2, vec!["passes", "could_not_check", "fails"]));
    assert!(said[1]["findings"][0]["reason"].as_str().unwrap().contains("larger than 65536 bytes"), "{}", said[1]);
    assert_eq!((&said[1]["line"], &said[2]["line"]), (&2.into(), &3.into()));
}

/// What began as a compressed file does was unpacked, and of what could not be read nothing was said.
#[test]
fn a_line_is_a_line_of_json_whatever_it_begins_like() {
    let folder = gate();
    let index = folder.path("i");
    let ask = |line: &[u8], more: &[&str]| {
        let base = ["check", "-", "--against", index.to_str().unwrap(), "--stream", "--add", "--level", "copies", "-q"];
        let ran = run_with_input(line, [&base[..], more].concat());
        (ran.code, json(ran.stdout.lines().next().unwrap()))
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all((article("a", 9, "x.vn", &story(60)) + &article("b", 9, "x.vn", &copy(0))).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for line in [&b"\x1f\x8bbroken\n"[..], b"\x28\xb5\x2f\xfdbroken\n", &packed] {
        let (code, said) = ask(line, &[]);
        let found = (code, &said["verdict"], &said["added"], &said["findings"][0]["rule"]);
        assert_eq!(found, (1, &"fails".into(), &false.into(), &"unreadable".into()), "{said:#}");
    }
    let (code, said) = ask(b"\xef\xbb\xbf\n", &[]);
    assert_eq!((code, &said["verdict"]), (2, &"could_not_check".into()), "nothing is there: {said:#}");
    let good = article("a", 9, "x.vn", &story(60));
    for over in 1..=3 {
        let most = (good.trim_end().len() - over).max(1).to_string();
        let (code, said) = ask(good.as_bytes(), &["--max-article-bytes", &most]);
        let found = (code, &said["verdict"], &said["added"]);
        assert_eq!(found, (2, &"could_not_check".into(), &false.into()), "{over}: {said:#}");
    }
    let (code, said) = ask(good.as_bytes(), &["--max-article-bytes", &good.trim_end().len().to_string()]);
    assert_eq!((code, &said["added"]), (0, &true.into()), "{said:#}");
}

#[test]
fn a_stream_of_nothing_does_not_pass() {
    let folder = gate();
    let empty = "{\"id\":\"q\",\"text\":\"\"}\n";
    for (input, more) in [("", &[][..]), ("\n \n", &[]), (empty, &[]), ("broken\n", &["--fail-on", "copy"])] {
        let (code, _, stderr) = stream(&folder, input, more);
        assert_eq!(code, 2, "{input:?}");
        assert!(stderr.contains("nothing was judged: the input holds no article with words"), "{input:?}: {stderr}");
    }
    assert_eq!(stream(&folder, "broken\n", &[]).0, 1, "what failed was looked at");
    let known = archive().lines().next().unwrap().to_owned() + "\n";
    for line in [known, article("new", 9, "x.vn", &story(60))] {
        let (code, said, _) = stream(&folder, &format!("{empty}\n{line}"), &[]);
        assert_eq!(code, 0, "{said:?}");
    }
}

/// A stream that stays open.
struct Open {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Open {
    fn new(folder: &Folder) -> Open {
        let mut command = wirecopy();
        command.current_dir(folder.as_ref()).args([
            "check",
            "-",
            "--against",
            "i",
            "--stream",
            "--add",
            "--level",
            "copies",
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Open { child, input, output }
    }

    fn ask(&mut self, line: &str) -> Value {
        self.input.write_all(line.as_bytes()).unwrap();
        let mut answer = String::new();
        self.output.read_line(&mut answer).unwrap();
        json(&answer)
    }
}

/// Whatever read the verdicts had died, and the feed went on unchecked with exit code 0.
#[test]
fn a_stream_whose_verdicts_nobody_reads_has_no_clean_end() {
    let folder = gate();
    let Open { mut child, mut input, output } = Open::new(&folder);
    drop(output);
    input.write_all(article("a", 9, "x.vn", &story(60)).as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

/// Nobody else could write to the index for as long as a stream ran, for months.
#[test]
fn a_stream_that_adds_leaves_the_index_to_others_between_its_lines() {
    let folder = gate();
    let mut one = Open::new(&folder);
    let mut other = Open::new(&folder);
    assert_eq!(one.ask(&article("a", 9, "x.vn", &story(60)))["added"], true);
    folder.write("more.jsonl", article("b", 9, "x.vn", &story(61)));
    let added = run_command(wirecopy().current_dir(folder.as_ref()).args(["index", "add", "i", "more.jsonl", "-q"]));
    assert_eq!(added.code, 0, "{}", added.stderr);
    for (number, id) in [(60, "a"), (61, "b")] {
        let said = other.ask(&article("again", 9, "y.vn", &story(number)));
        let found = &said["findings"][0];
        assert_eq!(
            (&said["verdict"], &found["matches"][0]["id"]),
            (&"fails".into(), &id.into()),
            "what others added is seen"
        );
    }
    assert_eq!(other.ask(&article("c", 9, "y.vn", &story(62)))["added"], true);
    for Open { mut child, input, output } in [one, other] {
        drop((input, output));
        child.wait().unwrap();
    }
    let info = run_in(folder.as_ref(), ["index", "info", "i", "--json"]).stdout;
    assert_eq!(json(&info)["articles"], 11 + 3);
}
