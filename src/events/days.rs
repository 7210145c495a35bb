//! Words in, the days that they name out: what tells the call of 8 December from that of the 30th.
//!
//! Days are written in many ways: `8/12`, `hôm 2-12`, `7-8/12`, `ngày 8 tháng 12`, `December 8, 2021`, `8 de diciembre`,
//! `2021-12-08`, `12月8日`, `thứ Sáu`, `yesterday`. A score (`thắng 2-1`), a ratio (`1/3 dân số`) and a price are no days.
//! Most days come without a year, which is then taken from the time of publication, or from a full date in the same
//! article; where neither is known, the day has no year, and is compared around the circle of the year.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};

use crate::article::Published;
use crate::normalize::{Words, is_unseen};

/// A day of the calendar, its year known or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Days since 1970-01-01, in the year 2000 where the year is unknown (a leap year: it has every day).
    number: i32,
    has_year: bool,
}

/// The year that stands for an unknown one.
const ANY_YEAR: i16 = 2000;

/// The first day of [`ANY_YEAR`], in days since 1970-01-01.
const START_OF_ANY_YEAR: i32 = 10_957;

/// Days in a year, on whose circle days without a year are compared.
const YEAR: i32 = 366;

impl Day {
    /// The day of this year, month (1..=12) and day of the month; `None` where the calendar has none.
    pub fn new(year: Option<i16>, month: i8, day: i8) -> Option<Day> {
        let date = Date::new(year.unwrap_or(ANY_YEAR), month, day).ok()?;
        Some(Day { has_year: year.is_some(), ..Day::of_date(date) })
    }

    /// A number in the order of days.
    #[cfg(feature = "arrow")]
    pub(super) fn as_order(self) -> i64 {
        2 * i64::from(self.number) + i64::from(self.has_year)
    }

    fn of_date(date: Date) -> Day {
        let epoch = Date::constant(1970, 1, 1);
        // Both lie within the years -9999 to 9999.
        Day { number: (date - epoch).get_days(), has_year: true }
    }

    /// The day in UTC of a time of publication; `None` beyond the calendar.
    pub fn of_published(published: Published) -> Option<Day> {
        let timestamp = jiff::Timestamp::from_second(published.epoch_seconds).ok()?;
        Some(Day::of_date(timestamp.to_zoned(jiff::tz::TimeZone::UTC).date()))
    }

    /// The date; its year stands for any where the year is unknown.
    pub fn date(self) -> Date {
        let epoch = Date::constant(1970, 1, 1);
        epoch.saturating_add(jiff::Span::new().days(self.number))
    }

    /// Whether the year is known.
    pub fn has_year(self) -> bool {
        self.has_year
    }

    /// Days between two days: around the circle of the year where the year of either is unknown.
    pub fn gap(self, other: Day) -> u32 {
        if self.has_year && other.has_year {
            return self.number.abs_diff(other.number);
        }
        let difference = (self.of_year() - other.of_year()).rem_euclid(YEAR);
        difference.min(YEAR - difference) as u32
    }

    /// Days from `self` to `other`, below zero where `other` is the earlier: the shorter way around the circle of the year
    /// where the year of either is unknown.
    pub fn until(self, other: Day) -> i32 {
        if self.has_year && other.has_year {
            return other.number - self.number;
        }
        let difference = (other.of_year() - self.of_year()).rem_euclid(YEAR);
        if difference > YEAR / 2 { difference - YEAR } else { difference }
    }

    /// The day so many days later.
    pub fn later(self, days: i32) -> Day {
        Day { number: self.number + days, ..self }
    }

    /// Days since the first of January, in a leap year.
    fn of_year(self) -> i32 {
        if !self.has_year && (0..YEAR).contains(&(self.number - START_OF_ANY_YEAR)) {
            return self.number - START_OF_ANY_YEAR;
        }
        let date = self.date();
        let day = Date::new(ANY_YEAR, date.month(), date.day()).unwrap_or(date);
        (day - Date::constant(ANY_YEAR, 1, 1)).get_days()
    }
}

/// `YYYY-MM-DD`, or `--MM-DD` (ISO 8601:1988) without a year.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = self.date();
        if self.has_year { date.fmt(f) } else { write!(f, "--{:02}-{:02}", date.month(), date.day()) }
    }
}

