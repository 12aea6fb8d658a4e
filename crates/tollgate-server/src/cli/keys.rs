//! `tollgate keys`: makes, lists and revokes API keys.

use super::{Globals, print};
use crate::api::v1::keys::KeyBody;
use crate::auth::api_key::{Mode, Scopes};
use crate::identity::{Actor, Identity};
use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;
use std::process::ExitCode;
use tollgate::Clock;
use tollgate_store::id::ApiKeyId;
use tollgate_store::{Access, Store, StoreOptions, api_key};

/// Keys that are listed at a time.
const PAGE: u32 = 100;

/// What `keys` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a key and show it, this once
    Create {
        /// What people read
        #[arg(long, default_value = "command line")]
        name: String,
        /// What it may do: read, consume, manage, admin, separated by commas
        #[arg(long, default_value = "read,consume,manage")]
        scopes: Scopes,
        /// On customers of its own, to try things out
        #[arg(long)]
        test: bool,
    },
    /// List all keys
    List,
    /// Revoke a key
    Revoke {
        /// Its id, as it is listed
        id: ApiKeyId,
    },
}

/// Makes, lists or revokes keys.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    match args.verb {
        Verb::Create { name, scopes, test } => {
            let mode = if test { Mode::Test } else { Mode::Live };
            create(&globals, &name, mode, scopes).await?;
        }
        Verb::List => list(&globals).await?,
        Verb::Revoke { id } => revoke(&globals, id).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create(globals: &Globals, name: &str, mode: Mode, scopes: Scopes) -> anyhow::Result<()> {
    let identity = identity(globals).await?;
    let actor = Actor::Command("keys create");
    let new = identity
        .create_api_key(actor, name, mode, scopes, None)
        .await?;
    let id = new.stored.id.to_string();
    if globals.json {
        print::json(&json!({ "id": id, "secret": new.key.reveal() }))?;
    } else {
        print::line(new.key.reveal())?;
        eprintln!("Keep it: it is not shown again. Its id is {id}.");
    }
    Ok(())
}

async fn list(globals: &Globals) -> anyhow::Result<()> {
    let config = globals.settings()?;
    let options = StoreOptions {
        access: Access::Read,
        ..config.store.options()
    };
    let store = Store::open(&config.database, &options).await?;
    let mut connection = store.read().await?;
    let mut keys: Vec<api_key::ApiKey> = Vec::new();
    loop {
        let after = keys.last().map(|key| key.id);
        let page = api_key::list(&mut connection, after, PAGE).await?;
        let is_last = page.len() < PAGE as usize;
        keys.extend(page);
        if is_last {
            break;
        }
    }
    let keys: Vec<KeyBody> = keys.into_iter().map(KeyBody::from).collect();
    if globals.json {
        print::json(&keys)?;
        return Ok(());
    }
    let rows = keys.into_iter().map(|key| {
        let revoked = key.revoked_at.map_or(String::new(), |at| at.0.to_string());
        vec![key.id, key.prefix, key.scopes.join(","), key.name, revoked]
    });
    print::table(
        &["ID", "KEY", "SCOPES", "NAME", "REVOKED"],
        &rows.collect::<Vec<_>>(),
    )?;
    Ok(())
}

async fn revoke(globals: &Globals, id: ApiKeyId) -> anyhow::Result<()> {
    let identity = identity(globals).await?;
    identity
        .revoke_api_key(Actor::Command("keys revoke"), id)
        .await?;
    if globals.json {
        print::json(&json!({ "id": id.to_string(), "revoked": true }))?;
    } else {
        print::line(&format!("{id} is revoked"))?;
    }
    Ok(())
}

async fn identity(globals: &Globals) -> anyhow::Result<Identity> {
    let config = globals.settings()?;
    let store = Store::open(&config.database, &config.store.options())
        .await
        .context("a running server makes and revokes keys itself: /v1/keys with an admin key")?;
    Ok(Identity::new(store, &config.auth, Clock::system()).await?)
}
