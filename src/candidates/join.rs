//! Sketches in, the pairs out that share enough samples.
//!
//! Whether most of a short article stands in a long one is seen from the short one's samples alone, and so is whether two
//! articles are similar, for similar articles hold each other.
//!
//! Each sample that several articles have makes a *list* of them; the lists of an article are gone through, and those met in
//! enough of them are candidates (ScanCount: Li, Lu, Lu, ICDE 2008). Most samples of news stand in one article alone and cost
//! nothing. Lists of very many articles are not gone through: of these only pivots are met, as far as a prefix filter
//! (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007) leaves any to be met at all.

use rayon::prelude::*;

use super::{Candidates, MAX_GROUP, Plan, pivots};
use crate::sketch::{MAX_HALVINGS, Sketched, Sketches, is_sampled};

/// A sample that stands in more articles than this is looked up among pivots only. Four times as many find no other edge of 100,000
/// generated articles.
pub(crate) const MAX_POSTING: usize = 4 * MAX_GROUP;

/// The pairs of articles whose sketches share enough samples. `content`: the content hash of each, by which pivots are chosen,
/// so that neither order nor threads change the answer.
pub fn candidates(plan: &Plan, sketches: Sketches, content: &[u64]) -> Candidates {
    let search = Search::of(plan, sketches, content, MAX_POSTING);
    let ranks: Vec<u32> = (0..search.articles.len() as u32).collect();
    let found: Vec<Vec<(u32, u32)>> = ranks.par_chunks(RANKS_AT_ONCE).map(|ranks| search.pairs_of(ranks)).collect();
    let large_groups = search.lists.long.len();
    drop(search);
    let mut pairs = found.concat();
    drop(found);
    pairs.par_sort_unstable();
    pairs.dedup();
    Candidates { pairs, large_groups }
}

/// So many articles are looked for with the same counters: these must be made for each such part anew, two bytes an article.
const RANKS_AT_ONCE: usize = 4096;

/// As many as there are rates.
const RATES: usize = MAX_HALVINGS as usize + 1;

/// Articles by *rank*, the shorter before the longer: so that in a list the longer ones stand behind an article, and articles of
/// one rate follow each other.
struct Search {
    /// In order of rank.
    articles: Vec<Ranked>,
    /// The first rank of each rate, and behind them the number of articles.
    rate_begins: [u32; RATES + 1],
    lists: Lists,
    needed: NeededTable,
}

/// What the search knows of an article.
struct Ranked {
    /// Its position.
    article: u32,
    /// How many samples it has at each rate.
    sampled: [u32; RATES],
}

impl Search {
    /// `longest`: lists of more articles than this are not gone through.
    fn of(plan: &Plan, sketches: Sketches, content: &[u64], longest: usize) -> Search {
        let needed = NeededTable::of(plan, &sketches);
        let Sketches { articles: sketched, samples } = &sketches;
        let mut order: Vec<(u32, u32)> =
            sketched.iter().zip(0..).map(|(one, article)| (one.shingles, article)).collect();
        order.par_sort_unstable();
        let ranked = |&(_, article): &(u32, u32)| {
            let Sketched { start, end, .. } = sketched[article as usize];
            let sketch = &samples[start..end];
            let at = |rate| sketch.partition_point(|&sample| is_sampled(sample, rate as u32)) as u32;
            Ranked { article, sampled: std::array::from_fn(at) }
        };
        let articles: Vec<Ranked> = order.par_iter().map(ranked).collect();
        let rate = |&(_, article): &(u32, u32)| sketched[article as usize].halvings() as usize;
        let mut rate_begins = std::array::from_fn(|begin| order.partition_point(|one| rate(one) < begin) as u32);
        rate_begins[RATES] = order.len() as u32;
        let mut ranks = vec![0; order.len()];
        order.into_iter().zip(0..).for_each(|((_, article), rank)| ranks[article as usize] = rank);
        let lists = Lists::of(sketches, &ranks, longest, |rank| {
            let article = articles[rank as usize].article;
            (content[article as usize], article)
        });
        Search { articles, rate_begins, lists, needed }
    }
}

