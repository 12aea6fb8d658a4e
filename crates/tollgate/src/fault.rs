//! Faults that a test build can be told to have, to prove that the checks find them.
//!
//! Only with the cargo feature `fault-injection`, which no released binary has: `TOLLGATE_FAULT`
//! names the fault.

use std::time::Duration;

/// How long a commit is held up after its answers were given too early.
pub(crate) const EARLY_BY: Duration = Duration::from_millis(20);

/// Whether answers are given before the commit is durable.
pub(crate) fn answers_early() -> bool {
    is("early-ack")
}

fn is(fault: &str) -> bool {
    std::env::var("TOLLGATE_FAULT").is_ok_and(|value| value == fault)
}
