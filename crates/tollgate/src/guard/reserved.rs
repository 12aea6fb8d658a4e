//! What a handler has in its hands while it works: the reservation, and the way to more of them.

use super::Caller;
use super::rejection::Rejection;
use super::slot::Slot;
use super::ticket::{Outcome, Taken, Ticket, uses_of};
use crate::error::Error;
use crate::facade::Tollgate;
use std::sync::Arc;
use std::time::Duration;
use tollgate_core::decision::{Decision, Figures, Receipt};
use tollgate_core::id::PlanId;
use tollgate_core::request::Uses;
use tollgate_core::time::Timestamp;

/// A reservation of the request that is being answered. It ends with the request: a success
/// settles it, everything else gives it back. Clones are the same reservation.
#[derive(Clone, Debug)]
pub struct Reserved {
    ticket: Arc<Ticket>,
}

impl Reserved {
    pub(super) fn new(ticket: Arc<Ticket>) -> Self {
        Self { ticket }
    }

    /// The figures just after it was made, one for each feature.
    pub fn figures(&self) -> &[Figures] {
        &self.ticket.figures
    }

    /// The plan that allowed it.
    pub fn plan(&self) -> Option<&PlanId> {
        self.ticket.plan.as_ref()
    }

    /// Says how much was really used of its first feature, less or more; that is what a success
    /// settles. Whoever writes a stream may say it again as it goes on.
    pub fn set_used(&self, amount: u64) -> Result<(), Rejection> {
        let used = self.ticket.with_first(amount).map_err(Error::from)?;
        self.ticket.set_used(used);
        Ok(())
    }

    /// Says how much was really used of each feature; one that is not named was not used.
    ///
    /// # Panics
    ///
    /// When a name is not one that a feature could have.
    pub fn set_used_each(&self, amounts: &[(&str, u64)]) -> Result<(), Rejection> {
        let used = uses_of(amounts, 0).map_err(Error::from)?;
        self.ticket.set_used(used);
        Ok(())
    }

    /// Settles now, for answers that show what is left. It stands whatever becomes of the request
    /// afterwards. A refusal, of more than was reserved, leaves the reservation as it is.
    pub async fn settle(&self, amount: u64) -> Result<Receipt, Rejection> {
        let used = self.ticket.with_first(amount).map_err(Error::from)?;
        self.ticket.settle(used).await
    }

    /// As [`Self::settle`], for several features; one that is not named was not used.
    ///
    /// # Panics
    ///
    /// When a name is not one that a feature could have.
    pub async fn settle_each(&self, amounts: &[(&str, u64)]) -> Result<Receipt, Rejection> {
        let used = uses_of(amounts, 0).map_err(Error::from)?;
        self.ticket.settle(used).await
    }

    /// Gives it back now, whatever becomes of the request afterwards.
    pub async fn release(&self) -> Result<(), Rejection> {
        self.ticket.close(Outcome::Release).await?;
        Ok(())
    }

    /// Lets it last for this long from now, for work that goes on and on. Answers its end.
    pub async fn extend(&self, time: Duration) -> Result<Timestamp, Rejection> {
        let tollgate = &self.ticket.tollgate;
        let Taken::Held { reservation, .. } = self.ticket.taken else {
            return Ok(Timestamp::MAX);
        };
        let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        let customer = &self.ticket.caller.customer;
        match tollgate.extend(customer, reservation, seconds).await? {
            Decision::Granted(until) => Ok(until),
            Decision::Refused(refusal) => Err(Rejection::Refused {
                refusal,
                now: tollgate.now(),
            }),
        }
    }
}

/// The way from a handler to its guard, for amounts that only the handler knows. It stands in the
/// extensions of each guarded request, and is an axum extractor.
#[derive(Clone, Debug)]
pub struct Gate {
    slot: Arc<Slot>,
}

impl Gate {
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        Self { slot }
    }

    /// Who asks.
    pub fn caller(&self) -> Result<&Caller, Rejection> {
        self.slot.caller.as_ref().ok_or(Rejection::NoCaller)
    }

    /// The engine.
    pub fn tollgate(&self) -> &Tollgate {
        &self.slot.tollgate
    }

    /// Reserves `amount` uses of a feature for this request.
    ///
    /// # Panics
    ///
    /// When a feature could not have this name.
    pub async fn reserve(&self, feature: &str, amount: u64) -> Result<Reserved, Rejection> {
        self.reserve_each(&[(feature, amount)]).await
    }

    /// Reserves several features at once, all or none. Amounts of 0 are left out.
    ///
    /// # Panics
    ///
    /// When a feature could not have one of the names.
    pub async fn reserve_each(&self, amounts: &[(&str, u64)]) -> Result<Reserved, Rejection> {
        let uses = uses_of(amounts, 1).map_err(Error::from)?;
        self.reserve_uses(uses).await
    }

    pub(super) async fn reserve_uses(&self, uses: Uses) -> Result<Reserved, Rejection> {
        self.slot.reserve(uses).await
    }
}

/// What was really used, as an extension of the answer: takes the place of the amount of the
/// guard's first feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used(pub u64);
