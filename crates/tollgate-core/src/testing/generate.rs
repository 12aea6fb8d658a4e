//! Random catalogs and random histories, near the edges where mistakes hide.

use super::catalog::{
    CatalogBuilder, PlanBuilder, billing, calendar, feature, meter, plan_id, price_id,
};
use super::model::Model;
use super::random::Random;
use super::system::Operation;
use crate::catalog::Catalog;
use crate::grant::Source;
use crate::id::{FeatureId, IdempotencyKey, MemberId};
use crate::period::TimeZone;
use crate::plan::{Cadence, CapScope, Entitlement, Limit, OnChange, Reset, Rollover};
use crate::request::{
    ChangeTime, Consume, GrantUnits, Reserve, SetMemberCap, Subscribe, Use, Uses,
};
use crate::reservation::OnExpiry;
use crate::time::Timestamp;
use std::sync::Arc;

const PLANS: u64 = 4;
const ZONES: [&str; 4] = [
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
];
/// A history asks for so many grants at the most, so that none is closed only because there are
/// many.
const GRANTS_MAX: usize = 40;

/// One operation and what the clock shows.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the clock shows; it may have been set back.
    pub at: Timestamp,
    /// What is asked.
    pub operation: Operation,
    /// The idempotency key.
    pub key: Option<IdempotencyKey>,
    /// Whether the same request comes again at once.
    pub again: bool,
}

/// A catalog and what happens to one customer of it.
#[derive(Clone, Debug)]
pub struct History {
    /// What everything follows from.
    pub seed: u64,
    /// What is sold.
    pub catalog: Arc<Catalog>,
}

impl History {
    /// The catalog that follows from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            catalog: Arc::new(random_catalog(&mut Random::new(seed))),
        }
    }
}

/// Makes one step after the other.
#[derive(Debug)]
pub struct Generator<'c> {
    random: Random,
    catalog: &'c Catalog,
    clock: Timestamp,
    /// The longest jump of the clock, in seconds, so that not too many periods pass at once.
    jump_max: u64,
    steps: u64,
}

impl<'c> Generator<'c> {
    /// The steps that follow from the history's seed.
    pub fn new(history: &'c History) -> Self {
        let mut random = Random::new(history.seed ^ 0x5eed);
        let limits = history.catalog.plans.values().flat_map(|plan| {
            plan.entitlements.values().filter_map(|it| match it {
                Entitlement::Limited(Limit {
                    reset: Reset::Every { cadence, .. },
                    ..
                }) => Some(seconds_of(*cadence)),
                _ => None,
            })
        });
        let shortest = limits.min().unwrap_or(seconds_of(Cadence::Month));
        // From the end of January 2024, so that months of 28 to 31 days follow.
        let start = 1_706_500_000 + random.below(300_000);
        Self {
            random,
            catalog: &history.catalog,
            clock: Timestamp::from_seconds(i64::try_from(start).expect("a date")),
            jump_max: (shortest * 100).min(700 * 86_400),
            steps: 0,
        }
    }

    /// The next step; the model tells what there is to name.
    pub fn step(&mut self, model: &Model<'_>) -> Step {
        self.steps += 1;
        if self.steps == 1 {
            let zone = self.random.chance(50).then(|| zone(&mut self.random));
            return self.at_once(Operation::Open(zone));
        }
        self.move_clock(model);
        let operation = self.operation(model);
        let mut step = self.at_once(operation);
        if self.random.chance(40) {
            let key = format!("key-{}", self.steps);
            step.key = Some(IdempotencyKey::new(&key).expect("a key"));
            step.again = self.random.chance(15);
        }
        step
    }

    fn at_once(&self, operation: Operation) -> Step {
        Step {
            at: self.clock,
            operation,
            key: None,
            again: false,
        }
    }

    fn move_clock(&mut self, model: &Model<'_>) {
        let random = &mut self.random;
        let micros = match random.below(100) {
            0..35 => 0,
            35..65 => signed(random.below(3_000_000)),
            65..75 => signed(random.below(3_600) * 1_000_000),
            75..88 => match model.next_event() {
                Some(at)
                    if at.as_micros() - self.clock.as_micros()
                        < signed(self.jump_max * 1_000_000) =>
                {
                    at.as_micros() - self.clock.as_micros() + signed(random.below(3)) - 1
                }
                _ => 1,
            },
            88..92 => -signed(random.below(7_200) * 1_000_000),
            92..97 => signed(random.below(self.jump_max / 20 + 1) * 1_000_000),
            97..99 => signed(random.below(86_400) * 1_000_000),
            _ => signed(random.below(self.jump_max) * 1_000_000),
        };
        self.clock = Timestamp::from_micros(self.clock.as_micros() + micros);
    }

