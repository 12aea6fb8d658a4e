//! What a catalog may say and still not mean: names that lead nowhere, rules that cannot work.

use super::document::join;
use super::nearest::did_you_mean;
use super::problem::{Problem, Severity};
use super::{Catalog, Draw};
use crate::id::{FeatureId, MeterId, PriceId};
use crate::money::Money;
use crate::plan::{
    Anchor, BillingInterval, Cadence, Cap, CapScope, Entitlement, Limit, OnChange, Plan, Price,
    Reset, Rollover, UNITS_MAX,
};
use std::collections::{BTreeMap, BTreeSet};

/// The largest amount that Stripe takes in the currencies that it does not except.
const STRIPE_AMOUNT_MAX: u64 = 99_999_999;

impl Catalog {
    /// Everything that is wrong or doubtful, errors and warnings mixed, in the order of sections.
    pub fn check(&self) -> Vec<Problem> {
        let mut check = Check {
            catalog: self,
            problems: Vec::new(),
        };
        check.default_plan();
        check.features();
        check.meters();
        for plan in self.plans.values() {
            check.plan(plan);
        }
        check.stripe_prices();
        check.topups();
        check.problems
    }
}

struct Check<'a> {
    catalog: &'a Catalog,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn error(&mut self, path: String, message: String) {
        self.problems.push(Problem {
            severity: Severity::Error,
            path,
            place: None,
            message,
        });
    }

    fn warning(&mut self, path: String, message: String) {
        self.problems.push(Problem {
            severity: Severity::Warning,
            path,
            place: None,
            message,
        });
    }

    fn default_plan(&mut self) {
        let path = "catalog.default_plan".to_owned();
        let Some(id) = &self.catalog.default_plan else {
            let message = "catalog: without a default_plan a customer who bought nothing can use \
                           nothing; write for instance default_plan = \"free\"";
            return self.warning(path, message.to_owned());
        };
        let Some(plan) = self.catalog.plans.get(id) else {
            let hint = did_you_mean(id.as_str(), self.catalog.plans.keys().map(AsRef::as_ref));
            return self.error(
                path,
                format!("catalog: default_plan names no plan: {id:?}{hint}"),
            );
        };
        if !plan.is_active {
            let message = format!(
                "catalog: the default plan {id:?} must be one that can be chosen; remove its is_active = false"
            );
            self.error(path, message);
        } else if plan.prices.values().any(|price| price.amount.minor > 0) {
            let message = format!(
                "catalog: the default plan {id:?} must be free, as every customer gets it unasked; \
                 remove its prices or name another plan"
            );
            self.error(path, message);
        }
    }

    fn features(&mut self) {
        let catalog = self.catalog;
        if catalog.features.is_empty() {
            let message = "there is no feature to gate; add for instance a section \
                           [features.ats_scan] with name = \"ATS scan\"";
            self.warning("features".to_owned(), message.to_owned());
        }
        for (id, feature) in &catalog.features {
            let path = join("features", id.as_str());
            if let Some(draw) = &feature.draw {
                if !catalog.meters.contains_key(&draw.meter) {
                    let what = format!("feature {id:?}");
                    self.unknown_meter(join(&path, "meter"), &what, &draw.meter);
                }
                if !(1..=UNITS_MAX).contains(&draw.cost) {
                    let message = format!("feature {id:?}: cost must be 1 to {UNITS_MAX}");
                    self.error(join(&path, "cost"), message);
                }
            }
            let is_offered = catalog.plans.values().any(|plan| plan.has(id, feature));
            if !is_offered && !catalog.plans.is_empty() {
                let message = format!("feature {id:?}: no plan has it, so nobody can use it");
                self.warning(path, message);
            }
        }
    }

    fn meters(&mut self) {
        let drawn: BTreeSet<&MeterId> = self.catalog.draws().map(|(_, draw)| &draw.meter).collect();
        for id in self.catalog.meters.keys().filter(|id| !drawn.contains(id)) {
            let message =
                format!("meter {id:?}: no feature draws on it; write meter = {id:?} in a feature");
            self.warning(join("meters", id.as_str()), message);
        }
    }

    /// Says that `what` names a meter that does not exist, and what was probably meant.
    fn unknown_meter(&mut self, path: String, what: &str, meter: &MeterId) {
        let message = match self
            .catalog
            .features
            .get(meter.as_str())
            .map(|feature| &feature.draw)
        {
            Some(Some(Draw { meter: shared, .. })) => format!(
                "{what}: the feature {meter:?} has no meter of its own, it draws on {shared:?}; \
                 write the meter's name {shared:?} instead"
            ),
            Some(None) => format!(
                "{what}: the feature {meter:?} is not metered, it is only on or off; \
                 name it in the plan's features instead"
            ),
            None => {
                let hint = did_you_mean(
                    meter.as_str(),
                    self.catalog.meters.keys().map(AsRef::as_ref),
                );
                format!("{what}: there is no meter {meter:?}{hint}")
            }
        };
        self.error(path, message);
    }

    fn plan(&mut self, plan: &Plan) {
        let catalog = self.catalog;
        let path = join("plans", plan.id.as_str());
        let what = format!("plan {:?}", plan.id);
        let is_default = catalog.default_plan.as_ref() == Some(&plan.id);
        if plan.is_active && plan.prices.is_empty() && !is_default {
            let message = format!(
                "{what}: it has no price and is not the default, so it can only be given by hand; \
                 add a section [{path}.prices.monthly] or is_active = false"
            );
            self.warning(path.clone(), message);
        }
        if !catalog
            .features
            .iter()
            .any(|(id, feature)| plan.has(id, feature))
        {
            self.warning(
                path.clone(),
                format!("{what}: it gives nothing; add limits or features"),
            );
        }
        for (meter, entitlement) in &plan.entitlements {
            let path = join(&join(&path, "limits"), meter.as_str());
            if !catalog.meters.contains_key(meter) {
                self.unknown_meter(path, &what, meter);
            } else if let Entitlement::Limited(limit) = entitlement {
                self.limit(&path, &format!("{what}, limit {meter:?}"), limit);
                self.unaffordable(&path, plan, meter, limit);
            }
        }
        for (feature, is_on) in &plan.switches {
            self.switch(&path, &what, plan, feature, *is_on);
        }
        for (index, cap) in plan.caps.iter().enumerate() {
            let path = format!("{path}.caps[{index}]");
            self.cap(
                &path,
                &format!("{what}, cap {}", index + 1),
                plan,
                cap,
                &plan.caps[..index],
            );
        }
        self.prices(&join(&path, "prices"), plan);
    }

    fn limit(&mut self, path: &str, what: &str, limit: &Limit) {
        if limit.units > UNITS_MAX {
            let message = format!(
                "{what}: limit must be at most {UNITS_MAX}; found {}",
                limit.units
            );
            self.error(join(path, "limit"), message);
        }
        if limit.reset == Reset::Never && limit.on_change == OnChange::Prorate {
            let message = format!(
                "{what}: on_change = \"prorate\" needs a period; write \"keep\" or \"reset\", or another reset"
            );
            self.error(join(path, "on_change"), message);
        }
        let Rollover::Keep {
            units_max,
            periods_max,
        } = limit.rollover
        else {
            return;
        };
        let path = join(path, "rollover");
        match limit.reset {
            Reset::Never => {
                let message = format!(
                    "{what}: units that are never renewed are kept anyway; write rollover = \"none\" or another reset"
                );
                self.error(path, message);
            }
            Reset::Every {
                cadence: Cadence::Minute | Cadence::Hour,
                ..
            } => {
                let message = format!(
                    "{what}: units are only kept over a reset of a day or longer; \
                     write rollover = \"none\" or another reset"
                );
                self.error(path, message);
            }
            Reset::Every { .. } => {
                if units_max.is_some_and(|units| !(1..=UNITS_MAX).contains(&units))
                    || periods_max == Some(0)
                {
                    let message = format!(
                        "{what}: rollover must keep at least 1 unit for at least 1 period and at most \
                         {UNITS_MAX} units; write rollover = \"none\" to keep none"
                    );
                    self.error(path, message);
                }
            }
        }
    }

    /// Features whose single use costs more than the plan ever gives.
    fn unaffordable(&mut self, path: &str, plan: &Plan, meter: &MeterId, limit: &Limit) {
        let can_gather = limit.rollover != Rollover::None || self.has_topup(meter);
        if limit.units == 0 || can_gather {
            return;
        }
        let too_dear: Vec<(FeatureId, u64)> = self
            .catalog
            .draws()
            .filter(|(id, draw)| {
                draw.meter == *meter
                    && draw.cost > limit.units
                    && plan.switches.get(*id) != Some(&false)
            })
            .map(|(id, draw)| (id.clone(), draw.cost))
            .collect();
        for (feature, cost) in too_dear {
            let message = format!(
                "plan {:?}: one use of {feature:?} costs {cost} but the limit of {meter:?} is {}; \
                 raise the limit or name it in features_off",
                plan.id, limit.units
            );
            self.warning(path.to_owned(), message);
        }
    }

    fn switch(&mut self, path: &str, what: &str, plan: &Plan, id: &FeatureId, is_on: bool) {
        let key = if is_on { "features" } else { "features_off" };
        let path = join(path, key);
        let Some(feature) = self.catalog.features.get(id) else {
            let hint = did_you_mean(id.as_str(), self.catalog.features.keys().map(AsRef::as_ref));
            return self.error(
                path,
                format!("{what}: {key} names no feature: {id:?}{hint}"),
            );
        };
        let has_units = feature.draw.as_ref().is_none_or(|draw| {
            plan.entitlements.contains_key(&draw.meter) || self.has_topup(&draw.meter)
        });
        if is_on && !has_units {
            let message = format!(
                "{what}: {id:?} is on, but the plan has no limit for its meter and no top-up fills it; \
                 only granted units can pay for it"
            );
            self.warning(path, message);
        } else if !is_on && !plan.has_units_for(feature) {
            let message = format!("{what}: {id:?} is off anyway, as the plan gives nothing of it");
            self.warning(path, message);
        }
    }

    fn cap(&mut self, path: &str, what: &str, plan: &Plan, cap: &Cap, earlier: &[Cap]) {
        if !self.catalog.meters.contains_key(&cap.meter) {
            return self.unknown_meter(join(path, "meter"), what, &cap.meter);
        }
        if cap.units == 0 || cap.units > UNITS_MAX {
            return self.error(
                join(path, "limit"),
                format!("{what}: limit must be 1 to {UNITS_MAX}"),
            );
        }
        let is_same = |other: &&Cap| {
            other.meter == cap.meter && other.scope == cap.scope && other.reset == cap.reset
        };
        if earlier.iter().any(|other| is_same(&other)) {
            let message = format!(
                "{what}: another cap has the same meter, reset and scope; keep the lower one"
            );
            return self.error(path.to_owned(), message);
        }
        if let Some(reason) = self.never_binds(plan, cap) {
            self.warning(
                path.to_owned(),
                format!("{what}: it can never bind: {reason}"),
            );
        }
    }

    /// Why a cap refuses nothing that the plan would allow, if so.
    fn never_binds(&self, plan: &Plan, cap: &Cap) -> Option<String> {
        let Cap { meter, units, .. } = cap;
        if self.has_topup(meter) {
            return None;
        }
        let limit = match plan.entitlements.get(meter) {
            None => {
                return Some(format!(
                    "the plan has no limit for {meter:?} and no top-up fills it"
                ));
            }
            Some(Entitlement::Unlimited) => return None,
            Some(Entitlement::Limited(limit)) if limit.rollover != Rollover::None => return None,
            Some(Entitlement::Limited(limit)) => limit,
        };
        // A window that overlaps two periods can see the units of both.
        let periods_seen = match (cap.reset, limit.reset) {
            (_, Reset::Never) => 1,
            (
                Reset::Every {
                    cadence: window,
                    anchor,
                },
                Reset::Every {
                    cadence: period,
                    anchor: of,
                },
            ) => {
                let nests = anchor == Anchor::Calendar
                    && of == Anchor::Calendar
                    && (window == period || (window < period && window != Cadence::Week));
                match (nests, window <= period) {
                    (true, _) => 1,
                    (false, true) => 2,
                    (false, false) => return None,
                }
            }
            (Reset::Never, Reset::Every { .. }) => return None,
        };
        (*units >= limit.units.saturating_mul(periods_seen)).then(|| {
            let share = if cap.scope == CapScope::EachMember {
                " that all members share"
            } else {
                ""
            };
            format!("the limit of {} units{share} is reached first", limit.units)
        })
    }

    fn prices(&mut self, path: &str, plan: &Plan) {
        for (id, price) in &plan.prices {
            let what = format!("plan {:?}, price {id:?}", plan.id);
            let path = join(path, id.as_str());
            self.amount(join(&path, "amount"), &what, price.amount);
            if let Some(stripe_price) = price
                .stripe_price
                .as_ref()
                .filter(|text| !text.starts_with("price_"))
            {
                let hint = if stripe_price.starts_with("prod_") {
                    "; this is the product's id"
                } else {
                    ""
                };
                let message = format!(
                    "{what}: stripe_price usually begins with \"price_\"; found {stripe_price:?}{hint}"
                );
                self.warning(join(&path, "stripe_price"), message);
            }
        }
        let of = |interval| {
            plan.prices
                .iter()
                .filter(move |(_, price)| price.interval == interval)
        };
        for (id, annual) in of(BillingInterval::Year) {
            let year_of = |monthly: &Price| monthly.amount.times(12);
            let is_dearer = of(BillingInterval::Month)
                .filter_map(|(_, monthly)| year_of(monthly))
                .filter(|year| year.currency == annual.amount.currency)
                .all(|year| annual.amount.minor > year.minor);
            let has_monthly = of(BillingInterval::Month)
                .any(|(_, monthly)| monthly.amount.currency == annual.amount.currency);
            if has_monthly && is_dearer {
                let message = format!(
                    "plan {:?}, price {id:?}: a year costs {}, which is more than twelve months",
                    plan.id, annual.amount
                );
                self.warning(join(&join(path, id.as_str()), "amount"), message);
            }
        }
    }

    /// Amounts that Stripe would not take.
    fn amount(&mut self, path: String, what: &str, amount: Money) {
        let least = Money {
            minor: stripe_amount_min(amount),
            ..amount
        };
        if amount.minor > 0 && amount.minor < least.minor {
            let message =
                format!("{what}: {amount} is less than the {least} that Stripe takes at least");
            self.warning(path, message);
        } else if amount.minor > STRIPE_AMOUNT_MAX && amount.currency.decimals() == 2 {
            let most = Money {
                minor: STRIPE_AMOUNT_MAX,
                ..amount
            };
            let message =
                format!("{what}: {amount} is more than the {most} that Stripe takes at most");
            self.warning(path, message);
        }
    }

    /// One Stripe price must lead to one plan.
    fn stripe_prices(&mut self) {
        let mut seen: BTreeMap<&str, (&Plan, &PriceId)> = BTreeMap::new();
        for plan in self.catalog.plans.values() {
            for (id, price) in &plan.prices {
                let Some(stripe_price) = price.stripe_price.as_deref() else {
                    continue;
                };
                if let Some((first, first_price)) = seen.insert(stripe_price, (plan, id)) {
                    let path = join("plans", plan.id.as_str());
                    let path = join(&join(&join(&path, "prices"), id.as_str()), "stripe_price");
                    let message = format!(
                        "plan {:?}, price {id:?}: plan {:?}, price {first_price:?} has the same \
                         stripe_price {stripe_price:?}; each needs its own",
                        plan.id, first.id
                    );
                    self.error(path, message);
                }
            }
        }
    }

    fn topups(&mut self) {
        for (id, topup) in &self.catalog.topups {
            let path = join("topups", id.as_str());
            let what = format!("top-up {id:?}");
            if !self.catalog.meters.contains_key(&topup.meter) {
                self.unknown_meter(join(&path, "meter"), &what, &topup.meter);
            }
            if topup.unit_amount.minor == 0 {
                let message =
                    format!("{what}: unit_amount must be at least 1; grant free units instead");
                self.error(join(&path, "unit_amount"), message);
            }
            if topup.quantity_min == 0 || topup.quantity_max > UNITS_MAX {
                let message = format!("{what}: a purchase must have 1 to {UNITS_MAX} units");
                self.error(path, message);
            } else if topup.quantity_min > topup.quantity_max {
                let message = format!(
                    "{what}: quantity_min = {} is more than quantity_max = {}; swap them or change one",
                    topup.quantity_min, topup.quantity_max
                );
                self.error(join(&path, "quantity_min"), message);
            } else {
                self.topup_amounts(&path, &what, topup);
            }
        }
    }

    fn topup_amounts(&mut self, path: &str, what: &str, topup: &super::TopUp) {
        let unit = topup.unit_amount.minor.max(1);
        if let Some(least) = topup.unit_amount.times(topup.quantity_min) {
            let charge_min = Money {
                minor: stripe_amount_min(least),
                ..least
            };
            if least.minor > 0 && least < charge_min {
                let message = format!(
                    "{what}: the smallest purchase costs {least}, less than the {charge_min} that Stripe \
                     takes at least; write quantity_min = {}",
                    // Rounded up, so that the charge is reached.
                    charge_min.minor.div_ceil(unit)
                );
                self.warning(join(path, "quantity_min"), message);
            }
        }
        if topup.unit_amount.currency.decimals() == 2
            && topup.unit_amount.minor.saturating_mul(topup.quantity_max) > STRIPE_AMOUNT_MAX
        {
            let message = format!(
                "{what}: the largest purchase costs more than the {} that Stripe takes at most; \
                 write quantity_max = {}",
                Money {
                    minor: STRIPE_AMOUNT_MAX,
                    ..topup.unit_amount
                },
                // Rounded down, so that the most is not passed.
                STRIPE_AMOUNT_MAX / unit
            );
            self.warning(join(path, "quantity_max"), message);
        }
    }

    fn has_topup(&self, meter: &MeterId) -> bool {
        self.catalog
            .topups
            .values()
            .any(|topup| topup.meter == *meter)
    }
}

/// The least that Stripe charges in the currency of `amount`, as far as it is known here
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
fn stripe_amount_min(amount: Money) -> u64 {
    match amount.currency.as_str() {
        "aud" | "brl" | "cad" | "chf" | "eur" | "inr" | "jpy" | "nzd" | "sgd" | "usd" => 50,
        "gbp" => 30,
        "dkk" => 250,
        "nok" | "sek" => 300,
        _ => 0,
    }
}
