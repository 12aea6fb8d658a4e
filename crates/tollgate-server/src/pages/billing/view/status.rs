//! The one line that says what the customer has, what it costs, and what happens next.

use super::Facts;
use crate::pages::locale::Locale;
use tollgate_core::subscription::Status;

/// The status line.
#[derive(Debug, serde::Serialize)]
pub(crate) struct StatusView {
    /// The plan; `None` without one.
    pub plan: Option<String>,
    /// What it costs: `$9.99 a month`, or that it costs nothing.
    pub price: Option<String>,
    /// `Renews on 1 Dec 2026`.
    pub next: Option<String>,
    /// A word for what is out of the ordinary: `trial`, `past due`.
    pub badge: Option<(&'static str, String)>,
}

impl StatusView {
    /// The status of now.
    pub(crate) fn new(facts: &Facts, t: &Locale) -> Self {
        let Some(subscription) = facts.account.subscription() else {
            return Self {
                plan: None,
                price: None,
                next: None,
                badge: None,
            };
        };
        let plan = facts.account.plan(&facts.catalog);
        let price = plan
            .zip(subscription.price.as_ref())
            .and_then(|(plan, price)| plan.prices.get(price));
        let date = |at| facts.date(t, at);
        let dated = |key: &str, at| t.with(key, &[("date", &date(at))]);
        let next = if let Some(at) = subscription.cancel_at {
            Some(dated("status-ends", at))
        } else if let Some(pending) = &subscription.pending {
            let name = facts.catalog.plan_name(pending.plan.as_str());
            let blanks = [("plan", name), ("date", &date(pending.at))];
            Some(t.with("status-changes", &blanks))
        } else if subscription.status == Status::Trialing {
            Some(dated("status-trial-ends", subscription.period.end))
        } else if price.is_some() && subscription.status == Status::Active {
            Some(dated("status-renews", subscription.period.end))
        } else {
            None
        };
        let word = match facts
            .standing
            .stripe
            .as_ref()
            .and_then(|row| row.status.as_deref())
        {
            _ if subscription.cancel_at.is_some() => Some(("warn", "badge-ending")),
            _ if subscription.status == Status::PastDue => Some(("bad", "badge-past-due")),
            _ if subscription.status == Status::Trialing => Some(("good", "badge-trial")),
            Some("paused") => Some(("warn", "badge-paused")),
            Some("unpaid") => Some(("bad", "badge-unpaid")),
            _ => None,
        };
        Self {
            plan: Some(facts.catalog.subscribed_name(subscription).to_owned()),
            price: Some(match price {
                Some(price) => t.price(price),
                None => t.text("price-free").into_owned(),
            }),
            next,
            badge: word.map(|(tone, key)| (tone, t.text(key).into_owned())),
        }
    }
}
