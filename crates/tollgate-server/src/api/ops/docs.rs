//! `GET /docs`: the documentation to read and try out, which loads nothing from outside.

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use std::sync::LazyLock;

/// The page: its settings stand in a script of their own, so that no script is inline.
const PAGE: &str = include_str!("docs.html");
const SETTINGS: &str = include_str!("docs.js");

/// Everything from here. Styles are made by the script as it runs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; \
    base-uri 'none'; form-action 'none'";

static VIEWER: LazyLock<Bytes> =
    LazyLock::new(|| Bytes::from(scalar_api_reference::get_asset("scalar.js").unwrap_or_default()));

/// The page.
pub async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, PAGE).into_response()
}

/// Its settings.
pub async fn settings() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], SETTINGS).into_response()
}

/// The program that shows it.
pub async fn viewer() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, VIEWER.clone()).into_response()
}
