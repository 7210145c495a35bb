//! The pairs of an event in, how sure it is that each report belongs there out.
//!
//! The probability of a pair says how it stands among the pairs of its two articles, not how often such a pair is right. So
//! the mean over a report's nearest pairs is put on the scale of labelled articles (Platt 1999: one logistic regression on the
//! score): of the reports shown with 0.8 to 0.9, eight to nine in ten belong. [`super::fit`] says how that was fitted.

use std::collections::HashMap;
use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::score::{Model, log_odds_of};
use super::{EXPECTED, Pair, probability_of};

/// How sure something is: a number, and the word for it.
///
/// ```
/// use wirecopy::events::Confidence;
/// let of_pair = Confidence::of_pair(0.9);
/// assert_eq!(of_pair.word(), "sure");
/// assert!(of_pair > Confidence::of_pair(0.3));
/// assert_eq!([0.95, 0.8, 0.5].map(|of| Confidence::new(of).word()), ["sure", "likely", "unsure"]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// From here on it is sure.
const SURE: f64 = 0.9;

/// From here on it is likely.
const LIKELY: f64 = 0.7;

/// No mean probability is held to be farther from even than this, in log odds: labelled sets have too few such reports to tell.
const MOST_LOG_ODDS: f64 = 7.0;

impl Confidence {
    /// Of so large a share of what is shown with it, it is right: 0.0..=1.0.
    pub fn new(share: f64) -> Confidence {
        Confidence(share.clamp(0.0, 1.0))
    }

    /// That two reports with this probability are of one event.
    pub fn of_pair(probability: f64) -> Confidence {
        Confidence(probability_of(Model::fitted().confidence.log_odds(&features(probability))))
    }

    /// The number, 0.0..=1.0.
    pub fn share(self) -> f64 {
        self.0
    }

    /// `sure` from 0.9 on, `likely` from 0.7 on, else `unsure`.
    pub fn word(self) -> &'static str {
        match self.0 {
            share if share >= SURE => "sure",
            share if share >= LIKELY => "likely",
            _ => "unsure",
        }
    }

    /// Whether it is neither sure nor likely.
    pub fn is_unsure(self) -> bool {
        self.0 < LIKELY
    }

    /// The mean of several; `None` of none.
    pub fn mean(all: impl ExactSizeIterator<Item = Confidence>) -> Option<Confidence> {
        let count = all.len();
        (count > 0).then(|| Confidence(all.map(Confidence::share).sum::<f64>() / count as f64))
    }
}

impl fmt::Display for Confidence {
    /// `likely, 83 %`, never rounded up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} %", self.word(), (self.0 * 100.0) as u32)
    }
}

/// As two fields, `confidence` and `sureness`: the number and the word.
impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Confidence", 2)?;
        fields.serialize_field("confidence", &self.0)?;
        fields.serialize_field("sureness", self.word())?;
        fields.end()
    }
}

/// What the confidence of a report is made from: the mean probability of its nearest pairs, as log odds.
pub(super) fn features(mean: f64) -> [f64; 1] {
    [log_odds_of(mean.clamp(f64::EPSILON, 1.0 - f64::EPSILON)).clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS)]
}

/// The mean probability of the pairs of a report with those of the others of its event that are nearest to it; `probabilities`:
/// of all its pairs there.
pub(super) fn nearest(mut probabilities: Vec<f64>) -> f64 {
    let most = (EXPECTED.pairs as usize).min(probabilities.len());
    probabilities.sort_unstable_by(|a, b| b.total_cmp(a));
    probabilities[..most].iter().map(|probability| probability.max(0.0)).sum::<f64>() / most.max(1) as f64
}

/// For each report how sure it is that it belongs to its event; `None` of lone ones.
pub(crate) fn confidences(event_of: &[u32], pairs: &[Pair]) -> Vec<Option<Confidence>> {
    nearest_of_all(event_of, pairs).into_iter().map(|mean| mean.map(Confidence::of_pair)).collect()
}

