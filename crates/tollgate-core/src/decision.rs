//! Answers: what was granted, or why not, with every figure.

use crate::id::{EventId, FeatureId, MemberId, MeterId, PlanId, ReservationId, TopUpId};
use crate::money::Money;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The answer to a request: a refusal is an answer, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<T = Receipt> {
    /// Yes, and this is what it did.
    Granted(T),
    /// No, and nothing has changed.
    Refused(Box<Refusal>),
}

impl<T> Decision<T> {
    /// What was granted, if it was.
    pub fn granted(self) -> Option<T> {
        match self {
            Decision::Granted(granted) => Some(granted),
            Decision::Refused(_) => None,
        }
    }

    /// As a result, for `?`.
    pub fn into_result(self) -> Result<T, Box<Refusal>> {
        match self {
            Decision::Granted(granted) => Ok(granted),
            Decision::Refused(refusal) => Err(refusal),
        }
    }

    /// The same answer about something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Decision<U> {
        match self {
            Decision::Granted(granted) => Decision::Granted(change(granted)),
            Decision::Refused(refusal) => Decision::Refused(refusal),
        }
    }
}

/// What a meter holds for one feature, after what was just done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The feature asked about.
    pub feature: FeatureId,
    /// Its meter; `None` for a feature that is only on or off.
    pub meter: Option<MeterId>,
    /// Units of all live grants in this period; `None` when unlimited.
    pub limit: Option<u64>,
    /// Units used in this period.
    pub used: u64,
    /// Units set aside by reservations.
    pub held: u64,
    /// Units that can still be used; `None` when unlimited.
    pub remaining: Option<u64>,
    /// When the meter is renewed; `None` for never.
    pub resets_at: Option<Timestamp>,
}

/// What a consumption did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The usage event that records it.
    pub event: EventId,
    /// The plan that allowed it, if the customer has one.
    pub plan: Option<PlanId>,
    /// The figures of each feature used, in the order of the request.
    pub figures: Vec<Figures>,
    /// Whether this is the stored answer of an earlier request with the same key.
    #[serde(default)]
    pub replayed: bool,
}

/// What a reservation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The reservation.
    pub reservation: ReservationId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// The plan that allowed it, if the customer has one.
    pub plan: Option<PlanId>,
    /// The figures of each feature reserved, in the order of the request.
    pub figures: Vec<Figures>,
    /// Whether this is the stored answer of an earlier request with the same key.
    #[serde(default)]
    pub replayed: bool,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The catalog knows no such feature.
    UnknownFeature,
    /// The catalog knows no such meter.
    UnknownMeter,
    /// The catalog sells no such plan or price.
    UnknownPlan,
    /// The customer has no subscription, and nothing bought.
    NoSubscription,
    /// The customer's plan does not include the feature.
    FeatureNotInPlan,
    /// A member's cap is reached.
    MemberCapExceeded,
    /// The plan's cap for a time window is reached.
    CapExceeded,
    /// The grants do not hold enough.
    QuotaExceeded,
    /// There is no such open reservation.
    UnknownReservation,
    /// The usage event is not this customer's, or not one that can be reversed.
    UnknownEvent,
    /// The usage event is reversed already.
    AlreadyReversed,
    /// A grant that the event drew on has ended: there is nothing to give back to.
    TooLateToReverse,
    /// There is no such grant, or it has ended.
    UnknownGrant,
    /// A bound of this account is reached: too many grants, reservations, caps or reversals.
    TooMany,
    /// The account was idle for so long that its periods are still being caught up; ask again.
    CatchingUp,
    /// There is no change or cancellation to undo.
    NothingToUndo,
    /// The payment provider bills the subscription: it is changed there, and here by its word.
    BilledElsewhere,
}

impl Reason {
    /// The word that stands in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::UnknownFeature => "unknown_feature",
            Reason::UnknownMeter => "unknown_meter",
            Reason::UnknownPlan => "unknown_plan",
            Reason::NoSubscription => "no_subscription",
            Reason::FeatureNotInPlan => "feature_not_in_plan",
            Reason::MemberCapExceeded => "member_cap_exceeded",
            Reason::CapExceeded => "cap_exceeded",
            Reason::QuotaExceeded => "quota_exceeded",
            Reason::UnknownReservation => "unknown_reservation",
            Reason::UnknownEvent => "unknown_event",
            Reason::AlreadyReversed => "already_reversed",
            Reason::TooLateToReverse => "too_late_to_reverse",
            Reason::UnknownGrant => "unknown_grant",
            Reason::TooMany => "too_many",
            Reason::CatchingUp => "catching_up",
            Reason::NothingToUndo => "nothing_to_undo",
            Reason::BilledElsewhere => "billed_elsewhere",
        }
    }
}

