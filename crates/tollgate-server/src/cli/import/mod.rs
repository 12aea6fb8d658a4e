//! `tollgate import`: records usage that happened elsewhere, from a file, once.

mod progress;
mod rows;

use super::reader::Reader;
use super::{Exit, Globals, engine, print};
use anyhow::Context as _;
use futures_util::StreamExt as _;
use indicatif::ProgressBar;
use progress::{Progress, digest, row_key};
use rows::{Event, Format, Row, Rows, Text};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tollgate::{Clock, Decision, Error, Tollgate};
use tollgate_core::id::{CustomerId, IdempotencyKey, MeterId};
use tollgate_core::{Account, Catalog, Timestamp};
use tollgate_store::entry::HistoryFilter;

/// Rows between two writings of the progress: so many are sent again after a crash.
const WINDOW: usize = 8_192;
/// Requests that wait for the engine at once.
const AT_ONCE: usize = 1_024;
/// How often a request is asked again while the engine is busy, and how long to wait between.
const TRIES_MAX: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);
/// Customers that are remembered.
const CUSTOMERS_MAX: usize = 100_000;
/// Problems that are told; the rest is only counted.
const PROBLEMS_MAX: usize = 1_000;
/// Problems that are shown to people.
const PROBLEMS_SHOWN: usize = 20;
/// Keys older than this may be forgotten: rows that a crash left in doubt are then looked up in
/// the record. Half of the time for which keys are kept by default.
const KEYS_SURE_SECONDS: i64 = 12 * 3_600;
/// Entries that are looked at at a time for that.
const HISTORY_PAGE: usize = 1_000;

/// What `import` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File to import; - for standard input
    file: PathBuf,
    /// How it is written [default: by the file's name]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// What the import is called: rows that were imported under a name are not imported again
    /// [default: the file's name without its folder]
    #[arg(long)]
    name: Option<String>,
    /// Check every row, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// Begin customers that do not exist, on the default plan
    #[arg(long)]
    create_customers: bool,
    /// Also count what happened before the running period of its meter
    #[arg(long)]
    count_earlier: bool,
    /// Write rows that cannot be imported into this file, with the reason, and go on
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
}

/// What became of the rows.
#[derive(Debug, Default, Serialize)]
struct Counts {
    /// Rows of the file.
    rows: u64,
    /// Rows that an earlier run of this import was done with.
    done_before: u64,
    /// Rows recorded now; in a dry run, those that would be.
    recorded: u64,
    /// Rows that were in the record under their key.
    known: u64,
    /// Rows left out because they happened before the running period.
    earlier: u64,
    /// Rows that the customer's account refused.
    refused: u64,
    /// Rows that make no sense.
    invalid: u64,
}

/// A row that was not imported.
#[derive(Debug, Serialize)]
struct Problem {
    line: u64,
    problem: String,
}

/// A row that can be sent.
struct Ready {
    line: u64,
    text: Text,
    event: Event,
    key: IdempotencyKey,
}

/// What became of one row.
enum Outcome {
    Recorded,
    Known,
    Refused(String),
    Invalid(String),
}

/// What is known of a customer.
#[derive(Clone, Default)]
struct Known {
    exists: bool,
    /// When the running period of each meter began.
    periods: Vec<(MeterId, Timestamp)>,
}

/// What rows are checked against, and recorded in.
enum Target {
    Engine(Tollgate),
    /// A dry run reads only, also beside a server.
    Reader(Box<Reader>),
}

struct Import<'a> {
    args: &'a Args,
    name: String,
    target: Target,
    catalog: Catalog,
    customers: HashMap<CustomerId, Known>,
    counts: Counts,
    problems: Vec<Problem>,
    rejected: Option<Rejected>,
    bar: ProgressBar,
}

/// Imports a file.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let name = name(&args)?;
    let format = format(&args)?;
    let (input, bar) = input(&args.file)?;
    let rows = Rows::open(format, input, Clock::system().now())?;
    let target = if args.dry_run {
        Target::Reader(Box::new(Reader::open(&globals).await?))
    } else {
        Target::Engine(engine::open(&globals).await?)
    };
    let catalog = match &target {
        Target::Engine(tollgate) => tollgate.catalog().as_ref().clone(),
        Target::Reader(reader) => reader.catalog()?.clone(),
    };
    let rejected = args.rejected.as_deref().filter(|_| !args.dry_run);
    let rejected = rejected
        .map(|path| Rejected::open(path, &rows))
        .transpose()?;
    let mut import = Import {
        args: &args,
        name,
        target,
        catalog,
        customers: HashMap::new(),
        counts: Counts::default(),
        problems: Vec::new(),
        rejected,
        bar,
    };
    let stopped = import.all(rows).await?;
    import.bar.finish_and_clear();
    import.finish(&globals, stopped).await
}

