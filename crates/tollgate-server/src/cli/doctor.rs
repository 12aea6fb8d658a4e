//! `tollgate doctor`: looks at everything that a server needs, and says what to do.

use super::{Globals, print, progress};
use crate::config::{Config, read_catalog};
use serde::Serialize;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;
use tollgate::Clock;
use tollgate_core::{Catalog, Timestamp};
use tollgate_store::backup::FileLock;
use tollgate_store::sql::Statement;
use tollgate_store::{
    Access, Connection, Engine, Store, StoreError, StoreOptions, api_key, catalog, journal,
    sqlite_path, without_password,
};

/// Free bytes below which a disk is said to be nearly full, and full.
const FREE_BYTES_LOW: u64 = 2 << 30;
const FREE_BYTES_MIN: u64 = 200 << 20;
/// A log that has grown so far is not folded into its file.
const LOG_BYTES_HIGH: u64 = 1 << 30;
/// How often a write is waited for, and how long it may take.
const SYNCS: u32 = 20;
const SYNC_SLOW: Duration = Duration::from_millis(20);
/// No disk is that fast: the write is somewhere in memory.
const SYNC_UNBELIEVABLE: Duration = Duration::from_micros(15);
/// What two clocks may differ by.
const CLOCK_MICROS_MAX: i64 = 5_000_000;
/// No clock that is right shows an earlier time: 2025-01-01.
const EARLIEST_SECONDS: i64 = 1_735_689_600;
const KEYS_PAGE: u32 = 100;

const POSTGRES: Statement = Statement::new(
    "pg_settings",
    "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
            current_setting('synchronous_commit') AS synchronous_commit,
            pg_is_in_recovery() AS is_standby,
            (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT AS now",
);

/// What `doctor` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// How well something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    standing: Standing,
    found: String,
    /// What to do; empty when it is well.
    advice: String,
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Standing::Ok, found, "");
    }

    fn warn(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, Standing::Warn, found, advice);
    }

    fn fail(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, Standing::Fail, found, advice);
    }

    fn add(
        &mut self,
        check: &'static str,
        standing: Standing,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.0.push(Finding {
            check,
            standing,
            found: found.into(),
            advice: advice.into(),
        });
    }
}

/// Looks at everything.
pub(super) async fn run(_: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let mut findings = Findings::default();
    let bar = progress::bar(None, "looking");
    look(&globals, &mut findings).await;
    bar.finish_and_clear();
    let Findings(findings) = findings;
    let failed = findings
        .iter()
        .any(|finding| finding.standing == Standing::Fail);
    if globals.json {
        print::json(&json!({ "ok": !failed, "checks": findings }))?;
    } else {
        for finding in &findings {
            let word = match finding.standing {
                Standing::Ok => "ok  ",
                Standing::Warn => "warn",
                Standing::Fail => "FAIL",
            };
            print::line(&format!("{word}  {:<10}  {}", finding.check, finding.found))?;
            if !finding.advice.is_empty() {
                print::line(&format!("                  → {}", finding.advice))?;
            }
        }
    }
    Ok(if failed {
        super::Exit::Failed.into()
    } else {
        ExitCode::SUCCESS
    })
}

async fn look(globals: &Globals, findings: &mut Findings) {
    let config = match globals.settings() {
        Ok(config) => config,
        Err(error) => {
            findings.fail(
                "settings",
                error.to_string(),
                "correct it; nothing else was looked at",
            );
            return;
        }
    };
    findings.ok("settings", settings_name(globals));
    let file = catalog_file(&config, findings);
    clock(findings);
    if let Some(path) = sqlite_path(&config.database)
        && !sqlite_file(path, findings)
    {
        return;
    }
    database(&config, file.as_ref(), findings).await;
}

fn settings_name(globals: &Globals) -> String {
    match &globals.config {
        Some(path) => path.display().to_string(),
        None if Path::new(super::CONFIG_FILE).exists() => super::CONFIG_FILE.to_owned(),
        None => "no file; defaults, environment and flags".to_owned(),
    }
}

fn catalog_file(config: &Config, findings: &mut Findings) -> Option<Catalog> {
    let path = config.catalog.as_deref()?;
    match read_catalog(path) {
        Ok(catalog) => {
            findings.ok("catalog", format!("{} is valid", path.display()));
            Some(catalog)
        }
        Err(error) => {
            let advice = format!("tollgate plans check {}", path.display());
            findings.fail("catalog", error.to_string(), advice);
            None
        }
    }
}

fn clock(findings: &mut Findings) {
    let now = Clock::system().now();
    if now.as_seconds() < EARLIEST_SECONDS {
        findings.fail(
            "clock",
            format!("it shows {now}"),
            "set the machine's clock",
        );
    } else {
        findings.ok("clock", super::show::instant(now));
    }
}

