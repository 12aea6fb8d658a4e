//! `POST /billing/create-checkout-session`: sends the customer to Stripe's page for a plan.

use super::payer::{BillingErrors, Payer};
use crate::api::extract::Json;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tollgate::billing::{Opened, SubscriptionCheckout};
use tollgate_core::id::{PlanId, PriceId};
use utoipa::ToSchema;

/// A plan to be paid. Names only: what they cost is not the client's to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutRequest {
    /// The plan.
    #[schema(example = "pro", max_length = 64)]
    pub plan: String,
    /// The price, as the catalog names it; the plan's only or monthly one, when left out.
    #[schema(example = "monthly", max_length = 64)]
    pub price: Option<String>,
    /// A promotion code.
    #[schema(max_length = 100)]
    pub promotion_code: Option<String>,
    /// Where to go afterwards; its origin must be allowed.
    #[schema(example = "http://localhost:3000/dashboard?success=true")]
    pub success_url: String,
    /// Where to go to leave; its origin must be allowed.
    #[schema(example = "http://localhost:3000/billing?canceled=true")]
    pub cancel_url: String,
}

/// A payment page.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckoutBody {
    /// The page. Whoever has this link can pay.
    pub checkout_url: String,
    /// Stripe's id of it.
    #[schema(example = "cs_test_a1b2c3")]
    pub session_id: String,
    /// When the page ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Instant>,
    /// The payment, for units bought once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
}

impl From<Opened> for CheckoutBody {
    fn from(opened: Opened) -> Self {
        Self {
            checkout_url: opened.url,
            session_id: opened.session,
            expires_at: opened.expires_at.map(Instant),
            payment_id: opened.payment.map(|payment| payment.to_string()),
        }
    }
}

/// Pay for a plan.
///
/// A page for the same that is still open is answered again: asking twice is not paying twice.
#[utoipa::path(
    post,
    path = "/billing/create-checkout-session",
    operation_id = "create_checkout_session",
    tag = "Billing",
    params(OrganizationHeader),
    request_body = CheckoutRequest,
    responses((status = 200, description = "The page", body = CheckoutBody), BillingErrors),
    security(("user" = []))
)]
pub async fn create_checkout_session(
    State(state): State<AppState>,
    payer: Payer,
    Json(request): Json<CheckoutRequest>,
) -> Result<axum::Json<CheckoutBody>, ApiError> {
    let billing = state.billing()?;
    let request = SubscriptionCheckout {
        plan: read_plan(&request.plan),
        price: request.price.as_deref().map(read_price),
        promotion_code: request.promotion_code,
        success_url: request.success_url,
        cancel_url: request.cancel_url,
    };
    let opened = billing.checkout(&payer.customer, &payer.contact, &request);
    Ok(axum::Json(opened.await?.into()))
}

/// A plan by its name; what cannot be a name is like one that nobody sells.
pub(crate) fn read_plan(text: &str) -> PlanId {
    PlanId::new(text).unwrap_or_else(|_| PlanId::new("-").expect("a dash is a name"))
}

/// A price by its name.
pub(crate) fn read_price(text: &str) -> PriceId {
    PriceId::new(text).unwrap_or_else(|_| PriceId::new("-").expect("a dash is a name"))
}
