//! Usage events: the immutable record of consumptions.

mod get;
mod list;
mod reverse;

pub use get::*;
pub use list::*;
pub use reverse::*;

use crate::api::problem::Instant;
use crate::api::schema;
use crate::api::v1::uses::UseBody;
use serde::Serialize;
use tollgate_core::Account;
use tollgate_core::entry::Entry;
use tollgate_core::id::{EventId, FeatureId, IdempotencyKey, MemberId, PlanId};
use tollgate_core::period::MonthKey;
use tollgate_core::request::Metadata;
use utoipa::ToSchema;

/// A usage event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// Its id.
    #[schema(value_type = schema::EventId)]
    pub id: EventId,
    /// The feature used; the first of several.
    #[schema(value_type = Option<schema::FeatureId>)]
    pub feature: Option<FeatureId>,
    /// How many uses of it.
    pub amount: u64,
    /// Everything that was used.
    pub uses: Vec<UseBody>,
    /// When.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
    /// The calendar month in the customer's zone.
    #[schema(example = "2026-01")]
    pub month_key: String,
    /// The plan that allowed it.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<PlanId>,
    /// Who acted for the customer.
    #[schema(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
    /// What the caller wanted kept.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Metadata>,
    /// The idempotency key of the request.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
    /// Whether it was taken back.
    pub reversed: bool,
}

impl EventBody {
    /// As it is answered; `None` for an entry that is no usage event.
    pub fn new(account: &Account, entry: &Entry) -> Option<Self> {
        let usage = entry.usage()?;
        let first = usage.uses.first();
        let uses = usage.uses.iter().map(|one| UseBody {
            feature: one.feature.clone(),
            amount: one.amount,
        });
        let reversals = &account.tallies().reversals;
        Some(Self {
            id: entry.event_id(account.customer()),
            feature: first.map(|one| one.feature.clone()),
            amount: first.map_or(0, |one| one.amount),
            uses: uses.collect(),
            created_at: Instant(entry.at),
            month_key: MonthKey::of(account.time_zone(), entry.at).to_string(),
            plan: usage.plan.clone(),
            member: usage.member.clone(),
            metadata: usage.metadata.clone(),
            idempotency_key: entry.keyed.as_ref().map(|keyed| keyed.key.clone()),
            reversed: reversals
                .iter()
                .any(|reversal| reversal.event == entry.number),
        })
    }
}
