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

    /// The samples of one article, to be given to [`Samples::push`]: of its different shingles, in any order.
    pub fn of(shingles: &[u64]) -> Vec<u32> {
        let halvings = halvings(shingles.len());
        let values = shingles.iter().map(|shingle| (shingle >> 32) as u32);
        let mut values: Vec<u32> = values.filter(|&value| is_sampled(value, halvings)).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// Adds the next article: its [`Samples::of`] and how many shingles it has.
    pub fn push(&mut self, values: &[u32], shingles: usize) {
        let start = self.values.len();
        self.values.extend_from_slice(values);
        let article =
            SampledArticle { start, end: self.values.len(), shingles: shingles as u32, halvings: halvings(shingles) };
        self.articles.push(article);
    }

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

pub(crate) fn halvings(shingles: usize) -> u32 {
    (shingles / ENOUGH_SAMPLES).checked_ilog2().unwrap_or(0).min(MAX_HALVINGS)
}

pub(crate) fn is_sampled(value: u32, halvings: u32) -> bool {
    value.leading_zeros() >= halvings
}

/// Adds the pairs that share enough samples, and returns the number of samples too common to look up in full.
pub(super) fn collect(plan: &Plan, samples: &Samples, content: &[u64], pairs: &mut PairSet) -> usize {
    let postings = Postings::of(samples, content);
    let search = Search { samples, postings: &postings, needed: NeededTable::of(plan, samples) };
    let found: Vec<Vec<u32>> =
        (0..samples.articles.len() as u32).into_par_iter().map(|article| search.partners(article)).collect();
    for (article, partners) in found.into_iter().enumerate() {
        pairs.extend(partners.into_iter().map(|partner| (article as u32, partner)));
    }
    postings.large
}

/// For each sampled shingle that more than one article has, the articles that have it.
struct Postings {
    /// Articles, list behind list; each list in rising order, a large one only its pivots.
    articles: Vec<u32>,
    /// The lists.
    lists: Vec<SharedSample>,
    /// For each article the lists that it is in, article behind article.
    memberships: Vec<u32>,
    /// Where those of each article begin, and where the last ones end.
    starts: Vec<usize>,
    /// How many lists were cut to their pivots.
    large: usize,
}

/// A sampled shingle of several articles, and where its list stands.
#[derive(Clone, Copy)]
struct SharedSample {
    value: u32,
    start: u32,
    /// How many articles have it.
    length: u32,
}

impl Postings {
    fn of(samples: &Samples, content: &[u64]) -> Postings {
        let found = in_order(samples);
        let shared = || found.chunk_by(|a, b| a >> 32 == b >> 32).filter(|list| list.len() > 1);
        let mut starts = vec![0; samples.articles.len() + 1];
        shared().flatten().for_each(|&entry| starts[article_of(entry) + 1] += 1);
        for article in 1..starts.len() {
            starts[article] += starts[article - 1];
        }
        let mut postings = Postings {
            articles: Vec::new(),
            lists: Vec::new(),
            memberships: vec![0; starts[samples.articles.len()]],
            starts,
            large: 0,
        };
        let mut next = postings.starts.clone();
        for list in shared() {
            for &entry in list {
                let place = &mut next[article_of(entry)];
                postings.memberships[*place] = postings.lists.len() as u32;
                *place += 1;
            }
            postings.push(list, content);
        }
        postings
    }

    fn push(&mut self, list: &[u64], content: &[u64]) {
        let start = self.articles.len();
        self.articles.extend(list.iter().map(|&entry| entry as u32));
        if list.len() > MAX_POSTING {
            let chosen = pivots(&self.articles[start..], |article| content[article as usize]);
            self.articles.truncate(start);
            self.articles.extend(chosen);
            self.large += 1;
        }
        let value = (list[0] >> 32) as u32;
        self.lists.push(SharedSample { value, start: start as u32, length: list.len() as u32 });
    }

    /// The samples that an article shares with others, those in the fewest articles first.
    fn shared(&self, article: u32) -> Vec<SharedSample> {
        let memberships = &self.memberships[self.starts[article as usize]..self.starts[article as usize + 1]];
        let mut shared: Vec<SharedSample> = memberships.iter().map(|&list| self.lists[list as usize]).collect();
        shared.sort_unstable_by_key(|sample| (sample.length, sample.value));
        shared
    }

    fn list(&self, sample: SharedSample) -> &[u32] {
        let length = if sample.length as usize > MAX_POSTING { super::PIVOTS } else { sample.length as usize };
        &self.articles[sample.start as usize..][..length]
    }
}

/// All samples of all articles in rising order: a sample in the upper half, an article that has it in the lower.
///
/// They are put into parts by the highest bits of the samples first, over which these are spread evenly: small parts are sorted
/// faster, and side by side.
fn in_order(samples: &Samples) -> Vec<u64> {
    let part = |value: u32| (value >> (u32::BITS - PART_BITS)) as usize;
    let mut ends = [0; 1 << PART_BITS];
    samples.values.iter().for_each(|&value| ends[part(value)] += 1);
    let mut sum = 0;
    ends.iter_mut().for_each(|end| sum += std::mem::replace(end, sum));
    let mut found = vec![0; samples.values.len()];
    for article in 0..samples.articles.len() as u32 {
        for &value in samples.values(article) {
            let place = &mut ends[part(value)];
            found[*place] = u64::from(value) << 32 | u64::from(article);
            *place += 1;
        }
    }
    let mut parts = Vec::with_capacity(ends.len());
    let (mut rest, mut start) = (&mut found[..], 0);
    for end in ends {
        let (part, after) = rest.split_at_mut(end - start);
        parts.push(part);
        (rest, start) = (after, end);
    }
    parts.into_par_iter().for_each(|part| part.sort_unstable());
    found
}

fn article_of(entry: u64) -> usize {
    entry as u32 as usize
}

/// Samples of a low rate all lie in the lowest eighth: of 2,048 parts that is 256.
const PART_BITS: u32 = 11;

/// [`Plan::samples_needed`], looked up.
struct NeededTable(Vec<u32>);

impl NeededTable {
    fn of(plan: &Plan, samples: &Samples) -> NeededTable {
        let most = samples.articles.iter().map(|article| article.end - article.start).max().unwrap_or(0);
        NeededTable((0..=most).into_par_iter().map(|sampled| plan.samples_needed(sampled) as u32).collect())
    }

    fn of_sampled(&self, sampled: usize) -> usize {
        self.0[sampled] as usize
    }
}

struct Search<'a> {
    samples: &'a Samples,
    postings: &'a Postings,
    needed: NeededTable,
}

