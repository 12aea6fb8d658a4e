//! A small world for tests: the pure core with a clock and identifiers of its own.

use super::checkout_payment::{self, Next, Typed};
use super::error::ApiError;
use super::event::Cause;
use super::id::Ids;
use super::params::Params;
use super::table::Record as _;
use super::{Answer, Context, State, due, expand, payment_intent_request, portal};
use crate::http::routes;
use serde_json::Value;

/// The core, its clock and its identifiers.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) now: i64,
    ids: Ids,
}

impl World {
    /// Begins at a time like `2027-01-31T10:00:00Z`.
    pub(crate) fn at(time: &str) -> Self {
        Self {
            state: State::default(),
            now: seconds(time),
            ids: Ids::new(1),
        }
    }

    fn act<T>(&mut self, act: impl FnOnce(&mut State, &mut Context<'_>) -> T) -> T {
        let mut context = Context {
            now: self.now,
            ids: &mut self.ids,
            cause: Cause::default(),
        };
        act(&mut self.state, &mut context)
    }

    fn call(&mut self, method: &str, path: &str, form: &str) -> Answer {
        let params = Params::parse(form)?;
        let path: Vec<&str> = path.split('/').collect();
        self.act(|state, context| {
            let mut shown = routes::dispatch(state, context, method, &path, &params)?;
            expand::apply(state, &params, &mut shown)?;
            Ok(shown)
        })
    }

    /// A request that succeeds.
    pub(crate) fn post(&mut self, path: &str, form: &str) -> Value {
        self.call("POST", path, form)
            .unwrap_or_else(|error| panic!("{path} {form}: {}", error.message()))
    }

    /// A request that succeeds.
    pub(crate) fn get(&mut self, path: &str, form: &str) -> Value {
        self.call("GET", path, form)
            .unwrap_or_else(|error| panic!("{path} {form}: {}", error.message()))
    }

    /// A request that succeeds.
    pub(crate) fn delete(&mut self, path: &str, form: &str) -> Value {
        self.call("DELETE", path, form)
            .unwrap_or_else(|error| panic!("{path} {form}: {}", error.message()))
    }

    /// A request that may be refused.
    pub(crate) fn try_post(&mut self, path: &str, form: &str) -> Answer {
        self.call("POST", path, form)
    }

    /// A request that is refused.
    pub(crate) fn refused(&mut self, path: &str, form: &str) -> ApiError {
        match self.call("POST", path, form) {
            Ok(answer) => panic!("{path} {form} was not refused: {answer}"),
            Err(error) => error,
        }
    }

    /// Moves the clock by this many seconds.
    pub(crate) fn advance(&mut self, by: i64) {
        self.advance_until(self.now + by);
    }

    /// Moves the clock.
    pub(crate) fn advance_to(&mut self, time: &str) {
        self.advance_until(seconds(time));
    }

    fn advance_until(&mut self, until: i64) {
        for _ in 0..10_000 {
            let mut context = Context {
                now: self.now,
                ids: &mut self.ids,
                cause: Cause::default(),
            };
            if !due::step(&mut self.state, &mut context, until) {
                self.now = until;
                return;
            }
            self.now = context.now;
        }
        panic!("the clock never comes to an end");
    }

    /// Pays on the checkout page.
    pub(crate) fn pay(&mut self, session: &str, number: &str) -> Result<Next, ApiError> {
        self.pay_with(session, number, "")
    }

    /// Pays on the checkout page with a promotion code.
    pub(crate) fn pay_with(
        &mut self,
        session: &str,
        number: &str,
        code: &str,
    ) -> Result<Next, ApiError> {
        let typed = Typed {
            promotion_code: code.to_owned(),
            email: "a@b.example".to_owned(),
            ..card(number)
        };
        self.act(|state, context| checkout_payment::submit(state, context, session, &typed))
    }

    /// Pays on the checkout page in a way whose outcome comes later.
    pub(crate) fn pay_later(&mut self, session: &str) -> Result<Next, ApiError> {
        let typed = Typed {
            email: "a@b.example".to_owned(),
            later: true,
            ..Typed::default()
        };
        self.act(|state, context| checkout_payment::submit(state, context, session, &typed))
    }

    /// The outcome of such a payment.
    pub(crate) fn settle_later(&mut self, session: &str, succeeds: bool) -> Answer {
        self.act(|state, context| checkout_payment::settle_later(state, context, session, succeeds))
    }

    /// Answers the bank's page.
    pub(crate) fn confirm(&mut self, session: &str, confirmed: bool) -> Result<String, ApiError> {
        self.act(|state, context| checkout_payment::confirm(state, context, session, confirmed))
    }

    /// Answers the bank's page about a payment that was confirmed by a request.
    pub(crate) fn authenticate(
        &mut self,
        intent: &str,
        confirmed: bool,
    ) -> Result<Option<String>, ApiError> {
        self.act(|state, context| {
            payment_intent_request::authenticate(state, context, intent, confirmed)
        })
    }

    /// Chooses another card in the portal.
    pub(crate) fn change_card(&mut self, customer: &str, number: &str) {
        self.act(|state, context| portal::change_card(state, context, customer, &card(number)))
            .unwrap_or_else(|error| panic!("{}", error.message()));
    }

    /// The kinds of the events since the last time.
    pub(crate) fn events(&mut self) -> Vec<&'static str> {
        let ids = std::mem::take(&mut self.state.outbox);
        ids.iter()
            .filter_map(|id| Some(self.state.events.get(id)?.kind()))
            .collect()
    }

    /// The newest event of a kind.
    pub(crate) fn event(&self, kind: &str) -> Value {
        let event = self
            .state
            .events
            .newest_first()
            .find(|event| event.kind() == kind);
        event
            .unwrap_or_else(|| panic!("no event {kind}"))
            .to_json(&self.state)
    }

    /// A product with a price, `recurring` as `month` or `year`, or empty.
    pub(crate) fn price(&mut self, amount: i64, recurring: &str) -> String {
        let recurring = match recurring {
            "" => String::new(),
            interval => format!("&recurring[interval]={interval}"),
        };
        let form = format!("currency=usd&unit_amount={amount}&product_data[name]=Thing{recurring}");
        text(&self.post("prices", &form)["id"])
    }

    /// A customer with a working card.
    pub(crate) fn customer(&mut self) -> String {
        let customer = text(&self.post("customers", "email=a@b.example")["id"]);
        let form = "invoice_settings[default_payment_method]=pm_card_visa";
        self.post(&format!("customers/{customer}"), form);
        customer
    }

    /// A subscription of a new customer.
    pub(crate) fn subscribe(&mut self, price: &str, more: &str) -> Value {
        let customer = self.customer();
        let form = format!("customer={customer}&items[0][price]={price}{more}");
        self.post("subscriptions", &form)
    }

    /// A subscription as it is now.
    pub(crate) fn subscription(&mut self, id: &str) -> Value {
        self.get(&format!("subscriptions/{id}"), "expand[]=latest_invoice")
    }
}

fn card(number: &str) -> Typed {
    Typed {
        number: number.to_owned(),
        expiry: "12/40".to_owned(),
        cvc: "123".to_owned(),
        ..Typed::default()
    }
}

/// A time in seconds since the epoch.
pub(crate) fn seconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The dates of the current period.
pub(crate) fn period(subscription: &Value) -> (String, String) {
    let item = &subscription["items"]["data"][0];
    let date = |name: &str| super::calendar::date(item[name].as_i64().unwrap());
    (date("current_period_start"), date("current_period_end"))
}
