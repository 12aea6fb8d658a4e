//! `POST /billing/webhook`, and `POST /webhooks/stripe`, its other name: takes Stripe's events.

use crate::api::extract::RawBody;
use crate::api::problem::ApiError;
use crate::api::user_errors::WriteErrors;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

/// The longest event that is read: Stripe's are far shorter.
const EVENT_BYTES_MAX: usize = 1 << 20;

const SIGNATURE: &str = "stripe-signature";

/// The event is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedBody {
    /// Always true: what is not kept is answered with an error, and comes again.
    pub received: bool,
}

/// Take an event of Stripe's.
#[utoipa::path(
    post,
    path = "/billing/webhook",
    operation_id = "billing_webhook",
    tag = "Billing Webhook",
    params(("Stripe-Signature" = String, Header, description = "Stripe's signature of the body")),
    request_body(content = String, content_type = "application/json", description = "The event, as Stripe sends it"),
    responses((status = 200, description = "It is kept", body = ReceivedBody), WriteErrors),
    security(())
)]
pub async fn billing_webhook(
    state: State<AppState>,
    headers: HeaderMap,
    body: RawBody<EVENT_BYTES_MAX>,
) -> Result<Json<ReceivedBody>, ApiError> {
    receive(state, headers, body).await
}

/// Take an event of Stripe's.
#[utoipa::path(
    post,
    path = "/webhooks/stripe",
    operation_id = "stripe_webhook",
    tag = "Billing Webhook",
    params(("Stripe-Signature" = String, Header, description = "Stripe's signature of the body")),
    request_body(content = String, content_type = "application/json", description = "The event, as Stripe sends it"),
    responses((status = 200, description = "It is kept", body = ReceivedBody), WriteErrors),
    security(())
)]
pub async fn stripe_webhook(
    state: State<AppState>,
    headers: HeaderMap,
    body: RawBody<EVENT_BYTES_MAX>,
) -> Result<Json<ReceivedBody>, ApiError> {
    receive(state, headers, body).await
}

async fn receive(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawBody(body): RawBody<EVENT_BYTES_MAX>,
) -> Result<Json<ReceivedBody>, ApiError> {
    let signature = headers
        .get(SIGNATURE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    state.billing()?.receive(&body, signature).await?;
    Ok(Json(ReceivedBody { received: true }))
}
