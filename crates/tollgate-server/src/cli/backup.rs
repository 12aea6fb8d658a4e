//! `tollgate backup`: copies the database into a file while a server writes it.

use super::{Exit, Globals, postgres, print, progress, reader, verify};
use anyhow::Context as _;
use indicatif::ProgressBar;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tollgate_store::{Access, Store, StoreOptions, backup, journal, sqlite_path};

/// How often the progress is looked at.
const TICK: Duration = Duration::from_millis(200);

/// What `backup` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File to write; it must not be there yet
    file: PathBuf,
    /// Replay the record in the backup and prove its balances
    #[arg(long)]
    verify: bool,
}

/// Backs the database up.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let config = globals.settings()?;
    if args.file.exists() {
        return Err(Exit::Usage.error(format!(
            "{} is there already; name another file",
            args.file.display()
        )));
    }
    let Some(database) = sqlite_path(&config.database) else {
        postgres::dump(&config.database, &args.file).await?;
        return finished(&globals, &args.file, None);
    };
    let options = StoreOptions {
        access: Access::Read,
        ..config.store.options()
    };
    let store = reader::open_store(&globals).await?;
    let bar = progress::bytes(length(database), "copied");
    let partial = backup::partial(&args.file)?;
    tokio::select! {
        written = store.back_up(&partial) => written?,
        () = watch(&bar, &partial) => unreachable!("it watches for ever"),
    }
    backup::publish(&partial, &args.file).await?;
    bar.finish_and_clear();
    store.close().await;
    let address = format!("sqlite:{}", args.file.display());
    let backup = Store::open(&address, &options)
        .await
        .context("the backup cannot be read")?;
    let verification = if args.verify {
        Some(verify::verify(&backup).await?)
    } else {
        None
    };
    let tail = {
        let mut connection = backup.read().await?;
        journal::tail(&mut connection).await?
    };
    backup.close().await;
    if let Some(verification) = verification.filter(|found| found.differences_count > 0) {
        verify::print_report(&verification)?;
        return Ok(verify::exit(&verification));
    }
    finished(&globals, &args.file, Some(tail))
}

fn finished(
    globals: &Globals,
    file: &Path,
    tail: Option<journal::Tail>,
) -> anyhow::Result<ExitCode> {
    let bytes = length(file);
    let entries = tail.map(|tail| tail.position);
    if globals.json {
        print::json(&json!({ "file": file, "bytes": bytes, "entries": entries }))?;
    } else {
        let entries = entries.map_or(String::new(), |entries| format!(", {entries} entries"));
        print::line(&format!("{}: {bytes} bytes{entries}", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

async fn watch(bar: &ProgressBar, partial: &Path) {
    loop {
        tokio::time::sleep(TICK).await;
        bar.set_position(length(partial));
    }
}
