//! The committer of a database that other replicas write too: every write compares versions.
//!
//! Accounts are decided from memory. A batch takes its accounts out of the memory for the length
//! of its commit, so that two batches in flight never touch the same one; what comes for such an
//! account meanwhile waits and makes the next batch. Accounts whose version had moved are left out
//! of the commit; they are locked and loaded, and their requests decided again. Where replicas often
//! meet at the same accounts, batches lock theirs from the beginning.

use super::command::{Answer, stored_answer};
use super::{Decide, Job, RETRY_AFTER, Request, Shared};
use crate::error::Error;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tollgate_core::account::Account;
use tollgate_core::entry::Entry;
use tollgate_core::id::{CustomerId, IdempotencyKey};
use tollgate_store::account::StoredAccount;
use tollgate_store::entry::Recorded;
use tollgate_store::ledger::{self, Commit, CommitOutcome};
use tollgate_store::sql::rows_at_once;
use tollgate_store::{StoreError, Transaction};

/// Commits in flight at once: one works while the other waits for the disk.
const COMMITS_MAX: usize = 2;
/// The first pause before a batch is tried again; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(2);
const PAUSE_MAX: Duration = Duration::from_millis(250);
/// Batches that lock their accounts from the beginning after one in which many had moved.
const LOCKING_BATCHES: u32 = 16;
/// The share of a batch's accounts, as a divisor, from which on that is many.
const MANY: usize = 4;

/// Gathers requests into batches.
#[derive(Debug)]
pub(super) struct Committer {
    shared: Arc<Shared>,
    /// Accounts as this process last wrote or read them.
    accounts: HashMap<CustomerId, Account>,
    /// Accounts that a batch has taken.
    taken: HashSet<CustomerId>,
    /// Requests that wait for an account to come back.
    waiting: HashMap<CustomerId, Vec<Decide>>,
    /// How many those are.
    waiting_count: usize,
    commits: JoinSet<Finished>,
    /// How many of the next batches lock their accounts from the beginning.
    locking: u32,
}

/// The requests to one account, in the order of their coming.
#[derive(Debug)]
struct Work {
    customer: CustomerId,
    /// The account as it was before; `None` while it has to be loaded.
    account: Option<Account>,
    /// Whether it was read in this batch, so that nobody can have changed it long ago.
    is_fresh: bool,
    requests: Vec<Decide>,
}

/// What a batch brings back.
#[derive(Debug)]
struct Finished {
    customers: Vec<CustomerId>,
    /// How many of their accounts another replica had moved.
    moved: usize,
    accounts: Vec<Account>,
    /// Requests whose key stood in the same batch already: they are asked again.
    again: Vec<Decide>,
}

