//! What happens by itself as time passes: resets, renewals, expiries, waiting changes.

use super::Account;
use crate::catalog::Catalog;
use crate::entry::{Cause, Effect};
use crate::grant::{Grant, GrantNumber, GrantParts, Source};
use crate::id::MeterId;
use crate::period::Period;
use crate::plan::{
    BillingInterval, Cadence, Limit, ROLLOVER_PERIODS_MAX, Reset, Rollover, UNITS_MAX,
};
use crate::subscription::Subscription;
use crate::time::Timestamp;

/// The most things that one call does by itself; an account with more to do catches up over
/// several calls. Idle periods pass many at a time, so that even years of minutes fit.
pub(super) const STEPS_MAX: usize = 4_096;

/// The most idle periods that one reset passes over.
const PERIODS_AT_ONCE_MAX: usize = 100_000;

/// So many grants may stay when they are used up, so that usage which drew on them can still be
/// reversed; a reset of an account with more of them ends them.
const USED_UP_GRANTS_MAX: usize = 64;

/// Plan units burn after what was carried over into the same period.
const PLAN_PRIORITY: i32 = 10;
const ROLLOVER_PRIORITY: i32 = 0;

/// What is due, in the order in which things due at the same instant are done: a reservation that
/// ends with the period still belongs to it, and a change of plan finds the new period begun.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    HoldExpiry(u64),
    GrantExpiry(GrantNumber),
    Reset(MeterId),
    Renewal,
    Cancellation,
    GraceEnd,
    PlanChange,
}

impl Account {
    /// Does what is due by `now`, each thing as of its own time and in the order of those. False
    /// when there was too much for one call.
    pub fn advance(&mut self, catalog: &Catalog, now: Timestamp) -> bool {
        let now = self.not_before(now);
        for _ in 0..STEPS_MAX {
            if now < self.next_due {
                return true;
            }
            let Some((at, due)) = self.first_due() else {
                return true;
            };
            self.do_due(catalog, at, due, now);
        }
        now < self.next_due
    }

