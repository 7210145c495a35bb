//! Settings in, the numbers of the search out: how many bands of how many rows, how many sampled shingles must agree.

use crate::settings::{Measure, Settings};
use crate::sketch::MAX_SLOTS;

/// How runs of unchanged words relate the two measures. A copy whose unchanged words stand in runs of twelve shares
/// (12 - 4) / 12 of its 5-grams there: containment is about two thirds of coverage. On the labelled pairs of real
/// articles no copy or excerpt of coverage 0.65 had less.
const CONTAINMENT_PER_COVERAGE: f64 = 2.0 / 3.0;

/// How candidates are searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The bands.
    pub banding: Banding,
    /// Pairs of at least this Jaccard similarity are to be found by the bands.
    pub similarity: f64,
    /// Pairs that share at least this part of the shorter article's shingles are to be found by samples.
    pub containment: f64,
    /// The probability with which a pair just at `containment` has to be found.
    pub target_recall: f64,
}

impl Plan {
    /// The plan for these settings.
    pub fn of(settings: &Settings) -> Plan {
        let (similarity, containment) = match settings.measure {
            // Two sets of Jaccard t share at least t of either; short articles, which have no bands, are found by that.
            Measure::Jaccard => (settings.threshold(), settings.threshold().min(settings.excerpt_threshold())),
            Measure::Coverage => (
                settings.threshold() * CONTAINMENT_PER_COVERAGE,
                settings.threshold().min(settings.excerpt_threshold()) * CONTAINMENT_PER_COVERAGE,
            ),
        };
        Plan {
            banding: Banding::reaching(similarity, settings.target_recall),
            similarity,
            containment,
            target_recall: settings.target_recall,
        }
    }

    /// How many of `sampled` shingles of the shorter article must be in the longer one: the largest number that a pair
    /// at the plan's containment reaches with the target recall; at least 1.
    pub fn samples_needed(&self, sampled: usize) -> usize {
        binomial_quantile(sampled, self.containment, 1.0 - self.target_recall).max(1)
    }
}

/// Bands of a signature: `bands` times `rows_per_band` slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banding {
    /// How many bands; more find more pairs.
    pub bands: usize,
    /// How many slots make a band; more find fewer pairs, and fewer wrong ones.
    pub rows_per_band: usize,
}

impl Banding {
    /// The banding with the most rows whose bands still find a pair of Jaccard `similarity` (0.0..=1.0) with probability
    /// `target_recall`, and no more bands than that takes. Where [`MAX_SLOTS`] slots can't reach it, as many bands of one
    /// row as there are slots.
    ///
    /// ```
    /// use wirecopy::candidates::plan::Banding;
    /// let banding = Banding::reaching(0.7, 0.99);
    /// assert_eq!((banding.bands, banding.rows_per_band), (37, 6));
    /// assert!(banding.probability(0.7) >= 0.99);
    /// ```
    pub fn reaching(similarity: f64, target_recall: f64) -> Banding {
        let bands_needed = |rows: usize| {
            let one_band_misses = (-similarity.powi(rows as i32)).ln_1p();
            ((1.0 - target_recall).ln() / one_band_misses).ceil().max(1.0)
        };
        (1..=MAX_ROWS)
            .rev()
            .find(|&rows| bands_needed(rows) * rows as f64 <= MAX_SLOTS as f64)
            .map(|rows| Banding { bands: bands_needed(rows) as usize, rows_per_band: rows })
            .unwrap_or(Banding { bands: MAX_SLOTS, rows_per_band: 1 })
    }

    /// Probability that two articles of Jaccard `similarity` (0.0..=1.0) share at least one band:
    /// `1 - (1 - similarity^rows_per_band)^bands`. More bands find more pairs; more rows find fewer.
    /// Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.2.
    pub fn probability(&self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows_per_band as i32)).powi(self.bands as i32)
    }

    /// How many slots the bands take.
    pub fn slots(&self) -> usize {
        self.bands * self.rows_per_band
    }
}

/// No band has more rows: beyond this, bands grow selective past any use.
pub(super) const MAX_ROWS: usize = 32;

/// The largest `m` for which fewer than `m` successes in `trials` of probability `p` happen with probability
/// `tail` at most. For many trials a number up to five percent smaller.
fn binomial_quantile(trials: usize, p: f64, tail: f64) -> usize {
    let (n, q) = (trials as f64, 1.0 - p);
    let mut probability = q.powf(n);
    if trials > 400 || probability < 1e-290 {
        // Normal approximation at four standard deviations, which is on the safe side of any tail above 3 x 10^-5.
        return (n * p - 4.0 * (n * p * q).sqrt() - 0.5).max(0.0) as usize;
    }
    let mut below = 0.0;
    for successes in 0..=trials {
        below += probability;
        if below > tail {
            return successes;
        }
        probability *= (n - successes as f64) / (successes as f64 + 1.0) * p / q;
    }
    trials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_banding_reaches_its_recall_within_the_slots() {
        for similarity in [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 1.0] {
            for target_recall in [0.5, 0.9, 0.99, 0.999] {
                let banding = Banding::reaching(similarity, target_recall);
                assert!(banding.slots() <= MAX_SLOTS, "{similarity} {target_recall} {banding:?}");
                let all_slots = banding == Banding { bands: MAX_SLOTS, rows_per_band: 1 };
                assert!(
                    all_slots || banding.probability(similarity) >= target_recall - 1e-12,
                    "{similarity} {target_recall} {banding:?}"
                );
            }
        }
    }

    #[test]
    fn the_quantile_equals_the_sum_of_the_binomial() {
        // P(X < 1) = 0.6^5 = 0.078, P(X < 2) = 0.337 for 5 trials of 0.4.
        assert_eq!(binomial_quantile(5, 0.4, 0.05), 0);
        assert_eq!(binomial_quantile(5, 0.4, 0.08), 1);
        assert_eq!(binomial_quantile(5, 0.4, 0.34), 2);
        assert_eq!(binomial_quantile(0, 0.4, 0.01), 0);
        let (exact, approximate) = (binomial_quantile(400, 0.4, 0.001), binomial_quantile(401, 0.4, 0.001));
        assert!(approximate <= exact && exact - approximate <= 20, "{exact} {approximate}");
    }
}
