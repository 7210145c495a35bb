//! A character in, what it is to a word and what it folds to out.
//!
//! What a reader does not see is no part of a word, and what a reader takes for a letter is that letter: so a copy cannot hide
//! behind characters that change nothing for a reader. [`UNSEEN`] lists the former, `plain` and `as_latin` do the latter.
//!
//! Unicode is asked once, when the table of the characters below U+4000 is made: Latin, Greek, Cyrillic, Vietnamese,
//! punctuation, Kana. Nearly every character of news is among them, and folds by itself to one character of as many bytes.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a character is to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A letter or digit that folds to one character of as many bytes, in NFC as it stands, whatever its neighbors.
    Simple,
    /// A letter or digit whose folding needs [`fold`].
    General,
    /// A combining mark: goes on with a word, begins none (else `=` with a stroke would be a word in NFD and none in NFC).
    Mark,
    /// Dropped wherever it stands.
    Ignorable,
    /// A character of a script without spaces: a word by itself, with the marks that follow it.
    Alone,
    /// Ends a word.
    Gap(Gap),
}

/// What a character between two words says of sentences and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Gap {
    /// Nothing.
    Plain = 0,
    /// White space: a full stop in front of it ends a sentence.
    Space = 1,
    /// A full stop: ends a sentence if a space follows (not so `7.12`, `VOV.VN`).
    Stop = 2,
    /// Ends a sentence by itself.
    SentenceEnd = 4,
    LineBreak = 8,
}

/// What the table says of a character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its folded form in UTF-8 where it is [`Class::Simple`]; as long as itself.
    pub(super) folded: [u8; 3],
    pub(super) class: Class,
}

/// Characters below this are answered by the table: they have three bytes of UTF-8 at most, and 14 bits.
const TABLE_SIZE: u32 = 0x4000;

/// The characters below [`TABLE_SIZE`].
pub(super) struct Table(Box<[Entry; TABLE_SIZE as usize]>);

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let entry = |code: usize| char::from_u32(code as u32).map_or(Entry::of_class(Class::General), Entry::of);
    Table(Box::new(std::array::from_fn(entry)))
});

impl Table {
    /// The entry of the character that `bytes`, which are UTF-8, begin with, and its length in bytes. What is not ASCII and
    /// not in the table is [`Class::General`], whatever it is.
    pub(super) fn first(&self, bytes: &[u8]) -> (Entry, usize) {
        let [lead, second, ..] = *bytes else { return (Entry::of_class(Class::General), 0) };
        if !(0xc0..0xe4).contains(&lead) {
            return (Entry::of_class(Class::General), 0);
        }
        let third = bytes.get(2).map_or(0, |third| usize::from(third & 0x3f));
        // Whether it has three bytes or two is nothing that a processor foresees: so no branch asks it.
        let three = usize::from(lead >> 5 & 1);
        let code = usize::from(lead & 0x1f) << 6 | usize::from(second & 0x3f);
        let code = (code << (6 * three)) | (third * three);
        // Below 0xe4, the first byte leaves no higher bit.
        (self.0[code & (TABLE_SIZE as usize - 1)], 2 + three)
    }

    /// What `c` folds to if it is [`Class::Simple`]: as many bytes as it has.
    pub(super) fn simple(&self, c: char) -> Option<[u8; 3]> {
        self.0.get(c as usize).filter(|entry| entry.class == Class::Simple).map(|entry| entry.folded)
    }

    /// What `c` is.
    pub(super) fn class(&self, c: char) -> Class {
        self.0.get(c as usize).map_or_else(|| class(c), |entry| entry.class)
    }
}

impl Entry {
    fn of(c: char) -> Entry {
        match class(c) {
            Class::General => simple_fold(c).unwrap_or(Entry::of_class(Class::General)),
            class => Entry::of_class(class),
        }
    }

    const fn of_class(class: Class) -> Entry {
        Entry { folded: [0; 3], class }
    }
}

