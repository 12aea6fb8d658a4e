//! Random histories on the account and on a simple model, answer by answer, with the invariants
//! looked at after each.
//!
//! `TOLLGATE_MODEL_OPERATIONS` and `TOLLGATE_MODEL_SEED` say how many operations and where to begin.

use std::collections::BTreeMap;
use std::sync::Arc;
use tollgate_core::Account;
use tollgate_core::decision::{Decision, WayOut};
use tollgate_core::entry::{Body, Cause, Effect, Entry};
use tollgate_core::grant::Source;
use tollgate_core::id::{CustomerId, IdempotencyKey, MeterId};
use tollgate_core::period::Period;
use tollgate_core::plan::Entitlement;
use tollgate_core::request::{ChangeTime, GrantUnits, Subscribe};
use tollgate_core::testing::{Answer, CoreSystem, Options, Request, System, run};
use tollgate_core::time::Timestamp;

/// So often the dear checks are made: whole replay, sums, restoring.
const CHECK_ALL_EVERY: usize = 64;
/// So often a refusal's ways out are tried.
const TRY_WAYS_OUT_EVERY: usize = 8;

/// An account by itself, and everything that must hold of it.
struct Checked {
    system: CoreSystem,
    /// Replayed entry by entry, each read back from its JSON.
    replayed: Account,
    entries_seen: usize,
    checks: usize,
    /// The largest limit of any plan in a meter's running turn; `None` where one was unlimited.
    limits: BTreeMap<MeterId, (u64, Option<u64>)>,
    periods: BTreeMap<MeterId, Period>,
    wrong: Option<String>,
}

impl Checked {
    fn new(catalog: Arc<tollgate_core::Catalog>) -> Self {
        let customer = CustomerId::new("customer").unwrap();
        Self {
            replayed: Account::empty(customer.clone()),
            system: CoreSystem::new(catalog, customer),
            entries_seen: 0,
            checks: 0,
            limits: BTreeMap::new(),
            periods: BTreeMap::new(),
            wrong: None,
        }
    }

