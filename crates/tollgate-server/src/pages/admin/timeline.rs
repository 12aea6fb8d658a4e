//! What an entry of the record did, in one line.

use crate::pages::locale::Locale;
use tollgate_core::entry::{Cause, Effect, Entry};

/// Effects told of one entry; the record has all of them.
const SHOWN_MAX: usize = 6;

/// One line.
pub(super) fn details(t: &Locale, entry: &Entry) -> String {
    let mut parts = Vec::new();
    match &entry.body.cause {
        Cause::Used(usage) => {
            let uses = usage.uses.iter();
            parts.extend(uses.map(|one| format!("{} × {}", t.number(one.amount), one.feature)));
            parts.extend(usage.member.iter().map(ToString::to_string));
        }
        Cause::PlanChanged { from, to } => parts.push(format!("{from} → {to}")),
        Cause::Reversed { event, .. } => parts.push(format!("#{event}")),
        _ => {}
    }
    let told = entry
        .body
        .effects
        .iter()
        .filter_map(|effect| told(t, effect));
    parts.extend(told.take(SHOWN_MAX));
    parts.join(" · ")
}

/// An effect that is worth a word beside its cause.
fn told(t: &Locale, effect: &Effect) -> Option<String> {
    let units = |units: &u64| t.number(*units);
    Some(match effect {
        Effect::Subscription(Some(subscription)) => {
            format!("{} ({})", subscription.plan, subscription.status.as_str())
        }
        Effect::GrantAdded(grant) => format!(
            "+{} {} ({})",
            units(&grant.parts().amount),
            grant.meter(),
            grant.source().as_str()
        ),
        Effect::GrantResized { limit, .. } => format!("= {}", units(limit)),
        Effect::GrantRevoked { units: taken, .. } => format!("−{}", units(taken)),
        Effect::GrantRestored { units: given, .. } => format!("+{}", units(given)),
        Effect::Taken(moved) | Effect::HeldTaken(moved) => {
            format!("−{} {}", units(&moved.units), moved.meter)
        }
        Effect::GivenBack { moved, .. } => format!("+{} {}", units(&moved.units), moved.meter),
        Effect::Held(moved) => format!("({} {})", units(&moved.units), moved.meter),
        Effect::MemberCapSet(cap) => {
            format!("{} ≤ {} {}", cap.member, units(&cap.units), cap.meter)
        }
        Effect::TimeZone(zone) => zone.name().to_owned(),
        _ => return None,
    })
}
