//! Settings in, the numbers of the search out: how many samples two articles must share to be looked at.

use crate::settings::{Measure, Settings};

/// How runs of unchanged words relate the two measures. A copy whose unchanged words stand in runs of twelve shares
/// (12 - 4) / 12 of its 5-grams there: containment is about two thirds of coverage. On the labelled pairs of real
/// articles no copy or excerpt of coverage 0.65 had less.
const CONTAINMENT_PER_COVERAGE: f64 = 2.0 / 3.0;

/// How candidates are searched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Pairs that share at least this part of the shorter article's shingles are to be found.
    pub containment: f64,
    /// The probability with which a pair just at `containment` has to be found.
    pub target_recall: f64,
}

impl Plan {
    /// The plan for these settings.
    pub fn of(settings: &Settings) -> Plan {
        let (threshold, excerpt_threshold) = (settings.threshold(), settings.excerpt_threshold());
        let containment = match settings.measure {
            // Two sets of Jaccard t share 2t / (1 + t) of both if they are of one size, and more of the smaller if not.
            Measure::Jaccard => excerpt_threshold.min(2.0 * threshold / (1.0 + threshold)),
            Measure::Coverage => threshold.min(excerpt_threshold) * CONTAINMENT_PER_COVERAGE,
        };
        Plan { containment, target_recall: settings.target_recall }
    }

    /// How many of `sampled` shingles of the shorter article must be in the longer one: the largest number that a pair
    /// at the plan's containment reaches with the target recall; at least 1.
    pub fn samples_needed(&self, sampled: usize) -> usize {
        binomial_quantile(sampled, self.containment, 1.0 - self.target_recall).max(1)
    }
}

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
