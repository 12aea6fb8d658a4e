//! Health and counters.

use crate::support::TestServer;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::json;
use tollgate_server::api::problem::ApiError;
use tollgate_server::observe::Observe;
use tower::ServiceExt as _;

impl TestServer {
    pub(crate) async fn router_text(&self, path: &str) -> String {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = self.router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

#[tokio::test]
async fn readiness_ends_when_the_server_begins_to_stop_and_liveness_does_not() {
    let server = TestServer::new().await;
    assert_eq!(server.get("/healthz/ready").await.expect(200), "ready\n");
    server.state.begin_stopping();
    let answer = server.get("/healthz/ready").await;
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.headers["connection"], "close");
    assert_eq!(answer.problem(503), "stopping");
    assert_eq!(server.get("/healthz/live").await.expect(200), "live\n");
}

#[tokio::test]
async fn readiness_ends_when_the_database_takes_no_commits() {
    let server = TestServer::new().await;
    server.state.tollgate.store().clone().close().await;
    assert_eq!(server.get("/healthz/ready").await.problem(503), "busy");
    assert_eq!(server.get("/healthz/live").await.expect(200), "live\n");
}

#[tokio::test]
async fn a_stopped_engine_asks_to_come_again() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    server.state.tollgate.shutdown().await.unwrap();
    let answer = server
        .post("/v1/customers/anna/consume", json!({"feature": "ats_scan"}))
        .await;
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.problem(503), "stopping");
}

#[tokio::test]
async fn the_counters_count_and_name_no_customer() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    for _ in 0..3 {
        server
            .post("/v1/customers/anna/consume", json!({"feature": "ats_scan"}))
            .await;
    }
    server.get("/nowhere/anna").await.problem(404);
    let text = server.router_text("/metrics").await;
    for line in [
        "tollgate_decisions_total{operation=\"consume\",result=\"granted\"} 2",
        "tollgate_decisions_total{operation=\"consume\",result=\"quota_exceeded\"} 1",
        "tollgate_http_requests_total{route=\"/v1/customers/{customer}/consume\",method=\"POST\",status=\"200\"} 2",
        "tollgate_http_requests_total{route=\"\",method=\"GET\",status=\"404\"} 1",
        "tollgate_http_request_seconds_count 5",
        "tollgate_engine_queue_depth ",
        "# EOF",
    ] {
        assert!(text.contains(line), "no {line} in:\n{text}");
    }
    assert!(!text.contains("anna"), "{text}");
}

#[tokio::test]
async fn a_panic_or_a_failure_is_an_answer_that_tells_nothing() {
    async fn panics() -> &'static str {
        panic!("the secret is 42")
    }
    async fn fails() -> ApiError {
        ApiError::internal("the secret is 42")
    }
    let server = TestServer::new().await;
    let router = Router::new()
        .route("/panics", get(panics))
        .route("/fails", get(fails))
        .layer(Observe::new(server.state.clone()));
    for path in ["/panics", "/fails"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert!(response.headers().contains_key("x-request-id"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(body["error"], "internal_error");
        assert!(!body.to_string().contains("42"), "{body}");
    }
    let text = server.router_text("/metrics").await;
    let line = "tollgate_http_requests_total{route=\"/panics\",method=\"GET\",status=\"500\"} 1";
    assert!(text.contains(line), "{text}");
}
