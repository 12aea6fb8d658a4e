//! Sending a customer to Stripe's payment page: one open page of each kind for each customer.

use super::customer::{Contact, Known, TRIES_MAX};
use super::sync::Synced;
use super::{Billing, BillingError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tollgate_core::id::{CustomerId, PlanId, PriceId, TopUpId};
use tollgate_core::money::Money;
use tollgate_core::plan::{Plan, Price};
use tollgate_core::time::Timestamp;
use tollgate_store::checkout::{self, Checkout, CheckoutKind};
use tollgate_store::id::{CheckoutId, PaymentId};
use tollgate_store::payment::{self, PaymentStatus};
use tollgate_store::stripe_id::{self, Owner};
use tollgate_stripe::{
    AutomaticTax, CheckoutDiscount, CheckoutLineItem, CheckoutMode, CheckoutSession,
    CheckoutStatus, CheckoutSubscription, CreateCheckoutSession, CustomerUpdate,
    ListPromotionCodes, MissingPaymentMethod, PaymentIntentData, PaymentMethodCollection,
    PriceData, ProductData, StripeError, TrialEndBehavior, TrialSettings,
};

/// A page that ends sooner than this is not handed out again.
const PAGE_SECONDS_LEFT: i64 = 60;

/// A plan to be paid.
#[derive(Clone, Debug)]
pub struct SubscriptionCheckout {
    /// The plan.
    pub plan: PlanId,
    /// The price; `None` for the plan's only or monthly one.
    pub price: Option<PriceId>,
    /// A promotion code, as the customer typed it.
    pub promotion_code: Option<String>,
    /// Where the customer goes afterwards.
    pub success_url: String,
    /// Where the customer goes to leave.
    pub cancel_url: String,
}

/// A payment page that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Stripe's session.
    pub session: String,
    /// The page. Whoever has this link can pay.
    pub url: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The payment, for units bought once.
    pub payment: Option<PaymentId>,
}

/// What a page is for, as it is kept until it is paid: the same again leads to the same page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    /// A plan.
    Plan {
        plan: PlanId,
        price: PriceId,
        stripe_price: String,
        trial_days: u32,
        promotion_code: Option<String>,
    },
    /// Units.
    Units {
        topup: TopUpId,
        name: String,
        unit_amount: Money,
        quantity: u64,
    },
}

/// A page that is wanted, with where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageRequest {
    pub(super) wanted: Wanted,
    pub(super) success_url: String,
    pub(super) cancel_url: String,
}

impl Wanted {
    pub(super) fn kind(&self) -> CheckoutKind {
        match self {
            Wanted::Plan { .. } => CheckoutKind::Subscription,
            Wanted::Units { .. } => CheckoutKind::TopUp,
        }
    }
}

impl Billing {
    /// Opens the payment page of a plan. A customer who has a page for the same open gets that
    /// one; one who pays a subscription already is refused.
    pub async fn checkout(
        &self,
        customer: &CustomerId,
        contact: &Contact,
        request: &SubscriptionCheckout,
    ) -> Result<Opened, BillingError> {
        let (plan, price_id, price) = self.for_sale(&request.plan, request.price.as_ref())?;
        self.check_return_urls(&request.success_url, &request.cancel_url)?;
        let stripe_price =
            price
                .stripe_price
                .clone()
                .ok_or_else(|| BillingError::NoStripePrice {
                    plan: plan.id.clone(),
                })?;
        let promotion_code = match &request.promotion_code {
            Some(code) => Some(self.promotion_code(code).await?),
            None => None,
        };
        for _ in 0..TRIES_MAX {
            let known = self.ensure_customer(customer, contact).await?;
            // What an event has yet to tell counts already: nobody pays twice.
            if let Synced::Contradiction(_, problem) = self.sync_customer(customer, None).await? {
                tracing::error!(%customer, problem, "what Stripe says of a customer is not understood");
            }
            let known = match self.known(customer).await {
                Ok(now) => Known {
                    row: now.row,
                    ..known
                },
                // Deleted in Stripe: the next round makes another.
                Err(BillingError::NoBillingAccount) => continue,
                Err(error) => return Err(error),
            };
            if let Some(billed) = known
                .row
                .billed
                .as_ref()
                .filter(|billed| billed.is_running())
            {
                return Err(BillingError::AlreadySubscribed {
                    plan: billed.plan.clone(),
                });
            }
            let trial_days = if known.row.had_trial {
                0
            } else {
                plan.trial_days
            };
            let page = PageRequest {
                wanted: Wanted::Plan {
                    plan: plan.id.clone(),
                    price: price_id.clone(),
                    stripe_price: stripe_price.clone(),
                    trial_days,
                    promotion_code: promotion_code.clone(),
                },
                success_url: request.success_url.clone(),
                cancel_url: request.cancel_url.clone(),
            };
            // When it was paid meanwhile, the next round sees the subscription.
            if let Some(opened) = self.open_page(&known, &page).await? {
                return Ok(opened);
            }
        }
        Err(BillingError::Contended)
    }

