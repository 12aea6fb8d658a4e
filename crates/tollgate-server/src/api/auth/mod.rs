//! Accounts and sessions of the app's users.

pub mod jwks;
pub mod login;
pub mod logout;
pub mod me;
pub mod refresh;
pub mod register;

use crate::auth::extract::{ACCESS_COOKIE, REFRESH_COOKIE, new_cookie};
use crate::config::auth::AuthConfig;
use crate::identity::Tokens;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, PRAGMA, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What signing in and refreshing answer (RFC 6749, 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenBody {
    /// For `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `bearer`.
    #[schema(value_type = String, example = "bearer")]
    pub token_type: &'static str,
    /// Seconds for which the access token is valid.
    pub expires_in: i64,
    /// For `POST /auth/refresh`, once.
    pub refresh_token: String,
}

/// Whether a browser shall keep the tokens.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CookieChoice {
    /// Whether to set the tokens as cookies, too. Requests with cookies that change something must
    /// come from a page of the same site, or carry `X-Requested-With`.
    #[serde(default)]
    pub cookies: bool,
}

/// Tokens, never kept by caches.
fn answer(tokens: Tokens, config: &AuthConfig, cookies: bool) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if cookies {
        let access = (ACCESS_COOKIE, "/", tokens.access_token.as_str());
        set_cookie(&mut headers, access, tokens.expires_in, config);
        let refresh = (REFRESH_COOKIE, "/auth", tokens.refresh_token.as_str());
        set_cookie(&mut headers, refresh, tokens.refresh_expires_in, config);
    }
    let body = TokenBody {
        access_token: tokens.access_token,
        token_type: "bearer",
        expires_in: tokens.expires_in,
        refresh_token: tokens.refresh_token,
    };
    (headers, axum::Json(body)).into_response()
}

/// Lets a browser forget the tokens.
fn forget(config: &AuthConfig) -> HeaderMap {
    let mut headers = HeaderMap::new();
    set_cookie(&mut headers, (ACCESS_COOKIE, "/", ""), 0, config);
    set_cookie(&mut headers, (REFRESH_COOKIE, "/auth", ""), 0, config);
    headers
}

fn set_cookie(
    headers: &mut HeaderMap,
    cookie: (&str, &str, &str),
    seconds: i64,
    config: &AuthConfig,
) {
    let cookie = new_cookie(cookie, seconds, "Lax", config);
    headers.append(SET_COOKIE, cookie);
}
