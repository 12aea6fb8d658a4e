//! The lookup tool's customer: uses it up, pays, carries over, buys more, gets half back, leaves.

use super::TourError;
use super::stage::Stage;
use serde_json::json;

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), TourError> {
    begin(stage).await?;
    subscribe(stage).await?;
    renew(stage).await?;
    buy_and_return(stage).await?;
    leave(stage).await
}

async fn begin(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Sign up");
    stage.sign_up("ann@example.com").await?;
    see_plan(stage, "free").await?;
    see_quota(stage, 20, 0, 20).await?;
    stage.tell("Ann signs up and is on the default plan: 20 operations a month.")?;

    stage.begin("Hit the limit");
    let granted = stage.consume("usdot_lookup", 20).await?;
    stage.expect(&granted, 200, &[])?;
    let refused = stage.consume("usdot_lookup", 1).await?;
    let figures = [
        ("error", json!("quota_exceeded")),
        ("quota_remaining", json!(0)),
        ("quota_needed", json!(1)),
    ];
    stage.expect(&refused, 429, &figures)?;
    stage.tell("She uses all 20; the 21st is refused with HTTP 429.")
}

async fn subscribe(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Pay");
    let page = stage.open_page("basic").await?;
    // A page is no payment.
    see_plan(stage, "free").await?;
    stage.pay(&page).await?;
    see_plan(stage, "basic").await?;
    see_quota(stage, 150, 20, 130).await?;
    stage.tell(
        "She pays $9.99 for Basic on the payment page with 4242 4242 4242 4242. The quota is \
         there: 150 operations, less the 20 of this month.",
    )?;

    stage.begin("Use most of it");
    let granted = stage.consume("image_ocr", 120).await?;
    stage.expect(&granted, 200, &[])?;
    see_quota(stage, 150, 140, 10).await?;
    stage.tell("120 more operations; 10 are left.")
}

async fn renew(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Renew");
    stage.wait_days(31).await?;
    see_quota(stage, 160, 0, 160).await?;
    let carried = [("carryover_from_previous", json!(10))];
    stage.see("/billing/usage", &carried).await?;
    let invoice = [
        ("data/0/status", json!("paid")),
        ("data/0/amount_paid_cents", json!(999)),
    ];
    stage.see("/billing/invoices", &invoice).await?;
    stage.tell("31 days pass, and $9.99 is paid again: 10 left and 150 new are 160.")
}

async fn buy_and_return(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Buy operations");
    let wish = json!({ "quantity": 50 });
    let page = stage.post("/billing/purchase-quota", &wish).await?;
    stage.pay(&page).await?;
    see_quota(stage, 210, 0, 210).await?;
    let payment = [
        ("data/0/status", json!("succeeded")),
        ("data/0/amount_cents", json!(500)),
        ("data/0/quota_purchased", json!(50)),
    ];
    let payments = stage.see("/billing/payments", &payment).await?;
    stage.tell("50 operations more at $0.10 each, paid once: $5.00.")?;

    stage.begin("Refund half");
    let intent = (200, payments);
    let intent = stage.expect_text(&intent, 200, "data/0/stripe_payment_intent_id")?;
    stage.refund(&intent, 250).await?;
    see_quota(stage, 185, 0, 185).await?;
    let payment = [
        ("data/0/refunded_cents", json!(250)),
        ("data/0/quota_revoked", json!(25)),
        ("data/0/quota_owed", json!(0)),
    ];
    stage.see("/billing/payments", &payment).await?;
    stage.tell("Half of the money goes back, and with it half of the 50 operations.")
}

async fn leave(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Cancel");
    let why = json!({ "reason": "too_expensive", "comment": "I found a cheaper one" });
    let canceled = stage.post("/billing/cancel-subscription", &why).await?;
    stage.expect(&canceled, 200, &[("status", json!("canceling"))])?;
    see_plan(stage, "basic").await?;
    see_quota(stage, 185, 0, 185).await?;
    stage.tell("She cancels and says why. What is paid lasts until the period ends.")?;

    stage.begin("The period ends");
    stage.wait_days(31).await?;
    see_plan(stage, "free").await?;
    see_quota(stage, 205, 0, 205).await?;
    stage.tell(
        "She is back on the default plan: the 160 that she had left, 20 new operations and the 25 \
         that she paid are 205.",
    )
}
async fn see_plan(stage: &mut Stage<'_>, plan: &str) -> Result<(), TourError> {
    let figures = [("plan_id", json!(plan))];
    stage.see("/billing/subscription", &figures).await.map(drop)
}

async fn see_quota(
    stage: &mut Stage<'_>,
    limit: u64,
    used: u64,
    remaining: u64,
) -> Result<(), TourError> {
    let figures = [
        ("quota_limit", json!(limit)),
        ("quota_used", json!(used)),
        ("quota_remaining", json!(remaining)),
    ];
    stage.see("/billing/usage", &figures).await.map(drop)
}
