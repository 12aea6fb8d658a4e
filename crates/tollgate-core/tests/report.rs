//! What the record says of the business: each figure on a small history made by hand, and random
//! histories folded in parts of any size.

use std::sync::Arc;
use tollgate_core::billing::Billed;
use tollgate_core::decision::Decision;
use tollgate_core::entry::Entry;
use tollgate_core::grant::Source;
use tollgate_core::id::{CustomerId, EventId, IdempotencyKey, MemberId};
use tollgate_core::period::Period;
use tollgate_core::plan::{BillingInterval, Cadence};
use tollgate_core::report::{CustomerReport, Day, Deltas, Measure, Quota, Standing};
use tollgate_core::request::{Consume, GrantUnits, Uses};
use tollgate_core::subscription::{BilledAs, Status};
use tollgate_core::testing::catalog::{meter, plan_id, price_id};
use tollgate_core::testing::{Answer, CoreSystem, Options, Random, Request, System, run};
use tollgate_core::{Account, Catalog, Timestamp};

const DAY: i64 = 86_400;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn catalog(text: &str) -> Catalog {
    let parsed = Catalog::parse("plans.toml", text, &|_| None).expect("the catalog is right");
    Catalog::next_version(None, parsed)
}

fn usdot() -> Catalog {
    catalog(include_str!("../../../catalogs/usdot.toml"))
}

/// A customer whose entries are folded as they come.
struct Life {
    catalog: Catalog,
    account: Account,
    now: Timestamp,
    state: CustomerReport,
    deltas: Deltas,
    entries: Vec<Entry>,
}

impl Life {
    fn new(catalog: Catalog, now: &str) -> Self {
        let mut life = Self {
            catalog,
            account: Account::empty(CustomerId::new("user_1").unwrap()),
            now: at(now),
            state: CustomerReport::default(),
            deltas: Deltas::new(),
            entries: Vec::new(),
        };
        life.ask(|account, catalog, now| account.open(catalog, None, now));
        life
    }

    fn at(&mut self, now: &str) -> &mut Self {
        self.now = at(now);
        self.ask(|account, catalog, now| assert!(account.advance(catalog, now)));
        self
    }

    fn ask<T>(&mut self, ask: impl FnOnce(&mut Account, &Catalog, Timestamp) -> T) -> T {
        let answer = ask(&mut self.account, &self.catalog, self.now);
        for entry in self.account.take_entries() {
            let customer = self.account.customer().clone();
            self.state
                .fold(&customer, &entry, &self.catalog, &mut self.deltas)
                .expect("it is the next");
            self.entries.push(entry);
        }
        answer
    }

    fn uses(&mut self, feature: &str, amount: u64, member: Option<&str>) -> EventId {
        let request = Consume {
            uses: Uses::one(feature.parse().unwrap(), amount).unwrap(),
            member: member.map(|member| MemberId::new(member).unwrap()),
            metadata: None,
        };
        match self.ask(|account, catalog, now| account.consume(catalog, &request, None, now)) {
            Decision::Granted(receipt) => receipt.event,
            Decision::Refused(refusal) => panic!("{refusal:?}"),
        }
    }

    /// What the payment provider says: a plan at one of its prices.
    fn billed(&mut self, plan: &str, price: &str, status: Status) -> &mut Self {
        let interval = match price {
            "annual" => BillingInterval::Year,
            _ => BillingInterval::Month,
        };
        let cadence = match interval {
            BillingInterval::Month => Cadence::Month,
            BillingInterval::Year => Cadence::Year,
        };
        let began = match self.account.subscription() {
            Some(held) if held.billed_as.is_some() => held.anchor,
            _ => self.now,
        };
        let billed = Billed {
            billed_as: BilledAs {
                customer: "cus_1".to_owned(),
                subscription: "sub_1".to_owned(),
                price: "price_1".to_owned(),
            },
            plan: plan_id(plan),
            plan_version: 1,
            price: price_id(price),
            interval,
            status,
            started_at: began,
            anchor: began,
            period: Period::anchored(cadence, began, self.now),
            cancel_at: None,
            ended_at: None,
            pending: None,
            grace_until: (status == Status::PastDue).then(|| self.now.plus_seconds(7 * DAY)),
        };
        self.ask(|account, catalog, now| account.follow(catalog, Some(&billed), now))
            .granted()
            .expect("it is followed");
        self
    }

