//! Events in, storylines out: which event follows from which.
//!
//! Two events are of one storyline where the same actors do the same kind of thing on other days: most of what is named in one
//! is named in the other, and so are its words. A storyline is a chain in time: each event is linked to the nearest before it,
//! not to all.

use rayon::prelude::*;

use super::frequencies::weight;
use super::profile::{Profile, Traits};
use super::{Grouping, Pair};
use crate::days::Day;

/// Two events of one storyline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Storyline {
    /// The earlier event, by the first of its reports.
    pub from: u32,
    /// The later one.
    pub to: u32,
    /// Days between.
    pub days: u32,
    /// How alike actors and subject are, together: 0.0..=2.0.
    pub alike: f32,
}

/// Two events have the same actors where their names are at least so much alike. Of 56 links of a stream that these bounds
/// made and the one before did not, 43 were right; of 22 that it made, a bound on the mean log odds of what reports say, 12.
const MIN_ACTORS: f32 = 0.38;

/// And where the names of both weigh at least so much: a city or a ministry alone is none.
const MIN_NAMES_WEIGHT: f32 = 12.0;

/// Two events have the same subject where their other words are at least so much alike.
const MIN_SUBJECT: f32 = 0.2;

/// The least sum of the two.
const MIN_BOTH: f32 = 0.65;

/// Where nothing is named in one of them, as in a script without capitals, the least mean log odds of what their reports say.
const MIN_LOG_ODDS: f64 = -0.75;

/// What a pair that was never proposed has in common, as log odds: one in fifty.
const NOTHING_IN_COMMON: f64 = -4.0;

/// Two events are compared where two of their reports have something in common, and their names are so much alike.
const MIN_PAIR_NAMES: f32 = 0.15;

/// Events further apart are no storyline: an anniversary, a season.
const MAX_GAP_DAYS: u32 = 60;

/// An event is linked to at most so many earlier ones.
const MAX_EARLIER: usize = 1;

/// Links events whose reports were proposed to each other; in order of `(from, to)`. `profiles`: of the reports.
pub fn storylines(grouping: &Grouping, profiles: &[Profile]) -> Vec<Storyline> {
    // By the first of each event's reports, as days are.
    let mut reports: Vec<Vec<&Profile>> = vec![Vec::new(); profiles.len()];
    grouping.event_of.iter().zip(profiles).for_each(|(&event, report)| reports[event as usize].push(report));
    let days = event_days(grouping);
    let gap = |a: u32, b: u32| {
        let until = days[a as usize]?.until(days[b as usize]?);
        (until.unsigned_abs() <= MAX_GAP_DAYS).then_some(until)
    };
    let of_events = |pair: &Pair| {
        let (a, b) = (grouping.event_of[pair.a as usize], grouping.event_of[pair.b as usize]);
        let may_link = pair.probability >= 0.0
            && pair.content > NOTHING_IN_COMMON
            && pair.names.is_none_or(|names| names >= MIN_PAIR_NAMES);
        (a != b && may_link && gap(a, b).is_some()).then(|| ((a.min(b), a.max(b)), pair.content))
    };
    let mut between: Vec<((u32, u32), f64)> = grouping.pairs.iter().filter_map(of_events).collect();
    // Stable, because a sum of floats depends on their order.
    between.par_sort_by_key(|&(events, _)| events);
    let mut is_end = vec![false; grouping.event_of.len()];
    between.iter().for_each(|&((a, b), _)| (is_end[a as usize], is_end[b as usize]) = (true, true));
    let said: Vec<Option<Said>> =
        is_end.par_iter().zip(&reports).map(|(is_end, reports)| is_end.then(|| Said::of(reports))).collect();
    let between: Vec<_> = between.chunk_by(|x, y| x.0 == y.0).collect();
    let linked = |pairs: &&[((u32, u32), f64)]| {
        let (a, b) = pairs[0].0;
        let until = gap(a, b)?;
        let (in_a, in_b) = (said[a as usize].as_ref()?, said[b as usize].as_ref()?);
        let subject = || in_a.subject.alike(&in_b.subject, &in_a.words, &in_b.words).alike;
        let alike = if in_a.names.weight > 0.0 && in_b.names.weight > 0.0 {
            let actors = in_a.names.alike(&in_b.names, &in_a.words, &in_b.words);
            let same_actors = actors.alike >= MIN_ACTORS && actors.weight >= MIN_NAMES_WEIGHT;
            let both = actors.alike + same_actors.then(subject).filter(|subject| *subject >= MIN_SUBJECT)?;
            (both >= MIN_BOTH).then_some(both)?
        } else {
            let all = reports[a as usize].len() * reports[b as usize].len();
            let sum: f64 = pairs.iter().map(|(_, log_odds)| log_odds.max(NOTHING_IN_COMMON)).sum();
            let mean = (sum + (all - pairs.len()) as f64 * NOTHING_IN_COMMON) / all as f64;
            (mean >= MIN_LOG_ODDS).then(subject)?
        };
        let (from, to) = if until >= 0 { (a, b) } else { (b, a) };
        Some(Storyline { from, to, days: until.unsigned_abs(), alike })
    };
    let mut found: Vec<Storyline> = between.par_iter().filter_map(linked).collect();
    // Of the earlier events of each, the nearest; among equals the one most alike.
    found.sort_by(|x, y| {
        (x.to, x.days).cmp(&(y.to, y.days)).then(y.alike.total_cmp(&x.alike)).then(x.from.cmp(&y.from))
    });
    let mut kept: Vec<Storyline> =
        found.chunk_by(|x, y| x.to == y.to).flat_map(|one| &one[..one.len().min(MAX_EARLIER)]).copied().collect();
    kept.sort_by_key(|one| (one.from, one.to));
    kept
}

