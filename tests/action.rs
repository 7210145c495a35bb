//! The scripts of the GitHub Action, with a `wirecopy` that only notes how it was called: what they ask of it, and that the action
//! never passes without an index.
#![cfg(unix)]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use support::{Folder, Ran, run_command};

/// Notes its arguments, an argument a line; makes the folder that `index create` is to make.
const STUB: &str = r#"#!/bin/sh
printf '%s\n' "$@" >> "$CALLS"
if [ "$1 $2" = "index create" ]; then mkdir "$3"; fi
if [ "$1 $2" = "index add" ]; then ls -R "$4" >> "$CALLS"; fi
exit "${STUB_EXIT:-0}"
"#;

fn folder() -> Folder {
    let folder = Folder::with(&[("wirecopy", STUB)]);
    std::fs::set_permissions(folder.path("wirecopy"), PermissionsExt::from_mode(0o755))
        .expect("a stand-in that can be run");
    folder
}

fn script(folder: &Folder, name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action").join(name);
    let path = format!("{}:{}", folder.as_ref().display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.arg(script).args(arguments).current_dir(folder).env("PATH", path);
    command.env("CALLS", folder.path("calls")).env("GITHUB_OUTPUT", folder.path("output"));
    command.env("RUNNER_TEMP", folder.path("temp")).envs(variables.iter().copied());
    run_command(&mut command)
}

#[test]
fn without_an_index_the_action_fails() {
    let folder = folder();
    let ran = script(&folder, "index", &["make"], &[("WIRECOPY_INDEX", "archive.index")]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.starts_with("::error title=wirecopy::no index is there"), "{}", ran.stdout);
    let check = [("WIRECOPY_PATHS", "new.jsonl"), ("WIRECOPY_INDEX", "archive.index")];
    assert_eq!(script(&folder, "check", &[], &check).code, 2);
    assert!(!folder.path("calls").exists(), "nothing was called");
}

#[test]
fn without_paths_the_action_fails() {
    let folder = folder();
    folder.write("archive.index", "");
    assert_eq!(script(&folder, "check", &[], &[("WIRECOPY_PATHS", "\n"), ("WIRECOPY_INDEX", "archive.index")]).code, 2);
}

#[test]
fn a_check_gets_its_arguments_whole_and_its_exit_code_is_that_of_the_action() {
    let folder = folder();
    folder.write("archive.index", "");
    let variables = [
        ("WIRECOPY_PATHS", "tin mới/a.jsonl\n-b.txt\n"),
        ("WIRECOPY_INDEX", "archive.index"),
        ("WIRECOPY_ARGS", "--fail-on\ncopy,identical"),
        ("WIRECOPY_SARIF", "out.sarif"),
        ("STUB_EXIT", "1"),
    ];
    assert_eq!(script(&folder, "check", &[], &variables).code, 1);
    let calls = folder.read("calls");
    let called: Vec<&str> = calls.lines().collect();
    let expected = "check --against archive.index --format github --fail-on copy,identical --output sarif=out.sarif --";
    assert_eq!(called[..called.len() - 2].join(" "), expected);
    assert_eq!(called[called.len() - 2..], ["tin mới/a.jsonl", "-b.txt"]);
    assert_eq!(folder.read("output"), "exit-code=1\n");
}

/// A pull request adds an article to the archive: it is new, and must not be known because it was checked out.
#[test]
fn the_archive_is_read_as_it_was_before_the_change() {
    let folder = folder();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]);
        let ran = run_command(command.args(arguments).current_dir(&folder));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.trim().to_owned()
    };
    std::fs::create_dir(folder.path("archive")).unwrap();
    folder.write("archive/old.txt", "một");
    git(&["init", "-q"]);
    git(&["add", "archive"]);
    git(&["commit", "-qm", "old"]);
    let base = git(&["rev-parse", "HEAD"]);
    folder.write("archive/new.txt", "hai");

    let variables =
        [("WIRECOPY_INDEX", "archive.index"), ("WIRECOPY_ARCHIVE", "archive\n"), ("WIRECOPY_BASE", base.as_str())];
    let ran = script(&folder, "index", &["make"], &variables);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let calls = folder.read("calls");
    assert!(calls.contains("old.txt") && !calls.contains("new.txt"), "{calls}");
    assert!(folder.path("archive.index").is_dir() && !folder.path("archive.index.part").exists());

    let key = || {
        std::fs::remove_file(folder.path("output")).ok();
        assert_eq!(script(&folder, "index", &["key"], &variables).code, 0);
        folder.read("output")
    };
    let before = key();
    assert!(before.starts_with("key=wirecopy-index-"), "{before}");
    folder.write("archive/newer.txt", "ba");
    assert_eq!(key(), before, "what is new is not what the index is made of");
}
