//! A run in, what it missed out: its recall on the user's own articles, measured and not promised.
//!
//! A sample of the articles is joined exactly with all of them (`join`), under the words, shells and rules of the run.
//! What the run's search did not propose shows up there. The same pass tells what another threshold would change.
//!
//! The sample is chosen by a hash of the id: the same articles for any order of the input and any number of threads, and
//! mostly the same ones after more articles were added. Articles of exactly the same words count once, as they do in the
//! search; pairs of them can't be missed, and would only flatter the recall.
//!
//! The unit is the pair, and the intervals are those of independent draws. Pairs of one large cluster are no independent
//! draws: where few large clusters dominate, the truth may lie somewhat outside.
//!
//! What the search for events did not propose is measured in the same way (`events`).

mod events;
mod join;
mod share;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

pub use events::{EventAudit, MAX_PAIRS, MissedPair, ScoreRecall};
pub use share::{Share, wilson};

use crate::pipeline::{Progress, Run, Stage};
use crate::read::{Inputs, Location, ReadError};
use crate::verify::{Comparison, Edge, Kind, Reading, Rules};
use join::{Met, Sample};

/// Pairs are joined down to this value of the measure, or to the threshold where that is lower. Lower pairs are so many in
/// any corpus with bulletins, and so far from a copy, that they tell nothing about a threshold.
const FLOOR: f64 = 0.3;

/// Thresholds that are shown beside the one in force, as steps away from it.
const STEPS: [f64; 8] = [-0.2, -0.15, -0.1, -0.05, 0.05, 0.1, 0.15, 0.2];

/// How many bins the histograms have between 0 and 1; twenty, so that the default thresholds lie near an edge of one.
const BINS: usize = 20;

/// Lower ends of the bands of containment for which recall is told; the last is the one that the design speaks of.
const CONTAINMENT_BANDS: [f64; 5] = [0.0, 0.2, 0.4, 0.6, 0.8];

/// What is to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditOptions {
    /// How many articles to join with all; all of them where there are not more. Of reports of events not more than
    /// [`MAX_PAIRS`] allows.
    pub sample: usize,
    /// How many missed edges to show, and how many missed pairs of events.
    pub missed: usize,
}

/// What a run found of what there is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Articles with words of their own: of several with exactly the same words, one.
    pub articles: usize,
    /// The others, which can't be missed.
    pub exact_duplicates: usize,
    /// How many articles were joined with all.
    pub sampled: usize,
    /// The edges of sampled articles that the run found.
    pub recall: Share,
    /// The same, a kind at a time; kinds without an edge are left out.
    pub by_kind: Vec<KindRecall>,
    /// The same, by containment.
    pub by_containment: Vec<BandRecall>,
    /// Of the copy edges that were missed, those whose articles are in one copy cluster all the same.
    pub missed_in_one_cluster: u64,
    /// Edges of sampled articles that the run has and the join has not, or of another kind. Always 0, or one of the two is
    /// wrong.
    pub unconfirmed: u64,
    /// The least value of the measure that was looked for.
    pub floor: f64,
    /// Pairs by their value of the measure: those above the floor, and all excerpts.
    pub by_measure: Vec<Bin>,
    /// The same pairs by similarity.
    pub by_similarity: Vec<Bin>,
    /// What other thresholds would find.
    pub thresholds: Vec<ThresholdRow>,
    /// The missed edges that come closest to being copies, those first.
    pub missed: Vec<MissedEdge>,
    /// The same of the search for events, where the run has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventAudit>,
}

/// The recall of one kind of edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KindRecall {
    /// The kind, by exact comparison.
    pub kind: Kind,
    /// The edges of that kind that the run found.
    pub found: Share,
}

/// The recall of edges of a certain containment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandRecall {
    /// The least containment.
    pub from: f64,
    /// The containment that is too much; the last band includes 1.
    pub to: f64,
    /// The edges in between that the run found.
    pub found: Share,
}

/// One bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Bin {
    /// The least value.
    pub from: f64,
    /// The value that is too much; the last bin includes 1.
    pub to: f64,
    /// How many pairs.
    pub pairs: u64,
    /// How many of them are edges.
    pub edges: u64,
    /// How many of those the run found.
    pub found: u64,
}

