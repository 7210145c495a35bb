//! Two partitions of the same articles in, numbers that say how well they agree out.
//!
//! A partition is a slice of labels, one an article: articles with equal labels are together. What a label is called
//! does not matter. The two slices are of one length, and all measures are symmetric in the order of the articles.
//!
//! Every number is computed from the contingency table in O(n log n); the tests compare each with its definition,
//! article by article and pair by pair.
//!
//! Conventions for what would be a division by zero, the same as those of scikit-learn: without a pair that could be
//! wrong nothing is wrong, and the value is 1.

use serde::Serialize;

/// Precision, recall and their harmonic mean, each 0.0..=1.0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionRecall {
    /// The share of what was put together that belongs together.
    pub precision: f64,
    /// The share of what belongs together that was put together.
    pub recall: f64,
    /// `2 precision recall / (precision + recall)`; 0 where both are 0.
    pub f1: f64,
}

impl PrecisionRecall {
    fn new(precision: f64, recall: f64) -> PrecisionRecall {
        PrecisionRecall { precision, recall, f1: harmonic_mean(precision, recall) }
    }
}

/// How well two partitions agree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// How many articles were compared.
    pub articles: usize,
    /// How many clusters were found, singletons included.
    pub found_clusters: usize,
    /// How many there are in truth, singletons included.
    pub true_clusters: usize,
    /// See [`bcubed`].
    pub bcubed: PrecisionRecall,
    /// See [`pairs`].
    pub pairs: PrecisionRecall,
    /// See [`adjusted_rand`].
    pub adjusted_rand: f64,
    /// See [`v_measure`].
    pub v_measure: VMeasure,
}

/// All measures at once; `None` where there is no article.
///
/// # Panics
/// If the slices differ in length. So for every function here.
pub fn scores(found: &[u32], truth: &[u32]) -> Option<Scores> {
    if found.is_empty() {
        return None;
    }
    let table = Contingency::of(found, truth);
    Some(Scores {
        articles: found.len(),
        found_clusters: table.found.len(),
        true_clusters: table.truth.len(),
        bcubed: mean(&bcubed_each(found, truth)),
        pairs: table.pairs(),
        adjusted_rand: table.adjusted_rand(),
        v_measure: table.v_measure(),
    })
}

/// B-cubed: an article's precision is the share of its found cluster that has its label, itself included; its recall the
/// share of its label that is in its found cluster; both are averaged over all articles. Unlike pair counts, this does not
/// let one large cluster decide.
///
/// Sources: Bagga and Baldwin, Algorithms for Scoring Coreference Chains, 1998; Amigó, Gonzalo, Artiles, Verdejo, A
/// comparison of extrinsic clustering evaluation metrics, 2009, section 4. No articles at all score 1.
///
/// ```
/// // The example of Bagga and Baldwin: twelve mentions, of which the answer merges the two last chains.
/// let truth = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
/// let found = [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2];
/// let score = wirecopy::eval::metrics::bcubed(&found, &truth);
/// assert_eq!((format!("{:.2}", score.precision), score.recall), ("0.76".into(), 1.0));
/// ```
pub fn bcubed(found: &[u32], truth: &[u32]) -> PrecisionRecall {
    mean(&bcubed_each(found, truth))
}

/// The B-cubed precision and recall of each article, in their order: what [`bcubed`] is the mean of.
pub fn bcubed_each(found: &[u32], truth: &[u32]) -> Vec<(f64, f64)> {
    let table = Contingency::of(found, truth);
    let size = |sizes: &[(u32, u64)], label: u32| {
        // Each label was counted from the same slice.
        sizes.binary_search_by_key(&label, |&(label, _)| label).map_or(1, |place| sizes[place].1) as f64
    };
    let one = |(&found, &truth): (&u32, &u32)| {
        let cell = table.cells.binary_search_by_key(&(found, truth), |&(key, _)| key);
        let together = cell.map_or(1, |place| table.cells[place].1) as f64;
        (together / size(&table.found, found), together / size(&table.truth, truth))
    };
    found.iter().zip(truth).map(one).collect()
}

