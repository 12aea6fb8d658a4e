//! Payment intents that requests make, confirm and cancel, rather than a page or an invoice.

use super::checkout::{self, AMOUNT_MIN};
use super::customer;
use super::error::ApiError;
use super::params::Params;
use super::payment_intent::{self, Payment, PaymentIntent, Redirects, Status};
use super::payment_method::{self, Behavior, Decline, PaymentMethod};
use super::{Answer, Context, State};

/// The most that a payment may come to, in minor units.
const AMOUNT_MAX: i64 = 99_999_999;

/// `POST /v1/payment_intents`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only(&[
        "amount",
        "automatic_payment_methods",
        "confirm",
        "currency",
        "customer",
        "description",
        "expand",
        "metadata",
        "off_session",
        "payment_method",
        "receipt_email",
        "return_url",
    ])?;
    let amount = amount_of(params)?;
    let currency = currency_of(params)?;
    let automatic = automatic_of(params)?;
    let customer = match params.text("customer") {
        Some(id) => Some(customer::living(state, id, "customer")?.id.clone()),
        None => None,
    };
    let method = params.text("payment_method");
    if let Some(method) = method {
        check_card(state, method, customer.as_deref())?;
    }
    let confirm = params.boolean("confirm")? == Some(true);
    let wish = Confirmation::of(params)?;
    if confirm {
        wish.check(automatic)?;
        if method.is_none() {
            return Err(without_card());
        }
    } else if let Some(name) = ["off_session", "return_url"]
        .into_iter()
        .find(|name| params.has(name))
    {
        return Err(ApiError::invalid(format!(
            "The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set to true."
        ))
        .param(name));
    }
    // From here on the payment begins, whatever becomes of it.
    let method = method.map(|id| payment_method::copy_if_ready_made(state, context, id));
    let payment = Payment {
        amount,
        currency,
        customer,
        description: params.text("description").map(str::to_owned),
        metadata: params.metadata(),
        email: params.text("receipt_email").map(str::to_owned),
        automatic,
        method: method.clone(),
        ..Payment::default()
    };
    let id = payment_intent::begin(state, context, payment);
    if let (true, Some(method)) = (confirm, method) {
        carry_out(state, context, &id, &method, wish)?;
    }
    Ok(state.json::<PaymentIntent>(&id))
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub(crate) fn confirm(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["expand", "off_session", "payment_method", "return_url"])?;
    let intent = requested(state, id, "confirm")?.clone();
    match intent.status {
        Status::RequiresPaymentMethod | Status::RequiresConfirmation | Status::RequiresAction => {}
        Status::Succeeded => {
            return Err(unexpected(
                state,
                id,
                "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
            ));
        }
        status @ (Status::Processing | Status::Canceled) => {
            let message = format!(
                "You cannot confirm this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_payment_method, requires_confirmation, requires_action.",
                status.name()
            );
            return Err(unexpected(state, id, &message));
        }
    }
    // A card that was declined is not tried again unless it is named again.
    let kept = intent
        .payment_method
        .filter(|_| intent.status != Status::RequiresPaymentMethod);
    let Some(method) = params.text("payment_method").map(str::to_owned).or(kept) else {
        return Err(without_card().payment_intent(state.json::<PaymentIntent>(id)));
    };
    check_card(state, &method, intent.customer.as_deref())?;
    let wish = Confirmation::of(params)?;
    wish.check(intent.automatic)?;
    // From here on it is tried, whatever comes of it.
    let method = payment_method::copy_if_ready_made(state, context, &method);
    carry_out(state, context, id, &method, wish)?;
    Ok(state.json::<PaymentIntent>(id))
}

/// `POST /v1/payment_intents/{id}/cancel`.
pub(crate) fn cancel(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["cancellation_reason", "expand"])?;
    let reason = params.choice(
        "cancellation_reason",
        &[
            "duplicate",
            "fraudulent",
            "requested_by_customer",
            "abandoned",
        ],
    )?;
    let status = requested(state, id, "cancel")?.status;
    if matches!(status, Status::Succeeded | Status::Canceled) {
        let message = format!(
            "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.",
            status.name()
        );
        return Err(unexpected(state, id, &message));
    }
    payment_intent::cancel(state, context, id, reason);
    Ok(state.json::<PaymentIntent>(id))
}

