//! Words in, days as they are written out: not yet completed by anything outside their own words.
//!
//! A day begins with a number (`8/12`, `8 December`, `12月8日`) or with a name (`December 8`, `Friday`, `hôm qua`). A *part* is one
//! day of a chain: `8-10 December` has the parts `8` and `10 December`, and the first takes its month from the second. What is asked at a
//! place looks at a bounded number of words around it, so that reading takes time by the length of the text.

use std::cell::OnceCell;
use std::ops::Range;

use super::lexicon::{
    AND, ANNOUNCES, ARTICLE, COUNTED, DAY, DAY_MARK, InLanguages, LEXICON, LUNAR, LUNAR_DAY, MONTH, MONTH_MARK,
    NEW_YEAR, NUMBERED, Name, OF, Roles, Shift, TO, YEAR, YEAR_MARK, languages,
};
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
    /// Whether it is a weekday right in front of a day, which is the next that is written.
    pub(super) beside_a_day: bool,
    /// What it says of the order of day and month in this text: `12/25/2021` is month first, `25/12/2021` is not.
    pub(super) month_first: Option<bool>,
}

/// A part of a chain of days.
#[derive(Debug, Clone, Copy)]
struct Part {
    day: Partial,
    words: (usize, usize),
    form: Form,
    sure: Sureness,
    calendar: Calendar,
    month_first: Option<bool>,
}

/// How a part is joined to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    /// The two are the first and the last day.
    Range,
    /// Each is a day by itself.
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
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
struct Number {
    value: i16,
    digits: usize,
    /// `8th`.
    ordinal: bool,
}

impl Number {
    /// Of at most four digits of any script, and the ending of an ordinal.
    fn of(word: &str) -> Option<Number> {
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

    fn day(self) -> Option<i8> {
        (self.digits <= 2 && (1..=31).contains(&self.value)).then_some(self.value as i8)
    }

    fn month(self) -> Option<i8> {
        (self.digits <= 2 && !self.ordinal && (1..=12).contains(&self.value)).then_some(self.value as i8)
    }
}

/// A chain has at most this many parts.
const MOST_PARTS: usize = 8;

/// Years ahead of the civil calendar in Thailand.
const BUDDHIST: i16 = 543;

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

struct Reader<'a> {
    words: &'a Words,
    text: &'a str,
    language: OnceCell<InLanguages>,
    found: Vec<Written>,
}