/// For each sample that more than one article has, the articles that have it, in the order of the samples.
#[derive(Default)]
struct Lists {
    /// Ranks, list behind list, rising within each; the last one of a list is marked with [`LAST`].
    ranks: Vec<u32>,
    /// Where each article stands in `ranks`.
    places: ByRank,
    /// Where in `ranks` the lists end that are sampled at each rate: those of a rate are the first ones.
    rate_ends: [u32; RATES],
    /// Those that are too long to be gone through.
    long: Vec<LongList>,
    /// Which of these each article is in.
    in_long: ByRank,
    /// How many of these are sampled at each rate: the first ones.
    long_at_rate: [u32; RATES],
}

/// Of a list that is too long to be gone through.
struct LongList {
    length: usize,
    /// The ranks of its pivots.
    pivots: Vec<u32>,
}

/// Marks the last rank of a list.
const LAST: u32 = 1 << 31;

/// For each rank some numbers, which rise.
#[derive(Default)]
struct ByRank {
    numbers: Vec<u32>,
    /// Where those of each rank begin, and where the last ones end.
    begins: Vec<usize>,
}

impl ByRank {
    /// Of `ranks` ranks, from pairs of a rank and a number, which rises from pair to pair.
    fn of(ranks: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> ByRank {
        let mut ends = vec![0usize; ranks + 1];
        pairs.clone().for_each(|(rank, _)| ends[rank as usize] += 1);
        let mut sum = 0;
        ends.iter_mut().for_each(|end| sum += std::mem::replace(end, sum));
        let mut numbers = vec![0; sum];
        for (rank, number) in pairs {
            let end = &mut ends[rank as usize];
            numbers[*end] = number;
            *end += 1;
        }
        // Where each ended, the next begins.
        ends.rotate_right(1);
        ends[0] = 0;
        ByRank { numbers, begins: ends }
    }

    fn get(&self, rank: u32) -> &[u32] {
        &self.numbers[self.begins[rank as usize]..self.begins[rank as usize + 1]]
    }
}

impl Lists {
    /// The lists of all samples, of more than `longest` articles too long. `ranks`: that of each article. `order`: by what pivots are chosen, the lowest first.
    ///
    /// Samples are put into parts by their highest bits, and sorted some parts at a time: small parts are sorted faster and side
    /// by side, and what is sorted at once stays small.
    fn of(sketches: Sketches, ranks: &[u32], longest: usize, order: impl Fn(u32) -> (u64, u32)) -> Lists {
        let mut sizes = vec![0usize; 1 << PART_BITS];
        for &Sketched { start, end, .. } in &sketches.articles {
            sketches.samples[start..end].iter().for_each(|&sample| sizes[part_of(sample)] += 1);
        }
        let mut lists = Lists::default();
        let mut members = Vec::new();
        let mut taken = vec![0; ranks.len()];
        let at_once = ENTRIES_AT_ONCE.max(sizes.iter().sum::<usize>() / 8);
        let mut from = 0;
        while from < sizes.len() {
            let mut entries = sizes[from];
            let more = sizes[from + 1..].iter().take_while(|&&size| {
                entries += size;
                entries <= at_once
            });
            let to = from + 1 + more.count();
            let entries = in_order(&sketches, ranks, &mut taken, from, &sizes[from..to]);
            for list in entries.chunk_by(|a, b| a >> 32 == b >> 32).filter(|list| list.len() > 1) {
                if list.len() <= longest {
                    lists.push(list);
                } else {
                    lists.push_long(list, &mut members, &order);
                }
            }
            from = to;
        }
        drop((sketches, taken));
        let in_short = lists.ranks.iter().zip(0..).map(|(&rank, place)| (rank & !LAST, place));
        lists.places = ByRank::of(ranks.len(), in_short);
        lists.in_long = ByRank::of(ranks.len(), members.iter().copied());
        lists
    }

