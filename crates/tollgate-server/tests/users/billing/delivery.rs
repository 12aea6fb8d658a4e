//! Events on their way in: whom they are from, how often they come, and whom they are about.

use super::world::{SECRET, World};
use crate::support::{Answer, Server, USDOT, text};
use http::Method;
use serde_json::{Value, json};
use tollgate_server::config::{Config, Secret, parse_catalog};
use tollgate_server::start;
use tollgate_store::stripe_event::EventState;
use tollgate_stripe::webhook::{self, WebhookSecret};

/// An event about nobody, of a kind that somebody acts on.
fn invoice_paid(id: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "invoice.paid", "created": 1_768_478_400,
        "livemode": false, "api_version": "2026-10-28.endive",
        "data": { "object": { "id": "in_1", "object": "invoice", "customer": "cus_nobody" } },
    })
}

/// Signed as `wish` says: at a second that far from now, with this secret.
async fn sent(world: &World, secret: &str, seconds: i64) -> Answer {
    let body = invoice_paid("evt_1").to_string().into_bytes();
    let at = world.server.clock.now().as_seconds() + seconds;
    let secret = WebhookSecret::new(secret).unwrap();
    let header = webhook::sign(&body, &secret, at);
    world.deliver_raw(body, &header).await
}

async fn refused(world: &World, answer: Answer) {
    let body = answer.expect(400);
    assert_eq!(body["error"], "billing_error");
    assert_eq!(body["reason"], "invalid_signature");
    assert!(world.events().await.is_empty(), "nothing is stored");
}

#[tokio::test]
async fn bad_signature() {
    let world = World::usdot().await;
    let answer = sent(&world, "whsec_somebody_else", 0).await;
    refused(&world, answer).await;
    for header in ["", "nonsense", "t=1", "v1=00", "t=x,v1=00"] {
        let body = invoice_paid("evt_1").to_string().into_bytes();
        let answer = world.deliver_raw(body, header).await;
        refused(&world, answer).await;
    }
}

#[tokio::test]
async fn body_one_byte_changed() {
    let world = World::usdot().await;
    let body = invoice_paid("evt_1").to_string();
    let at = world.server.clock.now().as_seconds();
    let secret = WebhookSecret::new(SECRET).unwrap();
    let header = webhook::sign(body.as_bytes(), &secret, at);
    // It reads as well as before: another customer's invoice.
    let changed = body.replace("cus_nobody", "cus_nobodx");
    assert_ne!(changed, body);
    let answer = world.deliver_raw(changed.into_bytes(), &header).await;
    refused(&world, answer).await;
}

#[tokio::test]
async fn timestamp_301s_old() {
    let world = World::usdot().await;
    let answer = sent(&world, SECRET, -301).await;
    refused(&world, answer).await;
}

#[tokio::test]
async fn far_future_timestamp() {
    let world = World::usdot().await;
    let answer = sent(&world, SECRET, 301).await;
    refused(&world, answer).await;
}

#[tokio::test]
async fn clock_skew_within_300s() {
    let world = World::usdot().await;
    sent(&world, SECRET, -300).await.expect(200);
    sent(&world, SECRET, 300).await.expect(200);
    assert_eq!(world.events().await.len(), 1);
}

#[tokio::test]
async fn rolled_secret_second_v1() {
    let world = World::with(
        tollgate_store::testing::TestDatabase::sqlite(),
        USDOT,
        |config| config.stripe.webhook_secret = Some(Secret::new("whsec_new, whsec_old")),
    )
    .await;
    let body = invoice_paid("evt_1").to_string().into_bytes();
    let at = world.server.clock.now().as_seconds();
    let signed = |secret: &str| webhook::sign(&body, &WebhookSecret::new(secret).unwrap(), at);
    let unknown = signed("whsec_unknown");
    let old = signed("whsec_old").replace(&format!("t={at},"), "");
    let header = format!("{unknown},{old}");
    world.deliver_raw(body.clone(), &header).await.expect(200);
}

#[tokio::test]
async fn only_v0() {
    let world = World::usdot().await;
    let body = invoice_paid("evt_1").to_string().into_bytes();
    let at = world.server.clock.now().as_seconds();
    let header = webhook::sign(&body, &WebhookSecret::new(SECRET).unwrap(), at);
    let answer = world.deliver_raw(body, &header.replace("v1=", "v0=")).await;
    refused(&world, answer).await;
}

