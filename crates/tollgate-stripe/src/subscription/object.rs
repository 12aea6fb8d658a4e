//! The subscription as Stripe sends it, in every version's shape.

use super::values::{CancellationFeedback, SubscriptionStatus};
use crate::customer::Customer;
use crate::discount::Discount;
use crate::expandable::Expandable;
use crate::invoice::Invoice;
use crate::list::PageOf;
use crate::payment_intent::PaymentMethod;
use crate::period::Period;
use crate::price::Price;
use crate::private::Private;
use crate::schedule::Schedule;
use std::collections::BTreeMap;

object! {
    /// What a customer pays for again and again.
    Subscription = "a subscription" {
        /// Who pays.
        customer: Option<Expandable<Customer>>,
        /// What state it is in.
        status: SubscriptionStatus,
        /// Why it is in this state, where Stripe says more.
        status_details: Option<StatusDetails>,
        /// What is paid for.
        items: PageOf<SubscriptionItem>,
        /// When the current period began, in versions before 2025-03-31; see [`Self::period`].
        current_period_start: Option<i64>,
        /// When the current period ends, in versions before 2025-03-31; see [`Self::period`].
        current_period_end: Option<i64>,
        /// The second from which its periods are counted.
        billing_cycle_anchor: Option<i64>,
        /// When it will end; see [`Self::cancels_at`].
        cancel_at: Option<i64>,
        /// Whether it will end with its period; see [`Self::is_cancelling`].
        cancel_at_period_end: bool,
        /// When the cancellation was asked for.
        canceled_at: Option<i64>,
        /// Why it was cancelled.
        cancellation_details: Option<CancellationDetails>,
        /// `charge_automatically` or `send_invoice`.
        collection_method: Option<String>,
        /// When it was created.
        created: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// How it is paid, when not as the customer's other invoices.
        default_payment_method: Option<Expandable<PaymentMethod>>,
        /// What is taken off, in versions before 2024; see [`Self::all_discounts`].
        discount: Option<Expandable<Discount>>,
        /// What is taken off; see [`Self::all_discounts`].
        discounts: Vec<Expandable<Discount>>,
        /// When it ended.
        ended_at: Option<i64>,
        /// Its latest invoice.
        latest_invoice: Option<Expandable<Invoice>>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
        /// Whether its invoices are not collected for now.
        pause_collection: Option<PauseCollection>,
        /// A change that waits to be paid.
        pending_update: Option<PendingUpdate>,
        /// What will change, and when.
        schedule: Option<Expandable<Schedule>>,
        /// When it began.
        start_date: Option<i64>,
        /// When its trial began.
        trial_start: Option<i64>,
        /// When its trial ends or ended.
        trial_end: Option<i64>,
    }
}

object! {
    /// One thing that a subscription pays for.
    SubscriptionItem = "a subscription item" {
        /// When its current period began.
        current_period_start: Option<i64>,
        /// When its current period ends.
        current_period_end: Option<i64>,
        /// What it costs.
        price: Option<Expandable<Price>>,
        /// What it costs, in versions before prices; see [`Self::price_id`].
        plan: Option<Expandable<Price>>,
        /// How many.
        quantity: Option<i64>,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
        /// Whether it was taken away.
        deleted: bool,
    }
}

part! {
    /// Why a subscription was cancelled.
    pub CancellationDetails {
        /// What the customer wrote.
        comment: Option<Private>,
        /// What the customer chose.
        feedback: Option<CancellationFeedback>,
        /// Who did it: `cancellation_requested`, `payment_failed`, `payment_disputed`.
        reason: Option<String>,
    }
}

part! {
    /// Why a subscription is in its state.
    pub StatusDetails {
        /// Since when and why it is paused.
        paused: Option<Paused>,
    }
}

part! {
    /// Since when and why a subscription is paused.
    pub Paused {
        /// Since when.
        transitioned_at: Option<i64>,
        /// What paused it.
        subscription: Option<PausedBy>,
    }
}

