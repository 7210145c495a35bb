//! Can a gate be talked round? Each way is a change that brings a copy in; none of them may pass without a sentence that says why.
//!
//! Every test is a scratch repository: a base with an archive, and a change on top of it that somebody who wants a copy in has made. The
//! gate is what a CI system would run. `SECURITY.md` names these tests.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use support::stories::{archive, article, copy, story};
use support::{Folder, Ran, git, has_program, run_command, run_in, wirecopy};

/// A repository whose branch `base` has an archive, and on top of it what `change` makes, committed whatever an ignore file says.
fn change(base: &[(&str, &str)], change: impl FnOnce(&Folder)) -> Option<Folder> {
    if !has_program("git") {
        return None;
    }
    let folder = Folder::with(&[]);
    fs::create_dir(folder.path("archive")).unwrap();
    folder.write("archive/old.jsonl", archive());
    for (name, content) in base {
        fs::create_dir_all(folder.path(name).parent().unwrap()).unwrap();
        folder.write(name, content);
    }
    git(folder.as_ref(), ["init", "-q"]);
    git(folder.as_ref(), ["add", "-A", "-f"]);
    git(folder.as_ref(), ["commit", "-qm", "base"]);
    git(folder.as_ref(), ["branch", "base"]);
    change(&folder);
    git(folder.as_ref(), ["add", "-A", "-f"]);
    git(folder.as_ref(), ["commit", "-qm", "change", "--allow-empty"]);
    Some(folder)
}

/// A copy of an article of the archive, as somebody would bring it in.
fn copied() -> String {
    article("mine", 9, "moi.vn", &copy(0))
}

/// The gate: what the change adds, judged by the rules of the base.
fn gate(folder: &Folder, more: &[&str]) -> Ran {
    run_in(folder.as_ref(), [&["check", "archive", "--since", "base", "--trust-base", "base"], more].concat())
}

/// It fails, and names what it fails for.
#[track_caller]
fn fails(ran: &Ran, said: &str) {
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    says(ran, said);
}

/// It says this, wherever its lines are broken.
#[track_caller]
fn says(ran: &Ran, said: &str) {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&ran.stdout).contains(&words(said)), "{said}: {}", ran.stdout);
}

/// It could not be made, and says why.
#[track_caller]
fn refused(ran: &Ran, said: &str) {
    assert_eq!(ran.code, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(said) || ran.stdout.contains(said), "{said}: {}{}", ran.stdout, ran.stderr);
}

const COPY: &str = "copy  mine";

#[test]
fn an_honest_copy_fails_and_an_honest_article_passes() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    fails(&gate(&folder, &[]), COPY);
    let Some(folder) =
        change(&[], |folder| drop(folder.write("archive/new.jsonl", article("new", 9, "moi.vn", &story(50)))))
    else {
        return;
    };
    let ran = gate(&folder, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("Passed: nothing found in 1 new article\n"), "{}", ran.stdout);
    says(&ran, "Read 2 files, of each article the text alone; no configuration. Rules are those of base (");
}

#[test]
fn a_change_without_articles_passes_and_says_that_nothing_was_judged() {
    let Some(folder) = change(&[], |folder| drop(folder.write("notes.txt", "words"))) else { return };
    let ran = gate(&folder, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("Passed: there is nothing new to judge\n"), "{}", ran.stdout);
    says(&ran, "not judged: 11 known already with the same words");
}

// ---------------------------------------------------------------------------------------------------------------------
// Repositories and refs
// ---------------------------------------------------------------------------------------------------------------------

/// A bare repository as files of the folder `place`: its refs say that `base` and `origin/main` have the copy, and its configuration names a
/// command.
fn bare_repository(folder: &Folder, place: &str) {
    let other = folder.path("other");
    fs::create_dir_all(other.join("archive")).unwrap();
    fs::write(other.join("archive/new.jsonl"), copied()).unwrap();
    fs::write(other.join("new.jsonl"), copied()).unwrap();
    git(&other, ["init", "-q"]);
    git(&other, ["add", "-A"]);
    git(&other, ["commit", "-qm", "fake"]);
    for name in ["refs/heads/base", "refs/remotes/origin/main", "refs/heads/main"] {
        git(&other, ["update-ref", name, "HEAD"]);
    }
    let place = folder.path(place);
    for part in ["HEAD", "objects", "refs"] {
        let copied = std::process::Command::new("cp").arg("-r").arg(other.join(".git").join(part)).arg(&place).status();
        assert!(copied.unwrap().success());
    }
    let blob = git(&other, ["rev-parse", "HEAD:new.jsonl"]);
    fs::remove_file(place.join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let command = format!("touch {}; false", folder.path("PWNED").display());
    let config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tworktree = .\n\tsshCommand = \"{command}\"\n\tfsmonitor = \"{command}\"\n\
         \thooksPath = hooks\n[extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = ssh://x/y\n\tpromisor = true\n\
         [filter \"x\"]\n\tclean = \"{command}\"\n\tsmudge = \"{command}\"\n[diff]\n\texternal = \"{command}\"\n"
    );
    fs::write(place.join("config"), config).unwrap();
    fs::write(place.join(".gitattributes"), "* filter=x\n").unwrap();
    fs::remove_dir_all(other).unwrap();
}

