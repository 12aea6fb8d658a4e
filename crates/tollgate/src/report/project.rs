//! Folds the record into the counters of reports, behind the commits and never in their way.
//!
//! Counters, customers and the place in the record move in one transaction, so that a process that
//! dies between two of them counts nothing twice. On PostgreSQL several replicas fold at once: a
//! customer is written only where nobody else has folded it meanwhile.

use crate::engine::{Engine, Stats};
use crate::error::Error;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tollgate_core::catalog::Catalog;
use tollgate_core::id::CustomerId;
use tollgate_core::report::Deltas;
use tollgate_core::time::Timestamp;
use tollgate_store::entry::Recorded;
use tollgate_store::report::{self, Behind, Folded, Progress};
use tollgate_store::{Engine as Database, Store, StoreError, journal};

/// Entries folded in one transaction while the engine runs: few, for who comes meanwhile waits.
const ENTRIES_MAX: u32 = 250;
/// Entries folded in one transaction when nobody else waits for the database.
const ENTRIES_ALONE_MAX: u32 = 10_000;
/// Customers folded in one transaction.
const CUSTOMERS_MAX: usize = 500;
/// Buckets that are searched at a time for customers with new entries.
const BUCKETS_AT_ONCE: i64 = 128;

/// The writer is left alone for as long as it was held, and for so many times as long again when
/// others wrote all that time.
const BUSY_REST_TIMES: u32 = 24;
/// A search that finds nothing new is repeated after so many times as long as it took.
const SEARCH_REST_TIMES: u32 = 50;
/// How old the note of a search without news may get.
const NOTE_SECONDS: i64 = 30;

/// How far the counters came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaughtUp {
    /// Everything that happened before is counted.
    pub as_of: Timestamp,
    /// Whether that is all that there was.
    pub is_current: bool,
    /// Entries that were folded now.
    pub entries: u64,
}

/// Folds the record of one database.
#[derive(Debug)]
pub(crate) struct Projector {
    store: Store,
    catalog: Option<Arc<Catalog>>,
    entries_max: u32,
    /// Set where the process has to stop once the disk refused: what it refused may seem to be
    /// written the next time, and what others append behind it would be lost with the power.
    failed: Option<watch::Sender<bool>>,
}

/// For how long to fold, and how.
#[derive(Clone, Copy, Debug)]
struct Pace<'a> {
    until: Instant,
    /// What the others write that the writer has to serve.
    others: Option<&'a Stats>,
}

impl<'a> Pace<'a> {
    fn new(time_max: Duration, others: Option<&'a Stats>) -> Self {
        Self {
            until: Instant::now() + time_max,
            others,
        }
    }

    fn is_over(self) -> bool {
        Instant::now() >= self.until
    }

    /// Leaves the writer, held for so long, to the others: the longer, the more they wrote since.
    async fn rest(self, held: Duration) {
        let Some(others) = self.others else { return };
        let before = others.commit_time();
        tokio::time::sleep(held).await;
        let written = others.commit_time().saturating_sub(before);
        tokio::time::sleep(written.min(held) * BUSY_REST_TIMES).await;
    }
}

/// Folds what the record has got since, for at most `time_max`. `now` is the time by the engine's
/// clock. For a database that no engine of this process has open.
pub async fn catch_up(
    store: &Store,
    now: Timestamp,
    time_max: Duration,
    progress: impl FnMut(u64),
) -> Result<CaughtUp, StoreError> {
    let mut projector = Projector {
        entries_max: ENTRIES_ALONE_MAX,
        ..Projector::new(store.clone(), None)
    };
    let rate = Pace::new(time_max, None);
    projector.catch_up(now, rate, progress).await
}

/// Throws the counters away, so that the record is folded anew from its beginning.
pub async fn rebuild(store: &Store) -> Result<(), StoreError> {
    store
        .transaction(|transaction| Box::pin(async move { report::begin_anew(transaction).await }))
        .await
}

