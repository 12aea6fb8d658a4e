//! Counters of the engine, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the engine counted since it started. Every field only grows, but for the depth.
#[derive(Debug, Default)]
pub struct Stats {
    /// Requests granted.
    pub granted: AtomicU64,
    /// Requests refused.
    pub refused: AtomicU64,
    /// Requests answered from the record, by their key.
    pub replayed: AtomicU64,
    /// Requests turned away because the queue was full.
    pub busy: AtomicU64,
    /// Requests whose outcome is unknown.
    pub unknown: AtomicU64,
    /// Commits.
    pub commits: AtomicU64,
    /// Entries committed.
    pub entries: AtomicU64,
    /// Time spent in commits, in microseconds.
    pub commit_micros: AtomicU64,
    /// Batches that lost a race with another replica and were decided again.
    pub conflicts: AtomicU64,
    /// Requests waiting, as of the last that came.
    pub queue_depth: AtomicU64,
}

impl Stats {
    pub(crate) fn count_answer(&self, granted: bool) {
        let counter = if granted {
            &self.granted
        } else {
            &self.refused
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_busy(&self) {
        self.busy.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_commit(&self, entries: usize, took: Duration) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(
            u64::try_from(entries).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        self.commit_micros.fetch_add(
            u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }

    /// Time spent in commits.
    pub(crate) fn commit_time(&self) -> Duration {
        Duration::from_micros(self.commit_micros.load(Ordering::Relaxed))
    }
}