/// The mean of some articles' B-cubed precision and recall; 1 where there is none.
pub fn mean(each: &[(f64, f64)]) -> PrecisionRecall {
    if each.is_empty() {
        return PrecisionRecall::new(1.0, 1.0);
    }
    let sum = each.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    PrecisionRecall::new(sum.0 / each.len() as f64, sum.1 / each.len() as f64)
}

/// Pairs of articles: precision is the share of the pairs in one found cluster that have one label, recall the share of the
/// pairs of one label that are in one found cluster. Source: Amigó et al. 2009, section 3.2.
///
/// ```
/// let score = wirecopy::eval::metrics::pairs(&[0, 0, 0, 1], &[5, 5, 6, 6]);
/// assert_eq!((score.precision, score.recall), (1.0 / 3.0, 1.0 / 2.0));
/// ```
pub fn pairs(found: &[u32], truth: &[u32]) -> PrecisionRecall {
    Contingency::of(found, truth).pairs()
}

/// The adjusted Rand index: pairs treated alike by both partitions, corrected so that chance scores 0 on average and
/// agreement 1; -0.5..=1.0. Source: Hubert and Arabie, Comparing Partitions, 1985, equation 5.
///
/// ```
/// let index = wirecopy::eval::metrics::adjusted_rand(&[0, 0, 1, 1], &[0, 0, 1, 2]);
/// assert_eq!(format!("{index:.2}"), "0.57");
/// ```
pub fn adjusted_rand(found: &[u32], truth: &[u32]) -> f64 {
    Contingency::of(found, truth).adjusted_rand()
}

/// Homogeneity, completeness and their harmonic mean, each 0.0..=1.0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VMeasure {
    /// 1 less the share of the labels' entropy that remains when the found cluster is known.
    pub homogeneity: f64,
    /// 1 less the share of the clusters' entropy that remains when the label is known.
    pub completeness: f64,
    /// The harmonic mean of the two; 0 where both are 0.
    pub v: f64,
}

/// V-measure, with beta 1. Source: Rosenberg and Hirschberg, V-Measure, EMNLP 2007, section 2.
///
/// ```
/// let score = wirecopy::eval::metrics::v_measure(&[0, 0, 1, 2], &[0, 0, 1, 1]);
/// assert_eq!((score.homogeneity, format!("{:.2}", score.v)), (1.0, "0.80".into()));
/// ```
pub fn v_measure(found: &[u32], truth: &[u32]) -> VMeasure {
    Contingency::of(found, truth).v_measure()
}

/// How many articles each found cluster has of each label.
struct Contingency {
    /// `((found, truth), articles)`, rising; no cell is empty.
    cells: Vec<((u32, u32), u64)>,
    /// Sizes of the found clusters, rising by label.
    found: Vec<(u32, u64)>,
    /// Sizes of the true ones.
    truth: Vec<(u32, u64)>,
    articles: u64,
}

impl Contingency {
    fn of(found: &[u32], truth: &[u32]) -> Contingency {
        assert_eq!(found.len(), truth.len(), "two partitions of the same articles");
        Contingency {
            cells: counted(found.iter().copied().zip(truth.iter().copied()).collect()),
            found: counted(found.to_vec()),
            truth: counted(truth.to_vec()),
            articles: found.len() as u64,
        }
    }

    /// Pairs together in both, in the found partition, in the true one, and all pairs.
    fn pair_counts(&self) -> [u128; 4] {
        let together = |sizes: &[(u32, u64)]| sizes.iter().map(|&(_, articles)| pairs_of(articles)).sum();
        let in_both = self.cells.iter().map(|&(_, articles)| pairs_of(articles)).sum();
        [in_both, together(&self.found), together(&self.truth), pairs_of(self.articles)]
    }

    fn pairs(&self) -> PrecisionRecall {
        let [in_both, in_found, in_truth, _] = self.pair_counts();
        let share = |of: u128| if of == 0 { 1.0 } else { in_both as f64 / of as f64 };
        PrecisionRecall::new(share(in_found), share(in_truth))
    }

    fn adjusted_rand(&self) -> f64 {
        let [in_both, in_found, in_truth, all] = self.pair_counts().map(|pairs| pairs as f64);
        let expected = if all == 0.0 { 0.0 } else { in_found * in_truth / all };
        let most = (in_found + in_truth) / 2.0;
        // Both are all singletons, or both one cluster: they agree, though chance would have agreed as well.
        if most == expected { 1.0 } else { (in_both - expected) / (most - expected) }
    }

