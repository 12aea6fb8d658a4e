//! Keys that sign our tokens: the newest signs, those not yet retired still verify.

use crate::error::StoreError;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;

/// A key as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The `kid` that tokens name.
    pub id: String,
    /// The one algorithm that it is for: `HS256`, `ES256`, `EdDSA`, …
    pub algorithm: String,
    /// The secret in hex digits, or the private key as PEM.
    pub secret: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it no longer signs; it goes on to verify until it is deleted.
    pub retired_at: Option<Timestamp>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

statements! {
    INSERT("signing_keys") =
        "INSERT INTO signing_keys (id, algorithm, secret, created_at, retired_at)
         VALUES ($1, $2, $3, $4, $5)";
    LIST("signing_keys") =
        "SELECT id, algorithm, secret, created_at, retired_at FROM signing_keys
         ORDER BY created_at DESC, id DESC LIMIT 100";
    RETIRE("signing_keys") = "UPDATE signing_keys SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL";
    PRUNE("signing_keys") = "DELETE FROM signing_keys WHERE retired_at < $1";
}

/// Adds a key. [`StoreError::Conflict`] when its id is taken.
pub async fn insert(connection: &mut Connection<'_>, key: &SigningKey) -> Result<(), StoreError> {
    let values = [
        key.id.as_str().into(),
        key.algorithm.as_str().into(),
        key.secret.as_str().into(),
        key.created_at.into(),
        key.retired_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// All keys, the newest first.
pub async fn list(connection: &mut Connection<'_>) -> Result<Vec<SigningKey>, StoreError> {
    connection
        .fetch_all(LIST, [])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Lets a key sign no longer. False when there is no such key, or it is retired already.
pub async fn retire(
    connection: &mut Connection<'_>,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection.execute(RETIRE, [id.into(), now.into()]).await? > 0)
}

/// Deletes the keys that were retired before `before`: no token that they signed can still live.
pub async fn prune(connection: &mut Connection<'_>, before: Timestamp) -> Result<u64, StoreError> {
    connection.execute(PRUNE, [before.into()]).await
}

fn read(row: &Row) -> Result<SigningKey, StoreError> {
    Ok(SigningKey {
        id: row.text("id")?,
        algorithm: row.text("algorithm")?,
        secret: row.text("secret")?,
        created_at: row.timestamp("created_at")?,
        retired_at: row.timestamp_optional("retired_at")?,
    })
}
