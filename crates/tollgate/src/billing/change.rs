//! Changing the plan of a subscription: upgrades at once, downgrades at the period's end.

use super::cancel::Cancel;
use super::customer::Known;
use super::{Billing, BillingError};
use tollgate_core::account::{Direction, Preview};
use tollgate_core::billing::Billed;
use tollgate_core::decision::Decision;
use tollgate_core::id::{CustomerId, PlanId, PriceId};
use tollgate_core::plan::Price;
use tollgate_core::request::{ChangeTime, Subscribe};
use tollgate_core::subscription::Status;
use tollgate_core::time::Timestamp;
use tollgate_stripe::translate::interval;
use tollgate_stripe::{
    CreatePreview, CreateSchedule, Invoice, ItemParams, PaymentBehavior, PhaseItemParams,
    PhaseParams, PreviewSubscription, Proration, ScheduleEnd, Subscription, UpdateSchedule,
    UpdateSubscription,
};

/// A plan to change to.
#[derive(Clone, Debug)]
pub struct Change {
    /// The plan.
    pub plan: PlanId,
    /// The price; `None` for the plan's only or monthly one.
    pub price: Option<PriceId>,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It holds.
    Now,
    /// It will.
    Scheduled {
        /// From when.
        at: Timestamp,
    },
    /// It holds once it is paid; until then nothing has changed.
    AwaitsPayment {
        /// Where the customer pays it.
        url: Option<String>,
    },
}

/// What a change would do.
#[derive(Clone, Debug)]
pub struct ChangePreview {
    /// What it would do to the units.
    pub units: Preview,
    /// Whether it would hold at once.
    pub is_immediate: bool,
    /// From when it would hold.
    pub effective_at: Timestamp,
    /// What Stripe would invoice for it, today or next.
    pub invoice: Option<Box<Invoice>>,
}

/// A change that can be made.
struct Target {
    plan: PlanId,
    price: Price,
    stripe_price: String,
    is_immediate: bool,
}

impl Billing {
    /// Changes the plan that the customer pays. More at once, and paid at once in proportion: the
    /// old plan stays until it is. Less at the end of the period that is paid.
    pub async fn change(
        &self,
        customer: &CustomerId,
        request: &Change,
    ) -> Result<Changed, BillingError> {
        if self.is_default(&request.plan) {
            let ended = self.cancel(customer, &Cancel::default()).await?;
            return Ok(Changed::Scheduled { at: ended.at });
        }
        let (known, billed) = self.running(customer).await?;
        let target = self.target(customer, &billed, request).await?;
        if target.stripe_price == billed.billed_as.price {
            return match self.undo(customer).await {
                Ok(()) => Ok(Changed::Now),
                Err(BillingError::NothingToUndo) => {
                    Err(BillingError::SamePlan { plan: target.plan })
                }
                Err(error) => Err(error),
            };
        }
        if !matches!(billed.status, Status::Active | Status::Trialing) {
            return Err(BillingError::Overdue);
        }
        let subscription = self.let_go(&known, &billed.billed_as.subscription).await?;
        if billed.cancel_at.is_some() {
            // Whoever chooses what comes next does not want to leave any more.
            self.keep(&known, &subscription.id).await?;
        }
        if target.is_immediate {
            self.change_now(&known, &subscription, &billed, &target)
                .await
        } else {
            self.change_later(&known, &subscription, &billed, &target)
                .await
        }
    }

    /// What [`Self::change`] would do, to the units and to the money. Nothing is done.
    pub async fn preview(
        &self,
        customer: &CustomerId,
        request: &Change,
    ) -> Result<ChangePreview, BillingError> {
        let units = self.preview_units(customer, request).await?;
        let row = self.stripe_customer(customer).await?;
        let billed = row.and_then(|row| row.billed).filter(Billed::is_running);
        let Some(billed) = billed else {
            return Ok(ChangePreview {
                is_immediate: true,
                effective_at: self.now(),
                units,
                invoice: None,
            });
        };
        if self.is_default(&request.plan) {
            return Ok(ChangePreview {
                is_immediate: false,
                effective_at: billed.period.end,
                units,
                invoice: None,
            });
        }
        let target = self.target(customer, &billed, request).await?;
        let invoice = if target.is_immediate {
            Some(self.preview_invoice(&billed, &target).await?)
        } else {
            None
        };
        Ok(ChangePreview {
            is_immediate: target.is_immediate,
            effective_at: if target.is_immediate {
                self.now()
            } else {
                billed.period.end
            },
            units,
            invoice: invoice.map(Box::new),
        })
    }

    fn is_default(&self, plan: &PlanId) -> bool {
        let catalog = self.tollgate().catalog();
        catalog.default_plan.as_ref() == Some(plan)
            && catalog
                .plans
                .get(plan)
                .is_some_and(|plan| !plan.is_priced())
    }

    async fn preview_units(
        &self,
        customer: &CustomerId,
        request: &Change,
    ) -> Result<Preview, BillingError> {
        let request = Subscribe {
            plan: request.plan.clone(),
            price: request.price.clone(),
            when: ChangeTime::Auto,
        };
        match self.tollgate().preview(customer, &request).await {
            Ok(Decision::Granted(preview)) => Ok(preview),
            Ok(Decision::Refused(refusal)) => Err(BillingError::Refused(refusal)),
            Err(crate::error::Error::UnknownCustomer) => Err(BillingError::UnknownCustomer),
            Err(error) => Err(error.into()),
        }
    }

