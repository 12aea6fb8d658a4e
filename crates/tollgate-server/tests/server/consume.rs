//! Check, consume and batches.

use crate::support::{TestServer, USDOT, request};
use serde_json::{Value, json};
use tollgate_server::auth::api_key::Mode;

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    server
}

const CONSUME: &str = "/v1/customers/anna/consume";

#[tokio::test]
async fn the_third_scan_of_a_free_customer_is_refused_with_every_figure() {
    let server = server().await;
    for left in [1, 0] {
        let answer = server.post(CONSUME, json!({"feature": "ats_scan"})).await;
        assert_eq!(
            answer.headers["ratelimit"],
            format!("\"ats_scan\";r={left};t=1425600")
        );
        assert_eq!(answer.headers["ratelimit-policy"], "\"ats_scan\";q=2");
        let body = answer.expect(200);
        assert_eq!(
            (&body["plan"], &body["replayed"]),
            (&json!("free"), &json!(false))
        );
        assert_eq!(
            body["features"],
            json!([{"feature": "ats_scan", "meter": "ats_scan", "limit": 2, "used": 2 - left,
                "held": 0, "remaining": left, "unlimited": false, "resets_at": "2026-02-01T00:00:00Z"}])
        );
    }
    let refused = server.post(CONSUME, json!({"feature": "ats_scan"})).await;
    assert_eq!(refused.headers["retry-after"], "1425600");
    assert_eq!(refused.headers["ratelimit"], "\"ats_scan\";r=0;t=1425600");
    let body = refused.expect(429);
    assert_eq!(
        body["detail"],
        json!({"error": "quota_exceeded", "feature": "ats_scan", "plan": "free",
            "limit": 2, "used": 2, "remaining": 0})
    );
    assert_eq!(
        (&body["quota_remaining"], &body["quota_needed"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        body["ways_out"][0],
        json!({"way": "wait", "until": "2026-02-01T00:00:00Z"})
    );
    assert_eq!(
        body["ways_out"][1],
        json!({"way": "plan", "plan": "pro", "limit": 20, "price": {"amount": 1200, "currency": "usd"}})
    );
}

#[tokio::test]
async fn a_check_asks_only() {
    let server = server().await;
    let check = "/v1/customers/anna/check";
    for _ in 0..3 {
        let body = server
            .post(check, json!({"feature": "ats_scan", "amount": 2}))
            .await
            .expect(200);
        assert_eq!(
            (&body["allowed"], &body["features"][0]["used"]),
            (&json!(true), &json!(2))
        );
    }
    let body = server
        .post(check, json!({"feature": "ats_scan", "amount": 3}))
        .await
        .expect(200);
    assert_eq!(body["allowed"], false);
    assert_eq!(body["refusal"]["quota_needed"], 3);
    assert_eq!(
        server
            .post(check, json!({"feature": "nothing"}))
            .await
            .problem(404),
        "unknown_feature"
    );
}

#[tokio::test]
async fn several_features_are_all_or_nothing() {
    let server = server().await;
    let uses = json!({"uses": [{"feature": "ats_scan", "amount": 2}, {"feature": "jd_parse", "amount": 6}]});
    assert_eq!(
        server.post(CONSUME, uses).await.problem(429),
        "quota_exceeded"
    );
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["used"], 0);
    let uses = json!({"uses": [{"feature": "ats_scan", "amount": 2}, {"feature": "jd_parse"}]});
    let body = server.post(CONSUME, uses).await.expect(200);
    assert_eq!(body["features"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_retry_with_the_same_key_gets_the_first_answer() {
    let server = server().await;
    let keyed = |key: &str, body: Value| {
        let mut request = request("POST", CONSUME, &server.admin, Some(body));
        request
            .headers_mut()
            .insert("idempotency-key", key.parse().unwrap());
        server.call(request)
    };
    let scan = || json!({"feature": "ats_scan"});
    let first = keyed("order-1", scan()).await.expect(200);
    for key in ["order-1", "\"order-1\""] {
        let again = keyed(key, scan()).await.expect(200);
        assert_eq!(
            (&again["event"], &again["replayed"]),
            (&first["event"], &json!(true))
        );
        assert_eq!(again["features"], first["features"]);
    }
    let by_field = json!({"feature": "ats_scan", "idempotency_key": "order-1"});
    assert_eq!(
        server.post(CONSUME, by_field.clone()).await.expect(200)["replayed"],
        true
    );
    assert_eq!(
        keyed("order-2", by_field).await.problem(422),
        "invalid_request"
    );
    let other = keyed("order-1", json!({"feature": "jd_parse"})).await;
    assert_eq!(other.problem(422), "idempotency_key_reused");
    assert_eq!(
        keyed("white space", scan()).await.problem(400),
        "invalid_parameter"
    );
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["used"], 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_named() {
    let server = server().await;
    let cases = [
        (json!({}), "invalid_request"),
        (
            json!({"feature": "ats_scan", "amount": 0}),
            "invalid_request",
        ),
        (
            json!({"feature": "ats_scan", "amount": -1}),
            "invalid_request",
        ),
        (
            json!({"feature": "ats_scan", "amount": 1.5}),
            "invalid_request",
        ),
        (
            json!({"feature": "ats_scan", "amount": 1_000_000_000_000_001_u64}),
            "invalid_request",
        ),
        (json!({"feature": "ATS scan"}), "invalid_request"),
        (
            json!({"feature": "ats_scan", "ammount": 5}),
            "invalid_request",
        ),
        (
            json!({"feature": "ats_scan", "uses": [{"feature": "jd_parse"}]}),
            "invalid_request",
        ),
        (json!({"amount": 2}), "invalid_request"),
        (json!({"uses": []}), "invalid_request"),
        (
            json!({"uses": [{"feature": "ats_scan"}, {"feature": "ats_scan"}]}),
            "invalid_request",
        ),
        (
            json!({"feature": "ats_scan", "metadata": []}),
            "invalid_request",
        ),
        (
            json!({"feature": "ats_scan", "metadata": {"x": "y".repeat(1_100)}}),
            "invalid_request",
        ),
        (json!([]), "invalid_request"),
    ];
    for (body, expected) in cases {
        assert_eq!(
            server.post(CONSUME, body.clone()).await.problem(422),
            expected,
            "{body}"
        );
    }
    let unknown = server
        .post(
            "/v1/customers/nobody/consume",
            json!({"feature": "ats_scan"}),
        )
        .await;
    assert_eq!(unknown.problem(404), "unknown_customer");
    let unknown = server.post(CONSUME, json!({"feature": "nothing"})).await;
    assert_eq!(unknown.problem(404), "unknown_feature");
    let path = "/v1/customers/no%20one/consume";
    assert_eq!(
        server
            .post(path, json!({"feature": "ats_scan"}))
            .await
            .problem(400),
        "invalid_parameter"
    );
}

#[tokio::test]
async fn a_batch_grants_or_refuses_each_by_itself() {
    let server = server().await;
    server
        .post("/v1/customers", json!({"id": "ben", "plan": "elite"}))
        .await
        .expect(201);
    let body = json!({"items": [
        {"customer": "anna", "feature": "ats_scan", "amount": 2},
        {"customer": "anna", "feature": "ats_scan"},
        {"customer": "ben", "feature": "ats_scan", "amount": 1000},
        {"customer": "nobody", "feature": "ats_scan"},
        {"customer": "ben", "feature": "ats_scan", "amount": 0},
        {"customer": "ben", "feature": "jd_parse", "idempotency_key": "k"},
        {"customer": "ben", "feature": "jd_parse", "idempotency_key": "k"},
    ]});
    let results = server.post("/v1/consume", body).await.expect(200)["results"].clone();
    let statuses: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(
        statuses,
        [200, 429, 200, 404, 422, 200, 200]
            .map(|status| json!(status))
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(results[1]["problem"]["quota_needed"], 1);
    assert_eq!(results[2]["receipt"]["features"][0]["unlimited"], true);
    assert_eq!(results[3]["problem"]["error"], "unknown_customer");
    assert_eq!(
        results[5]["receipt"]["event"],
        results[6]["receipt"]["event"]
    );
    assert_eq!(results[6]["receipt"]["replayed"], true);
    let item = json!({"customer": "ben", "feature": "ats_scan"});
    for count in [0, 101] {
        let body = json!({"items": vec![item.clone(); count]});
        assert_eq!(
            server.post("/v1/consume", body).await.problem(422),
            "invalid_request"
        );
    }
}

#[tokio::test]
async fn features_share_a_meter_and_its_message_is_the_seeds() {
    let server = TestServer::with_catalog(USDOT).await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    let key = server.key("consume", Mode::Live).await;
    let consume = |feature: &str, amount: u64| {
        let body = json!({"feature": feature, "amount": amount});
        server.call(request("POST", CONSUME, &key, Some(body)))
    };
    consume("image_ocr", 10).await.expect(200);
    consume("usdot_lookup", 8).await.expect(200);
    let body = consume("image_ocr", 5).await.expect(429);
    assert_eq!(
        body["message"],
        "Insufficient quota. You need 5 operations but only have 2 remaining."
    );
    assert_eq!(
        (&body["quota_remaining"], &body["quota_needed"]),
        (&json!(2), &json!(5))
    );
    // Only on or off: it draws nothing.
    let body = consume("salesforce_sync", 1).await.expect(200);
    assert_eq!(body["features"][0]["meter"], Value::Null);
}
