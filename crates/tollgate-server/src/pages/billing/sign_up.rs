//! `/billing/sign-up`: a new account, on the default plan at once.

use super::sign_in::Wishes;
use crate::api::problem::ApiError;
use crate::auth::extract::ClientAddress;
use crate::auth::limit::RateSlot;
use crate::identity::{IdentityError, Registration, Visit, VisitSecret};
use crate::pages::form::{OpenForm, PageQuery};
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, html, text_of, word_of};
use crate::pages::visitor::{safe_next, sign_in_path, visit_cookie};
use crate::state::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;
use std::net::IpAddr;

#[derive(Template)]
#[template(path = "billing/sign_up.html")]
struct Page<'a> {
    t: &'a Locale,
    name: &'a str,
    email: &'a str,
    next: &'a str,
    problem: Option<String>,
    is_registration_open: bool,
    sign_in: String,
}

/// Shows the form.
pub(super) async fn ask(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    PageQuery(wishes): PageQuery<Wishes>,
) -> Result<Response, PageError> {
    html(&Page {
        t,
        name: "",
        email: "",
        next: safe_next(&wishes.next),
        problem: None,
        sign_in: sign_in_path(&wishes.next),
        is_registration_open: state.config.auth.registration_open,
    })
}

/// Who signs up.
#[derive(Deserialize)]
pub(super) struct NewUser {
    #[serde(default)]
    name: String,
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs somebody up, and in.
pub(super) async fn submit(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    address: ClientAddress,
    slot: RateSlot,
    OpenForm(form): OpenForm<NewUser>,
) -> Result<Response, PageError> {
    let next = safe_next(&form.next);
    match register(&state, address.0, &slot, &form).await {
        Ok((secret, visit)) => {
            let seconds = state.identity.now().seconds_until(visit.expires_at);
            let cookie = visit_cookie(Some(&secret), seconds, state.identity.config());
            Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(next)).into_response())
        }
        Err(error) => {
            let own = own_word(&error);
            let error = ApiError::from(error);
            if error.status().is_server_error() && error.status() != StatusCode::SERVICE_UNAVAILABLE
            {
                return Err(error.into());
            }
            let page = Page {
                t,
                name: &form.name,
                email: &form.email,
                next,
                problem: Some(text_of(
                    t,
                    own.unwrap_or_else(|| word_of(&error)),
                    error.status(),
                )),
                is_registration_open: state.config.auth.registration_open,
                sign_in: sign_in_path(next),
            };
            Ok((error.status(), error.headers(), html(&page)?).into_response())
        }
    }
}

/// A word for what the form alone can make better.
fn own_word(error: &IdentityError) -> Option<&'static str> {
    Some(match error {
        IdentityError::Email => "invalid_email",
        IdentityError::Password(_) => "invalid_password",
        IdentityError::Name { .. } => "invalid_name",
        IdentityError::RegistrationClosed => "registration_closed",
        _ => return None,
    })
}

async fn register(
    state: &AppState,
    address: IpAddr,
    slot: &RateSlot,
    form: &NewUser,
) -> Result<(VisitSecret, Visit), IdentityError> {
    let identity = &state.identity;
    slot.show("attempts", identity.count_attempt(address)?);
    let name = form.name.trim();
    let user = identity.register(Registration {
        email: form.email.clone(),
        password: form.password.clone(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        invitation: None,
    });
    let user = user.await?;
    if let Err(error) = state.tollgate.open_customer(&user.customer, None).await {
        // It is begun when the user is first seen.
        tracing::warn!(%error, "the customer of a new user was not begun");
    }
    identity.begin_user_visit(&user).await
}
