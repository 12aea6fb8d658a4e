//! The committer of a database that this process owns: entries are appended, and accounts are
//! written behind.
//!
//! Deciding goes on while the entries decided before are being written. Their answers wait for
//! the disk; that a decision rests on entries not yet durable does no harm, since a write that
//! fails stops the engine.

use super::cache::Cache;
use super::command::{Answer, stored_answer};
use super::keys::{KeyHash, KeyWindow, Known};
use super::{Decide, Job, Shared};
use crate::error::{Error, OpenError};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tollgate_core::account::Account;
use tollgate_core::entry::Entry;
use tollgate_core::id::CustomerId;
use tollgate_core::request::Keyed;
use tollgate_core::time::Timestamp;
use tollgate_store::account::{AccountRows, StoredAccount};
use tollgate_store::entry::Recorded;
use tollgate_store::journal::{self, NewEntry};
use tollgate_store::{Store, StoreError};

/// Accounts written behind in one transaction: a slice.
const BEHIND_ACCOUNTS: usize = 64;
/// Entries that may stand between an account's first unwritten entry and its writing: at some
/// half a million a second, what is replayed at start stays within a few seconds.
const BEHIND_ENTRIES: i64 = 400_000;
/// How often a slice is written while there is traffic.
const BEHIND_TIME: Duration = Duration::from_secs(1);
/// Without a new entry for so long there is no traffic, and slice follows slice.
const QUIET: Duration = Duration::from_millis(100);
/// How long a host's transaction may keep the committer waiting.
const LOAN_MAX: Duration = Duration::from_secs(10);

/// An entry with its place in the record.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) position: i64,
    pub(crate) previous: i64,
    pub(crate) customer: CustomerId,
    pub(crate) entry: Entry,
}

impl Placed {
    pub(crate) fn as_new(&self) -> NewEntry<'_> {
        NewEntry {
            position: self.position,
            previous: self.previous,
            customer: &self.customer,
            entry: &self.entry,
        }
    }
}

/// What the committer knows; a host's transaction borrows it whole.
#[derive(Debug)]
pub(crate) struct State {
    cache: Cache,
    keys: KeyWindow,
    /// The position of the last entry that was decided.
    position: i64,
    /// When the last entry was made: along positions time never runs backwards.
    now: Timestamp,
}

/// A host's wish to borrow the state.
#[derive(Debug)]
pub(crate) struct LoanRequest {
    pub(super) reply: oneshot::Sender<Loan>,
}

/// The committer's state, lent; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Loan {
    state: Option<State>,
    back: Option<oneshot::Sender<State>>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let (Some(state), Some(back)) = (self.state.take(), self.back.take()) {
            let _ = back.send(state);
        }
    }
}

impl Loan {
    fn state(&mut self) -> &mut State {
        self.state.as_mut().expect("only taken when it is dropped")
    }

    /// Time for a decision in the loan.
    pub(crate) fn now(&mut self, clock: Timestamp) -> Timestamp {
        self.state().now.max(clock)
    }

    /// A copy of the account with the position of its last entry.
    pub(crate) async fn account(
        &mut self,
        store: &Store,
        customer: &CustomerId,
    ) -> Result<Option<StoredAccount>, StoreError> {
        let state = self.state();
        state.load(store, std::iter::once(customer)).await?;
        Ok(state.cache.get_mut(customer).map(|cached| StoredAccount {
            account: cached.account.clone(),
            position: cached.position,
        }))
    }

    /// What is known of a key.
    pub(crate) fn key_position(&mut self, customer: &CustomerId, keyed: &Keyed) -> Option<i64> {
        let state = self.state();
        match state.keys.known(state.keys.hash(customer, &keyed.key)) {
            Known::At(position) => Some(position),
            Known::No | Known::Waiting => None,
        }
    }

    /// The position of the last entry in the record.
    pub(crate) fn position(&mut self) -> i64 {
        self.state().position
    }

    /// The host's transaction ended nobody knows how: the state is not given back, and the engine
    /// stops.
    pub(crate) fn poison(&mut self) {
        self.back = None;
    }

