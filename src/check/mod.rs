//! New articles in, findings out: which of them copy what is known already, or one another.
//!
//! The gate of a corpus. Only what is new is judged: an article that is known with the same words is passed over, and what two
//! known articles have in common is nobody's finding. Each finding names the article that it matches and the numbers that
//! say so; [`Rule`] is its code, [`Policy`] says which rules fail a check and which pairs are allowed, a [`Baseline`] accepts
//! single pairs.
//!
//! There is no second way of comparing. New articles, and those of an index that share enough samples with one of them, go the way
//! of every run ([`crate::pipeline`]) under the index's own tables; findings are its edges.

mod baseline;
mod disguise;
mod find;
mod judge;
mod pairs;
mod policy;
mod rule;
mod same_event;
mod scope;

use serde::Serialize;

use crate::events::Confidence;
use crate::settings::Settings;
use crate::verify::{Comparison, Kind};

pub use baseline::{Baseline, BaselineError, Entry, IdleEntries};
pub use find::{GateChange, Known, Outcome, Question, check};
pub use policy::{Allowed, Policy};
pub use rule::{Level, Rule};
pub use scope::{Origins, Scope, SkippedFiles};

/// What a check found.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// What it was asked.
    pub settings: Settings,
    /// What fails it.
    pub policy: Policy,
    /// What was looked at, and by which rules.
    pub scope: Scope,
    /// Articles that were judged.
    pub articles: u64,
    /// Articles of the input that are known already with the same words, and so not judged.
    pub known: u64,
    /// Records of the input that are one with another of it.
    pub repeated: u64,
    /// Articles without a word.
    pub empty: u64,
    /// Records that could not be read as articles. The first [`MOST_LISTED`](crate::read::MOST_LISTED) are findings.
    pub unreadable: u64,
    /// What they were checked against: its name, and how many articles it holds; `None` where only among themselves.
    pub against: Option<(String, u64)>,
    /// What was found, in the order of the input.
    pub findings: Vec<Finding>,
    /// Entries of the baseline that accepted nothing.
    pub idle: IdleEntries,
    /// What kept the check from being made, or from being made wholly: where there is any, it has not passed, whatever was found.
    pub errors: Vec<String>,
}

impl Checked {
    /// A check that could not be made, of which so much is known.
    pub fn not_made(settings: Settings, policy: Policy, error: String) -> Checked {
        Checked {
            settings,
            policy,
            scope: Scope::default(),
            articles: 0,
            known: 0,
            repeated: 0,
            empty: 0,
            unreadable: 0,
            against: None,
            findings: Vec::new(),
            idle: IdleEntries::default(),
            errors: vec![error],
        }
    }

    /// Whether any article was judged, or any other finding fails the check.
    pub fn judged_anything(&self) -> bool {
        self.articles > 0 || self.fails()
    }

    /// Whether any finding fails the check.
    pub fn fails(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict == Verdict::Fails)
    }

    /// How many findings of this rule have this verdict.
    pub fn count(&self, rule: Rule, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.rule == rule && finding.verdict == verdict).count()
    }
}

/// One article and one rule: what it matches by that rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was found.
    pub rule: Rule,
    /// Whether it fails the check.
    pub verdict: Verdict,
    /// The new article; of a record that could not be read only where it stands.
    pub article: Named,
    /// What it matches, the strongest first, what is accepted last; of an unreadable record nothing.
    pub matches: Vec<Match>,
    /// Of an unreadable record, why.
    pub reason: Option<String>,
}

/// What a finding means for the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It fails.
    Fails,
    /// It is said, and does not fail.
    Informs,
    /// It would fail, and every match is accepted by the baseline or allowed by the policy.
    Accepted,
}

/// An article as findings name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id; empty of an unreadable record.
    pub id: String,
    /// Its outlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its headline, or how it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was published, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// The file that it stands in; of a stored article the index.
    pub file: String,
    /// Its line there, from 1; `None` of a stored article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// A fingerprint of its words, whatever their case, Unicode form and punctuation, 16 hexadecimal digits; of an unreadable record
    /// one of its bytes, empty where these are not held.
    pub content: String,
}

/// An article that a new one matches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match {
    /// That article.
    #[serde(flatten)]
    pub article: Named,
    /// Whether it is among the new ones.
    pub new: bool,
    /// The kind of the verified edge; `None` of a revision and of a report of the same event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Its numbers.
    #[serde(flatten)]
    pub comparison: Option<Comparison>,
    /// Of a report of the same event, how sure it is that it is one: `confidence` and `sureness`.
    #[serde(flatten)]
    pub confidence: Option<Confidence>,
    /// The longest passage that both have, word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
    /// Why it does not fail the check, where it otherwise would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

/// A passage that two articles share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// As it stands in the new article; cut where it is long.
    pub text: String,
    /// How many words it has, cut or not.
    pub words: usize,
}

/// Why a match does not fail a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Accepted {
    /// The baseline has it, for this reason.
    Baseline(String),
    /// The baseline has it, for this reason, and an article changed after a person accepted the pair.
    Review(String),
    /// The policy allows it: the line that does.
    Policy(String),
}
