//! What a check found in, what a person reads of it out: the verdict first, then what fails it, then the rest, shorter.
//!
//! The log of a build is read by its machinery as well: no line begins with `::`, none holds `##`, whatever a title says.

use std::io;

use super::super::layout::{Ink, Role, columns, count, counted, no_command};
use super::CheckOptions;
use super::wording::{
    about_entries, acceptance, accepted_by, by_rule, called, error, harmless, looked_at, name, numbers, place,
    relation, scope, shared_passage, total, verdict, when, whereabouts,
};
use crate::check::{Checked, Entry, Finding, IdleEntries, Match, Rule, Verdict};

/// Narrower than this, columns would have no room.
const MIN_WIDTH: usize = 72;

/// Of what one article matches, so many are shown, unless all is to be shown.
const MATCHES: usize = 3;

/// So many entries of a baseline are named.
const ENTRIES: usize = 10;

/// The wider of two steps of indentation: a finding's facts, and those of its matches.
const FACTS: &str = "    ";

pub(super) fn write(checked: &Checked, options: &CheckOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let all = options.top == 0;
    let mut page = Page {
        ink: Ink { color: options.color },
        width: options.width.max(MIN_WIDTH),
        top: if all { usize::MAX } else { options.top },
        matches: if all { usize::MAX } else { MATCHES },
        text: String::new(),
    };
    page.head(checked);
    page.failing(checked);
    page.informing(checked);
    page.accepted(checked);
    page.baseline(checked);
    page.what_next(checked);
    out.write_all(page.text.as_bytes())
}

/// A result that is being written.
struct Page {
    ink: Ink,
    width: usize,
    /// Findings of a verdict that are shown.
    top: usize,
    /// Matches of a finding that are shown.
    matches: usize,
    text: String,
}

impl Page {
    /// The only place where lines come to be. What would be read as a command by the machinery of a build is taken apart.
    fn line(&mut self, indent: &str, role: Option<Role>, line: &str) {
        let line = no_command(line.trim()).into_owned();
        if line.is_empty() {
            self.text.push('\n');
            return;
        }
        let painted = role.map_or_else(|| line.clone(), |role| self.ink.paint(role, &line));
        self.text += &format!("{indent}{painted}\n");
    }

    /// Broken to the width; a word that is wider keeps a line of its own, for it is an id or a place.
    fn paragraph(&mut self, indent: &str, role: Option<Role>, text: &str) {
        for line in whole_words(text, self.width - indent.len()) {
            self.line(indent, role, &line);
        }
    }

    /// What does not fit is cut.
    fn fitted(&mut self, indent: &str, role: Option<Role>, text: &str) {
        let line = harmless(text, self.width - indent.len());
        self.line(indent, role, &line);
    }

    fn head(&mut self, checked: &Checked) {
        let fine = checked.errors.is_empty() && !checked.fails();
        self.paragraph("", Some(if fine { Role::Passing } else { Role::Failing }), &verdict(checked));
        for text in &checked.errors {
            self.paragraph("", None, &format!("Error: {}", error(text)));
        }
        self.paragraph("", Some(Role::Muted), &format!("{}.", scope(checked, name)));
        let budget = checked.policy.max_accepted.and_then(|_| about_entries(checked).into_iter().next());
        for text in looked_at(checked, name).into_iter().chain(budget) {
            self.paragraph("", Some(Role::Muted), &format!("{text}."));
        }
        let [informs, accepted] = [Verdict::Informs, Verdict::Accepted].map(|verdict| total(checked, verdict));
        let mut more = Vec::new();
        if informs > 0 {
            more.push(format!("{} for information ({})", count(informs), by_rule(checked, Verdict::Informs)));
        }
        if accepted > 0 {
            more.push(format!("{} accepted ({})", count(accepted), by_rule(checked, Verdict::Accepted)));
        }
        if !more.is_empty() {
            self.paragraph("", Some(Role::Muted), &format!("Besides: {}.", more.join(", ")));
        }
    }

    fn section(&mut self, title: &str) {
        self.text.push('\n');
        self.paragraph("", Some(Role::Section), title);
    }

    fn not_shown(&mut self, number: usize) {
        if number > 0 {
            self.text.push('\n');
            let findings = counted(number, "more finding is", "more findings are");
            self.paragraph("", Some(Role::Muted), &format!("{findings} not shown; --top 0 shows all."));
        }
    }

    fn failing(&mut self, checked: &Checked) {
        let failing: Vec<&Finding> = of(checked, Verdict::Fails);
        for finding in failing.iter().take(self.top) {
            self.text.push('\n');
            self.failing_one(finding);
        }
        self.not_shown(failing.len().saturating_sub(self.top));
    }

    /// Rule and id in the first line, then whose and where it is, then what it matches.
    fn failing_one(&mut self, finding: &Finding) {
        let article = &finding.article;
        let code = self.ink.paint(Role::Failing, finding.rule.code());
        let id = if article.id.is_empty() { String::new() } else { format!("  {}", name(&article.id)) };
        // An id is never cut, so that it can be looked up.
        self.text += &format!("{code}{id}\n");
        if let Some(text) = &article.title {
            self.fitted(FACTS, Some(Role::Title), text);
        }
        let mut known: Vec<String> = article.source.iter().map(|source| name(source)).collect();
        known.extend(article.published.iter().map(|time| when(time)));
        known.push(place(article));
        self.paragraph(FACTS, Some(Role::Muted), &known.join(", "));
        if let Some(reason) = &finding.reason {
            self.paragraph(FACTS, None, &harmless(reason, self.width * 4));
        }
        let mut matches = finding.matches.iter();
        for found in matches.by_ref().take(self.matches) {
            self.matched(finding.rule, found);
        }
        if matches.len() > 0 {
            let others = counted(matches.len(), "other", "others");
            self.paragraph(FACTS, Some(Role::Muted), &format!("and {others}; --top 0 shows all"));
        }
    }

