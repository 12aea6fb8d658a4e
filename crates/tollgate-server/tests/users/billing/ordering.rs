//! Events in any order, late, or not at all: what holds in the end is what Stripe says.

use super::world::World;
use crate::support::text;
use http::Method;
use serde_json::{Value, json};
use tollgate_store::stripe_event::EventState;

/// A subscriber of whose payment nothing has come yet: id, token, and the events that would have.
async fn unheard(world: &World) -> (String, String) {
    world.lose_events().await;
    let (id, token) = world.server.user("ann@example.com").await;
    let page = world.checkout(&token, "basic").await;
    assert_eq!(world.type_card(&page, super::world::VISA).await, 303);
    (id, token)
}

async fn deliver_all(world: &World, events: &[Value]) {
    for event in events {
        world.deliver(event).await.expect(200);
        world.work().await;
    }
}

async fn cancel_in_stripe(world: &World, id: &str) {
    let customer = world.stripe_customer(id).await;
    let path = format!("subscriptions?customer={customer}");
    let listed = world.stripe(Method::GET, &path, &[]).await;
    let path = format!("subscriptions/{}", text(&listed["data"][0]["id"]));
    world.stripe(Method::DELETE, &path, &[]).await;
}

#[tokio::test]
async fn deleted_before_created() {
    let world = World::usdot().await;
    let (id, token) = unheard(&world).await;
    cancel_in_stripe(&world, &id).await;
    let deleted = world.told_of(&["customer.subscription.deleted"]);
    let created = world.told_of(&["customer.subscription.created"]);
    deliver_all(&world, &[deleted, created].concat()).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["plan_id"], "free");
    assert_eq!(subscription["stripe_status"], "canceled");
}

#[tokio::test]
async fn update_after_delete() {
    let world = World::usdot().await;
    let (id, token) = unheard(&world).await;
    let before = world.told_of(&["customer.subscription.created", "invoice.paid"]);
    cancel_in_stripe(&world, &id).await;
    deliver_all(&world, &world.told_of(&["customer.subscription.deleted"])).await;
    let mut update = before[0].clone();
    update["id"] = json!("evt_late");
    update["type"] = json!("customer.subscription.updated");
    deliver_all(&world, &[update]).await;
    deliver_all(&world, &before).await;
    assert_eq!(world.plan(&token).await, "free", "canceled it stays");
}

#[tokio::test]
async fn same_second_pair() {
    let mut ends = Vec::new();
    for turned in [false, true] {
        let world = World::usdot().await;
        let (id, token) = unheard(&world).await;
        let customer = world.stripe_customer(&id).await;
        let listed = world
            .stripe(
                Method::GET,
                &format!("subscriptions?customer={customer}"),
                &[],
            )
            .await;
        let path = format!("subscriptions/{}", text(&listed["data"][0]["id"]));
        for wish in ["true", "false"] {
            let form = [("cancel_at_period_end", wish)];
            world.stripe(Method::POST, &path, &form).await;
        }
        let mut pair = world.told_of(&["customer.subscription.updated"]);
        assert_eq!(pair[0]["created"], pair[1]["created"]);
        if turned {
            pair.reverse();
        }
        deliver_all(&world, &pair).await;
        let subscription = world.subscription(&token).await;
        ends.push((
            subscription["plan_id"].clone(),
            subscription["cancel_at"].clone(),
            world.quota(&token).await,
        ));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].1, Value::Null);
}

#[tokio::test]
async fn invoice_paid_before_subscription_created() {
    let world = World::usdot().await;
    let (_, token) = unheard(&world).await;
    let paid = world.told_of(&["invoice.paid"]);
    let created = world.told_of(&["customer.subscription.created"]);
    deliver_all(&world, &paid).await;
    assert_eq!(world.plan(&token).await, "basic");
    let before = world.quota(&token).await;
    deliver_all(&world, &created).await;
    assert_eq!(world.quota(&token).await, before);
}

