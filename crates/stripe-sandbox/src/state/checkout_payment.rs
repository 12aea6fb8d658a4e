//! What happens when the checkout page is submitted: the card, the bank's confirmation, the
//! payment, and what it begins.

use super::calendar::DAY;
use super::checkout::{Mode, Session, Status};
use super::customer::Customer;
use super::discount::Wish;
use super::error::ApiError;
use super::params::Metadata;
use super::payment_intent::{self, Payment};
use super::payment_method::{self, Behavior, Card, Decline};
use super::promotion_code;
use super::subscription;
use super::subscription_start::{self, Start, decline_of};
use super::{Answer, Context, State};

/// What was typed on the page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    pub(crate) number: String,
    pub(crate) expiry: String,
    pub(crate) cvc: String,
    pub(crate) email: String,
    pub(crate) promotion_code: String,
    /// Pay in a way whose outcome comes later.
    pub(crate) later: bool,
}

/// What comes after the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The shop.
    Return(String),
    /// The bank's page.
    Confirm,
}

/// The session that a page is about, if it can still be paid.
pub(crate) fn open_session<'a>(state: &'a State, id: &str) -> Result<&'a Session, ApiError> {
    let session = state.find::<Session>(id, "session")?;
    if session.is_open() {
        return Ok(session);
    }
    Err(ApiError::invalid(
        "This page is no longer open: it was paid, or its time is over.",
    ))
}

/// The page was submitted.
pub(crate) fn submit(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    typed: &Typed,
) -> Result<Next, ApiError> {
    let mut session = open_session(state, id)?.clone();
    use_promotion_code(state, context, &mut session, &typed.promotion_code)?;
    let email = email_of(state, &session, typed)?;
    state.quietly::<Session>(id, |place| {
        place.discounts.clone_from(&session.discounts);
        if place.customer.is_none() {
            place.email.clone_from(&email);
        }
    });
    if !needs_card(state, &session) {
        return finish(state, context, id, None).map(Next::Return);
    }
    if typed.later && session.mode == Mode::Payment {
        return Ok(Next::Return(pay_later(state, context, id)));
    }
    let card = payment_method::typed_card(&typed.number, &typed.expiry, &typed.cvc, context.now)?;
    let (behavior, declined) = (card.behavior, card.decline());
    let method = payment_method::keep(state, context, card, email);
    if let (Behavior::Declines(_), Some(decline)) = (behavior, declined) {
        return Err(fail(state, context, id, &method, decline));
    }
    if behavior == Behavior::NeedsAuthentication {
        if session.mode == Mode::Payment {
            let intent = intent_of(state, context, id);
            payment_intent::ask_for_confirmation(state, context, &intent, &method);
        }
        state.quietly::<Session>(id, |session| session.awaits_confirmation = Some(method));
        return Ok(Next::Confirm);
    }
    finish(state, context, id, Some(method)).map(Next::Return)
}

/// The page is done, but the money comes later, or never.
fn pay_later(state: &mut State, context: &mut Context<'_>, id: &str) -> String {
    let Some(session) = state.sessions.get(id).cloned() else {
        return String::new();
    };
    let customer = customer_of(state, context, &session);
    let method = payment_method::keep(state, context, Card::of_a_bank(), session.email.clone());
    let intent = intent_of(state, context, id);
    let owner = customer.clone();
    state.quietly::<payment_intent::PaymentIntent>(&intent, |intent| intent.customer = owner);
    payment_intent::wait_for_bank(state, context, &intent, &method);
    state.quietly::<Session>(id, |session| {
        session.status = Status::Complete;
        session.customer = customer;
        session.awaits_confirmation = Some(method);
    });
    state.announce::<Session>(context, id, "checkout.session.completed");
    session.return_address()
}

