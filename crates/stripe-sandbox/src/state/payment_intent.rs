//! Payment intents: one payment, with all its attempts.

use super::calendar::UnixSeconds;
use super::charge::{self, Charge};
use super::list;
use super::params::{Metadata, Params};
use super::payment_method::{self, Decline, PaymentMethod};
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It waits for a card that works.
    RequiresPaymentMethod,
    /// It has a card and waits for the word to charge it.
    RequiresConfirmation,
    /// It waits for the customer's confirmation with the bank.
    RequiresAction,
    /// The bank has not said yet.
    Processing,
    /// The money has come.
    Succeeded,
    /// It will not be paid any more.
    Canceled,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// A payment intent.
#[derive(Clone, Debug)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) status: Status,
    pub(crate) payment_method: Option<String>,
    pub(crate) latest_charge: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) receipt_email: Option<String>,
    /// The ways to pay are those of the dashboard: whether some of them lead to another page.
    pub(crate) automatic: Option<Redirects>,
    /// Where the customer comes back to from the bank's page.
    pub(crate) return_url: Option<String>,
    setup_future_usage: Option<String>,
    canceled_at: Option<UnixSeconds>,
    cancellation_reason: Option<&'static str>,
    error: Option<Decline>,
    pub(crate) secret: String,
}

/// Whether ways to pay that lead to another page are among those of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirects {
    Always,
    Never,
}

impl Redirects {
    fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

super::record!(PaymentIntent, "payment_intent", payment_intents);

impl PaymentIntent {
    fn error_shown(&self, state: &State, error: Decline) -> Value {
        let mut shown = json!({
            "code": error.code,
            "decline_code": error.bank_code,
            "message": error.message,
            "type": "card_error",
        });
        // Fields that have no value are left out here, as everywhere in errors.
        if let Some(charge) = &self.latest_charge {
            shown["charge"] = json!(charge);
        }
        if let Some(method) = &self.payment_method {
            shown["payment_method"] = state.json::<PaymentMethod>(method);
        }
        shown
    }

    fn next_action(&self, state: &State) -> Option<Value> {
        if self.status != Status::RequiresAction {
            return None;
        }
        let Some(return_url) = &self.return_url else {
            return Some(json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} }));
        };
        let url = format!("{}/payments/{}/authenticate", state.base_url, self.id);
        Some(json!({
            "redirect_to_url": { "return_url": return_url, "url": url },
            "type": "redirect_to_url",
        }))
    }

    fn shown(&self, state: &State) -> Value {
        let received = if self.status == Status::Succeeded {
            self.amount
        } else {
            0
        };
        json!({
            "id": self.id,
            "object": "payment_intent",
            "allowed_payment_method_types": null,
            "amount": self.amount,
            "amount_capturable": 0,
            "amount_details": { "tip": {} },
            "amount_received": received,
            "application": null,
            "application_fee_amount": null,
            "automatic_payment_methods": self.automatic
                .map(|redirects| json!({ "allow_redirects": redirects.name(), "enabled": true })),
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": "automatic",
            "client_secret": self.secret,
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": null,
            "description": self.description,
            "excluded_payment_method_types": null,
            "last_payment_error": self.error.map(|error| self.error_shown(state, error)),
            "latest_charge": self.latest_charge,
            "livemode": false,
            "managed_payments": null,
            "metadata": self.metadata,
            "next_action": self.next_action(state),
            "on_behalf_of": null,
            "payment_method": if self.status == Status::RequiresPaymentMethod { None } else { self.payment_method.as_ref() },
            "payment_method_configuration_details": null,
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "payment_record": null,
            "processing": null,
            "receipt_email": self.receipt_email,
            "review": null,
            "setup_future_usage": self.setup_future_usage,
            "shipping": null,
            "source": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": self.status.name(),
            "transfer_data": null,
            "transfer_group": null,
        })
    }
}

/// A payment to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payment {
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) email: Option<String>,
    pub(crate) setup_future_usage: Option<String>,
    pub(crate) automatic: Option<Redirects>,
    /// The card, when it is known already.
    pub(crate) method: Option<String>,
}

/// Begins a payment.
pub(crate) fn begin(state: &mut State, context: &mut Context<'_>, payment: Payment) -> String {
    let id = context.ids.object("pi");
    let secret = format!("{id}_secret_{}", context.ids.letters(25));
    let intent = PaymentIntent {
        id: id.clone(),
        created: context.now,
        amount: payment.amount,
        currency: payment.currency,
        customer: payment.customer,
        status: match payment.method {
            None => Status::RequiresPaymentMethod,
            Some(_) => Status::RequiresConfirmation,
        },
        payment_method: payment.method,
        latest_charge: None,
        description: payment.description,
        metadata: payment.metadata,
        receipt_email: payment.email,
        automatic: payment.automatic,
        return_url: None,
        setup_future_usage: payment.setup_future_usage,
        canceled_at: None,
        cancellation_reason: None,
        error: None,
        secret,
    };
    state.add(context, intent, "payment_intent.created");
    id
}

