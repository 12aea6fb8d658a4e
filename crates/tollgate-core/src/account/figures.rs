//! The figures that people see: limit, used, remaining, by feature and by meter.

use super::Account;
use crate::catalog::Catalog;
use crate::decision::Figures;
use crate::grant::{Grant, Source};
use crate::id::{FeatureId, MeterId, PlanId};
use crate::period::{MonthKey, Period};
use crate::plan::Plan;
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A customer's usage as of one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageReport {
    /// The plan, if the customer has one.
    pub plan: Option<PlanId>,
    /// The calendar month of the customer's zone.
    pub month_key: MonthKey,
    /// Every feature that the plan or a grant gives.
    pub features: BTreeMap<FeatureId, FeatureUsage>,
    /// Every meter that the plan or a grant gives.
    pub meters: Vec<MeterUsage>,
}

/// What a feature has; in units of its meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeatureUsage {
    /// Units in this period; `None` when unlimited.
    pub limit: Option<u64>,
    /// Units used.
    pub used: u64,
    /// Units left; `None` when unlimited.
    pub remaining: Option<u64>,
    /// Whether there is no limit.
    pub unlimited: bool,
}

/// What a meter has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeterUsage {
    /// The meter.
    pub meter: MeterId,
    /// Its running period.
    pub period: Period,
    /// Units of all live grants in this period; `None` when unlimited.
    pub limit: Option<u64>,
    /// Units used.
    pub used: u64,
    /// Units set aside by reservations.
    pub held: u64,
    /// Units left; `None` when unlimited.
    pub remaining: Option<u64>,
    /// Of the limit, units of earlier periods.
    pub carried_over: u64,
    /// Of the limit, units that were bought or given.
    pub extra: u64,
    /// Units used by each feature.
    pub features: BTreeMap<FeatureId, u64>,
}

/// The sums of a meter's live grants.
#[derive(Clone, Copy, Default)]
struct Sums {
    limit: u64,
    used: u64,
    held: u64,
    remaining: u64,
    carried_over: u64,
    extra: u64,
    /// Of `used`, what the plan's grant gave.
    of_plan: u64,
    /// Of `limit`, what the plan's grant gives, with what was revoked of it.
    given_by_plan: u64,
}

impl Account {
    /// The figures of one feature, for an answer.
    pub fn figures_of(&self, catalog: &Catalog, feature: &FeatureId, now: Timestamp) -> Figures {
        let meter = catalog
            .features
            .get(feature)
            .and_then(|feature| feature.draw.as_ref())
            .map(|draw| &draw.meter);
        let Some(meter) = meter else {
            return Figures {
                feature: feature.clone(),
                meter: None,
                limit: None,
                used: 0,
                held: 0,
                remaining: None,
                resets_at: None,
            };
        };
        let plan = self.plan(catalog).map(AsRef::as_ref);
        let sums = self.sums(plan, meter, now);
        let tally = self.tally(meter);
        let unlimited = plan.is_some_and(|plan| plan.is_unlimited(meter));
        let end = tally
            .map(|tally| tally.period.end)
            .filter(|end| *end < Timestamp::MAX);
        Figures {
            feature: feature.clone(),
            meter: Some(meter.clone()),
            limit: (!unlimited).then_some(sums.limit),
            used: if unlimited {
                tally.map_or(0, |tally| tally.used)
            } else {
                sums.used
            },
            held: if unlimited {
                tally.map_or(0, |tally| tally.held)
            } else {
                sums.held
            },
            remaining: (!unlimited).then_some(sums.remaining),
            resets_at: end,
        }
    }

    /// Everything that the customer has and used. Call [`Self::advance`] before, on a copy if need
    /// be: this shows the account as it stands.
    pub fn usage(&self, catalog: &Catalog, now: Timestamp) -> UsageReport {
        let now = self.not_before(now);
        let plan = self.plan(catalog).map(AsRef::as_ref);
        let features = catalog
            .features
            .keys()
            .filter(|id| self.has_feature(catalog, plan, id, now));
        let features = features.map(|id| {
            let figures = self.figures_of(catalog, id, now);
            let usage = FeatureUsage {
                limit: figures.limit,
                used: figures.used,
                remaining: figures.remaining,
                unlimited: figures.limit.is_none(),
            };
            (id.clone(), usage)
        });
        UsageReport {
            plan: plan.map(|plan| plan.id.clone()),
            month_key: MonthKey::of(&self.time_zone, now),
            features: features.collect(),
            meters: self.meters_usage(catalog, now),
        }
    }

