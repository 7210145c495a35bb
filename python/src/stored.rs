//! An index on disk and new articles in; what it took in, or what of them is known, out.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wirecopy::check::{Allowed, Checked, Finding, Known, Match, Policy, Question, Rule, Verdict, check};
use wirecopy::events::Confidence;
use wirecopy::index::{Index, Writer, create};
use wirecopy::pipeline::Stage;
use wirecopy::read::{Inputs, Location};
use wirecopy::settings::{Choice, Settings};

use crate::errors::{Failure, nothing_readable};
use crate::find::{TABLE, batch_of, settings, skipped};
use crate::table::{Table, batches_of};
use crate::work::attend;

/// An index in a folder. Every call sees it as it is then; no file is held open in between.
#[pyclass(frozen, module = "wirecopy")]
pub(crate) struct StoredIndex {
    path: PathBuf,
}

#[pymethods]
impl StoredIndex {
    /// The index that is in this folder.
    #[new]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<StoredIndex> {
        py.detach(|| Index::open(&path).map(drop)).map_err(Failure::from)?;
        Ok(StoredIndex { path })
    }

    /// Makes one.
    #[staticmethod]
    fn create(py: Python<'_>, path: PathBuf, given: Vec<(String, String)>) -> PyResult<StoredIndex> {
        let settings = settings(&Settings::default(), &given)?;
        py.detach(|| create(&path, &settings)).map_err(Failure::from)?;
        Ok(StoredIndex { path })
    }

    #[getter]
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        let index = py.detach(|| Index::open(&self.path)).map_err(Failure::from)?;
        Ok(index.len() as usize)
    }

    /// What it is, in numbers: JSON.
    fn info(&self, py: Python<'_>) -> PyResult<String> {
        let info = py.detach(|| Index::open(&self.path).map(|index| index.info())).map_err(Failure::from)?;
        Ok(serde_json::to_string(&info).map_err(|error| Failure::Said(error.to_string()))?)
    }

    /// Adds articles: what became of them as JSON, and what was set aside.
    fn add<'py>(
        &self,
        table: Bound<'py, PyAny>,
        given: Vec<(String, String)>,
        threads: usize,
        told: Option<Bound<'py, PyAny>>,
        wait: bool,
    ) -> PyResult<(String, Bound<'py, PyDict>)> {
        let py = table.py();
        let batches = batches_of(&table)?;
        let added = attend(py, threads, told, |task| {
            let mut writer = Writer::open(&self.path, wait)?;
            let settings = settings(writer.index().settings(), &given)?;
            writer.index().accepts(&settings)?;
            let inputs = Inputs::of_batches(TABLE, batches).until(Arc::clone(&task.stop));
            task.progress.begin(Stage::Read, inputs.total_bytes().map(|bytes| 2 * bytes));
            Ok(writer.add(&inputs, &settings.read, &|bytes| task.progress.done(bytes))?)
        })?;
        let read = added.new + added.revised + added.unchanged + added.older + added.empty;
        if read == 0 && added.skipped.bad_records > 0 {
            return Err(nothing_readable(added.skipped.bad_records, added.skipped.examples.first()));
        }
        let json = serde_json::to_string(&added).map_err(|error| Failure::Said(error.to_string()))?;
        Ok((json, skipped(py, &added.skipped)?))
    }

    /// Checks new articles against it.
    #[allow(
        clippy::too_many_arguments,
        reason = "called from one place, in `wirecopy/__init__.py`, where each has a name and a default"
    )]
    fn check<'py>(
        &self,
        table: Bound<'py, PyAny>,
        given: Vec<(String, String)>,
        threads: usize,
        told: Option<Bound<'py, PyAny>>,
        fail_on: Option<Vec<String>>,
        allow: Vec<String>,
        own_revisions: bool,
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = table.py();
        let question = Question { policy: policy(fail_on, &allow, own_revisions)?, ..Question::default() };
        let batches = batches_of(&table)?;
        let outcome = attend(py, threads, told, |task| {
            let index = Index::open(&self.path)?;
            let settings = settings(index.settings(), &given)?;
            index.accepts(&settings)?;
            let inputs = Inputs::of_batches(TABLE, batches).until(Arc::clone(&task.stop));
            Ok(check(inputs, &Known::Index(&index), &settings, &question, task.progress)?)
        })?;
        let checked = &outcome.checked;
        let rows =
            |places: &mut dyn Iterator<Item = &Location>| -> Vec<u64> { places.map(|place| place.offset).collect() };
        let all = PyDict::new(py);
        all.set_item("failed", checked.fails() || !checked.errors.is_empty())?;
        all.set_item("findings", Table::of(findings(checked)?))?;
        all.set_item("passed", rows(&mut outcome.passed.iter()))?;
        all.set_item("refused", rows(&mut outcome.refused.iter()))?;
        all.set_item("articles", checked.articles)?;
        all.set_item("known", checked.known)?;
        all.set_item("errors", &checked.errors)?;
        all.set_item("set_aside", skipped(py, &outcome.intake.skipped)?)?;
        Ok(all)
    }

    fn __repr__(&self) -> String {
        format!("wirecopy.Index({:?})", self.path.display().to_string())
    }
}