    /// What has become of a payment page of the customer's, by Stripe's word of now, which is
    /// applied. Never by the word of whoever comes back from it: that one may only ask.
    pub async fn checkout_status(
        &self,
        customer: &CustomerId,
        session: &str,
    ) -> Result<Option<CheckoutSession>, BillingError> {
        let owner = self.owner_of(session).await?;
        if owner.is_none_or(|owner| owner.customer != *customer) {
            return Ok(None);
        }
        let _ = self.sync_checkout(session, None).await?;
        Ok(Some(self.stripe().checkout_session(session, &[]).await?))
    }

    /// A plan that can be bought, at the price that was named or its usual one.
    pub(super) fn for_sale(
        &self,
        plan: &PlanId,
        price: Option<&PriceId>,
    ) -> Result<(Arc<Plan>, PriceId, Price), BillingError> {
        let catalog = self.tollgate().catalog();
        let found = catalog
            .plans
            .get(plan)
            .filter(|plan| plan.is_active)
            .and_then(|plan| {
                let (id, found) = match price {
                    Some(id) => plan.prices.get_key_value(id)?,
                    None => plan.usual_price()?,
                };
                Some((Arc::clone(plan), id.clone(), found.clone()))
            });
        found.ok_or_else(|| BillingError::NotForSale {
            for_sale: catalog.for_sale().map(|plan| plan.id.clone()).collect(),
        })
    }

    pub(super) fn check_return_urls(
        &self,
        success: &str,
        cancel: &str,
    ) -> Result<(), BillingError> {
        self.options().check_return_url("success_url", success)?;
        self.options().check_return_url("cancel_url", cancel)?;
        Ok(())
    }

    async fn promotion_code(&self, code: &str) -> Result<String, BillingError> {
        let request = ListPromotionCodes {
            active: Some(true),
            code: Some(code.to_owned()),
            ..ListPromotionCodes::default()
        };
        let found = self.stripe().list_all(&request, 1).await?;
        let found = found.items.into_iter().next().map(|found| found.id);
        found.ok_or_else(|| BillingError::PromotionCode(code.to_owned()))
    }

