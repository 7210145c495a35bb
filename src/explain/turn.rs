//! What was compared in, the thresholds from which on the answer would be another out.
//!
//! Each is tried: two articles are verified again under that threshold, so that what is promised holds.

use serde::Serialize;

use crate::verify::{Comparison, Kind, Reading, Rules, verify};

/// From which value on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From this value down.
    Down,
    /// From this value up.
    Up,
}

/// A threshold from which on two articles would be something else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Turn {
    /// The option: `threshold` or `excerpt-threshold`.
    pub option: &'static str,
    /// Its value, in hundredths.
    pub at: f64,
    /// On which side of it.
    pub direction: Direction,
    /// What they would be; `None`: nothing.
    pub kind: Option<Kind>,
}

/// The thresholds that matter for two articles of this comparison, which are a `kind` now.
pub(super) fn turns(a: &Reading, b: &Reading, rules: &Rules, comparison: &Comparison, kind: Option<Kind>) -> Vec<Turn> {
    let tried = |option: &'static str, (at, direction): (f64, Direction), rules: Rules| {
        let other = verify(a, b, &rules).map(|(_, kind)| kind);
        let in_range = at > 0.0 && at <= 1.0;
        (in_range && other != kind).then_some(Turn { option, at, direction, kind: other })
    };
    let is_copy = rules.is_copy(comparison);
    let of_copies = nearest(rules.value(comparison), is_copy);
    let copies = tried("threshold", of_copies, Rules { threshold: of_copies.0, ..*rules });
    let of_excerpts = nearest(rules.part(comparison), rules.is_excerpt(comparison));
    let excerpts = tried("excerpt-threshold", of_excerpts, Rules { excerpt_threshold: of_excerpts.0, ..*rules });
    copies.into_iter().chain(excerpts).collect()
}

/// The hundredth that turns an answer: the highest that `value` reaches where it does not reach the threshold in force, else the lowest
/// that it does not.
fn nearest(value: f64, reaches: bool) -> (f64, Direction) {
    let reached = (1..=100).rev().map(|hundredth| f64::from(hundredth) / 100.0).find(|&at| value >= at);
    match reaches {
        false => (reached.unwrap_or(0.0), Direction::Down),
        true => (((reached.unwrap_or(0.0) * 100.0).round() + 1.0) / 100.0, Direction::Up),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Measure;
    use crate::verify::{WordKind, compare};

    #[test]
    fn just_beyond_a_threshold_the_answer_turns_and_just_before_it_does_not() {
        let reading = |words: Vec<u64>| {
            let kinds = vec![WordKind::Plain; words.len()];
            Reading::of_words(words, kinds, 5)
        };
        // Half of the longer one is the shorter.
        let (a, b) = (reading((0..40).collect()), reading((0..80).collect()));
        for threshold in [0.3, 0.5, 0.51, 0.9] {
            let rules = Rules { window_words: 5, measure: Measure::Coverage, threshold, excerpt_threshold: 0.65 };
            let comparison = compare(&a, &b, &rules);
            let kind = |rules: &Rules| verify(&a, &b, rules).map(|(_, kind)| kind);
            let now = kind(&rules);
            for turn in turns(&a, &b, &rules, &comparison, now) {
                assert_eq!(turn.option, "threshold", "all of the shorter stands in the longer");
                assert_ne!(turn.kind, now);
                assert_eq!(kind(&Rules { threshold: turn.at, ..rules }), turn.kind);
                let back = if turn.direction == Direction::Up { -0.01 } else { 0.01 };
                assert_eq!(kind(&Rules { threshold: turn.at + back, ..rules }), now);
            }
        }
    }
}
