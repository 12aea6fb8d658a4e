//! SQLite files as wholes: putting one in another's place.

use crate::error::StoreError;
use crate::store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// Folds the log into the file.
const FOLD: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// The lock of a SQLite file's one writer, held without opening the file.
#[derive(Debug)]
pub struct FileLock {
    database: PathBuf,
    _lock: File,
}

impl FileLock {
    /// Takes the lock; [`StoreError::InUse`] while a process writes the file.
    pub fn take(database: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            database: database.to_owned(),
            _lock: store::lock(database)?,
        })
    }
}

/// Where what will be `into` is written before it is whole; what was left there is removed.
pub fn partial(into: &Path) -> Result<PathBuf, StoreError> {
    let partial = with_suffix(into, ".partial");
    remove(&partial)?;
    Ok(partial)
}

/// Puts the closed database file `new` in the place of the one that `lock` is held of. The one
/// that was there is kept as `kept`. At every moment there is a whole database in its place.
pub async fn replace(lock: &FileLock, new: &Path, kept: &Path) -> Result<(), StoreError> {
    let database = lock.database.clone();
    if database.exists() {
        // A log that is left would be taken for one of the new file.
        if fold(&database).await.is_err() {
            for suffix in ["-wal", "-shm"] {
                let from = with_suffix(&database, suffix);
                if from.exists() {
                    let to = with_suffix(kept, suffix);
                    fs::rename(&from, &to).map_err(|error| file_error(&from, error))?;
                }
            }
        }
        for suffix in ["-wal", "-shm"] {
            remove(&with_suffix(&database, suffix))?;
        }
        remove(kept)?;
        fs::hard_link(&database, kept).map_err(|error| file_error(kept, error))?;
    }
    publish(new, &database).await
}

/// Brings the log of a file that nobody else writes into it.
async fn fold(database: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .disable_statement_logging();
    let mut connection: SqliteConnection = options.connect().await?;
    sqlx::query(FOLD).execute(&mut connection).await?;
    connection.close().await
}

/// Gives a written file its name, durably.
pub async fn publish(from: &Path, to: &Path) -> Result<(), StoreError> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let written = spawn_blocking(move || {
        let moved = File::open(&from)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&from, &to))
            .and_then(|()| File::open(folder(&to))?.sync_all());
        moved.map_err(|error| file_error(&to, error))
    });
    written.await.expect("nothing in it panics")
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(path, error)),
        _ => Ok(()),
    }
}

fn file_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::File {
        path: path.to_owned(),
        source,
    }
}
