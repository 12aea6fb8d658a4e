//! Refunds: what is given back.

use crate::charge::Charge;
use crate::client::{Client, Expand};
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::idempotency::IdempotencyKey;
use crate::object::ListRequest;
use crate::payment_intent::PaymentIntent;
use crate::period::Created;
use serde::Serialize;
use std::collections::BTreeMap;

open_enum! {
    /// What state a refund is in.
    pub RefundStatus {
        /// It is on its way.
        Pending = "pending",
        /// The customer has to do something.
        RequiresAction = "requires_action",
        /// It was made.
        Succeeded = "succeeded",
        /// It could not be made: the money came back.
        Failed = "failed",
        /// It was taken back.
        Canceled = "canceled",
    }
}

impl RefundStatus {
    /// Whether the money stays with us after all.
    pub fn is_undone(&self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }
}

open_enum! {
    /// Why something is given back.
    pub RefundReason {
        /// It was paid twice.
        Duplicate = "duplicate",
        /// Somebody else paid with the customer's card.
        Fraudulent = "fraudulent",
        /// The customer asked for it.
        RequestedByCustomer = "requested_by_customer",
    }
}

object! {
    /// What is given back.
    Refund = "a refund" {
        /// Minor units.
        amount: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// The charge that it is of.
        charge: Option<Expandable<Charge>>,
        /// The payment that it is of.
        payment_intent: Option<Expandable<PaymentIntent>>,
        /// What state it is in.
        status: Option<RefundStatus>,
        /// Why it could not be made.
        failure_reason: Option<String>,
        /// Why it is given back.
        reason: Option<RefundReason>,
        /// When it was created.
        created: Option<i64>,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

impl Refund {
    /// The charge that it is of.
    pub fn charge_id(&self) -> Option<&str> {
        self.charge.as_ref().map(Expandable::id)
    }

    /// The payment that it is of.
    pub fn payment_intent_id(&self) -> Option<&str> {
        self.payment_intent.as_ref().map(Expandable::id)
    }
}

/// A new refund, of a payment or of a charge.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateRefund {
    /// The payment.
    pub payment_intent: Option<String>,
    /// The charge.
    pub charge: Option<String>,
    /// Minor units; all that is left when nothing is said.
    pub amount: Option<u64>,
    /// Why.
    pub reason: Option<RefundReason>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// Which refunds to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListRefunds {
    /// Those of this payment.
    pub payment_intent: Option<String>,
    /// Those of this charge.
    pub charge: Option<String>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.charge`.
    pub expand: Vec<String>,
}

impl ListRequest for ListRefunds {
    type Item = Refund;

    fn path(&self) -> Vec<&str> {
        vec!["refunds"]
    }
}

impl Client {
    /// Gives something back.
    pub async fn create_refund(
        &self,
        params: &CreateRefund,
        key: &IdempotencyKey,
    ) -> Result<Refund, StripeError> {
        self.post(&["refunds"], params, key).await
    }

    /// The refund of this id, with these references sent whole.
    pub async fn refund(&self, id: &str, expand: &[&str]) -> Result<Refund, StripeError> {
        self.get(&["refunds", id], &Expand { expand }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_refund_is_undone() {
        let text = r#"{"id":"re_1","amount":250,"status":"failed","charge":{"id":"ch_1"},
            "payment_intent":"pi_1","failure_reason":"lost_or_stolen_card","reason":null}"#;
        let refund: Refund = serde_json::from_str(text).unwrap();
        assert!(refund.status.as_ref().unwrap().is_undone());
        assert_eq!(refund.charge_id(), Some("ch_1"));
        assert_eq!(refund.payment_intent_id(), Some("pi_1"));
        assert!(!RefundStatus::from("succeeded").is_undone());
        assert!(!RefundStatus::from("resting").is_undone());
    }
}
