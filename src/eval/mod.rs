//! A run and what is known of the right answer in, scores and the worst errors out.
//!
//! Three sorts of truth are understood, all at once where all are given: clusters of articles, planted families, and
//! labelled pairs; see [`truth`]. Clusterings are scored by [`metrics`], pairs by a table of confusion. What went wrong is
//! shown with the numbers that led to it, so that a person can learn from it which rule to mend.
//!
//! Labels of articles say which event each reports, so they score the events where a run has them, and its copy clusters where
//! it has not. Planted families are copies of each other and score the copy clusters always. Labelled pairs score both.

mod clusterings;
mod fitting;
mod found;
pub mod metrics;
mod pairs;
mod sweep;
pub mod truth;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

pub use clusterings::{ClusteringError, ClusteringScores, Labels, Partition, Source, score};
pub use fitting::{FittedInput, Fitting, FittingInput, Without, fitting};
pub use found::Relation;
pub use pairs::{ConfusionRow, ExactKind, Harm, PairError, PairScores};
pub use sweep::{SweepClustering, SweepPairs, SweepPoint, sweep};
pub use truth::{Label, LabelledPair, Truth, TruthError};

use crate::boilerplate::ShellTable;
use crate::pipeline::{Record, Run};
use crate::read::{Inputs, Location, ReadError};
use crate::settings::Settings;
use crate::verify::{Comparison, Kind, Reading, Rules, compare, verify};
use found::{Found, position};

/// How well a run agrees with the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many articles were read.
    pub articles: usize,
    /// One for each sort of labels of articles.
    pub clusterings: Vec<ClusteringScores>,
    /// The labelled pairs.
    pub pairs: Option<PairScores>,
    /// What the truth names and the input has not.
    pub missing: Missing,
}

/// What the truth names and the input has not: no number says anything about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// How many different ids.
    pub ids: usize,
    /// Of these, how many were read and set aside as empty.
    pub empty: usize,
    /// Of these, how many were read several times with different words, so that nobody knows which is meant.
    pub ambiguous: usize,
    /// The first few, in order.
    pub examples: Vec<String>,
}

/// So many missing ids are named.
const MISSING_EXAMPLES: usize = 5;

/// An article as errors name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its headline.
    pub title: Option<String>,
}

impl Named {
    /// The article of a record.
    pub(crate) fn of(record: &Record) -> Named {
        Named { id: record.id.clone(), title: record.title.as_deref().map(str::to_owned) }
    }
}

/// Why a run could not be scored.
#[derive(Debug)]
#[non_exhaustive]
pub enum EvalError {
    /// The input could not be read again.
    Read(ReadError),
    /// No truth file, and no record with a label.
    NoTruth {
        /// The field that was looked for.
        field: String,
    },
    /// Nothing that the truth names is in the input.
    NothingMatches {
        /// How many ids the truth names.
        ids: usize,
        /// One of them.
        example: String,
        /// An id of the input.
        input_example: Option<String>,
    },
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvalError::Read(error) => error.fmt(f),
            EvalError::NoTruth { field } => write!(
                f,
                "nothing to score by: no article has a `{field}` field; name a file of labels with --truth, or the field with --label-field"
            ),
            EvalError::NothingMatches { ids, example, input_example } => {
                match ids {
                    1 => write!(f, "the only id in the truth is not in the input; the truth has {example}")?,
                    _ => write!(
                        f,
                        "none of the {ids} ids in the truth is in the input; the truth has ids such as {example}"
                    )?,
                }
                match input_example {
                    Some(id) => write!(f, ", the input such as {id}; is it the truth of this input?"),
                    None => write!(f, ", the input has no article"),
                }
            }
        }
    }
}

impl std::error::Error for EvalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            EvalError::Read(error) => Some(error),
            EvalError::NoTruth { .. } | EvalError::NothingMatches { .. } => None,
        }
    }
}

impl From<ReadError> for EvalError {
    fn from(error: ReadError) -> EvalError {
        EvalError::Read(error)
    }
}

/// Scores a run of `inputs` by `truth` and by the labels that its records carry; a label in `truth` comes before a
/// record's own. Of each sort of error the worst `errors` are shown, for which their articles are read again.
///
/// # Errors
/// Where nothing is known of any article, and where the input cannot be read again.
pub fn evaluate(inputs: &Inputs, run: &Run, truth: &Truth, errors: usize) -> Result<Evaluation, EvalError> {
    let all = labels(run, truth);
    let missing = missing(run, truth);
    check(run, truth, &all, &missing)?;
    let found = Found::of(run);
    let rules = Rules::of(&run.settings);
    let readings = Readings { inputs, settings: &run.settings, records: &run.records, shells: &run.shells };
    let mut clusterings = Vec::new();
    for labels in &all {
        let partition = Partition::scored_by(labels.source, found.events.is_some());
        if let Some(mut scores) = score(partition, found.partition(partition), labels) {
            clusterings::add_worst(&mut scores, labels, &found, &readings, &rules, errors)?;
            clusterings.push(scores);
        }
    }
    let pairs = if truth.pairs.is_empty() {
        None
    } else {
        let judged = pairs::judge(&truth.pairs, &run.records, &found);
        let errors = pairs::worst(&judged, &readings, &rules, errors)?;
        Some(PairScores { errors, ..PairScores::of(&judged, truth.pairs.len()) })
    };
    Ok(Evaluation { articles: run.records.len(), clusterings, pairs, missing })
}

