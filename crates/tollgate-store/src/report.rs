//! What reports count, as its tables keep it: what is known of each customer, counters by day and
//! by month, and how far the record is folded into them.

use crate::entry::{self, Recorded};
use crate::error::StoreError;
use crate::sql::{Batch, Connection, Kind, Row, Value, statements};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tollgate_core::Timestamp;
use tollgate_core::id::{CustomerId, PlanId};
use tollgate_core::report::{
    CounterKey, CustomerReport, Day, Deltas, End, LastUse, Measure, Standing,
};

/// How far the record is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Raised whenever everything is thrown away.
    pub generation: i64,
    /// Up to where in SQLite's journal; 0 on PostgreSQL.
    pub position: i64,
    /// Everything that happened before is counted.
    pub caught_up_at: Timestamp,
}

/// A customer whose entries are not all folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Who.
    pub customer: CustomerId,
    /// The last entry that is folded.
    pub number: u64,
    /// The last entry that there is.
    pub version: u64,
}

/// Entries of one customer, folded and not yet written.
#[derive(Clone, Debug)]
pub struct Folded {
    /// Whose.
    pub customer: CustomerId,
    /// The last entry that was folded before.
    pub number_before: u64,
    /// What is known of the customer now.
    pub state: CustomerReport,
    /// Members whose last use is another now.
    pub members: BTreeMap<String, LastUse>,
    /// What it adds to the counters.
    pub deltas: Deltas,
}

/// A counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Which.
    pub key: CounterKey,
    /// Its value.
    pub value: i64,
}

/// Paid subscriptions and trials that ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What ended.
    pub standing: Standing,
    /// The first day of the month in which they ended.
    pub month: Day,
    /// The plan that was left; empty for none.
    pub plan: String,
    /// What the customers said: `None` when they said nothing at all and it ended by itself, an
    /// empty text when they cancelled without a reason.
    pub reason: Option<String>,
    /// How many.
    pub ends: u64,
    /// Of those, the first of their customer in the month, as far as it is asked for.
    pub first_in_month: u64,
    /// Of those, the first of their customer in all that is asked for.
    pub first: u64,
}

/// How long after an end its reason may be noted: it is noted once the payment provider has
/// answered.
const NOTED_WITHIN_MICROS: i64 = 300_000_000;

/// What a counter holds at the most, so that no sum of two leaves 64 bits.
const VALUE_MAX: i64 = 4_000_000_000_000_000_000;

statements! {
    PROGRESS("report_progress") =
        "SELECT generation, position, caught_up_at FROM report_progress WHERE id = 1";
    ADVANCE("report_progress") =
        "UPDATE report_progress SET position = $3
         WHERE id = 1 AND generation = $1 AND position = $2";
    CAUGHT_UP("report_progress") =
        "UPDATE report_progress SET caught_up_at = $2
         WHERE id = 1 AND generation = $1 AND caught_up_at < $2";
    BEGIN_ANEW("report_progress") =
        "UPDATE report_progress SET generation = generation + 1, position = 0, caught_up_at = 0
         WHERE id = 1";
    FORGET_CUSTOMERS("report_customers") = "DELETE FROM report_customers";
    FORGET_MEMBERS("report_members") = "DELETE FROM report_members";
    FORGET_DAYS("report_days") = "DELETE FROM report_days";
    FORGET_MONTHS("report_months") = "DELETE FROM report_months";
    FORGET_ENDS("report_ends") = "DELETE FROM report_ends";
    // The buckets are named on both sides, and the order is one that no index has, so that both
    // sides are read once rather than one row for each of the other: half the time.
    BEHIND("accounts") =
        "SELECT a.customer_id, a.version, COALESCE(r.number, 0) AS number
         FROM accounts a
         LEFT JOIN report_customers r
             ON r.bucket = a.bucket AND r.customer_id = a.customer_id
            AND r.bucket >= $1 AND r.bucket < $2
         WHERE a.bucket >= $1 AND a.bucket < $2 AND a.version > COALESCE(r.number, 0)
         ORDER BY a.at, a.customer_id LIMIT $3";
    MONTHS("report_months") =
        "SELECT measure, month AS day, plan_id, detail, value FROM report_months WHERE month < $1";
    DAYS("report_days") =
        "SELECT measure, day, plan_id, detail, value FROM report_days WHERE day >= $1 AND day < $2";
    // The last thing that a customer said of what ended, unless it was taken back.
    ENDS("report_ends") =
        "SELECT standing, month, plan_id, reason, COUNT(*) AS ends,
                CAST(SUM(CASE WHEN previous_at < $1 THEN 1 ELSE 0 END) AS BIGINT) AS first,
                CAST(SUM(CASE WHEN previous_at < $1 OR previous_at < month * 86400000000 THEN 1 ELSE 0 END)
                     AS BIGINT) AS first_in_month
         FROM (
             SELECT e.standing, e.month, e.plan_id, e.previous_at,
                    (SELECT COALESCE(c.feedback, '') FROM cancellations c
                     WHERE c.bucket = e.bucket AND c.customer_id = e.customer_id
                       AND c.undone_at IS NULL AND c.created_at >= e.began_at
                       AND c.created_at <= e.ended_at + $3
                     ORDER BY c.id DESC LIMIT 1) AS reason
             FROM report_ends e WHERE e.ended_at >= $1 AND e.ended_at < $2
         ) AS q
         GROUP BY standing, month, plan_id, reason";
}

