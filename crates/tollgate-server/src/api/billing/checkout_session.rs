//! `GET /billing/checkout-sessions/{session}`: what has become of a payment page.

use super::payer::BillingErrors;
use crate::api::extract::Path;
use crate::api::problem::ApiError;
use crate::api::user_errors::OrganizationHeader;
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate_stripe::{CheckoutSession, CheckoutStatus};
use utoipa::ToSchema;

/// What has become of a payment page.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckoutStateBody {
    /// Stripe's id of it.
    pub session_id: String,
    /// `open`, `processing` (finished, and the money has not come yet), `paid`, or `expired`.
    #[schema(value_type = String, example = "processing")]
    pub status: &'static str,
}

/// What has become of my payment?
///
/// For the page that Stripe sends the customer back to: Stripe is asked, and what it says holds.
/// Coming back proves nothing.
#[utoipa::path(
    get,
    path = "/billing/checkout-sessions/{session}",
    operation_id = "checkout_session",
    tag = "Billing",
    params(("session" = String, Path, description = "Stripe's id of the page", max_length = 255), OrganizationHeader),
    responses((status = 200, description = "Its state", body = CheckoutStateBody), BillingErrors),
    security(("user" = []))
)]
pub async fn checkout_session(
    State(state): State<AppState>,
    acting: ActingFor,
    Path(session): Path<String>,
) -> Result<Json<CheckoutStateBody>, ApiError> {
    let billing = state.billing()?;
    let found = billing.checkout_status(&acting.customer, &session).await?;
    // Somebody else's page is answered like one that is not there.
    let found = found.ok_or_else(|| ApiError::NotFound {
        error: "unknown_session",
        message: "There is no such payment page.".to_owned(),
    })?;
    Ok(Json(CheckoutStateBody {
        status: state_of(&found),
        session_id: found.id,
    }))
}

fn state_of(session: &CheckoutSession) -> &'static str {
    match session.status {
        Some(CheckoutStatus::Complete) if session.is_fulfillable() => "paid",
        Some(CheckoutStatus::Complete) => "processing",
        Some(CheckoutStatus::Expired) => "expired",
        _ => "open",
    }
}
