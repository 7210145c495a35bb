//! An article's text in, its words out.
//!
//! Two texts that a reader takes for the same must give the same words, and two that differ in a tone mark or a digit
//! must not. So: Unicode NFC; case folded away; Vietnamese tone marks put in one place (`hòa` is `hoà`); characters that are
//! not seen dropped; full-width, mathematical and circled letters made plain; in a word that mixes Latin with Cyrillic or Greek,
//! letters that look Latin made Latin; a word is a run of letters, marks and digits. Diacritics, digits and the digits of dates
//! stay. Scripts that write no spaces (Han, Kana, Thai, Lao, Khmer, Burmese) go by character.
//!
//! A word's place in the original text is kept, so that every later stage can point at what it speaks of; so are the
//! borders of sentences and lines, which [`crate::boilerplate`] works on.
//!
//! `characters` says what each character is, `scanner` takes words out of a text, `memo` knows those that it met before.

mod characters;
mod memo;
mod scanner;

use std::cell::RefCell;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

pub(crate) use characters::is_unseen;
use memo::Memo;
use scanner::{Found, Scanner};

/// The words of one text, in order, with where each came from. A buffer to be used again: see [`Words::read`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The folded words in UTF-8, one behind the other, nothing between them. Whether they are UTF-8 is asked of those few that
    /// are looked at as text.
    folded: Vec<u8>,
    /// Where each word stands, and what is known of it.
    places: Vec<Place>,
    /// The first word of each segment (sentence or line), and how the segment begins.
    segments: Vec<SegmentStart>,
    /// The words that [`Words::has_digit`].
    with_digits: Vec<u32>,
}

/// Where a word stands, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// The xxh3 hash of its folded form.
    hash: u64,
    /// Where it begins and ends in the original text, in bytes.
    start: u32,
    end: u32,
    /// Where it ends in [`Words::folded`].
    folded_end: u32,
    marks: Marks,
}

/// What is asked of a word again and again, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Marks(u8);

impl Marks {
    // No bit of a [`characters::Gap`], so that both can be asked for at once.
    const DIGIT: u8 = 16;
    const CAPITAL: u8 = 32;

    /// The marks of a word as it stands in its text, which folds to these bytes.
    fn of(written: &str, folded: &[u8]) -> Marks {
        let begins = |is: fn(char) -> bool| written.chars().next().is_some_and(is);
        let digit = folded.iter().any(u8::is_ascii_digit) || begins(char::is_numeric);
        Marks((u8::from(digit) * Marks::DIGIT) | (u8::from(begins(char::is_uppercase)) * Marks::CAPITAL))
    }
}

/// Where a sentence or a line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SegmentStart {
    first_word: u32,
    begins_line: bool,
}

/// A sentence, or a line where that is shorter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Which words it holds; never empty.
    pub words: Range<usize>,
    /// Whether it is a line of its own, from line break to line break.
    pub whole_line: bool,
}

/// No news article is this long. What a thread holds for a longer one, it gives back when it is done: else each
/// thread would keep some hundred megabytes from the first such article on.
pub(crate) const HUGE_WORDS: usize = 1 << 18;

/// Spreads what it multiplies over all bits (2^64 / golden ratio, as in Knuth, TAOCP 6.4).
const ODD: u64 = 0x9E37_79B9_7F4A_7C15;

thread_local! {
    /// The words that a thread met in text after text.
    static MEMO: RefCell<Memo> = RefCell::default();
}

/// The words of `text`, read in the general way alone: what a fuzzer holds [`Words::of`] against.
#[cfg(fuzzing)]
pub fn plain_words(text: &str) -> Vec<String> {
    let Words { mut folded, mut places, mut segments, mut with_digits } = Words::default();
    let found = Found::new(&mut places, &mut segments, &mut with_digits);
    let filled = MEMO.with_borrow_mut(|memo| Scanner::new(text, memo, &mut folded, found).run_plainly());
    folded.truncate(filled);
    let word = |place: &Place, start: &mut usize| {
        let end = place.folded_end as usize;
        String::from_utf8_lossy(&folded[std::mem::replace(start, end)..end]).into_owned()
    };
    let mut start = 0;
    places.iter().map(|place| word(place, &mut start)).collect()
}

