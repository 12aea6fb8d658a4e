//! Applies an entry's effects: the only code that changes an account.

use super::{Account, MeterTally, REVERSAL_SECONDS_MAX, REVERSALS_MAX, Reversal};
use crate::burn;
use crate::cap::{CapCounter, CapShare};
use crate::entry::{Effect, Entry, Move};
use crate::grant::{Grant, GrantNumber, Imbalance};
use crate::id::MeterId;
use crate::period::Period;
use crate::plan::Cadence;
use crate::subscription::{Status, Subscription};
use crate::time::Timestamp;

/// Why an entry does not fit the account: the record is broken, or the account is not the one
/// that the entry was made for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Not the next entry.
    #[error("entry {found} does not follow version {version}")]
    Number {
        /// The account's version.
        version: u64,
        /// The entry's number.
        found: u64,
    },
    /// Earlier than the entry before.
    #[error("entry {number} is earlier than the one before")]
    BackInTime {
        /// The entry's number.
        number: u64,
    },
    /// A grant's figures do not allow it.
    #[error(transparent)]
    Imbalance(#[from] Imbalance),
    /// There is no such grant.
    #[error("there is no open grant {0}")]
    NoGrant(GrantNumber),
    /// A grant with that number exists, or its number is not the next.
    #[error("grant {0} does not follow the grants before it")]
    GrantNumber(GrantNumber),
    /// There is no such reservation.
    #[error("there is no open reservation {0}")]
    NoHold(u64),
    /// A counter would leave its range.
    #[error("a counter of {0} leaves its range")]
    Counter(String),
}

