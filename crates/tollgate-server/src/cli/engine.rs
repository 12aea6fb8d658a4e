//! The engine for a verb that changes something: opened, used once, and shut down in order.

use super::{Globals, print};
use crate::api::problem::RefusalBody;
use crate::entropy;
use crate::identity::Actor;
use serde_json::json;
use std::fmt;
use tollgate::{Clock, Decision, Options, Refusal, Tollgate};
use tollgate_store::audit::{self, AuditLine};
use tollgate_store::id::AuditId;
use tollgate_store::{Store, StoreError, catalog, sqlite_path};

/// What a running server's database is answered with.
const IN_USE: &str =
    "ask that server, with --url and --key or through its /v1 routes, or stop it first";

/// Opens the engine on the database that the settings name. The catalog file is only used where
/// the database has no catalog yet: `plans apply` and `serve` apply a new one.
pub(super) async fn open(globals: &Globals) -> anyhow::Result<Tollgate> {
    open_with(globals, |_| {}).await
}

/// The same, with other options.
pub(super) async fn open_with(
    globals: &Globals,
    change: impl FnOnce(&mut Options),
) -> anyhow::Result<Tollgate> {
    let config = globals.settings()?;
    if let Some(path) = sqlite_path(&config.database)
        && !path.exists()
        && config.read_catalog()?.is_none()
    {
        return Err(super::no_database(path));
    }
    let store = open_store(globals).await?;
    let has_catalog = {
        let mut connection = store.read().await?;
        catalog::current_version(&mut connection).await?.is_some()
    };
    let first = if has_catalog {
        None
    } else {
        config.read_catalog()?
    };
    let mut options = config.engine.options(Clock::system());
    change(&mut options);
    Ok(Tollgate::open(store, first, options).await?)
}

/// Opens the database for writing.
pub(super) async fn open_store(globals: &Globals) -> anyhow::Result<Store> {
    let config = globals.settings()?;
    let opened = Store::open(&config.database, &config.store.options()).await;
    opened.map_err(explained)
}

/// Says what to do when a server has the file.
pub(super) fn explained(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::InUse { .. } => {
            let text = format!("{error}: {IN_USE}");
            anyhow::Error::new(error).context(text)
        }
        error => error.into(),
    }
}

/// Writes into the audit log what a command did.
pub(super) async fn audit(
    tollgate: &Tollgate,
    command: &'static str,
    action: &str,
    subject: &impl fmt::Display,
    detail: serde_json::Value,
) -> anyhow::Result<()> {
    let at = tollgate.now();
    let line = AuditLine {
        id: AuditId::new(at, entropy::number()),
        at,
        actor: Actor::Command(command).to_string(),
        action: action.to_owned(),
        subject: subject.to_string(),
        detail,
    };
    let written = tollgate.store().transaction(|transaction| {
        let line = line.clone();
        Box::pin(async move { audit::insert(transaction, &line).await })
    });
    Ok(written.await?)
}

/// Writes what is behind and closes the database.
pub(super) async fn close(tollgate: Tollgate) -> anyhow::Result<()> {
    tollgate.shutdown().await?;
    tollgate.store().clone().close().await;
    Ok(())
}

/// The account's rules said no.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Box<Refusal>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "refused ({}): {}",
            self.0.reason.as_str(),
            self.0.message()
        )
    }
}

impl std::error::Error for Refused {}

/// What was granted; a refusal is printed in JSON where that is asked for, and an error.
pub(super) fn granted<T>(decision: Decision<T>, globals: &Globals) -> anyhow::Result<T> {
    match decision {
        Decision::Granted(granted) => Ok(granted),
        Decision::Refused(refusal) => {
            if globals.json {
                print::json(&json!({ "refusal": RefusalBody::new(&refusal) }))?;
            }
            Err(Refused(refusal).into())
        }
    }
}