    /// The host's transaction is durable: its accounts and entries are the newest.
    pub(crate) fn accept(&mut self, accounts: Vec<StoredAccount>, entries: &[Placed]) {
        let state = self.state();
        for placed in entries {
            state.position = state.position.max(placed.position);
            state.now = state.now.max(placed.entry.at);
            if let Some(keyed) = &placed.entry.keyed {
                let hash = state.keys.hash(&placed.customer, &keyed.key);
                state.keys.keep(hash, placed.position, placed.entry.at);
            }
        }
        for stored in accounts {
            let customer = stored.account.customer().clone();
            let first = entries
                .iter()
                .find(|placed| placed.customer == customer)
                .map(|placed| placed.position);
            if let Some(cached) = state.cache.get_mut(&customer) {
                cached.account = stored.account;
                cached.position = stored.position;
            } else {
                state.cache.insert(stored);
            }
            if let Some(first) = first {
                state.cache.mark_dirty(&customer, first);
            }
        }
    }
}

impl State {
    /// Brings missing accounts into memory. A customer that does not exist stays missing.
    async fn load(
        &mut self,
        store: &Store,
        customers: impl Iterator<Item = &CustomerId>,
    ) -> Result<(), StoreError> {
        let mut missing: Vec<CustomerId> = customers
            .filter(|customer| !self.cache.contains(customer))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        missing.dedup();
        for stored in store.load(&missing).await? {
            self.cache.insert(stored);
        }
        Ok(())
    }
}

/// Who waits, and for what answer.
type Waiting = (oneshot::Sender<Result<Answer, Error>>, Answer);

/// Entries decided together, and who waits for them.
#[derive(Debug, Default)]
struct Batch {
    entries: Vec<Placed>,
    answers: Vec<Waiting>,
    keys: Vec<(KeyHash, i64, Timestamp)>,
}

/// Accounts to be written behind.
#[derive(Debug)]
struct Behind {
    accounts: Vec<StoredAccount>,
    /// With them written, every account holds the record up to here.
    position: i64,
}

/// What a writer brings back.
type Written = Result<Vec<(KeyHash, i64, Timestamp)>, ()>;

/// Decides and hands batches to the writer.
#[derive(Debug)]
pub(super) struct Committer {
    shared: Arc<Shared>,
    state: State,
    current: Batch,
    /// Requests whose key is decided and not yet durable.
    deferred: Vec<Decide>,
    writer: Option<JoinHandle<Written>>,
    failed: watch::Sender<bool>,
    /// When accounts were last written behind, by the runtime's clock.
    behind_at: Instant,
    /// When entries were last handed to the writer.
    entries_at: Instant,
}

impl Committer {
    /// Reads the record from the position up to which the accounts are whole, applies it to them,
    /// and reads the keys of the last day.
    pub(super) async fn recover(
        shared: Arc<Shared>,
        failed: watch::Sender<bool>,
    ) -> Result<Self, OpenError> {
        let store = shared.store.clone();
        let kept = i64::try_from(shared.options.keys_kept.as_secs()).unwrap_or(i64::MAX);
        let recovered = journal::recover(&store).await?;
        if recovered > 0 {
            tracing::info!(
                entries = recovered,
                "accounts brought forward from the record"
            );
        }
        let mut reader = store.read().await?;
        let tail = journal::tail(&mut reader).await?;
        let mut state = State {
            cache: Cache::new(shared.options.cached_accounts_max),
            keys: KeyWindow::new(kept),
            position: tail.position,
            now: shared.clock.now().max(tail.at),
        };
        let since = state
            .now
            .as_micros()
            .saturating_sub(kept.saturating_mul(1_000_000));
        let mut looked = journal::first_at(&mut reader, Timestamp::from_micros(since)).await? - 1;
        while looked < tail.position {
            let (page, end) = journal::keys(&mut reader, looked, tail.position).await?;
            looked = end;
            for found in page {
                let hash = state.keys.hash(&found.customer, &found.keyed.key);
                state.keys.keep(hash, found.position, found.at);
            }
        }
        drop(reader);
        Ok(Self {
            shared,
            state,
            current: Batch::default(),
            deferred: Vec::new(),
            writer: None,
            failed,
            behind_at: Instant::now(),
            entries_at: Instant::now(),
        })
    }

