//! Subscription schedules: changes that are agreed now and happen at the end of a phase.

use super::calendar::{self, UnixSeconds};
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::price::Price;
use super::subscription::{self, Item, Subscription};
use super::subscription_cancel;
use super::subscription_start::price_of;
use super::subscription_update;
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A span of time with prices of its own.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    pub(crate) start: UnixSeconds,
    pub(crate) end: UnixSeconds,
    /// Price and quantity.
    items: Vec<(String, i64)>,
    proration: &'static str,
    metadata: Metadata,
}

/// A schedule.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) subscription: String,
    customer: String,
    currency: String,
    pub(crate) phases: Vec<Phase>,
    /// `release` or `cancel`.
    end_behavior: &'static str,
    pub(crate) status: &'static str,
    metadata: Metadata,
    canceled_at: Option<UnixSeconds>,
    completed_at: Option<UnixSeconds>,
    released_at: Option<UnixSeconds>,
    /// The phase that runs.
    pub(crate) current: usize,
}

super::record!(Schedule, "subscription_schedule", schedules);

impl Schedule {
    fn shown(&self, _: &State) -> Value {
        let active = self.status == "active";
        let phases: Vec<Value> = self
            .phases
            .iter()
            .map(|phase| self.phase_shown(phase))
            .collect();
        let current = self.phases.get(self.current).filter(|_| active);
        json!({
            "id": self.id,
            "object": "subscription_schedule",
            "application": null,
            "billing_mode": { "flexible": { "proration_discounts": "included" }, "type": "flexible" },
            "canceled_at": self.canceled_at,
            "completed_at": self.completed_at,
            "created": self.created,
            "current_phase": current.map(|phase| json!({ "end_date": phase.end, "start_date": phase.start })),
            "customer": self.customer,
            "customer_account": null,
            "default_settings": {
                "application_fee_percent": null,
                "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
                "billing_cycle_anchor": "automatic",
                "billing_thresholds": null,
                "collection_method": "charge_automatically",
                "default_payment_method": null,
                "description": null,
                "invoice_settings": { "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "days_until_due": null, "issuer": { "type": "self" } },
                "on_behalf_of": null,
                "transfer_data": null,
            },
            "end_behavior": self.end_behavior,
            "livemode": false,
            "metadata": self.metadata,
            "pause_schedules": [],
            "phases": phases,
            "released_at": self.released_at,
            "released_subscription": self.released_at.map(|_| &self.subscription),
            "status": self.status,
            "subscription": active.then_some(&self.subscription),
            "test_clock": null,
        })
    }

    fn phase_shown(&self, phase: &Phase) -> Value {
        let items: Vec<Value> = phase
            .items
            .iter()
            .map(|(price, quantity)| {
                json!({
                    "billing_thresholds": null, "discounts": [], "metadata": {}, "plan": price, "price": price,
                    "quantity": quantity, "tax_rates": [],
                })
            })
            .collect();
        json!({
            "add_invoice_items": [],
            "application_fee_percent": null,
            "billing_cycle_anchor": null,
            "billing_thresholds": null,
            "collection_method": null,
            "currency": self.currency,
            "default_payment_method": null,
            "default_tax_rates": [],
            "description": null,
            "discounts": [],
            "end_date": phase.end,
            "invoice_settings": null,
            "items": items,
            "metadata": phase.metadata,
            "on_behalf_of": null,
            "proration_behavior": phase.proration,
            "start_date": phase.start,
            "transfer_data": null,
            "trial_end": null,
        })
    }
}

/// `POST /v1/subscription_schedules` with `from_subscription`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "pause_schedules",
        "billing_mode",
        "customer",
        "customer_account",
        "default_settings",
        "end_behavior",
        "expand",
        "from_subscription",
        "metadata",
        "phases",
        "start_date",
    ])?;
    let Some(from) = params.text("from_subscription") else {
        return Err(ApiError::invalid(
            "The sandbox makes schedules from subscriptions only: pass from_subscription.",
        )
        .param("from_subscription"));
    };
    if params.has("phases") || params.has("end_behavior") {
        return Err(ApiError::invalid(
            "You cannot set `phases` or `end_behavior` when `from_subscription` is set.",
        ));
    }
    let subscription = state
        .refer::<Subscription>(from, "from_subscription")?
        .clone();
    if subscription.status.has_ended() || subscription.schedule.is_some() {
        return Err(ApiError::invalid(
            "You cannot migrate a subscription that has ended or is already attached to a schedule.",
        )
        .param("from_subscription"));
    }
    let id = context.ids.object("sub_sched");
    let schedule = Schedule {
        id: id.clone(),
        created: context.now,
        subscription: subscription.id.clone(),
        customer: subscription.customer.clone(),
        currency: subscription.currency.clone(),
        phases: vec![Phase {
            start: subscription.period_start,
            end: subscription.period_end,
            items: subscription
                .items
                .iter()
                .map(|item| (item.price.clone(), item.quantity))
                .collect(),
            proration: "create_prorations",
            metadata: Metadata::new(),
        }],
        end_behavior: if subscription.cancel_at_period_end {
            "cancel"
        } else {
            "release"
        },
        status: "active",
        metadata: params.metadata(),
        canceled_at: None,
        completed_at: None,
        released_at: None,
        current: 0,
    };
    state.add(context, schedule, "subscription_schedule.created");
    let attached = id.clone();
    state.change::<Subscription>(
        context,
        from,
        "customer.subscription.updated",
        |subscription| {
            subscription.schedule = Some(attached);
        },
    );
    Ok(state.json::<Schedule>(&id))
}

