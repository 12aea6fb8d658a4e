//! A deliberately simple account: plain lists that are searched and summed, one step at a time.
//!
//! It shares with the core the catalog, the calendar and the words of its answers, and none of
//! the accounting: there is no record, no burn order kept, no counter of what can be summed.

use super::system::{Observed, Operation};
use crate::account::REVERSAL_SECONDS_MAX;
use crate::catalog::Catalog;
use crate::decision::{Figures, Reason, Refusal};
use crate::grant::Source;
use crate::id::{FeatureId, MemberId, MeterId, PlanId, PriceId};
use crate::period::{Period, TimeZone};
use crate::plan::{
    BillingInterval, Cadence, CapScope, Entitlement, Limit, OnChange, Plan, Reset, Rollover,
    UNITS_MAX,
};
use crate::request::{
    ChangeTime, Consume, GrantUnits, RESERVATION_SECONDS_MAX, Reserve, SetMemberCap, Subscribe,
    Use, Uses,
};
use crate::reservation::OnExpiry;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Units that were given, and where they went.
#[derive(Clone, Debug)]
struct Lot {
    id: usize,
    meter: MeterId,
    source: Source,
    given: u64,
    taken_back: u64,
    used_earlier: u64,
    used_now: u64,
    held: u64,
    from: Timestamp,
    until: Option<Timestamp>,
    priority: i32,
    lives: Option<u32>,
    /// The meter's turn in which it ended.
    ended: Option<u64>,
}

impl Lot {
    fn left(&self) -> u64 {
        let spent = self.taken_back + self.used_earlier + self.used_now + self.held;
        if self.ended.is_some() {
            0
        } else {
            self.given.saturating_sub(spent)
        }
    }

    fn usable(&self, meter: &MeterId, now: Timestamp) -> bool {
        self.meter == *meter
            && self.ended.is_none()
            && self.from <= now
            && self.until.is_none_or(|until| now < until)
    }
}

/// Units of one lot, or of an unlimited meter.
#[derive(Clone, Debug)]
struct Piece {
    meter: MeterId,
    feature: FeatureId,
    lot: Option<usize>,
    units: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Window {
    meter: MeterId,
    member: Option<MemberId>,
    reset: Reset,
    period: Period,
}

#[derive(Clone, Debug)]
struct Pledge {
    until: Timestamp,
    opened: Timestamp,
    policy: OnExpiry,
    member: Option<MemberId>,
    uses: Vec<(Use, u64)>,
    pieces: Vec<Piece>,
    windows: Vec<(Window, u64)>,
    open: bool,
}

#[derive(Clone, Debug)]
struct Event {
    at: Timestamp,
    uses: Vec<Use>,
    /// With the meter's turn in which they were used.
    pieces: Vec<(Piece, u64)>,
    windows: Vec<(Window, u64)>,
    reversed: bool,
}

#[derive(Clone, Debug)]
struct Running {
    period: Period,
    turn: u64,
    used: u64,
    of_plan: u64,
}

#[derive(Clone, Debug)]
struct Contract {
    plan: PlanId,
    version: u32,
    price: Option<PriceId>,
    interval: BillingInterval,
    anchor: Timestamp,
    until: Timestamp,
    next: Option<(Timestamp, PlanId, u32, Option<PriceId>)>,
    ends: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    PledgeEnds(usize),
    LotEnds(usize),
    MeterTurns(MeterId),
    BillingTurns,
    ContractEnds,
    PlanChanges,
}

type Refused = Box<Refusal>;

/// What was taken, and what counts in windows.
type Drawn = (Vec<Piece>, Vec<(Window, u64)>);

/// The simple account.
#[derive(Clone, Debug)]
pub struct Model<'c> {
    catalog: &'c Catalog,
    clock: Timestamp,
    opened: bool,
    zone: TimeZone,
    contract: Option<Contract>,
    lots: Vec<Lot>,
    next_lot: usize,
    /// The lots that were asked for, in that order.
    given: Vec<usize>,
    pledges: Vec<Arc<Pledge>>,
    events: Vec<Arc<Event>>,
    meters: BTreeMap<MeterId, Running>,
    windows: Vec<(Window, u64)>,
    own_caps: Vec<(MemberId, MeterId, u64, Reset)>,
}