#[test]
fn a_repository_inside_the_folder_runs_nothing_and_answers_nothing() {
    let made = change(&[], |folder| {
        bare_repository(folder, "archive");
        folder.write("archive/new.jsonl", copied());
    });
    let Some(folder) = made else { return };
    fails(&gate(&folder, &[]), COPY);
    let inside = run_in(&folder.path("archive"), ["check", ".", "--since", "base"]);
    fails(&inside, COPY);
    let elsewhere = folder.path("archive");
    let from_outside = run_in(Path::new("/"), ["check", elsewhere.to_str().unwrap(), "--since", "base"]);
    fails(&from_outside, COPY);
    assert!(!folder.path("PWNED").exists(), "a command of the checked folder was run");
}

#[test]
fn variables_of_an_outer_git_name_no_other_repository() {
    let made = change(&[], |folder| {
        bare_repository(folder, "archive");
        folder.write("archive/new.jsonl", copied());
    });
    let Some(folder) = made else { return };
    let mut command = wirecopy();
    command.current_dir(&folder).args(["check", "archive", "--since", "base"]);
    command.env("GIT_DIR", folder.path("archive")).env("GIT_OBJECT_DIRECTORY", folder.path("archive/objects"));
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "core.worktree").env("GIT_CONFIG_VALUE_0", "/");
    fails(&run_command(&mut command), COPY);
    assert!(!folder.path("PWNED").exists());
}

#[test]
fn a_branch_or_tag_with_the_name_of_the_base_is_refused() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    git(folder.as_ref(), ["update-ref", "refs/remotes/origin/main", "base"]);
    let since = |reference: &str| run_in(folder.as_ref(), ["check", "archive", "--since", reference]);
    fails(&since("origin/main"), COPY);
    git(folder.as_ref(), ["update-ref", "refs/heads/origin/main", "HEAD"]);
    refused(&since("origin/main"), "origin/main may be refs/heads/origin/main or refs/remotes/origin/main");
    fails(&since("refs/remotes/origin/main"), COPY);
    git(folder.as_ref(), ["tag", "base", "HEAD"]);
    refused(&since("base"), "base may be refs/heads/base or refs/tags/base");
    refused(&since("base~0"), "base may be refs/heads/base or refs/tags/base");
    let short = git(folder.as_ref(), ["rev-parse", "--short=8", "refs/heads/base"]);
    git(folder.as_ref(), ["update-ref", &format!("refs/heads/{short}"), "HEAD"]);
    refused(&since(&short), "or a commit");
}

#[test]
fn a_replaced_object_replaces_nothing() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    let (base, head) = (git(folder.as_ref(), ["rev-parse", "base"]), git(folder.as_ref(), ["rev-parse", "HEAD"]));
    git(folder.as_ref(), ["update-ref", &format!("refs/replace/{base}"), &head]);
    fails(&gate(&folder, &[]), COPY);
}

#[test]
fn attributes_leave_nothing_out_of_the_base() {
    let base = [(".gitattributes", "archive/old.jsonl export-ignore\n*.jsonl filter=x text=auto\n")];
    let Some(folder) = change(&base, |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    fails(&gate(&folder, &[]), COPY);
    let outside = Folder::with(&[]);
    let index = outside.path("i");
    let index = index.to_str().unwrap();
    fs::remove_file(folder.path("archive/old.jsonl")).unwrap();
    for arguments in [["index", "create", index].as_slice(), &["index", "add", index, "archive"]] {
        let made = run_in(folder.as_ref(), [arguments, &["--trust-base", "base", "-q"]].concat());
        assert_eq!(made.code, 0, "{}", made.stderr);
    }
    fails(&run_in(folder.as_ref(), ["check", "archive", "--against", index, "--trust-base", "base"]), COPY);
}

/// The index held one field and the check another, and a copy passed with no attacker at all.
#[test]
fn an_index_of_the_base_is_made_under_the_configuration_of_the_base() {
    let text = |id: &str, lead: &str, text: &str| {
        serde_json::json!({"id": id, "description": lead, "noi": text}).to_string() + "\n"
    };
    let base =
        [("news/a.jsonl", &text("a", "Một lời dẫn.", &story(60))[..]), ("wirecopy.toml", "text-field = \"noi\"\n")];
    let made = change(&base, |folder| {
        folder.write("news/b.jsonl", text("b", "Lời dẫn khác.", &story(60)));
        folder.write("wirecopy.toml", "text-field = \"description\"\n");
    });
    let Some(folder) = made else { return };
    let outside = Folder::with(&[]);
    let index = outside.path("i");
    let index = index.to_str().unwrap();
    for arguments in [["index", "create", index].as_slice(), &["index", "add", index, "news"]] {
        let made = run_in(folder.as_ref(), [arguments, &["--trust-base", "base", "-q"]].concat());
        assert_eq!(made.code, 0, "{}", made.stderr);
    }
    fails(&run_in(folder.as_ref(), ["check", "news", "--against", index, "--trust-base", "base"]), "identical  b");
}

#[test]
fn a_base_that_is_not_there_is_no_check() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    for option in ["--since", "--trust-base"] {
        refused(&run_in(folder.as_ref(), ["check", "archive", option, "nowhere"]), "no such commit");
        assert_eq!(run_in(folder.as_ref(), ["check", "archive", option, ""]).code, 2);
    }
    let outside = Folder::with(&[("a.jsonl", &copied())]);
    refused(&run_in(outside.as_ref(), ["check", "a.jsonl", "--trust-base", "base"]), "not in a git repository");
}

