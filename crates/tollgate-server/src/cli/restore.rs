//! `tollgate restore`: puts a backup in the database's place, once its balances are proven.

use super::{Exit, Globals, engine, postgres, print, verify};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tollgate::{Clock, Verification};
use tollgate_store::backup::{FileLock, replace};
use tollgate_store::{Access, Store, StoreError, StoreOptions, journal, sqlite_path};

/// What `restore` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File that `backup` wrote
    file: PathBuf,
    /// Replace a database that is there; on SQLite it is kept beside the new one
    #[arg(long)]
    force: bool,
}

/// Restores a backup.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let config = globals.settings()?;
    match sqlite_path(&config.database) {
        Some(database) => sqlite(&globals, &args, database).await,
        None => postgres(&globals, &args, &config.database).await,
    }
}

async fn sqlite(globals: &Globals, args: &Args, database: &Path) -> anyhow::Result<ExitCode> {
    // Nobody may begin to write the database from here on.
    let lock = FileLock::take(database).map_err(engine::explained)?;
    if database.exists() && !args.force {
        return Err(Exit::Usage.error(format!(
            "{} is there already; --force replaces it and keeps it beside the new one",
            database.display()
        )));
    }
    let log = with_suffix(&args.file, "-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        bail!(
            "{} has a log beside it: it is a live database, not a backup; copy it with `backup`",
            args.file.display()
        );
    }
    let copy = with_suffix(database, ".restoring");
    let proven = prove(globals, &args.file, &copy).await;
    let verification = match proven {
        Ok(verification) if verification.differences_count == 0 => verification,
        unproven => {
            discard(&copy);
            let verification = unproven?;
            report(globals, &verification, None)?;
            eprintln!("tollgate: the backup is wrong; nothing was replaced");
            return Ok(Exit::Difference.into());
        }
    };
    let kept = with_suffix(
        database,
        &format!(".replaced-{}", Clock::system().now().as_seconds()),
    );
    let was_there = database.exists();
    let replaced = replace(&lock, &copy, &kept).await;
    discard(&copy);
    replaced?;
    report(globals, &verification, was_there.then_some(&*kept))?;
    Ok(ExitCode::SUCCESS)
}

/// Copies the backup beside the database and proves every balance in it.
async fn prove(globals: &Globals, file: &Path, copy: &Path) -> anyhow::Result<Verification> {
    discard(copy);
    private_copy(file, copy).with_context(|| format!("cannot copy {}", file.display()))?;
    let options = globals.settings()?.store.options();
    let address = format!("sqlite:{}", copy.display());
    // Looked at first, so that a file that is no backup is refused as such.
    let reading = StoreOptions {
        access: Access::Read,
        ..options.clone()
    };
    match Store::open(&address, &reading).await {
        Ok(store) => store.close().await,
        Err(StoreError::SchemaOlder { found, .. }) if found > 0 => {}
        Err(
            StoreError::SchemaOlder { .. } | StoreError::Driver { .. } | StoreError::Open { .. },
        ) => {
            return Err(
                Exit::Corrupt.error(format!("{} is not a backup of Tollgate", file.display()))
            );
        }
        Err(error) => return Err(error.into()),
    }
    let store = Store::open(&address, &options).await?;
    journal::recover(&store).await?;
    let verification = verify::verify(&store).await?;
    store.close().await;
    Ok(verification)
}

fn private_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(to)?;
    std::io::copy(&mut source, &mut target)?;
    target.sync_all()
}

/// Removes what a restore leaves behind; what is not there is fine.
fn discard(copy: &Path) {
    for suffix in ["", "-wal", "-shm", ".lock"] {
        _ = fs::remove_file(with_suffix(copy, suffix));
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

async fn postgres(globals: &Globals, args: &Args, address: &str) -> anyhow::Result<ExitCode> {
    let options = StoreOptions {
        access: Access::Read,
        ..globals.settings()?.store.options()
    };
    let is_empty = match Store::open(address, &options).await {
        Ok(store) => {
            store.close().await;
            false
        }
        Err(StoreError::SchemaOlder { found, .. }) => found == 0,
        Err(StoreError::SchemaNewer { .. } | StoreError::SchemaDiffers { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    if !is_empty && !args.force {
        return Err(Exit::Usage.error("the database holds Tollgate's tables already; stop every replica, and --force replaces them"));
    }
    postgres::restore(address, &args.file, args.force).await?;
    let store = Store::open(address, &options).await?;
    let verification = verify::verify(&store).await?;
    store.close().await;
    report(globals, &verification, None)?;
    Ok(verify::exit(&verification))
}

fn report(
    globals: &Globals,
    verification: &Verification,
    kept: Option<&Path>,
) -> std::io::Result<()> {
    if globals.json {
        let verification = verify::report(verification);
        return print::json(&json!({ "kept": kept, "verification": verification }));
    }
    verify::print_report(verification)?;
    match kept {
        Some(kept) => print::line(&format!(
            "the database that was there is {}",
            kept.display()
        )),
        None => Ok(()),
    }
}
