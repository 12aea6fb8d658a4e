//! Our customers in Stripe: made once each, and again after one was deleted there.

use super::{Billing, BillingError};
use tollgate_core::id::CustomerId;
use tollgate_store::stripe_customer::{self, StripeCustomer};
use tollgate_store::stripe_id::{self, Owner};
use tollgate_stripe::{CreateCustomer, Private, UpdateCustomer};

/// How often a write that lost a race is made again.
pub(super) const TRIES_MAX: u32 = 8;

/// How Stripe reaches a customer.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    /// The e-mail address.
    pub email: Option<Private>,
    /// The name.
    pub name: Option<Private>,
}

/// The customer's row with Stripe's id in it.
pub(super) struct Known {
    pub(super) row: StripeCustomer,
    pub(super) id: String,
}

impl Billing {
    /// What Stripe last said of a customer; `None` for one who was never sent there.
    pub(super) async fn stripe_customer(
        &self,
        customer: &CustomerId,
    ) -> Result<Option<StripeCustomer>, BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        Ok(stripe_customer::find(&mut reader, customer).await?)
    }

    /// The customer's row, with Stripe's id if there is one.
    pub(super) async fn known(&self, customer: &CustomerId) -> Result<Known, BillingError> {
        let row = self.stripe_customer(customer).await?;
        row.and_then(|row| {
            let id = row.stripe_customer.clone()?;
            Some(Known { row, id })
        })
        .ok_or(BillingError::NoBillingAccount)
    }

    /// The customer in Stripe, made there if need be. Whoever comes second, or finishes after a
    /// crash, uses the same idempotency key and so gets the same one.
    pub(super) async fn ensure_customer(
        &self,
        customer: &CustomerId,
        contact: &Contact,
    ) -> Result<Known, BillingError> {
        for _ in 0..TRIES_MAX {
            let now = self.now();
            let row = self
                .tollgate()
                .store()
                .transaction(|transaction| {
                    let customer = customer.clone();
                    Box::pin(async move {
                        stripe_customer::find_or_add(transaction, &customer, now).await
                    })
                })
                .await?;
            if let Some(id) = row.stripe_customer.clone() {
                return Ok(Known { row, id });
            }
            let id = self.make_customer(&row, contact).await?;
            let bound = StripeCustomer {
                stripe_customer: Some(id.clone()),
                ..row
            };
            if self.bind_customer(&bound).await? {
                return Ok(Known {
                    row: StripeCustomer {
                        version: bound.version + 1,
                        ..bound
                    },
                    id,
                });
            }
        }
        Err(BillingError::Contended)
    }

    /// Makes the customer in Stripe. The address and the name follow in a call of their own: they
    /// may change before the first is repeated, and one key stands for one body.
    async fn make_customer(
        &self,
        row: &StripeCustomer,
        contact: &Contact,
    ) -> Result<String, BillingError> {
        let what = format!("customer-{}-{}", row.customer, row.generation);
        let params = CreateCustomer {
            metadata: [("tollgate_customer".to_owned(), row.customer.to_string())].into(),
            ..CreateCustomer::default()
        };
        let made = self
            .stripe()
            .create_customer(&params, &self.key(&what))
            .await?;
        if contact.email.is_some() || contact.name.is_some() {
            let params = UpdateCustomer {
                email: contact.email.clone(),
                name: contact.name.clone(),
                ..UpdateCustomer::default()
            };
            let what = format!("contact-{}-{:x}", made.id, self.random());
            if let Err(error) = self
                .stripe()
                .update_customer(&made.id, &params, &self.key(&what))
                .await
            {
                tracing::warn!(%error, "a customer's address could not be given to Stripe");
            }
        }
        Ok(made.id)
    }

    /// Notes whose the customer in Stripe is. False when somebody else wrote the row meanwhile.
    async fn bind_customer(&self, bound: &StripeCustomer) -> Result<bool, BillingError> {
        let now = self.now();
        let written = self
            .tollgate()
            .store()
            .transaction(|transaction| {
                let bound = bound.clone();
                Box::pin(async move {
                    if let Some(id) = &bound.stripe_customer {
                        let owner = Owner {
                            customer: bound.customer.clone(),
                            payment: None,
                        };
                        stripe_id::add(transaction, id, &owner).await?;
                    }
                    stripe_customer::update(transaction, &bound, now).await
                })
            })
            .await?;
        Ok(written)
    }
}
