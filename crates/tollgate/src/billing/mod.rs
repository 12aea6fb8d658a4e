//! Billing through Stripe: what customers may use always equals what Stripe has been paid.
//!
//! Every word of Stripe, an event as much as an answer, is only a hint to look at its objects as
//! they are now; what they say is applied whole (`sync`), in one commit with the note that it was
//! done. So events may come twice, late, in any order or not at all. [`Billing`] holds the flows
//! that a customer begins, the [inbox](Billing::receive) of events, and the means to find and
//! repair what is missing.

mod cancel;
mod change;
mod checkout;
mod customer;
mod drift;
mod error;
mod inbox;
mod invoices;
mod options;
mod portal;
mod process;
mod purchase;
mod setup;
mod standing;
mod sweep;
mod sync;
mod worker;

pub use cancel::{Cancel, Ended, FEEDBACK};
pub use change::{Change, ChangePreview, Changed};
pub use checkout::{Opened, SubscriptionCheckout};
pub use customer::Contact;
pub use drift::{Difference, DriftReport};
pub use error::BillingError;
pub use inbox::{Received, RejectedEvent};
pub use options::{BillingOptions, ReturnUrlError};
pub use purchase::TopUpCheckout;
pub use setup::{SetupAction, SetupStep};
pub use standing::BillingStanding;
pub use sweep::Swept;
pub use worker::{Backlogs, InboxGauges};

use crate::facade::Tollgate;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Notify;
use tollgate_core::time::Timestamp;
use tollgate_store::StoreError;
use tollgate_stripe::{Client, IdempotencyKey};

/// The name of this installation within its Stripe account, kept among the settings: two
/// installations never meet under one idempotency key.
const INSTALLATION: &str = "stripe.installation";

/// Billing through one Stripe account. Clones share it.
#[derive(Clone)]
pub struct Billing(Arc<Shared>);

struct Shared {
    tollgate: Tollgate,
    stripe: Client,
    options: BillingOptions,
    installation: String,
    random: Box<dyn Fn() -> u128 + Send + Sync>,
    /// Something came into the inbox.
    arrived: Notify,
    gauges: InboxGauges,
}

impl fmt::Debug for Billing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Billing")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

impl Billing {
    /// Billing for the engine's customers; `random` gives new ids their random part.
    pub async fn new(
        tollgate: Tollgate,
        stripe: Client,
        options: BillingOptions,
        random: impl Fn() -> u128 + Send + Sync + 'static,
    ) -> Result<Self, StoreError> {
        let name = format!("{:016x}", random() & u128::from(u64::MAX));
        let installation = tollgate
            .store()
            .transaction(|transaction| {
                let name = name.clone();
                Box::pin(async move {
                    tollgate_store::setting::find_or_add(transaction, INSTALLATION, &name).await
                })
            })
            .await?;
        Ok(Self(Arc::new(Shared {
            tollgate,
            stripe,
            options,
            installation,
            random: Box::new(random),
            arrived: Notify::new(),
            gauges: InboxGauges::default(),
        })))
    }

    /// The settings.
    pub fn options(&self) -> &BillingOptions {
        &self.0.options
    }

    /// Whether real money moves.
    pub fn is_live(&self) -> bool {
        self.0.stripe.is_live()
    }

    fn tollgate(&self) -> &Tollgate {
        &self.0.tollgate
    }

    fn stripe(&self) -> &Client {
        &self.0.stripe
    }

    fn now(&self) -> Timestamp {
        self.0.tollgate.now()
    }

    fn random(&self) -> u128 {
        (self.0.random)()
    }

    /// The idempotency key of one operation. `what` is made of our own rows, so that whoever
    /// finishes the operation after a crash uses the same key.
    fn key(&self, what: &str) -> IdempotencyKey {
        IdempotencyKey::new(format!("{}-{what}", self.0.installation))
            .expect("keys are made of ids and numbers")
    }
}
