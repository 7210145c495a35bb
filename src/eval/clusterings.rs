//! A clustering of all articles and labels of some in, scores and the worst errors out.
//!
//! The numbers don't depend on whether copies or events were clustered: a clustering is a label an article. Errors are shown
//! with what was compared: of copies the wording, of events the probability of the pair.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::read::ReadError;
use crate::verify::{Comparison, Rules};

use super::found::{Found, Relation};
use super::metrics::{PrecisionRecall, Scores, bcubed_each, mean, scores};
use super::{Named, Readings};

/// Where labels of articles come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `cluster` of the records or of a truth file: articles without one are unlabelled.
    Clusters,
    /// `family` of a truth file: articles without one are alone in truth.
    Families,
}

impl Source {
    /// The word for it in every output.
    pub fn name(self) -> &'static str {
        match self {
            Source::Clusters => "clusters",
            Source::Families => "families",
        }
    }
}

/// What of a run labels are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Partition {
    /// Its events.
    Events,
    /// Its copy clusters.
    CopyClusters,
}

impl Partition {
    /// What these labels speak of: of events, where the run has any, unless they are families of copies.
    pub(super) fn scored_by(source: Source, has_events: bool) -> Partition {
        match source {
            Source::Clusters if has_events => Partition::Events,
            Source::Clusters | Source::Families => Partition::CopyClusters,
        }
    }
}

/// The labels of all articles of a run, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// Where they come from.
    pub source: Source,
    /// What each label is called, in the order of the numbers that `of_article` uses.
    names: Vec<String>,
    /// The label of each article; `None` where nothing is known of it.
    of_article: Vec<Option<u32>>,
    /// Whether a file or record names the article, and not only convention.
    named: Vec<bool>,
    /// How many articles have a label and are not in the input.
    missing: usize,
}

impl Labels {
    /// Articles with what they are called, by position. Those of `families` that have no name are each alone.
    pub(super) fn new(source: Source, called: &[Option<&str>], missing: usize) -> Labels {
        let mut numbers: BTreeMap<&str, u32> = called.iter().flatten().map(|&name| (name, 0)).collect();
        for (number, known) in (0..).zip(numbers.values_mut()) {
            *known = number;
        }
        let mut next = numbers.len() as u32;
        let mut of_one = |name: &Option<&str>| match (name, source) {
            (Some(name), _) => numbers.get(name).copied(),
            (None, Source::Clusters) => None,
            (None, Source::Families) => {
                next += 1;
                Some(next - 1)
            }
        };
        Labels {
            source,
            of_article: called.iter().map(&mut of_one).collect(),
            named: called.iter().map(Option::is_some).collect(),
            names: numbers.into_keys().map(str::to_owned).collect(),
            missing,
        }
    }

    fn name(&self, label: u32) -> Option<String> {
        self.names.get(label as usize).cloned()
    }

    /// Whether any article of the input is named.
    pub(super) fn any(&self) -> bool {
        self.named.contains(&true)
    }
}

/// How a clustering agrees with labels.
///
/// Articles without a label take part in the clustering and in no number: each number is that of the two partitions of
/// the labelled articles alone. So an unlabelled article in a cluster neither helps nor harms, and B-cubed precision is the
/// share of an article's *labelled* fellows, itself included, that have its label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusteringScores {
    /// Where the labels come from.
    pub truth: Source,
    /// What was scored.
    pub scored: Partition,
    /// The numbers.
    pub scores: Scores,
    /// How many articles of the input have no label.
    pub unlabelled: usize,
    /// How many labelled articles are not in the input.
    pub missing: usize,
    /// For families: B-cubed averaged over the planted articles alone, whose clusters still count every article. In a corpus
    /// that is mostly singletons the plain mean is near 1 whatever happens.
    pub planted: Option<PrecisionRecall>,
    /// What was put together wrongly, worst first.
    pub wrongly_together: Vec<ClusteringError>,
    /// What was left apart wrongly, worst first.
    pub wrongly_apart: Vec<ClusteringError>,
}

