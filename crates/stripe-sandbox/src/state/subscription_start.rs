//! The beginning of a subscription: its first invoice, or its trial.

use super::calendar::{self, DAY, UnixSeconds};
use super::customer::{self, Customer};
use super::discount::{self, Wish};
use super::error::ApiError;
use super::invoice::{self, Attempt, Draft, Invoice};
use super::invoice_line;
use super::params::{Metadata, Params};
use super::payment_intent;
use super::payment_method::{self, Decline};
use super::price::{self, Price};
use super::subscription::{self, Cancellation, Item, Status, Subscription};
use super::{Answer, Context, State, subscription_update};

/// What a subscription begins with.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) customer: String,
    pub(crate) items: Vec<Item>,
    /// Prices and quantities that are bought once, with the first invoice.
    pub(crate) once: Vec<(String, i64)>,
    pub(crate) trial_end: Option<UnixSeconds>,
    pub(crate) without_card: &'static str,
    pub(crate) discounts: Vec<Wish>,
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) behavior: &'static str,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) checkout_session: Option<String>,
    pub(crate) automatic_tax: bool,
}

/// Begins a subscription and returns its identifier.
pub(crate) fn start(
    state: &mut State,
    context: &mut Context<'_>,
    start: Start,
) -> Result<String, ApiError> {
    subscription::check_items(state, &start.items)?;
    let card = payment_intent::card_for(state, &start.customer, start.payment_method.as_deref());
    let behavior = start.behavior;
    let (wishes, session) = (start.discounts.clone(), start.checkout_session.clone());
    let once = start.once.clone();
    let mut subscription = fresh(state, context, start);
    let (id, customer) = (subscription.id.clone(), subscription.customer.clone());
    let mut draft = first_invoice(state, context, &subscription, &once);
    let decline = decline_of(state, card.as_deref());
    let asks = Invoice::from_draft(state, context.now, draft.clone()).amount_due > 0;
    if let Some(decline) = decline.filter(|_| asks && behavior == "error_if_incomplete") {
        return Err(decline.to_error());
    }
    // From here on it succeeds.
    subscription.discounts = discount::redeem(
        state,
        context,
        &wishes,
        Some(&customer),
        Some(&id),
        session.as_deref(),
    );
    if subscription.status != Status::Trialing {
        draft.discounts.clone_from(&subscription.discounts);
    }
    let due = Invoice::from_draft(state, context.now, draft.clone()).amount_due > 0;
    let waits = due && behavior == "default_incomplete";
    if subscription.status != Status::Trialing && due && (waits || decline.is_some()) {
        subscription.status = Status::Incomplete;
    }
    let currency = subscription.currency.clone();
    state.add(context, subscription, "customer.subscription.created");
    state.change::<Customer>(context, &customer, "customer.updated", |customer| {
        customer.currency = Some(currency);
    });
    let invoice = invoice::finalize(state, context, draft);
    if !waits {
        // A decline has shown in the status already.
        let _ = invoice::attempt(
            state,
            context,
            &invoice,
            card.as_deref(),
            Attempt::Automatic,
        );
    } else if let Some(open) = state.invoices.get(&invoice).cloned() {
        invoice::prepare_payment(state, context, &open);
    }
    Ok(id)
}

/// A subscription that nobody knows of yet.
fn fresh(state: &State, context: &mut Context<'_>, start: Start) -> Subscription {
    let now = context.now;
    let trial = start.trial_end.filter(|end| *end > now);
    let price = start
        .items
        .first()
        .and_then(|item| state.prices.get(&item.price));
    let mut subscription = Subscription {
        id: context.ids.object("sub"),
        created: now,
        customer: start.customer,
        status: if trial.is_some() {
            Status::Trialing
        } else {
            Status::Active
        },
        currency: price.map_or_else(String::new, |price: &Price| price.currency.clone()),
        items: start.items,
        anchor: trial.unwrap_or(now),
        period_start: now,
        period_end: trial.unwrap_or(now),
        trial_start: trial.map(|_| now),
        trial_end: trial,
        trial_warned: false,
        without_card: start.without_card,
        cancel_at: None,
        cancel_at_period_end: false,
        canceled_at: None,
        ended_at: None,
        cancellation: Cancellation::default(),
        default_payment_method: start.payment_method,
        discounts: Vec::new(),
        latest_invoice: Some(context.ids.object("in")),
        metadata: start.metadata,
        description: start.description,
        schedule: None,
        pending_lines: Vec::new(),
        pending_update: None,
        pause_collection: None,
        automatic_tax: start.automatic_tax,
        paused: None,
    };
    if trial.is_none() {
        subscription.period_end = subscription.end_of_period(state, now);
    }
    if start.cancel_at_period_end {
        let end = subscription.period_end;
        subscription_update::set_end(&mut subscription, Some(end), true, now);
    }
    subscription
}

/// The invoice of the first period, or of the trial, with what is bought once beside it.
fn first_invoice(
    state: &State,
    context: &mut Context<'_>,
    subscription: &Subscription,
    once: &[(String, i64)],
) -> Draft {
    let period = (subscription.period_start, subscription.period_end);
    let trial = subscription.status == Status::Trialing;
    let (id, items) = (&subscription.id, &subscription.items);
    let mut lines = invoice_line::of_period(state, context, id, items, period, trial);
    lines.extend(invoice_line::once(state, context, id, once));
    Draft {
        id: subscription.latest_invoice.clone().unwrap_or_default(),
        customer: subscription.customer.clone(),
        subscription: Some(id.clone()),
        subscription_metadata: subscription.metadata.clone(),
        billing_reason: "subscription_create",
        currency: subscription.currency.clone(),
        lines,
        period: (context.now, context.now),
        discounts: Vec::new(),
    }
}