impl Words {
    /// The words of `text`.
    ///
    /// ```
    /// use wirecopy::normalize::Words;
    /// let words = Words::of("Khỏe, HOÀ bình ngày 8/12");
    /// assert_eq!(words.iter().collect::<Vec<_>>(), ["khoẻ", "hoà", "bình", "ngày", "8", "12"]);
    /// ```
    pub fn of(text: &str) -> Words {
        let mut words = Words::default();
        words.read(text);
        words
    }

    /// Takes the words of `text` in place of what was here, without giving back memory, unless a huge text was here.
    ///
    /// # Panics
    /// If `text` holds 4 GiB or more; reading never delivers such an article.
    pub fn read(&mut self, text: &str) {
        assert!(u32::try_from(text.len()).is_ok(), "an article is smaller than 4 GiB");
        if self.places.capacity() > 2 * HUGE_WORDS {
            *self = Words::default();
        }
        self.folded.clear();
        self.places.clear();
        self.segments.clear();
        self.with_digits.clear();
        let found = Found::new(&mut self.places, &mut self.segments, &mut self.with_digits);
        let filled = MEMO.with_borrow_mut(|memo| Scanner::new(text, memo, &mut self.folded, found).run());
        self.folded.truncate(filled);
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The folded form of word `index`.
    pub fn word(&self, index: usize) -> &str {
        self.run(index..index + 1)
    }

    /// The folded forms of a run of words, nothing between them.
    pub fn run(&self, words: Range<usize>) -> &str {
        std::str::from_utf8(self.run_bytes(words)).expect("what folds to a word is whole characters")
    }

    /// The UTF-8 bytes of the folded forms of a run of words, nothing between them.
    pub(crate) fn run_bytes(&self, words: Range<usize>) -> &[u8] {
        let start = self.folded_start(words.start);
        &self.folded[start..self.folded_start(words.end).max(start)]
    }

    fn folded_start(&self, word: usize) -> usize {
        word.checked_sub(1).map_or(0, |before| self.places[before].folded_end as usize)
    }

    /// The folded words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.word(index))
    }

    /// A hash of all words and of where one ends and the next begins: `3,65` and `36,5` differ.
    pub fn fingerprint(&self) -> u64 {
        let text = xxh3_64(&self.folded);
        let ends = self.places.iter().map(|place| u64::from(place.folded_end));
        ends.fold(text, |hash, end| (hash.rotate_left(29) ^ end).wrapping_mul(ODD))
    }

    /// Where word `index` stands in the text it was read from, in bytes.
    pub fn span(&self, index: usize) -> Range<usize> {
        let Place { start, end, .. } = self.places[index];
        start as usize..end as usize
    }

    /// The hash of each word: xxh3, 64 bits, of its folded UTF-8 bytes.
    pub fn hashes(&self) -> impl Iterator<Item = u64> {
        self.places.iter().map(|place| place.hash)
    }

    /// The hash of word `index`; `None` behind the last.
    pub(crate) fn hash(&self, index: usize) -> Option<u64> {
        self.places.get(index).map(|place| place.hash)
    }

    /// Of each word its hash, and what [`Words::has_capital`] and [`Words::has_digit`] say of it.
    pub(crate) fn marked_hashes(&self) -> impl ExactSizeIterator<Item = (u64, bool, bool)> {
        self.places
            .iter()
            .map(|place| (place.hash, place.marks.0 & Marks::CAPITAL != 0, place.marks.0 & Marks::DIGIT != 0))
    }

    /// The hashes of a run of words.
    pub fn hashes_of(&self, words: Range<usize>) -> impl Iterator<Item = u64> {
        self.places[words].iter().map(|place| place.hash)
    }

    /// Whether word `index` holds an ASCII digit, or begins with a digit of another script.
    pub fn has_digit(&self, index: usize) -> bool {
        self.places[index].marks.0 & Marks::DIGIT != 0
    }

    /// Whether word `index` begins with a capital as it stands in its text.
    pub fn has_capital(&self, index: usize) -> bool {
        self.places[index].marks.0 & Marks::CAPITAL != 0
    }