    fn unbilled(&mut self) -> &mut Self {
        self.ask(|account, catalog, now| account.follow(catalog, None, now))
            .granted()
            .expect("it is followed");
        self
    }

    /// A stock at the end of a day, or a flow up to it: by plan and detail.
    fn until(&self, measure: Measure, last: &str) -> Vec<(String, String, i64)> {
        let mut sums = std::collections::BTreeMap::new();
        for (key, value) in &self.deltas.days {
            if key.measure == measure && key.day <= day(last) {
                *sums.entry((&key.plan, &key.detail)).or_insert(0) += value;
            }
        }
        sums.retain(|_, value| *value != 0);
        sums.into_iter()
            .map(|((plan, detail), value)| (plan.clone(), detail.clone(), value))
            .collect()
    }

    fn all(&self, measure: Measure) -> Vec<(String, String, i64)> {
        self.until(measure, "9000-01-01")
    }

    fn by_month(&self, measure: Measure) -> Vec<(String, String, i64)> {
        let months = self.deltas.months.iter();
        months
            .filter(|(key, _)| key.measure == measure)
            .map(|(key, value)| (key.day.month().to_string(), key.plan.clone(), *value))
            .collect()
    }
}

fn one(plan: &str, detail: &str, value: i64) -> Vec<(String, String, i64)> {
    vec![(plan.to_owned(), detail.to_owned(), value)]
}

#[test]
fn a_customer_has_one_standing_on_each_day() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    assert_eq!(life.all(Measure::SignedUp), one("", "", 1));
    assert_eq!(life.all(Measure::Customers), one("free", "free", 1));
    life.at("2026-01-20T00:00:00Z")
        .billed("basic", "monthly", Status::Trialing);
    assert_eq!(life.all(Measure::Customers), one("basic", "trialing", 1));
    assert_eq!(life.all(Measure::Recurring), []);
    life.at("2026-02-03T00:00:00Z")
        .billed("basic", "monthly", Status::Active);
    assert_eq!(life.all(Measure::Customers), one("basic", "paid", 1));
    life.at("2026-02-10T00:00:00Z")
        .billed("basic", "monthly", Status::PastDue);
    assert_eq!(life.all(Measure::Customers), one("basic", "paid", 1));
    life.unbilled();
    assert_eq!(life.all(Measure::Customers), one("free", "free", 1));
    for (last, plan, standing) in [
        ("2026-01-10", "free", "free"),
        ("2026-01-19", "free", "free"),
        ("2026-01-20", "basic", "trialing"),
        ("2026-02-02", "basic", "trialing"),
        ("2026-02-03", "basic", "paid"),
    ] {
        assert_eq!(
            life.until(Measure::Customers, last),
            one(plan, standing, 1),
            "{last}"
        );
    }
}

#[test]
fn recurring_revenue_is_what_the_price_brings_in_within_a_year() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    life.billed("basic", "monthly", Status::Active);
    assert_eq!(life.all(Measure::Recurring), one("basic", "usd", 999 * 12));
    life.billed("professional", "annual", Status::Active);
    assert_eq!(
        life.all(Measure::Recurring),
        one("professional", "usd", 29_990)
    );
    life.unbilled();
    assert_eq!(life.all(Measure::Recurring), []);
}

#[test]
fn a_customer_converts_once() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    assert_eq!(life.all(Measure::Prospects), one("", "", 1));
    life.at("2026-01-11T00:00:00Z")
        .billed("basic", "monthly", Status::Trialing);
    assert_eq!(life.all(Measure::Converted), []);
    life.at("2026-01-12T00:00:00Z")
        .billed("basic", "monthly", Status::Active);
    assert_eq!(life.all(Measure::Converted), one("basic", "trialing", 1));
    life.at("2026-01-13T00:00:00Z").unbilled();
    life.at("2026-01-14T00:00:00Z")
        .billed("enterprise", "monthly", Status::Active);
    assert_eq!(life.all(Measure::Converted), one("basic", "trialing", 1));
    assert_eq!(life.all(Measure::Prospects), one("", "", 1));
}

