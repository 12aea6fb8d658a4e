//! Opening, migrating, and that every statement is one that the engine takes.

use sqlx::{AssertSqlSafe, Executor as _};
use std::time::Duration;
use tollgate_store::testing::TestDatabase;
use tollgate_store::{Access, Engine, Store, StoreError, StoreOptions};

super::contract! {
    every_statement_can_be_prepared,
    opening_again_changes_nothing,
    several_may_start_at_once,
    a_newer_schema_is_refused,
    a_changed_migration_is_refused,
    reading_needs_a_schema_and_writes_nothing,
    a_dropped_transaction_is_rolled_back,
    a_transaction_that_nobody_waits_for_is_ended,
    commits_are_probed,
}

/// Runs a text as the host of an embedded store may.
async fn run(store: &Store, text: &str) -> Result<(), StoreError> {
    let mut transaction = store.begin().await?;
    let text = AssertSqlSafe(text);
    match store.engine() {
        Engine::Sqlite => transaction
            .as_sqlite()
            .unwrap()
            .execute(text)
            .await
            .map(drop),
        Engine::Postgres => transaction
            .as_postgres()
            .unwrap()
            .execute(text)
            .await
            .map(drop),
    }
    .expect("the text runs");
    transaction.commit().await
}

async fn every_statement_can_be_prepared(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let refused = store.prepare_all().await.unwrap();
    assert!(refused.is_empty(), "{refused:#?}");
}

async fn opening_again_changes_nothing(database: TestDatabase) {
    for _ in 0..2 {
        let store = database.open().await.unwrap();
        run(
            &store,
            "INSERT INTO settings (name, value) VALUES ('kept', '1') ON CONFLICT (name) DO NOTHING",
        )
        .await
        .unwrap();
        let kept = tollgate_store::setting::find(&mut store.read().await.unwrap(), "kept").await;
        assert_eq!(kept.unwrap().as_deref(), Some("1"));
        store.close().await;
    }
}

async fn several_may_start_at_once(database: TestDatabase) {
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let address = database.address().to_owned();
            tokio::spawn(async move { Store::open(&address, &StoreOptions::default()).await })
        })
        .collect();
    let mut opened = Vec::new();
    for start in starts {
        match start.await.unwrap() {
            Ok(store) => opened.push(store),
            // A file has one writer.
            Err(StoreError::InUse { path }) => {
                assert!(database.address().ends_with(path.to_str().unwrap()));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let expected = if database.address().starts_with("sqlite:") {
        1
    } else {
        4
    };
    assert_eq!(opened.len(), expected);
}

async fn a_newer_schema_is_refused(database: TestDatabase) {
    let store = database.open().await.unwrap();
    run(
        &store,
        "INSERT INTO schema_migrations (version, checksum) VALUES (999, 'x')",
    )
    .await
    .unwrap();
    store.close().await;
    let error = database.open().await.unwrap_err();
    assert!(
        matches!(error, StoreError::SchemaNewer { found: 999, .. }),
        "{error:?}"
    );
    let read = StoreOptions {
        access: Access::Read,
        ..StoreOptions::default()
    };
    let error = Store::open(database.address(), &read).await.unwrap_err();
    assert!(
        matches!(error, StoreError::SchemaNewer { found: 999, .. }),
        "{error:?}"
    );
}

async fn a_changed_migration_is_refused(database: TestDatabase) {
    let store = database.open().await.unwrap();
    run(
        &store,
        "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1",
    )
    .await
    .unwrap();
    store.close().await;
    let error = database.open().await.unwrap_err();
    assert!(
        matches!(error, StoreError::SchemaDiffers { version: 1 }),
        "{error:?}"
    );
}

async fn reading_needs_a_schema_and_writes_nothing(database: TestDatabase) {
    let read = StoreOptions {
        access: Access::Read,
        ..StoreOptions::default()
    };
    let error = Store::open(database.address(), &read).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::SchemaOlder { found: 0, .. } | StoreError::Open { .. }
        ),
        "{error:?}"
    );
    let writer = database.open().await.unwrap();
    let reader = Store::open(database.address(), &read).await.unwrap();
    assert!(
        tollgate_store::setting::find(&mut reader.read().await.unwrap(), "none")
            .await
            .unwrap()
            .is_none()
    );
    if writer.engine() == Engine::Sqlite {
        let mut transaction = reader.begin().await.unwrap();
        let written = tollgate_store::setting::set(&mut transaction, "a", "b").await;
        assert!(written.is_err(), "a reader of the file cannot write");
    }
}

