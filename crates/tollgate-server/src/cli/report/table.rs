//! A report for people.

use crate::cli::{print, show};
use std::collections::BTreeMap;
use std::io;
use tollgate::report::{Payments, Recurring, Report, Share};
use tollgate_core::money::{Currency, Money};

/// Comments that are shown.
const COMMENTS_SHOWN: usize = 10;

/// Shows all of it.
pub(super) fn show(report: &Report) -> io::Result<()> {
    head(report)?;
    plans(report)?;
    months(report)?;
    utilisation(report)?;
    payments(&report.payments)?;
    reasons(report)
}

fn plan(plan: Option<&String>) -> String {
    plan.cloned().unwrap_or_else(|| "none".to_owned())
}

/// Parts per million as a percentage with one digit, rounded half up.
fn percent(ppm: u64) -> String {
    let tenths = (ppm + 500) / 1_000;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn rate(ppm: Option<u64>) -> String {
    ppm.map_or_else(|| "-".to_owned(), percent)
}

fn money(minor: u64, currency: &str) -> String {
    match Currency::new(currency) {
        Some(currency) => Money { minor, currency }.to_string(),
        None => format!("{minor} {currency}"),
    }
}

fn sums(amounts: impl Iterator<Item = (u64, String)>) -> String {
    let amounts: Vec<String> = amounts
        .map(|(minor, currency)| money(minor, &currency))
        .collect();
    if amounts.is_empty() {
        "-".to_owned()
    } else {
        amounts.join(", ")
    }
}

fn monthly(recurring: &[Recurring]) -> String {
    sums(recurring.iter().map(|of| (of.monthly, of.currency.clone())))
}

fn paid(payments: &Payments) -> String {
    let mut amounts: BTreeMap<&str, u64> = BTreeMap::new();
    for of in &payments.top_ups {
        *amounts.entry(&of.currency).or_default() += of.amount;
    }
    let amounts = amounts.into_iter();
    sums(amounts.map(|(currency, minor)| (minor, currency.to_owned())))
}

fn head(report: &Report) -> io::Result<()> {
    let pair = |name: &str, value: String| vec![name.to_owned(), value];
    let customers = &report.customers;
    let churn = &report.churn;
    let conversion = &report.conversion;
    let yearly = report.recurring.iter();
    let yearly = sums(yearly.map(|of| (of.yearly, of.currency.clone())));
    print::pairs(&[
        pair(
            "days",
            format!("from {} until {}", report.from, report.until),
        ),
        pair("as of", show::instant(report.as_of)),
        pair(
            "customers",
            format!(
                "{}: {} paid, {} trialing, {} free, {} without a plan; {} signed up",
                customers.total,
                customers.paid,
                customers.trialing,
                customers.free,
                customers.none,
                customers.signed_up
            ),
        ),
        pair(
            "active users",
            format!("{} in {}", report.active.members, report.active.month),
        ),
        pair(
            "recurring revenue",
            format!("{} a month, {yearly} a year", monthly(&report.recurring)),
        ),
        pair(
            "conversion",
            format!(
                "{} of {}: {}",
                conversion.converted,
                conversion.prospects,
                rate(conversion.rate_ppm)
            ),
        ),
        pair(
            "churn",
            format!(
                "{} of {}: {}",
                churn.left,
                churn.paid_at_start,
                rate(churn.rate_ppm)
            ),
        ),
        pair(
            "one-time payments",
            format!(
                "{} by {} customers: {}",
                report.payments.payments,
                report.payments.customers,
                paid(&report.payments)
            ),
        ),
    ])
}

fn plans(report: &Report) -> io::Result<()> {
    let rows = report.customers.plans.iter().map(|of| {
        let active = report.active.plans.iter().find(|one| one.plan == of.plan);
        let revenue = report.recurring.iter().flat_map(|recurring| {
            let plans = recurring.plans.iter();
            plans
                .filter(|one| one.plan == of.plan)
                .map(|one| (one.monthly, recurring.currency.clone()))
        });
        vec![
            plan(of.plan.as_ref()),
            of.paid.to_string(),
            of.trialing.to_string(),
            of.free.to_string(),
            active.map_or(0, |active| active.members).to_string(),
            sums(revenue),
        ]
    });
    let rows: Vec<_> = rows.collect();
    print::line("")?;
    print::table(
        &["PLAN", "PAID", "TRIALING", "FREE", "ACTIVE", "A MONTH"],
        &rows,
    )
}

fn months(report: &Report) -> io::Result<()> {
    let rows = report.months.iter().map(|month| {
        vec![
            month.month.clone(),
            month.customers.total.to_string(),
            month.customers.paid.to_string(),
            month.customers.signed_up.to_string(),
            month.active.members.to_string(),
            rate(month.conversion.rate_ppm),
            rate(month.churn_ppm),
            monthly(&month.recurring),
            paid(&month.payments),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let head = [
        "MONTH",
        "CUSTOMERS",
        "PAID",
        "SIGNED UP",
        "ACTIVE",
        "CONVERSION",
        "CHURN",
        "RECURRING",
        "ONE-TIME",
    ];
    print::line("")?;
    print::table(&head, &rows)
}

fn utilisation(report: &Report) -> io::Result<()> {
    let row = |kind: &str, share: &Share| {
        vec![
            plan(share.plan.as_ref()),
            share.meter.clone(),
            kind.to_owned(),
            share.periods.to_string(),
            percent(share.mean_ppm),
        ]
    };
    let ended = report.utilisation.ended.iter();
    let running = report.utilisation.running.iter();
    let rows = ended
        .map(|share| row("ended", share))
        .chain(running.map(|share| row("running", share)));
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    if rows.is_empty() {
        return Ok(());
    }
    print::line("")?;
    print::table(&["PLAN", "METER", "PERIODS", "COUNT", "QUOTA USED"], &rows)
}

fn payments(payments: &Payments) -> io::Result<()> {
    let rows = payments.top_ups.iter().map(|of| {
        vec![
            of.top_up.clone(),
            of.payments.to_string(),
            of.customers.to_string(),
            of.units.to_string(),
            money(of.amount, &of.currency),
            money(of.refunded, &of.currency),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let head = [
        "TOP-UP",
        "PAYMENTS",
        "CUSTOMERS",
        "UNITS",
        "PAID",
        "PAID BACK",
    ];
    print::line("")?;
    print::table(&head, &rows)
}

fn reasons(report: &Report) -> io::Result<()> {
    let churn = &report.churn;
    if churn.reasons.is_empty() {
        return Ok(());
    }
    let rows = churn.reasons.iter().map(|reason| {
        vec![
            reason.reason.clone(),
            reason.ends.to_string(),
            reason.trials_ended.to_string(),
        ]
    });
    let rows: Vec<_> = rows.collect();
    print::line("")?;
    print::table(&["REASON", "LEFT", "TRIALS ENDED"], &rows)?;
    for said in churn.comments.iter().take(COMMENTS_SHOWN) {
        // What customers write may have line ends.
        let comment = said
            .comment
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        print::line(&format!(
            "{} {} ({}): {comment}",
            show::instant(said.at),
            said.customer,
            said.plan
        ))?;
    }
    Ok(())
}
