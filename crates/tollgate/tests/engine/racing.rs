//! A thousand at once on a limit of a hundred: exactly a hundred are granted.

use crate::common::{
    assert_verified, catalog, consume, consume_all, customer, engine, used, with_customer,
};
use std::sync::Arc;
use tokio::task::JoinSet;
use tollgate::core::plan::{Anchor, Cadence, Reset};
use tollgate::core::request::{ChangeTime, Consume, Reserve, SetMemberCap, Settle, Subscribe};
use tollgate::core::reservation::OnExpiry;
use tollgate::{Decision, MeterId, Options, PlanId, Reason, Tollgate};
use tollgate_store::Engine;
use tollgate_store::testing::TestDatabase;

crate::on_both!(
    consumers_get_what_the_limit_allows,
    reservations_get_what_the_limit_allows,
    members_get_what_their_cap_allows,
    two_meters_at_once_are_all_or_nothing,
    customers_do_not_disturb_each_other,
);

const RACERS: usize = 1_000;

/// Runs a thousand requests at once over these engines; answers how many were granted.
async fn race(engines: &[Tollgate], request: impl Fn(usize) -> Consume) -> usize {
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let tollgate = engines[racer % engines.len()].clone();
        let request = request(racer);
        racers.spawn(async move { tollgate.consume(&customer("user_1"), request, None).await });
    }
    let answers = racers.join_all().await;
    answers
        .into_iter()
        .filter(|answer| matches!(answer, Ok(Decision::Granted(_))))
        .count()
}

async fn consumers_get_what_the_limit_allows(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    assert_eq!(
        race(std::slice::from_ref(&tollgate), |_| consume("scan", 1)).await,
        100
    );
    assert_eq!(used(&tollgate, &customer, "scan").await, 100);
    assert_verified(&tollgate).await;
}

async fn reservations_get_what_the_limit_allows(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let mut racers = JoinSet::new();
    for racer in 0..RACERS {
        let (tollgate, customer) = (tollgate.clone(), customer.clone());
        racers.spawn(async move {
            let reserve = Reserve {
                uses: consume("scan", 1).uses,
                member: None,
                seconds: 600,
                on_expiry: OnExpiry::Release,
            };
            let Decision::Granted(held) = tollgate.reserve(&customer, reserve, None).await.unwrap()
            else {
                return 0;
            };
            if racer % 2 == 0 {
                let settle = Settle {
                    reservation: held.reservation,
                    uses: None,
                    metadata: None,
                };
                tollgate
                    .settle(&customer, settle, None)
                    .await
                    .unwrap()
                    .granted()
                    .expect("it is open");
            }
            1
        });
    }
    assert_eq!(racers.join_all().await.into_iter().sum::<i32>(), 100);
    let account = tollgate.account(&customer).await.unwrap().unwrap();
    assert_eq!(
        used(&tollgate, &customer, "scan").await + account.holds().len() as u64,
        100
    );
    assert_verified(&tollgate).await;
}

async fn members_get_what_their_cap_allows(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let member = tollgate::MemberId::new("ann").unwrap();
    let cap = SetMemberCap {
        member: member.clone(),
        meter: MeterId::new("scan").unwrap(),
        units: Some(30),
        reset: Reset::Every {
            cadence: Cadence::Month,
            anchor: Anchor::Calendar,
        },
    };
    tollgate
        .set_member_cap(&customer, cap)
        .await
        .unwrap()
        .granted()
        .unwrap();
    let request = Consume {
        member: Some(member),
        ..consume("scan", 1)
    };
    assert_eq!(
        race(std::slice::from_ref(&tollgate), |_| request.clone()).await,
        30
    );
    let refusal = tollgate
        .consume(&customer, request, None)
        .await
        .unwrap()
        .into_result()
        .unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.limit, refusal.used),
        (Reason::MemberCapExceeded, 30, 30)
    );
    assert_eq!(
        race(std::slice::from_ref(&tollgate), |_| consume("scan", 1)).await,
        70
    );
    assert_verified(&tollgate).await;
}

async fn two_meters_at_once_are_all_or_nothing(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let both = consume_all(&[("scan", 1), ("letter", 1)]);
    assert_eq!(
        race(std::slice::from_ref(&tollgate), |_| both.clone()).await,
        50
    );
    assert_eq!(used(&tollgate, &customer, "scan").await, 50);
    assert_eq!(used(&tollgate, &customer, "letter").await, 50);
    assert_verified(&tollgate).await;
}

async fn customers_do_not_disturb_each_other(database: TestDatabase) {
    let tollgate = engine(&database).await;
    let mut racers = JoinSet::new();
    for number in 0..50 {
        let tollgate = tollgate.clone();
        racers.spawn(async move {
            let customer = customer(&format!("user_{number}"));
            tollgate.open_customer(&customer, None).await.unwrap();
            for _ in 0..=number {
                tollgate
                    .consume(&customer, consume("scan", 1), None)
                    .await
                    .unwrap()
                    .granted()
                    .unwrap();
            }
        });
    }
    racers.join_all().await;
    for number in 0..50 {
        assert_eq!(
            used(&tollgate, &customer(&format!("user_{number}")), "scan").await,
            number + 1
        );
    }
    assert_verified(&tollgate).await;
}

/// Another engine over the same database, by the same clock.
async fn replica(first: &Tollgate, database: &TestDatabase) -> Tollgate {
    let options = Options {
        clock: first.clock().clone(),
        ..Options::default()
    };
    let store = database.open().await.unwrap();
    let opened = Tollgate::open(store, Some(catalog()), options).await;
    opened.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_over_one_postgres_grant_exactly_the_limit() {
    let database = Arc::new(TestDatabase::on(Engine::Postgres).await);
    let (first, customer) = with_customer(&database).await;
    let mut engines = vec![first];
    for _ in 0..2 {
        engines.push(replica(&engines[0], &database).await);
    }
    let answers = race(&engines, |_| consume("scan", 1)).await;
    assert_eq!(answers, 100);
    for engine in &engines {
        assert_eq!(used(engine, &customer, "scan").await, 100);
        assert_verified(engine).await;
    }
}

/// What a replica remembers of an account may be old: a refusal, too, rests on what stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_counts_what_another_replica_gave() {
    let database = TestDatabase::on(Engine::Postgres).await;
    let (first, customer) = with_customer(&database).await;
    let second = replica(&first, &database).await;
    let ask = |engine: &Tollgate, amount| {
        let (engine, customer) = (engine.clone(), customer.clone());
        async move {
            let answer = engine.consume(&customer, consume("scan", amount), None);
            answer.await.unwrap().granted().is_some()
        }
    };
    assert!(ask(&first, 100).await);
    assert!(!ask(&first, 1).await, "all is used");
    let large = Subscribe {
        plan: PlanId::new("large").unwrap(),
        price: None,
        when: ChangeTime::Now,
    };
    let upgraded = second.subscribe(&customer, large, None).await.unwrap();
    assert!(upgraded.granted().is_some());
    assert!(ask(&first, 1).await, "the other replica gave more");
    assert_eq!(used(&first, &customer, "scan").await, 101);
    assert_verified(&first).await;
}
