//! The way back to the billing page: from the payment page, and from a form that was not taken.

use super::view::Paid;
use crate::pages::problem::{PageError, correctable};
use crate::pages::visitor::PageVisitor;
use crate::state::AppState;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use http::header::HOST;
use tollgate::billing::BillingError;

/// Back to the billing page, which says what went wrong.
pub(super) fn problem(visitor: &PageVisitor, error: BillingError) -> Result<Response, PageError> {
    let word = correctable(error)?;
    let path = visitor.path_with("/billing/", &[("problem", word)]);
    Ok(Redirect::to(&path).into_response())
}

/// Where the payment page leads after a payment, and without one.
pub(super) fn return_urls(
    state: &AppState,
    headers: &HeaderMap,
    visitor: &PageVisitor,
    paid: Paid,
) -> (String, String) {
    let url = |result| {
        let path = visitor.path_with("/billing/", &[("checkout", result)]);
        return_url(state, headers, &path)
    };
    (url(paid.word()), url("canceled"))
}

/// The address of one of our pages: at the allowed origin that the visitor came by, or else at the
/// first one.
pub(super) fn return_url(state: &AppState, headers: &HeaderMap, path: &str) -> String {
    let origins = &state.config.stripe.return_origins;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_here = |origin: &&String| {
        let authority = origin
            .split_once("://")
            .map(|(_, rest)| rest.trim_end_matches('/'));
        authority
            .zip(host)
            .is_some_and(|(own, host)| own.eq_ignore_ascii_case(host))
    };
    let origin = origins.iter().find(is_here).or(origins.first());
    let origin = origin.map_or("", String::as_str);
    format!("{}{path}", origin.trim_end_matches('/'))
}
