//! What is asked of a system under test, and what is compared of its answers.

use crate::account::Account;
use crate::catalog::Catalog;
use crate::decision::{Decision, Figures, Held, Receipt, Refusal};
use crate::entry::Entry;
use crate::id::{CustomerId, EventId, GrantId, IdempotencyKey, PlanId, ReservationId};
use crate::period::TimeZone;
use crate::request::{Consume, GrantUnits, Keyed, Reserve, SetMemberCap, Settle, Subscribe, Uses};
use crate::time::Timestamp;
use std::sync::Arc;

/// One operation of a history. It names reservations, events and grants by their place among
/// those that the history was granted, so that it runs on any system.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Begin the account.
    Open(Option<TimeZone>),
    /// Do what is due.
    Advance,
    /// Take units.
    Consume(Consume),
    /// Hold units.
    Reserve(Reserve),
    /// Let the reservation last so many seconds from now.
    Extend(usize, u32),
    /// Take the real amount of the reservation.
    Settle(usize, Option<Uses>),
    /// Give the reservation back.
    Release(usize),
    /// Take the usage event back.
    Reverse(usize),
    /// Give units.
    Grant(GrantUnits),
    /// Take back what is left of the grant, at most so many units.
    Revoke(usize, u64),
    /// Put on a plan.
    Subscribe(Subscribe),
    /// End the subscription; whether at the period's end.
    Cancel(bool),
    /// Undo a waiting change or cancellation.
    UndoChange,
    /// Set a member's cap.
    SetMemberCap(SetMemberCap),
    /// Move to another calendar.
    SetTimeZone(TimeZone),
}

/// An operation with the ids that the system under test gave.
#[derive(Clone, Debug)]
pub enum Request {
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
    Reverse(EventId),
    /// Give units.
    Grant(GrantUnits),
    /// Take back what is left of a grant.
    Revoke(GrantId, u64),
    /// Put on a plan.
    Subscribe(Subscribe),
    /// End the subscription; whether at the period's end.
    Cancel(bool),
    /// Undo a waiting change or cancellation.
    UndoChange,
    /// Set a member's cap.
    SetMemberCap(SetMemberCap),
    /// Move to another calendar.
    SetTimeZone(TimeZone),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whether the account was begun now.
    Opened(bool),
    /// A usage event or a reversal.
    Receipt(Decision<Receipt>),
    /// A reservation.
    Held(Decision<Held>),
    /// When it ends or takes effect.
    Instant(Decision<Timestamp>),
    /// A grant.
    Grant(Decision<GrantId>),
    /// How many units.
    Units(Decision<u64>),
    /// Nothing to tell.
    Done(Decision<()>),
}

/// What is compared of an answer: all but generated ids and the ways out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Whether the account was begun now.
    Opened(bool),
    /// A usage event or a reversal.
    Receipt(Option<PlanId>, Vec<Figures>),
    /// A reservation.
    Held(Timestamp, Option<PlanId>, Vec<Figures>),
    /// When it ends or takes effect.
    Instant(Timestamp),
    /// A grant.
    Grant,
    /// How many units.
    Units(u64),
    /// Nothing to tell.
    Done,
    /// A refusal, without the ways out.
    Refused(Box<Refusal>),
}

impl Observed {
    /// What is compared of `answer`.
    pub fn of(answer: &Answer) -> Self {
        fn seen<T>(decision: &Decision<T>, yes: impl FnOnce(&T) -> Observed) -> Observed {
            match decision {
                Decision::Granted(granted) => yes(granted),
                Decision::Refused(refusal) => Observed::refused((**refusal).clone()),
            }
        }
        match answer {
            Answer::Opened(now) => Observed::Opened(*now),
            Answer::Receipt(decision) => seen(decision, |receipt| {
                Observed::Receipt(receipt.plan.clone(), receipt.figures.clone())
            }),
            Answer::Held(decision) => seen(decision, |held| {
                Observed::Held(held.expires_at, held.plan.clone(), held.figures.clone())
            }),
            Answer::Instant(decision) => seen(decision, |at| Observed::Instant(*at)),
            Answer::Grant(decision) => seen(decision, |_| Observed::Grant),
            Answer::Units(decision) => seen(decision, |units| Observed::Units(*units)),
            Answer::Done(decision) => seen(decision, |()| Observed::Done),
        }
    }

    /// A refusal.
    pub fn refused(refusal: Refusal) -> Self {
        Observed::Refused(Box::new(Refusal {
            ways_out: Vec::new(),
            ..refusal
        }))
    }

    /// Whether it is a yes.
    pub fn is_granted(&self) -> bool {
        !matches!(self, Observed::Refused(_))
    }
}

/// The ids that a system gave, in the order of its grants.
#[derive(Clone, Debug, Default)]
pub struct Handles {
    /// Reservations.
    pub reservations: Vec<ReservationId>,
    /// Usage events.
    pub events: Vec<EventId>,
    /// Grants.
    pub grants: Vec<GrantId>,
}

