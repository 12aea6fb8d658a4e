//! Where a customer stands: which of their subscriptions counts, and what it says.

use crate::invoice::InvoiceStatus;
use crate::subscription::{Subscription, SubscriptionStatus};
use std::fmt;
use tollgate_core::Timestamp;
use tollgate_core::billing::Billed;
use tollgate_core::catalog::Catalog;
use tollgate_core::period::Period;
use tollgate_core::plan::{BillingInterval, Cadence};
use tollgate_core::subscription::{BilledAs, PendingChange, Status};

/// Where a customer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Stripe's word for the state of the subscription that counts.
    pub status: Option<String>,
    /// What is billed; `None` when there is no subscription of ours.
    pub billed: Option<Billed>,
    /// Subscriptions beside the one that counts, which the customer should not pay as well.
    pub surplus: Vec<String>,
    /// Whether any of them has ever been a trial.
    pub had_trial: bool,
    /// Why nothing can be said: then the customer stays as they are, and somebody has to look.
    pub problem: Option<Problem>,
}

/// Why nothing can be said of where a customer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The price is none of the catalog.
    UnknownPrice {
        /// The subscription.
        subscription: String,
        /// Its price.
        price: String,
    },
    /// The state is one that is not known here.
    UnknownStatus {
        /// The subscription.
        subscription: String,
        /// Its state.
        status: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::UnknownPrice {
                subscription,
                price,
            } => write!(
                f,
                "the price {price} of the subscription {subscription} is none of the catalog"
            ),
            Problem::UnknownStatus {
                subscription,
                status,
            } => write!(
                f,
                "the state {status:?} of the subscription {subscription} is not known"
            ),
        }
    }
}

/// How good a subscription is: of several, the one with the smallest rank counts, and among
/// equals the oldest. A later one that gives access as well is surplus.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    GivesAccess,
    Unknown,
    Waits,
    Ended,
}

fn rank(subscription: &Subscription) -> Rank {
    match subscription.status {
        SubscriptionStatus::Trialing | SubscriptionStatus::Active | SubscriptionStatus::PastDue => {
            Rank::GivesAccess
        }
        SubscriptionStatus::Unpaid
        | SubscriptionStatus::Paused
        | SubscriptionStatus::Incomplete => Rank::Waits,
        SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired => Rank::Ended,
        SubscriptionStatus::Other(_) => Rank::Unknown,
    }
}

/// Where a customer stands, from all their subscriptions as they are now, ended ones too.
/// `previous` is what counted the last time; `grace_seconds` is how long an overdue subscription
/// gives access all the same.
pub fn standing(
    catalog: &Catalog,
    subscriptions: &[Subscription],
    previous: Option<&Billed>,
    grace_seconds: i64,
) -> Standing {
    let mut ours: Vec<&Subscription> = subscriptions
        .iter()
        .filter(|subscription| known_price(catalog, subscription).is_some())
        .collect();
    ours.sort_by_key(|subscription| {
        let created = subscription.created.unwrap_or(i64::MAX);
        // Of those that have ended, the last one.
        let age = match rank(subscription) {
            Rank::Ended => created.saturating_neg(),
            _ => created,
        };
        (rank(subscription), age, subscription.id.clone())
    });
    let foreign = subscriptions.iter().find(|subscription| {
        let was_ours =
            previous.is_some_and(|billed| billed.billed_as.subscription == subscription.id);
        let nothing_else = ours.first().is_none_or(|first| rank(first) == Rank::Ended);
        rank(subscription) != Rank::Ended
            && known_price(catalog, subscription).is_none()
            && (was_ours || nothing_else)
    });
    let had_trial = subscriptions
        .iter()
        .any(|subscription| subscription.trial_start.is_some() || subscription.trial_end.is_some());
    let mut standing = Standing {
        status: None,
        billed: None,
        surplus: Vec::new(),
        had_trial,
        problem: None,
    };
    if let Some(foreign) = foreign {
        standing.problem = Some(Problem::UnknownPrice {
            subscription: foreign.id.clone(),
            price: foreign.price_ids().next().unwrap_or_default().to_owned(),
        });
        return standing;
    }
    let Some((first, others)) = ours.split_first() else {
        return standing;
    };
    standing.status = Some(first.status.as_str().to_owned());
    let Some(status) = Status::parse(first.status.as_str()) else {
        standing.problem = Some(Problem::UnknownStatus {
            subscription: first.id.clone(),
            status: first.status.as_str().to_owned(),
        });
        return standing;
    };
    standing.billed = billed(catalog, first, status, previous, grace_seconds);
    if rank(first) == Rank::GivesAccess {
        let paid_as_well = others.iter().filter(|other| {
            rank(other) == Rank::GivesAccess
                || matches!(
                    other.status,
                    SubscriptionStatus::Unpaid | SubscriptionStatus::Paused
                )
        });
        standing.surplus = paid_as_well.map(|other| other.id.clone()).collect();
    }
    standing
}

