//! Checkout sessions: Stripe's own page on which a customer pays or subscribes.

mod calls;
mod object;
mod params;

pub use object::{
    CheckoutMode, CheckoutSession, CheckoutStatus, CustomerDetails, LineItem, PaymentStatus,
};
pub use params::{
    AutomaticTax, CheckoutDiscount, CheckoutLineItem, CheckoutSubscription, CreateCheckoutSession,
    CustomerUpdate, InvoiceCreation, ListCheckoutSessions, ListLineItems, PaymentIntentData,
    PaymentMethodCollection, PriceData, ProductData, TaxIdCollection,
};
