//! What verification looks at of one article: its words, what kind of word each is, its shingles.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::boilerplate::{ShellTable, eligible, is_enough};
use crate::days::{self, Part, Said};
use crate::normalize::{HUGE_WORDS, Words};
use crate::shingle::{ShingleSet, shingles_into, sort_by_hash};

/// One article as verification sees it, shells left out. About 24 bytes a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The hash of each word.
    pub words: Vec<u64>,
    /// What each word is, in the order of `words`.
    pub kinds: Vec<WordKind>,
    /// The different shingles.
    pub set: ShingleSet,
    /// Where the shingles stand: see [`Reading::places_of`].
    places: Places,
    /// The words of the title, and what each is.
    pub title: Vec<(u64, WordKind)>,
    /// When the article was published, in seconds since the epoch.
    pub published: Option<i64>,
    /// The days that it names.
    pub days: Days,
    /// All words of the text, where some were left out.
    whole: Vec<u64>,
    /// The sentences that may be shells; only under a table that has shells.
    sentences: Sentences,
}

/// The sentences of an article that may be shells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sentences {
    /// Where those stand in [`Reading::words`] that are kept.
    kept: Vec<Range<u32>>,
    /// The words of those that are left out, in rising order.
    left_out: Vec<Vec<u64>>,
    /// Which are among either, as far as a few bits can tell.
    kept_bits: Bits,
    left_out_bits: Bits,
}

/// A few bits of sentences (Bloom 1970): most pairs of articles have none in common, and need no further look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bits([u64; 4]);

impl Bits {
    fn add(&mut self, sentence: &[u64]) {
        let Some(&first) = sentence.first() else { return };
        self.0[(first >> 6 & 3) as usize] |= 1 << (first & 63);
    }

    fn may_share(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }
}

/// The days that an article names, in the form of [`WordKind::day`]; rising, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days {
    /// All parts of days anywhere in the text, months and years among them.
    pub all: Vec<u16>,
    /// In the title, without years: a season or a plan is named by its year. And without the months of days: else `8/2` and
    /// `9/2` would have a part in common. A month that stands alone counts.
    pub title: Vec<u16>,
    /// The same of the first `OPENING_WORDS` words of the text.
    pub opening: Vec<u16>,
    /// The days of months that the text calls its own day: "hôm nay (8/2)", "today, May 3".
    pub today: Vec<u16>,
}

/// What stands in front of the day of an article, in Vietnamese, English, German, French, Spanish, Portuguese, Italian, Dutch,
/// Russian. The words before it may say a time of that day: "sáng nay", "đêm nay".
static TODAY: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let words = ["nay", "today", "heute", "hui", "hoy", "hoje", "oggi", "vandaag", "сегодня"];
    words.iter().map(|word| xxh3_64(word.as_bytes())).collect()
});

/// Where an article says which day it is of, beside its title: its first words.
const OPENING_WORDS: usize = 60;

impl Days {
    fn of(kinds: &[WordKind], title: &[Said], opening: &[Said], today: Vec<u16>) -> Days {
        Days {
            today,
            all: each_once(kinds.iter().filter_map(|kind| kind.day()).collect()),
            title: days_of_months(title),
            opening: days_of_months(opening),
        }
    }
}

fn each_once(mut days: Vec<u16>) -> Vec<u16> {
    days.sort_unstable();
    days.dedup();
    days
}

/// The days that are named, without years and without the months of days: of `8/2/2017`, `8 tháng 2` and `8-9/2` it is 8, 8 and
/// 8, 9; of `December 8` 8; of `tháng 2` alone 2.
fn days_of_months(said: &[Said]) -> Vec<u16> {
    let named = |one: &Said| one.weekday.map(|weekday| NAMED_DAY | weekday);
    each_once(said.iter().flat_map(|one| one.numbers.into_iter().flatten().chain(named(one))).collect())
}

/// The days of months that a text calls today; no month or weekday alone, which would differ from any.
fn today(said: &[Said], words: &[u64], kinds: &[WordKind]) -> Vec<u16> {
    let is_part = |kind: &&WordKind| kind.day().is_some_and(|part| part <= 31 || part >= NAMED_MONTH);
    let is_today = |one: &&Said| {
        let before = one.words.start.checked_sub(1).map(|place| words[place]);
        before.is_some_and(|word| TODAY.contains(&word)) && kinds[one.words.clone()].iter().filter(is_part).count() > 1
    };
    each_once(said.iter().filter(is_today).flat_map(|one| one.numbers.into_iter().flatten()).collect())
}

