//! Paying on Stripe's page.

use super::world::{DECLINED, VISA, World};
use crate::support::{USDOT, text};
use http::Method;
use serde_json::{Value, json};
use tollgate_store::payment::PaymentStatus;
use tollgate_store::stripe_event::EventState;
use tollgate_store::testing::TestDatabase;

async fn open_sessions(world: &World) -> Vec<Value> {
    let listed = world
        .stripe(Method::GET, "checkout/sessions?status=open", &[])
        .await;
    listed["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn double_click() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let clicks = (0..8).map(|_| world.checkout(&token, "basic"));
    let pages = futures_util::future::join_all(clicks).await;
    for page in &pages {
        assert_eq!(page["session_id"], pages[0]["session_id"]);
        assert_eq!(page["checkout_url"], pages[0]["checkout_url"]);
    }
    assert_eq!(open_sessions(&world).await.len(), 1);
    let customers = world.stripe(Method::GET, "customers", &[]).await;
    assert_eq!(customers["data"].as_array().unwrap().len(), 1);

    // Another plan is another page, and the first one is closed.
    let other = world.checkout(&token, "professional").await;
    assert_ne!(other["session_id"], pages[0]["session_id"]);
    let open = open_sessions(&world).await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["id"], other["session_id"]);
}

/// Somebody got hold of a second page all the same, and both were paid.
#[tokio::test]
async fn two_sessions_both_paid() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    let first = text(&world.subscription(&token).await["stripe_subscription_id"]);
    world.server.clock.advance(60);
    world
        .stripe
        .sandbox
        .advance_to(world.server.clock.now().as_seconds());
    let customer = world.stripe_customer(&id).await;
    let price = world.price("professional");
    world.subscribe_in_stripe(&customer, &price).await;
    world.settle().await;
    let subscriptions = world.stripe_subscriptions(&token).await;
    let running: Vec<&Value> = subscriptions
        .iter()
        .filter(|subscription| subscription["status"] == "active")
        .map(|subscription| &subscription["id"])
        .collect();
    assert_eq!(running, [&json!(first)], "the oldest is kept");
    assert_eq!(world.plan(&token).await, "basic");
}

#[tokio::test]
async fn completed_twice() {
    let world = World::usdot().await;
    world.disturb(json!({ "duplicate": 3 })).await;
    let (_, token, _) = world.buyer("ann@example.com", 50).await;
    world.replay_all().await;
    assert_eq!(world.remaining(&token).await, 70);
}

async fn by_bank_debit(world: &World) -> (String, String, Value) {
    let (id, token) = world.server.user("ann@example.com").await;
    let page = world.purchase(&token, 50).await;
    let url = text(&page["checkout_url"]);
    let paid = world
        .http
        .post(url)
        .body("later=true")
        .send()
        .await
        .unwrap();
    assert_eq!(paid.status(), 303);
    world.settle().await;
    (id, token, page)
}

