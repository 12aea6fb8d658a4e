//! The calls about checkout sessions.

use super::object::CheckoutSession;
use super::params::CreateCheckoutSession;
use crate::client::{Client, Expand};
use crate::error::StripeError;
use crate::idempotency::IdempotencyKey;

impl Client {
    /// Creates a checkout session.
    pub async fn create_checkout_session(
        &self,
        params: &CreateCheckoutSession,
        key: &IdempotencyKey,
    ) -> Result<CheckoutSession, StripeError> {
        self.post(&["checkout", "sessions"], params, key).await
    }

    /// The checkout session of this id, with these references sent whole. Expand `line_items` to
    /// learn what was bought.
    pub async fn checkout_session(
        &self,
        id: &str,
        expand: &[&str],
    ) -> Result<CheckoutSession, StripeError> {
        self.get(&["checkout", "sessions", id], &Expand { expand })
            .await
    }

    /// Ends an open checkout session, so that nobody can pay in it any more.
    pub async fn expire_checkout_session(
        &self,
        id: &str,
        key: &IdempotencyKey,
    ) -> Result<CheckoutSession, StripeError> {
        self.post(&["checkout", "sessions", id, "expire"], &(), key)
            .await
    }
}
