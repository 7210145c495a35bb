//! A day of the calendar, its year known or not, and how far it is from another.

use jiff::civil::{Date, Weekday};

use crate::article::Published;

/// A day of the calendar, its year known or not. Each day has one form: two days of the same year (or of no year), month
/// and day of the month are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Days since 1970-01-01; where the year is unknown, the day of [`ANY_YEAR`] in `0..YEAR` from its first.
    number: i32,
    has_year: bool,
}

/// The year that stands for an unknown one: a leap year, so it has every day.
const ANY_YEAR: i16 = 2000;

/// The first day of [`ANY_YEAR`], in days since 1970-01-01.
const START_OF_ANY_YEAR: i32 = 10_957;

/// Days in a year, on whose circle days without a year are compared.
const YEAR: i32 = 366;

const EPOCH: Date = Date::constant(1970, 1, 1);

impl Day {
    /// The day of this year, month (1..=12) and day of the month; `None` if the calendar has no such day.
    pub fn new(year: Option<i16>, month: i8, day: i8) -> Option<Day> {
        let date = Date::new(year.unwrap_or(ANY_YEAR), month, day).ok()?;
        Some(Day { has_year: year.is_some(), ..Day::of_date(date) })
    }

    /// The day of this date.
    pub fn of_date(date: Date) -> Day {
        // Both lie within the years -9999 to 9999.
        Day { number: (date - EPOCH).get_days(), has_year: true }
    }

    /// The day on which this moment falls where clocks are `offset_seconds` ahead of UTC; `None` beyond the calendar.
    ///
    /// ```
    /// use wirecopy::days::Day;
    /// // 2021-12-08T23:30Z is half past six in the morning of the 9th in Hanoi.
    /// assert_eq!(Day::at(1_639_006_200, 7 * 3600), Day::new(Some(2021), 12, 9));
    /// assert_eq!(Day::at(1_639_006_200, 0), Day::new(Some(2021), 12, 8));
    /// ```
    pub fn at(epoch_seconds: i64, offset_seconds: i32) -> Option<Day> {
        let days = epoch_seconds.checked_add(offset_seconds.into())?.div_euclid(24 * 3600);
        let date = EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        Some(Day::of_date(date))
    }

    /// The day of a time of publication, on the clock of its own place; `None` beyond the calendar.
    pub fn of_published(published: Published) -> Option<Day> {
        Day::at(published.wall_seconds(), 0)
    }

    /// The date; its year stands for any if the year is unknown.
    pub fn date(self) -> Date {
        EPOCH.saturating_add(jiff::Span::new().days(self.number))
    }

    /// The year, if it is known.
    pub fn year(self) -> Option<i16> {
        self.has_year.then(|| self.date().year())
    }

    /// Whether the year is known.
    pub fn has_year(self) -> bool {
        self.has_year
    }

    /// A number in the order of days.
    pub(crate) fn as_order(self) -> i64 {
        2 * i64::from(self.number) + i64::from(self.has_year)
    }

    /// Days since 1970-01-01, if the year is known.
    pub(super) fn number(self) -> Option<i32> {
        self.has_year.then_some(self.number)
    }

    /// The inverse of [`Day::number`].
    pub(super) fn of_number(number: i32) -> Day {
        Day { number, has_year: true }
    }

    /// Days since Monday.
    pub(super) fn weekday(self) -> i32 {
        self.date().weekday().since(Weekday::Monday).into()
    }

    /// Days between two days: around the circle of the year if the year of either is unknown.
    ///
    /// ```
    /// use wirecopy::days::Day;
    /// let day = |year, month, day| Day::new(year, month, day).unwrap();
    /// assert_eq!(day(None, 12, 30).gap(day(Some(2022), 1, 2)), 3);
    /// assert_eq!(day(Some(2021), 12, 8).gap(day(None, 12, 8)), 0);
    /// ```
    pub fn gap(self, other: Day) -> u32 {
        self.until(other).unsigned_abs()
    }

    /// Days from `self` to `other`, below zero if `other` is the earlier: the shorter way around the circle of the year if the
    /// year of either is unknown.
    pub fn until(self, other: Day) -> i32 {
        if self.has_year && other.has_year {
            return other.number - self.number;
        }
        let difference = (other.of_year() - self.of_year()).rem_euclid(YEAR);
        if difference > YEAR / 2 { difference - YEAR } else { difference }
    }

    /// The day this many days later. After 31 December of no year comes 1 January of no year.
    pub fn later(self, days: i32) -> Day {
        let number = self.number.saturating_add(days);
        if self.has_year {
            return Day { number, ..self };
        }
        Day { number: START_OF_ANY_YEAR + (number - START_OF_ANY_YEAR).rem_euclid(YEAR), ..self }
    }

    /// The day of this month and day of the month that is nearest to `self`, the earlier of two equals: of no year if `self`
    /// is of none.
    pub(super) fn nearest(self, month: i8, day: i8) -> Option<Day> {
        let Some(year) = self.year() else { return Day::new(None, month, day) };
        let years = [year, year - 1, year + 1];
        let days = years.into_iter().filter_map(|year| Day::new(Some(year), month, day));
        days.min_by_key(|day| (day.gap(self), day.number))
    }

    /// The day of this day of the month, in the month that brings it nearest to `self`; the earlier of two equals.
    pub(super) fn nearest_of_month(self, day: i8) -> Option<Day> {
        let month = |months: i8| self.date().first_of_month().saturating_add(jiff::Span::new().months(months));
        let of_month = |month: Date| Day::new(self.year().map(|_| month.year()), month.month(), day);
        let days = [0, -1, 1].into_iter().filter_map(|months| of_month(month(months)));
        days.min_by_key(|day| (day.gap(self), self.until(*day)))
    }

