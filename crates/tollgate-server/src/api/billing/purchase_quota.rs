//! `POST /billing/purchase-quota`: sends the customer to Stripe's page for units bought once.

use super::create_checkout_session::CheckoutBody;
use super::payer::{BillingErrors, Payer, usual_url};
use crate::api::extract::Json;
use crate::api::problem::ApiError;
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use tollgate::billing::TopUpCheckout;
use utoipa::ToSchema;

/// Units to be bought. How many only: what they cost is not the client's to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurchaseRequest {
    /// How many units.
    #[schema(example = 50, minimum = 1)]
    pub quantity: u64,
    /// What, as the catalog names it; the only thing that there is, when left out.
    #[schema(example = "extra_operations", max_length = 64)]
    pub topup: Option<String>,
    /// Where to go after paying; its origin must be allowed.
    pub success_url: Option<String>,
    /// Where to go to leave; its origin must be allowed.
    pub cancel_url: Option<String>,
}

/// Buy units.
///
/// No subscription is needed. They are there once Stripe has the money.
#[utoipa::path(
    post,
    path = "/billing/purchase-quota",
    operation_id = "purchase_quota",
    tag = "Billing",
    params(OrganizationHeader),
    request_body = PurchaseRequest,
    responses((status = 200, description = "The page", body = CheckoutBody), BillingErrors),
    security(("user" = []))
)]
pub async fn purchase_quota(
    State(state): State<AppState>,
    payer: Payer,
    Json(request): Json<PurchaseRequest>,
) -> Result<axum::Json<CheckoutBody>, ApiError> {
    let billing = state.billing()?;
    let usual = |url: Option<String>, result| url.unwrap_or_else(|| usual_url(&state, result));
    let request = TopUpCheckout {
        topup: request.topup,
        quantity: request.quantity,
        success_url: usual(request.success_url, "success"),
        cancel_url: usual(request.cancel_url, "canceled"),
    };
    let opened = billing.purchase(&payer.customer, &payer.contact, &request);
    Ok(axum::Json(opened.await?.into()))
}
