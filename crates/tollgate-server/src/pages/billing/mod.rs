//! The billing page of the app's customers, and what it leads to.

mod away;
mod back;
mod cancel;
mod change;
mod enter;
mod live;
mod page;
mod portal;
mod sign_in;
mod sign_out;
mod sign_up;
mod top_up;
mod undo;
mod view;

pub(super) use view::{Facts, MeterView, PlanCard, StatusView, what_was_bought};

use crate::state::AppState;
use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

/// The pages, and the forms on them.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/billing", get(async || Redirect::permanent("/billing/")))
        .route("/billing/", get(page::show))
        .route("/billing/live", get(live::follow))
        .route("/billing/change", get(change::ask).post(change::submit))
        .route("/billing/top-up", post(top_up::submit))
        .route("/billing/cancel", get(cancel::ask).post(cancel::submit))
        .route("/billing/undo", post(undo::submit))
        .route("/billing/portal", post(portal::submit))
        .route("/billing/enter", get(enter::ask).post(enter::submit))
        .route("/billing/sign-in", get(sign_in::ask).post(sign_in::submit))
        .route("/billing/sign-up", get(sign_up::ask).post(sign_up::submit))
        .route("/billing/sign-out", post(sign_out::submit))
}
