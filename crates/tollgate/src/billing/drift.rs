//! Drift: what differs between Stripe and here, and its repair.

use super::sync::{Synced, status_of};
use super::{Billing, BillingError};
use serde::Serialize;
use tollgate_core::account::Account;
use tollgate_core::billing::Billed;
use tollgate_core::id::CustomerId;
use tollgate_core::time::Timestamp;
use tollgate_store::payment::{self, Payment};
use tollgate_store::stripe_customer::{self, StripeCustomer};
use tollgate_stripe::{ListSubscriptions, StatusFilter};

/// Customers looked at in one go.
const PAGE: u32 = 200;
/// Payments of one customer that are compared.
const PAYMENTS_MAX: u32 = 100;
/// Subscriptions in Stripe that are looked through for customers nobody here knows.
const SUBSCRIPTIONS_MAX: usize = 10_000;

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Whose it is; `None` for somebody whom nobody here knows.
    pub customer: Option<CustomerId>,
    /// What differs: `status`, `plan`, `payment pay_…`.
    pub what: String,
    /// As it is here.
    pub here: String,
    /// As it is in Stripe.
    pub stripe: String,
}

/// What a look at everything found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DriftReport {
    /// Customers that were compared.
    pub customers: u64,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Whether Stripe has more subscriptions than are looked through.
    pub is_partial: bool,
}

impl Billing {
    /// Compares every customer's subscription and payments with Stripe. `progress` is told how
    /// many customers are done.
    pub async fn drift(&self, mut progress: impl FnMut(u64)) -> Result<DriftReport, BillingError> {
        let mut report = DriftReport::default();
        let mut after: Option<CustomerId> = None;
        loop {
            let mut reader = self.tollgate().store().read().await?;
            let rows = stripe_customer::list(&mut reader, after.as_ref(), PAGE).await?;
            drop(reader);
            let Some(last) = rows.last() else { break };
            after = Some(last.customer.clone());
            for row in &rows {
                self.compare(row, &mut report.differences).await?;
                report.customers += 1;
                progress(report.customers);
            }
        }
        self.find_strangers(&mut report).await?;
        Ok(report)
    }

    /// Applies what Stripe says of every customer in the report. Answers the customers of whom it
    /// could not be done, and why.
    pub async fn repair(
        &self,
        report: &DriftReport,
    ) -> Result<Vec<(CustomerId, String)>, BillingError> {
        let mut customers: Vec<&CustomerId> = report
            .differences
            .iter()
            .filter_map(|difference| difference.customer.as_ref())
            .collect();
        customers.sort();
        customers.dedup();
        let mut left = Vec::new();
        for customer in customers {
            match self.repair_customer(customer).await {
                Ok(None) => {}
                Ok(Some(problem)) => left.push((customer.clone(), problem)),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => left.push((customer.clone(), error.to_string())),
            }
        }
        Ok(left)
    }

    async fn repair_customer(&self, customer: &CustomerId) -> Result<Option<String>, BillingError> {
        let mut problem = None;
        let mut note = |synced| {
            if let Synced::Contradiction(_, text) | Synced::Unknown(text) = synced {
                problem = Some(text);
            }
        };
        note(self.sync_customer(customer, None).await?);
        for payment in self.payments(customer, None, PAYMENTS_MAX).await? {
            if let Some(intent) = &payment.stripe_payment_intent {
                note(self.sync_payment(intent, None).await?);
            } else if let Some(session) = &payment.stripe_session {
                note(self.sync_checkout(session, None).await?);
            }
        }
        Ok(problem)
    }

    async fn compare(
        &self,
        row: &StripeCustomer,
        differences: &mut Vec<Difference>,
    ) -> Result<(), BillingError> {
        let (next, standing) = self.look_at_customer(row).await?;
        let customer = &row.customer;
        let mut differs = |what: &str, here: String, stripe: String| {
            if here != stripe {
                differences.push(Difference {
                    customer: Some(customer.clone()),
                    what: what.to_owned(),
                    here,
                    stripe,
                });
            }
        };
        if let Some(problem) = &standing.problem {
            differs(
                "subscription",
                shown(row.billed.as_ref()),
                problem.to_string(),
            );
            return Ok(());
        }
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        differs(
            "customer",
            or_none(&row.stripe_customer),
            or_none(&next.stripe_customer),
        );
        differs("status", or_none(&row.status), or_none(&next.status));
        differs(
            "subscription",
            shown(row.billed.as_ref()),
            shown(next.billed.as_ref()),
        );
        differs(
            "surplus subscriptions",
            String::new(),
            standing.surplus.join(", "),
        );
        if let Some(account) = self.tollgate().account(customer).await? {
            differs(
                "plan",
                held(&account),
                self.entitled(&account, next.billed.as_ref()),
            );
        }
        self.compare_payments(customer, differences).await
    }

