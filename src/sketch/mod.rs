//! The shingles of an article in, its signature out: the MinHash row that bands are made of.
//!
//! MinHash proper applies one hash function a slot to every shingle. One-permutation hashing (Li, Owen, Zhang, NIPS 2012)
//! looks at each shingle once: its high bits choose the slot, and the slot keeps the smallest. A slot that no shingle
//! fell into borrows from another that both articles of a pair would look up alike: optimal densification (Shrivastava,
//! ICML 2017, section 4). Two articles agree in a slot with a probability equal to their Jaccard similarity.
//!
//! A signature only ever proposes candidates; what it says is never shown as a similarity.

mod one_permutation;

use rayon::prelude::*;

pub use one_permutation::sign;

/// The most slots a signature has. Slots cost two bytes each.
pub const MAX_SLOTS: usize = 256;

/// What an empty article has in every slot; no use is made of it.
pub const EMPTY_SLOT: u16 = 0;

/// The signatures of many articles, `slots` values each, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    slots: usize,
    values: Vec<u16>,
}

impl Signatures {
    /// Signatures of `slots` values (1..=[`MAX_SLOTS`]) for the articles that `shingles` speaks of: shape
    /// `articles x slots`. Made in parallel over articles.
    pub fn of<S: AsRef<[u64]> + Sync>(shingles: &[S], slots: usize) -> Signatures {
        let mut values = vec![EMPTY_SLOT; shingles.len() * slots];
        values.par_chunks_mut(slots).zip(shingles).for_each(|(signature, shingles)| sign(shingles.as_ref(), signature));
        Signatures { slots, values }
    }

    /// Signatures given one behind the other, `slots` values each.
    ///
    /// # Panics
    /// If the number of values is no multiple of `slots`.
    pub fn from_values(values: Vec<u16>, slots: usize) -> Signatures {
        assert!(values.len().is_multiple_of(slots), "every signature has {slots} slots");
        Signatures { slots, values }
    }

    /// Keeps these rows, which are rising, and no others.
    pub(crate) fn keep(&mut self, rows: impl Iterator<Item = u32>) {
        let mut kept = 0;
        for row in rows {
            let start = row as usize * self.slots;
            self.values.copy_within(start..start + self.slots, kept);
            kept += self.slots;
        }
        self.values.truncate(kept);
    }

    /// How many signatures there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.slots
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The signature of article `index`.
    pub fn get(&self, index: usize) -> &[u16] {
        &self.values[index * self.slots..(index + 1) * self.slots]
    }
}