/// Charges a card for a payment that has begun.
pub(crate) fn charge(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: Option<&str>,
) -> Result<(), Decline> {
    let decline = method
        .and_then(|method| state.payment_methods.get(method))
        .map_or(Some(Decline::NO_CARD), |card| card.card.decline());
    attempt(state, context, id, method, decline)
}

/// One attempt to charge a card, which ends as it is said.
pub(crate) fn attempt(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: Option<&str>,
    decline: Option<Decline>,
) -> Result<(), Decline> {
    let card = method
        .and_then(|method| state.payment_methods.get(method))
        .cloned();
    let Some(intent) = state.payment_intents.get(id).cloned() else {
        return Err(Decline::NO_CARD);
    };
    let charged = card.map(|method| charge::record(state, context, &intent, &method, decline));
    let method = method.map(str::to_owned);
    state.quietly::<PaymentIntent>(id, |intent| {
        intent.latest_charge = charged.or(intent.latest_charge.take());
        intent.payment_method = method;
        intent.error = decline;
        intent.status = match decline {
            None => Status::Succeeded,
            Some(_) => Status::RequiresPaymentMethod,
        };
    });
    let event = match decline {
        None => "payment_intent.succeeded",
        Some(_) => "payment_intent.payment_failed",
    };
    state.announce::<PaymentIntent>(context, id, event);
    decline.map_or(Ok(()), Err)
}

/// The bank asks the customer for confirmation.
pub(crate) fn ask_for_confirmation(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: &str,
) {
    let method = method.to_owned();
    state.quietly::<PaymentIntent>(id, |intent| {
        intent.status = Status::RequiresAction;
        intent.payment_method = Some(method);
        intent.error = None;
    });
    state.announce::<PaymentIntent>(context, id, "payment_intent.requires_action");
}

/// The bank will say later.
pub(crate) fn wait_for_bank(state: &mut State, context: &mut Context<'_>, id: &str, method: &str) {
    let method = method.to_owned();
    state.quietly::<PaymentIntent>(id, |intent| {
        intent.status = Status::Processing;
        intent.payment_method = Some(method);
    });
    state.announce::<PaymentIntent>(context, id, "payment_intent.processing");
}

/// The bank has said no.
pub(crate) fn refuse_later(state: &mut State, context: &mut Context<'_>, id: &str) {
    state.quietly::<PaymentIntent>(id, |intent| {
        intent.status = Status::RequiresPaymentMethod;
        intent.error = Some(Decline {
            code: "payment_intent_payment_attempt_failed",
            bank_code: "generic_decline",
            message: "The payment failed.",
        });
    });
    state.announce::<PaymentIntent>(context, id, "payment_intent.payment_failed");
}

/// The customer did not confirm.
pub(crate) fn fail_confirmation(state: &mut State, context: &mut Context<'_>, id: &str) -> Decline {
    let decline = Decline {
        code: "payment_intent_authentication_failure",
        bank_code: "authentication_required",
        message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    };
    state.quietly::<PaymentIntent>(id, |intent| {
        intent.status = Status::RequiresPaymentMethod;
        intent.error = Some(decline);
    });
    state.announce::<PaymentIntent>(context, id, "payment_intent.payment_failed");
    decline
}

/// The payment will not be made any more.
pub(crate) fn cancel(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    reason: Option<&'static str>,
) {
    let now = context.now;
    let open = state
        .payment_intents
        .get(id)
        .is_some_and(|intent| !matches!(intent.status, Status::Succeeded | Status::Canceled));
    if open {
        state.quietly::<PaymentIntent>(id, |intent| {
            intent.status = Status::Canceled;
            intent.canceled_at = Some(now);
            intent.cancellation_reason = reason;
        });
        state.announce::<PaymentIntent>(context, id, "payment_intent.canceled");
    }
}

/// `POST /v1/payment_intents/{id}`: labels and description.
pub(crate) fn update(state: &mut State, id: &str, params: &Params) -> Answer {
    params.only(&["metadata", "description", "receipt_email", "expand"])?;
    let mut changed = state.find::<PaymentIntent>(id, "intent")?.clone();
    params.metadata_into(&mut changed.metadata);
    params.text_into("description", &mut changed.description);
    params.text_into("receipt_email", &mut changed.receipt_email);
    state.quietly::<PaymentIntent>(id, |intent| *intent = changed);
    Ok(state.json::<PaymentIntent>(id))
}

/// `GET /v1/payment_intents`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "customer_account",
        "created",
    ])?;
    let created = list::Created::from(params)?;
    let customer = params.text("customer");
    let wanted = |intent: &PaymentIntent| {
        created.contains(intent.created)
            && customer.is_none_or(|customer| intent.customer.as_deref() == Some(customer))
    };
    list::page(state, params, "/v1/payment_intents", wanted)
}

/// The charge that brought the money.
pub(crate) fn successful_charge<'a>(state: &'a State, id: &str) -> Option<&'a Charge> {
    let intent = state.payment_intents.get(id)?;
    state.charges.get(intent.latest_charge.as_deref()?)
}

/// The card that pays for a customer: the one chosen, or the customer's own.
pub(crate) fn card_for(state: &State, customer: &str, chosen: Option<&str>) -> Option<String> {
    chosen
        .map(str::to_owned)
        .or_else(|| payment_method::default_of(state, customer))
}
