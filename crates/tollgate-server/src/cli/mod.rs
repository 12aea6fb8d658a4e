//! The command line: one verb per file, each with its `Args` and its `run`.

mod admin_link;
mod backup;
mod config;
mod customer;
mod dev;
mod doctor;
mod engine;
mod exit;
mod export;
mod grant;
mod import;
mod init;
mod keys;
mod plans;
mod postgres;
mod print;
mod progress;
mod reader;
mod remote;
mod report;
mod restore;
mod serve;
mod show;
mod stripe;
#[cfg(feature = "sandbox")]
mod tour;
mod usage;
mod verify;
mod why;

pub use exit::{Exit, exit_of};

use crate::config::{Config, ConfigError, Layers};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tollgate_core::id::CustomerId;

/// The settings file that is read when none is named.
const CONFIG_FILE: &str = "tollgate.toml";

/// Exact, durable quotas: may this customer do this now, and what does it cost them?
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, about, propagate_version = true)]
struct CommandLine {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb understands.
#[derive(Clone, Debug, clap::Args)]
pub struct Globals {
    /// Settings file [default: tollgate.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "TOLLGATE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Database
    #[arg(
        long,
        global = true,
        value_name = "sqlite:PATH|postgres://USER@HOST/DATABASE"
    )]
    pub database: Option<String>,
    /// Catalog file; without one, the catalog that stands in the database
    #[arg(long, global = true, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

impl Globals {
    /// The settings: defaults, then the file, then the environment, then the flags.
    pub fn layers(&self) -> Result<Layers, ConfigError> {
        let mut layers = Layers::default();
        match &self.config {
            Some(path) => layers.add_file(path)?,
            None if Path::new(CONFIG_FILE).exists() => layers.add_file(Path::new(CONFIG_FILE))?,
            None => {}
        }
        self.add_environment(&mut layers)?;
        Ok(layers)
    }

    /// The environment and the flags over what is there.
    fn add_environment(&self, layers: &mut Layers) -> Result<(), ConfigError> {
        let variables = std::env::vars_os();
        layers.add_environment(variables.filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))?;
        if let Some(database) = &self.database {
            layers.add_flag("database", "--database", database)?;
        }
        if let Some(catalog) = &self.catalog {
            layers.add_flag("catalog", "--catalog", &catalog.to_string_lossy())?;
        }
        Ok(())
    }

    /// The settings as they stand.
    pub fn settings(&self) -> Result<Config, ConfigError> {
        Ok(self.layers()?.config().clone())
    }
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write a settings file and a catalog to begin with
    Init(init::Args),
    /// Run a server to play with: demo catalog, user, customers and key
    Dev(dev::Args),
    /// Play a customer's whole life, payments included, and check every figure
    #[cfg(feature = "sandbox")]
    Tour(tour::Args),
    /// Run the server
    Serve(serve::Args),
    /// Make, list and revoke API keys
    Keys(keys::Args),
    /// Make a link into the owner's pages, which works once
    AdminLink(admin_link::Args),
    /// Show the settings
    Config(config::Args),
    /// Check, compare and apply catalogs; show what is sold
    Plans(plans::Args),
    /// Begin, list and show customers, and put them on plans
    Customer(customer::Args),
    /// Give a customer units
    Grant(grant::Args),
    /// Show what a customer has and used
    Usage(usage::Args),
    /// Explain what a customer would be answered
    Why(why::Args),
    /// Set up Stripe, compare it with what is here, repair, and look into the inbox
    Stripe(stripe::Args),
    /// Show what the record says of the business: customers, revenue, churn, use of quotas
    Report(report::Args),
    /// Replay the record and prove every balance
    Verify(verify::Args),
    /// Look at everything that a server needs
    Doctor(doctor::Args),
    /// Record usage that happened elsewhere, from a CSV or NDJSON file
    Import(import::Args),
    /// Write customers, grants, usage events, the record, payments or cancellations, as of one moment
    Export(export::Args),
    /// Copy the database into a file while a server writes it
    Backup(backup::Args),
    /// Put a backup in the database's place, once its balances are proven
    Restore(restore::Args),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let threads = line
        .globals
        .settings()
        .map_or(0, |config| config.server.threads);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if threads > 0 {
        runtime.worker_threads(threads);
    }
    let ended = match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(run(line.verb, line.globals)),
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tollgate: {}", one_line(&error));
            exit_of(&error).into()
        }
    }
}

async fn run(verb: Verb, globals: Globals) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Init(args) => init::run(&args, &globals),
        Verb::Dev(args) => dev::run(args, globals).await,
        #[cfg(feature = "sandbox")]
        Verb::Tour(args) => tour::run(args, globals).await,
        Verb::Serve(args) => serve::run(args, globals).await,
        Verb::Keys(args) => keys::run(args, globals).await,
        Verb::AdminLink(args) => admin_link::run(args, globals).await,
        Verb::Config(args) => config::run(&args, &globals),
        Verb::Plans(args) => plans::run(args, globals).await,
        Verb::Customer(args) => customer::run(args, globals).await,
        Verb::Grant(args) => grant::run(args, globals).await,
        Verb::Usage(args) => usage::run(args, globals).await,
        Verb::Why(args) => why::run(args, globals).await,
        Verb::Stripe(args) => stripe::run(args, globals).await,
        Verb::Report(args) => report::run(args, globals).await,
        Verb::Verify(args) => verify::run(args, globals).await,
        Verb::Doctor(args) => doctor::run(args, globals).await,
        Verb::Import(args) => import::run(args, globals).await,
        Verb::Export(args) => export::run(args, globals).await,
        Verb::Backup(args) => backup::run(args, globals).await,
        Verb::Restore(args) => restore::run(args, globals).await,
    }
}

fn no_database(path: &Path) -> anyhow::Error {
    Exit::Database.error(format!(
        "there is no database {}; `plans apply FILE --yes`, `serve` or `dev` makes it",
        path.display()
    ))
}

fn unknown_customer(customer: &CustomerId) -> anyhow::Error {
    anyhow::anyhow!("there is no customer {customer}; `customer create` makes one")
}

/// An error with its causes, in one line; a cause that only repeats what was said is left out.
fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string().replace('\n', "; ");
        if text.contains(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_holds_together() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn an_error_is_one_line_and_says_nothing_twice() {
        let error = anyhow::anyhow!("disk full\nreally").context("cannot write");
        assert_eq!(one_line(&error), "cannot write: disk full; really");
        let error = anyhow::anyhow!("disk full").context("cannot write: disk full");
        assert_eq!(one_line(&error), "cannot write: disk full");
    }
}
