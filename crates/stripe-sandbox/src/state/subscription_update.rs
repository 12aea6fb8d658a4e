//! Changes of a subscription: other prices, the end of a trial, a cancellation and its undoing,
//! a pause.

use super::calendar::{self, UnixSeconds};
use super::discount;
use super::error::ApiError;
use super::invoice::{self, Attempt, Draft, Invoice};
use super::invoice_line::{self, Line};
use super::params::Params;
use super::payment_intent;
use super::payment_method;
use super::subscription::{self, Item, PendingUpdate, Status, Subscription};
use super::subscription_cancel;
use super::subscription_cycle;
use super::subscription_start::{self, PAYMENT_BEHAVIORS, decline_of, price_of};
use super::{Answer, Context, State};

const FIELDS: &[&str] = &[
    "add_invoice_items",
    "application_fee_percent",
    "automatic_tax",
    "billing_cycle_anchor",
    "billing_schedules",
    "billing_thresholds",
    "cancel_at",
    "cancel_at_period_end",
    "cancellation_details",
    "collection_method",
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
    "pause_collection",
    "payment_behavior",
    "payment_settings",
    "pending_invoice_item_interval",
    "proration_behavior",
    "proration_date",
    "transfer_data",
    "trial_end",
    "trial_from_plan",
    "trial_settings",
];

/// What a change of items costs.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What is charged and given back.
    pub(crate) lines: Vec<Line>,
    /// The beginning of a new period, when the change begins one.
    pub(crate) anchor: Option<UnixSeconds>,
    /// Whether it is invoiced at once.
    pub(crate) at_once: bool,
}

/// Works out what a change of items costs, without making it.
pub(crate) fn plan(
    state: &State,
    context: &mut Context<'_>,
    subscription: &Subscription,
    items: &[Item],
    proration: &str,
    at: UnixSeconds,
    restart: bool,
) -> Change {
    let mut change = Change {
        lines: Vec::new(),
        anchor: None,
        at_once: false,
    };
    // In a trial nothing is paid for yet; in a pause the unused time has been given back.
    let costs_nothing = matches!(subscription.status, Status::Trialing | Status::Paused);
    if costs_nothing || (subscription.items == items && !restart) {
        return change;
    }
    let old_cadence = subscription.cadence(state);
    let new_cadence = subscription::cadence_of(state, items);
    let becomes_paid = worth(state, &subscription.items) == 0 && worth(state, items) > 0;
    let prorates = proration != "none";
    if prorates {
        let old = &subscription.items;
        change.lines = invoice_line::of_rest(state, context, subscription, old, at, true);
        change.lines.retain(|line| line.amount != 0);
    }
    if old_cadence != new_cadence || becomes_paid || restart {
        let end = new_cadence.map_or(at, |cadence| calendar::boundary_after(at, cadence, at));
        let id = &subscription.id;
        change.lines.extend(invoice_line::of_period(
            state,
            context,
            id,
            items,
            (at, end),
            false,
        ));
        change.anchor = Some(at);
        change.at_once = true;
    } else if prorates {
        change.lines.extend(invoice_line::of_rest(
            state,
            context,
            subscription,
            items,
            at,
            false,
        ));
        change.at_once = proration == "always_invoice";
    }
    change
}

fn worth(state: &State, items: &[Item]) -> i64 {
    items
        .iter()
        .filter_map(|item| Some(state.prices.get(&item.price)?.unit_amount * item.quantity))
        .sum()
}

/// The items after a request's changes.
pub(crate) fn changed_items(
    state: &mut State,
    context: &mut Context<'_>,
    subscription: &Subscription,
    parts: &[Params],
) -> Result<Vec<Item>, ApiError> {
    let mut items = subscription.items.clone();
    for part in parts {
        let Some(id) = part.text("id") else {
            let price = price_of(state, context, part)?;
            let quantity = part.amount("quantity")?.unwrap_or(1);
            if items.iter().any(|item| item.price == price) {
                return Err(ApiError::invalid(format!(
                    "Cannot add multiple subscription items with the same plan: {price}"
                ))
                .param(part.name("price")));
            }
            items.push(subscription::new_item(
                context,
                &price,
                quantity,
                part.metadata(),
            ));
            continue;
        };
        let position = items
            .iter()
            .position(|item| item.id == id)
            .ok_or_else(|| ApiError::no_such(400, "subscription_item", id, &part.name("id")))?;
        if part.boolean("deleted")? == Some(true) {
            items.remove(position);
            continue;
        }
        if part.has("price") || part.has("price_data") {
            items[position].price = price_of(state, context, part)?;
        }
        if let Some(quantity) = part.amount("quantity")? {
            items[position].quantity = quantity;
        }
        part.metadata_into(&mut items[position].metadata);
    }
    subscription::check_items(state, &items)?;
    Ok(items)
}

