//! Accounts and what they hold: loading them, and writing what changed.

use crate::error::StoreError;
use crate::sql::{Batch, Connection, Kind, Row, Statement, Value, statements};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tollgate_core::Timestamp;
use tollgate_core::account::{Account, AccountParts};
use tollgate_core::grant::{Grant, GrantParts, Source};
use tollgate_core::id::{CustomerId, SubscriptionId};
use tollgate_core::period::Period;
use tollgate_core::plan::BillingInterval;
use tollgate_core::reservation::{Hold, OnExpiry};
use tollgate_core::subscription::{BilledAs, PendingChange, Status, Subscription};

/// An account as it is stored.
#[derive(Clone, Debug)]
pub struct StoredAccount {
    /// The account.
    pub account: Account,
    /// Where its newest entry stands in SQLite's journal; 0 on PostgreSQL.
    pub position: i64,
}

statements! {
    DUE("accounts") =
        "SELECT customer_id FROM accounts WHERE next_due <= $1 ORDER BY next_due LIMIT $2";
    NEXT_DUE("accounts") = "SELECT MIN(next_due) AS next_due FROM accounts";
    LIST("accounts") =
        "SELECT customer_id FROM accounts WHERE (bucket, customer_id) > ($1, $2)
         ORDER BY bucket, customer_id LIMIT $3";
    LOCK("accounts") = "UPDATE accounts SET version = version WHERE bucket = $1 AND customer_id = $2";
    COUNT("accounts") = "SELECT COUNT(*) AS accounts FROM accounts";
    BY_PLAN("accounts") =
        "SELECT s.plan_id AS plan_id, s.plan_version AS plan_version, COUNT(*) AS customers
         FROM accounts a CROSS JOIN subscriptions s
         WHERE s.bucket = a.bucket AND s.customer_id = a.customer_id
           AND s.number = a.subscription_number
         GROUP BY s.plan_id, s.plan_version ORDER BY s.plan_id, s.plan_version";
}

const CUSTOMER: &[Kind] = &[Kind::Integer, Kind::Text];

/// SQLite looks every customer up by its key only when it is told in which order to join: in
/// `(bucket, customer_id) IN (VALUES …)` it reads the whole table.
const CUSTOMERS: &str = "WITH v (bucket, customer_id) AS (VALUES";