impl Committer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            accounts: HashMap::new(),
            taken: HashSet::new(),
            waiting: HashMap::new(),
            waiting_count: 0,
            commits: JoinSet::new(),
            locking: 0,
        }
    }

    /// Runs until every sender of the queue is gone and all is answered.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let batch_max = self.shared.options.batch_max;
        let mut jobs: Vec<Job> = Vec::with_capacity(batch_max);
        let mut open = true;
        while open || !self.commits.is_empty() || self.waiting_count > 0 {
            let room = if open && self.waiting_count < batch_max {
                batch_max - self.waiting_count
            } else {
                0
            };
            tokio::select! {
                biased;
                Some(finished) = self.commits.join_next(), if !self.commits.is_empty() => self.take_back(finished),
                count = queue.recv_many(&mut jobs, room), if room > 0 => open = count > 0,
            }
            for job in jobs.drain(..) {
                match job {
                    Job::Decide(decide) => self.wait(decide),
                    // Reads go to the database, and transactions of the host's take their own.
                    Job::Read(_, reply) => drop(reply.send(Err(Error::Stopping))),
                    Job::Lend(_) | Job::WriteBehind(_) => {}
                }
            }
            self.begin_batch();
        }
    }

    fn wait(&mut self, decide: Decide) {
        self.waiting
            .entry(decide.request.customer.clone())
            .or_default()
            .push(decide);
        self.waiting_count += 1;
    }

    /// Begins a commit of all that waits for accounts that no commit has taken.
    fn begin_batch(&mut self) {
        if self.commits.len() >= COMMITS_MAX {
            return;
        }
        let taken = &self.taken;
        let mut ready: Vec<CustomerId> = self
            .waiting
            .keys()
            .filter(|customer| !taken.contains(*customer))
            .cloned()
            .collect();
        if ready.is_empty() {
            return;
        }
        // The others come with the next commit, which is never far.
        ready.truncate(rows_at_once(ready.len()));
        let mut work = Vec::with_capacity(ready.len());
        for customer in ready {
            let requests = self.waiting.remove(&customer).unwrap_or_default();
            self.waiting_count -= requests.len();
            self.taken.insert(customer.clone());
            let account = self.accounts.remove(&customer);
            work.push(Work {
                customer,
                account,
                is_fresh: false,
                requests,
            });
        }
        // Locks are taken in this order on every replica.
        work.sort_unstable_by(|a, b| key_order(&a.customer, &b.customer));
        self.commits.spawn(
            Batch {
                shared: Arc::clone(&self.shared),
                work,
                is_locking: self.locking > 0,
                moved: 0,
                again: Vec::new(),
                done: Vec::new(),
            }
            .run(),
        );
        self.locking = self.locking.saturating_sub(1);
    }

    fn take_back(&mut self, finished: Result<Finished, tokio::task::JoinError>) {
        let Ok(finished) = finished else {
            // A panic is a defect; whoever waited sees its outcome as unknown. Nothing of this
            // memory can be trusted any more.
            tracing::error!("a commit panicked");
            self.accounts.clear();
            self.taken.clear();
            return;
        };
        if finished.moved * MANY > finished.customers.len() {
            self.locking = LOCKING_BATCHES;
        }
        for customer in finished.customers {
            self.taken.remove(&customer);
        }
        for account in finished.accounts {
            self.accounts.insert(account.customer().clone(), account);
        }
        self.forget_some();
        for decide in finished.again {
            self.wait(decide);
        }
    }

    /// Over the maximum, forgets any accounts: each can be read again.
    fn forget_some(&mut self) {
        let too_many = self
            .accounts
            .len()
            .saturating_sub(self.shared.options.cached_accounts_max);
        if too_many > 0 {
            let forgotten: Vec<CustomerId> = self.accounts.keys().take(too_many).cloned().collect();
            for customer in forgotten {
                self.accounts.remove(&customer);
            }
        }
    }
}

/// The pause after this one.
fn longer(pause: Duration) -> Duration {
    (pause * 2).clamp(PAUSE, PAUSE_MAX)
}

/// The order in which accounts are locked: that of their primary key.
fn key_order(a: &CustomerId, b: &CustomerId) -> std::cmp::Ordering {
    (a.bucket(), a).cmp(&(b.bucket(), b))
}

/// One commit, from deciding to answering.
#[derive(Debug)]
struct Batch {
    shared: Arc<Shared>,
    work: Vec<Work>,
    /// Whether accounts are locked before they are decided on, and not only compared afterwards.
    is_locking: bool,
    /// Accounts that another replica had moved.
    moved: usize,
    again: Vec<Decide>,
    /// Accounts whose requests are answered.
    done: Vec<Account>,
}

/// An account with the answers to its requests, before they are durable.
struct Decided {
    account: Account,
    version_before: u64,
    entries: Vec<Entry>,
    answers: Vec<Result<Answer, Error>>,
}

/// How a commit ended.
enum Outcome {
    /// All of it is durable.
    Done,
    /// All of it is durable but for these accounts, which had moved.
    Partly(Vec<CustomerId>),
    /// None of it is; these accounts have to be read again.
    Again(Vec<CustomerId>),
    /// None of it is; the database was out of reach for a moment.
    Later,
    /// Nobody knows.
    Unknown,
}

impl Batch {
    async fn run(mut self) -> Finished {
        let customers: Vec<CustomerId> =
            self.work.iter().map(|work| work.customer.clone()).collect();
        let mut pause = Duration::ZERO;
        for attempt in 0..self.shared.options.tries_max {
            if attempt > 0 {
                self.shared.stats.conflicts.fetch_add(1, Ordering::Relaxed);
            }
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let pause_before = pause;
            pause = longer(pause);
            let transaction = match self.load().await {
                Ok(transaction) => transaction,
                Err(error) => {
                    tracing::warn!(%error, "accounts could not be loaded; it is tried again");
                    continue;
                }
            };
            self.set_repeated_keys_aside();
            let mut decided = self.decide();
            if let Err(error) = self.answer_repeated_refusals(&mut decided).await {
                tracing::warn!(%error, "keys could not be read; it is tried again");
                continue;
            }
            #[cfg(feature = "fault-injection")]
            self.answer_early(&decided).await;
            let outcome = match self.commit(transaction, &decided).await {
                Outcome::Done => self.answer_written(decided, Vec::new()).await,
                Outcome::Partly(moved) => self.answer_written(decided, moved).await,
                outcome => outcome,
            };
            match outcome {
                Outcome::Done => return self.finished(customers),
                Outcome::Again(moved) | Outcome::Partly(moved) => {
                    // It takes its turn at the locks, and need not wait here.
                    pause = pause_before;
                    self.is_locking = true;
                    self.moved += moved.len();
                    for work in self
                        .work
                        .iter_mut()
                        .filter(|work| moved.contains(&work.customer))
                    {
                        work.account = None;
                    }
                }
                Outcome::Later => self.forget_accounts(),
                Outcome::Unknown => return self.give_up(customers, || Error::Unknown),
            }
        }
        self.give_up(customers, || Error::Busy {
            retry_after: RETRY_AFTER,
        })
    }

