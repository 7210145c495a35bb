//! Tables in; copies, events, what stays, and reasons out.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{Field, Schema};
use arrow_select::filter::filter_record_batch;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use wirecopy::arrow::results;
use wirecopy::boilerplate::ShellTable;
use wirecopy::cluster::SAME;
use wirecopy::dedup::{Decision, Decisions, DropKinds, Fate, Fates, Keep, Policy, compare_and_decide};
use wirecopy::events::TermTable;
use wirecopy::explain as reasons;
use wirecopy::index::Index;
use wirecopy::pipeline::{Intake, Run, Stage, Tables, run_inputs};
use wirecopy::read::{Inputs, Location, Reason, Skipped};
use wirecopy::report::{ExplainFormat, ExplainOptions, HtmlLanguage, write_explanation};
use wirecopy::settings::{OPTIONS, Settings, nearest};
use wirecopy::stored::Memory;
use wirecopy::verify::{Comparison, Kind};

use crate::errors::{Failure, at_row, in_python, nothing_readable};
use crate::table::{Table, batches_of};
use crate::work::attend;

/// What messages and ids call a table.
pub(crate) const TABLE: &str = "table";

/// Options that say which files are read, or what another argument says.
const NOT_FOR_TABLES: [&str; 4] = ["include", "exclude", "input-format", "level"];

/// The options that apply to tables, as Python names them, each with its default and what it takes.
#[pyfunction]
pub(crate) fn option_names() -> Vec<(String, String, String)> {
    let options = OPTIONS.iter().filter(|option| !NOT_FOR_TABLES.contains(&option.name));
    options.map(|option| (option.name.replace('-', "_"), option.default.to_owned(), option.expected())).collect()
}

/// Settings by name and value: `base`, and what was given.
pub(crate) fn settings(base: &Settings, given: &[(String, String)]) -> Result<Settings, Failure> {
    let mut settings = base.clone();
    given.iter().try_for_each(|(name, value)| settings.set(name, value))?;
    Ok(settings)
}

/// The tables that were given.
pub(crate) fn tables(shells: Option<&str>, terms: Option<&[u8]>) -> Result<Tables, Failure> {
    let no_table = |what: &str| Failure::Said(format!("{what}: not what another result has as its {what}"));
    let shells = shells.map(|text| ShellTable::from_json(text).map_err(|_| no_table("shells"))).transpose()?;
    let terms = terms.map(|bytes| TermTable::from_bytes(bytes).ok_or_else(|| no_table("terms"))).transpose()?;
    Ok(Tables { shells, terms, ..Tables::default() })
}

/// Copies, and with the level `events` events.
#[pyfunction]
#[pyo3(signature = (table, given, threads, told, shells, terms))]
pub(crate) fn find<'py>(
    table: Bound<'py, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
    shells: Option<String>,
    terms: Option<Vec<u8>>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = table.py();
    let settings = Settings { edge_evidence: true, ..settings(&Settings::default(), &given)? };
    let tables = tables(shells.as_deref(), terms.as_deref())?;
    let batches = batches_of(&table)?;
    let (found, run) = attend(py, threads, told, |task| {
        let inputs = Inputs::of_batches(TABLE, batches).until(Arc::clone(&task.stop));
        let run = run_inputs(&inputs, &settings, tables, task.progress)?;
        Ok((results(&run)?, run))
    })?;
    refuse_what_is_no_answer(&run)?;
    let all = PyDict::new(py);
    all.set_item("articles", Table::of(found.articles))?;
    all.set_item("edges", Table::of(found.edges))?;
    all.set_item("links", Table::of(found.links))?;
    if let Some(events) = found.events {
        all.set_item("events", Table::of(events.events))?;
        all.set_item("reports", Table::of(events.reports))?;
        all.set_item("event_edges", Table::of(events.edges))?;
        all.set_item("storylines", Table::of(events.storylines))?;
    }
    all.set_item("set_aside", set_aside(py, &run.intake)?)?;
    all.set_item("settings", settings_of(&run))?;
    let shells = run.shells.to_json().map_err(|error| Failure::Said(error.to_string()))?;
    all.set_item("shells", shells)?;
    all.set_item("terms", run.events.as_ref().map(|events| PyBytes::new(py, &events.terms.to_bytes())))?;
    Ok(all)
}

