//! Hashes of terms in, places in a list out: the first hash that is met gets 0, the next new one 1.
//!
//! Where each term is to be found in a list of what is known of terms. A hash table made for this alone, as one multiplication
//! spreads what are hashes already: over all the table, also where all are of one range.

/// 2^32 / golden ratio (Knuth, TAOCP 6.4).
const ODD: u32 = 0x9E37_79B1;

/// Places by hash.
#[derive(Default)]
pub(super) struct Numbering {
    /// The hash above, the place and one below; 0 where it is free. A power of two, and a quarter is free at least.
    slots: Vec<u64>,
    count: usize,
}

impl Numbering {
    /// Forgets all, and makes room for so many, and half as many again.
    pub(super) fn clear(&mut self, expected: usize) {
        self.slots.clear();
        self.slots.resize((2 * expected).next_power_of_two().max(2), 0);
        self.count = 0;
    }

    /// The place of a hash; of one that was not met before, the number of those that were.
    #[inline]
    pub(super) fn place(&mut self, hash: u32) -> usize {
        match self.look(hash) {
            Ok(place) => place,
            Err(slot) => self.put(hash, slot),
        }
    }

    /// The place of a hash, if it was met.
    #[inline]
    pub(super) fn find(&self, hash: u32) -> Option<usize> {
        self.look(hash).ok()
    }

    /// The place of this hash, or the free slot where it belongs; beyond the end where there are no slots.
    #[inline]
    fn look(&self, hash: u32) -> Result<usize, usize> {
        let last = self.slots.len().wrapping_sub(1);
        let mut slot = ((u64::from(hash.wrapping_mul(ODD)) * self.slots.len() as u64) >> u32::BITS) as usize;
        while let Some(&found) = self.slots.get(slot)
            && found != 0
        {
            if (found >> u32::BITS) as u32 == hash {
                return Ok(found as u32 as usize - 1);
            }
            slot = (slot + 1) & last;
        }
        Err(slot)
    }

    /// Gives the next place to a hash that belongs into this slot.
    #[inline]
    fn put(&mut self, hash: u32, mut slot: usize) -> usize {
        if 4 * (self.count + 1) > 3 * self.slots.len() {
            self.grow();
            // It is not there, so this is a slot.
            slot = self.look(hash).unwrap_or_else(|slot| slot);
        }
        self.count += 1;
        self.slots[slot] = u64::from(hash) << u32::BITS | self.count as u64;
        self.count - 1
    }

    #[cold]
    fn grow(&mut self) {
        let more = (2 * self.slots.len()).max(2);
        for slot in std::mem::replace(&mut self.slots, vec![0; more]) {
            if slot != 0
                && let Err(free) = self.look((slot >> u32::BITS) as u32)
            {
                self.slots[free] = slot;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn hashes_are_numbered_as_a_map_numbers_them(
            hashes in prop::collection::vec((0u32..6, 0u32..12), 0..200),
            expected in 0usize..40,
        ) {
            let mut numbering = Numbering::default();
            prop_assert_eq!(numbering.find(0), None);
            numbering.clear(expected);
            let mut places: HashMap<u32, usize> = HashMap::new();
            // Few and near each other, so that they come again, and want the same slots.
            for hash in hashes.into_iter().map(|(far, near)| (far << 30).wrapping_sub(near)) {
                prop_assert_eq!(numbering.find(hash), places.get(&hash).copied());
                let next = places.len();
                prop_assert_eq!(numbering.place(hash), *places.entry(hash).or_insert(next));
            }
        }
    }

    /// Where the upper bits chose the slot, terms counted a range at a time stood in one heap.
    #[test]
    fn hashes_of_one_range_are_spread_over_the_table() {
        let mut numbering = Numbering::default();
        numbering.clear(1 << 12);
        (0u32..1 << 12).for_each(|at| assert_eq!(numbering.place(at << 14), at as usize));
        let longest = numbering.slots.split(|&slot| slot == 0).map(<[u64]>::len).max();
        assert!(longest < Some(100), "{longest:?}");
    }
}
