//! A part of a report as comma-separated values, under a line of names.

use clap::ValueEnum;
use std::io::Write;
use tollgate::report::{Month, Report, Share, TopUpPayments};

/// A part of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// A line for each month
    Months,
    /// Customers by plan
    Customers,
    /// Active users by month and plan
    Active,
    /// Shares of quotas by month, plan and meter
    Utilisation,
    /// First payments by plan
    Conversion,
    /// Why customers left
    Reasons,
    /// What they wrote
    Comments,
    /// Units bought once, by month and top-up
    Payments,
    /// Recurring revenue by month and plan
    Recurring,
    /// Units used by month and feature
    Usage,
}

/// Writes one part.
pub fn write(report: &Report, part: Part, output: impl Write) -> csv::Result<()> {
    let (head, rows) = match part {
        Part::Months => months(report),
        Part::Customers => customers(report),
        Part::Active => active(report),
        Part::Utilisation => utilisation(report),
        Part::Conversion => conversion(report),
        Part::Reasons => reasons(report),
        Part::Comments => comments(report),
        Part::Payments => payments(report),
        Part::Recurring => recurring(report),
        Part::Usage => usage(report),
    };
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    writer.flush()?;
    Ok(())
}

/// A text that no spreadsheet takes for a formula: what customers write is among them.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

type Rows = (&'static [&'static str], Vec<Vec<String>>);

fn plan(plan: Option<&String>) -> String {
    plan.cloned().unwrap_or_default()
}

fn rate(ppm: Option<u64>) -> String {
    ppm.map_or_else(String::new, |ppm| ppm.to_string())
}

fn months(report: &Report) -> Rows {
    let head = &[
        "month",
        "from",
        "until",
        "customers",
        "paid",
        "trialing",
        "free",
        "none",
        "signed_up",
        "active_members",
        "prospects",
        "converted",
        "conversion_ppm",
        "paid_at_start",
        "left",
        "churn_ppm",
        "payments",
        "events",
    ];
    let row = |month: &Month| {
        let customers = &month.customers;
        vec![
            month.month.clone(),
            month.from.to_string(),
            month.until.to_string(),
            customers.total.to_string(),
            customers.paid.to_string(),
            customers.trialing.to_string(),
            customers.free.to_string(),
            customers.none.to_string(),
            customers.signed_up.to_string(),
            month.active.members.to_string(),
            month.conversion.prospects.to_string(),
            month.conversion.converted.to_string(),
            rate(month.conversion.rate_ppm),
            month.paid_at_start.to_string(),
            month.left.to_string(),
            rate(month.churn_ppm),
            month.payments.payments.to_string(),
            month.usage.events.to_string(),
        ]
    };
    (head, report.months.iter().map(row).collect())
}

fn customers(report: &Report) -> Rows {
    let rows = report.customers.plans.iter().map(|of| {
        vec![
            plan(of.plan.as_ref()),
            of.paid.to_string(),
            of.trialing.to_string(),
            of.free.to_string(),
            of.none.to_string(),
        ]
    });
    (
        &["plan", "paid", "trialing", "free", "none"],
        rows.collect(),
    )
}

fn active(report: &Report) -> Rows {
    let rows = report.months.iter().flat_map(|month| {
        month.active.plans.iter().map(|of| {
            vec![
                month.month.clone(),
                plan(of.plan.as_ref()),
                of.members.to_string(),
            ]
        })
    });
    (&["month", "plan", "members"], rows.collect())
}

fn utilisation(report: &Report) -> Rows {
    let row = |month: &Month, kind: &str, share: &Share| {
        vec![
            month.month.clone(),
            kind.to_owned(),
            plan(share.plan.as_ref()),
            share.meter.clone(),
            share.periods.to_string(),
            share.mean_ppm.to_string(),
        ]
    };
    let rows = report.months.iter().flat_map(|month| {
        let ended = month.utilisation.ended.iter();
        let running = month.utilisation.running.iter();
        let ended = ended.map(move |share| row(month, "ended", share));
        ended.chain(running.map(move |share| row(month, "running", share)))
    });
    (
        &["month", "kind", "plan", "meter", "periods", "mean_ppm"],
        rows.collect(),
    )
}

fn conversion(report: &Report) -> Rows {
    let rows = report.conversion.plans.iter().map(|of| {
        vec![
            plan(of.plan.as_ref()),
            of.from_free.to_string(),
            of.from_trial.to_string(),
            of.from_none.to_string(),
        ]
    });
    (
        &["plan", "from_free", "from_trial", "from_none"],
        rows.collect(),
    )
}

fn reasons(report: &Report) -> Rows {
    let rows = report.churn.reasons.iter().map(|reason| {
        vec![
            reason.reason.clone(),
            reason.ends.to_string(),
            reason.trials_ended.to_string(),
        ]
    });
    (&["reason", "ends", "trials_ended"], rows.collect())
}

fn comments(report: &Report) -> Rows {
    let rows = report.churn.comments.iter().map(|said| {
        vec![
            said.at.to_string(),
            said.customer.clone(),
            said.plan.clone(),
            said.reason.clone().unwrap_or_default(),
            said.comment.clone(),
        ]
    });
    (
        &["at", "customer", "plan", "reason", "comment"],
        rows.collect(),
    )
}

fn payments(report: &Report) -> Rows {
    let row = |month: &Month, of: &TopUpPayments| {
        vec![
            month.month.clone(),
            of.top_up.clone(),
            of.currency.clone(),
            of.payments.to_string(),
            of.customers.to_string(),
            of.amount.to_string(),
            of.refunded.to_string(),
            of.units.to_string(),
        ]
    };
    let rows = report.months.iter().flat_map(|month| {
        let top_ups = month.payments.top_ups.iter();
        top_ups.map(move |of| row(month, of))
    });
    (
        &[
            "month",
            "top_up",
            "currency",
            "payments",
            "customers",
            "amount",
            "refunded",
            "units",
        ],
        rows.collect(),
    )
}

fn recurring(report: &Report) -> Rows {
    let rows = report.months.iter().flat_map(|month| {
        month.recurring.iter().flat_map(|of| {
            of.plans.iter().map(|by_plan| {
                vec![
                    month.month.clone(),
                    of.currency.clone(),
                    plan(by_plan.plan.as_ref()),
                    by_plan.monthly.to_string(),
                    by_plan.yearly.to_string(),
                ]
            })
        })
    });
    (
        &["month", "currency", "plan", "monthly", "yearly"],
        rows.collect(),
    )
}

fn usage(report: &Report) -> Rows {
    let rows = report.months.iter().flat_map(|month| {
        month.usage.features.iter().map(|of| {
            vec![
                month.month.clone(),
                of.feature.clone(),
                of.used.to_string(),
                of.given_back.to_string(),
            ]
        })
    });
    (&["month", "feature", "used", "given_back"], rows.collect())
}
