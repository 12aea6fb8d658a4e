//! The inbox of Stripe's events, as its table keeps it: each event once, with what became of it.

use crate::error::StoreError;
use crate::sql::{Connection, Row, statements};
use std::str::FromStr;
use tollgate_core::Timestamp;
use tollgate_core::id::CustomerId;

/// An event, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeEvent {
    /// Stripe's id: `evt_…`.
    pub id: String,
    /// Its kind: `invoice.paid`.
    pub kind: String,
    /// The object that it is about.
    pub object: Option<String>,
    /// Stripe's customer that it is about.
    pub stripe_customer: Option<String>,
    /// Our customer, once it is known.
    pub customer: Option<CustomerId>,
    /// When Stripe made it.
    pub created_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// How it came.
    pub source: EventSource,
    /// As Stripe sent it.
    pub payload: String,
    /// What became of it.
    pub state: EventState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it was finished with.
    pub finished_at: Option<Timestamp>,
    /// What there is to say about its state.
    pub note: String,
}

/// How an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventSource {
    /// Stripe sent it.
    Webhook,
    /// It was missing, and found by looking.
    Sweep,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventState {
    /// It will be tried, for the first time or again.
    Waiting,
    /// Its effect is in the same commit as this word.
    Done,
    /// It has no meaning here.
    Ignored,
    /// Nobody here knows its customer yet; it is tried again, ever more seldom.
    Parked,
    /// It contradicts what we know: somebody has to look at it.
    Quarantined,
}

macro_rules! words {
    ($name:ident: $($variant:ident = $word:literal),* $(,)?) => {
        impl $name {
            /// The word that stands in the database and in answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("{word:?} is not one of its words")),
                }
            }
        }
    };
}

words!(EventSource: Webhook = "webhook", Sweep = "sweep");
words!(EventState:
    Waiting = "waiting",
    Done = "done",
    Ignored = "ignored",
    Parked = "parked",
    Quarantined = "quarantined",
);

statements! {
    ADD("stripe_events") =
        "INSERT INTO stripe_events
         (id, kind, object_id, stripe_customer_id, customer_id, created_at, received_at, source, payload,
          state, attempts, due_at, finished_at, note)
         VALUES ($1, $2, $3, $4, NULL, $5, $6, $7, $8, $9, 0, $10, NULL, $11)
         ON CONFLICT (id) DO NOTHING";
    FIND("stripe_events") =
        "SELECT id, kind, object_id, stripe_customer_id, customer_id, created_at, received_at, source,
                payload, state, attempts, due_at, finished_at, note
         FROM stripe_events WHERE id = $1";
    // Parked ones are due, too; the index has both states in it.
    DUE("stripe_events") =
        "SELECT id, kind, object_id, stripe_customer_id, customer_id, created_at, received_at, source,
                payload, state, attempts, due_at, finished_at, note
         FROM stripe_events WHERE state IN ('waiting', 'parked') AND due_at <= $1
         ORDER BY due_at, created_at, id LIMIT $2";
    LIST("stripe_events") =
        "SELECT id, kind, object_id, stripe_customer_id, customer_id, created_at, received_at, source,
                payload, state, attempts, due_at, finished_at, note
         FROM stripe_events
         WHERE ($1 = '' OR state = $1) AND ($2 = '' OR customer_id = $2)
           AND (received_at, id) < ($3, $4)
         ORDER BY received_at DESC, id DESC LIMIT $5";
    FINISH("stripe_events") =
        "UPDATE stripe_events SET state = $2, customer_id = COALESCE($3, customer_id),
                attempts = attempts + 1, due_at = $4, finished_at = $5, note = $6
         WHERE id = $1 AND state IN ('waiting', 'parked')";
    REPLAY("stripe_events") =
        "UPDATE stripe_events SET state = 'waiting', due_at = $2, finished_at = NULL, note = '' WHERE id = $1";
    COUNTS("stripe_events") =
        "SELECT state, CAST(COUNT(*) AS BIGINT) AS events, CAST(MIN(received_at) AS BIGINT) AS oldest
         FROM stripe_events WHERE state IN ('waiting', 'parked', 'quarantined') GROUP BY state";
    PRUNE("stripe_events") =
        "DELETE FROM stripe_events WHERE received_at < $1 AND state IN ('done', 'ignored')";
}

