//! What is logged, and how.

use serde::{Deserialize, Serialize};

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// What is logged, as `tracing` filters are written: `info`, `tollgate=debug,warn`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
    /// The OpenTelemetry collector that traces are sent to by OTLP over HTTP, such as
    /// `http://127.0.0.1:4318/v1/traces`; none when empty. Only in a build with the feature `otlp`.
    pub otlp: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// For people.
    Text,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Json,
            otlp: String::new(),
        }
    }
}

impl LogConfig {
    /// What a test server runs with.
    pub fn for_testing() -> Self {
        Self {
            filter: "warn".to_owned(),
            format: LogFormat::Text,
            otlp: String::new(),
        }
    }
}
