//! The lunar calendars of Vietnam and China: a day of one, its day of the civil calendar out.
//!
//! A month begins on the day of the new moon, and month 11 holds the winter solstice; of thirteen months between two solstices the
//! first in which the sun enters no sign is a leap month and has the number of the month before. Both countries have these rules.
//! They differ in the clock: Vietnam counts days in UTC+7 (since 1968), China in UTC+8, so a new moon between 23:00 and 24:00 of Hanoi
//! begins a month one day later in China, and now and then a whole month is put elsewhere. The first days of the years 1985 (a month
//! apart), 2007 and 2030 (a day apart) differ.
//!
//! Source: Meeus, Astronomical Algorithms, chapters 25 and 49, in the short form of Hồ Ngọc Đức, good to a few minutes.
//! A calendar crate (`icu_calendar`) has the Chinese years alone; all 46,000 days of 1968 to 2096 outside leap months agree with it.

use super::day::Day;

/// A calendar that days are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Calendar {
    /// The civil calendar.
    Gregorian,
    /// The civil calendar with the years of Thailand, 543 more.
    Buddhist,
    /// Vietnam's lunar calendar.
    Vietnamese,
    /// China's lunar calendar.
    Chinese,
}

/// Years whose days are converted. Before 1968 the clocks of Vietnam went by other rules; in 2097 a new moon is too near to midnight.
pub(super) const YEARS: std::ops::RangeInclusive<i16> = 1968..=2096;

/// Julian day number of 1970-01-01, as a whole number for its noon.
const EPOCH: f64 = 2_440_588.0;

/// Mean days between two new moons.
const MONTH: f64 = 29.530_588_853;

impl Calendar {
    fn offset_days(self) -> f64 {
        if self == Calendar::Chinese { 8.0 / 24.0 } else { 7.0 / 24.0 }
    }

    /// The day of the civil calendar that is this day of this month (1..=12, no leap month) of this lunar year. Day 30 of a month of
    /// 29 days is its last. `None` outside 1968..=2096.
    pub(super) fn day(self, year: i16, month: i8, day: i8) -> Option<Day> {
        if !YEARS.contains(&year) || !(1..=12).contains(&month) || !(1..=30).contains(&day) {
            return None;
        }
        // Months 11 and 12 follow the solstice of their own year, the others that of the year before.
        let first = self.month_11(if month >= 11 { year } else { year - 1 });
        let next = self.month_11(if month >= 11 { year + 1 } else { year });
        let mut place = i32::from((month + 1).rem_euclid(12));
        let months = ((f64::from(self.new_moon(next) - self.new_moon(first))) / MONTH).round() as i32;
        if months > 12 && place >= self.leap_place(first) {
            place += 1;
        }
        let (start, end) = (self.new_moon(first + place), self.new_moon(first + place + 1));
        Some(Day::of_number((start + i32::from(day) - 1).min(end - 1)))
    }

    /// The first of such days in this year and the two around it that is nearest to `near`.
    pub(super) fn nearest(self, near: Day, month: i8, day: i8) -> Option<Day> {
        let year = near.year()?;
        let days = [year, year - 1, year + 1].into_iter().filter_map(|year| self.day(year, month, day));
        days.min_by_key(|day| (day.gap(near), *day))
    }

    /// Which new moon (counted from that of 1900-01-01) begins the month that holds the solstice of this year.
    fn month_11(self, year: i16) -> i32 {
        let end_of_year = Day::new(Some(year), 12, 31).and_then(Day::number).unwrap_or_default();
        let moon = ((f64::from(end_of_year) + EPOCH - 2_415_021.0) / MONTH) as i32;
        // The sun enters the sign of Capricorn (the tenth, by twelfths from the equinox 9) at the solstice.
        if self.sign(self.new_moon(moon)) >= 9 { moon - 1 } else { moon }
    }

    /// How many months after month 11 the leap month comes, in a year of thirteen.
    fn leap_place(self, month_11: i32) -> i32 {
        let sign = |place: i32| self.sign(self.new_moon(month_11 + place));
        (1..13).find(|&place| sign(place) == sign(place + 1)).unwrap_or(13)
    }

