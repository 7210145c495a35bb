//! A character in, what it is to a word and what it folds to out.
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
    if is_ignorable(c) {
        Class::Ignorable
    } else if is_combining_mark(c) {
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

/// [`gap`] of the characters of ASCII, where they are no letters or digits.
pub(super) static ASCII_GAPS: [Gap; 256] = {
    let mut gaps = [Gap::Plain; 256];
    gaps[b'\n' as usize] = Gap::LineBreak;
    gaps[b'\r' as usize] = Gap::LineBreak;
    gaps[b'.' as usize] = Gap::Stop;
    gaps[b'!' as usize] = Gap::Stop;
    gaps[b'?' as usize] = Gap::Stop;
    gaps[b' ' as usize] = Gap::Space;
    gaps[b'\t' as usize] = Gap::Space;
    gaps[0x0b] = Gap::Space;
    gaps[0x0c] = Gap::Space;
    gaps
};

/// The entry of a letter or digit that is [`Class::Simple`].
fn simple_fold(c: char) -> Option<Entry> {
    let stable =
        |c: char| unicode_normalization::is_nfc_quick(std::iter::once(c)) == unicode_normalization::IsNormalized::Yes;
    let mut characters = fold_char(c);
    let first = characters.next()?;
    let one = characters.next().is_none() && first.len_utf8() == c.len_utf8() && stable(c) && stable(first);
    // Conjoining Hangul jamo compose with each other.
    let jamo = (0x1100..0x1200).contains(&(c as u32));
    (one && !jamo).then(|| {
        let mut entry = Entry::of_class(Class::Simple);
        first.encode_utf8(&mut entry.folded);
        entry
    })
}

/// The general way to fold one word: what is ignorable dropped, composed, case folded, composed again.
pub(super) fn fold(word: &str) -> impl Iterator<Item = char> {
    composed(word).flat_map(fold_char).nfc()
}

/// A word in NFC, without what is ignorable. If all of it is [`Class::Simple`], it folds a character at a time.
pub(super) fn composed(word: &str) -> impl Iterator<Item = char> {
    word.chars().filter(|&c| !is_ignorable(c)).nfc()
}

/// Case folded away by way of the upper case, so that ß and SS, ς and σ, ŉ and ʼN meet.
fn fold_char(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
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
        for c in ('\0'..='\u{7f}').filter(|c| !c.is_ascii_alphanumeric()) {
            assert_eq!(class(c), Class::Gap(ASCII_GAPS[c as usize]), "{c:?}");
        }
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
