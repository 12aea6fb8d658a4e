//! A year of customers through the engine, on a clock that is set: `year ADDRESS CATALOG [CUSTOMERS] [SEED]`.
//!
//! Customers begin, use, act through members, try, pay by the month and by the year, change plans,
//! buy units and get their money back, fail to pay, cancel with and without a reason, and stay after
//! all. The same seed makes the same year.

use futures_util::future::join_all;
use std::time::Duration;
use tollgate::core::billing::{Billed, Dispute, Purchase, Purchased};
use tollgate::core::catalog::TopUp;
use tollgate::core::id::TopUpId;
use tollgate::core::money::Money;
use tollgate::core::period::Period;
use tollgate::core::plan::{BillingInterval, Cadence};
use tollgate::core::report::Day;
use tollgate::core::request::{Consume, Uses};
use tollgate::core::subscription::{BilledAs, Status};
use tollgate::core::testing::Random;
use tollgate::store::cancellation::{self, Cancellation};
use tollgate::store::id::{CancellationId, PaymentId};
use tollgate::store::payment::{self, Payment, PaymentStatus};
use tollgate::store::{Store, StoreOptions, Synchronous};
use tollgate::{Catalog, Clock, CustomerId, Decision, MemberId, Options, Timestamp, Tollgate};

const DAYS: i64 = 365;
const FIRST_DAY: &str = "2025-01-01";
/// Customers that are asked at once.
const AT_ONCE: usize = 500;
/// So often everybody's periods are brought up to date, in days.
const ADVANCE_EVERY: i64 = 4;
const DAY_SECONDS: i64 = 86_400;
const HOUR_SECONDS: u64 = 3_600;

const FEATURES: [&str; 3] = ["scan", "letter", "export"];
const PRICES: [(&str, &str); 5] = [
    ("basic", "monthly"),
    ("basic", "annual"),
    ("pro", "monthly"),
    ("pro", "annual"),
    ("london", "monthly"),
];
const REASONS: [&str; 4] = ["too_expensive", "unused", "missing_features", "other"];

/// A customer as the payment provider and the app have it.
struct Person {
    id: CustomerId,
    members: u64,
    begun: bool,
    billed: Option<Billed>,
    subscriptions: u32,
    payments: Vec<Payment>,
}

/// What happens to a customer's money on a day.
enum Deed {
    Follow,
    Cancel { at_once: bool },
    Stay,
    Buy(u64),
    Refund(usize, bool),
}

struct World {
    tollgate: Tollgate,
    random: Random,
    people: Vec<Person>,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, catalog, rest @ ..] = &arguments[..] else {
        panic!("year ADDRESS CATALOG [CUSTOMERS] [SEED]");
    };
    let number = |index: usize, usual: u64| -> u64 {
        rest.get(index)
            .map_or(usual, |text| text.parse().expect("a number"))
    };
    let mut world = World::new(address, catalog, number(0, 10_000), number(1, 1)).await;
    for day in 0..DAYS {
        world.live(day).await;
    }
    let store = world.tollgate.store().clone();
    world.tollgate.shutdown().await.expect("it stops");
    store.close().await;
}

impl World {
    async fn new(address: &str, catalog: &str, customers: u64, seed: u64) -> Self {
        let text = std::fs::read_to_string(catalog).expect("the catalog can be read");
        let catalog = Catalog::parse(catalog, &text, &|_| None).expect("the catalog is right");
        // A year that is lost with the power is made again.
        let options = StoreOptions {
            synchronous: Synchronous::Normal,
            ..StoreOptions::default()
        };
        let store = Store::open(address, &options).await.expect("it opens");
        let options = Options {
            clock: Clock::fixed(first_day().start()),
            worker_every: Duration::from_hours(1),
            reports_every: Duration::ZERO,
            ..Options::default()
        };
        let tollgate = Tollgate::open(store, Some(catalog), options);
        let people = (0..customers).map(|number| Person {
            id: CustomerId::new(&format!("user_{number}")).expect("an id"),
            members: if number % 10 == 0 { number % 7 } else { 0 },
            begun: false,
            billed: None,
            subscriptions: 0,
            payments: Vec::new(),
        });
        Self {
            tollgate: tollgate.await.expect("the engine opens"),
            random: Random::new(seed),
            people: people.collect(),
        }
    }

