//! A text in, its folded words and their places out, in one pass over its bytes.
//!
//! Of 64 bytes at once it is found where something else stands than a letter or digit of ASCII; what is between is copied in
//! lower case, and each other character is looked up in [`Table`]. A word that holds more than letters which fold by themselves
//! (combining marks, zero-width characters, ligatures, scripts without spaces) is read again in the general way, a character at
//! a time: slow, plain, and what the rest is tested against.
//!
//! What takes the time are branches that a processor can't foresee: a byte at a time, by a table, has a third fewer instructions
//! and took half as long again. So the length of a word, of a character, and whether a tone mark may have to move are computed
//! and not asked: about one wrong guess a word is left of four, on Vietnamese news.

use std::ops::Range;

use super::characters::{ASCII_GAPS, Class, Entry, Gap, TABLE, Table, composed, fold};
use super::{Place, SegmentStart};

/// So many bytes are looked at in one go, for each a bit of a number.
const BLOCK: usize = 64;

/// So many are copied in one go: most words are no longer.
const PIECE: usize = 16;

pub(super) struct Scanner<'a> {
    text: &'a str,
    table: &'static Table,
    /// The folded words, one behind the other. Behind them is always room for what the rest of the text folds to, as far as it
    /// is simple, and for a block.
    folded: &'a mut Vec<u8>,
    found: Found<'a>,
}

/// The words found so far.
struct Found<'a> {
    places: &'a mut Vec<Place>,
    segments: &'a mut Vec<SegmentStart>,
    seen: Seen,
}

impl Found<'_> {
    /// How many bytes the folded words have.
    fn filled(&self) -> usize {
        self.places.last().map_or(0, |place| place.folded_end as usize)
    }

    /// The next word stands at `span` of the text, and its folded form in `folded` up to `end`. Returns where that ends when its
    /// tone mark is settled.
    #[inline(always)]
    fn push(&mut self, span: Range<usize>, folded: &mut [u8], mut end: usize) -> usize {
        if may_be_settled(&folded[..end]) {
            end = settle_tone(folded, self.filled(), end);
        }
        if self.seen.has(Gap::LineBreak) | self.seen.has(Gap::SentenceEnd) {
            let first_word = self.places.len() as u32;
            self.segments.push(SegmentStart { first_word, begins_line: self.seen.has(Gap::LineBreak) });
        }
        self.seen = Seen::NOTHING;
        self.places.push(Place { start: span.start as u32, end: span.end as u32, folded_end: end as u32 });
        end
    }
}

/// What was seen between the last word and the next: the bits of [`Gap`]s.
#[derive(Clone, Copy)]
struct Seen(u8);

impl Seen {
    const NOTHING: Seen = Seen(0);
    const LINE_BREAK: Seen = Seen(Gap::LineBreak as u8);

    #[inline]
    fn see(&mut self, gap: Gap) {
        let ends = (gap == Gap::Space) & self.has(Gap::Stop);
        self.0 |= gap as u8 | (u8::from(ends) * Gap::SentenceEnd as u8);
    }

    fn has(self, gap: Gap) -> bool {
        self.0 & gap as u8 != 0
    }
}

