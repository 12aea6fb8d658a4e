//! Subscriptions: their state, and how the API shows it.

use super::calendar::{self, Cadence, UnixSeconds};
use super::discount::Discount;
use super::error::ApiError;
use super::invoice_line::Line;
use super::list;
use super::params::{Metadata, Params};
use super::price::Price;
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The first payment has not come yet.
    Incomplete,
    /// The first payment never came.
    IncompleteExpired,
    /// Nothing is to be paid yet.
    Trialing,
    /// All is paid.
    Active,
    /// A payment failed and is tried again.
    PastDue,
    /// A payment failed for good, and the subscription is kept.
    Unpaid,
    /// It rests.
    Paused,
    /// It has ended.
    Canceled,
}

impl Status {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing comes after it.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self, Self::IncompleteExpired | Self::Canceled)
    }
}

/// One price of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    pub(crate) metadata: Metadata,
}

/// Why a subscription ends, in the customer's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cancellation {
    pub(crate) comment: Option<String>,
    pub(crate) feedback: Option<String>,
    pub(crate) reason: Option<&'static str>,
}

/// A change that holds once its invoice is paid.
#[derive(Clone, Debug)]
pub(crate) struct PendingUpdate {
    pub(crate) items: Vec<Item>,
    /// The new anchor, when the change begins a new period.
    pub(crate) anchor: Option<UnixSeconds>,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) invoice: String,
}

