//! API keys: what they may do, and how they end.

use crate::support::{RESUME, Server, request};
use http::Method;
use serde_json::json;
use tollgate_server::auth::api_key::{Mode, Scope, Scopes};
use tollgate_server::identity::{Actor, NewApiKey};

async fn key(server: &Server, mode: Mode, scopes: &[Scope]) -> NewApiKey {
    let scopes = Scopes::new(scopes.iter().copied());
    let actor = Actor::Command("test");
    let created = server
        .state
        .identity
        .create_api_key(actor, "key", mode, scopes, None);
    created.await.unwrap()
}

#[tokio::test]
async fn a_test_key_has_customers_of_its_own() {
    let server = Server::resume().await;
    let all = [Scope::Read, Scope::Consume, Scope::Manage];
    let live = key(&server, Mode::Live, &all).await;
    let test = key(&server, Mode::Test, &all).await;
    let (live, test) = (live.key.reveal(), test.key.reveal());
    let customer = json!({ "id": "user_1" });
    server
        .post("/v1/customers", test, customer)
        .await
        .expect(201);
    server.get("/v1/customers/user_1", test).await.expect(200);
    server.get("/v1/customers/user_1", live).await.expect(404);
    server
        .get("/v1/customers/test:user_1", live)
        .await
        .expect(400);
    server
        .get("/v1/customers/test:user_1", test)
        .await
        .expect(404);
    let listed = server.get("/v1/customers", live).await.expect(200);
    assert_eq!(listed["data"], json!([]), "{listed}");
}

#[tokio::test]
async fn a_revoked_key_ends_at_once_and_a_known_one_asks_nobody() {
    let server = Server::resume().await;
    server.clock.advance(1);
    let made = key(&server, Mode::Live, &[Scope::Read]).await;
    let text = made.key.reveal();
    server.get("/v1/plans", text).await.expect(200);
    server.clock.advance(5);
    server.get("/v1/plans", text).await.expect(200);
    let actor = Actor::Command("test");
    let identity = &server.state.identity;
    identity
        .revoke_api_key(actor.clone(), made.stored.id)
        .await
        .unwrap();
    server.get("/v1/plans", text).await.expect(401);
    assert!(
        identity
            .revoke_api_key(actor, made.stored.id)
            .await
            .is_err(),
        "only once"
    );
    let log = identity.audit_log(None, 2).await.unwrap();
    let actions: Vec<_> = log.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["api_key.revoked", "api_key.created"]);
}

#[tokio::test]
async fn another_replica_hears_of_a_revocation_within_ten_seconds() {
    let server = Server::resume().await;
    let made = key(&server, Mode::Live, &[Scope::Read]).await;
    let text = made.key.reveal();
    server.get("/v1/plans", text).await.expect(200);
    let now = server.clock.now();
    let id = made.stored.id;
    let revoked = server
        .state
        .tollgate
        .store()
        .transaction(move |transaction| {
            Box::pin(async move { tollgate_store::api_key::revoke(transaction, id, now).await })
        });
    assert!(revoked.await.unwrap());
    server.clock.advance(9);
    server.get("/v1/plans", text).await.expect(200);
    server.clock.advance(1);
    server.get("/v1/plans", text).await.expect(401);
    server.get("/v1/plans", text).await.expect(401);
}

#[tokio::test]
async fn guessing_keys_is_slow() {
    let server = Server::with(RESUME, |config| config.auth.logins_per_address = 3).await;
    let known = key(&server, Mode::Live, &[Scope::Read]).await;
    let guess = |seed: u8| {
        tollgate_server::auth::api_key::ApiKey::new(Mode::Live, [seed; 25])
            .reveal()
            .to_owned()
    };
    for seed in 0..3 {
        server.get("/v1/plans", &guess(seed)).await.expect(401);
    }
    let answer = server.get("/v1/plans", &guess(9)).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (429, Some("100"))
    );
    let elsewhere = request(Method::GET, "/v1/plans", known.key.reveal(), None);
    assert_eq!(
        server.send_from("198.51.100.1", elsewhere).await.status,
        200
    );
    // Mistyped ones are told apart without looking, and cost nothing.
    server
        .get("/v1/plans", "tg_live_mistyped")
        .await
        .expect(401);
    server
        .get("/me/usage", known.key.reveal())
        .await
        .expect(401);
}
