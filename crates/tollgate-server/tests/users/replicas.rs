//! The same on PostgreSQL, where other replicas read and write the same tables.

use crate::support::{PASSWORD, RESUME, Server, text};
use serde_json::json;
use tollgate_server::identity::{Actor, Identity};
use tollgate_store::testing::TestDatabase;

async fn server() -> Server {
    Server::over(TestDatabase::postgres().await, RESUME, |_| {}).await
}

#[tokio::test]
async fn users_and_organisations_work_on_postgresql() {
    let server = server().await;
    let (_, owner) = server.user("owner@example.com").await;
    let usage = server.get("/me/usage", &owner).await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["remaining"], 2);
    let body = json!({ "name": "Acme" });
    let organization = server.post("/v1/organizations", &owner, body).await;
    let organization = text(&organization.expect(201)["id"]);
    let (member_id, member) = server.user("member@example.com").await;
    let path = format!("/v1/organizations/{organization}/invitations");
    let body = json!({ "email": "member@example.com", "role": "member" });
    let invitation = server.post(&path, &owner, body).await.expect(201);
    let body = json!({ "token": invitation["token"] });
    let accept = || server.post("/v1/invitations/accept", &member, body.clone());
    accept().await.expect(200);
    accept().await.expect(404);
    let path = format!("/v1/organizations/{organization}/members/{member_id}/caps/ats_scan");
    let cap = json!({ "units": 1 });
    server.put(&path, &owner, cap).await.expect(200);
    let body = json!({ "email": "owner@example.com", "password": PASSWORD });
    server.post("/auth/register", "", body).await.expect(409);
    for path in ["/billing/plans", "/billing/usage", "/billing/subscription"] {
        server.get(path, &owner).await.expect(200);
    }
}

/// Two tabs that wake up together are one owner: neither loses the session.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_is_sent_many_times_at_once_ends_nothing() {
    let server = server().await;
    server.register("test@example.com").await;
    let tokens = server.login("test@example.com", PASSWORD).await.expect(200);
    let token = text(&tokens["refresh_token"]);
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (identity, token) = (server.state.identity.clone(), token.clone());
            tokio::spawn(async move { identity.refresh(&token).await })
        })
        .collect();
    let mut latest = None;
    for one in tries {
        latest = Some(one.await.unwrap().unwrap());
    }
    let body = json!({ "refresh_token": latest.unwrap().refresh_token });
    server.post("/auth/refresh", "", body).await.expect(200);
}

#[tokio::test]
async fn a_replica_accepts_what_another_signed_with_a_newer_key() {
    let server = server().await;
    server.register("test@example.com").await;
    let store = server.state.tollgate.store().clone();
    let other = Identity::new(store, &server.state.config.auth, server.clock.clone());
    let other = other.await.unwrap();
    server.clock.advance(60);
    other
        .rotate_signing_key(Actor::Command("test"))
        .await
        .unwrap();
    let address = "192.0.2.1".parse().unwrap();
    let (tokens, _) = other
        .login(address, "test@example.com", PASSWORD)
        .await
        .unwrap();
    server
        .get("/me/usage", &tokens.access_token)
        .await
        .expect(200);
    // And the other way round, though this one has not heard that its key is retired.
    let own = server.login("test@example.com", PASSWORD).await.expect(200);
    assert!(
        other
            .authenticate(&text(&own["access_token"]))
            .await
            .is_ok()
    );
}