/// A part of a cluster that does not belong with the largest part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusteringError {
    /// What the part costs in B-cubed, summed over its articles: `articles (1 - articles / cluster_articles)`.
    pub loss: f64,
    /// How many labelled articles the part has.
    pub articles: usize,
    /// How many the whole has: the found cluster where it is wrongly together, the true one where wrongly apart.
    pub cluster_articles: usize,
    /// The first article of the largest part.
    pub a: Named,
    /// The first article of this part.
    pub b: Named,
    /// The label of `a`; `None` where it is alone in truth.
    pub label_a: Option<String>,
    /// The label of `b`.
    pub label_b: Option<String>,
    /// What was found of these two.
    pub found: Relation,
    /// What exact comparison says of these two, where copy clusters are scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The probability that these two report one event, where events are scored and it reaches the threshold
    /// or the two are in one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_score: Option<f64>,
}

/// Scores a clustering, `cluster_of` each article by position, by labels. `None` where no article has a label.
pub fn score(scored: Partition, cluster_of: &[u32], labels: &Labels) -> Option<ClusteringScores> {
    let labelled = Labelled::of(cluster_of, labels);
    let scores = scores(&labelled.found, &labelled.truth)?;
    let planted = (labels.source == Source::Families).then(|| {
        let each = bcubed_each(&labelled.found, &labelled.truth);
        let planted: Vec<(f64, f64)> =
            each.into_iter().zip(&labels.named).filter(|&(_, &named)| named).map(|(one, _)| one).collect();
        mean(&planted)
    });
    Some(ClusteringScores {
        truth: labels.source,
        scored,
        scores,
        unlabelled: cluster_of.len() - labelled.articles.len(),
        missing: labels.missing,
        planted,
        wrongly_together: Vec::new(),
        wrongly_apart: Vec::new(),
    })
}

/// The labelled articles alone, in order of position.
struct Labelled {
    articles: Vec<u32>,
    found: Vec<u32>,
    truth: Vec<u32>,
}

impl Labelled {
    fn of(cluster_of: &[u32], labels: &Labels) -> Labelled {
        let mut labelled = Labelled { articles: Vec::new(), found: Vec::new(), truth: Vec::new() };
        for ((article, &cluster), label) in (0..).zip(cluster_of).zip(&labels.of_article) {
            if let &Some(label) = label {
                labelled.articles.push(article);
                labelled.found.push(cluster);
                labelled.truth.push(label);
            }
        }
        labelled
    }
}

/// A part that is in the wrong place, before its articles are read.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Misplaced {
    loss: f64,
    articles: usize,
    cluster_articles: usize,
    /// The first article of the largest part, and of this one.
    a: u32,
    b: u32,
}

/// Groups articles by `whole`, and within it by `part`: every part but the largest of each whole is misplaced. Worst first.
fn misplaced(articles: &[u32], whole: &[u32], part: &[u32]) -> Vec<Misplaced> {
    let mut placed: Vec<(u32, u32, u32)> =
        whole.iter().zip(part).zip(articles).map(|((&whole, &part), &article)| (whole, part, article)).collect();
    placed.sort_unstable();
    let mut misplaced = Vec::new();
    for whole in placed.chunk_by(|a, b| a.0 == b.0) {
        let mut parts: Vec<&[(u32, u32, u32)]> = whole.chunk_by(|a, b| a.1 == b.1).collect();
        parts.sort_by_key(|part| (std::cmp::Reverse(part.len()), part[0].2));
        let lost = |part: &&[(u32, u32, u32)]| Misplaced {
            loss: part.len() as f64 * (1.0 - part.len() as f64 / whole.len() as f64),
            articles: part.len(),
            cluster_articles: whole.len(),
            a: parts[0][0].2,
            b: part[0].2,
        };
        misplaced.extend(parts[1..].iter().map(lost));
    }
    misplaced.sort_by(|one, other| other.loss.total_cmp(&one.loss).then((one.a, one.b).cmp(&(other.a, other.b))));
    misplaced
}