    /// Whether something is due by `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_due <= self.not_before(now)
    }

    pub(super) fn find_next_due(&self) -> Timestamp {
        self.first_due().map_or(Timestamp::MAX, |(at, _)| at)
    }

    fn first_due(&self) -> Option<(Timestamp, Due)> {
        let holds = self
            .holds
            .iter()
            .map(|hold| (hold.expires_at, Due::HoldExpiry(hold.number)));
        let grants = self.grants.iter().filter_map(|grant| {
            let by_itself =
                !grant.parts().ended && !matches!(grant.source(), Source::Plan | Source::Rollover);
            let expires_at = grant.parts().expires_at.filter(|_| by_itself)?;
            Some((expires_at, Due::GrantExpiry(grant.number())))
        });
        let meters = self
            .tallies
            .meters
            .iter()
            .map(|tally| (tally.period.end, Due::Reset(tally.meter.clone())));
        let subscription = self.subscription.iter().flat_map(|subscription| {
            let pending = subscription
                .pending
                .as_ref()
                .map(|pending| (pending.at, Due::PlanChange));
            let cancel = subscription.cancel_at.map(|at| (at, Due::Cancellation));
            let grace = subscription.grace_until.map(|at| (at, Due::GraceEnd));
            [
                Some((subscription.period.end, Due::Renewal)),
                cancel,
                grace,
                pending,
            ]
            .into_iter()
            .flatten()
        });
        holds
            .chain(grants)
            .chain(meters)
            .chain(subscription)
            .filter(|(at, _)| *at < Timestamp::MAX)
            .min()
    }

    fn do_due(&mut self, catalog: &Catalog, at: Timestamp, due: Due, now: Timestamp) {
        match due {
            Due::HoldExpiry(number) => self.expire_hold(catalog, number, now),
            Due::GrantExpiry(grant) => {
                self.record(
                    now,
                    None,
                    Cause::GrantExpired,
                    vec![Effect::GrantEnded { grant, at }],
                );
            }
            Due::Reset(meter) => {
                let horizon = self.horizon(now);
                let effects = self.plan_reset(catalog, &meter, at, horizon, now);
                self.record(now, None, Cause::Reset, effects);
            }
            Due::Renewal => {
                let horizon = self.horizon(now);
                if let Some(subscription) = &self.subscription {
                    let period =
                        billing_period(subscription.interval, subscription.anchor, horizon);
                    let renewed = Subscription {
                        period,
                        ..subscription.clone()
                    };
                    let effects = vec![Effect::Subscription(Some(Box::new(renewed)))];
                    self.record(now, None, Cause::Renewed, effects);
                }
            }
            Due::Cancellation | Due::GraceEnd => self.end_subscription(catalog, at, now),
            Due::PlanChange => self.do_pending_change(catalog, at, now),
        }
    }

    /// How far periods in which nothing can happen may be skipped: to `now`, to the next change of
    /// the subscription, or to just before the next reservation ends.
    fn horizon(&self, now: Timestamp) -> Timestamp {
        let subscription = self.subscription.as_ref();
        let pending = subscription
            .and_then(|subscription| subscription.pending.as_ref())
            .map(|pending| pending.at);
        let cancel = subscription.and_then(|subscription| subscription.cancel_at);
        let grace = subscription.and_then(|subscription| subscription.grace_until);
        let holds = self
            .holds
            .iter()
            .map(|hold| Timestamp::from_micros(hold.expires_at.as_micros() - 1));
        pending
            .into_iter()
            .chain(cancel)
            .chain(grace)
            .chain(holds)
            .fold(now, Timestamp::min)
    }

    /// Ends the meter's period at `at` and begins the next: the plan's grant ends, what the plan
    /// lets roll over is carried, and a new grant begins. Periods up to `horizon`, in which
    /// nothing can happen, pass at once.
    fn plan_reset(
        &self,
        catalog: &Catalog,
        meter: &MeterId,
        at: Timestamp,
        horizon: Timestamp,
        now: Timestamp,
    ) -> Vec<Effect> {
        let limit = self.plan(catalog).and_then(|plan| plan.limit(meter));
        let horizon = horizon.max(at);
        let (period, carried) = match limit {
            Some(limit) if limit.rollover != Rollover::None => {
                self.carry_through(meter, limit, at, horizon)
            }
            Some(limit) => (self.window(limit.reset, horizon), Vec::new()),
            None => (
                Period::calendar(Cadence::Month, &self.time_zone, horizon),
                Vec::new(),
            ),
        };
        // A zone or an anchor may have moved: periods never overlap.
        let period = Period {
            start: period.start.max(at),
            ..period
        };
        let mut effects = Vec::new();
        let is_crowded = self.grants.len() > USED_UP_GRANTS_MAX;
        for grant in self
            .grants
            .iter()
            .filter(|grant| grant.meter() == meter && !grant.parts().ended)
        {
            if is_of_period(grant) || (is_crowded && is_used_up(grant)) {
                effects.push(Effect::GrantEnded {
                    grant: grant.number(),
                    at,
                });
            }
        }
        effects.push(Effect::PeriodTurned {
            meter: meter.clone(),
            period,
        });
        let mut next = NextGrant {
            number: self.next_grant,
            meter,
            period,
            created_at: now,
        };
        for lot in carried {
            effects.push(next.grant(Source::Rollover, lot.units, lot.rollovers_left));
        }
        if let Some(limit) = limit
            && limit.reset != Reset::Never
        {
            effects.push(next.grant(Source::Plan, limit.units, None));
        }
        effects
    }

    /// The period that begins at `at`, or the one that `horizon` lies in when nothing happens
    /// until then, with what is carried into it.
    fn carry_through(
        &self,
        meter: &MeterId,
        limit: &Limit,
        at: Timestamp,
        horizon: Timestamp,
    ) -> (Period, Vec<Lot>) {
        let left = self
            .grants
            .iter()
            .filter(|grant| grant.meter() == meter && !grant.parts().ended && is_of_period(grant))
            .map(|grant| Lot {
                units: grant.remaining(),
                is_plan: grant.source() == Source::Plan,
                rollovers_left: grant.parts().rollovers_left,
            });
        let mut lots = carried(left.collect(), limit.rollover);
        let mut period = self.window(limit.reset, at);
        for _ in 0..PERIODS_AT_ONCE_MAX {
            if period.end > horizon {
                break;
            }
            // The whole period passes unused.
            let mut left = lots.clone();
            left.push(Lot {
                units: limit.units,
                is_plan: true,
                rollovers_left: None,
            });
            let next = carried(left, limit.rollover);
            if next == lots {
                // Every further period would leave the same.
                return (self.window(limit.reset, horizon), lots);
            }
            lots = next;
            period = self.window(limit.reset, period.end);
        }
        (period, lots)
    }
}

