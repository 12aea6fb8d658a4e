//! What the calls about subscriptions take.

use super::object::Subscription;
use super::values::{
    CancellationFeedback, MissingPaymentMethod, PaymentBehavior, Proration, StatusFilter,
};
use crate::checkout::AutomaticTax;
use crate::object::ListRequest;
use crate::period::Created;
use crate::private::Private;
use crate::tolerant::Clearable;
use serde::Serialize;
use std::collections::BTreeMap;

/// A new subscription. Most begin with a checkout session instead.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateSubscription {
    /// Who pays.
    pub customer: String,
    /// What is paid for.
    pub items: Vec<ItemParams>,
    /// Whether tax is added.
    pub automatic_tax: Option<AutomaticTax>,
    /// Whether it ends with its first period.
    pub cancel_at_period_end: Option<bool>,
    /// How it is paid, when not as the customer's other invoices.
    pub default_payment_method: Option<String>,
    /// What is taken off.
    pub discounts: Vec<DiscountParams>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// What happens when it is not paid.
    pub payment_behavior: Option<PaymentBehavior>,
    /// When its trial ends.
    pub trial_end: Option<TrialEnd>,
    /// For how many days it is tried.
    pub trial_period_days: Option<u32>,
    /// What happens at the end of the trial.
    pub trial_settings: Option<TrialSettings>,
}

/// A change of a subscription; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpdateSubscription {
    /// The items that are added, changed or taken away.
    pub items: Vec<ItemParams>,
    /// Whether tax is added.
    pub automatic_tax: Option<AutomaticTax>,
    /// Whether a new period begins.
    pub billing_cycle_anchor: Option<BillingCycleAnchor>,
    /// When it ends. Clear it to undo a cancellation.
    pub cancel_at: Option<Clearable<i64>>,
    /// Whether it ends with its period.
    pub cancel_at_period_end: Option<bool>,
    /// Why it is cancelled.
    pub cancellation_details: Option<CancellationParams>,
    /// How it is paid, when not as the customer's other invoices.
    pub default_payment_method: Option<String>,
    /// What is taken off.
    pub discounts: Option<Clearable<Vec<DiscountParams>>>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
    /// What is stored with it: the keys that are named; an empty text removes one.
    pub metadata: Option<Clearable<BTreeMap<String, String>>>,
    /// Whether its invoices are not collected for now.
    pub pause_collection: Option<Clearable<PauseCollectionParams>>,
    /// What happens when what it costs is not paid. With `PendingIfIncomplete` only the items,
    /// the trial, the proration and the anchor can be changed.
    pub payment_behavior: Option<PaymentBehavior>,
    /// What becomes of the part of the period that was paid at another price.
    pub proration_behavior: Option<Proration>,
    /// The second as of which it is reckoned: the one of the preview.
    pub proration_date: Option<i64>,
    /// When its trial ends.
    pub trial_end: Option<TrialEnd>,
    /// What happens at the end of the trial.
    pub trial_settings: Option<TrialSettings>,
}

/// An item that is added (a price), changed (an id and what changes) or taken away (an id and
/// `deleted`).
#[derive(Clone, Debug, Default, Serialize)]
pub struct ItemParams {
    /// The item, when it is there already.
    pub id: Option<String>,
    /// Its price.
    pub price: Option<String>,
    /// How many.
    pub quantity: Option<u64>,
    /// Whether it is taken away.
    pub deleted: Option<bool>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
}

/// What is taken off: exactly one of these.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DiscountParams {
    /// A coupon.
    pub coupon: Option<String>,
    /// A discount that is at work already.
    pub discount: Option<String>,
    /// A promotion code, by its id.
    pub promotion_code: Option<String>,
}

/// Whether a new period begins with a change: `type` is `now` or `unchanged`.
#[derive(Clone, Debug, Serialize)]
pub struct BillingCycleAnchor {
    /// `now` or `unchanged`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl BillingCycleAnchor {
    /// A new period begins at once.
    pub fn now() -> Self {
        Self {
            kind: "now".to_owned(),
        }
    }

