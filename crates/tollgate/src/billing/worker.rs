//! The worker: works the inbox through, looks for events that were missed, forgets old ones.

use super::inbox::is_over;
use super::{Billing, BillingError};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tollgate_core::time::Timestamp;
use tollgate_store::StoreError;
use tollgate_store::stripe_event::{self, Backlog, EventState};

/// Events taken out of the inbox at once.
const EVENTS_MAX: u32 = 100;
/// How often the inbox is looked at when nothing comes: others may have put something in.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often old events are removed.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// What waits in the inbox.
pub type Backlogs = Vec<Backlog>;

/// What waited in the inbox when the worker last looked.
#[derive(Debug, Default)]
pub struct InboxGauges {
    /// Events that will be tried.
    pub waiting: AtomicU64,
    /// Events of customers whom nobody here knows yet.
    pub parked: AtomicU64,
    /// Events that somebody has to look at.
    pub quarantined: AtomicU64,
    /// For how many seconds the oldest that will be tried has waited.
    pub oldest_seconds: AtomicU64,
}

impl InboxGauges {
    fn set(&self, backlog: &[Backlog], now: Timestamp) {
        let of = |state| backlog.iter().find(|backlog| backlog.state == state);
        let count = |state| of(state).map_or(0, |backlog| backlog.events);
        let oldest = of(EventState::Waiting).map_or(now, |backlog| backlog.oldest);
        let age = u64::try_from(oldest.seconds_until(now)).unwrap_or(0);
        self.waiting.store(count(EventState::Waiting), Relaxed);
        self.parked.store(count(EventState::Parked), Relaxed);
        self.quarantined
            .store(count(EventState::Quarantined), Relaxed);
        self.oldest_seconds.store(age, Relaxed);
    }
}

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
            match self.backlog().await {
                Ok(backlog) => self.0.gauges.set(&backlog, self.now()),
                Err(error) => tracing::debug!(%error, "the inbox could not be counted"),
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

    /// What waited in the inbox when the worker last looked.
    pub fn gauges(&self) -> &InboxGauges {
        &self.0.gauges
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