/// Puts an event into the inbox. False when it is there already.
pub async fn add(connection: &mut Connection<'_>, event: &StripeEvent) -> Result<bool, StoreError> {
    let values = [
        event.id.as_str().into(),
        event.kind.as_str().into(),
        event.object.as_deref().into(),
        event.stripe_customer.as_deref().into(),
        event.created_at.into(),
        event.received_at.into(),
        event.source.as_str().into(),
        event.payload.as_str().into(),
        event.state.as_str().into(),
        event.due_at.into(),
        event.note.as_str().into(),
    ];
    Ok(connection.execute(ADD, values).await? > 0)
}

/// The event with this id.
pub async fn find(
    connection: &mut Connection<'_>,
    id: &str,
) -> Result<Option<StripeEvent>, StoreError> {
    let row = connection.fetch_optional(FIND, [id.into()]).await?;
    row.as_ref().map(read).transpose()
}

/// Up to `limit` events whose time has come, the longest due first.
pub async fn due(
    connection: &mut Connection<'_>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<StripeEvent>, StoreError> {
    let values = [now.into(), i64::from(limit).into()];
    let rows = connection.fetch_all(DUE, values).await?;
    rows.iter().map(read).collect()
}

/// Which events are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Only those of which this became.
    pub state: Option<EventState>,
    /// Only those of this customer.
    pub customer: Option<&'a CustomerId>,
    /// Only those that came before this one.
    pub before: Option<&'a StripeEvent>,
}

/// Up to `limit` events, the newest first.
pub async fn list(
    connection: &mut Connection<'_>,
    filter: &Filter<'_>,
    limit: u32,
) -> Result<Vec<StripeEvent>, StoreError> {
    let values = [
        filter.state.map_or("", EventState::as_str).into(),
        filter.customer.map_or("", CustomerId::as_str).into(),
        filter
            .before
            .map_or(Timestamp::MAX, |before| before.received_at)
            .into(),
        // A tilde sorts behind every id.
        filter.before.map_or("~", |before| &before.id).into(),
        i64::from(limit).into(),
    ];
    let rows = connection.fetch_all(LIST, values).await?;
    rows.iter().map(read).collect()
}

/// What became of an event by one attempt.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// What became of it.
    pub state: EventState,
    /// Our customer, if it was found.
    pub customer: Option<&'a CustomerId>,
    /// When it is tried again, if it is.
    pub due_at: Timestamp,
    /// When that was.
    pub now: Timestamp,
    /// What there is to say.
    pub note: &'a str,
}

/// Notes what became of an event. False when somebody else finished it meanwhile.
pub async fn finish(
    connection: &mut Connection<'_>,
    id: &str,
    outcome: &Outcome<'_>,
) -> Result<bool, StoreError> {
    let is_over = !matches!(outcome.state, EventState::Waiting | EventState::Parked);
    let values = [
        id.into(),
        outcome.state.as_str().into(),
        outcome.customer.map(CustomerId::as_str).into(),
        outcome.due_at.into(),
        is_over.then_some(outcome.now).into(),
        outcome.note.into(),
    ];
    Ok(connection.execute(FINISH, values).await? > 0)
}

/// Has an event tried again, whatever became of it. False when there is none.
pub async fn replay(
    connection: &mut Connection<'_>,
    id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(connection.execute(REPLAY, [id.into(), now.into()]).await? > 0)
}

/// How many events are not finished with, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// What became of them so far.
    pub state: EventState,
    /// How many they are.
    pub events: u64,
    /// When the oldest of them came.
    pub oldest: Timestamp,
}

/// The events that are not finished with, by state.
pub async fn backlog(connection: &mut Connection<'_>) -> Result<Vec<Backlog>, StoreError> {
    let rows = connection.fetch_all(COUNTS, []).await?;
    let read = |row: &Row| {
        Ok(Backlog {
            state: row.parse("state")?,
            events: row.unsigned("events")?,
            oldest: row.timestamp("oldest")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Removes events that came before `before` and are finished with.
pub async fn prune(connection: &mut Connection<'_>, before: Timestamp) -> Result<u64, StoreError> {
    connection.execute(PRUNE, [before.into()]).await
}

fn read(row: &Row) -> Result<StripeEvent, StoreError> {
    Ok(StripeEvent {
        id: row.text("id")?,
        kind: row.text("kind")?,
        object: row.text_optional("object_id")?,
        stripe_customer: row.text_optional("stripe_customer_id")?,
        customer: row.parse_optional("customer_id")?,
        created_at: row.timestamp("created_at")?,
        received_at: row.timestamp("received_at")?,
        source: row.parse("source")?,
        payload: row.text("payload")?,
        state: row.parse("state")?,
        attempts: row.narrow("attempts")?,
        due_at: row.timestamp("due_at")?,
        finished_at: row.timestamp_optional("finished_at")?,
        note: row.text("note")?,
    })
}