/// A subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) customer: String,
    pub(crate) status: Status,
    pub(crate) currency: String,
    pub(crate) items: Vec<Item>,
    pub(crate) anchor: UnixSeconds,
    pub(crate) period_start: UnixSeconds,
    pub(crate) period_end: UnixSeconds,
    pub(crate) trial_start: Option<UnixSeconds>,
    pub(crate) trial_end: Option<UnixSeconds>,
    /// The warning three days before the trial's end has been given.
    pub(crate) trial_warned: bool,
    /// What happens at the trial's end without a card: `cancel`, `pause` or `create_invoice`.
    pub(crate) without_card: &'static str,
    pub(crate) cancel_at: Option<UnixSeconds>,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) canceled_at: Option<UnixSeconds>,
    pub(crate) ended_at: Option<UnixSeconds>,
    pub(crate) cancellation: Cancellation,
    pub(crate) default_payment_method: Option<String>,
    pub(crate) discounts: Vec<String>,
    pub(crate) latest_invoice: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) schedule: Option<String>,
    /// Lines that wait for the next invoice.
    pub(crate) pending_lines: Vec<Line>,
    pub(crate) pending_update: Option<PendingUpdate>,
    /// Invoices are not collected: what becomes of them, and until when.
    pub(crate) pause_collection: Option<(&'static str, Option<UnixSeconds>)>,
    /// Tax was asked for; the sandbox always works out none.
    pub(crate) automatic_tax: bool,
    /// Since when and why it rests.
    pub(crate) paused: Option<(UnixSeconds, &'static str)>,
}

super::record!(Subscription, "subscription", subscriptions);

impl Subscription {
    fn shown(&self, state: &State) -> Value {
        let items: Vec<Value> = self
            .items
            .iter()
            .map(|item| self.item_shown(state, item))
            .collect();
        let paused = (self.status == Status::Paused)
            .then_some(self.paused)
            .flatten();
        let mut shown = json!({
            "id": self.id,
            "object": "subscription",
            "application": null,
            "application_fee_percent": null,
            "automatic_tax": {
                "disabled_reason": null,
                "enabled": self.automatic_tax,
                "liability": self.automatic_tax.then(|| json!({ "type": "self" })),
            },
            "billing_cycle_anchor": self.anchor,
            "billing_cycle_anchor_config": null,
            "billing_mode": {
                "flexible": { "proration_discounts": "included" }, "type": "flexible",
            },
            "billing_schedules": [],
            "billing_thresholds": null,
            "cancel_at": self.cancel_at,
            "cancel_at_period_end": self.cancel_at_period_end,
            "canceled_at": self.canceled_at,
            "cancellation_details": {
                "comment": self.cancellation.comment,
                "feedback": self.cancellation.feedback,
                "feedback_option": null,
                "reason": self.cancellation.reason,
            },
            "collection_method": "charge_automatically",
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": null,
            "days_until_due": null,
            "default_payment_method": self.default_payment_method,
            "default_source": null,
            "default_tax_rates": [],
            "description": self.description,
            "discounts": self.live_discounts(state, self.period_start),
            "ended_at": self.ended_at,
            "invoice_settings": {
                "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": { "type": "self" } },
            "items": list::whole(&items, &format!("/v1/subscription_items?subscription={}", self.id)),
            "latest_invoice": self.latest_invoice,
            "livemode": false,
            "managed_payments": null,
            "metadata": self.metadata,
            "next_pending_invoice_item_invoice": null,
            "on_behalf_of": null,
            "pause_collection": self.pause_collection.map(|(behavior, resumes_at)| json!({
                "behavior": behavior, "resumes_at": resumes_at,
            })),
            "payment_settings": {
                "payment_method_options": null,
                "payment_method_types": null,
                "save_default_payment_method": "off",
            },
            "pending_invoice_item_interval": null,
            "pending_setup_intent": null,
            "pending_update": self.pending_update.as_ref().map(|update| json!({
                "billing_cycle_anchor": update.anchor,
                "cancel_at_period_end": null,
                "discount": null,
                "discounts": null,
                "expires_at": update.expires_at,
                "metadata": null,
                "subscription_items": update
                    .items
                    .iter()
                    .map(|item| self.item_shown(state, item))
                    .collect::<Vec<_>>(),
                "trial_end": null,
                "trial_from_plan": null,
            })),
            "schedule": self.schedule,
            "start_date": self.created,
            "status": self.status.name(),
            "test_clock": null,
            "transfer_data": null,
            "trial_end": self.trial_end,
            "trial_settings": { "end_behavior": {
                "billing_cycle_anchor": null, "missing_payment_method": self.without_card,
            } },
            "trial_start": self.trial_start,
        });
        if let Some((at, why)) = paused {
            shown["status_details"] = json!({
                "paused": { "subscription": { "type": why }, "transitioned_at": at, "type": "subscription" },
            });
        }
        shown
    }

    fn item_shown(&self, state: &State, item: &Item) -> Value {
        let plan = state.prices.get(&item.price).map(Price::as_plan);
        json!({
            "id": item.id,
            "object": "subscription_item",
            "billing_thresholds": null,
            "created": item.created,
            "current_period_end": self.period_end,
            "current_period_start": self.period_start,
            "current_trial": null,
            "discounts": [],
            "metadata": item.metadata,
            "plan": plan,
            "price": state.json::<Price>(&item.price),
            "quantity": item.quantity,
            "subscription": self.id,
            "tax_rates": [],
        })
    }

    /// How often it is billed.
    pub(crate) fn cadence(&self, state: &State) -> Option<Cadence> {
        cadence_of(state, &self.items)
    }

    /// The end of the period that begins at `start`.
    pub(crate) fn end_of_period(&self, state: &State, start: UnixSeconds) -> UnixSeconds {
        self.cadence(state).map_or(UnixSeconds::MAX, |cadence| {
            calendar::boundary_after(self.anchor, cadence, start)
        })
    }

    /// Its discounts that still take something off.
    pub(crate) fn live_discounts(&self, state: &State, at: UnixSeconds) -> Vec<String> {
        let live = |id: &&String| {
            state
                .discounts
                .get(id)
                .is_some_and(|discount: &Discount| discount.is_live(at))
        };
        self.discounts.iter().filter(live).cloned().collect()
    }
}

/// How often these items are billed.
pub(crate) fn cadence_of(state: &State, items: &[Item]) -> Option<Cadence> {
    items
        .iter()
        .find_map(|item| state.prices.get(&item.price)?.cadence)
}

/// Refuses items that cannot stand together.
pub(crate) fn check_items(state: &State, items: &[Item]) -> Result<(), ApiError> {
    if items.is_empty() {
        return Err(
            ApiError::invalid("A subscription must have at least one active item.").param("items"),
        );
    }
    let prices: Vec<&Price> = items
        .iter()
        .filter_map(|item| state.prices.get(&item.price))
        .collect();
    for price in &prices {
        if price.cadence.is_none() {
            return Err(ApiError::invalid(format!(
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: {}",
                price.id
            ))
            .param("items[0][price]"));
        }
        if price.currency != prices[0].currency {
            return Err(ApiError::invalid(
                "All prices on a subscription must have the same currency.",
            ));
        }
        if price.cadence != prices[0].cadence {
            return Err(ApiError::invalid(
                "The sandbox knows subscriptions whose prices share one interval only.",
            ));
        }
    }
    Ok(())
}

/// A new item of a price.
pub(crate) fn new_item(
    context: &mut Context<'_>,
    price: &str,
    quantity: i64,
    metadata: Metadata,
) -> Item {
    Item {
        id: context.ids.object("si"),
        created: context.now,
        price: price.to_owned(),
        quantity,
        metadata,
    }
}

/// `GET /v1/subscriptions`; ended ones are shown on request only.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "plan",
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "customer_account",
        "price",
        "status",
        "created",
        "current_period_start",
        "current_period_end",
        "collection_method",
        "automatic_tax",
        "test_clock",
    ])?;
    let created = list::Created::from(params)?;
    let (customer, price) = (params.text("customer"), params.text("price"));
    let status = params.text("status");
    let wanted = |subscription: &Subscription| {
        let shown = match status {
            None => !subscription.status.has_ended(),
            Some("all") => true,
            Some("ended") => subscription.status.has_ended(),
            Some(name) => subscription.status.name() == name,
        };
        shown
            && created.contains(subscription.created)
            && customer.is_none_or(|customer| subscription.customer == customer)
            && price.is_none_or(|price| subscription.items.iter().any(|item| item.price == price))
    };
    list::page(state, params, "/v1/subscriptions", wanted)
}

/// `GET /v1/subscription_items?subscription=`.
pub(crate) fn list_items(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "subscription",
    ])?;
    let subscription = state.refer::<Subscription>(params.need("subscription")?, "subscription")?;
    let items: Vec<Value> = subscription
        .items
        .iter()
        .map(|item| subscription.item_shown(state, item))
        .collect();
    list::page_of(&items, params, "/v1/subscription_items")
}
