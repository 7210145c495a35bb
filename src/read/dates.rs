//! A date as people write it in, [`Published`] out.
//!
//! News exports spell one moment in a dozen ways. Those here are unambiguous, save one: `08/12/2021` is read day first, as
//! in Vietnam and most of the world; where that gives no month, the date is not read rather than guessed. A time without
//! a zone is taken as UTC, a day as its midnight: within one corpus that shifts every article alike.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::{rfc2822, temporal};
use jiff::tz::TimeZone;

use crate::article::Published;

static ISO: temporal::DateTimeParser = temporal::DateTimeParser::new();
static MAIL: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);

/// Reads a date; `None` where it is none of
/// RFC 3339, ISO 8601 day or date-time (with `T` or a space, with or without seconds or zone), RFC 2822,
/// `dd/mm/yyyy` and `dd-mm-yyyy` with or without `hh:mm[:ss]`, `yyyymmdd`, or epoch seconds (see [`from_epoch`]).
///
/// ```
/// let published = wirecopy::read::dates::parse("08/12/2021 10:05").unwrap();
/// assert_eq!(published.to_string(), "2021-12-08T10:05:00Z");
/// ```
pub fn parse(text: &str) -> Option<Published> {
    let text = text.trim();
    if let Some(number) = as_integer(text) {
        return from_epoch(number);
    }
    iso(text).or_else(|| day_first(text)).or_else(|| mail(text))
}

/// Reads a number: 9 to 12 digits are seconds since 1970, 13 are milliseconds, 16 microseconds, 19 nanoseconds; 8 that make a
/// calendar day are `yyyymmdd`. Anything else is `None`: 0 and other small numbers stand for a missing date far more often than for 1970.
///
/// ```
/// use wirecopy::read::dates::from_epoch;
/// assert_eq!(from_epoch(1_638_921_600), from_epoch(1_638_921_600_000));
/// assert_eq!(from_epoch(1_638_921_600), from_epoch(20211208));
/// assert_eq!(from_epoch(0), None);
/// ```
pub fn from_epoch(number: i64) -> Option<Published> {
    match number.unsigned_abs() {
        100_000_000..=999_999_999_999 => in_range(number),
        1_000_000_000_000..=9_999_999_999_999 => in_range(number.div_euclid(1000)),
        1_000_000_000_000_000..=9_999_999_999_999_999 => in_range(number.div_euclid(1_000_000)),
        1_000_000_000_000_000_000..=9_999_999_999_999_999_999 => in_range(number.div_euclid(1_000_000_000)),
        10_000_000..=99_999_999 if number > 0 => {
            let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
            let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            at_utc(date.ok()?.to_datetime(Time::midnight()))
        }
        _ => None,
    }
}

fn in_range(epoch_seconds: i64) -> Option<Published> {
    jiff::Timestamp::from_second(epoch_seconds).ok()?;
    Some(Published { epoch_seconds })
}

fn as_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole =
        digits.split_once('.').map_or(digits, |(whole, fraction)| match fraction.bytes().all(|b| b.is_ascii_digit()) {
            true => whole,
            false => digits,
        });
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text[..text.len() - digits.len() + whole.len()].parse().ok()
}

fn at_utc(datetime: DateTime) -> Option<Published> {
    let timestamp = TimeZone::UTC.to_timestamp(datetime).ok()?;
    Some(Published { epoch_seconds: floor_seconds(timestamp) })
}

/// Whole seconds, rounded down also before 1970, where jiff's own second rounds towards zero.
fn floor_seconds(timestamp: jiff::Timestamp) -> i64 {
    timestamp.as_second() - i64::from(timestamp.subsec_nanosecond() < 0)
}

fn iso(text: &str) -> Option<Published> {
    let starts_with_year = text.len() >= 8 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit);
    if !starts_with_year {
        return None;
    }
    let joined = without_space_before_zone(text);
    let text = joined.as_deref().unwrap_or(text);
    if let Ok(timestamp) = ISO.parse_timestamp(text) {
        return Some(Published { epoch_seconds: floor_seconds(timestamp) });
    }
    // A zone that could not be read must not be dropped: jiff refuses a `Z` here, and so do we any offset.
    let datetime = ISO.parse_datetime(text).ok()?;
    let has_offset = text.get(10..).is_some_and(|time| time.contains(['+', '-', '[']));
    if has_offset { None } else { at_utc(datetime) }
}

