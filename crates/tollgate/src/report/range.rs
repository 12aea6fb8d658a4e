//! Which days a report is about.

use std::ops::Range;
use tollgate_core::report::Day;
use tollgate_core::time::Timestamp;

/// The most months that one report may span.
pub const MONTHS_MAX: usize = 120;

/// Months that are shown when no beginning is named: the running one and those before it.
const MONTHS_USUAL: i32 = 12;

/// The days of a report: from midnight UTC of the first up to midnight of the day after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRange {
    from: Day,
    until: Day,
}

/// Days that no report can be about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It ends before it begins, or begins in the future.
    #[error(
        "a report from {from} until {until} has no days: `from` must be before `until`, and not in the future"
    )]
    Empty {
        /// Its first day.
        from: Day,
        /// The day after its last.
        until: Day,
    },
    /// It is too long.
    #[error("a report spans at most {MONTHS_MAX} months")]
    Long,
}

impl ReportRange {
    /// From a day, and until before another. Without a beginning it is the running month and the
    /// eleven before it; without an end, or with one in the future, it ends with today.
    pub fn new(from: Option<Day>, until: Option<Day>, now: Timestamp) -> Result<Self, RangeError> {
        let tomorrow = Day::of(now).plus(1);
        let until = until.map_or(tomorrow, |until| until.min(tomorrow));
        let usual = || until.plus(-1).plus_months(1 - MONTHS_USUAL);
        let from = from.unwrap_or_else(usual);
        if from >= until {
            return Err(RangeError::Empty { from, until });
        }
        let range = Self { from, until };
        if range.months().count() > MONTHS_MAX {
            return Err(RangeError::Long);
        }
        Ok(range)
    }

    /// The first day.
    pub fn from(&self) -> Day {
        self.from
    }

    /// The day after the last.
    pub fn until(&self) -> Day {
        self.until
    }

    /// The days of each calendar month, as far as they are asked for; at most one more than
    /// [`MONTHS_MAX`].
    pub(super) fn months(self) -> impl Iterator<Item = Range<Day>> + use<> {
        let Self { from, until } = self;
        let first = from.first_of_month();
        let firsts = (0..=i32::try_from(MONTHS_MAX).unwrap_or(i32::MAX))
            .map(move |number| first.plus_months(number));
        firsts
            .take_while(move |first| *first < until)
            .map(move |first| first.max(from)..first.plus_months(1).min(until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: Option<&str>, until: Option<&str>) -> Result<(String, String), RangeError> {
        let day = |text: &str| text.parse().expect("a day");
        let now = "2026-03-15T10:00:00Z".parse().expect("an instant");
        let range = ReportRange::new(from.map(day), until.map(day), now)?;
        Ok((range.from.to_string(), range.until.to_string()))
    }

    #[test]
    fn a_year_of_months_is_usual_and_the_future_is_left_out() {
        let usual = ("2025-04-01".to_owned(), "2026-03-16".to_owned());
        assert_eq!(range(None, None), Ok(usual.clone()));
        assert_eq!(range(None, Some("2030-01-01")), Ok(usual));
        let before = ("2025-02-01".to_owned(), "2026-02-01".to_owned());
        assert_eq!(range(None, Some("2026-02-01")), Ok(before));
    }

    #[test]
    fn a_range_has_days_and_not_too_many() {
        assert!(matches!(
            range(Some("2026-03-16"), None),
            Err(RangeError::Empty { .. })
        ));
        assert!(range(Some("2026-03-15"), None).is_ok());
        assert!(range(Some("2016-04-01"), None).is_ok());
        assert_eq!(range(Some("2016-03-31"), None), Err(RangeError::Long));
    }

    #[test]
    fn months_are_cut_at_both_ends() {
        let day = |text: &str| text.parse::<Day>().expect("a day");
        let range = ReportRange {
            from: day("2026-01-10"),
            until: day("2026-03-02"),
        };
        let months: Vec<_> = range
            .months()
            .map(|days| (days.start.to_string(), days.end.to_string()))
            .collect();
        let expected = [
            ("2026-01-10", "2026-02-01"),
            ("2026-02-01", "2026-03-01"),
            ("2026-03-01", "2026-03-02"),
        ];
        assert_eq!(months, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
