//! A text in, its folded words and their places out, in one pass over its bytes.
//!
//! Of 64 bytes at once it is found where something else stands than a letter or digit. What is between two such breaks is nearly
//! always a word that was met before, so it is looked up in a [`Memo`] by its bytes, and what it folds to is copied. A new one
//! is folded a letter at a time by [`Table`]. One that holds more than letters which fold by themselves (combining marks,
//! zero-width characters, ligatures, scripts without spaces) is read in the general way, a character at a time: slow, plain, and
//! what the rest is tested against.
//!
//! What takes the time are branches that a processor can't foresee. Here it is about one a word: whether it was met before
//! is foreseen, and how long it is, is computed and not asked.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::characters::{ASCII_GAPS, Class, Entry, Gap, Scripts, TABLE, Table, composed, fold};
use super::memo::{Memo, PIECE, Token};
use super::{Marks, Place, SegmentStart};

/// So many bytes are looked at in one go, for each a bit of a number.
const BLOCK: usize = 64;

pub(super) struct Scanner<'a> {
    text: &'a str,
    table: &'static Table,
    memo: &'a mut Memo,
    /// The folded words, one behind the other. Behind them is always room for what the rest of the text folds to, as far as it
    /// is simple, and for a block.
    folded: &'a mut Vec<u8>,
    found: Found<'a>,
}

/// The words found so far.
pub(super) struct Found<'a> {
    places: &'a mut Vec<Place>,
    segments: &'a mut Vec<SegmentStart>,
    with_digits: &'a mut Vec<u32>,
    seen: Seen,
}

impl<'a> Found<'a> {
    /// To put words into these lists, which are empty.
    pub(super) fn new(
        places: &'a mut Vec<Place>,
        segments: &'a mut Vec<SegmentStart>,
        with_digits: &'a mut Vec<u32>,
    ) -> Found<'a> {
        // A text begins as a line does.
        Found { places, segments, with_digits, seen: Seen::LINE_BREAK }
    }

    /// How many bytes the folded words have.
    fn filled(&self) -> usize {
        self.places.last().map_or(0, |place| place.folded_end as usize)
    }

    /// The next word stands at `span` of the text, has this hash and these marks, and its folded form ends at `end`.
    #[inline(always)]
    fn push(&mut self, span: Range<usize>, hash: u64, marks: Marks, end: usize) {
        if (self.seen.0 | marks.0) & (Seen::BEGINS_SEGMENT | Marks::DIGIT) != 0 {
            let word = self.places.len() as u32;
            if self.seen.0 & Seen::BEGINS_SEGMENT != 0 {
                self.segments.push(SegmentStart { first_word: word, begins_line: self.seen.has(Gap::LineBreak) });
            }
            if marks.0 & Marks::DIGIT != 0 {
                self.with_digits.push(word);
            }
        }
        self.seen = Seen::NOTHING;
        let (start, word_end) = (span.start as u32, span.end as u32);
        self.places.push(Place { hash, start, end: word_end, folded_end: end as u32, marks });
    }
}

/// What was seen between the last word and the next: the bits of [`Gap`]s.
#[derive(Clone, Copy)]
struct Seen(u8);

