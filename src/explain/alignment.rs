//! Two articles in, every passage that both have and every place where they differ out, with where it stands in their texts.
//!
//! A passage is a run of words that stands in both and is longer on neither side: what coverage counts, laid out. Each shared
//! shingle of either text is in one of them, so the words of all passages are exactly those that coverage counts
//! (greedy tiling; Wise 1993, without the rule that a word is in one tile alone: a text may use a sentence of the other twice).

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::shingle::shingles_into;
use crate::verify::{Kept, MOST_PLACES, Reading, WordKind, changes};

/// Where something stands in the text of an article, as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// From and up to this byte of the text in UTF-8.
    pub bytes: [usize; 2],
    /// The same in characters (Unicode scalar values: what Python counts).
    pub characters: [usize; 2],
}

/// A run of words that stands in both articles, and can be made longer at neither end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// Where in the first.
    pub a: Span,
    /// Where in the second.
    pub b: Span,
    /// How many words it has.
    pub words: usize,
    /// As the first has it.
    pub text: String,
}

/// A place where the two differ: what one has in place of what the other has, which may be nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where in the first; `None` where it has nothing here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<Span>,
    /// Where in the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<Span>,
    /// What the first has; empty where it has nothing.
    pub a_text: String,
    /// What the second has.
    pub b_text: String,
    /// Whether a number or a day is among it that does not stand elsewhere in the other text.
    pub numbers: bool,
    /// Whether such a name is.
    pub names: bool,
    /// Whether all of it stands elsewhere in the other text: it was moved.
    pub moved: bool,
}

/// Two texts side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Alignment {
    /// In the order of the first text, then of the second; those that only repeat what the other has once may overlap.
    pub passages: Vec<Passage>,
    /// In the order of both texts.
    pub differences: Vec<Difference>,
}

impl Alignment {
    /// Where the first text has another number or name than the second, and the second than the first, in bytes: what stands
    /// in both is not among it, be it that it was moved there.
    pub(crate) fn changed(&self) -> [Vec<[usize; 2]>; 2] {
        // Where only one has something, that is new, and not changed.
        let telling = |one: &&Difference| (one.numbers || one.names) && one.a.is_some() && one.b.is_some();
        let of = |side: fn(&Difference) -> Option<Span>, passage: fn(&Passage) -> Span| {
            let mut shared: Vec<[usize; 2]> = self.passages.iter().map(|one| passage(one).bytes).collect();
            shared.sort_unstable();
            let spans = self.differences.iter().filter(telling).filter_map(side);
            spans.flat_map(|span| without(span.bytes, &shared)).collect()
        };
        [of(|one| one.a, |one| one.a), of(|one| one.b, |one| one.b)]
    }
}

/// What of a range is in none of these, which are in order.
fn without([mut from, to]: [usize; 2], others: &[[usize; 2]]) -> Vec<[usize; 2]> {
    let mut left = Vec::new();
    for &[start, end] in others {
        if start.min(to) > from {
            left.push([from, start.min(to)]);
        }
        from = from.max(end);
    }
    if from < to {
        left.push([from, to]);
    }
    left
}

/// What two articles have in common word for word, and what not; shells of `table` left out. Passages have `window_words` at the
/// least, unless one of the two is shorter.
///
/// ```
/// use wirecopy::{article::Article, boilerplate::ShellTable, explain::align};
/// let article = |text: &str| Article { text: text.to_owned().into(), ..Article::default() };
/// let a = article("Hà Nội: Giá vàng sáng nay tăng 35 nghìn đồng một lượng.");
/// let b = article("Giá vàng sáng nay tăng 40 nghìn đồng một lượng.");
/// let found = align(&a, &b, &ShellTable::default(), 4);
/// assert_eq!(found.passages[0].text, "Giá vàng sáng nay tăng");
/// assert_eq!(found.passages[0].a.characters, [8, 30]);
/// assert_eq!((found.differences[1].a_text.as_str(), found.differences[1].b_text.as_str()), ("35", "40"));
/// ```
pub fn align(a: &Article<'_>, b: &Article<'_>, table: &ShellTable, window_words: usize) -> Alignment {
    let (kept_a, kept_b) = (Kept::of(a, table), Kept::of(b, table));
    let runs = shared_runs(&kept_a.hashes, &kept_b.hashes, window_words);
    let (mut in_a, mut in_b) = (vec![false; kept_a.hashes.len()], vec![false; kept_b.hashes.len()]);
    for run in &runs {
        in_a[run.a..run.a + run.words].fill(true);
        in_b[run.b..run.b + run.words].fill(true);
    }
    let place_a = Places { text: &a.text, kept: &kept_a };
    let place_b = Places { text: &b.text, kept: &kept_b };
    let passage = |run: &Run| {
        let a = place_a.span(run.a..run.a + run.words);
        let b = place_b.span(run.b..run.b + run.words);
        Passage { text: place_a.text[a.bytes[0]..a.bytes[1]].to_owned(), a, b, words: run.words }
    };
    let passages = runs.iter().map(passage).collect();
    let (reading_a, reading_b) = (Reading::of(a, table, window_words), Reading::of(b, table, window_words));
    let difference = |change: crate::verify::Change| {
        // What was moved is no other number: it stands in both.
        let others = |kinds: &[WordKind], inside: &[bool], places: &Range<usize>, is: fn(WordKind) -> bool| {
            places.clone().any(|place| !inside[place] && is(kinds[place]))
        };
        let has = |is: fn(WordKind) -> bool| {
            others(&reading_a.kinds, &in_a, &change.a, is) || others(&reading_b.kinds, &in_b, &change.b, is)
        };
        let (span_a, span_b) = (place_a.some_span(&change.a), place_b.some_span(&change.b));
        Difference {
            a_text: place_a.text_of(span_a),
            b_text: place_b.text_of(span_b),
            a: span_a,
            b: span_b,
            numbers: has(|kind| matches!(kind, WordKind::Number | WordKind::Day(_))),
            names: has(|kind| kind == WordKind::Name),
            moved: in_a[change.a.clone()].iter().chain(&in_b[change.b.clone()]).all(|&inside| inside),
        }
    };
    let differences = changes(&reading_a, &reading_b).into_iter().map(difference).collect();
    Alignment { passages, differences }
}

