//! Opens accounts and puts them on plans: at once or at the period's end, with a preview.

use super::Account;
use super::advance::{NextGrant, billing_period, expiry_of};
use super::consume::refuse;
use super::figures::MeterUsage;
use crate::catalog::Catalog;
use crate::decision::{Decision, Reason, Refusal};
use crate::entry::{Cause, Effect};
use crate::grant::{Grant, Source};
use crate::id::{MeterId, PlanId, PriceId};
use crate::period::{Period, TimeZone};
use crate::plan::{BillingInterval, Cadence, Entitlement, Limit, OnChange, Plan, Price};
use crate::request::{ChangeTime, Keyed, Subscribe};
use crate::subscription::{PendingChange, Status, Subscription};
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which way a change of plan goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To more: the month costs more, or, where it costs the same, no limit is smaller.
    Upgrade,
    /// To less.
    Downgrade,
}

/// What a change of plan would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The plan that the customer has.
    pub from: Option<PlanId>,
    /// The plan that it would have.
    pub to: PlanId,
    /// Which way it goes.
    pub direction: Direction,
    /// When it would take effect.
    pub effective_at: Timestamp,
    /// Every meter as it stands.
    pub before: Vec<MeterUsage>,
    /// Every meter as it would stand, were the change made now.
    pub after: Vec<MeterUsage>,
}

/// A plan with the price that is paid for it.
struct Target {
    plan: Arc<Plan>,
    price: Option<PriceId>,
    interval: BillingInterval,
}

/// What a plan says of one limited meter, and from when.
struct LimitedTerms<'a> {
    meter: &'a MeterId,
    limit: &'a Limit,
    /// The limit that the plan before set.
    present: Option<&'a Limit>,
    /// The period around `at` by the new limit's rule.
    period: Period,
    at: Timestamp,
    now: Timestamp,
}

impl Account {
    /// Begins the account, on the catalog's default plan if it has one. Does nothing to an account
    /// that exists; answers whether it was begun now.
    pub fn open(&mut self, catalog: &Catalog, time_zone: Option<TimeZone>, now: Timestamp) -> bool {
        if self.exists() {
            return false;
        }
        let zone = time_zone.unwrap_or_else(|| catalog.time_zone.clone());
        self.record(now, None, Cause::Opened, vec![Effect::TimeZone(zone)]);
        if let Some(plan) = default_plan(catalog) {
            let target = Target::free(plan);
            let next = self.fresh_subscription(&target, now, now);
            self.begin_subscription(catalog, &target, next, now, None, Cause::Subscribed);
        }
        true
    }

