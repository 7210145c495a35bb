//! Profiles in, the pairs worth scoring out: an inverted index of rare terms.
//!
//! Articles of one event share some rare terms: a name, a place, a number, a turn of words. Each article looks up its
//! heaviest terms; what it shares most of is its neighborhood. A term that more than [`MAX_POSTING`] articles have is
//! looked up only among those nearest in time, as many before as after; where time is unknown, among those of the
//! smallest content hash.

use std::ops::Range;
use std::sync::LazyLock;

use rayon::prelude::*;
use serde::Serialize;

use super::fetch;
use super::frequencies::weight;
use super::numbering::Numbering;
use super::profile::{Profile, Term, Traits, count_weight};

/// How many of its terms an article looks up.
const LOOKED_UP: usize = 56;

/// The most articles that a term is looked up in.
const MAX_POSTING: usize = 64;

/// The most neighbors that an article proposes.
const NEIGHBORS: usize = 22;

/// One that shares less than this part of what the nearest does proposes nothing: of a stream's pairs that were scored one in
/// eight was such, and no event of the labelled sets needs them. At a quarter the English one loses two points.
const LEAST_OF_NEAREST: f32 = 0.2;

/// But one that shares so much, as a cosine, is proposed wherever the nearest is.
const ENOUGH_SHARED: f32 = 0.1;

/// The pairs worth scoring, `a < b`, in order.
pub fn candidates(profiles: &[&Profile]) -> Vec<(u32, u32)> {
    proposed(profiles, LEAST_OF_NEAREST)
}

/// The pairs that a model is fitted on: also those that share little, so that it knows what that says. Fitted on the others
/// alone it finds less of the English events.
pub(super) fn pairs_to_fit(profiles: &[&Profile]) -> Vec<(u32, u32)> {
    proposed(profiles, 0.0)
}

/// Pairs of which one is among the neighbors of the other, where it shares so much of what the nearest does.
fn proposed(profiles: &[&Profile], least_of_nearest: f32) -> Vec<(u32, u32)> {
    let by_time = by_time(profiles);
    let mut looked_up = all_heaviest(profiles, &by_time);
    let postings = Postings::of(&mut looked_up);
    let pairs = met(&looked_up, &postings, least_of_nearest);
    let mut pairs: Vec<u64> = pairs
        .into_par_iter()
        .map(|(place, other)| {
            let (a, b) = (by_time[place as usize], by_time[other as usize]);
            // As one number: these are put in order faster.
            u64::from(a.min(b)) << u32::BITS | u64::from(a.max(b))
        })
        .collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs.into_iter().map(|pair| ((pair >> u32::BITS) as u32, pair as u32)).collect()
}

/// For each place its neighbors. `looked_up`: of each place the numbers of the terms that it looks up, with what they weigh there.
/// `least_of_nearest`: what a neighbor shares at the least, as a part of what the nearest does.
fn met(looked_up: &[Vec<(u32, f32)>], postings: &Postings, least_of_nearest: f32) -> Vec<(u32, u32)> {
    let neighbors = looked_up.par_iter().enumerate().map_init(
        || (vec![0.0f32; looked_up.len()], vec![0; LOOKED_UP * MAX_POSTING + 1], Vec::new()),
        |(sums, met, orders), (place, terms)| {
            fetch(terms.iter().map(|&(number, _)| postings.of_term(number).first().map_or(0, |&(other, _)| other)));
            let mut count = 0;
            for &(number, own) in terms {
                for &(other, of_other) in nearest(postings.of_term(number), place as u32) {
                    let sum = &mut sums[other as usize];
                    // Written in any case, and counted where it is new: which that is can't be guessed.
                    met[count] = other;
                    count += usize::from(*sum == 0.0);
                    *sum += own * of_other;
                }
            }
            let met = &met[..count];
            most_shared(met.iter().filter(|&&other| other as usize != place), sums, orders);
            keep_near(orders, least_of_nearest);
            met.iter().for_each(|&other| sums[other as usize] = 0.0);
            orders.iter().map(|&order| (place as u32, order as u32)).collect::<Vec<_>>()
        },
    );
    neighbors.flatten_iter().collect()
}

