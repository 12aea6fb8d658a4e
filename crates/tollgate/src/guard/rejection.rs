//! Why a guard lets a request not through, as an answer.

use super::refusal::{self, RefusalBody};
use crate::error::Error;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use std::time::Duration;
use tollgate_core::decision::{Reason, Refusal};
use tollgate_core::time::Timestamp;
use tollgate_store::StoreError;

/// Why a request is not let through.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// Nobody said who asks: there is no [`Caller`](super::Caller).
    #[error("prove who you are")]
    NoCaller,
    /// A clear no.
    #[error("{}", refusal.message())]
    Refused {
        /// The no, with its figures.
        refusal: Box<Refusal>,
        /// When it was said.
        now: Timestamp,
    },
    /// There is no decision.
    #[error(transparent)]
    Failed(#[from] Error),
    /// The extractor stands in a handler that no [`Guard`](super::Guard) stands around.
    #[error("no guard stands around this route")]
    NotGuarded,
}

impl Rejection {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoCaller => StatusCode::UNAUTHORIZED,
            Self::Refused { refusal, .. } => refusal::status(refusal.reason),
            Self::Failed(error) if retry_after(error).is_some() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(Error::UnknownCustomer) => StatusCode::NOT_FOUND,
            Self::Failed(_) | Self::NotGuarded => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The reason in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NoCaller => "unauthenticated",
            Self::Refused { refusal, .. } => refusal.reason.as_str(),
            Self::Failed(Error::Stopping) => "stopping",
            Self::Failed(error) if retry_after(error).is_some() => "busy",
            Self::Failed(Error::UnknownCustomer) => "unknown_customer",
            Self::Failed(Error::Unknown) => "outcome_unknown",
            Self::Failed(_) | Self::NotGuarded => "internal_error",
        }
    }

    /// The headers of the answer, but for those of the body.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::Refused { refusal, now } => refusal::insert_headers(&mut headers, refusal, *now),
            Self::Failed(error) => {
                if let Some(wait) = retry_after(error) {
                    let seconds = HeaderValue::from(wait.as_secs().max(1));
                    headers.insert(RETRY_AFTER, seconds);
                }
            }
            Self::NoCaller | Self::NotGuarded => {}
        }
        headers
    }

    /// The body of the answer: JSON with what both kinds of clients look for, `error` and
    /// `message`, and the same in `detail`.
    pub fn body(&self) -> Vec<u8> {
        let body = match self {
            Self::Refused { refusal, .. } if refusal::has_figures(refusal.reason) => {
                serde_json::to_vec(&RefusalBody::new(refusal))
            }
            _ => {
                let (error, message) = (self.word(), self.message());
                let detail = json!({ "error": error, "detail": message });
                serde_json::to_vec(&json!({"error": error, "message": message, "detail": detail}))
            }
        };
        body.expect("answers have string keys only")
    }

    /// The whole answer.
    pub fn to_response<B: From<Vec<u8>>>(&self) -> http::Response<B> {
        self.log();
        let mut response = http::Response::new(B::from(self.body()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.extend(self.headers());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// What is wrong with this host's own code or data is for the log, not for its clients.
    fn message(&self) -> String {
        if self.status() == StatusCode::INTERNAL_SERVER_ERROR && self.word() == "internal_error" {
            return "something went wrong on our side".to_owned();
        }
        self.to_string()
    }

    fn log(&self) {
        match self {
            Self::Refused { refusal, .. } if refusal.reason == Reason::UnknownFeature => {
                tracing::error!(error = %self, "a guard names a feature that the catalog lacks");
            }
            Self::Failed(_) | Self::NotGuarded if self.word() == "internal_error" => {
                tracing::error!(error = self as &dyn std::error::Error, "a guard failed");
            }
            _ => {}
        }
    }
}

#[cfg(feature = "axum")]
impl axum::response::IntoResponse for Rejection {
    fn into_response(self) -> axum::response::Response {
        self.to_response()
    }
}

/// How long to wait, when nothing happened and waiting may help.
pub(super) fn retry_after(error: &Error) -> Option<Duration> {
    match error {
        Error::Busy { retry_after } => Some(*retry_after),
        Error::Stopping | Error::Store(StoreError::Transient(_)) => Some(Duration::from_secs(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn check(rejection: &Rejection, status: u16, word: &str, retry_after: Option<&str>) -> Value {
        let response: http::Response<Vec<u8>> = rejection.to_response();
        assert_eq!(response.status().as_u16(), status, "{rejection}");
        let headers = response.headers();
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        let shown = headers
            .get(RETRY_AFTER)
            .map(|value| value.to_str().unwrap());
        assert_eq!(shown, retry_after, "{rejection}");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            (&body["error"], &body["detail"]["error"]),
            (&json!(word), &json!(word))
        );
        body
    }

    #[test]
    fn what_may_pass_asks_to_come_back_and_what_may_not_does_not() {
        let busy = Error::Busy {
            retry_after: Duration::from_millis(10),
        };
        check(&busy.into(), 503, "busy", Some("1"));
        check(&Error::Stopping.into(), 503, "stopping", Some("1"));
        check(&Error::Unknown.into(), 500, "outcome_unknown", None);
        check(&Rejection::NoCaller, 401, "unauthenticated", None);
        check(
            &Error::UnknownCustomer.into(),
            404,
            "unknown_customer",
            None,
        );
    }

    #[test]
    fn defects_of_the_host_are_not_told_to_its_clients() {
        let body = check(&Rejection::NotGuarded, 500, "internal_error", None);
        assert_eq!(body["message"], "something went wrong on our side");
    }

    #[test]
    fn refusals_have_their_figures_or_their_sentence() {
        let refused = |reason| Rejection::Refused {
            refusal: Box::new(Refusal::bare(reason)),
            now: Timestamp::MIN,
        };
        let body = check(&refused(Reason::QuotaExceeded), 429, "quota_exceeded", None);
        assert_eq!(
            (&body["quota_remaining"], &body["detail"]["limit"]),
            (&json!(0), &json!(0))
        );
        let body = check(&refused(Reason::CatchingUp), 503, "catching_up", Some("1"));
        assert!(body["detail"]["detail"].is_string());
        check(
            &refused(Reason::UnknownFeature),
            404,
            "unknown_feature",
            None,
        );
    }
}
