//! Pairs of reports with their documents in, what speaks for one event out.

use std::sync::Arc;

use arrow_array::builder::{Float32Builder, Float64Builder};
use arrow_array::{Array, ArrayRef, RecordBatch};

use crate::boilerplate::ShellTable;
use crate::events::{Evidence, Model, Norms, Profile, TermTable};
use crate::normalize::Words;

use super::document::Unpacked;
use super::{StageError, batch_of, binaries, strings};

/// A kind of evidence by its column.
type Piece = (&'static str, fn(&Evidence) -> Option<f32>);

/// The kinds of evidence, in the order of [`Evidence`].
pub(super) const PIECES: [Piece; 13] = [
    ("words", |evidence| Some(evidence.words)),
    ("pairs", |evidence| Some(evidence.pairs)),
    ("lead", |evidence| Some(evidence.lead)),
    ("names", |evidence| evidence.names),
    ("title", |evidence| evidence.title),
    ("lead_in_text", |evidence| Some(evidence.lead_in_text)),
    ("numbers", |evidence| evidence.numbers),
    ("days", |evidence| evidence.days),
    ("focus", |evidence| evidence.focus),
    ("published", |evidence| evidence.published),
    ("lengths", |evidence| Some(evidence.lengths)),
    ("length", |evidence| Some(evidence.length)),
    ("rarest", |evidence| Some(evidence.rarest)),
];

/// Scores pairs of reports by themselves, under tables of shells and of terms: columns `a`, `b`, `a_document` and `b_document` as for
/// [`compare`](super::compare::compare). Parallel in the current rayon pool.
///
/// A row for each pair: `a`, `b`; each kind of [`Evidence`] under its name (Float32, 0 to 1, null where one of the two says nothing of the
/// kind); `content` and `log_odds` (Float64), the log odds that both report one event, days aside and all together. Which of them
/// go together depends on the other pairs of both as well.
///
/// # Errors
/// Where a column is missing, or a document is none.
pub fn score(pairs: &RecordBatch, shells: &ShellTable, terms: &TermTable) -> Result<RecordBatch, StageError> {
    let (a, b) = (strings(pairs, "a")?, strings(pairs, "b")?);
    let (of_a, of_b) = (binaries(pairs, "a_document")?, binaries(pairs, "b_document")?);
    let mut words = Words::default();
    let unpacked = Unpacked::of(&[("a_document", of_a), ("b_document", of_b)], |article| {
        words.read(&article.text);
        Profile::of(article, &words, shells)
    })?;
    let places: Vec<(u32, u32)> = (0..a.len())
        .map(|row| (unpacked.place(of_a.value(row)) as u32, unpacked.place(of_b.value(row)) as u32))
        .collect();
    let mut profiles = unpacked.into_made();
    terms.weigh(&mut profiles);
    let norms: Vec<Norms> = profiles.iter().map(Norms::of).collect();
    let found = Evidence::of_pairs(&profiles, &norms, &places);
    let model = Model::fitted();
    let mut columns: Vec<(&str, bool, ArrayRef)> =
        vec![("a", false, Arc::new(a.clone())), ("b", false, Arc::new(b.clone()))];
    columns.extend(evidence(found.iter()));
    for (name, odds) in
        [("content", Model::content_log_odds as fn(&Model, &Evidence) -> f64), ("log_odds", Model::log_odds)]
    {
        let mut column = Float64Builder::new();
        found.iter().for_each(|evidence| column.append_value(odds(model, evidence)));
        columns.push((name, false, Arc::new(column.finish())));
    }
    Ok(batch_of(columns)?)
}

/// A column for each kind of evidence.
pub(super) fn evidence<'e>(
    of_pairs: impl Iterator<Item = &'e Evidence> + Clone,
) -> impl Iterator<Item = (&'static str, bool, ArrayRef)> {
    PIECES.into_iter().map(move |(name, piece)| {
        let mut column = Float32Builder::new();
        of_pairs.clone().for_each(|evidence| column.append_option(piece(evidence)));
        (name, true, Arc::new(column.finish()) as ArrayRef)
    })
}