static LOAD_ACCOUNTS: Batch = Batch::new(
    "accounts",
    CUSTOMERS,
    CUSTOMER,
    ") SELECT a.customer_id, a.version, a.at, a.position, a.time_zone, a.next_grant, a.next_due,
              a.subscription_number, a.tallies
       FROM v CROSS JOIN accounts a WHERE a.bucket = v.bucket AND a.customer_id = v.customer_id",
);
static LOAD_SUBSCRIPTIONS: Batch = Batch::new(
    "subscriptions",
    CUSTOMERS,
    CUSTOMER,
    ") SELECT s.customer_id, s.number, s.plan_id, s.plan_version, s.price, s.billing_interval, s.status,
              s.anchor, s.current_period_start, s.current_period_end, s.pending_at, s.pending_plan_id,
              s.pending_plan_version, s.pending_price, s.cancel_at, s.grace_until, s.stripe_customer_id,
              s.stripe_subscription_id, s.stripe_price_id, s.fell_from, s.created_at
       FROM v CROSS JOIN accounts a CROSS JOIN subscriptions s
       WHERE a.bucket = v.bucket AND a.customer_id = v.customer_id
         AND s.bucket = a.bucket AND s.customer_id = a.customer_id AND s.number = a.subscription_number",
);
static LOAD_GRANTS: Batch = Batch::new(
    "grants",
    CUSTOMERS,
    CUSTOMER,
    ") SELECT g.customer_id, g.number, g.meter, g.source, g.amount, g.nominal, g.used, g.held, g.expired,
              g.revoked, g.used_before, g.created_at, g.starts_at, g.expires_at, g.priority,
              g.rollovers_left, g.ended, g.reference
       FROM v CROSS JOIN grants g
       WHERE g.bucket = v.bucket AND g.customer_id = v.customer_id AND g.closed = FALSE",
);
static LOAD_ALL_GRANTS: Batch = Batch::new(
    "grants",
    "SELECT customer_id, number, meter, source, amount, nominal, used, held, expired, revoked, used_before,
            created_at, starts_at, expires_at, priority, rollovers_left, ended, reference
     FROM grants WHERE (bucket, customer_id) IN (VALUES",
    CUSTOMER,
    ")",
);
static LOAD_HOLDS: Batch = Batch::new(
    "holds",
    CUSTOMERS,
    CUSTOMER,
    ") SELECT h.customer_id, h.number, h.created_at, h.expires_at, h.on_expiry, h.member_id, h.uses,
              h.units, h.caps
       FROM v CROSS JOIN holds h WHERE h.bucket = v.bucket AND h.customer_id = v.customer_id",
);
static VERSIONS: Batch = Batch::new(
    "accounts",
    CUSTOMERS,
    CUSTOMER,
    ") SELECT a.customer_id, a.version
       FROM v CROSS JOIN accounts a WHERE a.bucket = v.bucket AND a.customer_id = v.customer_id",
);

const ACCOUNT_ROW: &[Kind] = &[
    Kind::Integer, // bucket
    Kind::Text,    // customer_id
    Kind::Integer, // version
    Kind::Integer, // version_before
    Kind::Integer, // at
    Kind::Integer, // position
    Kind::Text,    // time_zone
    Kind::Integer, // next_grant
    Kind::Integer, // next_due
    Kind::Integer, // subscription_number
    Kind::Text,    // tallies
];
const ACCOUNT_HEAD: &str = "INSERT INTO accounts
     (bucket, customer_id, version, version_before, at, position, time_zone, next_grant, next_due,
      subscription_number, tallies) VALUES";

/// What becomes of the row that is there already, where `$which` lets it.
macro_rules! account_update {
    ($which:literal) => {
        concat!(
            "ON CONFLICT (bucket, customer_id) DO UPDATE SET
        version = excluded.version, version_before = excluded.version_before, at = excluded.at,
        position = excluded.position, time_zone = excluded.time_zone, next_grant = excluded.next_grant,
        next_due = excluded.next_due, subscription_number = excluded.subscription_number,
        tallies = excluded.tallies ",
            $which
        )
    };
}

/// Begins an account or moves it on, unless it has moved meanwhile. Rows are locked in the order
/// in which they are given, so that two batches never wait for each other.
static MOVE_ACCOUNTS: Batch = Batch::new(
    "accounts",
    ACCOUNT_HEAD,
    ACCOUNT_ROW,
    account_update!("WHERE accounts.version = excluded.version_before RETURNING customer_id"),
);
/// Brings accounts up to date with the journal, which has the say.
static WRITE_ACCOUNTS: Batch = Batch::new(
    "accounts",
    ACCOUNT_HEAD,
    ACCOUNT_ROW,
    account_update!("WHERE accounts.version <= excluded.version"),
);
static WRITE_SUBSCRIPTIONS: Batch = Batch::new(
    "subscriptions",
    "INSERT INTO subscriptions
     (bucket, customer_id, number, id, plan_id, plan_version, price, billing_interval, status, anchor,
      current_period_start, current_period_end, pending_at, pending_plan_id, pending_plan_version,
      pending_price, cancel_at, grace_until, stripe_customer_id, stripe_subscription_id,
      stripe_price_id, fell_from, created_at, updated_at) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Integer, // number
        Kind::Text,    // id
        Kind::Text,    // plan_id
        Kind::Integer, // plan_version
        Kind::Text,    // price
        Kind::Text,    // billing_interval
        Kind::Text,    // status
        Kind::Integer, // anchor
        Kind::Integer, // current_period_start
        Kind::Integer, // current_period_end
        Kind::Integer, // pending_at
        Kind::Text,    // pending_plan_id
        Kind::Integer, // pending_plan_version
        Kind::Text,    // pending_price
        Kind::Integer, // cancel_at
        Kind::Integer, // grace_until
        Kind::Text,    // stripe_customer_id
        Kind::Text,    // stripe_subscription_id
        Kind::Text,    // stripe_price_id
        Kind::Text,    // fell_from
        Kind::Integer, // created_at
        Kind::Integer, // updated_at
    ],
    "ON CONFLICT (bucket, customer_id, number) DO UPDATE SET
        plan_id = excluded.plan_id, plan_version = excluded.plan_version, price = excluded.price,
        billing_interval = excluded.billing_interval, status = excluded.status, anchor = excluded.anchor,
        current_period_start = excluded.current_period_start,
        current_period_end = excluded.current_period_end, pending_at = excluded.pending_at,
        pending_plan_id = excluded.pending_plan_id, pending_plan_version = excluded.pending_plan_version,
        pending_price = excluded.pending_price, cancel_at = excluded.cancel_at,
        grace_until = excluded.grace_until, stripe_customer_id = excluded.stripe_customer_id,
        stripe_subscription_id = excluded.stripe_subscription_id,
        stripe_price_id = excluded.stripe_price_id, fell_from = excluded.fell_from,
        created_at = excluded.created_at,
        updated_at = excluded.updated_at",
);
static WRITE_GRANTS: Batch = Batch::new(
    "grants",
    "INSERT INTO grants
     (bucket, customer_id, number, meter, source, amount, nominal, used, held, expired, revoked,
      used_before, created_at, starts_at, expires_at, priority, rollovers_left, ended, closed,
      reference) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Integer, // number
        Kind::Text,    // meter
        Kind::Text,    // source
        Kind::Integer, // amount
        Kind::Integer, // nominal
        Kind::Integer, // used
        Kind::Integer, // held
        Kind::Integer, // expired
        Kind::Integer, // revoked
        Kind::Integer, // used_before
        Kind::Integer, // created_at
        Kind::Integer, // starts_at
        Kind::Integer, // expires_at
        Kind::Integer, // priority
        Kind::Integer, // rollovers_left
        Kind::Boolean, // ended
        Kind::Boolean, // closed
        Kind::Text,    // reference
    ],
    "ON CONFLICT (bucket, customer_id, number) DO UPDATE SET
        amount = excluded.amount, nominal = excluded.nominal, used = excluded.used, held = excluded.held,
        expired = excluded.expired, revoked = excluded.revoked, used_before = excluded.used_before,
        expires_at = excluded.expires_at, rollovers_left = excluded.rollovers_left,
        ended = excluded.ended, closed = excluded.closed",
);
static WRITE_HOLDS: Batch = Batch::new(
    "holds",
    "INSERT INTO holds
     (bucket, customer_id, number, created_at, expires_at, on_expiry, member_id, uses, units, caps) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Integer, // number
        Kind::Integer, // created_at
        Kind::Integer, // expires_at
        Kind::Text,    // on_expiry
        Kind::Text,    // member_id
        Kind::Text,    // uses
        Kind::Text,    // units
        Kind::Text,    // caps
    ],
    "ON CONFLICT (bucket, customer_id, number) DO UPDATE SET expires_at = excluded.expires_at",
);
static DELETE_HOLDS: Batch = Batch::any_of(
    "holds",
    "DELETE FROM holds WHERE",
    &[Kind::Integer, Kind::Text, Kind::Integer],
    &["bucket", "customer_id", "number"],
);

