//! PostgreSQL's form of the record: each commit moves the accounts on and adds its entries and
//! idempotency keys in one transaction, so that several replicas write the same database.

use crate::account::{self, AccountRows, StoredAccount};
use crate::entry::{self, Recorded};
use crate::error::StoreError;
use crate::sql::{Batch, Connection, Kind, Value, statements};
use std::collections::HashMap;
use tollgate_core::Timestamp;
use tollgate_core::account::Account;
use tollgate_core::entry::Entry;
use tollgate_core::id::{CustomerId, IdempotencyKey};
use tollgate_core::request::Keyed;

/// What one transaction writes: accounts, the entries that moved them on, and their keys.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    rows: AccountRows,
    entries: Vec<Value<'static>>,
    keys: Vec<Value<'static>>,
    keys_count: usize,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// It is written.
    Written,
    /// It is written but for these customers, whose accounts had moved: load them again and decide
    /// again.
    Partly(Vec<CustomerId>),
    /// All accounts had moved, or these customers' keys were used meanwhile: nothing may be
    /// committed. Load them again and decide again.
    Moved(Vec<CustomerId>),
}

/// A request that was made before under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// The key, and what the request was.
    pub keyed: Keyed,
    /// The number of the entry that it made.
    pub number: u64,
}

statements! {
    FIND("entries") =
        "SELECT customer_id, number, at, kind, key, fingerprint, body FROM entries
         WHERE bucket = $1 AND customer_id = $2 AND number = $3";
    BEFORE("entries") =
        "SELECT customer_id, number, at, kind, key, fingerprint, body FROM entries
         WHERE bucket = $1 AND customer_id = $2 AND number < $3 ORDER BY number DESC LIMIT $4";
    AFTER("entries") =
        "SELECT customer_id, number, at, kind, key, fingerprint, body FROM entries
         WHERE (bucket, customer_id, number) > ($1, $2, $3)
         ORDER BY bucket, customer_id, number LIMIT $4";
    PRUNE("idempotency_keys") =
        "DELETE FROM idempotency_keys WHERE bucket = $1 AND (bucket, customer_id, key) IN
         (SELECT bucket, customer_id, key FROM idempotency_keys
          WHERE bucket = $1 AND at < $2 ORDER BY at LIMIT $3)";
}

