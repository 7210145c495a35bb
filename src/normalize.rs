//! An article's text in, its words out.
//!
//! Two texts that a reader takes for the same must give the same words, and two that differ in a tone mark or a digit
//! must not. So: Unicode NFC; case folded away; Vietnamese tone marks put in one place (`hòa` is `hoà`); zero-width
//! characters and soft hyphens dropped; a word is a run of letters, marks and digits. Diacritics, digits and the digits
//! of dates stay. Scripts that write no spaces (Han, Kana, Thai, Lao, Khmer, Burmese) go by character.
//!
//! A word's place in the original text is kept, so that every later stage can point at what it speaks of; so are the
//! borders of sentences and lines, which [`crate::boilerplate`] works on.
//!
//! Most characters of news are below U+3000 and fold to one character: a table answers for them in one look. A word
//! that holds anything else goes the general way, `fold_word`, which is also what the table is tested against.

use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use xxhash_rust::xxh3::xxh3_64;

/// The words of one text, in order, with where each came from. A buffer to be used again: see [`Words::read`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The folded words, one behind the other, nothing between them.
    folded: String,
    /// Where each word ends in `folded`.
    ends: Vec<u32>,
    /// Where each word stands in the original text, in bytes.
    spans: Vec<(u32, u32)>,
    /// The first word of each segment (sentence or line), and how the segment begins.
    segments: Vec<SegmentStart>,
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

/// Spreads what it multiplies over all bits (2^64 / golden ratio, as in Knuth, TAOCP 6.4).
const ODD: u64 = 0x9E37_79B9_7F4A_7C15;

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

    /// Takes the words of `text` in place of what was here, without giving back memory.
    ///
    /// # Panics
    /// If `text` holds 4 GiB or more; reading never delivers such an article.
    pub fn read(&mut self, text: &str) {
        assert!(u32::try_from(text.len()).is_ok(), "an article is smaller than 4 GiB");
        self.folded.clear();
        self.ends.clear();
        self.spans.clear();
        self.segments.clear();
        // Vietnamese words take five to six bytes with their spaces; what is missing is reserved once, not a word at a time.
        self.folded.reserve(text.len());
        self.ends.reserve(text.len() / 5);
        self.spans.reserve(text.len() / 5);
        Tokenizer { words: self, text, word: None, gap: Gap::start() }.run();
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The folded form of word `index`.
    pub fn word(&self, index: usize) -> &str {
        self.run(index..index + 1)
    }

    /// The folded forms of a run of words, nothing between them.
    pub fn run(&self, words: Range<usize>) -> &str {
        let start = if words.start == 0 { 0 } else { self.ends[words.start - 1] as usize };
        let end = if words.end == 0 { 0 } else { self.ends[words.end - 1] as usize };
        &self.folded[start..end.max(start)]
    }

    /// The folded words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.word(index))
    }

    /// A hash of all words and of where one ends and the next begins: `3,65` and `36,5` differ.
    pub fn fingerprint(&self) -> u64 {
        let text = xxh3_64(self.folded.as_bytes());
        self.ends.iter().fold(text, |hash, &end| (hash.rotate_left(29) ^ u64::from(end)).wrapping_mul(ODD))
    }

    /// Where word `index` stands in the text it was read from, in bytes.
    pub fn span(&self, index: usize) -> Range<usize> {
        let (start, end) = self.spans[index];
        start as usize..end as usize
    }

    /// The hash of each word: xxh3, 64 bits, of its folded UTF-8 bytes.
    pub fn hashes(&self) -> impl Iterator<Item = u64> {
        self.iter().map(|word| xxh3_64(word.as_bytes()))
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

/// What stands between two words, as far as it ends a sentence or a line.
#[derive(Clone, Copy)]
struct Gap {
    line_break: bool,
    sentence_end: bool,
    /// A full stop was seen, and a space must follow for it to end a sentence (`7.12`, `VOV.VN`).
    stop_pending: bool,
}

impl Gap {
    fn start() -> Gap {
        Gap { line_break: true, sentence_end: true, stop_pending: false }
    }

    fn none() -> Gap {
        Gap { line_break: false, sentence_end: false, stop_pending: false }
    }

    fn see(&mut self, c: char) {
        match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => self.line_break = true,
            '.' | '!' | '?' | '…' => self.stop_pending = true,
            '。' | '！' | '？' => self.sentence_end = true,
            c if c.is_whitespace() && self.stop_pending => self.sentence_end = true,
            _ => {}
        }
    }
}

