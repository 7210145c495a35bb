//! A time of publication as pages and people write it in, day, time and zone out: `Thứ bảy, 28/11/2026, 06:10 (GMT+7)`.
//!
//! The words of a text are taken apart: a time, a half of the day, a zone, a day. Beside a time every other word has to be known as one
//! that changes nothing: a wrong moment is worse than none.

use jiff::civil::{Date, ISOWeekDate, Time, Weekday};

use super::lexicon::{LEXICON, Name};
use super::published::Clock;
use super::{Calendar, Mentions};
use crate::normalize::Words;
use crate::settings::{Zone, offset_minutes, zone_of_letters};

/// A text of more bytes than this is no date.
const MOST_BYTES: usize = 160;

/// Nor is one of more numbers than this.
const MOST_NUMBERS: usize = 10;

/// Words that stand beside a time and change neither it nor the day: what was done then, `at` and `on`, short weekdays.
const HARMLESS: &str = "ngày|lúc|vào|hôm|cập|nhật|đăng|bài|xuất|bản|giờ|phút|thứ|năm|at|on|the|of|by|updated|update|published|posted|last|first|\
    modified|online|um|uhr|am|den|veröffentlicht|aktualisiert|stand|le|la|à|a|las|el|de|del|ore|ora|alle|il|às|em|publié|mis|jour|publicado|\
    publicada|actualizado|atualizado|pubblicato|aggiornato|pukul|jam|tanggal|diperbarui|в|от|опубликовано|обновлено|г|года|время|\
    发布|更新|发表|时间|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|mie|jue|vie|sáb|sab|dom|\
    seg|ter|qua|qui|sex|gio|пн|вт|ср|чт|пт|сб|вс|sen|sel|rab|kam|jum|min|cn|t2|t3|t4|t5|t6|t7";

/// A day, a time and a zone in any order.
pub(super) fn written(text: &str) -> Option<(Date, Option<Time>, Clock)> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let text = one_spelling(text);
    let numbers = text.split(digit).filter(|between| !between.is_empty()).count();
    if numbers > MOST_NUMBERS + 1 {
        return None;
    }
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
        let (date, token) = match token.split_once(['T', 't']) {
            Some((date, rest)) if date.ends_with(digit) && rest.starts_with(digit) => (Some(date), rest),
            _ => (None, token),
        };
        self.others.extend(date);
        let (half, token) = half_before(token);
        self.put_half(half)?;
        let read =
            clock_time(token).or_else(|| date.and_then(|_| basic_time(token))).or_else(|| bare_time(token, next));
        if let Some((read, rest)) = read {
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
        // `p. m.`
        let spaced_half = format!("{token}{next}");
        if is_behind_time && matches!(&*spaced_half.to_lowercase(), "a.m." | "p.m.") {
            self.put_half(half_of_day(&spaced_half, true))?;
            return Some(true);
        }
        if let Some(half) = half_of_day(token, is_behind_time) {
            self.put_half(Some(half))?;
            self.is_behind_time = is_behind_time;
        } else if let Some(zone) = zone_of(token, self.time.is_some()) {
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
        match (half, self.half) {
            (Some(half), Some(before)) if half != before => None,
            (Some(half), _) => {
                self.half = Some(half);
                Some(())
            }
            (None, _) => Some(()),
        }
    }

    fn put_zone(&mut self, zone: Clock, is_behind_utc: bool) -> Option<()> {
        if !matches!(self.clock, Clock::Unknown) && !is_behind_utc {
            return None;
        }
        self.clock = zone;
        Some(())
    }
}

