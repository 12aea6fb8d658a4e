//! How far an import has come, kept in the database: no row is ever recorded twice.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tollgate_core::Timestamp;
use tollgate_core::id::IdempotencyKey;
use tollgate_store::{Connection, Store, StoreError, setting};

/// How far an import has come.
///
/// It is written before the rows up to `rows_begun` are sent, and again when they are all
/// recorded. After a crash the rows between the two are sent again under the same keys; the hash
/// tells whether they, and all before them, are still the same rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// Rows that are recorded, or rejected for good.
    pub(super) rows_done: u64,
    /// Rows that may be recorded.
    pub(super) rows_begun: u64,
    /// A hash of the rows up to `rows_begun`.
    pub(super) hash: String,
    /// When the import began.
    pub(super) started_at: Timestamp,
    /// When this was written.
    pub(super) saved_at: Timestamp,
}

impl Progress {
    /// Nothing is imported yet.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            rows_done: 0,
            rows_begun: 0,
            hash: digest(&Sha256::new()),
            started_at: now,
            saved_at: now,
        }
    }

    /// What is kept under an import's name.
    pub(super) async fn find(
        connection: &mut Connection<'_>,
        name: &str,
    ) -> anyhow::Result<Option<Self>> {
        let text = setting::find(connection, &setting_name(name)).await?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Keeps it, durably.
    pub(super) async fn save(&self, store: &Store, name: &str) -> Result<(), StoreError> {
        let name = setting_name(name);
        let text = serde_json::to_string(self).expect("keys are strings and numbers are whole");
        store
            .transaction(|transaction| {
                let (name, text) = (name.clone(), text.clone());
                Box::pin(async move { setting::set(transaction, &name, &text).await })
            })
            .await
    }
}

/// A hash as it is kept.
pub(super) fn digest(hasher: &Sha256) -> String {
    hex::encode(hasher.clone().finalize())
}

/// The key of a row that has none of its own.
pub(super) fn row_key(name: &str, row: u64) -> IdempotencyKey {
    let digest = Sha256::digest(name.as_bytes());
    let text = format!("import-{}-{row}", hex::encode(&digest[..8]));
    IdempotencyKey::new(&text).expect("it is short and visible")
}

fn setting_name(name: &str) -> String {
    format!("import.{name}")
}
