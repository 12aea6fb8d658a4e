//! Forms that only our own pages can send, and what stands behind the question mark.

use super::problem::PageError;
use super::visitor::PageVisitor;
use crate::api::extract::{Form, Query};
use crate::auth::extract::is_from_elsewhere;
use crate::state::AppState;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

/// A form of a visitor. It carries the mark of their session, which no other site can know, and
/// comes from a page of this one.
#[derive(Debug)]
pub(super) struct SignedForm<T> {
    /// Who sent it.
    pub(super) visitor: PageVisitor,
    /// What they sent.
    pub(super) fields: T,
}

#[derive(Deserialize)]
struct Marked<T> {
    #[serde(default)]
    mark: String,
    #[serde(flatten)]
    fields: T,
}

impl<T: DeserializeOwned> FromRequest<AppState> for SignedForm<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        if is_from_elsewhere(&parts.method, &parts.headers) {
            return Err(PageError::Forged);
        }
        let visitor = PageVisitor::from_request_parts(&mut parts, state).await?;
        let request = Request::from_parts(parts, body);
        let Form(form) = Form::<Marked<T>>::from_request(request, state).await?;
        let is_marked = form.mark.as_bytes().ct_eq(visitor.mark.as_bytes());
        if !bool::from(is_marked) {
            return Err(PageError::Forged);
        }
        Ok(Self {
            visitor,
            fields: form.fields,
        })
    }
}

/// A form of somebody who is not signed in. It comes from a page of this site, so that no other
/// site signs anybody in.
#[derive(Debug)]
pub(super) struct OpenForm<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for OpenForm<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, PageError> {
        if is_from_elsewhere(request.method(), request.headers()) {
            return Err(PageError::Forged);
        }
        let Form(fields) = Form::<T>::from_request(request, state).await?;
        Ok(Self(fields))
    }
}

/// What stands behind the question mark. What cannot be read is told on a page.
#[derive(Debug)]
pub(super) struct PageQuery<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for PageQuery<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let Query(wishes) = Query::<T>::from_request_parts(parts, state).await?;
        Ok(Self(wishes))
    }
}
