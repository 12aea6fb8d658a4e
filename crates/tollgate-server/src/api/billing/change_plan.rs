//! `POST /billing/change-plan`: changes the plan that is paid.

use super::create_checkout_session::{CheckoutBody, read_plan, read_price};
use super::payer::{BillingErrors, Payer};
use crate::api::extract::Json;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tollgate::billing::{Change, Changed};
use utoipa::ToSchema;

/// A plan to change to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// The plan; the free one ends the subscription with its period.
    #[schema(example = "elite", max_length = 64)]
    pub plan: String,
    /// The price, as the catalog names it; the plan's only or monthly one, when left out.
    #[schema(example = "monthly", max_length = 64)]
    pub price: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedBody {
    /// `changed`: it holds. `scheduled`: it will. `payment_required`: it holds once it is paid.
    /// `checkout`: there was no subscription, and here is the page to pay one.
    #[schema(value_type = String, example = "changed")]
    pub status: &'static str,
    /// The plan.
    #[schema(example = "elite")]
    pub plan: String,
    /// From when it holds, when that is later.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub effective_at: Option<Instant>,
    /// Where the rest is paid.
    pub payment_url: Option<String>,
    /// The payment page.
    #[serde(flatten)]
    pub checkout: Option<CheckoutBody>,
}

impl ChangedBody {
    pub(super) fn new(plan: &str, changed: Changed) -> Self {
        let body = |status| Self {
            status,
            plan: plan.to_owned(),
            effective_at: None,
            payment_url: None,
            checkout: None,
        };
        match changed {
            Changed::Now => body("changed"),
            Changed::Scheduled { at } => Self {
                effective_at: Some(Instant(at)),
                ..body("scheduled")
            },
            Changed::AwaitsPayment { url } => Self {
                payment_url: url,
                ..body("payment_required")
            },
        }
    }
}

impl ChangeRequest {
    pub(super) fn change(&self) -> Change {
        Change {
            plan: read_plan(&self.plan),
            price: self.price.as_deref().map(read_price),
        }
    }
}

/// Change my plan.
///
/// More holds at once, and is paid at once in proportion; less holds when the period that is paid
/// ends.
#[utoipa::path(
    post,
    path = "/billing/change-plan",
    operation_id = "change_plan",
    tag = "Billing",
    params(OrganizationHeader),
    request_body = ChangeRequest,
    responses((status = 200, description = "What came of it", body = ChangedBody), BillingErrors),
    security(("user" = []))
)]
pub async fn change_plan(
    State(state): State<AppState>,
    payer: Payer,
    Json(request): Json<ChangeRequest>,
) -> Result<axum::Json<ChangedBody>, ApiError> {
    let billing = state.billing()?;
    let changed = billing.change(&payer.customer, &request.change()).await?;
    Ok(axum::Json(ChangedBody::new(&request.plan, changed)))
}