/// `2021-12-08 10:05:00 +0700` and `... UTC` to the form that has the zone at the time.
fn without_space_before_zone(text: &str) -> Option<String> {
    let (time, zone) = text.rsplit_once(' ')?;
    match zone {
        "UTC" | "GMT" | "Z" => Some(format!("{}Z", time.trim_end())),
        _ if zone.starts_with(['+', '-']) => Some(format!("{}{zone}", time.trim_end())),
        _ => None,
    }
}

/// `dd/mm/yyyy` or `dd-mm-yyyy`, then perhaps `hh:mm` or `hh:mm:ss` after a space, comma or `T`.
fn day_first(text: &str) -> Option<Published> {
    let end = text.find([' ', ',', 'T']).unwrap_or(text.len());
    let (day, rest) = text[..end].split_once(['/', '-'])?;
    let (month, year) = rest.split_once(['/', '-'])?;
    if year.len() != 4 {
        return None;
    }
    let date = Date::new(number(year)?, i8::try_from(number(month)?).ok()?, i8::try_from(number(day)?).ok()?).ok()?;
    let clock = text[end..].trim_start_matches([' ', ',', 'T']);
    let time = if clock.is_empty() { Time::midnight() } else { clock_time(clock)? };
    at_utc(date.to_datetime(time))
}

fn clock_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| number(part).and_then(|value| i8::try_from(value).ok()));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

fn number(digits: &str) -> Option<i16> {
    let plain = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn mail(text: &str) -> Option<Published> {
    MAIL.parse_timestamp(text).ok().map(|timestamp| Published { epoch_seconds: floor_seconds(timestamp) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        parse(text).map_or_else(|| "none".to_owned(), |published| published.to_string())
    }

    #[test]
    fn every_spelling_of_one_moment_is_that_moment() {
        for text in [
            "2021-12-08T03:05:00Z",
            "2021-12-08T10:05:00+07:00",
            "2021-12-08T10:05:00.000+07:00",
            "2021-12-08T10:05:00+0700",
            "2021-12-08 10:05:00+07:00",
            "2021-12-08 10:05:00 +0700",
            "2021-12-08 03:05:00 UTC",
            "2021-12-08 03:05:00",
            "2021-12-08 03:05",
            "2021-12-08T03:05:00",
            "2021-12-08T03:05:00.123456",
            "Wed, 08 Dec 2021 10:05:00 +0700",
            "Wed, 08 Dec 2021 03:05:00 GMT",
            "8 Dec 2021 03:05:00 GMT",
            "Mon, 08 Dec 2021 03:05:00 GMT",
            "1638932700",
            "1638932700000",
            "1638932700000000",
            "1638932700000000000",
            "1638932700.25",
            " 1638932700 ",
            "08/12/2021 03:05",
            "8/12/2021 03:05:00",
            "08/12/2021, 03:05",
            "08-12-2021 03:05",
        ] {
            assert_eq!(read(text), "2021-12-08T03:05:00Z", "{text}");
        }
    }

    #[test]
    fn a_day_is_its_midnight() {
        for text in ["2021-12-08", "08/12/2021", "8/12/2021", "08-12-2021", "20211208", "1638921600"] {
            assert_eq!(read(text), "2021-12-08T00:00:00Z", "{text}");
        }
        assert_eq!(read("1965-02-03"), "1965-02-03T00:00:00Z");
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
            "08/12/2021 abc",
            "1/2/3/4",
            "99999999999999",
            "999999999999999999999",
            "20211399",
            "12-08",
            "2021-12-08T10:05:00+99:00",
            "Thứ tư, 8/12/2021",
            "–",
            "１２/０８/2021",
        ] {
            assert_eq!(read(text), "none", "{text}");
        }
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
        fn what_is_printed_is_read_back(epoch_seconds in -60_000_000_000i64..250_000_000_000) {
            let published = Published { epoch_seconds };
            proptest::prop_assert_eq!(parse(&published.to_string()), Some(published));
        }
    }
}
