//! `GET /v1/organizations`: the organisations of the user who asks.

use super::OrganizationBody;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::v1::page::List;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;

/// List my organisations
///
/// All of them on one page.
#[utoipa::path(
    get, path = "/v1/organizations", tag = "Organizations", operation_id = "list_organizations",
    responses((status = 200, description = "The organisations", body = List<OrganizationBody>), ReadProblems),
    security(("user" = [])),
)]
pub async fn list_organizations(
    State(state): State<AppState>,
    user: LocalUser,
) -> Result<Json<List<OrganizationBody>>, ApiError> {
    let found = state.identity.organizations_of(user.id).await?;
    let bodies = found
        .into_iter()
        .map(|(organization, role)| OrganizationBody::new(organization, role));
    Ok(Json(List::whole(bodies.collect())))
}