fn name(args: &Args) -> anyhow::Result<String> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None if args.file.as_os_str() == "-" => {
            return Err(Exit::Usage
                .error("--name is needed for standard input: rows are imported once under it"));
        }
        None => {
            let name = args.file.file_name().unwrap_or(args.file.as_os_str());
            name.to_string_lossy().into_owned()
        }
    };
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Exit::Usage.error("--name must have 1 to 200 bytes and no control characters"));
    }
    Ok(name)
}

fn format(args: &Args) -> anyhow::Result<Format> {
    let extension = args
        .file
        .extension()
        .and_then(|extension| extension.to_str());
    match (args.format, extension) {
        (Some(format), _) => Ok(format),
        (None, Some("csv")) => Ok(Format::Csv),
        (None, Some("ndjson" | "jsonl")) => Ok(Format::Ndjson),
        (None, _) => {
            Err(Exit::Usage.error("say --format csv or --format ndjson: the file's name does not"))
        }
    }
}

fn input(file: &Path) -> anyhow::Result<(Box<dyn Read + Send>, ProgressBar)> {
    if file.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), super::progress::bar(None, "rows")));
    }
    let opened = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let bar = super::progress::bytes(opened.metadata()?.len(), "imported");
    Ok((Box::new(bar.wrap_read(opened)), bar))
}

