//! How the engine runs.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use tollgate::{Clock, Options};

/// How the engine runs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineConfig {
    /// Requests that may wait; one more is answered 503 at once.
    pub queue_max: usize,
    /// Requests that one commit may carry.
    pub batch_max: usize,
    /// Accounts kept in memory.
    pub cached_accounts_max: usize,
    /// How long idempotency keys are remembered, in seconds.
    pub keys_kept_seconds: u64,
    /// How often the worker looks for what is due, in milliseconds.
    pub worker_millis: u64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let options = Options::default();
        Self {
            queue_max: options.queue_max,
            batch_max: options.batch_max,
            cached_accounts_max: options.cached_accounts_max,
            keys_kept_seconds: options.keys_kept.as_secs(),
            worker_millis: u64::try_from(options.worker_every.as_millis()).unwrap_or(1_000),
        }
    }
}

impl EngineConfig {
    /// What a test server runs with.
    pub fn for_testing() -> Self {
        Self {
            cached_accounts_max: 1_000,
            ..Self::default()
        }
    }

    /// As the engine takes it.
    pub fn options(&self, clock: Clock) -> Options {
        Options {
            queue_max: self.queue_max.max(1),
            batch_max: self.batch_max.max(1),
            cached_accounts_max: self.cached_accounts_max.max(1),
            keys_kept: Duration::from_secs(self.keys_kept_seconds),
            worker_every: Duration::from_millis(self.worker_millis.max(1)),
            clock,
            ..Options::default()
        }
    }
}