#[tokio::test]
async fn empty_secret() {
    for secret in [None, Some(""), Some(" , ")] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("t.db");
        let mut config = Config::for_testing();
        config.database = format!("sqlite:{}", database.display());
        config.stripe.secret_key = Some(Secret::new("sk_test_1"));
        config.stripe.webhook_secret = secret.map(Secret::new);
        let catalog = parse_catalog("plans.toml", USDOT).unwrap();
        let opened = start::open(config, Some(catalog)).await;
        assert!(opened.is_err(), "{secret:?} is refused");
        assert!(!database.exists(), "and nothing was made");
    }
}

#[tokio::test]
async fn duplicate_sequential() {
    let world = World::usdot().await;
    let (id, _, intent) = world.buyer("ann@example.com", 50).await;
    for event in world.told_of(&["payment_intent.succeeded", "checkout.session.completed"]) {
        for _ in 0..3 {
            world.deliver(&event).await.expect(200);
            world.work().await;
        }
    }
    let payment = world.payment(&id).await;
    assert_eq!(payment.stripe_payment_intent, Some(intent));
    let account = world.account(&id).await;
    let grants = account.grants().iter();
    let bought = grants.filter(|grant| grant.source() == tollgate_core::grant::Source::TopUp);
    assert_eq!(bought.count(), 1);
}

#[tokio::test]
async fn duplicate_concurrent() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (id, token, _) = world.unsettled_buyer("ann@example.com", 50).await;
    let event = world.told_of(&["checkout.session.completed"]).remove(0);
    let copies = (0..50).map(|_| async {
        world.deliver(&event).await.expect(200);
        world.work().await;
    });
    futures_util::future::join_all(copies).await;
    assert_eq!(world.remaining(&token).await, 70);
    assert_eq!(world.events().await.len(), 1);
    assert_eq!(world.payment(&id).await.purchased.unwrap().revoked, 0);
}

/// Taken, answered, and then the process was gone before anything came of it.
#[tokio::test]
async fn crash_after_store() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (id, token, _) = world.unsettled_buyer("ann@example.com", 50).await;
    let event = world.told_of(&["checkout.session.completed"]).remove(0);
    world.deliver(&event).await.expect(200);
    let kept = world.event("checkout.session.completed").await.unwrap();
    assert_eq!(kept.state, EventState::Waiting);
    assert_eq!(world.remaining(&token).await, 20);
    // Stripe had no answer and sends it again; whoever runs now finds it once.
    world.deliver(&event).await.expect(200);
    world.work().await;
    world.work().await;
    assert_eq!(world.remaining(&token).await, 70);
    let kept = world.event("checkout.session.completed").await.unwrap();
    assert_eq!((kept.state, kept.attempts), (EventState::Done, 1));
    assert!(world.payment(&id).await.purchased.is_some());
}

#[tokio::test]
async fn handler_fails() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (_, token, _) = world.unsettled_buyer("ann@example.com", 50).await;
    let event = world.told_of(&["checkout.session.completed"]).remove(0);
    world.deliver(&event).await.expect(200);
    let down = json!({ "path": "/v1/*", "status": 500, "times": 100 });
    world.control("failures", down).await;
    world.work().await;
    let kept = world.event("checkout.session.completed").await.unwrap();
    assert_eq!((kept.state, kept.attempts), (EventState::Waiting, 1));
    assert!(kept.note.contains("Stripe"), "{}", kept.note);
    world.stop_failing().await;
    world.work().await;
    let kept = world.event("checkout.session.completed").await.unwrap();
    assert_eq!(kept.state, EventState::Waiting, "its pause is not over");
    world.server.clock.advance(6);
    world.work().await;
    let kept = world.event("checkout.session.completed").await.unwrap();
    assert_eq!(kept.state, EventState::Done);
    assert_eq!(world.remaining(&token).await, 70);
}

#[tokio::test]
async fn unknown_type() {
    let world = World::usdot().await;
    let mut event = invoice_paid("evt_moon");
    event["type"] = json!("moon.rose");
    world.deliver(&event).await.expect(200);
    world.work().await;
    assert_eq!(world.events().await[0].state, EventState::Ignored);
}