impl Search<'_> {
    /// The articles longer than `article` that have enough of its samples, and the pivots of either size.
    fn partners(&self, article: u32) -> Vec<u32> {
        let shared = self.postings.shared(article);
        if shared.is_empty() {
            return Vec::new();
        }
        let lowest = self.samples.articles[article as usize].halvings;
        // How many more shared samples to look up, for partners of each rate: the prefix, less what no other article has.
        let mut to_look_up = [0usize; MAX_HALVINGS as usize + 1];
        for halvings in lowest..=MAX_HALVINGS {
            let sampled = self.samples.values_at(article, halvings).len();
            let alone = sampled - shared.iter().filter(|sample| is_sampled(sample.value, halvings)).count();
            let prefix = (sampled + 1).saturating_sub(self.needed.of_sampled(sampled));
            to_look_up[halvings as usize] = prefix.saturating_sub(alone);
        }
        let mut met: Vec<u32> = Vec::new();
        for sample in shared {
            let rates = lowest..=MAX_HALVINGS.min(sample.value.leading_zeros());
            let open = |halvings: u32| to_look_up[halvings as usize] > 0;
            if rates.clone().any(open) {
                // A pivot looks up no list but its own few, so it is met by the longer ones as well.
                let by_pivots = sample.length as usize > MAX_POSTING;
                met.extend(self.postings.list(sample).iter().copied().filter(|&partner| {
                    by_pivots && partner != article
                        || open(self.samples.articles[partner as usize].halvings)
                            && self.samples.is_shorter(article, partner)
                }));
            }
            for halvings in rates {
                to_look_up[halvings as usize] = to_look_up[halvings as usize].saturating_sub(1);
            }
        }
        met.sort_unstable();
        met.dedup();
        met.retain(|&partner| {
            if self.samples.is_shorter(article, partner) {
                self.shares_enough(article, partner)
            } else {
                self.shares_enough(partner, article)
            }
        });
        met
    }

    /// Whether the longer `partner` has enough of the samples of `article`.
    fn shares_enough(&self, article: u32, partner: u32) -> bool {
        let halvings = self.samples.articles[partner as usize].halvings;
        let own = self.samples.values_at(article, halvings);
        let needed = self.needed.of_sampled(own.len());
        shared_count(own, self.samples.values(partner)) >= needed
    }
}

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
        collect(plan, samples, &content, &mut pairs);
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