/// Days in rising order, ready to be asked many times which of them are near another one.
pub(super) struct NearDays {
    days: Vec<Day>,
    /// For each day of the year the places of the days that fall on it.
    of_year: Vec<Vec<u32>>,
    /// The same for days without a year alone.
    without_year: Vec<Vec<u32>>,
}

impl NearDays {
    /// For these days, in rising order.
    pub(super) fn of(days: impl Iterator<Item = Day>) -> NearDays {
        let mut near = NearDays {
            days: days.collect(),
            of_year: vec![Vec::new(); YEAR as usize],
            without_year: vec![Vec::new(); YEAR as usize],
        };
        for (day, place) in near.days.iter().zip(0..) {
            let of_year = day.of_year() as usize;
            near.of_year[of_year].push(place);
            if !day.has_year {
                near.without_year[of_year].push(place);
            }
        }
        near
    }

    /// Puts the places of all days whose [`Day::gap`] to `day` is at most `gap` into `places`, rising, in place of what is there.
    pub(super) fn places(&self, day: Day, gap: u32, places: &mut Vec<u32>) {
        places.clear();
        let gap = gap.min(YEAR as u32 / 2) as i32;
        let around = |of_year: &[Vec<u32>], places: &mut Vec<u32>| {
            for away in -gap..=gap {
                places.extend(&of_year[(day.of_year() + away).rem_euclid(YEAR) as usize]);
            }
        };
        if day.has_year {
            let from = self.days.partition_point(|other| other.number < day.number - gap);
            let near = self.days[from..].iter().zip(from as u32..);
            let near = near.take_while(|(other, _)| other.number <= day.number + gap);
            places.extend(near.filter(|(other, _)| other.has_year).map(|(_, place)| place));
            around(&self.without_year, places);
        } else {
            around(&self.of_year, places);
        }
        places.sort_unstable();
        places.dedup();
    }
}

/// A day as a text names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Which day.
    pub day: Day,
    /// Which words say so.
    pub words: Range<usize>,
}

/// What a text says of days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// In the order of the text.
    pub days: Vec<Mention>,
    /// The day of a dateline, a full date with a time of day at the beginning or the end of the text: `Thứ Sáu, 10/12/2021 20:10`.
    pub dateline: Option<Day>,
}

impl Mentions {
    /// What `words`, read from `text`, say of days. `published`: the day of publication, where that is known.
    pub fn of(words: &Words, text: &str, published: Option<Day>) -> Mentions {
        let may_begin = words.folded_bytes().zip(words.hashes()).map(|(word, hash)| may_begin_a_day(word, hash));
        let places: Vec<u32> = (0..).zip(may_begin).filter(|(_, may_begin)| *may_begin).map(|(at, _)| at).collect();
        Mentions::at(&places, words, text, published)
    }

    /// The same where it is known at which `places`, in order, a day may begin: see [`may_begin_a_day`].
    pub(super) fn at(places: &[u32], words: &Words, text: &str, published: Option<Day>) -> Mentions {
        let mut reader = Reader { words, text, found: Vec::new() };
        reader.read(places);
        let found = reader.found;
        let dateline = found.iter().find(|one| one.timed && is_at_edge(&one.words, words.len())).and_then(Found::full);
        let known = published.or(dateline);
        let reference = Reference { published: known, year: known.or_else(|| common_year(&found)) };
        let mut last = None;
        let days = found
            .iter()
            .filter_map(|one| {
                let day = reference.day(one, last)?;
                last = Some(day);
                Some(Mention { day, words: one.words.clone() })
            })
            .collect();
        Mentions { days, dateline }
    }
}

/// A dateline stands within so many words of the beginning or the end.
const DATELINE_WORDS: usize = 60;

fn is_at_edge(range: &Range<usize>, words: usize) -> bool {
    range.start < DATELINE_WORDS || range.end + DATELINE_WORDS > words
}

/// A day from the year that most full dates of the article have, the first of them among equals.
fn common_year(found: &[Found]) -> Option<Day> {
    let full: Vec<Day> = found.iter().filter_map(Found::full).collect();
    let mut counts: HashMap<i16, usize> = HashMap::new();
    full.iter().for_each(|day| *counts.entry(day.date().year()).or_default() += 1);
    full.iter().copied().rev().max_by_key(|day| counts[&day.date().year()])
}

/// What days are completed from.
struct Reference {
    published: Option<Day>,
    /// Any day of the year that days without one are near.
    year: Option<Day>,
}

