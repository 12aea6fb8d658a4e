//! Where a customer stands, from our own rows: no call to Stripe.

use super::{Billing, BillingError};
use tollgate_core::id::CustomerId;
use tollgate_store::checkout::{self, Checkout, CheckoutKind};
use tollgate_store::payment::{self, Payment};
use tollgate_store::stripe_customer::{self, StripeCustomer};
use tollgate_store::stripe_id;

/// Payments that are looked through for debts and disputes.
const PAYMENTS_MAX: u32 = 100;

/// Where a customer stands.
#[derive(Clone, Debug, Default)]
pub struct BillingStanding {
    /// What Stripe last said; `None` for a customer who was never sent there.
    pub stripe: Option<StripeCustomer>,
    /// The payment page of a plan that is open.
    pub checkout: Option<Checkout>,
    /// The payment page of units that is open.
    pub topup_checkout: Option<Checkout>,
    /// Payments of which units are owed or money is disputed.
    pub troubled: Vec<Payment>,
}

impl BillingStanding {
    /// Units that were paid back and are used all the same.
    pub fn owed(&self) -> u64 {
        self.troubled
            .iter()
            .fold(0, |sum, payment| sum.saturating_add(payment.owed))
    }
}

impl Billing {
    /// Where a customer stands.
    pub async fn standing(&self, customer: &CustomerId) -> Result<BillingStanding, BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        let stripe = stripe_customer::find(&mut reader, customer).await?;
        let checkout = checkout::find(&mut reader, customer, CheckoutKind::Subscription).await?;
        let topup_checkout = checkout::find(&mut reader, customer, CheckoutKind::TopUp).await?;
        let payments = payment::list(&mut reader, customer, None, PAYMENTS_MAX).await?;
        let troubled = payments.into_iter().filter(|payment| {
            payment.owed > 0 || payment.dispute == tollgate_core::billing::Dispute::Open
        });
        Ok(BillingStanding {
            stripe,
            checkout,
            topup_checkout,
            troubled: troubled.collect(),
        })
    }

    /// Whose a subscription in Stripe is; `None` for one that is nobody's here.
    pub async fn customer_of_subscription(
        &self,
        id: &str,
    ) -> Result<Option<CustomerId>, BillingError> {
        let subscription = match self.stripe().subscription(id, &[]).await {
            Ok(subscription) => subscription,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(customer) = subscription.customer.as_ref().map(|it| it.id().to_owned()) else {
            return Ok(None);
        };
        let mut reader = self.tollgate().store().read().await?;
        let owner = stripe_id::find(&mut reader, &customer).await?;
        Ok(owner.map(|owner| owner.customer))
    }
}