    /// The words that [`Words::has_digit`].
    pub(crate) fn with_digits(&self) -> &[u32] {
        &self.with_digits
    }

    /// The words of the line that word `index` stands in.
    pub(crate) fn line(&self, index: usize) -> Range<usize> {
        let behind = self.segments.partition_point(|segment| segment.first_word as usize <= index);
        let (before, after) = self.segments.split_at(behind);
        let start = before.iter().rfind(|segment| segment.begins_line).map_or(0, |segment| segment.first_word as usize);
        let end = after.iter().find(|segment| segment.begins_line);
        start..end.map_or(self.len(), |segment| segment.first_word as usize)
    }

    /// The sentences and lines in order; together they hold every word once.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        self.segments.iter().enumerate().map(|(index, start)| {
            let next = self.segments.get(index + 1);
            Segment {
                words: start.first_word as usize..next.map_or(self.len(), |next| next.first_word as usize),
                whole_line: start.begins_line && next.is_none_or(|next| next.begins_line),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    fn list(text: &str) -> Vec<String> {
        Words::of(text).iter().map(str::to_owned).collect()
    }

    #[test]
    fn tone_placement_makes_no_difference_and_tones_do() {
        for (old, new) in [("hòa", "hoà"), ("Thúy", "thuý"), ("KHỎE", "khoẻ"), ("lõa", "loã"), ("thủy", "thuỷ")]
        {
            assert_eq!(list(old), list(new), "{old} {new}");
        }
        assert_eq!(list("qúy"), ["qúy"]);
        let tones = ["ma", "má", "mà", "mả", "mã", "mạ"].map(|word| list(word).remove(0));
        assert_eq!(tones.iter().collect::<std::collections::BTreeSet<_>>().len(), 6);
    }

    #[test]
    fn words_are_runs_of_letters_marks_and_digits() {
        assert_eq!(list("Nga – Mỹ: 7/12, 1.500 tỷ (VOV.VN)"), ["nga", "mỹ", "7", "12", "1", "500", "tỷ", "vov", "vn"]);
        assert_eq!(list("  …!? "), Vec::<String>::new());
    }

    #[test]
    fn zero_width_characters_and_soft_hyphens_are_dropped() {
        assert_eq!(list("Tin\u{200b} nó\u{ad}ng \u{feff}hôm nay\u{200d}"), list("Tin nóng hôm nay"));
        assert_eq!(list("a\u{200b}\u{301}"), list("á"));
    }

    /// One such character in each word, and a copy was no copy any more.
    #[test]
    fn a_character_that_is_not_seen_changes_no_word() {
        let text = "Hoà bình, ngày 8/12: 1.500 người ở Sài Gòn. Giá 36,5 triệu đồng";
        let plain = Words::of(text);
        let some = |c: &char| (*c as u32) < 0xe000 || (*c as u32).is_multiple_of(509);
        for c in (0..=char::MAX as u32).filter_map(char::from_u32).filter(some).filter(|&c| characters::is_unseen(c)) {
            let inside: String = text.chars().flat_map(|letter| [letter, c]).collect();
            let words = Words::of(&inside);
            assert!(words.iter().eq(plain.iter()), "U+{:04X}", c as u32);
            assert!(words.hashes().eq(plain.hashes()) && words.segments().eq(plain.segments()), "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn a_letter_that_looks_like_another_changes_no_word_but_a_word_of_another_script_stays() {
        for (other, plain) in [("hо̀а bình", "hòa bình"), ("Τổng thống", "Tổng thống"), ("ｔｉｎ ｎóｎｇ", "tin nóng")]
        {
            assert_eq!(list(other), list(plain));
        }
        assert_eq!(list("рот, соус, ход; ροή"), ["рот", "соус", "ход", "ροή"]);
        assert_eq!(list("ТАСС: Wi-Fi-роутер"), ["тасс", "wi", "fi", "роутер"]);
    }

    #[test]
    fn marks_that_some_language_is_spelled_with_stay_and_lines_through_letters_go() {
        assert_eq!(list("ọ\u{301} ɔ\u{303} o\u{358} a\u{30d}").len(), 4);
        assert_ne!(list("ọ\u{301}"), list("ọ"));
        assert_eq!(list("g\u{336}i\u{336}á\u{336} v\u{35c}à\u{20dd}ng"), list("giá vàng"));
        assert_eq!(list("हिन्दी עִבְרִית"), ["हिन्दी", "עִבְרִית"], "marks of one script are spelling");
    }

    #[test]
    fn kashida_optional_marks_and_the_keyboard_make_no_difference_to_arabic_script_and_hamza_does() {
        for (one, other) in
            [("عَرَبِيّ صباحًا", "عربي صباحا"), ("المدينـة قـــال", "المدينة قال"), ("يكي", "یکی"), ("ﻣﺼﺮ ﻻ", "مصر لا")]
        {
            assert_eq!(list(one), list(other), "{one} {other}");
        }
        assert_ne!(list("أن"), list("ان"));
        assert_ne!(list("آن"), list("ان"));
    }

    #[test]
    fn width_makes_no_difference_to_digits_latin_and_kana() {
        assert_eq!(list("２０２４年 ＡＢＣ"), list("2024年 abc"));
        assert_eq!(list("ﾊﾟﾘ ｶﾞｽ"), list("パリ ガス"));
    }

    #[test]
    fn case_folds_in_full() {
        assert_eq!(list("STRASSE ΟΔΟΣ"), list("straße οδος"));
    }

    #[test]
    fn scripts_without_spaces_go_by_character() {
        assert_eq!(list("拜登2021年会谈Putin"), ["拜", "登", "2021", "年", "会", "谈", "putin"]);
        assert_eq!(list("がぎ"), ["が", "ぎ"]);
        assert_eq!(list("ที่นี่"), ["ที่", "นี่"]);
        assert_eq!(list("a中b"), ["a", "中", "b"]);
    }

    #[test]
    fn a_span_points_at_the_word_as_written() {
        let text = "Ông BIDEN, ho\u{300}a nhã";
        let words = Words::of(text);
        let raw: Vec<&str> = (0..words.len()).map(|index| &text[words.span(index)]).collect();
        assert_eq!(raw, ["Ông", "BIDEN", "ho\u{300}a", "nhã"]);
    }

    #[test]
    fn segments_end_at_sentences_and_lines_but_not_inside_numbers() {
        let words = Words::of("Giá 1.500 đồng. Theo VOV.VN\nBình luận (0)\n\nHết! Rồi");
        let segments: Vec<(String, bool)> = words
            .segments()
            .map(|segment| {
                (segment.words.map(|index| words.word(index)).collect::<Vec<_>>().join(" "), segment.whole_line)
            })
            .collect();
        let expected =
            [("giá 1 500 đồng", false), ("theo vov vn", false), ("bình luận 0", true), ("hết", false), ("rồi", false)];
        assert_eq!(segments, expected.map(|(text, whole)| (text.to_owned(), whole)));
    }

    proptest! {
        #[test]
        fn nfd_equals_nfc(text in "\\PC{0,40}") {
            let nfd: String = text.nfd().collect();
            let nfc: String = text.nfc().collect();
            prop_assert_eq!(list(&nfd), list(&nfc));
            prop_assert_eq!(list(&text), list(&nfc));
        }

        #[test]
        fn upper_case_makes_no_difference(text in "[a-zàáảãạăắằẳẵặâấầẩẫậđèéẻẽẹêếềểễệìíỉĩịòóỏõọôốồổỗộơớờởỡợùúủũụưứừửữựỳýỷỹỵ ,.0-9]{0,60}") {
            prop_assert_eq!(list(&text.to_uppercase()), list(&text));
        }

        #[test]
        fn normalizing_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = list(&text);
            prop_assert_eq!(list(&once.join(" ")), once);
        }

        #[test]
        fn segments_hold_every_word_once(text in "[a-c .!\n]{0,60}") {
            let words = Words::of(&text);
            let covered: Vec<usize> = words.segments().flat_map(|segment| segment.words).collect();
            prop_assert_eq!(covered, (0..words.len()).collect::<Vec<_>>());
        }
    }
}
