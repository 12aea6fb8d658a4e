//! Follows what the payment provider says of a customer: the subscription that is billed, and
//! units that were bought once.

use super::consume::refuse;
use super::{Account, GRANTS_MAX};
use crate::billing::{Billed, Purchase, Purchased};
use crate::catalog::Catalog;
use crate::decision::{Decision, Reason, Refusal};
use crate::entry::{Cause, Effect};
use crate::grant::{Grant, Source};
use crate::plan::UNITS_MAX;
use crate::request::GrantUnits;
use crate::subscription::Subscription;
use crate::time::Timestamp;

impl Account {
    /// Brings the subscription to what is billed now; `None` when nothing is. A customer whose
    /// subscription gives no access falls back to the default plan, and one who was never billed
    /// stays where they are. Saying the same again changes nothing.
    pub fn follow(
        &mut self,
        catalog: &Catalog,
        billed: Option<&Billed>,
        now: Timestamp,
    ) -> Decision<()> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let said = billed.map(|billed| billed.as_of(catalog, now));
        let Some(billed) = said.as_ref().filter(|said| said.gives_access(now)) else {
            self.fall_back(catalog, said.as_ref(), now);
            return Decision::Granted(());
        };
        let Some(plan) = catalog.plan(&billed.plan, billed.plan_version).cloned() else {
            return refuse(Refusal {
                plan: Some(billed.plan.clone()),
                ..Refusal::bare(Reason::UnknownPlan)
            });
        };
        // From here on it is granted.
        let present = self.subscription.clone();
        let same = present.as_ref().filter(|present| {
            let billed_as = present.billed_as.as_ref();
            billed_as.is_some_and(|ids| ids.subscription == billed.billed_as.subscription)
        });
        let next = Subscription {
            number: same.map_or(self.version + 1, |present| present.number),
            plan: billed.plan.clone(),
            plan_version: billed.plan_version,
            price: Some(billed.price.clone()),
            interval: billed.interval,
            status: billed.status,
            started_at: billed.started_at,
            anchor: billed.anchor,
            period: billed_period(billed, same, now),
            pending: billed.pending.clone(),
            cancel_at: billed.cancel_at,
            grace_until: billed.grace_until,
            fell_from: None,
            billed_as: Some(billed.billed_as.clone()),
        };
        if present.as_ref() == Some(&next) {
            return Decision::Granted(());
        }
        let keeps_terms = present.as_ref().is_some_and(|present| {
            (&present.plan, present.plan_version, present.anchor)
                == (&next.plan, next.plan_version, next.anchor)
        });
        let (cause, terms) = if keeps_terms {
            (Cause::BillingFollowed, Vec::new())
        } else {
            let cause = match (&present, same) {
                (Some(before), Some(_)) => Cause::PlanChanged {
                    from: before.plan.clone(),
                    to: next.plan.clone(),
                },
                _ => Cause::Subscribed,
            };
            (cause, self.terms(catalog, &plan, next.anchor, now, now))
        };
        let mut effects = vec![Effect::Subscription(Some(Box::new(next)))];
        effects.extend(terms);
        self.record(now, None, cause, effects);
        Decision::Granted(())
    }

    /// Nothing that is billed gives access: the default plan takes the place of what did. That it
    /// ended counts from when it did, as far as is known, but never from before the last word.
    fn fall_back(&mut self, catalog: &Catalog, said: Option<&Billed>, now: Timestamp) {
        let said = said.filter(|said| said.was_paid());
        if !self.is_billed() && !said.is_some_and(|said| self.never_heard_of(catalog, said, now)) {
            return;
        }
        let gone_since = said.and_then(|said| said.gone_since(now));
        let at = gone_since.map_or(now, |at| at.clamp(self.at, now));
        let from = said.map(|said| said.billed_as.subscription.clone());
        self.end_billed_subscription(catalog, from, at, now);
    }

    /// Whether a subscription gave access and was lost again without being heard of here. Then the
    /// default plan begins anew as it would have, so that the order of the news does not matter.
    fn never_heard_of(&self, catalog: &Catalog, said: &Billed, now: Timestamp) -> bool {
        self.subscription.as_ref().is_some_and(|held| {
            let is_default = Some(&held.plan) == catalog.default_plan.as_ref();
            let fell_from_it = held.fell_from.as_ref() == Some(&said.billed_as.subscription);
            let is_news = if fell_from_it {
                said.gone_since(now).is_some_and(|at| held.anchor < at)
            } else {
                held.started_at <= said.started_at
            };
            is_default && held.price.is_none() && is_news
        })
    }

    /// Whether the payment provider bills the running subscription.
    pub fn is_billed(&self) -> bool {
        self.subscription
            .as_ref()
            .is_some_and(|subscription| subscription.billed_as.is_some())
    }

    /// Brings a purchase's units to what its money has become: given once, and of them taken back
    /// what is withheld, as far as it is left. Answers what is to be asked with the next time;
    /// what could not be taken back is used already, and owed.
    pub fn settle_purchase(
        &mut self,
        catalog: &Catalog,
        purchase: &Purchase,
        now: Timestamp,
    ) -> Decision<Purchased> {
        let now = self.not_before(now);
        if !self.advance(catalog, now) {
            return refuse(Refusal::bare(Reason::CatchingUp));
        }
        let known = self
            .grants
            .iter()
            .find(|grant| {
                grant.source() == Source::TopUp && grant.parts().reference == purchase.reference
            })
            .map(|grant| Purchased {
                grant: grant.number(),
                revoked: grant.parts().revoked,
            });
        let mut purchased = match purchase.before.or(known) {
            Some(purchased) => purchased,
            None => match self.give_purchase(catalog, purchase, purchase.units, now) {
                Decision::Granted(purchased) => purchased,
                Decision::Refused(refusal) => return Decision::Refused(refusal),
            },
        };
        let withheld = purchase.units_withheld.min(purchase.units);
        if withheld > purchased.revoked {
            let missing = withheld - purchased.revoked;
            purchased.revoked += self.withhold(purchased.grant, missing, now);
        } else if withheld < purchased.revoked {
            let units = purchased.revoked - withheld;
            return self.restore_units(catalog, purchase, purchased, units, now);
        }
        Decision::Granted(purchased)
    }

    fn give_purchase(
        &mut self,
        catalog: &Catalog,
        purchase: &Purchase,
        units: u64,
        now: Timestamp,
    ) -> Decision<Purchased> {
        // What was paid is given even where gifts no longer are: only so many can be refused.
        if self.grants.len() >= GRANTS_MAX || units > UNITS_MAX {
            return refuse(Refusal::bare(Reason::TooMany));
        }
        if !catalog.meters.contains_key(&purchase.meter) {
            return refuse(Refusal {
                meter: Some(purchase.meter.clone()),
                ..Refusal::bare(Reason::UnknownMeter)
            });
        }
        let request = GrantUnits {
            meter: purchase.meter.clone(),
            units,
            source: Source::TopUp,
            starts_at: Some(purchase.paid_at.min(now)),
            expires_at: purchase.expires_at,
            priority: 0,
            reference: purchase.reference.clone(),
        };
        let grant = self.fresh_grant(&request, now);
        let number = grant.number();
        let effects = vec![Effect::GrantAdded(Box::new(grant))];
        self.record(now, None, Cause::Granted, effects);
        Decision::Granted(Purchased {
            grant: number,
            revoked: 0,
        })
    }

    /// Takes back at most `units` of what is left of a grant. Answers how many it were.
    fn withhold(&mut self, grant: u64, units: u64, now: Timestamp) -> u64 {
        let open = self.grant_by_number(grant);
        let left = open.filter(|grant| !grant.parts().ended);
        let units = units.min(left.map_or(0, Grant::remaining));
        if units > 0 {
            let effects = vec![Effect::GrantRevoked { grant, units }];
            self.record(now, None, Cause::Revoked, effects);
        }
        units
    }

    /// Gives units back that were withheld: to their grant, or in a new one where that has ended
    /// before its time. Those that would have lapsed meanwhile stay away.
    fn restore_units(
        &mut self,
        catalog: &Catalog,
        purchase: &Purchase,
        before: Purchased,
        units: u64,
        now: Timestamp,
    ) -> Decision<Purchased> {
        let restored = Purchased {
            revoked: before.revoked - units,
            ..before
        };
        let grant = before.grant;
        let open = self.grant_by_number(grant);
        if open.is_some_and(|open| !open.parts().ended && open.parts().revoked >= units) {
            let effects = vec![Effect::GrantRestored { grant, units }];
            self.record(now, None, Cause::Restored, effects);
            return Decision::Granted(restored);
        }
        if purchase.expires_at.is_some_and(|end| end <= now) {
            return Decision::Granted(restored);
        }
        match self.give_purchase(catalog, purchase, units, now) {
            Decision::Granted(new) => Decision::Granted(Purchased {
                grant: new.grant,
                ..restored
            }),
            Decision::Refused(refusal) => Decision::Refused(refusal),
        }
    }
}

/// The billing period that holds `now`. The provider's clock and ours differ a little: while it is
/// ahead or behind, the period that we know of goes on, and ends by our clock.
fn billed_period(
    billed: &Billed,
    same: Option<&Subscription>,
    now: Timestamp,
) -> crate::period::Period {
    if billed.period.contains(now) {
        return billed.period;
    }
    match same
        .filter(|present| present.anchor == billed.anchor && present.interval == billed.interval)
    {
        Some(present) if present.period.contains(now) => present.period,
        _ => super::advance::billing_period(billed.interval, billed.anchor, now),
    }
}
