//! Verified edges in, copy clusters out, without chaining.
//!
//! Connected components chain: A is a copy of B, B of C, and a corpus of 859,092 documents collapses to two. Here every
//! member of a cluster has an edge of its own to the cluster's *representative*: clusters are stars, taken greedily, the
//! article that covers most others first (the greedy cover of Chvátal 1979; of equals the earliest, then the longest,
//! then one by a hash of its words and title: ids decide nothing). Copy edges between two stars were chains: they are cut,
//! and reported as links.
//!
//! Only `identical` and `copy` edges make clusters. Excerpts and templates link clusters, and never choose a
//! representative.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Published;
use crate::settings::Canonical;
use crate::verify::{Comparison, Edge, Kind};

/// Articles that are copies of one representative.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyCluster {
    /// The member that covers most others.
    pub representative: u32,
    /// The member to show first: see [`Canonical`].
    pub original: u32,
    /// The member that was surely published before all others; `None` where that is not known: a time is missing, or two are equal,
    /// or of one only the day is known.
    pub first: Option<u32>,
    /// All members, the representative among them, in order of position.
    pub members: Vec<Member>,
}

/// One member of a copy cluster and its edge to the representative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The article, by position.
    pub article: u32,
    /// How it compares with the representative; with itself, all ones.
    pub comparison: Comparison,
    /// The kind of that edge; the representative is identical to itself.
    pub kind: Kind,
}

/// Two clusters (or lone articles) with an edge between them that joins them not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The strongest edge of this kind between the two.
    pub edge: Edge,
    /// How many edges of this kind there are between the two.
    pub edges: usize,
}

impl Link {
    /// Whether this is a bridge that was cut: a copy edge that would have chained two clusters.
    pub fn is_cut_bridge(&self) -> bool {
        self.edge.kind.is_copy()
    }
}

/// What clustering finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clustering {
    /// Clusters of two members and more, largest first, then by representative.
    pub clusters: Vec<CopyCluster>,
    /// Links, in order of their clusters and kinds.
    pub links: Vec<Link>,
}

impl Clustering {
    /// The copy cluster of each of so many articles, by the position of its representative; an article in none is its own.
    pub fn cluster_of(&self, articles: usize) -> Vec<u32> {
        let mut cluster_of: Vec<u32> = (0..articles as u32).collect();
        for cluster in &self.clusters {
            for member in &cluster.members {
                cluster_of[member.article as usize] = cluster.representative;
            }
        }
        cluster_of
    }
}

/// What clustering needs to know of an article beside its edges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// When it was published.
    pub published: Option<Published>,
    /// How many words it has.
    pub words: u32,
    /// A hash of its words and its title.
    pub content: u64,
}

/// A hash of an article's words and title, from the hash of each.
pub(crate) fn content_of(words_hash: u64, title_hash: u64) -> u64 {
    words_hash ^ title_hash
}

/// The hash of a title; 0 where there is none.
pub(crate) fn title_hash(title: Option<&str>) -> u64 {
    title.map_or(0, |title| xxh3_64(title.as_bytes()))
}

pub use crate::verify::SAME;

/// The id of the copy cluster whose representative has the id `representative`: `c-` and 16 hexadecimal digits of xxh3.
/// A lone article is its own representative. No counter, so that an id stays while its cluster does.
///
/// ```
/// assert_eq!(wirecopy::cluster::copy_cluster_id("000_f8286b7643dba526"), "c-f741b9c00142d78a");
/// ```
pub fn copy_cluster_id(representative: &str) -> String {
    format!("c-{:016x}", xxh3_64(representative.as_bytes()))
}

/// Groups articles into copy clusters.
///
/// `twins[i]` is the article whose words article `i` has exactly, the first of such by position; `i` itself where it is
/// that, or has no twin. `edges` are between first twins alone and stand for all of theirs.
pub fn cluster(twins: &[u32], edges: &[Edge], standings: &[Standing], canonical: Canonical) -> Clustering {
    let graph = Graph::of(twins, edges);
    let foremost = foremost_twins(twins, standings);
    let owner = graph.stars(|first| standings[foremost[first as usize] as usize]);
    let mut sizes = vec![0u32; twins.len()];
    twins.iter().for_each(|&first| sizes[owner[first as usize] as usize] += 1);
    let mut members: BTreeMap<u32, Vec<Member>> = BTreeMap::new();
    for (&first, article) in twins.iter().zip(0..) {
        let star = owner[first as usize];
        if sizes[star as usize] > 1 {
            let (comparison, kind) = graph.edge_to(first, star);
            members.entry(foremost[star as usize]).or_default().push(Member { article, comparison, kind });
        }
    }
    let mut clusters: Vec<CopyCluster> = members
        .into_iter()
        .map(|(representative, members)| CopyCluster {
            representative,
            original: original(representative, &members, standings, canonical),
            first: first(&members, standings),
            members,
        })
        .collect();
    clusters.sort_by_key(|cluster| (Reverse(cluster.members.len()), cluster.representative));
    Clustering { clusters, links: links(&owner, edges) }
}