impl Reference {
    fn day(&self, found: &Found, last: Option<Day>) -> Option<Day> {
        match found.what {
            What::Date { year: Some(year), month, day } => Day::new(Some(year), month, day),
            What::Date { year: None, month, day } => match self.year {
                Some(near) => nearest_year(near, month, day),
                None => Day::new(None, month, day),
            },
            What::DayOfMonth(day) => nearest_month(self.published.or(last)?, day),
            What::Weekday(weekday) => {
                let published = self.published?.date();
                let back = published.weekday().since(weekday);
                Some(Day::of_date(published.saturating_sub(jiff::Span::new().days(back))))
            }
            What::Ago(days) => Some(Day { number: self.published?.number - days, has_year: true }),
        }
    }
}

/// The day of this month and day whose year brings it nearest to `near`; the earlier of two equals.
fn nearest_year(near: Day, month: i8, day: i8) -> Option<Day> {
    let year = near.date().year();
    [year, year - 1, year + 1]
        .into_iter()
        .filter_map(|year| Day::new(Some(year), month, day))
        .min_by_key(|day| (day.gap(near), day.number))
}

/// The day of this day of the month, in the month that brings it nearest to `near`.
fn nearest_month(near: Day, day: i8) -> Option<Day> {
    let date = near.date();
    let found = [0, -1, 1]
        .into_iter()
        .filter_map(|months| {
            let month = date.first_of_month().saturating_add(jiff::Span::new().months(months));
            Date::new(month.year(), month.month(), day).ok().map(Day::of_date)
        })
        .min_by_key(|day| (day.number.abs_diff(near.number), day.number))?;
    if near.has_year {
        return Some(found);
    }
    // The month after December is January of no year again, not of the year after: so there are 366 such days at most.
    let date = found.date();
    Day::new(None, date.month(), date.day())
}

/// What a text says, not yet completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Date {
        year: Option<i16>,
        month: i8,
        day: i8,
    },
    DayOfMonth(i8),
    /// The last such day at or before publication.
    Weekday(Weekday),
    /// So many days before publication.
    Ago(i32),
}

struct Found {
    what: What,
    words: Range<usize>,
    /// Whether a time of day follows.
    timed: bool,
}

impl Found {
    fn full(&self) -> Option<Day> {
        match self.what {
            What::Date { year: Some(year), month, day } => Day::new(Some(year), month, day),
            _ => None,
        }
    }
}

struct Reader<'a> {
    words: &'a Words,
    text: &'a str,
    found: Vec<Found>,
}

