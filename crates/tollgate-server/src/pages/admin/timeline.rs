//! What an entry of the record did, in one line.

use crate::pages::locale::Locale;
use tollgate_core::catalog::Catalog;
use tollgate_core::entry::{Cause, Effect, Entry};
use tollgate_core::id::{MeterId, PlanId};

/// Effects told of one entry; the record has all of them.
const SHOWN_MAX: usize = 6;

/// One line.
pub(super) fn details(t: &Locale, catalog: &Catalog, entry: &Entry) -> String {
    let mut parts = Vec::new();
    match &entry.body.cause {
        Cause::Used(usage) => {
            let uses = usage.uses.iter();
            parts.extend(uses.map(|one| {
                let feature = catalog.feature_name(one.feature.as_str());
                format!("{} × {feature}", t.number(one.amount))
            }));
            parts.extend(usage.member.iter().map(ToString::to_string));
        }
        Cause::PlanChanged { from, to } => {
            let name = |plan: &PlanId| catalog.plan_name(plan.as_str()).to_owned();
            parts.push(format!("{} → {}", name(from), name(to)));
        }
        Cause::Reversed { event, .. } => parts.push(format!("#{event}")),
        _ => {}
    }
    let told = entry
        .body
        .effects
        .iter()
        .filter_map(|effect| told(t, catalog, effect));
    parts.extend(told.take(SHOWN_MAX));
    parts.join(" · ")
}

/// An effect that is worth a word beside its cause.
fn told(t: &Locale, catalog: &Catalog, effect: &Effect) -> Option<String> {
    let units = |units: &u64| t.number(*units);
    let meter = |meter: &MeterId| catalog.meter_name(meter.as_str()).to_owned();
    Some(match effect {
        Effect::Subscription(Some(subscription)) => {
            let plan = catalog.plan_name(subscription.plan.as_str());
            let standing = t.word("standing", subscription.status.as_str());
            format!("{plan} ({standing})")
        }
        Effect::GrantAdded(grant) => format!(
            "+{} {} ({})",
            units(&grant.parts().amount),
            meter(grant.meter()),
            grant.source().as_str()
        ),
        Effect::GrantResized { limit, .. } => format!("= {}", units(limit)),
        Effect::GrantRevoked { units: taken, .. } => format!("−{}", units(taken)),
        Effect::GrantRestored { units: given, .. } => format!("+{}", units(given)),
        Effect::Taken(moved) | Effect::HeldTaken(moved) => {
            format!("−{} {}", units(&moved.units), meter(&moved.meter))
        }
        Effect::GivenBack { moved, .. } => {
            format!("+{} {}", units(&moved.units), meter(&moved.meter))
        }
        Effect::Held(moved) => format!("({} {})", units(&moved.units), meter(&moved.meter)),
        Effect::MemberCapSet(cap) => {
            format!(
                "{} ≤ {} {}",
                cap.member,
                units(&cap.units),
                meter(&cap.meter)
            )
        }
        Effect::TimeZone(zone) => zone.name().to_owned(),
        _ => return None,
    })
}