/// What an engine shares out of the search: an article in one part, and what its terms are looked up among.
#[cfg(feature = "arrow")]
pub(crate) mod shared_out {
    use super::{LEAST_OF_NEAREST, MAX_POSTING, Postings, Profile, heaviest, met, window};

    /// The terms that an article looks up, in rising order of hash, each with its share of the length.
    pub(crate) fn looked_up(profile: &Profile) -> Vec<(u32, f32)> {
        heaviest(profile, &mut Vec::new())
    }

    /// Which of the members of a posting, in order, those from `first` to before `last` are compared with: so many, from the
    /// first such on. Among these alone each of them is compared with the same as among all.
    pub(crate) fn needed_of_posting(members: usize, first: usize, last: usize) -> std::ops::Range<usize> {
        if members <= MAX_POSTING || first >= last {
            return 0..members;
        }
        window(members, first).start..window(members, last - 1).end
    }

    /// The neighbors of those places that are `own`: pairs of places. `terms`: of each place, in order of time, the terms that it
    /// looks up in rising order of hash; of others than one's own those that matter.
    pub(crate) fn neighbors(mut terms: Vec<Vec<(u32, f32)>>, own: &[bool]) -> Vec<(u32, u32)> {
        let postings = Postings::of(&mut terms);
        terms.iter_mut().zip(own).filter(|(_, own)| !**own).for_each(|(terms, _)| terms.clear());
        met(&terms, &postings, LEAST_OF_NEAREST)
    }
}

/// Puts those [`NEIGHBORS`] of the places that were `met` which have the greatest sums into `orders`, by their lower halves.
fn most_shared<'m>(met: impl Iterator<Item = &'m u32>, sums: &[f32], orders: &mut Vec<u64>) {
    // The greatest sum first, of equals the first place. Sums are not below zero, so they are ordered as their bits are.
    let order = |other: u32| u64::from(!sums[other as usize].to_bits()) << 32 | u64::from(other);
    let keep_the_first = |orders: &mut Vec<u64>| {
        orders.select_nth_unstable(NEIGHBORS - 1);
        orders.truncate(NEIGHBORS);
        orders[NEIGHBORS - 1]
    };
    orders.clear();
    // Of thousands that were met, most are told by one look not to be among the first.
    let mut last = u64::MAX;
    for order in met.map(|&other| order(other)) {
        if order < last {
            orders.push(order);
            if orders.len() == 4 * NEIGHBORS {
                last = keep_the_first(orders);
            }
        }
    }
    if orders.len() > NEIGHBORS {
        keep_the_first(orders);
    }
}

/// Of neighbors, in orders as [`most_shared`] makes them, those that share this part of what the nearest does, or enough.
fn keep_near(orders: &mut Vec<u64>, least_of_nearest: f32) {
    let sum = |order: u64| f32::from_bits(!((order >> 32) as u32));
    let nearest = orders.iter().min().map_or(0.0, |&order| sum(order));
    let least = (least_of_nearest * nearest).min(ENOUGH_SHARED);
    orders.retain(|&order| sum(order) >= least);
}

/// The heaviest terms of a profile, at most so many, in rising order of hash, each with its share of the profile's length.
pub fn search_terms(profile: &Profile, most: usize) -> Vec<(u32, f32)> {
    let mut terms = heaviest(profile, &mut Vec::new());
    terms.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    terms.truncate(most);
    terms.sort_unstable_by_key(|&(hash, _)| hash);
    terms
}

/// For each term the places that look it up, in order, each with what the term weighs there.
struct Postings {
    places: Vec<(u32, f32)>,
    /// For each term where its part of `places` begins; and their end.
    starts: Vec<u32>,
}

