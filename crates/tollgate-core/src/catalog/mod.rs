//! The catalog: features, meters, plans, prices and top-ups, as `plans.toml` states them.

mod check;
mod diff;
mod document;
mod nearest;
mod parse;
mod problem;

pub use diff::{Action, Change, Subject};
pub use problem::{Place, Problem, Severity};

use crate::id::{FeatureId, MeterId, PlanId, PriceId, TopUpId};
use crate::money::{Currency, Money};
use crate::period::TimeZone;
use crate::plan::{Plan, Price};
use crate::subscription::Subscription;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Plans by name and version.
pub type PlanVersions = BTreeMap<(PlanId, u32), Arc<Plan>>;

/// Everything that is sold and gated, as of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Counts from 1, raised by every applied change; 0 while it stands in no database.
    pub version: u32,
    /// What people read.
    pub name: String,
    /// The plan that a new customer gets, and that a customer falls back to when theirs ends.
    pub default_plan: Option<PlanId>,
    /// The currency of prices that name none.
    pub currency: Currency,
    /// The time zone of customers that name none.
    pub time_zone: TimeZone,
    /// What the app gates.
    pub features: BTreeMap<FeatureId, Feature>,
    /// What is counted.
    pub meters: BTreeMap<MeterId, Meter>,
    /// The newest version of every plan.
    pub plans: BTreeMap<PlanId, Arc<Plan>>,
    /// Older versions, which some customers may still have. Not part of the file.
    #[serde(default, with = "archived")]
    pub archived: PlanVersions,
    /// Units that can be bought once.
    pub topups: BTreeMap<TopUpId, TopUp>,
}

/// What the app gates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// What people read.
    pub name: String,
    /// What one use draws; `None` for a feature that is only on or off.
    pub draw: Option<Draw>,
}

/// What one use of a feature draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// The meter that it draws on.
    pub meter: MeterId,
    /// Units for each use; at least 1.
    pub cost: u64,
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// What people read.
    pub name: String,
    /// One of what is counted, for messages: `operation`.
    pub unit: String,
}

/// Units that can be bought once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUp {
    /// What people read.
    pub name: String,
    /// The meter that it fills.
    pub meter: MeterId,
    /// For each unit.
    pub unit_amount: Money,
    /// The fewest units of one purchase.
    pub quantity_min: u64,
    /// The most units of one purchase.
    pub quantity_max: u64,
    /// Days until unused units end; `None` for never.
    pub expires_days: Option<u32>,
}

impl Catalog {
    /// The plan in the version that a customer has.
    pub fn plan(&self, id: &PlanId, version: u32) -> Option<&Arc<Plan>> {
        match self.plans.get(id) {
            Some(plan) if plan.version == version => Some(plan),
            _ => self.archived.get(&(id.clone(), version)),
        }
    }

    /// The plans as they are shown: by their lowest monthly price, free ones first, then by name.
    pub fn plans_by_price(&self) -> Vec<&Arc<Plan>> {
        let mut plans: Vec<_> = self.plans.values().collect();
        plans.sort_by_key(|plan| (plan.is_priced(), plan.monthly_minor(), plan.id.clone()));
        plans
    }

    /// The plans that can be bought, in the order in which they are shown.
    pub fn for_sale(&self) -> impl Iterator<Item = &Arc<Plan>> {
        let plans = self.plans_by_price().into_iter();
        plans.filter(|plan| plan.is_active && plan.is_priced())
    }

    /// The plan and price that a Stripe price stands for. A price that several versions share
    /// leads to the newest.
    pub fn plan_of_stripe_price(&self, stripe_price: &str) -> Option<(&Arc<Plan>, &PriceId)> {
        let older = self.archived.values().rev();
        self.plans.values().chain(older).find_map(|plan| {
            let is_it = |price: &Price| price.stripe_price.as_deref() == Some(stripe_price);
            let (id, _) = plan.prices.iter().find(|(_, price)| is_it(price))?;
            Some((plan, id))
        })
    }

    /// The features of a plan, by the names that people read.
    pub fn feature_names(&self, plan: &Plan) -> BTreeSet<String> {
        let features = self.features.iter();
        features
            .filter(|(id, feature)| plan.has(id, feature))
            .map(|(_, feature)| feature.name.clone())
            .collect()
    }

    /// A plan's name, also of one that is offered no longer; of an unknown plan its id.
    pub fn plan_name<'n>(&'n self, plan: &'n str) -> &'n str {
        let older = || {
            let mut older = self.archived.values().rev();
            older.find(|older| older.id.as_str() == plan)
        };
        let known = self.plans.get(plan).or_else(older);
        known.map_or(plan, |known| &known.name)
    }

    /// The name of a subscription's plan, in the version that the customer has; of an unknown one
    /// its id.
    pub fn subscribed_name<'n>(&'n self, subscription: &'n Subscription) -> &'n str {
        let plan = self.plan(&subscription.plan, subscription.plan_version);
        plan.map_or(subscription.plan.as_str(), |plan| &plan.name)
    }

    /// A meter's name; of an unknown meter its id.
    pub fn meter_name<'n>(&'n self, meter: &'n str) -> &'n str {
        self.meters.get(meter).map_or(meter, |known| &known.name)
    }

    /// A feature's name; of an unknown feature its id.
    pub fn feature_name<'n>(&'n self, feature: &'n str) -> &'n str {
        let known = self.features.get(feature);
        known.map_or(feature, |known| &known.name)
    }

    /// A top-up's name; of an unknown top-up its id.
    pub fn topup_name<'n>(&'n self, topup: &'n str) -> &'n str {
        self.topups.get(topup).map_or(topup, |known| &known.name)
    }

    /// What each metered feature draws.
    pub fn draws(&self) -> impl Iterator<Item = (&FeatureId, &Draw)> {
        self.features
            .iter()
            .filter_map(|(id, feature)| Some((id, feature.draw.as_ref()?)))
    }
}

/// Older plan versions as a list: JSON has no keys of two parts.
mod archived {
    use super::{Arc, Plan, PlanVersions};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        archived: &PlanVersions,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(archived.values())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<PlanVersions, D::Error> {
        let plans = Vec::<Arc<Plan>>::deserialize(deserializer)?;
        Ok(plans
            .into_iter()
            .map(|plan| ((plan.id.clone(), plan.version), plan))
            .collect())
    }
}
