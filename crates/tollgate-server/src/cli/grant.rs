//! `tollgate grant`: gives a customer units.

use super::remote::{Question, Remote};
use super::{Exit, Globals, engine, print};
use crate::api::problem::Instant;
use crate::api::v1::grants::GrantBody;
use clap::ValueEnum;
use serde_json::json;
use std::process::ExitCode;
use tollgate_core::Timestamp;
use tollgate_core::grant::Source;
use tollgate_core::id::{CustomerId, IdempotencyKey, MeterId};
use tollgate_core::plan::UNITS_MAX;
use tollgate_core::request::GrantUnits;

/// What `grant` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Who
    customer: CustomerId,
    /// What the units are of
    meter: MeterId,
    /// How many
    #[arg(value_parser = clap::value_parser!(u64).range(1..=UNITS_MAX))]
    units: u64,
    /// Where they come from
    #[arg(long, value_enum, default_value_t = SourceWord::Adjustment)]
    source: SourceWord,
    /// From when they can be used, such as 2026-01-31T00:00:00Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    starts: Option<Timestamp>,
    /// From when they no longer can [default: never]
    #[arg(long, value_name = "INSTANT")]
    expires: Option<Timestamp>,
    /// Among grants that expire at the same instant the smaller goes first
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i32,
    /// What they are given for
    #[arg(long, default_value = "")]
    reference: String,
    /// Makes a repeated command harmless
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<IdempotencyKey>,
    #[command(flatten)]
    remote: Remote,
}

/// Where given units come from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SourceWord {
    /// Bought once
    #[value(name = "top_up", alias = "top-up")]
    TopUp,
    /// Given away
    Promotion,
    /// Put right by hand
    Adjustment,
}

impl From<SourceWord> for Source {
    fn from(word: SourceWord) -> Self {
        match word {
            SourceWord::TopUp => Self::TopUp,
            SourceWord::Promotion => Self::Promotion,
            SourceWord::Adjustment => Self::Adjustment,
        }
    }
}

/// The most bytes of a reference.
const REFERENCE_BYTES_MAX: usize = 255;

/// Gives units.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let reference = &args.reference;
    if reference.len() > REFERENCE_BYTES_MAX || reference.chars().any(char::is_control) {
        return Err(Exit::Usage.error(format!(
            "--reference has at most {REFERENCE_BYTES_MAX} bytes and no control characters"
        )));
    }
    let question = || {
        let body = json!({
            "meter": args.meter,
            "units": args.units,
            "source": Source::from(args.source),
            "starts_at": args.starts.map(Instant),
            "expires_at": args.expires.map(Instant),
            "priority": args.priority,
            "reference": args.reference,
            "idempotency_key": args.idempotency_key,
        });
        Question::post(&["customers", args.customer.as_str(), "grants"], body)
    };
    if let Some(code) = args.remote.ask(&globals, question).await? {
        return Ok(code);
    }
    let tollgate = engine::open(&globals).await?;
    if args
        .expires
        .is_some_and(|end| end <= args.starts.unwrap_or(tollgate.now()))
    {
        return Err(Exit::Usage.error("--expires must come after --starts and after now"));
    }
    let request = GrantUnits {
        meter: args.meter,
        units: args.units,
        source: args.source.into(),
        starts_at: args.starts,
        expires_at: args.expires,
        priority: args.priority,
        reference: args.reference,
    };
    let customer = &args.customer;
    let asked = tollgate
        .grant(customer, request.clone(), args.idempotency_key)
        .await?;
    let id = engine::granted(asked, &globals)?;
    let detail = json!({
        "grant": id,
        "meter": request.meter,
        "units": request.units,
        "source": request.source,
        "reference": request.reference,
    });
    engine::audit(&tollgate, "grant", "grant.given", customer, detail).await?;
    let account = tollgate.account(customer).await?;
    let account = account.ok_or_else(|| super::unknown_customer(customer))?;
    let now = tollgate.now();
    engine::close(tollgate).await?;
    let grant = account
        .grants()
        .iter()
        .find(|grant| grant.id(customer) == id);
    if globals.json {
        let body = grant.map(|grant| GrantBody::new(grant, customer, now));
        print::json(&json!({ "id": id, "grant": body }))?;
    } else {
        print::line(&format!(
            "{id}: {} units of {} for {customer}",
            request.units, request.meter
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
