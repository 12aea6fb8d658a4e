//! Consumes and checks: plans the whole request first, then records it; nothing can fail after.

use super::{Account, CAP_COUNTERS_MAX};
use crate::burn;
use crate::cap::{CapKey, CapShare};
use crate::catalog::Catalog;
use crate::decision::{Decision, Figures, Reason, Receipt, Refusal, WayOut};
use crate::entry::{Cause, Effect, Move, Usage};
use crate::grant::{Grant, Source};
use crate::id::{MemberId, MeterId};
use crate::period::Period;
use crate::plan::{COUNTED_MAX, CapScope, Entitlement, Plan, Price, Reset, UNITS_MAX};
use crate::request::{Consume, Keyed, Use};
use crate::time::Timestamp;

/// What a request would move, were it granted.
#[derive(Debug, Default)]
pub(super) struct Planned {
    /// The units, in the order of the request and then in burn order.
    pub(super) moves: Vec<Move>,
    /// What they count against caps.
    pub(super) caps: Vec<CapShare>,
}

impl Account {
    /// Takes units for every use of the request, or refuses and changes nothing but what was due
    /// anyway.
    ///
    /// Refusals are checked use by use in the order of the request, and for each in this order:
    /// unknown feature, no subscription, feature not in plan, member's cap, plan's cap, quota.
    pub fn consume(
        &mut self,
        catalog: &Catalog,
        request: &Consume,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let planned = match self.plan_uses(
            catalog,
            request.uses.as_slice(),
            request.member.as_ref(),
            now,
        ) {
            Ok(planned) => planned,
            Err(refusal) => return Decision::Refused(refusal),
        };
        // From here on it is granted.
        let mut effects: Vec<Effect> = planned.moves.into_iter().map(Effect::Taken).collect();
        effects.extend(planned.caps.into_iter().map(Effect::CapCounted));
        let usage = Usage {
            uses: request.uses.as_slice().to_vec(),
            member: request.member.clone(),
            plan: self
                .subscription()
                .map(|subscription| subscription.plan.clone()),
            reservation: None,
            metadata: request.metadata.clone(),
            figures: Vec::new(),
        };
        Decision::Granted(self.record_usage(catalog, now, keyed, usage, effects))
    }

    /// What [`Self::consume`] would answer, without doing it. The receipt's event is the one that
    /// it would make.
    pub fn check(&self, catalog: &Catalog, request: &Consume, now: Timestamp) -> Decision {
        self.clone().consume(catalog, request, None, now)
    }

    /// Records a usage event; its figures are kept in it only when a retry may ask for them.
    pub(super) fn record_usage(
        &mut self,
        catalog: &Catalog,
        now: Timestamp,
        keyed: Option<&Keyed>,
        usage: Usage,
        effects: Vec<Effect>,
    ) -> Receipt {
        let plan = usage.plan.clone();
        let uses = usage.uses.clone();
        self.record(now, keyed, Cause::Used(usage), effects);
        let figures: Vec<Figures> = uses
            .iter()
            .map(|one| self.figures_of(catalog, &one.feature, now))
            .collect();
        let entry = self.fresh.last_mut().expect("recorded just now");
        if keyed.is_some()
            && let Cause::Used(usage) = &mut entry.body.cause
        {
            usage.figures.clone_from(&figures);
        }
        Receipt {
            event: entry.event_id(&self.customer),
            plan,
            figures,
            replayed: false,
        }
    }

    /// Plans every use, or tells why the first that cannot be had is refused.
    pub(super) fn plan_uses(
        &self,
        catalog: &Catalog,
        uses: &[Use],
        member: Option<&MemberId>,
        now: Timestamp,
    ) -> Result<Planned, Box<Refusal>> {
        let mut planned = Planned::default();
        let plan = self.plan(catalog).map(AsRef::as_ref);
        for one in uses {
            self.plan_use(catalog, plan, one, member, now, &mut planned)?;
        }
        Ok(planned)
    }