/// The outcome of a payment that was to come later.
pub(crate) fn settle_later(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    succeeds: bool,
) -> Answer {
    let session = state.find::<Session>(id, "session")?.clone();
    let (Some(intent), Some(method), Status::Complete) = (
        session.payment_intent,
        session.awaits_confirmation,
        session.status,
    ) else {
        return Err(ApiError::invalid("This session waits for no payment."));
    };
    state.quietly::<Session>(id, |session| session.awaits_confirmation = None);
    if succeeds {
        payment_intent::charge(state, context, &intent, Some(&method))
            .map_err(Decline::to_error)?;
        state.quietly::<Session>(id, |session| session.payment_status = "paid");
        state.announce::<Session>(context, id, "checkout.session.async_payment_succeeded");
    } else {
        payment_intent::refuse_later(state, context, &intent);
        state.announce::<Session>(context, id, "checkout.session.async_payment_failed");
    }
    Ok(state.json::<Session>(id))
}

/// The bank's page was answered.
pub(crate) fn confirm(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    confirmed: bool,
) -> Result<String, ApiError> {
    let session = open_session(state, id)?.clone();
    let Some(method) = session.awaits_confirmation else {
        return Err(ApiError::invalid("There is nothing to confirm."));
    };
    state.quietly::<Session>(id, |session| session.awaits_confirmation = None);
    if confirmed {
        return finish(state, context, id, Some(method));
    }
    let intent = intent_of(state, context, id);
    let decline = payment_intent::fail_confirmation(state, context, &intent);
    Err(ApiError::card(decline.code, None, decline.message))
}

/// Whether the page asks for a card.
pub(crate) fn needs_card(state: &State, session: &Session) -> bool {
    let due = session.sums(state).total() > 0;
    match session.mode {
        Mode::Payment => due,
        Mode::Subscription => due || session.always_card,
    }
}

fn use_promotion_code(
    state: &State,
    context: &Context<'_>,
    session: &mut Session,
    code: &str,
) -> Result<(), ApiError> {
    if code.trim().is_empty() {
        return Ok(());
    }
    let known = promotion_code::typed(state, code, session.customer.as_deref(), context.now)
        .filter(|_| session.allow_promotion_codes)
        .ok_or_else(|| {
            ApiError::invalid("This promotion code is invalid.").param("promotion_code")
        })?;
    session.discounts = vec![Wish {
        coupon: known.coupon.clone(),
        promotion_code: Some(known.id.clone()),
    }];
    Ok(())
}

fn email_of(state: &State, session: &Session, typed: &Typed) -> Result<Option<String>, ApiError> {
    let known = session
        .customer
        .as_ref()
        .and_then(|id| state.customers.get(id))
        .and_then(|customer| customer.email.clone());
    let email = known
        .or_else(|| session.customer_email.clone())
        .or_else(|| Some(typed.email.trim().to_owned()).filter(|email| email.contains('@')));
    if email.is_none() && session.customer.is_none() {
        return Err(ApiError::invalid("Your e-mail address is incomplete.").param("email"));
    }
    Ok(email)
}

/// The payment of a session, begun when there is none yet.
fn intent_of(state: &mut State, context: &mut Context<'_>, id: &str) -> String {
    let Some(session) = state.sessions.get(id).cloned() else {
        return String::new();
    };
    if let Some(intent) = session.payment_intent {
        return intent;
    }
    let payment = Payment {
        amount: session.sums(state).total(),
        currency: session.currency,
        customer: session.customer,
        description: session.carried.description,
        metadata: if session.mode == Mode::Payment {
            session.carried.metadata
        } else {
            Metadata::new()
        },
        email: session.email,
        setup_future_usage: session.carried.setup_future_usage,
        ..Payment::default()
    };
    let intent = payment_intent::begin(state, context, payment);
    if session.mode == Mode::Payment {
        state.quietly::<Session>(id, |session| session.payment_intent = Some(intent.clone()));
    }
    intent
}

/// Records a payment that failed on the page; the session stays open.
fn fail(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: &str,
    decline: Decline,
) -> ApiError {
    if state
        .sessions
        .get(id)
        .is_some_and(|session| session.sums(state).total() > 0)
    {
        let intent = intent_of(state, context, id);
        // It fails as announced; the events tell of it.
        let _ = payment_intent::charge(state, context, &intent, Some(method));
    }
    decline.to_error()
}