    fn operation(&mut self, model: &Model<'_>) -> Operation {
        let (reservations, events, grants) = model.counts();
        let choice = self.random.below(1_000);
        match choice {
            0..420 => Operation::Consume(Consume {
                uses: self.uses(model, 1),
                member: self.member(),
                metadata: None,
            }),
            420..560 => Operation::Reserve(Reserve {
                uses: self.uses(model, 1),
                member: self.member(),
                seconds: self.seconds(),
                on_expiry: *self.random.pick(&[OnExpiry::Release, OnExpiry::Settle]),
            }),
            560..660 => match self.reservation(model, reservations) {
                Some(index) => Operation::Settle(index, self.settled(model)),
                None => Operation::Advance,
            },
            660..710 => match self.reservation(model, reservations) {
                Some(index) => Operation::Release(index),
                None => Operation::Advance,
            },
            710..740 => match self.reservation(model, reservations) {
                Some(index) => Operation::Extend(index, self.seconds()),
                None => Operation::Advance,
            },
            740..810 => match self.recent(events) {
                Some(index) => Operation::Reverse(index),
                None => Operation::Advance,
            },
            810..850 if grants < GRANTS_MAX => Operation::Grant(self.grant(model)),
            850..870 => match self.random.index(grants) {
                Some(index) => Operation::Revoke(index, self.random.below(30)),
                None => Operation::Advance,
            },
            870..920 => Operation::Subscribe(self.subscribe()),
            920..935 => Operation::Cancel(self.random.chance(60)),
            935..945 => Operation::UndoChange,
            945..975 => Operation::SetMemberCap(SetMemberCap {
                member: member(self.random.below(2)),
                meter: meter(self.random.pick::<&str>(&["m0", "m1", "m2"])),
                units: self.random.chance(75).then(|| self.random.below(60)),
                reset: reset(&mut self.random, true),
            }),
            975..980 => Operation::SetTimeZone(zone(&mut self.random)),
            _ => Operation::Advance,
        }
    }

    fn feature(&mut self) -> FeatureId {
        let names: Vec<&FeatureId> = self.catalog.features.keys().collect();
        if self.random.chance(1) {
            return feature("unknown");
        }
        (*self.random.pick(&names)).clone()
    }

    fn uses(&mut self, model: &Model<'_>, least: u64) -> Uses {
        let mut uses: Vec<Use> = Vec::new();
        let count = if self.random.chance(75) {
            1
        } else {
            self.random.between(2, 3)
        };
        for _ in 0..count {
            let feature = self.feature();
            if uses.iter().all(|one| one.feature != feature) {
                let amount = self.amount(model, &feature, least);
                uses.push(Use { feature, amount });
            }
        }
        Uses::new(uses, least).expect("amounts in range, each feature once")
    }

    /// Mostly a few, sometimes what is left or one more.
    fn amount(&mut self, model: &Model<'_>, feature: &FeatureId, least: u64) -> u64 {
        let draw = self.catalog.features.get(feature);
        let draw = draw.and_then(|feature| feature.draw.as_ref());
        let left = draw.and_then(|draw| Some(model.left(&draw.meter)? / draw.cost));
        let amount = match (self.random.below(10), left) {
            (0, Some(left)) => left,
            (1, Some(left)) => left + 1,
            (2, _) => self.random.below(30),
            _ => self.random.between(1, 6),
        };
        amount.max(least)
    }

    fn settled(&mut self, model: &Model<'_>) -> Option<Uses> {
        self.random.chance(70).then(|| self.uses(model, 0))
    }

    fn member(&mut self) -> Option<MemberId> {
        match self.random.below(3) {
            0 => None,
            which => Some(member(which - 1)),
        }
    }

    fn seconds(&mut self) -> u32 {
        let most = *self.random.pick(&[5, 4_000, 100_000, 3_000_000, 3_000_000]);
        u32::try_from(self.random.below(most)).expect("below 3,000,000")
    }

    /// Mostly one that is open.
    fn reservation(&mut self, model: &Model<'_>, reservations: usize) -> Option<usize> {
        let open = model.open_reservations();
        match self.random.index(open.len()) {
            Some(index) if self.random.chance(90) => Some(open[index]),
            _ => self.recent(reservations),
        }
    }

    /// One of those made lately.
    fn recent(&mut self, length: usize) -> Option<usize> {
        let back = self.random.index(length.min(8))?;
        Some(length - 1 - back)
    }

    fn grant(&mut self, model: &Model<'_>) -> GrantUnits {
        let random = &mut self.random;
        let in_a_while = |random: &mut Random, clock: Timestamp, jump_max: u64| {
            clock.plus_seconds(signed(random.below(jump_max / 10 + 2)))
        };
        let expires_at = match random.below(10) {
            0..4 => None,
            4 => model.next_event(),
            _ => Some(in_a_while(random, self.clock, self.jump_max)),
        };
        let starts_at = random
            .chance(20)
            .then(|| in_a_while(random, self.clock, self.jump_max / 10));
        let name = if random.chance(1) {
            "unknown"
        } else {
            *random.pick(&["m0", "m1"])
        };
        GrantUnits {
            meter: meter(name),
            units: random.between(1, 40),
            source: *random.pick(&[Source::TopUp, Source::Promotion, Source::Adjustment]),
            starts_at,
            expires_at,
            priority: i32::try_from(random.below(20)).expect("below 20") - 5,
            reference: String::new(),
        }
    }

