//! `POST /billing/sign-out`: ends the visit, here and for whoever has its cookie.

use crate::auth::extract::cookie;
use crate::identity::VisitSecret;
use crate::pages::form::{Nothing, SignedForm};
use crate::pages::problem::PageError;
use crate::pages::visitor::{VISIT_COOKIE, visit_cookie};
use crate::state::AppState;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;

/// Ends it.
pub(super) async fn submit(
    State(state): State<AppState>,
    headers: HeaderMap,
    _form: SignedForm<Nothing>,
) -> Result<Response, PageError> {
    if let Some(secret) = cookie(&headers, VISIT_COOKIE).and_then(VisitSecret::parse) {
        state.identity.end_visit(&secret).await?;
    }
    let cookie = visit_cookie(None, 0, state.identity.config());
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((headers, Redirect::to("/billing/sign-in")).into_response())
}
