//! Pairs with their documents in, verified edges out.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::{Array, RecordBatch};
use rayon::prelude::*;

use crate::boilerplate::ShellTable;
use crate::settings::Settings;
use crate::verify::{Comparison, Kind, Reading, Rules, verify};

use super::document::Unpacked;
use super::{StageError, batch_of, binaries, strings};

/// Compares pairs exactly, as a run does, under the shells of a table: columns `a` and `b`, ids; `a_document` and `b_document`, as
/// [`sign`](super::sign::sign) makes them. A document that recurs is read once. Parallel in the current rayon pool.
///
/// A row for each edge, in the order of the pairs; what is no edge has none. The columns are the fields of an edge in the JSON of a report:
/// `a`, `b`, `similarity`, `containment`, `coverage` (Float64, 0 to 1) and `kind` (`identical`, `copy`, `excerpt` or `template`).
///
/// # Errors
/// Where a column is missing, or a document is none.
pub fn compare(pairs: &RecordBatch, settings: &Settings, shells: &ShellTable) -> Result<RecordBatch, StageError> {
    let rules = Rules::of(settings);
    let (a, b) = (strings(pairs, "a")?, strings(pairs, "b")?);
    let (of_a, of_b) = (binaries(pairs, "a_document")?, binaries(pairs, "b_document")?);
    let readings = Unpacked::of(&[("a_document", of_a), ("b_document", of_b)], |article| {
        Reading::of(article, shells, rules.window_words)
    })?;
    let reading = |document| &readings.made()[readings.place(document)];
    let edge = |row: usize| {
        let (comparison, kind) = verify(reading(of_a.value(row)), reading(of_b.value(row)), &rules)?;
        Some((row, comparison, kind))
    };
    let edges: Vec<(usize, Comparison, Kind)> = (0..a.len()).into_par_iter().filter_map(edge).collect();
    let mut columns = EdgeColumns::default();
    edges.iter().for_each(|(row, comparison, kind)| columns.push(a.value(*row), b.value(*row), comparison, *kind));
    Ok(columns.finish()?)
}

/// Edges as columns.
#[derive(Default)]
pub(super) struct EdgeColumns {
    a: StringBuilder,
    b: StringBuilder,
    similarity: Float64Builder,
    containment: Float64Builder,
    coverage: Float64Builder,
    kind: StringBuilder,
}

impl EdgeColumns {
    pub(super) fn push(&mut self, a: &str, b: &str, comparison: &Comparison, kind: Kind) {
        self.a.append_value(a);
        self.b.append_value(b);
        self.similarity.append_value(comparison.similarity);
        self.containment.append_value(comparison.containment);
        self.coverage.append_value(comparison.coverage);
        self.kind.append_value(kind.name());
    }

    pub(super) fn finish(mut self) -> Result<RecordBatch, arrow_schema::ArrowError> {
        batch_of(vec![
            ("a", false, Arc::new(self.a.finish())),
            ("b", false, Arc::new(self.b.finish())),
            ("similarity", false, Arc::new(self.similarity.finish())),
            ("containment", false, Arc::new(self.containment.finish())),
            ("coverage", false, Arc::new(self.coverage.finish())),
            ("kind", false, Arc::new(self.kind.finish())),
        ])
    }
}
