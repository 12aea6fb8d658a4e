//! Cards: the test numbers, what they do when charged, and the little that is kept of them.

use super::calendar::UnixSeconds;
use super::customer::{self, Customer};
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::{Answer, Context, State};
use serde_json::{Value, json};

/// What a test card does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Every charge succeeds.
    Succeeds,
    /// It is refused everywhere, with this decline code.
    Declines(&'static str),
    /// It can be kept, but every charge fails.
    FailsWhenCharged,
    /// The customer must confirm with the bank, once.
    NeedsAuthentication,
}

/// A card as it is kept: never its number.
#[derive(Clone, Debug)]
pub(crate) struct Card {
    pub(crate) brand: &'static str,
    pub(crate) last4: String,
    pub(crate) expiry_month: i64,
    pub(crate) expiry_year: i64,
    pub(crate) behavior: Behavior,
}

/// A way to pay.
#[derive(Clone, Debug)]
pub(crate) struct PaymentMethod {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) customer: Option<String>,
    pub(crate) card: Card,
    pub(crate) email: Option<String>,
    pub(crate) metadata: Metadata,
}

super::record!(PaymentMethod, "payment_method", payment_methods);

/// Number, ready-made identifier, brand and behaviour.
type TestCard = (&'static str, &'static str, &'static str, Behavior);

/// Each test card.
const TEST_CARDS: &[TestCard] = &[
    (
        "4242424242424242",
        "pm_card_visa",
        "visa",
        Behavior::Succeeds,
    ),
    (
        "5555555555554444",
        "pm_card_mastercard",
        "mastercard",
        Behavior::Succeeds,
    ),
    (
        "378282246310005",
        "pm_card_amex",
        "amex",
        Behavior::Succeeds,
    ),
    (
        "4000000000000002",
        "pm_card_visa_chargeDeclined",
        "visa",
        Behavior::Declines("generic_decline"),
    ),
    (
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "visa",
        Behavior::Declines("insufficient_funds"),
    ),
    (
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        "visa",
        Behavior::NeedsAuthentication,
    ),
    (
        "4000000000000341",
        "pm_card_chargeCustomerFail",
        "visa",
        Behavior::FailsWhenCharged,
    ),
];

/// The numbers that pages may name.
pub(crate) fn test_numbers() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEST_CARDS.iter().map(|(number, _, _, behavior)| {
        let does = match behavior {
            Behavior::Succeeds => "succeeds",
            Behavior::Declines("insufficient_funds") => "is declined: insufficient funds",
            Behavior::Declines(_) => "is declined",
            Behavior::FailsWhenCharged => "can be kept, then fails when it is charged",
            Behavior::NeedsAuthentication => "asks for confirmation (3-D Secure)",
        };
        (*number, does)
    })
}

/// Reads a card from what was typed. Only test numbers are taken, so that no real card number is
/// ever accepted.
pub(crate) fn typed_card(
    number: &str,
    expiry: &str,
    cvc: &str,
    now: UnixSeconds,
) -> Result<Card, ApiError> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let known = TEST_CARDS.iter().find(|(known, ..)| *known == digits);
    let (_, _, brand, behavior) = known.ok_or_else(|| {
        ApiError::card(
            "incorrect_number",
            None,
            "Your card number is not one of the test numbers. This is not Stripe: never type a real card here.",
        )
    })?;
    let (expiry_month, expiry_year) = typed_expiry(expiry).ok_or_else(|| {
        ApiError::card(
            "invalid_expiry_month",
            None,
            "Your card's expiration date is not complete.",
        )
    })?;
    if (expiry_year, expiry_month) < year_and_month(now) {
        return Err(ApiError::card(
            "invalid_expiry_year",
            None,
            "Your card's expiration date is in the past.",
        ));
    }
    if !(3..=4).contains(&cvc.trim().len())
        || !cvc.trim().chars().all(|digit| digit.is_ascii_digit())
    {
        return Err(ApiError::card(
            "invalid_cvc",
            None,
            "Your card's security code is invalid.",
        ));
    }
    Ok(Card {
        brand,
        last4: digits[digits.len() - 4..].to_owned(),
        expiry_month,
        expiry_year,
        behavior: *behavior,
    })
}

