//! Findings and matches in, the sentences about them out that every format for people shares.
//!
//! What comes from articles is made harmless and short here, so that no format has to remember to.

use super::super::layout::{count, counted, fit, hashes_apart, percent};
use crate::check::{Accepted, Checked, Finding, IdleEntries, Level, Match, Named, Rule, Scope, Verdict};
use crate::settings::Choice;

/// Of files that were passed over, this many are named.
const NAMED: usize = 3;

/// A headline in an annotation takes at most so many columns.
const TITLE_COLUMNS: usize = 120;

/// So does an id or the name of an outlet or file: longer ones are no names but an attack, or a text in the wrong field.
const NAME_COLUMNS: usize = 300;

/// So does a passage; the check has cut it already.
const PASSAGE_COLUMNS: usize = 400;

/// So does what kept a check from being made: it names a file or two.
const ERROR_COLUMNS: usize = 1_000;

/// A letter may carry any number of marks, which take no columns: beyond so many characters a column, they are cut.
const CHARACTERS_PER_COLUMN: usize = 4;

/// A part of a line: `text` without what steers a terminal, and without the `##` that CI systems look for anywhere in a line, in at
/// most `width` columns. What begins a line is for those to mend who make lines of it.
pub(super) fn harmless(text: &str, width: usize) -> String {
    let some: String = text.chars().take(width.saturating_mul(CHARACTERS_PER_COLUMN)).collect();
    let cut = if some.len() < text.len() { format!("{some}…") } else { some };
    hashes_apart(&fit(&cut, width)).into_owned()
}

/// An id, an outlet or a file.
pub(super) fn name(text: &str) -> String {
    harmless(text, NAME_COLUMNS)
}

/// A headline.
pub(super) fn title(text: &str) -> String {
    harmless(text, TITLE_COLUMNS)
}

/// A passage, in quotation marks.
pub(super) fn quoted(text: &str) -> String {
    format!("“{}”", harmless(text, PASSAGE_COLUMNS))
}

/// What kept a check from being made, and what to do.
pub(super) fn error(text: &str) -> String {
    harmless(text, ERROR_COLUMNS)
}

/// What happened to a check as a whole, in one line: `Failed: 2 findings (1 identical, 1 copy) in 12 new articles`. Why it could not
/// be made stands beside it, in [`Checked::errors`].
pub(super) fn verdict(checked: &Checked) -> String {
    let (failed, found) = judgment(checked);
    match (checked.errors.is_empty(), judged_any(checked)) {
        (true, _) => format!("{}: {found}", if failed { "Failed" } else { "Passed" }),
        (false, true) if checked.articles > 0 || !checked.findings.is_empty() => {
            format!("Could not be checked wholly; in what could: {found}")
        }
        (false, _) => "Could not be checked".to_owned(),
    }
}

/// Whether any record was judged or known.
fn judged_any(checked: &Checked) -> bool {
    checked.articles + checked.known > 0 || !checked.findings.is_empty()
}

/// Whether it failed, and what was found.
fn judgment(checked: &Checked) -> (bool, String) {
    let articles = counted(checked.articles as usize, "new article", "new articles");
    if checked.fails() {
        let findings = counted(total(checked, Verdict::Fails), "finding", "findings");
        return (true, format!("{findings} ({}) in {articles}", by_rule(checked, Verdict::Fails)));
    }
    if checked.articles == 0 {
        return (false, "there is nothing new to judge".to_owned());
    }
    let nothing = if checked.findings.is_empty() { "nothing found" } else { "nothing that fails" };
    (false, format!("{nothing} in {articles}"))
}

