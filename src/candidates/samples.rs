//! Articles that share enough sampled shingles become candidates.
//!
//! A shingle is sampled by its own hash, so that every article that has it samples it (FracMinHash; Irber et al. 2022,
//! "sourmash"; the idea is Broder's mod-m sampling, 1997). Whether most of a short article stands inside a long one is
//! then seen from the short one's samples alone, which bands can't do: their Jaccard similarity is low.
//!
//! Long articles sample one shingle in eight; shorter ones more, down to all of them, so that even forty words leave
//! enough samples to judge by. Rates are nested: what is sampled at a low rate is sampled at every higher one, and a
//! pair is compared at the longer article's rate.
//!
//! The join is a prefix filter (Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007): if `needed` of
//! `k` samples must be shared, one of the `k - needed + 1` rarest must be, and only those are looked up. Most samples of
//! news stand in one article alone and cost nothing.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::{MAX_GROUP, PairSet, Plan, pivots};

/// The rarest rate: 1 in 2^3. More samples find more of the short excerpts in long articles, at 4 bytes each.
const MAX_HALVINGS: u32 = 3;

/// An article samples at the lowest rate that leaves it about this many.
const ENOUGH_SAMPLES: usize = 32;

/// A sampled shingle that stands in more articles than this is looked up among pivots only. 900 near-identical articles
/// took 15 CPU seconds at 16 groups, 3 at 4; the edges of 100,000 generated articles were the same.
pub(crate) const MAX_POSTING: usize = 4 * MAX_GROUP;

/// The sampled shingles of many articles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Samples {
    articles: Vec<SampledArticle>,
    /// Sampled shingles, their high 32 bits, rising within an article.
    values: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SampledArticle {
    start: usize,
    end: usize,
    /// How many different shingles the article has in all: what makes it shorter or longer than another.
    shingles: u32,
    /// It samples one shingle in 2^halvings.
    halvings: u32,
}

impl Samples {
    /// Samples of no article yet.
    pub fn new() -> Samples {
        Samples::default()
    }

    /// The samples of one article, to be given to [`Samples::push`]: of its different shingles, in rising order.
    ///
    /// # Panics
    /// In debug builds, if they are not.
    pub fn of(shingles: &[u64]) -> Vec<u32> {
        debug_assert!(shingles.is_sorted(), "shingles in rising order");
        let halvings = halvings(shingles.len());
        let upper = |shingle: &u64| (shingle >> 32) as u32;
        let sampled = shingles.partition_point(|shingle| is_sampled(upper(shingle), halvings));
        let mut values: Vec<u32> = shingles[..sampled].iter().map(upper).collect();
        values.dedup();
        values
    }

    /// The samples of articles that stand among `values`: of each where, and how many shingles it has.
    pub(crate) fn among(values: Vec<u32>, articles: impl Iterator<Item = (Range<usize>, usize)>) -> Samples {
        let article = |(Range { start, end }, shingles)| SampledArticle {
            start,
            end,
            shingles: shingles as u32,
            halvings: halvings(shingles),
        };
        Samples { articles: articles.map(article).collect(), values }
    }

    /// Adds the next article: its [`Samples::of`] and how many shingles it has.
    pub fn push(&mut self, values: &[u32], shingles: usize) {
        let start = self.values.len();
        self.values.extend_from_slice(values);
        let article =
            SampledArticle { start, end: self.values.len(), shingles: shingles as u32, halvings: halvings(shingles) };
        self.articles.push(article);
    }
}

pub(crate) fn halvings(shingles: usize) -> u32 {
    halvings_leaving(ENOUGH_SAMPLES, shingles)
}

/// At the lowest rate that leaves about `enough` of so many shingles, one in 2^this is sampled.
pub(crate) fn halvings_leaving(enough: usize, shingles: usize) -> u32 {
    (shingles / enough).checked_ilog2().unwrap_or(0).min(MAX_HALVINGS)
}

pub(crate) fn is_sampled(value: u32, halvings: u32) -> bool {
    value.leading_zeros() >= halvings
}

/// Adds the pairs that share enough samples, and returns the number of samples too common to look up in full.
pub(super) fn collect(plan: &Plan, samples: Samples, content: &[u64], pairs: &mut PairSet) -> usize {
    let search = Search::of(plan, samples, content);
    let ranks: Vec<u32> = (0..search.articles.len() as u32).collect();
    let found: Vec<Vec<(u32, u32)>> = ranks.par_chunks(RANKS_AT_ONCE).map(|ranks| search.pairs_of(ranks)).collect();
    found.into_iter().for_each(|found| pairs.extend(found));
    search.lists.pivots.len()
}

