//! What the calls about invoices take.

use super::line::InvoiceLine;
use super::object::{Invoice, InvoiceStatus};
use super::payment::InvoicePayment;
use crate::checkout::AutomaticTax;
use crate::object::ListRequest;
use crate::period::Created;
use crate::subscription::{BillingCycleAnchor, DiscountParams, ItemParams, Proration, TrialEnd};
use crate::tolerant::Clearable;
use serde::Serialize;

open_enum! {
    /// Which invoice to preview.
    pub PreviewMode {
        /// The next one.
        Next = "next",
        /// What it will be each time, without what comes once.
        Recurring = "recurring",
    }
}

/// What would be invoiced if this were done. Nothing is done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreatePreview {
    /// Who would pay.
    pub customer: Option<String>,
    /// The subscription that would be changed.
    pub subscription: Option<String>,
    /// How it would be changed, or what a new one would be.
    pub subscription_details: Option<PreviewSubscription>,
    /// The schedule that would be invoiced.
    pub schedule: Option<String>,
    /// The currency, for a customer who has none yet.
    pub currency: Option<String>,
    /// What would be taken off.
    pub discounts: Option<Clearable<Vec<DiscountParams>>>,
    /// Whether tax would be added.
    pub automatic_tax: Option<AutomaticTax>,
    /// Which invoice.
    pub preview_mode: Option<PreviewMode>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// How a subscription would be changed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PreviewSubscription {
    /// The items that would be added, changed or taken away.
    pub items: Vec<ItemParams>,
    /// Whether a new period would begin.
    pub billing_cycle_anchor: Option<BillingCycleAnchor>,
    /// When it would end.
    pub cancel_at: Option<Clearable<i64>>,
    /// Whether it would end with its period.
    pub cancel_at_period_end: Option<bool>,
    /// Whether it would end now.
    pub cancel_now: Option<bool>,
    /// What would become of the part of the period that was paid at another price.
    pub proration_behavior: Option<Proration>,
    /// The second as of which it is reckoned; use the same one for the change.
    pub proration_date: Option<i64>,
    /// When a new subscription would start.
    pub start_date: Option<i64>,
    /// When its trial would end.
    pub trial_end: Option<TrialEnd>,
}

/// How an invoice is paid now.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PayInvoice {
    /// With this payment method instead of the one that it has.
    pub payment_method: Option<String>,
    /// Whether the customer is away.
    pub off_session: Option<bool>,
    /// Whether it was paid in another way, and is only marked.
    pub paid_out_of_band: Option<bool>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// Which invoices to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListInvoices {
    /// Those of this customer.
    pub customer: Option<String>,
    /// Those of this subscription.
    pub subscription: Option<String>,
    /// Those in this state.
    pub status: Option<InvoiceStatus>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.payments`.
    pub expand: Vec<String>,
}

impl ListRequest for ListInvoices {
    type Item = Invoice;

    fn path(&self) -> Vec<&str> {
        vec!["invoices"]
    }
}

/// Which payments of invoices to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListInvoicePayments {
    /// Those of this invoice.
    pub invoice: Option<String>,
    /// Those made with this payment.
    pub payment: Option<PaymentFilter>,
    /// Those in this state: `open`, `paid` or `canceled`.
    pub status: Option<String>,
    /// Which references are sent whole, such as `data.invoice`.
    pub expand: Vec<String>,
}

/// The payment whose invoice is looked for.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentFilter {
    /// `payment_intent` or `payment_record`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The payment intent.
    pub payment_intent: Option<String>,
}

impl PaymentFilter {
    /// The one made with this payment intent.
    pub fn payment_intent(id: impl Into<String>) -> Self {
        Self {
            kind: "payment_intent".to_owned(),
            payment_intent: Some(id.into()),
        }
    }
}

impl ListRequest for ListInvoicePayments {
    type Item = InvoicePayment;

    fn path(&self) -> Vec<&str> {
        vec!["invoice_payments"]
    }
}

/// All lines of an invoice, of which the invoice itself holds the first few.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListInvoiceLines {
    /// The invoice.
    #[serde(skip)]
    pub invoice: String,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

impl ListRequest for ListInvoiceLines {
    type Item = InvoiceLine;

    fn path(&self) -> Vec<&str> {
        vec!["invoices", &self.invoice, "lines"]
    }
}