    fn subscribe(&mut self) -> Subscribe {
        let random = &mut self.random;
        let price = match random.below(10) {
            0 => Some(price_id("annual")),
            1 => Some(price_id("monthly")),
            _ => None,
        };
        Subscribe {
            plan: plan_id(&format!("p{}", random.below(PLANS))),
            price,
            when: *random.pick(&[
                ChangeTime::Auto,
                ChangeTime::Auto,
                ChangeTime::Now,
                ChangeTime::PeriodEnd,
            ]),
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).expect("a small number")
}

fn member(number: u64) -> MemberId {
    MemberId::new(&format!("member-{number}")).expect("a member's id")
}

fn zone(random: &mut Random) -> TimeZone {
    TimeZone::new(random.pick::<&str>(&ZONES)).expect("a zone")
}

fn seconds_of(cadence: Cadence) -> u64 {
    match cadence {
        Cadence::Minute => 60,
        Cadence::Hour => 3_600,
        Cadence::Day => 86_400,
        Cadence::Week => 7 * 86_400,
        Cadence::Month => 30 * 86_400,
        Cadence::Year => 365 * 86_400,
    }
}

fn reset(random: &mut Random, fast: bool) -> Reset {
    let cadences: &[Cadence] = if fast {
        &[Cadence::Minute, Cadence::Hour, Cadence::Day]
    } else {
        &[
            Cadence::Day,
            Cadence::Week,
            Cadence::Month,
            Cadence::Month,
            Cadence::Year,
        ]
    };
    match random.below(10) {
        0 => Reset::Never,
        1..6 => calendar(*random.pick(cadences)),
        _ => billing(*random.pick(cadences)),
    }
}

fn random_limit(random: &mut Random, fast: bool) -> Limit {
    let rollover = if random.chance(40) {
        Rollover::None
    } else {
        Rollover::Keep {
            units_max: random.chance(50).then(|| random.below(80)),
            periods_max: random
                .chance(50)
                .then(|| u32::try_from(random.below(4)).expect("below 4")),
        }
    };
    Limit {
        units: random.below(60),
        reset: reset(random, fast),
        rollover,
        on_change: *random.pick(&[
            OnChange::Keep,
            OnChange::Keep,
            OnChange::Prorate,
            OnChange::Reset,
        ]),
    }
}

fn random_plan(random: &mut Random, number: u64, meters: u64, fast: bool) -> PlanBuilder {
    let mut plan = PlanBuilder::new(&format!("p{number}"));
    if number > 0 && random.chance(70) {
        plan = plan.monthly(random.below(4) * 500);
    }
    if number > 0 && random.chance(30) {
        plan = plan.annual(random.below(4) * 5_000);
    }
    if number == PLANS - 1 && random.chance(10) {
        plan = plan.retired();
    }
    for index in 0..meters {
        let name = format!("m{index}");
        plan = match random.below(10) {
            0 => plan,
            1 => plan.unlimited(&name),
            _ => plan.limited(&name, random_limit(random, fast)),
        };
    }
    if random.chance(60) {
        plan = plan.switch("toggle", random.chance(70));
    }
    if random.chance(10) {
        plan = plan.switch("f0", false);
    }
    for _ in 0..random.below(3) {
        let scope = *random.pick(&[CapScope::Customer, CapScope::EachMember]);
        let fast = random.chance(50);
        let on = format!("m{}", random.below(meters));
        let units = random.below(50);
        let window = reset(random, fast);
        plan = plan.cap(&on, units, window, scope);
    }
    plan
}

fn random_catalog(random: &mut Random) -> Catalog {
    let meters = random.between(1, 3);
    let fast = random.chance(30);
    let mut catalog = CatalogBuilder::new()
        .meter("m0")
        .meter("m1")
        .meter("m2")
        .toggle("toggle")
        .time_zone(random.pick::<&str>(&ZONES));
    for index in 0..meters + 2 {
        let on = format!("m{}", index % meters);
        catalog = catalog.feature(&format!("f{index}"), &on, random.between(1, 3));
    }
    for number in 0..PLANS {
        let plan = random_plan(random, number, meters, fast);
        catalog = catalog.plan(plan);
    }
    if random.chance(50) {
        let most = random.between(10, 1_000);
        catalog = catalog.top_up("units", "m0", 10, (1, most));
    }
    if random.chance(70) {
        catalog = catalog.default_plan("p0");
    }
    catalog.build()
}
