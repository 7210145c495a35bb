//! The article, the unit of everything: one document with an id and, where known, source, time, title and lead.
//!
//! Fields borrow from the bytes they were read from where that is possible (`Cow`), so that reading a record costs no
//! allocation unless its text holds escapes or was decoded.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::settings::{Moment, Zone};

/// One article as read. Only `id` and `text` are always there; everything else may be missing, and its absence is never
/// taken for disagreement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Article<'a> {
    /// What names the article in every output: the record's own id, the URL, the file's stem, or `file:line`, in a JSON array
    /// `file.json[17]`.
    pub id: Cow<'a, str>,
    /// Whether the id only says where the record stands, for it has none of its own: then nothing else may be known
    /// by it.
    pub id_is_place: bool,
    /// Whether the id is the name of the text file that it is.
    pub id_is_name: bool,
    /// The outlet that ran it, or the host of its URL.
    pub source: Option<Cow<'a, str>>,
    /// When it was published.
    pub published: Option<Published>,
    /// Its headline.
    pub title: Option<Cow<'a, str>>,
    /// Its standfirst (sapo), where the input keeps that apart from the text.
    pub lead: Option<Cow<'a, str>>,
    /// Its body: what copies are judged on. The title is not among it, unless it stands for a text that is missing: then this
    /// is the lead, else the title, which those fields hold as well.
    pub text: Cow<'a, str>,
    /// A label of truth that the record carries (`cluster`), used by `eval` alone.
    pub label: Option<Cow<'a, str>>,
}

/// When an article was published: a moment, or a day alone, on the clock of its own place.
///
/// They are ordered, and equal, as moments. A day alone stands behind all times of that day: what was there at a known hour is not put
/// behind what may have come later. Whether one was before another [`Published::is_before`] says.
#[derive(Debug, Clone, Copy)]
pub struct Published {
    /// Seconds since 1970-01-01T00:00:00Z; of a day alone those of its beginning. Where the clock is not known, what it shows,
    /// as if it were that of UTC.
    pub epoch_seconds: i64,
    /// How many minutes the clock of its own place is ahead of UTC; `None` where that is not known yet: see [`Published::settled`].
    pub offset_minutes: Option<i16>,
    /// How many minutes later it may have been as well: see [`Moment`].
    pub later_minutes: u16,
    /// Whether its clock is that of the input, and nothing in the article says so.
    pub is_assumed: bool,
    /// Whether the day alone is known.
    pub is_day: bool,
}

/// The seconds of a day.
const DAY: i64 = 24 * 60 * 60;

impl Published {
    /// This moment, on the clock of UTC.
    pub fn at(epoch_seconds: i64) -> Published {
        Published { epoch_seconds, offset_minutes: Some(0), later_minutes: 0, is_assumed: false, is_day: false }
    }

    /// The last moment at which it can have been.
    pub fn latest(self) -> i64 {
        if self.is_day { self.epoch_seconds.saturating_add(DAY - 1) } else { self.epoch_seconds }
    }

    /// Whether this was surely earlier than the other: by a minute, for seconds are seldom written; in either reading of what its clock
    /// showed twice; and of two days where of one only the day is known. Midnight is such a day: that is how tables write it.
    ///
    /// ```
    /// use wirecopy::article::Published;
    /// let noon = Published::at(1_638_964_800);
    /// let day = Published { epoch_seconds: 1_638_921_600, is_day: true, ..noon };
    /// assert!(!noon.is_before(day) && !day.is_before(noon));
    /// assert!(day.is_before(Published::at(1_639_008_000)));
    /// ```
    pub fn is_before(self, other: Published) -> bool {
        let is_day = |one: Published| one.is_day || one.wall_seconds().rem_euclid(DAY) == 0;
        let of_one_day = self.wall_seconds().div_euclid(DAY) == other.wall_seconds().div_euclid(DAY);
        let takes = if is_day(self) { DAY } else { 60 * (1 + i64::from(self.later_minutes)) };
        self.epoch_seconds.saturating_add(takes) <= other.epoch_seconds
            && !(of_one_day && (is_day(self) || is_day(other)))
    }

    /// The same where its clock is known; else read on the clock of `zone`.
    pub fn settled(self, zone: &Zone) -> Published {
        match self.offset_minutes {
            Some(_) => self,
            None => {
                let Moment { epoch_seconds, offset_minutes, later_minutes } = zone.moment(self.epoch_seconds);
                let later_minutes = if self.is_day { 0 } else { later_minutes };
                let offset_minutes = Some(offset_minutes);
                Published { epoch_seconds, offset_minutes, later_minutes, is_assumed: true, ..self }
            }
        }
    }

