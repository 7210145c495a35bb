//! Words in, shingles out.
//!
//! A shingle is the hash of `window_words` consecutive words. The hash is fixed for good, because indexes keep it:
//!
//! ```text
//! word     w = xxh3_64(folded UTF-8 bytes)
//! window   p = w[0] B^(n-1) + w[1] B^(n-2) + ... + w[n-1]   (mod 2^64)
//! shingle  s = finish(p)
//! ```
//!
//! `B` is odd and `finish` is the finalizer of MurmurHash3, a bijection. The polynomial rolls (Rabin, Karp 1987): the
//! next window is `p B + new - old B^n`, so one pass over the words makes all shingles; `finish` spreads every bit, so
//! that a sketch may use high and low bits alike. Two different windows collide with probability about 2^-64.
//!
//! A text shorter than a window is one shingle of all its words, by the same formula with its own `n`.

use serde::Serialize;

/// The multiplier of the rolling hash: odd, its bits without pattern (2^64 / golden ratio, as in Knuth, TAOCP 6.4).
pub const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// The shingles of `words` (hashes, in order) in order, one for each window, put in place of what `shingles` held.
/// Empty where there are no words; one shingle where there are fewer than `window_words` (at least 1).
pub fn shingles_into(words: &[u64], window_words: usize, shingles: &mut Vec<u64>) {
    shingles.clear();
    if words.is_empty() {
        return;
    }
    let window = window_words.min(words.len());
    let leaving = (0..window).fold(1u64, |power, _| power.wrapping_mul(BASE));
    let mut rolling = polynomial(&words[..window]);
    shingles.push(finish(rolling));
    shingles.extend(words.iter().zip(&words[window..]).map(|(&old, &new)| {
        rolling = rolling.wrapping_mul(BASE).wrapping_add(new).wrapping_sub(old.wrapping_mul(leaving));
        finish(rolling)
    }));
}

/// Puts the shingles of article after article in order, in the same buffers.
///
/// Whatever is asked of a set of shingles is easy once they are in order: repeats stand side by side, samples and imprint
/// are their beginning and their upper halves, the smallest of a slot is the first of it.
#[derive(Debug, Clone, Default)]
pub struct Shingler {
    shingles: Vec<u64>,
    table: Vec<u64>,
}

impl Shingler {
    /// The different shingles of `words` (hashes, in order), in rising order.
    ///
    /// ```
    /// use wirecopy::shingle::{ShingleSet, Shingler, shingles_into};
    /// let (words, mut shingles) = ([7, 3, 7, 3, 7, 5], Vec::new());
    /// shingles_into(&words, 2, &mut shingles);
    /// assert_eq!(Shingler::default().different(&words, 2), ShingleSet::new(shingles).as_slice());
    /// ```
    pub fn different(&mut self, words: &[u64], window_words: usize) -> &[u64] {
        shingles_into(words, window_words, &mut self.shingles);
        if self.shingles.len() > MOST_IN_A_TABLE {
            self.shingles.sort_unstable();
            self.shingles.dedup();
        } else {
            settle(&mut self.shingles, &mut self.table);
        }
        &self.shingles
    }
}

/// Of more shingles than this no table is made, which takes up to five times their memory: no article of news has so many.
const MOST_IN_A_TABLE: usize = if cfg!(test) { 300 } else { 1 << 18 };

