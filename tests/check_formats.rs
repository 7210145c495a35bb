//! What `wirecopy check` writes holds for those who read it: the schemas of SARIF and of JUnit, our own, GitHub's commands,
//! a terminal; whatever strings articles bring along.

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use schemas::{CHECK_SCHEMA, SARIF, fits_junit, fits_sarif, json};
use serde_json::Value;
use support::checked::{finding, matched, morning, new, nothing, stored};
use support::schema;
use wirecopy::check::{Accepted, Checked, Entry, Finding, IdleEntries, Match, Named, Rule, Verdict};
use wirecopy::report::{CheckFormat, CheckOptions, github_summary, write_check};
use wirecopy::settings::Choice;
use wirecopy::verify::Kind;

const WIDE: CheckOptions = CheckOptions { width: 100, color: false, top: 20, base: None };

fn written_with(checked: &Checked, format: CheckFormat, options: CheckOptions) -> String {
    let mut out = Vec::new();
    write_check(checked, format, &options, &mut out).expect("a vector takes all");
    String::from_utf8(out).expect("what is written is UTF-8")
}

fn written(checked: &Checked, format: CheckFormat) -> String {
    written_with(checked, format, WIDE)
}

/// What a morning's check is written as, by the names of the golden files.
fn golden() -> Vec<(&'static str, String)> {
    let morning = morning();
    vec![
        ("check.txt", written(&morning, CheckFormat::Text)),
        ("check.json", written(&morning, CheckFormat::Json)),
        ("check.github.txt", written(&morning, CheckFormat::Github)),
        ("check.sarif", without_pages(&written(&morning, CheckFormat::Sarif))),
        ("check.junit.xml", written(&morning, CheckFormat::Junit)),
        ("check.summary.md", github_summary(&morning)),
    ]
}

fn golden_path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

