//! Words in, days as they are written out: not yet completed by anything outside their own words.
//!
//! A day begins with a number (`8/12`, `8 December`, `12月8日`) or with a name (`December 8`, `Friday`, `hôm qua`). What is asked at a
//! place looks at a bounded number of words around it, so that reading takes time by the length of the text. Here is what stands at
//! one place; `parts` reads one day, `chain` several that belong together and what begins with a name.

use std::cell::OnceCell;
use std::ops::Range;

use super::lexicon::{AND, ANNOUNCES, COUNTED, DAY, InLanguages, LEXICON, Name, OF, Roles, Shift, TO, YEAR, languages};
use super::lunar::Calendar;
use crate::normalize::{Words, is_unseen};

/// How sure it is that words name a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// As well a fraction or a result: `8/12` with nothing in front of it.
    Unsure,
    /// A word announces a day, or the number can hardly be anything else: `hôm 8/12`, `25/12`.
    Likely,
    /// A month has its name, or the year is written.
    Sure,
}

/// The year of a day as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    Missing,
    Written(i16),
    /// This many years after that of the publication: `năm ngoái` is -1.
    Relative(i8),
}

/// A day of a month as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Partial {
    pub(super) year: Year,
    pub(super) month: Option<i8>,
    pub(super) day: i8,
    /// Whether month and day could as well change places: `12/8/2021` in English.
    pub(super) either_order: bool,
}

/// What words say of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Day(Partial),
    /// The first and the last day.
    Range(Partial, Partial),
    Weekday(i32, Option<Shift>),
    /// Days after the publication.
    Relative(i8),
    Month(i8),
    Year,
}

/// Words that say something of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) what: What,
    pub(super) words: Range<usize>,
    pub(super) sure: Sureness,
    pub(super) calendar: Calendar,
    /// Whether a time of day stands beside it.
    pub(super) timed: bool,
    /// Whether it is a weekday or a relative day right in front of another, the next that is written.
    pub(super) beside_a_day: bool,
    /// What it says of the order of day and month in this text: `12/25/2021` is month first, `25/12/2021` is not.
    pub(super) month_first: Option<bool>,
}

/// A part of a chain of days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) day: Partial,
    pub(super) words: (usize, usize),
    pub(super) form: Form,
    pub(super) sure: Sureness,
    pub(super) calendar: Calendar,
    pub(super) month_first: Option<bool>,
}

/// How a part is joined to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// The two are the first and the last day.
    Range,
    /// Each is a day by itself.
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A number of a day alone.
    Bare,
    /// `8/12`.
    Slash,
    /// `8-12`, `8.12.`: a result or a version where nothing announces a day.
    Mark,
    /// `8/12/2021`, `8 December`.
    Whole,
    /// `December 8`, `12月8日`: a number behind it is of the same month.
    MonthFirst,
}

/// The number that a word is.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub(super) value: i16,
    pub(super) digits: usize,
    /// `8th`.
    pub(super) ordinal: bool,
}

impl Number {
    /// Of at most four digits of any script, and the ending of an ordinal.
    pub(super) fn of(word: &str) -> Option<Number> {
        // Nearly all are plain digits.
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            let value = || word.bytes().fold(0, |value, digit| value * 10 + i16::from(digit - b'0'));
            return (1..=4).contains(&word.len()).then(|| Number {
                value: value(),
                digits: word.len(),
                ordinal: false,
            });
        }
        let ending = word.trim_start_matches(|c| digit(c).is_some());
        let digits = &word[..word.len() - ending.len()];
        let count = digits.chars().count();
        let ordinal = matches!(ending, "st" | "nd" | "rd" | "th" | "er" | "º" | "o" | "ª" | "го");
        if !(1..=4).contains(&count) || !ending.is_empty() && !ordinal {
            return None;
        }
        let value = digits.chars().filter_map(digit).fold(0, |value, digit| value * 10 + digit);
        Some(Number { value, digits: count, ordinal })
    }

    pub(super) fn day(self) -> Option<i8> {
        (self.digits <= 2 && (1..=31).contains(&self.value)).then_some(self.value as i8)
    }

    pub(super) fn month(self) -> Option<i8> {
        (self.digits <= 2 && !self.ordinal && (1..=12).contains(&self.value)).then_some(self.value as i8)
    }
}

/// A chain has at most this many parts.
pub(super) const MOST_PARTS: usize = 8;

