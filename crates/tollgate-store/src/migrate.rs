//! The schema's versions: applied once each, under a lock, by whichever process comes first.

use crate::error::StoreError;
use crate::sql::{Connection, Engine, Transaction, statements};
use crate::store::Store;
use sha2::{Digest as _, Sha256};

struct Migration {
    version: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $file:literal) => {
        Migration {
            version: $version,
            sqlite: include_str!(concat!("../migrations/sqlite/", $file)),
            postgres: include_str!(concat!("../migrations/postgres/", $file)),
        }
    };
}

/// Every version, oldest first. A published one never changes.
const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_identity.sql"),
    migration!(2, "0002_accounts.sql"),
    migration!(3, "0003_billing.sql"),
    migration!(4, "0004_pages.sql"),
    migration!(5, "0005_reports.sql"),
];

/// What must be there before anything can be locked. Two processes that run this at once on
/// PostgreSQL may collide within the system's tables: it is tried again.
const BOOTSTRAP: &str = "
    CREATE TABLE IF NOT EXISTS schema_lock (id BIGINT PRIMARY KEY, touched BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, checksum TEXT NOT NULL);
    INSERT INTO schema_lock (id, touched) VALUES (1, 0) ON CONFLICT (id) DO NOTHING;
";
const BOOTSTRAP_TRIES_MAX: u32 = 10;

statements! {
    // The update holds the row until the transaction ends, on both engines.
    LOCK("schema_lock") = "UPDATE schema_lock SET touched = 1 - touched WHERE id = 1";
    APPLIED("schema_migrations") = "SELECT version, checksum FROM schema_migrations ORDER BY version";
    RECORD("schema_migrations") = "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)";
}

impl Migration {
    fn script(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        let digest = Sha256::digest(self.script(engine).as_bytes());
        digest
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// Brings the schema up to date. A newer one is refused, and nothing is changed.
pub(crate) async fn run(store: &Store) -> Result<(), StoreError> {
    let mut reader = store.read().await?;
    if has_migrations(&mut reader).await? {
        // Looked at first, so that a newer database is not even locked.
        let pending = pending(&mut reader).await?;
        if pending.is_empty() {
            return Ok(());
        }
    }
    drop(reader);
    bootstrap(store).await?;
    store
        .transaction(|transaction| Box::pin(apply(transaction)))
        .await
}

/// Whether the schema is exactly what this program needs.
pub(crate) async fn check(store: &Store) -> Result<(), StoreError> {
    let mut reader = store.read().await?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if !has_migrations(&mut reader).await? {
        return Err(StoreError::SchemaOlder { found: 0, known });
    }
    match pending(&mut reader).await?.first() {
        Some(first) => Err(StoreError::SchemaOlder {
            found: first.version - 1,
            known,
        }),
        None => Ok(()),
    }
}

/// Writes a row that means nothing, to see whether commits are taken.
pub(crate) async fn touch(transaction: &mut Transaction) -> Result<(), StoreError> {
    transaction.execute(LOCK, []).await.map(drop)
}

async fn bootstrap(store: &Store) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let result = store
            .transaction(|transaction| {
                Box::pin(async { transaction.execute_script("schema_lock", BOOTSTRAP).await })
            })
            .await;
        match result {
            Err(StoreError::Conflict { .. } | StoreError::Driver { .. })
                if tries < BOOTSTRAP_TRIES_MAX =>
            {
                tries += 1;
            }
            result => return result,
        }
    }
}

async fn apply(transaction: &mut Transaction) -> Result<(), StoreError> {
    transaction.execute(LOCK, []).await?;
    let engine = transaction.engine();
    for migration in pending(transaction).await? {
        transaction
            .execute_script("schema_migrations", migration.script(engine))
            .await?;
        let checksum = migration.checksum(engine);
        transaction
            .execute(RECORD, [migration.version.into(), checksum.into()])
            .await?;
        tracing::info!(
            version = migration.version,
            "the database schema was migrated"
        );
    }
    Ok(())
}

/// The migrations that the database does not have yet.
async fn pending(connection: &mut Connection<'_>) -> Result<Vec<&'static Migration>, StoreError> {
    let engine = connection.engine();
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    let mut pending: Vec<_> = MIGRATIONS.iter().collect();
    for row in connection.fetch_all(APPLIED, []).await? {
        let version = row.integer("version")?;
        if version > known {
            return Err(StoreError::SchemaNewer {
                found: newest(connection).await?,
                known,
            });
        }
        let Some(index) = pending
            .iter()
            .position(|migration| migration.version == version)
        else {
            return Err(StoreError::SchemaDiffers { version });
        };
        if pending.remove(index).checksum(engine) != row.text("checksum")? {
            return Err(StoreError::SchemaDiffers { version });
        }
    }
    Ok(pending)
}

async fn newest(connection: &mut Connection<'_>) -> Result<i64, StoreError> {
    let rows = connection.fetch_all(APPLIED, []).await?;
    rows.last().map_or(Ok(0), |row| row.integer("version"))
}

/// Whether the table of migrations is there: asked by trying, for both engines keep the list of
/// their tables elsewhere.
async fn has_migrations(connection: &mut Connection<'_>) -> Result<bool, StoreError> {
    match connection.fetch_all(APPLIED, []).await {
        Ok(_) => Ok(true),
        Err(StoreError::Driver { source, .. }) if is_missing_table(&source) => Ok(false),
        Err(error) => Err(error),
    }
}

/// PostgreSQL's code for a table that is not there, and SQLite's for any text that it cannot
/// prepare, which for this one statement means the same.
fn is_missing_table(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "42P01" || code == "1")
}