    /// Adds a list: its sample in the upper halves, in the lower ones the ranks of those that have it, which rise.
    fn push(&mut self, list: &[u64]) {
        self.ranks.extend(list.iter().map(|&entry| entry as u32));
        if let Some(last) = self.ranks.last_mut() {
            *last |= LAST;
        }
        rates_of(list).for_each(|rate| self.rate_ends[rate] = self.ranks.len() as u32);
    }

    /// Adds a list that is too long to be gone through, and to `members` each of its members with the number of the list.
    fn push_long(&mut self, list: &[u64], members: &mut Vec<(u32, u32)>, order: impl Fn(u32) -> (u64, u32)) {
        let number = self.long.len() as u32;
        let ranks: Vec<u32> = list.iter().map(|&entry| entry as u32).collect();
        members.extend(ranks.iter().map(|&rank| (rank, number)));
        rates_of(list).for_each(|rate| self.long_at_rate[rate] = number + 1);
        self.long.push(LongList { length: ranks.len(), pivots: pivots(ranks, order) });
    }

    /// Where an article stands in the lists of this rate.
    fn places_at(&self, rank: u32, rate: usize) -> &[u32] {
        let places = self.places.get(rank);
        &places[..places.partition_point(|&place| place < self.rate_ends[rate])]
    }

    /// The long lists of this rate that an article is in.
    fn long_at(&self, rank: u32, rate: usize) -> &[u32] {
        let long = self.in_long.get(rank);
        &long[..long.partition_point(|&list| list < self.long_at_rate[rate])]
    }

    /// The articles behind the one that stands at this place, to the end of the list: those that are longer.
    fn behind(&self, place: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = place as usize;
        std::iter::from_fn(move || {
            let is_last = self.ranks[at] & LAST != 0;
            at += 1;
            (!is_last).then(|| self.ranks[at] & !LAST)
        })
    }

    /// How many lists of this rate two articles are both in.
    fn shared_at(&self, a: u32, b: u32, rate: usize) -> usize {
        // A list is known by where it ends.
        let end = |&place: &u32| place + self.behind(place).count() as u32;
        let ends = |rank: u32| self.places_at(rank, rate).iter().map(end).collect::<Vec<u32>>();
        shared_count(&ends(a), &ends(b)) + shared_count(self.long_at(a, rate), self.long_at(b, rate))
    }
}

/// The samples of some parts in rising order, each with the rank of an article that has it in its lower half. `from`: the first
/// of the parts, of these `sizes`. `taken`: how many samples of each article lie in parts before; those are taken in turn.
fn in_order(sketches: &Sketches, ranks: &[u32], taken: &mut [u32], from: usize, sizes: &[usize]) -> Vec<u64> {
    let mut ends: Vec<usize> = sizes.to_vec();
    let mut sum = 0;
    ends.iter_mut().for_each(|end| sum += std::mem::replace(end, sum));
    let mut found = vec![0; sum];
    for ((&Sketched { start, end, .. }, &rank), taken) in sketches.articles.iter().zip(ranks).zip(taken) {
        for &sample in &sketches.samples[start + *taken as usize..end] {
            let Some(place) = ends.get_mut(part_of(sample) - from) else { break };
            found[*place] = u64::from(sample) << 32 | u64::from(rank);
            *place += 1;
            *taken += 1;
        }
    }
    let mut parts = Vec::with_capacity(sizes.len());
    let mut rest = &mut found[..];
    for &size in sizes {
        let (part, after) = rest.split_at_mut(size);
        parts.push(part);
        rest = after;
    }
    parts.into_par_iter().for_each(|part| part.sort_unstable());
    found
}

/// The rates at which the sample of a list is sampled.
fn rates_of(list: &[u64]) -> impl Iterator<Item = usize> {
    let sample = (list[0] >> 32) as u32;
    (0..RATES).filter(move |&rate| is_sampled(sample, rate as u32))
}

fn part_of(sample: u32) -> usize {
    (sample >> (u32::BITS - PART_BITS)) as usize
}

/// Samples of a low rate all lie in the lowest eighth: of 16,384 parts that is 2,048.
const PART_BITS: u32 = 14;

/// So many samples, or an eighth of all if that is more, are sorted at once, if a single part has no more: those of 40,000
/// articles, 16 MiB.
const ENTRIES_AT_ONCE: usize = 2 << 20;

/// [`Plan::samples_needed`], looked up.
struct NeededTable(Vec<u32>);

impl NeededTable {
    fn of(plan: &Plan, sketches: &Sketches) -> NeededTable {
        let most = sketches.articles.iter().map(|article| article.end - article.start).max().unwrap_or(0);
        NeededTable((0..=most).into_par_iter().map(|sampled| plan.samples_needed(sampled) as u32).collect())
    }

