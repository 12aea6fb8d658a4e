//! Payments of units bought once, as their tables keep them.

use crate::error::StoreError;
use crate::id::PaymentId;
use crate::sql::{Connection, Row, statements};
use std::str::FromStr;
use tollgate_core::Timestamp;
use tollgate_core::billing::{Dispute, Purchased};
use tollgate_core::id::{CustomerId, MeterId, TopUpId};
use tollgate_core::money::{Currency, Money};

/// A payment of units bought once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its own for ever.
    pub id: PaymentId,
    /// Who bought.
    pub customer: CustomerId,
    /// What was bought, as the catalog names it.
    pub topup: TopUpId,
    /// What the units are of.
    pub meter: MeterId,
    /// What is paid, before taxes and discounts.
    pub amount: Money,
    /// Units bought.
    pub quantity: u64,
    /// What people read.
    pub description: String,
    /// What became of it.
    pub status: PaymentStatus,
    /// Stripe's checkout session, once there is one.
    pub stripe_session: Option<String>,
    /// Stripe's payment intent, once there is one.
    pub stripe_payment_intent: Option<String>,
    /// When the units can no longer be used; `None` for never, or while nothing is paid.
    pub expires_at: Option<Timestamp>,
    /// The grant, once it is given, and what was taken back of it.
    pub purchased: Option<Purchased>,
    /// Units that should have been taken back, but were used.
    pub owed: u64,
    /// What was paid back, in minor units.
    pub refunded: u64,
    /// Whether the payer disputes it.
    pub dispute: Dispute,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
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

/// The columns that a payment is read from, in every statement that does.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, customer_id, topup, meter, amount_cents, currency, quota_purchased, description,
                    status, stripe_session_id, stripe_payment_intent_id, expires_at, grant_number,
                    quota_revoked, quota_owed, refunded_cents, dispute, created_at, updated_at
             FROM one_time_payments ",
            $rest
        )
    };
}

statements! {
    INSERT("one_time_payments") =
        "INSERT INTO one_time_payments
         (bucket, customer_id, id, topup, meter, amount_cents, currency, quota_purchased, description,
          status, stripe_session_id, stripe_payment_intent_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
         ON CONFLICT (bucket, customer_id, id) DO NOTHING";
    FIND("one_time_payments") = select!("WHERE bucket = $1 AND customer_id = $2 AND id = $3");
    LIST("one_time_payments") =
        select!("WHERE bucket = $1 AND customer_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4");
    UPDATE("one_time_payments") =
        "UPDATE one_time_payments SET status = $4, stripe_session_id = $5,
                stripe_payment_intent_id = $6, expires_at = $7, grant_number = $8, quota_revoked = $9,
                quota_owed = $10, refunded_cents = $11, dispute = $12, updated_at = $13
         WHERE bucket = $1 AND customer_id = $2 AND id = $3";
    ALL_PAYMENTS("one_time_payments") = select!(
        "WHERE (bucket, customer_id, id) > ($1, $2, $3) ORDER BY bucket, customer_id, id LIMIT $4"
    );
    SOLD("one_time_payments") =
        "SELECT topup, currency, COUNT(*) AS payments, COUNT(DISTINCT customer_id) AS customers,
                CAST(SUM(amount_cents) AS BIGINT) AS amount,
                CAST(SUM(refunded_cents) AS BIGINT) AS refunded,
                CAST(SUM(quota_purchased) AS BIGINT) AS units
         FROM one_time_payments
         WHERE created_at >= $1 AND created_at < $2 AND status IN ('succeeded', 'refunded')
         GROUP BY topup, currency ORDER BY topup, currency";
    BUYERS("one_time_payments") =
        "SELECT COUNT(DISTINCT customer_id) AS customers FROM one_time_payments
         WHERE created_at >= $1 AND created_at < $2 AND status IN ('succeeded', 'refunded')";
}

/// Adds a payment that was begun; adding the same payment again changes nothing.
pub async fn insert(connection: &mut Connection<'_>, payment: &Payment) -> Result<(), StoreError> {
    let values = [
        payment.customer.bucket().into(),
        payment.customer.as_str().into(),
        payment.id.into(),
        payment.topup.as_str().into(),
        payment.meter.as_str().into(),
        payment.amount.minor.into(),
        payment.amount.currency.as_str().into(),
        payment.quantity.into(),
        payment.description.as_str().into(),
        payment.status.as_str().into(),
        payment.stripe_session.as_deref().into(),
        payment.stripe_payment_intent.as_deref().into(),
        payment.created_at.into(),
    ];
    connection.execute(INSERT, values).await.map(drop)
}

/// One payment of a customer.
pub async fn find(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    id: PaymentId,
) -> Result<Option<Payment>, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        id.into(),
    ];
    let row = connection.fetch_optional(FIND, values).await?;
    row.as_ref().map(read).transpose()
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
    let rows = connection.fetch_all(LIST, values).await?;
    rows.iter().map(read).collect()
}