async fn a_dropped_transaction_is_rolled_back(database: TestDatabase) {
    let store = database.open().await.unwrap();
    let mut transaction = store.begin().await.unwrap();
    tollgate_store::setting::set(&mut transaction, "a", "1")
        .await
        .unwrap();
    drop(transaction);
    assert_eq!(
        tollgate_store::setting::find(&mut store.begin().await.unwrap(), "a")
            .await
            .unwrap(),
        None
    );
    let mut transaction = store.begin().await.unwrap();
    tollgate_store::setting::set(&mut transaction, "a", "2")
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(
        tollgate_store::setting::find(&mut store.begin().await.unwrap(), "a")
            .await
            .unwrap(),
        None
    );
}

/// A request may be dropped at any moment, also while its transaction is only being begun.
async fn a_transaction_that_nobody_waits_for_is_ended(database: TestDatabase) {
    let store = database.open().await.unwrap();
    for moment in 0..60 {
        let moment = Duration::from_micros(moment * 10);
        let begun = (0..8).map(async |_| {
            let _ = tokio::time::timeout(moment, store.begin()).await;
            let _ = tokio::time::timeout(moment, store.snapshot()).await;
        });
        futures_util::future::join_all(begun).await;
        // What was dropped is ended behind it, whether or not its connection is used again.
        let mut left = left_open(&store).await;
        for _ in 0..40 {
            if left == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
            left = left_open(&store).await;
        }
        assert_eq!(
            left, 0,
            "transactions that nobody ends, dropped after {moment:?}"
        );
    }
    run(
        &store,
        "INSERT INTO settings (name, value) VALUES ('still', 'writes')",
    )
    .await
    .unwrap();
    let mut reader = store.read().await.unwrap();
    let found = tollgate_store::setting::find(&mut reader, "still").await;
    assert_eq!(found.unwrap().as_deref(), Some("writes"));
}

/// Connections of PostgreSQL that are within a transaction and do nothing.
async fn left_open(store: &Store) -> i64 {
    let mut reader = store.read().await.unwrap();
    let Some(connection) = reader.as_postgres() else {
        return 0;
    };
    let question = "SELECT COUNT(*) FROM pg_stat_activity \
                    WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    sqlx::query_scalar(question)
        .fetch_one(connection)
        .await
        .unwrap()
}

async fn commits_are_probed(database: TestDatabase) {
    let store = database.open().await.unwrap();
    store.probe().await.unwrap();
    store.probe().await.unwrap();
}

#[tokio::test]
async fn a_file_has_one_writer_and_is_private() {
    let database = TestDatabase::sqlite();
    let store = database.open().await.unwrap();
    let error = database.open().await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    assert!(error.to_string().contains("tollgate.db"), "{error}");
    #[cfg(unix)]
    for file in std::fs::read_dir(database.directory().unwrap()).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{file:?}"
        );
    }
    store.close().await;
    database.open().await.expect("the lock is given up");
}

#[tokio::test]
async fn addresses_that_are_none_are_refused() {
    for address in ["", "mysql://u:secret@h/d", "sqlite::memory:", "tollgate.db"] {
        let error = Store::open(address, &StoreOptions::default())
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced() {
    let database = TestDatabase::postgres().await;
    let options = StoreOptions {
        connections_max: 6,
        ..StoreOptions::default()
    };
    let store = Store::open(database.address(), &options).await.unwrap();
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(store.read().await.unwrap());
    }
    drop(all);
    // They go back to the pool behind the scenes, and rest there.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let mut killer = store.read().await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    killer.as_postgres().unwrap().execute(end).await.unwrap();
    drop(killer);
    for _ in 0..12 {
        store.probe().await.expect("a live connection is found");
    }
    // One that dies in use is a transient error, after which another is taken.
    let mut victim = store.begin().await.unwrap();
    let mut killer = store.read().await.unwrap();
    killer.as_postgres().unwrap().execute(end).await.unwrap();
    let error = tollgate_store::setting::find(&mut victim, "a")
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let error = victim.commit().await.unwrap_err();
    assert!(
        error.is_unknown(),
        "a lost answer to a commit says nothing: {error:?}"
    );
}
