//! What an event is a hint to: which of Stripe's objects to look at.

use crate::event::{Event, EventKind};
use serde_json::Value;

/// What to look at, as it is now, because of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// A customer's subscriptions.
    Customer(String),
    /// A checkout session.
    Checkout(String),
    /// A payment.
    Payment(String),
    /// A charge, of which the event did not say what it pays.
    Charge(String),
    /// What is sold in Stripe may differ from the catalog.
    Catalog,
    /// Nothing: nobody here acts on events of this kind.
    Nothing,
    /// The event should name an object and does not.
    Broken,
}

/// What an event is a hint to. What its object looked like then plays no part.
pub fn hint(event: &Event) -> Hint {
    use EventKind as Kind;
    match event.kind {
        Kind::CheckoutCompleted
        | Kind::CheckoutAsyncPaymentSucceeded
        | Kind::CheckoutAsyncPaymentFailed
        | Kind::CheckoutExpired => of(Hint::Checkout, event.object_id()),
        Kind::CustomerDeleted
        | Kind::SubscriptionCreated
        | Kind::SubscriptionUpdated
        | Kind::SubscriptionDeleted
        | Kind::SubscriptionPaused
        | Kind::SubscriptionResumed
        | Kind::SubscriptionTrialWillEnd
        | Kind::SubscriptionPendingUpdateApplied
        | Kind::SubscriptionPendingUpdateExpired
        | Kind::InvoicePaid
        | Kind::InvoicePaymentSucceeded
        | Kind::InvoicePaymentFailed
        | Kind::InvoicePaymentActionRequired
        | Kind::InvoiceMarkedUncollectible
        | Kind::InvoiceVoided
        | Kind::ScheduleCreated
        | Kind::ScheduleUpdated
        | Kind::ScheduleReleased
        | Kind::ScheduleCanceled
        | Kind::ScheduleCompleted => of(Hint::Customer, event.customer_id()),
        Kind::PaymentIntentSucceeded | Kind::PaymentIntentFailed | Kind::PaymentIntentCanceled => {
            of(Hint::Payment, event.object_id())
        }
        Kind::ChargeRefunded
        | Kind::ChargeRefundUpdated
        | Kind::RefundCreated
        | Kind::RefundUpdated
        | Kind::RefundFailed
        | Kind::DisputeCreated
        | Kind::DisputeUpdated
        | Kind::DisputeClosed
        | Kind::DisputeFundsWithdrawn
        | Kind::DisputeFundsReinstated => money_back(event),
        Kind::PriceCreated
        | Kind::PriceUpdated
        | Kind::PriceDeleted
        | Kind::ProductCreated
        | Kind::ProductUpdated
        | Kind::ProductDeleted => Hint::Catalog,
        _ => Hint::Nothing,
    }
}

/// Refunds and disputes name the payment, or at least the charge.
fn money_back(event: &Event) -> Hint {
    let object = &event.data.object;
    if let Some(payment) = reference(object, "payment_intent") {
        return Hint::Payment(payment.to_owned());
    }
    let charge = match event.object_kind() {
        Some("charge") => event.object_id(),
        _ => reference(object, "charge"),
    };
    of(Hint::Charge, charge)
}

fn of(hint: fn(String) -> Hint, id: Option<&str>) -> Hint {
    id.map_or(Hint::Broken, |id| hint(id.to_owned()))
}

/// The id in a field that holds an id or a whole object.
fn reference<'v>(object: &'v Value, field: &str) -> Option<&'v str> {
    let value = object.get(field)?;
    value
        .as_str()
        .or_else(|| value.get("id").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_kind(kind: &str, object: &Value) -> Hint {
        let event = json!({ "id": "evt_1", "type": kind, "data": { "object": object } });
        hint(&serde_json::from_value(event).unwrap())
    }

    #[test]
    fn events_lead_to_their_objects() {
        let subscription = json!({ "id": "sub_1", "object": "subscription", "customer": "cus_1" });
        let customer = json!({ "id": "cus_1", "object": "customer" });
        let invoice = json!({ "id": "in_1", "object": "invoice", "customer": { "id": "cus_1" } });
        for (kind, object) in [
            ("customer.subscription.deleted", &subscription),
            ("customer.deleted", &customer),
            ("invoice.paid", &invoice),
        ] {
            assert_eq!(
                of_kind(kind, object),
                Hint::Customer("cus_1".into()),
                "{kind}"
            );
        }
        let session = json!({ "id": "cs_1", "object": "checkout.session" });
        assert_eq!(
            of_kind("checkout.session.expired", &session),
            Hint::Checkout("cs_1".into())
        );
        let intent = json!({ "id": "pi_1", "object": "payment_intent" });
        assert_eq!(
            of_kind("payment_intent.succeeded", &intent),
            Hint::Payment("pi_1".into())
        );
    }

    #[test]
    fn money_that_goes_back_leads_to_its_payment() {
        let refund =
            json!({ "id": "re_1", "object": "refund", "charge": "ch_1", "payment_intent": "pi_1" });
        assert_eq!(
            of_kind("refund.failed", &refund),
            Hint::Payment("pi_1".into())
        );
        let charge = json!({ "id": "ch_1", "object": "charge", "payment_intent": null });
        assert_eq!(
            of_kind("charge.refunded", &charge),
            Hint::Charge("ch_1".into())
        );
        let dispute = json!({ "id": "dp_1", "object": "dispute", "charge": { "id": "ch_1" } });
        assert_eq!(
            of_kind("charge.dispute.created", &dispute),
            Hint::Charge("ch_1".into())
        );
    }

    #[test]
    fn what_nobody_acts_on_is_nothing_and_what_names_nothing_is_broken() {
        assert_eq!(of_kind("moon.rose", &json!({})), Hint::Nothing);
        assert_eq!(
            of_kind("customer.updated", &json!({ "id": "cus_1" })),
            Hint::Nothing
        );
        assert_eq!(
            of_kind("invoice.paid", &json!({ "id": "in_1" })),
            Hint::Broken
        );
        assert_eq!(of_kind("refund.created", &json!({})), Hint::Broken);
        assert_eq!(
            of_kind("price.updated", &json!({ "id": "price_1" })),
            Hint::Catalog
        );
    }
}
