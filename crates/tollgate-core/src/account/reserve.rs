//! Reservations: hold, extend, settle less or more, release, and what becomes of forgotten ones.

use super::consume::refuse;
use super::{Account, HOLDS_MAX};
use crate::cap::CapShare;
use crate::catalog::Catalog;
use crate::decision::{Decision, Figures, Held, Reason, Receipt, Refusal};
use crate::entry::{Cause, Effect, Kept, Move, Usage};
use crate::id::{FeatureId, MeterId, ReservationId};
use crate::request::{Keyed, Metadata, RESERVATION_SECONDS_MAX, Reserve, Settle, Use};
use crate::reservation::{HeldUnits, HeldUse, Hold, OnExpiry};
use crate::time::Timestamp;

/// How a reservation is closed.
struct Settled {
    /// What that does.
    effects: Vec<Effect>,
    /// What is needed beyond what was reserved.
    excess: Vec<Use>,
}

impl Account {
    /// Holds units for every use of the request, or refuses like a consumption of the same uses.
    pub fn reserve(
        &mut self,
        catalog: &Catalog,
        request: &Reserve,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision<Held> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        if self.holds.len() >= HOLDS_MAX {
            return refuse(Refusal::bare(Reason::TooMany));
        }
        let planned = match self.plan_uses(
            catalog,
            request.uses.as_slice(),
            request.member.as_ref(),
            now,
        ) {
            Ok(planned) => planned,
            Err(refusal) => return Decision::Refused(refusal),
        };
        // From here on it is granted.
        let number = self.version + 1;
        let seconds = i64::from(request.seconds).min(RESERVATION_SECONDS_MAX);
        let expires_at = now.plus_seconds(seconds);
        let hold = Hold {
            number,
            created_at: now,
            expires_at,
            on_expiry: request.on_expiry,
            member: request.member.clone(),
            uses: request
                .uses
                .as_slice()
                .iter()
                .map(|one| held_use(catalog, one))
                .collect(),
            units: planned.moves.iter().map(held_units).collect(),
            caps: planned.caps.clone(),
        };
        let mut effects = vec![Effect::HoldOpened(Box::new(hold))];
        effects.extend(planned.moves.into_iter().map(Effect::Held));
        effects.extend(planned.caps.into_iter().map(Effect::CapCounted));
        let plan = self
            .subscription()
            .map(|subscription| subscription.plan.clone());
        let kept = Kept {
            plan: plan.clone(),
            figures: Vec::new(),
        };
        self.record(now, keyed, Cause::Reserved(kept), effects);
        let figures: Vec<Figures> = request
            .uses
            .as_slice()
            .iter()
            .map(|one| self.figures_of(catalog, &one.feature, now))
            .collect();
        let entry = self.fresh.last_mut().expect("recorded just now");
        if keyed.is_some()
            && let Cause::Reserved(kept) = &mut entry.body.cause
        {
            kept.figures.clone_from(&figures);
        }
        let reservation = ReservationId::new(now, &self.customer, number);
        Decision::Granted(Held {
            reservation,
            expires_at,
            plan,
            figures,
            replayed: false,
        })
    }