// What stands where.
impl Reader<'_> {
    fn is(&self, at: usize, roles: Roles) -> bool {
        LEXICON.roles.at(self.words, at, |own| own & roles != 0).is_some()
    }

    /// Behind the words of one of these roles at `at`, or `at` itself.
    fn skip(&self, at: usize, roles: Roles) -> usize {
        LEXICON.roles.at(self.words, at, |own| own & roles != 0).map_or(at, |(_, length, _)| at + length)
    }

    /// Whether words of one of these roles stand in front of `at`.
    fn follows(&self, at: usize, roles: Roles) -> bool {
        self.in_front(at, roles).is_some()
    }

    /// How many words of one of these roles stand in front of `at`, and their languages.
    fn in_front(&self, at: usize, roles: Roles) -> Option<(usize, InLanguages)> {
        LEXICON.roles.ending(self.words, at, |own| own & roles != 0).map(|(_, length, language)| (length, language))
    }

    /// The name that ends in front of `at`: its languages.
    fn name_in_front(&self, at: usize) -> Option<InLanguages> {
        LEXICON.names.ending(self.words, at, |_| true).map(|(.., language)| language)
    }

    fn name(&self, at: usize) -> Option<(Name, usize, InLanguages)> {
        LEXICON.may_begin(self.words.hash(at)?).then(|| LEXICON.names.at(self.words, at, |_| true)).flatten()
    }

    fn is_in(&self, codes: &[&str]) -> bool {
        self.language.get_or_init(|| LEXICON.language(self.words)) & languages(codes) != 0
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
        let mark = gap.next().filter(|mark| matches!(mark, '/' | '-' | '–' | '.' | ',' | ':'))?;
        gap.next().is_none().then_some(mark)
    }

    /// Whether nothing but space and one of these marks stands behind word `at`.
    fn only(&self, at: usize, marks: &[&str]) -> bool {
        let gap = self.gap(at).trim();
        gap.is_empty() || marks.contains(&gap)
    }

    fn number(&self, at: usize) -> Option<Number> {
        let digit = at < self.words.len() && self.words.has_digit(at);
        digit.then(|| Number::of(self.words.word(at))).flatten()
    }

    /// A year of four digits, with the calendar that it is of.
    fn year(&self, at: usize) -> Option<(i16, Calendar)> {
        let number = self.number(at).filter(|number| number.digits == 4 && !number.ordinal)?;
        match number.value {
            1900..=2100 => Some((number.value, Calendar::Gregorian)),
            // Where a year has 543 more than others, the text is Thai or the month is.
            2443..=2643 if self.is_thai(at) => Some((number.value - BUDDHIST, Calendar::Buddhist)),
            _ => None,
        }
    }

    fn is_thai(&self, at: usize) -> bool {
        let thai = languages(&["th"]);
        self.name_in_front(at) == Some(thai)
            || self.in_front(at, YEAR).is_some_and(|(_, language)| language == thai)
            || self.is_in(&["th"])
    }

    /// The year that stands behind the month that ends at `end`, and where it ends.
    fn year_behind(&self, end: usize) -> Option<(Year, Calendar, usize)> {
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
    fn is_timed(&self, words: &Range<usize>) -> bool {
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
    fn is_inside(&self, at: usize) -> bool {
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
    fn is_found_before(&self, at: usize) -> bool {
        self.found.last().is_some_and(|last| last.words.end == at)
    }

    /// Whether the number at `at` counts something or is measured: `8 người`, `8%`, `8.5`.
    fn is_counted(&self, at: usize) -> bool {
        let written = &self.text[self.words.span(at).end..];
        written.starts_with(['%', '°', '€', '$', '₫', '×', '+'])
            || written.starts_with([',', '.', ':']) && self.joint(at).is_some() && self.number(at + 1).is_some()
            || self.is(at + 1, COUNTED) && self.gap(at).trim().is_empty()
    }

    /// Whether the words before say that a day comes: `hôm`, `ngày`, `on`; or another day, `7/12 và 8/12`; or a bracket.
    fn is_announced(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        self.follows(at, DAY | ANNOUNCES)
            || self.gap(before).trim_start().ends_with('(')
            || self.name_in_front(at).is_some()
            || self.follows_a_day(at)
    }

    /// Whether a day stands before, at most a bracket, a comma or `và` between.
    fn follows_a_day(&self, at: usize) -> bool {
        self.found
            .last()
            .is_some_and(|last| last.words.end == at || last.words.end + 1 == at && self.follows(at, AND | TO))
    }
}

fn digit(c: char) -> Option<i16> {
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

// The parts of a chain.
impl Reader<'_> {
    fn part(&self, at: usize, day: Partial, form: Form, end: usize) -> Part {
        let sure = if matches!(form, Form::Whole | Form::MonthFirst) { Sureness::Sure } else { Sureness::Unsure };
        Part { day, words: (at, end), form, sure, calendar: Calendar::Gregorian, month_first: None }
    }

    /// The part that begins with the number at `at`.
    fn part_at(&self, at: usize) -> Option<Part> {
        let number = self.number(at)?;
        let part = self
            .year_first(at)
            .or_else(|| self.three_numbers(at))
            .or_else(|| self.marked_month(at))
            .or_else(|| self.spelled(at, number))
            .or_else(|| self.two_numbers(at, number))
            .or_else(|| self.bare(at, number))?;
        let Partial { month, day, .. } = part.day;
        // Lunar months have 30 days at most, and so has a month that is not known yet 31.
        let most = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month.unwrap_or(1) as usize - 1];
        (day <= most || self.lunar_behind(part.words.1).is_some() && day <= 30).then(|| self.lunar(part))
    }

    /// `2021-12-08`, `2021年12月8日`.
    fn year_first(&self, at: usize) -> Option<Part> {
        let (year, calendar) = self.year(at)?;
        if self.is(at + 1, YEAR_MARK) {
            let mut part = self.marked_month(at + 2).or_else(|| self.han_day(at + 2))?;
            (part.day.year, part.words.0) = (Year::Written(year), at);
            return Some(part);
        }
        let mark = self.joint(at).filter(|mark| matches!(mark, '-' | '/' | '.'))?;
        let month = self.number(at + 1)?.month()?;
        let day = self.number(at + 2).filter(|_| self.joint(at + 1) == Some(mark))?.day()?;
        let day = Partial { year: Year::Written(year), month: Some(month), day, either_order: false };
        let inside = self.joint(at + 2).is_some_and(|after| after == mark);
        (!inside).then(|| Part { calendar, ..self.part(at, day, Form::Whole, at + 3) })
    }

    /// `8/12/2021`, `8.12.2021`, `8-12-21`.
    fn three_numbers(&self, at: usize) -> Option<Part> {
        let mark = self.joint(at).filter(|mark| matches!(mark, '/' | '-' | '–' | '.'))?;
        if self.joint(at + 1) != Some(mark)
            || self.joint(at + 2).is_some_and(|after| matches!(after, '/' | '-') && after == mark)
        {
            return None;
        }
        let (first, second, third) = (self.number(at)?, self.number(at + 1)?, self.number(at + 2)?);
        let (year, calendar) = match self.year(at + 2) {
            Some(year) => year,
            // `3.10.12` is a version, `3-10-12` a season's results, unless something announces a day.
            None if third.digits == 2 && (mark == '/' && !self.follows(at, NUMBERED) || self.is_day_in_figures(at)) => {
                (third.value + if third.value < 70 { 2000 } else { 1900 }, Calendar::Gregorian)
            }
            None => return None,
        };
        let (day, month, month_first) = match (first.day()?, second.day()?) {
            (month, day @ 13..) if month <= 12 => (day, month, Some(true)),
            (day, month) if month <= 12 => (day, month, (day > 12).then_some(false)),
            _ => return None,
        };
        let either_order = month_first.is_none() && day != month && self.is_in(&["en"]);
        let day = Partial { year: Year::Written(year), month: Some(month), day, either_order };
        let sure = if either_order || third.digits == 2 { Sureness::Likely } else { Sureness::Sure };
        Some(Part { sure, calendar, month_first, ..self.part(at, day, Form::Whole, at + 3) })
    }

    /// Whether a word right in front of `at` announces a day to which figures with dots or dashes belong.
    fn is_day_in_figures(&self, at: usize) -> bool {
        self.follows(at, DAY | ANNOUNCES) && !self.is_in(&["en"]) || self.follows_a_day(at)
    }

    /// `12月8日`, and with the name of a month `十二月八日`.
    fn marked_month(&self, at: usize) -> Option<Part> {
        let month = self.number(at)?.month().filter(|_| self.is(at + 1, MONTH_MARK))?;
        let day = self.number(at + 2)?.day()?;
        let day = Partial { year: Year::Missing, month: Some(month), day, either_order: false };
        // In `12月8-10日` the mark stands behind the last day.
        Some(self.part(at, day, Form::MonthFirst, self.skip(at + 3, DAY_MARK)))
    }

    /// `十二月八日`, `正月初十`: the name of a month and a number in Han characters.
    fn han_day(&self, at: usize) -> Option<Part> {
        let (name, length, _) = self.name(at)?;
        let (month, mut lunar) = match name {
            Name::Month { month, .. } => (month, false),
            Name::LunarMonth(month) => (month, true),
            _ => return None,
        };
        let first = self.skip(at + length, LUNAR_DAY);
        lunar |= first > at + length || self.follows(at, LUNAR);
        let (day, end) = self.han_number(first)?;
        let marked = self.skip(end, DAY_MARK);
        let day = Partial { year: Year::Missing, month: Some(month), day, either_order: false };
        let part = self.part(at, day, Form::MonthFirst, marked);
        match lunar {
            true => Some(Part { calendar: Calendar::Chinese, ..part }),
            false => (marked > end).then_some(part),
        }
    }

    /// A number of 1 to 31 in Han characters, and where it ends.
    fn han_number(&self, at: usize) -> Option<(i8, usize)> {
        let mut value = 0;
        let mut end = at;
        while let Some(c) = (end < self.words.len()).then(|| self.words.word(end)) {
            let figure = "一二三四五六七八九十廿卅".find(c).map(|place| place as i8 / 3 + 1);
            value = match figure {
                Some(10) => value.max(1) * 10,
                Some(11) if value == 0 => 20,
                Some(12) if value == 0 => 30,
                Some(figure @ 1..=9) if value == 0 || value % 10 == 0 => value + figure,
                _ => break,
            };
            end += 1;
            if value > 31 {
                return None;
            }
        }
        (value > 0).then_some((value, end))
    }

    /// `8 tháng 12 năm 2021`, `8 tháng mười hai`, `8 December 2021`, `8. Dezember`, `8 de diciembre de 2021`.
    fn spelled(&self, at: usize, number: Number) -> Option<Part> {
        let day = number.day()?;
        if !self.only(at, &[".", "-", ",", "°"]) {
            return None;
        }
        let of = self.skip(at + 1, OF);
        let (month, mut end, mut calendar) = match self.name(of) {
            Some((Name::Month { month, .. }, length, language)) => {
                let end = of + length;
                // `9 tháng năm 2013` is nine months, `ngày 9 tháng năm` a day in May.
                let counts = language == languages(&["vi"])
                    && (!self.follows(at, DAY | AND | TO) || month == 5 && self.year(end).is_some());
                // `mai` and `may` are words of Vietnamese.
                let other = self.words.word(of).len() <= 3 && self.is_in(&["vi"]);
                if counts || other {
                    return None;
                }
                (month, end, Calendar::Gregorian)
            }
            Some((Name::LunarMonth(month), length, _)) => (month, of + length, Calendar::Vietnamese),
            // `8 tháng 12`; not `2 tháng 3 ngày`.
            _ => {
                let behind = |from: usize| {
                    Some(self.skip(from, MONTH)).filter(|&number| number > from && self.only(number - 1, &[]))
                };
                let number = behind(at + 1).or_else(|| behind(of))?;
                let month = self.number(number)?.month()?;
                (month, number + 1, Calendar::Gregorian)
            }
        };
        let mut year = Year::Missing;
        if let Some((written, of_year, behind)) = self.year_behind(end) {
            (year, end) = (written, behind);
            if of_year == Calendar::Buddhist {
                calendar = of_year;
            }
        }
        // `20 tháng Giêng năm 2021` is of January: years of the lunar calendar have names and no numbers.
        if calendar == Calendar::Vietnamese && matches!(year, Year::Written(_)) && !self.follows(at, LUNAR_DAY) {
            calendar = Calendar::Gregorian;
        }
        let day = Partial { year, month: Some(month), day, either_order: false };
        let sure = if self.follows(at, LUNAR_DAY) && calendar == Calendar::Gregorian && year == Year::Missing {
            // `mùng 8 tháng 3` may be of either calendar.
            Sureness::Unsure
        } else {
            Sureness::Sure
        };
        Some(Part { sure, calendar, ..self.part(at, day, Form::Whole, end) })
    }

    /// `8/12`, `8-12`, `8.12.`.
    fn two_numbers(&self, at: usize, number: Number) -> Option<Part> {
        let mark = self.joint(at).filter(|mark| matches!(mark, '/' | '-' | '–' | '.'))?;
        let (first, second) = (number.day()?, self.number(at + 1)?);
        // `8-10 December`: the second is a day.
        let is_range = matches!(mark, '-' | '–') && self.spelled(at + 1, second).is_some();
        if self.follows(at, NUMBERED) || number.ordinal || is_range {
            return None;
        }
        let second = second.day().filter(|_| !second.ordinal)?;
        let end = at + 2;
        let (day, month) = if second <= 12 { (first, second) } else { (second, first) };
        let is_english = second > 12 || first <= 12 && first != second && self.is_in(&["en"]);
        if month > 12 || second > 12 && !(mark == '/' && self.is_in(&["en"])) {
            return None;
        }
        let (sure, form) = match mark {
            '/' => {
                // Around the clock, and around the week.
                if (first, second) == (24, 7) && !self.follows(at, DAY) && self.lunar_behind(end).is_none() {
                    return None;
                }
                let sure = if is_english {
                    self.follows(at, ANNOUNCES) && second > 12
                } else {
                    day > 12 || self.is_announced(at)
                };
                (sure, Form::Slash)
            }
            '.' => (self.is_day_in_figures(at) && self.is_in(&["de", "ru", "it", "id"]), Form::Mark),
            _ => (self.dash_is_a_day(at), Form::Mark),
        };
        let after = self.joint(at + 1);
        let dash = |mark: char| matches!(mark, '-' | '–');
        let counted = mark != '.' && !(mark == '/' && sure) && self.is_counted(at + 1);
        // `8/12/5B`, `15/2021/NĐ-CP`, `8-12-15`; but a dash may lead to the last day.
        let inside =
            after.is_some_and(|after| matches!(after, '/' | ':') || after == mark || dash(mark) && dash(after));
        if inside || counted {
            return None;
        }
        let partial =
            Partial { year: Year::Missing, month: Some(month), day, either_order: is_english && second <= 12 };
        let mut part = self.part(at, partial, form, end);
        part.month_first = (first > 12).then_some(false).filter(|_| sure);
        if let Some((year, calendar, behind)) = self.year_behind(end).filter(|_| !matches!(self.joint(at + 1), Some(_)))
        {
            (part.day.year, part.calendar, part.words.1, part.sure) = (year, calendar, behind, Sureness::Sure);
        } else if sure {
            part.sure = Sureness::Likely;
        }
        Some(part)
    }

    /// Whether `8-12` is a day: newspapers of Vietnam write so, and others write results.
    fn dash_is_a_day(&self, at: usize) -> bool {
        let in_front =
            self.in_front(at, DAY | ANNOUNCES).map(|(_, language)| language).or_else(|| self.name_in_front(at));
        in_front.is_some_and(|language| language & languages(&["vi"]) != 0)
            || self.is_announced(at) && self.is_in(&["vi"])
    }

    /// A number that may be a day of a month which another part names.
    fn bare(&self, at: usize, number: Number) -> Option<Part> {
        let day = number.day()?;
        let end = self.skip(at + 1, DAY_MARK);
        if self.gap(at) == ":" || self.is_counted(end - 1) && end == at + 1 {
            return None;
        }
        let day = Partial { year: Year::Missing, month: None, day, either_order: false };
        Some(self.part(at, day, Form::Bare, end))
    }

    /// Where a mark of the lunar calendar behind `end` ends.
    fn lunar_behind(&self, end: usize) -> Option<usize> {
        let before = end.checked_sub(1)?;
        let at = self.skip(end, LUNAR);
        (at > end && self.only(before, &["(", ","])).then_some(at)
    }

    /// The same part of the lunar calendar, if words beside it say so.
    fn lunar(&self, part: Part) -> Part {
        let (start, end) = part.words;
        if part.calendar != Calendar::Gregorian || part.day.month.is_none() {
            return part;
        }
        if let Some(end) = self.lunar_behind(end) {
            let (year, end) = match self.year_behind(end).filter(|_| part.day.year == Year::Missing) {
                Some((year, _, end)) => (year, end),
                None => (part.day.year, end),
            };
            let day = Partial { year, either_order: false, ..part.day };
            return Part { day, words: (start, end), sure: Sureness::Sure, calendar: Calendar::Vietnamese, ..part };
        }
        let Some((_, language)) = self.in_front(start, LUNAR) else { return part };
        let chinese = language & languages(&["zh"]) != 0;
        let calendar = if chinese { Calendar::Chinese } else { Calendar::Vietnamese };
        Part { calendar, sure: Sureness::Sure, ..part }
    }
}

// What begins at a place.
impl Reader<'_> {
    fn push(&mut self, what: What, words: Range<usize>, sure: Sureness) -> Option<usize> {
        let (end, timed) = (words.end, self.is_timed(&words));
        if matches!(what, What::Day(_)) && self.is_behind_a_weekday(words.start) {
            self.found.last_mut()?.beside_a_day = true;
        }
        self.found.push(Written {
            what,
            words,
            sure,
            calendar: Calendar::Gregorian,
            timed,
            beside_a_day: false,
            month_first: None,
        });
        Some(end)
    }

    /// Whether a weekday stands in front of a day at `at`, and nothing between: `Friday, December 24`, `thứ Sáu (24/12)`.
    fn is_behind_a_weekday(&self, at: usize) -> bool {
        let between = at - self.in_front(at, DAY | ARTICLE).map_or(0, |(length, _)| length);
        self.found.last().is_some_and(|last| {
            matches!(last.what, What::Weekday(_, None))
                && (last.words.end == at || last.words.end == between && self.only(at - 1, &[]))
                && self.only(last.words.end - 1, &[",", "("])
        })
    }

    /// What begins with the number at `at`.
    fn number_first(&mut self, at: usize) -> Option<usize> {
        if self.is_inside(at) {
            return None;
        }
        let number = self.number(at)?;
        if let Some(end) = self.new_year(at, number) {
            return Some(end);
        }
        match self.part_at(at) {
            Some(first) => self.chain(first),
            None => self.month_or_year(at, number),
        }
    }

    /// `30 Tết`, `mùng 3 Tết`.
    fn new_year(&mut self, at: usize, number: Number) -> Option<usize> {
        let end = self.skip(at + 1, NEW_YEAR);
        let month = match number.day()? {
            1..=10 if self.follows(at, LUNAR_DAY) => 1,
            27..=30 => 12,
            _ => return None,
        };
        if end == at + 1 || !self.gap(at).trim().is_empty() {
            return None;
        }
        let day = Partial { year: Year::Missing, month: Some(month), day: number.day()?, either_order: false };
        self.push(What::Day(day), at..end, Sureness::Sure)?;
        self.found.last_mut()?.calendar = Calendar::Vietnamese;
        Some(end)
    }

    /// Reads on behind a first part: `8-10 December`, `từ 3 đến 5/9`, `7, 8 và 9/12`; says what the parts name.
    fn chain(&mut self, first: Part) -> Option<usize> {
        let mut parts = vec![first];
        let mut joins = vec![Join::List];
        while parts.len() < MOST_PARTS {
            let Some((at, join)) = self.next_part(parts[parts.len() - 1], first) else { break };
            let Some(mut part) = self.part_at(at).or_else(|| self.named_part(at)) else { break };
            if part.form == Form::Bare && !self.goes_on(&parts, part, join) {
                break;
            }
            if part.form == Form::Bare
                && first.form == Form::MonthFirst
                && let Some((year, _, end)) =
                    self.year_behind(part.words.1).filter(|_| self.only(part.words.1 - 1, &[","]))
            {
                // `December 8-10, 2021`: the year is that of all.
                parts.iter_mut().filter(|part| part.day.year == Year::Missing).for_each(|part| part.day.year = year);
                part.words.1 = end;
            }
            parts.push(part);
            joins.push(join);
        }
        let is_range = first.form == Form::Bare && joins.get(1) == Some(&Join::Range);
        for part in &mut parts[1..] {
            let announced = match part.form {
                Form::Slash => is_range || self.is_announced(first.words.0),
                Form::Mark => self.dash_is_a_day(first.words.0),
                _ => false,
            };
            part.sure = part.sure.max(if announced { Sureness::Likely } else { Sureness::Unsure });
        }
        complete_chain(&mut parts);
        // Numbers behind the last month are of no day, unless the first part says which.
        match parts.iter().rposition(|part| part.day.month.is_some()) {
            Some(last) => self.say(&parts[..=last], &joins),
            None => self.days_of_no_month(parts, &joins),
        }
    }

    /// Where the part behind another begins, and how the two are joined.
    fn next_part(&self, before: Part, first: Part) -> Option<(usize, Join)> {
        let end = before.words.1;
        let gap = self.gap(end - 1).trim();
        let weekday = |at: usize| match self.name(at) {
            Some((Name::Weekday { .. }, length, _)) => at + length,
            _ => at,
        };
        let inner = |at: usize| self.skip(self.skip(self.skip(weekday(at), DAY), ARTICLE), LUNAR_DAY);
        let ends_a_sentence = gap == "." && end < self.words.len() && self.words.has_capital(end);
        let (at, join) = match gap {
            "-" | "–" | "—" | "~" | "〜" | "～" | ".-" | ".–" | ".—" | ". –" | ". -" | "./" => {
                (inner(end), Join::Range)
            }
            "" | "." | "," | "、" if !ends_a_sentence => {
                let (to, and) = (self.skip(end, TO), self.skip(end, AND));
                let list = matches!(gap, "," | "、") && before.form == Form::Bare && self.follows(first.words.0, DAY);
                match gap {
                    "" | "." if to > end => (inner(to), Join::Range),
                    _ if and > end => (inner(and), Join::List),
                    _ if list => (end, Join::List),
                    _ => return None,
                }
            }
            _ => return None,
        };
        // `between 3 and 5 May`.
        Some((at, join)).filter(|_| self.number(at).is_some() || self.name(at).is_some())
    }

    /// Whether a bare number belongs to the chain: later parts may name its month, or an earlier one that begins with it does.
    fn goes_on(&self, parts: &[Part], part: Part, join: Join) -> bool {
        match parts[0].form {
            // `December 8 and 9, ...`, but not `December 8 and 9 others`.
            Form::MonthFirst => join == Join::Range || part.words.1 > part.words.0 + 1 || self.stops(part.words.1),
            _ => parts.iter().all(|part| part.form == Form::Bare),
        }
    }

    /// Whether what is said ends in front of word `end`.
    fn stops(&self, end: usize) -> bool {
        end >= self.words.len() || !self.gap(end - 1).trim().is_empty() || self.is(end, OF) || self.year(end).is_some()
    }

    /// Parts without a month: `ngày 8`, `từ ngày 8 đến ngày 10`, `8日`.
    fn days_of_no_month(&mut self, mut parts: Vec<Part>, joins: &[Join]) -> Option<usize> {
        let (at, end) = parts[0].words;
        let announced = self.in_front(at, DAY).map(|(length, _)| length);
        let marked = |part: &Part| part.words.1 > part.words.0 + 1;
        if self.follows(at, NUMBERED)
            || announced.is_none() && !marked(&parts[0])
            || marked(&parts[0]) && self.is(end, COUNTED)
        {
            return self.month_or_year(at, self.number(at)?);
        }
        let is_last = |part: &Part| self.follows(part.words.0, DAY) || marked(part) || self.stops(part.words.1);
        let range = parts.len() > 1 && joins[1] == Join::Range && is_last(&parts[1]);
        parts.truncate(if range { 2 } else { 1 });
        let last = parts[parts.len() - 1].words.1 - 1;
        if self.joint(last).is_some_and(|mark| !matches!(mark, '.' | ','))
            || !range && !self.only(last, &[".", ","]) && announced.is_none()
        {
            return None;
        }
        let sure = if self.follows(at, LUNAR_DAY) { Sureness::Unsure } else { Sureness::Likely };
        parts.iter_mut().for_each(|part| part.sure = sure);
        parts[0].words.0 -= announced.unwrap_or(0);
        self.say(&parts, joins)
    }

    /// Notes the days of a chain whose parts are complete.
    fn say(&mut self, parts: &[Part], joins: &[Join]) -> Option<usize> {
        let mut rest = parts;
        let mut before = Sureness::Unsure;
        while let Some((&part, behind)) = rest.split_first() {
            rest = behind;
            let (mut what, mut end, mut sure) =
                (What::Day(part.day), part.words.1, part.sure.max(before.min(Sureness::Likely)));
            if let Some((&last, behind)) = rest.split_first()
                && joins[parts.len() - rest.len()] == Join::Range
                && is_range(part.day, last.day)
            {
                (what, end, sure, rest) = (What::Range(part.day, last.day), last.words.1, sure.max(last.sure), behind);
            }
            before = sure;
            // A result or a fraction that nothing announces says nothing outside of Vietnam.
            if sure == Sureness::Unsure && part.form == Form::Mark && !self.is_in(&["vi"]) {
                continue;
            }
            self.push(what, part.words.0..end, sure)?;
            let found = self.found.last_mut()?;
            (found.calendar, found.month_first) = (part.calendar, part.month_first);
        }
        Some(parts.last()?.words.1)
    }

    /// `tháng 12`, `tháng 12/2021`, `năm 2021`, `12/2021`, `2021年12月`.
    fn month_or_year(&mut self, at: usize, number: Number) -> Option<usize> {
        if let Some(month) = number.month() {
            let marked = self.is(at + 1, MONTH_MARK);
            let announced = self.follows(at, MONTH);
            if marked || announced && !self.is_counted(at) {
                let end = at + 1 + usize::from(marked);
                let end = self.year_behind(end).map_or(end, |(.., end)| end);
                return self.push(What::Month(month), at..end, Sureness::Sure);
            }
            let year = self.joint(at) == Some('/') && self.year(at + 1).is_some() && self.joint(at + 1) != Some('/');
            if year && !self.follows(at, NUMBERED) {
                return self.push(What::Month(month), at..at + 2, Sureness::Unsure);
            }
        }
        let is_year = self.year(at).is_some() && (self.follows(at, YEAR) || self.is(at + 1, YEAR_MARK));
        if is_year { self.push(What::Year, at..at + 1, Sureness::Sure) } else { None }
    }

    /// What begins with a name: `December 8`, `thứ Sáu tuần tới`, `hôm qua`, `rằm tháng Bảy`.
    fn name_first(&mut self, at: usize) -> Option<usize> {
        let (name, length, language) = self.name(at)?;
        let end = at + length;
        match name {
            Name::Relative(days) => self.push(What::Relative(days), at..end, Sureness::Sure),
            Name::Weekday { weekday, weak } => self.weekday(weekday, weak, at..end),
            Name::FullMoon => self.full_moon(at, end),
            Name::LunarMonth(_) => self.named_part(at).and_then(|part| self.chain(part)),
            Name::Month { month, short } => {
                if let Some(part) = self.named_part(at) {
                    return self.chain(part);
                }
                if short || language == languages(&["vi"]) && self.is_counted(end - 1) {
                    return None;
                }
                let written = self.words.span(at).len();
                if written < 4 || written == 4 && !self.words.has_capital(at) {
                    return None;
                }
                let end = self.year_behind(end).map_or(end, |(.., end)| end);
                self.push(What::Month(month), at..end, Sureness::Unsure)
            }
        }
    }

    /// `December 8`, `Dec. 8, 2021`.
    fn month_first(&self, month: i8, short: bool, at: usize, end: usize, language: InLanguages) -> Option<Part> {
        let english = language & languages(&["en"]) != 0;
        let short = short || self.words.span(at).len() <= 5;
        if !english || short && !self.words.has_capital(at) || !self.only(end - 1, &["."]) {
            return None;
        }
        let number = self.number(end)?;
        let day = number.day()?;
        if self.is_counted(end) || self.gap(end) == ":" || self.joint(end) == Some('/') {
            return None;
        }
        let mut partial = Partial { year: Year::Missing, month: Some(month), day, either_order: false };
        let mut last = end + 1;
        if let Some((year, _, behind)) = self.year_behind(last).filter(|_| self.only(end, &[","])) {
            (partial.year, last) = (year, behind);
        }
        Some(self.part(at, partial, Form::MonthFirst, last))
    }

    /// A part that begins with the name of its month.
    fn named_part(&self, at: usize) -> Option<Part> {
        let (name, length, language) = self.name(at)?;
        let month_first = || match name {
            Name::Month { month, short } => self.month_first(month, short, at, at + length, language),
            _ => None,
        };
        self.han_day(at).or_else(month_first)
    }

    fn weekday(&mut self, weekday: i32, weak: bool, words: Range<usize>) -> Option<usize> {
        let (at, end) = (words.start, words.end);
        let mut sure = Sureness::Sure;
        if weak {
            // `lần thứ sáu` is the sixth time, and `thứ hai` is also "second"; a capital, a word before or a day behind it tells.
            if self.follows(at, COUNTED | NUMBERED | DAY) && !self.follows(at, ANNOUNCES) {
                return None;
            }
            let day_behind = || {
                self.number(end).is_some_and(|number| number.day().is_some())
                    && matches!(self.joint(end), Some('/' | '-' | '–'))
            };
            let told = self.words.has_capital(end - 1) || self.follows(at, ANNOUNCES) || day_behind();
            if !told {
                sure = Sureness::Unsure;
            }
        }
        let before = LEXICON.before_weekday.ending(self.words, at, |_| true);
        let after = LEXICON.after_weekday.at(self.words, end, |_| true).filter(|(_, length, _)| {
            // `từ thứ Hai tới thứ Sáu`: to Friday.
            !self.is(end, TO) || self.name(end + length).is_none() && self.number(end + length).is_none()
        });
        let shift = after.map(|(shift, ..)| shift).or(before.map(|(shift, ..)| shift));
        let start = at - before.map_or(0, |(_, length, _)| length);
        let end = end + after.map_or(0, |(_, length, _)| length);
        self.push(What::Weekday(weekday, shift), start..end, sure)
    }

    /// `rằm tháng Bảy`, `rằm tháng 7`.
    fn full_moon(&mut self, at: usize, end: usize) -> Option<usize> {
        let (month, end) = match self.name(end) {
            Some((Name::Month { month, .. } | Name::LunarMonth(month), length, _)) => (month, end + length),
            _ => {
                let number = self.skip(end, MONTH);
                (self.number(number).filter(|_| number > end)?.month()?, number + 1)
            }
        };
        let day = Partial { year: Year::Missing, month: Some(month), day: 15, either_order: false };
        self.push(What::Day(day), at..end, Sureness::Sure)?;
        self.found.last_mut()?.calendar = Calendar::Vietnamese;
        Some(end)
    }
}

