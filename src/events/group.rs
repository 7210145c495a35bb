//! Scored pairs in, groups out: average linkage on a sparse graph.
//!
//! Connected components chain: report by report, a war that lasts for months becomes one event. So groups are merged, the
//! closest two first, as long as the *mean* over the pairs between them reaches the threshold, pairs that were never
//! proposed counting 0 (group average: Sokal, Michener 1958). An article that resembles one member of a group and none of the
//! others stays out, however much it resembles the one.
//!
//! In a large group an article is near to some of the others only: most pairs were never proposed, or stand behind nearer ones
//! and score little. So the mean is over as many pairs as are *expected* to score ([`Expected`]), which are all in a small group and
//! a bounded number for each article in a large one. Else the reports of a large event end up in many groups. More are
//! expected where the days of the two groups contradict each other.
//!
//! A long topic is told from a large event by its weak pairs: there each article is somewhat near to many. So the mean over the pairs
//! that *were* proposed has to reach a threshold of its own, whatever the size of the groups.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use crate::cluster::Components;

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

/// Two articles, and how alike they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// One article.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// How likely they belong together; below zero they count against it.
    pub score: f64,
    /// How alike the days are that they are of, 0.0..=1.0, where both are of any.
    pub days: Option<f32>,
}

/// How many pairs of an article inside its group are expected to score, 2 at the least: in a group of no more articles all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// As a rule.
    pub pairs: f64,
    /// Where days contradict each other.
    pub contradicted: f64,
}

impl Expected {
    /// The same number in all cases.
    pub fn always(pairs: f64) -> Expected {
        Expected { pairs, contradicted: pairs }
    }
}

/// When two groups are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linkage {
    /// From this mean on.
    pub threshold: f64,
    /// And from this mean on, over the pairs that were proposed.
    pub proposed: f64,
    /// Two lone articles from this score on, if that is more.
    pub alone: f64,
    /// Over how many pairs the mean is.
    pub expected: Expected,
}

/// Days of two groups contradict each other where those of their pairs are less alike than this in the mean.
const LEAST_ALIKE: f64 = 0.3;

/// The links between two groups, together.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    links: u32,
    score: f64,
    days: f64,
    /// Of how many links the days are known.
    dated: u32,
}

impl Sum {
    fn of(link: &Link) -> Sum {
        let (days, dated) = link.days.map_or((0.0, 0), |days| (f64::from(days), 1));
        Sum { links: 1, score: link.score, days, dated }
    }

    fn with(self, other: Sum) -> Sum {
        Sum {
            links: self.links + other.links,
            score: self.score + other.score,
            days: self.days + other.days,
            dated: self.dated + other.dated,
        }
    }
}

impl Linkage {
    /// Whether the pairs between two groups that were proposed are alike enough.
    fn allows(&self, sum: &Sum) -> bool {
        sum.score >= self.proposed * f64::from(sum.links)
    }

    /// The mean score over the pairs between two groups of these sizes that are expected to score.
    fn mean(&self, sum: &Sum, sizes: [u32; 2]) -> f64 {
        let [a, b] = sizes.map(f64::from);
        let is_contradicted = sum.dated > 0 && sum.days < LEAST_ALIKE * f64::from(sum.dated);
        let expected = if is_contradicted { self.expected.contradicted } else { self.expected.pairs };
        sum.score / (a * b * (expected / (a + b)).min(1.0))
    }
}

/// For each of `count` articles the first article of its group. `links`: each pair that was proposed, once; others score 0. `may_join`
/// can refuse two groups, given by their members.
///
/// Two groups are never joined without a link between them that reaches `linkage.proposed` by itself. So articles that hang together by
/// such links are grouped apart from others, at the same time, and links between them and others are not looked at.
pub fn group(
    count: usize,
    links: &[Link],
    linkage: &Linkage,
    may_join: &(dyn Fn(&[u32], &[u32]) -> bool + Sync),
) -> Vec<u32> {
    let mut parts = Components::new(count);
    let may_decide = |link: &&Link| link.score > 0.0 && link.score >= linkage.proposed;
    links.iter().filter(may_decide).for_each(|link| parts.join(link.a, link.b));
    let part_of: Vec<u32> = (0..count as u32).map(|article| parts.first(article)).collect();
    // Of each part its articles, rising, and the links among them, in order.
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    part_of.iter().zip(0..).for_each(|(&part, article)| members[part as usize].push(article));
    let mut within: Vec<Vec<Link>> = vec![Vec::new(); count];
    for link in links {
        let part = part_of[link.a as usize];
        if part == part_of[link.b as usize] {
            within[part as usize].push(*link);
        }
    }
    let of_part = |(members, links): (Vec<u32>, Vec<Link>)| group_some(&members, links, linkage, may_join);
    let parts: Vec<(Vec<u32>, Vec<Link>)> =
        members.into_iter().zip(within).filter(|(members, _)| members.len() > 1).collect();
    let grouped: Vec<Vec<(u32, u32)>> = parts.into_par_iter().map(of_part).collect();
    let mut group_of: Vec<u32> = (0..count as u32).collect();
    grouped.into_iter().flatten().for_each(|(article, first)| group_of[article as usize] = first);
    group_of
}

