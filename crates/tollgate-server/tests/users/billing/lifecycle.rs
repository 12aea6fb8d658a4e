//! The life of a subscription: trials, changes, failing payments, leaving.

use super::world::{DECLINED_LATER, VISA, World};
use crate::support::{USDOT, text};
use http::Method;
use serde_json::{Value, json};
use tollgate_core::grant::{Grant, Source};
use tollgate_store::testing::TestDatabase;

async fn with_trial(needs_card: bool) -> World {
    let catalog = USDOT.replace("[plans.basic]\n", "[plans.basic]\ntrial_days = 14\n");
    World::with(TestDatabase::sqlite(), &catalog, |config| {
        config.stripe.trial_needs_card = needs_card;
    })
    .await
}

/// The running subscription in Stripe.
async fn running(world: &World, token: &str) -> Value {
    let subscriptions = world.stripe_subscriptions(token).await;
    let mut running = subscriptions
        .into_iter()
        .filter(|it| !matches!(it["status"].as_str(), Some("canceled")));
    running.next().unwrap()
}

async fn change(world: &World, token: &str, plan: &str) -> Value {
    let body = json!({ "plan": plan });
    let answer = world.server.post("/billing/change-plan", token, body).await;
    answer.expect(200)
}

/// From now on the customer's payments fail.
async fn card_fails(world: &World, id: &str) {
    let customer = world.stripe_customer(id).await;
    let attach = "payment_methods/pm_card_chargeCustomerFail/attach";
    let form = [("customer", customer.as_str())];
    let card = world.stripe(Method::POST, attach, &form).await;
    set_card(world, &customer, &text(&card["id"])).await;
}

/// From now on they succeed again.
async fn card_works(world: &World, id: &str) {
    let customer = world.stripe_customer(id).await;
    let attach = "payment_methods/pm_card_visa/attach";
    let form = [("customer", customer.as_str())];
    let card = world.stripe(Method::POST, attach, &form).await;
    set_card(world, &customer, &text(&card["id"])).await;
}

async fn set_card(world: &World, customer: &str, card: &str) {
    let path = format!("customers/{customer}");
    let form = [("invoice_settings[default_payment_method]", card)];
    world.stripe(Method::POST, &path, &form).await;
    let path = format!("subscriptions?customer={customer}");
    let listed = world.stripe(Method::GET, &path, &[]).await;
    for subscription in listed["data"].as_array().unwrap() {
        let path = format!("subscriptions/{}", text(&subscription["id"]));
        let form = [("default_payment_method", card)];
        world.stripe(Method::POST, &path, &form).await;
    }
    world.settle().await;
}

#[tokio::test]
async fn trial_converts() {
    let world = with_trial(true).await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["status"], "trialing");
    assert_eq!(subscription["current_period_end"], "2026-01-29T12:00:00Z");
    assert!(world.consume(&id, "usdot_lookup", 100).await);
    world.wait_days(15).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(
        (&subscription["status"], &subscription["plan_id"]),
        (&json!("active"), &json!("basic"))
    );
    assert_eq!(subscription["current_period_start"], "2026-01-29T12:00:00Z");
    let invoices = world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(200);
    assert_eq!(invoices["data"][0]["amount_paid_cents"], 999);
}

#[tokio::test]
async fn trial_without_card() {
    let world = with_trial(false).await;
    let (_, token) = world.server.user("ann@example.com").await;
    let page = world.checkout(&token, "basic").await;
    let url = text(&page["checkout_url"]);
    let begun = world.http.post(url).body("").send().await.unwrap();
    assert_eq!(begun.status(), 303, "no card is asked for");
    world.settle().await;
    assert_eq!(world.plan(&token).await, "basic");
    world.wait_days(15).await;
    assert_eq!(world.plan(&token).await, "free");
}

#[tokio::test]
async fn upgrade_mid_period() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 150).await);
    world.wait_days(10).await;
    let body = json!({ "plan": "professional" });
    let path = "/billing/preview-change";
    let preview = world.server.post(path, &token, body).await.expect(200);
    assert_eq!(preview["is_immediate"], true);
    let due = preview["due_cents"].as_i64().unwrap();
    // 21 of 31 days of the difference of $20, about $13.55.
    assert!((1_300..1_420).contains(&due), "{preview}");
    assert_eq!(preview["meters"][0]["remaining_after"], 350);
    assert_eq!(world.plan(&token).await, "basic", "nothing is done");

    assert_eq!(
        change(&world, &token, "professional").await["status"],
        "changed"
    );
    assert_eq!(world.quota(&token).await, (500, 150, 350));
    let invoices = world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(200);
    assert_eq!(invoices["data"][0]["amount_paid_cents"], due);
}

