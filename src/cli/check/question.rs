//! What a check is asked: the policy and the baseline, read and written.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ArgMatches;
use serde::Deserialize;
use wirecopy::check::{
    Accepted, Allowed, Baseline, Checked, Entry, Finding, IdleEntries, Policy, Question, Rule, Verdict,
};
use wirecopy::settings::{Choice, nearest};

use super::super::output::Output;
use super::super::session::{self, path, whole_number};
use super::super::trust::{Trust, Trusted};
use super::super::{Failure, talk};
use super::gate::origins;

/// What the command line and the baseline say, under this policy.
pub(super) fn question(matches: &ArgMatches, policy: Policy, trust: Option<&Trust>) -> Result<Question, Failure> {
    let baseline = match path(matches, "baseline") {
        None => Baseline::default(),
        Some(path) => baseline(path, matches.get_flag("update-baseline"), trust)?,
    };
    if !matches.get_flag("update-baseline") {
        policy.refuse_beyond_budget(baseline.entries().len()).map_err(Failure::Said)?;
    }
    day(matches, "expires")?;
    let now = || jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let today = day(matches, "today")?.unwrap_or_else(now);
    Ok(Question { policy, baseline, today, origins: origins(matches, trust)?, ..Question::default() })
}

fn baseline(path: &Path, may_be_new: bool, trust: Option<&Trust>) -> Result<Baseline, Failure> {
    let parsed = |text: &str, name: &str| Baseline::parse(text, name).map_err(|error| Failure::Said(error.to_string()));
    if let Some(trust) = trust {
        match trust.text(path)? {
            Trusted::Held(text) => return parsed(&text, &trust.name(path)),
            // One that only the change has accepts nothing, and that it is there is a finding.
            Trusted::Missing if path.exists() => return Ok(Baseline::default()),
            Trusted::Missing => return Err(Failure::Said(format!("{}: no such file", trust.name(path)))),
            Trusted::Outside => {}
        }
    }
    match std::fs::read_to_string(path) {
        Ok(text) => parsed(&text, &path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && may_be_new => Ok(Baseline::default()),
        Err(error) => Err(Failure::input(path, &error)),
    }
}

/// The day that an argument gives, as baselines hold it.
pub(super) fn day(matches: &ArgMatches, name: &str) -> Result<Option<String>, Failure> {
    let Some(text) = matches.get_one::<String>(name) else { return Ok(None) };
    match text.parse::<jiff::civil::Date>() {
        Ok(day) => Ok(Some(day.to_string())),
        Err(_) => Err(Failure::Said(format!("--{name}: found `{text}`, expected a day such as 2027-01-31"))),
    }
}

/// The rules of a list of words, or none where it says `none`. An empty list, such as that of a variable which is not set, says nothing,
/// and would let everything pass.
fn rules<'w>(words: impl Iterator<Item = &'w str>) -> Result<Vec<Rule>, String> {
    let words: Vec<&str> = words.map(str::trim).filter(|word| !word.is_empty()).collect();
    match &words[..] {
        [] => return Err("no rule is named; say `none` where no rule is to fail the check".to_owned()),
        ["none"] => return Ok(Vec::new()),
        words if words.contains(&"none") => return Err("`none` stands alone, without other rules".to_owned()),
        _ => {}
    }
    let mut rules = Vec::new();
    for word in words {
        rules.push(Rule::of_word(word).ok_or_else(|| {
            let near = nearest(word, Rule::all().map(Rule::code));
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!(
                "no rule is called `{word}`{near} (they are {})",
                Rule::all().map(Rule::code).collect::<Vec<_>>().join(", ")
            )
        })?);
    }
    rules.sort_unstable();
    rules.dedup();
    Ok(rules)
}

/// The table `[check]` of a `wirecopy.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct CheckTable {
    fail_on: Option<Vec<String>>,
    allow: Vec<String>,
    own_revisions: bool,
    max_accepted: Option<usize>,
}

#[derive(Deserialize)]
struct ConfigOfCheck {
    #[serde(default)]
    check: CheckTable,
}