    /// Moves the customer to another calendar; periods that are running end as they would have.
    pub fn set_time_zone(
        &mut self,
        catalog: &Catalog,
        zone: TimeZone,
        now: Timestamp,
    ) -> Decision<()> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if zone != self.time_zone {
            self.record(now, None, Cause::TimeZoneSet, vec![Effect::TimeZone(zone)]);
        }
        Decision::Granted(())
    }

    /// Puts the customer on a plan in its newest version. Answers when it takes effect.
    pub fn subscribe(
        &mut self,
        catalog: &Catalog,
        request: &Subscribe,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision<Timestamp> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if self.is_billed() {
            return refuse(Refusal::bare(Reason::BilledElsewhere));
        }
        let Some(target) = Target::find(catalog, &request.plan, request.price.as_ref()) else {
            return refuse(Refusal {
                plan: Some(request.plan.clone()),
                ..Refusal::bare(Reason::UnknownPlan)
            });
        };
        let Some(subscription) = self.subscription.clone() else {
            let next = self.fresh_subscription(&target, now, now);
            self.begin_subscription(catalog, &target, next, now, keyed, Cause::Subscribed);
            return Decision::Granted(now);
        };
        if target.is_present(&subscription) {
            self.go_on(subscription, keyed, now);
            return Decision::Granted(now);
        }
        let Some(at) = self.effective_at(catalog, &subscription, &target, request.when, now) else {
            self.change_plan(catalog, &subscription, &target, now, now, keyed);
            return Decision::Granted(now);
        };
        let pending = PendingChange {
            at,
            plan: target.plan.id.clone(),
            plan_version: target.plan.version,
            price: target.price,
        };
        // Whoever chooses what comes next does not want to leave any more.
        let waiting = Subscription {
            pending: Some(pending),
            cancel_at: None,
            ..subscription
        };
        let effects = vec![Effect::Subscription(Some(Box::new(waiting)))];
        self.record(now, keyed, Cause::ChangeScheduled, effects);
        Decision::Granted(at)
    }

    /// The customer wants the plan that it has: what waits is undone, and nothing else happens. A
    /// fresh quota is never to be had by asking for the same plan again.
    fn go_on(&mut self, subscription: Subscription, keyed: Option<&Keyed>, now: Timestamp) {
        let waits = subscription.pending.is_some() || subscription.cancel_at.is_some();
        if !waits && keyed.is_none() {
            return;
        }
        let going_on = Subscription {
            cancel_at: None,
            pending: None,
            ..subscription
        };
        let effects = vec![Effect::Subscription(Some(Box::new(going_on)))];
        self.record(now, keyed, Cause::ChangeUndone, effects);
    }

    /// What [`Self::subscribe`] would do.
    pub fn preview(
        &self,
        catalog: &Catalog,
        request: &Subscribe,
        now: Timestamp,
    ) -> Decision<Preview> {
        let mut before = self.clone();
        if !before.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let Some(target) = Target::find(catalog, &request.plan, request.price.as_ref()) else {
            return refuse(Refusal {
                plan: Some(request.plan.clone()),
                ..Refusal::bare(Reason::UnknownPlan)
            });
        };
        let mut after = before.clone();
        // What the rules would do; who bills has no say in it.
        if let Some(subscription) = &mut after.subscription {
            subscription.billed_as = None;
        }
        let at_once = Subscribe {
            when: ChangeTime::Now,
            ..request.clone()
        };
        let direction = before.direction(catalog, &target);
        let effective_at = match before.subscription.as_ref() {
            Some(subscription) => before
                .effective_at(
                    catalog,
                    subscription,
                    &target,
                    request.when,
                    before.not_before(now),
                )
                .unwrap_or_else(|| before.not_before(now)),
            None => before.not_before(now),
        };
        if let Decision::Refused(refusal) = after.subscribe(catalog, &at_once, None, now) {
            return Decision::Refused(refusal);
        }
        Decision::Granted(Preview {
            from: before
                .subscription
                .as_ref()
                .map(|subscription| subscription.plan.clone()),
            to: target.plan.id.clone(),
            direction,
            effective_at,
            before: before.meters_usage(catalog, now),
            after: after.meters_usage(catalog, now),
        })
    }

    /// Ends the subscription now or at the end of its billing period; the customer falls back to
    /// the default plan. Doing it twice changes nothing more; a customer who has the default plan
    /// keeps it as it is, and only a change that waits is undone. Answers when it ends.
    pub fn cancel(
        &mut self,
        catalog: &Catalog,
        at_period_end: bool,
        now: Timestamp,
    ) -> Decision<Timestamp> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if self.is_billed() {
            return refuse(Refusal::bare(Reason::BilledElsewhere));
        }
        let Some(subscription) = self.subscription.clone() else {
            return refuse(Refusal::bare(Reason::NoSubscription));
        };
        let fallback = default_plan(catalog).map(Target::free);
        if fallback.is_some_and(|target| target.is_present(&subscription)) {
            self.go_on(subscription, None, now);
            return Decision::Granted(now);
        }
        if !at_period_end {
            self.end_subscription(catalog, now, now);
            return Decision::Granted(now);
        }
        let end = subscription.period.end;
        if subscription.cancel_at != Some(end) {
            let ending = Subscription {
                cancel_at: Some(end),
                pending: None,
                ..subscription
            };
            self.record(
                now,
                None,
                Cause::CancelScheduled,
                vec![Effect::Subscription(Some(Box::new(ending)))],
            );
        }
        Decision::Granted(end)
    }

    /// Undoes a change or a cancellation that waits for the period's end.
    pub fn undo_change(&mut self, catalog: &Catalog, now: Timestamp) -> Decision<()> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if self.is_billed() {
            return refuse(Refusal::bare(Reason::BilledElsewhere));
        }
        let waiting = self
            .subscription
            .clone()
            .filter(|it| it.pending.is_some() || it.cancel_at.is_some());
        let Some(subscription) = waiting else {
            return refuse(Refusal::bare(Reason::NothingToUndo));
        };
        self.go_on(subscription, None, now);
        Decision::Granted(())
    }

    /// A waiting change has reached its time. A plan that is gone from the catalog leaves the
    /// customer where it is.
    pub(super) fn do_pending_change(&mut self, catalog: &Catalog, at: Timestamp, now: Timestamp) {
        let Some(subscription) = self.subscription.clone() else {
            return;
        };
        let Some(pending) = subscription.pending.clone() else {
            return;
        };
        let settled = Subscription {
            pending: None,
            ..subscription
        };
        let target = catalog
            .plan(&pending.plan, pending.plan_version)
            .map(|plan| Target::of(plan, pending.price.as_ref()));
        if let Some(target) = target {
            self.change_plan(catalog, &settled, &target, at, now, None);
        } else {
            let effects = vec![Effect::Subscription(Some(Box::new(settled)))];
            self.record(now, None, Cause::ChangeUndone, effects);
        }
    }

    /// The subscription ends at `at`; the default plan takes its place, or nothing does.
    pub(super) fn end_subscription(&mut self, catalog: &Catalog, at: Timestamp, now: Timestamp) {
        self.end_billed_subscription(catalog, None, at, now);
    }

    /// The same, of the subscription with this id at the payment provider: without one, of the
    /// running one.
    pub(super) fn end_billed_subscription(
        &mut self,
        catalog: &Catalog,
        id: Option<String>,
        at: Timestamp,
        now: Timestamp,
    ) {
        let billed_as = self
            .subscription
            .as_ref()
            .and_then(|held| held.billed_as.as_ref());
        let fell_from = id.or_else(|| billed_as.map(|ids| ids.subscription.clone()));
        if let Some(plan) = default_plan(catalog) {
            let target = Target::free(plan);
            let next = Subscription {
                fell_from,
                ..self.fresh_subscription(&target, at, now)
            };
            self.begin_subscription(catalog, &target, next, now, None, Cause::Canceled);
            return;
        }
        let mut effects = vec![Effect::Subscription(None)];
        for grant in self.plan_grants() {
            effects.push(Effect::GrantEnded {
                grant: grant.number(),
                at,
            });
        }
        self.record(now, None, Cause::Canceled, effects);
    }

    /// Begins a subscription in place of whatever there was.
    fn begin_subscription(
        &mut self,
        catalog: &Catalog,
        target: &Target,
        next: Subscription,
        now: Timestamp,
        keyed: Option<&Keyed>,
        cause: Cause,
    ) {
        let at = next.anchor;
        let mut effects = self.terms(catalog, &target.plan, at, at, now);
        effects.insert(0, Effect::Subscription(Some(Box::new(next))));
        self.record(now, keyed, cause, effects);
    }

    /// A subscription that nobody bills, and that counts from `at`.
    fn fresh_subscription(&self, target: &Target, at: Timestamp, now: Timestamp) -> Subscription {
        Subscription {
            number: self.version + 1,
            plan: target.plan.id.clone(),
            plan_version: target.plan.version,
            price: target.price.clone(),
            interval: target.interval,
            status: Status::Active,
            started_at: now,
            anchor: at,
            period: billing_period(target.interval, at, now),
            pending: None,
            cancel_at: None,
            grace_until: None,
            fell_from: None,
            billed_as: None,
        }
    }

    /// Changes the plan of a running subscription as of `at`. Its billing begins anew where
    /// payment begins or changes its rhythm, as Stripe does it.
    fn change_plan(
        &mut self,
        catalog: &Catalog,
        subscription: &Subscription,
        target: &Target,
        at: Timestamp,
        now: Timestamp,
        keyed: Option<&Keyed>,
    ) {
        let begins_anew = target.bills_anew(subscription);
        let anchor = target.anchor(Some(subscription), at);
        let next = Subscription {
            plan: target.plan.id.clone(),
            plan_version: target.plan.version,
            price: target.price.clone(),
            interval: target.interval,
            anchor,
            period: if begins_anew {
                billing_period(target.interval, at, now)
            } else {
                subscription.period
            },
            pending: None,
            cancel_at: None,
            fell_from: None,
            ..subscription.clone()
        };
        let mut effects = self.terms(catalog, &target.plan, anchor, at, now);
        effects.insert(0, Effect::Subscription(Some(Box::new(next))));
        let cause = Cause::PlanChanged {
            from: subscription.plan.clone(),
            to: target.plan.id.clone(),
        };
        self.record(now, keyed, cause, effects);
    }

    /// What a new plan does to every meter that the plan or the account knows.
    pub(super) fn terms(
        &self,
        catalog: &Catalog,
        plan: &Plan,
        anchor: Timestamp,
        at: Timestamp,
        now: Timestamp,
    ) -> Vec<Effect> {
        let known = self
            .grants
            .iter()
            .map(Grant::meter)
            .chain(self.tallies.meters.iter().map(|tally| &tally.meter));
        let meters: BTreeSet<&MeterId> = plan.entitlements.keys().chain(known).collect();
        let present = self.plan(catalog).map(AsRef::as_ref);
        let mut effects = Vec::new();
        let mut next_grant = self.next_grant;
        for meter in meters {
            let Some(Entitlement::Limited(limit)) = plan.entitlements.get(meter) else {
                self.terms_without_limit(meter, at, &mut effects);
                continue;
            };
            let terms = LimitedTerms {
                meter,
                limit,
                present: present.and_then(|plan| plan.limit(meter)),
                period: Period::around(limit.reset, &self.time_zone, anchor, at),
                at,
                now,
            };
            next_grant = self.limited_terms(&terms, next_grant, &mut effects);
        }
        effects
    }

    /// A meter that is unlimited or gives nothing from now on: the plan's grant ends, and usage is
    /// counted in the running period or, if that has no end, in the calendar month.
    fn terms_without_limit(&self, meter: &MeterId, at: Timestamp, effects: &mut Vec<Effect>) {
        effects.extend(self.plan_grant(meter).map(|grant| Effect::GrantEnded {
            grant: grant.number(),
            at,
        }));
        let month = Period::calendar(Cadence::Month, &self.time_zone, at);
        match self.tally(meter) {
            None => effects.push(Effect::PeriodTurned {
                meter: meter.clone(),
                period: month,
            }),
            Some(tally) if tally.period.end == Timestamp::MAX => {
                let period = continued(tally.period, month);
                effects.push(Effect::PeriodSet {
                    meter: meter.clone(),
                    period,
                });
                self.move_rollovers(meter, period, effects);
            }
            Some(_) => {}
        }
    }

    /// The terms of one limited meter: the plan's grant is resized, or begins. Answers the number
    /// of the next grant.
    fn limited_terms(
        &self,
        terms: &LimitedTerms<'_>,
        next_grant: u64,
        effects: &mut Vec<Effect>,
    ) -> u64 {
        let &LimitedTerms {
            meter, period, at, ..
        } = terms;
        let old = self.plan_grant(meter);
        let begins_anew = self.begins_anew(terms);
        let running = match self.tally(meter) {
            None => period,
            Some(_) if begins_anew => Period {
                start: period.start.max(at),
                ..period
            },
            Some(tally) => continued(tally.period, period),
        };
        if begins_anew {
            effects.extend(old.map(|old| Effect::GrantEnded {
                grant: old.number(),
                at,
            }));
            effects.push(Effect::PeriodTurned {
                meter: meter.clone(),
                period: running,
            });
        } else if !self.keeps_rhythm(terms) {
            effects.push(Effect::PeriodSet {
                meter: meter.clone(),
                period: running,
            });
        }
        self.move_rollovers(meter, running, effects);
        let units = self.units_under(terms);
        let mut next = NextGrant {
            number: next_grant,
            meter,
            period: running,
            created_at: terms.now,
        };
        match old {
            Some(old) if !begins_anew => effects.push(Effect::GrantResized {
                grant: old.number(),
                limit: units,
                expires_at: expiry_of(running),
            }),
            _ => effects.push(next.grant(Source::Plan, units, None)),
        }
        next.number
    }

    /// Whether the meter's running period ends when the new terms want it to.
    fn keeps_rhythm(&self, terms: &LimitedTerms<'_>) -> bool {
        self.tally(terms.meter)
            .is_some_and(|tally| tally.period.end == terms.period.end)
    }

    /// Whether the meter begins a fresh period under the new terms.
    fn begins_anew(&self, terms: &LimitedTerms<'_>) -> bool {
        let gives_now = self.plan_grant(terms.meter).is_some();
        terms.limit.on_change == OnChange::Reset || (!gives_now && !self.keeps_rhythm(terms))
    }

    /// Units of the plan's grant under the new terms. What the plans before gave in this period,
    /// limited or not, still counts.
    fn units_under(&self, terms: &LimitedTerms<'_>) -> u64 {
        let LimitedTerms { meter, limit, .. } = *terms;
        if self.begins_anew(terms) {
            return limit.units;
        }
        let elsewhere = self.given_elsewhere(meter);
        let units = match (limit.on_change, self.plan_grant(meter)) {
            (OnChange::Prorate, Some(old)) => {
                let nominal = old.parts().nominal;
                let (before, present) = terms.present.map_or((nominal, terms.period), |present| {
                    (present.units, self.window(present.reset, terms.at))
                });
                // A grant of nothing no longer tells how far the plan's limit was exceeded.
                let given = if nominal > 0 {
                    nominal.saturating_add(elsewhere)
                } else {
                    elsewhere.min(before)
                };
                let new = (limit.units, terms.period);
                let units = prorated(given, (before, present), new, terms.at);
                // Parts of periods of different length do not add up; nobody ever gets more than
                // the largest limit of the period.
                units.min(given.max(before).max(limit.units))
            }
            _ => limit.units,
        };
        units.saturating_sub(elsewhere)
    }

    /// What would remain of the meter, were the plan changed to this one at once, at its usual
    /// price; `None` for unlimited.
    pub(super) fn remaining_under(
        &self,
        catalog: &Catalog,
        plan: &Arc<Plan>,
        meter: &MeterId,
        now: Timestamp,
    ) -> Option<u64> {
        let limit = match plan.entitlements.get(meter) {
            Some(Entitlement::Unlimited) => return None,
            Some(Entitlement::Limited(limit)) => Some(limit),
            None => None,
        };
        let live = self
            .grants
            .iter()
            .filter(|grant| grant.meter() == meter && grant.is_live(now));
        let others = live.filter(|grant| grant.source() != Source::Plan);
        let others: u64 = others.map(Grant::remaining).sum();
        let Some(limit) = limit else {
            return Some(others);
        };
        let present = self.plan(catalog).and_then(|plan| plan.limit(meter));
        let anchor = Target::usual(plan).anchor(self.subscription.as_ref(), now);
        let terms = LimitedTerms {
            meter,
            limit,
            present,
            period: Period::around(limit.reset, &self.time_zone, anchor, now),
            at: now,
            now,
        };
        let units = self.units_under(&terms);
        let spent = match self.plan_grant(meter) {
            Some(old) if !self.begins_anew(&terms) => old.spent(),
            _ => 0,
        };
        Some(others + units.saturating_sub(spent))
    }

    /// What plans gave in the running period, or hold for reservations, and not of the live
    /// plan grant: the plan was unlimited, or its grant ended by a change.
    fn given_elsewhere(&self, meter: &MeterId) -> u64 {
        let Some(tally) = self.tally(meter) else {
            return 0;
        };
        let of_meter = || self.grants.iter().filter(|grant| grant.meter() == meter);
        let held_of_grants: u64 = of_meter().map(|grant| grant.parts().held).sum();
        let of_plan = || of_meter().filter(|grant| tally.counts(grant));
        let (live, ended): (Vec<&Grant>, Vec<&Grant>) =
            of_plan().partition(|grant| !grant.parts().ended);
        let used: u64 = live
            .iter()
            .map(|grant| grant.parts().used - grant.parts().used_before)
            .sum();
        let held: u64 = ended.iter().map(|grant| grant.parts().held).sum();
        tally.of_plan.saturating_sub(used) + tally.held.saturating_sub(held_of_grants) + held
    }

    /// What was carried over ends with the period, whatever period that is now.
    fn move_rollovers(&self, meter: &MeterId, period: Period, effects: &mut Vec<Effect>) {
        let expires_at = expiry_of(period);
        let carried = self.plan_grants().filter(|grant| {
            grant.meter() == meter
                && grant.source() == Source::Rollover
                && grant.parts().expires_at != expires_at
        });
        effects.extend(carried.map(|grant| Effect::GrantResized {
            grant: grant.number(),
            limit: grant.parts().nominal,
            expires_at,
        }));
    }

    /// The plan's own grant of the running period.
    fn plan_grant(&self, meter: &MeterId) -> Option<&Grant> {
        self.plan_grants()
            .find(|grant| grant.meter() == meter && grant.source() == Source::Plan)
    }

    /// The grants that the subscription gave and that have not ended.
    fn plan_grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| {
            !grant.parts().ended && matches!(grant.source(), Source::Plan | Source::Rollover)
        })
    }

    /// When a change takes effect; `None` for at once.
    fn effective_at(
        &self,
        catalog: &Catalog,
        subscription: &Subscription,
        target: &Target,
        when: ChangeTime,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let waits = match when {
            ChangeTime::Now => false,
            ChangeTime::PeriodEnd => true,
            ChangeTime::Auto => self.direction(catalog, target) == Direction::Downgrade,
        };
        (waits && subscription.period.end > now).then_some(subscription.period.end)
    }

    fn direction(&self, catalog: &Catalog, target: &Target) -> Direction {
        let Some(present) = self.plan(catalog) else {
            return Direction::Upgrade;
        };
        let paid = self
            .subscription
            .as_ref()
            .and_then(|subscription| subscription.price.as_ref());
        let has = yearly_minor(paid.and_then(|id| present.prices.get(id)));
        let gets = yearly_minor(
            target
                .price
                .as_ref()
                .and_then(|id| target.plan.prices.get(id)),
        );
        let shrinks = present.entitlements.iter().any(|(meter, entitlement)| {
            match (entitlement, target.plan.entitlements.get(meter)) {
                (Entitlement::Limited(old), Some(Entitlement::Limited(new))) => {
                    new.units < old.units
                }
                (_, None) | (Entitlement::Unlimited, Some(Entitlement::Limited(_))) => true,
                (_, Some(Entitlement::Unlimited)) => false,
            }
        });
        if gets < has || (gets == has && shrinks) {
            Direction::Downgrade
        } else {
            Direction::Upgrade
        }
    }
}

