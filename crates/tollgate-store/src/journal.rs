//! SQLite's form of the record: one table in the order of the commits, which every answer waits
//! for, with the accounts brought up to date behind it.

use crate::account::{self, AccountRows, StoredAccount};
use crate::entry::{self, Recorded};
use crate::error::StoreError;
use crate::sql::{Batch, Connection, Engine, Kind, ROWS_MAX, Row, Value, statements};
use crate::store::Store;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use tollgate_core::Timestamp;
use tollgate_core::account::Account;
use tollgate_core::entry::Entry;
use tollgate_core::id::CustomerId;
use tollgate_core::request::Keyed;

/// An entry to be appended.
#[derive(Clone, Copy, Debug)]
pub struct NewEntry<'a> {
    /// Where it will stand: the position after the newest, without gaps.
    pub position: i64,
    /// Where the same customer's entry before it stands; 0 for none.
    pub previous: i64,
    /// Whose it is.
    pub customer: &'a CustomerId,
    /// The entry.
    pub entry: &'a Entry,
}

/// The journal's end. The next entry stands at the position after it, and not earlier in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// The position of the newest entry; 0 for none.
    pub position: i64,
    /// When that was.
    pub at: Timestamp,
}

/// A keyed entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedEntry {
    /// Where it stands.
    pub position: i64,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its key.
    pub keyed: Keyed,
    /// When it happened.
    pub at: Timestamp,
}

statements! {
    TAIL("entries") = "SELECT position, at FROM entries ORDER BY position DESC LIMIT 1";
    AT("entries") = "SELECT position, at FROM entries WHERE position >= $1 ORDER BY position LIMIT 1";
    AFTER("entries") =
        "SELECT position, previous, customer_id, number, at, kind, key, fingerprint, body
         FROM entries WHERE position > $1 ORDER BY position LIMIT $2";
    BETWEEN("entries") =
        "SELECT position, previous, customer_id, number, at, kind, key, fingerprint, body
         FROM entries WHERE position >= $1 AND position < $2 AND customer_id = $3 AND number = $4";
    // The order of the joins is given, or SQLite would read all entries for the order of the result.
    CHAIN("entries") =
        "WITH RECURSIVE c (position, previous, depth) AS (
             SELECT position, previous, 1 FROM entries WHERE position = $1
             UNION ALL
             SELECT e.position, e.previous, c.depth + 1
             FROM c CROSS JOIN entries e WHERE e.position = c.previous AND c.depth < $2
         )
         SELECT e.position, e.previous, e.customer_id, e.number, e.at, e.kind, e.key, e.fingerprint, e.body
         FROM c CROSS JOIN entries e WHERE e.position = c.position ORDER BY c.depth";
    KEYS("entries") =
        "SELECT position, customer_id, at, key, fingerprint FROM entries
         WHERE position > $1 AND position <= $2 AND key IS NOT NULL ORDER BY position";
    CHECKPOINT("checkpoints") = "SELECT id, position FROM checkpoints WHERE id = 1";
    SET_CHECKPOINT("checkpoints") = "UPDATE checkpoints SET position = $1 WHERE id = 1 AND position <= $1";
}