impl Postings {
    /// Those of the terms that each place looks up; of these, hashes are replaced by the numbers of terms.
    fn of(looked_up: &mut [Vec<(u32, f32)>]) -> Postings {
        let mut numbering = Numbering::default();
        // Counted two places further on: a sum of all before is where the term before that begins.
        let mut starts = vec![0, 0];
        for (hash, _) in looked_up.iter_mut().flatten() {
            *hash = numbering.place(*hash) as u32;
            starts.resize(starts.len().max(*hash as usize + 3), 0);
            starts[*hash as usize + 2] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut places = vec![(0, 0.0); sum as usize];
        for (terms, place) in looked_up.iter().zip(0..) {
            for &(number, weight) in terms {
                let next = &mut starts[number as usize + 1];
                places[*next as usize] = (place, weight);
                *next += 1;
            }
        }
        Postings { places, starts }
    }

    fn of_term(&self, number: u32) -> &[(u32, f32)] {
        &self.places[self.starts[number as usize] as usize..self.starts[number as usize + 1] as usize]
    }
}

/// The articles by time, so that a posting's neighbors in time are neighbors in place; what has no time comes last.
fn by_time(profiles: &[&Profile]) -> Vec<u32> {
    let mut by_time: Vec<u32> = (0..profiles.len() as u32).collect();
    by_time.sort_by_key(|&article| {
        let profile = profiles[article as usize];
        (profile.published.is_none(), profile.published)
    });
    by_time
}

/// Why a pair was not proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NotProposed {
    /// Of the terms that either looks up, the other looks up none.
    NothingShared,
    /// Each term that both look up is too common, and neither article is among the nearest in time to the other.
    TooCommon {
        /// How many articles look up the rarest of these terms.
        articles: usize,
    },
    /// They met, and each shares more with others, or so much more with one that this is nothing beside it.
    Outdone,
}

/// Why each of these pairs is not among the [`candidates`].
pub fn why_not_proposed(profiles: &[&Profile], pairs: &[(u32, u32)]) -> Vec<NotProposed> {
    let by_time = by_time(profiles);
    let heaviest = all_heaviest(profiles, &by_time);
    let mut place_of = vec![0; profiles.len()];
    by_time.iter().zip(0..).for_each(|(&article, place)| place_of[article as usize] = place);
    let looks_up = |place: u32, hash: u32| {
        let terms = &heaviest[place as usize];
        terms.binary_search_by_key(&hash, |&(hash, _)| hash).ok().map(|at| (place, terms[at].1))
    };
    let why = |&(a, b): &(u32, u32)| {
        let (a, b): (u32, u32) = (place_of[a as usize], place_of[b as usize]);
        let shared = heaviest[a as usize].iter().filter(|&&(hash, _)| looks_up(b, hash).is_some());
        let mut rarest = None;
        for &(hash, _) in shared {
            let posting: Vec<(u32, f32)> =
                (0..profiles.len() as u32).filter_map(|place| looks_up(place, hash)).collect();
            let meets = |from: u32, to: u32| nearest(&posting, from).iter().any(|&(place, _)| place == to);
            if meets(a, b) || meets(b, a) {
                return NotProposed::Outdone;
            }
            rarest = Some(rarest.map_or(posting.len(), |rarest: usize| rarest.min(posting.len())));
        }
        rarest.map_or(NotProposed::NothingShared, |articles| NotProposed::TooCommon { articles })
    };
    pairs.par_iter().map(why).collect()
}

/// The part of a posting that `place` is compared with: those nearest to it.
fn nearest(posting: &[(u32, f32)], place: u32) -> &[(u32, f32)] {
    if posting.len() <= MAX_POSTING {
        return posting;
    }
    &posting[window(posting.len(), posting.partition_point(|&(other, _)| other < place))]
}

/// The same by the number of members, more than [`MAX_POSTING`], and how many stand before the place.
fn window(members: usize, at: usize) -> Range<usize> {
    let from = at.saturating_sub(MAX_POSTING / 2).min(members - MAX_POSTING);
    from..from + MAX_POSTING
}