/// The options that shape the answer, each with the value in force, and their fingerprint.
fn settings_of(run: &Run) -> BTreeMap<String, String> {
    let mut settings: BTreeMap<String, String> =
        run.settings.shaping().map(|(option, value)| (option.name.replace('-', "_"), value)).collect();
    settings.insert("fingerprint".to_owned(), format!("{:016x}", run.settings.fingerprint()));
    settings
}

/// Refuses an answer about nothing, as a wrong `text_field` must not pass for a table without copies; and, where the settings are strict, about
/// one id with two texts.
fn refuse_what_is_no_answer(run: &Run) -> PyResult<()> {
    let skipped = &run.intake.skipped;
    if let Some(first) = run.intake.renamed.first().filter(|_| run.settings.read.strict) {
        let id = first.rsplit_once('#').map_or(first.as_str(), |(id, _)| id);
        let row = reasons::position(run, first).map_or(0, |article| run.records[article as usize].location.line);
        return Err(at_row(u64::from(row), &format!("another row has the id {id} too, with other words")));
    }
    if skipped.bad_records == 0 || !run.records.is_empty() || !run.intake.empty.is_empty() {
        return Ok(());
    }
    Err(nothing_readable(skipped.bad_records, skipped.examples.iter().find(|one| matches!(one.reason, Reason::Bad(_)))))
}

/// What of the rows was not compared, or not wholly read: counts, and the first few of each reason.
fn set_aside<'py>(py: Python<'py>, intake: &Intake) -> PyResult<Bound<'py, PyDict>> {
    let counts = skipped(py, &intake.skipped)?;
    counts.set_item("empty", intake.empty.len())?;
    counts.set_item("repeated", intake.repeated.len())?;
    counts.set_item("renamed", intake.renamed.len())?;
    Ok(counts)
}

/// What reading left out or read with a loss.
pub(crate) fn skipped<'py>(py: Python<'py>, skipped: &Skipped) -> PyResult<Bound<'py, PyDict>> {
    let counts = PyDict::new(py);
    counts.set_item("bad_records", skipped.bad_records)?;
    counts.set_item("undated", skipped.undated)?;
    counts.set_item("unnamed", skipped.unnamed)?;
    counts.set_item("unread_fields", skipped.unread_fields)?;
    counts.set_item("lead_as_text", skipped.lead_as_text)?;
    counts.set_item("title_as_text", skipped.title_as_text)?;
    counts.set_item("markup", skipped.markup)?;
    let examples = PyList::empty(py);
    for example in &skipped.examples {
        let one = PyDict::new(py);
        one.set_item("row", example.line.saturating_sub(1))?;
        one.set_item("reason", in_python(&example.reason.to_string()))?;
        examples.append(one)?;
    }
    counts.set_item("examples", examples)?;
    Ok(counts)
}

