//! A time zone: the clock by which times are read that name none, and on which times are shown.

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::error::nearest;

/// A time zone: one of a place, such as `Asia/Ho_Chi_Minh`, or a fixed distance from UTC, such as `+07:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// What a time on the clock of a zone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since the epoch.
    pub epoch_seconds: i64,
    /// How many minutes the clock is ahead of UTC then.
    pub offset_minutes: i16,
    /// How many minutes later it may have been as well: the clock showed this time twice or never, for it was put back or forward, and
    /// the earlier reading is taken.
    pub later_minutes: u16,
}

/// Every name of a place, in order.
static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect());

/// No clock on earth is farther from UTC.
pub(crate) const MOST_MINUTES: i16 = 15 * 60;

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    /// The zone whose clock is always so many minutes ahead of UTC.
    pub fn fixed(minutes: i16) -> Zone {
        Zone(Offset::from_seconds(i32::from(minutes) * 60).map_or(TimeZone::UTC, TimeZone::fixed))
    }

    /// The zone of this name or distance from UTC: `Asia/Ho_Chi_Minh`, in any case; `UTC`; `+07:00`, `+0700`, `+7`, `UTC+7`, `GMT+7`.
    /// `None` where there is none of it, nor a clock so far from UTC (15 hours).
    ///
    /// ```
    /// use wirecopy::settings::Zone;
    /// assert_eq!(Zone::named("asia/ho_chi_minh").unwrap().to_string(), "Asia/Ho_Chi_Minh");
    /// assert_eq!(Zone::named("GMT+7"), Zone::named("+07:00"));
    /// assert_eq!(Zone::named("+30:00"), None);
    /// ```
    pub fn named(name: &str) -> Option<Zone> {
        let upper = name.trim().to_ascii_uppercase();
        if matches!(&*upper, "UTC" | "GMT" | "Z") {
            return Some(Zone::utc());
        }
        let offset = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
        if offset.starts_with(['+', '-']) {
            return offset_minutes(offset).map(Zone::fixed);
        }
        // The name of the system's own zone would make answers depend on the machine.
        if let Some(zone) = zone_of_letters(&upper) {
            return Some(zone);
        }
        if upper == "LOCAL" || !upper.contains('/') && !NAMES.iter().any(|known| known.eq_ignore_ascii_case(&upper)) {
            return None;
        }
        TimeZone::get(name.trim()).ok().map(Zone)
    }

    /// The name that is most like this one, where one is.
    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        // A place is often known by its city alone.
        let city =
            |known: &&'static String| known.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name));
        let of_city = NAMES.iter().find(city).map(|known| known.as_str());
        of_city.or_else(|| nearest(name, NAMES.iter().map(String::as_str)))
    }

    /// How many minutes its clock is ahead of UTC at this moment.
    pub fn offset_minutes(&self, epoch_seconds: i64) -> i16 {
        // No time zone had an offset before its own first one; nor has a moment beyond the calendar.
        let moment = Timestamp::from_second(epoch_seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        whole_minutes(self.0.to_offset(moment))
    }

    /// What a time on its clock is. `wall`: the time as seconds since 1970-01-01T00:00 of the same clock.
    pub fn moment(&self, wall: i64) -> Moment {
        if let Ok(offset) = self.0.to_fixed_offset() {
            return Moment {
                epoch_seconds: wall - i64::from(offset.seconds()),
                offset_minutes: whole_minutes(offset),
                later_minutes: 0,
            };
        }
        let shown = EPOCH.checked_add(SignedDuration::from_secs(wall)).unwrap_or(EPOCH);
        let ambiguous = self.0.to_ambiguous_timestamp(shown);
        let [earlier, later] =
            [ambiguous.earlier(), ambiguous.later()].map(|read| read.map_or(wall, Timestamp::as_second));
        // No clock was ever put by more than a day.
        let later_minutes = u16::try_from((later - earlier) / 60).unwrap_or(0);
        Moment { epoch_seconds: earlier, offset_minutes: self.offset_minutes(earlier), later_minutes }
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Zones that are known by letters and have one meaning in news, with how many hours their clocks are ahead of UTC.
const LETTERS: [(&str, i16); 34] = [
    ("EST", -5),
    ("EDT", -4),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("BRT", -3),
    ("WET", 0),
    ("WEST", 1),
    ("BST", 1),
    ("CET", 1),
    ("MEZ", 1),
    ("CEST", 2),
    ("MESZ", 2),
    ("EET", 2),
    ("EEST", 3),
    ("MSK", 3),
    ("МСК", 3),
    ("WAT", 1),
    ("EAT", 3),
    ("PKT", 5),
    ("ICT", 7),
    ("WIB", 7),
    ("WITA", 8),
    ("WIT", 9),
    ("SGT", 8),
    ("HKT", 8),
    ("PHT", 8),
    ("JST", 9),
    ("KST", 9),
    ("AEST", 10),
    ("AEDT", 11),
    ("NZDT", 13),
];

/// The same with summer time.
const PLACES: [(&str, &str); 3] = [("ET", "America/New_York"), ("MT", "America/Denver"), ("PT", "America/Los_Angeles")];

/// The zone of letters such as `EST`, in capitals.
pub(crate) fn zone_of_letters(letters: &str) -> Option<Zone> {
    let hours = LETTERS.iter().find(|(known, _)| *known == letters).map(|&(_, hours)| Zone::fixed(hours * 60));
    let place = || PLACES.iter().find(|(known, _)| *known == letters).and_then(|&(_, place)| Zone::named(place));
    hours.or_else(place)
}

/// The nearest minute: clocks before 1972 were at times some seconds off one.
pub(crate) fn whole_minutes(offset: Offset) -> i16 {
    offset.seconds().div_euclid(60) as i16
}

/// The minutes of `+07:00`, `+0700`, `-7`, `+5:45`; `None` of anything else, and of more than 15 hours.
pub(crate) fn offset_minutes(text: &str) -> Option<i16> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some(parts), _) => parts,
        (None, 1 | 2) => (digits, "00"),
        (None, 4) => digits.split_at_checked(2)?,
        _ => return None,
    };
    let number = |digits: &str| {
        let plain = matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<i16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= MOST_MINUTES).then_some(sign * all)
}

