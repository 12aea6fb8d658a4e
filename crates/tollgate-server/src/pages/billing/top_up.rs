//! `POST /billing/top-up`: to the payment page for units that are bought once.

use super::away;
use super::back::{problem, return_urls};
use super::view::Paid;
use crate::pages::form::SignedForm;
use crate::pages::locale::Spoken;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use serde::Deserialize;
use tollgate::billing::TopUpCheckout;

/// Units to be bought.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    topup: String,
    /// As it was typed.
    quantity: String,
}

/// Leads to the payment page.
pub(super) async fn submit(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    headers: HeaderMap,
    form: SignedForm<Wanted>,
) -> Result<Response, PageError> {
    let SignedForm { visitor, fields } = form;
    visitor.must_be_payer()?;
    let billing = state.billing()?;
    visitor.acting.account(&state.tollgate).await?;
    let Ok(quantity) = fields.quantity.trim().parse() else {
        let path = visitor.path_with("/billing/", &[("problem", "invalid_quantity")]);
        return Ok(Redirect::to(&path).into_response());
    };
    let (success_url, cancel_url) = return_urls(&state, &headers, &visitor, Paid::Units);
    let checkout = TopUpCheckout {
        topup: Some(fields.topup),
        quantity,
        success_url,
        cancel_url,
    };
    let payer = visitor.payer();
    match billing
        .purchase(&payer.customer, &payer.contact, &checkout)
        .await
    {
        Ok(opened) => away::lead(t, &opened.url),
        Err(error) => problem(&visitor, error),
    }
}
