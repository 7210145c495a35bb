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
use support::stories::{archive, article, copy, story};
use support::{Folder, Ran, git, has_program, run_command, run_in};

/// The first block of code under this heading of docs/check.md.
fn block(heading: &str) -> String {
    let page = include_str!("../docs/check.md");
    let section = page.split(&format!("\n## {heading}")).nth(1).expect("the heading stands in the page");
    let block = section.split("\n```").nth(1).expect("a block of code");
    block.split_once('\n').expect("lines").1.to_owned() + "\n"
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
    let (entry, arguments) = (words(hook, "entry").join(" "), words(&example, "args").join(" "));
    // What pre-commit does: the staged files that fit, to one process, behind the arguments of whoever uses the hook.
    let files = words(&example, "files").concat();
    let commit_hook = format!(
        "#!/bin/bash\ngit diff --cached --name-only --diff-filter=ACMRT -z | grep -zE '{files}' | xargs -0 {entry} {arguments}\n"
    );
    let name = ".git/hooks/pre-commit";
    folder.write(name, commit_hook);
    std::fs::set_permissions(folder.path(name), PermissionsExt::from_mode(0o755)).unwrap();
    let commit = || {
        git(folder.as_ref(), ["add", "archive"]);
        let mut command = Command::new("git");
        command.args(["-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qm", "new"]);
        run_command(command.current_dir(&folder).env("PATH", search_path()))
    };
    folder.write("accepted.jsonl", "");
    folder.write("archive/old.jsonl", archive() + &article("clean", 9, "moi.vn", &story(77)));
    let without_index = commit();
    assert!(
        without_index.code != 0 && without_index.stderr.contains("archive.index: no index here"),
        "{without_index:?}"
    );
    for arguments in
        [["index", "create", "archive.index", "-q"].as_slice(), &["index", "add", "archive.index", "archive", "-q"]]
    {
        git(folder.as_ref(), ["stash", "-q"]);
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
        git(folder.as_ref(), ["stash", "pop", "-q"]);
    }
    let clean = commit();
    assert_eq!(clean.code, 0, "{clean:?}");
    folder.write("archive/new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let copied = commit();
    assert!(copied.code != 0 && format!("{}{}", copied.stdout, copied.stderr).contains("copied"), "{copied:?}");
    assert_eq!(git(folder.as_ref(), ["rev-list", "--count", "HEAD"]), "2");
}

#[test]
fn the_job_of_gitlab_fails_for_a_copy_and_says_which() {
    if !has_program("git") {
        return;
    }
    let folder = repository();
    let base = git(folder.as_ref(), ["rev-parse", "HEAD"]);
    let example = block("GitLab");
    let job = items(&example, "script").join("\n") + "\n";
    assert!(job.contains("wirecopy index create") && job.contains("wirecopy check"), "{job}");
    let report = example.lines().find_map(|line| line.trim().strip_prefix("junit: ")).expect("a report").to_owned();
    let run = || script(&folder, &job, &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base)]);
    folder.write("archive/new.jsonl", article("clean", 9, "moi.vn", &story(77)));
    let clean = run();
    assert_eq!(clean.code, 0, "{clean:?}");
    folder.write("archive/new.jsonl", article("copied", 9, "moi.vn", &copy(0)));
    let copied = run();
    assert_eq!(copied.code, 1, "the index of the cache is that of the base: {copied:?}");
    let written = folder.read(&report);
    fits_junit(&written);
    assert!(written.contains("name=\"copy: copied\""), "{written}");
    // Half an index in the cache, and a base that was not fetched.
    std::fs::remove_file(folder.path("archive.index/MANIFEST")).unwrap();
    assert_eq!(run().code, 1, "it is made anew");
    std::fs::remove_dir_all(folder.path("archive.index")).unwrap();
    let unknown =
        script(&folder, &job, &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123456789012345678901234567890123456789")]);
    assert!(unknown.code != 0, "{unknown:?}");
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
    let example = block("A shell");
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