impl Import<'_> {
    /// Every row, a window at a time. Answers the row at which it stopped, if it did.
    async fn all(&mut self, mut rows: Rows) -> anyhow::Result<Option<Problem>> {
        let now = Clock::system().now();
        let before = self.progress().await?;
        let mut progress = before.clone().unwrap_or_else(|| Progress::new(now));
        let mut hasher = Sha256::new();
        let doubtful = self.skip(&mut rows, &progress, &mut hasher)?;
        let is_old = progress.saved_at.plus_seconds(KEYS_SURE_SECONDS) < now;
        self.window(doubtful, is_old.then_some(progress.started_at))
            .await?;
        loop {
            let read = self.read(&mut rows)?;
            let is_end = read.is_empty();
            self.meet(read.iter()).await?;
            let (window, stop) = self.cut(read, progress.rows_begun, &mut hasher);
            let count = window.len() as u64;
            progress = Progress {
                rows_done: progress.rows_begun,
                rows_begun: progress.rows_begun + count,
                hash: digest(&hasher),
                saved_at: Clock::system().now(),
                ..progress
            };
            if let Target::Engine(tollgate) = &self.target {
                progress.save(tollgate.store(), &self.name).await?;
            }
            self.window(window, None).await?;
            if stop.is_some() || is_end {
                progress.rows_done = progress.rows_begun;
                if let Target::Engine(tollgate) = &self.target {
                    progress.save(tollgate.store(), &self.name).await?;
                }
                return Ok(stop);
            }
        }
    }

    async fn progress(&mut self) -> anyhow::Result<Option<Progress>> {
        match &mut self.target {
            Target::Engine(tollgate) => {
                let mut connection = tollgate.store().read().await?;
                Progress::find(&mut connection, &self.name).await
            }
            Target::Reader(reader) => Progress::find(&mut reader.snapshot, &self.name).await,
        }
    }

    /// Reads the rows that an earlier run has begun; answers those that it may not have recorded.
    fn skip(
        &mut self,
        rows: &mut Rows,
        progress: &Progress,
        hasher: &mut Sha256,
    ) -> anyhow::Result<Vec<(u64, Row)>> {
        let mut doubtful = Vec::new();
        for number in 1..=progress.rows_begun {
            let Some(row) = rows.next()? else {
                return Err(self.other_file(progress));
            };
            self.counts.rows += 1;
            row.text.hash(hasher);
            if number > progress.rows_done {
                doubtful.push((number, row));
            } else {
                self.counts.done_before += 1;
            }
        }
        if digest(hasher) == progress.hash {
            Ok(doubtful)
        } else {
            Err(self.other_file(progress))
        }
    }

    fn other_file(&self, progress: &Progress) -> anyhow::Error {
        anyhow::anyhow!(
            "an import called {:?} has begun {} rows, and this file begins with others: give the \
             same file, or another --name",
            self.name,
            progress.rows_begun
        )
    }

    /// Reads the rows of the next window.
    fn read(&mut self, rows: &mut Rows) -> anyhow::Result<Vec<Row>> {
        let mut window = Vec::new();
        while window.len() < WINDOW {
            let Some(row) = rows.next()? else { break };
            window.push(row);
        }
        if self.bar.length().is_none() {
            self.bar.inc(window.len() as u64);
        }
        Ok(window)
    }

    /// Numbers the rows of a window after the `begun` before them. Without a file for rejected
    /// rows it ends before the first row that makes no sense; that row is answered too.
    fn cut(
        &mut self,
        read: Vec<Row>,
        begun: u64,
        hasher: &mut Sha256,
    ) -> (Vec<(u64, Row)>, Option<Problem>) {
        let stops = self.rejected.is_none() && !self.args.dry_run;
        let mut window = Vec::with_capacity(read.len());
        for row in read {
            self.counts.rows += 1;
            if let (Err(problem), true) = (self.sort(&row), stops) {
                self.counts.invalid += 1;
                let line = row.line;
                return (window, Some(Problem { line, problem }));
            }
            row.text.hash(hasher);
            window.push((begun + window.len() as u64 + 1, row));
        }
        (window, None)
    }

    /// What is wrong with a row, as far as the file and the catalog can tell.
    fn checked(&self, row: &Row) -> Result<(), String> {
        let event = row.event.as_ref().map_err(Clone::clone)?;
        let mut uses = event.consume.uses.as_slice().iter();
        match uses.find(|one| !self.catalog.features.contains_key(&one.feature)) {
            Some(one) => Err(format!("the catalog has no feature {}", one.feature)),
            None => Ok(()),
        }
    }

    /// Checks and records the rows of a window. `in_doubt_since` is given for rows whose keys may
    /// be forgotten although they are in the record since then.
    async fn window(
        &mut self,
        rows: Vec<(u64, Row)>,
        in_doubt_since: Option<Timestamp>,
    ) -> anyhow::Result<()> {
        self.meet(rows.iter().map(|(_, row)| row)).await?;
        let mut ready = Vec::with_capacity(rows.len());
        for (number, row) in rows {
            match self.sort(&row) {
                Ok(Some(event)) => {
                    let key = event
                        .key
                        .clone()
                        .unwrap_or_else(|| row_key(&self.name, number));
                    ready.push(Ready {
                        line: row.line,
                        text: row.text,
                        event,
                        key,
                    });
                }
                Ok(None) => self.counts.earlier += 1,
                Err(problem) => self.reject(row.line, &row.text, problem, true)?,
            }
        }
        let Target::Engine(tollgate) = &self.target else {
            self.counts.recorded += ready.len() as u64;
            return Ok(());
        };
        let tollgate = tollgate.clone();
        let mut sent = futures_util::stream::iter(ready)
            .map(|row| {
                let tollgate = tollgate.clone();
                async move {
                    let outcome = record(&tollgate, &row, in_doubt_since).await;
                    (row, outcome)
                }
            })
            .buffer_unordered(AT_ONCE);
        while let Some((row, outcome)) = sent.next().await {
            match outcome? {
                Outcome::Recorded => self.counts.recorded += 1,
                Outcome::Known => self.counts.known += 1,
                Outcome::Refused(problem) => self.reject(row.line, &row.text, problem, false)?,
                Outcome::Invalid(problem) => self.reject(row.line, &row.text, problem, true)?,
            }
        }
        drop(sent);
        if let Some(rejected) = &mut self.rejected {
            rejected.flush()?;
        }
        Ok(())
    }

    /// The event to record; `None` for one that happened before its meter's running period.
    fn sort(&self, row: &Row) -> Result<Option<Event>, String> {
        self.checked(row)?;
        let event = row.event.clone()?;
        let known = self
            .customers
            .get(&event.customer)
            .cloned()
            .unwrap_or_default();
        if !known.exists && !self.args.create_customers {
            return Err(format!(
                "there is no customer {}; --create-customers begins such",
                event.customer
            ));
        }
        let is_earlier = event.at.is_some_and(|at| {
            let mut uses = event.consume.uses.as_slice().iter();
            uses.any(|one| {
                let feature = self.catalog.features.get(&one.feature);
                let draw = feature.and_then(|feature| feature.draw.as_ref());
                let mut periods = known.periods.iter();
                periods.any(|(meter, start)| {
                    draw.is_some_and(|draw| draw.meter == *meter) && at < *start
                })
            })
        });
        Ok(Some(event).filter(|_| self.args.count_earlier || !is_earlier))
    }

    /// Gets to know the customers of some rows, and begins those that do not exist if that was said.
    async fn meet(&mut self, rows: impl Iterator<Item = &Row>) -> anyhow::Result<()> {
        if self.customers.len() > CUSTOMERS_MAX {
            self.customers.clear();
        }
        let sensible = rows.filter(|row| self.checked(row).is_ok());
        let mut unknown: Vec<CustomerId> = sensible
            .filter_map(|row| row.event.as_ref().ok())
            .map(|event| event.customer.clone())
            .filter(|customer| !self.customers.contains_key(customer))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        match &mut self.target {
            Target::Engine(tollgate) => {
                let create = self.args.create_customers;
                let mut met = futures_util::stream::iter(unknown)
                    .map(|customer| {
                        let tollgate = tollgate.clone();
                        async move {
                            let account = meet(&tollgate, &customer, create).await?;
                            anyhow::Ok((customer, account))
                        }
                    })
                    .buffer_unordered(AT_ONCE);
                while let Some(found) = met.next().await {
                    let (customer, account) = found?;
                    let known = account.as_ref().map(known).unwrap_or_default();
                    self.customers.insert(customer, known);
                }
            }
            Target::Reader(reader) => {
                for part in unknown.chunks(1_000) {
                    let mut found = reader.accounts(part).await?;
                    for customer in part {
                        let stored = found.remove(customer);
                        let known = stored.map(|mut stored| {
                            stored.account.advance(&self.catalog, reader.now);
                            known(&stored.account)
                        });
                        self.customers
                            .insert(customer.clone(), known.unwrap_or_default());
                    }
                }
            }
        }
        Ok(())
    }

    fn reject(
        &mut self,
        line: u64,
        text: &Text,
        problem: String,
        invalid: bool,
    ) -> anyhow::Result<()> {
        if invalid {
            self.counts.invalid += 1;
        } else {
            self.counts.refused += 1;
        }
        if let Some(rejected) = &mut self.rejected {
            rejected.add(text, &problem)?;
        }
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { line, problem });
        }
        Ok(())
    }

    async fn finish(
        mut self,
        globals: &Globals,
        stopped: Option<Problem>,
    ) -> anyhow::Result<ExitCode> {
        if let Target::Engine(tollgate) = self.target {
            engine::close(tollgate).await?;
        }
        self.problems.sort_by_key(|problem| problem.line);
        let counts = &self.counts;
        if globals.json {
            let mut report = serde_json::to_value(counts)?;
            report["name"] = self.name.clone().into();
            report["dry_run"] = self.args.dry_run.into();
            report["stopped"] = json!(stopped);
            report["problems"] = json!(self.problems);
            print::json(&report)?;
        } else {
            print_counts(counts, self.args.dry_run)?;
            for Problem { line, problem } in self.problems.iter().take(PROBLEMS_SHOWN) {
                eprintln!("line {line}: {problem}");
            }
            let more = (counts.refused + counts.invalid).saturating_sub(PROBLEMS_SHOWN as u64);
            if more > 0 && self.problems.len() > PROBLEMS_SHOWN {
                eprintln!("and {more} more");
            }
        }
        if let Some(Problem { line, problem }) = &stopped {
            eprintln!(
                "tollgate: line {line}: {problem}; the rows before it are imported: correct it and \
                 run this again, or leave such rows out with --rejected FILE"
            );
        }
        Ok(if counts.refused + counts.invalid == 0 {
            ExitCode::SUCCESS
        } else {
            Exit::Failed.into()
        })
    }
}

