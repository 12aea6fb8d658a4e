//! Caps: at most so many units within a window, for the customer as a whole or for one member.

use crate::id::{MemberId, MeterId};
use crate::period::Period;
use crate::plan::Reset;
use serde::{Deserialize, Serialize};

/// A cap that the customer itself set on one of its members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberCap {
    /// Whose usage is capped.
    pub member: MemberId,
    /// What is capped.
    pub meter: MeterId,
    /// Units for each window.
    pub units: u64,
    /// How long a window is.
    pub reset: Reset,
}

/// Which counter a cap counts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapKey {
    /// What is capped.
    pub meter: MeterId,
    /// Whose usage counts; `None` for the customer as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// How long its window is: caps that share a window share a counter.
    pub reset: Reset,
}

/// What was used within a window, held units included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapCounter {
    /// What it counts.
    pub key: CapKey,
    /// The window that it counts in.
    pub window: Period,
    /// Units used and held in it.
    pub used: u64,
}

/// Units counted against a cap by a reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapShare {
    /// The counter.
    pub key: CapKey,
    /// The window in which they were counted.
    pub window: Period,
    /// How many.
    pub units: u64,
}
