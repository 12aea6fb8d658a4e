//! Nothing that is secret or somebody's own stands in any log line: every test that has a server
//! reads what was logged when it is done with it.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// Keys, secrets, tokens, card numbers and addresses as the tests use them.
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

#[derive(Clone, Copy, Debug)]
struct Captured;

static LINES: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();

fn lines() -> &'static Mutex<Vec<u8>> {
    LINES.get_or_init(Mutex::default)
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut lines = lines().lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// From now on every log line of this process is kept, down to the finest of ours.
pub(crate) fn capture() {
    let filter =
        "debug,tollgate=trace,tollgate_server=trace,tollgate_store=trace,tollgate_stripe=trace";
    // Another test of the same process may have begun it already.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Captured)
        .try_init();
}

/// Reads what was logged so far.
pub(crate) fn check() {
    if !std::thread::panicking()
        && let Some(line) = leak(&text())
    {
        panic!("what nobody may read stands in the log: {line}");
    }
}

fn text() -> String {
    let lines = lines().lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&lines).into_owned()
}

/// The first line with something in it that is never logged.
fn leak(text: &str) -> Option<&str> {
    text.lines()
        .find(|line| NEVER_LOGGED.iter().any(|secret| line.contains(secret)))
}

#[test]
fn what_is_logged_is_kept_and_what_leaks_is_found() {
    capture();
    tracing::trace!(target: "tollgate_server", "a line of the test");
    assert!(text().contains("a line of the test"));
    for secret in NEVER_LOGGED {
        let line = format!("2026-01-15 INFO key={secret}123");
        assert_eq!(leak(&format!("before\n{line}\nafter")), Some(&*line));
    }
}