pub(crate) static BATCHES: &[&Batch] = &[
    &LOAD_ACCOUNTS,
    &LOAD_SUBSCRIPTIONS,
    &LOAD_GRANTS,
    &LOAD_ALL_GRANTS,
    &LOAD_HOLDS,
    &VERSIONS,
    &MOVE_ACCOUNTS,
    &WRITE_ACCOUNTS,
    &WRITE_SUBSCRIPTIONS,
    &WRITE_GRANTS,
    &WRITE_HOLDS,
    &DELETE_HOLDS,
];

/// The rows of accounts that changed, ready to be written: taken from the accounts in memory, so
/// that these can go on changing while they are written.
#[derive(Clone, Debug, Default)]
pub struct AccountRows {
    /// By bucket and customer: the order in which their rows are locked.
    accounts: BTreeMap<(i64, CustomerId), Vec<Value<'static>>>,
    subscriptions: Vec<Value<'static>>,
    grants: Vec<Value<'static>>,
    holds: Vec<Value<'static>>,
    closed_holds: Vec<Value<'static>>,
}

impl AccountRows {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what changed in `account` since its changes were last forgotten. `version_before` is
    /// the version that the database has; `position` is where its newest entry stands in SQLite's
    /// journal, 0 on PostgreSQL. An account is added once.
    pub fn push(&mut self, account: &Account, version_before: u64, position: i64) {
        let customer = account.customer();
        let bucket = customer.bucket();
        let values = vec![
            bucket.into(),
            text(customer.as_str()),
            account.version().into(),
            version_before.into(),
            account.at().into(),
            position.into(),
            text(account.time_zone().name()),
            account.next_grant().into(),
            account.next_due().into(),
            account
                .subscription()
                .map(|subscription| subscription.number)
                .into(),
            json(account.tallies()),
        ];
        self.accounts.insert((bucket, customer.clone()), values);
        let rows = account.changed_rows();
        for subscription in rows.subscriptions {
            self.push_subscription(customer, subscription, account.at());
        }
        for grant in rows.grants {
            self.push_grant(customer, grant);
        }
        for hold in rows.holds {
            self.push_hold(customer, hold);
        }
        for number in rows.closed_holds {
            self.closed_holds
                .extend([bucket.into(), text(customer.as_str()), (*number).into()]);
        }
    }