#[tokio::test]
async fn upgrade_payment_fails() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    card_fails(&world, &id).await;
    let changed = change(&world, &token, "professional").await;
    assert_eq!(changed["status"], "payment_required");
    assert!(
        text(&changed["payment_url"]).starts_with("http"),
        "{changed}"
    );
    assert_eq!(world.plan(&token).await, "basic");
    assert_eq!(world.quota(&token).await, (150, 0, 150));
    world.settle().await;
    assert_eq!(world.plan(&token).await, "basic", "the old plan stays");
}

#[tokio::test]
async fn downgrade_scheduled() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "professional").await;
    let changed = change(&world, &token, "basic").await;
    assert_eq!(changed["status"], "scheduled");
    assert_eq!(changed["effective_at"], "2026-02-15T12:00:00Z");
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["pending"]["plan_id"], "basic");
    assert_eq!(world.quota(&token).await, (500, 0, 500), "the old limit");
    world.wait_days(30).await;
    assert_eq!(world.plan(&token).await, "professional");
    world.wait_days(2).await;
    assert_eq!(world.plan(&token).await, "basic");
    let invoices = world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(200);
    assert_eq!(
        invoices["data"][0]["total_cents"], 999,
        "what is charged is the new price"
    );
}

#[tokio::test]
async fn a_scheduled_downgrade_can_be_undone() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "professional").await;
    change(&world, &token, "basic").await;
    let path = "/billing/undo-cancellation";
    world.server.post(path, &token, json!({})).await.expect(204);
    assert_eq!(world.subscription(&token).await["pending"], Value::Null);
    world.wait_days(32).await;
    assert_eq!(world.plan(&token).await, "professional");
    let refused = world.server.post(path, &token, json!({})).await.expect(409);
    assert_eq!(refused["reason"], "nothing_to_undo");
}

#[tokio::test]
async fn downgrade_below_usage() {
    let world = World::with(
        TestDatabase::sqlite(),
        &USDOT.replace("rollover = \"all\"\n", ""),
        |_| {},
    )
    .await;
    let (id, token) = world.subscriber("ann@example.com", "professional").await;
    change(&world, &token, "basic").await;
    world.wait_days(31).await;
    assert_eq!(world.quota(&token).await, (150, 0, 150));
    // Stripe is changed by hand, in the middle of the period, below what is used.
    assert!(world.consume(&id, "usdot_lookup", 150).await);
    change(&world, &token, "professional").await;
    assert!(world.consume(&id, "usdot_lookup", 200).await);
    let subscription = running(&world, &token).await;
    let path = format!("subscriptions/{}", text(&subscription["id"]));
    let basic = world.price("basic");
    let item = text(&subscription["items"]["data"][0]["id"]);
    let form = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", basic.as_str()),
        ("proration_behavior", "none"),
    ];
    world.stripe(Method::POST, &path, &form).await;
    world.settle().await;
    assert_eq!(world.plan(&token).await, "basic");
    let (_, used, remaining) = world.quota(&token).await;
    assert_eq!((used, remaining), (350, 0), "never negative");
    assert!(!world.consume(&id, "usdot_lookup", 1).await, "blocked");
}

#[tokio::test]
async fn month_to_year() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 50).await);
    world.wait_days(10).await;
    let body = json!({ "plan": "basic", "price": "annual" });
    let changed = world
        .server
        .post("/billing/change-plan", &token, body)
        .await;
    assert_eq!(changed.expect(200)["status"], "changed");
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["price_id"], "annual");
    assert_eq!(subscription["current_period_end"], "2027-01-25T12:00:00Z");
    assert_eq!(world.quota(&token).await, (150, 50, 100));
    world.wait_until("2026-02-25T12:00:01Z").await;
    assert_eq!(
        world.quota(&token).await,
        (250, 0, 250),
        "a year is still months"
    );
    world.wait_until("2026-03-25T12:00:01Z").await;
    assert_eq!(world.quota(&token).await, (400, 0, 400));
    assert_eq!(world.plan(&token).await, "basic");
}