impl Reader<'_> {
    fn read(&mut self, places: &[u32]) {
        let mut next = 0;
        for &at in places {
            let at = at as usize;
            if at >= next {
                let is_number = self.word(at).as_bytes().first().is_some_and(u8::is_ascii_digit);
                next = if is_number { self.numeric(at) } else { self.named(at) }.unwrap_or(at + 1);
            }
        }
    }

    fn word(&self, at: usize) -> &str {
        if at < self.words.len() { self.words.word(at) } else { "" }
    }

    /// The number that word `at` is, an English ordinal's ending aside.
    fn number(&self, at: usize) -> Option<i16> {
        let word = self.word(at);
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let ending = &word[digits.len()..];
        let plain = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        (plain && matches!(ending, "" | "st" | "nd" | "rd" | "th" | "er")).then(|| digits.parse().ok()).flatten()
    }

    fn day(&self, at: usize) -> Option<i8> {
        self.number(at).filter(|day| (1..=31).contains(day)).map(|day| day as i8)
    }

    fn month(&self, at: usize) -> Option<i8> {
        self.number(at).filter(|month| (1..=12).contains(month)).map(|month| month as i8)
    }

    fn year(&self, at: usize) -> Option<i16> {
        self.number(at).filter(|year| (1900..=2100).contains(year))
    }

    fn month_name(&self, at: usize) -> Option<i8> {
        // Most words are told by their hash to be none.
        let hash = (at < self.words.len()).then(|| self.words.hashes_of(at..at + 1).next()).flatten()?;
        let may_be = LEXICON.may_begin[filter_place(hash)];
        may_be.then(|| LEXICON.months.get(self.word(at)).copied()).flatten()
    }

    /// What is seen between word `at` and the next.
    fn gap(&self, at: usize) -> &str {
        if at + 1 >= self.words.len() {
            return "";
        }
        // A word takes along what is not seen behind it, but not what is in front of it.
        self.text[self.words.span(at).end..self.words.span(at + 1).start].trim_end_matches(is_unseen)
    }

    /// The mark that joins word `at` and the next, without a space.
    fn joint(&self, at: usize) -> Option<char> {
        let mut gap = self.gap(at).chars();
        let mark = gap.next().filter(|mark| matches!(mark, '/' | '-' | '–' | '.'))?;
        gap.next().is_none().then_some(mark)
    }

    /// Whether a number could as well be a part of something larger: `1.7/12`, `A-7/12`.
    fn is_joined_before(&self, at: usize) -> bool {
        at > 0 && self.joint(at - 1).is_some()
    }

    fn push(&mut self, what: What, words: Range<usize>) -> Option<usize> {
        let end = words.end;
        // `20:10`, `20h10`: a number and, at once, another behind a colon or in one word with `h`.
        let time_at = |at: usize| {
            (at < self.words.len() && self.gap(at) == ":" && self.number(at).is_some())
                || self.word(at).split_once('h').is_some_and(|(hour, minute)| {
                    hour.parse::<u8>().is_ok() && (minute.is_empty() || minute.parse::<u8>().is_ok())
                })
        };
        let timed = time_at(end) || words.start >= 2 && self.gap(words.start - 2) == ":";
        self.found.push(Found { what, words, timed });
        Some(end)
    }

    /// A day that begins with a number.
    fn numeric(&mut self, at: usize) -> Option<usize> {
        if self.is_joined_before(at) {
            return None;
        }
        self.iso(at).or_else(|| self.joined(at)).or_else(|| self.spelled(at))
    }

    /// `2021-12-08`.
    fn iso(&mut self, at: usize) -> Option<usize> {
        let mark = self.joint(at)?;
        let (year, month) = (self.year(at)?, self.month(at + 1)?);
        let day = self.day(at + 2).filter(|_| self.joint(at + 1) == Some(mark))?;
        self.push(What::Date { year: Some(year), month, day }, at..at + 3)
    }

    /// `8/12/2021`, `8/12`, `8-12`, `7-8/12`.
    fn joined(&mut self, at: usize) -> Option<usize> {
        let mark = self.joint(at)?;
        if self.joint(at + 1) == Some(mark)
            && let Some(year) = self.full_year(at + 2)
        {
            let (first, second) = (self.day(at)?, self.day(at + 1)?);
            // 12/25/2021 can only be the American order.
            let (day, month) = if second > 12 { (second, first) } else { (first, second) };
            Day::new(Some(year), month, day)?;
            return self.push(What::Date { year: Some(year), month, day }, at..at + 3);
        }
        if matches!(mark, '-' | '–') && self.joint(at + 1) == Some('/') {
            let (first, last) = (self.day(at)?, self.day(at + 1)?);
            let month = self.month(at + 2)?;
            let year = self.year(at + 3).filter(|_| self.joint(at + 2) == Some('/'));
            let end = at + 3 + usize::from(year.is_some());
            Day::new(year, month, first)?;
            Day::new(year, month, last)?;
            self.push(What::Date { year, month, day: first }, at..end);
            return self.push(What::Date { year, month, day: last }, at..end);
        }
        let (day, month) = (self.day(at)?, self.month(at + 1)?);
        Day::new(None, month, day)?;
        let surely = match mark {
            '/' => day > 12 || self.is_announced(at),
            '-' | '–' => self.is_announced(at) && !LEXICON.after_a_number.contains(&self.word(at + 2)),
            _ => false,
        };
        let alone = self.joint(at + 1).is_none() || self.joint(at + 1) == Some('.');
        (surely && alone).then(|| self.push(What::Date { year: None, month, day }, at..at + 2)).flatten()
    }

    /// A year of four digits, or of two behind a day and a month.
    fn full_year(&self, at: usize) -> Option<i16> {
        let two = |at| (self.word(at).len() == 2).then(|| self.number(at)).flatten();
        self.year(at).or_else(|| two(at).map(|year| if year < 70 { 2000 + year } else { 1900 + year }))
    }

    /// Whether the words before say that a day comes: `hôm`, `ngày`, `sáng`, `on`; or another day, `7/12 và 8/12`; or a bracket.
    fn is_announced(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let follows = |range: &Range<usize>| {
            range.end == at || range.end + 1 == at && matches!(self.word(before), "và" | "and" | "đến" | "tới")
        };
        LEXICON.announcing.contains(&self.word(before))
            || self.gap(before).trim_start().ends_with('(')
            || before > 0 && self.word(before - 1) == "thứ" && weekday(self.word(before)).is_some()
            || self.found.last().is_some_and(|found| follows(&found.words))
    }

    /// `8 tháng 12 năm 2021`, `8 December 2021`, `8 de diciembre de 2021`, `12月8日`.
    fn spelled(&mut self, at: usize) -> Option<usize> {
        let second = self.word(at + 1);
        if matches!(second, "月" | "월") {
            let month = self.month(at)?;
            let day = self.day(at + 2).filter(|_| matches!(self.word(at + 3), "日" | "일"))?;
            let has_year = at >= 2 && matches!(self.word(at - 1), "年" | "년");
            let year = has_year.then(|| self.year(at - 2)).flatten();
            return self.push(What::Date { year, month, day }, at..at + 4);
        }
        let day = self.day(at)?;
        let (month, mut end) = if matches!(second, "tháng") {
            // `9 tháng năm 2013` is nine months, `ngày 9 tháng năm` a day in May.
            let spelled = || {
                spelled_month(self.word(at + 2))
                    .filter(|_| at > 0 && self.word(at - 1) == "ngày" && self.year(at + 3).is_none())
            };
            (self.month(at + 2).or_else(spelled)?, at + 3)
        } else {
            let skipped = usize::from(matches!(second, "de" | "of"));
            (self.month_name(at + 1 + skipped)?, at + 2 + skipped)
        };
        Day::new(None, month, day)?;
        let skipped = usize::from(matches!(self.word(end), "năm" | "de" | "del"));
        let year = self.year(end + skipped);
        if year.is_some() {
            end += skipped + 1;
        }
        self.push(What::Date { year, month, day }, at..end)
    }

    /// A day that begins with a word: `December 8`, `ngày 8`, `thứ Sáu`, `hôm qua`.
    fn named(&mut self, at: usize) -> Option<usize> {
        let word = self.word(at);
        let next = self.word(at + 1);
        match word {
            "ngày" => {
                let day = self.day(at + 1)?;
                let alone = self.joint(at + 1).is_none() && self.gap(at + 1).trim().is_empty();
                let counts = LEXICON.after_a_number.contains(&self.word(at + 2));
                if !alone || counts {
                    return None;
                }
                self.push(What::DayOfMonth(day), at..at + 2)
            }
            "thứ" => {
                let counted = at > 0 && matches!(self.word(at - 1), "lần" | "hạng" | "người" | "ngày");
                let weekday = weekday(next).filter(|_| !counted)?;
                // `thứ hai` is also "second"; the capital or the digit, or a day behind it, tells.
                let sure = self.text[self.words.span(at + 1)].starts_with(|c: char| c.is_uppercase())
                    || self.day(at + 2).is_some() && self.joint(at + 2).is_some()
                    || at > 0 && LEXICON.announcing.contains(&self.word(at - 1));
                sure.then(|| self.push(What::Weekday(weekday), at..at + 2)).flatten()
            }
            "chủ" if next == "nhật" => self.push(What::Weekday(Weekday::Sunday), at..at + 2),
            "hôm" if matches!(next, "qua" | "nay" | "kia") => {
                let ago = match next {
                    "nay" => 0,
                    "qua" => 1,
                    _ => 2,
                };
                self.push(What::Ago(ago), at..at + 2)
            }
            "sáng" | "trưa" | "chiều" | "tối" | "đêm" if next == "nay" => self.push(What::Ago(0), at..at + 2),
            "chiều" | "tối" | "đêm" if next == "qua" => self.push(What::Ago(1), at..at + 2),
            // What stands here stands in `NAMING` as well.
            "today" | "aujourd'hui" | "hoy" | "heute" => self.push(What::Ago(0), at..at + 1),
            "yesterday" | "hier" | "ayer" | "gestern" => self.push(What::Ago(1), at..at + 1),
            _ => match self.month_name(at) {
                Some(month) => {
                    let day = self.day(at + 1).filter(|_| self.joint(at + 1).is_none())?;
                    Day::new(None, month, day)?;
                    let year = self.year(at + 2);
                    self.push(What::Date { year, month, day }, at..at + 2 + usize::from(year.is_some()))
                }
                None => {
                    let weekday = LEXICON.weekdays.get(word).copied()?;
                    self.push(What::Weekday(weekday), at..at + 1)
                }
            },
        }
    }
}