/// For each report the mean of [`nearest`]; `None` of lone ones.
pub(super) fn nearest_of_all(event_of: &[u32], pairs: &[Pair]) -> Vec<Option<f64>> {
    let mut size = vec![0u32; event_of.len()];
    event_of.iter().for_each(|&event| size[event as usize] += 1);
    let mut probabilities: Vec<Vec<f64>> = vec![Vec::new(); event_of.len()];
    for pair in pairs.iter().filter(|pair| event_of[pair.a as usize] == event_of[pair.b as usize]) {
        for report in [pair.a, pair.b] {
            probabilities[report as usize].push(pair.probability);
        }
    }
    let of_report = |(mut probabilities, &event): (Vec<f64>, &u32)| {
        let others = size[event as usize] as usize - 1;
        probabilities.resize(others, 0.0);
        (others > 0).then(|| nearest(probabilities))
    };
    probabilities.into_iter().zip(event_of).map(of_report).collect()
}

/// Makes lone reports of those that belong to their events with less confidence than `least`, until there are none. `event_of`: for each report
/// the first of its event.
pub(super) fn part_unsure(event_of: &mut [u32], pairs: &[Pair], least: f64) {
    let is_unsure = |one: Option<Confidence>| one.is_some_and(|one| one.share() < least);
    loop {
        let unsure: Vec<bool> = confidences(event_of, pairs).into_iter().map(is_unsure).collect();
        if !unsure.contains(&true) {
            return;
        }
        // The first of an event may be one that leaves.
        let mut first_of = HashMap::new();
        for (report, (event, is_unsure)) in (0..).zip(event_of.iter_mut().zip(unsure)) {
            *event = if is_unsure { report } else { *first_of.entry(*event).or_insert(report) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(all: &[(u32, u32, f64)]) -> Vec<Pair> {
        all.iter().map(|&(a, b, probability)| Pair { a, b, probability, ..Pair::default() }).collect()
    }

    #[test]
    fn the_surer_the_nearest_pairs_the_surer_the_report() {
        let of = |probabilities: Vec<f64>| Confidence::of_pair(nearest(probabilities));
        assert!(of(vec![0.9, 0.9]) > of(vec![0.9, 0.1]));
        assert_eq!(of(vec![0.9; 8]), of([vec![0.9; 8], vec![0.0; 90]].concat()), "a large event has far corners");
        assert!(of(vec![1.0]) < Confidence::new(1.0) && of(vec![-1.0]) > Confidence::new(0.0));
        assert_eq!(confidences(&[0], &[]), [None]);
    }

    #[test]
    fn a_confidence_is_shown_as_a_word_with_the_number_behind_it() {
        let shown = [0.999, 0.9, 0.8999, 0.7, 0.5].map(|share| Confidence::new(share).to_string());
        assert_eq!(shown, ["sure, 99 %", "sure, 90 %", "likely, 89 %", "likely, 70 %", "unsure, 50 %"]);
    }

    #[test]
    fn an_unsure_report_leaves_and_the_rest_stays() {
        // The first is far from the other three, which are near to each other.
        let pairs = pairs(&[(0, 1, 0.3), (1, 2, 0.95), (1, 3, 0.95), (2, 3, 0.95)]);
        let parted = |least: f64| {
            let mut event_of = vec![0; 4];
            part_unsure(&mut event_of, &pairs, least);
            event_of
        };
        assert_eq!(parted(0.0), [0, 0, 0, 0]);
        assert_eq!(parted(0.7), [0, 1, 1, 1]);
        assert_eq!(parted(1.0), [0, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn of_what_stays_nothing_is_less_sure_than_was_asked(
            found in prop::collection::btree_map((0u32..12, 0u32..12), 0.0f64..1.0, 0..50),
            events in prop::collection::vec(0u32..3, 12),
            least in 0.0f64..1.0,
        ) {
            let pairs: Vec<Pair> = found.iter().filter(|((a, b), _)| a < b)
                .map(|(&(a, b), &probability)| Pair { a, b, probability, ..Pair::default() }).collect();
            let first = |event: u32| events.iter().position(|&other| other == event).unwrap_or(0) as u32;
            let before: Vec<u32> = events.iter().map(|&event| first(event)).collect();
            let mut after = before.clone();
            part_unsure(&mut after, &pairs, least);
            for report in 0..12u32 {
                let of_event: Vec<u32> = (0..12).filter(|&one| after[one as usize] == after[report as usize]).collect();
                prop_assert_eq!(after[report as usize], of_event[0], "an event is named by its first report");
                prop_assert!(of_event.iter().all(|&one| before[one as usize] == before[report as usize]));
            }
            prop_assert!(confidences(&after, &pairs).into_iter().flatten().all(|one| one.share() >= least));
        }
    }
}
