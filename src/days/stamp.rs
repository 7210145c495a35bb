//! A time of publication as pages and people write it in, day, time and zone out: `Thứ bảy, 28/11/2026, 06:10 (GMT+7)`.
//!
//! The words of a text are taken apart: a time, a half of the day, a zone, a day. Beside a time every other word has to be known as one
//! that changes nothing: a wrong moment is worse than none.

use jiff::civil::{Date, Time};

use super::lexicon::{Half, LEXICON, Name};
use super::published::Clock;
use super::{Mentions, is_lunar, reader};
use crate::normalize::Words;
use crate::settings::{Zone, offset_minutes, zone_of_letters};

/// A text of more bytes than this is no date.
const MOST_BYTES: usize = 160;

/// A day, a time and a zone in any order.
pub(super) fn written(text: &str) -> Option<(Date, Option<Time>, Clock)> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let text = one_spelling(text);
    let spaced = without_name_of_zone(&text)
        .replace(['(', ')', '[', ']', ',', ';', '|', '•', '·', '–', '—', '@', '\'', '"'], " ");
    let mut tokens = spaced.split_whitespace().filter(|token| !matches!(*token, "-" | "/")).peekable();
    let mut found = Found::default();
    while let Some(token) = tokens.next() {
        let next = tokens.peek().copied().unwrap_or_default();
        if found.take(token, next)? {
            tokens.next();
        }
    }
    let time = match (found.time, found.half) {
        (Some(time), Some(half)) => Some(in_half(time, half)?),
        (None, Some(_)) => None,
        (time, None) => time,
    };
    Some((date(&found.others, time.is_some())?, time, found.clock))
}

/// What was found of a text so far.
#[derive(Default)]
struct Found<'t> {
    time: Option<Time>,
    half: Option<Half>,
    clock: Clock,
    /// Words of the day, and others.
    others: Vec<&'t str>,
    /// Whether the word before was a time, or a zone without a distance: `GMT +7`.
    is_behind_time: bool,
    is_behind_utc: bool,
}

impl<'t> Found<'t> {
    /// Takes a word; whether it took the next one as well. `None` where it can't be part of a date.
    fn take(&mut self, token: &'t str, next: &str) -> Option<bool> {
        let (is_behind_time, is_behind_utc) = (self.is_behind_time, self.is_behind_utc);
        (self.is_behind_time, self.is_behind_utc) = (false, false);
        let label = token.split_once(':').filter(|(label, rest)| !label.contains(digit) && rest.starts_with(digit));
        let date = token.split_once(['T', 't']).filter(|(date, rest)| date.ends_with(digit) && rest.starts_with(digit));
        let (front, token) = label.or(date).map_or((None, token), |(front, rest)| (Some(front), rest));
        self.others.extend(front);
        let (half, token) = half_before(token);
        self.put_half(half)?;
        if let Some((read, rest)) = clock_time(token).or_else(|| bare_time(token, next)) {
            if self.time.replace(read).is_some() {
                return None;
            }
            self.is_behind_time = true;
            match (half_of_day(rest, true), rest) {
                (Some(half), _) => self.put_half(Some(half))?,
                (None, "") => {}
                (None, zone) => self.put_zone(zone_of(zone, true)?, false)?,
            }
            return Some(false);
        }
        // `pm`, `p. m.`
        let half_of = |word: &str| half_of_day(word, is_behind_time);
        let spaced = half_of(&format!("{token}{next}"));
        if let Some(half) = spaced.or_else(|| half_of(token)) {
            self.put_half(Some(half))?;
            self.is_behind_time = is_behind_time;
            return Some(spaced.is_some());
        }
        if let Some(zone) = zone_of(token, self.time.is_some()) {
            self.is_behind_utc = matches!(zone, Clock::Utc);
            self.put_zone(zone, is_behind_utc)?;
        } else if token.contains('/') && !token.contains(digit) {
            // A place that no zone is named after.
            return None;
        } else {
            // `Thứ 4`
            let is_weekday = token.to_lowercase() == "thứ" && matches!(next, "2" | "3" | "4" | "5" | "6" | "7");
            if !is_weekday && !token.is_empty() {
                self.others.push(token);
            }
            return Some(is_weekday);
        }
        Some(false)
    }

    fn put_half(&mut self, half: Option<Half>) -> Option<()> {
        let agrees = half.is_none() || self.half.is_none() || half == self.half;
        self.half = half.or(self.half);
        agrees.then_some(())
    }

    fn put_zone(&mut self, zone: Clock, is_behind_utc: bool) -> Option<()> {
        // Go writes both: `+0700 +07`.
        let agrees = self.clock == Clock::Unknown || is_behind_utc || self.clock == zone;
        self.clock = zone;
        agrees.then_some(())
    }
}

