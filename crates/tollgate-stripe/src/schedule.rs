//! Subscription schedules: changes of a subscription that wait for their date.

use crate::client::{Client, Expand};
use crate::customer::Customer;
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::idempotency::IdempotencyKey;
use crate::object::ListRequest;
use crate::period::Period;
use crate::price::{Interval, Price};
use crate::subscription::{DiscountParams, Proration, Subscription};
use crate::tolerant::Clearable;
use serde::Serialize;
use std::collections::BTreeMap;

open_enum! {
    /// What state a schedule is in.
    pub ScheduleStatus {
        /// It waits for its first phase.
        NotStarted = "not_started",
        /// It decides what its subscription is.
        Active = "active",
        /// All its phases are over.
        Completed = "completed",
        /// It has let go of its subscription.
        Released = "released",
        /// It was cancelled, and its subscription with it.
        Canceled = "canceled",
    }
}

open_enum! {
    /// What becomes of the subscription after the last phase.
    pub ScheduleEnd {
        /// It goes on as it is.
        Release = "release",
        /// It ends.
        Cancel = "cancel",
    }
}

object! {
    /// Changes of a subscription that wait for their date.
    Schedule = "a subscription schedule" {
        /// What state it is in.
        status: ScheduleStatus,
        /// The subscription that it decides.
        subscription: Option<Expandable<Subscription>>,
        /// The subscription that it has let go of.
        released_subscription: Option<String>,
        /// Who pays.
        customer: Option<Expandable<Customer>>,
        /// The phase that holds now.
        current_phase: Option<PhaseDates>,
        /// What happens after the last phase.
        end_behavior: ScheduleEnd,
        /// All its phases, past ones too, in order.
        phases: Vec<SchedulePhase>,
        /// When it was created.
        created: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

part! {
    /// From when to when a phase holds.
    pub PhaseDates {
        /// From when.
        start_date: Option<i64>,
        /// To when.
        end_date: Option<i64>,
    }
}

part! {
    /// A span of time and what is paid for in it.
    pub SchedulePhase {
        /// From when it holds.
        start_date: Option<i64>,
        /// To when it holds.
        end_date: Option<i64>,
        /// What is paid for.
        items: Vec<PhaseItem>,
        /// When a trial ends in it.
        trial_end: Option<i64>,
        /// What is stored with the subscription in it.
        metadata: BTreeMap<String, String>,
    }
}

part! {
    /// One thing that is paid for in a phase.
    pub PhaseItem {
        /// What it costs.
        price: Option<Expandable<Price>>,
        /// How many.
        quantity: Option<i64>,
    }
}

impl Schedule {
    /// The subscription that it decides, or has let go of.
    pub fn subscription_id(&self) -> Option<&str> {
        self.subscription
            .as_ref()
            .map(Expandable::id)
            .or(self.released_subscription.as_deref())
    }

    /// From when to when its current phase holds.
    pub fn current_period(&self) -> Option<Period> {
        let current = self.current_phase.as_ref()?;
        Period::of(current.start_date, current.end_date)
    }

    /// The phase that follows the current one.
    pub fn next_phase(&self) -> Option<&SchedulePhase> {
        let end = self.current_phase.as_ref()?.end_date?;
        self.phases
            .iter()
            .find(|phase| phase.start_date.is_some_and(|start| start >= end))
    }
}

impl PhaseItem {
    /// The price of it.
    pub fn price_id(&self) -> Option<&str> {
        self.price.as_ref().map(Expandable::id)
    }
}

/// A new schedule. Made from a subscription, it takes nothing else: its phases are given with a
/// change afterwards.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateSchedule {
    /// The subscription that it takes over.
    pub from_subscription: Option<String>,
    /// Who pays, for one that starts a subscription.
    pub customer: Option<String>,
    /// What happens after the last phase.
    pub end_behavior: Option<ScheduleEnd>,
    /// Its phases, in order.
    pub phases: Vec<PhaseParams>,
    /// When its first phase starts.
    pub start_date: Option<i64>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// A change of a schedule; what is `None` stays. Its phases are replaced together: the current
/// one has to be named again.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpdateSchedule {
    /// What happens after the last phase.
    pub end_behavior: Option<ScheduleEnd>,
    /// The current phase and those to come.
    pub phases: Vec<PhaseParams>,
    /// What becomes of a part of the current period that was paid at another price.
    pub proration_behavior: Option<Proration>,
    /// What is stored with it: the keys that are named; an empty text removes one.
    pub metadata: Option<Clearable<BTreeMap<String, String>>>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// A phase of a schedule.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PhaseParams {
    /// What is paid for.
    pub items: Vec<PhaseItemParams>,
    /// From when it holds. Only of a change, and only of its first phase.
    pub start_date: Option<i64>,
    /// To when it holds: this or a duration.
    pub end_date: Option<i64>,
    /// How long it holds: this or an end.
    pub duration: Option<PhaseDuration>,
    /// What is taken off.
    pub discounts: Vec<DiscountParams>,
    /// What is stored with the subscription in it.
    pub metadata: BTreeMap<String, String>,
    /// What becomes of what was paid at another price, when it begins.
    pub proration_behavior: Option<Proration>,
    /// When a trial ends in it.
    pub trial_end: Option<i64>,
}

/// One thing that is paid for in a phase.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PhaseItemParams {
    /// Its price.
    pub price: Option<String>,
    /// How many.
    pub quantity: Option<u64>,
}

