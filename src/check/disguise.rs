//! Is a text written so that a person reads it and a comparison does not?
//!
//! There are more characters that no reader sees, and more that look like others, than a table can hold. What all such disguises have in common
//! is that the words that come out are none that a language has: glued together, taken apart, or full of what is not seen.

use crate::normalize::{Words, is_unseen};

/// In fewer letters there is too little to tell.
const LEAST_LETTERS: usize = 120;

/// Words of more letters on average are glued together. German news has about 6, Finnish 8.
const MOST_LETTERS_A_WORD: f64 = 16.0;

/// Words of fewer are taken apart. Vietnamese syllables have about 3.3.
const FEWEST_LETTERS_A_WORD: f64 = 1.5;

/// One character that is not seen in this many letters is more than a slip.
const LETTERS_A_HIDDEN_ONE: usize = 40;

/// Why a text looks disguised, for people; `None` where it does not. Scripts without spaces have no words to measure.
pub(super) fn disguise(text: &str) -> Option<String> {
    let (mut letters, mut unspaced, mut hidden) = (0_usize, 0_usize, 0_usize);
    for c in text.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphabetic() || c.is_ascii_control()) {
        unspaced += usize::from(is_of_unspaced_script(c));
        hidden += usize::from(is_hidden(c));
        letters += usize::from(c.is_alphabetic());
    }
    if letters < LEAST_LETTERS {
        return None;
    }
    if hidden * LETTERS_A_HIDDEN_ONE > letters {
        return Some(format!(
            "it holds {hidden} characters that no reader sees in {letters} letters; write it without them"
        ));
    }
    if unspaced * 5 > letters {
        return None;
    }
    let words = Words::of(text).len();
    let a_word = letters as f64 / words.max(1) as f64;
    let how = match a_word {
        long if long > MOST_LETTERS_A_WORD => "glued together",
        short if short < FEWEST_LETTERS_A_WORD => "taken apart",
        _ => return None,
    };
    Some(format!("its words are {how}: {letters} letters in {words} words; write it with plain spaces"))
}

/// Characters that nobody writes for a reader: what is used in writing, such as soft hyphens, joiners, zero-width spaces and marks of direction, is
/// not among them.
fn is_hidden(c: char) -> bool {
    let is_written = matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}');
    let turns = matches!(c, '\u{202d}' | '\u{202e}');
    turns || is_unseen(c) && !is_written && !c.is_whitespace()
}

/// Han, Kana, Thai, Lao, Burmese, Khmer and their like.
fn is_of_unspaced_script(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{f00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Sáng nay, cây cầu bắc qua sông Vân Sa chính thức thông xe sau ba năm thi công, rút ngắn đường từ thị trấn ra \
        cảng còn mười phút. Người dân hai bên bờ đã đứng chờ từ sớm để được đi những bước đầu tiên trên mặt cầu mới.";

    #[test]
    fn what_people_write_is_no_disguise() {
        for text in [
            TEXT.to_owned(),
            TEXT.replace(' ', " \u{200b}"),
            TEXT.replace("cầu", "c\u{ad}ầu"),
            "Die Donaudampfschifffahrtsgesellschaft und das Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz \
             stehen in diesem Bericht über die Bundesverfassungsgerichtsentscheidung der vergangenen Woche neben kurzen Wörtern."
                .to_owned(),
            "新しい橋が今朝開通し、住民は早くから列を作って待っていた。".repeat(12),
            "สะพานใหม่เปิดใช้งานแล้วเมื่อเช้านี้".repeat(12),
            "ngắn".to_owned(),
        ] {
            assert_eq!(disguise(&text), None, "{text}");
        }
    }

    #[test]
    fn words_glued_together_taken_apart_or_full_of_what_is_not_seen_are() {
        for blank in [
            "\u{2800}", "\u{3164}", "\u{ffa0}", "\u{1160}", "\u{fffc}", "\u{feff}", "\u{e000}", "\u{1c}", "\u{200b}",
            "",
        ] {
            assert!(disguise(&TEXT.replace(' ', blank)).is_some(), "{blank:?}");
        }
        for between in [" ", ".", "\u{200a}", "-"] {
            let apart: String = TEXT.chars().flat_map(|c| [c.to_string(), between.to_owned()]).collect();
            assert!(disguise(&apart).is_some(), "{between:?}");
        }
        let turned = TEXT.split(' ').map(|word| format!("\u{202e}{}", word.chars().rev().collect::<String>()));
        assert!(disguise(&turned.collect::<Vec<_>>().join(" ")).is_some());
        let fourth: Vec<String> = TEXT
            .split(' ')
            .enumerate()
            .map(|(at, word)| if at % 4 == 0 { format!("{word}\u{2800}") } else { format!("{word} ") })
            .collect();
        assert!(disguise(&fourth.concat()).is_some());
    }
}