struct Tokenizer<'a> {
    words: &'a mut Words,
    text: &'a str,
    word: Option<OpenWord>,
    gap: Gap,
}

/// The word being read.
#[derive(Clone, Copy)]
struct OpenWord {
    start: usize,
    /// Whether the table answers for all of it.
    simple: bool,
    /// Whether it is a character that stands alone: only marks can follow it.
    alone: bool,
}

impl Tokenizer<'_> {
    fn run(mut self) {
        for (at, c) in self.text.char_indices() {
            match class(c) {
                Class::Simple => self.go_on(at, true),
                Class::General => self.go_on(at, false),
                Class::Mark | Class::Ignorable => {
                    if let Some(word) = &mut self.word {
                        word.simple = false;
                    }
                }
                Class::Alone => {
                    self.end_word(at);
                    self.word = Some(OpenWord { start: at, simple: false, alone: true });
                }
                Class::Gap => {
                    self.end_word(at);
                    self.gap.see(c);
                }
            }
        }
        self.end_word(self.text.len());
    }

    /// A letter or digit at `at`: it goes on with the word, or begins one.
    fn go_on(&mut self, at: usize, simple: bool) {
        match &mut self.word {
            Some(word) if !word.alone => word.simple &= simple,
            _ => {
                self.end_word(at);
                self.word = Some(OpenWord { start: at, simple, alone: false });
            }
        }
    }

    fn end_word(&mut self, at: usize) {
        let Some(OpenWord { start, simple, .. }) = self.word.take() else { return };
        let words = &mut *self.words;
        let folded_start = words.folded.len();
        let raw = &self.text[start..at];
        if simple {
            push_simple(raw, &mut words.folded);
        } else {
            fold_word(raw, &mut words.folded);
        }
        settle_tone(&mut words.folded, folded_start);
        if self.gap.line_break || self.gap.sentence_end {
            words.segments.push(SegmentStart { first_word: words.ends.len() as u32, begins_line: self.gap.line_break });
        }
        self.gap = Gap::none();
        words.ends.push(words.folded.len() as u32);
        words.spans.push((start as u32, at as u32));
    }
}

/// What a character is to the tokenizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Class {
    /// Ends a word.
    Gap,
    /// A letter or digit that folds to one character, in NFC as it stands, whatever its neighbors.
    Simple,
    /// A letter or digit whose folding needs [`fold_word`].
    General,
    /// A combining mark: goes on with a word, begins none (else `=` with a stroke would be a word in NFD and none in NFC).
    Mark,
    /// Dropped wherever it stands.
    Ignorable,
    /// A character of a script without spaces: a word by itself, with the marks that follow it.
    Alone,
}

/// Characters below this are answered by the table: Latin, Greek, Cyrillic, Vietnamese, punctuation.
const TABLE_SIZE: usize = 0x3000;

/// Class and folded form (0 where it is not one character) of every character below [`TABLE_SIZE`].
static TABLE: LazyLock<Vec<(Class, u16)>> = LazyLock::new(|| {
    (0..TABLE_SIZE as u32)
        .map(|code| {
            let Some(c) = char::from_u32(code) else { return (Class::Gap, 0) };
            match slow_class(c) {
                Class::General => match simple_fold(c) {
                    Some(folded) => (Class::Simple, folded),
                    None => (Class::General, 0),
                },
                class => (class, 0),
            }
        })
        .collect()
});

fn class(c: char) -> Class {
    match TABLE.get(c as usize) {
        Some(&(class, _)) => class,
        None => slow_class(c),
    }
}

fn slow_class(c: char) -> Class {
    if is_ignorable(c) {
        Class::Ignorable
    } else if is_combining_mark(c) {
        Class::Mark
    } else if !c.is_alphanumeric() {
        Class::Gap
    } else if is_without_spaces(c) && !c.is_numeric() {
        Class::Alone
    } else {
        Class::General
    }
}

