//! Checkout sessions: what is offered on the hosted page, and how it ended.

use super::calendar::{DAY, HOUR, UnixSeconds};
use super::customer;
use super::discount::{self, Wish};
use super::error::ApiError;
use super::invoice_line;
use super::list;
use super::params::{Metadata, Params};
use super::payment_intent::{self, PaymentIntent};
use super::price::Price;
use super::subscription_start::{automatic_tax_of, price_of, without_card_of};
use super::{Answer, Context, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The least that a payment may come to, in minor units.
pub(crate) const AMOUNT_MIN: i64 = 50;

/// One thing on offer.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    id: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
}

/// What a session leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One payment.
    Payment,
    /// A subscription.
    Subscription,
}

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It can be paid.
    Open,
    /// It was paid, or began a trial.
    Complete,
    /// Its time is over.
    Expired,
}

/// What the subscription or the payment will carry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) trial_days: Option<i64>,
    pub(crate) trial_end: Option<UnixSeconds>,
    pub(crate) without_card: &'static str,
    pub(crate) setup_future_usage: Option<String>,
    /// Tax was asked for; the sandbox always works out none.
    pub(crate) automatic_tax: bool,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) mode: Mode,
    pub(crate) status: Status,
    pub(crate) offers: Vec<Offer>,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) customer_email: Option<String>,
    /// The address that was typed on the page.
    pub(crate) email: Option<String>,
    pub(crate) success_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) allow_promotion_codes: bool,
    pub(crate) discounts: Vec<Wish>,
    pub(crate) carried: Carried,
    /// A card is asked for even when nothing is due.
    pub(crate) always_card: bool,
    /// A customer is made even for one payment.
    pub(crate) makes_customer: bool,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) payment_status: &'static str,
    pub(crate) payment_intent: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) invoice: Option<String>,
    /// The card that waits for the bank's confirmation.
    pub(crate) awaits_confirmation: Option<String>,
    client_reference_id: Option<String>,
    metadata: Metadata,
    submit_type: Option<String>,
    locale: Option<String>,
}

super::record!(Session, "checkout.session", sessions);

/// The sums of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) subtotal: i64,
    pub(crate) off: i64,
}

impl Sums {
    /// What is due now.
    pub(crate) fn total(self) -> i64 {
        self.subtotal - self.off
    }
}

impl Session {
    /// Whether it can still be paid.
    pub(crate) fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// Whether nothing is due yet.
    pub(crate) fn has_trial(&self) -> bool {
        self.carried.trial_days.is_some() || self.carried.trial_end.is_some()
    }

    /// Where it is paid.
    pub(crate) fn url(&self, state: &State) -> String {
        format!("{}/c/pay/{}", state.base_url, self.id)
    }

    /// Where the customer goes afterwards.
    pub(crate) fn return_address(&self) -> String {
        let url = self.success_url.as_deref().unwrap_or_default();
        url.replace("{CHECKOUT_SESSION_ID}", &self.id)
    }

    /// Its sums, with the discounts that it has so far.
    pub(crate) fn sums(&self, state: &State) -> Sums {
        let mut sums = Sums {
            subtotal: 0,
            off: 0,
        };
        for (_, subtotal, off) in self.amounts(state) {
            sums.subtotal += subtotal;
            sums.off += off;
        }
        sums
    }

    /// Each offer with its amount and what is taken off.
    fn amounts(&self, state: &State) -> Vec<(&Offer, i64, i64)> {
        let coupons: Vec<String> = self
            .discounts
            .iter()
            .map(|wish| wish.coupon.clone())
            .collect();
        let mut used = BTreeMap::new();
        self.offers
            .iter()
            .map(|offer| {
                let price = state.prices.get(&offer.price);
                let free = self.has_trial() && price.is_some_and(|price| price.cadence.is_some());
                let amount = match price {
                    Some(price) if !free => price.unit_amount * offer.quantity,
                    _ => 0,
                };
                let off = discount::amounts_off(state, &coupons, amount, &mut used);
                (offer, amount, off.iter().map(|(_, off)| off).sum())
            })
            .collect()
    }

