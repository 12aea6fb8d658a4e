//! The end of a subscription: now, at the period's end, or not after all.

use super::error::ApiError;
use super::invoice::{self, Status as InvoiceStatus};
use super::invoice_line;
use super::params::Params;
use super::subscription::{Cancellation, Status, Subscription};
use super::subscription_cycle;
use super::{Answer, Context, State};

/// The reasons that a customer can choose from.
pub(crate) const FEEDBACK: &[&str] = &[
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
];

/// The customer's words, as a request gives them.
pub(crate) fn words_into(params: &Params, place: &mut Cancellation) -> Result<(), ApiError> {
    let Some(details) = params.inner("cancellation_details") else {
        return Ok(());
    };
    details.only(&["comment", "feedback", "feedback_option"])?;
    details.text_into("comment", &mut place.comment);
    details.choice("feedback", FEEDBACK)?;
    details.text_into("feedback", &mut place.feedback);
    Ok(())
}

/// `DELETE /v1/subscriptions/{id}`.
pub(crate) fn cancel(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["cancellation_details", "invoice_now", "prorate", "expand"])?;
    let subscription = state.find::<Subscription>(id, "id")?.clone();
    if subscription.status.has_ended() {
        return Err(ApiError::no_such(404, "subscription", id, "id"));
    }
    let mut words = subscription.cancellation.clone();
    words_into(params, &mut words)?;
    let (prorate, invoice_now) = (params.boolean("prorate")?, params.boolean("invoice_now")?);
    state.quietly::<Subscription>(id, |subscription| subscription.cancellation = words);
    let mut lines = subscription.pending_lines.clone();
    if prorate == Some(true) && subscription.status == Status::Active {
        let items = &subscription.items;
        lines.extend(invoice_line::of_rest(
            state,
            context,
            &subscription,
            items,
            context.now,
            true,
        ));
    }
    if invoice_now == Some(true) && !lines.is_empty() {
        let period = (subscription.period_start, context.now);
        let mut draft = subscription_cycle::draft_for(
            context,
            state,
            &subscription,
            "subscription_update",
            period,
        );
        draft.lines = lines;
        let invoice = invoice::finalize(state, context, draft);
        let last = invoice.clone();
        state.quietly::<Subscription>(id, |subscription| subscription.latest_invoice = Some(last));
        subscription_cycle::attempt(state, context, &invoice);
    }
    end_now(state, context, id, Some("cancellation_requested"));
    Ok(state.json::<Subscription>(id))
}

/// Ends a subscription at once.
pub(crate) fn end_now(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    reason: Option<&'static str>,
) {
    let now = context.now;
    let Some(schedule) = state
        .subscriptions
        .get(id)
        .map(|subscription| subscription.schedule.clone())
    else {
        return;
    };
    state.quietly::<Subscription>(id, |subscription| {
        subscription.status = Status::Canceled;
        subscription.ended_at = Some(now);
        subscription.canceled_at = subscription.canceled_at.or(Some(now));
        subscription.cancellation.reason = reason.or(subscription.cancellation.reason);
        subscription.pending_lines.clear();
        subscription.pending_update = None;
        subscription.schedule = None;
    });
    let unpaid: Vec<String> = state
        .invoices
        .newest_first()
        .filter(|invoice| {
            invoice.subscription.as_deref() == Some(id) && invoice.status == InvoiceStatus::Open
        })
        .map(|invoice| invoice.id.clone())
        .collect();
    for invoice in unpaid {
        // It stays open, but nobody tries any more.
        state.quietly::<invoice::Invoice>(&invoice, |invoice| invoice.next_payment_attempt = None);
    }
    state.announce::<Subscription>(context, id, "customer.subscription.deleted");
    if let Some(schedule) = schedule {
        super::schedule::end_with_subscription(state, context, &schedule);
    }
}

/// The end that was announced has come.
pub(crate) fn end_as_announced(state: &mut State, context: &mut Context<'_>, id: &str) {
    end_now(state, context, id, None);
}
