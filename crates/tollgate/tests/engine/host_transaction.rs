//! A host's row and the charge commit together or not at all.

use crate::common::{assert_verified, consume, key, used, with_customer};
use tollgate::Decision;
use tollgate_store::testing::TestDatabase;

crate::on_both!(
    both_are_there_after_a_commit,
    neither_is_there_after_a_rollback,
    dropping_it_undoes_it,
    a_key_holds_across_transactions,
    it_counts_what_it_consumed_itself,
);

async fn both_are_there_after_a_commit(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    tollgate
        .consume(&customer, consume("scan", 1), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    let mut transaction = tollgate.begin().await.unwrap();
    let decision = tollgate
        .consume_in(&mut transaction, &customer, consume("scan", 40), None)
        .await
        .unwrap();
    assert!(matches!(decision, Decision::Granted(_)));
    transaction.commit().await.unwrap();
    assert_eq!(used(&tollgate, &customer, "scan").await, 41);
    tollgate
        .consume(&customer, consume("scan", 59), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert_verified(&tollgate).await;
}

async fn neither_is_there_after_a_rollback(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let mut transaction = tollgate.begin().await.unwrap();
    tollgate
        .consume_in(&mut transaction, &customer, consume("scan", 40), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(used(&tollgate, &customer, "scan").await, 0);
    tollgate
        .consume(&customer, consume("scan", 100), None)
        .await
        .unwrap()
        .granted()
        .unwrap();
    assert_verified(&tollgate).await;
}

async fn dropping_it_undoes_it(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    {
        let mut transaction = tollgate.begin().await.unwrap();
        tollgate
            .consume_in(&mut transaction, &customer, consume("scan", 40), None)
            .await
            .unwrap()
            .granted()
            .unwrap();
    }
    assert_eq!(used(&tollgate, &customer, "scan").await, 0);
    assert_verified(&tollgate).await;
}

async fn a_key_holds_across_transactions(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    for round in 0..2 {
        let mut transaction = tollgate.begin().await.unwrap();
        let receipt = tollgate
            .consume_in(&mut transaction, &customer, consume("scan", 5), key("k"))
            .await
            .unwrap()
            .granted()
            .unwrap();
        assert_eq!(receipt.replayed, round > 0);
        let again = tollgate
            .consume_in(&mut transaction, &customer, consume("scan", 5), key("k"))
            .await
            .unwrap();
        assert!(again.granted().unwrap().replayed);
        transaction.commit().await.unwrap();
    }
    let outside = tollgate
        .consume(&customer, consume("scan", 5), key("k"))
        .await
        .unwrap();
    assert!(outside.granted().unwrap().replayed);
    assert_eq!(used(&tollgate, &customer, "scan").await, 5);
}

async fn it_counts_what_it_consumed_itself(database: TestDatabase) {
    let (tollgate, customer) = with_customer(&database).await;
    let mut transaction = tollgate.begin().await.unwrap();
    for granted in [true, true, false] {
        let decision = tollgate
            .consume_in(&mut transaction, &customer, consume("scan", 50), None)
            .await
            .unwrap();
        assert_eq!(decision.granted().is_some(), granted);
    }
    transaction.commit().await.unwrap();
    assert_eq!(used(&tollgate, &customer, "scan").await, 100);
    assert_verified(&tollgate).await;
}
