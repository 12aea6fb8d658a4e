//! API keys: made, listed, revoked.

use crate::support::{TestServer, request};
use serde_json::json;

#[tokio::test]
async fn a_key_is_shown_once_works_and_is_revoked() {
    let server = TestServer::new().await;
    let body = json!({"name": "billing job", "scopes": ["read", "consume"]});
    let made = server.post("/v1/keys", body).await.expect(201);
    let (secret, id) = (
        made["secret"].as_str().unwrap(),
        made["id"].as_str().unwrap(),
    );
    assert!(secret.starts_with("tg_live_") && secret.starts_with(made["prefix"].as_str().unwrap()));
    server
        .call(request("GET", "/v1/plans", secret, None))
        .await
        .expect(200);
    let listed = server.get("/v1/keys").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(secret), "never shown again");
    let path = format!("/v1/keys/{id}");
    server.send("DELETE", &path, None).await.expect(204);
    let refused = server.call(request("GET", "/v1/plans", secret, None)).await;
    assert_eq!(refused.problem(401), "unauthenticated");
    server.send("DELETE", &path, None).await.problem(404);
    server
        .send("DELETE", "/v1/keys/nonsense", None)
        .await
        .problem(400);
}

#[tokio::test]
async fn wrong_keys_are_not_made() {
    let server = TestServer::new().await;
    for body in [
        json!({"name": "x", "scopes": []}),
        json!({"name": "x", "scopes": ["everything"]}),
        json!({"name": "", "scopes": ["read"]}),
        json!({"name": "x".repeat(101), "scopes": ["read"]}),
        json!({"scopes": ["read"]}),
    ] {
        assert_eq!(
            server.post("/v1/keys", body.clone()).await.problem(422),
            "invalid_request",
            "{body}"
        );
    }
    let listed = server.get("/v1/keys").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}
