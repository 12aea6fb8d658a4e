//! The first page: what this is.

use super::layout;
use crate::sandbox::Shared;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// `GET /`.
pub(crate) async fn show(Extracted(shared): Extracted<Arc<Shared>>) -> Response {
    let now = crate::state::calendar::date(shared.now());
    let core = shared.lock();
    let body = format!(
        "<p>Its clock stands at <strong>{now}</strong>. It has {} customers, {} subscriptions and {} events.</p>\
<p>Point a client at <code>{}</code> with any key that begins with <code>sk_test_</code>.</p>\
<p>Controls: <code>/_sandbox/clock</code>, <code>/_sandbox/webhooks</code>, <code>/_sandbox/failures</code>, \
<a href=\"/_sandbox/events\"><code>/_sandbox/events</code></a>.</p>",
        core.state.customers.len(),
        core.state.subscriptions.len(),
        core.state.events.len(),
        layout::escape(&core.state.base_url),
    );
    drop(core);
    layout::page(StatusCode::OK, "A sandbox for payments", &body)
}