/// Puts hashes in rising order, each once. `table` is a buffer.
///
/// Hashes are as good as random, so the highest bits of one say where it belongs: it is put into that place of a table
/// with two to four places for each, or behind those smaller ones that came there before; what is larger moves on (ordered hash
/// table: Amble, Knuth 1974). Reading the table from end to end gives them in order.
fn settle(hashes: &mut Vec<u64>, table: &mut Vec<u64>) {
    let bits = (2 * hashes.len()).max(2).next_power_of_two().ilog2();
    table.clear();
    // As many places behind the last as there may be hashes that find no place before.
    table.resize((1 << bits) + hashes.len() + 1, EMPTY);
    let mut has_empty = false;
    for &hash in &*hashes {
        has_empty |= hash == EMPTY;
        let mut place = (hash >> (u64::BITS - bits)) as usize;
        while table[place] < hash {
            place += 1;
        }
        let mut moving = hash;
        while table[place] != hash {
            moving = std::mem::replace(&mut table[place], moving);
            if moving == EMPTY {
                break;
            }
            place += 1;
        }
    }
    let mut settled = 0;
    hashes.push(EMPTY);
    let (places, behind) = table.split_at(1 << bits);
    for &hash in places {
        // A place that holds nothing is written as well, and then written over: so no branch asks what it holds.
        hashes[settled] = hash;
        settled += usize::from(hash != EMPTY);
    }
    // Of what found no place before, nothing lies apart.
    for &hash in behind.iter().take_while(|&&hash| hash != EMPTY) {
        hashes[settled] = hash;
        settled += 1;
    }
    hashes.truncate(settled);
    hashes.extend(has_empty.then_some(EMPTY));
}

/// What an empty place of a table holds: larger than any hash but itself, which is therefore put behind all others.
const EMPTY: u64 = u64::MAX;

/// The finalizer of MurmurHash3 (Appleby).
fn finish(mut x: u64) -> u64 {
    x = (x ^ (x >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    x ^ (x >> 33)
}

/// One number for all of `words` (hashes) in order: the shingle of a window that holds them all.
pub fn content_hash(words: &[u64]) -> u64 {
    finish(polynomial(words))
}

fn polynomial(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum: u64, &word| sum.wrapping_mul(BASE).wrapping_add(word))
}

/// Puts items in rising order of their hashes; those of one hash stay in the order in which they came.
///
/// The bits of a hash are spread evenly, so its highest ones say where an item belongs, give or take a few places, which
/// insertion settles. 400 shingles with their places take 17 ns each instead of 40, and 13 instead of 18 without. Where a
/// hash recurs so often that insertion would be slow, and in short lists, a plain sort does it.
pub(crate) fn sort_by_hash<T: Copy>(items: &mut [T], hash: impl Fn(&T) -> u64) {
    if items.len() < FEW {
        return items.sort_by_key(hash);
    }
    // As many buckets as items, or down to half of that.
    let bits = items.len().ilog2();
    let bucket = |item: &T| (hash(item) >> (64 - bits)) as usize;
    let mut places = vec![0u32; 1 << bits];
    items.iter().for_each(|item| places[bucket(item)] += 1);
    if places.iter().any(|&count| count > CROWDED) {
        return items.sort_by_key(hash);
    }
    let mut start = 0;
    places.iter_mut().for_each(|place| start += std::mem::replace(place, start));
    let unsorted = items.to_vec();
    for item in unsorted {
        let place = &mut places[bucket(&item)];
        items[*place as usize] = item;
        *place += 1;
    }
    for at in 1..items.len() {
        let (item, own) = (items[at], hash(&items[at]));
        let mut to = at;
        while to > 0 && hash(&items[to - 1]) > own {
            items[to] = items[to - 1];
            to -= 1;
        }
        items[to] = item;
    }
}

/// In a list of fewer items, buckets take longer than they save.
const FEW: usize = 100;

/// A bucket of more items is not put in order by insertion. By chance one has more than 16 once in 10^10 times.
const CROWDED: u32 = 16;

/// The different shingles of one article, in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShingleSet(Vec<u64>);

/// How two shingle sets overlap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overlap {
    /// Shared shingles divided by all (Jaccard), 0.0..=1.0; 0 where both sets are empty.
    pub similarity: f64,
    /// Shared shingles divided by those of the smaller set, 0.0..=1.0; 0 where that is empty.
    pub containment: f64,
}

impl ShingleSet {
    /// The set of these shingles, in any order, repeated or not.
    pub fn new(mut shingles: Vec<u64>) -> ShingleSet {
        sort_by_hash(&mut shingles, |&shingle| shingle);
        shingles.dedup();
        ShingleSet(shingles)
    }

