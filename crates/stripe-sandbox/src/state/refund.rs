//! Refunds: money that goes back, whole or in part, and may fail to arrive.

use super::calendar::UnixSeconds;
use super::charge::Charge;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::payment_intent::{self, PaymentIntent};
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A refund.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) charge: String,
    payment_intent: String,
    amount: i64,
    currency: String,
    reason: Option<&'static str>,
    metadata: Metadata,
    failed: bool,
}

super::record!(Refund, "refund", refunds);

impl Refund {
    fn shown(&self, state: &State) -> Value {
        let charge = state.charges.get(&self.charge);
        let mut shown = json!({
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": null,
            "charge": self.charge,
            "created": self.created,
            "currency": self.currency,
            "customer": charge.and_then(|charge| charge.customer.as_ref()),
            "customer_account": null,
            "destination_details": {
                "card": { "reference_status": "pending", "reference_type": "acquirer_reference_number",
                    "type": "refund",
                },
                "type": "card",
            },
            "metadata": self.metadata,
            "payment_intent": self.payment_intent,
            "payment_method": charge.map(|charge| &charge.payment_method),
            "reason": self.reason,
            "receipt_number": null,
            "source_transfer_reversal": null,
            "status": if self.failed { "failed" } else { "succeeded" },
            "transfer_reversal": null,
        });
        if self.failed {
            shown["failure_reason"] = json!("lost_or_stolen_card");
        }
        shown
    }
}

/// `POST /v1/refunds`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "amount",
        "charge",
        "currency",
        "customer",
        "expand",
        "instructions_email",
        "metadata",
        "origin",
        "payment_intent",
        "reason",
        "refund_application_fee",
        "reverse_transfer",
    ])?;
    let charge = charge_of(state, params)?.clone();
    let reason = params.choice(
        "reason",
        &["duplicate", "fraudulent", "requested_by_customer"],
    )?;
    let left = charge.amount - charge.amount_refunded;
    let amount = params.amount("amount")?.unwrap_or(left);
    if charge.decline.is_some() {
        return Err(
            ApiError::invalid("This charge has failed and cannot be refunded.").param("charge"),
        );
    }
    if charge.disputed {
        return Err(ApiError::invalid(format!(
            "Charge {} has been charged back; cannot issue a refund.",
            charge.id
        ))
        .code("charge_disputed"));
    }
    if left == 0 {
        return Err(
            ApiError::invalid(format!("Charge {} has already been refunded.", charge.id))
                .code("charge_already_refunded"),
        );
    }
    if amount == 0 || amount > left {
        return Err(ApiError::invalid(format!(
            "Refund amount ({amount}) is not between 1 and the unrefunded amount on the charge ({left})."
        ))
        .param("amount"));
    }
    let refund = Refund {
        id: context.ids.object("re"),
        created: context.now,
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent.clone(),
        amount,
        currency: charge.currency.clone(),
        reason,
        metadata: params.metadata(),
        failed: false,
    };
    let id = refund.id.clone();
    // From here on it succeeds.
    state.change::<Charge>(context, &charge.id, "charge.refunded", |charge| {
        charge.amount_refunded += amount;
    });
    state.add(context, refund, "refund.created");
    Ok(state.json::<Refund>(&id))
}

fn charge_of<'a>(state: &'a State, params: &Params) -> Result<&'a Charge, ApiError> {
    if let Some(id) = params.text("charge") {
        return state.refer::<Charge>(id, "charge");
    }
    let Some(id) = params.text("payment_intent") else {
        return Err(ApiError::invalid(
            "One of the following params should be provided for this request: payment_intent or charge.",
        )
        .code("parameter_missing"));
    };
    state.refer::<PaymentIntent>(id, "payment_intent")?;
    payment_intent::successful_charge(state, id).ok_or_else(|| {
        ApiError::invalid(format!(
            "This PaymentIntent ({id}) does not have a successful charge to refund."
        ))
        .param("payment_intent")
    })
}

/// `POST /v1/refunds/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["metadata", "expand"])?;
    let mut changed = state.find::<Refund>(id, "refund")?.clone();
    params.metadata_into(&mut changed.metadata);
    Ok(state.change::<Refund>(context, id, "refund.updated", |refund| *refund = changed))
}

/// The money did not arrive and is back.
pub(crate) fn fail(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    let refund = state.find::<Refund>(id, "refund")?.clone();
    if refund.failed {
        return Err(ApiError::invalid("This refund has failed already."));
    }
    state.change::<Charge>(context, &refund.charge, "charge.updated", |charge| {
        charge.amount_refunded -= refund.amount;
    });
    state.quietly::<Refund>(id, |refund| refund.failed = true);
    state.announce::<Refund>(context, id, "refund.failed");
    Ok(state.json::<Refund>(id))
}

/// `GET /v1/refunds`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    list::page_by_payment(state, params, "/v1/refunds", |refund: &Refund| {
        (refund.created, &refund.charge, &refund.payment_intent)
    })
}
