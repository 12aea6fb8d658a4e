//! Where a tour is played: a server on a free port, its Stripe, one customer, and the checks.

use super::{Step, TourError};
use crate::auth::api_key::{Mode, Scope, Scopes};
use crate::config::Config;
use crate::identity::Actor;
use crate::playground::Playground;
use crate::state::AppState;
use crate::{outbound, router, serve, start};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tollgate::{Catalog, Timestamp};

const PASSWORD: &str = "testpass123";
const CARD: &str = "number=4242424242424242&expiry=12/34&cvc=123";
const STRIPE_KEY: &str = "sk_test_playground";

/// How long a figure may take to become what it must be: events come a moment after the payment.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 15_000 });
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long one request may take: a month is travelled in one.
const REQUEST_MAX: Duration = Duration::from_mins(1);

/// Who is told each step.
pub(super) type Tell<'a> = &'a mut (dyn FnMut(&Step) -> io::Result<()> + Send);

/// A server on which a life is played.
pub(super) struct Stage<'a> {
    pub(super) state: AppState,
    server: SocketAddr,
    stripe: SocketAddr,
    http: reqwest::Client,
    /// A back end's key.
    key: String,
    /// The customer's token and id.
    token: String,
    customer: String,
    running: JoinHandle<()>,
    working: JoinHandle<()>,
    stop: oneshot::Sender<()>,
    /// The step that is being played.
    step: usize,
    title: &'static str,
    figures: Map<String, Value>,
    tell: Tell<'a>,
}

/// An answer: its status and its JSON.
pub(super) type Answer = (u16, Value);

impl<'a> Stage<'a> {
    /// Opens everything.
    pub(super) async fn build(
        mut config: Config,
        mut catalog: Catalog,
        start: Timestamp,
        tell: Tell<'a>,
    ) -> Result<Self, TourError> {
        let listener = start::listen(&config).map_err(TourError::server)?;
        let server = listener.local_addr()?;
        let playground = Playground::begin_at(&mut config, server, start).await?;
        playground.adapt(&mut catalog);
        let state = start::open_at(config, Some(catalog), playground.clock()).await;
        let state = state.map_err(TourError::server)?;
        let routes = playground.furnish(&state, router::router(state.clone()));
        let routes = routes.await.map_err(TourError::server)?;
        let scopes = Scopes::new([Scope::Consume, Scope::Read]);
        let actor = Actor::Command("tour");
        let identity = &state.identity;
        let key = identity.create_api_key(actor, "tour", Mode::Live, scopes, None);
        let key = key.await.map_err(TourError::server)?;
        let (stop, stopped) = oneshot::channel();
        let serving = serve::serve(listener, routes, state.clone(), async {
            let _ = stopped.await;
        });
        let billing = state.billing.clone();
        Ok(Self {
            server,
            stripe: playground.stripe().unwrap_or(server),
            http: outbound::client_builder()
                .timeout(REQUEST_MAX)
                .build()
                .map_err(TourError::server)?,
            key: key.key.reveal().to_owned(),
            token: String::new(),
            customer: String::new(),
            running: tokio::spawn(serving),
            working: tokio::spawn(async move {
                if let Some(billing) = billing {
                    billing.run().await;
                }
            }),
            stop,
            step: 0,
            title: "",
            figures: Map::new(),
            tell,
            state,
        })
    }

    /// Stops everything in order.
    pub(super) async fn close(self) {
        let _ = self.stop.send(());
        let _ = self.running.await;
        self.working.abort();
        let _ = self.working.await;
        start::close(&self.state).await;
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, title: &'static str) {
        self.step += 1;
        self.title = title;
        self.figures = Map::new();
    }

    /// Ends a step: tells what happened.
    pub(super) fn tell(&mut self, text: impl Into<String>) -> Result<(), TourError> {
        let step = Step {
            step: self.step,
            title: self.title,
            now: self.state.tollgate.now().to_string(),
            text: text.into(),
            figures: std::mem::take(&mut self.figures),
        };
        (self.tell)(&step).map_err(TourError::from)
    }

    /// A new user with a token, the customer of this tour.
    pub(super) async fn sign_up(&mut self, email: &str) -> Result<(), TourError> {
        let body = json!({ "email": email, "password": PASSWORD });
        let user = self.post("/auth/register", &body).await?;
        self.customer = self.expect_text(&user, 201, "id")?;
        let form = format!("username={email}&password={PASSWORD}");
        let url = self.url("/auth/login");
        let request = self.http.post(url).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let tokens = self.send(request).await?;
        self.token = self.expect_text(&tokens, 200, "access_token")?;
        Ok(())
    }

    /// Uses so many units, as the app's back end.
    pub(super) async fn consume(&self, feature: &str, amount: u64) -> Result<Answer, TourError> {
        let url = self.url(&format!("/v1/customers/{}/consume", self.customer));
        let body = json!({ "feature": feature, "amount": amount });
        let request = self.http.post(url).bearer_auth(&self.key);
        self.send(with_json(request, &body)).await
    }

    /// Asks for the page to pay a plan at.
    pub(super) async fn open_page(&self, plan: &str) -> Result<Answer, TourError> {
        let wish = json!({
            "plan": plan,
            "success_url": "http://localhost:3000/dashboard?success=true",
            "cancel_url": "http://localhost:3000/billing?canceled=true",
        });
        self.post("/billing/create-checkout-session", &wish).await
    }

