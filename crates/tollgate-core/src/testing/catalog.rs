//! Catalogs built in code.

use crate::catalog::{Catalog, Draw, Feature, Meter, TopUp};
use crate::id::{FeatureId, MeterId, PlanId, PriceId, TopUpId};
use crate::money::{Currency, Money};
use crate::period::TimeZone;
use crate::plan::{
    Anchor, BillingInterval, Cadence, Cap, CapScope, Entitlement, Limit, OnChange, Plan, Price,
    Reset, Rollover,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// US dollars.
pub fn usd(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::new("usd").expect("a currency"),
    }
}

/// A feature's id.
pub fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).expect("a feature's id")
}

/// A meter's id.
pub fn meter(id: &str) -> MeterId {
    MeterId::new(id).expect("a meter's id")
}

/// A plan's id.
pub fn plan_id(id: &str) -> PlanId {
    PlanId::new(id).expect("a plan's id")
}

/// A price's id.
pub fn price_id(id: &str) -> PriceId {
    PriceId::new(id).expect("a price's id")
}

/// A reset by the customer's calendar.
pub fn calendar(cadence: Cadence) -> Reset {
    Reset::Every {
        cadence,
        anchor: Anchor::Calendar,
    }
}

/// A reset counted from the billing anchor.
pub fn billing(cadence: Cadence) -> Reset {
    Reset::Every {
        cadence,
        anchor: Anchor::Billing,
    }
}

/// So many units, without rollover; what was used counts after a change.
pub fn limit(units: u64, reset: Reset) -> Limit {
    Limit {
        units,
        reset,
        rollover: Rollover::None,
        on_change: OnChange::Keep,
    }
}

/// Everything is kept at a reset, for ever.
pub const KEEP_ALL: Rollover = Rollover::Keep {
    units_max: None,
    periods_max: None,
};

/// A plan in the making.
#[derive(Clone, Debug)]
pub struct PlanBuilder(Plan);

impl PlanBuilder {
    /// A free plan that gives nothing yet.
    pub fn new(id: &str) -> Self {
        Self(Plan {
            id: plan_id(id),
            version: 1,
            name: id.to_owned(),
            description: String::new(),
            is_active: true,
            trial_days: 0,
            prices: BTreeMap::new(),
            entitlements: BTreeMap::new(),
            switches: BTreeMap::new(),
            caps: Vec::new(),
        })
    }

    /// In another version.
    pub fn version(mut self, version: u32) -> Self {
        self.0.version = version;
        self
    }

    /// Not to be chosen any more.
    pub fn retired(mut self) -> Self {
        self.0.is_active = false;
        self
    }

    /// With a price each month, `monthly`.
    pub fn monthly(self, minor: u64) -> Self {
        self.price("monthly", minor, BillingInterval::Month)
    }

    /// With a price each year, `annual`.
    pub fn annual(self, minor: u64) -> Self {
        self.price("annual", minor, BillingInterval::Year)
    }

    fn price(mut self, id: &str, minor: u64, interval: BillingInterval) -> Self {
        let price = Price {
            amount: usd(minor),
            interval,
            stripe_price: None,
        };
        self.0.prices.insert(price_id(id), price);
        self
    }

    /// With a limit on a meter.
    pub fn limited(mut self, on: &str, limit: Limit) -> Self {
        let entitlement = Entitlement::Limited(limit);
        self.0.entitlements.insert(meter(on), entitlement);
        self
    }

    /// With an unlimited meter.
    pub fn unlimited(mut self, on: &str) -> Self {
        self.0
            .entitlements
            .insert(meter(on), Entitlement::Unlimited);
        self
    }

    /// With a feature switched on or off.
    pub fn switch(mut self, id: &str, on: bool) -> Self {
        self.0.switches.insert(feature(id), on);
        self
    }

    /// With a cap.
    pub fn cap(mut self, on: &str, units: u64, reset: Reset, scope: CapScope) -> Self {
        self.0.caps.push(Cap {
            meter: meter(on),
            units,
            reset,
            scope,
        });
        self
    }

    /// The plan.
    pub fn build(self) -> Plan {
        self.0
    }
}

/// A catalog in the making.
#[derive(Clone, Debug)]
pub struct CatalogBuilder(Catalog);

impl Default for CatalogBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl CatalogBuilder {
    /// A catalog in US dollars and UTC that sells nothing yet.
    pub fn new() -> Self {
        Self(Catalog {
            version: 1,
            name: "Test".to_owned(),
            default_plan: None,
            currency: Currency::new("usd").expect("a currency"),
            time_zone: TimeZone::UTC,
            features: BTreeMap::new(),
            meters: BTreeMap::new(),
            plans: BTreeMap::new(),
            archived: BTreeMap::new(),
            topups: BTreeMap::new(),
        })
    }

    /// With a meter and a feature of the same name that draws one unit of it.
    pub fn metered(self, id: &str) -> Self {
        self.meter(id).feature(id, id, 1)
    }

    /// With a meter.
    pub fn meter(mut self, id: &str) -> Self {
        let meter_of = Meter {
            name: id.to_owned(),
            unit: "operation".to_owned(),
        };
        self.0.meters.insert(meter(id), meter_of);
        self
    }

    /// With a feature that draws on a meter.
    pub fn feature(mut self, id: &str, on: &str, cost: u64) -> Self {
        let draw = Draw {
            meter: meter(on),
            cost,
        };
        let drawing = Feature {
            name: id.to_owned(),
            draw: Some(draw),
        };
        self.0.features.insert(feature(id), drawing);
        self
    }

    /// With a feature that is only on or off.
    pub fn toggle(mut self, id: &str) -> Self {
        let toggle = Feature {
            name: id.to_owned(),
            draw: None,
        };
        self.0.features.insert(feature(id), toggle);
        self
    }

    /// With a plan; one of the same name and another version is archived.
    pub fn plan(mut self, plan: PlanBuilder) -> Self {
        let plan = Arc::new(plan.build());
        if let Some(old) = self.0.plans.insert(plan.id.clone(), plan) {
            self.0.archived.insert((old.id.clone(), old.version), old);
        }
        self
    }

    /// With units of a meter to buy.
    pub fn top_up(
        mut self,
        id: &str,
        on: &str,
        unit_minor: u64,
        (least, most): (u64, u64),
    ) -> Self {
        let top_up = TopUp {
            name: id.to_owned(),
            meter: meter(on),
            unit_amount: usd(unit_minor),
            quantity_min: least,
            quantity_max: most,
            expires_days: None,
        };
        let id = TopUpId::new(id).expect("a top-up's id");
        self.0.topups.insert(id, top_up);
        self
    }

    /// New customers get this plan.
    pub fn default_plan(mut self, id: &str) -> Self {
        self.0.default_plan = Some(plan_id(id));
        self
    }

    /// Customers live in this zone.
    pub fn time_zone(mut self, name: &str) -> Self {
        self.0.time_zone = TimeZone::new(name).expect("a zone");
        self
    }

    /// The catalog.
    pub fn build(self) -> Catalog {
        self.0
    }
}