    fn of_sampled(&self, sampled: u32) -> usize {
        self.0[sampled as usize] as usize
    }
}

/// How an article looks for partners of one rate.
#[derive(Clone, Copy)]
struct Quota {
    /// In how many of the lists that are gone through a partner must be.
    hits: u16,
    /// Of how many of the long ones, the shortest first, the pivots are partners to look at.
    long: usize,
}

/// What one thread uses for article after article.
struct Scratch {
    /// For each rank in how many lists it was met; zeros between two articles.
    hits: Vec<u16>,
    /// Ranks that were met often enough.
    met: Vec<u32>,
    /// Ranks of pivots.
    pivots: Vec<u32>,
}

impl Search {
    fn pairs_of(&self, ranks: &[u32]) -> Vec<(u32, u32)> {
        let mut scratch = Scratch { hits: vec![0; self.articles.len()], met: Vec::new(), pivots: Vec::new() };
        let mut pairs = Vec::new();
        let article = |rank: u32| self.articles[rank as usize].article;
        for &rank in ranks {
            self.meet(rank, &mut scratch);
            let partners = scratch.met.iter().chain(&scratch.pivots).map(|&partner| article(partner));
            let own = article(rank);
            pairs.extend(partners.map(|partner| (own.min(partner), own.max(partner))));
        }
        pairs
    }

    fn rate_of(&self, rank: u32) -> usize {
        self.rate_begins[1..RATES].iter().map(|&begin| usize::from(rank >= begin)).sum()
    }

    /// How many samples of the shorter one must be shared at the rate of the longer.
    fn needed(&self, shorter: u32, rate: usize) -> usize {
        self.needed.of_sampled(self.articles[shorter as usize].sampled[rate])
    }

    /// How `rank` looks for partners of this rate; `None` if there can be none.
    fn quota(&self, rank: u32, rate: usize) -> Option<Quota> {
        let (short, long) = (self.lists.places_at(rank, rate).len(), self.lists.long_at(rank, rate).len());
        let needed = self.needed(rank, rate);
        // Any that shares `needed` of them is in one of the shortest, all but `needed - 1` (the prefix).
        let prefix = (short + long + 1).checked_sub(needed).filter(|&prefix| prefix > 0)?;
        let hits = needed.saturating_sub(long).clamp(1, usize::from(u16::MAX));
        Some(Quota { hits: hits as u16, long: prefix.saturating_sub(short) })
    }