    /// One day: whoever comes, whatever they use, and then what they pay.
    async fn live(&mut self, day: i64) {
        let clock = self.tollgate.clock().clone();
        clock.set(first_day().plus(day).start());
        if day % ADVANCE_EVERY == 0 {
            self.advance_all().await;
        }
        clock.advance(seconds(self.random.between(1, 10 * HOUR_SECONDS)));
        self.begin_some(day).await;
        clock.advance(seconds(self.random.between(1, 6 * HOUR_SECONDS)));
        self.use_some().await;
        clock.advance(seconds(self.random.between(1, 7 * HOUR_SECONDS)));
        self.pay_some().await;
    }

    async fn advance_all(&self) {
        let begun: Vec<&Person> = self.people.iter().filter(|one| one.begun).collect();
        for part in begun.chunks(AT_ONCE) {
            for done in join_all(part.iter().map(|one| self.tollgate.advance(&one.id))).await {
                done.expect("it is brought up to date");
            }
        }
    }

    /// Most of the customers come in the first ten months, more and more of them.
    async fn begin_some(&mut self, day: i64) {
        let begun = self.people.iter().filter(|one| one.begun).count();
        let share = u64::try_from((day + 10).min(300)).expect("days are few");
        let wanted = self.people.len() as u64 * share * share / (300 * 300);
        let wanted = usize::try_from(wanted).expect("they fit");
        let new = begun..wanted.max(begun);
        for number in new.clone() {
            self.people[number].begun = true;
        }
        let new = self.people[new].iter();
        for done in join_all(new.map(|one| self.tollgate.open_customer(&one.id, None))).await {
            assert!(done.expect("the customer begins"));
        }
    }

    async fn use_some(&mut self) {
        let mut asked = Vec::new();
        for index in 0..self.people.len() {
            if !self.people[index].begun || !self.random.chance(11) {
                continue;
            }
            let paying = self.people[index].billed.is_some();
            let times = if paying { self.random.between(1, 4) } else { 1 };
            for _ in 0..times {
                let most = if paying { 40 } else { 6 };
                let feature = *self.random.pick(&FEATURES);
                let members = self.people[index].members;
                let member = (members > 0 && self.random.chance(90))
                    .then(|| format!("member_{}", self.random.below(members)));
                let amount = self.random.between(1, most);
                asked.push((index, feature, amount, member, self.random.chance(3)));
            }
        }
        for part in asked.chunks(AT_ONCE) {
            let done = part
                .iter()
                .map(|(index, feature, amount, member, is_undone)| {
                    let request = Consume {
                        uses: Uses::one(feature.parse().expect("a feature"), *amount)
                            .expect("it is little"),
                        member: member
                            .as_ref()
                            .map(|member| MemberId::new(member).expect("an id")),
                        metadata: None,
                    };
                    self.consume(&self.people[*index].id, request, *is_undone)
                });
            join_all(done).await;
        }
    }

    async fn consume(&self, customer: &CustomerId, request: Consume, is_undone: bool) {
        let answer = self.tollgate.consume(customer, request, None).await;
        if let Decision::Granted(receipt) = answer.expect("an answer")
            && is_undone
        {
            let answer = self.tollgate.reverse(customer, receipt.event).await;
            answer.expect("an answer").granted().expect("it is undone");
        }
    }

    /// All that is paid on a day stands in one transaction.
    async fn pay_some(&mut self) {
        let mut deeds = Vec::new();
        for index in 0..self.people.len() {
            if self.people[index].begun && self.random.chance(2) {
                deeds.extend(self.choose(index).map(|deed| (index, deed)));
            }
        }
        let mut transaction = self.tollgate.begin().await.expect("a transaction begins");
        for (index, deed) in deeds {
            self.do_deed(&mut transaction, index, &deed).await;
        }
        transaction.commit().await.expect("it is durable");
    }

