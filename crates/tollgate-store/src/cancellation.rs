//! Why customers left, as its table keeps it.

use crate::error::StoreError;
use crate::id::CancellationId;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;
use tollgate_core::id::{CustomerId, PlanId};

/// Why a customer left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Its own for ever.
    pub id: CancellationId,
    /// Who left.
    pub customer: CustomerId,
    /// The plan that they left.
    pub plan: PlanId,
    /// The reason, in Stripe's words: `too_expensive`.
    pub feedback: Option<String>,
    /// What they wrote.
    pub comment: Option<String>,
    /// When the subscription ends.
    pub ends_at: Timestamp,
    /// When they changed their mind, if they did.
    pub undone_at: Option<Timestamp>,
    /// When they said so.
    pub created_at: Timestamp,
}

statements! {
    INSERT("cancellations") =
        "INSERT INTO cancellations
         (bucket, customer_id, id, plan_id, feedback, comment, ends_at, undone_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8)";
    UNDO("cancellations") =
        "UPDATE cancellations SET undone_at = $3
         WHERE bucket = $1 AND customer_id = $2 AND undone_at IS NULL AND ends_at > $3";
    LIST("cancellations") =
        "SELECT id, customer_id, plan_id, feedback, comment, ends_at, undone_at, created_at
         FROM cancellations WHERE bucket = $1 AND customer_id = $2 ORDER BY id DESC LIMIT $3";
    ALL_CANCELLATIONS("cancellations") =
        "SELECT id, customer_id, plan_id, feedback, comment, ends_at, undone_at, created_at
         FROM cancellations WHERE (bucket, customer_id, id) > ($1, $2, $3)
         ORDER BY bucket, customer_id, id LIMIT $4";
    COMMENTED("cancellations") =
        "SELECT id, customer_id, plan_id, feedback, comment, ends_at, undone_at, created_at
         FROM cancellations
         WHERE ends_at >= $1 AND ends_at < $2 AND undone_at IS NULL AND comment IS NOT NULL
         ORDER BY ends_at DESC, id DESC LIMIT $3";
}

/// Notes why a customer leaves. What they said of a subscription that has not ended yet no longer
/// counts.
pub async fn insert(
    connection: &mut Connection<'_>,
    cancellation: &Cancellation,
) -> Result<(), StoreError> {
    undo(connection, &cancellation.customer, cancellation.created_at).await?;
    let values = [
        cancellation.customer.bucket().into(),
        cancellation.customer.as_str().into(),
        cancellation.id.into(),
        cancellation.plan.as_str().into(),
        cancellation.feedback.as_deref().into(),
        cancellation.comment.as_deref().into(),
        cancellation.ends_at.into(),
        cancellation.created_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// The customer stays after all.
pub async fn undo(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        now.into(),
    ];
    connection.execute(UNDO, values).await.map(drop)
}

/// Up to `limit` cancellations of a customer, the newest first.
pub async fn list(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    limit: u32,
) -> Result<Vec<Cancellation>, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        i64::from(limit).into(),
    ];
    let rows = connection.fetch_all(LIST, values).await?;
    rows.iter().map(read).collect()
}

/// Up to `limit` cancellations of all customers after `after`, by customer and id.
pub async fn all(
    connection: &mut Connection<'_>,
    after: Option<&Cancellation>,
    limit: u32,
) -> Result<Vec<Cancellation>, StoreError> {
    let values = [
        after.map_or(-1, |after| after.customer.bucket()).into(),
        after.map_or("", |after| after.customer.as_str()).into(),
        after
            .map_or_else(String::new, |after| after.id.to_string())
            .into(),
        i64::from(limit).into(),
    ];
    let rows = connection.fetch_all(ALL_CANCELLATIONS, values).await?;
    rows.iter().map(read).collect()
}

/// Up to `limit` cancellations with a comment that took effect from `from` and before `until`, the
/// newest first.
pub async fn commented(
    connection: &mut Connection<'_>,
    from: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Cancellation>, StoreError> {
    let values = [from.into(), until.into(), i64::from(limit).into()];
    let rows = connection.fetch_all(COMMENTED, values).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Cancellation, StoreError> {
    Ok(Cancellation {
        id: row.parse("id")?,
        customer: row.parse("customer_id")?,
        plan: row.parse("plan_id")?,
        feedback: row.text_optional("feedback")?,
        comment: row.text_optional("comment")?,
        ends_at: row.timestamp("ends_at")?,
        undone_at: row.timestamp_optional("undone_at")?,
        created_at: row.timestamp("created_at")?,
    })
}
