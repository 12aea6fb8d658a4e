//! Plans: what is sold, and what it entitles to.

use crate::catalog::Feature;
use crate::id::{FeatureId, MeterId, PlanId, PriceId};
use crate::money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The most units that any one limit, grant or request may name (10^15): sums of every grant a
/// customer may hold stay far inside 64 bits.
pub const UNITS_MAX: u64 = 1_000_000_000_000_000;

/// The most units that a meter counts in one period, used and held together; more is refused. It
/// keeps every sum inside the databases' 64 signed bits.
pub const COUNTED_MAX: u64 = 4_000_000_000_000_000_000;

/// The most periods that rollover can be limited to: each has a grant of its own.
pub const ROLLOVER_PERIODS_MAX: u32 = 60;

/// One immutable version of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The catalog's name for it.
    pub id: PlanId,
    /// Counts from 1; a changed plan is a new version, and customers keep theirs until moved.
    pub version: u32,
    /// What people read.
    pub name: String,
    /// One sentence for people; may be empty.
    #[serde(default)]
    pub description: String,
    /// Whether it can be chosen now.
    pub is_active: bool,
    /// Days of trial that a first subscription gets; 0 for none.
    #[serde(default)]
    pub trial_days: u32,
    /// What it costs; none for a free plan.
    #[serde(default)]
    pub prices: BTreeMap<PriceId, Price>,
    /// What it gives of each meter.
    #[serde(default)]
    pub entitlements: BTreeMap<MeterId, Entitlement>,
    /// Features switched on or off whatever their meter says.
    #[serde(default)]
    pub switches: BTreeMap<FeatureId, bool>,
    /// Caps within time windows, beside the limits.
    #[serde(default)]
    pub caps: Vec<Cap>,
}

/// What a plan costs in one rhythm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// For one billing period.
    pub amount: Money,
    /// How long a billing period is.
    pub interval: BillingInterval,
    /// Stripe's price, when it is known.
    #[serde(default)]
    pub stripe_price: Option<String>,
}

/// How long a billing period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingInterval {
    /// A month, counted from the anchor.
    Month,
    /// A year, counted from the anchor.
    Year,
}

/// What a plan gives of a meter. A meter that is not named gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entitlement {
    /// Any amount; usage is recorded all the same.
    Unlimited,
    /// So many units for each period.
    Limited(Limit),
}

/// A number of units and how they are renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Units for each period; at most [`UNITS_MAX`].
    pub units: u64,
    /// When they are renewed.
    pub reset: Reset,
    /// What happens to unused units at a reset.
    #[serde(default)]
    pub rollover: Rollover,
    /// What a change to this plan does to the usage of the running period.
    #[serde(default)]
    pub on_change: OnChange,
}

/// When a limit is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// Given once, kept until it is used up.
    Never,
    /// At every turn of the cadence.
    Every {
        /// How long a period is.
        cadence: Cadence,
        /// What it is counted from.
        anchor: Anchor,
    },
}

/// The length of a period or window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// A calendar day of the customer's zone, or 24 hours from the anchor.
    Day,
    /// From Monday in the customer's zone, or 7 × 24 hours from the anchor.
    Week,
    /// A calendar month of the customer's zone, or months counted from the anchor.
    Month,
    /// A calendar year of the customer's zone, or years counted from the anchor.
    Year,
}

/// What periods are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The calendar in the customer's time zone.
    #[default]
    Calendar,
    /// The subscription's billing anchor, in UTC as Stripe counts.
    Billing,
}

/// What happens to unused units of the plan (and of earlier rollovers) at a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Rollover {
    /// They end.
    #[default]
    None,
    /// They are kept.
    Keep {
        /// At most so many in all; `None` for all of them, up to [`UNITS_MAX`].
        #[serde(default)]
        units_max: Option<u64>,
        /// For so many periods after the one they were given for, at most
        /// [`ROLLOVER_PERIODS_MAX`]; `None` for ever.
        #[serde(default)]
        periods_max: Option<u32>,
    },
}

/// What a change to this plan does to the units of the running period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OnChange {
    /// The new limit holds at once, and what was used in this period still counts.
    #[default]
    Keep,
    /// A fresh period begins with the whole new limit.
    Reset,
    /// The old limit counts for the part of the period that is over, the new one for the rest
    /// (rounded down); what was used still counts.
    Prorate,
}

/// At most so many units within a window, whatever the balance says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// What is capped.
    pub meter: MeterId,
    /// Units for each window.
    pub units: u64,
    /// How long a window is; `None` for one that never ends.
    pub reset: Reset,
    /// Who shares the cap.
    pub scope: CapScope,
}

/// Who shares a plan's cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapScope {
    /// The customer as a whole.
    Customer,
    /// Each member by itself.
    EachMember,
}

