//! Subscriptions: which plan a customer has, since when, and what will become of it.

use crate::id::{PlanId, PriceId};
use crate::period::Period;
use crate::plan::BillingInterval;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a subscription's standing is, in Stripe's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In its trial.
    Trialing,
    /// Paid, or free.
    Active,
    /// A payment failed and is being retried.
    PastDue,
    /// Retries are exhausted.
    Unpaid,
    /// The first payment is still missing.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// Collection is paused.
    Paused,
    /// Ended.
    Canceled,
}

impl Status {
    const ALL: [Status; 8] = [
        Status::Trialing,
        Status::Active,
        Status::PastDue,
        Status::Unpaid,
        Status::Incomplete,
        Status::IncompleteExpired,
        Status::Paused,
        Status::Canceled,
    ];

    /// The word that stands in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Trialing => "trialing",
            Status::Active => "active",
            Status::PastDue => "past_due",
            Status::Unpaid => "unpaid",
            Status::Incomplete => "incomplete",
            Status::IncompleteExpired => "incomplete_expired",
            Status::Paused => "paused",
            Status::Canceled => "canceled",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// A customer's subscription to a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The number of the entry that began it; its id is made of that and `started_at`.
    pub number: u64,
    /// The plan.
    pub plan: PlanId,
    /// The plan's version that the customer has.
    pub plan_version: u32,
    /// The price that is paid; `None` for a free plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceId>,
    /// How long a billing period is.
    pub interval: BillingInterval,
    /// Its standing.
    pub status: Status,
    /// When it began.
    pub started_at: Timestamp,
    /// What billing periods are counted from.
    pub anchor: Timestamp,
    /// The running billing period.
    pub period: Period,
    /// A change that waits for the period's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingChange>,
    /// When it will end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<Timestamp>,
    /// While a payment is overdue: when access ends unless it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_until: Option<Timestamp>,
    /// Of the default plan: the provider's id of the subscription that it took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fell_from: Option<String>,
    /// The payment provider's ids of it; `None` when nobody bills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_as: Option<BilledAs>,
}

/// The payment provider's ids of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BilledAs {
    /// Of the customer: `cus_…`.
    pub customer: String,
    /// Of the subscription: `sub_…`.
    pub subscription: String,
    /// Of the price: `price_…`.
    pub price: String,
}

/// A change of plan that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// When it takes effect.
    pub at: Timestamp,
    /// The plan that it leads to.
    pub plan: PlanId,
    /// That plan's version.
    pub plan_version: u32,
    /// The price that will be paid.
    pub price: Option<PriceId>,
}