/// What one threshold finds, for the pairs of sampled articles; each has been compared, whatever the search proposes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThresholdRow {
    /// The least value of the measure.
    pub threshold: f64,
    /// Whether it is the one in force.
    pub in_force: bool,
    /// Pairs that are identical or copies.
    pub copies: u64,
    /// Pairs that are excerpts.
    pub excerpts: u64,
    /// Pairs that are templates.
    pub templates: u64,
    /// Sampled articles that have an identical one or a copy.
    pub copied: Share,
}

/// An edge that the run has not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissedEdge {
    /// The id of one article.
    pub a: String,
    /// The other.
    pub b: String,
    /// The headline of `a`.
    pub title_a: Option<String>,
    /// The headline of `b`.
    pub title_b: Option<String>,
    /// The kind, by exact comparison.
    pub kind: Kind,
    /// The numbers.
    pub comparison: Comparison,
    /// Whether both are in one copy cluster.
    pub in_one_cluster: bool,
}

/// Joins a sample of a run's articles with all of them, and scores a sample of its reports with all of them.
///
/// # Errors
/// Where the input cannot be read again.
pub fn audit(inputs: &Inputs, run: &Run, options: &AuditOptions, progress: &dyn Progress) -> Result<Audit, ReadError> {
    let in_force = Rules::of(&run.settings);
    let widest = Rules { threshold: FLOOR.min(in_force.threshold), ..in_force };
    let firsts: Vec<u32> =
        run.twins.iter().zip(0..).filter(|&(&first, place)| first == place).map(|(_, place)| place).collect();
    let sampled = sampled(run, &firsts, options.sample);
    let locations = |articles: &[u32]| -> Vec<Location> {
        articles.iter().map(|&article| run.records[article as usize].location).collect()
    };
    let readings = inputs.reread(&run.settings.read, &locations(&sampled), &|_| {}, |_, article| {
        Reading::of(article, &run.shells, in_force.window_words)
    })?;
    let sample = Sample::of(&sampled, readings, &run.shells);

    let wanted = locations(&firsts);
    progress.begin(Stage::Read, Some(wanted.iter().map(|location| u64::from(location.length)).sum()));
    let tally = Mutex::new(Tally::new(run, &sampled, in_force, widest.threshold, options.missed));
    inputs.reread(&run.settings.read, &wanted, &|bytes| progress.done(bytes), |place, article| {
        let own = firsts[place];
        let met = sample.meet(own, article, &widest, &in_force);
        if !met.is_empty() {
            // Only sums and orders are kept, so that it makes no difference who comes first.
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            met.iter().for_each(|met| tally.add(own, met));
        }
    })?;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let audit = tally.finish(run, firsts.len());
    let events = run.events.as_ref();
    let events = events.map(|events| events::audit_events(inputs, run, events, options, progress)).transpose()?;
    Ok(Audit { events, ..audit })
}

/// The positions of at most `most` of these articles, rising: those with the smallest hashes of their ids.
fn sampled(run: &Run, articles: &[u32], most: usize) -> Vec<u32> {
    let mut hashed: Vec<(u64, u32)> =
        articles.iter().map(|&article| (xxh3_64(run.records[article as usize].id.as_bytes()), article)).collect();
    hashed.sort_unstable();
    hashed.truncate(most);
    let mut sampled: Vec<u32> = hashed.into_iter().map(|(_, article)| article).collect();
    sampled.sort_unstable();
    sampled
}

fn is_sampled(sampled: &[u32], article: u32) -> bool {
    sampled.binary_search(&article).is_ok()
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    found: u64,
    all: u64,
}

impl Count {
    fn add(&mut self, found: bool) {
        self.found += u64::from(found);
        self.all += 1;
    }
}

struct Tally<'r> {
    run: &'r Run,
    sampled: &'r [u32],
    cluster_of: Vec<u32>,
    rules: Rules,
    floor: f64,
    keep: usize,
    kinds: HashMap<Kind, Count>,
    bands: [Count; CONTAINMENT_BANDS.len()],
    confirmed: u64,
    missed_in_one_cluster: u64,
    by_measure: [Bin; BINS],
    by_similarity: [Bin; BINS],
    thresholds: Vec<AtThreshold>,
    missed: Vec<Missed>,
}

