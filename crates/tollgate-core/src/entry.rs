//! The record: every change of an account as an entry, with its reason and its effects.
//!
//! Rules decide which effects an entry has; applying effects needs no rule and no catalog. So the
//! record replays for ever, whatever becomes of the rules.

use crate::cap::{CapShare, MemberCap};
use crate::decision::Figures;
use crate::grant::{Grant, GrantNumber};
use crate::id::{CustomerId, EventId, FeatureId, MemberId, MeterId, PlanId};
use crate::period::{Period, TimeZone};
use crate::request::{Keyed, Metadata, Use};
use crate::reservation::Hold;
use crate::subscription::Subscription;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One change of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counts the account's entries from 1; the account's version after it.
    pub number: u64,
    /// When it happened; never earlier than the entry before.
    pub at: Timestamp,
    /// The idempotency key of the request that caused it.
    pub keyed: Option<Keyed>,
    /// Why, and with which effects.
    pub body: Body,
}

/// Why an entry was made, and what it did; stored as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Why.
    #[serde(flatten)]
    pub cause: Cause,
    /// What it did, in order.
    pub effects: Vec<Effect>,
}

/// Why an entry was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The account began.
    Opened,
    /// Units were used: a usage event.
    Used(Usage),
    /// Units were held.
    Reserved(Kept),
    /// A reservation lasts longer.
    Extended,
    /// A reservation was given back.
    Released,
    /// A reservation ended by itself and was given back.
    ReservationExpired,
    /// A usage event was taken back.
    Reversed {
        /// The number of the event's entry.
        event: u64,
        /// What was answered.
        #[serde(default)]
        answer: Kept,
    },
    /// Units were given.
    Granted,
    /// Units were taken back.
    Revoked,
    /// Units that were taken back are given again: a refund failed, a dispute was won.
    Restored,
    /// A grant reached its expiry.
    GrantExpired,
    /// A meter's period ended and the next began.
    Reset,
    /// A billing period ended and the next began.
    Renewed,
    /// The customer was put on a plan.
    Subscribed,
    /// The plan changed.
    PlanChanged {
        /// The plan before.
        from: PlanId,
        /// The plan after.
        to: PlanId,
    },
    /// A change waits for the period's end.
    ChangeScheduled,
    /// The subscription will end.
    CancelScheduled,
    /// A waiting change or cancellation was undone.
    ChangeUndone,
    /// The payment provider's word on the subscription: its standing or its dates.
    BillingFollowed,
    /// The subscription ended.
    Canceled,
    /// A member's cap was set or removed.
    MemberCapSet,
    /// The customer's time zone changed.
    TimeZoneSet,
}

impl Cause {
    /// The word that stands in the database.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Cause::Opened => "opened",
            Cause::Used(_) => "used",
            Cause::Reserved(_) => "reserved",
            Cause::Extended => "extended",
            Cause::Released => "released",
            Cause::ReservationExpired => "reservation_expired",
            Cause::Reversed { .. } => "reversed",
            Cause::Granted => "granted",
            Cause::Revoked => "revoked",
            Cause::Restored => "restored",
            Cause::GrantExpired => "grant_expired",
            Cause::Reset => "reset",
            Cause::Renewed => "renewed",
            Cause::Subscribed => "subscribed",
            Cause::PlanChanged { .. } => "plan_changed",
            Cause::ChangeScheduled => "change_scheduled",
            Cause::CancelScheduled => "cancel_scheduled",
            Cause::ChangeUndone => "change_undone",
            Cause::BillingFollowed => "billing_followed",
            Cause::Canceled => "canceled",
            Cause::MemberCapSet => "member_cap_set",
            Cause::TimeZoneSet => "time_zone_set",
        }
    }
}

/// A usage event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// What was used.
    pub uses: Vec<Use>,
    /// Who acted for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The plan that allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// The reservation that it settles, by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<u64>,
    /// What the caller wanted kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// The figures that were answered; kept when a retry can ask for them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figures>,
}

/// What a reservation or a reversal answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The plan that allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// The figures that were answered; kept when a retry can ask for them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figures>,
}

/// Units of a meter, moved for a feature, of a grant; without a grant the meter is unlimited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// What they are of.
    #[serde(rename = "m")]
    pub meter: MeterId,
    /// The feature that they are moved for.
    #[serde(rename = "f")]
    pub feature: FeatureId,
    /// The grant that they are of.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantNumber>,
    /// How many.
    #[serde(rename = "u")]
    pub units: u64,
}

/// One thing that an entry did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The customer's calendar.
    TimeZone(TimeZone),
    /// The subscription is now this; one with another number, or none, ends the old one.
    Subscription(Option<Box<Subscription>>),
    /// A new grant.
    GrantAdded(Box<Grant>),
    /// A grant has a new limit and end.
    GrantResized {
        /// Which.
        grant: GrantNumber,
        /// Its new limit.
        limit: u64,
        /// Its new end.
        expires_at: Option<Timestamp>,
    },
    /// What remains of a grant ends.
    GrantEnded {
        /// Which.
        grant: GrantNumber,
        /// When.
        at: Timestamp,
    },
    /// Units were taken back.
    GrantRevoked {
        /// Which.
        grant: GrantNumber,
        /// How many.
        units: u64,
    },
    /// Units that were taken back are given again.
    GrantRestored {
        /// Which.
        grant: GrantNumber,
        /// How many.
        units: u64,
    },
    /// remaining → used.
    Taken(Move),
    /// remaining → held.
    Held(Move),
    /// held → used.
    HeldTaken(Move),
    /// held → remaining.
    HeldReleased(Move),
    /// used → remaining.
    GivenBack {
        /// What.
        moved: Move,
        /// Whether it was used in the meter's running period.
        this_period: bool,
    },
    /// A meter's period turned: its counters begin anew.
    PeriodTurned {
        /// The meter.
        meter: MeterId,
        /// Its new period.
        period: Period,
    },
    /// A meter's period has other bounds; its counters go on.
    PeriodSet {
        /// The meter.
        meter: MeterId,
        /// Its new bounds.
        period: Period,
    },
    /// A reservation was opened.
    HoldOpened(Box<Hold>),
    /// A reservation lasts until then.
    HoldExtended {
        /// Its number.
        hold: u64,
        /// Its new end.
        expires_at: Timestamp,
    },
    /// A reservation is over.
    HoldClosed {
        /// Its number.
        hold: u64,
    },
    /// Units count against a cap.
    CapCounted(CapShare),
    /// Units no longer count against a cap.
    CapUncounted(CapShare),
    /// A member's cap; replaces the one for the same member and meter.
    MemberCapSet(MemberCap),
    /// A member has no cap on a meter any more.
    MemberCapRemoved {
        /// Who.
        member: MemberId,
        /// On what.
        meter: MeterId,
    },
    /// A usage event counts as reversed.
    EventReversed {
        /// The number of its entry.
        event: u64,
        /// When it happened.
        at: Timestamp,
    },
}

impl Entry {
    /// The id of the usage event that this entry is, if it is one.
    pub fn event_id(&self, customer: &CustomerId) -> EventId {
        EventId::new(self.at, customer, self.number)
    }

    /// The usage event that this entry is.
    pub fn usage(&self) -> Option<&Usage> {
        match &self.body.cause {
            Cause::Used(usage) => Some(usage),
            _ => None,
        }
    }
}
