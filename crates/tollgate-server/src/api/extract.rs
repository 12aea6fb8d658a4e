//! What handlers take from a request; what does not read is answered with a problem.

use super::problem::ApiError;
use crate::state::AppState;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tollgate_core::id::IdempotencyKey;

/// The header that makes a retry harmless.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A JSON body that may be left out.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

/// An `application/x-www-form-urlencoded` body.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// A body as it came, of at most so many bytes: what is signed.
#[derive(Debug)]
pub struct RawBody<const BYTES_MAX: usize>(pub Bytes);

/// What stands in the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// What stands behind the question mark.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType {
                expected: "Content-Type: application/json",
            });
        }
        let body = read_body(request, state).await?;
        read_json(&body).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<AppState> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let is_json = is_json(request.headers());
        let body = read_body(request, state).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        if !is_json {
            return Err(ApiError::UnsupportedMediaType {
                expected: "Content-Type: application/json",
            });
        }
        read_json(&body).map(Self)
    }
}

impl<const BYTES_MAX: usize> FromRequest<AppState> for RawBody<BYTES_MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, ApiError> {
        read_bytes(request, BYTES_MAX).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for Form<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        const EXPECTED: &str = "application/x-www-form-urlencoded";
        if !media_type(request.headers()).eq_ignore_ascii_case(EXPECTED) {
            return Err(ApiError::UnsupportedMediaType {
                expected: "Content-Type: application/x-www-form-urlencoded",
            });
        }
        let (parts, body) = request.into_parts();
        let bytes = read_body(Request::from_parts(parts, body), state).await?;
        let request = Request::builder()
            .method(http::Method::POST)
            .header(CONTENT_TYPE, EXPECTED)
            .body(axum::body::Body::from(bytes))
            .map_err(ApiError::internal)?;
        match axum::extract::Form::<T>::from_request(request, &()).await {
            Ok(axum::extract::Form(form)) => Ok(Self(form)),
            Err(rejection) => Err(ApiError::InvalidRequest(rejection.body_text())),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::InvalidParameter(rejection.body_text())),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::InvalidParameter(rejection.body_text())),
        }
    }
}

/// The idempotency key of a request: from its header, or from the field of its body.
#[derive(Clone, Debug, Default)]
pub struct KeyHeader(Option<IdempotencyKey>);

impl KeyHeader {
    /// The one key of the request; two that differ are refused.
    pub fn or(self, field: Option<IdempotencyKey>) -> Result<Option<IdempotencyKey>, ApiError> {
        match (self.0, field) {
            (Some(header), Some(field)) if header != field => Err(ApiError::InvalidRequest(
                "the Idempotency-Key header and the field idempotency_key differ".to_owned(),
            )),
            (header, field) => Ok(header.or(field)),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KeyHeader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(Self(None));
        };
        // The draft of the header has a quoted string; many clients send it bare.
        let text = value.to_str().unwrap_or_default();
        let text = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        IdempotencyKey::new(text)
            .map(|key| Self(Some(key)))
            .map_err(|error| ApiError::InvalidParameter(format!("Idempotency-Key: {error}")))
    }
}

async fn read_body(request: Request, state: &AppState) -> Result<Bytes, ApiError> {
    read_bytes(request, state.config.server.body_bytes_max).await
}

async fn read_bytes(request: Request, bytes_max: usize) -> Result<Bytes, ApiError> {
    match Limited::new(request.into_body(), bytes_max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ApiError::TooLarge { bytes_max }),
        Err(error) if crate::serve::is_deadline(&*error) => Err(ApiError::TooSlow),
        Err(_) => Err(ApiError::InvalidJson("the body broke off".to_owned())),
    }
}

fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => ApiError::InvalidRequest(error.to_string()),
        _ => ApiError::InvalidJson(format!("the body is not JSON: {error}")),
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers);
    media_type.eq_ignore_ascii_case("application/json") || media_type.ends_with("+json")
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
}
