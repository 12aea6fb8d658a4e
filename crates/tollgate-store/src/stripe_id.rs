//! Whose an object of Stripe is, as its table keeps it: the one authority for it.

use crate::error::StoreError;
use crate::id::PaymentId;
use crate::sql::{Connection, statements};
use tollgate_core::id::CustomerId;

/// Whose an object of Stripe is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The customer.
    pub customer: CustomerId,
    /// The payment that the object pays, if it is for units bought once.
    pub payment: Option<PaymentId>,
}

statements! {
    ADD("stripe_ids") =
        "INSERT INTO stripe_ids (id, customer_id, payment_id) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO NOTHING";
    FIND("stripe_ids") = "SELECT id, customer_id, payment_id FROM stripe_ids WHERE id = $1";
}

/// Notes whose an object is. One that is known stays as it is.
pub async fn add(
    connection: &mut Connection<'_>,
    id: &str,
    owner: &Owner,
) -> Result<(), StoreError> {
    let payment = owner.payment.map(|payment| payment.to_string());
    let values = [id.into(), owner.customer.as_str().into(), payment.into()];
    connection.execute(ADD, values).await.map(drop)
}

/// Whose the object is, if we made it or met it.
pub async fn find(connection: &mut Connection<'_>, id: &str) -> Result<Option<Owner>, StoreError> {
    let row = connection.fetch_optional(FIND, [id.into()]).await?;
    row.map(|row| {
        Ok(Owner {
            customer: row.parse("customer_id")?,
            payment: row.parse_optional("payment_id")?,
        })
    })
    .transpose()
}
