//! Reports: what the record says of the business, exactly, at any time.
//!
//! The record is folded into counters behind its commits ([`catch_up`]); a report is read from the
//! counters alone ([`read`]), however long the history is. [`Tollgate::report`] does both.

mod assemble;
mod definitions;
mod figures;
mod project;
mod range;

pub use definitions::Definition;
pub use figures::{
    Active, Churn, Comment, Conversion, Customers, FeatureUnits, Month, Payments, PlanConversions,
    PlanCustomers, PlanEnds, PlanMembers, PlanRecurring, Reason, Recurring, Report, Share,
    TopUpPayments, Usage, Utilisation,
};
pub use project::{CaughtUp, catch_up, rebuild};
pub use range::{MONTHS_MAX, RangeError, ReportRange};

pub(crate) use project::{Projector, run};

use crate::error::Error;
use crate::facade::Tollgate;
use std::time::Duration;
use tollgate_core::report::Day;
use tollgate_core::time::Timestamp;
use tollgate_store::{Engine, Store, cancellation, journal, payment, report};

/// How long a report waits for the counters to catch up with the record.
const CATCH_UP_MAX: Duration = Duration::from_secs(2);
/// The most comments of customers who left, the newest ones.
const COMMENTS_MAX: u32 = 200;

impl Tollgate {
    /// The report over these days, as of now: the counters catch up with the record first. When
    /// there is too much to catch up with, the report is of an earlier moment, and says so.
    pub async fn report(&self, range: &ReportRange) -> Result<Report, Error> {
        let (tollgate, range) = (self.clone(), *range);
        // Whoever gives up waiting leaves no transaction half begun on its connection.
        let report = tokio::spawn(async move {
            let caught_up = tollgate.engine().catch_up(CATCH_UP_MAX).await?;
            Ok(read_as_of(tollgate.store(), &range, caught_up).await?)
        });
        report.await.unwrap_or(Err(Error::Stopping))
    }
}

/// The report over these days, from the counters as they stand: `now` is when it is asked for.
pub async fn read(
    store: &Store,
    range: &ReportRange,
    now: Timestamp,
) -> Result<Report, tollgate_store::StoreError> {
    let mut snapshot = store.snapshot().await?;
    let progress = report::progress(&mut snapshot).await?;
    let mut caught_up = CaughtUp {
        as_of: progress.caught_up_at,
        is_current: false,
        entries: 0,
    };
    if store.engine() == Engine::Sqlite {
        // Times rise with positions.
        let tail = journal::tail(&mut snapshot).await?;
        caught_up = if tail.position == progress.position {
            CaughtUp {
                as_of: now,
                is_current: true,
                ..caught_up
            }
        } else {
            let last = journal::at(&mut snapshot, progress.position).await?;
            CaughtUp {
                as_of: last.map_or(Timestamp::MIN, |last| last.entry.at),
                ..caught_up
            }
        };
    }
    snapshot.rollback().await?;
    read_as_of(store, range, caught_up).await
}

/// The report over these days, of counters that were brought up to a moment.
pub async fn read_as_of(
    store: &Store,
    range: &ReportRange,
    caught_up: CaughtUp,
) -> Result<Report, tollgate_store::StoreError> {
    let (from, until) = (range.from(), range.until());
    let mut snapshot = store.snapshot().await?;
    let mut parts = assemble::Parts {
        range: *range,
        caught_up,
        months: report::months(&mut snapshot, until).await?,
        days: Vec::new(),
        ends: report::ends(&mut snapshot, from..until).await?,
        sold: Vec::new(),
        sold_in_all: payment::sold(&mut snapshot, from.start(), until.start()).await?,
        buyers: payment::buyers(&mut snapshot, from.start(), until.start()).await?,
        comments: cancellation::commented(&mut snapshot, from.start(), until.start(), COMMENTS_MAX)
            .await?,
    };
    // Only months that are asked for in part are added up from their days.
    for days in partial_months(from, until) {
        parts.days.extend(report::days(&mut snapshot, days).await?);
    }
    for days in range.months() {
        let (start, end) = (days.start.start(), days.end.start());
        let sold = payment::sold(&mut snapshot, start, end).await?;
        let buyers = payment::buyers(&mut snapshot, start, end).await?;
        parts.sold.push((sold, buyers));
    }
    snapshot.rollback().await?;
    Ok(parts.report())
}

/// The whole months that the range begins or ends within.
fn partial_months(from: Day, until: Day) -> Vec<std::ops::Range<Day>> {
    let mut firsts = vec![from, until];
    firsts.retain(|day| *day != day.first_of_month());
    let mut firsts: Vec<Day> = firsts.into_iter().map(Day::first_of_month).collect();
    firsts.dedup();
    firsts
        .into_iter()
        .map(|first| first..first.plus_months(1))
        .collect()
}