/// Fills in the worst errors, `most` of each sort.
pub(super) fn add_worst(
    scores: &mut ClusteringScores,
    labels: &Labels,
    found: &Found<'_>,
    readings: &Readings<'_>,
    rules: &Rules,
    most: usize,
) -> Result<(), ReadError> {
    let labelled = Labelled::of(found.partition(scores.scored), labels);
    let mut together = misplaced(&labelled.articles, &labelled.found, &labelled.truth);
    let mut apart = misplaced(&labelled.articles, &labelled.truth, &labelled.found);
    together.truncate(most);
    apart.truncate(most);
    let of_copies = scores.scored == Partition::CopyClusters;
    let shown = together.iter().chain(&apart).filter(|_| of_copies);
    let compared = readings.of(&shown.flat_map(|one| [one.a, one.b]).collect())?;
    let name = |article: u32| labels.of_article[article as usize].and_then(|label| labels.name(label));
    let error = |one: Misplaced| ClusteringError {
        loss: one.loss,
        articles: one.articles,
        cluster_articles: one.cluster_articles,
        a: readings.named(one.a),
        b: readings.named(one.b),
        label_a: name(one.a),
        label_b: name(one.b),
        found: found.relation(one.a, one.b).0,
        comparison: of_copies.then(|| compared.compare(one.a, one.b, rules)),
        event_score: if of_copies { None } else { found.event_score(one.a, one.b) },
    };
    scores.wrongly_together = together.into_iter().map(error).collect();
    scores.wrongly_apart = apart.into_iter().map(error).collect();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlabelled_articles_are_in_the_clustering_and_in_no_number() {
        let labels = Labels::new(Source::Clusters, &[Some("x"), None, Some("x"), None, Some("y")], 3);
        let scored = score(Partition::CopyClusters, &[0, 0, 0, 0, 4], &labels).unwrap();
        assert_eq!((scored.scores.articles, scored.unlabelled, scored.missing), (3, 2, 3));
        assert_eq!((scored.scores.bcubed.f1, scored.planted), (1.0, None));
        assert_eq!(score(Partition::CopyClusters, &[0, 1], &Labels::new(Source::Clusters, &[None, None], 0)), None);
        assert_eq!(score(Partition::CopyClusters, &[], &Labels::new(Source::Families, &[], 0)), None);
    }

    #[test]
    fn who_is_in_no_family_is_alone_and_planted_articles_are_scored_apart() {
        let labels = Labels::new(Source::Families, &[Some("f"), Some("f"), None, None], 0);
        // One stranger was put to the family.
        let scored = score(Partition::CopyClusters, &[0, 0, 0, 3], &labels).unwrap();
        assert_eq!((scored.scores.articles, scored.scores.true_clusters), (4, 3));
        assert_eq!(scored.scores.bcubed.precision, (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0);
        let planted = scored.planted.unwrap();
        assert_eq!((planted.precision, planted.recall), (2.0 / 3.0, 1.0));
    }

    #[test]
    fn the_smaller_parts_are_misplaced_and_the_costliest_comes_first() {
        let articles: Vec<u32> = (0..10).collect();
        // One whole of 6 in parts of 3, 2, 1; one of 4 in parts of 2 and 2.
        let whole = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
        let part = [5, 5, 5, 6, 6, 7, 8, 8, 9, 9];
        let found: Vec<(u32, u32, usize, usize)> = misplaced(&articles, &whole, &part)
            .into_iter()
            .map(|one| (one.a, one.b, one.articles, one.cluster_articles))
            .collect();
        assert_eq!(found, [(0, 3, 2, 6), (6, 8, 2, 4), (0, 5, 1, 6)]);
        assert_eq!(misplaced(&articles, &whole, &whole), []);
    }
}