// ---------------------------------------------------------------------------------------------------------------------
// The rules of the check
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn a_configuration_that_the_change_brings_is_a_finding_and_not_in_force() {
    for config in [
        "[check]\nfail-on = [\"none\"]\n",
        "[check]\nallow = [\"cu.vn\"]\n",
        "exclude = [\"new.jsonl\"]\n",
        "text-field = \"title\"\n",
        "no-ignore = false\nthreshold = 1.0\n",
        "not even a configuration",
    ] {
        let made = change(&[], |folder| {
            folder.write("archive/new.jsonl", copied());
            folder.write("wirecopy.toml", config);
        });
        let Some(folder) = made else { return };
        let ran = gate(&folder, &[]);
        fails(&ran, COPY);
        fails(&ran, "gate-changed  wirecopy.toml");
    }
}

#[test]
fn a_configuration_that_the_change_edits_links_or_removes_is_that_of_the_base() {
    let base = [("wirecopy.toml", "[check]\nfail-on = [\"copy\", \"gate-changed\"]\n")];
    for how in 0..3 {
        let made = change(&base, |folder| {
            folder.write("archive/new.jsonl", copied());
            fs::remove_file(folder.path("wirecopy.toml")).unwrap();
            match how {
                0 => drop(folder.write("wirecopy.toml", "[check]\nfail-on = [\"none\"]\n")),
                1 => {
                    folder.write("archive/evil.toml", "[check]\nfail-on = [\"none\"]\n");
                    symlink("archive/evil.toml", folder.path("wirecopy.toml")).unwrap();
                }
                _ => {}
            }
        });
        let Some(folder) = made else { return };
        let ran = gate(&folder, &[]);
        fails(&ran, COPY);
        fails(&ran, "gate-changed  wirecopy.toml");
        says(&ran, "configuration base:wirecopy.toml");
    }
}

#[test]
fn a_configuration_named_by_a_path_through_a_link_is_that_of_the_base() {
    let base = [("conf/gate.toml", "[check]\nfail-on = [\"copy\"]\n")];
    let made = change(&base, |folder| {
        folder.write("archive/new.jsonl", copied());
        fs::remove_dir_all(folder.path("conf")).unwrap();
        fs::create_dir(folder.path("evil")).unwrap();
        folder.write("evil/gate.toml", "[check]\nfail-on = [\"none\"]\n");
        symlink("evil", folder.path("conf")).unwrap();
    });
    let Some(folder) = made else { return };
    let ran = gate(&folder, &["--config", "conf/gate.toml"]);
    fails(&ran, COPY);
}

/// The base's own rules were not in force, and said to be changed for ever.
#[test]
fn rules_that_the_base_has_as_a_link_are_refused_and_not_passed_over() {
    if !has_program("git") {
        return;
    }
    let folder = Folder::with(&[("strict.toml", "[check]\nfail-on = [\"copy\"]\n")]);
    symlink("strict.toml", folder.path("wirecopy.toml")).unwrap();
    fs::create_dir(folder.path("archive")).unwrap();
    folder.write("archive/old.jsonl", archive());
    git(folder.as_ref(), ["init", "-q"]);
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "base"]);
    git(folder.as_ref(), ["branch", "base"]);
    refused(&gate(&folder, &[]), "base:wirecopy.toml is a link or a submodule in that commit");
}

#[test]
fn a_stream_trusts_no_base_and_says_so() {
    let Some(folder) = change(&[], |_| ()) else { return };
    full_index(&folder, "made.index");
    let ran = run_in(folder.as_ref(), ["check", "-", "--against", "made.index", "--stream", "--trust-base", "base"]);
    refused(&ran, "cannot be used with");
}

#[test]
fn a_change_of_the_rules_alone_is_for_a_person() {
    let made = change(&[], |folder| drop(folder.write("wirecopy.toml", "[check]\nown-revisions = true\n")));
    let Some(folder) = made else { return };
    fails(&gate(&folder, &[]), "gate-changed  wirecopy.toml");
    assert_eq!(gate(&folder, &["--fail-on", "copy"]).code, 0, "where the base or the workflow says so");
}

