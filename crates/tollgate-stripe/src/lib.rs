//! Stripe for Tollgate: a thin typed client, and the verification of webhooks.
//!
//! The [`Client`] sends what Tollgate needs of Stripe's API at one pinned version, with an
//! [`IdempotencyKey`] on every POST, bounded retries and a bounded total time. What Stripe answers
//! is read tolerantly: only an object's id is required, unknown fields are ignored, unknown values
//! are kept as they are, and what moved between Stripe's versions is read from every place where it
//! has been. Accessors such as [`Subscription::period`] and [`Invoice::subscription_id`] hide the
//! difference. [`webhook::verify`] reads an event only after its signature has been checked.
//!
//! The crate reads no clock but the one that bounds its own waiting, and draws no random number:
//! the jitter of the retries comes in as a closure. It logs nothing. E-mail addresses, names, keys
//! and links that open somebody's account are [`Private`]: they never show in a log by accident.
//!
//! ```no_run
//! use tollgate_stripe::{Client, Config, CreateCustomer, IdempotencyKey, SecretKey};
//!
//! # fn random() -> u64 { 4 }
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new(SecretKey::new("sk_test_123")?);
//! let client = Client::new(config, random)?;
//! let customer = client
//!     .create_customer(
//!         &CreateCustomer {
//!             name: Some("Ada".into()),
//!             metadata: [("tollgate_customer".into(), "user_123".into())].into(),
//!             ..CreateCustomer::default()
//!         },
//!         &IdempotencyKey::new("customer-user_123-1")?,
//!     )
//!     .await?;
//! println!("{}", customer.id);
//! # Ok(())
//! # }
//! ```

#[macro_use]
mod macros;

mod answer;
mod charge;
mod checkout;
mod client;
mod config;
mod customer;
mod decode;
mod discount;
mod dispute;
mod error;
mod event;
mod expandable;
mod form;
mod idempotency;
mod invoice;
mod list;
mod object;
mod payment_intent;
mod period;
mod portal;
mod price;
mod private;
mod product;
mod refund;
mod retry;
mod schedule;
mod scrub;
mod subscription;
mod tolerant;
pub mod translate;
pub mod webhook;

pub use charge::{Charge, ListCharges};
pub use checkout::{
    AutomaticTax, CheckoutDiscount, CheckoutLineItem, CheckoutMode, CheckoutSession,
    CheckoutStatus, CheckoutSubscription, CreateCheckoutSession, CustomerDetails, CustomerUpdate,
    InvoiceCreation, LineItem, ListCheckoutSessions, ListLineItems, PaymentIntentData,
    PaymentMethodCollection, PaymentStatus, PriceData, ProductData, TaxIdCollection,
};
pub use client::Client;
pub use config::{API_VERSION, Config, ConfigError, SecretKey};
pub use customer::{CreateCustomer, Customer, InvoiceSettings, ListCustomers, UpdateCustomer};
pub use decode::DecodeError;
pub use discount::{Coupon, Discount, ListPromotionCodes, Promotion, PromotionCode};
pub use dispute::{Dispute, DisputeStatus, ListDisputes};
pub use error::{NoAnswer, Refusal, RefusalKind, StripeError};
pub use event::{Event, EventData, EventKind, EventRequest, ListEvents};
pub use expandable::Expandable;
pub use idempotency::{IdempotencyKey, IdempotencyKeyError};
pub use invoice::{
    BillingReason, CreatePreview, Invoice, InvoiceLine, InvoiceParent, InvoicePayment,
    InvoiceStatus, LineParent, LinePriceDetails, LinePricing, LineSource, ListInvoiceLines,
    ListInvoicePayments, ListInvoices, PayInvoice, PaymentFilter, PaymentOfInvoice, PreviewMode,
    PreviewSubscription, StatusTransitions, SubscriptionDetails, TaxAmount,
};
pub use list::{Listing, Page, PageOf};
pub use object::{ListRequest, Object};
pub use payment_intent::{
    AutomaticPaymentMethods, CancelPaymentIntent, CreatePaymentIntent, ListPaymentIntents,
    PaymentError, PaymentIntent, PaymentIntentStatus, PaymentMethod,
};
pub use period::{Created, Period};
pub use portal::{
    CreatePortalSession, PortalFlow, PortalFlowKind, PortalSession, SubscriptionOfFlow,
};
pub use price::{
    CreatePrice, Interval, ListPrices, Price, PriceKind, Recurring, RecurringParams, UpdatePrice,
};
pub use private::Private;
pub use product::{CreateProduct, ListProducts, Product, UpdateProduct};
pub use refund::{CreateRefund, ListRefunds, Refund, RefundReason, RefundStatus};
pub use retry::Retry;
pub use schedule::{
    CancelSchedule, CreateSchedule, ListSchedules, PhaseDates, PhaseDuration, PhaseItem,
    PhaseItemParams, PhaseParams, ReleaseSchedule, Schedule, ScheduleEnd, SchedulePhase,
    ScheduleStatus, UpdateSchedule,
};
pub use subscription::{
    BillingCycleAnchor, CancelSubscription, CancellationDetails, CancellationFeedback,
    CancellationParams, CreateSubscription, DiscountParams, ItemParams, ListSubscriptions,
    MissingPaymentMethod, PauseCollection, PauseCollectionParams, Paused, PausedBy,
    PaymentBehavior, PendingUpdate, Proration, ResumeSubscription, StatusDetails, StatusFilter,
    Subscription, SubscriptionItem, SubscriptionStatus, TrialEnd, TrialEndBehavior, TrialSettings,
    UpdateSubscription,
};
pub use tolerant::Clearable;