/// Runs behind the engine until it is gone.
pub(crate) async fn run(engine: Weak<Engine>) {
    let mut wait = Duration::ZERO;
    loop {
        let every = match engine.upgrade() {
            Some(engine) => engine.reports_every(),
            None => return,
        };
        tokio::time::sleep(every.max(wait)).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        let begun = Instant::now();
        match engine.catch_up_behind().await {
            Ok(caught_up) if caught_up.entries == 0 => wait = begun.elapsed() * SEARCH_REST_TIMES,
            Ok(_) => wait = Duration::ZERO,
            Err(error) => {
                tracing::warn!(%error, "the record could not be folded into the reports; it is tried again");
            }
        }
    }
}

impl Projector {
    /// A projector that leaves room for others.
    pub(crate) fn new(store: Store, failed: Option<watch::Sender<bool>>) -> Self {
        Self {
            store,
            catalog: None,
            entries_max: ENTRIES_MAX,
            failed,
        }
    }

    /// Folds what the record has got since, page by page.
    async fn catch_up(
        &mut self,
        now: Timestamp,
        rate: Pace<'_>,
        mut told: impl FnMut(u64),
    ) -> Result<CaughtUp, StoreError> {
        match self.store.engine() {
            Database::Sqlite => self.follow_journal(now, rate, &mut told).await,
            Database::Postgres => self.follow_customers(now, rate, &mut told).await,
        }
    }

    /// On SQLite the record has one order.
    async fn follow_journal(
        &mut self,
        now: Timestamp,
        rate: Pace<'_>,
        told: &mut impl FnMut(u64),
    ) -> Result<CaughtUp, StoreError> {
        let mut caught_up = CaughtUp {
            as_of: now,
            is_current: true,
            entries: 0,
        };
        loop {
            let mut reader = self.store.read().await?;
            let progress = report::progress(&mut reader).await?;
            let page = journal::after(&mut reader, progress.position, self.entries_max).await?;
            drop(reader);
            let Some(last) = page.last() else {
                return Ok(caught_up);
            };
            let (position, at) = (last.position, last.entry.at);
            let is_last = page.len() < usize::try_from(self.entries_max).unwrap_or(usize::MAX);
            let entries = page.len() as u64;
            let held = self.fold(&progress, position, page).await?;
            caught_up.entries += entries;
            told(caught_up.entries);
            if is_last {
                return Ok(caught_up);
            }
            if rate.is_over() {
                caught_up.as_of = at;
                caught_up.is_current = false;
                return Ok(caught_up);
            }
            rate.rest(held).await;
        }
    }

    /// On PostgreSQL each customer's entries have their own order: customers with entries that are
    /// not folded are searched for.
    async fn follow_customers(
        &mut self,
        now: Timestamp,
        rate: Pace<'_>,
        told: &mut impl FnMut(u64),
    ) -> Result<CaughtUp, StoreError> {
        let mut entries = 0;
        let first = report::progress(&mut self.store.read().await?).await?;
        for part in 0..CustomerId::BUCKETS / BUCKETS_AT_ONCE {
            let buckets = part * BUCKETS_AT_ONCE..(part + 1) * BUCKETS_AT_ONCE;
            loop {
                let mut reader = self.store.read().await?;
                let progress = report::progress(&mut reader).await?;
                let behind = report::behind(&mut reader, buckets.clone(), CUSTOMERS_MAX).await?;
                let (behind, is_cut) = bounded(behind, u64::from(self.entries_max));
                let is_last = !is_cut && behind.len() < CUSTOMERS_MAX;
                let page = report::entries(&mut reader, &behind).await?;
                drop(reader);
                if page.is_empty() {
                    break;
                }
                entries += page.len() as u64;
                let held = self.fold(&progress, progress.position, page).await?;
                told(entries);
                if is_last {
                    break;
                }
                // What was searched before may have been thrown away meanwhile.
                if rate.is_over() || progress.generation != first.generation {
                    return Ok(CaughtUp {
                        as_of: progress.caught_up_at,
                        is_current: false,
                        entries,
                    });
                }
                rate.rest(held).await;
            }
        }
        if entries > 0 || first.caught_up_at.plus_seconds(NOTE_SECONDS) <= now {
            let mut transaction = self.store.begin().await?;
            report::caught_up(&mut transaction, first.generation, now).await?;
            transaction.commit().await?;
        }
        Ok(CaughtUp {
            as_of: now,
            is_current: true,
            entries,
        })
    }

