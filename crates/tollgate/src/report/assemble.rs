//! Makes figures of counters: sums, and one division for each rate.

use super::definitions;
use super::figures::{
    Active, Churn, Comment, Conversion, Customers, FeatureUnits, Month, Payments, PlanConversions,
    PlanCustomers, PlanEnds, PlanMembers, PlanRecurring, Reason, Recurring, Report, Share,
    TopUpPayments, Usage, Utilisation,
};
use super::project::CaughtUp;
use super::range::ReportRange;
use std::collections::BTreeMap;
use std::ops::Range;
use tollgate_core::report::{Day, Measure, Standing, monthly_of_yearly, ppm};
use tollgate_store::cancellation::Cancellation;
use tollgate_store::payment::Sold;
use tollgate_store::report::{Counter, Ends};

/// What stands for a reason where a customer cancelled and gave none.
const NOT_STATED: &str = "not_stated";
/// What stands for a reason where no customer cancelled.
const NOT_CANCELLED: &str = "not_cancelled";

/// Everything that a report is made of.
pub(super) struct Parts {
    /// The days.
    pub(super) range: ReportRange,
    /// Of when the counters are.
    pub(super) caught_up: CaughtUp,
    /// The counters of all months before the range's end.
    pub(super) months: Vec<Counter>,
    /// The counters of the days of months that are asked for in part.
    pub(super) days: Vec<Counter>,
    /// What ended.
    pub(super) ends: Vec<Ends>,
    /// What was sold in each month, and to how many.
    pub(super) sold: Vec<(Vec<Sold>, u64)>,
    /// What was sold in all.
    pub(super) sold_in_all: Vec<Sold>,
    /// How many customers bought it.
    pub(super) buyers: u64,
    /// What customers wrote who left.
    pub(super) comments: Vec<Cancellation>,
}

/// Sums by measure, plan and detail.
#[derive(Clone, Default)]
struct Sums<'c>(BTreeMap<(Measure, &'c str, &'c str), i128>);

impl<'c> Sums<'c> {
    fn add(&mut self, counter: &'c Counter) {
        let key = &counter.key;
        let sum = self.0.entry((key.measure, &key.plan, &key.detail));
        *sum.or_default() += i128::from(counter.value);
    }

    fn add_all(&mut self, other: &Sums<'c>) {
        for (key, value) in &other.0 {
            *self.0.entry(*key).or_default() += value;
        }
    }

    /// The plans and details of a measure that came to something.
    fn of(&self, measure: Measure) -> impl Iterator<Item = (&'c str, &'c str, u64)> {
        self.0
            .range((measure, "", "")..)
            .take_while(move |((of, _, _), _)| *of == measure)
            .filter(|(_, value)| **value > 0)
            .map(|((_, plan, detail), value)| (*plan, *detail, whole(*value)))
    }

    fn total(&self, measure: Measure) -> u64 {
        self.of(measure)
            .fold(0, |sum, (_, _, value)| sum.saturating_add(value))
    }

    fn customers(&self, standing: Standing) -> u64 {
        let of = self.of(Measure::Customers);
        of.filter(|(_, detail, _)| *detail == standing.as_str())
            .map(|(_, _, value)| value)
            .sum()
    }
}

fn whole(value: i128) -> u64 {
    u64::try_from(value.max(0)).unwrap_or(u64::MAX)
}

fn plan_or_none(plan: &str) -> Option<String> {
    (!plan.is_empty()).then(|| plan.to_owned())
}

impl Parts {
    /// Adds everything up.
    pub(super) fn report(self) -> Report {
        let (from, until) = (self.range.from(), self.range.until());
        let at_start = self.sums(&(Day::MIN..from));
        let mut now = at_start.clone();
        let mut flows = Sums::default();
        let mut months = Vec::new();
        for (days, (sold, buyers)) in self.range.months().zip(&self.sold) {
            let start = now.clone();
            let within = self.sums(&days);
            now.add_all(&within);
            flows.add_all(&within);
            months.push(self.month(&days, &start, &within, &now, sold, *buyers));
        }
        let last = until.plus(-1);
        Report {
            from,
            until,
            as_of: self.caught_up.as_of,
            is_current: self.caught_up.is_current,
            definitions: definitions::ALL.to_vec(),
            customers: customers(&now, &flows),
            active: self.active(last),
            utilisation: utilisation(&now, &flows),
            conversion: conversion(&at_start, &flows),
            churn: self.churn(&at_start),
            payments: payments(&self.sold_in_all, self.buyers),
            recurring: recurring(&now),
            usage: usage(&flows),
            months,
        }
    }

