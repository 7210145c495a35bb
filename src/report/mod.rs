//! A [`Run`] in, reports out: for a person, or for a script. What a check found likewise, and for CI systems.
//!
//! * [`View`] is what there is to say, with ids in place of positions: the contract for scripts.
//! * `json` writes it whole or line by line, `table` as a line an article, `text` for an editor at a terminal.
//!
//! Nothing here reads a clock, an environment variable or the terminal: the same run gives the same bytes.

mod audit;
mod check;
mod eval;
mod event_view;
mod explain;
mod html;
mod json;
mod layout;
#[cfg(test)]
mod sample;
mod sheet;
mod summary;
mod table;
mod text;
mod view;

use std::io;

pub use audit::write_audit;
pub use check::{Base, CheckFormat, CheckOptions, github_summary, write_check};
pub use eval::{EvalReport, write_evaluation};
pub use event_view::{EventEdgeView, EventView, ReportView, StorylineView};
#[cfg(feature = "arrow")]
pub(crate) use event_view::{headline, outlets as outlets_of_event};
pub use explain::{ExplainFormat, ExplainOptions, write_explanation};
pub use html::{Html, HtmlLanguage, HtmlOptions};
pub use text::{TextOptions, without_text};
pub use view::{
    BoilerplateView, ClusterView, EdgeView, EdgeViews, ExampleView, InputView, LinkView, MemberView, SearchView,
    SetAside, SettingsView, ShellView, TruncatedView, View,
};

pub use json::{write_json, write_json_line};
pub use layout::harmless;

use crate::pipeline::Run;
use crate::settings::Choice;

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person, on a terminal or in a file.
    Text,
    /// One JSON object: the contract for scripts, `schemas/report-1.json`.
    Json,
    /// The same, an object a line: first the run, then each event, storyline, cluster, link and edge.
    Jsonl,
    /// A line an article with all that is known of it.
    Csv,
    /// A line an article: its id, its copy cluster, its event.
    Tsv,
}

impl Choice for Format {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        ("text", Format::Text, "for a person"),
        ("json", Format::Json, "one object, as schemas/report-1.json describes it"),
        ("jsonl", Format::Jsonl, "the same, an object a line"),
        ("csv", Format::Csv, "a line an article, with all that is known of it"),
        ("tsv", Format::Tsv, "a line an article: id, copy_cluster, event"),
    ];
}

/// The version of the JSON of scores and measurements. As with reports, fields are added at will, and renamed or removed
/// only with a new one.
const SCORES_SCHEMA_VERSION: u32 = 1;

/// What scores and measurements are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainFormat {
    /// For a person.
    Text,
    /// One JSON object.
    Json,
}

impl Choice for PlainFormat {
    const WORDS: &'static [(&'static str, Self, &'static str)] =
        &[("text", PlainFormat::Text, "for a person"), ("json", PlainFormat::Json, "one object, with every number")];
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportOptions {
    /// As what.
    pub format: Format,
    /// In JSON and JSON lines: every verified edge as well, and the pairs of reports behind events.
    pub edges: bool,
    /// In text: how.
    pub text: TextOptions,
}

/// Writes the report of `run`.
///
/// # Errors
/// Those of `out`.
pub fn write(run: &Run, options: &ReportOptions, out: &mut dyn io::Write) -> io::Result<()> {
    match options.format {
        Format::Text => text::write(run, &options.text, out),
        Format::Json => json::write(&View::of(run, options.edges), out),
        Format::Jsonl => json::write_lines(&View::of(run, options.edges), out),
        Format::Csv => table::write_csv(run, out),
        Format::Tsv => table::write_tsv(run, out),
    }
}
