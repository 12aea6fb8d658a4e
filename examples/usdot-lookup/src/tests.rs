//! The service as its users see it.

use crate::ocr::Ocr;
use crate::{CATALOG, app, upload};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tollgate::core::request::{Consume, Uses};
use tollgate::store::{Store, StoreOptions};
use tollgate::{Clock, CustomerId, FeatureId, Options, Tollgate};
use tollgate_server::config::{Config, parse_catalog};
use tollgate_server::identity::Identity;
use tollgate_server::{AppState, demo};
use tower::ServiceExt as _;

const DOOR: &[u8] = include_bytes!("../testdata/door.png");
const DOOR_TILTED: &[u8] = include_bytes!("../testdata/door-tilted.jpg");
const FORM: &str = "multipart/form-data; boundary=edge";

/// A part of a form: field name, file name if it is a file, content.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let file_name = file_name
            .map(|name| format!("; filename=\"{name}\""))
            .unwrap_or_default();
        let head =
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n");
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    body.extend(b"--edge--\r\n");
    body
}

/// The service with its demo user on 2026-01-15, and that user's token.
struct Service {
    state: AppState,
    customer: CustomerId,
    router: Router,
    token: String,
    _folder: TempDir,
}

impl Service {
    async fn new() -> Self {
        Self::with(Ocr::new("tesseract", 2)).await
    }

    async fn with(ocr: Ocr) -> Self {
        Self::under(CATALOG, ocr).await
    }

    async fn under(catalog: &str, ocr: Ocr) -> Self {
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
        let catalog = parse_catalog("usdot.toml", catalog).unwrap();
        let opened = Tollgate::open(store.clone(), Some(catalog), options).await;
        let config = Config::for_testing();
        let identity = Identity::new(store, &config.auth, clock).await.unwrap();
        let state = AppState::new(opened.unwrap(), Arc::new(config), identity, None);
        demo::add_user(&state).await.unwrap();
        let router = app(&state, ocr);
        let form = format!("username={}&password={}", demo::EMAIL, demo::PASSWORD);
        let login = Request::post("/auth/login")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form));
        let (status, tokens) = send(&router, login.unwrap()).await;
        assert_eq!(status, 200, "{tokens}");
        let token = tokens["access_token"].as_str().unwrap().to_owned();
        let (_, me) = send(
            &router,
            authorized(Request::get("/auth/me"), &token, vec![]),
        )
        .await;
        Self {
            customer: CustomerId::new(me["id"].as_str().unwrap()).unwrap(),
            state,
            router,
            token,
            _folder: folder,
        }
    }

    async fn upload(&self, parts: &[Part<'_>]) -> (u16, Value) {
        self.send(FORM, form(parts)).await
    }

    async fn send(&self, content_type: &str, body: Vec<u8>) -> (u16, Value) {
        let request = Request::post("/upload").header("content-type", content_type);
        send(&self.router, authorized(request, &self.token, body)).await
    }

    /// What `GET /billing/usage` says was used.
    async fn used(&self) -> Value {
        let request = authorized(Request::get("/billing/usage"), &self.token, vec![]);
        send(&self.router, request).await.1["quota_used"].clone()
    }

    async fn use_up(&self, amount: u64) {
        let consume = Consume {
            uses: Uses::one(FeatureId::new("usdot_lookup").unwrap(), amount).unwrap(),
            member: None,
            metadata: None,
        };
        let consumed = self
            .state
            .tollgate
            .consume(&self.customer, consume, None)
            .await;
        assert!(consumed.unwrap().granted().is_some());
    }
}

fn authorized(request: axum::http::request::Builder, token: &str, body: Vec<u8>) -> Request<Body> {
    let request = request.header("authorization", format!("Bearer {token}"));
    request.body(Body::from(body)).unwrap()
}