    /// Runs until every sender of the queue is gone and all is written.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let batch_max = self.shared.options.batch_max;
        let mut jobs = Vec::with_capacity(batch_max);
        loop {
            let room = batch_max.saturating_sub(self.current.answers.len());
            let is_behind = self.writer.is_none() && self.state.cache.first_dirty().is_some();
            tokio::select! {
                biased;
                written = wait(&mut self.writer), if self.writer.is_some() => {
                    self.writer = None;
                    if !self.accept(written) {
                        return self.fail(queue).await;
                    }
                    jobs.extend(std::mem::take(&mut self.deferred).into_iter().map(Job::Decide));
                }
                count = queue.recv_many(&mut jobs, room), if room > 0 => {
                    if count == 0 {
                        break;
                    }
                }
                () = tokio::time::sleep_until(self.entries_at + QUIET), if is_behind => {}
            }
            if !self.take(&mut jobs).await {
                return self.fail(queue).await;
            }
            self.hand_over();
        }
        if !self.finish().await {
            self.fail(queue).await;
        }
    }

    /// Decides what came in. False when the database failed.
    async fn take(&mut self, jobs: &mut Vec<Job>) -> bool {
        if jobs.is_empty() {
            return true;
        }
        let now = self.state.now.max(self.shared.clock.now());
        let customers = jobs.iter().filter_map(|job| match job {
            Job::Decide(decide) => Some(&decide.request.customer),
            Job::Read(customer, _) => Some(customer),
            Job::Lend(_) | Job::WriteBehind(_) => None,
        });
        if let Err(error) = self.state.load(&self.shared.store, customers).await {
            // Nothing was decided: everyone may ask again.
            tracing::error!(%error, "accounts could not be loaded");
            for job in jobs.drain(..) {
                match job {
                    Job::Decide(decide) => decide.answer(Err(busy())),
                    Job::Read(_, reply) => drop(reply.send(Err(busy()))),
                    Job::Lend(_) | Job::WriteBehind(_) => {}
                }
            }
            return true;
        }
        let catalog = self.shared.catalog();
        for job in jobs.drain(..) {
            match job {
                Job::Decide(decide) => self.decide(decide, &catalog, now),
                Job::Read(customer, reply) => {
                    let account = self
                        .state
                        .cache
                        .get_mut(&customer)
                        .map(|cached| cached.account.clone());
                    let _ = reply.send(Ok(account));
                }
                Job::WriteBehind(reply) => {
                    if !self.write_all_behind().await {
                        return false;
                    }
                    let _ = reply.send(());
                }
                Job::Lend(request) => {
                    if !self.lend(request).await {
                        return false;
                    }
                }
            }
        }
        self.state.cache.forget_unused();
        true
    }

    fn decide(&mut self, decide: Decide, catalog: &tollgate_core::Catalog, now: Timestamp) {
        let Decide { request, reply } = decide;
        let hash = request
            .keyed
            .as_ref()
            .map(|keyed| self.state.keys.hash(&request.customer, &keyed.key));
        if let Some(hash) = hash {
            match self.state.keys.known(hash) {
                Known::No if self.state.keys.is_full() => {
                    let _ = reply.send(Err(busy()));
                    return;
                }
                Known::No => {}
                Known::Waiting => return self.deferred.push(Decide { request, reply }),
                Known::At(position) => {
                    self.shared.stats.replayed.fetch_add(1, Ordering::Relaxed);
                    let store = self.shared.store.clone();
                    tokio::spawn(answer_again(store, position, Decide { request, reply }));
                    return;
                }
            }
        }
        if request.command.opens() && !self.state.cache.contains(&request.customer) {
            let account = Account::empty(request.customer.clone());
            self.state.cache.insert(StoredAccount {
                account,
                position: 0,
            });
        }
        let Some(cached) = self.state.cache.get_mut(&request.customer) else {
            let _ = reply.send(Err(Error::UnknownCustomer));
            return;
        };
        let answer =
            request
                .command
                .decide(&mut cached.account, catalog, request.keyed.as_ref(), now);
        let first = self.state.position + 1;
        for entry in cached.account.take_entries() {
            self.state.position += 1;
            let position = self.state.position;
            if let Some(hash) = hash.filter(|_| entry.keyed.is_some()) {
                self.state.keys.wait(hash);
                self.current.keys.push((hash, position, entry.at));
            }
            let previous = std::mem::replace(&mut cached.position, position);
            self.current.entries.push(Placed {
                position,
                previous,
                customer: request.customer.clone(),
                entry,
            });
        }
        if self.state.position >= first {
            self.state.now = now;
            self.state.cache.mark_dirty(&request.customer, first);
        }
        self.current.answers.push((reply, answer));
    }

    /// Gives the writer what is decided, if it is free, and accounts that are due.
    fn hand_over(&mut self) {
        if self.writer.is_some() {
            return;
        }
        if self.current.entries.is_empty() {
            // Nothing undurable that an answer could rest on.
            for (reply, answer) in self.current.answers.drain(..) {
                self.shared.stats.count_answer(answer.is_granted());
                let _ = reply.send(Ok(answer));
            }
        } else {
            self.entries_at = Instant::now();
        }
        let behind = if self.is_behind_due() {
            self.take_behind(BEHIND_ACCOUNTS)
        } else {
            None
        };
        if !self.current.entries.is_empty() || behind.is_some() {
            self.spawn_writer(behind);
        }
    }

    fn spawn_writer(&mut self, behind: Option<Behind>) {
        let batch = std::mem::take(&mut self.current);
        self.writer = Some(tokio::spawn(write(Arc::clone(&self.shared), batch, behind)));
    }

    /// Whether a slice of accounts is to be written: they lie too far behind, the last slice is a
    /// while ago, or there is nothing else to do.
    fn is_behind_due(&self) -> bool {
        self.state.cache.first_dirty().is_some_and(|first| {
            self.state.position - first >= BEHIND_ENTRIES
                || self.behind_at.elapsed() >= BEHIND_TIME
                || self.entries_at.elapsed() >= QUIET
        })
    }

    /// Takes a slice of the accounts that are behind. The writer must be free and gets it together
    /// with all that is decided: a row must never hold what the record does not.
    fn take_behind(&mut self, count: usize) -> Option<Behind> {
        self.state.cache.first_dirty()?;
        self.behind_at = Instant::now();
        let accounts = self.state.cache.take_dirty(count);
        let first = self.state.cache.first_dirty();
        Some(Behind {
            accounts,
            position: first.map_or(self.state.position, |first| first - 1),
        })
    }

    /// Takes note of what became durable.
    fn accept(&mut self, written: Written) -> bool {
        let Ok(keys) = written else { return false };
        for (hash, position, at) in keys {
            self.state.keys.keep(hash, position, at);
        }
        self.state.keys.prune(self.state.now);
        true
    }

    /// Writes what is decided, then lends the state and waits for it to come back.
    async fn lend(&mut self, request: LoanRequest) -> bool {
        if !self.flush().await {
            return false;
        }
        let (back, returned) = oneshot::channel();
        let position = self.state.position;
        let empty = State {
            cache: Cache::new(0),
            keys: KeyWindow::new(0),
            position,
            now: self.state.now,
        };
        let state = std::mem::replace(&mut self.state, empty);
        let loan = Loan {
            state: Some(state),
            back: Some(back),
        };
        // A borrower that is gone already drops the loan, which sends the state back.
        let _ = request.reply.send(loan);
        if let Ok(Ok(state)) = tokio::time::timeout(LOAN_MAX, returned).await {
            self.state = state;
            true
        } else {
            tracing::error!("a host's transaction did not end within {LOAN_MAX:?}");
            false
        }
    }

    /// Writes everything that is decided.
    async fn flush(&mut self) -> bool {
        loop {
            if self.writer.is_some() {
                let written = wait(&mut self.writer).await;
                self.writer = None;
                if !self.accept(written) {
                    return false;
                }
            }
            if self.current.answers.is_empty() {
                return true;
            }
            self.spawn_writer(None);
        }
    }

    /// Answers everyone and writes every account.
    async fn finish(&mut self) -> bool {
        loop {
            if !self.flush().await {
                return false;
            }
            if self.deferred.is_empty() {
                break;
            }
            let mut jobs: Vec<Job> = std::mem::take(&mut self.deferred)
                .into_iter()
                .map(Job::Decide)
                .collect();
            if !self.take(&mut jobs).await {
                return false;
            }
        }
        self.write_all_behind().await
    }

    async fn write_all_behind(&mut self) -> bool {
        if !self.flush().await {
            return false;
        }
        while let Some(behind) = self.take_behind(4 * BEHIND_ACCOUNTS) {
            self.spawn_writer(Some(behind));
            if !self.flush().await {
                return false;
            }
        }
        true
    }

    /// The record could not be written: nobody gets an answer that may be wrong, and the process
    /// has to stop. What is durable is found again at the next start.
    async fn fail(mut self, mut queue: mpsc::Receiver<Job>) {
        let _ = self.failed.send(true);
        queue.close();
        let unknown = &self.shared.stats.unknown;
        for (reply, _) in self.current.answers.drain(..) {
            unknown.fetch_add(1, Ordering::Relaxed);
            let _ = reply.send(Err(Error::Unknown));
        }
        for decide in self.deferred.drain(..) {
            unknown.fetch_add(1, Ordering::Relaxed);
            decide.answer(Err(Error::Unknown));
        }
        while let Some(job) = queue.recv().await {
            match job {
                Job::Decide(decide) => decide.answer(Err(Error::Stopping)),
                Job::Read(_, reply) => drop(reply.send(Err(Error::Stopping))),
                Job::Lend(_) | Job::WriteBehind(_) => {}
            }
        }
    }
}

