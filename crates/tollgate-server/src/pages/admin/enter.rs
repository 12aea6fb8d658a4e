//! `/admin/enter`: the owner's way in by a link that the command line printed. It works once.

use super::block::{Block, Field, Form, Page};
use super::owner::owner_cookie;
use crate::identity::{VisitSecret, Visitor};
use crate::pages::form::OpenForm;
use crate::pages::form::PageQuery;
use crate::pages::locale::Spoken;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use serde::Deserialize;

/// A link.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    link: String,
}

/// Asks for the click, so that what only looks at links does not use them up.
pub(super) async fn ask(
    Spoken(t): Spoken,
    PageQuery(link): PageQuery<Link>,
) -> Result<Response, PageError> {
    let mut page = Page::outside(t, t.text("admin-title"));
    let form = Form::post("enter", "/admin/enter", t.text("enter-button"));
    page.add(Block::Form(form.with(Field::hidden("link", link.link))));
    page.answer()
}

/// Lets the owner in.
pub(super) async fn submit(
    State(state): State<AppState>,
    OpenForm(form): OpenForm<Link>,
) -> Result<Response, PageError> {
    let identity = &state.identity;
    let session = i64::from(state.config.auth.owner_session_seconds);
    let Some(secret) = VisitSecret::parse(&form.link) else {
        return Err(PageError::LinkOver);
    };
    let entered = identity
        .follow_link(&secret, |visitor| *visitor == Visitor::Owner, session)
        .await?;
    let Some((secret, _)) = entered else {
        return Err(PageError::LinkOver);
    };
    let cookie = owner_cookie(Some(&secret), session, identity.config());
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((headers, Redirect::to("/admin/")).into_response())
}