    /// The periods stay as they are.
    pub fn unchanged() -> Self {
        Self {
            kind: "unchanged".to_owned(),
        }
    }
}

/// Why a subscription is cancelled.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CancellationParams {
    /// What the customer writes.
    pub comment: Option<Private>,
    /// What the customer chooses.
    pub feedback: Option<CancellationFeedback>,
}

/// What becomes of invoices that are not collected for now.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PauseCollectionParams {
    /// `keep_as_draft`, `mark_uncollectible` or `void`.
    pub behavior: String,
    /// When they are collected again.
    pub resumes_at: Option<i64>,
}

/// When a trial ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialEnd {
    /// At once.
    Now,
    /// At this second.
    At(i64),
}

impl Serialize for TrialEnd {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Now => serializer.serialize_str("now"),
            Self::At(seconds) => serializer.serialize_i64(*seconds),
        }
    }
}

/// How a trial goes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TrialSettings {
    /// What happens at its end.
    pub end_behavior: TrialEndBehavior,
}

/// What happens at the end of a trial.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TrialEndBehavior {
    /// Without a payment method.
    pub missing_payment_method: MissingPaymentMethod,
}

/// The end of a subscription, now.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CancelSubscription {
    /// Why.
    pub cancellation_details: Option<CancellationParams>,
    /// Whether what is still open is invoiced.
    pub invoice_now: Option<bool>,
    /// Whether the rest of the period is credited.
    pub prorate: Option<bool>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// The end of a pause.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ResumeSubscription {
    /// Whether a new period begins.
    pub billing_cycle_anchor: Option<BillingCycleAnchor>,
    /// What becomes of the part of the period that was paused.
    pub proration_behavior: Option<Proration>,
    /// The second as of which it is reckoned.
    pub proration_date: Option<i64>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// Which subscriptions to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListSubscriptions {
    /// Those of this customer.
    pub customer: Option<String>,
    /// Those with this price.
    pub price: Option<String>,
    /// Those in this state; all that have not been cancelled when nothing is said.
    pub status: Option<StatusFilter>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.latest_invoice`.
    pub expand: Vec<String>,
}

impl ListRequest for ListSubscriptions {
    type Item = Subscription;

    fn path(&self) -> Vec<&str> {
        vec!["subscriptions"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::encode;

    fn decoded(params: &impl Serialize) -> Vec<String> {
        form_urlencoded::parse(encode(params).unwrap().as_bytes())
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    #[test]
    fn an_upgrade_is_written_as_stripe_reads_it() {
        let upgrade = UpdateSubscription {
            items: vec![ItemParams {
                id: Some("si_1".to_owned()),
                price: Some("price_2".to_owned()),
                ..ItemParams::default()
            }],
            payment_behavior: Some(PaymentBehavior::PendingIfIncomplete),
            proration_behavior: Some(Proration::AlwaysInvoice),
            ..UpdateSubscription::default()
        };
        assert_eq!(
            decoded(&upgrade),
            [
                "items[0][id]=si_1",
                "items[0][price]=price_2",
                "payment_behavior=pending_if_incomplete",
                "proration_behavior=always_invoice",
            ]
        );
    }

    #[test]
    fn a_cancellation_is_undone_by_an_empty_text() {
        let undo = UpdateSubscription {
            cancel_at: Some(Clearable::Clear),
            ..UpdateSubscription::default()
        };
        assert_eq!(decoded(&undo), ["cancel_at="]);
        let anchored = ResumeSubscription {
            billing_cycle_anchor: Some(BillingCycleAnchor::now()),
            ..ResumeSubscription::default()
        };
        assert_eq!(decoded(&anchored), ["billing_cycle_anchor[type]=now"]);
    }

    #[test]
    fn trials_end_now_or_at_a_second() {
        for (end, written) in [
            (TrialEnd::Now, "trial_end=now"),
            (TrialEnd::At(17), "trial_end=17"),
        ] {
            let params = UpdateSubscription {
                trial_end: Some(end),
                ..UpdateSubscription::default()
            };
            assert_eq!(decoded(&params), [written]);
        }
    }
}
