//! Previews: the invoice that a change would bring, or the next one.

use super::discount;
use super::error::ApiError;
use super::invoice::{Draft, Invoice};
use super::invoice_line;
use super::params::{Metadata, Params};
use super::subscription::{Item, Status, Subscription};
use super::subscription_cycle;
use super::subscription_start::{items_of, trial_of};
use super::subscription_update::{changed_items, plan};
use super::table::Record as _;
use super::{Answer, Context, State, customer, subscription};
use serde_json::Value;

/// `POST /v1/invoices/create_preview`.
pub(crate) fn create(state: &State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "automatic_tax",
        "currency",
        "customer",
        "customer_account",
        "customer_details",
        "discounts",
        "expand",
        "invoice_items",
        "issuer",
        "on_behalf_of",
        "preview_mode",
        "schedule",
        "schedule_details",
        "subscription",
        "subscription_details",
    ])?;
    // Prices that are described on the spot are made on a copy, which is thrown away.
    let mut copy = state.clone();
    let details = params.inner("subscription_details").unwrap_or_default();
    let draft = match params.text("subscription") {
        Some(id) => of_change(&mut copy, context, id, &details)?,
        None => of_new(&mut copy, context, params, &details)?,
    };
    let mut draft = draft;
    if params.has("discounts") {
        draft.discounts = discount::wishes(&copy, params, context.now)?
            .into_iter()
            .map(|wish| wish.coupon)
            .collect();
    }
    let invoice = Invoice::from_draft(&copy, context.now, draft);
    let mut shown: Value = invoice.to_json(&copy);
    shown["id"] = Value::String(invoice.id.replacen("in_", "upcoming_in_", 1));
    Ok(shown)
}

fn of_change(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    details: &Params,
) -> Result<Draft, ApiError> {
    let subscription = state.refer::<Subscription>(id, "subscription")?.clone();
    if subscription.status.has_ended() {
        return Err(ApiError::invalid(format!(
            "No upcoming invoices for customer: {}",
            subscription.customer
        ))
        .code("invoice_upcoming_none"));
    }
    let items = changed_items(state, context, &subscription, &details.list("items"))?;
    let proration = details
        .choice(
            "proration_behavior",
            &["always_invoice", "create_prorations", "none"],
        )?
        .unwrap_or("create_prorations");
    let at = details.integer("proration_date")?.unwrap_or(context.now);
    let restart = details.text("billing_cycle_anchor") == Some("now");
    let change = plan(
        state,
        context,
        &subscription,
        &items,
        proration,
        at,
        restart,
    );
    if change.at_once {
        let period = (subscription.period_start, context.now);
        let mut draft = subscription_cycle::draft_for(
            context,
            state,
            &subscription,
            "subscription_update",
            period,
        );
        draft.lines.clone_from(&subscription.pending_lines);
        draft.lines.extend(change.lines);
        return Ok(draft);
    }
    let period = (subscription.period_start, subscription.period_end);
    let mut draft =
        subscription_cycle::draft_for(context, state, &subscription, "upcoming", period);
    draft.lines.clone_from(&subscription.pending_lines);
    draft.lines.extend(change.lines);
    let ends = subscription
        .cancel_at
        .is_some_and(|end| end <= subscription.period_end)
        || details.boolean("cancel_at_period_end")? == Some(true)
        || details.boolean("cancel_now")? == Some(true);
    if !ends {
        draft
            .lines
            .extend(next_period(state, context, &subscription, &items));
    }
    Ok(draft)
}

fn next_period(
    state: &State,
    context: &mut Context<'_>,
    subscription: &Subscription,
    items: &[Item],
) -> Vec<invoice_line::Line> {
    let mut next = subscription.clone();
    next.items = items.to_vec();
    let start = subscription.period_end;
    let end = next.end_of_period(state, start);
    invoice_line::of_period(state, context, &subscription.id, items, (start, end), false)
}

/// The first invoice of a subscription that does not exist yet.
fn of_new(
    state: &mut State,
    context: &mut Context<'_>,
    params: &Params,
    details: &Params,
) -> Result<Draft, ApiError> {
    let customer = match params.text("customer") {
        Some(id) => customer::living(state, id, "customer")?.id.clone(),
        None => String::new(),
    };
    let items = items_of(state, context, &details.list("items"))?;
    if items.is_empty() {
        return newest_subscription(state, &customer).map_or_else(
            || {
                Err(
                    ApiError::invalid(format!("No upcoming invoices for customer: {customer}"))
                        .code("invoice_upcoming_none"),
                )
            },
            |id| of_change(state, context, &id, details),
        );
    }
    subscription::check_items(state, &items)?;
    let trial = trial_of(details, context.now)?;
    let end = subscription::cadence_of(state, &items).map_or(context.now, |cadence| {
        super::calendar::boundary(context.now, cadence, 1)
    });
    let period = (context.now, trial.unwrap_or(end));
    let price = state.prices.get(&items[0].price);
    Ok(Draft {
        id: context.ids.object("in"),
        customer,
        subscription: None,
        subscription_metadata: Metadata::new(),
        billing_reason: "upcoming",
        currency: price.map_or_else(String::new, |price| price.currency.clone()),
        lines: invoice_line::of_period(state, context, "", &items, period, trial.is_some()),
        period: (context.now, context.now),
        discounts: Vec::new(),
    })
}

fn newest_subscription(state: &State, customer: &str) -> Option<String> {
    state
        .subscriptions
        .newest_first()
        .find(|subscription| {
            subscription.customer == customer
                && !subscription.status.has_ended()
                && subscription.status != Status::Incomplete
        })
        .map(|subscription| subscription.id.clone())
}