/// `POST /v1/subscriptions/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(FIELDS)?;
    let old = state.find::<Subscription>(id, "id")?.clone();
    if old.status.has_ended() {
        if params
            .only(&["cancellation_details", "metadata", "expand"])
            .is_err()
        {
            return Err(ApiError::invalid(
                "A canceled subscription can only update its cancellation_details and metadata.",
            ));
        }
    } else if old.schedule.is_some()
        && (params.has("cancel_at_period_end") || params.has("cancel_at"))
    {
        let schedule = old.schedule.unwrap_or_default();
        return Err(ApiError::invalid(format!(
            "The subscription is managed by the subscription schedule `{schedule}`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead."
        )));
    }
    let mut new = old_with_words(state, context, id, params)?;
    let proration = params
        .choice(
            "proration_behavior",
            &["always_invoice", "create_prorations", "none"],
        )?
        .unwrap_or("create_prorations");
    let payment = params
        .choice("payment_behavior", PAYMENT_BEHAVIORS)?
        .unwrap_or("allow_incomplete");
    let at = params.integer("proration_date")?.unwrap_or(context.now);
    let items = changed_items(state, context, &new, &params.list("items"))?;
    let trial_ends_now = params.text("trial_end") == Some("now") && new.status == Status::Trialing;
    if params.has("trial_end") && !trial_ends_now {
        lengthen_trial(&mut new, subscription_start::trial_of(params, context.now)?);
    }
    if trial_ends_now {
        new.items.clone_from(&items);
        state.change::<Subscription>(context, id, "customer.subscription.updated", |place| {
            *place = new;
        });
        end_trial_now(state, context, id);
        return Ok(state.json::<Subscription>(id));
    }
    let restart = params.text("billing_cycle_anchor") == Some("now")
        || params
            .inner("billing_cycle_anchor")
            .is_some_and(|anchor| anchor.text("type") == Some("now"));
    let change = plan(state, context, &new, &items, proration, at, restart);
    if items == new.items && !restart {
        state.change::<Subscription>(context, id, "customer.subscription.updated", |place| {
            *place = new;
        });
        return Ok(state.json::<Subscription>(id));
    }
    make(state, context, new, items, change, payment)?;
    Ok(state.json::<Subscription>(id))
}

