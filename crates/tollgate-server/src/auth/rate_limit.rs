//! Rate limits: token buckets in a bounded amount of memory, with the figures for the
//! `RateLimit` headers.
//!
//! A bucket is one number: the instant at which it is full again (the generic cell rate
//! algorithm). It needs no timer, and a bucket that is full again is the same as none.

use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tollgate_core::Timestamp;

const SHARDS: usize = 16;
/// How many buckets are looked at when one has to make room.
const EVICTION_CANDIDATES: usize = 16;

/// So many requests in so many seconds, all at once or spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    limit: u32,
    seconds: u32,
}

impl Rate {
    /// `limit` requests in `seconds` seconds; each at least 1, the seconds at most a week.
    pub const fn new(limit: u32, seconds: u32) -> Self {
        const WEEK: u32 = 7 * 24 * 3_600;
        let limit = if limit == 0 { 1 } else { limit };
        let seconds = match seconds {
            0 => 1,
            1..=WEEK => seconds,
            _ => WEEK,
        };
        Self { limit, seconds }
    }

    /// Requests.
    pub const fn limit(self) -> u32 {
        self.limit
    }

    /// In so many seconds.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// Microseconds after which one more request is allowed, rounded up (never more than the
    /// limit passes), and at least one.
    const fn interval(self) -> i64 {
        (self.seconds as i64 * 1_000_000 + self.limit as i64 - 1) / self.limit as i64
    }

    /// Microseconds in which an empty bucket is full again.
    const fn fill_time(self) -> i64 {
        self.interval() * self.limit as i64
    }
}

/// Whose bucket it is. A fixed size, whatever it was made from, so that a caller cannot make us
/// keep long texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BucketKey(u128);

impl BucketKey {
    /// By network address. The last 64 bits of an IPv6 address are the client's own to choose, so
    /// they do not count; an IPv4 address written as IPv6 is the IPv4 address.
    pub fn of_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::digest("ipv4", &address.octets()),
            IpAddr::V6(address) => Self::digest("ipv6", &address.octets()[..8]),
        }
    }

    /// By account name, however it is capitalised or surrounded by spaces.
    pub fn of_account(name: &str) -> Self {
        Self::digest("account", name.trim().to_lowercase().as_bytes())
    }

    /// By the hash of an API key.
    pub fn of_api_key(hash: &[u8; 32]) -> Self {
        Self::digest("api-key", hash)
    }

    fn digest(kind: &str, bytes: &[u8]) -> Self {
        let hash = Sha256::new()
            .chain_update(kind)
            .chain_update([0])
            .chain_update(bytes)
            .finalize();
        Self(
            hash.iter()
                .take(16)
                .fold(0, |key, byte| (key << 8) | u128::from(*byte)),
        )
    }

    const fn shard(self) -> usize {
        self.0 as usize % SHARDS
    }
}

/// The figures of a bucket after a request was let through or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What applies.
    pub rate: Rate,
    /// Requests that would pass at once now.
    pub remaining: u32,
    /// Seconds until all of them would, rounded up.
    pub reset_seconds: i64,
}

impl Figures {
    /// The value of the `RateLimit-Policy` header for the policy called `name`.
    pub fn policy_header(&self, name: &str) -> String {
        format!("\"{name}\";q={};w={}", self.rate.limit, self.rate.seconds)
    }

    /// The value of the `RateLimit` header for the policy called `name`.
    pub fn header(&self, name: &str) -> String {
        format!("\"{name}\";r={};t={}", self.remaining, self.reset_seconds)
    }
}

/// Whether a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It may, and was counted.
    Allowed(Figures),
    /// It may not, and was not counted.
    Limited {
        /// The bucket as it stands.
        figures: Figures,
        /// Seconds after which the same request would pass, rounded up: the `Retry-After` header.
        retry_after_seconds: i64,
    },
}

impl Outcome {
    /// Whether the request may pass.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }

    /// The bucket as it stands.
    pub const fn figures(&self) -> &Figures {
        match self {
            Self::Allowed(figures) | Self::Limited { figures, .. } => figures,
        }
    }
}

/// Buckets of one rate for many keys, never more than a fixed number of them.
///
/// When there is no room, one of a few candidates makes it: the one that is fullest, which loses
/// least. So whoever wants another's bucket forgotten has to exhaust as many of their own first.
#[derive(Debug)]
pub struct RateLimiter {
    rate: Rate,
    shards: Vec<Mutex<Shard>>,
    slots_max: usize,
}