    /// Every meter that the plan or a live grant gives.
    pub fn meters_usage(&self, catalog: &Catalog, now: Timestamp) -> Vec<MeterUsage> {
        let now = self.not_before(now);
        let plan = self.plan(catalog).map(AsRef::as_ref);
        let of_plan = plan.into_iter().flat_map(|plan| plan.entitlements.keys());
        let of_grants = self
            .grants
            .iter()
            .filter(|grant| grant.is_live(now))
            .map(Grant::meter);
        let meters: BTreeSet<&MeterId> = of_plan.chain(of_grants).collect();
        meters
            .into_iter()
            .map(|meter| self.meter_usage(plan, meter, now))
            .collect()
    }

    fn meter_usage(&self, plan: Option<&Plan>, meter: &MeterId, now: Timestamp) -> MeterUsage {
        let sums = self.sums(plan, meter, now);
        let tally = self.tally(meter);
        let unlimited = plan.is_some_and(|plan| plan.is_unlimited(meter));
        MeterUsage {
            meter: meter.clone(),
            period: tally.map_or(Period::ENDLESS, |tally| tally.period),
            limit: (!unlimited).then_some(sums.limit),
            used: if unlimited {
                tally.map_or(0, |tally| tally.used)
            } else {
                sums.used
            },
            held: if unlimited {
                tally.map_or(0, |tally| tally.held)
            } else {
                sums.held
            },
            remaining: (!unlimited).then_some(sums.remaining),
            carried_over: sums.carried_over,
            extra: sums.extra,
            features: tally
                .map(|tally| tally.features.iter().cloned().collect())
                .unwrap_or_default(),
        }
    }

    fn has_feature(
        &self,
        catalog: &Catalog,
        plan: Option<&Plan>,
        id: &FeatureId,
        now: Timestamp,
    ) -> bool {
        let switch = plan.and_then(|plan| plan.switches.get(id)).copied();
        match catalog
            .features
            .get(id)
            .and_then(|feature| feature.draw.as_ref())
        {
            None => switch == Some(true),
            Some(draw) => {
                let entitled = plan.is_some_and(|plan| plan.entitlements.contains_key(&draw.meter));
                let live = || {
                    self.grants
                        .iter()
                        .any(|grant| *grant.meter() == draw.meter && grant.is_live(now))
                };
                switch != Some(false) && (entitled || live())
            }
        }
    }

    /// The live grants' sums. What another plan gave earlier in this period has no live grant any
    /// more; it counts as used of the present plan's limit, by which its own grant is the smaller.
    fn sums(&self, plan: Option<&Plan>, meter: &MeterId, now: Timestamp) -> Sums {
        let mut sums = self.live_sums(meter, now);
        let limit = plan.and_then(|plan| plan.limit(meter));
        let of_plan = self.tally(meter).map_or(0, |tally| tally.of_plan);
        if let Some(limit) = limit {
            let elsewhere = of_plan.saturating_sub(sums.of_plan);
            sums.used += elsewhere;
            sums.limit += elsewhere.min(limit.units.saturating_sub(sums.given_by_plan));
        }
        sums
    }

    fn live_sums(&self, meter: &MeterId, now: Timestamp) -> Sums {
        let live = self
            .grants
            .iter()
            .filter(|grant| grant.meter() == meter && grant.is_live(now));
        live.fold(Sums::default(), |sums, grant| {
            let parts = grant.parts();
            let limit = grant.limit();
            let is_plan = parts.source == Source::Plan;
            Sums {
                of_plan: sums.of_plan
                    + if is_plan {
                        parts.used - parts.used_before
                    } else {
                        0
                    },
                given_by_plan: sums.given_by_plan + if is_plan { parts.nominal } else { 0 },
                limit: sums.limit + limit,
                used: sums.used + parts.used - parts.used_before,
                held: sums.held + parts.held,
                remaining: sums.remaining + grant.remaining(),
                carried_over: sums.carried_over
                    + if parts.source == Source::Rollover {
                        limit
                    } else {
                        0
                    },
                extra: sums.extra
                    + if matches!(parts.source, Source::Plan | Source::Rollover) {
                        0
                    } else {
                        limit
                    },
            }
        })
    }
}
