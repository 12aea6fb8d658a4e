//! Checkouts that are open, as their table keeps them: one of each kind for each customer.

use crate::error::StoreError;
use crate::id::{CheckoutId, PaymentId};
use crate::sql::{Connection, Row, statements};
use std::str::FromStr;
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;

/// What is checked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckoutKind {
    /// A plan.
    Subscription,
    /// Units bought once.
    TopUp,
}

impl CheckoutKind {
    /// The word that stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckoutKind::Subscription => "subscription",
            CheckoutKind::TopUp => "top_up",
        }
    }
}

impl FromStr for CheckoutKind {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Subscription, Self::TopUp]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| format!("{word:?} is not a kind of checkout"))
    }
}

/// A checkout that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// The idempotency key under which Stripe makes its session.
    pub id: CheckoutId,
    /// Who pays.
    pub customer: CustomerId,
    /// What for.
    pub kind: CheckoutKind,
    /// What was asked for, as JSON.
    pub request: String,
    /// The payment, for units bought once.
    pub payment: Option<PaymentId>,
    /// Stripe's session; `None` until it has answered.
    pub session: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its page ends.
    pub expires_at: Option<Timestamp>,
}

statements! {
    ADD("checkouts") =
        "INSERT INTO checkouts
         (bucket, customer_id, kind, id, request, payment_id, session_id, url, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, $7, NULL)
         ON CONFLICT (bucket, customer_id, kind) DO NOTHING";
    FIND("checkouts") =
        "SELECT id, customer_id, kind, request, payment_id, session_id, url, created_at, expires_at
         FROM checkouts WHERE bucket = $1 AND customer_id = $2 AND kind = $3";
    OPENED("checkouts") =
        "UPDATE checkouts SET session_id = $5, url = $6, expires_at = $7
         WHERE bucket = $1 AND customer_id = $2 AND kind = $3 AND id = $4";
    CLOSE("checkouts") =
        "DELETE FROM checkouts WHERE bucket = $1 AND customer_id = $2 AND kind = $3 AND id = $4";
}

/// Begins a checkout, unless one of its kind is open. Answers the one that is open then.
pub async fn find_or_add(
    connection: &mut Connection<'_>,
    checkout: &Checkout,
) -> Result<Checkout, StoreError> {
    let payment = checkout.payment.map(|payment| payment.to_string());
    let values = [
        checkout.customer.bucket().into(),
        checkout.customer.as_str().into(),
        checkout.kind.as_str().into(),
        checkout.id.into(),
        checkout.request.as_str().into(),
        payment.into(),
        checkout.created_at.into(),
    ];
    connection.execute(ADD, values).await?;
    let found = find(connection, &checkout.customer, checkout.kind).await?;
    found.ok_or(StoreError::Conflict { table: "checkouts" })
}

/// The checkout of this kind that is open.
pub async fn find(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    kind: CheckoutKind,
) -> Result<Option<Checkout>, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        kind.as_str().into(),
    ];
    let row = connection.fetch_optional(FIND, values).await?;
    row.as_ref().map(read).transpose()
}

/// Notes the page that Stripe made for it. False when the checkout is closed.
pub async fn opened(
    connection: &mut Connection<'_>,
    checkout: &Checkout,
) -> Result<bool, StoreError> {
    let values = [
        checkout.customer.bucket().into(),
        checkout.customer.as_str().into(),
        checkout.kind.as_str().into(),
        checkout.id.into(),
        checkout.session.as_deref().into(),
        checkout.url.as_deref().into(),
        checkout.expires_at.into(),
    ];
    Ok(connection.execute(OPENED, values).await? > 0)
}

/// It is over: paid, expired or given up. Another one that was begun since stays.
pub async fn close(connection: &mut Connection<'_>, checkout: &Checkout) -> Result<(), StoreError> {
    let values = [
        checkout.customer.bucket().into(),
        checkout.customer.as_str().into(),
        checkout.kind.as_str().into(),
        checkout.id.into(),
    ];
    connection.execute(CLOSE, values).await.map(drop)
}

fn read(row: &Row) -> Result<Checkout, StoreError> {
    Ok(Checkout {
        id: row.parse("id")?,
        customer: row.parse("customer_id")?,
        kind: row.parse("kind")?,
        request: row.text("request")?,
        payment: row.parse_optional("payment_id")?,
        session: row.text_optional("session_id")?,
        url: row.text_optional("url")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp_optional("expires_at")?,
    })
}