impl RateLimiter {
    /// At most `keys_max` buckets (rounded up to a multiple of 16), some 70 bytes each.
    pub fn new(rate: Rate, keys_max: usize) -> Self {
        Self {
            rate,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            slots_max: keys_max.div_ceil(SHARDS).max(1),
        }
    }

    /// Counts one request of `key`, if it may pass.
    pub fn take(&self, key: BucketKey, now: Timestamp) -> Outcome {
        self.take_many(key, 1, now)
    }

    /// Counts `cost` requests of `key` (a batch), all or none. More than the limit never pass.
    pub fn take_many(&self, key: BucketKey, cost: u32, now: Timestamp) -> Outcome {
        let now = now.as_micros();
        let mut shard = self.shard(key);
        let full_at = self.full_at(&mut shard, key, now);
        let next = full_at.saturating_add(self.rate.interval().saturating_mul(i64::from(cost)));
        let early = next
            .saturating_sub(now)
            .saturating_sub(self.rate.fill_time());
        if early > 0 {
            return Outcome::Limited {
                figures: self.figures(full_at, now),
                retry_after_seconds: seconds_rounded_up(early),
            };
        }
        if cost > 0 {
            shard.put(key, next, now, self.slots_max);
        }
        Outcome::Allowed(self.figures(next, now))
    }

    /// The figures of `key` without counting anything.
    pub fn peek(&self, key: BucketKey, now: Timestamp) -> Figures {
        let now = now.as_micros();
        let full_at = self.full_at(&mut self.shard(key), key, now);
        self.figures(full_at, now)
    }

    /// Gives one request back, for example that of a sign-in that was right.
    pub fn give_back(&self, key: BucketKey, now: Timestamp) {
        let now = now.as_micros();
        let mut shard = self.shard(key);
        let full_at = self.full_at(&mut shard, key, now);
        if full_at > now {
            shard.put(key, full_at - self.rate.interval(), now, self.slots_max);
        }
    }

    /// How many buckets are kept now.
    pub fn keys(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| lock(shard).slots.len())
            .sum()
    }

    fn shard(&self, key: BucketKey) -> MutexGuard<'_, Shard> {
        lock(&self.shards[key.shard()])
    }

    /// When the bucket of `key` is full again: `now` for a full one. After a clock was set back,
    /// that is never later than filling takes from now.
    fn full_at(&self, shard: &mut Shard, key: BucketKey, now: i64) -> i64 {
        let latest = now.saturating_add(self.rate.fill_time());
        shard.get_mut(key).map_or(now, |full_at| {
            *full_at = latest.min(*full_at);
            now.max(*full_at)
        })
    }

    fn figures(&self, full_at: i64, now: i64) -> Figures {
        let missing_time = (full_at - now).max(0);
        // Rounded down: a part of a request is none.
        let remaining = (self.rate.fill_time() - missing_time).max(0) / self.rate.interval();
        Figures {
            rate: self.rate,
            remaining: u32::try_from(remaining).unwrap_or(self.rate.limit),
            reset_seconds: seconds_rounded_up(missing_time),
        }
    }
}

/// A panic while a shard is locked leaves it whole: each change is a single assignment.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

const fn seconds_rounded_up(micros: i64) -> i64 {
    micros.saturating_add(999_999) / 1_000_000
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    key: BucketKey,
    full_at: i64,
}

#[derive(Debug, Default)]
struct Shard {
    places: HashMap<BucketKey, usize>,
    slots: Vec<Slot>,
    /// Where the next search for room begins.
    hand: usize,
}

impl Shard {
    fn get_mut(&mut self, key: BucketKey) -> Option<&mut i64> {
        self.places
            .get(&key)
            .map(|place| &mut self.slots[*place].full_at)
    }

    fn put(&mut self, key: BucketKey, full_at: i64, now: i64, slots_max: usize) {
        if let Some(kept) = self.get_mut(key) {
            *kept = full_at;
            return;
        }
        let slot = Slot { key, full_at };
        if self.slots.len() < slots_max {
            self.places.insert(key, self.slots.len());
            self.slots.push(slot);
            return;
        }
        let place = self.fullest_candidate(now);
        self.places.remove(&self.slots[place].key);
        self.places.insert(key, place);
        self.slots[place] = slot;
    }

    /// The first of the next few slots that is full again, or else the fullest of them.
    fn fullest_candidate(&mut self, now: i64) -> usize {
        let mut fullest = self.hand % self.slots.len();
        for _ in 0..EVICTION_CANDIDATES.min(self.slots.len()) {
            let place = self.hand % self.slots.len();
            self.hand = place + 1;
            if self.slots[place].full_at < self.slots[fullest].full_at {
                fullest = place;
            }
            if self.slots[fullest].full_at <= now {
                break;
            }
        }
        fullest
    }
}

