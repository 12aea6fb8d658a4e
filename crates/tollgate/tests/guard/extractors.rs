//! A handler's quota in its signature.

use crate::support::{App, caller, get, send};
use axum::body::Body;
use axum::routing::{get as on_get, post};
use axum::{Json, Router};
use http::Request;
use serde_json::{Value, json};
use tollgate::guard::{Caller, Gate, Quota, Rejection};

tollgate::features! {
    Scan = "scan";
    TwoPages = "page" * 2;
}

async fn scan(_quota: Quota<Scan>) -> &'static str {
    "scanned"
}

async fn read(_scan: Quota<Scan>, pages: Quota<TwoPages>, Json(body): Json<Value>) -> String {
    pages.set_used(1).unwrap();
    body.to_string()
}

fn post_json(text: &str) -> Request<Body> {
    Request::post("/")
        .header("x-caller", "ann")
        .header("content-type", "application/json")
        .body(Body::from(text.to_owned()))
        .unwrap()
}

#[tokio::test]
async fn a_handlers_quota_is_one_line() {
    let app = App::new().await;
    let router = Router::new().route("/", on_get(scan)).layer(app.guard());
    for left in (0..10).rev() {
        let answer = send(&router, get("/")).await;
        assert_eq!(answer.text, "scanned");
        let expected = format!("\"scan\";r={left};t=1900800");
        assert_eq!(answer.header("ratelimit"), Some(expected.as_str()));
    }
    let answer = send(&router, get("/")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["detail"]["used"]),
        (429, &json!(10))
    );
    app.assert_verified().await;
}

#[tokio::test]
async fn several_quotas_are_settled_together_or_not_at_all() {
    let app = App::new().await;
    let router = Router::new().route("/", post(read)).layer(app.guard());
    assert_eq!(send(&router, post_json("[1]")).await.text, "[1]");
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert_eq!(app.used_and_held("page").await, (1, 0));
    // A body that cannot be read gives back what the arguments before it reserved.
    assert_eq!(send(&router, post_json("{")).await.status, 400);
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert_eq!(app.used_and_held("page").await, (1, 0));
}

#[tokio::test]
async fn the_hosts_authentication_says_who_asks() {
    let app = App::new().await;
    let whoami = |gate: Gate| async move {
        let name = gate.caller()?.customer.to_string();
        Ok::<_, Rejection>(name)
    };
    let router = Router::new()
        .route("/", on_get(whoami))
        .layer(app.tollgate.guard())
        .layer(axum::middleware::from_fn(
            |mut request: axum::extract::Request, next: axum::middleware::Next| async move {
                let (parts, body) = request.into_parts();
                let found = caller(&parts);
                request = Request::from_parts(parts, body);
                request.extensions_mut().extend(
                    found
                        .map(|found: Caller| {
                            let mut extensions = http::Extensions::new();
                            extensions.insert(found);
                            extensions
                        })
                        .unwrap_or_default(),
                );
                next.run(request).await
            },
        ));
    assert_eq!(send(&router, get("/")).await.text, "ann");
    let nobody = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(send(&router, nobody).await.status, 401);
}

#[tokio::test]
async fn a_guard_within_a_guard_knows_the_caller_and_each_closes_its_own() {
    let app = App::new().await;
    let inner = app.tollgate.guard().feature("page", 3);
    let router = Router::new()
        .route("/both", on_get(|| async {}).layer(inner))
        .route("/outer", on_get(|| async {}))
        .layer(app.scan());
    assert_eq!(send(&router, get("/both")).await.status, 200);
    assert_eq!(app.used_and_held("page").await, (3, 0));
    assert_eq!(app.used_and_held("scan").await, (1, 0));
    assert_eq!(send(&router, get("/outer")).await.status, 200);
    assert_eq!(app.used_and_held("page").await, (3, 0));
    assert_eq!(app.used_and_held("scan").await, (2, 0));
}

#[tokio::test]
async fn a_quota_without_a_guard_is_a_defect_that_is_not_told() {
    let router = Router::new().route("/", on_get(scan));
    let answer = send(&router, get("/")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (500, &json!("internal_error"))
    );
}

#[tokio::test]
async fn nothing_can_be_taken_for_a_request_that_is_over() {
    let app = App::new().await;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sender = std::sync::Mutex::new(Some(sender));
    let sender = std::sync::Arc::new(sender);
    let handler = move |gate: Gate| async move {
        let sender = sender.lock().unwrap().take().unwrap();
        drop(sender.send(gate));
    };
    let router = Router::new().route("/", on_get(handler)).layer(app.guard());
    assert_eq!(send(&router, get("/")).await.status, 200);
    let gate = receiver.await.unwrap();
    assert!(gate.reserve("scan", 1).await.is_err());
    assert_eq!(app.used_in_the_end("scan").await, 0);
}