/// What `c` is as Unicode has it; no character is [`Class::Simple`] here.
fn class(c: char) -> Class {
    if is_unseen(c) {
        Class::Ignorable
    } else if is_combining_mark(c) || matches!(c, '\u{ff9e}' | '\u{ff9f}') {
        // The two are the half-width forms of the marks that make か into が and は into ぱ.
        Class::Mark
    } else if !c.is_alphanumeric() {
        Class::Gap(gap(c))
    } else if is_without_spaces(c) && !c.is_numeric() {
        Class::Alone
    } else {
        Class::General
    }
}

fn gap(c: char) -> Gap {
    match c {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => Gap::LineBreak,
        '.' | '!' | '?' | '…' => Gap::Stop,
        '。' | '！' | '？' => Gap::SentenceEnd,
        c if c.is_whitespace() => Gap::Space,
        _ => Gap::Plain,
    }
}

/// [`gap`] of the bytes that are characters of ASCII and gaps.
pub(super) static ASCII_GAPS: [Option<Gap>; 256] = {
    let mut gaps = [None; 256];
    let mut byte = 0;
    while byte < 0x80 {
        let is_gap = !(byte as u8).is_ascii_alphanumeric() && !(byte as u8).is_ascii_control();
        gaps[byte] = if is_gap { Some(Gap::Plain) } else { None };
        byte += 1;
    }
    gaps[b'\n' as usize] = Some(Gap::LineBreak);
    gaps[b'\r' as usize] = Some(Gap::LineBreak);
    gaps[b'.' as usize] = Some(Gap::Stop);
    gaps[b'!' as usize] = Some(Gap::Stop);
    gaps[b'?' as usize] = Some(Gap::Stop);
    gaps[b' ' as usize] = Some(Gap::Space);
    gaps[b'\t' as usize] = Some(Gap::Space);
    gaps[0x0b] = Some(Gap::Space);
    gaps[0x0c] = Some(Gap::Space);
    gaps
};

/// The entry of a letter or digit that is [`Class::Simple`].
fn simple_fold(c: char) -> Option<Entry> {
    let stable =
        |c: char| unicode_normalization::is_nfc_quick(std::iter::once(c)) == unicode_normalization::IsNormalized::Yes;
    let mut characters = fold_char(c);
    let first = characters.next()?;
    let one = plain(c).eq([c])
        && characters.next().is_none()
        && first.len_utf8() == c.len_utf8()
        && stable(c)
        && stable(first);
    // Conjoining Hangul jamo compose with each other.
    let jamo = (0x1100..0x1200).contains(&(c as u32));
    (one && !jamo).then(|| {
        let mut entry = Entry::of_class(Class::Simple);
        first.encode_utf8(&mut entry.folded);
        entry
    })
}

/// The general way to fold one word: [`composed`], case folded, composed again.
pub(super) fn fold(word: &str) -> impl Iterator<Item = char> {
    composed(word).flat_map(fold_char).nfc()
}

/// A word in NFC, without what is unseen, in plain letters, and in one script where it mixes two that look alike. If all of it is
/// [`Class::Simple`], it folds a character at a time.
pub(super) fn composed(word: &str) -> impl Iterator<Item = char> {
    let plain_letters = move || {
        let mut marks = 0;
        let is_part = move |&c: &char| {
            let class = TABLE.class(c);
            marks = if class == Class::Mark { marks + 1 } else { 0 };
            class != Class::Ignorable && marks <= MOST_MARKS
        };
        word.chars().filter(is_part).flat_map(plain)
    };
    let mut scripts = Scripts::default();
    plain_letters().for_each(|c| scripts.see(c));
    let is_mixed = scripts.are_mixed();
    let latin = is_mixed.then(|| plain_letters().nfd().map(as_latin));
    latin.into_iter().flatten().chain((!is_mixed).then(plain_letters).into_iter().flatten()).nfc()
}

/// Of more marks than this on one letter the rest is dropped: no language has so many (Unicode Standard Annex 15, section 13), and
/// to compose a million of them takes hours.
const MOST_MARKS: usize = 30;

