//! What is acknowledged is there after a restart, and time goes on.

use crate::common::{START, assert_verified, consume, customer, engine_at, key, used};
use tollgate::{Clock, Error, Timestamp};
use tollgate_store::testing::TestDatabase;

crate::on_both!(
    an_answer_waits_for_its_commit,
    what_was_granted_is_there_after_a_shutdown,
    what_was_granted_is_there_after_a_crash,
    a_month_later_the_quota_is_whole_again,
    a_clock_set_back_changes_nothing,
    after_the_shutdown_requests_are_turned_away,
    an_unknown_customer_is_an_error,
);

fn clock() -> Clock {
    Clock::fixed(Timestamp::from_seconds(START))
}

/// As long as the database cannot write, nobody is told that anything was granted.
async fn an_answer_waits_for_its_commit(database: TestDatabase) {
    let tollgate = engine_at(&database, &clock()).await;
    let customer = customer("user_1");
    tollgate.open_customer(&customer, None).await.unwrap();
    // Nobody writes this account beside whoever holds it; on SQLite, nobody writes anything.
    let mut holding = tollgate.store().begin().await.unwrap();
    tollgate_store::account::lock(&mut holding, &customer)
        .await
        .unwrap();
    let asked = {
        let (tollgate, customer) = (tollgate.clone(), customer.clone());
        tokio::spawn(async move {
            tollgate
                .consume(&customer, consume("scan", 1), key("k"))
                .await
        })
    };
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!asked.is_finished(), "it was answered before it was stored");
    holding.rollback().await.unwrap();
    let receipt = asked.await.unwrap().unwrap().granted().unwrap();
    assert!(!receipt.replayed);
    assert_eq!(used(&tollgate, &customer, "scan").await, 1);
    assert_verified(&tollgate).await;
}

async fn what_was_granted_is_there_after_a_shutdown(database: TestDatabase) {
    let tollgate = engine_at(&database, &clock()).await;
    let customer = customer("user_1");
    tollgate.open_customer(&customer, None).await.unwrap();
    for _ in 0..7 {
        tollgate
            .consume(&customer, consume("scan", 1), None)
            .await
            .unwrap()
            .granted()
            .unwrap();
    }
    tollgate.shutdown().await.unwrap();
    drop(tollgate);
    let tollgate = engine_at(&database, &clock()).await;
    assert_eq!(used(&tollgate, &customer, "scan").await, 7);
    assert_verified(&tollgate).await;
}

/// Without a shutdown no account is written behind: the record alone brings it back.
async fn what_was_granted_is_there_after_a_crash(database: TestDatabase) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let customer = customer("user_1");
    let crashed = {
        let customer = customer.clone();
        let address = database.address().to_owned();
        runtime.spawn(async move {
            let store =
                tollgate_store::Store::open(&address, &tollgate_store::StoreOptions::default())
                    .await
                    .unwrap();
            let options = tollgate::Options {
                clock: clock(),
                ..tollgate::Options::default()
            };
            let tollgate = tollgate::Tollgate::open(store, Some(crate::common::catalog()), options)
                .await
                .unwrap();
            tollgate.open_customer(&customer, None).await.unwrap();
            for _ in 0..7 {
                tollgate
                    .consume(&customer, consume("scan", 1), None)
                    .await
                    .unwrap()
                    .granted()
                    .unwrap();
            }
        })
    };
    crashed.await.unwrap();
    runtime.shutdown_background();
    // The lock of the file goes with the last task of that runtime.
    let mut tries = 0;
    let store = loop {
        match database.open().await {
            Ok(store) => break store,
            Err(error) if tries == 100 => panic!("{error}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
        tries += 1;
    };
    let options = tollgate::Options {
        clock: clock(),
        ..tollgate::Options::default()
    };
    let tollgate = tollgate::Tollgate::open(store, None, options)
        .await
        .unwrap();
    assert_eq!(used(&tollgate, &customer, "scan").await, 7);
    assert_verified(&tollgate).await;
}

async fn a_month_later_the_quota_is_whole_again(database: TestDatabase) {
    let clock = clock();
    let tollgate = engine_at(&database, &clock).await;
    let customer = customer("user_1");
    tollgate.open_customer(&customer, None).await.unwrap();
    tollgate
        .consume(&customer, consume("scan", 100), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert!(
        tollgate
            .consume(&customer, consume("scan", 1), None)
            .await
            .unwrap()
            .granted()
            .is_none()
    );
    clock.advance(31 * 24 * 3_600);
    assert_eq!(used(&tollgate, &customer, "scan").await, 0);
    tollgate
        .consume(&customer, consume("scan", 100), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert_verified(&tollgate).await;
}

async fn a_clock_set_back_changes_nothing(database: TestDatabase) {
    let clock = clock();
    let tollgate = engine_at(&database, &clock).await;
    let customer = customer("user_1");
    tollgate.open_customer(&customer, None).await.unwrap();
    clock.advance(31 * 24 * 3_600);
    let granted = |amount| {
        let (tollgate, customer) = (tollgate.clone(), customer.clone());
        async move {
            let answer = tollgate.consume(&customer, consume("scan", amount), None);
            answer.await.unwrap().granted().is_some()
        }
    };
    assert!(granted(60).await);
    clock.advance(-40 * 24 * 3_600);
    // The period that has begun goes on, with what is left of it.
    assert!(granted(40).await);
    assert!(!granted(1).await);
    assert_verified(&tollgate).await;
}

async fn after_the_shutdown_requests_are_turned_away(database: TestDatabase) {
    let tollgate = engine_at(&database, &clock()).await;
    tollgate.shutdown().await.unwrap();
    let late = tollgate.open_customer(&customer("late"), None).await;
    assert!(matches!(late, Err(Error::Stopping)), "{late:?}");
}

async fn an_unknown_customer_is_an_error(database: TestDatabase) {
    let tollgate = engine_at(&database, &clock()).await;
    let unknown = tollgate
        .consume(&customer("nobody"), consume("scan", 1), None)
        .await;
    assert!(
        matches!(unknown, Err(Error::UnknownCustomer)),
        "{unknown:?}"
    );
    assert!(tollgate.usage(&customer("nobody")).await.unwrap().is_none());
}

/// A catalog that one replica applies holds on the others within a few of their worker's rounds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_follow_a_new_catalog() {
    let database = TestDatabase::postgres().await;
    let (first, second) = (
        engine_at(&database, &clock()).await,
        engine_at(&database, &clock()).await,
    );
    let text = crate::common::CATALOG.replace("scan = 100,", "scan = 200,");
    let newer = tollgate::Catalog::parse("tests.toml", &text, &|_| None).unwrap();
    assert!(!first.apply_catalog(newer).await.unwrap().is_empty());
    for _ in 0..100 {
        if second.catalog().version == first.catalog().version {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!(
        "the second replica still has version {}",
        second.catalog().version
    );
}