/// What of `said` stands in the first words that are kept of a text.
fn of_opening(said: &[Said], kept: &[Range<usize>]) -> Vec<Said> {
    let mut rest = OPENING_WORDS;
    let mut opening = Vec::new();
    for range in kept {
        let end = range.end.min(range.start + rest);
        let first = said.partition_point(|one| one.words.start < range.start);
        opening.extend(said[first..].iter().take_while(|one| one.words.start < end).cloned());
        rest -= end - range.start;
    }
    opening
}

/// Names of days lie at and above this, beyond every number that a day has.
const NAMED_DAY: u16 = 0x8000;

/// Names of months lie at and above this.
const NAMED_MONTH: u16 = 0x8010;

/// What a word is to the judgement whether two texts are one bulletin on two days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// A number that belongs to a day, `7/12`, `ngày 08`, `tháng 12`, `8 December`, with its value; or the name of a month or a
    /// weekday, the same in all languages.
    Day(u16),
    /// Any other word with a digit in it.
    Number,
    /// A word with a capital that no sentence begins with.
    Name,
    /// Any other.
    Plain,
}

/// The first words of all windows, in the order of their shingles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Places {
    words: Vec<u32>,
    /// Where in `words` each different shingle begins; empty where no shingle stands twice, as in most articles.
    starts: Vec<u32>,
}

impl WordKind {
    /// What day, month or year it is a part of, in a form that is the same for `08` and `8`.
    pub fn day(self) -> Option<u16> {
        match self {
            WordKind::Day(value) => Some(value),
            _ => None,
        }
    }
}

impl Reading {
    /// An article of these words, of which nothing else is known.
    pub fn of_words(words: Vec<u64>, kinds: Vec<WordKind>, window_words: usize) -> Reading {
        let mut shingles = Vec::new();
        shingles_into(&words, window_words, &mut shingles);
        let mut placed: Vec<(u64, u32)> = shingles.iter().copied().zip(0..).collect();
        // In the same order, and a huge article is sorted where it stands.
        if placed.len() > HUGE_WORDS {
            placed.sort_unstable()
        } else {
            sort_by_hash(&mut placed, |&(shingle, _)| shingle)
        }
        shingles.clear();
        shingles.extend(placed.iter().map(|&(shingle, _)| shingle));
        let set = ShingleSet::from_sorted(shingles);
        let mut places = Places { words: placed.iter().map(|&(_, word)| word).collect(), starts: Vec::new() };
        if set.len() < placed.len() {
            let ends = placed.chunk_by(|a, b| a.0 == b.0).scan(0u32, |end, group| {
                *end += group.len() as u32;
                Some(*end)
            });
            places.starts = std::iter::once(0).chain(ends).collect();
        }
        Reading { words, kinds, set, places, ..Reading::default() }
    }

    /// The first words of the windows that have the shingle at `index` in [`Reading::set`], in rising order.
    pub(super) fn places_of(&self, index: usize) -> &[u32] {
        match self.places.starts.get(index..index + 2) {
            Some(range) => &self.places.words[range[0] as usize..range[1] as usize],
            None => &self.places.words[index..index + 1],
        }
    }

    /// The same where a shingle stands but once.
    pub(super) fn only_place_of(&self, index: usize) -> Option<u32> {
        let words = &self.places.words;
        if self.places.starts.is_empty() {
            return Some(words[index]);
        }
        let (start, end) = (self.places.starts[index], self.places.starts[index + 1]);
        (end - start == 1).then(|| words[start as usize])
    }

