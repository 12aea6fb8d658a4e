//! `POST /v1/organizations/{organization}/invitations`: invites an e-mail address.

use super::{InvitationBody, RoleName, organization_id};
use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is invited, and as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// Whom; only a user with this address can accept.
    #[schema(format = Email, max_length = 254, example = "colleague@example.com")]
    pub email: String,
    /// What they will be.
    pub role: RoleName,
}

/// An invitation with its token.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewInvitationBody {
    /// What the invited person accepts it with. It is shown this once: send it to them.
    pub token: String,
    /// The invitation.
    #[serde(flatten)]
    pub invitation: InvitationBody,
}

/// Invite somebody
///
/// Admins and owners may, into roles up to their own.
#[utoipa::path(
    post, path = "/v1/organizations/{organization}/invitations", tag = "Organizations", operation_id = "invite",
    params(("organization" = schema::OrganizationId, Path, description = "The organisation")),
    request_body = InviteBody,
    responses((status = 201, description = "The invitation, with its token", body = NewInvitationBody), WriteProblems),
    security(("user" = [])),
)]
pub async fn invite(
    State(state): State<AppState>,
    user: LocalUser,
    Path(organization): Path<String>,
    Json(body): Json<InviteBody>,
) -> Result<(StatusCode, axum::Json<NewInvitationBody>), ApiError> {
    let id = organization_id(&organization)?;
    let role = body.role.into();
    let made = state
        .identity
        .invite(user.id, id, &body.email, role)
        .await?;
    let body = NewInvitationBody {
        token: made.token,
        invitation: InvitationBody::new(made.invitation, state.identity.now()),
    };
    Ok((StatusCode::CREATED, axum::Json(body)))
}