    fn v_measure(&self) -> VMeasure {
        let articles = self.articles as f64;
        let entropy = |sizes: &[(u32, u64)]| -> f64 {
            sizes.iter().map(|&(_, size)| size as f64 / articles).map(|share| -share * share.ln()).sum()
        };
        let joint: f64 =
            self.cells.iter().map(|&(_, size)| size as f64 / articles).map(|share| -share * share.ln()).sum();
        let (of_found, of_truth) = (entropy(&self.found), entropy(&self.truth));
        // H(X | Y) = H(X, Y) - H(Y); rounding may push the quotient a hair past its range.
        let known = |of: f64, given: f64| if of == 0.0 { 1.0 } else { (1.0 - (joint - given) / of).clamp(0.0, 1.0) };
        let homogeneity = if self.cells.len() == self.found.len() { 1.0 } else { known(of_truth, of_found) };
        let completeness = if self.cells.len() == self.truth.len() { 1.0 } else { known(of_found, of_truth) };
        VMeasure { homogeneity, completeness, v: harmonic_mean(homogeneity, completeness) }
    }
}

/// Each different item with how often it stands there, in rising order.
fn counted<T: Ord + Copy>(mut items: Vec<T>) -> Vec<(T, u64)> {
    items.sort_unstable();
    items.chunk_by(|a, b| a == b).map(|group| (group[0], group.len() as u64)).collect()
}

fn pairs_of(articles: u64) -> u128 {
    let articles = u128::from(articles);
    articles * articles.saturating_sub(1) / 2
}

