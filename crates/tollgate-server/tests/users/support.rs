//! A server in process, and short ways to ask it.

use crate::logs;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tollgate::Clock;
use tollgate_core::Timestamp;
use tollgate_server::config::{Config, parse_catalog};
use tollgate_server::serve::Peer;
use tollgate_server::{AppState, router, start};
use tollgate_store::testing::TestDatabase;
use tower::ServiceExt as _;

pub(crate) const RESUME: &str = include_str!("../../../../catalogs/resume.toml");
pub(crate) const USDOT: &str = include_str!("../../../../catalogs/usdot.toml");

/// When every test begins.
pub(crate) const START: &str = "2026-01-15T12:00:00Z";

pub(crate) const PASSWORD: &str = "testpass123";

/// A server whose clock stands still until it is moved.
pub(crate) struct Server {
    pub(crate) state: AppState,
    pub(crate) clock: Clock,
    pub(crate) router: Router,
    _database: TestDatabase,
}

impl Drop for Server {
    fn drop(&mut self) {
        logs::check();
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in {:?} ({})", self.text, self.status))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Server {
    /// With the résumé service's catalog.
    pub(crate) async fn resume() -> Self {
        Self::with(RESUME, |_| {}).await
    }

    /// With another catalog or other settings.
    pub(crate) async fn with(catalog: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::over(TestDatabase::sqlite(), catalog, change).await
    }

    /// Over a database of either engine.
    pub(crate) async fn over(
        database: TestDatabase,
        catalog: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        logs::capture();
        let mut config = Config::for_testing();
        database.address().clone_into(&mut config.database);
        change(&mut config);
        let clock = Clock::fixed(START.parse::<Timestamp>().unwrap());
        let catalog = parse_catalog("plans.toml", catalog).unwrap();
        let opened = start::open_at(config, Some(catalog), clock.clone());
        let state = opened.await.unwrap();
        Self {
            router: router(state.clone()),
            state,
            clock,
            _database: database,
        }
    }

    /// Sends a request as it is, from `address`.
    pub(crate) async fn send_from(&self, address: &str, mut request: Request<Body>) -> Answer {
        let address: SocketAddr = format!("{address}:4711").parse().unwrap();
        request.extensions_mut().insert(Peer(address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from("192.0.2.1", request).await
    }

    /// A request with JSON, or with no body.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        self.send(request(method, path, token, body)).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.ask(Method::GET, path, token, None).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, token, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path, token, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.ask(Method::DELETE, path, token, None).await
    }

    pub(crate) async fn register(&self, email: &str) -> Value {
        let body = json!({ "email": email, "password": PASSWORD });
        self.post("/auth/register", "", body).await.expect(201)
    }

    /// Signs in as the seed's transcript does.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        self.send(login(email, password)).await
    }

    /// A new user: their id and an access token.
    pub(crate) async fn user(&self, email: &str) -> (String, String) {
        let user = self.register(email).await;
        let tokens = self.login(email, PASSWORD).await.expect(200);
        (text(&user["id"]), text(&tokens["access_token"]))
    }
}

/// The seed's login form.
pub(crate) fn login(email: &str, password: &str) -> Request<Body> {
    Request::post("/auth/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("username={email}&password={password}")))
        .unwrap()
}

/// A request with JSON, or with no body.
pub(crate) fn request(
    method: Method,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    }
    .unwrap()
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not text"))
        .to_owned()
}
