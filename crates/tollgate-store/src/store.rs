//! Opening a database, and what is shared by everything that talks to it.

use crate::account::{self, AccountRows, StoredAccount};
use crate::error::StoreError;
use crate::journal::{self, NewEntry};
use crate::ledger::{self, Commit, CommitOutcome};
use crate::migrate;
use crate::sql::{Connection, Engine, ROWS_MAX, Statement, Transaction};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use std::fs::{File, OpenOptions, TryLockError};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tollgate_core::entry::Entry;
use tollgate_core::id::CustomerId;

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Whether this process writes, or only reads beside one that does.
    pub access: Access,
    /// The most connections to PostgreSQL, besides two for commits; or readers of the SQLite file.
    pub connections_max: u32,
    /// How long to wait for a connection, or for SQLite's lock.
    pub wait_max: Duration,
    /// When SQLite lets a commit return.
    pub synchronous: Synchronous,
}

/// Whether a process writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Migrates the database and writes; a SQLite file has one such process at a time.
    Write,
    /// Only reads, beside a process that may be writing.
    Read,
}

/// When SQLite lets a commit return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// When the disk says that the log is on it: nothing acknowledged is lost with the power.
    Full,
    /// Earlier: a power loss takes the last commits with it. Only for tests that must see that.
    Normal,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            access: Access::Write,
            connections_max: 8,
            wait_max: Duration::from_secs(10),
            synchronous: Synchronous::Full,
        }
    }
}

/// One database, open. Cloning it shares the connections.
#[derive(Clone, Debug)]
pub struct Store(Arc<Pool>);

#[derive(Debug)]
enum Pool {
    Sqlite {
        /// One connection: SQLite has one writer at a time, and this way it queues here.
        writer: Option<SqlitePool>,
        readers: SqlitePool,
        path: PathBuf,
        /// Of a process that writes.
        folding: Option<Folding>,
        /// The system gives the lock up when the process ends, however it ends.
        _lock: Option<File>,
    },
    Postgres {
        pool: PgPool,
        /// For commits: a few connections that hold on to the plans of their statements.
        commits: PgPool,
    },
}

/// What brings the log into the file while the writer goes on.
#[derive(Debug)]
struct Folding {
    connection: SqlitePool,
    /// The database file, to wait for the disk. Never closed: with any descriptor of the file that
    /// a process closes, all locks that it has on the file are gone, SQLite's too.
    file: ManuallyDrop<File>,
}

/// A future that a retried transaction runs.
pub type TransactionFuture<'t, T> =
    Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

/// How long a connection may rest and still be taken without asking whether it lives.
const RESTED: Duration = Duration::from_secs(1);

/// How often a transaction is run before its transient error is handed on.
const TRIES_MAX: u32 = 5;

/// Statements kept prepared on a connection: every one there is, with its sizes.
const STATEMENTS_KEPT: usize = 1_280;

/// Connections to PostgreSQL for commits: as many as the engine has in flight.
const COMMIT_CONNECTIONS: u32 = 2;
/// Every statement looks rows up by their key, whatever the values: one plan is the right one.
const PLAN_ONCE: &str = "SET plan_cache_mode = force_generic_plan";

/// What begins a transaction: SQLite takes its write lock at once, since taking it later fails
/// when another wrote in between.
const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";
const SNAPSHOT_POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Brings what the log holds into the file as far as that goes without waiting for anybody.
const FOLD: &str = "PRAGMA wal_checkpoint(PASSIVE)";
/// Pages from which on the log begins anew: 16 MiB.
const LOG_PAGES: i64 = 4_096;
/// Pages from which on the writer folds by itself, when nobody else does: 64 MiB.
const LOG_PAGES_ALONE: &str = "16384";

/// Only SQLite has it: PostgreSQL's own programs back it up.
const COPY: Statement = Statement::new("the database", "VACUUM INTO $1");

