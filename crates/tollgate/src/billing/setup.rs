//! Makes Stripe's products and prices what the catalog says: looks first, creates what is missing.

use super::{Billing, BillingError};
use serde::Serialize;
use std::sync::Arc;
use tollgate_core::catalog::Catalog;
use tollgate_core::id::{PlanId, PriceId};
use tollgate_core::plan::{Plan, Price};
use tollgate_stripe::translate::interval;
use tollgate_stripe::{
    CreatePrice, CreateProduct, ListPrices, Price as StripePrice, RecurringParams, StripeError,
};

/// What is or was to be done about one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SetupAction {
    /// The catalog names it, and it is what the catalog says.
    Matches,
    /// It was found under its lookup key.
    Found,
    /// There is none: it is created.
    Create,
    /// Stripe has one by that name that costs something else, or is archived. What costs
    /// something else is another price: a new one takes its lookup key.
    Replace,
    /// The catalog names a price that is not what it says: nobody but its author can decide.
    Differs,
}

/// One price of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetupStep {
    /// The plan.
    pub plan: PlanId,
    /// The price.
    pub price: PriceId,
    /// What it costs, in words.
    pub costs: String,
    /// What is or was to be done.
    pub action: SetupAction,
    /// Stripe's price, once there is one.
    pub stripe_price: Option<String>,
    /// What there is to say about a difference.
    pub note: Option<String>,
}

impl Billing {
    /// Compares the prices of the catalog with Stripe's. With `apply` what is missing is created,
    /// and the catalog learns Stripe's ids; without, nothing is changed anywhere.
    pub async fn setup(&self, apply: bool) -> Result<Vec<SetupStep>, BillingError> {
        let catalog = self.tollgate().catalog();
        let mut steps = Vec::new();
        for plan in catalog.plans_by_price() {
            for (id, price) in &plan.prices {
                let mut step = self.look(plan, id, price).await?;
                if apply && matches!(step.action, SetupAction::Create | SetupAction::Replace) {
                    step.stripe_price = Some(self.create(plan, id, price).await?);
                }
                steps.push(step);
            }
        }
        if apply {
            self.learn(&catalog, &steps).await?;
        }
        Ok(steps)
    }

    async fn look(
        &self,
        plan: &Plan,
        id: &PriceId,
        price: &Price,
    ) -> Result<SetupStep, BillingError> {
        let step = |action, stripe_price: Option<String>, note| SetupStep {
            plan: plan.id.clone(),
            price: id.clone(),
            costs: price.to_string(),
            action,
            stripe_price,
            note,
        };
        if let Some(named) = &price.stripe_price {
            return match self.stripe().price(named).await {
                Ok(found) => Ok(match difference(price, &found) {
                    None => step(SetupAction::Matches, Some(found.id), None),
                    Some(note) => step(SetupAction::Differs, Some(found.id), Some(note)),
                }),
                Err(error) if error.is_missing() => Ok(step(
                    SetupAction::Differs,
                    None,
                    Some(format!("Stripe has no price {named}")),
                )),
                Err(error) => Err(error.into()),
            };
        }
        let request = ListPrices {
            lookup_keys: vec![lookup_key(plan, id)],
            ..ListPrices::default()
        };
        let found = self
            .stripe()
            .list_all(&request, 1)
            .await?
            .items
            .into_iter()
            .next();
        Ok(match found {
            None => step(SetupAction::Create, None, None),
            Some(found) => match difference(price, &found) {
                None => step(SetupAction::Found, Some(found.id), None),
                Some(note) => step(SetupAction::Replace, None, Some(note)),
            },
        })
    }

    async fn create(
        &self,
        plan: &Plan,
        id: &PriceId,
        price: &Price,
    ) -> Result<String, BillingError> {
        let product = self.product(plan).await?;
        let params = CreatePrice {
            currency: price.amount.currency.as_str().to_owned(),
            unit_amount: i64::try_from(price.amount.minor).ok(),
            product: Some(product),
            recurring: Some(RecurringParams {
                interval: interval(price.interval),
                interval_count: Some(1),
            }),
            lookup_key: Some(lookup_key(plan, id)),
            transfer_lookup_key: Some(true),
            nickname: Some(format!("{} {id}", plan.name)),
            metadata: [
                ("tollgate_plan".to_owned(), plan.id.to_string()),
                ("tollgate_price".to_owned(), id.to_string()),
            ]
            .into(),
            ..CreatePrice::default()
        };
        let what = format!(
            "price-{}-{id}-{}-{}-{:?}",
            plan.id,
            price.amount.minor,
            price.amount.currency.as_str(),
            price.interval
        );
        Ok(self
            .stripe()
            .create_price(&params, &self.key(&what))
            .await?
            .id)
    }

    /// The plan's product, which has an id of our choice, so that it is found again.
    async fn product(&self, plan: &Plan) -> Result<String, BillingError> {
        let id = format!("tollgate_{}_{}", self.0.installation, plan.id);
        match self.stripe().product(&id).await {
            Ok(found) => return Ok(found.id),
            Err(error) if error.is_missing() => {}
            Err(error) => return Err(error.into()),
        }
        let params = CreateProduct {
            id: Some(id.clone()),
            name: plan.name.clone(),
            description: Some(plan.description.clone()).filter(|text| !text.is_empty()),
            metadata: [("tollgate_plan".to_owned(), plan.id.to_string())].into(),
            ..CreateProduct::default()
        };
        let key = self.key(&format!("product-{}-{:x}", plan.id, self.random()));
        match self.stripe().create_product(&params, &key).await {
            Ok(made) => Ok(made.id),
            // Somebody else was faster.
            Err(StripeError::Refused(refusal))
                if refusal.code.as_deref() == Some("resource_already_exists") =>
            {
                Ok(id)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Puts Stripe's ids into the catalog.
    async fn learn(&self, catalog: &Arc<Catalog>, steps: &[SetupStep]) -> Result<(), BillingError> {
        let mut learned = Catalog::clone(catalog);
        for step in steps {
            let Some(plan) = learned.plans.get_mut(&step.plan) else {
                continue;
            };
            if let Some(price) = Arc::make_mut(plan).prices.get_mut(&step.price)
                && price.stripe_price.is_none()
            {
                price.stripe_price.clone_from(&step.stripe_price);
            }
        }
        if learned != **catalog {
            self.tollgate().apply_catalog(learned).await?;
        }
        Ok(())
    }
}

/// The name under which a price is found again.
fn lookup_key(plan: &Plan, price: &PriceId) -> String {
    format!("tollgate_{}_{price}", plan.id)
}

/// In what a price in Stripe is not what the catalog says.
fn difference(price: &Price, found: &StripePrice) -> Option<String> {
    let amount = i64::try_from(price.amount.minor).ok();
    if found.unit_amount != amount {
        return Some(format!(
            "it costs {} in Stripe, {} in the catalog",
            found.unit_amount.unwrap_or_default(),
            price.amount.minor
        ));
    }
    let currency = found.currency.as_deref().map(str::to_ascii_lowercase);
    if currency.as_deref() != Some(price.amount.currency.as_str()) {
        return Some("it is in another currency in Stripe".to_owned());
    }
    let recurring = found.recurring.as_ref();
    let fits = recurring.is_some_and(|recurring| {
        recurring.interval == interval(price.interval) && recurring.interval_count.unwrap_or(1) == 1
    });
    if !fits {
        return Some("it is paid in another rhythm in Stripe".to_owned());
    }
    (!found.active).then(|| "it is archived in Stripe".to_owned())
}
