//! The words of an article in, the photo galleries inside it out.
//!
//! A page that holds a gallery holds its captions in the text, one behind the other, each with a counter: "Hide Caption 2 of
//! 43", "Ảnh 2/43". The same gallery stands in every article about its subject, often longer than the story, and seldom in so
//! many that it could be learned by recurrence. So it is known by its structure: counters that rise by one, to one and the
//! same end, with no more than a caption between two of them.

use std::ops::Range;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::normalize::Words;

use super::close_numbers;

/// A gallery has at least this many counters in a row: two pages of a report may be "1 of 3" and "2 of 3" by chance.
const MIN_COUNTERS: usize = 3;

/// A caption is no longer than this, with the name of the gallery in front of it.
const CAPTION_WORDS: usize = 200;

/// How many words of a gallery's name are compared. The name follows each counter, and also stands before the first.
const NAME_WORDS: usize = 3;

/// What stands between the two numbers of a counter, where it is a word: "2 of 43", in English, German, French, Spanish and
/// Portuguese, Italian, Russian, Dutch, Scandinavian languages, Polish, Vietnamese.
static BETWEEN: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let words = ["of", "von", "sur", "de", "di", "из", "van", "av", "af", "z", "trên", "trong"];
    words.iter().map(|word| xxh3_64(word.as_bytes())).collect()
});

/// Up to this number two numbers without a word between them may be a day and its month.
const MONTHS: u32 = 12;

/// "2 of 43".
#[derive(Debug, Clone, Copy)]
struct Counter {
    /// The first word, and the one behind the last.
    start: usize,
    end: usize,
    number: u32,
    of: u32,
}

/// The galleries in a text, as ranges of words, in order; none begins before the one in front of it ends.
pub(super) fn galleries(words: &Words) -> Vec<Range<usize>> {
    let counters = counters(words);
    let follows = |one: &Counter, next: &Counter| {
        next.number == one.number + 1 && next.of == one.of && next.start - one.end <= CAPTION_WORDS
    };
    let rows = counters.chunk_by(follows).filter(|row| row.len() >= MIN_COUNTERS);
    let mut galleries: Vec<Range<usize>> = Vec::new();
    for row in rows {
        let behind = galleries.last().map_or(0, |gallery| gallery.end);
        let gallery = begin(words, row).max(behind)..words.line(row[row.len() - 1].start).end;
        galleries.extend((!gallery.is_empty()).then_some(gallery));
    }
    galleries
}

fn counters(words: &Words) -> Vec<Counter> {
    let mut counters: Vec<Counter> = Vec::new();
    for (start, last) in close_numbers(words) {
        let is_between = last == start + 1 || words.hash(start + 1).is_some_and(|hash| BETWEEN.contains(&hash));
        let behind_last = counters.last().is_none_or(|counter| counter.end <= start);
        let Some(of) = number(words, last).filter(|&of| behind_last && is_between && (last > start + 1 || of > MONTHS))
        else {
            continue;
        };
        if let Some(number) = number(words, start).filter(|&number| number <= of) {
            counters.push(Counter { start, end: last + 1, number, of });
        }
    }
    counters
}

/// The value of a word that is a number of at most three digits.
fn number(words: &Words, place: usize) -> Option<u32> {
    let digits = words.run_bytes(place..place + 1);
    let is_number = digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |number, digit| 10 * number + u32::from(digit - b'0')))
}

/// Where the gallery of these counters begins: where its name stands first. Without one, with the line of the first caption;
/// a counter that is a line of its own has the caption in the line before, and where all is one line, the first caption is
/// taken to be as long as the second.
fn begin(words: &Words, row: &[Counter]) -> usize {
    let [first, second, ..] = *row else { return 0 };
    let earliest = first.start.saturating_sub(CAPTION_WORDS);
    let name = |place: usize| words.hashes_of(place..place + NAME_WORDS);
    let mut places = earliest..first.start.saturating_sub(NAME_WORDS - 1);
    if first.end + NAME_WORDS <= words.len()
        && let Some(named) = places.find(|&place| name(place).eq(name(first.end)))
    {
        return named;
    }
    let line = words.line(first.start);
    if line.contains(&second.start) {
        return line.start.max(first.start.saturating_sub(second.start - first.end));
    }
    let is_alone = first.start - line.start < 2 && line.start > 0;
    earliest.max(if is_alone { words.line(line.start - 1).start } else { line.start })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a text.
    fn left(text: &str) -> String {
        let words = Words::of(text);
        let galleries = galleries(&words);
        let kept = (0..words.len()).filter(|place| !galleries.iter().any(|gallery| gallery.contains(place)));
        kept.map(|place| words.word(place)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn captions_with_counters_that_rise_are_a_gallery_and_the_story_around_them_stays() {
        let line = "Photos: A life at sea A boat. Hide Caption 1 of 4 Photos: A life at sea Two boats at dusk. Hide Caption 2 of 4 \
                    Photos: A life at sea Nets dry. Hide Caption 3 of 4 Photos: A life at sea The pier. Hide Caption 4 of 4";
        assert_eq!(
            left(&format!("The port reopened.\n\n{line}\n\nIt had been shut.")),
            "the port reopened it had been shut"
        );
        let one_line = left(&format!("The port reopened. {line}"));
        assert_eq!(one_line, "the port reopened", "all in one line: it begins where its name does");
    }

    #[test]
    fn counters_in_other_languages_and_in_lines_of_their_own_count_too() {
        let lines = "Cảng mở lại.\n\nThuyền về bến.\nẢnh 1/14\nLưới phơi trên cát.\nẢnh 2/14\nCầu tàu lúc sáng.\nẢnh 3/14\nHết tin.";
        assert_eq!(left(lines), "cảng mở lại hết tin");
        let german = "Der Hafen ist offen.\nEin Boot. Bild 1 von 3\nNetze. Bild 2 von 3\nDer Kai. Bild 3 von 3\nEnde.";
        assert_eq!(left(german), "der hafen ist offen ende");
    }

    /// Both begin with the name that stands first, and were counted twice.
    #[test]
    fn two_galleries_of_one_name_do_not_overlap() {
        let gallery = |captions: u32| -> String {
            (1..=captions)
                .map(|number| format!("Photos: The old fair A stall. Hide Caption {number} of {captions} "))
                .collect()
        };
        let words = Words::of(&format!("The fair opened. {}{}", gallery(3), gallery(4)));
        let found = galleries(&words);
        assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start), "{found:?}");
        assert_eq!(left(&format!("The fair opened.\n{}\n{}", gallery(3), gallery(4))), "the fair opened");
    }

    #[test]
    fn days_scores_and_a_single_part_of_a_series_are_no_gallery() {
        for text in [
            "Mưa ngày 1/12, 2/12 và 3/12 tại miền Trung",
            "Part 1 of 3. A report. Part 2 of 3 follows",
            "They won 2-1, 3-1 and 4-1",
            "Giải có 3 trong 10 đội, rồi 5 trong 10 đội",
        ] {
            assert!(galleries(&Words::of(text)).is_empty(), "{text}");
        }
    }
}
