//! What a check found in, one JSON object out: all of it, for scripts.
//!
//! `schemas/check-1.json` describes it. Numbers are written in the shortest form that reads back as the same number, texts so
//! that they read back as they were.

use std::io;

use serde::Serialize;

use super::super::json::write_json;
use super::super::view::{SettingsView, TimezoneView};
use super::wording::{codes, total};
use crate::check::{Checked, Entry, Finding, Match, Named, Rule, Scope, Verdict};

/// A field is added at will, and renamed or removed only with a new version.
const SCHEMA_VERSION: u32 = 1;

/// All that there is to say.
#[derive(Serialize)]
struct CheckView<'a> {
    schema_version: u32,
    verdict: &'static str,
    errors: &'a [String],
    counts: Counts,
    scope: &'a Scope,
    settings: SettingsView,
    timezone: TimezoneView,
    policy: PolicyView,
    against: Option<Against<'a>>,
    findings: Vec<FindingView<'a>>,
    unused: &'a [Entry],
    expired: &'a [Entry],
    void: &'a [Entry],
}

#[derive(Serialize)]
struct Counts {
    articles: u64,
    known: u64,
    repeated: u64,
    empty: u64,
    unreadable: u64,
    #[serde(flatten)]
    findings: ByVerdict,
    rules: Vec<RuleCounts>,
}

#[derive(Serialize)]
struct ByVerdict {
    fails: usize,
    informs: usize,
    accepted: usize,
}

#[derive(Serialize)]
struct RuleCounts {
    rule: Rule,
    #[serde(flatten)]
    findings: ByVerdict,
}

#[derive(Serialize)]
struct PolicyView {
    fail_on: Vec<&'static str>,
    allow: Vec<String>,
    own_revisions: bool,
    max_accepted: Option<usize>,
}

#[derive(Serialize)]
struct Against<'a> {
    name: &'a str,
    articles: u64,
}

#[derive(Serialize)]
struct FindingView<'a> {
    rule: Rule,
    verdict: Verdict,
    article: &'a Named,
    matches: &'a [Match],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// One object, indented.
pub(super) fn write(checked: &Checked, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(&view(checked), out)
}

fn view(checked: &Checked) -> CheckView<'_> {
    CheckView {
        schema_version: SCHEMA_VERSION,
        verdict: match (checked.errors.is_empty(), checked.fails()) {
            (false, _) => "could_not_check",
            (true, true) => "failed",
            (true, false) => "passed",
        },
        errors: &checked.errors,
        counts: counts(checked),
        scope: &checked.scope,
        settings: SettingsView::of(&checked.settings),
        timezone: TimezoneView::of(&checked.zone, &checked.times),
        policy: PolicyView {
            fail_on: codes(&checked.policy.fail_on),
            allow: checked.policy.allow.iter().map(ToString::to_string).collect(),
            own_revisions: checked.policy.own_revisions,
            max_accepted: checked.policy.max_accepted,
        },
        against: checked.against.as_ref().map(|(name, articles)| Against { name, articles: *articles }),
        findings: checked.findings.iter().map(finding).collect(),
        unused: &checked.idle.unused,
        expired: &checked.idle.expired,
        void: &checked.idle.void,
    }
}

fn counts(checked: &Checked) -> Counts {
    let of = |count: &dyn Fn(Verdict) -> usize| ByVerdict {
        fails: count(Verdict::Fails),
        informs: count(Verdict::Informs),
        accepted: count(Verdict::Accepted),
    };
    Counts {
        articles: checked.articles,
        known: checked.known,
        repeated: checked.repeated,
        empty: checked.empty,
        unreadable: checked.unreadable,
        findings: of(&|verdict| total(checked, verdict)),
        rules: Rule::all()
            .map(|rule| RuleCounts { rule, findings: of(&|verdict| checked.count(rule, verdict)) })
            .collect(),
    }
}

fn finding(finding: &Finding) -> FindingView<'_> {
    FindingView {
        rule: finding.rule,
        verdict: finding.verdict,
        article: &finding.article,
        matches: &finding.matches,
        reason: finding.reason.as_deref(),
    }
}