    async fn compare_payments(
        &self,
        customer: &CustomerId,
        differences: &mut Vec<Difference>,
    ) -> Result<(), BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        let payments = payment::list(&mut reader, customer, None, PAYMENTS_MAX).await?;
        drop(reader);
        for payment in payments {
            let here = shown_payment(&payment);
            let stripe = self.payment_in_stripe(&payment).await?;
            if here != stripe {
                differences.push(Difference {
                    customer: Some(customer.clone()),
                    what: format!("payment {}", payment.id),
                    here,
                    stripe,
                });
            }
        }
        Ok(())
    }

    async fn payment_in_stripe(&self, payment: &Payment) -> Result<String, BillingError> {
        let session = match (&payment.stripe_payment_intent, &payment.stripe_session) {
            (None, Some(session)) => Some(self.stripe().checkout_session(session, &[]).await?),
            _ => None,
        };
        let of_session = session.as_ref().and_then(|it| it.payment_intent_id());
        let intent = match payment.stripe_payment_intent.as_deref().or(of_session) {
            Some(id) => Some(self.stripe().payment_intent(id, &["latest_charge"]).await?),
            None => None,
        };
        let Some(paid) = self.paid(intent.as_ref()).await? else {
            // Nothing was paid: whatever we call that, no units were given.
            return Ok(if payment.purchased.is_none() {
                shown_payment(payment)
            } else {
                "not paid".to_owned()
            });
        };
        let returned = paid.units_returned(payment.quantity);
        let withheld = paid.units_withheld(payment.quantity);
        let as_it_should_be = Payment {
            status: status_of(&paid),
            refunded: paid.refunded,
            dispute: paid.dispute,
            // What is used cannot be taken back; what is owed stands for it.
            owed: returned.saturating_sub(payment.purchased.map_or(0, |it| it.revoked)),
            ..payment.clone()
        };
        let is_given = payment.purchased.is_some_and(|it| it.revoked <= withheld);
        Ok(if is_given {
            shown_payment(&as_it_should_be)
        } else {
            format!("{}, units not settled", shown_payment(&as_it_should_be))
        })
    }

    /// The plan that a customer should have by what is billed.
    fn entitled(&self, account: &Account, billed: Option<&Billed>) -> String {
        let now = self.now();
        let catalog = self.tollgate().catalog();
        let billed = billed.map(|billed| billed.as_of(&catalog, now));
        match billed.filter(|billed| billed.gives_access(now)) {
            Some(billed) => format!("{} (billed)", billed.plan),
            None if account.is_billed() => catalog
                .default_plan
                .as_ref()
                .map_or_else(|| "none".to_owned(), ToString::to_string),
            None => held(account),
        }
    }

    /// Subscriptions to our plans by customers whom nobody here knows.
    async fn find_strangers(&self, report: &mut DriftReport) -> Result<(), BillingError> {
        let request = ListSubscriptions {
            status: Some(StatusFilter::Active),
            ..ListSubscriptions::default()
        };
        let listed = self.stripe().list_all(&request, SUBSCRIPTIONS_MAX).await?;
        report.is_partial = !listed.is_complete;
        let catalog = self.tollgate().catalog();
        for subscription in &listed.items {
            let is_ours = subscription
                .price_ids()
                .any(|price| catalog.plan_of_stripe_price(price).is_some());
            let Some(customer) = subscription.customer_id().filter(|_| is_ours) else {
                continue;
            };
            if self.owner_of(customer).await?.is_none() {
                report.differences.push(Difference {
                    customer: None,
                    what: format!("customer {customer}"),
                    here: "unknown".to_owned(),
                    stripe: format!("pays {}", subscription.id),
                });
            }
        }
        Ok(())
    }
}

/// The plan that the account has.
fn held(account: &Account) -> String {
    match account.subscription() {
        None => "none".to_owned(),
        Some(held) if held.billed_as.is_some() => format!("{} (billed)", held.plan),
        Some(held) => held.plan.to_string(),
    }
}

fn shown(billed: Option<&Billed>) -> String {
    let Some(billed) = billed else {
        return "none".to_owned();
    };
    let at = |at: Timestamp| at.as_seconds();
    let ends = billed
        .cancel_at
        .map_or_else(String::new, |end| format!(", ends {}", at(end)));
    let next = billed.pending.as_ref().map_or_else(String::new, |next| {
        format!(", then {} from {}", next.plan, at(next.at))
    });
    format!(
        "{}: {} {} at {}, {} to {}{ends}{next}",
        billed.billed_as.subscription,
        billed.status.as_str(),
        billed.plan,
        billed.price,
        at(billed.period.start),
        at(billed.period.end),
    )
}

fn shown_payment(payment: &Payment) -> String {
    format!(
        "{}, {} paid back, dispute {}, {} units owed",
        payment.status.as_str(),
        payment.refunded,
        payment.dispute.as_str(),
        payment.owed
    )
}
