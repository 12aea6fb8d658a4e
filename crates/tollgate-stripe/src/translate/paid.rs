//! What has become of the money of a payment.

use crate::charge::Charge;
use crate::dispute::Dispute as StripeDispute;
use crate::payment_intent::{PaymentIntent, PaymentIntentStatus};
use tollgate_core::billing::{Dispute, Paid};

/// What has become of a payment's money, from its charge and all its disputes; `None` while
/// nothing was paid. A dispute in a state that is not known here counts as open.
pub fn paid(
    payment: &PaymentIntent,
    charge: Option<&Charge>,
    disputes: &[StripeDispute],
) -> Option<Paid> {
    if payment.status != PaymentIntentStatus::Succeeded {
        return None;
    }
    let amount = charge
        .and_then(|charge| charge.amount_captured.or(charge.amount))
        .or(payment.amount_received)
        .or(payment.amount)?;
    let refunded = charge.and_then(|charge| charge.amount_refunded);
    let is_lost = disputes.iter().any(|dispute| dispute.status.is_lost());
    let is_open = disputes
        .iter()
        .any(|dispute| !dispute.status.is_restored() && !dispute.status.is_lost());
    Some(Paid {
        amount: u64::try_from(amount).ok()?,
        refunded: u64::try_from(refunded.unwrap_or(0)).unwrap_or(0),
        dispute: match (is_lost, is_open) {
            (true, _) => Dispute::Lost,
            (false, true) => Dispute::Open,
            (false, false) => Dispute::None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn standing(status: &str, refunded: i64, disputes: &[&str]) -> Option<Paid> {
        let payment =
            json!({ "id": "pi_1", "status": status, "amount": 500, "amount_received": 500 });
        let charge = json!({ "id": "ch_1", "amount": 500, "amount_captured": 500, "amount_refunded": refunded });
        let disputes: Vec<StripeDispute> = disputes
            .iter()
            .map(|status| {
                serde_json::from_value(json!({ "id": "dp_1", "status": status })).unwrap()
            })
            .collect();
        paid(
            &serde_json::from_value(payment).unwrap(),
            Some(&serde_json::from_value(charge).unwrap()),
            &disputes,
        )
    }

    #[test]
    fn only_what_succeeded_is_paid() {
        for status in ["processing", "canceled", "requires_action", "on_the_moon"] {
            assert_eq!(standing(status, 0, &[]), None);
        }
        let paid = standing("succeeded", 200, &[]).unwrap();
        assert_eq!(
            (paid.amount, paid.refunded, paid.dispute),
            (500, 200, Dispute::None)
        );
    }

    #[test]
    fn the_worst_dispute_counts() {
        for (statuses, expected) in [
            (&["won"][..], Dispute::None),
            (&["warning_closed"], Dispute::None),
            (&["prevented"], Dispute::None),
            (&["needs_response"], Dispute::Open),
            (&["warning_needs_response"], Dispute::Open),
            (&["won", "under_review"], Dispute::Open),
            (&["in_a_state_of_tomorrow"], Dispute::Open),
            (&["lost"], Dispute::Lost),
            (&["needs_response", "lost"], Dispute::Lost),
        ] {
            let paid = standing("succeeded", 0, statuses).unwrap();
            assert_eq!(paid.dispute, expected, "{statuses:?}");
        }
    }
}
