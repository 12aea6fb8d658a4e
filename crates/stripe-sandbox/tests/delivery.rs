//! Events on their way: signed, sent again when they are refused, and disturbed on demand.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use stripe_sandbox::{Config, Sandbox, WebhookTarget};

#[derive(Default)]
struct Receiver {
    /// How many deliveries are still to be refused.
    refuses: Mutex<u32>,
    taken: Mutex<Vec<(String, Value)>>,
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let mut refuses = receiver.refuses.lock().unwrap();
    if *refuses > 0 {
        *refuses -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    let event = serde_json::from_str(&body).unwrap();
    receiver.taken.lock().unwrap().push((signature, event));
    StatusCode::OK
}

struct World {
    sandbox: Sandbox,
    receiver: Arc<Receiver>,
    url: String,
    client: reqwest::Client,
}

impl World {
    async fn new() -> Self {
        let receiver = Arc::new(Receiver::default());
        let router = Router::new()
            .route("/", post(receive))
            .with_state(Arc::clone(&receiver));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let sandbox = Sandbox::new(Config {
            webhooks: vec![WebhookTarget::new(format!("http://{address}/"), "whsec_1")],
            ..Config::for_testing()
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = sandbox.clone();
        tokio::spawn(async move { server.serve(listener).await });
        Self {
            sandbox,
            receiver,
            url,
            client: reqwest::Client::new(),
        }
    }

    async fn control(&self, path: &str, wish: Value) -> Value {
        let answer = self
            .client
            .post(format!("{}/_sandbox/{path}", self.url))
            .body(wish.to_string())
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    async fn customers(&self, count: usize) {
        for number in 0..count {
            let answer = self
                .client
                .post(format!("{}/v1/customers", self.url))
                .bearer_auth("sk_test_1")
                .body(format!("name={number}"))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            assert!(answer.headers().contains_key("request-id"));
        }
    }

    /// The names in the order in which they came.
    async fn names(&self) -> Vec<String> {
        assert!(self.sandbox.settle().await);
        let taken = std::mem::take(&mut *self.receiver.taken.lock().unwrap());
        taken
            .iter()
            .map(|(_, event)| event["data"]["object"]["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

fn install_tls() {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[tokio::test]
async fn events_come_in_order_and_signed() {
    install_tls();
    let world = World::new().await;
    world.customers(5).await;
    assert!(world.sandbox.settle().await);
    for (signature, event) in world.receiver.taken.lock().unwrap().iter() {
        assert!(signature.starts_with("t=") && signature.contains(",v1="));
        assert_eq!(event["api_version"], stripe_sandbox::API_VERSION);
        assert!(event["request"]["id"].as_str().unwrap().starts_with("req_"));
    }
    assert_eq!(world.names().await, numbers(5));
    assert_eq!(world.sandbox.events().len(), 5);
}

#[tokio::test]
async fn what_is_refused_comes_again() {
    install_tls();
    let world = World::new().await;
    *world.receiver.refuses.lock().unwrap() = 3;
    world.customers(2).await;
    let mut names = world.names().await;
    names.sort();
    assert_eq!(names, numbers(2));
}

#[tokio::test]
async fn what_is_refused_too_often_is_given_up_and_can_be_sent_again() {
    install_tls();
    let world = World::new().await;
    *world.receiver.refuses.lock().unwrap() = 5;
    world.customers(1).await;
    assert!(world.names().await.is_empty());
    let id = world.sandbox.events()[0]["id"].clone();
    world.control("webhooks", json!({ "resend": id })).await;
    assert_eq!(world.names().await, numbers(1));
}

#[tokio::test]
async fn disorder_comes_on_demand() {
    install_tls();
    let world = World::new().await;
    world
        .control(
            "webhooks",
            json!({ "duplicate": 1, "shuffle": true, "seed": 3, "paused": true }),
        )
        .await;
    world.customers(10).await;
    assert!(
        world.names().await.is_empty(),
        "nothing comes while it is paused"
    );
    world.control("webhooks", json!({ "paused": false })).await;
    let mut names = world.names().await;
    assert_ne!(names[..10], numbers(10)[..]);
    names.sort();
    let mut twice = [numbers(10), numbers(10)].concat();
    twice.sort();
    assert_eq!(names, twice);
    world
        .control(
            "webhooks",
            json!({ "duplicate": 0, "shuffle": false, "lose": 1 }),
        )
        .await;
    world.customers(3).await;
    assert!(world.names().await.is_empty());
    assert_eq!(
        world.sandbox.events().len(),
        13,
        "what is lost can still be listed"
    );
}

#[tokio::test]
async fn the_clock_does_not_go_back_and_refusals_have_no_effect() {
    install_tls();
    let world = World::new().await;
    let before = world.sandbox.now();
    let moved = world
        .control("clock", json!({ "advance": 60, "settle": true }))
        .await;
    assert_eq!(moved["now"], before + 60);
    world.sandbox.advance_to(before);
    assert_eq!(world.sandbox.now(), before + 60);
    let answer = world
        .client
        .post(format!("{}/v1/checkout/sessions", world.url))
        .bearer_auth("sk_test_1")
        .body("mode=subscription&success_url=https://a.example/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][product_data][name]=Thing")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert!(
        world.sandbox.events().is_empty(),
        "no product is left behind"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_makes_one_customer() {
    install_tls();
    let world = World::new().await;
    let mut requests = Vec::new();
    for _ in 0..50 {
        let request = world
            .client
            .post(format!("{}/v1/customers", world.url))
            .bearer_auth("sk_test_1")
            .header("idempotency-key", "sign-up")
            .body("email=a@b.example");
        requests.push(tokio::spawn(request.send()));
    }
    for request in requests {
        let status = request.await.unwrap().unwrap().status();
        assert!(status == 200 || status == 409, "{status}");
    }
    assert_eq!(world.sandbox.events().len(), 1);
}
