//! The invoice as Stripe sends it, in every version's shape.

use super::line::InvoiceLine;
use super::payment::InvoicePayment;
use crate::charge::Charge;
use crate::customer::Customer;
use crate::discount::Discount;
use crate::expandable::Expandable;
use crate::list::PageOf;
use crate::payment_intent::PaymentIntent;
use crate::private::Private;
use crate::subscription::Subscription;
use std::collections::BTreeMap;

open_enum! {
    /// What state an invoice is in.
    pub InvoiceStatus {
        /// It can still change.
        Draft = "draft",
        /// It is to be paid.
        Open = "open",
        /// It is paid.
        Paid = "paid",
        /// It will not be paid.
        Uncollectible = "uncollectible",
        /// It was taken back.
        Void = "void",
    }
}

open_enum! {
    /// Why an invoice was made.
    pub BillingReason {
        /// A subscription began.
        SubscriptionCreate = "subscription_create",
        /// A period of a subscription began.
        SubscriptionCycle = "subscription_cycle",
        /// A subscription was changed.
        SubscriptionUpdate = "subscription_update",
        /// A subscription reached a threshold.
        SubscriptionThreshold = "subscription_threshold",
        /// Somebody made it.
        Manual = "manual",
        /// It is a preview.
        Upcoming = "upcoming",
    }
}