/// Takes the payment, begins what was bought, and says where to go.
fn finish(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: Option<String>,
) -> Result<String, ApiError> {
    let session = open_session(state, id)?.clone();
    let due = session.sums(state).total();
    if let (Some(method), true) = (&method, due > 0)
        && let Some(decline) = decline_of(state, Some(method))
    {
        return Err(fail(state, context, id, method, decline));
    }
    // From here on it succeeds.
    let customer = customer_of(state, context, &session);
    match session.mode {
        Mode::Payment => {
            if due > 0 {
                take(state, context, id, customer.as_deref(), method.as_deref())?;
            }
        }
        Mode::Subscription => {
            begin_subscription(
                state,
                context,
                id,
                customer.as_deref().unwrap_or_default(),
                method,
            )?;
        }
    }
    state.quietly::<Session>(id, |session| {
        session.status = Status::Complete;
        session.customer = customer;
        session.payment_status = if due > 0 {
            "paid"
        } else {
            "no_payment_required"
        };
    });
    state.announce::<Session>(context, id, "checkout.session.completed");
    Ok(session.return_address())
}

fn customer_of(state: &mut State, context: &mut Context<'_>, session: &Session) -> Option<String> {
    if session.customer.is_some() || !session.makes_customer {
        return session.customer.clone();
    }
    let email = session
        .email
        .clone()
        .or_else(|| session.customer_email.clone());
    let customer = Customer::new(context, email);
    let id = customer.id.clone();
    state.add(context, customer, "customer.created");
    Some(id)
}

/// One payment.
fn take(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    customer: Option<&str>,
    method: Option<&str>,
) -> Result<(), ApiError> {
    let intent = intent_of(state, context, id);
    let owner = customer.map(str::to_owned);
    state.quietly::<payment_intent::PaymentIntent>(&intent, |intent| intent.customer = owner);
    let keeps = state
        .sessions
        .get(id)
        .is_some_and(|session| session.carried.setup_future_usage.is_some());
    if let (true, Some(customer), Some(method)) = (keeps, customer, method) {
        payment_method::attach_to(state, context, method, customer)?;
    }
    payment_intent::charge(state, context, &intent, method).map_err(Decline::to_error)
}

/// A subscription, with its first invoice or its trial.
fn begin_subscription(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    customer: &str,
    method: Option<String>,
) -> Result<(), ApiError> {
    let Some(session) = state.sessions.get(id).cloned() else {
        return Ok(());
    };
    if let Some(method) = &method {
        payment_method::attach_to(state, context, method, customer)?;
    }
    let (recurring, once): (Vec<_>, Vec<_>) = session.offers.iter().partition(|offer| {
        let price = state.prices.get(&offer.price);
        price.is_some_and(|price| price.cadence.is_some())
    });
    let items = recurring
        .into_iter()
        .map(|offer| subscription::new_item(context, &offer.price, offer.quantity, Metadata::new()))
        .collect();
    let once = once
        .into_iter()
        .map(|offer| (offer.price.clone(), offer.quantity))
        .collect();
    let days = session
        .carried
        .trial_days
        .map(|days| context.now + days * DAY);
    let start = Start {
        customer: customer.to_owned(),
        items,
        once,
        trial_end: days.or(session.carried.trial_end),
        without_card: session.carried.without_card,
        discounts: session.discounts,
        metadata: session.carried.metadata,
        description: session.carried.description,
        payment_method: method,
        behavior: "allow_incomplete",
        cancel_at_period_end: false,
        checkout_session: Some(id.to_owned()),
        automatic_tax: session.carried.automatic_tax,
    };
    let subscription = subscription_start::start(state, context, start)?;
    let invoice = state
        .subscriptions
        .get(&subscription)
        .and_then(|subscription| subscription.latest_invoice.clone());
    state.quietly::<Session>(id, |session| {
        session.subscription = Some(subscription);
        session.invoice = invoice;
    });
    Ok(())
}
