//! Payments of units bought once, as their tables keep them.

use crate::error::StoreError;
use crate::id::PaymentId;
use crate::sql::{Connection, Row, statements};
use std::str::FromStr;
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;
use tollgate_core::money::{Currency, Money};

/// A payment of units bought once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its own for ever.
    pub id: PaymentId,
    /// Who bought.
    pub customer: CustomerId,
    /// Stripe's payment intent, once there is one.
    pub stripe_payment_intent: Option<String>,
    /// What was paid.
    pub amount: Money,
    /// Units bought.
    pub quantity: u64,
    /// What people read.
    pub description: String,
    /// What became of it.
    pub status: PaymentStatus,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Not yet paid.
    Pending,
    /// Paid.
    Succeeded,
    /// Given up.
    Failed,
    /// Paid back.
    Refunded,
}

impl PaymentStatus {
    /// The word that stands in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            PaymentStatus::Pending => "pending",
            PaymentStatus::Succeeded => "succeeded",
            PaymentStatus::Failed => "failed",
            PaymentStatus::Refunded => "refunded",
        }
    }
}

impl FromStr for PaymentStatus {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Pending, Self::Succeeded, Self::Failed, Self::Refunded]
            .into_iter()
            .find(|status| status.as_str() == word)
            .ok_or_else(|| format!("{word:?} is not a payment's status"))
    }
}

statements! {
    INSERT("one_time_payments") =
        "INSERT INTO one_time_payments
         (bucket, customer_id, id, stripe_payment_intent_id, amount_cents, currency, quota_purchased,
          description, status, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (bucket, customer_id, id) DO NOTHING";
    LIST("one_time_payments") =
        "SELECT id, customer_id, stripe_payment_intent_id, amount_cents, currency, quota_purchased,
                description, status, created_at
         FROM one_time_payments WHERE bucket = $1 AND customer_id = $2 AND id < $3
         ORDER BY id DESC LIMIT $4";
    SET_STATUS("one_time_payments") =
        "UPDATE one_time_payments SET status = $4, stripe_payment_intent_id = $5
         WHERE bucket = $1 AND customer_id = $2 AND id = $3";
}

/// Adds a payment; adding the same payment again changes nothing.
pub async fn insert(connection: &mut Connection<'_>, payment: &Payment) -> Result<(), StoreError> {
    let amount = i64::try_from(payment.amount.minor).unwrap_or(i64::MAX);
    let quantity = i64::try_from(payment.quantity).unwrap_or(i64::MAX);
    let values = [
        payment.customer.bucket().into(),
        payment.customer.as_str().into(),
        payment.id.into(),
        payment.stripe_payment_intent.as_deref().into(),
        amount.into(),
        payment.amount.currency.as_str().into(),
        quantity.into(),
        payment.description.as_str().into(),
        payment.status.as_str().into(),
        payment.created_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// Up to `limit` payments of a customer before `before`, the newest first.
pub async fn list(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    before: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<Payment>, StoreError> {
    // A tilde sorts behind every id.
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        before.into(),
        i64::from(limit).into(),
    ];
    connection
        .fetch_all(LIST, values)
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Notes what became of a payment. False when there is no such payment.
pub async fn set_status(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    id: PaymentId,
    status: PaymentStatus,
    stripe_payment_intent: Option<&str>,
) -> Result<bool, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        id.into(),
        status.as_str().into(),
        stripe_payment_intent.into(),
    ];
    Ok(connection.execute(SET_STATUS, values).await? > 0)
}

fn read(row: &Row) -> Result<Payment, StoreError> {
    let currency = Currency::new(&row.text("currency")?)
        .ok_or_else(|| row.corrupt("currency", "not a currency of three letters"))?;
    Ok(Payment {
        id: row.parse("id")?,
        customer: row.parse("customer_id")?,
        stripe_payment_intent: row.text_optional("stripe_payment_intent_id")?,
        amount: Money {
            minor: row.unsigned("amount_cents")?,
            currency,
        },
        quantity: row.unsigned("quota_purchased")?,
        description: row.text("description")?,
        status: row.parse("status")?,
        created_at: row.timestamp("created_at")?,
    })
}