    /// Lets a reservation last `seconds` from now; never shortens it. Answers its end.
    pub fn extend(
        &mut self,
        catalog: &Catalog,
        reservation: ReservationId,
        seconds: u32,
        now: Timestamp,
    ) -> Decision<Timestamp> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let Some(hold) = self.open_hold(reservation) else {
            return refuse(Refusal::bare(Reason::UnknownReservation));
        };
        let longest = hold.created_at.plus_seconds(RESERVATION_SECONDS_MAX);
        let expires_at = now
            .plus_seconds(i64::from(seconds))
            .min(longest)
            .max(hold.expires_at);
        let hold = hold.number;
        self.record(
            now,
            None,
            Cause::Extended,
            vec![Effect::HoldExtended { hold, expires_at }],
        );
        Decision::Granted(expires_at)
    }

    /// Takes what was really used of a reservation and gives the rest back. More than was held
    /// is taken from what else the customer has; when that does not suffice it is refused, and
    /// the reservation stays open.
    pub fn settle(
        &mut self,
        catalog: &Catalog,
        request: &Settle,
        keyed: Option<&Keyed>,
        now: Timestamp,
    ) -> Decision<Receipt> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let Some(hold) = self.open_hold(request.reservation).cloned() else {
            return refuse(Refusal::bare(Reason::UnknownReservation));
        };
        let uses = match &request.uses {
            Some(uses) => uses.as_slice().to_vec(),
            None => reserved_uses(&hold),
        };
        let Settled {
            mut effects,
            excess,
        } = self.settle_held(&hold, &uses);
        if !excess.is_empty() {
            // What is given back of one feature may be what another needs.
            let mut settled = self.clone();
            settled.record(now, None, Cause::Released, effects.clone());
            let planned = match settled.plan_uses(catalog, &excess, hold.member.as_ref(), now) {
                Ok(planned) => planned,
                Err(refusal) => return Decision::Refused(refusal),
            };
            effects.extend(planned.moves.into_iter().map(Effect::Taken));
            effects.extend(planned.caps.into_iter().map(Effect::CapCounted));
        }
        // From here on it is granted.
        let usage = self.usage_of(&hold, uses, request.metadata.clone());
        Decision::Granted(self.record_usage(catalog, now, keyed, usage, effects))
    }

    /// Gives a reservation back.
    pub fn release(
        &mut self,
        catalog: &Catalog,
        reservation: ReservationId,
        now: Timestamp,
    ) -> Decision<()> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let Some(hold) = self.open_hold(reservation) else {
            return refuse(Refusal::bare(Reason::UnknownReservation));
        };
        let effects = self.settle_held(hold, &[]).effects;
        self.record(now, None, Cause::Released, effects);
        Decision::Granted(())
    }

    /// Ends a reservation that has reached its expiry, by its own policy.
    pub(super) fn expire_hold(&mut self, catalog: &Catalog, number: u64, now: Timestamp) {
        let Some(hold) = self.hold_by_number(number).cloned() else {
            return;
        };
        match hold.on_expiry {
            OnExpiry::Release => {
                let effects = self.settle_held(&hold, &[]).effects;
                self.record(now, None, Cause::ReservationExpired, effects);
            }
            OnExpiry::Settle => {
                let uses = reserved_uses(&hold);
                let effects = self.settle_held(&hold, &uses).effects;
                let usage = self.usage_of(&hold, uses, None);
                self.record_usage(catalog, now, None, usage, effects);
            }
        }
    }

    fn open_hold(&self, reservation: ReservationId) -> Option<&Hold> {
        let hold = self.hold_by_number(reservation.number())?;
        (hold.id(&self.customer) == reservation).then_some(hold)
    }

    /// Closes a reservation: takes what `uses` need of what is held, in burn order, and releases
    /// the rest. The cost of a use is that of the time of the reservation.
    fn settle_held(&self, hold: &Hold, uses: &[Use]) -> Settled {
        let amount_of = |feature: &FeatureId| {
            let named = uses.iter().find(|one| one.feature == *feature);
            named.map_or(0, |one| one.amount)
        };
        let mut effects = Vec::new();
        let mut kept: Vec<(&MeterId, u64)> = Vec::new();
        for reserved in &hold.uses {
            let amount = amount_of(&reserved.feature).min(reserved.amount);
            let mut missing = amount.saturating_mul(reserved.cost);
            let of_feature = |held: &&HeldUnits| held.feature == reserved.feature;
            for held in hold.units.iter().filter(of_feature) {
                let taken = held.units.min(missing);
                missing -= taken;
                kept.push((&held.meter, taken));
                if taken > 0 {
                    effects.push(Effect::HeldTaken(moved(held, taken)));
                }
                if held.units > taken {
                    effects.push(Effect::HeldReleased(moved(held, held.units - taken)));
                }
            }
        }
        for share in &hold.caps {
            let of_meter = kept.iter().filter(|(meter, _)| **meter == share.key.meter);
            let units = of_meter.map(|(_, units)| units).sum();
            effects.extend(self.settle_cap(share, units));
        }
        effects.push(Effect::HoldClosed { hold: hold.number });
        let excess = uses.iter().filter_map(|one| {
            let reserved = hold
                .uses
                .iter()
                .find(|reserved| reserved.feature == one.feature);
            let amount = one
                .amount
                .saturating_sub(reserved.map_or(0, |reserved| reserved.amount));
            (amount > 0).then(|| Use {
                feature: one.feature.clone(),
                amount,
            })
        });
        Settled {
            effects,
            excess: excess.collect(),
        }
    }

    /// Counts `kept` units of a reservation's share against its cap anew, so that the usage event
    /// tells what a reversal has to give back. A window that is over counts no more.
    fn settle_cap(&self, share: &CapShare, kept: u64) -> Vec<Effect> {
        let counter = self.tallies.caps.iter();
        let mut running =
            counter.filter(|counter| counter.key == share.key && counter.window == share.window);
        if running.next().is_none() {
            return Vec::new();
        }
        let mut effects = vec![Effect::CapUncounted(share.clone())];
        if kept > 0 {
            effects.push(Effect::CapCounted(CapShare {
                units: kept,
                ..share.clone()
            }));
        }
        effects
    }

    fn usage_of(&self, hold: &Hold, uses: Vec<Use>, metadata: Option<Metadata>) -> Usage {
        Usage {
            uses,
            member: hold.member.clone(),
            plan: self
                .subscription()
                .map(|subscription| subscription.plan.clone()),
            reservation: Some(hold.number),
            metadata,
            figures: Vec::new(),
        }
    }
}

fn held_use(catalog: &Catalog, one: &Use) -> HeldUse {
    let draw = catalog
        .features
        .get(&one.feature)
        .and_then(|feature| feature.draw.as_ref());
    HeldUse {
        feature: one.feature.clone(),
        amount: one.amount,
        cost: draw.map_or(0, |draw| draw.cost),
    }
}

fn held_units(moved: &Move) -> HeldUnits {
    let Move {
        meter,
        feature,
        grant,
        units,
    } = moved.clone();
    HeldUnits {
        feature,
        meter,
        grant,
        units,
    }
}

fn reserved_uses(hold: &Hold) -> Vec<Use> {
    hold.uses
        .iter()
        .map(|one| Use {
            feature: one.feature.clone(),
            amount: one.amount,
        })
        .collect()
}

fn moved(held: &HeldUnits, units: u64) -> Move {
    Move {
        meter: held.meter.clone(),
        feature: held.feature.clone(),
        grant: held.grant,
        units,
    }
}
