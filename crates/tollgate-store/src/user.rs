//! Users: people who log in here.

use crate::error::StoreError;
use crate::id::UserId;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;

/// A person with an account of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Theirs for ever.
    pub id: UserId,
    /// In lower case; one user has it at a time.
    pub email: String,
    /// What they want to be called, if they said.
    pub name: Option<String>,
    /// An argon2 hash with its parameters.
    pub password_hash: String,
    /// The customer that they are when they act for no organisation.
    pub customer: CustomerId,
    /// When they registered.
    pub created_at: Timestamp,
    /// When they were locked out, if they are.
    pub disabled_at: Option<Timestamp>,
}

statements! {
    CLAIM_EMAIL("user_emails") =
        "INSERT INTO user_emails (email, user_id) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING";
    OWNER_OF_EMAIL("user_emails") = "SELECT user_id FROM user_emails WHERE email = $1";
    INSERT("users") =
        "INSERT INTO users (id, email, name, password_hash, customer_id, created_at, disabled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    FIND("users") =
        "SELECT id, email, name, password_hash, customer_id, created_at, disabled_at FROM users WHERE id = $1";
    FIND_BY_EMAIL("users") =
        "SELECT u.id, u.email, u.name, u.password_hash, u.customer_id, u.created_at, u.disabled_at
         FROM user_emails e JOIN users u ON u.id = e.user_id WHERE e.email = $1";
    LIST("users") =
        "SELECT id, email, name, password_hash, customer_id, created_at, disabled_at
         FROM users WHERE id > $1 ORDER BY id LIMIT $2";
    SET_PASSWORD("users") = "UPDATE users SET password_hash = $2 WHERE id = $1";
    SET_DISABLED("users") = "UPDATE users SET disabled_at = $2 WHERE id = $1";
}

/// Adds a user. [`StoreError::Conflict`] when another user has the e-mail address; adding the same
/// user again changes nothing.
pub async fn insert(connection: &mut Connection<'_>, user: &User) -> Result<(), StoreError> {
    let email = user.email.to_lowercase();
    connection
        .execute(CLAIM_EMAIL, [email.as_str().into(), user.id.into()])
        .await?;
    let owner = connection
        .fetch_optional(OWNER_OF_EMAIL, [email.as_str().into()])
        .await?;
    let is_owner = match owner {
        Some(row) => row.parse::<UserId>("user_id")? == user.id,
        None => false,
    };
    if !is_owner {
        return Err(StoreError::Conflict {
            table: "user_emails",
        });
    }
    let values = [
        user.id.into(),
        email.as_str().into(),
        user.name.as_deref().into(),
        user.password_hash.as_str().into(),
        user.customer.as_str().into(),
        user.created_at.into(),
        user.disabled_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// The user with this id.
pub async fn find(connection: &mut Connection<'_>, id: UserId) -> Result<Option<User>, StoreError> {
    connection
        .fetch_optional(FIND, [id.into()])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// The user with this e-mail address, whatever its case.
pub async fn find_by_email(
    connection: &mut Connection<'_>,
    email: &str,
) -> Result<Option<User>, StoreError> {
    let row = connection
        .fetch_optional(FIND_BY_EMAIL, [email.to_lowercase().into()])
        .await?;
    row.map(|row| read(&row)).transpose()
}

/// Up to `limit` users after `after`, in the order of their ids.
pub async fn list(
    connection: &mut Connection<'_>,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = connection
        .fetch_all(LIST, [after.into(), i64::from(limit).into()])
        .await?;
    rows.iter().map(read).collect()
}

/// Changes the password's hash. False when there is no such user.
pub async fn set_password(
    connection: &mut Connection<'_>,
    id: UserId,
    password_hash: &str,
) -> Result<bool, StoreError> {
    Ok(connection
        .execute(SET_PASSWORD, [id.into(), password_hash.into()])
        .await?
        > 0)
}

/// Locks the user out, or lets them in again. False when there is no such user.
pub async fn set_disabled(
    connection: &mut Connection<'_>,
    id: UserId,
    at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    Ok(connection
        .execute(SET_DISABLED, [id.into(), at.into()])
        .await?
        > 0)
}

fn read(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        id: row.parse("id")?,
        email: row.text("email")?,
        name: row.text_optional("name")?,
        password_hash: row.text("password_hash")?,
        customer: row.parse("customer_id")?,
        created_at: row.timestamp("created_at")?,
        disabled_at: row.timestamp_optional("disabled_at")?,
    })
}
