//! Periods and windows: half-open spans of time, counted from the calendar or from an anchor.

use crate::plan::{Anchor, Cadence, Reset};
use crate::time::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The last instant that a period can contain: periods are half open and end at
/// [`Timestamp::MAX`] at the latest.
const LAST_INSTANT: Timestamp = Timestamp::from_micros(Timestamp::MAX.as_micros() - 1);

/// How often the search for a calendar's period may step to a neighbour. Local time and the order
/// of instants differ by at most a day or two around a change of offset.
const CALENDAR_STEPS_MAX: usize = 4;

/// A half-open span of time: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl Period {
    /// The span without an end (as far as this calendar goes).
    pub const ENDLESS: Period = Period {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
    };

    /// Whether `at` lies in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// The period around `at` that `reset` asks for: the calendar's in `zone`, or the one counted
    /// from `anchor`.
    pub fn around(reset: Reset, zone: &TimeZone, anchor: Timestamp, at: Timestamp) -> Period {
        match reset {
            Reset::Never => Period::ENDLESS,
            Reset::Every {
                cadence,
                anchor: Anchor::Calendar,
            } => Self::calendar(cadence, zone, at),
            Reset::Every {
                cadence,
                anchor: Anchor::Billing,
            } => Self::anchored(cadence, anchor, at),
        }
    }

    /// The period that begins where this one ends; `None` at the end of time. A change of `reset`,
    /// `zone` or `anchor` makes the first period a part of a full one.
    pub fn next(self, reset: Reset, zone: &TimeZone, anchor: Timestamp) -> Option<Period> {
        (self.end < Timestamp::MAX).then(|| Period {
            start: self.end,
            ..Self::around(reset, zone, anchor, self.end)
        })
    }

    /// The calendar's period around `at` in `zone`. Minutes and hours are counted in UTC, so that
    /// every one of them is equally long; weeks begin on Monday.
    ///
    /// It contains `at`, save for [`Timestamp::MAX`], which counts to the last period before it.
    pub fn calendar(cadence: Cadence, zone: &TimeZone, at: Timestamp) -> Period {
        match cadence {
            // Counted from the epoch, where both begin.
            Cadence::Minute | Cadence::Hour => Self::anchored(cadence, Timestamp::MIN, at),
            _ => Self::calendar_from(cadence, zone, at).1,
        }
    }

    /// The period around `at` of those counted from `anchor`, in UTC. Months and years are counted
    /// from the anchor itself and clamped to the month's last day (Jan 31 → Feb 28 → Mar 31).
    /// Instants before the anchor lie in the periods counted backwards from it.
    ///
    /// It contains `at`, save for [`Timestamp::MAX`], which counts to the last period before it.
    pub fn anchored(cadence: Cadence, anchor: Timestamp, at: Timestamp) -> Period {
        if let Some(length) = fixed_length_micros(cadence) {
            return Self::fixed(length, anchor, at);
        }
        let months_each = if cadence == Cadence::Year { 12 } else { 1 };
        let at = at.min(LAST_INSTANT);
        let (first, now) = (utc(anchor), utc(at));
        let boundary = |number: i32| {
            first
                .checked_add((number * months_each).months())
                .ok()
                .and_then(|date_time| date_time.to_zoned(jiff::tz::TimeZone::UTC).ok())
                .map_or(
                    if number < 0 {
                        Timestamp::MIN
                    } else {
                        Timestamp::MAX
                    },
                    |zoned| Timestamp::from_jiff(zoned.timestamp()),
                )
        };
        let months_apart =
            i32::from(now.year() - first.year()) * 12 + i32::from(now.month() - first.month());
        // Rounded down; within the anchor's own month the day and time decide.
        let mut number = months_apart.div_euclid(months_each);
        if boundary(number) > at {
            number -= 1;
        }
        Period {
            start: boundary(number),
            end: boundary(number + 1),
        }
    }

    /// Periods of equal length, counted from `anchor` in both directions.
    fn fixed(length_micros: i64, anchor: Timestamp, at: Timestamp) -> Period {
        let at = at.min(LAST_INSTANT).as_micros();
        let into = (at - anchor.as_micros()).rem_euclid(length_micros);
        Period {
            start: Timestamp::from_micros(at - into),
            end: Timestamp::from_micros(at - into + length_micros),
        }
    }

    /// The calendar's period and the date that it begins on.
    fn calendar_from(cadence: Cadence, zone: &TimeZone, at: Timestamp) -> (Date, Period) {
        let at = at.min(LAST_INSTANT);
        let mut first = first_date(cadence, zone.0.to_datetime(at.to_jiff()).date());
        // Where clocks go back over midnight, the old day's last minutes come after the new day's
        // first ones. A period is what lies between two beginnings, so that time never runs back.
        for _ in 0..CALENDAR_STEPS_MAX {
            if zone.start_of(first) > at {
                first = first
                    .yesterday()
                    .map_or(first, |date| first_date(cadence, date));
            } else if let Some(next) =
                next_date(cadence, first).filter(|next| zone.start_of(*next) <= at)
            {
                first = next;
            } else {
                break;
            }
        }
        let end = next_date(cadence, first).map_or(Timestamp::MAX, |next| zone.start_of(next));
        (
            first,
            Period {
                start: zone.start_of(first),
                end,
            },
        )
    }
}

