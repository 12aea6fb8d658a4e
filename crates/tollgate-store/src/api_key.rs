//! API keys: what back ends prove themselves with. Only a key's hash is stored.

use crate::error::StoreError;
use crate::id::ApiKeyId;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// What it is listed and revoked by.
    pub id: ApiKeyId,
    /// SHA-256 of the key, in hex digits.
    pub hash: String,
    /// What people read.
    pub name: String,
    /// What it may do, in words.
    pub scopes: Vec<String>,
    /// Whether it acts on live data; a test key does not.
    pub is_live: bool,
    /// Its first characters, so that people recognise it.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last seen, about.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

statements! {
    INSERT("api_keys") =
        "INSERT INTO api_keys (hash, id, name, scopes, is_live, prefix, created_at, last_used_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    FIND_BY_HASH("api_keys") =
        "SELECT id, hash, name, scopes, is_live, prefix, created_at, last_used_at, revoked_at
         FROM api_keys WHERE hash = $1";
    LIST("api_keys") =
        "SELECT id, hash, name, scopes, is_live, prefix, created_at, last_used_at, revoked_at
         FROM api_keys WHERE id > $1 ORDER BY id LIMIT $2";
    REVOKE("api_keys") = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    TOUCH("api_keys") =
        "UPDATE api_keys SET last_used_at = $2
         WHERE hash = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
}

/// Adds a key. [`StoreError::Conflict`] when the same key is there already.
pub async fn insert(connection: &mut Connection<'_>, key: &ApiKey) -> Result<(), StoreError> {
    let values = [
        key.hash.as_str().into(),
        key.id.into(),
        key.name.as_str().into(),
        key.scopes.join(" ").into(),
        key.is_live.into(),
        key.prefix.as_str().into(),
        key.created_at.into(),
        key.last_used_at.into(),
        key.revoked_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// The key with this hash, revoked or not.
pub async fn find_by_hash(
    connection: &mut Connection<'_>,
    hash: &str,
) -> Result<Option<ApiKey>, StoreError> {
    connection
        .fetch_optional(FIND_BY_HASH, [hash.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Up to `limit` keys after `after`, in the order of their ids.
pub async fn list(
    connection: &mut Connection<'_>,
    after: Option<ApiKeyId>,
    limit: u32,
) -> Result<Vec<ApiKey>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = connection
        .fetch_all(LIST, [after.into(), i64::from(limit).into()])
        .await?;
    rows.iter().map(read).collect()
}

/// Revokes a key. False when there is no such key, or it is revoked already.
pub async fn revoke(
    connection: &mut Connection<'_>,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection.execute(REVOKE, [id.into(), now.into()]).await? > 0)
}

/// Notes that a key was seen.
pub async fn touch(
    connection: &mut Connection<'_>,
    hash: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .execute(TOUCH, [hash.into(), now.into()])
        .await
        .map(drop)
}

fn read(row: &Row) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.parse("id")?,
        hash: row.text("hash")?,
        name: row.text("name")?,
        scopes: row
            .text("scopes")?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        is_live: row.boolean("is_live")?,
        prefix: row.text("prefix")?,
        created_at: row.timestamp("created_at")?,
        last_used_at: row.timestamp_optional("last_used_at")?,
        revoked_at: row.timestamp_optional("revoked_at")?,
    })
}
