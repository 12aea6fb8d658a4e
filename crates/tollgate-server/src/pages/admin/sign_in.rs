//! `/admin/sign-in`: with an API key that may do everything. A link from the command line does as
//! well.

use super::block::{Block, Field, Form, Kind, Page};
use super::owner::owner_cookie;
use crate::api::problem::ApiError;
use crate::auth::api_key::Scope;
use crate::auth::extract::ClientAddress;
use crate::identity::{Actor, Purpose, Visitor};
use crate::pages::form::OpenForm;
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, text_of, word_of};
use crate::state::AppState;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;

/// Shows the form.
pub(super) async fn ask(Spoken(t): Spoken) -> Result<Response, PageError> {
    page(t, None).answer()
}

fn page(t: &'static Locale, problem: Option<String>) -> Page {
    let mut page = Page::outside(t, t.text("admin-sign-in"));
    if let Some(problem) = problem {
        page.add(Block::Notice("bad", problem));
    }
    let key = Field::new("key", t.text("admin-key"), Kind::Password);
    page.add(Block::Form(
        Form::post("sign-in", "/admin/sign-in", t.text("sign-in")).with(key),
    ));
    page.add(Block::Hint(t.text("admin-sign-in-hint").into_owned()));
    page
}

/// Who signs in.
#[derive(Deserialize)]
pub(super) struct Credentials {
    key: String,
}

/// Signs the owner in.
pub(super) async fn submit(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    address: ClientAddress,
    OpenForm(form): OpenForm<Credentials>,
) -> Result<Response, PageError> {
    let identity = &state.identity;
    let key = match identity.verify_api_key(form.key.trim(), address.0).await {
        Ok(key) if key.scopes.allows(Scope::Admin) => key,
        Ok(_) => {
            let text = t.text("problem-key-too-weak").into_owned();
            let page = page(t, Some(text)).answer()?;
            return Ok((StatusCode::FORBIDDEN, page).into_response());
        }
        Err(error) => {
            let error = ApiError::from(error);
            if error.status().is_server_error() {
                return Err(error.into());
            }
            let word = match word_of(&error) {
                "unauthenticated" => "key_refused",
                other => other,
            };
            let text = text_of(t, word, error.status());
            let page = page(t, Some(text)).answer()?;
            return Ok((error.status(), error.headers(), page).into_response());
        }
    };
    let seconds = i64::from(state.config.auth.owner_session_seconds);
    let (secret, _) = identity
        .begin_visit(
            Visitor::Owner,
            &Actor::Key(key.id),
            Purpose::Session,
            seconds,
        )
        .await?;
    let cookie = owner_cookie(Some(&secret), seconds, identity.config());
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((headers, Redirect::to("/admin/")).into_response())
}
