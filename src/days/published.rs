//! A time of publication as people write it in, [`Published`] out.
//!
//! News exports spell one moment in a hundred ways. What is read here has one meaning, save one: `08/12/2021` is day first, as in
//! Vietnam and most of the world; where that gives no month, the date is not read rather than guessed, and
//! [`ReadSettings::date_format`] says how it is meant. Months have their names in all languages of `tables`. A time without an offset
//! keeps its clock open until the whole input is known: see [`Published::settled`].

use jiff::civil::{Date, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::{self, Pieces, PiecesOffset, TimeZoneAnnotationKind};

use super::Day;
use super::stamp::{in_numbers, written};
use crate::article::Published;
use crate::settings::{MOST_MINUTES, ReadSettings, Zone, whole_minutes};

static ISO: temporal::DateTimeParser = temporal::DateTimeParser::new();

/// Reads times of publication as the settings say.
#[derive(Debug, Clone, Default)]
pub struct Reader {
    /// The clock of times without an offset, and of moments without a place, where it is known.
    settled: Option<Zone>,
    format: Option<String>,
    /// What is later is no time of publication.
    latest: Option<i64>,
}

/// A time that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The time.
    pub published: Published,
    /// What is written of its offset.
    pub offset: Offset,
}

/// What is written of a time's offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    /// Nothing.
    Missing,
    /// That it is a moment on the clock of UTC, which says nothing of the article's own place: `Z`, `GMT`, seconds since 1970.
    Utc,
    /// How many minutes the clock of its own place is ahead of UTC.
    Minutes(i16),
}

const DAY: i64 = 24 * 60 * 60;

impl Reader {
    /// `settled`: the clock of times without an offset, where the settings name none and the input was read before.
    pub fn new(settings: &ReadSettings, settled: Option<&Zone>) -> Reader {
        Reader {
            settled: settings.timezone.as_ref().or(settled).cloned(),
            format: settings.date_format.clone(),
            latest: settings.now.map(|now| now.saturating_add(DAY)),
        }
    }

    /// Reads a text: in the form that the settings name, else as [`parse`] does. `None` also of a date that stands for none: before the first
    /// newspaper (1605), the zero of a computer's or a spreadsheet's calendar (1970-01-01, 1900-01-01), beyond 2100, or more than a
    /// day in the future.
    pub fn text(&self, text: &str) -> Option<Read> {
        self.taken(match &self.format {
            Some(format) => of_format(format, text.trim())?,
            None => stamp(text)?,
        })
    }

    /// The same of a number: see [`from_epoch`].
    pub fn number(&self, number: i64) -> Option<Read> {
        match self.format {
            Some(_) => self.text(&number.to_string()),
            None => self.taken(of_number(number)?),
        }
    }

    fn taken(&self, stamp: Stamp) -> Option<Read> {
        // Of a clock that is not known yet the present may be as much later as clocks differ.
        let latest = self.latest.map(|latest| match stamp.clock {
            Clock::Unknown => latest.saturating_add(i64::from(MOST_MINUTES) * 60),
            _ => latest,
        });
        let is_without_place = matches!(stamp.clock, Clock::Utc);
        let mut published = stamp.published();
        let offset = match published.offset_minutes {
            None => Offset::Missing,
            Some(_) if is_without_place => Offset::Utc,
            Some(minutes) => Offset::Minutes(minutes),
        };
        if let Some(settled) = &self.settled {
            published = published.settled(settled);
            if is_without_place {
                published = published.on_clock_of(settled);
            }
        }
        let is_past = latest.is_none_or(|latest| published.epoch_seconds <= latest);
        (is_past && !stands_for_none(published)).then_some(Read { published, offset })
    }
}

