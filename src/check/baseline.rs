//! Pairs that were looked at and accepted: a file that is committed beside the corpus, an entry a line.
//!
//! An entry accepts one pair by one rule, and not every later copy of the same article: it names the new article by its id and its
//! words, and what it matches by its words. Where either changes, the entry is void: it accepts nothing, and the report says so. Titles and
//! outlets stand in it for the people who review it, and decide nothing.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Accepted, Finding, Rule};
use crate::settings::{Choice, nearest};

/// One accepted pair. A line of JSON with these fields and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The code of the rule.
    pub rule: String,
    /// The id of the new article.
    pub id: String,
    /// The fingerprint of its words; of a record that could not be read of its bytes.
    pub content: String,
    /// The fingerprint of the words of what it matches; empty of a record that could not be read.
    #[serde(default, rename = "match", skip_serializing_if = "String::is_empty")]
    pub matched: String,
    /// The headline of the new article; of a record that could not be read where it stood.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its outlet.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The id of what it matches.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub match_id: String,
    /// The headline of what it matches.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub match_title: String,
    /// The outlet of what it matches.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub match_source: String,
    /// Why it was accepted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// By whom.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// The last day on which it accepts, `2027-01-31`; empty: for good.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expires: String,
    /// Whether an article changed after a person accepted the pair: reason, person and day are those of the entry before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub review: bool,
}

/// What is wrong with a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineError {
    /// The file as messages call it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What was found there, and what to do.
    pub problem: String,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.problem)
    }
}

impl std::error::Error for BaselineError {}

/// The accepted pairs, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: Vec<Entry>,
}

impl Baseline {
    /// Reads the text of a baseline that messages call `file`. Empty lines are passed over; of two lines for one pair [`Baseline::of`]
    /// says which holds.
    ///
    /// # Errors
    /// The first line that is no entry: a conflict of a merge, another field, an unknown rule, a day that is none.
    pub fn parse(text: &str, file: &str) -> Result<Baseline, BaselineError> {
        let mut entries = Vec::new();
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let fails = |problem: String| BaselineError { file: file.to_owned(), line, problem };
            if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| text.starts_with(mark)) {
                return Err(fails(
                    "a conflict of a merge; keep the lines of both sides, and take out the marks".to_owned(),
                ));
            }
            let entry: Entry = serde_json::from_str(text)
                .map_err(|error| fails(format!("no entry of a baseline: {}", plain(&error))))?;
            if Rule::of_word(&entry.rule).is_none() {
                let near = nearest(&entry.rule, Rule::all().map(Rule::code));
                let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(fails(format!("no rule is called `{}`{near}", entry.rule)));
            }
            if !entry.expires.is_empty() && !is_day(&entry.expires) {
                return Err(fails(format!("expires: found `{}`, expected a day such as 2027-01-31", entry.expires)));
            }
            entries.push(entry);
        }
        Ok(Baseline::of(entries))
    }

    /// The baseline of these entries, each pair once: where two accept the same pair, as after a merge of two branches, the one that
    /// accepts it for longer, of equal ones the first in order.
    pub fn of(mut entries: Vec<Entry>) -> Baseline {
        // Without a last day it is for good.
        let until = |entry: &Entry| (!entry.expires.is_empty()).then(|| Reverse(entry.expires.clone()));
        entries.sort_unstable_by(|a, b| {
            a.key().cmp(&b.key()).then_with(|| until(a).cmp(&until(b))).then_with(|| a.cmp(b))
        });
        entries.dedup_by(|later, first| later.key() == first.key());
        Baseline { entries }
    }

    /// The text of the file: an entry a line, in order.
    pub fn to_text(&self) -> String {
        // Strings alone: there is nothing that JSON can't hold.
        self.entries.iter().map(|entry| serde_json::to_string(entry).unwrap_or_default() + "\n").collect()
    }

    /// The entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The place of the entry for this pair.
    pub fn find(&self, rule: Rule, id: &str, content: &str, matched: &str) -> Option<usize> {
        let key = (rule.code(), id, content, matched);
        self.entries.binary_search_by(|entry| entry.key().cmp(&key)).ok()
    }
}

impl Entry {
    /// What it is about: reason, person and day aside.
    pub fn key(&self) -> (&str, &str, &str, &str) {
        (&self.rule, &self.id, &self.content, &self.matched)
    }

    /// Whether it was about the same two articles as `other`, whatever their words. An entry that does not name what it matches was about
    /// any.
    pub fn is_about_the_articles_of(&self, other: &Entry) -> bool {
        let same_match = self.match_id.is_empty() || self.match_id == other.match_id;
        !self.id.is_empty() && self.rule == other.rule && self.id == other.id && same_match
    }

