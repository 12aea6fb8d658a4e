//! `DELETE /v1/keys/{key}`: revokes an API key.

use super::read_id;
use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;

/// Revoke an API key
///
/// It stops working here at once, and on other replicas within ten seconds.
#[utoipa::path(
    delete, path = "/v1/keys/{key}", tag = "API keys", operation_id = "revoke_key",
    params(("key" = schema::KeyId, Path, description = "The key's id")),
    responses((status = 204, description = "Revoked"), WriteProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn revoke_key(
    State(state): State<AppState>,
    caller: BackEnd<scope::Admin>,
    Path(key): Path<String>,
) -> Result<StatusCode, ApiError> {
    state
        .identity
        .revoke_api_key(caller.actor(), read_id(&key)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
