//! Random histories through the engine and its database, beside the simple model of the core.
//!
//! `TOLLGATE_MODEL_STORE_OPERATIONS` says how many operations on SQLite and as many on PostgreSQL,
//! and `TOLLGATE_MODEL_SEED` where to begin. `cargo xtask test` runs a million on each.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use tokio::runtime::Runtime;
use tollgate::{Clock, CustomerId, IdempotencyKey, Options, Timestamp, Tollgate};
use tollgate_core::testing::{Answer, History, Options as Amount, Request, System, run};
use tollgate_store::testing::TestDatabase;
use tollgate_store::{Engine, Store, StoreOptions};

/// Operations on each engine unless the environment says otherwise.
const OPERATIONS: u64 = 20_000;
/// Operations of each history: long, because each begins with a new database.
const HISTORY_OPERATIONS: u64 = 2_000;
/// Histories at a time: each waits for its database most of the time.
const AT_A_TIME: u64 = 4;

/// A new database. SQLite's file stands in memory where the system offers it: nothing here is about
/// the disk, and it would be waited for at every operation.
async fn new_database(engine: Engine) -> TestDatabase {
    let memory = Path::new("/dev/shm");
    if engine == Engine::Sqlite && memory.is_dir() {
        TestDatabase::sqlite_in(memory)
    } else {
        TestDatabase::on(engine).await
    }
}

/// One customer of an engine, asked one thing after another.
struct Through {
    runtime: Arc<Runtime>,
    tollgate: Tollgate,
    clock: Clock,
    customer: CustomerId,
    /// Goes last: the files and the database are removed with it.
    _database: Arc<TestDatabase>,
}

impl Through {
    fn begin(runtime: &Arc<Runtime>, engine: Engine, history: &History) -> Self {
        let clock = Clock::fixed(Timestamp::MIN);
        let (tollgate, database) = runtime.block_on(async {
            let database = Arc::new(new_database(engine).await);
            let store = Store::open(database.address(), &StoreOptions::default())
                .await
                .expect("it opens");
            let mut transaction = store.begin().await.expect("it begins");
            tollgate_store::catalog::save(
                &mut transaction,
                &history.catalog,
                Timestamp::MIN,
                "test",
            )
            .await
            .expect("the catalog is kept");
            transaction.commit().await.expect("it commits");
            let options = Options {
                clock: clock.clone(),
                // The worker would do what is due at moments that the model does not know.
                worker_every: std::time::Duration::from_hours(24),
                ..Options::default()
            };
            (
                Tollgate::open(store, None, options)
                    .await
                    .expect("it starts"),
                database,
            )
        });
        Self {
            runtime: Arc::clone(runtime),
            tollgate,
            clock,
            customer: CustomerId::new("customer").expect("a customer id"),
            _database: database,
        }
    }

    async fn answer(
        &self,
        request: Request,
        key: Option<IdempotencyKey>,
    ) -> Result<Answer, tollgate::Error> {
        let (tollgate, customer) = (&self.tollgate, &self.customer);
        Ok(match request {
            Request::Open(zone) => Answer::Opened(tollgate.open_customer(customer, zone).await?),
            Request::Advance => {
                tollgate.advance(customer).await?;
                Answer::Done(tollgate::Decision::Granted(()))
            }
            Request::Consume(request) => {
                Answer::Receipt(tollgate.consume(customer, request, key).await?)
            }
            Request::Reserve(request) => {
                Answer::Held(tollgate.reserve(customer, request, key).await?)
            }
            Request::Extend(id, seconds) => {
                Answer::Instant(tollgate.extend(customer, id, seconds).await?)
            }
            Request::Settle(request) => {
                Answer::Receipt(tollgate.settle(customer, request, key).await?)
            }
            Request::Release(id) => Answer::Done(tollgate.release(customer, id).await?),
            Request::Reverse(event) => Answer::Receipt(tollgate.reverse(customer, event).await?),
            Request::Grant(request) => Answer::Grant(tollgate.grant(customer, request, key).await?),
            Request::Revoke(id, units) => {
                Answer::Units(tollgate.revoke(customer, id, units).await?)
            }
            Request::Subscribe(request) => {
                Answer::Instant(tollgate.subscribe(customer, request, key).await?)
            }
            Request::Cancel(at_period_end) => {
                Answer::Instant(tollgate.cancel(customer, at_period_end).await?)
            }
            Request::UndoChange => Answer::Done(tollgate.undo_change(customer).await?),
            Request::SetMemberCap(request) => {
                Answer::Done(tollgate.set_member_cap(customer, request).await?)
            }
            Request::SetTimeZone(zone) => {
                Answer::Done(tollgate.set_time_zone(customer, zone).await?)
            }
        })
    }
}

impl System for Through {
    fn ask(&mut self, request: &Request, key: Option<&IdempotencyKey>, now: Timestamp) -> Answer {
        self.clock.set(now);
        let answer = self
            .runtime
            .block_on(self.answer(request.clone(), key.cloned()));
        answer.expect("the engine decides")
    }

    fn replays(&self) -> bool {
        true
    }
}

impl Drop for Through {
    /// After each history the record replays to the balances. A panic here fails the test.
    fn drop(&mut self) {
        let verification = self.runtime.block_on(async {
            let verification = self.tollgate.verify().await.expect("the record is read");
            self.tollgate.shutdown().await.expect("it stops");
            verification
        });
        if !std::thread::panicking() {
            assert_eq!(
                verification.differences,
                [],
                "the record and the balances differ"
            );
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn histories(engine: Engine, first_seed: u64) {
    let operations = number("TOLLGATE_MODEL_STORE_OPERATIONS").unwrap_or(OPERATIONS);
    let seed = number("TOLLGATE_MODEL_SEED").unwrap_or(first_seed);
    println!("TOLLGATE_MODEL_SEED={seed} operations={operations} on {engine:?}");
    let runtime = Arc::new(Runtime::new().expect("a runtime"));
    let history_operations = HISTORY_OPERATIONS.min(operations);
    let each = operations.div_ceil(AT_A_TIME);
    thread::scope(|scope| {
        for part in 0..AT_A_TIME {
            let amount = Amount {
                seed: seed + part * each.div_ceil(history_operations),
                operations: each,
                history_operations,
            };
            let runtime = &runtime;
            scope.spawn(move || {
                match run(amount, |history| Through::begin(runtime, engine, history)) {
                    Ok(done) => assert!(done >= each),
                    Err(failure) => panic!("{failure}"),
                }
            });
        }
    });
}

#[test]
fn random_histories_through_sqlite() {
    histories(Engine::Sqlite, 50_000_000);
}

#[test]
fn random_histories_through_postgres() {
    histories(Engine::Postgres, 60_000_000);
}