/// Case folded away by way of the upper case, so that ß and SS, ς and σ, ŉ and ʼN meet.
fn fold_char(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// The letters and digits that `c` is another form of, if it is one: full-width Ａ, half-width ｱ, mathematical 𝐀, Ⓐ, 🄰. Unicode
/// says of which (its compatibility decomposition), save of white letters on black. Forms that ordinary texts tell apart stay:
/// m² is not m2, nor is 1º 1o.
fn plain(c: char) -> impl Iterator<Item = char> {
    let is_form = matches!(c,
        '\u{ff10}'..='\u{ff5a}' | '\u{ff66}'..='\u{ff9f}' // full-width Latin and digits, half-width Kana
        // Arabic letters in the form of their place, and ligatures, without those of marks alone.
        | '\u{fb50}'..='\u{fc5d}' | '\u{fc64}'..='\u{fcf1}' | '\u{fcf5}'..='\u{fdfb}' | '\u{fe80}'..='\u{fefc}'
        | '\u{2100}'..='\u{214f}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1ee00}'..='\u{1eeff}' // letters of formulas
        | '\u{2460}'..='\u{24ff}' | '\u{1f100}'..='\u{1f149}'); // in circles, squares, brackets
    let on_black = match c {
        '\u{1f150}'..='\u{1f169}' => Some(c as u32 - 0x1f150),
        '\u{1f170}'..='\u{1f189}' => Some(c as u32 - 0x1f170),
        _ => None,
    };
    let one = on_black.and_then(|letter| char::from_u32(u32::from('A') + letter)).unwrap_or(c);
    let one = one_spelling(one);
    let form = is_form.then(|| std::iter::once(c).nfkd().filter(|&c| c.is_alphanumeric() || is_combining_mark(c)));
    form.into_iter().flatten().filter(|&c| !is_unseen(c)).map(one_spelling).chain((!is_form).then_some(one))
}

/// Of letters that keyboards of two languages have at two places of Unicode, and that are one letter to a reader, the one.
fn one_spelling(c: char) -> char {
    match c {
        '\u{6cc}' => '\u{64a}', // Persian yeh, the Arabic one of which systems without Persian write
        '\u{6a9}' => '\u{643}', // Persian kaf, likewise
        'ẞ' => 'ß',             // the capital, which folds to the small one, and that to ss
        // Forms of Cyrillic letters in old books, which fold to the ordinary ones.
        '\u{1c80}' => 'в',
        '\u{1c81}' => 'д',
        '\u{1c82}' => 'о',
        '\u{1c83}' => 'с',
        '\u{1c84}' | '\u{1c85}' => 'т',
        '\u{1c86}' => 'ъ',
        '\u{1c87}' => 'ѣ',
        '\u{1c88}' => 'ꙋ',
        c => c,
    }
}

/// Which scripts a word holds, as far as their letters look alike.
#[derive(Default)]
pub(super) struct Scripts {
    has_latin: bool,
    has_other: bool,
}

impl Scripts {
    /// Sees a letter, by what it folds to: ﬁ is two letters of Latin then, and µ one of Greek.
    pub(super) fn see(&mut self, c: char) {
        for folded in fold_char(c) {
            match folded {
                'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => self.has_latin = true,
                '\u{370}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}' => self.has_other = true,
                _ => {}
            }
        }
    }

    /// Whether it holds Latin and another: no word of any language does, but one that is to look like another may.
    pub(super) fn are_mixed(&self) -> bool {
        self.has_latin & self.has_other
    }
}

/// The Latin letter that a Cyrillic or Greek one looks like, or that what it folds to looks like (ϱ is ρ).
fn as_latin(c: char) -> char {
    let found = |c: char| LOOK_ALIKE.iter().find(|(other, _)| *other == c).map(|&(_, latin)| latin);
    found(c).or_else(|| fold_char(c).find_map(found)).unwrap_or(c)
}

/// Cyrillic and Greek letters that no reader tells from Latin ones (Unicode's confusables.txt, those of ordinary letters).
#[rustfmt::skip]
const LOOK_ALIKE: [(char, char); 63] = [
    ('а', 'a'), ('е', 'e'), ('о', 'o'), ('р', 'p'), ('с', 'c'), ('у', 'y'), ('х', 'x'), ('і', 'i'), ('ј', 'j'), ('ѕ', 's'),
    ('һ', 'h'), ('ԁ', 'd'), ('ԛ', 'q'), ('ԝ', 'w'), ('ү', 'y'), ('ӏ', 'l'), ('А', 'A'), ('В', 'B'), ('Е', 'E'), ('К', 'K'),
    ('М', 'M'), ('Н', 'H'), ('О', 'O'), ('Р', 'P'), ('С', 'C'), ('Т', 'T'), ('У', 'Y'), ('Х', 'X'), ('І', 'I'), ('Ј', 'J'),
    ('Ѕ', 'S'), ('Һ', 'H'), ('Ԁ', 'D'), ('Ԛ', 'Q'), ('Ԝ', 'W'), ('Ү', 'Y'), ('Ӏ', 'L'), ('α', 'a'), ('ι', 'i'), ('ν', 'v'),
    ('ο', 'o'), ('ρ', 'p'), ('υ', 'u'), ('ϲ', 'c'), ('ϳ', 'j'), ('Α', 'A'), ('Β', 'B'), ('Ε', 'E'), ('Ζ', 'Z'), ('Η', 'H'),
    ('Ι', 'I'), ('Κ', 'K'), ('Μ', 'M'), ('Ν', 'N'), ('Ο', 'O'), ('Ρ', 'P'), ('Τ', 'T'), ('Υ', 'Y'), ('Χ', 'X'), ('Ϲ', 'C'),
    ('Ϳ', 'J'), ('ϝ', 'f'), ('\u{345}', 'i'),
];

/// Whether a reader sees nothing of `c` that could be a part of a word.
pub(crate) fn is_unseen(c: char) -> bool {
    // Most of what is asked for is a space or a mark of ASCII.
    !(' '..='~').contains(&c) && UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Characters that are dropped wherever they stand. Private use and noncharacters aside, they are Unicode's
/// `Default_Ignorable_Code_Point`, its control and format characters that neither are white space nor show a sign of their own
/// (the Arabic signs of numbers and of verses do), and marks that write no language.
#[rustfmt::skip]
const UNSEEN: &[(char, char)] = &[
    // Control characters. Those between are white space: tab, line feed, vertical tab, form feed, carriage return; U+0085.
    ('\0', '\u{8}'), ('\u{e}', '\u{1f}'), ('\u{7f}', '\u{84}'), ('\u{86}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),       // soft hyphen: shown only where a line is broken
    ('\u{305}', '\u{305}'), ('\u{30e}', '\u{30e}'), ('\u{310}', '\u{310}'), ('\u{312}', '\u{312}'), ('\u{315}', '\u{31a}'),
    ('\u{31c}', '\u{322}'), ('\u{32a}', '\u{32c}'), ('\u{32f}', '\u{32f}'), ('\u{332}', '\u{33f}'), ('\u{346}', '\u{357}'),
    ('\u{359}', '\u{36f}'),     // lines through and under letters, small letters above them: see `SPELLING`
    // Arabic marks that readers supply and most news leaves out: honorifics, vowels, doubling, the small alef, signs of the
    // Koran. Madda and hamza above and below (U+0653 to U+0655) make other letters of a letter, and stay.
    ('\u{610}', '\u{61a}'), ('\u{64b}', '\u{652}'), ('\u{656}', '\u{65f}'), ('\u{670}', '\u{670}'),
    ('\u{6d6}', '\u{6dc}'), ('\u{6df}', '\u{6e4}'), ('\u{6e7}', '\u{6e8}'), ('\u{6ea}', '\u{6ed}'), ('\u{8d3}', '\u{8e1}'),
    ('\u{8e3}', '\u{8ff}'),
    ('\u{61c}', '\u{61c}'),     // Arabic letter mark: direction alone
    ('\u{640}', '\u{640}'),     // kashida: makes a word wider
    ('\u{115f}', '\u{1160}'),   // Hangul fillers: stand for a letter that is missing
    ('\u{17b4}', '\u{17b5}'),   // Khmer vowels that are not written
    ('\u{180b}', '\u{180f}'),   // Mongolian: which form of a letter
    ('\u{1ab0}', '\u{1aff}'), ('\u{1dc0}', '\u{1dff}'), ('\u{20d0}', '\u{20ff}'), // marks of phonetics, editions, formulas
    ('\u{200b}', '\u{200f}'),   // zero-width space, joiners, direction marks
    ('\u{202a}', '\u{202e}'), ('\u{2060}', '\u{206f}'), // direction, word joiner, signs of formulas that are not shown
    ('\u{2800}', '\u{2800}'),   // braille without a dot
    ('\u{3164}', '\u{3164}'), ('\u{ffa0}', '\u{ffa0}'), // Hangul fillers
    ('\u{e000}', '\u{f8ff}'), ('\u{f0000}', '\u{10ffff}'), // private use: whatever one font shows; noncharacters
    ('\u{fdd0}', '\u{fdef}'), ('\u{fffe}', '\u{ffff}'), ('\u{1fffe}', '\u{1ffff}'), ('\u{2fffe}', '\u{2ffff}'),
    ('\u{3fffe}', '\u{3ffff}'), // noncharacters
    ('\u{fe00}', '\u{fe0f}'),   // variation selectors
    ('\u{fe20}', '\u{fe2f}'),   // halves of marks over two letters
    ('\u{feff}', '\u{feff}'),   // byte order mark
    ('\u{fff0}', '\u{fffc}'),   // annotations, and what an object that is left out leaves; the first nine are not assigned
    ('\u{13430}', '\u{1343f}'), // how hieroglyphs are put together
    ('\u{1bca0}', '\u{1bca3}'), // shorthand: how strokes are joined
    ('\u{1d173}', '\u{1d17a}'), // beams and slurs of music
    ('\u{e0000}', '\u{e0fff}'), // tags, variation selectors
];

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_table_and_the_general_way_agree_on_every_character_it_answers_for() {
        let mut simple = 0;
        for c in (0x80..TABLE_SIZE).filter_map(char::from_u32) {
            let text = c.to_string();
            let (entry, length) = TABLE.first(text.as_bytes());
            assert_eq!(length, text.len(), "U+{:04X}", c as u32);
            if entry.class == Class::Simple {
                simple += 1;
                assert_eq!(entry.folded[..length], *fold(&text).collect::<String>().as_bytes(), "U+{:04X}", c as u32);
            } else {
                assert_eq!(entry.class, class(c), "U+{:04X}", c as u32);
            }
        }
        assert!(simple > 2_000, "{simple}");
    }

    #[test]
    fn gaps_of_ascii_are_those_of_unicode() {
        for c in '\0'..='\u{7f}' {
            let gap = match class(c) {
                Class::Gap(gap) => Some(gap),
                _ => None,
            };
            assert_eq!(gap, ASCII_GAPS[c as usize], "{c:?}");
        }
        assert!(ASCII_GAPS[0x80..].iter().all(Option::is_none));
    }

    /// Marks for any script that spelling needs: with one of these a letter of Latin, Greek or Cyrillic makes another in Unicode,
    /// and three that it makes none with: of Yoruba (s̩), and of Taiwanese (a̍, o͘).
    const SPELLING: [char; 3] = ['\u{329}', '\u{30d}', '\u{358}'];

    #[test]
    fn of_the_marks_for_any_script_those_stay_that_some_language_is_spelled_with() {
        let letters: Vec<char> = (0..=char::MAX as u32)
            .filter_map(char::from_u32)
            .filter(|&c| c.is_alphabetic() && !is_combining_mark(c))
            .collect();
        let composing: std::collections::HashSet<char> =
            letters.iter().flat_map(|c| std::iter::once(*c).nfd()).chain(SPELLING).collect();
        let common = [0x300..0x370, 0x1ab0..0x1b00, 0x1dc0..0x1e00, 0x20d0..0x2100, 0xfe20..0xfe30];
        for c in common.into_iter().flatten().filter_map(char::from_u32) {
            let spells = std::iter::once(c).nfd().all(|c| composing.contains(&c));
            assert_eq!(is_unseen(c), !spells, "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn no_letter_holds_what_is_unseen_and_no_white_space_is_unseen() {
        for c in (0..=char::MAX as u32).filter_map(char::from_u32).filter(|&c| !is_unseen(c)) {
            assert!(c.nfd().all(|part| !is_unseen(part)) || !c.is_alphanumeric(), "U+{:04X}", c as u32);
        }
        for c in (0..=char::MAX as u32).filter_map(char::from_u32).filter(|&c| is_unseen(c)) {
            let is_shown = c.is_whitespace() || ('!'..='~').contains(&c);
            assert!(!is_shown, "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn letters_that_look_alike_fold_to_one_letter_once_and_for_all() {
        let folded = |word: &str| fold(word).collect::<String>();
        for (other, latin) in LOOK_ALIKE {
            let word = format!("z{other}");
            assert_eq!(folded(&word), folded(&format!("z{latin}")), "{other} {latin}");
            assert_eq!(folded(&folded(&word)), folded(&word), "{other}");
            // A word in one script is left alone.
            assert_eq!(folded(&format!("{other}ж{other}")).chars().nth(1), Some('ж'));
            assert_ne!(fold_char(other).collect::<String>(), fold_char(latin).collect::<String>());
        }
    }

    #[test]
    fn what_is_folded_folds_to_itself_beside_letters_of_any_script() {
        let folded = |word: &str| fold(word).collect::<String>();
        for c in (0..=0x1_ffff).filter_map(char::from_u32).filter(|c| c.is_alphanumeric()) {
            for word in [format!("{c}"), format!("{c}a"), format!("ж{c}о"), format!("Ὀ{c}"), format!("{c}ϱaΚ")] {
                let once = folded(&word);
                assert_eq!(folded(&once), once, "U+{:04X} in {word}", c as u32);
            }
        }
        assert_eq!(folded("ﬁο"), "fio", "a ligature is Latin too");
        assert_eq!(folded("ⱥο"), folded("Ⱥο"), "in small letters as in capitals");
    }

    #[test]
    fn other_forms_of_letters_and_digits_are_the_letters_and_digits() {
        let folded = |word: &str| fold(word).collect::<String>();
        for word in ["Ｔｉｎ", "𝐓𝐢𝐧", "𝓣𝓲𝓷", "𝕋𝕚𝕟", "𝚃𝚒𝚗", "ⓉⓘⓃ", "🅃🄸🄽", "🅣🅘🅝", "🆃🅸🅽"]
        {
            assert_eq!(folded(word), "tin", "{word}");
        }
        for (word, digits) in [("２０２４", "2024"), ("𝟚𝟘", "20"), ("①", "1"), ("⑳", "20"), ("⑵", "2")]
        {
            assert_eq!(folded(word), digits);
        }
        assert_eq!(folded("ｶﾞ"), "ガ");
        assert_eq!(["m²", "1º", "½"].map(folded), ["m²", "1º", "½"], "ordinary texts tell these apart");
    }

    #[test]
    fn all_letters_of_vietnamese_are_simple() {
        let lower = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ";
        for c in lower.chars().chain(lower.to_uppercase().chars()) {
            assert_eq!(TABLE.class(c), Class::Simple, "{c}");
        }
    }

    proptest! {
        #[test]
        fn a_word_that_is_simple_once_composed_folds_a_letter_at_a_time(word in "[a-zA-ZÀ-ỹ\u{ad}\u{300}-\u{338}α-ωㄱ-ㅎ]{0,9}") {
            let letters: Option<Vec<(char, [u8; 3])>> = composed(&word).map(|c| Some((c, TABLE.simple(c)?))).collect();
            if let Some(letters) = letters {
                let folded: Vec<u8> =
                    letters.iter().flat_map(|(c, letter)| letter[..c.len_utf8()].iter().copied()).collect();
                prop_assert_eq!(String::from_utf8(folded).unwrap(), fold(&word).collect::<String>());
            }
        }
    }
}