/// For each of these articles what [`heaviest`] says of it.
fn all_heaviest(profiles: &[&Profile], articles: &[u32]) -> Vec<Vec<(u32, f32)>> {
    let of = |orders: &mut Vec<u64>, &article: &u32| heaviest(profiles[article as usize], orders);
    articles.par_iter().map_init(Vec::new, of).collect()
}

/// The terms of a profile that weigh most, with their share of its length, in rising order of hash; one that weighs nothing, as
/// all articles have it, is not among them. `orders` is a buffer.
fn heaviest(profile: &Profile, orders: &mut Vec<u64>) -> Vec<(u32, f32)> {
    // By falling weight, of equals by rising hash. Weights are not below zero, so they are ordered as their bits are.
    let order = |term: &Term| {
        let zones = ZONES[usize::from(term.traits.bits())];
        let weight = zones.iter().fold(weight(term.level) * count_weight(term.count), |weight, times| weight * times);
        u64::from(!weight.to_bits()) << 32 | u64::from(term.hash)
    };
    orders.clear();
    orders.extend(profile.terms.iter().map(order).filter(|&order| order >> 32 != NO_WEIGHT));
    if orders.len() > LOOKED_UP {
        orders.select_nth_unstable(LOOKED_UP);
        orders.truncate(LOOKED_UP);
    }
    // In this order, because a sum of floats depends on it.
    orders.sort_unstable();
    let mut terms: Vec<(u32, f32)> =
        orders.iter().map(|&order| (order as u32, f32::from_bits(!((order >> 32) as u32)))).collect();
    let length = terms.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    terms.iter_mut().for_each(|(_, weight)| *weight /= length.max(f32::MIN_POSITIVE));
    terms.sort_unstable_by_key(|&(hash, _)| hash);
    terms
}

/// The upper half of the order of a term that weighs nothing.
const NO_WEIGHT: u64 = !0u32 as u64;

