//! `tollgate export`: customers, grants, usage events, the record, payments or cancellations, as of
//! one moment.

use super::reader::{CustomersCursor, PAGE, Reader};
use super::{Exit, Globals, progress};
use crate::api::problem::Instant;
use crate::api::v1::customers::CustomerBody;
use crate::api::v1::grants::GrantBody;
use crate::api::v1::uses::UseBody;
use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tollgate_core::Timestamp;
use tollgate_core::entry::{Body, Cause, Effect, Usage};
use tollgate_core::grant::{Grant, GrantNumber};
use tollgate_core::id::{CustomerId, EventId, FeatureId, IdempotencyKey, MemberId, PlanId};
use tollgate_core::request::Metadata;
use tollgate_store::account::{self, StoredAccount};
use tollgate_store::cancellation::{self, Cancellation};
use tollgate_store::entry::{self, RecordCursor, Recorded};
use tollgate_store::payment::{self, Payment};

/// Customers whose grants are read at a time.
const GRANTS_PAGE: usize = 100;

/// What `export` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to export
    #[arg(value_enum)]
    what: What,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// File to write; it must not be there yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only events or entries at or after this instant, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    from: Option<Timestamp>,
    /// Only events or entries before this instant
    #[arg(long, value_name = "INSTANT")]
    until: Option<Timestamp>,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Customers with their subscriptions
    Customers,
    /// Grants, closed ones included
    Grants,
    /// Usage events and their reversals
    Events,
    /// Every entry of the record, as it is stored
    Record,
    /// Payments of units bought once
    Payments,
    /// Cancellations, with their reasons and comments
    Cancellations,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object on each line
    Ndjson,
    /// Comma-separated values, under a line of names
    Csv,
}

