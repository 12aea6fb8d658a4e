//! Refresh tokens: each is used once and replaced; one that is used twice was stolen.

use crate::error::StoreError;
use crate::id::UserId;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;

/// A token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// SHA-256 of the token, in hex digits.
    pub hash: String,
    /// Whose it is.
    pub user: UserId,
    /// What all tokens that descend from one login share.
    pub family: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it no longer counts.
    pub expires_at: Timestamp,
    /// When it was replaced, if it was.
    pub used_at: Option<Timestamp>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// What became of a token that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It was good, and its successor stands in its place.
    Rotated(UserId),
    /// It had been used before: the whole family is revoked now.
    Reused(UserId),
    /// It is unknown, expired or revoked.
    Refused,
}

statements! {
    INSERT("refresh_tokens") =
        "INSERT INTO refresh_tokens (hash, user_id, family, created_at, expires_at, used_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND("refresh_tokens") =
        "SELECT hash, user_id, family, created_at, expires_at, used_at, revoked_at
         FROM refresh_tokens WHERE hash = $1";
    USE("refresh_tokens") =
        "UPDATE refresh_tokens SET used_at = $2
         WHERE hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";
    REVOKE_FAMILY("refresh_tokens") =
        "UPDATE refresh_tokens SET revoked_at = $2 WHERE family = $1 AND revoked_at IS NULL";
    REVOKE_USER("refresh_tokens") =
        "UPDATE refresh_tokens SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL";
    PRUNE("refresh_tokens") =
        "DELETE FROM refresh_tokens WHERE hash IN
         (SELECT hash FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

/// Adds the first token of a family.
pub async fn insert(
    connection: &mut Connection<'_>,
    token: &RefreshToken,
) -> Result<(), StoreError> {
    let values = [
        token.hash.as_str().into(),
        token.user.into(),
        token.family.as_str().into(),
        token.created_at.into(),
        token.expires_at.into(),
        token.used_at.into(),
        token.revoked_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// The token with this hash.
pub async fn find(
    connection: &mut Connection<'_>,
    hash: &str,
) -> Result<Option<RefreshToken>, StoreError> {
    connection
        .fetch_optional(FIND, [hash.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Replaces the token with `hash` by one with `successor_hash`. Commit the transaction whatever
/// it answers: a reuse has revoked the family.
pub async fn rotate(
    connection: &mut Connection<'_>,
    hash: &str,
    successor_hash: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Rotation, StoreError> {
    // The update decides between two that come at once; what it found is read afterwards.
    let is_taken = connection.execute(USE, [hash.into(), now.into()]).await? > 0;
    let Some(token) = find(connection, hash).await? else {
        return Ok(Rotation::Refused);
    };
    if is_taken {
        let successor = RefreshToken {
            hash: successor_hash.to_owned(),
            user: token.user,
            family: token.family,
            created_at: now,
            expires_at,
            used_at: None,
            revoked_at: None,
        };
        insert(connection, &successor).await?;
        return Ok(Rotation::Rotated(token.user));
    }
    if token.used_at.is_some() {
        revoke_family(connection, &token.family, now).await?;
        return Ok(Rotation::Reused(token.user));
    }
    Ok(Rotation::Refused)
}

/// Marks a good token as used, for a caller that decides by itself what a second use means. False
/// when it is unknown, expired or revoked, or somebody else was first.
pub async fn take(
    connection: &mut Connection<'_>,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection.execute(USE, [hash.into(), now.into()]).await? > 0)
}

/// Revokes every token that descends from one login.
pub async fn revoke_family(
    connection: &mut Connection<'_>,
    family: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    connection
        .execute(REVOKE_FAMILY, [family.into(), now.into()])
        .await
}

/// Revokes every token of a user.
pub async fn revoke_user(
    connection: &mut Connection<'_>,
    user: UserId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    connection
        .execute(REVOKE_USER, [user.into(), now.into()])
        .await
}

/// Forgets up to `limit` tokens that expired before `before`.
pub async fn prune(
    connection: &mut Connection<'_>,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    connection
        .execute(PRUNE, [before.into(), i64::from(limit).into()])
        .await
}

fn read(row: &Row) -> Result<RefreshToken, StoreError> {
    Ok(RefreshToken {
        hash: row.text("hash")?,
        user: row.parse("user_id")?,
        family: row.text("family")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        used_at: row.timestamp_optional("used_at")?,
        revoked_at: row.timestamp_optional("revoked_at")?,
    })
}
