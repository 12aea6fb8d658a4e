//! `POST /v1/customers/{customer}/events/{event}/reverse`: takes a usage event back.

use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::{ReceiptBody, granted, receipt_response, result_word};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde_json::json;
use tollgate_core::id::EventId;

/// Take a usage event back
///
/// Gives the units back to where they came from, once. The event stays in the record; the
/// reversal is a new entry, and `event` of the answer is its id.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/events/{event}/reverse", tag = "Usage", operation_id = "reverse_event",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("event" = schema::EventId, Path, description = "The usage event"),
    ),
    responses((status = 200, description = "Taken back", body = ReceiptBody<'_>), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn reverse_event(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path((customer, event)): Path<(String, EventId)>,
) -> Result<Response, ApiError> {
    let customer = caller.customer(&customer)?;
    let decision = state.tollgate.reverse(&customer, event).await?;
    let word = result_word(&decision, |receipt| receipt.replayed);
    state.metrics.count_decision("reverse", word);
    let now = state.tollgate.now();
    let receipt = granted(decision, now)?;
    let detail = json!({ "event": event });
    state
        .identity
        .note(caller.actor(), "event.reversed", &customer, detail)
        .await;
    Ok(receipt_response(&receipt, now))
}
