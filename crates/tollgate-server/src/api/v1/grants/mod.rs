//! Grants: lots of units on a meter.

mod give;
mod list;
mod revoke;

pub use give::*;
pub use list::*;
pub use revoke::*;

use crate::api::problem::Instant;
use crate::api::schema;
use serde::Serialize;
use tollgate_core::Timestamp;
use tollgate_core::grant::Grant;
use tollgate_core::id::{CustomerId, GrantId, MeterId};
use utoipa::ToSchema;

/// A grant. At every moment amount = remaining + held + used + expired + revoked.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantBody {
    /// Its id.
    #[schema(value_type = schema::GrantId)]
    pub id: GrantId,
    /// What the units are of.
    #[schema(value_type = schema::MeterId)]
    pub meter: MeterId,
    /// Where they come from: plan, rollover, `top_up`, promotion or adjustment.
    #[schema(value_type = String, example = "top_up")]
    pub source: &'static str,
    /// Units given.
    pub amount: u64,
    /// Units left.
    pub remaining: u64,
    /// Units set aside by reservations.
    pub held: u64,
    /// Units used.
    pub used: u64,
    /// Units that ended unused.
    pub expired: u64,
    /// Units taken back.
    pub revoked: u64,
    /// When it was given.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
    /// From when its units can be used.
    #[schema(value_type = schema::Instant)]
    pub starts_at: Instant,
    /// From when they no longer can; null for never.
    #[schema(value_type = Option<schema::Instant>)]
    pub expires_at: Option<Instant>,
    /// Among grants that expire at the same instant the smaller goes first.
    pub priority: i32,
    /// Whether its units can be used now.
    pub live: bool,
    /// What it was given for.
    pub reference: String,
}

impl GrantBody {
    /// As it is answered at `now`.
    pub fn new(grant: &Grant, customer: &CustomerId, now: Timestamp) -> Self {
        let parts = grant.parts();
        Self {
            id: grant.id(customer),
            meter: parts.meter.clone(),
            source: parts.source.as_str(),
            amount: parts.amount,
            remaining: grant.remaining(),
            held: parts.held,
            used: parts.used,
            expired: parts.expired,
            revoked: parts.revoked,
            created_at: Instant(parts.created_at),
            starts_at: Instant(parts.starts_at),
            expires_at: parts.expires_at.and_then(Instant::finite),
            priority: parts.priority,
            live: grant.is_live(now),
            reference: parts.reference.clone(),
        }
    }
}
