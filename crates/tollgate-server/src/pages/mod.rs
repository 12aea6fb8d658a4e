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

use crate::api::problem::ApiError;
use crate::state::AppState;
use axum::Router;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use http::HeaderMap;
use http::header::ACCEPT;
use problem::PageError;

/// Every page, and what pages are made of.
pub fn router() -> Router<AppState> {
    Router::new()
        .merge(billing::router())
        .merge(admin::router())
        .route("/billing/{*rest}", any(nothing_there))
        .route("/admin/{*rest}", any(nothing_there))
        .layer(from_fn(problem::show))
        .layer(from_fn(guard::secure))
        .route("/assets/{name}", get(assets::serve))
        .merge(widgets::router())
}

/// A path below those of the pages that nothing stands at: a page for people, a problem for
/// programs, which have routes there too.
async fn nothing_there(headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let error = ApiError::nothing_there();
    if accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        PageError::Api(error).into_response()
    } else {
        error.into_response()
    }
}
