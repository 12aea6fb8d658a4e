//! What the customer must know now: shown only while it is so, each with the way out.

use super::Facts;
use crate::pages::locale::Locale;
use tollgate_core::subscription::Status;

/// A notice.
pub(crate) struct Notice {
    /// `good`, `info`, `warn` or `bad`.
    pub tone: &'static str,
    /// What is so.
    pub text: String,
    /// What can be done about it.
    pub way: Option<Way>,
    /// Whether it goes away by itself, with Stripe's word.
    pub is_processing: bool,
}

/// A form that leads out of it.
pub(crate) struct Way {
    /// Where it is sent.
    pub path: &'static str,
    /// What stands on its button.
    pub label: String,
}

/// What the address of the page says: where the visitor comes from. It is believed in nothing, and
/// only decides whether something that is so is worth a word.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Arrival {
    /// The way back from the payment page: a word of [`Paid`], or `canceled`.
    pub checkout: Option<String>,
    /// The word of what went wrong with a form.
    pub problem: Option<String>,
    /// How often the page has asked anew whether a payment has come.
    #[serde(default)]
    pub turn: u32,
    /// `live` for the part that changes by itself: Stripe is not asked.
    pub part: Option<String>,
}

/// What the payment page that somebody comes back from was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paid {
    /// A plan.
    Plan,
    /// Units that are bought once.
    Units,
}

impl Paid {
    /// As it stands in the address that the payment page leads back to.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Plan => "success",
            Self::Units => "bought",
        }
    }
}

impl Notice {
    /// Everything that is worth a word.
    pub(crate) fn all(facts: &Facts, t: &Locale, arrival: &Arrival) -> Vec<Self> {
        let mut notices = Vec::new();
        if is_processing(facts, arrival).is_some() {
            notices.push(Self {
                is_processing: true,
                ..Self::plain("info", t.text("notice-processing").into_owned())
            });
        }
        let subscription = facts.account.subscription();
        let status = subscription.map(|subscription| subscription.status);
        let stripe_status = facts.standing.stripe.as_ref();
        let stripe_status = stripe_status.and_then(|row| row.status.as_deref());
        let portal = |key: &str| Way {
            path: "/billing/portal",
            label: t.text(key).into_owned(),
        };
        let undo = |key: &str| Way {
            path: "/billing/undo",
            label: t.text(key).into_owned(),
        };
        if status == Some(Status::PastDue) {
            let until = subscription.and_then(|subscription| subscription.grace_until);
            let text = match until {
                Some(until) => t.with("notice-past-due", &[("date", &facts.date(t, until))]),
                None => t.text("notice-past-due-open").into_owned(),
            };
            notices.push(Self::with("bad", text, portal("pay-now")));
        } else if matches!(stripe_status, Some("past_due" | "unpaid")) {
            let text = t.text("notice-unpaid").into_owned();
            notices.push(Self::with("bad", text, portal("pay-now")));
        } else if stripe_status == Some("incomplete") {
            let text = t.text("notice-incomplete").into_owned();
            notices.push(Self::with("warn", text, portal("pay-now")));
        } else if stripe_status == Some("paused") {
            let text = t.text("notice-paused").into_owned();
            notices.push(Self::with("warn", text, portal("resume-in-portal")));
        }
        if let Some(subscription) = subscription {
            let plan = facts.catalog.subscribed_name(subscription);
            if let Some(at) = subscription.cancel_at {
                let blanks = [("plan", plan), ("date", &facts.date(t, at))];
                notices.push(Self::with(
                    "warn",
                    t.with("notice-ending", &blanks),
                    undo("undo-cancel"),
                ));
            } else if let Some(pending) = &subscription.pending {
                let to = facts.catalog.plan_name(pending.plan.as_str());
                let date = facts.date(t, pending.at);
                let blanks = [("from", plan), ("to", to), ("date", &date)];
                notices.push(Self::with(
                    "info",
                    t.with("notice-scheduled", &blanks),
                    undo("undo-change"),
                ));
            }
        }
        let disputed = facts.standing.troubled.iter();
        let disputed = disputed
            .filter(|payment| payment.dispute == tollgate_core::billing::Dispute::Open)
            .fold(0_u64, |sum, payment| sum.saturating_add(payment.quantity));
        if disputed > 0 {
            notices.push(Self::plain("warn", t.counted("notice-disputed", disputed)));
        }
        let owed = facts.standing.owed();
        if owed > 0 {
            notices.push(Self::plain("warn", t.counted("notice-owed", owed)));
        }
        if !facts.may_pay {
            notices.retain_mut(|notice| {
                notice.way = None;
                true
            });
        }
        notices
    }

    fn plain(tone: &'static str, text: String) -> Self {
        Self {
            tone,
            text,
            way: None,
            is_processing: false,
        }
    }

    fn with(tone: &'static str, text: String, way: Way) -> Self {
        Self {
            tone,
            text,
            way: Some(way),
            is_processing: false,
        }
    }
}

/// What somebody who comes from the payment page has paid there, while Stripe's word has not come.
/// Another page that was opened and left does not count.
pub(crate) fn is_processing(facts: &Facts, arrival: &Arrival) -> Option<Paid> {
    let word = arrival.checkout.as_deref()?;
    let paid = [Paid::Plan, Paid::Units]
        .into_iter()
        .find(|paid| paid.word() == word)?;
    let open = match paid {
        Paid::Plan => &facts.standing.checkout,
        Paid::Units => &facts.standing.topup_checkout,
    };
    open.as_ref().map(|_| paid)
}