/// The payment that waits for the customer's confirmation with the bank.
pub(crate) fn awaiting<'a>(state: &'a State, id: &str) -> Result<&'a PaymentIntent, ApiError> {
    let intent = requested(state, id, "authenticate")?;
    if intent.status == Status::RequiresAction {
        return Ok(intent);
    }
    Err(ApiError::invalid("There is nothing to confirm."))
}

/// The bank's page was answered. Returns where the customer comes back to, if that was said.
pub(crate) fn authenticate(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    confirmed: bool,
) -> Result<Option<String>, ApiError> {
    let intent = awaiting(state, id)?.clone();
    let outcome = if confirmed {
        let method = intent.payment_method.as_deref();
        payment_intent::charge(state, context, id, method)
    } else {
        Err(payment_intent::fail_confirmation(state, context, id))
    };
    match (intent.return_url, outcome) {
        (None, Err(decline)) => Err(decline.to_error()),
        (None, Ok(())) => Ok(None),
        (Some(url), outcome) => {
            let status = if outcome.is_ok() {
                "succeeded"
            } else {
                "failed"
            };
            let mark = if url.contains('?') { '&' } else { '?' };
            Ok(Some(format!(
                "{url}{mark}payment_intent={id}&payment_intent_client_secret={}&redirect_status={status}",
                intent.secret
            )))
        }
    }
}

/// How a payment is to be confirmed.
#[derive(Clone, Debug)]
struct Confirmation {
    /// The customer is away and cannot be asked.
    off_session: bool,
    return_url: Option<String>,
}

impl Confirmation {
    fn of(params: &Params) -> Result<Self, ApiError> {
        checkout::check_url(params, "return_url")?;
        Ok(Self {
            off_session: params.boolean("off_session")? == Some(true),
            return_url: params.text("return_url").map(str::to_owned),
        })
    }

    /// Ways to pay that lead away need a way back, whichever of them is used.
    fn check(&self, automatic: Option<Redirects>) -> Result<(), ApiError> {
        if automatic == Some(Redirects::Always) && self.return_url.is_none() {
            return Err(ApiError::invalid(
                "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
            ));
        }
        Ok(())
    }
}

/// Charges the card, or asks the bank first.
fn carry_out(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: &str,
    wish: Confirmation,
) -> Result<(), ApiError> {
    state.quietly::<PaymentIntent>(id, |intent| intent.return_url = wish.return_url);
    // A customer's own card was confirmed when it became theirs.
    let asks = state.payment_methods.get(method).is_some_and(|method| {
        method.card.behavior == Behavior::NeedsAuthentication && method.customer.is_none()
    });
    let outcome = match (asks, wish.off_session) {
        (false, _) => payment_intent::charge(state, context, id, Some(method)),
        (true, true) => {
            let decline = Some(Decline::AUTHENTICATION_REQUIRED);
            payment_intent::attempt(state, context, id, Some(method), decline)
        }
        (true, false) => {
            payment_intent::ask_for_confirmation(state, context, id, method);
            Ok(())
        }
    };
    outcome.map_err(|decline| {
        decline
            .to_error()
            .payment_intent(state.json::<PaymentIntent>(id))
    })
}

/// The payment that a path names, if it is not a part of something that has requests of its own.
fn requested<'a>(state: &'a State, id: &str, verb: &str) -> Result<&'a PaymentIntent, ApiError> {
    let intent = state.find::<PaymentIntent>(id, "intent")?;
    let mut sessions = state.sessions.newest_first();
    if sessions.any(|session| session.payment_intent.as_deref() == Some(id)) {
        return Err(ApiError::invalid(format!(
            "You cannot {verb} the PaymentIntent of a Checkout Session. Its page confirms it; expiring the Checkout Session cancels it."
        ))
        .code("payment_intent_unexpected_state"));
    }
    let mut invoices = state.invoices.newest_first();
    if invoices.any(|invoice| invoice.payment_intent.as_deref() == Some(id)) {
        return Err(ApiError::invalid(format!(
            "You cannot {verb} the PaymentIntent of an invoice here. Pay or void the invoice."
        ))
        .code("payment_intent_unexpected_state"));
    }
    Ok(intent)
}

fn unexpected(state: &State, id: &str, message: &str) -> ApiError {
    ApiError::invalid(message)
        .code("payment_intent_unexpected_state")
        .payment_intent(state.json::<PaymentIntent>(id))
}

fn without_card() -> ApiError {
    ApiError::invalid(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    )
    .code("payment_intent_unexpected_state")
}