    /// Reads an article: its words without the shells of `table`, shingled by `window_words`.
    pub fn of(article: &Article<'_>, table: &ShellTable, window_words: usize) -> Reading {
        let (hashes, kinds, opening, today, whole, sentences) = WORDS.with_borrow_mut(|words| {
            let (hashes, kinds, said) = hashes_kinds_and_days(&article.text, words);
            let today = today(&said, &hashes, &kinds);
            let kept = table.compared(article.source.as_deref().unwrap_or(""), words);
            let sentences = match table.shells() {
                [] => Sentences::default(),
                _ => Sentences::of(words, &hashes, kept.as_deref()),
            };
            match kept {
                None => {
                    let opening = of_opening(&said, std::slice::from_ref(&(0..words.len())));
                    (hashes, kinds, opening, today, Vec::new(), sentences)
                }
                Some(kept) => {
                    let opening = of_opening(&said, &kept);
                    (only(&hashes, &kept), only(&kinds, &kept), opening, today, hashes, sentences)
                }
            }
        });
        let title = article.title.as_deref().unwrap_or("");
        let (title_hashes, title_kinds, of_title) = WORDS.with_borrow_mut(|words| hashes_kinds_and_days(title, words));
        Reading {
            days: Days::of(&kinds, &of_title, &opening, today),
            title: title_hashes.into_iter().zip(title_kinds).collect(),
            published: article.published.map(|published| published.epoch_seconds),
            whole,
            sentences,
            ..Reading::of_words(hashes, kinds, window_words)
        }
    }

    /// Whether both texts have the same words, whatever was left out of either.
    pub(super) fn is_same_text(&self, other: &Reading) -> bool {
        let all = self.all_words();
        !all.is_empty() && all == other.all_words()
    }

    fn all_words(&self) -> &[u64] {
        if self.whole.is_empty() { &self.words } else { &self.whole }
    }

    /// The same article without what was left out of `other`; `None` where it has nothing of that, or little else.
    pub(super) fn without_shells_of(&self, other: &Reading, window_words: usize) -> Option<Reading> {
        let Sentences { left_out, left_out_bits, .. } = &other.sentences;
        if !self.sentences.kept_bits.may_share(left_out_bits) {
            return None;
        }
        let places = self.sentences.kept.iter().map(|words| words.start as usize..words.end as usize);
        let is_left_out = |place: &Range<usize>| {
            let words = &self.words[place.clone()];
            left_out.binary_search_by(|other| other[..].cmp(words)).is_ok()
        };
        let shells: Vec<Range<usize>> = places.filter(is_left_out).collect();
        let left_out = shells.iter().map(ExactSizeIterator::len).sum();
        if left_out == 0 || !is_enough(self.words.len(), left_out) {
            return None;
        }
        let starts = std::iter::once(0).chain(shells.iter().map(|range| range.end));
        let ends = shells.iter().map(|range| range.start).chain([self.words.len()]);
        let kept: Vec<Range<usize>> = starts.zip(ends).map(|(start, end)| start..end).collect();
        Some(Reading {
            title: self.title.clone(),
            published: self.published,
            days: self.days.clone(),
            ..Reading::of_words(only(&self.words, &kept), only(&self.kinds, &kept), window_words)
        })
    }
}

thread_local! {
    /// The buffer that one thread reads article after article into.
    static WORDS: RefCell<Words> = RefCell::default();
}

/// The hashes of the words of `text`, what each word is, and what they say of days; `words` holds them then.
fn hashes_kinds_and_days(text: &str, words: &mut Words) -> (Vec<u64>, Vec<WordKind>, Vec<Said>) {
    words.read(text);
    let said = days::said(words, text);
    (words.hashes().collect(), word_kinds(words, &said), said)
}

impl Sentences {
    /// `hashes`: the hashes of `words`. `kept`: the ranges of words that are kept; all if `None`.
    fn of(words: &Words, hashes: &[u64], kept: Option<&[Range<usize>]>) -> Sentences {
        let whole = 0..words.len();
        let kept = kept.unwrap_or(std::slice::from_ref(&whole));
        let all = eligible(words);
        let most = all.size_hint().1.unwrap_or_default();
        let mut sentences = Sentences { kept: Vec::with_capacity(most), ..Sentences::default() };
        let (mut before, mut next) = (0, 0);
        for range in all {
            while let Some(passed) = kept.get(next).filter(|kept| kept.end <= range.start) {
                before += passed.len();
                next += 1;
            }
            match kept.get(next).filter(|kept| kept.start <= range.start) {
                Some(kept) => {
                    let start = (before + range.start - kept.start) as u32;
                    sentences.kept.push(start..start + (range.end.min(kept.end) - range.start) as u32);
                    sentences.kept_bits.add(&hashes[range]);
                }
                None => {
                    sentences.left_out_bits.add(&hashes[range.clone()]);
                    sentences.left_out.push(hashes[range].to_vec());
                }
            }
        }
        sentences.left_out.sort_unstable();
        sentences
    }
}

