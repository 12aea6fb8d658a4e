//! Limits of the HTTP server.

use serde::{Deserialize, Serialize};

/// Limits of the HTTP server.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Threads that serve requests; 0 for one per core.
    pub threads: usize,
    /// Connections that may be open at once; more wait to be accepted.
    pub connections_max: usize,
    /// Bytes that a body may have.
    pub body_bytes_max: usize,
    /// Bytes that the head of a request may have.
    pub head_bytes_max: usize,
    /// How long a connection may be silent before the head of a request has come, in seconds.
    pub head_seconds_max: u64,
    /// How long the body of a request may take, in seconds.
    pub body_seconds_max: u64,
    /// How long a client may take nothing of an answer, in seconds.
    pub write_seconds_max: u64,
    /// How long requests may still take once the server is told to stop, in seconds.
    pub drain_seconds_max: u64,
    /// How long the server goes on, not ready, before it stops accepting, in seconds: as long as
    /// a load balancer needs to notice.
    pub unready_seconds: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            threads: 0,
            connections_max: 10_000,
            body_bytes_max: 256 * 1_024,
            head_bytes_max: 16 * 1_024,
            head_seconds_max: 30,
            body_seconds_max: 15,
            write_seconds_max: 30,
            drain_seconds_max: 25,
            unready_seconds: 0,
        }
    }
}

impl ServerConfig {
    /// What a test server runs with: short waits.
    pub fn for_testing() -> Self {
        Self {
            threads: 2,
            connections_max: 2_000,
            head_seconds_max: 1,
            body_seconds_max: 1,
            write_seconds_max: 1,
            drain_seconds_max: 2,
            ..Self::default()
        }
    }
}