    /// Pays at a page that was asked for, as a person does.
    pub(super) async fn pay(&mut self, page: &Answer) -> Result<(), TourError> {
        let url = self.expect_text(page, 200, "checkout_url")?;
        let request = self.http.post(url).body(CARD);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request
            .send()
            .await
            .map_err(|error| self.http_error(error))?;
        let status = json!(response.status().as_u16());
        self.check("status of the payment page", &json!(303), &status)
    }

    /// Lets days pass, here and in Stripe.
    pub(super) async fn wait_days(&mut self, days: u32) -> Result<(), TourError> {
        let body = json!({ "advance": format!("{days}d") });
        let moved = self.post("/dev/clock", &body).await?;
        self.check_status(200, &moved)
    }

    /// Has Stripe give back a part of a payment, as the owner of the account does.
    pub(super) async fn refund(&mut self, intent: &str, cents: u64) -> Result<(), TourError> {
        let url = format!("http://{}/v1/refunds", self.stripe);
        let form = format!("payment_intent={intent}&amount={cents}");
        let request = self.http.post(url).bearer_auth(STRIPE_KEY).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let refund = self.send(request).await?;
        self.check_status(200, &refund)
    }

    /// Reads as the customer.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, TourError> {
        let request = self.http.request(Method::GET, self.url(path));
        self.send(self.as_customer(request)).await
    }

    /// Sends JSON as the customer.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, TourError> {
        let request = self.as_customer(self.http.post(self.url(path)));
        self.send(with_json(request, body)).await
    }

    /// Checks an answer that is there: its status, and figures at these places.
    pub(super) fn expect(
        &mut self,
        answer: &Answer,
        status: u16,
        figures: &[(&str, Value)],
    ) -> Result<(), TourError> {
        self.check_status(status, answer)?;
        for (place, expected) in figures {
            let found = at(&answer.1, place);
            self.check(place, expected, found)?;
            self.note(place, expected);
        }
        Ok(())
    }

    /// Reads until all figures are what they must be, and gives up after a while.
    pub(super) async fn see(
        &mut self,
        path: &str,
        figures: &[(&str, Value)],
    ) -> Result<Value, TourError> {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path).await?;
            let is_so = answer.0 == 200
                && figures
                    .iter()
                    .all(|(place, expected)| at(&answer.1, place) == expected);
            if is_so || tokio::time::Instant::now() >= until {
                self.expect(&answer, 200, figures)?;
                return Ok(answer.1);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The last step: replays the record, and compares the customer with Stripe.
    pub(super) async fn prove(&mut self) -> Result<(), TourError> {
        self.begin("Verify");
        let verified = self.state.tollgate.verify().await;
        let verified = verified.map_err(TourError::server)?;
        let differences = json!(verified.differences_count);
        self.check("differences in the balances", &json!(0), &differences)?;
        self.note("entries_replayed", &json!(verified.entries));
        self.note("differences_in_balances", &differences);
        if let Some(billing) = self.state.billing.clone() {
            let drift = billing.drift(|_| {}).await.map_err(TourError::server)?;
            let differences = json!(drift.differences.len());
            self.check("differences from Stripe", &json!(0), &differences)?;
            self.note("differences_from_stripe", &differences);
        }
        self.tell("The record was replayed: every balance is proven, and all is as Stripe has it.")
    }

    /// A text that an answer must have.
    pub(super) fn expect_text(
        &self,
        answer: &Answer,
        status: u16,
        place: &str,
    ) -> Result<String, TourError> {
        self.check_status(status, answer)?;
        let found = at(&answer.1, place);
        let text = found.as_str().map(str::to_owned);
        text.ok_or_else(|| self.wrong(place, &json!("a text"), found))
    }

    fn note(&mut self, place: &str, value: &Value) {
        let name = place.rsplit('/').next().unwrap_or(place);
        self.figures.insert(name.to_owned(), value.clone());
    }

    fn check_status(&self, status: u16, answer: &Answer) -> Result<(), TourError> {
        let found = match answer {
            (found, _) if *found == status => json!(status),
            (found, body) => json!(format!("{found}: {body}")),
        };
        self.check("status", &json!(status), &found)
    }

    fn check(&self, what: &str, expected: &Value, found: &Value) -> Result<(), TourError> {
        if expected == found {
            return Ok(());
        }
        Err(self.wrong(what, expected, found))
    }

    fn wrong(&self, what: &str, expected: &Value, found: &Value) -> TourError {
        TourError::Wrong {
            step: self.step,
            title: self.title,
            what: what.to_owned(),
            expected: expected.clone(),
            found: found.clone(),
        }
    }

    fn http_error(&self, source: reqwest::Error) -> TourError {
        TourError::Http {
            step: self.step,
            title: self.title,
            source,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server)
    }

    fn as_customer(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, TourError> {
        let failed = |error| self.http_error(error);
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(failed)?;
        // What is no JSON is seen as text by whoever expects figures in it.
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((status, body))
    }
}

fn with_json(request: reqwest::RequestBuilder, body: &Value) -> reqwest::RequestBuilder {
    request
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// What stands at a place such as `features/ats_scan/limit`.
fn at<'a>(body: &'a Value, place: &str) -> &'a Value {
    body.pointer(&format!("/{place}")).unwrap_or(&Value::Null)
}
