//! What one request took, from when it came until its answer is complete.

use super::Caller;
use super::rejection::Rejection;
use super::reserved::Reserved;
use super::ticket::{Outcome, Taken, Ticket};
use crate::error::Error;
use crate::facade::Tollgate;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tollgate_core::decision::{Decision, Figures};
use tollgate_core::request::{Consume, Reserve, Uses};
use tollgate_core::reservation::OnExpiry;
use tracing::Instrument as _;

/// What a request took. Extractors add to it as long as the handler runs.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) tollgate: Tollgate,
    pub(super) caller: Option<Caller>,
    /// How long reservations last, in seconds.
    pub(super) seconds: u32,
    /// Whether a customer who is seen for the first time is begun.
    pub(super) opens_customers: bool,
    runtime: Handle,
    work: Mutex<Work>,
}

#[derive(Debug, Default)]
struct Work {
    tickets: Vec<Arc<Ticket>>,
    /// The request is over: nothing more may be taken for it.
    is_over: bool,
}

impl Slot {
    /// Within a runtime, on which what is left open is closed.
    pub(super) fn new(
        tollgate: Tollgate,
        caller: Option<Caller>,
        seconds: u32,
        opens_customers: bool,
    ) -> Self {
        Self {
            tollgate,
            caller,
            seconds,
            opens_customers,
            runtime: Handle::current(),
            work: Mutex::default(),
        }
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tickets(&self) -> Vec<Arc<Ticket>> {
        self.work().tickets.clone()
    }

    /// Reserves. The task goes on when the request is dropped meanwhile, so that a reservation
    /// which nobody waits for any more is given back at once.
    pub(super) async fn reserve(self: &Arc<Self>, uses: Uses) -> Result<Reserved, Rejection> {
        let slot = Arc::clone(self);
        let reserving = async move { slot.add(slot.reserve_now(uses).await?) };
        let task = self.runtime.spawn(reserving.in_current_span());
        let ticket = task.await.map_err(|_| Error::Unknown)??;
        Ok(Reserved::new(ticket))
    }

    /// Consumes at once what a failure will take back.
    pub(super) async fn consume(self: &Arc<Self>, uses: Uses) -> Result<(), Rejection> {
        let slot = Arc::clone(self);
        let consuming = async move { slot.add(slot.consume_now(uses).await?) };
        let task = self.runtime.spawn(consuming.in_current_span());
        task.await.map_err(|_| Error::Unknown)??;
        Ok(())
    }

    async fn reserve_now(&self, uses: Uses) -> Result<Ticket, Rejection> {
        let caller = self.caller()?;
        let request = Reserve {
            uses: uses.clone(),
            member: caller.member.clone(),
            seconds: self.seconds,
            on_expiry: OnExpiry::Release,
        };
        let ask = || {
            self.tollgate
                .reserve(&caller.customer, request.clone(), None)
        };
        let answer = match ask().await {
            Err(Error::UnknownCustomer) if self.opens_customers => {
                self.tollgate.open_customer(&caller.customer, None).await?;
                ask().await?
            }
            answer => answer?,
        };
        let held = self.granted(answer)?;
        let taken = Taken::Held {
            reservation: held.reservation,
            expires_at: held.expires_at,
        };
        Ok(self.ticket(caller, taken, uses, held.plan, held.figures))
    }

    async fn consume_now(&self, uses: Uses) -> Result<Ticket, Rejection> {
        let caller = self.caller()?;
        let request = Consume {
            uses: uses.clone(),
            member: caller.member.clone(),
            metadata: None,
        };
        let ask = || {
            self.tollgate
                .consume(&caller.customer, request.clone(), None)
        };
        let answer = match ask().await {
            Err(Error::UnknownCustomer) if self.opens_customers => {
                self.tollgate.open_customer(&caller.customer, None).await?;
                ask().await?
            }
            answer => answer?,
        };
        let receipt = self.granted(answer)?;
        let taken = Taken::Consumed(receipt.event);
        Ok(self.ticket(caller, taken, uses, receipt.plan, receipt.figures))
    }

    fn caller(&self) -> Result<&Caller, Rejection> {
        self.caller.as_ref().ok_or(Rejection::NoCaller)
    }

    fn granted<T>(&self, decision: Decision<T>) -> Result<T, Rejection> {
        decision
            .into_result()
            .map_err(|refusal| Rejection::Refused {
                refusal,
                now: self.tollgate.now(),
            })
    }

    fn ticket(
        &self,
        caller: &Caller,
        taken: Taken,
        uses: Uses,
        plan: Option<tollgate_core::id::PlanId>,
        figures: Vec<Figures>,
    ) -> Ticket {
        Ticket::new(
            self.tollgate.clone(),
            caller.clone(),
            taken,
            uses,
            plan,
            figures,
        )
    }

    /// Keeps a ticket for the end of the request, or gives it back when that was before.
    fn add(&self, ticket: Ticket) -> Result<Arc<Ticket>, Rejection> {
        let ticket = Arc::new(ticket);
        let mut work = self.work();
        if work.is_over {
            let closing = Arc::clone(&ticket).close_in_the_end(Outcome::Release);
            self.runtime.spawn(closing);
            return Err(Error::Stopping.into());
        }
        work.tickets.push(Arc::clone(&ticket));
        Ok(ticket)
    }
}

/// Whoever has it ends the request: what was taken is closed by [`Closer::close`], or when this
/// is dropped.
#[derive(Debug)]
pub(super) struct Closer {
    slot: Arc<Slot>,
    /// What happens when it is dropped.
    outcome: Outcome,
}

impl Closer {
    /// Gives everything back when it is dropped.
    pub(super) fn new(slot: Arc<Slot>) -> Self {
        Self {
            slot,
            outcome: Outcome::Release,
        }
    }

    pub(super) fn has_open(&self) -> bool {
        self.slot.tickets().iter().any(|ticket| !ticket.is_closed())
    }

    /// What is done when it is dropped.
    pub(super) fn on_drop(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// Closes everything that is open. What the engine is too busy for is done in the background.
    /// Answers the figures after what was settled last.
    pub(super) async fn close(mut self, outcome: Outcome) -> Option<Vec<Figures>> {
        self.outcome = outcome;
        let mut figures = None;
        for ticket in self.slot.tickets() {
            if let Ok(Some(settled)) = ticket.close(outcome).await {
                figures = Some(settled);
            }
        }
        figures
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        let mut work = self.slot.work();
        work.is_over = true;
        for ticket in work.tickets.drain(..).filter(|ticket| !ticket.is_closed()) {
            self.slot
                .runtime
                .spawn(ticket.close_in_the_end(self.outcome));
        }
    }
}
