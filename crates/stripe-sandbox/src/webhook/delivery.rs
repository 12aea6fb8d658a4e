//! The worker that delivers events, and tries again when a receiver does not take them.

use super::signature;
use crate::config::{SignatureTime, WebhookTarget};
use crate::sandbox::Shared;
use crate::state::event;
use crate::state::table::Record as _;
use crate::state::webhook_endpoint;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How many deliveries may wait to be tried again.
const WAITING_MAX: usize = 100_000;

/// One event on its way to one target.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) kind: &'static str,
    pub(crate) event_id: String,
    pub(crate) body: String,
    pub(crate) target: WebhookTarget,
}

/// Takes the events that wait and makes deliveries of them, in the disorder that was asked for.
pub(crate) fn take(shared: &Shared) -> Vec<Delivery> {
    let mut core = shared.lock();
    if core.disorder.paused || core.state.outbox.is_empty() {
        return Vec::new();
    }
    let ids = std::mem::take(&mut core.state.outbox);
    let mut targets = core.targets.clone();
    targets.extend(webhook_endpoint::targets(&core.state));
    let mut batch = Vec::new();
    for event in ids.iter().filter_map(|id| core.state.events.get(id)) {
        let body: Value = event.to_json(&core.state);
        for target in &targets {
            if target
                .events
                .iter()
                .any(|pattern| event::matches(pattern, event.kind()))
            {
                batch.push(Delivery {
                    kind: event.kind(),
                    event_id: event.id().to_owned(),
                    body: body.to_string(),
                    target: target.clone(),
                });
            }
        }
    }
    let batch = core.disorder.disturb(batch);
    shared.count(batch.len());
    batch
}

/// Delivers until the sandbox is gone.
pub(crate) async fn run(shared: Arc<Shared>) {
    let client = crate::sandbox::client(shared.delivery_timeout);
    loop {
        // Whoever puts an event out after this waits for no one.
        let woken = shared.wake.notified();
        let batch = take(&shared);
        if batch.is_empty() {
            woken.await;
            continue;
        }
        for delivery in batch {
            let delay = shared.lock().disorder.delay_ms;
            tokio::time::sleep(Duration::from_millis(delay)).await;
            if send(&shared, &client, &delivery).await {
                shared.done();
            } else {
                retry_later(Arc::clone(&shared), client.clone(), delivery);
            }
        }
    }
}

/// Tries again beside the other deliveries, after longer and longer pauses.
fn retry_later(shared: Arc<Shared>, client: reqwest::Client, delivery: Delivery) {
    if shared.under_way() > WAITING_MAX {
        tracing::warn!(
            event = delivery.event_id,
            "sandbox, not Stripe: too much to deliver again"
        );
        shared.done();
        return;
    }
    tokio::spawn(async move {
        for pause in shared.redelivery_pauses.clone() {
            tokio::time::sleep(pause).await;
            if send(&shared, &client, &delivery).await {
                shared.done();
                return;
            }
        }
        tracing::warn!(
            event = delivery.event_id,
            kind = delivery.kind,
            "sandbox, not Stripe: the receiver never took this event"
        );
        shared.done();
    });
}

/// Sends one event once. Says whether it was taken.
async fn send(shared: &Shared, client: &reqwest::Client, delivery: &Delivery) -> bool {
    // Read on its own: the time is behind the same lock.
    let signature_time = shared.lock().signature_time;
    let at = match signature_time {
        SignatureTime::Real => shared.real_now(),
        SignatureTime::Sandbox => shared.now(),
    };
    let answer = client
        .post(&delivery.target.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("user-agent", "stripe-sandbox (not Stripe)")
        .header(
            "stripe-signature",
            signature::header(&delivery.target.secret, at, &delivery.body),
        )
        .body(delivery.body.clone())
        .send()
        .await;
    match answer {
        Ok(answer) if answer.status().is_success() => {
            tracing::debug!(
                event = delivery.event_id,
                kind = delivery.kind,
                "sandbox, not Stripe: delivered"
            );
            true
        }
        Ok(answer) => {
            let status = answer.status().as_u16();
            tracing::info!(
                event = delivery.event_id,
                kind = delivery.kind,
                status,
                "sandbox, not Stripe: the receiver refused"
            );
            false
        }
        Err(error) => {
            let error = error.without_url();
            tracing::info!(
                event = delivery.event_id,
                kind = delivery.kind,
                %error,
                "sandbox, not Stripe: the receiver did not answer"
            );
            false
        }
    }
}
