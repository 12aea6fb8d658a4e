//! The secret that an endpoint shares with Stripe.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// How many bytes a signature has.
pub(super) const SIGNATURE_BYTES: usize = 32;

/// The secret that an endpoint shares with Stripe, such as `whsec_…`. It is never empty: with an
/// empty one, anybody could sign.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

/// Why a text is no webhook secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSecretError {
    /// It is empty, or has nothing after its prefix.
    #[error("the webhook secret is empty: anybody could sign events")]
    Empty,
    /// It has characters that no secret has.
    #[error("the webhook secret has spaces or other characters that no secret has")]
    Character,
}

impl WebhookSecret {
    /// Checks and keeps `text`. Spaces around it, as files and variables have them, are dropped.
    pub fn new(text: &str) -> Result<Self, WebhookSecretError> {
        let text = text.trim();
        if text.strip_prefix("whsec_").unwrap_or(text).is_empty() {
            return Err(WebhookSecretError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(WebhookSecretError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The signature of a body at a time, given as it is written in the header.
    pub(super) fn signature(&self, at: &str, body: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("a key of any length will do");
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[private]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_secret() {
        for empty in ["", "  ", "\n", "whsec_", " whsec_ "] {
            assert_eq!(WebhookSecret::new(empty), Err(WebhookSecretError::Empty));
        }
    }

    #[test]
    fn secrets_have_no_spaces_within_and_do_not_show() {
        assert_eq!(
            WebhookSecret::new("whsec_a b"),
            Err(WebhookSecretError::Character)
        );
        let secret = WebhookSecret::new("whsec_hidden\n").unwrap();
        assert_eq!(secret, WebhookSecret::new("whsec_hidden").unwrap());
        assert_eq!(format!("{secret:?}"), "[private]");
    }
}
