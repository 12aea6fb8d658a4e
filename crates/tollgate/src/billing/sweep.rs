//! The sweep: asks Stripe which events there were, and takes those that never came.

use super::{Billing, BillingError};
use tollgate_core::time::Timestamp;
use tollgate_store::setting;
use tollgate_store::stripe_event::EventSource;
use tollgate_stripe::{Created, Event, ListEvents};

/// Up to where was swept, in seconds, among the settings.
const SWEPT_UNTIL: &str = "stripe.swept_until";
/// How long Stripe keeps events.
const KEPT_SECONDS: i64 = 30 * 86_400;
/// Events may appear a little late, and our clock may be ahead: so much is looked at twice.
const OVERLAP_SECONDS: i64 = 3_600;
/// Events that one sweep takes; the next goes on where it ended.
const EVENTS_MAX: usize = 10_000;

/// What a sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Events that it looked at.
    pub looked_at: usize,
    /// Of those, the ones that had never come.
    pub missed: usize,
}

impl Billing {
    /// Takes the events that Stripe made since the last sweep and that never came.
    pub async fn sweep(&self) -> Result<Swept, BillingError> {
        let now = self.now();
        let since = self.swept_until().await?;
        let oldest = now.as_seconds() - KEPT_SECONDS;
        let from = since.map_or(oldest, |since| (since - OVERLAP_SECONDS).max(oldest));
        let request = ListEvents {
            created: Some(Created {
                gte: Some(from),
                ..Created::default()
            }),
            ..ListEvents::default()
        };
        let listed = self.stripe().list_all(&request, EVENTS_MAX).await?;
        let mut swept = Swept::default();
        // Stripe lists the newest first.
        for event in listed.items.iter().rev() {
            swept.looked_at += 1;
            swept.missed += usize::from(self.take_missed(event, now).await?);
        }
        // When there are more than fit, what is missing is the oldest: it is not passed over.
        if listed.is_complete {
            self.set_swept_until(now.as_seconds()).await?;
        } else {
            tracing::warn!(
                events = swept.looked_at,
                "there are more events than one sweep takes; repair what drift shows"
            );
        }
        if swept.missed > 0 {
            tracing::warn!(
                missed = swept.missed,
                "events of Stripe's had never come; they are taken now"
            );
        }
        Ok(swept)
    }

    async fn take_missed(&self, event: &Event, now: Timestamp) -> Result<bool, BillingError> {
        if self.event(&event.id).await?.is_some() {
            return Ok(false);
        }
        let payload = serde_json::json!({
            "id": event.id,
            "object": "event",
            "type": event.kind.as_str(),
            "created": event.created,
            "livemode": event.livemode,
            "account": event.account,
            "api_version": event.api_version,
            "data": { "object": event.data.object },
        });
        let kept = self.kept(event, payload.to_string(), EventSource::Sweep, now);
        Ok(self.keep_event(&kept).await?)
    }

    async fn swept_until(&self) -> Result<Option<i64>, BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        let text = setting::find(&mut reader, SWEPT_UNTIL).await?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    async fn set_swept_until(&self, seconds: i64) -> Result<(), BillingError> {
        self.tollgate()
            .store()
            .transaction(|transaction| {
                Box::pin(async move {
                    setting::set(transaction, SWEPT_UNTIL, &seconds.to_string()).await
                })
            })
            .await?;
        Ok(())
    }
}
