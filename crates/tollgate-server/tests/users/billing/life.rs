//! The whole life of a customer, as both seeds tell it, on both engines.

use super::world::World;
use crate::support::{RESUME, USDOT};
use serde_json::json;
use tollgate_store::testing::TestDatabase;

/// Sign up, use it up, pay, renew with what is left, buy more, get half of it back, leave.
async fn lookup_life(database: TestDatabase) {
    let world = World::with(database, USDOT, |_| {}).await;
    let (id, token) = world.server.user("ann@example.com").await;
    assert_eq!(world.quota(&token).await, (20, 0, 20));
    assert!(world.consume(&id, "usdot_lookup", 20).await);
    assert!(!world.consume(&id, "usdot_lookup", 1).await);

    let page = world.checkout(&token, "basic").await;
    assert_eq!(world.plan(&token).await, "free", "a page is no payment");
    world.pay(&page).await;
    assert_eq!(world.plan(&token).await, "basic");
    assert_eq!(world.quota(&token).await, (150, 20, 130));

    assert!(world.consume(&id, "image_ocr", 120).await);
    assert_eq!(world.remaining(&token).await, 10);
    world.wait_days(31).await;
    assert_eq!(
        world.quota(&token).await,
        (160, 0, 160),
        "10 left and 150 new"
    );

    let page = world.purchase(&token, 50).await;
    world.pay(&page).await;
    assert_eq!(world.remaining(&token).await, 210);
    let payment = world.payment(&id).await;
    assert_eq!((payment.amount.minor, payment.quantity), (500, 50));
    let intent = payment.stripe_payment_intent.unwrap();
    world.refund(&intent, 250).await;
    assert_eq!(world.remaining(&token).await, 185);

    let body = json!({ "reason": "too_expensive", "comment": "I found a cheaper one" });
    let path = "/billing/cancel-subscription";
    let canceled = world.server.post(path, &token, body).await.expect(200);
    assert_eq!(canceled["status"], "canceling");
    assert_eq!(
        world.plan(&token).await,
        "basic",
        "until the end that is paid"
    );
    world.wait_days(31).await;
    assert_eq!(world.plan(&token).await, "free");
    let (_, _, remaining) = world.quota(&token).await;
    assert!(
        remaining >= 25,
        "what was bought and not paid back stays: {remaining}"
    );
    let verified = world.server.state.tollgate.verify().await.unwrap();
    assert!(verified.differences.is_empty(), "{verified:?}");
}

/// The same for a limit on each feature and month.
async fn resume_life(database: TestDatabase) {
    let world = World::with(database, RESUME, |_| {}).await;
    let (id, token) = world.server.user("ben@example.com").await;
    assert!(world.consume(&id, "ats_scan", 2).await);
    assert!(!world.consume(&id, "ats_scan", 1).await);
    let page = world.checkout(&token, "pro").await;
    world.pay(&page).await;
    let usage = world.server.get("/me/usage", &token).await.expect(200);
    assert_eq!(usage["plan"], "pro");
    assert_eq!(
        usage["features"]["ats_scan"],
        json!({ "limit": 20, "used": 2, "remaining": 18, "unlimited": false })
    );
    world.wait_days(31).await;
    let usage = world.server.get("/me/usage", &token).await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["remaining"], 20);
    let body = json!({ "plan": "elite" });
    let changed = world
        .server
        .post("/billing/change-plan", &token, body)
        .await;
    assert_eq!(changed.expect(200)["status"], "changed");
    let usage = world.server.get("/me/usage", &token).await.expect(200);
    assert_eq!(usage["features"]["ats_scan"]["unlimited"], true);
    let body = json!({ "at_period_end": false, "reason": "unused" });
    let path = "/billing/cancel-subscription";
    let canceled = world.server.post(path, &token, body).await.expect(200);
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(world.plan(&token).await, "free");
}

#[tokio::test]
async fn lookup_on_sqlite() {
    lookup_life(TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn lookup_on_postgres() {
    lookup_life(TestDatabase::postgres().await).await;
}

#[tokio::test]
async fn resume_on_sqlite() {
    resume_life(TestDatabase::sqlite()).await;
}

#[tokio::test]
async fn resume_on_postgres() {
    resume_life(TestDatabase::postgres().await).await;
}
