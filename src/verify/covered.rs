//! Which words of a text stand inside a shared shingle, a bit for each.
//!
//! Sixty-four words are one number, so that a text of news is spread, counted and gone through in a handful of steps.

/// For each word of a text whether it stands inside a shared shingle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Covered {
    bits: Vec<u64>,
    words: usize,
}

const BITS: usize = u64::BITS as usize;

impl Covered {
    /// None of so many words yet.
    pub(super) fn none(words: usize) -> Covered {
        Covered { bits: vec![0; words.div_ceil(BITS)], words }
    }

    /// At this word a shared shingle begins.
    pub(super) fn begin(&mut self, place: usize) {
        self.bits[place / BITS] |= 1 << (place % BITS);
    }

    /// From the words at which shared shingles begin to those that stand inside one.
    pub(super) fn spread(&mut self, window_words: usize) {
        let window = window_words.min(self.words);
        let mut reached = 1;
        while reached < window {
            let step = reached.min(window - reached);
            self.add_shifted(step);
            reached += step;
        }
        let behind = self.bits.len() * BITS - self.words;
        if let Some(last) = self.bits.last_mut() {
            *last &= u64::MAX >> behind;
        }
    }

    /// Adds the words that stand so many behind those that are here.
    fn add_shifted(&mut self, words: usize) {
        let (whole, rest) = (words / BITS, words % BITS);
        for at in (whole..self.bits.len()).rev() {
            // What is shifted out of the number before; nothing, where whole numbers are shifted.
            let carried = (at > whole && rest > 0).then(|| self.bits[at - whole - 1] >> (BITS - rest));
            self.bits[at] |= self.bits[at - whole] << rest | carried.unwrap_or(0);
        }
    }

    /// Whether the word at this place stands inside.
    pub(super) fn has(&self, place: usize) -> bool {
        self.bits[place / BITS] >> (place % BITS) & 1 != 0
    }

    /// The share of words that stand inside; 0 of none.
    pub(super) fn share(&self) -> f64 {
        let inside: u32 = self.bits.iter().map(|bits| bits.count_ones()).sum();
        if self.words == 0 { 0.0 } else { f64::from(inside) / self.words as f64 }
    }

    /// The places of words that stand inside, in rising order.
    pub(super) fn inside(&self) -> impl Iterator<Item = usize> + '_ {
        places(self.bits.iter().copied())
    }

    /// The places of words that do not, in rising order: few, where two texts are copies.
    pub(super) fn alone(&self) -> impl Iterator<Item = usize> + '_ {
        places(self.bits.iter().map(|bits| !bits)).take_while(|&place| place < self.words)
    }
}

/// The places of the bits that are set.
fn places(mut numbers: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    let (mut bits, mut behind) = (0u64, 0);
    std::iter::from_fn(move || {
        while bits == 0 {
            bits = numbers.next()?;
            behind += BITS;
        }
        let place = behind - BITS + bits.trailing_zeros() as usize;
        bits &= bits - 1;
        Some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Windows of more than 64 words, too: a setting allows them.
        #[test]
        fn words_are_covered_as_one_by_one(
            begins in prop::collection::vec(prop::bool::weighted(0.05), 0..300),
            window in 1usize..200,
        ) {
            let window = window.min(begins.len());
            let mut covered = Covered::none(begins.len());
            begins.iter().enumerate().filter(|&(_, &begins)| begins).for_each(|(place, _)| covered.begin(place));
            covered.spread(window);
            let inside = |place: usize| (place + 1).saturating_sub(window)..=place;
            let expected: Vec<bool> = (0..begins.len()).map(|place| inside(place).any(|start| begins[start])).collect();
            let those = |is: bool| (0..begins.len()).filter(|&place| expected[place] == is).collect::<Vec<_>>();
            prop_assert_eq!((0..begins.len()).map(|place| covered.has(place)).collect::<Vec<_>>(), &expected[..]);
            prop_assert_eq!(covered.inside().collect::<Vec<_>>(), those(true));
            prop_assert_eq!(covered.alone().collect::<Vec<_>>(), those(false));
            let share = those(true).len() as f64 / begins.len().max(1) as f64;
            prop_assert_eq!(covered.share(), share);
        }
    }
}