/// What follows `thứ` in a Vietnamese weekday.
fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "hai" | "2" => Weekday::Monday,
        "ba" | "3" => Weekday::Tuesday,
        "tư" | "4" => Weekday::Wednesday,
        "năm" | "5" => Weekday::Thursday,
        "sáu" | "6" => Weekday::Friday,
        "bảy" | "7" => Weekday::Saturday,
        _ => return None,
    })
}

/// What follows `tháng` where the month is written out.
fn spelled_month(word: &str) -> Option<i8> {
    let months = ["giêng", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười"];
    months.iter().position(|&month| month == word).map(|place| place as i8 + 1)
}

/// Month names by number, in English, French, Spanish, Portuguese, Italian, German, Indonesian, Russian (genitive).
const MONTHS: [&str; 12] = [
    "january jan janvier enero janeiro gennaio januar januari января",
    "february feb février febrero fevereiro febbraio februar februari февраля",
    "march mar mars marzo março märz maret марта",
    "april apr avril abril aprile апреля",
    "may mai mayo maio maggio mei мая",
    "june jun juin junio junho giugno juni июня",
    "july jul juillet julio julho luglio juli июля",
    "august aug août agosto agustus августа",
    "september sep sept septembre septiembre setembro settembre сентября",
    "october oct octobre octubre outubro ottobre oktober октября",
    "november nov novembre noviembre novembro ноября",
    "december dec décembre diciembre dezembro dicembre dezember desember декабря",
];

/// Weekday names from Monday on, of the same languages.
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday lundi lunes lunedì montag senin понедельник"),
    (Weekday::Tuesday, "tuesday mardi martes martedì dienstag selasa вторник"),
    (Weekday::Wednesday, "wednesday mercredi miércoles mercoledì mittwoch rabu среду"),
    (Weekday::Thursday, "thursday jeudi jueves giovedì donnerstag kamis четверг"),
    (Weekday::Friday, "friday vendredi viernes venerdì freitag jumat пятницу"),
    (Weekday::Saturday, "saturday samedi sábado sabato samstag sabtu субботу"),
    (Weekday::Sunday, "sunday dimanche domingo domenica sonntag воскресенье"),
];