/// The sums for one threshold.
struct AtThreshold {
    rules: Rules,
    copies: u64,
    excerpts: u64,
    templates: u64,
    /// Which of the sample have a copy.
    copied: Vec<bool>,
}

#[derive(Clone, Copy)]
struct Missed {
    edge: Edge,
    value: f64,
    in_one_cluster: bool,
}

impl<'r> Tally<'r> {
    fn new(run: &'r Run, sampled: &'r [u32], rules: Rules, floor: f64, keep: usize) -> Tally<'r> {
        let at = |threshold: f64| AtThreshold {
            rules: Rules { threshold, ..rules },
            copies: 0,
            excerpts: 0,
            templates: 0,
            copied: vec![false; sampled.len()],
        };
        let edge = |bin: usize| bin as f64 / BINS as f64;
        let bins = || std::array::from_fn(|bin| Bin { from: edge(bin), to: edge(bin + 1), ..Bin::default() });
        Tally {
            run,
            sampled,
            cluster_of: run.clustering.cluster_of(run.records.len()),
            rules,
            floor,
            keep,
            kinds: HashMap::new(),
            bands: Default::default(),
            confirmed: 0,
            missed_in_one_cluster: 0,
            by_measure: bins(),
            by_similarity: bins(),
            thresholds: thresholds(rules.threshold, floor).into_iter().map(at).collect(),
            missed: Vec::new(),
        }
    }

    /// Counts one pair.
    fn add(&mut self, own: u32, met: &Met) {
        let Met { sampled, comparison, kind, kind_in_force } = *met;
        let other = self.sampled[sampled as usize];
        let (a, b) = (own.min(other), own.max(other));
        let edges = &self.run.edges;
        let of_run = edges.binary_search_by_key(&(a, b), |edge| (edge.a, edge.b)).ok().map(|place| edges[place].kind);
        let value = self.rules.value(&comparison);
        for (bins, value) in [(&mut self.by_measure, value), (&mut self.by_similarity, comparison.similarity)] {
            let bin = &mut bins[((value * BINS as f64 + 1e-9) as usize).min(BINS - 1)];
            bin.pairs += 1;
            bin.edges += u64::from(kind_in_force.is_some());
            bin.found += u64::from(kind_in_force.is_some() && of_run.is_some());
        }
        for at in &mut self.thresholds {
            at.add(&comparison, kind, sampled, self.sampled.binary_search(&own).ok());
        }
        let Some(kind) = kind_in_force else { return };
        self.confirmed += u64::from(of_run == Some(kind));
        self.kinds.entry(kind).or_default().add(of_run.is_some());
        let band = CONTAINMENT_BANDS.partition_point(|&from| from <= comparison.containment).max(1) - 1;
        self.bands[band].add(of_run.is_some());
        if of_run.is_none() {
            let in_one_cluster = self.cluster_of[a as usize] == self.cluster_of[b as usize];
            self.missed_in_one_cluster += u64::from(in_one_cluster && kind.is_copy());
            self.missed.push(Missed { edge: Edge { a, b, comparison, kind }, value, in_one_cluster });
            if self.missed.len() > 2 * self.keep + 64 {
                self.forget_all_but_the_worst();
            }
        }
    }

    fn forget_all_but_the_worst(&mut self) {
        self.missed.sort_unstable_by(|one, other| {
            let first = |missed: &Missed| (missed.in_one_cluster, !missed.edge.kind.is_copy());
            let ends = |missed: &Missed| (missed.edge.a, missed.edge.b);
            first(one)
                .cmp(&first(other))
                .then(other.value.total_cmp(&one.value))
                .then_with(|| ends(one).cmp(&ends(other)))
        });
        self.missed.truncate(self.keep);
    }

    fn finish(mut self, run: &Run, articles: usize) -> Audit {
        self.forget_all_but_the_worst();
        let everything = self.sampled.len() == articles;
        let share = |count: Count| {
            if everything { Share::whole(count.found, count.all) } else { Share::new(count.found, count.all) }
        };
        let all = self
            .kinds
            .values()
            .fold(Count::default(), |sum, count| Count { found: sum.found + count.found, all: sum.all + count.all });
        let kinds = [Kind::Identical, Kind::Copy, Kind::Excerpt, Kind::Template];
        let of_sample = |edge: &&Edge| is_sampled(self.sampled, edge.a) || is_sampled(self.sampled, edge.b);
        let ends = CONTAINMENT_BANDS.into_iter().skip(1).chain([1.0]);
        let record = |article: u32| &run.records[article as usize];
        Audit {
            articles,
            exact_duplicates: run.records.len() - articles,
            sampled: self.sampled.len(),
            recall: share(all),
            by_kind: kinds
                .into_iter()
                .filter_map(|kind| Some(KindRecall { kind, found: share(*self.kinds.get(&kind)?) }))
                .collect(),
            by_containment: CONTAINMENT_BANDS
                .into_iter()
                .zip(ends)
                .zip(self.bands)
                .map(|((from, to), count)| BandRecall { from, to, found: share(count) })
                .collect(),
            missed_in_one_cluster: self.missed_in_one_cluster,
            unconfirmed: run.edges.iter().filter(of_sample).count() as u64 - self.confirmed,
            floor: self.floor,
            by_measure: self.by_measure.to_vec(),
            by_similarity: self.by_similarity.to_vec(),
            thresholds: self.thresholds.iter().map(|at| at.row(self.rules.threshold, everything)).collect(),
            missed: self
                .missed
                .iter()
                .map(|missed| MissedEdge {
                    a: record(missed.edge.a).id.clone(),
                    b: record(missed.edge.b).id.clone(),
                    title_a: record(missed.edge.a).title.as_deref().map(str::to_owned),
                    title_b: record(missed.edge.b).title.as_deref().map(str::to_owned),
                    kind: missed.edge.kind,
                    comparison: missed.edge.comparison,
                    in_one_cluster: missed.in_one_cluster,
                })
                .collect(),
            events: None,
        }
    }
}

