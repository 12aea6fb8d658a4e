//! The report: for live keys that may see everything.

use crate::support::{TestServer, request};
use serde_json::json;
use tollgate_server::auth::api_key::Mode;

#[tokio::test]
async fn a_report_counts_what_was_just_done() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "ann"}))
        .await
        .expect(201);
    let used = server.get("/v1/report").await.expect(200);
    let plans = server.get("/v1/plans").await.expect(200);
    let feature = plans["data"][0]["features"]
        .as_object()
        .and_then(|features| features.keys().next().cloned());
    assert_eq!(used["customers"]["total"], 1);
    assert_eq!(used["customers"]["signed_up"], 1);
    assert_eq!(used["is_current"], true);
    assert_eq!(used["months"].as_array().unwrap().len(), 12);
    assert_eq!(used["definitions"].as_array().unwrap().len(), 9);
    if let Some(feature) = feature {
        let body = json!({"feature": feature, "member": "m1"});
        server
            .post("/v1/customers/ann/consume", body)
            .await
            .expect(200);
        let report = server.get("/v1/report").await.expect(200);
        assert_eq!(report["active"]["members"], 1);
        assert_eq!(report["usage"]["events"], 1);
    }
}

#[tokio::test]
async fn days_that_make_no_range_are_refused() {
    let server = TestServer::new().await;
    for query in [
        "from=2026-02-30",
        "from=yesterday",
        "from=2026-02-01&until=2026-02-01",
        "from=1990-01-01&until=2020-01-01",
        "from=9000-01-01",
    ] {
        let answer = server.get(&format!("/v1/report?{query}")).await;
        assert_eq!(answer.problem(400), "invalid_parameter", "{query}");
    }
}

#[tokio::test]
async fn test_customers_are_not_counted_and_test_keys_see_no_report() {
    let server = TestServer::new().await;
    let key = server.key("admin", Mode::Test).await;
    let body = Some(json!({"id": "ann"}));
    server
        .call(request("POST", "/v1/customers", &key, body))
        .await
        .expect(201);
    let report = server.get("/v1/report").await.expect(200);
    assert_eq!(report["customers"]["total"], 0);
    let refused = server.call(request("GET", "/v1/report", &key, None)).await;
    assert_eq!(refused.problem(403), "forbidden");
}
