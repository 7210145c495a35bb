//! Articles and copy clusters in, events and storylines out.
//!
//! Copies are found by wording; reports of one event need not share a line. What they share is who, where and when. Each
//! report, a lone article or a copy cluster counted once, gets a [`Profile`]: its weighted terms, names, numbers and days. An
//! inverted index of rare terms proposes pairs ([`candidates`]); [`Evidence`] says how alike the two are, kind by kind; a
//! fitted [`Model`] makes a probability of it; and [`group`] joins what is alike on average, within a bounded span of days.
//!
//! An *event* is one happening at one time, with its aftermath. What two reports of two calls of the same two men have in
//! common is nearly everything but the day; so days have the last word, and reports that are alike in all but the days
//! are a *storyline*: see [`Storyline`].

mod confidence;
mod counts;
mod describe;
mod doubtful;
#[cfg(feature = "arrow")]
pub(crate) mod engine;
mod event;
mod evidence;
pub mod fit;
mod frequencies;
mod group;
mod numbering;
mod profile;
mod score;
mod search;
mod shared;
mod storyline;
mod variants;

use std::ops::BitXor;

use rayon::prelude::*;
use serde::Serialize;

use confidence::part_unsure;
use doubtful::{alike_in_time, part_contradicted, part_doubtful};
use evidence::When;
use score::Neighborhoods;
pub(crate) use score::log_odds_of;

pub use crate::days::Day;
pub use confidence::Confidence;
pub(crate) use confidence::confidences;
pub use counts::{CountsError, background_of};
pub use describe::{Description, Reason, Speller, Surfaces, describe, wanted};
pub use event::{Density, Event, EventEdge, Events, Follows, event_id};
pub use evidence::{Evidence, Norms, Piece};
pub use frequencies::{Language, Level, TermTable, background, weight};
pub use group::{Expected, Link, Linkage, group};
pub use profile::{Profile, Profiler, Term, Traits, term_hash};
pub use score::{Model, Part, Regression, Scored, Weights, probability_of};
pub use search::{NotProposed, candidates, search_terms, why_not_proposed};
pub use shared::{NamedDay, SharedTerm, TermKind, named_days, shared_terms};
pub use storyline::{Storyline, storylines};

/// Two groups are one event where the mean probability over the pairs of their reports that are expected to score reaches this. Without
/// [`THRESHOLD_PROPOSED`] the mean F1 of twelve labelled sets is 0.877 with 0.25, and 0.872 with 0.3.
pub const THRESHOLD: f64 = 0.25;

/// Two groups are one event where also the mean over the pairs of their reports that were proposed reaches this: a long topic has many
/// weak ones. Without it the mean F1 of twelve labelled sets is 0.877, with 0.4 0.873, with 0.5 0.864; of 50 large events of a stream of
/// undated articles that were read, 14 were wrong without it.
pub const THRESHOLD_PROPOSED: f64 = 0.4;

/// Two lone reports are one event from this on: where nothing else speaks for an event, the pair must. Of 108 events of
/// two to four reports that were read, this would have kept all 42 right ones, and parted 23 of 60 wrong ones; the labelled sets
/// move by a fifth of a point.
pub const THRESHOLD_ALONE: f64 = 0.6;

/// The reports of an event are of days at most so far apart, as far as their days are sure. What is reported later is a story
/// of its own, and another event of the storyline.
pub const MAX_SPAN_DAYS: u32 = 14;

/// How many pairs of a report inside its event are expected to say so. Without [`THRESHOLD_PROPOSED`] the mean F1 of twelve labelled sets is
/// 0.877 with 7 and 8, and 0.876 with 10.
pub(crate) const EXPECTED: Expected = Expected { pairs: 8.0, contradicted: 32.0 };

/// Articles of fewer words are brief: headlines and teasers.
const BRIEF_WORDS: u32 = 40;

/// What copy detection says of two reports; of several things the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tie {
    /// One is a copy of the other that another cluster took.
    Copied,
    /// A passage of one stands in the other.
    Excerpt,
    /// The same frame with other content: a bulletin of another day.
    Template,
}

