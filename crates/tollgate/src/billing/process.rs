//! What becomes of an event of the inbox: it is a hint, and what it hints at is looked at.

use super::sync::{Hinted, Synced};
use super::{Billing, BillingError};
use tollgate_core::id::CustomerId;
use tollgate_store::StoreError;
use tollgate_store::stripe_event::{self, EventState, Outcome, StripeEvent};
use tollgate_stripe::Event;
use tollgate_stripe::translate::{Hint, hint};

/// The pause before the second attempt; it doubles with each.
const PAUSE_SECONDS: i64 = 5;
/// The longest pause.
const PAUSE_SECONDS_MAX: i64 = 3_600;
/// After so many attempts, about three days, somebody has to look.
const ATTEMPTS_MAX: u32 = 80;

/// The state of an event when it comes: whether it means anything here.
pub(super) fn state_on_arrival(event: &Event, is_live: bool) -> (EventState, String) {
    let quarantined = |note: &str| (EventState::Quarantined, note.to_owned());
    if event.livemode != is_live {
        return quarantined("it is of the other mode, live or test");
    }
    if event.account.is_some() {
        return quarantined("it is of a connected account");
    }
    match hint(event) {
        Hint::Nothing => (
            EventState::Ignored,
            "nobody acts on events of this kind".to_owned(),
        ),
        Hint::Catalog => (
            EventState::Ignored,
            "the catalog has the say about prices: see `tollgate stripe setup`".to_owned(),
        ),
        Hint::Broken => quarantined("it names no object"),
        Hint::Customer(_) | Hint::Checkout(_) | Hint::Payment(_) | Hint::Charge(_) => {
            (EventState::Waiting, String::new())
        }
    }
}

/// What came of one attempt.
struct Attempted {
    state: EventState,
    customer: Option<CustomerId>,
    note: String,
}

impl Billing {
    /// Tries an event once, and notes what came of it.
    pub(super) async fn process(&self, event: &StripeEvent) -> Result<EventState, StoreError> {
        let attempted = match self.attempt(event).await {
            Ok(attempted) => attempted,
            Err(error) => failed(event, &error),
        };
        let now = self.now();
        let outcome = Outcome {
            state: attempted.state,
            customer: attempted.customer.as_ref(),
            due_at: now.plus_seconds(pause(event.attempts)),
            now,
            note: &attempted.note,
        };
        // What was applied is marked already, in the same commit; then this finds nothing to do.
        let mut transaction = self.tollgate().store().begin().await?;
        let is_noted = stripe_event::finish(&mut transaction, &event.id, &outcome).await?;
        transaction.commit().await?;
        if is_noted {
            log(event, &attempted);
        }
        Ok(attempted.state)
    }

    async fn attempt(&self, event: &StripeEvent) -> Result<Attempted, BillingError> {
        let hinted = Some(Hinted { event: &event.id });
        let Ok(read) = serde_json::from_str::<Event>(&event.payload) else {
            return Ok(Attempted {
                state: EventState::Quarantined,
                customer: None,
                note: "it does not read as an event".to_owned(),
            });
        };
        let synced = match hint(&read) {
            Hint::Customer(id) => self.sync_stripe_customer(&id, hinted).await?,
            Hint::Checkout(id) => self.sync_checkout(&id, hinted).await?,
            Hint::Payment(id) => self.sync_payment(&id, hinted).await?,
            Hint::Charge(id) => self.sync_charge(&id, hinted).await?,
            Hint::Nothing | Hint::Catalog | Hint::Broken => {
                let (state, note) = state_on_arrival(&read, self.is_live());
                return Ok(Attempted {
                    state,
                    customer: None,
                    note,
                });
            }
        };
        Ok(match synced {
            Synced::Applied(customer) => Attempted {
                state: EventState::Done,
                customer: Some(customer),
                note: String::new(),
            },
            Synced::NotOurs(note) => Attempted {
                state: EventState::Ignored,
                customer: None,
                note: note.to_owned(),
            },
            Synced::Unknown(note) => {
                let is_last = event.attempts + 1 >= ATTEMPTS_MAX;
                Attempted {
                    state: if is_last {
                        EventState::Quarantined
                    } else {
                        EventState::Parked
                    },
                    customer: None,
                    note,
                }
            }
            Synced::Contradiction(customer, note) => Attempted {
                state: EventState::Quarantined,
                customer,
                note,
            },
        })
    }
}

/// An attempt that failed is made again, unless it was the last.
fn failed(event: &StripeEvent, error: &BillingError) -> Attempted {
    let is_last = event.attempts + 1 >= ATTEMPTS_MAX;
    Attempted {
        state: if is_last {
            EventState::Quarantined
        } else {
            EventState::Waiting
        },
        customer: None,
        note: error.to_string(),
    }
}

/// Seconds until the next attempt, after so many.
fn pause(attempts: u32) -> i64 {
    let doubled = PAUSE_SECONDS.checked_shl(attempts.min(20));
    doubled.map_or(PAUSE_SECONDS_MAX, |pause| pause.min(PAUSE_SECONDS_MAX))
}

fn log(event: &StripeEvent, attempted: &Attempted) {
    let (id, kind, note) = (&event.id, &event.kind, &attempted.note);
    match attempted.state {
        EventState::Done | EventState::Ignored => {}
        EventState::Waiting | EventState::Parked => {
            tracing::warn!(%id, %kind, %note, attempts = event.attempts + 1,
                "an event of Stripe's is tried again");
        }
        EventState::Quarantined => {
            tracing::error!(%id, %kind, %note, "an event of Stripe's needs somebody to look at it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour_and_last_three_days() {
        assert_eq!([0, 1, 2, 9, 40].map(pause), [5, 10, 20, 2_560, 3_600]);
        let whole: i64 = (0..ATTEMPTS_MAX).map(pause).sum();
        assert!(whole > 2 * 86_400 && whole < 4 * 86_400, "{whole}");
    }
}
