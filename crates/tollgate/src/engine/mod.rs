//! The engine: a queue, a committer that decides and writes in batches, and a worker.
//!
//! One of two committers runs, by the database: `owned` where this process owns the file and the
//! accounts in its memory are the newest there are; `shared` where other replicas write too and
//! every write compares versions.

mod cache;
pub(crate) mod command;
mod fold;
mod keys;
pub(crate) mod owned;
mod shared;
mod stats;
mod worker;

pub use stats::Stats;

use crate::clock::Clock;
use crate::error::{Error, OpenError};
use crate::facade::Options;
use crate::report::Projector;
use command::{Answer, Command};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tollgate_core::account::Account;
use tollgate_core::catalog::{Catalog, Change};
use tollgate_core::entry::Entry;
use tollgate_core::id::{CustomerId, EventId};
use tollgate_core::request::Keyed;
use tollgate_core::time::Timestamp;
use tollgate_store::{Engine as Database, Store};

/// How long a caller is asked to wait when the queue is full.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// One request to one account.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) customer: CustomerId,
    pub(crate) command: Command,
    pub(crate) keyed: Option<Keyed>,
}

/// What waits in the queue.
#[derive(Debug)]
enum Job {
    /// Something to decide.
    Decide(Decide),
    /// The account as it stands.
    Read(CustomerId, oneshot::Sender<Result<Option<Account>, Error>>),
    /// Write every account that is behind the record.
    WriteBehind(oneshot::Sender<()>),
    /// The committer's state, for the length of a host's transaction.
    Lend(owned::LoanRequest),
}

/// A request and who waits for its answer.
#[derive(Debug)]
struct Decide {
    request: Request,
    reply: oneshot::Sender<Result<Answer, Error>>,
}

impl Decide {
    /// Answers; one who no longer waits does not mind.
    fn answer(self, answer: Result<Answer, Error>) {
        let _ = self.reply.send(answer);
    }
}

/// What the committer and everyone else share.
#[derive(Debug)]
struct Shared {
    store: Store,
    catalog: RwLock<Arc<Catalog>>,
    clock: Clock,
    options: Options,
    stats: Stats,
}

impl Shared {
    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The running engine.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    /// The committer, until it is waited for.
    committer: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    /// Set once the record could not be written: the process has to stop.
    failed: watch::Receiver<bool>,
    /// One at a time folds the record into the reports.
    projector: tokio::sync::Mutex<Projector>,
}

impl Engine {
    pub(crate) async fn open(
        store: Store,
        catalog: Option<Catalog>,
        options: Options,
    ) -> Result<Arc<Self>, OpenError> {
        let now = options.clock.now();
        let stored = tollgate_store::catalog::current(&mut store.read().await?).await?;
        let catalog = match (stored, catalog) {
            (None, None) => return Err(OpenError::NoCatalog),
            (Some(stored), None) => stored,
            (stored, Some(given)) => {
                let next = Catalog::next_version(stored.as_ref(), given);
                if stored.as_ref() != Some(&next) {
                    save_catalog(&store, &next, now, "startup").await?;
                }
                next
            }
        };
        let (failed_sender, failed) = watch::channel(false);
        let (sender, receiver) = mpsc::channel(options.queue_max);
        let shared = Arc::new(Shared {
            catalog: RwLock::new(Arc::new(catalog)),
            clock: options.clock.clone(),
            store,
            options,
            stats: Stats::default(),
        });
        let is_owned = shared.store.engine() == Database::Sqlite;
        let projector_failed = is_owned.then(|| failed_sender.clone());
        let committer = match shared.store.engine() {
            Database::Sqlite => {
                let committer =
                    owned::Committer::recover(Arc::clone(&shared), failed_sender.clone()).await?;
                tokio::spawn(fold::run(Arc::downgrade(&shared), failed_sender));
                tokio::spawn(committer.run(receiver))
            }
            Database::Postgres => {
                tokio::spawn(shared::Committer::new(Arc::clone(&shared)).run(receiver))
            }
        };
        let engine = Arc::new(Self {
            projector: tokio::sync::Mutex::new(Projector::new(
                shared.store.clone(),
                projector_failed,
            )),
            shared,
            queue: Mutex::new(Some(sender)),
            committer: tokio::sync::Mutex::new(Some(committer)),
            failed,
        });
        tokio::spawn(worker::run(Arc::downgrade(&engine)));
        if !engine.reports_every().is_zero() {
            tokio::spawn(crate::report::run(Arc::downgrade(&engine)));
        }
        Ok(engine)
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.shared.catalog()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn store(&self) -> &Store {
        &self.shared.store
    }

    /// How often the record is folded into the reports; zero for only when one is asked for.
    pub(crate) fn reports_every(&self) -> Duration {
        self.shared.options.reports_every
    }

    pub(crate) async fn projector(&self) -> tokio::sync::MutexGuard<'_, Projector> {
        self.projector.lock().await
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.shared.stats
    }