/// The same of some articles, rising, and the links among them: each article with the first of its group.
pub(super) fn group_some(
    members: &[u32],
    mut links: Vec<Link>,
    linkage: &Linkage,
    may_join: &dyn Fn(&[u32], &[u32]) -> bool,
) -> Vec<(u32, u32)> {
    let place = |article: u32| members.partition_point(|&other| other < article) as u32;
    links.iter_mut().for_each(|link| (link.a, link.b) = (place(link.a), place(link.b)));
    let of_places = |places: &[u32]| places.iter().map(|&place| members[place as usize]).collect::<Vec<u32>>();
    let may_join = |a: &[u32], b: &[u32]| may_join(&of_places(a), &of_places(b));
    let groups = group_all(members.len(), &links, linkage, &may_join);
    members.iter().zip(groups).map(|(&article, first)| (article, members[first as usize])).collect()
}

/// [`group`] of all at once.
fn group_all(count: usize, links: &[Link], linkage: &Linkage, may_join: &dyn Fn(&[u32], &[u32]) -> bool) -> Vec<u32> {
    // Of each group the links between it and others, which are known by any of their articles: a group may be there often.
    let mut between: Vec<Vec<(u32, Sum)>> = vec![Vec::new(); count];
    let mut members: Vec<Vec<u32>> = (0..count as u32).map(|article| vec![article]).collect();
    let size = |group: &Vec<u32>| group.len() as u32;
    let mut group_of: Vec<u32> = (0..count as u32).collect();
    let mut heap = BinaryHeap::new();
    for link in links {
        let (a, b) = (link.a.min(link.b), link.a.max(link.b));
        between[a as usize].push((b, Sum::of(link)));
        between[b as usize].push((a, Sum::of(link)));
        if link.score >= linkage.threshold.max(linkage.alone) && linkage.allows(&Sum::of(link)) {
            heap.push(Proposal { mean: link.score, a, b, sizes: (1, 1) });
        }
    }
    let mut sums: Vec<Option<Sum>> = vec![None; count];
    while let Some(Proposal { a, b, sizes: then, .. }) = heap.pop() {
        let now = (size(&members[a as usize]), size(&members[b as usize]));
        if now != then || !may_join(&members[a as usize], &members[b as usize]) {
            continue;
        }
        let joined = std::mem::take(&mut members[b as usize]);
        joined.iter().for_each(|&article| group_of[article as usize] = a);
        members[a as usize].extend(joined);
        let of_b = std::mem::take(&mut between[b as usize]);
        let mut with_others = std::mem::take(&mut between[a as usize]);
        with_others.extend(of_b);
        // Each other group once, by itself, with the sum.
        with_others.retain_mut(|(other, of_one)| {
            *other = group_of[*other as usize];
            let sum = &mut sums[*other as usize];
            let is_first = sum.is_none();
            *sum = Some(sum.unwrap_or_default().with(*of_one));
            is_first && *other != a
        });
        sums[a as usize] = None;
        for (other, sum) in &mut with_others {
            *sum = sums[*other as usize].take().unwrap_or_default();
            let (first, second) = (a.min(*other), a.max(*other));
            let both = [first, second].map(|group| size(&members[group as usize]));
            let mean = linkage.mean(sum, both);
            if mean >= linkage.threshold && linkage.allows(sum) {
                heap.push(Proposal { mean, a: first, b: second, sizes: both.into() });
            }
        }
        between[a as usize] = with_others;
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
        Linkage { threshold, proposed: 0.0, alone, expected: Expected::always(40.0) }
    }

    fn links(pairs: &[(u32, u32, f64)]) -> Vec<Link> {
        pairs.iter().map(|&(a, b, score)| Link { a, b, score, days: None }).collect()
    }

    fn grouped(count: usize, pairs: &[(u32, u32, f64)], linkage: &Linkage) -> Vec<u32> {
        group(count, &links(pairs), linkage, &free)
    }

    #[test]
    fn a_chain_is_not_one_group() {
        let chain: Vec<(u32, u32, f64)> = (0..199).map(|at| (at, at + 1, 0.9)).collect();
        for expected in [8.0, 40.0] {
            let linkage = Linkage { expected: Expected::always(expected), ..from(0.4, 0.4) };
            let groups = grouped(200, &chain, &linkage);
            assert!((0..200).all(|one| groups.iter().filter(|&&group| group == one).count() <= 4), "{groups:?}");
        }
        assert_eq!(grouped(3, &[(0, 1, 0.9), (1, 2, 0.9), (0, 2, 0.9)], &from(0.4, 0.4)), [0, 0, 0]);
    }

    #[test]
    fn two_lone_articles_need_more_than_one_that_joins_a_group() {
        let pairs = [(0, 1, 0.9), (0, 2, 0.5), (1, 2, 0.5), (3, 4, 0.5)];
        assert_eq!(grouped(5, &pairs, &from(0.4, 0.6)), [0, 0, 0, 3, 4]);
    }

    #[test]
    fn a_refused_pair_stays_apart() {
        let apart = |a: &[u32], b: &[u32]| !a.iter().chain(b).all(|article| [0, 1].contains(article));
        assert_eq!(group(2, &links(&[(0, 1, 0.9)]), &from(0.4, 0.4), &apart), [0, 1]);
    }

    /// Two times twenty articles, all alike among themselves, each with four links to the other side.
    fn halves(days: Option<f32>) -> Vec<Link> {
        let within = |group: std::ops::Range<u32>| {
            group.clone().flat_map(move |b| (group.start..b).map(move |a| Link { a, b, score: 0.9, days: Some(1.0) }))
        };
        let across =
            (0..20u32).flat_map(|a| (0..4).map(move |step| Link { a, b: 20 + (a + step) % 20, score: 0.8, days }));
        within(0..20).chain(within(20..40)).chain(across).collect()
    }

    #[test]
    fn pairs_that_are_not_expected_do_not_keep_a_large_group_apart() {
        let together = |expected| {
            let linkage = Linkage { expected: Expected::always(expected), ..from(0.25, 0.3) };
            group(40, &halves(None), &linkage, &free)[39] == 0
        };
        assert_eq!([24.0, 40.0].map(together), [true, false]);
    }

    #[test]
    fn groups_whose_days_contradict_each_other_must_be_alike_in_all_pairs() {
        let expected = Expected { contradicted: 40.0, ..Expected::always(8.0) };
        let together = |days| group(40, &halves(days), &Linkage { expected, ..from(0.25, 0.3) }, &free)[39] == 0;
        assert_eq!([None, Some(0.4), Some(0.2)].map(together), [true, true, false]);
    }

    #[test]
    fn a_topic_of_many_weak_pairs_is_not_one_group() {
        // Two times ten articles, all alike among themselves; across every pair was proposed, and is as weak as the other.
        let across = |score| {
            let pairs = (0..20u32).flat_map(|b| (0..b).map(move |a| (a, b)));
            let alike = |a: u32, b: u32| if (a < 10) == (b < 10) { 0.9 } else { score };
            pairs.map(|(a, b)| (a, b, alike(a, b))).collect::<Vec<_>>()
        };
        let together = |score| grouped(20, &across(score), &Linkage { proposed: 0.4, ..from(0.25, 0.3) })[19] == 0;
        assert_eq!([0.5, 0.38].map(together), [true, false]);
    }

    /// Average linkage by the book: the closest two of all groups that may be joined, again and again.
    fn reference(count: usize, pairs: &[(u32, u32, f64)], linkage: &Linkage) -> Vec<u32> {
        let Linkage { threshold, proposed, alone, expected } = *linkage;
        let expected = expected.pairs;
        let score =
            |a: u32, b: u32| pairs.iter().find(|pair| (pair.0, pair.1) == (a.min(b), a.max(b))).map(|pair| pair.2);
        let mut groups: Vec<Vec<u32>> = (0..count as u32).map(|article| vec![article]).collect();
        loop {
            let mut best = (f64::MIN, 0, 0);
            for a in 0..groups.len() {
                for b in a + 1..groups.len() {
                    let links: Vec<f64> =
                        groups[a].iter().flat_map(|&x| groups[b].iter().filter_map(move |&y| score(x, y))).collect();
                    let sum: f64 = links.iter().sum();
                    let all = (groups[a].len() * groups[b].len()) as f64;
                    let size = (groups[a].len() + groups[b].len()) as f64;
                    let mean = if size > expected { sum / (all * expected / size) } else { sum / all };
                    let least = if size == 2.0 { alone } else { threshold };
                    let allowed = sum >= proposed * links.len() as f64;
                    if allowed && mean >= least && mean > best.0 + 1e-12 {
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
            expected in 2u32..9,
            proposed in 0.0f64..0.6,
        ) {
            // Scores without ties, which the reference breaks in another order.
            let pairs: Vec<(u32, u32, f64)> = scores
                .iter()
                .filter(|((a, b), _)| a < b)
                .map(|(&(a, b), &score)| (a, b, f64::from(score) / 1e6))
                .collect();
            let expected = f64::from(expected);
            let linkage = Linkage { expected: Expected::always(expected), proposed, ..from(0.3, 0.5) };
            prop_assert_eq!(grouped(9, &pairs, &linkage), reference(9, &pairs, &linkage));
        }
    }
}
