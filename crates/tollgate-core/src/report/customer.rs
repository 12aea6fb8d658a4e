//! What is known of one customer while its entries are folded.

use super::day::Day;
use super::delta::{Deltas, End, Measure};
use super::ratio::share_ppm;
use crate::catalog::Catalog;
use crate::entry::{Cause, Effect, Entry, Move, Usage};
use crate::grant::{Grant, GrantNumber, Source};
use crate::id::{CustomerId, MemberId, MeterId, PlanId, PriceId};
use crate::money::Currency;
use crate::period::Period;
use crate::plan::BillingInterval;
use crate::subscription::{Status, Subscription};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under which name the customer itself stands among its members.
pub const CUSTOMER_ITSELF: &str = "";

/// What a customer is to the business.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// No subscription, or one that gives no access.
    #[default]
    None,
    /// On a plan without a price.
    Free,
    /// In the trial of a plan with a price.
    Trialing,
    /// On a plan with a price, active or with a payment overdue.
    Paid,
}

impl Standing {
    /// Every standing, from the least to the most.
    pub const ALL: [Standing; 4] = [
        Standing::None,
        Standing::Free,
        Standing::Trialing,
        Standing::Paid,
    ];

    /// The word that stands in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::None => "none",
            Standing::Free => "free",
            Standing::Trialing => "trialing",
            Standing::Paid => "paid",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == word)
    }

    /// What a subscription makes of a customer.
    pub fn of(subscription: Option<&Subscription>) -> Self {
        let Some(subscription) = subscription else {
            return Standing::None;
        };
        match (subscription.status, &subscription.price) {
            (Status::Trialing | Status::Active | Status::PastDue, None) => Standing::Free,
            (Status::Trialing, Some(_)) => Standing::Trialing,
            (Status::Active | Status::PastDue, Some(_)) => Standing::Paid,
            _ => Standing::None,
        }
    }

    /// Whether something is lost when it ends: a paying customer or one who tries.
    const fn can_be_left(self) -> bool {
        matches!(self, Standing::Trialing | Standing::Paid)
    }
}

/// What a paid subscription brings in within a year, at its list price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurring {
    /// The currency.
    pub currency: Currency,
    /// Minor units within a year: twelve times a monthly price.
    pub yearly_minor: u64,
}

/// The plan's own quota of a running period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// The plan's grant.
    pub grant: GrantNumber,
    /// Its limit.
    pub units: u64,
}

/// A meter's running period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningPeriod {
    /// Its bounds.
    pub period: Period,
    /// What the plan gave for it; `None` when it is unlimited or gave nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Units used in it, whatever grant they came from, less what was given back in it.
    #[serde(default)]
    pub used: u64,
}

/// When somebody last used something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// The first day of the month.
    pub month: Day,
    /// The plan that allowed it.
    pub plan: Option<PlanId>,
}

/// What is known of one customer: small, and a function of its entries so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerReport {
    /// The number of the last entry that was folded; kept beside it.
    #[serde(skip)]
    pub number: u64,
    /// What the customer is.
    pub standing: Standing,
    /// The plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// The price of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceId>,
    /// What it brings in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Recurring>,
    /// Since when the customer has paid or tried without a break.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// Whether it was ever on a free plan or in a trial before it paid.
    #[serde(default)]
    pub was_prospect: bool,
    /// Whether it ever paid.
    #[serde(default)]
    pub has_paid: bool,
    /// When its paid standing last ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Timestamp>,
    /// The running period of each meter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub meters: BTreeMap<MeterId, RunningPeriod>,
    /// The last use of each member who is named in the entries to come, and of the customer itself
    /// under [`CUSTOMER_ITSELF`]; kept beside it, for there can be many.
    #[serde(skip)]
    pub members: BTreeMap<String, LastUse>,
}

/// The entry is not the customer's next one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {found} does not follow entry {number}")]
pub struct FoldError {
    /// The last entry that was folded.
    pub number: u64,
    /// The entry that was given.
    pub found: u64,
}

/// What an entry makes of the subscription.
enum Next<'e> {
    /// It stays as it is.
    Same,
    /// It is now this one.
    Set(Option<&'e Subscription>),
}

/// What an entry is counted under.
struct Counting<'a> {
    day: Day,
    deltas: &'a mut Deltas,
}