/// Reads a time of publication; `None` where it is none. It may be
/// RFC 3339 or ISO 8601 (a day, a week's day `2021-W49-3`, a day of the year `2021-342`; with `T` or a space, with or without seconds
/// or zone, with or without `-` and `:`), RFC 2822 and 850 and what else browsers and `date` print, epoch seconds (see [`from_epoch`]), or
/// a day as it is written in one of thirteen languages (`28/11/2026`, `2026/11/28`, `28.11.2026`, `28 tháng 11, 2026`, `Nov 28, 2026`), before or
/// behind a time (`06:10`, `6h10`, `6:10 AM`), a zone (`GMT+7`, `+07`, `Asia/Ho_Chi_Minh`) and words without a number (`Thứ bảy`).
///
/// ```
/// use wirecopy::days::published::parse;
/// assert_eq!(parse("Thứ tư, 08/12/2021, 10:05 (GMT+7)").unwrap().to_string(), "2021-12-08T10:05:00+07:00");
/// assert_eq!(parse("Dec 8, 2021").unwrap().to_string(), "2021-12-08");
/// // Nothing says yet which clock that is.
/// assert_eq!(parse("08/12/2021 10:05").unwrap().to_string(), "2021-12-08T10:05:00");
/// ```
pub fn parse(text: &str) -> Option<Published> {
    stamp(text).map(|stamp| stamp.published())
}

/// Reads a number: 9 to 12 digits are seconds since 1970, 13 are milliseconds, 16 microseconds, 19 nanoseconds; 8 that make a
/// calendar day are `yyyymmdd`. Anything else is `None`: 0 and other small numbers stand for a missing date far more often than for 1970.
///
/// ```
/// use wirecopy::days::published::from_epoch;
/// assert_eq!(from_epoch(1_638_921_600), from_epoch(1_638_921_600_000));
/// assert_eq!(from_epoch(20211208).unwrap().to_string(), "2021-12-08");
/// assert_eq!(from_epoch(0), None);
/// ```
pub fn from_epoch(number: i64) -> Option<Published> {
    of_number(number).map(|stamp| stamp.published())
}

/// What was read, its clock as far as it is written.
#[derive(Debug)]
struct Stamp {
    /// What the clock showed, as seconds since its 1970-01-01T00:00.
    wall: i64,
    clock: Clock,
    is_day: bool,
}

#[derive(Debug, Default, PartialEq)]
pub(super) enum Clock {
    /// Nothing says which.
    #[default]
    Unknown,
    /// A moment that says nothing of a place: `Z`, `GMT`, seconds since 1970.
    Utc,
    /// So many minutes ahead of UTC.
    Ahead(i16),
    Of(Zone),
}

impl Clock {
    /// A clock so many minutes ahead of UTC; `None` where no place has it. UTC itself names no place: feeds write all their times in it.
    pub(super) fn ahead(minutes: i16) -> Option<Clock> {
        match minutes {
            0 => Some(Clock::Utc),
            _ => (minutes.abs() <= MOST_MINUTES).then_some(Clock::Ahead(minutes)),
        }
    }
}

impl Stamp {
    fn of(date: Date, time: Option<Time>, clock: Clock) -> Stamp {
        let days = i64::from((date - Date::constant(1970, 1, 1)).get_days());
        let time_of_day = time.map_or(0, |time| time.duration_since(Time::midnight()).as_secs());
        Stamp { wall: days * DAY + time_of_day, clock, is_day: time.is_none() }
    }

    fn published(self) -> Published {
        let Stamp { wall, clock, is_day } = self;
        let unknown = Published { offset_minutes: None, is_day, ..Published::at(wall) };
        match clock {
            Clock::Unknown => unknown,
            Clock::Utc => Published { offset_minutes: Some(0), ..unknown },
            Clock::Ahead(minutes) => Published { is_assumed: false, ..unknown.settled(&Zone::fixed(minutes)) },
            Clock::Of(zone) => Published { is_assumed: false, ..unknown.settled(&zone) },
        }
    }
}

/// Where calendars begin that were never set: those of spreadsheets and data bases.
const ZEROS: [Date; 4] = [
    Date::constant(1900, 1, 1),
    Date::constant(1899, 12, 30),
    Date::constant(1899, 12, 31),
    Date::constant(1753, 1, 1),
];