    /// The set of these shingles, which are in rising order, repeated or not.
    ///
    /// # Panics
    /// In debug builds, if they are not.
    pub fn from_sorted(mut shingles: Vec<u64>) -> ShingleSet {
        debug_assert!(shingles.is_sorted(), "shingles in rising order");
        shingles.dedup();
        ShingleSet(shingles)
    }

    /// The shingles in rising order.
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// The shingles in rising order, for the list to be used again.
    pub fn into_vec(self) -> Vec<u64> {
        self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places in either set of the shingles that are in both, in rising order, or `None` as soon as there can't be
    /// `at_least` any more: the merge of two unlike sets stops after a handful of steps (Mann, Augsten, Bouros, PVLDB 2016,
    /// section 2.3).
    pub(crate) fn met(&self, other: &ShingleSet, at_least: usize) -> Option<Vec<Met>> {
        met(&self.0, &other.0, at_least)
    }

    /// Similarity and containment of two sets that share `shared` shingles.
    pub fn overlap(&self, other: &ShingleSet, shared: usize) -> Overlap {
        let all = self.len() + other.len() - shared;
        let smaller = self.len().min(other.len());
        let share = |of: usize| if of == 0 { 0.0 } else { shared as f64 / of as f64 };
        Overlap { similarity: share(all), containment: share(smaller) }
    }
}

/// So many upper bits of a shingle are held of it: with 16, one in seven of 500 shingles would not fit into a byte, and no
/// processor foresees which.
const TOP_BITS: u32 = 15;

/// The imprint of a set of shingles, which are in rising order: the upper 15 bits of each, what is held of an article to see
/// which pairs can't be an edge: see [`may_share`]. Each is written as what it is more than the one before, in a byte, or if
/// that is too little, behind a byte `FAR` as it is: of 500 shingles one in fifty.
pub fn imprint(shingles: &[u64]) -> Vec<u8> {
    imprint_of(shingles.iter().map(|shingle| (shingle >> (u64::BITS - TOP_BITS)) as u16))
}

/// The imprint of these upper bits, which are in rising order.
pub(crate) fn imprint_of(tops: impl Iterator<Item = u16>) -> Vec<u8> {
    let least = tops.size_hint().0;
    let mut imprint = Vec::with_capacity(least + least / 8);
    let mut before = 0;
    for top in tops {
        match u8::try_from(top - before) {
            Ok(more) if more < FAR => imprint.push(more),
            _ => {
                let [low, high] = top.to_le_bytes();
                imprint.extend([FAR, low, high]);
            }
        }
        before = top;
    }
    imprint
}

/// Stands in an imprint before a number that is written as it is.
const FAR: u8 = u8::MAX;

/// The upper bits that an imprint tells of, in rising order.
pub(crate) fn tops(imprint: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let (mut bytes, mut top) = (imprint.iter(), 0_u16);
    std::iter::from_fn(move || {
        top = match *bytes.next()? {
            FAR => u16::from_le_bytes([*bytes.next()?, *bytes.next()?]),
            more => top.wrapping_add(u16::from(more)),
        };
        Some(top)
    })
}

/// Whether the articles of two imprints may share so many shingles.
///
/// The other has no more of the one's shingles than shingles whose upper bits the one has too. Of 500 shingles each, strangers have
/// eight such by chance; where there are many thousands, so many that nothing is ruled out any more.
pub fn may_share(imprint: &[u8], other: &[u8], at_least: usize) -> bool {
    ImprintHeld::default().may_share(imprint, other, at_least)
}

/// Upper bits of shingles, a bit for each: so it is counted how many of another article's are among them, without a branch that a
/// processor can't foresee; that is never less than what the two share.
#[derive(Debug, Clone)]
pub(crate) struct TopSet(Box<[u64; 1 << (u16::BITS - 6)]>);

impl Default for TopSet {
    fn default() -> TopSet {
        TopSet(Box::new([0; 1 << (u16::BITS - 6)]))
    }
}

impl TopSet {
    pub(crate) fn insert(&mut self, top: u16) {
        self.0[usize::from(top >> 6)] |= 1 << (top & 63);
    }

