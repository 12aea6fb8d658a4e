//! `POST /billing/portal`: into Stripe's own portal, for payment methods and addresses.

use super::away;
use super::back::{problem, return_url};
use crate::pages::form::{Nothing, SignedForm};
use crate::pages::locale::Spoken;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// Leads there.
pub(super) async fn submit(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    headers: HeaderMap,
    form: SignedForm<Nothing>,
) -> Result<Response, PageError> {
    let visitor = form.visitor;
    visitor.must_be_payer()?;
    let back = return_url(&state, &headers, &visitor.path("/billing/"));
    match state.billing()?.portal(visitor.customer(), &back).await {
        Ok(url) => away::lead(t, &url),
        Err(error) => problem(&visitor, error),
    }
}
