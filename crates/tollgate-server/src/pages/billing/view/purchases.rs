//! Units that can be bought once, and those that were.

use super::Facts;
use crate::pages::locale::Locale;
use tollgate_core::billing::Dispute;
use tollgate_core::catalog::Catalog;
use tollgate_core::money::Money;
use tollgate_store::payment::{Payment, PaymentStatus};

/// Units that can be bought once.
pub(crate) struct TopUpView {
    /// As the catalog names it.
    pub id: String,
    /// What people read.
    pub name: String,
    /// `$0.10 each`.
    pub price: String,
    /// `Never expires`, or for how long it can be used.
    pub lasts: String,
    /// The fewest units of one purchase.
    pub min: u64,
    /// The most units of one purchase.
    pub max: u64,
    /// How many are suggested.
    pub suggested: u64,
    /// `5 to 10,000`.
    pub range: String,
    /// For the script that shows the sum: minor units of one.
    pub unit_minor: u64,
    /// ISO 4217, in capital letters.
    pub currency: String,
    /// How many decimals the currency has.
    pub decimals: u32,
}

impl TopUpView {
    /// Everything that can be bought once.
    pub(crate) fn all(facts: &Facts, t: &Locale) -> Vec<Self> {
        let topups = facts.catalog.topups.iter();
        topups
            .map(|(id, topup)| Self {
                id: id.to_string(),
                name: topup.name.clone(),
                price: t.with("price-each", &[("amount", &t.money(topup.unit_amount))]),
                lasts: match topup.expires_days {
                    None => t.text("never-expires").into_owned(),
                    Some(days) => t.counted("expires-after", u64::from(days)),
                },
                min: topup.quantity_min,
                max: topup.quantity_max,
                suggested: 50.clamp(topup.quantity_min, topup.quantity_max),
                range: t.with(
                    "quantity-range",
                    &[
                        ("min", &t.number(topup.quantity_min)),
                        ("max", &t.number(topup.quantity_max)),
                    ],
                ),
                unit_minor: topup.unit_amount.minor,
                currency: topup.unit_amount.currency.as_str().to_ascii_uppercase(),
                decimals: topup.unit_amount.currency.decimals(),
            })
            .collect()
    }
}

/// Units that were bought once.
pub(crate) struct Purchase {
    /// When.
    pub date: String,
    /// `50 × Extra operations`.
    pub what: String,
    /// What was paid.
    pub amount: String,
    /// What became of it.
    pub state: String,
    /// `good`, `info`, `warn` or `bad`.
    pub tone: &'static str,
}

impl Purchase {
    /// A payment that is worth showing: one whose page was left is not.
    pub(crate) fn new(facts: &Facts, t: &Locale, payment: &Payment) -> Option<Self> {
        let (tone, key) = match (payment.status, payment.dispute) {
            (_, Dispute::Open) => ("warn", "payment-disputed"),
            (_, Dispute::Lost) => ("bad", "payment-lost"),
            (PaymentStatus::Refunded, _) => ("info", "payment-refunded"),
            (PaymentStatus::Succeeded, _) if payment.refunded > 0 => {
                ("info", "payment-partly-refunded")
            }
            (PaymentStatus::Succeeded, _) => ("good", "payment-paid"),
            (PaymentStatus::Failed | PaymentStatus::Pending, _) => return None,
        };
        let refunded = Money {
            minor: payment.refunded,
            ..payment.amount
        };
        Some(Self {
            date: facts.date(t, payment.created_at),
            what: what_was_bought(t, &facts.catalog, payment),
            amount: t.money(payment.amount),
            state: t.with(key, &[("amount", &t.money(refunded))]),
            tone,
        })
    }
}

/// `50 × Extra operations`.
pub(crate) fn what_was_bought(t: &Locale, catalog: &Catalog, payment: &Payment) -> String {
    let name = catalog.topup_name(payment.topup.as_str());
    format!("{} × {name}", t.number(payment.quantity))
}
