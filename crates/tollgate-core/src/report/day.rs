//! Days of UTC, by which everything is counted.

use crate::period::MonthKey;
use crate::time::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

const DAY_MICROS: i64 = 86_400_000_000;

/// A day of UTC, shown as `2026-01-31`: from its midnight up to the next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Not a day that is supported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day; write it as 2026-01-31, of the years 1970 to 9998")]
pub struct DayError(String);

impl Day {
    /// 1970-01-01.
    pub const MIN: Day = Day(0);
    /// 9999-01-01.
    pub const MAX: Day = Day(2_932_532);

    /// The day that `at` lies in.
    pub fn of(at: Timestamp) -> Self {
        Self::from_number(at.as_micros() / DAY_MICROS)
    }

    /// The day so many days after 1970-01-01, clamped into the supported range.
    pub fn from_number(number: i64) -> Self {
        let number = number.clamp(i64::from(Self::MIN.0), i64::from(Self::MAX.0));
        Self(i32::try_from(number).expect("it was clamped"))
    }

    /// How many days after 1970-01-01 it is.
    pub const fn number(self) -> i64 {
        self.0 as i64
    }

    /// Its first instant.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0 as i64 * DAY_MICROS)
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self::from_number(i64::from(self.0).saturating_add(days))
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self::of_date(self.date().first_of_month())
    }

    /// The first day of the month so many months after its own.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        let first = self.date().first_of_month();
        let moved = first.checked_add(months.months());
        moved.map_or(
            if months < 0 { Self::MIN } else { Self::MAX },
            Self::of_date,
        )
    }

    /// Its month.
    pub fn month(self) -> MonthKey {
        let date = self.date();
        let number = i32::from(date.year()) * 100 + i32::from(date.month());
        MonthKey::from_number(number).expect("a date has a month")
    }

    fn date(self) -> Date {
        jiff::tz::TimeZone::UTC
            .to_datetime(self.start().to_jiff())
            .date()
    }

    fn of_date(date: Date) -> Self {
        let instant = jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
        instant.map_or(Self::MAX, |instant| Self::of(Timestamp::from_jiff(instant)))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let error = || DayError(text.to_owned());
        if text.len() != 10 {
            return Err(error());
        }
        let date: Date = text.parse().map_err(|_| error())?;
        if !(1970..=9998).contains(&date.year()) {
            return Err(error());
        }
        Ok(Self::of_date(date))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn a_day_is_from_midnight_to_midnight() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        assert_eq!(
            Day::of(at("2026-01-31T23:59:59.999999Z")),
            day("2026-01-31")
        );
        assert_eq!(Day::of(at("2026-02-01T00:00:00Z")), day("2026-02-01"));
        assert_eq!(day("2026-02-01").start(), at("2026-02-01T00:00:00Z"));
        assert_eq!(Day::of(Timestamp::MAX), Day::MAX);
        assert_eq!(Day::MAX.to_string(), "9999-01-01");
    }

    #[test]
    fn months() {
        assert_eq!(day("2024-02-29").first_of_month(), day("2024-02-01"));
        assert_eq!(day("2024-02-29").plus_months(1), day("2024-03-01"));
        assert_eq!(day("2024-01-31").plus_months(-1), day("2023-12-01"));
        assert_eq!(day("1970-01-31").plus_months(-1), Day::MIN);
        assert_eq!(day("2024-12-31").month().to_string(), "2024-12");
    }

    #[test]
    fn only_days_read() {
        for wrong in [
            "",
            "2026-1-1",
            "2026-02-30",
            "2026-01-01T00:00:00Z",
            "1969-12-31",
            "+026-01-01",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
