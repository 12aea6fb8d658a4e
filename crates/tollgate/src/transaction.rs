//! Consuming inside the host's own database transaction: its rows and the charge commit together
//! or not at all.

use crate::engine::command::{Answer, Command, stored_answer};
use crate::engine::owned::{Loan, Placed, entry_at};
use crate::error::Error;
use crate::facade::{Tollgate, receipt};
use std::collections::HashMap;
use tollgate_core::billing::{Billed, Purchase, Purchased};
use tollgate_core::decision::{Decision, Receipt};
use tollgate_core::id::{CustomerId, IdempotencyKey};
use tollgate_core::request::{Consume, Keyed};
use tollgate_core::time::Timestamp;
use tollgate_store::account::{self, StoredAccount};
use tollgate_store::journal::{self, NewEntry};
use tollgate_store::ledger::{self, Commit, CommitOutcome};

/// A transaction on the engine's database, begun by [`Tollgate::begin`].
///
/// The host runs its own statements on [`Transaction::connection`]. On SQLite no other request is
/// decided while it is open (the file has one writer), so keep it short: after ten seconds the
/// engine stops. Dropping it rolls everything back.
#[derive(Debug)]
pub struct Transaction {
    tollgate: Tollgate,
    inner: tollgate_store::Transaction,
    /// On SQLite, the committer's state.
    loan: Option<Loan>,
    /// Accounts as they will be.
    accounts: HashMap<CustomerId, StoredAccount>,
    /// On SQLite, the entries that stand in the transaction.
    entries: Vec<Placed>,
}

impl Tollgate {
    /// Begins a transaction in which the host writes its own rows and consumes.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        let loan = match self.store().engine() {
            tollgate_store::Engine::Sqlite => Some(self.engine().borrow_committer().await?),
            tollgate_store::Engine::Postgres => None,
        };
        let inner = self.store().begin().await?;
        Ok(Transaction {
            tollgate: self.clone(),
            inner,
            loan,
            accounts: HashMap::new(),
            entries: Vec::new(),
        })
    }

    /// [`Self::consume`] inside a transaction: it holds once [`Transaction::commit`] returns.
    pub async fn consume_in(
        &self,
        transaction: &mut Transaction,
        customer: &CustomerId,
        request: Consume,
        key: Option<IdempotencyKey>,
    ) -> Result<Decision<Receipt>, Error> {
        let keyed = key.map(|key| Keyed {
            key,
            fingerprint: request.fingerprint(),
        });
        // Locked first: nobody can use the key any more between the look and the decision.
        let mut stored = transaction.account(customer).await?;
        if let Some(keyed) = &keyed
            && let Some(answer) = transaction.known(customer, keyed).await?
        {
            return receipt(answer);
        }
        let now = transaction.now();
        let command = Command::Consume(request);
        let answer = command.decide(&mut stored.account, &self.catalog(), keyed.as_ref(), now);
        transaction.write(stored).await?;
        receipt(answer)
    }

    /// Brings the customer's subscription to what is billed, inside a transaction; see
    /// [`tollgate_core::Account::follow`].
    pub async fn follow_in(
        &self,
        transaction: &mut Transaction,
        customer: &CustomerId,
        billed: Option<Billed>,
    ) -> Result<Decision<()>, Error> {
        let command = Command::Follow(billed.map(Box::new));
        match self.decide_in(transaction, customer, &command).await? {
            Answer::Done(decision) => Ok(decision),
            _ => Err(Error::Unknown),
        }
    }

    /// Brings units that were bought to what their money has become, inside a transaction; see
    /// [`tollgate_core::Account::settle_purchase`].
    pub async fn settle_purchase_in(
        &self,
        transaction: &mut Transaction,
        customer: &CustomerId,
        purchase: Purchase,
    ) -> Result<Decision<Purchased>, Error> {
        let command = Command::SettlePurchase(Box::new(purchase));
        match self.decide_in(transaction, customer, &command).await? {
            Answer::Purchased(decision) => Ok(decision),
            _ => Err(Error::Unknown),
        }
    }

    async fn decide_in(
        &self,
        transaction: &mut Transaction,
        customer: &CustomerId,
        command: &Command,
    ) -> Result<Answer, Error> {
        let mut stored = transaction.account(customer).await?;
        let now = transaction.now();
        let answer = command.decide(&mut stored.account, &self.catalog(), None, now);
        transaction.write(stored).await?;
        Ok(answer)
    }
}