fn busy() -> Error {
    Error::Busy {
        retry_after: super::RETRY_AFTER,
    }
}

/// Waits for the writer; a writer that panicked wrote nobody knows what.
async fn wait(writer: &mut Option<JoinHandle<Written>>) -> Written {
    match writer {
        Some(handle) => handle.await.unwrap_or(Err(())),
        None => std::future::pending().await,
    }
}

/// Appends a batch and answers those who wait for it once it is durable; then writes the accounts,
/// which nobody waits for.
async fn write(shared: Arc<Shared>, batch: Batch, behind: Option<Behind>) -> Written {
    let Batch {
        entries,
        answers,
        keys,
    } = batch;
    #[cfg(feature = "fault-injection")]
    let answers = answer_early(answers).await;
    let started = Instant::now();
    if let Err(error) = append(&shared.store, &entries).await {
        tracing::error!(%error, "the record could not be written");
        for (reply, _) in answers {
            shared.stats.unknown.fetch_add(1, Ordering::Relaxed);
            let _ = reply.send(Err(Error::Unknown));
        }
        return Err(());
    }
    if !entries.is_empty() {
        shared.stats.count_commit(entries.len(), started.elapsed());
    }
    for (reply, answer) in answers {
        shared.stats.count_answer(answer.is_granted());
        let _ = reply.send(Ok(answer));
    }
    if let Some(behind) = behind
        && let Err(error) = checkpoint(&shared.store, &behind).await
    {
        tracing::error!(%error, "accounts could not be written");
        return Err(());
    }
    Ok(keys)
}