static LOAD_CUSTOMERS: Batch = Batch::new(
    "report_customers",
    "WITH v (bucket, customer_id) AS (VALUES",
    &[Kind::Integer, Kind::Text],
    ") SELECT r.customer_id, r.number, r.state
       FROM v CROSS JOIN report_customers r
       WHERE r.bucket = v.bucket AND r.customer_id = v.customer_id",
);
static LOAD_MEMBERS: Batch = Batch::new(
    "report_members",
    "WITH v (bucket, customer_id, member_id) AS (VALUES",
    &[Kind::Integer, Kind::Text, Kind::Text],
    ") SELECT r.customer_id, r.member_id, r.month, r.plan_id
       FROM v CROSS JOIN report_members r
       WHERE r.bucket = v.bucket AND r.customer_id = v.customer_id AND r.member_id = v.member_id",
);
static ENTRIES: Batch = Batch::new(
    "entries",
    "WITH v (bucket, customer_id, number, version) AS (VALUES",
    &[Kind::Integer, Kind::Text, Kind::Integer, Kind::Integer],
    ") SELECT e.customer_id, e.number, e.at, e.kind, e.key, e.fingerprint, e.body
       FROM v CROSS JOIN entries e
       WHERE e.bucket = v.bucket AND e.customer_id = v.customer_id
         AND e.number > v.number AND e.number <= v.version",
);
/// What one projector folded another one does not fold again.
static MOVE_CUSTOMERS: Batch = Batch::new(
    "report_customers",
    "INSERT INTO report_customers (bucket, customer_id, number, number_before, state) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Integer, // number
        Kind::Integer, // number_before
        Kind::Text,    // state
    ],
    "ON CONFLICT (bucket, customer_id) DO UPDATE SET
        number = excluded.number, number_before = excluded.number_before, state = excluded.state
     WHERE report_customers.number = excluded.number_before RETURNING customer_id",
);
static WRITE_MEMBERS: Batch = Batch::new(
    "report_members",
    "INSERT INTO report_members (bucket, customer_id, member_id, month, plan_id) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Text,    // member_id
        Kind::Integer, // month
        Kind::Text,    // plan_id
    ],
    "ON CONFLICT (bucket, customer_id, member_id) DO UPDATE SET
        month = excluded.month, plan_id = excluded.plan_id",
);

const COUNTER_ROW: &[Kind] = &[
    Kind::Integer, // day or month
    Kind::Text,    // measure
    Kind::Text,    // plan_id
    Kind::Text,    // detail
    Kind::Integer, // value
];

