//! `GET /v1/organizations/{organization}`: one organisation.

use super::{OrganizationBody, organization_id};
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;

/// Read an organisation
#[utoipa::path(
    get, path = "/v1/organizations/{organization}", tag = "Organizations", operation_id = "get_organization",
    params(("organization" = schema::OrganizationId, Path, description = "The organisation")),
    responses((status = 200, description = "The organisation", body = OrganizationBody), ReadProblems),
    security(("user" = [])),
)]
pub async fn get_organization(
    State(state): State<AppState>,
    user: LocalUser,
    Path(organization): Path<String>,
) -> Result<Json<OrganizationBody>, ApiError> {
    let id = organization_id(&organization)?;
    let (organization, role) = state.identity.organization(user.id, id).await?;
    Ok(Json(OrganizationBody::new(organization, role)))
}