    fn shown(&self, state: &State) -> Value {
        let sums = self.sums(state);
        let known_email = self.email.as_ref().or(self.customer_email.as_ref());
        let customer_email = self
            .customer
            .as_ref()
            .and_then(|id| state.customers.get(id))
            .and_then(|customer| customer.email.as_ref());
        let details = known_email.or(customer_email);
        let discounts: Vec<Value> = self
            .discounts
            .iter()
            .map(|wish| match &wish.promotion_code {
                Some(code) => json!({ "coupon": null, "promotion_code": code }),
                None => json!({ "coupon": wish.coupon, "promotion_code": null }),
            })
            .collect();
        json!({
            "id": self.id,
            "object": "checkout.session",
            "adaptive_pricing": { "enabled": false },
            "after_expiration": null,
            "allow_promotion_codes": self.allow_promotion_codes.then_some(true),
            "allowed_payment_method_types": null,
            "amount_subtotal": sums.subtotal,
            "amount_total": sums.total(),
            "automatic_tax": {
                "enabled": self.carried.automatic_tax,
                "liability": self.carried.automatic_tax.then(|| json!({ "type": "self" })),
                "provider": self.carried.automatic_tax.then_some("stripe"),
                "status": self.carried.automatic_tax.then_some("complete"),
            },
            "billing_address_collection": null,
            "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference_id,
            "client_secret": null,
            "collected_information": null,
            "consent": null,
            "consent_collection": null,
            "created": self.created,
            "currency": self.currency,
            "currency_conversion": null,
            "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
            },
            "customer": self.customer,
            "customer_account": null,
            "customer_creation": match (self.mode, self.makes_customer) {
                (Mode::Subscription, _) if self.customer_was_given() => None,
                (_, true) => Some("always"),
                (_, false) => Some("if_required"),
            },
            "customer_details": details.map(|email| json!({
                "address": null, "business_name": null, "email": email, "individual_name": null, "name": null,
                "phone": null, "tax_exempt": "none", "tax_ids": null,
            })),
            "customer_email": self.customer_email,
            "discounts": discounts,
            "expires_at": self.expires_at,
            "invoice": self.invoice,
            "invoice_creation": (self.mode == Mode::Payment).then(|| json!({
                "enabled": false,
                "invoice_data": {
                    "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null,
                    "issuer": null, "metadata": {}, "rendering_options": null,
                },
            })),
            "integration_identifier": null,
            "livemode": false,
            "managed_payments": null,
            "locale": self.locale,
            "metadata": self.metadata,
            "mode": match self.mode { Mode::Payment => "payment", Mode::Subscription => "subscription" },
            "origin_context": null,
            "payment_intent": self.payment_intent,
            "payment_link": null,
            "payment_method_collection": if self.always_card { "always" } else { "if_required" },
            "payment_method_configuration_details": null,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "payment_status": self.payment_status,
            "permissions": null,
            "phone_number_collection": { "enabled": false },
            "recovered_from": null,
            "saved_payment_method_options": null,
            "setup_intent": null,
            "shipping_address_collection": null,
            "shipping_cost": null,
            "shipping_options": [],
            "status": match self.status {
                Status::Open => "open", Status::Complete => "complete", Status::Expired => "expired",
            },
            "submit_type": self.submit_type,
            "subscription": self.subscription,
            "success_url": self.success_url,
            "total_details": { "amount_discount": sums.off, "amount_shipping": 0, "amount_tax": 0 },
            "ui_mode": "hosted_page",
            "url": self.is_open().then(|| self.url(state)),
            "wallet_options": null,
        })
    }

    fn customer_was_given(&self) -> bool {
        self.customer.is_some() && self.email.is_none()
    }
}

/// The offers as line items.
pub(crate) fn line_items(state: &State, session: &Session) -> Vec<Value> {
    session
        .amounts(state)
        .into_iter()
        .map(|(offer, subtotal, off)| {
            let price = state.prices.get(&offer.price);
            json!({
                "id": offer.id,
                "object": "item",
                "adjustable_quantity": null,
                "amount_discount": off,
                "amount_subtotal": subtotal,
                "amount_tax": 0,
                "amount_total": subtotal - off,
                "currency": session.currency,
                "description": price.map(|price| invoice_line::product_name(state, price)),
                "metadata": {},
                "price": state.json::<Price>(&offer.price),
                "quantity": offer.quantity,
            })
        })
        .collect()
}

const FIELDS: &[&str] = &[
    "allowed_payment_method_types",
    "integration_identifier",
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "automatic_tax",
    "billing_address_collection",
    "branding_settings",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "currency",
    "custom_fields",
    "custom_text",
    "customer",
    "customer_account",
    "customer_creation",
    "customer_email",
    "customer_update",
    "discounts",
    "excluded_payment_method_types",
    "expand",
    "expires_at",
    "invoice_creation",
    "line_items",
    "locale",
    "managed_payments",
    "metadata",
    "mode",
    "name_collection",
    "optional_items",
    "origin_context",
    "payment_intent_data",
    "payment_method_collection",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "permissions",
    "phone_number_collection",
    "redirect_on_completion",
    "return_url",
    "saved_payment_method_options",
    "setup_intent_data",
    "shipping_address_collection",
    "shipping_options",
    "submit_type",
    "subscription_data",
    "success_url",
    "tax_id_collection",
    "ui_mode",
    "wallet_options",
];

