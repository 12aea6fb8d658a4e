//! What can be asked of an account, and what it answers.

use crate::error::Error;
use tollgate_core::account::Account;
use tollgate_core::billing::{Billed, Purchase, Purchased};
use tollgate_core::catalog::Catalog;
use tollgate_core::decision::{Decision, Held, Receipt};
use tollgate_core::entry::{Cause, Effect, Entry};
use tollgate_core::id::{CustomerId, EventId, GrantId, ReservationId};
use tollgate_core::period::TimeZone;
use tollgate_core::request::{
    Consume, GrantUnits, Keyed, Reserve, SetMemberCap, Settle, Subscribe,
};
use tollgate_core::time::Timestamp;

/// One thing asked of one account.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Begin the account.
    Open(Option<TimeZone>),
    /// Do what is due.
    Advance,
    /// Take units.
    Consume(Consume),
    /// Hold units.
    Reserve(Reserve),
    /// Let a reservation last longer.
    Extend(ReservationId, u32),
    /// Take the real amount of a reservation.
    Settle(Settle),
    /// Give a reservation back.
    Release(ReservationId),
    /// Take a usage event back.
    Reverse(Box<Entry>),
    /// Give units.
    Grant(GrantUnits),
    /// Take back what is left of a grant.
    Revoke(GrantId, u64),
    /// Put on a plan.
    Subscribe(Subscribe),
    /// End the subscription, at the period's end or now.
    Cancel {
        /// Whether at the period's end.
        at_period_end: bool,
    },
    /// Undo a waiting change or cancellation.
    UndoChange,
    /// Set a member's cap.
    SetMemberCap(SetMemberCap),
    /// Move to another calendar.
    SetTimeZone(TimeZone),
    /// Bring the subscription to what is billed.
    Follow(Option<Box<Billed>>),
    /// Bring units that were bought to what their money has become.
    SettlePurchase(Box<Purchase>),
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Whether the account was begun now.
    Opened(bool),
    /// A usage event.
    Receipt(Decision<Receipt>),
    /// A reservation.
    Held(Decision<Held>),
    /// An instant: when it ends or takes effect.
    Instant(Decision<Timestamp>),
    /// A grant.
    Grant(Decision<GrantId>),
    /// A number of units.
    Units(Decision<u64>),
    /// The grant of a purchase.
    Purchased(Decision<Purchased>),
    /// Nothing to tell.
    Done(Decision<()>),
}

impl Command {
    /// Whether it may begin an account that does not exist.
    pub(crate) fn opens(&self) -> bool {
        matches!(self, Command::Open(_))
    }

