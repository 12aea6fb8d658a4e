//! The errors of the user-facing routes, in the shape that the users' apps know: top-level
//! `error` and `message`, and `detail` as an object.
//!
//! Handlers answer with the same [`ApiError`](super::problem::ApiError) everywhere; this layer
//! turns the problems of its routes into that shape. Refusals have it already.

use axum::body::Body;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr};
use utoipa::{IntoResponses, ToSchema};

/// The longest problem that is read again.
const PROBLEM_BYTES_MAX: usize = 64 * 1024;

/// What went wrong, on a user-facing route.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserError {
    /// The error's word, for programs.
    #[schema(example = "unauthenticated")]
    pub error: String,
    /// Of a `billing_error`, why.
    #[schema(example = "already_subscribed")]
    pub reason: Option<String>,
    /// One sentence for people.
    pub message: String,
    /// The same, where some clients look for it.
    pub detail: UserErrorDetail,
}

/// The same error once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserErrorDetail {
    /// The error's word.
    pub error: String,
    /// One sentence for people.
    pub detail: String,
}

/// What can go wrong when a user asks for something.
#[derive(Debug)]
pub struct ReadErrors;

/// What can go wrong when a user sends something.
#[derive(Debug)]
pub struct WriteErrors;

impl IntoResponses for ReadErrors {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        responses(&[
            ("401", "No token, or one that does not hold"),
            ("403", "Not a member of that organisation"),
            ("429", "Too many requests"),
            ("500", "A defect, or broken data"),
            ("503", "Too much at once, or the server is stopping"),
        ])
    }
}

impl IntoResponses for WriteErrors {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        responses(&[
            ("400", "The body or the query does not read"),
            ("401", "No proof of who asks, or one that does not hold"),
            ("403", "Not allowed"),
            ("408", "The body did not arrive in time"),
            ("413", "The body is too long"),
            ("415", "The body is of another kind"),
            ("422", "It reads, but is not what is asked for"),
            ("429", "Too many attempts"),
            ("500", "A defect, or broken data"),
            ("503", "Too much at once, or the server is stopping"),
        ])
    }
}

pub(super) fn responses(described: &[(&str, &str)]) -> BTreeMap<String, RefOr<Described>> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(UserError::name())))
        .build();
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    let retry_after = HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds to wait"))
        .build();
    let described = described.iter().map(|(status, description)| {
        let mut response = ResponseBuilder::new()
            .description(*description)
            .content("application/json", content.clone());
        if matches!(*status, "429" | "503") {
            response = response.header("Retry-After", retry_after.clone());
        }
        ((*status).to_owned(), RefOr::T(response.build()))
    });
    described.collect()
}

/// Turns a problem into the shape of the user-facing routes.
pub async fn shape(response: Response) -> Response {
    let content_type = response.headers().get(CONTENT_TYPE);
    if content_type.is_none_or(|value| value != "application/problem+json") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, PROBLEM_BYTES_MAX).await;
    let bytes = bytes.unwrap_or_default();
    let mut problem: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if let Some(object) = problem.as_object_mut() {
        for name in ["type", "title", "status"] {
            object.remove(name);
        }
        let error = object.get("error").cloned().unwrap_or_default();
        if let Some(detail) = object.get_mut("detail").filter(|detail| detail.is_string()) {
            *detail = json!({ "error": error, "detail": detail.take() });
        }
    }
    let json = HeaderValue::from_static("application/json");
    parts.headers.insert(CONTENT_TYPE, json);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(problem.to_string()))
}

/// For whom a user acts.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
pub struct OrganizationHeader {
    /// The organisation to act for; without it, the user acts for themselves. A token of the host
    /// app names it in a claim instead.
    #[param(rename = "X-Organization", required = false)]
    #[expect(dead_code, reason = "it only describes the header")]
    organization: Option<String>,
}
