//! What is due: the next thing that time brings about, and doing it.

use super::calendar::{DAY, UnixSeconds};
use super::checkout;
use super::schedule;
use super::subscription::{Status, Subscription};
use super::subscription_cancel;
use super::subscription_cycle;
use super::subscription_start::INCOMPLETE_MAX;
use super::{Context, State};

/// Something that happens at a time. At the same time, what is named first comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    ExpireSession(String),
    CancelAsAnnounced(String),
    AdvanceSchedule(String),
    ExpireIncomplete(String),
    ExpirePendingUpdate(String),
    ResumeCollection(String),
    RetryPayment(String),
    WarnOfTrialEnd(String),
    EndTrial(String),
    Renew(String),
}

/// When the next thing is due; nothing when nothing ever is.
pub(crate) fn next_at(state: &State) -> Option<UnixSeconds> {
    next(state).map(|(at, _)| at)
}

/// Does what is due first, if that is not after `until`, at its own time. Says whether there was
/// anything.
pub(crate) fn step(state: &mut State, context: &mut Context<'_>, until: UnixSeconds) -> bool {
    let Some((at, due)) = next(state).filter(|(at, _)| *at <= until) else {
        return false;
    };
    context.now = at.max(context.now);
    match due {
        Due::ExpireSession(id) => checkout::expire(state, context, &id),
        Due::CancelAsAnnounced(id) => subscription_cancel::end_as_announced(state, context, &id),
        Due::AdvanceSchedule(id) => schedule::advance(state, context, &id),
        Due::ExpireIncomplete(id) => subscription_cycle::expire_incomplete(state, context, &id),
        Due::ExpirePendingUpdate(id) => {
            subscription_cycle::expire_pending_update(state, context, &id);
        }
        Due::ResumeCollection(id) => subscription_cycle::resume_collection(state, context, &id),
        Due::RetryPayment(id) => subscription_cycle::attempt(state, context, &id),
        Due::WarnOfTrialEnd(id) => subscription_cycle::warn_of_trial_end(state, context, &id),
        Due::EndTrial(id) => subscription_cycle::end_trial(state, context, &id),
        Due::Renew(id) => subscription_cycle::renew(state, context, &id),
    }
    true
}

fn next(state: &State) -> Option<(UnixSeconds, Due)> {
    let sessions = state
        .sessions
        .newest_first()
        .filter(|session| session.is_open())
        .map(|session| (session.expires_at, Due::ExpireSession(session.id.clone())));
    let schedules = state
        .schedules
        .newest_first()
        .filter(|schedule| schedule.status == "active")
        .filter_map(|schedule| {
            let phase = schedule.phases.get(schedule.current)?;
            Some((phase.end, Due::AdvanceSchedule(schedule.id.clone())))
        });
    let invoices = state.invoices.newest_first().filter_map(|invoice| {
        let at = invoice.next_payment_attempt?;
        Some((at, Due::RetryPayment(invoice.id.clone())))
    });
    let subscriptions = state.subscriptions.newest_first().flat_map(of_subscription);
    sessions
        .chain(schedules)
        .chain(invoices)
        .chain(subscriptions)
        .min()
}

fn of_subscription(subscription: &Subscription) -> Vec<(UnixSeconds, Due)> {
    let id = || subscription.id.clone();
    let mut due = Vec::new();
    if subscription.status.has_ended() {
        return due;
    }
    if let Some(at) = subscription.cancel_at {
        due.push((at, Due::CancelAsAnnounced(id())));
    }
    if let Some(update) = &subscription.pending_update {
        due.push((update.expires_at, Due::ExpirePendingUpdate(id())));
    }
    if let Some((_, Some(at))) = subscription.pause_collection {
        due.push((at, Due::ResumeCollection(id())));
    }
    match subscription.status {
        Status::Incomplete => due.push((
            subscription.created + INCOMPLETE_MAX,
            Due::ExpireIncomplete(id()),
        )),
        Status::Trialing => {
            let end = subscription.trial_end.unwrap_or(subscription.period_end);
            due.push((end, Due::EndTrial(id())));
            if !subscription.trial_warned {
                let warning = (end - 3 * DAY).max(subscription.created);
                due.push((warning, Due::WarnOfTrialEnd(id())));
            }
        }
        Status::Active | Status::PastDue | Status::Unpaid => {
            due.push((subscription.period_end, Due::Renew(id())));
        }
        Status::Paused | Status::IncompleteExpired | Status::Canceled => {}
    }
    due
}
