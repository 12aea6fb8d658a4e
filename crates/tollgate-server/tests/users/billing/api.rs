//! Stripe's API when it is slow, broken, or asked the same twice; and whose things are whose.

use super::world::World;
use crate::support::text;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tollgate_server::config::Config;
use tollgate_store::testing::TestDatabase;

/// Stripe answers so, as often as that.
async fn fail(world: &World, wish: Value) {
    world.control("failures", wish).await;
}

async fn impatient() -> World {
    let change = |config: &mut Config| config.stripe.timeout_seconds = 1;
    World::with(TestDatabase::sqlite(), crate::support::USDOT, change).await
}

/// Stripe made the customer, and its answer never came.
#[tokio::test]
async fn timeout_after_create() {
    for (path, kind) in [
        ("/v1/customers", "customers"),
        ("/v1/checkout/sessions", "checkout/sessions"),
    ] {
        let world = impatient().await;
        let (_, token) = world.server.user("ann@example.com").await;
        let lost = json!({ "path": path, "method": "POST", "drop_after_effect": true, "times": 9 });
        fail(&world, lost).await;
        let request = World::page("basic");
        let route = "/billing/create-checkout-session";
        let refused = world.server.post(route, &token, request).await;
        assert_eq!(refused.expect(503)["reason"], "stripe_unavailable");
        world.stop_failing().await;
        world.checkout(&token, "basic").await;
        let made = world.stripe(Method::GET, kind, &[]).await;
        assert_eq!(made["data"].as_array().unwrap().len(), 1, "{kind}: once");
    }
}

#[tokio::test]
async fn backoff_after_429_and_500() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    fail(
        &world,
        json!({ "path": "/v1/customers", "status": 429, "times": 1 }),
    )
    .await;
    fail(
        &world,
        json!({ "path": "/v1/checkout/sessions", "status": 500, "times": 1 }),
    )
    .await;
    world.checkout(&token, "basic").await;

    fail(
        &world,
        json!({ "path": "/v1/*", "status": 500, "times": 1000 }),
    )
    .await;
    let route = "/billing/create-checkout-session";
    let refused = world
        .server
        .post(route, &token, World::page("professional"));
    let refused = refused.await;
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.expect(503)["error"], "billing_error");
}

/// Stripe is gone: quota is served as ever, billing says so in time, and all is caught up after.
#[tokio::test]
async fn stripe_down() {
    let world = impatient().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    fail(
        &world,
        json!({ "path": "/v1/*", "status": 503, "times": 100_000 }),
    )
    .await;
    for _ in 0..50 {
        assert!(world.consume(&id, "usdot_lookup", 1).await);
    }
    assert_eq!(world.quota(&token).await, (150, 50, 100));
    for (path, body) in [
        ("/billing/create-portal-session", json!({})),
        ("/billing/cancel-subscription", json!({})),
        ("/billing/change-plan", json!({ "plan": "professional" })),
        ("/billing/purchase-quota", json!({ "quantity": 50 })),
    ] {
        // Within the time that a client has patience for.
        let answer = world.server.post(path, &token, body);
        let refused = tokio::time::timeout(Duration::from_secs(30), answer).await;
        let refused = refused.expect("it is answered").expect(503);
        assert_eq!(refused["reason"], "stripe_unavailable", "{path}");
    }
    world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(503);
    world
        .server
        .get("/billing/subscription", &token)
        .await
        .expect(200);
    world
        .server
        .get("/billing/payments", &token)
        .await
        .expect(200);
    // What happens in Stripe meanwhile is known once it is back.
    let event = world.told_of(&["customer.subscription.created"]).remove(0);
    let mut later = event.clone();
    later["id"] = json!("evt_later");
    world.deliver(&later).await.expect(200);
    world.work().await;
    world.stop_failing().await;
    world.server.clock.advance(10);
    world.work().await;
    assert!(world.billing().backlog().await.unwrap().is_empty());
    let page = world.purchase(&token, 50).await;
    world.pay(&page).await;
    assert_eq!(world.remaining(&token).await, 150);
}