impl<'a> Scanner<'a> {
    /// To put the words of `text` into these lists, which are empty.
    pub(super) fn new(
        text: &'a str,
        folded: &'a mut Vec<u8>,
        places: &'a mut Vec<Place>,
        segments: &'a mut Vec<SegmentStart>,
    ) -> Scanner<'a> {
        // A text begins as a line does.
        let seen = Seen::LINE_BREAK;
        let mut scanner = Scanner { text, table: &TABLE, folded, found: Found { places, segments, seen } };
        scanner.make_room(0);
        scanner
    }

    /// Reads the text; returns how many bytes its folded words have.
    pub(super) fn run(mut self) -> usize {
        let mut at = 0;
        while let Some(word) = self.simple(at) {
            at = self.general(word);
        }
        self.found.filled()
    }

    /// Reads on from `at`, where no word is open; returns where the first word begins that is not simple.
    fn simple(&mut self, mut at: usize) -> Option<usize> {
        let (bytes, table, folded) = (self.text.as_bytes(), self.table, self.folded.as_mut_slice());
        // The word being read: where it begins, and where its folded form ends so far.
        let (mut start, mut end) = (at, self.found.filled());
        while at < bytes.len() {
            let block = at;
            let mut others = others(&bytes[block..]);
            while others != 0 {
                let other = block + others.trailing_zeros() as usize;
                others &= others - 1;
                end = push_lower(&bytes[at..], other - at, folded, end);
                at = other;
                let byte = bytes[at];
                let (gap, length) = if byte < 0x80 {
                    (ASCII_GAPS[usize::from(byte)], 1)
                } else {
                    let (Entry { folded: letter, class }, length) = table.first(&bytes[at..]);
                    match class {
                        Class::Simple => {
                            folded[end..end + letter.len()].copy_from_slice(&letter);
                            (at, end) = (at + length, end + length);
                            continue;
                        }
                        Class::Gap(gap) => (gap, length),
                        Class::General | Class::Mark | Class::Ignorable | Class::Alone => return Some(start),
                    }
                };
                if at > start {
                    end = self.found.push(start..at, folded, end);
                }
                self.found.seen.see(gap);
                at += length;
                start = at;
            }
            let block_end = bytes.len().min(block + BLOCK);
            if at < block_end {
                end = push_lower(&bytes[at..], block_end - at, folded, end);
                at = block_end;
            }
        }
        if at > start {
            self.found.push(start..at, folded, end);
        }
        None
    }

    /// Reads on from `from`, where no word is open, to behind the next gap, in the general way.
    #[cold]
    fn general(&mut self, from: usize) -> usize {
        let mut word: Option<OpenWord> = None;
        let mut after = self.text.len();
        for (at, c) in self.text[from..].char_indices().map(|(at, c)| (from + at, c)) {
            match self.table.class(c) {
                Class::Mark | Class::Ignorable => {}
                Class::Simple | Class::General if word.is_some_and(|word| !word.alone) => {}
                class @ (Class::Simple | Class::General | Class::Alone) => {
                    self.end_general_word(word, at);
                    word = Some(OpenWord { start: at, alone: class == Class::Alone });
                }
                Class::Gap(gap) => {
                    self.end_general_word(word.take(), at);
                    self.found.seen.see(gap);
                    after = at + c.len_utf8();
                    break;
                }
            }
        }
        self.end_general_word(word, after);
        self.make_room(after);
        after
    }

    fn end_general_word(&mut self, word: Option<OpenWord>, at: usize) {
        let Some(OpenWord { start, .. }) = word else { return };
        let (word, begin) = (&self.text[start..at], self.found.filled());
        // Most such words are simple once they are composed: those of a text in NFD.
        let simple = composed(word).try_fold(begin, |end, c| {
            let letter = self.table.simple(c)?;
            Some(self.push_general(&letter[..c.len_utf8()], end))
        });
        let end = simple.unwrap_or_else(|| {
            fold(word).fold(begin, |end, c| self.push_general(c.encode_utf8(&mut [0; 4]).as_bytes(), end))
        });
        self.found.push(start..at, self.folded, end);
    }

    /// Writes a character at `end` of what is folded, where there may be no room for it; returns its end.
    fn push_general(&mut self, character: &[u8], end: usize) -> usize {
        if self.folded.len() < end + BLOCK {
            self.folded.resize(2 * (end + BLOCK), 0);
        }
        self.folded[end..end + character.len()].copy_from_slice(character);
        end + character.len()
    }

    /// Room for what the text from `from` on folds to, as far as it is simple: as many bytes, one more for each word whose
    /// tone mark moves (a gap follows it, which takes none), and a block.
    fn make_room(&mut self, from: usize) {
        let needed = self.found.filled() + (self.text.len() - from) + 2 * BLOCK;
        if self.folded.len() < needed {
            self.folded.resize(needed, 0);
        }
    }
}

/// A word that is being read in the general way.
#[derive(Clone, Copy)]
struct OpenWord {
    start: usize,
    /// Whether it is a character that stands alone: only marks can follow it.
    alone: bool,
}