impl Counting<'_> {
    fn add(&mut self, measure: Measure, plan: Option<&PlanId>, detail: &str, value: i64) {
        self.add_on(self.day, measure, plan, detail, value);
    }

    fn add_on(
        &mut self,
        day: Day,
        measure: Measure,
        plan: Option<&PlanId>,
        detail: &str,
        value: i64,
    ) {
        let plan = plan.map_or("", PlanId::as_str);
        self.deltas.count(day, measure, plan, detail, value);
    }
}

impl CustomerReport {
    /// Under which name whoever acted stands among the members.
    pub fn member_name(usage: &Usage) -> &str {
        usage
            .member
            .as_ref()
            .map_or(CUSTOMER_ITSELF, MemberId::as_str)
    }

    /// Folds the customer's next entry and adds to `deltas` what it counts. An entry that was
    /// folded before counts nothing, and neither does a customer who is made to try things out.
    /// `catalog` must know every version of a plan that the entry
    /// names: it says what a price is.
    pub fn fold(
        &mut self,
        customer: &CustomerId,
        entry: &Entry,
        catalog: &Catalog,
        deltas: &mut Deltas,
    ) -> Result<(), FoldError> {
        if entry.number <= self.number {
            return Ok(());
        }
        if entry.number != self.number + 1 {
            return Err(FoldError {
                number: self.number,
                found: entry.number,
            });
        }
        let is_new = self.number == 0;
        self.number = entry.number;
        if customer.is_test() {
            return Ok(());
        }
        let mut counting = Counting {
            day: Day::of(entry.at),
            deltas,
        };
        if is_new {
            counting.add(Measure::SignedUp, None, "", 1);
        }
        let shares_before = self.shares();
        if let Cause::Used(usage) = &entry.body.cause {
            self.note_use(usage, &mut counting);
        }
        let next = self.fold_effects(entry, &mut counting);
        let plan_before = self.plan.clone();
        match next {
            Next::Set(next) => {
                self.change_to(customer, entry, next, catalog, is_new, &mut counting);
            }
            Next::Same if is_new => {
                counting.add(Measure::Customers, None, self.standing.as_str(), 1);
            }
            Next::Same => {}
        }
        let shares_after = self.shares();
        if shares_before != shares_after || plan_before != self.plan {
            for (meter, share) in shares_before {
                count_running(&mut counting, plan_before.as_ref(), &meter, share, -1);
            }
            for (meter, share) in shares_after {
                count_running(&mut counting, self.plan.as_ref(), &meter, share, 1);
            }
        }
        Ok(())
    }

    /// How much of each running period's quota is used.
    fn shares(&self) -> Vec<(MeterId, i64)> {
        let shares = self.meters.iter().filter_map(|(meter, running)| {
            let share = running.share()?;
            Some((meter.clone(), share))
        });
        shares.collect()
    }

    /// Counts whoever acted, once in each month, under the plan of the last use.
    fn note_use(&mut self, usage: &Usage, counting: &mut Counting<'_>) {
        counting.add(Measure::Events, usage.plan.as_ref(), "", 1);
        let now = LastUse {
            month: counting.day.first_of_month(),
            plan: usage.plan.clone(),
        };
        let name = Self::member_name(usage);
        let before = self.members.get(name);
        if before == Some(&now) {
            return;
        }
        if let Some(before) = before.filter(|before| before.month == now.month) {
            counting.add_on(before.month, Measure::Active, before.plan.as_ref(), "", -1);
        }
        counting.add_on(now.month, Measure::Active, now.plan.as_ref(), "", 1);
        self.members.insert(name.to_owned(), now);
    }

