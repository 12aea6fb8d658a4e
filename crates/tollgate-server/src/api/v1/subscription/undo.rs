//! `POST /v1/customers/{customer}/subscription/undo`: undoes what waits for the period's end.

use super::{SubscriptionBody, current};
use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, RefusalProblem};
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde_json::json;

/// Undo a change that waits
///
/// Undoes a change or cancellation that waits for the period's end.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/subscription/undo", tag = "Subscriptions", operation_id = "undo_change",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    responses(
        (status = 200, description = "The subscription as it stands", body = Option<SubscriptionBody>),
        (status = 402, description = "No subscription", body = RefusalProblem, content_type = "application/problem+json"),
        WriteProblems,
    ),
    security(("api_key" = ["manage"])),
)]
pub async fn undo_change(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
) -> Result<axum::Json<Option<SubscriptionBody>>, ApiError> {
    let customer = caller.customer(&customer)?;
    let decision = state.tollgate.undo_change(&customer).await?;
    granted(decision, state.tollgate.now())?;
    let detail = json!({});
    state
        .identity
        .note(
            caller.actor(),
            "subscription.change_undone",
            &customer,
            detail,
        )
        .await;
    Ok(axum::Json(current(&state, &customer).await?))
}