    /// Asks the account.
    pub(crate) fn decide(
        &self,
        account: &mut Account,
        catalog: &Catalog,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Answer {
        match self {
            Command::Open(zone) => Answer::Opened(account.open(catalog, zone.clone(), now)),
            Command::Advance => {
                account.advance(catalog, now);
                Answer::Done(Decision::Granted(()))
            }
            Command::Consume(request) => {
                Answer::Receipt(account.consume(catalog, request, keyed, now))
            }
            Command::Reserve(request) => {
                Answer::Held(account.reserve(catalog, request, keyed, now))
            }
            Command::Extend(reservation, seconds) => {
                Answer::Instant(account.extend(catalog, *reservation, *seconds, now))
            }
            Command::Settle(request) => {
                Answer::Receipt(account.settle(catalog, request, keyed, now))
            }
            Command::Release(reservation) => {
                Answer::Done(account.release(catalog, *reservation, now))
            }
            Command::Reverse(event) => Answer::Receipt(account.reverse(catalog, event, keyed, now)),
            Command::Grant(request) => Answer::Grant(account.grant(catalog, request, keyed, now)),
            Command::Revoke(grant, units) => {
                Answer::Units(account.revoke(catalog, *grant, *units, now))
            }
            Command::Subscribe(request) => {
                Answer::Instant(account.subscribe(catalog, request, keyed, now))
            }
            Command::Cancel { at_period_end } => {
                Answer::Instant(account.cancel(catalog, *at_period_end, now))
            }
            Command::UndoChange => Answer::Done(account.undo_change(catalog, now)),
            Command::SetMemberCap(request) => {
                Answer::Done(account.set_member_cap(catalog, request, keyed, now))
            }
            Command::SetTimeZone(zone) => {
                Answer::Done(account.set_time_zone(catalog, zone.clone(), now))
            }
            Command::Follow(billed) => {
                Answer::Done(account.follow(catalog, billed.as_deref(), now))
            }
            Command::SettlePurchase(purchase) => {
                Answer::Purchased(account.settle_purchase(catalog, purchase, now))
            }
        }
    }
}

impl Answer {
    /// Whether it is a yes.
    pub(crate) fn is_granted(&self) -> bool {
        match self {
            Answer::Opened(_) => true,
            Answer::Receipt(decision) => matches!(decision, Decision::Granted(_)),
            Answer::Held(decision) => matches!(decision, Decision::Granted(_)),
            Answer::Instant(decision) => matches!(decision, Decision::Granted(_)),
            Answer::Grant(decision) => matches!(decision, Decision::Granted(_)),
            Answer::Units(decision) => matches!(decision, Decision::Granted(_)),
            Answer::Purchased(decision) => matches!(decision, Decision::Granted(_)),
            Answer::Done(decision) => matches!(decision, Decision::Granted(())),
        }
    }
}

/// The answer that an entry gave, if its request was this one.
pub(crate) fn stored_answer(
    customer: &CustomerId,
    entry: &Entry,
    keyed: Option<&Keyed>,
) -> Result<Answer, Error> {
    if entry.keyed.as_ref() == keyed {
        Ok(replayed(customer, entry))
    } else {
        Err(Error::KeyReused)
    }
}

/// The answer that a keyed request got when it was first made, from the entry that it left.
fn replayed(customer: &CustomerId, entry: &Entry) -> Answer {
    match &entry.body.cause {
        Cause::Used(usage) => Answer::Receipt(Decision::Granted(Receipt {
            event: entry.event_id(customer),
            plan: usage.plan.clone(),
            figures: usage.figures.clone(),
            replayed: true,
        })),
        Cause::Reversed { answer, .. } => Answer::Receipt(Decision::Granted(Receipt {
            event: EventId::new(entry.at, customer, entry.number),
            plan: answer.plan.clone(),
            figures: answer.figures.clone(),
            replayed: true,
        })),
        Cause::Reserved(kept) => Answer::Held(Decision::Granted(Held {
            reservation: ReservationId::new(entry.at, customer, entry.number),
            expires_at: opened_until(entry),
            plan: kept.plan.clone(),
            figures: kept.figures.clone(),
            replayed: true,
        })),
        Cause::Granted => Answer::Grant(Decision::Granted(granted_id(customer, entry))),
        Cause::Subscribed
        | Cause::PlanChanged { .. }
        | Cause::ChangeScheduled
        | Cause::ChangeUndone => Answer::Instant(Decision::Granted(takes_effect_at(entry))),
        _ => Answer::Done(Decision::Granted(())),
    }
}

fn opened_until(entry: &Entry) -> Timestamp {
    let opened = entry.body.effects.iter().find_map(|effect| match effect {
        Effect::HoldOpened(hold) => Some(hold.expires_at),
        _ => None,
    });
    opened.unwrap_or(entry.at)
}

fn granted_id(customer: &CustomerId, entry: &Entry) -> GrantId {
    let number = entry.body.effects.iter().find_map(|effect| match effect {
        Effect::GrantAdded(grant) => Some(grant.number()),
        _ => None,
    });
    GrantId::new(entry.at, customer, number.unwrap_or_default())
}

fn takes_effect_at(entry: &Entry) -> Timestamp {
    let pending = entry.body.effects.iter().find_map(|effect| match effect {
        Effect::Subscription(Some(subscription)) => {
            subscription.pending.as_ref().map(|pending| pending.at)
        }
        _ => None,
    });
    pending.unwrap_or(entry.at)
}