/// Adds to a counter; one that is full stays so, rather than to hold up everything behind it.
macro_rules! add_to {
    ($table:literal, $time:literal) => {
        Batch::new(
            $table,
            concat!(
                "INSERT INTO ",
                $table,
                " (",
                $time,
                ", measure, plan_id, detail, value) VALUES"
            ),
            COUNTER_ROW,
            concat!(
                "ON CONFLICT (",
                $time,
                ", measure, plan_id, detail) DO UPDATE SET value = CASE
        WHEN ",
                $table,
                ".value + excluded.value > 4000000000000000000 THEN 4000000000000000000
        WHEN ",
                $table,
                ".value + excluded.value < -4000000000000000000 THEN -4000000000000000000
        ELSE ",
                $table,
                ".value + excluded.value END"
            ),
        )
    };
}

static ADD_TO_DAYS: Batch = add_to!("report_days", "day");
static ADD_TO_MONTHS: Batch = add_to!("report_months", "month");
static ADD_ENDS: Batch = Batch::new(
    "report_ends",
    "INSERT INTO report_ends
     (bucket, customer_id, number, standing, plan_id, began_at, ended_at, month, previous_at) VALUES",
    &[
        Kind::Integer, // bucket
        Kind::Text,    // customer_id
        Kind::Integer, // number
        Kind::Text,    // standing
        Kind::Text,    // plan_id
        Kind::Integer, // began_at
        Kind::Integer, // ended_at
        Kind::Integer, // month
        Kind::Integer, // previous_at
    ],
    "",
);

pub(crate) static BATCHES: &[&Batch] = &[
    &LOAD_CUSTOMERS,
    &LOAD_MEMBERS,
    &MOVE_CUSTOMERS,
    &WRITE_MEMBERS,
    &ADD_TO_DAYS,
    &ADD_TO_MONTHS,
    &ADD_ENDS,
];
/// Only where the record is kept by customer.
pub(crate) static POSTGRES_BATCHES: &[&Batch] = &[&ENTRIES];

/// How far the record is folded.
pub async fn progress(connection: &mut Connection<'_>) -> Result<Progress, StoreError> {
    match connection.fetch_optional(PROGRESS, []).await? {
        Some(row) => Ok(Progress {
            generation: row.integer("generation")?,
            position: row.integer("position")?,
            caught_up_at: row.timestamp("caught_up_at")?,
        }),
        None => Ok(Progress {
            generation: 0,
            position: 0,
            caught_up_at: Timestamp::MIN,
        }),
    }
}

/// Notes that everything before `at` is counted.
pub async fn caught_up(
    connection: &mut Connection<'_>,
    generation: i64,
    at: Timestamp,
) -> Result<(), StoreError> {
    let values = [generation.into(), at.into()];
    connection.execute(CAUGHT_UP, values).await.map(drop)
}

/// Throws everything away, so that the record is folded from its beginning.
pub async fn begin_anew(connection: &mut Connection<'_>) -> Result<(), StoreError> {
    // The first statement takes the row that every projector moves on.
    for statement in [
        BEGIN_ANEW,
        FORGET_CUSTOMERS,
        FORGET_MEMBERS,
        FORGET_DAYS,
        FORGET_MONTHS,
        FORGET_ENDS,
    ] {
        connection.execute(statement, []).await?;
    }
    Ok(())
}

/// On PostgreSQL: up to `limit` customers of these buckets whose entries are not all folded.
pub async fn behind(
    connection: &mut Connection<'_>,
    buckets: std::ops::Range<i64>,
    limit: usize,
) -> Result<Vec<Behind>, StoreError> {
    let values = [
        buckets.start.into(),
        buckets.end.into(),
        (limit as u64).into(),
    ];
    let rows = connection.fetch_all(BEHIND, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Behind {
                customer: row.parse("customer_id")?,
                number: row.unsigned("number")?,
                version: row.unsigned("version")?,
            })
        })
        .collect()
}

