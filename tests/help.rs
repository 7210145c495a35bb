//! Every subcommand's help ends with examples, and each of them works: run here where the files are that they name.

mod support;

use std::io::Write;
use std::process::Stdio;

use serde_json::json;
use support::{Folder, SEEDS, git, has_program, run, run_in, wirecopy};

/// The subcommands, and those of `index` and `fit-events`, as help lists them; and the hidden ones.
fn subcommands() -> Vec<Vec<String>> {
    let listed = |of: &[String]| -> Vec<Vec<String>> {
        let help = run(of.iter().map(String::as_str).chain(["--help"])).clean();
        let (_, rest) = help.split_once("\nCommands:\n").unwrap_or(("", ""));
        let lines = rest.lines().take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        names.filter(|name| !["", "help"].contains(name)).map(|name| [of, &[name.to_owned()]].concat()).collect()
    };
    let mut all = listed(&[]);
    all.extend(["options-doc", "fit-events"].map(|name| vec![name.to_owned()]));
    for of in all.clone() {
        all.extend(listed(&of));
    }
    all
}

/// The lines behind `Example:` or `Examples:` in a help, to its end.
fn examples(subcommand: &[String], flag: &str) -> Vec<String> {
    let mut command = wirecopy();
    // In one line each.
    command.args(subcommand).arg(flag).env("COLUMNS", "500");
    let help = support::run_command(&mut command).clean();
    let rest = match help.rsplit_once("\nExamples:\n") {
        Some((_, rest)) => rest.to_owned(),
        None => help.rsplit_once("\nExample: ").map(|(_, rest)| format!("  {rest}")).unwrap_or_default(),
    };
    rest.lines().map(str::to_owned).collect()
}

fn gz(content: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content.as_bytes()).expect("a vector takes it");
    encoder.finish().expect("a vector takes it")
}

/// Everything that examples name; `None` without git.
fn world() -> Option<Folder> {
    if !has_program("git") {
        return None;
    }
    let folder = Folder::with(&[]);
    let seed = |number: usize| -> String {
        let path = format!("{}/seeds/{}.txt", env!("CARGO_MANIFEST_DIR"), SEEDS[number]);
        std::fs::read_to_string(path).expect("a seed")
    };
    for name in ["seeds", "news", "archive/2021", "corpus", "docs", ".zfunc"] {
        std::fs::create_dir_all(folder.path(name)).expect("a folder");
    }
    for name in [".local/share/bash-completion/completions", ".config/fish/completions", ".local/share/man/man1"] {
        std::fs::create_dir_all(folder.path(name)).expect("a folder");
    }
    let line = |id: &str, text: &str| {
        let day = "2021-12-08T00:00:00Z";
        json!({"id": id, "source": "ttxvn.vn", "published": day, "text": text, "cluster": id}).to_string() + "\n"
    };
    let csv = |field: &str| format!("id,{field}\na3,\"{}\"\n", seed(3).replace('"', "'"));
    let news = line("a1", &seed(0)) + &line("a2", &seed(4)) + &line("id1", &seed(2)) + &line("id2", &seed(2));
    for (number, id) in SEEDS.iter().enumerate() {
        folder.write(&format!("seeds/{id}.txt"), seed(number));
    }
    for name in ["news.jsonl", "news/a.jsonl", "corpus.jsonl", "labelled.jsonl", "today.jsonl", "feed.jsonl"] {
        folder.write(name, &news);
    }
    let archive = line("17281828", &seed(1));
    for name in ["archive/a.jsonl", "archive/2021/b.jsonl"] {
        folder.write(name, &archive);
    }
    for (name, content) in [("news", &news), ("more", &news), ("archive/2022", &archive)] {
        folder.write(&format!("{name}.jsonl.gz"), gz(content));
    }
    folder.write("more.csv.gz", gz(&csv("noidung")));
    folder.write("today.csv", csv("text"));
    for (name, number) in [("old", 0), ("new", 4), ("today", 2)] {
        folder.write(&format!("{name}.txt"), seed(number));
    }
    folder.write("pairs.jsonl", "{\"a\":\"id1\",\"b\":\"id2\",\"label\":\"identical\"}\n");
    folder.write("families.jsonl", "{\"id\":\"id1\",\"family\":\"f1\"}\n{\"id\":\"id2\",\"family\":\"f1\"}\n");
    for (name, term) in [("words", "giá"), ("pairs", "giá vàng")] {
        folder.write(&format!("{name}.tsv"), format!("#docs\t1000\n{term}\t600\n"));
    }
    folder.write("corpus/a.jsonl", &archive);
    let root = folder.as_ref();
    git(root, ["init", "-q"]);
    git(root, ["add", "corpus"]);
    git(root, ["commit", "-qm", "old"]);
    git(root, ["update-ref", "refs/remotes/origin/main", "HEAD"]);
    folder.write("corpus/b.jsonl", line("b", &seed(3)));
    run_in(root, ["index", "create", "-q", "archive.index"]).clean();
    run_in(root, ["index", "add", "-q", "archive.index", "archive"]).clean();
    let accepts = ["check", "-q", "today.jsonl", "--against", "archive.index", "--baseline", "accepted.jsonl"];
    run_in(root, accepts.iter().copied().chain(["--update-baseline"]));
    Some(folder)
}