/// `12/34`, `12 / 2034` or `1234`.
fn typed_expiry(text: &str) -> Option<(i64, i64)> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (month, year) = (digits.get(..2)?, digits.get(2..)?);
    let month: i64 = month
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    match year.len() {
        2 => Some((month, 2_000 + year.parse::<i64>().ok()?)),
        4 => Some((month, year.parse().ok()?)),
        _ => None,
    }
}

fn year_and_month(now: UnixSeconds) -> (i64, i64) {
    let date = super::calendar::date(now);
    let mut parts = date.split('-').filter_map(|part| part.parse().ok());
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

impl Card {
    /// What stands for a bank account, whose payments take days.
    pub(crate) fn of_a_bank() -> Self {
        Self {
            brand: "unknown",
            last4: "6789".to_owned(),
            expiry_month: 12,
            expiry_year: 2_099,
            behavior: Behavior::Succeeds,
        }
    }

    /// How a charge ends: nothing when it succeeds, else the refusal and its decline code.
    pub(crate) fn decline(&self) -> Option<Decline> {
        let (code, message) = match self.behavior {
            Behavior::Succeeds | Behavior::NeedsAuthentication => return None,
            Behavior::Declines("insufficient_funds") => {
                ("insufficient_funds", "Your card has insufficient funds.")
            }
            Behavior::Declines(code) => (code, "Your card was declined."),
            Behavior::FailsWhenCharged => ("generic_decline", "Your card was declined."),
        };
        Some(Decline {
            code: "card_declined",
            bank_code: code,
            message,
        })
    }
}

/// Why a charge failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    /// The error's code.
    pub(crate) code: &'static str,
    /// The bank's reason.
    pub(crate) bank_code: &'static str,
    /// The same for people.
    pub(crate) message: &'static str,
}

impl Decline {
    /// There is no card to charge.
    pub(crate) const NO_CARD: Decline = Decline {
        code: "resource_missing",
        bank_code: "generic_decline",
        message: "This customer has no attached payment source or default payment method.",
    };

    /// The bank wants the customer's word, and the customer is away.
    pub(crate) const AUTHENTICATION_REQUIRED: Decline = Decline {
        code: "authentication_required",
        bank_code: "authentication_required",
        message: "Your card was declined. This transaction requires authentication.",
    };

    /// The refusal of a request.
    pub(crate) fn to_error(self) -> ApiError {
        ApiError::card(self.code, Some(self.bank_code), self.message)
    }
}

impl PaymentMethod {
    fn shown(&self, _: &State) -> Value {
        let mut card = card_json(&self.card);
        card["display_brand"] = json!(self.card.brand);
        card["generated_from"] = Value::Null;
        card["networks"] = json!({ "available": [self.card.brand], "preferred": null });
        card["three_d_secure_usage"] = json!({ "supported": true });
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": {
                "address": {
                    "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null,
                },
                "email": self.email,
                "name": null,
                "phone": null,
                "tax_id": null,
            },
            "card": card,
            "created": self.created,
            "customer": self.customer,
            "customer_account": null,
            "livemode": false,
            "metadata": self.metadata,
            "type": "card",
        })
    }
}

/// A card as payment methods and charges show it.
pub(crate) fn card_json(card: &Card) -> Value {
    json!({
        "brand": card.brand,
        "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
        "country": "US",
        "exp_month": card.expiry_month,
        "exp_year": card.expiry_year,
        "fingerprint": format!("sandbox{}", card.last4),
        "funding": "credit",
        "last4": card.last4,
        "regulated_status": "unregulated",
        "wallet": null,
    })
}

/// Keeps a card, for a customer or (as yet) for nobody.
pub(crate) fn keep(
    state: &mut State,
    context: &mut Context<'_>,
    card: Card,
    email: Option<String>,
) -> String {
    let method = PaymentMethod {
        id: context.ids.object("pm"),
        created: context.now,
        customer: None,
        card,
        email,
        metadata: Metadata::new(),
    };
    let id = method.id.clone();
    state.keep(method);
    id
}

/// What a ready-made test card is and does. Those that fail have a second name, without a brand.
fn ready_made(id: &str) -> Option<&'static TestCard> {
    TEST_CARDS
        .iter()
        .find(|(_, name, ..)| *name == id || name.replace("_visa_charge", "_charge") == id)
}

/// Whether a test card of this name is made when it is first used.
pub(crate) fn is_ready_made(id: &str) -> bool {
    ready_made(id).is_some()
}

