//! `GET /v1/stripe/events/{event}`: one event of the inbox, as Stripe sent it.

use super::{StripeEventBody, unknown_event};
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;

/// One of Stripe's events
///
/// With what Stripe sent, which can hold names and addresses.
#[utoipa::path(
    get, path = "/v1/stripe/events/{event}", tag = "Stripe", operation_id = "get_stripe_event",
    params(("event" = String, Path, description = "Stripe's id of the event", max_length = 255)),
    responses((status = 200, description = "The event", body = StripeEventBody), ReadProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn get_stripe_event(
    State(state): State<AppState>,
    _caller: BackEnd<scope::Admin>,
    Path(event): Path<String>,
) -> Result<axum::Json<StripeEventBody>, ApiError> {
    let found = state.billing()?.event(&event).await?;
    let found = found.ok_or_else(unknown_event)?;
    Ok(axum::Json(StripeEventBody {
        payload: serde_json::from_str(&found.payload).ok(),
        ..StripeEventBody::new(&found)
    }))
}