impl Handles {
    /// The operation with this system's ids.
    pub fn resolve(&self, operation: &Operation) -> Request {
        match operation.clone() {
            Operation::Open(zone) => Request::Open(zone),
            Operation::Advance => Request::Advance,
            Operation::Consume(request) => Request::Consume(request),
            Operation::Reserve(request) => Request::Reserve(request),
            Operation::Extend(index, seconds) => Request::Extend(self.reservations[index], seconds),
            Operation::Settle(index, uses) => Request::Settle(Settle {
                reservation: self.reservations[index],
                uses,
                metadata: None,
            }),
            Operation::Release(index) => Request::Release(self.reservations[index]),
            Operation::Reverse(index) => Request::Reverse(self.events[index]),
            Operation::Grant(request) => Request::Grant(request),
            Operation::Revoke(index, units) => Request::Revoke(self.grants[index], units),
            Operation::Subscribe(request) => Request::Subscribe(request),
            Operation::Cancel(at_period_end) => Request::Cancel(at_period_end),
            Operation::UndoChange => Request::UndoChange,
            Operation::SetMemberCap(request) => Request::SetMemberCap(request),
            Operation::SetTimeZone(zone) => Request::SetTimeZone(zone),
        }
    }

    /// Keeps the ids of an answer.
    pub fn note(&mut self, operation: &Operation, answer: &Answer) {
        match answer {
            Answer::Receipt(Decision::Granted(receipt))
                if !matches!(operation, Operation::Reverse(_)) =>
            {
                self.events.push(receipt.event);
            }
            Answer::Held(Decision::Granted(held)) => self.reservations.push(held.reservation),
            Answer::Grant(Decision::Granted(id)) => self.grants.push(*id),
            _ => {}
        }
    }
}

/// What answers requests of one customer: an account, or an engine.
pub trait System {
    /// Answers a request as of `now`.
    fn ask(&mut self, request: &Request, key: Option<&IdempotencyKey>, now: Timestamp) -> Answer;

    /// Whether a request that was granted under a key and is asked again gets its first answer.
    fn replays(&self) -> bool {
        false
    }

    /// Looks for anything that is wrong inside; called after every answer.
    fn check(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// An account by itself, with its whole record.
#[derive(Clone, Debug)]
pub struct CoreSystem {
    /// What is sold.
    pub catalog: Arc<Catalog>,
    /// The account.
    pub account: Account,
    /// Its record.
    pub entries: Vec<Entry>,
}

impl CoreSystem {
    /// An account before its first entry.
    pub fn new(catalog: Arc<Catalog>, customer: CustomerId) -> Self {
        Self {
            catalog,
            account: Account::empty(customer),
            entries: Vec::new(),
        }
    }

    fn event(&self, id: EventId) -> Option<Entry> {
        let index = usize::try_from(id.number()).ok()?.checked_sub(1)?;
        self.entries.get(index).cloned()
    }
}

impl System for CoreSystem {
    fn ask(&mut self, request: &Request, key: Option<&IdempotencyKey>, now: Timestamp) -> Answer {
        let catalog = &*self.catalog;
        let keyed = |fingerprint| {
            key.map(|key| Keyed {
                key: key.clone(),
                fingerprint,
            })
        };
        let keyed = match request {
            Request::Consume(request) => keyed(request.fingerprint()),
            Request::Reserve(request) => keyed(request.fingerprint()),
            Request::Settle(request) => keyed(request.fingerprint()),
            Request::Grant(request) => keyed(request.fingerprint()),
            Request::Subscribe(request) => keyed(request.fingerprint()),
            Request::SetMemberCap(request) => keyed(request.fingerprint()),
            _ => None,
        };
        let keyed = keyed.as_ref();
        let event = match request {
            Request::Reverse(event) => self.event(*event),
            _ => None,
        };
        let account = &mut self.account;
        let answer = match request {
            Request::Open(zone) => Answer::Opened(account.open(catalog, zone.clone(), now)),
            Request::Advance => {
                account.advance(catalog, now);
                Answer::Done(Decision::Granted(()))
            }
            Request::Consume(request) => {
                Answer::Receipt(account.consume(catalog, request, keyed, now))
            }
            Request::Reserve(request) => {
                Answer::Held(account.reserve(catalog, request, keyed, now))
            }
            Request::Extend(id, seconds) => {
                Answer::Instant(account.extend(catalog, *id, *seconds, now))
            }
            Request::Settle(request) => {
                Answer::Receipt(account.settle(catalog, request, keyed, now))
            }
            Request::Release(id) => Answer::Done(account.release(catalog, *id, now)),
            Request::Reverse(_) => {
                let event = event.expect("the history names events that it was given");
                Answer::Receipt(account.reverse(catalog, &event, keyed, now))
            }
            Request::Grant(request) => Answer::Grant(account.grant(catalog, request, keyed, now)),
            Request::Revoke(id, units) => Answer::Units(account.revoke(catalog, *id, *units, now)),
            Request::Subscribe(request) => {
                Answer::Instant(account.subscribe(catalog, request, keyed, now))
            }
            Request::Cancel(at_period_end) => {
                Answer::Instant(account.cancel(catalog, *at_period_end, now))
            }
            Request::UndoChange => Answer::Done(account.undo_change(catalog, now)),
            Request::SetMemberCap(request) => {
                Answer::Done(account.set_member_cap(catalog, request, keyed, now))
            }
            Request::SetTimeZone(zone) => {
                Answer::Done(account.set_time_zone(catalog, zone.clone(), now))
            }
        };
        self.entries.extend(account.take_entries());
        account.forget_changes();
        answer
    }
}
