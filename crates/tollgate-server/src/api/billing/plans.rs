//! `GET /billing/plans`: what is sold.

use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::UserError;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use tollgate_core::Timestamp;
use tollgate_core::catalog::Catalog;
use tollgate_core::plan::{BillingInterval, Entitlement, Plan, Price};
use tollgate_store::catalog;
use utoipa::ToSchema;

/// A plan as it is sold.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanBody {
    /// The catalog's name for it.
    #[schema(example = "basic")]
    pub id: String,
    /// What people read.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// What a month costs in the currency's smallest unit; what a year costs, where there is no
    /// monthly price.
    #[schema(example = 999)]
    pub price_cents: u64,
    /// ISO 4217, in small letters.
    #[schema(example = "usd")]
    pub currency: String,
    /// Units of all meters together for a period; null when one of them is unlimited.
    #[schema(example = 150)]
    pub monthly_quota: Option<u64>,
    /// Stripe's id of the price.
    pub stripe_price_id: Option<String>,
    /// Whether it can be chosen now.
    pub is_active: bool,
    /// Since when it is there.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Instant>,
    /// The features that it gives, by the names that people read.
    pub features: Vec<String>,
    /// Units of each meter for a period; null when unlimited.
    pub limits: BTreeMap<String, Option<u64>>,
    /// Every price.
    pub prices: Vec<PriceBody>,
}

/// What a plan costs in one rhythm.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceBody {
    /// The catalog's name for it.
    #[schema(example = "monthly")]
    pub id: String,
    /// For one billing period, in the currency's smallest unit.
    pub amount_cents: u64,
    /// ISO 4217, in small letters.
    pub currency: String,
    /// `month` or `year`.
    #[schema(value_type = String, example = "month")]
    pub interval: &'static str,
    /// Stripe's id of the price.
    pub stripe_price_id: Option<String>,
}

/// The plans that can be chosen, cheapest first.
#[utoipa::path(
    get,
    path = "/billing/plans",
    operation_id = "billing_plans",
    tag = "Billing",
    responses(
        (status = 200, description = "The plans", body = Vec<PlanBody>),
        (status = 500, description = "A defect, or broken data", body = UserError),
        (status = 503, description = "Too busy", body = UserError),
    ),
    security(())
)]
pub async fn plans(State(state): State<AppState>) -> Result<Json<Vec<PlanBody>>, ApiError> {
    let created = {
        let mut connection = state.tollgate.store().read().await?;
        catalog::plans(&mut connection).await?
    };
    let catalog = state.tollgate.catalog();
    let plans = catalog.plans_by_price().into_iter();
    let plans = plans.filter(|plan| plan.is_active);
    Ok(Json(
        plans
            .map(|plan| PlanBody::new(&catalog, plan, created.get(&plan.id).copied()))
            .collect(),
    ))
}

impl PlanBody {
    /// A plan of `catalog` that is there since `created_at`.
    pub fn new(catalog: &Catalog, plan: &Plan, created_at: Option<Timestamp>) -> Self {
        let price = shown_price(plan);
        let features = catalog
            .features
            .iter()
            .filter(|(id, feature)| plan.has(id, feature));
        Self {
            id: plan.id.to_string(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            price_cents: price.map_or(0, |price| price.amount.minor),
            currency: price
                .map_or(catalog.currency, |price| price.amount.currency)
                .as_str()
                .to_owned(),
            monthly_quota: quota(plan),
            stripe_price_id: price.and_then(|price| price.stripe_price.clone()),
            is_active: plan.is_active,
            created_at: created_at.map(Instant),
            features: features.map(|(_, feature)| feature.name.clone()).collect(),
            limits: plan
                .entitlements
                .iter()
                .map(|(meter, entitlement)| (meter.to_string(), units(entitlement)))
                .collect(),
            prices: plan
                .prices
                .iter()
                .map(|(id, price)| PriceBody {
                    id: id.to_string(),
                    amount_cents: price.amount.minor,
                    currency: price.amount.currency.as_str().to_owned(),
                    interval: match price.interval {
                        BillingInterval::Month => "month",
                        BillingInterval::Year => "year",
                    },
                    stripe_price_id: price.stripe_price.clone(),
                })
                .collect(),
        }
    }
}

/// The monthly price, or else the first one.
fn shown_price(plan: &Plan) -> Option<&Price> {
    let mut prices = plan.prices.values();
    prices
        .clone()
        .find(|price| price.interval == BillingInterval::Month)
        .or_else(|| prices.next())
}

fn units(entitlement: &Entitlement) -> Option<u64> {
    match entitlement {
        Entitlement::Limited(limit) => Some(limit.units),
        Entitlement::Unlimited => None,
    }
}

/// Units of all meters together; `None` when one of them is unlimited.
fn quota(plan: &Plan) -> Option<u64> {
    plan.entitlements
        .values()
        .try_fold(0_u64, |sum, entitlement| {
            sum.checked_add(units(entitlement)?)
        })
}