/// Years ahead of the civil calendar in Thailand.
pub(super) const BUDDHIST: i16 = 543;
/// The number that a word is, of at most four digits.
pub(super) fn number(word: &str) -> Option<i16> {
    Number::of(word).map(|number| number.value)
}

/// All that `words`, read from `text`, say of days. `places`: in order, where [`may_begin`](super::may_begin) holds.
pub(super) fn written(places: impl Iterator<Item = usize>, words: &Words, text: &str) -> Vec<Written> {
    let mut reader = Reader { words, text, language: OnceCell::new(), found: Vec::new() };
    let mut next = 0;
    for at in places {
        if at >= next {
            let end = if words.has_digit(at) { reader.number_first(at) } else { None };
            next = end.or_else(|| reader.name_first(at)).unwrap_or(at + 1);
        }
    }
    reader.found
}

pub(super) struct Reader<'a> {
    pub(super) words: &'a Words,
    pub(super) text: &'a str,
    pub(super) language: OnceCell<InLanguages>,
    pub(super) found: Vec<Written>,
}

impl Reader<'_> {
    pub(super) fn is(&self, at: usize, roles: Roles) -> bool {
        LEXICON.roles.at(self.words, at, |own| own & roles != 0).is_some()
    }

    /// Behind the words of one of these roles at `at`, or `at` itself.
    pub(super) fn skip(&self, at: usize, roles: Roles) -> usize {
        LEXICON.roles.at(self.words, at, |own| own & roles != 0).map_or(at, |(_, length, _)| at + length)
    }

    /// Whether words of one of these roles stand in front of `at`.
    pub(super) fn follows(&self, at: usize, roles: Roles) -> bool {
        self.in_front(at, roles).is_some()
    }

    /// How many words of one of these roles stand in front of `at`, and their languages.
    pub(super) fn in_front(&self, at: usize, roles: Roles) -> Option<(usize, InLanguages)> {
        LEXICON.roles.ending(self.words, at, |own| own & roles != 0).map(|(_, length, language)| (length, language))
    }

    /// The name that ends in front of `at`: its languages.
    pub(super) fn name_in_front(&self, at: usize) -> Option<InLanguages> {
        LEXICON.names.ending(self.words, at, |_| true).map(|(.., language)| language)
    }

    pub(super) fn name(&self, at: usize) -> Option<(Name, usize, InLanguages)> {
        LEXICON.may_begin(self.words.hash(at)?).then(|| LEXICON.names.at(self.words, at, |_| true)).flatten()
    }

    pub(super) fn is_in(&self, codes: &[&str]) -> bool {
        self.is_language(languages(codes))
    }

    /// Whether the text is in one of these languages, as far as its words tell.
    pub(super) fn is_language(&self, of: InLanguages) -> bool {
        self.language.get_or_init(|| LEXICON.language(self.words)) & of != 0
    }

    /// Whether a time of day begins with the number at `at`: `4:43`.
    pub(super) fn is_time(&self, at: usize) -> bool {
        self.gap(at).trim() == ":" && self.number(at + 1).is_some()
    }

    /// What is seen between word `at` and the next.
    pub(super) fn gap(&self, at: usize) -> &str {
        if at + 1 >= self.words.len() {
            return "";
        }
        // A word takes along what is not seen behind it, but not what is in front of it.
        let written = &self.text[self.words.span(at).end..self.words.span(at + 1).start];
        // All but a few end in what is seen.
        if written.ends_with(|c| matches!(c, ' '..='~')) { written } else { written.trim_end_matches(is_unseen) }
    }

    /// The mark that joins word `at` and the next, without a space.
    pub(super) fn joint(&self, at: usize) -> Option<char> {
        let mut gap = self.gap(at).chars();
        let mark = gap.next().filter(|mark| matches!(mark, '/' | '-' | '–' | '.' | ',' | ':'))?;
        gap.next().is_none().then_some(mark)
    }

    /// Whether nothing but space and one of these marks stands behind word `at`.
    pub(super) fn only(&self, at: usize, marks: &[&str]) -> bool {
        let gap = self.gap(at).trim();
        gap.is_empty() || marks.contains(&gap)
    }

    pub(super) fn number(&self, at: usize) -> Option<Number> {
        let digit = at < self.words.len() && self.words.has_digit(at);
        digit.then(|| Number::of(self.words.word(at))).flatten()
    }

    /// A year of four digits, with the calendar that it is of.
    pub(super) fn year(&self, at: usize) -> Option<(i16, Calendar)> {
        let number = self.number(at).filter(|number| number.digits == 4 && !number.ordinal)?;
        match number.value {
            1900..=2100 => Some((number.value, Calendar::Gregorian)),
            // Where a year has 543 more than others, the text is Thai or the month is.
            2443..=2643 if self.is_thai(at) => Some((number.value - BUDDHIST, Calendar::Buddhist)),
            _ => None,
        }
    }

    pub(super) fn is_thai(&self, at: usize) -> bool {
        let thai = languages(&["th"]);
        self.name_in_front(at) == Some(thai)
            || self.in_front(at, YEAR).is_some_and(|(_, language)| language == thai)
            || self.is_in(&["th"])
    }

    /// The year that stands behind the month that ends at `end`, and where it ends.
    pub(super) fn year_behind(&self, end: usize) -> Option<(Year, Calendar, usize)> {
        let before = end.checked_sub(1)?;
        if !self.only(before, &[",", ".", "-", "/", "(", ").", ")"]) {
            return None;
        }
        if let Some((years, length, _)) = LEXICON.years.at(self.words, end, |_| true) {
            return Some((Year::Relative(years), Calendar::Gregorian, end + length));
        }
        let at = self.skip(self.skip(end, OF), YEAR);
        if let Some((year, calendar)) = self.year(at) {
            // `9 tháng 12 2021-2022`: a year that begins something else is one all the same.
            return Some((Year::Written(year), calendar, at + 1));
        }
        let two = self.number(at).filter(|year| year.digits == 2 && year.value >= 43 && self.is_thai(at))?;
        Some((Year::Written(2500 + two.value - BUDDHIST), Calendar::Buddhist, at + 1))
    }

    /// Whether a time of day stands beside these words.
    pub(super) fn is_timed(&self, words: &Range<usize>) -> bool {
        // `20:10`, `20h10`: a number and, at once, another behind a colon or in one word with `h`.
        let time_at = |at: usize| {
            at < self.words.len()
                && (self.gap(at) == ":" && self.number(at).is_some()
                    || self.words.word(at).split_once('h').is_some_and(|(hour, minute)| {
                        hour.parse::<u8>().is_ok() && (minute.is_empty() || minute.parse::<u8>().is_ok())
                    }))
        };
        time_at(words.end) || words.start >= 2 && self.gap(words.start - 2) == ":"
    }

    /// Whether the number at `at` is a part of something larger (`1.7/12`, `A-7/12`, `10:30`, `$8`).
    pub(super) fn is_inside(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        match self.joint(before) {
            Some(',' | ':') => self.words.has_digit(before) && !self.is_found_before(at),
            Some(_) => !self.is_found_before(at),
            None => {
                let written = &self.text[self.words.span(before).end..self.words.span(at).start];
                written.ends_with(['$', '€', '£', '¥', '₫', '§', '#', '@', '_', '+', '×', '−', '/', '\\', '№'])
            }
        }
    }

    /// Whether something of days was found whose words end at `at`.
    pub(super) fn is_found_before(&self, at: usize) -> bool {
        self.found.last().is_some_and(|last| last.words.end == at)
    }

    /// Whether the number at `at` counts something or is measured: `8 người`, `8%`, `8.5`.
    pub(super) fn is_counted(&self, at: usize) -> bool {
        let written = &self.text[self.words.span(at).end..];
        written.starts_with(['%', '°', '€', '$', '₫', '×', '+'])
            || written.starts_with([',', '.', ':']) && self.joint(at).is_some() && self.number(at + 1).is_some()
            || self.is(at + 1, COUNTED) && self.gap(at).trim().is_empty()
    }

    /// Whether the words before say that a day comes: `hôm`, `ngày`, `on`; or another day, `7/12 và 8/12`; or a bracket.
    pub(super) fn is_announced(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        self.follows(at, DAY | ANNOUNCES)
            || self.gap(before).trim_start().ends_with('(')
            || self.name_in_front(at).is_some()
            || self.follows_a_day(at)
    }

    /// Whether a day stands before, at most a bracket, a comma or `và` between.
    pub(super) fn follows_a_day(&self, at: usize) -> bool {
        self.found
            .last()
            .is_some_and(|last| last.words.end == at || last.words.end + 1 == at && self.follows(at, AND | TO))
    }
}

/// The value of a digit of any script but full-width ones, which words are read without.
pub(super) fn digit(c: char) -> Option<i16> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{e50}'..='\u{e59}' => '\u{e50}',
        _ => return None,
    };
    Some((c as u32 - zero as u32) as i16)
}
