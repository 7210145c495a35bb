//! Articles that agree on a whole band become candidates.
//!
//! A band of an article is hashed to a key; sorting (key, article) brings equal keys together. One band a thread at a time, and
//! only those keys are sorted that may recur, so that what is held stays below 8 bytes an article and thread: of a key only the
//! upper half is sorted by, and of those few articles that agree in it the whole keys are compared.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::plan::MAX_ROWS;
use super::{MAX_GROUP, PIVOTS, PairSet, Plan, pivots};
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
    let mut large = LargeGroups { content, alike_slots: alike_slots(plan), nearest: HashMap::new(), groups: 0 };
    let all: Vec<usize> = (0..plan.banding.bands).collect();
    for bands in all.chunks(rayon::current_num_threads()) {
        let groups: Vec<Groups> = bands
            .par_iter()
            .map(|band| {
                let first_row = band * plan.banding.rows_per_band;
                Groups::of(signatures, first_row..first_row + plan.banding.rows_per_band)
            })
            .collect();
        for members in groups.iter().flat_map(Groups::iter) {
            if members.len() > MAX_GROUP {
                large.pair_up(members, signatures, banded, pairs);
            } else {
                for (place, &a) in members.iter().enumerate() {
                    pairs.extend(members[place + 1..].iter().map(|&b| (banded[a as usize], banded[b as usize])));
                }
            }
        }
    }
    pairs.extend(
        large.nearest.into_iter().flat_map(|(member, pivots)| pivots.into_iter().map(move |pivot| (member, pivot))),
    );
    large.groups
}

/// Those that agree on a band, two and more of them in each group, one group behind the other.
#[derive(Default)]
struct Groups {
    /// Places of signatures, rising in each group.
    members: Vec<u32>,
    /// Where each group ends.
    ends: Vec<usize>,
}

impl Groups {
    /// The groups of these rows of all signatures.
    fn of(signatures: &Signatures, rows: Range<usize>) -> Groups {
        let key = |index: u32| band_key(&signatures.get(index as usize)[rows.clone()]);
        let upper_halves: Vec<u32> = (0..signatures.len() as u32).map(|index| (key(index) >> 32) as u32).collect();
        let recurring = Recurring::among(&upper_halves);
        let entries = upper_halves.into_iter().zip(0u32..).filter(|&(upper, _)| recurring.may_be(upper));
        let mut keys: Vec<u64> = entries.map(|(upper, index)| u64::from(upper) << 32 | u64::from(index)).collect();
        keys.sort_unstable();
        let mut groups = Groups::default();
        for alike in keys.chunk_by(|a, b| a >> 32 == b >> 32).filter(|alike| alike.len() > 1) {
            let mut members: Vec<(u64, u32)> = alike.iter().map(|&entry| (key(entry as u32), entry as u32)).collect();
            members.sort_unstable();
            for group in members.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
                groups.members.extend(group.iter().map(|&(_, index)| index));
                groups.ends.push(groups.members.len());
            }
        }
        groups
    }

    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.ends.iter().scan(0, |start, &end| Some(&self.members[std::mem::replace(start, end)..end]))
    }
}

/// Which of many keys may stand among them more than once: all that do, and one in ten of those that do not.
struct Recurring {
    /// A bit for each value of the highest bits of a key: whether a second key has it.
    bits: Vec<u64>,
    shift: u32,
}

impl Recurring {
    fn among(keys: &[u32]) -> Recurring {
        // Eight to sixteen bits for each key.
        let bits = (8 * keys.len()).next_power_of_two().ilog2().clamp(6, 32);
        let mut once = vec![0u64; 1 << (bits - 6)];
        let mut recurring = Recurring { bits: once.clone(), shift: u32::BITS - bits };
        for &key in keys {
            let (place, bit) = recurring.place(key);
            recurring.bits[place] |= once[place] & bit;
            once[place] |= bit;
        }
        recurring
    }

    fn place(&self, key: u32) -> (usize, u64) {
        let place = key >> self.shift;
        (place as usize / 64, 1 << (place % 64))
    }

