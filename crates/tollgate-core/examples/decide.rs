//! How long one decision takes on an account in memory: `cargo run --release --example decide`.
#![expect(clippy::disallowed_methods, reason = "a stopwatch that people read")]

use std::time::Instant;
use tollgate_core::decision::Decision;
use tollgate_core::id::{CustomerId, IdempotencyKey};
use tollgate_core::plan::{Cadence, CapScope};
use tollgate_core::request::{Consume, Keyed, Reserve, Settle, Uses};
use tollgate_core::reservation::OnExpiry;
use tollgate_core::testing::catalog::{
    CatalogBuilder, PlanBuilder, billing, calendar, feature, limit,
};
use tollgate_core::{Account, Catalog, Timestamp};

const ROUNDS: u32 = 1_000_000;
/// The engine takes entries away batch by batch.
const BATCH: u32 = 256;

fn main() {
    let catalog = CatalogBuilder::new()
        .metered("scan")
        .metered("letter")
        .plan(
            PlanBuilder::new("pro")
                .limited("scan", limit(1_000_000_000, billing(Cadence::Month)))
                .limited("letter", limit(1_000_000_000, billing(Cadence::Month))),
        )
        .plan(
            PlanBuilder::new("team")
                .limited("scan", limit(1_000_000_000, billing(Cadence::Month)))
                .cap(
                    "scan",
                    1_000_000_000,
                    calendar(Cadence::Day),
                    CapScope::Customer,
                ),
        )
        .plan(PlanBuilder::new("small").limited("scan", limit(1, billing(Cadence::Month))))
        .build();
    let consume = Consume {
        uses: Uses::one(feature("scan"), 1).expect("an amount"),
        member: None,
        metadata: None,
    };
    let key = Keyed {
        key: IdempotencyKey::new("6f1f4c0e-9a2b-4f0e-8f1e-5a1f0c1d2e3f").expect("a key"),
        fingerprint: consume.fingerprint(),
    };
    measure("consume", &catalog, "pro", |account, catalog, now| {
        granted(&account.consume(catalog, &consume, None, now));
    });
    measure(
        "consume under a key",
        &catalog,
        "pro",
        |account, catalog, now| {
            granted(&account.consume(catalog, &consume, Some(&key), now));
        },
    );
    measure(
        "consume with a cap",
        &catalog,
        "team",
        |account, catalog, now| {
            granted(&account.consume(catalog, &consume, None, now));
        },
    );
    measure("refuse", &catalog, "small", |account, catalog, now| {
        let _ = account.consume(catalog, &consume, None, now);
    });
    let reserve = Reserve {
        uses: consume.uses.clone(),
        member: None,
        seconds: 60,
        on_expiry: OnExpiry::Release,
    };
    measure(
        "reserve and settle",
        &catalog,
        "pro",
        |account, catalog, now| {
            let Decision::Granted(held) = account.reserve(catalog, &reserve, None, now) else {
                panic!("refused")
            };
            let settle = Settle {
                reservation: held.reservation,
                uses: None,
                metadata: None,
            };
            granted(&account.settle(catalog, &settle, None, now));
        },
    );
}

fn measure(
    name: &str,
    catalog: &Catalog,
    plan: &str,
    mut once: impl FnMut(&mut Account, &Catalog, Timestamp),
) {
    let mut catalog = catalog.clone();
    catalog.default_plan = catalog.plans.keys().find(|id| id.as_str() == plan).cloned();
    let mut account = Account::empty(CustomerId::new("user_123").expect("an id"));
    let mut now = Timestamp::from_seconds(1_770_000_000);
    account.open(&catalog, None, now);
    let begin = Instant::now();
    for round in 0..ROUNDS {
        now = Timestamp::from_micros(now.as_micros() + 1);
        once(&mut account, &catalog, now);
        if round % BATCH == 0 {
            account.take_entries();
            account.forget_changes();
        }
    }
    let nanos = begin.elapsed().as_nanos() / u128::from(ROUNDS);
    println!("{name}: {nanos} ns");
}

fn granted<T>(decision: &Decision<T>) {
    assert!(matches!(decision, Decision::Granted(_)));
}
