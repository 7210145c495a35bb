//! A count and what it is of in, the share with the interval that it leaves open out.

use serde::Serialize;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// `count / of`, 0.0..=1.0; `None` where there is nothing to be a share of.
    pub share: Option<f64>,
    /// The [`wilson`] interval of 95 percent, as if each were drawn on its own; 0.0..=1.0 where there is nothing.
    pub interval: [f64; 2],
}

impl Share {
    /// `count` of `of`.
    ///
    /// ```
    /// let share = wirecopy::audit::Share::new(99, 100);
    /// assert_eq!(share.share, Some(0.99));
    /// assert_eq!(share.interval.map(|end| (end * 1000.0).round() / 1000.0), [0.946, 0.998]);
    /// ```
    pub fn new(count: u64, of: u64) -> Share {
        let share = (of > 0).then(|| count as f64 / of as f64);
        Share { count, of, share, interval: wilson(count, of) }
    }

    /// The share of all, every one of which was looked at: nothing is left open.
    pub fn whole(count: u64, of: u64) -> Share {
        let share = Share::new(count, of);
        share.share.map_or(share, |exact| Share { interval: [exact, exact], ..share })
    }
}

/// The 97.5 percent point of the normal distribution: an interval of 95 percent leaves out 2.5 at each side.
const NORMAL_975: f64 = 1.959_963_984_540_054;

/// The score interval of 95 percent for a share, `[low, high]`, of `count` in `of` independent trials. Unlike the usual plus
/// and minus it keeps its promise for few trials and for shares near 0 and 1. Sources: Wilson, Probable inference, JASA 1927;
/// Brown, Cai, DasGupta, Interval Estimation for a Binomial Proportion, 2001, section 3.1.1. `[0, 1]` without a trial.
pub fn wilson(count: u64, of: u64) -> [f64; 2] {
    if of == 0 {
        return [0.0, 1.0];
    }
    let (trials, share) = (of as f64, count as f64 / of as f64);
    let z2 = NORMAL_975 * NORMAL_975;
    let middle = (share + z2 / (2.0 * trials)) / (1.0 + z2 / trials);
    let spread = share * (1.0 - share) / trials + z2 / (4.0 * trials * trials);
    let half = NORMAL_975 / (1.0 + z2 / trials) * spread.sqrt();
    // At the ends the formula gives exactly 0 and 1, but for rounding.
    let low = if count == 0 { 0.0 } else { middle - half };
    let high = if count == of { 1.0 } else { middle + half };
    [low, high]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_published_tables() {
        let rounded = |count, of| wilson(count, of).map(|end| (end * 10_000.0).round() / 10_000.0);
        // Newcombe 1998, table I, method 3.
        assert_eq!(rounded(81, 263), [0.2553, 0.3662]);
        assert_eq!(rounded(15, 148), [0.0624, 0.1605]);
        assert_eq!(rounded(0, 20), [0.0, 0.1611]);
        assert_eq!(rounded(1, 29), [0.0061, 0.1718]);
    }

    #[test]
    fn nothing_and_everything_have_intervals_too() {
        assert_eq!((Share::new(0, 0).share, Share::new(0, 0).interval), (None, [0.0, 1.0]));
        assert_eq!(Share::new(50, 50).interval[1], 1.0);
        assert!(Share::new(50, 50).interval[0] > 0.92);
        assert_eq!(Share::whole(3, 4).interval, [0.75, 0.75]);
    }
}
