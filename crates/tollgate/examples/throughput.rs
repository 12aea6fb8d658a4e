//! Durable consumes a second in process: `throughput [ADDRESS] [TASKS] [CUSTOMERS] [SECONDS]`.
#![expect(
    clippy::disallowed_methods,
    reason = "a measurement asks the machine for the time"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tollgate::core::request::{Consume, Uses};
use tollgate::{Catalog, CustomerId, FeatureId, Options, Tollgate};
use tollgate_store::{Store, StoreOptions};

const CATALOG: &str = "[catalog]\nname = \"T\"\ndefault_plan = \"p\"\ncurrency = \"usd\"\n[defaults]\nreset = \"month\"\n[features.scan]\nname = \"S\"\n[plans.p]\nname = \"P\"\nlimits = { scan = 1000000000 }\n";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize, default: u64| {
        arguments
            .get(index)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let address = arguments
        .get(1)
        .cloned()
        .unwrap_or_else(|| "sqlite:/tmp/throughput.db".to_owned());
    let (tasks, customers, seconds) = (number(2, 256), number(3, 10_000), number(4, 5));
    let store = Store::open(&address, &StoreOptions::default())
        .await
        .unwrap();
    let catalog = Catalog::parse("t", CATALOG, &|_| None).unwrap();
    let tollgate = Tollgate::open(store, Some(catalog), Options::default())
        .await
        .unwrap();
    let ids: Arc<Vec<CustomerId>> = Arc::new(
        (0..customers)
            .map(|n| CustomerId::new(&format!("user_{n}")).unwrap())
            .collect(),
    );
    let mut opened = tokio::task::JoinSet::new();
    for part in 0..64 {
        let (tollgate, ids) = (tollgate.clone(), Arc::clone(&ids));
        opened.spawn(async move {
            for id in ids.iter().skip(part).step_by(64) {
                tollgate.open_customer(id, None).await.unwrap();
            }
        });
    }
    opened.join_all().await;
    let done = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    let before = tollgate.stats().commits.load(Ordering::Relaxed);
    for task in 0..tasks {
        let (tollgate, ids, done) = (tollgate.clone(), Arc::clone(&ids), Arc::clone(&done));
        running.spawn(async move {
            let mut random = task.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let mut slowest = Duration::ZERO;
            while started.elapsed() < Duration::from_secs(seconds) {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let id = &ids[usize::try_from(random % customers).unwrap()];
                let uses = Uses::one(FeatureId::new("scan").unwrap(), 1).unwrap();
                let request = Consume {
                    uses,
                    member: None,
                    metadata: None,
                };
                let asked = Instant::now();
                tollgate
                    .consume(id, request, None)
                    .await
                    .unwrap()
                    .granted()
                    .unwrap();
                slowest = slowest.max(asked.elapsed());
                done.fetch_add(1, Ordering::Relaxed);
            }
            slowest
        });
    }
    let slowest = running.join_all().await.into_iter().max().unwrap();
    let count = done.load(Ordering::Relaxed);
    let commits = tollgate.stats().commits.load(Ordering::Relaxed) - before;
    println!(
        "{} a second, {commits} commits, {} entries each, slowest {slowest:?}, commit {} µs on average",
        count / seconds,
        count / commits.max(1),
        tollgate.stats().commit_micros.load(Ordering::Relaxed)
            / tollgate.stats().commits.load(Ordering::Relaxed).max(1)
    );
    tollgate.shutdown().await.unwrap();
}
