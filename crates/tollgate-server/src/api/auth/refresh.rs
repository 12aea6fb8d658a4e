//! `POST /auth/refresh`: the next tokens for a refresh token, which is good for one exchange.

use super::{CookieChoice, TokenBody, answer};
use crate::api::extract::{OptionalJson, Query};
use crate::api::problem::ApiError;
use crate::api::user_errors::WriteErrors;
use crate::auth::extract::{ClientAddress, REFRESH_COOKIE, cookie, is_from_elsewhere};
use crate::auth::limit::RateSlot;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Method};
use serde::Deserialize;
use utoipa::ToSchema;

/// The token to exchange; without it, that of the cookie.
#[derive(Default, Deserialize, ToSchema)]
pub struct RefreshRequest {
    /// As signing in answered it.
    pub refresh_token: Option<String>,
}

impl RefreshRequest {
    /// The token of the body, or else that of the cookie, and whether it was the cookie's. A
    /// cookie counts only when a page of this site sent it.
    pub(super) fn token(self, headers: &HeaderMap) -> Option<(String, bool)> {
        if let Some(token) = self.refresh_token {
            return Some((token, false));
        }
        let sent = cookie(headers, REFRESH_COOKIE)?;
        (!is_from_elsewhere(&Method::POST, headers)).then(|| (sent.to_owned(), true))
    }
}

/// Exchange a refresh token.
#[utoipa::path(
    post,
    path = "/auth/refresh",
    operation_id = "refresh",
    tag = "Users",
    params(CookieChoice),
    request_body = RefreshRequest,
    responses(
        (status = 200, description = "The next tokens", body = TokenBody),
        WriteErrors,
    ),
    security(())
)]
pub async fn refresh(
    State(state): State<AppState>,
    address: ClientAddress,
    slot: RateSlot,
    headers: HeaderMap,
    Query(choice): Query<CookieChoice>,
    OptionalJson(request): OptionalJson<RefreshRequest>,
) -> Result<Response, ApiError> {
    let identity = &state.identity;
    slot.show("attempts", identity.count_attempt(address.0)?);
    let Some((token, was_cookie)) = request.token(&headers) else {
        return Err(ApiError::Unauthenticated("send a refresh token".to_owned()));
    };
    let tokens = identity.refresh(&token).await?;
    Ok(answer(
        tokens,
        identity.config(),
        choice.cookies || was_cookie,
    ))
}
