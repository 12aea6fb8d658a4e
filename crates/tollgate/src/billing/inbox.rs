//! The inbox: an event is checked, kept under its id, and answered; what it means comes later.

use super::Billing;
use super::process::state_on_arrival;
use tollgate_core::time::Timestamp;
use tollgate_store::StoreError;
use tollgate_store::stripe_event::{self, EventSource, EventState, Filter, StripeEvent};
use tollgate_stripe::Event;
use tollgate_stripe::webhook::{self, TOLERANCE, WebhookError};

/// An event that is in the inbox now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Stripe's id of it.
    pub id: String,
    /// Whether it came for the first time.
    pub is_new: bool,
}

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RejectedEvent {
    /// It is not Stripe's, too old, or of a kind that is not read here.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// It could not be kept: Stripe sends it again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Billing {
    /// Takes an event that Stripe sent: `body` is the raw bytes, `signature` the text of
    /// `Stripe-Signature`. Once this returns it is kept, and Stripe can be told so.
    pub async fn receive(&self, body: &[u8], signature: &str) -> Result<Received, RejectedEvent> {
        let now = self.now();
        let secrets = &self.options().webhook_secrets;
        let event = webhook::verify(body, signature, secrets, now.as_seconds(), TOLERANCE)?;
        let text = String::from_utf8_lossy(body).into_owned();
        let kept = self.kept(&event, text, EventSource::Webhook, now);
        let is_new = self.keep_event(&kept).await?;
        Ok(Received {
            id: kept.id,
            is_new,
        })
    }

    /// Puts an event into the inbox. False when it is there already.
    pub(super) async fn keep_event(&self, event: &StripeEvent) -> Result<bool, StoreError> {
        let is_new = self
            .tollgate()
            .store()
            .transaction(|transaction| {
                let event = event.clone();
                Box::pin(async move { stripe_event::add(transaction, &event).await })
            })
            .await?;
        if is_new {
            self.0.arrived.notify_one();
        }
        Ok(is_new)
    }

    /// An event as it is kept.
    pub(super) fn kept(
        &self,
        event: &Event,
        payload: String,
        source: EventSource,
        now: Timestamp,
    ) -> StripeEvent {
        let (state, note) = state_on_arrival(event, self.is_live());
        StripeEvent {
            id: event.id.clone(),
            kind: event.kind.as_str().to_owned(),
            object: event.object_id().map(ToOwned::to_owned),
            stripe_customer: event.customer_id().map(ToOwned::to_owned),
            customer: None,
            created_at: Timestamp::from_seconds(event.created),
            received_at: now,
            source,
            payload,
            state,
            attempts: 0,
            due_at: now,
            finished_at: None,
            note,
        }
    }

    /// Events of the inbox, the newest first.
    pub async fn events(
        &self,
        filter: &Filter<'_>,
        limit: u32,
    ) -> Result<Vec<StripeEvent>, StoreError> {
        let mut reader = self.tollgate().store().read().await?;
        stripe_event::list(&mut reader, filter, limit).await
    }

    /// One event of the inbox.
    pub async fn event(&self, id: &str) -> Result<Option<StripeEvent>, StoreError> {
        let mut reader = self.tollgate().store().read().await?;
        stripe_event::find(&mut reader, id).await
    }

    /// Has an event of the inbox tried again, whatever became of it. False when it is not there.
    pub async fn replay(&self, id: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let is_there = self
            .tollgate()
            .store()
            .transaction(|transaction| {
                let id = id.to_owned();
                Box::pin(async move { stripe_event::replay(transaction, &id, now).await })
            })
            .await?;
        self.0.arrived.notify_one();
        Ok(is_there)
    }

    pub(super) async fn due_events(&self, limit: u32) -> Result<Vec<StripeEvent>, StoreError> {
        let mut reader = self.tollgate().store().read().await?;
        stripe_event::due(&mut reader, self.now(), limit).await
    }
}

/// Whether nothing is to be done about an event any more.
pub(super) fn is_over(state: EventState) -> bool {
    !matches!(state, EventState::Waiting | EventState::Parked)
}
