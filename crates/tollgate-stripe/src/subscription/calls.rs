//! The calls about subscriptions.

use super::object::Subscription;
use super::params::{
    CancelSubscription, CreateSubscription, ResumeSubscription, UpdateSubscription,
};
use crate::client::{Client, Expand};
use crate::error::StripeError;
use crate::idempotency::IdempotencyKey;

impl Client {
    /// Creates a subscription.
    pub async fn create_subscription(
        &self,
        params: &CreateSubscription,
        key: &IdempotencyKey,
    ) -> Result<Subscription, StripeError> {
        self.post(&["subscriptions"], params, key).await
    }

    /// The subscription of this id, with these references sent whole.
    pub async fn subscription(
        &self,
        id: &str,
        expand: &[&str],
    ) -> Result<Subscription, StripeError> {
        self.get(&["subscriptions", id], &Expand { expand }).await
    }

    /// Changes a subscription; this is also how it is cancelled at the end of its period.
    pub async fn update_subscription(
        &self,
        id: &str,
        params: &UpdateSubscription,
        key: &IdempotencyKey,
    ) -> Result<Subscription, StripeError> {
        self.post(&["subscriptions", id], params, key).await
    }

    /// Ends a subscription now. Stripe takes no idempotency key here: it cannot end twice, and a
    /// try that comes second is told that it is missing ([`StripeError::is_missing`]).
    pub async fn cancel_subscription(
        &self,
        id: &str,
        params: &CancelSubscription,
    ) -> Result<Subscription, StripeError> {
        self.delete(&["subscriptions", id], params).await
    }

    /// Ends the pause of a subscription.
    pub async fn resume_subscription(
        &self,
        id: &str,
        params: &ResumeSubscription,
        key: &IdempotencyKey,
    ) -> Result<Subscription, StripeError> {
        self.post(&["subscriptions", id, "resume"], params, key)
            .await
    }
}