impl AtThreshold {
    fn add(&mut self, comparison: &Comparison, kind: Kind, sampled: u32, own: Option<usize>) {
        match self.rules.again(comparison, kind) {
            Some(Kind::Identical | Kind::Copy) => {
                self.copies += 1;
                self.copied[sampled as usize] = true;
                if let Some(own) = own {
                    self.copied[own] = true;
                }
            }
            Some(Kind::Excerpt) => self.excerpts += 1,
            Some(Kind::Template) => self.templates += 1,
            None => {}
        }
    }

    fn row(&self, in_force: f64, everything: bool) -> ThresholdRow {
        let (copied, of) = (self.copied.iter().filter(|&&copied| copied).count() as u64, self.copied.len() as u64);
        ThresholdRow {
            threshold: self.rules.threshold,
            in_force: self.rules.threshold == in_force,
            copies: self.copies,
            excerpts: self.excerpts,
            templates: self.templates,
            copied: if everything { Share::whole(copied, of) } else { Share::new(copied, of) },
        }
    }
}

/// The threshold in force and those around it, rising, none below the floor.
fn thresholds(in_force: f64, floor: f64) -> Vec<f64> {
    // A step in binary is not quite one in decimal: 0.63 + 0.05 is to be 0.68.
    let around = STEPS.iter().map(|step| ((in_force + step) * 10_000.0).round() / 10_000.0);
    let mut thresholds: Vec<f64> =
        around.filter(|&threshold| threshold >= floor && threshold <= 1.0).chain([in_force]).collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_around_the_one_in_force_stay_in_range() {
        assert_eq!(thresholds(0.63, 0.3), [0.43, 0.48, 0.53, 0.58, 0.63, 0.68, 0.73, 0.78, 0.83]);
        assert_eq!(thresholds(0.4, 0.3), [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]);
        assert_eq!(thresholds(1.0, 0.3), [0.8, 0.85, 0.9, 0.95, 1.0]);
        assert_eq!(thresholds(0.1, 0.1)[0], 0.1);
    }
}
