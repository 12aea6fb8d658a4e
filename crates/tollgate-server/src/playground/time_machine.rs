//! The time machine: moves the clock of the engine and of the imitation of Stripe together, from
//! one thing that happens to the next, so that renewals, resets and expiries happen in order.

use super::Sandbox;
use tollgate::billing::{Billing, BillingError};
use tollgate::{Clock, Timestamp};

/// Things that one journey passes at most: some thousand years of one customer's life.
const STOPS_MAX: usize = 20_000;

/// The clock of a whole playground.
#[derive(Clone, Debug)]
pub struct TimeMachine {
    /// The engine's clock.
    pub clock: Clock,
    /// The imitation of Stripe.
    pub sandbox: Sandbox,
    /// What takes its events.
    pub billing: Billing,
}

/// Where a journey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What time it is now.
    pub now: Timestamp,
    /// At how many points on the way something happened in Stripe.
    pub events: usize,
}

impl TimeMachine {
    /// Moves everything to `until`. Whatever is due in Stripe on the way happens at its own time,
    /// and its events are taken before the clock moves on. A time that is past changes nothing.
    pub async fn travel(&self, until: Timestamp) -> Result<Stop, BillingError> {
        let mut events = 0;
        while events < STOPS_MAX {
            let due = self.sandbox.next_due_at().map(Timestamp::from_seconds);
            let next = due.filter(|due| *due <= until);
            let at = next.unwrap_or(until);
            if at > self.clock.now() {
                self.clock.set(at);
            }
            self.sandbox.advance_to(at.as_seconds());
            self.settle().await?;
            if next.is_none() {
                break;
            }
            events += 1;
        }
        Ok(Stop {
            now: self.clock.now(),
            events,
        })
    }

    /// Waits until every event has come, and works the inbox through.
    pub async fn settle(&self) -> Result<(), BillingError> {
        self.sandbox.settle().await;
        self.billing.work_through().await.map(drop)
    }
}