/// Why a card would be declined; nothing when it would pay.
pub(crate) fn decline_of(state: &State, card: Option<&str>) -> Option<Decline> {
    card.and_then(|card| state.payment_methods.get(card))
        .map_or(Some(Decline::NO_CARD), |method| method.card.decline())
}

/// The items that a request describes.
pub(crate) fn items_of(
    state: &mut State,
    context: &mut Context<'_>,
    parts: &[Params],
) -> Result<Vec<Item>, ApiError> {
    let mut items = Vec::new();
    for part in parts {
        let price = price_of(state, context, part)?;
        let quantity = part.amount("quantity")?.unwrap_or(1);
        items.push(subscription::new_item(
            context,
            &price,
            quantity,
            part.metadata(),
        ));
    }
    Ok(items)
}

/// The price that a part of a request names or describes.
pub(crate) fn price_of(
    state: &mut State,
    context: &mut Context<'_>,
    part: &Params,
) -> Result<String, ApiError> {
    if let Some(data) = part.inner("price_data") {
        return price::on_the_spot(state, context, &data);
    }
    let price = state.refer::<Price>(part.need("price")?, part.name("price"))?;
    if !price.active {
        return Err(
            ApiError::invalid(format!("The price specified is inactive: {}.", price.id))
                .param(part.name("price")),
        );
    }
    Ok(price.id.clone())
}

/// Whether a request asks for tax.
pub(crate) fn automatic_tax_of(params: &Params) -> Result<bool, ApiError> {
    let Some(tax) = params.inner("automatic_tax") else {
        return Ok(false);
    };
    tax.only(&["enabled", "liability"])?;
    tax.need("enabled")?;
    Ok(tax.boolean("enabled")? == Some(true))
}

/// The end of a trial that a request asks for.
pub(crate) fn trial_of(params: &Params, now: UnixSeconds) -> Result<Option<UnixSeconds>, ApiError> {
    if let Some(days) = params.integer("trial_period_days")? {
        if !(1..=730).contains(&days) {
            return Err(
                ApiError::invalid("Invalid trial_period_days: must be between 1 and 730")
                    .param(params.name("trial_period_days")),
            );
        }
        return Ok(Some(now + days * DAY));
    }
    if params.text("trial_end") == Some("now") {
        return Ok(None);
    }
    match params.integer("trial_end")? {
        Some(end) if end <= now => Err(ApiError::invalid(
            "Invalid timestamp: must be an integer Unix timestamp in the future.",
        )
        .param(params.name("trial_end"))),
        end => Ok(end),
    }
}

/// What a request wants when a trial ends without a card.
pub(crate) fn without_card_of(params: &Params) -> Result<&'static str, ApiError> {
    let Some(end) = params
        .inner("trial_settings")
        .and_then(|settings| settings.inner("end_behavior"))
    else {
        return Ok("create_invoice");
    };
    let chosen = end.choice(
        "missing_payment_method",
        &["cancel", "create_invoice", "pause"],
    )?;
    Ok(chosen.unwrap_or("create_invoice"))
}

/// The ways to deal with a payment that fails.
pub(crate) const PAYMENT_BEHAVIORS: &[&str] = &[
    "allow_incomplete",
    "default_incomplete",
    "error_if_incomplete",
    "pending_if_incomplete",
];

/// `POST /v1/subscriptions`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "billing_schedules",
        "add_invoice_items",
        "application_fee_percent",
        "automatic_tax",
        "backdate_start_date",
        "billing_cycle_anchor",
        "billing_cycle_anchor_config",
        "billing_mode",
        "billing_thresholds",
        "cancel_at",
        "cancel_at_period_end",
        "collection_method",
        "currency",
        "customer",
        "customer_account",
        "days_until_due",
        "default_payment_method",
        "default_source",
        "default_tax_rates",
        "description",
        "discounts",
        "expand",
        "invoice_settings",
        "items",
        "metadata",
        "off_session",
        "on_behalf_of",
        "payment_behavior",
        "payment_settings",
        "pending_invoice_item_interval",
        "proration_behavior",
        "transfer_data",
        "trial_end",
        "trial_from_plan",
        "trial_period_days",
        "trial_settings",
    ])?;
    let customer = customer::living(state, params.need("customer")?, "customer")?
        .id
        .clone();
    let items = items_of(state, context, &params.list("items"))?;
    let payment_method = match params.text("default_payment_method") {
        Some(method) => Some(payment_method::of_customer(
            state, context, method, &customer,
        )?),
        None => None,
    };
    let begun = Start {
        customer,
        items,
        once: Vec::new(),
        trial_end: trial_of(params, context.now)?,
        without_card: without_card_of(params)?,
        discounts: discount::wishes(state, params, context.now)?,
        metadata: params.metadata(),
        description: params.text("description").map(str::to_owned),
        payment_method,
        behavior: params
            .choice("payment_behavior", PAYMENT_BEHAVIORS)?
            .unwrap_or("allow_incomplete"),
        cancel_at_period_end: params.boolean("cancel_at_period_end")? == Some(true),
        checkout_session: None,
        automatic_tax: automatic_tax_of(params)?,
    };
    let id = start(state, context, begun)?;
    Ok(state.json::<Subscription>(&id))
}

/// How long the first payment may take.
pub(crate) const INCOMPLETE_MAX: UnixSeconds = 23 * calendar::HOUR;