    fn may_be(&self, key: u32) -> bool {
        let (place, bit) = self.place(key);
        self.bits[place] & bit != 0
    }
}

/// For each band of a signature a number that articles have in common which agree on it, and hardly any two others; none of an empty
/// signature.
#[cfg(feature = "arrow")]
pub(crate) fn band_keys(plan: &Plan, signature: &[u16]) -> impl Iterator<Item = u64> {
    let bands = signature.chunks_exact(plan.banding.rows_per_band).zip(0u64..);
    // Equal rows are no agreement in two different bands.
    bands.map(|(rows, band)| band_key(rows) ^ xxh3_64(&band.to_le_bytes()))
}

fn band_key(rows: &[u16]) -> u64 {
    let mut bytes = [0u8; 2 * MAX_ROWS];
    for (bytes, row) in bytes.chunks_exact_mut(2).zip(rows) {
        bytes.copy_from_slice(&row.to_le_bytes());
    }
    xxh3_64(&bytes[..2 * rows.len()])
}

/// A pivot and a member whose signatures agree in so many slots are so much alike that they are an edge beyond doubt:
/// half way from the similarity that is sought to 1, three standard errors of the estimate above it and more.
fn alike_slots(plan: &Plan) -> usize {
    (plan.banding.slots() as f64 * (1.0 + plan.similarity) / 2.0).ceil() as usize
}

/// What large groups were met.
struct LargeGroups<'a> {
    content: &'a [u64],
    alike_slots: usize,
    /// For each member of a large group its pivots that are much like it: of all groups together no more than [`PIVOTS`],
    /// those of smallest content hash. A near-identical article is in a large group in nearly every band, with some forty
    /// pivots in all; that it is one of them three say as well.
    nearest: HashMap<u32, Vec<u32>>,
    groups: usize,
}

impl LargeGroups<'_> {
    /// Pairs every member with the pivots that are not much like it, and remembers those that are. `members` are places
    /// in `banded`.
    fn pair_up(&mut self, members: &[u32], signatures: &Signatures, banded: &[u32], pairs: &mut PairSet) {
        self.groups += 1;
        let article = |index: u32| banded[index as usize];
        for pivot in pivots(members, |index| (self.content[article(index) as usize], article(index))) {
            let of_pivot = signatures.get(pivot as usize);
            for &member in members.iter().filter(|&&member| member != pivot) {
                let of_member = signatures.get(member as usize);
                let agreeing = of_pivot.iter().zip(of_member).filter(|(a, b)| a == b).count();
                if agreeing < self.alike_slots {
                    pairs.extend([(article(pivot), article(member))]);
                } else {
                    self.remember(article(member), article(pivot));
                }
            }
        }
    }

    fn remember(&mut self, member: u32, pivot: u32) {
        let rank = |pivot: u32| (self.content[pivot as usize], pivot);
        let nearest = self.nearest.entry(member).or_default();
        let place = nearest.partition_point(|&other| rank(other) < rank(pivot));
        if place < PIVOTS && nearest.get(place) != Some(&pivot) {
            nearest.truncate(PIVOTS - 1);
            nearest.insert(place, pivot);
        }
    }
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

    /// Of near-identical articles most are in a large group in every band. Their pivots are not always the same, and an
    /// article met some forty of them.
    #[test]
    fn of_pivots_that_are_much_like_it_an_article_meets_the_first_three_of_all_bands() {
        let members = 1_000;
        // Each differs from the others in one slot of ten, and so in one band.
        let values = (0..members * 10).map(|at| if at / 10 % 10 == at % 10 { 100 + at as u16 / 10 } else { 7 });
        let (pairs, large_groups) = found(&plan(10, 1), &Signatures::from_values(values.collect(), 10));
        assert_eq!(large_groups, 10);
        assert!((0..999).all(|member| pairs.contains(&(member, 999))), "the last has the smallest content hash");
        assert!(pairs.len() <= 3 * members, "{}", pairs.len());
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
