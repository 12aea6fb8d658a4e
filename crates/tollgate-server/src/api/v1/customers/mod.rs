//! Customers: who pays and holds quota.

mod change;
mod create;
mod get;
mod list;

pub use change::*;
pub use create::*;
pub use get::*;
pub use list::*;

use crate::api::schema;
use crate::api::v1::subscription::SubscriptionBody;
use serde::Serialize;
use tollgate_core::Account;
use tollgate_core::id::PlanId;
use utoipa::ToSchema;

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomerBody {
    /// The host app's own id.
    #[schema(value_type = schema::CustomerId)]
    pub id: String,
    /// Whose calendar counts.
    #[schema(value_type = schema::TimeZone)]
    pub time_zone: String,
    /// The plan.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<PlanId>,
    /// The subscription.
    pub subscription: Option<SubscriptionBody>,
}

impl CustomerBody {
    /// As it is answered to a key that calls it `id`.
    pub fn new(account: &Account, id: String) -> Self {
        Self {
            id,
            time_zone: account.time_zone().name().to_owned(),
            plan: account.subscription().map(|held| held.plan.clone()),
            subscription: SubscriptionBody::of(account),
        }
    }
}
