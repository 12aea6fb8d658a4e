//! What time does to a subscription: renewals, trials that end, payments that are tried again.

use super::calendar::UnixSeconds;
use super::invoice::{self, Attempt, Draft, Invoice};
use super::invoice_line;
use super::payment_intent;
use super::subscription::{Status, Subscription};
use super::subscription_cancel;
use super::subscription_start::decline_of;
use super::{Context, State};
use crate::config::DunningEnd;

/// The card that pays an invoice.
pub(crate) fn card_of(state: &State, invoice: &Invoice) -> Option<String> {
    let subscription = invoice
        .subscription
        .as_ref()
        .and_then(|id| state.subscriptions.get(id));
    let chosen = subscription.and_then(|subscription| subscription.default_payment_method.clone());
    payment_intent::card_for(state, &invoice.customer, chosen.as_deref())
}

/// An invoice for a subscription as it is now.
pub(crate) fn draft_for(
    context: &mut Context<'_>,
    state: &State,
    subscription: &Subscription,
    billing_reason: &'static str,
    period: (UnixSeconds, UnixSeconds),
) -> Draft {
    Draft {
        id: context.ids.object("in"),
        customer: subscription.customer.clone(),
        subscription: Some(subscription.id.clone()),
        subscription_metadata: subscription.metadata.clone(),
        billing_reason,
        currency: subscription.currency.clone(),
        lines: Vec::new(),
        period,
        discounts: subscription.live_discounts(state, period.1),
    }
}

/// Begins the next period and asks for its payment.
pub(crate) fn renew(state: &mut State, context: &mut Context<'_>, id: &str) {
    let Some(subscription) = state.subscriptions.get(id).cloned() else {
        return;
    };
    let old_period = (subscription.period_start, subscription.period_end);
    let start = subscription.period_end;
    let end = subscription.end_of_period(state, start);
    let mut draft = draft_for(
        context,
        state,
        &subscription,
        "subscription_cycle",
        old_period,
    );
    draft.lines.clone_from(&subscription.pending_lines);
    draft.lines.extend(invoice_line::of_period(
        state,
        context,
        id,
        &subscription.items,
        (start, end),
        false,
    ));
    let invoice = draft.id.clone();
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription.period_start = start;
            subscription.period_end = end;
            subscription.latest_invoice = Some(invoice);
            subscription.pending_lines.clear();
            if subscription.status == Status::Trialing {
                subscription.status = Status::Active;
            }
        },
    );
    collect(state, context, &subscription, draft);
}

/// Has an invoice paid, unless the subscription's invoices are not collected.
fn collect(
    state: &mut State,
    context: &mut Context<'_>,
    subscription: &Subscription,
    draft: Draft,
) {
    let invoice = draft.id.clone();
    match (subscription.status, subscription.pause_collection) {
        (Status::Unpaid, _) | (_, Some(("keep_as_draft", _))) => {
            invoice::keep_draft(state, context, draft);
        }
        (_, Some((behavior, _))) => {
            invoice::finalize(state, context, draft);
            if behavior == "void" {
                invoice::void(state, context, &invoice);
            } else {
                invoice::give_up(state, context, &invoice);
            }
        }
        _ => {
            invoice::finalize(state, context, draft);
            attempt(state, context, &invoice);
        }
    }
}

/// Tries to have an invoice paid, and draws the consequences for its subscription.
pub(crate) fn attempt(state: &mut State, context: &mut Context<'_>, invoice: &str) {
    attempt_by(state, context, invoice, Attempt::Automatic);
}

/// The same, on whose behalf it is.
pub(crate) fn attempt_by(state: &mut State, context: &mut Context<'_>, invoice: &str, by: Attempt) {
    let Some(open) = state.invoices.get(invoice).cloned() else {
        return;
    };
    let card = card_of(state, &open);
    match invoice::attempt(state, context, invoice, card.as_deref(), by) {
        Ok(()) => after_payment(state, context, invoice),
        Err(_) if by == Attempt::Automatic => after_failure(state, context, invoice),
        Err(_) => {}
    }
}

