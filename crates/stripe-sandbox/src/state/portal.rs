//! Portal sessions: what customers can do with their subscription by themselves.

use super::calendar::UnixSeconds;
use super::checkout_payment::Typed;
use super::customer::{self, Customer};
use super::error::ApiError;
use super::invoice::{Attempt, Status as InvoiceStatus};
use super::params::{Metadata, Params};
use super::payment_method;
use super::price::Price;
use super::subscription::{self, Item, Subscription};
use super::subscription_cancel::FEEDBACK;
use super::subscription_cycle;
use super::subscription_update;
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// How long a portal page can be used.
const OPEN_FOR: UnixSeconds = super::calendar::HOUR;

/// A portal session.
#[derive(Clone, Debug)]
pub(crate) struct PortalSession {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) customer: String,
    pub(crate) return_url: Option<String>,
}

super::record!(PortalSession, "billing_portal.session", portal_sessions);

impl PortalSession {
    fn shown(&self, state: &State) -> Value {
        json!({
            "id": self.id,
            "object": "billing_portal.session",
            "configuration": "bpc_sandbox",
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "flow": null,
            "livemode": false,
            "locale": null,
            "on_behalf_of": null,
            "return_url": self.return_url,
            "url": format!("{}/p/session/{}", state.base_url, self.id),
        })
    }
}

/// `POST /v1/billing_portal/sessions`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "after_expiration",
        "configuration",
        "customer",
        "customer_account",
        "expand",
        "flow_data",
        "locale",
        "on_behalf_of",
        "return_url",
    ])?;
    let customer = customer::living(state, params.need("customer")?, "customer")?
        .id
        .clone();
    let session = PortalSession {
        id: context.ids.object("bps"),
        created: context.now,
        customer,
        return_url: params.text("return_url").map(str::to_owned),
    };
    Ok(state.add(context, session, "billing_portal.session.created"))
}

/// The session that a page is about, while it can be used.
pub(crate) fn open_session<'a>(
    state: &'a State,
    id: &str,
    now: UnixSeconds,
) -> Result<&'a PortalSession, ApiError> {
    let session = state.find::<PortalSession>(id, "session")?;
    if now < session.created + OPEN_FOR {
        return Ok(session);
    }
    Err(ApiError::invalid("This page is no longer open."))
}

/// The customer's own subscription with this identifier.
fn own<'a>(state: &'a State, customer: &str, id: &str) -> Result<&'a Subscription, ApiError> {
    let subscription = state.find::<Subscription>(id, "subscription")?;
    if subscription.customer == customer && !subscription.status.has_ended() {
        return Ok(subscription);
    }
    Err(ApiError::no_such(404, "subscription", id, "subscription"))
}

/// Ends a subscription with its period. Flexible subscriptions get a date; the older flag stays
/// as it is.
pub(crate) fn cancel(
    state: &mut State,
    context: &mut Context<'_>,
    customer: &str,
    id: &str,
    feedback: &str,
    comment: &str,
) -> Result<(), ApiError> {
    let end = own(state, customer, id)?.period_end;
    let now = context.now;
    let feedback = FEEDBACK
        .iter()
        .find(|known| **known == feedback)
        .map(|known| (*known).to_owned());
    let comment = Some(comment.trim().to_owned()).filter(|comment| !comment.is_empty());
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription_update::set_end(subscription, Some(end), false, now);
            subscription.cancellation.feedback = feedback;
            subscription.cancellation.comment = comment;
        },
    );
    Ok(())
}

/// Takes a cancellation back.
pub(crate) fn keep(
    state: &mut State,
    context: &mut Context<'_>,
    customer: &str,
    id: &str,
) -> Result<(), ApiError> {
    own(state, customer, id)?;
    let now = context.now;
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription_update::set_end(subscription, None, false, now);
        },
    );
    Ok(())
}

/// Changes to another price, invoiced at once.
pub(crate) fn switch(
    state: &mut State,
    context: &mut Context<'_>,
    customer: &str,
    id: &str,
    price: &str,
) -> Result<(), ApiError> {
    let subscription = own(state, customer, id)?.clone();
    let price = state.refer::<Price>(price, "price")?;
    if !price.active || price.cadence.is_none() {
        return Err(ApiError::invalid("This plan cannot be chosen."));
    }
    let items: Vec<Item> = match subscription.items.first() {
        Some(item) => vec![Item {
            price: price.id.clone(),
            ..item.clone()
        }],
        None => vec![subscription::new_item(
            context,
            &price.id.clone(),
            1,
            Metadata::new(),
        )],
    };
    subscription_update::change_items(state, context, subscription, items, "always_invoice")
}

/// Another card pays from now on.
pub(crate) fn change_card(
    state: &mut State,
    context: &mut Context<'_>,
    customer: &str,
    typed: &Typed,
) -> Result<(), ApiError> {
    let card = payment_method::typed_card(&typed.number, &typed.expiry, &typed.cvc, context.now)?;
    if let (payment_method::Behavior::Declines(_), Some(decline)) = (card.behavior, card.decline())
    {
        return Err(decline.to_error());
    }
    let method = payment_method::keep(state, context, card, None);
    payment_method::attach_to(state, context, &method, customer)?;
    let chosen = method.clone();
    state.change::<Customer>(context, customer, "customer.updated", |customer| {
        customer.default_payment_method = Some(chosen);
    });
    let subscriptions: Vec<String> = state
        .subscriptions
        .newest_first()
        .filter(|subscription| {
            subscription.customer == customer && !subscription.status.has_ended()
        })
        .map(|subscription| subscription.id.clone())
        .collect();
    for id in subscriptions {
        let chosen = method.clone();
        state.change::<Subscription>(
            context,
            &id,
            "customer.subscription.updated",
            |subscription| {
                subscription.default_payment_method = Some(chosen);
            },
        );
    }
    Ok(())
}

/// Pays an open invoice.
pub(crate) fn pay(
    state: &mut State,
    context: &mut Context<'_>,
    customer: &str,
    invoice: &str,
) -> Result<(), ApiError> {
    let open = state.find::<super::invoice::Invoice>(invoice, "invoice")?;
    if open.customer != customer || open.status != InvoiceStatus::Open {
        return Err(ApiError::invalid("This invoice cannot be paid."));
    }
    subscription_cycle::attempt_by(state, context, invoice, Attempt::OnRequest);
    Ok(())
}
