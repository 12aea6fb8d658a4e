//! The service as its users see it.

use crate::model::{Model, tests as models};
use crate::{BODY_BYTES_MAX, CATALOG, app};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tollgate::core::request::{ChangeTime, Subscribe};
use tollgate::store::{Store, StoreOptions};
use tollgate::{Clock, CustomerId, Options, PlanId, Tollgate};
use tollgate_server::config::{Config, parse_catalog};
use tollgate_server::identity::Identity;
use tollgate_server::{AppState, demo};
use tower::ServiceExt as _;

/// The service with its demo user, on a day in January 2026, and that user's token.
struct Service {
    state: AppState,
    router: Router,
    token: String,
    _folder: TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Service {
    async fn new() -> Self {
        Self::with(Model::new(None, models::client())).await
    }

    async fn with(model: Model) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("app.db").display());
        let store = Store::open(&address, &StoreOptions::default())
            .await
            .unwrap();
        let clock = Clock::fixed("2026-01-15T12:00:00Z".parse().unwrap());
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let catalog = parse_catalog("resume.toml", CATALOG).unwrap();
        let opened = Tollgate::open(store.clone(), Some(catalog), options).await;
        let config = Config::for_testing();
        let identity = Identity::new(store, &config.auth, clock).await.unwrap();
        let state = AppState::new(opened.unwrap(), Arc::new(config), identity, None);
        demo::add_user(&state).await.unwrap();
        // As it is at every start but the first.
        demo::add_user(&state).await.unwrap();
        let mut service = Self {
            router: app(&state, model),
            state,
            token: String::new(),
            _folder: folder,
        };
        let form = format!("username={}&password={}", demo::EMAIL, demo::PASSWORD);
        let login = Request::post("/auth/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form));
        let answer = service.send(login.unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        service.token = answer.body["access_token"].as_str().unwrap().to_owned();
        service
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap(),
        }
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()));
        self.send(request.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// How much of each feature was used.
    async fn used(&self) -> Value {
        let usage = self.get("/me/usage").await.body;
        let features = usage["features"].as_object().unwrap().iter();
        features
            .map(|(name, feature)| (name.clone(), feature["used"].clone()))
            .collect()
    }

    async fn put_on(&self, plan: &str) {
        let me = self.get("/auth/me").await.body;
        let customer = CustomerId::new(me["id"].as_str().unwrap()).unwrap();
        let request = Subscribe {
            plan: PlanId::new(plan).unwrap(),
            price: None,
            when: ChangeTime::Now,
        };
        let subscribed = self
            .state
            .tollgate
            .subscribe(&customer, request, None)
            .await;
        assert!(subscribed.unwrap().granted().is_some());
    }
}

const TEXTS: &str = r#"{"resume_text": "Test", "jd_text": "Test"}"#;

fn used(ats_scan: u32, jd_parse: u32, cover_letter: u32) -> Value {
    json!({"ats_scan": ats_scan, "jd_parse": jd_parse, "cover_letter": cover_letter, "resume_tailor": 0})
}

#[tokio::test]
async fn the_seeds_transcript_is_answered_as_it_stands_there() {
    let service = Service::new().await;
    let usage = service.get("/me/usage").await;
    let expected = json!({
        "plan": "free",
        "month_key": "2026-01",
        "features": {
            "ats_scan": {"limit": 2, "used": 0, "remaining": 2, "unlimited": false},
            "resume_tailor": {"limit": 3, "used": 0, "remaining": 3, "unlimited": false},
            "cover_letter": {"limit": 3, "used": 0, "remaining": 3, "unlimited": false},
            "jd_parse": {"limit": 5, "used": 0, "remaining": 5, "unlimited": false},
        },
    });
    assert_eq!((usage.status, usage.body), (200, expected));
    for left in ["1", "0"] {
        let answer = service.post("/ats/score", TEXTS).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            (&answer.body["score"], &answer.body["matched"]),
            (&json!(80), &json!(["test"]))
        );
        let expected = format!("\"ats_scan\";r={left};t=1425600");
        assert_eq!(answer.headers["ratelimit"], expected);
    }
    let answer = service.post("/ats/score", TEXTS).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["retry-after"], "1425600");
    assert_eq!(
        answer.body["detail"],
        json!({
            "error": "quota_exceeded",
            "feature": "ats_scan",
            "plan": "free",
            "limit": 2,
            "used": 2,
            "remaining": 0,
        })
    );
    for (field, expected) in [
        ("error", json!("quota_exceeded")),
        (
            "message",
            json!("Insufficient quota. You need 1 operation but only have 0 remaining."),
        ),
        ("quota_remaining", json!(0)),
        ("quota_needed", json!(1)),
    ] {
        assert_eq!(answer.body[field], expected, "{field}");
    }
    assert_eq!(service.used().await, used(2, 0, 0));
}

