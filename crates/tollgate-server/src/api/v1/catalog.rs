//! `GET /v1/catalog`: everything that is sold and gated.

use crate::api::openapi::ReadProblems;
use crate::api::problem::{ApiError, MoneyBody};
use crate::api::schema;
use crate::api::v1::plans::PlanBody;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use tollgate_core::Catalog;
use tollgate_core::catalog::{Feature, Meter, TopUp};
use tollgate_core::id::PlanId;
use utoipa::ToSchema;

/// Everything that is sold and gated.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogBody {
    /// Raised by every applied change.
    pub version: u32,
    /// What people read.
    pub name: String,
    /// The plan that a new customer gets.
    #[schema(value_type = Option<schema::PlanId>)]
    pub default_plan: Option<PlanId>,
    /// The currency of prices that name none.
    #[schema(example = "usd")]
    pub currency: String,
    /// The time zone of customers that name none.
    #[schema(value_type = schema::TimeZone)]
    pub time_zone: String,
    /// What the app gates.
    pub features: BTreeMap<String, FeatureBody>,
    /// What is counted.
    pub meters: BTreeMap<String, MeterBody>,
    /// What is sold, the cheapest first.
    pub plans: Vec<PlanBody>,
    /// Units that can be bought once.
    pub top_ups: BTreeMap<String, TopUpBody>,
}

/// What the app gates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CatalogFeature)]
pub struct FeatureBody {
    /// What people read.
    pub name: String,
    /// The meter that it draws on; null for a feature that is only on or off.
    #[schema(value_type = Option<schema::MeterId>)]
    pub meter: Option<String>,
    /// Units for each use.
    pub cost: u64,
}

/// What is counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeterBody {
    /// What people read.
    pub name: String,
    /// One of what is counted.
    #[schema(example = "operation")]
    pub unit: String,
}

/// Units that can be bought once.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopUpBody {
    /// What people read.
    pub name: String,
    /// The meter that it fills.
    #[schema(value_type = schema::MeterId)]
    pub meter: String,
    /// For each unit.
    pub unit_price: MoneyBody,
    /// The fewest units of one purchase.
    pub quantity_min: u64,
    /// The most units of one purchase.
    pub quantity_max: u64,
    /// Days until unused units end; null for never.
    pub expires_days: Option<u32>,
}

impl From<&Catalog> for CatalogBody {
    fn from(catalog: &Catalog) -> Self {
        let features = catalog.features.iter();
        let meters = catalog.meters.iter();
        let top_ups = catalog.topups.iter();
        let plans = catalog.plans_by_price().into_iter();
        Self {
            version: catalog.version,
            name: catalog.name.clone(),
            default_plan: catalog.default_plan.clone(),
            currency: catalog.currency.as_str().to_owned(),
            time_zone: catalog.time_zone.name().to_owned(),
            features: features
                .map(|(id, feature)| (id.to_string(), feature.into()))
                .collect(),
            meters: meters
                .map(|(id, meter)| (id.to_string(), meter.into()))
                .collect(),
            plans: plans.map(|plan| plan.as_ref().into()).collect(),
            top_ups: top_ups
                .map(|(id, top_up)| (id.to_string(), top_up.into()))
                .collect(),
        }
    }
}

impl From<&Feature> for FeatureBody {
    fn from(feature: &Feature) -> Self {
        let draw = feature.draw.as_ref();
        Self {
            name: feature.name.clone(),
            meter: draw.map(|draw| draw.meter.to_string()),
            cost: draw.map_or(0, |draw| draw.cost),
        }
    }
}

impl From<&Meter> for MeterBody {
    fn from(meter: &Meter) -> Self {
        Self {
            name: meter.name.clone(),
            unit: meter.unit.clone(),
        }
    }
}

impl From<&TopUp> for TopUpBody {
    fn from(top_up: &TopUp) -> Self {
        Self {
            name: top_up.name.clone(),
            meter: top_up.meter.to_string(),
            unit_price: top_up.unit_amount.into(),
            quantity_min: top_up.quantity_min,
            quantity_max: top_up.quantity_max,
            expires_days: top_up.expires_days,
        }
    }
}

/// Everything that is sold and gated
#[utoipa::path(
    get, path = "/v1/catalog", tag = "Catalog", operation_id = "get_catalog",
    responses((status = 200, description = "The catalog in use", body = CatalogBody), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn get_catalog(
    State(state): State<AppState>,
    _: BackEnd<scope::Read>,
) -> Result<axum::Json<CatalogBody>, ApiError> {
    let catalog = state.tollgate.catalog();
    Ok(axum::Json(CatalogBody::from(catalog.as_ref())))
}