#[test]
fn without_a_trusted_base_the_rules_in_force_are_said() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        folder.write("wirecopy.toml", "[check]\nfail-on = [\"none\"]\n");
    });
    let Some(folder) = made else { return };
    let ran = run_in(folder.as_ref(), ["check", "archive", "--since", "base"]);
    assert_eq!(ran.code, 0);
    says(&ran, "configuration wirecopy.toml");
    says(&ran, "for information (1 copy)");
}

#[test]
fn an_accepted_pair_that_the_change_brings_accepts_nothing() {
    let made = change(&[("accepted.jsonl", "")], |folder| {
        folder.write("archive/new.jsonl", copied());
        let update = ["check", "archive", "--since", "base", "--baseline", "accepted.jsonl", "--update-baseline", "-q"];
        assert_eq!(run_in(folder.as_ref(), update).code, 0);
    });
    let Some(folder) = made else { return };
    let ran = gate(&folder, &["--baseline", "accepted.jsonl"]);
    fails(&ran, COPY);
    fails(&ran, "gate-changed  accepted.jsonl");
    let elsewhere = run_in(folder.as_ref(), ["check", "archive", "--since", "base", "--baseline", "accepted.jsonl"]);
    assert_eq!(elsewhere.code, 0);
    says(&elsewhere, "baseline accepted.jsonl (1 entry)");
}

#[test]
fn a_baseline_that_only_the_change_has_accepts_nothing() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        folder.write("accepted.jsonl", "<<<<<<< not even a baseline\n");
    });
    let Some(folder) = made else { return };
    let ran = gate(&folder, &["--baseline", "accepted.jsonl"]);
    fails(&ran, COPY);
    fails(&ran, "gate-changed  accepted.jsonl");
}

/// An index of an archive without what the change copies.
fn poor_index(folder: &Folder, place: &str) {
    folder.write("poor.jsonl", article("poor", 1, "cu.vn", &story(90)));
    for arguments in [["index", "create", place, "-q"].as_slice(), &["index", "add", place, "poor.jsonl", "-q"]] {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
    fs::remove_file(folder.path("poor.jsonl")).unwrap();
}

fn full_index(folder: &Folder, place: &str) {
    for arguments in [["index", "create", place, "-q"].as_slice(), &["index", "add", place, "archive/old.jsonl", "-q"]]
    {
        assert_eq!(run_in(folder.as_ref(), arguments).code, 0);
    }
}

fn against(folder: &Folder, index: &str) -> Ran {
    run_in(folder.as_ref(), ["check", "archive/new.jsonl", "--against", index, "--trust-base", "base"])
}

#[test]
fn an_index_that_the_change_brings_is_refused() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        poor_index(folder, "archive.index");
    });
    let Some(folder) = made else { return };
    refused(&against(&folder, "archive.index"), "base:archive.index");
    assert_eq!(run_in(folder.as_ref(), ["check", "archive/new.jsonl", "--against", "archive.index"]).code, 0);
}

#[test]
fn an_index_that_a_link_of_the_change_leads_to_is_refused() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        fs::create_dir(folder.path("deep")).unwrap();
        poor_index(folder, "deep/evil");
        symlink("deep/evil", folder.path("archive.index")).unwrap();
        symlink("deep", folder.path(".wirecopy")).unwrap();
    });
    let Some(folder) = made else { return };
    refused(&against(&folder, "archive.index"), "base:archive.index");
    refused(&against(&folder, ".wirecopy/evil"), "base:.wirecopy/evil");
}

#[test]
fn an_index_of_the_base_is_read_as_the_base_has_it() {
    let Some(plain) = change(&[], |_| ()) else { return };
    full_index(&plain, "archive.index");
    git(plain.as_ref(), ["add", "-A", "-f"]);
    git(plain.as_ref(), ["commit", "-qm", "index"]);
    git(plain.as_ref(), ["branch", "-f", "base"]);
    fs::remove_dir_all(plain.path("archive.index")).unwrap();
    poor_index(&plain, "archive.index");
    plain.write("archive/new.jsonl", copied());
    git(plain.as_ref(), ["add", "-A", "-f"]);
    git(plain.as_ref(), ["commit", "-qm", "change", "--allow-empty"]);
    let ran = against(&plain, "archive.index");
    fails(&ran, COPY);
    fails(&ran, "gate-changed  archive.index");
    fails(&ran, "base:archive.index");
    assert!(!ran.stdout.contains("/.tmp"), "{}", ran.stdout);
    let adds = run_in(
        plain.as_ref(),
        ["check", "archive/new.jsonl", "--against", "archive.index", "--trust-base", "base", "--add"],
    );
    refused(&adds, "--add");
}

