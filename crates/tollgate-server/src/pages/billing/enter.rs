//! `/billing/enter`: the way in by a link that a host app's back end has asked for.
//!
//! A link works once. Programs that look at links before people do, as mail readers have, must not
//! use it up: the page asks for a click, and goes on by itself where a script may run.

use crate::identity::{VisitSecret, Visitor};
use crate::pages::form::{OpenForm, PageQuery};
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, html};
use crate::pages::visitor::visit_cookie;
use crate::state::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use serde::Deserialize;

/// How long somebody stays who came in by a link.
const VISIT_SECONDS: i64 = 3_600;

#[derive(Template)]
#[template(path = "billing/enter.html")]
struct Page<'a> {
    t: &'a Locale,
    link: &'a str,
}

/// A link.
#[derive(Debug, Deserialize)]
pub(super) struct Link {
    link: String,
}

/// Asks for the click.
pub(super) async fn ask(
    Spoken(t): Spoken,
    PageQuery(link): PageQuery<Link>,
) -> Result<Response, PageError> {
    html(&Page {
        t,
        link: &link.link,
    })
}

/// Lets somebody in.
pub(super) async fn submit(
    State(state): State<AppState>,
    OpenForm(form): OpenForm<Link>,
) -> Result<Response, PageError> {
    let identity = &state.identity;
    let secret = VisitSecret::parse(&form.link);
    let entered = match &secret {
        Some(secret) => {
            let is_meant = |visitor: &Visitor| *visitor != Visitor::Owner;
            identity
                .follow_link(secret, is_meant, VISIT_SECONDS)
                .await?
        }
        None => None,
    };
    let Some((secret, visit)) = entered else {
        return Err(PageError::LinkOver);
    };
    let seconds = identity.now().seconds_until(visit.expires_at);
    let cookie = visit_cookie(Some(&secret), seconds, identity.config());
    let headers = AppendHeaders([(SET_COOKIE, cookie)]);
    Ok((headers, Redirect::to("/billing/")).into_response())
}