impl Seen {
    const NOTHING: Seen = Seen(0);
    const LINE_BREAK: Seen = Seen(Gap::LineBreak as u8);
    const BEGINS_SEGMENT: u8 = Gap::LineBreak as u8 | Gap::SentenceEnd as u8;

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
    /// To read the words of `text`, their folded forms into `folded`.
    pub(super) fn new(text: &'a str, memo: &'a mut Memo, folded: &'a mut Vec<u8>, found: Found<'a>) -> Scanner<'a> {
        let mut scanner = Scanner { text, table: &TABLE, memo, folded, found };
        scanner.make_room(0);
        scanner
    }

    /// Reads the text; returns how many bytes its folded words have.
    pub(super) fn run(mut self) -> usize {
        let mut at = 0;
        while let Some(word) = self.simple(at) {
            let words = self.found.places.len();
            at = self.general(word.start);
            if self.found.places.len() == words + 1 {
                self.remember_last(word);
            }
        }
        self.found.filled()
    }

    /// All of the text in the general way: what [`Scanner::run`] is held against.
    #[cfg(any(test, fuzzing))]
    pub(super) fn run_plainly(mut self) -> usize {
        let mut at = 0;
        while at < self.text.len() {
            at = self.general(at);
        }
        self.found.filled()
    }

    /// Reads on from `at`, where no word is open; returns the first word that is not simple, as far as to a break.
    fn simple(&mut self, mut at: usize) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        // Where the word being read begins, and where the folded form of the last one ends.
        let (mut start, mut end) = (at, self.found.filled());
        while at < bytes.len() {
            let mut breaks = breaks(&bytes[at..]);
            while breaks != 0 {
                let place = at + breaks.trailing_zeros() as usize;
                breaks &= breaks - 1;
                let (gap, length) = match ASCII_GAPS[usize::from(bytes[place])] {
                    Some(gap) => (gap, 1),
                    None => match self.table.first(&bytes[place..]) {
                        (Entry { class: Class::Gap(gap), .. }, length) => (gap, length),
                        _ => return Some(start..place),
                    },
                };
                if start < place {
                    match self.word(start..place, end) {
                        Some(word_end) => end = word_end,
                        None => return Some(start..place),
                    }
                }
                self.found.seen.see(gap);
                start = place + length;
            }
            // A gap of several bytes may reach beyond the block.
            at = start.max(at + BLOCK);
        }
        if start < bytes.len() && self.word(start..bytes.len(), end).is_none() {
            return Some(start..bytes.len());
        }
        None
    }

    /// Takes what stands at `span`, between two gaps, if it is one simple word or was met before; the folded words end at
    /// `end`. Returns where they end now.
    #[inline(always)]
    fn word(&mut self, span: Range<usize>, end: usize) -> Option<usize> {
        let token = Token::of(self.text.as_bytes(), span.clone());
        let Some(known) = self.memo.find(&token) else { return self.new_word(span, end) };
        self.folded[end..][..PIECE].copy_from_slice(&known.folded);
        let end = end + usize::from(known.length);
        self.found.push(span, known.hash, known.marks, end);
        Some(end)
    }

    /// A word that was not met before, or is too long to be remembered, if it is simple.
    #[cold]
    fn new_word(&mut self, span: Range<usize>, begin: usize) -> Option<usize> {
        let (mut end, mut scripts) = (begin, Scripts::default());
        for c in self.text[span.clone()].chars() {
            let letter = self.table.simple(c)?;
            scripts.see(c);
            let length = c.len_utf8();
            self.folded[end..end + length].copy_from_slice(&letter[..length]);
            end += length;
        }
        if scripts.are_mixed() {
            return None;
        }
        end = settle_tone(self.folded, begin, end);
        self.push_folded(span.clone(), begin, end);
        self.remember_last(span);
        Some(end)
    }

    /// The next word stands at `span`; its folded form, tone mark settled, is `folded[begin..end]`.
    fn push_folded(&mut self, span: Range<usize>, begin: usize, end: usize) {
        let folded = &self.folded[begin..end];
        let marks = Marks::of(&self.text[span.clone()], folded);
        self.found.push(span, xxh3_64(folded), marks, end);
    }

    /// Remembers the last word, if it is all of what stands at `span`, between two breaks.
    fn remember_last(&mut self, span: Range<usize>) {
        let places = &self.found.places;
        let Some(place) = places.last() else { return };
        let begin = places.iter().nth_back(1).map_or(0, |before| before.folded_end as usize);
        let folded = &self.folded[begin..place.folded_end as usize];
        // Of what is remembered, no more than one byte is added, so that there is always room: see `make_room`.
        if (place.start as usize..place.end as usize) == span && folded.len() <= span.len() + 1 {
            let token = Token::of(self.text.as_bytes(), span);
            self.memo.remember(&token, folded, place.hash, place.marks);
        }
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
        let end = settle_tone(self.folded, begin, end);
        self.push_folded(start..at, begin, end);
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

/// Of the first [`BLOCK`] bytes of a text: a bit for each character that may be more than a part of a word, at its first byte;
/// the first byte's is the lowest.
#[inline(always)]
fn breaks(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(block) => breaks_in(block),
        None => {
            let mut block = [0; BLOCK];
            block[..bytes.len()].copy_from_slice(bytes);
            breaks_in(&block) & ((1 << bytes.len()) - 1)
        }
    }
}

