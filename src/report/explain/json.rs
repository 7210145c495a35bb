//! An explanation in, one JSON object out: all of it, for scripts. `schemas/explain-1.json` describes it.

use std::io;

use serde::Serialize;

use super::super::json::write_json;
use super::super::view::SettingsView;
use crate::explain::Explanation;
use crate::settings::Settings;

/// A field is added at will, and renamed or removed only with a new version.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct ExplanationView<'a> {
    schema_version: u32,
    settings: SettingsView,
    #[serde(flatten)]
    explanation: &'a Explanation,
}

pub(super) fn write(explanation: &Explanation, settings: &Settings, out: &mut dyn io::Write) -> io::Result<()> {
    let settings = SettingsView::of(settings);
    let view = ExplanationView { schema_version: SCHEMA_VERSION, settings, explanation };
    write_json(&view, out)
}
