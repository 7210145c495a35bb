//! Where may an output go, and what is left where it does not get there? Links, signals, limits, closed standard output.
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]
#![cfg(unix)]

mod support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::stories::{article, copy, story};
use support::{Folder, git, has_program, run_command, run_in, wirecopy};

/// A folder `work` with articles, an index of them, and a file outside it that must stay as it is.
fn beside_a_precious_file() -> Folder {
    let folder = Folder::with(&[("precious", "precious\n")]);
    std::fs::create_dir(folder.path("work")).unwrap();
    std::fs::create_dir(folder.path("outside")).unwrap();
    folder
        .write("work/news.jsonl", (0..3).map(|n| article(&format!("a{n}"), 1, "cu.vn", &story(n))).collect::<String>());
    folder.write("work/new.jsonl", article("b0", 2, "moi.vn", &copy(0)));
    let work = folder.path("work");
    run_in(&work, ["index", "create", "../archive.index", "-q"]).clean();
    run_in(&work, ["index", "add", "../archive.index", "news.jsonl", "-q"]).clean();
    folder
}

/// Every command with every option that names an output, `@`.
const WRITERS: [&str; 22] = [
    "report news.jsonl -o @",
    "report news.jsonl --html @",
    "report news.jsonl --save-shells @",
    "report news.jsonl --save-terms @",
    "check new.jsonl --against news.jsonl -o @",
    "check new.jsonl --against news.jsonl --output sarif=@",
    "check new.jsonl --against news.jsonl --output junit=@",
    "check new.jsonl --against news.jsonl --output json=@",
    "check new.jsonl --against news.jsonl --output github=@",
    "check new.jsonl --against news.jsonl --summary @",
    "check new.jsonl --against news.jsonl --baseline @ --update-baseline",
    "dedup news.jsonl new.jsonl -o @",
    "dedup news.jsonl new.jsonl -o kept.jsonl --removed @",
    "dedup news.jsonl new.jsonl -o @/",
    "explain a0 a1 news.jsonl -o @",
    "explain a0 a1 news.jsonl --format html -o @",
    "audit news.jsonl -o @",
    "index export ../archive.index -o @",
    "index export ../archive.index --save-shells @",
    "index export ../archive.index --save-terms @",
    "report news.jsonl --format csv -o @",
    "report news.jsonl --format jsonl -o @",
];

fn with_output(writer: &str, output: &str) -> Vec<String> {
    writer.split(' ').map(|word| word.replace('@', output)).collect()
}

/// A pull request brought a link along under the name that the job writes its report to; the file of the machine that it led to held
/// the report afterwards.
#[test]
fn no_output_of_any_command_is_written_through_a_link() {
    let folder = beside_a_precious_file();
    let work = folder.path("work");
    symlink("../precious", work.join("link")).unwrap();
    symlink("../nowhere", work.join("dangling")).unwrap();
    symlink("../outside", work.join("folder")).unwrap();
    std::fs::create_dir(work.join("real")).unwrap();
    symlink("../../outside", work.join("real/folder")).unwrap();
    let absolute = work.join("folder/x").display().to_string();
    for writer in WRITERS {
        let outputs = ["link", "./link", "real/../link", "dangling", "folder/x", "real/folder/x", absolute.as_str()];
        for output in outputs {
            let ran = run_in(&work, with_output(writer, output));
            assert_eq!(ran.code, 2, "{writer} {output}: {}", ran.stderr);
            // A baseline that can't be read as one is refused before it is written.
            let said = ran.stderr.contains("is a link, and no output is written through a link");
            assert!(said || writer.contains("--baseline"), "{writer} {output}: {}", ran.stderr);
        }
        assert_eq!(folder.read("precious"), "precious\n", "{writer}");
        assert_eq!(folder.names(), ["archive.index", "outside", "precious", "work"], "{writer}");
        assert_eq!(std::fs::read_dir(folder.path("outside")).unwrap().count(), 0, "{writer}");
    }
}