    /// Puts the partners of an article into `scratch`: longer ones that were met in enough lists, and pivots of either size.
    fn meet(&self, rank: u32, scratch: &mut Scratch) {
        let Scratch { hits, met, pivots } = scratch;
        met.clear();
        pivots.clear();
        let lowest = self.rate_of(rank);
        let mut quotas = [None; RATES];
        (lowest..RATES).for_each(|rate| quotas[rate] = self.quota(rank, rate));
        if quotas.iter().all(Option::is_none) {
            return;
        }
        // Nothing is ever met no times.
        let enough = quotas.map(|quota| quota.map_or(0, |quota| quota.hits));
        for &place in self.lists.places.get(rank) {
            for partner in self.lists.behind(place) {
                let hits = &mut hits[partner as usize];
                *hits = hits.saturating_add(1);
                if *hits == enough[self.rate_of(partner)] {
                    met.push(partner);
                }
            }
        }
        met.retain(|&partner| self.shares_enough(rank, partner, hits[partner as usize]));
        for &place in self.lists.places.get(rank) {
            self.lists.behind(place).for_each(|partner| hits[partner as usize] = 0);
        }
        for (rate, quota) in quotas.iter().enumerate() {
            self.meet_pivots(rank, rate, quota.map_or(0, |quota| quota.long), pivots);
        }
        pivots.sort_unstable();
        pivots.dedup();
        pivots.retain(|&pivot| {
            let (shorter, longer) = (rank.min(pivot), rank.max(pivot));
            let rate = self.rate_of(longer);
            shorter != longer && self.lists.shared_at(shorter, longer, rate) >= self.needed(shorter, rate)
        });
    }

    /// Whether a longer article that was met so often has enough samples of this one.
    fn shares_enough(&self, rank: u32, partner: u32, hits: u16) -> bool {
        let rate = self.rate_of(partner);
        let needed = self.needed(rank, rate);
        let long = || shared_count(self.lists.long_at(rank, rate), self.lists.in_long.get(partner));
        hits == u16::MAX || usize::from(hits) >= needed || usize::from(hits) + long() >= needed
    }