/// The calendar month around `at` in `zone`, and its name: to be kept, and asked again only for an
/// instant outside the period.
pub fn month_period(zone: &TimeZone, at: Timestamp) -> (MonthKey, Period) {
    let (first, period) = Period::calendar_from(Cadence::Month, zone, at);
    (MonthKey::from_date(first), period)
}

/// How long every period of this cadence is when counted from an anchor; `None` where it differs.
fn fixed_length_micros(cadence: Cadence) -> Option<i64> {
    let seconds = match cadence {
        Cadence::Minute => 60,
        Cadence::Hour => 3_600,
        Cadence::Day => 86_400,
        Cadence::Week => 7 * 86_400,
        Cadence::Month | Cadence::Year => return None,
    };
    Some(seconds * 1_000_000)
}

/// The first date of the period that `date` lies in.
fn first_date(cadence: Cadence, date: Date) -> Date {
    match cadence {
        Cadence::Minute | Cadence::Hour | Cadence::Day => date,
        Cadence::Week => {
            let days = date.weekday().since(Weekday::Monday);
            date.checked_sub(days.days())
                .expect("every supported week begins after the year 1969")
        }
        Cadence::Month => date.first_of_month(),
        Cadence::Year => date.first_of_year(),
    }
}

/// The first date of the period after the one that begins on `first`; `None` after the year 9999.
fn next_date(cadence: Cadence, first: Date) -> Option<Date> {
    let length = match cadence {
        Cadence::Minute | Cadence::Hour | Cadence::Day => 1.day(),
        Cadence::Week => 1.week(),
        Cadence::Month => 1.month(),
        Cadence::Year => 1.year(),
    };
    first.checked_add(length).ok()
}

fn utc(at: Timestamp) -> DateTime {
    jiff::tz::TimeZone::UTC.to_datetime(at.to_jiff())
}

/// A calendar month, shown as `2026-01`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthKey(i32);

impl MonthKey {
    /// The month of `at` in `zone`. See [`month_period`] for a way to ask seldom.
    pub fn of(zone: &TimeZone, at: Timestamp) -> Self {
        month_period(zone, at).0
    }

    /// From its number, such as 202601; `None` when that is no month of the years 1 to 9999.
    pub const fn from_number(number: i32) -> Option<Self> {
        match (number / 100, number % 100) {
            (1..=9_999, 1..=12) => Some(Self(number)),
            _ => None,
        }
    }

    /// Its number: 202601 for `2026-01`.
    pub const fn number(self) -> i32 {
        self.0
    }

    fn from_date(date: Date) -> Self {
        Self(i32::from(date.year()) * 100 + i32::from(date.month()))
    }
}

impl fmt::Display for MonthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0 / 100, self.0 % 100)
    }
}

impl fmt::Debug for MonthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Not a calendar month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month; write its year and number, such as \"2026-01\"")]
pub struct MonthKeyError(String);

