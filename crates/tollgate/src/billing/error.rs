//! What can come of a billing flow besides success.

use super::options::ReturnUrlError;
use crate::error::Error;
use tollgate_core::decision::Refusal;
use tollgate_core::id::{PlanId, TopUpId};
use tollgate_core::money::Money;
use tollgate_store::StoreError;
use tollgate_stripe::StripeError;

/// Why a billing flow did not do what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// No plan or price of that name can be bought.
    #[error("Invalid plan type. Must be {}.", choices(for_sale))]
    NotForSale {
        /// The plans that can.
        for_sale: Vec<PlanId>,
    },
    /// The plan's price is not known to Stripe.
    #[error(
        "the price of {plan} is not set up in Stripe: run `tollgate stripe setup`, or name it in the catalog"
    )]
    NoStripePrice {
        /// The plan.
        plan: PlanId,
    },
    /// No units of that name can be bought.
    #[error("there is no top-up {}; there is {}", .named.as_deref().unwrap_or("without a name"), choices(for_sale))]
    UnknownTopUp {
        /// What was asked for.
        named: Option<String>,
        /// What there is.
        for_sale: Vec<TopUpId>,
    },
    /// Too few or too many units.
    #[error("quantity must be from {min} to {max}, this is {quantity}")]
    Quantity {
        /// What was asked for.
        quantity: u64,
        /// The fewest.
        min: u64,
        /// The most.
        max: u64,
    },
    /// The price is more than can be paid at once.
    #[error("{quantity} units at {unit} cost more than can be paid at once")]
    AmountTooLarge {
        /// What was asked for.
        quantity: u64,
        /// For each unit.
        unit: Money,
    },
    /// The customer must not be sent there.
    #[error(transparent)]
    ReturnUrl(#[from] ReturnUrlError),
    /// There is no such promotion code, or it is over.
    #[error("the promotion code {0:?} cannot be used")]
    PromotionCode(String),
    /// The customer pays a subscription already.
    #[error(
        "There is a subscription to {plan} already: change its plan instead of buying another."
    )]
    AlreadySubscribed {
        /// Its plan.
        plan: PlanId,
    },
    /// The customer has that plan at that price.
    #[error("The subscription is to {plan} at this price already.")]
    SamePlan {
        /// The plan.
        plan: PlanId,
    },
    /// The customer pays nothing that could be changed or cancelled.
    #[error("There is no paid subscription.")]
    NotSubscribed,
    /// A payment is overdue: the plan cannot be changed before it is paid.
    #[error("A payment is overdue: pay it first, through the billing portal.")]
    Overdue,
    /// There is no change or cancellation to undo.
    #[error("There is nothing to undo.")]
    NothingToUndo,
    /// The customer was never sent to Stripe.
    #[error("There is no billing account yet: it is made with the first purchase.")]
    NoBillingAccount,
    /// The customer is not known here.
    #[error("there is no such customer")]
    UnknownCustomer,
    /// A comment that is too long, or a reason that is none.
    #[error("{0}")]
    Reason(String),
    /// The account's rules said no.
    #[error("refused ({}): {}", .0.reason.as_str(), .0.message())]
    Refused(Box<Refusal>),
    /// Others changed the same customer all the time; nothing was done.
    #[error("the customer's billing changed all the time; try again")]
    Contended,
    /// Stripe refused or was out of reach.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// The engine could not do it.
    #[error(transparent)]
    Engine(#[from] Error),
    /// The database could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BillingError {
    /// Whether the same may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Stripe(error) => error.is_outcome_unknown(),
            Self::Store(error) => error.is_transient() || error.is_unknown(),
            Self::Engine(error) => !matches!(error, Error::UnknownCustomer | Error::KeyReused),
            Self::Contended => true,
            _ => false,
        }
    }
}

/// As `'pro' or 'elite'`.
fn choices<T: std::fmt::Display>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
