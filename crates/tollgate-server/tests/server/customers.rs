//! Customers, their usage and their members.

use crate::support::TestServer;
use serde_json::json;

#[tokio::test]
async fn a_customer_is_begun_once() {
    let server = TestServer::new().await;
    let body = json!({"id": "anna", "time_zone": "Europe/Berlin", "plan": "pro"});
    let made = server.post("/v1/customers", body.clone()).await.expect(201);
    assert_eq!(
        (&made["plan"], &made["time_zone"]),
        (&json!("pro"), &json!("Europe/Berlin"))
    );
    assert_eq!(made["subscription"]["status"], "active");
    let other = json!({"id": "anna", "plan": "elite"});
    assert_eq!(
        server.post("/v1/customers", other).await.expect(200)["plan"],
        "pro"
    );
    assert_eq!(server.get("/v1/customers/anna").await.expect(200), made);
    assert_eq!(
        server.get("/v1/customers/ben").await.problem(404),
        "unknown_customer"
    );
}

#[tokio::test]
async fn a_beginning_that_was_cut_off_is_finished_by_its_retry() {
    let server = TestServer::new().await;
    // What is left when the server dies between the customer and its plan.
    let begun = server.post("/v1/customers", json!({"id": "anna"})).await;
    assert_eq!(begun.expect(201)["plan"], "free");
    for plan in ["pro", "elite"] {
        let body = json!({"id": "anna", "plan": plan});
        let again = server.post("/v1/customers", body).await.expect(200);
        assert_eq!(again["plan"], "pro", "asked for {plan}");
    }
}

#[tokio::test]
async fn a_customer_of_an_unknown_plan_is_not_begun() {
    let server = TestServer::new().await;
    let body = json!({"id": "anna", "plan": "gold"});
    assert_eq!(
        server.post("/v1/customers", body).await.problem(404),
        "unknown_plan"
    );
    let body = json!({"id": "anna", "time_zone": "Mars/Olympus"});
    assert_eq!(
        server.post("/v1/customers", body).await.problem(422),
        "invalid_request"
    );
    assert_eq!(
        server.get("/v1/customers/anna").await.problem(404),
        "unknown_customer"
    );
}

#[tokio::test]
async fn the_list_pages_through_everyone_once() {
    let server = TestServer::new().await;
    let mut expected = Vec::new();
    for number in 0..7 {
        let id = format!("customer-{number}");
        server
            .post("/v1/customers", json!({"id": id}))
            .await
            .expect(201);
        expected.push(json!(id));
    }
    let (mut found, mut query) = (Vec::new(), String::new());
    loop {
        let page = server
            .get(&format!("/v1/customers?limit=3{query}"))
            .await
            .expect(200);
        let data = page["data"].as_array().unwrap();
        found.extend(data.iter().map(|customer| customer["id"].clone()));
        let Some(next) = page["next"].as_str() else {
            assert_eq!(page["has_more"], false);
            break;
        };
        assert_eq!((&page["has_more"], data.len()), (&json!(true), 3));
        query = format!("&starting_after={next}");
    }
    found.sort_by_key(ToString::to_string);
    assert_eq!(found, expected);
    for query in ["limit=0", "limit=101", "limit=many", "starting_after=a%20b"] {
        let answer = server.get(&format!("/v1/customers?{query}")).await;
        assert_eq!(answer.problem(400), "invalid_parameter", "{query}");
    }
}

#[tokio::test]
async fn a_customer_moves_to_another_calendar() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    let change = |zone: &str| {
        server.send(
            "PATCH",
            "/v1/customers/anna",
            Some(json!({"time_zone": zone})),
        )
    };
    assert_eq!(
        change("Asia/Tokyo").await.expect(200)["time_zone"],
        "Asia/Tokyo"
    );
    assert_eq!(change("Nowhere").await.problem(422), "invalid_request");
    assert_eq!(
        server.get("/v1/customers/anna").await.expect(200)["time_zone"],
        "Asia/Tokyo"
    );
    let unknown = server.send(
        "PATCH",
        "/v1/customers/ben",
        Some(json!({"time_zone": "UTC"})),
    );
    assert_eq!(unknown.await.problem(404), "unknown_customer");
}