    /// How many accounts it has rows of.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Without these customers' rows.
    pub(crate) fn without(&self, customers: &[CustomerId]) -> Self {
        let mut accounts = self.accounts.clone();
        accounts.retain(|(_, customer), _| !customers.contains(customer));
        Self {
            accounts,
            subscriptions: WRITE_SUBSCRIPTIONS.rows_without(&self.subscriptions, customers),
            grants: WRITE_GRANTS.rows_without(&self.grants, customers),
            holds: WRITE_HOLDS.rows_without(&self.holds, customers),
            closed_holds: DELETE_HOLDS.rows_without(&self.closed_holds, customers),
        }
    }

    fn push_subscription(
        &mut self,
        customer: &CustomerId,
        subscription: &Subscription,
        at: Timestamp,
    ) {
        let id = SubscriptionId::new(subscription.started_at, customer, subscription.number);
        let pending = subscription.pending.as_ref();
        let billed_as = subscription.billed_as.as_ref();
        self.subscriptions.extend([
            customer.bucket().into(),
            text(customer.as_str()),
            subscription.number.into(),
            id.to_string().into(),
            text(subscription.plan.as_str()),
            i64::from(subscription.plan_version).into(),
            subscription
                .price
                .as_ref()
                .map(|price| price.as_str().to_owned())
                .into(),
            text(interval_word(subscription.interval)),
            text(subscription.status.as_str()),
            subscription.anchor.into(),
            subscription.period.start.into(),
            subscription.period.end.into(),
            pending.map(|pending| pending.at).into(),
            pending
                .map(|pending| pending.plan.as_str().to_owned())
                .into(),
            pending
                .map(|pending| i64::from(pending.plan_version))
                .into(),
            pending
                .and_then(|pending| pending.price.as_ref())
                .map(|price| price.as_str().to_owned())
                .into(),
            subscription.cancel_at.into(),
            subscription.grace_until.into(),
            billed_as.map(|ids| ids.customer.clone()).into(),
            billed_as.map(|ids| ids.subscription.clone()).into(),
            billed_as.map(|ids| ids.price.clone()).into(),
            subscription.fell_from.clone().into(),
            subscription.started_at.into(),
            at.into(),
        ]);
    }

    fn push_grant(&mut self, customer: &CustomerId, grant: &Grant) {
        let parts = grant.parts();
        self.grants.extend([
            customer.bucket().into(),
            text(customer.as_str()),
            parts.number.into(),
            text(parts.meter.as_str()),
            text(parts.source.as_str()),
            parts.amount.into(),
            parts.nominal.into(),
            parts.used.into(),
            parts.held.into(),
            parts.expired.into(),
            parts.revoked.into(),
            parts.used_before.into(),
            parts.created_at.into(),
            parts.starts_at.into(),
            parts.expires_at.into(),
            i64::from(parts.priority).into(),
            parts.rollovers_left.map(i64::from).into(),
            parts.ended.into(),
            grant.is_closed().into(),
            text(&parts.reference),
        ]);
    }

    fn push_hold(&mut self, customer: &CustomerId, hold: &Hold) {
        self.holds.extend([
            customer.bucket().into(),
            text(customer.as_str()),
            hold.number.into(),
            hold.created_at.into(),
            hold.expires_at.into(),
            text(on_expiry_word(hold.on_expiry)),
            hold.member
                .as_ref()
                .map(|member| member.as_str().to_owned())
                .into(),
            json(&hold.uses),
            json(&hold.units),
            json(&hold.caps),
        ]);
    }
}