/// The price of a subscription that the catalog knows.
fn known_price<'s>(catalog: &Catalog, subscription: &'s Subscription) -> Option<&'s str> {
    subscription
        .price_ids()
        .find(|price| catalog.plan_of_stripe_price(price).is_some())
}

fn billed(
    catalog: &Catalog,
    subscription: &Subscription,
    status: Status,
    previous: Option<&Billed>,
    grace_seconds: i64,
) -> Option<Billed> {
    let stripe_price = known_price(catalog, subscription)?;
    let terms = terms(catalog, stripe_price, previous)?;
    let created = subscription.created.unwrap_or_default();
    let started = subscription.start_date.unwrap_or(created);
    let anchor = Timestamp::from_seconds(subscription.billing_cycle_anchor.unwrap_or(started));
    let period = subscription
        .period()
        .filter(|period| period.start < period.end)
        .map_or_else(
            || Period::anchored(cadence(terms.interval), anchor, anchor),
            |period| Period {
                start: Timestamp::from_seconds(period.start),
                end: Timestamp::from_seconds(period.end),
            },
        );
    let grace_until = (status == Status::PastDue)
        .then(|| overdue_since(subscription, period).plus_seconds(grace_seconds));
    Some(Billed {
        billed_as: BilledAs {
            customer: subscription.customer_id().unwrap_or_default().to_owned(),
            subscription: subscription.id.clone(),
            price: stripe_price.to_owned(),
        },
        plan: terms.plan,
        plan_version: terms.plan_version,
        price: terms.price,
        interval: terms.interval,
        status,
        started_at: Timestamp::from_seconds(created),
        anchor,
        period,
        cancel_at: subscription.cancels_at().map(Timestamp::from_seconds),
        ended_at: ended_at(subscription, status, period),
        pending: pending(catalog, subscription, stripe_price),
        grace_until,
    })
}

/// What a price stands for.
struct Terms {
    plan: tollgate_core::id::PlanId,
    plan_version: u32,
    price: tollgate_core::id::PriceId,
    interval: BillingInterval,
}

/// What a price stands for: for who has it already, the version of the plan that they have.
fn terms(catalog: &Catalog, stripe_price: &str, previous: Option<&Billed>) -> Option<Terms> {
    if let Some(previous) = previous.filter(|previous| previous.billed_as.price == stripe_price)
        && catalog
            .plan(&previous.plan, previous.plan_version)
            .is_some_and(|plan| plan.prices.contains_key(&previous.price))
    {
        return Some(Terms {
            plan: previous.plan.clone(),
            plan_version: previous.plan_version,
            price: previous.price.clone(),
            interval: previous.interval,
        });
    }
    let (plan, price) = catalog.plan_of_stripe_price(stripe_price)?;
    Some(Terms {
        plan: plan.id.clone(),
        plan_version: plan.version,
        price: price.clone(),
        interval: plan.prices.get(price)?.interval,
    })
}

/// A change that the subscription's schedule holds, if it leads to another price.
fn pending(catalog: &Catalog, subscription: &Subscription, present: &str) -> Option<PendingChange> {
    let schedule = subscription.schedule.as_ref()?.object()?;
    let phase = schedule.next_phase()?;
    let prices = phase.items.iter().filter_map(|item| item.price_id());
    let next = prices
        .filter_map(|price| terms(catalog, price, None).map(|terms| (price, terms)))
        .find(|(price, _)| *price != present);
    let (_, terms) = next?;
    Some(PendingChange {
        at: Timestamp::from_seconds(phase.start_date?),
        plan: terms.plan,
        plan_version: terms.plan_version,
        price: Some(terms.price),
    })
}

/// When it ended, was paused, or since when it is unpaid.
fn ended_at(subscription: &Subscription, status: Status, period: Period) -> Option<Timestamp> {
    match status {
        Status::Paused => {
            let details = subscription.status_details.as_ref()?;
            let since = details.paused.as_ref()?.transitioned_at;
            since.map(Timestamp::from_seconds)
        }
        Status::Unpaid => Some(overdue_since(subscription, period)),
        _ => subscription.ended_at.map(Timestamp::from_seconds),
    }
}

/// Since when a payment is overdue: since its invoice was made, or else since the period began.
fn overdue_since(subscription: &Subscription, period: Period) -> Timestamp {
    let invoice = subscription
        .latest_invoice
        .as_ref()
        .and_then(|invoice| invoice.object())
        .filter(|invoice| invoice.status == Some(InvoiceStatus::Open));
    invoice
        .and_then(|invoice| invoice.created)
        .map_or(period.start, Timestamp::from_seconds)
}

