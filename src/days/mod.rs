//! Words in, the days that they name out: what tells the call of 8 December from that of the 30th.
//!
//! Days are written in many ways: `8/12`, `hôm 2-12`, `7-8/12`, `ngày 8 tháng mười hai`, `December 8-10, 2021`, `8 de diciembre`,
//! `2021-12-08`, `12月8日`, `thứ Sáu tuần tới`, `yesterday`, `rằm tháng Bảy`. A score (`thắng 2-1`), a ratio (`1/3 dân số`), a version, the
//! number of a law and a price are no days. `tables` has the words of each language, `lexicon` finds them in a text; `reader`, `parts` and `chain` read
//! what is written, and what is here completes it: most days come without a year, which is then taken from the day of publication,
//! or from a full date in the same article. Where neither is known, the day has no year, and is compared around the circle of the
//! year; what depends on the day of publication is no day then. A lunar day is converted where its year is known.

mod chain;
mod day;
mod lexicon;
mod lunar;
mod parts;
pub mod published;
mod reader;
mod stamp;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

pub use day::Day;
pub(crate) use day::NearDays;
pub use lunar::Calendar;
pub use reader::Sureness;
use reader::{Partial, What, Written, Year};

use crate::normalize::Words;
use lexicon::{LEXICON, Name, Shift};

/// A day, or a run of days, as a text names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The day; of `8-10 December` the first.
    pub day: Day,
    /// The last day: [`Mention::day`] unless the words name a run of days.
    pub last: Day,
    /// Which words say so.
    pub words: Range<usize>,
    /// How sure it is that they name a day.
    pub sure: Sureness,
    /// The calendar that the words are of; the days themselves are of the civil one.
    pub calendar: Calendar,
    /// Whether the words give the year; else it comes from elsewhere, or is missing.
    pub year_written: bool,
}

impl Mention {
    /// The day, and the last one where that is another.
    pub fn ends(&self) -> impl Iterator<Item = Day> + Clone + use<> {
        std::iter::once(self.day).chain(Some(self.last).filter(|&last| last != self.day))
    }

    /// The bytes of its text that say so. `words`: those of the text.
    pub fn span(&self, words: &Words) -> Range<usize> {
        words.span(self.words.start).start..words.span(self.words.end - 1).end
    }
}

/// What a text says of days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// In the order of the text.
    pub days: Vec<Mention>,
    /// A day of the year that days without one are near: the day of publication, or a full date of the text.
    pub near: Option<Day>,
    /// The day of a dateline, a full date with a time of day at the beginning or the end of the text: `Thứ Sáu, 10/12/2021 20:10`.
    pub dateline: Option<Day>,
}

impl Mentions {
    /// What `words`, read from `text`, say of days. `published`: the day of publication on the clock of the article's own place, where
    /// that is known.
    ///
    /// ```
    /// use wirecopy::days::{Day, Mentions};
    /// use wirecopy::normalize::Words;
    /// let text = "Hôm qua, từ 3 đến 5/12";
    /// let found = Mentions::of(&Words::of(text), text, Day::new(Some(2021), 12, 8));
    /// let days: Vec<String> = found.days.iter().flat_map(|one| one.ends()).map(|day| day.to_string()).collect();
    /// assert_eq!(days, ["2021-12-07", "2021-12-03", "2021-12-05"]);
    /// ```
    pub fn of(words: &Words, text: &str, published: Option<Day>) -> Mentions {
        Mentions::at(places(words), words, text, published)
    }

    /// The same where it is known at which `places`, in order, a day may begin: see [`may_begin`].
    pub(crate) fn at(
        places: impl Iterator<Item = usize>,
        words: &Words,
        text: &str,
        published: Option<Day>,
    ) -> Mentions {
        let written = reader::written(places, words, text);
        let is_dateline = |one: &&Written| one.timed && is_at_edge(&one.words, words.len());
        let dateline = written.iter().filter(is_dateline).find_map(full);
        let known = published.or(dateline);
        let reference = Reference::of(known, &written);
        let mut days: Vec<Mention> = Vec::new();
        let mut beside: Option<(Mention, bool)> = None;
        for one in &written {
            let Some((day, last)) = reference.days(one, days.last().map(|before| before.last)) else { continue };
            let year_written =
                matches!(one.what, What::Day(day) | What::Range(_, day) if matches!(day.year, Year::Written(_)));
            let Written { ref words, sure, calendar, .. } = *one;
            let mut mention = Mention { day, last, words: words.clone(), sure, calendar, year_written };
            // The weekday of a day is no other day: `Friday, December 24`; and `hôm qua (24/12)` is the 24th.
            match beside.take() {
                Some((name, is_relative)) if is_relative || name.day.weekday() == day.weekday() && day.has_year() => {
                    mention.words.start = name.words.start;
                }
                other => days.extend(other.map(|(name, _)| name)),
            }
            match (one.beside_a_day, one.what) {
                (true, what) => beside = Some((mention, matches!(what, What::Relative(_)))),
                (false, _) => days.push(mention),
            }
        }
        days.extend(beside.map(|(name, _)| name));
        Mentions { days, near: reference.year, dateline }
    }

