//! What begins at a place of a text: a chain of days (`8-10 December`, `7, 8 và 9/12`), a weekday, a relative day, a month, a year.
//!
//! In `8-10 December` the part `8` takes its month from the one behind it.

use std::ops::Range;

use super::lexicon::{
    AND, ANNOUNCES, ARTICLE, COUNTED, DAY, InLanguages, LEXICON, LUNAR_DAY, MONTH, MONTH_MARK, NEW_YEAR, NUMBERED,
    Name, OF, Roles, TO, YEAR, YEAR_MARK, languages,
};
use super::lunar::Calendar;
use super::reader::{Form, Join, MOST_PARTS, Number, Part, Partial, Reader, Sureness, What, Written, Year};

impl Reader<'_> {
    fn push(&mut self, what: What, words: Range<usize>, sure: Sureness) -> Option<usize> {
        let (end, timed) = (words.end, self.is_timed(&words));
        if matches!(what, What::Day(_)) && self.is_behind_a_name(words.start) {
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

    /// Whether a weekday or a relative day stands in front of a day at `at`, and nothing between: `Friday, December 24`, `hôm qua (24/12)`.
    fn is_behind_a_name(&self, at: usize) -> bool {
        let between = at - self.in_front(at, DAY | ARTICLE).map_or(0, |(length, _)| length);
        self.found.last().is_some_and(|last| {
            matches!(last.what, What::Weekday(_, None) | What::Relative(_))
                && (last.words.end == at || last.words.end == between && self.only(at - 1, &[]))
                && self.only(last.words.end - 1, &[",", "("])
        })
    }

    /// What begins with the number at `at`.
    pub(super) fn number_first(&mut self, at: usize) -> Option<usize> {
        let number = self.number(at).filter(|number| number.digits != 3)?;
        if self.is_inside(at) {
            return None;
        }
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
        let month = match number.day()? {
            1..=10 if self.follows(at, LUNAR_DAY) => 1,
            27..=30 => 12,
            _ => return None,
        };
        let end = self.skip(at + 1, NEW_YEAR);
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
            Form::MonthFirst => {
                let marked = part.words.1 > part.words.0 + 1;
                marked || parts[0].day.year == Year::Missing && (join == Join::Range || self.stops(part.words.1))
            }
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
            || self.is(end, OF)
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
            let end = at + 1 + usize::from(marked);
            let with_year = self.year_behind(end).map(|(.., end)| end);
            if marked || announced && (with_year.is_some() || !self.is_counted(at)) {
                let end = with_year.unwrap_or(end);
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
    pub(super) fn name_first(&mut self, at: usize) -> Option<usize> {
        let (name, length, language) = self.name(at)?;
        let end = at + length;
        match name {
            Name::Relative(days) => self.push(What::Relative(days), at..end, Sureness::Sure),
            Name::Weekday { weekday, weak } => self.weekday(weekday, weak, at..end, language),
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
        let short = short || self.words.span(at).len() <= 5;
        if short && !self.words.has_capital(at) || !self.only(end - 1, &["."]) {
            return None;
        }
        let number = self.number(end)?;
        let day = number.day()?;
        if self.is_counted(end) || self.is_time(end) || self.joint(end) == Some('/') {
            return None;
        }
        let year = self.year_behind(end + 1).filter(|_| self.only(end, &[","]));
        let (year, last) = match year {
            Some((year, _, behind)) => (year, behind),
            // Other languages write so only in templates that were made for English, with the year: `Tháng Mười Hai 8, 2021`.
            None if language & languages(&["en"]) == 0 => return None,
            None => (Year::Missing, end + 1),
        };
        let day = Partial { year, month: Some(month), day, either_order: false };
        Some(self.part(at, day, Form::MonthFirst, last))
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

    fn weekday(&mut self, weekday: i32, weak: bool, words: Range<usize>, language: InLanguages) -> Option<usize> {
        let (at, end) = (words.start, words.end);
        let mut sure = Sureness::Sure;
        if weak {
            // `lần thứ sáu` is the sixth time, and `thứ hai` is also "second"; a capital, a word before or a day behind it tells.
            let is_own = |roles: Roles| self.in_front(at, roles).is_some_and(|(_, own)| own & language != 0);
            if is_own(COUNTED | NUMBERED | DAY) && !is_own(ANNOUNCES) {
                return None;
            }
            let day_behind = || {
                self.number(end).is_some_and(|number| number.day().is_some())
                    && matches!(self.joint(end), Some('/' | '-' | '–'))
            };
            // `na segunda` is on Monday, `na segunda ronda` in the second round.
            let ends = || language == languages(&["vi"]) || self.stops(end) || LEXICON.is_common(self.words, end);
            let told = self.words.has_capital(end - 1) || is_own(ANNOUNCES) && ends() || day_behind();
            if !told {
                sure = Sureness::Unsure;
            }
        }
        let before = LEXICON.before_weekday.ending(self.words, at, |_| true).filter(|_| self.only(at - 1, &[]));
        let after = LEXICON.after_weekday.at(self.words, end, |_| true).filter(|(_, length, _)| {
            // `từ thứ Hai tới thứ Sáu`: to Friday.
            self.only(end - 1, &[])
                && (!self.is(end, TO) || self.name(end + length).is_none() && self.number(end + length).is_none())
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