/// Stripe's clock is ahead of ours: its period has turned, ours has not.
#[tokio::test]
async fn renewal_before_rollover() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 100).await);
    let end = world.server.clock.now().plus_seconds(31 * 86_400);
    // Two minutes before the turn here, Stripe has turned already.
    world.server.clock.set(end.plus_seconds(-120));
    world.stripe.sandbox.advance_to(end.as_seconds() + 60);
    world.settle().await;
    assert_eq!(world.quota(&token).await, (150, 100, 50), "the old quota");
    let subscription = world.subscription(&token).await;
    assert_eq!(
        subscription["current_period_end"], "2026-02-15T12:00:00Z",
        "and the old period"
    );
    world.server.clock.set(end.plus_seconds(60));
    assert_eq!(world.quota(&token).await, (200, 0, 200), "one reset");
    world.settle().await;
    world.replay_all().await;
    assert_eq!(world.quota(&token).await, (200, 0, 200));
}

#[tokio::test]
async fn rollover_without_webhook() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 100).await);
    world.lose_events().await;
    world.wait_days(32).await;
    assert_eq!(world.quota(&token).await, (200, 0, 200), "one reset");
    world.sweep().await;
    assert_eq!(world.quota(&token).await, (200, 0, 200), "no second credit");
    let resets = world.entries(&id, "reset").await;
    assert_eq!(resets, 1);
}

#[tokio::test]
async fn renewal_event_twice() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 100).await);
    world.disturb(json!({ "duplicate": 2 })).await;
    world.wait_days(32).await;
    world.replay_all().await;
    assert_eq!(world.quota(&token).await, (200, 0, 200));
    assert_eq!(world.entries(&id, "reset").await, 1);
}

/// Nothing came for a while; the sweep finds what live delivery would have brought.
#[tokio::test]
async fn events_gap() {
    let mut ends = Vec::new();
    for is_live in [true, false] {
        let world = World::usdot().await;
        let (id, token) = world.subscriber("ann@example.com", "basic").await;
        if !is_live {
            world.lose_events().await;
        }
        let page = world.purchase(&token, 50).await;
        world.pay(&page).await;
        let path = "/billing/change-plan";
        let body = json!({ "plan": "professional" });
        let changed = world.server.post(path, &token, body).await;
        assert_eq!(changed.expect(200)["status"], "changed");
        let customer = world.stripe_customer(&id).await;
        let listed = world
            .stripe(
                Method::GET,
                &format!("payment_intents?customer={customer}"),
                &[],
            )
            .await;
        let intents = listed["data"].as_array().unwrap();
        let bought = intents.iter().find(|intent| intent["amount"] == 500);
        world.refund(&text(&bought.unwrap()["id"]), 100).await;
        world.sweep().await;
        let backlog = world.billing().backlog().await.unwrap();
        assert!(backlog.is_empty(), "{backlog:?}");
        let payment = world.payment(&id).await;
        ends.push((
            world.plan(&token).await,
            world.quota(&token).await,
            payment.status,
            payment.purchased,
            payment.refunded,
        ));
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].1, (540, 0, 540));
}

/// Duplicates, another order and losses at once; a sweep at the end.
#[tokio::test]
async fn random_permutations() {
    for seed in 1..=6 {
        let world = World::usdot().await;
        let wish = json!({ "duplicate": 2, "shuffle": true, "lose": 0.3, "seed": seed });
        world.disturb(wish).await;
        let (id, token) = world.server.user("ann@example.com").await;
        let page = world.checkout(&token, "basic").await;
        world.pay(&page).await;
        let page = world.purchase(&token, 50).await;
        world.pay(&page).await;
        world.sweep().await;
        assert!(world.consume(&id, "usdot_lookup", 60).await, "seed {seed}");
        world.wait_days(31).await;
        let intent = world.payment(&id).await.stripe_payment_intent.unwrap();
        world.refund(&intent, 250).await;
        let path = "/billing/cancel-subscription";
        world.server.post(path, &token, json!({})).await.expect(200);
        world.sweep().await;
        // 150 − 60 carried over, 150 new, and 25 of the 50 that were bought.
        assert_eq!(world.quota(&token).await, (265, 0, 265), "seed {seed}");
        world.wait_days(31).await;
        world.sweep().await;
        assert_eq!(world.plan(&token).await, "free", "seed {seed}");
        let open = world.events().await;
        let open = open
            .iter()
            .filter(|event| !matches!(event.state, EventState::Done | EventState::Ignored));
        assert_eq!(open.count(), 0, "seed {seed}");
        let verified = world.server.state.tollgate.verify().await.unwrap();
        assert_eq!(verified.differences_count, 0, "seed {seed}");
    }
}
