//! A server in this process, over a database of its own, and what asks it.
//!
//! Every answer is held against the OpenAPI document: an answer that it does not describe fails
//! the test that got it.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tollgate::{Clock, Tollgate};
use tollgate_core::Timestamp;
use tollgate_server::AppState;
use tollgate_server::auth::api_key::{Mode, Scopes};
use tollgate_server::config::{Config, parse_catalog};
use tollgate_server::identity::{Actor, Identity};
use tollgate_store::Store;
use tower::ServiceExt as _;

pub(crate) const RESUME: &str = include_str!("../../../../catalogs/resume.toml");
pub(crate) const USDOT: &str = include_str!("../../../../catalogs/usdot.toml");

/// 2026-01-15T12:00:00Z: in the month of the seeds' examples.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_768_478_400);

pub(crate) static OPENAPI: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&tollgate_server::router::openapi_text()).unwrap());

pub(crate) struct TestServer {
    pub(crate) state: AppState,
    pub(crate) clock: Clock,
    /// A key that may do everything.
    pub(crate) admin: String,
    router: Router,
    _folder: TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Drop for TestServer {
    fn drop(&mut self) {
        crate::logs::check();
    }
}

impl TestServer {
    pub(crate) async fn new() -> Self {
        Self::with_catalog(RESUME).await
    }

    pub(crate) async fn with_catalog(text: &str) -> Self {
        crate::logs::capture();
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("t.db").display());
        let config = Config {
            database: address.clone(),
            ..Config::for_testing()
        };
        let clock = Clock::fixed(NOW);
        let store = Store::open(&address, &config.store.options())
            .await
            .unwrap();
        let catalog = parse_catalog("test.toml", text).unwrap();
        let options = config.engine.options(clock.clone());
        let tollgate = Tollgate::open(store.clone(), Some(catalog), options)
            .await
            .unwrap();
        let identity = Identity::new(store, &config.auth, clock.clone())
            .await
            .unwrap();
        let state = AppState::new(tollgate, Arc::new(config), identity, None);
        let router = tollgate_server::router(state.clone());
        let mut server = Self {
            state,
            clock,
            admin: String::new(),
            router,
            _folder: folder,
        };
        server.admin = server.key("admin", Mode::Live).await;
        server
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(crate) async fn key(&self, scopes: &str, mode: Mode) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        let actor = Actor::Command("test");
        let new = self
            .state
            .identity
            .create_api_key(actor, "test", mode, scopes, None);
        new.await.unwrap().key.reveal().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(request("GET", path, &self.admin, None)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(request("POST", path, &self.admin, Some(body)))
            .await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call(request(method, path, &self.admin, body)).await
    }

    /// Asks, and holds the answer against the OpenAPI document.
    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        let method = request.method().as_str().to_lowercase();
        let path = request.uri().path().to_owned();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes);
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::from(text.into_owned()));
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        };
        assert_described(&method, &path, &answer);
        answer
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// Expects a problem, and answers its word.
    #[track_caller]
    pub(crate) fn problem(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], status);
        self.body["error"].as_str().unwrap().to_owned()
    }
}

/// A request with an API key.
pub(crate) fn request(method: &str, path: &str, key: &str, body: Option<Value>) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"));
    match body {
        None => request.body(Body::empty()).unwrap(),
        Some(body) => request
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
    }
}

/// The description of an operation, by a path as it is asked for.
pub(crate) fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = OPENAPI["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template
                .zip(path)
                .all(|(part, given)| part.starts_with('{') || part == given)
    };
    let exact = paths.get(path).and_then(|item| item.get(method));
    exact.or_else(|| {
        let mut fitting = paths.iter().filter(|(template, _)| fits(template));
        fitting.find_map(|(_, item)| item.get(method))
    })
}

fn assert_described(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else {
        assert!(
            matches!(answer.status.as_u16(), 404 | 405),
            "{method} {path}: {answer:?}"
        );
        return;
    };
    let status = answer.status.as_u16().to_string();
    let described = &operation["responses"][&status];
    assert!(
        described.is_object(),
        "{method} {path} does not describe {status}: {}",
        answer.body
    );
    let Some(content) = described["content"].as_object() else {
        assert_eq!(
            answer.body, "",
            "{method} {path} {status} describes no body"
        );
        return;
    };
    let content_type = answer.headers["content-type"].to_str().unwrap();
    let content_type = content_type.split(';').next().unwrap();
    assert!(
        content.contains_key(content_type),
        "{method} {path} {status} is {content_type}"
    );
    let schema = &content[content_type]["schema"];
    if content_type.ends_with("json") {
        assert_fits(schema, &answer.body, &format!("{method} {path} {status}"));
    }
}

/// Holds a value against a schema, as far as this project's schemas go: every property that is
/// required is there, and every one that is there is described.
fn assert_fits(schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        let target = &OPENAPI["components"]["schemas"][name];
        assert!(target.is_object(), "{place}: no schema {name}");
        return assert_fits(target, value, place);
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(options) = schema[word].as_array() {
            let fits = options.iter().any(|option| fits(option, value));
            assert!(fits, "{place}: {value} fits none of {schema}");
            return;
        }
    }
    assert!(
        fits(schema, value),
        "{place}: {value} does not fit {schema}"
    );
}

/// The object that the parts of an `allOf` describe together.
fn merged(schema: &Value) -> Value {
    let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
    for part in schema["allOf"].as_array().unwrap() {
        let name = part["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        let part = name.map_or(part, |name| &OPENAPI["components"]["schemas"][name]);
        properties.extend(part["properties"].as_object().unwrap().clone());
        required.extend(part["required"].as_array().unwrap().clone());
    }
    serde_json::json!({"type": "object", "properties": properties, "required": required})
}

fn fits(schema: &Value, value: &Value) -> bool {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return fits(&OPENAPI["components"]["schemas"][name], value);
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(options) = schema[word].as_array() {
            return options.iter().any(|option| fits(option, value));
        }
    }
    if schema["allOf"].is_array() {
        return fits(&merged(schema), value);
    }
    let is_of = |name: &str| match name {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    };
    let of_type = match &schema["type"] {
        Value::String(name) => is_of(name),
        Value::Array(names) => names.iter().any(|name| is_of(name.as_str().unwrap())),
        _ => true,
    };
    if !of_type {
        return false;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return false;
    }
    if let Some(items) = value.as_array() {
        return items.iter().all(|item| fits(&schema["items"], item));
    }
    let Some(object) = value.as_object() else {
        return true;
    };
    let no_names = Vec::new();
    let required = schema["required"].as_array().unwrap_or(&no_names);
    let has_all = required
        .iter()
        .all(|name| object.contains_key(name.as_str().unwrap()));
    let properties = &schema["properties"];
    let more = &schema["additionalProperties"];
    has_all
        && object
            .iter()
            .all(|(name, value)| match properties.get(name) {
                Some(schema) => fits(schema, value),
                None => properties.is_null() || more.is_object() && fits(more, value),
            })
}