/// So many articles are looked for with the same counters: these must be made for each such part anew, a byte an article.
const RANKS_AT_ONCE: usize = 4096;

/// Articles by *rank*, the shorter before the longer: so that of a list the longer ones than a given article are the end, and
/// that articles of one rate follow each other.
struct Search {
    /// In order of rank.
    articles: Vec<Ranked>,
    /// The first rank of each rate, and behind them the number of articles.
    rate_begins: [u32; RATES + 1],
    lists: Lists,
    needed: NeededTable,
}

/// As many as there are rates.
const RATES: usize = MAX_HALVINGS as usize + 1;

/// What the search knows of an article.
struct Ranked {
    /// Its position.
    article: u32,
    /// How many samples it has at each rate.
    sampled: [u32; RATES],
    /// Where its lists stand in [`Lists::of_articles`].
    start: usize,
    end: usize,
}

/// For each sampled shingle that more than one article has, the articles that have it. Numbered in the order of the shingles.
struct Lists {
    /// Ranks, list behind list, rising within each.
    ranks: Vec<u32>,
    /// Where each list begins, and where the last one ends.
    starts: Vec<u32>,
    /// How many lists lie below each rate: those of a rate are the first ones.
    below_rate: [u32; RATES],
    /// The lists that each article is in, rising, article behind article: see [`Ranked`].
    of_articles: Vec<u32>,
    /// Of each list that is too long to be looked up in full, the ranks of its pivots.
    pivots: HashMap<u32, Vec<u32>>,
}

impl Lists {
    fn length(&self, list: u32) -> usize {
        (self.starts[list as usize + 1] - self.starts[list as usize]) as usize
    }

    /// The members of a list that are longer than `rank`, the longest last.
    fn longer(&self, list: u32, rank: u32) -> &[u32] {
        let members = &self.ranks[self.starts[list as usize] as usize..self.starts[list as usize + 1] as usize];
        &members[members.partition_point(|&member| member <= rank)..]
    }

    /// The pivots of a list that is too long to be looked up in full.
    fn pivots_of(&self, list: u32) -> Option<&[u32]> {
        if self.length(list) <= MAX_POSTING {
            return None;
        }
        self.pivots.get(&list).map(Vec::as_slice)
    }

    /// The list that ends here, of this sample, is whole: it stays if several articles have the sample.
    fn end_list(&mut self, value: u32, articles: &mut [Ranked], content: &[u64]) {
        let start = self.starts.last().map_or(0, |&start| start as usize);
        let length = self.ranks.len() - start;
        if length < 2 {
            self.ranks.truncate(start);
            return;
        }
        let list = self.starts.len() as u32 - 1;
        self.starts.push(self.ranks.len() as u32);
        for (rate, below) in self.below_rate.iter_mut().enumerate() {
            *below += u32::from(is_sampled(value, rate as u32));
        }
        for &rank in &self.ranks[start..] {
            // What is overwritten is this sample or a smaller one of the article: none that is still needed.
            let article = &mut articles[rank as usize];
            self.of_articles[article.end] = list;
            article.end += 1;
        }
        if length > MAX_POSTING {
            let pivots = pivots(&self.ranks[start..], |rank| {
                let article = articles[rank as usize].article;
                (content[article as usize], article)
            });
            self.pivots.insert(list, pivots);
        }
    }
}

impl Search {
    fn of(plan: &Plan, samples: Samples, content: &[u64]) -> Search {
        let needed = NeededTable::of(plan, &samples);
        let Samples { articles: sampled, values } = samples;
        let mut order: Vec<(u32, u32)> =
            sampled.iter().zip(0..).map(|(one, article)| (one.shingles, article)).collect();
        order.par_sort_unstable();
        let ranked = |&(_, article): &(u32, u32)| {
            let SampledArticle { start, end, .. } = sampled[article as usize];
            let values = &values[start..end];
            let at = |rate| values.partition_point(|&value| is_sampled(value, rate as u32)) as u32;
            // It is in no list yet.
            Ranked { article, sampled: std::array::from_fn(at), start, end: start }
        };
        let mut articles: Vec<Ranked> = order.iter().map(ranked).collect();
        let rate = |&(_, article): &(u32, u32)| sampled[article as usize].halvings as usize;
        let mut rate_begins = std::array::from_fn(|begin| order.partition_point(|one| rate(one) < begin) as u32);
        rate_begins[RATES] = order.len() as u32;
        drop(order);
        let lists = Lists::of(&mut articles, values, content);
        Search { articles, rate_begins, lists, needed }
    }
}