fn running<'a>(state: &'a State, id: &str) -> Result<&'a Schedule, ApiError> {
    let schedule = state.find::<Schedule>(id, "schedule")?;
    if schedule.status == "active" {
        return Ok(schedule);
    }
    Err(ApiError::invalid(format!(
        "You cannot update a subscription schedule that is currently in the `{}` status.",
        schedule.status
    )))
}

/// `POST /v1/subscription_schedules/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&[
        "default_settings",
        "end_behavior",
        "expand",
        "metadata",
        "pause_schedules",
        "phases",
        "proration_behavior",
    ])?;
    let mut changed = running(state, id)?.clone();
    params.metadata_into(&mut changed.metadata);
    if let Some(end) = params.choice("end_behavior", &["cancel", "release"])? {
        changed.end_behavior = end;
    }
    if params.has("phases") {
        let first = changed
            .phases
            .get(changed.current)
            .map_or(context.now, |phase| phase.start);
        changed.phases = phases_of(state, context, &params.list("phases"), first)?;
        changed.current = changed
            .phases
            .iter()
            .position(|phase| context.now < phase.end)
            .unwrap_or(0);
    }
    let (now, subscription) = (context.now, changed.subscription.clone());
    let phase = changed.phases.get(changed.current).cloned();
    state.change::<Schedule>(context, id, "subscription_schedule.updated", |schedule| {
        *schedule = changed;
    });
    if let Some(phase) = phase.filter(|phase| phase.start <= now) {
        enter(state, context, &subscription, &phase);
    }
    Ok(state.json::<Schedule>(id))
}

fn phases_of(
    state: &mut State,
    context: &mut Context<'_>,
    parts: &[Params],
    first: UnixSeconds,
) -> Result<Vec<Phase>, ApiError> {
    let mut phases: Vec<Phase> = Vec::new();
    for part in parts {
        let mut items = Vec::new();
        for item in part.list("items") {
            items.push((
                price_of(state, context, &item)?,
                item.amount("quantity")?.unwrap_or(1),
            ));
        }
        if items.is_empty() {
            return Err(ApiError::missing(part.name("items")));
        }
        let given = if part.text("start_date") == Some("now") {
            None
        } else {
            part.integer("start_date")?
        };
        let start = phases
            .last()
            .map_or(given.unwrap_or(first), |phase| phase.end);
        if given.is_some_and(|given| given != start) {
            return Err(ApiError::invalid(
                "The phases must follow each other without a gap, and the current phase must keep its start date.",
            )
            .param(part.name("start_date")));
        }
        let end = end_of(state, context.now, part, &items, start)?;
        if end <= start {
            return Err(
                ApiError::invalid("A phase must end after it starts.").param(part.name("end_date"))
            );
        }
        let proration = part.choice(
            "proration_behavior",
            &["always_invoice", "create_prorations", "none"],
        )?;
        phases.push(Phase {
            start,
            end,
            items,
            proration: proration.unwrap_or("create_prorations"),
            metadata: part.metadata(),
        });
    }
    Ok(phases)
}

/// The end of a phase: given, or after a duration, or after one billing period.
fn end_of(
    state: &State,
    now: UnixSeconds,
    part: &Params,
    items: &[(String, i64)],
    start: UnixSeconds,
) -> Result<UnixSeconds, ApiError> {
    if part.text("end_date") == Some("now") {
        return Ok(now);
    }
    if let Some(end) = part.integer("end_date")? {
        return Ok(end);
    }
    let recurring = items
        .first()
        .and_then(|(price, _)| state.prices.get(price))
        .and_then(|price: &Price| price.cadence);
    let Some(duration) = part.inner("duration") else {
        return Ok(recurring.map_or(UnixSeconds::MAX, |cadence| {
            calendar::boundary(start, cadence, 1)
        }));
    };
    duration.need("interval")?;
    let name = duration.choice("interval", &["day", "week", "month", "year"])?;
    let interval = name
        .and_then(calendar::Interval::named)
        .unwrap_or(calendar::Interval::Month);
    let count = duration
        .integer("interval_count")?
        .unwrap_or(1)
        .clamp(1, 1_000);
    Ok(calendar::boundary(
        start,
        calendar::Cadence { interval, count },
        1,
    ))
}