fn harmonic_mean(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// B-cubed by its definition, article by article.
    fn bcubed_by_definition(found: &[u32], truth: &[u32]) -> (f64, f64) {
        let share = |own: &[u32], other: &[u32]| -> f64 {
            let of_one = |i: usize| {
                let cluster: Vec<usize> = (0..own.len()).filter(|&j| own[j] == own[i]).collect();
                cluster.iter().filter(|&&j| other[j] == other[i]).count() as f64 / cluster.len() as f64
            };
            (0..own.len()).map(of_one).sum::<f64>() / own.len() as f64
        };
        (share(found, truth), share(truth, found))
    }

    /// Pairs together in both, in found alone, in truth alone, in neither.
    fn pairs_by_definition(found: &[u32], truth: &[u32]) -> [f64; 4] {
        let mut counts = [0.0; 4];
        for i in 0..found.len() {
            for j in 0..i {
                let kind = usize::from(truth[i] != truth[j]) + 2 * usize::from(found[i] != found[j]);
                counts[kind] += 1.0;
            }
        }
        counts
    }

    /// Mutual information over its mean with itself, from probabilities: the V-measure is this number (Becker 2011, 7.1).
    fn normalized_mutual_information(found: &[u32], truth: &[u32]) -> f64 {
        let n = found.len() as f64;
        let information = |a: &[u32], b: &[u32]| -> f64 {
            let probability = |holds: &dyn Fn(usize) -> bool| (0..a.len()).filter(|&i| holds(i)).count() as f64 / n;
            // The sum over articles of log(p(x, y) / p(x) p(y)) / n.
            let of_one = |i: usize| {
                let both = probability(&|j| a[j] == a[i] && b[j] == b[i]);
                (both / (probability(&|j| a[j] == a[i]) * probability(&|j| b[j] == b[i]))).ln() / n
            };
            (0..a.len()).map(of_one).sum()
        };
        let own = information(found, found) + information(truth, truth);
        if own < 1e-12 { 1.0 } else { 2.0 * information(found, truth) / own }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    fn partitions() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
        prop::collection::vec((0u32..6, 0u32..6), 1..40).prop_map(|labels| labels.into_iter().unzip())
    }

    #[test]
    fn no_article_has_no_score_and_one_scores_one() {
        assert_eq!(scores(&[], &[]), None);
        let one = scores(&[3], &[9]).unwrap();
        assert_eq!((one.bcubed.f1, one.pairs.f1, one.adjusted_rand, one.v_measure.v), (1.0, 1.0, 1.0, 1.0));
    }

    #[test]
    fn all_in_one_cluster_has_recall_one_and_tells_nothing() {
        let scores = scores(&[7; 4], &[0, 0, 1, 1]).unwrap();
        assert_eq!((scores.bcubed.precision, scores.bcubed.recall), (0.5, 1.0));
        assert_eq!((scores.pairs.precision, scores.pairs.recall), (2.0 / 6.0, 1.0));
        assert_eq!(
            (scores.adjusted_rand, scores.v_measure.homogeneity, scores.v_measure.completeness),
            (0.0, 0.0, 1.0)
        );
    }

    #[test]
    fn all_alone_has_precision_one() {
        let scores = scores(&[1, 2, 3, 4], &[0, 0, 1, 1]).unwrap();
        assert_eq!((scores.bcubed.precision, scores.bcubed.recall), (1.0, 0.5));
        assert_eq!((scores.pairs.precision, scores.pairs.recall, scores.pairs.f1), (1.0, 0.0, 0.0));
        assert_eq!(
            (scores.adjusted_rand, scores.v_measure.homogeneity, scores.v_measure.completeness),
            (0.0, 1.0, 0.5)
        );
    }

    #[test]
    fn the_second_example_of_bagga_and_baldwin() {
        let truth = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
        let found = [1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1];
        let score = bcubed(&found, &truth);
        assert!(close(score.precision, 7.0 / 12.0) && close(score.recall, 1.0), "{score:?}");
    }

    #[test]
    fn ten_million_articles_in_one_cluster_do_not_overflow() {
        let table = Contingency {
            cells: vec![((0, 0), 5_000_000_000), ((0, 1), 5_000_000_000)],
            found: vec![(0, 10_000_000_000)],
            truth: vec![(0, 5_000_000_000), (1, 5_000_000_000)],
            articles: 10_000_000_000,
        };
        assert!(close(table.pairs().precision, 0.5));
        assert!(table.adjusted_rand().abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn every_measure_equals_its_definition((found, truth) in partitions()) {
            let scores = scores(&found, &truth).unwrap();
            let (precision, recall) = bcubed_by_definition(&found, &truth);
            prop_assert!(close(scores.bcubed.precision, precision) && close(scores.bcubed.recall, recall));

            let [both, found_alone, truth_alone, neither] = pairs_by_definition(&found, &truth);
            let share = |wrong: f64| if both + wrong == 0.0 { 1.0 } else { both / (both + wrong) };
            prop_assert!(close(scores.pairs.precision, share(found_alone)));
            prop_assert!(close(scores.pairs.recall, share(truth_alone)));

            // The form of Steinley 2004, which has no division by the number of all pairs.
            let chance = (both + truth_alone) * (truth_alone + neither) + (both + found_alone) * (found_alone + neither);
            let agreement = 2.0 * (both * neither - truth_alone * found_alone);
            let index = if chance == 0.0 { 1.0 } else { agreement / chance };
            prop_assert!(close(scores.adjusted_rand, index), "{} {index}", scores.adjusted_rand);

            let information = normalized_mutual_information(&found, &truth);
            prop_assert!(close(scores.v_measure.v, information), "{:?} {information}", scores.v_measure);
        }

        #[test]
        fn the_other_way_round_precision_is_recall_and_homogeneity_completeness((found, truth) in partitions()) {
            let (one, other) = (scores(&found, &truth).unwrap(), scores(&truth, &found).unwrap());
            prop_assert!(close(one.bcubed.precision, other.bcubed.recall));
            prop_assert!(close(one.pairs.precision, other.pairs.recall));
            prop_assert!(close(one.adjusted_rand, other.adjusted_rand));
            prop_assert!(close(one.v_measure.homogeneity, other.v_measure.completeness));
        }

        #[test]
        fn names_of_labels_do_not_matter_and_agreement_scores_one((found, _) in partitions()) {
            let renamed: Vec<u32> = found.iter().map(|label| 1000 - label * 7).collect();
            let scores = scores(&renamed, &found).unwrap();
            let all = [scores.bcubed.f1, scores.pairs.f1, scores.adjusted_rand, scores.v_measure.v];
            prop_assert!(all.iter().all(|&value| close(value, 1.0)), "{all:?}");
        }
    }
}