/// The folded form of `c` where it is one 16-bit character and composing can't change it.
fn simple_fold(c: char) -> Option<u16> {
    let stable =
        |c: char| unicode_normalization::is_nfc_quick(std::iter::once(c)) == unicode_normalization::IsNormalized::Yes;
    let mut folded = fold_char(c);
    let first = folded.next()?;
    let one = folded.next().is_none() && stable(c) && stable(first);
    // Conjoining Hangul jamo compose with each other.
    let jamo = (0x1100..0x1200).contains(&(c as u32));
    (one && !jamo).then(|| u16::try_from(first as u32).ok()).flatten()
}

/// Case folded away by way of the upper case, so that ß and SS, ς and σ, ŉ and ʼN meet.
fn fold_char(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

fn push_simple(raw: &str, folded: &mut String) {
    if raw.is_ascii() {
        let start = folded.len();
        folded.push_str(raw);
        folded[start..].make_ascii_lowercase();
        return;
    }
    for c in raw.chars() {
        // Class::Simple is given by the table alone, and only with a character in it.
        folded.push(char::from_u32(u32::from(TABLE[c as usize].1)).unwrap_or(c));
    }
}

/// The general way to fold one word: what is ignorable dropped, composed, case folded, composed again.
fn fold_word(raw: &str, folded: &mut String) {
    folded.extend(raw.chars().filter(|&c| !is_ignorable(c)).nfc().flat_map(fold_char).nfc());
}

/// Zero-width characters, soft hyphens, direction marks, variation selectors.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Scripts that write no spaces between words: Han, Kana, Thai, Lao, Khmer, Burmese.
fn is_without_spaces(c: char) -> bool {
    matches!(c as u32,
        0xe00..=0xeff            // Thai, Lao
        | 0x1000..=0x109f        // Burmese
        | 0x1780..=0x17ff        // Khmer
        | 0x2e80..=0x2fdf        // Han radicals
        | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3031..=0x303c
        | 0x3041..=0x30ff        // Hiragana, Katakana
        | 0x31f0..=0x31ff
        | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xa9e0..=0xa9fe | 0xaa60..=0xaa7f
        | 0xf900..=0xfaff | 0xff66..=0xff9f
        | 0x1b000..=0x1b16f
        | 0x20000..=0x3ffff)
}

/// Old tone-mark placement made new: a word that ends in a toned `o` or `u` and a bare `a`, `e` or `y` carries the tone
/// on its last letter (hòa is hoà, khỏe is khoẻ, thúy is thuý). Behind `q` the `u` is no vowel of its own.
fn settle_tone(folded: &mut String, start: usize) {
    let last = match folded.as_bytes().last() {
        Some(&last @ (b'a' | b'e' | b'y')) if folded.len() - start >= 3 => last,
        _ => return,
    };
    let mut before = folded[start..folded.len() - 1].chars().rev();
    let (Some(vowel), previous) = (before.next(), before.next()) else { return };
    let (base, toned) = match last {
        b'a' => ('o', "àáảãạ"),
        b'e' => ('o', "èéẻẽẹ"),
        _ => ('u', "ỳýỷỹỵ"),
    };
    let tones = if base == 'o' { "òóỏõọ" } else { "ùúủũụ" };
    let Some(tone) = tones.chars().position(|c| c == vowel) else { return };
    if base == 'u' && previous == Some('q') {
        return;
    }
    folded.truncate(folded.len() - 1 - vowel.len_utf8());
    folded.push(base);
    folded.extend(toned.chars().nth(tone));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn the_table_and_the_general_way_agree_on_every_character_it_answers_for() {
        for code in 0..TABLE_SIZE as u32 {
            let Some(c) = char::from_u32(code) else { continue };
            if class(c) == Class::Simple {
                let (mut fast, mut general) = (String::new(), String::new());
                push_simple(&c.to_string(), &mut fast);
                fold_word(&c.to_string(), &mut general);
                assert_eq!(fast, general, "U+{code:04X}");
            }
        }
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
