//! `GET /healthz/ready`: whether requests should be sent here.

use crate::api::problem::{ApiError, Problem};
use crate::state::AppState;
use axum::extract::State;
use std::time::Duration;

/// How long the database may take for a commit.
pub(crate) const PROBE_TIME: Duration = Duration::from_secs(5);

/// Whether requests should be sent here
///
/// Writes to the database, durably, and is off from the moment that the server begins to stop.
#[utoipa::path(
    get, path = "/healthz/ready", tag = "Operations", operation_id = "ready",
    responses(
        (status = 200, description = "They should", body = String, content_type = "text/plain"),
        (status = 503, description = "They should not", body = Problem, content_type = "application/problem+json"),
    ),
    security(()),
)]
pub async fn ready(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    if state.is_stopping() {
        return Err(ApiError::Stopping);
    }
    let store = state.tollgate.store().clone();
    match tokio::time::timeout(PROBE_TIME, store.probe()).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database takes no commits");
            Err(not_ready())
        }
        Err(_) => {
            tracing::warn!("not ready: the database takes too long");
            Err(not_ready())
        }
    }
}

fn not_ready() -> ApiError {
    ApiError::Busy {
        retry_after_seconds: 1,
    }
}