/// What it was checked against, and what of the input was not judged; `show` makes the index's name harmless.
pub(super) fn scope(checked: &Checked, show: impl Fn(&str) -> String) -> String {
    if !checked.errors.is_empty() && !judged_any(checked) {
        return "No article was judged".to_owned();
    }
    let against = match &checked.against {
        Some((index, articles)) => {
            format!("Checked against {} ({})", show(index), counted(*articles as usize, "article", "articles"))
        }
        None => "Checked among themselves".to_owned(),
    };
    let left_out = [
        (checked.known, "known already with the same words"),
        (checked.repeated, "repeated in the input"),
        (checked.empty, "without a word"),
        (unlisted(checked), "unreadable beyond those that are listed"),
    ];
    let left_out = left_out.iter().filter(|(number, _)| *number > 0);
    let left_out: Vec<String> = left_out.map(|(number, what)| format!("{} {what}", count(*number as usize))).collect();
    if left_out.is_empty() { against } else { format!("{against}; not judged: {}", left_out.join(", ")) }
}

/// What was looked at, and by which rules, in sentences: what a pass is worth. `show` makes names harmless.
pub(super) fn looked_at(checked: &Checked, show: impl Fn(&str) -> String) -> Vec<String> {
    let scope = &checked.scope;
    if scope == &Scope::default() {
        return Vec::new();
    }
    let origins = &scope.origins;
    let mut rules = vec![match &origins.configuration {
        Some(file) => format!("configuration {}", show(file)),
        None => "no configuration".to_owned(),
    }];
    if let Some(file) = &origins.baseline {
        let entries = counted(scope.baseline_entries, "entry", "entries");
        rules.push(format!("baseline {} ({entries})", show(file)));
    }
    if !scope.ignore_files.is_empty() {
        rules.push(format!("ignore files {}", some_of(&scope.ignore_files, scope.ignore_files.len() as u64, &show)));
    }
    let mut told = vec![format!(
        "Read {}, of each article the text alone; {}",
        counted(scope.files as usize, "file", "files"),
        rules.join(", ")
    )];
    if let Some(base) = &origins.trusted_base {
        told.push(format!("Rules are those of {}", show(base)));
    }
    if let Some(since) = &origins.since {
        told.push(format!("Not judged: what {} has", show(since)));
    }
    let passed_over = scope.passed_over.iter().map(|skipped| {
        let what = match skipped.why {
            "hidden" => "hidden",
            "ignored" => "named by an ignore file",
            "excluded" => "left out by --include or --exclude",
            "readme" => "README",
            "absent" => "under version control and not there",
            _ => "in no article format",
        };
        format!("{} {what} ({})", count(skipped.files as usize), some_of(&skipped.first, skipped.files, &show))
    });
    let passed_over: Vec<String> = passed_over.collect();
    if !passed_over.is_empty() {
        told.push(format!("Passed over: {}", passed_over.join(", ")));
    }
    told
}