    /// Follows the meters. Answers what becomes of the subscription.
    fn fold_effects<'e>(&mut self, entry: &'e Entry, counting: &mut Counting<'_>) -> Next<'e> {
        let used_under = match &entry.body.cause {
            Cause::Used(usage) => usage.plan.clone(),
            _ => self.plan.clone(),
        };
        let mut next = Next::Same;
        let mut taken_away = Vec::new();
        for effect in &entry.body.effects {
            match effect {
                Effect::Subscription(subscription) => next = Next::Set(subscription.as_deref()),
                Effect::PeriodTurned { meter, period } => {
                    self.turn(meter, *period, entry.at, counting);
                }
                Effect::PeriodSet { meter, period } => {
                    self.running(meter).period = *period;
                }
                Effect::GrantAdded(grant) if grant.source() == Source::Plan => {
                    self.begin_quota(grant);
                }
                Effect::GrantResized {
                    grant,
                    limit,
                    expires_at,
                } => {
                    if let Some(running) = self.of_grant(*grant) {
                        running.quota = Some(Quota {
                            grant: *grant,
                            units: *limit,
                        });
                        running.period.end = expires_at.unwrap_or(Timestamp::MAX);
                    }
                }
                // The period may be turned by the same entry; then it still had its quota.
                Effect::GrantEnded { grant, .. } => taken_away.push(*grant),
                Effect::Taken(moved) | Effect::HeldTaken(moved) => {
                    let running = self.running(&moved.meter);
                    running.used = running.used.saturating_add(moved.units);
                    count_units(counting, Measure::Used, used_under.as_ref(), moved);
                }
                Effect::GivenBack { moved, this_period } => {
                    if *this_period {
                        let running = self.running(&moved.meter);
                        running.used = running.used.saturating_sub(moved.units);
                    }
                    count_units(counting, Measure::GivenBack, used_under.as_ref(), moved);
                }
                _ => {}
            }
        }
        for grant in taken_away {
            if let Some(running) = self.of_grant(grant) {
                running.quota = None;
            }
        }
        next
    }

    /// The meter's period ended, and the next begins.
    fn turn(
        &mut self,
        meter: &MeterId,
        period: Period,
        at: Timestamp,
        counting: &mut Counting<'_>,
    ) {
        let fresh = RunningPeriod {
            period,
            quota: None,
            used: 0,
        };
        let ended = self.meters.insert(meter.clone(), fresh);
        let Some((ended, share)) = ended.and_then(|ended| Some((ended, ended.share()?))) else {
            return;
        };
        let day = Day::of(ended.period.end.min(at));
        let plan = self.plan.clone();
        counting.add_on(day, Measure::Ended, plan.as_ref(), meter.as_str(), 1);
        counting.add_on(
            day,
            Measure::EndedShare,
            plan.as_ref(),
            meter.as_str(),
            share,
        );
    }

    /// The plan gives its quota of the running period.
    fn begin_quota(&mut self, grant: &Grant) {
        let parts = grant.parts();
        let running = self.running(&parts.meter);
        running.quota = Some(Quota {
            grant: parts.number,
            units: parts.nominal,
        });
        // A meter on which only bought units were used had a period that no entry names.
        if running.period.start == Timestamp::MIN {
            running.period.start = parts.starts_at;
        }
        running.period.end = parts.expires_at.unwrap_or(Timestamp::MAX);
    }

    /// The meter's running period; one that is met for the first time has no quota.
    fn running(&mut self, meter: &MeterId) -> &mut RunningPeriod {
        self.meters
            .entry(meter.clone())
            .or_insert_with(|| RunningPeriod {
                period: Period {
                    start: Timestamp::MIN,
                    end: Timestamp::MAX,
                },
                quota: None,
                used: 0,
            })
    }

    fn of_grant(&mut self, grant: GrantNumber) -> Option<&mut RunningPeriod> {
        self.meters
            .values_mut()
            .find(|running| running.quota.is_some_and(|quota| quota.grant == grant))
    }

    /// The subscription is now another.
    fn change_to(
        &mut self,
        customer: &CustomerId,
        entry: &Entry,
        next: Option<&Subscription>,
        catalog: &Catalog,
        is_new: bool,
        counting: &mut Counting<'_>,
    ) {
        let before = self.terms();
        self.standing = Standing::of(next);
        self.plan = next.map(|next| next.plan.clone());
        self.price = next.and_then(|next| next.price.clone());
        self.recurring = next
            .filter(|_| self.standing == Standing::Paid)
            .and_then(|next| recurring(next, catalog));
        if (before.standing, &before.plan) != (self.standing, &self.plan) || is_new {
            if !is_new {
                let standing = before.standing.as_str();
                counting.add(Measure::Customers, before.plan.as_ref(), standing, -1);
            }
            let standing = self.standing.as_str();
            counting.add(Measure::Customers, self.plan.as_ref(), standing, 1);
        }
        if (before.recurring, &before.plan) != (self.recurring, &self.plan) {
            count_recurring(counting, before.plan.as_ref(), before.recurring, -1);
            count_recurring(counting, self.plan.as_ref(), self.recurring, 1);
        }
        self.note_prospect(before.standing, counting);
        self.note_end(customer, entry, &before, counting);
    }