#[test]
fn an_index_that_a_step_of_the_workflow_made_is_used() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    full_index(&folder, "made.index");
    let outside = Folder::with(&[]);
    full_index(&folder, outside.path("i").to_str().unwrap());
    fails(&against(&folder, "made.index"), COPY);
    fails(&against(&folder, outside.path("i").to_str().unwrap()), COPY);
}

#[test]
fn an_index_that_the_change_takes_away_is_that_of_the_base() {
    let Some(folder) = change(&[], |_| ()) else { return };
    full_index(&folder, "archive.index");
    git(folder.as_ref(), ["add", "-A", "-f"]);
    git(folder.as_ref(), ["commit", "-qm", "index"]);
    git(folder.as_ref(), ["branch", "-f", "base"]);
    fs::remove_dir_all(folder.path("archive.index")).unwrap();
    folder.write("archive/new.jsonl", copied());
    let ran = against(&folder, "archive.index");
    fails(&ran, COPY);
    fails(&ran, "gate-changed archive.index");
}

/// git lists a submodule and nothing in it, so the index in it seemed to be nobody's.
#[test]
fn an_index_in_a_submodule_is_refused() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        fs::create_dir(folder.path("lib")).unwrap();
        poor_index(folder, "lib/ix.index");
        git(&folder.path("lib"), ["init", "-q"]);
        git(&folder.path("lib"), ["add", "-A", "-f"]);
        git(&folder.path("lib"), ["commit", "-qm", "index"]);
    });
    let Some(folder) = made else { return };
    refused(&against(&folder, "lib/ix.index"), "base:lib/ix.index");
}

#[test]
fn what_is_known_is_read_as_the_base_has_it() {
    let made = change(&[], |folder| {
        fs::create_dir(folder.path("incoming")).unwrap();
        folder.write("incoming/new.jsonl", copied());
        folder
            .write("archive/old.jsonl", archive().lines().skip(1).map(|line| format!("{line}\n")).collect::<String>());
    });
    let Some(folder) = made else { return };
    let check = ["check", "incoming", "--against", "archive"];
    assert_eq!(run_in(folder.as_ref(), check).code, 0, "the change took the original away");
    fails(&run_in(folder.as_ref(), [&check[..], &["--trust-base", "base"]].concat()), COPY);
}

#[test]
fn a_check_of_what_is_known_already_is_no_check() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    full_index(&folder, "i.index");
    let all = run_in(folder.as_ref(), ["check", "archive/old.jsonl", "--against", "i.index"]);
    refused(&all, "nothing was judged: all 11 articles are in i.index already");
}

// ---------------------------------------------------------------------------------------------------------------------
// Files that are not looked at
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn an_ignore_file_hides_nothing_that_is_committed() {
    for (file, line) in [
        ("archive/.ignore", "new.jsonl\n"),
        ("archive/.gitignore", "*\n"),
        ("archive/.gitignore", "/sub/\n"),
        ("archive/sub/.ignore", "*.jsonl\n"),
    ] {
        let made = change(&[], |folder| {
            fs::create_dir(folder.path("archive/sub")).unwrap();
            folder.write("archive/sub/new.jsonl", copied());
            folder.write(file, line);
        });
        let Some(folder) = made else { return };
        let ran = gate(&folder, &[]);
        fails(&ran, COPY);
        // Without a base that is trusted as well.
        fails(&run_in(folder.as_ref(), ["check", "archive", "--since", "base"]), COPY);
    }
}

#[test]
fn a_changed_ignore_file_is_a_finding_and_not_obeyed() {
    let made = change(&[], |folder| drop(folder.write("archive/.ignore", "*.jsonl\n")));
    let Some(folder) = made else { return };
    // Not committed, as a file that a step of the workflow unpacked.
    folder.write("archive/unpacked.jsonl", copied());
    let ran = gate(&folder, &[]);
    fails(&ran, "gate-changed  archive/.ignore");
    fails(&ran, COPY);
}

