//! Accounts in memory, bounded; those that are not written yet never leave it.

use std::collections::{HashMap, VecDeque};
use tollgate_core::account::Account;
use tollgate_core::id::CustomerId;
use tollgate_store::account::StoredAccount;

/// An account in memory.
#[derive(Debug)]
pub(super) struct Cached {
    pub(super) account: Account,
    /// Where its last entry stands in the record; 0 for none.
    pub(super) position: i64,
    /// The position of its first entry that its row does not hold; `None` when the row is whole.
    pub(super) dirty_since: Option<i64>,
    /// Used since the last sweep looked.
    used: bool,
}

/// Accounts by customer, with the order in which they became dirty.
#[derive(Debug)]
pub(super) struct Cache {
    accounts: HashMap<CustomerId, Cached>,
    /// Dirty accounts, the first dirty first.
    dirty: VecDeque<(i64, CustomerId)>,
    /// Where the sweep for accounts to forget goes on.
    sweep: VecDeque<CustomerId>,
    accounts_max: usize,
}

impl Cache {
    pub(super) fn new(accounts_max: usize) -> Self {
        Self {
            accounts: HashMap::new(),
            dirty: VecDeque::new(),
            sweep: VecDeque::new(),
            accounts_max,
        }
    }

    pub(super) fn contains(&self, customer: &CustomerId) -> bool {
        self.accounts.contains_key(customer)
    }

    pub(super) fn get_mut(&mut self, customer: &CustomerId) -> Option<&mut Cached> {
        let cached = self.accounts.get_mut(customer)?;
        cached.used = true;
        Some(cached)
    }

    pub(super) fn insert(&mut self, stored: StoredAccount) {
        let customer = stored.account.customer().clone();
        let cached = Cached {
            account: stored.account,
            position: stored.position,
            dirty_since: None,
            used: true,
        };
        if self.accounts.insert(customer.clone(), cached).is_none() {
            self.sweep.push_back(customer);
        }
    }

    /// Entries of the account stand in the record from `position` on, and its row is behind.
    pub(super) fn mark_dirty(&mut self, customer: &CustomerId, position: i64) {
        if let Some(cached) = self.accounts.get_mut(customer)
            && cached.dirty_since.is_none()
        {
            cached.dirty_since = Some(position);
            self.dirty.push_back((position, customer.clone()));
        }
    }

    /// The position from which on some row is behind; `None` when all are whole.
    pub(super) fn first_dirty(&self) -> Option<i64> {
        self.dirty.front().map(|(position, _)| *position)
    }

    /// Takes up to `count` dirty accounts to be written, the longest dirty first. They count as
    /// whole from now on.
    pub(super) fn take_dirty(&mut self, count: usize) -> Vec<StoredAccount> {
        let mut taken = Vec::new();
        while taken.len() < count
            && let Some((_, customer)) = self.dirty.pop_front()
        {
            if let Some(cached) = self.accounts.get_mut(&customer) {
                taken.push(StoredAccount {
                    account: cached.account.clone(),
                    position: cached.position,
                });
                cached.account.forget_changes();
                cached.dirty_since = None;
            }
        }
        taken
    }

    /// Over the maximum, forgets accounts that were not used since the sweep last came by: a
    /// bounded number of steps, twice as many as there are too many. When all are in use or dirty,
    /// the cache stays larger for a while. Call it between batches, not within one.
    pub(super) fn forget_unused(&mut self) {
        let too_many = self.accounts.len().saturating_sub(self.accounts_max);
        for _ in 0..2 * too_many {
            if self.accounts.len() <= self.accounts_max {
                return;
            }
            let Some(customer) = self.sweep.pop_front() else {
                return;
            };
            match self.accounts.get_mut(&customer) {
                Some(cached) if cached.used || cached.dirty_since.is_some() => {
                    cached.used = false;
                    self.sweep.push_back(customer);
                }
                Some(_) => {
                    self.accounts.remove(&customer);
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(number: usize) -> CustomerId {
        CustomerId::new(&format!("user_{number}")).expect("a customer id")
    }

    fn cache_of(count: usize, accounts_max: usize) -> Cache {
        let mut cache = Cache::new(accounts_max);
        for number in 0..count {
            cache.insert(StoredAccount {
                account: Account::empty(customer(number)),
                position: 0,
            });
        }
        cache
    }

    #[test]
    fn it_keeps_to_its_maximum_between_batches() {
        let mut cache = cache_of(20, 5);
        assert_eq!(cache.accounts.len(), 20);
        for _ in 0..3 {
            cache.forget_unused();
        }
        assert_eq!(cache.accounts.len(), 5);
    }

    #[test]
    fn what_is_not_written_is_never_forgotten() {
        let mut cache = cache_of(20, 5);
        for number in 0..10 {
            cache.mark_dirty(&customer(number), 1);
        }
        for _ in 0..10 {
            cache.forget_unused();
        }
        assert_eq!(cache.accounts.len(), 10);
        assert_eq!(cache.take_dirty(100).len(), 10);
        for _ in 0..10 {
            cache.forget_unused();
        }
        assert_eq!(cache.accounts.len(), 5);
    }

    #[test]
    fn the_longest_dirty_are_written_first() {
        let mut cache = cache_of(3, 5);
        for (number, position) in [(2, 1), (0, 5), (1, 9), (2, 12)] {
            cache.mark_dirty(&customer(number), position);
        }
        assert_eq!(cache.first_dirty(), Some(1));
        let taken: Vec<_> = cache
            .take_dirty(2)
            .into_iter()
            .map(|stored| stored.account.customer().clone())
            .collect();
        assert_eq!(taken, [customer(2), customer(0)]);
        assert_eq!(cache.first_dirty(), Some(9));
    }
}
