//! Charges: one try of a payment, and what was given back of it.

use crate::client::{Client, Expand};
use crate::customer::Customer;
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::invoice::Invoice;
use crate::list::PageOf;
use crate::object::ListRequest;
use crate::payment_intent::PaymentIntent;
use crate::period::Created;
use crate::private::Private;
use crate::refund::Refund;
use serde::Serialize;
use std::collections::BTreeMap;

object! {
    /// One try of a payment.
    Charge = "a charge" {
        /// Minor units that were to be paid.
        amount: Option<i64>,
        /// Minor units that were taken.
        amount_captured: Option<i64>,
        /// Minor units that were given back, all refunds together.
        amount_refunded: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// Who paid.
        customer: Option<Expandable<Customer>>,
        /// The payment that it is a try of.
        payment_intent: Option<Expandable<PaymentIntent>>,
        /// Its invoice, in versions before 2025-03-31.
        invoice: Option<Expandable<Invoice>>,
        /// `succeeded`, `pending` or `failed`.
        status: Option<String>,
        /// Whether it was paid.
        paid: bool,
        /// Whether all of it was given back.
        refunded: bool,
        /// Whether the customer disputes it.
        disputed: bool,
        /// What was given back, when expanded.
        refunds: PageOf<Refund>,
        /// Where the customer sees its receipt. Whoever has this link sees it.
        receipt_url: Option<Private>,
        /// When it was created.
        created: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

impl Charge {
    /// Who paid.
    pub fn customer_id(&self) -> Option<&str> {
        self.customer.as_ref().map(Expandable::id)
    }

    /// The payment that it is a try of.
    pub fn payment_intent_id(&self) -> Option<&str> {
        self.payment_intent.as_ref().map(Expandable::id)
    }
}

/// Which charges to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListCharges {
    /// Those of this customer.
    pub customer: Option<String>,
    /// Those of this payment.
    pub payment_intent: Option<String>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.refunds`.
    pub expand: Vec<String>,
}

impl ListRequest for ListCharges {
    type Item = Charge;

    fn path(&self) -> Vec<&str> {
        vec!["charges"]
    }
}

impl Client {
    /// The charge of this id, with these references sent whole.
    pub async fn charge(&self, id: &str, expand: &[&str]) -> Result<Charge, StripeError> {
        self.get(&["charges", id], &Expand { expand }).await
    }
}
