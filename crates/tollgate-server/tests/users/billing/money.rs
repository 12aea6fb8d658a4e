//! Units bought once: given once, and taken back as far as their money went back.

use super::world::World;
use crate::support::text;
use http::Method;
use serde_json::json;
use tollgate_core::billing::Dispute;
use tollgate_store::payment::PaymentStatus;
use tollgate_store::stripe_event::EventState;

#[tokio::test]
async fn topup_once_across_payment_intent_and_checkout() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (_, token, _) = world.unsettled_buyer("ann@example.com", 50).await;
    let intent = world.told_of(&["payment_intent.succeeded"]);
    let session = world.told_of(&["checkout.session.completed"]);
    for event in [&intent, &session, &intent].into_iter().flatten() {
        world.deliver(event).await.expect(200);
        world.work().await;
        assert_eq!(world.remaining(&token).await, 70);
    }
}

#[tokio::test]
async fn amount_mismatch() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (id, token, _) = world.unsettled_buyer("ann@example.com", 50).await;
    let mut payment = world.payment(&id).await;
    // As if more had been promised than was paid.
    payment.amount.minor = 5_000;
    world.forge_amount(&payment).await;
    let event = world.told_of(&["payment_intent.succeeded"]).remove(0);
    world.deliver(&event).await.expect(200);
    world.work().await;
    let kept = world.event("payment_intent.succeeded").await.unwrap();
    assert_eq!(kept.state, EventState::Quarantined, "{}", kept.note);
    assert!(kept.note.contains("another amount"), "{}", kept.note);
    assert_eq!(world.remaining(&token).await, 20);
}

#[tokio::test]
async fn below_minimum() {
    let world = World::usdot().await;
    let (_, token) = world.server.user("ann@example.com").await;
    for quantity in [0, 1, 4, 10_001, u64::MAX] {
        let body = json!({ "quantity": quantity });
        let path = "/billing/purchase-quota";
        let refused = world.server.post(path, &token, body).await.expect(400);
        assert_eq!(refused["reason"], "invalid_quantity", "{quantity}");
        assert!(text(&refused["message"]).contains("from 5 to 10000"));
    }
    assert!(
        world.told_of(&["customer.created"]).is_empty(),
        "before Stripe is asked"
    );
}

#[tokio::test]
async fn full_refund_unused() {
    let world = World::usdot().await;
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    world.refund(&intent, 500).await;
    assert_eq!(world.remaining(&token).await, 20);
    let payment = world.payment(&id).await;
    assert_eq!(payment.status, PaymentStatus::Refunded);
    assert_eq!((payment.refunded, payment.owed), (500, 0));
    assert_eq!(payment.purchased.unwrap().revoked, 50);
}

#[tokio::test]
async fn refund_half_used() {
    let world = World::usdot().await;
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    // The 20 of the plan go first; then 40 of the 50.
    assert!(world.consume(&id, "usdot_lookup", 60).await);
    world.refund(&intent, 250).await;
    assert_eq!(
        world.remaining(&token).await,
        0,
        "the unused ones are taken"
    );
    let payment = world.payment(&id).await;
    assert_eq!(payment.purchased.unwrap().revoked, 10);
    assert_eq!(payment.owed, 15, "and what is used is owed");
    let listed = world
        .server
        .get("/billing/payments", &token)
        .await
        .expect(200);
    assert_eq!(listed["data"][0]["quota_owed"], 15);
    assert_eq!(world.subscription(&token).await["quota_owed"], 15);
    assert!(
        !world.consume(&id, "usdot_lookup", 1).await,
        "never negative"
    );
}

#[tokio::test]
async fn two_partial_refunds_reordered() {
    let world = World::usdot().await;
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    world.lose_events().await;
    world.refund(&intent, 110).await;
    world.refund(&intent, 190).await;
    let mut events = world.told_of(&["charge.refunded", "refund.created"]);
    events.reverse();
    for event in &events {
        world.deliver(event).await.expect(200);
        world.work().await;
        assert_eq!(world.remaining(&token).await, 40, "the total, each time");
    }
    let payment = world.payment(&id).await;
    assert_eq!((payment.refunded, payment.owed), (300, 0));
}

