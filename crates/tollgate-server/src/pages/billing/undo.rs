//! `POST /billing/undo`: staying after all.

use super::back::problem;
use crate::pages::form::{Nothing, SignedForm};
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

/// Undoes a cancellation, or a change that waits.
pub(super) async fn submit(
    State(state): State<AppState>,
    form: SignedForm<Nothing>,
) -> Result<Response, PageError> {
    let visitor = form.visitor;
    visitor.must_be_payer()?;
    match state.billing()?.undo(visitor.customer()).await {
        Ok(()) => Ok(Redirect::to(&visitor.path("/billing/")).into_response()),
        Err(error) => problem(&visitor, error),
    }
}
