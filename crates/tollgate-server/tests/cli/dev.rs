//! The server to play with: its Stripe, its clock, and what it refuses.

use crate::support::{Server, World};
use serde_json::{Value, json};
use tollgate_core::Timestamp;
use tollgate_store::Engine;

const DEV: [&str; 4] = ["dev", "--listen", "127.0.0.1:0", "--json"];

/// `dev` keeps its own database beneath its folder.
async fn world() -> World {
    let mut world = World::on(Engine::Sqlite).await;
    world.variables.clear();
    world
}

/// A world with a Stripe account of its own, which nobody can reach.
async fn world_with_key(key: &str) -> World {
    let mut world = world().await;
    world.variables = vec![
        ("STRIPE_SECRET_KEY", key.to_owned()),
        ("STRIPE_WEBHOOK_SECRET", "whsec_test".to_owned()),
        ("TOLLGATE_STRIPE_SWEEP_MINUTES", "0".to_owned()),
        ("TOLLGATE_STRIPE_BASE_URL", "http://127.0.0.1:9".to_owned()),
    ];
    world
}

#[track_caller]
fn ask(server: &Server, method: &str, path: &str, body: &str) -> (u16, Value) {
    let (status, text) = server.ask(method, path, "", body);
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    (status, body)
}

fn now(server: &Server) -> Timestamp {
    let (status, clock) = ask(server, "GET", "/dev/clock", "");
    assert_eq!(status, 200, "{clock}");
    clock["now"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn dev_has_an_imitation_of_stripe_and_a_time_machine() {
    let world = world().await;
    let mut server = world.start(&DEV);
    let told = server.told();
    assert_eq!(told["user"]["username"], "test@example.com");
    assert!(
        told["stripe_imitation"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    let (_, status) = ask(&server, "GET", "/billing/status", "");
    assert_eq!(status["stripe_configured"], true);
    let (_, plans) = ask(&server, "GET", "/billing/plans", "");
    let pro = plans
        .as_array()
        .unwrap()
        .iter()
        .find(|plan| plan["id"] == "pro");
    assert!(pro.unwrap()["stripe_price_id"].is_string(), "{plans}");

    let before = now(&server);
    let (status, moved) = ask(&server, "POST", "/dev/clock", r#"{"advance": "31d"}"#);
    assert_eq!(status, 200, "{moved}");
    assert!(moved["events"].is_u64(), "{moved}");
    let month_later = before.plus_seconds(31 * 86_400);
    assert!(now(&server) >= month_later);
    assert!(
        now(&server) < month_later.plus_seconds(600),
        "it does not run away"
    );
    for (journey, why) in [
        (r#"{"to": "2020-01-01T00:00:00Z"}"#, "forwards"),
        (r#"{"advance": "11000d"}"#, "ten years"),
        (r#"{"advance": "soon"}"#, "no span of time"),
        (r#"{"advance": "-1d"}"#, "no span of time"),
        ("{}", "send"),
        ("31d", "not JSON"),
    ] {
        let (status, refused) = ask(&server, "POST", "/dev/clock", journey);
        assert_eq!(status, 400, "{journey}: {refused}");
        assert!(refused.to_string().contains(why), "{journey}: {refused}");
    }
    assert!(now(&server) < month_later.plus_seconds(600));
}

/// Years pass, and whoever signed in before is still known.
#[tokio::test]
async fn a_token_outlives_years() {
    let world = world().await;
    let server = world.start(&DEV);
    let body = json!({ "email": "ann@example.com", "password": "testpass123" });
    let (status, _) = ask(&server, "POST", "/auth/register", &body.to_string());
    assert_eq!(status, 201);
    let form = "username=ann@example.com&password=testpass123";
    let (status, text) = server.form("/auth/login", form);
    assert_eq!(status, 200, "{text}");
    let tokens: Value = serde_json::from_str(&text).unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    for _ in 0..2 {
        let (status, moved) = ask(&server, "POST", "/dev/clock", r#"{"advance": "3650d"}"#);
        assert_eq!(status, 200, "{moved}");
    }
    let (status, usage) = server.ask("GET", "/me/usage", token, "");
    assert_eq!(status, 200, "{usage}");
}

#[tokio::test]
async fn with_an_imitation_everything_begins_anew() {
    let world = world().await;
    let key = |told: Value| told["api_key"].as_str().unwrap().to_owned();
    let first = key(world.start(&DEV).told());
    let mut second = world.start(&DEV);
    assert_ne!(first, key(second.told()));
    let refused = world.expect(&DEV, 4);
    assert_eq!(refused.errors.lines().count(), 1, "{}", refused.errors);
}

/// Its prices are gone with the imitation, and nobody could pay.
#[tokio::test]
async fn a_named_database_stays_and_is_refused_beside_another_imitation() {
    let world = World::on(Engine::Sqlite).await;
    let mut server = world.start(&DEV);
    assert!(server.told()["stripe_imitation"].is_string());
    server.kill();
    assert!(world.file().exists());
    let refused = world.expect(&DEV, 1);
    assert_eq!(refused.errors.lines().count(), 1, "{}", refused.errors);
    assert!(
        refused.errors.contains("another Stripe"),
        "{}",
        refused.errors
    );
    world.expect(&["verify"], 0);
}

#[tokio::test]
async fn with_a_test_key_data_stay_and_stripe_is_real() {
    let world = world_with_key("sk_test_1").await;
    let key = |told: &Value| told["api_key"].as_str().unwrap().to_owned();
    let mut server = world.start(&DEV);
    let first = server.told();
    assert_eq!(first["stripe_imitation"], Value::Null);
    let (_, status) = ask(&server, "GET", "/billing/status", "");
    assert_eq!(status["stripe_configured"], true);
    assert_eq!(
        ask(&server, "GET", "/dev/clock", "").0,
        404,
        "time is Stripe's"
    );
    server.kill();
    let mut server = world.start(&DEV);
    assert_eq!(key(&first), key(&server.told()));
    let fresh = [&DEV[..], &["--fresh"]].concat();
    world.expect(&fresh, 4);
    server.kill();
    assert_ne!(key(&first), key(&world.start(&fresh).told()));
    assert_eq!(world.read(".tollgate/.gitignore"), "*\n");
}

#[tokio::test]
async fn dev_refuses_a_live_key() {
    let world = world_with_key("sk_live_1").await;
    let refused = world.expect(&DEV, 2);
    assert_eq!(refused.output, "");
    assert_eq!(refused.errors.lines().count(), 1, "{}", refused.errors);
    assert!(refused.errors.contains("live key"), "{}", refused.errors);
    assert!(!world.path(".tollgate").exists(), "nothing is made");
}

#[test]
fn serve_has_no_time_machine() {
    let world = World::with_catalog("resume");
    let server = world.serve();
    assert_eq!(ask(&server, "GET", "/dev/clock", "").0, 404);
    assert_eq!(server.post("/dev/clock", "", r#"{"advance": "31d"}"#), 404);
    let (_, status) = ask(&server, "GET", "/billing/status", "");
    assert_eq!(status["stripe_configured"], false);
}