/// The same text with one form of signs, brackets and words between numbers that have several.
fn one_spelling(text: &str) -> String {
    let mut spelled = text
        .trim_matches(['\u{feff}', '\u{200e}', '\u{200f}', ' '])
        .replace(['\u{2011}', '\u{2212}'], "-")
        .replace('：', ":")
        .replace(['（', '）', '，'], " ")
        .replace(" giờ ", "h")
        .replace(['年', '년'], "年")
        .replace(['月', '월'], "月")
        .replace(['日', '일', '号'], "日 ");
    for (hour, minute) in [('时', '分'), ('時', '分'), ('点', '分'), ('시', '분')] {
        if spelled.contains(hour) {
            spelled = spelled.replace(hour, ":").replace(minute, " ").replace(": ", ":");
        }
    }
    spelled
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

/// The same without `:`, as behind the `T` of ISO 8601's basic form.
fn basic_time(token: &str) -> Option<(Time, &str)> {
    let digits = token.bytes().take_while(u8::is_ascii_digit).count();
    let number = |from: usize| token.get(from..from + 2)?.parse::<i8>().ok();
    let second = if digits == 6 { number(4)? } else { 0 };
    let time = Time::new(number(0)?, number(2)?, second, 0).ok()?;
    matches!(digits, 4 | 6).then(|| (time, &token[digits..]))
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

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Noon,
    Afternoon,
    Evening,
}

/// The part of the day that a word names. `is_behind_time`: whether it stands right behind a time, without which `am`, `SA` and `CH` (of
/// Vietnamese) are other words.
fn half_of_day(word: &str, is_behind_time: bool) -> Option<Half> {
    match (word, word.replace('.', "").to_lowercase().as_str()) {
        ("SA", _) if is_behind_time => Some(Half::Morning),
        ("CH", _) if is_behind_time => Some(Half::Afternoon),
        (_, "am") if is_behind_time || word == "AM" => Some(Half::Morning),
        (_, "pm") => Some(Half::Afternoon),
        (_, "sáng") | ("上午" | "午前" | "오전" | "早上", _) => Some(Half::Morning),
        (_, "trưa") => Some(Half::Noon),
        (_, "chiều") | ("下午" | "午後" | "오후", _) => Some(Half::Afternoon),
        (_, "tối" | "đêm") | ("晚上", _) => Some(Half::Evening),
        _ => None,
    }
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
    let bare = upper.strip_prefix("GMT").or_else(|| upper.strip_prefix("UTC"));
    // Whose clock is that of UTC, says nothing of a place: feeds write all their times so.
    let ahead = |minutes: i16| if minutes == 0 { Clock::Utc } else { Clock::Ahead(minutes) };
    match (bare, behind_time) {
        (Some(""), _) => return Some(Clock::Utc),
        (Some(offset), _) => return offset_minutes(offset).map(ahead),
        (None, true) if upper == "Z" => return Some(Clock::Utc),
        (None, true) if upper.starts_with(['+', '-']) => return offset_minutes(&upper).map(ahead),
        _ => {}
    }
    if token.contains('/') && !token.starts_with(digit) && !token.ends_with('/') {
        return Zone::named(token).map(Clock::Of);
    }
    if behind_time { zone_of_letters(token).map(Clock::Of) } else { None }
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
    if let Some(found) = east_asian(&text) {
        return Some(found);
    }
    // Numbers of another script alone have no known order.
    if !text.contains(char::is_alphabetic) {
        return None;
    }
    let text = with_whole_year(&text).unwrap_or(text);
    let words = Words::of(&text);
    let Mentions { days, .. } = Mentions::of(&words, &text, None);
    let [day] = &days[..] else { return None };
    let is_alone = (0..words.len()).all(|at| day.words.contains(&at) || !words.has_digit(at));
    let is_whole = day.year_written && day.last == day.day && day.calendar == Calendar::Gregorian && is_alone;
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
            _ if HARMLESS.split('|').any(|harmless| harmless == words.word(at)) => 1,
            _ => return false,
        };
    }
    true
}

/// `2021年12月8日`, with or without spaces.
fn east_asian(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let (day, _) = rest.split_once('日')?;
    let year = year.trim().rsplit(|letter: char| !letter.is_ascii_digit()).next()?;
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.trim().parse().ok()?, day.trim().parse().ok()?).ok()
}

/// `08 Dec 21` of RFC 850 with its century: as POSIX has it, 69 to 99 are of the last one.
fn with_whole_year(text: &str) -> Option<String> {
    let (start, year) = text.rsplit_once(' ')?;
    let is_short = year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit());
    let has_month = start.split(' ').any(|word| word.len() >= 3 && word.chars().all(char::is_alphabetic));
    let century = if year >= "69" { "19" } else { "20" };
    (is_short && has_month && start.contains(digit)).then(|| format!("{start} {century}{year}"))
}

/// A day in numbers alone.
fn in_numbers(text: &str) -> Option<Date> {
    let number = |digits: &str| -> Option<i16> {
        let plain = matches!(digits.len(), 1..=4) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    let date = |year: &str, month: &str, day: &str| {
        let small = |digits: &str| number(digits).and_then(|number| i8::try_from(number).ok());
        Date::new(number(year)?, small(month)?, small(day)?).ok()
    };
    if let Some((year, week)) = text.split_once('W') {
        let year = number(year.trim_end_matches('-')).filter(|_| year.trim_end_matches('-').len() == 4)?;
        let digits: String = week.chars().filter(|&letter| letter != '-').collect();
        let (week, day) = digits.split_at_checked(2)?;
        let day = Weekday::from_monday_one_offset(day.parse().ok()?).ok()?;
        return ISOWeekDate::new(year, week.parse().ok()?, day).ok().map(ISOWeekDate::date);
    }
    let parts: Vec<&str> = text.trim_end_matches('.').split(['-', '/', '.']).collect();
    match parts[..] {
        [year, month, day] if year.len() == 4 => date(year, month, day),
        [day, month, year] if year.len() == 4 => date(year, month, day),
        [year, day] if year.len() == 4 && day.len() == 3 => {
            let first = Date::new(number(year)?, 1, 1).ok()?;
            let day = first.checked_add(jiff::Span::new().days(i64::from(number(day)?) - 1)).ok()?;
            (number(parts[1])? > 0 && day.year() == first.year()).then_some(day)
        }
        [whole] if whole.len() == 8 => date(&whole[..4], &whole[4..6], &whole[6..]),
        _ => None,
    }
}