    /// The sums over some days, by whole months as far as possible.
    fn sums(&self, days: &Range<Day>) -> Sums<'_> {
        let mut sums = Sums::default();
        let is_whole = |first: Day| first >= days.start && first.plus_months(1) <= days.end;
        let mut known: Option<(Day, bool)> = None;
        for counter in &self.months {
            let first = counter.key.day;
            let whole = match known {
                Some((of, whole)) if of == first => whole,
                _ => is_whole(first),
            };
            known = Some((first, whole));
            if whole {
                sums.add(counter);
            }
        }
        for counter in &self.days {
            if days.contains(&counter.key.day) && !is_whole(counter.key.day.first_of_month()) {
                sums.add(counter);
            }
        }
        sums
    }

    fn month(
        &self,
        days: &Range<Day>,
        start: &Sums<'_>,
        within: &Sums<'_>,
        end: &Sums<'_>,
        sold: &[Sold],
        buyers: u64,
    ) -> Month {
        let first = days.start.first_of_month();
        let of_month = self.ends.iter().filter(|ends| ends.month == first);
        let of_paid = of_month.filter(|ends| ends.standing == Standing::Paid);
        let left = of_paid.map(|ends| ends.first_in_month).sum();
        let paid_at_start = start.customers(Standing::Paid);
        Month {
            month: first.month().to_string(),
            from: days.start,
            until: days.end,
            customers: customers(end, within),
            active: self.active(first),
            utilisation: utilisation(end, within),
            conversion: conversion(start, within),
            paid_at_start,
            left,
            churn_ppm: ppm(left, paid_at_start),
            payments: payments(sold, buyers),
            recurring: recurring(end),
            usage: usage(within),
        }
    }

    /// Who was active in the month of a day.
    fn active(&self, day: Day) -> Active {
        let first = day.first_of_month();
        let mut sums = Sums::default();
        for counter in &self.months {
            if counter.key.day == first && counter.key.measure == Measure::Active {
                sums.add(counter);
            }
        }
        let plans = sums
            .of(Measure::Active)
            .map(|(plan, _, members)| PlanMembers {
                plan: plan_or_none(plan),
                members,
            });
        Active {
            month: first.month().to_string(),
            members: sums.total(Measure::Active),
            plans: plans.collect(),
        }
    }

    fn churn(&self, at_start: &Sums<'_>) -> Churn {
        let mut plans: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut reasons: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut left = 0;
        for ends in &self.ends {
            let reason = match ends.reason.as_deref() {
                Some("") => NOT_STATED,
                Some(reason) => reason,
                None => NOT_CANCELLED,
            };
            let is_paid = ends.standing == Standing::Paid;
            let (paid, trials) = if is_paid {
                (ends.ends, 0)
            } else {
                (0, ends.ends)
            };
            for counts in [
                plans.entry(&ends.plan).or_default(),
                reasons.entry(reason).or_default(),
            ] {
                counts.0 += paid;
                counts.1 += trials;
            }
            left += if is_paid { ends.first } else { 0 };
        }
        let mut reasons: Vec<Reason> = reasons
            .into_iter()
            .map(|(reason, (ends, trials_ended))| Reason {
                reason: reason.to_owned(),
                ends,
                trials_ended,
            })
            .collect();
        // Those that are as frequent stay in the order of their words.
        reasons.sort_by_key(|reason| std::cmp::Reverse((reason.ends, reason.trials_ended)));
        let paid_at_start = at_start.customers(Standing::Paid);
        Churn {
            paid_at_start,
            left,
            rate_ppm: ppm(left, paid_at_start),
            ends: reasons.iter().map(|reason| reason.ends).sum(),
            trials_ended: reasons.iter().map(|reason| reason.trials_ended).sum(),
            plans: plans
                .into_iter()
                .map(|(plan, (ends, trials_ended))| PlanEnds {
                    plan: plan_or_none(plan),
                    ends,
                    trials_ended,
                })
                .collect(),
            reasons,
            comments: self
                .comments
                .iter()
                .filter(|said| said.ends_at <= self.caught_up.as_of)
                .map(comment)
                .collect(),
        }
    }
}

fn comment(said: &Cancellation) -> Comment {
    Comment {
        at: said.ends_at,
        customer: said.customer.to_string(),
        plan: said.plan.to_string(),
        reason: said.feedback.clone(),
        comment: said.comment.clone().unwrap_or_default(),
    }
}