/// What of `all` is in these ranges.
fn only<T: Copy>(all: &[T], ranges: &[Range<usize>]) -> Vec<T> {
    let mut kept = Vec::with_capacity(ranges.iter().map(ExactSizeIterator::len).sum());
    ranges.iter().for_each(|range| kept.extend_from_slice(&all[range.clone()]));
    kept
}

/// What each word is; `said`: what they say of days.
fn word_kinds(words: &Words, said: &[Said]) -> Vec<WordKind> {
    let mut starts = words.segments().map(|segment| segment.words.start).peekable();
    let mut kinds: Vec<WordKind> = (0..)
        .zip(words.marked_hashes())
        .map(|(index, (_, capital, digit))| {
            let begins = starts.next_if_eq(&index).is_some();
            match () {
                () if digit => WordKind::Number,
                () if capital && !begins => WordKind::Name,
                () => WordKind::Plain,
            }
        })
        .collect();
    for (place, part) in said.iter().flat_map(|one| days::parts(words, one.words.clone())) {
        kinds[place] = WordKind::Day(match part {
            Part::Number(value) => value,
            Part::Weekday(weekday) => NAMED_DAY | weekday,
            Part::Month(month) => NAMED_MONTH | month,
        });
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> String {
        let letter = |kind: WordKind| match kind {
            WordKind::Day(_) => 'd',
            WordKind::Number => '1',
            WordKind::Name => 'N',
            WordKind::Plain => '.',
        };
        let words = Words::of(text);
        word_kinds(&words, &days::said(&words, text)).into_iter().map(letter).collect()
    }

    #[test]
    fn days_numbers_and_names_are_told_apart() {
        assert_eq!(kinds("Giá vàng ngày 8/12: 36.500 đồng"), "...dd11.");
        assert_eq!(kinds("Hôm thứ Sáu, ông Biden gặp Putin 45 phút"), "..d.N.N1.");
        assert_eq!(kinds("Họp thứ 6, lễ hội lần thứ 6"), "..d....1");
        assert_eq!(kinds("On Friday, December 8, 2021"), ".dddd");
        assert_eq!(kinds("Tháng 12 năm 2021 có 31 ca"), ".d.d.1.");
    }

    #[test]
    fn measures_that_a_dash_joins_are_no_days() {
        assert_eq!(kinds("Sáng 8-2 rét 13-16 độ, gió cấp 5-6"), ".dd.11...11");
    }

    #[test]
    fn two_days_of_one_month_have_no_part_in_common() {
        let days = |text: &str| days_of_months(&days::said(&Words::of(text), text));
        assert_eq!(days("Giá vàng ngày 8/2/2017"), [8]);
        assert_eq!(days("từ ngày 8 đến sáng 9/2"), [8, 9]);
        assert_eq!(days("các ngày 8-9/2"), [8, 9]);
        assert_eq!(days("ngày 8 tháng 2 năm 2017"), [8]);
        assert_eq!(days("lạm phát tháng 2"), [2]);
        assert_eq!(days("On Friday, December 8, 2021"), [8]);
        assert_eq!(days("On Friday").len(), 1);
        assert!(days("Không có ngày nào").is_empty());
    }

    #[test]
    fn the_first_word_of_a_sentence_is_not_a_name_for_its_capital() {
        assert_eq!(kinds("Nga đáp. Mỹ im"), "....");
        assert_eq!(kinds("Tại Nga, Mỹ im"), ".NN.");
    }

    #[test]
    fn shells_are_left_out_of_words_and_kinds_alike() {
        let article = Article { text: "Một hai ba bốn năm sáu".into(), ..Article::default() };
        let reading = Reading::of(&article, &ShellTable::default(), 5);
        assert_eq!((reading.words.len(), reading.kinds.len(), reading.set.len()), (6, 6, 2));
    }
}