    /// Days since the first of January, in a leap year.
    fn of_year(self) -> i32 {
        if !self.has_year {
            return self.number - START_OF_ANY_YEAR;
        }
        let date = self.date();
        i32::from(date.day_of_year()) - 1 + i32::from(!date.in_leap_year() && date.month() > 2)
    }
}

/// `YYYY-MM-DD`, or `--MM-DD` (ISO 8601:1988) without a year.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = self.date();
        if self.has_year { date.fmt(f) } else { write!(f, "--{:02}-{:02}", date.month(), date.day()) }
    }
}

/// Days in rising order, ready to be asked many times which of them are near another one.
pub(crate) struct NearDays {
    days: Vec<Day>,
    /// For each day of the year the places of the days that fall on it.
    of_year: Vec<Vec<u32>>,
    /// The same for days without a year alone.
    without_year: Vec<Vec<u32>>,
}

impl NearDays {
    /// For these days, in rising order.
    pub(crate) fn of(days: impl Iterator<Item = Day>) -> NearDays {
        let mut near = NearDays {
            days: days.collect(),
            of_year: vec![Vec::new(); YEAR as usize],
            without_year: vec![Vec::new(); YEAR as usize],
        };
        for (day, place) in near.days.iter().zip(0..) {
            let of_year = day.of_year() as usize;
            near.of_year[of_year].push(place);
            if !day.has_year {
                near.without_year[of_year].push(place);
            }
        }
        near
    }

    /// Puts the places of all days whose [`Day::gap`] to `day` is at most `gap` into `places`, rising, in place of what is there.
    pub(crate) fn places(&self, day: Day, gap: u32, places: &mut Vec<u32>) {
        places.clear();
        let gap = gap.min(YEAR as u32 / 2) as i32;
        let around = |of_year: &[Vec<u32>], places: &mut Vec<u32>| {
            for away in -gap..=gap {
                places.extend(&of_year[(day.of_year() + away).rem_euclid(YEAR) as usize]);
            }
        };
        if day.has_year {
            let from = self.days.partition_point(|other| other.number < day.number - gap);
            let near = self.days[from..].iter().zip(from as u32..);
            let near = near.take_while(|(other, _)| other.number <= day.number + gap);
            places.extend(near.filter(|(other, _)| other.has_year).map(|(_, place)| place));
            around(&self.without_year, places);
        } else {
            around(&self.of_year, places);
        }
        places.sort_unstable();
        places.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: Option<i16>, month: i8, day: i8) -> Day {
        Day::new(year, month, day).unwrap()
    }

    #[test]
    fn each_day_without_a_year_has_its_place_in_the_year() {
        let days = (1..=12).flat_map(|month| (1..=31).filter_map(move |day| Day::new(None, month, day)));
        assert_eq!(days.map(Day::of_year).collect::<Vec<_>>(), (0..YEAR).collect::<Vec<_>>());
    }

    #[test]
    fn a_day_has_one_form_however_it_was_reached() {
        assert_eq!(day(None, 12, 30).later(3), day(None, 1, 2));
        assert_eq!(day(None, 1, 2).later(-3), day(None, 12, 30));
        assert_eq!(day(None, 12, 30).nearest_of_month(2), Some(day(None, 1, 2)));
        assert_eq!(day(None, 12, 30).nearest(1, 2), Some(day(None, 1, 2)));
        assert_eq!(day(Some(2021), 12, 30).nearest(1, 2), Some(day(Some(2022), 1, 2)));
    }

    #[test]
    fn days_without_a_year_are_compared_around_the_year() {
        assert_eq!(day(None, 12, 30).until(day(None, 1, 2)), 3);
        assert_eq!(day(Some(2021), 1, 2).until(day(None, 12, 30)), -3);
        assert_eq!(day(Some(2021), 12, 30).gap(day(Some(2022), 12, 30)), 365);
        assert_eq!(day(Some(2021), 3, 1).gap(day(None, 3, 1)), 0);
        assert_eq!(Day::new(Some(2021), 2, 29), None);
    }

    proptest! {
        #[test]
        fn days_near_another_are_those_that_a_look_at_all_of_them_finds(
            days in prop::collection::btree_set((prop::option::of(1990i16..2004), 1i8..=12, 1i8..=31), 0..300),
            asked in (prop::option::of(1990i16..2004), 1i8..=12, 1i8..=31),
            gap in 0u32..9,
        ) {
            let day = |(year, month, day)| Day::new(year, month, day);
            let mut days: Vec<Day> = days.into_iter().filter_map(day).collect();
            days.sort_unstable();
            if let Some(asked) = day(asked) {
                let mut places = vec![7];
                NearDays::of(days.iter().copied()).places(asked, gap, &mut places);
                let all = (0u32..).zip(&days).filter(|(_, other)| other.gap(asked) <= gap).map(|(place, _)| place);
                prop_assert_eq!(places, all.collect::<Vec<_>>());
            }
        }

        #[test]
        fn a_day_of_a_moment_is_that_of_the_clock_on_the_wall(seconds in -4_000_000_000i64..8_000_000_000, hours in -12i32..=14) {
            let offset = jiff::tz::Offset::from_seconds(hours * 3600).unwrap();
            let date = offset.to_datetime(jiff::Timestamp::from_second(seconds).unwrap()).date();
            prop_assert_eq!(Day::at(seconds, hours * 3600), Some(Day::of_date(date)));
        }
    }
}