/// Two reports and how they go together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pair {
    /// One report, by position; `a < b`.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// The log odds of what they say alone, days aside.
    pub content: f64,
    /// How alike the names are that they name, 0.0..=1.0: [`Evidence::names`].
    pub names: Option<f32>,
    /// The log odds of the two by themselves, days and all, without comparing them with others.
    pub alone: f64,
    /// The probability that both report one event.
    pub probability: f64,
}

/// What was found among some reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// For each report the first of its event.
    pub event_of: Vec<u32>,
    /// For each report the day that it is of, its own or what the reports most like it say.
    pub days: Vec<Option<Day>>,
    /// Pairs that were scored, in order.
    pub pairs: Vec<Pair>,
}

impl Grouping {
    /// The pairs that reach the threshold or stand in one event, in order.
    pub fn edges(&self) -> impl Iterator<Item = &Pair> {
        let within = |pair: &Pair| self.event_of[pair.a as usize] == self.event_of[pair.b as usize];
        self.pairs.iter().filter(move |pair| pair.probability >= THRESHOLD || within(pair))
    }
}

/// Groups reports into events. `profiles`: one a report, weighed by the table in force. `ties`: what copy detection found between
/// reports, in order of `(a, b)`, `a < b`, each pair once. Reports that belong with less than `min_confidence` stand alone.
pub fn find(profiles: &[Profile], ties: &[(u32, u32, Tie)], min_confidence: f64) -> Grouping {
    find_with(Model::fitted(), profiles, ties, min_confidence)
}

/// [`find`] with another model than the one in force: how models are compared.
pub fn find_with(model: &Model, profiles: &[Profile], ties: &[(u32, u32, Tie)], min_confidence: f64) -> Grouping {
    let norms: Vec<Norms> = profiles.par_iter().map(Norms::of).collect();
    let mut proposed = candidates(&profiles.iter().collect::<Vec<_>>());
    proposed.extend(ties.iter().map(|&(a, b, _)| (a, b)));
    // Two runs that are in order: a stable sort sees that, and only merges them.
    proposed.sort();
    proposed.dedup();
    let mut pairs = scored(model, profiles, &norms, proposed);
    decide(&mut pairs, ties, profiles, &norms);
    drop(norms);
    let (event_of, days) = grouped(profiles, &pairs, min_confidence);
    Grouping { event_of, days, pairs }
}

/// For each report the first of its event, and its day. `pairs`: all that were scored, in order.
pub(crate) fn grouped(profiles: &[Profile], pairs: &[Pair], min_confidence: f64) -> (Vec<u32>, Vec<Option<Day>>) {
    let links: Vec<Link> = pairs
        .par_iter()
        .map(|pair| Link {
            a: pair.a,
            b: pair.b,
            score: pair.probability,
            days: alike_in_time(&profiles[pair.a as usize], &profiles[pair.b as usize]),
        })
        .collect();
    let days = report_days(profiles, pairs);
    let sure: Vec<Option<Day>> = profiles.iter().map(Profile::day).collect();
    let near = |a: &[u32], b: &[u32]| {
        // A day that others lend parts two lone reports, which may then each join the others of its day. In groups it has no say: it
        // was wrong in nine of 25 pairs that it parted.
        let days = if let (&[_], &[_]) = (a, b) { &days } else { &sure };
        let of = |reports: &[u32]| reports.iter().filter_map(|&one| days[one as usize]).collect::<Vec<Day>>();
        let (a, b) = (of(a), of(b));
        a.iter().all(|one| b.iter().all(|other| one.gap(*other) <= MAX_SPAN_DAYS))
    };
    let linkage =
        Linkage { threshold: THRESHOLD, proposed: THRESHOLD_PROPOSED, alone: THRESHOLD_ALONE, expected: EXPECTED };
    let mut event_of = group(profiles.len(), &links, &linkage, &near);
    part_contradicted(&mut event_of, &links, &linkage, &near);
    part_doubtful(&mut event_of, profiles, pairs);
    if min_confidence > 0.0 {
        part_unsure(&mut event_of, pairs, min_confidence);
    }
    (event_of, days)
}

