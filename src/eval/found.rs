//! Edges, clusters and events in, what was found out about any two articles out.

use std::collections::HashSet;

use serde::{Serialize, Serializer};

use super::clusterings::Partition;
use crate::cluster::{Clustering, SAME};
use crate::events::Events;
use crate::pipeline::{Record, Run};
use crate::verify::{Comparison, Edge, Kind};

/// What a run says of two articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// They have an edge of this kind.
    Edge(Kind),
    /// No edge of their own, but one copy cluster.
    SameCluster,
    /// No edge of their own, but a link between their clusters.
    Linked,
    /// Nothing.
    None,
}

impl Relation {
    /// Every relation, in the order of tables.
    pub const ALL: [Relation; 7] = [
        Relation::Edge(Kind::Identical),
        Relation::Edge(Kind::Copy),
        Relation::Edge(Kind::Excerpt),
        Relation::Edge(Kind::Template),
        Relation::SameCluster,
        Relation::Linked,
        Relation::None,
    ];

    /// The word for it in every output.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Edge(kind) => kind.name(),
            Relation::SameCluster => "same_cluster",
            Relation::Linked => "linked",
            Relation::None => "none",
        }
    }

    /// The kind of the edge, where it is one.
    pub fn kind(self) -> Option<Kind> {
        match self {
            Relation::Edge(kind) => Some(kind),
            Relation::SameCluster | Relation::Linked | Relation::None => None,
        }
    }

    /// Whether text in common was found: an edge that is no template.
    pub fn is_found(self) -> bool {
        matches!(self, Relation::Edge(Kind::Identical | Kind::Copy | Kind::Excerpt))
    }
}

impl Serialize for Relation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What was found, to be looked up.
pub(super) struct Found<'r> {
    twins: &'r [u32],
    /// Between first twins, in order.
    edges: &'r [Edge],
    /// See [`Clustering::cluster_of`].
    pub(super) cluster_of: Vec<u32>,
    links: HashSet<(u32, u32)>,
    /// Where the run has any.
    pub(super) events: Option<&'r Events>,
}

impl<'r> Found<'r> {
    pub(super) fn of(run: &'r Run) -> Found<'r> {
        Found { events: run.events.as_ref(), ..Found::new(&run.twins, &run.edges, &run.clustering) }
    }

    pub(super) fn new(twins: &'r [u32], edges: &'r [Edge], clustering: &Clustering) -> Found<'r> {
        let cluster_of = clustering.cluster_of(twins.len());
        let clusters = |edge: &Edge| ordered(cluster_of[edge.a as usize], cluster_of[edge.b as usize]);
        let links = clustering.links.iter().map(|link| clusters(&link.edge)).collect();
        Found { twins, edges, cluster_of, links, events: None }
    }

    /// The cluster or event of each article. Where there are no events, each report is an event of its own.
    pub(super) fn partition(&self, partition: Partition) -> &[u32] {
        match (partition, self.events) {
            (Partition::Events, Some(events)) => &events.event_of,
            _ => &self.cluster_of,
        }
    }

    /// Whether two articles are in one event, where there are events.
    pub(super) fn in_one_event(&self, a: u32, b: u32) -> Option<bool> {
        self.events.map(|events| events.event_of[a as usize] == events.event_of[b as usize])
    }

    /// The probability that the reports of two articles are of one event; `None` where the run has no event edge between them,
    /// and for two copies of one report.
    pub(super) fn event_score(&self, a: u32, b: u32) -> Option<f64> {
        let edges = &self.events?.edges;
        let key = ordered(self.cluster_of[a as usize], self.cluster_of[b as usize]);
        edges.binary_search_by_key(&key, |edge| (edge.a, edge.b)).ok().map(|place| edges[place].score)
    }

    /// What was found of two articles, with the numbers of their edge where there is one.
    pub(super) fn relation(&self, a: u32, b: u32) -> (Relation, Option<Comparison>) {
        let (first_a, first_b) = (self.twins[a as usize], self.twins[b as usize]);
        if first_a == first_b {
            return (Relation::Edge(Kind::Identical), Some(SAME));
        }
        let key = ordered(first_a, first_b);
        if let Ok(place) = self.edges.binary_search_by_key(&key, |edge| (edge.a, edge.b)) {
            let edge = &self.edges[place];
            return (Relation::Edge(edge.kind), Some(edge.comparison));
        }
        let clusters = ordered(self.cluster_of[a as usize], self.cluster_of[b as usize]);
        let relation = if clusters.0 == clusters.1 {
            Relation::SameCluster
        } else if self.links.contains(&clusters) {
            Relation::Linked
        } else {
            Relation::None
        };
        (relation, None)
    }
}

/// The position of an article by its id; records stand in order of id.
pub(super) fn position(records: &[Record], id: &str) -> Option<u32> {
    records.binary_search_by(|record| record.id.as_str().cmp(id)).ok().map(|place| place as u32)
}

pub(super) fn ordered(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Standing, cluster};
    use crate::settings::Canonical;

    fn edge(a: u32, b: u32, kind: Kind) -> Edge {
        let comparison = Comparison { similarity: 0.8, containment: 0.9, coverage: 0.9, coverage_longer: 0.85 };
        Edge { a, b, comparison, kind }
    }

    #[test]
    fn each_relation_is_told_and_twins_have_the_edges_of_the_first() {
        // 1 is a twin of 0; 0-2 and 0-3 are copies; 3-4 is an excerpt; 5 is alone.
        let twins = [0, 0, 2, 3, 4, 5];
        let edges = [edge(0, 2, Kind::Copy), edge(0, 3, Kind::Copy), edge(3, 4, Kind::Excerpt)];
        let clustering = cluster(&twins, &edges, &[Standing::default(); 6], Canonical::Earliest);
        let found = Found::new(&twins, &edges, &clustering);
        let relation = |a, b| found.relation(a, b).0.name();
        assert_eq!([relation(0, 1), relation(1, 2), relation(3, 4)], ["identical", "copy", "excerpt"]);
        assert_eq!([relation(2, 3), relation(4, 1), relation(5, 0)], ["same_cluster", "linked", "none"]);
        assert_eq!(found.relation(4, 3), found.relation(3, 4));
        assert_eq!(found.relation(0, 1).1.map(|numbers| numbers.coverage), Some(1.0));
        assert_eq!(found.relation(2, 3).1, None);
    }

    #[test]
    fn relations_are_written_by_their_names() {
        for relation in Relation::ALL {
            assert_eq!(serde_json::to_value(relation).unwrap(), relation.name());
        }
    }
}