fn print_counts(counts: &Counts, dry_run: bool) -> io::Result<()> {
    let recorded = if dry_run {
        "would be recorded"
    } else {
        "recorded"
    };
    let figures = [
        ("rows read", counts.rows),
        ("done by an earlier run", counts.done_before),
        (recorded, counts.recorded),
        ("in the record already", counts.known),
        ("before the running period, left out", counts.earlier),
        ("refused by the account", counts.refused),
        ("invalid", counts.invalid),
    ];
    let rows = figures.iter().enumerate();
    let shown = rows.filter(|(index, (_, count))| *index == 0 || *index == 2 || *count > 0);
    let shown = shown.map(|(_, (what, count))| vec![(*what).to_owned(), count.to_string()]);
    print::pairs(&shown.collect::<Vec<_>>())
}

fn known(account: &Account) -> Known {
    let meters = account.tallies().meters.iter();
    Known {
        exists: true,
        periods: meters
            .map(|tally| (tally.meter.clone(), tally.period.start))
            .collect(),
    }
}

async fn meet(
    tollgate: &Tollgate,
    customer: &CustomerId,
    create: bool,
) -> anyhow::Result<Option<Account>> {
    if let Some(account) = patiently(async || tollgate.account(customer).await).await? {
        return Ok(Some(account));
    }
    if !create {
        return Ok(None);
    }
    patiently(async || tollgate.open_customer(customer, None).await).await?;
    Ok(patiently(async || tollgate.account(customer).await).await?)
}

