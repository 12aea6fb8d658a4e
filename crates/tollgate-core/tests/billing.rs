//! What the payment provider says, in any order, twice, late or not at all until it is swept: the
//! customer ends where the true order would have led.
//!
//! A life is a row of moves at the provider; each changes what it says, and sends an event that
//! names the customer or a payment. An event is only a hint to look at what is said now. Time
//! stands still between two renewals, for the provider does not tell when everything happened;
//! before a period ends, what was lost is swept, as the server does every few minutes.

use std::fmt;
use tollgate_core::billing::{Billed, Dispute, Paid, Purchase, Purchased};
use tollgate_core::decision::Decision;
use tollgate_core::id::CustomerId;
use tollgate_core::period::Period;
use tollgate_core::plan::{BillingInterval, Cadence};
use tollgate_core::request::{Consume, Uses};
use tollgate_core::subscription::{BilledAs, PendingChange, Status};
use tollgate_core::testing::Random;
use tollgate_core::testing::catalog::{meter, plan_id, price_id};
use tollgate_core::{Account, Catalog, Timestamp};

/// A moment, as RFC 3339.
fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

const PLANS: &str = include_str!("../../../catalogs/usdot.toml");
const START: &str = "2026-01-31T12:00:00Z";
const DAY: i64 = 86_400;
/// Units of one purchase, and what they cost.
const UNITS: u64 = 50;
const AMOUNT: u64 = 500;

/// What happens at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Subscribe(&'static str),
    Change(&'static str),
    ScheduleChange(&'static str),
    CancelAtEnd,
    GoOn,
    CancelNow,
    PaymentFails,
    PaymentRecovers,
    GiveUp,
    Pause,
    Resume,
    Buy,
    Refund(usize, u64),
    RefundFails(usize),
    DisputeOpens(usize),
    DisputeWon(usize),
    DisputeLost(usize),
    /// The period ends: time goes on, and there is no event that matters.
    PeriodEnds,
}

const PAID_PLANS: [&str; 3] = ["basic", "professional", "enterprise"];

/// What an event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Customer,
    Payment(usize),
}

/// What the provider says.
#[derive(Clone, Debug)]
struct Provider {
    now: Timestamp,
    billed: Option<Billed>,
    payments: Vec<Paid>,
    subscriptions: u32,
}

/// When a purchase was paid: one after the other, though time stands still.
fn paid_at(index: usize) -> Timestamp {
    let seconds = i64::try_from(index).expect("they are few");
    at(START).plus_seconds(seconds - 100)
}

impl Provider {
    fn new() -> Self {
        Self {
            now: at(START),
            billed: None,
            payments: Vec::new(),
            subscriptions: 0,
        }
    }

    fn status(&self) -> Option<Status> {
        self.billed.as_ref().map(|billed| billed.status)
    }

    fn is_good(&self) -> bool {
        matches!(self.status(), Some(Status::Active))
    }

    /// A move that makes sense now.
    fn choose(&self, random: &mut Random) -> Move {
        for _ in 0..100 {
            let plan = random.pick(&PAID_PLANS);
            let payment = random.index(self.payments.len());
            let chosen = match random.below(16) {
                0 | 1 if !self.is_running() => Move::Subscribe(plan),
                2 if self.is_good() => Move::Change(plan),
                3 if self.is_good() => Move::ScheduleChange(plan),
                4 if self.is_good() => Move::CancelAtEnd,
                5 if self.is_good() => Move::GoOn,
                6 if self.is_running() => Move::CancelNow,
                7 if self.is_good() => Move::PaymentFails,
                8 if self.status() == Some(Status::PastDue) => Move::PaymentRecovers,
                9 if self.status() == Some(Status::PastDue) => Move::GiveUp,
                10 if self.is_good() => Move::Pause,
                11 if self.status() == Some(Status::Paused) => Move::Resume,
                12 if self.payments.len() < 4 => Move::Buy,
                13 => match payment {
                    Some(index) => Move::Refund(index, random.between(1, AMOUNT)),
                    None => continue,
                },
                14 => match payment {
                    Some(index) if self.payments[index].refunded > 0 => Move::RefundFails(index),
                    _ => continue,
                },
                15 => match payment {
                    Some(index) => match self.payments[index].dispute {
                        Dispute::None => Move::DisputeOpens(index),
                        Dispute::Open if random.chance(50) => Move::DisputeWon(index),
                        Dispute::Open => Move::DisputeLost(index),
                        Dispute::Lost => continue,
                    },
                    None => continue,
                },
                _ => continue,
            };
            return chosen;
        }
        Move::Buy
    }