/// What can be seen of a SQLite file from outside. False when there is none.
fn sqlite_file(path: &Path, findings: &mut Findings) -> bool {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    disk(folder, findings);
    match sync_time(folder) {
        Ok((median, slowest)) => sync_finding(median, slowest, findings),
        Err(error) => {
            let found = format!("cannot write in {}: {error}", folder.display());
            findings.fail("disk", found, "let the server's user write there");
        }
    }
    let Ok(metadata) = fs::metadata(path) else {
        let found = format!("{} is not there", path.display());
        findings.warn(
            "database",
            found,
            "serve, dev or plans apply --yes makes it",
        );
        return false;
    };
    permissions(path, &metadata, findings);
    match FileLock::take(path) {
        Ok(_) => findings.ok("writer", "no server is running on it"),
        Err(StoreError::InUse { .. }) => findings.ok("writer", "a server is running on it"),
        Err(error) => {
            let advice = "let the server's user read and write it";
            findings.fail("writer", whole(&error), advice);
        }
    }
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = fs::metadata(PathBuf::from(log)).map_or(0, |log| log.len());
    let found = format!("{}, log {}", bytes(metadata.len()), bytes(log));
    if log > LOG_BYTES_HIGH {
        let advice = "something reads the database for very long; end it";
        findings.warn("size", found, advice);
    } else {
        findings.ok("size", found);
    }
    true
}

#[cfg(unix)]
fn permissions(path: &Path, metadata: &fs::Metadata, findings: &mut Findings) {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    let found = format!("{} has mode {mode:03o}", path.display());
    if mode.trailing_zeros() >= 6 {
        findings.ok("file", found);
    } else {
        findings.warn("file", found, format!("chmod 600 {}", path.display()));
    }
}

#[cfg(not(unix))]
fn permissions(path: &Path, _: &fs::Metadata, findings: &mut Findings) {
    findings.ok("file", path.display().to_string());
}

fn disk(folder: &Path, findings: &mut Findings) {
    let free = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => {
            let found = format!("cannot see the disk of {}: {error}", folder.display());
            findings.fail("disk", found, "make the folder");
            return;
        }
    };
    let found = format!("{} free", bytes(free));
    if free < FREE_BYTES_MIN {
        findings.fail(
            "disk",
            found,
            "make room: nothing can be recorded on a full disk",
        );
    } else if free < FREE_BYTES_LOW {
        findings.warn("disk", found, "make room");
    } else {
        findings.ok("disk", found);
    }
}

/// How long a small write takes until the disk says that it is there: the median and the slowest.
fn sync_time(folder: &Path) -> io::Result<(Duration, Duration)> {
    let path = folder.join(format!(".tollgate-doctor-{}", std::process::id()));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).open(&path)?;
    let mut measure = || -> io::Result<Vec<Duration>> {
        let times = (0..SYNCS).map(|_| timed_sync(&mut file));
        times.collect()
    };
    let times = measure();
    fs::remove_file(&path)?;
    let mut times = times?;
    times.sort_unstable();
    Ok((times[times.len() / 2], times[times.len() - 1]))
}

fn timed_sync(file: &mut File) -> io::Result<Duration> {
    let start = Instant::now();
    file.write_all(&[0; 4_096])?;
    file.sync_data()?;
    Ok(start.elapsed())
}

fn sync_finding(median: Duration, slowest: Duration, findings: &mut Findings) {
    let found = format!("a durable write takes {median:.1?}, the slowest of {SYNCS} {slowest:.1?}");
    if median > SYNC_SLOW {
        findings.warn(
            "fsync",
            found,
            "every answer waits for this: use a faster disk",
        );
    } else if median < SYNC_UNBELIEVABLE {
        let advice = "no disk is that fast: this one may lose acknowledged usage with the power";
        findings.warn("fsync", found, advice);
    } else {
        findings.ok("fsync", found);
    }
}

/// What the database itself says.
async fn database(config: &Config, file: Option<&Catalog>, findings: &mut Findings) {
    let options = StoreOptions {
        access: Access::Read,
        ..config.store.options()
    };
    let name = without_password(&config.database);
    let store = match Store::open(&config.database, &options).await {
        Ok(store) => store,
        Err(StoreError::SchemaOlder { found: 0, .. }) => {
            let advice = "serve or plans apply --yes makes them";
            findings.warn("database", format!("{name} has no tables yet"), advice);
            return;
        }
        Err(error) => {
            let advice = match &error {
                StoreError::SchemaNewer { .. } => {
                    "use the program that migrated it, or a newer one"
                }
                StoreError::SchemaOlder { .. } => "serve brings it up to date; back it up before",
                StoreError::Address(_) => "correct `database` in the settings",
                _ => "see that it runs, and that the address, user and password are right",
            };
            findings.fail("database", whole(&error), advice);
            return;
        }
    };
    findings.ok(
        "database",
        format!("{name} can be read, and its schema fits"),
    );
    let mut looked = match store.read().await {
        Ok(connection) => connection,
        Err(error) => {
            findings.fail("database", whole(&error), "see that it runs");
            return;
        }
    };
    if let Err(error) = contents(&mut looked, file, findings).await {
        findings.fail("contents", whole(&error), "tollgate verify");
    }
}

