//! What can an article, or a file name, say to a terminal and to the log of a build? Nothing, whatever writes it.
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

mod support;

use serde_json::{Value, json};
use support::stories::{copy, story};
use support::{Folder, run_in};

/// Each means something to GitHub Actions, Azure Pipelines, TeamCity, a terminal or a spreadsheet, at the beginning of a line or within.
const HOSTILE: [&str; 16] = [
    "::add-mask::secret",
    "  ::set-env name=PATH::x",
    "tin\n::stop-commands::x",
    "tin\r\n\t::error::x",
    "\u{3000}\u{a0}::warning::x",
    "\u{200b}:\u{feff}:notice::x",
    "##vso[task.setvariable variable=P]x",
    "##[add-path]/tmp",
    "tin ####[error]x##",
    "#\u{200d}#[group]x",
    "##teamcity[buildStatus]",
    "\u{1b}]0;title\u{7}\u{1b}[31mred",
    "\u{9b}31m\u{85}\u{7f}\u{0}",
    "\u{202e}gnp\u{2066}\u{2028}::error::x",
    "=cmd|' /C calc'!A0",
    "section_start:1:a\r\u{1b}[0K",
];

/// Characters without a width, which runners pass over when they compare.
const PASSED_OVER: [char; 3] = ['\u{200b}', '\u{200d}', '\u{feff}'];

#[track_caller]
fn is_harmless(what: &str, text: &str) {
    let bare = text.replace(PASSED_OVER, "");
    assert!(!bare.contains("##"), "{what}: {text}");
    let steers = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}')
    };
    assert!(!text.contains(steers), "{what}: {text:?}");
    for line in bare.lines() {
        let ours = [
            "::error file=",
            "::warning file=",
            "::notice file=",
            "::error title=",
            "::warning title=",
            "::notice title=",
        ];
        let is_ours = what.contains("--format github") && ours.iter().any(|begin| line.starts_with(begin));
        assert!(is_ours || !line.trim_start().starts_with("::"), "{what}: {line}");
    }
}

/// Two articles of one story for each hostile text, which is their id, outlet, title, lead and a line of the text of both, and the
/// date of one; in a file that a log command is the name of.
fn hostile_corpus() -> Folder {
    let folder = Folder::with(&[]);
    let mut lines = String::new();
    for (number, text) in HOSTILE.iter().enumerate() {
        for (id, story) in [(format!("{text}{number}"), story(number)), (format!("{text}{number}b"), copy(number))] {
            let article = json!({
                "id": id, "source": text, "title": text, "lead": text, "text": format!("{text}\n{story}\n{text} {text}"),
                "published": if id.ends_with('b') { Value::from(*text) } else { Value::from(format!("2021-12-0{}", 1 + number % 9)) },
            });
            lines += &format!("{article}\n");
        }
        // The same id with other words, and an article without words.
        lines += &format!(
            "{}\n{}\n",
            json!({"id": format!("{text}{number}"), "text": story(number + 50)}),
            json!({"id": format!("{text}-"), "text": "..."})
        );
    }
    folder.write("::add-mask::n##[x].jsonl", lines);
    folder.write("::error::broken.jsonl", "{\"id\": \"##[x]\n");
    folder
}

const NEWS: &str = "::add-mask::n##[x].jsonl";