    fn is_running(&self) -> bool {
        self.status()
            .is_some_and(|status| !matches!(status, Status::Canceled))
    }

    /// Makes a move. Answers the event that it sends.
    fn make(&mut self, catalog: &Catalog, made: Move) -> Option<Event> {
        let now = self.now;
        match made {
            Move::Subscribe(plan) => {
                self.subscriptions += 1;
                self.billed = Some(billed(catalog, plan, self.subscriptions, now));
            }
            Move::Buy => {
                self.payments.push(Paid {
                    amount: AMOUNT,
                    refunded: 0,
                    dispute: Dispute::None,
                });
                return Some(Event::Payment(self.payments.len() - 1));
            }
            Move::Refund(index, amount) => {
                let paid = &mut self.payments[index];
                paid.refunded = (paid.refunded + amount).min(AMOUNT);
                return Some(Event::Payment(index));
            }
            Move::RefundFails(index) => {
                self.payments[index].refunded = 0;
                return Some(Event::Payment(index));
            }
            Move::DisputeOpens(index) | Move::DisputeWon(index) | Move::DisputeLost(index) => {
                self.payments[index].dispute = match made {
                    Move::DisputeOpens(_) => Dispute::Open,
                    Move::DisputeLost(_) => Dispute::Lost,
                    _ => Dispute::None,
                };
                return Some(Event::Payment(index));
            }
            Move::PeriodEnds => {
                self.end_period(catalog);
                return None;
            }
            _ => {
                let billed = self.billed.as_mut().expect("the move makes sense");
                change(catalog, billed, made, now);
            }
        }
        Some(Event::Customer)
    }

    fn end_period(&mut self, catalog: &Catalog) {
        let end = match &self.billed {
            Some(billed) if billed.status != Status::Canceled => billed.period.end,
            _ => self.now.plus_seconds(31 * DAY),
        };
        self.now = end.plus_seconds(3_600);
        let Some(billed) = self.billed.as_mut() else {
            return;
        };
        if billed.status == Status::Canceled {
            return;
        }
        if billed.cancel_at.is_some() {
            billed.status = Status::Canceled;
            billed.ended_at = billed.cancel_at;
            return;
        }
        *billed = billed.as_of(catalog, self.now);
        billed.billed_as.price = billed.plan.to_string();
        billed.period = Period::anchored(Cadence::Month, billed.anchor, self.now);
        if billed.status == Status::PastDue {
            // Stripe gave up meanwhile.
            billed.status = Status::Unpaid;
            billed.grace_until = None;
        }
    }
}

fn billed(catalog: &Catalog, plan: &str, number: u32, now: Timestamp) -> Billed {
    Billed {
        billed_as: BilledAs {
            customer: "cus_1".to_owned(),
            subscription: format!("sub_{number}"),
            price: plan.to_owned(),
        },
        plan: plan_id(plan),
        plan_version: catalog.plans[plan].version,
        price: price_id("monthly"),
        interval: BillingInterval::Month,
        status: Status::Active,
        started_at: now,
        anchor: now,
        period: Period::anchored(Cadence::Month, now, now),
        cancel_at: None,
        ended_at: None,
        pending: None,
        grace_until: None,
    }
}

