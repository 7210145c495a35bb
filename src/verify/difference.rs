//! Two articles' words in, the places where they differ out.
//!
//! Shingles that stand once in each text are anchors; the longest chain of anchors in the order of both texts aligns
//! them (patience diff, Cohen), and between two anchors the common words are found by plain dynamic programming. What a
//! passage moved elsewhere is, is a deletion and an insertion.

use std::ops::Range;

use super::reading::Reading;
use crate::shingle::Met;

/// A place where two texts differ: words of `a` that stand in place of words of `b`. One of the two may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Words only the first text has here.
    pub a: Range<usize>,
    /// Words only the second text has here.
    pub b: Range<usize>,
}

/// Gaps of more cells than this are taken as replaced outright: aligning them costs more than it tells.
const MAX_CELLS: usize = 64 * 64;

/// The changes that make `b` of `a`, in order; what lies between two changes is equal.
pub fn changes(a: &Reading, b: &Reading) -> Vec<Change> {
    changes_between(a, b, &a.set.met(&b.set, 0).unwrap_or_default())
}

/// The same where it is known which shingles both have.
pub(super) fn changes_between(a: &Reading, b: &Reading, met: &[Met]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut from_a, mut from_b) = (0, 0);
    let end = (a.words.len(), b.words.len());
    for (to_a, to_b) in anchors(a, b, met).chain([end]) {
        // Anchors overlap: the one before may have reached past this one already, on both sides alike.
        if to_a < from_a || to_b < from_b {
            continue;
        }
        gap(&a.words, &b.words, from_a..to_a, from_b..to_b, &mut changes);
        let run = common_run(&a.words[to_a..], &b.words[to_b..]);
        (from_a, from_b) = (to_a + run, to_b + run);
    }
    changes
}

/// How many words are the same from here on; eight at a time, as most runs are long.
fn common_run(a: &[u64], b: &[u64]) -> usize {
    let eights = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).take_while(|(a, b)| a == b).count();
    8 * eights + a[8 * eights..].iter().zip(&b[8 * eights..]).take_while(|(a, b)| a == b).count()
}

/// Word positions of shingles that stand once in each text, in a chain that rises in both.
fn anchors(a: &Reading, b: &Reading, met: &[Met]) -> impl Iterator<Item = (usize, usize)> {
    let mut place_in_b = vec![NOWHERE; a.words.len()];
    for &(of_a, of_b) in met {
        if let (Some(place_a), Some(place_b)) = (a.only_place_of(of_a as usize), b.only_place_of(of_b as usize)) {
            place_in_b[place_a as usize] = place_b;
        }
    }
    let once = place_in_b.iter().filter(|&&place| place != NOWHERE);
    // Near-identical texts have nothing that was moved, and every anchor is in the chain.
    if !once.is_sorted() {
        keep_longest_rising(&mut place_in_b);
    }
    place_in_b.into_iter().enumerate().filter(|&(_, b)| b != NOWHERE).map(|(a, b)| (a, b as usize))
}

/// No place: no text has so many words.
const NOWHERE: u32 = u32::MAX;

/// Leaves the longest chain of places that rise, and nothing of the others (Fredman 1975).
fn keep_longest_rising(places: &mut [u32]) {
    // tails[k]: what ends the best chain of k + 1; before[i]: what stands in front of i in its chain.
    let (mut tails, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), vec![None; places.len()]);
    for (index, &place) in places.iter().enumerate().filter(|&(_, &place)| place != NOWHERE) {
        let length = tails.partition_point(|&tail| places[tail] < place);
        before[index] = length.checked_sub(1).map(|shorter| tails[shorter]);
        if length == tails.len() {
            tails.push(index);
        } else {
            tails[length] = index;
        }
    }
    let chain = std::iter::successors(tails.last().copied(), |&index| before[index]);
    let chain: Vec<(usize, u32)> = chain.map(|index| (index, places[index])).collect();
    places.fill(NOWHERE);
    chain.into_iter().for_each(|(index, place)| places[index] = place);
}

