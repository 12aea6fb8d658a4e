//! `tollgate admin-link`: a way into the owner's pages, for whoever may use the database.

use super::{Globals, print};
use crate::identity::{Actor, Identity, LINK_SECONDS};
use anyhow::Context as _;
use serde_json::json;
use std::process::ExitCode;
use tollgate::Clock;
use tollgate_store::Store;

/// What `admin-link` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of the server, as the browser reaches it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000")]
    server: String,
}

/// Makes a link and prints it.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let config = globals.settings()?;
    let store = Store::open(&config.database, &config.store.options())
        .await
        .context("beside a running server, sign in at /admin/ with an admin key")?;
    let identity = Identity::new(store, &config.auth, Clock::system()).await?;
    let path = identity.owner_link(&Actor::Command("admin-link")).await?;
    let url = format!("{}{path}", args.server.trim_end_matches('/'));
    if globals.json {
        print::json(&json!({ "url": url, "seconds": LINK_SECONDS }))?;
    } else {
        print::line(&url)?;
        eprintln!("It works once, for half an hour.");
    }
    Ok(ExitCode::SUCCESS)
}
