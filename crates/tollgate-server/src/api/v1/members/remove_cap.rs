//! `DELETE /v1/customers/{customer}/members/{member}/caps/{meter}`: frees a member of its cap.

use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use tollgate_core::id::{MemberId, MeterId};
use tollgate_core::plan::Reset;
use tollgate_core::request::SetMemberCap;

/// Free a member of its cap
///
/// A member without a cap stays without one.
#[utoipa::path(
    delete, path = "/v1/customers/{customer}/members/{member}/caps/{meter}", tag = "Members", operation_id = "remove_member_cap",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("member" = schema::MemberId, Path, description = "The member"),
        ("meter" = schema::MeterId, Path, description = "What is capped"),
    ),
    responses((status = 204, description = "There is no cap"), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn remove_member_cap(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path((customer, member, meter)): Path<(String, MemberId, MeterId)>,
) -> Result<StatusCode, ApiError> {
    let customer = caller.customer(&customer)?;
    let detail = json!({ "member": member, "meter": meter });
    let request = SetMemberCap {
        member,
        meter,
        units: None,
        reset: Reset::Never,
    };
    let decision = state.tollgate.set_member_cap(&customer, request).await?;
    granted(decision, state.tollgate.now())?;
    state
        .identity
        .note(caller.actor(), "member_cap.removed", &customer, detail)
        .await;
    Ok(StatusCode::NO_CONTENT)
}