/// Gives a subscription the prices of a phase.
fn enter(state: &mut State, context: &mut Context<'_>, subscription: &str, phase: &Phase) {
    let Some(old) = state.subscriptions.get(subscription).cloned() else {
        return;
    };
    let same = old.items.len() == phase.items.len()
        && old
            .items
            .iter()
            .zip(&phase.items)
            .all(|(item, (price, quantity))| item.price == *price && item.quantity == *quantity);
    if same {
        return;
    }
    let items: Vec<Item> = phase
        .items
        .iter()
        .enumerate()
        .map(|(index, (price, quantity))| match old.items.get(index) {
            Some(item) => Item {
                price: price.clone(),
                quantity: *quantity,
                ..item.clone()
            },
            None => subscription::new_item(context, price, *quantity, Metadata::new()),
        })
        .collect();
    if old.period_end <= context.now {
        // The renewal, which comes next, bills the new prices from here on.
        let anchor =
            (old.cadence(state) != subscription::cadence_of(state, &items)).then_some(context.now);
        state.change::<Subscription>(
            context,
            subscription,
            "customer.subscription.updated",
            |place| {
                place.items = items;
                place.anchor = anchor.unwrap_or(place.anchor);
            },
        );
        return;
    }
    // A change in the middle of a period never fails: what is not paid is past due.
    let _ = subscription_update::change_items(state, context, old, items, phase.proration);
}

/// A phase is over: the next one begins, or the schedule ends.
pub(crate) fn advance(state: &mut State, context: &mut Context<'_>, id: &str) {
    let Some(schedule) = state.schedules.get(id).cloned() else {
        return;
    };
    if let Some(next) = schedule.phases.get(schedule.current + 1) {
        state.change::<Schedule>(context, id, "subscription_schedule.updated", |schedule| {
            schedule.current += 1;
        });
        enter(state, context, &schedule.subscription, next);
        return;
    }
    if schedule.end_behavior == "cancel" {
        let now = context.now;
        state.quietly::<Schedule>(id, |schedule| {
            schedule.status = "completed";
            schedule.completed_at = Some(now);
        });
        state.announce::<Schedule>(context, id, "subscription_schedule.completed");
        subscription_cancel::end_now(state, context, &schedule.subscription, None);
        return;
    }
    let _ = release(state, context, id);
}

/// `POST /v1/subscription_schedules/{id}/release`: the subscription goes on as it is.
pub(crate) fn release(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    let subscription = running(state, id)?.subscription.clone();
    let now = context.now;
    state.quietly::<Schedule>(id, |schedule| {
        schedule.status = "released";
        schedule.released_at = Some(now);
    });
    state.announce::<Schedule>(context, id, "subscription_schedule.released");
    state.change::<Subscription>(
        context,
        &subscription,
        "customer.subscription.updated",
        |subscription| {
            subscription.schedule = None;
        },
    );
    Ok(state.json::<Schedule>(id))
}

/// `POST /v1/subscription_schedules/{id}/cancel`: the subscription ends, too.
pub(crate) fn cancel(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    let subscription = running(state, id)?.subscription.clone();
    subscription_cancel::end_now(
        state,
        context,
        &subscription,
        Some("cancellation_requested"),
    );
    Ok(state.json::<Schedule>(id))
}

/// The subscription has ended, and so has its schedule.
pub(crate) fn end_with_subscription(state: &mut State, context: &mut Context<'_>, id: &str) {
    if running(state, id).is_ok() {
        let now = context.now;
        state.quietly::<Schedule>(id, |schedule| {
            schedule.status = "canceled";
            schedule.canceled_at = Some(now);
        });
        state.announce::<Schedule>(context, id, "subscription_schedule.canceled");
    }
}

/// `GET /v1/subscription_schedules`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "customer_account",
        "created",
        "canceled_at",
        "completed_at",
        "released_at",
        "scheduled",
    ])?;
    let created = list::Created::from(params)?;
    let customer = params.text("customer");
    let wanted = |schedule: &Schedule| {
        created.contains(schedule.created)
            && customer.is_none_or(|customer| schedule.customer == customer)
    };
    list::page(state, params, "/v1/subscription_schedules", wanted)
}
