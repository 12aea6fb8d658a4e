//! What is wrong with a catalog, where, and what to write instead.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is wrong with a catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Problem {
    /// Whether the catalog can be used all the same.
    pub severity: Severity,
    /// What it concerns, as a path into the file: `plans.pro.limits.ats_scan`. Empty when the
    /// text itself could not be understood; `place` says more then.
    #[serde(default)]
    pub path: String,
    /// Where it is written; `None` when the catalog did not come from a file.
    #[serde(default)]
    pub place: Option<Place>,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Whether a catalog with a problem can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It means something, though perhaps not what was intended.
    Warning,
    /// It cannot be used.
    Error,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file's name, as it was given.
    pub file: String,
    /// Counts from 1.
    pub line: usize,
    /// In characters, counts from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Problem {
    /// As compilers write: `plans.toml:12:5: plan "pro": …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)
    }
}