/// The subscription with everything changed that costs nothing.
fn old_with_words(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Result<Subscription, ApiError> {
    let mut new = state.find::<Subscription>(id, "id")?.clone();
    params.metadata_into(&mut new.metadata);
    params.text_into("description", &mut new.description);
    subscription_cancel::words_into(params, &mut new.cancellation)?;
    if let Some(method) = params.text("default_payment_method") {
        let method = method.to_owned();
        new.default_payment_method = Some(payment_method::of_customer(
            state,
            context,
            &method,
            &new.customer,
        )?);
    } else if params.cleared("default_payment_method") {
        new.default_payment_method = None;
    }
    if params.has("trial_settings") {
        new.without_card = subscription_start::without_card_of(params)?;
    }
    if params.cleared("discounts") {
        new.discounts.clear();
    } else if params.has("discounts") {
        let wishes = discount::wishes(state, params, context.now)?;
        new.discounts =
            discount::redeem(state, context, &wishes, Some(&new.customer), Some(id), None);
    }
    if params.cleared("pause_collection") {
        new.pause_collection = None;
    } else if let Some(pause) = params.inner("pause_collection") {
        pause.need("behavior")?;
        let behavior =
            pause.choice("behavior", &["keep_as_draft", "mark_uncollectible", "void"])?;
        new.pause_collection = Some((behavior.unwrap_or("void"), pause.integer("resumes_at")?));
    }
    announce_end(&mut new, params, context.now)?;
    Ok(new)
}

/// A cancellation that is to come, or that is taken back.
fn announce_end(new: &mut Subscription, params: &Params, now: UnixSeconds) -> Result<(), ApiError> {
    match params.boolean("cancel_at_period_end")? {
        Some(true) => set_end(new, Some(new.period_end), true, now),
        Some(false) if new.cancel_at_period_end => set_end(new, None, false, now),
        _ => {}
    }
    if params.cleared("cancel_at") {
        set_end(new, None, false, now);
        return Ok(());
    }
    let end = match params.text("cancel_at") {
        Some("min_period_end" | "max_period_end") => Some(new.period_end),
        _ => params.integer("cancel_at")?,
    };
    if let Some(end) = end {
        if end <= now {
            return Err(ApiError::invalid("cancel_at must be in the future.").param("cancel_at"));
        }
        set_end(new, Some(end), false, now);
    }
    Ok(())
}

/// Puts the end where it belongs; nothing takes it back.
pub(crate) fn set_end(
    subscription: &mut Subscription,
    end: Option<UnixSeconds>,
    at_period_end: bool,
    now: UnixSeconds,
) {
    subscription.cancel_at = end;
    subscription.cancel_at_period_end = at_period_end;
    subscription.canceled_at = end.map(|_| now);
    subscription.cancellation.reason = end.map(|_| "cancellation_requested");
    if end.is_none() {
        subscription.cancellation = subscription::Cancellation::default();
    }
}

fn lengthen_trial(new: &mut Subscription, end: Option<UnixSeconds>) {
    let Some(end) = end else {
        return;
    };
    new.trial_start = new.trial_start.or(Some(new.period_start));
    new.trial_end = Some(end);
    new.trial_warned = false;
    new.status = Status::Trialing;
    new.anchor = end;
    new.period_end = end;
}

fn end_trial_now(state: &mut State, context: &mut Context<'_>, id: &str) {
    let now = context.now;
    state.quietly::<Subscription>(id, |subscription| {
        subscription.trial_end = Some(now);
        subscription.anchor = now;
        subscription.period_end = now;
    });
    subscription_cycle::end_trial(state, context, id);
}

/// Changes the items as a schedule or the portal asks for; what is not paid is past due.
pub(crate) fn change_items(
    state: &mut State,
    context: &mut Context<'_>,
    subscription: Subscription,
    items: Vec<Item>,
    proration: &str,
) -> Result<(), ApiError> {
    subscription::check_items(state, &items)?;
    let now = context.now;
    let change = plan(state, context, &subscription, &items, proration, now, false);
    make(
        state,
        context,
        subscription,
        items,
        change,
        "allow_incomplete",
    )
}

/// Makes a change of items and has it paid as `payment` says.
fn make(
    state: &mut State,
    context: &mut Context<'_>,
    new: Subscription,
    items: Vec<Item>,
    change: Change,
    payment: &'static str,
) -> Result<(), ApiError> {
    let id = new.id.clone();
    let mut draft = None;
    if change.at_once && !change.lines.is_empty() {
        let period = (new.period_start, context.now);
        let mut made =
            subscription_cycle::draft_for(context, state, &new, "subscription_update", period);
        made.lines.clone_from(&new.pending_lines);
        made.lines.extend(change.lines.iter().cloned());
        draft = Some(made);
    }
    let decline = draft
        .as_ref()
        .and_then(|draft| decline_for(state, context.now, &new, draft));
    if let Some(decline) = decline {
        if payment == "error_if_incomplete" {
            return Err(decline.to_error());
        }
        if let Some(draft) = draft.take_if(|_| payment == "pending_if_incomplete") {
            state.change::<Subscription>(context, &id, "customer.subscription.updated", |place| {
                *place = new;
            });
            wait_for_payment(state, context, &id, items, change.anchor, draft);
            return Ok(());
        }
    }
    let in_time = !change.at_once;
    let invoice = draft.as_ref().map(|draft| draft.id.clone());
    state.quietly::<Subscription>(&id, |place| {
        let (items, old) = (place.items.clone(), place.latest_invoice.clone());
        *place = new;
        // `apply` tells of these.
        place.items = items;
        place.latest_invoice = old;
        if in_time {
            place.pending_lines.extend(change.lines);
        } else {
            place.pending_lines.clear();
        }
    });
    apply(
        state,
        context,
        &id,
        items,
        change.anchor,
        invoice.as_deref(),
    );
    if let Some(draft) = draft {
        let invoice = invoice::finalize(state, context, draft);
        subscription_cycle::attempt(state, context, &invoice);
    }
    Ok(())
}

fn decline_for(
    state: &State,
    now: UnixSeconds,
    subscription: &Subscription,
    draft: &Draft,
) -> Option<payment_method::Decline> {
    if Invoice::from_draft(state, now, draft.clone()).amount_due == 0 {
        return None;
    }
    let chosen = subscription.default_payment_method.as_deref();
    let card = payment_intent::card_for(state, &subscription.customer, chosen);
    decline_of(state, card.as_deref())
}

/// The change holds once its invoice is paid.
fn wait_for_payment(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    items: Vec<Item>,
    anchor: Option<UnixSeconds>,
    draft: Draft,
) {
    let invoice = invoice::finalize(state, context, draft);
    let open = state.invoices.get(&invoice).cloned();
    let card = open.and_then(|open| subscription_cycle::card_of(state, &open));
    // That it is declined is known; the events tell of it.
    let _ = invoice::attempt(
        state,
        context,
        &invoice,
        card.as_deref(),
        Attempt::Automatic,
    );
    state.quietly::<Invoice>(&invoice, |invoice| invoice.next_payment_attempt = None);
    let update = PendingUpdate {
        items,
        anchor,
        expires_at: context.now + subscription_start::INCOMPLETE_MAX,
        invoice: invoice.clone(),
    };
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription.pending_update = Some(update);
            subscription.latest_invoice = Some(invoice);
        },
    );
}

