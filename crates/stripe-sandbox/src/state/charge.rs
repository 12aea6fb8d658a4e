//! Charges: one attempt to take money from a card.

use super::calendar::UnixSeconds;
use super::list;
use super::params::{Metadata, Params};
use super::payment_intent::PaymentIntent;
use super::payment_method::{self, Card, Decline, PaymentMethod};
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// A charge.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) payment_intent: String,
    pub(crate) customer: Option<String>,
    pub(crate) amount: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    pub(crate) disputed: bool,
    pub(crate) decline: Option<Decline>,
    pub(crate) payment_method: String,
    card: Card,
    email: Option<String>,
    description: Option<String>,
    metadata: Metadata,
}

super::record!(Charge, "charge", charges);

impl Charge {
    fn card_shown(&self) -> Value {
        let mut card = payment_method::card_json(&self.card);
        for name in [
            "authorization_code",
            "electronic_commerce_indicator",
            "installments",
            "mandate",
            "network_transaction_id",
            "three_d_secure",
            "transaction_link_id",
        ] {
            card[name] = Value::Null;
        }
        card["amount_authorized"] = json!(self.decline.is_none().then_some(self.amount));
        card["network"] = json!(self.card.brand);
        card
    }

    fn shown(&self, state: &State) -> Value {
        let paid = self.decline.is_none();
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": if paid { self.amount } else { 0 },
            "amount_refunded": self.amount_refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": null,
            "billing_details": {
                "address": {
                    "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null,
                },
                "email": self.email,
                "name": null,
                "phone": null,
                "tax_id": null,
            },
            "calculated_statement_descriptor": "NOT STRIPE",
            "captured": paid,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": self.disputed,
            "failure_balance_transaction": null,
            "failure_code": self.decline.map(|decline| decline.code),
            "failure_message": self.decline.map(|decline| decline.message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": {
                "advice_code": null,
                "network_advice_code": null,
                "network_decline_code": null,
                "network_status": if paid { "approved_by_network" } else { "declined_by_network" },
                "reason": self.decline.map(|decline| decline.bank_code),
                "risk_level": "normal",
                "risk_score": 1,
                "seller_message": if paid { "Payment complete." } else { "The bank did not return any further details with this decline." },
                "type": if paid { "authorized" } else { "issuer_declined" },
            },
            "paid": paid,
            "payment_intent": self.payment_intent,
            "payment_method": self.payment_method,
            "payment_method_details": { "card": self.card_shown(), "type": "card" },
            "radar_options": {},
            "receipt_email": self.email,
            "receipt_number": null,
            "receipt_url": paid.then(|| format!("{}/receipts/{}", state.base_url, self.id)),
            "refunded": paid && self.amount_refunded >= self.amount,
            "review": null,
            "shipping": null,
            "source": null,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": if paid { "succeeded" } else { "failed" },
            "transfer_data": null,
            "transfer_group": null,
        })
    }
}

/// Records an attempt and how it ended.
pub(crate) fn record(
    state: &mut State,
    context: &mut Context<'_>,
    intent: &PaymentIntent,
    method: &PaymentMethod,
    decline: Option<Decline>,
) -> String {
    let charge = Charge {
        id: context.ids.object("ch"),
        created: context.now,
        payment_intent: intent.id.clone(),
        customer: intent.customer.clone(),
        amount: intent.amount,
        amount_refunded: 0,
        currency: intent.currency.clone(),
        disputed: false,
        decline,
        payment_method: method.id.clone(),
        card: method.card.clone(),
        email: intent
            .receipt_email
            .clone()
            .or_else(|| method.email.clone()),
        description: intent.description.clone(),
        metadata: intent.metadata.clone(),
    };
    let id = charge.id.clone();
    let event = match decline {
        None => "charge.succeeded",
        Some(_) => "charge.failed",
    };
    state.add(context, charge, event);
    id
}

/// `GET /v1/charges`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "payment_intent",
        "created",
        "transfer_group",
    ])?;
    let created = list::Created::from(params)?;
    let (customer, intent) = (params.text("customer"), params.text("payment_intent"));
    let wanted = |charge: &Charge| {
        created.contains(charge.created)
            && customer.is_none_or(|customer| charge.customer.as_deref() == Some(customer))
            && intent.is_none_or(|intent| charge.payment_intent == intent)
    };
    list::page(state, params, "/v1/charges", wanted)
}