    fn matched(&mut self, rule: Rule, found: &Match) {
        let article = &found.article;
        let mut known = vec![format!("{} {}", relation(rule), called(article))];
        known.extend(article.source.iter().map(|source| name(source)));
        known.extend(article.published.iter().map(|time| when(time)));
        known.push(whereabouts(found));
        self.paragraph(FACTS, None, &known.join(", "));
        let inside = format!("{FACTS}  ");
        if let Some(text) = &article.title {
            self.fitted(&inside, Some(Role::Title), text);
        }
        self.paragraph(&inside, Some(Role::Muted), &numbers(found));
        if let Some(passage) = shared_passage(found) {
            self.paragraph(&inside, None, &passage);
        }
        if let Some(accepted) = &found.accepted {
            self.paragraph(&inside, Some(Role::Muted), &accepted_by(accepted));
        }
    }

    fn informing(&mut self, checked: &Checked) {
        let informing: Vec<&Finding> = of(checked, Verdict::Informs);
        if informing.is_empty() {
            return;
        }
        self.section(&format!("For information: {}", by_rule(checked, Verdict::Informs)));
        for finding in informing.iter().take(self.top) {
            let code = self.ink.paint(Role::Related, finding.rule.code());
            let id = called(&finding.article);
            self.text += &format!("{code}  {id}\n");
            if let Some(reason) = &finding.reason {
                self.paragraph(FACTS, None, &harmless(reason, self.width * 4));
            }
            let Some(first) = finding.matches.first() else { continue };
            let more = match finding.matches.len() - 1 {
                0 => String::new(),
                more => format!(" and {}", counted(more, "other", "others")),
            };
            let sentence =
                format!("{} {}{more}, {}", relation(finding.rule), called(&first.article), whereabouts(first));
            self.paragraph(FACTS, None, &sentence);
            self.paragraph(FACTS, Some(Role::Muted), &numbers(first));
        }
        self.not_shown(informing.len().saturating_sub(self.top));
    }

    /// Accepted ones are counted by what accepts them, the commonest reason first.
    fn accepted(&mut self, checked: &Checked) {
        let accepted = of(checked, Verdict::Accepted);
        if accepted.is_empty() {
            return;
        }
        self.section(&format!("Accepted: {}", by_rule(checked, Verdict::Accepted)));
        let mut reasons: Vec<(usize, String)> = Vec::new();
        for reason in accepted.iter().map(|finding| acceptance(finding)) {
            match reasons.iter_mut().find(|(_, known)| *known == reason) {
                Some((number, _)) => *number += 1,
                None => reasons.push((1, reason)),
            }
        }
        reasons.sort_by(|(a, reason_a), (b, reason_b)| b.cmp(a).then_with(|| reason_a.cmp(reason_b)));
        for (number, reason) in reasons.iter().take(self.top) {
            self.paragraph(FACTS, Some(Role::Muted), &format!("{} {reason}", count(*number)));
        }
    }

    fn baseline(&mut self, checked: &Checked) {
        let IdleEntries { expired, void, unused } = &checked.idle;
        self.entries(
            void,
            "of the baseline is void: its article has other words now; look at it again",
            "of the baseline are void: their articles have other words now; look at them again",
        );
        self.entries(expired, "of the baseline has expired", "of the baseline have expired");
        self.entries(
            unused,
            "of the baseline accepted nothing, and can be taken out",
            "of the baseline accepted nothing, and can be taken out",
        );
    }

    fn entries(&mut self, entries: &[Entry], one: &str, many: &str) {
        if entries.is_empty() {
            return;
        }
        let (one, many) = (format!("entry {one}"), format!("entries {many}"));
        self.section(&counted(entries.len(), &one, &many));
        let shown = if self.top == usize::MAX { usize::MAX } else { ENTRIES };
        for entry in entries.iter().take(shown) {
            let expires = if entry.expires.is_empty() { String::new() } else { format!(", {}", name(&entry.expires)) };
            let id = match (entry.id.is_empty(), entry.title.is_empty()) {
                (false, _) => name(&entry.id),
                (true, false) => name(&entry.title),
                (true, true) => "(no id)".to_owned(),
            };
            let matched =
                if entry.match_id.is_empty() { String::new() } else { format!(" of {}", name(&entry.match_id)) };
            self.paragraph(FACTS, Some(Role::Muted), &format!("{}  {id}{matched}{expires}", name(&entry.rule)));
        }
        if entries.len() > shown {
            let more = format!("and {} more; --top 0 shows all", count(entries.len() - shown));
            self.paragraph(FACTS, Some(Role::Muted), &more);
        }
    }

    fn what_next(&mut self, checked: &Checked) {
        let Some(first) = of(checked, Verdict::Fails).into_iter().map(|finding| finding.rule).min() else { return };
        self.text.push('\n');
        self.paragraph(
            "",
            Some(Role::Muted),
            &format!(
                "What is right as it is can be accepted: --baseline FILE --update-baseline writes it down. What a rule means: \
                 wirecopy rules {}",
                first.code()
            ),
        );
    }
}

/// The findings of a verdict, in their order.
fn of(checked: &Checked, verdict: Verdict) -> Vec<&Finding> {
    checked.findings.iter().filter(|finding| finding.verdict == verdict).collect()
}

/// `text`, which is harmless, broken at spaces; a word wider than the line is kept whole, for it is an id or a place.
fn whole_words(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