/// Words that begin a day, beside months and weekdays: all that [`Reader::named`] asks for.
const NAMING: &str = "\
    ngày thứ chủ hôm sáng trưa chiều tối đêm today aujourd'hui hoy heute yesterday hier ayer gestern";

/// Words behind which `8-12` or `8/12` is a day.
const ANNOUNCING: &str = "\
    ngày hôm sáng trưa chiều tối đêm khuya mùng mồng từ đến tới nay qua nhật on since until le el am den dal";

/// Words behind `ngày 8` or `2-3` that make the number count something: `ngày 8 giờ làm việc`, `từ 2-3 năm`.
const AFTER_A_NUMBER: &str = "\
    tháng năm tuần ngày giờ phút lần tiếng người ca tỷ tỉ triệu nghìn ngàn đồng usd độ kg km m mét tuổi trận bàn điểm years months weeks days hours";

struct Lexicon {
    months: HashMap<&'static str, i8>,
    weekdays: HashMap<&'static str, Weekday>,
    announcing: Vec<&'static str>,
    after_a_number: Vec<&'static str>,
    /// By the upper bits of a word's hash, whether such a word begins a day.
    may_begin: Vec<bool>,
}

/// So many upper bits of a hash tell words that begin a day from others.
const FILTER_BITS: u32 = 13;

fn filter_place(hash: u64) -> usize {
    (hash >> (u64::BITS - FILTER_BITS)) as usize
}

