//! What is asked of an account, checked when it is made.

use crate::grant::Source;
use crate::id::{FeatureId, IdempotencyKey, MemberId, MeterId, PlanId, PriceId, ReservationId};
use crate::plan::{Reset, UNITS_MAX};
use crate::reservation::OnExpiry;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most features that one request may name.
pub const USES_MAX: usize = 16;
/// The most bytes that a request's metadata may have.
pub const METADATA_BYTES_MAX: usize = 1_024;
/// The longest that a reservation may last: 31 days.
pub const RESERVATION_SECONDS_MAX: i64 = 31 * 24 * 3_600;

/// Why a request makes no sense, whatever the account says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No feature is named.
    #[error("name at least one feature")]
    NoUses,
    /// Too many features.
    #[error("{count} features are named; at most {USES_MAX} are allowed")]
    TooManyUses {
        /// How many there are.
        count: usize,
    },
    /// The same feature twice.
    #[error("feature {feature} is named twice; add its amounts up")]
    RepeatedUse {
        /// The feature.
        feature: FeatureId,
    },
    /// An amount out of range.
    #[error("amount must be from {least} to {UNITS_MAX}, this is {amount}")]
    Amount {
        /// The smallest that is allowed here.
        least: u64,
        /// What was asked for.
        amount: u64,
    },
    /// Metadata too long.
    #[error("metadata has {length} bytes; at most {METADATA_BYTES_MAX} are allowed")]
    MetadataTooLong {
        /// Bytes it has.
        length: usize,
    },
    /// Metadata that is no JSON object.
    #[error("metadata must be a JSON object")]
    MetadataNotObject,
}

/// How many uses of a feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// The feature.
    pub feature: FeatureId,
    /// How many uses of it.
    pub amount: u64,
}

/// The features and amounts of one request: each feature once, all of them or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uses(Vec<Use>);

impl Uses {
    /// Checks the amounts: each at least `least`.
    pub fn new(uses: Vec<Use>, least: u64) -> Result<Self, RequestError> {
        if uses.is_empty() {
            return Err(RequestError::NoUses);
        }
        if uses.len() > USES_MAX {
            return Err(RequestError::TooManyUses { count: uses.len() });
        }
        for (index, one) in uses.iter().enumerate() {
            if one.amount < least || one.amount > UNITS_MAX {
                return Err(RequestError::Amount {
                    least,
                    amount: one.amount,
                });
            }
            if uses[..index]
                .iter()
                .any(|other| other.feature == one.feature)
            {
                return Err(RequestError::RepeatedUse {
                    feature: one.feature.clone(),
                });
            }
        }
        Ok(Self(uses))
    }

    /// `amount` uses of one feature.
    pub fn one(feature: FeatureId, amount: u64) -> Result<Self, RequestError> {
        Self::new(vec![Use { feature, amount }], 1)
    }

    /// They in the order in which they were named.
    pub fn as_slice(&self) -> &[Use] {
        &self.0
    }
}

/// A JSON object that is kept with a usage event and never looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(serde_json::Map<String, serde_json::Value>);

impl Metadata {
    /// Checks and keeps an object.
    pub fn new(value: serde_json::Value) -> Result<Self, RequestError> {
        let serde_json::Value::Object(object) = value else {
            return Err(RequestError::MetadataNotObject);
        };
        let length = serde_json::to_string(&object).map_or(usize::MAX, |text| text.len());
        if length > METADATA_BYTES_MAX {
            return Err(RequestError::MetadataTooLong { length });
        }
        Ok(Self(object))
    }
}

/// What tells two requests under one idempotency key apart: the first 16 bytes of the SHA-256 of
/// the request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    fn of(kind: &str, request: &impl Serialize) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(kind.as_bytes());
        hasher.update(serde_json::to_vec(request).expect("requests have string keys only"));
        let digest = hasher.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(bytes)
    }
}

/// Takes units, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consume {
    /// What is used.
    pub uses: Uses,
    /// Who acts for the customer.
    pub member: Option<MemberId>,
    /// Kept with the usage event.
    pub metadata: Option<Metadata>,
}

/// Holds units, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reserve {
    /// What may be used.
    pub uses: Uses,
    /// Who acts for the customer.
    pub member: Option<MemberId>,
    /// How long they are held, in seconds; at most [`RESERVATION_SECONDS_MAX`].
    pub seconds: u32,
    /// What becomes of them if nobody settles.
    pub on_expiry: OnExpiry,
}

/// Takes the real amount of a reservation and gives the rest back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settle {
    /// The reservation.
    pub reservation: ReservationId,
    /// What was really used, more or less; `None` for exactly what was reserved. A reserved
    /// feature that is not named was not used.
    pub uses: Option<Uses>,
    /// Kept with the usage event.
    pub metadata: Option<Metadata>,
}

/// Gives units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantUnits {
    /// What they are of.
    pub meter: MeterId,
    /// How many; 1 to [`UNITS_MAX`].
    pub units: u64,
    /// Where they come from: a top-up, a promotion or an adjustment.
    pub source: Source,
    /// From when they can be used; `None` for now.
    pub starts_at: Option<Timestamp>,
    /// From when they no longer can; `None` for never.
    pub expires_at: Option<Timestamp>,
    /// Among grants that expire at the same instant the smaller goes first.
    pub priority: i32,
    /// What they are given for.
    pub reference: String,
}

/// When a change of plan takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum ChangeTime {
    /// An upgrade at once, a downgrade at the period's end.
    #[default]
    Auto,
    /// At once.
    Now,
    /// At the end of the running billing period.
    PeriodEnd,
}

/// Puts the customer on a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subscribe {
    /// The plan, in its newest version.
    pub plan: PlanId,
    /// The price; `None` for the plan's only or monthly one.
    pub price: Option<PriceId>,
    /// When.
    pub when: ChangeTime,
}

/// Sets or removes a member's cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetMemberCap {
    /// The member.
    pub member: MemberId,
    /// What is capped.
    pub meter: MeterId,
    /// Units for each window; `None` removes the cap.
    pub units: Option<u64>,
    /// How long a window is.
    pub reset: Reset,
}

macro_rules! fingerprinted {
    ($($request:ty => $kind:literal),* $(,)?) => {$(
        impl $request {
            /// What tells it from another request under the same idempotency key.
            pub fn fingerprint(&self) -> Fingerprint {
                Fingerprint::of($kind, self)
            }
        }
    )*};
}

fingerprinted! {
    Consume => "consume",
    Reserve => "reserve",
    Settle => "settle",
    GrantUnits => "grant",
    Subscribe => "subscribe",
    SetMemberCap => "member_cap",
}

/// An idempotency key with the fingerprint of the request that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The caller's key.
    pub key: IdempotencyKey,
    /// The request's fingerprint.
    pub fingerprint: Fingerprint,
}