async fn send(router: &Router, request: Request<Body>) -> (u16, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn what_is_left_is_too_little_as_the_seed_shows() {
    let service = Service::new().await;
    service.use_up(18).await;
    let (status, body) = service
        .upload(&[("manual_usdots", None, b"1,2,3,4,5")])
        .await;
    assert_eq!(status, 429, "{body}");
    for (field, expected) in [
        ("error", json!("quota_exceeded")),
        (
            "message",
            json!("Insufficient quota. You need 5 operations but only have 2 remaining."),
        ),
        ("quota_remaining", json!(2)),
        ("quota_needed", json!(5)),
    ] {
        assert_eq!(body[field], expected, "{field}");
    }
    let detail = json!({"error": "quota_exceeded", "feature": "usdot_lookup", "plan": "free",
        "limit": 20, "used": 18, "remaining": 2});
    assert_eq!(body["detail"], detail);
    // What suffices is done.
    let (status, body) = service.upload(&[("manual_usdots", None, b"1,2")]).await;
    assert_eq!((status, &body["quota"]["remaining"]), (200, &json!(0)));
}

#[tokio::test]
async fn without_a_subscription_the_seeds_answer_is_given() {
    // Where no plan is everybody's.
    let catalog = CATALOG.replace("default_plan = \"free\"\n", "");
    let service = Service::under(&catalog, Ocr::new("tesseract", 1)).await;
    let (status, body) = service.upload(&[("usdot", None, b"1,2,3")]).await;
    assert_eq!(status, 402, "{body}");
    for (field, expected) in [
        ("error", json!("no_subscription")),
        (
            "message",
            json!("No active subscription found. Please subscribe to a plan to continue."),
        ),
        ("quota_needed", json!(3)),
        ("quota_remaining", json!(null)),
    ] {
        assert_eq!(body[field], expected, "{field}");
    }
}

#[tokio::test]
async fn nobody_gets_nothing() {
    let mut service = Service::new().await;
    service.token = "nonsense".to_owned();
    let (status, body) = service.upload(&[("usdot", None, b"1")]).await;
    assert_eq!((status, &body["error"]), (401, &json!("unauthenticated")));
}

#[tokio::test]
async fn pictures_and_numbers_become_records() {
    let service = Service::new().await;
    let (status, body) = service
        .upload(&[
            ("files", Some("C:\\pictures\\door.png"), DOOR),
            ("manual_usdots", None, b"USDOT 7654321, 42"),
            ("files", Some("tilted.jpg"), DOOR_TILTED),
            ("comment", None, b"is left alone"),
        ])
        .await;
    assert_eq!(status, 200, "{body}");
    let text = body["records"][0]["text"].as_str().unwrap();
    assert!(text.contains("ACME FREIGHT LLC"), "{text}");
    let records = json!([
        {"source": "image", "file_name": "door.png", "usdot_numbers": ["1234567"], "text": text},
        {"source": "image", "file_name": "tilted.jpg", "usdot_numbers": ["2987654"], "text": body["records"][1]["text"]},
        {"source": "manual", "usdot_number": "7654321"},
        {"source": "manual", "usdot_number": "42"},
    ]);
    assert_eq!(
        (&body["records"], &body["failures"]),
        (&records, &json!([]))
    );
    let quota = json!({"limit": 20, "used": 4, "remaining": 16, "unlimited": false,
        "resets_at": "2026-02-15T12:00:00Z"});
    assert_eq!(body["quota"], quota);
    assert_eq!(service.used().await, 4);
}

#[tokio::test]
async fn a_picture_that_cannot_be_read_is_a_failure_among_records() {
    // A whole header and no content: only reading it shows what it is.
    let service = Service::new().await;
    let (status, body) = service
        .upload(&[
            ("file", Some("half.png"), &DOOR[..100]),
            ("usdot", None, b"42"),
        ])
        .await;
    assert_eq!(status, 200);
    let failures = json!([
        {"file_name": "half.png", "error": "unreadable", "message": "the picture cannot be read"},
    ]);
    assert_eq!(body["failures"], failures);
    assert_eq!(
        body["records"],
        json!([{"source": "manual", "usdot_number": "42"}])
    );
    assert_eq!(
        (&body["quota"]["used"], &body["quota"]["remaining"]),
        (&json!(1), &json!(19))
    );
}

#[tokio::test]
async fn uploads_that_cannot_be_worked_on_are_refused_before_any_work() {
    // No command: what is refused was not worked on.
    let service = Service::with(Ocr::new("/nowhere/tesseract", 1)).await;
    let bomb = [
        &DOOR[..16],
        &60_000_u32.to_be_bytes(),
        &60_000_u32.to_be_bytes(),
        &DOOR[24..],
    ]
    .concat();
    let large = [DOOR, &vec![0; upload::PICTURE_BYTES_MAX]].concat();
    let numbers = (1..=501)
        .map(|number| number.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let many = vec![("files", Some("door.png"), DOOR); upload::PICTURES_MAX + 1];
    let fields = vec![("comment", None, &b""[..]); 100];
    for (parts, expected, message) in [
        (vec![], 422, "neither a picture"),
        (
            vec![("files", Some(""), &b""[..])],
            422,
            "neither a picture",
        ),
        (
            vec![("files", Some("a.pdf"), b"%PDF-1.7")],
            422,
            "a.pdf is not a picture",
        ),
        (
            vec![("files", Some("bomb.png"), bomb.as_slice())],
            422,
            "60000 × 60000 pixels",
        ),
        (
            vec![("files", Some("large.png"), large.as_slice())],
            413,
            "more than 10485760 bytes",
        ),
        (
            vec![("usdot", None, b"42, abc")],
            422,
            "\"abc\" is not a USDOT number",
        ),
        (vec![("usdot", None, b"\xff")], 422, "is not text"),
        (
            vec![("usdot", None, numbers.as_bytes())],
            422,
            "at most 500 numbers",
        ),
        (many, 422, "at most 50 pictures"),
        (fields, 422, "too many fields"),
    ] {
        let (status, body) = service.upload(&parts).await;
        assert_eq!(status, expected, "{body}");
        assert!(
            body["message"].as_str().unwrap().contains(message),
            "{body}"
        );
        assert_eq!(body["detail"]["error"], body["error"]);
    }
    for (content_type, body) in [
        ("application/json", b"{}".to_vec()),
        ("multipart/form-data", vec![]),
        (
            "multipart/form-data; boundary=edge",
            b"--edge\r\nContent-Disposition: form".to_vec(),
        ),
    ] {
        let (status, body) = service.send(content_type, body).await;
        assert_eq!(
            (status, &body["error"]),
            (400, &json!("invalid_request")),
            "{content_type}"
        );
    }
    assert_eq!(service.used().await, 0);
}

#[tokio::test]
async fn without_the_command_pictures_are_not_read_and_numbers_still_are() {
    let service = Service::with(Ocr::new("/nowhere/tesseract", 1)).await;
    let both: [Part<'_>; 2] = [("files", Some("door.png"), DOOR), ("usdot", None, b"42")];
    let (status, body) = service.upload(&both).await;
    assert_eq!((status, &body["error"]), (503, &json!("ocr_unavailable")));
    assert_eq!(service.used().await, 0);
    let (status, _) = service.upload(&both[1..]).await;
    assert_eq!(status, 200);
    assert_eq!(service.used().await, 1);
}