/// The changes between two anchors.
fn gap(a: &[u64], b: &[u64], in_a: Range<usize>, in_b: Range<usize>, changes: &mut Vec<Change>) {
    let head = common_run(&a[in_a.clone()], &b[in_b.clone()]);
    let (start_a, start_b) = (in_a.start + head, in_b.start + head);
    let tail =
        a[start_a..in_a.end].iter().rev().zip(b[start_b..in_b.end].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a_words, b_words) = (&a[start_a..in_a.end - tail], &b[start_b..in_b.end - tail]);
    if a_words.is_empty() && b_words.is_empty() {
        return;
    }
    let mut change = Change { a: start_a..start_a, b: start_b..start_b };
    for (i, j) in common(a_words, b_words) {
        let (i, j) = (start_a + i, start_b + j);
        if change.a.end < i || change.b.end < j {
            changes.push(Change { a: change.a.end.min(i)..i, b: change.b.end.min(j)..j });
        }
        change = Change { a: i + 1..i + 1, b: j + 1..j + 1 };
    }
    let last = Change { a: change.a.end..in_a.end - tail, b: change.b.end..in_b.end - tail };
    if !last.a.is_empty() || !last.b.is_empty() {
        changes.push(last);
    }
}

/// Positions of a longest common subsequence, by dynamic programming; empty where that would cost too much.
fn common(a: &[u64], b: &[u64]) -> Vec<(usize, usize)> {
    if a.is_empty() || b.is_empty() || a.len() * b.len() > MAX_CELLS {
        return Vec::new();
    }
    let width = b.len() + 1;
    let mut best = vec![0u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i * width + j] = if a[i] == b[j] {
                best[(i + 1) * width + j + 1] + 1
            } else {
                best[(i + 1) * width + j].max(best[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[(i + 1) * width + j] >= best[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading(words: &[u64]) -> Reading {
        Reading::of_words(words.to_vec(), Vec::new(), 5)
    }

    /// Puts the changes into `a` and gives what should be `b`.
    fn patched(a: &[u64], b: &[u64], changes: &[Change]) -> Vec<u64> {
        let (mut made, mut at) = (Vec::new(), 0);
        for change in changes {
            made.extend_from_slice(&a[at..change.a.start]);
            made.extend_from_slice(&b[change.b.clone()]);
            at = change.a.end;
        }
        made.extend_from_slice(&a[at..]);
        made
    }

    #[test]
    fn one_replaced_word_is_one_change() {
        let a: Vec<u64> = (0..40).collect();
        let mut b = a.clone();
        b[20] = 99;
        assert_eq!(changes(&reading(&a), &reading(&b)), [Change { a: 20..21, b: 20..21 }]);
    }

    #[test]
    fn words_put_in_front_are_one_insertion() {
        let a: Vec<u64> = (0..40).collect();
        let b: Vec<u64> = (100..103).chain(0..40).collect();
        assert_eq!(changes(&reading(&a), &reading(&b)), [Change { a: 0..0, b: 0..3 }]);
    }

    #[test]
    fn equal_texts_have_no_changes_and_empty_ones_neither() {
        assert_eq!(changes(&reading(&[1, 2, 3]), &reading(&[1, 2, 3])), []);
        assert_eq!(changes(&reading(&[]), &reading(&[])), []);
        assert_eq!(changes(&reading(&[]), &reading(&[1])), [Change { a: 0..0, b: 0..1 }]);
    }

    proptest! {
        #[test]
        fn the_changes_make_b_of_a(a in prop::collection::vec(0u64..12, 0..60), b in prop::collection::vec(0u64..12, 0..60)) {
            let changes = changes(&reading(&a), &reading(&b));
            prop_assert_eq!(patched(&a, &b, &changes), b);
        }
    }
}
