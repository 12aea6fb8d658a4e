//! One reservation (or early consumption) of one request, and how it is closed: once, whatever
//! happens to the request meanwhile.

use super::Caller;
use super::rejection::{Rejection, retry_after};
use crate::error::Error;
use crate::facade::Tollgate;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tollgate_core::decision::{Decision, Figures, Reason, Receipt, Refusal};
use tollgate_core::id::{EventId, FeatureId, IdempotencyKey, PlanId, ReservationId};
use tollgate_core::request::{Consume, RequestError, Settle, Use, Uses};
use tollgate_core::time::Timestamp;

/// How often closing is tried in all, when the engine is too busy to do it.
const TRIES_MAX: u32 = 8;
/// The pause after the first try; it doubles each time, to half a minute in all.
const PAUSE: Duration = Duration::from_millis(250);

/// What becomes of what a request took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was used.
    Settle,
    /// It is given back.
    Release,
}

/// What was taken before the work began.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// Units held by a reservation.
    Held {
        reservation: ReservationId,
        expires_at: Timestamp,
    },
    /// Units consumed.
    Consumed(EventId),
}

/// What a request took.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) tollgate: Tollgate,
    pub(super) caller: Caller,
    pub(super) taken: Taken,
    /// What was asked for.
    pub(super) uses: Uses,
    pub(super) plan: Option<PlanId>,
    /// The figures just after it was taken.
    pub(super) figures: Vec<Figures>,
    state: Mutex<State>,
    /// Whether a try to close ended without an answer, so that it may have succeeded.
    is_uncertain: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    stage: Stage,
    /// The real amounts, once they are known.
    used: Option<Uses>,
}

#[derive(Clone, Debug, Default)]
enum Stage {
    #[default]
    Open,
    /// Somebody began to settle it, at these amounts.
    Settling(Option<Uses>),
    Closed,
}