#[tokio::test]
async fn usage_shows_features_and_meters() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    server
        .post(
            "/v1/customers/anna/consume",
            json!({"feature": "jd_parse", "amount": 2}),
        )
        .await
        .expect(200);
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(
        (&usage["plan"], &usage["month_key"]),
        (&json!("free"), &json!("2026-01"))
    );
    assert_eq!(
        usage["features"]["jd_parse"],
        json!({"limit": 5, "used": 2, "remaining": 3, "unlimited": false})
    );
    let meters = usage["meters"].as_array().unwrap();
    let meter = meters
        .iter()
        .find(|meter| meter["meter"] == "jd_parse")
        .unwrap();
    assert_eq!(meter["period_end"], "2026-02-01T00:00:00Z");
    assert_eq!(meter["features"], json!({"jd_parse": 2}));
    assert_eq!(
        server.get("/v1/customers/ben/usage").await.problem(404),
        "unknown_customer"
    );
}

#[tokio::test]
async fn a_month_later_the_quota_is_fresh() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    let scan = || {
        server.post(
            "/v1/customers/anna/consume",
            json!({"feature": "ats_scan", "amount": 2}),
        )
    };
    scan().await.expect(200);
    scan().await.problem(429);
    server.clock.advance(31 * 86_400);
    scan().await.expect(200);
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(usage["month_key"], "2026-02");
}

#[tokio::test]
async fn a_member_has_a_cap_until_it_is_removed() {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "acme", "plan": "pro"}))
        .await
        .expect(201);
    let cap = "/v1/customers/acme/members/ben/caps/ats_scan";
    let body = json!({"units": 2, "every": "day"});
    let set = server.send("PUT", cap, Some(body)).await.expect(200);
    assert_eq!(
        set,
        json!({"units": 2, "every": "day", "anchor": "calendar"})
    );
    let scan = |member: &str| {
        let body = json!({"feature": "ats_scan", "amount": 2, "member": member});
        server.post("/v1/customers/acme/consume", body)
    };
    scan("ben").await.expect(200);
    let refused = scan("ben").await;
    assert_eq!(refused.headers["retry-after"], "43200", "at midnight");
    assert_eq!(refused.body["member"], "ben");
    assert_eq!(refused.problem(429), "member_cap_exceeded");
    scan("chloe").await.expect(200);
    server.send("DELETE", cap, None).await.expect(204);
    scan("ben").await.expect(200);
    let wrong = [
        (json!({"units": -1}), 422),
        (json!({"units": 1_000_000_000_000_001_u64}), 422),
        (json!({"units": 1, "every": "decade"}), 422),
    ];
    for (body, status) in wrong {
        server.send("PUT", cap, Some(body)).await.problem(status);
    }
    let unknown = "/v1/customers/acme/members/ben/caps/nothing";
    let answer = server.send("PUT", unknown, Some(json!({"units": 1}))).await;
    assert_eq!(answer.problem(404), "unknown_meter");
    assert_eq!(
        server.send("DELETE", unknown, None).await.problem(404),
        "unknown_meter"
    );
}

#[tokio::test]
async fn plans_and_the_catalog_are_shown() {
    let server = TestServer::new().await;
    let plans = server.get("/v1/plans").await.expect(200);
    let ids: Vec<_> = plans["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| plan["id"].clone())
        .collect();
    assert_eq!(ids, ["free", "pro", "elite"].map(|id| json!(id)));
    assert_eq!(plans["data"][0]["limits"]["ats_scan"]["units"], 2);
    assert_eq!(plans["data"][2]["limits"]["ats_scan"]["unlimited"], true);
    let catalog = server.get("/v1/catalog").await.expect(200);
    assert_eq!(
        (&catalog["default_plan"], &catalog["version"]),
        (&json!("free"), &json!(1))
    );
    assert_eq!(catalog["features"]["ats_scan"]["cost"], 1);
}
