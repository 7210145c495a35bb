//! The bytes of a word as written in, what it folds to and its hash out, if it was met before.
//!
//! News says the same few thousand words over and over, so nearly every one is found here, and costs a look at one place
//! instead of folding and hashing. What is kept is what the general way made of the same bytes: forgetting it, or having never
//! met it, changes nothing but the time.

use std::ops::Range;

use super::Marks;

/// A word of more bytes, as written or folded, is not kept: so a word is two numbers, compared at once. Most are shorter.
pub(super) const PIECE: usize = 16;

/// How many pairs of words are kept. News of any one language has some 10,000 words that make 99 % of it. Twice as many pairs
/// would find one word in a hundred more, and no longer fit into the cache next to the processor.
const PAIRS: usize = 1 << PAIR_BITS;
const PAIR_BITS: u32 = 13;

/// A word as written, filled up with zeros, as two numbers; zero where it is too long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Token([u64; 2]);

impl Token {
    const NONE: Token = Token([0, 0]);

    /// What stands at `span` of `bytes`: at least one byte, none of them zero.
    #[inline(always)]
    pub(super) fn of(bytes: &[u8], span: Range<usize>) -> Token {
        let Some(mask) = MASKS.get(span.len()) else { return Token::NONE };
        let piece = bytes[span.start..].first_chunk();
        let [low, high] = numbers(piece.copied().unwrap_or_else(|| padded(&bytes[span.start..])));
        Token([low & mask[0], high & mask[1]])
    }

    /// The pair among which it is kept, if it is: its bits mixed by multiplication (Knuth, TAOCP 6.4).
    #[inline(always)]
    fn pair(&self) -> usize {
        let mixed = (self.0[0] ^ self.0[1].rotate_left(29)).wrapping_mul(super::ODD);
        (mixed >> (u64::BITS - PAIR_BITS)) as usize
    }
}

impl Token {
    fn bytes(self) -> [u8; PIECE] {
        (u128::from(self.0[1]) << 64 | u128::from(self.0[0])).to_le_bytes()
    }
}

fn numbers(piece: [u8; PIECE]) -> [u64; 2] {
    let number = u128::from_le_bytes(piece);
    [number as u64, (number >> 64) as u64]
}

/// Fewer bytes than a piece, with zeros behind them.
#[cold]
fn padded(bytes: &[u8]) -> [u8; PIECE] {
    let mut piece = [0; PIECE];
    piece[..bytes.len()].copy_from_slice(bytes);
    piece
}

/// For each length of a word the bits of a piece that are its own.
static MASKS: [[u64; 2]; PIECE + 1] = {
    let mut masks = [[0; 2]; PIECE + 1];
    let mut length = 1;
    while length <= PIECE {
        let mask = u128::MAX >> (128 - 8 * length);
        masks[length] = [mask as u64, (mask >> 64) as u64];
        length += 1;
    }
    masks
};

/// A word that is kept, save for its folded form.
#[derive(Clone, Copy)]
struct Kept {
    token: Token,
    hash: u64,
    /// How many bytes its folded form has; 0 where no word is kept.
    length: u8,
    marks: Marks,
    /// Whether it is written as it folds: most words are, and need no look at what they fold to, which would often have to be
    /// fetched from far.
    is_folded: bool,
}

/// As long as a line of the cache, and at the beginning of one: looking at both words costs no more than at one.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Pair([Kept; 2]);

/// Words that were met, and what they fold to.
pub(super) struct Memo {
    pairs: Box<[Pair]>,
    /// The folded form of each, with anything behind it. By itself, so that the words which are compared lie close together.
    folded: Box<[[u8; PIECE]]>,
}

/// What is known of a word.
pub(super) struct Known {
    /// Its folded form, and behind it anything.
    pub(super) folded: [u8; PIECE],
    /// How many bytes that has.
    pub(super) length: u8,
    /// The xxh3 hash of it.
    pub(super) hash: u64,
    pub(super) marks: Marks,
}

impl Default for Memo {
    fn default() -> Self {
        let nothing = Kept { token: Token::NONE, hash: 0, length: 0, marks: Marks::default(), is_folded: false };
        Memo { pairs: vec![Pair([nothing; 2]); PAIRS].into(), folded: vec![[0; PIECE]; 2 * PAIRS].into() }
    }
}

impl Memo {
    #[inline(always)]
    pub(super) fn find(&self, token: &Token) -> Option<Known> {
        let pair = token.pair();
        let Pair([first, second]) = &self.pairs[pair];
        let is_second = first.token != *token;
        let Kept { token: kept, hash, length, marks, is_folded } = if is_second { *second } else { *first };
        if kept != *token || length == 0 {
            return None;
        }
        let folded = if is_folded { token.bytes() } else { self.folded[2 * pair + usize::from(is_second)] };
        Some(Known { folded, length, hash, marks })
    }

    /// Keeps a word that is not kept yet, unless it is too long: as the first of its pair, or if there is one, as the second in
    /// place of what is there.
    pub(super) fn remember(&mut self, token: &Token, folded: &[u8], hash: u64, marks: Marks) {
        if *token == Token::NONE || folded.len() > PIECE {
            return;
        }
        let pair = token.pair();
        let Pair(words) = &mut self.pairs[pair];
        let place = usize::from(words[0].length > 0);
        let is_folded = Token::of(folded, 0..folded.len()) == *token;
        words[place] = Kept { token: *token, hash, length: folded.len() as u8, marks, is_folded };
        self.folded[2 * pair + place] = padded(folded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_by_all_of_its_bytes_and_no_others() {
        let text = b"abcdefghijklmnopq abc";
        let mut memo = Memo::default();
        for length in 1..=PIECE {
            memo.remember(&Token::of(text, 0..length), &text[..length], length as u64, Marks::default());
        }
        for length in 1..=PIECE {
            let found = memo.find(&Token::of(text, 0..length)).map(|known| (known.hash, known.folded[length - 1]));
            assert!(found.is_none_or(|found| found == (length as u64, text[length - 1])), "{length}: {found:?}");
        }
        assert!(memo.find(&Token::of(text, 0..1)).is_some());
        assert!(Token::of(text, 0..3) == Token::of(text, 18..21), "the end of a text makes no difference");
        assert!(memo.find(&Token::of(text, 0..PIECE + 1)).is_none(), "too long");
        memo.remember(&Token::of(text, 1..2), text, 1, Marks::default());
        assert!(memo.find(&Token::of(text, 1..2)).is_none(), "too long when folded");
    }

    #[test]
    fn a_pair_is_a_line_of_the_cache() {
        assert_eq!(size_of::<Pair>(), 64);
    }
}
