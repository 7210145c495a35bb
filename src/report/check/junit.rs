//! What a check found in, JUnit XML out: a test case a finding, as Jenkins, GitLab and others show them.
//!
//! There is no standard; this keeps to the schema of the Jenkins xUnit plugin, which the others read as well. What fails the check is
//! a failure, what is accepted is skipped, what informs passes and says so in its output. No time is written: the same check
//! gives the same bytes.

use std::fmt::Write as _;
use std::io;

use super::super::layout::no_command;
use super::place::forward;
use super::wording::{acceptance, called, error, lines, looked_at, name, place, scope, sentence, total, verdict};
use crate::check::{Checked, Finding, Verdict};

pub(super) fn write(checked: &Checked, out: &mut dyn io::Write) -> io::Result<()> {
    let (failures, skipped) = (total(checked, Verdict::Fails), total(checked, Verdict::Accepted));
    // A suite without a case is an error to some readers; and that articles were judged is worth a line.
    let errors = checked.errors.len();
    let tests = (checked.findings.len() + errors).max(1);
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="wirecopy check" tests="{tests}" failures="{failures}" errors="{errors}">"#)?;
    writeln!(
        out,
        r#"  <testsuite name="wirecopy check" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}">"#
    )?;
    out.write_all(properties(checked).as_bytes())?;
    for text in &checked.errors {
        let message = escaped(&error(text));
        writeln!(out, "    <testcase name=\"Could not be checked\" classname=\"wirecopy\">")?;
        writeln!(
            out,
            "      <error type=\"could_not_check\" message=\"{message}\">{message}</error>\n    </testcase>"
        )?;
    }
    for finding in &checked.findings {
        out.write_all(case(finding).as_bytes())?;
    }
    if checked.findings.is_empty() && checked.errors.is_empty() {
        let said = escaped(&verdict(checked));
        writeln!(out, r#"    <testcase name="{said}" classname="wirecopy"/>"#)?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn properties(checked: &Checked) -> String {
    let known = [
        ("verdict", verdict(checked)),
        ("scope", scope(checked, name)),
        ("looked at", looked_at(checked, name).join(". ")),
        ("unused baseline entries", checked.idle.unused.len().to_string()),
        ("expired baseline entries", checked.idle.expired.len().to_string()),
        ("void baseline entries", checked.idle.void.len().to_string()),
    ];
    let mut written = "    <properties>\n".to_owned();
    for (name, value) in known {
        let _ = writeln!(written, r#"      <property name="{name}" value="{}"/>"#, escaped(&value));
    }
    written + "    </properties>\n"
}

fn case(finding: &Finding) -> String {
    let article = &finding.article;
    let group = article.source.as_deref().map_or_else(|| name(&forward(&article.file)), name);
    let mut case = format!(
        "    <testcase name=\"{}\" classname=\"{}\"",
        escaped(&format!("{}: {}", finding.rule.code(), called(article))),
        escaped(&group)
    );
    let code = finding.rule.code();
    let mut told = lines(finding);
    if !article.id.is_empty() {
        // A record without an id is called by its place already.
        told.insert(0, place(article));
    }
    // The report may go to the log of a build, line by line.
    let told: Vec<String> = told.iter().map(|line| no_command(line).into_owned()).collect();
    let told = escaped(&told.join("\n"));
    let _ = match finding.verdict {
        Verdict::Fails => {
            let message = escaped(&sentence(finding));
            writeln!(case, ">\n      <failure type=\"{code}\" message=\"{message}\">{told}</failure>\n    </testcase>")
        }
        Verdict::Accepted => {
            let message = escaped(&acceptance(finding));
            writeln!(case, ">\n      <skipped message=\"{message}\"/>\n    </testcase>")
        }
        Verdict::Informs => writeln!(case, ">\n      <system-out>{told}</system-out>\n    </testcase>"),
    };
    case
}

/// Text as an attribute or an element holds it: marks of XML as entities, what XML 1.0 forbids (section 2.2) as U+FFFD.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\n' | '\t' => written.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => written.push('\u{fffd}'),
            c => written.push(c),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_replaced() {
        assert_eq!(escaped("a<b>&\"c\"\u{0}\u{1b}\u{ffff}"), "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}\u{fffd}\u{fffd}");
    }
}
