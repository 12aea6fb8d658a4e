//! The worker: works the inbox through, looks for events that were missed, forgets old ones.

use super::inbox::is_over;
use super::{Billing, BillingError};
use std::time::Duration;
use tollgate_store::StoreError;
use tollgate_store::stripe_event::{self, Backlog};

/// Events taken out of the inbox at once.
const EVENTS_MAX: u32 = 100;
/// How often the inbox is looked at when nothing comes: others may have put something in.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often old events are removed.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// What waits in the inbox.
pub type Backlogs = Vec<Backlog>;

impl Billing {
    /// Works until it is dropped.
    pub async fn run(&self) {
        let sweep_every = self.options().sweep_every;
        let mut next_sweep = tokio::time::Instant::now();
        let mut next_prune = tokio::time::Instant::now();
        loop {
            if let Err(error) = self.work_through().await {
                tracing::warn!(%error, "the inbox could not be worked through; it is tried again");
            }
            let now = tokio::time::Instant::now();
            if !sweep_every.is_zero() && now >= next_sweep {
                next_sweep = now + sweep_every;
                if let Err(error) = self.sweep().await {
                    tracing::warn!(%error, "missed events could not be looked for; it is tried again");
                }
            }
            if now >= next_prune {
                next_prune = now + PRUNE_EVERY;
                if let Err(error) = self.forget_events().await {
                    tracing::warn!(%error, "old events could not be removed; it is tried again");
                }
            }
            tokio::select! {
                () = self.0.arrived.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Tries every event whose time has come, once. Answers how many are finished with.
    pub async fn work_through(&self) -> Result<usize, BillingError> {
        let mut finished = 0;
        loop {
            let due = self.due_events(EVENTS_MAX).await?;
            for event in &due {
                let state = self.process(event).await?;
                finished += usize::from(is_over(state));
            }
            // Whoever is not finished with has a later time now.
            if due.len() < usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX) {
                return Ok(finished);
            }
        }
    }

    /// What waits in the inbox.
    pub async fn backlog(&self) -> Result<Backlogs, StoreError> {
        let mut reader = self.tollgate().store().read().await?;
        stripe_event::backlog(&mut reader).await
    }

    async fn forget_events(&self) -> Result<(), StoreError> {
        let kept = i64::try_from(self.options().events_kept.as_secs()).unwrap_or(i64::MAX / 2);
        let before = self.now().plus_seconds(-kept);
        self.tollgate()
            .store()
            .transaction(|transaction| {
                Box::pin(async move { stripe_event::prune(transaction, before).await })
            })
            .await
            .map(drop)
    }
}
