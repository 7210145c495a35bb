//! The GitHub Action, step by step as action.yml says, in scratch repositories: what it asks for, and the ways round it that a pull
//! request may try. None of them may pass without a sentence that says why it may.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::runner::{ROOT, executable, prepare, write};
use support::stories::{archive, article, copy, story};
use support::{Folder, Ran, git, run_command, run_in};

/// A step of action.yml that runs a script, without the one that installs.
struct Step {
    run: String,
    /// Variables, and the inputs that they hold.
    variables: Vec<(String, String)>,
}

/// The steps of action.yml, in their order.
fn steps() -> Vec<Step> {
    let action = include_str!("../action.yml");
    let steps = action.split("\n  steps:\n").nth(1).unwrap().split("\n    - name: ").skip(1);
    let step = |text: &str| {
        let run = text.lines().find_map(|line| line.strip_prefix("      run: '"))?.trim_end_matches('\'').to_owned();
        let variable = |line: &str| {
            let (name, value) = line.strip_prefix("        ")?.split_once(": ${{ inputs.")?;
            Some((name.to_owned(), value.strip_suffix(" }}")?.to_owned()))
        };
        Some(Step { run, variables: text.lines().filter_map(variable).collect() })
    };
    steps.filter_map(step).collect()
}

/// What an input is by default, where that is a plain word.
fn default_of(input: &str) -> String {
    let action = include_str!("../action.yml");
    let about = action.split(&format!("\n  {input}:\n")).nth(1).expect("action.yml has the input");
    let default = about.lines().take_while(|line| line.starts_with("    "));
    let default = default.filter_map(|line| line.strip_prefix("    default: ")).next().unwrap_or_default();
    default.trim_matches('"').to_owned()
}

/// A repository of an archive, and a checkout of it to which a pull request adds something.
struct Pull {
    folder: Folder,
    base: String,
}

impl Pull {
    fn new() -> Pull {
        Pull::over(&[])
    }

    /// With these files at the base, beside the archive.
    fn over(files: &[(&str, &str)]) -> Pull {
        let folder = Folder::with(&[]);
        std::fs::create_dir(folder.path("origin")).unwrap();
        let origin = folder.path("origin");
        write(&origin, "archive/old.jsonl", &archive());
        for (name, content) in files {
            write(&origin, name, content);
        }
        git(&origin, ["init", "-q"]);
        git(&origin, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
        git(&origin, ["add", "-A", "-f"]);
        git(&origin, ["commit", "-qm", "base"]);
        let base = git(&origin, ["rev-parse", "HEAD"]);
        let clone = [Path::new("clone"), Path::new("-q"), Path::new("origin"), Path::new("work")];
        git(folder.as_ref(), clone);
        Pull { folder, base }
    }

    /// With a copy in a file of its own, not committed.
    fn with_a_copy() -> Pull {
        let pull = Pull::new();
        pull.write("archive/new.jsonl", &copied());
        pull
    }

    fn work(&self) -> PathBuf {
        self.folder.path("work")
    }

    fn write(&self, name: &str, content: &str) {
        write(&self.work(), name, content);
    }

    /// Commits all that is there, also what is ignored.
    fn commit(&self) {
        git(&self.work(), ["add", "-A", "-f"]);
        git(&self.work(), ["commit", "-qm", "a pull request"]);
    }

    /// An index of all that the pull request has, so that nothing in it is new.
    fn write_index(&self, name: &str) {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(run_in(&self.work(), ["index", "create", path, "-q"]).code, 0);
        assert_eq!(run_in(&self.work(), ["index", "add", path, "archive", "-q"]).code, 0);
    }

    /// What the action does, with the archive in `archive` unless inputs say otherwise.
    fn action(&self, inputs: &[(&str, &str)]) -> Ran {
        let mut all = vec![("paths", "archive"), ("archive", "archive"), ("base", self.base.as_str())];
        all.retain(|(name, _)| !inputs.iter().any(|(given, _)| given == name));
        all.extend(inputs);
        self.run_steps(&all, &[])
    }

    /// Runs the steps of action.yml with these inputs; the first that fails ends it.
    fn run_steps(&self, inputs: &[(&str, &str)], environment: &[(&str, &str)]) -> Ran {
        std::fs::create_dir_all(self.folder.path("temp")).unwrap();
        std::fs::remove_file(self.folder.path("output")).ok();
        let mut all = Ran { code: 0, stdout: String::new(), stderr: String::new() };
        for step in steps().iter().filter(|step| !step.run.contains("/install")) {
            let mut command = Command::new("bash");
            command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &step.run]);
            prepare(&mut command, &self.work(), &self.folder);
            command.env("GITHUB_ACTION_PATH", ROOT).env("SECRET_OF_THE_JOB", SECRET);
            for (variable, input) in &step.variables {
                let given = inputs.iter().find(|(name, _)| name == input).map(|(_, value)| (*value).to_owned());
                command.env(variable, given.unwrap_or_else(|| default_of(input)));
            }
            let ran = run_command(command.envs(environment.iter().copied()));
            all.stdout += &ran.stdout;
            all.stderr += &ran.stderr;
            all.code = ran.code;
            if ran.code != 0 {
                break;
            }
        }
        all
    }

    /// The action fails; what it said.
    #[track_caller]
    fn fails(&self, inputs: &[(&str, &str)]) -> String {
        let ran = self.action(inputs);
        assert!(ran.code == 1 || ran.code == 2, "{ran:?}");
        ran.stdout + &ran.stderr
    }

    /// The action finds the copy, whatever else there is.
    #[track_caller]
    fn finds_the_copy(&self, inputs: &[(&str, &str)]) -> String {
        let ran = self.action(inputs);
        let said = ran.stdout + &ran.stderr;
        assert!(ran.code == 1 && said.contains("copied"), "exit {}: {said}", ran.code);
        said
    }

    /// The action cannot check, and says so with this, once.
    #[track_caller]
    fn cannot_check(&self, inputs: &[(&str, &str)], why: &str) {
        let ran = self.action(inputs);
        let said = ran.stdout + &ran.stderr;
        assert_eq!((ran.code, said.matches(why).count()), (2, 1), "{why}: {said}");
    }
}

