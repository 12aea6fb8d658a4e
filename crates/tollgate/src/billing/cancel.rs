//! Ending a subscription, and staying after all.

use super::customer::Known;
use super::{Billing, BillingError};
use tollgate_core::billing::Billed;
use tollgate_core::decision::Decision;
use tollgate_core::id::CustomerId;
use tollgate_core::time::Timestamp;
use tollgate_store::cancellation::{self, Cancellation};
use tollgate_store::id::CancellationId;
use tollgate_stripe::{
    CancelSubscription, CancellationFeedback, CancellationParams, Clearable, Private,
    ReleaseSchedule, Subscription, UpdateSubscription,
};

/// The most characters of a comment.
const COMMENT_CHARS_MAX: usize = 1_000;

/// The reasons that Stripe knows.
pub const FEEDBACK: [&str; 8] = [
    "too_expensive",
    "unused",
    "missing_features",
    "switched_service",
    "too_complex",
    "low_quality",
    "customer_service",
    "other",
];

/// A subscription to be ended.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    /// Whether at once; else at the end of the billing period.
    pub now: bool,
    /// Why, in one of Stripe's words: `too_expensive`.
    pub reason: Option<String>,
    /// Why, in the customer's words.
    pub comment: Option<String>,
}

/// A subscription that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
}

impl Cancel {
    fn check(&self) -> Result<(), BillingError> {
        if let Some(reason) = &self.reason
            && !FEEDBACK.contains(&reason.as_str())
        {
            let known = FEEDBACK.join(", ");
            return Err(BillingError::Reason(format!(
                "reason must be one of {known}; this is {reason:?}"
            )));
        }
        let length = self
            .comment
            .as_ref()
            .map_or(0, |comment| comment.chars().count());
        if length > COMMENT_CHARS_MAX {
            return Err(BillingError::Reason(format!(
                "comment must have at most {COMMENT_CHARS_MAX} characters, this has {length}"
            )));
        }
        Ok(())
    }

    fn details(&self) -> CancellationParams {
        CancellationParams {
            comment: self.comment.clone().map(Private::new),
            feedback: self.reason.as_deref().map(CancellationFeedback::from),
        }
    }
}

