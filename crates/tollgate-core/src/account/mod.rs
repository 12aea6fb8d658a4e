//! The account: all that decides one customer's consumption.

mod adjust;
mod advance;
mod apply;
mod change;
mod consume;
mod figures;
mod follow;
mod replay;
mod reserve;

pub use apply::ApplyError;
pub use change::{Direction, Preview};
pub use figures::{FeatureUsage, MeterUsage, UsageReport};
pub use replay::Difference;

use crate::cap::{CapCounter, MemberCap};
use crate::catalog::Catalog;
use crate::entry::{Body, Cause, Effect, Entry};
use crate::grant::{Grant, GrantNumber, Source};
use crate::id::{CustomerId, FeatureId, MeterId, SubscriptionId};
use crate::period::{Period, TimeZone};
use crate::plan::Plan;
use crate::request::Keyed;
use crate::reservation::Hold;
use crate::subscription::Subscription;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most grants that may be live at once.
pub const GRANTS_MAX: usize = 256;
/// The most reservations that may be open at once.
pub const HOLDS_MAX: usize = 1_024;
/// The most members that may have caps of their own, times the meters they are on.
pub const MEMBER_CAPS_MAX: usize = 1_024;
/// The most counters of caps whose windows run at once.
pub const CAP_COUNTERS_MAX: usize = 4_096;
/// The most reversals that are remembered; older events than the oldest of them stay as they are.
pub const REVERSALS_MAX: usize = 1_024;
/// How long after it happened a usage event can be reversed: 92 days.
pub const REVERSAL_SECONDS_MAX: i64 = 92 * 24 * 3_600;

/// All that decides one customer's consumption, and the entries that changed it and are not yet
/// taken away to be stored.
///
/// Time only moves forward here: a `now` before the last entry counts as the time of that entry,
/// so that a clock set back changes nothing that was decided.
#[derive(Clone, Debug)]
pub struct Account {
    customer: CustomerId,
    version: u64,
    at: Timestamp,
    time_zone: TimeZone,
    next_grant: GrantNumber,
    subscription: Option<Subscription>,
    /// In burn order.
    grants: Vec<Grant>,
    holds: Vec<Hold>,
    tallies: Tallies,
    /// When something is due by itself, for instance a reset.
    next_due: Timestamp,
    fresh: Vec<Entry>,
    changes: Changes,
}

/// The small counters of an account, stored together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies {
    /// What each meter counted in its running period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<MeterTally>,
    /// What counts against caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CapCounter>,
    /// Caps that the customer set on its members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_caps: Vec<MemberCap>,
    /// Usage events that were reversed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reversals: Vec<Reversal>,
}

/// What a meter counted in its running period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterTally {
    /// The meter.
    pub meter: MeterId,
    /// The running period.
    pub period: Period,
    /// The number of the entry that began counting anew; later usage events are of this period.
    #[serde(default)]
    pub since: u64,
    /// The number that the next grant had then; grants of this period have it or a later one.
    #[serde(default)]
    pub first_grant: GrantNumber,
    /// Units used in it, whatever grant they came from, less what was reversed.
    #[serde(default)]
    pub used: u64,
    /// Of those, units that the plan gave: by its grant of this period, or without limit. They
    /// count against the limit of whatever plan the customer has next in this period.
    #[serde(default)]
    pub of_plan: u64,
    /// Units held now.
    #[serde(default)]
    pub held: u64,
    /// Units used in it, by feature.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<(FeatureId, u64)>,
}

impl MeterTally {
    /// Whether a grant of this meter is the plan's for the running period; an earlier change of
    /// plan may have ended it.
    fn counts(&self, grant: &Grant) -> bool {
        let parts = grant.parts();
        parts.source == Source::Plan && (!parts.ended || parts.number >= self.first_grant)
    }
}

/// A usage event that was reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// The number of its entry.
    pub event: u64,
    /// When it had happened.
    pub at: Timestamp,
}

/// The account as it is stored, without entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountParts {
    /// Whose it is.
    pub customer: CustomerId,
    /// The number of its last entry.
    pub version: u64,
    /// When that was.
    pub at: Timestamp,
    /// The customer's calendar.
    pub time_zone: TimeZone,
    /// The number that the next grant gets.
    pub next_grant: GrantNumber,
    /// When something is due by itself.
    pub next_due: Timestamp,
    /// The running subscription.
    pub subscription: Option<Subscription>,
    /// Grants that are not closed, in any order.
    pub grants: Vec<Grant>,
    /// Open reservations, in any order.
    pub holds: Vec<Hold>,
    /// The counters.
    pub tallies: Tallies,
}

/// What changed since the changes were last taken away: the rows to store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Live grants that were added or moved.
    grants: Vec<GrantNumber>,
    /// Grants in their final state.
    closed_grants: Vec<Grant>,
    /// Open reservations that were added or extended.
    holds: Vec<u64>,
    /// Reservations that are over.
    closed_holds: Vec<u64>,
    /// Whether the running subscription changed.
    subscription: bool,
    /// Subscriptions that ended, in their final state.
    ended_subscriptions: Vec<Subscription>,
}

