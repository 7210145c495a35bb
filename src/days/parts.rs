//! One day of a chain, as it is written: `8/12`, `8-12-2021`, `8 tháng mười hai`, `12月8日`, `正月初十`, or a number alone.

use super::lexicon::{
    AND, ANNOUNCES, DAY, DAY_MARK, LUNAR, LUNAR_DAY, MONTH, MONTH_MARK, NUMBERED, Name, OF, TO, YEAR_MARK, languages,
};
use super::lunar::Calendar;
use super::reader::{Form, Number, Part, Partial, Reader, Sureness, Year};

impl Reader<'_> {
    pub(super) fn part(&self, at: usize, day: Partial, form: Form, end: usize) -> Part {
        let sure = if matches!(form, Form::Whole | Form::MonthFirst) { Sureness::Sure } else { Sureness::Unsure };
        Part { day, words: (at, end), form, sure, calendar: Calendar::Gregorian, month_first: None }
    }

    /// The part that begins with the number at `at`.
    pub(super) fn part_at(&self, at: usize) -> Option<Part> {
        let number = self.number(at)?;
        let day_first = || {
            self.three_numbers(at)
                .or_else(|| self.marked_month(at))
                .or_else(|| self.spelled(at, number))
                .or_else(|| self.two_numbers(at, number))
                .or_else(|| self.bare(at, number))
        };
        let part = if number.digits == 4 { self.year_first(at) } else { number.day().and_then(|_| day_first()) }?;
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
    pub(super) fn han_day(&self, at: usize) -> Option<Part> {
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
        if !self.only(at, &[".", "-", "°"]) {
            return None;
        }
        let of = self.skip(at + 1, OF);
        let (month, mut end, mut calendar) = match self.name(of) {
            Some((Name::Month { month, short }, length, language)) => {
                let end = of + length;
                // `13, set to` and `3 out of` are English.
                if short && !self.is_language(language) && self.year_behind(end).is_none() {
                    return None;
                }
                // `9 tháng tư` and `9 tháng năm 2013` are nine months, `ngày 9 tháng năm` and `9 tháng tư 2013` days.
                let in_a_year = month == 5 && self.year(end).is_some() && self.gap(end - 1).trim().is_empty();
                let is_said = self.follows(at, DAY | AND | TO) || self.year_behind(end).is_some();
                let counts = language == languages(&["vi"]) && (in_a_year || !is_said);
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
        let is_english = second > 12 || mark == '/' && first <= 12 && first != second && self.is_in(&["en"]);
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
        if let Some((year, calendar, behind)) = self.year_behind(end).filter(|_| self.joint(at + 1).is_none()) {
            (part.day.year, part.calendar, part.words.1, part.sure) = (year, calendar, behind, Sureness::Sure);
        } else if sure {
            part.sure = Sureness::Likely;
        }
        Some(part)
    }

    /// Whether `8-12` is a day: newspapers of Vietnam write so, and others write results.
    pub(super) fn dash_is_a_day(&self, at: usize) -> bool {
        let in_front =
            self.in_front(at, DAY | ANNOUNCES).map(|(_, language)| language).or_else(|| self.name_in_front(at));
        in_front.is_some_and(|language| language & languages(&["vi"]) != 0)
            || self.is_announced(at) && self.is_in(&["vi"])
    }

    /// A number that may be a day of a month which another part names.
    fn bare(&self, at: usize, number: Number) -> Option<Part> {
        let day = number.day()?;
        let end = self.skip(at + 1, DAY_MARK);
        if self.is_time(at) || self.is_counted(end - 1) && end == at + 1 {
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
    pub(super) fn lunar(&self, part: Part) -> Part {
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
        // In Chinese it stands in front: `农历八月十五`; `19/3 âm lịch (25/4)` says nothing of the second.
        match self.in_front(start, LUNAR) {
            Some((_, language)) if language & languages(&["zh"]) != 0 => {
                Part { calendar: Calendar::Chinese, sure: Sureness::Sure, ..part }
            }
            _ => part,
        }
    }
}
