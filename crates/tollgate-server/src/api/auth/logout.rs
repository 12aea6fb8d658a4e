//! `POST /auth/logout`: ends a session, for which its refresh token or an access token will do.

use super::forget;
use super::refresh::RefreshRequest;
use crate::api::extract::OptionalJson;
use crate::api::problem::ApiError;
use crate::api::user_errors::WriteErrors;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use http::{HeaderMap, StatusCode};

/// Sign out.
#[utoipa::path(
    post,
    path = "/auth/logout",
    operation_id = "logout",
    tag = "Users",
    request_body = RefreshRequest,
    responses(
        (status = 204, description = "The session has ended; a token that was not valid changes nothing"),
        WriteErrors,
    ),
    security((), ("user" = []))
)]
pub async fn logout(
    State(state): State<AppState>,
    user: Result<LocalUser, ApiError>,
    headers: HeaderMap,
    OptionalJson(request): OptionalJson<RefreshRequest>,
) -> Result<(StatusCode, HeaderMap), ApiError> {
    let identity = &state.identity;
    if let Some((token, _)) = request.token(&headers) {
        identity.logout_by_refresh_token(&token).await?;
    } else {
        let user = user?;
        identity.logout(user.id, &user.session).await?;
    }
    Ok((StatusCode::NO_CONTENT, forget(identity.config())))
}