static APPEND: Batch = Batch::new(
    "entries",
    "INSERT INTO entries (position, previous, customer_id, number, at, kind, key, fingerprint, body) VALUES",
    &[
        Kind::Integer, // position
        Kind::Integer, // previous
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

pub(crate) static BATCHES: &[&Batch] = &[&APPEND];

/// How many positions a page of keys looks at.
const KEYS_SCAN: i64 = 10_000;
/// How many entries are brought into the accounts at a time at a start.
const RECOVERY_PAGE: u32 = 4_096;

/// The journal's end.
pub async fn tail(connection: &mut Connection<'_>) -> Result<Tail, StoreError> {
    match connection.fetch_optional(TAIL, []).await? {
        Some(row) => Ok(Tail {
            position: row.integer("position")?,
            at: row.timestamp("at")?,
        }),
        None => Ok(Tail {
            position: 0,
            at: Timestamp::MIN,
        }),
    }
}

/// Appends entries. They are durable with the commit of the transaction.
pub async fn append(
    connection: &mut Connection<'_>,
    entries: &[NewEntry<'_>],
) -> Result<(), StoreError> {
    connection
        .execute_batch(&APPEND, values(entries))
        .await
        .map(drop)
}

/// Appends up to [`ROWS_MAX`] entries by one statement, which is a transaction by itself: one way
/// to the connection's thread and back instead of four.
pub(crate) async fn append_alone(
    connection: &mut Connection<'_>,
    entries: &[NewEntry<'_>],
) -> Result<(), StoreError> {
    /// A text for each number of entries.
    static TEXTS: [OnceLock<Arc<str>>; ROWS_MAX] = [const { OnceLock::new() }; ROWS_MAX];
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.len();
    let text = TEXTS[rows - 1].get_or_init(|| APPEND.text_of(Engine::Sqlite, rows));
    connection
        .execute_alone("entries", Arc::clone(text), values(entries))
        .await
}

fn values<'a>(entries: &[NewEntry<'a>]) -> Vec<Value<'a>> {
    let mut values = Vec::with_capacity(entries.len() * APPEND.width());
    for new in entries {
        values.extend([
            new.position.into(),
            new.previous.into(),
            new.customer.as_str().into(),
        ]);
        values.extend(entry::values(new.entry));
    }
    values
}

/// Up to where the accounts are up to date.
pub async fn checkpointed(connection: &mut Connection<'_>) -> Result<i64, StoreError> {
    match connection.fetch_optional(CHECKPOINT, []).await? {
        Some(row) => row.integer("position"),
        None => Ok(0),
    }
}

/// Brings accounts up to date as of `position`: with `rows` written, every account that has an
/// entry after the last checkpoint and not after `position` must hold it. A row may be ahead.
pub async fn checkpoint(
    connection: &mut Connection<'_>,
    rows: &AccountRows,
    position: i64,
) -> Result<(), StoreError> {
    account::write(connection, rows).await?;
    connection
        .execute(SET_CHECKPOINT, [position.into()])
        .await
        .map(drop)
}

/// Brings into the accounts what was appended after the last checkpoint, as after a crash.
/// Answers how many entries that were.
pub async fn recover(store: &Store) -> Result<u64, StoreError> {
    let mut entries = 0;
    loop {
        let mut transaction = store.begin().await?;
        let position = checkpointed(&mut transaction).await?;
        let page = after(&mut transaction, position, RECOVERY_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(entries);
        };
        let end = last.position;
        let rows = replay(&mut transaction, &page).await?;
        checkpoint(&mut transaction, &rows, end).await?;
        transaction.commit().await?;
        entries += page.len() as u64;
    }
}

/// The accounts of a page of entries, with those entries applied.
async fn replay(
    connection: &mut Connection<'_>,
    page: &[Recorded],
) -> Result<AccountRows, StoreError> {
    let mut customers: Vec<_> = page
        .iter()
        .map(|recorded| recorded.customer.clone())
        .collect();
    customers.sort_unstable();
    customers.dedup();
    let stored = account::load(connection, &customers).await?;
    let mut accounts: HashMap<_, _> = stored
        .into_iter()
        .map(|stored| (stored.account.customer().clone(), stored))
        .collect();
    for Recorded {
        customer,
        entry,
        position,
        ..
    } in page
    {
        let stored = accounts
            .entry(customer.clone())
            .or_insert_with(|| StoredAccount {
                account: Account::empty(customer.clone()),
                position: 0,
            });
        // A row may be ahead of the checkpoint: accounts are written one slice after the other.
        if entry.number <= stored.account.version() {
            continue;
        }
        stored
            .account
            .apply(entry)
            .map_err(|error| StoreError::Corrupt {
                table: "entries",
                column: "body",
                id: position.to_string(),
                source: error.into(),
            })?;
        stored.position = *position;
    }
    let mut rows = AccountRows::new();
    for StoredAccount { account, position } in accounts.values() {
        rows.push(account, account.version() - 1, *position);
    }
    Ok(rows)
}

/// Up to `limit` entries after `position`, the oldest first.
pub async fn after(
    connection: &mut Connection<'_>,
    position: i64,
    limit: u32,
) -> Result<Vec<Recorded>, StoreError> {
    let rows = connection
        .fetch_all(AFTER, [position.into(), i64::from(limit).into()])
        .await?;
    rows.iter().map(read).collect()
}

/// The entry at `position`.
pub async fn at(
    connection: &mut Connection<'_>,
    position: i64,
) -> Result<Option<Recorded>, StoreError> {
    let found = after(connection, position - 1, 1).await?.into_iter().next();
    Ok(found.filter(|found| found.position == position))
}

/// The keyed entries after `position` and not after `end`, for a bounded number of positions.
/// Answers up to where it looked.
pub async fn keys(
    connection: &mut Connection<'_>,
    position: i64,
    end: i64,
) -> Result<(Vec<KeyedEntry>, i64), StoreError> {
    let looked = end.min(position + KEYS_SCAN);
    let rows = connection
        .fetch_all(KEYS, [position.into(), looked.into()])
        .await?;
    let keys = rows.iter().map(|row| {
        let keyed = Keyed {
            key: row.parse("key")?,
            fingerprint: entry::read_fingerprint(row)?,
        };
        Ok(KeyedEntry {
            position: row.integer("position")?,
            customer: row.parse("customer_id")?,
            keyed,
            at: row.timestamp("at")?,
        })
    });
    Ok((keys.collect::<Result<_, StoreError>>()?, looked))
}

/// The first position whose entry happened at or after `instant`; the one after the journal's end
/// when there is none. Times rise with positions, so it is found by halving.
pub async fn first_at(
    connection: &mut Connection<'_>,
    instant: Timestamp,
) -> Result<i64, StoreError> {
    let mut low = 1;
    let mut high = tail(connection).await?.position + 1;
    while low < high {
        let middle = i64::midpoint(low, high);
        let Some(row) = connection.fetch_optional(AT, [middle.into()]).await? else {
            break;
        };
        if row.timestamp("at")? >= instant {
            high = middle;
        } else {
            low = row.integer("position")? + 1;
        }
    }
    Ok(low)
}

/// A customer's entry with this number, made within this millisecond.
pub(crate) async fn find(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    at_millis: i64,
    number: u64,
) -> Result<Option<Recorded>, StoreError> {
    let begin = Timestamp::from_micros(at_millis.saturating_mul(1_000));
    let end = Timestamp::from_micros(at_millis.saturating_add(1).saturating_mul(1_000));
    let low = first_at(connection, begin).await?;
    let high = first_at(connection, end).await?;
    let values = [
        low.into(),
        high.into(),
        customer.as_str().into(),
        number.into(),
    ];
    connection
        .fetch_optional(BETWEEN, values)
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Up to `limit` entries of one customer, from the one at `position` back.
pub(crate) async fn chain(
    connection: &mut Connection<'_>,
    position: i64,
    limit: usize,
) -> Result<Vec<Recorded>, StoreError> {
    let rows = connection
        .fetch_all(CHAIN, [position.into(), (limit as u64).into()])
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Recorded, StoreError> {
    entry::read(row, row.integer("position")?, row.integer("previous")?)
}
