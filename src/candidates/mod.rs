//! Sketches in, candidates out: pairs to look at, unverified.
//!
//! Comparing every pair of a million articles is 5 x 10^11 comparisons. [`join`] finds the pairs worth one: articles that share
//! enough samples. How many are enough follows from how sure the settings want to be: see [`Plan`].

pub mod join;
pub mod plan;

pub use join::candidates;
pub use plan::Plan;

/// In a group of more members than this, members are paired with pivots instead of each other. 64 members are 2,016
/// pairs; a group of a million would be 5 x 10^11.
pub const MAX_GROUP: usize = 64;

/// How many pivots a large group has. Each member is compared with all of them. An article is in many groups, so it meets many
/// pivots; more of each group cost more comparisons and find nothing.
pub const PIVOTS: usize = 3;

/// However little memory there is, lists of samples, or imprints that are held at once, may take so many bytes: fewer would be gone
/// through too often.
pub(crate) const LEAST_LIST_BYTES: u64 = if cfg!(test) { 64 } else { 24 << 20 };

/// The pairs to look at, and how they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Each pair once, `(a, b)` with `a < b`, in rising order.
    pub pairs: Vec<(u32, u32)>,
    /// Groups too large to be compared in full, which were compared with pivots.
    pub large_groups: usize,
}

/// The [`PIVOTS`] members of smallest order; `order`: the content hash of a member, and its position to settle ties.
pub(crate) fn pivots(mut members: Vec<u32>, order: impl Fn(u32) -> (u64, u32)) -> Vec<u32> {
    members.sort_unstable_by_key(|&member| order(member));
    members.truncate(PIVOTS);
    members
}
