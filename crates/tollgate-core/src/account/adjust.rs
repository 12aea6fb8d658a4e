//! Corrections by hand or by payment: grants, revocations, reversals, members' caps.

use super::consume::refuse;
use super::{Account, GRANTS_MAX, MEMBER_CAPS_MAX, REVERSAL_SECONDS_MAX, REVERSALS_MAX};
use crate::cap::{CapKey, MemberCap};
use crate::catalog::Catalog;
use crate::decision::{Decision, Figures, Reason, Receipt, Refusal};
use crate::entry::{Cause, Effect, Entry, Kept, Move};
use crate::grant::{Grant, GrantParts};
use crate::id::{EventId, GrantId};
use crate::plan::UNITS_MAX;
use crate::request::{GrantUnits, Keyed, SetMemberCap};
use crate::time::Timestamp;

impl Account {
    /// Gives units. Answers the grant's id.
    pub fn grant(
        &mut self,
        catalog: &Catalog,
        request: &GrantUnits,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision<GrantId> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if !catalog.meters.contains_key(&request.meter) {
            return refuse(Refusal {
                meter: Some(request.meter.clone()),
                ..Refusal::bare(Reason::UnknownMeter)
            });
        }
        if self.grants.len() >= GRANTS_MAX || request.units > UNITS_MAX {
            return refuse(Refusal::bare(Reason::TooMany));
        }
        let request = GrantUnits {
            starts_at: request.starts_at.map(|at| at.max(now)),
            ..request.clone()
        };
        let grant = self.fresh_grant(&request, now);
        let id = grant.id(&self.customer);
        self.record(
            now,
            keyed,
            Cause::Granted,
            vec![Effect::GrantAdded(Box::new(grant))],
        );
        Decision::Granted(id)
    }

    /// The account's next grant.
    pub(super) fn fresh_grant(&self, request: &GrantUnits, now: Timestamp) -> Grant {
        let parts = GrantParts {
            number: self.next_grant,
            meter: request.meter.clone(),
            source: request.source,
            amount: request.units,
            nominal: request.units,
            used: 0,
            held: 0,
            expired: 0,
            revoked: 0,
            used_before: 0,
            created_at: now,
            starts_at: request.starts_at.unwrap_or(now),
            expires_at: request.expires_at,
            priority: request.priority,
            rollovers_left: None,
            ended: false,
            reference: request.reference.clone(),
        };
        Grant::try_from(parts).expect("a fresh grant is balanced")
    }