#[tokio::test]
async fn refund_before_grant() {
    let world = World::usdot().await;
    world.lose_events().await;
    let (id, token, page) = world.unsettled_buyer("ann@example.com", 50).await;
    let session = text(&page["session_id"]);
    let path = format!("checkout/sessions/{session}");
    let session = world.stripe(Method::GET, &path, &[]).await;
    world.refund(&text(&session["payment_intent"]), 500).await;
    let refunded = world.told_of(&["charge.refunded"]);
    let paid = world.told_of(&["payment_intent.succeeded", "checkout.session.completed"]);
    for event in refunded.iter().chain(&paid) {
        world.deliver(event).await.expect(200);
        world.work().await;
        assert_eq!(world.remaining(&token).await, 20);
    }
    assert_eq!(world.payment(&id).await.status, PaymentStatus::Refunded);
}

#[tokio::test]
async fn refund_failed() {
    let world = World::usdot().await;
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    let refund = world.refund(&intent, 250).await;
    assert_eq!(world.remaining(&token).await, 45);
    let path = format!("refunds/{}/fail", text(&refund["id"]));
    world.control(&path, json!({})).await;
    world.settle().await;
    assert_eq!(world.remaining(&token).await, 70, "given back");
    let payment = world.payment(&id).await;
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!(
        (payment.refunded, payment.purchased.unwrap().revoked),
        (0, 0)
    );
}

async fn disputed(world: &World, inquiry: bool) -> (String, String, String) {
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    assert!(world.consume(&id, "usdot_lookup", 30).await);
    let wish = json!({ "payment_intent": intent, "inquiry": inquiry });
    let dispute = world.control("disputes", wish).await;
    world.settle().await;
    assert_eq!(world.remaining(&token).await, 0, "frozen");
    let payment = world.payment(&id).await;
    assert_eq!(payment.dispute, Dispute::Open);
    assert_eq!(payment.owed, 0, "nothing is owed before it is decided");
    (id, token, text(&dispute["id"]))
}

async fn close(world: &World, dispute: &str, status: &str) {
    let path = format!("disputes/{dispute}/close");
    world.control(&path, json!({ "status": status })).await;
    world.settle().await;
}

#[tokio::test]
async fn dispute_won() {
    let world = World::usdot().await;
    let (id, token, dispute) = disputed(&world, false).await;
    close(&world, &dispute, "won").await;
    assert_eq!(world.remaining(&token).await, 40);
    assert_eq!(world.payment(&id).await.dispute, Dispute::None);
}

#[tokio::test]
async fn dispute_lost() {
    let world = World::usdot().await;
    let (id, token, dispute) = disputed(&world, false).await;
    close(&world, &dispute, "lost").await;
    assert_eq!(world.remaining(&token).await, 0);
    let payment = world.payment(&id).await;
    assert_eq!((payment.dispute, payment.owed), (Dispute::Lost, 10));
}

#[tokio::test]
async fn inquiry_closed() {
    let world = World::usdot().await;
    let (id, token, dispute) = disputed(&world, true).await;
    close(&world, &dispute, "warning_closed").await;
    assert_eq!(world.remaining(&token).await, 40);
    assert_eq!(world.payment(&id).await.dispute, Dispute::None);
}

#[tokio::test]
async fn refund_then_dispute() {
    let world = World::usdot().await;
    let (id, token, intent) = world.buyer("ann@example.com", 50).await;
    world.refund(&intent, 250).await;
    assert_eq!(world.remaining(&token).await, 45);
    let wish = json!({ "payment_intent": intent });
    let dispute = world.control("disputes", wish).await;
    world.settle().await;
    assert_eq!(world.remaining(&token).await, 20);
    close(&world, &text(&dispute["id"]), "lost").await;
    let payment = world.payment(&id).await;
    assert_eq!(payment.purchased.unwrap().revoked, 50, "revoked once");
    assert_eq!(world.remaining(&token).await, 20);
}

/// No subscription is needed, and units that were bought outlast every change of plan.
#[tokio::test]
async fn units_outlast_the_subscription() {
    let world = World::usdot().await;
    let (id, token, _) = world.buyer("ann@example.com", 50).await;
    let page = world.checkout(&token, "basic").await;
    world.pay(&page).await;
    assert_eq!(world.remaining(&token).await, 200);
    let body = json!({ "at_period_end": false });
    let path = "/billing/cancel-subscription";
    world.server.post(path, &token, body).await.expect(200);
    assert_eq!(world.remaining(&token).await, 70);
    assert!(world.consume(&id, "usdot_lookup", 70).await);
}
