//! `POST /billing/subscribe/{plan_id}`: gets the customer onto a plan, whichever way leads there.

use super::change_plan::ChangedBody;
use super::create_checkout_session::{read_plan, read_price};
use super::payer::{BillingErrors, Payer, usual_url};
use crate::api::extract::{OptionalJson, Path};
use crate::api::problem::ApiError;
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tollgate::billing::{Billing, BillingError, Change, Changed, Opened, SubscriptionCheckout};
use utoipa::ToSchema;

/// How to get there. All of it may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeRequest {
    /// The price, as the catalog names it; the plan's only or monthly one, when left out.
    #[schema(example = "annual", max_length = 64)]
    pub price: Option<String>,
    /// A promotion code.
    #[schema(max_length = 100)]
    pub promotion_code: Option<String>,
    /// Where to go after paying; its origin must be allowed.
    pub success_url: Option<String>,
    /// Where to go to leave; its origin must be allowed.
    pub cancel_url: Option<String>,
}

/// Subscribe to a plan.
///
/// Without a subscription, here is the page to pay one; with one, its plan is changed.
#[utoipa::path(
    post,
    path = "/billing/subscribe/{plan_id}",
    operation_id = "billing_subscribe",
    tag = "Billing",
    params(("plan_id" = String, Path, description = "The plan", max_length = 64), OrganizationHeader),
    request_body = SubscribeRequest,
    responses((status = 200, description = "What came of it", body = ChangedBody), BillingErrors),
    security(("user" = []))
)]
pub async fn subscribe(
    State(state): State<AppState>,
    payer: Payer,
    Path(plan_id): Path<String>,
    OptionalJson(request): OptionalJson<SubscribeRequest>,
) -> Result<Json<ChangedBody>, ApiError> {
    let billing = state.billing()?;
    let usual = |url: Option<String>, result| url.unwrap_or_else(|| usual_url(&state, result));
    let checkout = SubscriptionCheckout {
        plan: read_plan(&plan_id),
        price: request.price.as_deref().map(read_price),
        promotion_code: request.promotion_code,
        success_url: usual(request.success_url, "success"),
        cancel_url: usual(request.cancel_url, "canceled"),
    };
    match get_onto(billing, &payer, &checkout).await? {
        Onto::Changed(changed) => Ok(Json(ChangedBody::new(&plan_id, changed))),
        Onto::Checkout(opened) => Ok(Json(ChangedBody {
            status: "checkout",
            plan: plan_id,
            effective_at: None,
            payment_url: None,
            checkout: Some(opened.into()),
        })),
    }
}

/// How a customer gets onto a plan.
#[derive(Debug)]
pub(crate) enum Onto {
    /// By a change of what they pay.
    Changed(Changed),
    /// By a payment page.
    Checkout(Opened),
}

/// Gets the customer onto a plan, whichever way leads there.
pub(crate) async fn get_onto(
    billing: &Billing,
    payer: &Payer,
    checkout: &SubscriptionCheckout,
) -> Result<Onto, BillingError> {
    let change = Change {
        plan: checkout.plan.clone(),
        price: checkout.price.clone(),
    };
    match billing.change(&payer.customer, &change).await {
        Err(BillingError::NotSubscribed) => {}
        changed => return changed.map(Onto::Changed),
    }
    let opened = billing.checkout(&payer.customer, &payer.contact, checkout);
    opened.await.map(Onto::Checkout)
}