#[test]
fn each_format_is_the_reviewed_one() {
    for (name, written) in golden() {
        let reviewed = std::fs::read_to_string(golden_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(written, reviewed, "{name}");
    }
}

/// The pages of rules and the version are reviewed where they stand.
fn without_pages(log: &str) -> String {
    let mut log = json(log);
    let driver = &mut log["runs"][0]["tool"]["driver"];
    for rule in driver["rules"].as_array_mut().expect("rules") {
        rule["help"] = Value::from("its page");
    }
    driver["version"] = Value::from("0.0.0");
    driver["semanticVersion"] = Value::from("0.0.0");
    serde_json::to_string_pretty(&log).expect("this is JSON") + "\n"
}

/// `cargo test --test check_formats write_golden_files -- --ignored`, then review the difference.
#[test]
#[ignore = "writes the golden files"]
fn write_golden_files() {
    for (name, written) in golden() {
        std::fs::write(golden_path(name), written).unwrap();
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// JSON
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn json_fits_the_committed_schema_and_uses_all_of_it() {
    let view = json(&written(&morning(), CheckFormat::Json));
    assert_eq!(schema::misfits(&CHECK_SCHEMA, &view), Vec::<String>::new());
    assert_eq!(schema::misfits(&CHECK_SCHEMA, &json(&written(&nothing(), CheckFormat::Json))), Vec::<String>::new());
    let (findings, rules) = (view["findings"].as_array().unwrap(), view["counts"]["rules"].as_array().unwrap());
    assert_eq!(findings.len(), 12);
    let found: BTreeSet<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert_eq!(found.len(), Rule::all().count(), "a finding of every rule is checked");
    assert_eq!(rules.iter().map(|rule| rule["fails"].as_u64().unwrap()).sum::<u64>(), 5);
}

#[test]
fn the_verdict_is_that_of_the_check() {
    assert_eq!(json(&written(&morning(), CheckFormat::Json))["verdict"], "failed");
    assert_eq!(json(&written(&nothing(), CheckFormat::Json))["verdict"], "passed");
}

// ---------------------------------------------------------------------------------------------------------------------
// SARIF
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn sarif_fits_the_schema_of_oasis() {
    fits_sarif(&json(&written(&morning(), CheckFormat::Sarif)));
    fits_sarif(&json(&written(&nothing(), CheckFormat::Sarif)));
}

/// The schema must be able to object, or fitting it would mean nothing.
#[test]
fn the_schema_of_oasis_objects_to_what_is_no_sarif() {
    let mut log = json(&written(&morning(), CheckFormat::Sarif));
    log["runs"][0]["results"][0]["level"] = Value::from("fatal");
    log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = Value::from("a b");
    assert_eq!(SARIF.iter_errors(&log).count(), 2);
}

#[test]
fn a_sarif_result_leads_to_its_rule_its_line_and_what_it_matches() {
    let log = json(&written(&morning(), CheckFormat::Sarif));
    let (results, rules) = (log["runs"][0]["results"].as_array().unwrap(), &log["runs"][0]["tool"]["driver"]["rules"]);
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let suppressed = result.get("suppressions").is_some();
        assert_eq!(suppressed, result["properties"]["verdict"] == "accepted");
    }
    let copy = results.iter().find(|result| result["properties"]["article"]["id"] == "bm-1018").unwrap();
    let place = &copy["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "incoming/2026-03-02.jsonl");
    assert_eq!(place["region"]["startLine"], 18);
    assert_eq!(copy["relatedLocations"].as_array().unwrap().len(), 2, "of four matches two stand in files");
    let prints: BTreeSet<&str> =
        results.iter().map(|result| result["partialFingerprints"]["wirecopyPair/v1"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), results.len(), "no two results are one alert");
}

// ---------------------------------------------------------------------------------------------------------------------
// JUnit
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn junit_fits_the_schema_of_jenkins() {
    fits_junit(&written(&morning(), CheckFormat::Junit));
    fits_junit(&written(&nothing(), CheckFormat::Junit));
}

#[test]
fn a_check_without_findings_is_a_suite_with_a_test_that_passes() {
    let text = written(&Checked { articles: 3, ..nothing() }, CheckFormat::Junit);
    assert!(
        text.contains(r#"<testcase name="Passed: nothing found in 3 new articles" classname="wirecopy"/>"#),
        "{text}"
    );
}

// ---------------------------------------------------------------------------------------------------------------------
// GitHub
// ---------------------------------------------------------------------------------------------------------------------

fn many(number: u32, verdict: Verdict) -> Checked {
    let one = |line| {
        let article = new(&format!("bm-{line}"), line, Some("Thông xe cầu Vân Sa"));
        finding(Rule::Copy, verdict, article, vec![matched(stored("tt-1", "Cầu Vân Sa"), Kind::Copy, 0.9)])
    };
    Checked { articles: u64::from(number), findings: (1..=number).map(one).collect(), ..nothing() }
}

#[test]
fn of_more_than_ten_annotations_the_tenth_says_how_many_more_there_are() {
    let annotations = |checked: &Checked| {
        let text = written(checked, CheckFormat::Github);
        text.lines().filter(|line| line.starts_with("::")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(annotations(&many(10, Verdict::Fails)).len(), 10);
    let of_eleven = annotations(&many(11, Verdict::Fails));
    assert_eq!(of_eleven.len(), 10);
    assert!(of_eleven[9].starts_with("::error title=wirecopy check::2 more;"), "{}", of_eleven[9]);
    assert!(annotations(&many(3, Verdict::Informs)).iter().all(|line| line.starts_with("::warning ")));
    assert_eq!(annotations(&many(3, Verdict::Accepted)), Vec::<String>::new());
}

/// Of eleven errors and as many findings ten lines are shown, five of each.
#[test]
fn what_kept_a_check_from_being_made_leaves_room_for_what_was_found() {
    let errors = (0..11).map(|number| format!("news/{number}.json: cut off")).collect();
    let text = written(&Checked { errors, ..many(11, Verdict::Fails) }, CheckFormat::Github);
    let shown: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(shown.len(), 10);
    assert!(shown[4].starts_with("::error title=wirecopy check::could not be checked: 7 more"), "{}", shown[4]);
    assert!(shown[9].starts_with("::error title=wirecopy check::7 more;"), "{}", shown[9]);
}

/// A run that could not be made is another document than one that found nothing.
#[test]
fn a_check_that_could_not_be_made_is_told_in_every_format() {
    let (settings, policy) = (nothing().settings, nothing().policy);
    let checked = Checked::not_made(settings, policy, "archive.index: no index <here>".to_owned());
    for format in CheckFormat::WORDS.iter().map(|(_, format, _)| *format) {
        let text = written(&checked, format);
        assert!(!text.contains("Passed") && text.contains("no index"), "{text}");
    }
    assert!(github_summary(&checked).contains("Error: `archive.index: no index <here>`"));
    fits_junit(&written(&checked, CheckFormat::Junit));
    fits_sarif(&json(&written(&checked, CheckFormat::Sarif)));
}

#[test]
fn a_summary_stays_below_what_github_takes_and_says_what_is_missing() {
    let summary = github_summary(&many(9_000, Verdict::Fails));
    assert!(summary.len() < 1 << 20);
    let rows = summary.lines().filter(|line| line.starts_with("| copy |")).count();
    assert!(rows > 1_000 && summary.contains(&format!("{} more are not shown here", 9_000 - rows)));
}

/// A title that closes the table and mentions half of the world.
#[test]
fn a_title_cannot_leave_its_cell() {
    let title = "a | b `c` </td><img src=x> [x](https://evil.example) @octocat #1 \\| \\` https://evil.example";
    let checked = Checked {
        findings: vec![finding(
            Rule::Copy,
            Verdict::Fails,
            new("i", 1, Some(title)),
            vec![matched(stored("s", title), Kind::Copy, 0.9)],
        )],
        ..nothing()
    };
    let summary = github_summary(&checked);
    let row = summary.lines().find(|line| line.starts_with("| copy |")).unwrap();
    assert_eq!(row.matches('|').count(), 6, "{row}");
    let outside: String = row.split('`').step_by(2).collect();
    assert!(!["evil", "octocat", "img", "#1", "["].iter().any(|word| outside.contains(word)), "{outside}");
}

// ---------------------------------------------------------------------------------------------------------------------
// Text
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn top_cuts_and_says_so_and_0_shows_all() {
    let checked = many(7, Verdict::Fails);
    let cut = written_with(&checked, CheckFormat::Text, CheckOptions { top: 3, ..WIDE });
    assert!(cut.contains("4 more findings are not shown; --top 0 shows all.") && !cut.contains("bm-4"), "{cut}");
    let all = written_with(&checked, CheckFormat::Text, CheckOptions { top: 0, ..WIDE });
    assert!((1..=7).all(|line| all.contains(&format!("bm-{line}"))), "{all}");
}

#[test]
fn a_result_fits_its_width_and_an_id_is_never_cut() {
    let text = written_with(&morning(), CheckFormat::Text, CheckOptions { width: 72, top: 0, ..WIDE });
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(72), "{text}");
    let id = "https://example.com/a-very-long-address/".repeat(4);
    let long =
        Checked { findings: vec![finding(Rule::Copy, Verdict::Fails, new(&id, 1, None), Vec::new())], ..nothing() };
    assert!(written_with(&long, CheckFormat::Text, CheckOptions { width: 72, ..WIDE }).contains(&id));
}

#[test]
fn a_record_that_could_not_be_read_is_told_with_why_also_where_it_does_not_fail() {
    let unreadable = Finding {
        reason: Some("no text field".to_owned()),
        ..finding(
            Rule::Unreadable,
            Verdict::Informs,
            Named { file: "a.jsonl".to_owned(), line: Some(2), ..Named::default() },
            Vec::new(),
        )
    };
    let checked = Checked { findings: vec![unreadable], ..nothing() };
    for format in CheckFormat::WORDS.iter().map(|(_, format, _)| *format) {
        let text = written(&checked, format);
        assert!(text.contains("no text field") && text.contains("a.jsonl"), "{text}");
    }
}

#[test]
fn color_is_written_only_where_it_is_asked_for() {
    let escapes =
        |color| written_with(&morning(), CheckFormat::Text, CheckOptions { color, ..WIDE }).contains('\u{1b}');
    assert!(escapes(true) && !escapes(false));
}

#[test]
fn no_line_of_a_log_is_a_command_whatever_a_title_says() {
    let title = "::error::x ::stop-commands::x ##[add-mask]secret ##vso[task.setvariable]x ##teamcity[x]";
    for width in [72, 100] {
        let checked = Checked {
            findings: vec![
                finding(
                    Rule::Copy,
                    Verdict::Fails,
                    new(title, 1, Some(title)),
                    vec![matched(stored(title, title), Kind::Copy, 0.9)],
                ),
                finding(
                    Rule::Contains,
                    Verdict::Informs,
                    new(title, 1, Some(title)),
                    vec![matched(stored(title, title), Kind::Excerpt, 0.9)],
                ),
            ],
            ..nothing()
        };
        let text = written_with(&checked, CheckFormat::Text, CheckOptions { width, ..WIDE });
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        assert!(!text.contains("##"), "{text}");
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Whatever strings there are
// ---------------------------------------------------------------------------------------------------------------------

/// Strings of anything, and of what means something to one of the formats.
fn hostile() -> impl Strategy<Value = String> {
    let marks = prop::sample::select(vec![
        "\u{1b}[31m",
        "\n",
        "\r",
        "::error::",
        "##[group]",
        "%0A",
        "]]>",
        "<![CDATA[",
        "&#0;",
        "\u{0}",
        "\u{ffff}",
        "\u{202e}",
        "|",
        "`",
        "\"",
        "\\",
        "{0}",
        "[x](1)",
        "é",
        "新",
        "\u{300}",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop_oneof![marks.prop_map(str::to_owned), any::<String>()], 0..6)
            .prop_map(|parts| parts.concat())
    ]
}

fn named() -> impl Strategy<Value = Named> {
    let some = || prop::option::of(hostile());
    (hostile(), some(), some(), some(), hostile(), prop::option::of(any::<u32>()), hostile()).prop_map(
        |(id, source, title, published, file, line, content)| Named {
            id,
            source,
            title,
            published,
            file,
            line,
            content,
        },
    )
}

fn any_finding() -> impl Strategy<Value = Finding> {
    let rule = prop::sample::select(Rule::all().collect::<Vec<_>>());
    let verdict = prop::sample::select(vec![Verdict::Fails, Verdict::Informs, Verdict::Accepted]);
    let matches = prop::collection::vec((named(), hostile(), any::<bool>()), 0..3);
    (rule, verdict, named(), matches, prop::option::of(hostile())).prop_map(
        |(rule, verdict, article, matches, reason)| {
            let one = |(article, text, new): (Named, String, bool)| {
                let mut found = Match { new, ..matched(article, Kind::Copy, 0.5) };
                found.passage.as_mut().expect("it has one").text = text.clone();
                found.accepted = (verdict == Verdict::Accepted).then_some(Accepted::Baseline(text));
                found
            };
            Finding { rule, verdict, article, matches: matches.into_iter().map(one).collect(), reason }
        },
    )
}

fn any_checked() -> impl Strategy<Value = Checked> {
    let errors = prop::collection::vec(hostile(), 0..3);
    (prop::collection::vec(any_finding(), 0..4), hostile(), hostile(), errors).prop_map(
        |(findings, index, id, errors)| Checked {
            errors,
            findings,
            against: Some((index, 7)),
            idle: IdleEntries {
                unused: vec![Entry { rule: "copy".to_owned(), id, ..Entry::default() }],
                ..IdleEntries::default()
            },
            ..nothing()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_strings_make_valid_documents_of_every_format(checked in any_checked()) {
        let misfits = schema::misfits(&CHECK_SCHEMA, &json(&written(&checked, CheckFormat::Json)));
prop_assert!(misfits.is_empty(), "{misfits:?}");
        fits_sarif(&json(&written(&checked, CheckFormat::Sarif)));
        fits_junit(&written(&checked, CheckFormat::Junit));
    }

    #[test]
    fn any_strings_make_one_annotation_a_line(checked in any_checked()) {
        let text = written(&checked, CheckFormat::Github);
        let told = checked.findings.iter().filter(|finding| finding.verdict != Verdict::Accepted).count();
        let told = told + checked.errors.len();
        let lines: Vec<&str> = text.split(['\n', '\r', '\u{2028}', '\u{85}']).collect();
        prop_assert_eq!(lines.len(), told + 2, "the verdict and the end: {}", text);
        for line in &lines[..told] {
            let command = ["::error file=", "::warning file=", "::notice file=", "::error title="].iter().any(|start| line.starts_with(start));
            prop_assert!(command, "{}", line);
            let properties = line[2..].split("::").next().unwrap_or_default();
            prop_assert!(properties.matches(',').count() <= 2 && properties.contains("title="), "{}", line);
        }
        prop_assert!(!lines[told].trim_start().starts_with("::"));
    }

    #[test]
    fn any_strings_leave_a_terminal_as_it_was(checked in any_checked()) {
        for text in [written(&checked, CheckFormat::Text), github_summary(&checked)] {
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
            prop_assert!(!text.contains(['\u{202e}', '\u{2028}', '\u{2066}']), "{:?}", text);
            prop_assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
        }
    }
}

#[test]
fn every_format_has_a_word() {
    let words: Vec<&str> = CheckFormat::WORDS.iter().map(|(word, ..)| *word).collect();
    assert_eq!(words, ["text", "json", "github", "sarif", "junit"]);
}