    /// The open page for what is wanted: the one that there is, or a new one after the one for
    /// something else was closed. `None` when the page that there was has been paid.
    pub(super) async fn open_page(
        &self,
        known: &Known,
        request: &PageRequest,
    ) -> Result<Option<Opened>, BillingError> {
        let wanted = serde_json::to_string(request).expect("its keys are names");
        for _ in 0..TRIES_MAX {
            let begun = self.begin_checkout(known, request, &wanted).await?;
            let session = match &begun.session {
                Some(session) => match self.stripe().checkout_session(session, &[]).await {
                    Ok(session) => session,
                    // It was made in another account, or forgotten there.
                    Err(error) if error.is_missing() => {
                        self.give_up(&begun).await?;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
                // Whoever finds a checkout without its page makes that, whatever it is for: it may
                // have been made already, and the answer lost.
                None => match self.make_page(known, &begun).await? {
                    Some(session) => session,
                    None => return Ok(None),
                },
            };
            let is_same = begun.request == wanted && !self.ends_soon(&session);
            match (&session.status, &session.url) {
                (Some(CheckoutStatus::Open), Some(url)) if is_same => {
                    return Ok(Some(Opened {
                        session: session.id.clone(),
                        url: url.expose().to_owned(),
                        expires_at: session.expires_at.map(Timestamp::from_seconds),
                        payment: begun.payment,
                    }));
                }
                (Some(CheckoutStatus::Open), _) => self.expire_page(&session).await?,
                _ => {}
            }
            let is_paid = session.status == Some(CheckoutStatus::Complete);
            let _ = self.sync_checkout(&session.id, None).await?;
            self.close_checkout(&known.row.customer, begun.kind, &session.id)
                .await?;
            if is_paid && begun.kind == CheckoutKind::Subscription {
                return Ok(None);
            }
        }
        Err(BillingError::Contended)
    }

    fn ends_soon(&self, session: &CheckoutSession) -> bool {
        session
            .expires_at
            .is_some_and(|end| end < self.now().as_seconds() + PAGE_SECONDS_LEFT)
    }

    /// The customer's open checkout of this kind, begun now if there is none.
    async fn begin_checkout(
        &self,
        known: &Known,
        request: &PageRequest,
        wanted: &str,
    ) -> Result<Checkout, BillingError> {
        let now = self.now();
        let customer = &known.row.customer;
        let payment = match &request.wanted {
            Wanted::Plan { .. } => None,
            Wanted::Units {
                topup,
                name,
                unit_amount,
                quantity,
            } => Some(self.new_payment(customer, topup, name, (*unit_amount, *quantity), now)?),
        };
        let checkout = Checkout {
            id: CheckoutId::new(now, self.random()),
            customer: customer.clone(),
            kind: request.wanted.kind(),
            request: wanted.to_owned(),
            payment: payment.as_ref().map(|payment| payment.id),
            session: None,
            url: None,
            created_at: now,
            expires_at: None,
        };
        let begun = self
            .tollgate()
            .store()
            .transaction(|transaction| {
                let (checkout, payment) = (checkout.clone(), payment.clone());
                Box::pin(async move {
                    let begun = checkout::find_or_add(transaction, &checkout).await?;
                    if let Some(payment) = payment.filter(|_| begun.id == checkout.id) {
                        payment::insert(transaction, &payment).await?;
                    }
                    Ok(begun)
                })
            })
            .await?;
        Ok(begun)
    }

    /// Has Stripe make the page of a checkout, once, and notes whose it is. `None` when the
    /// customer is gone in Stripe.
    async fn make_page(
        &self,
        known: &Known,
        checkout: &Checkout,
    ) -> Result<Option<CheckoutSession>, BillingError> {
        let params = self.page_params(known, checkout)?;
        let key = self.key(&checkout.id.to_string());
        let session = match self.stripe().create_checkout_session(&params, &key).await {
            Ok(session) => session,
            Err(StripeError::Refused(refusal)) => {
                // The same would be refused again under this key: the next try is another.
                self.give_up(checkout).await?;
                let customer_is_gone =
                    refusal.is_missing() && refusal.param.as_deref() == Some("customer");
                if customer_is_gone {
                    return Ok(None);
                }
                return Err(StripeError::Refused(refusal).into());
            }
            Err(error) => return Err(error.into()),
        };
        let opened = Checkout {
            session: Some(session.id.clone()),
            url: session.url.as_ref().map(|url| url.expose().to_owned()),
            expires_at: session.expires_at.map(Timestamp::from_seconds),
            ..checkout.clone()
        };
        self.tollgate()
            .store()
            .transaction(|transaction| {
                let opened = opened.clone();
                Box::pin(async move {
                    let owner = Owner {
                        customer: opened.customer.clone(),
                        payment: opened.payment,
                    };
                    let id = opened.session.as_deref().unwrap_or_default();
                    stripe_id::add(transaction, id, &owner).await?;
                    checkout::opened(transaction, &opened).await?;
                    if let Some(id) = opened.payment
                        && let Some(found) =
                            payment::find(transaction, &opened.customer, id).await?
                    {
                        let with_session = payment::Payment {
                            stripe_session: opened.session.clone(),
                            ..found
                        };
                        payment::update(transaction, &with_session).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(Some(session))
    }

    /// Nothing will come of a checkout.
    async fn give_up(&self, checkout: &Checkout) -> Result<(), BillingError> {
        let now = self.now();
        self.tollgate()
            .store()
            .transaction(|transaction| {
                let checkout = checkout.clone();
                Box::pin(async move {
                    checkout::close(transaction, &checkout).await?;
                    if let Some(id) = checkout.payment
                        && let Some(found) =
                            payment::find(transaction, &checkout.customer, id).await?
                    {
                        let failed = payment::Payment {
                            status: PaymentStatus::Failed,
                            updated_at: now,
                            ..found
                        };
                        payment::update(transaction, &failed).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(())
    }

    /// Closes a page that is no longer wanted. One that was paid in the same instant stays paid.
    async fn expire_page(&self, session: &CheckoutSession) -> Result<(), BillingError> {
        let key = self.key(&format!("expire-{}", session.id));
        match self
            .stripe()
            .expire_checkout_session(&session.id, &key)
            .await
        {
            Ok(_) | Err(StripeError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What Stripe is told of a page: made of what is stored alone, so that it is the same at
    /// every try.
    fn page_params(
        &self,
        known: &Known,
        checkout: &Checkout,
    ) -> Result<CreateCheckoutSession, BillingError> {
        let request: PageRequest = serde_json::from_str(&checkout.request).map_err(|source| {
            tollgate_store::StoreError::Corrupt {
                table: "checkouts",
                column: "request",
                id: checkout.id.to_string(),
                source: source.into(),
            }
        })?;
        let options = self.options();
        let customer = checkout.customer.to_string();
        let mut metadata = std::collections::BTreeMap::from([
            ("tollgate_customer".to_owned(), customer.clone()),
            ("tollgate_checkout".to_owned(), checkout.id.to_string()),
        ]);
        if let Some(payment) = checkout.payment {
            metadata.insert("tollgate_payment".to_owned(), payment.to_string());
        }
        let mut params = CreateCheckoutSession {
            customer: Some(known.id.clone()),
            client_reference_id: Some(customer),
            success_url: Some(request.success_url),
            cancel_url: Some(request.cancel_url),
            metadata: metadata.clone(),
            ..CreateCheckoutSession::default()
        };
        if options.automatic_tax {
            params.automatic_tax = Some(AutomaticTax { enabled: true });
            params.customer_update = Some(CustomerUpdate {
                address: Some("auto".to_owned()),
                name: None,
            });
        }
        match request.wanted {
            Wanted::Plan {
                stripe_price,
                trial_days,
                promotion_code,
                ..
            } => {
                params.mode = CheckoutMode::Subscription;
                params.line_items = vec![CheckoutLineItem {
                    price: Some(stripe_price),
                    quantity: Some(1),
                    ..CheckoutLineItem::default()
                }];
                match promotion_code {
                    Some(id) => {
                        params.discounts = vec![CheckoutDiscount {
                            promotion_code: Some(id),
                            ..CheckoutDiscount::default()
                        }];
                    }
                    None => {
                        params.allow_promotion_codes = options.promotion_codes.then_some(true);
                    }
                }
                let has_trial = trial_days > 0;
                if has_trial && !options.trial_needs_card {
                    params.payment_method_collection = Some(PaymentMethodCollection::IfRequired);
                }
                params.subscription_data = Some(CheckoutSubscription {
                    metadata,
                    trial_period_days: has_trial.then_some(trial_days),
                    trial_settings: has_trial.then_some(TrialSettings {
                        end_behavior: TrialEndBehavior {
                            missing_payment_method: MissingPaymentMethod::Cancel,
                        },
                    }),
                    ..CheckoutSubscription::default()
                });
            }
            Wanted::Units {
                name,
                unit_amount,
                quantity,
                ..
            } => {
                params.mode = CheckoutMode::Payment;
                params.line_items = vec![CheckoutLineItem {
                    price_data: Some(PriceData {
                        currency: unit_amount.currency.as_str().to_owned(),
                        unit_amount: unit_amount.minor,
                        product_data: ProductData { name: name.clone() },
                    }),
                    quantity: Some(quantity),
                    ..CheckoutLineItem::default()
                }];
                params.payment_intent_data = Some(PaymentIntentData {
                    description: Some(format!("{quantity} × {name}")),
                    metadata,
                    ..PaymentIntentData::default()
                });
            }
        }
        Ok(params)
    }
}
