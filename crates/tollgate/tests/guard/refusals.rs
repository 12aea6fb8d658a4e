//! What a caller is told who is not let through.

use crate::support::{App, get, send};
use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::Request;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tollgate::core::plan::{Anchor, Cadence, Reset};
use tollgate::core::request::SetMemberCap;
use tollgate::guard::Guard;
use tollgate::{CustomerId, MemberId, MeterId};

/// A route that counts how often it is reached.
fn counted(guard: Guard) -> (Router, Arc<AtomicU32>) {
    let reached = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&reached);
    let handler = move || async move {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    (
        Router::new().route("/", on_get(handler)).layer(guard),
        reached,
    )
}

#[tokio::test]
async fn an_exceeded_quota_is_429_with_both_seeds_bodies() {
    let app = App::new().await;
    let (router, reached) = counted(app.guard().feature("scan", 4));
    for _ in 0..2 {
        assert_eq!(send(&router, get("/")).await.status, 200);
    }
    let answer = send(&router, get("/")).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("retry-after"), Some("1900800"));
    assert_eq!(answer.header("ratelimit"), Some("\"scan\";r=2;t=1900800"));
    assert_eq!(answer.header("ratelimit-policy"), Some("\"scan\";q=10"));
    assert_eq!(
        answer.json(),
        json!({
            "detail": {"error": "quota_exceeded", "feature": "scan", "plan": "small",
                "limit": 10, "used": 8, "remaining": 2},
            "error": "quota_exceeded",
            "message": "Insufficient quota. You need 4 operations but only have 2 remaining.",
            "quota_remaining": 2,
            "quota_needed": 4,
            "meter": "scan",
            "resets_at": "2026-02-01T00:00:00Z",
            "ways_out": [
                {"way": "wait", "until": "2026-02-01T00:00:00Z"},
                {"way": "plan", "plan": "large", "limit": 100,
                    "price": {"amount": 1000, "currency": "usd"}},
            ],
        })
    );
    assert_eq!(reached.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn no_subscription_is_402_with_the_seeds_body() {
    let app = App::without_default_plan().await;
    let (router, reached) = counted(app.guard().feature("scan", 3));
    let answer = send(&router, get("/")).await;
    assert_eq!(answer.status, 402);
    let body = answer.json();
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
    assert_eq!(reached.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_feature_that_the_plan_lacks_is_403() {
    let app = App::new().await;
    let (router, _) = counted(app.guard().feature("letter", 1));
    let answer = send(&router, get("/")).await;
    assert_eq!(answer.status, 403);
    let body = answer.json();
    assert_eq!(body["error"], "feature_not_in_plan");
    assert_eq!(body["detail"]["feature"], "letter");
    assert_eq!(body["ways_out"][0]["plan"], "large");
}

#[tokio::test]
async fn a_request_of_nobody_is_401_and_one_of_a_stranger_may_be_refused() {
    let app = App::new().await;
    let (router, reached) = counted(app.scan());
    let nobody = Request::get("/").body(Body::empty()).unwrap();
    let answer = send(&router, nobody).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (401, &json!("unauthenticated"))
    );
    let (strict, _) = counted(app.scan().known_customers_only());
    let answer = send(&strict, get("/")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["error"]),
        (404, &json!("unknown_customer"))
    );
    assert_eq!(reached.load(Ordering::Relaxed), 0);
    // Without that, they are begun on the default plan.
    assert_eq!(send(&router, get("/")).await.status, 200);
    assert_eq!(send(&strict, get("/")).await.status, 200);
}

#[tokio::test]
async fn a_members_cap_refuses_that_member_only() {
    let app = App::new().await;
    let customer = CustomerId::new("ann").unwrap();
    app.tollgate.open_customer(&customer, None).await.unwrap();
    let cap = SetMemberCap {
        member: MemberId::new("ben").unwrap(),
        meter: MeterId::new("scan").unwrap(),
        units: Some(1),
        reset: Reset::Every {
            cadence: Cadence::Day,
            anchor: Anchor::Calendar,
        },
    };
    let set = app.tollgate.set_member_cap(&customer, cap).await.unwrap();
    assert!(set.granted().is_some());
    let (router, _) = counted(app.scan());
    let by = |caller: &str| {
        Request::get("/")
            .header("x-caller", caller)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(send(&router, by("ann/ben")).await.status, 200);
    let answer = send(&router, by("ann/ben")).await;
    assert_eq!(answer.status, 429);
    assert_eq!(
        (&answer.json()["error"], &answer.json()["member"]),
        (&json!("member_cap_exceeded"), &json!("ben"))
    );
    assert_eq!(send(&router, by("ann/chloe")).await.status, 200);
}

#[tokio::test]
async fn an_engine_that_stops_answers_503() {
    let app = App::new().await;
    let (router, reached) = counted(app.scan());
    app.tollgate.shutdown().await.unwrap();
    let answer = send(&router, get("/")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(answer.json()["error"], "stopping");
    assert_eq!(reached.load(Ordering::Relaxed), 0);
}

#[tokio::test]
#[should_panic(expected = "a guard cannot take 0 of scan")]
async fn a_guard_that_makes_no_sense_is_not_made() {
    let app = App::new().await;
    let _ = app.guard().feature("scan", 0);
}
