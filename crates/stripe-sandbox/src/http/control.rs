//! The sandbox's own controls: the clock, the webhooks, failures, disputes and failed refunds.

use crate::config::SignatureTime;
use crate::sandbox::{Sandbox, Shared};
use crate::state::event::{self, Cause};
use crate::state::params::Params;
use crate::state::table::Record as _;
use crate::state::{Answer, checkout_payment, dispute, refund};
use axum::extract::{Path, RawQuery, State as Extracted};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::sync::Arc;

const NOTE: &str = "This is a sandbox and not Stripe.";

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    (status, headers, body.to_string()).into_response()
}

fn refuse(message: &str) -> Response {
    answer(
        StatusCode::BAD_REQUEST,
        &json!({ "error": { "type": "invalid_request_error", "message": message } }),
    )
}

fn of_answer(outcome: Answer) -> Response {
    match outcome {
        Ok(body) => answer(StatusCode::OK, &body),
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            answer(status, &error.to_json())
        }
    }
}

/// A JSON body; an empty one has no fields.
fn read(body: &str) -> Result<Value, String> {
    if body.trim().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_str::<Value>(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| "The body must be a JSON object.".to_owned())
}

fn clock_json(shared: &Shared) -> Value {
    json!({ "object": "sandbox.clock", "now": shared.now(), "note": NOTE })
}

/// `GET /_sandbox/clock`.
pub(crate) async fn clock(Extracted(shared): Extracted<Arc<Shared>>) -> Response {
    answer(StatusCode::OK, &clock_json(&shared))
}

/// `POST /_sandbox/clock`: `{"to": time}` or `{"advance": seconds}`; with `"settle": true`
/// everything is delivered before the next thing happens.
pub(crate) async fn move_clock(
    Extracted(shared): Extracted<Arc<Shared>>,
    body: String,
) -> Response {
    let wish = match read(&body) {
        Ok(wish) => wish,
        Err(message) => return refuse(&message),
    };
    let now = shared.now();
    let until = match (wish["to"].as_i64(), wish["advance"].as_i64()) {
        (Some(to), None) => to,
        (None, Some(seconds)) => now.saturating_add(seconds),
        _ => return refuse("Say either {\"to\": time} or {\"advance\": seconds}."),
    };
    if until < now {
        return refuse("The clock does not go back.");
    }
    let sandbox = Sandbox {
        shared: Arc::clone(&shared),
    };
    let mut shown = json!({});
    if wish["settle"].as_bool() == Some(true) {
        shown["settled"] = json!(sandbox.advance_to_and_settle(until).await);
    } else {
        sandbox.advance_to(until);
    }
    for (name, value) in clock_json(&shared).as_object().into_iter().flatten() {
        shown[name] = value.clone();
    }
    tracing::info!(until, "sandbox, not Stripe: the clock was moved");
    answer(StatusCode::OK, &shown)
}

/// `GET /_sandbox/webhooks`.
pub(crate) async fn webhooks(Extracted(shared): Extracted<Arc<Shared>>) -> Response {
    answer(StatusCode::OK, &webhooks_json(&shared))
}

fn webhooks_json(shared: &Shared) -> Value {
    let core = shared.lock();
    let mut shown = core.disorder.to_json();
    let urls: Vec<&str> = core
        .targets
        .iter()
        .map(|target| target.url.as_str())
        .collect();
    shown["object"] = json!("sandbox.webhooks");
    shown["targets"] = json!(urls);
    shown["waiting"] = json!(core.state.outbox.len());
    shown["under_way"] = json!(shared.under_way());
    shown["note"] = json!(NOTE);
    shown
}

/// `POST /_sandbox/webhooks`: duplicates, another order, losses, delays, a pause, the clock of
/// signatures; `"resend": "evt_…"` sends an event again.
pub(crate) async fn disturb_webhooks(
    Extracted(shared): Extracted<Arc<Shared>>,
    body: String,
) -> Response {
    let wish = match read(&body) {
        Ok(wish) => wish,
        Err(message) => return refuse(&message),
    };
    {
        let mut core = shared.lock();
        if let Err(message) = core.disorder.read(&wish) {
            return refuse(message);
        }
        match wish["signature_time"].as_str() {
            Some("real") => core.signature_time = SignatureTime::Real,
            Some("sandbox") => core.signature_time = SignatureTime::Sandbox,
            _ => {}
        }
        if let Some(id) = wish["resend"].as_str() {
            if core.state.events.get(id).is_none() {
                return refuse("There is no such event.");
            }
            core.state.outbox.push(id.to_owned());
        }
    }
    shared.wake.notify_one();
    answer(StatusCode::OK, &webhooks_json(&shared))
}

