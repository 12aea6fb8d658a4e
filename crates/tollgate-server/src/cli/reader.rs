//! Reading a database as of one moment, also beside a server that writes it.
//!
//! On SQLite the accounts' rows are written behind the record. What the record holds after them is
//! applied here to what is read, so that everything is shown as it was at the last commit.

use super::Globals;
use std::collections::{HashMap, HashSet};
use tollgate::{Clock, OpenError};
use tollgate_core::id::{CustomerId, EventId};
use tollgate_core::{Account, Catalog, Timestamp};
use tollgate_store::account::{self, StoredAccount};
use tollgate_store::entry::{self, HistoryFilter, HistoryPage, Recorded};
use tollgate_store::{
    Access, Engine, Store, StoreError, StoreOptions, Transaction, journal, sqlite_path,
};

/// Entries and customers that are read at a time.
pub(super) const PAGE: u32 = 1_000;

/// One state of a database.
pub(super) struct Reader {
    pub(super) snapshot: Transaction,
    pub(super) now: Timestamp,
    catalog: Option<Catalog>,
    /// What the record holds after the accounts' rows, by customer, the oldest first.
    recent: HashMap<CustomerId, Vec<Recorded>>,
}

/// How far the customers were read.
#[derive(Debug, Default)]
pub(super) struct CustomersCursor {
    after: Option<CustomerId>,
    /// Customers with recent entries that have been read.
    seen: HashSet<CustomerId>,
    rows_are_read: bool,
    is_done: bool,
}

impl CustomersCursor {
    /// Begins after a customer.
    pub(super) fn after(after: Option<CustomerId>) -> Self {
        Self {
            after,
            ..Self::default()
        }
    }
}

impl Reader {
    /// Opens the database that the settings name.
    pub(super) async fn open(globals: &Globals) -> anyhow::Result<Self> {
        Ok(Self::over(&open_store(globals).await?).await?)
    }

    /// Reads a database as it is now.
    pub(super) async fn over(store: &Store) -> Result<Self, StoreError> {
        let mut snapshot = store.snapshot().await?;
        let catalog = tollgate_store::catalog::current(&mut snapshot).await?;
        let mut recent: HashMap<CustomerId, Vec<Recorded>> = HashMap::new();
        if store.engine() == Engine::Sqlite {
            let mut position = journal::checkpointed(&mut snapshot).await?;
            loop {
                let page = journal::after(&mut snapshot, position, PAGE).await?;
                let Some(last) = page.last() else { break };
                position = last.position;
                for recorded in page {
                    let of_customer = recent.entry(recorded.customer.clone());
                    of_customer.or_default().push(recorded);
                }
            }
        }
        Ok(Self {
            snapshot,
            now: Clock::system().now(),
            catalog,
            recent,
        })
    }

    /// The catalog that was applied last.
    pub(super) fn catalog(&self) -> Result<&Catalog, OpenError> {
        self.catalog.as_ref().ok_or(OpenError::NoCatalog)
    }

    /// The same, for who can do without.
    pub(super) fn catalog_if_any(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    /// The accounts of these customers as they are recorded, without those that do not exist.
    pub(super) async fn accounts(
        &mut self,
        customers: &[CustomerId],
    ) -> Result<HashMap<CustomerId, StoredAccount>, StoreError> {
        let stored = account::load(&mut self.snapshot, customers).await?;
        let mut accounts: HashMap<CustomerId, StoredAccount> = stored
            .into_iter()
            .map(|stored| (stored.account.customer().clone(), stored))
            .collect();
        for customer in customers {
            let Some(recent) = self.recent.get(customer) else {
                continue;
            };
            let stored = accounts
                .entry(customer.clone())
                .or_insert_with(|| StoredAccount {
                    account: Account::empty(customer.clone()),
                    position: 0,
                });
            for recorded in recent {
                bring_forward(stored, recorded)?;
            }
        }
        Ok(accounts)
    }

    /// The account of one customer as of now: what is due is done to this copy.
    pub(super) async fn account(&mut self, customer: &CustomerId) -> anyhow::Result<StoredAccount> {
        let found = self.accounts(std::slice::from_ref(customer)).await?;
        let stored = found.into_values().next();
        let mut stored = stored.ok_or_else(|| super::unknown_customer(customer))?;
        let now = self.now;
        stored.account.advance(self.catalog()?, now);
        Ok(stored)
    }

    /// The next customers with their accounts, at most a page; none at the end.
    pub(super) async fn next_accounts(
        &mut self,
        cursor: &mut CustomersCursor,
    ) -> Result<Vec<StoredAccount>, StoreError> {
        if !cursor.rows_are_read {
            let after = cursor.after.as_ref();
            let page = account::list(&mut self.snapshot, after, PAGE).await?;
            if let Some(last) = page.last() {
                cursor.after = Some(last.clone());
                let seen = page
                    .iter()
                    .filter(|customer| self.recent.contains_key(*customer));
                cursor.seen.extend(seen.cloned());
                return self.in_order(page).await;
            }
            cursor.rows_are_read = true;
        }
        if cursor.is_done {
            return Ok(Vec::new());
        }
        cursor.is_done = true;
        // Customers that are so new that they have no row yet.
        let unseen = self
            .recent
            .keys()
            .filter(|customer| !cursor.seen.contains(*customer));
        let mut unseen: Vec<CustomerId> = unseen.cloned().collect();
        unseen.sort_unstable();
        self.in_order(unseen).await
    }

    async fn in_order(&mut self, page: Vec<CustomerId>) -> Result<Vec<StoredAccount>, StoreError> {
        let mut accounts = self.accounts(&page).await?;
        let ordered = page.iter().filter_map(|customer| accounts.remove(customer));
        Ok(ordered.collect())
    }

    /// The newest entries of a customer.
    pub(super) async fn history(
        &mut self,
        stored: &StoredAccount,
        before: Option<EventId>,
        filter: &HistoryFilter,
        limit: usize,
    ) -> Result<HistoryPage, StoreError> {
        let customer = stored.account.customer().clone();
        let newest = stored.position;
        entry::history(&mut self.snapshot, &customer, newest, before, filter, limit).await
    }
}

/// Opens the database that the settings name for reading, also beside a server that writes it. A
/// SQLite file that is not there is not made.
pub(super) async fn open_store(globals: &Globals) -> anyhow::Result<Store> {
    let config = globals.settings()?;
    if let Some(path) = sqlite_path(&config.database)
        && !path.exists()
    {
        return Err(super::no_database(path));
    }
    let options = StoreOptions {
        access: Access::Read,
        ..config.store.options()
    };
    Ok(Store::open(&config.database, &options).await?)
}

fn bring_forward(stored: &mut StoredAccount, recorded: &Recorded) -> Result<(), StoreError> {
    // A row may be ahead of the checkpoint: accounts are written one slice after the other.
    if recorded.entry.number <= stored.account.version() {
        return Ok(());
    }
    stored
        .account
        .apply(&recorded.entry)
        .map_err(|error| StoreError::Corrupt {
            table: "entries",
            column: "body",
            id: recorded.position.to_string(),
            source: error.into(),
        })?;
    stored.position = recorded.position;
    Ok(())
}