#[tokio::test]
async fn thin_v2_event() {
    let world = World::usdot().await;
    let event = json!({
        "id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.error_report_triggered",
        "created": "2026-01-15T12:00:00Z", "related_object": { "id": "mtr_1" },
    });
    let body = world.deliver(&event).await.expect(400);
    assert_eq!(body["reason"], "unsupported_event");
    assert!(text(&body["message"]).contains("thin"), "{body}");
    assert!(world.events().await.is_empty());
}

#[tokio::test]
async fn oversize_body() {
    let world = World::usdot().await;
    // Too long is said before anybody looks at the signature, which is none.
    let answer = world
        .deliver_raw(vec![b' '; (1 << 20) + 1], "nonsense")
        .await;
    answer.expect(413);
}

#[tokio::test]
async fn livemode_mismatch() {
    let world = World::usdot().await;
    let mut event = invoice_paid("evt_1");
    event["livemode"] = json!(true);
    world.deliver(&event).await.expect(200);
    world.work().await;
    assert_eq!(world.events().await[0].state, EventState::Quarantined);
}

#[tokio::test]
async fn other_account() {
    let world = World::usdot().await;
    let mut event = invoice_paid("evt_1");
    event["account"] = json!("acct_1");
    world.deliver(&event).await.expect(200);
    world.work().await;
    assert_eq!(world.events().await[0].state, EventState::Quarantined);
}

/// Somebody pays in Stripe whom nobody here knows, with the address of somebody known here.
#[tokio::test]
async fn unknown_customer() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    let form = [("email", "ann@example.com")];
    let customer = world.stripe(Method::POST, "customers", &form).await;
    world
        .subscribe_in_stripe(&text(&customer["id"]), &world.price("basic"))
        .await;
    world.settle().await;
    assert_eq!(
        world.plan(&token).await,
        "free",
        "an address proves nothing"
    );
    let event = world.event("customer.subscription.created").await.unwrap();
    assert_eq!(event.state, EventState::Parked);
    // It is tried again, ever more seldom, and in the end somebody has to look.
    for _ in 0..80 {
        world.server.clock.advance(3_700);
        world.work().await;
    }
    let event = world.event("customer.subscription.created").await.unwrap();
    assert_eq!(event.state, EventState::Quarantined);
    assert_eq!(world.plan(&token).await, "free");
}

#[tokio::test]
async fn unknown_price() {
    let world = World::usdot().await;
    let (id, token, _) = world.buyer("ann@example.com", 50).await;
    let form = [
        ("currency", "usd"),
        ("unit_amount", "100"),
        ("recurring[interval]", "month"),
        ("product_data[name]", "Something else"),
    ];
    let price = world.stripe(Method::POST, "prices", &form).await;
    let customer = world.stripe_customer(&id).await;
    world
        .subscribe_in_stripe(&customer, &text(&price["id"]))
        .await;
    world.settle().await;
    assert_eq!(world.plan(&token).await, "free");
    let event = world.event("customer.subscription.created").await.unwrap();
    assert_eq!(event.state, EventState::Quarantined);
    assert!(event.note.contains("none of the catalog"), "{}", event.note);
}

/// Long after it is forgotten, an event comes again: as it was, and under another id.
#[tokio::test]
async fn redelivered_after_30d() {
    let world = World::usdot().await;
    let (_, token, intent) = world.buyer("ann@example.com", 50).await;
    world.refund(&intent, 250).await;
    let old = world.told_of(&["checkout.session.completed"]).remove(0);
    world.wait_days(40).await;
    let before = world.quota(&token).await;
    let mut unheard = old.clone();
    unheard["id"] = json!("evt_forgotten");
    for event in [old, unheard] {
        world.deliver(&event).await.expect(200);
        world.work().await;
    }
    assert_eq!(world.quota(&token).await, before);
}

/// Without keys everything else works, and billing says so.
#[tokio::test]
async fn without_keys() {
    let server = Server::resume().await;
    let (_, token) = server.user("ann@example.com").await;
    let path = "/billing/create-checkout-session";
    let body = server
        .post(path, &token, World::page("pro"))
        .await
        .expect(400);
    assert_eq!(
        body["detail"],
        json!({
            "error": "billing_error",
            "detail": "Invalid plan type. Must be 'pro' or 'elite'.",
        })
    );
    assert_eq!(body["reason"], "not_configured");
    assert!(text(&body["message"]).contains("Stripe key"), "{body}");
    let status = server.get("/billing/status", "").await.expect(200);
    assert_eq!(status["stripe_configured"], false);
}
