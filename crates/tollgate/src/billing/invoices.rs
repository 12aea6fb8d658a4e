//! The invoices of a customer, and the one that comes next.

use super::{Billing, BillingError};
use tollgate_core::billing::Billed;
use tollgate_core::id::CustomerId;
use tollgate_stripe::{CreatePreview, Invoice, ListInvoices, Page, PageOf};

impl Billing {
    /// Up to `limit` (100 at most) invoices of a customer after `after`, the newest first. A
    /// customer who was never sent to Stripe has none.
    pub async fn invoices(
        &self,
        customer: &CustomerId,
        after: Option<&str>,
        limit: u8,
    ) -> Result<PageOf<Invoice>, BillingError> {
        let known = match self.known(customer).await {
            Ok(known) => known,
            Err(BillingError::NoBillingAccount) => return Ok(PageOf::default()),
            Err(error) => return Err(error),
        };
        let request = ListInvoices {
            customer: Some(known.id),
            ..ListInvoices::default()
        };
        let page = Page {
            limit: Some(limit),
            starting_after: after.map(ToOwned::to_owned),
            ending_before: None,
        };
        match self.stripe().list(&request, &page).await {
            Ok(page) => Ok(page),
            Err(error) if error.is_missing() => Ok(PageOf::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// What Stripe will charge next; `None` where nothing will be.
    pub async fn next_invoice(
        &self,
        customer: &CustomerId,
    ) -> Result<Option<Invoice>, BillingError> {
        let row = self.stripe_customer(customer).await?;
        let billed = row.and_then(|row| row.billed);
        let Some(billed) =
            billed.filter(|billed| billed.is_running() && billed.cancel_at.is_none())
        else {
            return Ok(None);
        };
        let Billed { billed_as, .. } = billed;
        let params = CreatePreview {
            customer: Some(billed_as.customer),
            subscription: Some(billed_as.subscription.clone()),
            ..CreatePreview::default()
        };
        // Nothing is done by it, and each asks anew.
        let what = format!("next-{}-{:x}", billed_as.subscription, self.random());
        match self
            .stripe()
            .create_preview(&params, &self.key(&what))
            .await
        {
            Ok(invoice) => Ok(Some(invoice)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