/// What fails, by the configuration and the command line.
pub(super) fn policy(matches: &ArgMatches, trust: Option<&Trust>) -> Result<Policy, Failure> {
    let mut policy = configured_policy(matches, trust)?;
    if let Some(list) = matches.get_one::<String>("fail-on") {
        policy.fail_on = rules(list.split(',')).map_err(|error| Failure::Said(format!("--fail-on: {error}")))?;
    }
    if matches.contains_id("max-accepted") {
        policy.max_accepted = Some(whole_number(matches, "max-accepted", usize::MAX)?);
    }
    Ok(policy)
}

fn configured_policy(matches: &ArgMatches, trust: Option<&Trust>) -> Result<Policy, Failure> {
    let Some((path, text)) = session::config_text(matches, trust)? else { return Ok(Policy::default()) };
    let name = path.display();
    let ConfigOfCheck { check } = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        Failure::Said(format!("{name}:{line}: [check]: {}", error.message()))
    })?;
    let fails = |error: String| Failure::Said(format!("{name}: [check] {error}"));
    let mut policy =
        Policy { own_revisions: check.own_revisions, max_accepted: check.max_accepted, ..Policy::default() };
    if let Some(words) = &check.fail_on {
        policy.fail_on = rules(words.iter().map(String::as_str)).map_err(|error| fails(format!("fail-on: {error}")))?;
    }
    for line in &check.allow {
        policy.allow.push(Allowed::parse(line).ok_or_else(|| {
            fails(format!("allow: found `{line}`, expected an outlet, or two such as `ttxvn.vn -> baotintuc.vn`"))
        })?);
    }
    Ok(policy)
}

/// A baseline that takes the place of the one before: the pairs that fail now, and the entries that still accept something.
pub(super) struct BaselineUpdate<'a> {
    path: &'a Path,
    output: Output,
    baseline: Baseline,
    /// Entries that stay, that are new, that are new for a pair whose articles changed, and that go.
    kept: usize,
    new: usize,
    review: usize,
    gone: usize,
    /// Whether there is a record that no entry can name.
    nameless: bool,
}

impl<'a> BaselineUpdate<'a> {
    /// Makes it, writes nothing, and judges what was found by it: a report must not say that what has just been accepted fails.
    pub(super) fn new(
        matches: &'a ArgMatches,
        question: &Question,
        checked: &mut Checked,
    ) -> Result<BaselineUpdate<'a>, Failure> {
        let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
        let idle = &checked.idle;
        let gone: BTreeSet<&Entry> = [&idle.expired, &idle.void, &idle.unused].into_iter().flatten().collect();
        let mut entries: Vec<Entry> =
            question.baseline.entries().iter().filter(|entry| !gone.contains(entry)).cloned().collect();
        let kept = entries.len();
        let given = Entry {
            reason: text("reason"),
            who: text("who"),
            expires: day(matches, "expires")?.unwrap_or_default(),
            ..Entry::default()
        };
        let (mut review, mut expired) = (0, 0);
        for entry in entries_for(checked) {
            // A licence to a day must not become one for good because a comma changed, or because the day is past.
            let before = idle.void.iter().chain(&idle.expired).find(|one| one.is_about_the_articles_of(&entry));
            let Some(before) = before else {
                entries.push(Entry {
                    reason: given.reason.clone(),
                    who: given.who.clone(),
                    expires: given.expires.clone(),
                    ..entry
                });
                continue;
            };
            let is_changed = before.key() != entry.key();
            expired += usize::from(before.is_expired(&question.today) && given.expires.is_empty());
            review += usize::from(is_changed);
            let one_of =
                |given: &String, before: &String| if given.is_empty() { before.clone() } else { given.clone() };
            entries.push(Entry {
                reason: one_of(&given.reason, &before.reason),
                who: one_of(&given.who, &before.who),
                expires: one_of(&given.expires, &before.expires),
                review: is_changed || before.review,
                ..entry
            });
        }
        if expired > 0 {
            let entries = talk::counted(expired as u64, "entry", "entries");
            return Err(Failure::Said(format!(
                "--update-baseline: {entries} expired; give --expires with a new last day to renew them, or take them out"
            )));
        }
        let baseline = Baseline::of(entries);
        question.policy.refuse_beyond_budget(baseline.entries().len()).map_err(Failure::Said)?;
        let nameless = |one: &Finding| one.rule == Rule::Unreadable && one.article.content.is_empty();
        let nameless = checked.findings.iter().any(nameless);
        let path = path(matches, "baseline").unwrap_or(Path::new(""));
        let output = Output::open(Some(path), false)?;
        accept(&baseline, &question.today, checked);
        checked.scope.baseline_entries = baseline.entries().len();
        let (new, gone) = (baseline.entries().len() - kept - review, question.baseline.entries().len() - kept);
        Ok(BaselineUpdate { path, output, baseline, kept, new, review, gone, nameless })
    }

    /// Writes it, and says what became of it.
    pub(super) fn write(self, quiet: bool) -> Result<(), Failure> {
        self.output.write(|out| out.write_all(self.baseline.to_text().as_bytes()))?;
        if !quiet {
            let BaselineUpdate { kept, new, gone, .. } = self;
            let mut said = format!("{}: {new} new, {kept} kept, {gone} taken out", self.path.display());
            if self.review > 0 {
                said += &format!(
                    "; {} for articles that changed after they were accepted, with the reason and the last day as before, marked `review`",
                    self.review
                );
            }
            talk::note(&said);
        }
        if self.nameless {
            talk::warning(
                "a record whose bytes are not held has no entry: mend it, or leave `unreadable` out of --fail-on",
            );
        }
        Ok(())
    }
}

