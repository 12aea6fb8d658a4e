//! `verify` proves what is right and finds what is wrong, on both engines.

use crate::support::World;
use tollgate_store::Engine;
use tollgate_store::sql::Statement;

const SPOIL: Statement = Statement::new(
    "grants",
    "UPDATE grants SET used = used + 1 WHERE customer_id = $1 AND meter = $2",
);

async fn a_spoilt_balance_is_found(engine: Engine) {
    let world = World::on(engine).await;
    world.apply("resume");
    world.expect(&["customer", "create", "ann"], 0);
    world.expect(&["customer", "create", "bob", "--plan", "pro"], 0);
    let proven = world.expect(&["--json", "verify"], 0).json();
    assert_eq!(
        (&proven["ok"], &proven["accounts"]),
        (&true.into(), &2.into())
    );
    let store = world.store().await;
    let mut transaction = store.begin().await.unwrap();
    let values = ["bob".into(), "ats_scan".into()];
    assert_eq!(transaction.execute(SPOIL, values).await.unwrap(), 1);
    transaction.commit().await.unwrap();
    store.close().await;
    let found = world.expect(&["verify"], 3);
    assert!(found.output.contains("bob"), "{}", found.output);
    assert!(!found.output.contains("ann"), "{}", found.output);
    let found = world.expect(&["--json", "verify"], 3).json();
    assert_eq!(found["ok"], false);
    assert_eq!(found["differences"][0]["customer"], "bob");
}

#[tokio::test]
async fn a_spoilt_balance_is_found_on_sqlite() {
    a_spoilt_balance_is_found(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_spoilt_balance_is_found_on_postgres() {
    a_spoilt_balance_is_found(Engine::Postgres).await;
}
