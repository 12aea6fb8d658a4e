//! Whether and when a request is tried again.

use std::time::Duration;

/// How often and for how long a request is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most tries, the first one included; 0 counts as 1.
    pub tries_max: u32,
    /// The longest pause before the second try; it doubles with each further one.
    pub pause_first: Duration,
    /// The longest pause before any try.
    pub pause_max: Duration,
    /// The longest time that all tries and pauses take together.
    pub total_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries_max: 4,
            pause_first: Duration::from_millis(500),
            pause_max: Duration::from_secs(8),
            total_max: Duration::from_secs(25),
        }
    }
}

impl Retry {
    /// The pause after the `tries`th try: anything from nothing to a limit that doubles (full
    /// jitter, so that many clients do not come back at once), and never less than Stripe asked for.
    pub(crate) fn pause(&self, tries: u32, asked: Option<Duration>, random: u64) -> Duration {
        let doublings = tries.saturating_sub(1).min(31);
        let limit = self
            .pause_first
            .saturating_mul(1 << doublings)
            .min(self.pause_max);
        let limit_micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX - 1);
        let jittered = Duration::from_micros(random % (limit_micros + 1));
        jittered.max(asked.unwrap_or_default())
    }
}

/// Whether an answer of this status may be another one next time. Stripe's own word goes first.
pub(crate) fn is_worth_another_try(status: u16, should_retry: Option<bool>) -> bool {
    should_retry.unwrap_or(status == 409 || status == 429 || status >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry {
        tries_max: 9,
        pause_first: Duration::from_millis(100),
        pause_max: Duration::from_millis(350),
        total_max: Duration::from_secs(1),
    };

    #[test]
    fn pauses_double_up_to_a_limit() {
        let longest = |tries| {
            // One less than a multiple of the limit plus one is the limit itself.
            let limits = [100_000_u64, 200_000, 350_000, 350_000];
            RETRY.pause(tries, None, limits[tries as usize - 1])
        };
        assert_eq!(longest(1), Duration::from_millis(100));
        assert_eq!(longest(2), Duration::from_millis(200));
        assert_eq!(longest(3), Duration::from_millis(350));
        assert_eq!(longest(4), Duration::from_millis(350));
        assert_eq!(RETRY.pause(u32::MAX, None, 0), Duration::ZERO);
    }

    #[test]
    fn every_pause_is_within_its_limit() {
        for tries in 1..40 {
            for random in [0, 1, 99_999, 100_001, u64::MAX / 2, u64::MAX] {
                let pause = RETRY.pause(tries, None, random);
                assert!(pause <= RETRY.pause_max, "{tries} {random} {pause:?}");
            }
        }
        let endless = Retry {
            pause_first: Duration::MAX,
            pause_max: Duration::MAX,
            ..RETRY
        };
        assert!(endless.pause(7, None, u64::MAX) < Duration::MAX);
    }

    #[test]
    fn no_pause_is_shorter_than_what_stripe_asks_for() {
        let asked = Some(Duration::from_secs(2));
        assert_eq!(RETRY.pause(1, asked, 5), Duration::from_secs(2));
    }

    #[test]
    fn stripes_word_goes_before_the_status() {
        for status in [409, 429, 500, 502, 503] {
            assert!(is_worth_another_try(status, None), "{status}");
            assert!(!is_worth_another_try(status, Some(false)), "{status}");
        }
        for status in [200, 302, 400, 401, 402, 404] {
            assert!(!is_worth_another_try(status, None), "{status}");
            assert!(is_worth_another_try(status, Some(true)), "{status}");
        }
    }
}
