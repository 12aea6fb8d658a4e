//! Replays the record and compares it with the balances that are kept.

use super::{Account, AccountParts};
use crate::entry::{Effect, Entry};
use crate::grant::{Grant, GrantNumber};
use crate::id::CustomerId;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where the kept balances and the record do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Whose account.
    pub customer: CustomerId,
    /// What differs: `version`, `grant 3`, `meter operations` …
    pub place: String,
    /// What the record gives.
    pub record: String,
    /// What is kept.
    pub kept: String,
}

impl Account {
    /// Every difference between this account, replayed from its whole record, and the one that is
    /// kept.
    pub fn differences(&self, kept: &Account) -> Vec<Difference> {
        let (record, kept) = (self.parts(), kept.parts());
        let mut differences = Vec::new();
        let mut compare = |place: String, record: String, kept: String| {
            if record != kept {
                differences.push(Difference {
                    customer: self.customer.clone(),
                    place,
                    record,
                    kept,
                });
            }
        };
        compare(
            "version".into(),
            record.version.to_string(),
            kept.version.to_string(),
        );
        compare(
            "last entry".into(),
            record.at.to_string(),
            kept.at.to_string(),
        );
        compare(
            "time zone".into(),
            record.time_zone.to_string(),
            kept.time_zone.to_string(),
        );
        compare(
            "next grant".into(),
            record.next_grant.to_string(),
            kept.next_grant.to_string(),
        );
        compare(
            "next due".into(),
            record.next_due.to_string(),
            kept.next_due.to_string(),
        );
        compare(
            "subscription".into(),
            show(&record.subscription),
            show(&kept.subscription),
        );
        compare(
            "counters".into(),
            show(&record.tallies),
            show(&kept.tallies),
        );
        let mut grants: BTreeMap<GrantNumber, (Option<&Grant>, Option<&Grant>)> = BTreeMap::new();
        for grant in &record.grants {
            grants.entry(grant.number()).or_default().0 = Some(grant);
        }
        for grant in &kept.grants {
            grants.entry(grant.number()).or_default().1 = Some(grant);
        }
        for (number, (record, kept)) in grants {
            compare(format!("grant {number}"), show(&record), show(&kept));
        }
        compare(
            "reservations".into(),
            show(&record.holds),
            show(&kept.holds),
        );
        differences
    }

    /// Sums the record by itself, without applying it: what each grant was used for, by usage
    /// events less reversals. Feed it the entries of one account in order.
    pub fn sum_of(entries: &[Entry]) -> BTreeMap<GrantNumber, u64> {
        let mut used = BTreeMap::new();
        for entry in entries {
            Self::add_used(&mut used, entry);
        }
        used
    }

    /// Adds what one more entry used, or gave back, of each grant.
    pub fn add_used(used: &mut BTreeMap<GrantNumber, u64>, entry: &Entry) {
        for effect in &entry.body.effects {
            match effect {
                Effect::Taken(moved) | Effect::HeldTaken(moved) => {
                    if let Some(number) = moved.grant {
                        *used.entry(number).or_default() += moved.units;
                    }
                }
                Effect::GivenBack { moved, .. } => {
                    if let Some(sum) = moved.grant.and_then(|number| used.get_mut(&number)) {
                        *sum = sum.saturating_sub(moved.units);
                    }
                }
                _ => {}
            }
        }
    }
}

impl PartialEq for Account {
    /// Whether both decide alike: all that is stored is equal.
    fn eq(&self, other: &Self) -> bool {
        let (mut a, mut b): (AccountParts, AccountParts) = (self.parts(), other.parts());
        for parts in [&mut a, &mut b] {
            parts.grants.sort_by_key(Grant::number);
        }
        a == b
    }
}

fn show(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}