/// A clear no: the reason, the figures, when it will be yes, and what would make it yes now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The feature that was refused.
    pub feature: Option<FeatureId>,
    /// Its meter.
    pub meter: Option<MeterId>,
    /// The customer's plan.
    pub plan: Option<PlanId>,
    /// The member whose cap it was.
    pub member: Option<MemberId>,
    /// Units of the limit or cap that refused.
    pub limit: u64,
    /// Units used of it.
    pub used: u64,
    /// Units left of it.
    pub remaining: u64,
    /// Units that the request needed.
    pub needed: u64,
    /// When the limit or cap is renewed; `None` for never.
    pub resets_at: Option<Timestamp>,
    /// What would make it a yes.
    pub ways_out: Vec<WayOut>,
}

/// What would make a refusal a yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum WayOut {
    /// Wait for the reset.
    Wait {
        /// When it will be.
        until: Timestamp,
    },
    /// Move to a plan that gives more.
    Plan {
        /// The plan.
        plan: PlanId,
        /// Units that it gives of the meter; `None` for unlimited or only switched on.
        limit: Option<u64>,
        /// What it costs at the least; `None` when it is free.
        price: Option<Money>,
    },
    /// Buy units.
    TopUp {
        /// What to buy.
        top_up: TopUpId,
        /// The fewest units that would do, within what can be bought at once.
        units: u64,
        /// What they cost together.
        price: Money,
    },
    /// Ask whoever set the cap to raise it.
    RaiseCap,
}

impl Refusal {
    /// A refusal without figures.
    pub fn bare(reason: Reason) -> Self {
        Self {
            reason,
            feature: None,
            meter: None,
            plan: None,
            member: None,
            limit: 0,
            used: 0,
            remaining: 0,
            needed: 0,
            resets_at: None,
            ways_out: Vec::new(),
        }
    }

    /// One sentence for people.
    pub fn message(&self) -> String {
        let feature = self
            .feature
            .as_ref()
            .map_or("this feature", FeatureId::as_str);
        match self.reason {
            Reason::UnknownFeature => format!("The catalog has no feature {feature}."),
            Reason::UnknownMeter => "The catalog has no such meter.".to_owned(),
            Reason::UnknownPlan => "The catalog sells no such plan or price.".to_owned(),
            Reason::NoSubscription => {
                "No active subscription found. Please subscribe to a plan to continue.".to_owned()
            }
            Reason::FeatureNotInPlan => format!("The plan does not include {feature}."),
            Reason::MemberCapExceeded => {
                format!("The member's cap is reached. {}", self.need_and_have())
            }
            Reason::CapExceeded => format!("The rate cap is reached. {}", self.need_and_have()),
            Reason::QuotaExceeded => format!("Insufficient quota. {}", self.need_and_have()),
            Reason::UnknownReservation => "There is no such open reservation.".to_owned(),
            Reason::UnknownEvent => "There is no such usage event.".to_owned(),
            Reason::AlreadyReversed => "The usage event is reversed already.".to_owned(),
            Reason::TooLateToReverse => {
                "A grant that the event drew on has ended; there is nothing to give back to."
                    .to_owned()
            }
            Reason::UnknownGrant => "There is no such grant, or it has ended.".to_owned(),
            Reason::TooMany => "This customer has too many of these already.".to_owned(),
            Reason::CatchingUp => {
                "The account was idle for long and is being caught up. Ask again.".to_owned()
            }
            Reason::NothingToUndo => "There is no change or cancellation to undo.".to_owned(),
            Reason::BilledElsewhere => {
                "This subscription is paid through Stripe: change it through the billing routes or in Stripe."
                    .to_owned()
            }
        }
    }

    fn need_and_have(&self) -> String {
        let plural = if self.needed == 1 {
            "operation"
        } else {
            "operations"
        };
        format!(
            "You need {} {plural} but only have {} remaining.",
            self.needed, self.remaining
        )
    }
}
