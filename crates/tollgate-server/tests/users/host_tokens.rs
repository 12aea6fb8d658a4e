//! Users of the host app, with the host's own tokens.

use crate::support::{RESUME, Server, request};
use http::Method;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tollgate_server::config::Secret;

const SECRET: &str = "shared with the host: 32 bytes or more";

fn sign(algorithm: Algorithm, key: &EncodingKey, kid: Option<&str>, claims: &Value) -> String {
    let header = Header {
        kid: kid.map(str::to_owned),
        ..Header::new(algorithm)
    };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

fn hs256(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    sign(Algorithm::HS256, &key, None, claims)
}

/// Claims that are valid for an hour of the test's clock.
fn claims(server: &Server, more: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://host.test", "aud": "tollgate", "sub": "user_42",
        "exp": server.clock.now().as_seconds() + 3_600,
    });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

async fn with_secret() -> Server {
    Server::with(RESUME, |config| {
        config.auth.host_secret = Some(Secret::new(SECRET));
        config.auth.host_issuer = Some("https://host.test".to_owned());
        config.auth.host_audience = Some("tollgate".to_owned());
    })
    .await
}

#[tokio::test]
async fn a_user_of_the_host_has_the_default_plan_at_first_sight() {
    let server = with_secret().await;
    let token = hs256(SECRET, &claims(&server, &json!({})));
    let usage = server.get("/me/usage", &token).await.expect(200);
    assert_eq!(
        (&usage["plan"], &usage["features"]["jd_parse"]["limit"]),
        (&json!("free"), &json!(5))
    );
    let me = server.get("/auth/me", &token).await.expect(200);
    assert_eq!(
        (&me["id"], &me["customer_id"], &me["email"]),
        (&json!("user_42"), &json!("user_42"), &json!(null))
    );
    let subscription = server
        .get("/billing/subscription", &token)
        .await
        .expect(200);
    assert_eq!(subscription["user_id"], "user_42");
    server.get("/v1/organizations", &token).await.expect(403);
    server
        .post("/auth/logout", &token, json!({}))
        .await
        .expect(403);
}

#[tokio::test]
async fn the_organisation_stands_in_the_hosts_token_alone() {
    let server = with_secret().await;
    let acting = hs256(
        SECRET,
        &claims(&server, &json!({ "organization": "org_7" })),
    );
    let subscription = server
        .get("/billing/subscription", &acting)
        .await
        .expect(200);
    assert_eq!(
        (&subscription["org_id"], &subscription["user_id"]),
        (&json!("org_7"), &json!(null))
    );
    assert_eq!(
        server.get("/auth/me", &acting).await.expect(200)["id"],
        "user_42"
    );

    let alone = hs256(SECRET, &claims(&server, &json!({})));
    for (token, organization, expected) in [
        (&acting, "org_7", 200),
        (&acting, "org_8", 403),
        (&alone, "org_7", 403),
        (&alone, "user_42", 403),
    ] {
        let mut sent = request(Method::GET, "/me/usage", token, None);
        sent.headers_mut()
            .insert("x-organization", organization.parse().unwrap());
        assert_eq!(server.send(sent).await.status, expected, "{organization}");
    }
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused_without_a_reason() {
    let server = with_secret().await;
    let wrong_secret = "another secret of thirty-two bytes!";
    let past = json!({ "exp": server.clock.now().as_seconds() - 120 });
    for token in [
        hs256(wrong_secret, &claims(&server, &json!({}))),
        hs256(SECRET, &claims(&server, &past)),
        hs256(
            SECRET,
            &claims(&server, &json!({ "iss": "https://evil.test" })),
        ),
        hs256(SECRET, &claims(&server, &json!({ "aud": "another app" }))),
        hs256(SECRET, &claims(&server, &json!({ "sub": "with a space" }))),
        "not.a.token".to_owned(),
    ] {
        let answer = server.get("/me/usage", &token).await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(
            answer.expect(401)["message"],
            "the access token is not valid"
        );
    }
    // Without the host's secret in the settings the same token is nothing.
    let closed = Server::resume().await;
    let token = hs256(SECRET, &claims(&closed, &json!({})));
    closed.get("/me/usage", &token).await.expect(401);
}

#[tokio::test]
async fn a_jwks_document_in_a_file_checks_the_hosts_tokens() {
    let pem = include_bytes!("../../src/auth/testdata/p256_for_tests.pem");
    let key = EncodingKey::from_ec_pem(pem).unwrap();
    let mut jwk =
        serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
    jwk["kid"] = json!("k1");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, json!({ "keys": [jwk] }).to_string()).unwrap();
    let server = Server::with(RESUME, |config| {
        config.auth.host_jwks = Some(path.display().to_string());
    })
    .await;
    let good = claims(&server, &json!({}));
    let token = sign(Algorithm::ES256, &key, Some("k1"), &good);
    assert_eq!(
        server.get("/me/usage", &token).await.expect(200)["plan"],
        "free"
    );
    let unknown = sign(Algorithm::ES256, &key, Some("k2"), &good);
    server.get("/me/usage", &unknown).await.expect(401);
    // The public half of the key is no secret to sign with.
    let confused = sign(
        Algorithm::HS256,
        &EncodingKey::from_secret(pem),
        Some("k1"),
        &good,
    );
    server.get("/me/usage", &confused).await.expect(401);
    // Our own tokens go on to work beside.
    let (_, own) = server.user("own@example.com").await;
    server.get("/me/usage", &own).await.expect(200);
}

#[tokio::test]
async fn the_host_cannot_name_who_is_at_home_here() {
    let server = with_secret().await;
    let (id, own) = server.user("own@example.com").await;
    let body = json!({ "name": "Acme" });
    let organization = server
        .post("/v1/organizations", &own, body)
        .await
        .expect(201);
    for more in [
        json!({ "sub": id }),
        json!({ "sub": organization["id"] }),
        json!({ "organization": organization["id"] }),
        json!({ "sub": "test:user_1" }),
    ] {
        let token = hs256(SECRET, &claims(&server, &more));
        server.get("/me/usage", &token).await.expect(401);
    }
}