fn stands_for_none(published: Published) -> bool {
    let Some(date) = Day::of_published(published).map(Day::date) else { return true };
    // Computers count from 1970, on whatever clock.
    let is_epoch = published.epoch_seconds.unsigned_abs() <= u64::from(MOST_MINUTES.unsigned_abs()) * 60
        && published.epoch_seconds.rem_euclid(15 * 60) == 0;
    is_epoch
        || date == Date::constant(1970, 1, 1)
        || ZEROS.contains(&date) && published.wall_seconds().rem_euclid(DAY) == 0
        || !(1605..=2100).contains(&date.year())
}

fn stamp(text: &str) -> Option<Stamp> {
    let text = of_element(text.trim()).trim();
    // How .NET writes it in JSON.
    let text = text.strip_prefix("/Date(").and_then(|text| text.strip_suffix(")/")).unwrap_or(text);
    if let Some(number) = as_integer(text) {
        return of_number(number);
    }
    iso(text).or_else(|| {
        let (date, time, clock) = written(text)?;
        Some(Stamp::of(date, time, clock))
    })
}

/// What an element of HTML says, as scrapers keep it: `<time datetime="2021-12-08">yesterday</time>`.
fn of_element(text: &str) -> &str {
    let said = || {
        let (tag, rest) = text.strip_prefix('<')?.split_once('>')?;
        let attribute = tag.split_once("datetime=").or_else(|| tag.split_once("content="));
        match attribute {
            Some((_, value)) => value.split(['"', '\'']).nth(1),
            None => rest.split_once('<').map(|(inside, _)| inside),
        }
    };
    said().unwrap_or(text)
}

/// See [`from_epoch`]; 14 digits are `yyyymmddhhmmss`, as archives and data of events have it.
fn of_number(number: i64) -> Option<Stamp> {
    let unit = match number.unsigned_abs().checked_ilog10()? + 1 {
        8 => return iso(&number.to_string()),
        14 => return iso(&format!("{}T{:06}", number / 1_000_000, number % 1_000_000)),
        9..=12 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    let seconds = number.div_euclid(unit);
    // Before 1900 there is none but by mistake: the least number of all stands for none.
    let is_meant = seconds >= -2_208_988_800 && jiff::Timestamp::from_second(seconds).is_ok();
    is_meant.then_some(Stamp { wall: seconds, clock: Clock::Utc, is_day: false })
}

fn as_integer(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| whole.parse().ok()).flatten()
}

/// In the form that the settings name.
fn of_format(format: &str, text: &str) -> Option<Stamp> {
    let read = BrokenDownTime::parse(format, text).ok()?;
    let clock = match (read.offset(), read.iana_time_zone()) {
        (Some(offset), _) => Clock::ahead(whole_minutes(offset))?,
        (None, Some(name)) => Clock::Of(Zone::named(name)?),
        (None, None) => Clock::Unknown,
    };
    if let Some(timestamp) = read.timestamp() {
        return Some(Stamp { wall: timestamp.as_second(), clock: Clock::Utc, is_day: false });
    }
    Some(Stamp::of(read.to_date().ok()?, read.to_time().ok().filter(|_| read.hour().is_some()), clock))
}

fn iso(text: &str) -> Option<Stamp> {
    let is_date = text.len() >= 8 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    if !is_date {
        return None;
    }
    if let Ok(pieces) = ISO.parse_pieces(text) {
        return of_pieces(&pieces);
    }
    let (date, time) = text.split_at(text.find(['T', ' ']).unwrap_or(text.len()));
    // Of a week, or of a year, which `jiff` leaves out.
    of_pieces(&ISO.parse_pieces(&format!("{}{time}", in_numbers(date)?)).ok()?)
}

