//! Where the time comes from: the one place that asks the machine for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tollgate_core::time::Timestamp;

/// The source of `now`.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds that are added to the machine's time.
    shift: Arc<AtomicI64>,
    /// Whether time stands still at `shift` instead.
    fixed: bool,
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `at` until it is moved: for tests.
    pub fn fixed(at: Timestamp) -> Self {
        Self {
            shift: Arc::new(AtomicI64::new(at.as_micros())),
            fixed: true,
        }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let shift = self.shift.load(Ordering::Relaxed);
        if self.fixed {
            return Timestamp::from_micros(shift);
        }
        Timestamp::from_micros(machine_micros().saturating_add(shift))
    }

    /// Sets a fixed clock, and every copy of it, to `at`; a clock that runs keeps running from
    /// there.
    pub fn set(&self, at: Timestamp) {
        let base = if self.fixed { 0 } else { machine_micros() };
        self.shift.store(at.as_micros() - base, Ordering::Relaxed);
    }

    /// Moves every copy of this clock by `seconds`, forwards or backwards.
    pub fn advance(&self, seconds: i64) {
        self.shift
            .fetch_add(seconds.saturating_mul(1_000_000), Ordering::Relaxed);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine for the time"
)]
fn machine_micros() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_epoch.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    })
}