object! {
    /// What is to be paid, or was.
    Invoice = "an invoice" {
        /// What state it is in; `None` for a preview.
        status: Option<InvoiceStatus>,
        /// Whether it is paid, in versions before 2025-03-31; see [`Self::is_paid`].
        paid: Option<bool>,
        /// Who pays.
        customer: Option<Expandable<Customer>>,
        /// What it belongs to; see [`Self::subscription_id`].
        parent: Option<InvoiceParent>,
        /// Its subscription, in versions before 2025-03-31; see [`Self::subscription_id`].
        subscription: Option<Expandable<Subscription>>,
        /// What belongs to its subscription, in versions before 2025-03-31.
        subscription_details: Option<SubscriptionDetails>,
        /// Why it was made.
        billing_reason: Option<BillingReason>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// Minor units to be paid, of this invoice and of what the customer owes.
        amount_due: Option<i64>,
        /// Minor units that were paid.
        amount_paid: Option<i64>,
        /// Minor units that are still to be paid.
        amount_remaining: Option<i64>,
        /// Minor units before discounts and taxes.
        subtotal: Option<i64>,
        /// Minor units after discounts and taxes.
        total: Option<i64>,
        /// Its taxes; see [`Self::tax_amount`].
        total_taxes: Option<Vec<TaxAmount>>,
        /// Its tax, in versions before 2025-03-31; see [`Self::tax_amount`].
        tax: Option<i64>,
        /// What the customer was owed before it: negative.
        starting_balance: Option<i64>,
        /// What is taken off.
        discounts: Vec<Expandable<Discount>>,
        /// What is on it, the first few; [`crate::ListInvoiceLines`] lists all.
        lines: PageOf<InvoiceLine>,
        /// How it was paid, when expanded; see [`Self::payment_intent_id`].
        payments: PageOf<InvoicePayment>,
        /// How it is paid, in versions before 2025-03-31; see [`Self::payment_intent_id`].
        payment_intent: Option<Expandable<PaymentIntent>>,
        /// How it was paid, in versions before 2025-03-31.
        charge: Option<Expandable<Charge>>,
        /// How often Stripe has tried to collect it.
        attempt_count: Option<i64>,
        /// When Stripe tries next.
        next_payment_attempt: Option<i64>,
        /// When it was created.
        created: Option<i64>,
        /// When it has to be paid.
        due_date: Option<i64>,
        /// The first second of what it looks back on: for a subscription the period before.
        period_start: Option<i64>,
        /// The last second of what it looks back on.
        period_end: Option<i64>,
        /// When it changed its state.
        status_transitions: StatusTransitions,
        /// Its number, which the customer sees.
        number: Option<String>,
        /// Where the customer sees and pays it. Whoever has this link sees it.
        hosted_invoice_url: Option<Private>,
        /// Where its PDF is. Whoever has this link sees it.
        invoice_pdf: Option<Private>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

part! {
    /// What an invoice belongs to.
    pub InvoiceParent {
        /// `subscription_details` or `quote_details`.
        #[serde(rename = "type")]
        kind: Option<String>,
        /// Its subscription.
        subscription_details: Option<SubscriptionDetails>,
    }
}

part! {
    /// The subscription of an invoice.
    pub SubscriptionDetails {
        /// The subscription.
        subscription: Option<Expandable<Subscription>>,
        /// What was stored with it when the invoice was made.
        metadata: BTreeMap<String, String>,
    }
}

part! {
    /// A tax on an invoice.
    pub TaxAmount {
        /// Minor units.
        amount: Option<i64>,
    }
}

part! {
    /// When an invoice changed its state.
    pub StatusTransitions {
        /// When it became final.
        finalized_at: Option<i64>,
        /// When it was paid.
        paid_at: Option<i64>,
        /// When it was taken back.
        voided_at: Option<i64>,
    }
}

impl Invoice {
    /// Who pays.
    pub fn customer_id(&self) -> Option<&str> {
        self.customer.as_ref().map(Expandable::id)
    }

    fn details(&self) -> Option<&SubscriptionDetails> {
        self.parent
            .as_ref()
            .and_then(|parent| parent.subscription_details.as_ref())
            .or(self.subscription_details.as_ref())
    }

    /// The subscription that it is for: since 2025-03-31 below its parent, before that its own.
    pub fn subscription_id(&self) -> Option<&str> {
        self.details()
            .and_then(|details| details.subscription.as_ref())
            .or(self.subscription.as_ref())
            .map(Expandable::id)
    }

    /// What was stored with the subscription when the invoice was made.
    pub fn subscription_metadata(&self) -> Option<&BTreeMap<String, String>> {
        self.details().map(|details| &details.metadata)
    }

    /// Whether it is paid.
    pub fn is_paid(&self) -> bool {
        match &self.status {
            Some(status) => *status == InvoiceStatus::Paid,
            None => self.paid == Some(true),
        }
    }

    /// The payment that paid it, or that will: since 2025-03-31 among its payments (expand
    /// `payments`), before that its own. One that succeeded goes before one that did not.
    pub fn payment_intent_id(&self) -> Option<&str> {
        let of = |payment: &'_ InvoicePayment| payment.payment_intent_id().is_some();
        let payments = || self.payments.data.iter().filter(|payment| of(payment));
        payments()
            .find(|payment| payment.is_paid())
            .or_else(|| payments().find(|payment| payment.is_default))
            .or_else(|| payments().next())
            .and_then(InvoicePayment::payment_intent_id)
            .or_else(|| self.payment_intent.as_ref().map(Expandable::id))
    }

    /// Minor units of tax in it.
    pub fn tax_amount(&self) -> Option<i64> {
        let Some(taxes) = &self.total_taxes else {
            return self.tax;
        };
        taxes
            .iter()
            .try_fold(0_i64, |sum, tax| sum.checked_add(tax.amount?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Invoice {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_new_shape_reads() {
        let invoice = read(
            r#"{
            "id": "in_1", "object": "invoice", "status": "paid", "customer": "cus_1",
            "billing_reason": "subscription_cycle", "total": 1099,
            "total_taxes": [{"amount": 60}, {"amount": 40}],
            "parent": {"type": "subscription_details", "subscription_details": {
                "subscription": "sub_1", "metadata": {"tollgate_customer": "user_1"}}},
            "payments": {"object": "list", "data": [
                {"id": "inpay_1", "status": "canceled", "is_default": true,
                 "payment": {"type": "payment_intent", "payment_intent": "pi_1"}},
                {"id": "inpay_2", "status": "paid", "is_default": false,
                 "payment": {"type": "payment_intent", "payment_intent": {"id": "pi_2"}}}]}
            }"#,
        );
        assert!(invoice.is_paid());
        assert_eq!(invoice.customer_id(), Some("cus_1"));
        assert_eq!(invoice.subscription_id(), Some("sub_1"));
        assert_eq!(
            invoice.subscription_metadata().unwrap()["tollgate_customer"],
            "user_1"
        );
        assert_eq!(invoice.payment_intent_id(), Some("pi_2"));
        assert_eq!(invoice.tax_amount(), Some(100));
        assert_eq!(
            invoice.billing_reason,
            Some(BillingReason::SubscriptionCycle)
        );
    }

    #[test]
    fn the_old_shape_reads() {
        let invoice = read(
            r#"{
            "id": "in_1", "object": "invoice", "paid": true,
            "subscription": {"id": "sub_1", "object": "subscription"},
            "subscription_details": {"metadata": {"tollgate_customer": "user_1"}},
            "payment_intent": "pi_1", "charge": "ch_1", "tax": 100
            }"#,
        );
        assert!(invoice.is_paid());
        assert_eq!(invoice.subscription_id(), Some("sub_1"));
        assert_eq!(
            invoice.subscription_metadata().unwrap()["tollgate_customer"],
            "user_1"
        );
        assert_eq!(invoice.payment_intent_id(), Some("pi_1"));
        assert_eq!(invoice.charge.as_ref().unwrap().id(), "ch_1");
        assert_eq!(invoice.tax_amount(), Some(100));
    }

    #[test]
    fn an_open_invoice_is_not_paid_whatever_else_it_says() {
        assert!(!read(r#"{"id":"in_1","status":"open","paid":true}"#).is_paid());
        assert!(!read(r#"{"id":"in_1","status":"frozen"}"#).is_paid());
        assert!(!read(r#"{"id":"in_1"}"#).is_paid());
    }

    #[test]
    fn an_invoice_without_a_subscription_names_none() {
        let invoice = read(r#"{"id":"in_1","parent":null,"subscription":null,"payments":null}"#);
        assert_eq!(invoice.subscription_id(), None);
        assert_eq!(invoice.payment_intent_id(), None);
        assert_eq!(invoice.tax_amount(), None);
    }

    #[test]
    fn links_do_not_show() {
        let invoice = read(
            r#"{"id":"in_1","hosted_invoice_url":"https://invoice.stripe.com/i/secret","invoice_pdf":"https://pay.stripe.com/secret"}"#,
        );
        assert!(!format!("{invoice:?}").contains("secret"));
    }
}