/// The kept words of a text and where they stand.
struct Places<'t> {
    text: &'t str,
    kept: &'t Kept,
}

impl Places<'_> {
    fn span(&self, words: Range<usize>) -> Span {
        let bytes = self.kept.span(words);
        let characters = |until: usize| self.text[..until].chars().count();
        let start = characters(bytes.start);
        let end = start + self.text[bytes.clone()].chars().count();
        Span { bytes: [bytes.start, bytes.end], characters: [start, end] }
    }

    fn some_span(&self, words: &Range<usize>) -> Option<Span> {
        (!words.is_empty()).then(|| self.span(words.clone()))
    }

    fn text_of(&self, span: Option<Span>) -> String {
        span.map_or_else(String::new, |span| self.text[span.bytes[0]..span.bytes[1]].to_owned())
    }
}

/// A run of words in both texts, by its first word in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    a: usize,
    b: usize,
    words: usize,
}

/// Runs that hold every shared shingle of both texts, in order, each once.
fn shared_runs(a: &[u64], b: &[u64], window_words: usize) -> Vec<Run> {
    let window = window_words.min(a.len()).min(b.len());
    if window == 0 {
        return Vec::new();
    }
    let mut runs = runs_from(a, b, window);
    // What stands once in the first and twice in the second: the other places are only seen from there.
    runs.extend(runs_from(b, a, window).into_iter().map(|run| Run { a: run.b, b: run.a, words: run.words }));
    runs.sort_unstable();
    runs.dedup();
    without_needless(runs, a.len(), b.len())
}

/// Runs that hold every shingle of `a` that `b` has. Where several are possible the longest, of equals the first in `b`.
fn runs_from(a: &[u64], b: &[u64], window: usize) -> Vec<Run> {
    let (mut shingles_a, mut shingles_b) = (Vec::new(), Vec::new());
    shingles_into(a, window, &mut shingles_a);
    shingles_into(b, window, &mut shingles_b);
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, &shingle) in shingles_b.iter().enumerate() {
        let places = places.entry(shingle).or_default();
        if places.len() < MOST_PLACES {
            places.push(at);
        }
    }
    let mut runs = Vec::new();
    let mut at = 0;
    while at < shingles_a.len() {
        let reach = |&place: &usize| a[at..].iter().zip(&b[place..]).take_while(|(one, other)| one == other).count();
        let found = places.get(&shingles_a[at]).into_iter().flatten().map(|place| (reach(place), *place));
        let longest = found.reduce(|best, one| if one.0 > best.0 { one } else { best });
        match longest.filter(|&(words, _)| words >= window) {
            Some((words, place)) => {
                let before = a[..at].iter().rev().zip(b[..place].iter().rev());
                let before = before.take_while(|(one, other)| one == other).count();
                runs.push(Run { a: at - before, b: place - before, words: before + words });
                // The shingles inside the run are told with it.
                at += words - window + 1;
            }
            None => at += 1,
        }
    }
    runs
}