    /// Every way out of a refusal must lead out.
    fn try_ways_out(
        &self,
        request: &Request,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(), String> {
        let (Answer::Receipt(Decision::Refused(refusal))
        | Answer::Held(Decision::Refused(refusal))) = answer
        else {
            return Ok(());
        };
        let uses = match request {
            Request::Consume(consume) => consume.uses.as_slice(),
            Request::Reserve(reserve) => reserve.uses.as_slice(),
            _ => return Ok(()),
        };
        let is_capped = |account: &Account| {
            let plan = account.plan(&self.system.catalog);
            !account.tallies().member_caps.is_empty()
                || plan.is_some_and(|plan| !plan.caps.is_empty())
        };
        let asks_again = |mut other: CoreSystem, at: Timestamp| {
            let again = other.ask(request, None, at);
            match again {
                Answer::Receipt(Decision::Refused(refusal))
                | Answer::Held(Decision::Refused(refusal)) => Some(refusal),
                _ => None,
            }
            // Caps are another matter, and so is what the request needs of other meters.
            .filter(|_| !is_capped(&other.account) && uses.len() == 1)
        };
        for way in &refusal.ways_out {
            let mut other = self.system.clone();
            let mut at = now;
            match way {
                WayOut::Wait { until } => {
                    let subscription = other.account.subscription();
                    if subscription.is_some_and(|it| it.pending.is_some() || it.cancel_at.is_some())
                    {
                        continue;
                    }
                    at = *until;
                }
                WayOut::Plan { plan, .. } => {
                    let change = Request::Subscribe(Subscribe {
                        plan: plan.clone(),
                        price: None,
                        when: ChangeTime::Now,
                    });
                    other.ask(&change, None, now);
                }
                WayOut::TopUp { units, .. } => {
                    let meter = refusal.meter.clone().ok_or("a top-up without a meter")?;
                    let grant = Request::Grant(GrantUnits {
                        meter,
                        units: *units,
                        source: Source::TopUp,
                        starts_at: None,
                        expires_at: None,
                        priority: 0,
                        reference: String::new(),
                    });
                    other.ask(&grant, None, now);
                }
                WayOut::RaiseCap => continue,
            }
            if let Some(still) = asks_again(other, at) {
                return Err(format!(
                    "{way:?} does not lead out of {refusal:?}: {still:?}"
                ));
            }
        }
        Ok(())
    }

    fn check_new_entries(&mut self) -> Result<(), String> {
        for index in self.entries_seen..self.system.entries.len() {
            let entry = &self.system.entries[index];
            let json = serde_json::to_string(&entry.body).map_err(|error| error.to_string())?;
            let body: Body =
                serde_json::from_str(&json).map_err(|error| format!("{error} in {json}"))?;
            if body != entry.body {
                return Err(format!("{json} reads back as {body:?}"));
            }
            let read = Entry {
                body,
                ..entry.clone()
            };
            self.replayed
                .apply(&read)
                .map_err(|error| error.to_string())?;
            self.replayed.forget_changes();
            let is_reset = read.body.cause == Cause::Reset;
            for effect in &read.body.effects {
                let Effect::PeriodTurned { meter, period } = effect else {
                    continue;
                };
                let before = self.periods.get(meter);
                if before.is_some_and(|before| is_reset && period.start < before.end) {
                    return Err(format!("{meter}: {period:?} overlaps {before:?}"));
                }
            }
            for tally in &self.replayed.tallies().meters {
                let before = self.periods.insert(tally.meter.clone(), tally.period);
                if tally.period.start >= tally.period.end
                    || before.is_some_and(|before| tally.period.start < before.start)
                {
                    return Err(format!(
                        "{}: {:?} after {before:?}",
                        tally.meter, tally.period
                    ));
                }
            }
            self.check_limits()?;
        }
        self.entries_seen = self.system.entries.len();
        Ok(())
    }

    /// What plans give in one turn of a meter is at most the largest limit that any of them set.
    fn check_limits(&mut self) -> Result<(), String> {
        let account = &self.replayed;
        let plan = account.plan(&self.system.catalog);
        for tally in &account.tallies().meters {
            let limit = match plan.and_then(|plan| plan.entitlements.get(&tally.meter)) {
                Some(Entitlement::Unlimited) => None,
                Some(Entitlement::Limited(limit)) => Some(limit.units),
                None => Some(0),
            };
            let known = self
                .limits
                .entry(tally.meter.clone())
                .or_insert((tally.since, limit));
            if known.0 != tally.since {
                *known = (tally.since, limit);
            }
            known.1 = known.1.zip(limit).map(|(known, limit)| known.max(limit));
            // Reservations of an unlimited plan may be settled in a later turn.
            let unlimited_held = account.holds().iter().any(|hold| {
                hold.units
                    .iter()
                    .any(|it| it.meter == tally.meter && it.grant.is_none())
            });
            if unlimited_held {
                known.1 = None;
            }
            if known.1.is_some_and(|most| tally.of_plan > most) {
                return Err(format!(
                    "plans gave {} of {known:?} on {}",
                    tally.of_plan, tally.meter
                ));
            }
        }
        Ok(())
    }

    fn check_all(&self) -> Result<(), String> {
        let CoreSystem {
            account, entries, ..
        } = &self.system;
        let mut whole = Account::empty(account.customer().clone());
        let mut granted: BTreeMap<u64, u64> = BTreeMap::new();
        let mut grants = BTreeMap::new();
        for entry in entries {
            whole.apply(entry).map_err(|error| error.to_string())?;
            let rows = whole.changed_rows();
            for grant in rows.grants {
                granted.insert(grant.number(), grant.parts().used);
                grants.insert(grant.number(), grant.clone());
            }
            whole.forget_changes();
        }
        let differences = whole.differences(account);
        if !differences.is_empty() {
            return Err(format!("{differences:?}"));
        }
        let stored = Account::restore(account.parts());
        if !stored.differences(account).is_empty() {
            return Err("an account that is stored and loaded differs".to_owned());
        }
        let mut sums = Account::sum_of(entries);
        sums.retain(|_, units| *units > 0);
        granted.retain(|_, units| *units > 0);
        if sums != granted {
            return Err(format!(
                "usage events sum up to {sums:?}, grants say {granted:?}"
            ));
        }
        for grant in grants.values() {
            let parts = grant.parts();
            let sum = grant.remaining() + parts.held + parts.used + parts.expired + parts.revoked;
            if sum != parts.amount || (parts.ended && grant.remaining() > 0) {
                return Err(format!("{grant:?} is not balanced"));
            }
        }
        Ok(())
    }
}

impl System for Checked {
    fn ask(&mut self, request: &Request, key: Option<&IdempotencyKey>, now: Timestamp) -> Answer {
        let before = self.system.account.clone();
        let answer = self.system.ask(request, key, now);
        if self.checks.is_multiple_of(TRY_WAYS_OUT_EVERY)
            && let Err(message) = self.try_ways_out(request, &answer, now)
        {
            self.wrong = Some(message);
        }
        if let Request::Consume(consume) = request
            && before.check(&self.system.catalog, consume, now) != unreceipted(&answer)
        {
            self.wrong = Some("a check answers otherwise than the consumption".to_owned());
        }
        answer
    }

    fn check(&mut self) -> Result<(), String> {
        self.checks += 1;
        if let Some(wrong) = self.wrong.take() {
            return Err(wrong);
        }
        self.check_new_entries()?;
        if self.replayed != self.system.account {
            return Err(format!(
                "{:?}",
                self.replayed.differences(&self.system.account)
            ));
        }
        if self.checks.is_multiple_of(CHECK_ALL_EVERY) {
            self.check_all()?;
        }
        Ok(())
    }
}

fn unreceipted(answer: &Answer) -> Decision {
    match answer {
        Answer::Receipt(decision) => decision.clone(),
        other => panic!("a consumption answers with a receipt, not {other:?}"),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Four tests, so that they run side by side.
fn part(number_of_part: u64) {
    let operations = number("TOLLGATE_MODEL_OPERATIONS").unwrap_or(1_000_000) / 4;
    let seed = number("TOLLGATE_MODEL_SEED").unwrap_or(1_000_000 * number_of_part);
    println!("TOLLGATE_MODEL_SEED={seed} operations={operations}");
    let options = Options {
        seed,
        operations,
        history_operations: 400,
    };
    match run(options, |history| {
        Checked::new(Arc::clone(&history.catalog))
    }) {
        Ok(done) => assert!(done >= operations),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn random_histories_agree_with_the_model_1() {
    part(1);
}

#[test]
fn random_histories_agree_with_the_model_2() {
    part(2);
}

#[test]
fn random_histories_agree_with_the_model_3() {
    part(3);
}

#[test]
fn random_histories_agree_with_the_model_4() {
    part(4);
}