/// Copy edges between first twins, from both ends.
struct Graph<'e> {
    edges: &'e [Edge],
    /// How many articles have exactly these words; 0 for one that is not a first twin.
    weights: Vec<u32>,
    ends: Vec<End>,
    /// Where those of each article begin, and behind them their number.
    begins: Vec<usize>,
}

/// One end of an edge; in order of article, then partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    article: u32,
    partner: u32,
    /// Its place among the edges.
    edge: u32,
}

impl Graph<'_> {
    fn of<'e>(twins: &[u32], edges: &'e [Edge]) -> Graph<'e> {
        let mut weights = vec![0; twins.len()];
        twins.iter().for_each(|&first| weights[first as usize] += 1);
        let copies = edges.iter().zip(0..).filter(|(edge, _)| edge.kind.is_copy());
        let both = |(edge, place): (&Edge, u32)| {
            [(edge.a, edge.b), (edge.b, edge.a)].map(|(article, partner)| End { article, partner, edge: place })
        };
        let mut ends: Vec<End> = copies.flat_map(both).collect();
        ends.sort_unstable();
        let mut begins = vec![0; twins.len() + 1];
        ends.iter().for_each(|end| begins[end.article as usize + 1] += 1);
        let mut sum = 0;
        begins.iter_mut().for_each(|begin| {
            sum += *begin;
            *begin = sum;
        });
        Graph { edges, weights, ends, begins }
    }

    fn ends_of(&self, article: u32) -> &[End] {
        &self.ends[self.begins[article as usize]..self.begins[article as usize + 1]]
    }

    /// For each first twin, the representative whose star it belongs to.
    fn stars(&self, standing: impl Fn(u32) -> Standing) -> Vec<u32> {
        const FREE: u32 = u32::MAX;
        let mut owner = vec![FREE; self.weights.len()];
        let covers = |article: u32, owner: &[u32]| -> u64 {
            let free = self.ends_of(article).iter().filter(|end| owner[end.partner as usize] == FREE);
            let weight = |article: u32| u64::from(self.weights[article as usize]);
            free.map(|end| weight(end.partner)).sum::<u64>() + weight(article)
        };
        // Of those that cover as much the earliest, then the longest, then one by its words and title: whatever their ids are.
        let claim = |covered: u64, article: u32| {
            let Standing { published, words, content } = standing(article);
            (covered, Reverse((published.is_none(), published, Reverse(words), content, article)))
        };
        let mut heap = BinaryHeap::new();
        for article in (0..self.weights.len() as u32).filter(|&article| self.weights[article as usize] > 0) {
            if self.ends_of(article).is_empty() {
                owner[article as usize] = article;
            } else {
                heap.push(claim(covers(article, &owner), article));
            }
        }
        while let Some((claimed, Reverse((.., article)))) = heap.pop() {
            if owner[article as usize] != FREE {
                continue;
            }
            // What an article covers only shrinks, so a claim that still holds is the largest.
            let holds = covers(article, &owner);
            if holds < claimed {
                heap.push(claim(holds, article));
                continue;
            }
            owner[article as usize] = article;
            for end in self.ends_of(article) {
                if owner[end.partner as usize] == FREE {
                    owner[end.partner as usize] = article;
                }
            }
        }
        owner
    }

    fn edge_to(&self, article: u32, representative: u32) -> (Comparison, Kind) {
        let ends = self.ends_of(article);
        match ends.binary_search_by_key(&representative, |end| end.partner) {
            Ok(found) => {
                let Edge { comparison, kind, .. } = self.edges[ends[found].edge as usize];
                (comparison, kind)
            }
            Err(_) => (SAME, Kind::Identical),
        }
    }
}

/// For each first twin the one that stands for all of them: the earliest, of equals one by its title.
fn foremost_twins(twins: &[u32], standings: &[Standing]) -> Vec<u32> {
    let place = |article: u32| {
        let Standing { published, content, .. } = standings[article as usize];
        (published.is_none(), published, content, article)
    };
    let mut foremost: Vec<u32> = (0..twins.len() as u32).collect();
    for (&first, article) in twins.iter().zip(0..) {
        let one = &mut foremost[first as usize];
        if place(article) < place(*one) {
            *one = article;
        }
    }
    foremost
}