impl Target {
    fn of(plan: &Arc<Plan>, price: Option<&PriceId>) -> Self {
        let known = price.and_then(|id| plan.prices.get_key_value(id));
        Self {
            plan: Arc::clone(plan),
            price: known.map(|(id, _)| id.clone()),
            interval: known.map_or(BillingInterval::Month, |(_, price)| price.interval),
        }
    }

    fn free(plan: &Arc<Plan>) -> Self {
        Self {
            plan: Arc::clone(plan),
            price: None,
            interval: BillingInterval::Month,
        }
    }

    /// Whether it is what the customer has.
    fn is_present(&self, subscription: &Subscription) -> bool {
        subscription.plan == self.plan.id
            && subscription.plan_version == self.plan.version
            && subscription.price == self.price
    }

    /// The newest version of an active plan, with the price that was asked for: without one its
    /// only price, or else its cheapest monthly one.
    fn find(catalog: &Catalog, id: &PlanId, price: Option<&PriceId>) -> Option<Self> {
        let plan = catalog.plans.get(id).filter(|plan| plan.is_active)?;
        if let Some(price) = price {
            return plan
                .prices
                .contains_key(price)
                .then(|| Self::of(plan, Some(price)));
        }
        Some(Self::usual(plan))
    }

    /// The plan at its only price, or else its cheapest monthly one.
    fn usual(plan: &Arc<Plan>) -> Self {
        Self::of(plan, plan.usual_price().map(|(id, _)| id))
    }

