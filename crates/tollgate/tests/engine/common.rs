//! Catalogs, engines and requests for the tests.

use tollgate::core::request::{Consume, Use, Uses};
use tollgate::{
    Catalog, Clock, CustomerId, FeatureId, IdempotencyKey, Options, Timestamp, Tollgate,
};
use tollgate_store::testing::TestDatabase;

/// A plan of 100 scans and 50 letters a month, and a plan of 1,000.
pub(crate) const CATALOG: &str = r#"
[catalog]
name = "Tests"
default_plan = "small"
currency = "usd"

[defaults]
reset = "month"

[features.scan]
name = "Scan"
[features.letter]
name = "Letter"

[plans.small]
name = "Small"
limits = { scan = 100, letter = 50 }

[plans.large]
name = "Large"
limits = { scan = 1000, letter = 500 }
[plans.large.prices.monthly]
amount = 1000
interval = "month"
"#;

/// 2026-01-10T00:00:00Z.
pub(crate) const START: i64 = 1_768_003_200;

pub(crate) fn catalog() -> Catalog {
    Catalog::parse("tests.toml", CATALOG, &|_| None).expect("the catalog is right")
}

pub(crate) async fn engine(database: &TestDatabase) -> Tollgate {
    engine_at(database, &Clock::fixed(Timestamp::from_seconds(START))).await
}

pub(crate) async fn engine_at(database: &TestDatabase, clock: &Clock) -> Tollgate {
    let store = database.open().await.expect("the database opens");
    let options = Options {
        clock: clock.clone(),
        ..Options::default()
    };
    Tollgate::open(store, Some(catalog()), options)
        .await
        .expect("the engine opens")
}

/// An engine with one customer on the small plan.
pub(crate) async fn with_customer(database: &TestDatabase) -> (Tollgate, CustomerId) {
    let tollgate = engine(database).await;
    let customer = customer("user_1");
    assert!(tollgate.open_customer(&customer, None).await.unwrap());
    (tollgate, customer)
}

pub(crate) fn customer(id: &str) -> CustomerId {
    CustomerId::new(id).unwrap()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands where a key is optional"
)]
pub(crate) fn key(text: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey::new(text).unwrap())
}

pub(crate) fn consume(feature: &str, amount: u64) -> Consume {
    consume_all(&[(feature, amount)])
}

pub(crate) fn consume_all(uses: &[(&str, u64)]) -> Consume {
    let uses = uses.iter().map(|(feature, amount)| Use {
        feature: FeatureId::new(feature).unwrap(),
        amount: *amount,
    });
    Consume {
        uses: Uses::new(uses.collect(), 1).unwrap(),
        member: None,
        metadata: None,
    }
}

/// Units used of a feature, as the usage report has it.
pub(crate) async fn used(tollgate: &Tollgate, customer: &CustomerId, feature: &str) -> u64 {
    let usage = tollgate
        .usage(customer)
        .await
        .unwrap()
        .expect("the customer is there");
    usage.features[feature].used
}

/// The record replayed from its first entry equals the balances that are kept.
pub(crate) async fn assert_verified(tollgate: &Tollgate) {
    let verification = tollgate.verify().await.unwrap();
    assert_eq!(
        verification.differences,
        [],
        "the record and the balances differ"
    );
    assert!(verification.entries > 0);
}
