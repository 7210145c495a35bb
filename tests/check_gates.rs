//! The gates of docs/check.md, as they stand there, each in a scratch repository: the hook for pre-commit, GitLab, a shell script.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use schemas::{fits_junit, json};
use support::stories::{archive, article, copy, gate, story};
use support::{Folder, Ran, git, has_program, run_command, run_in};

/// The blocks of code under this heading of docs/check.md, each with its language.
fn blocks(heading: &str) -> Vec<(String, String)> {
    let page = include_str!("../docs/check.md");
    let section = page.split(&format!("\n## {heading}")).nth(1).expect("the heading stands in the page");
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("\n```").skip(1).step_by(2);
    blocks
        .map(|block| block.split_once('\n').expect("lines"))
        .map(|(of, text)| (of.to_owned(), format!("{text}\n")))
        .collect()
}

/// The first of them.
fn block(heading: &str) -> String {
    blocks(heading).swap_remove(0).1
}

/// Of a document in YAML the items of the list `name`, as far as our examples need: plain lines, and blocks behind `|`.
fn items(yaml: &str, name: &str) -> Vec<String> {
    let mut lines = yaml.lines().skip_while(|line| line.trim() != format!("{name}:")).skip(1).peekable();
    let mut items: Vec<String> = Vec::new();
    let mut indent = None;
    while let Some(line) = lines.next_if(|line| line.starts_with("    ") || line.trim().is_empty()) {
        match line.trim_start().strip_prefix("- ") {
            Some(item) if indent.is_none_or(|indent| line.len() - line.trim_start().len() == indent) => {
                indent = Some(line.len() - line.trim_start().len());
                items.push(if item == "|" { String::new() } else { item.to_owned() });
            }
            _ => {
                let item = items.last_mut().expect("a list begins with an item");
                *item += line.trim_start_matches(' ').trim_end();
                item.push('\n');
            }
        }
    }
    items
}

/// Of an entry of YAML such as `args: [--against, archive.index]` the words.
fn words(yaml: &str, name: &str) -> Vec<String> {
    let line = yaml.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}:"))).expect("an entry").trim();
    line.trim_matches(['[', ']']).split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A path on which `wirecopy` is found first.
fn search_path() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_wirecopy")).parent().unwrap();
    format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default())
}

/// Runs a script in a folder; like a CI system, it ends with the first command that fails.
fn script(folder: &Folder, text: &str, variables: &[(&str, &str)]) -> Ran {
    let path = folder.write("script", text);
    let mut command = Command::new("bash");
    command.arg("-e").arg(path).current_dir(folder).env("PATH", search_path()).envs(variables.iter().copied());
    run_command(&mut command)
}

/// A repository of an archive in one commit.
fn repository() -> Folder {
    let folder = Folder::with(&[]);
    std::fs::create_dir(folder.path("archive")).unwrap();
    folder.write("archive/old.jsonl", archive());
    git(folder.as_ref(), ["init", "-q"]);
    git(folder.as_ref(), ["add", "archive"]);
    git(folder.as_ref(), ["commit", "-qm", "old"]);
    folder
}

