//! Reservations: held, extended, settled, released.

use crate::support::TestServer;
use serde_json::{Value, json};

const RESERVATIONS: &str = "/v1/customers/anna/reservations";

async fn server() -> TestServer {
    let server = TestServer::new().await;
    server
        .post("/v1/customers", json!({"id": "anna"}))
        .await
        .expect(201);
    server
}

async fn reserve(server: &TestServer, body: Value) -> (String, Value) {
    let held = server.post(RESERVATIONS, body).await.expect(201);
    (held["reservation"].as_str().unwrap().to_owned(), held)
}

async fn figures(server: &TestServer) -> (u64, u64, u64) {
    let usage = server.get("/v1/customers/anna/usage").await.expect(200);
    let meters = usage["meters"].as_array().unwrap();
    let meter = meters
        .iter()
        .find(|meter| meter["meter"] == "jd_parse")
        .unwrap();
    let number = |name: &str| meter[name].as_u64().unwrap();
    (number("used"), number("held"), number("remaining"))
}

#[tokio::test]
async fn held_units_are_settled_for_what_was_used() {
    let server = server().await;
    let (id, held) = reserve(&server, json!({"feature": "jd_parse", "amount": 3})).await;
    assert_eq!(held["expires_at"], "2026-01-15T12:15:00Z");
    assert_eq!(figures(&server).await, (0, 3, 2));
    let listed = server.get(RESERVATIONS).await.expect(200);
    assert_eq!(listed["data"][0]["id"], json!(id));
    assert_eq!(
        listed["data"][0]["uses"],
        json!([{"feature": "jd_parse", "amount": 3}])
    );
    let too_many = server
        .post(RESERVATIONS, json!({"feature": "jd_parse", "amount": 3}))
        .await;
    assert_eq!(too_many.problem(429), "quota_exceeded");
    let settle = format!("{RESERVATIONS}/{id}/settle");
    let settled = server
        .post(&settle, json!({"feature": "jd_parse", "amount": 1}))
        .await
        .expect(200);
    assert_eq!(settled["features"][0]["used"], 1);
    assert_eq!(figures(&server).await, (1, 0, 4));
    let again = server.post(&settle, json!({})).await;
    assert_eq!(again.problem(404), "unknown_reservation");
}

#[tokio::test]
async fn a_settlement_without_a_body_takes_what_was_held() {
    let server = server().await;
    let (id, _) = reserve(&server, json!({"feature": "jd_parse", "amount": 3})).await;
    let answer = server
        .send("POST", &format!("{RESERVATIONS}/{id}/settle"), None)
        .await;
    assert_eq!(answer.expect(200)["features"][0]["used"], 3);
    assert_eq!(figures(&server).await, (3, 0, 2));
}

#[tokio::test]
async fn a_settlement_may_take_more_or_nothing() {
    let server = server().await;
    let (id, _) = reserve(&server, json!({"feature": "jd_parse", "amount": 3})).await;
    let settle = format!("{RESERVATIONS}/{id}/settle");
    let more = |amount: u64| server.post(&settle, json!({"feature": "jd_parse", "amount": amount}));
    assert_eq!(more(6).await.problem(429), "quota_exceeded");
    assert_eq!(figures(&server).await, (0, 3, 2), "it stays open");
    more(5).await.expect(200);
    assert_eq!(figures(&server).await, (5, 0, 0));
    let (id, _) = {
        server.clock.advance(31 * 86_400);
        reserve(&server, json!({"feature": "jd_parse", "amount": 3})).await
    };
    let nothing = json!({"feature": "jd_parse", "amount": 0});
    server
        .post(&format!("{RESERVATIONS}/{id}/settle"), nothing)
        .await
        .expect(200);
    assert_eq!(figures(&server).await, (0, 0, 5));
}

#[tokio::test]
async fn a_released_reservation_gives_everything_back() {
    let server = server().await;
    let (id, _) = reserve(&server, json!({"feature": "jd_parse", "amount": 3})).await;
    let release = format!("{RESERVATIONS}/{id}/release");
    server.send("POST", &release, None).await.expect(204);
    assert_eq!(figures(&server).await, (0, 0, 5));
    assert_eq!(
        server.send("POST", &release, None).await.problem(404),
        "unknown_reservation"
    );
}

#[tokio::test]
async fn a_reservation_ends_by_itself_unless_extended() {
    let server = server().await;
    let body = json!({"feature": "jd_parse", "amount": 3, "seconds": 60});
    let (id, _) = reserve(&server, body).await;
    server.clock.advance(50);
    let extend = format!("{RESERVATIONS}/{id}/extend");
    let extended = server
        .post(&extend, json!({"seconds": 100}))
        .await
        .expect(200);
    assert_eq!(extended["expires_at"], "2026-01-15T12:02:30Z");
    server.clock.advance(90);
    assert_eq!(figures(&server).await, (0, 3, 2));
    server.clock.advance(10);
    assert_eq!(figures(&server).await, (0, 0, 5));
    assert_eq!(
        server.post(&extend, json!({})).await.problem(404),
        "unknown_reservation"
    );
    let body = json!({"feature": "jd_parse", "seconds": 60, "on_expiry": "settle"});
    reserve(&server, body).await;
    server.clock.advance(60);
    assert_eq!(figures(&server).await, (1, 0, 4));
}

#[tokio::test]
async fn a_retried_reservation_holds_once() {
    let server = server().await;
    let body = json!({"feature": "jd_parse", "amount": 3, "idempotency_key": "k"});
    let (id, _) = reserve(&server, body.clone()).await;
    let again = server.post(RESERVATIONS, body).await.expect(200);
    assert_eq!(
        (&again["reservation"], &again["replayed"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(figures(&server).await, (0, 3, 2));
    let other = json!({"feature": "jd_parse", "amount": 1, "idempotency_key": "k"});
    assert_eq!(
        server.post(RESERVATIONS, other).await.problem(422),
        "idempotency_key_reused"
    );
}

#[tokio::test]
async fn seconds_have_bounds() {
    let server = server().await;
    for seconds in [0, 2_678_401] {
        let body = json!({"feature": "jd_parse", "seconds": seconds});
        assert_eq!(
            server.post(RESERVATIONS, body).await.problem(422),
            "invalid_request"
        );
    }
    let nonsense = server
        .post(&format!("{RESERVATIONS}/nonsense/settle"), json!({}))
        .await;
    assert_eq!(nonsense.problem(400), "invalid_parameter");
}
