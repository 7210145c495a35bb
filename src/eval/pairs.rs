//! Labelled pairs and what was found of them in, confusion and rates out.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::audit::Share;
use crate::pipeline::Record;
use crate::read::ReadError;
use crate::verify::{Comparison, Kind, Rules};

use super::found::{Found, Relation, position};
use super::truth::{Label, LabelledPair};
use super::{Named, Readings};

/// How the labelled pairs were found. A pair is found by an edge of its own; that two articles ended up in one cluster by
/// way of a third does not count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairScores {
    /// How many labelled pairs have both articles in the input.
    pub pairs: usize,
    /// How many have not, and are in none of these numbers.
    pub missing: usize,
    /// What was found of the pairs of each label that has any.
    pub confusion: Vec<ConfusionRow>,
    /// Of the pairs labelled identical or copy, those found as identical, copy or excerpt.
    pub copies_found: Share,
    /// The same of those labelled excerpt.
    pub excerpts_found: Share,
    /// Of the pairs found as identical, copy or excerpt, those that are labelled one of the three.
    pub precision: Share,
    /// How often the kind is the label's.
    pub exact_kind: ExactKind,
    /// The worst errors, worst first.
    pub errors: Vec<PairError>,
}

/// One label's pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConfusionRow {
    /// The label.
    pub label: Label,
    /// How many pairs have it.
    pub pairs: u64,
    /// How many were found as what, in the order of [`Relation::ALL`].
    pub found_as: [u64; Relation::ALL.len()],
    /// Those found as identical, copy or excerpt.
    pub found: Share,
    /// Those in one event, where the run has events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_one_event: Option<Share>,
}

/// How often what was found is exactly what the label says. A pair labelled same_event, related or different is right
/// where it has no edge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExactKind {
    /// Among all pairs.
    pub all: Share,
    /// ... of high confidence.
    pub all_high: Share,
    /// Among the pairs labelled identical, copy, excerpt or template: what has a kind at all.
    pub of_kind: Share,
    /// ... of high confidence.
    pub of_kind_high: Share,
    /// Among the pairs that have an edge.
    pub with_edge: Share,
    /// ... of high confidence.
    pub with_edge_high: Share,
}

/// How much harm a wrong answer does, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// Found as identical or copy, and is neither of these nor an excerpt: two stories in one cluster.
    FalseCopy,
    /// Identical or copy, and not found as these or an excerpt.
    MissedCopy,
    /// Found as an excerpt, and has too little in common.
    FalseExcerpt,
    /// An excerpt that was not found.
    MissedExcerpt,
    /// Found, or rightly not found, but of another kind.
    WrongKind,
}

impl Harm {
    /// The words for it in every output.
    pub fn name(self) -> &'static str {
        match self {
            Harm::FalseCopy => "false copy",
            Harm::MissedCopy => "missed copy",
            Harm::FalseExcerpt => "false excerpt",
            Harm::MissedExcerpt => "missed excerpt",
            Harm::WrongKind => "wrong kind",
        }
    }

    fn of(label: Label, relation: Relation) -> Option<Harm> {
        if label.kind() == relation.kind() {
            return None;
        }
        let copied = label.is_copied();
        Some(match (relation.is_found(), copied) {
            (true, false) if relation.kind().is_some_and(Kind::is_copy) => Harm::FalseCopy,
            (true, false) => Harm::FalseExcerpt,
            (false, true) if label == Label::Excerpt => Harm::MissedExcerpt,
            (false, true) => Harm::MissedCopy,
            (true, true) | (false, false) => Harm::WrongKind,
        })
    }
}

/// A labelled pair that was answered wrongly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairError {
    /// What went wrong.
    pub harm: Harm,
    /// One article.
    pub a: Named,
    /// The other.
    pub b: Named,
    /// What the reader said.
    pub label: Label,
    /// How sure the reader was.
    pub confidence: Option<String>,
    /// What the reader remarked.
    pub note: Option<String>,
    /// What was found.
    pub found: Relation,
    /// What exact comparison says of the two.
    pub comparison: Comparison,
    /// The kind that verification gives a pair which the search never proposed: the search is to blame, and not the rules.
    pub missed_by_search: Option<Kind>,
}

/// A labelled pair and what was found of it.
pub(super) struct Judged<'t> {
    pub(super) pair: &'t LabelledPair,
    pub(super) a: u32,
    pub(super) b: u32,
    relation: Relation,
    comparison: Option<Comparison>,
    in_one_event: Option<bool>,
}