#[tokio::test]
async fn cancel_at_period_end() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    let body = json!({ "reason": "too_complex", "comment": "Mir zu verwickelt" });
    let path = "/billing/cancel-subscription";
    let canceled = world.server.post(path, &token, body).await.expect(200);
    assert_eq!(
        canceled,
        json!({ "status": "canceling", "ends_at": "2026-02-15T12:00:00Z" })
    );
    let subscription = running(&world, &token).await;
    let details = &subscription["cancellation_details"];
    assert_eq!(
        (&details["feedback"], &details["comment"]),
        (&json!("too_complex"), &json!("Mir zu verwickelt"))
    );
    world.wait_days(30).await;
    assert_eq!(world.plan(&token).await, "basic", "access until the end");
    world.wait_days(2).await;
    assert_eq!(world.plan(&token).await, "free");
}

/// In the portal the customer cancels by date: canceling is either.
#[tokio::test]
async fn portal_cancel_flexible() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    let body = json!({ "return_url": "http://localhost:3000/billing" });
    let path = "/billing/create-portal-session";
    let visit = world.server.post(path, &token, body).await.expect(200);
    let url = text(&visit["portal_url"]);
    let id = text(&running(&world, &token).await["id"]);
    let form = format!("action=cancel&subscription={id}&feedback=unused");
    let done = world.http.post(url).body(form);
    assert!(done.send().await.unwrap().status().as_u16() < 400);
    world.settle().await;
    let subscription = running(&world, &token).await;
    assert_eq!(subscription["cancel_at_period_end"], false);
    assert!(subscription["cancel_at"].is_number());
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["cancel_at"], "2026-02-15T12:00:00Z");
    // And it is undone from here.
    let path = "/billing/undo-cancellation";
    world.server.post(path, &token, json!({})).await.expect(204);
    assert_eq!(world.subscription(&token).await["cancel_at"], Value::Null);
}

#[tokio::test]
async fn uncancel() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    let path = "/billing/cancel-subscription";
    world.server.post(path, &token, json!({})).await.expect(200);
    let path = "/billing/undo-cancellation";
    world.server.post(path, &token, json!({})).await.expect(204);
    assert_eq!(world.subscription(&token).await["cancel_at"], Value::Null);
    let customer = tollgate_core::id::CustomerId::new(&id).unwrap();
    let mut reader = world.server.state.tollgate.store().read().await.unwrap();
    let noted = tollgate_store::cancellation::list(&mut reader, &customer, 9).await;
    assert!(noted.unwrap()[0].undone_at.is_some(), "nobody left");
    drop(reader);
    world.wait_days(32).await;
    assert_eq!(world.plan(&token).await, "basic");
}

#[tokio::test]
async fn cancel_now() {
    let world = World::usdot().await;
    let (id, token, _) = world.buyer("ann@example.com", 50).await;
    let page = world.checkout(&token, "basic").await;
    world.pay(&page).await;
    let body = json!({ "at_period_end": false });
    let path = "/billing/cancel-subscription";
    let canceled = world.server.post(path, &token, body).await.expect(200);
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(world.plan(&token).await, "free");
    assert_eq!(world.remaining(&token).await, 70, "what was bought is kept");
    world.wait_days(32).await;
    let account = world.account(&id).await;
    let bought = |grant: &&Grant| grant.source() == Source::TopUp;
    let left = account.grants().iter().filter(bought).map(Grant::remaining);
    assert_eq!(left.sum::<u64>(), 50, "and outlasts every period");
}

#[tokio::test]
async fn cancel_twice() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    let path = "/billing/cancel-subscription";
    let body = json!({ "reason": "unused" });
    let first = world
        .server
        .post(path, &token, body.clone())
        .await
        .expect(200);
    let second = world
        .server
        .post(path, &token, body.clone())
        .await
        .expect(200);
    assert_eq!(first, second);
    let customer = tollgate_core::id::CustomerId::new(&id).unwrap();
    let mut reader = world.server.state.tollgate.store().read().await.unwrap();
    let noted = tollgate_store::cancellation::list(&mut reader, &customer, 9).await;
    assert_eq!(noted.unwrap().len(), 1, "one reason");
    drop(reader);
    let now = json!({ "at_period_end": false });
    world
        .server
        .post(path, &token, now.clone())
        .await
        .expect(200);
    let refused = world.server.post(path, &token, now).await.expect(409);
    assert_eq!(refused["reason"], "not_subscribed");
    let nonsense = json!({ "reason": "boredom" });
    let refused = world.server.post(path, &token, nonsense).await.expect(400);
    assert!(
        text(&refused["message"]).contains("too_expensive"),
        "{refused}"
    );
}