/// Writes accounts without what they hold, each only where the database still has the version
/// before. Answers the customers whose accounts had moved, and were not written.
pub(crate) async fn move_on(
    connection: &mut Connection<'_>,
    rows: &AccountRows,
) -> Result<Vec<CustomerId>, StoreError> {
    let values = rows
        .accounts
        .values()
        .flatten()
        .map(Value::as_ref)
        .collect();
    let moved = connection.fetch_batch(&MOVE_ACCOUNTS, values).await?;
    if moved.len() < rows.accounts.len() {
        let mut left: BTreeMap<_, _> = rows
            .accounts
            .keys()
            .map(|(_, id)| (id.as_str(), id))
            .collect();
        for row in &moved {
            left.remove(row.text("customer_id")?.as_str());
        }
        return Ok(left.into_values().cloned().collect());
    }
    Ok(Vec::new())
}

/// Writes rows as they stand, for the journal has the say.
pub(crate) async fn write(
    connection: &mut Connection<'_>,
    rows: &AccountRows,
) -> Result<(), StoreError> {
    let values = rows
        .accounts
        .values()
        .flatten()
        .map(Value::as_ref)
        .collect();
    connection.execute_batch(&WRITE_ACCOUNTS, values).await?;
    write_holdings(connection, rows).await
}

/// Writes what accounts hold.
pub(crate) async fn write_holdings(
    connection: &mut Connection<'_>,
    rows: &AccountRows,
) -> Result<(), StoreError> {
    let steps = [
        (&WRITE_SUBSCRIPTIONS, &rows.subscriptions),
        (&WRITE_GRANTS, &rows.grants),
        (&WRITE_HOLDS, &rows.holds),
        (&DELETE_HOLDS, &rows.closed_holds),
    ];
    for (batch, values) in steps {
        connection
            .execute_batch(batch, values.iter().map(Value::as_ref).collect())
            .await?;
    }
    Ok(())
}

/// The accounts of these customers, in any order, without those that do not exist. Read it from
/// one snapshot ([`crate::Store::snapshot`]), so that an account and what it holds fit together.
pub async fn load(
    connection: &mut Connection<'_>,
    customers: &[CustomerId],
) -> Result<Vec<StoredAccount>, StoreError> {
    let rows = connection
        .fetch_batch(&LOAD_ACCOUNTS, keys(customers))
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut subscriptions = HashMap::new();
    for row in connection
        .fetch_batch(&LOAD_SUBSCRIPTIONS, keys(customers))
        .await?
    {
        subscriptions.insert(row.text("customer_id")?, read_subscription(&row)?);
    }
    let mut grants: HashMap<String, Vec<Grant>> = HashMap::new();
    for row in connection
        .fetch_batch(&LOAD_GRANTS, keys(customers))
        .await?
    {
        grants
            .entry(row.text("customer_id")?)
            .or_default()
            .push(read_grant(&row)?);
    }
    let mut holds: HashMap<String, Vec<Hold>> = HashMap::new();
    for row in connection.fetch_batch(&LOAD_HOLDS, keys(customers)).await? {
        holds
            .entry(row.text("customer_id")?)
            .or_default()
            .push(read_hold(&row)?);
    }
    rows.iter()
        .map(|row| {
            let customer: CustomerId = row.parse("customer_id")?;
            let subscription = subscriptions.remove(customer.as_str());
            let number = row.unsigned_optional("subscription_number")?;
            if subscription
                .as_ref()
                .map(|subscription: &Subscription| subscription.number)
                != number
            {
                return Err(row.corrupt("subscription_number", "there is no such subscription"));
            }
            let grants = grants.remove(customer.as_str()).unwrap_or_default();
            let holds = holds.remove(customer.as_str()).unwrap_or_default();
            let position = row.integer("position")?;
            let parts = read_account(row, customer, subscription, grants, holds)?;
            Ok(StoredAccount {
                account: Account::restore(parts),
                position,
            })
        })
        .collect()
}

