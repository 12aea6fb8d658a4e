//! Reports: the same figures however the record is folded, by however many, and after whatever.

use crate::common::{START, catalog, consume, customer};
use std::time::Duration;
use tollgate::core::report::Day;
use tollgate::core::request::{ChangeTime, Consume, Subscribe};
use tollgate::report::{self, Report, ReportRange};
use tollgate::{Clock, MemberId, Options, PlanId, Timestamp, Tollgate};
use tollgate_store::testing::TestDatabase;
use tollgate_store::{Engine, Store};

crate::on_both!(
    a_report_counts_what_happened,
    a_rebuilt_report_is_the_same,
    a_fold_that_is_cut_off_counts_nothing_twice,
);

const DAY: i64 = 86_400;

/// An engine that folds only when it is asked for a report.
async fn open(database: &TestDatabase, clock: &Clock) -> Tollgate {
    let options = Options {
        clock: clock.clone(),
        reports_every: Duration::ZERO,
        ..Options::default()
    };
    let store = database.open().await.unwrap();
    Tollgate::open(store, Some(catalog()), options)
        .await
        .unwrap()
}

fn clock() -> Clock {
    Clock::fixed(Timestamp::from_seconds(START))
}

fn year(now: Timestamp) -> ReportRange {
    ReportRange::new(Some("2026-01-01".parse::<Day>().unwrap()), None, now).unwrap()
}

/// Ten customers: each uses something, every other one pays, every fifth leaves.
async fn live(tollgate: &Tollgate, clock: &Clock) {
    for number in 0..10 {
        let customer = customer(&format!("user_{number}"));
        tollgate.open_customer(&customer, None).await.unwrap();
        for member in ["ann", "ben"] {
            let request = Consume {
                member: Some(MemberId::new(member).unwrap()),
                ..consume("scan", number + 1)
            };
            tollgate
                .consume(&customer, request, None)
                .await
                .unwrap()
                .granted()
                .unwrap();
        }
    }
    clock.advance(3 * DAY);
    let subscribe = Subscribe {
        plan: PlanId::new("large").unwrap(),
        price: None,
        when: ChangeTime::Now,
    };
    for number in (0..10).step_by(2) {
        let customer = customer(&format!("user_{number}"));
        let answer = tollgate.subscribe(&customer, subscribe.clone(), None);
        answer.await.unwrap().granted().unwrap();
    }
    clock.advance(30 * DAY);
    for number in 0..10 {
        let customer = customer(&format!("user_{number}"));
        tollgate.advance(&customer).await.unwrap();
        if number % 5 == 0 {
            let answer = tollgate.consume(&customer, consume("letter", 5), None);
            answer.await.unwrap().granted().unwrap();
        }
    }
    for number in [0, 6] {
        let customer = customer(&format!("user_{number}"));
        let answer = tollgate.cancel(&customer, false);
        answer.await.unwrap().granted().unwrap();
    }
}

async fn a_report_counts_what_happened(database: TestDatabase) {
    let clock = clock();
    let tollgate = open(&database, &clock).await;
    live(&tollgate, &clock).await;
    let report = tollgate.report(&year(tollgate.now())).await.unwrap();
    assert_eq!((report.as_of, report.is_current), (clock.now(), true));
    let customers = &report.customers;
    assert_eq!(
        (
            customers.total,
            customers.paid,
            customers.free,
            customers.signed_up
        ),
        (10, 3, 7, 10)
    );
    let conversion = &report.conversion;
    assert_eq!((conversion.prospects, conversion.converted), (10, 5));
    assert_eq!(conversion.rate_ppm, Some(500_000));
    assert_eq!(conversion.plans[0].from_free, 5);
    // From the beginning of the year nobody had paid; in February five had.
    assert_eq!((report.churn.left, report.churn.rate_ppm), (2, None));
    let [january, february] = &report.months[..] else {
        panic!("two months: {:?}", report.months);
    };
    assert_eq!((february.paid_at_start, february.left), (5, 2));
    assert_eq!(february.churn_ppm, Some(400_000));
    assert_eq!(report.churn.reasons[0].reason, "not_cancelled");
    assert_eq!(report.churn.reasons[0].ends, 2);
    assert_eq!((january.active.members, february.active.members), (20, 2));
    assert_eq!(report.recurring[0].monthly, 3_000);
    assert_eq!(january.recurring[0].monthly, 5_000);
    assert_eq!(report.usage.events, 22);
    assert_eq!(report.usage.features[1].used, 110);
    // January's scans: of 100 on the small plan, and of 1,000 on the large one.
    let share = |plan: &str| {
        let ended = &report.utilisation.ended;
        let found = ended
            .iter()
            .find(|share| share.plan.as_deref() == Some(plan) && share.meter == "scan");
        found.map(|share| (share.periods, share.mean_ppm))
    };
    assert_eq!(share("small"), Some((5, 120_000)));
    assert_eq!(share("large"), Some((5, 10_000)));
    tollgate.shutdown().await.unwrap();
}