/// Units that a reset finds or carries.
#[derive(Clone, PartialEq, Eq)]
struct Lot {
    units: u64,
    /// Whether the plan gave them for the period that ends; else they were carried into it.
    is_plan: bool,
    /// How many more resets they survive, where rollover is limited to so many periods.
    rollovers_left: Option<u32>,
}

/// What a reset carries over of what is left: one lot for each number of resets that they still
/// survive, the one that ends soonest first. Over the maximum, those that end soonest give way.
fn carried(left: Vec<Lot>, rollover: Rollover) -> Vec<Lot> {
    let Rollover::Keep {
        units_max,
        periods_max,
    } = rollover
    else {
        return Vec::new();
    };
    let mut lots: Vec<Lot> = Vec::new();
    for lot in left {
        let rollovers_left = match periods_max.map(|periods| periods.min(ROLLOVER_PERIODS_MAX)) {
            None => None,
            Some(periods) => {
                let survives = lot.rollovers_left.filter(|_| !lot.is_plan);
                let Some(left) = survives.unwrap_or(periods).min(periods).checked_sub(1) else {
                    continue;
                };
                Some(left)
            }
        };
        match lots
            .iter_mut()
            .find(|other| other.rollovers_left == rollovers_left)
        {
            Some(other) => other.units = other.units.saturating_add(lot.units),
            None => lots.push(Lot {
                units: lot.units,
                is_plan: false,
                rollovers_left,
            }),
        }
    }
    lots.sort_by_key(|lot| lot.rollovers_left);
    let mut room = units_max.unwrap_or(UNITS_MAX).min(UNITS_MAX);
    for lot in lots.iter_mut().rev() {
        lot.units = lot.units.min(room);
        room -= lot.units;
    }
    lots.retain(|lot| lot.units > 0);
    lots
}

/// Whether a reset ends the grant: it was given, or carried over, for one period.
fn is_of_period(grant: &Grant) -> bool {
    matches!(grant.source(), Source::Plan | Source::Rollover)
}

/// Whether a grant that no reset ends has nothing left, and had nothing used in the period that
/// ends now, so that nobody misses it.
fn is_used_up(grant: &Grant) -> bool {
    let parts = grant.parts();
    !is_of_period(grant)
        && grant.remaining() == 0
        && parts.held == 0
        && parts.used == parts.used_before
}

/// The billing period around `at`.
pub(super) fn billing_period(
    interval: BillingInterval,
    anchor: Timestamp,
    at: Timestamp,
) -> Period {
    let cadence = match interval {
        BillingInterval::Month => Cadence::Month,
        BillingInterval::Year => Cadence::Year,
    };
    Period::anchored(cadence, anchor, at)
}

/// When what is given for a period ends; `None` when the period has no end.
pub(super) fn expiry_of(period: Period) -> Option<Timestamp> {
    (period.end < Timestamp::MAX).then_some(period.end)
}

/// Makes the grants of one period, one number after the other.
pub(super) struct NextGrant<'a> {
    /// The number that the next one gets.
    pub(super) number: GrantNumber,
    /// What they are of.
    pub(super) meter: &'a MeterId,
    /// The period that they are for.
    pub(super) period: Period,
    /// When they are given.
    pub(super) created_at: Timestamp,
}

impl NextGrant<'_> {
    /// Adds a grant of so many units, which ends with the period.
    pub(super) fn grant(
        &mut self,
        source: Source,
        units: u64,
        rollovers_left: Option<u32>,
    ) -> Effect {
        let parts = GrantParts {
            number: self.number,
            meter: self.meter.clone(),
            source,
            amount: units,
            nominal: units,
            used: 0,
            held: 0,
            expired: 0,
            revoked: 0,
            used_before: 0,
            created_at: self.created_at,
            starts_at: self.period.start.min(self.created_at),
            expires_at: expiry_of(self.period),
            priority: if source == Source::Rollover {
                ROLLOVER_PRIORITY
            } else {
                PLAN_PRIORITY
            },
            rollovers_left,
            ended: false,
            reference: String::new(),
        };
        self.number += 1;
        Effect::GrantAdded(Box::new(
            Grant::try_from(parts).expect("a fresh grant is balanced"),
        ))
    }
}
