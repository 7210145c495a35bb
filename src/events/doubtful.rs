//! Events in, those that hold out: what does not hold falls into smaller ones and lone reports.
//!
//! A pair compares well with the other pairs of its two reports where neither has a better one. Most small events that are
//! wrong are of such pairs: hints for the household, a star's gossip, two firms' news. So where no day speaks for it, a
//! small event must hold without its neighborhood. Bounds were chosen on 158 events that were read.
//!
//! Most large events that are wrong are topics: a transfer that is rumored for months, a tax that is debated for as long.
//! Where the days that their reports name contradict each other, a large event must hold more closely. Bounds were chosen on
//! 50 events that were read. What both do stands in ARCHITECTURE.md.

use std::collections::BTreeMap;

use super::evidence::days_alike;
use super::group::group_some;
use super::profile::Profile;
use super::{Expected, Link, Linkage, NOT_PROPOSED, Pair};
use crate::days::Day;

/// By the number of reports, the least mean of the log odds of their pairs, each by itself.
const LEAST_MEAN: [Option<f64>; 5] = [None, None, Some(1.5), Some(0.0), Some(0.0)];

/// So much less is asked where two reports were published on one day.
const LESS_IF_PUBLISHED_TOGETHER: f64 = 1.0;

/// Reports are of one day where theirs are so many days apart at most: what happens at night is in the paper the next day.
const ONE_DAY: u32 = 1;

/// Events of so many reports are large.
const LARGE: usize = LEAST_MEAN.len();

/// In a large event days contradict each other where those of two reports are less alike than this, in the mean of...
const LEAST_ALIKE: f64 = 0.2;

/// ...so many pairs or more of which both name days.
const LEAST_DATED: usize = 3;

/// The mean probability from which on two groups are one event all the same, over as many pairs of a report as there can be.
const CONTRADICTED_THRESHOLD: f64 = 0.5;

/// The reports of each event, in order.
fn reports_of(event_of: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let mut reports_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    event_of.iter().zip(0..).for_each(|(&event, report)| reports_of.entry(event).or_default().push(report));
    reports_of
}

/// Groups the reports of large events anew, more closely, where their days contradict each other. `links`, `linkage` and `may_join`, as events
/// were made by.
pub(super) fn part_contradicted(
    event_of: &mut [u32],
    links: &[Link],
    linkage: &Linkage,
    may_join: &dyn Fn(&[u32], &[u32]) -> bool,
) {
    let expected = Expected::always(linkage.expected.contradicted);
    let linkage = Linkage { threshold: CONTRADICTED_THRESHOLD, expected, ..*linkage };
    let reports_of = reports_of(event_of);
    let mut within: BTreeMap<u32, Vec<Link>> = BTreeMap::new();
    for link in links {
        let event = event_of[link.a as usize];
        if event == event_of[link.b as usize] && reports_of[&event].len() >= LARGE {
            within.entry(event).or_default().push(*link);
        }
    }
    for (event, links) in within {
        let alike: Vec<f64> = links.iter().filter_map(|link| link.days).map(f64::from).collect();
        if alike.len() < LEAST_DATED || alike.iter().sum::<f64>() >= LEAST_ALIKE * alike.len() as f64 {
            continue;
        }
        for (report, first) in group_some(&reports_of[&event], links, &linkage, may_join) {
            event_of[report as usize] = first;
        }
    }
}

/// How alike the days are that two reports name; wholly, if they were published on one. `None` where either names none.
pub(super) fn alike_in_time(a: &Profile, b: &Profile) -> Option<f32> {
    let together = a.published.zip(b.published).is_some_and(|(a, b)| a.gap(b) <= ONE_DAY);
    if together { Some(1.0) } else { days_alike(a, b) }
}

/// Makes lone reports of the small events that do not hold. `pairs`: in order of `(a, b)`.
pub(super) fn part_doubtful(event_of: &mut [u32], profiles: &[Profile], pairs: &[Pair]) {
    let log_odds = |(a, b): (u32, u32)| {
        let place = pairs.binary_search_by_key(&(a, b), |pair| (pair.a, pair.b));
        place.map_or(NOT_PROPOSED, |place| pairs[place].alone)
    };
    for reports in reports_of(event_of).into_values() {
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

    /// As many reports as days, all pairs of this probability; which event each is of.
    fn parts(days: &[Option<Day>], probability: f64) -> Vec<u32> {
        let profiles: Vec<Profile> = days
            .iter()
            .map(|&day| Profile { days: day.map(|day| (day, 1.0)).into_iter().collect(), ..about(day) })
            .collect();
        let count = days.len() as u32;
        let ends = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let links: Vec<Link> = ends
            .map(|(a, b)| {
                let days = alike_in_time(&profiles[a as usize], &profiles[b as usize]);
                Link { a, b, score: probability, days }
            })
            .collect();
        let mut event_of = vec![0; profiles.len()];
        let linkage = Linkage { threshold: 0.25, proposed: 0.0, alone: 0.6, expected: Expected::always(32.0) };
        part_contradicted(&mut event_of, &links, &linkage, &|_, _| true);
        event_of
    }

    #[test]
    fn a_large_event_whose_days_contradict_each_other_must_hold_more_closely() {
        let (none, apart) = (None, [day(1), day(8), day(15), None, None]);
        assert_eq!(parts(&apart, 0.45), [0, 1, 2, 3, 4]);
        assert_eq!(parts(&apart, 0.65), [0; 5], "reports so alike are of one event");
        assert_eq!(parts(&[day(1), day(2), day(3), none, none], 0.45), [0; 5], "days of one week do not");
        assert_eq!(parts(&[day(1), day(15), none, none, none], 0.45), [0; 5], "one pair is not enough");
        assert_eq!(parts(&[none; 5], 0.45), [0; 5], "no days, no contradiction");
        assert_eq!(parts(&apart[..4], 0.45), [0; 4], "four reports are no large event");
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
