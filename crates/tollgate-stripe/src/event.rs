//! Events: that something has happened, and what it looked like then.

use crate::client::Client;
use crate::decode::{self, DecodeError};
use crate::error::StripeError;
use crate::object::{ListRequest, Object};
use crate::period::Created;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

open_enum! {
    /// What has happened. Stripe has many more; those that nothing here acts on are kept as they
    /// are.
    pub EventKind {
        /// A customer finished a checkout; see [`crate::CheckoutSession::is_fulfillable`].
        CheckoutCompleted = "checkout.session.completed",
        /// The money of a finished checkout came later.
        CheckoutAsyncPaymentSucceeded = "checkout.session.async_payment_succeeded",
        /// The money of a finished checkout did not come.
        CheckoutAsyncPaymentFailed = "checkout.session.async_payment_failed",
        /// A checkout is over, and nothing came of it.
        CheckoutExpired = "checkout.session.expired",
        /// A customer was created.
        CustomerCreated = "customer.created",
        /// A customer was changed.
        CustomerUpdated = "customer.updated",
        /// A customer was deleted.
        CustomerDeleted = "customer.deleted",
        /// A subscription was created.
        SubscriptionCreated = "customer.subscription.created",
        /// A subscription was changed.
        SubscriptionUpdated = "customer.subscription.updated",
        /// A subscription has ended.
        SubscriptionDeleted = "customer.subscription.deleted",
        /// A subscription was paused.
        SubscriptionPaused = "customer.subscription.paused",
        /// The pause of a subscription has ended.
        SubscriptionResumed = "customer.subscription.resumed",
        /// The trial of a subscription ends in three days.
        SubscriptionTrialWillEnd = "customer.subscription.trial_will_end",
        /// A change that waited to be paid was made.
        SubscriptionPendingUpdateApplied = "customer.subscription.pending_update_applied",
        /// A change that waited to be paid was dropped.
        SubscriptionPendingUpdateExpired = "customer.subscription.pending_update_expired",
        /// An invoice was paid, or needed no payment.
        InvoicePaid = "invoice.paid",
        /// The payment of an invoice was made.
        InvoicePaymentSucceeded = "invoice.payment_succeeded",
        /// The payment of an invoice failed.
        InvoicePaymentFailed = "invoice.payment_failed",
        /// The payment of an invoice needs the customer.
        InvoicePaymentActionRequired = "invoice.payment_action_required",
        /// An invoice will not be paid.
        InvoiceMarkedUncollectible = "invoice.marked_uncollectible",
        /// An invoice was taken back.
        InvoiceVoided = "invoice.voided",
        /// A payment was made.
        PaymentIntentSucceeded = "payment_intent.succeeded",
        /// A payment failed.
        PaymentIntentFailed = "payment_intent.payment_failed",
        /// A payment will not be made.
        PaymentIntentCanceled = "payment_intent.canceled",
        /// Something of a charge was given back.
        ChargeRefunded = "charge.refunded",
        /// A refund of a charge was changed.
        ChargeRefundUpdated = "charge.refund.updated",
        /// A refund was created.
        RefundCreated = "refund.created",
        /// A refund was changed.
        RefundUpdated = "refund.updated",
        /// A refund could not be made.
        RefundFailed = "refund.failed",
        /// A charge is disputed.
        DisputeCreated = "charge.dispute.created",
        /// A dispute was changed.
        DisputeUpdated = "charge.dispute.updated",
        /// A dispute is closed.
        DisputeClosed = "charge.dispute.closed",
        /// The money of a dispute was taken.
        DisputeFundsWithdrawn = "charge.dispute.funds_withdrawn",
        /// The money of a dispute came back.
        DisputeFundsReinstated = "charge.dispute.funds_reinstated",
        /// A price was created.
        PriceCreated = "price.created",
        /// A price was changed.
        PriceUpdated = "price.updated",
        /// A price was deleted.
        PriceDeleted = "price.deleted",
        /// A product was created.
        ProductCreated = "product.created",
        /// A product was changed.
        ProductUpdated = "product.updated",
        /// A product was deleted.
        ProductDeleted = "product.deleted",
        /// A schedule was created.
        ScheduleCreated = "subscription_schedule.created",
        /// A schedule was changed.
        ScheduleUpdated = "subscription_schedule.updated",
        /// A schedule has let go of its subscription.
        ScheduleReleased = "subscription_schedule.released",
        /// A schedule was cancelled.
        ScheduleCanceled = "subscription_schedule.canceled",
        /// All phases of a schedule are over.
        ScheduleCompleted = "subscription_schedule.completed",
    }
}

/// That something has happened. It is a hint: what counts is the object as it is now.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Stripe's id of it: the same one however often it is sent.
    pub id: String,
    /// What has happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// When; Stripe counts whole seconds, so two in one second have no order.
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    pub created: i64,
    /// Whether it is about real money.
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    pub livemode: bool,
    /// The connected account that it is from; `None` for one's own.
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    pub account: Option<String>,
    /// The version of the API whose shapes its object has.
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    pub api_version: Option<String>,
    /// What it is about.
    pub data: EventData,
    /// The request that brought it about.
    #[serde(default, deserialize_with = "crate::tolerant::or_default")]
    pub request: Option<EventRequest>,
}

