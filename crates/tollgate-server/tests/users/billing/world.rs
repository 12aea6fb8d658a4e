//! A server, its Stripe and one clock for both.

use crate::support::{Answer, START, Server, USDOT, text};
use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tollgate::billing::Billing;
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;
use tollgate_server::config::Config;
use tollgate_server::playground::{Stripe, StripeOptions, TimeMachine};
use tollgate_store::payment::Payment;
use tollgate_store::stripe_event::{Filter, StripeEvent};
use tollgate_store::testing::TestDatabase;
use tollgate_stripe::webhook::{self, WebhookSecret};

pub(super) const VISA: &str = "4242424242424242";
/// Declined when it is typed.
pub(super) const DECLINED: &str = "4000000000000002";
/// Taken when it is typed, and declined whenever it is charged later.
pub(super) const DECLINED_LATER: &str = "4000000000000341";

/// What signs the events.
pub(super) const SECRET: &str = "whsec_playground";
const SECRET_KEY: &str = "sk_test_playground";

pub(super) struct World {
    pub(super) server: Server,
    pub(super) stripe: Stripe,
    pub(super) machine: TimeMachine,
    pub(super) http: reqwest::Client,
}

impl World {
    pub(super) async fn usdot() -> Self {
        Self::with(TestDatabase::sqlite(), USDOT, |_| {}).await
    }

