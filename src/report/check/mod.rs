//! A check in, what a person or another tool reads out. (To be replaced.)

use std::io;

use crate::check::Checked;
use crate::settings::Choice;

/// What a check is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// For a person.
    Text,
    /// One object.
    Json,
    /// Annotations.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit.
    Junit,
}

impl Choice for CheckFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("text", CheckFormat::Text, "for a person"),
        ("json", CheckFormat::Json, "one object"),
        ("github", CheckFormat::Github, "annotations"),
        ("sarif", CheckFormat::Sarif, "SARIF"),
        ("junit", CheckFormat::Junit, "JUnit"),
    ];
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions {
    /// Columns.
    pub width: usize,
    /// Colored.
    pub color: bool,
    /// How many findings.
    pub top: usize,
}

/// Writes it.
///
/// # Errors
/// Those of `out`.
pub fn write_check(
    checked: &Checked,
    _format: CheckFormat,
    _options: &CheckOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{} articles, {} known, {} findings", checked.articles, checked.known, checked.findings.len())?;
    for finding in &checked.findings {
        writeln!(out, "{:?} {} {} {:?}", finding.verdict, finding.rule.code(), finding.article.id, finding.reason)?;
        for one in &finding.matches {
            writeln!(out, "    {} {:?} {:?} {:?}", one.article.id, one.comparison, one.score, one.passage)?;
        }
    }
    Ok(())
}

/// The summary of a job.
pub fn github_summary(_checked: &Checked) -> String {
    String::new()
}
