//! What the payment provider says of a customer, in our own words: the subscription that is
//! billed, and what became of a purchase. Always the latest and the whole, never a difference, so
//! that saying it twice, late or in another order ends in the same state.

use crate::catalog::Catalog;
use crate::grant::GrantNumber;
use crate::id::{MeterId, PlanId, PriceId};
use crate::period::Period;
use crate::plan::BillingInterval;
use crate::subscription::{BilledAs, PendingChange, Status};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A subscription as the payment provider has it now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// The provider's ids of it.
    pub billed_as: BilledAs,
    /// The plan that its price stands for.
    pub plan: PlanId,
    /// The plan's version.
    pub plan_version: u32,
    /// The price.
    pub price: PriceId,
    /// How long a billing period is.
    pub interval: BillingInterval,
    /// Its standing.
    pub status: Status,
    /// When it began.
    pub started_at: Timestamp,
    /// What billing periods are counted from.
    pub anchor: Timestamp,
    /// The running billing period, or the trial.
    pub period: Period,
    /// When it will end.
    pub cancel_at: Option<Timestamp>,
    /// When it ended, was paused, or first went unpaid.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// A change that waits for the period's end.
    pub pending: Option<PendingChange>,
    /// While a payment is overdue: until when it gives access all the same.
    pub grace_until: Option<Timestamp>,
}

impl Billed {
    /// As it is at `now`: a waiting change whose time has come is made, though the provider may
    /// not have come to it yet. Otherwise its plan would go to and fro.
    #[must_use]
    pub fn as_of(&self, catalog: &Catalog, now: Timestamp) -> Self {
        let mut billed = self.clone();
        if let Some(pending) = billed.pending.take_if(|pending| pending.at <= now) {
            let plan = catalog.plan(&pending.plan, pending.plan_version);
            let price = pending
                .price
                .and_then(|id| Some((plan?.prices.get(&id)?.interval, id)));
            if let Some((interval, price)) = price {
                billed.plan = pending.plan;
                billed.plan_version = pending.plan_version;
                billed.price = price;
                billed.interval = interval;
            }
        }
        billed
    }

    /// Whether it was ever good for anything: one whose first payment never came was not.
    pub fn was_paid(&self) -> bool {
        !matches!(self.status, Status::Incomplete | Status::IncompleteExpired)
    }

    /// Since when it gives no access, as far as is known at `now`.
    pub fn gone_since(&self, now: Timestamp) -> Option<Timestamp> {
        let since = match self.status {
            Status::PastDue => self.grace_until,
            Status::Canceled | Status::Paused | Status::Unpaid => self.ended_at,
            _ => self.cancel_at,
        };
        since.filter(|since| *since <= now)
    }

    /// Whether it is being paid, or tried: to buy another beside it would be to pay twice.
    pub fn is_running(&self) -> bool {
        matches!(
            self.status,
            Status::Trialing | Status::Active | Status::PastDue
        )
    }

    /// Whether its plan can be used at `now`. In a trial and paid: yes. Overdue: until the grace
    /// ends. Unpaid, incomplete, paused and ended: no.
    pub fn gives_access(&self, now: Timestamp) -> bool {
        let is_over = self.cancel_at.is_some_and(|at| at <= now);
        let is_good = match self.status {
            Status::Trialing | Status::Active => true,
            Status::PastDue => self.grace_until.is_some_and(|until| now < until),
            Status::Unpaid
            | Status::Incomplete
            | Status::IncompleteExpired
            | Status::Paused
            | Status::Canceled => false,
        };
        is_good && !is_over
    }
}

/// Units that were bought once and paid, with what has become of the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The payment's own id; the grant's reference.
    pub reference: String,
    /// What the units are of.
    pub meter: MeterId,
    /// Units bought.
    pub units: u64,
    /// When they were paid: of two purchases the earlier is used first, in whatever order they
    /// are heard of.
    pub paid_at: Timestamp,
    /// From when they can no longer be used; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Units that must be gone from the grant: see [`Paid::units_withheld`].
    pub units_withheld: u64,
    /// What [`crate::Account::settle_purchase`] answered last.
    pub before: Option<Purchased>,
}

/// The grant of a purchase, and what of it was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchased {
    /// The number of its grant.
    pub grant: GrantNumber,
    /// Units that are taken back now, by refunds and disputes together.
    pub revoked: u64,
}

/// What has become of a payment's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// What was paid, in minor units.
    pub amount: u64,
    /// Of that, what was paid back; what is on its way back counts.
    pub refunded: u64,
    /// Whether the payer disputes it.
    pub dispute: Dispute,
}

/// Whether the payer disputes a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispute {
    /// Not, or not any more.
    #[default]
    None,
    /// It is being decided, or asked about.
    Open,
    /// The payer has got the money back.
    Lost,
}

impl Dispute {
    /// The word that stands in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Dispute::None => "none",
            Dispute::Open => "open",
            Dispute::Lost => "lost",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Dispute::None, Dispute::Open, Dispute::Lost]
            .into_iter()
            .find(|dispute| dispute.as_str() == word)
    }
}

impl Paid {
    /// Of `units` bought, those that are paid back: in proportion to the money, rounded down, so
    /// that a unit is only gone once all of it is paid back. A function of the total, so that the
    /// order of refunds does not matter.
    pub fn units_returned(&self, units: u64) -> u64 {
        if self.dispute == Dispute::Lost || self.refunded >= self.amount {
            return units;
        }
        let share = u128::from(units) * u128::from(self.refunded) / u128::from(self.amount);
        u64::try_from(share).expect("a part of the units")
    }

    /// Of `units` bought, those that cannot be used now: what is paid back, and everything while
    /// a dispute is open.
    pub fn units_withheld(&self, units: u64) -> u64 {
        match self.dispute {
            Dispute::Open => units,
            Dispute::None | Dispute::Lost => self.units_returned(units),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(refunded: u64, dispute: Dispute) -> Paid {
        Paid {
            amount: 500,
            refunded,
            dispute,
        }
    }

    #[test]
    fn units_go_back_in_proportion_rounded_down() {
        let returned = |refunded| paid(refunded, Dispute::None).units_returned(50);
        assert_eq!(
            [0, 1, 9, 10, 250, 499, 500, 501].map(returned),
            [0, 0, 0, 1, 25, 49, 50, 50]
        );
        let everything = Paid {
            amount: u64::MAX,
            refunded: u64::MAX - 1,
            dispute: Dispute::None,
        };
        assert_eq!(everything.units_returned(u64::MAX), u64::MAX - 1);
    }

    #[test]
    fn a_payment_of_nothing_is_paid_back_whole() {
        let nothing = Paid {
            amount: 0,
            refunded: 0,
            dispute: Dispute::None,
        };
        assert_eq!(nothing.units_returned(5), 5);
    }

    #[test]
    fn a_dispute_withholds_everything_until_it_is_decided() {
        assert_eq!(paid(0, Dispute::Open).units_withheld(50), 50);
        assert_eq!(paid(0, Dispute::Open).units_returned(50), 0);
        assert_eq!(paid(0, Dispute::Lost).units_withheld(50), 50);
        assert_eq!(paid(0, Dispute::Lost).units_returned(50), 50);
        assert_eq!(paid(250, Dispute::None).units_withheld(50), 25);
    }
}
