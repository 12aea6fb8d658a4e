//! A small Stripe for tests: it answers what it is told to, and keeps what it was asked.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tollgate_stripe::{Client, Config, Retry, SecretKey};

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    delay: Duration,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: vec![("request-id", "req_test")],
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    pub(crate) fn customer() -> Self {
        Self::new(200, r#"{"id":"cus_1","object":"customer"}"#)
    }

    pub(crate) fn failure() -> Self {
        Self::new(500, r#"{"error":{"type":"api_error","message":"Sorry"}}"#)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

type Script = dyn Fn(usize, &Request) -> Answer + Send + Sync;

#[derive(Clone)]
struct Shared {
    requests: Arc<Mutex<Vec<Request>>>,
    script: Arc<Script>,
}

/// A running fake; it ends with the test.
pub(crate) struct FakeStripe {
    pub(crate) base_url: String,
    shared: Shared,
}

impl FakeStripe {
    /// Starts one whose answers depend on the number of requests before and on the request.
    pub(crate) async fn start(
        script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            requests: Arc::default(),
            script: Arc::new(script),
        };
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base_url, shared }
    }

    /// Starts one that gives these answers in order, and the last one for ever.
    pub(crate) async fn answering(answers: Vec<Answer>) -> Self {
        Self::start(move |number, _| answers[number.min(answers.len() - 1)].clone()).await
    }

    /// A client of it that is tried quickly.
    pub(crate) fn client(&self) -> Client {
        client(quick(&self.base_url))
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }
}

pub(crate) fn client(config: Config) -> Client {
    Client::new(config, || 0).unwrap()
}

/// No pauses between tries, and short limits.
pub(crate) fn quick(base_url: &str) -> Config {
    Config {
        base_url: base_url.to_owned(),
        timeout: Duration::from_secs(5),
        retry: Retry {
            tries_max: 3,
            pause_first: Duration::from_millis(1),
            pause_max: Duration::from_millis(1),
            total_max: Duration::from_secs(10),
        },
        ..Config::new(SecretKey::new("sk_test_hidden").unwrap())
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request {
        method,
        path: uri.path().to_owned(),
        query: pairs(uri.query().unwrap_or_default().as_bytes()),
        headers,
        form: pairs(&body),
    };
    let number = {
        let mut requests = shared.requests.lock().unwrap();
        requests.push(request.clone());
        requests.len() - 1
    };
    let answer = (shared.script)(number, &request);
    tokio::time::sleep(answer.delay).await;
    let mut response = (
        StatusCode::from_u16(answer.status).unwrap(),
        answer.body.clone(),
    )
        .into_response();
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}
