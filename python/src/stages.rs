//! The stages of a run over tables, for engines that share out the work.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_pyarrow::FromPyArrow;
use arrow_schema::Schema;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use wirecopy::arrow;
use wirecopy::dedup::{DropKinds, Keep, Policy};
use wirecopy::settings::Settings;

use crate::errors::Failure;
use crate::find::{settings, skipped, tables};
use crate::table::{Table, batches_of};
use crate::work::attend;

/// A table as one batch. One without rows hands over no batch, and is asked for its columns.
fn whole(table: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    match <[RecordBatch; 1]>::try_from(batches_of(table)?) {
        Ok([batch]) => Ok(batch),
        Err(batches) => {
            let schema = match batches.first() {
                Some(batch) => batch.schema(),
                None => match table.getattr("schema") {
                    Ok(schema) => Arc::new(Schema::from_pyarrow_bound(&schema)?),
                    Err(_) => Arc::new(Schema::empty()),
                },
            };
            Ok(arrow_select::concat::concat_batches(&schema, &batches).map_err(Failure::from)?)
        }
    }
}

/// Signs articles: the table, and what was set aside.
#[pyfunction]
#[pyo3(signature = (table, given, threads, told, shells))]
pub(crate) fn sign<'py>(
    table: Bound<'py, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
    shells: Option<String>,
) -> PyResult<(Table, Bound<'py, PyDict>)> {
    let py = table.py();
    let settings = settings(&Settings::default(), &given)?;
    let shells = tables(shells.as_deref(), None)?.shells.unwrap_or_default();
    let batch = whole(&table)?;
    let signed = attend(py, threads, told, |_| Ok(arrow::sign(&batch, &settings, &shells)?))?;
    Ok((Table::of(signed.batch), skipped(py, &signed.skipped)?))
}

/// Proposes pairs among signed articles: pairs, and twins.
#[pyfunction]
#[pyo3(signature = (signed, given, threads, told))]
pub(crate) fn propose<'py>(
    signed: Bound<'py, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
) -> PyResult<(Table, Table)> {
    let settings = settings(&Settings::default(), &given)?;
    let batches = batches_of(&signed)?;
    let found = attend(signed.py(), threads, told, |_| Ok(arrow::propose(&batches, &settings)?))?;
    Ok((Table::of(found.pairs), Table::of(found.twins)))
}

/// Compares pairs with their documents: edges.
#[pyfunction]
#[pyo3(signature = (pairs, given, threads, told, shells))]
pub(crate) fn compare<'py>(
    pairs: Bound<'py, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
    shells: Option<String>,
) -> PyResult<Table> {
    let settings = settings(&Settings::default(), &given)?;
    let shells = tables(shells.as_deref(), None)?.shells.unwrap_or_default();
    let batch = whole(&pairs)?;
    let edges = attend(pairs.py(), threads, told, |_| Ok(arrow::compare(&batch, &settings, &shells)?))?;
    Ok(Table::of(edges))
}

/// Scores pairs of reports with their documents: evidence and log odds.
#[pyfunction]
#[pyo3(signature = (pairs, threads, told, shells, terms))]
pub(crate) fn score<'py>(
    pairs: Bound<'py, PyAny>,
    threads: usize,
    told: Option<Bound<'py, PyAny>>,
    shells: Option<String>,
    terms: Option<Vec<u8>>,
) -> PyResult<Table> {
    let tables = tables(shells.as_deref(), terms.as_deref())?;
    let (shells, terms) = (tables.shells.unwrap_or_default(), tables.terms.unwrap_or_default());
    let batch = whole(&pairs)?;
    let scored = attend(pairs.py(), threads, told, |_| Ok(arrow::score(&batch, &shells, &terms)?))?;
    Ok(Table::of(scored))
}

/// Reads articles: the table, and what was set aside.
#[pyfunction]
#[pyo3(signature = (table, given, threads))]
pub(crate) fn outline<'py>(
    table: Bound<'py, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
) -> PyResult<(Table, Bound<'py, PyDict>)> {
    let py = table.py();
    let settings = settings(&Settings::default(), &given)?;
    let batch = whole(&table)?;
    let read = attend(py, threads, None, |_| Ok(arrow::outline(&batch, &settings)?))?;
    Ok((Table::of(read.batch), skipped(py, &read.skipped)?))
}

/// The table of boilerplate of what was counted, as JSON.
#[pyfunction]
pub(crate) fn shells(counts: Bound<'_, PyAny>) -> PyResult<String> {
    let table = arrow::shells(&batches_of(&counts)?).map_err(Failure::from)?;
    Ok(table.to_json().map_err(|error| Failure::Said(error.to_string()))?)
}

/// Signs documents under a table of boilerplate.
#[pyfunction]
#[pyo3(signature = (table, given, threads, shells))]
pub(crate) fn sign_documents(
    table: Bound<'_, PyAny>,
    given: Vec<(String, String)>,
    threads: usize,
    shells: Option<String>,
) -> PyResult<Table> {
    let settings = settings(&Settings::default(), &given)?;
    let shells = tables(shells.as_deref(), None)?.shells.unwrap_or_default();
    let batch = whole(&table)?;
    Ok(Table::of(attend(table.py(), threads, None, |_| Ok(arrow::sign_documents(&batch, &settings, &shells)?))?))
}