/// Looks up every pair that has both articles in the input.
pub(super) fn judge<'t>(pairs: &'t [LabelledPair], records: &[Record], found: &Found<'_>) -> Vec<Judged<'t>> {
    let judged = |pair: &'t LabelledPair| {
        let (a, b) = (position(records, &pair.a)?, position(records, &pair.b)?);
        let (relation, comparison) = found.relation(a, b);
        Some(Judged { pair, a, b, relation, comparison, in_one_event: found.in_one_event(a, b) })
    };
    pairs.iter().filter_map(judged).collect()
}

impl PairScores {
    /// The scores of `judged`, of `labelled` pairs in all; without errors.
    pub(super) fn of(judged: &[Judged<'_>], labelled: usize) -> PairScores {
        let rows = Label::ALL.into_iter().map(|label| ConfusionRow::of(label, judged)).filter(|row| row.pairs > 0);
        let found = |judged: &&Judged<'_>| judged.relation.is_found();
        let copied = |judged: &&Judged<'_>| judged.pair.label.is_copied();
        PairScores {
            pairs: judged.len(),
            missing: labelled - judged.len(),
            confusion: rows.collect(),
            copies_found: share(judged, |one| copied(one) && one.pair.label != Label::Excerpt, found),
            excerpts_found: share(judged, |one| one.pair.label == Label::Excerpt, found),
            precision: share(judged, found, copied),
            exact_kind: ExactKind::of(judged),
            errors: Vec::new(),
        }
    }
}

impl ConfusionRow {
    fn of(label: Label, judged: &[Judged<'_>]) -> ConfusionRow {
        let of_label = || judged.iter().filter(|judged| judged.pair.label == label);
        let as_relation = |relation| of_label().filter(|judged| judged.relation == relation).count() as u64;
        ConfusionRow {
            label,
            pairs: of_label().count() as u64,
            found_as: Relation::ALL.map(as_relation),
            found: share(judged, |one| one.pair.label == label, |one| one.relation.is_found()),
            in_one_event: judged
                .iter()
                .any(|one| one.in_one_event.is_some())
                .then(|| share(judged, |one| one.pair.label == label, |one| one.in_one_event == Some(true))),
        }
    }
}

impl ExactKind {
    fn of(judged: &[Judged<'_>]) -> ExactKind {
        let right = |one: &&Judged<'_>| one.pair.label.kind() == one.relation.kind();
        let high = |one: &&Judged<'_>| one.pair.confidence.as_deref() == Some("high");
        let of_kind = |one: &&Judged<'_>| one.pair.label.kind().is_some();
        let with_edge = |one: &&Judged<'_>| one.relation.kind().is_some();
        ExactKind {
            all: share(judged, |_| true, right),
            all_high: share(judged, high, right),
            of_kind: share(judged, of_kind, right),
            of_kind_high: share(judged, |one| high(one) && of_kind(one), right),
            with_edge: share(judged, with_edge, right),
            with_edge_high: share(judged, |one| high(one) && with_edge(one), right),
        }
    }
}

/// Of those that are `among`, the share that `holds`.
fn share<'t>(
    judged: &'t [Judged<'t>],
    among: impl Fn(&&'t Judged<'t>) -> bool,
    holds: impl Fn(&&'t Judged<'t>) -> bool,
) -> Share {
    let among: Vec<&Judged<'_>> = judged.iter().filter(among).collect();
    Share::new(among.iter().filter(|one| holds(one)).count() as u64, among.len() as u64)
}

/// The worst errors: the most harm first, then what the reader was sure of, then what the numbers speak for most.
pub(super) fn worst(
    judged: &[Judged<'_>],
    readings: &Readings<'_>,
    rules: &Rules,
    most: usize,
) -> Result<Vec<PairError>, ReadError> {
    let wrong: Vec<(&Judged<'_>, Harm)> =
        judged.iter().filter_map(|one| Some((one, Harm::of(one.pair.label, one.relation)?))).collect();
    let unknown = wrong.iter().filter(|(one, _)| one.comparison.is_none());
    let articles: BTreeSet<u32> = unknown.flat_map(|(one, _)| [one.a, one.b]).collect();
    let compared = readings.of(&articles)?;
    let mut errors: Vec<PairError> = wrong
        .into_iter()
        .map(|(one, harm)| {
            let comparison = one.comparison.unwrap_or_else(|| compared.compare(one.a, one.b, rules));
            let missed_by_search = if one.comparison.is_some() { None } else { compared.verify(one.a, one.b, rules) };
            PairError {
                harm,
                a: readings.named(one.a),
                b: readings.named(one.b),
                label: one.pair.label,
                confidence: one.pair.confidence.clone(),
                note: one.pair.note.clone().filter(|note| !note.is_empty()),
                found: one.relation,
                comparison,
                missed_by_search,
            }
        })
        .collect();
    errors.sort_by(|one, other| {
        let sure = |error: &PairError| error.confidence.as_deref() == Some("low");
        let wrong_way = |error: &PairError| {
            let value = rules.value(&error.comparison);
            if matches!(error.harm, Harm::FalseCopy | Harm::FalseExcerpt) { -value } else { value }
        };
        (one.harm, sure(one))
            .cmp(&(other.harm, sure(other)))
            .then(wrong_way(one).total_cmp(&wrong_way(other)))
            .then_with(|| (&one.a.id, &one.b.id).cmp(&(&other.a.id, &other.b.id)))
    });
    errors.truncate(most);
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(label: Label, confidence: &str) -> LabelledPair {
        let confidence = Some(confidence.to_owned());
        LabelledPair { a: "a".into(), b: "b".into(), label, confidence, note: None }
    }

    fn judged<'t>(pair: &'t LabelledPair, relation: Relation) -> Judged<'t> {
        Judged { pair, a: 0, b: 1, relation, comparison: None, in_one_event: None }
    }

    #[test]
    fn found_precision_and_exact_kind_are_what_they_say() {
        let identical = pair(Label::Identical, "high");
        let copy = pair(Label::Copy, "low");
        let excerpt = pair(Label::Excerpt, "high");
        let template = pair(Label::Template, "high");
        let related = pair(Label::Related, "high");
        let all = [
            judged(&identical, Relation::Edge(Kind::Identical)),
            judged(&identical, Relation::Edge(Kind::Copy)),
            judged(&copy, Relation::SameCluster),
            judged(&excerpt, Relation::Edge(Kind::Excerpt)),
            judged(&template, Relation::Edge(Kind::Template)),
            judged(&template, Relation::Edge(Kind::Copy)),
            judged(&related, Relation::Linked),
        ];
        let scores = PairScores::of(&all, 9);
        assert_eq!((scores.pairs, scores.missing), (7, 2));
        let counts = |share: Share| (share.count, share.of);
        assert_eq!(counts(scores.copies_found), (2, 3), "one cluster is not an edge");
        assert_eq!(counts(scores.excerpts_found), (1, 1));
        assert_eq!(counts(scores.precision), (3, 4), "a template that is found as such is not among them");
        assert_eq!(counts(scores.exact_kind.all), (4, 7));
        assert_eq!(counts(scores.exact_kind.all_high), (4, 6));
        assert_eq!(counts(scores.exact_kind.of_kind), (3, 6));
        assert_eq!(counts(scores.exact_kind.of_kind_high), (3, 5));
        assert_eq!(counts(scores.exact_kind.with_edge), (3, 5));
        let rows: Vec<(Label, u64)> = scores.confusion.iter().map(|row| (row.label, row.pairs)).collect();
        let labels = [Label::Identical, Label::Copy, Label::Excerpt, Label::Template, Label::Related];
        assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), labels, "labels that no pair has are left out");
        assert_eq!(scores.confusion[0].found_as, [1, 1, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn the_worst_harm_is_to_put_two_stories_into_one_cluster() {
        let edge = Relation::Edge;
        assert_eq!(Harm::of(Label::Template, edge(Kind::Copy)), Some(Harm::FalseCopy));
        assert_eq!(Harm::of(Label::Copy, edge(Kind::Template)), Some(Harm::MissedCopy));
        assert_eq!(Harm::of(Label::Copy, Relation::SameCluster), Some(Harm::MissedCopy));
        assert_eq!(Harm::of(Label::Related, edge(Kind::Excerpt)), Some(Harm::FalseExcerpt));
        assert_eq!(Harm::of(Label::Excerpt, Relation::None), Some(Harm::MissedExcerpt));
        assert_eq!(Harm::of(Label::Excerpt, edge(Kind::Copy)), Some(Harm::WrongKind));
        assert_eq!(Harm::of(Label::Template, Relation::None), Some(Harm::WrongKind));
        assert_eq!(Harm::of(Label::Related, Relation::Linked), None);
        assert_eq!(Harm::of(Label::Copy, edge(Kind::Copy)), None);
        assert!(Harm::FalseCopy < Harm::MissedCopy && Harm::MissedCopy < Harm::WrongKind);
    }
}
