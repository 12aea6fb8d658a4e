//! `GET /v1/organizations/{organization}/invitations`: who was invited, and what became of it.

use super::{RoleName, after, organization_id};
use crate::api::extract::{Path, Query};
use crate::api::openapi::ReadProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::api::v1::page::{List, PageQuery};
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate_core::Timestamp;
use tollgate_store::organization::Invitation;
use utoipa::ToSchema;

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationBody {
    /// Its own for ever.
    #[schema(value_type = schema::InvitationId)]
    pub id: String,
    /// Who is invited.
    pub email: String,
    /// What they will be.
    pub role: RoleName,
    /// What became of it.
    pub status: InvitationStatus,
    /// When it was made.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
    /// From when it can no longer be accepted.
    #[schema(value_type = schema::Instant)]
    pub expires_at: Instant,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// It can be accepted.
    Open,
    /// It was.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl InvitationBody {
    pub(super) fn new(invitation: Invitation, now: Timestamp) -> Self {
        let status = if invitation.accepted_at.is_some() {
            InvitationStatus::Accepted
        } else if invitation.revoked_at.is_some() {
            InvitationStatus::Revoked
        } else if invitation.expires_at <= now {
            InvitationStatus::Expired
        } else {
            InvitationStatus::Open
        };
        Self {
            id: invitation.id.to_string(),
            email: invitation.email,
            role: invitation.role.into(),
            status,
            created_at: Instant(invitation.created_at),
            expires_at: Instant(invitation.expires_at),
        }
    }
}

/// List an organisation's invitations
///
/// Admins and owners may.
#[utoipa::path(
    get, path = "/v1/organizations/{organization}/invitations", tag = "Organizations", operation_id = "list_invitations",
    params(("organization" = schema::OrganizationId, Path, description = "The organisation"), PageQuery),
    responses((status = 200, description = "The invitations", body = List<InvitationBody>), ReadProblems),
    security(("user" = [])),
)]
pub async fn list_invitations(
    State(state): State<AppState>,
    user: LocalUser,
    Path(organization): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<InvitationBody>>, ApiError> {
    let id = organization_id(&organization)?;
    let limit = page.limit()?;
    let after = after(page.starting_after.as_deref())?;
    let identity = &state.identity;
    let found = identity.invitations(user.id, id, after, limit + 1).await?;
    let now = identity.now();
    let bodies = found
        .into_iter()
        .map(|invitation| InvitationBody::new(invitation, now));
    let list = List::of_one_more(bodies.collect(), limit, |body: &InvitationBody| {
        body.id.clone()
    });
    Ok(Json(list))
}
