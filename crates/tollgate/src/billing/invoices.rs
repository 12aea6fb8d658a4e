//! The invoices of a customer.

use super::{Billing, BillingError};
use tollgate_core::id::CustomerId;
use tollgate_stripe::{Invoice, ListInvoices, Page, PageOf};

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
}
