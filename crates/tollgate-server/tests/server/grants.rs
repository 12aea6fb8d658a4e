//! Grants: given, listed, revoked.

use crate::support::TestServer;
use serde_json::{Value, json};

const GRANTS: &str = "/v1/customers/anna/grants";

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    server
}

#[tokio::test]
async fn given_units_can_be_used_and_what_is_left_taken_back() {
    let server = server().await;
    let body = json!({"meter": "ats_scan", "units": 10, "source": "promotion",
        "expires_at": "2026-03-01T00:00:00Z", "reference": "spring"});
    let given = server.post(GRANTS, body).await.expect(201);
    assert_eq!(
        (&given["grant"]["remaining"], &given["grant"]["live"]),
        (&json!(10), &json!(true))
    );
    let scan = json!({"feature": "ats_scan", "amount": 5});
    let taken = server
        .post("/v1/customers/anna/consume", scan)
        .await
        .expect(200);
    assert_eq!(taken["features"][0]["remaining"], 7);
    let listed = server.get(GRANTS).await.expect(200);
    let of_meter = |meter: &str| -> Vec<Value> {
        let grants = listed["data"].as_array().unwrap().iter();
        grants
            .filter(|grant| grant["meter"] == meter)
            .cloned()
            .collect()
    };
    let used: Vec<_> = of_meter("ats_scan")
        .iter()
        .map(|grant| grant["used"].clone())
        .collect();
    assert_eq!(
        used,
        [json!(2), json!(3)],
        "the plan's units go first: they end sooner"
    );
    let revoke = format!("{GRANTS}/{}/revoke", given["id"].as_str().unwrap());
    assert_eq!(
        server.post(&revoke, json!({"units": 4})).await.expect(200)["revoked"],
        4
    );
    assert_eq!(
        server.send("POST", &revoke, None).await.expect(200)["revoked"],
        3
    );
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["remaining"], 0);
}

#[tokio::test]
async fn a_retried_grant_is_given_once() {
    let server = server().await;
    let body = json!({"meter": "ats_scan", "units": 10, "idempotency_key": "k"});
    let first = server.post(GRANTS, body.clone()).await.expect(201);
    assert_eq!(
        server.post(GRANTS, body).await.expect(201)["id"],
        first["id"]
    );
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["limit"], 12);
}

#[tokio::test]
async fn wrong_grants_are_refused() {
    let server = server().await;
    let cases = [
        json!({"meter": "ats_scan", "units": 0}),
        json!({"meter": "ats_scan", "units": 1_000_000_000_000_001_u64}),
        json!({"meter": "ats_scan", "units": 1, "source": "plan"}),
        json!({"meter": "ats_scan", "units": 1, "expires_at": "2026-01-01T00:00:00Z"}),
        json!({"meter": "ats_scan", "units": 1, "expires_at": "soon"}),
        json!({"meter": "ats_scan", "units": 1, "reference": "x".repeat(256)}),
        json!({"meter": "ats_scan", "units": 1, "reference": "nul \u{0}"}),
        json!({"units": 1}),
    ];
    for body in cases {
        assert_eq!(
            server.post(GRANTS, body.clone()).await.problem(422),
            "invalid_request",
            "{body}"
        );
    }
    let unknown = server
        .post(GRANTS, json!({"meter": "nothing", "units": 1}))
        .await;
    assert_eq!(unknown.problem(404), "unknown_meter");
    let strange = format!("{GRANTS}/grt_01hf8q4s0r0000000000000001/revoke");
    assert_eq!(
        server.post(&strange, json!({})).await.problem(404),
        "unknown_grant"
    );
    assert_eq!(
        server
            .post(&strange, json!({"units": 0}))
            .await
            .problem(422),
        "invalid_request"
    );
    assert_eq!(
        server.get("/v1/customers/ben/grants").await.problem(404),
        "unknown_customer"
    );
}