    fn plan_use(
        &self,
        catalog: &Catalog,
        plan: Option<&Plan>,
        one: &Use,
        member: Option<&MemberId>,
        now: Timestamp,
        planned: &mut Planned,
    ) -> Result<(), Box<Refusal>> {
        let bare = |reason| Refusal {
            feature: Some(one.feature.clone()),
            plan: plan.map(|plan| plan.id.clone()),
            needed: one.amount,
            ..Refusal::bare(reason)
        };
        let Some(feature) = catalog.features.get(&one.feature) else {
            return Err(Box::new(bare(Reason::UnknownFeature)));
        };
        let switch = plan
            .and_then(|plan| plan.switches.get(&one.feature))
            .copied();
        let not_included = |meter: Option<&MeterId>, needed| {
            let reason = if plan.is_none() {
                Reason::NoSubscription
            } else {
                Reason::FeatureNotInPlan
            };
            let mut ways_out = self.plans_that_give(catalog, one, meter, needed, now);
            if let Some(meter) = meter.filter(|_| switch != Some(false)) {
                ways_out.extend(top_ups_that_fill(catalog, meter, needed));
            }
            Box::new(Refusal {
                meter: meter.cloned(),
                needed,
                ways_out,
                ..bare(reason)
            })
        };
        let Some(draw) = &feature.draw else {
            return if switch == Some(true) {
                Ok(())
            } else {
                Err(not_included(None, one.amount))
            };
        };
        let meter = &draw.meter;
        let needed = one.amount.saturating_mul(draw.cost);
        if switch == Some(false) {
            return Err(not_included(Some(meter), needed));
        }
        let entitlement = plan.and_then(|plan| plan.entitlements.get(meter));
        let live = || {
            self.grants
                .iter()
                .any(|grant| grant.meter() == meter && grant.is_live(now))
        };
        if entitlement.is_none() && !live() {
            return Err(not_included(Some(meter), needed));
        }
        self.plan_caps(plan, one, meter, needed, member, now, planned)?;
        if !self.can_count(meter, needed, planned) {
            return Err(Box::new(Refusal {
                meter: Some(meter.clone()),
                needed,
                ..bare(Reason::TooMany)
            }));
        }
        if matches!(entitlement, Some(Entitlement::Unlimited)) {
            planned.moves.push(Move {
                meter: meter.clone(),
                feature: one.feature.clone(),
                grant: None,
                units: needed,
            });
            return Ok(());
        }
        let moves = &mut planned.moves;
        let reserved = |number| {
            moves
                .iter()
                .filter(|moved| moved.grant == Some(number))
                .map(|moved| moved.units)
                .sum()
        };
        let mut draws = Vec::new();
        if burn::plan(&self.grants, meter, needed, now, reserved, &mut draws).is_err() {
            // Earlier uses of the same request need the same units.
            let earlier = moves.iter().filter(|moved| moved.meter == *meter);
            let needed = earlier.fold(needed, |sum, moved| sum.saturating_add(moved.units));
            return Err(self.quota_exceeded(catalog, plan, one, meter, needed, now));
        }
        moves.extend(draws.into_iter().map(|draw| Move {
            meter: meter.clone(),
            feature: one.feature.clone(),
            grant: Some(draw.grant),
            units: draw.units,
        }));
        Ok(())
    }

    /// Whether the meter's counter has room for `units` more.
    fn can_count(&self, meter: &MeterId, units: u64, planned: &Planned) -> bool {
        let counted = self
            .tally(meter)
            .map_or(0, |tally| tally.used.saturating_add(tally.held));
        let moves = planned.moves.iter().filter(|moved| moved.meter == *meter);
        let planned: u64 = moves.map(|moved| moved.units).sum();
        let counted = counted.saturating_add(planned).saturating_add(units);
        counted <= COUNTED_MAX
    }