fn amount_of(params: &Params) -> Result<i64, ApiError> {
    params.need("amount")?;
    let amount = params.amount("amount")?.unwrap_or(0);
    let (code, message) = match amount {
        0 => (
            "parameter_invalid_integer",
            "This value must be greater than or equal to 1.",
        ),
        1..AMOUNT_MIN => ("amount_too_small", "Amount must be at least $0.50 usd"),
        AMOUNT_MIN..=AMOUNT_MAX => return Ok(amount),
        _ => (
            "amount_too_large",
            "Amount must be no more than $999,999.99",
        ),
    };
    Err(ApiError::invalid(message).code(code).param("amount"))
}

fn currency_of(params: &Params) -> Result<String, ApiError> {
    let currency = params.need("currency")?.to_lowercase();
    if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(currency);
    }
    Err(ApiError::invalid(format!("Invalid currency: {currency}.")).param("currency"))
}

/// The ways to pay of the dashboard count unless they are declined.
fn automatic_of(params: &Params) -> Result<Option<Redirects>, ApiError> {
    let Some(given) = params.inner("automatic_payment_methods") else {
        return Ok(Some(Redirects::Always));
    };
    given.only(&["enabled", "allow_redirects"])?;
    let redirects = match given.choice("allow_redirects", &["always", "never"])? {
        Some("never") => Redirects::Never,
        _ => Redirects::Always,
    };
    given.need("enabled")?;
    Ok((given.boolean("enabled")? == Some(true)).then_some(redirects))
}

/// Refuses a card that is not there, or another's.
fn check_card(state: &State, id: &str, customer: Option<&str>) -> Result<(), ApiError> {
    if !payment_method::is_ready_made(id) {
        state.refer::<PaymentMethod>(id, "payment_method")?;
    }
    let owner = state
        .payment_methods
        .get(id)
        .and_then(|method| method.customer.as_deref());
    let message = match (owner, customer) {
        (Some(_), None) => {
            "The payment method you provided is attached to a customer so for security purposes you must provide the customer in the request."
        }
        (Some(owner), Some(customer)) if owner != customer => {
            "The payment method you provided does not belong to the customer that was provided."
        }
        _ => return Ok(()),
    };
    Err(ApiError::invalid(message).param("payment_method"))
}

#[cfg(test)]
mod tests {
    use super::super::world::{World, text};
    use serde_json::Value;

    const ONCE: &str = "amount=500&currency=usd&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";
    const ASKS: &str = "pm_card_authenticationRequiredOnSetup";
    const BACK: &str = "return_url=https://a.example/back";

    fn world() -> World {
        World::at("2027-04-01T00:00:00Z")
    }

    fn begin(world: &mut World, more: &str) -> (String, Value) {
        let intent = world.post("payment_intents", &format!("{ONCE}{more}"));
        let path = format!("payment_intents/{}", text(&intent["id"]));
        (path, intent)
    }

    #[test]
    fn a_payment_begins_and_is_confirmed() {
        let mut world = world();
        let (path, intent) = begin(&mut world, "&description=50%20units&metadata[units]=50");
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(
            intent["automatic_payment_methods"]["allow_redirects"],
            "never"
        );
        assert_eq!(world.events(), ["payment_intent.created"]);
        let form = "payment_method=pm_card_visa&expand[]=latest_charge";
        let paid = world.post(&format!("{path}/confirm"), form);
        assert_eq!(paid["status"], "succeeded");
        assert_eq!(paid["amount_received"], 500);
        assert_eq!(paid["latest_charge"]["metadata"]["units"], "50");
        assert_eq!(
            world.events(),
            ["charge.succeeded", "payment_intent.succeeded"]
        );
        let error = world.refused(&format!("{path}/confirm"), form);
        assert!(error.message().contains("already succeeded"));
        assert_eq!(error.to_json()["error"]["payment_intent"]["amount"], 500);
    }

    #[test]
    fn a_card_that_is_named_first_waits_for_the_word() {
        let mut world = world();
        let (path, intent) = begin(&mut world, "&payment_method=pm_card_mastercard");
        assert_eq!(intent["status"], "requires_confirmation");
        assert!(intent["payment_method"].is_string());
        let paid = world.post(&format!("{path}/confirm"), "");
        assert_eq!(paid["status"], "succeeded");
        assert_eq!(paid["payment_method"], intent["payment_method"]);
    }

