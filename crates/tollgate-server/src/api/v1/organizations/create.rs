//! `POST /v1/organizations`: founds an organisation, with a customer on the default plan at once.

use super::{OrganizationBody, OrganizationNameBody};
use crate::api::extract::Json;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use tollgate_store::organization::Role;

/// Found an organisation
///
/// The user who asks is its first owner.
#[utoipa::path(
    post, path = "/v1/organizations", tag = "Organizations", operation_id = "create_organization",
    request_body = OrganizationNameBody,
    responses((status = 201, description = "The organisation", body = OrganizationBody), WriteProblems),
    security(("user" = [])),
)]
pub async fn create_organization(
    State(state): State<AppState>,
    user: LocalUser,
    Json(body): Json<OrganizationNameBody>,
) -> Result<(StatusCode, axum::Json<OrganizationBody>), ApiError> {
    let founded = state.identity.create_organization(user.id, &body.name);
    let organization = founded.await?;
    let opened = state.tollgate.open_customer(&organization.customer, None);
    opened.await?;
    let body = OrganizationBody::new(organization, Role::Owner);
    Ok((StatusCode::CREATED, axum::Json(body)))
}
