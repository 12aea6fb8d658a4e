//! `DELETE /v1/organizations/{organization}/members/{member}/caps/{meter}`: frees a member of its
//! cap.

use super::{member_id, organization_id};
use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use tollgate_core::id::{MemberId, MeterId};
use tollgate_core::plan::Reset;
use tollgate_core::request::SetMemberCap;

/// Free a member of my organisation of its cap
///
/// Admins and owners may. A member without a cap stays without one.
#[utoipa::path(
    delete, path = "/v1/organizations/{organization}/members/{member}/caps/{meter}", tag = "Organizations", operation_id = "remove_organization_member_cap",
    params(
        ("organization" = schema::OrganizationId, Path, description = "The organisation"),
        ("member" = schema::UserId, Path, description = "The member"),
        ("meter" = schema::MeterId, Path, description = "What is capped"),
    ),
    responses((status = 204, description = "There is no cap"), WriteProblems),
    security(("user" = [])),
)]
pub async fn remove_organization_member_cap(
    State(state): State<AppState>,
    user: LocalUser,
    Path((organization, member, meter)): Path<(String, String, MeterId)>,
) -> Result<StatusCode, ApiError> {
    let id = organization_id(&organization)?;
    let member = member_id(&member)?;
    let identity = &state.identity;
    identity.member_for_admin(user.id, id, member).await?;
    let (organization, _) = identity.organization(user.id, id).await?;
    let request = SetMemberCap {
        member: MemberId::new(&member.to_string()).map_err(ApiError::internal)?,
        meter: meter.clone(),
        units: None,
        reset: Reset::Never,
    };
    let tollgate = &state.tollgate;
    let decision = tollgate
        .set_member_cap(&organization.customer, request)
        .await?;
    granted(decision, tollgate.now())?;
    let detail = json!({ "member": member, "meter": meter.as_str(), "units": null });
    identity.record_member_cap(user.id, id, detail).await?;
    Ok(StatusCode::NO_CONTENT)
}