fn change(catalog: &Catalog, billed: &mut Billed, made: Move, now: Timestamp) {
    match made {
        Move::Change(plan) => {
            billed.plan = plan_id(plan);
            plan.clone_into(&mut billed.billed_as.price);
            billed.pending = None;
        }
        Move::ScheduleChange(plan) => {
            billed.cancel_at = None;
            billed.pending = (billed.plan.as_str() != plan).then(|| PendingChange {
                at: billed.period.end,
                plan: plan_id(plan),
                plan_version: catalog.plans[plan].version,
                price: Some(price_id("monthly")),
            });
        }
        Move::CancelAtEnd => {
            billed.cancel_at = Some(billed.period.end);
            billed.pending = None;
        }
        Move::GoOn => {
            billed.cancel_at = None;
            billed.pending = None;
        }
        Move::CancelNow => {
            billed.status = Status::Canceled;
            billed.ended_at = Some(now);
            billed.pending = None;
            billed.cancel_at = None;
        }
        Move::PaymentFails => {
            billed.status = Status::PastDue;
            billed.grace_until = Some(now.plus_seconds(7 * DAY));
        }
        Move::PaymentRecovers | Move::Resume => {
            billed.status = Status::Active;
            billed.ended_at = None;
            billed.grace_until = None;
        }
        Move::GiveUp => {
            billed.status = Status::Unpaid;
            billed.ended_at = Some(now);
            billed.grace_until = None;
        }
        Move::Pause => {
            billed.status = Status::Paused;
            billed.ended_at = Some(now);
        }
        _ => unreachable!("a move of the subscription"),
    }
}

/// The customer here.
#[derive(Clone, Debug)]
struct Here {
    account: Account,
    purchased: Vec<Option<Purchased>>,
}

/// What can be seen of it, and must not depend on the order.
#[derive(Clone, PartialEq, Eq)]
struct Seen {
    subscription: String,
    meters: String,
    payments: Vec<(u64, u64)>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\n  {}\n  {}\n  {:?}",
            self.subscription, self.meters, self.payments
        )
    }
}

impl Here {
    fn new(catalog: &Catalog) -> Self {
        let mut account = Account::empty(CustomerId::new("user_1").unwrap());
        account.open(catalog, None, at(START));
        Self {
            account,
            purchased: Vec::new(),
        }
    }

    /// An event came: what it names is looked at, as it is now.
    fn hear(&mut self, catalog: &Catalog, provider: &Provider, event: Event) {
        let now = provider.now;
        match event {
            Event::Customer => {
                let billed = provider.billed.as_ref();
                let followed = self.account.follow(catalog, billed, now);
                assert!(matches!(followed, Decision::Granted(())), "{followed:?}");
            }
            Event::Payment(index) => {
                self.purchased
                    .resize(self.purchased.len().max(index + 1), None);
                let purchase = Purchase {
                    reference: format!("pay_{index}"),
                    meter: meter("operations"),
                    units: UNITS,
                    paid_at: paid_at(index),
                    expires_at: None,
                    units_withheld: provider.payments[index].units_withheld(UNITS),
                    before: self.purchased[index],
                };
                let settled = self.account.settle_purchase(catalog, &purchase, now);
                let Decision::Granted(purchased) = settled else {
                    panic!("{settled:?}");
                };
                self.purchased[index] = Some(purchased);
            }
        }
        let _ = self.account.take_entries();
        self.account.forget_changes();
    }

    fn consume(&mut self, catalog: &Catalog, now: Timestamp, wish: u64) {
        let usage = self.account.usage(catalog, now);
        let left = usage.meters[0].remaining.unwrap_or(0);
        let amount = left.min(wish);
        if amount > 0 {
            let feature = "usdot_lookup".parse().expect("a feature");
            let request = Consume {
                uses: Uses::one(feature, amount).expect("an amount"),
                member: None,
                metadata: None,
            };
            let taken = self.account.consume(catalog, &request, None, now);
            assert!(matches!(taken, Decision::Granted(_)));
        }
    }