    #[test]
    fn ways_to_pay_that_lead_away_need_a_way_back() {
        let mut world = world();
        let plain = "amount=500&currency=usd";
        let intent = world.post("payment_intents", plain);
        assert_eq!(
            intent["automatic_payment_methods"]["allow_redirects"],
            "always"
        );
        let path = format!("payment_intents/{}/confirm", text(&intent["id"]));
        let error = world.refused(&path, "payment_method=pm_card_visa");
        assert!(error.message().contains("must provide a `return_url`"));
        let paid = world.post(&path, &format!("payment_method=pm_card_visa&{BACK}"));
        assert_eq!(paid["status"], "succeeded");
        let card_only = format!("{plain}&automatic_payment_methods[enabled]=false");
        let paid = world.post(
            "payment_intents",
            &format!("{card_only}&confirm=true&payment_method=pm_card_visa"),
        );
        assert_eq!(paid["status"], "succeeded");
        assert!(paid["automatic_payment_methods"].is_null());
    }

    #[test]
    fn a_declined_card_leaves_the_payment_for_another() {
        for (card, code) in [
            ("pm_card_chargeDeclined", "generic_decline"),
            ("pm_card_visa_chargeDeclined", "generic_decline"),
            (
                "pm_card_chargeDeclinedInsufficientFunds",
                "insufficient_funds",
            ),
            ("pm_card_chargeCustomerFail", "generic_decline"),
        ] {
            let mut world = world();
            let form = format!("{ONCE}&confirm=true&payment_method={card}");
            let error = world.refused("payment_intents", &form);
            assert_eq!(error.status, 402, "{card}");
            let error = &error.to_json()["error"];
            assert_eq!(error["code"], "card_declined");
            assert_eq!(error["decline_code"], code);
            let intent = &error["payment_intent"];
            assert_eq!(intent["status"], "requires_payment_method");
            assert_eq!(intent["last_payment_error"]["decline_code"], code);
            assert_eq!(
                world.events(),
                [
                    "payment_intent.created",
                    "charge.failed",
                    "payment_intent.payment_failed"
                ]
            );
            let path = format!("payment_intents/{}/confirm", text(&intent["id"]));
            let again = world.refused(&path, "");
            assert!(again.message().contains("missing a payment method"));
            let paid = world.post(&path, "payment_method=pm_card_visa");
            assert_eq!(paid["status"], "succeeded");
            assert!(paid["last_payment_error"].is_null());
        }
    }

    #[test]
    fn the_bank_asks_the_customer_who_is_there() {
        for (confirmed, status, event) in [
            (true, "succeeded", "payment_intent.succeeded"),
            (
                false,
                "requires_payment_method",
                "payment_intent.payment_failed",
            ),
        ] {
            let mut world = world();
            let (path, _) = begin(&mut world, "");
            let asked = world.post(
                &format!("{path}/confirm"),
                &format!("payment_method={ASKS}&{BACK}"),
            );
            assert_eq!(asked["status"], "requires_action");
            let action = &asked["next_action"]["redirect_to_url"];
            assert_eq!(action["return_url"], "https://a.example/back");
            assert_eq!(
                world.events().last(),
                Some(&"payment_intent.requires_action")
            );
            let id = text(&asked["id"]);
            let url = world.authenticate(&id, confirmed).unwrap().unwrap();
            let expected = if confirmed { "succeeded" } else { "failed" };
            assert!(
                url.ends_with(&format!("&redirect_status={expected}")),
                "{url}"
            );
            assert!(url.starts_with(&format!("https://a.example/back?payment_intent={id}&")));
            let intent = world.get(&path, "");
            assert_eq!(intent["status"], status);
            assert!(intent["next_action"].is_null());
            assert_eq!(world.events().last(), Some(&event));
            assert!(world.authenticate(&id, true).is_err(), "answered once only");
        }
    }

    #[test]
    fn the_bank_cannot_ask_a_customer_who_is_away() {
        let mut world = world();
        let form = format!("{ONCE}&confirm=true&off_session=true&payment_method={ASKS}");
        let error = world.refused("payment_intents", &form);
        assert_eq!(error.status, 402);
        let error = &error.to_json()["error"];
        assert_eq!(error["code"], "authentication_required");
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
        // The customer's own card was confirmed when it was kept.
        let customer = world.customer();
        let attach = format!("payment_methods/{ASKS}/attach");
        let method = text(&world.post(&attach, &format!("customer={customer}"))["id"]);
        let form = format!(
            "{ONCE}&confirm=true&off_session=true&customer={customer}&payment_method={method}"
        );
        assert_eq!(world.post("payment_intents", &form)["status"], "succeeded");
        let foreign = form.replace(&customer, &world.customer());
        assert!(
            world
                .refused("payment_intents", &foreign)
                .message()
                .contains("does not belong")
        );
        let nobodys = form.replace(&format!("&customer={customer}"), "");
        assert!(
            world
                .refused("payment_intents", &nobodys)
                .message()
                .contains("provide the customer")
        );
    }