/// Runs an example as a shell would. What is not wirecopy is left out of its pipes: `cat` gives what is read, and nobody looks.
fn works(example: &str, folder: &Folder) -> Result<(), String> {
    let (before, own) = example.split_once("wirecopy ").ok_or("runs no wirecopy")?;
    let words = own.split(" | ").next().unwrap_or(own).split(" > ").next().unwrap_or(own);
    let read = before.split_whitespace().rfind(|word| word.contains('.')).map(|name| folder.path(name));
    let home = folder.as_ref().to_str().expect("a path in UTF-8").to_owned();
    let words = words.split_whitespace().map(|word| match word.strip_prefix("~/") {
        Some(rest) => format!("{home}/{rest}"),
        None => word.to_owned(),
    });
    let mut command = wirecopy();
    command.current_dir(folder).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = read.map(|path| std::fs::read(path).expect("an example reads what is there"));
    // It may end without reading all.
    let _ = stdin.write_all(&input.unwrap_or_default());
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    match output.status.code() {
        // With findings is done, too.
        Some(0 | 1) => Ok(()),
        code => Err(format!("{code:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

#[test]
fn every_help_ends_with_an_example_that_works() {
    let all = subcommands();
    assert!(all.len() > 18 && all.contains(&vec!["index".to_owned(), "export".to_owned()]), "{all:?}");
    let Some(mut folder) = world() else { return };
    let mut failed = Vec::new();
    let mut ran = 0;
    for subcommand in all {
        for flag in ["-h", "--help"] {
            let lines = examples(&subcommand, flag);
            let is_command = |line: &&String| line.starts_with("  ") && !line.starts_with("   ");
            let own = format!("wirecopy {}", subcommand.join(" "));
            let commands: Vec<&str> = lines.iter().filter(is_command).map(|line| line.trim()).collect();
            let ends = lines.iter().all(|line| line.starts_with("  ")) && commands.iter().any(|one| one.contains(&own));
            if !ends {
                failed.push(format!("{own} {flag}: does not end with an example of it: {lines:?}"));
            }
            for example in commands {
                // These change what the others find.
                if example.contains("index ") {
                    folder = world().expect("git is here");
                }
                if example.contains("index create") {
                    std::fs::remove_dir_all(folder.path("archive.index")).expect("the index is there");
                }
                ran += 1;
                failed.extend(works(example, &folder).err().map(|error| format!("{example}: {error}")));
            }
        }
    }
    assert_eq!(failed, [""; 0]);
    assert!(ran > 40, "{ran}");
}

/// Whoever types the name alone is told what to type next, and a script that forgot its arguments fails.
#[test]
fn the_name_alone_says_what_to_do_next() {
    let ran = run([""; 0]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let next = ran.stderr.split_once("What to do next:").expect("what to do next is said").1;
    for subcommand in ["wirecopy report FOLDER\n", "--html report.html", "wirecopy explain A B FOLDER", "report --help"]
    {
        assert!(next.contains(subcommand), "{subcommand}: {next}");
    }
}

/// Only the report for the browser has a language.
#[test]
fn a_language_without_a_page_is_refused() {
    let report = run(["report", "seeds", "--lang", "vi"]);
    assert!(report.code == 2 && report.stderr.contains("--html"), "{}", report.stderr);
    let explain = run(["explain", SEEDS[0], SEEDS[1], "seeds", "--lang", "vi"]).refused();
    assert!(explain.contains("--lang is the language of --format html"), "{explain}");
}
