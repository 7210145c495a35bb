//! What a check is asked: the policy and the baseline, read and written.

use std::collections::BTreeSet;
use std::path::Path;

use clap::ArgMatches;
use serde::Deserialize;
use wirecopy::check::{Accepted, Allowed, Baseline, Checked, Entry, Finding, Policy, Question, Rule, Verdict};
use wirecopy::read::Excused;
use wirecopy::settings::{Choice, nearest};

use super::super::output::Output;
use super::super::session::{self, path};
use super::super::{Failure, talk};

/// What the command line and the baseline say, under this policy.
pub(super) fn question(matches: &ArgMatches, policy: Policy) -> Result<Question, Failure> {
    let baseline = match path(matches, "baseline") {
        None => Baseline::default(),
        Some(path) => match std::fs::read_to_string(path) {
            Ok(text) => {
                let baseline = Baseline::parse(&text, &path.display().to_string());
                baseline.map_err(|error| Failure::Said(error.to_string()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && matches.get_flag("update-baseline") => {
                Baseline::default()
            }
            Err(error) => return Err(Failure::input(path, &error)),
        },
    };
    day(matches, "expires")?;
    let now = || jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let today = day(matches, "today")?.unwrap_or_else(now);
    Ok(Question { policy, baseline, today, unchanged: BTreeSet::new(), excused: Excused::default() })
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
}

#[derive(Deserialize)]
struct ConfigOfCheck {
    #[serde(default)]
    check: CheckTable,
}

/// What fails, by the configuration and the command line.
pub(super) fn policy(matches: &ArgMatches) -> Result<Policy, Failure> {
    let mut policy = configured_policy(matches)?;
    if let Some(list) = matches.get_one::<String>("fail-on") {
        policy.fail_on = rules(list.split(',')).map_err(|error| Failure::Said(format!("--fail-on: {error}")))?;
    }
    Ok(policy)
}

fn configured_policy(matches: &ArgMatches) -> Result<Policy, Failure> {
    let Some((path, text)) = session::config_text(matches)? else { return Ok(Policy::default()) };
    let name = path.display();
    let ConfigOfCheck { check } = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        Failure::Said(format!("{name}:{line}: [check]: {}", error.message()))
    })?;
    let fails = |error: String| Failure::Said(format!("{name}: [check] {error}"));
    let mut policy = Policy { own_revisions: check.own_revisions, ..Policy::default() };
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
    kept: usize,
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
        let expires = day(matches, "expires")?.unwrap_or_default();
        let still = |entry: &&Entry| !checked.unused.contains(entry) && !checked.expired.contains(entry);
        let mut entries: Vec<Entry> = question.baseline.entries().iter().filter(still).cloned().collect();
        let kept = entries.len();
        let entry = |finding: &Finding, matched: String| Entry {
            rule: finding.rule.code().to_owned(),
            id: finding.article.id.clone(),
            content: finding.article.content.clone(),
            matched,
            reason: text("reason"),
            who: text("who"),
            expires: expires.clone(),
        };
        for finding in checked.findings.iter().filter(|finding| finding.verdict == Verdict::Fails) {
            // Of a record that could not be read, its bytes are what it is known by.
            if finding.rule == Rule::Unreadable && !finding.article.content.is_empty() {
                entries.push(entry(finding, String::new()));
            }
            for one in finding.matches.iter().filter(|one| one.accepted.is_none()) {
                entries.push(entry(finding, one.article.content.clone()));
            }
        }
        let baseline = Baseline::of(entries);
        let nameless = |one: &Finding| one.rule == Rule::Unreadable && one.article.content.is_empty();
        let nameless = checked.findings.iter().any(nameless);
        let path = path(matches, "baseline").unwrap_or(Path::new(""));
        let output = Output::open(Some(path), false)?;
        accept(&baseline, &question.today, checked);
        Ok(BaselineUpdate { path, output, baseline, kept, gone: question.baseline.entries().len() - kept, nameless })
    }

    /// Writes it, and says what became of it.
    pub(super) fn write(self, quiet: bool) -> Result<(), Failure> {
        self.output.write(|out| out.write_all(self.baseline.to_text().as_bytes()))?;
        if !quiet {
            let new = self.baseline.entries().len() - self.kept;
            let (path, kept, gone) = (self.path.display(), self.kept, self.gone);
            talk::note(&format!("{path}: {new} new, {kept} kept, {gone} taken out"));
        }
        if self.nameless {
            talk::warning(
                "a record whose bytes are not held has no entry: mend it, or leave `unreadable` out of --fail-on",
            );
        }
        Ok(())
    }
}

/// Judges what fails once more, by a baseline in which every entry accepts something, though not after its last day.
fn accept(baseline: &Baseline, today: &str, checked: &mut Checked) {
    let reason = |finding: &Finding, matched: &str| {
        let place = baseline.find(finding.rule, &finding.article.id, &finding.article.content, matched)?;
        Some(&baseline.entries()[place]).filter(|entry| !entry.is_expired(today)).map(|entry| entry.reason.clone())
    };
    for finding in checked.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Fails) {
        if finding.rule == Rule::Unreadable {
            if !finding.article.content.is_empty() && reason(finding, "").is_some() {
                finding.verdict = Verdict::Accepted;
            }
            continue;
        }
        let reasons: Vec<Option<String>> =
            finding.matches.iter().map(|one| reason(finding, &one.article.content)).collect();
        for (one, reason) in finding.matches.iter_mut().zip(reasons) {
            one.accepted = one.accepted.take().or(reason.map(Accepted::Baseline));
        }
        if !finding.matches.is_empty() && finding.matches.iter().all(|one| one.accepted.is_some()) {
            finding.verdict = Verdict::Accepted;
        }
    }
    checked.unused.clear();
    checked.expired = baseline.entries().iter().filter(|entry| entry.is_expired(today)).cloned().collect();
}
