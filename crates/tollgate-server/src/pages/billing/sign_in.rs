//! `/billing/sign-in`: for users with an account here.

use crate::api::problem::ApiError;
use crate::auth::extract::ClientAddress;
use crate::auth::limit::RateSlot;
use crate::pages::form::{OpenForm, PageQuery};
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, html, text_of, word_of};
use crate::pages::visitor::{is_session_over, safe_next, sign_up_path, visit_cookie};
use crate::state::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "billing/sign_in.html")]
struct Page<'a> {
    t: &'a Locale,
    email: &'a str,
    next: &'a str,
    problem: Option<String>,
    /// Whether they were signed in, and their session is over.
    is_over: bool,
    is_registration_open: bool,
    sign_up: String,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wishes {
    #[serde(default)]
    pub(super) next: String,
}

/// Shows the form.
pub(super) async fn ask(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    headers: HeaderMap,
    PageQuery(wishes): PageQuery<Wishes>,
) -> Result<Response, PageError> {
    html(&Page {
        t,
        email: "",
        next: safe_next(&wishes.next),
        problem: None,
        is_over: is_session_over(&headers, &state).await?,
        sign_up: sign_up_path(&wishes.next),
        is_registration_open: state.config.auth.registration_open,
    })
}

/// Who signs in.
#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs somebody in.
pub(super) async fn submit(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    address: ClientAddress,
    slot: RateSlot,
    OpenForm(form): OpenForm<Credentials>,
) -> Result<Response, PageError> {
    let identity = &state.identity;
    let next = safe_next(&form.next);
    match identity
        .sign_in(address.0, &form.email, &form.password)
        .await
    {
        Ok((secret, visit, figures)) => {
            slot.show("login", figures);
            let seconds = identity.now().seconds_until(visit.expires_at);
            let cookie = visit_cookie(Some(&secret), seconds, identity.config());
            Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(next)).into_response())
        }
        Err(error) => {
            let error = ApiError::from(error);
            if error.status().is_server_error() && error.status() != StatusCode::SERVICE_UNAVAILABLE
            {
                return Err(error.into());
            }
            let page = Page {
                t,
                email: &form.email,
                next,
                problem: Some(text_of(t, word_of(&error), error.status())),
                is_over: false,
                sign_up: sign_up_path(next),
                is_registration_open: state.config.auth.registration_open,
            };
            Ok((error.status(), error.headers(), html(&page)?).into_response())
        }
    }
}
