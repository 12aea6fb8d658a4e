//! Text that must not show in logs: names, addresses, links that open an account.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that `Debug` does not show and that has no `Display`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Private {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Private {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[private]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_only_when_asked() {
        let email = Private::from("ada@example.com");
        assert_eq!(format!("{email:?}"), "[private]");
        assert_eq!(email.expose(), "ada@example.com");
    }
}