/// The same text with one form of digits, signs, brackets and words between numbers that have several.
fn one_spelling(text: &str) -> String {
    let mut spelled = String::new();
    for letter in text.chars() {
        let letter = reader::digit(letter).and_then(|digit| char::from_digit(digit as u32, 10)).unwrap_or(letter);
        match (letter, spelled.ends_with(digit)) {
            ('\u{feff}' | '\u{200e}' | '\u{200f}', _) => {}
            ('\u{2011}' | '\u{2212}', _) => spelled.push('-'),
            ('年' | '년', true) => spelled.push('年'),
            ('月' | '월', true) => spelled.push('月'),
            ('日' | '일' | '号' | '號', true) => spelled.push_str("日 "),
            ('：', _) | ('時' | '时' | '点' | '點' | '시', true) => spelled.push(':'),
            ('（' | '）' | '，', _) | ('分' | '분', true) => spelled.push(' '),
            // `12시 05분`
            (' ', _) if spelled.strip_suffix(':').is_some_and(|hour| hour.ends_with(digit)) => {}
            _ => spelled.push(letter),
        }
    }
    spelled.replace(" giờ ", "h")
}

/// Without the name of a zone in brackets behind its distance from UTC: `GMT+0700 (Indochina Time)`.
fn without_name_of_zone(text: &str) -> &str {
    let Some((front, name)) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) else { return text };
    let distance = front.split_whitespace().next_back().unwrap_or_default();
    let is_named = !name.contains(digit) && matches!(zone_of(distance, true), Some(Clock::Ahead(_) | Clock::Utc));
    if is_named { front } else { text }
}

pub(super) fn digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

/// A time of day at the beginning of a word, and what stands behind it there: `10:05:00.250+07`, `6h10`, `6:10pm`.
fn clock_time(token: &str) -> Option<(Time, &str)> {
    let number = |text: &str, least: usize| -> Option<(i8, usize)> {
        let digits = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
        (least <= digits && digits <= 2).then(|| text[..digits].parse().ok().map(|number| (number, digits))).flatten()
    };
    let (hour, digits) = number(token, 1)?;
    let rest = token[digits..].strip_prefix([':', 'h', 'H', 'g'])?;
    let (minute, digits) = number(rest, 2)?;
    let rest = &rest[digits..];
    let (second, rest) = match rest.strip_prefix(':').and_then(|rest| number(rest, 2).map(|found| (found, rest))) {
        Some(((second, digits), rest)) => (second, &rest[digits..]),
        None => (0, rest),
    };
    let rest = rest.strip_prefix(['.', ',']).map_or(rest, |fraction| fraction.trim_start_matches(digit));
    Some((Time::new(hour, minute, second, 0).ok()?, rest))
}

/// A time that only the word behind it makes one: `22.05 WIB`, `22.05 Uhr`, `10 PM`, `10pm`.
fn bare_time<'t>(token: &'t str, next: &str) -> Option<(Time, &'t str)> {
    let hour = |digits: &str| digits.parse::<i8>().ok().filter(|_| digits.len() <= 2);
    if let Some((hour_digits, minute)) = token.split_once('.').filter(|(_, minute)| minute.len() == 2) {
        let is_time = matches!(&*next.to_uppercase(), "WIB" | "WITA" | "WIT" | "UHR" | "GMT");
        let time = Time::new(hour(hour_digits)?, minute.parse().ok()?, 0, 0).ok();
        return time.filter(|_| is_time).map(|time| (time, ""));
    }
    let rest = token.trim_start_matches(digit);
    let half = if rest.is_empty() { next } else { rest };
    let is_half = matches!(&*half.to_lowercase(), "am" | "pm" | "a.m." | "p.m.");
    let time = Time::new(hour(&token[..token.len() - rest.len()])?, 0, 0, 0).ok();
    time.filter(|_| is_half).map(|time| (time, rest))
}

/// The part of the day that a word names. `is_behind_time`: whether it stands right behind a time, without which `am`, `SA` and `CH` (of
/// Vietnamese) are other words.
fn half_of_day(word: &str, is_behind_time: bool) -> Option<Half> {
    let is_upper = !word.contains(char::is_lowercase);
    let is_half = match &*word.to_ascii_lowercase() {
        "am" => is_behind_time || is_upper,
        "sa" | "ch" => is_behind_time && is_upper,
        _ => true,
    };
    let words = Words::of(word);
    let (half, length, _) = LEXICON.beside_a_time.at(&words, 0, |half| half.is_some()).filter(|_| is_half)?;
    half.filter(|_| length == words.len())
}

/// The part of the day that is written right in front of a time, as in Chinese, Japanese and Korean.
fn half_before(token: &str) -> (Option<Half>, &str) {
    let end = token.find(digit).unwrap_or(0);
    match half_of_day(&token[..end], false) {
        Some(half) => (Some(half), &token[end..]),
        None => (None, token),
    }
}