    /// Takes back what is left of a grant, at most `units`. Answers how many it were.
    pub fn revoke(
        &mut self,
        catalog: &Catalog,
        grant: GrantId,
        units: u64,
        now: Timestamp,
    ) -> Decision<u64> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let found = self.grant_by_number(grant.number());
        let Some(found) =
            found.filter(|found| found.id(&self.customer) == grant && !found.parts().ended)
        else {
            return refuse(Refusal::bare(Reason::UnknownGrant));
        };
        let units = units.min(found.remaining());
        let grant = found.number();
        if units > 0 {
            self.record(
                now,
                None,
                Cause::Revoked,
                vec![Effect::GrantRevoked { grant, units }],
            );
        }
        Decision::Granted(units)
    }

    /// Takes a usage event back, once: its units return to the grants that gave them. `event` is
    /// its entry from the record.
    pub fn reverse(
        &mut self,
        catalog: &Catalog,
        event: &Entry,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let Some(usage) = event.usage().filter(|_| event.number <= self.version) else {
            return refuse(Refusal::bare(Reason::UnknownEvent));
        };
        if self
            .tallies
            .reversals
            .iter()
            .any(|reversal| reversal.event == event.number)
        {
            return refuse(Refusal::bare(Reason::AlreadyReversed));
        }
        if now >= event.at.plus_seconds(REVERSAL_SECONDS_MAX) {
            return refuse(Refusal::bare(Reason::TooLateToReverse));
        }
        let reversals = &self.tallies.reversals;
        let remembered = reversals
            .iter()
            .filter(|old| now < old.at.plus_seconds(REVERSAL_SECONDS_MAX));
        if reversals.len() >= REVERSALS_MAX && remembered.count() >= REVERSALS_MAX {
            return refuse(Refusal::bare(Reason::TooMany));
        }
        let mut effects = Vec::new();
        for effect in &event.body.effects {
            let (Effect::Taken(moved) | Effect::HeldTaken(moved)) = effect else {
                continue;
            };
            match self.give_back_effect(event, moved) {
                Some(effect) => effects.push(effect),
                None => return refuse(Refusal::bare(Reason::TooLateToReverse)),
            }
        }
        // From here on it is granted.
        effects.extend(uncount_effects(event));
        effects.push(Effect::EventReversed {
            event: event.number,
            at: event.at,
        });
        let plan = self
            .subscription()
            .map(|subscription| subscription.plan.clone());
        let cause = Cause::Reversed {
            event: event.number,
            answer: Kept {
                plan: plan.clone(),
                figures: Vec::new(),
            },
        };
        self.record(now, keyed, cause, effects);
        let figures: Vec<Figures> = usage
            .uses
            .iter()
            .map(|one| self.figures_of(catalog, &one.feature, now))
            .collect();
        let entry = self.fresh.last_mut().expect("recorded just now");
        if keyed.is_some()
            && let Cause::Reversed { answer, .. } = &mut entry.body.cause
        {
            answer.figures.clone_from(&figures);
        }
        let event = EventId::new(now, &self.customer, self.version);
        Decision::Granted(Receipt {
            event,
            plan,
            figures,
            replayed: false,
        })
    }

    /// Gives one move back; `None` when its grant has ended.
    fn give_back_effect(&self, event: &Entry, moved: &Move) -> Option<Effect> {
        let this_period = self
            .tally(&moved.meter)
            .is_some_and(|tally| event.number > tally.since);
        if let Some(number) = moved.grant {
            self.grant_by_number(number)
                .filter(|grant| !grant.parts().ended)?;
        }
        Some(Effect::GivenBack {
            moved: moved.clone(),
            this_period,
        })
    }

    /// Sets or removes a member's cap. What the member used before in the running window counts
    /// where another cap with the same window counted it already.
    pub fn set_member_cap(
        &mut self,
        catalog: &Catalog,
        request: &SetMemberCap,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision<()> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if !catalog.meters.contains_key(&request.meter) {
            return refuse(Refusal {
                meter: Some(request.meter.clone()),
                ..Refusal::bare(Reason::UnknownMeter)
            });
        }
        let SetMemberCap {
            member,
            meter,
            units,
            reset,
        } = request.clone();
        let effect = match units {
            Some(units) => {
                let caps = &self.tallies.member_caps;
                let replaces = caps
                    .iter()
                    .any(|cap| cap.member == member && cap.meter == meter);
                if caps.len() >= MEMBER_CAPS_MAX && !replaces {
                    return refuse(Refusal::bare(Reason::TooMany));
                }
                Effect::MemberCapSet(MemberCap {
                    member,
                    meter,
                    units,
                    reset,
                })
            }
            None => Effect::MemberCapRemoved { member, meter },
        };
        self.record(now, keyed, Cause::MemberCapSet, vec![effect]);
        Decision::Granted(())
    }

    /// What a member used against its cap in the running window, held units included.
    pub fn member_used(&self, cap: &MemberCap, now: Timestamp) -> u64 {
        let key = CapKey {
            meter: cap.meter.clone(),
            member: Some(cap.member.clone()),
            reset: cap.reset,
        };
        let counter = self
            .tallies
            .caps
            .iter()
            .find(|counter| counter.key == key && counter.window.contains(now));
        counter.map_or(0, |counter| counter.used)
    }
}

/// What the event counted against caps; only windows that still run are changed by it.
fn uncount_effects(event: &Entry) -> impl Iterator<Item = Effect> {
    event.body.effects.iter().filter_map(|effect| match effect {
        Effect::CapCounted(share) => Some(Effect::CapUncounted(share.clone())),
        _ => None,
    })
}