/// Gives parts without a month that of the next part that has one, else that of the part before, and the same for years.
fn complete_chain(parts: &mut [Part]) {
    let mut next: Option<Part> = None;
    for part in parts.iter_mut().rev() {
        if let Some(next) = next {
            let month = next.day.month.filter(|_| part.day.month.is_none());
            if let Some(month) = month {
                // `30-1/5`: from the last day of one month to the first of the next.
                part.day.month = Some(month);
                (part.sure, part.calendar) = (next.sure, next.calendar);
            }
            if part.day.year == Year::Missing && part.day.month.is_some() {
                let later = |a: &Part, b: &Part| (a.day.month, a.day.day) > (b.day.month, b.day.day);
                part.day.year = match next.day.year {
                    Year::Written(year) if later(part, &next) => Year::Written(year - 1),
                    year => year,
                };
                part.sure = part.sure.max(next.sure).min(if part.form == Form::Mark {
                    Sureness::Likely
                } else {
                    Sureness::Sure
                });
                if part.calendar == Calendar::Gregorian {
                    part.calendar = next.calendar;
                }
            }
        }
        if part.day.month.is_some() {
            next = Some(*part);
        }
    }
    let mut known: Option<Part> = None;
    for part in parts.iter_mut() {
        match known {
            Some(known) if part.day.month.is_none() && known.form == Form::MonthFirst => {
                part.day = Partial { day: part.day.day, ..known.day };
                (part.sure, part.calendar) = (known.sure, known.calendar);
            }
            _ => {}
        }
        if part.day.month.is_some() && part.form != Form::Bare {
            known = Some(*part);
        }
    }
}

/// Whether these can be the first and the last day.
fn is_range(first: Partial, last: Partial) -> bool {
    match (first.year, last.year) {
        (Year::Written(one), Year::Written(other)) => (one, first.month, first.day) < (other, last.month, last.day),
        _ => first.month != last.month || first.day < last.day,
    }
}
