//! `GET /v1/customers/{customer}/usage`: what the customer has and used.

use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use tollgate_core::account::{FeatureUsage, MeterUsage, UsageReport};
use tollgate_core::id::{MeterId, PlanId};
use utoipa::ToSchema;

/// A customer's usage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub struct UsageBody {
    /// The customer.
    #[schema(value_type = schema::CustomerId)]
    pub customer: String,
    /// The plan.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<PlanId>,
    /// The calendar month in the customer's zone.
    #[schema(example = "2026-01")]
    pub month_key: String,
    /// Every feature that the plan or a grant gives.
    pub features: BTreeMap<String, FeatureUsageBody>,
    /// Every meter that the plan or a grant gives.
    pub meters: Vec<MeterUsageBody>,
}

/// What a feature has, in units of its meter.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeatureUsageBody {
    /// Units in this period; null when unlimited.
    pub limit: Option<u64>,
    /// Units used.
    pub used: u64,
    /// Units left; null when unlimited.
    pub remaining: Option<u64>,
    /// Whether there is no limit.
    pub unlimited: bool,
}

/// What a meter has.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeterUsageBody {
    /// The meter.
    #[schema(value_type = schema::MeterId)]
    pub meter: MeterId,
    /// When its running period began; null when it has none.
    #[schema(value_type = Option<schema::Instant>)]
    pub period_start: Option<Instant>,
    /// When it ends; null for never.
    #[schema(value_type = Option<schema::Instant>)]
    pub period_end: Option<Instant>,
    /// Units of all live grants in this period; null when unlimited.
    pub limit: Option<u64>,
    /// Units used.
    pub used: u64,
    /// Units set aside by reservations.
    pub held: u64,
    /// Units left; null when unlimited.
    pub remaining: Option<u64>,
    /// Whether there is no limit.
    pub unlimited: bool,
    /// Of the limit, units of earlier periods.
    pub carried_over: u64,
    /// Of the limit, units that were bought or given.
    pub extra: u64,
    /// Units used by each feature.
    pub features: BTreeMap<String, u64>,
}

impl UsageBody {
    /// As it is answered to a key that calls the customer `customer`.
    pub fn new(customer: String, report: UsageReport) -> Self {
        let features = report.features.into_iter();
        Self {
            customer,
            plan: report.plan,
            month_key: report.month_key.to_string(),
            features: features
                .map(|(id, usage)| (id.to_string(), usage.into()))
                .collect(),
            meters: report
                .meters
                .into_iter()
                .map(MeterUsageBody::from)
                .collect(),
        }
    }
}

impl From<FeatureUsage> for FeatureUsageBody {
    fn from(usage: FeatureUsage) -> Self {
        Self {
            limit: usage.limit,
            used: usage.used,
            remaining: usage.remaining,
            unlimited: usage.unlimited,
        }
    }
}

impl From<MeterUsage> for MeterUsageBody {
    fn from(usage: MeterUsage) -> Self {
        let features = usage.features.into_iter();
        Self {
            meter: usage.meter,
            period_start: Instant::finite(usage.period.start)
                .filter(|start| start.0 > tollgate_core::Timestamp::MIN),
            period_end: Instant::finite(usage.period.end),
            limit: usage.limit,
            used: usage.used,
            held: usage.held,
            remaining: usage.remaining,
            unlimited: usage.limit.is_none(),
            carried_over: usage.carried_over,
            extra: usage.extra,
            features: features
                .map(|(id, units)| (id.to_string(), units))
                .collect(),
        }
    }
}

/// What a customer has and used
#[utoipa::path(
    get, path = "/v1/customers/{customer}/usage", tag = "Usage", operation_id = "get_usage",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    responses((status = 200, description = "The usage as of now", body = UsageBody), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn get_usage(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
) -> Result<axum::Json<UsageBody>, ApiError> {
    let id = caller.customer(&customer)?;
    let report = state.tollgate.usage(&id).await?;
    let report = report.ok_or_else(ApiError::unknown_customer)?;
    Ok(axum::Json(UsageBody::new(customer, report)))
}
