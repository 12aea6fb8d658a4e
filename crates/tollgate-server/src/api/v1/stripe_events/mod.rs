//! Stripe's events: what came, and what became of it.

mod get;
mod list;
mod replay;

pub use get::*;
pub use list::*;
pub use replay::*;

use crate::api::problem::{ApiError, Instant};
use serde::Serialize;
use tollgate_store::stripe_event::StripeEvent;
use utoipa::ToSchema;

/// An event of Stripe's.
#[derive(Debug, Serialize, ToSchema)]
pub struct StripeEventBody {
    /// Stripe's id of it.
    #[schema(example = "evt_1abc")]
    pub id: String,
    /// Its kind.
    #[serde(rename = "type")]
    #[schema(example = "invoice.paid")]
    pub kind: String,
    /// The object that it is about.
    pub object: Option<String>,
    /// Stripe's customer that it is about.
    pub stripe_customer: Option<String>,
    /// Our customer, once it is known.
    pub customer: Option<String>,
    /// How it came: `webhook`, or `sweep` when it had been missing.
    #[schema(value_type = String, example = "webhook")]
    pub source: &'static str,
    /// `waiting`, `done`, `ignored`, `parked` (nobody knows its customer yet) or `quarantined`
    /// (somebody has to look at it).
    #[schema(value_type = String, example = "done")]
    pub state: &'static str,
    /// What there is to say about its state.
    pub note: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// When Stripe made it.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Instant,
    /// When it is tried next, if it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_attempt_at: Option<Instant>,
    /// When it was finished with.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Instant>,
    /// As Stripe sent it; only of one event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub payload: Option<serde_json::Value>,
}

impl StripeEventBody {
    fn new(event: &StripeEvent) -> Self {
        Self {
            id: event.id.clone(),
            kind: event.kind.clone(),
            object: event.object.clone(),
            stripe_customer: event.stripe_customer.clone(),
            customer: event.customer.as_ref().map(ToString::to_string),
            source: event.source.as_str(),
            state: event.state.as_str(),
            note: Some(event.note.clone()).filter(|note| !note.is_empty()),
            attempts: event.attempts,
            created_at: Instant(event.created_at),
            received_at: Instant(event.received_at),
            next_attempt_at: event
                .finished_at
                .is_none()
                .then_some(event.due_at)
                .filter(|_| matches!(event.state.as_str(), "waiting" | "parked"))
                .map(Instant),
            finished_at: event.finished_at.map(Instant),
            payload: None,
        }
    }
}

fn unknown_event() -> ApiError {
    ApiError::NotFound {
        error: "unknown_event",
        message: "There is no such event in the inbox.".to_owned(),
    }
}