/// The rows to store, borrowed from an account.
#[derive(Debug)]
pub struct ChangedRows<'a> {
    /// Grants to insert or update.
    pub grants: Vec<&'a Grant>,
    /// Reservations to insert or update.
    pub holds: Vec<&'a Hold>,
    /// Reservations that are over.
    pub closed_holds: &'a [u64],
    /// Subscriptions to insert or update.
    pub subscriptions: Vec<&'a Subscription>,
}

impl Account {
    /// An account before its first entry.
    pub fn empty(customer: CustomerId) -> Self {
        Self {
            customer,
            version: 0,
            at: Timestamp::MIN,
            time_zone: TimeZone::UTC,
            next_grant: 1,
            subscription: None,
            grants: Vec::new(),
            holds: Vec::new(),
            tallies: Tallies::default(),
            next_due: Timestamp::MAX,
            fresh: Vec::new(),
            changes: Changes::default(),
        }
    }

    /// From what is stored.
    pub fn restore(parts: AccountParts) -> Self {
        let AccountParts {
            customer,
            version,
            at,
            time_zone,
            next_grant,
            next_due: _,
            subscription,
            grants,
            holds,
            tallies,
        } = parts;
        let mut account = Self {
            customer,
            version,
            at,
            time_zone,
            next_grant,
            subscription,
            grants,
            holds,
            tallies,
            next_due: Timestamp::MAX,
            fresh: Vec::new(),
            changes: Changes::default(),
        };
        account.grants.sort_by(crate::burn::order);
        account.holds.sort_by_key(|hold| hold.number);
        account.next_due = account.find_next_due();
        account
    }

    /// As it is stored; grants in burn order, reservations in the order of their opening.
    pub fn parts(&self) -> AccountParts {
        AccountParts {
            customer: self.customer.clone(),
            version: self.version,
            at: self.at,
            time_zone: self.time_zone.clone(),
            next_grant: self.next_grant,
            next_due: self.next_due,
            subscription: self.subscription.clone(),
            grants: self.grants.clone(),
            holds: self.holds.clone(),
            tallies: self.tallies.clone(),
        }
    }

    /// Whose it is.
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }

    /// The number of its last entry; 0 before the first.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether it was ever opened.
    pub fn exists(&self) -> bool {
        self.version > 0
    }

    /// When its last entry was made.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// When something is due by itself: a reset, an expiry, a change; [`Timestamp::MAX`] for never.
    pub fn next_due(&self) -> Timestamp {
        self.next_due
    }

    /// The number that the next grant gets.
    pub fn next_grant(&self) -> GrantNumber {
        self.next_grant
    }

    /// The customer's calendar.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The running subscription.
    pub fn subscription(&self) -> Option<&Subscription> {
        self.subscription.as_ref()
    }

    /// The running subscription's id.
    pub fn subscription_id(&self) -> Option<SubscriptionId> {
        let subscription = self.subscription.as_ref()?;
        Some(SubscriptionId::new(
            subscription.started_at,
            &self.customer,
            subscription.number,
        ))
    }

    /// The grants that are not closed, in burn order.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// The open reservations.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The counters.
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The entries made since they were last taken, oldest first.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether there are entries to take.
    pub fn has_entries(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// What changed since [`Self::forget_changes`], as rows to store.
    pub fn changed_rows(&self) -> ChangedRows<'_> {
        let changes = &self.changes;
        let live = self
            .grants
            .iter()
            .filter(|grant| changes.grants.contains(&grant.number()));
        let running = self.subscription.iter().filter(|_| changes.subscription);
        ChangedRows {
            grants: live.chain(&changes.closed_grants).collect(),
            holds: self
                .holds
                .iter()
                .filter(|hold| changes.holds.contains(&hold.number))
                .collect(),
            closed_holds: &changes.closed_holds,
            subscriptions: running.chain(&changes.ended_subscriptions).collect(),
        }
    }

    /// The changes are stored.
    pub fn forget_changes(&mut self) {
        self.changes = Changes::default();
    }

    /// The plan that the customer has, in its version.
    pub fn plan<'c>(&self, catalog: &'c Catalog) -> Option<&'c Arc<Plan>> {
        let subscription = self.subscription.as_ref()?;
        catalog.plan(&subscription.plan, subscription.plan_version)
    }

    /// `now`, or the time of the last entry when the clock was set back behind it.
    fn not_before(&self, now: Timestamp) -> Timestamp {
        now.max(self.at)
    }

    fn tally(&self, meter: &MeterId) -> Option<&MeterTally> {
        self.tallies
            .meters
            .iter()
            .find(|tally| tally.meter == *meter)
    }

    fn grant_by_number(&self, number: GrantNumber) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.number() == number)
    }

    fn hold_by_number(&self, number: u64) -> Option<&Hold> {
        self.holds.iter().find(|hold| hold.number == number)
    }

    /// Makes an entry, applies it, and keeps it to be stored. A rule that plans an impossible
    /// effect is a defect of this crate, caught here rather than stored.
    fn record(
        &mut self,
        at: Timestamp,
        keyed: Option<&Keyed>,
        cause: Cause,
        effects: Vec<Effect>,
    ) -> &Entry {
        let entry = Entry {
            number: self.version + 1,
            at,
            keyed: keyed.cloned(),
            body: Body { cause, effects },
        };
        self.apply(&entry)
            .expect("rules plan only effects that the account allows");
        self.fresh.push(entry);
        self.fresh.last().expect("pushed just now")
    }
}