    /// What it says of a match that it accepts.
    pub fn accepts(&self) -> Accepted {
        if self.review { Accepted::Review(self.reason.clone()) } else { Accepted::Baseline(self.reason.clone()) }
    }

    /// Whether its last day is before `today`, `2027-01-31`.
    pub fn is_expired(&self, today: &str) -> bool {
        !self.expires.is_empty() && self.expires.as_str() < today
    }
}

/// The entries of a baseline that accepted nothing, by why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdleEntries {
    /// Their last day is past.
    pub expired: Vec<Entry>,
    /// One of their articles has other words now, and is found again.
    pub void: Vec<Entry>,
    /// What they accept was not found.
    pub unused: Vec<Entry>,
}

impl IdleEntries {
    /// Sorts entries that accepted nothing in a check with these findings.
    pub(super) fn of(idle: impl Iterator<Item = Entry>, today: &str, findings: &[Finding]) -> IdleEntries {
        let found: HashSet<(&str, &str)> =
            findings.iter().map(|finding| (finding.rule.code(), finding.article.id.as_str())).collect();
        let mut sorted = IdleEntries::default();
        for entry in idle {
            let is_found = !entry.id.is_empty() && found.contains(&(entry.rule.as_str(), entry.id.as_str()));
            match (entry.is_expired(today), is_found) {
                (true, _) => sorted.expired.push(entry),
                (false, true) => sorted.void.push(entry),
                (false, false) => sorted.unused.push(entry),
            }
        }
        sorted
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// What a reader of JSON says, without its line, which is ours.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(rule: &str, id: &str) -> Entry {
        Entry { rule: rule.to_owned(), id: id.to_owned(), content: "00ff".to_owned(), ..Entry::default() }
    }

    fn problem(text: &str) -> String {
        Baseline::parse(text, "b.jsonl").unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_entry_is_refused_with_its_line() {
        let good = r#"{"rule":"copy","id":"a","content":"1","match":"2"}"#;
        assert_eq!(
            problem(&format!("{good}\n<<<<<<< HEAD\n")),
            "b.jsonl:2: a conflict of a merge; keep the lines of both sides, and take out the marks"
        );
        assert!(
            problem(r#"{"rule":"copy","id":"a","content":"1","line":7}"#)
                .starts_with("b.jsonl:1: no entry of a baseline: unknown field `line`")
        );
        assert_eq!(
            problem(r#"{"rule":"coppy","id":"a","content":"1"}"#),
            "b.jsonl:1: no rule is called `coppy`; did you mean `copy`?"
        );
        assert!(
            problem(r#"{"rule":"copy","id":"a","content":"1","expires":"2027-02-30"}"#)
                .contains("expected a day such as")
        );
        assert!(problem("{").contains("no entry of a baseline"));
    }

    /// After a merge the file holds the lines of both branches.
    #[test]
    fn of_two_entries_for_one_pair_the_one_that_accepts_for_longer_holds() {
        let with = |reason: &str, expires: &str| Entry {
            reason: reason.to_owned(),
            expires: expires.to_owned(),
            ..entry("copy", "a")
        };
        let (soon, late, always) = (with("b", "2027-01-31"), with("c", "2028-01-31"), with("d", ""));
        let held = |entries: &[&Entry]| {
            let text: String = entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
            Baseline::parse(&text, "b.jsonl").unwrap().entries().to_vec()
        };
        assert_eq!(held(&[&soon, &late])[..], *std::slice::from_ref(&late));
        assert_eq!(held(&[&late, &soon])[..], *std::slice::from_ref(&late));
        assert_eq!(held(&[&soon, &always, &late])[..], *std::slice::from_ref(&always));
        assert_eq!(held(&[&always, &with("a", "")]), [with("a", "")], "whatever their order in the file");
        assert_eq!(held(&[&late, &entry("copy", "b")]).len(), 2);
    }

    #[test]
    fn an_entry_holds_on_its_last_day_and_no_longer() {
        let entry = Entry { expires: "2027-01-31".to_owned(), ..entry("copy", "a") };
        assert!(!entry.is_expired("2027-01-31") && entry.is_expired("2027-02-01"));
        assert!(!Entry::default().is_expired("9999-12-31"));
    }

    proptest! {
        #[test]
        fn a_baseline_is_sorted_and_reads_back(ids in prop::collection::vec("[a-c\u{1b}\n\"á]{0,3}", 0..12)) {
            let entries: Vec<Entry> = ids.iter().map(|id| entry("copy", id)).collect();
            let baseline = Baseline::of(entries);
            let text = baseline.to_text();
            prop_assert_eq!(text.lines().count(), baseline.entries().len(), "an entry a line");
            prop_assert_eq!(Baseline::parse(&text, "b").unwrap(), baseline.clone());
            for id in &ids {
                prop_assert!(baseline.find(Rule::Copy, id, "00ff", "").is_some());
            }
        }
    }
}
