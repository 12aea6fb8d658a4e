//! `DELETE /v1/organizations/{organization}/members/{member}`: removes a member.

use super::{member_id, organization_id};
use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;

/// Remove a member
///
/// Admins and owners may, and everyone may leave. The last owner stays.
#[utoipa::path(
    delete, path = "/v1/organizations/{organization}/members/{member}", tag = "Organizations", operation_id = "remove_organization_member",
    params(
        ("organization" = schema::OrganizationId, Path, description = "The organisation"),
        ("member" = schema::UserId, Path, description = "The member"),
    ),
    responses((status = 204, description = "They are no member any more"), WriteProblems),
    security(("user" = [])),
)]
pub async fn remove_organization_member(
    State(state): State<AppState>,
    user: LocalUser,
    Path((organization, member)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = organization_id(&organization)?;
    let member = member_id(&member)?;
    state.identity.remove_member(user.id, id, member).await?;
    Ok(StatusCode::NO_CONTENT)
}
