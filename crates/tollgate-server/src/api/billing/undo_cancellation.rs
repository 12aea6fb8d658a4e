//! `POST /billing/undo-cancellation`: the customer stays, or keeps the plan, after all.

use super::payer::{BillingErrors, Payer};
use crate::api::problem::ApiError;
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;

/// Undo a cancellation, or a change that waits for the period's end.
#[utoipa::path(
    post,
    path = "/billing/undo-cancellation",
    operation_id = "undo_cancellation",
    tag = "Billing",
    params(OrganizationHeader),
    responses((status = 204, description = "It goes on as it was"), BillingErrors),
    security(("user" = []))
)]
pub async fn undo_cancellation(
    State(state): State<AppState>,
    payer: Payer,
) -> Result<StatusCode, ApiError> {
    state.billing()?.undo(&payer.customer).await?;
    Ok(StatusCode::NO_CONTENT)
}