/// For each report how strongly it is tied to the others of its event: the sum of the probabilities.
pub(crate) fn strengths(event_of: &[u32], pairs: &[Pair]) -> Vec<f64> {
    let mut strength = vec![0.0; event_of.len()];
    let same = |pair: &&Pair| event_of[pair.a as usize] == event_of[pair.b as usize];
    for pair in pairs.iter().filter(same) {
        strength[pair.a as usize] += pair.probability;
        strength[pair.b as usize] += pair.probability;
    }
    strength
}

/// Of the reports of an event that which stands for it: the strongest, of equals the first.
pub(crate) fn strongest(places: &[u32], strength: &[f64]) -> u32 {
    let stronger =
        |best: u32, place: u32| if strength[place as usize] > strength[best as usize] { place } else { best };
    places.iter().copied().reduce(stronger).unwrap_or_default()
}

/// Lets copies and bulletins decide: what `ties` says of pairs, and titles of two days.
fn decide(pairs: &mut [Pair], ties: &[(u32, u32, Tie)], profiles: &[Profile], norms: &[Norms]) {
    for &(a, b, tie) in ties {
        if let Ok(place) = pairs.binary_search_by_key(&(a, b), |pair| (pair.a, pair.b)) {
            pairs[place].tied(tie);
        }
    }
    for pair in pairs {
        let title = || evidence_of((pair.a, pair.b), profiles, norms).title;
        if profiles[pair.a as usize].is_bulletin_of_another_day(&profiles[pair.b as usize], title) {
            pair.probability = TEMPLATE;
        }
    }
}

fn evidence_of((a, b): (u32, u32), profiles: &[Profile], norms: &[Norms]) -> Evidence {
    let with_norms = |place: u32| (&profiles[place as usize], &norms[place as usize]);
    Evidence::of(with_norms(a), with_norms(b))
}

impl Pair {
    /// What copy detection found decides, but for an excerpt, which speaks for one event as other evidence does.
    fn tied(&mut self, tie: Tie) {
        match tie {
            Tie::Copied => {
                self.probability = self.probability.max(COPIED);
                self.alone = self.alone.max(log_odds_of(COPIED));
            }
            Tie::Excerpt => {
                self.probability = probability_of(log_odds_of(self.probability) + EXCERPT);
                self.alone += EXCERPT;
            }
            Tie::Template => self.probability = TEMPLATE,
        }
    }
}

/// What [`find`] says of one pair, `a < b`, without scoring what neither of the two is of; `None` where it is not put forward.
/// A score depends on the other pairs of its two reports, so all are searched. `ties`: those of `a` and of `b`.
pub fn find_pair(profiles: &[Profile], ties: &[(u32, u32, Tie)], (a, b): (u32, u32)) -> Option<Pair> {
    let of_either = |&(x, y): &(u32, u32)| [x, y].iter().any(|end| [a, b].contains(end));
    let mut proposed = candidates(&profiles.iter().collect::<Vec<_>>());
    proposed.retain(of_either);
    proposed.extend(ties.iter().map(|&(x, y, _)| (x, y)).filter(of_either));
    proposed.sort();
    proposed.dedup();
    proposed.binary_search(&(a, b)).ok()?;
    let norms: Vec<Norms> = profiles.par_iter().map(Norms::of).collect();
    let mut pairs = scored(Model::fitted(), profiles, &norms, proposed);
    decide(&mut pairs, ties, profiles, &norms);
    pairs.into_iter().find(|pair| (pair.a, pair.b) == (a, b))
}

/// A pair while its probability is sought.
#[derive(Clone, Default)]
struct Comparison {
    pair: Pair,
    when: When,
}