/// The limits on signing in: per network address, and per account whatever the address.
#[derive(Debug)]
pub struct LoginLimits {
    by_address: RateLimiter,
    by_account: RateLimiter,
}

impl LoginLimits {
    /// How many addresses and how many accounts are kept in mind.
    const KEYS_MAX: usize = 65_536;

    /// Limits with these rates.
    pub fn new(by_address: Rate, by_account: Rate) -> Self {
        Self {
            by_address: RateLimiter::new(by_address, Self::KEYS_MAX),
            by_account: RateLimiter::new(by_account, Self::KEYS_MAX),
        }
    }

    /// Counts an attempt to sign in to `account`, whether it exists or not. It passes when both
    /// limits let it, and counts on both or on neither. The outcome is that of the stricter one.
    pub fn attempt(&self, address: IpAddr, account: &str, now: Timestamp) -> Outcome {
        let address = BucketKey::of_address(address);
        let by_address = self.by_address.take(address, now);
        if !by_address.is_allowed() {
            return by_address;
        }
        let by_account = self.by_account.take(BucketKey::of_account(account), now);
        if !by_account.is_allowed() {
            self.by_address.give_back(address, now);
            return by_account;
        }
        if by_account.figures().remaining < by_address.figures().remaining {
            by_account
        } else {
            by_address
        }
    }

    /// An attempt was right: it no longer counts, so that who signs in often is not shut out.
    pub fn succeeded(&self, address: IpAddr, account: &str, now: Timestamp) {
        self.by_address
            .give_back(BucketKey::of_address(address), now);
        self.by_account
            .give_back(BucketKey::of_account(account), now);
    }
}

impl Default for LoginLimits {
    /// 30 attempts in 5 minutes from one address, 10 in 5 minutes on one account.
    fn default() -> Self {
        Self::new(Rate::new(30, 300), Rate::new(10, 300))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(1_000_000_000_000 + micros)
    }

    fn key(number: u32) -> BucketKey {
        BucketKey::of_account(&number.to_string())
    }

    #[test]
    fn a_bucket_empties_and_fills_evenly() {
        let limiter = RateLimiter::new(Rate::new(3, 60), 16);
        // (second, passes, remaining, reset, retry after)
        for (second, passes, remaining, reset_seconds, retry_after) in [
            (0, true, 2, 20, 0),
            (0, true, 1, 40, 0),
            (0, true, 0, 60, 0),
            (0, false, 0, 60, 20),
            (19, false, 0, 41, 1),
            (20, true, 0, 60, 0),
            (21, false, 0, 59, 19),
            (60, true, 1, 40, 0),
            (1_000, true, 2, 20, 0),
        ] {
            let outcome = limiter.take(key(1), at(second * 1_000_000));
            let figures = Figures {
                rate: Rate::new(3, 60),
                remaining,
                reset_seconds,
            };
            let expected = if passes {
                Outcome::Allowed(figures)
            } else {
                Outcome::Limited {
                    figures,
                    retry_after_seconds: retry_after,
                }
            };
            assert_eq!(outcome, expected, "at {second} s");
        }
        assert!(
            limiter.take(key(2), at(0)).is_allowed(),
            "another key has its own bucket"
        );
    }

    #[test]
    fn headers_read_as_the_draft_has_them() {
        let limiter = RateLimiter::new(Rate::new(100, 60), 16);
        let figures = *limiter.take(key(1), at(0)).figures();
        assert_eq!(figures.policy_header("api"), "\"api\";q=100;w=60");
        assert_eq!(figures.header("api"), "\"api\";r=99;t=1");
    }

    #[test]
    fn a_batch_passes_whole_or_not_at_all() {
        let limiter = RateLimiter::new(Rate::new(10, 10), 16);
        assert!(limiter.take_many(key(1), 7, at(0)).is_allowed());
        assert!(!limiter.take_many(key(1), 4, at(0)).is_allowed());
        assert_eq!(limiter.peek(key(1), at(0)).remaining, 3);
        assert!(limiter.take_many(key(1), 3, at(0)).is_allowed());
        assert!(!limiter.take_many(key(2), 11, at(0)).is_allowed());
        assert!(!limiter.take_many(key(2), u32::MAX, at(0)).is_allowed());
        assert_eq!(limiter.peek(key(2), at(0)).remaining, 10);
    }

