//! `tollgate report`: what the record says of the business.

use super::remote::{Question, Remote};
use super::{Exit, Globals, engine, print, progress, reader, show};
use crate::report_csv::{self, Part};
use std::io;
use std::process::ExitCode;
use std::time::Duration;
use tollgate::Clock;
use tollgate::report::{self, CaughtUp, Report, ReportRange};
use tollgate_core::report::Day;
use tollgate_store::{Engine, Store, StoreError, journal, sqlite_path};

mod table;

/// A report waits as long as it takes where nobody else waits for it.
const CATCH_UP_MAX: Duration = Duration::from_hours(24);

/// What `report` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The first day, such as 2026-01-01 [default: the first of the month, eleven months ago]
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// The day after the last [default: tomorrow]
    #[arg(long, value_name = "DAY")]
    until: Option<Day>,
    /// Write one part as comma-separated values
    #[arg(long, value_enum, value_name = "PART", conflicts_with = "json")]
    csv: Option<Part>,
    /// Throw away what was counted and count the whole record anew
    #[arg(long)]
    rebuild: bool,
    #[command(flatten)]
    remote: Remote,
}

/// Shows the report.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let question = || {
        Question::get(&["report"])
            .with("from", args.from)
            .with("until", args.until)
    };
    if let Some(code) = args.remote.ask(&globals, question).await? {
        return Ok(code);
    }
    let now = Clock::system().now();
    let range = ReportRange::new(args.from, args.until, now);
    let range = range.map_err(|error| Exit::Usage.error(error.to_string()))?;
    let report = match open(&globals).await {
        Ok(store) => {
            if args.rebuild {
                report::rebuild(&store).await?;
            }
            let caught_up = catch_up(&store).await?;
            let report = report::read_as_of(&store, &range, caught_up).await?;
            store.close().await;
            report
        }
        Err(error) if is_in_use(&error) && !args.rebuild => {
            let store = reader::open_store(&globals).await?;
            report::read(&store, &range, now).await?
        }
        Err(error) => return Err(error),
    };
    if globals.json {
        print::json(&report)?;
    } else if let Some(part) = args.csv {
        report_csv::write(&report, part, io::stdout().lock())?;
    } else {
        table::show(&report)?;
        tell_if_behind(&report);
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the database for writing: counting is writing. A database that is not there is not made.
async fn open(globals: &Globals) -> anyhow::Result<Store> {
    let config = globals.settings()?;
    if let Some(path) = sqlite_path(&config.database)
        && !path.exists()
    {
        return Err(super::no_database(path));
    }
    engine::open_store(globals).await
}

fn is_in_use(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| matches!(cause.downcast_ref(), Some(StoreError::InUse { .. })))
}

/// Counts what the record has got since the last time, with a progress bar.
async fn catch_up(store: &Store) -> anyhow::Result<CaughtUp> {
    let total = match store.engine() {
        Engine::Sqlite => {
            let mut connection = store.read().await?;
            let tail = journal::tail(&mut connection).await?;
            let counted = tollgate_store::report::progress(&mut connection).await?;
            u64::try_from(tail.position - counted.position).ok()
        }
        Engine::Postgres => None,
    };
    let bar = progress::bar(total, "entries counted");
    let now = Clock::system().now();
    let caught_up = report::catch_up(store, now, CATCH_UP_MAX, |entries| {
        bar.set_position(entries);
    })
    .await?;
    bar.finish_and_clear();
    Ok(caught_up)
}

fn tell_if_behind(report: &Report) {
    if !report.is_current {
        eprintln!(
            "A server is writing this database: the report is as of {}.",
            show::instant(report.as_of)
        );
    }
}