/// The card of this identifier; of a ready-made test card a copy, which is nobody's as yet.
pub(crate) fn copy_if_ready_made(state: &mut State, context: &mut Context<'_>, id: &str) -> String {
    let Some((number, _, brand, behavior)) = ready_made(id) else {
        return id.to_owned();
    };
    let card = Card {
        brand,
        last4: number[number.len() - 4..].to_owned(),
        expiry_month: 12,
        expiry_year: year_and_month(context.now).0 + 5,
        behavior: *behavior,
    };
    keep(state, context, card, None)
}

/// Gives a card to a customer; a ready-made test card is copied first. Returns the identifier.
pub(crate) fn attach_to(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    customer: &str,
) -> Result<String, ApiError> {
    let id = copy_if_ready_made(state, context, id);
    let method = state.refer::<PaymentMethod>(&id, "payment_method")?;
    if let Behavior::Declines(code) = method.card.behavior {
        return Err(ApiError::card(
            "card_declined",
            Some(code),
            "Your card was declined.",
        ));
    }
    if method
        .customer
        .as_deref()
        .is_some_and(|owner| owner != customer)
    {
        return Err(ApiError::invalid(
            "The payment method you provided has already been attached to a customer.",
        )
        .code("payment_method_unexpected_state"));
    }
    if method.customer.is_none() {
        let owner = customer.to_owned();
        state.quietly::<PaymentMethod>(&id, |method| method.customer = Some(owner));
        state.announce::<PaymentMethod>(context, &id, "payment_method.attached");
    }
    Ok(id)
}

/// The customer's own card with this identifier; ready-made test cards are attached.
pub(crate) fn of_customer(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    customer: &str,
) -> Result<String, ApiError> {
    if is_ready_made(id) {
        return attach_to(state, context, id, customer);
    }
    let method = state.refer::<PaymentMethod>(id, "default_payment_method")?;
    if method.customer.as_deref() == Some(customer) {
        return Ok(id.to_owned());
    }
    Err(ApiError::invalid(format!(
        "The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer."
    ))
    .code("resource_missing")
    .param("default_payment_method"))
}

/// The card that pays for a customer when nothing else was chosen.
pub(crate) fn default_of(state: &State, customer: &str) -> Option<String> {
    state
        .customers
        .get(customer)
        .and_then(|customer| customer.default_payment_method.clone())
}

/// `POST /v1/payment_methods/{id}/attach`.
pub(crate) fn attach(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["customer", "customer_account", "expand"])?;
    let customer = customer::living(state, params.need("customer")?, "customer")?
        .id
        .clone();
    let id = attach_to(state, context, id, &customer)?;
    Ok(state.json::<PaymentMethod>(&id))
}

/// `POST /v1/payment_methods/{id}/detach`.
pub(crate) fn detach(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    let owner = state
        .find::<PaymentMethod>(id, "payment_method")?
        .customer
        .clone();
    if let Some(owner) = owner.filter(|owner| default_of(state, owner).as_deref() == Some(id)) {
        state.change::<Customer>(context, &owner, "customer.updated", |customer| {
            customer.default_payment_method = None;
        });
    }
    Ok(
        state.change::<PaymentMethod>(context, id, "payment_method.detached", |method| {
            method.customer = None;
        }),
    )
}

/// `GET /v1/payment_methods` and `GET /v1/customers/{id}/payment_methods`.
pub(crate) fn list(state: &State, params: &Params, customer: Option<&str>) -> Answer {
    params.only(&[
        "customer_account",
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "type",
        "allow_redisplay",
    ])?;
    let customer = customer.or(params.text("customer"));
    let wanted = |method: &PaymentMethod| {
        customer.is_none_or(|owner| method.customer.as_deref() == Some(owner))
    };
    list::page(state, params, "/v1/payment_methods", wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_cards_are_taken_and_only_the_end_is_kept() {
        let card = typed_card("4242 4242 4242 4242", "12/34", "123", 1_800_000_000).unwrap();
        assert_eq!((card.brand, card.last4.as_str()), ("visa", "4242"));
        assert!(!format!("{card:?}").contains("42424242"));
        for (number, expiry, cvc) in [
            ("4111111111111111", "12/34", "123"),
            ("4242424242424242", "12/20", "123"),
            ("4242424242424242", "13/34", "123"),
            ("4242424242424242", "12/34", "x"),
        ] {
            assert!(
                typed_card(number, expiry, cvc, 1_800_000_000).is_err(),
                "{number} {expiry} {cvc}"
            );
        }
    }
}