    /// What a customer does, as the provider then has it.
    fn choose(&mut self, index: usize) -> Option<Deed> {
        let now = self.tollgate.now();
        let random = &mut self.random;
        let person = &mut self.people[index];
        let over = |billed: &Billed| billed.cancel_at.is_some_and(|at| at <= now);
        if person.billed.as_ref().is_some_and(over) {
            person.billed = None;
        }
        let Some(billed) = &mut person.billed else {
            return Some(match random.below(10) {
                0..=6 => {
                    let tries = random.chance(30);
                    person.subscribe(random, now, tries);
                    Deed::Follow
                }
                _ => Deed::Buy(random.between(5, 60)),
            });
        };
        if billed.status == Status::Trialing && billed.period.end <= now {
            billed.status = Status::Active;
            billed.period = billed_period(billed.interval, billed.anchor, now);
            return Some(Deed::Follow);
        }
        Some(match random.below(20) {
            0 if billed.status == Status::Active => {
                billed.status = Status::PastDue;
                billed.grace_until = Some(now.plus_seconds(20 * DAY_SECONDS));
                Deed::Follow
            }
            1..=5 if billed.status == Status::PastDue => {
                billed.status = Status::Active;
                billed.grace_until = None;
                Deed::Follow
            }
            6..=9 if billed.status == Status::PastDue => {
                person.billed = None;
                Deed::Follow
            }
            1..=3 if billed.cancel_at.is_none() => {
                billed.cancel_at = Some(billed.period.end.max(now.plus_seconds(DAY_SECONDS)));
                Deed::Cancel { at_once: false }
            }
            4..=7 if billed.cancel_at.is_some() => {
                billed.cancel_at = None;
                Deed::Stay
            }
            4 => Deed::Cancel { at_once: true },
            8 | 9 if billed.status == Status::Active && billed.cancel_at.is_none() => {
                let (plan, price) = *random.pick(&PRICES);
                set_price(billed, plan, price, now);
                Deed::Follow
            }
            10..=14 => Deed::Buy(random.between(5, 400)),
            _ => {
                let paid = random.index(person.payments.len())?;
                Deed::Refund(paid, random.chance(50))
            }
        })
    }

    async fn do_deed(
        &mut self,
        transaction: &mut tollgate::Transaction,
        index: usize,
        deed: &Deed,
    ) {
        let now = self.tollgate.now();
        let customer = self.people[index].id.clone();
        match deed {
            Deed::Follow => self.follow(transaction, index).await,
            Deed::Cancel { at_once } => {
                let Some(billed) = self.people[index].billed.clone() else {
                    return;
                };
                if *at_once {
                    self.people[index].billed = None;
                }
                self.follow(transaction, index).await;
                let said = Cancellation {
                    id: CancellationId::new(now, self.random_wide()),
                    customer,
                    plan: billed.plan,
                    feedback: self
                        .random
                        .chance(70)
                        .then(|| (*self.random.pick(&REASONS)).to_owned()),
                    comment: self.random.chance(40).then(|| format!("comment {now}")),
                    ends_at: if *at_once {
                        now
                    } else {
                        billed.cancel_at.unwrap_or(now)
                    },
                    undone_at: None,
                    // It is noted once the provider has answered.
                    created_at: now.plus_seconds(seconds(self.random.below(3))),
                };
                let inserted = cancellation::insert(transaction.connection(), &said).await;
                inserted.expect("it is noted");
            }
            Deed::Stay => {
                self.follow(transaction, index).await;
                let undone = cancellation::undo(transaction.connection(), &customer, now).await;
                undone.expect("it is noted");
            }
            Deed::Buy(units) => self.buy(transaction, index, *units).await,
            Deed::Refund(paid, is_whole) => {
                self.refund(transaction, index, *paid, *is_whole).await;
            }
        }
    }

    async fn follow(&self, transaction: &mut tollgate::Transaction, index: usize) {
        let person = &self.people[index];
        let answer = self
            .tollgate
            .follow_in(transaction, &person.id, person.billed.clone())
            .await;
        answer
            .expect("an answer")
            .granted()
            .expect("it is followed");
    }

