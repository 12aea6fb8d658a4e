//! `GET /billing/status`: whether billing is there, and what it can do.

use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether billing is there.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusBody {
    /// Always `ok`: a server that cannot answer does not.
    #[schema(value_type = String, example = "ok")]
    pub status: &'static str,
    /// Whether payments can be taken.
    pub stripe_configured: bool,
    /// Stripe's publishable key, for pages.
    pub publishable_key: Option<String>,
    /// The plans that can be chosen.
    pub plans: Vec<String>,
    /// The version of the catalog that they are of.
    pub catalog_version: u32,
}

/// The state of billing.
#[utoipa::path(
    get,
    path = "/billing/status",
    operation_id = "billing_status",
    tag = "Billing",
    responses((status = 200, description = "The state", body = StatusBody)),
    security(())
)]
pub async fn status(State(state): State<AppState>) -> Json<StatusBody> {
    let catalog = state.tollgate.catalog();
    let plans = catalog.plans_by_price().into_iter();
    Json(StatusBody {
        status: "ok",
        stripe_configured: state.billing.is_some(),
        publishable_key: state.config.stripe.publishable_key.clone(),
        plans: plans
            .filter(|plan| plan.is_active)
            .map(|plan| plan.id.to_string())
            .collect(),
        catalog_version: catalog.version,
    })
}