/// How long a phase holds.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PhaseDuration {
    /// So many of these.
    pub interval: Interval,
    /// How many of them; 1 when nothing is said.
    pub interval_count: Option<u32>,
}

/// How a schedule lets go of its subscription, which goes on as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReleaseSchedule {
    /// Whether a date at which the subscription ends stays.
    pub preserve_cancel_date: Option<bool>,
}

/// How a schedule and its subscription end.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CancelSchedule {
    /// Whether what is still open is invoiced.
    pub invoice_now: Option<bool>,
    /// Whether the rest of the period is credited.
    pub prorate: Option<bool>,
}

/// Which schedules to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListSchedules {
    /// Those of this customer.
    pub customer: Option<String>,
    /// Those that have not started.
    pub scheduled: Option<bool>,
    /// Which references are sent whole, such as `data.subscription`.
    pub expand: Vec<String>,
}

impl ListRequest for ListSchedules {
    type Item = Schedule;

    fn path(&self) -> Vec<&str> {
        vec!["subscription_schedules"]
    }
}

impl Client {
    /// Creates a schedule.
    pub async fn create_schedule(
        &self,
        params: &CreateSchedule,
        key: &IdempotencyKey,
    ) -> Result<Schedule, StripeError> {
        self.post(&["subscription_schedules"], params, key).await
    }

    /// The schedule of this id, with these references sent whole.
    pub async fn schedule(&self, id: &str, expand: &[&str]) -> Result<Schedule, StripeError> {
        self.get(&["subscription_schedules", id], &Expand { expand })
            .await
    }

    /// Changes a schedule.
    pub async fn update_schedule(
        &self,
        id: &str,
        params: &UpdateSchedule,
        key: &IdempotencyKey,
    ) -> Result<Schedule, StripeError> {
        self.post(&["subscription_schedules", id], params, key)
            .await
    }

    /// Lets go of the subscription, which goes on as it is.
    pub async fn release_schedule(
        &self,
        id: &str,
        params: &ReleaseSchedule,
        key: &IdempotencyKey,
    ) -> Result<Schedule, StripeError> {
        self.post(&["subscription_schedules", id, "release"], params, key)
            .await
    }

    /// Ends the schedule and its subscription at once.
    pub async fn cancel_schedule(
        &self,
        id: &str,
        params: &CancelSchedule,
        key: &IdempotencyKey,
    ) -> Result<Schedule, StripeError> {
        self.post(&["subscription_schedules", id, "cancel"], params, key)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_phase_is_found() {
        let text = r#"{"id":"sub_sched_1","status":"active","subscription":"sub_1",
            "current_phase":{"start_date":100,"end_date":200},"end_behavior":"release",
            "phases":[
                {"start_date":0,"end_date":100,"items":[{"price":"price_0"}]},
                {"start_date":100,"end_date":200,"items":[{"price":"price_1","quantity":1}]},
                {"start_date":200,"end_date":300,"items":[{"price":{"id":"price_2"},"quantity":1}]}
            ]}"#;
        let schedule: Schedule = serde_json::from_str(text).unwrap();
        assert_eq!(schedule.subscription_id(), Some("sub_1"));
        assert_eq!(
            schedule.current_period(),
            Some(Period {
                start: 100,
                end: 200
            })
        );
        let next = schedule.next_phase().unwrap();
        assert_eq!(next.items[0].price_id(), Some("price_2"));
    }

    #[test]
    fn a_released_schedule_still_names_its_subscription() {
        let text = r#"{"id":"sub_sched_1","status":"released","subscription":null,
            "released_subscription":"sub_1","current_phase":null,"phases":[]}"#;
        let schedule: Schedule = serde_json::from_str(text).unwrap();
        assert_eq!(schedule.subscription_id(), Some("sub_1"));
        assert!(schedule.next_phase().is_none());
    }
}
