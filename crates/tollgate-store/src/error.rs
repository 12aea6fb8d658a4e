//! The one error of the store, and which of the drivers' errors are worth another try.

use std::error::Error;
use std::path::PathBuf;

/// Whatever a source error is, boxed.
pub type Source = Box<dyn Error + Send + Sync + 'static>;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written; the same transaction may succeed when it is run again.
    #[error("the database was busy or out of reach; nothing was written")]
    Transient(#[source] sqlx::Error),
    /// The commit was sent and its answer was lost: it may or may not be in the database.
    #[error("the outcome of a commit is unknown")]
    Unknown(#[source] sqlx::Error),
    /// A row with the same unique key is there already; nothing was written.
    #[error("{table} holds a row with this key already")]
    Conflict {
        /// The table whose key it is.
        table: &'static str,
    },
    /// A stored value does not read as what it must be.
    #[error("{table}.{column} of {id} is corrupt")]
    Corrupt {
        /// The table of the row.
        table: &'static str,
        /// The column that does not read.
        column: &'static str,
        /// The row, by what its statement names first.
        id: String,
        /// What is wrong with it.
        #[source]
        source: Source,
    },
    /// A row breaks a CHECK of its table: an invariant was about to be broken, nothing was written.
    #[error("an invariant of {table} would be broken; nothing was written")]
    Invariant {
        /// The table that refused.
        table: &'static str,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// Any other error of the driver or the database.
    #[error("the database refused a statement on {table}")]
    Driver {
        /// The table that the statement is about.
        table: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The database's address is not one that is understood.
    #[error("{0:?} is not a database: write sqlite:PATH or postgres://USER@HOST/DATABASE")]
    Address(String),
    /// The database could not be opened.
    #[error("cannot open the database {name}")]
    Open {
        /// The file or the host and database; never a password.
        name: String,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// A file beside the database could not be made or read.
    #[error("cannot use the file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another process writes this database file.
    #[error("the database {} is in use by another Tollgate process; a file has one writer", path.display())]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The database was migrated by a newer Tollgate; nothing was changed.
    #[error(
        "the database has schema version {found}, this program knows up to {known}: use a newer program"
    )]
    SchemaNewer {
        /// The version in the database.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The database has to be migrated first, and this opening may not write.
    #[error(
        "the database has schema version {found}, this program needs {known}: start the server once"
    )]
    SchemaOlder {
        /// The version in the database.
        found: i64,
        /// The version that is needed.
        known: i64,
    },
    /// A migration that was applied is not the one that this program holds.
    #[error("migration {version} in the database is not the one that this program holds")]
    SchemaDiffers {
        /// The version of the migration.
        version: i64,
    },
}

impl StoreError {
    /// Whether running the same transaction again may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }

    /// Whether the write may have happened all the same.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// Sorts an error of a statement on `table`.
    pub(crate) fn of_statement(table: &'static str, source: sqlx::Error) -> Self {
        if is_transient(&source) {
            return Self::Transient(source);
        }
        match source
            .as_database_error()
            .map(sqlx::error::DatabaseError::kind)
        {
            Some(sqlx::error::ErrorKind::UniqueViolation) => Self::Conflict { table },
            Some(sqlx::error::ErrorKind::CheckViolation) => Self::Invariant { table, source },
            _ => Self::Driver { table, source },
        }
    }

    /// Sorts an error of COMMIT: what is not surely rolled back is unknown.
    pub(crate) fn of_commit(source: sqlx::Error) -> Self {
        let rolled_back = code(&source).is_some_and(|code| ROLLED_BACK.contains(&code.as_str()));
        if rolled_back {
            Self::Transient(source)
        } else {
            Self::Unknown(source)
        }
    }
}

/// PostgreSQL's codes of a transaction that was rolled back to be tried again: serialization
/// failure and deadlock.
const ROLLED_BACK: [&str; 2] = ["40001", "40P01"];

/// PostgreSQL's other codes that pass by themselves: lock not available, shutdowns, and too many
/// connections. Every code of class 08 (connection) passes as well.
const PASSING: [&str; 6] = ["55P03", "57P01", "57P02", "57P03", "53300", "57014"];

/// SQLite's primary result codes that pass by themselves: busy and locked.
const SQLITE_PASSING: [i32; 2] = [5, 6];

fn code(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map(std::borrow::Cow::into_owned)
}

/// Whether the same transaction may succeed when it is run again.
fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(database) => {
            let Some(code) = database.code() else {
                return false;
            };
            if database
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
            {
                return code
                    .parse::<i32>()
                    .is_ok_and(|code| SQLITE_PASSING.contains(&(code & 0xff)));
            }
            ROLLED_BACK.contains(&&*code) || PASSING.contains(&&*code) || code.starts_with("08")
        }
        _ => false,
    }
}
