//! `POST /billing/cancel-subscription`: ends the subscription.

use super::payer::{BillingErrors, Payer};
use crate::api::extract::OptionalJson;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tollgate::billing::Cancel;
use utoipa::ToSchema;

/// How and why. All of it may be left out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CancelRequest {
    /// Whether it lasts until the end of the period that is paid.
    #[schema(default = true)]
    pub at_period_end: bool,
    /// `customer_service`, `low_quality`, `missing_features`, `other`, `switched_service`,
    /// `too_complex`, `too_expensive` or `unused`.
    #[schema(example = "too_expensive", max_length = 64)]
    pub reason: Option<String>,
    /// In the customer's words.
    #[schema(max_length = 1000)]
    pub comment: Option<String>,
}

impl Default for CancelRequest {
    fn default() -> Self {
        Self {
            at_period_end: true,
            reason: None,
            comment: None,
        }
    }
}

/// When it ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct CanceledBody {
    /// `canceling`: it lasts until then. `canceled`: it has ended.
    #[schema(value_type = String, example = "canceling")]
    pub status: &'static str,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Instant,
}

/// Cancel my subscription.
///
/// Doing it twice changes nothing more. Units that were bought stay.
#[utoipa::path(
    post,
    path = "/billing/cancel-subscription",
    operation_id = "billing_cancel_subscription",
    tag = "Billing",
    params(OrganizationHeader),
    request_body = CancelRequest,
    responses((status = 200, description = "When it ends", body = CanceledBody), BillingErrors),
    security(("user" = []))
)]
pub async fn cancel_subscription(
    State(state): State<AppState>,
    payer: Payer,
    OptionalJson(request): OptionalJson<CancelRequest>,
) -> Result<Json<CanceledBody>, ApiError> {
    let billing = state.billing()?;
    let cancel = Cancel {
        now: !request.at_period_end,
        reason: request.reason,
        comment: request.comment,
    };
    let ended = billing.cancel(&payer.customer, &cancel).await?;
    let is_over = ended.at <= state.tollgate.now();
    Ok(Json(CanceledBody {
        status: if is_over { "canceled" } else { "canceling" },
        ends_at: Instant(ended.at),
    }))
}