    /// Gives days without a year the one that brings them nearest to `near`: for a title, whose text has full dates.
    pub(crate) fn complete(&mut self, near: Day) {
        for mention in self.days.iter_mut().filter(|mention| !mention.day.has_year()) {
            let of_year = |day: Day, near: Day| near.nearest(day.date().month(), day.date().day());
            if let Some(day) = of_year(mention.day, near) {
                let run = mention.day.until(mention.last);
                (mention.day, mention.last) = (day, day.later(run));
            }
        }
    }
}

fn places(words: &Words) -> impl Iterator<Item = usize> {
    let marked = words.marked_hashes().enumerate();
    marked.filter(|&(_, (hash, _, digit))| may_begin(hash, digit)).map(|(at, _)| at)
}

/// Whether a day may begin with a word of this hash; `number`: whether it has a digit. Never false where one begins.
#[inline]
pub(crate) fn may_begin(hash: u64, number: bool) -> bool {
    number || LEXICON.may_begin(hash)
}

/// What a word is a part of, where it belongs to a day: see [`parts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A number of a day, a month or a year.
    Number(u16),
    /// The name of a month, 1..=12.
    Month(u16),
    /// The name of a weekday, 0 for Monday.
    Weekday(u16),
}

/// What is said of days in one place, for those who compare texts word by word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// Which words say so.
    pub(crate) words: Range<usize>,
    /// The days of the month that are named, or a month that stands alone; nothing for a year and a weekday.
    pub(crate) numbers: [Option<u16>; 2],
    /// The weekday, 0 for Monday, unless it is that of a day behind it.
    pub(crate) weekday: Option<u16>,
}

/// What `words`, read from `text`, say of days, months and years, surely or not, and as it is written.
pub(crate) fn said(words: &Words, text: &str) -> Vec<Said> {
    let numbers = |what: What| match what {
        What::Day(day) => [Some(day.day as u16), None],
        What::Range(first, last) => [Some(first.day as u16), Some(last.day as u16)],
        What::Month(month) => [Some(month as u16), None],
        What::Weekday(..) | What::Relative(_) | What::Year => [None; 2],
    };
    let written = reader::written(places(words), words, text).into_iter();
    let said = written.filter(|one| !matches!(one.what, What::Relative(_)));
    let weekday = |one: &Written| match one.what {
        What::Weekday(weekday, _) if !one.beside_a_day => Some(weekday as u16),
        _ => None,
    };
    said.map(|one| Said { numbers: numbers(one.what), weekday: weekday(&one), words: one.words }).collect()
}

/// Which of these words, which say something of days, are numbers or names; of a name of several words it is the last.
pub(crate) fn parts(words: &Words, said: Range<usize>) -> impl Iterator<Item = (usize, Part)> {
    let mut named = None;
    said.filter_map(move |at| {
        if let Some((name, length, _)) = LEXICON.names.at(words, at, |_| true) {
            named = match name {
                Name::Month { month, .. } | Name::LunarMonth(month) => {
                    Some((at + length - 1, Part::Month(month as u16)))
                }
                Name::Weekday { weekday, .. } => Some((at + length - 1, Part::Weekday(weekday as u16))),
                Name::Relative(_) | Name::FullMoon => None,
            };
        }
        let number = || reader::number(words.word(at)).and_then(|number| u16::try_from(number).ok());
        let number = || words.has_digit(at).then(number).flatten().map(|number| (at, Part::Number(number)));
        named.filter(|&(last, _)| last == at).or_else(number)
    })
}

/// A dateline stands within this many words of the beginning or the end.
const DATELINE_WORDS: usize = 60;

fn is_at_edge(range: &Range<usize>, words: usize) -> bool {
    range.start < DATELINE_WORDS || range.end + DATELINE_WORDS > words
}

/// The day of a full date.
fn full(written: &Written) -> Option<Day> {
    match written.what {
        What::Day(Partial { year: Year::Written(year), month: Some(month), day, .. })
            if !is_lunar(written.calendar) =>
        {
            Day::new(Some(year), month, day)
        }
        _ => None,
    }
}