/// On PostgreSQL: the entries that are not folded, each customer's in the order of their numbers.
pub async fn entries(
    connection: &mut Connection<'_>,
    behind: &[Behind],
) -> Result<Vec<Recorded>, StoreError> {
    let values = behind
        .iter()
        .flat_map(|behind| {
            [
                behind.customer.bucket().into(),
                behind.customer.as_str().into(),
                behind.number.into(),
                behind.version.into(),
            ]
        })
        .collect();
    let rows = connection.fetch_batch(&ENTRIES, values).await?;
    let entries = rows.iter().map(|row| entry::read(row, 0, 0));
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by(|a, b| (&a.customer, a.entry.number).cmp(&(&b.customer, b.entry.number)));
    Ok(entries)
}

/// What is known of the customers of these entries, with the members who are named in them.
pub async fn load(
    connection: &mut Connection<'_>,
    entries: &[Recorded],
) -> Result<HashMap<CustomerId, CustomerReport>, StoreError> {
    let mut customers = BTreeSet::new();
    let mut members = BTreeSet::new();
    for recorded in entries {
        let customer = &recorded.customer;
        customers.insert((customer.bucket(), customer));
        if let Some(usage) = recorded.entry.usage() {
            let name = CustomerReport::member_name(usage);
            members.insert((customer.bucket(), customer, name));
        }
    }
    let mut known: HashMap<CustomerId, CustomerReport> = customers
        .iter()
        .map(|(_, customer)| ((*customer).clone(), CustomerReport::default()))
        .collect();
    let keys = customers
        .into_iter()
        .flat_map(|(bucket, customer)| [bucket.into(), customer.as_str().into()]);
    for row in connection
        .fetch_batch(&LOAD_CUSTOMERS, keys.collect())
        .await?
    {
        let state = CustomerReport {
            number: row.unsigned("number")?,
            ..row.json("state")?
        };
        known.insert(row.parse("customer_id")?, state);
    }
    let keys = members.into_iter().flat_map(|(bucket, customer, name)| {
        [bucket.into(), customer.as_str().into(), name.into()]
    });
    for row in connection
        .fetch_batch(&LOAD_MEMBERS, keys.collect())
        .await?
    {
        let customer: CustomerId = row.parse("customer_id")?;
        let plan = row.text("plan_id")?;
        let last = LastUse {
            month: Day::from_number(row.integer("month")?),
            plan: (!plan.is_empty())
                .then(|| plan.parse().map_err(|error| row.corrupt("plan_id", error)))
                .transpose()?,
        };
        if let Some(state) = known.get_mut(&customer) {
            state.members.insert(row.text("member_id")?, last);
        }
    }
    Ok(known)
}

/// Writes what was folded, within a transaction: nothing when everything was thrown away or moved
/// on meanwhile, and nothing of a customer whom somebody else has folded. Answers how many
/// customers were written.
pub async fn write(
    connection: &mut Connection<'_>,
    progress: &Progress,
    position: i64,
    mut folded: Vec<Folded>,
) -> Result<usize, StoreError> {
    let values = [
        progress.generation.into(),
        progress.position.into(),
        position.into(),
    ];
    if connection.execute(ADVANCE, values).await? == 0 {
        return Ok(0);
    }
    // Rows are locked in the order of their keys, so that two projectors never wait for each other.
    folded.sort_by(|a, b| {
        (a.customer.bucket(), &a.customer).cmp(&(b.customer.bucket(), &b.customer))
    });
    let mut rows = Vec::with_capacity(folded.len() * MOVE_CUSTOMERS.width());
    for one in &folded {
        let state = serde_json::to_string(&one.state).expect("keys are strings, numbers are whole");
        rows.extend([
            one.customer.bucket().into(),
            one.customer.as_str().into(),
            one.state.number.into(),
            one.number_before.into(),
            state.into(),
        ]);
    }
    let mut written = HashSet::new();
    for row in connection.fetch_batch(&MOVE_CUSTOMERS, rows).await? {
        written.insert(row.text("customer_id")?);
    }
    folded.retain(|one| written.contains(one.customer.as_str()));
    let members = folded.iter().flat_map(|one| {
        one.members.iter().flat_map(|(name, last)| {
            [
                one.customer.bucket().into(),
                one.customer.as_str().into(),
                name.as_str().into(),
                last.month.number().into(),
                last.plan.as_ref().map_or("", PlanId::as_str).into(),
            ]
        })
    });
    connection
        .execute_batch(&WRITE_MEMBERS, members.collect())
        .await?;
    let mut deltas = Deltas::new();
    for one in folded {
        deltas.merge(one.deltas);
    }
    add(connection, &deltas).await?;
    Ok(written.len())
}