/// Writes the first `length` of these bytes, letters and digits of ASCII, into `folded` at `end` in lower case; returns where
/// they end.
#[inline(always)]
fn push_lower(bytes: &[u8], length: usize, folded: &mut [u8], end: usize) -> usize {
    push_piece(bytes, folded, end);
    let mut copied = PIECE;
    while copied < length {
        push_piece(&bytes[copied..], folded, end + copied);
        copied += PIECE;
    }
    end + length
}

/// Copies a piece whatever is in it: what lies behind the letters and digits will be written over.
#[inline(always)]
fn push_piece(bytes: &[u8], folded: &mut [u8], end: usize) {
    let mut piece: [u8; PIECE] = bytes.first_chunk().copied().unwrap_or_else(|| padded(bytes));
    // Digits have the bit of lower case already.
    piece.iter_mut().for_each(|byte| *byte |= 0x20);
    folded[end..][..PIECE].copy_from_slice(&piece);
}

#[cold]
fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

/// Of the first [`BLOCK`] bytes of a text: a bit for each character that is no letter or digit of ASCII, at its first byte; the
/// first byte's is the lowest.
#[inline(always)]
fn others(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(block) => others_in(block),
        None => others_in(&padded(bytes)) & ((1 << bytes.len()) - 1),
    }
}

#[inline(always)]
fn others_in(block: &[u8; BLOCK]) -> u64 {
    let mut flags = [0; BLOCK];
    for (flag, &byte) in flags.iter_mut().zip(block) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        let goes_on = byte & 0xc0 == 0x80;
        *flag = u8::from(!(letter | digit | goes_on));
    }
    let mut bits = 0;
    for (place, eight) in flags.as_chunks().0.iter().enumerate() {
        // The bit of byte i goes from 8i to 56 + i; what else comes of it is beyond the number or below.
        let eight = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= eight << (8 * place);
    }
    bits
}

/// Whether these folded words may end as one that [`settle_tone`] changes: in `a`, `e` or `y` behind a letter that is not ASCII.
/// Few do, and it is said without a branch, as a processor foresees what is rare and not what is half of it.
#[inline(always)]
fn may_be_settled(folded: &[u8]) -> bool {
    const BARE: u32 = 1 << (b'a' & 31) | 1 << (b'e' & 31) | 1 << (b'y' & 31);
    match folded {
        [.., before, last] => BARE >> (last & 31) & u32::from(before >> 7) == 1,
        _ => false,
    }
}

/// Old tone-mark placement made new: a word that ends in a toned `o` or `u` and a bare `a`, `e` or `y` carries the tone
/// on its last letter (hòa is hoà, khỏe is khoẻ, thúy is thuý). Behind `q` the `u` is no vowel of its own.
///
/// The word is `folded[start..end]`; returns where it ends now, which is one byte more at most.
#[cold]
fn settle_tone(folded: &mut [u8], start: usize, end: usize) -> usize {
    let word = &folded[start..end];
    let Some((old, new)) = MOVED.iter().find(|(old, _)| word.ends_with(old.as_bytes())) else { return end };
    let place = end - old.len();
    if new.starts_with('u') && folded[start..place].ends_with(b"q") {
        return end;
    }
    folded[place..place + new.len()].copy_from_slice(new.as_bytes());
    place + new.len()
}