/// What stays of a table, and why the rest goes.
#[pyfunction]
#[pyo3(signature = (table, given, threads, told, keep, drop, against, index))]
#[allow(
    clippy::too_many_arguments,
    reason = "called from one place, in `wirecopy/__init__.py`, where each has a name and a default"
)]
pub(crate) fn dedup<'py>(
    table: Bound<'py, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
    keep: &str,
    drop: &str,
    against: Option<Bound<'py, PyAny>>,
    index: Option<std::path::PathBuf>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = table.py();
    let choice = |name: &str, error: String| Failure::Said(format!("{name}: {error}"));
    let keep: Keep = keep.parse().map_err(|error: wirecopy::dedup::UnknownChoice| choice("keep", error.to_string()))?;
    let drop: DropKinds =
        drop.parse().map_err(|error: wirecopy::dedup::UnknownChoice| choice("drop", error.to_string()))?;
    let index = index.map(|path| Index::open(&path)).transpose().map_err(Failure::from)?;
    let base = index.as_ref().map_or_else(Settings::default, |index| index.settings().clone());
    let mut settings = settings(&base, &given)?;
    settings.level = wirecopy::settings::Level::Copies;
    if let Some(index) = &index {
        index.accepts(&settings).map_err(Failure::from)?;
    }
    let batches = batches_of(&table)?;
    let against = against.map(|against| batches_of(&against)).transpose()?;
    let policy = Policy { keep, drop, new_inputs: 1 };
    let (run, kept, removed) = attend(py, threads, told, |task| {
        let mut inputs = Inputs::of_batches(TABLE, batches.clone()).until(Arc::clone(&task.stop));
        if let Some(against) = against {
            inputs.push_batches("against", against);
        }
        let mut tables = Tables::default();
        if let Some(index) = &index {
            tables.shells = index.shells().cloned();
            task.progress.begin(Stage::Read, inputs.total_bytes());
            index.bring(&mut inputs, &settings, true, &|bytes| task.progress.done(bytes))?;
        }
        let mut run = run_inputs(&inputs, &settings, tables, task.progress)?;
        let decisions = compare_and_decide(&inputs, &mut run, &policy, &Memory::unlimited(), task.progress)?;
        let (kept, removed) = parted(&batches, &run, &decisions)?;
        Ok((run, kept, removed))
    })?;
    refuse_what_is_no_answer(&run)?;
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let all = PyDict::new(py);
    all.set_item("kept", Table::of_batches(schema, kept))?;
    all.set_item("removed", Table::of(removed))?;
    all.set_item("set_aside", set_aside(py, &run.intake)?)?;
    all.set_item("settings", settings_of(&run))?;
    Ok(all)
}

/// The rows that are kept, and a table of the others.
fn parted(
    batches: &[RecordBatch],
    run: &Run,
    decisions: &Decisions,
) -> Result<(Vec<RecordBatch>, RecordBatch), Failure> {
    let mut fates = Fates::of(run, decisions);
    let (mut removed, mut kept, mut row) = (RemovedColumns::default(), Vec::new(), 0);
    for batch in batches {
        let mut stays = Vec::with_capacity(batch.num_rows());
        for _ in 0..batch.num_rows() {
            let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
            let fate = fates.next(Location { file: 0, offset: row, length: 1, line, index: 0 });
            stays.push(fate.is_kept());
            removed.push(row, fate, run, decisions);
            row += 1;
        }
        kept.push(filter_record_batch(batch, &BooleanArray::from(stays))?);
    }
    Ok((kept, removed.finish()?))
}

/// Removed rows as columns, under the names of the command line's `--removed`.
#[derive(Default)]
struct RemovedColumns {
    row: Int64Builder,
    id: StringBuilder,
    reason: StringBuilder,
    kept_id: StringBuilder,
    kept_in: StringBuilder,
    kept_row: Int64Builder,
    kind: StringBuilder,
    similarity: Float64Builder,
    containment: Float64Builder,
    coverage: Float64Builder,
}

impl RemovedColumns {
    fn push(&mut self, row: u64, fate: Fate, run: &Run, decisions: &Decisions) {
        let (article, kept, edge, reason) = match fate {
            Fate::Keep | Fate::KeepEmpty => return,
            Fate::Remove(article, removal) => {
                (Some(article), Some(removal.kept), Some(removal.comparison(run)), "edge")
            }
            Fate::Repeated(article) => (Some(article), Some(article), Some((Kind::Identical, SAME)), "repeated"),
            Fate::Bad => (None, None, None, "bad_record"),
        };
        let record = |article: u32| &run.records[article as usize];
        let is_old = |kept: u32| decisions.of[kept as usize] == Decision::Against;
        let number = |which: fn(&Comparison) -> f64| edge.map(|(_, comparison)| which(&comparison));
        self.row.append_value(row as i64);
        self.id.append_option(article.map(|article| &record(article).id));
        self.reason.append_value(reason);
        self.kept_id.append_option(kept.map(|kept| &record(kept).id));
        self.kept_in.append_option(kept.map(|kept| if is_old(kept) { "against" } else { "input" }));
        self.kept_row.append_option(kept.filter(|&kept| !is_old(kept)).map(|kept| record(kept).location.offset as i64));
        self.kind.append_option(edge.map(|(kind, _)| kind.name()));
        self.similarity.append_option(number(|comparison| comparison.similarity));
        self.containment.append_option(number(|comparison| comparison.containment));
        self.coverage.append_option(number(|comparison| comparison.coverage));
    }