#[test]
fn nothing_that_an_article_says_steers_a_terminal_or_a_log() {
    let folder = hostile_corpus();
    let news = ["./", NEWS].concat();
    let [a, b] = [0, 7].map(|number| format!("{}{number}b", HOSTILE[number]));
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for format in ["text", "json", "jsonl", "csv", "tsv"] {
        commands.push(vec!["report", NEWS, "::error::broken.jsonl", "--format", format, "--top", "0"]);
    }
    for format in ["text", "json", "github", "sarif", "junit"] {
        commands.push(vec!["check", NEWS, "::error::broken.jsonl", "--format", format]);
        commands.push(vec!["check", &news, "--format", format, "--fail-on", "identical", "-v"]);
    }
    for format in ["text", "json", "html"] {
        commands.push(vec!["explain", &a, &b, NEWS, "--format", format]);
    }
    commands.push(vec!["report", NEWS, "--html", "-", "-o", "report.txt"]);
    commands.push(vec!["audit", NEWS]);
    commands.push(vec!["audit", NEWS, "--format", "json"]);
    commands.push(vec!["report", NEWS, "-v", "--color", "never"]);
    commands.push(vec!["dedup", NEWS, "-o", "kept.jsonl", "--keep", "source:##[x],::y"]);
    commands.push(vec!["report", NEWS, "--strict"]);
    for command in &commands {
        let ran = run_in(folder.as_ref(), command);
        let what = command.join(" ");
        is_harmless(&what, &ran.stderr);
        // The page holds a style sheet of ours, in which `::` is a selector.
        let page = ran.stdout.rsplit("</style>").next().unwrap_or_default();
        is_harmless(&what, page);
        assert!(ran.code != 2 || !ran.stderr.is_empty(), "{what}");
    }
    let summary = ["check", NEWS, "--summary", "summary.md", "-q", "-o", "check.txt"];
    run_in(folder.as_ref(), summary);
    let headings = ["### wirecopy check", "#### Fails the check:", "#### For information:"];
    let page = headings.iter().fold(folder.read("summary.md"), |page, heading| page.replace(heading, ""));
    is_harmless("summary", &page);
}

/// What reads JSON gets what was there: it is escaped, not changed.
#[test]
fn json_reads_back_as_it_was() {
    let folder = hostile_corpus();
    let report: Value =
        serde_json::from_str(&run_in(folder.as_ref(), ["report", NEWS, "--format", "json", "-q"]).stdout).unwrap();
    let titles: Vec<&str> = (report["copy_clusters"].as_array().unwrap().iter())
        .flat_map(|cluster| cluster["members"].as_array().unwrap())
        .filter_map(|member| member["title"].as_str())
        .collect();
    for text in HOSTILE {
        assert!(titles.iter().any(|title| title.trim() == text.trim()), "{text:?} in {titles:?}");
    }
}

#[test]
fn no_cell_of_a_csv_report_is_a_formula() {
    let folder = Folder::with(&[]);
    let formulas = ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "\u{ff1d}1", "=\"a,b\""];
    let article = |text: &str| {
        format!(
            "{}\n",
            json!({"id": format!("{text}{}", text.len() * 7 + text.bytes().map(usize::from).sum::<usize>()), "source": text, "title": text, "text": "một hai ba bốn năm"})
        )
    };
    folder.write("news.jsonl", formulas.map(article).concat());
    let text = run_in(folder.as_ref(), ["report", "news.jsonl", "--format", "csv", "--level", "copies", "-q"]).clean();
    let mut rows = 0;
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        rows += 1;
        for cell in row.unwrap().iter() {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}']), "{cell:?} in {text}");
        }
    }
    assert_eq!(rows, formulas.len());
}

#[test]
fn what_is_wrong_with_an_argument_is_told_harmlessly() {
    // Some of them name outputs, which then say what is wrong.
    let folder = Folder::with(&[("a.txt", "một hai ba")]);
    for text in HOSTILE.into_iter().filter(|text| !text.contains('\0')) {
        let commands: [&[&str]; 8] = [
            &[text],
            &["report", text],
            &["report", "--format", text, "a.txt"],
            &["report", "a.txt", text],
            &["rules", text],
            &["check", "a.txt", "--fail-on", text],
            &["check", "a.txt", "--output", text, "--output", text],
            &["explain", text, "b", "a.txt"],
        ];
        for command in commands {
            let ran = run_in(folder.as_ref(), command);
            assert_eq!(ran.code, 2, "{command:?}: {}", ran.stderr);
            is_harmless(&command.join(" "), &ran.stderr);
            is_harmless(&command.join(" "), &ran.stdout);
        }
    }
    let unknown = run_in(folder.as_ref(), ["report", "--##[x]\n::error::", "a.txt"]);
    is_harmless("an option", &unknown.stderr);
}