#[tokio::test]
async fn each_feature_has_its_own_quota() {
    let service = Service::new().await;
    for _ in 0..5 {
        let answer = service
            .post("/jd/parse", r#"{"jd_text": "Senior Rust Engineer"}"#)
            .await;
        assert_eq!(
            (answer.status, &answer.body["seniority"]),
            (200, &json!("senior"))
        );
    }
    assert_eq!(
        service
            .post("/jd/parse", r#"{"jd_text": "x"}"#)
            .await
            .status,
        429
    );
    assert_eq!(service.post("/ats/score", TEXTS).await.status, 200);
    assert_eq!(service.used().await, used(1, 5, 0));
}

#[tokio::test]
async fn elite_is_never_refused() {
    let service = Service::new().await;
    service.put_on("elite").await;
    for _ in 0..5 {
        assert_eq!(service.post("/ats/score", TEXTS).await.status, 200);
    }
    assert_eq!(service.used().await, used(5, 0, 0));
}

#[tokio::test]
async fn what_needs_a_model_says_so_and_costs_nothing() {
    let service = Service::new().await;
    for path in ["/resume/tailor", "/cover-letter/generate"] {
        let answer = service.post(path, TEXTS).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.body["error"], "model_unavailable");
        assert_eq!(answer.body["detail"]["error"], "model_unavailable");
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.ends_with("Nothing was charged."), "{message}");
    }
    assert_eq!(service.used().await, used(0, 0, 0));
}

#[tokio::test]
async fn a_letter_by_the_model_is_charged() {
    let endpoint = models::Endpoint::saying("Dear Acme,").await;
    let service = Service::with(endpoint.model).await;
    let answer = service.post("/cover-letter/generate", TEXTS).await;
    assert_eq!(
        (answer.status, &answer.body["cover_letter"]),
        (200, &json!("Dear Acme,"))
    );
    assert_eq!(service.used().await, used(0, 0, 1));
}

#[tokio::test]
async fn nobody_gets_nothing() {
    let mut service = Service::new().await;
    service.token = "nonsense".to_owned();
    for path in [
        "/ats/score",
        "/jd/parse",
        "/resume/tailor",
        "/cover-letter/generate",
    ] {
        let answer = service.post(path, TEXTS).await;
        assert_eq!(
            (answer.status, &answer.body["error"]),
            (401, &json!("unauthenticated")),
            "{path}"
        );
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    let answer = service.get("/nowhere").await;
    assert_eq!(
        (answer.status, &answer.body["error"]),
        (404, &json!("not_found"))
    );
}

#[tokio::test]
async fn bodies_that_cannot_be_used_are_refused_in_the_same_shape_and_cost_nothing() {
    let service = Service::new().await;
    let long = format!(
        r#"{{"resume_text": "Test", "jd_text": "{}"}}"#,
        "x".repeat(100_001)
    );
    let huge = format!(r#"{{"resume_text": "{}"}}"#, "x".repeat(BODY_BYTES_MAX));
    for path in ["/ats/score", "/resume/tailor", "/cover-letter/generate"] {
        for (body, expected) in [
            ("", 400),
            ("{", 400),
            ("[]", 422),
            (r#"{"resume_text": "Test"}"#, 422),
            (r#"{"resume_text": 7, "jd_text": "Test"}"#, 422),
            (r#"{"resume_text": "Test", "jd_text": " "}"#, 422),
            (long.as_str(), 422),
            (huge.as_str(), 413),
        ] {
            let answer = service.post(path, body).await;
            let start: String = body.chars().take(40).collect();
            assert_eq!(
                (answer.status, &answer.body["error"]),
                (expected, &json!("invalid_request")),
                "{path} {start}"
            );
            let message = answer.body["message"].as_str();
            assert!(message.is_some_and(|message| !message.is_empty()));
        }
    }
    assert_eq!(service.used().await, used(0, 0, 0));
}