/// Endings of words with the tone mark where it was put once, and where it is put now.
const MOVED: [(&str, &str); 15] = [
    ("òa", "oà"),
    ("óa", "oá"),
    ("ỏa", "oả"),
    ("õa", "oã"),
    ("ọa", "oạ"),
    ("òe", "oè"),
    ("óe", "oé"),
    ("ỏe", "oẻ"),
    ("õe", "oẽ"),
    ("ọe", "oẹ"),
    ("ùy", "uỳ"),
    ("úy", "uý"),
    ("ủy", "uỷ"),
    ("ũy", "uỹ"),
    ("ụy", "uỵ"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Folded words, places, segments.
    type Scanned = (String, Vec<Place>, Vec<SegmentStart>);

    fn scanned(text: &str) -> Scanned {
        let (mut folded, mut places, mut segments) = (Vec::new(), Vec::new(), Vec::new());
        let filled = Scanner::new(text, &mut folded, &mut places, &mut segments).run();
        folded.truncate(filled);
        (String::from_utf8(folded).unwrap(), places, segments)
    }

    /// All of the text in the general way.
    fn reference(text: &str) -> Scanned {
        let (mut folded, mut places, mut segments) = (Vec::new(), Vec::new(), Vec::new());
        let mut scanner = Scanner::new(text, &mut folded, &mut places, &mut segments);
        let mut at = 0;
        while at < text.len() {
            at = scanner.general(at);
        }
        let filled = scanner.found.filled();
        folded.truncate(filled);
        (String::from_utf8(folded).unwrap(), places, segments)
    }

    /// What is near a border of the simple way: of a class, of a length in bytes, of what folds to one character.
    const PIECES: &[&str] = &[
        "a",
        "Z",
        "0",
        "9",
        "@",
        "[",
        "`",
        "{",
        "/",
        ":",
        "\u{7f}",
        "\0",
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\u{85}",
        "\u{a0}",
        ".",
        ". ",
        "!",
        "?",
        "…",
        "。",
        "，",
        "\u{2028}",
        "\u{3000}",
        "-",
        "–",
        "“",
        "”",
        "•",
        "😀",
        "👨\u{200d}👩",
        "hòa",
        "hoà",
        "HÒA",
        "Khỏe",
        "lõe",
        "thũy",
        "thúy",
        "Quý",
        "qúy",
        "q",
        "u",
        "y",
        "e",
        "ủa",
        "õa",
        "oà",
        "ỵ",
        "Đ",
        "đ",
        "Ư",
        "ề",
        "e\u{302}\u{300}",
        "e\u{300}",
        "a\u{306}\u{301}",
        "\u{301}",
        "\u{323}",
        "=\u{338}",
        "\u{200b}",
        "\u{ad}",
        "\u{feff}",
        "\u{fe0f}",
        "\u{34f}",
        "İ",
        "ı",
        "ß",
        "ẞ",
        "ſ",
        "ﬁ",
        "ŉ",
        "ΐ",
        "ς",
        "Σ",
        "Ж",
        "й",
        "и\u{306}",
        "ά",
        "Ⱥ",
        "ⱥ",
        "ǅ",
        "ﷺ",
        "مر",
        "\u{64e}",
        "中",
        "文",
        "が",
        "か\u{3099}",
        "ㄱ",
        "한",
        "\u{1112}",
        "\u{1161}",
        "\u{11ab}",
        "ที่",
        "Ａ",
        "１",
        "①",
        "½",
        "²",
        "ª",
        "µ",
        "K",
        "Ω",
        "𝐀",
        "𠀀",
        "Nguyễn",
        "Việt Nam",
        "international",
        "a-very-long-word",
        "0123456789abcdef",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_simple_and_the_general_way_find_the_same_words(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
            let text = pieces.concat();
            prop_assert_eq!(scanned(&text), reference(&text));
        }

        #[test]
        fn so_they_do_in_any_text(text in "\\PC{0,60}") {
            prop_assert_eq!(scanned(&text), reference(&text));
        }

        #[test]
        fn a_word_is_found_wherever_a_block_ends(before in 0usize..140, word in "[a-zÀ-ỹ]{1,40}", after in 0usize..140) {
            let text = format!("{}{word}{}", "- ".repeat(before), ". ".repeat(after));
            prop_assert_eq!(scanned(&text), reference(&text));
        }
    }

    #[test]
    fn every_character_is_read_alike_alone_and_inside_a_word() {
        // The first two planes hold all scripts but Han's rarer characters; variation selectors are in the fifteenth.
        for c in (0..0x2_0000).chain(0xe_0000..0xe_1000).filter_map(char::from_u32) {
            let text = format!("{c} a{c}b {c}{c}. ");
            assert_eq!(scanned(&text), reference(&text), "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn letters_and_digits_of_ascii_are_no_others_and_all_else_is_at_its_first_byte() {
        for c in (0..=0x2fff).filter_map(char::from_u32) {
            let text = format!("ab{c}c");
            assert_eq!(others(text.as_bytes()), u64::from(!c.is_ascii_alphanumeric()) << 2, "U+{:04X}", c as u32);
        }
        assert_eq!(others("-".repeat(100).as_bytes()), u64::MAX);
        assert_eq!(others("-".repeat(64).as_bytes()), u64::MAX);
        assert_eq!(others(b""), 0);
    }
}