impl Store {
    /// Opens `sqlite:PATH` or `postgres://…`, and brings its schema up to date.
    pub async fn open(address: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        #[cfg(feature = "fault-injection")]
        let options = &crate::fault::options(options);
        let store = if let Some(path) = sqlite_path(address) {
            open_sqlite(path, options).await?
        } else if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            open_postgres(address, options).await?
        } else {
            return Err(StoreError::Address(without_password(address)));
        };
        match options.access {
            Access::Write => migrate::run(&store).await?,
            Access::Read => migrate::check(&store).await?,
        }
        Ok(store)
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match &*self.0 {
            Pool::Sqlite { .. } => Engine::Sqlite,
            Pool::Postgres { .. } => Engine::Postgres,
        }
    }

    /// The database file, when it is SQLite.
    pub fn path(&self) -> Option<&Path> {
        match &*self.0 {
            Pool::Sqlite { path, .. } => Some(path),
            Pool::Postgres { .. } => None,
        }
    }

    /// A connection for reading outside of a transaction.
    pub async fn read(&self) -> Result<Connection<'static>, StoreError> {
        let connection = match &*self.0 {
            Pool::Sqlite { readers, .. } => {
                readers.acquire().await.map(Connection::from_sqlite_pool)
            }
            Pool::Postgres { pool, .. } => pool.acquire().await.map(Connection::from_postgres_pool),
        };
        connection.map_err(|error| StoreError::of_statement("a connection", error))
    }

    /// Begins a transaction that may write. On SQLite it is the only one until it ends.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let transaction = match &*self.0 {
            Pool::Sqlite {
                writer: Some(writer),
                ..
            } => writer
                .begin_with(BEGIN_SQLITE)
                .await
                .map(Transaction::from_sqlite),
            // The file refuses what is then tried to be written.
            Pool::Sqlite { readers, .. } => readers.begin().await.map(Transaction::from_sqlite),
            Pool::Postgres { pool, .. } => return begin_postgres(pool, BEGIN_POSTGRES).await,
        };
        transaction.map_err(|error| StoreError::of_statement("a transaction", error))
    }

    /// Begins a transaction that reads one state of the database, whatever is written meanwhile.
    pub async fn snapshot(&self) -> Result<Transaction, StoreError> {
        let transaction = match &*self.0 {
            Pool::Sqlite { readers, .. } => readers.begin().await.map(Transaction::from_sqlite),
            Pool::Postgres { pool, .. } => return begin_postgres(pool, SNAPSHOT_POSTGRES).await,
        };
        transaction.map_err(|error| StoreError::of_statement("a transaction", error))
    }

    /// The accounts of these customers, in any order, without those that do not exist.
    pub async fn load(&self, customers: &[CustomerId]) -> Result<Vec<StoredAccount>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let accounts = account::load(&mut snapshot, customers).await?;
        snapshot.rollback().await?;
        Ok(accounts)
    }

    /// On PostgreSQL: begins a transaction that commits, on one of the connections for commits.
    pub async fn begin_commit(&self) -> Result<Transaction, StoreError> {
        match &*self.0 {
            Pool::Postgres { commits, .. } => begin_postgres(commits, BEGIN_POSTGRES).await,
            Pool::Sqlite { .. } => self.begin().await,
        }
    }

    /// On PostgreSQL: writes accounts, entries and keys, and commits them with what the transaction
    /// has done before.
    pub async fn commit(
        &self,
        mut transaction: Transaction,
        commit: &Commit,
    ) -> Result<CommitOutcome, StoreError> {
        let outcome = ledger::write(&mut transaction, commit).await?;
        match outcome {
            CommitOutcome::Written | CommitOutcome::Partly(_) => transaction.commit().await?,
            CommitOutcome::Moved(_) => transaction.rollback().await?,
        }
        Ok(outcome)
    }

    /// On PostgreSQL: whether an entry is in the record, once whoever was writing its account has
    /// finished. Tells what became of a commit whose answer was lost.
    pub async fn is_committed(
        &self,
        customer: &CustomerId,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        account::lock(&mut transaction, customer).await?;
        let found = ledger::find(&mut transaction, customer, entry.number).await?;
        transaction.rollback().await?;
        Ok(found.is_some_and(|found| found.entry == *entry))
    }

    /// On SQLite: appends entries to the journal in one transaction. After an error that is not
    /// transient the process must stop: the entries may be in the file all the same.
    pub async fn append(&self, entries: &[NewEntry<'_>]) -> Result<(), StoreError> {
        if let Pool::Sqlite {
            writer: Some(writer),
            ..
        } = &*self.0
            && entries.len() <= ROWS_MAX
        {
            let writer = writer.acquire().await;
            let writer = writer.map_err(|error| StoreError::of_statement("a connection", error))?;
            return journal::append_alone(&mut Connection::from_sqlite_pool(writer), entries).await;
        }
        let mut transaction = self.begin().await?;
        journal::append(&mut transaction, entries).await?;
        transaction.commit().await
    }

    /// On SQLite: brings accounts up to date as of `position`, see [`journal::checkpoint`].
    pub async fn checkpoint(&self, rows: &AccountRows, position: i64) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        journal::checkpoint(&mut transaction, rows, position).await?;
        transaction.commit().await
    }

    /// On SQLite: brings what the log holds into the file, while the writer goes on. The writer
    /// waits only for the last few pages, now and then, so that the log can begin anew. After an
    /// error that is not transient the process must stop: what the disk refused once it may
    /// seem to have taken the next time.
    pub async fn fold(&self) -> Result<(), StoreError> {
        let Pool::Sqlite {
            writer: Some(writer),
            folding: Some(folding),
            path,
            ..
        } = &*self.0
        else {
            return Ok(());
        };
        let pages = fold_on(&folding.connection).await?;
        let file = |source| StoreError::File {
            path: path.clone(),
            source,
        };
        let handle = self.clone();
        let synced = spawn_blocking(move || match &*handle.0 {
            Pool::Sqlite {
                folding: Some(folding),
                ..
            } => folding.file.sync_all(),
            _ => Ok(()),
        });
        synced.await.expect("nothing in it panics").map_err(file)?;
        if pages >= LOG_PAGES {
            fold_on(writer).await?;
        }
        Ok(())
    }

    /// Runs `work` in a transaction and commits it; runs it again, a bounded number of times, when
    /// the database says that nothing was written and a retry may succeed.
    pub async fn transaction<T, F>(&self, mut work: F) -> Result<T, StoreError>
    where
        F: for<'t> FnMut(&'t mut Transaction) -> TransactionFuture<'t, T> + Send,
        T: Send,
    {
        let mut tries = 1;
        loop {
            let result = async {
                let mut transaction = self.begin().await?;
                let value = work(&mut transaction).await?;
                transaction.commit().await?;
                Ok(value)
            };
            match result.await {
                Err(StoreError::Transient(error)) if tries < TRIES_MAX => {
                    tracing::debug!(%error, tries, "a transaction is run again");
                    tokio::time::sleep(Duration::from_millis(5 << tries)).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    /// Writes nothing, durably: whether the database takes commits.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.transaction(|transaction| Box::pin(migrate::touch(transaction)))
            .await
    }

    /// Prepares every statement there is, and names those that the engine refuses.
    #[doc(hidden)]
    pub async fn prepare_all(&self) -> Result<Vec<(String, sqlx::Error)>, StoreError> {
        let mut refused = Vec::new();
        let mut connection = self.begin().await?;
        for text in crate::all_texts(self.engine()) {
            // A refusal aborts PostgreSQL's transaction: the next text begins in a new one.
            if let Err(error) = connection.prepare(&text).await {
                refused.push((text, error));
                connection.rollback().await?;
                connection = self.begin().await?;
            }
        }
        connection.rollback().await?;
        Ok(refused)
    }

    /// On SQLite: writes a whole copy of the database, as it is at one moment, into a new or empty
    /// file, while it goes on being written.
    pub async fn back_up(&self, path: &Path) -> Result<(), StoreError> {
        create(path)?;
        let name = path.to_string_lossy();
        self.read()
            .await?
            .execute(COPY, [name.as_ref().into()])
            .await?;
        let synced = File::open(path).and_then(|file| file.sync_all());
        synced.map_err(|source| StoreError::File {
            path: path.to_owned(),
            source,
        })
    }

    /// Waits until every connection is given back, and closes them. SQLite's log is folded into
    /// its file and the lock is given up.
    pub async fn close(self) {
        match &*self.0 {
            Pool::Sqlite {
                writer,
                readers,
                folding,
                ..
            } => {
                readers.close().await;
                if let Some(folding) = folding {
                    folding.connection.close().await;
                }
                if let Some(writer) = writer {
                    writer.close().await;
                }
            }
            Pool::Postgres { pool, commits } => {
                commits.close().await;
                pool.close().await;
            }
        }
    }
}

/// In a task of its own, which goes on when nobody waits for it any more: a request that is dropped
/// just then would leave its connection within a transaction that nobody knows of, and the next one
/// to get the connection would be in the middle of it.
async fn begin_postgres(pool: &PgPool, how: &'static str) -> Result<Transaction, StoreError> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(how).await });
    let transaction = match begun.await {
        Ok(transaction) => transaction,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The process is about to end.
        Err(_) => Err(sqlx::Error::PoolClosed),
    };
    transaction
        .map(Transaction::from_postgres)
        .map_err(|error| StoreError::of_statement("a transaction", error))
}

/// Answers how many pages the log had.
async fn fold_on(connection: &SqlitePool) -> Result<i64, StoreError> {
    let row = sqlx::query(FOLD).fetch_one(connection).await;
    let pages = row.and_then(|row| row.try_get(1));
    pages.map_err(|error| StoreError::of_statement("the log", error))
}

/// The path in `sqlite:PATH`, `sqlite://PATH`; `None` for another address.
pub fn sqlite_path(address: &str) -> Option<&Path> {
    let path = address.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| Path::new(path))
}

/// An address as it may be shown: a password in it is left out.
pub fn without_password(address: &str) -> String {
    // A password may also stand among the parameters.
    let address = address.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}@{host}")
        }
        None => address.to_owned(),
    }
}