    /// What a change leads to and when: to a longer rhythm and to more at once, otherwise at the
    /// end of the period.
    async fn target(
        &self,
        customer: &CustomerId,
        billed: &Billed,
        request: &Change,
    ) -> Result<Target, BillingError> {
        let (plan, price_id, price) = self.for_sale(&request.plan, request.price.as_ref())?;
        let stripe_price =
            price
                .stripe_price
                .clone()
                .ok_or_else(|| BillingError::NoStripePrice {
                    plan: plan.id.clone(),
                })?;
        let is_immediate = if price.interval == billed.interval {
            let wanted = Change {
                plan: plan.id.clone(),
                price: Some(price_id),
            };
            self.preview_units(customer, &wanted).await?.direction == Direction::Upgrade
        } else {
            price.interval > billed.interval
        };
        Ok(Target {
            plan: plan.id.clone(),
            price,
            stripe_price,
            is_immediate,
        })
    }

    async fn change_now(
        &self,
        known: &Known,
        subscription: &Subscription,
        billed: &Billed,
        target: &Target,
    ) -> Result<Changed, BillingError> {
        let customer = &known.row.customer;
        let params = UpdateSubscription {
            items: vec![item(subscription, billed, target)],
            payment_behavior: Some(PaymentBehavior::PendingIfIncomplete),
            proration_behavior: Some(Proration::AlwaysInvoice),
            expand: vec!["latest_invoice".to_owned()],
            ..UpdateSubscription::default()
        };
        let what = format!(
            "change-{}-{}-{}",
            subscription.id, known.row.version, target.stripe_price
        );
        let changed = self
            .stripe()
            .update_subscription(&subscription.id, &params, &self.key(&what))
            .await?;
        self.sync_customer(customer, None).await?;
        let row = self.stripe_customer(customer).await?;
        let holds = row
            .and_then(|row| row.billed)
            .is_some_and(|billed| billed.billed_as.price == target.stripe_price);
        if holds {
            return Ok(Changed::Now);
        }
        let invoice = changed.latest_invoice.as_ref().and_then(|it| it.object());
        Ok(Changed::AwaitsPayment {
            url: invoice
                .and_then(|invoice| invoice.hosted_invoice_url.as_ref())
                .map(|url| url.expose().to_owned()),
        })
    }

    async fn change_later(
        &self,
        known: &Known,
        subscription: &Subscription,
        billed: &Billed,
        target: &Target,
    ) -> Result<Changed, BillingError> {
        let what = format!("schedule-{}-{}", subscription.id, known.row.version);
        let params = CreateSchedule {
            from_subscription: Some(subscription.id.clone()),
            ..CreateSchedule::default()
        };
        let schedule = self
            .stripe()
            .create_schedule(&params, &self.key(&what))
            .await?;
        let current = schedule.current_period();
        let start = current.map_or(billed.period.start.as_seconds(), |period| period.start);
        let end = billed.period.end.as_seconds();
        let phase = |price: &str| PhaseItemParams {
            price: Some(price.to_owned()),
            quantity: Some(1),
        };
        let params = UpdateSchedule {
            end_behavior: Some(ScheduleEnd::Release),
            phases: vec![
                PhaseParams {
                    items: vec![phase(&billed.billed_as.price)],
                    start_date: Some(start),
                    end_date: Some(end),
                    ..PhaseParams::default()
                },
                PhaseParams {
                    items: vec![phase(&target.stripe_price)],
                    duration: Some(tollgate_stripe::PhaseDuration {
                        interval: interval(target.price.interval),
                        interval_count: Some(1),
                    }),
                    proration_behavior: Some(Proration::None),
                    ..PhaseParams::default()
                },
            ],
            ..UpdateSchedule::default()
        };
        let what = format!("phases-{}-{}", schedule.id, target.stripe_price);
        self.stripe()
            .update_schedule(&schedule.id, &params, &self.key(&what))
            .await?;
        self.sync_customer(&known.row.customer, None).await?;
        let row = self.stripe_customer(&known.row.customer).await?;
        let pending = row.and_then(|row| row.billed?.pending);
        Ok(Changed::Scheduled {
            at: pending.map_or(billed.period.end, |pending| pending.at),
        })
    }

    async fn preview_invoice(
        &self,
        billed: &Billed,
        target: &Target,
    ) -> Result<Invoice, BillingError> {
        let id = &billed.billed_as.subscription;
        let subscription = self.stripe().subscription(id, &[]).await?;
        let params = CreatePreview {
            subscription: Some(id.clone()),
            subscription_details: Some(PreviewSubscription {
                items: vec![item(&subscription, billed, target)],
                proration_behavior: Some(Proration::AlwaysInvoice),
                ..PreviewSubscription::default()
            }),
            ..CreatePreview::default()
        };
        let what = format!("preview-{id}-{:x}", self.random());
        Ok(self
            .stripe()
            .create_preview(&params, &self.key(&what))
            .await?)
    }
}

/// The item of the subscription at its new price.
fn item(subscription: &Subscription, billed: &Billed, target: &Target) -> ItemParams {
    let present = subscription.item_of(&billed.billed_as.price);
    ItemParams {
        id: present.map(|item| item.id.clone()),
        price: Some(target.stripe_price.clone()),
        quantity: Some(1),
        ..ItemParams::default()
    }
}
