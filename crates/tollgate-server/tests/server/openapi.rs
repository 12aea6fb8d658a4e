//! The OpenAPI document: committed, and the one that the routes give.

use crate::support::{OPENAPI, TestServer};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_committed_document_is_the_one_that_the_routes_give() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let text = tollgate_server::router::openapi_text();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == text,
        "docs/openapi.json is not what the routes give; UPDATE_OPENAPI=1 writes it anew"
    );
}

#[tokio::test]
async fn it_is_served() {
    let server = TestServer::new().await;
    assert_eq!(server.get("/openapi.json").await.expect(200), *OPENAPI);
}

#[test]
fn every_operation_says_what_it_is_and_who_may() {
    let mut ids = BTreeSet::new();
    let paths = OPENAPI["paths"].as_object().unwrap();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            let id = operation["operationId"].as_str().expect(&place);
            assert!(ids.insert(id.to_owned()), "{place}: {id} is taken");
            assert!(operation["summary"].is_string(), "{place} has no summary");
            assert!(
                operation["security"].is_array(),
                "{place} does not say who may"
            );
            assert_eq!(
                operation["tags"].as_array().expect(&place).len(),
                1,
                "{place}"
            );
            for (status, response) in operation["responses"].as_object().unwrap() {
                let described = response["description"].as_str().unwrap_or_default();
                assert!(!described.is_empty(), "{place}: {status} is not described");
            }
        }
    }
    assert!(ids.len() > 35, "{ids:?}");
}

#[test]
fn every_schema_that_is_named_is_there() {
    let text = OPENAPI.to_string();
    let schemas = &OPENAPI["components"]["schemas"];
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas[name].is_object(), "no schema {name}");
    }
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_outside() {
    let server = TestServer::new().await;
    let page = server.router_text("/docs").await;
    let settings = server.router_text("/docs/settings.js").await;
    for text in [&page, &settings] {
        assert!(!text.contains("//"), "{text}");
    }
    for address in ["/docs/viewer.js", "/docs/settings.js"] {
        assert!(page.contains(address));
    }
    assert!(settings.contains("/openapi.json"));
    assert!(
        server
            .router_text("/docs/viewer.js")
            .await
            .contains("createApiReference")
    );
}
