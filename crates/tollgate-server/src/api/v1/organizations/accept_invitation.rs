//! `POST /v1/invitations/accept`: the invited user becomes a member.

use super::OrganizationBody;
use crate::api::extract::Json;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::auth::extract::{ClientAddress, LocalUser};
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

/// The token of an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// As it was shown when the invitation was made.
    #[schema(max_length = 128)]
    pub token: String,
}

/// Accept an invitation
///
/// Only a user with the invited e-mail address can. Who is a member already keeps the higher role.
#[utoipa::path(
    post, path = "/v1/invitations/accept", tag = "Organizations", operation_id = "accept_invitation",
    request_body = AcceptBody,
    responses((status = 200, description = "The organisation", body = OrganizationBody), WriteProblems),
    security(("user" = [])),
)]
pub async fn accept_invitation(
    State(state): State<AppState>,
    user: LocalUser,
    address: ClientAddress,
    Json(body): Json<AcceptBody>,
) -> Result<axum::Json<OrganizationBody>, ApiError> {
    let identity = &state.identity;
    identity.count_attempt(address.0)?;
    let (id, _) = identity.accept_invitation(user.id, &body.token).await?;
    let (organization, role) = identity.organization(user.id, id).await?;
    Ok(axum::Json(OrganizationBody::new(organization, role)))
}
