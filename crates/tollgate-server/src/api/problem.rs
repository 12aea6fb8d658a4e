//! What goes wrong, as an answer: one error, one match from error to status, RFC 9457 bodies.

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::sync::Arc;
use tollgate::guard::refusal as refusals;
pub use tollgate::guard::refusal::{
    Instant, MoneyBody, RATE_LIMIT, RATE_LIMIT_POLICY, RefusalBody, RefusalDetail, WayOutBody,
    insert_figures_headers,
};
use tollgate_core::Timestamp;
use tollgate_core::decision::Refusal;
use tollgate_store::StoreError;
use utoipa::ToSchema;

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body is not JSON.
    #[error("{0}")]
    InvalidJson(String),
    /// A part of the path, the query or a header does not read as what it must be.
    #[error("{0}")]
    InvalidParameter(String),
    /// The body is JSON, but not what is asked for here.
    #[error("{0}")]
    InvalidRequest(String),
    /// No proof of identity, or one that does not hold.
    #[error("{0}")]
    Unauthenticated(String),
    /// Proven identity that may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing.
    #[error("{message}")]
    NotFound {
        /// The error's word.
        error: &'static str,
        /// One sentence for people.
        message: String,
    },
    /// The path knows other methods.
    #[error("this path does not know this method")]
    MethodNotAllowed {
        /// The methods that it knows.
        allow: &'static str,
    },
    /// The body did not come in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// It contradicts what is there.
    #[error("{message}")]
    Conflict {
        /// The error's word.
        error: &'static str,
        /// One sentence for people.
        message: String,
    },
    /// A payment, or what belongs to it, could not be begun or changed.
    #[error("{}", .0.message)]
    Billing(Box<BillingProblem>),
    /// The body is too long.
    #[error("the body may have at most {bytes_max} bytes")]
    TooLarge {
        /// Bytes it may have.
        bytes_max: usize,
    },
    /// The body is of another kind.
    #[error("send {expected}")]
    UnsupportedMediaType {
        /// The kind that is understood.
        expected: &'static str,
    },
    /// The idempotency key came with another request before; nothing happened.
    #[error("this idempotency key was used for another request; use a new one")]
    KeyReused,
    /// Too many requests from this caller, whatever the customer's quota.
    #[error("too many requests; ask again in {retry_after_seconds} s")]
    RateLimited {
        /// How long to wait.
        retry_after_seconds: i64,
        /// The value of `RateLimit-Policy`.
        policy: String,
        /// The value of `RateLimit`.
        state: String,
    },
    /// A clear no.
    #[error("{}", refusal.message())]
    Refused {
        /// The no, with its figures.
        refusal: Box<Refusal>,
        /// When it was said.
        now: Timestamp,
    },
    /// Too much at once, or the database is out of reach; nothing happened.
    #[error("too busy; ask again in {retry_after_seconds} s")]
    Busy {
        /// How long to wait.
        retry_after_seconds: u64,
    },
    /// The server is stopping; nothing happened.
    #[error("the server is stopping; ask again")]
    Stopping,
    /// It is not known whether it happened.
    #[error("the outcome is unknown; retry with the same idempotency key")]
    Unknown,
    /// A defect or broken data; the log has the cause.
    #[error("something went wrong on our side")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// A refusal said at `now`.
    pub fn refused(refusal: Box<Refusal>, now: Timestamp) -> Self {
        Self::Refused { refusal, now }
    }

    /// There is no such customer.
    pub fn unknown_customer() -> Self {
        Self::NotFound {
            error: "unknown_customer",
            message: "There is no such customer.".to_owned(),
        }
    }

    /// There is nothing at this path.
    pub fn nothing_there() -> Self {
        Self::NotFound {
            error: "not_found",
            message: "There is nothing at this path.".to_owned(),
        }
    }

    /// A defect, or data that is broken.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidJson(_) | Self::InvalidParameter(_) => StatusCode::BAD_REQUEST,
            Self::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Billing(problem) => problem.status,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidRequest(_) | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } | Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            // Not 503: many clients and proxies send again on their own after that, and without an
            // idempotency key that would charge twice.
            Self::Unknown | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Refused { refusal, .. } => refusals::status(refusal.reason),
        }
    }

    /// The error's word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::InvalidJson(_) => "invalid_json",
            Self::InvalidParameter(_) => "invalid_parameter",
            Self::InvalidRequest(_) => "invalid_request",
            Self::Unauthenticated(_) => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound { error, .. } | Self::Conflict { error, .. } => error,
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::TooSlow => "request_timeout",
            Self::Billing(_) => "billing_error",
            Self::TooLarge { .. } => "body_too_large",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::KeyReused => "idempotency_key_reused",
            Self::RateLimited { .. } => "rate_limited",
            Self::Refused { refusal, .. } => refusal.reason.as_str(),
            Self::Busy { .. } => "busy",
            Self::Stopping => "stopping",
            Self::Unknown => "outcome_unknown",
            Self::Internal(_) => "internal_error",
        }
    }

    /// The headers that belong to the answer.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::Unauthenticated(_) => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::MethodNotAllowed { allow } if !allow.is_empty() => {
                headers.insert(ALLOW, HeaderValue::from_static(allow));
            }
            Self::RateLimited {
                retry_after_seconds,
                policy,
                state,
            } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
                insert_text(&mut headers, RATE_LIMIT_POLICY, policy);
                insert_text(&mut headers, RATE_LIMIT, state);
            }
            Self::Busy {
                retry_after_seconds,
            } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after_seconds));
            }
            Self::Billing(problem) => {
                if let Some(seconds) = problem.retry_after_seconds {
                    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
            }
            Self::Stopping => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::Refused { refusal, now } => refusals::insert_headers(&mut headers, refusal, *now),
            _ => {}
        }
        headers
    }

    /// Why a payment could not be begun or changed, in one word.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Billing(problem) => Some(problem.reason),
            _ => None,
        }
    }

    /// What stands in `detail` where that is not the message.
    fn detail(&self) -> Option<String> {
        match self {
            Self::Billing(problem) => problem.detail.clone(),
            _ => None,
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> ProblemBody {
        if let Self::Refused { refusal, .. } = self
            && refusals::has_figures(refusal.reason)
        {
            return ProblemBody::Refusal(Box::new(RefusalProblem::new(refusal, self.status())));
        }
        let status = self.status();
        let message = self.to_string();
        ProblemBody::Plain(Problem {
            kind: format!("urn:tollgate:problem:{}", self.word()),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            error: self.word(),
            reason: self.reason(),
            detail: self.detail().unwrap_or_else(|| message.clone()),
            message,
        })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).expect("problems have string keys only");
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.extend(self.headers());
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Self::Internal(error) = self {
            response.extensions_mut().insert(Failure(error.into()));
        }
        response
    }
}

