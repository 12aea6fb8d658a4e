//! Events: what happened, to which object, and what it looked like before.

use super::calendar::UnixSeconds;
use super::list;
use super::params::Params;
use super::{Answer, Context, State};
use crate::API_VERSION;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The request that brought a change about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cause {
    /// Its `Request-Id`.
    pub(crate) request_id: Option<String>,
    /// Its `Idempotency-Key`.
    pub(crate) idempotency_key: Option<String>,
}

/// One event, as it stays.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    id: String,
    created: UnixSeconds,
    kind: &'static str,
    /// Shared by the copies of the state.
    body: Arc<Value>,
}

super::record!(Event, "event", events);

impl Event {
    /// Something happened to `object`.
    pub(crate) fn new(
        context: &mut Context<'_>,
        kind: &'static str,
        object: &Value,
        previous: Option<Value>,
    ) -> Self {
        let id = context.ids.object("evt");
        let mut data = json!({ "object": object });
        if let Some(previous) = previous {
            data["previous_attributes"] = previous;
        }
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": context.now,
            "data": data,
            "livemode": false,
            "pending_webhooks": 1,
            "request": {
                "id": context.cause.request_id,
                "idempotency_key": context.cause.idempotency_key,
            },
            "type": kind,
        });
        Self {
            id,
            created: context.now,
            kind,
            body: Arc::new(body),
        }
    }

    /// What kind of event it is.
    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    fn shown(&self, _: &State) -> Value {
        Value::clone(&self.body)
    }
}

/// `GET /v1/events`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "type",
        "types",
        "created",
        "delivery_success",
    ])?;
    let mut kinds = params.texts("types");
    kinds.extend(params.text("type").map(str::to_owned));
    let created = list::Created::from(params)?;
    let wanted = |event: &Event| {
        created.contains(event.created)
            && (kinds.is_empty() || kinds.iter().any(|kind| matches(kind, event.kind)))
    };
    list::page(state, params, "/v1/events", wanted)
}

/// Whether a name, which may end in a star, means this kind.
pub(crate) fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => kind.starts_with(beginning),
        None => pattern == kind,
    }
}

/// The old values of what differs; nothing when all is the same.
pub(crate) fn difference(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let mut changed = Map::new();
            for (name, value) in new {
                let old_value = old.get(name).unwrap_or(&Value::Null);
                if let Some(previous) = difference(old_value, value) {
                    changed.insert(name.clone(), previous);
                }
            }
            for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
                changed.insert(name.clone(), value.clone());
            }
            (!changed.is_empty()).then_some(Value::Object(changed))
        }
        _ => (before != after).then(|| before.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let before = json!({ "a": 1, "b": { "c": 1, "d": 2 }, "e": [1], "gone": 1 });
        let after = json!({ "a": 1, "b": { "c": 3, "d": 2 }, "e": [2], "new": 1 });
        assert_eq!(
            difference(&before, &after),
            Some(json!({ "b": { "c": 1 }, "e": [1], "gone": 1, "new": null }))
        );
        assert_eq!(difference(&after, &after), None);
    }

    #[test]
    fn stars_match_beginnings() {
        assert!(matches("invoice.*", "invoice.paid"));
        assert!(matches("*", "invoice.paid"));
        assert!(!matches("invoice.*", "invoice_payment.paid"));
    }
}
