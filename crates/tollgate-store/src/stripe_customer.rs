//! What Stripe last said of each customer, as its table keeps it.

use crate::error::StoreError;
use crate::sql::{Connection, Row, statements};
use tollgate_core::Timestamp;
use tollgate_core::billing::Billed;
use tollgate_core::id::CustomerId;

/// What Stripe last said of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeCustomer {
    /// Whose it is.
    pub customer: CustomerId,
    /// Counts the customers that we had in Stripe for it, from 1.
    pub generation: u64,
    /// Stripe's id; `None` until it has answered.
    pub stripe_customer: Option<String>,
    /// Counts the writes, from 1.
    pub version: u64,
    /// Whether it had a trial; there is only one.
    pub had_trial: bool,
    /// Stripe's word for the standing of the subscription that counts.
    pub status: Option<String>,
    /// That subscription, where its price is one of the catalog.
    pub billed: Option<Billed>,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

statements! {
    ADD("stripe_customers") =
        "INSERT INTO stripe_customers
         (bucket, customer_id, generation, stripe_customer_id, version, had_trial, status, billed,
          created_at, updated_at)
         VALUES ($1, $2, 1, NULL, 1, FALSE, NULL, NULL, $3, $3)
         ON CONFLICT (bucket, customer_id) DO NOTHING";
    FIND("stripe_customers") =
        "SELECT customer_id, generation, stripe_customer_id, version, had_trial, status, billed,
                created_at, updated_at
         FROM stripe_customers WHERE bucket = $1 AND customer_id = $2";
    LIST("stripe_customers") =
        "SELECT customer_id, generation, stripe_customer_id, version, had_trial, status, billed,
                created_at, updated_at
         FROM stripe_customers
         WHERE stripe_customer_id IS NOT NULL AND (bucket, customer_id) > ($1, $2)
         ORDER BY bucket, customer_id LIMIT $3";
    UPDATE("stripe_customers") =
        "UPDATE stripe_customers SET generation = $4, stripe_customer_id = $5, had_trial = $6,
                status = $7, billed = $8, updated_at = $9, version = version + 1
         WHERE bucket = $1 AND customer_id = $2 AND version = $3";
}

/// The row of a customer, made now if there is none.
pub async fn find_or_add(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<StripeCustomer, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        now.into(),
    ];
    connection.execute(ADD, values).await?;
    let found = find(connection, customer).await?;
    found.ok_or(StoreError::Conflict {
        table: "stripe_customers",
    })
}

/// The row of a customer.
pub async fn find(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
) -> Result<Option<StripeCustomer>, StoreError> {
    let values = [customer.bucket().into(), customer.as_str().into()];
    let row = connection.fetch_optional(FIND, values).await?;
    row.as_ref().map(read).transpose()
}

/// Up to `limit` customers that are known in Stripe, after `after`, in the order of their keys.
pub async fn list(
    connection: &mut Connection<'_>,
    after: Option<&CustomerId>,
    limit: u32,
) -> Result<Vec<StripeCustomer>, StoreError> {
    let values = [
        after.map_or(-1, CustomerId::bucket).into(),
        after.map_or("", CustomerId::as_str).into(),
        i64::from(limit).into(),
    ];
    let rows = connection.fetch_all(LIST, values).await?;
    rows.iter().map(read).collect()
}

/// Writes what Stripe says now, unless somebody wrote since `customer` was read: false, and what
/// was fetched may be out of date.
pub async fn update(
    connection: &mut Connection<'_>,
    customer: &StripeCustomer,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let billed = customer.billed.as_ref();
    let billed = billed.map(|billed| serde_json::to_string(billed).expect("no maps are in it"));
    let values = [
        customer.customer.bucket().into(),
        customer.customer.as_str().into(),
        customer.version.into(),
        customer.generation.into(),
        customer.stripe_customer.as_deref().into(),
        customer.had_trial.into(),
        customer.status.as_deref().into(),
        billed.into(),
        now.into(),
    ];
    Ok(connection.execute(UPDATE, values).await? > 0)
}

fn read(row: &Row) -> Result<StripeCustomer, StoreError> {
    let billed = match row.text_optional("billed")? {
        Some(_) => Some(row.json("billed")?),
        None => None,
    };
    Ok(StripeCustomer {
        customer: row.parse("customer_id")?,
        generation: row.unsigned("generation")?,
        stripe_customer: row.text_optional("stripe_customer_id")?,
        version: row.unsigned("version")?,
        had_trial: row.boolean("had_trial")?,
        status: row.text_optional("status")?,
        billed,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
