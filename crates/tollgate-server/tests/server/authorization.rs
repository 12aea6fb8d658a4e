//! Who may do what: every route of `/v1`, with every scope.

use crate::support::{OPENAPI, TestServer, request};
use axum::body::Body;
use http::Request;
use tollgate_server::auth::api_key::Mode;

const SCOPES: [&str; 4] = ["read", "consume", "manage", "admin"];

/// Every operation of `/v1`, with a path that can be asked for and the scope that it says it takes.
fn operations() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (path, item) in OPENAPI["paths"].as_object().unwrap() {
        if !path.starts_with("/v1/") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let Some(scope) = operation["security"][0]["api_key"][0].as_str() else {
                continue;
            };
            let mut path = path.clone();
            for (name, value) in [
                ("{customer}", "anna"),
                ("{reservation}", "res_01hf8q4s0r0000000000000001"),
                ("{event}", "evt_01hf8q4s0r0000000000000001"),
                ("{grant}", "grt_01hf8q4s0r0000000000000001"),
                ("{key}", "key_01hf8q4s0r0000000000000001"),
                ("{member}", "member"),
                ("{meter}", "ats_scan"),
            ] {
                path = path.replace(name, value);
            }
            assert!(!path.contains('{'), "{path} has a part without an example");
            found.push((method.to_uppercase(), path, scope.to_owned()));
        }
    }
    assert!(found.len() >= 29, "{found:?}");
    found
}

#[tokio::test]
async fn each_route_takes_the_scope_that_it_says_and_no_other() {
    let server = TestServer::new().await;
    let mut keys = Vec::new();
    for scope in SCOPES {
        keys.push((scope, server.key(scope, Mode::Live).await));
    }
    for (method, path, needed) in operations() {
        for (scope, key) in &keys {
            let answer = server.call(request(&method, &path, key, None)).await;
            let is_forbidden = answer.body["error"] == "forbidden";
            let may = *scope == needed || *scope == "admin";
            assert_eq!(
                is_forbidden, !may,
                "{method} {path} with {scope}: {}",
                answer.body
            );
            assert_ne!(answer.status, 401);
        }
    }
}

#[tokio::test]
async fn without_a_key_that_holds_nothing_is_answered() {
    let server = TestServer::new().await;
    let key = server.key("admin", Mode::Live).await;
    let mut mistyped = key.clone();
    mistyped.replace_range(10..11, if &key[10..11] == "a" { "b" } else { "a" });
    for (method, path, _) in operations() {
        for header in [
            None,
            Some("Bearer nonsense"),
            Some("Basic YTpi"),
            Some(&format!("Bearer {mistyped}")),
        ] {
            let mut request = Request::builder().method(method.as_str()).uri(&path);
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let answer = server.call(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                answer.headers["www-authenticate"], "Bearer",
                "{method} {path}"
            );
            assert_eq!(answer.problem(401), "unauthenticated", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn test_keys_and_live_keys_do_not_meet() {
    let server = TestServer::new().await;
    let test = server.key("admin", Mode::Test).await;
    let ask = |method: &'static str, path: &'static str, body| {
        server.call(request(method, path, &test, body))
    };
    server
        .post("/v1/customers", serde_json::json!({"id": "anna"}))
        .await
        .expect(201);
    assert_eq!(
        ask("GET", "/v1/customers/anna", None).await.problem(404),
        "unknown_customer"
    );
    let made = ask(
        "POST",
        "/v1/customers",
        Some(serde_json::json!({"id": "anna"})),
    )
    .await;
    assert_eq!(made.expect(201)["id"], "anna");
    let consumed = serde_json::json!({"feature": "ats_scan", "amount": 2});
    ask("POST", "/v1/customers/anna/consume", Some(consumed))
        .await
        .expect(200);
    let live = server.get("/v1/customers/anna/usage").await.expect(200);
    assert_eq!(live["features"]["ats_scan"]["used"], 0);
    let listed = ask("GET", "/v1/customers", None).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let listed = server.get("/v1/customers").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_privileged_act_stands_in_the_audit_log() {
    let server = TestServer::new().await;
    let anna = "/v1/customers/anna";
    server
        .post("/v1/customers", serde_json::json!({"id": "anna"}))
        .await
        .expect(201);
    server
        .post("/v1/customers", serde_json::json!({"id": "anna"}))
        .await
        .expect(200);
    let scan = serde_json::json!({"feature": "ats_scan"});
    let taken = server
        .post(&format!("{anna}/consume"), scan)
        .await
        .expect(200);
    let event = taken["event"].as_str().unwrap();
    server
        .send("POST", &format!("{anna}/events/{event}/reverse"), None)
        .await
        .expect(200);
    let grant = serde_json::json!({"meter": "ats_scan", "units": 5});
    let given = server
        .post(&format!("{anna}/grants"), grant)
        .await
        .expect(201);
    let grant = given["id"].as_str().unwrap();
    server
        .send("POST", &format!("{anna}/grants/{grant}/revoke"), None)
        .await
        .expect(200);
    let pro = serde_json::json!({"plan": "pro"});
    server
        .post(&format!("{anna}/subscription"), pro)
        .await
        .expect(200);
    server
        .send("POST", &format!("{anna}/subscription/cancel"), None)
        .await
        .expect(200);
    server
        .send("POST", &format!("{anna}/subscription/undo"), None)
        .await
        .expect(200);
    let cap = format!("{anna}/members/ben/caps/ats_scan");
    server
        .send("PUT", &cap, Some(serde_json::json!({"units": 1})))
        .await
        .expect(200);
    server.send("DELETE", &cap, None).await.expect(204);
    let zone = serde_json::json!({"time_zone": "Asia/Tokyo"});
    server.send("PATCH", anna, Some(zone)).await.expect(200);
    // Refused: nothing was done, and nothing is noted.
    let gold = serde_json::json!({"plan": "gold"});
    server
        .post(&format!("{anna}/subscription"), gold)
        .await
        .problem(404);
    let lines = server.state.identity.audit_log(None, 100).await.unwrap();
    let mut found: Vec<_> = lines.iter().filter(|line| line.subject == "anna").collect();
    assert!(
        found.iter().all(|line| line.actor.starts_with("key_")),
        "{found:?}"
    );
    found.sort_by_key(|line| &line.action);
    let actions: Vec<_> = found.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "customer.created",
            "customer.time_zone_set",
            "event.reversed",
            "grant.given",
            "grant.revoked",
            "member_cap.removed",
            "member_cap.set",
            "subscription.canceled",
            "subscription.change_undone",
            "subscription.changed",
        ]
    );
    let given = found
        .iter()
        .find(|line| line.action == "grant.given")
        .unwrap();
    assert_eq!(
        given.detail,
        serde_json::json!({"meter": "ats_scan", "units": 5, "source": "adjustment"})
    );
}
