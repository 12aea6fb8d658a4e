//! The audit log: every privileged act, by whom, on what. Lines are only ever added.

use crate::error::StoreError;
use crate::id::AuditId;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;

/// One privileged act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its own for ever.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who: a user's or key's id, or the name of a command.
    pub actor: String,
    /// What was done: `api_key.revoked`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What else there is to say; never a secret.
    pub detail: serde_json::Value,
}

statements! {
    INSERT("audit_log") =
        "INSERT INTO audit_log (id, at, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    LIST("audit_log") =
        "SELECT id, at, actor, action, subject, detail FROM audit_log
         WHERE id < $1 ORDER BY id DESC LIMIT $2";
}

/// Adds a line.
pub async fn insert(connection: &mut Connection<'_>, line: &AuditLine) -> Result<(), StoreError> {
    let values = [
        line.id.into(),
        line.at.into(),
        line.actor.as_str().into(),
        line.action.as_str().into(),
        line.subject.as_str().into(),
        line.detail.to_string().into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// Up to `limit` lines before `before`, the newest first.
pub async fn list(
    connection: &mut Connection<'_>,
    before: Option<AuditId>,
    limit: u32,
) -> Result<Vec<AuditLine>, StoreError> {
    // A tilde sorts behind every id.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let rows = connection
        .fetch_all(LIST, [before.into(), i64::from(limit).into()])
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        id: row.parse("id")?,
        at: row.timestamp("at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        subject: row.text("subject")?,
        detail: row.json("detail")?,
    })
}