impl FromStr for MonthKey {
    type Err = MonthKeyError;

    fn from_str(text: &str) -> Result<Self, MonthKeyError> {
        let digits = |range: std::ops::Range<usize>| {
            let part = text.get(range)?;
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse::<i32>().ok())?
        };
        let number = (text.len() == 7 && text.as_bytes()[4] == b'-')
            .then(|| Some(digits(0..4)? * 100 + digits(5..7)?))
            .flatten();
        number
            .and_then(Self::from_number)
            .ok_or_else(|| MonthKeyError(text.to_owned()))
    }
}

impl Serialize for MonthKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MonthKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A named IANA time zone. The zones are part of the program, so that every replica agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone);

/// Not a time zone that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an IANA time zone; write a name such as \"UTC\" or \"Europe/Berlin\"")]
pub struct TimeZoneError(String);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: TimeZone = TimeZone(jiff::tz::TimeZone::UTC);

    /// The zone of this name; upper and lower case are the same.
    pub fn new(name: &str) -> Result<Self, TimeZoneError> {
        jiff::tz::TimeZone::get(name)
            .ok()
            .filter(|zone| zone.iana_name().is_some() && !zone.is_unknown())
            .map(Self)
            .ok_or_else(|| TimeZoneError(name.to_owned()))
    }

    /// Its name: `Europe/Berlin`.
    pub fn name(&self) -> &str {
        self.0.iana_name().expect("only named zones are made")
    }

    /// The zone for calendar arithmetic.
    pub fn as_jiff(&self) -> &jiff::tz::TimeZone {
        &self.0
    }

    /// The first instant of `date`, clamped into the supported range. Where clocks skip midnight
    /// it is the instant of the change.
    fn start_of(&self, date: Date) -> Timestamp {
        let ambiguous = self
            .0
            .to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
        let is_gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let clamped = if date.year() >= 9_000 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        let Ok(start) = ambiguous.compatible() else {
            return clamped;
        };
        if !is_gap {
            return Timestamp::from_jiff(start);
        }
        let change = start
            .checked_add(1.microsecond())
            .ok()
            .and_then(|after| self.0.preceding(after).next());
        Timestamp::from_jiff(change.map_or(start, |change| change.timestamp()))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, TimeZoneError> {
        Self::new(text)
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CADENCES: [Cadence; 6] = [
        Cadence::Minute,
        Cadence::Hour,
        Cadence::Day,
        Cadence::Week,
        Cadence::Month,
        Cadence::Year,
    ];

    /// Zones with changes at midnight, over midnight, of half an hour, and of whole days.
    const ZONES: [&str; 10] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
    ];

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::new(name).unwrap()
    }

    fn show(period: Period) -> String {
        format!("{}/{}", period.start, period.end)
    }

    #[test]
    fn calendar_periods_follow_the_zone() {
        use Cadence::{Day, Hour, Minute, Month, Week, Year};
        let check = |cadence, name: &str, instant: &str, expected: &str| {
            assert_eq!(
                show(Period::calendar(cadence, &zone(name), at(instant))),
                expected,
                "{name} {instant}"
            );
        };
        check(
            Minute,
            "UTC",
            "2026-01-15T10:20:30Z",
            "2026-01-15T10:20:00Z/2026-01-15T10:21:00Z",
        );
        check(
            Hour,
            "Asia/Kolkata",
            "2026-01-15T10:20:30Z",
            "2026-01-15T10:00:00Z/2026-01-15T11:00:00Z",
        );
        check(
            Day,
            "Europe/Berlin",
            "2026-03-29T12:00:00Z",
            "2026-03-28T23:00:00Z/2026-03-29T22:00:00Z",
        );
        check(
            Day,
            "Europe/Berlin",
            "2026-10-25T12:00:00Z",
            "2026-10-24T22:00:00Z/2026-10-25T23:00:00Z",
        );
        check(
            Week,
            "UTC",
            "2026-01-01T00:00:00Z",
            "2025-12-29T00:00:00Z/2026-01-05T00:00:00Z",
        );
        check(
            Week,
            "UTC",
            "2026-01-05T00:00:00Z",
            "2026-01-05T00:00:00Z/2026-01-12T00:00:00Z",
        );
        check(
            Month,
            "UTC",
            "2024-02-29T23:59:59Z",
            "2024-02-01T00:00:00Z/2024-03-01T00:00:00Z",
        );
        check(
            Month,
            "America/New_York",
            "2026-03-01T04:59:59Z",
            "2026-02-01T05:00:00Z/2026-03-01T05:00:00Z",
        );
        check(
            Month,
            "America/New_York",
            "2026-03-01T05:00:00Z",
            "2026-03-01T05:00:00Z/2026-04-01T04:00:00Z",
        );
        check(
            Year,
            "Pacific/Kiritimati",
            "2025-12-31T10:00:00Z",
            "2025-12-31T10:00:00Z/2026-12-31T10:00:00Z",
        );
        // Clocks went from 24:00 to 01:00: the day begins with the change.
        check(
            Day,
            "America/Sao_Paulo",
            "2017-10-15T12:00:00Z",
            "2017-10-15T03:00:00Z/2017-10-16T02:00:00Z",
        );
        // Clocks went from 00:01 back to 23:01: what follows belongs to the day that had begun.
        check(
            Day,
            "America/St_Johns",
            "2010-11-07T03:00:00Z",
            "2010-11-07T02:30:00Z/2010-11-08T03:30:00Z",
        );
        // There was no 30 December.
        check(
            Day,
            "Pacific/Apia",
            "2011-12-30T09:59:59Z",
            "2011-12-29T10:00:00Z/2011-12-30T10:00:00Z",
        );
        check(
            Day,
            "Pacific/Apia",
            "2011-12-30T10:00:00Z",
            "2011-12-30T10:00:00Z/2011-12-31T10:00:00Z",
        );
    }

    #[test]
    fn anchored_months_follow_the_anchor_and_not_each_other() {
        let anchor = at("2026-01-31T10:30:00.000001Z");
        let mut period = Period::anchored(Cadence::Month, anchor, anchor);
        let mut starts = Vec::new();
        for _ in 0..5 {
            starts.push(period.start.to_string());
            period = Period::anchored(Cadence::Month, anchor, period.end);
        }
        let days = [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31",
        ];
        assert_eq!(starts, days.map(|day| format!("{day}T10:30:00.000001Z")));
    }

    #[test]
    fn anchored_years_come_back_to_the_leap_day() {
        let anchor = at("2024-02-29T00:00:00Z");
        let check = |instant: &str, expected: &str| {
            assert_eq!(
                show(Period::anchored(Cadence::Year, anchor, at(instant))),
                expected
            );
        };
        check(
            "2024-02-29T00:00:00Z",
            "2024-02-29T00:00:00Z/2025-02-28T00:00:00Z",
        );
        check(
            "2025-02-28T00:00:00Z",
            "2025-02-28T00:00:00Z/2026-02-28T00:00:00Z",
        );
        check(
            "2028-02-28T23:59:59Z",
            "2027-02-28T00:00:00Z/2028-02-29T00:00:00Z",
        );
        check(
            "2028-02-29T00:00:00Z",
            "2028-02-29T00:00:00Z/2029-02-28T00:00:00Z",
        );
        check(
            "2024-02-28T23:59:59Z",
            "2023-02-28T00:00:00Z/2024-02-29T00:00:00Z",
        );
    }

    #[test]
    fn fixed_lengths_are_counted_from_the_anchor_both_ways() {
        let anchor = at("2026-01-31T10:30:30Z");
        let check = |cadence, instant: &str, expected: &str| {
            assert_eq!(
                show(Period::anchored(cadence, anchor, at(instant))),
                expected
            );
        };
        check(
            Cadence::Minute,
            "2026-01-31T10:31:29Z",
            "2026-01-31T10:30:30Z/2026-01-31T10:31:30Z",
        );
        check(
            Cadence::Hour,
            "2026-01-31T10:30:29Z",
            "2026-01-31T09:30:30Z/2026-01-31T10:30:30Z",
        );
        check(
            Cadence::Day,
            "2026-03-29T12:00:00Z",
            "2026-03-29T10:30:30Z/2026-03-30T10:30:30Z",
        );
        check(
            Cadence::Week,
            "2026-01-31T00:00:00Z",
            "2026-01-24T10:30:30Z/2026-01-31T10:30:30Z",
        );
    }

    /// Every day of two years (one a leap year) as an anchor, and the periods of 14 years around it.
    #[test]
    fn anchored_periods_tile_from_every_day() {
        let mut anchor = at("2023-01-01T12:34:56.789Z");
        while anchor < at("2025-01-01T00:00:00Z") {
            for cadence in [Cadence::Month, Cadence::Year] {
                let mut instant = at("2018-01-01T00:00:00Z");
                let mut before = None;
                while instant < at("2032-01-01T00:00:00Z") {
                    let period = Period::anchored(cadence, anchor, instant);
                    assert!(period.contains(instant) && period.start < period.end);
                    assert_eq!(before.unwrap_or(period.start), period.start);
                    let last = Timestamp::from_micros(period.end.as_micros() - 1);
                    assert_eq!(Period::anchored(cadence, anchor, last), period);
                    let (first, start) = (utc(anchor), utc(period.start));
                    assert_eq!(start.time(), first.time());
                    assert_eq!(start.day(), first.day().min(start.date().days_in_month()));
                    assert!(cadence == Cadence::Month || start.month() == first.month());
                    before = Some(period.end);
                    instant = period.end;
                }
            }
            anchor = anchor.plus_seconds(86_400);
        }
    }

    #[test]
    fn calendar_periods_tile_in_every_zone() {
        for name in ZONES {
            for cadence in [Cadence::Day, Cadence::Week, Cadence::Month, Cadence::Year] {
                let mut period = Period::calendar(cadence, &zone(name), at("1990-01-01T00:00:00Z"));
                while period.end < at("2030-01-01T00:00:00Z") {
                    let next = Period::calendar(cadence, &zone(name), period.end);
                    assert_eq!(next.start, period.end, "{name} {cadence:?}");
                    assert!(next.start < next.end, "{name} {cadence:?}");
                    let last = Timestamp::from_micros(next.end.as_micros() - 1);
                    assert_eq!(
                        Period::calendar(cadence, &zone(name), last),
                        next,
                        "{name} {cadence:?}"
                    );
                    period = next;
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_are_clamped() {
        for cadence in CADENCES {
            for name in ZONES {
                let zone = zone(name);
                for period in [
                    Period::calendar(cadence, &zone, Timestamp::MIN),
                    Period::anchored(cadence, at("2026-01-31T10:30:00Z"), Timestamp::MIN),
                    Period::anchored(cadence, Timestamp::MAX, Timestamp::MIN),
                ] {
                    assert_eq!(period.start, Timestamp::MIN, "{name} {cadence:?}");
                    assert!(period.contains(Timestamp::MIN), "{name} {cadence:?}");
                }
                for period in [
                    Period::calendar(cadence, &zone, Timestamp::MAX),
                    Period::anchored(cadence, at("2026-01-31T10:30:00Z"), Timestamp::MAX),
                    Period::anchored(cadence, Timestamp::MAX, Timestamp::MAX),
                ] {
                    assert_eq!(period.end, Timestamp::MAX, "{name} {cadence:?}");
                    assert!(period.contains(LAST_INSTANT), "{name} {cadence:?}");
                }
            }
        }
    }

    #[test]
    fn next_periods_join_even_when_the_anchor_moves() {
        let monthly = Reset::Every {
            cadence: Cadence::Month,
            anchor: Anchor::Billing,
        };
        let period = Period::around(
            monthly,
            &TimeZone::UTC,
            at("2026-01-31T00:00:00Z"),
            at("2026-02-01T00:00:00Z"),
        );
        assert_eq!(show(period), "2026-01-31T00:00:00Z/2026-02-28T00:00:00Z");
        let next = |anchor: &str| show(period.next(monthly, &TimeZone::UTC, at(anchor)).unwrap());
        assert_eq!(
            next("2026-01-31T00:00:00Z"),
            "2026-02-28T00:00:00Z/2026-03-31T00:00:00Z"
        );
        assert_eq!(
            next("2026-01-10T00:00:00Z"),
            "2026-02-28T00:00:00Z/2026-03-10T00:00:00Z"
        );
        let endless = Period::around(Reset::Never, &TimeZone::UTC, Timestamp::MIN, Timestamp::MIN);
        assert_eq!(endless, Period::ENDLESS);
        assert_eq!(
            endless.next(Reset::Never, &TimeZone::UTC, Timestamp::MIN),
            None
        );
    }

    #[test]
    fn months_have_names() {
        let instant = at("2026-02-01T04:59:59Z");
        let (key, period) = month_period(&zone("America/New_York"), instant);
        assert_eq!(
            (key.to_string().as_str(), key.number()),
            ("2026-01", 202_601)
        );
        assert_eq!(show(period), "2026-01-01T05:00:00Z/2026-02-01T05:00:00Z");
        assert_eq!(MonthKey::of(&TimeZone::UTC, instant).to_string(), "2026-02");
        assert_eq!(serde_json::to_string(&key).unwrap(), "\"2026-01\"");
        assert_eq!(
            serde_json::from_str::<MonthKey>("\"2026-01\"").unwrap(),
            key
        );
        assert_eq!("2026-01".parse(), Ok(key));
        for wrong in [
            "",
            "2026-13",
            "2026-00",
            "2026-1",
            "26-01-1",
            "+026-01",
            "2026/01",
            "äää-01",
        ] {
            assert!(wrong.parse::<MonthKey>().is_err(), "{wrong}");
        }
        assert_eq!(
            "2026-13".parse::<MonthKey>().unwrap_err().to_string(),
            "\"2026-13\" is not a month; write its year and number, such as \"2026-01\""
        );
    }

    #[test]
    fn zones_are_read_by_name() {
        let berlin = zone("europe/berlin");
        assert_eq!(berlin.name(), "Europe/Berlin");
        assert_eq!("UTC".parse(), Ok(TimeZone::UTC));
        assert_eq!(TimeZone::UTC.to_string(), "UTC");
        assert_eq!(serde_json::to_string(&berlin).unwrap(), "\"Europe/Berlin\"");
        assert_eq!(
            serde_json::from_str::<TimeZone>("\"Europe/Berlin\"").unwrap(),
            berlin
        );
        for wrong in [
            "",
            "Mars/Base",
            "Etc/Unknown",
            "+02:00",
            "../etc/passwd",
            "UTC0",
        ] {
            assert!(TimeZone::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            TimeZone::new("Mars/Base").unwrap_err().to_string(),
            "\"Mars/Base\" is not an IANA time zone; write a name such as \"UTC\" or \"Europe/Berlin\""
        );
    }

    fn any_instant() -> impl Strategy<Value = Timestamp> {
        let near = at("1970-01-01T00:00:00Z").as_micros()..=at("2040-01-01T00:00:00Z").as_micros();
        let whole = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
        prop_oneof![near, whole].prop_map(Timestamp::from_micros)
    }

    proptest! {
        #[test]
        fn every_period_contains_its_instant_and_joins_the_next(
            cadence in proptest::sample::select(CADENCES.to_vec()),
            anchor_kind in proptest::sample::select(vec![Anchor::Calendar, Anchor::Billing]),
            name in proptest::sample::select(ZONES.to_vec()),
            anchor in any_instant(),
            instant in any_instant(),
        ) {
            let reset = Reset::Every { cadence, anchor: anchor_kind };
            let zone = zone(name);
            let period = Period::around(reset, &zone, anchor, instant);
            prop_assert!(period.contains(instant.min(LAST_INSTANT)));
            prop_assert_eq!(Period::around(reset, &zone, anchor, period.start), period);
            if let Some(next) = period.next(reset, &zone, anchor) {
                prop_assert_eq!(Period::around(reset, &zone, anchor, period.end), next);
            }
        }
    }
}