#[test]
fn an_ignore_file_of_the_base_is_obeyed_and_said_for_what_is_not_committed() {
    let base = [("archive/.gitignore", "drafts\n")];
    let Some(folder) = change(&base, |_| ()) else { return };
    fs::create_dir(folder.path("archive/drafts")).unwrap();
    folder.write("archive/drafts/new.jsonl", copied());
    let ran = gate(&folder, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    says(&ran, "ignore files archive/.gitignore");
    says(&ran, "1 named by an ignore file (archive/drafts)");
    fails(&gate(&folder, &["--no-ignore"]), COPY);
}

#[test]
fn what_is_hidden_is_looked_at_where_it_is_committed_and_said_where_it_is_not() {
    for place in ["archive/.x/new.jsonl", "archive/.new.jsonl", "archive/.a/.b/new.jsonl"] {
        let made = change(&[], |folder| {
            fs::create_dir_all(folder.path(place).parent().unwrap()).unwrap();
            folder.write(place, copied());
        });
        let Some(folder) = made else { return };
        fails(&gate(&folder, &[]), COPY);
        git(folder.as_ref(), ["rm", "-q", "--cached", "-r", "."]);
        let ran = run_in(folder.as_ref(), ["check", "archive"]);
        says(&ran, "Passed over: 1 hidden (archive/.");
    }
}

#[test]
fn files_that_may_hold_articles_and_cannot_be_read_are_findings() {
    for name in [
        "a.gz",
        "a.html.gz",
        "a.markdown.zst",
        "a.markdown",
        "a.html",
        "a.jsonl.bz2",
        "a.jsonlines",
        "a.jsonl.orig",
        "A.TXT.BAK",
        "a.docx",
        "a.xz",
        "a.xlsx",
        "sub/a.rtf",
    ] {
        let made = change(&[], |folder| {
            fs::create_dir(folder.path("archive/sub")).unwrap();
            folder.write(&format!("archive/{name}"), copied());
        });
        let Some(folder) = made else { return };
        let ran = gate(&folder, &[]);
        fails(&ran, &format!("archive/{name}"));
        fails(&ran, "unreadable");
        // What the base has is nobody's finding.
        git(folder.as_ref(), ["branch", "-f", "base"]);
        assert_eq!(gate(&folder, &[]).code, 0, "{name}");
    }
}

#[test]
fn other_files_are_counted_and_named() {
    let made = change(&[], |folder| {
        folder.write("archive/a.png", "x");
        folder.write("archive/LICENSE", copied());
        fs::create_dir(folder.path("archive/sub")).unwrap();
        folder.write("archive/sub/README.md", copy(0));
    });
    let Some(folder) = made else { return };
    let ran = gate(&folder, &[]);
    assert_eq!(ran.code, 0);
    says(&ran, "1 README (archive/sub/README.md)");
    says(&ran, "2 in no article format (archive/LICENSE, archive/a.png)");
    let json = gate(&folder, &["--format", "json"]).stdout;
    assert!(json.contains("\"archive/sub/README.md\""), "{json}");
    for format in ["github", "sarif", "junit"] {
        let told = gate(&folder, &["--format", format]).stdout;
        assert!(told.contains("archive/sub/README.md"), "{format}: {told}");
    }
}

/// The link came first by name, and the file was read as a table alone.
#[test]
fn a_link_under_another_ending_does_not_choose_how_a_file_is_read() {
    for link in ["0.csv", "0.txt", "0.md", "zz.csv"] {
        let made = change(&[], |folder| {
            folder.write("archive/n.jsonl", copied());
            symlink("n.jsonl", folder.path(&format!("archive/{link}"))).unwrap();
        });
        let Some(folder) = made else { return };
        fails(&gate(&folder, &[]), COPY);
    }
}

#[test]
fn a_table_whose_header_is_an_article_is_a_finding() {
    for table in [format!("\"{}\"\n", copy(0)), format!("id,text,\"{}\"\na,một hai ba,x\n", copy(0))] {
        let Some(folder) = change(&[], |folder| drop(folder.write("archive/n.csv", &table))) else { return };
        fails(&gate(&folder, &[]), "found a text where the names of columns belong");
    }
}

/// What git merges is not what stands there after a checkout.
#[test]
fn attributes_that_the_change_brings_are_a_finding() {
    let made = change(&[], |folder| {
        folder.write("archive/n.txt", copy(0));
        folder.write("archive/.gitattributes", "n.txt text eol=crlf\n");
    });
    let Some(folder) = made else { return };
    fails(&gate(&folder, &[]), "gate-changed archive/.gitattributes");
}

#[test]
fn committed_files_that_are_not_there_are_said() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/n.jsonl", copied()))) else { return };
    fs::remove_file(folder.path("archive/n.jsonl")).unwrap();
    let ran = gate(&folder, &[]);
    assert_eq!(ran.code, 0);
    says(&ran, "1 under version control and not there (archive/n.jsonl)");
}

#[test]
fn a_submodule_that_is_not_fetched_is_a_finding() {
    let made = change(&[], |folder| {
        fs::create_dir(folder.path("archive/sub")).unwrap();
        folder.write("archive/sub/n.jsonl", copied());
        git(&folder.path("archive/sub"), ["init", "-q"]);
        git(&folder.path("archive/sub"), ["add", "-A"]);
        git(&folder.path("archive/sub"), ["commit", "-qm", "articles"]);
    });
    let Some(folder) = made else { return };
    fs::remove_dir_all(folder.path("archive/sub")).unwrap();
    fs::create_dir(folder.path("archive/sub")).unwrap();
    fails(&gate(&folder, &[]), "this submodule is not fetched");
    git(folder.as_ref(), ["branch", "-f", "base"]);
    assert_eq!(gate(&folder, &[]).code, 0, "the base has it as well");
}

