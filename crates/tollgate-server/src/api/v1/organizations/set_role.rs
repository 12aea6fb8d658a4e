//! `PUT /v1/organizations/{organization}/members/{member}`: changes what a member may do.

use super::{RoleName, member_id, organization_id};
use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    /// From now on.
    pub role: RoleName,
}

/// Change a member's role
///
/// Admins and owners may; nobody gives a role above their own or changes a member whose role is
/// above theirs. The last owner stays one.
#[utoipa::path(
    put, path = "/v1/organizations/{organization}/members/{member}", tag = "Organizations", operation_id = "set_member_role",
    params(
        ("organization" = schema::OrganizationId, Path, description = "The organisation"),
        ("member" = schema::UserId, Path, description = "The member"),
    ),
    request_body = RoleBody,
    responses((status = 200, description = "The role as it stands", body = RoleBody), WriteProblems),
    security(("user" = [])),
)]
pub async fn set_member_role(
    State(state): State<AppState>,
    user: LocalUser,
    Path((organization, member)): Path<(String, String)>,
    Json(body): Json<RoleBody>,
) -> Result<axum::Json<RoleBody>, ApiError> {
    let id = organization_id(&organization)?;
    let member = member_id(&member)?;
    let role = body.role.into();
    state.identity.set_role(user.id, id, member, role).await?;
    Ok(axum::Json(body))
}
