//! `POST /v1/customers/{customer}/subscription/cancel`: ends the subscription.

use super::{ChangeAnswer, current};
use crate::api::extract::{OptionalJson, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Instant, RefusalProblem};
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// When to end it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    /// At the end of the billing period, which is the default, or else at once.
    pub at_period_end: Option<bool>,
}

/// End a subscription
///
/// At the end of its billing period, or at once. The customer then falls back to the catalog's
/// default plan; bought units stay.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/subscription/cancel", tag = "Subscriptions", operation_id = "cancel_subscription",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    request_body = Option<CancelBody>,
    responses(
        (status = 200, description = "When it ends", body = ChangeAnswer),
        (status = 402, description = "No subscription", body = RefusalProblem, content_type = "application/problem+json"),
        WriteProblems,
    ),
    security(("api_key" = ["manage"])),
)]
pub async fn cancel_subscription(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
    OptionalJson(body): OptionalJson<CancelBody>,
) -> Result<axum::Json<ChangeAnswer>, ApiError> {
    let customer = caller.customer(&customer)?;
    let at_period_end = body.at_period_end.unwrap_or(true);
    let decision = state.tollgate.cancel(&customer, at_period_end).await?;
    let effective_at = Instant(granted(decision, state.tollgate.now())?);
    let detail = json!({ "at_period_end": at_period_end });
    state
        .identity
        .note(caller.actor(), "subscription.canceled", &customer, detail)
        .await;
    let subscription = current(&state, &customer).await?;
    Ok(axum::Json(ChangeAnswer {
        effective_at,
        subscription,
    }))
}
