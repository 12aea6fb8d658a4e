//! Bodies, methods and paths that no route takes.

use crate::support::{TestServer, request};
use axum::body::Body;
use http::Request;
use serde_json::json;

const CONSUME: &str = "/v1/customers/anna/consume";

async fn send(server: &TestServer, content_type: Option<&str>, body: Vec<u8>) -> (u16, String) {
    let mut request = Request::builder()
        .method("POST")
        .uri(CONSUME)
        .header("authorization", format!("Bearer {}", server.admin));
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    let answer = server.call(request.body(Body::from(body)).unwrap()).await;
    let status = answer.status.as_u16();
    (status, answer.problem(status))
}

/// Metadata that is nested too deeply.
fn nested() -> Vec<u8> {
    [
        b"{\"feature\": \"ats_scan\", \"metadata\": ".to_vec(),
        b"[".repeat(10_000),
    ]
    .concat()
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_named() {
    let server = TestServer::new().await;
    let json = Some("application/json");
    let scan = || br#"{"feature": "ats_scan"}"#.to_vec();
    let cases = [
        (json, b"".to_vec(), 400, "invalid_json"),
        (json, b"{".to_vec(), 400, "invalid_json"),
        (
            json,
            b"{\"feature\": \"\xff\"}".to_vec(),
            400,
            "invalid_json",
        ),
        (json, b"[".repeat(100_000), 422, "invalid_request"),
        (json, nested(), 400, "invalid_json"),
        (json, vec![b' '; 300_000], 413, "body_too_large"),
        (json, b"null".to_vec(), 422, "invalid_request"),
        (
            json,
            br#"{"feature": "ats_scan", "feature": "jd_parse"}"#.to_vec(),
            422,
            "invalid_request",
        ),
        (None, scan(), 415, "unsupported_media_type"),
        (Some("text/plain"), scan(), 415, "unsupported_media_type"),
        (
            Some("application/jsonish"),
            scan(),
            415,
            "unsupported_media_type",
        ),
        (
            Some("application/json; charset=utf-8"),
            scan(),
            404,
            "unknown_customer",
        ),
        (Some("Application/JSON"), scan(), 404, "unknown_customer"),
    ];
    for (content_type, body, status, word) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let found = send(&server, content_type, body).await;
        assert_eq!(found, (status, word.to_owned()), "{content_type:?} {shown}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let server = TestServer::new().await;
    assert_eq!(server.get("/nowhere").await.problem(404), "not_found");
    assert_eq!(server.get("/v1/customers/").await.problem(404), "not_found");
    let answer = server.send("DELETE", "/v1/customers/anna", None).await;
    let allow = answer.headers["allow"].to_str().unwrap().to_owned();
    assert_eq!(answer.problem(405), "method_not_allowed");
    assert!(allow.contains("GET") && allow.contains("PATCH"), "{allow}");
}

#[tokio::test]
async fn request_ids_are_taken_over_or_made() {
    let server = TestServer::new().await;
    let ask = |id: &str| {
        let mut request = request("GET", "/healthz/live", "", None);
        request
            .headers_mut()
            .insert("x-request-id", id.parse().unwrap());
        server.call(request)
    };
    assert_eq!(
        ask("trace-1.2:3").await.headers["x-request-id"],
        "trace-1.2:3"
    );
    for strange in ["two words", "", &"x".repeat(65)] {
        let id = ask(strange).await.headers["x-request-id"].clone();
        assert!(id.to_str().unwrap().starts_with("req_"), "{id:?}");
    }
    let first = server.get("/healthz/live").await;
    let second = server.get("/healthz/live").await;
    assert_ne!(
        first.headers["x-request-id"],
        second.headers["x-request-id"]
    );
    assert_eq!(first.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn every_answer_to_a_refused_body_keeps_the_account_as_it_is() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    let version = async || {
        let id = "anna".parse().unwrap();
        server
            .state
            .tollgate
            .account(&id)
            .await
            .unwrap()
            .unwrap()
            .version()
    };
    let before = version().await;
    for body in [
        json!({"feature": "ats_scan", "amount": 3}),
        json!({"feature": "x"}),
        json!({"amount": 1}),
    ] {
        assert!(server.post(CONSUME, body).await.status.is_client_error());
    }
    assert_eq!(version().await, before);
}