/// The name, or the distance from UTC: `Asia/Ho_Chi_Minh`, `+07:00`, `UTC`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.iana_name(), self.0.to_fixed_offset()) {
            (Some(name), _) => f.write_str(name),
            (None, Ok(offset)) if offset == Offset::UTC => f.write_str("UTC"),
            (None, Ok(offset)) => {
                let minutes = whole_minutes(offset);
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
            (None, Err(_)) => f.write_str("UTC"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_named_as_people_name_it() {
        for (name, shown) in [
            ("utc", "UTC"),
            ("Z", "UTC"),
            ("GMT", "UTC"),
            ("+7", "+07:00"),
            ("+0700", "+07:00"),
            ("UTC+07", "+07:00"),
            ("gmt-3", "-03:00"),
            ("+05:45", "+05:45"),
            ("Europe/Berlin", "Europe/Berlin"),
            (" asia/saigon ", "Asia/Saigon"),
        ] {
            assert_eq!(Zone::named(name).map(|zone| zone.to_string()).as_deref(), Some(shown), "{name}");
        }
        for name in
            ["", "+", "+30", "+15:01", "+07:60", "+7:0:0", "7", "Hanoi", "Asia/", "Asia/Hanoi", "local", "LOCAL", "+٠٧"]
        {
            assert_eq!(Zone::named(name), None, "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_or_the_place_of_that_city() {
        assert_eq!(Zone::nearest("Asia/Ho_Chi_Min"), Some("Asia/Ho_Chi_Minh"));
        assert_eq!(Zone::nearest("Saigon"), Some("Asia/Saigon"));
        assert_eq!(Zone::nearest("berlin"), Some("Europe/Berlin"));
    }

    #[test]
    fn a_time_that_the_clock_showed_twice_or_never_is_read_as_the_earlier_one() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let wall = |text: &str| {
            let shown: DateTime = text.parse().unwrap();
            EPOCH.duration_until(shown).as_secs()
        };
        let read = |text: &str| {
            let Moment { epoch_seconds, later_minutes, .. } = berlin.moment(wall(text));
            (Timestamp::from_second(epoch_seconds).unwrap().to_string(), later_minutes)
        };
        assert_eq!(read("2021-12-08T10:05:00"), ("2021-12-08T09:05:00Z".to_owned(), 0));
        assert_eq!(read("2021-10-31T02:30:00"), ("2021-10-31T00:30:00Z".to_owned(), 60));
        assert_eq!(read("2021-03-28T02:30:00"), ("2021-03-28T00:30:00Z".to_owned(), 60));
    }

    proptest::proptest! {
        #[test]
        fn a_moment_on_a_clock_is_read_back(seconds in 0i64..4_000_000_000, minutes in -840i16..=840) {
            let zone = Zone::fixed(minutes);
            let wall = seconds + i64::from(zone.offset_minutes(seconds)) * 60;
            proptest::prop_assert_eq!(zone.moment(wall), Moment { epoch_seconds: seconds, offset_minutes: minutes, later_minutes: 0 });
        }

        #[test]
        fn no_name_makes_it_panic(name in "\\PC{0,20}") {
            let _ = (Zone::named(&name), Zone::nearest(&name));
        }
    }
}
