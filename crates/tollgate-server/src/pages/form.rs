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

/// Somebody with a session, whose forms carry its mark.
pub(super) trait HasMark {
    /// What their forms must carry.
    fn mark(&self) -> &str;
}

/// A form of a visitor. It carries the mark of their session, which no other site can know, and
/// comes from a page of this one.
#[derive(Debug)]
pub(super) struct SignedForm<T, V = PageVisitor> {
    /// Who sent it.
    pub(super) visitor: V,
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

impl<T, V> FromRequest<AppState> for SignedForm<T, V>
where
    T: DeserializeOwned,
    V: FromRequestParts<AppState, Rejection = PageError> + HasMark + Send,
{
    type Rejection = PageError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        if is_from_elsewhere(&parts.method, &parts.headers) {
            return Err(PageError::Forged);
        }
        let visitor = V::from_request_parts(&mut parts, state).await?;
        let request = Request::from_parts(parts, body);
        let Form(form) = Form::<Marked<T>>::from_request(request, state).await?;
        let is_marked = form.mark.as_bytes().ct_eq(visitor.mark().as_bytes());
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

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

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
