//! Looks at Stripe's objects as they are now and applies what they say, whole: to the account, to
//! our rows, and to the event that was the hint, in one commit.

use super::customer::TRIES_MAX;
use super::{Billing, BillingError};
use crate::transaction::Transaction;
use tollgate_core::billing::{Billed, Paid, Purchase};
use tollgate_core::decision::Decision;
use tollgate_core::id::CustomerId;
use tollgate_core::time::Timestamp;
use tollgate_store::cancellation;
use tollgate_store::checkout::{self, CheckoutKind};
use tollgate_store::id::PaymentId;
use tollgate_store::payment::{self, Payment, PaymentStatus};
use tollgate_store::stripe_customer::{self, StripeCustomer};
use tollgate_store::stripe_event::{self, EventState, Outcome};
use tollgate_store::stripe_id::{self, Owner};
use tollgate_stripe::translate::{self, Standing};
use tollgate_stripe::{
    CancelSubscription, CheckoutSession, CheckoutStatus, Dispute, ListDisputes, ListSubscriptions,
    PaymentIntent, PaymentIntentStatus, StatusFilter, Subscription,
};

/// More subscriptions of one customer than this are not looked at.
const SUBSCRIPTIONS_MAX: usize = 300;
/// More disputes of one payment than this are not looked at.
const DISPUTES_MAX: usize = 100;

/// What came of looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Synced {
    /// What Stripe says is applied.
    Applied(CustomerId),
    /// There is nothing of ours to apply.
    NotOurs(&'static str),
    /// Nobody here knows whose it is, yet.
    Unknown(String),
    /// What Stripe says contradicts what we know: nothing was applied.
    Contradiction(Option<CustomerId>, String),
}

/// The event that was the hint, to be marked in the same commit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hinted<'a> {
    pub(super) event: &'a str,
}

