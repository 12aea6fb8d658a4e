//! What goes wrong, as a page: in the visitor's language, with the way on.

use super::locale::{Locale, Spoken};
use super::visitor::sign_in_path;
use crate::api::problem::ApiError;
use askama::Template;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use tollgate::billing::BillingError;

/// Why a page is not shown, or a form not taken.
#[derive(Debug)]
pub(crate) enum PageError {
    /// Nobody is signed in: here is where they wanted to go.
    SignIn { next: String },
    /// The owner is not signed in.
    OwnerSignIn,
    /// What was sent did not come from a form of ours, or the session that it was made for is over.
    Forged,
    /// A link that was used before, or whose time is over.
    LinkOver,
    /// As elsewhere.
    Api(ApiError),
}

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

/// What [`show`] makes a page of.
#[derive(Clone, Copy, Debug)]
struct Shown {
    word: &'static str,
}

/// Words of errors that have a text of their own; the others are told by their status.
pub(super) fn text_of(locale: &Locale, word: &str, status: StatusCode) -> String {
    let own = format!("problem-{}", word.replace('_', "-"));
    if locale.has(&own) {
        return locale.text(&own).into_owned();
    }
    let key = match status.as_u16() {
        403 => "problem-forbidden",
        404 => "problem-not-found",
        429 => "problem-rate-limited",
        502..=504 => "problem-unavailable",
        400..=499 => "problem-request",
        _ => "problem-internal",
    };
    locale.text(key).into_owned()
}

/// One word for what went wrong.
pub(super) fn word_of(error: &ApiError) -> &'static str {
    match error {
        ApiError::Billing(problem) => problem.reason,
        other => other.word(),
    }
}

/// The word of an error that a customer can do something about on the page where they are.
pub(super) fn correctable(error: BillingError) -> Result<&'static str, PageError> {
    let error = ApiError::from(error);
    if error.status().is_client_error() || error.status() == StatusCode::SERVICE_UNAVAILABLE {
        Ok(word_of(&error))
    } else {
        Err(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, word, headers) = match self {
            Self::SignIn { next } => return Redirect::to(&sign_in_path(&next)).into_response(),
            Self::OwnerSignIn => return Redirect::to("/admin/sign-in").into_response(),
            Self::Forged => (StatusCode::FORBIDDEN, "forged", HeaderMap::new()),
            Self::LinkOver => (StatusCode::GONE, "link_over", HeaderMap::new()),
            Self::Api(error) => {
                if error.status().is_server_error() {
                    tracing::error!(%error, "a page could not be shown");
                }
                (error.status(), word_of(&error), error.headers())
            }
        };
        let mut response = (status, headers).into_response();
        response.extensions_mut().insert(Shown { word });
        response
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    t: &'a Locale,
    message: String,
    /// The way on: where to, and what it is called.
    way: (&'static str, &'static str),
}

/// Shows what handlers and extractors only named.
pub(super) async fn show(Spoken(t): Spoken, request: Request, next: Next) -> Response {
    let is_owners = request.uri().path().starts_with("/admin");
    let mut response = next.run(request).await;
    let Some(shown) = response.extensions_mut().remove::<Shown>() else {
        return response;
    };
    let page = Page {
        t,
        message: text_of(t, shown.word, response.status()),
        way: if is_owners {
            ("/admin/", "admin-to-overview")
        } else {
            ("/billing/", "back-to-billing")
        },
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(http::header::CONTENT_LENGTH);
    match page.render() {
        Ok(html) => (parts.status, parts.headers, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            parts.status.into_response()
        }
    }
}

/// A page that is made of a template.
pub(super) fn html(page: &impl Template) -> Result<Response, PageError> {
    let text = page.render().map_err(ApiError::internal)?;
    Ok(Html(text).into_response())
}