    /// Takes out `top`, and what lies near it.
    fn clear_around(&mut self, top: u16) {
        self.0[usize::from(top >> 6)] = 0;
    }

    /// How many of an imprint's are here.
    pub(crate) fn count_in(&self, imprint: &[u8]) -> usize {
        let has = |top: u16| (self.0[usize::from(top >> 6)] >> (top & 63)) & 1;
        tops(imprint).map(has).sum::<u64>() as usize
    }
}

/// [`may_share`] for one article and many others.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImprintHeld {
    imprint: Vec<u8>,
    /// Those of the imprint.
    tops: TopSet,
}

impl ImprintHeld {
    /// [`may_share`], soonest where `imprint` is that of the last call.
    pub(crate) fn may_share(&mut self, imprint: &[u8], other: &[u8], at_least: usize) -> bool {
        if self.imprint != imprint {
            tops(&self.imprint).for_each(|top| self.tops.clear_around(top));
            self.imprint.clear();
            self.imprint.extend_from_slice(imprint);
            tops(imprint).for_each(|top| self.tops.insert(top));
        }
        self.tops.count_in(other) >= at_least
    }
}

/// Where a shingle that two sets have in common stands in either.
pub(crate) type Met = (u32, u32);

/// The places of the items that two lists in rising order have in common; `None` as soon as there can't be `at_least` any
/// more.
fn met(a: &[u64], b: &[u64], at_least: usize) -> Option<Vec<Met>> {
    // How many items of each side may still turn out to be missing from the other.
    let mut spare_a = a.len().checked_sub(at_least)?;
    let mut spare_b = b.len().checked_sub(at_least)?;
    let mut met = Vec::with_capacity(a.len().min(b.len()));
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            met.push((i as u32, j as u32));
            (i, j) = (i + 1, j + 1);
        } else if a[i] < b[j] {
            i += 1;
            spare_a = spare_a.checked_sub(1)?;
        } else {
            j += 1;
            spare_b = spare_b.checked_sub(1)?;
        }
    }
    (met.len() >= at_least).then_some(met)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::Words;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn shingles(words: &[u64], window_words: usize) -> Vec<u64> {
        let mut shingles = Vec::new();
        shingles_into(words, window_words, &mut shingles);
        shingles
    }

    /// The formula of the module's header, a window at a time.
    fn reference(words: &[u64], window_words: usize) -> Vec<u64> {
        let window = window_words.min(words.len());
        let power = |exponent: usize| (0..exponent).fold(1u64, |power, _| power.wrapping_mul(BASE));
        let term = |(place, word): (usize, &u64)| word.wrapping_mul(power(window - 1 - place));
        let windows = words.windows(window.max(1));
        windows.map(|words| finish(words.iter().enumerate().map(term).fold(0, u64::wrapping_add))).collect()
    }

    /// The shingle hash is kept in indexes: this value, computed apart by the formula, may never change.
    #[test]
    fn the_shingle_hash_is_fixed_for_good() {
        let words: Vec<u64> = Words::of("Tổng thống Mỹ Joe Biden").hashes().collect();
        assert_eq!(shingles(&words, 5), [FIXED]);
    }
    const FIXED: u64 = 13_597_766_145_954_498_727;

    #[test]
    fn a_text_shorter_than_a_window_is_one_shingle_and_an_empty_one_is_none() {
        assert!(shingles(&[], 5).is_empty());
        assert_eq!(shingles(&[1, 2, 3], 5), shingles(&[1, 2, 3], 3));
        assert_eq!(shingles(&[1, 2, 3, 4, 5], 5).len(), 1);
        assert_eq!(shingles(&[1, 2, 3, 4, 5, 6], 5).len(), 2);
    }

    #[test]
    fn the_order_of_words_counts() {
        assert_ne!(shingles(&[1, 2, 3, 4, 5], 5), shingles(&[2, 1, 3, 4, 5], 5));
    }

    proptest! {
        #[test]
        fn the_hash_of_all_words_is_the_shingle_of_a_window_that_holds_them(words in prop::collection::vec(any::<u64>(), 1..40)) {
            prop_assert_eq!(shingles(&words, words.len()), [content_hash(&words)]);
        }

        #[test]
        fn rolling_equals_the_formula(words in prop::collection::vec(any::<u64>(), 0..40), window_words in 1usize..9) {
            prop_assert_eq!(shingles(&words, window_words), reference(&words, window_words));
        }

        #[test]
        fn sorting_by_hash_is_sorting(hashes in prop::collection::vec(prop_oneof![30 => any::<u64>(), 1 => 0u64..9], 0..400)) {
            // Each twice, and with its place, so that the order of equal ones shows.
            let mut items: Vec<(u64, usize)> = hashes.iter().chain(&hashes).copied().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|&(hash, _)| hash);
            sort_by_hash(&mut items, |&(hash, _)| hash);
            prop_assert_eq!(items, expected);
        }

        #[test]
        fn hashes_settle_in_rising_order_each_once(hashes in prop::collection::vec(prop_oneof![any::<u64>(), 0u64..9, (0u64..9).prop_map(|low| u64::MAX - low)], 0..200)) {
            let expected: Vec<u64> = hashes.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
            let (mut settled, mut table) = (hashes, vec![7; 3]);
            settle(&mut settled, &mut table);
            prop_assert_eq!(settled, expected);
        }

        #[test]
        fn an_imprint_tells_of_all_upper_bits(shingles in prop::collection::vec(prop_oneof![any::<u64>(), (0u64..600).prop_map(|top| top << 49)], 0..300)) {
            let set = ShingleSet::new(shingles);
            let expected: Vec<u16> = set.as_slice().iter().map(|shingle| (shingle >> 49) as u16).collect();
            prop_assert_eq!(tops(&imprint(set.as_slice())).collect::<Vec<u16>>(), expected);
        }

        #[test]
        fn imprints_never_deny_what_is_shared(a in prop::collection::vec(0u64..40, 0..30), b in prop::collection::vec(0u64..40, 0..30)) {
            // Four tops among all of them, so that many a shingle has that of another.
            let set = |numbers: &[u64]| ShingleSet::new(numbers.iter().map(|number| ((number % 4) << 49) | number).collect());
            let (a, b) = (set(&a), set(&b));
            let shared = a.met(&b, 0).unwrap().len();
            let (of_a, of_b) = (imprint(a.as_slice()), imprint(b.as_slice()));
            prop_assert!(may_share(&of_a, &of_b, shared));
            let mut held = ImprintHeld::default();
            for at_least in 0..40 {
                prop_assert_eq!(held.may_share(&of_a, &of_b, at_least), may_share(&of_a, &of_b, at_least));
                prop_assert_eq!(held.may_share(&of_b, &of_a, at_least), may_share(&of_b, &of_a, at_least));
            }
        }

        #[test]
        fn what_is_met_equals_set_intersection(a in prop::collection::vec(0u64..40, 0..30), b in prop::collection::vec(0u64..40, 0..30), at_least in 0usize..12) {
            let (left, right): (BTreeSet<u64>, BTreeSet<u64>) = (a.iter().copied().collect(), b.iter().copied().collect());
            let place = |set: &BTreeSet<u64>, item: u64| set.range(..item).count() as u32;
            let expected: Vec<Met> =
                left.intersection(&right).map(|&item| (place(&left, item), place(&right, item))).collect();
            let met = ShingleSet::new(a).met(&ShingleSet::new(b), at_least);
            prop_assert_eq!(met, (expected.len() >= at_least).then_some(expected));
        }
    }
}