impl Billing {
    /// Whose the customer in Stripe is.
    pub(super) async fn owner_of(&self, stripe_id: &str) -> Result<Option<Owner>, BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        Ok(stripe_id::find(&mut reader, stripe_id).await?)
    }

    /// Applies what Stripe says now of a customer whose id there is known.
    pub(super) async fn sync_stripe_customer(
        &self,
        stripe_customer: &str,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        match self.owner_of(stripe_customer).await? {
            Some(owner) => self.sync_customer(&owner.customer, hinted).await,
            None => Ok(Synced::Unknown(format!(
                "nobody here is the customer {stripe_customer}"
            ))),
        }
    }

    /// Applies what Stripe says now of a customer's subscriptions.
    pub(super) async fn sync_customer(
        &self,
        customer: &CustomerId,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        for _ in 0..TRIES_MAX {
            let Some(row) = self.stripe_customer(customer).await? else {
                return Ok(Synced::NotOurs("the customer was never sent to Stripe"));
            };
            let (next, standing) = self.look_at_customer(&row).await?;
            if let Some(problem) = &standing.problem {
                return Ok(Synced::Contradiction(
                    Some(customer.clone()),
                    problem.to_string(),
                ));
            }
            self.end_surplus(customer, &standing).await?;
            if self.apply_standing(&next, &standing, hinted).await? {
                return Ok(Synced::Applied(customer.clone()));
            }
        }
        Err(BillingError::Contended)
    }

    /// The customer's row as it should be, and where they stand, by Stripe's word of now.
    pub(super) async fn look_at_customer(
        &self,
        row: &StripeCustomer,
    ) -> Result<(StripeCustomer, Standing), BillingError> {
        let mut next = row.clone();
        let mut subscriptions = Vec::new();
        if let Some(id) = &row.stripe_customer {
            subscriptions = self.subscriptions_of(id).await?;
            let is_gone = match self.stripe().customer(id).await {
                Ok(found) => found.deleted,
                Err(error) if error.is_missing() => true,
                Err(error) => return Err(error.into()),
            };
            if is_gone {
                // With the customer its subscriptions have ended; the next checkout makes another.
                subscriptions.retain(|subscription| subscription.status.is_final());
                next.stripe_customer = None;
                next.generation += 1;
            }
        }
        let standing = translate::standing(
            &self.tollgate().catalog(),
            &subscriptions,
            row.billed.as_ref(),
            self.options().grace_seconds(),
        );
        next.had_trial |= standing.had_trial;
        next.status.clone_from(&standing.status);
        next.billed.clone_from(&standing.billed);
        Ok((next, standing))
    }

    pub(super) async fn subscriptions_of(
        &self,
        stripe_customer: &str,
    ) -> Result<Vec<Subscription>, BillingError> {
        let request = ListSubscriptions {
            customer: Some(stripe_customer.to_owned()),
            status: Some(StatusFilter::All),
            expand: vec!["data.latest_invoice".to_owned(), "data.schedule".to_owned()],
            ..ListSubscriptions::default()
        };
        let listed = self.stripe().list_all(&request, SUBSCRIPTIONS_MAX).await;
        match listed {
            Ok(listed) => Ok(listed.items),
            Err(error) if error.is_missing() => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends subscriptions that the customer would pay beside the one that counts.
    async fn end_surplus(
        &self,
        customer: &CustomerId,
        standing: &Standing,
    ) -> Result<(), BillingError> {
        for surplus in &standing.surplus {
            tracing::error!(%customer, subscription = %surplus,
                "a second subscription was paid; it is cancelled: look whether to refund it");
            let params = CancelSubscription {
                prorate: Some(true),
                ..CancelSubscription::default()
            };
            match self.stripe().cancel_subscription(surplus, &params).await {
                Ok(_) => {}
                Err(error) if error.is_missing() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Writes where a customer stands. False when somebody wrote since it was looked at.
    async fn apply_standing(
        &self,
        next: &StripeCustomer,
        standing: &Standing,
        hinted: Option<Hinted<'_>>,
    ) -> Result<bool, BillingError> {
        let now = self.now();
        let mut transaction = self.begin_for(&next.customer).await?;
        if !stripe_customer::update(transaction.connection(), next, now).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        self.follow(&mut transaction, &next.customer, standing.billed.clone())
            .await?;
        let stays = |billed: &Billed| billed.is_running() && billed.cancel_at.is_none();
        if standing.billed.as_ref().is_some_and(stays) {
            // Here or in the portal: whoever goes on has not left.
            cancellation::undo(transaction.connection(), &next.customer, now).await?;
        }
        mark(&mut transaction, hinted, &next.customer, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn follow(
        &self,
        transaction: &mut Transaction,
        customer: &CustomerId,
        billed: Option<Billed>,
    ) -> Result<(), BillingError> {
        match self
            .tollgate()
            .follow_in(transaction, customer, billed)
            .await?
        {
            Decision::Granted(()) => Ok(()),
            Decision::Refused(refusal) => Err(BillingError::Refused(refusal)),
        }
    }

    /// Begins a transaction in which the customer's account will change; it is opened first if it
    /// never was.
    async fn begin_for(&self, customer: &CustomerId) -> Result<Transaction, BillingError> {
        if self.tollgate().account(customer).await?.is_none() {
            self.tollgate().open_customer(customer, None).await?;
        }
        Ok(self.tollgate().begin().await?)
    }

    /// Applies what Stripe says now of a checkout session.
    pub(super) async fn sync_checkout(
        &self,
        session: &str,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        let session = self.stripe().checkout_session(session, &[]).await?;
        let Some(owner) = self.owner_of(&session.id).await? else {
            // A page that we made, and whose making we did not get to note, or somebody else's.
            return match session.customer_id() {
                Some(customer) => match self.owner_of(customer).await? {
                    Some(_) => Ok(Synced::Unknown(format!(
                        "nobody here opened the checkout {}",
                        session.id
                    ))),
                    None => Ok(Synced::Unknown(format!(
                        "nobody here is the customer {customer}"
                    ))),
                },
                None => Ok(Synced::NotOurs("a checkout of somebody without an account")),
            };
        };
        if let Some(problem) = self.contradiction(&session, &owner.customer).await? {
            return Ok(Synced::Contradiction(Some(owner.customer), problem));
        }
        if let Some(payment) = owner.payment {
            return self
                .sync_paid_checkout(&session, &owner.customer, payment, hinted)
                .await;
        }
        if session.status != Some(CheckoutStatus::Open) {
            self.close_checkout(&owner.customer, CheckoutKind::Subscription, &session.id)
                .await?;
        }
        self.sync_customer(&owner.customer, hinted).await
    }

    /// What a session says of its customer that is not what we know.
    async fn contradiction(
        &self,
        session: &CheckoutSession,
        customer: &CustomerId,
    ) -> Result<Option<String>, BillingError> {
        if let Some(stripe_customer) = session.customer_id() {
            let owner = self.owner_of(stripe_customer).await?;
            if owner.is_none_or(|owner| owner.customer != *customer) {
                return Ok(Some(format!(
                    "the checkout {} was opened for another customer than {stripe_customer}",
                    session.id
                )));
            }
        }
        let reference = session.client_reference_id.as_deref();
        Ok(reference
            .filter(|reference| *reference != customer.as_str())
            .map(|_| format!("the checkout {} names another customer", session.id)))
    }

    async fn sync_paid_checkout(
        &self,
        session: &CheckoutSession,
        customer: &CustomerId,
        payment: PaymentId,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        let intent = match session.payment_intent_id() {
            Some(id) => Some(self.stripe().payment_intent(id, &["latest_charge"]).await?),
            None => None,
        };
        self.apply_payment(customer, payment, Some(session), intent.as_ref(), hinted)
            .await
    }

    /// Applies what Stripe says now of a payment.
    pub(super) async fn sync_payment(
        &self,
        payment_intent: &str,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        let intent = self
            .stripe()
            .payment_intent(payment_intent, &["latest_charge"])
            .await?;
        if let Some(owner) = self.owner_of(payment_intent).await?
            && let Some(payment) = owner.payment
        {
            return self
                .apply_payment(&owner.customer, payment, None, Some(&intent), hinted)
                .await;
        }
        // Checkouts get their payment when they are paid: the session tells which it was.
        let sessions = tollgate_stripe::ListCheckoutSessions {
            payment_intent: Some(payment_intent.to_owned()),
            ..tollgate_stripe::ListCheckoutSessions::default()
        };
        let listed = self.stripe().list_all(&sessions, 1).await?;
        if let Some(session) = listed.items.first() {
            return self.sync_checkout(&session.id, hinted).await;
        }
        match intent.customer_id() {
            None => Ok(Synced::NotOurs("a payment of somebody without an account")),
            Some(customer) => match self.owner_of(customer).await? {
                Some(_) => Ok(Synced::NotOurs("a payment that buys no units here")),
                None => Ok(Synced::Unknown(format!(
                    "nobody here is the customer {customer}"
                ))),
            },
        }
    }

    /// Applies what Stripe says now of the payment of a charge.
    pub(super) async fn sync_charge(
        &self,
        charge: &str,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        let charge = self.stripe().charge(charge, &[]).await?;
        match charge.payment_intent_id() {
            Some(payment) => self.sync_payment(payment, hinted).await,
            None => Ok(Synced::NotOurs("a charge without a payment")),
        }
    }

    /// Applies what Stripe says of one of our payments. Its session, where it has one, is looked
    /// at as well: only it tells the sum before taxes and discounts.
    async fn apply_payment(
        &self,
        customer: &CustomerId,
        payment: PaymentId,
        session: Option<&CheckoutSession>,
        intent: Option<&PaymentIntent>,
        hinted: Option<Hinted<'_>>,
    ) -> Result<Synced, BillingError> {
        for _ in 0..TRIES_MAX {
            let mut reader = self.tollgate().store().read().await?;
            let row = stripe_customer::find(&mut reader, customer).await?;
            let found = payment::find(&mut reader, customer, payment).await?;
            drop(reader);
            let (Some(row), Some(found)) = (row, found) else {
                return Ok(Synced::Unknown(format!(
                    "there is no payment {payment} here"
                )));
            };
            let fetched = match (session, &found.stripe_session) {
                (None, Some(id)) => Some(self.stripe().checkout_session(id, &[]).await?),
                _ => None,
            };
            let session = session.or(fetched.as_ref());
            if let Some(intent) = intent
                && let Some(problem) = self
                    .wrong_payment(customer, &found, session, intent)
                    .await?
            {
                return Ok(Synced::Contradiction(Some(customer.clone()), problem));
            }
            let paid = self.paid(intent).await?;
            let next = PaymentFacts {
                payment: &found,
                session,
                intent,
                paid,
            };
            if self.apply_payment_facts(&row, &next, hinted).await? {
                return Ok(Synced::Applied(customer.clone()));
            }
        }
        Err(BillingError::Contended)
    }

    /// What has become of the money, with every dispute about it.
    pub(super) async fn paid(
        &self,
        intent: Option<&PaymentIntent>,
    ) -> Result<Option<Paid>, BillingError> {
        let Some(intent) = intent else {
            return Ok(None);
        };
        let charge = match &intent.latest_charge {
            Some(charge) if charge.object().is_none() => {
                Some(self.stripe().charge(charge.id(), &[]).await?)
            }
            charge => charge.as_ref().and_then(|charge| charge.object()).cloned(),
        };
        // Of an inquiry the charge itself says nothing.
        let disputes = match &charge {
            Some(_) => self.disputes_of(&intent.id).await?,
            None => Vec::new(),
        };
        Ok(translate::paid(intent, charge.as_ref(), &disputes))
    }

    async fn disputes_of(&self, payment_intent: &str) -> Result<Vec<Dispute>, BillingError> {
        let request = ListDisputes {
            payment_intent: Some(payment_intent.to_owned()),
            ..ListDisputes::default()
        };
        let listed = self.stripe().list_all(&request, DISPUTES_MAX).await?;
        Ok(listed.items)
    }

    /// What is not as it should be about a payment: then nothing is granted for it.
    async fn wrong_payment(
        &self,
        customer: &CustomerId,
        payment: &Payment,
        session: Option<&CheckoutSession>,
        intent: &PaymentIntent,
    ) -> Result<Option<String>, BillingError> {
        let id = &intent.id;
        if intent.livemode != self.is_live() {
            return Ok(Some(format!("the payment {id} is of another mode")));
        }
        if payment
            .stripe_payment_intent
            .as_ref()
            .is_some_and(|known| known != id)
        {
            return Ok(Some(format!(
                "the payment {} is paid by another intent than {id}",
                payment.id
            )));
        }
        if let Some(payer) = intent.customer_id() {
            let owner = self.owner_of(payer).await?;
            if owner.is_none_or(|owner| owner.customer != *customer) {
                return Ok(Some(format!("the payment {id} is by another customer")));
            }
        }
        let currency = intent.currency.as_deref().map(str::to_ascii_lowercase);
        if currency.as_deref() != Some(payment.amount.currency.as_str()) {
            return Ok(Some(format!("the payment {id} is in another currency")));
        }
        let asked = session
            .and_then(|session| session.amount_subtotal)
            .or(intent.amount);
        if asked.and_then(|asked| u64::try_from(asked).ok()) != Some(payment.amount.minor) {
            return Ok(Some(format!(
                "the payment {id} is of another amount than {}",
                payment.amount
            )));
        }
        Ok(None)
    }

    /// Writes what has become of a payment. False when somebody wrote since it was looked at.
    async fn apply_payment_facts(
        &self,
        row: &StripeCustomer,
        facts: &PaymentFacts<'_>,
        hinted: Option<Hinted<'_>>,
    ) -> Result<bool, BillingError> {
        let now = self.now();
        let customer = &row.customer;
        let mut next = facts.next(now, self.expires_days(facts.payment));
        let mut transaction = self.begin_for(customer).await?;
        if !stripe_customer::update(transaction.connection(), row, now).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        if let Some(paid) = facts.paid {
            let purchase = Purchase {
                reference: next.id.to_string(),
                meter: next.meter.clone(),
                units: next.quantity,
                paid_at: facts.paid_at(now),
                expires_at: next.expires_at,
                units_withheld: paid.units_withheld(next.quantity),
                before: facts.payment.purchased,
            };
            let settled = self
                .tollgate()
                .settle_purchase_in(&mut transaction, customer, purchase)
                .await?;
            let purchased = match settled {
                Decision::Granted(purchased) => purchased,
                Decision::Refused(refusal) => return Err(BillingError::Refused(refusal)),
            };
            let returned = paid.units_returned(next.quantity);
            next.purchased = Some(purchased);
            next.owed = returned.saturating_sub(purchased.revoked);
        }
        payment::update(transaction.connection(), &next).await?;
        if let Some(intent) = facts.intent {
            let owner = Owner {
                customer: customer.clone(),
                payment: Some(next.id),
            };
            stripe_id::add(transaction.connection(), &intent.id, &owner).await?;
        }
        if let Some(session) = facts.session
            && session.status != Some(CheckoutStatus::Open)
        {
            close(&mut transaction, customer, CheckoutKind::TopUp, &session.id).await?;
        }
        mark(&mut transaction, hinted, customer, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// After how many days the units of a payment end, as the catalog says now.
    fn expires_days(&self, payment: &Payment) -> Option<u32> {
        let catalog = self.tollgate().catalog();
        catalog.topups.get(&payment.topup)?.expires_days
    }

    /// The checkout is over.
    pub(super) async fn close_checkout(
        &self,
        customer: &CustomerId,
        kind: CheckoutKind,
        session: &str,
    ) -> Result<(), BillingError> {
        let mut transaction = self.tollgate().begin().await?;
        close(&mut transaction, customer, kind, session).await?;
        Ok(transaction.commit().await?)
    }
}

/// What Stripe says of one of our payments.
struct PaymentFacts<'a> {
    payment: &'a Payment,
    session: Option<&'a CheckoutSession>,
    intent: Option<&'a PaymentIntent>,
    paid: Option<Paid>,
}

impl PaymentFacts<'_> {
    /// Our row of it as it should be.
    fn next(&self, now: Timestamp, expires_days: Option<u32>) -> Payment {
        let mut next = self.payment.clone();
        next.updated_at = now;
        if let Some(session) = self.session {
            next.stripe_session = Some(session.id.clone());
        }
        if let Some(intent) = self.intent {
            next.stripe_payment_intent = Some(intent.id.clone());
        }
        next.status = self.status();
        if let Some(paid) = self.paid {
            next.refunded = paid.refunded;
            next.dispute = paid.dispute;
            if next.purchased.is_none() {
                let paid_at = self.paid_at(now);
                next.expires_at =
                    expires_days.map(|days| paid_at.plus_seconds(i64::from(days) * 86_400));
            }
        }
        next
    }

    /// When it was paid, as far as Stripe tells.
    fn paid_at(&self, now: Timestamp) -> Timestamp {
        self.intent
            .and_then(|intent| intent.created)
            .map_or(now, Timestamp::from_seconds)
    }

    fn status(&self) -> PaymentStatus {
        match (self.paid, self.session, self.intent) {
            (Some(paid), _, _) => status_of(&paid),
            (None, Some(session), _) if session.status == Some(CheckoutStatus::Expired) => {
                PaymentStatus::Failed
            }
            (None, Some(session), Some(intent))
                if session.status == Some(CheckoutStatus::Complete)
                    && intent.status == PaymentIntentStatus::RequiresPaymentMethod =>
            {
                PaymentStatus::Failed
            }
            (None, _, Some(intent)) if intent.status == PaymentIntentStatus::Canceled => {
                PaymentStatus::Failed
            }
            _ => PaymentStatus::Pending,
        }
    }
}

/// The status of a payment whose money came.
pub(super) fn status_of(paid: &Paid) -> PaymentStatus {
    if paid.refunded >= paid.amount && paid.amount > 0 {
        PaymentStatus::Refunded
    } else {
        PaymentStatus::Succeeded
    }
}

/// Marks the event that was the hint: its effect is in this transaction.
async fn mark(
    transaction: &mut Transaction,
    hinted: Option<Hinted<'_>>,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<(), BillingError> {
    if let Some(hinted) = hinted {
        let outcome = Outcome {
            state: EventState::Done,
            customer: Some(customer),
            due_at: now,
            now,
            note: "",
        };
        stripe_event::finish(transaction.connection(), hinted.event, &outcome).await?;
    }
    Ok(())
}

/// Forgets the open checkout if it is this session's.
async fn close(
    transaction: &mut Transaction,
    customer: &CustomerId,
    kind: CheckoutKind,
    session: &str,
) -> Result<(), BillingError> {
    let open = checkout::find(transaction.connection(), customer, kind).await?;
    if let Some(open) = open.filter(|open| open.session.as_deref() == Some(session)) {
        checkout::close(transaction.connection(), &open).await?;
    }
    Ok(())
}