    #[test]
    fn a_clock_set_back_shuts_nobody_out_for_longer_than_filling_takes() {
        let limiter = RateLimiter::new(Rate::new(2, 10), 16);
        let late = at(86_400_000_000);
        assert!(limiter.take(key(1), late).is_allowed() && limiter.take(key(1), late).is_allowed());
        let Outcome::Limited {
            retry_after_seconds,
            figures,
        } = limiter.take(key(1), at(0))
        else {
            panic!("the bucket is empty whatever the clock says");
        };
        assert_eq!((retry_after_seconds, figures.reset_seconds), (5, 10));
        assert!(limiter.take(key(1), at(5_000_000)).is_allowed());
    }

    #[test]
    fn memory_is_bounded_and_the_emptiest_bucket_stays() {
        let limiter = RateLimiter::new(Rate::new(5, 3_600), 160);
        let victim = key(u32::MAX);
        for _ in 0..5 {
            assert!(limiter.take(victim, at(0)).is_allowed());
        }
        for number in 0..100_000 {
            limiter.take(key(number), at(1));
            assert!(limiter.keys() <= 160);
        }
        assert!(
            !limiter.take(victim, at(2)).is_allowed(),
            "a flood of others changes nothing"
        );
    }

    #[test]
    fn addresses_are_grouped_as_clients_hold_them() {
        let of = |text: &str| BucketKey::of_address(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(
            BucketKey::of_account(" Ann@Example.com"),
            BucketKey::of_account("ann@example.com")
        );
        assert_ne!(BucketKey::of_account("ann"), BucketKey::of_account("bob"));
    }

    #[test]
    fn signing_in_is_limited_per_address_and_per_account() {
        let limits = LoginLimits::new(Rate::new(5, 300), Rate::new(3, 300));
        let address = |number: u8| IpAddr::from([192, 0, 2, number]);
        // One account from many addresses.
        for number in 0..3 {
            assert!(limits.attempt(address(number), "ann", at(0)).is_allowed());
        }
        assert!(!limits.attempt(address(9), "ann", at(0)).is_allowed());
        assert!(!limits.attempt(address(9), "ANN ", at(0)).is_allowed());
        // One address on many accounts: the refused attempts above did not count against it.
        for account in ["a", "b", "c", "d", "e"] {
            assert!(
                limits.attempt(address(9), account, at(0)).is_allowed(),
                "{account}"
            );
        }
        assert!(!limits.attempt(address(9), "f", at(0)).is_allowed());
    }

    #[test]
    fn attempts_that_are_right_do_not_count() {
        let limits = LoginLimits::new(Rate::new(3, 300), Rate::new(2, 300));
        let address = IpAddr::from([192, 0, 2, 1]);
        for _ in 0..50 {
            assert!(limits.attempt(address, "ann", at(0)).is_allowed());
            limits.succeeded(address, "ann", at(0));
        }
    }

    #[test]
    fn threads_share_one_limit() {
        let limiter = RateLimiter::new(Rate::new(100, 3_600), 1_024);
        let passed = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..100)
                            .filter(|_| limiter.take(key(1), at(0)).is_allowed())
                            .count()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum::<usize>()
        });
        assert_eq!(passed, 100);
    }

    proptest! {
        /// In any window of the rate's length there pass at most twice the limit (a full bucket
        /// and what flows in meanwhile), over the whole time at most the limit and the inflow, and
        /// who was refused and waits as told passes.
        #[test]
        fn no_pattern_of_requests_gets_more_than_the_rate(
            limit in 1_u32..50,
            seconds in 1_u32..100,
            pauses in prop::collection::vec(0_i64..3_000_000, 1..300),
        ) {
            let rate = Rate::new(limit, seconds);
            let limiter = RateLimiter::new(rate, 16);
            let mut now = 0_i64;
            let mut passed = Vec::new();
            for pause in pauses {
                now += pause;
                match limiter.take(key(1), at(now)) {
                    Outcome::Allowed(figures) => {
                        prop_assert!(figures.remaining < limit);
                        passed.push(now);
                    }
                    Outcome::Limited { retry_after_seconds, figures } => {
                        prop_assert_eq!(figures.remaining, 0);
                        prop_assert!(retry_after_seconds >= 1);
                        now += retry_after_seconds * 1_000_000;
                        prop_assert!(limiter.take(key(1), at(now)).is_allowed());
                        passed.push(now);
                    }
                }
            }
            for (index, start) in passed.iter().enumerate() {
                for (later, end) in passed.iter().enumerate().skip(index) {
                    let count = i64::try_from(later - index + 1).unwrap();
                    let inflow = (end - start) * i64::from(limit) / (i64::from(seconds) * 1_000_000);
                    prop_assert!(count <= i64::from(limit) + inflow + 1);
                }
            }
        }
    }
}
