//! `DELETE /v1/organizations/{organization}/invitations/{invitation}`: takes an invitation back.

use super::organization_id;
use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::LocalUser;
use crate::identity::IdentityError;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;

/// Take an invitation back
///
/// Admins and owners may, as long as it is open.
#[utoipa::path(
    delete, path = "/v1/organizations/{organization}/invitations/{invitation}", tag = "Organizations", operation_id = "revoke_invitation",
    params(
        ("organization" = schema::OrganizationId, Path, description = "The organisation"),
        ("invitation" = schema::InvitationId, Path, description = "The invitation"),
    ),
    responses((status = 204, description = "It can no longer be accepted"), WriteProblems),
    security(("user" = [])),
)]
pub async fn revoke_invitation(
    State(state): State<AppState>,
    user: LocalUser,
    Path((organization, invitation)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = organization_id(&organization)?;
    let invitation = invitation
        .parse()
        .map_err(|_| IdentityError::UnknownInvitation)?;
    let identity = &state.identity;
    identity.revoke_invitation(user.id, id, invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}