    fn forget_accounts(&mut self) {
        for work in &mut self.work {
            work.account = None;
        }
    }

    /// Reads the accounts that are not in memory, or all of them, locked, in the transaction that
    /// shall write them. One that does not exist stays empty.
    async fn load(&mut self) -> Result<Option<Transaction>, StoreError> {
        if self.is_locking {
            let customers: Vec<CustomerId> =
                self.work.iter().map(|work| work.customer.clone()).collect();
            let mut transaction = self.shared.store.begin_commit().await?;
            let loaded = ledger::load_locked(&mut transaction, &customers).await?;
            self.forget_accounts();
            self.keep_loaded(loaded);
            return Ok(Some(transaction));
        }
        let missing: Vec<CustomerId> = self
            .work
            .iter()
            .filter(|work| work.account.is_none())
            .map(|work| work.customer.clone())
            .collect();
        if !missing.is_empty() {
            let loaded = self.shared.store.load(&missing).await?;
            self.keep_loaded(loaded);
        }
        Ok(None)
    }

    fn keep_loaded(&mut self, loaded: Vec<StoredAccount>) {
        let mut loaded: HashMap<CustomerId, Account> = loaded
            .into_iter()
            .map(|stored| (stored.account.customer().clone(), stored.account))
            .collect();
        for work in self.work.iter_mut().filter(|work| work.account.is_none()) {
            let account = loaded.remove(&work.customer);
            work.account = Some(account.unwrap_or_else(|| Account::empty(work.customer.clone())));
            work.is_fresh = true;
        }
    }

    /// Of two requests with the same key only the first is decided now; the other finds its answer
    /// in the record afterwards.
    fn set_repeated_keys_aside(&mut self) {
        for work in &mut self.work {
            let mut seen = HashSet::new();
            let requests = std::mem::take(&mut work.requests);
            for decide in requests {
                let is_repeated = decide
                    .request
                    .keyed
                    .as_ref()
                    .is_some_and(|keyed| !seen.insert(keyed.key.clone()));
                if is_repeated {
                    self.again.push(decide);
                } else {
                    work.requests.push(decide);
                }
            }
        }
    }

    /// Decides every request on a copy of its account, so that it can be decided again.
    fn decide(&self) -> Vec<Decided> {
        let catalog = self.shared.catalog();
        let now = self.shared.clock.now();
        self.work
            .iter()
            .map(|work| {
                let mut account = work
                    .account
                    .clone()
                    .unwrap_or_else(|| Account::empty(work.customer.clone()));
                let version_before = account.version();
                let decide = |account: &mut Account, decide: &Decide| {
                    let request = &decide.request;
                    if !account.exists() && !request.command.opens() {
                        return Err(Error::UnknownCustomer);
                    }
                    Ok(request
                        .command
                        .decide(account, &catalog, request.keyed.as_ref(), now))
                };
                let answers = work
                    .requests
                    .iter()
                    .map(|request| decide(&mut account, request))
                    .collect();
                let entries = account.take_entries();
                Decided {
                    account,
                    version_before,
                    entries,
                    answers,
                }
            })
            .collect()
    }