/// An invoice was paid: what was missing is there.
pub(crate) fn after_payment(state: &mut State, context: &mut Context<'_>, invoice: &str) {
    let Some(id) = state
        .invoices
        .get(invoice)
        .and_then(|invoice| invoice.subscription.clone())
    else {
        return;
    };
    let Some(subscription) = state.subscriptions.get(&id).cloned() else {
        return;
    };
    let waited_for = |update: &super::subscription::PendingUpdate| update.invoice == invoice;
    if let Some(update) = subscription
        .pending_update
        .as_ref()
        .filter(|update| waited_for(update))
        .cloned()
    {
        state.quietly::<Subscription>(&id, |subscription| subscription.pending_update = None);
        super::subscription_update::apply(
            state,
            context,
            &id,
            update.items,
            update.anchor,
            Some(invoice),
        );
        state.announce::<Subscription>(
            context,
            &id,
            "customer.subscription.pending_update_applied",
        );
        return;
    }
    let is_latest = subscription.latest_invoice.as_deref() == Some(invoice);
    let recovers = match subscription.status {
        Status::Incomplete | Status::PastDue => true,
        Status::Unpaid | Status::Paused => is_latest,
        _ => false,
    };
    if recovers && is_latest {
        state.change::<Subscription>(
            context,
            &id,
            "customer.subscription.updated",
            |subscription| {
                subscription.status = Status::Active;
            },
        );
    }
}

/// A payment failed: the subscription is past due, and after the last attempt it ends as the
/// configuration says.
fn after_failure(state: &mut State, context: &mut Context<'_>, invoice: &str) {
    let Some(failed) = state.invoices.get(invoice).cloned() else {
        return;
    };
    let Some(id) = failed.subscription else {
        return;
    };
    if failed.next_payment_attempt.is_none() {
        match state.dunning.end {
            DunningEnd::Cancel => {
                subscription_cancel::end_now(state, context, &id, Some("payment_failed"));
                return;
            }
            DunningEnd::Unpaid => {
                state.change::<Subscription>(
                    context,
                    &id,
                    "customer.subscription.updated",
                    |subscription| {
                        subscription.status = Status::Unpaid;
                    },
                );
                return;
            }
            DunningEnd::PastDue => {}
        }
    }
    state.change::<Subscription>(
        context,
        &id,
        "customer.subscription.updated",
        |subscription| {
            if subscription.status == Status::Active {
                subscription.status = Status::PastDue;
            }
        },
    );
}

/// Three days before a trial's end.
pub(crate) fn warn_of_trial_end(state: &mut State, context: &mut Context<'_>, id: &str) {
    state.quietly::<Subscription>(id, |subscription| subscription.trial_warned = true);
    state.announce::<Subscription>(context, id, "customer.subscription.trial_will_end");
}

/// The trial is over: the first paid period begins, if there is a card.
pub(crate) fn end_trial(state: &mut State, context: &mut Context<'_>, id: &str) {
    let Some(subscription) = state.subscriptions.get(id).cloned() else {
        return;
    };
    let card = payment_intent::card_for(
        state,
        &subscription.customer,
        subscription.default_payment_method.as_deref(),
    );
    if card.is_none() && decline_of(state, None).is_some() {
        match subscription.without_card {
            "cancel" => {
                subscription_cancel::end_now(state, context, id, None);
                return;
            }
            "pause" => {
                let now = context.now;
                state.change::<Subscription>(
                    context,
                    id,
                    "customer.subscription.updated",
                    |subscription| {
                        subscription.status = Status::Paused;
                        subscription.paused = Some((now, "trial_end_without_payment_method"));
                    },
                );
                state.announce::<Subscription>(context, id, "customer.subscription.paused");
                return;
            }
            _ => {}
        }
    }
    renew(state, context, id);
}

/// The first payment never came.
pub(crate) fn expire_incomplete(state: &mut State, context: &mut Context<'_>, id: &str) {
    let invoice = state
        .subscriptions
        .get(id)
        .and_then(|subscription| subscription.latest_invoice.clone());
    let now = context.now;
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription.status = Status::IncompleteExpired;
            subscription.ended_at = Some(now);
        },
    );
    if let Some(invoice) = invoice {
        invoice::void(state, context, &invoice);
    }
}

/// A change that was never paid for does not happen.
pub(crate) fn expire_pending_update(state: &mut State, context: &mut Context<'_>, id: &str) {
    let mut invoice = None;
    state.quietly::<Subscription>(id, |subscription| {
        invoice = subscription
            .pending_update
            .take()
            .map(|update| update.invoice);
    });
    state.announce::<Subscription>(context, id, "customer.subscription.pending_update_expired");
    if let Some(invoice) = invoice {
        invoice::void(state, context, &invoice);
    }
}

/// Invoices are collected again.
pub(crate) fn resume_collection(state: &mut State, context: &mut Context<'_>, id: &str) {
    state.change::<Subscription>(
        context,
        id,
        "customer.subscription.updated",
        |subscription| {
            subscription.pause_collection = None;
        },
    );
}
