//! The suites of `cargo xtask test`, one file each; this one lists them.

mod billing;
mod crash;
mod crates;
mod doc;
mod faults;
mod model;
mod openapi;
mod pages;
mod power;
mod race;
mod readme;
mod report;
mod sandbox;
mod slow;
mod start;
mod stripe;

use crate::postgres::Databases;
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result};
use std::path::PathBuf;

/// Every suite, in the order in which they run: quick and telling first.
pub(crate) const ALL: &[Suite] = &[
    crates::SUITE,
    doc::SUITE,
    model::SUITE,
    readme::SUITE,
    start::SUITE,
    stripe::SUITE,
    sandbox::SUITE,
    pages::SUITE,
    race::SUITE,
    openapi::SUITE,
    report::SUITE,
    slow::SUITE,
    crash::SUITE,
    billing::SUITE,
    faults::SUITE,
    power::SUITE,
];

/// Suites that a quick run leaves out for their length; `--long`, or their name, runs them.
pub(crate) const LONG_ONLY: &[&str] = &["openapi"];

/// A named part of the test-suite.
pub(crate) struct Suite {
    /// What one types.
    pub(crate) name: &'static str,
    /// What it shows, in one line.
    pub(crate) about: &'static str,
    /// What must be there before it runs.
    pub(crate) tools: &'static [Tool],
    /// Runs it. An error counts as one failed check.
    pub(crate) run: fn(&Context) -> Result<Tally>,
}

/// What a suite is given.
pub(crate) struct Context {
    /// The root of the work tree.
    pub(crate) root: PathBuf,
    /// Full length, rather than minutes.
    pub(crate) is_long: bool,
    /// Where all randomness of the run comes from.
    pub(crate) seed: u64,
    /// The superuser's URL and the databases, for suites that ask for [`Tool::Postgres`].
    pub(crate) postgres: Option<(String, Databases)>,
}

impl Context {
    /// The superuser's URL of the running server.
    pub(crate) fn postgres_url(&self) -> Result<&str> {
        let (url, _) = self
            .postgres
            .as_ref()
            .context("the suite does not ask for PostgreSQL")?;
        Ok(url)
    }

    /// The databases of the running server.
    pub(crate) fn databases(&self) -> Result<&Databases> {
        let (_, databases) = self
            .postgres
            .as_ref()
            .context("the suite does not ask for PostgreSQL")?;
        Ok(databases)
    }
}