    /// Resolves when the record could not be written and the process has to stop.
    pub(crate) async fn failed(&self) {
        let mut failed = self.failed.clone();
        if failed.wait_for(|failed| *failed).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    pub(crate) async fn apply_catalog(&self, catalog: Catalog) -> Result<Vec<Change>, Error> {
        let store = &self.shared.store;
        let stored = tollgate_store::catalog::current(&mut store.read().await?).await?;
        let next = Catalog::next_version(stored.as_ref(), catalog);
        let changes = stored
            .as_ref()
            .map(|stored| stored.diff(&next))
            .unwrap_or_default();
        if stored.as_ref() != Some(&next) {
            save_catalog(store, &next, self.now(), "apply").await?;
        }
        *self
            .shared
            .catalog
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(changes)
    }

    /// Takes up a catalog that another replica, or the command line, has applied.
    async fn follow_catalog(&self) -> Result<(), Error> {
        let mut reader = self.shared.store.read().await?;
        let version = tollgate_store::catalog::current_version(&mut reader).await?;
        if version == Some(self.catalog().version) {
            return Ok(());
        }
        if let Some(newer) = tollgate_store::catalog::current(&mut reader).await? {
            tracing::info!(version = newer.version, "a newer catalog holds from now on");
            *self
                .shared
                .catalog
                .write()
                .unwrap_or_else(PoisonError::into_inner) = Arc::new(newer);
        }
        Ok(())
    }

    /// Puts a request into the queue and waits for its answer.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(Job::Decide(Decide { request, reply }))?;
        answer.await.unwrap_or(Err(Error::Unknown))
    }

    /// The account as it stands; `None` for no such customer.
    pub(crate) async fn account(&self, customer: &CustomerId) -> Result<Option<Account>, Error> {
        match self.shared.store.engine() {
            Database::Sqlite => {
                let (reply, answer) = oneshot::channel();
                self.enqueue(Job::Read(customer.clone(), reply))?;
                answer.await.unwrap_or(Err(Error::Stopping))
            }
            // Memory may be behind another replica; the database never is.
            Database::Postgres => {
                let loaded = self
                    .shared
                    .store
                    .load(std::slice::from_ref(customer))
                    .await?;
                Ok(loaded.into_iter().next().map(|stored| stored.account))
            }
        }
    }

    pub(crate) async fn entry(
        &self,
        customer: &CustomerId,
        event: EventId,
    ) -> Result<Option<Entry>, Error> {
        let mut reader = self.shared.store.read().await?;
        let found = tollgate_store::entry::find(&mut reader, customer, event).await?;
        Ok(found.map(|found| found.entry))
    }

    /// The committer's state, for the length of a host's transaction.
    pub(crate) async fn borrow_committer(&self) -> Result<owned::Loan, Error> {
        let (reply, loan) = oneshot::channel();
        self.enqueue(Job::Lend(owned::LoanRequest { reply }))?;
        loan.await.map_err(|_| Error::Stopping)
    }

    /// Has every account written that is behind the record. Nothing ever is on PostgreSQL.
    pub(crate) async fn write_behind(&self) -> Result<(), Error> {
        let (reply, done) = oneshot::channel();
        self.enqueue(Job::WriteBehind(reply))?;
        done.await.map_err(|_| Error::Stopping)
    }

    pub(crate) async fn shutdown(&self) -> Result<(), Error> {
        // Without a sender the committer drains the queue and ends.
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(committer) = self.committer.lock().await.take() {
            committer.await.map_err(|_| Error::Unknown)?;
        }
        Ok(())
    }

    fn enqueue(&self, job: Job) -> Result<(), Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = queue.as_ref() else {
            return Err(Error::Stopping);
        };
        self.shared.stats.queue_depth.store(
            u64::try_from(sender.max_capacity() - sender.capacity()).unwrap_or(u64::MAX),
            std::sync::atomic::Ordering::Relaxed,
        );
        sender.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                self.shared.stats.count_busy();
                Error::Busy {
                    retry_after: RETRY_AFTER,
                }
            }
            mpsc::error::TrySendError::Closed(_) => Error::Stopping,
        })
    }
}

async fn save_catalog(
    store: &Store,
    catalog: &Catalog,
    now: Timestamp,
    by: &'static str,
) -> Result<(), tollgate_store::StoreError> {
    let catalog = catalog.clone();
    store
        .transaction(move |transaction| {
            let catalog = catalog.clone();
            Box::pin(
                async move { tollgate_store::catalog::save(transaction, &catalog, now, by).await },
            )
        })
        .await
}