async fn a_rebuilt_report_is_the_same(database: TestDatabase) {
    let clock = clock();
    let tollgate = open(&database, &clock).await;
    let mut before = Vec::new();
    live(&tollgate, &clock).await;
    before.push(tollgate.report(&year(tollgate.now())).await.unwrap());
    clock.advance(DAY);
    let user = customer("user_1");
    let answer = tollgate.consume(&user, consume("scan", 1), None);
    answer.await.unwrap().granted().unwrap();
    let incremental = tollgate.report(&year(tollgate.now())).await.unwrap();
    report::rebuild(tollgate.store()).await.unwrap();
    let rebuilt = tollgate.report(&year(tollgate.now())).await.unwrap();
    assert_eq!(rebuilt, incremental);
    tollgate.shutdown().await.unwrap();
}

/// The counters as they stand, without catching up.
async fn as_they_stand(store: &Store, now: Timestamp) -> Report {
    report::read(store, &year(now), now).await.unwrap()
}

async fn cut_off(store: &Store, now: Timestamp, time: Duration) {
    let catching_up = report::catch_up(store, now, Duration::from_mins(1), |_| {});
    let _ = tokio::time::timeout(time, catching_up).await;
}

async fn a_fold_that_is_cut_off_counts_nothing_twice(database: TestDatabase) {
    let clock = clock();
    let tollgate = open(&database, &clock).await;
    live(&tollgate, &clock).await;
    let range = year(tollgate.now());
    // Cut off at any moment, between two statements as well, it goes on from where it stood.
    for attempt in 0..60 {
        let time = Duration::from_micros(attempt * 150);
        match tollgate.store().engine() {
            Engine::Sqlite => cut_off(tollgate.store(), clock.now(), time).await,
            // A connection that was left in the middle of something is not used again.
            Engine::Postgres => cut_off(&database.open().await.unwrap(), clock.now(), time).await,
        }
        if attempt % 20 == 19 {
            report::rebuild(tollgate.store()).await.unwrap();
        }
    }
    let report = tollgate.report(&range).await.unwrap();
    report::rebuild(tollgate.store()).await.unwrap();
    assert_eq!(tollgate.report(&range).await.unwrap(), report);
    assert_eq!(report.customers.total, 10);
    // Whether there is more only a search would tell on PostgreSQL.
    let stands = Report {
        is_current: true,
        ..as_they_stand(tollgate.store(), tollgate.now()).await
    };
    assert_eq!(stands, report);
    tollgate.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_that_fold_at_once_count_once() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let clock = clock();
    let mut engines = Vec::new();
    for _ in 0..3 {
        engines.push(open(&database, &clock).await);
    }
    for round in 0..8 {
        if round == 0 {
            live(&engines[0], &clock).await;
        }
        for number in 0..10 {
            let customer = customer(&format!("user_{number}"));
            let answer = engines[round % 3].consume(&customer, consume("letter", 1), None);
            answer.await.unwrap().granted().unwrap();
        }
        let range = year(clock.now());
        let (first, second, third) = tokio::join!(
            engines[0].report(&range),
            engines[1].report(&range),
            engines[2].report(&range),
        );
        for report in [first, second, third] {
            let report = report.unwrap();
            assert_eq!(
                report.usage.events,
                22 + 10 * (round as u64 + 1),
                "round {round}"
            );
            assert_eq!(report.customers.total, 10);
            assert!(report.is_current);
        }
    }
    let range = year(clock.now());
    let folded = engines[0].report(&range).await.unwrap();
    report::rebuild(engines[0].store()).await.unwrap();
    assert_eq!(engines[1].report(&range).await.unwrap(), folded);
}
