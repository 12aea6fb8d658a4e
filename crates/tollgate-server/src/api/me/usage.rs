//! `GET /me/usage`: the plan, the month, and what each feature has left.

use crate::api::problem::ApiError;
use crate::api::user_errors::{OrganizationHeader, ReadErrors};
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use tollgate_core::account::FeatureUsage;
use utoipa::ToSchema;

/// What the customer has and used.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageBody {
    /// The plan; null without one.
    #[schema(example = "free")]
    pub plan: Option<String>,
    /// The calendar month in the customer's time zone.
    #[schema(example = "2026-01")]
    pub month_key: String,
    /// Every feature that the plan or a grant gives.
    pub features: BTreeMap<String, FeatureBody>,
}

/// What one feature has, in units of its meter.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeatureBody {
    /// Units in this period; null when unlimited.
    pub limit: Option<u64>,
    /// Units used.
    pub used: u64,
    /// Units left; null when unlimited.
    pub remaining: Option<u64>,
    /// Whether there is no limit.
    pub unlimited: bool,
}

impl From<FeatureUsage> for FeatureBody {
    fn from(usage: FeatureUsage) -> Self {
        Self {
            limit: usage.limit,
            used: usage.used,
            remaining: usage.remaining,
            unlimited: usage.unlimited,
        }
    }
}

/// My usage.
#[utoipa::path(
    get,
    path = "/me/usage",
    operation_id = "my_usage",
    tag = "Users",
    params(OrganizationHeader),
    responses(
        (status = 200, description = "Plan, month and features", body = UsageBody),
        ReadErrors,
    ),
    security(("user" = []))
)]
pub async fn usage(
    State(state): State<AppState>,
    acting: ActingFor,
) -> Result<Json<UsageBody>, ApiError> {
    let tollgate = &state.tollgate;
    let account = acting.account(tollgate).await?;
    let report = account.usage(&tollgate.catalog(), tollgate.now());
    Ok(Json(UsageBody {
        plan: report.plan.map(|plan| plan.to_string()),
        month_key: report.month_key.to_string(),
        features: report
            .features
            .into_iter()
            .map(|(feature, usage)| (feature.to_string(), usage.into()))
            .collect(),
    }))
}
