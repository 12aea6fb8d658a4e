//! The key that makes it harmless to send a request again.

use std::fmt;

/// A key that Stripe remembers with its answer: the same request with the same key has one effect,
/// however often it is sent. Derive it from the row of the operation, never from the time.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The most characters that Stripe takes.
    pub const LENGTH_MAX: usize = 255;

    /// Checks and keeps `text`.
    pub fn new(text: impl Into<String>) -> Result<Self, IdempotencyKeyError> {
        let text = text.into();
        let fits = (1..=Self::LENGTH_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(IdempotencyKeyError)
        }
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key must have 1 to 255 visible ASCII characters without spaces")]
pub struct IdempotencyKeyError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_fit_into_a_header() {
        assert_eq!(IdempotencyKey::new("op-1").unwrap().as_str(), "op-1");
        assert!(IdempotencyKey::new("k".repeat(255)).is_ok());
        for wrong in ["", "a b", "a\nb", "ä", &"k".repeat(256)] {
            assert_eq!(IdempotencyKey::new(wrong), Err(IdempotencyKeyError));
        }
    }
}
