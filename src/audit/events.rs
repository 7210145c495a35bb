//! The reports of a run in, the pairs that score as one event and that the search did not propose out.
//!
//! Events are searched for as copies are: a few pairs are proposed and scored, the others never looked at. Here each report of
//! a sample is scored with every report, by what the two say and when; how a pair stands among its neighbors is left out, for
//! neighbors are what was proposed.
//!
//! A pair costs some microseconds, so at most [`MAX_PAIRS`] are scored, and the sample is as large as that allows. Pairs
//! that copy detection has decided, and bulletins of two days, are left aside: no score of theirs would count.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use crate::events::{
    Events, Evidence, Model, Norms, NotProposed, Profile, THRESHOLD, candidates, probability_of, why_not_proposed,
};
use crate::pipeline::{Progress, Reports, Run, Stage};
use crate::read::{Inputs, ReadError};

use super::{AuditOptions, Count, Share, sampled};

/// The most pairs of reports that are scored: under a CPU minute. On 20,637 reports, 484 of which were scored with all, an audit
/// took 57 CPU seconds, of them 14 for the run and the rest for both exact comparisons.
pub const MAX_PAIRS: usize = 10_000_000;

/// Lower ends of the bands of score for which recall is told.
const SCORE_BANDS: [f64; 3] = [THRESHOLD, 0.5, 0.75];

/// What the search for events proposed of what scores as one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventAudit {
    /// Reports: lone articles, and copy clusters counted once.
    pub reports: usize,
    /// How many of them were scored with all.
    pub sampled: usize,
    /// Pairs that were scored.
    pub pairs: u64,
    /// The least score that counts as one event.
    pub threshold: f64,
    /// The pairs that reach it and that the search proposed.
    pub recall: Share,
    /// The same, by score.
    pub by_score: Vec<ScoreRecall>,
    /// Of the pairs that were not proposed, those whose reports are in one event all the same.
    pub missed_in_one_event: u64,
    /// The pairs that were not proposed and score highest, those first that are in two events.
    pub missed: Vec<MissedPair>,
}

/// The recall of pairs of a certain score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoreRecall {
    /// The least score.
    pub from: f64,
    /// The score that is too much; the last band includes 1.
    pub to: f64,
    /// The pairs in between that the search proposed.
    pub found: Share,
}

/// A pair that scores as one event and was not proposed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissedPair {
    /// The id of one report.
    pub a: String,
    /// The other.
    pub b: String,
    /// The headline of `a`.
    pub title_a: Option<String>,
    /// The headline of `b`.
    pub title_b: Option<String>,
    /// The probability of one event, by what the two say and when.
    pub score: f64,
    /// What speaks for it.
    pub evidence: Evidence,
    /// Why it was not proposed.
    pub why: NotProposed,
    /// Whether both are in one event, by way of others.
    pub in_one_event: bool,
}

/// A pair of reports by their places, which was not proposed.
#[derive(Debug, Clone, Copy)]
struct Missed {
    a: u32,
    b: u32,
    score: f64,
    evidence: Evidence,
    in_one_event: bool,
}

/// The sums over some pairs.
#[derive(Default)]
struct Tally {
    pairs: u64,
    bands: [Count; SCORE_BANDS.len()],
    missed_in_one_event: u64,
    missed: Vec<Missed>,
}

/// Scores a sample of the reports of a run with all of them.
pub(super) fn audit_events(
    inputs: &Inputs,
    run: &Run,
    events: &Events,
    options: &AuditOptions,
    progress: &dyn Progress,
) -> Result<EventAudit, ReadError> {
    let reports = Reports::read(inputs, run)?;
    let most = options.sample.min(MAX_PAIRS / reports.articles.len().max(1));
    let chosen = sampled(run, &reports.articles, most);
    let mut chosen: Vec<u32> = chosen.iter().map(|&article| reports.place_of(article) as u32).collect();
    chosen.sort_unstable();
    progress.begin(Stage::Events, Some((chosen.len() * reports.articles.len()) as u64));
    let profiles: Vec<&Profile> = reports.profiles.iter().collect();
    let scorer = Scorer {
        reports: &reports,
        norms: reports.profiles.par_iter().map(Norms::of).collect(),
        proposed: candidates(&profiles),
        event_of: reports.articles.iter().map(|&article| events.event_of[article as usize]).collect(),
        keep: options.missed,
    };
    let done = AtomicU64::new(0);
    // Only sums and orders are kept, so that it makes no difference who comes first.
    let mut tally = (0..profiles.len() as u32)
        .into_par_iter()
        .fold(Tally::default, |mut tally, own| {
            scorer.meet(own, &chosen, &mut tally);
            let met = chosen.len() as u64;
            progress.done(done.fetch_add(met, Ordering::Relaxed) + met);
            tally
        })
        .reduce(Tally::default, |one, other| one.with(other, options.missed));
    tally.forget_all_but_the_worst(options.missed);
    Ok(scorer.finish(run, tally, chosen.len(), &profiles))
}