static ADD_ENTRIES: Batch = Batch::new(
    "entries",
    "INSERT INTO entries (bucket, customer_id, number, at, kind, key, fingerprint, body) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Integer, // number
        Kind::Integer, // at
        Kind::Text,    // kind
        Kind::Text,    // key
        Kind::Bytes,   // fingerprint
        Kind::Text,    // body
    ],
    "",
);
static ADD_KEYS: Batch = Batch::new(
    "idempotency_keys",
    "INSERT INTO idempotency_keys (bucket, customer_id, key, fingerprint, number, at) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Text,    // key
        Kind::Bytes,   // fingerprint
        Kind::Integer, // number
        Kind::Integer, // at
    ],
    "ON CONFLICT (bucket, customer_id, key) DO NOTHING RETURNING customer_id, key",
);
static FIND_KEYS: Batch = Batch::new(
    "idempotency_keys",
    "SELECT customer_id, key, fingerprint, number FROM idempotency_keys
     WHERE (bucket, customer_id, key) IN (VALUES",
    &[Kind::Integer, Kind::Text, Kind::Text],
    ")",
);

/// Locks in the order of the accounts' keys, like [`write`], so that nobody waits for each other.
static LOCK: Batch = Batch::new(
    "accounts",
    "WITH v (bucket, customer_id) AS (VALUES",
    &[Kind::Integer, Kind::Text],
    ") SELECT a.customer_id
       FROM v JOIN accounts a ON a.bucket = v.bucket AND a.customer_id = v.customer_id
       ORDER BY a.bucket, a.customer_id COLLATE \"C\" FOR UPDATE OF a",
);

pub(crate) static BATCHES: &[&Batch] = &[&ADD_ENTRIES, &ADD_KEYS, &FIND_KEYS, &LOCK];

impl Commit {
    /// Nothing to write.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an account and the entries that were taken from it since it was loaded or last
    /// written. An account is added once.
    pub fn push(&mut self, account: &Account, entries: &[Entry]) {
        let customer = account.customer();
        let version_before = account.version() - entries.len() as u64;
        self.rows.push(account, version_before, 0);
        for entry in entries {
            self.entries.extend([
                customer.bucket().into(),
                customer.as_str().to_owned().into(),
            ]);
            self.entries
                .extend(entry::values(entry).map(Value::into_owned));
            if let Some(keyed) = &entry.keyed {
                self.keys_count += 1;
                self.keys.extend([
                    customer.bucket().into(),
                    customer.as_str().to_owned().into(),
                    keyed.key.as_str().to_owned().into(),
                    keyed.fingerprint.0.to_vec().into(),
                    entry.number.into(),
                    entry.at.into(),
                ]);
            }
        }
    }

    /// Without these customers' accounts, entries and keys.
    fn without(&self, customers: &[CustomerId]) -> Self {
        let keys = ADD_KEYS.rows_without(&self.keys, customers);
        Self {
            rows: self.rows.without(customers),
            entries: ADD_ENTRIES.rows_without(&self.entries, customers),
            keys_count: keys.len() / ADD_KEYS.width(),
            keys,
        }
    }

    /// How many accounts it writes.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Writes a commit within a transaction, the store's or a host's own. When it answers
/// [`CommitOutcome::Moved`], the transaction must be rolled back.
pub async fn write(
    connection: &mut Connection<'_>,
    commit: &Commit,
) -> Result<CommitOutcome, StoreError> {
    let moved = account::move_on(connection, &commit.rows).await?;
    if moved.len() == commit.len() && !commit.is_empty() {
        return Ok(CommitOutcome::Moved(moved));
    }
    let standing;
    let commit = if moved.is_empty() {
        commit
    } else {
        standing = commit.without(&moved);
        &standing
    };
    account::write_holdings(connection, &commit.rows).await?;
    connection
        .execute_batch(
            &ADD_ENTRIES,
            commit.entries.iter().map(Value::as_ref).collect(),
        )
        .await?;
    let added = connection
        .fetch_batch(&ADD_KEYS, commit.keys.iter().map(Value::as_ref).collect())
        .await?;
    if added.len() < commit.keys_count {
        return Ok(CommitOutcome::Moved(owners_of_used_keys(commit, &added)?));
    }
    Ok(if moved.is_empty() {
        CommitOutcome::Written
    } else {
        CommitOutcome::Partly(moved)
    })
}

/// Takes the rows of these customers' accounts until the transaction ends, and reads the accounts.
/// Who else wants to move one of them comes after.
pub async fn load_locked(
    connection: &mut Connection<'_>,
    customers: &[CustomerId],
) -> Result<Vec<StoredAccount>, StoreError> {
    connection
        .fetch_batch(&LOCK, account::keys(customers))
        .await?;
    account::load(connection, customers).await
}

/// The customers whose keys were not added, because they were there.
fn owners_of_used_keys(
    commit: &Commit,
    added: &[crate::sql::Row],
) -> Result<Vec<CustomerId>, StoreError> {
    let mut owners = Vec::new();
    let mut added_keys = std::collections::HashSet::new();
    for row in added {
        added_keys.insert((row.text("customer_id")?, row.text("key")?));
    }
    for row in commit.keys.chunks(ADD_KEYS.width()) {
        let (Value::Text(Some(customer)), Value::Text(Some(key))) = (&row[1], &row[2]) else {
            continue;
        };
        if !added_keys.contains(&(customer.to_string(), key.to_string()))
            && let Ok(customer) = CustomerId::new(customer)
        {
            owners.push(customer);
        }
    }
    Ok(owners)
}

/// What these customers' keys stand for, without those that are unknown.
pub async fn find_keys(
    connection: &mut Connection<'_>,
    keys: &[(CustomerId, IdempotencyKey)],
) -> Result<HashMap<(CustomerId, IdempotencyKey), KnownKey>, StoreError> {
    let values = keys
        .iter()
        .flat_map(|(customer, key)| {
            [
                customer.bucket().into(),
                customer.as_str().into(),
                key.as_str().into(),
            ]
        })
        .collect();
    let rows = connection.fetch_batch(&FIND_KEYS, values).await?;
    rows.iter()
        .map(|row| {
            let key: IdempotencyKey = row.parse("key")?;
            let keyed = Keyed {
                key: key.clone(),
                fingerprint: entry::read_fingerprint(row)?,
            };
            Ok((
                (row.parse("customer_id")?, key),
                KnownKey {
                    keyed,
                    number: row.unsigned("number")?,
                },
            ))
        })
        .collect()
}

/// Forgets up to `limit` keys of each bucket that are from before `before`. Answers how many.
pub async fn prune_keys(
    connection: &mut Connection<'_>,
    bucket: i64,
    before: Timestamp,
    limit: u32,
) -> Result<u64, StoreError> {
    connection
        .execute(
            PRUNE,
            [bucket.into(), before.into(), i64::from(limit).into()],
        )
        .await
}

/// A customer's entry with this number.
pub async fn find(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    number: u64,
) -> Result<Option<Recorded>, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        number.into(),
    ];
    connection
        .fetch_optional(FIND, values)
        .await?
        .map(|row| entry::read(&row, 0, 0))
        .transpose()
}

/// Up to `limit` entries of a customer with smaller numbers, the newest first.
pub(crate) async fn before(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    number: u64,
    limit: usize,
) -> Result<Vec<Recorded>, StoreError> {
    let values = [
        customer.bucket().into(),
        customer.as_str().into(),
        number.into(),
        (limit as u64).into(),
    ];
    connection
        .fetch_all(BEFORE, values)
        .await?
        .iter()
        .map(|row| entry::read(row, 0, 0))
        .collect()
}

/// Up to `limit` entries of the whole record after a place in it.
pub(crate) async fn after(
    connection: &mut Connection<'_>,
    bucket: i64,
    customer: &str,
    number: u64,
    limit: u32,
) -> Result<Vec<Recorded>, StoreError> {
    let values = [
        bucket.into(),
        customer.into(),
        number.into(),
        i64::from(limit).into(),
    ];
    connection
        .fetch_all(AFTER, values)
        .await?
        .iter()
        .map(|row| entry::read(row, 0, 0))
        .collect()
}
