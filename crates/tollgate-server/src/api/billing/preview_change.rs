//! `POST /billing/preview-change`: what a change of plan would cost and do.

use super::change_plan::ChangeRequest;
use super::payer::BillingErrors;
use crate::api::extract::Json;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::OrganizationHeader;
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeSet;
use tollgate_core::account::MeterUsage;
use tollgate_core::catalog::Catalog;
use tollgate_core::id::PlanId;
use utoipa::ToSchema;

/// What a change of plan would cost and do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewBody {
    /// The plan that the customer has.
    pub from: Option<String>,
    /// The plan that it would have.
    pub to: String,
    /// Whether it would hold at once.
    pub is_immediate: bool,
    /// From when it would hold.
    #[schema(value_type = String, format = DateTime)]
    pub effective_at: Instant,
    /// What would be charged at once, in the currency's smallest unit; null when nothing would, or
    /// when the payment page says it.
    pub due_cents: Option<i64>,
    /// ISO 4217, in small letters.
    pub currency: Option<String>,
    /// What the sum is made of.
    pub lines: Vec<PreviewLine>,
    /// Features that it would bring.
    pub gained: Vec<String>,
    /// Features that it would take away.
    pub lost: Vec<String>,
    /// Every meter, as it stands and as it would.
    pub meters: Vec<PreviewMeter>,
}

/// A part of the sum.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewLine {
    /// What it is for.
    pub description: Option<String>,
    /// In the currency's smallest unit; negative for a credit.
    pub amount_cents: i64,
}

/// A meter, as it stands and as it would.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewMeter {
    /// The meter.
    pub meter: String,
    /// Units that remain; null when unlimited.
    pub remaining_before: Option<u64>,
    /// Units that would remain; null when unlimited.
    pub remaining_after: Option<u64>,
}

/// What would a change of plan cost and do?
///
/// Nothing is done.
#[utoipa::path(
    post,
    path = "/billing/preview-change",
    operation_id = "preview_change",
    tag = "Billing",
    params(OrganizationHeader),
    request_body = ChangeRequest,
    responses((status = 200, description = "What it would do", body = PreviewBody), BillingErrors),
    security(("user" = []))
)]
pub async fn preview_change(
    State(state): State<AppState>,
    acting: ActingFor,
    Json(request): Json<ChangeRequest>,
) -> Result<axum::Json<PreviewBody>, ApiError> {
    let billing = state.billing()?;
    acting.account(&state.tollgate).await?;
    let preview = billing.preview(&acting.customer, &request.change()).await?;
    let catalog = state.tollgate.catalog();
    let has = |plan: Option<&PlanId>| features_of(&catalog, plan);
    let (before, after) = (
        has(preview.units.from.as_ref()),
        has(Some(&preview.units.to)),
    );
    let invoice = preview.invoice.as_deref();
    let lines = invoice.map_or(&[][..], |invoice| &invoice.lines.data);
    Ok(axum::Json(PreviewBody {
        from: preview.units.from.as_ref().map(ToString::to_string),
        to: preview.units.to.to_string(),
        is_immediate: preview.is_immediate,
        effective_at: Instant(preview.effective_at),
        due_cents: invoice.and_then(|invoice| invoice.amount_due),
        currency: invoice.and_then(|invoice| invoice.currency.clone()),
        lines: lines
            .iter()
            .map(|line| PreviewLine {
                description: line.description.clone(),
                amount_cents: line.amount.unwrap_or_default(),
            })
            .collect(),
        gained: after.difference(&before).cloned().collect(),
        lost: before.difference(&after).cloned().collect(),
        meters: meters(&preview.units.before, &preview.units.after),
    }))
}

/// The features of a plan, by the names that people read.
fn features_of(catalog: &Catalog, plan: Option<&PlanId>) -> BTreeSet<String> {
    let plan = plan.and_then(|plan| catalog.plans.get(plan));
    plan.map_or_else(BTreeSet::new, |plan| catalog.feature_names(plan))
}

fn meters(before: &[MeterUsage], after: &[MeterUsage]) -> Vec<PreviewMeter> {
    after
        .iter()
        .map(|after| PreviewMeter {
            meter: after.meter.to_string(),
            remaining_before: before
                .iter()
                .find(|before| before.meter == after.meter)
                .map_or(Some(0), |before| before.remaining),
            remaining_after: after.remaining,
        })
        .collect()
}