fn cadence(interval: BillingInterval) -> Cadence {
    match interval {
        BillingInterval::Month => Cadence::Month,
        BillingInterval::Year => Cadence::Year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const PLANS: &str = "\
        catalog = { name = 'App', default_plan = 'free', currency = 'usd' }\n\
        defaults = { reset = 'month', anchor = 'billing' }\n\
        features.scan = { name = 'Scan' }\n\
        [plans.free]\nname = 'Free'\nlimits = { scan = 2 }\n\
        [plans.pro]\nname = 'Pro'\nlimits = { scan = 20 }\n\
        prices.monthly = { amount = 999, interval = 'month', stripe_price = 'price_pro' }\n\
        [plans.elite]\nname = 'Elite'\nlimits = { scan = 200 }\n\
        prices.yearly = { amount = 9999, interval = 'year', stripe_price = 'price_elite' }\n";

    const DAY: i64 = 86_400;

    fn catalog() -> Catalog {
        let catalog = Catalog::parse("plans.toml", PLANS, &|_| None).expect("it is right");
        Catalog::next_version(None, catalog)
    }

    /// A subscription as Stripe sends it now, with `other` over it.
    fn subscription(id: &str, price: &str, other: &Value) -> Value {
        let mut subscription = json!({
            "id": id, "object": "subscription", "status": "active", "customer": "cus_1",
            "created": 1_000_000, "start_date": 1_000_000, "billing_cycle_anchor": 1_000_000,
            "items": { "object": "list", "data": [{
                "id": "si_1", "price": { "id": price },
                "current_period_start": 1_000_000, "current_period_end": 1_000_000 + 31 * DAY,
            }] },
        });
        for (name, value) in other.as_object().unwrap() {
            subscription[name] = value.clone();
        }
        subscription
    }

    fn standing_of(subscriptions: &[Value], previous: Option<&Billed>) -> Standing {
        let read = |value: &Value| serde_json::from_value(value.clone()).unwrap();
        let subscriptions: Vec<Subscription> = subscriptions.iter().map(read).collect();
        standing(&catalog(), &subscriptions, previous, 7 * DAY)
    }

    fn billed_of(subscription: Value) -> Billed {
        standing_of(&[subscription], None).billed.unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn what_is_billed_is_read_whole() {
        let ends = json!({ "cancel_at": 1_000_000 + 31 * DAY });
        let billed = billed_of(subscription("sub_1", "price_pro", &ends));
        assert_eq!(
            (
                billed.plan.as_str(),
                billed.price.as_str(),
                billed.plan_version
            ),
            ("pro", "monthly", 1)
        );
        assert_eq!(billed.interval, BillingInterval::Month);
        assert_eq!(billed.anchor, at(1_000_000));
        assert_eq!(billed.period.end, at(1_000_000 + 31 * DAY));
        assert_eq!(billed.cancel_at, Some(at(1_000_000 + 31 * DAY)));
        assert_eq!(billed.billed_as.subscription, "sub_1");
    }

    /// Before 2025-03-31 the period stood on the subscription, and an item had a plan.
    #[test]
    fn old_version_shape() {
        let old = json!({
            "id": "sub_1", "status": "active", "customer": { "id": "cus_1" }, "created": 1_000_000,
            "current_period_start": 2_000_000, "current_period_end": 2_000_000 + 31 * DAY,
            "items": { "data": [{ "id": "si_1", "plan": { "id": "price_pro" } }] },
        });
        let billed = billed_of(old);
        assert_eq!(billed.plan.as_str(), "pro");
        assert_eq!(
            (billed.period.start, billed.period.end),
            (at(2_000_000), at(2_000_000 + 31 * DAY))
        );
        assert_eq!(billed.anchor, at(1_000_000));
    }

    /// A state of tomorrow: nobody loses anything by it, and nobody gains.
    #[test]
    fn unknown_enum() {
        let strange = json!({ "status": "hibernating", "collection_method": "by_carrier_pigeon" });
        let standing = standing_of(&[subscription("sub_1", "price_pro", &strange)], None);
        assert_eq!(
            standing.problem,
            Some(Problem::UnknownStatus {
                subscription: "sub_1".to_owned(),
                status: "hibernating".to_owned(),
            })
        );
        assert_eq!(standing.billed, None);
    }

    #[test]
    fn a_price_of_others_is_none_of_ours() {
        let foreign = subscription("sub_9", "price_shirts", &json!({}));
        let standing = standing_of(std::slice::from_ref(&foreign), None);
        assert!(matches!(
            standing.problem,
            Some(Problem::UnknownPrice { .. })
        ));
        // Beside one of ours it is somebody else's business.
        let ours = subscription("sub_1", "price_pro", &json!({}));
        let both = standing_of(&[foreign, ours.clone()], None);
        assert_eq!(both.problem, None);
        assert_eq!(both.billed.unwrap().plan.as_str(), "pro");
        // But not when it is the one that was ours.
        let before = billed_of(ours);
        let moved = subscription("sub_1", "price_shirts", &json!({}));
        let standing = standing_of(&[moved], Some(&before));
        assert!(matches!(
            standing.problem,
            Some(Problem::UnknownPrice { .. })
        ));
    }

    #[test]
    fn of_two_the_oldest_counts_and_the_other_is_surplus() {
        let later = json!({ "created": 1_000_005 });
        let young = subscription("sub_2", "price_elite", &later);
        let old = subscription("sub_1", "price_pro", &json!({}));
        let standing = standing_of(&[young, old], None);
        assert_eq!(standing.billed.unwrap().billed_as.subscription, "sub_1");
        assert_eq!(standing.surplus, ["sub_2"]);
    }

    #[test]
    fn one_that_is_paid_counts_before_one_that_is_not() {
        let with = |id: &str, other: Value| subscription(id, "price_pro", &other);
        let unpaid = with("sub_1", json!({ "status": "unpaid" }));
        let begun = with("sub_0", json!({ "status": "incomplete" }));
        let paid = with("sub_2", json!({ "created": 1_000_005 }));
        let standing = standing_of(&[unpaid, begun, paid], None);
        assert_eq!(standing.billed.unwrap().billed_as.subscription, "sub_2");
        assert_eq!(
            standing.surplus,
            ["sub_1"],
            "what may never be paid is left alone"
        );
    }

    #[test]
    fn of_those_that_have_ended_the_last_one_counts() {
        let ended = |id: &str, created: i64| {
            let other =
                json!({ "status": "canceled", "created": created, "ended_at": created + 9 });
            subscription(id, "price_pro", &other)
        };
        let all = [ended("sub_1", 5), ended("sub_3", 7), ended("sub_2", 6)];
        let standing = standing_of(&all, None);
        let billed = standing.billed.unwrap();
        assert_eq!(billed.billed_as.subscription, "sub_3");
        assert_eq!(billed.gone_since(at(100)), Some(at(16)));
        assert_eq!(standing.status.as_deref(), Some("canceled"));
    }

    #[test]
    fn an_overdue_payment_has_a_grace_from_its_invoice() {
        let overdue = json!({
            "status": "past_due",
            "latest_invoice": { "id": "in_1", "status": "open", "created": 1_000_500 },
        });
        let billed = billed_of(subscription("sub_1", "price_pro", &overdue));
        let until = at(1_000_500 + 7 * DAY);
        assert_eq!(billed.grace_until, Some(until));
        assert!(billed.gives_access(at(1_000_500)));
        assert!(!billed.gives_access(until));
    }

    #[test]
    fn a_schedule_tells_what_comes_next() {
        let end = 1_000_000 + 31 * DAY;
        let scheduled = json!({ "schedule": {
            "id": "sub_sched_1", "current_phase": { "start_date": 1_000_000, "end_date": end },
            "phases": [
                { "start_date": 1_000_000, "end_date": end, "items": [{ "price": "price_pro" }] },
                { "start_date": end, "end_date": end + 9, "items": [{ "price": "price_elite" }] },
            ],
        } });
        let billed = billed_of(subscription("sub_1", "price_pro", &scheduled));
        let pending = billed.pending.clone().unwrap();
        assert_eq!((pending.at, pending.plan.as_str()), (at(end), "elite"));
        let later = billed.as_of(&catalog(), at(end));
        assert_eq!(
            (later.plan.as_str(), later.interval),
            ("elite", BillingInterval::Year)
        );
        assert_eq!(later.pending, None);
    }

    #[test]
    fn whoever_has_a_price_keeps_the_version_of_the_plan() {
        let ours = subscription("sub_1", "price_pro", &json!({}));
        let before = billed_of(ours.clone());
        let newer = PLANS.replace("limits = { scan = 20 }", "limits = { scan = 30 }");
        let newer = Catalog::parse("plans.toml", &newer, &|_| None).expect("it is right");
        let newer = Catalog::next_version(Some(&catalog()), newer);
        let read = serde_json::from_value(ours).unwrap();
        let version = |previous| {
            let standing = standing(&newer, std::slice::from_ref(&read), previous, 0);
            standing.billed.unwrap().plan_version
        };
        assert_eq!((version(Some(&before)), version(None)), (1, 2));
    }
}
