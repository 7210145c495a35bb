//! The shingles of an article in, its sketch out: the few of them by which other articles are found.
//!
//! A shingle is sampled by its own hash, so that every article that has it samples it: the MinHash of a fixed rate (mod-m
//! sampling: Broder 1997; FracMinHash: Irber et al. 2022, "sourmash"). Of what two articles share, their sketches share the
//! same part, whatever their lengths: so a sketch tells how similar two articles are, and also whether one stands inside the
//! other, which a MinHash signature of a fixed length does not.
//!
//! Long articles sample one shingle in eight; shorter ones more, down to all of them, so that even forty words leave
//! enough samples to judge by. Rates are nested: what is sampled at a low rate is sampled at every higher one, and a
//! pair is compared at the longer article's rate.
//!
//! A sketch only ever proposes candidates; what it says is never shown as a similarity.

use std::ops::Range;

use crate::stored::{Stored, StoredError};

/// The rarest rate: 1 in 2^3. More samples find more of the short excerpts in long articles, at 4 bytes each.
pub(crate) const MAX_HALVINGS: u32 = 3;

/// An article samples at the lowest rate that leaves it about this many.
const ENOUGH_SAMPLES: usize = 32;

/// The sketch of one article: the high 32 bits of those of its different `shingles` (in rising order) that are sampled, in
/// rising order, each once.
///
/// ```
/// use wirecopy::{normalize::Words, shingle::Shingler, sketch::sketch};
/// let words: Vec<u64> = Words::of("Giá vàng trong nước sáng nay tăng nhẹ theo đà của thế giới").hashes().collect();
/// let shingles = Shingler::default().different(&words, 5).to_vec();
/// // Nine shingles are so few that all of them are sampled.
/// assert_eq!(sketch(&shingles), shingles.iter().map(|shingle| (shingle >> 32) as u32).collect::<Vec<_>>());
/// ```
///
/// # Panics
/// In debug builds, if the shingles are not in rising order.
pub fn sketch(shingles: &[u64]) -> Vec<u32> {
    debug_assert!(shingles.is_sorted(), "shingles in rising order");
    let halvings = halvings(shingles.len());
    let upper = |shingle: &u64| (shingle >> 32) as u32;
    let sampled = shingles.partition_point(|shingle| is_sampled(upper(shingle), halvings));
    let mut samples: Vec<u32> = shingles[..sampled].iter().map(upper).collect();
    samples.dedup();
    samples
}

/// The sketches of many articles.
#[derive(Debug, Default)]
pub struct Sketches {
    pub(crate) articles: Vec<Sketched>,
    /// Samples, rising within an article.
    pub(crate) samples: Stored<u32>,
}

/// Where the sketch of an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sketched {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many different shingles the article has in all: what makes it shorter or longer than another.
    pub(crate) shingles: u32,
}

impl Sketched {
    /// Where its samples stand among those of all.
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// It samples one shingle in 2^this.
    pub(crate) fn halvings(&self) -> u32 {
        halvings(self.shingles as usize)
    }
}

impl Sketches {
    /// Sketches of no article yet.
    pub fn new() -> Sketches {
        Sketches::default()
    }

    /// Sketches of articles that stand among `samples`: of each where, and how many shingles it has.
    pub(crate) fn among(samples: Stored<u32>, articles: impl Iterator<Item = (Range<usize>, usize)>) -> Sketches {
        let sketched =
            |(Range { start, end }, shingles): (_, usize)| Sketched { start, end, shingles: shingles as u32 };
        Sketches { articles: articles.map(sketched).collect(), samples }
    }

    /// Adds the next article: its [`sketch`] and how many shingles it has.
    ///
    /// # Errors
    /// Where they are held in a temporary file that can't be written; those of [`Sketches::new`] are in memory.
    pub fn push(&mut self, sketch: &[u32], shingles: usize) -> Result<(), StoredError> {
        let start = self.samples.extend(sketch)?;
        self.articles.push(Sketched { start, end: start + sketch.len(), shingles: shingles as u32 });
        Ok(())
    }
}

pub(crate) fn halvings(shingles: usize) -> u32 {
    halvings_leaving(ENOUGH_SAMPLES, shingles)
}

/// At the lowest rate that leaves about `enough` of so many shingles, one in 2^this is sampled.
pub(crate) fn halvings_leaving(enough: usize, shingles: usize) -> u32 {
    (shingles / enough).checked_ilog2().unwrap_or(0).min(MAX_HALVINGS)
}

/// Whether a shingle with these upper bits is sampled at the rate of 1 in 2^`halvings`.
pub(crate) fn is_sampled(sample: u32, halvings: u32) -> bool {
    sample.leading_zeros() >= halvings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shingle::ShingleSet;

    fn spread(numbers: impl Iterator<Item = u64>) -> ShingleSet {
        ShingleSet::new(numbers.map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect())
    }

    #[test]
    fn short_articles_are_sampled_in_full_and_long_ones_one_in_eight() {
        assert_eq!(sketch(spread(0..60).as_slice()).len(), 60);
        let sampled = sketch(spread(0..8_000).as_slice()).len();
        assert!((950..1_050).contains(&sampled), "{sampled}");
    }

    #[test]
    fn what_two_articles_share_both_sample() {
        let (a, b) = (spread(0..3_000), spread(2_000..2_300));
        let (of_a, of_b) = (sketch(a.as_slice()), sketch(b.as_slice()));
        let at_the_rate_of_a: Vec<u32> = of_b.into_iter().filter(|&sample| is_sampled(sample, 3)).collect();
        assert!(at_the_rate_of_a.len() > 25 && at_the_rate_of_a.iter().all(|sample| of_a.contains(sample)));
    }
}