/// A consume takes no longer while every call to Stripe hangs.
#[tokio::test]
async fn stripe_slow() {
    let world = impatient().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    fail(
        &world,
        json!({ "path": "/v1/*", "delay_ms": 30_000, "times": 100_000 }),
    )
    .await;
    let body = json!({ "quantity": 50 });
    let mut hanging = Box::pin(world.server.post("/billing/purchase-quota", &token, body));
    let consumes = async {
        for _ in 0..50 {
            assert!(world.consume(&id, "usdot_lookup", 1).await);
        }
    };
    tokio::select! {
        biased;
        _ = &mut hanging => panic!("the call to Stripe hangs longer than 50 consumes take"),
        () = consumes => {}
    }
    hanging.await.expect(503);
}

/// One key stands for one body: another body under it is refused by Stripe, and said clearly.
#[tokio::test]
async fn idempotency_body_changed() {
    let world = World::usdot().await;
    let (id, token) = world.server.user("ann@example.com").await;
    world.checkout(&token, "basic").await;
    // As if somebody else had used the key of the next customer for something else.
    world.forge_customer_forgotten(&id).await;
    let url = format!("http://{}/v1/customers", world.stripe.address);
    let key = world.customer_key(&id).await;
    let other = world
        .http
        .post(url)
        .bearer_auth("sk_test_playground")
        .header("idempotency-key", key)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("description=somebody+else");
    assert_eq!(other.send().await.unwrap().status(), 200);
    let route = "/billing/create-checkout-session";
    let refused = world.server.post(route, &token, World::page("basic")).await;
    let refused = refused.expect(502);
    assert_eq!(refused["reason"], "stripe_refused");
}

#[tokio::test]
async fn pagination_over_100() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    world.wait_days(31 * 105).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut after = String::new();
    loop {
        let path = format!("/billing/invoices?limit=100{after}");
        let page = world.server.get(&path, &token).await.expect(200);
        let invoices = page["data"].as_array().unwrap();
        seen.extend(invoices.iter().map(|invoice| text(&invoice["id"])));
        if page["has_more"] == false {
            break;
        }
        after = format!("&starting_after={}", text(&page["next"]));
    }
    assert!(seen.len() > 100, "{} invoices", seen.len());
    let told = world.told_of(&["invoice.created"]);
    assert_eq!(seen.len(), told.len(), "all of them");
}

#[tokio::test]
async fn other_users_portal() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    let (_, other) = world.server.user("ben@example.com").await;
    let path = "/billing/create-portal-session";
    let visit = world.server.post(path, &token, json!({})).await.expect(200);
    assert!(text(&visit["portal_url"]).starts_with("http"));
    let refused = world.server.post(path, &other, json!({})).await.expect(409);
    assert_eq!(refused["reason"], "no_billing_account");
    let named = json!({ "customer": "cus_1" });
    world.server.post(path, &other, named).await.expect(422);
    let evil = json!({ "return_url": "https://evil.example/" });
    world.server.post(path, &token, evil).await.expect(400);
    // Nor does anybody see another's invoices and payments.
    let invoices = world
        .server
        .get("/billing/invoices", &other)
        .await
        .expect(200);
    assert_eq!(invoices["data"], json!([]));
    let payments = world
        .server
        .get("/billing/payments", &other)
        .await
        .expect(200);
    assert_eq!(payments["data"], json!([]));
}

/// What differs is shown, and repaired on request.
#[tokio::test]
async fn drift_and_repair() {
    let world = World::usdot().await;
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    let page = world.checkout(&token, "basic").await;
    world.pay(&page).await;
    let (ben, _) = world.subscriber("ben@example.com", "basic").await;
    let report = world.billing().drift(|_| {}).await.unwrap();
    assert_eq!((report.customers, report.differences), (2, vec![]));

    world.lose_events().await;
    world.refund(&intent, 500).await;
    let customer = world.stripe_customer(&ben).await;
    world
        .stripe(Method::DELETE, &format!("customers/{customer}"), &[])
        .await;
    let form = [("email", "stranger@example.com")];
    let stranger = world.stripe(Method::POST, "customers", &form).await;
    let stranger = text(&stranger["id"]);
    world
        .subscribe_in_stripe(&stranger, &world.price("basic"))
        .await;

    let report = world.billing().drift(|_| {}).await.unwrap();
    let about = |customer: Option<&str>| {
        let differences = report.differences.iter();
        differences
            .filter(|it| {
                it.customer
                    .as_ref()
                    .map(tollgate_core::id::CustomerId::as_str)
                    == customer
            })
            .count()
    };
    assert_eq!(about(Some(&id)), 1, "{report:?}");
    assert!(about(Some(&ben)) >= 2, "{report:?}");
    assert_eq!(about(None), 1, "{report:?}");

    let left = world.billing().repair(&report).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    let report = world.billing().drift(|_| {}).await.unwrap();
    assert_eq!(report.differences.len(), 1, "only the stranger: {report:?}");
    assert_eq!(world.remaining(&token).await, 150);
}

