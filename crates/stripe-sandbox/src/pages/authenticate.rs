//! The bank's page (3-D Secure): confirm the payment, or let it fail.

use super::layout;
use crate::sandbox::Shared;
use crate::state::checkout_payment;
use crate::state::event::Cause;
use crate::state::params::Params;
use axum::extract::{Path, State as Extracted};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The bank's question.
pub(super) fn question() -> Response {
    layout::page(
        StatusCode::OK,
        "Your bank asks for confirmation",
        "<form method=\"post\"><button name=\"result\" value=\"complete\">Complete authentication</button> \
<button class=\"second\" name=\"result\" value=\"fail\">Fail authentication</button></form>",
    )
}

/// Whether the answer is yes.
pub(super) fn is_confirmed(body: &str) -> bool {
    Params::parse(body).unwrap_or_default().text("result") == Some("complete")
}

/// `GET /c/pay/{session}/authenticate`.
pub(crate) async fn show(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    let waits = shared.act(Cause::default(), |state, _| {
        checkout_payment::open_session(state, &id)
            .map(|session| session.awaits_confirmation.is_some())
    });
    match waits {
        Ok(true) => question(),
        Ok(false) => layout::redirect(&format!("/c/pay/{id}")),
        Err(error) => layout::sorry(error.message()),
    }
}

/// `POST /c/pay/{session}/authenticate`.
pub(crate) async fn answer(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let confirmed = is_confirmed(&body);
    let outcome = shared.act(Cause::default(), |state, context| {
        checkout_payment::confirm(state, context, &id, confirmed)
    });
    match outcome {
        Ok(url) => layout::redirect(&url),
        Err(error) => {
            let body = format!(
                "{}<p><a href=\"/c/pay/{}\">Try another card</a></p>",
                layout::error(Some(error.message())),
                layout::escape(&id)
            );
            layout::page(
                StatusCode::PAYMENT_REQUIRED,
                "The payment did not go through",
                &body,
            )
        }
    }
}
