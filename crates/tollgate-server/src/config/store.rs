//! How the database is opened.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use tollgate_store::{StoreOptions, Synchronous};

/// How the database is opened.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// The most connections to PostgreSQL, besides two for commits; or readers of the SQLite file.
    pub connections_max: u32,
    /// How long to wait for a connection, in seconds.
    pub wait_seconds_max: u64,
    /// When SQLite lets a commit return: `full`, or `normal` for tests that must see a power loss
    /// take acknowledged operations.
    pub synchronous: SynchronousWord,
}

/// When SQLite lets a commit return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SynchronousWord {
    /// When the disk says that it is there.
    Full,
    /// Earlier.
    Normal,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            connections_max: 8,
            wait_seconds_max: 10,
            synchronous: SynchronousWord::Full,
        }
    }
}

impl StoreConfig {
    /// What a test server runs with.
    pub fn for_testing() -> Self {
        Self {
            connections_max: 4,
            ..Self::default()
        }
    }

    /// As the store takes it.
    pub fn options(&self) -> StoreOptions {
        StoreOptions {
            connections_max: self.connections_max.max(1),
            wait_max: Duration::from_secs(self.wait_seconds_max.max(1)),
            synchronous: match self.synchronous {
                SynchronousWord::Full => Synchronous::Full,
                SynchronousWord::Normal => Synchronous::Normal,
            },
            ..StoreOptions::default()
        }
    }
}