async fn add(connection: &mut Connection<'_>, deltas: &Deltas) -> Result<(), StoreError> {
    for (batch, counters) in [
        (&ADD_TO_DAYS, &deltas.days),
        (&ADD_TO_MONTHS, &deltas.months),
    ] {
        let values = counters.iter().flat_map(|(key, value)| {
            [
                key.day.number().into(),
                key.measure.as_str().into(),
                key.plan.as_str().into(),
                key.detail.as_str().into(),
                (*value).clamp(-VALUE_MAX, VALUE_MAX).into(),
            ]
        });
        connection.execute_batch(batch, values.collect()).await?;
    }
    let ends = deltas.ends.iter().flat_map(end_values);
    connection
        .execute_batch(&ADD_ENDS, ends.collect())
        .await
        .map(drop)
}

fn end_values(end: &End) -> [Value<'_>; 9] {
    [
        end.customer.bucket().into(),
        end.customer.as_str().into(),
        end.number.into(),
        end.standing.as_str().into(),
        end.plan.as_ref().map_or("", PlanId::as_str).into(),
        end.began_at.into(),
        end.ended_at.into(),
        Day::of(end.ended_at).first_of_month().number().into(),
        end.previous.map_or(-1, Timestamp::as_micros).into(),
    ]
}

/// The counters of all months that begin before `until`.
pub async fn months(
    connection: &mut Connection<'_>,
    until: Day,
) -> Result<Vec<Counter>, StoreError> {
    let rows = connection
        .fetch_all(MONTHS, [until.number().into()])
        .await?;
    rows.iter().map(read_counter).collect()
}

/// The counters of these days.
pub async fn days(
    connection: &mut Connection<'_>,
    days: std::ops::Range<Day>,
) -> Result<Vec<Counter>, StoreError> {
    let values = [days.start.number().into(), days.end.number().into()];
    let rows = connection.fetch_all(DAYS, values).await?;
    rows.iter().map(read_counter).collect()
}

/// What ended on these days, and why.
pub async fn ends(
    connection: &mut Connection<'_>,
    days: std::ops::Range<Day>,
) -> Result<Vec<Ends>, StoreError> {
    let values = [
        days.start.start().into(),
        days.end.start().into(),
        NOTED_WITHIN_MICROS.into(),
    ];
    let rows = connection.fetch_all(ENDS, values).await?;
    rows.iter()
        .map(|row| {
            let standing = Standing::parse(&row.text("standing")?);
            Ok(Ends {
                standing: standing.ok_or_else(|| row.corrupt("standing", "is no standing"))?,
                month: Day::from_number(row.integer("month")?),
                plan: row.text("plan_id")?,
                reason: row.text_optional("reason")?,
                ends: row.unsigned("ends")?,
                first_in_month: row.unsigned("first_in_month")?,
                first: row.unsigned("first")?,
            })
        })
        .collect()
}

fn read_counter(row: &Row) -> Result<Counter, StoreError> {
    let measure = Measure::parse(&row.text("measure")?);
    Ok(Counter {
        key: CounterKey {
            day: Day::from_number(row.integer("day")?),
            measure: measure.ok_or_else(|| row.corrupt("measure", "is no measure"))?,
            plan: row.text("plan_id")?,
            detail: row.text("detail")?,
        },
        value: row.integer("value")?,
    })
}