    fn finish(mut self) -> Result<RecordBatch, Failure> {
        batch_of(vec![
            ("row", false, Arc::new(self.row.finish())),
            ("id", true, Arc::new(self.id.finish())),
            ("reason", false, Arc::new(self.reason.finish())),
            ("kept_id", true, Arc::new(self.kept_id.finish())),
            ("kept_in", true, Arc::new(self.kept_in.finish())),
            ("kept_row", true, Arc::new(self.kept_row.finish())),
            ("kind", true, Arc::new(self.kind.finish())),
            ("similarity", true, Arc::new(self.similarity.finish())),
            ("containment", true, Arc::new(self.containment.finish())),
            ("coverage", true, Arc::new(self.coverage.finish())),
        ])
    }
}

/// A batch of these columns: each with its name and whether it may have nulls.
pub(crate) fn batch_of(columns: Vec<(&str, bool, ArrayRef)>) -> Result<RecordBatch, Failure> {
    let fields =
        columns.iter().map(|(name, nullable, column)| Field::new(*name, column.data_type().clone(), *nullable));
    let schema = Schema::new(fields.collect::<Vec<Field>>());
    Ok(RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(.., column)| column).collect())?)
}

/// Why two articles of a table, by their ids, are copies or reports of one event, or are not: JSON.
#[pyfunction]
#[pyo3(signature = (table, a, b, given, threads, told, shells, terms))]
#[allow(
    clippy::too_many_arguments,
    reason = "called from one place, in `wirecopy/__init__.py`, where each has a name and a default"
)]
pub(crate) fn explain<'py>(
    table: Bound<'py, PyAny>,
    a: &str,
    b: &str,
    given: Vec<(String, String)>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
    shells: Option<String>,
    terms: Option<Vec<u8>>,
) -> PyResult<String> {
    let py = table.py();
    let settings = settings(&Settings::default(), &given)?;
    let tables = tables(shells.as_deref(), terms.as_deref())?;
    let batches = batches_of(&table)?;
    attend(py, threads, told, |task| {
        let inputs = Inputs::of_batches(TABLE, batches).until(Arc::clone(&task.stop));
        let run = run_inputs(&inputs, &settings, tables, task.progress)?;
        let [place_a, place_b] = [place(&run, a)?, place(&run, b)?];
        if place_a == place_b {
            return Err(Failure::Said(format!("{a} is named twice; name two articles")));
        }
        let found = reasons::explain(&run, &inputs, place_a, place_b)?;
        let options = ExplainOptions { width: 100, color: false, top: 0, language: HtmlLanguage::English };
        let mut json = Vec::new();
        let written = write_explanation(&found, &settings, ExplainFormat::Json, &options, &mut json);
        written.map_err(|error| Failure::Said(error.to_string()))?;
        String::from_utf8(json).map_err(|error| Failure::Said(error.to_string()))
    })
}

/// The article of this id.
fn place(run: &Run, id: &str) -> Result<u32, Failure> {
    reasons::position(run, id).ok_or_else(|| {
        if run.intake.empty.iter().any(|empty| empty == id) {
            return Failure::Said(format!("{id}: has no words"));
        }
        let near = nearest(id, run.records.iter().map(|record| record.id.as_str()));
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Failure::Said(format!("{id}: no article of the table has this id{near}"))
    })
}