    /// Answers from the record what would be refused now and was granted before under the same
    /// key, and takes it out of the batch. A grant needs no look: its key is in its commit's way.
    async fn answer_repeated_refusals(
        &mut self,
        decided: &mut [Decided],
    ) -> Result<(), StoreError> {
        let refused =
            |answer: &Result<Answer, Error>| !answer.as_ref().is_ok_and(Answer::is_granted);
        let keys: Vec<(CustomerId, IdempotencyKey)> = self
            .work
            .iter()
            .zip(&*decided)
            .flat_map(|(work, decided)| work.requests.iter().zip(&decided.answers))
            .filter(|(_, answer)| refused(answer))
            .filter_map(|(decide, _)| key_of(&decide.request))
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let mut reader = self.shared.store.read().await?;
        let known = ledger::find_keys(&mut reader, &keys).await?;
        if known.is_empty() {
            return Ok(());
        }
        for (work, decided) in self.work.iter_mut().zip(decided) {
            let mut index = 0;
            while index < work.requests.len() {
                let found = key_of(&work.requests[index].request)
                    .filter(|_| refused(&decided.answers[index]))
                    .and_then(|key| known.get(&key));
                let Some(found) = found else {
                    index += 1;
                    continue;
                };
                let entry = ledger::find(&mut reader, &work.customer, found.number).await?;
                let decide = work.requests.remove(index);
                drop(decided.answers.remove(index));
                self.shared.stats.replayed.fetch_add(1, Ordering::Relaxed);
                decide.answer_from(entry.as_ref());
            }
        }
        Ok(())
    }

