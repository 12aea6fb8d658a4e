//! Grants: lots of units on a meter, and the only moves their units can make.

use crate::id::{CustomerId, GrantId, MeterId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the units of a grant come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The plan, for one period.
    Plan,
    /// Unused units of earlier periods ("carry-over").
    Rollover,
    /// Bought once.
    TopUp,
    /// Given away.
    Promotion,
    /// Put right by hand.
    Adjustment,
}

impl Source {
    /// The word that stands in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Plan => "plan",
            Source::Rollover => "rollover",
            Source::TopUp => "top_up",
            Source::Promotion => "promotion",
            Source::Adjustment => "adjustment",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Source::Plan,
            Source::Rollover,
            Source::TopUp,
            Source::Promotion,
            Source::Adjustment,
        ]
        .into_iter()
        .find(|source| source.as_str() == word)
    }
}

/// A grant's own number among the customer's grants, counted from 1.
pub type GrantNumber = u64;

/// A lot of units on one meter.
///
/// At every moment `amount = remaining + held + used + expired + revoked`; every method keeps
/// that, and refuses with [`Imbalance`] what would break it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "GrantParts", into = "GrantParts")]
pub struct Grant(GrantParts);

/// The figures of a grant, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantParts {
    /// Counts the customer's grants from 1.
    pub number: GrantNumber,
    /// What the units are of.
    pub meter: MeterId,
    /// Where they come from.
    pub source: Source,
    /// Units given. After a change to a smaller plan, what was used and held before it as long as
    /// that is more than the new limit.
    pub amount: u64,
    /// Units that count towards the limit that is shown; differs from `amount` only after a
    /// change to a smaller plan.
    pub nominal: u64,
    /// Units consumed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub used: u64,
    /// Units set aside by reservations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held: u64,
    /// Units that ended unused, whether they lapsed or were carried over into another grant.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub expired: u64,
    /// Units taken back (a refund, a correction).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revoked: u64,
    /// Of `used`, what was used before the meter's running period.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub used_before: u64,
    /// When it was given.
    pub created_at: Timestamp,
    /// From when its units can be consumed.
    pub starts_at: Timestamp,
    /// From when they no longer can; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Among grants that expire at the same instant the smaller goes first.
    pub priority: i32,
    /// For rollover that is limited to so many periods: how many more resets it survives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollovers_left: Option<u32>,
    /// Whether it has ended: what remained is expired, and only held units can still move.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ended: bool,
    /// What it was given for: a payment, a campaign; empty when there is nothing to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A move that the grant's figures do not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "grant {number}: cannot {action} {units} of amount {amount}, used {used}, held {held}, expired {expired}, revoked {revoked}"
)]
pub struct Imbalance {
    /// The grant's number.
    pub number: GrantNumber,
    /// What was asked of it.
    pub action: &'static str,
    /// How many units.
    pub units: u64,
    /// The figures that it has.
    pub amount: u64,
    /// Units consumed.
    pub used: u64,
    /// Units set aside.
    pub held: u64,
    /// Units that ended unused.
    pub expired: u64,
    /// Units taken back.
    pub revoked: u64,
}

impl TryFrom<GrantParts> for Grant {
    type Error = Imbalance;

    fn try_from(parts: GrantParts) -> Result<Self, Imbalance> {
        let spent = parts
            .used
            .checked_add(parts.held)
            .and_then(|sum| sum.checked_add(parts.expired))
            .and_then(|sum| sum.checked_add(parts.revoked));
        let balanced = spent
            .is_some_and(|spent| spent <= parts.amount && (!parts.ended || spent == parts.amount));
        let grant = Self(parts);
        if balanced && grant.0.used_before <= grant.0.used {
            Ok(grant)
        } else {
            Err(grant.imbalance("hold together", 0))
        }
    }
}

impl From<Grant> for GrantParts {
    fn from(grant: Grant) -> Self {
        grant.0
    }
}

impl Grant {
    /// The figures of it.
    pub fn parts(&self) -> &GrantParts {
        &self.0
    }

    /// The id that others see.
    pub fn id(&self, customer: &CustomerId) -> GrantId {
        GrantId::new(self.0.created_at, customer, self.0.number)
    }

    /// Counts the customer's grants from 1.
    pub fn number(&self) -> GrantNumber {
        self.0.number
    }

    /// What the units are of.
    pub fn meter(&self) -> &MeterId {
        &self.0.meter
    }

    /// Where the units come from.
    pub fn source(&self) -> Source {
        self.0.source
    }