/// The first names of many.
fn some_of(names: &[String], all: u64, show: impl Fn(&str) -> String) -> String {
    let mut shown: Vec<String> = names.iter().take(NAMED).map(|name| show(name)).collect();
    if all > shown.len() as u64 {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

/// How many unreadable records are no findings, for there are too many of them.
pub(super) fn unlisted(checked: &Checked) -> u64 {
    let listed = checked.findings.iter().filter(|finding| finding.rule == Rule::Unreadable).count();
    checked.unreadable.saturating_sub(listed as u64)
}

/// How many findings have this verdict.
pub(super) fn total(checked: &Checked, verdict: Verdict) -> usize {
    checked.findings.iter().filter(|finding| finding.verdict == verdict).count()
}

/// `1 identical, 2 copy`: the gravest first.
pub(super) fn by_rule(checked: &Checked, verdict: Verdict) -> String {
    let counts = Rule::all().map(|rule| (checked.count(rule, verdict), rule)).filter(|(number, _)| *number > 0);
    counts.map(|(number, rule)| format!("{} {}", count(number), rule.code())).collect::<Vec<_>>().join(", ")
}

/// How bad a finding is: an error where it fails the check, and never where it does not.
pub(super) fn level(finding: &Finding) -> Level {
    match (finding.verdict, finding.rule.level()) {
        (Verdict::Fails, _) => Level::Error,
        (Verdict::Accepted, level) => level,
        (Verdict::Informs, Level::Error) => Level::Warning,
        (Verdict::Informs, level) => level,
    }
}

/// What the new article is called: its id, or of a record that has none its place.
pub(super) fn called(article: &Named) -> String {
    if article.id.is_empty() { place(article) } else { name(&article.id) }
}

/// `file:line`, or the file alone.
pub(super) fn place(article: &Named) -> String {
    match article.line {
        Some(line) => format!("{}:{line}", name(&article.file)),
        None => name(&article.file),
    }
}

/// `2021-12-08 03:05` of a time in UTC, else with its offset: `2021-12-08 10:05 +07:00`.
pub(super) fn when(published: &str) -> String {
    let offset = published.get(19..).filter(|offset| offset.starts_with(['+', '-'])).unwrap_or_default();
    match published.get(..16) {
        Some(minute) if !published.starts_with(['-', '@']) => {
            harmless(format!("{} {offset}", minute.replacen('T', " ", 1)).trim_end(), NAME_COLUMNS)
        }
        _ => name(published),
    }
}

/// Where a matched article is: in the index, in a file, among the new ones.
pub(super) fn whereabouts(found: &Match) -> String {
    match (found.article.line, found.new) {
        (_, true) => format!("among the new ones, {}", place(&found.article)),
        (Some(_), false) => place(&found.article),
        (None, false) => format!("in the index {}", name(&found.article.file)),
    }
}

/// What a finding says of its article, before the name of what it matches: `the bulk of it is the same wording as`.
pub(super) fn relation(rule: Rule) -> &'static str {
    match rule {
        Rule::GateChanged => "the rules of the check were changed",
        Rule::Unreadable => "no article could be read",
        Rule::Identical => "has the same words as",
        Rule::Copy => "the bulk of it is the wording of",
        Rule::Excerpt => "most of it stands in",
        Rule::Contains => "holds most of",
        Rule::Template => "has the frame, with other numbers, days or names, of",
        Rule::Revision => "is another version of",
        Rule::SameEvent => "reports the same event as",
    }
}

/// The numbers of a match, as percent that are never rounded up; empty where it has none.
pub(super) fn numbers(found: &Match) -> String {
    let mut told = Vec::new();
    if let Some(numbers) = &found.comparison {
        told.push(format!("similarity {}", percent(numbers.similarity)));
        told.push(format!("containment {}", percent(numbers.containment)));
        told.push(format!(
            "coverage {} of the shorter and {} of the longer",
            percent(numbers.coverage),
            percent(numbers.coverage_longer)
        ));
    }
    if let Some(confidence) = found.confidence {
        told.push(confidence.to_string());
    }
    told.join(", ")
}

/// `43 words in both: “…”`.
pub(super) fn shared_passage(found: &Match) -> Option<String> {
    let passage = found.passage.as_ref()?;
    Some(format!("{} in both: {}", counted(passage.words, "word", "words"), quoted(&passage.text)))
}

/// A match in one line: id, outlet, title, time, whereabouts; what is not known is left out.
pub(super) fn matched(found: &Match) -> String {
    let article = &found.article;
    let mut known: Vec<String> = article.source.iter().map(|source| name(source)).collect();
    known.extend(article.title.iter().map(|text| format!("“{}”", title(text))));
    known.extend(article.published.iter().map(|time| when(time)));
    known.push(whereabouts(found));
    format!("{} ({})", called(article), known.join(", "))
}

/// A finding in one line, as a sentence about its article: what annotations and failures begin with.
pub(super) fn sentence(finding: &Finding) -> String {
    let relation = relation(finding.rule);
    match (finding.matches.split_first(), &finding.reason) {
        (Some((first, rest)), _) => {
            let more = match rest.len() {
                0 => String::new(),
                more => format!(" and {}", counted(more, "other", "others")),
            };
            format!("{relation} {}{more}", matched(first))
        }
        (None, Some(reason)) => format!("{relation}: {}", harmless(reason, PASSAGE_COLUMNS)),
        (None, None) => relation.to_owned(),
    }
}

/// A finding in lines: the sentence, the numbers of the strongest match, the shared passage.
pub(super) fn lines(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", called(&finding.article), sentence(finding))];
    if let Some(first) = finding.matches.first() {
        lines.push(numbers(first));
        lines.extend(shared_passage(first));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Why a match does not fail.
pub(super) fn accepted_by(accepted: &Accepted) -> String {
    match accepted {
        Accepted::Baseline(reason) if reason.is_empty() => "accepted by the baseline".to_owned(),
        Accepted::Baseline(reason) => format!("accepted by the baseline: {}", harmless(reason, PASSAGE_COLUMNS)),
        Accepted::Review(reason) if reason.is_empty() => {
            "accepted by the baseline, for review: an article changed since".to_owned()
        }
        Accepted::Review(reason) => {
            let reason = harmless(reason, PASSAGE_COLUMNS);
            format!("accepted by the baseline, for review, as an article changed since: {reason}")
        }
        Accepted::Policy(line) => format!("allowed by the policy: {}", harmless(line, PASSAGE_COLUMNS)),
    }
}

/// Why nothing of a finding fails: the reasons of its matches, each once.
pub(super) fn acceptance(finding: &Finding) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for reason in finding.matches.iter().filter_map(|found| found.accepted.as_ref()).map(accepted_by) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    // A record that could not be read matches nothing, and nothing but a baseline accepts it.
    if reasons.is_empty() { "accepted by the baseline".to_owned() } else { reasons.join("; ") }
}

/// What there is to say of the baseline's entries, in sentences without a full stop.
pub(super) fn about_entries(checked: &Checked) -> Vec<String> {
    let to_review = checked.findings.iter().filter(|finding| {
        finding.verdict == Verdict::Accepted
            && finding.matches.iter().any(|one| matches!(one.accepted, Some(Accepted::Review(_))))
    });
    let IdleEntries { expired, void, unused } = &checked.idle;
    let all = checked.scope.baseline_entries;
    let mut told = Vec::new();
    if let Some(most) = checked.policy.max_accepted {
        told.push(format!("The baseline has {} of the {} entries that it may have", count(all), count(most)));
    }
    for (number, what) in [
        (to_review.count(), "accepted for review: an article changed after a person accepted it"),
        (void.len(), "of the baseline void: an article has other words now"),
        (expired.len(), "of the baseline expired"),
        (unused.len(), "of the baseline that accepted nothing"),
    ] {
        if number > 0 {
            told.push(format!("{} {what}", counted(number, "entry", "entries")));
        }
    }
    told
}

/// The codes of these rules, as a policy lists them.
pub(super) fn codes(rules: &[Rule]) -> Vec<&'static str> {
    rules.iter().map(|rule| rule.word()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_letter_with_a_thousand_marks_is_cut() {
        let zalgo = format!("a{}", "\u{300}".repeat(5_000));
        assert!(title(&zalgo).chars().count() <= TITLE_COLUMNS * CHARACTERS_PER_COLUMN + 1);
    }

    #[test]
    fn a_time_is_shown_to_the_minute() {
        assert_eq!(when("2021-12-08T03:05:00Z"), "2021-12-08 03:05");
        assert_eq!(when("2021-12-08T10:05:00+07:00"), "2021-12-08 10:05 +07:00");
        assert_eq!(when("2021-12-08"), "2021-12-08");
    }

    proptest! {
        #[test]
        fn nothing_harmless_steers_a_log(text in any::<String>(), mark in "#{0,7}") {
            let shown = harmless(&format!("{text}{mark}[add-mask]{text}"), 80);
            prop_assert!(!shown.contains("##") && !shown.contains(char::is_control), "{shown:?}");
        }
    }
}