const SECRET: &str = "lamp-gravel-seventeen";

fn copied() -> String {
    article("copied", 9, "moi.vn", &copy(0))
}

fn clean() -> String {
    article("clean", 9, "moi.vn", &story(77))
}

// What an honest pull request meets.

#[test]
fn what_is_new_passes_and_a_copy_fails_with_its_name() {
    let pull = Pull::new();
    pull.write("archive/new.jsonl", &clean());
    let ran = pull.action(&[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains(&pull.base), "it says at which commit the archive was read: {ran:?}");
    assert!(pull.folder.read("output").ends_with("exit-code=0\n"));
    assert!(!pull.work().join(".wirecopy").exists(), "nothing is written into the checkout");
    pull.write("archive/new.jsonl", &copied());
    pull.finds_the_copy(&[]);
    assert!(pull.folder.read("output").ends_with("exit-code=1\n"));
}

#[test]
fn the_index_is_made_once_and_again_where_the_cache_gave_half_of_one() {
    let pull = Pull::with_a_copy();
    pull.finds_the_copy(&[]);
    let output = pull.folder.read("output");
    let index = output.lines().find_map(|line| line.strip_prefix("index=")).unwrap().to_owned();
    assert!(Path::new(&index).starts_with(pull.folder.path("temp").canonicalize().unwrap()), "{index}");
    assert!(pull.finds_the_copy(&[]).contains("was made before"));
    std::fs::remove_file(Path::new(&index).join("MANIFEST")).unwrap();
    assert!(!pull.finds_the_copy(&[]).contains("was made before"));
}

#[test]
fn the_key_of_the_cache_is_that_of_archive_configuration_ignore_files_and_arguments() {
    let key = |pull: &Pull, inputs: &[(&str, &str)]| {
        pull.action(inputs);
        let output = pull.folder.read("output");
        let key = output.lines().find_map(|line| line.strip_prefix("key=")).expect("a key").to_owned();
        assert!(key.starts_with("wirecopy-index-wirecopy-"), "{key}");
        key
    };
    let commit = |pull: &mut Pull, name: &str, content: &str| {
        pull.write(name, content);
        pull.commit();
        pull.base = git(&pull.work(), ["rev-parse", "HEAD"]);
    };
    let mut pull = Pull::new();
    let first = key(&pull, &[]);
    pull.write("archive/new.jsonl", &clean());
    assert_eq!(key(&pull, &[]), first, "what is new is not what the index is made of");
    commit(&mut pull, "README.md", "nothing of the archive");
    std::fs::remove_file(pull.work().join("archive/new.jsonl")).ok();
    let mut keys = vec![first, key(&pull, &[])];
    for (name, content) in
        [("wirecopy.toml", "text-field = \"noidung\"\n"), (".ignore", "x\n"), ("archive/more.jsonl", &copied())]
    {
        commit(&mut pull, name, content);
        keys.push(key(&pull, &[]));
    }
    keys.push(key(&pull, &[("args", "--text-field\ntext")]));
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "{keys:?}");
}

