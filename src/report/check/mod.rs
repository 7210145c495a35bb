//! What a check found in, what a person or a CI system reads of it out.
//!
//! Titles, ids and texts come from outside, and each of these formats has characters that mean something: a line that begins
//! with `::` is a command to GitHub, a bracket a link in SARIF, an escape sequence steers a terminal. `wording` makes them
//! harmless for all, each format escapes what it alone is read by. In JSON they are escaped and read back as they were.

mod github;
mod json;
mod junit;
mod place;
mod sarif;
mod text;
mod wording;

use std::io;

pub use github::github_summary;
pub use place::Base;

use crate::check::Checked;
use crate::settings::Choice;

/// What the result of a check is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// For a person, on a terminal or in the log of a build.
    Text,
    /// One JSON object: the contract for scripts, `schemas/check-1.json`.
    Json,
    /// Commands that make GitHub Actions annotate the lines of new articles.
    Github,
    /// SARIF 2.1.0, for code scanning and viewers of findings.
    Sarif,
    /// JUnit XML as Jenkins, GitLab and others read it: a test case a finding.
    Junit,
}

impl Choice for CheckFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("text", CheckFormat::Text, "for a person"),
        ("json", CheckFormat::Json, "one object, as schemas/check-1.json describes it"),
        ("github", CheckFormat::Github, "annotations of GitHub Actions"),
        ("sarif", CheckFormat::Sarif, "SARIF 2.1.0, for code scanning"),
        ("junit", CheckFormat::Junit, "JUnit XML, a test case a finding"),
    ];
}

/// How a result for a person is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckOptions {
    /// Columns; lines are cut to fit, but for ids and places; at least 72.
    pub width: usize,
    /// Whether escape sequences for color are written.
    pub color: bool,
    /// How many findings of each verdict are shown; 0: all, with all that they match.
    pub top: usize,
    /// In SARIF and annotations of GitHub: where paths are counted from. `None`: they stand as they were given.
    pub base: Option<Base>,
}

/// Writes what a check found. All options but the last are for text alone: in other formats nothing is cut but at the limits of those who
/// read them, and then that is said.
///
/// # Errors
/// Those of `out`.
pub fn write_check(
    checked: &Checked,
    format: CheckFormat,
    options: &CheckOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        CheckFormat::Text => text::write(checked, options, out),
        CheckFormat::Json => json::write(checked, out),
        CheckFormat::Github => github::write(checked, options.base.as_ref(), out),
        CheckFormat::Sarif => sarif::write(checked, options.base.as_ref(), out),
        CheckFormat::Junit => junit::write(checked, out),
    }
}