#[test]
fn whoever_begins_by_paying_has_nothing_to_convert_from() {
    let mut plans = usdot();
    plans.default_plan = None;
    let mut life = Life::new(plans, "2026-01-10T12:00:00Z");
    assert_eq!(life.all(Measure::Customers), one("", "none", 1));
    life.billed("basic", "monthly", Status::Active);
    assert_eq!(life.all(Measure::Prospects), []);
    assert_eq!(life.all(Measure::Converted), []);
    life.unbilled();
    assert_eq!(life.all(Measure::Customers), one("", "none", 1));
    assert_eq!(life.deltas.ends.len(), 1);
}

#[test]
fn an_end_is_when_nothing_is_paid_or_tried_any_more() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    life.at("2026-01-11T00:00:00Z")
        .billed("basic", "monthly", Status::Trialing);
    life.at("2026-01-12T00:00:00Z")
        .billed("basic", "monthly", Status::Active);
    // A change of plan ends nothing.
    life.at("2026-01-13T00:00:00Z")
        .billed("enterprise", "monthly", Status::Active);
    assert_eq!(life.deltas.ends, []);
    life.at("2026-01-14T00:00:00Z").unbilled();
    life.at("2026-01-15T00:00:00Z")
        .billed("basic", "monthly", Status::Trialing);
    life.at("2026-01-16T00:00:00Z").unbilled();
    life.at("2026-01-17T00:00:00Z")
        .billed("basic", "monthly", Status::Active);
    life.at("2026-01-18T00:00:00Z").unbilled();
    let ends: Vec<_> = life
        .deltas
        .ends
        .iter()
        .map(|end| {
            let days = [end.began_at, end.ended_at].map(|at| Day::of(at).to_string());
            let previous = end.previous.map(|at| Day::of(at).to_string());
            (end.standing, end.plan.clone().unwrap(), days, previous)
        })
        .collect();
    let days = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
    assert_eq!(
        ends,
        [
            (
                Standing::Paid,
                plan_id("enterprise"),
                days("2026-01-11", "2026-01-14"),
                None
            ),
            (
                Standing::Trialing,
                plan_id("basic"),
                days("2026-01-15", "2026-01-16"),
                Some("2026-01-14".to_owned())
            ),
            (
                Standing::Paid,
                plan_id("basic"),
                days("2026-01-17", "2026-01-18"),
                Some("2026-01-14".to_owned())
            ),
        ]
    );
}

#[test]
fn a_member_is_active_once_a_month_under_the_last_plan() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    life.uses("image_ocr", 1, Some("ann"));
    life.uses("image_ocr", 1, Some("ann"));
    life.uses("image_ocr", 1, Some("ben"));
    life.uses("image_ocr", 1, None);
    life.at("2026-01-31T23:59:59Z")
        .billed("basic", "monthly", Status::Active);
    life.uses("image_ocr", 1, Some("ann"));
    life.at("2026-02-01T00:00:00Z")
        .uses("image_ocr", 1, Some("ann"));
    let months = |month: &str, plan: &str, value| (month.to_owned(), plan.to_owned(), value);
    assert_eq!(
        life.by_month(Measure::Active),
        [
            months("2026-01", "basic", 1),
            months("2026-01", "free", 2),
            months("2026-02", "basic", 1)
        ]
    );
    assert_eq!(
        life.all(Measure::Events),
        [
            ("basic".to_owned(), String::new(), 2),
            ("free".to_owned(), String::new(), 4)
        ]
    );
}