fn original(representative: u32, members: &[Member], standings: &[Standing], canonical: Canonical) -> u32 {
    let standing = |article: u32| standings[article as usize];
    let articles = members.iter().map(|member| member.article);
    let chosen = match canonical {
        Canonical::Representative => Some(representative),
        Canonical::Longest => articles.min_by_key(|&article| (Reverse(standing(article).words), article)),
        Canonical::Earliest => articles.min_by_key(|&article| {
            let Standing { published, words, .. } = standing(article);
            (published.is_none(), published, Reverse(words), article)
        }),
    };
    chosen.unwrap_or(representative)
}

/// The member that was surely published before all others.
fn first(members: &[Member], standings: &[Standing]) -> Option<u32> {
    let published = |member: &Member| standings[member.article as usize].published;
    let earliest =
        members.iter().filter(|member| published(member).is_some()).min_by_key(|member| published(member))?;
    let is_before =
        |time: Option<Published>| published(earliest).zip(time).is_some_and(|(first, time)| first.is_before(time));
    let others = members.iter().filter(|member| member.article != earliest.article);
    others.map(published).all(is_before).then_some(earliest.article)
}

/// The strongest edge of each kind between each two clusters.
fn links(owner: &[u32], edges: &[Edge]) -> Vec<Link> {
    let mut strongest: BTreeMap<(u32, u32, Kind), Link> = BTreeMap::new();
    for edge in edges {
        let (a, b) = (owner[edge.a as usize], owner[edge.b as usize]);
        if a == b {
            continue;
        }
        // Two bridges that were cut are one link, whichever kind of copy each was.
        let kind = if edge.kind.is_copy() { Kind::Copy } else { edge.kind };
        let link = strongest.entry((a.min(b), a.max(b), kind)).or_insert(Link { edge: *edge, edges: 0 });
        link.edges += 1;
        let stronger = edge.comparison.coverage.total_cmp(&link.edge.comparison.coverage);
        if stronger.then((link.edge.a, link.edge.b).cmp(&(edge.a, edge.b))).is_gt() {
            link.edge = *edge;
        }
    }
    strongest.into_values().collect()
}

/// Which articles hang together (union-find).
pub(crate) struct Components {
    before: Vec<u32>,
}

impl Components {
    /// Each article on its own.
    pub(crate) fn new(articles: usize) -> Components {
        Components { before: (0..articles as u32).collect() }
    }

    /// The first article of the component of this one.
    pub(crate) fn first(&mut self, mut article: u32) -> u32 {
        while self.before[article as usize] != article {
            let before = self.before[article as usize];
            // Halves the way for whoever comes next.
            self.before[article as usize] = self.before[before as usize];
            article = before;
        }
        article
    }