    /// The same, shown on the clock of `zone`; a day alone is the same day everywhere.
    pub fn on_clock_of(self, zone: &Zone) -> Published {
        if self.is_day {
            return self;
        }
        let settled = self.settled(zone);
        let offset_minutes = Some(zone.offset_minutes(settled.epoch_seconds));
        Published { offset_minutes, is_assumed: self.is_assumed, ..settled }
    }

    /// What the clock of its own place showed, as seconds since its 1970-01-01T00:00:00.
    pub fn wall_seconds(self) -> i64 {
        self.epoch_seconds.saturating_add(i64::from(self.offset_minutes.unwrap_or(0)) * 60)
    }
}

impl PartialEq for Published {
    fn eq(&self, other: &Published) -> bool {
        self.latest() == other.latest()
    }
}

impl Eq for Published {}

impl PartialOrd for Published {
    fn partial_cmp(&self, other: &Published) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Published {
    fn cmp(&self, other: &Published) -> Ordering {
        self.latest().cmp(&other.latest())
    }
}

/// RFC 3339 on the clock of its own place, and a day alone as such; without an offset where that is not known yet. Beyond the years
/// -9999 to 9999, which no input gives, the bare seconds after an `@`.
///
/// ```
/// use wirecopy::article::Published;
/// let published = Published::at(1_638_932_700);
/// assert_eq!(published.to_string(), "2021-12-08T03:05:00Z");
/// assert_eq!(Published { offset_minutes: Some(420), ..published }.to_string(), "2021-12-08T10:05:00+07:00");
/// assert_eq!(Published { is_day: true, ..published }.to_string(), "2021-12-08");
/// ```
impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(shown) = Timestamp::from_second(self.wall_seconds()) else {
            return write!(f, "@{}", self.epoch_seconds);
        };
        let shown = TimeZone::UTC.to_datetime(shown);
        if self.is_day {
            return shown.date().fmt(f);
        }
        shown.fmt(f)?;
        match self.offset_minutes {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(minutes) => Zone::fixed(minutes).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_outside_the_calendar_is_still_printed() {
        assert_eq!(Published::at(i64::MAX).to_string(), format!("@{}", i64::MAX));
    }

    #[test]
    fn a_time_that_the_clock_showed_twice_is_before_another_only_where_both_readings_are() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        // 02:30 of the day on which the clock went from 03:00 back to 02:00: 00:30 UTC, or 01:30.
        let twice = Published { offset_minutes: None, ..at_utc("2021-10-31T02:30:00Z") }.settled(&berlin);
        assert_eq!((twice.to_string().as_str(), twice.later_minutes), ("2021-10-31T02:30:00+02:00", 60));
        for (other, twice_is_before, other_is_before) in [
            ("2021-10-31T00:10:00Z", false, true),
            ("2021-10-31T00:40:00Z", false, false),
            ("2021-10-31T01:20:00Z", false, false),
            ("2021-10-31T01:40:00Z", true, false),
        ] {
            let other = at_utc(other);
            assert_eq!((twice.is_before(other), other.is_before(twice)), (twice_is_before, other_is_before), "{other}");
        }
        assert_eq!(twice.on_clock_of(&Zone::utc()).later_minutes, 60);
    }

    fn at_utc(text: &str) -> Published {
        Published::at(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn a_day_alone_is_neither_before_nor_after_a_time_of_it() {
        let (at, day) = (Published::at, |epoch_seconds| Published { is_day: true, ..Published::at(epoch_seconds) });
        let (day_before, whole_day, day_after) = (at(86_000), day(86_400), at(172_800));
        assert!(day_before.is_before(whole_day) && whole_day.is_before(day_after));
        for hour in 0..24 {
            let time = at(86_400 + hour * 3600);
            assert!(!time.is_before(whole_day) && !whole_day.is_before(time));
            assert!(time < whole_day, "shown behind it all the same");
        }
        let evening = Published { offset_minutes: Some(-300), ..at(86_400 + 26 * 3600) };
        assert!(!whole_day.is_before(evening), "of the same day on its own clock");
        assert!(!at(86_400 + 60).is_before(at(86_400 + 100)), "within a minute");
        assert!(!at(86_400).is_before(at(86_400 + 8 * 3600)), "midnight is a day in a table");
        assert_eq!(at(5), Published { offset_minutes: Some(420), ..at(5) }, "the same moment");
    }
}