#[test]
fn a_period_counts_its_share_on_the_day_on_which_it_ended() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    let event = life.uses("image_ocr", 5, None);
    life.uses("usdot_lookup", 10, None);
    assert_eq!(life.all(Measure::Running), one("free", "operations", 1));
    assert_eq!(
        life.all(Measure::RunningShare),
        one("free", "operations", 750_000)
    );
    let reversed = life.entries[usize::try_from(event.number()).unwrap() - 1].clone();
    life.ask(|account, catalog, now| account.reverse(catalog, &reversed, None, now))
        .granted()
        .expect("it is taken back");
    assert_eq!(
        life.all(Measure::RunningShare),
        one("free", "operations", 500_000)
    );
    life.at("2026-02-12T00:00:00Z");
    assert_eq!(life.until(Measure::Ended, "2026-02-09"), []);
    assert_eq!(
        life.until(Measure::Ended, "2026-02-10"),
        one("free", "operations", 1)
    );
    assert_eq!(
        life.all(Measure::EndedShare),
        one("free", "operations", 500_000)
    );
    // Carried over and bought units are used beyond the plan's own quota.
    let bought = GrantUnits {
        meter: meter("operations"),
        units: 10,
        source: Source::TopUp,
        starts_at: None,
        expires_at: None,
        priority: 0,
        reference: String::new(),
    };
    life.ask(|account, catalog, now| account.grant(catalog, &bought, None, now))
        .granted()
        .expect("it is given");
    life.uses("image_ocr", 35, None);
    assert_eq!(
        life.all(Measure::RunningShare),
        one("free", "operations", 1_750_000)
    );
    assert_eq!(
        life.all(Measure::Used),
        [
            ("free".to_owned(), "image_ocr".to_owned(), 40),
            ("free".to_owned(), "usdot_lookup".to_owned(), 10)
        ]
    );
    assert_eq!(life.all(Measure::GivenBack), one("free", "image_ocr", 5));
}

#[test]
fn a_period_belongs_to_the_plan_that_it_ends_with() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    life.uses("image_ocr", 15, None);
    life.at("2026-01-20T00:00:00Z")
        .billed("basic", "monthly", Status::Active);
    assert_eq!(life.all(Measure::Running), one("basic", "operations", 1));
    assert_eq!(
        life.all(Measure::RunningShare),
        one("basic", "operations", 100_000)
    );
    assert_eq!(life.all(Measure::Ended), []);
    life.at("2026-02-20T00:00:00Z");
    assert_eq!(life.all(Measure::Ended), one("basic", "operations", 1));
    assert_eq!(
        life.all(Measure::EndedShare),
        one("basic", "operations", 100_000)
    );
}

#[test]
fn unlimited_meters_have_no_share() {
    let mut life = Life::new(
        catalog(include_str!("../../../catalogs/resume.toml")),
        "2026-01-10T12:00:00Z",
    );
    life.billed("elite", "monthly", Status::Active);
    life.uses("ats_scan", 1_000, None);
    assert_eq!(life.all(Measure::Running), []);
    life.at("2026-02-02T00:00:00Z");
    assert_eq!(life.all(Measure::Ended), []);
}

#[test]
fn an_entry_counts_once_and_none_is_left_out() {
    let mut life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    life.uses("image_ocr", 1, None);
    let before = (life.state.clone(), life.deltas.clone());
    let customer = life.account.customer().clone();
    for entry in life.entries.clone() {
        life.state
            .fold(&customer, &entry, &life.catalog, &mut life.deltas)
            .expect("it was folded before");
    }
    assert_eq!((life.state.clone(), life.deltas.clone()), before);
    let mut gap = life.entries[0].clone();
    gap.number = life.state.number + 2;
    let folded = life
        .state
        .fold(&customer, &gap, &life.catalog, &mut life.deltas);
    assert!(folded.is_err());
}

#[test]
fn customers_who_try_things_out_count_nothing() {
    let life = Life::new(usdot(), "2026-01-10T12:00:00Z");
    let customer = CustomerId::new("test:user_1").unwrap();
    let (mut state, mut deltas) = (CustomerReport::default(), Deltas::new());
    for entry in &life.entries {
        state
            .fold(&customer, entry, &life.catalog, &mut deltas)
            .expect("it is the next");
    }
    assert!(deltas.is_empty());
    assert_eq!(state.number, 2);
}

/// A random history, folded in parts of random size with the state stored between them.
struct Folding {
    system: CoreSystem,
    random: Random,
    state: CustomerReport,
    deltas: Deltas,
    folded: usize,
    checks: usize,
}

