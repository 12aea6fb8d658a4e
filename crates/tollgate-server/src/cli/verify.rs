//! `tollgate verify`: replays the record and proves every balance.

use super::{Exit, Globals, print, progress, reader};
use serde_json::json;
use std::process::ExitCode;
use tollgate::Verification;
use tollgate_store::{Engine, Store, StoreError, journal};

/// What `verify` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Verifies the database that the settings name.
pub(super) async fn run(_: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let (store, is_beside) = open(&globals).await?;
    let verification = verify(&store).await?;
    store.close().await;
    if globals.json {
        let mut report = report(&verification);
        report["beside_a_server"] = is_beside.into();
        print::json(&report)?;
    } else {
        print_report(&verification)?;
        if is_beside {
            eprintln!(
                "A server is writing this database: its last moments are in the record and not yet \
                 in the balances, and were not compared."
            );
        }
    }
    Ok(exit(&verification))
}

/// Opens the database: for writing where nobody else writes it, so that what a crashed server left
/// behind is brought in first, and else for reading beside who does. A database that is not there
/// is not made.
async fn open(globals: &Globals) -> anyhow::Result<(Store, bool)> {
    let config = globals.settings()?;
    let reader = reader::open_store(globals).await?;
    if reader.engine() == Engine::Postgres {
        return Ok((reader, false));
    }
    match Store::open(&config.database, &config.store.options()).await {
        Ok(store) => {
            reader.close().await;
            journal::recover(&store).await?;
            Ok((store, false))
        }
        Err(StoreError::InUse { .. }) => Ok((reader, true)),
        Err(error) => Err(error.into()),
    }
}

/// Verifies a database, with a progress bar.
pub(super) async fn verify(store: &Store) -> anyhow::Result<Verification> {
    let total = match store.engine() {
        Engine::Sqlite => {
            let mut connection = store.read().await?;
            u64::try_from(journal::tail(&mut connection).await?.position).ok()
        }
        Engine::Postgres => None,
    };
    let bar = progress::bar(total, "entries replayed");
    let verification = tollgate::verify(store, |entries| bar.set_position(entries)).await?;
    bar.finish_and_clear();
    Ok(verification)
}

/// The JSON shape of a verification.
pub(super) fn report(verification: &Verification) -> serde_json::Value {
    let differences = verification.differences.iter().map(|one| {
        json!({
            "customer": one.customer,
            "place": one.place,
            "record": one.record,
            "kept": one.kept,
        })
    });
    json!({
        "ok": verification.differences_count == 0,
        "accounts": verification.accounts,
        "entries": verification.entries,
        "differences_count": verification.differences_count,
        "differences": differences.collect::<Vec<_>>(),
    })
}

/// Shows a verification to people.
pub(super) fn print_report(verification: &Verification) -> std::io::Result<()> {
    if verification.differences_count > 0 {
        let rows = verification.differences.iter().map(|one| {
            vec![
                one.customer.to_string(),
                one.place.clone(),
                one.record.clone(),
                one.kept.clone(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        print::table(&["CUSTOMER", "WHERE", "RECORD", "KEPT"], &rows)?;
    }
    print::line(&format!(
        "{} entries of {} customers replayed: {}",
        verification.entries,
        verification.accounts,
        match verification.differences_count {
            0 => "every balance is proven".to_owned(),
            1 => "1 difference".to_owned(),
            count => format!("{count} differences"),
        }
    ))
}

/// The exit code of a verification.
pub(super) fn exit(verification: &Verification) -> ExitCode {
    if verification.differences_count == 0 {
        ExitCode::SUCCESS
    } else {
        Exit::Difference.into()
    }
}