/// An absolute path was compared as it was given, so a link above the repository hid those inside it.
#[test]
fn a_link_inside_the_repository_is_refused_under_a_path_that_leads_there_through_a_link() {
    let folder = beside_a_precious_file();
    let work = folder.path("work");
    symlink(".", folder.path("machine")).unwrap();
    symlink("../outside", work.join("folder")).unwrap();
    symlink("../precious", work.join("link")).unwrap();
    let at = |path: &str| folder.path("machine").join(path).display().to_string();
    for writer in WRITERS {
        for output in [at("work/folder/x"), at("machine/work/folder/x"), at("work/../work/folder/x"), at("work/link")] {
            let ran = run_in(&work, with_output(writer, &output));
            assert_eq!(ran.code, 2, "{writer} {output}: {}", ran.stderr);
            let said = ran.stderr.contains("is a link, and no output is written through a link");
            assert!(said || writer.contains("--baseline"), "{writer} {output}: {}", ran.stderr);
        }
        assert_eq!(folder.read("precious"), "precious\n", "{writer}");
        assert_eq!(std::fs::read_dir(folder.path("outside")).unwrap().count(), 0, "{writer}");
    }
    for output in ["work/x", "outside/x"] {
        run_in(&work, ["report", "news.jsonl", "-q", "-o", &at(output)]).clean();
        assert!(folder.path(output).exists(), "links of the machine go on working: {output}");
    }
}

