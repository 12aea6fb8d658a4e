//! `tollgate usage`: what a customer has and used.

use super::reader::Reader;
use super::remote::{Question, Remote};
use super::{Globals, print, show};
use crate::api::v1::usage::{MeterUsageBody, UsageBody};
use std::process::ExitCode;
use tollgate_core::account::{MeterUsage, UsageReport};
use tollgate_core::id::CustomerId;

/// What `usage` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Who
    customer: CustomerId,
    #[command(flatten)]
    remote: Remote,
}

/// Shows the usage as of now.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let question = || Question::get(&["customers", args.customer.as_str(), "usage"]);
    if let Some(code) = args.remote.ask(&globals, question).await? {
        return Ok(code);
    }
    let mut reader = Reader::open(&globals).await?;
    let account = reader.account(&args.customer).await?.account;
    let report = account.usage(reader.catalog()?, reader.now);
    if globals.json {
        print::json(&UsageBody::new(args.customer.to_string(), report))?;
    } else {
        print::pairs(&[
            vec!["customer".to_owned(), args.customer.to_string()],
            vec!["plan".to_owned(), show::plan(&account)],
            vec!["month".to_owned(), report.month_key.to_string()],
        ])?;
        print_tables(&report)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_tables(report: &UsageReport) -> std::io::Result<()> {
    let rows = report.features.iter().map(|(feature, usage)| {
        vec![
            feature.to_string(),
            show::units(usage.limit),
            usage.used.to_string(),
            show::units(usage.remaining),
        ]
    });
    print::line("")?;
    print::table(
        &["FEATURE", "LIMIT", "USED", "LEFT"],
        &rows.collect::<Vec<_>>(),
    )?;
    let rows = report.meters.iter().map(|usage| {
        vec![
            usage.meter.to_string(),
            show::units(usage.limit),
            usage.used.to_string(),
            usage.held.to_string(),
            show::units(usage.remaining),
            usage.carried_over.to_string(),
            usage.extra.to_string(),
            show::instant(usage.period.end),
        ]
    });
    let head = [
        "METER",
        "LIMIT",
        "USED",
        "HELD",
        "LEFT",
        "CARRIED OVER",
        "EXTRA",
        "RESETS",
    ];
    print::line("")?;
    print::table(&head, &rows.collect::<Vec<_>>())
}

/// Meters in the JSON shape of `/v1`.
pub(super) fn meters(meters: Vec<MeterUsage>) -> Vec<MeterUsageBody> {
    meters.into_iter().map(MeterUsageBody::from).collect()
}