#[tokio::test]
async fn fail_then_succeed() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    card_fails(&world, &id).await;
    world.wait_days(32).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["status"], "past_due");
    assert_eq!(subscription["plan_id"], "basic", "a grace");
    assert!(subscription["grace_until"].is_string());
    let body = json!({ "plan": "professional" });
    let refused = world
        .server
        .post("/billing/change-plan", &token, body)
        .await;
    assert_eq!(refused.expect(409)["reason"], "payment_overdue");
    card_works(&world, &id).await;
    // Stripe tries again after three days.
    world.wait_days(4).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["grace_until"], Value::Null);
    assert_eq!(world.quota(&token).await, (300, 0, 300), "full, and once");
}

#[tokio::test]
async fn retries_exhausted() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    card_fails(&world, &id).await;
    world.wait_days(32).await;
    assert_eq!(world.plan(&token).await, "basic");
    world.wait_days(7).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["plan_id"], "free", "the grace is over");
    // Stripe still tries, and says so: that is no access.
    world.replay_all().await;
    assert_eq!(world.plan(&token).await, "free");
    assert_eq!(subscription["stripe_status"], "past_due");
    world.wait_days(20).await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["plan_id"], "free");
    assert_eq!(subscription["stripe_status"], "canceled");
}

/// The grace ends by our own clock, though nothing comes from Stripe.
#[tokio::test]
async fn paid_after_the_grace() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 100).await);
    card_fails(&world, &id).await;
    world.wait_days(32).await;
    assert!(world.consume(&id, "usdot_lookup", 30).await);
    world.lose_events().await;
    world.server.clock.advance(8 * 86_400);
    assert_eq!(world.plan(&token).await, "free");
    world.server.clock.advance(-8 * 86_400);
    world.wait_days(8).await;
    card_works(&world, &id).await;
    world.wait_days(8).await;
    world.sweep().await;
    let subscription = world.subscription(&token).await;
    assert_eq!(subscription["plan_id"], "basic", "paid late is paid");
    let (_, used, _) = world.quota(&token).await;
    assert_eq!(used, 30, "what was used still counts");
}

#[tokio::test]
async fn paid_and_payment_succeeded_both() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 150).await);
    world.wait_days(31).await;
    let both = world.told_of(&["invoice.paid", "invoice.payment_succeeded"]);
    assert!(both.len() >= 4, "of the first period and of the second");
    assert_eq!(world.quota(&token).await, (150, 0, 150));
    assert!(world.consume(&id, "usdot_lookup", 150).await);
    world.replay_all().await;
    assert_eq!(world.remaining(&token).await, 0, "one effect");
}

#[tokio::test]
async fn zero_amount_invoice() {
    let world = World::usdot().await;
    let form = [
        ("percent_off", "100"),
        ("duration", "forever"),
        ("id", "gift"),
    ];
    world.stripe(Method::POST, "coupons", &form).await;
    let form = [
        ("promotion[type]", "coupon"),
        ("promotion[coupon]", "gift"),
        ("code", "GIFT"),
    ];
    world.stripe(Method::POST, "promotion_codes", &form).await;
    let (_, token) = world.server.user("ann@example.com").await;
    let mut body = World::page("basic");
    body["promotion_code"] = json!("GIFT");
    let path = "/billing/create-checkout-session";
    let page = world.server.post(path, &token, body).await.expect(200);
    world.pay(&page).await;
    assert_eq!(world.plan(&token).await, "basic");
    world.wait_days(32).await;
    assert_eq!(world.quota(&token).await, (300, 0, 300));
    let invoices = world
        .server
        .get("/billing/invoices", &token)
        .await
        .expect(200);
    assert_eq!(invoices["data"][0]["total_cents"], 0);
    assert_eq!(invoices["data"][0]["status"], "paid");
}

