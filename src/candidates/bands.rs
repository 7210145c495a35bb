//! Articles that agree on a whole band become candidates.
//!
//! A band of an article is hashed to a key; sorting (key, article) brings equal keys together. One band at a time, so
//! that what is sorted stays as small as 12 bytes an article.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::{MAX_GROUP, PairSet, Plan, pivots};
use crate::sketch::Signatures;

/// Adds the pairs that share a band, and returns the number of groups too large to pair in full.
/// Signature `i` is that of article `banded[i]`.
pub(super) fn collect(
    plan: &Plan,
    signatures: &Signatures,
    banded: &[u32],
    content: &[u64],
    pairs: &mut PairSet,
) -> usize {
    let mut large_groups = 0;
    let mut keys: Vec<(u64, u32)> = Vec::with_capacity(signatures.len());
    for band in 0..plan.banding.bands {
        let rows = band * plan.banding.rows_per_band..(band + 1) * plan.banding.rows_per_band;
        banded
            .par_iter()
            .enumerate()
            .map(|(index, &article)| (band_key(&signatures.get(index)[rows.clone()]), article))
            .collect_into_vec(&mut keys);
        keys.par_sort_unstable();
        for group in keys.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            large_groups += pair_up(group, content, pairs);
        }
    }
    large_groups
}

fn band_key(rows: &[u16]) -> u64 {
    let mut bytes = [0u8; 2 * crate::sketch::MAX_SLOTS];
    for (bytes, row) in bytes.chunks_exact_mut(2).zip(rows) {
        bytes.copy_from_slice(&row.to_le_bytes());
    }
    xxh3_64(&bytes[..2 * rows.len()])
}

/// All pairs of a small group; in a large one, every member with the pivots. Returns 1 for a large group, else 0.
fn pair_up(group: &[(u64, u32)], content: &[u64], pairs: &mut PairSet) -> usize {
    if group.len() <= MAX_GROUP {
        for (place, &(_, a)) in group.iter().enumerate() {
            pairs.extend(group[place + 1..].iter().map(|&(_, b)| (a, b)));
        }
        return 0;
    }
    let members: Vec<u32> = group.iter().map(|&(_, member)| member).collect();
    for pivot in pivots(&members, content) {
        pairs.extend(members.iter().filter(|&&member| member != pivot).map(|&member| (pivot, member)));
    }
    1
}

#[cfg(test)]
mod tests {
    use super::super::plan::Banding;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn plan(bands: usize, rows_per_band: usize) -> Plan {
        Plan { banding: Banding { bands, rows_per_band }, similarity: 0.5, containment: 0.5, target_recall: 0.99 }
    }

    fn found(plan: &Plan, signatures: &Signatures) -> (BTreeSet<(u32, u32)>, usize) {
        let content: Vec<u64> = (0..signatures.len() as u64).rev().collect();
        let banded: Vec<u32> = (0..signatures.len() as u32).collect();
        let mut pairs = PairSet::default();
        let large_groups = collect(plan, signatures, &banded, &content, &mut pairs);
        (pairs.finish().into_iter().collect(), large_groups)
    }

    #[test]
    fn a_large_group_is_compared_with_pivots_of_smallest_content_hash() {
        let members = 1_000;
        let signatures = Signatures::from_values(vec![7; members * 2], 2);
        let (pairs, large_groups) = found(&plan(1, 2), &signatures);
        assert_eq!(large_groups, 1);
        assert!((0..999).all(|member| pairs.contains(&(member, 999))), "the last has the smallest content hash");
        assert_eq!(pairs.len(), PIVOT_PAIRS);
    }
    /// Three pivots with 997 others, and with each other.
    const PIVOT_PAIRS: usize = 3 * 997 + 3;

    proptest! {
        #[test]
        fn a_pair_that_shares_a_band_is_never_lost(values in prop::collection::vec(0u16..4, 0..30 * 6)) {
            let signatures = Signatures::from_values(values[..values.len() / 6 * 6].to_vec(), 6);
            let (pairs, large_groups) = found(&plan(3, 2), &signatures);
            let mut expected = BTreeSet::new();
            for a in 0..signatures.len() {
                for b in a + 1..signatures.len() {
                    let (left, right) = (signatures.get(a), signatures.get(b));
                    if (0..3).any(|band| left[band * 2..band * 2 + 2] == right[band * 2..band * 2 + 2]) {
                        expected.insert((a as u32, b as u32));
                    }
                }
            }
            prop_assert_eq!(pairs, expected);
            prop_assert_eq!(large_groups, 0);
        }
    }
}
