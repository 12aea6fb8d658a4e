//! Portal sessions: Stripe's own pages on which a customer sees and changes what they pay.

use crate::client::Client;
use crate::error::StripeError;
use crate::idempotency::IdempotencyKey;
use crate::private::Private;
use serde::Serialize;

open_enum! {
    /// What the portal opens with.
    pub PortalFlowKind {
        /// To change the payment method.
        PaymentMethodUpdate = "payment_method_update",
        /// To cancel a subscription.
        SubscriptionCancel = "subscription_cancel",
        /// To change a subscription.
        SubscriptionUpdate = "subscription_update",
    }
}

object! {
    /// A customer's visit to the portal.
    PortalSession = "a portal session" {
        /// Whose it is.
        customer: Option<String>,
        /// Where the portal is, for this customer. Whoever has this link is taken for them.
        url: Option<Private>,
        /// Where the customer goes to leave.
        return_url: Option<String>,
        /// When it was created.
        created: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
    }
}

/// A new visit to the portal.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreatePortalSession {
    /// Whose it is.
    pub customer: String,
    /// Where the customer goes to leave.
    pub return_url: Option<String>,
    /// What the portal offers: the id of a configuration.
    pub configuration: Option<String>,
    /// What it opens with.
    pub flow_data: Option<PortalFlow>,
    /// The pages' language.
    pub locale: Option<String>,
}

/// What the portal opens with.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PortalFlow {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: PortalFlowKind,
    /// What is cancelled.
    pub subscription_cancel: Option<SubscriptionOfFlow>,
    /// What is changed.
    pub subscription_update: Option<SubscriptionOfFlow>,
}

/// The subscription that the portal opens with.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SubscriptionOfFlow {
    /// Its id.
    pub subscription: String,
}

impl Client {
    /// Lets a customer into the portal.
    pub async fn create_portal_session(
        &self,
        params: &CreatePortalSession,
        key: &IdempotencyKey,
    ) -> Result<PortalSession, StripeError> {
        self.post(&["billing_portal", "sessions"], params, key)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_does_not_show() {
        let text =
            r#"{"id":"bps_1","customer":"cus_1","url":"https://billing.stripe.com/p/hidden"}"#;
        let session: PortalSession = serde_json::from_str(text).unwrap();
        assert!(!format!("{session:?}").contains("hidden"));
        assert!(session.url.unwrap().expose().ends_with("hidden"));
    }
}