/// For each set of traits by what a weight is multiplied, one after the other: for title, lead and name.
static ZONES: LazyLock<[[f32; 3]; 32]> = LazyLock::new(|| {
    std::array::from_fn(|bits| {
        let traits = Traits::of_bits(bits as u8);
        [(Traits::TITLE, 1.5), (Traits::LEAD, 1.3), (Traits::NAME, 1.3)]
            .map(|(mark, times)| if traits.has(mark) { times } else { 1.0 })
    })
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;
    use crate::boilerplate::ShellTable;
    use crate::normalize::Words;

    fn profiles(texts: &[String]) -> Vec<Profile> {
        let of = |text: &String| {
            Profile::of(&Article { text: text.into(), ..Article::default() }, &Words::of(text), &ShellTable::default())
        };
        texts.iter().map(of).collect()
    }

    #[test]
    fn articles_that_share_a_rare_word_are_proposed_and_strangers_are_not() {
        let texts: Vec<String> =
            (0..20).map(|at| format!("từ{at}a từ{at}b hiếm{} {at}x{at} khác{at}", at / 2)).collect();
        let profiles = profiles(&texts);
        let found = candidates(&profiles.iter().collect::<Vec<_>>());
        assert_eq!(found, (0..10).map(|pair| (2 * pair, 2 * pair + 1)).collect::<Vec<_>>());
    }

    #[test]
    fn words_that_weigh_nothing_change_no_proposal() {
        let texts: Vec<String> = (0..60).map(|at| format!("hiếm{} lạ{} riêng{at}", at / 30, at / 30)).collect();
        let mut profiles = profiles(&texts);
        let before = candidates(&profiles.iter().collect::<Vec<_>>());
        for profile in &mut profiles {
            let of_all = (1..=30).map(|hash| Term { hash, level: 0, ..profile.terms[0] });
            profile.terms = of_all.chain(profile.terms.iter().copied()).collect();
            profile.terms.sort_unstable_by_key(|term| term.hash);
        }
        assert_eq!(candidates(&profiles.iter().collect::<Vec<_>>()), before);
    }

    #[test]
    fn a_word_that_thousands_share_costs_each_of_them_a_bounded_number_of_looks() {
        let texts: Vec<String> = (0..2_000).map(|at| format!("chungmộttừ riêng{at}")).collect();
        let profiles = profiles(&texts);
        let found = candidates(&profiles.iter().collect::<Vec<_>>());
        assert!(found.len() <= 2_000 * NEIGHBORS, "{}", found.len());
        assert!((0..2_000).all(|at| found.iter().any(|&(a, b)| a == at || b == at)), "each has neighbors");
    }

    proptest::proptest! {
        #[test]
        fn neighbors_are_the_first_of_all_in_order_that_share_enough(
            shared in proptest::collection::vec(0u8..100, 1..400),
            hundredths in proptest::bool::ANY,
        ) {
            let sums: Vec<f32> = shared.iter().map(|&sum| f32::from(sum) / if hundredths { 100.0 } else { 1_000.0 }).collect();
            let places: Vec<u32> = (0..sums.len() as u32).collect();
            let mut found = Vec::new();
            most_shared(places.iter(), &sums, &mut found);
            keep_near(&mut found, 0.2);
            found.sort_unstable();
            let mut all = places;
            all.sort_by(|&a, &b| sums[b as usize].total_cmp(&sums[a as usize]).then(a.cmp(&b)));
            all.truncate(NEIGHBORS);
            let nearest = sums[all[0] as usize];
            all.retain(|&place| sums[place as usize] >= 0.1 || sums[place as usize] >= 0.2 * nearest);
            proptest::prop_assert_eq!(found.iter().map(|&order| order as u32).collect::<Vec<_>>(), all);
        }
    }

    #[test]
    fn a_pair_that_is_not_proposed_is_told_why() {
        // The first two share a word with all; of the first and the last neither is among the nearest of the other.
        let mut texts: Vec<String> = (0..2_000).map(|at| format!("chungmộttừ riêng{at}")).collect();
        texts.push("kháchẳn từmột từhai".to_owned());
        let profiles = profiles(&texts);
        let profiles: Vec<&Profile> = profiles.iter().collect();
        let why = why_not_proposed(&profiles, &[(0, 1_999), (0, 2_000), (0, 50)]);
        let expected = [NotProposed::TooCommon { articles: 2_000 }, NotProposed::NothingShared, NotProposed::Outdone];
        assert_eq!(why, expected);
        assert!(candidates(&profiles).binary_search(&(0, 50)).is_err());
    }

    #[cfg(feature = "arrow")]
    #[test]
    fn what_a_part_is_handed_of_a_posting_is_what_its_members_are_compared_with() {
        for members in [2, 63, 64, 65, 300, 700, 1_500] {
            let posting: Vec<(u32, f32)> = (0..members).map(|place| (2 * place, 0.5)).collect();
            for (first, last) in [(0, 1), (0, 100), (90, 400), (250, 300), (600, 700), (1_499, 1_500), (0, 1_500)] {
                let (first, last) = (first.min(members as usize - 1), last.min(members as usize));
                let handed = &posting[shared_out::needed_of_posting(members as usize, first, last)];
                for &(place, _) in &posting[first..last] {
                    assert_eq!(
                        nearest(handed, place),
                        nearest(&posting, place),
                        "{members}: {first} to {last}, {place}"
                    );
                }
            }
        }
    }

    #[cfg(feature = "arrow")]
    #[test]
    fn parts_propose_together_what_all_reports_do() {
        let texts: Vec<String> =
            (0..900).map(|at| format!("chungmộttừ hiếm{} hiếm{} riêng{at}", at / 3, at % 29)).collect();
        let profiles = profiles(&texts);
        let profiles: Vec<&Profile> = profiles.iter().collect();
        let terms = all_heaviest(&profiles, &(0..900).collect::<Vec<_>>());
        let mut found = Vec::new();
        for part in (0..900usize).step_by(130) {
            let own: Vec<bool> = (0..900).map(|place| (part..part + 130).contains(&place)).collect();
            let ends = |(a, b): (u32, u32)| (a.min(b), a.max(b));
            found.extend(shared_out::neighbors(terms.clone(), &own).into_iter().map(ends));
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, candidates(&profiles));
    }
}