fn is_lunar(calendar: Calendar) -> bool {
    matches!(calendar, Calendar::Vietnamese | Calendar::Chinese)
}

/// A day from the year that most full dates of the article have, the first of them among equals.
fn common_year(written: &[Written]) -> Option<Day> {
    let full: Vec<Day> = written.iter().filter_map(full).collect();
    let mut counts: HashMap<i16, usize> = HashMap::new();
    full.iter().filter_map(|day| day.year()).for_each(|year| *counts.entry(year).or_default() += 1);
    full.iter().copied().rev().max_by_key(|day| day.year().and_then(|year| counts.get(&year).copied()))
}

/// Days that are named this far from publication are less likely than those nearer by.
const NEAR_PUBLICATION: u32 = 31;

/// What days are completed from.
struct Reference {
    published: Option<Day>,
    /// Any day of the year that days without one are near.
    year: Option<Day>,
    /// Whether the dates of the text that can be of one order alone are month first.
    month_first: Option<bool>,
}

impl Reference {
    fn of(published: Option<Day>, written: &[Written]) -> Reference {
        let mut orders = written.iter().filter_map(|one| one.month_first);
        let first = orders.next();
        Reference {
            published,
            year: published.or_else(|| common_year(written)),
            month_first: first.filter(|first| orders.all(|other| other == *first)),
        }
    }

    /// The first and the last day of what is written. `before`: the day that was named before.
    fn days(&self, written: &Written, before: Option<Day>) -> Option<(Day, Day)> {
        match written.what {
            What::Day(day) => self.day(day, written.calendar, before).map(|day| (day, day)),
            What::Range(first, last) => {
                let first = self.day(first, written.calendar, before)?;
                let last = match last {
                    // The first such day behind the other, across the turn of a month or a year.
                    Partial { month: None, .. } => self.day(last, written.calendar, Some(first))?,
                    Partial { year: Year::Missing, month: Some(month), day, .. } if !is_lunar(written.calendar) => {
                        let years = first.year().map_or([None, None], |year| [Some(year), Some(year + 1)]);
                        let days = years.into_iter().filter_map(|year| Day::new(year, month, day));
                        days.into_iter().find(|last| first.until(*last) >= 0)?
                    }
                    _ => self.day(last, written.calendar, Some(first))?,
                };
                (first.until(last) >= 0).then_some((first, last))
            }
            What::Weekday(weekday, shift) => {
                let published = self.published?;
                let monday = published.later(-published.weekday());
                let back = (published.weekday() - weekday).rem_euclid(7);
                let day = match shift {
                    None => published.later(-back),
                    Some(Shift::Past) => published.later(if back == 0 { -7 } else { -back }),
                    Some(Shift::Coming) => published.later(7 - back),
                    Some(Shift::ThisWeek) => monday.later(weekday),
                    Some(Shift::NextWeek) => monday.later(weekday + 7),
                    Some(Shift::LastWeek) => monday.later(weekday - 7),
                };
                Some((day, day))
            }
            What::Relative(days) => self.published.map(|published| published.later(days.into())).map(|day| (day, day)),
            What::Month(_) | What::Year => None,
        }
    }

    fn day(&self, partial: Partial, calendar: Calendar, before: Option<Day>) -> Option<Day> {
        let Partial { year, month: Some(month), day, either_order } = partial else {
            return self.published.or(before)?.nearest_of_month(partial.day);
        };
        let day_of = |month: i8, day: i8| {
            let year = match year {
                Year::Written(year) => Some(year),
                Year::Relative(years) => Some(self.published?.year()? + i16::from(years)),
                Year::Missing => None,
            };
            match (year, is_lunar(calendar)) {
                (Some(year), true) => calendar.day(year, month, day),
                (Some(year), false) => Day::new(Some(year), month, day),
                (None, true) => calendar.nearest(self.year?, month, day),
                (None, false) => match self.year {
                    Some(near) => near.nearest(month, day),
                    None => Day::new(None, month, day),
                },
            }
        };
        let as_written = day_of(month, day);
        if !either_order {
            return as_written;
        }
        let swapped = day_of(day, month);
        let near = |day: Option<Day>| {
            day.zip(self.published).is_some_and(|(day, published)| day.gap(published) <= NEAR_PUBLICATION)
        };
        match self.month_first {
            Some(true) => swapped,
            Some(false) => as_written,
            None if near(swapped) && !near(as_written) => swapped,
            None => as_written,
        }
    }
}