impl Lists {
    /// The lists of all samples, made from the samples of shorter articles before those of longer ones, and noted with each
    /// article in place of its samples.
    ///
    /// Samples are put into parts by their highest bits, over which they are spread evenly, and sorted some parts at a time: small
    /// parts are sorted faster and side by side, and what is sorted at once stays small.
    fn of(articles: &mut [Ranked], sampled: Vec<u32>, content: &[u64]) -> Lists {
        let part = |value: u32| (value >> (u32::BITS - PART_BITS)) as usize;
        let mut sizes = [0usize; 1 << PART_BITS];
        for article in &*articles {
            article.samples(&sampled).iter().for_each(|&value| sizes[part(value)] += 1);
        }
        let mut lists = Lists {
            ranks: Vec::new(),
            starts: vec![0],
            below_rate: [0; RATES],
            of_articles: sampled,
            pivots: HashMap::new(),
        };
        let at_once = ENTRIES_AT_ONCE.max(sizes.iter().sum::<usize>() / 8);
        let mut from = 0;
        while from < sizes.len() {
            let mut entries = sizes[from];
            let more = sizes[from + 1..].iter().take_while(|&&size| {
                entries += size;
                entries <= at_once
            });
            let to = from + 1 + more.count();
            let found = in_order(articles, &lists.of_articles, &sizes[from..to], |value| part(value).checked_sub(from));
            for entries in found.chunk_by(|a, b| a >> 32 == b >> 32) {
                lists.ranks.extend(entries.iter().map(|&entry| entry as u32));
                lists.end_list((entries[0] >> 32) as u32, articles, content);
            }
            from = to;
        }
        lists
    }
}

impl Ranked {
    /// Its samples, as long as they have not been written over.
    fn samples<'s>(&self, sampled: &'s [u32]) -> &'s [u32] {
        &sampled[self.start..][..self.sampled[0] as usize]
    }
}

