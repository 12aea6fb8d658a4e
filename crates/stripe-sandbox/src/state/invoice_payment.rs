//! Invoice payments: which payment intent pays which invoice.

use super::invoice::{Invoice, Status};
use super::list;
use super::params::Params;
use super::table::Record as _;
use super::{Answer, Context, State, event};
use serde_json::{Value, json};

/// The payments of an invoice: none, or one.
pub(crate) fn of_invoice(state: &State, invoice: &str) -> Vec<Value> {
    state
        .invoices
        .get(invoice)
        .and_then(shown)
        .into_iter()
        .collect()
}

fn shown(invoice: &Invoice) -> Option<Value> {
    let intent = invoice.payment_intent.as_ref()?;
    let (status, paid) = match invoice.status {
        Status::Paid => ("paid", Some(invoice.amount_due)),
        Status::Void => ("canceled", None),
        _ => ("open", None),
    };
    Some(json!({
        "id": intent.replacen("pi_", "inpay_", 1),
        "object": "invoice_payment",
        "amount_paid": paid,
        "amount_requested": invoice.amount_due,
        "created": invoice.created,
        "currency": invoice.currency,
        "invoice": invoice.id,
        "is_default": true,
        "livemode": false,
        "payment": { "payment_intent": intent, "type": "payment_intent" },
        "status": status,
        "status_transitions": { "canceled_at": null, "paid_at": invoice.paid_at },
    }))
}

/// Tells that an invoice's payment has been made.
pub(crate) fn announce(state: &mut State, context: &mut Context<'_>, invoice: &str) {
    for payment in of_invoice(state, invoice) {
        let event = event::Event::new(context, "invoice_payment.paid", &payment, None);
        state.outbox.push(event.id().to_owned());
        state.keep(event);
    }
}

/// `GET /v1/invoice_payments`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "invoice",
        "payment",
        "status",
        "created",
    ])?;
    let payment = params.inner("payment");
    let intent = payment
        .as_ref()
        .and_then(|payment| payment.text("payment_intent"));
    let payments: Vec<Value> = state
        .invoices
        .newest_first()
        .filter(|invoice| params.text("invoice").is_none_or(|id| invoice.id == id))
        .filter(|invoice| {
            intent.is_none_or(|intent| invoice.payment_intent.as_deref() == Some(intent))
        })
        .filter_map(shown)
        .collect();
    list::page_of(&payments, params, "/v1/invoice_payments")
}
