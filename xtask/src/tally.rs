//! How many checks passed and failed, counted or read from a test runner's own words.

use std::fmt;
use std::ops::AddAssign;

/// How many checks passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// One check that passed or failed.
    pub(crate) fn of_one(passed: bool) -> Self {
        Self {
            passed: u64::from(passed),
            failed: u64::from(!passed),
            skipped: 0,
        }
    }

    /// Whether something was checked and nothing failed.
    pub(crate) fn is_success(self) -> bool {
        self.failed == 0 && self.passed > 0
    }

    /// Adds what one line of a test runner's output says, when it is a summary of cargo-nextest or
    /// of `cargo test`.
    pub(crate) fn read_line(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        let counts = if let Some(rest) = line.strip_prefix("Summary [") {
            rest.split_once("run:").map(|(_, counts)| counts)
        } else if let Some(rest) = line.strip_prefix("test result:") {
            rest.split_once(". ").map(|(_, counts)| counts)
        } else {
            None
        };
        for part in counts.unwrap_or_default().split([',', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" | "timed" => self.failed += number,
                "skipped" | "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The line without the terminal's colour sequences.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_summaries_of_both_runners() {
        let check = |line: &str, expected: (u64, u64, u64)| {
            let mut tally = Tally::default();
            tally.read_line(line);
            assert_eq!(
                (tally.passed, tally.failed, tally.skipped),
                expected,
                "{line}"
            );
        };
        check(
            "     Summary [   0.123s] 12 tests run: 12 passed, 0 skipped",
            (12, 0, 0),
        );
        check(
            "     Summary [   9.1s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped",
            (9, 3, 3),
        );
        check(
            "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped",
            (2, 0, 0),
        );
        check(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            (3, 0, 1),
        );
        check(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            (3, 2, 0),
        );
        check("test ids::read_back ... ok", (0, 0, 0));
        check("    Starting 12 tests across 3 binaries", (0, 0, 0));
    }

    #[test]
    fn nothing_checked_is_no_success() {
        assert!(!Tally::default().is_success());
        assert!(Tally::of_one(true).is_success());
        assert!(
            !Tally {
                passed: 5,
                failed: 1,
                skipped: 0
            }
            .is_success()
        );
    }
}