    pub(super) async fn with(
        database: TestDatabase,
        catalog: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let start: Timestamp = START.parse().unwrap();
        let options = StripeOptions {
            frozen_at: Some(start.as_seconds()),
            seed: Some(7),
            listen: None,
        };
        let stripe = Stripe::begin(address, options).await.unwrap();
        let server = Server::over(database, catalog, |config| {
            stripe.settle_into(config, address);
            config.stripe.sweep_minutes = 0;
            // Years pass here.
            config.auth.access_token_seconds = 400_000_000;
            config.auth.session_seconds = 400_000_000;
            config.auth.refresh_token_seconds = 400_000_000;
            config.auth.signing_key_days = 0;
            change(config);
        })
        .await;
        let router = server.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let billing = server.state.billing.clone().unwrap();
        billing.setup(true).await.unwrap();
        let machine = TimeMachine {
            clock: server.clock.clone(),
            sandbox: stripe.sandbox.clone(),
            billing,
        };
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            server,
            stripe,
            machine,
            http,
        }
    }

    pub(super) fn billing(&self) -> &Billing {
        &self.machine.billing
    }

    /// Everything that Stripe sent is applied.
    pub(super) async fn settle(&self) {
        self.machine.settle().await.unwrap();
    }

    /// Moves both clocks.
    pub(super) async fn wait_days(&self, days: i64) {
        let until = self.server.clock.now().plus_seconds(days * 86_400);
        self.machine.travel(until).await.unwrap();
    }

    /// Moves both clocks to this instant.
    pub(super) async fn wait_until(&self, at: &str) {
        self.machine.travel(at.parse().unwrap()).await.unwrap();
    }

    /// The body for a payment page of a plan.
    pub(super) fn page(plan: &str) -> Value {
        json!({
            "plan": plan,
            "success_url": "http://localhost:3000/dashboard?success=true",
            "cancel_url": "http://localhost:3000/billing?canceled=true",
        })
    }

    /// The payment page of a plan.
    pub(super) async fn checkout(&self, token: &str, plan: &str) -> Value {
        let path = "/billing/create-checkout-session";
        let answer = self.server.post(path, token, Self::page(plan)).await;
        answer.expect(200)
    }

    /// The payment page of units.
    pub(super) async fn purchase(&self, token: &str, quantity: u64) -> Value {
        let path = "/billing/purchase-quota";
        let body = json!({ "quantity": quantity });
        self.server.post(path, token, body).await.expect(200)
    }

    /// Pays on Stripe's page with this card. Answers the status of the page's answer.
    pub(super) async fn type_card(&self, page: &Value, number: &str) -> u16 {
        let form = [("number", number), ("expiry", "12/34"), ("cvc", "123")];
        let url = text(&page["checkout_url"]);
        let answer = self
            .http
            .post(url)
            .body(encoded(&form))
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    }

    /// Pays on Stripe's page, and waits until it is known here.
    pub(super) async fn pay(&self, page: &Value) {
        assert_eq!(self.type_card(page, VISA).await, 303);
        self.settle().await;
    }

    /// A new user who pays a plan: their id and token.
    pub(super) async fn subscriber(&self, email: &str, plan: &str) -> (String, String) {
        let (id, token) = self.server.user(email).await;
        let page = self.checkout(&token, plan).await;
        self.pay(&page).await;
        assert_eq!(self.plan(&token).await, plan);
        (id, token)
    }

    /// A new user who bought units: their id, token and payment intent.
    pub(super) async fn buyer(&self, email: &str, quantity: u64) -> (String, String, String) {
        let (id, token) = self.server.user(email).await;
        let page = self.purchase(&token, quantity).await;
        self.pay(&page).await;
        let payment = self.payment(&id).await;
        (id, token, payment.stripe_payment_intent.unwrap())
    }

    pub(super) async fn subscription(&self, token: &str) -> Value {
        let answer = self.server.get("/billing/subscription", token).await;
        answer.expect(200)
    }

    pub(super) async fn plan(&self, token: &str) -> String {
        text(&self.subscription(token).await["plan_id"])
    }

    /// The figures of the quota, all meters together.
    pub(super) async fn quota(&self, token: &str) -> (u64, u64, u64) {
        let usage = self.server.get("/billing/usage", token).await.expect(200);
        let figure = |name: &str| usage[name].as_u64().unwrap();
        (
            figure("quota_limit"),
            figure("quota_used"),
            figure("quota_remaining"),
        )
    }

    pub(super) async fn remaining(&self, token: &str) -> u64 {
        self.quota(token).await.2
    }

    /// Uses so many units. Answers whether they were granted.
    pub(super) async fn consume(&self, customer: &str, feature: &str, amount: u64) -> bool {
        let uses = tollgate_core::request::Uses::one(feature.parse().unwrap(), amount).unwrap();
        let request = tollgate_core::request::Consume {
            uses,
            member: None,
            metadata: None,
        };
        let customer = CustomerId::new(customer).unwrap();
        let decision = self.server.state.tollgate.consume(&customer, request, None);
        matches!(decision.await.unwrap(), tollgate::Decision::Granted(_))
    }

    /// The newest payment of a customer.
    pub(super) async fn payment(&self, customer: &str) -> Payment {
        let customer = CustomerId::new(customer).unwrap();
        let payments = self.billing().payments(&customer, None, 1).await.unwrap();
        payments.into_iter().next().unwrap()
    }

    /// The newest event of this kind in the inbox.
    pub(super) async fn event(&self, kind: &str) -> Option<StripeEvent> {
        let events = self.events().await;
        events.into_iter().find(|event| event.kind == kind)
    }

    /// The inbox, the newest first, without what setting up the prices brought.
    pub(super) async fn events(&self) -> Vec<StripeEvent> {
        let events = self.billing().events(&Filter::default(), 1_000).await;
        let of_setup = |kind: &str| kind.starts_with("product.") || kind.starts_with("price.");
        let mut events = events.unwrap();
        events.retain(|event| !of_setup(&event.kind));
        events
    }

    /// Asks Stripe as the owner of the account does.
    pub(super) async fn stripe(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("http://{}/v1/{path}", self.stripe.address);
        let request = self.http.request(method, url).bearer_auth(SECRET_KEY);
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encoded(form));
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(status.is_success(), "{path}: {body}");
        body
    }

    /// Turns one of the imitation's own knobs.
    pub(super) async fn control(&self, path: &str, wish: Value) -> Value {
        let url = format!("http://{}/_sandbox/{path}", self.stripe.address);
        let request = self.http.post(url).body(wish.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(status.is_success(), "{path}: {body}");
        body
    }

    /// Stripe gives money of a payment back.
    pub(super) async fn refund(&self, payment_intent: &str, amount: u64) -> Value {
        let amount = amount.to_string();
        let form = [("payment_intent", payment_intent), ("amount", &amount)];
        let refund = self.stripe(Method::POST, "refunds", &form).await;
        self.settle().await;
        refund
    }

    /// Sends an event as Stripe does, signed now.
    pub(super) async fn deliver(&self, event: &Value) -> Answer {
        let body = event.to_string();
        let at = self.server.clock.now().as_seconds();
        let secret = WebhookSecret::new(SECRET).unwrap();
        let header = webhook::sign(body.as_bytes(), &secret, at);
        self.deliver_raw(body.into_bytes(), &header).await
    }

    /// Sends these bytes with this signature.
    pub(super) async fn deliver_raw(&self, body: Vec<u8>, signature: &str) -> Answer {
        let request = Request::post("/webhooks/stripe")
            .header("content-type", "application/json")
            .header("stripe-signature", signature)
            .body(Body::from(body));
        self.server.send(request.unwrap()).await
    }

    /// Everything that Stripe has to tell, the oldest first.
    pub(super) fn told(&self) -> Vec<Value> {
        self.stripe.sandbox.events()
    }

    /// The events of these kinds that Stripe has to tell, the oldest first.
    pub(super) fn told_of(&self, kinds: &[&str]) -> Vec<Value> {
        let told = self.told().into_iter();
        told.filter(|event| kinds.contains(&event["type"].as_str().unwrap()))
            .collect()
    }

    /// From now on Stripe's events are lost.
    pub(super) async fn lose_events(&self) {
        self.disturb(json!({ "lose": 1 })).await;
    }

    /// What is sent by a running worker here: everything that waits is tried once.
    pub(super) async fn work(&self) {
        self.billing().work_through().await.unwrap();
    }

    /// Disturbs the way of Stripe's events.
    pub(super) async fn disturb(&self, wish: Value) {
        self.control("webhooks", wish).await;
    }

    /// The subscriptions that Stripe has of a customer here.
    pub(super) async fn stripe_subscriptions(&self, token: &str) -> Vec<Value> {
        let customer = text(&self.subscription(token).await["stripe_customer_id"]);
        let path = format!("subscriptions?status=all&customer={customer}");
        let listed = self.stripe(Method::GET, &path, &[]).await;
        listed["data"].as_array().unwrap().clone()
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

impl World {
    /// The account of a customer.
    pub(super) async fn account(&self, customer: &str) -> tollgate_core::Account {
        let customer = CustomerId::new(customer).unwrap();
        let account = self.server.state.tollgate.account(&customer).await;
        account.unwrap().unwrap()
    }

    /// A new user who paid for units of which nobody here has heard yet.
    pub(super) async fn unsettled_buyer(
        &self,
        email: &str,
        quantity: u64,
    ) -> (String, String, Value) {
        let (id, token) = self.server.user(email).await;
        let page = self.purchase(&token, quantity).await;
        assert_eq!(self.type_card(&page, VISA).await, 303);
        (id, token, page)
    }

    /// Stripe works again.
    pub(super) async fn stop_failing(&self) {
        let url = format!("http://{}/_sandbox/failures", self.stripe.address);
        self.http.delete(url).send().await.unwrap();
    }

    /// Stripe's id of the monthly price of a plan.
    pub(super) fn price(&self, plan: &str) -> String {
        let catalog = self.server.state.tollgate.catalog();
        let plan = &catalog.plans[plan];
        let (_, price) = plan.usual_price().unwrap();
        price.stripe_price.clone().unwrap()
    }

    /// Stripe's id of a customer here.
    pub(super) async fn stripe_customer(&self, customer: &str) -> String {
        let customer = CustomerId::new(customer).unwrap();
        let standing = self.billing().standing(&customer).await.unwrap();
        standing.stripe.unwrap().stripe_customer.unwrap()
    }

    /// The owner of the account subscribes a customer in Stripe itself, with a good card.
    pub(super) async fn subscribe_in_stripe(&self, customer: &str, price: &str) -> Value {
        let attach = "payment_methods/pm_card_visa/attach";
        let card = self
            .stripe(Method::POST, attach, &[("customer", customer)])
            .await;
        let form = [
            ("customer", customer),
            ("items[0][price]", price),
            ("default_payment_method", card["id"].as_str().unwrap()),
        ];
        self.stripe(Method::POST, "subscriptions", &form).await
    }
}

impl World {
    /// Looks for events that never came, and works them through.
    pub(super) async fn sweep(&self) {
        self.billing().sweep().await.unwrap();
        self.work().await;
    }

    /// Has every event of the inbox tried again.
    pub(super) async fn replay_all(&self) {
        for event in self.events().await {
            self.billing().replay(&event.id).await.unwrap();
        }
        self.work().await;
    }

    /// How many entries of this kind the record has of a customer.
    pub(super) async fn entries(&self, customer: &str, kind: &str) -> usize {
        let customer = CustomerId::new(customer).unwrap();
        let filter = tollgate_store::entry::HistoryFilter::default();
        let history = self
            .server
            .state
            .tollgate
            .history(&customer, None, 1_000, &filter)
            .await;
        let page = history.unwrap().unwrap();
        let entries = page.entries.iter();
        entries
            .filter(|recorded| recorded.entry.body.cause.as_str() == kind)
            .count()
    }
}

impl World {
    /// Changes our own note of whose an object of Stripe's is, which nothing here ever does.
    pub(super) async fn forge_owner(&self, stripe_id: &str, customer: &str) {
        self.forge(format!(
            "UPDATE stripe_ids SET customer_id = '{customer}' WHERE id = '{stripe_id}'"
        ))
        .await;
    }

    /// Changes what our own note says a payment is of, which nothing here ever does.
    pub(super) async fn forge_amount(&self, payment: &Payment) {
        let (amount, id) = (payment.amount.minor, payment.id);
        self.forge(format!(
            "UPDATE one_time_payments SET amount_cents = {amount} WHERE id = '{id}'"
        ))
        .await;
    }

    /// Forgets which customer of Stripe's a customer is, which nothing here ever does.
    pub(super) async fn forge_customer_forgotten(&self, customer: &str) {
        self.forge(format!(
            "UPDATE stripe_customers SET stripe_customer_id = NULL, generation = 2
             WHERE customer_id = '{customer}'"
        ))
        .await;
    }

    /// The idempotency key under which the second customer in Stripe would be made.
    pub(super) async fn customer_key(&self, customer: &str) -> String {
        let store = self.server.state.tollgate.store();
        let mut reader = store.read().await.unwrap();
        let installation = tollgate_store::setting::find(&mut reader, "stripe.installation").await;
        format!("{}-customer-{customer}-2", installation.unwrap().unwrap())
    }

    /// Changes our own note of every open page, which nothing here ever does.
    pub(super) async fn forge_page_unknown(&self) {
        let statement = "UPDATE checkouts SET session_id = 'cs_test_elsewhere'";
        self.forge(statement.to_owned()).await;
    }

    async fn forge(&self, statement: String) {
        let store = self.server.state.tollgate.store();
        let mut transaction = store.begin().await.unwrap();
        let connection = transaction.as_sqlite().unwrap();
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(connection)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    }
}