    /// Units that can still be consumed or held.
    pub fn remaining(&self) -> u64 {
        self.0.amount - self.0.used - self.0.held - self.0.expired - self.0.revoked
    }

    /// Units that count towards the limit of the running period.
    pub fn limit(&self) -> u64 {
        self.0
            .nominal
            .saturating_sub(self.0.revoked)
            .saturating_sub(self.0.used_before)
    }

    /// Whether its units can be consumed at `at`.
    pub fn is_live(&self, at: Timestamp) -> bool {
        !self.0.ended && self.0.starts_at <= at && self.0.expires_at.is_none_or(|end| at < end)
    }

    /// Whether nothing can happen to it any more.
    pub fn is_closed(&self) -> bool {
        self.0.ended && self.0.held == 0
    }

    /// remaining → used.
    pub(crate) fn take(&mut self, units: u64) -> Result<(), Imbalance> {
        self.need("take", units, self.remaining())?;
        self.0.used += units;
        Ok(())
    }

    /// remaining → held.
    pub(crate) fn hold(&mut self, units: u64) -> Result<(), Imbalance> {
        self.need("hold", units, self.remaining())?;
        self.0.held += units;
        Ok(())
    }

    /// held → used.
    pub(crate) fn take_held(&mut self, units: u64) -> Result<(), Imbalance> {
        self.need("take from held", units, self.0.held)?;
        self.0.held -= units;
        self.0.used += units;
        Ok(())
    }

    /// held → remaining, or → expired when the grant has ended meanwhile.
    pub(crate) fn release(&mut self, units: u64) -> Result<(), Imbalance> {
        self.need("release", units, self.0.held)?;
        self.0.held -= units;
        self.return_units(units);
        Ok(())
    }

    /// used → remaining, or → expired when the grant has ended meanwhile. `this_period` tells
    /// whether the use happened in the meter's running period.
    pub(crate) fn give_back(&mut self, units: u64, this_period: bool) -> Result<(), Imbalance> {
        let available = if this_period {
            self.0.used - self.0.used_before
        } else {
            self.0.used_before
        };
        self.need("give back", units, available)?;
        self.0.used -= units;
        if !this_period {
            self.0.used_before -= units;
        }
        self.return_units(units);
        Ok(())
    }

    /// Where units go that were used or held: to what remains, but not beyond the limit of a
    /// grant that a change made smaller than what it had given, nor of one that has ended.
    fn return_units(&mut self, units: u64) {
        if self.0.ended {
            self.0.expired += units;
        } else {
            self.0.amount = self.0.nominal.max(self.spent());
        }
    }

    /// Units that no longer remain, wherever they went.
    pub(crate) fn spent(&self) -> u64 {
        self.0.used + self.0.held + self.0.expired + self.0.revoked
    }

    /// remaining → revoked.
    pub(crate) fn revoke(&mut self, units: u64) -> Result<(), Imbalance> {
        self.need("revoke", units, self.remaining())?;
        self.0.revoked += units;
        Ok(())
    }

    /// revoked → remaining.
    pub(crate) fn restore(&mut self, units: u64) -> Result<(), Imbalance> {
        let revoked = if self.0.ended { 0 } else { self.0.revoked };
        self.need("restore", units, revoked)?;
        self.0.revoked -= units;
        Ok(())
    }

    /// remaining → expired, for good.
    pub(crate) fn end(&mut self, at: Timestamp) {
        self.0.expired += self.remaining();
        self.0.ended = true;
        self.0.expires_at = Some(self.0.expires_at.map_or(at, |end| end.min(at)));
    }

    /// A new limit and a new end. What was used, held or revoked stays, so that the balance is
    /// never negative.
    pub(crate) fn resize(&mut self, limit: u64, expires_at: Option<Timestamp>) {
        self.0.nominal = limit;
        self.0.amount = limit.max(self.spent());
        self.0.expires_at = expires_at;
    }

    /// The meter's period has turned: what was used so far no longer counts.
    pub(crate) fn turn_period(&mut self) {
        self.0.used_before = self.0.used;
    }

    fn need(&self, action: &'static str, units: u64, available: u64) -> Result<(), Imbalance> {
        if units <= available {
            Ok(())
        } else {
            Err(self.imbalance(action, units))
        }
    }

    fn imbalance(&self, action: &'static str, units: u64) -> Imbalance {
        let GrantParts {
            number,
            amount,
            used,
            held,
            expired,
            revoked,
            ..
        } = self.0;
        Imbalance {
            number,
            action,
            units,
            amount,
            used,
            held,
            expired,
            revoked,
        }
    }
}