/// Every grant that these customers ever had, closed ones included, in any order.
pub async fn all_grants(
    connection: &mut Connection<'_>,
    customers: &[CustomerId],
) -> Result<Vec<(CustomerId, Grant)>, StoreError> {
    connection
        .fetch_batch(&LOAD_ALL_GRANTS, keys(customers))
        .await?
        .iter()
        .map(|row| Ok((row.parse("customer_id")?, read_grant(row)?)))
        .collect()
}

/// Takes the account's row until the transaction ends; who else writes it comes after. Whoever was
/// writing it has finished once this returns.
pub async fn lock(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
) -> Result<(), StoreError> {
    let values = [customer.bucket().into(), customer.as_str().into()];
    connection.execute(LOCK, values).await.map(drop)
}

/// The versions that these customers' accounts have, without those that do not exist.
pub async fn versions(
    connection: &mut Connection<'_>,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, u64>, StoreError> {
    let rows = connection.fetch_batch(&VERSIONS, keys(customers)).await?;
    rows.iter()
        .map(|row| Ok((row.parse("customer_id")?, row.unsigned("version")?)))
        .collect()
}

/// Up to `limit` customers for whom something is due by `now`, the longest due first.
pub async fn due(
    connection: &mut Connection<'_>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<CustomerId>, StoreError> {
    customers(connection, DUE, vec![now.into(), i64::from(limit).into()]).await
}

/// When something is due next; `None` without accounts.
pub async fn next_due(connection: &mut Connection<'_>) -> Result<Option<Timestamp>, StoreError> {
    match connection.fetch_optional(NEXT_DUE, []).await? {
        Some(row) => row.timestamp_optional("next_due"),
        None => Ok(None),
    }
}

/// Up to `limit` customers after `after`, in an order that stays.
pub async fn list(
    connection: &mut Connection<'_>,
    after: Option<&CustomerId>,
    limit: u32,
) -> Result<Vec<CustomerId>, StoreError> {
    let bucket = after.map_or(-1, CustomerId::bucket);
    let after = after.map_or("", CustomerId::as_str);
    customers(
        connection,
        LIST,
        vec![bucket.into(), after.into(), i64::from(limit).into()],
    )
    .await
}

/// How many customers are on a version of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCount {
    /// The plan.
    pub plan: tollgate_core::id::PlanId,
    /// Its version.
    pub version: u32,
    /// How many.
    pub customers: u64,
}

/// How many customers are on which version of which plan; on SQLite as of the last checkpoint.
pub async fn customers_by_plan(
    connection: &mut Connection<'_>,
) -> Result<Vec<PlanCount>, StoreError> {
    let rows = connection.fetch_all(BY_PLAN, []).await?;
    rows.iter()
        .map(|row| {
            Ok(PlanCount {
                plan: row.parse("plan_id")?,
                version: row.narrow("plan_version")?,
                customers: row.unsigned("customers")?,
            })
        })
        .collect()
}

/// How many accounts there are.
pub async fn count(connection: &mut Connection<'_>) -> Result<u64, StoreError> {
    match connection.fetch_optional(COUNT, []).await? {
        Some(row) => row.unsigned("accounts"),
        None => Ok(0),
    }
}

async fn customers(
    connection: &mut Connection<'_>,
    statement: Statement,
    values: Vec<Value<'_>>,
) -> Result<Vec<CustomerId>, StoreError> {
    connection
        .fetch_all(statement, values)
        .await?
        .iter()
        .map(|row| row.parse("customer_id"))
        .collect()
}

/// Each customer once, in the order of the tables.
pub(crate) fn keys(customers: &[CustomerId]) -> Vec<Value<'_>> {
    let keys: BTreeSet<_> = customers
        .iter()
        .map(|customer| (customer.bucket(), customer.as_str()))
        .collect();
    keys.into_iter()
        .flat_map(|(bucket, customer)| [bucket.into(), customer.into()])
        .collect()
}

fn text(text: &str) -> Value<'static> {
    text.to_owned().into()
}

fn json(value: &impl serde::Serialize) -> Value<'static> {
    serde_json::to_string(value)
        .expect("keys are strings and numbers are whole")
        .into()
}

fn interval_word(interval: BillingInterval) -> &'static str {
    match interval {
        BillingInterval::Month => "month",
        BillingInterval::Year => "year",
    }
}