#[test]
fn the_hook_for_pre_commit_refuses_copies_and_passes_what_is_new() {
    if !has_program("git") {
        return;
    }
    let folder = repository();
    let (hook, example) = (include_str!("../.pre-commit-hooks.yaml"), block("pre-commit"));
    let id = words(&example, "- id");
    assert!(hook.contains(&format!("- id: {}\n", id[0])), "the example names the hook: {id:?}");
    assert!(
        hook.contains("\n  pass_filenames: false\n") && !example.contains("files:"),
        "it takes a folder and no names"
    );
    let (entry, arguments) = (words(hook, "entry").join(" "), words(&example, "args").join(" "));
    // What pre-commit does with a hook that takes no names: one process, with the arguments of whoever uses the hook.
    let name = ".git/hooks/pre-commit";
    folder.write(name, format!("#!/bin/bash\nPRE_COMMIT=1 exec {entry} {arguments}\n"));
    std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(0o755)).unwrap();
    let commit = || {
        git(folder.as_ref(), ["add", "archive"]);
        let mut command = Command::new("git");
        command.args(["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "new"]);
        run_command(command.current_dir(&folder).env("PATH", search_path()))
    };
    folder.write("archive/old.jsonl", archive() + &article("clean", 9, "moi.vn", &story(77)));
    let without_baseline = commit();
    assert!(without_baseline.code != 0 && without_baseline.stderr.contains("accepted.jsonl"), "{without_baseline:?}");
    folder.write("accepted.jsonl", "");
    folder.write("archive/picture.jpg", [0xff, 0xd8, 0xff, 0xe0]);
    let clean = commit();
    assert_eq!(clean.code, 0, "{clean:?}");
    folder.write("archive/new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let copied = commit();
    assert!(copied.code != 0 && format!("{}{}", copied.stdout, copied.stderr).contains("copied"), "{copied:?}");
    assert_eq!(git(folder.as_ref(), ["rev-list", "--count", "HEAD"]), "2");
}

/// Whoever forgets the folder, or hands names over all the same, is not told that all is well.
#[test]
fn the_hook_as_it_is_shipped_fails_without_a_folder_and_takes_no_name_for_an_option() {
    let hook = include_str!("../.pre-commit-hooks.yaml");
    let (entry, arguments) = (words(hook, "entry"), words(hook, "args"));
    let folder = gate();
    std::fs::rename(folder.path("i"), folder.path("archive.index")).unwrap();
    folder.write("evil.txt", "[check]\nfail-on = [\"none\"]\n");
    folder.write("--config=evil.txt", "");
    let shipped = || entry[1..].iter().chain(&arguments).map(String::as_str);
    assert_eq!(run_in(folder.as_ref(), shipped()).code, 2);
    assert_eq!(run_in(folder.as_ref(), shipped().chain(["--config=evil.txt", "evil.txt", "new.jsonl"])).code, 1);
}

/// Puts the gate into a folder that programs are found in, under the name that a release gives it; a path to search.
fn with_gate(folder: &Folder) -> String {
    let bin = folder.path(".git/bin");
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action/gate"), bin.join("wirecopy-gate"))
        .unwrap();
    format!("{}:{}", bin.display(), search_path())
}

#[test]
fn the_job_of_gitlab_fails_for_a_copy_and_says_which() {
    if !has_program("git") {
        return;
    }
    let folder = repository();
    let path = with_gate(&folder);
    git(folder.as_ref(), ["remote", "add", "origin", "."]);
    git(folder.as_ref(), ["checkout", "-q", "-b", "change"]);
    let example = block("GitLab");
    let job = items(&example, "script").join("\n") + "\n";
    let variable = |name: &str| words(&example, name).concat();
    let (archive_path, report) = (variable("WIRECOPY_ARCHIVE"), variable("junit"));
    assert_eq!(variable("WIRECOPY_JUNIT"), report, "what the gate writes is what GitLab shows");
    let run = |branch: &str| {
        let about = [("WIRECOPY_ARCHIVE", archive_path.as_str()), ("WIRECOPY_JUNIT", &report), ("PATH", &path)];
        script(&folder, &job, &[&about[..], &[("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", branch)]].concat())
    };
    folder.write("archive/new.jsonl", article("clean", 9, "moi.vn", &story(77)));
    let clean = run("main");
    assert_eq!(clean.code, 0, "{clean:?}");
    folder.write("archive/new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let copied = run("main");
    assert_eq!(copied.code, 1, "{copied:?}");
    let written = folder.read(&report);
    fits_junit(&written);
    assert!(written.contains("name=\"copy: copied\""), "{written}");
    // An index that the merge request commits, once taken for that of the cache.
    for arguments in
        [["index", "create", "archive.index", "-q"].as_slice(), &["index", "add", "archive.index", "archive", "-q"]]
    {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "change"]);
    assert_eq!(run("main").code, 1);
    assert!(run("no-such-branch").code != 0);
}

/// A merge request may commit files that look like the download.
#[test]
fn the_job_of_gitlab_installs_what_the_checksum_names_and_nothing_of_the_checkout() {
    if !has_program("sha256sum") || !has_program("curl") {
        return;
    }
    let folder = Folder::with(&[("wirecopy-0.tar.gz", "evil"), ("wirecopy.tar.gz", "evil"), ("wirecopy", "evil")]);
    for name in ["pack/wirecopy-v0/wirecopy", "pack/wirecopy-v0/wirecopy-gate", "bin/x", "pack/x"] {
        std::fs::create_dir_all(folder.path(name).parent().unwrap()).unwrap();
        folder.write(name, format!("of the release: {name}"));
    }
    let pack = ["-czf", "pack.tar.gz", "-C", "pack", "wirecopy-v0"];
    assert_eq!(run_command(Command::new("tar").args(pack).current_dir(&folder)).code, 0);
    let sum = run_command(Command::new("sha256sum").arg("pack.tar.gz").current_dir(&folder)).stdout;
    let (sum, bin) = (sum.split(' ').next().unwrap().to_owned(), folder.path("bin"));
    let lines = items(&block("GitLab"), "before_script");
    assert!(lines[0].starts_with("apt-get "), "{lines:?}");
    let text = lines[1..].join("\n").replace("/usr/local/bin", bin.to_str().unwrap()) + "\npwd -P\n";
    let (url, project) =
        (format!("file://{}", folder.path("pack.tar.gz").display()), folder.as_ref().canonicalize().unwrap());
    let run = |sum: &str| {
        script(
            &folder,
            &text,
            &[("WIRECOPY", &url), ("WIRECOPY_SHA256", sum), ("CI_PROJECT_DIR", project.to_str().unwrap())],
        )
    };
    let wrong = run(&sum.replace(|c: char| c.is_ascii_digit(), "a"));
    assert!(wrong.code != 0 && !bin.join("wirecopy").exists(), "{wrong:?}");
    let right = run(&sum);
    assert!(right.code == 0 && right.stdout.trim_end().ends_with(project.to_str().unwrap()), "{right:?}");
    for name in ["wirecopy", "wirecopy-gate"] {
        assert!(std::fs::read_to_string(bin.join(name)).unwrap().starts_with("of the release"));
    }
}

#[test]
fn the_gate_in_a_shell_fails_for_a_copy_and_writes_the_report_that_is_asked_for() {
    if !has_program("git") {
        return;
    }
    let folder = repository();
    let path = with_gate(&folder);
    git(folder.as_ref(), ["remote", "add", "origin", "."]);
    git(folder.as_ref(), ["checkout", "-q", "-b", "change"]);
    let example = block("A shell");
    for (id, text, code) in [("clean", story(77), 0), ("copied", copy(0), 1)] {
        folder.write("archive/new.jsonl", article(id, 9, "moi.vn", &text));
        let ran = script(&folder, &example, &[("PATH", &path)]);
        assert_eq!(ran.code, code, "{ran:?}");
        fits_junit(&folder.read("wirecopy.xml"));
    }
    git(folder.as_ref(), ["remote", "remove", "origin"]);
    assert!(script(&folder, &example, &[("PATH", &path)]).code != 0);
}

/// The commands of the first steps, one after the other, as a newcomer types them.
#[test]
fn the_steps_of_the_page_can_be_typed_as_they_stand() {
    if !has_program("git") {
        return;
    }
    let folder = repository();
    std::fs::create_dir(folder.path("incoming")).unwrap();
    let step = |heading: &str, number: usize| blocks(heading)[number].1.clone();
    assert_eq!(script(&folder, &step("1.", 0), &[]).code, 0);
    folder.write("incoming/new.jsonl", article("clean", 9, "moi.vn", &story(77)));
    assert_eq!(script(&folder, &step("2.", 0), &[]).code, 0);
    folder.write("incoming/new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    assert_eq!(script(&folder, &step("2.", 0), &[]).code, 1);
    // A feed that ends.
    folder.write("feed.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let stream = step("2.", 1);
    assert!(stream.starts_with("tail -f feed.jsonl | "), "{stream}");
    assert_eq!(script(&folder, &stream.replace("tail -f", "cat"), &[]).code, 1);
    let accept = script(&folder, &step("3.", 0), &[]);
    assert_eq!(accept.code, 0, "{accept:?}");
    let accepted = ["check", "incoming/", "--against", "archive.index", "--baseline", "accepted.jsonl"];
    assert_eq!(run_in(folder.as_ref(), accepted).code, 0);
    // The configuration of the page lets an outlet's own later version stand, and is read without complaint.
    folder.write("wirecopy.toml", step("3.", 1));
    assert_eq!(run_in(folder.as_ref(), &accepted[..4]).code, 1);
    std::fs::remove_file(folder.path("wirecopy.toml")).unwrap();
    git(folder.as_ref(), ["update-ref", "refs/remotes/origin/main", "HEAD"]);
    folder.write("archive/new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let since = script(&folder, &step("A corpus in git", 0), &[]);
    assert!(since.code == 1 && since.stdout.contains("copied"), "{since:?}");
}

/// A block that is added to the page is to be run by a test of this file (those for GitHub by tests/action.rs), and counted here.
#[test]
fn every_block_of_the_page_is_run_by_a_test() {
    let page = include_str!("../docs/check.md");
    let by_heading: Vec<(&str, usize)> = page
        .split("\n## ")
        .skip(1)
        .map(|section| (section.split([' ', '\n', ',']).next().unwrap(), section.matches("\n```").count() / 2))
        .collect();
    let expected = [
        ("1.", 1),
        ("2.", 2),
        ("3.", 2),
        ("A", 1),
        ("GitHub", 2),
        ("GitLab", 1),
        ("A", 2),
        ("pre-commit", 1),
        ("The", 0),
    ];
    assert_eq!(by_heading, expected);
}

#[test]
fn the_shell_example_adds_what_passes_names_what_fails_and_stops_where_it_cannot_tell() {
    if !has_program("jq") || !has_program("git") {
        return;
    }
    let folder = repository();
    for arguments in
        [["index", "create", "archive.index", "-q"].as_slice(), &["index", "add", "archive.index", "archive", "-q"]]
    {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    let example = blocks("A shell").swap_remove(1).1;
    let articles =
        || json(&run_in(folder.as_ref(), ["index", "info", "archive.index", "--json"]).stdout)["articles"].clone();
    folder.write("incoming.jsonl", article("clean", 9, "moi.vn", &story(77)));
    let clean = script(&folder, &example, &[]);
    assert_eq!((clean.code, articles()), (0, 12.into()), "{clean:?}");
    folder.write("incoming.jsonl", article("copied", 9, "moi.vn", &copy(77)));
    let copied = script(&folder, &example, &[]);
    assert_eq!((copied.code, copied.stdout.as_str()), (1, "copy\tcopied\tclean\n"), "{copied:?}");
    assert_eq!(articles(), 12);
    std::fs::rename(folder.path("archive.index"), folder.path("elsewhere")).unwrap();
    assert_eq!(script(&folder, &example, &[]).code, 2);
    assert_eq!(json(&folder.read("check.json"))["verdict"], "could_not_check", "no report of the run before");
}
