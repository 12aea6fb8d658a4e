//! Reservations: units held for work of unknown outcome or size.

use crate::cap::CapShare;
use crate::grant::GrantNumber;
use crate::id::{CustomerId, FeatureId, MemberId, MeterId, ReservationId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What becomes of a reservation that nobody settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// The units are given back.
    #[default]
    Release,
    /// The units are taken.
    Settle,
}

/// Units held of one grant for one feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUnits {
    /// The feature they are held for.
    pub feature: FeatureId,
    /// What they are of.
    pub meter: MeterId,
    /// The grant that they are held of; `None` when the meter is unlimited.
    pub grant: Option<GrantNumber>,
    /// How many.
    pub units: u64,
}

/// How many times a feature is reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUse {
    /// The feature.
    pub feature: FeatureId,
    /// How many uses.
    pub amount: u64,
    /// Units of its meter for each use, as of the reservation; 0 for a feature without meter.
    pub cost: u64,
}

/// An open reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The number of the entry that opened it.
    pub number: u64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// What becomes of it then.
    pub on_expiry: OnExpiry,
    /// Who acts for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// What was asked for.
    pub uses: Vec<HeldUse>,
    /// What is held for it, in burn order.
    pub units: Vec<HeldUnits>,
    /// What it counts against caps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CapShare>,
}

impl Hold {
    /// The id that others see.
    pub fn id(&self, customer: &CustomerId) -> ReservationId {
        ReservationId::new(self.created_at, customer, self.number)
    }
}