fn on_expiry_word(on_expiry: OnExpiry) -> &'static str {
    match on_expiry {
        OnExpiry::Release => "release",
        OnExpiry::Settle => "settle",
    }
}

fn read_account(
    row: &Row,
    customer: CustomerId,
    subscription: Option<Subscription>,
    grants: Vec<Grant>,
    holds: Vec<Hold>,
) -> Result<AccountParts, StoreError> {
    Ok(AccountParts {
        customer,
        version: row.unsigned("version")?,
        at: row.timestamp("at")?,
        time_zone: row.parse("time_zone")?,
        next_grant: row.unsigned("next_grant")?,
        next_due: row.timestamp("next_due")?,
        subscription,
        grants,
        holds,
        tallies: row.json("tallies")?,
    })
}

fn read_subscription(row: &Row) -> Result<Subscription, StoreError> {
    let interval = match row.text("billing_interval")?.as_str() {
        "month" => BillingInterval::Month,
        "year" => BillingInterval::Year,
        _ => return Err(row.corrupt("billing_interval", "not an interval")),
    };
    let status = Status::parse(&row.text("status")?)
        .ok_or_else(|| row.corrupt("status", "not a subscription's status"))?;
    let pending = match row.timestamp_optional("pending_at")? {
        Some(at) => Some(PendingChange {
            at,
            plan: row.parse("pending_plan_id")?,
            plan_version: row.narrow("pending_plan_version")?,
            price: row.parse_optional("pending_price")?,
        }),
        None => None,
    };
    let period = Period {
        start: row.timestamp("current_period_start")?,
        end: row.timestamp("current_period_end")?,
    };
    let billed_as = match row.text_optional("stripe_subscription_id")? {
        Some(subscription) => Some(BilledAs {
            customer: row.text("stripe_customer_id")?,
            subscription,
            price: row.text("stripe_price_id")?,
        }),
        None => None,
    };
    Ok(Subscription {
        number: row.unsigned("number")?,
        plan: row.parse("plan_id")?,
        plan_version: row.narrow("plan_version")?,
        price: row.parse_optional("price")?,
        interval,
        status,
        started_at: row.timestamp("created_at")?,
        anchor: row.timestamp("anchor")?,
        period,
        pending,
        cancel_at: row.timestamp_optional("cancel_at")?,
        grace_until: row.timestamp_optional("grace_until")?,
        fell_from: row.text_optional("fell_from")?,
        billed_as,
    })
}

fn read_grant(row: &Row) -> Result<Grant, StoreError> {
    let source = Source::parse(&row.text("source")?)
        .ok_or_else(|| row.corrupt("source", "not a grant's source"))?;
    let rollovers_left = row
        .integer_optional("rollovers_left")?
        .map(|left| u32::try_from(left).map_err(|error| row.corrupt("rollovers_left", error)))
        .transpose()?;
    let parts = GrantParts {
        number: row.unsigned("number")?,
        meter: row.parse("meter")?,
        source,
        amount: row.unsigned("amount")?,
        nominal: row.unsigned("nominal")?,
        used: row.unsigned("used")?,
        held: row.unsigned("held")?,
        expired: row.unsigned("expired")?,
        revoked: row.unsigned("revoked")?,
        used_before: row.unsigned("used_before")?,
        created_at: row.timestamp("created_at")?,
        starts_at: row.timestamp("starts_at")?,
        expires_at: row.timestamp_optional("expires_at")?,
        priority: row.narrow("priority")?,
        rollovers_left,
        ended: row.boolean("ended")?,
        reference: row.text("reference")?,
    };
    Grant::try_from(parts).map_err(|error| row.corrupt("amount", error))
}

fn read_hold(row: &Row) -> Result<Hold, StoreError> {
    let on_expiry = match row.text("on_expiry")?.as_str() {
        "release" => OnExpiry::Release,
        "settle" => OnExpiry::Settle,
        _ => return Err(row.corrupt("on_expiry", "not what can become of a reservation")),
    };
    Ok(Hold {
        number: row.unsigned("number")?,
        created_at: row.timestamp("created_at")?,
        expires_at: row.timestamp("expires_at")?,
        on_expiry,
        member: row.parse_optional("member_id")?,
        uses: row.json("uses")?,
        units: row.json("units")?,
        caps: row.json("caps")?,
    })
}