/// The action once made its index without wirecopy.toml and checked with it: other fields were held against each other.
#[test]
fn archive_and_new_articles_are_read_under_the_configuration_of_the_base() {
    let in_another_field = |line: &str| line.replace("\"text\":", "\"noidung\":").replace("\"title\":", "\"text\":");
    let mut files = vec![("archive/old.jsonl", in_another_field(&archive()))];
    files.push(("wirecopy.toml", "text-field = \"noidung\"\n".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let pull = Pull::over(&files);
    pull.write("archive/new.jsonl", &in_another_field(&copied()));
    pull.finds_the_copy(&[]);
    // The same as an argument instead.
    let pull = Pull::over(&files[..1]);
    pull.write("archive/new.jsonl", &in_another_field(&copied()));
    pull.finds_the_copy(&[("args", "--text-field\nnoidung\n--fail-on=identical,copy")]);
    pull.finds_the_copy(&[("args", "--text-field=noidung")]);
}

#[test]
fn a_shallow_checkout_without_the_base_fetches_it() {
    let pull = Pull::with_a_copy();
    pull.commit();
    git(&pull.work(), ["push", "-q", "origin", "HEAD:refs/heads/change"]);
    std::fs::remove_dir_all(pull.work()).unwrap();
    let origin = format!("file://{}", pull.folder.path("origin").display());
    git(pull.folder.as_ref(), ["clone", "-q", "--depth", "1", "-b", "change", &origin, "work"]);
    pull.finds_the_copy(&[]);
    // Where the base is in reach no longer, it cannot check.
    std::fs::remove_dir_all(pull.work()).unwrap();
    git(pull.folder.as_ref(), ["clone", "-q", "--depth", "1", "-b", "change", &origin, "work"]);
    git(&pull.work(), ["remote", "remove", "origin"]);
    pull.cannot_check(&[], "could not be fetched; use fetch-depth: 0");
}

#[test]
fn without_a_base_the_checkout_is_trusted_and_that_is_said() {
    let pull = Pull::new();
    pull.write("incoming/new.jsonl", &clean());
    let ran = pull.action(&[("base", ""), ("paths", "incoming")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("No base is given"), "{ran:?}");
    pull.write("incoming/new.jsonl", &copied());
    pull.finds_the_copy(&[("base", ""), ("paths", "incoming")]);
}

/// On a push without a base all that was pushed is in the archive already.
#[test]
fn a_push_without_a_base_on_which_all_is_known_judges_nothing_and_does_not_pass() {
    let pull = Pull::with_a_copy();
    pull.commit();
    pull.cannot_check(&[("base", "")], "nothing was judged");
}

#[test]
fn a_push_is_checked_against_the_commit_before_it() {
    let pull = Pull::with_a_copy();
    pull.commit();
    pull.finds_the_copy(&[]);
    pull.cannot_check(&[("base", "0000000000000000000000000000000000000000")], "the branch is new");
}

/// The workflows of docs/check.md, as far as this machine can run them: their inputs, given to the steps of the action.
#[test]
fn the_workflows_of_the_page_find_the_copy_and_write_their_report() {
    let page = include_str!("../docs/check.md");
    let workflows = page.split("wirecopy@COMMIT # v0.1.0\n        with:\n").skip(1);
    let mut count = 0;
    for workflow in workflows {
        let pull = Pull::with_a_copy();
        let temp = pull.folder.path("temp");
        let lines = workflow.lines().map_while(|line| line.strip_prefix("          "));
        let lines: Vec<(&str, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name, value.replace("${{ runner.temp }}", temp.to_str().unwrap())))
            .collect();
        assert!(
            lines.iter().all(|(name, _)| include_str!("../action.yml").contains(&format!("\n  {name}:\n"))),
            "{lines:?}"
        );
        let mut inputs: Vec<(&str, &str)> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
        inputs.push(("base", &pull.base));
        let ran = pull.run_steps(&inputs, &[]);
        assert!(ran.code == 1 && ran.stdout.contains("copied"), "{ran:?}");
        let asks_for_a_report = inputs.iter().any(|(name, _)| *name == "sarif");
        assert_eq!(temp.join("wirecopy.sarif").exists(), asks_for_a_report);
        count += 1;
    }
    assert_eq!(count, 2);
}

// What cannot be checked.

#[test]
fn what_the_workflow_does_not_name_or_names_wrongly_cannot_be_checked() {
    let pull = Pull::with_a_copy();
    pull.cannot_check(&[("paths", "\n")], "no path is given");
    pull.cannot_check(&[("archive", ""), ("index", "")], "there is no index to check against");
    pull.cannot_check(&[("archive", "archvie")], "has no archvie, so nothing would be known");
    pull.cannot_check(&[("archive", "archive\narchvie/")], "has no archvie/, so nothing would be known");
    pull.cannot_check(&[("paths", "archvie")], "archvie: no such file or folder");
    pull.cannot_check(&[("base", "no-such-branch")], "there is no commit no-such-branch here");
    pull.cannot_check(&[("base", "0123456789012345678901234567890123456789")], "could not be fetched");
    pull.cannot_check(&[("base", "--all")], "expected a commit");
    pull.cannot_check(&[("base", ""), ("archive", ""), ("index", "no.index")], "give archive, or an index");
    pull.cannot_check(&[("args", "--no-such-option")], "unexpected argument");
    let inputs = [("paths", "archive"), ("archive", "archive"), ("base", "")];
    for event in ["pull_request", "pull_request_target", "merge_group"] {
        let ran = pull.run_steps(&inputs, &[("GITHUB_EVENT_NAME", event)]);
        assert!(ran.code == 2 && ran.stdout.contains("needs a base commit"), "{ran:?}");
    }
    // An archive of nothing would let everything pass.
    let pull = Pull::over(&[("empty/.gitkeep", "")]);
    pull.write("archive/new.jsonl", &copied());
    let said = pull.fails(&[("archive", "empty")]);
    assert!(said.contains("no article") || said.contains("empty"), "{said}");
}

#[test]
fn the_index_is_never_made_inside_the_checkout() {
    let pull = Pull::with_a_copy();
    let temp = pull.work().join("temp");
    let inputs = [("paths", "archive"), ("archive", "archive"), ("base", pull.base.as_str())];
    let ran = pull.run_steps(&inputs, &[("RUNNER_TEMP", temp.to_str().unwrap())]);
    assert!(ran.code == 2 && ran.stdout.contains("is inside the checkout"), "{ran:?}");
}

/// Whoever can push a tag or a branch would else choose what is trusted.
#[test]
fn a_base_whose_name_has_two_meanings_is_refused() {
    let pull = Pull::with_a_copy();
    pull.finds_the_copy(&[("base", "origin/main")]);
    pull.commit();
    git(&pull.work(), ["tag", "origin/main"]);
    pull.cannot_check(&[("base", "origin/main")], "is the name of several things");
    pull.finds_the_copy(&[("base", "refs/remotes/origin/main")]);
    git(&pull.work(), ["update-ref", &format!("refs/heads/{}", pull.base), "HEAD"]);
    pull.cannot_check(&[], "is the name of several things");
}

// What a pull request may bring.

#[test]
fn an_index_that_the_pull_request_commits_is_not_used() {
    for name in [".wirecopy/index", "archive.index"] {
        let pull = Pull::with_a_copy();
        pull.write_index(name);
        pull.commit();
        pull.finds_the_copy(&[]);
        assert!(pull.finds_the_copy(&[("index", name)]).contains("is not used"));
        // Without an archive the index is that of the base, which has none.
        pull.fails(&[("archive", ""), ("index", name)]);
    }
}

#[test]
fn a_link_in_place_of_the_index_is_not_followed() {
    for (link, to, index) in [
        (".wirecopy", "elsewhere", ".wirecopy/index"),
        (".wirecopy/index", "../elsewhere/index", ".wirecopy/index"),
        ("a/b", "../elsewhere/index", "./a/b"),
    ] {
        let pull = Pull::with_a_copy();
        pull.write_index("elsewhere/index");
        std::fs::create_dir_all(pull.work().join(link).parent().unwrap()).unwrap();
        symlink(to, pull.work().join(link)).unwrap();
        pull.commit();
        pull.finds_the_copy(&[("index", index)]);
        pull.cannot_check(&[("archive", ""), ("index", index)], "is a link in the checkout");
        let absolute = pull.work().canonicalize().unwrap().join(index);
        pull.cannot_check(&[("archive", ""), ("index", absolute.to_str().unwrap())], "is a link in the checkout");
        // The index of a folder outside is that of whoever wrote the workflow.
        assert!(pull.work().join(link).is_symlink(), "and it stays as it is");
    }
}

#[test]
fn an_index_that_the_base_has_is_read_as_the_base_has_it() {
    let mut pull = Pull::new();
    pull.write_index("archive.index");
    pull.commit();
    pull.base = git(&pull.work(), ["rev-parse", "HEAD"]);
    pull.write("archive/new.jsonl", &copied());
    let inputs = [("archive", ""), ("index", "archive.index")];
    pull.finds_the_copy(&inputs);
    std::fs::remove_dir_all(pull.work().join("archive.index")).unwrap();
    pull.write_index("archive.index");
    pull.commit();
    pull.fails(&inputs);
}

#[test]
fn a_configuration_that_the_pull_request_brings_is_not_in_force() {
    for content in [
        "[check]\nfail-on = [\"none\"]\n",
        "[check]\nallow = [\"moi.vn\"]\n",
        "[check]\nallow = [\"cu.vn\"]\n",
        "exclude = [\"new.jsonl\"]\n",
        "include = [\"old.jsonl\"]\n",
        "text-field = \"title\"\n",
    ] {
        let pull = Pull::with_a_copy();
        pull.write("wirecopy.toml", content);
        pull.commit();
        let said = pull.fails(&[]);
        assert!(said.contains("gate-changed"), "{content}: {said}");
    }
}

#[test]
fn a_baseline_that_the_pull_request_writes_accepts_nothing() {
    let pull = Pull::over(&[("accepted.jsonl", "")]);
    pull.write("archive/new.jsonl", &copied());
    let update = ["check", "archive", "--since", "HEAD", "--baseline", "accepted.jsonl", "--update-baseline"];
    assert_eq!(run_in(&pull.work(), update).code, 0);
    pull.commit();
    pull.fails(&[("args", "--baseline\naccepted.jsonl")]);
}

#[test]
fn what_an_ignore_file_names_and_what_is_hidden_is_judged_all_the_same() {
    for (ignore, hidden) in [
        (Some(".ignore"), "archive/new.jsonl"),
        (Some(".gitignore"), "archive/new.jsonl"),
        (Some("archive/.ignore"), "archive/new.jsonl"),
        (Some("archive/.gitignore"), "archive/new.jsonl"),
        (None, "archive/.hidden/new.jsonl"),
        (None, "archive/.new.jsonl"),
    ] {
        let pull = Pull::new();
        pull.write(hidden, &copied());
        if let Some(ignore) = ignore {
            pull.write(ignore, "new.jsonl\n");
        }
        pull.commit();
        pull.fails(&[]);
    }
}

#[test]
fn what_is_left_out_of_an_archive_of_the_base_is_known() {
    let pull = Pull::over(&[(".gitattributes", "archive/old.jsonl export-ignore\narchive export-ignore\n")]);
    pull.write("archive/new.jsonl", &copied());
    pull.finds_the_copy(&[]);
}

#[test]
fn a_file_whose_name_looks_like_an_option_is_a_file() {
    let pull = Pull::new();
    pull.write("evil.txt", "[check]\nfail-on = [\"none\"]\n");
    pull.write("--config=evil.txt", "");
    pull.write("--fail-on=none", "");
    pull.write("-o.jsonl", &copied());
    pull.commit();
    pull.fails(&[("paths", "--config=evil.txt\n-o.jsonl")]);
    pull.fails(&[("paths", "--fail-on=none\n-o.jsonl")]);
}

#[test]
fn a_path_of_several_lines_is_several_paths_and_never_an_argument() {
    let pull = Pull::new();
    pull.write("archive/a\n--fail-on=none\nb.jsonl", &copied());
    pull.commit();
    pull.finds_the_copy(&[]);
    pull.fails(&[("paths", "archive/a\n--fail-on=none\nb.jsonl")]);
    // What stands in `args` cannot end the options either, nor name another index or base.
    let elsewhere = pull.folder.path("elsewhere.index");
    let elsewhere = elsewhere.to_str().unwrap();
    pull.write_index(elsewhere);
    let against = format!("--against\n{elsewhere}");
    for args in ["--\narchive", against.as_str(), "--trust-base\nHEAD", "--trust-base="] {
        pull.fails(&[("args", args)]);
    }
}

#[test]
fn a_repository_inside_the_checked_folder_runs_no_command_and_answers_for_nothing() {
    let pull = Pull::new();
    let (bare, mark) = (pull.folder.path("bare"), pull.folder.path("it-ran"));
    git(pull.folder.as_ref(), ["clone", "-q", "--bare", "origin", bare.to_str().unwrap()]);
    let config = format!(
        "[core]\nrepositoryformatversion = 1\nbare = false\nworktree = .\nfsmonitor = \"touch {0}; false\"\n\
         sshCommand = \"touch {0}; false\"\n[extensions]\npartialClone = origin\n[remote \"origin\"]\nurl = ssh://x/y\n\
         promisor = true\n",
        mark.display()
    );
    std::fs::write(bare.join("config"), config).unwrap();
    // The folder itself, one below it, and the root of the checkout.
    for place in ["archive", "archive/deep", "."] {
        let place = pull.work().join(place);
        std::fs::create_dir_all(&place).unwrap();
        for name in ["HEAD", "config", "objects", "refs", "packed-refs"] {
            run_command(Command::new("cp").arg("-r").arg(bare.join(name)).arg(&place));
        }
    }
    pull.write("archive/new.jsonl", &copied());
    pull.commit();
    pull.fails(&[]);
    pull.fails(&[("args", &format!("--since\n{}", pull.base))]);
    assert!(!mark.exists(), "a command of the checked folder was run");
}

#[test]
fn a_pointer_of_git_lfs_is_not_taken_for_an_article() {
    for name in ["archive/new.txt", "archive/new.md", "archive/new.jsonl"] {
        let pull = Pull::new();
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{:064}\nsize 12345\n", 7);
        pull.write(name, &pointer);
        pull.commit();
        pull.fails(&[]);
    }
}

#[test]
fn a_file_that_is_not_read_does_not_pass_in_silence() {
    for name in ["README.md", "deep/README.md", "deep/README.txt", "new.html", "new.jsonlines", "new.bz2", "new"] {
        let pull = Pull::new();
        pull.write("archive/clean.jsonl", &clean());
        pull.write(&format!("archive/{name}"), &copy(0));
        pull.commit();
        let ran = pull.action(&[]);
        let said = ran.stdout + &ran.stderr + &std::fs::read_to_string(pull.folder.path("summary")).unwrap_or_default();
        let base_name = name.rsplit('/').next().unwrap();
        assert!(ran.code != 0 || said.contains(base_name), "{name} passed, and nothing was said: {said}");
    }
}

#[test]
fn a_link_out_of_the_checked_folder_is_not_quoted() {
    let pull = Pull::new();
    for name in ["a.txt", "b.txt"] {
        symlink("/proc/self/environ", pull.work().join("archive").join(name)).unwrap();
    }
    let outside = pull.folder.path("outside.txt");
    std::fs::write(&outside, format!("{SECRET} {}", story(0))).unwrap();
    symlink(&outside, pull.work().join("archive/c.txt")).unwrap();
    pull.commit();
    let ran = pull.action(&[("sarif", "../report.sarif"), ("junit", "../report.xml")]);
    let mut said = ran.stdout + &ran.stderr;
    for report in ["report.sarif", "report.xml", "summary"] {
        said += &std::fs::read_to_string(pull.folder.path(report)).unwrap_or_default();
    }
    assert!(ran.code != 0 && !said.contains(SECRET), "exit {}: {said}", ran.code);
}

#[test]
fn a_report_is_not_written_through_a_link_of_the_checkout() {
    let pull = Pull::with_a_copy();
    let precious = pull.folder.path("precious");
    std::fs::write(&precious, "precious").unwrap();
    symlink("../precious", pull.work().join("wirecopy.sarif")).unwrap();
    pull.commit();
    pull.fails(&[("sarif", "wirecopy.sarif")]);
    pull.fails(&[("junit", "wirecopy.sarif")]);
    assert_eq!(pull.folder.read("precious"), "precious");
}

#[test]
fn no_name_and_no_title_of_a_pull_request_is_a_command_of_the_log() {
    let pull = Pull::new();
    let bad = "::add-path::/evil ##vso[task.setvariable]x ##[error]y";
    pull.write("archive/new.jsonl", &copied().replace("Tin copied", &format!("\\n{bad}")));
    pull.write(&format!("archive/x\n{}.jsonl", bad.replace('/', "_")), &copied().replace("\"copied\"", "\"more\""));
    pull.write(&format!("archive/y\n{}.jsonl", bad.replace('/', "_")), "no json\n");
    pull.commit();
    let said = pull.fails(&[]);
    for line in said.lines().map(str::trim_start) {
        let is_ours = ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command));
        assert!(is_ours || !line.starts_with("::"), "{line}");
        assert!(is_ours || !(line.contains("##[") || line.contains("##vso[")), "{line}");
    }
}

