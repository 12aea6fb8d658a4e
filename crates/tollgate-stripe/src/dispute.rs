//! Disputes: a customer asks the bank for the money back.

use crate::charge::Charge;
use crate::client::{Client, Expand};
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::object::ListRequest;
use crate::payment_intent::PaymentIntent;
use crate::period::Created;
use serde::Serialize;
use std::collections::BTreeMap;

open_enum! {
    /// What state a dispute is in.
    pub DisputeStatus {
        /// An inquiry waits for an answer; no money has moved.
        WarningNeedsResponse = "warning_needs_response",
        /// An inquiry is looked at.
        WarningUnderReview = "warning_under_review",
        /// An inquiry is closed, and nothing came of it.
        WarningClosed = "warning_closed",
        /// It waits for an answer; the money is gone for now.
        NeedsResponse = "needs_response",
        /// It is looked at.
        UnderReview = "under_review",
        /// It was won: the money is back.
        Won = "won",
        /// It was lost: the money stays away.
        Lost = "lost",
        /// It was settled before it began.
        Prevented = "prevented",
    }
}

impl DisputeStatus {
    /// Whether what was paid stays paid.
    pub fn is_restored(&self) -> bool {
        matches!(self, Self::Won | Self::WarningClosed | Self::Prevented)
    }

    /// Whether what was paid is lost.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost)
    }
}

object! {
    /// A customer asks the bank for the money back.
    Dispute = "a dispute" {
        /// Minor units that are disputed.
        amount: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// The charge that is disputed.
        charge: Option<Expandable<Charge>>,
        /// The payment that is disputed.
        payment_intent: Option<Expandable<PaymentIntent>>,
        /// What state it is in.
        status: DisputeStatus,
        /// Why, as the bank says.
        reason: Option<String>,
        /// Whether the charge can still be given back, which ends it.
        is_charge_refundable: bool,
        /// When it was created.
        created: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

impl Dispute {
    /// The charge that is disputed.
    pub fn charge_id(&self) -> Option<&str> {
        self.charge.as_ref().map(Expandable::id)
    }

    /// The payment that is disputed.
    pub fn payment_intent_id(&self) -> Option<&str> {
        self.payment_intent.as_ref().map(Expandable::id)
    }
}

/// Which disputes to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListDisputes {
    /// Those of this charge.
    pub charge: Option<String>,
    /// Those of this payment.
    pub payment_intent: Option<String>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.charge`.
    pub expand: Vec<String>,
}

impl ListRequest for ListDisputes {
    type Item = Dispute;

    fn path(&self) -> Vec<&str> {
        vec!["disputes"]
    }
}

impl Client {
    /// The dispute of this id, with these references sent whole.
    pub async fn dispute(&self, id: &str, expand: &[&str]) -> Result<Dispute, StripeError> {
        self.get(&["disputes", id], &Expand { expand }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_restores_loses_or_waits() {
        for (text, is_restored, is_lost) in [
            ("warning_needs_response", false, false),
            ("warning_under_review", false, false),
            ("warning_closed", true, false),
            ("needs_response", false, false),
            ("under_review", false, false),
            ("won", true, false),
            ("lost", false, true),
            ("prevented", true, false),
            ("appeal_under_review", false, false),
        ] {
            let status = DisputeStatus::from(text);
            assert_eq!(
                (status.is_restored(), status.is_lost()),
                (is_restored, is_lost),
                "{text}"
            );
        }
    }
}