/// Records one row, once.
async fn record(
    tollgate: &Tollgate,
    row: &Ready,
    in_doubt_since: Option<Timestamp>,
) -> anyhow::Result<Outcome> {
    let customer = &row.event.customer;
    if let Some(since) = in_doubt_since
        && is_recorded(tollgate, customer, &row.key, since).await?
    {
        return Ok(Outcome::Known);
    }
    let consume = async || {
        let request = row.event.consume.clone();
        tollgate
            .consume(customer, request, Some(row.key.clone()))
            .await
    };
    match patiently(consume).await {
        Ok(Decision::Granted(receipt)) if receipt.replayed => Ok(Outcome::Known),
        Ok(Decision::Granted(_)) => Ok(Outcome::Recorded),
        Ok(Decision::Refused(refusal)) => {
            let reason = refusal.reason.as_str();
            Ok(Outcome::Refused(format!("{reason}: {}", refusal.message())))
        }
        Err(error @ (Error::KeyReused | Error::UnknownCustomer | Error::Request(_))) => {
            Ok(Outcome::Invalid(error.to_string()))
        }
        Err(error) => Err(anyhow::Error::new(error).context(format!(
            "line {}: the import stopped; run it again and it goes on",
            row.line
        ))),
    }
}

/// Asks again while the engine is busy.
async fn patiently<T>(ask: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    let mut tries = 1;
    loop {
        match ask().await {
            Err(Error::Busy { .. }) if tries < TRIES_MAX => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

/// Whether a usage event with this key is in the customer's record since then.
async fn is_recorded(
    tollgate: &Tollgate,
    customer: &CustomerId,
    key: &IdempotencyKey,
    since: Timestamp,
) -> anyhow::Result<bool> {
    let filter = HistoryFilter {
        only_usage: true,
        from: Some(since),
        ..HistoryFilter::default()
    };
    let mut before = None;
    loop {
        let page = tollgate
            .history(customer, before, HISTORY_PAGE, &filter)
            .await?;
        let Some(page) = page else { return Ok(false) };
        let mut entries = page.entries.iter();
        if entries.any(|found| {
            found
                .entry
                .keyed
                .as_ref()
                .is_some_and(|keyed| keyed.key == *key)
        }) {
            return Ok(true);
        }
        before = page.next;
        if before.is_none() {
            return Ok(false);
        }
    }
}

/// The column that says why a row was rejected.
const REASON: &str = "reason";

/// Where rows go that cannot be imported: as they were, with the reason.
enum Rejected {
    /// With the place of the column that held the reason before, if the file is one of these.
    Csv(Box<csv::Writer<File>>, Option<usize>),
    Ndjson(io::BufWriter<File>),
}

impl Rejected {
    fn open(path: &Path, rows: &Rows) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let is_new = file.metadata()?.len() == 0;
        let Some(head) = rows.head() else {
            return Ok(Self::Ndjson(io::BufWriter::new(file)));
        };
        let mut builder = csv::WriterBuilder::new();
        let mut writer = builder.flexible(true).from_writer(file);
        if is_new {
            let names = head.iter().filter(|name| *name != REASON);
            writer.write_record(names.chain([REASON]))?;
        }
        let reason = head.iter().position(|name| name == REASON);
        Ok(Self::Csv(Box::new(writer), reason))
    }

    fn add(&mut self, text: &Text, reason: &str) -> anyhow::Result<()> {
        match (self, text) {
            (Self::Csv(writer, before), Text::Csv(record)) => {
                let fields = record.iter().enumerate();
                let fields = fields.filter(|(index, _)| Some(*index) != *before);
                let fields = fields.map(|(_, field)| field);
                writer.write_record(fields.chain([reason.as_bytes()]))?;
            }
            (Self::Ndjson(writer), Text::Ndjson(line)) => {
                match serde_json::from_slice::<serde_json::Map<_, _>>(line) {
                    Ok(mut object) => {
                        object.insert(REASON.to_owned(), reason.into());
                        serde_json::to_writer(&mut *writer, &object)?;
                    }
                    Err(_) => writer.write_all(line)?,
                }
                writer.write_all(b"\n")?;
            }
            _ => unreachable!("rejected rows have the form of the file"),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Csv(writer, _) => writer.flush(),
            Self::Ndjson(writer) => writer.flush(),
        }
    }
}
