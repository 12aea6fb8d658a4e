//! What is sold: a card for each plan, with its prices, and what it brings and takes away.

use super::{Facts, Paid};
use crate::pages::locale::Locale;
use std::collections::BTreeSet;
use tollgate_core::money::Money;
use tollgate_core::plan::{
    BillingInterval, Cadence, Entitlement, Limit, Plan, Price, Reset, Rollover,
};

/// A plan, as the page shows it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct PlanCard {
    /// As the catalog names it.
    pub id: String,
    /// What people read.
    pub name: String,
    /// What people read of it.
    pub description: String,
    /// Whether the customer has it.
    pub is_current: bool,
    /// Whether it is free.
    pub is_free: bool,
    /// Its prices.
    pub prices: Vec<PriceView>,
    /// What it gives.
    pub gives: Vec<String>,
    /// Features that it has and the present plan has not.
    pub gained: Vec<String>,
    /// Features that the present plan has and it has not.
    pub lost: Vec<String>,
    /// That it begins with a trial.
    pub trial: Option<String>,
    /// What can be done with it.
    #[serde(skip)]
    pub action: Action,
}

/// What can be done with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing: it is the present one at its only price, or comes by itself, or nobody here may pay.
    None,
    /// Straight to the payment page.
    Subscribe,
    /// Look at what a change would do first.
    Change,
    /// End what is paid.
    Cancel,
}

impl Action {
    pub(crate) fn is_none(self) -> bool {
        self == Action::None
    }
    pub(crate) fn is_subscribe(self) -> bool {
        self == Action::Subscribe
    }
    pub(crate) fn is_cancel(self) -> bool {
        self == Action::Cancel
    }
}

/// A price, as the page shows it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct PriceView {
    /// As the catalog names it.
    pub id: String,
    /// `$24.99 a month`.
    pub text: String,
    /// `billed $299.88 yearly · 2 months free`.
    pub detail: Option<String>,
    /// Whether it is chosen at first.
    pub is_checked: bool,
    /// Whether it is what the customer pays.
    pub is_current: bool,
}

impl PlanCard {
    /// Every plan that is for sale, the free one first. While the payment of one is being processed
    /// nobody is asked to pay another.
    pub(crate) fn all(facts: &Facts, t: &Locale, paid: Option<Paid>) -> Vec<Self> {
        let is_paid = paid == Some(Paid::Plan);
        let plans = facts.catalog.plans_by_price().into_iter();
        let is_default = |plan: &Plan| facts.catalog.default_plan.as_ref() == Some(&plan.id);
        plans
            .filter(|plan| plan.is_active && (plan.is_priced() || is_default(plan)))
            .map(|plan| Self::new(facts, t, plan, is_paid))
            .collect()
    }