part! {
    /// What paused a subscription.
    pub PausedBy {
        /// `pause_requested`, `trial_end_without_payment_method`, a failed payment, or Stripe.
        #[serde(rename = "type")]
        kind: Option<String>,
    }
}

part! {
    /// Invoices that are not collected for now.
    pub PauseCollection {
        /// What becomes of them: `keep_as_draft`, `mark_uncollectible`, `void`.
        behavior: Option<String>,
        /// When they are collected again.
        resumes_at: Option<i64>,
    }
}

part! {
    /// A change that waits to be paid.
    pub PendingUpdate {
        /// When it is dropped.
        expires_at: Option<i64>,
        /// The items that it would bring.
        subscription_items: Vec<SubscriptionItem>,
        /// The end of the trial that it would bring.
        trial_end: Option<i64>,
    }
}

impl Subscription {
    /// Who pays.
    pub fn customer_id(&self) -> Option<&str> {
        self.customer.as_ref().map(Expandable::id)
    }

    /// The current period: since 2025-03-31 that of its first item which has one, before that the
    /// subscription's own.
    pub fn period(&self) -> Option<Period> {
        self.items
            .data
            .iter()
            .find_map(SubscriptionItem::period)
            .or_else(|| Period::of(self.current_period_start, self.current_period_end))
    }

    /// Whether it has not ended and is going to. Since 2025-09-30 a cancellation can be either of
    /// a date and the period's end, so both are looked at.
    pub fn is_cancelling(&self) -> bool {
        !self.status.is_final() && (self.cancel_at.is_some() || self.cancel_at_period_end)
    }

    /// When it is going to end, if it is.
    pub fn cancels_at(&self) -> Option<i64> {
        if !self.is_cancelling() {
            return None;
        }
        self.cancel_at
            .or_else(|| self.period().map(|period| period.end))
    }

    /// The item with this price.
    pub fn item_of(&self, price: &str) -> Option<&SubscriptionItem> {
        self.items
            .data
            .iter()
            .find(|item| item.price_id() == Some(price))
    }

    /// The prices of its items.
    pub fn price_ids(&self) -> impl Iterator<Item = &str> {
        self.items
            .data
            .iter()
            .filter_map(SubscriptionItem::price_id)
    }

    /// What is taken off, from wherever the version has it.
    pub fn all_discounts(&self) -> impl Iterator<Item = &Expandable<Discount>> {
        let alone = self.discount.iter().filter(|_| self.discounts.is_empty());
        self.discounts.iter().chain(alone)
    }

    /// The schedule that decides its next changes.
    pub fn schedule_id(&self) -> Option<&str> {
        self.schedule.as_ref().map(Expandable::id)
    }

    /// Its latest invoice.
    pub fn latest_invoice_id(&self) -> Option<&str> {
        self.latest_invoice.as_ref().map(Expandable::id)
    }
}

impl SubscriptionItem {
    /// The price of it.
    pub fn price_id(&self) -> Option<&str> {
        self.price
            .as_ref()
            .or(self.plan.as_ref())
            .map(Expandable::id)
    }

    /// The current period of it.
    pub fn period(&self) -> Option<Period> {
        Period::of(self.current_period_start, self.current_period_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Subscription {
        serde_json::from_str(text).unwrap()
    }

    const NEW: &str = r#"{
        "id": "sub_1", "object": "subscription", "status": "active", "customer": "cus_1",
        "cancel_at": null, "cancel_at_period_end": false, "discounts": ["di_1"],
        "billing_mode": {"type": "flexible"}, "latest_invoice": "in_1", "schedule": null,
        "items": {"object": "list", "has_more": false, "data": [{
            "id": "si_1", "object": "subscription_item", "quantity": 1,
            "current_period_start": 1790000000, "current_period_end": 1792592000,
            "price": {"id": "price_1", "object": "price", "unit_amount": 999}
        }]}
    }"#;

    const OLD: &str = r#"{
        "id": "sub_1", "object": "subscription", "status": "active",
        "customer": {"id": "cus_1", "object": "customer"},
        "current_period_start": 1690000000, "current_period_end": 1692592000,
        "cancel_at": null, "cancel_at_period_end": false,
        "discount": {"id": "di_1", "object": "discount", "coupon": {"id": "half"}},
        "items": {"object": "list", "data": [{
            "id": "si_1", "object": "subscription_item",
            "plan": {"id": "plan_1", "object": "plan", "amount": 999}
        }]}
    }"#;

