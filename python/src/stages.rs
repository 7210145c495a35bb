//! The stages of a run over tables, for engines that share out the work.

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wirecopy::arrow;
use wirecopy::settings::Settings;

use crate::errors::Failure;
use crate::find::{settings, skipped, tables};
use crate::table::{Table, batches_of};
use crate::work::attend;

/// One batch of several of the same columns.
fn whole(batches: Vec<RecordBatch>) -> Result<RecordBatch, Failure> {
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([batch]) => Ok(batch),
        Err(batches) => {
            let schema =
                batches.first().map_or_else(|| std::sync::Arc::new(arrow_schema::Schema::empty()), |one| one.schema());
            Ok(arrow_select::concat::concat_batches(&schema, &batches)?)
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
    let batch = whole(batches_of(&table)?)?;
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
    let batch = whole(batches_of(&pairs)?)?;
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
    let batch = whole(batches_of(&pairs)?)?;
    let scored = attend(pairs.py(), threads, told, |_| Ok(arrow::score(&batch, &shells, &terms)?))?;
    Ok(Table::of(scored))
}