#[test]
fn a_kept_file_is_not_written_through_a_folder_that_is_a_link() {
    let folder = beside_a_precious_file();
    let work = folder.path("work");
    std::fs::create_dir_all(work.join("in/sub")).unwrap();
    std::fs::copy(work.join("news.jsonl"), work.join("in/sub/a.jsonl")).unwrap();
    std::fs::create_dir(work.join("kept")).unwrap();
    symlink("../../outside", work.join("kept/sub")).unwrap();
    let said = run_in(&work, ["dedup", "in", "-o", "kept/", "-q"]).refused();
    assert!(said.contains("kept/sub: is a link"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path("outside")).unwrap().count(), 0);
    // A file that is a link is replaced, and what it led to stays.
    std::fs::remove_file(work.join("kept/sub")).unwrap();
    std::fs::create_dir(work.join("kept/sub")).unwrap();
    symlink("../../../precious", work.join("kept/sub/a.jsonl")).unwrap();
    run_in(&work, ["dedup", "in", "-o", "kept/", "-q"]).clean();
    assert_eq!(folder.read("precious"), "precious\n");
    assert!(!work.join("kept/sub/a.jsonl").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn a_manual_page_replaces_a_link_and_not_what_it_leads_to() {
    let folder = beside_a_precious_file();
    let work = folder.path("work");
    std::fs::create_dir(work.join("man")).unwrap();
    symlink("../../precious", work.join("man/wirecopy.1")).unwrap();
    run_in(&work, ["man", "man"]).clean();
    assert_eq!(folder.read("precious"), "precious\n");
    assert!(folder.read("work/man/wirecopy.1").contains("wirecopy"));
    symlink("../outside", work.join("linked")).unwrap();
    assert!(run_in(&work, ["man", "linked"]).refused().contains("is a link"));
}

#[test]
fn what_the_shell_has_open_and_what_the_runner_names_may_be_links() {
    let folder = beside_a_precious_file();
    let work = folder.path("work");
    let report = run_in(&work, ["report", "news.jsonl", "-q"]).clean();
    assert_eq!(run_in(&work, ["report", "news.jsonl", "-q", "-o", "/dev/stdout"]).clean(), report);
    // A file that the shell appends to is not replaced.
    let appended = std::fs::File::options().append(true).open(folder.path("precious")).unwrap();
    let ran = wirecopy()
        .current_dir(&work)
        .args(["report", "news.jsonl", "-q", "-o", "/dev/stdout"])
        .stdout(appended)
        .status();
    assert!(ran.unwrap().success());
    assert_eq!(folder.read("precious"), format!("precious\n{report}"));

    symlink("../summary", work.join("summary")).unwrap();
    let summary = work.join("summary");
    let check = |arguments: &[&str]| {
        let mut command = wirecopy();
        command.current_dir(&work).args(["check", "new.jsonl", "--against", "news.jsonl", "-q"]).args(arguments);
        run_command(command.env("GITHUB_STEP_SUMMARY", &summary))
    };
    assert_eq!(check(&["--format", "github"]).code, 1);
    assert_eq!(check(&["--summary", summary.to_str().unwrap()]).code, 1);
    assert_eq!(folder.read("summary").matches("### wirecopy check").count(), 2);
    assert_eq!(check(&["--summary", "summary"]).code, 2, "the same link under a name that the runner did not give");
}

#[test]
fn an_input_is_not_written_over_under_whatever_name() {
    let folder = beside_a_precious_file();
    let work = folder.path("work");
    let before = folder.read("work/news.jsonl");
    std::fs::hard_link(work.join("news.jsonl"), work.join("hard")).unwrap();
    for writer in
        ["report news.jsonl -o @", "check news.jsonl --summary @", "dedup news.jsonl -o @", "audit news.jsonl -o @"]
    {
        for output in ["news.jsonl", "./news.jsonl", "../work/news.jsonl", "hard"] {
            let ran = run_in(&work, with_output(writer, output));
            assert_eq!(ran.code, 2, "{writer} {output}");
            assert!(ran.stderr.contains("is an input, and is not written over"), "{writer} {output}: {}", ran.stderr);
            assert_eq!(folder.read("work/news.jsonl"), before);
        }
    }
    let said = run_in(&work, ["index", "export", "../archive.index", "-o", "x", "--save-terms", "./x"]).refused();
    assert!(said.contains("-o and --save-terms are the same"), "{said}");
    let said = run_in(&work, ["index", "export", "../archive.index", "-o", "../archive.index/x"]).refused();
    assert!(said.contains("is an input"), "{said}");
}

/// `wirecopy ... >&-` lost the report and exited with 0: Rust opens `/dev/null` in the place of what is closed.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn where_standard_output_is_closed_or_full_nothing_passes() {
    let folder = beside_a_precious_file();
    let commands = [
        "report news.jsonl",
        "report news.jsonl --format json",
        "check news.jsonl",
        "check news.jsonl --format junit",
        "check - --stream --against ../archive.index < new.jsonl",
        "dedup news.jsonl",
        "explain a0 a1 news.jsonl",
        "audit news.jsonl",
        "rules",
        "rules copy",
        "completions zsh",
        "man",
        "--help",
        "--version",
        "index info ../archive.index",
        "index info ../archive.index --json",
        "index export ../archive.index",
    ];
    for command in commands {
        for (to, why) in [(">&-", "it is closed"), (">/dev/full", "the disk is full")] {
            if to != ">&-" && !Path::new("/dev/full").exists() {
                continue;
            }
            let mut shell = Command::new("sh");
            shell.current_dir(folder.path("work")).arg("-c").arg(format!("\"$W\" {command} {to}"));
            let ran = run_command(shell.env("W", env!("CARGO_BIN_EXE_wirecopy")));
            assert_eq!(ran.code, 2, "{command} {to}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("standard output: could not be written: {why}")), "{}", ran.stderr);
        }
    }
    let mut shell = Command::new("sh");
    shell.current_dir(folder.path("work")).args(["-c", "\"$W\" report news.jsonl -o r.txt >&-"]);
    let ran = run_command(shell.env("W", env!("CARGO_BIN_EXE_wirecopy")));
    assert_eq!(ran.code, 0, "nothing was to go there");
}

/// SIGXFSZ ended it with 153 and without a word.
#[test]
fn a_file_larger_than_the_shell_allows_is_an_error_like_another() {
    let folder = beside_a_precious_file();
    folder.write("work/old", "old");
    for writer in
        ["report news.jsonl --format json -o old", "dedup news.jsonl -o old", "index export ../archive.index -o old"]
    {
        let mut shell = Command::new("bash");
        shell.current_dir(folder.path("work")).arg("-c").arg(format!("ulimit -f 0; \"$W\" {writer}"));
        let ran = run_command(shell.env("W", env!("CARGO_BIN_EXE_wirecopy")));
        assert_eq!(ran.code, 2, "{writer}: {}", ran.stderr);
        assert!(ran.stderr.contains("larger than the system allows (ulimit -f)"), "{}", ran.stderr);
        assert_eq!(folder.read("work/old"), "old");
        assert_eq!(hidden(&folder.path("work")), Vec::<String>::new());
    }
}

/// What temporary files there are in a folder and below it.
fn hidden(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with(".wirecopy-") || name.starts_with(".tmp") {
            found.push(name.clone());
        }
        if entry.file_type().unwrap().is_dir() && name != ".git" {
            found.extend(hidden(&entry.path()));
        }
    }
    found
}

fn signal(name: &str, process: u32) {
    Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap();
}

/// `dedup` and `index export` left files as large as what they had written, `check --since` the articles of the commit.
#[test]
fn a_signal_at_any_moment_leaves_the_old_files_and_no_others() {
    if !has_program("git") {
        return;
    }
    let folder = Folder::with(&[]);
    let work = folder.path("work");
    std::fs::create_dir_all(folder.path("tmp")).unwrap();
    std::fs::create_dir_all(work.join("corpus")).unwrap();
    let articles: String = (0..700).map(|n| article(&format!("a{n}"), 1 + n % 28, "cu.vn", &story(n % 600))).collect();
    folder.write("work/corpus/news.jsonl", &articles);
    git(&work, ["init", "-q", "."]);
    git(&work, ["add", "-A"]);
    git(&work, ["commit", "-qm", "all"]);
    run_in(&work, ["index", "create", "archive.index", "-q"]).clean();
    run_in(&work, ["index", "add", "archive.index", "corpus", "-q"]).clean();
    for name in ["old", "removed"] {
        folder.write(&format!("work/{name}"), "old");
    }
    std::fs::create_dir(work.join("kept")).unwrap();
    let commands = [
        "dedup corpus -o old --removed removed",
        "dedup corpus -o kept/ --removed removed",
        "dedup corpus",
        "report corpus --level copies --format json -o old --html html",
        "report corpus --level copies --memory-limit 90MiB --temp-dir ../tmp -o old",
        "check corpus --since HEAD --temp-dir ../tmp -o old --output sarif=sarif",
        "index export archive.index -o old --save-terms terms",
    ];
    let names = |name: &str| {
        let mut names: Vec<_> = work.join(name).read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    for command in commands {
        let start = |command: &str| {
            let mut started = wirecopy();
            started.current_dir(&work).args(command.split(' ')).arg("-q").stdout(Stdio::null()).stderr(Stdio::piped());
            started.spawn().unwrap()
        };
        let begun = Instant::now();
        assert!(start(command).wait_with_output().unwrap().status.code().is_some());
        let takes = begun.elapsed();
        for (turn, name) in ["TERM", "INT", "HUP", "TERM"].into_iter().enumerate() {
            for name in ["html", "sarif", "terms", "kept/news.jsonl"] {
                let _ = std::fs::remove_file(work.join(name));
            }
            folder.write("work/old", "old");
            folder.write("work/removed", "old");
            let before = (names("."), names("kept"));
            let child = start(command);
            std::thread::sleep(takes.mul_f64((turn as f64 + 0.7) / 4.2) + Duration::from_millis(20));
            signal(name, child.id());
            let ended = child.wait_with_output().unwrap();
            let number = match name {
                "HUP" => 1,
                "INT" => 2,
                _ => 15,
            };
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            if ended.status.signal().is_some() {
                assert_eq!((ended.status.signal(), said.as_str()), (Some(number), ""), "{command}");
                if folder.read("work/old") == "old" && folder.read("work/removed") == "old" {
                    assert_eq!((names("."), names("kept")), before, "{command}, {name} in turn {turn}");
                }
            }
            assert_eq!(hidden(&folder.path("work")), Vec::<String>::new(), "{command}, {name} in turn {turn}");
            assert_eq!(std::fs::read_dir(folder.path("tmp")).unwrap().count(), 0, "{command}, {name} in turn {turn}");
        }
    }
}

#[test]
fn a_killed_run_leaves_a_file_and_the_next_one_takes_it_away() {
    let folder = Folder::with(&[]);
    let articles: String = (0..800).map(|n| article(&format!("a{n}"), 1 + n % 28, "cu.vn", &story(n))).collect();
    folder.write("news.jsonl", &articles);
    let mut child =
        wirecopy().current_dir(&folder).args(["dedup", "news.jsonl", "-o", "kept.jsonl", "-q"]).spawn().unwrap();
    let begun = Instant::now();
    while hidden(folder.as_ref()).is_empty() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(2));
    }
    // While it writes, no other run takes its file away.
    folder.write("one.jsonl", article("a", 1, "cu.vn", &story(1)));
    run_in(folder.as_ref(), ["dedup", "one.jsonl", "-o", "one.kept.jsonl", "-q"]).clean();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(hidden(folder.as_ref()).len(), 1, "{:?}", folder.names());
    run_in(folder.as_ref(), ["dedup", "one.jsonl", "-o", "one.kept.jsonl", "-q"]).clean();
    assert_eq!(folder.names(), ["news.jsonl", "one.jsonl", "one.kept.jsonl"]);
}