/// Whether a word of this hash may begin a day, as a number or a name of one: never false where one is found.
#[inline]
pub(super) fn may_begin_a_day(word: &[u8], hash: u64) -> bool {
    word.first().is_some_and(u8::is_ascii_digit) || LEXICON.may_begin[filter_place(hash)]
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon {
    months: MONTHS
        .iter()
        .zip(1..)
        .flat_map(|(names, month)| names.split_whitespace().map(move |name| (name, month)))
        .collect(),
    weekdays: WEEKDAYS
        .iter()
        .flat_map(|&(weekday, names)| names.split_whitespace().map(move |name| (name, weekday)))
        .collect(),
    announcing: ANNOUNCING.split_whitespace().collect(),
    after_a_number: AFTER_A_NUMBER.split_whitespace().collect(),
    may_begin: {
        let mut may_begin = vec![false; 1 << FILTER_BITS];
        let lists = MONTHS.into_iter().chain(WEEKDAYS.map(|(_, names)| names)).chain([NAMING]);
        // What is one word here may be several in a text: `aujourd'hui`.
        let firsts = lists.flat_map(str::split_whitespace).filter_map(|name| Words::of(name).hashes().next());
        firsts.for_each(|hash| may_begin[filter_place(hash)] = true);
        may_begin
    },
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days_at(text: &str, published: Option<&str>) -> Vec<String> {
        let published = published.map(|day| Day::of_date(day.parse().unwrap()));
        Mentions::of(&Words::of(text), text, published).days.iter().map(|mention| mention.day.to_string()).collect()
    }

    fn days(text: &str) -> Vec<String> {
        days_at(text, None)
    }

    #[test]
    fn days_are_read_in_the_ways_that_newspapers_write_them() {
        assert_eq!(days("cuộc gặp trực tuyến hôm 7/12"), ["--12-07"]);
        assert_eq!(days("họp báo hôm 2-12 ở Stockholm"), ["--12-02"]);
        assert_eq!(days("cuộc gọi 7-8/12"), ["--12-07", "--12-08"]);
        assert_eq!(days("cuộc gọi ngày 7-8/12/2021"), ["2021-12-07", "2021-12-08"]);
        assert_eq!(days("ngày 8 tháng 12 năm 2021"), ["2021-12-08"]);
        assert_eq!(days("ngày 8 tháng tư, ngày 9 tháng năm"), ["--04-08", "--05-09"]);
        assert_eq!(days("On December 8, 2021, and 9 December"), ["2021-12-08", "2021-12-09"]);
        assert_eq!(
            days("Am 8. Dezember 2021, le 9 décembre, el 10 de diciembre de 2021"),
            ["2021-12-08", "2021-12-09", "2021-12-10"]
        );
        assert_eq!(days("2021-12-08"), ["2021-12-08"]);
        assert_eq!(days("2021年12月8日"), ["2021-12-08"]);
        assert_eq!(days("the 8th of December"), ["--12-08"]);
        assert_eq!(days("từ 19/5 và 3/6"), ["--05-19", "--06-03"]);
        assert_eq!(days("12/25/2021"), ["2021-12-25"]);
    }

    #[test]
    fn a_character_that_is_not_seen_hides_no_day() {
        for text in [
            "hôm 8/12/2021, 20:10",
            "ngày 7-8/12/2021",
            "On December 8, 2021",
            "２０２１年１２月８日",
            "thứ Sáu, 2021-12-08",
        ] {
            let plain = days_at(text, Some("2021-12-10"));
            for c in ['\u{200b}', '\u{1b}', '\0', '\u{2800}', '\u{3164}', '\u{1d173}', '\u{e001}'] {
                let inside: String = text.chars().flat_map(|letter| [c, letter]).collect();
                assert_eq!(days_at(&inside, Some("2021-12-10")), plain, "{text} U+{:04X}", c as u32);
            }
            assert!(plain.contains(&"2021-12-08".to_owned()), "{text} {plain:?}");
        }
    }

    #[test]
    fn a_score_a_ratio_a_fraction_and_a_price_are_no_days() {
        for text in [
            "thắng 2-1 trên sân",
            "1/3 dân số",
            "tỷ lệ 3/4",
            "36.500 đồng",
            "hẻm 7/12/5B",
            "lãi suất 5-7%/năm",
            "từ 2-3 năm",
            "9 tháng năm 2013",
            "24/24 giờ",
            "31/2",
        ] {
            assert_eq!(days(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_year_is_completed_from_publication_or_from_another_date() {
        assert_eq!(days_at("hôm 30/12", Some("2022-01-02")), ["2021-12-30"]);
        assert_eq!(days_at("hôm 10/1", Some("2021-12-30")), ["2022-01-10"]);
        assert_eq!(days("Thứ Sáu, 10/12/2021 20:10:46. Hôm 7/12"), ["2021-12-10", "2021-12-10", "2021-12-07"]);
        assert_eq!(days("hôm 7/12"), ["--12-07"], "no year is made up");
    }

    #[test]
    fn days_relative_to_publication_need_it() {
        assert_eq!(days_at("hôm qua, thứ Sáu, ngày 8", Some("2021-12-12")), ["2021-12-11", "2021-12-10", "2021-12-08"]);
        assert_eq!(days_at("on Friday", Some("2021-12-10")), ["2021-12-10"]);
        assert_eq!(days("hôm qua, thứ Sáu, ngày 8"), Vec::<String>::new());
        assert_eq!(days_at("lần thứ 6, điều thứ hai", Some("2021-12-10")), Vec::<String>::new());
    }

    #[test]
    fn a_dateline_stands_for_the_time_of_publication() {
        let dateline = |text: &str| Mentions::of(&Words::of(text), text, None).dateline.map(|day| day.to_string());
        assert_eq!(dateline("Thứ Sáu, 10/12/2021 20:10:46 +07:00"), Some("2021-12-10".into()));
        assert_eq!(dateline("20:10 10/12/2021"), Some("2021-12-10".into()));
        assert_eq!(dateline("sinh ngày 10/12/2021 tại Hà Nội"), None);
    }

    #[test]
    fn each_day_without_a_year_has_its_place_in_the_year() {
        let days = (1..=12).flat_map(|month| (1..=31).filter_map(move |day| Day::new(None, month, day)));
        assert_eq!(days.map(Day::of_year).collect::<Vec<_>>(), (0..YEAR).collect::<Vec<_>>());
        assert_eq!(Day::new(None, 12, 31).unwrap().later(1).of_year(), 0, "the first of January of the year after");
    }

    #[test]
    fn words_that_name_days_pass_the_filter_and_most_others_do_not() {
        for text in ["hôm nay", "chiều qua", "đêm nay", "yesterday", "heute", "chủ nhật", "on Friday", "понедельник"]
        {
            assert_eq!(days_at(text, Some("2021-12-12")).len(), 1, "{text}");
        }
        let filled = LEXICON.may_begin.iter().filter(|&&filled| filled).count();
        assert!(filled < LEXICON.may_begin.len() / 50, "{filled}");
    }

    #[test]
    fn a_month_after_december_has_no_year_either() {
        let text = "hôm 30/12, rồi ngày 2 và ngày 28 nữa";
        let days: Vec<Day> = Mentions::of(&Words::of(text), text, None).days.iter().map(|one| one.day).collect();
        let expected = [(12, 30), (1, 2), (12, 28)].map(|(month, day)| Day::new(None, month, day).unwrap());
        assert_eq!(days, expected);
    }

    #[test]
    fn the_year_of_most_full_dates_completes_the_others_and_the_first_among_equals() {
        assert_eq!(days("1/2/2019, 3/4/2021, 5/6/2021, 30/7")[3], "2021-07-30");
        assert_eq!(days("1/2/2019, 3/4/2021, 30/7")[2], "2019-07-30");
    }

    proptest! {
        #[test]
        fn days_near_another_are_those_that_a_look_at_all_of_them_finds(
            days in prop::collection::btree_set((prop::option::of(1990i16..2004), 1i8..=12, 1i8..=31), 0..300),
            asked in (prop::option::of(1990i16..2004), 1i8..=12, 1i8..=31),
            gap in 0u32..9,
        ) {
            let day = |(year, month, day)| Day::new(year, month, day);
            let mut days: Vec<Day> = days.into_iter().filter_map(day).collect();
            days.sort_unstable();
            if let Some(asked) = day(asked) {
                let mut places = vec![7];
                NearDays::of(days.iter().copied()).places(asked, gap, &mut places);
                let all = (0u32..).zip(&days).filter(|(_, other)| other.gap(asked) <= gap).map(|(place, _)| place);
                prop_assert_eq!(places, all.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn days_without_a_year_are_compared_around_the_year() {
        let day = |year, month, day| Day::new(year, month, day).unwrap();
        assert_eq!(day(None, 12, 30).gap(day(None, 1, 2)), 3);
        assert_eq!(day(None, 12, 30).until(day(None, 1, 2)), 3);
        assert_eq!(day(Some(2021), 1, 2).until(day(None, 12, 30)), -3);
        assert_eq!(day(Some(2021), 12, 30).gap(day(Some(2022), 12, 30)), 365);
        assert_eq!(Day::new(Some(2021), 2, 29), None);
    }
}
