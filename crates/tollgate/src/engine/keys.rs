//! Idempotency keys of the last day in memory, for a database that this process owns: a random
//! index over the history would cost more than everything else together.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use tollgate_core::id::{CustomerId, IdempotencyKey};
use tollgate_core::time::Timestamp;

/// A key of a customer, as 128 bits under a secret of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeyHash(u64, u64);

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It was never seen, or too long ago.
    No,
    /// Its entry is decided and not yet durable.
    Waiting,
    /// Its entry stands there.
    At(i64),
}

/// The keys that are remembered. 56 bytes each, and at most [`KEYS_MAX`] of them.
#[derive(Debug)]
pub(super) struct KeyWindow {
    positions: HashMap<KeyHash, i64>,
    waiting: HashSet<KeyHash>,
    /// In the order of their coming.
    order: VecDeque<(Timestamp, KeyHash)>,
    kept_seconds: i64,
    hashers: (RandomState, RandomState),
}

/// The most keys that are remembered at once: some 2 GiB. Requests with a key beyond it are
/// turned away rather than an earlier key forgotten.
pub(super) const KEYS_MAX: usize = 32 << 20;

impl KeyWindow {
    pub(super) fn new(kept_seconds: i64) -> Self {
        Self {
            positions: HashMap::new(),
            waiting: HashSet::new(),
            order: VecDeque::new(),
            kept_seconds,
            hashers: (RandomState::new(), RandomState::new()),
        }
    }

    pub(super) fn hash(&self, customer: &CustomerId, key: &IdempotencyKey) -> KeyHash {
        let with = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            hasher.write(customer.as_str().as_bytes());
            hasher.write_u8(0xff);
            hasher.write(key.as_str().as_bytes());
            hasher.finish()
        };
        KeyHash(with(&self.hashers.0), with(&self.hashers.1))
    }

    pub(super) fn known(&self, hash: KeyHash) -> Known {
        if self.waiting.contains(&hash) {
            return Known::Waiting;
        }
        self.positions
            .get(&hash)
            .map_or(Known::No, |position| Known::At(*position))
    }

    /// Whether there is no room for another key.
    pub(super) fn is_full(&self) -> bool {
        self.positions.len() >= KEYS_MAX
    }

    /// Its entry is decided.
    pub(super) fn wait(&mut self, hash: KeyHash) {
        self.waiting.insert(hash);
    }

    /// Its entry is durable.
    pub(super) fn keep(&mut self, hash: KeyHash, position: i64, at: Timestamp) {
        self.waiting.remove(&hash);
        if self.positions.insert(hash, position).is_none() {
            self.order.push_back((at, hash));
        }
    }

    /// Forgets keys that are too old; a bounded number at once.
    pub(super) fn prune(&mut self, now: Timestamp) {
        for _ in 0..1_024 {
            match self.order.front() {
                Some((at, hash)) if at.plus_seconds(self.kept_seconds) <= now => {
                    self.positions.remove(hash);
                    self.order.pop_front();
                }
                _ => return,
            }
        }
    }
}