impl Transaction {
    /// The connection of the transaction, for the host's own statements.
    pub fn connection(&mut self) -> &mut tollgate_store::Connection<'static> {
        &mut self.inner
    }

    /// Makes it durable: the host's rows and what was consumed.
    pub async fn commit(mut self) -> Result<(), Error> {
        let committed = self.inner.commit().await;
        if let Some(loan) = &mut self.loan {
            match &committed {
                Ok(()) => loan.accept(self.accounts.into_values().collect(), &self.entries),
                // The rest of the engine decided on a file whose state is now unknown.
                Err(error) => {
                    tracing::error!(%error, "a host's transaction failed at its commit");
                    loan.poison();
                }
            }
        }
        committed.map_err(|error| {
            if error.is_unknown() {
                Error::Unknown
            } else {
                error.into()
            }
        })
    }

    fn now(&mut self) -> Timestamp {
        let clock = self.tollgate.now();
        self.loan.as_mut().map_or(clock, |loan| loan.now(clock))
    }

    /// Undoes everything.
    pub async fn rollback(self) -> Result<(), Error> {
        Ok(self.inner.rollback().await?)
    }

    /// The answer of an earlier request with this key.
    async fn known(
        &mut self,
        customer: &CustomerId,
        keyed: &Keyed,
    ) -> Result<Option<Answer>, Error> {
        let in_transaction = self.entries.iter().find(|placed| {
            placed.customer == *customer
                && placed
                    .entry
                    .keyed
                    .as_ref()
                    .is_some_and(|known| known.key == keyed.key)
        });
        if let Some(placed) = in_transaction {
            return stored_answer(customer, &placed.entry, Some(keyed)).map(Some);
        }
        let store = self.tollgate.store().clone();
        let entry = if let Some(loan) = &mut self.loan {
            match loan.key_position(customer, keyed) {
                Some(position) => entry_at(&store, position).await?,
                None => None,
            }
        } else {
            let key = (customer.clone(), keyed.key.clone());
            let known = ledger::find_keys(&mut self.inner, std::slice::from_ref(&key)).await?;
            match known.get(&key) {
                Some(known) => ledger::find(&mut self.inner, customer, known.number).await?,
                None => None,
            }
        };
        entry
            .map(|found| stored_answer(customer, &found.entry, Some(keyed)))
            .transpose()
    }

    async fn account(&mut self, customer: &CustomerId) -> Result<StoredAccount, Error> {
        if let Some(stored) = self.accounts.get(customer) {
            return Ok(StoredAccount {
                account: stored.account.clone(),
                position: stored.position,
            });
        }
        let store = self.tollgate.store().clone();
        let found = if let Some(loan) = &mut self.loan {
            loan.account(&store, customer).await?
        } else {
            account::lock(&mut self.inner, customer).await?;
            account::load(&mut self.inner, std::slice::from_ref(customer))
                .await?
                .into_iter()
                .next()
        };
        found.ok_or(Error::UnknownCustomer)
    }

    /// Writes an account's new entries into the transaction.
    async fn write(&mut self, mut stored: StoredAccount) -> Result<(), Error> {
        let customer = stored.account.customer().clone();
        let entries = stored.account.take_entries();
        match &mut self.loan {
            Some(loan) => {
                let mut position = self
                    .entries
                    .last()
                    .map_or_else(|| loan.position(), |placed| placed.position);
                let first = self.entries.len();
                for entry in entries {
                    position += 1;
                    let previous = std::mem::replace(&mut stored.position, position);
                    self.entries.push(Placed {
                        position,
                        previous,
                        customer: customer.clone(),
                        entry,
                    });
                }
                let new: Vec<NewEntry<'_>> =
                    self.entries[first..].iter().map(Placed::as_new).collect();
                journal::append(&mut self.inner, &new).await?;
            }
            None if !entries.is_empty() => {
                let mut commit = Commit::new();
                commit.push(&stored.account, &entries);
                match ledger::write(&mut self.inner, &commit).await? {
                    CommitOutcome::Written => stored.account.forget_changes(),
                    // The row is locked, so only a key that came in between can be in the way.
                    CommitOutcome::Partly(_) | CommitOutcome::Moved(_) => {
                        return Err(Error::Unknown);
                    }
                }
            }
            None => {}
        }
        self.accounts.insert(customer, stored);
        Ok(())
    }
}