fn policy(fail_on: Option<Vec<String>>, allow: &[String], own_revisions: bool) -> Result<Policy, Failure> {
    let rule = |code: &String| {
        let codes: Vec<&str> = Rule::all().map(Rule::code).collect();
        let unknown = || Failure::Said(format!("fail_on: found `{code}`, expected some of {}", codes.join(", ")));
        Rule::of_word(code).ok_or_else(unknown)
    };
    let line = |line: &String| {
        let wrong = || Failure::Said(format!("allow: found `{line}`, expected OUTLET or OUTLET -> OUTLET"));
        Allowed::parse(line).ok_or_else(wrong)
    };
    let allow = allow.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let policy = Policy { allow, own_revisions, ..Policy::default() };
    match fail_on {
        Some(codes) => Ok(Policy { fail_on: codes.iter().map(rule).collect::<Result<Vec<_>, _>>()?, ..policy }),
        None => Ok(policy),
    }
}

/// A row for each finding and each article that it matches; of an unreadable record one without a match.
fn findings(checked: &Checked) -> Result<RecordBatch, Failure> {
    let mut columns = FindingColumns::default();
    for finding in &checked.findings {
        if finding.matches.is_empty() {
            columns.push(finding, None);
        }
        finding.matches.iter().for_each(|matched| columns.push(finding, Some(matched)));
    }
    columns.finish()
}

#[derive(Default)]
struct FindingColumns {
    rule: StringBuilder,
    verdict: StringBuilder,
    id: StringBuilder,
    row: Int64Builder,
    match_id: StringBuilder,
    match_row: Int64Builder,
    in_index: BooleanBuilder,
    kind: StringBuilder,
    similarity: Float64Builder,
    containment: Float64Builder,
    coverage: Float64Builder,
    confidence: Float64Builder,
    passage: StringBuilder,
    reason: StringBuilder,
}

impl FindingColumns {
    fn push(&mut self, finding: &Finding, matched: Option<&Match>) {
        let row = |line: Option<u32>| line.map(|line| i64::from(line) - 1);
        let comparison = matched.and_then(|matched| matched.comparison);
        self.rule.append_value(finding.rule.code());
        self.verdict.append_value(match finding.verdict {
            Verdict::Fails => "fails",
            Verdict::Informs => "informs",
            Verdict::Accepted => "accepted",
        });
        self.id.append_option(Some(&finding.article.id).filter(|id| !id.is_empty()));
        self.row.append_option(row(finding.article.line));
        self.match_id.append_option(matched.map(|matched| &matched.article.id));
        self.match_row.append_option(matched.and_then(|matched| row(matched.article.line)));
        self.in_index.append_option(matched.map(|matched| !matched.new));
        self.kind.append_option(matched.and_then(|matched| matched.kind).map(|kind| kind.name()));
        self.similarity.append_option(comparison.map(|one| one.similarity));
        self.containment.append_option(comparison.map(|one| one.containment));
        self.coverage.append_option(comparison.map(|one| one.coverage));
        self.confidence.append_option(matched.and_then(|matched| matched.confidence).map(Confidence::share));
        self.passage.append_option(matched.and_then(|matched| matched.passage.as_ref()).map(|passage| &passage.text));
        self.reason.append_option(finding.reason.as_deref().map(crate::errors::in_python));
    }

    fn finish(mut self) -> Result<RecordBatch, Failure> {
        batch_of(vec![
            ("rule", false, Arc::new(self.rule.finish())),
            ("verdict", false, Arc::new(self.verdict.finish())),
            ("id", true, Arc::new(self.id.finish())),
            ("row", true, Arc::new(self.row.finish())),
            ("match_id", true, Arc::new(self.match_id.finish())),
            ("match_row", true, Arc::new(self.match_row.finish())),
            ("in_index", true, Arc::new(self.in_index.finish())),
            ("kind", true, Arc::new(self.kind.finish())),
            ("similarity", true, Arc::new(self.similarity.finish())),
            ("containment", true, Arc::new(self.containment.finish())),
            ("coverage", true, Arc::new(self.coverage.finish())),
            ("confidence", true, Arc::new(self.confidence.finish())),
            ("passage", true, Arc::new(self.passage.finish())),
            ("reason", true, Arc::new(self.reason.finish())),
        ])
    }
}