impl Billing {
    /// Ends the customer's subscription, now or at the end of its billing period. Doing it twice
    /// changes nothing more. Units that were bought stay.
    pub async fn cancel(
        &self,
        customer: &CustomerId,
        request: &Cancel,
    ) -> Result<Ended, BillingError> {
        request.check()?;
        let (known, billed) = match self.running(customer).await {
            Ok(running) => running,
            Err(BillingError::NotSubscribed) => {
                return self.cancel_unbilled(customer, request).await;
            }
            Err(error) => return Err(error),
        };
        let subscription = &billed.billed_as.subscription;
        if request.now {
            let params = CancelSubscription {
                cancellation_details: Some(request.details()),
                ..CancelSubscription::default()
            };
            match self
                .stripe()
                .cancel_subscription(subscription, &params)
                .await
            {
                Ok(_) => {}
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error.into()),
            }
        } else if billed.cancel_at.is_none() {
            self.let_go(&known, subscription).await?;
            let params = UpdateSubscription {
                cancel_at_period_end: Some(true),
                cancellation_details: Some(request.details()),
                ..UpdateSubscription::default()
            };
            let what = format!("cancel-{subscription}-{}", known.row.version);
            self.stripe()
                .update_subscription(subscription, &params, &self.key(&what))
                .await?;
        }
        self.sync_customer(customer, None).await?;
        let row = self.stripe_customer(customer).await?;
        let after = row.and_then(|row| row.billed);
        let at = match after {
            Some(after) if after.is_running() => after.cancel_at.unwrap_or(after.period.end),
            _ => self.now(),
        };
        // A repeat after a crash finds it cancelled and not noted yet.
        if request.now || !self.is_noted(customer).await? {
            self.note_cancellation(customer, billed, request, at)
                .await?;
        }
        Ok(Ended { at })
    }

    /// Undoes a cancellation or a change that waits for the period's end.
    pub async fn undo(&self, customer: &CustomerId) -> Result<(), BillingError> {
        let (known, billed) = match self.running(customer).await {
            Ok(running) => running,
            Err(BillingError::NotSubscribed) => {
                return match self.tollgate().undo_change(customer).await? {
                    Decision::Granted(()) => Ok(()),
                    Decision::Refused(_) => Err(BillingError::NothingToUndo),
                };
            }
            Err(error) => return Err(error),
        };
        if billed.pending.is_none() && billed.cancel_at.is_none() {
            return Err(BillingError::NothingToUndo);
        }
        let subscription = &billed.billed_as.subscription;
        self.let_go(&known, subscription).await?;
        if billed.cancel_at.is_some() {
            self.keep(&known, subscription).await?;
        }
        // With it the note of why they leave is undone.
        self.sync_customer(customer, None).await?;
        Ok(())
    }

    /// The subscription that the customer pays, by Stripe's word of now.
    pub(super) async fn running(
        &self,
        customer: &CustomerId,
    ) -> Result<(Known, Billed), BillingError> {
        self.sync_customer(customer, None).await?;
        let known = match self.known(customer).await {
            Err(BillingError::NoBillingAccount) => return Err(BillingError::NotSubscribed),
            known => known?,
        };
        match known.row.billed.clone() {
            Some(billed) if billed.is_running() => Ok((known, billed)),
            _ => Err(BillingError::NotSubscribed),
        }
    }

    /// Has the subscription go on as it is: whatever schedule it has lets go of it.
    pub(super) async fn let_go(
        &self,
        known: &Known,
        subscription: &str,
    ) -> Result<Subscription, BillingError> {
        let found = self
            .stripe()
            .subscription(subscription, &["schedule"])
            .await?;
        if let Some(schedule) = found.schedule_id() {
            let what = format!("release-{schedule}-{}", known.row.version);
            self.stripe()
                .release_schedule(schedule, &ReleaseSchedule::default(), &self.key(&what))
                .await?;
        }
        Ok(found)
    }

    /// Takes a cancellation back, whichever way it was made.
    pub(super) async fn keep(&self, known: &Known, subscription: &str) -> Result<(), BillingError> {
        let found = self.stripe().subscription(subscription, &[]).await?;
        let params = if found.cancel_at_period_end {
            UpdateSubscription {
                cancel_at_period_end: Some(false),
                ..UpdateSubscription::default()
            }
        } else {
            UpdateSubscription {
                cancel_at: Some(Clearable::Clear),
                ..UpdateSubscription::default()
            }
        };
        let what = format!("keep-{subscription}-{}", known.row.version);
        self.stripe()
            .update_subscription(subscription, &params, &self.key(&what))
            .await?;
        Ok(())
    }

    /// A plan that nobody bills ends here alone.
    async fn cancel_unbilled(
        &self,
        customer: &CustomerId,
        request: &Cancel,
    ) -> Result<Ended, BillingError> {
        let tollgate = self.tollgate();
        let account = tollgate.account(customer).await?;
        let account = account.ok_or(BillingError::UnknownCustomer)?;
        let catalog = tollgate.catalog();
        let leaves = account
            .subscription()
            .is_some_and(|held| Some(&held.plan) != catalog.default_plan.as_ref());
        if !leaves {
            return Err(BillingError::NotSubscribed);
        }
        match tollgate.cancel(customer, !request.now).await? {
            Decision::Granted(at) => Ok(Ended { at }),
            Decision::Refused(refusal) => Err(BillingError::Refused(refusal)),
        }
    }

    /// Whether it is noted already why the customer leaves.
    async fn is_noted(&self, customer: &CustomerId) -> Result<bool, BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        let noted = cancellation::list(&mut reader, customer, 1).await?;
        let now = self.now();
        Ok(noted
            .first()
            .is_some_and(|noted| noted.undone_at.is_none() && noted.ends_at > now))
    }

    async fn note_cancellation(
        &self,
        customer: &CustomerId,
        billed: Billed,
        request: &Cancel,
        at: Timestamp,
    ) -> Result<(), BillingError> {
        let now = self.now();
        let noted = Cancellation {
            id: CancellationId::new(now, self.random()),
            customer: customer.clone(),
            plan: billed.plan,
            feedback: request.reason.clone(),
            comment: request.comment.clone(),
            ends_at: at,
            undone_at: None,
            created_at: now,
        };
        self.tollgate()
            .store()
            .transaction(|transaction| {
                let noted = noted.clone();
                Box::pin(async move { cancellation::insert(transaction, &noted).await })
            })
            .await?;
        Ok(())
    }
}