/// The samples of some parts, of these sizes, in rising order: a sample in the upper half, the rank of an article that has it in
/// the lower. `part`: which of the parts a sample belongs to; none, if to an earlier one, beyond the last, if to a later one.
fn in_order(articles: &[Ranked], sampled: &[u32], sizes: &[usize], part: impl Fn(u32) -> Option<usize>) -> Vec<u64> {
    let mut ends: Vec<usize> = sizes.to_vec();
    let mut sum = 0;
    ends.iter_mut().for_each(|end| sum += std::mem::replace(end, sum));
    let mut found = vec![0; sum];
    for (article, rank) in articles.iter().zip(0u32..) {
        // Those of earlier parts have been written over.
        let left = &article.samples(sampled)[article.end - article.start..];
        let from = left.partition_point(|&value| part(value).is_none());
        for &value in &left[from..] {
            let Some(place) = part(value).and_then(|part| ends.get_mut(part)) else { break };
            found[*place] = u64::from(value) << 32 | u64::from(rank);
            *place += 1;
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

/// Samples of a low rate all lie in the lowest eighth: of 2,048 parts that is 256.
const PART_BITS: u32 = 11;

/// So many samples, or an eighth of all if that is more, are sorted at once, if a single part has no more: those of 40,000
/// articles, 16 MiB.
const ENTRIES_AT_ONCE: usize = 2 << 20;

/// [`Plan::samples_needed`], looked up.
struct NeededTable(Vec<u32>);

impl NeededTable {
    fn of(plan: &Plan, samples: &Samples) -> NeededTable {
        let most = samples.articles.iter().map(|article| article.end - article.start).max().unwrap_or(0);
        NeededTable((0..=most).into_par_iter().map(|sampled| plan.samples_needed(sampled) as u32).collect())
    }

    fn of_sampled(&self, sampled: u32) -> usize {
        self.0[sampled as usize] as usize
    }
}

/// How an article looks for partners of one rate.
#[derive(Clone, Copy, Default)]
struct Quota {
    /// How many more lists of the prefix there are: a pivot of one is a partner to look at.
    prefix: usize,
    /// How many more lists are looked up, the prefix and some behind it.
    lists: usize,
    /// In how many of these a partner must be.
    hits: u8,
}

/// What one thread uses for article after article.
#[derive(Default)]
struct Scratch {
    /// For each rank in how many lists it was met; zeros between two articles.
    hits: Vec<u8>,
    /// The lists of the article, those of the fewest articles first: the length in the upper half.
    lists: Vec<u64>,
    met: Vec<u32>,
}

impl Search {
    fn pairs_of(&self, ranks: &[u32]) -> Vec<(u32, u32)> {
        let mut scratch = Scratch { hits: vec![0; self.articles.len()], ..Scratch::default() };
        let mut pairs = Vec::new();
        for &rank in ranks {
            self.meet(rank, &mut scratch);
            let is_partner = |&partner: &u32| self.shares_enough(rank.min(partner), rank.max(partner));
            let partners = scratch.met.iter().copied().filter(is_partner);
            pairs.extend(partners.map(|partner| (self.article(rank), self.article(partner))));
        }
        pairs
    }

    fn article(&self, rank: u32) -> u32 {
        self.articles[rank as usize].article
    }

    fn rate_of(&self, rank: u32) -> usize {
        self.rate_begins[1..RATES].iter().map(|&begin| usize::from(rank >= begin)).sum()
    }

    /// Members of a list without those of this rate and longer ones, and these: most lists are of one rate.
    fn split_at_rate<'l>(&self, members: &'l [u32], rate: usize) -> (&'l [u32], &'l [u32]) {
        let begin = self.rate_begins[rate];
        if members.first().is_some_and(|&first| first >= begin) {
            return (&[], members);
        }
        members.split_at(members.partition_point(|&member| member < begin))
    }

    /// The lists that an article is in, and how many of them an article of each rate would be in as well.
    fn lists_of(&self, rank: u32) -> &[u32] {
        let Ranked { start, end, .. } = self.articles[rank as usize];
        &self.lists.of_articles[start..end]
    }

    fn lists_at(&self, rank: u32, rate: usize) -> &[u32] {
        let lists = self.lists_of(rank);
        &lists[..lists.partition_point(|&list| list < self.lists.below_rate[rate])]
    }

    /// How `rank` looks for partners of this rate. Any that shares `needed` of `k` samples has one of the `k - needed + 1`
    /// rarest (the prefix), two of the `k - needed + 2` rarest, and so on (Li, Lu, Lu, ICDE 2008): some more lists cost little,
    /// and spare most partners that share a sentence and no more.
    fn quota(&self, rank: u32, rate: usize) -> Quota {
        let sampled = self.articles[rank as usize].sampled[rate];
        let lists = self.lists_at(rank, rate);
        let needed = self.needed.of_sampled(sampled);
        let alone = sampled as usize - lists.len();
        let prefix = (sampled as usize + 1).saturating_sub(needed).saturating_sub(alone);
        if prefix == 0 {
            return Quota::default();
        }
        // Only lists that are looked up in full can be counted on.
        let whole = lists.iter().filter(|&&list| self.lists.length(list) <= MAX_POSTING).count();
        let more = (needed / MORE_LISTS).min(MOST_MORE_LISTS).min(whole.saturating_sub(prefix));
        Quota { prefix, lists: prefix + more, hits: 1 + more as u8 }
    }

    /// Puts into `scratch.met` what is to be compared with an article: those of longer ones that are in enough of its lists, and
    /// pivots of either size.
    fn meet(&self, rank: u32, scratch: &mut Scratch) {
        let Scratch { hits, lists, met } = scratch;
        met.clear();
        lists.clear();
        lists.extend(self.lists_of(rank).iter().map(|&list| (self.lists.length(list) as u64) << 32 | u64::from(list)));
        if lists.is_empty() {
            return;
        }
        lists.sort_unstable();
        let lowest = self.rate_of(rank);
        let mut quotas = [Quota::default(); RATES];
        (lowest..RATES).for_each(|rate| quotas[rate] = self.quota(rank, rate));
        let mut looked_up = 0;
        for &list in &*lists {
            if quotas.iter().all(|quota| quota.lists == 0) {
                break;
            }
            looked_up += 1;
            let list = list as u32;
            let is_in = |rate: usize| list < self.lists.below_rate[rate];
            if let Some(pivots) = self.lists.pivots_of(list) {
                // A pivot looks up no list but its own few, so it is met by the longer ones as well.
                if (lowest..RATES).any(|rate| is_in(rate) && quotas[rate].prefix > 0) {
                    met.extend(pivots.iter().filter(|&&pivot| pivot != rank));
                }
            } else {
                let mut longer = self.lists.longer(list, rank);
                while let Some(&longest) = longer.last() {
                    let rate = self.rate_of(longest);
                    let (below, partners) = self.split_at_rate(longer, rate);
                    if quotas[rate].lists > 0 {
                        for &partner in partners {
                            let hits = &mut hits[partner as usize];
                            *hits = hits.saturating_add(1);
                            if *hits == quotas[rate].hits {
                                met.push(partner);
                            }
                        }
                    }
                    longer = below;
                }
            }
            for rate in (lowest..RATES).filter(|&rate| is_in(rate)) {
                quotas[rate].prefix = quotas[rate].prefix.saturating_sub(1);
                quotas[rate].lists = quotas[rate].lists.saturating_sub(1);
            }
        }
        for &list in &lists[..looked_up] {
            if self.lists.pivots_of(list as u32).is_none() {
                self.lists.longer(list as u32, rank).iter().for_each(|&partner| hits[partner as usize] = 0);
            }
        }
        met.sort_unstable();
        met.dedup();
    }

    /// Whether the longer of two has enough of the samples of the shorter.
    fn shares_enough(&self, shorter: u32, longer: u32) -> bool {
        let rate = self.rate_of(longer);
        let own = self.lists_at(shorter, rate);
        let needed = self.needed.of_sampled(self.articles[shorter as usize].sampled[rate]);
        own.len() >= needed && shared_count(own, self.lists_of(longer)) >= needed
    }
}

/// Of the samples that must be shared one in so many is asked for before two articles are compared, beside the one of the prefix;
/// no more than [`MOST_MORE_LISTS`], as hits are counted in a byte.
const MORE_LISTS: usize = 4;
const MOST_MORE_LISTS: usize = 100;

fn shared_count(a: &[u32], b: &[u32]) -> usize {
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
    use super::super::plan::Banding;
    use super::*;
    use crate::shingle::ShingleSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    impl Samples {
        fn values(&self, article: u32) -> &[u32] {
            let SampledArticle { start, end, .. } = self.articles[article as usize];
            &self.values[start..end]
        }

        /// Those samples of `article` that one at a lower rate would have too.
        fn values_at(&self, article: u32, halvings: u32) -> &[u32] {
            let values = self.values(article);
            &values[..values.partition_point(|&value| is_sampled(value, halvings))]
        }

        /// Whether `a` is the shorter of the two; ties by position.
        fn is_shorter(&self, a: u32, b: u32) -> bool {
            (self.articles[a as usize].shingles, a) < (self.articles[b as usize].shingles, b)
        }
    }

    fn plan(containment: f64) -> Plan {
        Plan { banding: Banding { bands: 1, rows_per_band: 1 }, similarity: 0.5, containment, target_recall: 0.99 }
    }

    fn samples(sets: &[ShingleSet]) -> Samples {
        let mut samples = Samples::new();
        for set in sets {
            samples.push(&Samples::of(set.as_slice()), set.len());
        }
        samples
    }

    fn found(plan: &Plan, samples: &Samples) -> BTreeSet<(u32, u32)> {
        let content: Vec<u64> = (0..samples.articles.len() as u64).collect();
        let mut pairs = PairSet::default();
        collect(plan, samples.clone(), &content, &mut pairs);
        pairs.finish().into_iter().collect()
    }

    /// What the join must find, pair by pair.
    fn reference(plan: &Plan, samples: &Samples) -> BTreeSet<(u32, u32)> {
        let mut pairs = BTreeSet::new();
        for a in 0..samples.articles.len() as u32 {
            for b in 0..samples.articles.len() as u32 {
                if a != b && samples.is_shorter(a, b) {
                    let own = samples.values_at(a, samples.articles[b as usize].halvings);
                    let shared = own.iter().filter(|value| samples.values(b).contains(value)).count();
                    if shared >= plan.samples_needed(own.len()) {
                        pairs.insert((a.min(b), a.max(b)));
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
        let samples = samples(&[spread(&long), spread(&short), spread(&[1, 2, 3])]);
        assert!(found(&plan(0.8), &samples).contains(&(0, 1)));
    }

    #[test]
    fn short_articles_are_sampled_in_full() {
        let set = spread(&(0..60).collect::<Vec<_>>());
        assert_eq!(Samples::of(set.as_slice()).len(), 60);
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
        let pairs = found(&plan(0.5), &samples(&sets));
        let lost = (1..articles as u32).filter(|&article| !pairs.contains(&(0, article))).count();
        assert_eq!(lost, 0, "article 0 has the smallest content hash, and is the shortest");
    }

    proptest! {
        #[test]
        fn the_prefix_filter_finds_what_comparing_all_pairs_finds(
            sets in prop::collection::vec(prop::collection::vec(0u64..300, 0..150), 2..14),
            containment in 0.1f64..0.95,
        ) {
            let samples = samples(&sets.iter().map(|set| spread(set)).collect::<Vec<_>>());
            let plan = plan(containment);
            prop_assert_eq!(found(&plan, &samples), reference(&plan, &samples));
        }
    }
}
