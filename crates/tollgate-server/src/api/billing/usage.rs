//! `GET /billing/usage`: the quota of the running period.

use super::subscription::{no_subscription, owner};
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::{OrganizationHeader, ReadErrors, UserError};
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate_core::account::{Account, MeterUsage};
use utoipa::ToSchema;

/// The quota of the running period, of all meters together; with one meter, it is that meter's.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaBody {
    /// The customer and the start of the period: another period is another quota.
    #[schema(example = "usr_01hf8q4s0r0000000000000001/2026-01-15T12:00:00Z")]
    pub id: String,
    /// The subscription that gives it; null when all of it was bought or given.
    pub subscription_id: Option<String>,
    /// The user, when the customer is one.
    pub user_id: Option<String>,
    /// The organisation, when the customer is one.
    pub org_id: Option<String>,
    /// The sums.
    #[serde(flatten)]
    pub total: QuotaFigures,
    /// When this quota began: the start of the period.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Instant>,
    /// When the customer's account last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// The quota of each meter.
    pub meters: Vec<MeterQuota>,
}

/// The quota of one meter.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeterQuota {
    /// The meter.
    #[schema(example = "operations")]
    pub meter: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: QuotaFigures,
}

/// The figures of a quota.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct QuotaFigures {
    /// The first instant of the period; null when nothing is renewed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub period_start: Option<Instant>,
    /// The first instant after it; null when nothing is renewed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub period_end: Option<Instant>,
    /// Units in all, carried over and bought ones included; null when unlimited.
    #[schema(example = 160)]
    pub quota_limit: Option<u64>,
    /// Units used.
    pub quota_used: u64,
    /// Units that can still be used; null when unlimited.
    pub quota_remaining: Option<u64>,
    /// Of the limit, units that were left of earlier periods.
    #[schema(example = 10)]
    pub carryover_from_previous: u64,
    /// Of the limit, units that were bought or given.
    pub quota_purchased: u64,
    /// Units set aside by reservations.
    pub quota_held: u64,
}

/// My quota.
#[utoipa::path(
    get,
    path = "/billing/usage",
    operation_id = "billing_usage",
    tag = "Billing",
    params(OrganizationHeader),
    responses(
        (status = 200, description = "The quota", body = QuotaBody),
        (status = 404, description = "No subscription, and nothing bought", body = UserError),
        ReadErrors,
    ),
    security(("user" = []))
)]
pub async fn usage(
    State(state): State<AppState>,
    acting: ActingFor,
) -> Result<Json<QuotaBody>, ApiError> {
    let tollgate = &state.tollgate;
    let account = acting.account(tollgate).await?;
    let meters = account.meters_usage(&tollgate.catalog(), tollgate.now());
    if meters.is_empty() {
        return Err(no_subscription());
    }
    Ok(Json(QuotaBody::new(
        &account,
        &meters,
        acting.member.is_some(),
    )))
}

impl QuotaBody {
    fn new(account: &Account, meters: &[MeterUsage], is_organization: bool) -> Self {
        let (user_id, org_id) = owner(account.customer().to_string(), is_organization);
        let figures = meters.iter().map(QuotaFigures::new);
        let total = figures.reduce(QuotaFigures::plus);
        let total = total.unwrap_or(QuotaFigures::NONE);
        let customer = account.customer();
        let id = match total.period_start {
            Some(start) => format!("{customer}/{}", start.0),
            None => customer.to_string(),
        };
        Self {
            id,
            subscription_id: account.subscription_id().map(|id| id.to_string()),
            user_id,
            org_id,
            created_at: total.period_start,
            total,
            updated_at: Instant(account.at()),
            meters: meters
                .iter()
                .map(|usage| MeterQuota {
                    meter: usage.meter.to_string(),
                    figures: QuotaFigures::new(usage),
                })
                .collect(),
        }
    }
}

impl QuotaFigures {
    const NONE: Self = Self {
        period_start: None,
        period_end: None,
        quota_limit: Some(0),
        quota_used: 0,
        quota_remaining: Some(0),
        carryover_from_previous: 0,
        quota_purchased: 0,
        quota_held: 0,
    };

    fn new(usage: &MeterUsage) -> Self {
        let period_end = Instant::finite(usage.period.end);
        Self {
            period_start: period_end.map(|_| Instant(usage.period.start)),
            period_end,
            quota_limit: usage.limit,
            quota_used: usage.used,
            quota_remaining: usage.remaining,
            carryover_from_previous: usage.carried_over,
            quota_purchased: usage.extra,
            quota_held: usage.held,
        }
    }

    /// Both together: the period is that which ends first.
    fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| Some(one?.saturating_add(other?));
        let end = |figures: &Self| figures.period_end.map(|end| end.0);
        let is_first = match (end(&self), end(&other)) {
            (Some(own), Some(other)) => own <= other,
            (own, _) => own.is_some(),
        };
        let first = if is_first { self } else { other };
        Self {
            period_start: first.period_start,
            period_end: first.period_end,
            quota_limit: sum(self.quota_limit, other.quota_limit),
            quota_used: self.quota_used.saturating_add(other.quota_used),
            quota_remaining: sum(self.quota_remaining, other.quota_remaining),
            carryover_from_previous: self
                .carryover_from_previous
                .saturating_add(other.carryover_from_previous),
            quota_purchased: self.quota_purchased.saturating_add(other.quota_purchased),
            quota_held: self.quota_held.saturating_add(other.quota_held),
        }
    }
}
