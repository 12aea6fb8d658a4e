//! Usage, one meter after another.

use super::Facts;
use crate::pages::locale::Locale;
use tollgate_core::Timestamp;
use tollgate_core::account::MeterUsage;
use tollgate_core::grant::Source;

/// Where units come from, in the order in which it is shown.
const SOURCES: [(&str, &[Source]); 4] = [
    ("source-plan", &[Source::Plan]),
    ("source-rollover", &[Source::Rollover]),
    ("source-top-up", &[Source::TopUp]),
    ("source-granted", &[Source::Promotion, Source::Adjustment]),
];

/// A meter, as the page shows it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct MeterView {
    /// What people read.
    pub name: String,
    /// `412 of 1,000`.
    pub figures: String,
    /// `resets 1 Dec 2026`.
    pub resets: Option<String>,
    /// `588 left`.
    pub left: String,
    /// For those who listen: all of it in one sentence.
    pub spoken: String,
    /// The bar; `None` when there is no limit to draw.
    pub bar: Option<Bar>,
    /// Where the units come from, when that is more than the plan.
    pub parts: Vec<Part>,
    /// Which features used it, when several do.
    pub features: Vec<Part>,
    /// Units set aside by work that is running.
    pub held: Option<String>,
    /// Whether nothing is left.
    pub is_out: bool,
    /// Whether little is left.
    pub is_low: bool,
}

/// A bar, in units and in hundredths of a percent of its width.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Bar {
    /// What is used, at most all of it.
    pub shown: u64,
    pub limit: u64,
    /// As `41.20%`.
    pub used_width: String,
    /// Where the held units begin.
    pub held_from: String,
    pub held_width: String,
}

/// A part of a sum.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Part {
    pub name: String,
    pub figures: String,
}

impl MeterView {
    /// Every meter that the customer has anything of.
    pub(crate) fn all(facts: &Facts, t: &Locale) -> Vec<Self> {
        let meters = facts.meters();
        let meters = meters.iter();
        meters.map(|usage| Self::new(facts, t, usage)).collect()
    }

    fn new(facts: &Facts, t: &Locale, usage: &MeterUsage) -> Self {
        let name = facts.catalog.meter_name(usage.meter.as_str()).to_owned();
        let used = t.number(usage.used);
        let resets = (usage.period.end < Timestamp::MAX).then(|| {
            let date = facts.date(t, usage.period.end);
            t.with("resets", &[("date", &date)])
        });
        let held = (usage.held > 0).then(|| t.counted("held", usage.held));
        let features = features(facts, t, usage);
        let (Some(limit), Some(remaining)) = (usage.limit, usage.remaining) else {
            let figures = t.with("used-unlimited", &[("used", &used)]);
            return Self {
                spoken: format!("{name}: {figures}"),
                left: t.text("unlimited").into_owned(),
                name,
                figures,
                resets,
                bar: None,
                parts: Vec::new(),
                features,
                held,
                is_out: false,
                is_low: false,
            };
        };
        let figures = t.with("used-of", &[("used", &used), ("limit", &t.number(limit))]);
        let left = t.counted("left", remaining);
        let spoken = [Some(figures.as_str()), resets.as_deref()];
        Self {
            spoken: spoken.into_iter().flatten().collect::<Vec<_>>().join(", "),
            bar: Some(Bar::new(usage.used, usage.held, limit)),
            parts: parts(facts, t, usage),
            is_out: remaining == 0,
            // Four fifths are used.
            is_low: remaining > 0 && u128::from(remaining) * 5 <= u128::from(limit),
            name,
            figures,
            resets,
            left,
            features,
            held,
        }
    }
}

impl Bar {
    fn new(used: u64, held: u64, limit: u64) -> Self {
        let part = |units: u64| hundredths(units, limit);
        let (used_part, held_part) = (part(used), part(held).min(10_000 - part(used)));
        let percent = |hundredths: u64| format!("{}.{:02}%", hundredths / 100, hundredths % 100);
        Self {
            shown: used.min(limit),
            limit,
            used_width: percent(used_part),
            held_from: percent(used_part),
            held_width: percent(held_part),
        }
    }
}

/// The share of `units` in `limit` in hundredths of a percent, rounded down, at most all of it.
fn hundredths(units: u64, limit: u64) -> u64 {
    if limit == 0 {
        return 10_000;
    }
    let share = u128::from(units) * 10_000 / u128::from(limit);
    u64::try_from(share).unwrap_or(10_000).min(10_000)
}

/// Of what sources the limit is made. The plan alone needs no explanation.
fn parts(facts: &Facts, t: &Locale, usage: &MeterUsage) -> Vec<Part> {
    let mut parts = Vec::new();
    for (key, sources) in SOURCES {
        let grants = facts.account.grants().iter().filter(|grant| {
            grant.meter() == &usage.meter
                && sources.contains(&grant.source())
                && grant.is_live(facts.now)
        });
        let (limit, remaining) = grants.fold((0_u64, 0_u64), |(limit, remaining), grant| {
            (
                limit.saturating_add(grant.limit()),
                remaining.saturating_add(grant.remaining()),
            )
        });
        if limit > 0 {
            let figures = t.with(
                "left-of",
                &[("left", &t.number(remaining)), ("limit", &t.number(limit))],
            );
            parts.push(Part {
                name: t.text(key).into_owned(),
                figures,
            });
        }
    }
    if parts.len() < 2 && usage.carried_over == 0 && usage.extra == 0 {
        parts.clear();
    }
    parts
}

fn features(facts: &Facts, t: &Locale, usage: &MeterUsage) -> Vec<Part> {
    if usage.features.len() < 2 {
        return Vec::new();
    }
    let features = usage.features.iter();
    features
        .map(|(id, units)| Part {
            name: facts.catalog.feature_name(id.as_str()).to_owned(),
            figures: t.number(*units),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_within_their_width() {
        for (used, held, limit, shown) in [
            (0, 0, 20, ("0.00%", "0.00%")),
            (412, 0, 1_000, ("41.20%", "0.00%")),
            (1, 1, 3, ("33.33%", "33.33%")),
            (3, 5, 4, ("75.00%", "25.00%")),
            (9, 0, 4, ("100.00%", "0.00%")),
            (0, 0, 0, ("100.00%", "0.00%")),
            (u64::MAX, u64::MAX, u64::MAX, ("100.00%", "0.00%")),
        ] {
            let bar = Bar::new(used, held, limit);
            assert_eq!(
                (&*bar.used_width, &*bar.held_width),
                shown,
                "{used} {limit}"
            );
            assert_eq!(bar.held_from, bar.used_width);
        }
    }
}