/// `POST /v1/checkout/sessions`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(FIELDS)?;
    let mode = match params.choice("mode", &["payment", "subscription", "setup"])? {
        Some("payment") => Mode::Payment,
        Some("subscription") => Mode::Subscription,
        Some(_) => {
            return Err(ApiError::invalid("The sandbox does not know mode=setup.").param("mode"));
        }
        None => return Err(ApiError::missing("mode")),
    };
    if params.choice("ui_mode", &["hosted_page"])?.is_none() && params.has("ui_mode") {
        return Err(ApiError::invalid("Invalid ui_mode").param("ui_mode"));
    }
    for name in ["success_url", "cancel_url"] {
        check_url(params, name)?;
    }
    params.need("success_url")?;
    let customer = match params.text("customer") {
        Some(id) => Some(customer::living(state, id, "customer")?.id.clone()),
        None => None,
    };
    if customer.is_some() && params.has("customer_email") {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: customer, customer_email.",
        ));
    }
    let allow_promotion_codes = params.boolean("allow_promotion_codes")? == Some(true);
    if allow_promotion_codes && params.has("discounts") {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: allow_promotion_codes, discounts.",
        ));
    }
    let expires_at = params.integer("expires_at")?.unwrap_or(context.now + DAY);
    if !(context.now + HOUR / 2..=context.now + DAY).contains(&expires_at) {
        return Err(ApiError::invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
        )
        .param("expires_at"));
    }
    let carried = carried_of(params, mode)?;
    let discounts = discount::wishes(state, params, context.now)?;
    let offers = offers_of(state, context, params, mode)?;
    let currency = state
        .prices
        .get(&offers[0].price)
        .map_or_else(String::new, |price| price.currency.clone());
    let session = Session {
        id: format!("cs_test_{}", context.ids.letters(58)),
        created: context.now,
        mode,
        status: Status::Open,
        offers,
        currency,
        customer,
        customer_email: params.text("customer_email").map(str::to_owned),
        email: None,
        success_url: params.text("success_url").map(str::to_owned),
        cancel_url: params.text("cancel_url").map(str::to_owned),
        allow_promotion_codes,
        discounts,
        carried,
        always_card: params.choice("payment_method_collection", &["always", "if_required"])?
            != Some("if_required"),
        makes_customer: mode == Mode::Subscription
            || params.choice("customer_creation", &["always", "if_required"])? == Some("always"),
        expires_at,
        payment_status: "unpaid",
        payment_intent: None,
        subscription: None,
        invoice: None,
        awaits_confirmation: None,
        client_reference_id: params.text("client_reference_id").map(str::to_owned),
        metadata: params.metadata(),
        submit_type: params.text("submit_type").map(str::to_owned),
        locale: params.text("locale").map(str::to_owned),
    };
    let total = session.sums(state).total();
    if mode == Mode::Payment && (1..AMOUNT_MIN).contains(&total) {
        return Err(ApiError::invalid(
            "The Checkout Session's total amount due must add up to at least $0.50 usd",
        )
        .code("amount_too_small"));
    }
    Ok(state.keep(session))
}

/// Refuses an address that is none.
pub(crate) fn check_url(params: &Params, name: &str) -> Result<(), ApiError> {
    match params.text(name) {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            Err(ApiError::invalid(format!("Not a valid URL: {url}"))
                .code("url_invalid")
                .param(name))
        }
        _ => Ok(()),
    }
}

fn carried_of(params: &Params, mode: Mode) -> Result<Carried, ApiError> {
    let mut carried = Carried {
        without_card: "create_invoice",
        automatic_tax: automatic_tax_of(params)?,
        ..Carried::default()
    };
    let (wanted, unwanted) = match mode {
        Mode::Payment => ("payment_intent_data", "subscription_data"),
        Mode::Subscription => ("subscription_data", "payment_intent_data"),
    };
    if params.has(unwanted) {
        return Err(
            ApiError::invalid(format!("You can not pass `{unwanted}` in this mode."))
                .param(unwanted),
        );
    }
    let Some(data) = params.inner(wanted) else {
        return Ok(carried);
    };
    carried.metadata = data.metadata();
    carried.description = data.text("description").map(str::to_owned);
    if mode == Mode::Payment {
        carried.setup_future_usage = data.text("setup_future_usage").map(str::to_owned);
        return Ok(carried);
    }
    data.only(&[
        "application_fee_percent",
        "billing_cycle_anchor",
        "billing_mode",
        "default_tax_rates",
        "description",
        "invoice_settings",
        "metadata",
        "on_behalf_of",
        "pending_invoice_item_interval",
        "proration_behavior",
        "transfer_data",
        "trial_end",
        "trial_period_days",
        "trial_settings",
    ])?;
    carried.trial_days = data.integer("trial_period_days")?;
    if carried
        .trial_days
        .is_some_and(|days| !(1..=730).contains(&days))
    {
        return Err(
            ApiError::invalid("Invalid trial_period_days: must be between 1 and 730")
                .param("subscription_data[trial_period_days]"),
        );
    }
    carried.trial_end = data.integer("trial_end")?;
    carried.without_card = without_card_of(&data)?;
    Ok(carried)
}

