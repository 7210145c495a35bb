//! Thresholds in, scores at each out.
//!
//! The numbers of a pair don't depend on the threshold, so candidates are searched and verified once, at the lowest
//! threshold of the curve, and for every point the edges are judged and clustered again. The curve so shows the rules
//! alone: at each point the search is as thorough as at the lowest, which a run at that threshold would not be. It is a curve of
//! copies: events have no threshold to choose, and all labels are held against the copy clusters.

use serde::Serialize;

use crate::cluster::{Standing, cluster};
use crate::pipeline::{Progress, Tables, run_inputs};
use crate::read::Inputs;
use crate::settings::{Level, Settings};
use crate::verify::{Edge, Rules};

use super::clusterings::{Partition, Source, score};
use super::found::Found;
use super::metrics::PrecisionRecall;
use super::metrics::Scores;
use super::pairs::{PairScores, judge};
use super::{EvalError, Truth, labels};
use crate::audit::Share;

/// The scores at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepPoint {
    /// The threshold of the measure in force.
    pub threshold: f64,
    /// How many copy clusters there are.
    pub clusters: usize,
    /// How many articles are in them.
    pub articles: usize,
    /// One for each sort of labels of articles.
    pub clusterings: Vec<SweepClustering>,
    /// The labelled pairs.
    pub pairs: Option<SweepPairs>,
}

/// How a clustering agrees with labels at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepClustering {
    /// Where the labels come from.
    pub truth: Source,
    /// The numbers.
    pub scores: Scores,
    /// See [`super::ClusteringScores::planted`].
    pub planted: Option<PrecisionRecall>,
}

/// How the labelled pairs were found at one threshold; see [`PairScores`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SweepPairs {
    /// Of the pairs labelled identical or copy, those found.
    pub copies_found: Share,
    /// Of the pairs labelled excerpt, those found.
    pub excerpts_found: Share,
    /// Of the pairs found, those labelled identical, copy or excerpt.
    pub precision: Share,
    /// Among the pairs labelled as a kind, those found as exactly it.
    pub exact_kind: Share,
}

/// Scores `inputs` at each of `thresholds`, in their order.
///
/// # Errors
/// As [`run_inputs`].
pub fn sweep(
    inputs: &Inputs,
    settings: &Settings,
    truth: &Truth,
    thresholds: &[f64],
    progress: &dyn Progress,
) -> Result<Vec<SweepPoint>, EvalError> {
    let Some(lowest) = thresholds.iter().copied().reduce(f64::min) else {
        return Ok(Vec::new());
    };
    let settings = Settings { threshold: Some(lowest), level: Level::Copies, ..settings.clone() };
    let run = run_inputs(inputs, &settings, Tables::default(), progress)?;
    let labels = labels(&run, truth);
    let standings: Vec<Standing> = run.records.iter().map(|record| record.standing()).collect();
    let point = |&threshold: &f64| {
        let rules = Rules { threshold, ..Rules::of(&settings) };
        let again = |edge: &Edge| Some(Edge { kind: rules.again(&edge.comparison, edge.kind)?, ..*edge });
        let edges: Vec<Edge> = run.edges.iter().filter_map(again).collect();
        let clustering = cluster(&run.twins, &edges, &standings, settings.canonical);
        let found = Found::new(&run.twins, &edges, &clustering);
        let clusterings = labels.iter().filter_map(|labels| score(Partition::CopyClusters, &found.cluster_of, labels));
        let pairs = (!truth.pairs.is_empty())
            .then(|| PairScores::of(&judge(&truth.pairs, &run.records, &found), truth.pairs.len()));
        SweepPoint {
            threshold,
            clusters: clustering.clusters.len(),
            articles: clustering.clusters.iter().map(|cluster| cluster.members.len()).sum(),
            clusterings: clusterings
                .map(|scored| SweepClustering { truth: scored.truth, scores: scored.scores, planted: scored.planted })
                .collect(),
            pairs: pairs.map(|pairs| SweepPairs {
                copies_found: pairs.copies_found,
                excerpts_found: pairs.excerpts_found,
                precision: pairs.precision,
                exact_kind: pairs.exact_kind.of_kind,
            }),
        }
    };
    Ok(thresholds.iter().map(point).collect())
}
