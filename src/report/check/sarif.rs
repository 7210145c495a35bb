//! What a check found in, SARIF 2.1.0 out: for code scanning, and for viewers of findings.
//!
//! A result a finding, the failing ones first. Its fingerprint is of rule, id and words and of no place, so that an alert stays the
//! same when lines move. Accepted findings are there with a suppression. Sources: OASIS, SARIF 2.1.0; GitHub Docs, "SARIF support
//! for code scanning", for the limits and for what is shown of a rule.

use std::collections::HashMap;
use std::io;

use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::super::json::write_json;
use super::super::view::SettingsView;
use super::place::{Base, from_top};
use super::wording::{about_entries, acceptance, codes, error, level, lines, looked_at, matched, unlisted, verdict};
use crate::check::{Checked, Finding, Level, Match, Named, Rule, Verdict};

/// GitHub refuses a run with more results.
const MOST_RESULTS: usize = 25_000;

/// Of these it shows so many.
const SHOWN_RESULTS: usize = 5_000;

/// GitHub keeps so many locations of a result.
const MOST_RELATED: usize = 100;

/// Where wirecopy is kept, for links to its pages; none where the package names no repository.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The base of the paths of articles, by the name that code scanning and the viewers know: the top of the repository.
const BASE: &str = "%SRCROOT%";

pub(super) fn write(checked: &Checked, base: Option<&Base>, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(&log(checked, MOST_RESULTS, base), out)
}

fn log(checked: &Checked, most: usize, base: Option<&Base>) -> Value {
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver()},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(checked, most)],
            "results": results(checked, most, base),
            "properties": properties(checked),
        }],
    })
}

fn driver() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    let rules: Vec<Value> = Rule::all().map(rule).collect();
    let mut driver = json!({"name": "wirecopy", "version": version, "semanticVersion": version, "rules": rules});
    if !REPOSITORY.is_empty() {
        driver["informationUri"] = json!(REPOSITORY);
    }
    driver
}

/// What is shown beside every finding of a rule: its page.
fn rule(rule: Rule) -> Value {
    let (code, page) = (rule.code(), rule.page());
    let severity = match rule.level() {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "recommendation",
    };
    // All but one are verified on the words; that one is an estimate.
    let precision = if rule == Rule::SameEvent { "medium" } else { "very-high" };
    let mut described = json!({
        "id": code,
        "name": pascal_case(code),
        "shortDescription": {"text": sentence(rule.meaning())},
        "fullDescription": {"text": first_paragraph(page)},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": sarif_level(rule.level())},
        "properties": {"tags": ["news", "duplicate"], "problem.severity": severity, "precision": precision},
    });
    if !REPOSITORY.is_empty() {
        described["helpUri"] = json!(format!("{REPOSITORY}/blob/main/docs/rules/{code}.md"));
    }
    described
}

/// `same-event` as `SameEvent`.
fn pascal_case(code: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
    };
    code.split('-').map(capital).collect()
}

/// What a rule says in one line, as a sentence.
fn sentence(meaning: &str) -> String {
    let mut letters = meaning.chars();
    let first = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    format!("{first}{}.", letters.as_str())
}