/// Prices are set up once, and looking changes nothing.
#[tokio::test]
async fn setup_is_idempotent() {
    use tollgate::billing::SetupAction;
    let world = World::usdot().await;
    let prices = || async {
        let listed = world.stripe(Method::GET, "prices?limit=100", &[]).await;
        listed["data"].as_array().unwrap().len()
    };
    let before = prices().await;
    assert_eq!(before, 6);
    for apply in [false, true, false] {
        let steps = world.billing().setup(apply).await.unwrap();
        assert!(
            steps.iter().all(|step| step.action == SetupAction::Matches),
            "{steps:?}"
        );
    }
    assert_eq!(prices().await, before);
    // Without Stripe's ids in the catalog they are found by their names.
    let catalog = tollgate_server::config::parse_catalog("plans.toml", crate::support::USDOT);
    let applied = world.server.state.tollgate.apply_catalog(catalog.unwrap());
    applied.await.unwrap();
    let steps = world.billing().setup(false).await.unwrap();
    assert!(
        steps
            .iter()
            .all(|step| matches!(step.action, SetupAction::Matches | SetupAction::Found)),
        "{steps:?}"
    );
}

/// The inbox by API: what came, what became of it, and trying it again.
#[tokio::test]
async fn the_inbox_is_shown_and_replayed() {
    use tollgate_server::auth::api_key::{Mode, Scope, Scopes};
    use tollgate_server::identity::Actor;
    let world = World::usdot().await;
    let (id, _) = world.subscriber("ann@example.com", "basic").await;
    let identity = &world.server.state.identity;
    let scopes = Scopes::new([Scope::Admin]);
    let key = identity.create_api_key(Actor::Command("test"), "t", Mode::Live, scopes, None);
    let key = key.await.unwrap().key.reveal().to_owned();
    let path = format!("/v1/stripe/events?state=done&customer={id}&limit=2");
    let page = world.server.get(&path, &key).await.expect(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert_eq!(page["has_more"], true);
    assert_eq!(page["data"][0]["customer"], id.as_str());
    assert!(page["data"][0].get("payload").is_none());
    let next = format!("{path}&starting_after={}", text(&page["next"]));
    let rest = world.server.get(&next, &key).await.expect(200);
    assert_ne!(rest["data"][0]["id"], page["data"][0]["id"]);
    let one = format!("/v1/stripe/events/{}", text(&page["data"][0]["id"]));
    let event = world.server.get(&one, &key).await.expect(200);
    assert!(event["payload"]["data"]["object"].is_object());
    world
        .server
        .post(&format!("{one}/replay"), &key, json!({}))
        .await
        .expect(202);
    let event = world.server.get(&one, &key).await.expect(200);
    assert_eq!(event["state"], "waiting");
    world.work().await;
    let event = world.server.get(&one, &key).await.expect(200);
    assert_eq!(event["state"], "done");
    let nonsense = "/v1/stripe/events?state=lost";
    world.server.get(nonsense, &key).await.expect(400);
    world
        .server
        .get("/v1/stripe/events/evt_9", &key)
        .await
        .expect(404);
}

/// What waits is counted, for whoever watches.
#[tokio::test]
async fn the_inbox_is_counted() {
    let world = World::usdot().await;
    let worker = world.billing().clone();
    let worker = tokio::spawn(async move { worker.run().await });
    let event = json!({
        "id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1_768_478_400,
        "livemode": false,
        "data": { "object": { "id": "in_1", "object": "invoice", "customer": "cus_nobody" } },
    });
    world.deliver(&event).await.expect(200);
    let shown = async {
        loop {
            let answer = world.server.get("/metrics", "").await;
            if answer.text.contains("tollgate_stripe_events_parked 1") {
                return answer.text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let shown = tokio::time::timeout(Duration::from_secs(20), shown).await;
    let shown = shown.expect("it is counted");
    assert!(shown.contains("tollgate_stripe_events_waiting 0"));
    worker.abort();
}
