//! What verification looks at of one article: its words, what kind of word each is, its shingles.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::boilerplate::ShellTable;
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
}

/// Where an article says which day it is of, beside its title: its first words.
const OPENING_WORDS: usize = 60;

impl Days {
    fn of(title: &[(u64, WordKind)], words: &[u64], kinds: &[WordKind]) -> Days {
        let (title_words, title_kinds): (Vec<u64>, Vec<WordKind>) = title.iter().copied().unzip();
        let opening = words.len().min(OPENING_WORDS);
        Days {
            all: each_once(kinds.iter().filter_map(|kind| kind.day()).collect()),
            title: days_of_months(&title_words, &title_kinds),
            opening: days_of_months(&words[..opening], &kinds[..opening]),
        }
    }
}

fn each_once(mut days: Vec<u16>) -> Vec<u16> {
    days.sort_unstable();
    days.dedup();
    days
}

/// The days that these words name, without years and without the months of days: of `8/2/2017`, `8 tháng 2` and
/// `8-9/2` it is 8, 8 and 8, 9; of `December 8` 8; of `tháng 2` alone 2.
fn days_of_months(words: &[u64], kinds: &[WordKind]) -> Vec<u16> {
    let is_year = |day: u16| (32..NAMED_DAY).contains(&day);
    let mut days = Vec::new();
    let mut at = 0;
    while at < kinds.len() {
        let mut run: Vec<u16> = Vec::new();
        while let Some(day) = kinds.get(at).and_then(|kind| kind.day()) {
            run.extend(Some(day).filter(|&day| !is_year(day)));
            // A month in words goes on with the day in front of it.
            let month_follows =
                words.get(at + 1) == Some(&LEXICON.month) && kinds.get(at + 2).is_some_and(WordKind::is_day);
            at += if month_follows { 2 } else { 1 };
        }
        if run.iter().any(|&day| day < NAMED_DAY) {
            run.retain(|&day| day < NAMED_DAY);
        }
        if run.len() > 1 && run.last().is_some_and(|&month| month <= 12) {
            run.pop();
        }
        days.extend(run);
        at += 1;
    }
    each_once(days)
}

/// Hashes of names of days lie at and above this, beyond every number that a day has.
const NAMED_DAY: u16 = 0x8000;

/// What a word is to the judgement whether two texts are one bulletin on two days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// A number that belongs to a day, `7/12`, `ngày 08`, `tháng 12`, `8 December`, with its value; or a word that names
    /// one, with a hash of it.
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

    fn is_day(&self) -> bool {
        self.day().is_some()
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

    /// Reads an article: its words without the shells of `table`, shingled by `window_words`.
    pub fn of(article: &Article<'_>, table: &ShellTable, window_words: usize) -> Reading {
        let (hashes, kinds) = WORDS.with_borrow_mut(|words| {
            let (hashes, kinds) = hashes_and_kinds(&article.text, words);
            match table.kept(article.source.as_deref().unwrap_or(""), words) {
                None => (hashes, kinds),
                Some(kept) => (only(&hashes, &kept), only(&kinds, &kept)),
            }
        });
        let title = article.title.as_deref().unwrap_or("");
        let (title_hashes, title_kinds) = WORDS.with_borrow_mut(|words| hashes_and_kinds(title, words));
        let title: Vec<(u64, WordKind)> = title_hashes.into_iter().zip(title_kinds).collect();
        Reading {
            days: Days::of(&title, &hashes, &kinds),
            title,
            published: article.published.map(|published| published.epoch_seconds),
            ..Reading::of_words(hashes, kinds, window_words)
        }
    }
}

thread_local! {
    /// The buffer that one thread reads article after article into.
    static WORDS: RefCell<Words> = RefCell::default();
}

/// The hashes of the words of `text` and what each word is; `words` holds them then.
fn hashes_and_kinds(text: &str, words: &mut Words) -> (Vec<u64>, Vec<WordKind>) {
    words.read(text);
    let hashes: Vec<u64> = words.hashes().collect();
    let kinds = word_kinds(words, &hashes, text);
    (hashes, kinds)
}

/// What of `all` is in these ranges.
fn only<T: Copy>(all: &[T], ranges: &[Range<usize>]) -> Vec<T> {
    let mut kept = Vec::with_capacity(ranges.iter().map(ExactSizeIterator::len).sum());
    ranges.iter().for_each(|range| kept.extend_from_slice(&all[range.clone()]));
    kept
}

/// Words before a number that make it a day's: `ngày 8`, `tháng 12`, `december 8`.
const DAY_WORDS: &str = "\
    ngày hôm tháng năm january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec janvier février mars avril mai juin juillet août \
    septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre \
    noviembre diciembre januar februar märz juni juli oktober dezember le del 年 月 kỳ đêm";

/// Month and weekday names, which name a day without a number. Vietnamese weekdays are two words, `thứ Sáu`; the second
/// counts.
const NAMED_DAYS: &str = "\
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august \
    september october november december lundi mardi mercredi jeudi vendredi samedi dimanche janvier février \
    avril juin juillet août septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado \
    domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre montag \
    dienstag mittwoch donnerstag freitag samstag sonntag";

/// What may follow `thứ` in a Vietnamese weekday.
const VIETNAMESE_WEEKDAYS: &str = "hai ba tư năm sáu bảy 2 3 4 5 6 7";

/// Behind two numbers that a dash joins: `13-16 độ` is no day.
const MEASURES: &str = "độ giờ phút tuổi người lần km m mm kg tấn mét đồng usd triệu tỷ tỉ nghìn ngàn";