/// The time of twelve hours in this part of the day; `None` where that is no time, or might be two.
fn in_half(time: Time, half: Half) -> Option<Time> {
    let hour = match (time.hour(), half) {
        (12, Half::Morning) => 0,
        (hour @ 0..=11, Half::Morning) => hour,
        (hour @ 10..=13, Half::Noon) => hour,
        (hour @ 1..=2, Half::Noon) => hour + 12,
        (hour @ 1..=11, Half::Afternoon) | (hour @ 5..=11, Half::Evening) => hour + 12,
        (hour @ 12..=23, Half::Afternoon) | (hour @ 17..=23, Half::Evening) => hour,
        _ => return None,
    };
    Time::new(hour, time.minute(), time.second(), 0).ok()
}

/// The zone that a word is; `behind_time`: whether a time stands before it, without which `-03` and letters are something else.
fn zone_of(token: &str, behind_time: bool) -> Option<Clock> {
    let upper = token.to_ascii_uppercase();
    let offset = upper.strip_prefix("GMT").or_else(|| upper.strip_prefix("UTC"));
    match offset {
        Some("") => Some(Clock::Utc),
        Some(offset) => Clock::ahead(offset_minutes(offset)?),
        None if behind_time && upper == "Z" => Some(Clock::Utc),
        None if behind_time && upper.starts_with(['+', '-']) => Clock::ahead(offset_minutes(&upper)?),
        None if token.contains('/') && !token.starts_with(digit) && !token.ends_with('/') => {
            Zone::named(token).map(Clock::Of)
        }
        None => zone_of_letters(token).filter(|_| behind_time).map(Clock::Of),
    }
}

/// The day that some words are; all others must be without a number, and, beside a time, be known to say nothing of it.
fn date(words: &[&str], beside_time: bool) -> Option<Date> {
    let in_numbers_alone =
        |word: &str| word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'/' | b'.' | b'W'));
    let is_weekday = |word: &str| matches!(word.as_bytes(), [b'T' | b't', b'2'..=b'7']);
    let numbers: Vec<&str> = words.iter().copied().filter(|word| word.contains(digit) && !is_weekday(word)).collect();
    if let [only] = numbers[..]
        && in_numbers_alone(only)
    {
        let found = in_numbers(only)?;
        let others: Vec<&str> = words.iter().copied().filter(|word| *word != only && !is_weekday(word)).collect();
        let others = Words::of(&others.join(" "));
        // A weekday that is another one shows that day and month change places.
        return (!beside_time || others_agree(&others, 0..0, Some(found))).then_some(found);
    }
    let text = words.join(" ").replace('-', " ");
    let text = with_whole_year(&text).unwrap_or(text);
    let words = Words::of(&text);
    let Mentions { days, .. } = Mentions::of(&words, &text, None);
    let [day] = &days[..] else { return None };
    let is_alone = (0..words.len()).all(|at| day.words.contains(&at) || !words.has_digit(at));
    let is_named = day.words.clone().any(|at| words.word(at).contains(char::is_alphabetic));
    let is_whole = day.year_written && day.last == day.day && !is_lunar(day.calendar) && is_alone && is_named;
    let is_whole = is_whole && (!beside_time || others_agree(&words, day.words.clone(), None));
    is_whole.then(|| day.day.date())
}

/// Whether all of these words but those of `day` say nothing else, and no weekday another one than that of `date`.
fn others_agree(words: &Words, day: std::ops::Range<usize>, date: Option<Date>) -> bool {
    let mut at = 0;
    while at < words.len() {
        if day.contains(&at) {
            at = day.end;
            continue;
        }
        at += match LEXICON.names.at(words, at, |name| matches!(name, Name::Weekday { .. })) {
            Some((Name::Weekday { weekday, .. }, length, _)) => {
                if date.is_some_and(|date| i32::from(date.weekday().to_monday_zero_offset()) != weekday) {
                    return false;
                }
                length
            }
            _ => match LEXICON.beside_a_time.at(words, at, |_| true) {
                Some((_, length, _)) => length,
                None => return false,
            },
        };
    }
    true
}

/// `08 Dec 21` of RFC 850 with its century: as POSIX has it, 69 to 99 are of the last one.
fn with_whole_year(text: &str) -> Option<String> {
    let (start, year) = text.rsplit_once(' ')?;
    let is_short = year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit());
    let has_month = start.split(' ').any(|word| word.len() >= 3 && word.chars().all(char::is_alphabetic));
    let century = if year >= "69" { "19" } else { "20" };
    (is_short && has_month && start.contains(digit)).then(|| format!("{start} {century}{year}"))
}

/// Days in numbers alone: day first, unless the year is; of ISO 8601 also those of a week and of a year.
const IN_NUMBERS: [&str; 10] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y%m%d", "%G-W%V-%u", "%GW%V%u", "%Y-%j"];

pub(super) fn in_numbers(text: &str) -> Option<Date> {
    let text = text.trim_end_matches('.');
    let date = IN_NUMBERS.iter().find_map(|form| Date::strptime(form, text).ok());
    date.filter(|date| date.year() >= 1000 && text.len() >= "1/1/2021".len())
}