/// What an event is about.
#[derive(Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct EventData {
    /// The object as it was then, in the shape of the event's version.
    pub object: Value,
    /// What was otherwise before, for a change.
    #[serde(default)]
    pub previous_attributes: Option<Value>,
}

part! {
    /// The request that brought an event about.
    pub EventRequest {
        /// Stripe's id of it.
        id: Option<String>,
        /// The key that it was made with.
        idempotency_key: Option<String>,
    }
}

impl Event {
    fn text(&self, field: &str) -> Option<&str> {
        self.data.object.get(field)?.as_str()
    }

    /// What its object is: `subscription`, `checkout.session` and so on.
    pub fn object_kind(&self) -> Option<&str> {
        self.text("object")
    }

    /// The id of its object.
    pub fn object_id(&self) -> Option<&str> {
        self.text("id")
    }

    /// The customer whom it is about, when its object names one or is one.
    pub fn customer_id(&self) -> Option<&str> {
        if self.object_kind() == Some("customer") {
            return self.object_id();
        }
        let customer = self.data.object.get("customer")?;
        customer
            .as_str()
            .or_else(|| customer.get("id").and_then(Value::as_str))
    }

    /// Its object, as it was then.
    pub fn object<T: Object>(&self) -> Result<T, DecodeError> {
        decode::from_value(&self.data.object)
    }

    /// Whether a field of its object was changed.
    pub fn changed(&self, field: &str) -> bool {
        let before = self.data.previous_attributes.as_ref();
        before.is_some_and(|before| before.get(field).is_some())
    }
}

impl fmt::Debug for Event {
    /// Without its object, which can hold names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("kind", &self.kind.as_str())
            .field("created", &self.created)
            .field("livemode", &self.livemode)
            .field("account", &self.account)
            .field("api_version", &self.api_version)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EventData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |field| self.object.get(field).and_then(Value::as_str);
        f.debug_struct("EventData")
            .field("object", &text("object"))
            .field("id", &text("id"))
            .finish_non_exhaustive()
    }
}

impl Object for Event {
    const WHAT: &'static str = "an event";

    fn id(&self) -> &str {
        &self.id
    }
}

/// Which events to list; Stripe keeps them for 30 days, and sends the newest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListEvents {
    /// Those created then.
    pub created: Option<Created>,
    /// Those of these kinds, twenty at most.
    pub types: Vec<EventKind>,
    /// Those of this kind; `*` stands for anything. Not together with `types`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Those that were delivered to every endpoint, or those that were not.
    pub delivery_success: Option<bool>,
}

impl ListRequest for ListEvents {
    type Item = Event;

    fn path(&self) -> Vec<&str> {
        vec!["events"]
    }
}

impl Client {
    /// The event of this id, of the last 30 days.
    pub async fn event(&self, id: &str) -> Result<Event, StripeError> {
        self.get(&["events", id], &()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Customer, Subscription};

    fn read(text: &str) -> Event {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_event_reads_with_its_object() {
        let event = read(
            r#"{"id":"evt_1","object":"event","type":"customer.subscription.updated",
            "created":1790000000,"livemode":true,"account":"acct_1","api_version":"2026-10-28.endive",
            "request":{"id":"req_1","idempotency_key":"op-1"},"pending_webhooks":2,
            "data":{"object":{"id":"sub_1","object":"subscription","status":"active",
                "customer":{"id":"cus_1"}},"previous_attributes":{"status":"trialing"}}}"#,
        );
        assert_eq!(event.kind, EventKind::SubscriptionUpdated);
        assert_eq!(event.object_kind(), Some("subscription"));
        assert_eq!(event.object_id(), Some("sub_1"));
        assert_eq!(event.customer_id(), Some("cus_1"));
        assert!(event.livemode && event.changed("status") && !event.changed("items"));
        assert_eq!(event.object::<Subscription>().unwrap().id, "sub_1");
        let request = event.request.unwrap();
        assert_eq!(request.idempotency_key.as_deref(), Some("op-1"));
    }

    #[test]
    fn events_about_a_customer_name_it() {
        let event = read(
            r#"{"id":"evt_1","type":"customer.deleted","data":{"object":
            {"id":"cus_1","object":"customer","deleted":true,"email":"ada@example.com"}}}"#,
        );
        assert_eq!(event.customer_id(), Some("cus_1"));
        assert!(event.object::<Customer>().unwrap().deleted);
        assert!(!format!("{event:?}").contains("ada@"));
    }

    #[test]
    fn unknown_kinds_are_kept() {
        let event = read(r#"{"id":"evt_1","type":"moon.rose","data":{"object":{}}}"#);
        assert_eq!(event.kind.as_str(), "moon.rose");
        assert_eq!(event.customer_id(), None);
        let error = event.object::<Customer>().unwrap_err();
        assert_eq!(error.to_string(), "it has no field id");
    }
}