/// Why an answer is an internal error: for the log, which knows the request's id, and for no one
/// else.
#[derive(Clone, Debug)]
pub struct Failure(pub Arc<dyn std::error::Error + Send + Sync>);

impl From<tollgate::Error> for ApiError {
    fn from(error: tollgate::Error) -> Self {
        match error {
            tollgate::Error::Busy { retry_after } => Self::Busy {
                retry_after_seconds: retry_after.as_secs().max(1),
            },
            tollgate::Error::Unknown => Self::Unknown,
            tollgate::Error::Stopping => Self::Stopping,
            tollgate::Error::KeyReused => Self::KeyReused,
            tollgate::Error::UnknownCustomer => Self::unknown_customer(),
            tollgate::Error::Request(error) => Self::InvalidRequest(error.to_string()),
            tollgate::Error::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Transient(error) => {
                tracing::warn!(%error, "the database is busy or out of reach");
                Self::Busy {
                    retry_after_seconds: 1,
                }
            }
            StoreError::Unknown(error) => {
                tracing::error!(%error, "the outcome of a commit is unknown");
                Self::Unknown
            }
            other => Self::internal(other),
        }
    }
}

/// Why a payment, or what belongs to it, could not be begun or changed.
#[derive(Debug)]
pub struct BillingProblem {
    /// The status of the answer.
    pub status: StatusCode,
    /// Why, in one word for programs.
    pub reason: &'static str,
    /// One sentence for people.
    pub message: String,
    /// What stands in `detail` instead of that sentence.
    pub detail: Option<String>,
    /// How long to wait before trying again, where that helps.
    pub retry_after_seconds: Option<u64>,
}