    /// Folds a page and writes what came of it. Answers how long the writer was held.
    async fn fold(
        &mut self,
        progress: &Progress,
        position: i64,
        page: Vec<Recorded>,
    ) -> Result<Duration, StoreError> {
        let mut reader = self.store.read().await?;
        let mut known = report::load(&mut reader, &page).await?;
        let before: BTreeMap<CustomerId, tollgate_core::report::CustomerReport> = known
            .iter()
            .map(|(customer, state)| (customer.clone(), state.clone()))
            .collect();
        // Read after the entries, it knows every plan that they name.
        let catalog = self.catalog(&mut reader).await?;
        drop(reader);
        let mut deltas: BTreeMap<CustomerId, Deltas> = BTreeMap::new();
        for recorded in &page {
            let customer = &recorded.customer;
            let state = known.entry(customer.clone()).or_default();
            let deltas = deltas.entry(customer.clone()).or_default();
            let folded = state.fold(customer, &recorded.entry, &catalog, deltas);
            folded.map_err(|error| StoreError::Corrupt {
                table: "entries",
                column: "number",
                id: customer.to_string(),
                source: error.into(),
            })?;
        }
        let mut folded = Vec::with_capacity(deltas.len());
        for (customer, deltas) in deltas {
            let (Some(state), Some(before)) = (known.remove(&customer), before.get(&customer))
            else {
                continue;
            };
            if state.number == before.number {
                continue;
            }
            let members = state.members.iter();
            let members = members.filter(|(name, last)| before.members.get(*name) != Some(*last));
            folded.push(Folded {
                number_before: before.number,
                members: members
                    .map(|(name, last)| (name.clone(), last.clone()))
                    .collect(),
                customer,
                state,
                deltas,
            });
        }
        let mut transaction = self.store.begin().await?;
        let begun = Instant::now();
        report::write(&mut transaction, progress, position, folded).await?;
        let committed = transaction.commit().await;
        if let (Err(error), Some(failed)) = (&committed, &self.failed)
            && error.is_unknown()
        {
            tracing::error!(%error, "the reports could not be written to the file");
            let _ = failed.send(true);
        }
        committed?;
        Ok(begun.elapsed())
    }

    /// The catalog as it stands in the database.
    async fn catalog(
        &mut self,
        reader: &mut tollgate_store::Connection<'_>,
    ) -> Result<Arc<Catalog>, StoreError> {
        let version = tollgate_store::catalog::current_version(reader).await?;
        if let Some(known) = &self.catalog
            && version == Some(known.version)
        {
            return Ok(Arc::clone(known));
        }
        let current = tollgate_store::catalog::current(reader).await?;
        let current = Arc::new(current.ok_or_else(|| StoreError::Corrupt {
            table: "catalog_versions",
            column: "content",
            id: "the newest".to_owned(),
            source: "a record without a catalog".into(),
        })?);
        self.catalog = Some(Arc::clone(&current));
        Ok(current)
    }
}

/// The first of these customers, with at most so many entries in all; whether that left any out.
fn bounded(behind: Vec<Behind>, entries_max: u64) -> (Vec<Behind>, bool) {
    let mut left = entries_max;
    let mut chosen = Vec::new();
    for one in behind {
        if left == 0 {
            return (chosen, true);
        }
        let entries = (one.version - one.number).min(left);
        left -= entries;
        let is_whole = one.number + entries == one.version;
        chosen.push(Behind {
            version: one.number + entries,
            ..one
        });
        if !is_whole {
            return (chosen, true);
        }
    }
    (chosen, false)
}

impl Engine {
    /// Folds what the record has got since, before a report is read: at once, for at most
    /// `time_max`.
    pub(crate) async fn catch_up(&self, time_max: Duration) -> Result<CaughtUp, Error> {
        let mut projector = self.projector().await;
        let rate = Pace::new(time_max, None);
        Ok(projector.catch_up(self.now(), rate, |_| {}).await?)
    }

    /// The same behind the commits, with a rest after each page.
    async fn catch_up_behind(&self) -> Result<CaughtUp, Error> {
        let mut projector = self.projector().await;
        let rate = Pace::new(self.reports_every(), Some(self.stats()));
        Ok(projector.catch_up(self.now(), rate, |_| {}).await?)
    }
}
