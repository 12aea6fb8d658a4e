//! `GET /v1/plans`: what is sold.

use crate::api::openapi::ReadProblems;
use crate::api::problem::{ApiError, MoneyBody};
use crate::api::schema;
use crate::api::v1::page::List;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use tollgate_core::id::PlanId;
use tollgate_core::plan::{
    Anchor, BillingInterval, Cadence, Cap, CapScope, Entitlement, Limit, Plan, Price, Reset,
    Rollover,
};
use utoipa::ToSchema;

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanBody {
    /// The catalog's name for it.
    #[schema(value_type = schema::PlanId)]
    pub id: PlanId,
    /// A changed plan is a new version; customers keep theirs until moved.
    pub version: u32,
    /// What people read.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Whether it can be chosen now.
    pub active: bool,
    /// Days of trial that a first subscription gets.
    pub trial_days: u32,
    /// What it costs; none for a free plan.
    pub prices: BTreeMap<String, PriceBody>,
    /// What it gives of each meter.
    pub limits: BTreeMap<String, LimitBody>,
    /// Features switched on or off whatever their meter says.
    pub features: BTreeMap<String, bool>,
    /// Caps within time windows, beside the limits.
    pub caps: Vec<PlanCapBody>,
}

/// What a plan costs in one rhythm.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Price)]
pub struct PriceBody {
    /// For one billing period.
    #[serde(flatten)]
    pub money: MoneyBody,
    /// How long a billing period is: month or year.
    #[schema(value_type = String, example = "month")]
    pub interval: &'static str,
    /// Stripe's price, when it is known.
    pub stripe_price: Option<String>,
}

/// What a plan gives of a meter.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitBody {
    /// Units for each period; null when unlimited.
    pub units: Option<u64>,
    /// Whether there is no limit.
    pub unlimited: bool,
    /// When they are renewed: minute, hour, day, week, month, year or never.
    #[schema(value_type = String, example = "month")]
    pub reset: &'static str,
    /// What periods are counted from: calendar or billing.
    #[schema(value_type = String, example = "calendar")]
    pub anchor: &'static str,
    /// Whether unused units are kept at a reset.
    pub rollover: bool,
    /// At most so many of them; null for all.
    pub rollover_units_max: Option<u64>,
    /// For so many periods; null for ever.
    pub rollover_periods_max: Option<u32>,
}

/// At most so many units within a window.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanCapBody {
    /// What is capped.
    #[schema(value_type = schema::MeterId)]
    pub meter: String,
    /// Units for each window.
    pub units: u64,
    /// How long a window is.
    #[schema(value_type = String, example = "day")]
    pub every: &'static str,
    /// Who shares it: customer or member.
    #[schema(value_type = String, example = "customer")]
    pub scope: &'static str,
}

impl From<&Plan> for PlanBody {
    fn from(plan: &Plan) -> Self {
        let prices = plan.prices.iter();
        let limits = plan.entitlements.iter();
        let switches = plan.switches.iter();
        Self {
            id: plan.id.clone(),
            version: plan.version,
            name: plan.name.clone(),
            description: plan.description.clone(),
            active: plan.is_active,
            trial_days: plan.trial_days,
            prices: prices
                .map(|(id, price)| (id.to_string(), price.into()))
                .collect(),
            limits: limits
                .map(|(id, given)| (id.to_string(), given.into()))
                .collect(),
            features: switches.map(|(id, on)| (id.to_string(), *on)).collect(),
            caps: plan.caps.iter().map(PlanCapBody::from).collect(),
        }
    }
}

impl From<&Price> for PriceBody {
    fn from(price: &Price) -> Self {
        Self {
            money: price.amount.into(),
            interval: match price.interval {
                BillingInterval::Month => "month",
                BillingInterval::Year => "year",
            },
            stripe_price: price.stripe_price.clone(),
        }
    }
}

impl From<&Entitlement> for LimitBody {
    fn from(given: &Entitlement) -> Self {
        match given {
            Entitlement::Unlimited => Self {
                units: None,
                unlimited: true,
                reset: "never",
                anchor: "calendar",
                rollover: false,
                rollover_units_max: None,
                rollover_periods_max: None,
            },
            Entitlement::Limited(limit) => limit.into(),
        }
    }
}

impl From<&Limit> for LimitBody {
    fn from(limit: &Limit) -> Self {
        let (rollover, rollover_units_max, rollover_periods_max) = match limit.rollover {
            Rollover::None => (false, None, None),
            Rollover::Keep {
                units_max,
                periods_max,
            } => (true, units_max, periods_max),
        };
        let (reset, anchor) = reset_words(limit.reset);
        Self {
            units: Some(limit.units),
            unlimited: false,
            reset,
            anchor,
            rollover,
            rollover_units_max,
            rollover_periods_max,
        }
    }
}

impl From<&Cap> for PlanCapBody {
    fn from(cap: &Cap) -> Self {
        Self {
            meter: cap.meter.to_string(),
            units: cap.units,
            every: reset_words(cap.reset).0,
            scope: match cap.scope {
                CapScope::Customer => "customer",
                CapScope::EachMember => "member",
            },
        }
    }
}

/// How a reset is written: its rhythm and what it is counted from.
fn reset_words(reset: Reset) -> (&'static str, &'static str) {
    let Reset::Every { cadence, anchor } = reset else {
        return ("never", "calendar");
    };
    let rhythm = match cadence {
        Cadence::Minute => "minute",
        Cadence::Hour => "hour",
        Cadence::Day => "day",
        Cadence::Week => "week",
        Cadence::Month => "month",
        Cadence::Year => "year",
    };
    let anchor = match anchor {
        Anchor::Calendar => "calendar",
        Anchor::Billing => "billing",
    };
    (rhythm, anchor)
}

/// What is sold
///
/// The newest version of every plan, the cheapest first.
#[utoipa::path(
    get, path = "/v1/plans", tag = "Catalog", operation_id = "list_plans",
    responses((status = 200, description = "Every plan", body = List<PlanBody>), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn list_plans(
    State(state): State<AppState>,
    _: BackEnd<scope::Read>,
) -> Result<axum::Json<List<PlanBody>>, ApiError> {
    let catalog = state.tollgate.catalog();
    let plans = catalog.plans_by_price().into_iter();
    let data = plans.map(|plan| PlanBody::from(plan.as_ref()));
    Ok(axum::Json(List::whole(data.collect())))
}
