//! The checkout session as Stripe sends it, and its lines.

use crate::customer::Customer;
use crate::expandable::Expandable;
use crate::invoice::Invoice;
use crate::list::PageOf;
use crate::payment_intent::PaymentIntent;
use crate::price::Price;
use crate::private::Private;
use crate::subscription::Subscription;
use std::collections::BTreeMap;

open_enum! {
    /// What a checkout is for.
    pub CheckoutMode {
        /// To pay once.
        Payment = "payment",
        /// To keep a payment method.
        Setup = "setup",
        /// To subscribe.
        Subscription = "subscription",
    }
}

open_enum! {
    /// What state a checkout is in.
    pub CheckoutStatus {
        /// The customer can still pay.
        Open = "open",
        /// The customer has finished; whether the money has come is another question.
        Complete = "complete",
        /// It is over, and nothing came of it.
        Expired = "expired",
    }
}

open_enum! {
    /// Whether the money of a checkout has come.
    pub PaymentStatus {
        /// It has come.
        Paid = "paid",
        /// It has not come yet.
        Unpaid = "unpaid",
        /// Nothing is to be paid now.
        NoPaymentRequired = "no_payment_required",
    }
}

object! {
    /// Stripe's own page on which a customer pays or subscribes.
    CheckoutSession = "a checkout session" {
        /// What it is for.
        mode: CheckoutMode,
        /// What state it is in.
        status: Option<CheckoutStatus>,
        /// Whether the money has come; see [`Self::is_fulfillable`].
        payment_status: PaymentStatus,
        /// Who pays.
        customer: Option<Expandable<Customer>>,
        /// What the customer gave on the page.
        customer_details: Option<CustomerDetails>,
        /// What the host calls it. A cross-check, never authority.
        client_reference_id: Option<String>,
        /// The subscription that came of it.
        subscription: Option<Expandable<Subscription>>,
        /// The payment that came of it.
        payment_intent: Option<Expandable<PaymentIntent>>,
        /// The invoice that came of it.
        invoice: Option<Expandable<Invoice>>,
        /// What is bought, when expanded.
        line_items: PageOf<LineItem>,
        /// Minor units before discounts and taxes.
        amount_subtotal: Option<i64>,
        /// Minor units after discounts and taxes.
        amount_total: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// Where the page is, while it is open. Whoever has this link can pay.
        url: Option<Private>,
        /// When it was created.
        created: Option<i64>,
        /// When it is over by itself.
        expires_at: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

part! {
    /// What a customer gave on the page.
    pub CustomerDetails {
        /// The e-mail address.
        email: Option<Private>,
        /// The name.
        name: Option<Private>,
    }
}

object! {
    /// One thing that is bought in a checkout.
    LineItem = "a line of a checkout session" {
        /// What it costs.
        price: Option<Expandable<Price>>,
        /// How many.
        quantity: Option<i64>,
        /// Minor units before discounts and taxes.
        amount_subtotal: Option<i64>,
        /// Minor units after discounts and taxes.
        amount_total: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
    }
}

impl CheckoutSession {
    /// Who pays.
    pub fn customer_id(&self) -> Option<&str> {
        self.customer.as_ref().map(Expandable::id)
    }

    /// The subscription that came of it.
    pub fn subscription_id(&self) -> Option<&str> {
        self.subscription.as_ref().map(Expandable::id)
    }

    /// The payment that came of it.
    pub fn payment_intent_id(&self) -> Option<&str> {
        self.payment_intent.as_ref().map(Expandable::id)
    }

    /// Whether what was bought can be handed over: the customer has finished, and the money has
    /// come or none is needed. A payment status that is not known here hands over nothing.
    pub fn is_fulfillable(&self) -> bool {
        self.status == Some(CheckoutStatus::Complete)
            && matches!(
                self.payment_status,
                PaymentStatus::Paid | PaymentStatus::NoPaymentRequired
            )
    }
}

impl LineItem {
    /// The price of it.
    pub fn price_id(&self) -> Option<&str> {
        self.price.as_ref().map(Expandable::id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_complete_and_paid_is_handed_over() {
        for (status, payment_status, is_fulfillable) in [
            ("complete", "paid", true),
            ("complete", "no_payment_required", true),
            ("complete", "unpaid", false),
            ("complete", "promised", false),
            ("open", "paid", false),
            ("expired", "unpaid", false),
            ("resting", "paid", false),
        ] {
            let text = format!(
                r#"{{"id":"cs_1","mode":"payment","status":"{status}","payment_status":"{payment_status}"}}"#
            );
            let session: CheckoutSession = serde_json::from_str(&text).unwrap();
            assert_eq!(session.is_fulfillable(), is_fulfillable, "{text}");
        }
    }

    #[test]
    fn an_expanded_session_reads_and_keeps_its_link_and_address() {
        let text = r#"{"id":"cs_1","object":"checkout.session","mode":"subscription",
            "customer":"cus_1","subscription":{"id":"sub_1","object":"subscription"},
            "payment_intent":null,"url":"https://checkout.stripe.com/c/pay/hidden",
            "customer_details":{"email":"ada@example.com","name":"Ada"},
            "line_items":{"object":"list","has_more":false,"data":[
                {"id":"li_1","quantity":50,"price":{"id":"price_1"},"amount_total":500}]}}"#;
        let session: CheckoutSession = serde_json::from_str(text).unwrap();
        assert_eq!(session.subscription_id(), Some("sub_1"));
        assert_eq!(session.payment_intent_id(), None);
        assert_eq!(session.line_items.data[0].price_id(), Some("price_1"));
        let shown = format!("{session:?}");
        assert!(
            !shown.contains("hidden") && !shown.contains("ada@"),
            "{shown}"
        );
    }
}
