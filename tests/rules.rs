//! `wirecopy rules`: the codes of findings, listed and explained.

mod support;

use support::run;
use wirecopy::check::{Baseline, Policy, Rule};

#[test]
fn every_rule_is_listed_with_whether_it_fails_and_its_meaning() {
    let list = run(["rules"]).clean();
    for rule in Rule::all() {
        let line = list.lines().find(|line| line.split_whitespace().next() == Some(rule.code())).unwrap();
        assert_eq!(line.split_whitespace().nth(1) == Some("yes"), rule.fails_by_default(), "{line}");
        assert!(line.ends_with(rule.meaning()), "{line}");
    }
}

#[test]
fn a_page_is_the_file_of_the_documentation() {
    for rule in Rule::all() {
        let path = format!("{}/docs/rules/{}.md", env!("CARGO_MANIFEST_DIR"), rule.code());
        assert_eq!(run(["rules", rule.code()]).clean(), std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn an_unknown_code_is_refused_with_the_nearest() {
    assert_eq!(run(["rules", "coppy"]).refused(), "wirecopy: error: no rule is called `coppy`; did you mean `copy`?\n");
    let none = run(["rules", "zzzzzzzz"]).refused();
    assert!(Rule::all().all(|rule| none.contains(rule.code())), "{none}");
}

#[test]
fn every_page_says_what_it_means_why_it_matters_an_example_and_how_to_accept_it() {
    for rule in Rule::all() {
        let page = rule.page();
        assert!(page.starts_with(&format!("# {}\n\n", rule.code())), "{}", rule.code());
        for heading in ["## What it means, exactly", "## Why it matters", "## Example", "## How to accept it"] {
            assert!(page.contains(heading), "{}: {heading}", rule.code());
        }
    }
}

/// The numbers on the pages are those of the settings by default, as percent.
#[test]
fn the_pages_name_the_thresholds_in_force() {
    let settings = wirecopy::settings::Settings::default();
    for (rule, share) in [(Rule::Copy, settings.threshold()), (Rule::Excerpt, settings.excerpt_threshold())] {
        let page = rule.page();
        assert!(page.contains(&format!("default {share}")), "{}", rule.code());
        assert!(page.contains(&format!("{} % of the words", (share * 100.0).round())), "{}", rule.code());
    }
}

#[test]
fn the_entries_and_tables_on_the_pages_can_be_copied_as_they_are() {
    let mut entries = 0;
    for rule in Rule::all() {
        for block in rule.page().split("```").skip(1).step_by(2) {
            if let Some(entry) = block.strip_prefix("json\n{\"rule\"") {
                Baseline::parse(&format!("{{\"rule\"{entry}"), rule.code()).unwrap();
                entries += 1;
            }
        }
    }
    assert_eq!(entries, 3, "those of identical, copy and excerpt");
}

#[test]
fn the_table_of_all_rules_has_each_with_its_meaning() {
    let table = include_str!("../docs/rules/README.md");
    for rule in Rule::all() {
        let (code, fails) = (rule.code(), if rule.fails_by_default() { "yes" } else { "no" });
        assert!(table.contains(&format!("| [{code}]({code}.md) | {} | {fails} |", rule.meaning())), "{code}");
    }
    let default: Vec<&str> = Policy::default().fail_on.iter().map(|rule| rule.code()).collect();
    for code in default {
        assert!(table.contains(&format!("\"{code}\"")), "{code}");
    }
}
