//! Sessions: how they go on, and how they end.

use crate::support::{Answer, PASSWORD, Server, text};
use serde_json::{Value, json};

async fn refresh(server: &Server, token: &Value) -> Answer {
    let body = json!({ "refresh_token": token });
    server.post("/auth/refresh", "", body).await
}

async fn signed_in(server: &Server) -> Value {
    server.register("test@example.com").await;
    server.login("test@example.com", PASSWORD).await.expect(200)
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_once() {
    let server = Server::resume().await;
    let first = signed_in(&server).await;
    server.clock.advance(1_000);
    let access = text(&first["access_token"]);
    assert_eq!(
        server.get("/auth/me", &access).await.status,
        401,
        "it has expired"
    );

    let second = refresh(&server, &first["refresh_token"]).await.expect(200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let access = text(&second["access_token"]);
    assert_eq!(
        server.get("/auth/me", &access).await.expect(200)["email"],
        "test@example.com"
    );

    // Within seconds it is its owner's second tab; later it is a thief, and the session ends.
    server.clock.advance(5);
    let twin = refresh(&server, &first["refresh_token"]).await.expect(200);
    server.clock.advance(60);
    refresh(&server, &first["refresh_token"]).await.expect(401);
    for token in [&second["refresh_token"], &twin["refresh_token"]] {
        refresh(&server, token).await.expect(401);
    }
    server.get("/auth/me", &access).await.expect(401);
    let log = server.state.identity.audit_log(None, 1).await.unwrap();
    assert_eq!(log[0].action, "session.token_reused");
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_or_old() {
    let server = Server::resume().await;
    let mut tokens = signed_in(&server).await;
    let idle = tokens.clone();
    for _ in 0..3 {
        server.clock.advance(29 * 86_400);
        tokens = refresh(&server, &tokens["refresh_token"]).await.expect(200);
    }
    refresh(&server, &idle["refresh_token"]).await.expect(401);

    let server = Server::resume().await;
    let mut tokens = signed_in(&server).await;
    for _ in 0..3 {
        server.clock.advance(29 * 86_400);
        tokens = refresh(&server, &tokens["refresh_token"]).await.expect(200);
    }
    server.clock.advance(3 * 86_400);
    refresh(&server, &tokens["refresh_token"]).await.expect(401);
    for wrong in [json!("tgr_nonsense"), json!("")] {
        refresh(&server, &wrong).await.expect(401);
    }
    server
        .post("/auth/refresh", "", json!({}))
        .await
        .expect(401);
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let server = Server::resume().await;
    let tokens = signed_in(&server).await;
    let access = text(&tokens["access_token"]);
    let other = server.login("test@example.com", PASSWORD).await.expect(200);
    server
        .post("/auth/logout", &access, json!({}))
        .await
        .expect(204);
    server.get("/auth/me", &access).await.expect(401);
    refresh(&server, &tokens["refresh_token"]).await.expect(401);

    // Another session of the same user goes on, until its refresh token ends it.
    let access = text(&other["access_token"]);
    server.get("/auth/me", &access).await.expect(200);
    let body = json!({ "refresh_token": other["refresh_token"] });
    server.post("/auth/logout", "", body).await.expect(204);
    server.get("/auth/me", &access).await.expect(401);
    server.post("/auth/logout", "", json!({})).await.expect(401);
    let unknown = json!({ "refresh_token": "tgr_unknown" });
    server.post("/auth/logout", "", unknown).await.expect(204);
}

#[tokio::test]
async fn whoever_is_locked_out_cannot_come_back() {
    let server = Server::resume().await;
    let tokens = signed_in(&server).await;
    let access = text(&tokens["access_token"]);
    let identity = &server.state.identity;
    let user = identity
        .user_by_email("test@example.com")
        .await
        .unwrap()
        .unwrap();
    let actor = tollgate_server::identity::Actor::Command("test");
    identity
        .set_disabled(actor.clone(), user.id, true)
        .await
        .unwrap();
    server.login("test@example.com", PASSWORD).await.expect(401);
    refresh(&server, &tokens["refresh_token"]).await.expect(401);
    server.get("/auth/me", &access).await.expect(401);
    identity.set_disabled(actor, user.id, false).await.unwrap();
    server.login("test@example.com", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let server = Server::resume().await;
    let tokens = signed_in(&server).await;
    let identity = &server.state.identity;
    let user = identity
        .user_by_email("test@example.com")
        .await
        .unwrap()
        .unwrap();
    let actor = tollgate_server::identity::Actor::User(user.id);
    identity
        .set_password(actor, user.id, "another password".into())
        .await
        .unwrap();
    refresh(&server, &tokens["refresh_token"]).await.expect(401);
    server.login("test@example.com", PASSWORD).await.expect(401);
    server
        .login("test@example.com", "another password")
        .await
        .expect(200);
}

#[tokio::test]
async fn a_rotated_key_still_checks_what_it_signed() {
    let server = Server::resume().await;
    let before = text(&signed_in(&server).await["access_token"]);
    let kids = |document: &Value| document["keys"].as_array().unwrap().len();
    assert_eq!(
        kids(&server.get("/.well-known/jwks.json", "").await.expect(200)),
        1
    );
    server.clock.advance(91 * 86_400 - 1_000);
    let before_rotation = server.login("test@example.com", PASSWORD).await.expect(200);
    server.clock.advance(100);
    server.state.identity.maintain().await.unwrap();
    assert_eq!(
        kids(&server.get("/.well-known/jwks.json", "").await.expect(200)),
        2
    );
    let kept = text(&before_rotation["access_token"]);
    server.get("/auth/me", &kept).await.expect(200);
    server.get("/auth/me", &before).await.expect(401);
    let after = server.login("test@example.com", PASSWORD).await.expect(200);
    server
        .get("/auth/me", &text(&after["access_token"]))
        .await
        .expect(200);
    server.state.identity.maintain().await.unwrap();
    assert_eq!(
        kids(&server.get("/.well-known/jwks.json", "").await.expect(200)),
        2,
        "not again"
    );
}