/// A step of the search that needs nothing but a batch, what is known of long lists, and settings. `step` says which: see
/// `wirecopy.stages`.
#[pyfunction]
#[pyo3(signature = (step, table, long, given))]
pub(crate) fn search_step(
    step: &str,
    table: Bound<'_, PyAny>,
    long: Option<Bound<'_, PyAny>>,
    given: Vec<(String, String)>,
) -> PyResult<Table> {
    let settings = settings(&Settings::default(), &given)?;
    let batch = whole(&table)?;
    let long = long.map(|long| batches_of(&long)).transpose()?.unwrap_or_default();
    let step = step.to_owned();
    let found = attend(table.py(), 1, None, move |_| {
        Ok(match step.as_str() {
            "articles_of" => arrow::articles_of(&batch)?,
            "settle" => arrow::settle(&batch, &settings)?,
            "pivots_of_lists" => arrow::pivots_of_lists(&batch)?,
            "list_rows" => arrow::list_rows(&batch, &long, &settings)?,
            "list_pairs" => arrow::list_pairs(&batch)?,
            "pivot_pairs" => arrow::pivot_pairs(&batch, &long, &settings)?,
            "prefilter" => arrow::prefilter(&batch, &settings)?,
            other => return Err(Failure::Said(format!("no step of the search is called {other}"))),
        })
    })?;
    Ok(Table::of(found))
}

/// Clusters articles that hang together, and decides which of them stay.
#[pyfunction]
#[pyo3(signature = (articles, edges, given, keep, drop))]
pub(crate) fn clusters(
    articles: Bound<'_, PyAny>,
    edges: Bound<'_, PyAny>,
    given: Vec<(String, String)>,
    keep: &str,
    drop: &str,
) -> PyResult<Table> {
    let choice = |name: &str, error: String| Failure::Said(format!("{name}: {error}"));
    let keep: Keep = keep.parse().map_err(|error: wirecopy::dedup::UnknownChoice| choice("keep", error.to_string()))?;
    let drop: DropKinds =
        drop.parse().map_err(|error: wirecopy::dedup::UnknownChoice| choice("drop", error.to_string()))?;
    let settings = settings(&Settings::default(), &given)?;
    let (batch, of_edges) = (whole(&articles)?, whole(&edges)?);
    let policy = Policy { keep, drop, new_inputs: 1 };
    Ok(Table::of(attend(articles.py(), 1, None, |_| Ok(arrow::clusters(&batch, &of_edges, &settings, &policy)?))?))
}

/// How many articles a list has at most that is gone through.
#[pyfunction]
pub(crate) fn most_of_a_list() -> usize {
    arrow::MOST_OF_A_LIST
}

/// A step of finding events. `step` says which: see `wirecopy.stages`. `more`: the second table of those that take two.
#[pyfunction]
#[pyo3(signature = (step, table, more, shells, terms, min_confidence=0.0))]
pub(crate) fn event_step(
    step: &str,
    table: Bound<'_, PyAny>,
    more: Option<Bound<'_, PyAny>>,
    shells: Option<String>,
    terms: Option<Vec<u8>>,
    min_confidence: f64,
) -> PyResult<Table> {
    let given = tables(shells.as_deref(), terms.as_deref())?;
    let (shells, terms) = (given.shells.unwrap_or_default(), given.terms.unwrap_or_default());
    let batch = whole(&table)?;
    let more = more.map(|more| whole(&more)).transpose()?;
    let step = step.to_owned();
    let found = attend(table.py(), 1, None, move |_| {
        let second = || more.as_ref().ok_or_else(|| Failure::Said(format!("{step} takes two tables")));
        Ok(match step.as_str() {
            "term_counts" => arrow::term_counts(&batch, &shells)?,
            "counts_that_matter" => arrow::counts_that_matter(&batch)?,
            "event_terms" => arrow::event_terms(&batch, &shells, &terms)?,
            "posting_parts" => arrow::posting_parts(&batch)?,
            "event_neighbors" => arrow::event_neighbors(&batch)?,
            "event_compared" => arrow::event_compared(&batch, second()?, &shells, &terms)?,
            "event_among" => arrow::event_among(&batch)?,
            "event_probabilities" => arrow::event_probabilities(&batch)?,
            "event_groups" => arrow::event_groups(&batch, second()?, &shells, min_confidence)?,
            "event_ids" => arrow::event_ids(&batch)?,
            other => return Err(Failure::Said(format!("no step of finding events is called {other}"))),
        })
    })?;
    Ok(Table::of(found))
}

/// The table of document frequencies of what was counted.
#[pyfunction]
pub(crate) fn term_table<'py>(counts: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    let table = arrow::term_table(&batches_of(&counts)?).map_err(Failure::from)?;
    Ok(PyBytes::new(counts.py(), &table.to_bytes()))
}

/// The probability from which pairs make the components that hold events.
#[pyfunction]
pub(crate) fn event_threshold() -> f64 {
    arrow::EVENT_THRESHOLD
}