impl Plan {
    /// The limit that this plan sets on `meter`, when it has one and it is not unlimited.
    pub fn limit(&self, meter: &MeterId) -> Option<&Limit> {
        match self.entitlements.get(meter) {
            Some(Entitlement::Limited(limit)) => Some(limit),
            Some(Entitlement::Unlimited) | None => None,
        }
    }

    /// Whether `meter` is unlimited.
    pub fn is_unlimited(&self, meter: &MeterId) -> bool {
        matches!(self.entitlements.get(meter), Some(Entitlement::Unlimited))
    }

    /// Whether it gives `feature`, whose id is `id`: it is switched on, or it is not switched off
    /// and its meter has an entitlement here. Units may be used up all the same.
    pub fn has(&self, id: &FeatureId, feature: &Feature) -> bool {
        self.switches
            .get(id)
            .copied()
            .unwrap_or_else(|| self.has_units_for(feature))
    }

    /// Whether the feature's meter has an entitlement here.
    pub fn has_units_for(&self, feature: &Feature) -> bool {
        feature
            .draw
            .as_ref()
            .is_some_and(|draw| self.entitlements.contains_key(&draw.meter))
    }

    /// The price that is meant when none is named: its only one, or else its cheapest monthly one.
    pub fn usual_price(&self) -> Option<(&PriceId, &Price)> {
        let prices = self.prices.iter();
        prices.min_by_key(|(_, price)| (price.interval, price.amount.minor))
    }

    /// Its prices, monthly ones first.
    pub fn prices_by_length(&self) -> Vec<(&PriceId, &Price)> {
        let mut prices: Vec<_> = self.prices.iter().collect();
        prices.sort_by_key(|(_, price)| price.interval);
        prices
    }

    /// Whether it has a price at all.
    pub fn is_priced(&self) -> bool {
        !self.prices.is_empty()
    }

    /// Its lowest price for a month in minor units, to put plans in order: a year counts a
    /// twelfth, rounded down; 0 without a price.
    pub fn monthly_minor(&self) -> u64 {
        let of_month = |price: &Price| match price.interval {
            BillingInterval::Month => price.amount.minor,
            BillingInterval::Year => price.amount.minor / 12,
        };
        self.prices.values().map(of_month).min().unwrap_or(0)
    }
}

impl Plan {
    /// Whether both give and cost the same, so that customers of one have lost nothing by the
    /// other: all but names, description, Stripe's ids and whether it can be chosen.
    pub fn promises_same(&self, other: &Plan) -> bool {
        self.trial_days == other.trial_days
            && self.entitlements == other.entitlements
            && self.switches == other.switches
            && self.caps == other.caps
            && self.prices.len() == other.prices.len()
            && self.prices.iter().all(|(id, price)| {
                other
                    .prices
                    .get(id)
                    .is_some_and(|other| price.charges_same(other))
            })
    }
}

impl Price {
    /// Whether both cost the same in the same rhythm.
    pub fn charges_same(&self, other: &Price) -> bool {
        (self.amount, self.interval) == (other.amount, other.interval)
    }
}

impl fmt::Display for Price {
    /// As `9.99 USD each month`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let interval = match self.interval {
            BillingInterval::Month => "month",
            BillingInterval::Year => "year",
        };
        write!(f, "{} each {interval}", self.amount)
    }
}

impl fmt::Display for Entitlement {
    /// As `unlimited` or `150 each billing month, unused units kept`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entitlement::Unlimited => f.write_str("unlimited"),
            Entitlement::Limited(limit) => limit.fmt(f),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.units, self.reset)?;
        if let Rollover::Keep {
            units_max,
            periods_max,
        } = self.rollover
        {
            match units_max {
                Some(units) => write!(f, ", at most {units} unused units kept")?,
                None => f.write_str(", unused units kept")?,
            }
            if let Some(periods) = periods_max {
                write!(
                    f,
                    " for {periods} period{}",
                    if periods == 1 { "" } else { "s" }
                )?;
            }
        }
        f.write_str(match self.on_change {
            OnChange::Keep => "",
            OnChange::Reset => ", anew after a change of plan",
            OnChange::Prorate => ", in proportion after a change of plan",
        })
    }
}

impl fmt::Display for Reset {
    /// As `once`, `each calendar month` or `each billing month`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reset::Never => f.write_str("once"),
            Reset::Every {
                cadence,
                anchor: Anchor::Calendar,
            } => write!(f, "each calendar {cadence}"),
            Reset::Every {
                cadence,
                anchor: Anchor::Billing,
            } => write!(f, "each billing {cadence}"),
        }
    }
}

impl fmt::Display for Cadence {
    /// One word: `month`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cadence::Minute => "minute",
            Cadence::Hour => "hour",
            Cadence::Day => "day",
            Cadence::Week => "week",
            Cadence::Month => "month",
            Cadence::Year => "year",
        })
    }
}
