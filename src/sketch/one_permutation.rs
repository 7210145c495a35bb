//! The kernel: one pass over the shingles, then the empty slots.

use super::{EMPTY_SLOT, MAX_SLOTS};

/// Writes the signature of `shingles` (any order, repeats do no harm) into `signature`, whose length is the number of
/// slots (1..=[`MAX_SLOTS`]). Without a shingle every slot is [`EMPTY_SLOT`].
///
/// # Panics
/// If `signature` is longer than [`MAX_SLOTS`].
pub fn sign(shingles: &[u64], signature: &mut [u16]) {
    let slots = signature.len();
    assert!(slots <= MAX_SLOTS, "at most {MAX_SLOTS} slots");
    // u64::MAX stands for "empty"; a shingle of that value is lost to the sketch, one in 2^64.
    let mut minima = [u64::MAX; MAX_SLOTS];
    let minima = &mut minima[..slots];
    for &shingle in shingles {
        let slot = slot_of(shingle, slots);
        minima[slot] = minima[slot].min(shingle);
    }
    if minima.iter().all(|&minimum| minimum == u64::MAX) {
        signature.fill(EMPTY_SLOT);
        return;
    }
    for slot in 0..slots {
        signature[slot] = value_of(minima[lender(minima, slot)]);
    }
}

/// The slot that a shingle falls into: its high bits scaled to `0..slots` (Lemire's multiply and shift).
fn slot_of(shingle: u64, slots: usize) -> usize {
    ((u128::from(shingle) * slots as u128) >> 64) as usize
}

/// What a slot keeps of its smallest shingle: the low 16 bits, which the choice of slot and minimum says nothing about.
/// Two different shingles agree in them once in 65,536 times, which adds candidates and loses none.
fn value_of(minimum: u64) -> u16 {
    minimum as u16
}

/// The slot itself where it is filled, else the first filled one of a sequence that depends on the slot alone.
fn lender(minima: &[u64], slot: usize) -> usize {
    let mut at = slot;
    let mut attempt = 0u64;
    while minima[at] == u64::MAX {
        attempt += 1;
        let seed = (slot as u64) << 32 | attempt;
        at = slot_of(scramble(seed), minima.len());
    }
    at
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): a fixed pseudo-random sequence to look for a lender in.
fn scramble(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn signature(shingles: &[u64], slots: usize) -> Vec<u16> {
        let mut signature = vec![0; slots];
        sign(shingles, &mut signature);
        signature
    }

    /// The definition, slot by slot, without a pass of its own for anything.
    fn reference(shingles: &[u64], slots: usize) -> Vec<u16> {
        let filled: BTreeMap<usize, u64> = (0..slots)
            .filter_map(|slot| {
                let inside = shingles.iter().copied().filter(|&shingle| slot_of(shingle, slots) == slot);
                inside.min().map(|minimum| (slot, minimum))
            })
            .collect();
        let borrowed = |slot: usize| {
            (1u64..)
                .map(|attempt| slot_of(scramble((slot as u64) << 32 | attempt), slots))
                .find_map(|at| filled.get(&at))
        };
        (0..slots)
            .map(|slot| match filled.get(&slot) {
                _ if filled.is_empty() => EMPTY_SLOT,
                Some(&minimum) => value_of(minimum),
                None => value_of(*borrowed(slot).unwrap()),
            })
            .collect()
    }

    fn random_set(from: u64, count: u64) -> Vec<u64> {
        (from..from + count).map(scramble).collect()
    }

    #[test]
    fn slots_agree_as_often_as_the_sets_are_similar() {
        // 100 pairs of Jaccard 1/3, 256 slots each: a binomial of 25,600 has a standard deviation of 0.003; the slots of
        // a pair are weakly dependent, so ten of them are allowed.
        let mut agreeing = 0;
        for pair in 0..100u64 {
            let all = random_set(pair * 10_000, 900);
            let (a, b) = (signature(&all[..600], 256), signature(&all[300..], 256));
            agreeing += a.iter().zip(&b).filter(|(a, b)| a == b).count();
        }
        let rate = agreeing as f64 / 25_600.0;
        assert!((rate - 1.0 / 3.0).abs() < 0.03, "{rate}");
    }

    #[test]
    fn an_empty_article_and_one_of_one_shingle_have_signatures() {
        assert_eq!(signature(&[], 8), [EMPTY_SLOT; 8]);
        assert_eq!(signature(&[42 << 20 | 7], 8), [7; 8]);
    }

    proptest! {
        #[test]
        fn the_kernel_equals_the_definition(shingles in prop::collection::vec(any::<u64>(), 0..60), slots in 1usize..=MAX_SLOTS) {
            prop_assert_eq!(signature(&shingles, slots), reference(&shingles, slots));
        }

        #[test]
        fn order_and_repeats_make_no_difference(mut shingles in prop::collection::vec(any::<u64>(), 1..60)) {
            let once = signature(&shingles, 64);
            shingles.reverse();
            shingles.push(shingles[0]);
            prop_assert_eq!(signature(&shingles, 64), once);
        }
    }
}