/// The fault of answering before anything is durable.
#[cfg(feature = "fault-injection")]
async fn answer_early(answers: Vec<Waiting>) -> Vec<Waiting> {
    if !crate::fault::answers_early() {
        return answers;
    }
    // Customers are begun before anybody consumes: that must hold here too.
    let (early, late): (Vec<Waiting>, Vec<Waiting>) = answers
        .into_iter()
        .partition(|(_, answer)| matches!(answer, Answer::Receipt(_)));
    for (reply, answer) in early {
        let _ = reply.send(Ok(answer));
    }
    tokio::time::sleep(crate::fault::EARLY_BY).await;
    late
}

async fn append(store: &Store, entries: &[Placed]) -> Result<(), StoreError> {
    let entries: Vec<NewEntry<'_>> = entries.iter().map(Placed::as_new).collect();
    store.append(&entries).await
}

async fn checkpoint(store: &Store, behind: &Behind) -> Result<(), StoreError> {
    let mut rows = AccountRows::new();
    for stored in &behind.accounts {
        rows.push(
            &stored.account,
            stored.account.version().saturating_sub(1),
            stored.position,
        );
    }
    store.checkpoint(&rows, behind.position).await
}

/// Answers a request whose key was used before.
async fn answer_again(store: Store, position: i64, decide: Decide) {
    let answer = match entry_at(&store, position).await {
        Ok(Some(found)) if found.customer == decide.request.customer => stored_answer(
            &decide.request.customer,
            &found.entry,
            decide.request.keyed.as_ref(),
        ),
        Ok(_) => Err(Error::Unknown),
        Err(error) => Err(error.into()),
    };
    decide.answer(answer);
}

/// The entry at a position of the record.
pub(crate) async fn entry_at(store: &Store, position: i64) -> Result<Option<Recorded>, StoreError> {
    journal::at(&mut store.read().await?, position).await
}