    /// Some payments never succeed.
    async fn buy(&mut self, transaction: &mut tollgate::Transaction, index: usize, units: u64) {
        let now = self.tollgate.now();
        let catalog = self.tollgate.catalog();
        let topup: TopUpId = "more_scans".parse().expect("a top-up");
        let TopUp {
            meter, unit_amount, ..
        } = &catalog.topups[&topup];
        let mut payment = Payment {
            id: PaymentId::new(now, self.random_wide()),
            customer: self.people[index].id.clone(),
            topup,
            meter: meter.clone(),
            amount: Money {
                minor: unit_amount.minor * units,
                currency: unit_amount.currency,
            },
            quantity: units,
            description: "More scans".to_owned(),
            status: PaymentStatus::Pending,
            stripe_session: None,
            stripe_payment_intent: None,
            expires_at: None,
            purchased: None,
            owed: 0,
            refunded: 0,
            dispute: Dispute::None,
            created_at: now,
            updated_at: now,
        };
        let inserted = payment::insert(transaction.connection(), &payment).await;
        inserted.expect("it is begun");
        if self.random.chance(15) {
            payment.status = PaymentStatus::Failed;
        } else {
            payment.status = PaymentStatus::Succeeded;
            payment.purchased = Some(self.settle(transaction, &payment, 0).await);
        }
        let updated = payment::update(transaction.connection(), &payment).await;
        assert!(updated.expect("it is noted"));
        if payment.status == PaymentStatus::Succeeded {
            self.people[index].payments.push(payment);
        }
    }

    async fn refund(
        &mut self,
        transaction: &mut tollgate::Transaction,
        index: usize,
        paid: usize,
        is_whole: bool,
    ) {
        let mut payment = self.people[index].payments.remove(paid);
        let withheld = if is_whole {
            payment.quantity
        } else {
            payment.quantity / 2
        };
        payment.refunded = payment.amount.minor * withheld / payment.quantity;
        if is_whole {
            payment.status = PaymentStatus::Refunded;
        }
        payment.updated_at = self.tollgate.now();
        payment.purchased = Some(self.settle(transaction, &payment, withheld).await);
        let updated = payment::update(transaction.connection(), &payment).await;
        assert!(updated.expect("it is noted"));
    }

    async fn settle(
        &self,
        transaction: &mut tollgate::Transaction,
        payment: &Payment,
        withheld: u64,
    ) -> Purchased {
        let purchase = Purchase {
            reference: payment.id.to_string(),
            meter: payment.meter.clone(),
            units: payment.quantity,
            paid_at: payment.created_at,
            expires_at: None,
            units_withheld: withheld,
            before: payment.purchased,
        };
        let answer = self
            .tollgate
            .settle_purchase_in(transaction, &payment.customer, purchase)
            .await;
        answer.expect("an answer").granted().expect("it is settled")
    }

    fn random_wide(&mut self) -> u128 {
        (u128::from(self.random.number()) << 64) | u128::from(self.random.number())
    }
}

impl Person {
    /// Begins a subscription at the provider, with a trial or without.
    fn subscribe(&mut self, random: &mut Random, now: Timestamp, tries: bool) {
        self.subscriptions += 1;
        let (plan, price) = *random.pick(&PRICES);
        let mut billed = Billed {
            billed_as: BilledAs {
                customer: format!("cus_{}", self.id),
                subscription: format!("sub_{}_{}", self.id, self.subscriptions),
                price: "price_1".to_owned(),
            },
            plan: plan.parse().expect("a plan"),
            plan_version: 1,
            price: price.parse().expect("a price"),
            interval: BillingInterval::Month,
            status: Status::Active,
            started_at: now,
            anchor: now,
            period: billed_period(BillingInterval::Month, now, now),
            cancel_at: None,
            ended_at: None,
            pending: None,
            grace_until: None,
        };
        set_price(&mut billed, plan, price, now);
        if tries {
            let end = now.plus_seconds(14 * DAY_SECONDS);
            billed.status = Status::Trialing;
            billed.anchor = end;
            billed.period = Period { start: now, end };
        }
        self.billed = Some(billed);
    }
}

fn set_price(billed: &mut Billed, plan: &str, price: &str, now: Timestamp) {
    billed.plan = plan.parse().expect("a plan");
    billed.price = price.parse().expect("a price");
    billed.interval = match price {
        "annual" => BillingInterval::Year,
        _ => BillingInterval::Month,
    };
    billed.period = billed_period(billed.interval, billed.anchor, now);
}

fn billed_period(interval: BillingInterval, anchor: Timestamp, now: Timestamp) -> Period {
    let cadence = match interval {
        BillingInterval::Month => Cadence::Month,
        BillingInterval::Year => Cadence::Year,
    };
    Period::anchored(cadence, anchor, now)
}

fn first_day() -> Day {
    FIRST_DAY.parse().expect("a day")
}

fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds).expect("they are few")
}
