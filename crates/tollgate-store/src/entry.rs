//! Entries of the record, in the form that both engines share, and what is read from them.

use crate::error::StoreError;
use crate::sql::{Connection, Engine, Row, Value};
use crate::{journal, ledger};
use tollgate_core::Timestamp;
use tollgate_core::entry::{Cause, Entry};
use tollgate_core::id::{CustomerId, EventId, FeatureId, MemberId};
use tollgate_core::request::{Fingerprint, Keyed};

/// An entry as it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Whose it is.
    pub customer: CustomerId,
    /// The entry.
    pub entry: Entry,
    /// Where it stands in SQLite's journal; 0 on PostgreSQL.
    pub position: i64,
    /// Where the same customer's entry before it stands; 0 for none, and on PostgreSQL.
    pub previous: i64,
}

/// Which entries of a customer's history are asked for.
#[derive(Clone, Debug, Default)]
pub struct HistoryFilter {
    /// Only usage events.
    pub only_usage: bool,
    /// Only what names this feature.
    pub feature: Option<FeatureId>,
    /// Only what this member did.
    pub member: Option<MemberId>,
    /// Only what happened at or after this instant.
    pub from: Option<Timestamp>,
    /// Only what happened before this instant.
    pub until: Option<Timestamp>,
}

/// A part of a customer's history, the newest entry first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The entries.
    pub entries: Vec<Recorded>,
    /// The last entry that was looked at, when older ones remain: where the next page begins.
    /// It may be set although fewer entries than asked for were found, for a page looks at a
    /// bounded number of them.
    pub next: Option<EventId>,
}

/// The most entries that one page looks at.
const SCAN_MAX: usize = 10_000;
/// How many entries are read at a time.
const CHUNK_MIN: usize = 64;

/// Up to `limit` entries of a customer before `before`, the newest first. `newest` is where the
/// customer's newest entry stands in SQLite's journal; PostgreSQL does not need it.
pub async fn history(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    newest: i64,
    before: Option<EventId>,
    filter: &HistoryFilter,
    limit: usize,
) -> Result<HistoryPage, StoreError> {
    let mut page = HistoryPage {
        entries: Vec::new(),
        next: None,
    };
    let mut cursor = match (connection.engine(), before) {
        (Engine::Sqlite, None) => Cursor::Position(newest),
        (Engine::Sqlite, Some(before)) => match find(connection, customer, before).await? {
            Some(found) => Cursor::Position(found.previous),
            None => return Ok(page),
        },
        (Engine::Postgres, before) => Cursor::Before(before.map_or(u64::MAX >> 1, EventId::number)),
    };
    let mut scanned = 0;
    loop {
        let wanted = (limit - page.entries.len() + 1).clamp(CHUNK_MIN, SCAN_MAX);
        let chunk = match cursor {
            Cursor::Position(0) => return Ok(HistoryPage { next: None, ..page }),
            Cursor::Position(position) => journal::chain(connection, position, wanted).await?,
            Cursor::Before(number) => ledger::before(connection, customer, number, wanted).await?,
        };
        let is_last = chunk.len() < wanted;
        for recorded in chunk {
            if filter.from.is_some_and(|from| recorded.entry.at < from) {
                return Ok(HistoryPage { next: None, ..page });
            }
            if page.entries.len() == limit || scanned == SCAN_MAX {
                return Ok(page);
            }
            scanned += 1;
            page.next = Some(recorded.entry.event_id(customer));
            cursor = match cursor {
                Cursor::Position(_) => Cursor::Position(recorded.previous),
                Cursor::Before(_) => Cursor::Before(recorded.entry.number),
            };
            if filter.matches(&recorded.entry) {
                page.entries.push(recorded);
            }
        }
        if is_last {
            return Ok(HistoryPage { next: None, ..page });
        }
    }
}

#[derive(Clone, Copy)]
enum Cursor {
    /// This position and what its chain leads to.
    Position(i64),
    /// Numbers before this one.
    Before(u64),
}

/// The customer's entry that `id` was made of: its number, at its instant.
pub async fn find(
    connection: &mut Connection<'_>,
    customer: &CustomerId,
    id: EventId,
) -> Result<Option<Recorded>, StoreError> {
    let found = match connection.engine() {
        Engine::Sqlite => journal::find(connection, customer, id.at_millis(), id.number()).await?,
        Engine::Postgres => ledger::find(connection, customer, id.number()).await?,
    };
    Ok(found.filter(|found| found.entry.event_id(customer) == id))
}

/// How far the record was read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RecordCursor {
    position: i64,
    bucket: i64,
    customer: String,
    number: u64,
}

/// Up to `limit` entries of the whole record after `cursor`, which moves on. Each customer's
/// entries come in the order of their numbers; on SQLite, several customers' come interleaved.
pub async fn record(
    connection: &mut Connection<'_>,
    cursor: &mut RecordCursor,
    limit: u32,
) -> Result<Vec<Recorded>, StoreError> {
    let page = match connection.engine() {
        Engine::Sqlite => journal::after(connection, cursor.position, limit).await?,
        Engine::Postgres => {
            ledger::after(
                connection,
                cursor.bucket,
                &cursor.customer,
                cursor.number,
                limit,
            )
            .await?
        }
    };
    if let Some(last) = page.last() {
        *cursor = RecordCursor {
            position: last.position,
            bucket: last.customer.bucket(),
            customer: last.customer.as_str().to_owned(),
            number: last.entry.number,
        };
    }
    Ok(page)
}

impl HistoryFilter {
    /// Whether an entry is asked for.
    pub fn matches(&self, entry: &Entry) -> bool {
        if self.from.is_some_and(|from| entry.at < from)
            || self.until.is_some_and(|until| entry.at >= until)
        {
            return false;
        }
        let Cause::Used(usage) = &entry.body.cause else {
            return !self.only_usage && self.feature.is_none() && self.member.is_none();
        };
        let names = |feature: &FeatureId| usage.uses.iter().any(|one| one.feature == *feature);
        self.feature.as_ref().is_none_or(names)
            && (self.member.is_none() || self.member == usage.member)
    }
}

/// What both engines store of an entry: number, at, kind, key, fingerprint, body.
pub(crate) fn values(entry: &Entry) -> [Value<'_>; 6] {
    let body = serde_json::to_string(&entry.body).expect("keys are strings and numbers are whole");
    let keyed = entry.keyed.as_ref();
    [
        entry.number.into(),
        entry.at.into(),
        entry.body.cause.as_str().into(),
        keyed.map(|keyed| keyed.key.as_str()).into(),
        Value::Bytes(keyed.map(|keyed| (&keyed.fingerprint.0[..]).into())),
        body.into(),
    ]
}

pub(crate) fn read(row: &Row, position: i64, previous: i64) -> Result<Recorded, StoreError> {
    let keyed = match row.parse_optional("key")? {
        Some(key) => Some(Keyed {
            key,
            fingerprint: read_fingerprint(row)?,
        }),
        None => None,
    };
    Ok(Recorded {
        customer: row.parse("customer_id")?,
        entry: Entry {
            number: row.unsigned("number")?,
            at: row.timestamp("at")?,
            keyed,
            body: row.json("body")?,
        },
        position,
        previous,
    })
}

pub(crate) fn read_fingerprint(row: &Row) -> Result<Fingerprint, StoreError> {
    let bytes = row.bytes_optional("fingerprint")?.unwrap_or_default();
    let bytes = bytes
        .try_into()
        .map_err(|_| row.corrupt("fingerprint", "must have 16 bytes"))?;
    Ok(Fingerprint(bytes))
}