#[tokio::test]
async fn pause_resume() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    assert!(world.consume(&id, "usdot_lookup", 100).await);
    let path = format!(
        "subscriptions/{}",
        text(&running(&world, &token).await["id"])
    );
    let pause = [("type", "subscription")];
    world
        .stripe(Method::POST, &format!("{path}/pause"), &pause)
        .await;
    world.settle().await;
    assert_eq!(world.plan(&token).await, "free");
    assert_eq!(world.subscription(&token).await["stripe_status"], "paused");
    let form = [("billing_cycle_anchor", "unchanged")];
    world
        .stripe(Method::POST, &format!("{path}/resume"), &form)
        .await;
    world.settle().await;
    assert_eq!(world.plan(&token).await, "basic");
    let (_, used, _) = world.quota(&token).await;
    assert_eq!(used, 100, "a pause gains nothing");
    world.wait_days(32).await;
    world.replay_all().await;
    assert_eq!(world.entries(&id, "reset").await, 1, "one reset");
}

#[tokio::test]
async fn price_archived() {
    let world = World::usdot().await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    let price = world.price("basic");
    let form = [("active", "false")];
    world
        .stripe(Method::POST, &format!("prices/{price}"), &form)
        .await;
    world.settle().await;
    world.wait_days(32).await;
    assert_eq!(world.plan(&token).await, "basic", "whoever has it keeps it");
    assert_eq!(world.quota(&token).await, (300, 0, 300));
    // And what Stripe says of it is understood, not only left as it was.
    let drift = world.billing().drift(|_| {}).await.unwrap();
    assert_eq!(drift.differences, []);
}

#[tokio::test]
async fn customer_deleted() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    let first = world.stripe_customer(&id).await;
    world
        .stripe(Method::DELETE, &format!("customers/{first}"), &[])
        .await;
    world.settle().await;
    assert_eq!(world.plan(&token).await, "free", "access ends");
    let page = world.checkout(&token, "basic").await;
    world.pay(&page).await;
    assert_eq!(world.plan(&token).await, "basic");
    assert_ne!(
        world.stripe_customer(&id).await,
        first,
        "another one was made"
    );
}

/// The customer is gone in Stripe, and nobody here has heard of it.
#[tokio::test]
async fn customer_deleted_unheard() {
    let world = World::usdot().await;
    let (id, token) = world.subscriber("ann@example.com", "basic").await;
    let first = world.stripe_customer(&id).await;
    world.lose_events().await;
    world
        .stripe(Method::DELETE, &format!("customers/{first}"), &[])
        .await;
    let page = world.checkout(&token, "professional").await;
    assert_eq!(world.type_card(&page, VISA).await, 303);
    world.sweep().await;
    assert_eq!(world.plan(&token).await, "professional");
}

#[tokio::test]
async fn feb_29_and_31st_anchor() {
    let world = World::usdot().await;
    world.wait_until("2027-12-31T18:30:00Z").await;
    let (_, token) = world.subscriber("ann@example.com", "basic").await;
    for (until, start, end) in [
        (
            "2028-01-31T18:30:00Z",
            "2028-01-31T18:30:00Z",
            "2028-02-29T18:30:00Z",
        ),
        (
            "2028-02-29T18:30:00Z",
            "2028-02-29T18:30:00Z",
            "2028-03-31T18:30:00Z",
        ),
        (
            "2028-03-31T18:30:00Z",
            "2028-03-31T18:30:00Z",
            "2028-04-30T18:30:00Z",
        ),
        (
            "2028-04-30T18:30:00Z",
            "2028-04-30T18:30:00Z",
            "2028-05-31T18:30:00Z",
        ),
    ] {
        world.wait_until(until).await;
        let subscription = world.subscription(&token).await;
        let here = (
            text(&subscription["current_period_start"]),
            text(&subscription["current_period_end"]),
        );
        assert_eq!(here, (start.to_owned(), end.to_owned()));
        let usage = world.server.get("/billing/usage", &token).await.expect(200);
        let quota = (text(&usage["period_start"]), text(&usage["period_end"]));
        assert_eq!(quota, here, "the quota's months are the subscription's");
        let item = &running(&world, &token).await["items"]["data"][0];
        let end: tollgate_core::Timestamp = end.parse().unwrap();
        assert_eq!(
            item["current_period_end"],
            end.as_seconds(),
            "Stripe's dates"
        );
    }
}

#[tokio::test]
async fn a_card_that_fails_at_the_first_renewal() {
    let world = with_trial(true).await;
    let (_, token) = world.server.user("ann@example.com").await;
    let page = world.checkout(&token, "basic").await;
    assert_eq!(world.type_card(&page, DECLINED_LATER).await, 303);
    world.settle().await;
    assert_eq!(world.plan(&token).await, "basic", "a trial");
    world.wait_days(14 + 8).await;
    assert_eq!(world.plan(&token).await, "free");
}
