//! What the calls about checkout sessions take.

use super::object::{CheckoutMode, CheckoutSession, CheckoutStatus, LineItem};
use crate::object::ListRequest;
use crate::period::Created;
use crate::subscription::TrialSettings;
use serde::Serialize;
use std::collections::BTreeMap;

open_enum! {
    /// When a payment method is asked for.
    pub PaymentMethodCollection {
        /// Always.
        Always = "always",
        /// When something is to be paid now.
        IfRequired = "if_required",
    }
}

/// A new checkout session, on Stripe's own page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateCheckoutSession {
    /// What it is for.
    pub mode: CheckoutMode,
    /// Who pays.
    pub customer: Option<String>,
    /// What is bought.
    pub line_items: Vec<CheckoutLineItem>,
    /// Where the customer goes afterwards. `{CHECKOUT_SESSION_ID}` in it becomes the id.
    pub success_url: Option<String>,
    /// Where the customer goes to leave.
    pub cancel_url: Option<String>,
    /// What the host calls it.
    pub client_reference_id: Option<String>,
    /// Whether promotion codes can be typed; not together with discounts.
    pub allow_promotion_codes: Option<bool>,
    /// What is taken off; not together with promotion codes.
    pub discounts: Vec<CheckoutDiscount>,
    /// Whether tax is added.
    pub automatic_tax: Option<AutomaticTax>,
    /// What is kept of what the customer gives on the page; tax needs the address.
    pub customer_update: Option<CustomerUpdate>,
    /// Whether tax numbers are asked for.
    pub tax_id_collection: Option<TaxIdCollection>,
    /// When it is over by itself: 30 minutes to 24 hours from now.
    pub expires_at: Option<i64>,
    /// Whether a payment gets an invoice.
    pub invoice_creation: Option<InvoiceCreation>,
    /// The page's language.
    pub locale: Option<String>,
    /// When a payment method is asked for, of a subscription.
    pub payment_method_collection: Option<PaymentMethodCollection>,
    /// What its payment has, in mode `payment`.
    pub payment_intent_data: Option<PaymentIntentData>,
    /// What its subscription has, in mode `subscription`.
    pub subscription_data: Option<CheckoutSubscription>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// One thing that is bought.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckoutLineItem {
    /// Its price.
    pub price: Option<String>,
    /// A price for this checkout alone, instead.
    pub price_data: Option<PriceData>,
    /// How many.
    pub quantity: Option<u64>,
}

/// A price for one checkout alone.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PriceData {
    /// Its currency, three letters in lower case.
    pub currency: String,
    /// Minor units for each.
    pub unit_amount: u64,
    /// What is sold.
    pub product_data: ProductData,
}

/// What is sold in one checkout alone.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProductData {
    /// Its name.
    pub name: String,
}

/// What is taken off: one of these.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckoutDiscount {
    /// A coupon.
    pub coupon: Option<String>,
    /// A promotion code, by its id.
    pub promotion_code: Option<String>,
}

/// Whether tax is added.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AutomaticTax {
    /// Whether it is.
    pub enabled: bool,
}

/// What is kept of what the customer gives on the page: `auto` or `never`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CustomerUpdate {
    /// The address.
    pub address: Option<String>,
    /// The name.
    pub name: Option<String>,
}

/// Whether tax numbers are asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TaxIdCollection {
    /// Whether they are.
    pub enabled: bool,
}

/// Whether a payment gets an invoice.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InvoiceCreation {
    /// Whether it does.
    pub enabled: bool,
}

/// What the payment of a checkout has.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PaymentIntentData {
    /// What it is for.
    pub description: Option<String>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Whether the payment method is kept: `off_session` or `on_session`.
    pub setup_future_usage: Option<String>,
}

/// What the subscription of a checkout has.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckoutSubscription {
    /// What it is for.
    pub description: Option<String>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// The second from which its periods are counted.
    pub billing_cycle_anchor: Option<i64>,
    /// When its trial ends.
    pub trial_end: Option<i64>,
    /// For how many days it is tried.
    pub trial_period_days: Option<u32>,
    /// What happens at the end of the trial.
    pub trial_settings: Option<TrialSettings>,
}

/// Which checkout sessions to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListCheckoutSessions {
    /// Those of this customer.
    pub customer: Option<String>,
    /// The one that this payment came of.
    pub payment_intent: Option<String>,
    /// The one that this subscription came of.
    pub subscription: Option<String>,
    /// Those in this state.
    pub status: Option<CheckoutStatus>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.line_items`.
    pub expand: Vec<String>,
}

impl ListRequest for ListCheckoutSessions {
    type Item = CheckoutSession;

    fn path(&self) -> Vec<&str> {
        vec!["checkout", "sessions"]
    }
}

/// All lines of a checkout session.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListLineItems {
    /// The checkout session.
    #[serde(skip)]
    pub session: String,
    /// Which references are sent whole, such as `data.price.product`.
    pub expand: Vec<String>,
}

impl ListRequest for ListLineItems {
    type Item = LineItem;

    fn path(&self) -> Vec<&str> {
        vec!["checkout", "sessions", &self.session, "line_items"]
    }
}
