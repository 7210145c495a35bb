//! Scored pairs in, groups out: average linkage on a sparse graph.
//!
//! Connected components chain: report by report, a war that lasts for months becomes one event. So groups are merged, the
//! closest two first, as long as the *mean* over all pairs between them reaches the threshold, pairs that were never
//! proposed counting 0 (group average: Sokal, Michener 1958). An article that resembles one member of a group and none of the
//! others stays out, however much it resembles the one.
//!
//! Only so many pairs of an article are proposed, so in a group of more articles most pairs can't be: what could not be
//! proposed does not count. Else the reports of a large event end up in two or three groups.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Two groups that might be merged, as they were when this was written down.
struct Proposal {
    mean: f64,
    a: u32,
    b: u32,
    /// Their sizes at the time: a proposal about a group that has grown is void.
    sizes: (u32, u32),
}

impl Ord for Proposal {
    /// The greatest mean first; among equals the smallest positions.
    fn cmp(&self, other: &Self) -> Ordering {
        self.mean.total_cmp(&other.mean).then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for Proposal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Proposal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Proposal {}

/// When two groups are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linkage {
    /// From this mean on.
    pub threshold: f64,
    /// Two lone articles from this score on, if that is more.
    pub alone: f64,
    /// How many pairs of an article there can be, 2 at the least.
    pub most_pairs: usize,
}

impl Linkage {
    /// The mean score over all pairs between two groups of these sizes that there could be.
    fn mean(&self, sum: f64, sizes: (u32, u32)) -> f64 {
        let (a, b) = (f64::from(sizes.0), f64::from(sizes.1));
        sum / (a * b * (self.most_pairs as f64 / (a + b)).min(1.0))
    }
}

/// For each of `count` articles the first article of its group. `pairs`: `(a, b, score)`, each pair once; what is not among
/// them scores 0. `may_join` can refuse two groups, given by their members.
pub fn group(
    count: usize,
    pairs: &[(u32, u32, f64)],
    linkage: &Linkage,
    may_join: &dyn Fn(&[u32], &[u32]) -> bool,
) -> Vec<u32> {
    // Of each group the scores between it and others, which are known by any of their articles: a group may be there often.
    let mut scores: Vec<Vec<(u32, f64)>> = vec![Vec::new(); count];
    let mut members: Vec<Vec<u32>> = (0..count as u32).map(|article| vec![article]).collect();
    let mut group_of: Vec<u32> = (0..count as u32).collect();
    let mut heap = BinaryHeap::new();
    for &(a, b, score) in pairs {
        scores[a as usize].push((b, score));
        scores[b as usize].push((a, score));
        if score >= linkage.threshold.max(linkage.alone) {
            heap.push(Proposal { mean: score, a: a.min(b), b: a.max(b), sizes: (1, 1) });
        }
    }
    let size = |members: &[Vec<u32>], group: u32| members[group as usize].len() as u32;
    let mut sums: Vec<Option<f64>> = vec![None; count];
    while let Some(Proposal { a, b, sizes, .. }) = heap.pop() {
        if (size(&members, a), size(&members, b)) != sizes || !may_join(&members[a as usize], &members[b as usize]) {
            continue;
        }
        let joined = std::mem::take(&mut members[b as usize]);
        joined.iter().for_each(|&article| group_of[article as usize] = a);
        members[a as usize].extend(joined);
        let of_b = std::mem::take(&mut scores[b as usize]);
        let mut with_others = std::mem::take(&mut scores[a as usize]);
        with_others.extend(of_b);
        // Each other group once, by itself, with the sum.
        with_others.retain_mut(|(other, score)| {
            *other = group_of[*other as usize];
            let sum = &mut sums[*other as usize];
            let is_first = sum.is_none();
            *sum = Some(sum.unwrap_or_default() + *score);
            is_first && *other != a
        });
        sums[a as usize] = None;
        for (other, sum) in &mut with_others {
            *sum = sums[*other as usize].take().unwrap_or_default();
            let (first, second) = (a.min(*other), a.max(*other));
            let sizes = (size(&members, first), size(&members, second));
            let mean = linkage.mean(*sum, sizes);
            if mean >= linkage.threshold {
                heap.push(Proposal { mean, a: first, b: second, sizes });
            }
        }
        scores[a as usize] = with_others;
    }
    group_of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn free(_: &[u32], _: &[u32]) -> bool {
        true
    }

    fn from(threshold: f64, alone: f64) -> Linkage {
        Linkage { threshold, alone, most_pairs: 40 }
    }

    #[test]
    fn a_chain_is_not_one_group() {
        let chain: Vec<(u32, u32, f64)> = (0..9).map(|at| (at, at + 1, 0.9)).collect();
        let groups = group(10, &chain, &from(0.4, 0.4), &free);
        assert!((0..10).all(|first| groups.iter().filter(|&&group| group == first).count() <= 3), "{groups:?}");
        assert_eq!(group(3, &[(0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.9)], &from(0.4, 0.4), &free), [0, 0, 0]);
    }

    #[test]
    fn two_lone_articles_need_more_than_one_that_joins_a_group() {
        let pairs = [(0, 1, 0.9), (0, 2, 0.5), (1, 2, 0.5), (3, 4, 0.5)];
        assert_eq!(group(5, &pairs, &from(0.4, 0.6), &free), [0, 0, 0, 3, 4]);
    }

    #[test]
    fn a_refused_pair_stays_apart() {
        let apart = |a: &[u32], b: &[u32]| !a.iter().chain(b).all(|article| [0, 1].contains(article));
        assert_eq!(group(2, &[(0, 1, 0.9)], &from(0.4, 0.4), &apart), [0, 1]);
    }

    #[test]
    fn pairs_that_can_not_be_proposed_do_not_keep_a_large_group_apart() {
        // Two times twenty articles, all alike among themselves, each with four pairs on the other side.
        let (first, second) = (0..20u32, 20..40u32);
        let within =
            |group: std::ops::Range<u32>| group.clone().flat_map(move |b| (group.start..b).map(move |a| (a, b)));
        let across = (0..20u32).flat_map(|a| (0..4).map(move |step| (a, 20 + (a + step) % 20)));
        let within = within(first).chain(within(second)).map(|(a, b)| (a, b, 0.9));
        let pairs: Vec<(u32, u32, f64)> = within.chain(across.map(|(a, b)| (a, b, 0.8))).collect();
        let together = |most_pairs| group(40, &pairs, &Linkage { most_pairs, ..from(0.25, 0.3) }, &free)[39] == 0;
        assert_eq!((together(24), together(40)), (true, false));
    }

    /// Average linkage by the book: the closest two of all groups that may be joined, again and again.
    fn reference(count: usize, pairs: &[(u32, u32, f64)], linkage: &Linkage) -> Vec<u32> {
        let Linkage { threshold, alone, most_pairs } = *linkage;
        let score = |a: u32, b: u32| {
            pairs.iter().find(|pair| (pair.0, pair.1) == (a.min(b), a.max(b))).map_or(0.0, |pair| pair.2)
        };
        let mut groups: Vec<Vec<u32>> = (0..count as u32).map(|article| vec![article]).collect();
        loop {
            let mut best = (f64::MIN, 0, 0);
            for a in 0..groups.len() {
                for b in a + 1..groups.len() {
                    let sum: f64 = groups[a].iter().flat_map(|&x| groups[b].iter().map(move |&y| score(x, y))).sum();
                    let all = (groups[a].len() * groups[b].len()) as f64;
                    let size = groups[a].len() + groups[b].len();
                    let mean =
                        if size > most_pairs { sum / (all * most_pairs as f64 / size as f64) } else { sum / all };
                    let least = if size == 2 { alone } else { threshold };
                    if mean >= least && mean > best.0 + 1e-12 {
                        best = (mean, a, b);
                    }
                }
            }
            if best.0 < threshold {
                break;
            }
            let joined = groups.remove(best.2);
            groups[best.1].extend(joined);
        }
        let mut group_of = vec![0; count];
        for group in groups {
            group.iter().for_each(|&article| group_of[article as usize] = *group.iter().min().unwrap());
        }
        group_of
    }

    proptest! {
        #[test]
        fn groups_are_those_of_average_linkage_by_the_book(
            scores in prop::collection::btree_map((0u32..9, 0u32..9), 1u32..1_000_000, 0..30),
            most_pairs in 2usize..9,
        ) {
            // Scores without ties, which the reference breaks in another order.
            let pairs: Vec<(u32, u32, f64)> = scores
                .iter()
                .filter(|((a, b), _)| a < b)
                .map(|(&(a, b), &score)| (a, b, f64::from(score) / 1e6))
                .collect();
            let linkage = Linkage { most_pairs, ..from(0.3, 0.5) };
            prop_assert_eq!(group(9, &pairs, &linkage, &free), reference(9, &pairs, &linkage));
        }
    }
}
