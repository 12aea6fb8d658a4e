//! Rate limits: who tries too often waits, and is told for how long.

use crate::support::{PASSWORD, RESUME, Server, login, request, text};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn wrong_passwords_shut_an_account_for_a_while_from_everywhere() {
    let server = Server::with(RESUME, |config| config.auth.logins_per_account = 3).await;
    server.register("test@example.com").await;
    for (attempt, address) in ["192.0.2.1", "192.0.2.2", "192.0.2.3"].iter().enumerate() {
        let answer = server
            .send_from(address, login("test@example.com", "wrong password"))
            .await;
        assert_eq!(answer.status, 401, "{attempt}");
    }
    let answer = server
        .send_from("192.0.2.4", login("TEST@example.com", PASSWORD))
        .await;
    assert_eq!(answer.status, 429, "even with the right one");
    assert_eq!(answer.header("retry-after"), Some("100"));
    assert_eq!(
        answer.header("ratelimit-policy"),
        Some("\"login\";q=3;w=300")
    );
    assert_eq!(answer.header("ratelimit"), Some("\"login\";r=0;t=300"));
    assert_eq!(answer.json()["error"], "rate_limited");
    server.clock.advance(100);
    let answer = server.login("test@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("ratelimit").is_some());
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_waits() {
    let server = Server::with(RESUME, |config| config.auth.logins_per_address = 4).await;
    for account in 0..4 {
        let answer = server
            .login(&format!("{account}@example.com"), "wrong password")
            .await;
        assert_eq!(answer.status, 401);
    }
    assert_eq!(
        server.login("5@example.com", "wrong password").await.status,
        429
    );
    let elsewhere = server.send_from("198.51.100.1", login("5@example.com", "wrong password"));
    assert_eq!(elsewhere.await.status, 401);
    // Registering is counted by itself.
    for account in 0..4 {
        server.register(&format!("{account}@example.com")).await;
    }
    let body = json!({ "email": "5@example.com", "password": PASSWORD });
    let answer = server.post("/auth/register", "", body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (429, Some("75"))
    );
}

#[tokio::test]
async fn right_passwords_do_not_count() {
    let server = Server::with(RESUME, |config| {
        config.auth.logins_per_account = 2;
        config.auth.logins_per_address = 2;
    })
    .await;
    server.register("test@example.com").await;
    for _ in 0..10 {
        server.login("test@example.com", PASSWORD).await.expect(200);
    }
}

#[tokio::test]
async fn a_user_who_asks_too_often_waits_and_others_do_not() {
    let server = Server::with(RESUME, |config| config.auth.user_requests_per_minute = 2).await;
    let (_, busy) = server.user("busy@example.com").await;
    let (_, calm) = server.user("calm@example.com").await;
    let answer = server.get("/me/usage", &busy).await;
    assert_eq!(answer.header("ratelimit"), Some("\"user\";r=1;t=30"));
    server.get("/me/usage", &busy).await.expect(200);
    let answer = server.get("/me/usage", &busy).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (429, Some("30"))
    );
    server.get("/me/usage", &calm).await.expect(200);
    server.clock.advance(30);
    server.get("/me/usage", &busy).await.expect(200);
}

#[tokio::test]
async fn behind_a_proxy_each_client_counts_by_itself() {
    let server = Server::with(RESUME, |config| {
        config.auth.logins_per_address = 1;
        config.auth.proxies = 1;
    })
    .await;
    let attempt = async |client: &str| {
        let mut sent = login("a@example.com", "wrong password");
        sent.headers_mut()
            .insert("x-forwarded-for", client.parse().unwrap());
        server.send(sent).await.status.as_u16()
    };
    assert_eq!(attempt("198.51.100.1").await, 401);
    assert_eq!(attempt("198.51.100.1").await, 429);
    assert_eq!(
        attempt("6.6.6.6, 198.51.100.1").await,
        429,
        "what the client says does not count"
    );
    assert_eq!(attempt("198.51.100.2").await, 401);
}

#[tokio::test]
async fn an_api_key_can_be_limited() {
    use tollgate_server::auth::api_key::{Mode, Scope, Scopes};
    let server = Server::with(RESUME, |config| config.auth.api_requests_per_minute = 1).await;
    let actor = tollgate_server::identity::Actor::Command("test");
    let scopes = Scopes::new([Scope::Read]);
    let made = server
        .state
        .identity
        .create_api_key(actor, "key", Mode::Live, scopes, None);
    let key = text(&json!(made.await.unwrap().key.reveal()));
    let list = || server.send(request(Method::GET, "/v1/customers", &key, None));
    let answer = list().await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("ratelimit")),
        (200, Some("\"api-key\";r=0;t=60"))
    );
    let answer = list().await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (429, Some("60"))
    );
}