impl Args {
    /// Whether what happened then is asked for.
    fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// Exports what is asked for.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let has_instants = matches!(args.what, What::Events | What::Record);
    if !has_instants && (args.from.is_some() || args.until.is_some()) {
        return Err(Exit::Usage.error("--from and --until choose among events and the record"));
    }
    let mut reader = Reader::open(&globals).await?;
    let partial = args.output.as_deref().map(partial).transpose()?;
    let output: Box<dyn Write + Send> = match &partial {
        Some((_, file)) => Box::new(file.try_clone()?),
        None => Box::new(io::stdout()),
    };
    let mut lines = Lines::new(args.format, BufWriter::with_capacity(1 << 16, output));
    match args.what {
        What::Customers => customers(&mut reader, &mut lines).await?,
        What::Grants => grants(&mut reader, &mut lines).await?,
        What::Events => events(&mut reader, &args, &mut lines).await?,
        What::Record => record(&mut reader, &args, &mut lines).await?,
        What::Payments => payments(&mut reader, &mut lines).await?,
        What::Cancellations => cancellations(&mut reader, &mut lines).await?,
    }
    lines.finish()?;
    if let (Some((path, file)), Some(output)) = (partial, &args.output) {
        file.sync_all()?;
        fs::rename(&path, output).with_context(|| format!("cannot write {}", output.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The file that is written before it is whole.
fn partial(output: &Path) -> anyhow::Result<(PathBuf, File)> {
    if output.exists() {
        return Err(Exit::Usage.error(format!(
            "{} is there already; name another file",
            output.display()
        )));
    }
    let mut name = output.as_os_str().to_owned();
    name.push(".partial");
    let path = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    Ok((path, file))
}

/// Lines of one form, written as they come.
enum Lines {
    Ndjson(BufWriter<Box<dyn Write + Send>>),
    Csv(Box<csv::Writer<BufWriter<Box<dyn Write + Send>>>>),
}

impl Lines {
    fn new(format: Format, output: BufWriter<Box<dyn Write + Send>>) -> Self {
        match format {
            Format::Ndjson => Self::Ndjson(output),
            Format::Csv => Self::Csv(Box::new(csv::Writer::from_writer(output))),
        }
    }

    /// The names of CSV's columns; other lines name their own.
    fn head(&mut self, names: &[&str]) -> anyhow::Result<()> {
        if let Self::Csv(writer) = self {
            writer.write_record(names)?;
        }
        Ok(())
    }

    /// One thing: an object, or rows of texts.
    fn add(
        &mut self,
        object: &impl Serialize,
        rows: impl FnOnce() -> Vec<Vec<String>>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Ndjson(output) => {
                serde_json::to_writer(&mut *output, object)?;
                output.write_all(b"\n")?;
            }
            Self::Csv(writer) => {
                for row in rows() {
                    writer.write_record(&row)?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Ndjson(mut output) => output.flush()?,
            Self::Csv(mut writer) => writer.flush()?,
        }
        Ok(())
    }
}

async fn customers(reader: &mut Reader, lines: &mut Lines) -> anyhow::Result<()> {
    lines.head(&[
        "customer",
        "time_zone",
        "plan",
        "plan_version",
        "price",
        "interval",
        "status",
        "started_at",
        "current_period_start",
        "current_period_end",
        "cancel_at",
    ])?;
    let bar = progress::bar(None, "customers");
    let mut cursor = CustomersCursor::default();
    loop {
        let page = reader.next_accounts(&mut cursor).await?;
        if page.is_empty() {
            break;
        }
        for StoredAccount { account, .. } in &page {
            let body = CustomerBody::new(account, account.customer().to_string());
            lines.add(&body, || {
                let held = body.subscription.as_ref();
                let of = |text: Option<String>| text.unwrap_or_default();
                vec![vec![
                    body.id.clone(),
                    body.time_zone.clone(),
                    of(held.map(|held| held.plan.to_string())),
                    of(held.map(|held| held.plan_version.to_string())),
                    of(held.and_then(|held| Some(held.price.as_ref()?.to_string()))),
                    of(held.map(|held| held.interval.to_owned())),
                    of(held.map(|held| held.status.to_owned())),
                    of(held.map(|held| held.started_at.0.to_string())),
                    of(held.map(|held| held.current_period_start.0.to_string())),
                    of(held.and_then(|held| Some(held.current_period_end.as_ref()?.0.to_string()))),
                    of(held.and_then(|held| Some(held.cancel_at.as_ref()?.0.to_string()))),
                ]]
            })?;
        }
        bar.inc(page.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

#[derive(Serialize)]
struct GrantLine<'a> {
    customer: &'a CustomerId,
    #[serde(flatten)]
    grant: GrantBody,
}

async fn grants(reader: &mut Reader, lines: &mut Lines) -> anyhow::Result<()> {
    lines.head(&[
        "customer",
        "id",
        "meter",
        "source",
        "amount",
        "remaining",
        "held",
        "used",
        "expired",
        "revoked",
        "created_at",
        "starts_at",
        "expires_at",
        "priority",
        "live",
        "reference",
    ])?;
    let bar = progress::bar(None, "customers");
    let mut cursor = CustomersCursor::default();
    loop {
        let page = reader.next_accounts(&mut cursor).await?;
        if page.is_empty() {
            break;
        }
        for accounts in page.chunks(GRANTS_PAGE) {
            for (customer, grants) in all_grants(reader, accounts).await? {
                for grant in grants.values() {
                    let line = GrantLine {
                        customer: &customer,
                        grant: GrantBody::new(grant, &customer, reader.now),
                    };
                    lines.add(&line, || vec![grant_row(&line)])?;
                }
            }
        }
        bar.inc(page.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Every grant of these customers: the rows, and over them what the record brought since.
async fn all_grants(
    reader: &mut Reader,
    accounts: &[StoredAccount],
) -> anyhow::Result<BTreeMap<CustomerId, BTreeMap<GrantNumber, Grant>>> {
    let customers = accounts
        .iter()
        .map(|stored| stored.account.customer().clone());
    let customers: Vec<CustomerId> = customers.collect();
    let mut grants: BTreeMap<CustomerId, BTreeMap<GrantNumber, Grant>> = BTreeMap::new();
    for (customer, grant) in account::all_grants(&mut reader.snapshot, &customers).await? {
        grants
            .entry(customer)
            .or_default()
            .insert(grant.number(), grant);
    }
    for StoredAccount { account, .. } in accounts {
        let of_customer = grants.entry(account.customer().clone()).or_default();
        for grant in account.changed_rows().grants {
            of_customer.insert(grant.number(), grant.clone());
        }
    }
    Ok(grants)
}

fn grant_row(line: &GrantLine<'_>) -> Vec<String> {
    let grant = &line.grant;
    vec![
        line.customer.to_string(),
        grant.id.to_string(),
        grant.meter.to_string(),
        grant.source.to_owned(),
        grant.amount.to_string(),
        grant.remaining.to_string(),
        grant.held.to_string(),
        grant.used.to_string(),
        grant.expired.to_string(),
        grant.revoked.to_string(),
        grant.created_at.0.to_string(),
        grant.starts_at.0.to_string(),
        grant
            .expires_at
            .as_ref()
            .map_or(String::new(), |end| end.0.to_string()),
        grant.priority.to_string(),
        grant.live.to_string(),
        grant.reference.clone(),
    ]
}

/// A usage event, or the reversal of one.
#[derive(Serialize)]
struct EventLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: EventId,
    customer: &'a CustomerId,
    at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a FeatureId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    uses: Vec<UseBody>,
    plan: Option<&'a PlanId>,
    member: Option<&'a MemberId>,
    idempotency_key: Option<&'a IdempotencyKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverses: Option<EventId>,
    metadata: Option<&'a Metadata>,
}

async fn events(reader: &mut Reader, args: &Args, lines: &mut Lines) -> anyhow::Result<()> {
    lines.head(&[
        "type",
        "id",
        "customer",
        "at",
        "feature",
        "amount",
        "plan",
        "member",
        "idempotency_key",
        "reverses",
        "metadata",
    ])?;
    let bar = progress::bar(None, "entries read");
    let mut cursor = RecordCursor::default();
    loop {
        let page = entry::record(&mut reader.snapshot, &mut cursor, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for recorded in &page {
            if !args.has(recorded.entry.at) {
                continue;
            }
            if let Some(line) = event_line(recorded) {
                lines.add(&line, || event_rows(&line))?;
            }
        }
        bar.inc(page.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

fn event_line(recorded: &Recorded) -> Option<EventLine<'_>> {
    let Recorded {
        customer, entry, ..
    } = recorded;
    let line = EventLine {
        kind: "usage",
        id: entry.event_id(customer),
        customer,
        at: Instant(entry.at),
        feature: None,
        amount: None,
        uses: Vec::new(),
        plan: None,
        member: None,
        idempotency_key: entry.keyed.as_ref().map(|keyed| &keyed.key),
        reverses: None,
        metadata: None,
    };
    match &entry.body.cause {
        Cause::Used(usage) => Some(line.with_usage(usage)),
        Cause::Reversed { event, .. } => {
            let at = entry.body.effects.iter().find_map(|effect| match effect {
                Effect::EventReversed { at, .. } => Some(*at),
                _ => None,
            })?;
            Some(EventLine {
                kind: "reversal",
                reverses: Some(EventId::new(at, customer, *event)),
                ..line
            })
        }
        _ => None,
    }
}

impl<'a> EventLine<'a> {
    /// One feature stands by itself, several in a list.
    fn with_usage(self, usage: &'a Usage) -> Self {
        let (feature, amount, uses) = match &usage.uses[..] {
            [one] => (Some(&one.feature), Some(one.amount), Vec::new()),
            several => {
                let uses = several.iter().map(|one| UseBody {
                    feature: one.feature.clone(),
                    amount: one.amount,
                });
                (None, None, uses.collect())
            }
        };
        Self {
            feature,
            amount,
            uses,
            plan: usage.plan.as_ref(),
            member: usage.member.as_ref(),
            metadata: usage.metadata.as_ref(),
            ..self
        }
    }
}

/// One row for each feature that was used.
fn event_rows(line: &EventLine<'_>) -> Vec<Vec<String>> {
    let of = |text: Option<String>| text.unwrap_or_default();
    let row = |feature: String, amount: String| {
        vec![
            line.kind.to_owned(),
            line.id.to_string(),
            line.customer.to_string(),
            line.at.0.to_string(),
            feature,
            amount,
            of(line.plan.map(ToString::to_string)),
            of(line.member.map(ToString::to_string)),
            of(line.idempotency_key.map(ToString::to_string)),
            of(line.reverses.map(|event| event.to_string())),
            of(line
                .metadata
                .and_then(|metadata| serde_json::to_string(metadata).ok())),
        ]
    };
    if line.uses.is_empty() {
        let feature = of(line.feature.map(ToString::to_string));
        return vec![row(
            feature,
            of(line.amount.map(|amount| amount.to_string())),
        )];
    }
    let uses = line.uses.iter();
    uses.map(|one| row(one.feature.to_string(), one.amount.to_string()))
        .collect()
}

/// An entry of the record.
#[derive(Serialize)]
struct EntryLine<'a> {
    customer: &'a CustomerId,
    number: u64,
    at: Instant,
    kind: &'static str,
    body: &'a Body,
}

async fn record(reader: &mut Reader, args: &Args, lines: &mut Lines) -> anyhow::Result<()> {
    lines.head(&["customer", "number", "at", "kind", "body"])?;
    let bar = progress::bar(None, "entries read");
    let mut cursor = RecordCursor::default();
    loop {
        let page = entry::record(&mut reader.snapshot, &mut cursor, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for Recorded {
            customer, entry, ..
        } in &page
        {
            if !args.has(entry.at) {
                continue;
            }
            let line = EntryLine {
                customer,
                number: entry.number,
                at: Instant(entry.at),
                kind: entry.body.cause.as_str(),
                body: &entry.body,
            };
            let body = || serde_json::to_string(line.body).unwrap_or_default();
            lines.add(&line, || {
                vec![vec![
                    customer.to_string(),
                    entry.number.to_string(),
                    entry.at.to_string(),
                    line.kind.to_owned(),
                    body(),
                ]]
            })?;
        }
        bar.inc(page.len() as u64);
    }
    bar.finish_and_clear();
    Ok(())
}

/// A payment of units bought once.
#[derive(Serialize)]
struct PaymentLine<'a> {
    id: String,
    customer: &'a CustomerId,
    top_up: &'a str,
    meter: &'a str,
    units: u64,
    amount: u64,
    currency: &'a str,
    status: &'static str,
    refunded: u64,
    dispute: &'static str,
    created_at: Instant,
    updated_at: Instant,
}

async fn payments(reader: &mut Reader, lines: &mut Lines) -> anyhow::Result<()> {
    lines.head(&[
        "id",
        "customer",
        "top_up",
        "meter",
        "units",
        "amount",
        "currency",
        "status",
        "refunded",
        "dispute",
        "created_at",
        "updated_at",
    ])?;
    let bar = progress::bar(None, "payments");
    let mut last: Option<Payment> = None;
    loop {
        let mut page = payment::all(&mut reader.snapshot, last.as_ref(), PAGE).await?;
        for payment in &page {
            let line = PaymentLine {
                id: payment.id.to_string(),
                customer: &payment.customer,
                top_up: payment.topup.as_str(),
                meter: payment.meter.as_str(),
                units: payment.quantity,
                amount: payment.amount.minor,
                currency: payment.amount.currency.as_str(),
                status: payment.status.as_str(),
                refunded: payment.refunded,
                dispute: payment.dispute.as_str(),
                created_at: Instant(payment.created_at),
                updated_at: Instant(payment.updated_at),
            };
            lines.add(&line, || {
                vec![vec![
                    line.id.clone(),
                    line.customer.to_string(),
                    line.top_up.to_owned(),
                    line.meter.to_owned(),
                    line.units.to_string(),
                    line.amount.to_string(),
                    line.currency.to_owned(),
                    line.status.to_owned(),
                    line.refunded.to_string(),
                    line.dispute.to_owned(),
                    line.created_at.0.to_string(),
                    line.updated_at.0.to_string(),
                ]]
            })?;
        }
        bar.inc(page.len() as u64);
        let Some(end) = page.pop() else { break };
        last = Some(end);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Why a customer left.
#[derive(Serialize)]
struct CancellationLine<'a> {
    id: String,
    customer: &'a CustomerId,
    plan: &'a PlanId,
    reason: Option<&'a str>,
    comment: Option<&'a str>,
    ends_at: Instant,
    undone_at: Option<Instant>,
    created_at: Instant,
}

async fn cancellations(reader: &mut Reader, lines: &mut Lines) -> anyhow::Result<()> {
    lines.head(&[
        "id",
        "customer",
        "plan",
        "reason",
        "comment",
        "ends_at",
        "undone_at",
        "created_at",
    ])?;
    let bar = progress::bar(None, "cancellations");
    let mut last: Option<Cancellation> = None;
    loop {
        let mut page = cancellation::all(&mut reader.snapshot, last.as_ref(), PAGE).await?;
        for said in &page {
            let line = CancellationLine {
                id: said.id.to_string(),
                customer: &said.customer,
                plan: &said.plan,
                reason: said.feedback.as_deref(),
                comment: said.comment.as_deref(),
                ends_at: Instant(said.ends_at),
                undone_at: said.undone_at.map(Instant),
                created_at: Instant(said.created_at),
            };
            lines.add(&line, || {
                let undone_at = said.undone_at.map(|at| at.to_string());
                vec![vec![
                    line.id.clone(),
                    said.customer.to_string(),
                    said.plan.to_string(),
                    said.feedback.clone().unwrap_or_default(),
                    said.comment.clone().unwrap_or_default(),
                    said.ends_at.to_string(),
                    undone_at.unwrap_or_default(),
                    said.created_at.to_string(),
                ]]
            })?;
        }
        bar.inc(page.len() as u64);
        let Some(end) = page.pop() else { break };
        last = Some(end);
    }
    bar.finish_and_clear();
    Ok(())
}