    /// Makes one component of those of `a` and `b`.
    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.first(a), self.first(b));
        self.before[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edge(a: u32, b: u32, kind: Kind) -> Edge {
        let comparison = Comparison { similarity: 0.8, containment: 0.9, coverage: 0.9, coverage_longer: 0.85 };
        Edge { a: a.min(b), b: a.max(b), comparison, kind }
    }

    fn clusters(articles: u32, edges: &[Edge]) -> Clustering {
        let twins: Vec<u32> = (0..articles).collect();
        cluster(&twins, edges, &vec![Standing::default(); articles as usize], Canonical::Earliest)
    }

    fn members(cluster: &CopyCluster) -> Vec<u32> {
        cluster.members.iter().map(|member| member.article).collect()
    }

    #[test]
    fn a_chain_is_cut_and_the_cut_reported() {
        let found = clusters(4, &[edge(0, 1, Kind::Copy), edge(1, 2, Kind::Copy), edge(2, 3, Kind::Copy)]);
        let shapes: Vec<(u32, Vec<u32>)> =
            found.clusters.iter().map(|cluster| (cluster.representative, members(cluster))).collect();
        assert_eq!(shapes, [(1, vec![0, 1, 2])]);
        assert_eq!(found.links.len(), 1);
        assert!(found.links[0].is_cut_bridge());
    }

    #[test]
    fn of_articles_that_cover_as_much_the_earliest_stands_for_the_others_whatever_its_id() {
        let representative = |of: [(u32, Option<i64>, u64); 2]| {
            let standings =
                of.map(|(words, seconds, content)| Standing { published: seconds.map(Published::at), words, content });
            let found = cluster(&[0, 1], &[edge(0, 1, Kind::Copy)], &standings, Canonical::Earliest);
            found.clusters[0].representative
        };
        for (stands, other) in [
            ((8, Some(5), 2), (9, Some(6), 1)),
            ((8, Some(6), 2), (9, None, 1)),
            ((9, None, 2), (8, None, 1)),
            ((9, None, 1), (9, None, 2)),
        ] {
            assert_eq!(
                [representative([stands, other]), representative([other, stands])],
                [0, 1],
                "{stands:?}, {other:?}"
            );
        }
    }

    #[test]
    fn excerpts_and_templates_link_and_never_join() {
        let found = clusters(4, &[edge(0, 1, Kind::Copy), edge(1, 2, Kind::Excerpt), edge(2, 3, Kind::Template)]);
        assert_eq!(found.clusters.len(), 1);
        assert_eq!(members(&found.clusters[0]), [0, 1]);
        let kinds: Vec<Kind> = found.links.iter().map(|link| link.edge.kind).collect();
        assert_eq!(kinds, [Kind::Excerpt, Kind::Template]);
    }

    #[test]
    fn exact_twins_count_in_the_choice_of_a_representative() {
        // 0 = 1 = 2 in words; 3 is a copy of both 0 and 4, but 0 stands for three.
        let twins = [0, 0, 0, 3, 4];
        let edges = [edge(0, 3, Kind::Copy), edge(3, 4, Kind::Copy)];
        let found = cluster(&twins, &edges, &[Standing::default(); 5], Canonical::Earliest);
        assert_eq!(found.clusters[0].representative, 3, "it covers all five");
        assert_eq!(members(&found.clusters[0]), [0, 1, 2, 3, 4]);
        let found = cluster(&twins, &edges[..1], &[Standing::default(); 5], Canonical::Earliest);
        assert_eq!((found.clusters[0].representative, found.clusters[0].members.len()), (0, 4));
    }

    #[test]
    fn the_original_is_the_earliest_then_the_longest_then_the_first_by_id() {
        let at = |seconds: Option<i64>, words| Standing { published: seconds.map(Published::at), words, content: 0 };
        let edges = [edge(0, 1, Kind::Copy), edge(0, 2, Kind::Copy)];
        let original = |standings: [Standing; 3], canonical| {
            cluster(&[0, 1, 2], &edges, &standings, canonical).clusters[0].original
        };
        assert_eq!(original([at(Some(9), 5), at(Some(3), 5), at(None, 99)], Canonical::Earliest), 1);
        assert_eq!(original([at(Some(3), 5), at(Some(3), 7), at(None, 99)], Canonical::Earliest), 1);
        assert_eq!(original([at(None, 5), at(None, 5), at(None, 5)], Canonical::Earliest), 0);
        assert_eq!(original([at(None, 5), at(Some(1), 5), at(None, 9)], Canonical::Longest), 2);
        assert_eq!(original([at(None, 5), at(Some(1), 5), at(None, 9)], Canonical::Representative), 0);
    }

    #[test]
    fn who_was_first_is_known_only_where_every_time_says_so() {
        let at = |seconds: i64| Some(Published::at(seconds));
        let day = |seconds: i64| Some(Published { is_day: true, ..Published::at(seconds) });
        let first = |times: [Option<Published>; 3]| {
            let standings = times.map(|published| Standing { published, words: 5, content: 0 });
            let edges = [edge(0, 1, Kind::Copy), edge(0, 2, Kind::Copy)];
            cluster(&[0, 1, 2], &edges, &standings, Canonical::Earliest).clusters[0].first
        };
        let noon = 86_400 / 2;
        assert_eq!(first([at(noon), at(5), at(noon)]), Some(1));
        assert_eq!(first([at(5), at(5), at(noon)]), None, "two at once");
        assert_eq!(first([at(noon), at(5), None]), None, "one without a time");
        assert_eq!(first([at(noon), at(noon + 5), day(0)]), None, "some time of that day");
        assert_eq!(first([at(86_400), at(90_000), day(0)]), Some(2), "all others are of later days");
        assert_eq!(first([None, None, None]), None);
    }

    proptest! {
        #[test]
        fn every_member_has_an_edge_to_its_representative_and_no_copy_edge_is_forgotten(
            pairs in prop::collection::btree_set((0u32..20, 0u32..20), 0..60),
        ) {
            let pairs: std::collections::BTreeSet<(u32, u32)> =
                pairs.into_iter().filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
            let edges: Vec<Edge> = pairs.iter().map(|&(a, b)| edge(a, b, Kind::Copy)).collect();
            let found = clusters(20, &edges);
            let mut cluster_of: Vec<u32> = (0..20).collect();
            for cluster in &found.clusters {
                for member in members(cluster) {
                    prop_assert!(member == cluster.representative
                        || pairs.contains(&(member.min(cluster.representative), member.max(cluster.representative))));
                    prop_assert_eq!(std::mem::replace(&mut cluster_of[member as usize], cluster.representative), member, "in one cluster only");
                }
            }
            let between = pairs.iter().filter(|(a, b)| cluster_of[*a as usize] != cluster_of[*b as usize]).count();
            prop_assert_eq!(found.links.iter().map(|link| link.edges).sum::<usize>(), between);
            // No two lone articles were left apart though they had an edge.
            let lone = |article: u32| !found.clusters.iter().any(|cluster| members(cluster).contains(&article));
            prop_assert!(pairs.iter().all(|&(a, b)| !lone(a) || !lone(b)));
        }
    }
}
