//! What people see: the billing page of the app's customers and the owner's pages, made on the
//! server, whole without a script, and strict about where anything may come from.

pub mod admin;
pub mod assets;
pub mod billing;
mod form;
mod guard;
pub mod locale;
mod problem;
mod visitor;
mod widgets;

use crate::state::AppState;
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

/// Every page, and what pages are made of.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(billing::router())
        .merge(admin::router())
        .layer(from_fn(problem::show))
        .layer(from_fn(guard::secure))
        .route("/assets/{name}", get(assets::serve))
        .merge(widgets::router())
}
