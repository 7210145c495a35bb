//! The bytes of a word as written in, what it folds to and its hash out, if it was met before.
//!
//! News says the same few thousand words over and over, so nearly every one is found here, and costs a look at one place
//! instead of folding and hashing. What is kept is what the general way made of the same bytes: forgetting it, or having never
//! met it, changes nothing but the time.

use std::ops::Range;

/// A word of more bytes, as written or folded, is not kept: so a word is two numbers, compared at once. Most are shorter.
pub(super) const PIECE: usize = 16;

/// How many words are kept, of 48 bytes each. News of any one language has some 10,000 that make 99 % of it; those of them
/// that are in use stay in the cache next to the processor.
const PLACES: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 15;

/// What is known of a word.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// Its folded form, and behind it anything.
    pub(super) folded: [u8; PIECE],
    /// The xxh3 hash of its folded form.
    pub(super) hash: u64,
    /// How many bytes its folded form has.
    pub(super) length: u8,
}

impl Known {
    /// `None` where the folded form is too long to be kept.
    pub(super) fn of(folded: &[u8], hash: u64) -> Option<Known> {
        Some(Known { folded: padded(folded)?, hash, length: folded.len() as u8 })
    }
}

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
        let piece = piece.copied().or_else(|| padded(&bytes[span.start..])).unwrap_or_default();
        let [low, high] = numbers(piece);
        Token([low & mask[0], high & mask[1]])
    }

    /// Where it is kept, if it is: its bits mixed by multiplication (Knuth, TAOCP 6.4).
    #[inline(always)]
    fn place(&self) -> usize {
        let mixed = (self.0[0] ^ self.0[1].rotate_left(29)).wrapping_mul(super::ODD);
        (mixed >> (u64::BITS - PLACE_BITS)) as usize
    }
}

fn numbers(piece: [u8; PIECE]) -> [u64; 2] {
    let number = u128::from_le_bytes(piece);
    [number as u64, (number >> 64) as u64]
}

/// These bytes with zeros behind them, if they are no more than a piece.
fn padded(bytes: &[u8]) -> Option<[u8; PIECE]> {
    let mut piece = [0; PIECE];
    piece.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(piece)
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

/// Words that were met. Each may stand in two places next to each other: were it one, of Vietnamese news one word in twenty
/// would not be found, and so it is one in fifty.
pub(super) struct Memo(Box<[(Token, Known)]>);

impl Default for Memo {
    fn default() -> Self {
        let nothing = (Token::NONE, Known { folded: [0; PIECE], hash: 0, length: 0 });
        Memo(vec![nothing; PLACES].into_boxed_slice())
    }
}

impl Memo {
    /// What is known of a word; `None` too for [`Token::NONE`], which is never remembered with a length.
    #[inline(always)]
    pub(super) fn find(&self, token: &Token) -> Option<&Known> {
        let place = token.place();
        let (first, known) = &self.0[place];
        if first == token {
            return Some(known).filter(|known| known.length > 0);
        }
        let (second, known) = &self.0[place ^ 1];
        (second == token && known.length > 0).then_some(known)
    }

    /// Keeps a word that is not kept yet: in the first of its places, or if that is taken, in the second, whatever is there.
    pub(super) fn remember(&mut self, token: &Token, known: Known) {
        if *token != Token::NONE {
            let place = token.place();
            let taken = self.0[place].0 != Token::NONE;
            self.0[place ^ usize::from(taken)] = (*token, known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_by_all_of_its_bytes_and_no_others() {
        let text = b"abcdefghijklmnopq abc";
        let mut memo = Memo::default();
        let known = |hash| Known::of(b"x", hash).unwrap();
        for length in 1..=PIECE {
            memo.remember(&Token::of(text, 0..length), known(length as u64));
        }
        for length in 1..=PIECE {
            let found = memo.find(&Token::of(text, 0..length)).map(|known| known.hash);
            assert!(found.is_none_or(|hash| hash == length as u64), "{length}: {found:?}");
        }
        assert!(Token::of(text, 0..3) == Token::of(text, 18..21), "the end of a text makes no difference");
        assert!(memo.find(&Token::of(text, 0..PIECE + 1)).is_none(), "too long");
        assert!(Known::of(&text[..PIECE + 1], 0).is_none(), "too long");
    }
}
