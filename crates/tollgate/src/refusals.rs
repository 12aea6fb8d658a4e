//! The refusals of late, so that whoever is asked "why was this refused?" can look.
//!
//! They are kept in memory, so many and no more, by each server for itself: a refusal changes
//! nothing, and so it is no part of the record.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tollgate_core::decision::{Decision, Refusal};
use tollgate_core::id::{CustomerId, MemberId};
use tollgate_core::time::Timestamp;

/// Refusals that are remembered, of all customers together.
const REMEMBERED: usize = 4_096;

/// A refusal that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Who asked.
    pub customer: CustomerId,
    /// Who acted for them.
    pub member: Option<MemberId>,
    /// When.
    pub at: Timestamp,
    /// What was answered.
    pub refusal: Refusal,
}

/// The refusals of late.
#[derive(Debug, Default)]
pub(crate) struct RefusalLog(Mutex<VecDeque<Refused>>);

impl RefusalLog {
    /// Remembers a decision, if it is a refusal.
    pub(crate) fn note<T>(
        &self,
        customer: &CustomerId,
        member: Option<MemberId>,
        now: impl FnOnce() -> Timestamp,
        decision: &Decision<T>,
    ) {
        let Decision::Refused(refusal) = decision else {
            return;
        };
        let refused = Refused {
            customer: customer.clone(),
            member,
            at: now(),
            refusal: Refusal::clone(refusal),
        };
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_front(refused);
        log.truncate(REMEMBERED);
    }

    /// Up to `limit` of a customer's, the newest first.
    pub(crate) fn of(&self, customer: &CustomerId, limit: usize) -> Vec<Refused> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_customer = log.iter().filter(|refused| refused.customer == *customer);
        of_customer.take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_core::decision::Reason;

    #[test]
    fn only_so_many_are_remembered_the_newest_first() {
        let log = RefusalLog::default();
        let customer = |name: &str| CustomerId::new(name).unwrap();
        let refused = Decision::<()>::Refused(Box::new(Refusal::bare(Reason::NoSubscription)));
        let granted = Decision::Granted(());
        for second in 0..5_000 {
            let name = if second % 2 == 0 { "even" } else { "odd" };
            let at = Timestamp::from_seconds(second);
            log.note(&customer(name), None, || at, &refused);
            log.note(&customer(name), None, || at, &granted);
        }
        let of_even = log.of(&customer("even"), usize::MAX);
        assert_eq!(of_even.len(), REMEMBERED / 2);
        assert_eq!(of_even[0].at, Timestamp::from_seconds(4_998));
        assert_eq!(log.of(&customer("odd"), 3).len(), 3);
        assert!(log.of(&customer("nobody"), 3).is_empty());
    }
}