/// The body of an error's answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ProblemBody {
    /// Without figures.
    Plain(Problem),
    /// A refusal with its figures.
    Refusal(Box<RefusalProblem>),
}

/// What went wrong, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem, as a URI.
    #[serde(rename = "type")]
    #[schema(example = "urn:tollgate:problem:invalid_request")]
    pub kind: String,
    /// The status in words.
    #[schema(value_type = String)]
    pub title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// The error's word, for programs.
    #[schema(value_type = String, example = "invalid_request")]
    pub error: &'static str,
    /// Of a `billing_error`, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "already_subscribed")]
    pub reason: Option<&'static str>,
    /// One sentence for people.
    pub message: String,
    /// The same sentence, where RFC 9457 has it.
    pub detail: String,
}

/// A clear no with every figure: RFC 9457, except that `detail` is an object.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalProblem {
    /// The kind of problem, as a URI.
    #[serde(rename = "type")]
    #[schema(example = "urn:tollgate:problem:quota_exceeded")]
    pub kind: String,
    /// The status in words.
    #[schema(value_type = String)]
    pub title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What the user routes answer as well.
    #[serde(flatten)]
    pub refusal: RefusalBody,
}

impl RefusalProblem {
    fn new(refusal: &Refusal, status: StatusCode) -> Self {
        Self {
            kind: format!("urn:tollgate:problem:{}", refusal.reason.as_str()),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            refusal: RefusalBody::new(refusal),
        }
    }
}

/// A value that no header can carry is left out: headers repeat what the body says.
fn insert_text(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_core::decision::Reason;
    use tollgate_core::id::{FeatureId, MeterId, PlanId};

    fn refusal() -> Refusal {
        Refusal {
            feature: Some(FeatureId::new("ats_scan").unwrap()),
            meter: Some(MeterId::new("ats_scan").unwrap()),
            plan: Some(PlanId::new("free").unwrap()),
            limit: 2,
            used: 2,
            needed: 1,
            resets_at: Some(Timestamp::from_seconds(1_000)),
            ..Refusal::bare(Reason::QuotaExceeded)
        }
    }

    #[test]
    fn a_refusal_shows_what_both_seeds_show() {
        let error = ApiError::refused(Box::new(refusal()), Timestamp::from_seconds(990));
        let body = serde_json::to_value(error.body()).unwrap();
        assert_eq!(error.status(), 429);
        assert_eq!(body["error"], "quota_exceeded");
        assert_eq!(
            body["message"],
            "Insufficient quota. You need 1 operation but only have 0 remaining."
        );
        assert_eq!(
            (&body["quota_remaining"], &body["quota_needed"]),
            (&0.into(), &1.into())
        );
        assert_eq!(
            body["detail"],
            serde_json::json!({"error": "quota_exceeded", "feature": "ats_scan", "plan": "free",
                "limit": 2, "used": 2, "remaining": 0})
        );
        let headers = error.headers();
        assert_eq!(headers[RETRY_AFTER], "10");
        assert_eq!(headers[RATE_LIMIT], "\"ats_scan\";r=0;t=10");
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"ats_scan\";q=2");
    }

    #[test]
    fn no_subscription_shows_what_is_needed_and_nothing_that_is_left() {
        let refusal = Refusal {
            needed: 3,
            ..Refusal::bare(Reason::NoSubscription)
        };
        let error = ApiError::refused(Box::new(refusal), Timestamp::MIN);
        let body = serde_json::to_value(error.body()).unwrap();
        assert_eq!(error.status(), 402);
        assert_eq!(
            body["message"],
            "No active subscription found. Please subscribe to a plan to continue."
        );
        assert_eq!(body["quota_needed"], 3);
        assert!(body.get("quota_remaining").is_none());
    }

    #[test]
    fn an_unknown_outcome_does_not_invite_blind_retries() {
        assert_eq!(ApiError::from(tollgate::Error::Unknown).status(), 500);
        let busy = ApiError::from(tollgate::Error::Busy {
            retry_after: std::time::Duration::from_millis(10),
        });
        assert_eq!(
            (busy.status().as_u16(), &busy.headers()[RETRY_AFTER]),
            (503, &HeaderValue::from(1))
        );
        assert_eq!(ApiError::from(tollgate::Error::Stopping).status(), 503);
    }
}
