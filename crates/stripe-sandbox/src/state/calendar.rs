//! Billing dates: counted from the anchor and clamped to the length of the month.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Seconds since the epoch.
pub(crate) type UnixSeconds = i64;

/// One day.
pub(crate) const DAY: UnixSeconds = 86_400;
/// One hour.
pub(crate) const HOUR: UnixSeconds = 3_600;

/// The unit that a recurring price counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interval {
    /// Every day.
    Day,
    /// Every week.
    Week,
    /// Every month.
    Month,
    /// Every year.
    Year,
}

impl Interval {
    /// The unit with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            "year" => Some(Self::Year),
            _ => None,
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn days_roughly(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Year => 366,
        }
    }
}

/// How often a price recurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cadence {
    /// The unit.
    pub(crate) interval: Interval,
    /// How many of the unit.
    pub(crate) count: i64,
}

fn civil(at: UnixSeconds) -> Option<DateTime> {
    let timestamp = Timestamp::from_second(at).ok()?;
    Some(timestamp.to_zoned(TimeZone::UTC).datetime())
}

/// The `number`th boundary from `anchor`, in UTC.
pub(crate) fn boundary(anchor: UnixSeconds, cadence: Cadence, number: i64) -> UnixSeconds {
    let units = number.saturating_mul(cadence.count);
    let span = match cadence.interval {
        Interval::Day => Span::new().try_days(units),
        Interval::Week => Span::new().try_weeks(units),
        Interval::Month => Span::new().try_months(units),
        Interval::Year => Span::new().try_years(units),
    };
    let moved = || {
        let zoned = civil(anchor)?
            .checked_add(span.ok()?)
            .ok()?
            .to_zoned(TimeZone::UTC)
            .ok()?;
        Some(zoned.timestamp().as_second())
    };
    moved().unwrap_or(UnixSeconds::MAX)
}

/// The first boundary after `at`, which is not before the anchor.
pub(crate) fn boundary_after(
    anchor: UnixSeconds,
    cadence: Cadence,
    at: UnixSeconds,
) -> UnixSeconds {
    // Rounded down, and the units are taken as long as they can be: never beyond the answer.
    let length = cadence.interval.days_roughly() * cadence.count.max(1) * DAY;
    let mut number = (at - anchor).div_euclid(length).max(0);
    while boundary(anchor, cadence, number) <= at {
        number += 1;
    }
    boundary(anchor, cadence, number)
}

/// `months` later.
pub(crate) fn months_later(at: UnixSeconds, months: i64) -> UnixSeconds {
    let cadence = Cadence {
        interval: Interval::Month,
        count: 1,
    };
    boundary(at, cadence, months)
}

/// The date as people read it.
pub(crate) fn date(at: UnixSeconds) -> String {
    civil(at).map_or_else(|| at.to_string(), |moment| moment.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> UnixSeconds {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    fn dates(anchor: &str, interval: Interval, count: usize) -> Vec<String> {
        let cadence = Cadence { interval, count: 1 };
        let anchor = seconds(anchor);
        let mut at = anchor;
        (0..count)
            .map(|_| {
                at = boundary_after(anchor, cadence, at);
                date(at)
            })
            .collect()
    }

    #[test]
    fn months_are_clamped_and_come_back() {
        assert_eq!(
            dates("2027-01-31T10:00:00Z", Interval::Month, 4),
            ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
        );
        assert_eq!(
            dates("2028-01-31T10:00:00Z", Interval::Month, 1),
            ["2028-02-29"]
        );
    }

    #[test]
    fn leap_day_comes_back_every_fourth_year() {
        assert_eq!(
            dates("2028-02-29T00:00:00Z", Interval::Year, 4),
            ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
        );
    }

    #[test]
    fn days_and_weeks() {
        assert_eq!(
            dates("2027-02-27T00:00:00Z", Interval::Day, 2),
            ["2027-02-28", "2027-03-01"]
        );
        assert_eq!(
            dates("2027-02-27T00:00:00Z", Interval::Week, 1),
            ["2027-03-06"]
        );
    }
}
