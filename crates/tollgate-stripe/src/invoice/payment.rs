//! The payments of an invoice, which stand by themselves since 2025-03-31.

use super::object::Invoice;
use crate::charge::Charge;
use crate::expandable::Expandable;
use crate::payment_intent::PaymentIntent;

object! {
    /// A payment of an invoice.
    InvoicePayment = "a payment of an invoice" {
        /// Minor units that were paid.
        amount_paid: Option<i64>,
        /// Minor units that were asked for.
        amount_requested: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// The invoice.
        invoice: Option<Expandable<Invoice>>,
        /// Whether it is the one that Stripe collects by itself.
        is_default: bool,
        /// What the payment is.
        payment: Option<PaymentOfInvoice>,
        /// `open`, `paid` or `canceled`.
        status: Option<String>,
        /// Whether it is one of real money.
        livemode: bool,
    }
}

part! {
    /// What the payment of an invoice is.
    pub PaymentOfInvoice {
        /// `payment_intent`, `charge` or `payment_record`.
        #[serde(rename = "type")]
        kind: Option<String>,
        /// A payment intent.
        payment_intent: Option<Expandable<PaymentIntent>>,
        /// A charge.
        charge: Option<Expandable<Charge>>,
    }
}

impl InvoicePayment {
    /// The payment intent, when it is one.
    pub fn payment_intent_id(&self) -> Option<&str> {
        let payment = self.payment.as_ref()?;
        payment.payment_intent.as_ref().map(Expandable::id)
    }

    /// The invoice that it pays.
    pub fn invoice_id(&self) -> Option<&str> {
        self.invoice.as_ref().map(Expandable::id)
    }

    /// Whether it was paid.
    pub fn is_paid(&self) -> bool {
        self.status.as_deref() == Some("paid")
    }
}