    /// Whether billing begins anew in a change from `present`: payment begins, or its rhythm
    /// changes.
    fn bills_anew(&self, present: &Subscription) -> bool {
        let starts_paying = present.price.is_none() && self.price.is_some();
        starts_paying || present.interval != self.interval
    }

    /// What billing would be counted from after a change at `at`.
    fn anchor(&self, present: Option<&Subscription>, at: Timestamp) -> Timestamp {
        match present {
            Some(present) if !self.bills_anew(present) => present.anchor,
            _ => at,
        }
    }
}

/// What a year costs in minor units, whatever the rhythm; a free plan costs nothing.
fn yearly_minor(price: Option<&Price>) -> u64 {
    price.map_or(0, |price| match price.interval {
        BillingInterval::Month => price.amount.minor.saturating_mul(12),
        BillingInterval::Year => price.amount.minor,
    })
}

/// The limit changes at `at` from `old` to `new` units, each for its period. To what was `given`
/// for the running period comes the difference for the part of the period that is left, rounded
/// down: of the new period for more units, of the old for fewer, so that going to and fro gains
/// nothing.
fn prorated(
    given: u64,
    (old, old_period): (u64, Period),
    (new, new_period): (u64, Period),
    at: Timestamp,
) -> u64 {
    let period = if new < old { old_period } else { new_period };
    let length = i128::from(period.end.as_micros()) - i128::from(period.start.as_micros());
    let rest = i128::from(period.end.as_micros()) - i128::from(at.as_micros());
    let rest = if period.end == Timestamp::MAX {
        length
    } else {
        rest.clamp(0, length)
    };
    let more = (i128::from(new) - i128::from(old)) * rest;
    let units = i128::from(given) + more.div_euclid(length.max(1));
    u64::try_from(units.max(0)).expect("a sum of limits")
}

/// A running period with other bounds from now on. It never begins before it did, so that it does
/// not run into the period before it.
fn continued(running: Period, bounds: Period) -> Period {
    Period {
        start: bounds.start.max(running.start),
        ..bounds
    }
}

fn default_plan(catalog: &Catalog) -> Option<&Arc<Plan>> {
    catalog.plans.get(catalog.default_plan.as_ref()?)
}