    /// Writes the entries of all whose accounts stand as they were decided on.
    async fn commit(&mut self, transaction: Option<Transaction>, decided: &[Decided]) -> Outcome {
        let mut commit = Commit::new();
        for decided in decided.iter().filter(|decided| !decided.entries.is_empty()) {
            commit.push(&decided.account, &decided.entries);
        }
        if commit.is_empty() {
            return Outcome::Done;
        }
        let count = |moved: &[CustomerId]| {
            let written = decided
                .iter()
                .filter(|decided| !moved.contains(decided.account.customer()));
            written.map(|decided| decided.entries.len()).sum()
        };
        let started = tokio::time::Instant::now();
        let store = &self.shared.store;
        let committed = async {
            let transaction = match transaction {
                Some(transaction) => transaction,
                None => store.begin_commit().await?,
            };
            store.commit(transaction, &commit).await
        };
        match committed.await {
            Ok(CommitOutcome::Written) => {
                self.shared
                    .stats
                    .count_commit(count(&[]), started.elapsed());
                Outcome::Done
            }
            Ok(CommitOutcome::Partly(moved)) => {
                self.shared
                    .stats
                    .count_commit(count(&moved), started.elapsed());
                Outcome::Partly(moved)
            }
            Ok(CommitOutcome::Moved(customers)) => self.answer_again(customers).await,
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "a commit was rolled back; it is tried again");
                Outcome::Later
            }
            Err(error) if error.is_unknown() => {
                tracing::warn!(%error, "the answer to a commit was lost");
                self.resolve(decided).await
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed");
                Outcome::Unknown
            }
        }
    }

    /// These customers' requests are decided again, but for those that the record answers.
    async fn answer_again(&mut self, customers: Vec<CustomerId>) -> Outcome {
        match self.answer_from_record(&customers).await {
            Ok(()) => Outcome::Again(customers),
            Err(error) => {
                tracing::warn!(%error, "keys could not be read; it is tried again");
                Outcome::Later
            }
        }
    }

    /// Answers what is durable and takes it out of the batch, so that it is never decided again.
    /// The other answers rest on what memory holds, and another replica may have written since:
    /// they are given once their accounts' versions are known to stand.
    ///
    /// The accounts in `moved` were not written; they stay in the batch, as do those whose
    /// versions turn out to have moved.
    async fn answer_written(
        &mut self,
        decided: Vec<Decided>,
        mut moved: Vec<CustomerId>,
    ) -> Outcome {
        let mut unwritten = Vec::new();
        for (work, decided) in std::mem::take(&mut self.work).into_iter().zip(decided) {
            if moved.contains(&work.customer) {
                self.work.push(work);
            } else if decided.entries.is_empty() && !work.is_fresh {
                unwritten.push((work, decided));
            } else {
                self.answer(work, decided);
            }
        }
        if unwritten.is_empty() && moved.is_empty() {
            return Outcome::Done;
        }
        let customers: Vec<CustomerId> = unwritten
            .iter()
            .map(|(work, _)| work.customer.clone())
            .collect();
        let versions = match self.versions(&customers).await {
            Ok(versions) => versions,
            Err(error) => {
                tracing::warn!(%error, "versions could not be read; it is tried again");
                self.work
                    .extend(unwritten.into_iter().map(|(work, _)| work));
                return Outcome::Later;
            }
        };
        for (work, decided) in unwritten {
            if versions.get(&work.customer).copied().unwrap_or_default() == decided.version_before {
                self.answer(work, decided);
            } else {
                moved.push(work.customer.clone());
                self.work.push(work);
            }
        }
        if moved.is_empty() {
            return Outcome::Done;
        }
        self.work
            .sort_unstable_by(|a, b| key_order(&a.customer, &b.customer));
        self.answer_again(moved).await
    }

    async fn versions(
        &self,
        customers: &[CustomerId],
    ) -> Result<HashMap<CustomerId, u64>, StoreError> {
        tollgate_store::account::versions(&mut self.shared.store.read().await?, customers).await
    }

    /// Answers the requests of these customers whose keys stand in the record, and takes them out
    /// of the batch.
    async fn answer_from_record(&mut self, customers: &[CustomerId]) -> Result<(), StoreError> {
        let work = self
            .work
            .iter()
            .filter(|work| customers.contains(&work.customer));
        let keys: Vec<(CustomerId, IdempotencyKey)> = work
            .flat_map(|work| {
                work.requests
                    .iter()
                    .filter_map(|decide| key_of(&decide.request))
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let mut reader = self.shared.store.read().await?;
        let known = ledger::find_keys(&mut reader, &keys).await?;
        for work in &mut self.work {
            for decide in std::mem::take(&mut work.requests) {
                let found = key_of(&decide.request).and_then(|key| known.get(&key));
                let Some(found) = found else {
                    work.requests.push(decide);
                    continue;
                };
                let entry = ledger::find(&mut reader, &work.customer, found.number).await?;
                self.shared.stats.replayed.fetch_add(1, Ordering::Relaxed);
                decide.answer_from(entry.as_ref());
            }
        }
        Ok(())
    }

    /// Looks in the record whether a commit whose answer was lost is there: any one of its entries
    /// decides, since all of a batch is committed or none.
    async fn resolve(&self, decided: &[Decided]) -> Outcome {
        let written = decided
            .iter()
            .find_map(|decided| Some((decided.account.customer(), decided.entries.last()?)));
        let Some((customer, entry)) = written else {
            return Outcome::Unknown;
        };
        let mut pause = PAUSE;
        for _ in 0..self.shared.options.tries_max {
            tokio::time::sleep(pause).await;
            pause = longer(pause);
            match self.shared.store.is_committed(customer, entry).await {
                Ok(true) => return Outcome::Done,
                Ok(false) => return Outcome::Later,
                Err(error) => {
                    tracing::warn!(%error, "the record could not be read; it is tried again");
                }
            }
        }
        Outcome::Unknown
    }

    /// The fault of answering before anything is durable.
    #[cfg(feature = "fault-injection")]
    async fn answer_early(&mut self, decided: &[Decided]) {
        if !crate::fault::answers_early() {
            return;
        }
        for (work, decided) in self.work.iter_mut().zip(decided) {
            for (request, answer) in work.requests.iter_mut().zip(&decided.answers) {
                // Customers are begun before anybody consumes: that must hold here too.
                if let Ok(answer @ Answer::Receipt(_)) = answer {
                    let (nobody, _) = tokio::sync::oneshot::channel();
                    let _ = std::mem::replace(&mut request.reply, nobody).send(Ok(answer.clone()));
                }
            }
        }
        tokio::time::sleep(crate::fault::EARLY_BY).await;
    }

    fn answer(&mut self, work: Work, decided: Decided) {
        for (request, answer) in work.requests.into_iter().zip(decided.answers) {
            if let Ok(answer) = &answer {
                self.shared.stats.count_answer(answer.is_granted());
            }
            request.answer(answer);
        }
        if decided.account.exists() {
            let mut account = decided.account;
            account.forget_changes();
            self.done.push(account);
        }
    }

    fn finished(self, customers: Vec<CustomerId>) -> Finished {
        Finished {
            customers,
            moved: self.moved,
            accounts: self.done,
            again: self.again,
        }
    }

    fn give_up(mut self, customers: Vec<CustomerId>, error: impl Fn() -> Error) -> Finished {
        for decide in std::mem::take(&mut self.work)
            .into_iter()
            .flat_map(|work| work.requests)
        {
            if matches!(error(), Error::Unknown) {
                self.shared.stats.unknown.fetch_add(1, Ordering::Relaxed);
            }
            decide.answer(Err(error()));
        }
        self.finished(customers)
    }
}

impl Decide {
    /// Answers with what its key's entry says.
    fn answer_from(self, entry: Option<&Recorded>) {
        let answer = match entry {
            Some(found) => stored_answer(
                &self.request.customer,
                &found.entry,
                self.request.keyed.as_ref(),
            ),
            None => Err(Error::Unknown),
        };
        self.answer(answer);
    }
}

fn key_of(request: &Request) -> Option<(CustomerId, IdempotencyKey)> {
    Some((
        request.customer.clone(),
        request.keyed.as_ref()?.key.clone(),
    ))
}
