//! `GET /billing/payments`: the units that were bought once.

use super::payer::BillingErrors;
use super::subscription::owner;
use crate::api::extract::Query;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::OrganizationHeader;
use crate::api::v1::page::{List, PageQuery};
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate_store::payment::{self, Payment};
use utoipa::ToSchema;

/// A payment of units bought once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentBody {
    /// Its own for ever.
    #[schema(example = "pay_01hf8q4s0r0000000000000001")]
    pub id: String,
    /// The user, when the customer is one.
    pub user_id: Option<String>,
    /// The organisation, when the customer is one.
    pub org_id: Option<String>,
    /// Stripe's id of the payment, once there is one.
    pub stripe_payment_intent_id: Option<String>,
    /// What was paid, in the currency's smallest unit, before taxes and discounts.
    #[schema(example = 500)]
    pub amount_cents: u64,
    /// ISO 4217, in small letters.
    #[schema(example = "usd")]
    pub currency: String,
    /// Units bought.
    #[schema(example = 50)]
    pub quota_purchased: u64,
    /// What people read.
    pub description: String,
    /// `pending`, `succeeded`, `failed` or `refunded`.
    #[schema(value_type = String, example = "succeeded")]
    pub status: &'static str,
    /// Units that were taken back.
    pub quota_revoked: u64,
    /// Units that were paid back after they had been used: a debt.
    pub quota_owed: u64,
    /// What was paid back, in the currency's smallest unit.
    pub refunded_cents: u64,
    /// `none`, `open` or `lost`.
    #[schema(value_type = String, example = "none")]
    pub dispute: &'static str,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl PaymentBody {
    fn new(payment: Payment, is_organization: bool) -> Self {
        let (user_id, org_id) = owner(payment.customer.to_string(), is_organization);
        Self {
            id: payment.id.to_string(),
            user_id,
            org_id,
            stripe_payment_intent_id: payment.stripe_payment_intent,
            amount_cents: payment.amount.minor,
            currency: payment.amount.currency.as_str().to_owned(),
            quota_purchased: payment.quantity,
            description: payment.description,
            status: payment.status.as_str(),
            quota_revoked: payment.purchased.map_or(0, |purchased| purchased.revoked),
            quota_owed: payment.owed,
            refunded_cents: payment.refunded,
            dispute: payment.dispute.as_str(),
            created_at: Instant(payment.created_at),
        }
    }
}

/// What I bought once, the newest first.
#[utoipa::path(
    get,
    path = "/billing/payments",
    operation_id = "billing_payments",
    tag = "Billing",
    params(PageQuery, OrganizationHeader),
    responses((status = 200, description = "One page", body = List<PaymentBody>), BillingErrors),
    security(("user" = []))
)]
pub async fn payments(
    State(state): State<AppState>,
    acting: ActingFor,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<PaymentBody>>, ApiError> {
    let limit = page.limit()?;
    let before = page.starting_after.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| {
        ApiError::InvalidParameter("starting_after must be the id of a payment".to_owned())
    })?;
    let mut reader = state.tollgate.store().read().await?;
    let found = payment::list(&mut reader, &acting.customer, before, limit + 1).await?;
    let list = List::of_one_more(found, limit, |payment| payment.id.to_string());
    Ok(Json(List {
        data: list
            .data
            .into_iter()
            .map(|payment| PaymentBody::new(payment, acting.member.is_some()))
            .collect(),
        has_more: list.has_more,
        next: list.next,
    }))
}
