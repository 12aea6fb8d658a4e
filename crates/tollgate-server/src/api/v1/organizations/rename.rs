//! `PATCH /v1/organizations/{organization}`: changes its name.

use super::{OrganizationBody, OrganizationNameBody, organization_id};
use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;

/// Rename an organisation
///
/// Admins and owners may.
#[utoipa::path(
    patch, path = "/v1/organizations/{organization}", tag = "Organizations", operation_id = "rename_organization",
    params(("organization" = schema::OrganizationId, Path, description = "The organisation")),
    request_body = OrganizationNameBody,
    responses((status = 200, description = "The organisation", body = OrganizationBody), WriteProblems),
    security(("user" = [])),
)]
pub async fn rename_organization(
    State(state): State<AppState>,
    user: LocalUser,
    Path(organization): Path<String>,
    Json(body): Json<OrganizationNameBody>,
) -> Result<axum::Json<OrganizationBody>, ApiError> {
    let id = organization_id(&organization)?;
    let identity = &state.identity;
    identity
        .rename_organization(user.id, id, &body.name)
        .await?;
    let (organization, role) = identity.organization(user.id, id).await?;
    Ok(axum::Json(OrganizationBody::new(organization, role)))
}
