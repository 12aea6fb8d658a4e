//! The HTTP surface: the API, the sandbox's own controls, and the pages.

pub(crate) mod api;
pub(crate) mod control;
pub(crate) mod failures;
pub(crate) mod idempotency;
pub(crate) mod routes;

use crate::pages;
use crate::sandbox::Shared;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use std::sync::Arc;

/// The largest body of a request.
const BODY_BYTES_MAX: usize = 1_000_000;

/// All routes. Those of the API itself are in [`routes`].
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(pages::index::show))
        .route("/v1/{*path}", any(api::handle))
        .route(
            "/_sandbox/clock",
            get(control::clock).post(control::move_clock),
        )
        .route(
            "/_sandbox/webhooks",
            get(control::webhooks).post(control::disturb_webhooks),
        )
        .route(
            "/_sandbox/failures",
            post(control::fail).delete(control::stop_failing),
        )
        .route("/_sandbox/events", get(control::events))
        .route("/_sandbox/settle", post(control::settle))
        .route("/_sandbox/disputes", post(control::open_dispute))
        .route(
            "/_sandbox/disputes/{id}/close",
            post(control::close_dispute),
        )
        .route(
            "/_sandbox/payments/{session}",
            post(control::settle_payment),
        )
        .route("/_sandbox/refunds/{id}/fail", post(control::fail_refund))
        .route(
            "/c/pay/{id}",
            get(pages::checkout::show).post(pages::checkout::submit),
        )
        .route(
            "/c/pay/{id}/authenticate",
            get(pages::authenticate::show).post(pages::authenticate::answer),
        )
        .route(
            "/payments/{id}/authenticate",
            get(pages::authenticate_payment::show).post(pages::authenticate_payment::answer),
        )
        .route(
            "/p/session/{id}",
            get(pages::portal::show).post(pages::portal::act),
        )
        .route("/i/{id}", get(pages::invoice::show))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(shared)
}