    #[test]
    fn a_payment_is_canceled_once_and_not_after_it_succeeded() {
        let mut world = world();
        let (path, _) = begin(&mut world, "");
        world.events();
        let cancel = format!("{path}/cancel");
        let canceled = world.post(&cancel, "cancellation_reason=abandoned");
        assert_eq!(canceled["status"], "canceled");
        assert_eq!(canceled["cancellation_reason"], "abandoned");
        assert_eq!(canceled["canceled_at"], world.now);
        assert_eq!(world.events(), ["payment_intent.canceled"]);
        let (other, _) = begin(&mut world, "&payment_method=pm_card_visa&confirm=true");
        for (path, status) in [(path, "canceled"), (other, "succeeded")] {
            let error = world.refused(&format!("{path}/cancel"), "");
            assert!(
                error
                    .message()
                    .contains(&format!("because it has a status of {status}"))
            );
        }
        let error = world.refused(&cancel.replace("/cancel", "/confirm"), "");
        assert!(error.message().contains("a status of canceled"));
    }

    #[test]
    fn payments_of_pages_and_invoices_are_left_to_them() {
        let mut world = world();
        let price = world.price(1_000, "");
        let form = format!(
            "mode=payment&success_url=https://a.example/&line_items[0][quantity]=1&line_items[0][price]={price}"
        );
        let session = text(&world.post("checkout/sessions", &form)["id"]);
        world.pay(&session, "4000002500003155").unwrap();
        let path = format!("checkout/sessions/{session}");
        let of_page = text(&world.get(&path, "")["payment_intent"]);
        let month = world.price(1_000, "month");
        let begun = world.subscribe(&month, "&expand[]=latest_invoice.payments");
        let of_invoice =
            text(&begun["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]);
        for (intent, words) in [(of_page, "Checkout Session"), (of_invoice, "invoice")] {
            for verb in ["confirm", "cancel"] {
                let error = world.refused(&format!("payment_intents/{intent}/{verb}"), "");
                assert!(error.message().contains(words), "{}", error.message());
            }
            assert!(world.authenticate(&intent, true).is_err());
        }
    }

    #[test]
    fn requests_are_refused_with_the_reason() {
        let plain = "amount=500&currency=usd";
        for (form, words) in [
            ("currency=usd".to_owned(), "amount"),
            ("amount=500".to_owned(), "currency"),
            ("amount=0&currency=usd".to_owned(), "greater than or equal"),
            ("amount=-1&currency=usd".to_owned(), "non-negative"),
            ("amount=49&currency=usd".to_owned(), "at least $0.50"),
            ("amount=100000000&currency=usd".to_owned(), "no more than"),
            ("amount=500&currency=dollars".to_owned(), "currency"),
            (format!("{plain}&customer=cus_none"), "No such customer"),
            (
                format!("{plain}&payment_method=pm_none"),
                "No such payment method",
            ),
            (
                format!("{plain}&automatic_payment_methods[allow_redirects]=never"),
                "automatic_payment_methods[enabled]",
            ),
            (format!("{plain}&off_session=true"), "unless `confirm`"),
            (format!("{plain}&{BACK}"), "unless `confirm`"),
            (format!("{ONCE}&confirm=true"), "missing a payment method"),
            (
                format!("{plain}&confirm=true&payment_method=pm_card_visa"),
                "must provide a `return_url`",
            ),
            (
                format!("{ONCE}&confirm=true&payment_method=pm_card_visa&return_url=nowhere"),
                "valid URL",
            ),
            (
                format!("{plain}&payment_method_types[]=card"),
                "unknown parameter",
            ),
        ] {
            let mut world = world();
            let error = world.refused("payment_intents", &form);
            assert_eq!(error.status, 400, "{form}");
            assert!(
                error.message().contains(words),
                "{form}: {}",
                error.message()
            );
            assert!(world.events().is_empty(), "{form}");
        }
    }
}
