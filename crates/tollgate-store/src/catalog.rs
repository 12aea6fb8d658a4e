//! Catalogs as they were applied, each version whole, and the plans that they sell.

use crate::error::StoreError;
use crate::sql::{Connection, Row, statements};
use std::collections::BTreeMap;
use tollgate_core::Timestamp;
use tollgate_core::catalog::Catalog;
use tollgate_core::id::PlanId;
use tollgate_core::plan::{BillingInterval, Entitlement, Plan, Price};

/// When a version of the catalog was applied, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedCatalog {
    /// The version.
    pub version: u32,
    /// When.
    pub applied_at: Timestamp,
    /// By whom.
    pub applied_by: String,
}

statements! {
    INSERT("catalog_versions") =
        "INSERT INTO catalog_versions (version, content, applied_at, applied_by) VALUES ($1, $2, $3, $4)";
    CURRENT("catalog_versions") =
        "SELECT version, content FROM catalog_versions ORDER BY version DESC LIMIT 1";
    CURRENT_VERSION("catalog_versions") =
        "SELECT version FROM catalog_versions ORDER BY version DESC LIMIT 1";
    FIND("catalog_versions") = "SELECT version, content FROM catalog_versions WHERE version = $1";
    LIST("catalog_versions") =
        "SELECT version, applied_at, applied_by FROM catalog_versions
         WHERE version < $1 ORDER BY version DESC LIMIT $2";
    PLANS("subscription_plans") = "SELECT id, created_at FROM subscription_plans ORDER BY id";
    CLOSE_PLANS("subscription_plans") = "UPDATE subscription_plans SET is_active = FALSE WHERE is_active";
    WRITE_PLAN("subscription_plans") =
        "INSERT INTO subscription_plans
         (id, version, name, price_cents, currency, monthly_quota, stripe_price_id, is_active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET
            version = excluded.version, name = excluded.name, price_cents = excluded.price_cents,
            currency = excluded.currency, monthly_quota = excluded.monthly_quota,
            stripe_price_id = excluded.stripe_price_id, is_active = excluded.is_active";
}

/// Keeps a catalog under its version, and lists the plans that it sells. Run it in a transaction.
/// [`StoreError::Conflict`] when another one was applied under the same version meanwhile.
pub async fn save(
    connection: &mut Connection<'_>,
    catalog: &Catalog,
    applied_at: Timestamp,
    applied_by: &str,
) -> Result<(), StoreError> {
    let content = serde_json::to_string(catalog).expect("keys are strings and numbers are whole");
    let version = i64::from(catalog.version);
    connection
        .execute(
            INSERT,
            [
                version.into(),
                content.into(),
                applied_at.into(),
                applied_by.into(),
            ],
        )
        .await?;
    connection.execute(CLOSE_PLANS, []).await?;
    for plan in catalog.plans.values() {
        let price = shown_price(plan);
        let values = [
            plan.id.as_str().into(),
            i64::from(plan.version).into(),
            plan.name.as_str().into(),
            price.map_or(0, |price| price.amount.minor).into(),
            price
                .map_or(catalog.currency, |price| price.amount.currency)
                .as_str()
                .to_owned()
                .into(),
            quota(plan).into(),
            price.and_then(|price| price.stripe_price.as_deref()).into(),
            plan.is_active.into(),
            applied_at.into(),
        ];
        connection.execute(WRITE_PLAN, values).await?;
    }
    Ok(())
}

/// The catalog that was applied last.
pub async fn current(connection: &mut Connection<'_>) -> Result<Option<Catalog>, StoreError> {
    let row = connection.fetch_optional(CURRENT, []).await?;
    row.map(|row| row.json("content")).transpose()
}

/// The version of the catalog that was applied last: whether a replica has to load it anew.
pub async fn current_version(connection: &mut Connection<'_>) -> Result<Option<u32>, StoreError> {
    let row = connection.fetch_optional(CURRENT_VERSION, []).await?;
    row.map(|row| row.narrow("version")).transpose()
}

/// The catalog with this version.
pub async fn find(
    connection: &mut Connection<'_>,
    version: u32,
) -> Result<Option<Catalog>, StoreError> {
    let row = connection
        .fetch_optional(FIND, [i64::from(version).into()])
        .await?;
    row.map(|row| row.json("content")).transpose()
}

/// Up to `limit` versions before `before`, the newest first.
pub async fn list(
    connection: &mut Connection<'_>,
    before: Option<u32>,
    limit: u32,
) -> Result<Vec<AppliedCatalog>, StoreError> {
    let before = before.map_or(i64::MAX, i64::from);
    let rows = connection
        .fetch_all(LIST, [before.into(), i64::from(limit).into()])
        .await?;
    rows.iter().map(read).collect()
}

/// Since when each plan is there, in whatever version.
pub async fn plans(
    connection: &mut Connection<'_>,
) -> Result<BTreeMap<PlanId, Timestamp>, StoreError> {
    let rows = connection.fetch_all(PLANS, []).await?;
    rows.iter()
        .map(|row| Ok((row.parse("id")?, row.timestamp("created_at")?)))
        .collect()
}

/// The monthly price, or else the first one.
fn shown_price(plan: &Plan) -> Option<&Price> {
    let monthly = plan
        .prices
        .values()
        .find(|price| price.interval == BillingInterval::Month);
    monthly.or_else(|| plan.prices.values().next())
}

/// Units of all meters together; absent when one of them is unlimited.
fn quota(plan: &Plan) -> Option<u64> {
    plan.entitlements
        .values()
        .try_fold(0_u64, |sum, entitlement| match entitlement {
            Entitlement::Limited(limit) => sum.checked_add(limit.units),
            Entitlement::Unlimited => None,
        })
}

fn read(row: &Row) -> Result<AppliedCatalog, StoreError> {
    Ok(AppliedCatalog {
        version: row.narrow("version")?,
        applied_at: row.timestamp("applied_at")?,
        applied_by: row.text("applied_by")?,
    })
}
