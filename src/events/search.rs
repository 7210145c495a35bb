//! Profiles in, the pairs worth scoring out: an inverted index of rare terms.
//!
//! Articles of one event share some rare terms: a name, a place, a number, a turn of words. Each article looks up its
//! heaviest terms; what it shares most of is its neighborhood. A term that more than [`MAX_POSTING`] articles have is
//! looked up only among those nearest in time, as many before as after. Those of one day, or without a day, stand in order of
//! a hash of the other terms that they look up, so that those are near each other that share such terms ([`likeness`]): which
//! articles meet depends on what they say and when, never on their ids.

use std::collections::HashMap;
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
    let mut looked_up = all_heaviest(profiles);
    let postings = Postings::among(&mut looked_up, profiles);
    let pairs = met(&looked_up, &postings, least_of_nearest);
    // As one number: these are put in order faster.
    let one_number = |(a, b): (u32, u32)| u64::from(a.min(b)) << u32::BITS | u64::from(a.max(b));
    let mut pairs: Vec<u64> = pairs.into_par_iter().map(one_number).collect();
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
                for &(other, of_other) in postings.nearest(number, place as u32) {
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
    use super::{LEAST_OF_NEAREST, Large, MAX_POSTING, Postings, Profile, heaviest, likeness, met};

    /// The terms that an article looks up, in rising order of hash: each with its share of the length, and the likeness that
    /// articles of one day are in order of among those that look it up.
    pub(crate) fn looked_up(profile: &Profile) -> Vec<(u32, f32, u32)> {
        let terms = heaviest(profile, &mut Vec::new());
        let likeness = |hash| likeness(hash, terms.iter().map(|&(other, _)| other));
        terms.iter().map(|&(hash, weight)| (hash, weight, likeness(hash))).collect()
    }

    /// Which members of a posting those are compared with that are in a part: places in the posting, which is in order of place.
    /// Among these alone each of them is compared with the same as among all. `orders`: of each member its time and likeness.
    pub(crate) fn needed_of_posting(orders: &[(i64, u32)], in_part: std::ops::Range<usize>) -> Vec<usize> {
        if orders.len() <= MAX_POSTING {
            return (0..orders.len()).collect();
        }
        let posting: Vec<(u32, f32)> = (0..orders.len() as u32).map(|member| (member, 0.0)).collect();
        let large = Large::of(&posting, |member| orders[member as usize]);
        let mut needed = vec![false; orders.len()];
        for from in &large.from[in_part] {
            let window = &large.in_order[*from as usize..][..MAX_POSTING];
            window.iter().for_each(|&(member, _)| needed[member as usize] = true);
        }
        (0..orders.len()).filter(|&member| needed[member]).collect()
    }

    /// The neighbors of those places that are `own`: pairs of places. `terms`: of each place the terms that it looks up, as
    /// [`looked_up`] says them; of others than one's own those that matter. `times`: of each place.
    pub(crate) fn neighbors(terms: &[Vec<(u32, f32, u32)>], times: &[i64], own: &[bool]) -> Vec<(u32, u32)> {
        let mut weights: Vec<Vec<(u32, f32)>> =
            terms.iter().map(|terms| terms.iter().map(|&(hash, weight, _)| (hash, weight)).collect()).collect();
        let postings = Postings::of(&mut weights, |place, hash, _| {
            let terms = &terms[place as usize];
            let at = terms.partition_point(|one| one.0 < hash);
            (times[place as usize], terms.get(at).map_or(0, |one| one.2))
        });
        weights.iter_mut().zip(own).filter(|(_, own)| !**own).for_each(|(terms, _)| terms.clear());
        met(&weights, &postings, LEAST_OF_NEAREST)
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
    /// Of the terms that more than [`MAX_POSTING`] places look up.
    large: HashMap<u32, Large>,
}

/// A posting of which each place is compared with a part.
struct Large {
    /// Its members by time, and those of one time by likeness.
    in_order: Vec<(u32, f32)>,
    /// For each of its members, in order of place, where those begin that it is compared with.
    from: Vec<u32>,
}

impl Large {
    /// That of a posting of more than [`MAX_POSTING`] members. `order`: a place's time and likeness.
    fn of(posting: &[(u32, f32)], order: impl Fn(u32) -> (i64, u32)) -> Large {
        let mut in_order: Vec<((i64, u32), u32)> =
            posting.iter().zip(0..).map(|(&(place, _), member)| (order(place), member)).collect();
        // Of equals the first by place.
        in_order.sort_unstable();
        let mut from = vec![0; posting.len()];
        for (&(_, member), at) in in_order.iter().zip(0usize..) {
            from[member as usize] = at.saturating_sub(MAX_POSTING / 2).min(posting.len() - MAX_POSTING) as u32;
        }
        Large { in_order: in_order.into_iter().map(|(_, member)| posting[member as usize]).collect(), from }
    }
}

impl Postings {
    /// Those of the terms that each of these looks up; of these, hashes are replaced by the numbers of terms.
    fn among(looked_up: &mut [Vec<(u32, f32)>], profiles: &[&Profile]) -> Postings {
        let times: Vec<i64> = profiles.iter().map(|profile| profile.time()).collect();
        Postings::of(looked_up, |place, hash, hashes| (times[place as usize], likeness(hash, hashes)))
    }

    /// The same where `order` says time and likeness of a place, of which it gets the hash of the term and those of all its terms.
    fn of(
        looked_up: &mut [Vec<(u32, f32)>],
        order: impl Fn(u32, u32, &mut dyn Iterator<Item = u32>) -> (i64, u32) + Sync,
    ) -> Postings {
        let mut numbering = Numbering::default();
        let mut hashes = Vec::new();
        // Counted two places further on: a sum of all before is where the term before that begins.
        let mut starts = vec![0, 0];
        for (hash, _) in looked_up.iter_mut().flatten() {
            let number = numbering.place(*hash);
            if number == hashes.len() {
                hashes.push(*hash);
                starts.push(0);
            }
            starts[number + 2] += 1;
            *hash = number as u32;
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
        let mut postings = Postings { places, starts, large: HashMap::new() };
        let order = |number: u32, place: u32| {
            let mut of_place = looked_up[place as usize].iter().map(|&(other, _)| hashes[other as usize]);
            order(place, hashes[number as usize], &mut of_place)
        };
        let large = (0..hashes.len() as u32).into_par_iter().filter_map(|number| {
            let posting = postings.of_term(number);
            (posting.len() > MAX_POSTING).then(|| (number, Large::of(posting, |place| order(number, place))))
        });
        postings.large = large.collect();
        postings
    }

    fn of_term(&self, number: u32) -> &[(u32, f32)] {
        &self.places[self.starts[number as usize] as usize..self.starts[number as usize + 1] as usize]
    }

    /// The part of a posting that `place`, one of its members, is compared with.
    fn nearest(&self, number: u32, place: u32) -> &[(u32, f32)] {
        let posting = self.of_term(number);
        if posting.len() <= MAX_POSTING {
            return posting;
        }
        self.large.get(&number).map_or(posting, |large| {
            let member = posting.partition_point(|&(other, _)| other < place);
            &large.in_order[large.from[member] as usize..][..MAX_POSTING]
        })
    }
}

/// A number that is the same for two articles with a probability of the share of the terms that both look up among those that
/// either does, beside the one of this hash (MinHash: Broder 1997). Each term has an order of its own: whom an article does not
/// meet by one it meets by another.
fn likeness(term: u32, terms: impl Iterator<Item = u32>) -> u32 {
    let mixed = |other: u32| {
        let both = (other ^ term.rotate_left(16)).wrapping_mul(ODD);
        (both ^ (both >> 15)).wrapping_mul(ODD)
    };
    terms.filter(|&other| other != term).map(mixed).min().unwrap_or(u32::MAX)
}

/// 2^32 / golden ratio (Knuth, TAOCP 6.4).
const ODD: u32 = 0x9E37_79B1;

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
    let mut looked_up = all_heaviest(profiles);
    let postings = Postings::among(&mut looked_up, profiles);
    let why = |&(a, b): &(u32, u32)| {
        let of_b = &looked_up[b as usize];
        let shared = looked_up[a as usize].iter().filter(|(number, _)| of_b.iter().any(|(other, _)| other == number));
        let mut rarest = None;
        for &(number, _) in shared {
            let meets = |from: u32, to: u32| postings.nearest(number, from).iter().any(|&(place, _)| place == to);
            if meets(a, b) || meets(b, a) {
                return NotProposed::Outdone;
            }
            let articles = postings.of_term(number).len();
            rarest = Some(rarest.map_or(articles, |rarest: usize| rarest.min(articles)));
        }
        rarest.map_or(NotProposed::NothingShared, |articles| NotProposed::TooCommon { articles })
    };
    pairs.par_iter().map(why).collect()
}

/// For each of these articles what [`heaviest`] says of it.
fn all_heaviest(profiles: &[&Profile]) -> Vec<Vec<(u32, f32)>> {
    profiles.par_iter().map_init(Vec::new, |orders, profile| heaviest(profile, orders)).collect()
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
    let at_the_beginning = profile.terms.iter().filter(|term| term.count > 0);
    orders.extend(at_the_beginning.map(order).filter(|&order| order >> 32 != NO_WEIGHT));
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
    use std::collections::BTreeSet;

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
        // The first shares a word with all, and meets 63 of them, of which it proposes 22 at the most.
        let mut texts: Vec<String> = (0..2_000).map(|at| format!("chungmộttừ riêng{at}")).collect();
        texts.push("kháchẳn từmột từhai".to_owned());
        let profiles = profiles(&texts);
        let profiles: Vec<&Profile> = profiles.iter().collect();
        let found = candidates(&profiles);
        let missed: Vec<(u32, u32)> =
            (1..=2_000).map(|to| (0, to)).filter(|pair| found.binary_search(pair).is_err()).collect();
        let why = why_not_proposed(&profiles, &missed);
        let count = |reason: NotProposed| why.iter().filter(|&&one| one == reason).count();
        assert_eq!(count(NotProposed::NothingShared), 1);
        let (outdone, common) = (count(NotProposed::Outdone), count(NotProposed::TooCommon { articles: 2_000 }));
        assert_eq!(outdone + common + 1, missed.len());
        assert!((1..=64).contains(&outdone), "{outdone}");
    }

    /// Pairs of articles that share six words, each of which two hundred have: no word alone tells who belongs together, and no
    /// two words stand in one sentence.
    fn made_pairs() -> Vec<String> {
        let word = |number: u32, at: u32| {
            (number.wrapping_mul(2_654_435_761) ^ at.wrapping_mul(40_503)).wrapping_mul(2_246_822_519) >> 13
        };
        let shared = |pair: u32| (0..6).map(move |at| format!("chung{}x{at}", word(pair, at) % 5));
        let text = |number: u32| {
            let own = (0..6).map(move |at| format!("riêng{}y{at}", word(number + 7_000, at) % 5));
            shared(number / 2).chain(own).collect::<Vec<_>>().join(". ")
        };
        (0..1_000).map(text).collect()
    }

    #[test]
    fn who_meets_by_common_words_does_not_depend_on_ids() {
        let texts = made_pairs();
        let found = |ids: &[usize]| -> BTreeSet<(usize, usize)> {
            let texts: Vec<String> = ids.iter().map(|&id| texts[id].clone()).collect();
            let mut reports: Vec<(usize, Profile)> = ids.iter().copied().zip(profiles(&texts)).collect();
            reports.sort_by_key(|(_, profile)| profile.order());
            let ends = candidates(&reports.iter().map(|(_, profile)| profile).collect::<Vec<_>>()).into_iter();
            let ends = ends.map(|(a, b)| (reports[a as usize].0, reports[b as usize].0));
            ends.map(|(a, b)| (a.min(b), a.max(b))).collect()
        };
        let in_order: Vec<usize> = (0..1_000).collect();
        let shuffled: Vec<usize> = (0..1_000).map(|place| place * 387 % 1_000).collect();
        let one = found(&in_order);
        assert_eq!(one, found(&shuffled));
        // Of these 348; by position those that happen to stand near each other.
        let together = (0..500).filter(|pair| one.contains(&(2 * pair, 2 * pair + 1))).count();
        assert!(together >= 300, "{together}");
    }

    #[cfg(feature = "arrow")]
    #[test]
    fn parts_propose_together_what_all_reports_do() {
        let texts: Vec<String> =
            (0..900).map(|at| format!("chungmộttừ hiếm{} hiếm{} riêng{at}", at / 3, at % 29)).collect();
        let profiles = profiles(&texts);
        let times: Vec<i64> = (0..900).map(|at| at / 100).collect();
        let terms: Vec<Vec<(u32, f32, u32)>> = profiles.iter().map(shared_out::looked_up).collect();
        let mut found = Vec::new();
        for part in (0..900usize).step_by(130) {
            let own: Vec<bool> = (0..900).map(|place| (part..part + 130).contains(&place)).collect();
            // Of each posting a part has what it needs and no more.
            let mut handed: Vec<Vec<(u32, f32, u32)>> = vec![Vec::new(); 900];
            // By term, then by place.
            let mut rows: Vec<(u32, usize, f32, u32)> = Vec::new();
            for (place, terms) in terms.iter().enumerate() {
                rows.extend(terms.iter().map(|&(hash, weight, likeness)| (hash, place, weight, likeness)));
            }
            rows.sort_by_key(|&(hash, place, ..)| (hash, place));
            for posting in rows.chunk_by(|x, y| x.0 == y.0) {
                let orders: Vec<(i64, u32)> = posting.iter().map(|row| (times[row.1], row.3)).collect();
                let begin = posting.partition_point(|row| row.1 < part);
                let end = posting.partition_point(|row| row.1 < part + 130);
                if begin < end {
                    for at in shared_out::needed_of_posting(&orders, begin..end) {
                        let (hash, place, weight, likeness) = posting[at];
                        handed[place].push((hash, weight, likeness));
                    }
                }
            }
            let ends = |(a, b): (u32, u32)| (a.min(b), a.max(b));
            found.extend(shared_out::neighbors(&handed, &times, &own).into_iter().map(ends));
        }
        found.sort_unstable();
        found.dedup();
        let mut all: Vec<(u32, u32)> = shared_out::neighbors(&terms, &times, &[true; 900])
            .into_iter()
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(found, all);
    }
}