/// `POST /_sandbox/settle`: answers once every event has been delivered or given up.
pub(crate) async fn settle(Extracted(shared): Extracted<Arc<Shared>>) -> Response {
    let settled = Sandbox { shared }.settle().await;
    answer(StatusCode::OK, &json!({ "settled": settled, "note": NOTE }))
}

/// `GET /_sandbox/events`: all of them, the oldest first; `?type=` for one kind.
pub(crate) async fn events(
    Extracted(shared): Extracted<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let pattern = params.text("type").unwrap_or("*");
    let core = shared.lock();
    let data: Vec<Value> = core
        .state
        .events
        .newest_first()
        .rev()
        .filter(|known| event::matches(pattern, known.kind()))
        .map(|known| known.to_json(&core.state))
        .collect();
    answer(
        StatusCode::OK,
        &json!({ "object": "list", "data": data, "has_more": false, "note": NOTE }),
    )
}

/// `POST /_sandbox/failures`.
pub(crate) async fn fail(Extracted(shared): Extracted<Arc<Shared>>, body: String) -> Response {
    let wish = match read(&body) {
        Ok(wish) => wish,
        Err(message) => return refuse(&message),
    };
    match shared.lock().failures.add(&wish) {
        Ok(()) => answer(StatusCode::OK, &json!({ "added": wish, "note": NOTE })),
        Err(message) => refuse(message),
    }
}

/// `DELETE /_sandbox/failures`.
pub(crate) async fn stop_failing(Extracted(shared): Extracted<Arc<Shared>>) -> Response {
    shared.lock().failures.clear();
    answer(StatusCode::OK, &json!({ "note": NOTE }))
}

/// The fields of a JSON body as parameters.
fn params_of(body: &str) -> Result<Params, String> {
    let wish = read(body)?;
    let fields = wish.as_object().into_iter().flatten();
    let form: Vec<String> = fields
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    Params::parse(&form.join("&")).map_err(|error| error.message().to_owned())
}

/// `POST /_sandbox/disputes`: `{"payment_intent": …, "reason": …, "inquiry": true}`.
pub(crate) async fn open_dispute(
    Extracted(shared): Extracted<Arc<Shared>>,
    body: String,
) -> Response {
    match params_of(&body) {
        Ok(params) => of_answer(shared.act(Cause::default(), |state, context| {
            dispute::open(state, context, &params)
        })),
        Err(message) => refuse(&message),
    }
}

/// `POST /_sandbox/disputes/{id}/close`: `{"status": "won" | "lost" | …}`.
pub(crate) async fn close_dispute(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    match params_of(&body) {
        Ok(params) => of_answer(shared.act(Cause::default(), |state, context| {
            dispute::close(state, context, &id, &params)
        })),
        Err(message) => refuse(&message),
    }
}

/// `POST /_sandbox/payments/{session}`: `{"status": "succeeded" | "failed"}` for a payment whose
/// outcome was to come later.
pub(crate) async fn settle_payment(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(session): Path<String>,
    body: String,
) -> Response {
    let succeeds = match read(&body) {
        Ok(wish) => match wish["status"].as_str() {
            Some("succeeded") => true,
            Some("failed") => false,
            _ => return refuse("status must be succeeded or failed."),
        },
        Err(message) => return refuse(&message),
    };
    of_answer(shared.act(Cause::default(), |state, context| {
        checkout_payment::settle_later(state, context, &session, succeeds)
    }))
}

/// `POST /_sandbox/refunds/{id}/fail`.
pub(crate) async fn fail_refund(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    of_answer(shared.act(Cause::default(), |state, context| {
        refund::fail(state, context, &id)
    }))
}
