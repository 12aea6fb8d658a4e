//! The bank's page (3-D Secure) for a payment that was confirmed by a request.

use super::{authenticate, layout};
use crate::sandbox::Shared;
use crate::state::event::Cause;
use crate::state::payment_intent_request;
use axum::extract::{Path, State as Extracted};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// `GET /payments/{intent}/authenticate`.
pub(crate) async fn show(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    let waits = shared.act(Cause::default(), |state, _| {
        payment_intent_request::awaiting(state, &id).map(drop)
    });
    match waits {
        Ok(()) => authenticate::question(),
        Err(error) => layout::sorry(error.message()),
    }
}

/// `POST /payments/{intent}/authenticate`.
pub(crate) async fn answer(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let confirmed = authenticate::is_confirmed(&body);
    let outcome = shared.act(Cause::default(), |state, context| {
        payment_intent_request::authenticate(state, context, &id, confirmed)
    });
    match outcome {
        Ok(Some(url)) => layout::redirect(&url),
        Ok(None) => layout::page(StatusCode::OK, "The payment went through", ""),
        Err(error) => layout::page(
            StatusCode::PAYMENT_REQUIRED,
            "The payment did not go through",
            &layout::error(Some(error.message())),
        ),
    }
}