/// What the reports of an event say.
struct Said {
    /// Of every word the share of the reports that have it; in rising order of hash.
    words: Vec<(u32, f32)>,
    names: Main,
    subject: Main,
}

/// The words of one kind that half of an event's reports have or more.
#[derive(Default)]
struct Main {
    /// In rising order of hash, each with what it weighs, by the share of reports that have it.
    words: Vec<(u32, f32)>,
    /// All of them together.
    weight: f32,
}

/// How alike two lists of main words are.
struct Alike {
    /// 0.0..=1.0.
    alike: f32,
    /// What is in both weighs so much, by the event where that is less.
    weight: f32,
}

impl Said {
    fn of(reports: &[&Profile]) -> Said {
        let terms = reports.iter().flat_map(|report| &report.terms).filter(|term| !term.traits.has(Traits::PAIR));
        let mut words: Vec<(u32, bool, f32)> =
            Vec::with_capacity(reports.iter().map(|report| report.terms.len()).sum());
        // A name where one report writes it so; what is common weighs the same everywhere but in another language.
        words.extend(terms.map(|term| (term.hash, term.traits.has(Traits::NAME), weight(term.level))));
        words.sort_unstable_by_key(|&(hash, name, weight)| (hash, name, weight.to_bits()));
        let mut said =
            Said { words: Vec::with_capacity(words.len()), names: Main::default(), subject: Main::default() };
        for same in words.chunk_by(|x, y| x.0 == y.0) {
            let (hash, name, weight) = same[same.len() - 1];
            let share = same.len() as f32 / reports.len() as f32;
            said.words.push((hash, share));
            if 2 * same.len() >= reports.len() {
                let main = if name { &mut said.names } else { &mut said.subject };
                main.words.push((hash, weight * share));
                main.weight += weight * share;
            }
        }
        said
    }
}

impl Main {
    /// The geometric mean of how much of either stands among the words of the other: `own` and `others` are all words of the two
    /// events.
    fn alike(&self, other: &Main, own: &[(u32, f32)], others: &[(u32, f32)]) -> Alike {
        let (here, there) = (self.weight_in(others), other.weight_in(own));
        let share = |weight: f32, main: &Main| if main.weight > 0.0 { weight / main.weight } else { 0.0 };
        Alike { alike: (share(here, self) * share(there, other)).sqrt(), weight: here.min(there) }
    }

