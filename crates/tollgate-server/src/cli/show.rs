//! Words for people: instants, numbers that may be unlimited, ways out of a refusal.

use std::fmt::Write as _;
use tollgate_core::decision::{Refusal, WayOut};
use tollgate_core::plan::CapScope;
use tollgate_core::{Account, Timestamp};

/// An instant to the second; `never` for none and for the end of time.
pub(super) fn instant(at: impl Into<Option<Timestamp>>) -> String {
    match at.into().filter(|at| *at < Timestamp::MAX) {
        Some(at) => Timestamp::from_seconds(at.as_seconds()).to_string(),
        None => "never".to_owned(),
    }
}

/// A number of units; `unlimited` for none.
pub(super) fn units(units: Option<u64>) -> String {
    units.map_or_else(|| "unlimited".to_owned(), |units| units.to_string())
}

/// Who shares a plan's cap.
pub(super) fn scope(scope: CapScope) -> &'static str {
    match scope {
        CapScope::Customer => "the customer",
        CapScope::EachMember => "each member",
    }
}

/// What would make a refusal a yes, one line each.
pub(super) fn ways_out(refusal: &Refusal) -> Vec<String> {
    let ways = refusal.ways_out.iter().map(|way| match way {
        WayOut::Wait { until } => format!("wait until {}", instant(*until)),
        WayOut::Plan { plan, limit, price } => {
            let price = price.map_or("free".to_owned(), |price| price.to_string());
            format!(
                "change to the plan {plan} ({} units, {price})",
                units(*limit)
            )
        }
        WayOut::TopUp {
            top_up,
            units,
            price,
        } => format!("buy {units} units of {top_up} ({price})"),
        WayOut::RaiseCap => "have the cap raised by whoever set it".to_owned(),
    });
    ways.collect()
}

/// The plan of an account in a few words, with what waits.
pub(super) fn plan(account: &Account) -> String {
    let Some(held) = account.subscription() else {
        return "none".to_owned();
    };
    let mut text = format!(
        "{} (version {}, {})",
        held.plan,
        held.plan_version,
        held.status.as_str()
    );
    if held.period.end < Timestamp::MAX {
        let _ = write!(text, ", renewed {}", instant(held.period.end));
    }
    if let Some(pending) = &held.pending {
        let _ = write!(text, ", then {} from {}", pending.plan, instant(pending.at));
    }
    if let Some(end) = held.cancel_at {
        let _ = write!(text, ", ends {}", instant(end));
    }
    text
}
