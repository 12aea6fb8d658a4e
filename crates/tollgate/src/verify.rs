//! Proves every balance: replays the record and compares.

use crate::error::Error;
use crate::facade::Tollgate;
use std::collections::{BTreeMap, HashMap};
use tollgate_core::account::{Account, Difference};
use tollgate_core::grant::GrantNumber;
use tollgate_core::id::CustomerId;
use tollgate_store::entry::RecordCursor;
use tollgate_store::{Engine, Store};

/// Entries read at once.
const PAGE: u32 = 10_000;
/// Differences that are kept; the rest is only counted.
const DIFFERENCES_MAX: usize = 1_000;

/// What a verification found.
#[derive(Debug, Default)]
pub struct Verification {
    /// Accounts in the record.
    pub accounts: u64,
    /// Entries replayed.
    pub entries: u64,
    /// Where record and balances differ; the first thousand.
    pub differences: Vec<Difference>,
    /// How many there are.
    pub differences_count: u64,
}

/// An account as the record makes it.
struct Replayed {
    account: Account,
    /// Units used of each grant: usage events less reversals, summed apart from applying them.
    used: BTreeMap<GrantNumber, u64>,
    /// Whether its first entry is newer than what is written behind the record: it may have no row.
    unwritten: bool,
}

impl Tollgate {
    /// Replays the whole record and compares every account with what is kept, in memory and in
    /// the database.
    pub async fn verify(&self) -> Result<Verification, Error> {
        if self.store().engine() == Engine::Sqlite {
            // What is kept behind the record is written first, so that the rows are compared too.
            self.engine().write_behind().await?;
        }
        verify(self.store(), |_| {}).await
    }
}

/// Replays the record of a database that nobody writes, or that is PostgreSQL, and compares every
/// account with its rows. `progress` is told how many entries were read so far.
pub async fn verify(store: &Store, mut progress: impl FnMut(u64)) -> Result<Verification, Error> {
    let mut snapshot = store.snapshot().await?;
    let mut verification = Verification::default();
    let written = match store.engine() {
        Engine::Sqlite => tollgate_store::journal::checkpointed(&mut snapshot).await?,
        Engine::Postgres => i64::MAX,
    };
    let unwritten = |position: i64| position > written;
    let mut replayed: HashMap<CustomerId, Replayed> = HashMap::new();
    let mut cursor = RecordCursor::default();
    // On SQLite the accounts' rows may be behind the record; then only entries up to each row's
    // version are compared with it.
    let mut kept: HashMap<CustomerId, Account> = HashMap::new();
    loop {
        let page = tollgate_store::entry::record(&mut snapshot, &mut cursor, PAGE).await?;
        if page.is_empty() {
            break;
        }
        let mut missing: Vec<CustomerId> = page.iter().map(|read| read.customer.clone()).collect();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|customer| !replayed.contains_key(customer));
        for stored in tollgate_store::account::load(&mut snapshot, &missing).await? {
            kept.insert(stored.account.customer().clone(), stored.account);
        }
        for read in page {
            verification.entries += 1;
            let customer = read.customer;
            let state = replayed.entry(customer.clone()).or_insert_with(|| {
                verification.accounts += 1;
                Replayed {
                    account: Account::empty(customer.clone()),
                    used: BTreeMap::new(),
                    unwritten: unwritten(read.position),
                }
            });
            let behind = kept
                .get(&customer)
                .is_some_and(|kept| kept.version() < read.entry.number);
            if behind && unwritten(read.position) {
                continue;
            }
            if let Err(error) = state.account.apply(&read.entry) {
                verification.add(Difference {
                    customer: customer.clone(),
                    place: format!("entry {}", read.entry.number),
                    record: error.to_string(),
                    kept: String::new(),
                });
                continue;
            }
            state.account.forget_changes();
            Account::add_used(&mut state.used, &read.entry);
        }
        progress(verification.entries);
    }
    for (customer, state) in &replayed {
        match kept.get(customer) {
            Some(kept) => state
                .account
                .differences(kept)
                .into_iter()
                .for_each(|one| verification.add(one)),
            None if state.unwritten => {}
            None => verification.add(Difference {
                customer: customer.clone(),
                place: "account".to_owned(),
                record: format!("version {}", state.account.version()),
                kept: "nothing".to_owned(),
            }),
        }
        for grant in state.account.grants() {
            let summed = state.used.get(&grant.number()).copied().unwrap_or_default();
            if summed != grant.parts().used {
                verification.add(Difference {
                    customer: customer.clone(),
                    place: format!("used of grant {}", grant.number()),
                    record: summed.to_string(),
                    kept: grant.parts().used.to_string(),
                });
            }
        }
    }
    verification
        .add_missing_records(&mut snapshot, &replayed)
        .await?;
    snapshot.rollback().await?;
    Ok(verification)
}

impl Verification {
    fn add(&mut self, difference: Difference) {
        self.differences_count += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(difference);
        }
    }

    /// An account without any entry was made by nobody.
    async fn add_missing_records(
        &mut self,
        snapshot: &mut tollgate_store::Transaction,
        replayed: &HashMap<CustomerId, Replayed>,
    ) -> Result<(), Error> {
        let mut after: Option<CustomerId> = None;
        loop {
            let page = tollgate_store::account::list(snapshot, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            for customer in page
                .into_iter()
                .filter(|customer| !replayed.contains_key(customer))
            {
                self.add(Difference {
                    customer,
                    place: "account".to_owned(),
                    record: "nothing".to_owned(),
                    kept: "an account".to_owned(),
                });
            }
        }
    }
}
