//! Webhooks: an event is read only after Stripe's signature of it has been checked.
//!
//! ```
//! use std::time::Duration;
//! use tollgate_stripe::webhook::{self, TOLERANCE, WebhookSecret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = WebhookSecret::new("whsec_123")?;
//! let body = br#"{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{}}}"#;
//! let now = 1_790_000_000;
//!
//! // What Stripe sends in the header `Stripe-Signature`:
//! let header = webhook::sign(body, &secret, now);
//!
//! // The raw bytes of the body, every secret that is in use, and the time in seconds:
//! let event = webhook::verify(body, &header, &[secret], now, TOLERANCE)?;
//! assert_eq!(event.id, "evt_1");
//! # Ok(())
//! # }
//! ```

mod header;
mod secret;

use crate::decode::{self, DecodeError};
use crate::event::Event;
use header::SignatureHeader;
use serde::Deserialize;
use std::time::Duration;

pub use secret::{WebhookSecret, WebhookSecretError};

/// How far the time of a signature may be from ours, in either direction.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Why an event was not accepted. None of them says anything about the body before its signature
/// was checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// There is no secret to check with.
    #[error("no webhook secret is configured")]
    NoSecret,
    /// The header does not read as Stripe's.
    #[error("the signature header is malformed")]
    Header,
    /// The header has no signature of the scheme `v1`; others are not safe.
    #[error("the signature header has no v1 signature")]
    NoSignature,
    /// No signature is right: the body is not what was signed, or the secret is another one.
    #[error("no signature of the event is right")]
    Signature,
    /// It was signed too long ago, or too far ahead of our clock.
    #[error("the event was signed {} s {}", seconds.unsigned_abs(), if *seconds < 0 { "ahead of this clock" } else { "ago" })]
    Time {
        /// How long ago; negative for the future.
        seconds: i64,
    },
    /// It is an event of Stripe's second kind, which says only where to look.
    #[error("{id} is a thin event (v2): send snapshot events to this endpoint")]
    Thin {
        /// Stripe's id of it.
        id: String,
    },
    /// It was signed rightly, and does not read as an event.
    #[error("the signed body does not read as an event")]
    Undecodable(#[source] DecodeError),
}

/// Checks that Stripe signed `body`, and reads the event.
///
/// `body` is the raw bytes as they came, `header` the text of `Stripe-Signature`, `now` the time in
/// seconds since the epoch. Every `v1` signature is tried with every secret, so that a secret can
/// be rolled while both are in use; the comparison takes the same time wherever they differ.
pub fn verify(
    body: &[u8],
    header: &str,
    secrets: &[WebhookSecret],
    now: i64,
    tolerance: Duration,
) -> Result<Event, WebhookError> {
    if secrets.is_empty() {
        return Err(WebhookError::NoSecret);
    }
    let header = SignatureHeader::parse(header)?;
    if !header.is_signed_with_any(body, secrets) {
        return Err(WebhookError::Signature);
    }
    let seconds = now.saturating_sub(header.at());
    if seconds.unsigned_abs() > tolerance.as_secs() {
        return Err(WebhookError::Time { seconds });
    }
    read(body)
}

/// The header that Stripe would send with `body`, signed at second `at`.
pub fn sign(body: &[u8], secret: &WebhookSecret, at: i64) -> String {
    let at = at.to_string();
    let signature = secret.signature(&at, body);
    format!("t={at},v1={}", hex::encode(signature))
}

/// What tells the two kinds of events apart.
#[derive(Deserialize)]
struct Kind {
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    id: String,
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    object: String,
}

fn read(body: &[u8]) -> Result<Event, WebhookError> {
    let kind: Kind = decode::from_slice(body).map_err(WebhookError::Undecodable)?;
    if kind.object.starts_with("v2.") {
        return Err(WebhookError::Thin { id: kind.id });
    }
    decode::from_slice(body).map_err(WebhookError::Undecodable)
}