/// Up to `limit` payments of all customers after `after`, by customer and id.
pub async fn all(
    connection: &mut Connection<'_>,
    after: Option<&Payment>,
    limit: u32,
) -> Result<Vec<Payment>, StoreError> {
    let values = [
        after.map_or(-1, |after| after.customer.bucket()).into(),
        after.map_or("", |after| after.customer.as_str()).into(),
        after
            .map_or_else(String::new, |after| after.id.to_string())
            .into(),
        i64::from(limit).into(),
    ];
    let rows = connection.fetch_all(ALL_PAYMENTS, values).await?;
    rows.iter().map(read).collect()
}

/// What was sold of a top-up and paid, whether or not it was paid back later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The top-up, as the catalog names it; empty in payments that name none.
    pub topup: String,
    /// In which currency.
    pub currency: String,
    /// How many payments.
    pub payments: u64,
    /// How many customers made them.
    pub customers: u64,
    /// What was paid, in minor units.
    pub amount: u64,
    /// What of it was paid back.
    pub refunded: u64,
    /// Units bought.
    pub units: u64,
}

/// What was sold by payments that were begun from `from` and before `until`.
pub async fn sold(
    connection: &mut Connection<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Sold>, StoreError> {
    let rows = connection
        .fetch_all(SOLD, [from.into(), until.into()])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Sold {
                topup: row.text("topup")?,
                currency: row.text("currency")?,
                payments: row.unsigned("payments")?,
                customers: row.unsigned("customers")?,
                amount: row.unsigned("amount")?,
                refunded: row.unsigned("refunded")?,
                units: row.unsigned("units")?,
            })
        })
        .collect()
}

/// How many customers made such payments.
pub async fn buyers(
    connection: &mut Connection<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<u64, StoreError> {
    let row = connection
        .fetch_optional(BUYERS, [from.into(), until.into()])
        .await?;
    row.map_or(Ok(0), |row| row.unsigned("customers"))
}

/// Notes what became of a payment: all that can change. False when there is no such payment.
pub async fn update(
    connection: &mut Connection<'_>,
    payment: &Payment,
) -> Result<bool, StoreError> {
    let purchased = payment.purchased;
    let values = [
        payment.customer.bucket().into(),
        payment.customer.as_str().into(),
        payment.id.into(),
        payment.status.as_str().into(),
        payment.stripe_session.as_deref().into(),
        payment.stripe_payment_intent.as_deref().into(),
        payment.expires_at.into(),
        purchased.map(|purchased| purchased.grant).into(),
        purchased.map_or(0, |purchased| purchased.revoked).into(),
        payment.owed.into(),
        payment.refunded.into(),
        payment.dispute.as_str().into(),
        payment.updated_at.into(),
    ];
    Ok(connection.execute(UPDATE, values).await? > 0)
}

fn read(row: &Row) -> Result<Payment, StoreError> {
    let currency = Currency::new(&row.text("currency")?)
        .ok_or_else(|| row.corrupt("currency", "not a currency of three letters"))?;
    let dispute = Dispute::parse(&row.text("dispute")?)
        .ok_or_else(|| row.corrupt("dispute", "not the standing of a dispute"))?;
    let revoked = row.unsigned("quota_revoked")?;
    let purchased = row
        .unsigned_optional("grant_number")?
        .map(|grant| Purchased { grant, revoked });
    Ok(Payment {
        id: row.parse("id")?,
        customer: row.parse("customer_id")?,
        topup: row.parse("topup")?,
        meter: row.parse("meter")?,
        amount: Money {
            minor: row.unsigned("amount_cents")?,
            currency,
        },
        quantity: row.unsigned("quota_purchased")?,
        description: row.text("description")?,
        status: row.parse("status")?,
        stripe_session: row.text_optional("stripe_session_id")?,
        stripe_payment_intent: row.text_optional("stripe_payment_intent_id")?,
        expires_at: row.timestamp_optional("expires_at")?,
        purchased,
        owed: row.unsigned("quota_owed")?,
        refunded: row.unsigned("refunded_cents")?,
        dispute,
        created_at: row.timestamp("created_at")?,
        updated_at: row.timestamp("updated_at")?,
    })
}