impl Account {
    /// Applies one entry of the record. On an error the account may have changed in part: throw
    /// it away.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), ApplyError> {
        if entry.number != self.version + 1 {
            return Err(ApplyError::Number {
                version: self.version,
                found: entry.number,
            });
        }
        if entry.at < self.at {
            return Err(ApplyError::BackInTime {
                number: entry.number,
            });
        }
        self.version = entry.number;
        self.at = entry.at;
        let meters_before = self.tallies.meters.len();
        let mut due_may_move = false;
        for effect in &entry.body.effects {
            due_may_move |= !matches!(
                effect,
                Effect::Taken(_)
                    | Effect::CapCounted(_)
                    | Effect::CapUncounted(_)
                    | Effect::GivenBack { .. }
            );
            self.apply_effect(effect, entry.at)?;
        }
        // A meter that is counted for the first time has a period that will end.
        if due_may_move || self.tallies.meters.len() != meters_before {
            self.next_due = self.find_next_due();
        }
        Ok(())
    }

    fn apply_effect(&mut self, effect: &Effect, at: Timestamp) -> Result<(), ApplyError> {
        match effect {
            Effect::TimeZone(zone) => self.time_zone = zone.clone(),
            Effect::Subscription(subscription) => {
                self.set_subscription(subscription.as_deref().cloned());
            }
            Effect::GrantAdded(grant) => self.add_grant(grant, at)?,
            Effect::GrantResized {
                grant,
                limit,
                expires_at,
            } => {
                self.change_grant(*grant, |grant| {
                    grant.resize(*limit, *expires_at);
                    Ok(())
                })?;
                self.grants.sort_by(burn::order);
            }
            Effect::GrantEnded { grant, at } => {
                self.change_grant(*grant, |grant| {
                    grant.end(*at);
                    Ok(())
                })?;
                self.grants.sort_by(burn::order);
            }
            Effect::GrantRevoked { grant, units } => {
                self.change_grant(*grant, |grant| grant.revoke(*units))?;
            }
            Effect::GrantRestored { grant, units } => {
                self.change_grant(*grant, |grant| grant.restore(*units))?;
            }
            Effect::Taken(moved) => {
                let of_plan = self.is_of_plan(moved);
                self.move_units(moved, Grant::take)?;
                self.count_used(moved, of_plan, at)?;
            }
            Effect::Held(moved) => {
                self.move_units(moved, Grant::hold)?;
                let tally = self.tally_mut(&moved.meter, at);
                tally.held = add(tally.held, moved.units, &moved.meter)?;
            }
            Effect::HeldTaken(moved) => {
                let of_plan = self.is_of_plan(moved);
                self.move_units(moved, Grant::take_held)?;
                self.unhold(moved, at)?;
                self.count_used(moved, of_plan, at)?;
            }
            Effect::HeldReleased(moved) => {
                self.move_units(moved, Grant::release)?;
                self.unhold(moved, at)?;
            }
            Effect::GivenBack { moved, this_period } => self.give_back(moved, *this_period, at)?,
            Effect::PeriodTurned { meter, period } => self.turn_period(meter, *period, at),
            Effect::PeriodSet { meter, period } => self.tally_mut(meter, at).period = *period,
            Effect::HoldOpened(hold) => {
                self.changes.holds.push(hold.number);
                self.holds.push((**hold).clone());
            }
            Effect::HoldExtended { hold, expires_at } => {
                let found = self.holds.iter_mut().find(|open| open.number == *hold);
                found.ok_or(ApplyError::NoHold(*hold))?.expires_at = *expires_at;
                note(&mut self.changes.holds, *hold);
            }
            Effect::HoldClosed { hold } => {
                let index = self.holds.iter().position(|open| open.number == *hold);
                self.holds.remove(index.ok_or(ApplyError::NoHold(*hold))?);
                self.changes.holds.retain(|number| number != hold);
                self.changes.closed_holds.push(*hold);
            }
            Effect::CapCounted(share) => self.count_cap(share, at)?,
            Effect::CapUncounted(share) => self.uncount_cap(share),
            Effect::MemberCapSet(cap) => {
                let caps = &mut self.tallies.member_caps;
                caps.retain(|other| other.member != cap.member || other.meter != cap.meter);
                caps.push(cap.clone());
            }
            Effect::MemberCapRemoved { member, meter } => {
                self.tallies
                    .member_caps
                    .retain(|cap| cap.member != *member || cap.meter != *meter);
            }
            Effect::EventReversed {
                event,
                at: happened,
            } => self.note_reversal(*event, *happened, at),
        }
        Ok(())
    }

    fn set_subscription(&mut self, next: Option<Subscription>) {
        let ended = match (&self.subscription, &next) {
            (Some(old), Some(new)) => old.number != new.number,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if ended && let Some(old) = self.subscription.take() {
            self.changes.ended_subscriptions.push(Subscription {
                status: Status::Canceled,
                ..old
            });
        }
        self.subscription = next;
        self.changes.subscription = true;
    }

    fn add_grant(&mut self, grant: &Grant, at: Timestamp) -> Result<(), ApplyError> {
        if grant.number() != self.next_grant {
            return Err(ApplyError::GrantNumber(grant.number()));
        }
        self.next_grant += 1;
        self.tally_mut(grant.meter(), at);
        self.changes.grants.push(grant.number());
        let place = self
            .grants
            .partition_point(|other| burn::order(other, grant).is_lt());
        self.grants.insert(place, grant.clone());
        Ok(())
    }

    /// Changes a grant; one that closes by it leaves the account.
    fn change_grant(
        &mut self,
        number: GrantNumber,
        change: impl FnOnce(&mut Grant) -> Result<(), Imbalance>,
    ) -> Result<(), ApplyError> {
        let index = self
            .grants
            .iter()
            .position(|grant| grant.number() == number);
        let index = index.ok_or(ApplyError::NoGrant(number))?;
        change(&mut self.grants[index])?;
        if self.grants[index].is_closed() {
            let closed = self.grants.remove(index);
            self.changes.grants.retain(|changed| *changed != number);
            self.changes.closed_grants.push(closed);
        } else {
            note(&mut self.changes.grants, number);
        }
        Ok(())
    }

    fn move_units(
        &mut self,
        moved: &Move,
        change: impl FnOnce(&mut Grant, u64) -> Result<(), Imbalance>,
    ) -> Result<(), ApplyError> {
        match moved.grant {
            Some(number) => self.change_grant(number, |grant| change(grant, moved.units)),
            None => Ok(()),
        }
    }

    /// Whether the plan gives these units in the meter's running period: by its grant, which an
    /// earlier change of plan may have ended, or without limit.
    fn is_of_plan(&self, moved: &Move) -> bool {
        let Some(number) = moved.grant else {
            return true;
        };
        let tally = self.tally(&moved.meter);
        let grant = self.grant_by_number(number);
        matches!((tally, grant), (Some(tally), Some(grant)) if tally.counts(grant))
    }

    fn count_used(&mut self, moved: &Move, of_plan: bool, at: Timestamp) -> Result<(), ApplyError> {
        let tally = self.tally_mut(&moved.meter, at);
        tally.used = add(tally.used, moved.units, &moved.meter)?;
        if of_plan {
            tally.of_plan = add(tally.of_plan, moved.units, &moved.meter)?;
        }
        if let Some((_, used)) = tally
            .features
            .iter_mut()
            .find(|(feature, _)| *feature == moved.feature)
        {
            *used = add(*used, moved.units, &moved.meter)?;
        } else {
            tally.features.push((moved.feature.clone(), moved.units));
        }
        Ok(())
    }

    fn unhold(&mut self, moved: &Move, at: Timestamp) -> Result<(), ApplyError> {
        let tally = self.tally_mut(&moved.meter, at);
        tally.held = subtract(tally.held, moved.units, &moved.meter)?;
        Ok(())
    }

    fn give_back(
        &mut self,
        moved: &Move,
        this_period: bool,
        at: Timestamp,
    ) -> Result<(), ApplyError> {
        let of_plan = self.is_of_plan(moved);
        self.move_units(moved, |grant, units| grant.give_back(units, this_period))?;
        if this_period {
            let tally = self.tally_mut(&moved.meter, at);
            tally.used = subtract(tally.used, moved.units, &moved.meter)?;
            if of_plan {
                tally.of_plan = subtract(tally.of_plan, moved.units, &moved.meter)?;
            }
            if let Some((_, used)) = tally
                .features
                .iter_mut()
                .find(|(feature, _)| *feature == moved.feature)
            {
                *used = subtract(*used, moved.units, &moved.meter)?;
            }
        }
        Ok(())
    }

    fn turn_period(&mut self, meter: &MeterId, period: Period, at: Timestamp) {
        let (since, first_grant) = (self.version, self.next_grant);
        let tally = self.tally_mut(meter, at);
        tally.period = period;
        tally.since = since;
        tally.first_grant = first_grant;
        tally.used = 0;
        tally.of_plan = 0;
        tally.features.clear();
        for grant in self
            .grants
            .iter_mut()
            .filter(|grant| grant.meter() == meter)
        {
            grant.turn_period();
            note(&mut self.changes.grants, grant.number());
        }
    }

    /// The meter's tally; a meter that had none begins with the calendar month.
    fn tally_mut(&mut self, meter: &MeterId, at: Timestamp) -> &mut MeterTally {
        let meters = &mut self.tallies.meters;
        let index = meters
            .iter()
            .position(|tally| tally.meter == *meter)
            .unwrap_or_else(|| {
                meters.push(MeterTally {
                    meter: meter.clone(),
                    period: Period::calendar(Cadence::Month, &self.time_zone, at),
                    since: 0,
                    first_grant: 0,
                    used: 0,
                    of_plan: 0,
                    held: 0,
                    features: Vec::new(),
                });
                meters.len() - 1
            });
        &mut meters[index]
    }

    fn count_cap(&mut self, share: &CapShare, at: Timestamp) -> Result<(), ApplyError> {
        let caps = &mut self.tallies.caps;
        if let Some(counter) = caps.iter_mut().find(|counter| counter.key == share.key) {
            if counter.window != share.window {
                counter.window = share.window;
                counter.used = 0;
            }
            counter.used = add(counter.used, share.units, &share.key.meter)?;
            return Ok(());
        }
        caps.retain(|counter| at < counter.window.end);
        caps.push(CapCounter {
            key: share.key.clone(),
            window: share.window,
            used: share.units,
        });
        Ok(())
    }

    /// A window that is over has nothing to give back to.
    fn uncount_cap(&mut self, share: &CapShare) {
        let caps = &mut self.tallies.caps;
        let counter = caps
            .iter_mut()
            .find(|counter| counter.key == share.key && counter.window == share.window);
        if let Some(counter) = counter {
            counter.used = counter.used.saturating_sub(share.units);
        }
    }

    fn note_reversal(&mut self, event: u64, happened: Timestamp, at: Timestamp) {
        let reversals = &mut self.tallies.reversals;
        if reversals.len() >= REVERSALS_MAX {
            reversals.retain(|old| at < old.at.plus_seconds(REVERSAL_SECONDS_MAX));
        }
        reversals.push(Reversal {
            event,
            at: happened,
        });
    }
}

fn add(value: u64, units: u64, meter: &MeterId) -> Result<u64, ApplyError> {
    value
        .checked_add(units)
        .ok_or_else(|| ApplyError::Counter(meter.to_string()))
}

fn subtract(value: u64, units: u64, meter: &MeterId) -> Result<u64, ApplyError> {
    value
        .checked_sub(units)
        .ok_or_else(|| ApplyError::Counter(meter.to_string()))
}

/// Adds `number` to a short list unless it is there.
fn note(numbers: &mut Vec<u64>, number: u64) {
    if !numbers.contains(&number) {
        numbers.push(number);
    }
}