/// Of a page the first paragraph below its heading, in one line.
fn first_paragraph(page: &str) -> String {
    let paragraphs = page.split("\n\n").map(str::trim);
    let first = paragraphs.into_iter().find(|paragraph| !paragraph.is_empty() && !paragraph.starts_with('#'));
    first.unwrap_or(page).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sarif_level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// How it went. What a reader does not see among the results is told here.
fn invocation(checked: &Checked, most: usize) -> Value {
    let note = |level: &str, text: String| json!({"level": level, "message": {"text": text}});
    let mut notifications: Vec<Value> = checked.errors.iter().map(|text| note("error", plain(&error(text)))).collect();
    let findings = checked.findings.len();
    if findings > most {
        let left_out = findings - most;
        notifications.push(note(
            "warning",
            format!("Findings left out, the least grave ones: {left_out}. A run holds at most {most}; the format json has all."),
        ));
    }
    if findings > SHOWN_RESULTS {
        notifications
            .push(note("warning", format!("GitHub shows the {SHOWN_RESULTS} gravest of {findings} findings.")));
    }
    if unlisted(checked) > 0 {
        let more = unlisted(checked);
        notifications.push(note("warning", format!("Unreadable records beyond those that are listed: {more}.")));
    }
    for text in about_entries(checked).into_iter().chain(looked_at(checked, plain)) {
        notifications.push(note("note", format!("{text}.")));
    }
    let mut invocation = json!({
        "executionSuccessful": checked.errors.is_empty(),
        "exitCode": if checked.errors.is_empty() { i32::from(checked.fails()) } else { 2 },
        "exitCodeDescription": plain(&verdict(checked)),
    });
    if !notifications.is_empty() {
        invocation["toolExecutionNotifications"] = json!(notifications);
    }
    invocation
}

fn properties(checked: &Checked) -> Value {
    json!({
        "articles": checked.articles,
        "known": checked.known,
        "repeated": checked.repeated,
        "empty": checked.empty,
        "unreadable": checked.unreadable,
        "against": checked.against.as_ref().map(|(name, articles)| json!({"name": name, "articles": articles})),
        "scope": checked.scope,
        "failOn": codes(&checked.policy.fail_on),
        "allow": checked.policy.allow.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "ownRevisions": checked.policy.own_revisions,
        "settings": SettingsView::of(&checked.settings).options,
    })
}

/// The gravest first, at most so many.
fn results(checked: &Checked, most: usize, base: Option<&Base>) -> Vec<Value> {
    let mut findings: Vec<&Finding> = checked.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.verdict, finding.rule));
    let mut seen = HashMap::new();
    findings.into_iter().take(most).map(|finding| result(finding, &mut seen, base)).collect()
}

fn result(finding: &Finding, seen: &mut HashMap<String, u32>, base: Option<&Base>) -> Value {
    let print = fingerprint(finding);
    // Records that can't be read may be alike in all that is known of them.
    let times = seen.entry(print.clone()).and_modify(|times| *times += 1).or_insert(1);
    let print = format!("{print}:{times}");
    let mut result = json!({
        "ruleId": finding.rule.code(),
        "ruleIndex": Rule::all().position(|rule| rule == finding.rule),
        "level": sarif_level(level(finding)),
        "message": {"text": plain(&lines(finding).join("\n"))},
        "locations": [{"physicalLocation": place(&finding.article, base)}],
        // GitHub tells alerts apart by the first of these names alone.
        "partialFingerprints": {"primaryLocationLineHash": print, "wirecopyPair/v1": print},
        "properties": {
            "verdict": finding.verdict,
            "article": finding.article,
            "matches": finding.matches.iter().take(MOST_RELATED).collect::<Vec<_>>(),
        },
    });
    let related = related(&finding.matches, base);
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    if finding.verdict == Verdict::Accepted {
        result["suppressions"] =
            json!([{"kind": "external", "status": "accepted", "justification": plain(&acceptance(finding))}]);
    }
    result
}

/// Of what an article matches, what stands in a file.
fn related(matches: &[Match], base: Option<&Base>) -> Vec<Value> {
    let in_files = matches.iter().filter(|found| found.article.line.is_some()).take(MOST_RELATED);
    let location = |(id, found): (u32, &Match)| {
        let text = plain(&matched(found));
        json!({"id": id, "physicalLocation": place(&found.article, base), "message": {"text": text}})
    };
    (1..).zip(in_files).map(location).collect()
}

fn place(article: &Named, base: Option<&Base>) -> Value {
    let uri = uri(&from_top(&article.file, base), cfg!(windows));
    let mut file = Map::new();
    let relative = !uri.contains(':');
    file.insert("uri".to_owned(), json!(uri));
    if relative {
        file.insert("uriBaseId".to_owned(), json!(BASE));
    }
    let mut place = json!({"artifactLocation": file});
    if let Some(line) = article.line.filter(|&line| line > 0) {
        place["region"] = json!({"startLine": line});
    }
    place
}