/// The pairs of these places, in order of `(a, b)`, with what the model says of them, and of some the evidence.
fn scored(model: &Model, profiles: &[Profile], norms: &[Norms], proposed: Vec<(u32, u32)>) -> Vec<Pair> {
    let mut compared = Evidence::map_pairs(profiles, norms, &proposed, |(a, b), evidence| {
        let content = model.content_log_odds(&evidence);
        let alone = model.log_odds_with(&evidence, content);
        Comparison {
            pair: Pair { a, b, content, names: evidence.names, alone, probability: 0.0 },
            when: evidence.when(),
        }
    });
    drop(proposed);
    let scored = |pair: &Pair| Scored { a: pair.a, b: pair.b, log_odds: pair.alone };
    let neighborhoods = Neighborhoods::of(profiles.len(), compared.len(), |place| scored(&compared[place].pair));
    compared.par_iter_mut().enumerate().for_each(|(place, Comparison { pair, when })| {
        let features = neighborhoods.features(&scored(pair), place, when);
        pair.probability = probability_of(model.weights(when.is_brief).neighborhood.log_odds(&features));
    });
    compared.into_iter().map(|one| one.pair).collect()
}

/// Has the memory bring what these numbers are read from, far apart, all at a time: one after another each would be waited for.
fn fetch(touched: impl Iterator<Item = u32>) {
    std::hint::black_box(touched.fold(0, BitXor::bitxor));
}

/// The log odds of a pair that was not proposed.
const NOT_PROPOSED: f64 = -3.0;

/// What one text taken from another says for one event.
const COPIED: f64 = 0.95;

/// The log odds that a passage of one text in the other adds. It does not decide: what comments on a decree, weeks later, quotes it.
pub(crate) const EXCERPT: f64 = 2.0;

/// Bulletins of two days are kept apart even where a third is near to both: they count against a group.
const TEMPLATE: f64 = -1.0;

/// Votes for a day support each other within so many days.
const VOTE_DAYS: u32 = 7;

/// What a report's own day in focus is worth where it is not sure, against the probabilities of several others.
const OWN_VOTE: f64 = 0.5;

/// The same against one other, which can't outvote it.
const OWN_VOTE_AGAINST_ONE: f64 = 1.0;

/// The day of each report. One that is not sure of its own goes with the reports most like it, weighed by probability; pairs below [`THRESHOLD`] have no vote.
fn report_days(profiles: &[Profile], pairs: &[Pair]) -> Vec<Option<Day>> {
    let sure: Vec<Option<Day>> = profiles.iter().map(Profile::day).collect();
    let mut votes: Vec<Vec<(Day, f64)>> = vec![Vec::new(); profiles.len()];
    for &Pair { a, b, probability, .. } in pairs.iter().filter(|pair| pair.probability >= THRESHOLD) {
        for (voter, other) in [(a, b), (b, a)] {
            if let (Some(day), None) = (sure[voter as usize], sure[other as usize]) {
                votes[other as usize].push((day, probability));
            }
        }
    }
    let elected = |report: usize| {
        let mut votes = std::mem::take(&mut votes[report]);
        if votes.is_empty() {
            return None;
        }
        let own = if votes.len() == 1 { OWN_VOTE_AGAINST_ONE } else { OWN_VOTE };
        votes.extend(profiles[report].focus.map(|day| (day, own)));
        votes.sort_by_key(|&(day, _)| day);
        let support = |day: Day| {
            votes.iter().filter(|(other, _)| other.gap(day) <= VOTE_DAYS).map(|(_, weight)| weight).sum::<f64>()
        };
        let best = votes.iter().map(|&(day, _)| (day, support(day)));
        best.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(day, _)| day)
    };
    let mut elected = elected;
    sure.iter().enumerate().map(|(report, day)| day.or_else(|| elected(report))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_decides_and_an_excerpt_adds_to_the_odds() {
        let tied = |probability: f64, tie| {
            let mut pair = Pair { probability, alone: -2.0, ..Pair::default() };
            pair.tied(tie);
            (pair.probability, pair.alone)
        };
        assert_eq!([0.1, 0.99].map(|before| tied(before, Tie::Copied).0), [COPIED, 0.99]);
        assert_eq!(tied(0.99, Tie::Template).0, TEMPLATE);
        let (unlikely, alone) = tied(0.01, Tie::Excerpt);
        assert!((log_odds_of(unlikely) - log_odds_of(0.01) - EXCERPT).abs() < 1e-9, "{unlikely}");
        assert!(unlikely < THRESHOLD && alone == EXCERPT - 2.0, "{alone}");
    }
}