/// An entry for each pair that fails, without what a person says of it.
fn entries_for(checked: &Checked) -> Vec<Entry> {
    let owned = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut entries = Vec::new();
    for Finding { rule, article, matches, .. } in
        checked.findings.iter().filter(|finding| finding.verdict == Verdict::Fails)
    {
        let entry = Entry {
            rule: rule.code().to_owned(),
            id: article.id.clone(),
            content: article.content.clone(),
            title: owned(&article.title),
            source: owned(&article.source),
            ..Entry::default()
        };
        // What matches nothing is known by the bytes of a record or file.
        if matches.is_empty() && !article.content.is_empty() {
            let line = article.line.map_or(String::new(), |line| format!(":{line}"));
            entries.push(Entry { title: format!("{}{line}", article.file), ..entry.clone() });
        }
        for one in matches.iter().filter(|one| one.accepted.is_none()) {
            entries.push(Entry {
                matched: one.article.content.clone(),
                match_id: one.article.id.clone(),
                match_title: owned(&one.article.title),
                match_source: owned(&one.article.source),
                ..entry.clone()
            });
        }
    }
    entries
}

/// Judges what fails once more, by a baseline in which every entry accepts something, though not after its last day.
fn accept(baseline: &Baseline, today: &str, checked: &mut Checked) {
    let accepts = |finding: &Finding, matched: &str| {
        let place = baseline.find(finding.rule, &finding.article.id, &finding.article.content, matched)?;
        Some(&baseline.entries()[place]).filter(|entry| !entry.is_expired(today)).map(Entry::accepts)
    };
    for finding in checked.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Fails) {
        if finding.matches.is_empty() {
            if !finding.article.content.is_empty() && accepts(finding, "").is_some() {
                finding.verdict = Verdict::Accepted;
            }
            continue;
        }
        let accepted: Vec<Option<Accepted>> =
            finding.matches.iter().map(|one| accepts(finding, &one.article.content)).collect();
        for (one, accepted) in finding.matches.iter_mut().zip(accepted) {
            one.accepted = one.accepted.take().or(accepted);
        }
        if finding.matches.iter().all(|one| one.accepted.is_some()) {
            finding.verdict = Verdict::Accepted;
        }
    }
    let expired = baseline.entries().iter().filter(|entry| entry.is_expired(today)).cloned().collect();
    checked.idle = IdleEntries { expired, ..IdleEntries::default() };
}