/// What stays the same while a finding is the same one: rule, id, words, and the words of the strongest match. Of a record that
/// could not be read its bytes, or where these are not known, its file and why.
fn fingerprint(finding: &Finding) -> String {
    let article = &finding.article;
    let matched = finding.matches.first().map_or("", |found| found.article.content.as_str());
    let parts = match finding.rule {
        Rule::Unreadable if article.content.is_empty() => {
            [finding.rule.code(), &article.file, finding.reason.as_deref().unwrap_or_default(), ""]
        }
        _ => [finding.rule.code(), &article.id, &article.content, matched],
    };
    format!("{:032x}", xxh3_128(parts.join("\0").as_bytes()))
}

/// Text without what SARIF reads as links and placeholders (sections 3.11.5 and 3.11.6). They could be escaped, but not every viewer
/// takes the escapes out again; the values themselves are in `properties`.
fn plain(text: &str) -> String {
    text.replace(['[', '{'], "(").replace([']', '}'], ")").replace('\\', "/")
}

/// A path as a URI (RFC 3986): relative as it is given, absolute with its scheme. A colon left unescaped is only that of the
/// scheme. `windows`: whether a path may begin with a drive or a host.
fn uri(file: &str, windows: bool) -> String {
    let path = file.strip_prefix("./").unwrap_or(file);
    let drive = windows && path.as_bytes().get(1) == Some(&b':') && path.starts_with(|c: char| c.is_ascii_alphabetic());
    let (start, rest) = match drive {
        true => (format!("file:///{}:", &path[..1]), &path[2..]),
        false if windows && path.starts_with("//") => ("file:".to_owned(), path),
        false if path.starts_with('/') => ("file://".to_owned(), path),
        false => (String::new(), path),
    };
    start + &percent_encoded(rest)
}

/// All but unreserved characters and slashes as `%XX` of their UTF-8.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            byte => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri_whatever_the_system() {
        let uri_here = |path| uri(path, false);
        assert_eq!(uri_here("./tin mới/a:b.jsonl"), "tin%20m%E1%BB%9Bi/a%3Ab.jsonl");
        assert_eq!(uri_here("/var/news/a.txt"), "file:///var/news/a.txt");
        assert_eq!(uri_here("50%.txt"), "50%25.txt");
        assert_eq!(uri_here(r"C:\a?#.txt"), "C%3A%5Ca%3F%23.txt");
        assert_eq!(uri("C:/news/a.txt", true), "file:///C:/news/a.txt");
        assert_eq!(uri("//host/news/a.txt", true), "file://host/news/a.txt");
    }

    #[test]
    fn of_more_findings_than_a_run_holds_the_gravest_are_kept_and_that_is_said() {
        let finding = |rule, verdict| Finding {
            rule,
            verdict,
            article: Named { file: "a".to_owned(), ..Named::default() },
            matches: Vec::new(),
            reason: None,
        };
        let checked = Checked {
            findings: vec![
                finding(Rule::SameEvent, Verdict::Informs),
                finding(Rule::Copy, Verdict::Accepted),
                finding(Rule::Copy, Verdict::Fails),
            ],
            ..empty()
        };
        let run = &log(&checked, 2, None)["runs"][0];
        let rules: Vec<&str> =
            run["results"].as_array().unwrap().iter().map(|r| r["ruleId"].as_str().unwrap()).collect();
        assert_eq!(rules, ["copy", "same-event"]);
        let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
        assert!(said.starts_with("Findings left out, the least grave ones: 1."), "{said}");
    }

    #[test]
    fn the_fingerprint_is_of_the_words_and_not_of_the_place() {
        let finding = |line| Finding {
            rule: Rule::Copy,
            verdict: Verdict::Fails,
            article: Named { id: "a".to_owned(), file: format!("{line}.jsonl"), line: Some(line), ..Named::default() },
            matches: Vec::new(),
            reason: None,
        };
        assert_eq!(fingerprint(&finding(1)), fingerprint(&finding(2)));
    }

    fn empty() -> Checked {
        use crate::{check::Policy, settings::Settings};
        Checked { errors: Vec::new(), ..Checked::not_made(Settings::default(), Policy::default(), String::new()) }
    }
}