fn customers(now: &Sums<'_>, flows: &Sums<'_>) -> Customers {
    let mut plans: BTreeMap<&str, PlanCustomers> = BTreeMap::new();
    let mut all = Customers {
        signed_up: flows.total(Measure::SignedUp),
        ..Customers::default()
    };
    for (plan, standing, count) in now.of(Measure::Customers) {
        let of_plan = plans.entry(plan).or_insert_with(|| PlanCustomers {
            plan: plan_or_none(plan),
            ..PlanCustomers::default()
        });
        let (in_all, of_plan) = match Standing::parse(standing) {
            Some(Standing::Paid) => (&mut all.paid, &mut of_plan.paid),
            Some(Standing::Trialing) => (&mut all.trialing, &mut of_plan.trialing),
            Some(Standing::Free) => (&mut all.free, &mut of_plan.free),
            Some(Standing::None) | None => (&mut all.none, &mut of_plan.none),
        };
        *in_all += count;
        *of_plan += count;
        all.total += count;
    }
    all.plans = plans.into_values().collect();
    all
}

fn utilisation(now: &Sums<'_>, flows: &Sums<'_>) -> Utilisation {
    Utilisation {
        ended: shares(flows, Measure::Ended, Measure::EndedShare),
        running: shares(now, Measure::Running, Measure::RunningShare),
    }
}

fn shares(sums: &Sums<'_>, periods: Measure, share: Measure) -> Vec<Share> {
    let of = sums.of(periods);
    of.map(|(plan, meter, periods)| {
        let sum = sums.0.get(&(share, plan, meter)).copied().unwrap_or(0);
        let periods = i128::from(periods);
        Share {
            plan: plan_or_none(plan),
            meter: meter.to_owned(),
            periods: whole(periods),
            // Rounded half up.
            mean_ppm: whole((2 * sum.max(0) + periods) / (2 * periods)),
        }
    })
    .collect()
}

fn conversion(start: &Sums<'_>, flows: &Sums<'_>) -> Conversion {
    let mut plans: BTreeMap<&str, PlanConversions> = BTreeMap::new();
    for (plan, standing, count) in flows.of(Measure::Converted) {
        let of_plan = plans.entry(plan).or_insert_with(|| PlanConversions {
            plan: plan_or_none(plan),
            from_free: 0,
            from_trial: 0,
            from_none: 0,
        });
        match Standing::parse(standing) {
            Some(Standing::Free) => of_plan.from_free += count,
            Some(Standing::Trialing) => of_plan.from_trial += count,
            _ => of_plan.from_none += count,
        }
    }
    let converted = flows.total(Measure::Converted);
    let before = start.total(Measure::Prospects) - start.total(Measure::Converted);
    let prospects = before + flows.total(Measure::Prospects);
    Conversion {
        prospects,
        converted,
        rate_ppm: ppm(converted, prospects),
        plans: plans.into_values().collect(),
    }
}

fn payments(sold: &[Sold], customers: u64) -> Payments {
    let payments = sold.iter().map(|sold| sold.payments).sum();
    Payments {
        payments,
        customers,
        per_customer_ppm: ppm(payments, customers),
        top_ups: sold
            .iter()
            .map(|sold| TopUpPayments {
                top_up: sold.topup.clone(),
                currency: sold.currency.clone(),
                payments: sold.payments,
                customers: sold.customers,
                amount: sold.amount,
                refunded: sold.refunded,
                units: sold.units,
            })
            .collect(),
    }
}

fn recurring(now: &Sums<'_>) -> Vec<Recurring> {
    let mut currencies: BTreeMap<&str, Recurring> = BTreeMap::new();
    for (plan, currency, yearly) in now.of(Measure::Recurring) {
        let of_currency = currencies.entry(currency).or_insert_with(|| Recurring {
            currency: currency.to_owned(),
            monthly: 0,
            yearly: 0,
            plans: Vec::new(),
        });
        of_currency.yearly = of_currency.yearly.saturating_add(yearly);
        of_currency.plans.push(PlanRecurring {
            plan: plan_or_none(plan),
            monthly: monthly_of_yearly(yearly),
            yearly,
        });
    }
    let mut all: Vec<Recurring> = currencies.into_values().collect();
    for of_currency in &mut all {
        of_currency.monthly = monthly_of_yearly(of_currency.yearly);
    }
    all
}

fn usage(flows: &Sums<'_>) -> Usage {
    let mut features: BTreeMap<&str, FeatureUnits> = BTreeMap::new();
    for (measure, is_used) in [(Measure::Used, true), (Measure::GivenBack, false)] {
        for (_, feature, units) in flows.of(measure) {
            let of_feature = features.entry(feature).or_insert_with(|| FeatureUnits {
                feature: feature.to_owned(),
                used: 0,
                given_back: 0,
            });
            let sum = if is_used {
                &mut of_feature.used
            } else {
                &mut of_feature.given_back
            };
            *sum = sum.saturating_add(units);
        }
    }
    Usage {
        events: flows.total(Measure::Events),
        features: features.into_values().collect(),
    }
}