#[tokio::test]
async fn completed_unpaid() {
    let world = World::usdot().await;
    let (id, token, page) = by_bank_debit(&world).await;
    assert_eq!(
        world.remaining(&token).await,
        20,
        "none until the money is there"
    );
    let session = text(&page["session_id"]);
    let path = format!("/billing/checkout-sessions/{session}");
    let state = world.server.get(&path, &token).await.expect(200);
    assert_eq!(state["status"], "processing");
    let wish = json!({ "status": "succeeded" });
    world.control(&format!("payments/{session}"), wish).await;
    world.settle().await;
    assert_eq!(world.remaining(&token).await, 70);
    assert_eq!(world.payment(&id).await.status, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn async_failed() {
    let world = World::usdot().await;
    let (id, token, page) = by_bank_debit(&world).await;
    let session = text(&page["session_id"]);
    let wish = json!({ "status": "failed" });
    world.control(&format!("payments/{session}"), wish).await;
    world.settle().await;
    assert_eq!(world.remaining(&token).await, 20);
    assert_eq!(world.payment(&id).await.status, PaymentStatus::Failed);
    // The way is free for another try.
    let page = world.purchase(&token, 50).await;
    world.pay(&page).await;
    assert_eq!(world.remaining(&token).await, 70);
}

#[tokio::test]
async fn expired_session() {
    let world = World::usdot().await;
    let (id, token) = world.server.user("ann@example.com").await;
    let page = world.checkout(&token, "basic").await;
    let units = world.purchase(&token, 50).await;
    world.wait_days(2).await;
    assert_eq!(world.payment(&id).await.status, PaymentStatus::Failed);
    let customer = tollgate_core::id::CustomerId::new(&id).unwrap();
    let standing = world.billing().standing(&customer).await.unwrap();
    assert_eq!(standing.checkout, None, "nothing is pending any more");
    let again = world.checkout(&token, "basic").await;
    assert_ne!(again["session_id"], page["session_id"]);
    let again = world.purchase(&token, 50).await;
    assert_ne!(again["session_id"], units["session_id"]);
}

/// The customer is back before Stripe's event: coming back grants nothing, asking Stripe does.
#[tokio::test]
async fn success_page_before_webhook() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let page = world.checkout(&token, "basic").await;
    let path = format!("/billing/checkout-sessions/{}", text(&page["session_id"]));
    let state = world.server.get(&path, &token).await.expect(200);
    assert_eq!(state["status"], "open", "whoever comes back without paying");
    assert_eq!(world.plan(&token).await, "free");
    assert_eq!(
        world.type_card(&page, DECLINED).await,
        402,
        "the page says so"
    );
    let state = world.server.get(&path, &token).await.expect(200);
    assert_eq!(state["status"], "open");
    assert_eq!(world.plan(&token).await, "free");
    assert_eq!(world.type_card(&page, VISA).await, 303);
    assert_eq!(world.plan(&token).await, "free");
    let state = world.server.get(&path, &token).await.expect(200);
    assert_eq!(state["status"], "paid", "Stripe's own word");
    assert_eq!(world.plan(&token).await, "basic");
}

#[tokio::test]
async fn foreign_session_id() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let (_, other) = world.server.user("ben@example.com").await;
    let page = world.checkout(&token, "basic").await;
    world.pay(&page).await;
    let path = format!("/billing/checkout-sessions/{}", text(&page["session_id"]));
    world.server.get(&path, &token).await.expect(200);
    world.server.get(&path, &other).await.expect(404);
    let nonsense = "/billing/checkout-sessions/..%2Fcustomers";
    world.server.get(nonsense, &other).await.expect(404);
    assert_eq!(world.plan(&other).await, "free");
}

/// A session in Stripe that names another customer of ours than it is paid by.
#[tokio::test]
async fn reference_customer_mismatch() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    let (ben, _) = world.server.user("ben@example.com").await;
    world.lose_events().await;
    let page = world.purchase(&token, 50).await;
    let session = text(&page["session_id"]);
    // What nobody can do from outside: our own note of the page is about somebody else.
    world.forge_owner(&session, &ben).await;
    assert_eq!(world.type_card(&page, VISA).await, 303);
    let event = world
        .told_of(&["checkout.session.completed"])
        .pop()
        .unwrap();
    world.deliver(&event).await.expect(200);
    world.work().await;
    let kept = world.billing().event(event["id"].as_str().unwrap()).await;
    let kept = kept.unwrap().unwrap();
    assert_eq!(kept.state, EventState::Quarantined, "{}", kept.note);
    assert_eq!(world.remaining(&token).await, 150);
}

#[tokio::test]
async fn evil_success_url() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    for url in [
        "https://evil.example/",
        "http://localhost:3000.evil.example/",
        "http://localhost:3000@evil.example/",
        "javascript:alert(1)",
        "",
    ] {
        for name in ["success_url", "cancel_url"] {
            let mut body = World::page("basic");
            body[name] = json!(url);
            let path = "/billing/create-checkout-session";
            let refused = world.server.post(path, &token, body).await.expect(400);
            assert_eq!(refused["reason"], "invalid_url", "{name} {url}");
        }
    }
    assert!(
        world.told_of(&["customer.created"]).is_empty(),
        "before Stripe is asked"
    );
}

#[tokio::test]
async fn client_sent_price() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let path = "/billing/create-checkout-session";
    for (name, value) in [
        ("amount", json!(1)),
        ("price_id", json!("price_1")),
        ("line_items", json!([])),
        ("customer", json!("cus_1")),
    ] {
        let mut body = World::page("enterprise");
        body[name] = value;
        world.server.post(path, &token, body).await.expect(422);
    }
    let mut body = World::page("enterprise");
    body["price"] = json!(world.price("basic"));
    let refused = world.server.post(path, &token, body).await.expect(400);
    assert_eq!(
        refused["reason"], "invalid_plan",
        "Stripe's ids are no names here"
    );
    let body = json!({ "quantity": 50, "amount_cents": 1 });
    let path = "/billing/purchase-quota";
    world.server.post(path, &token, body).await.expect(422);
    assert!(world.told_of(&["checkout.session.completed"]).is_empty());
}

