//! `GET /v1/organizations/{organization}/caps`: what each member may use at most.

use super::organization_id;
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::members::{CapBody, Window, WindowAnchor};
use crate::api::v1::page::List;
use crate::auth::extract::LocalUser;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate_core::plan::{Anchor, Cadence, Reset};
use utoipa::ToSchema;

/// A member's cap, and what of it is used.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberCapBody {
    /// The member.
    #[schema(value_type = schema::UserId)]
    pub member: String,
    /// What is capped.
    #[schema(value_type = schema::MeterId)]
    pub meter: String,
    /// The cap.
    #[serde(flatten)]
    pub cap: CapBody,
    /// Units used and held in the running window.
    pub used: u64,
}

/// List member caps
///
/// All of them on one page, for every member to see.
#[utoipa::path(
    get, path = "/v1/organizations/{organization}/caps", tag = "Organizations", operation_id = "list_organization_caps",
    params(("organization" = schema::OrganizationId, Path, description = "The organisation")),
    responses((status = 200, description = "The caps", body = List<MemberCapBody>), ReadProblems),
    security(("user" = [])),
)]
pub async fn list_organization_caps(
    State(state): State<AppState>,
    user: LocalUser,
    Path(organization): Path<String>,
) -> Result<Json<List<MemberCapBody>>, ApiError> {
    let id = organization_id(&organization)?;
    let (organization, _) = state.identity.organization(user.id, id).await?;
    let tollgate = &state.tollgate;
    let Some(account) = tollgate.account(&organization.customer).await? else {
        return Ok(Json(List::whole(Vec::new())));
    };
    let now = tollgate.now();
    let caps = account.tallies().member_caps.iter();
    let bodies = caps.map(|cap| MemberCapBody {
        member: cap.member.to_string(),
        meter: cap.meter.to_string(),
        cap: cap_body(cap.units, cap.reset),
        used: account.member_used(cap, now),
    });
    Ok(Json(List::whole(bodies.collect())))
}

fn cap_body(units: u64, reset: Reset) -> CapBody {
    let (every, anchor) = match reset {
        Reset::Never => (Window::Never, WindowAnchor::Calendar),
        Reset::Every { cadence, anchor } => (window(cadence), window_anchor(anchor)),
    };
    CapBody {
        units,
        every,
        anchor,
    }
}

fn window(cadence: Cadence) -> Window {
    match cadence {
        Cadence::Minute => Window::Minute,
        Cadence::Hour => Window::Hour,
        Cadence::Day => Window::Day,
        Cadence::Week => Window::Week,
        Cadence::Month => Window::Month,
        Cadence::Year => Window::Year,
    }
}

fn window_anchor(anchor: Anchor) -> WindowAnchor {
    match anchor {
        Anchor::Calendar => WindowAnchor::Calendar,
        Anchor::Billing => WindowAnchor::Billing,
    }
}