/// Puts new items in place, with a new period when the change begins one.
pub(crate) fn apply(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    items: Vec<Item>,
    anchor: Option<UnixSeconds>,
    invoice: Option<&str>,
) {
    let cadence = subscription::cadence_of(state, &items);
    let invoice = invoice.map(str::to_owned);
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription.items = items;
            subscription.latest_invoice = invoice.or(subscription.latest_invoice.take());
            if let (Some(anchor), Some(cadence)) = (anchor, cadence) {
                subscription.anchor = anchor;
                subscription.period_start = anchor;
                subscription.period_end = calendar::boundary_after(anchor, cadence, anchor);
            }
            if subscription.cancel_at_period_end {
                subscription.cancel_at = Some(subscription.period_end);
            }
        },
    );
}

/// `POST /v1/subscriptions/{id}/pause`: the unused time is given back with the next invoice.
pub(crate) fn pause(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["bill_for", "expand", "invoicing_behavior", "type"])?;
    let subscription = state.find::<Subscription>(id, "id")?.clone();
    if !matches!(
        subscription.status,
        Status::Active | Status::Trialing | Status::PastDue
    ) {
        return Err(ApiError::invalid(
            "Only active, trialing or past due subscriptions can be paused.",
        ));
    }
    let now = context.now;
    let credit = invoice_line::of_rest(
        state,
        context,
        &subscription,
        &subscription.items,
        now,
        true,
    );
    let gives_back = subscription.status == Status::Active;
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription.status = Status::Paused;
            subscription.paused = Some((now, "pause_requested"));
            if gives_back {
                subscription.pending_lines.extend(credit);
            }
        },
    );
    state.announce::<Subscription>(context, id, "customer.subscription.paused");
    Ok(state.json::<Subscription>(id))
}

/// `POST /v1/subscriptions/{id}/resume`: a new period begins, unless the old one is to go on.
pub(crate) fn resume(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&[
        "billing_cycle_anchor",
        "expand",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
    ])?;
    let subscription = state.find::<Subscription>(id, "id")?.clone();
    if subscription.status != Status::Paused {
        return Err(ApiError::invalid(
            "Only paused subscriptions can be resumed.",
        ));
    }
    let anchor = params.inner("billing_cycle_anchor");
    let kind = anchor
        .as_ref()
        .map_or(params.text("billing_cycle_anchor"), |anchor| {
            anchor.text("type")
        });
    let now = context.now;
    let goes_on = kind == Some("unchanged") && now < subscription.period_end;
    state.quietly::<Subscription>(id, |subscription| {
        subscription.status = Status::Active;
        subscription.paused = None;
        if goes_on {
            subscription.pending_lines.clear();
        } else {
            subscription.anchor = now;
            subscription.period_end = now;
        }
    });
    state.announce::<Subscription>(context, id, "customer.subscription.resumed");
    if !goes_on {
        subscription_cycle::renew(state, context, id);
    }
    Ok(state.json::<Subscription>(id))
}