#[tokio::test]
async fn second_trial() {
    let catalog = USDOT.replace("[plans.basic]\n", "[plans.basic]\ntrial_days = 14\n");
    let world = World::with(TestDatabase::sqlite(), &catalog, |_| {}).await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    assert_eq!(world.subscription(&token).await["status"], "trialing");
    let body = json!({ "at_period_end": false });
    let path = "/billing/cancel-subscription";
    world.server.post(path, &token, body).await.expect(200);
    assert_eq!(world.plan(&token).await, "free");
    let page = world.checkout(&token, "basic").await;
    world.pay(&page).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(
        subscription["status"], "active",
        "the second time it is paid"
    );
    let invoices = world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(200);
    assert_eq!(invoices["data"][0]["amount_paid_cents"], 999);
}

#[tokio::test]
async fn plans_that_nobody_sells() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let path = "/billing/create-checkout-session";
    for plan in ["free", "gold", "", "BASIC"] {
        let body = world.server.post(path, &token, World::page(plan)).await;
        assert_eq!(
            body.expect(400)["detail"]["detail"],
            "Invalid plan type. Must be 'basic', 'professional' or 'enterprise'.",
            "{plan}"
        );
    }
}

#[tokio::test]
async fn subscribing_twice_is_refused() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    let path = "/billing/create-checkout-session";
    let body = world
        .server
        .post(path, &token, World::page("professional"))
        .await;
    assert_eq!(body.expect(409)["reason"], "already_subscribed");
}

/// The other seed's way: one route that leads wherever it must.
#[tokio::test]
async fn subscribe_leads_wherever_it_must() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let path = |plan: &str| format!("/billing/subscribe/{plan}");
    let body = json!({ "price": "annual" });
    let page = world
        .server
        .post(&path("basic"), &token, body)
        .await
        .expect(200);
    assert_eq!(page["status"], "checkout");
    world.pay(&page).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(
        (&subscription["plan_id"], &subscription["price_id"]),
        (&json!("basic"), &json!("annual"))
    );
    let body = json!({ "price": "annual" });
    let changed = world
        .server
        .post(&path("enterprise"), &token, body)
        .await
        .expect(200);
    assert_eq!(changed["status"], "changed");
    let changed = world
        .server
        .post(&path("free"), &token, json!({}))
        .await
        .expect(200);
    assert_eq!(changed["status"], "scheduled");
    assert_eq!(world.plan(&token).await, "enterprise");
    world.wait_days(366).await;
    assert_eq!(world.plan(&token).await, "free");
}

#[tokio::test]
async fn a_promotion_code_takes_something_off() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let form = [("percent_off", "50"), ("duration", "once"), ("id", "half")];
    world.stripe(Method::POST, "coupons", &form).await;
    let form = [
        ("promotion[type]", "coupon"),
        ("promotion[coupon]", "half"),
        ("code", "HALF"),
    ];
    world.stripe(Method::POST, "promotion_codes", &form).await;
    let mut body = World::page("basic");
    body["promotion_code"] = json!("nonsense");
    let path = "/billing/create-checkout-session";
    let refused = world
        .server
        .post(path, &token, body.clone())
        .await
        .expect(400);
    assert_eq!(refused["reason"], "invalid_promotion_code");
    body["promotion_code"] = json!("HALF");
    let page = world.server.post(path, &token, body).await.expect(200);
    world.pay(&page).await;
    assert_eq!(world.plan(&token).await, "basic");
    let invoices = world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(200);
    let paid = invoices["data"][0]["amount_paid_cents"].as_u64().unwrap();
    assert!((499..=500).contains(&paid), "{paid}");
}

/// Our note of an open page leads nowhere: it was made in another account.
#[tokio::test]
async fn a_page_that_stripe_does_not_know() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let first = world.checkout(&token, "basic").await;
    world.forge_page_unknown().await;
    let second = world.checkout(&token, "basic").await;
    assert_ne!(first["session_id"], second["session_id"]);
    world.pay(&second).await;
    assert_eq!(world.plan(&token).await, "basic");
}