    /// Adds the pivots of so many long lists of this rate, the shortest first. A pivot looks up no list but its own few, so it is
    /// met by longer ones as well.
    fn meet_pivots(&self, rank: u32, rate: usize, lists: usize, pivots: &mut Vec<u32>) {
        if lists == 0 {
            return;
        }
        let list = |&list: &u32| &self.lists.long[list as usize];
        let mut long: Vec<u32> = self.lists.long_at(rank, rate).to_vec();
        long.sort_by_key(|one| list(one).length);
        pivots.extend(long[..lists].iter().flat_map(|one| &list(one).pivots));
    }
}

pub(crate) fn shared_count(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        shared += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shingle::ShingleSet;
    use crate::sketch::sketch;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    impl Sketches {
        fn sketch(&self, article: u32) -> &[u32] {
            let Sketched { start, end, .. } = self.articles[article as usize];
            &self.samples[start..end]
        }

        /// Those samples of `article` that one at a lower rate would have too.
        fn sketch_at(&self, article: u32, halvings: u32) -> &[u32] {
            let sketch = self.sketch(article);
            &sketch[..sketch.partition_point(|&sample| is_sampled(sample, halvings))]
        }

        /// Whether `a` is the shorter of the two; ties by position.
        fn is_shorter(&self, a: u32, b: u32) -> bool {
            (self.articles[a as usize].shingles, a) < (self.articles[b as usize].shingles, b)
        }
    }

    fn plan(containment: f64) -> Plan {
        Plan { containment, target_recall: 0.99 }
    }

    fn sketches(sets: &[ShingleSet]) -> Sketches {
        let mut sketches = Sketches::new();
        sets.iter().for_each(|set| sketches.push(&sketch(set.as_slice()), set.len()));
        sketches
    }

    fn found_with(plan: &Plan, sketches: &Sketches, longest: usize) -> BTreeSet<(u32, u32)> {
        let content: Vec<u64> = (0..sketches.articles.len() as u64).collect();
        let search = Search::of(plan, sketches.clone(), &content, longest);
        let ranks: Vec<u32> = (0..content.len() as u32).collect();
        search.pairs_of(&ranks).into_iter().collect()
    }

    fn found(plan: &Plan, sketches: &Sketches) -> BTreeSet<(u32, u32)> {
        found_with(plan, sketches, MAX_POSTING)
    }

    /// What the join must find, pair by pair, with the samples that both have.
    fn reference(plan: &Plan, sketches: &Sketches) -> BTreeMap<(u32, u32), Vec<u32>> {
        let mut pairs = BTreeMap::new();
        for a in 0..sketches.articles.len() as u32 {
            for b in 0..sketches.articles.len() as u32 {
                if a != b && sketches.is_shorter(a, b) {
                    let own = sketches.sketch_at(a, sketches.articles[b as usize].halvings());
                    let shared: Vec<u32> =
                        own.iter().copied().filter(|sample| sketches.sketch(b).contains(sample)).collect();
                    if shared.len() >= plan.samples_needed(own.len()) {
                        pairs.insert((a.min(b), a.max(b)), shared);
                    }
                }
            }
        }
        pairs
    }

    /// Numbers below `kinds`, spread over the whole range.
    fn spread(numbers: &[u64]) -> ShingleSet {
        ShingleSet::new(numbers.iter().map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect())
    }

    #[test]
    fn an_excerpt_in_an_article_fifty_times_as_long_is_found() {
        let long: Vec<u64> = (0..10_000).collect();
        let short: Vec<u64> = (4_000..4_200).collect();
        let sketches = sketches(&[spread(&long), spread(&short), spread(&[1, 2, 3])]);
        assert!(found(&plan(0.8), &sketches).contains(&(0, 1)));
    }

    /// Of 3,000 near-identical briefs 66 were found to be copies of nothing: those longer than the pivots, which they were
    /// never compared with.
    #[test]
    fn of_a_sample_that_very_many_have_the_longer_ones_meet_the_pivots_too() {
        let spread = |number: u64| number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let articles = MAX_POSTING as u64 + 10;
        let sets: Vec<ShingleSet> = (0..articles)
            .map(|article| {
                let own = if article < super::super::PIVOTS as u64 { 1..1 } else { 1..3 };
                let own = own.map(|number| spread(1_000 * article + 1_000_000 + number));
                ShingleSet::new((1..21).map(spread).chain(own).collect())
            })
            .collect();
        let pairs = found(&plan(0.5), &sketches(&sets));
        let lost = (1..articles as u32).filter(|&article| !pairs.contains(&(0, article))).count();
        assert_eq!(lost, 0, "article 0 has the smallest content hash, and is the shortest");
    }

    proptest! {
        #[test]
        fn the_join_finds_what_comparing_all_pairs_finds(
            sets in prop::collection::vec(prop::collection::vec(0u64..300, 0..150), 2..14),
            containment in 0.1f64..0.95,
        ) {
            let sketches = sketches(&sets.iter().map(|set| spread(set)).collect::<Vec<_>>());
            let plan = plan(containment);
            let expected: BTreeSet<(u32, u32)> = reference(&plan, &sketches).into_keys().collect();
            prop_assert_eq!(found(&plan, &sketches), expected);
        }

        #[test]
        fn of_what_shares_a_list_that_is_gone_through_nothing_is_lost(
            sets in prop::collection::vec(prop::collection::vec(0u64..90, 0..150), 4..14),
            containment in 0.1f64..0.95,
            longest in 2usize..8,
        ) {
            let sketches = sketches(&sets.iter().map(|set| spread(set)).collect::<Vec<_>>());
            let plan = plan(containment);
            let found = found_with(&plan, &sketches, longest);
            let articles = 0..sketches.articles.len() as u32;
            let members = |sample: &u32| articles.clone().filter(|&one| sketches.sketch(one).contains(sample)).count();
            let expected = reference(&plan, &sketches);
            prop_assert!(found.iter().all(|pair| expected.contains_key(pair)));
            for (pair, shared) in expected {
                prop_assert!(found.contains(&pair) || shared.iter().all(|sample| members(sample) > longest), "{:?}", pair);
            }
        }
    }
}
