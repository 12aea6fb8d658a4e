//! What the servers of the suites logged: nothing secret and nobody's address stands in any line.

use crate::tally::Tally;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Keys, secrets, tokens, card numbers and addresses as the suites use them.
const NEVER_LOGGED: [&str; 10] = [
    "sk_test_",
    "sk_live_",
    "whsec_",
    "tg_live_",
    "tg_test_",
    "eyJ",
    "4242424242424242",
    "4242 4242",
    "testpass123",
    "@example.com",
];

/// Leaks that are shown; one is one too many.
const LEAKS_SHOWN_MAX: usize = 5;

#[derive(Default)]
struct Seen {
    lines: u64,
    leaks: Vec<String>,
}

static SEEN: Mutex<Seen> = Mutex::new(Seen {
    lines: 0,
    leaks: Vec::new(),
});

/// Reads what a process that is over has printed.
pub(crate) fn read(log: &Path) {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    for line in text.lines().filter(|line| is_log_line(line)) {
        seen.lines += 1;
        if leaks(line) && seen.leaks.len() < LEAKS_SHOWN_MAX {
            seen.leaks.push(line.to_owned());
        }
    }
}

/// Whether any was read.
pub(crate) fn is_any() -> bool {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner).lines > 0
}

/// One check over all of them.
pub(crate) fn judge() -> Tally {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    for leak in &seen.leaks {
        println!("FAILED  what nobody may read stands in a log: {leak}");
    }
    if seen.leaks.is_empty() {
        println!("ok      {} log lines, nothing secret in them", seen.lines);
    }
    Tally::of_one(seen.leaks.is_empty())
}

/// A line of the log, as JSON or for people; greetings, which show a key to play with, are none.
fn is_log_line(line: &str) -> bool {
    line.starts_with("{\"timestamp\"") || line.starts_with("20")
}

fn leaks(line: &str) -> bool {
    NEVER_LOGGED.iter().any(|secret| line.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_found_and_a_greeting_is_none() {
        for secret in NEVER_LOGGED {
            let line = format!("{{\"timestamp\":\"2026\",\"key\":\"{secret}1\"}}");
            assert!(is_log_line(&line) && leaks(&line), "{line}");
        }
        assert!(!is_log_line("  API key  tg_live_1"));
        assert!(!leaks("2026-01-15T12:00:00Z  INFO stopping"));
    }
}
