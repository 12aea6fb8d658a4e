//! `POST /v1/customers/{customer}/grants/{grant}/revoke`: takes back what is left.

use crate::api::extract::{OptionalJson, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tollgate_core::id::GrantId;
use tollgate_core::plan::UNITS_MAX;
use utoipa::ToSchema;

/// How much to take back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeBody {
    /// At most so many units; all that is left when left out.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_u64)]
    pub units: Option<u64>,
}

/// What was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevokeAnswer {
    /// The grant's id.
    #[schema(value_type = schema::GrantId)]
    pub id: GrantId,
    /// Units taken back.
    pub revoked: u64,
}

/// Take back what is left of a grant
///
/// What was used stays used; what is held stays held.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/grants/{grant}/revoke", tag = "Grants", operation_id = "revoke_grant",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("grant" = schema::GrantId, Path, description = "The grant"),
    ),
    request_body = Option<RevokeBody>,
    responses((status = 200, description = "Taken back", body = RevokeAnswer), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn revoke_grant(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path((customer, grant)): Path<(String, GrantId)>,
    OptionalJson(body): OptionalJson<RevokeBody>,
) -> Result<axum::Json<RevokeAnswer>, ApiError> {
    let customer = caller.customer(&customer)?;
    let units = body.units.unwrap_or(UNITS_MAX);
    if units == 0 || units > UNITS_MAX {
        return Err(ApiError::InvalidRequest(format!(
            "units must be from 1 to {UNITS_MAX}"
        )));
    }
    let decision = state.tollgate.revoke(&customer, grant, units).await?;
    let revoked = granted(decision, state.tollgate.now())?;
    let detail = json!({ "grant": grant, "units": revoked });
    state
        .identity
        .note(caller.actor(), "grant.revoked", &customer, detail)
        .await;
    Ok(axum::Json(RevokeAnswer { id: grant, revoked }))
}