/// The runs without those of which each word stands in a longer one on both sides.
fn without_needless(runs: Vec<Run>, in_a: usize, in_b: usize) -> Vec<Run> {
    let mut by_length: Vec<Run> = runs;
    by_length.sort_by(|x, y| y.words.cmp(&x.words).then(x.cmp(y)));
    let (mut told_a, mut told_b) = (vec![false; in_a], vec![false; in_b]);
    let mut kept: Vec<Run> = Vec::new();
    for run in by_length {
        let (of_a, of_b) = (run.a..run.a + run.words, run.b..run.b + run.words);
        let (told_a, told_b) = (&mut told_a[of_a], &mut told_b[of_b]);
        if told_a.iter().all(|&told| told) && told_b.iter().all(|&told| told) {
            continue;
        }
        told_a.fill(true);
        told_b.fill(true);
        kept.push(run);
    }
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_range_what_no_other_covers_is_left() {
        assert_eq!(without([10, 30], &[]), [[10, 30]]);
        assert_eq!(without([10, 30], &[[0, 5], [8, 12], [15, 20], [18, 22], [40, 50]]), [[12, 15], [22, 30]]);
        assert_eq!(without([10, 30], &[[5, 40]]), Vec::<[usize; 2]>::new());
    }

    /// A lead that one text has at its end was painted as another name.
    #[test]
    fn what_was_moved_is_no_other_number_or_name() {
        let article = |text: &str| Article { text: text.to_owned().into(), ..Article::default() };
        let lead = "Hà Nội có 36 phố nghề từ thời Lý Trần đến nay";
        let body: String = (b'a'..=b'y').map(|letter| format!("từ{} ", char::from(letter))).collect();
        let found =
            align(&article(&format!("{lead} {body}")), &article(&format!("{body} {lead}")), &ShellTable::default(), 5);
        assert!(found.changed().iter().all(Vec::is_empty));
        assert!(found.differences.iter().all(|one| !one.numbers && !one.names));
    }
    use crate::settings::Measure;
    use crate::verify::{Rules, compare, longest_passage};
    use proptest::prelude::*;

    fn article(words: &[u32]) -> Article<'static> {
        let text = words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
        Article { text: text.into(), ..Article::default() }
    }

    fn inside(spans: impl Iterator<Item = [usize; 2]>, text: &str) -> usize {
        let mut inside = vec![false; text.len()];
        spans.for_each(|[from, to]| inside[from..to].fill(true));
        // A word begins where the letter is.
        text.bytes().zip(inside).filter(|(byte, inside)| *byte == b'w' && *inside).count()
    }

    proptest! {
        #[test]
        fn the_words_of_all_passages_are_those_that_coverage_counts(
            a in prop::collection::vec(0u32..4, 1..40),
            b in prop::collection::vec(0u32..4, 1..40),
        ) {
            let (one, other) = (article(&a), article(&b));
            let none = ShellTable::default();
            let found = align(&one, &other, &none, 5);
            let rules = Rules { window_words: 5, measure: Measure::Coverage, threshold: 0.5, excerpt_threshold: 0.5 };
            let comparison = compare(&Reading::of(&one, &none, 5), &Reading::of(&other, &none, 5), &rules);
            let of_a = inside(found.passages.iter().map(|passage| passage.a.bytes), &one.text) as f64 / a.len() as f64;
            let of_b = inside(found.passages.iter().map(|passage| passage.b.bytes), &other.text) as f64 / b.len() as f64;
            // A text shorter than the window has one shingle of all its words, which a longer one can't have.
            if a.len() >= 5 && b.len() >= 5 {
                let (shorter, longer) = match a.len().cmp(&b.len()) {
                    std::cmp::Ordering::Less => (of_a, of_b),
                    std::cmp::Ordering::Greater => (of_b, of_a),
                    std::cmp::Ordering::Equal => (of_a.max(of_b), of_a.min(of_b)),
                };
                prop_assert!((shorter - comparison.coverage).abs() < 1e-9, "{} {}", shorter, comparison.coverage);
                prop_assert!((longer - comparison.coverage_longer).abs() < 1e-9);
            }
            let longest = longest_passage(&one, &other, &none, 5).map_or(0, |passage| passage.words);
            prop_assert_eq!(found.passages.iter().map(|passage| passage.words).max().unwrap_or(0), longest);
            for passage in &found.passages {
                let of_b = &other.text[passage.b.bytes[0]..passage.b.bytes[1]];
                prop_assert_eq!(passage.text.as_str(), of_b);
                prop_assert_eq!(passage.text.split(' ').count(), passage.words);
            }
        }
    }

    #[test]
    fn places_are_in_bytes_and_characters_of_the_text_as_it_was_read() {
        let a = Article { text: "Đó là: mo\u{302}\u{323}t hai ba bốn năm.".into(), ..Article::default() };
        let b = Article { text: "MỘT HAI BA BỐN NĂM, sáu".into(), ..Article::default() };
        let found = align(&a, &b, &ShellTable::default(), 5);
        assert_eq!(found.passages.len(), 1);
        let Span { bytes: [from, to], characters } = found.passages[0].a;
        assert_eq!(&a.text[from..to], "mo\u{302}\u{323}t hai ba bốn năm");
        assert_eq!(characters, [7, 7 + 20]);
        assert_eq!(found.passages[0].b.characters, [0, 18]);
    }

    #[test]
    fn what_was_moved_is_a_difference_that_says_so() {
        let a: Vec<u32> = (0..40).collect();
        let b: Vec<u32> = (30..40).chain(0..30).collect();
        let found = align(&article(&a), &article(&b), &ShellTable::default(), 5);
        assert_eq!(found.passages.len(), 2);
        assert!(!found.differences.is_empty() && found.differences.iter().all(|difference| difference.moved));
    }
}