async fn open_sqlite(path: &Path, options: &StoreOptions) -> Result<Store, StoreError> {
    let lock = match options.access {
        Access::Write => {
            let lock = lock(path)?;
            create(path)?;
            Some(lock)
        }
        Access::Read => None,
    };
    let synchronous = match options.synchronous {
        Synchronous::Full => SqliteSynchronous::Full,
        Synchronous::Normal => SqliteSynchronous::Normal,
    };
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(options.wait_max)
        .synchronous(synchronous)
        .foreign_keys(false)
        .statement_cache_capacity(STATEMENTS_KEPT)
        // 64 MiB of pages each. The file is not mapped: a bad disk shall give an error, not a signal.
        .pragma("cache_size", "-65536")
        .pragma("journal_size_limit", "67108864")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    let opened = |source| StoreError::Open {
        name: path.display().to_string(),
        source,
    };
    let (writer, folding) = match options.access {
        Access::Write => {
            let file = File::open(path).map_err(|source| StoreError::File {
                path: path.to_owned(),
                source,
            })?;
            let connect = connect
                .clone()
                .journal_mode(SqliteJournalMode::Wal)
                .pragma("wal_autocheckpoint", LOG_PAGES_ALONE);
            let one = SqlitePoolOptions::new()
                .max_connections(1)
                .min_connections(1)
                .acquire_timeout(options.wait_max)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false);
            let writer = one.clone().connect_with(connect.clone()).await;
            let folding = one.connect_with(connect).await;
            let folding = Folding {
                connection: folding.map_err(opened)?,
                file: ManuallyDrop::new(file),
            };
            (Some(writer.map_err(opened)?), Some(folding))
        }
        Access::Read => (None, None),
    };
    let readers = SqlitePoolOptions::new()
        .max_connections(options.connections_max)
        .acquire_timeout(options.wait_max)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(connect.read_only(true))
        .await
        .map_err(opened)?;
    let pool = Pool::Sqlite {
        writer,
        readers,
        path: path.to_owned(),
        folding,
        _lock: lock,
    };
    Ok(Store(Arc::new(pool)))
}