    /// A customer can become one who pays once in its life.
    fn note_prospect(&mut self, before: Standing, counting: &mut Counting<'_>) {
        if self.has_paid {
            return;
        }
        match self.standing {
            Standing::Free | Standing::Trialing if !self.was_prospect => {
                self.was_prospect = true;
                counting.add(Measure::Prospects, None, "", 1);
            }
            Standing::Paid => {
                self.has_paid = true;
                if self.was_prospect {
                    let plan = self.plan.as_ref();
                    counting.add(Measure::Converted, plan, before.as_str(), 1);
                }
            }
            _ => {}
        }
    }

    /// Whoever paid and no longer does has left, and whoever tried and neither tries nor pays.
    fn note_end(
        &mut self,
        customer: &CustomerId,
        entry: &Entry,
        before: &Terms,
        counting: &mut Counting<'_>,
    ) {
        let has_ended = match before.standing {
            Standing::Paid => self.standing != Standing::Paid,
            Standing::Trialing => !self.standing.can_be_left(),
            Standing::None | Standing::Free => false,
        };
        if has_ended {
            counting.deltas.ends.push(End {
                customer: customer.clone(),
                number: entry.number,
                standing: before.standing,
                plan: before.plan.clone(),
                began_at: self.began_at.unwrap_or(entry.at),
                ended_at: entry.at,
                previous: self.left_at,
            });
            self.began_at = None;
            if before.standing == Standing::Paid {
                self.left_at = Some(entry.at);
            }
        }
        if self.standing.can_be_left() && self.began_at.is_none() {
            self.began_at = Some(entry.at);
        }
    }

    fn terms(&self) -> Terms {
        Terms {
            standing: self.standing,
            plan: self.plan.clone(),
            recurring: self.recurring,
        }
    }
}

/// What a customer was before an entry.
struct Terms {
    standing: Standing,
    plan: Option<PlanId>,
    recurring: Option<Recurring>,
}

impl RunningPeriod {
    /// How much of the quota is used, in parts per million; `None` without a quota.
    fn share(&self) -> Option<i64> {
        let share = share_ppm(self.used, self.quota?.units)?;
        Some(i64::try_from(share).unwrap_or(i64::MAX))
    }
}

fn count_running(
    counting: &mut Counting<'_>,
    plan: Option<&PlanId>,
    meter: &MeterId,
    share: i64,
    sign: i64,
) {
    counting.add(Measure::Running, plan, meter.as_str(), sign);
    counting.add(Measure::RunningShare, plan, meter.as_str(), sign * share);
}

fn count_units(counting: &mut Counting<'_>, measure: Measure, plan: Option<&PlanId>, moved: &Move) {
    let units = i64::try_from(moved.units).unwrap_or(i64::MAX);
    counting.add(measure, plan, moved.feature.as_str(), units);
}

fn count_recurring(
    counting: &mut Counting<'_>,
    plan: Option<&PlanId>,
    recurring: Option<Recurring>,
    sign: i64,
) {
    if let Some(recurring) = recurring {
        let minor = i64::try_from(recurring.yearly_minor).unwrap_or(i64::MAX);
        let currency = recurring.currency.as_str();
        counting.add(Measure::Recurring, plan, currency, sign * minor);
    }
}

/// What a paid subscription brings in within a year; `None` when the catalog has no such price.
fn recurring(subscription: &Subscription, catalog: &Catalog) -> Option<Recurring> {
    let plan = catalog.plan(&subscription.plan, subscription.plan_version)?;
    let price = plan.prices.get(subscription.price.as_ref()?)?;
    let times = match price.interval {
        BillingInterval::Month => 12,
        BillingInterval::Year => 1,
    };
    Some(Recurring {
        currency: price.amount.currency,
        yearly_minor: price.amount.minor.saturating_mul(times),
    })
}