    /// Counts `units` against every cap on the meter: the member's own, then the plan's.
    #[expect(
        clippy::too_many_arguments,
        reason = "one use in its whole context, in one place"
    )]
    fn plan_caps(
        &self,
        plan: Option<&Plan>,
        one: &Use,
        meter: &MeterId,
        units: u64,
        member: Option<&MemberId>,
        now: Timestamp,
        planned: &mut Planned,
    ) -> Result<(), Box<Refusal>> {
        let own = self
            .tallies
            .member_caps
            .iter()
            .filter(|cap| cap.meter == *meter && Some(&cap.member) == member);
        let own = own.map(|cap| (cap.units, cap.reset, true));
        let of_plan = plan
            .into_iter()
            .flat_map(|plan| &plan.caps)
            .filter(|cap| cap.meter == *meter);
        let of_plan = of_plan
            .map(|cap| (cap.units, cap.reset, cap.scope == CapScope::EachMember))
            .filter(|(_, _, each_member)| !each_member || member.is_some());
        // What this request counts already stays apart from what this use adds: caps that share a
        // counter count one use once.
        let mut counted: Vec<CapKey> = Vec::new();
        for (limit, reset, of_member) in own.chain(of_plan) {
            let key = CapKey {
                meter: meter.clone(),
                member: member.filter(|_| of_member).cloned(),
                reset,
            };
            let window = self.cap_window(&key, now);
            let used = self.cap_used(&key, window);
            let known = planned.caps.iter().position(|share| share.key == key);
            let earlier = known.map_or(0, |index| planned.caps[index].units);
            let needed = if counted.contains(&key) {
                earlier
            } else {
                earlier.saturating_add(units)
            };
            let limit = limit.min(UNITS_MAX);
            if used.saturating_add(needed) > limit {
                let mut ways_out = Vec::new();
                if window.end < Timestamp::MAX && needed <= limit {
                    ways_out.push(WayOut::Wait { until: window.end });
                }
                ways_out.push(WayOut::RaiseCap);
                return Err(Box::new(Refusal {
                    reason: if of_member {
                        Reason::MemberCapExceeded
                    } else {
                        Reason::CapExceeded
                    },
                    feature: Some(one.feature.clone()),
                    meter: Some(meter.clone()),
                    plan: plan.map(|plan| plan.id.clone()),
                    member: member.filter(|_| of_member).cloned(),
                    limit,
                    used,
                    remaining: limit.saturating_sub(used),
                    needed,
                    resets_at: (window.end < Timestamp::MAX).then_some(window.end),
                    ways_out,
                }));
            }
            let index = match known {
                Some(index) => index,
                None if self.has_room_for_counter(&key, planned, now) => {
                    planned.caps.push(CapShare {
                        key: key.clone(),
                        window,
                        units: 0,
                    });
                    planned.caps.len() - 1
                }
                None => return Err(Box::new(Refusal::bare(Reason::TooMany))),
            };
            if !counted.contains(&key) {
                planned.caps[index].units += units;
                counted.push(key);
            }
        }
        Ok(())
    }

    /// Whether the cap has a counter or may get one.
    fn has_room_for_counter(&self, key: &CapKey, planned: &Planned, now: Timestamp) -> bool {
        let counters = &self.tallies.caps;
        counters.len() + planned.caps.len() < CAP_COUNTERS_MAX
            || counters.iter().any(|counter| counter.key == *key)
            || counters
                .iter()
                .filter(|counter| now < counter.window.end)
                .count()
                + planned.caps.len()
                < CAP_COUNTERS_MAX
    }

    fn cap_window(&self, key: &CapKey, now: Timestamp) -> Period {
        let counter = self.tallies.caps.iter().find(|counter| counter.key == *key);
        match counter {
            Some(counter) if counter.window.contains(now) => counter.window,
            _ => self.window(key.reset, now),
        }
    }

    fn cap_used(&self, key: &CapKey, window: Period) -> u64 {
        let counter = self
            .tallies
            .caps
            .iter()
            .find(|counter| counter.key == *key && counter.window == window);
        counter.map_or(0, |counter| counter.used)
    }

    /// The period around `at` by a reset's rule.
    pub(super) fn window(&self, reset: Reset, at: Timestamp) -> Period {
        let anchor = self
            .subscription
            .as_ref()
            .map_or(Timestamp::MIN, |subscription| subscription.anchor);
        Period::around(reset, &self.time_zone, anchor, at)
    }

    /// Units that bought and given grants will still hold at `until`, as they stand.
    fn kept_until(&self, meter: &MeterId, until: Timestamp) -> u64 {
        let bought = self.grants.iter().filter(|grant| {
            grant.meter() == meter
                && !matches!(grant.source(), Source::Plan | Source::Rollover)
                && grant.is_live(until)
        });
        bought.map(Grant::remaining).sum()
    }

    /// The active plans under which the use would be granted at once; the cheapest first.
    fn plans_that_give(
        &self,
        catalog: &Catalog,
        one: &Use,
        meter: Option<&MeterId>,
        needed: u64,
        now: Timestamp,
    ) -> Vec<WayOut> {
        let present = self.plan(catalog);
        let mut ways: Vec<(u64, WayOut)> = Vec::new();
        for plan in catalog.plans.values().filter(|plan| plan.is_active) {
            if present.is_some_and(|present| present.id == plan.id) {
                continue;
            }
            let switch = plan.switches.get(&one.feature).copied();
            let units = match meter {
                None if switch == Some(true) => None,
                Some(meter) if switch != Some(false) && plan.entitlements.contains_key(meter) => {
                    let remaining = self.remaining_under(catalog, plan, meter, now);
                    if remaining.is_some_and(|remaining| remaining < needed) {
                        continue;
                    }
                    plan.limit(meter).map(|limit| limit.units)
                }
                _ => continue,
            };
            let way = way_to(plan, units);
            let price = match &way {
                WayOut::Plan { price, .. } => price.map_or(0, |price| price.minor),
                _ => 0,
            };
            ways.push((price, way));
        }
        ways.sort_by_key(|(price, _)| *price);
        ways.into_iter().map(|(_, way)| way).collect()
    }

    fn quota_exceeded(
        &self,
        catalog: &Catalog,
        plan: Option<&Plan>,
        one: &Use,
        meter: &MeterId,
        needed: u64,
        now: Timestamp,
    ) -> Box<Refusal> {
        let figures = self.figures_of(catalog, &one.feature, now);
        let remaining = figures.remaining.unwrap_or(UNITS_MAX);
        let mut ways_out = Vec::new();
        if let (Some(until), Some(limit)) =
            (figures.resets_at, plan.and_then(|plan| plan.limit(meter)))
            && needed <= limit.units.saturating_add(self.kept_until(meter, until))
        {
            ways_out.push(WayOut::Wait { until });
        }
        ways_out.extend(self.plans_that_give(catalog, one, Some(meter), needed, now));
        ways_out.extend(top_ups_that_fill(
            catalog,
            meter,
            needed.saturating_sub(remaining),
        ));
        Box::new(Refusal {
            reason: if plan.is_none() {
                Reason::NoSubscription
            } else {
                Reason::QuotaExceeded
            },
            feature: Some(one.feature.clone()),
            meter: Some(meter.clone()),
            plan: plan.map(|plan| plan.id.clone()),
            member: None,
            limit: figures.limit.unwrap_or(UNITS_MAX),
            used: figures.used,
            remaining,
            needed,
            resets_at: figures.resets_at,
            ways_out,
        })
    }
}

/// The plan with what it would give, when that suffices.
fn way_to(plan: &Plan, units: Option<u64>) -> WayOut {
    let prices = plan.prices.values().map(|Price { amount, .. }| *amount);
    WayOut::Plan {
        plan: plan.id.clone(),
        limit: units,
        price: prices.min_by_key(|amount| amount.minor),
    }
}

pub(super) fn refuse<T>(refusal: Refusal) -> Decision<T> {
    Decision::Refused(Box::new(refusal))
}

fn top_ups_that_fill(catalog: &Catalog, meter: &MeterId, missing: u64) -> Vec<WayOut> {
    let fitting = catalog
        .topups
        .iter()
        .filter(|(_, top_up)| top_up.meter == *meter);
    fitting
        .filter_map(|(id, top_up)| {
            let units = missing.max(top_up.quantity_min);
            if units > top_up.quantity_max {
                return None;
            }
            Some(WayOut::TopUp {
                top_up: id.clone(),
                units,
                price: top_up.unit_amount.times(units)?,
            })
        })
        .collect()
}
