//! Settings of the installation that are made once and kept, by name.

use crate::error::StoreError;
use crate::sql::{Connection, statements};

statements! {
    FIND("settings") = "SELECT name, value FROM settings WHERE name = $1";
    SET("settings") =
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    ADD("settings") = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

/// The value under `name`.
pub async fn find(
    connection: &mut Connection<'_>,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let row = connection.fetch_optional(FIND, [name.into()]).await?;
    row.map(|row| row.text("value")).transpose()
}

/// Sets the value under `name`.
pub async fn set(
    connection: &mut Connection<'_>,
    name: &str,
    value: &str,
) -> Result<(), StoreError> {
    connection
        .execute(SET, [name.into(), value.into()])
        .await
        .map(drop)
}

/// Sets the value under `name` unless it has one, and answers the one it has then: several
/// processes that start at once agree on it.
pub async fn find_or_add(
    connection: &mut Connection<'_>,
    name: &str,
    value: &str,
) -> Result<String, StoreError> {
    connection.execute(ADD, [name.into(), value.into()]).await?;
    Ok(find(connection, name)
        .await?
        .unwrap_or_else(|| value.to_owned()))
}
