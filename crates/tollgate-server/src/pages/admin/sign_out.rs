//! `POST /admin/sign-out`: ends the owner's visit.

use super::owner::{OWNER_COOKIE, OwnerForm, owner_cookie};
use crate::auth::extract::cookie;
use crate::identity::VisitSecret;
use crate::pages::form::Nothing;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;

/// Ends it.
pub(super) async fn submit(
    State(state): State<AppState>,
    headers: HeaderMap,
    _form: OwnerForm<Nothing>,
) -> Result<Response, PageError> {
    if let Some(secret) = cookie(&headers, OWNER_COOKIE).and_then(VisitSecret::parse) {
        state.identity.end_visit(&secret).await?;
    }
    let cookie = owner_cookie(None, 0, state.identity.config());
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((headers, Redirect::to("/admin/sign-in")).into_response())
}
