//! `GET /.well-known/jwks.json`: the public halves of the keys that sign our access tokens.

use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue};
use serde_json::Value;

/// The keys of our access tokens. Empty when they are signed with HS256.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "jwks",
    tag = "Users",
    responses((status = 200, description = "A JWKS document (RFC 7517)", body = Value)),
    security(())
)]
pub async fn jwks(State(state): State<AppState>) -> ([(HeaderName, HeaderValue); 1], Json<Value>) {
    // Shorter than the time for which a new key is known before an old one stops.
    let cached = HeaderValue::from_static("public, max-age=60");
    ([(CACHE_CONTROL, cached)], Json(state.identity.jwks()))
}
