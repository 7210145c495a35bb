//! Signatures and sampled shingles in, candidates out: pairs to look at, unverified.
//!
//! Comparing every pair of a million articles is 5 x 10^11 comparisons. Two ways find the pairs worth one:
//!
//! * [`bands`]: articles that agree on a whole band of their signatures. Finds what is similar (Jaccard).
//! * [`samples`]: articles that share enough sampled shingles. Finds what is contained, however long the other is, and
//!   copies whose Jaccard similarity is too low for bands at a bearable price.
//!
//! Both take from the settings how sure they must be, never a magic number of bands: see [`Plan`].

pub mod bands;
pub mod plan;
pub mod samples;

use rayon::prelude::*;

pub use plan::Plan;

use crate::sketch::Signatures;
use samples::Samples;

/// In a group of more members than this, members are paired with pivots instead of each other. 64 members are 2,016
/// pairs; a group of a million would be 5 x 10^11.
pub const MAX_GROUP: usize = 64;

/// How many pivots a large group has. Each member is compared with all of them. An article is in as many groups as there
/// are bands, so it meets many pivots; more of each group cost more comparisons and find nothing. Of those that are much
/// like it so many are enough over all bands together: 20,000 near-identical articles are 568,995 pairs so, 848,336 with
/// all, and the edges of 100,000 generated articles are the same.
pub const PIVOTS: usize = 3;

/// The pairs to look at, and how they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Each pair once, `(a, b)` with `a < b`, in rising order.
    pub pairs: Vec<(u32, u32)>,
    /// Groups of more than [`MAX_GROUP`] members, which were compared with pivots.
    pub large_groups: usize,
}

/// An article of fewer different shingles is not banded. Most of its slots would be borrowed, which costs much and says
/// little, and its samples are all of its shingles: they find what bands would.
pub const MIN_BANDED_SHINGLES: usize = 32;

/// The candidates among articles: samples and content hashes each in the order of the articles, signatures of the `banded`
/// ones in theirs. Signatures and samples are dropped as soon as they have served. Pivots are chosen by content hash, so that neither order nor
/// threads change the answer.
pub fn candidates(
    plan: &Plan,
    signatures: Signatures,
    banded: &[u32],
    samples: Samples,
    content: &[u64],
) -> Candidates {
    let mut pairs = PairSet::default();
    let mut large_groups = bands::collect(plan, &signatures, banded, content, &mut pairs);
    drop(signatures);
    large_groups += samples::collect(plan, samples, content, &mut pairs);
    Candidates { pairs: pairs.finish(), large_groups }
}

/// Pairs as they come, repeats and all, kept from growing without bound.
#[derive(Default)]
struct PairSet {
    pairs: Vec<u64>,
    /// How many of `pairs` are known to be different from each other.
    settled: usize,
}

impl PairSet {
    /// More unsettled pairs than this (and than settled ones) are sorted and repeats dropped.
    const UNSETTLED: usize = 4 << 20;

    fn extend(&mut self, pairs: impl IntoIterator<Item = (u32, u32)>) {
        self.pairs.extend(pairs.into_iter().map(|(a, b)| u64::from(a.min(b)) << 32 | u64::from(a.max(b))));
        if self.pairs.len() - self.settled > Self::UNSETTLED.max(self.settled) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.pairs.par_sort_unstable();
        self.pairs.dedup();
        self.settled = self.pairs.len();
    }

    fn finish(mut self) -> Vec<(u32, u32)> {
        self.settle();
        self.pairs.into_iter().map(|pair| ((pair >> 32) as u32, pair as u32)).collect()
    }
}

/// The [`PIVOTS`] members of smallest content hash. `content`: that of a member, and its position to settle ties.
fn pivots(members: &[u32], content: impl Fn(u32) -> (u64, u32)) -> Vec<u32> {
    let mut members = members.to_vec();
    members.sort_unstable_by_key(|&member| content(member));
    members.truncate(PIVOTS);
    members
}
