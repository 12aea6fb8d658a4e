//! `GET /billing/subscription`: the plan that the customer has.

use super::plans::PlanBody;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::{OrganizationHeader, ReadErrors, UserError};
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate::billing::BillingStanding;
use tollgate_core::account::Account;
use tollgate_core::catalog::Catalog;
use utoipa::ToSchema;

/// A subscription.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionBody {
    /// Its own for ever.
    #[schema(example = "sub_01hf8q4s0r0000000000000001")]
    pub id: String,
    /// The user, when the customer is one.
    pub user_id: Option<String>,
    /// The organisation, when the customer is one.
    pub org_id: Option<String>,
    /// The plan.
    #[schema(example = "basic")]
    pub plan_id: String,
    /// The plan as the customer has it.
    pub plan: Option<PlanBody>,
    /// The price that is paid; null for a free plan.
    pub price_id: Option<String>,
    /// `active`, `trialing`, `past_due`, `unpaid`, `canceled`, …
    #[schema(value_type = String, example = "active")]
    pub status: &'static str,
    /// Stripe's own word for the standing of what is paid there: `unpaid` or `paused` where the
    /// plan has fallen back.
    #[schema(example = "active")]
    pub stripe_status: Option<String>,
    /// While a payment is overdue: until when the plan can be used all the same.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub grace_until: Option<Instant>,
    /// Units that were paid back after they had been used: a debt.
    pub quota_owed: u64,
    /// Stripe's id of the customer.
    pub stripe_customer_id: Option<String>,
    /// Stripe's id of the subscription.
    pub stripe_subscription_id: Option<String>,
    /// Stripe's id of the price.
    pub stripe_price_id: Option<String>,
    /// The first instant of the running billing period.
    #[schema(value_type = String, format = DateTime)]
    pub current_period_start: Instant,
    /// The first instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub current_period_end: Instant,
    /// When it ends, if it was cancelled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub cancel_at: Option<Instant>,
    /// A change of plan that waits for its time.
    pub pending: Option<PendingBody>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When the customer's account last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

/// A change of plan that waits for its time.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingBody {
    /// The plan that it leads to.
    pub plan_id: String,
    /// When it takes effect.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

/// My subscription.
#[utoipa::path(
    get,
    path = "/billing/subscription",
    operation_id = "billing_subscription",
    tag = "Billing",
    params(OrganizationHeader),
    responses(
        (status = 200, description = "The subscription", body = SubscriptionBody),
        (status = 404, description = "No subscription", body = UserError),
        ReadErrors,
    ),
    security(("user" = []))
)]
pub async fn subscription(
    State(state): State<AppState>,
    acting: ActingFor,
) -> Result<Json<SubscriptionBody>, ApiError> {
    let account = acting.account(&state.tollgate).await?;
    let standing = match &state.billing {
        Some(billing) => billing.standing(&acting.customer).await?,
        None => BillingStanding::default(),
    };
    let is_organization = acting.member.is_some();
    let body = SubscriptionBody::new(
        &account,
        &state.tollgate.catalog(),
        &standing,
        is_organization,
    );
    body.map(Json).ok_or_else(no_subscription)
}

/// What is answered to a customer without a subscription who asks for it.
pub(super) fn no_subscription() -> ApiError {
    ApiError::NotFound {
        error: "no_subscription",
        message: "No active subscription found. Please subscribe to a plan to continue.".to_owned(),
    }
}

impl SubscriptionBody {
    fn new(
        account: &Account,
        catalog: &Catalog,
        standing: &BillingStanding,
        is_organization: bool,
    ) -> Option<Self> {
        let subscription = account.subscription()?;
        let customer = account.customer().to_string();
        let (user_id, org_id) = owner(customer, is_organization);
        let plan = account.plan(catalog);
        let billed_as = subscription.billed_as.as_ref();
        let stripe = standing.stripe.as_ref();
        let price = plan
            .zip(subscription.price.as_ref())
            .and_then(|(plan, price)| plan.prices.get(price));
        Some(Self {
            id: account.subscription_id()?.to_string(),
            user_id,
            org_id,
            plan_id: subscription.plan.to_string(),
            plan: plan.map(|plan| PlanBody::new(catalog, plan, None)),
            price_id: subscription.price.as_ref().map(ToString::to_string),
            status: subscription.status.as_str(),
            stripe_status: stripe.and_then(|stripe| stripe.status.clone()),
            grace_until: subscription.grace_until.map(Instant),
            quota_owed: standing.owed(),
            stripe_customer_id: stripe.and_then(|stripe| stripe.stripe_customer.clone()),
            stripe_subscription_id: billed_as.map(|ids| ids.subscription.clone()),
            stripe_price_id: billed_as
                .map(|ids| ids.price.clone())
                .or_else(|| price.and_then(|price| price.stripe_price.clone())),
            current_period_start: Instant(subscription.period.start),
            current_period_end: Instant(subscription.period.end),
            cancel_at: subscription.cancel_at.map(Instant),
            pending: subscription.pending.as_ref().map(|pending| PendingBody {
                plan_id: pending.plan.to_string(),
                at: Instant(pending.at),
            }),
            created_at: Instant(subscription.started_at),
            updated_at: Instant(account.at()),
        })
    }
}

/// The customer as `user_id` or `org_id`.
pub(super) fn owner(customer: String, is_organization: bool) -> (Option<String>, Option<String>) {
    if is_organization {
        (None, Some(customer))
    } else {
        (Some(customer), None)
    }
}
