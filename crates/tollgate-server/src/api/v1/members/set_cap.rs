//! `PUT /v1/customers/{customer}/members/{member}/caps/{meter}`: caps a member.

use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tollgate_core::id::{MemberId, MeterId};
use tollgate_core::plan::{Anchor, Cadence, Reset, UNITS_MAX};
use tollgate_core::request::SetMemberCap;
use utoipa::ToSchema;

/// A member's cap.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapBody {
    /// Units for each window.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_u64)]
    pub units: u64,
    /// How long a window is.
    #[serde(default)]
    pub every: Window,
    /// What windows are counted from.
    #[serde(default)]
    pub anchor: WindowAnchor,
}

/// How long a window is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// 60 seconds.
    Minute,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    #[default]
    Month,
    /// A year.
    Year,
    /// It never ends.
    Never,
}

/// What windows are counted from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowAnchor {
    /// The calendar in the customer's time zone.
    #[default]
    Calendar,
    /// The subscription's billing period.
    Billing,
}

impl CapBody {
    /// How long a window is, as the engine has it.
    pub fn reset(self) -> Reset {
        let cadence = match self.every {
            Window::Minute => Cadence::Minute,
            Window::Hour => Cadence::Hour,
            Window::Day => Cadence::Day,
            Window::Week => Cadence::Week,
            Window::Month => Cadence::Month,
            Window::Year => Cadence::Year,
            Window::Never => return Reset::Never,
        };
        let anchor = match self.anchor {
            WindowAnchor::Calendar => Anchor::Calendar,
            WindowAnchor::Billing => Anchor::Billing,
        };
        Reset::Every { cadence, anchor }
    }
}

/// Cap a member
///
/// The member may use at most so many units of the meter in each window, whatever the customer
/// still has. What was used in the running window counts.
#[utoipa::path(
    put, path = "/v1/customers/{customer}/members/{member}/caps/{meter}", tag = "Members", operation_id = "set_member_cap",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("member" = schema::MemberId, Path, description = "The member"),
        ("meter" = schema::MeterId, Path, description = "What is capped"),
    ),
    request_body = CapBody,
    responses((status = 200, description = "The cap as it stands", body = CapBody), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn set_member_cap(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path((customer, member, meter)): Path<(String, MemberId, MeterId)>,
    Json(body): Json<CapBody>,
) -> Result<axum::Json<CapBody>, ApiError> {
    let customer = caller.customer(&customer)?;
    if body.units > UNITS_MAX {
        return Err(ApiError::InvalidRequest(format!(
            "units must be from 0 to {UNITS_MAX}"
        )));
    }
    let detail = json!({ "member": member, "meter": meter, "units": body.units });
    let request = SetMemberCap {
        member,
        meter,
        units: Some(body.units),
        reset: body.reset(),
    };
    let decision = state.tollgate.set_member_cap(&customer, request).await?;
    granted(decision, state.tollgate.now())?;
    state
        .identity
        .note(caller.actor(), "member_cap.set", &customer, detail)
        .await;
    Ok(axum::Json(body))
}