// ---------------------------------------------------------------------------------------------------------------------
// Texts
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn spaces_that_no_comparison_reads_are_a_finding() {
    for blank in ["\u{2800}", "\u{3164}", "\u{ffa0}", "\u{fffc}", "\u{feff}", "\u{e000}"] {
        let text = copy(0).replace(' ', blank);
        let made = change(&[], |folder| drop(folder.write("archive/n.jsonl", article("mine", 9, "moi.vn", &text))));
        let Some(folder) = made else { return };
        let ran = gate(&folder, &[]);
        assert_eq!(ran.code, 1, "{blank:?}: {}", ran.stdout);
    }
}

/// Many articles of one change repeated sentences of the one that it copied, which made boilerplate of them.
#[test]
fn a_change_teaches_no_boilerplate() {
    let made = change(&[], |folder| {
        let sentences = support::stories::sentences(0);
        let decoys: String = (0..63)
            .map(|number| {
                let own = support::stories::sentences(200 + number);
                let text = format!("{} {} {} {}", own[0], sentences[number % 6], own[1], sentences[(number + 1) % 6]);
                article(&format!("decoy{number}"), 9, "z.vn", &format!("{text} {}", own[2..].join(" ")))
            })
            .collect();
        folder.write("archive/n.jsonl", decoys + &article("mine", 9, "z.vn", &format!("{} {}", copy(0), story(400))));
    });
    let Some(folder) = made else { return };
    let ran = gate(&folder, &["--top", "0", "--fail-on", "copy,excerpt,identical,contains"]);
    fails(&ran, "mine");
}

#[test]
fn a_named_pipe_among_the_files_is_a_finding_and_nobody_waits_for_it() {
    let made = change(&[], |_| ());
    let Some(folder) = made else { return };
    let made = std::process::Command::new("mkfifo").arg(folder.path("archive/new.jsonl")).status();
    if !made.is_ok_and(|made| made.success()) {
        return;
    }
    let ran = run_in(folder.as_ref(), ["check", "archive"]);
    fails(&ran, "archive/new.jsonl");
    fails(&ran, "this is a pipe or a device");
}

// ---------------------------------------------------------------------------------------------------------------------
// Links
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn a_link_that_leads_out_is_a_finding_and_nothing_of_it_is_quoted() {
    let outside = Folder::with(&[("secret.txt", &format!("TOKEN=hunter2 {}", story(60)))]);
    fs::create_dir(outside.path("more")).unwrap();
    outside.write("more/secret.txt", format!("TOKEN=hunter2 {}", story(60)));
    let made = change(&[], |folder| {
        symlink(outside.path("secret.txt"), folder.path("archive/a.txt")).unwrap();
        symlink(outside.path("secret.txt"), folder.path("archive/b.txt")).unwrap();
        symlink(outside.path("more"), folder.path("archive/more")).unwrap();
        symlink("../.git/config", folder.path("archive/c.txt")).unwrap();
        symlink("../.git", folder.path("archive/d")).unwrap();
        symlink("/proc/self/environ", folder.path("archive/e.jsonl")).unwrap();
    });
    let Some(folder) = made else { return };
    for format in ["text", "json", "github", "sarif", "junit"] {
        let ran = gate(&folder, &["--format", format]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let told = ran.stdout + &ran.stderr;
        assert!(!told.contains("hunter2") && !told.contains("repositoryformatversion"), "{told}");
        assert!(told.contains("leads out of the folders that are checked"), "{told}");
    }
}

#[test]
fn a_path_of_the_workflow_that_the_change_made_a_link_is_refused() {
    let outside = Folder::with(&[("clean.jsonl", &article("clean", 1, "x.vn", &story(60)))]);
    let made = change(&[], |folder| {
        fs::remove_dir_all(folder.path("archive")).unwrap();
        symlink(outside.as_ref(), folder.path("archive")).unwrap();
    });
    let Some(folder) = made else { return };
    refused(&gate(&folder, &[]), "archive: leads out of the repository by a link");
    refused(&run_in(folder.as_ref(), ["check", "archive/clean.jsonl"]), "leads out of the repository");
}

#[test]
fn links_that_double_and_double_end() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        for depth in 0..24 {
            let level = folder.path(&format!("archive/d{depth}"));
            fs::create_dir(&level).unwrap();
            symlink(format!("../d{}", depth + 1), level.join("a")).unwrap();
            symlink(format!("../d{}", depth + 1), level.join("b")).unwrap();
        }
        fs::create_dir(folder.path("archive/d24")).unwrap();
    });
    let Some(folder) = made else { return };
    fails(&gate(&folder, &[]), COPY);
}

// ---------------------------------------------------------------------------------------------------------------------
// The hook
// ---------------------------------------------------------------------------------------------------------------------

