//! One effect per idempotency key, whatever arrives how often.

use crate::common::{assert_verified, consume, customer, engine, key, used, with_customer};
use tokio::task::JoinSet;
use tollgate::{Decision, Error};
use tollgate_store::testing::TestDatabase;

crate::on_both!(
    a_retry_gets_the_first_answer,
    a_retry_gets_it_when_nothing_is_left,
    another_request_under_the_key_is_refused,
    fifty_at_once_have_one_effect,
    keys_are_per_customer,
    a_refusal_is_decided_afresh,
    a_retry_of_what_took_the_last_units_gets_the_first_answer,
    keys_outlive_a_restart,
);

async fn a_retry_gets_the_first_answer(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let first = tollgate
        .consume(&customer, consume("scan", 3), key("k"))
        .await
        .unwrap()
        .granted()
        .unwrap();
    tollgate
        .consume(&customer, consume("scan", 1), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    let again = tollgate
        .consume(&customer, consume("scan", 3), key("k"))
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(
        (first.event, &first.figures, &first.plan),
        (again.event, &again.figures, &again.plan)
    );
    assert_eq!(used(&tollgate, &customer, "scan").await, 4);
    assert_verified(&tollgate).await;
}

async fn a_retry_gets_it_when_nothing_is_left(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let ask = |amount: u64, name: &'static str| {
        let (tollgate, customer) = (tollgate.clone(), customer.clone());
        async move {
            tollgate
                .consume(&customer, consume("scan", amount), key(name))
                .await
        }
    };
    let first = ask(98, "k").await.unwrap().granted().unwrap();
    // Beside others in the same batch, one granted and one refused.
    let (again, granted, refused, other) = tokio::join!(
        ask(98, "k"),
        ask(2, "granted"),
        ask(3, "refused"),
        ask(99, "k")
    );
    let again = again.unwrap().granted().unwrap();
    assert!(again.replayed);
    assert_eq!((first.event, &first.figures), (again.event, &again.figures));
    assert!(granted.unwrap().granted().is_some());
    assert!(matches!(refused.unwrap(), Decision::Refused(_)));
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    assert_eq!(used(&tollgate, &customer, "scan").await, 100);
    assert_verified(&tollgate).await;
}

async fn another_request_under_the_key_is_refused(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    tollgate
        .consume(&customer, consume("scan", 3), key("k"))
        .await
        .unwrap()
        .granted()
        .unwrap();
    let other = tollgate
        .consume(&customer, consume("scan", 4), key("k"))
        .await;
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    assert_eq!(used(&tollgate, &customer, "scan").await, 3);
}

async fn fifty_at_once_have_one_effect(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let mut racers = JoinSet::new();
    for _ in 0..50 {
        let (tollgate, customer) = (tollgate.clone(), customer.clone());
        racers.spawn(async move {
            tollgate
                .consume(&customer, consume("scan", 2), key("same"))
                .await
                .unwrap()
                .granted()
                .unwrap()
        });
    }
    let receipts = racers.join_all().await;
    assert_eq!(
        receipts.iter().filter(|receipt| !receipt.replayed).count(),
        1
    );
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.event == receipts[0].event)
    );
    assert_eq!(used(&tollgate, &customer, "scan").await, 2);
    assert_verified(&tollgate).await;
}

async fn keys_are_per_customer(database: TestDatabase) {
    let tollgate = engine(&database).await;
    for id in ["ann", "bob"] {
        tollgate.open_customer(&customer(id), None).await.unwrap();
        let decision = tollgate
            .consume(&customer(id), consume("scan", 1), key("k"))
            .await
            .unwrap();
        assert!(!decision.granted().unwrap().replayed);
    }
}

async fn a_refusal_is_decided_afresh(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let too_much = consume("scan", 101);
    let refused = tollgate
        .consume(&customer, too_much.clone(), key("k"))
        .await
        .unwrap();
    assert!(matches!(refused, Decision::Refused(_)));
    let subscribe = tollgate::core::request::Subscribe {
        plan: tollgate::PlanId::new("large").unwrap(),
        price: None,
        when: tollgate::core::request::ChangeTime::Now,
    };
    tollgate
        .subscribe(&customer, subscribe, None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert!(
        tollgate
            .consume(&customer, too_much, key("k"))
            .await
            .unwrap()
            .granted()
            .is_some()
    );
}

async fn keys_outlive_a_restart(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let first = tollgate
        .consume(&customer, consume("scan", 3), key("k"))
        .await
        .unwrap()
        .granted()
        .unwrap();
    tollgate.shutdown().await.unwrap();
    drop(tollgate);
    let tollgate = engine(&database).await;
    let again = tollgate
        .consume(&customer, consume("scan", 3), key("k"))
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert_eq!((again.event, again.replayed), (first.event, true));
    assert_eq!(used(&tollgate, &customer, "scan").await, 3);
}

async fn a_retry_of_what_took_the_last_units_gets_the_first_answer(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    for again in [false, true] {
        let all = tollgate
            .consume(&customer, consume("scan", 100), key("k"))
            .await
            .unwrap();
        assert_eq!(all.granted().map(|receipt| receipt.replayed), Some(again));
    }
}
