//! The burn order: which grants give the units of a consumption.

use crate::grant::{Grant, GrantNumber, Source};
use crate::id::MeterId;
use crate::time::Timestamp;
use std::cmp::Ordering;

/// The one documented order: soonest expiry first, then priority (the smaller first), then the
/// oldest. A grant without expiry comes after every grant that has one. A purchase is as old as
/// its payment, whenever that is heard of.
pub fn order(a: &Grant, b: &Grant) -> Ordering {
    fn key(grant: &Grant) -> (bool, Option<Timestamp>, i32, Timestamp, GrantNumber) {
        let parts = grant.parts();
        (
            parts.expires_at.is_none(),
            parts.expires_at,
            parts.priority,
            match parts.source {
                Source::TopUp => parts.starts_at.min(parts.created_at),
                _ => parts.created_at,
            },
            parts.number,
        )
    }
    key(a).cmp(&key(b))
}

/// Units from one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// The grant that gives them.
    pub grant: GrantNumber,
    /// How many.
    pub units: u64,
}

/// Takes `units` of `meter` from `grants`, which stand in burn order, as of `at`.
///
/// `reserved(grant)` tells how many of a grant's units an earlier part of the same request has
/// planned already. The error is the number of units that could be had.
pub fn plan(
    grants: &[Grant],
    meter: &MeterId,
    units: u64,
    at: Timestamp,
    reserved: impl Fn(GrantNumber) -> u64,
    draws: &mut Vec<Draw>,
) -> Result<(), u64> {
    let planned = draws.len();
    let mut missing = units;
    for grant in grants {
        if missing == 0 {
            break;
        }
        if grant.meter() != meter || !grant.is_live(at) {
            continue;
        }
        let units = missing.min(grant.remaining().saturating_sub(reserved(grant.number())));
        if units > 0 {
            draws.push(Draw {
                grant: grant.number(),
                units,
            });
            missing -= units;
        }
    }
    if missing == 0 {
        return Ok(());
    }
    draws.truncate(planned);
    Err(units - missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::{GrantParts, Source};

    fn grant(number: u64, amount: u64, expires_at: Option<i64>, priority: i32) -> Grant {
        GrantParts {
            number,
            meter: MeterId::new("operations").unwrap(),
            source: Source::Plan,
            amount,
            nominal: amount,
            used: 0,
            held: 0,
            expired: 0,
            revoked: 0,
            used_before: 0,
            created_at: Timestamp::MIN,
            starts_at: Timestamp::MIN,
            expires_at: expires_at.map(Timestamp::from_seconds),
            priority,
            rollovers_left: None,
            ended: false,
            reference: String::new(),
        }
        .try_into()
        .unwrap()
    }

    fn sorted(mut grants: Vec<Grant>) -> Vec<u64> {
        grants.sort_by(order);
        grants.iter().map(Grant::number).collect()
    }

    #[test]
    fn soonest_expiry_then_priority_then_oldest_and_never_expiring_last() {
        assert_eq!(
            sorted(vec![
                grant(1, 1, None, 0),
                grant(2, 1, Some(20), 0),
                grant(3, 1, Some(10), 5),
                grant(4, 1, Some(10), 1),
                grant(5, 1, Some(10), 1),
                grant(6, 1, None, -9),
            ]),
            [4, 5, 3, 2, 6, 1]
        );
    }

    #[test]
    fn a_draw_is_all_or_nothing() {
        let meter = MeterId::new("operations").unwrap();
        let grants = [grant(1, 3, Some(10), 0), grant(2, 4, None, 0)];
        let mut draws = Vec::new();
        let at = Timestamp::MIN;
        assert_eq!(plan(&grants, &meter, 5, at, |_| 0, &mut draws), Ok(()));
        assert_eq!(
            draws,
            [Draw { grant: 1, units: 3 }, Draw { grant: 2, units: 2 }]
        );
        draws.clear();
        assert_eq!(plan(&grants, &meter, 8, at, |_| 0, &mut draws), Err(7));
        assert_eq!(plan(&grants, &meter, 5, at, |_| 2, &mut draws), Err(3));
        assert_eq!(
            plan(
                &grants,
                &meter,
                5,
                Timestamp::from_seconds(10),
                |_| 0,
                &mut draws
            ),
            Err(4)
        );
        assert_eq!(draws, []);
    }
}
