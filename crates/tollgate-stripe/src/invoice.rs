//! Invoices, what is on them, how they were paid, and previews of those to come.

mod calls;
mod line;
mod object;
mod params;
mod payment;

pub use line::{InvoiceLine, LineParent, LinePriceDetails, LinePricing, LineSource};
pub use object::{
    BillingReason, Invoice, InvoiceParent, InvoiceStatus, StatusTransitions, SubscriptionDetails,
    TaxAmount,
};
pub use params::{
    CreatePreview, ListInvoiceLines, ListInvoicePayments, ListInvoices, PayInvoice, PaymentFilter,
    PreviewMode, PreviewSubscription,
};
pub use payment::{InvoicePayment, PaymentOfInvoice};
