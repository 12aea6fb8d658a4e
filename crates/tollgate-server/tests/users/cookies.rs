//! Browsers that keep the tokens as cookies.

use crate::support::{PASSWORD, Server};
use axum::body::Body;
use http::{Method, Request};

/// The cookies of an answer as a browser sends them back, and how they were set.
fn kept(answer: &crate::support::Answer) -> (String, Vec<String>) {
    let set = answer.headers.get_all("set-cookie").iter();
    let set: Vec<String> = set
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    let pairs: Vec<&str> = set
        .iter()
        .map(|cookie| cookie.split(';').next().unwrap())
        .collect();
    (pairs.join("; "), set)
}

fn with_cookies(
    method: Method,
    path: &str,
    cookies: &str,
    headers: &[(&str, &str)],
) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", cookies);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn cookies_sign_in_and_only_this_sites_pages_change_things() {
    let server = Server::resume().await;
    server.register("test@example.com").await;
    let form = Request::post("/auth/login?cookies=true")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!(
            "username=test@example.com&password={PASSWORD}"
        )))
        .unwrap();
    let (cookies, set) = kept(&server.send(form).await);
    assert!(set[0].starts_with("tollgate_access=ey"), "{set:?}");
    assert!(
        set[0].ends_with("; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure"),
        "{set:?}"
    );
    assert!(
        set[1].starts_with("tollgate_refresh=tgr_") && set[1].contains("; Path=/auth; "),
        "{set:?}"
    );

    let send = async |method, path, headers: &[(&str, &str)]| {
        server
            .send(with_cookies(method, path, &cookies, headers))
            .await
    };
    assert_eq!(send(Method::GET, "/me/usage", &[]).await.status, 200);
    let elsewhere = [("host", "app.test"), ("origin", "https://evil.test")];
    let here = [("host", "app.test"), ("origin", "https://app.test")];
    let path = "/v1/organizations";
    assert_eq!(send(Method::POST, path, &elsewhere).await.status, 403);
    assert_eq!(send(Method::POST, path, &[]).await.status, 403);
    assert_eq!(
        send(Method::POST, path, &here).await.status,
        415,
        "past the check, without a body"
    );
    assert_eq!(
        send(Method::POST, "/auth/refresh", &elsewhere).await.status,
        401
    );
    assert_eq!(
        send(Method::POST, "/auth/logout", &elsewhere).await.status,
        403
    );
    assert_eq!(
        send(Method::GET, "/me/usage", &[]).await.status,
        200,
        "still signed in"
    );

    let (next, _) = kept(&send(Method::POST, "/auth/refresh", &here).await);
    assert!(!next.is_empty() && next != cookies);
    let answer = server
        .send(with_cookies(Method::POST, "/auth/logout", &next, &here))
        .await;
    assert_eq!(answer.status, 204);
    let (forgotten, set) = kept(&answer);
    assert_eq!(forgotten, "tollgate_access=; tollgate_refresh=");
    assert!(
        set.iter().all(|cookie| cookie.contains("Max-Age=0")),
        "{set:?}"
    );
    let answer = server
        .send(with_cookies(Method::GET, "/me/usage", &next, &[]))
        .await;
    assert_eq!(answer.status, 401);
}
