//! Durable storage of Tollgate over SQLite and PostgreSQL: one store, each statement written once.
//!
//! [`Store`] opens a database and hands out connections and transactions; the modules hold the
//! tables, one concept each, as functions over a [`Connection`]. Rules are not here: they are in
//! `tollgate-core`.

pub mod account;
pub mod api_key;
pub mod audit;
pub mod backup;
pub mod cancellation;
pub mod catalog;
pub mod checkout;
pub mod entry;
mod error;
#[cfg(feature = "fault-injection")]
mod fault;
pub mod id;
pub mod journal;
pub mod ledger;
mod migrate;
pub mod organization;
pub mod payment;
pub mod refresh_token;
pub mod report;
pub mod setting;
pub mod signing_key;
pub mod sql;
mod store;
pub mod stripe_customer;
pub mod stripe_event;
pub mod stripe_id;
#[cfg(feature = "testing")]
pub mod testing;
pub mod user;
pub mod visit;

pub use error::{Source, StoreError};
pub use sql::{Connection, Engine, Transaction};
pub use store::{
    Access, Store, StoreOptions, Synchronous, TransactionFuture, sqlite_path, without_password,
};

/// The text of every statement that runs on `engine`, for the test that prepares them.
fn all_texts(engine: Engine) -> Vec<String> {
    let mut statements = vec![
        account::ALL,
        api_key::ALL,
        audit::ALL,
        cancellation::ALL,
        catalog::ALL,
        checkout::ALL,
        migrate::ALL,
        organization::ALL,
        payment::ALL,
        refresh_token::ALL,
        report::ALL,
        setting::ALL,
        signing_key::ALL,
        stripe_customer::ALL,
        stripe_event::ALL,
        stripe_id::ALL,
        user::ALL,
        visit::ALL,
    ];
    let mut batches = account::BATCHES.to_vec();
    batches.extend(report::BATCHES);
    // Only the record itself has two forms.
    match engine {
        Engine::Sqlite => {
            statements.push(journal::ALL);
            batches.extend(journal::BATCHES);
        }
        Engine::Postgres => {
            statements.push(ledger::ALL);
            batches.extend(ledger::BATCHES);
            batches.extend(report::POSTGRES_BATCHES);
        }
    }
    let single = statements
        .concat()
        .into_iter()
        .map(|statement| statement.text().to_owned());
    let many = batches
        .into_iter()
        .flat_map(|batch| batch.texts(engine))
        .map(ToString::to_string);
    single.chain(many).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{AssertSqlSafe, Row as _};

    /// Tables that are small, or of which the statement wants all or one end.
    const MAY_BE_SCANNED: &[&str] = &[
        "SCAN accounts USING COVERING INDEX accounts_by_due", // how many there are
        "SCAN a USING INDEX accounts_by_due",                 // all of them, counted by their plans
        "SCAN catalog_versions",
        "SCAN entries", // the newest
        "SCAN schema_migrations USING INDEX sqlite_autoindex_schema_migrations_1",
        "SCAN signing_keys",
        "SCAN subscription_plans",
        // What a statement made itself.
        "SCAN c",
        "SCAN v",
        "SCAN CONSTANT ROW",
    ];

    /// Without statistics SQLite may read a whole table although a key is given.
    #[tokio::test]
    async fn sqlite_looks_rows_up_by_their_keys() {
        let database = testing::TestDatabase::sqlite();
        let store = database.open().await.expect("it opens");
        let mut connection = store.read().await.expect("it reads");
        let connection = connection.as_sqlite().expect("it is SQLite");
        for text in all_texts(Engine::Sqlite) {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
            let steps = sqlx::query(explain)
                .fetch_all(&mut *connection)
                .await
                .expect(&text);
            for step in steps {
                let step: String = step.get("detail");
                let is_values =
                    step.ends_with("CONSTANT ROWS") || step.ends_with("-ROW VALUES CLAUSE");
                let may_be = is_values || MAY_BE_SCANNED.contains(&step.as_str());
                assert!(may_be || !step.starts_with("SCAN"), "{step}: {text:.300}");
            }
        }
    }
}
