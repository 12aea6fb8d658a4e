//! Instants: microseconds since the Unix epoch, UTC, as they are stored.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant that is supported: 1970-01-01T00:00:00Z.
    pub const MIN: Timestamp = Timestamp(0);
    /// The last instant that is supported: 9999-01-01T00:00:00Z, so that adding a year never
    /// leaves what the calendar can express.
    pub const MAX: Timestamp = Timestamp(253_370_764_800_000_000);

    /// From microseconds since the epoch, clamped into the supported range.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < Self::MIN.0 {
            Self::MIN
        } else if micros > Self::MAX.0 {
            Self::MAX
        } else {
            Self(micros)
        }
    }

    /// From whole seconds since the epoch, clamped into the supported range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Seconds since the epoch, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This instant moved by `seconds`, clamped into the supported range.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Whole seconds from `self` to `later`, rounded up; zero when `later` is not later.
    pub const fn seconds_until(self, later: Timestamp) -> i64 {
        if later.0 <= self.0 {
            0
        } else {
            (later.0 - self.0 + 999_999) / 1_000_000
        }
    }

    /// The same instant for calendar arithmetic.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).expect("the range is checked when it is made")
    }

    /// From the calendar's instant, clamped into the supported range.
    pub fn from_jiff(instant: jiff::Timestamp) -> Self {
        Self::from_micros(instant.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_jiff().fmt(f)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;

    /// Reads RFC 3339.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>().map(Self::from_jiff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_until_rounds_up() {
        let now = Timestamp::from_micros(1);
        assert_eq!(now.seconds_until(Timestamp::from_micros(2)), 1);
        assert_eq!(now.seconds_until(Timestamp::from_micros(1_000_001)), 1);
        assert_eq!(now.seconds_until(Timestamp::from_micros(1_000_002)), 2);
        assert_eq!(now.seconds_until(now), 0);
        assert_eq!(now.seconds_until(Timestamp::MIN), 0);
    }

    #[test]
    fn the_whole_range_can_be_shown() {
        assert_eq!(Timestamp::MAX.to_string(), "9999-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_micros(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_micros(i64::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::from_seconds(i64::MAX), Timestamp::MAX);
    }
}
