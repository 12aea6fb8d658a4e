//! Buying units once.

use super::checkout::{Opened, PageRequest, Wanted};
use super::customer::{Contact, TRIES_MAX};
use super::{Billing, BillingError};
use tollgate_core::account::GRANTS_MAX;
use tollgate_core::billing::Dispute;
use tollgate_core::catalog::{Catalog, TopUp};
use tollgate_core::decision::{Reason, Refusal};
use tollgate_core::id::{CustomerId, TopUpId};
use tollgate_core::money::Money;
use tollgate_core::time::Timestamp;
use tollgate_store::id::PaymentId;
use tollgate_store::payment::{self, Payment, PaymentStatus};

/// The most minor units that one payment can be of, in Stripe.
const AMOUNT_MAX: u64 = 99_999_999;

/// Grants that an account must still have room for: what a reset and open pages may bring.
const ROOM: usize = 16;

/// Units to be bought.
#[derive(Clone, Debug)]
pub struct TopUpCheckout {
    /// What, as the catalog names it; `None` where there is only one.
    pub topup: Option<String>,
    /// How many units.
    pub quantity: u64,
    /// Where the customer goes afterwards.
    pub success_url: String,
    /// Where the customer goes to leave.
    pub cancel_url: String,
}

impl Billing {
    /// Opens the payment page of units. No subscription is needed to buy them.
    pub async fn purchase(
        &self,
        customer: &CustomerId,
        contact: &Contact,
        request: &TopUpCheckout,
    ) -> Result<Opened, BillingError> {
        let catalog = self.tollgate().catalog();
        let (id, topup) = find_topup(&catalog, request.topup.as_deref())?;
        let quantity = request.quantity;
        if !(topup.quantity_min..=topup.quantity_max).contains(&quantity) {
            return Err(BillingError::Quantity {
                quantity,
                min: topup.quantity_min,
                max: topup.quantity_max,
            });
        }
        self.check_return_urls(&request.success_url, &request.cancel_url)?;
        self.check_room(customer).await?;
        let page = PageRequest {
            wanted: Wanted::Units {
                topup: id.clone(),
                name: topup.name.clone(),
                unit_amount: topup.unit_amount,
                quantity,
            },
            success_url: request.success_url.clone(),
            cancel_url: request.cancel_url.clone(),
        };
        for _ in 0..TRIES_MAX {
            let known = self.ensure_customer(customer, contact).await?;
            match self.open_page(&known, &page).await? {
                Some(opened) => return Ok(opened),
                // The customer is gone in Stripe: the next round makes another.
                None => drop(self.sync_customer(customer, None).await?),
            }
        }
        Err(BillingError::Contended)
    }

    /// Nobody pays for units that their account could not take: only so many grants can be live.
    async fn check_room(&self, customer: &CustomerId) -> Result<(), BillingError> {
        let account = self.tollgate().account(customer).await?;
        let live = account.map_or(0, |account| account.grants().len());
        if live + ROOM > GRANTS_MAX {
            let refusal = Refusal::bare(Reason::TooMany);
            return Err(BillingError::Refused(Box::new(refusal)));
        }
        Ok(())
    }

    /// The payments of a customer, the newest first.
    pub async fn payments(
        &self,
        customer: &CustomerId,
        before: Option<PaymentId>,
        limit: u32,
    ) -> Result<Vec<Payment>, BillingError> {
        let mut reader = self.tollgate().store().read().await?;
        Ok(payment::list(&mut reader, customer, before, limit).await?)
    }

    /// A payment that is about to be asked for.
    pub(super) fn new_payment(
        &self,
        customer: &CustomerId,
        topup: &TopUpId,
        name: &str,
        (unit, quantity): (Money, u64),
        now: Timestamp,
    ) -> Result<Payment, BillingError> {
        let too_large = || BillingError::AmountTooLarge { quantity, unit };
        let amount = unit.times(quantity).ok_or_else(too_large)?;
        if amount.minor > AMOUNT_MAX {
            return Err(too_large());
        }
        let catalog = self.tollgate().catalog();
        let (_, known) = find_topup(&catalog, Some(topup.as_str()))?;
        Ok(Payment {
            id: PaymentId::new(now, self.random()),
            customer: customer.clone(),
            topup: topup.clone(),
            meter: known.meter.clone(),
            amount,
            quantity,
            description: format!("{quantity} × {name}"),
            status: PaymentStatus::Pending,
            stripe_session: None,
            stripe_payment_intent: None,
            expires_at: None,
            purchased: None,
            owed: 0,
            refunded: 0,
            dispute: Dispute::None,
            created_at: now,
            updated_at: now,
        })
    }
}

/// The top-up of that name, or the only one.
fn find_topup<'c>(
    catalog: &'c Catalog,
    named: Option<&str>,
) -> Result<(&'c TopUpId, &'c TopUp), BillingError> {
    let found = match named {
        Some(name) => catalog.topups.iter().find(|(id, _)| id.as_str() == name),
        None if catalog.topups.len() == 1 => catalog.topups.iter().next(),
        None => None,
    };
    found.ok_or_else(|| BillingError::UnknownTopUp {
        named: named.map(ToOwned::to_owned),
        for_sale: catalog.topups.keys().cloned().collect(),
    })
}
