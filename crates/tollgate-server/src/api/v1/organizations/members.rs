//! `GET /v1/organizations/{organization}/members`: who belongs to it.

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
use utoipa::ToSchema;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationMemberBody {
    /// The user; their usage is recorded under this id.
    #[schema(value_type = schema::UserId)]
    pub user_id: String,
    /// Their e-mail address.
    pub email: Option<String>,
    /// What they want to be called.
    pub name: Option<String>,
    /// What they may do.
    pub role: RoleName,
    /// Since when they belong to it.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
}

/// List an organisation's members
#[utoipa::path(
    get, path = "/v1/organizations/{organization}/members", tag = "Organizations", operation_id = "list_organization_members",
    params(("organization" = schema::OrganizationId, Path, description = "The organisation"), PageQuery),
    responses((status = 200, description = "The members", body = List<OrganizationMemberBody>), ReadProblems),
    security(("user" = [])),
)]
pub async fn list_organization_members(
    State(state): State<AppState>,
    user: LocalUser,
    Path(organization): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<OrganizationMemberBody>>, ApiError> {
    let id = organization_id(&organization)?;
    let limit = page.limit()?;
    let after = after(page.starting_after.as_deref())?;
    let members = state
        .identity
        .members(user.id, id, after, limit + 1)
        .await?;
    let bodies = members.into_iter().map(|(membership, user)| {
        let (email, name) = user.map(|user| (user.email, user.name)).unzip();
        OrganizationMemberBody {
            user_id: membership.user.to_string(),
            email,
            name: name.flatten(),
            role: membership.role.into(),
            created_at: Instant(membership.created_at),
        }
    });
    let list = List::of_one_more(bodies.collect(), limit, |body: &OrganizationMemberBody| {
        body.user_id.clone()
    });
    Ok(Json(list))
}
