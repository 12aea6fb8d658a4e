//! `tollgate dev`: a server to play with, which needs nothing and asks for nothing.

use super::serve::{announce, exit};
use super::{Globals, print};
use crate::config::{Config, ConfigError, Layers, parse_catalog};
use crate::demo::{self, EMAIL, FOLDER, PASSWORD};
use crate::start::{self, Signals};
use crate::state::AppState;
use crate::{router, telemetry};
use anyhow::Context as _;
use serde_json::json;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use tollgate_core::Catalog;
use tollgate_core::id::{CustomerId, PlanId};
use tollgate_core::request::{ChangeTime, Subscribe};
use tollgate_store::StoreError;

const DATABASE: &str = "dev.db";
const KEY: &str = "dev.key";

const CATALOG: &str = include_str!("../../../../catalogs/resume.toml");

/// Customers to begin with: each on the next plan, from the cheapest.
const CUSTOMERS: [&str; 3] = ["demo_anna", "demo_ben", "demo_chloe"];

/// What `dev` understands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Forget what was there before, and begin anew
    #[arg(long)]
    fresh: bool,
}

/// Runs a server to play with.
pub(super) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let layers = layers(&args, &globals)?;
    let mut config = layers.config().clone();
    // Plain HTTP on a laptop.
    config.auth.cookies_secure = false;
    let catalog = read_catalog(&config)?;
    let _telemetry = telemetry::start(&config.log)?;
    let signals = Signals::take()?;
    let listener = start::listen(&config)?;
    if args.fresh {
        remove(Path::new(FOLDER))?;
    }
    let folder = demo::folder()?;
    let state = start::open(config, Some(catalog)).await?;
    furnish(&state).await?;
    let key = demo::api_key(&state, &folder.join(KEY)).await?;
    let address = listener.local_addr()?;
    announce(address)?;
    if globals.json {
        let user = json!({ "username": EMAIL, "password": PASSWORD });
        print::json(&json!({ "url": format!("http://{address}"), "user": user, "api_key": key }))?;
    } else {
        print::line(&welcome(&state, address, &key))?;
    }
    let end = start::run(listener, router::router(state.clone()), state, signals).await;
    Ok(exit(end))
}

/// The settings: what suits a laptop, and over it what the environment and the flags say. The
/// settings file is that of a real server, and left alone unless it is named.
fn layers(args: &Args, globals: &Globals) -> Result<Layers, ConfigError> {
    let mut layers = Layers::default();
    layers.add_flag("database", "dev", &format!("sqlite:{FOLDER}/{DATABASE}"))?;
    layers.add_flag("log.format", "dev", "text")?;
    layers.add_flag("log.filter", "dev", "warn")?;
    if let Some(path) = &globals.config {
        layers.add_file(path)?;
    }
    globals.add_environment(&mut layers)?;
    if let Some(listen) = &args.listen {
        layers.add_flag("listen", "--listen", listen)?;
    }
    Ok(layers)
}

fn read_catalog(config: &Config) -> Result<Catalog, ConfigError> {
    match config.read_catalog()? {
        Some(catalog) => Ok(catalog),
        None => parse_catalog("catalogs/resume.toml", CATALOG),
    }
}

/// Removes the files of an earlier server, and nothing else; those of one that runs stay.
fn remove(folder: &Path) -> anyhow::Result<()> {
    let database = folder.join(DATABASE);
    if let Ok(lock) = File::open(folder.join(format!("{DATABASE}.lock")))
        && lock.try_lock().is_err()
    {
        return Err(StoreError::InUse { path: database }.into());
    }
    for suffix in ["", "-wal", "-shm"] {
        let path = folder.join(format!("{DATABASE}{suffix}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds the demo user and customers; those that are there stay as they are.
async fn furnish(state: &AppState) -> anyhow::Result<()> {
    demo::add_user(state).await?;
    let catalog = state.tollgate.catalog();
    let plans: Vec<PlanId> = catalog
        .plans_by_price()
        .iter()
        .map(|plan| plan.id.clone())
        .collect();
    for (name, plan) in CUSTOMERS.iter().zip(plans) {
        let customer = CustomerId::new(name)?;
        if state.tollgate.open_customer(&customer, None).await? {
            let request = Subscribe {
                plan,
                price: None,
                when: ChangeTime::Now,
            };
            state.tollgate.subscribe(&customer, request, None).await?;
        }
    }
    Ok(())
}

fn welcome(state: &AppState, address: SocketAddr, key: &str) -> String {
    let catalog = state.tollgate.catalog();
    let feature = catalog
        .features
        .keys()
        .next()
        .map_or("ats_scan", |feature| feature.as_str());
    let [anna, ..] = CUSTOMERS;
    format!(
        r#"
A Tollgate to play with: "{name}". It keeps its data in {FOLDER}/; begin anew with --fresh.

  user     {EMAIL} / {PASSWORD}
  API key  {key}
  docs     http://{address}/docs

As a user of the app:

  curl -X POST "http://{address}/auth/login" \
    -H "Content-Type: application/x-www-form-urlencoded" \
    -d "username={EMAIL}&password={PASSWORD}"
  curl "http://{address}/me/usage" -H "Authorization: Bearer ACCESS_TOKEN"

As the app's back end:

  curl -X POST "http://{address}/v1/customers/{anna}/consume" \
    -H "Authorization: Bearer {key}" \
    -H "Content-Type: application/json" \
    -d '{{"feature": "{feature}"}}'
  curl "http://{address}/v1/customers/{anna}/why?feature={feature}" -H "Authorization: Bearer {key}"
"#,
        name = catalog.name
    )
}