async fn contents(
    connection: &mut Connection<'_>,
    file: Option<&Catalog>,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    match connection.engine() {
        Engine::Postgres => postgres(connection, findings).await?,
        Engine::Sqlite => record(connection, findings).await?,
    }
    match (catalog::current(connection).await?, file) {
        (None, None) => {
            let advice = "tollgate plans apply FILE --yes, or serve with --catalog FILE";
            findings.fail("plans", "the database has no catalog", advice);
        }
        (None, Some(_)) => findings.ok("plans", "the catalog file will be applied by serve"),
        (Some(current), Some(file)) if !current.diff(file).is_empty() => {
            let changes = current.diff(file).len();
            let found = format!(
                "the catalog file differs from version {} in use ({changes} changes)",
                current.version
            );
            findings.warn(
                "plans",
                found,
                "tollgate plans diff shows it; serve applies it",
            );
        }
        (Some(current), _) => findings.ok(
            "plans",
            format!("catalog version {} is in use", current.version),
        ),
    }
    if has_key(connection).await? {
        findings.ok("keys", "there are API keys");
    } else {
        let advice = "tollgate keys create makes one for a back end";
        findings.warn("keys", "there is no API key that works", advice);
    }
    Ok(())
}

async fn has_key(connection: &mut Connection<'_>) -> Result<bool, StoreError> {
    let mut after = None;
    loop {
        let page = api_key::list(connection, after, KEYS_PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(false);
        };
        after = Some(last.id);
        if page.iter().any(|key| key.revoked_at.is_none()) {
            return Ok(true);
        }
    }
}

/// The newest entry says which time it was at the least.
async fn record(
    connection: &mut Connection<'_>,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let tail = journal::tail(connection).await?;
    let behind = tail.position - journal::checkpointed(connection).await?;
    let found = format!(
        "{} entries, {behind} of them not yet in the balances",
        tail.position
    );
    let now = Clock::system().now();
    if tail.at.as_micros() > now.as_micros().saturating_add(CLOCK_MICROS_MAX) {
        let advice = "the clock went back: set it right, or resets wait until it has caught up";
        findings.fail(
            "record",
            format!("its newest entry is of {}", tail.at),
            advice,
        );
    } else {
        findings.ok("record", found);
    }
    Ok(())
}

async fn postgres(
    connection: &mut Connection<'_>,
    findings: &mut Findings,
) -> Result<(), StoreError> {
    let asked = Clock::system().now();
    let Some(row) = connection.fetch_optional(POSTGRES, []).await? else {
        return Ok(());
    };
    let answered = Clock::system().now();
    findings.ok("server", format!("PostgreSQL {}", row.text("version")?));
    let fsync = row.text("fsync")?;
    let synchronous = row.text("synchronous_commit")?;
    let found = format!("fsync = {fsync}, synchronous_commit = {synchronous}");
    if fsync == "off" || synchronous == "off" {
        let advice = "set both on: acknowledged usage is lost with the power";
        findings.fail("durability", found, advice);
    } else {
        findings.ok("durability", found);
    }
    if row.boolean("is_standby")? {
        findings.fail("primary", "it is a standby", "give the primary's address");
    }
    let theirs = row.timestamp("now")?;
    let off = off_by(asked, theirs, answered);
    if off > CLOCK_MICROS_MAX {
        let found = format!("it differs by {} s from the database's", off / 1_000_000);
        findings.warn("clock", found, "let both machines keep time by NTP");
    }
    let trip = answered.as_micros().saturating_sub(asked.as_micros());
    findings.ok(
        "network",
        format!(
            "a question takes {:.1?}",
            Duration::from_micros(trip.unsigned_abs())
        ),
    );
    Ok(())
}

/// How far a clock is outside of the interval in which it was asked.
fn off_by(asked: Timestamp, theirs: Timestamp, answered: Timestamp) -> i64 {
    let early = asked.as_micros().saturating_sub(theirs.as_micros());
    let late = theirs.as_micros().saturating_sub(answered.as_micros());
    early.max(late).max(0)
}

/// An error with its causes, in one line.
fn whole(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text.replace('\n', "; ")
}

fn bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_beyond_the_time_that_asking_took() {
        let at = Timestamp::from_seconds;
        assert_eq!(off_by(at(10), at(11), at(12)), 0);
        assert_eq!(off_by(at(10), at(4), at(12)), 6_000_000);
        assert_eq!(off_by(at(10), at(15), at(12)), 3_000_000);
    }

    #[test]
    fn a_disk_that_is_too_slow_or_too_fast_is_named() {
        let standing = |micros| {
            let mut findings = Findings::default();
            let median = Duration::from_micros(micros);
            sync_finding(median, median, &mut findings);
            findings.0[0].standing
        };
        assert_eq!(standing(1), Standing::Warn);
        assert_eq!(standing(500), Standing::Ok);
        assert_eq!(standing(50_000), Standing::Warn);
    }
}
