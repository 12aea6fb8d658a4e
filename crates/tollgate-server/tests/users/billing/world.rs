//! A server, its Stripe and one clock for both.

use crate::support::{RESUME, START, Server, USDOT, text};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use tollgate::billing::Billing;
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;
use tollgate_server::config::Config;
use tollgate_server::playground::{Stripe, StripeOptions, TimeMachine};
use tollgate_store::payment::Payment;
use tollgate_store::stripe_event::{Filter, StripeEvent};
use tollgate_store::testing::TestDatabase;

pub(super) const VISA: &str = "4242424242424242";
/// Declined when it is typed.
pub(super) const DECLINED: &str = "4000000000000002";
/// Taken when it is typed, and declined whenever it is charged later.
pub(super) const DECLINED_LATER: &str = "4000000000000341";

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

    pub(super) async fn resume() -> Self {
        Self::with(TestDatabase::sqlite(), RESUME, |_| {}).await
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

    /// The inbox, the newest first.
    pub(super) async fn events(&self) -> Vec<StripeEvent> {
        self.billing()
            .events(&Filter::default(), 1_000)
            .await
            .unwrap()
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

    /// From now on Stripe's events are lost, unless `wish` says otherwise.
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

    /// Nothing comes for a while.
    pub(super) async fn rest(&self) {
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}
