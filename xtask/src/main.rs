//! The project's own automation: `cargo xtask VERB`.

mod ci;
mod command;
mod guards;
mod harness;
mod layering;
mod placement;
mod postgres;
mod suite;
mod tally;
mod test;
mod tool;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "The project's own automation")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the test-suite, or the suites named; installs what it needs where it may.
    Test(test::Arguments),
    /// Run what CI runs: format, lints, docs, licences, then the test-suite.
    Ci(ci::Arguments),
    /// Take each guard of the list out of a copy of the sources and see its tests fail.
    Guards(guards::Arguments),
    /// Start a throwaway PostgreSQL and print its URL; it is gone after Ctrl-C.
    Postgres,
    /// A tiny server of the real one's shape, right or wrong on purpose, to test the harness with.
    #[command(hide = true)]
    Peer(harness::peer::Arguments),
    /// Connections that say almost nothing, for the suite of that name.
    #[command(hide = true)]
    SlowSockets(harness::slow::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything passed.
fn run(verb: Verb) -> Result<bool> {
    match verb {
        Verb::Test(arguments) => test::run(&repository()?, &arguments),
        Verb::Ci(arguments) => ci::run(&repository()?, &arguments),
        Verb::Guards(arguments) => guards::run(&repository()?, &arguments),
        Verb::Postgres => postgres::run_until_interrupted(),
        Verb::Peer(arguments) => harness::peer::run(&arguments).map(|()| true),
        Verb::SlowSockets(arguments) => harness::slow::run(&arguments).map(|()| true),
    }
}

/// The root of the work tree that this program was built from.
fn repository() -> Result<PathBuf> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = package
        .parent()
        .context("xtask lies directly in the repository")?;
    Ok(root.to_path_buf())
}
