//! Why a request to Stripe did not give what was asked for.

use crate::decode::DecodeError;
use crate::scrub::scrub;
use std::fmt;

open_enum! {
    /// Of which kind a refusal is: the `type` of Stripe's errors.
    pub RefusalKind {
        /// Stripe's own failure.
        Api = "api_error",
        /// The card was refused.
        Card = "card_error",
        /// The key was used with other parameters before, or is in use now.
        Idempotency = "idempotency_error",
        /// The parameters are wrong, or what they name is not there.
        InvalidRequest = "invalid_request_error",
        /// The secret key is wrong.
        Authentication = "authentication_error",
        /// The secret key may not do this.
        Permission = "permission_error",
        /// Too many requests.
        RateLimit = "rate_limit_error",
    }
}

/// Why a request to Stripe did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// No answer came: what the request did is unknown. The same request with the same key may be
    /// sent again.
    #[error("Stripe could not be reached ({tries} tries)")]
    Unreachable {
        /// How often it was tried.
        tries: u32,
        /// What became of the last try.
        #[source]
        source: NoAnswer,
    },
    /// Stripe failed or was busy, to the last try. The same request with the same key may be sent
    /// again later.
    #[error("Stripe is unavailable ({tries} tries): {refusal}")]
    Unavailable {
        /// How often it was tried.
        tries: u32,
        /// What it answered last.
        refusal: Box<Refusal>,
    },
    /// Stripe refused: the same request would be refused again.
    #[error("Stripe refused: {0}")]
    Refused(Box<Refusal>),
    /// Stripe did what was asked for, and its answer does not read as what it must be.
    #[error("Stripe's answer does not read as {what} (request {})", request_id.as_deref().unwrap_or("unknown"))]
    Undecodable {
        /// What it should be.
        what: &'static str,
        /// Stripe's id of the request.
        request_id: Option<String>,
        /// Where it stops to read.
        #[source]
        source: DecodeError,
    },
    /// Nothing was sent: an id that came from outside cannot be part of a path.
    #[error("this cannot be the id of a Stripe object")]
    NotAnId,
    /// Nothing was sent: the parameters do not write as a form.
    #[error("the parameters cannot be written as a form")]
    Parameters(#[source] DecodeError),
}

impl StripeError {
    /// Whether the same request with the same key is worth sending again later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Unavailable { .. })
    }

    /// Whether the request may have had its effect all the same.
    pub fn is_outcome_unknown(&self) -> bool {
        self.is_transient() || matches!(self, Self::Undecodable { .. })
    }

    /// What Stripe said, when it said anything.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Unavailable { refusal, .. } | Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether Stripe knows no such object.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is_missing())
    }
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It took too long.
    #[error("no answer came in time")]
    TimedOut,
    /// The answer is longer than any that is expected.
    #[error("the answer is too long")]
    TooLong,
    /// The connection could not be made, or broke. The address is left out: it can hold what was
    /// searched for.
    #[error("the connection failed")]
    Connection(#[source] reqwest::Error),
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        Self::Connection(error.without_url())
    }
}

/// What Stripe said when it refused. Addresses, card numbers and keys are taken out of its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status of the answer.
    pub status: u16,
    /// Of which kind it is.
    pub kind: RefusalKind,
    /// Stripe's code for it, such as `resource_missing` or `card_declined`.
    pub code: Option<String>,
    /// Why the card's issuer declined.
    pub decline_code: Option<String>,
    /// Which parameter is at fault.
    pub param: Option<String>,
    /// Stripe's words for a person.
    pub message: Option<String>,
    /// Stripe's id of the request, which its support asks for.
    pub request_id: Option<String>,
}

impl Refusal {
    /// Reads an answer that is none of the 2xx. What is not in Stripe's form (a proxy's page, say)
    /// is known by its status alone.
    pub(crate) fn read(status: u16, request_id: Option<String>, body: &[u8]) -> Self {
        let said = serde_json::from_slice::<Body>(body)
            .unwrap_or_default()
            .error;
        let clean = |text: Option<String>| text.as_deref().map(scrub);
        Self {
            status,
            kind: kind(status, &said),
            code: clean(said.code),
            decline_code: clean(said.decline_code),
            param: clean(said.param),
            message: clean(said.message),
            request_id,
        }
    }

    /// Whether Stripe knows no such object.
    pub fn is_missing(&self) -> bool {
        self.status == 404 || self.code.as_deref() == Some("resource_missing")
    }
}

/// Stripe has the one type `invalid_request_error` for what its status tells apart.
fn kind(status: u16, said: &Said) -> RefusalKind {
    match (status, &said.kind) {
        (401, _) => RefusalKind::Authentication,
        (403, _) => RefusalKind::Permission,
        (429, _) => RefusalKind::RateLimit,
        (500.., RefusalKind::Other(text)) if text.is_empty() => RefusalKind::Api,
        (_, RefusalKind::Other(text)) => RefusalKind::Other(scrub(text)),
        (_, kind) => kind.clone(),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if !self.kind.as_str().is_empty() {
            write!(f, ", {}", self.kind)?;
        }
        let parts = [
            ("code", &self.code),
            ("decline code", &self.decline_code),
            ("parameter", &self.param),
            ("request", &self.request_id),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

part! {
    /// The body of an error.
    Body {
        /// What it holds.
        error: Said,
    }
}

part! {
    /// What the body of an error holds.
    Said {
        /// Its kind.
        #[serde(rename = "type")]
        kind: RefusalKind,
        /// Its code.
        code: Option<String>,
        /// Why the issuer declined.
        decline_code: Option<String>,
        /// Which parameter.
        param: Option<String>,
        /// In words.
        message: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declined_card_reads_with_all_that_is_said_of_it() {
        let body = br#"{"error":{"type":"card_error","code":"card_declined","message":"Your card was declined.","decline_code":"insufficient_funds","param":null,"charge":"ch_1"}}"#;
        let refusal = Refusal::read(402, Some("req_1".to_owned()), body);
        assert_eq!(refusal.kind, RefusalKind::Card);
        assert_eq!(
            refusal.to_string(),
            "status 402, card_error, code card_declined, decline code insufficient_funds, \
             request req_1: Your card was declined."
        );
    }

    #[test]
    fn no_address_number_or_key_shows() {
        let body = br#"{"error":{"type":"invalid_request_error","param":"email","message":"Invalid email ada@example.com for sk_test_abc and 4242 4242 4242 4242"}}"#;
        let error = StripeError::Refused(Box::new(Refusal::read(400, None, body)));
        for shown in [format!("{error}"), format!("{error:?}")] {
            for secret in ["ada@", "sk_test_abc", "4242"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn what_is_not_in_stripes_form_is_known_by_its_status() {
        let kind = |status, body: &[u8]| Refusal::read(status, None, body).kind;
        assert_eq!(kind(502, b"<html>Bad gateway</html>"), RefusalKind::Api);
        assert_eq!(kind(401, b""), RefusalKind::Authentication);
        assert_eq!(kind(403, b"{}"), RefusalKind::Permission);
        assert_eq!(kind(429, b"[]"), RefusalKind::RateLimit);
        assert_eq!(kind(404, b"null"), RefusalKind::Other(String::new()));
        assert!(Refusal::read(404, None, b"").is_missing());
    }
}
