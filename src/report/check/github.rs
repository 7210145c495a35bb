//! What a check found in, what GitHub Actions shows out: annotations on the lines of new articles, and the summary of a job.
//!
//! Annotations are commands, a line each, that the runner reads from the log. It keeps 10 errors, 10 warnings and 10 notices of a
//! step and drops the rest without a word, so the tenth says how many more there are. Sources: GitHub Docs, "Workflow commands for
//! GitHub Actions"; the runner's `ActionCommand`, for what is escaped.

use std::fmt::Write as _;
use std::io;

use super::place::{Base, from_top};
use super::wording::{
    about_entries, by_rule, called, error, level, lines, looked_at, name, numbers, place, relation, scope, title,
    total, verdict, whereabouts,
};
use crate::check::{Checked, Finding, Level, Verdict};

/// So many annotations of a level are shown of a step.
const SHOWN: usize = 10;

/// So many of them at most are about the check as a whole.
const SHOWN_ERRORS: usize = SHOWN / 2;

/// GitHub takes a summary of 1 MiB and drops a longer one whole; the rest is for what other steps write.
const SUMMARY_BYTES: usize = 900 * 1024;

pub(super) fn write(checked: &Checked, base: Option<&Base>, out: &mut dyn io::Write) -> io::Result<()> {
    for shown in [Level::Error, Level::Warning, Level::Note] {
        let annotated = |finding: &&Finding| finding.verdict != Verdict::Accepted && level(finding) == shown;
        let findings: Vec<&Finding> = checked.findings.iter().filter(annotated).collect();
        // What kept the check from being made comes before what it found.
        let errors = if shown == Level::Error { errors(checked) } else { Vec::new() };
        for text in &errors {
            writeln!(out, "::error title=wirecopy check::{}", data(&format!("could not be checked: {text}")))?;
        }
        let shown_at_most = SHOWN - errors.len();
        let whole = if findings.len() > shown_at_most { shown_at_most - 1 } else { shown_at_most };
        for finding in findings.iter().take(whole) {
            writeln!(out, "{}", annotation(finding, shown, base))?;
        }
        if findings.len() > shown_at_most {
            let more = findings.len() - whole;
            let said = format!(
                "{more} more; GitHub shows {SHOWN} of a kind, the summary of the job and the other formats all"
            );
            writeln!(out, "::{} title=wirecopy check::{}", command(shown), data(&said))?;
        }
    }
    // The last lines are for the log, and no commands.
    for text in looked_at(checked, name) {
        writeln!(out, "{text}.")?;
    }
    writeln!(out, "{}. {}.", verdict(checked), scope(checked, name))
}

/// What kept the check from being made; of many the last says how many more there are.
fn errors(checked: &Checked) -> Vec<String> {
    let mut errors: Vec<String> = checked.errors.iter().map(|text| error(text)).collect();
    if errors.len() > SHOWN_ERRORS {
        let more = errors.len() - (SHOWN_ERRORS - 1);
        errors.truncate(SHOWN_ERRORS - 1);
        errors.push(format!("{more} more; the summary of the job and the other formats have all"));
    }
    errors
}

fn command(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    }
}

/// `::error file=new.jsonl,line=17,title=copy::...`, in one line.
fn annotation(finding: &Finding, level: Level, base: Option<&Base>) -> String {
    let article = &finding.article;
    let mut properties = vec![format!("file={}", property(&name(&from_top(&article.file, base))))];
    properties.extend(article.line.map(|line| format!("line={line}")));
    properties.push(format!("title={}", property(finding.rule.code())));
    format!("::{} {}::{}", command(level), properties.join(","), data(&lines(finding).join("\n")))
}

/// A message as a command holds it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value as a command holds it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// What a check found as Markdown: for the summary of a job (`$GITHUB_STEP_SUMMARY`), or any other place that shows Markdown.
/// Less than 1 MiB; what does not fit is counted.
pub fn github_summary(checked: &Checked) -> String {
    let mut page =
        format!("### wirecopy check\n\n**{}.** {}.\n", verdict(checked), scope(checked, |index| code(&name(index))));
    for text in looked_at(checked, |file| code(&name(file))) {
        let _ = write!(page, "\n{text}.\n");
    }
    for text in &checked.errors {
        let _ = write!(page, "\nError: {}\n", code(&error(text)));
    }
    for (shown, heading) in [(Verdict::Fails, "Fails the check"), (Verdict::Informs, "For information")] {
        if total(checked, shown) > 0 {
            let _ = write!(page, "\n#### {heading}: {}\n\n", by_rule(checked, shown));
            table(&mut page, checked, shown);
        }
    }
    if total(checked, Verdict::Accepted) > 0 {
        let _ = write!(page, "\nAccepted by the baseline or the policy: {}.\n", by_rule(checked, Verdict::Accepted));
    }
    for text in about_entries(checked) {
        let _ = write!(page, "\n{text}.\n");
    }
    if checked.fails() {
        page += "\nWhat is right as it is can be accepted with `--baseline FILE --update-baseline`; `wirecopy rules CODE` says what a rule means.\n";
    }
    page
}

/// A row a finding, as long as there is room.
fn table(page: &mut String, checked: &Checked, shown: Verdict) {
    *page += "| rule | new article | place | what it matches | how alike |\n|---|---|---|---|---|\n";
    let mut left = total(checked, shown);
    for finding in checked.findings.iter().filter(|finding| finding.verdict == shown) {
        let row = row(finding);
        if page.len() + row.len() > SUMMARY_BYTES {
            let _ = write!(page, "\n{left} more are not shown here; the other formats have all.\n");
            return;
        }
        *page += &row;
        left -= 1;
    }
}

fn row(finding: &Finding) -> String {
    let article = &finding.article;
    let mut named = code(&called(article));
    for known in article.title.iter().map(|text| title(text)).chain(article.source.iter().map(|text| name(text))) {
        let _ = write!(named, "<br>{}", code(&known));
    }
    let (mut matched, mut alike) =
        (code(finding.reason.as_deref().map(title).unwrap_or_default().as_str()), String::new());
    if let Some(first) = finding.matches.first() {
        matched = format!("{} {}", relation(finding.rule), code(&called(&first.article)));
        for known in first.article.title.iter().map(|text| title(text)).chain([whereabouts(first)]) {
            let _ = write!(matched, "<br>{}", code(&known));
        }
        if finding.matches.len() > 1 {
            let _ = write!(matched, "<br>and {} more", finding.matches.len() - 1);
        }
        alike = numbers(first);
    }
    format!("| {} | {named} | {} | {matched} | {alike} |\n", finding.rule.code(), code(&place(article)))
}

/// Text from outside as code: there Markdown, HTML, links, mentions and references mean nothing. The two characters that would end
/// the code or the cell are replaced by their likes.
fn code(text: &str) -> String {
    let text = text.trim().replace('`', "ˋ").replace('|', "¦");
    if text.is_empty() { "-".to_owned() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_command_or_a_property_is_escaped() {
        assert_eq!(data("50 %: a,b\r\nc"), "50 %25: a,b%0D%0Ac");
        assert_eq!(property("C:/a,b.txt"), "C%3A/a%2Cb.txt");
    }

    #[test]
    fn code_ends_where_it_is_meant_to() {
        assert_eq!(code("a`b|c<script>"), "`aˋb¦c<script>`");
        assert_eq!(code("  "), "-");
    }
}