    fn seen(&self, catalog: &Catalog, provider: &Provider) -> Seen {
        let mut account = self.account.clone();
        account.advance(catalog, provider.now);
        let held = account.subscription();
        let subscription = held.map(|it| {
            let billed = it.billed_as.as_ref().map(|ids| &ids.subscription);
            format!(
                "{} {:?} {:?} anchor {} {}..{} ends {:?} then {:?} grace {:?}",
                it.plan,
                billed,
                it.status,
                it.anchor,
                it.period.start,
                it.period.end,
                it.cancel_at,
                it.pending,
                it.grace_until,
            )
        });
        let usage = account.usage(catalog, provider.now);
        let meters: Vec<String> = usage
            .meters
            .iter()
            .map(|meter| {
                format!(
                    "{}: {:?} used {} left {:?} carried {} extra {} until {}",
                    meter.meter,
                    meter.limit,
                    meter.used,
                    meter.remaining,
                    meter.carried_over,
                    meter.extra,
                    meter.period.end
                )
            })
            .collect();
        let payments = self.purchased.iter().zip(&provider.payments);
        Seen {
            subscription: subscription.unwrap_or_default(),
            meters: meters.join("; "),
            payments: payments
                .map(|(purchased, paid)| {
                    let revoked = purchased.map_or(0, |purchased| purchased.revoked);
                    (revoked, paid.units_returned(UNITS).saturating_sub(revoked))
                })
                .collect(),
        }
    }
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::parse("usdot.toml", PLANS, &|_| None).expect("it is right");
    // Versions count from 1 where they stand in a database.
    catalog = Catalog::next_version(None, catalog);
    catalog
}

/// The moves of one period, from a state on.
struct Stretch {
    before: Here,
    provider: Provider,
    /// Every event of the moves, in their order.
    events: Vec<Event>,
    expected: Seen,
}

impl Stretch {
    /// Delivers every ordered subset of the events, sweeps the rest, and compares; and delivers
    /// everything again at each step, which must change nothing.
    fn try_all_orders(&self, catalog: &Catalog, life: &dyn fmt::Debug) -> u64 {
        let mut order = Vec::new();
        self.try_from(catalog, &self.before, &mut order, life)
    }

    fn try_from(
        &self,
        catalog: &Catalog,
        here: &Here,
        order: &mut Vec<usize>,
        life: &dyn fmt::Debug,
    ) -> u64 {
        let mut swept = here.clone();
        for event in &self.events {
            swept.hear(catalog, &self.provider, *event);
        }
        let seen = swept.seen(catalog, &self.provider);
        assert_eq!(seen, self.expected, "{life:?}, delivered {order:?}");
        let mut tried = 1;
        for (index, event) in self.events.iter().enumerate() {
            if order.contains(&index) {
                continue;
            }
            let mut next = here.clone();
            next.hear(catalog, &self.provider, *event);
            let version = next.account.version();
            next.hear(catalog, &self.provider, *event);
            assert_eq!(next.account.version(), version, "twice is once: {event:?}");
            order.push(index);
            tried += self.try_from(catalog, &next, order, life);
            order.pop();
        }
        tried
    }
}

/// A life of so many moves, ending periods now and then.
fn random_life(random: &mut Random, moves: usize) -> Vec<Move> {
    let catalog = catalog();
    let mut provider = Provider::new();
    let mut life = Vec::new();
    for _ in 0..moves {
        let next = if random.chance(12) {
            Move::PeriodEnds
        } else {
            provider.choose(random)
        };
        provider.make(&catalog, next);
        life.push(next);
    }
    life
}

/// Plays a life in its true order, and the moves of each period in every order.
fn try_life(catalog: &Catalog, life: &[Move]) -> u64 {
    let mut provider = Provider::new();
    let mut here = Here::new(catalog);
    let mut tried = 0;
    for stretch in life.split(|made| *made == Move::PeriodEnds) {
        let before = here.clone();
        let mut events = Vec::new();
        for made in stretch {
            if let Some(event) = provider.make(catalog, *made) {
                here.hear(catalog, &provider, event);
                events.push(event);
            }
        }
        let stretch = Stretch {
            before,
            expected: here.seen(catalog, &provider),
            provider: provider.clone(),
            events,
        };
        tried += stretch.try_all_orders(catalog, &life);
        here.consume(catalog, provider.now, 37);
        provider.make(catalog, Move::PeriodEnds);
        here.hear(catalog, &provider, Event::Customer);
    }
    tried
}