// The gate outside GitHub.

/// Runs the gate as a shell does.
fn gate(pull: &Pull, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    std::fs::create_dir_all(pull.folder.path("tmp")).unwrap();
    let mut command = Command::new("bash");
    command.arg(Path::new(ROOT).join(".github/action/gate")).args(arguments);
    prepare(&mut command, &pull.work(), &pull.folder);
    command.env_remove("RUNNER_TEMP").env("TMPDIR", pull.folder.path("tmp"));
    run_command(command.env("WIRECOPY_ARCHIVE", "archive").envs(variables.iter().copied()))
}

#[test]
fn the_gate_leaves_nothing_behind_and_lets_nobody_read_its_index() {
    let pull = Pull::with_a_copy();
    // A `wirecopy` that looks who may read the folder of the index.
    let look = format!(
        "#!/bin/sh\nif [ \"$1\" = check ]; then ls -ld \"$(dirname \"$3\")\" >> '{}'; fi\nexec '{}' \"$@\"\n",
        pull.folder.path("seen").display(),
        env!("CARGO_BIN_EXE_wirecopy")
    );
    executable(&pull.folder.path("bin/wirecopy"), &look);
    let path = format!("{}:{}", pull.folder.path("bin").display(), std::env::var("PATH").unwrap());
    let ran = gate(&pull, &[], &[("WIRECOPY_BASE", "origin/main"), ("PATH", &path)]);
    assert!(ran.code == 1 && ran.stdout.contains("copied"), "{ran:?}");
    assert!(pull.folder.read("seen").starts_with("drwx------"), "{}", pull.folder.read("seen"));
    let cannot = gate(&pull, &[], &[("WIRECOPY_BASE", "no-such")]);
    assert!(cannot.code == 2 && cannot.stderr.starts_with("wirecopy-gate: error: base: "), "{cannot:?}");
    assert_eq!(std::fs::read_dir(pull.folder.path("tmp")).unwrap().count(), 0);
}

#[test]
fn the_gate_says_that_it_trusts_the_checkout_where_no_base_is_given() {
    let pull = Pull::new();
    pull.write("incoming/new.jsonl", &clean());
    let ran = gate(&pull, &["--format", "json"], &[("WIRECOPY_PATHS", "incoming")]);
    assert!(ran.code == 0 && ran.stderr.contains("No base is given"), "{ran:?}");
    assert!(ran.stdout.contains("\"verdict\":"), "{ran:?}");
}

// The threat model.

#[test]
fn the_cache_is_off_unless_a_workflow_asks_for_it() {
    assert_eq!(default_of("cache"), "false");
    assert!(include_str!("../action.yml").contains("if: inputs.cache == 'true' && "));
}

/// A line of SECURITY.md without a test is a wish.
#[test]
fn every_test_that_the_threat_model_names_exists() {
    let page = std::fs::read_to_string(Path::new(ROOT).join("SECURITY.md")).unwrap();
    let mut sources = String::new();
    let mut folders = vec![Path::new(ROOT).join("src"), Path::new(ROOT).join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let mut count = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what ")) {
        let named = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test is named: {row}");
        for name in names {
            assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}: {row}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}
