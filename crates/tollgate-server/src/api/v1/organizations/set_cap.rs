//! `PUT /v1/organizations/{organization}/members/{member}/caps/{meter}`: caps a member.

use super::{member_id, organization_id};
use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::api::v1::members::CapBody;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use serde_json::json;
use tollgate_core::id::{MemberId, MeterId};
use tollgate_core::plan::UNITS_MAX;
use tollgate_core::request::SetMemberCap;

/// Cap a member of my organisation
///
/// Admins and owners may. The member may use at most so many units of the meter in each window,
/// whatever the organisation still has. What was used in the running window counts.
#[utoipa::path(
    put, path = "/v1/organizations/{organization}/members/{member}/caps/{meter}", tag = "Organizations", operation_id = "set_organization_member_cap",
    params(
        ("organization" = schema::OrganizationId, Path, description = "The organisation"),
        ("member" = schema::UserId, Path, description = "The member"),
        ("meter" = schema::MeterId, Path, description = "What is capped"),
    ),
    request_body = CapBody,
    responses((status = 200, description = "The cap as it stands", body = CapBody), WriteProblems),
    security(("user" = [])),
)]
pub async fn set_organization_member_cap(
    State(state): State<AppState>,
    user: LocalUser,
    Path((organization, member, meter)): Path<(String, String, MeterId)>,
    Json(body): Json<CapBody>,
) -> Result<axum::Json<CapBody>, ApiError> {
    let id = organization_id(&organization)?;
    let member = member_id(&member)?;
    let identity = &state.identity;
    identity.member_for_admin(user.id, id, member).await?;
    if body.units > UNITS_MAX {
        return Err(ApiError::InvalidRequest(format!(
            "units must be from 0 to {UNITS_MAX}"
        )));
    }
    let (organization, _) = identity.organization(user.id, id).await?;
    let request = SetMemberCap {
        member: MemberId::new(&member.to_string()).map_err(ApiError::internal)?,
        meter: meter.clone(),
        units: Some(body.units),
        reset: body.reset(),
    };
    let tollgate = &state.tollgate;
    let decision = tollgate
        .set_member_cap(&organization.customer, request)
        .await?;
    granted(decision, tollgate.now())?;
    let detail = json!({ "member": member, "meter": meter.as_str(), "units": body.units });
    identity.record_member_cap(user.id, id, detail).await?;
    Ok(axum::Json(body))
}