/// Every order of every ordered subset of seven events, for lives that hold every kind of move.
#[test]
fn every_order_of_seven_events() {
    use Move::*;
    let catalog = catalog();
    let lives: [&[Move]; 6] = [
        &[
            Subscribe("basic"),
            Buy,
            Change("professional"),
            Refund(0, 250),
            CancelAtEnd,
            GoOn,
            ScheduleChange("basic"),
        ],
        &[
            Buy,
            DisputeOpens(0),
            Refund(0, 100),
            DisputeWon(0),
            RefundFails(0),
            Buy,
            DisputeOpens(1),
        ],
        &[
            Subscribe("basic"),
            PaymentFails,
            PaymentRecovers,
            Pause,
            Resume,
            CancelNow,
            Subscribe("enterprise"),
        ],
        &[
            Subscribe("enterprise"),
            PaymentFails,
            GiveUp,
            CancelNow,
            Buy,
            Subscribe("basic"),
            CancelAtEnd,
        ],
        &[
            Buy,
            Buy,
            Buy,
            Refund(1, 500),
            DisputeOpens(2),
            DisputeLost(2),
            Refund(0, 10),
        ],
        &[
            Subscribe("professional"),
            ScheduleChange("basic"),
            CancelAtEnd,
            GoOn,
            Change("enterprise"),
            PaymentFails,
            CancelNow,
        ],
    ];
    for life in lives {
        // 7! + 7!/1! + … + 1: every ordered subset.
        assert_eq!(try_life(&catalog, life), 13_700);
    }
}

/// The same for random lives of up to seven moves, over several periods.
#[test]
fn every_order_of_random_lives() {
    let catalog = catalog();
    let seed = seed();
    let mut random = Random::new(seed);
    let mut tried = 0;
    for _ in 0..150 {
        let moves = usize::try_from(random.between(1, 7)).unwrap();
        let life = random_life(&mut random, moves);
        tried += try_life(&catalog, &life);
    }
    println!("{tried} orders, seed {seed}");
}

/// Long lives, each in one random order with duplicates and losses: 100,000 of them.
#[test]
fn long_random_histories() {
    let catalog = catalog();
    let seed = seed();
    for number in 0..100_000_u64 {
        let mut random = Random::new(seed.wrapping_add(number));
        let moves = usize::try_from(random.between(8, 24)).unwrap();
        let life = random_life(&mut random, moves);
        let (mut true_order, mut disordered) = (Here::new(&catalog), Here::new(&catalog));
        let mut provider = Provider::new();
        let mut outstanding: Vec<Event> = Vec::new();
        for made in &life {
            if *made == Move::PeriodEnds {
                // The sweep, before the period ends.
                for event in outstanding.drain(..) {
                    disordered.hear(&catalog, &provider, event);
                }
                let wish = random.below(80);
                true_order.consume(&catalog, provider.now, wish);
                disordered.consume(&catalog, provider.now, wish);
            }
            let event = provider.make(&catalog, *made).unwrap_or(Event::Customer);
            true_order.hear(&catalog, &provider, event);
            outstanding.push(event);
            while random.chance(60)
                && let Some(index) = random.index(outstanding.len())
            {
                let event = outstanding[index];
                disordered.hear(&catalog, &provider, event);
                if random.chance(70) {
                    outstanding.swap_remove(index);
                }
            }
        }
        for event in outstanding {
            disordered.hear(&catalog, &provider, event);
        }
        assert_eq!(
            disordered.seen(&catalog, &provider),
            true_order.seen(&catalog, &provider),
            "seed {seed}, history {number}: {life:?}"
        );
    }
    println!("100000 histories, seed {seed}");
}

/// From the environment, or another one each minute.
fn seed() -> u64 {
    if let Ok(text) = std::env::var("TOLLGATE_MODEL_SEED") {
        return text.parse().expect("TOLLGATE_MODEL_SEED is a number");
    }
    u64::from(std::process::id()) << 20
}