/// Whether there is anything to score by.
fn check(run: &Run, truth: &Truth, labels: &[Labels], missing: &Missing) -> Result<(), EvalError> {
    if truth.is_empty() && labels.is_empty() {
        let field = run.settings.read.label_field.as_deref().unwrap_or("cluster");
        return Err(EvalError::NoTruth { field: field.to_owned() });
    }
    let ids = truth_ids(truth);
    let known = ids.len() - missing.ids;
    if known == 0 && !labels.iter().any(Labels::any) {
        return Err(EvalError::NothingMatches {
            ids: ids.len(),
            example: ids.first().map_or_else(String::new, |&id| id.to_owned()),
            input_example: run.records.first().map(|record| record.id.clone()),
        });
    }
    Ok(())
}

/// One set of labels for each sort that is known.
fn labels(run: &Run, truth: &Truth) -> Vec<Labels> {
    let absent = |ids: &std::collections::BTreeMap<String, String>| {
        ids.keys().filter(|id| position(&run.records, id).is_none()).count()
    };
    let mut all = Vec::new();
    let of_record = |record: &'_ Record| record.label.is_some();
    if !truth.clusters.is_empty() || run.records.iter().any(of_record) {
        let called = |record| cluster_name(record, truth);
        let called: Vec<Option<&str>> = run.records.iter().map(called).collect();
        all.push(Labels::new(Source::Clusters, &called, absent(&truth.clusters)));
    }
    if !truth.families.is_empty() {
        let called: Vec<Option<&str>> =
            run.records.iter().map(|record| truth.families.get(&record.id).map(String::as_str)).collect();
        all.push(Labels::new(Source::Families, &called, absent(&truth.families)));
    }
    all
}

fn cluster_name<'r>(record: &'r Record, truth: &'r Truth) -> Option<&'r str> {
    truth.clusters.get(&record.id).map(String::as_str).or(record.label.as_deref())
}

fn truth_ids(truth: &Truth) -> BTreeSet<&str> {
    let of_articles = truth.clusters.keys().chain(truth.families.keys());
    let of_pairs = truth.pairs.iter().flat_map(|pair| [&pair.a, &pair.b]);
    of_articles.chain(of_pairs).map(String::as_str).collect()
}

fn missing(run: &Run, truth: &Truth) -> Missing {
    let empty: BTreeSet<&str> = run.intake.empty.iter().map(String::as_str).collect();
    let renamed: BTreeSet<&str> =
        run.intake.renamed.iter().filter_map(|id| id.rsplit_once('#')).map(|(id, _)| id).collect();
    let mut ids = truth_ids(truth);
    ids.retain(|id| position(&run.records, id).is_none());
    Missing {
        ids: ids.len(),
        empty: ids.iter().filter(|&id| empty.contains(id)).count(),
        ambiguous: ids.iter().filter(|&id| renamed.contains(id)).count(),
        examples: ids.into_iter().take(MISSING_EXAMPLES).map(str::to_owned).collect(),
    }
}

/// Reads articles of a run again.
struct Readings<'r> {
    inputs: &'r Inputs,
    settings: &'r Settings,
    records: &'r [Record],
    shells: &'r ShellTable,
}

/// Some articles, read again.
struct Reread {
    /// In order.
    articles: Vec<u32>,
    readings: Vec<Reading>,
}

impl Readings<'_> {
    fn named(&self, article: u32) -> Named {
        Named::of(&self.records[article as usize])
    }

    fn of(&self, articles: &BTreeSet<u32>) -> Result<Reread, ReadError> {
        let articles: Vec<u32> = articles.iter().copied().collect();
        let wanted: Vec<Location> = articles.iter().map(|&article| self.records[article as usize].location).collect();
        let readings = self.inputs.reread(&self.settings.read, &wanted, &|_| {}, |_, article| {
            Reading::of(article, self.shells, self.settings.window_words)
        })?;
        Ok(Reread { articles, readings })
    }
}

impl Reread {
    /// One of the articles that were asked for.
    fn reading(&self, article: u32) -> &Reading {
        &self.readings[self.articles.partition_point(|&other| other < article)]
    }

    fn compare(&self, a: u32, b: u32, rules: &Rules) -> Comparison {
        compare(self.reading(a), self.reading(b), rules)
    }

    fn verify(&self, a: u32, b: u32, rules: &Rules) -> Option<Kind> {
        verify(self.reading(a), self.reading(b), rules).map(|(_, kind)| kind)
    }
}
