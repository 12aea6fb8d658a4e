//! The history of usage, reversals, and why an answer is what it is.

use crate::support::TestServer;
use serde_json::{Value, json};

const EVENTS: &str = "/v1/customers/anna/events";

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna", "plan": "pro"}))
        .await
        .expect(201);
    server
}

async fn consume(server: &TestServer, body: Value) -> String {
    let receipt = server
        .post("/v1/customers/anna/consume", body)
        .await
        .expect(200);
    receipt["event"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_event_keeps_what_it_was_made_of() {
    let server = server().await;
    let body = json!({"feature": "ats_scan", "amount": 2, "member": "ben",
        "metadata": {"file": "cv.pdf"}, "idempotency_key": "k1"});
    let id = consume(&server, body).await;
    let expected = json!({"id": id, "feature": "ats_scan", "amount": 2,
        "uses": [{"feature": "ats_scan", "amount": 2}], "created_at": "2026-01-15T12:00:00Z",
        "month_key": "2026-01", "plan": "pro", "member": "ben", "metadata": {"file": "cv.pdf"},
        "idempotency_key": "k1", "reversed": false});
    assert_eq!(
        server.get(EVENTS).await.expect(200)["data"],
        json!([expected])
    );
    assert_eq!(
        server.get(&format!("{EVENTS}/{id}")).await.expect(200),
        expected
    );
    let strange = format!("{EVENTS}/evt_01hf8q4s0r0000000000000001");
    assert_eq!(server.get(&strange).await.problem(404), "unknown_event");
    server
        .post("/v1/customers", json!({"id": "ben"}))
        .await
        .expect(201);
    let foreign = format!("/v1/customers/ben/events/{id}");
    assert_eq!(server.get(&foreign).await.problem(404), "unknown_event");
}

#[tokio::test]
async fn the_history_pages_from_the_newest_to_the_oldest() {
    let server = server().await;
    let mut expected = Vec::new();
    for number in 0..9 {
        let feature = if number % 3 == 0 {
            "jd_parse"
        } else {
            "ats_scan"
        };
        server.clock.advance(1);
        expected.insert(
            0,
            (feature, consume(&server, json!({"feature": feature})).await),
        );
    }
    let read = |filter: &'static str| {
        let server = &server;
        async move {
            let (mut found, mut query) = (Vec::new(), String::new());
            loop {
                let page = server
                    .get(&format!("{EVENTS}?limit=2{filter}{query}"))
                    .await
                    .expect(200);
                let data = page["data"].as_array().unwrap();
                found.extend(
                    data.iter()
                        .map(|event| event["id"].as_str().unwrap().to_owned()),
                );
                match page["next"].as_str() {
                    Some(next) => query = format!("&starting_after={next}"),
                    None => return found,
                }
            }
        }
    };
    let ids = |wanted: Option<&str>| -> Vec<String> {
        let fitting = expected
            .iter()
            .filter(|(feature, _)| wanted.is_none_or(|wanted| wanted == *feature));
        fitting.map(|(_, id)| id.clone()).collect()
    };
    assert_eq!(read("").await, ids(None));
    assert_eq!(read("&feature=jd_parse").await, ids(Some("jd_parse")));
    assert_eq!(read("&until=2026-01-15T12:00:04Z").await, ids(None)[6..]);
    assert_eq!(read("&from=2026-01-15T12:00:04Z").await, ids(None)[..6]);
    assert_eq!(read("&member=nobody").await, Vec::<String>::new());
    for query in ["limit=0", "starting_after=x", "feature=A", "from=yesterday"] {
        let answer = server.get(&format!("{EVENTS}?{query}")).await;
        assert_eq!(answer.problem(400), "invalid_parameter", "{query}");
    }
    assert_eq!(
        server.get("/v1/customers/ben/events").await.problem(404),
        "unknown_customer"
    );
}

#[tokio::test]
async fn an_event_is_reversed_once() {
    let server = server().await;
    let id = consume(&server, json!({"feature": "ats_scan", "amount": 5})).await;
    let reverse = format!("{EVENTS}/{id}/reverse");
    server.send("POST", &reverse, None).await.expect(200);
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["used"], 0);
    let event = server.get(&format!("{EVENTS}/{id}")).await.expect(200);
    assert_eq!(
        (&event["reversed"], &event["amount"]),
        (&json!(true), &json!(5))
    );
    assert_eq!(
        server.send("POST", &reverse, None).await.problem(409),
        "already_reversed"
    );
    let strange = format!("{EVENTS}/evt_01hf8q4s0r0000000000000001/reverse");
    assert_eq!(
        server.send("POST", &strange, None).await.problem(404),
        "unknown_event"
    );
}

#[tokio::test]
async fn why_shows_the_decision_and_the_grants_in_burn_order() {
    let server = server().await;
    consume(&server, json!({"feature": "ats_scan", "amount": 20})).await;
    let grant =
        json!({"meter": "ats_scan", "units": 7, "source": "top_up", "reference": "order 4711"});
    server
        .post("/v1/customers/anna/grants", grant)
        .await
        .expect(201);
    let why = server
        .get("/v1/customers/anna/why?feature=ats_scan&amount=7")
        .await
        .expect(200);
    assert_eq!(why["decision"]["allowed"], true);
    assert_eq!(
        (&why["meter"], &why["cost"]),
        (&json!("ats_scan"), &json!(1))
    );
    let grants = why["grants"].as_array().unwrap();
    let sources: Vec<_> = grants.iter().map(|grant| grant["source"].clone()).collect();
    assert_eq!(sources, [json!("plan"), json!("top_up")]);
    let why = server
        .get("/v1/customers/anna/why?feature=ats_scan&amount=8")
        .await
        .expect(200);
    assert_eq!(why["decision"]["refusal"]["quota_needed"], 8);
    for (query, status) in [
        ("", 400),
        ("?feature=A", 400),
        ("?feature=ats_scan&amount=0", 400),
        ("?feature=x", 404),
    ] {
        server
            .get(&format!("/v1/customers/anna/why{query}"))
            .await
            .problem(status);
    }
}