    /// What weighs in these words of an event, each by the share of its reports that have it.
    fn weight_in(&self, words: &[(u32, f32)]) -> f32 {
        let mut words = words.iter().peekable();
        let shared = |&(hash, weight): &(u32, f32)| {
            while words.next_if(|one| one.0 < hash).is_some() {}
            words.next_if(|one| one.0 == hash).map_or(0.0, |&(_, share)| weight * share)
        };
        self.words.iter().map(shared).sum()
    }
}

/// The day of each event, by the first of its reports: the middle one of its reports' days.
fn event_days(grouping: &Grouping) -> Vec<Option<Day>> {
    let mut days: Vec<(u32, Day)> =
        grouping.event_of.iter().zip(&grouping.days).filter_map(|(&event, &day)| Some((event, day?))).collect();
    days.sort_unstable();
    let mut middle = vec![None; grouping.event_of.len()];
    for days in days.chunk_by(|a, b| a.0 == b.0) {
        let (event, day) = days[days.len() / 2];
        middle[event as usize] = Some(day);
    }
    middle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;
    use crate::boilerplate::ShellTable;
    use crate::normalize::Words;

    const CALL: &str =
        "quan chức nói rằng Biden gọi điện cảnh báo Putin về quân ở biên giới Ukraine, NATO lo ngại căng thẳng";

    fn profile(text: &str) -> Profile {
        Profile::of(&Article { text: text.into(), ..Article::default() }, &Words::of(text), &ShellTable::default())
    }

    fn pair(a: u32, b: u32, content: f64) -> Pair {
        Pair { a, b, content, names: Some(0.5), alone: content, probability: 0.1 }
    }

    fn found(days: [Option<i8>; 4], texts: [&str; 4], pairs: &[(u32, u32)]) -> Vec<(u32, u32, u32)> {
        let day = |day: Option<i8>| day.and_then(|day| Day::new(Some(2021), 12, day));
        let pairs = pairs.iter().map(|&(a, b)| pair(a, b, -1.0)).collect();
        let grouping = Grouping { event_of: vec![0, 1, 2, 3], days: days.map(day).into(), pairs };
        let links = storylines(&grouping, &texts.map(profile));
        links.iter().map(|one| (one.from, one.to, one.days)).collect()
    }

    #[test]
    fn an_event_follows_from_the_nearest_before_it_of_the_same_actors_and_subject() {
        let other_actors = CALL.replace("Biden", "Macron").replace("Putin", "Merkel").replace("Ukraine", "Mali");
        let other_subject = "khán giả vỗ tay khi Biden, Putin cùng đoàn Ukraine, NATO đến xem bóng đá, ăn kem dâu";
        let all = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        assert_eq!(found([Some(1), Some(8), Some(30), None], [CALL; 4], &all), [(0, 1, 7), (1, 2, 22)]);
        let texts = [CALL, &other_actors, other_subject, CALL];
        assert_eq!(found([Some(1), Some(2), Some(3), Some(9)], texts, &all), [(0, 3, 8)]);
    }

    #[test]
    fn what_has_no_day_was_not_proposed_or_is_a_season_apart_is_no_storyline() {
        assert_eq!(found([Some(1), None, None, Some(3)], [CALL; 4], &[(0, 1)]), []);
        let mut far = Grouping {
            event_of: vec![0, 1],
            days: vec![Day::new(Some(2021), 12, 1), Day::new(Some(2022), 6, 1)],
            pairs: vec![pair(0, 1, 3.0)],
        };
        assert_eq!(storylines(&far, &[profile(CALL), profile(CALL)]), []);
        far.days[1] = Day::new(Some(2022), 1, 29);
        assert_eq!(storylines(&far, &[profile(CALL), profile(CALL)]).len(), 1);
    }

    #[test]
    fn without_names_what_reports_say_decides() {
        let text = "giá xăng tăng mạnh ở nhiều tỉnh vào chiều nay, người dân lo ngại";
        let days = vec![Day::new(Some(2021), 12, 1), Day::new(Some(2021), 12, 9)];
        let links = |content: f64| {
            let pairs = vec![pair(0, 1, content)];
            let grouping = Grouping { event_of: vec![0, 1], days: days.clone(), pairs };
            storylines(&grouping, &[profile(text), profile(text)]).len()
        };
        assert_eq!((links(-0.5), links(-1.0)), (1, 0));
    }
}