/// It stood there with mode 0755, for everybody on the machine to read.
#[test]
fn nobody_else_can_read_what_a_commit_had() {
    if !has_program("git") {
        return;
    }
    let folder = Folder::with(&[]);
    std::fs::create_dir(folder.path("tmp")).unwrap();
    std::fs::create_dir(folder.path("corpus")).unwrap();
    let articles: String = (0..800).map(|n| article(&format!("a{n}"), 1 + n % 28, "cu.vn", &story(n))).collect();
    folder.write("corpus/news.jsonl", &articles);
    git(folder.as_ref(), ["init", "-q", "."]);
    git(folder.as_ref(), ["add", "-A"]);
    git(folder.as_ref(), ["commit", "-qm", "all"]);
    let mut command = wirecopy();
    command.current_dir(&folder).args(["check", "corpus", "--since", "HEAD", "-q"]).env("TMPDIR", folder.path("tmp"));
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut modes = Vec::new();
    while child.try_wait().unwrap().is_none() {
        let entries = folder.path("tmp").read_dir().unwrap().flatten();
        modes.extend(entries.filter_map(|entry| Some(entry.metadata().ok()?.permissions().mode() & 0o777)));
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(!modes.is_empty() && modes.iter().all(|&mode| mode == 0o700), "{modes:?}");
    assert_eq!(std::fs::read_dir(folder.path("tmp")).unwrap().count(), 0);
}

/// Code scanning and annotations look for a file from the top of the repository; wirecopy gave the path from where it was started.
#[test]
fn places_are_those_of_the_repository_wherever_it_is_started() {
    let folder = Folder::with(&[]);
    std::fs::create_dir_all(folder.path("repo/.git")).unwrap();
    std::fs::create_dir_all(folder.path("repo/corpus/tin mới")).unwrap();
    folder.write(
        "repo/corpus/tin mới/a#b.jsonl",
        article("a", 1, "cu.vn", &story(1)) + &article("b", 2, "moi.vn", &copy(1)),
    );
    let uri = "corpus/tin%20m%E1%BB%9Bi/a%23b.jsonl";
    let whole = folder.path("repo/corpus/tin mới").display().to_string();
    for (from, path) in [
        ("repo", "corpus"),
        ("repo/corpus", "tin mới"),
        ("repo/corpus/tin mới", "."),
        ("repo/corpus", "../corpus"),
        ("repo", &whole),
    ] {
        let check = |arguments: &[&str]| {
            let mut command = wirecopy();
            command.current_dir(folder.path(from)).args(["check", path, "-q"]).args(arguments);
            let ran = run_command(command.env_remove("GITHUB_WORKSPACE").env_remove("GITHUB_STEP_SUMMARY"));
            assert_eq!(ran.code, 1, "{from} {path}: {}", ran.stderr);
            ran.stdout
        };
        let sarif: serde_json::Value = serde_json::from_str(&check(&["--format", "sarif"])).unwrap();
        let result = &sarif["runs"][0]["results"][0];
        for location in [&result["locations"][0], &result["relatedLocations"][0]] {
            let file = &location["physicalLocation"]["artifactLocation"];
            assert_eq!(
                (file["uri"].as_str(), file["uriBaseId"].as_str()),
                (Some(uri), Some("%SRCROOT%")),
                "{from} {path}"
            );
        }
        assert!(check(&["--format", "github"]).contains("file=corpus/tin mới/a#b.jsonl,"), "{from} {path}");
        let typed = if path == "." { "a#b.jsonl:" } else { path };
        assert!(check(&[]).contains(typed), "text keeps what was typed");
    }
    let mut command = wirecopy();
    command.current_dir(folder.path("repo/corpus")).args(["check", "tin mới", "-q", "--format", "github"]);
    let said = run_command(command.env("GITHUB_WORKSPACE", folder.as_ref()).env_remove("GITHUB_STEP_SUMMARY")).stdout;
    assert!(said.contains("file=repo/corpus/tin mới/a#b.jsonl,"), "{said}");
}