    #[test]
    fn the_new_shape_reads() {
        let subscription = read(NEW);
        assert_eq!(
            subscription.period(),
            Some(Period {
                start: 1_790_000_000,
                end: 1_792_592_000
            })
        );
        assert_eq!(subscription.customer_id(), Some("cus_1"));
        assert_eq!(subscription.price_ids().collect::<Vec<_>>(), ["price_1"]);
        assert_eq!(subscription.item_of("price_1").unwrap().id, "si_1");
        assert_eq!(subscription.latest_invoice_id(), Some("in_1"));
        assert_eq!(subscription.schedule_id(), None);
        assert_eq!(subscription.all_discounts().next().unwrap().id(), "di_1");
        assert!(!subscription.is_cancelling());
    }

    #[test]
    fn the_old_shape_reads() {
        let subscription = read(OLD);
        assert_eq!(
            subscription.period(),
            Some(Period {
                start: 1_690_000_000,
                end: 1_692_592_000
            })
        );
        assert_eq!(subscription.customer_id(), Some("cus_1"));
        assert_eq!(subscription.price_ids().collect::<Vec<_>>(), ["plan_1"]);
        let discounts: Vec<_> = subscription.all_discounts().collect();
        assert_eq!(discounts.len(), 1);
        assert_eq!(
            discounts[0].object().unwrap().coupon().unwrap().id(),
            "half"
        );
    }

    #[test]
    fn either_way_of_cancelling_is_cancelling() {
        let with = |fields: &str| {
            read(&NEW.replace(
                r#""cancel_at": null, "cancel_at_period_end": false"#,
                fields,
            ))
        };
        let at_end = with(r#""cancel_at": null, "cancel_at_period_end": true"#);
        assert_eq!(at_end.cancels_at(), Some(1_792_592_000));
        let at_date = with(r#""cancel_at": 1791000000, "cancel_at_period_end": false"#);
        assert!(at_date.is_cancelling());
        assert_eq!(at_date.cancels_at(), Some(1_791_000_000));
        let ended = read(
            r#"{"id":"sub_1","status":"canceled","cancel_at":1791000000,"cancel_at_period_end":true}"#,
        );
        assert!(!ended.is_cancelling());
        assert_eq!(ended.cancels_at(), None);
    }

    #[test]
    fn a_bare_subscription_reads() {
        let subscription = read(r#"{"id":"sub_1"}"#);
        assert_eq!(subscription.period(), None);
        assert_eq!(subscription.status, SubscriptionStatus::default());
        assert!(!subscription.status.is_final());
    }

    #[test]
    fn a_comment_does_not_show() {
        let subscription = read(
            r#"{"id":"sub_1","cancellation_details":{"comment":"call me: 555","feedback":"unused"}}"#,
        );
        assert!(!format!("{subscription:?}").contains("555"));
        let details = subscription.cancellation_details.unwrap();
        assert_eq!(details.feedback, Some(CancellationFeedback::Unused));
    }

    #[test]
    fn a_pause_and_its_cause_read() {
        let subscription = read(
            r#"{"id":"sub_1","status":"paused","status_details":{"paused":{"type":"subscription",
            "transitioned_at":5,"subscription":{"type":"pause_requested"}}}}"#,
        );
        let paused = subscription.status_details.unwrap().paused.unwrap();
        assert_eq!(paused.transitioned_at, Some(5));
        assert_eq!(
            paused.subscription.unwrap().kind.as_deref(),
            Some("pause_requested")
        );
    }
}
