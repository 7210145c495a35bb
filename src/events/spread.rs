//! Numbers whose order is nearly known in, the same in order out.
//!
//! Hashes are spread evenly over their range, so the upper bits of one say nearly where it stands among many: one pass puts each
//! there, and only those that have these bits in common are left to be compared.

/// Sorts `numbers`. `place`: where each belongs among `places`, which never falls as numbers rise.
pub(super) fn sort_spread(numbers: &mut Vec<u64>, places: usize, place: impl Fn(u64) -> usize) {
    // Counted one place further on, a sum of all before is where each place begins; it is where it ends, once it is filled.
    let mut next = vec![0u32; places + 1];
    numbers.iter().for_each(|&number| next[place(number) + 1] += 1);
    let mut sum = 0;
    for start in &mut next {
        sum += *start;
        *start = sum;
    }
    let mut sorted = vec![0; numbers.len()];
    for &number in &*numbers {
        let next = &mut next[place(number)];
        sorted[*next as usize] = number;
        *next += 1;
    }
    let mut from = 0;
    for &until in &next[..places] {
        if until - from > 1 {
            sorted[from as usize..until as usize].sort_unstable();
        }
        from = until;
    }
    *numbers = sorted;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_sorted_however_they_are_spread(
            mut numbers in prop::collection::vec(prop_oneof![0u64..50, 900u64..1_000], 0..200),
            places in 1usize..40,
        ) {
            let mut expected = numbers.clone();
            expected.sort_unstable();
            sort_spread(&mut numbers, places, |number| number as usize * places / 1_000);
            prop_assert_eq!(numbers, expected);
        }
    }
}
