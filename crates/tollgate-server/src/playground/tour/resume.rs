//! The résumé service's customer: a limit for each feature and month, Pro, Elite, and back.

use super::TourError;
use super::stage::Stage;
use serde_json::{Value, json};

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), TourError> {
    begin(stage).await?;
    subscribe(stage).await?;
    upgrade(stage).await?;
    leave(stage).await
}

async fn begin(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Sign up");
    stage.sign_up("ben@example.com").await?;
    see(stage, "free", "2026-01", &limited(2, 0)).await?;
    stage.tell(
        "Ben signs up and is on the default plan: 2 scans a month, and limits of their own \
                for three other features.",
    )?;

    stage.begin("Hit the limit");
    let granted = stage.consume("ats_scan", 2).await?;
    stage.expect(&granted, 200, &[])?;
    let refused = stage.consume("ats_scan", 1).await?;
    let figures = [
        ("error", json!("quota_exceeded")),
        ("detail/feature", json!("ats_scan")),
        ("detail/limit", json!(2)),
        ("detail/used", json!(2)),
        ("detail/remaining", json!(0)),
    ];
    stage.expect(&refused, 429, &figures)?;
    stage.tell("He scans twice; the third scan is refused with HTTP 429.")
}

async fn subscribe(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Pay");
    let page = stage.open_page("pro").await?;
    stage.pay(&page).await?;
    see(stage, "pro", "2026-01", &limited(20, 2)).await?;
    stage.tell("He pays $12.00 for Pro with 4242 4242 4242 4242: 20 scans, 2 of them used.")?;

    stage.begin("Renew");
    stage.wait_days(31).await?;
    see(stage, "pro", "2026-02", &limited(20, 0)).await?;
    let invoice = [
        ("data/0/status", json!("paid")),
        ("data/0/amount_paid_cents", json!(1200)),
    ];
    stage.see("/billing/invoices", &invoice).await?;
    stage.tell("31 days pass, and $12.00 is paid again. A new month begins with 20 scans.")
}

async fn upgrade(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Change to Elite");
    let wish = json!({ "plan": "elite" });
    let changed = stage.post("/billing/change-plan", &wish).await?;
    stage.expect(&changed, 200, &[("status", json!("changed"))])?;
    see(stage, "elite", "2026-02", &UNLIMITED).await?;
    stage.tell("More holds at once, and the difference is paid at once: scans without a limit.")?;

    stage.begin("Use it");
    let granted = stage.consume("ats_scan", 100).await?;
    stage.expect(&granted, 200, &[])?;
    let used = [("features/ats_scan/used", json!(100))];
    stage.see("/me/usage", &used).await?;
    stage.tell("100 scans, and no limit in sight.")
}

async fn leave(stage: &mut Stage<'_>) -> Result<(), TourError> {
    stage.begin("Cancel");
    let why = json!({ "reason": "unused" });
    let canceled = stage.post("/billing/cancel-subscription", &why).await?;
    stage.expect(&canceled, 200, &[("status", json!("canceling"))])?;
    see(stage, "elite", "2026-02", &UNLIMITED).await?;
    stage.tell("He cancels and says why. What is paid lasts until the period ends.")?;

    stage.begin("The period ends");
    stage.wait_days(31).await?;
    see(stage, "free", "2026-03", &limited(2, 0)).await?;
    stage.tell("He is back on the default plan: 2 scans a month.")
}

type Figures = [(&'static str, Value); 3];

const UNLIMITED: [(&str, Value); 2] = [
    ("features/ats_scan/unlimited", Value::Bool(true)),
    ("features/ats_scan/limit", Value::Null),
];

fn limited(limit: u64, used: u64) -> Figures {
    [
        ("features/ats_scan/limit", json!(limit)),
        ("features/ats_scan/used", json!(used)),
        ("features/ats_scan/remaining", json!(limit - used)),
    ]
}

async fn see(
    stage: &mut Stage<'_>,
    plan: &str,
    month: &str,
    scans: &[(&str, Value)],
) -> Result<(), TourError> {
    let usage = [("plan", json!(plan)), ("month_key", json!(month))];
    let figures: Vec<(&str, Value)> = usage.iter().chain(scans).cloned().collect();
    stage.see("/me/usage", &figures).await.map(drop)
}
