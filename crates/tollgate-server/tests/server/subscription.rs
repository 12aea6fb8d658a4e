//! Subscriptions: changed, previewed, cancelled, undone.

use crate::support::TestServer;
use serde_json::{Value, json};

const SUBSCRIPTION: &str = "/v1/customers/anna/subscription";

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    server
}

#[tokio::test]
async fn an_upgrade_holds_at_once_and_what_was_used_still_counts() {
    let server = server().await;
    let scan = json!({"feature": "ats_scan", "amount": 2});
    server
        .post("/v1/customers/anna/consume", scan)
        .await
        .expect(200);
    let body = json!({"plan": "pro", "price": "annual"});
    let preview = server
        .post(&format!("{SUBSCRIPTION}/preview"), body.clone())
        .await
        .expect(200);
    assert_eq!(
        (&preview["from"], &preview["to"]),
        (&json!("free"), &json!("pro"))
    );
    assert_eq!(
        (&preview["direction"], &preview["effective_at"]),
        (&json!("upgrade"), &json!("2026-01-15T12:00:00Z"))
    );
    assert_eq!(
        server.get(SUBSCRIPTION).await.expect(200)["plan"],
        "free",
        "nothing happened"
    );
    let changed = server.post(SUBSCRIPTION, body).await.expect(200);
    assert_eq!(changed["effective_at"], "2026-01-15T12:00:00Z");
    let held = &changed["subscription"];
    assert_eq!(
        (&held["plan"], &held["price"], &held["interval"]),
        (&json!("pro"), &json!("annual"), &json!("year"))
    );
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(
        usage["features"]["ats_scan"],
        json!({"limit": 20, "used": 2, "remaining": 18, "unlimited": false})
    );
}

#[tokio::test]
async fn a_downgrade_waits_and_can_be_undone() {
    let server = server().await;
    server
        .post(SUBSCRIPTION, json!({"plan": "elite"}))
        .await
        .expect(200);
    let changed = server
        .post(SUBSCRIPTION, json!({"plan": "pro"}))
        .await
        .expect(200);
    assert_eq!(changed["effective_at"], "2026-02-15T12:00:00Z");
    assert_eq!(changed["subscription"]["plan"], "elite");
    assert_eq!(changed["subscription"]["pending"]["plan"], "pro");
    let undo = format!("{SUBSCRIPTION}/undo");
    assert_eq!(
        server.send("POST", &undo, None).await.expect(200)["pending"],
        Value::Null
    );
    assert_eq!(
        server.send("POST", &undo, None).await.problem(409),
        "nothing_to_undo"
    );
    let now = json!({"plan": "pro", "when": "now"});
    assert_eq!(
        server.post(SUBSCRIPTION, now).await.expect(200)["subscription"]["plan"],
        "pro"
    );
}

#[tokio::test]
async fn a_cancelled_customer_falls_back_to_the_default_plan() {
    let server = server().await;
    server
        .post(SUBSCRIPTION, json!({"plan": "pro"}))
        .await
        .expect(200);
    let cancel = format!("{SUBSCRIPTION}/cancel");
    let cancelled = server.send("POST", &cancel, None).await.expect(200);
    assert_eq!(cancelled["effective_at"], "2026-02-15T12:00:00Z");
    assert_eq!(
        cancelled["subscription"]["cancel_at"],
        "2026-02-15T12:00:00Z"
    );
    assert_eq!(server.get(SUBSCRIPTION).await.expect(200)["plan"], "pro");
    server.clock.advance(31 * 86_400);
    assert_eq!(server.get(SUBSCRIPTION).await.expect(200)["plan"], "free");
    server
        .post(SUBSCRIPTION, json!({"plan": "pro"}))
        .await
        .expect(200);
    let at_once = server
        .post(&cancel, json!({"at_period_end": false}))
        .await
        .expect(200);
    assert_eq!(at_once["subscription"]["plan"], "free");
}

#[tokio::test]
async fn unknown_plans_and_customers_are_named() {
    let server = server().await;
    for path in [SUBSCRIPTION, &format!("{SUBSCRIPTION}/preview")] {
        assert_eq!(
            server
                .post(path, json!({"plan": "gold"}))
                .await
                .problem(404),
            "unknown_plan"
        );
        let price = json!({"plan": "pro", "price": "weekly"});
        assert_eq!(server.post(path, price).await.problem(404), "unknown_plan");
        assert_eq!(
            server.post(path, json!({})).await.problem(422),
            "invalid_request"
        );
    }
    let nobody = "/v1/customers/nobody/subscription";
    assert_eq!(server.get(nobody).await.problem(404), "unknown_customer");
    for verb in ["cancel", "undo"] {
        let answer = server.send("POST", &format!("{nobody}/{verb}"), None).await;
        assert_eq!(answer.problem(404), "unknown_customer");
    }
}

#[tokio::test]
async fn without_a_default_plan_there_is_no_subscription() {
    let text = crate::support::RESUME.replace("default_plan = \"free\"\n", "");
    let server = TestServer::with_catalog(&text).await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    assert_eq!(
        server.get(SUBSCRIPTION).await.problem(404),
        "no_subscription"
    );
    let scan = json!({"feature": "ats_scan", "amount": 3});
    let refused = server
        .post("/v1/customers/anna/consume", scan)
        .await
        .expect(402);
    assert_eq!(refused["error"], "no_subscription");
    assert_eq!(
        refused["message"],
        "No active subscription found. Please subscribe to a plan to continue."
    );
    assert_eq!(refused["quota_needed"], 3);
    assert!(refused.get("quota_remaining").is_none());
    let answer = server
        .send("POST", &format!("{SUBSCRIPTION}/cancel"), None)
        .await;
    assert_eq!(answer.problem(402), "no_subscription");
}
