//! Letting a customer into Stripe's own billing portal.

use super::{Billing, BillingError};
use tollgate_core::id::CustomerId;
use tollgate_stripe::CreatePortalSession;

impl Billing {
    /// The address of a visit to the portal, for the customer alone.
    pub async fn portal(
        &self,
        customer: &CustomerId,
        return_url: &str,
    ) -> Result<String, BillingError> {
        self.options().check_return_url("return_url", return_url)?;
        let known = self.known(customer).await?;
        let params = CreatePortalSession {
            customer: known.id.clone(),
            return_url: Some(return_url.to_owned()),
            ..CreatePortalSession::default()
        };
        // Every visit is one of its own.
        let key = self.key(&format!("portal-{}-{:x}", known.id, self.random()));
        let visit = self.stripe().create_portal_session(&params, &key).await?;
        visit
            .url
            .map(|url| url.expose().to_owned())
            .ok_or(BillingError::NoBillingAccount)
    }
}