struct Scorer<'r> {
    reports: &'r Reports,
    norms: Vec<Norms>,
    /// In order.
    proposed: Vec<(u32, u32)>,
    /// For each report its event.
    event_of: Vec<u32>,
    keep: usize,
}

impl Scorer<'_> {
    /// Scores one report with each of the sample. A pair of two sampled reports is scored from the later one only.
    fn meet(&self, own: u32, sample: &[u32], tally: &mut Tally) {
        let is_sampled = sample.binary_search(&own).is_ok();
        for &other in sample.iter().filter(|&&other| other < own || other > own && !is_sampled) {
            let (a, b) = (own.min(other), own.max(other));
            tally.pairs += 1;
            let Some((evidence, score)) = self.score(a, b).filter(|(_, score)| *score >= THRESHOLD) else { continue };
            let is_proposed = self.proposed.binary_search(&(a, b)).is_ok();
            let band = SCORE_BANDS.partition_point(|&from| from <= score) - 1;
            tally.bands[band].add(is_proposed);
            if !is_proposed {
                let in_one_event = self.event_of[a as usize] == self.event_of[b as usize];
                tally.missed_in_one_event += u64::from(in_one_event);
                tally.missed.push(Missed { a, b, score, evidence, in_one_event });
                if tally.missed.len() > 2 * self.keep + 64 {
                    tally.forget_all_but_the_worst(self.keep);
                }
            }
        }
    }

    /// What speaks for a pair, and its score; `None` where the score would not count.
    fn score(&self, a: u32, b: u32) -> Option<(Evidence, f64)> {
        let of = |report: u32| (&self.reports.profiles[report as usize], &self.norms[report as usize]);
        let evidence = Evidence::of(of(a), of(b));
        let decided = self.reports.are_tied(a, b) || of(a).0.is_bulletin_of_another_day(of(b).0, || evidence.title);
        (!decided).then(|| (evidence, probability_of(Model::fitted().log_odds(&evidence))))
    }

    fn finish(&self, run: &Run, tally: Tally, sampled: usize, profiles: &[&Profile]) -> EventAudit {
        let reports = profiles.len();
        let share = |count: Count| {
            if sampled == reports { Share::whole(count.found, count.all) } else { Share::new(count.found, count.all) }
        };
        let sum = |sum: Count, count: &Count| Count { found: sum.found + count.found, all: sum.all + count.all };
        let places: Vec<(u32, u32)> = tally.missed.iter().map(|missed| (missed.a, missed.b)).collect();
        let record = |report: u32| &run.records[self.reports.articles[report as usize] as usize];
        let missed = tally.missed.iter().zip(why_not_proposed(profiles, &places)).map(|(missed, why)| MissedPair {
            a: record(missed.a).id.clone(),
            b: record(missed.b).id.clone(),
            title_a: record(missed.a).title.as_deref().map(str::to_owned),
            title_b: record(missed.b).title.as_deref().map(str::to_owned),
            score: missed.score,
            evidence: missed.evidence,
            why,
            in_one_event: missed.in_one_event,
        });
        let ends = SCORE_BANDS.into_iter().skip(1).chain([1.0]);
        let bands = SCORE_BANDS.into_iter().zip(ends).zip(tally.bands);
        EventAudit {
            reports,
            sampled,
            pairs: tally.pairs,
            threshold: THRESHOLD,
            recall: share(tally.bands.iter().fold(Count::default(), sum)),
            by_score: bands.map(|((from, to), count)| ScoreRecall { from, to, found: share(count) }).collect(),
            missed_in_one_event: tally.missed_in_one_event,
            missed: missed.collect(),
        }
    }
}

impl Tally {
    fn with(mut self, other: Tally, keep: usize) -> Tally {
        self.pairs += other.pairs;
        for (count, more) in self.bands.iter_mut().zip(other.bands) {
            *count = Count { found: count.found + more.found, all: count.all + more.all };
        }
        self.missed_in_one_event += other.missed_in_one_event;
        self.missed.extend(other.missed);
        self.forget_all_but_the_worst(keep);
        self
    }

    fn forget_all_but_the_worst(&mut self, keep: usize) {
        self.missed.sort_unstable_by(|one, other| {
            (one.in_one_event.cmp(&other.in_one_event))
                .then(other.score.total_cmp(&one.score))
                .then((one.a, one.b).cmp(&(other.a, other.b)))
        });
        self.missed.truncate(keep);
    }
}