impl Folding {
    fn new(catalog: Arc<Catalog>, seed: u64) -> Self {
        Self {
            system: CoreSystem::new(catalog, CustomerId::new("customer").unwrap()),
            random: Random::new(seed),
            state: CustomerReport::default(),
            deltas: Deltas::new(),
            folded: 0,
            checks: 0,
        }
    }

    fn fold(&self, state: &mut CustomerReport, entries: &[Entry]) -> Result<Deltas, String> {
        let mut deltas = Deltas::new();
        for entry in entries {
            let customer = self.system.account.customer();
            let folded = state.fold(customer, entry, &self.system.catalog, &mut deltas);
            folded.map_err(|error| error.to_string())?;
        }
        Ok(deltas)
    }

    /// Folds what is new, after the state has been in the database.
    fn fold_part(&mut self) -> Result<(), String> {
        let text = serde_json::to_string(&self.state).expect("it can be stored");
        let mut state = CustomerReport {
            number: self.state.number,
            members: std::mem::take(&mut self.state.members),
            ..serde_json::from_str(&text).expect("it reads")
        };
        let entries = self.system.entries[self.folded..].to_vec();
        let deltas = self.fold(&mut state, &entries)?;
        self.deltas.merge(deltas);
        self.state = state;
        self.folded = self.system.entries.len();
        Ok(())
    }

    /// What is known of the customer is what the account says.
    fn compare(&self) -> Result<(), String> {
        let account = &self.system.account;
        if self.state.standing != Standing::of(account.subscription())
            || self.state.plan.as_ref() != account.subscription().map(|held| &held.plan)
        {
            return Err(format!("{:?} of {:?}", self.state, account.subscription()));
        }
        let mut quotas = 0;
        for tally in &account.tallies().meters {
            let grants = account.grants().iter();
            let mut grants = grants.filter(|grant| {
                *grant.meter() == tally.meter
                    && grant.source() == Source::Plan
                    && !grant.parts().ended
            });
            let quota = grants.next().map(|grant| Quota {
                grant: grant.number(),
                units: grant.parts().nominal,
            });
            quotas += i64::from(quota.is_some_and(|quota| quota.units > 0));
            let known = self.state.meters.get(&tally.meter);
            let is_same = known.is_some_and(|known| {
                known.quota == quota
                    && known.used == tally.used
                    && (quota.is_none() || known.period.end == tally.period.end)
            });
            if !is_same && (quota.is_some() || tally.used > 0) {
                return Err(format!("{known:?} of {tally:?} with {quota:?}"));
            }
        }
        let sum = |measure: Measure| -> i64 {
            let days = self.deltas.days.iter();
            days.filter(|(key, _)| key.measure == measure)
                .map(|(_, value)| value)
                .sum()
        };
        if (sum(Measure::Customers), sum(Measure::Running)) != (i64::from(account.exists()), quotas)
        {
            return Err(format!("{:?}, {quotas} quotas", self.deltas));
        }
        Ok(())
    }

    fn compare_with_all_at_once(&self) -> Result<(), String> {
        let mut state = CustomerReport::default();
        let deltas = self.fold(&mut state, &self.system.entries)?;
        if (&state, &deltas) == (&self.state, &self.deltas) {
            return Ok(());
        }
        Err(format!(
            "{state:?} {deltas:?}\n{:?} {:?}",
            self.state, self.deltas
        ))
    }
}

impl System for Folding {
    fn ask(&mut self, request: &Request, key: Option<&IdempotencyKey>, now: Timestamp) -> Answer {
        self.system.ask(request, key, now)
    }

    fn check(&mut self) -> Result<(), String> {
        self.checks += 1;
        if self.random.chance(60) {
            return Ok(());
        }
        self.fold_part()?;
        self.compare()?;
        if self.checks.is_multiple_of(32) {
            self.compare_with_all_at_once()?;
        }
        Ok(())
    }
}

#[test]
fn however_the_record_is_folded_the_counters_are_the_same() {
    let options = Options {
        seed: 77_000_000,
        operations: 200_000,
        history_operations: 400,
    };
    match run(options, |history| {
        Folding::new(Arc::clone(&history.catalog), history.seed)
    }) {
        Ok(done) => assert!(done >= options.operations),
        Err(failure) => panic!("{failure}"),
    }
}