impl<'c> Model<'c> {
    /// An account before anything happened.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self {
            catalog,
            clock: Timestamp::MIN,
            opened: false,
            zone: TimeZone::UTC,
            contract: None,
            lots: Vec::new(),
            next_lot: 0,
            given: Vec::new(),
            pledges: Vec::new(),
            events: Vec::new(),
            meters: BTreeMap::new(),
            windows: Vec::new(),
            own_caps: Vec::new(),
        }
    }

    /// When something will happen by itself next.
    pub fn next_event(&self) -> Option<Timestamp> {
        self.upcoming().map(|(at, _)| at)
    }

    /// How many reservations, usage events and grants there are to name.
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.pledges.len(), self.events.len(), self.given.len())
    }

    /// The reservations that are open.
    pub fn open_reservations(&self) -> Vec<usize> {
        let open = |index: &usize| self.pledges[*index].open;
        (0..self.pledges.len()).filter(open).collect()
    }

    /// Units that are left of a meter; `None` when it is unlimited.
    pub fn left(&self, meter: &MeterId) -> Option<u64> {
        if self.is_unlimited(meter) {
            return None;
        }
        let usable = self.lots.iter().filter(|lot| lot.usable(meter, self.clock));
        Some(usable.map(Lot::left).sum())
    }

    /// Does an operation as of `now`; `keyed` tells whether an idempotency key came with it.
    pub fn perform(&mut self, operation: &Operation, keyed: bool, now: Timestamp) -> Observed {
        if let Operation::Open(zone) = operation {
            return Observed::Opened(self.open(zone.clone(), now));
        }
        let now = now.max(self.clock);
        self.pass_time(now);
        let done = match operation {
            Operation::Open(_) | Operation::Advance => Ok(Observed::Done),
            Operation::Consume(request) => self.consume(request, now),
            Operation::Reserve(request) => self.reserve(request, now),
            Operation::Extend(index, seconds) => self.extend(*index, *seconds, now),
            Operation::Settle(index, uses) => self.settle(*index, uses.as_ref(), now),
            Operation::Release(index) => self.release(*index, now),
            Operation::Reverse(index) => self.reverse(*index, now),
            Operation::Grant(request) => self.grant(request, now),
            Operation::Revoke(index, units) => self.revoke(*index, *units, now),
            Operation::Subscribe(request) => self.subscribe(request, keyed, now),
            Operation::Cancel(at_period_end) => self.cancel(*at_period_end, now),
            Operation::UndoChange => self.undo(now),
            Operation::SetMemberCap(request) => self.set_member_cap(request, now),
            Operation::SetTimeZone(zone) => {
                if *zone != self.zone {
                    self.zone = zone.clone();
                    self.clock = now;
                }
                Ok(Observed::Done)
            }
        };
        done.unwrap_or_else(|refusal| Observed::refused(*refusal))
    }

    fn open(&mut self, zone: Option<TimeZone>, now: Timestamp) -> bool {
        if self.opened {
            return false;
        }
        self.opened = true;
        self.clock = now;
        self.zone = zone.unwrap_or_else(|| self.catalog.time_zone.clone());
        if let Some(plan) = self.default_plan() {
            self.begin(&plan, now, now);
        }
        true
    }

    // ---- time

    fn upcoming(&self) -> Option<(Timestamp, Happens)> {
        let mut all: Vec<(Timestamp, Happens)> = Vec::new();
        for (index, pledge) in self.pledges.iter().enumerate() {
            if pledge.open {
                all.push((pledge.until, Happens::PledgeEnds(index)));
            }
        }
        for lot in &self.lots {
            if let (None, Some(until)) = (lot.ended, lot.until)
                && !matches!(lot.source, Source::Plan | Source::Rollover)
            {
                all.push((until, Happens::LotEnds(lot.id)));
            }
        }
        for (meter, running) in &self.meters {
            all.push((running.period.end, Happens::MeterTurns(meter.clone())));
        }
        if let Some(contract) = &self.contract {
            all.push((contract.until, Happens::BillingTurns));
            if let Some(ends) = contract.ends {
                all.push((ends, Happens::ContractEnds));
            }
            if let Some((at, ..)) = contract.next {
                all.push((at, Happens::PlanChanges));
            }
        }
        all.retain(|(at, _)| *at < Timestamp::MAX);
        all.into_iter().min()
    }

    fn pass_time(&mut self, now: Timestamp) {
        while let Some((at, happens)) = self.upcoming().filter(|(at, _)| *at <= now) {
            self.clock = now;
            match happens {
                Happens::PledgeEnds(index) => {
                    let uses: Vec<Use> = match self.pledges[index].policy {
                        OnExpiry::Release => Vec::new(),
                        OnExpiry::Settle => self.pledges[index]
                            .uses
                            .iter()
                            .map(|(one, _)| one.clone())
                            .collect(),
                    };
                    self.close(index, &uses);
                }
                Happens::LotEnds(id) => self.end_lot(id),
                Happens::MeterTurns(meter) => self.turn_meter(&meter, at),
                Happens::BillingTurns => {
                    if let Some(contract) = &mut self.contract {
                        contract.until = billing(contract.interval, contract.anchor, at);
                    }
                }
                Happens::ContractEnds => self.end_contract(at, now),
                Happens::PlanChanges => {
                    let mut contract = self.contract.clone().expect("it waits for a change");
                    let (_, plan, version, price) =
                        contract.next.take().expect("it waits for a change");
                    self.contract = Some(contract);
                    if let Some(plan) = self.catalog.plan(&plan, version).cloned() {
                        self.change(&plan, price, at, now);
                    }
                }
            }
        }
    }

    fn end_lot(&mut self, id: usize) {
        let lot = self.lots.iter().find(|lot| lot.id == id).expect("a lot");
        let turn = self.meters[&lot.meter].turn;
        for lot in self.lots.iter_mut().filter(|lot| lot.id == id) {
            lot.ended = Some(turn);
        }
        self.lots.retain(|lot| lot.ended.is_none() || lot.held > 0);
    }

    fn turn_meter(&mut self, meter: &MeterId, at: Timestamp) {
        let limit = self.plan_limit(meter);
        let of_period: Vec<Lot> = self
            .lots
            .iter()
            .filter(|lot| {
                lot.meter == *meter
                    && lot.ended.is_none()
                    && matches!(lot.source, Source::Plan | Source::Rollover)
            })
            .cloned()
            .collect();
        for lot in &of_period {
            self.end_lot(lot.id);
        }
        let reset = limit
            .as_ref()
            .map_or(super::catalog::calendar(Cadence::Month), |limit| {
                limit.reset
            });
        let anchor = self.anchor();
        let mut period = Period::around(reset, &self.zone, anchor, at);
        period.start = period.start.max(at);
        self.begin_turn(meter, period);
        let Some(limit) = limit else { return };
        if let Rollover::Keep {
            units_max,
            periods_max,
        } = limit.rollover
        {
            let mut kept: BTreeMap<Option<u32>, u64> = BTreeMap::new();
            for lot in &of_period {
                let lives = match (periods_max, lot.source) {
                    (None, _) => None,
                    (Some(most), Source::Plan) => Some(most),
                    (Some(most), _) => Some(lot.lives.unwrap_or(most).min(most)),
                };
                match lives {
                    Some(0) => {}
                    Some(lives) => *kept.entry(Some(lives - 1)).or_default() += lot.left(),
                    None => *kept.entry(None).or_default() += lot.left(),
                }
            }
            // Give up what would end soonest until it fits.
            let most = units_max.unwrap_or(UNITS_MAX).min(UNITS_MAX);
            while kept.values().sum::<u64>() > most {
                let over = kept.values().sum::<u64>() - most;
                let (lives, units) = kept.iter().next().expect("something is over");
                let (lives, units) = (*lives, *units);
                if units <= over {
                    kept.remove(&lives);
                } else {
                    kept.insert(lives, units - over);
                }
            }
            for (lives, units) in kept.into_iter().filter(|(_, units)| *units > 0) {
                self.add_lot(meter, Source::Rollover, units, period.end, lives);
            }
        }
        self.add_lot(meter, Source::Plan, limit.units, period.end, None);
    }

    fn begin_turn(&mut self, meter: &MeterId, period: Period) {
        let turn = self.meters.get(meter).map_or(1, |running| running.turn + 1);
        let running = Running {
            period,
            turn,
            used: 0,
            of_plan: 0,
        };
        self.meters.insert(meter.clone(), running);
        for lot in self.lots.iter_mut().filter(|lot| lot.meter == *meter) {
            lot.used_earlier += lot.used_now;
            lot.used_now = 0;
        }
    }

    fn add_lot(
        &mut self,
        meter: &MeterId,
        source: Source,
        units: u64,
        end: Timestamp,
        lives: Option<u32>,
    ) {
        self.lots.push(Lot {
            id: self.next_lot,
            meter: meter.clone(),
            source,
            given: units,
            taken_back: 0,
            used_earlier: 0,
            used_now: 0,
            held: 0,
            from: Timestamp::MIN,
            until: (end < Timestamp::MAX).then_some(end),
            priority: if source == Source::Plan { 10 } else { 0 },
            lives,
            ended: None,
        });
        self.next_lot += 1;
    }

    // ---- plans

    fn plan(&self) -> Option<&Plan> {
        let contract = self.contract.as_ref()?;
        let plan = self.catalog.plan(&contract.plan, contract.version)?;
        Some(plan)
    }

    fn plan_name(&self) -> Option<PlanId> {
        self.contract.as_ref().map(|contract| contract.plan.clone())
    }

    fn plan_limit(&self, meter: &MeterId) -> Option<Limit> {
        match self.plan()?.entitlements.get(meter)? {
            Entitlement::Limited(limit) => Some(limit.clone()),
            Entitlement::Unlimited => None,
        }
    }

    fn is_unlimited(&self, meter: &MeterId) -> bool {
        let entitlement = self.plan().and_then(|plan| plan.entitlements.get(meter));
        entitlement == Some(&Entitlement::Unlimited)
    }

    fn default_plan(&self) -> Option<Plan> {
        let id = self.catalog.default_plan.as_ref()?;
        self.catalog.plans.get(id).map(|plan| (**plan).clone())
    }

    fn anchor(&self) -> Timestamp {
        let contract = self.contract.as_ref();
        contract.map_or(Timestamp::MIN, |contract| contract.anchor)
    }

    fn begin(&mut self, plan: &Plan, at: Timestamp, now: Timestamp) {
        self.begin_priced(plan, None, BillingInterval::Month, at, now);
    }

    fn begin_priced(
        &mut self,
        plan: &Plan,
        price: Option<PriceId>,
        interval: BillingInterval,
        at: Timestamp,
        now: Timestamp,
    ) {
        self.clock = now;
        self.adopt(plan, at, at);
        self.contract = Some(Contract {
            plan: plan.id.clone(),
            version: plan.version,
            price,
            interval,
            anchor: at,
            until: billing(interval, at, now),
            next: None,
            ends: None,
        });
    }

    fn end_contract(&mut self, at: Timestamp, now: Timestamp) {
        if let Some(plan) = self.default_plan() {
            self.begin(&plan, at, now);
            return;
        }
        self.contract = None;
        let given: Vec<usize> = self
            .lots
            .iter()
            .filter(|lot| matches!(lot.source, Source::Plan | Source::Rollover))
            .filter(|lot| lot.ended.is_none())
            .map(|lot| lot.id)
            .collect();
        for id in given {
            self.end_lot(id);
        }
        self.clock = now;
    }

    fn change(&mut self, plan: &Plan, price: Option<PriceId>, at: Timestamp, now: Timestamp) {
        let old = self.contract.clone().expect("there is a contract");
        let interval = price
            .as_ref()
            .and_then(|price| plan.prices.get(price))
            .map_or(BillingInterval::Month, |price| price.interval);
        let anew = (old.price.is_none() && price.is_some()) || interval != old.interval;
        let anchor = if anew { at } else { old.anchor };
        self.clock = now;
        self.adopt(plan, anchor, at);
        self.contract = Some(Contract {
            plan: plan.id.clone(),
            version: plan.version,
            price,
            interval,
            anchor,
            until: if anew {
                billing(interval, at, now)
            } else {
                old.until
            },
            next: None,
            ends: None,
        });
    }

    /// Every meter comes under the terms of `plan`; the old plan is still the present one.
    fn adopt(&mut self, plan: &Plan, anchor: Timestamp, at: Timestamp) {
        let mut meters: BTreeSet<MeterId> = self.meters.keys().cloned().collect();
        meters.extend(plan.entitlements.keys().cloned());
        for meter in meters {
            match plan.entitlements.get(&meter) {
                Some(Entitlement::Limited(limit)) => self.adopt_limit(&meter, limit, anchor, at),
                _ => self.adopt_no_limit(&meter, at),
            }
        }
    }

    fn adopt_no_limit(&mut self, meter: &MeterId, at: Timestamp) {
        if let Some(lot) = self.plan_lot(meter) {
            self.end_lot(lot.id);
        }
        let month = Period::calendar(Cadence::Month, &self.zone, at);
        match self.meters.get(meter).map(|running| running.period.end) {
            None => self.begin_turn(meter, month),
            Some(Timestamp::MAX) => self.set_period(meter, month.end),
            Some(_) => {}
        }
    }

    fn adopt_limit(&mut self, meter: &MeterId, limit: &Limit, anchor: Timestamp, at: Timestamp) {
        let mut period = Period::around(limit.reset, &self.zone, anchor, at);
        let full = period;
        let lot = self.plan_lot(meter);
        let known = self.meters.get(meter).cloned();
        let same_end = known
            .as_ref()
            .is_some_and(|running| running.period.end == period.end);
        if limit.on_change == OnChange::Reset || (lot.is_none() && !same_end) {
            if let Some(lot) = lot {
                self.end_lot(lot.id);
            }
            if known.is_some() {
                period.start = period.start.max(at);
            }
            self.begin_turn(meter, period);
            self.set_period(meter, period.end);
            self.add_lot(meter, Source::Plan, limit.units, period.end, None);
            return;
        }
        let elsewhere = self.given_elsewhere(meter);
        self.set_period(meter, period.end);
        let Some(lot) = lot else {
            let units = limit.units.saturating_sub(elsewhere);
            self.add_lot(meter, Source::Plan, units, period.end, None);
            return;
        };
        let mut units = limit.units;
        if limit.on_change == OnChange::Prorate {
            let mut before = (lot.given, full);
            if let Some(present) = self.plan_limit(meter) {
                let span = Period::around(present.reset, &self.zone, self.anchor(), at);
                before = (present.units, span);
            }
            let given = match lot.given {
                0 => elsewhere.min(before.0),
                given => given + elsewhere,
            };
            let of_span = |units: u64, span: Period| {
                let whole = span.end.as_micros() - span.start.as_micros();
                let left = span.end.as_micros() - at.as_micros();
                match span.end {
                    Timestamp::MAX => (i128::from(units), 1),
                    _ => (i128::from(units) * i128::from(left), i128::from(whole)),
                }
            };
            let most = given.max(before.0).max(units);
            let sum = if units >= before.0 {
                let (more, whole) = of_span(units - before.0, full);
                i128::from(given) + more / whole
            } else {
                let (less, whole) = of_span(before.0 - units, before.1);
                i128::from(given) - (less + whole - 1) / whole
            };
            units = u64::try_from(sum.max(0)).expect("a limit").min(most);
        }
        for other in self.lots.iter_mut().filter(|other| other.id == lot.id) {
            other.given = units.saturating_sub(elsewhere);
            other.until = (period.end < Timestamp::MAX).then_some(period.end);
        }
    }

    fn set_period(&mut self, meter: &MeterId, end: Timestamp) {
        let running = self.meters.get_mut(meter).expect("a known meter");
        running.period.end = end;
        for lot in &mut self.lots {
            if lot.meter == *meter && lot.ended.is_none() && lot.source == Source::Rollover {
                lot.until = (end < Timestamp::MAX).then_some(end);
            }
        }
    }

    fn plan_lot(&self, meter: &MeterId) -> Option<Lot> {
        let mut lots = self.lots.iter();
        lots.find(|lot| lot.meter == *meter && lot.source == Source::Plan && lot.ended.is_none())
            .cloned()
    }

    /// What plans gave in this turn, or hold, beside the live plan lot.
    fn given_elsewhere(&self, meter: &MeterId) -> u64 {
        let Some(running) = self.meters.get(meter) else {
            return 0;
        };
        let mut held = 0;
        for piece in self
            .pledges
            .iter()
            .filter(|pledge| pledge.open)
            .flat_map(|pledge| &pledge.pieces)
            .filter(|piece| piece.meter == *meter)
        {
            let counts = match piece.lot {
                None => true,
                Some(id) => self.lots.iter().any(|lot| {
                    lot.id == id && lot.source == Source::Plan && lot.ended == Some(running.turn)
                }),
            };
            if counts {
                held += piece.units;
            }
        }
        let live = self.plan_lot(meter).map_or(0, |lot| lot.used_now);
        running.of_plan.saturating_sub(live) + held
    }

    fn target(&self, request: &Subscribe) -> Option<(Plan, Option<PriceId>)> {
        let plan = self.catalog.plans.get(&request.plan)?;
        if !plan.is_active {
            return None;
        }
        let price = if let Some(price) = &request.price {
            plan.prices.get(price)?;
            Some(price.clone())
        } else {
            let mut prices: Vec<_> = plan.prices.iter().collect();
            prices.sort_by_key(|(_, price)| (price.interval, price.amount.minor));
            prices.first().map(|(id, _)| (*id).clone())
        };
        Some(((**plan).clone(), price))
    }

    fn is_downgrade(&self, plan: &Plan, price: Option<&PriceId>) -> bool {
        let (Some(present), Some(contract)) = (self.plan(), self.contract.as_ref()) else {
            return false;
        };
        let yearly = |plan: &Plan, price: Option<&PriceId>| {
            let price = price.and_then(|price| plan.prices.get(price));
            price.map_or(0, |price| match price.interval {
                BillingInterval::Month => price.amount.minor * 12,
                BillingInterval::Year => price.amount.minor,
            })
        };
        let pays = yearly(present, contract.price.as_ref());
        let will_pay = yearly(plan, price);
        let size = |plan: &Plan, meter: &MeterId| match plan.entitlements.get(meter) {
            None => -1,
            Some(Entitlement::Limited(limit)) => i128::from(limit.units),
            Some(Entitlement::Unlimited) => i128::MAX,
        };
        let mut meters = present.entitlements.keys();
        let shrinks = meters.any(|meter| size(plan, meter) < size(present, meter));
        will_pay < pays || (will_pay == pays && shrinks)
    }

    fn subscribe(
        &mut self,
        request: &Subscribe,
        keyed: bool,
        now: Timestamp,
    ) -> Result<Observed, Refused> {
        let Some((plan, price)) = self.target(request) else {
            let mut refusal = Refusal::bare(Reason::UnknownPlan);
            refusal.plan = Some(request.plan.clone());
            return Err(Box::new(refusal));
        };
        let Some(contract) = self.contract.clone() else {
            let interval = price
                .as_ref()
                .map_or(BillingInterval::Month, |id| plan.prices[id].interval);
            self.begin_priced(&plan, price, interval, now, now);
            return Ok(Observed::Instant(now));
        };
        if contract.plan == plan.id && contract.version == plan.version && contract.price == price {
            // Under a key even this leaves an entry, for a retry to be answered from.
            if self.forget_waiting(now) || keyed {
                self.clock = now;
            }
            return Ok(Observed::Instant(now));
        }
        let waits = match request.when {
            ChangeTime::Now => false,
            ChangeTime::PeriodEnd => true,
            ChangeTime::Auto => self.is_downgrade(&plan, price.as_ref()),
        };
        if !waits || contract.until <= now {
            self.change(&plan, price, now, now);
            return Ok(Observed::Instant(now));
        }
        let at = contract.until;
        self.contract = Some(Contract {
            next: Some((at, plan.id, plan.version, price)),
            ends: None,
            ..contract
        });
        self.clock = now;
        Ok(Observed::Instant(at))
    }

    fn forget_waiting(&mut self, now: Timestamp) -> bool {
        let Some(contract) = &mut self.contract else {
            return false;
        };
        let waits = contract.next.is_some() || contract.ends.is_some();
        if waits {
            contract.next = None;
            contract.ends = None;
            self.clock = now;
        }
        waits
    }

    fn cancel(&mut self, at_period_end: bool, now: Timestamp) -> Result<Observed, Refused> {
        let Some(contract) = self.contract.clone() else {
            return Err(Box::new(Refusal::bare(Reason::NoSubscription)));
        };
        let is_default = self.default_plan().is_some_and(|plan| {
            contract.plan == plan.id && contract.version == plan.version && contract.price.is_none()
        });
        if is_default {
            self.forget_waiting(now);
            return Ok(Observed::Instant(now));
        }
        if !at_period_end {
            self.end_contract(now, now);
            return Ok(Observed::Instant(now));
        }
        let until = contract.until;
        if contract.ends != Some(until) {
            self.contract = Some(Contract {
                ends: Some(until),
                next: None,
                ..contract
            });
            self.clock = now;
        }
        Ok(Observed::Instant(until))
    }

    fn undo(&mut self, now: Timestamp) -> Result<Observed, Refused> {
        if self.forget_waiting(now) {
            Ok(Observed::Done)
        } else {
            Err(Box::new(Refusal::bare(Reason::NothingToUndo)))
        }
    }

    // ---- units

    fn figures(&self, id: &FeatureId, now: Timestamp) -> Figures {
        let mut figures = Figures {
            feature: id.clone(),
            meter: None,
            limit: None,
            used: 0,
            held: 0,
            remaining: None,
            resets_at: None,
        };
        let draw = self
            .catalog
            .features
            .get(id)
            .and_then(|it| it.draw.as_ref());
        let Some(meter) = draw.map(|draw| draw.meter.clone()) else {
            return figures;
        };
        figures.meter = Some(meter.clone());
        let running = self.meters.get(&meter);
        figures.resets_at = running
            .map(|running| running.period.end)
            .filter(|end| *end < Timestamp::MAX);
        if self.is_unlimited(&meter) {
            figures.used = running.map_or(0, |running| running.used);
            figures.held = self
                .pledges
                .iter()
                .filter(|pledge| pledge.open)
                .flat_map(|pledge| &pledge.pieces)
                .filter(|piece| piece.meter == meter)
                .map(|piece| piece.units)
                .sum();
            return figures;
        }
        let (mut limit, mut remaining) = (0, 0);
        for lot in self.lots.iter().filter(|lot| lot.usable(&meter, now)) {
            limit += lot.given.saturating_sub(lot.taken_back + lot.used_earlier);
            figures.used += lot.used_now;
            figures.held += lot.held;
            remaining += lot.left();
        }
        if let Some(of_plan) = self.plan_limit(&meter) {
            let lot = self.plan_lot(&meter);
            let of_lot = lot.as_ref().map_or(0, |lot| lot.used_now);
            let elsewhere = running.map_or(0, |running| running.of_plan) - of_lot;
            figures.used += elsewhere;
            let given = lot.map_or(0, |lot| lot.given);
            limit += elsewhere.min(of_plan.units.saturating_sub(given));
        }
        figures.limit = Some(limit);
        figures.remaining = Some(remaining);
        figures
    }

    /// Takes or holds everything that `uses` need, or nothing.
    fn draw(
        &mut self,
        uses: &[Use],
        member: Option<&MemberId>,
        now: Timestamp,
        hold: bool,
    ) -> Result<Drawn, Refused> {
        let before = self.clone();
        let mut pieces = Vec::new();
        let mut windows = Vec::new();
        for one in uses {
            if let Err(refusal) =
                self.draw_one(&before, one, member, now, hold, &mut pieces, &mut windows)
            {
                *self = before;
                return Err(refusal);
            }
        }
        Ok((pieces, windows))
    }

    #[expect(clippy::too_many_arguments, reason = "one use in its whole context")]
    fn draw_one(
        &mut self,
        before: &Self,
        one: &Use,
        member: Option<&MemberId>,
        now: Timestamp,
        hold: bool,
        pieces: &mut Vec<Piece>,
        windows: &mut Vec<(Window, u64)>,
    ) -> Result<(), Refused> {
        let mut refusal = Refusal::bare(Reason::UnknownFeature);
        refusal.feature = Some(one.feature.clone());
        refusal.plan = self.plan_name();
        refusal.needed = one.amount;
        let Some(known) = self.catalog.features.get(&one.feature) else {
            return Err(Box::new(refusal));
        };
        let switch = self
            .plan()
            .and_then(|plan| plan.switches.get(&one.feature).copied());
        refusal.reason = match self.contract {
            None => Reason::NoSubscription,
            Some(_) => Reason::FeatureNotInPlan,
        };
        let Some(draw) = &known.draw else {
            return if switch == Some(true) {
                Ok(())
            } else {
                Err(Box::new(refusal))
            };
        };
        let meter = draw.meter.clone();
        let units = one.amount * draw.cost;
        refusal.meter = Some(meter.clone());
        refusal.needed = units;
        let in_plan = self
            .plan()
            .is_some_and(|plan| plan.entitlements.contains_key(&meter));
        let any_lot = self.lots.iter().any(|lot| lot.usable(&meter, now));
        if switch == Some(false) || !(in_plan || any_lot) {
            return Err(Box::new(refusal));
        }
        self.count_windows(before, &refusal, &meter, units, member, now, windows)?;
        if self.is_unlimited(&meter) {
            pieces.push(Piece {
                meter,
                feature: one.feature.clone(),
                lot: None,
                units,
            });
            self.count_piece(pieces.last().expect("just pushed"), hold);
            return Ok(());
        }
        let mut missing = units;
        while missing > 0 {
            let best = self
                .lots
                .iter()
                .filter(|lot| lot.usable(&meter, now) && lot.left() > 0)
                .min_by_key(|lot| {
                    (
                        lot.until.unwrap_or(Timestamp::MAX),
                        lot.until.is_none(),
                        lot.priority,
                        lot.id,
                    )
                });
            let Some(lot) = best else {
                let figures = before.figures(&one.feature, now);
                let earlier = pieces.iter().filter(|piece| piece.meter == meter);
                let earlier: u64 = earlier.map(|piece| piece.units).sum();
                refusal.reason = match self.contract {
                    None => Reason::NoSubscription,
                    Some(_) => Reason::QuotaExceeded,
                };
                refusal.limit = figures.limit.expect("it is limited");
                refusal.used = figures.used;
                refusal.remaining = figures.remaining.expect("it is limited");
                refusal.needed = earlier + missing;
                refusal.resets_at = figures.resets_at;
                return Err(Box::new(refusal));
            };
            let units = missing.min(lot.left());
            let piece = Piece {
                meter: meter.clone(),
                feature: one.feature.clone(),
                lot: Some(lot.id),
                units,
            };
            missing -= units;
            self.count_piece(&piece, hold);
            pieces.push(piece);
        }
        Ok(())
    }

    fn count_piece(&mut self, piece: &Piece, hold: bool) {
        for lot in &mut self.lots {
            if Some(lot.id) == piece.lot {
                if hold {
                    lot.held += piece.units;
                } else {
                    lot.used_now += piece.units;
                }
            }
        }
        if !hold {
            self.count_used(piece);
        }
    }

    fn count_used(&mut self, piece: &Piece) {
        let turn = self.meters[&piece.meter].turn;
        let of_plan = piece.lot.is_none_or(|id| {
            self.lots.iter().any(|lot| {
                lot.id == id
                    && lot.source == Source::Plan
                    && lot.ended.is_none_or(|ended| ended == turn)
            })
        });
        let running = self.meters.get_mut(&piece.meter).expect("a known meter");
        running.used += piece.units;
        if of_plan {
            running.of_plan += piece.units;
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one use in its whole context")]
    fn count_windows(
        &mut self,
        before: &Self,
        refusal: &Refusal,
        meter: &MeterId,
        units: u64,
        member: Option<&MemberId>,
        now: Timestamp,
        counted: &mut Vec<(Window, u64)>,
    ) -> Result<(), Refused> {
        let mut caps: Vec<(u64, Reset, Option<MemberId>)> = Vec::new();
        for (who, what, most, reset) in &self.own_caps {
            if what == meter && Some(who) == member {
                caps.push((*most, *reset, Some(who.clone())));
            }
        }
        for cap in self.plan().into_iter().flat_map(|plan| &plan.caps) {
            match (cap.scope, member) {
                _ if cap.meter != *meter => {}
                (CapScope::Customer, _) => caps.push((cap.units, cap.reset, None)),
                (CapScope::EachMember, Some(member)) => {
                    caps.push((cap.units, cap.reset, Some(member.clone())));
                }
                (CapScope::EachMember, None) => {}
            }
        }
        let mut seen: Vec<Window> = Vec::new();
        for (most, reset, whose) in caps {
            let window = before.window(meter, whose.as_ref(), reset, now);
            let used = before.used_in(&window);
            let so_far = self.used_in(&window);
            let after = if seen.contains(&window) {
                so_far
            } else {
                so_far + units
            };
            if after > most {
                let mut refusal = refusal.clone();
                refusal.reason = match whose {
                    Some(_) => Reason::MemberCapExceeded,
                    None => Reason::CapExceeded,
                };
                refusal.member = whose;
                refusal.limit = most;
                refusal.used = used;
                refusal.remaining = most.saturating_sub(used);
                refusal.needed = after - used;
                let end = window.period.end;
                refusal.resets_at = (end < Timestamp::MAX).then_some(end);
                return Err(Box::new(refusal));
            }
            if !seen.contains(&window) {
                self.add_to_window(&window, units);
                match counted.iter_mut().find(|(known, _)| *known == window) {
                    Some((_, sum)) => *sum += units,
                    None => counted.push((window.clone(), units)),
                }
                seen.push(window);
            }
        }
        Ok(())
    }

    /// The window of a cap around `now`: the one that is counting, or a new one.
    fn window(
        &self,
        meter: &MeterId,
        member: Option<&MemberId>,
        reset: Reset,
        now: Timestamp,
    ) -> Window {
        let running = self.windows.iter().find(|(window, _)| {
            window.meter == *meter
                && window.member.as_ref() == member
                && window.reset == reset
                && window.period.contains(now)
        });
        running.map_or_else(
            || Window {
                meter: meter.clone(),
                member: member.cloned(),
                reset,
                period: Period::around(reset, &self.zone, self.anchor(), now),
            },
            |(window, _)| window.clone(),
        )
    }

    fn used_in(&self, window: &Window) -> u64 {
        let known = self.windows.iter().find(|(known, _)| known == window);
        known.map_or(0, |(_, used)| *used)
    }

    fn add_to_window(&mut self, window: &Window, units: u64) {
        if let Some((_, used)) = self.windows.iter_mut().find(|(known, _)| known == window) {
            *used += units;
            return;
        }
        let over = window.period.start;
        self.windows.retain(|(known, _)| known.period.end > over);
        self.windows.push((window.clone(), units));
    }

    fn take_from_window(&mut self, window: &Window, units: u64) {
        for (_, used) in self.windows.iter_mut().filter(|(known, _)| known == window) {
            *used -= units;
        }
    }

    fn answer(&self, uses: &[Use], now: Timestamp) -> Vec<Figures> {
        uses.iter()
            .map(|one| self.figures(&one.feature, now))
            .collect()
    }

    fn consume(&mut self, request: &Consume, now: Timestamp) -> Result<Observed, Refused> {
        let uses = request.uses.as_slice();
        let (pieces, windows) = self.draw(uses, request.member.as_ref(), now, false)?;
        self.clock = now;
        self.note_event(uses, pieces, windows, now);
        Ok(Observed::Receipt(self.plan_name(), self.answer(uses, now)))
    }

    fn note_event(
        &mut self,
        uses: &[Use],
        pieces: Vec<Piece>,
        windows: Vec<(Window, u64)>,
        at: Timestamp,
    ) {
        let turn_of = |piece: &Piece| self.meters[&piece.meter].turn;
        let pieces = pieces.into_iter().map(|piece| {
            let turn = turn_of(&piece);
            (piece, turn)
        });
        let event = Event {
            at,
            uses: uses.to_vec(),
            pieces: pieces.collect(),
            windows,
            reversed: false,
        };
        self.events.push(Arc::new(event));
    }

    fn reserve(&mut self, request: &Reserve, now: Timestamp) -> Result<Observed, Refused> {
        let uses = request.uses.as_slice();
        let (pieces, windows) = self.draw(uses, request.member.as_ref(), now, true)?;
        self.clock = now;
        let seconds = i64::from(request.seconds).min(RESERVATION_SECONDS_MAX);
        let until = now.plus_seconds(seconds);
        let with_cost = uses.iter().map(|one| {
            let draw = self.catalog.features[&one.feature].draw.as_ref();
            (one.clone(), draw.map_or(0, |draw| draw.cost))
        });
        self.pledges.push(Arc::new(Pledge {
            until,
            opened: now,
            policy: request.on_expiry,
            member: request.member.clone(),
            uses: with_cost.collect(),
            pieces,
            windows,
            open: true,
        }));
        let figures = self.answer(uses, now);
        Ok(Observed::Held(until, self.plan_name(), figures))
    }

    fn open_pledge(&self, index: usize) -> Result<&Arc<Pledge>, Refused> {
        let pledge = self.pledges.get(index).filter(|pledge| pledge.open);
        pledge.ok_or_else(|| Box::new(Refusal::bare(Reason::UnknownReservation)))
    }

    fn extend(&mut self, index: usize, seconds: u32, now: Timestamp) -> Result<Observed, Refused> {
        let pledge = self.open_pledge(index)?;
        let longest = pledge.opened.plus_seconds(RESERVATION_SECONDS_MAX);
        let wanted = now.plus_seconds(i64::from(seconds)).min(longest);
        let until = wanted.max(pledge.until);
        Arc::make_mut(&mut self.pledges[index]).until = until;
        self.clock = now;
        Ok(Observed::Instant(until))
    }

    fn release(&mut self, index: usize, now: Timestamp) -> Result<Observed, Refused> {
        self.open_pledge(index)?;
        self.close(index, &[]);
        self.clock = now;
        Ok(Observed::Done)
    }

    /// Takes what `uses` need of a reservation and gives the rest back. Answers what was taken
    /// and what counts in windows.
    fn close(&mut self, index: usize, uses: &[Use]) -> (Vec<Piece>, Vec<(Window, u64)>) {
        let pledge = self.pledges[index].clone();
        Arc::make_mut(&mut self.pledges[index]).open = false;
        let mut taken = Vec::new();
        for (reserved, cost) in &pledge.uses {
            let named = uses.iter().find(|one| one.feature == reserved.feature);
            let amount = named.map_or(0, |one| one.amount.min(reserved.amount));
            let mut missing = amount * cost;
            for piece in &pledge.pieces {
                if piece.feature != reserved.feature {
                    continue;
                }
                let take = missing.min(piece.units);
                missing -= take;
                for lot in self.lots.iter_mut().filter(|lot| Some(lot.id) == piece.lot) {
                    lot.held -= piece.units;
                    lot.used_now += take;
                }
                if take > 0 {
                    let piece = Piece {
                        units: take,
                        ..piece.clone()
                    };
                    self.count_used(&piece);
                    taken.push(piece);
                }
            }
        }
        self.lots.retain(|lot| lot.ended.is_none() || lot.held > 0);
        let mut windows = Vec::new();
        for (window, units) in &pledge.windows {
            let of_meter = taken.iter().filter(|piece| piece.meter == window.meter);
            let kept: u64 = of_meter.map(|piece| piece.units).sum();
            self.take_from_window(window, units - kept);
            windows.push((window.clone(), kept));
        }
        (taken, windows)
    }

    fn settle(
        &mut self,
        index: usize,
        uses: Option<&Uses>,
        now: Timestamp,
    ) -> Result<Observed, Refused> {
        let pledge = self.open_pledge(index)?.clone();
        let reserved = || pledge.uses.iter().map(|(one, _)| one.clone()).collect();
        let uses: Vec<Use> = uses.map_or_else(reserved, |uses| uses.as_slice().to_vec());
        let more = uses.iter().filter_map(|one| {
            let mut reserved = pledge.uses.iter();
            let reserved = reserved.find(|(reserved, _)| reserved.feature == one.feature);
            let amount = one.amount - reserved.map_or(0, |(it, _)| it.amount.min(one.amount));
            (amount > 0).then(|| Use {
                feature: one.feature.clone(),
                amount,
            })
        });
        let more: Vec<Use> = more.collect();
        let before = self.clone();
        let (mut pieces, mut windows) = self.close(index, &uses);
        match self.draw(&more, pledge.member.as_ref(), now, false) {
            Ok((more, counted)) => {
                pieces.extend(more);
                windows.extend(counted);
            }
            Err(refusal) => {
                *self = before;
                return Err(refusal);
            }
        }
        self.clock = now;
        self.note_event(&uses, pieces, windows, now);
        Ok(Observed::Receipt(self.plan_name(), self.answer(&uses, now)))
    }

    fn reverse(&mut self, index: usize, now: Timestamp) -> Result<Observed, Refused> {
        let event = self.events[index].clone();
        if event.reversed {
            return Err(Box::new(Refusal::bare(Reason::AlreadyReversed)));
        }
        let too_late = now >= event.at.plus_seconds(REVERSAL_SECONDS_MAX);
        let gone = |piece: &Piece| {
            piece.lot.is_some_and(|id| {
                let mut lots = self.lots.iter();
                !lots.any(|lot| lot.id == id && lot.ended.is_none())
            })
        };
        if too_late || event.pieces.iter().any(|(piece, _)| gone(piece)) {
            return Err(Box::new(Refusal::bare(Reason::TooLateToReverse)));
        }
        for (piece, turn) in &event.pieces {
            let running = self.meters.get_mut(&piece.meter).expect("a known meter");
            let this_turn = running.turn == *turn;
            let mut of_plan = piece.lot.is_none();
            for lot in self.lots.iter_mut().filter(|lot| Some(lot.id) == piece.lot) {
                if this_turn {
                    lot.used_now -= piece.units;
                } else {
                    lot.used_earlier -= piece.units;
                }
                of_plan = lot.source == Source::Plan;
            }
            if this_turn {
                running.used -= piece.units;
                if of_plan {
                    running.of_plan -= piece.units;
                }
            }
        }
        for (window, units) in &event.windows {
            self.take_from_window(window, *units);
        }
        Arc::make_mut(&mut self.events[index]).reversed = true;
        self.clock = now;
        let figures = self.answer(&event.uses, now);
        Ok(Observed::Receipt(self.plan_name(), figures))
    }

    fn grant(&mut self, request: &GrantUnits, now: Timestamp) -> Result<Observed, Refused> {
        self.need_meter(&request.meter)?;
        let id = self.next_lot;
        self.add_lot(
            &request.meter,
            request.source,
            request.units,
            request.expires_at.unwrap_or(Timestamp::MAX),
            None,
        );
        let lot = self.lots.last_mut().expect("just added");
        lot.from = request.starts_at.unwrap_or(now).max(now);
        lot.priority = request.priority;
        if !self.meters.contains_key(&request.meter) {
            let month = Period::calendar(Cadence::Month, &self.zone, now);
            self.begin_turn(&request.meter, month);
        }
        self.given.push(id);
        self.clock = now;
        Ok(Observed::Grant)
    }

    fn need_meter(&self, meter: &MeterId) -> Result<(), Refused> {
        if self.catalog.meters.contains_key(meter) {
            return Ok(());
        }
        let mut refusal = Refusal::bare(Reason::UnknownMeter);
        refusal.meter = Some(meter.clone());
        Err(Box::new(refusal))
    }

    fn revoke(&mut self, index: usize, units: u64, now: Timestamp) -> Result<Observed, Refused> {
        let id = self.given[index];
        let mut lots = self.lots.iter_mut();
        let Some(lot) = lots.find(|lot| lot.id == id && lot.ended.is_none()) else {
            return Err(Box::new(Refusal::bare(Reason::UnknownGrant)));
        };
        let units = units.min(lot.left());
        lot.taken_back += units;
        if units > 0 {
            self.clock = now;
        }
        Ok(Observed::Units(units))
    }

    fn set_member_cap(
        &mut self,
        request: &SetMemberCap,
        now: Timestamp,
    ) -> Result<Observed, Refused> {
        self.need_meter(&request.meter)?;
        self.own_caps
            .retain(|(member, meter, ..)| *member != request.member || *meter != request.meter);
        if let Some(units) = request.units {
            let cap = (
                request.member.clone(),
                request.meter.clone(),
                units,
                request.reset,
            );
            self.own_caps.push(cap);
        }
        self.clock = now;
        Ok(Observed::Done)
    }
}

fn billing(interval: BillingInterval, anchor: Timestamp, at: Timestamp) -> Timestamp {
    let cadence = match interval {
        BillingInterval::Month => Cadence::Month,
        BillingInterval::Year => Cadence::Year,
    };
    Period::anchored(cadence, anchor, at).end
}
