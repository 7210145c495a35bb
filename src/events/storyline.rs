//! Events in, storylines out: which event follows from which.
//!
//! Two events are of one storyline where their reports say nearly the same and only the days hold them apart: the same actors
//! and the same subject, another time. A storyline is a chain in time: each event is linked to the nearest before it,
//! not to all.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::days::Day;
use super::{Grouping, Pair};

/// Two events of one storyline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Storyline {
    /// The earlier event, by the first of its reports.
    pub from: u32,
    /// The later one.
    pub to: u32,
    /// Days between, where they are known.
    pub days: Option<u32>,
    /// The mean log odds of what their reports say.
    pub strength: f64,
}

/// The least mean log odds of content between two events of a storyline. Somewhat below even, where one event would begin: a
/// sequel has new things to say.
const MIN_STRENGTH: f64 = -0.75;

/// What a pair that was never proposed has in common.
const NOTHING_IN_COMMON: f64 = -4.0;

/// Events further apart are no storyline: an anniversary, a season.
const MAX_GAP_DAYS: u32 = 60;

/// An event is linked to at most so many earlier ones.
const MAX_EARLIER: usize = 1;

/// Links events; in order of `(from, to)`.
pub fn storylines(grouping: &Grouping) -> Vec<Storyline> {
    let event = |report: u32| grouping.event_of[report as usize];
    let of_events = |pair: &Pair| {
        let (a, b) = (event(pair.a), event(pair.b));
        (a != b && pair.probability >= 0.0).then(|| ((a.min(b), a.max(b)), pair.content))
    };
    let mut between: Vec<((u32, u32), f64)> = grouping.pairs.iter().filter_map(of_events).collect();
    // Stable, because a sum of floats depends on their order.
    between.par_sort_by_key(|&(events, _)| events);
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    grouping.event_of.iter().for_each(|&event| *sizes.entry(event).or_default() += 1);
    let days = event_days(grouping);
    let mut found: Vec<Storyline> = between
        .chunk_by(|x, y| x.0 == y.0)
        .filter_map(|pairs| {
            let (a, b) = pairs[0].0;
            let all = sizes[&a] * sizes[&b];
            let sum: f64 = pairs.iter().map(|(_, content)| content.max(NOTHING_IN_COMMON)).sum();
            let strength = (sum + (all - pairs.len()) as f64 * NOTHING_IN_COMMON) / all as f64;
            if strength < MIN_STRENGTH {
                return None;
            }
            let (day_a, day_b) = (days.get(&a), days.get(&b));
            let until = day_a.zip(day_b).map(|(a, b)| a.until(*b));
            let gap = until.map(i32::unsigned_abs);
            if gap.is_none_or(|gap| gap > MAX_GAP_DAYS) {
                return None;
            }
            let forward = until.is_none_or(|until| until >= 0);
            let (from, to) = if forward { (a, b) } else { (b, a) };
            Some(Storyline { from, to, days: gap, strength })
        })
        .collect();
    // Of the earlier events of each, the nearest; among equals the strongest.
    found.sort_by(|x, y| {
        (x.to, x.days).cmp(&(y.to, y.days)).then(y.strength.total_cmp(&x.strength)).then(x.from.cmp(&y.from))
    });
    let mut kept: Vec<Storyline> =
        found.chunk_by(|x, y| x.to == y.to).flat_map(|one| &one[..one.len().min(MAX_EARLIER)]).copied().collect();
    kept.sort_by_key(|one| (one.from, one.to));
    kept
}

/// The day of each event: the middle one of its reports' days.
pub(super) fn event_days(grouping: &Grouping) -> BTreeMap<u32, Day> {
    let mut days: BTreeMap<u32, Vec<Day>> = BTreeMap::new();
    for (&event, day) in grouping.event_of.iter().zip(&grouping.days) {
        days.entry(event).or_default().extend(day);
    }
    days.into_iter()
        .filter_map(|(event, mut days)| {
            days.sort_unstable();
            Some((event, *days.get(days.len() / 2)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    fn pair(a: u32, b: u32, content: f64) -> Pair {
        Pair { a, b, content, alone: content, probability: 0.1 }
    }

    fn grouping(days: [Option<i8>; 4], pairs: Vec<Pair>) -> Grouping {
        let day = |day: Option<i8>| day.and_then(|day| Day::new(Some(2021), 12, day));
        Grouping { event_of: vec![0, 1, 2, 3], days: days.map(day).into(), pairs, edges: Vec::new() }
    }

    #[test]
    fn an_event_follows_from_the_nearest_before_it_that_says_nearly_the_same() {
        let pairs = vec![pair(0, 1, 2.0), pair(0, 2, 2.0), pair(1, 2, 1.0), pair(0, 3, -2.0)];
        let found = storylines(&grouping([Some(1), Some(8), Some(30), Some(9)], pairs));
        let links: Vec<_> = found.iter().map(|one| (one.from, one.to, one.days)).collect();
        assert_eq!(links, [(0, 1, Some(7)), (1, 2, Some(22))], "not 0 to 2, and 3 says other things");
    }

    #[test]
    fn what_has_no_day_and_what_is_a_season_apart_is_no_storyline() {
        assert_eq!(storylines(&grouping([Some(1), None, None, None], vec![pair(0, 1, 3.0)])), []);
        let mut far = grouping([Some(1), None, None, None], vec![pair(0, 1, 3.0)]);
        far.days[1] = Day::new(Some(2022), 6, 1);
        assert_eq!(storylines(&far), []);
    }
}
