//! Why two articles belong together, or don't, in; words for it out: for a person, or for scripts.

mod html;
mod json;
mod text;
mod wording;

use std::io;

use super::html::HtmlLanguage;
use crate::explain::Explanation;
use crate::settings::{Choice, Settings};

/// What an explanation is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainFormat {
    /// For a person, on a terminal or in a file.
    Text,
    /// A page for the browser: both texts side by side.
    Html,
    /// One JSON object: the contract for scripts, `schemas/explain-1.json`.
    Json,
}

impl Choice for ExplainFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("text", ExplainFormat::Text, "for a person"),
        ("html", ExplainFormat::Html, "a page for the browser, both texts side by side"),
        ("json", ExplainFormat::Json, "one object, as schemas/explain-1.json describes it"),
    ];
}

/// How an explanation is written for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplainOptions {
    /// Of text: columns.
    pub width: usize,
    /// Of text: whether escape sequences color it.
    pub color: bool,
    /// Of text: how many passages, differences, and shared words of a kind are shown; 0: all, whole.
    pub top: usize,
    /// Of a page for the browser: its language.
    pub language: HtmlLanguage,
}

/// Writes why two articles belong together, or don't. `settings`: those of the run.
///
/// # Errors
/// Those of `out`.
pub fn write_explanation(
    explanation: &Explanation,
    settings: &Settings,
    format: ExplainFormat,
    options: &ExplainOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        ExplainFormat::Text => text::write(explanation, options, out),
        ExplainFormat::Html => html::write(explanation, options.language, out),
        ExplainFormat::Json => json::write(explanation, settings, out),
    }
}