/// pre-commit splits long lists of names: two copies in one commit never met.
#[test]
fn names_that_pre_commit_hands_over_in_two_runs_meet_in_each() {
    let made = change(&[], |folder| {
        folder.write("archive/a.jsonl", article("first", 8, "x.vn", &story(60)));
        folder.write("archive/z.jsonl", article("last", 9, "moi.vn", &copy(60)));
    });
    let Some(folder) = made else { return };
    let hook = |file: &str| run_command(wirecopy().current_dir(&folder).env("PRE_COMMIT", "1").args(["check", file]));
    fails(&hook("archive/z.jsonl"), "copy  last");
    fails(&hook("archive/a.jsonl"), "copy  first");
    let clean = hook("archive/old.jsonl");
    assert_eq!(clean.code, 0, "what is not named is not judged: {}", clean.stdout);
}

#[test]
fn a_file_named_like_an_option_is_a_file() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied());
        folder.write("--config=evil.toml", "");
        folder.write("evil.toml", "[check]\nfail-on = [\"none\"]\n");
        folder.write("--config=evil.txt", "words");
    });
    let Some(folder) = made else { return };
    let named = run_in(folder.as_ref(), ["check", "--since", "base", "--", "archive", "--config=evil.txt"]);
    fails(&named, COPY);
}

// ---------------------------------------------------------------------------------------------------------------------
// The baseline
// ---------------------------------------------------------------------------------------------------------------------

fn update(folder: &Folder, more: &[&str]) -> Ran {
    let command = ["check", "archive", "--since", "base", "--baseline", "b.jsonl", "--update-baseline"];
    run_in(folder.as_ref(), [&command[..], more].concat())
}

/// It was written anew without reason, name and last day.
#[test]
fn a_licence_to_a_day_stays_one_when_the_article_changes() {
    let Some(folder) = change(&[], |folder| drop(folder.write("archive/new.jsonl", copied()))) else { return };
    let given = ["--reason", "đã xin phép", "--who", "Lan", "--expires", "2027-01-31", "--today", "2026-12-01"];
    assert_eq!(update(&folder, &given).code, 0);
    let first = folder.read("b.jsonl");
    for part in [
        "\"id\":\"mine\"",
        "\"title\":\"Tin mine\"",
        "\"source\":\"moi.vn\"",
        "\"match_id\":\"old0\"",
        "\"match_source\":\"cu.vn\"",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    folder.write("archive/new.jsonl", article("mine", 9, "moi.vn", &format!("{} Thêm một câu.", copy(0))));
    let check = ["check", "archive", "--since", "base", "--baseline", "b.jsonl", "--today", "2026-12-01"];
    let ran = run_in(folder.as_ref(), check);
    fails(&ran, COPY);
    fails(&ran, "1 entry of the baseline is void: its article has other words now");
    let ran = update(&folder, &["--today", "2026-12-01"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("0 new, 0 kept, 1 taken out; 1 for articles that changed"), "{}", ran.stderr);
    let second = folder.read("b.jsonl");
    for part in ["\"reason\":\"đã xin phép\"", "\"who\":\"Lan\"", "\"expires\":\"2027-01-31\"", "\"review\":true"] {
        assert!(second.contains(part), "{part}: {second}");
    }
    let ran = run_in(folder.as_ref(), check);
    assert_eq!(ran.code, 0);
    says(&ran, "for review, as an article changed since: đã xin phép");
    let late = [&check[..6], &["--today", "2027-02-01"]].concat();
    fails(&run_in(folder.as_ref(), late), COPY);
    // What is past its day is renewed by a person who names a new one, and by nobody else.
    refused(&update(&folder, &["--today", "2027-02-01"]), "1 entry expired; give --expires");
    assert_eq!(folder.read("b.jsonl"), second);
    folder.write("archive/new.jsonl", article("mine", 9, "moi.vn", &format!("{} Thêm hai câu.", copy(0))));
    refused(&update(&folder, &["--today", "2027-02-01"]), "1 entry expired; give --expires");
    assert_eq!(update(&folder, &["--today", "2027-02-01", "--expires", "2027-03-01"]).code, 0);
    let third = folder.read("b.jsonl");
    assert!(third.contains("\"who\":\"Lan\"") && third.contains("\"expires\":\"2027-03-01\""), "{third}");
}

#[test]
fn a_baseline_beyond_its_budget_is_refused() {
    let made = change(&[], |folder| {
        folder.write("archive/new.jsonl", copied() + &article("second", 9, "moi.vn", &copy(1)));
    });
    let Some(folder) = made else { return };
    refused(&update(&folder, &["--max-accepted", "1"]), "max-accepted allows 1");
    assert!(!folder.path("b.jsonl").exists());
    assert_eq!(update(&folder, &["--max-accepted", "2"]).code, 0);
    let check = ["check", "archive", "--since", "base", "--baseline", "b.jsonl", "--max-accepted"];
    refused(&run_in(folder.as_ref(), [&check[..], &["1"]].concat()), "the baseline accepts 2 pairs");
    let ran = run_in(folder.as_ref(), [&check[..], &["3"]].concat());
    assert_eq!(ran.code, 0);
    says(&ran, "The baseline has 2 of the 3 entries that it may have");
}