fn of_pieces(pieces: &Pieces<'_>) -> Option<Stamp> {
    let clock = match (pieces.offset(), pieces.time_zone_annotation()) {
        (Some(PiecesOffset::Zulu), None) => Clock::Utc,
        (Some(_), _) => Clock::ahead(whole_minutes(pieces.to_numeric_offset()?))?,
        (None, Some(annotation)) => Clock::Of(match annotation.kind() {
            TimeZoneAnnotationKind::Named(name) => Zone::named(name.as_str())?,
            TimeZoneAnnotationKind::Offset(offset) => Zone::fixed(whole_minutes(*offset)),
            _ => return None,
        }),
        (None, None) => Clock::Unknown,
    };
    Some(Stamp::of(pieces.date(), pieces.time(), clock))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        parse(text).map_or_else(|| "none".to_owned(), |published| published.to_string())
    }

    /// One moment, 2021-12-08T03:05:00Z, as feeds, exports, browsers, shells and pages write it.
    #[test]
    fn every_spelling_of_one_moment_is_that_moment() {
        for text in [
            "2021-12-08T03:05:00Z",
            "2021-12-08T10:05:00+07:00",
            "2021-12-08T10:05:00.000+07:00",
            "2021-12-08T10:05:00+0700",
            "2021-12-08T10:05:00+07",
            "2021-12-08T10:05+07:00",
            "2021-12-08 10:05:00+07:00",
            "2021-12-08 10:05:00 +0700",
            "2021-12-08 03:05:00 UTC",
            "2021-12-08 03:05:00Z",
            "20211208T030500Z",
            "20211208T100500+0700",
            "2021-W49-3T03:05:00Z",
            "2021W493T100500+07",
            "2021-342T03:05:00Z",
            "2021-12-08T10:05:00[Asia/Ho_Chi_Minh]",
            "2021-12-08T10:05:00+07:00[Asia/Bangkok]",
            "2021-12-08 10:05:00 Asia/Ho_Chi_Minh",
            "Wed, 08 Dec 2021 10:05:00 +0700",
            "Wed, 08 Dec 2021 03:05:00 GMT",
            "8 Dec 2021 03:05:00 GMT",
            "Mon, 08 Dec 2021 03:05:00 GMT",
            "Tue, 07 Dec 2021 22:05:00 EST",
            "Wednesday, 08-Dec-21 03:05:00 GMT",
            "Wed Dec  8 03:05:00 UTC 2021",
            "Wed Dec 08 2021 10:05:00 GMT+0700 (Indochina Time)",
            "1638932700",
            "1638932700000",
            "1638932700000000",
            "1638932700000000000",
            "1638932700.25",
            " 1638932700 ",
            "08/12/2021 10:05 GMT+7",
            "08/12/2021 10:05 (GMT+7)",
            "Thứ tư, 8/12/2021, 10:05 (GMT+7)",
            "Thứ Tư, ngày 8/12/2021 - 10:05 GMT +7",
            "10:05 08/12/2021 +07:00",
            "10:05 | 08/12/2021 (UTC+7)",
            "10h05 ngày 8 tháng 12 năm 2021 (GMT+7)",
            "8/12/2021 10:05:00 SA ICT",
            "Updated 10:05 PM ET, Tue December 7, 2021",
            "8 декабря 2021, 06:05 МСК",
            "Rabu, 08 Desember 2021 11.05 WITA",
            "Wed, 08 Dec 2021 03:05:00 +0000",
            "Thứ 4, 08/12/2021, 10:05 (GMT+7)",
            "T4, 08/12/2021 10:05 GMT+7",
            "2021年12月8日（水）12:05 JST",
            "2021年12月08日12时05分 GMT+9",
            "Dec 8, 2021 10:05 AM ICT",
            "December 8, 2021 at 10:05 a.m. GMT+7",
            "8 décembre 2021 à 4h05 CET",
            "8. Dezember 2021, 04:05 CET",
            "8 декабря 2021, 06:05 MSK",
            "2021年12月8日 12:05 JST",
            "2021/12/08 10:05:00 +07:00",
            "2021.12.08 10:05 UTC+7",
            "2021-12-08 10:05:00 +0700 +07",
            "/Date(1638932700000)/",
            "<time datetime=\"2021-12-08T10:05:00+07:00\">hôm qua</time>",
            "<meta property='article:published_time' content='2021-12-08T03:05:00Z'>",
            "<span class=\"date\">08/12/2021 10:05 GMT+7</span>",
            "Wednesday, December 8th, 2021 at 10:05 am ICT",
            "8 ธันวาคม 2564 10:05 น. GMT+7",
            "٨ ديسمبر ٢٠٢١ ١٠:٠٥ GMT+7",
        ] {
            let found = parse(text).map(|found| found.on_clock_of(&Zone::utc()).to_string());
            assert_eq!(found.as_deref(), Some("2021-12-08T03:05:00Z"), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_keeps_its_clock_open() {
        for text in [
            "2021-12-08 10:05:00",
            "2021-12-08 10:05",
            "2021-12-08T10:05:00",
            "2021-12-08T10:05:00.123456",
            "20211208T100500",
            "08/12/2021 10:05",
            "8/12/2021 10:05:00",
            "08/12/2021, 10:05",
            "08-12-2021 10:05",
            "08/12/2021 - 10:05",
            "08/12/2021T10:05",
            "10:05 08/12/2021",
            "10:05, 8/12/2021",
            "10h05 8-12-2021",
            "08/12/2021 10:05 AM",
            "Dec 8, 2021 10:05am",
            "8.12.2021 10:05",
            "2021/12/08 10:05",
            "Cập nhật lúc 10:05 ngày 08/12/2021",
            "Wed Dec  8 10:05:00 2021",
            "2021年12月8日 上午10:05",
            "8 de diciembre de 2021, 10:05",
            "8 de diciembre de 2021 a las 10:05 h",
            "Thứ Tư, ngày 8/12/2021 10:05",
            "08-12-2021 10h05",
            "Published:2021-12-08 10:05",
            "発信:2021/12/08 10:05",
            "2021年12月8日(水) 10:05",
            "2021.12.08. 오전 10:05",
            "08 ธ.ค. 2564 เวลา 10:05 น.",
            "٢٠٢١-١٢-٠٨ ١٠:٠٥",
        ] {
            let found = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.to_string(), "2021-12-08T10:05:00", "{text}");
            assert_eq!(found.settled(&Zone::fixed(420)).to_string(), "2021-12-08T10:05:00+07:00", "{text}");
        }
        assert_eq!(read("Dec 8, 2021 10:05 PM"), "2021-12-08T22:05:00");
        assert_eq!(read("8/12/2021 12:05 AM"), "2021-12-08T00:05:00");
        assert_eq!(read("8/12/2021 3:05:00 CH"), "2021-12-08T15:05:00");
        assert_eq!(read("2021年12月8日 下午3:05"), "2021-12-08T15:05:00");
        assert_eq!(read("2021년 12월 8일 오후 3:05"), "2021-12-08T15:05:00");
        assert_eq!(read("8 de diciembre de 2021 a las 10:05 p. m."), "2021-12-08T22:05:00");
        assert_eq!(read("Chiều 8/12/2021 lúc 3:05"), "2021-12-08T15:05:00");
        assert_eq!(read("tối 08/12/2021, 8:05"), "2021-12-08T20:05:00");
        assert_eq!(read("10 giờ 05 phút ngày 8/12/2021"), "2021-12-08T10:05:00");
        assert_eq!(read("PM 10:05, Dec 8, 2021"), "2021-12-08T22:05:00");
        assert_eq!(read("Dec 8, 2021 at 5 PM"), "2021-12-08T17:00:00");
        assert_eq!(read("12:05 Uhr am 08.12.2021"), "2021-12-08T12:05:00");
        assert_eq!(read("22:05 Uhr, Mi 08.12.2021"), "2021-12-08T22:05:00");
        assert_eq!(read("20211208100500"), "2021-12-08T10:05:00");
    }

    #[test]
    fn a_day_alone_is_a_day() {
        for text in [
            "2021-12-08",
            "08/12/2021",
            "8/12/2021",
            "08-12-2021",
            "8.12.2021",
            "2021/12/08",
            "20211208",
            "2021-W49-3",
            "2021-342",
            "Thứ tư, 8/12/2021",
            "8 tháng 12, 2021",
            "ngày 8 tháng mười hai năm 2021",
            "Dec 8, 2021",
            "8 December 2021",
            "8 décembre 2021",
            "8. Dezember 2021",
            "8 de diciembre de 2021",
            "8 de dezembro de 2021",
            "8 dicembre 2021",
            "8 декабря 2021",
            "8 Desember 2021",
            "2021年12月8日",
            // As WordPress writes where its form was left as it is for English.
            "Tháng Mười Hai 8, 2021",
            "8 Tháng Mười Hai, 2021",
            "Th12 8, 2021",
            "8 Th12, 2021",
            "décembre 8, 2021",
            "8 tháng mười hai 2021",
            "٨ كانون الأول ٢٠٢١",
            "۲۰۲۱/۱۲/۰۸",
            "8 ธ.ค. 2564",
            "8-Dec-21",
            "<time class=\"entry-date\" datetime='2021-12-08'>8 Dec</time>",
            "<td>8/12/2021</td>",
        ] {
            assert_eq!(read(text), "2021-12-08", "{text}");
        }
        assert_eq!(read("1965-02-03"), "1965-02-03");
    }

    #[test]
    fn what_is_no_date_or_could_be_two_is_not_read() {
        for text in [
            "",
            " ",
            "yesterday",
            "2021",
            "0",
            "-1",
            "12/31/2021",
            "31/02/2021",
            "2021-13-01",
            "2021-12-08T25:00:00Z",
            "08/12/21",
            "08/12/2021 25:00",
            "08/12/2021 13:05 AM",
            "08/12/2021 10:05 11:05",
            "08/12/2021 09/12/2021",
            "08/12/2021 page 4",
            "1/2/3/4",
            "99999999999999",
            "999999999999999999999",
            "20211399",
            "12-08",
            "2021-W54-1",
            "2021-366",
            "2021-000",
            "2021-12-08T10:05:00+99:00",
            "2021-12-08T10:05:00[Asia/Nowhere]",
            "8-10 December 2021",
            // A week is no day of it.
            "2021-W49",
            // A clock or a part of the day that is not known would make it another moment.
            "Dec 08, 2021 10:05 AM IST",
            "Wed Dec 08 10:05:00 CST 2021",
            "8 de diciembre de 2021, 10:05 de la noche",
            "8 décembre 2021, 10:05 du soir",
            "Dec 8, 2021 12:00 midnight",
            "12:30 đêm 8/12/2021",
            "Asia/Hanoi 08/12/2021 10:05",
            "8/12/2021 10:05 giờ Mỹ",
            "8/12/2021 10:05 GMT+7 EST",
            "8/12/2021 10:05 +7 GMT",
            "2021-12-08T10:05:00+25:00",
            // How long ago, or how long to read.
            "Dec 8, 2021 (2h ago)",
            "08/12/2021 5h đọc",
            "08/12/2021 1h23 video",
            // Which was a Wednesday.
            "Monday, 08/12/2021 3:05 PM",
            "December 2021",
            "–",
            "１２/０８/2021",
            // Days since the beginning of a spreadsheet's calendar are numbers like others.
            "44538",
            "44538.4201",
            "2 giờ trước",
            "3 hours ago",
            "Hôm qua",
            "12/13/21, 6:10 AM",
            "ngày12/31/2021",
            "日12/31/2021",
            "9 tháng năm 2013",
            "2021128",
            "2021-12",
            "<time>yesterday</time>",
            "<time datetime=\"\">8/12/2021</time>",
        ] {
            assert_eq!(read(text), "none", "{text}");
        }
    }

    #[test]
    fn a_date_that_stands_for_none_is_not_read() {
        let now = Some(parse("2026-11-30T12:00:00Z").unwrap().epoch_seconds);
        let reader = Reader::new(&ReadSettings { now, ..ReadSettings::default() }, None);
        for text in [
            "0001-01-01T00:00:00Z",
            "0000-00-00",
            "1601-01-01T00:00:00Z",
            "1899-12-30",
            "1900-01-01",
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "1970-01-01T07:00:00+07:00",
            "1969-12-31T19:00:00-05:00",
            "1969-12-31 19:00:00",
            "-9223372036854775808",
            "1753-01-01T00:00:00",
            "2564-12-08T10:05:00+07:00",
            "9999-12-31",
            "2026-12-02T12:00:00Z",
        ] {
            assert_eq!(reader.text(text), None, "{text}");
        }
        for text in ["1605-06-01", "1970-01-02", "1999-12-31T23:59:59Z", "2026-12-01T11:00:00Z", "2026-12-01"] {
            assert!(reader.text(text).is_some(), "{text}");
        }
        assert!(Reader::default().text("2030-01-01").is_some(), "where the present is not given");
    }

    #[test]
    fn the_zone_that_is_named_is_that_of_times_without_one_and_of_moments_without_a_place() {
        let settings = |zone: &str, format: Option<&str>| ReadSettings {
            timezone: Zone::named(zone),
            date_format: format.map(str::to_owned),
            ..ReadSettings::default()
        };
        let shown = |settings: &ReadSettings, text: &str| {
            let read = Reader::new(settings, None).text(text).unwrap_or_else(|| panic!("{text}"));
            (read.published.to_string(), read.published.later_minutes)
        };
        let hanoi = settings("Asia/Ho_Chi_Minh", None);
        for (text, expected) in [
            ("2021-12-08 10:05", "2021-12-08T10:05:00+07:00"),
            ("2021-12-07T23:30:00Z", "2021-12-08T06:30:00+07:00"),
            ("1638932700", "2021-12-08T10:05:00+07:00"),
            ("2021-12-08T10:05:00+09:00", "2021-12-08T10:05:00+09:00"),
            ("2021-12-08", "2021-12-08"),
        ] {
            assert_eq!(shown(&hanoi, text), (expected.to_owned(), 0), "{text}");
        }
        let berlin = settings("Europe/Berlin", None);
        assert_eq!(shown(&berlin, "2021-10-31 02:30"), ("2021-10-31T02:30:00+02:00".to_owned(), 60));
        let american = settings("-05:00", Some("%m/%d/%Y %I:%M %p"));
        assert_eq!(shown(&american, "12/08/2021 03:05 PM"), ("2021-12-08T15:05:00-05:00".to_owned(), 0));
        assert_eq!(shown(&settings("UTC", Some("%m/%d/%Y")), "12/31/2021"), ("2021-12-31".to_owned(), 0));
        assert_eq!(
            Reader::new(&settings("UTC", Some("%m/%d/%Y")), None).text("12/08/2021 10:05"),
            None,
            "not day first"
        );
        assert_eq!(shown(&settings("UTC", Some("%Y%m%d%H%M%z")), "202112081005+0700").0, "2021-12-08T10:05:00+07:00");
    }

    #[test]
    fn fractions_before_1970_round_down() {
        assert_eq!(read("1969-12-31T23:59:58.5Z"), "1969-12-31T23:59:58Z");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,30}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_text_like_a_date_makes_it_panic(text in "[0-9TWZhapm:/.+ -]{0,24}") {
            let _ = Reader::default().text(&text);
        }

        #[test]
        fn what_is_printed_is_read_back(
            epoch_seconds in -60_000_000_000i64..250_000_000_000,
            offset_minutes in proptest::option::of(-840i16..=840),
            is_day: bool,
        ) {
            let midnight = epoch_seconds.div_euclid(DAY) * DAY;
            let offset_minutes = offset_minutes.filter(|_| !is_day);
            let published = Published { offset_minutes, is_day, ..Published::at(if is_day { midnight } else { epoch_seconds }) };
            let again = parse(&published.to_string()).unwrap();
            proptest::prop_assert_eq!(again.to_string(), published.to_string());
            proptest::prop_assert_eq!(again.epoch_seconds, published.epoch_seconds);
        }
    }
}