    /// The day of the new moon of this number, in days since 1970-01-01.
    fn new_moon(self, number: i32) -> i32 {
        let k = f64::from(number);
        let t = k / 1236.85;
        let (t2, t3) = (t * t, t * t * t);
        let sin = |degrees: f64| degrees.to_radians().sin();
        let mean = 2_415_020.759_33 + 29.53058868 * k + 0.0001178 * t2 - 0.000000155 * t3
            + 0.00033 * sin(166.56 + 132.87 * t - 0.009173 * t2);
        let sun = 359.2242 + 29.10535608 * k - 0.0000333 * t2 - 0.00000347 * t3;
        let moon = 306.0253 + 385.81691806 * k + 0.0107306 * t2 + 0.00001236 * t3;
        let node = 21.2964 + 390.67050646 * k - 0.0016528 * t2 - 0.00000239 * t3;
        let correction = (0.1734 - 0.000393 * t) * sin(sun) + 0.0021 * sin(2.0 * sun) - 0.4068 * sin(moon)
            + 0.0161 * sin(2.0 * moon)
            - 0.0004 * sin(3.0 * moon)
            + 0.0104 * sin(2.0 * node)
            - 0.0051 * sin(sun + moon)
            - 0.0074 * sin(sun - moon)
            + 0.0004 * sin(2.0 * node + sun)
            - 0.0004 * sin(2.0 * node - sun)
            - 0.0006 * sin(2.0 * node + moon)
            + 0.0010 * sin(2.0 * node - moon)
            + 0.0005 * sin(2.0 * moon + sun);
        let clock = -0.000278 + 0.000265 * t + 0.000262 * t2;
        (mean + correction - clock + 0.5 + self.offset_days() - EPOCH).floor() as i32
    }

    /// In which twelfth of its way from the equinox (0..=11) the sun stands when this day begins.
    fn sign(self, day: i32) -> i32 {
        let t = (f64::from(day) + EPOCH - 0.5 - self.offset_days() - 2_451_545.0) / 36_525.0;
        let sin = |degrees: f64| degrees.to_radians().sin();
        let anomaly = 357.52910 + 35_999.050_30 * t - 0.0001559 * t * t - 0.00000048 * t * t * t;
        let mean = 280.46645 + 36_000.769_83 * t + 0.0003032 * t * t;
        let center = (1.914600 - 0.004817 * t - 0.000014 * t * t) * sin(anomaly)
            + (0.019993 - 0.000101 * t) * sin(2.0 * anomaly)
            + 0.000290 * sin(3.0 * anomaly);
        ((mean + center).rem_euclid(360.0) / 30.0) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(calendar: Calendar, year: i16, month: i8, day: i8) -> String {
        calendar.day(year, month, day).map(|day| day.to_string()).unwrap_or_default()
    }

    /// First days of lunar years, as both countries kept or announced them.
    #[test]
    fn the_first_days_of_years_are_those_of_the_calendars() {
        for (year, vietnamese, chinese) in [
            (1968, "1968-01-29", "1968-01-30"),
            (1985, "1985-01-21", "1985-02-20"),
            (2007, "2007-02-17", "2007-02-18"),
            (2019, "2019-02-05", "2019-02-05"),
            (2020, "2020-01-25", "2020-01-25"),
            (2021, "2021-02-12", "2021-02-12"),
            (2022, "2022-02-01", "2022-02-01"),
            (2023, "2023-01-22", "2023-01-22"),
            (2024, "2024-02-10", "2024-02-10"),
            (2025, "2025-01-29", "2025-01-29"),
            (2026, "2026-02-17", "2026-02-17"),
            (2027, "2027-02-06", "2027-02-06"),
            (2030, "2030-02-02", "2030-02-03"),
        ] {
            let found = [Calendar::Vietnamese, Calendar::Chinese].map(|calendar| day(calendar, year, 1, 1));
            assert_eq!(found, [vietnamese, chinese], "{year}");
        }
    }

    #[test]
    fn a_leap_month_moves_what_follows_it_and_the_last_day_is_that_of_the_month() {
        // Month 2 came twice in 2023, month 4 in 2020, month 6 in 2025.
        assert_eq!(day(Calendar::Vietnamese, 2023, 8, 15), "2023-09-29");
        assert_eq!(day(Calendar::Vietnamese, 2020, 3, 10), "2020-04-02");
        assert_eq!(day(Calendar::Chinese, 2020, 8, 15), "2020-10-01");
        assert_eq!(day(Calendar::Chinese, 2025, 5, 5), "2025-05-31");
        assert_eq!(day(Calendar::Chinese, 2025, 8, 15), "2025-10-06");
        assert_eq!(day(Calendar::Vietnamese, 2024, 12, 30), "2025-01-28", "29 days, so the eve is the 29th");
        assert_eq!(day(Calendar::Vietnamese, 2023, 12, 30), "2024-02-09");
        assert_eq!(day(Calendar::Vietnamese, 2024, 3, 10), "2024-04-18");
        assert_eq!(day(Calendar::Vietnamese, 1900, 1, 1), "");
        assert_eq!(day(Calendar::Vietnamese, 2024, 13, 1), "");
    }
}
