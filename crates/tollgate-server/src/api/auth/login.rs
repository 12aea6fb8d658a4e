//! `POST /auth/login`: tokens for an e-mail address and a password (RFC 6749, 4.3).

use super::{CookieChoice, TokenBody, answer};
use crate::api::extract::{Form, Query};
use crate::api::problem::ApiError;
use crate::api::user_errors::WriteErrors;
use crate::auth::extract::ClientAddress;
use crate::auth::limit::RateSlot;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

/// The password form of RFC 6749; other fields of it do not matter here.
#[derive(Deserialize, ToSchema)]
pub struct LoginForm {
    /// The e-mail address.
    #[schema(example = "test@example.com")]
    pub username: String,
    /// The password.
    #[schema(format = Password, example = "testpass123")]
    pub password: String,
}

/// Sign in.
#[utoipa::path(
    post,
    path = "/auth/login",
    operation_id = "login",
    tag = "Users",
    params(CookieChoice),
    request_body(content = LoginForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Tokens", body = TokenBody),
        WriteErrors,
    ),
    security(())
)]
pub async fn login(
    State(state): State<AppState>,
    address: ClientAddress,
    slot: RateSlot,
    Query(choice): Query<CookieChoice>,
    Form(form): Form<LoginForm>,
) -> Result<Response, ApiError> {
    let identity = &state.identity;
    let signed_in = identity.login(address.0, &form.username, &form.password);
    let (tokens, figures) = signed_in.await?;
    slot.show("login", figures);
    Ok(answer(tokens, identity.config(), choice.cookies))
}
