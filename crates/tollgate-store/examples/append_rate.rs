//! Measures how many entries a second the journal takes, by entries per commit, and how many the
//! ledger takes where `TOLLGATE_TEST_POSTGRES` names a server. Run it with `--release`.
#![expect(
    clippy::disallowed_methods,
    reason = "it measures real time on a real disk"
)]

use std::time::{Duration, Instant};
use tollgate_core::Timestamp;
use tollgate_core::account::Account;
use tollgate_core::catalog::Catalog;
use tollgate_core::entry::Entry;
use tollgate_core::id::{CustomerId, FeatureId};
use tollgate_core::request::{Consume, Uses};
use tollgate_store::account::AccountRows;
use tollgate_store::journal::NewEntry;
use tollgate_store::ledger::{Commit, CommitOutcome};
use tollgate_store::testing::{POSTGRES_VARIABLE, TestDatabase};
use tollgate_store::{Engine, Store};

const ACCOUNTS: usize = 1_000;
const MEASURED: Duration = Duration::from_secs(3);

struct Known {
    account: Account,
    position: i64,
}

#[tokio::main]
async fn main() {
    let text = "[catalog]\nname = \"rate\"\ndefault_plan = \"free\"\ncurrency = \"usd\"\n\
                [meters.operations]\nname = \"Operations\"\nunit = \"operation\"\n\
                [features.scan]\nname = \"Scan\"\nmeter = \"operations\"\n\
                [plans.free]\nname = \"Free\"\nfeatures = [\"scan\"]\nlimits = { operations = 1000000000 }\n";
    let catalog = Catalog::parse("rate.toml", text, &|_| None).expect("the catalog is right");
    let catalog = Catalog::next_version(None, catalog);
    for per_commit in [1, 10, 100, 1_000] {
        let database = TestDatabase::sqlite();
        measure(&database, &catalog, per_commit).await;
    }
    if std::env::var(POSTGRES_VARIABLE).is_ok() {
        for per_commit in [1, 10, 100, 1_000] {
            let database = TestDatabase::postgres().await;
            measure(&database, &catalog, per_commit).await;
        }
    }
}

async fn measure(database: &TestDatabase, catalog: &Catalog, per_commit: usize) {
    let store = database.open().await.expect("the database opens");
    let mut accounts: Vec<Known> = (0..ACCOUNTS)
        .map(|number| {
            let customer = CustomerId::new(&format!("user_{number}")).expect("a name");
            let mut account = Account::empty(customer);
            account.open(catalog, None, Timestamp::from_seconds(1_700_000_000));
            Known {
                account,
                position: 0,
            }
        })
        .collect();
    let mut position = 0;
    for start in (0..ACCOUNTS).step_by(100) {
        write(&store, &mut accounts, start..start + 100, &mut position).await;
    }
    let request = Consume {
        uses: Uses::one(FeatureId::new("scan").expect("a name"), 1).expect("an amount"),
        member: None,
        metadata: None,
    };
    let mut written = 0;
    let mut deciding = Duration::ZERO;
    let mut next = 0;
    let begun = Instant::now();
    while begun.elapsed() < MEASURED {
        let decided = Instant::now();
        let range = next..next + per_commit;
        for index in range.clone() {
            let known = &mut accounts[index % ACCOUNTS];
            let now = Timestamp::from_seconds(1_700_000_001);
            assert!(
                known
                    .account
                    .consume(catalog, &request, None, now)
                    .granted()
                    .is_some()
            );
        }
        deciding += decided.elapsed();
        write(&store, &mut accounts, range, &mut position).await;
        next += per_commit;
        written += per_commit;
    }
    let seconds = begun.elapsed().saturating_sub(deciding).as_micros();
    let rate = written as u128 * 1_000_000 / seconds;
    println!(
        "{:?}: {per_commit} a commit, {rate} entries a second",
        store.engine()
    );
    if store.engine() == Engine::Sqlite {
        let begun = Instant::now();
        let mut rows = AccountRows::new();
        for known in &accounts {
            rows.push(&known.account, known.account.version() - 1, known.position);
        }
        store
            .checkpoint(&rows, position)
            .await
            .expect("it is written");
        println!("  checkpoint of {ACCOUNTS} accounts: {:?}", begun.elapsed());
    }
    store.close().await;
}

async fn write(
    store: &Store,
    accounts: &mut [Known],
    range: std::ops::Range<usize>,
    position: &mut i64,
) {
    match store.engine() {
        Engine::Sqlite => {
            let mut entries: Vec<(usize, i64, i64, Entry)> = Vec::new();
            for index in range {
                let index = index % ACCOUNTS;
                let known = &mut accounts[index];
                for entry in known.account.take_entries() {
                    *position += 1;
                    let previous = std::mem::replace(&mut known.position, *position);
                    entries.push((index, *position, previous, entry));
                }
            }
            let new: Vec<_> = entries
                .iter()
                .map(|(index, position, previous, entry)| NewEntry {
                    position: *position,
                    previous: *previous,
                    customer: accounts[*index].account.customer(),
                    entry,
                })
                .collect();
            store.append(&new).await.expect("it is appended");
        }
        Engine::Postgres => {
            let mut commit = Commit::new();
            for index in range {
                let known = &mut accounts[index % ACCOUNTS];
                let entries = known.account.take_entries();
                if !entries.is_empty() {
                    commit.push(&known.account, &entries);
                    known.account.forget_changes();
                }
            }
            let transaction = store.begin_commit().await.expect("it begins");
            let outcome = store.commit(transaction, &commit).await;
            assert_eq!(outcome.expect("it is written"), CommitOutcome::Written);
        }
    }
}