    fn new(facts: &Facts, t: &Locale, plan: &Plan, is_paid: bool) -> Self {
        let subscription = facts.account.subscription();
        let is_current = subscription.is_some_and(|subscription| subscription.plan == plan.id);
        let paid_price = subscription
            .filter(|_| is_current)
            .and_then(|subscription| subscription.price.as_ref());
        let usual = plan.usual_price().map(|(id, _)| id);
        let checked = paid_price.or(usual);
        let prices: Vec<PriceView> = plan
            .prices_by_length()
            .into_iter()
            .map(|(id, price)| PriceView {
                id: id.to_string(),
                text: per_month_text(t, price),
                detail: yearly_detail(t, plan, price),
                is_checked: checked == Some(id),
                is_current: paid_price == Some(id),
            })
            .collect();
        let present = facts.account.plan(&facts.catalog);
        let before = present.map_or_else(BTreeSet::new, |plan| facts.catalog.feature_names(plan));
        let after = facts.catalog.feature_names(plan);
        let is_billed = facts.billed().is_some();
        let is_ending = subscription.is_some_and(|subscription| subscription.cancel_at.is_some());
        let action = if !facts.has_billing || !facts.may_pay || is_paid {
            Action::None
        } else if !plan.is_priced() {
            if is_current || !is_billed || is_ending {
                Action::None
            } else {
                Action::Cancel
            }
        } else if !is_billed {
            Action::Subscribe
        } else if is_current && prices.len() < 2 {
            Action::None
        } else {
            Action::Change
        };
        let had_trial = facts
            .standing
            .stripe
            .as_ref()
            .is_some_and(|row| row.had_trial);
        let trial = (plan.trial_days > 0 && !had_trial && action == Action::Subscribe)
            .then(|| t.counted("trial-days", u64::from(plan.trial_days)));
        Self {
            id: plan.id.to_string(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            is_current,
            is_free: !plan.is_priced(),
            prices,
            gives: gives(facts, t, plan),
            gained: after.difference(&before).cloned().collect(),
            lost: before.difference(&after).cloned().collect(),
            trial,
            action,
        }
    }
}

/// What a plan gives: each meter with its units, then what is only on or off.
fn gives(facts: &Facts, t: &Locale, plan: &Plan) -> Vec<String> {
    let meters = plan.entitlements.iter().map(|(meter, entitlement)| {
        let name = facts.catalog.meter_name(meter.as_str());
        let units = match entitlement {
            Entitlement::Unlimited => t.text("unlimited").into_owned(),
            Entitlement::Limited(limit) => limit_text(t, limit),
        };
        format!("{name}: {units}")
    });
    let switches = facts.catalog.features.iter().filter_map(|(id, feature)| {
        let is_on = feature.draw.is_none() && plan.has(id, feature);
        is_on.then(|| feature.name.clone())
    });
    meters.chain(switches).collect()
}

fn limit_text(t: &Locale, limit: &Limit) -> String {
    let units = t.number(limit.units);
    let text = match limit.reset {
        Reset::Never => t.with("units-once", &[("units", &units)]),
        Reset::Every { cadence, .. } => {
            let key = match cadence {
                Cadence::Minute => "units-per-minute",
                Cadence::Hour => "units-per-hour",
                Cadence::Day => "units-per-day",
                Cadence::Week => "units-per-week",
                Cadence::Month => "units-per-month",
                Cadence::Year => "units-per-year",
            };
            t.with(key, &[("units", &units)])
        }
    };
    match limit.rollover {
        Rollover::None => text,
        Rollover::Keep { .. } => t.with("with-carry-over", &[("units", &text)]),
    }
}

/// A price for each month; of a yearly one the twelfth part, rounded up.
fn per_month_text(t: &Locale, price: &Price) -> String {
    let minor = match price.interval {
        BillingInterval::Month => price.amount.minor,
        BillingInterval::Year => price.amount.minor.div_ceil(12),
    };
    let amount = Money {
        minor,
        ..price.amount
    };
    t.with("price-per-month", &[("amount", &t.money(amount))])
}

/// Of a yearly price: what is charged at once, and what is saved by it, if anything is.
fn yearly_detail(t: &Locale, plan: &Plan, price: &Price) -> Option<String> {
    if price.interval != BillingInterval::Year {
        return None;
    }
    let billed = t.with("billed-yearly", &[("amount", &t.money(price.amount))]);
    let monthly = plan.prices.values().find(|other| {
        other.interval == BillingInterval::Month && other.amount.currency == price.amount.currency
    });
    let saved = monthly.and_then(|monthly| saving(monthly.amount.minor, price.amount.minor));
    Some(match saved {
        Some(Saving::Months(months)) => {
            format!("{billed} · {}", t.counted("months-free", months))
        }
        Some(Saving::Percent(percent)) => {
            let percent = t.percent(percent * 10_000);
            format!(
                "{billed} · {}",
                t.with("save-percent", &[("percent", &percent)])
            )
        }
        None => billed,
    })
}

/// What a year saves against twelve months.
#[derive(Debug, PartialEq, Eq)]
enum Saving {
    /// Whole months, rounded down.
    Months(u64),
    /// Less than a month: percent, rounded down.
    Percent(u64),
}

fn saving(month: u64, year: u64) -> Option<Saving> {
    let twelve = month.checked_mul(12)?;
    let saved = twelve.checked_sub(year)?;
    if let Some(months) = saved.checked_div(month).filter(|months| *months > 0) {
        return Some(Saving::Months(months));
    }
    let percent = u64::try_from(u128::from(saved) * 100 / u128::from(twelve.max(1))).ok()?;
    (percent > 0).then_some(Saving::Percent(percent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_year_saves_is_computed_from_the_prices() {
        for (month, year, saved) in [
            (2_499, 24_990, Some(Saving::Months(2))),
            (2_499, 29_988, None),
            (999, 9_990, Some(Saving::Months(2))),
            (1_000, 11_500, Some(Saving::Percent(4))),
            (1_000, 11_999, None),
            (1_000, 13_000, None),
            (0, 0, None),
            (u64::MAX, 1, None),
        ] {
            assert_eq!(saving(month, year), saved, "{month} {year}");
        }
    }
}
