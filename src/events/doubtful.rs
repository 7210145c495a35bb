//! Small events in, those that hold out: the others become lone reports.
//!
//! A pair compares well with the other pairs of its two reports where neither has a better one. Most small events that are
//! wrong are of such pairs: hints for the household, a star's gossip, two firms' news. So where no day speaks for it, a
//! small event must hold without its neighborhood. Bounds were chosen on 158 events that were read; what they do stands in
//! ARCHITECTURE.md.

use std::collections::BTreeMap;

use super::days::Day;
use super::profile::Profile;
use super::{NOT_PROPOSED, Pair};

/// By the number of reports, the least mean of the log odds of their pairs, each by itself.
const LEAST_MEAN: [Option<f64>; 5] = [None, None, Some(1.5), Some(0.0), Some(0.0)];

/// So much less is asked where two reports were published on one day.
const LESS_IF_PUBLISHED_TOGETHER: f64 = 1.0;

/// Reports are of one day where theirs are so many days apart at most: what happens at night is in the paper the next day.
const ONE_DAY: u32 = 1;

/// Makes lone reports of the small events that do not hold. `pairs`: in order of `(a, b)`.
pub(super) fn part_doubtful(event_of: &mut [u32], profiles: &[Profile], pairs: &[Pair]) {
    let mut reports_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    event_of.iter().zip(0..).for_each(|(&event, report)| reports_of.entry(event).or_default().push(report));
    let log_odds = |(a, b): (u32, u32)| {
        let place = pairs.binary_search_by_key(&(a, b), |pair| (pair.a, pair.b));
        place.map_or(NOT_PROPOSED, |place| pairs[place].alone)
    };
    for reports in reports_of.into_values() {
        let Some(&Some(least)) = LEAST_MEAN.get(reports.len()) else { continue };
        let places = (0..reports.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let ends: Vec<(u32, u32)> = places.map(|(a, b)| (reports[a], reports[b])).collect();
        let share = |day: &dyn Fn(&Profile) -> Option<Day>| {
            let day = |report: u32| day(&profiles[report as usize]);
            ends.iter().any(|&(a, b)| day(a).zip(day(b)).is_some_and(|(a, b)| a.gap(b) <= ONE_DAY))
        };
        if share(&named_focus) {
            continue;
        }
        let least = if share(&|profile| profile.published) { least - LESS_IF_PUBLISHED_TOGETHER } else { least };
        let mean = ends.iter().copied().map(log_odds).sum::<f64>() / ends.len() as f64;
        if mean < least {
            reports.iter().for_each(|&report| event_of[report as usize] = report);
        }
    }
}

/// The day that a report is about, where it says so itself: that of publication is the day of all the news of the day.
fn named_focus(profile: &Profile) -> Option<Day> {
    profile.focus.filter(|focus| profile.named.iter().any(|(day, _)| day.gap(*focus) == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i8) -> Option<Day> {
        Day::new(Some(2021), 12, day)
    }

    fn about(focus: Option<Day>) -> Profile {
        Profile { focus, named: focus.map(|day| (day, 1.0)).into_iter().collect(), ..Profile::default() }
    }

    fn published(published: Option<Day>) -> Profile {
        Profile { focus: published, published, ..Profile::default() }
    }

    fn pair(a: u32, b: u32, alone: f64) -> Pair {
        Pair { a, b, content: alone, names: None, alone, probability: 0.9 }
    }

    fn parted(profiles: &[Profile], pairs: &[Pair]) -> bool {
        let mut event_of = vec![0; profiles.len()];
        part_doubtful(&mut event_of, profiles, pairs);
        event_of.iter().any(|&event| event != 0)
    }

    #[test]
    fn a_small_event_without_a_day_must_hold_by_itself() {
        let undated = vec![Profile::default(); 3];
        assert!(parted(&undated[..2], &[pair(0, 1, 1.4)]));
        assert!(!parted(&undated[..2], &[pair(0, 1, 1.6)]));
        let chain = [pair(0, 1, 1.4), pair(0, 2, 1.4)];
        assert!(parted(&undated, &chain), "the third pair was not even proposed");
        assert!(!parted(&undated, &[chain[0], chain[1], pair(1, 2, 1.4)]));
        assert!(!parted(&vec![Profile::default(); 5], &[]), "five reports are no small event");
    }

    #[test]
    fn a_day_that_two_reports_name_holds_a_small_event_and_one_of_publication_half() {
        assert!(!parted(&[about(day(7)), about(day(8))], &[pair(0, 1, -2.0)]));
        assert!(parted(&[about(day(1)), about(day(8))], &[pair(0, 1, 1.4)]));
        let together = [published(day(7)), published(day(8))];
        assert!(!parted(&together, &[pair(0, 1, 0.6)]));
        assert!(parted(&together, &[pair(0, 1, 0.4)]));
    }
}