/// Why closing did not work.
#[derive(Debug)]
enum Trouble {
    Refused(Box<Refusal>),
    Failed(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Ticket {
    pub(super) fn new(
        tollgate: Tollgate,
        caller: Caller,
        taken: Taken,
        uses: Uses,
        plan: Option<PlanId>,
        figures: Vec<Figures>,
    ) -> Self {
        Self {
            tollgate,
            caller,
            taken,
            uses,
            plan,
            figures,
            state: Mutex::default(),
            is_uncertain: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state().stage, Stage::Closed)
    }

    /// Notes what was really used, for when the request ends.
    pub(super) fn set_used(&self, used: Uses) {
        self.state().used = Some(used);
    }

    /// `amount` of the first feature, and the others as they were asked for.
    pub(super) fn with_first(&self, amount: u64) -> Result<Uses, RequestError> {
        let mut uses = self.uses.as_slice().to_vec();
        uses[0].amount = amount;
        Uses::new(uses, 0)
    }

    /// Settles now, at what the handler says was used.
    pub(super) async fn settle(&self, used: Uses) -> Result<Receipt, Rejection> {
        // If this future is dropped before the answer, the request's end settles it.
        self.state().stage = Stage::Settling(Some(used.clone()));
        let settled = self.settle_once(Some(used)).await;
        self.state().stage = match settled {
            Ok(_) => Stage::Closed,
            // The reservation stays, and ends as the request does.
            Err(_) => Stage::Open,
        };
        settled.map_err(|trouble| match trouble {
            Trouble::Failed(error) => error.into(),
            Trouble::Refused(refusal) => Rejection::Refused {
                refusal,
                now: self.tollgate.now(),
            },
        })
    }

    /// Closes it as `outcome` says, in one try. Answers the figures after settling.
    pub(super) async fn close(&self, outcome: Outcome) -> Result<Option<Vec<Figures>>, Error> {
        let used = match (self.begin_closing(outcome), outcome) {
            (Stage::Closed, _) => return Ok(None),
            (Stage::Settling(used), _) => used,
            (Stage::Open, _) => {
                self.release_once().await?;
                self.state().stage = Stage::Closed;
                return Ok(None);
            }
        };
        let receipt = match self.settle_once(used.clone()).await {
            Err(Trouble::Refused(refusal)) if used.is_some() => {
                tracing::warn!(
                    customer = %self.caller.customer,
                    %refusal.needed,
                    "more was used than the quota covers; what was reserved is taken"
                );
                self.settle_once(None).await
            }
            result => result,
        };
        let figures = match receipt {
            Ok(receipt) => Some(receipt.figures),
            Err(Trouble::Failed(error)) => return Err(error),
            Err(Trouble::Refused(refusal)) if refusal.reason == Reason::CatchingUp => {
                return Err(Error::Busy { retry_after: PAUSE });
            }
            Err(Trouble::Refused(refusal)) => {
                self.report_loss(&refusal);
                None
            }
        };
        self.state().stage = Stage::Closed;
        Ok(figures)
    }

    /// Closes it, and tries again for a while when the engine is too busy.
    pub(super) async fn close_in_the_end(self: Arc<Self>, outcome: Outcome) {
        let mut pause = PAUSE;
        for try_number in 1..=TRIES_MAX {
            let Err(error) = self.close(outcome).await else {
                return;
            };
            let may_pass = matches!(error, Error::Unknown) || retry_after(&error).is_some();
            if !may_pass || matches!(error, Error::Stopping) || try_number == TRIES_MAX {
                tracing::warn!(
                    %error,
                    customer = %self.caller.customer,
                    "a request's reservation could not be closed; it ends at its expiry"
                );
                return;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// What is to be done: settle as somebody began to, or what `outcome` says. `Open` stands for
    /// giving back.
    fn begin_closing(&self, outcome: Outcome) -> Stage {
        let mut state = self.state();
        if matches!(state.stage, Stage::Open) && outcome == Outcome::Settle {
            state.stage = Stage::Settling(state.used.clone());
        }
        state.stage.clone()
    }

    async fn settle_once(&self, used: Option<Uses>) -> Result<Receipt, Trouble> {
        let (reservation, expires_at) = match self.taken {
            Taken::Held {
                reservation,
                expires_at,
            } => (reservation, expires_at),
            Taken::Consumed(event) => {
                return Ok(Receipt {
                    event,
                    plan: self.plan.clone(),
                    figures: self.figures.clone(),
                    replayed: false,
                });
            }
        };
        let request = Settle {
            reservation,
            uses: used.clone(),
            metadata: None,
        };
        let settled = self.tollgate.settle(&self.caller.customer, request, None);
        let decision = settled.await.inspect_err(|_| self.set_uncertain())?;
        let refusal = match decision {
            Decision::Granted(receipt) => return Ok(receipt),
            Decision::Refused(refusal) => refusal,
        };
        let has_ended = refusal.reason == Reason::UnknownReservation
            && self.tollgate.now() >= expires_at
            && !self.is_uncertain.load(Ordering::Relaxed);
        if has_ended {
            self.consume_instead(reservation, used).await
        } else {
            Err(Trouble::Refused(refusal))
        }
    }

    /// The work took longer than its reservation: its units were given back and are taken again.
    /// The key makes sure that this happens once.
    async fn consume_instead(
        &self,
        reservation: ReservationId,
        used: Option<Uses>,
    ) -> Result<Receipt, Trouble> {
        let used = used.unwrap_or_else(|| self.uses.clone());
        let some = used.as_slice().iter().filter(|one| one.amount > 0);
        let request = Consume {
            uses: Uses::new(some.cloned().collect(), 1).map_err(Error::Request)?,
            member: self.caller.member.clone(),
            metadata: None,
        };
        let key = IdempotencyKey::new(&reservation.to_string()).ok();
        let consumed = self.tollgate.consume(&self.caller.customer, request, key);
        match consumed.await? {
            Decision::Granted(receipt) => Ok(receipt),
            Decision::Refused(refusal) => Err(Trouble::Refused(refusal)),
        }
    }

    async fn release_once(&self) -> Result<(), Error> {
        let customer = &self.caller.customer;
        let refusal = match self.taken {
            Taken::Held { reservation, .. } => {
                let released = self.tollgate.release(customer, reservation).await?;
                // One that has ended is given back already.
                released.into_result().err()
            }
            Taken::Consumed(event) => {
                let reversed = self.tollgate.reverse(customer, event).await?;
                reversed.into_result().err()
            }
        };
        match refusal.map(|refusal| refusal.reason) {
            None | Some(Reason::UnknownReservation | Reason::AlreadyReversed) => Ok(()),
            Some(Reason::CatchingUp) => Err(Error::Busy { retry_after: PAUSE }),
            Some(reason) => {
                let reason = reason.as_str();
                tracing::warn!(%customer, reason, "what a request took could not be given back");
                Ok(())
            }
        }
    }

    fn set_uncertain(&self) {
        self.is_uncertain.store(true, Ordering::Relaxed);
    }

    /// After a try without an answer, a reservation that is gone is one that was settled.
    fn report_loss(&self, refusal: &Refusal) {
        let was_settled = refusal.reason == Reason::UnknownReservation
            && self.is_uncertain.load(Ordering::Relaxed);
        if !was_settled {
            tracing::warn!(
                customer = %self.caller.customer,
                reason = refusal.reason.as_str(),
                "work was done that could not be settled"
            );
        }
    }
}

/// Amounts of features by their names.
pub(super) fn uses_of(amounts: &[(&str, u64)], least: u64) -> Result<Uses, RequestError> {
    let named = amounts.iter().filter(|(_, amount)| *amount >= least);
    let uses = named.map(|(feature, amount)| Use {
        feature: feature_id(feature),
        amount: *amount,
    });
    Uses::new(uses.collect(), least)
}

/// A feature's name stands in the code, where a wrong one is a defect.
///
/// # Panics
///
/// When no catalog could have a feature of this name.
pub(super) fn feature_id(name: &str) -> FeatureId {
    FeatureId::new(name).unwrap_or_else(|error| panic!("{name:?} is not a feature: {error}"))
}