fn offers_of(
    state: &mut State,
    context: &mut Context<'_>,
    params: &Params,
    mode: Mode,
) -> Result<Vec<Offer>, ApiError> {
    let mut offers = Vec::new();
    for part in params.list("line_items") {
        part.only(&[
            "adjustable_quantity",
            "dynamic_tax_rates",
            "metadata",
            "price",
            "price_data",
            "quantity",
            "tax_rates",
        ])?;
        let quantity = part
            .amount("quantity")?
            .ok_or_else(|| ApiError::missing(part.name("quantity")))?;
        offers.push(Offer {
            id: context.ids.object("li"),
            price: price_of(state, context, &part)?,
            quantity,
        });
    }
    if offers.is_empty() {
        return Err(ApiError::missing("line_items"));
    }
    let prices: Vec<&Price> = offers
        .iter()
        .filter_map(|offer| state.prices.get(&offer.price))
        .collect();
    let recurring = prices.iter().any(|price| price.cadence.is_some());
    match mode {
        Mode::Payment if recurring => {
            return Err(ApiError::invalid(
                "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
            ));
        }
        Mode::Subscription if !recurring => {
            return Err(ApiError::invalid(
                "You must provide at least one recurring price in `subscription` mode when using prices.",
            ));
        }
        _ => {}
    }
    if prices
        .iter()
        .any(|price| price.currency != prices[0].currency)
    {
        return Err(ApiError::invalid(
            "All prices on a session must have the same currency.",
        ));
    }
    Ok(offers)
}

/// `POST /v1/checkout/sessions/{id}`: labels.
pub(crate) fn update(state: &mut State, id: &str, params: &Params) -> Answer {
    params.only(&[
        "payment_intent_data",
        "metadata",
        "expand",
        "collected_information",
        "shipping_options",
        "line_items",
    ])?;
    let mut changed = state.find::<Session>(id, "session")?.clone();
    params.metadata_into(&mut changed.metadata);
    state.quietly::<Session>(id, |session| *session = changed);
    Ok(state.json::<Session>(id))
}

/// `POST /v1/checkout/sessions/{id}/expire`.
pub(crate) fn expire_on_request(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    if !state.find::<Session>(id, "session")?.is_open() {
        return Err(ApiError::invalid(
            "Only Checkout Sessions with a status in [\"open\"] can be expired.",
        ));
    }
    expire(state, context, id);
    Ok(state.json::<Session>(id))
}

/// The session's time is over.
pub(crate) fn expire(state: &mut State, context: &mut Context<'_>, id: &str) {
    let mut intent = None;
    state.quietly::<Session>(id, |session| {
        session.status = Status::Expired;
        session.awaits_confirmation = None;
        intent.clone_from(&session.payment_intent);
    });
    state.announce::<Session>(context, id, "checkout.session.expired");
    if let Some(intent) = intent.filter(|id| state.payment_intents.get(id).is_some_and(is_unpaid)) {
        payment_intent::cancel(state, context, &intent, Some("expired"));
    }
}

fn is_unpaid(intent: &PaymentIntent) -> bool {
    intent.status != payment_intent::Status::Succeeded
}

/// `GET /v1/checkout/sessions/{id}/line_items`.
pub(crate) fn list_line_items(state: &State, id: &str, params: &Params) -> Answer {
    let session = state.find::<Session>(id, "session")?;
    list::page_of(
        &line_items(state, session),
        params,
        &format!("/v1/checkout/sessions/{id}/line_items"),
    )
}

/// `GET /v1/checkout/sessions`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "customer_account",
        "customer_details",
        "created",
        "payment_intent",
        "payment_link",
        "status",
        "subscription",
    ])?;
    let created = list::Created::from(params)?;
    let status = params.choice("status", &["open", "complete", "expired"])?;
    let (customer, intent) = (params.text("customer"), params.text("payment_intent"));
    let subscription = params.text("subscription");
    let wanted = |session: &Session| {
        created.contains(session.created)
            && customer.is_none_or(|customer| session.customer.as_deref() == Some(customer))
            && intent.is_none_or(|intent| session.payment_intent.as_deref() == Some(intent))
            && subscription.is_none_or(|id| session.subscription.as_deref() == Some(id))
            && match status {
                Some("open") => session.status == Status::Open,
                Some("complete") => session.status == Status::Complete,
                Some(_) => session.status == Status::Expired,
                None => true,
            }
    };
    list::page(state, params, "/v1/checkout/sessions", wanted)
}
