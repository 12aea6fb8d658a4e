//! Subscriptions without payment: which plan a customer has, and changes of it.

mod cancel;
mod get;
mod preview;
mod subscribe;
mod undo;

pub use cancel::*;
pub use get::*;
pub use preview::*;
pub use subscribe::*;
pub use undo::*;

use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::state::AppState;
use serde::Serialize;
use tollgate_core::Account;
use tollgate_core::id::{CustomerId, PlanId, PriceId, SubscriptionId};
use tollgate_core::plan::BillingInterval;
use utoipa::ToSchema;

/// A customer's subscription to a plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Subscription)]
pub struct SubscriptionBody {
    /// Its id.
    #[schema(value_type = String, example = "sub_01hf8q4s0r0000000000000001")]
    pub id: SubscriptionId,
    /// The plan.
    #[schema(value_type = schema::PlanId)]
    pub plan: PlanId,
    /// The plan's version that the customer has.
    pub plan_version: u32,
    /// The price that is paid; null for a free plan.
    #[schema(value_type = Option<schema::PriceId>)]
    pub price: Option<PriceId>,
    /// How long a billing period is: month or year.
    #[schema(value_type = String, example = "month")]
    pub interval: &'static str,
    /// Its standing, in Stripe's words.
    #[schema(value_type = String, example = "active")]
    pub status: &'static str,
    /// When it began.
    #[schema(value_type = schema::Instant)]
    pub started_at: Instant,
    /// When the running billing period began.
    #[schema(value_type = schema::Instant)]
    pub current_period_start: Instant,
    /// When it ends.
    #[schema(value_type = Option<schema::Instant>)]
    pub current_period_end: Option<Instant>,
    /// A change that waits for the period's end.
    pub pending: Option<PendingBody>,
    /// When it will end.
    #[schema(value_type = Option<schema::Instant>)]
    pub cancel_at: Option<Instant>,
}

/// A change that waits for its time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingChange)]
pub struct PendingBody {
    /// The plan that it leads to.
    #[schema(value_type = schema::PlanId)]
    pub plan: PlanId,
    /// The price that will be paid.
    #[schema(value_type = Option<schema::PriceId>)]
    pub price: Option<PriceId>,
    /// When it takes effect.
    #[schema(value_type = schema::Instant)]
    pub effective_at: Instant,
}

impl SubscriptionBody {
    /// The running subscription, if there is one.
    pub fn of(account: &Account) -> Option<Self> {
        let held = account.subscription()?;
        Some(Self {
            id: account.subscription_id()?,
            plan: held.plan.clone(),
            plan_version: held.plan_version,
            price: held.price.clone(),
            interval: match held.interval {
                BillingInterval::Month => "month",
                BillingInterval::Year => "year",
            },
            status: held.status.as_str(),
            started_at: Instant(held.started_at),
            current_period_start: Instant(held.period.start),
            current_period_end: Instant::finite(held.period.end),
            pending: held.pending.as_ref().map(|pending| PendingBody {
                plan: pending.plan.clone(),
                price: pending.price.clone(),
                effective_at: Instant(pending.at),
            }),
            cancel_at: held.cancel_at.map(Instant),
        })
    }
}

/// What a change of the subscription came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeAnswer {
    /// When it takes effect.
    #[schema(value_type = schema::Instant)]
    pub effective_at: Instant,
    /// The subscription as it stands now.
    pub subscription: Option<SubscriptionBody>,
}

/// The customer's subscription as it stands now.
async fn current(
    state: &AppState,
    customer: &CustomerId,
) -> Result<Option<SubscriptionBody>, ApiError> {
    let account = state.tollgate.account(customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    Ok(SubscriptionBody::of(&account))
}
