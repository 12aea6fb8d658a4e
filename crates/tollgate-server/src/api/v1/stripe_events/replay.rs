//! `POST /v1/stripe/events/{event}/replay`: has an event tried again.

use super::unknown_event;
use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde_json::json;

/// Try an event again
///
/// Whatever became of it. An event that was applied already changes nothing more: it is only a
/// hint to look at Stripe's objects as they are now.
#[utoipa::path(
    post, path = "/v1/stripe/events/{event}/replay", tag = "Stripe", operation_id = "replay_stripe_event",
    params(("event" = String, Path, description = "Stripe's id of the event", max_length = 255)),
    responses((status = 202, description = "It will be tried"), WriteProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn replay_stripe_event(
    State(state): State<AppState>,
    caller: BackEnd<scope::Admin>,
    Path(event): Path<String>,
) -> Result<StatusCode, ApiError> {
    if !state.billing()?.replay(&event).await? {
        return Err(unknown_event());
    }
    state
        .identity
        .note(caller.actor(), "stripe_event.replayed", &event, json!({}))
        .await;
    Ok(StatusCode::ACCEPTED)
}
