//! The figures of rate limits on answers: whoever counts a request puts them into its slot, and
//! the layer around the routes writes them into the headers.

use super::rate_limit::Figures;
use crate::api::problem::{RATE_LIMIT, RATE_LIMIT_POLICY};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

/// Where the figures of the limit that a request was counted against are put.
#[derive(Clone, Debug, Default)]
pub struct RateSlot(Arc<OnceLock<(&'static str, Figures)>>);

impl RateSlot {
    /// The slot of a request; without the layer, one that nobody looks into.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// Shows `figures` of the limit called `policy`. The first of a request are shown.
    pub fn show(&self, policy: &'static str, figures: Figures) {
        let _ = self.0.set((policy, figures));
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RateSlot {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

/// Writes the figures into the headers of answers that have none yet.
pub async fn show_figures(mut request: Request, next: Next) -> Response {
    let slot = RateSlot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    if let Some((policy, figures)) = slot.0.get() {
        let headers = response.headers_mut();
        put(headers, RATE_LIMIT_POLICY, &figures.policy_header(policy));
        put(headers, RATE_LIMIT, &figures.header(policy));
    }
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.entry(name).or_insert(value);
    }
}