/// Word lists as hashes: a word is looked up by the hash that it has already.
struct Lexicon {
    day_words: HashList,
    named_days: HashList,
    behind_a_day: HashList,
    weekdays: HashList,
    measures: HashList,
    ordinal: u64,
    time: u64,
    month: u64,
    force: u64,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let hash = |word: &str| xxh3_64(word.as_bytes());
    let list = |words: &str| HashList::of(words.split_whitespace().map(hash).collect());
    Lexicon {
        day_words: list(DAY_WORDS),
        named_days: list(NAMED_DAYS),
        behind_a_day: list(&format!("{NAMED_DAYS} 年 月 日")),
        weekdays: list(VIETNAMESE_WEEKDAYS),
        measures: list(MEASURES),
        ordinal: hash("thứ"),
        time: hash("lần"),
        month: hash("tháng"),
        force: hash("cấp"),
    }
});

/// A few hashes among which every word of a text is looked up, most of them in vain.
struct HashList {
    sorted: Vec<u64>,
    /// A bit for each hash, by its lowest bits: where it is missing, the list needn't be searched.
    bits: [u64; HashList::FILTER_BITS / 64],
}

impl HashList {
    /// About one word in twenty that is not in a list of 60 has the bit of one that is.
    const FILTER_BITS: usize = 1024;

    fn of(mut hashes: Vec<u64>) -> HashList {
        hashes.sort_unstable();
        let mut bits = [0; HashList::FILTER_BITS / 64];
        hashes.iter().for_each(|&hash| bits[HashList::place(hash)] |= 1 << (hash % 64));
        HashList { sorted: hashes, bits }
    }

    fn place(hash: u64) -> usize {
        hash as usize % HashList::FILTER_BITS / 64
    }

    fn has(&self, hash: u64) -> bool {
        self.bits[HashList::place(hash)] >> (hash % 64) & 1 == 1 && self.sorted.binary_search(&hash).is_ok()
    }
}

/// What each word is; `hashes` are [`Words::hashes`].
fn word_kinds(words: &Words, hashes: &[u64], text: &str) -> Vec<WordKind> {
    let lexicon = &*LEXICON;
    let mut starts = words.segments().map(|segment| segment.words.start).peekable();
    (0..words.len())
        .map(|index| {
            let begins = starts.next_if_eq(&index).is_some();
            if is_day(lexicon, words, hashes, text, index) {
                WordKind::Day(words.word(index).parse().unwrap_or(hashes[index] as u16 | NAMED_DAY))
            } else if words.has_digit(index) {
                WordKind::Number
            } else if !begins && words.has_capital(index) {
                WordKind::Name
            } else {
                WordKind::Plain
            }
        })
        .collect()
}

fn is_day(lexicon: &Lexicon, words: &Words, hashes: &[u64], text: &str, index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| hashes[before]);
    // `thứ 6` is Friday, `lần thứ 6` the sixth time.
    let weekday = before == Some(lexicon.ordinal)
        && lexicon.weekdays.has(hashes[index])
        && (index < 2 || hashes[index - 2] != lexicon.time);
    if !words.has_digit(index) {
        return weekday || lexicon.named_days.has(hashes[index]);
    }
    // At most a year's digits: 36.500 behind `tháng` is a price.
    let word = words.word(index);
    if word.len() > 4 || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let after = hashes.get(index + 1).copied();
    weekday
        || before.is_some_and(|before| lexicon.day_words.has(before))
        || after.is_some_and(|after| lexicon.behind_a_day.has(after))
        || is_joined_day(words, hashes, text, index)
}

/// Whether the number at `index` is a part of `d/m`, `d-m`, `d/m/y` or `d-m-y`: small numbers joined by one mark. A dash
/// joins measures as well, `13-16 độ`, and the wind's force, `cấp 5-6`.
fn is_joined_day(words: &Words, hashes: &[u64], text: &str, index: usize) -> bool {
    let joined = |left: usize, right: usize| {
        let between = &text[words.span(left).end..words.span(right).start];
        let measured = || {
            hashes.get(right + 1).is_some_and(|&after| LEXICON.measures.has(after))
                || left > 0 && hashes[left - 1] == LEXICON.force
        };
        let mark = between == "/" || matches!(between, "-" | "–") && !measured();
        mark && small(words.word(left)) && small_or_year(words.word(right))
    };
    let with_next = index + 1 < words.len() && joined(index, index + 1);
    let with_previous = index > 0 && joined(index - 1, index);
    with_next || with_previous
}

fn small(word: &str) -> bool {
    matches!(word.parse::<u32>(), Ok(1..=31))
}

fn small_or_year(word: &str) -> bool {
    matches!(word.parse::<u32>(), Ok(1..=31 | 1900..=2100))
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
        word_kinds(&words, &words.hashes().collect::<Vec<_>>(), text).into_iter().map(letter).collect()
    }

    #[test]
    fn days_numbers_and_names_are_told_apart() {
        assert_eq!(kinds("Giá vàng ngày 8/12: 36.500 đồng"), "...dd11.");
        assert_eq!(kinds("Hôm thứ Sáu, ông Biden gặp Putin 45 phút"), "..d.N.N1.");
        assert_eq!(kinds("Họp thứ 6, lễ hội lần thứ 6"), "..d....1");
        assert_eq!(kinds("On Friday, December 8, 2021"), ".ddd1");
        assert_eq!(kinds("Tháng 12 năm 2021 có 31 ca"), ".d.d.1.");
    }

    #[test]
    fn measures_that_a_dash_joins_are_no_days() {
        assert_eq!(kinds("Sáng 8-2 rét 13-16 độ, gió cấp 5-6"), ".dd.11...11");
    }

    #[test]
    fn two_days_of_one_month_have_no_part_in_common() {
        let days = |text: &str| {
            let words = Words::of(text);
            let hashes: Vec<u64> = words.hashes().collect();
            days_of_months(&hashes, &word_kinds(&words, &hashes, text))
        };
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
