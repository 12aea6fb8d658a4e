//! Disputes: the cardholder asks the bank for the money back. They are opened and decided with the
//! sandbox's own controls.

use super::calendar::{DAY, UnixSeconds};
use super::charge::Charge;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::payment_intent;
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A dispute.
#[derive(Clone, Debug)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    charge: String,
    payment_intent: String,
    amount: i64,
    currency: String,
    reason: String,
    status: &'static str,
    metadata: Metadata,
}

super::record!(Dispute, "dispute", disputes);

/// How a dispute can stand, and how it can end.
const ENDS: &[&str] = &["won", "lost", "warning_closed", "prevented"];

/// What the bank could be told; the sandbox tells it nothing.
const EVIDENCE: &[&str] = &[
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

fn no_evidence() -> Value {
    let mut evidence = json!({ "enhanced_evidence": {} });
    for name in EVIDENCE {
        evidence[*name] = Value::Null;
    }
    evidence
}

impl Dispute {
    fn shown(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": [],
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "enhanced_eligibility_types": [],
            "evidence": no_evidence(),
            "evidence_details": {
                "due_by": self.created + 7 * DAY,
                "enhanced_eligibility": {},
                "has_evidence": false,
                "past_due": false,
                "submission_count": 0,
                "submission_method": "manual",
            },
            "intended_submission_method": null,
            "is_charge_refundable": self.status.starts_with("warning"),
            "livemode": false,
            "metadata": self.metadata,
            "payment_intent": self.payment_intent,
            "reason": self.reason,
            "status": self.status,
        })
    }

    fn is_inquiry(&self) -> bool {
        self.status.starts_with("warning")
    }
}

/// Opens a dispute about a payment: `payment_intent` or `charge`, `reason`, `inquiry`.
pub(crate) fn open(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&["payment_intent", "charge", "reason", "inquiry", "amount"])?;
    let charge = match params.text("charge") {
        Some(id) => state.refer::<Charge>(id, "charge")?.clone(),
        None => payment_intent::successful_charge(state, params.need("payment_intent")?)
            .cloned()
            .ok_or_else(|| {
                ApiError::invalid("There is no charge to dispute.").param("payment_intent")
            })?,
    };
    if charge.disputed || charge.decline.is_some() {
        return Err(ApiError::invalid("This charge cannot be disputed (again)."));
    }
    let inquiry = params.boolean("inquiry")? == Some(true);
    let dispute = Dispute {
        id: context.ids.object("du"),
        created: context.now,
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent.clone(),
        amount: params.amount("amount")?.unwrap_or(charge.amount),
        currency: charge.currency.clone(),
        reason: params.text("reason").unwrap_or("fraudulent").to_owned(),
        status: if inquiry {
            "warning_needs_response"
        } else {
            "needs_response"
        },
        metadata: Metadata::new(),
    };
    let id = dispute.id.clone();
    state.change::<Charge>(context, &charge.id, "charge.updated", |charge| {
        charge.disputed = true;
    });
    state.add(context, dispute, "charge.dispute.created");
    if !inquiry {
        state.announce::<Dispute>(context, &id, "charge.dispute.funds_withdrawn");
    }
    Ok(state.json::<Dispute>(&id))
}

/// Decides a dispute: `status` is one of won, lost, `warning_closed`, prevented.
pub(crate) fn close(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["status", "expand"])?;
    let status = params.choice("status", ENDS)?.unwrap_or("lost");
    let dispute = state.find::<Dispute>(id, "dispute")?.clone();
    if ENDS.contains(&dispute.status) {
        return Err(ApiError::invalid("This dispute is already closed."));
    }
    let returned = status != "lost" && !dispute.is_inquiry();
    state.quietly::<Dispute>(id, |dispute| dispute.status = status);
    if returned {
        state.announce::<Dispute>(context, id, "charge.dispute.funds_reinstated");
    }
    state.announce::<Dispute>(context, id, "charge.dispute.closed");
    if status != "lost" {
        state.change::<Charge>(context, &dispute.charge, "charge.updated", |charge| {
            charge.disputed = false;
        });
    }
    Ok(state.json::<Dispute>(id))
}

/// `GET /v1/disputes`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    list::page_by_payment(state, params, "/v1/disputes", |dispute: &Dispute| {
        (dispute.created, &dispute.charge, &dispute.payment_intent)
    })
}