#[inline(always)]
fn breaks_in(block: &[u8; BLOCK]) -> u64 {
    let mut flags = [0; BLOCK];
    for (flag, &byte) in flags.iter_mut().zip(block) {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        let ascii = byte < 0x80;
        // First bytes of what is mostly punctuation (U+0080 to U+00BF, U+2000 on), or belongs to scripts without spaces.
        let rare = (byte == 0xc2) | (byte == 0xe0) | (byte >= 0xe2);
        *flag = u8::from((ascii & !(letter | digit)) | rare);
    }
    let mut bits = 0;
    for (place, eight) in flags.as_chunks().0.iter().enumerate() {
        // The bit of byte i goes from 8i to 56 + i; what else comes of it is beyond the number or below.
        let eight = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= eight << (8 * place);
    }
    bits
}

/// Old tone-mark placement made new: a word that ends in a toned `o` or `u` and a bare `a`, `e` or `y` carries the tone
/// on its last letter (hòa is hoà, khỏe is khoẻ, thúy is thuý). Behind `q` the `u` is no vowel of its own.
///
/// The word is `folded[start..end]`; returns where it ends now, which is one byte more at most.
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
    use super::super::MEMO;
    use super::*;
    use proptest::prelude::*;

    /// Folded words, places, segments, which words have digits.
    type Scanned = (String, Vec<Place>, Vec<SegmentStart>, Vec<u32>);

    /// What this way of reading a text finds, with a memo that knows all that the test has read before.
    fn scanned_by(text: &str, read: impl Fn(Scanner<'_>) -> usize) -> Scanned {
        let (mut folded, mut places, mut segments, mut with_digits): (Vec<u8>, _, _, _) = Default::default();
        let found = Found::new(&mut places, &mut segments, &mut with_digits);
        let filled = MEMO.with_borrow_mut(|memo| read(Scanner::new(text, memo, &mut folded, found)));
        folded.truncate(filled);
        (String::from_utf8(folded).unwrap(), places, segments, with_digits)
    }

    /// Read twice, the second time with what the memo knows from the first.
    fn scanned(text: &str) -> Scanned {
        let first = scanned_by(text, |scanner| scanner.run());
        assert_eq!(scanned_by(text, |scanner| scanner.run()), first);
        first
    }

    /// All of the text in the general way, and the hash of each word.
    fn reference(text: &str) -> Scanned {
        let (folded, places, segments, with_digits) = scanned_by(text, |scanner| scanner.run_plainly());
        let mut start = 0;
        for place in &places {
            let end = place.folded_end as usize;
            let word = &folded[std::mem::replace(&mut start, end)..end];
            assert_eq!(place.hash, xxh3_64(word.as_bytes()));
            assert_eq!(place.marks, Marks::of(&text[place.start as usize..place.end as usize], word.as_bytes()));
        }
        (folded, places, segments, with_digits)
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
        "\u{1b}",
        "\u{1f}",
        "\u{9f}",
        "\u{17b4}",
        "\u{2800}",
        "\u{336}",
        "\u{e000}",
        "\u{1d173}",
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
        "ｶ",
        "ﾞ",
        "Ⓑ",
        "🅲",
        "о",
        "ο",
        "у",
        "⑴",
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
    fn all_of_ascii_but_letters_and_digits_is_a_break_and_all_else_only_at_its_first_byte() {
        for c in (0..=0x2fff).filter_map(char::from_u32) {
            let text = format!("ab{c}c");
            let found = breaks(text.as_bytes());
            assert!(found == 0 || found == 1 << 2, "U+{:04X}", c as u32);
            if c.is_ascii() {
                assert_eq!(found == 0, c.is_ascii_alphanumeric(), "U+{:04X}", c as u32);
            }
        }
        assert_eq!(breaks("-".repeat(100).as_bytes()), u64::MAX);
        assert_eq!(breaks("-".repeat(64).as_bytes()), u64::MAX);
        assert_eq!(breaks(b""), 0);
    }
}
