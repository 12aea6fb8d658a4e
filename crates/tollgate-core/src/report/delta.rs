//! What folding an entry adds to the counters.

use super::customer::Standing;
use super::day::Day;
use crate::id::{CustomerId, PlanId};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// What is counted. Some measures are stocks: the sum of all days up to a day is what there was at
/// its end. The others are flows: the sum over days is what happened on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Stock: customers, by plan and standing.
    Customers,
    /// Stock: what comes in within a year at list prices, in minor units, by plan and currency.
    Recurring,
    /// Stock: running periods with a quota, by plan and meter.
    Running,
    /// Stock: the sum of their shares used, in parts per million, by plan and meter.
    RunningShare,
    /// Flow: customers who began.
    SignedUp,
    /// Flow: customers who were on a free plan or in a trial for the first time and had never paid.
    Prospects,
    /// Flow: of those, who paid for the first time, by the plan that they pay and the standing that
    /// they had before.
    Converted,
    /// Flow, by month alone: members who used something, by the plan of their last use.
    Active,
    /// Flow: periods with a quota that ended, by plan and meter.
    Ended,
    /// Flow: the sum of their shares used, in parts per million, by plan and meter.
    EndedShare,
    /// Flow: usage events, by plan.
    Events,
    /// Flow: units used, by plan and feature.
    Used,
    /// Flow: units given back by reversals, by plan and feature.
    GivenBack,
}

impl Measure {
    const ALL: [Measure; 13] = [
        Measure::Customers,
        Measure::Recurring,
        Measure::Running,
        Measure::RunningShare,
        Measure::SignedUp,
        Measure::Prospects,
        Measure::Converted,
        Measure::Active,
        Measure::Ended,
        Measure::EndedShare,
        Measure::Events,
        Measure::Used,
        Measure::GivenBack,
    ];

    /// The word that stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Measure::Customers => "customers",
            Measure::Recurring => "recurring",
            Measure::Running => "running",
            Measure::RunningShare => "running_share",
            Measure::SignedUp => "signed_up",
            Measure::Prospects => "prospects",
            Measure::Converted => "converted",
            Measure::Active => "active",
            Measure::Ended => "ended",
            Measure::EndedShare => "ended_share",
            Measure::Events => "events",
            Measure::Used => "used",
            Measure::GivenBack => "given_back",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|measure| measure.as_str() == word)
    }
}

/// Which counter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterKey {
    /// The day, or the first day of the month.
    pub day: Day,
    /// What is counted.
    pub measure: Measure,
    /// The plan; empty for none.
    pub plan: String,
    /// Within it: a standing, a currency, a meter or a feature; empty where the measure has none.
    pub detail: String,
}

/// A paid subscription or a trial that ended, and left the customer without either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// Who left.
    pub customer: CustomerId,
    /// The number of the entry by which it ended.
    pub number: u64,
    /// What ended: [`Standing::Paid`] or [`Standing::Trialing`].
    pub standing: Standing,
    /// The plan that was left.
    pub plan: Option<PlanId>,
    /// Since when the customer had paid or tried without a break.
    pub began_at: Timestamp,
    /// When it ended: the time of the entry.
    pub ended_at: Timestamp,
    /// When the same customer's paid standing had ended before, if ever.
    pub previous: Option<Timestamp>,
}

/// What a number of entries adds to the counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// By day.
    pub days: BTreeMap<CounterKey, i64>,
    /// By month.
    pub months: BTreeMap<CounterKey, i64>,
    /// What ended.
    pub ends: Vec<End>,
}

impl Deltas {
    /// Nothing to add.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to add.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty() && self.months.is_empty() && self.ends.is_empty()
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: Deltas) {
        for (key, value) in other.days {
            add(&mut self.days, key, value);
        }
        for (key, value) in other.months {
            add(&mut self.months, key, value);
        }
        self.ends.extend(other.ends);
    }

    pub(super) fn count(
        &mut self,
        day: Day,
        measure: Measure,
        plan: &str,
        detail: &str,
        value: i64,
    ) {
        if value == 0 {
            return;
        }
        let key = CounterKey {
            day,
            measure,
            plan: plan.to_owned(),
            detail: detail.to_owned(),
        };
        let of_month = CounterKey {
            day: day.first_of_month(),
            ..key.clone()
        };
        if measure != Measure::Active {
            add(&mut self.days, key, value);
        }
        add(&mut self.months, of_month, value);
    }
}

/// Counters that came to nothing are left out.
fn add(counters: &mut BTreeMap<CounterKey, i64>, key: CounterKey, value: i64) {
    match counters.entry(key) {
        std::collections::btree_map::Entry::Occupied(mut present) => {
            let sum = present.get().saturating_add(value);
            if sum == 0 {
                present.remove();
            } else {
                present.insert(sum);
            }
        }
        std::collections::btree_map::Entry::Vacant(vacant) => {
            vacant.insert(value);
        }
    }
}