/// Takes the lock of the database's one writer: an advisory lock on a file beside it, for SQLite's
/// own locks on the database would be lost by opening that a second time.
pub(crate) fn lock(database: &Path) -> Result<File, StoreError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = private()
        .truncate(false)
        .open(&path)
        .map_err(|source| StoreError::File {
            path: path.clone(),
            source,
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: database.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(StoreError::File { path, source }),
    }
}

/// Makes the file before SQLite does, so that no one else may read it.
fn create(path: &Path) -> Result<(), StoreError> {
    private()
        .truncate(false)
        .open(path)
        .map(drop)
        .map_err(|source| StoreError::File {
            path: path.to_owned(),
            source,
        })
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

async fn open_postgres(address: &str, options: &StoreOptions) -> Result<Store, StoreError> {
    let name = without_password(address);
    let connect = PgConnectOptions::from_str(address)
        .map_err(|source| StoreError::Open {
            name: name.clone(),
            source,
        })?
        .application_name("tollgate")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .acquire_timeout(options.wait_max)
        // Asking a connection first whether it lives costs a round trip, so only one that rested is
        // asked: after a restart of the server all of them are dead.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(|connection, _| {
            Box::pin(async move {
                // A database of the family that has no such setting plans as it likes.
                if let Err(error) = sqlx::query(PLAN_ONCE).execute(connection).await {
                    tracing::debug!(%error, "the database has no plan_cache_mode");
                }
                Ok(())
            })
        });
    let commits = pool.clone().max_connections(COMMIT_CONNECTIONS);
    let commits = commits.connect_lazy_with(connect.clone());
    let pool = pool
        .max_connections(options.connections_max)
        .connect_with(connect)
        .await
        .map_err(|source| StoreError::Open { name, source })?;
    Ok(Store(Arc::new(Pool::Postgres { pool, commits })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let path = |address| sqlite_path(address).map(|path| path.to_str().unwrap());
        assert_eq!(path("sqlite:a/b.db"), Some("a/b.db"));
        assert_eq!(path("sqlite:///var/t.db"), Some("/var/t.db"));
        assert_eq!(path("sqlite:/var/t.db"), Some("/var/t.db"));
        assert_eq!(path("sqlite:"), None);
        assert_eq!(path("sqlite::memory:"), None);
        assert_eq!(path("postgres://u@h/d"), None);
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(
            without_password("postgres://u:secret@h:5/d"),
            "postgres://u@h:5/d"
        );
        assert_eq!(without_password("mysql://u:s@t@h/d"), "mysql://u@h/d");
        assert_eq!(
            without_password("postgres://h/d?user=u&password=secret"),
            "postgres://h/d"
        );
        assert_eq!(without_password("nonsense"), "nonsense");
    }
}
