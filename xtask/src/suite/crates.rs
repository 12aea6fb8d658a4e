//! The tests of every crate, by cargo-nextest where it is installed, else by `cargo test`.

use super::{Context, Suite};
use crate::command::{self, cargo};
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::Result;

pub(crate) const SUITE: Suite = Suite {
    name: "crates",
    about: "the tests of every crate, on SQLite and on a real PostgreSQL",
    tools: &[Tool::Postgres, Tool::Tesseract, Tool::Curl],
    run,
};

fn run(context: &Context) -> Result<Tally> {
    let mut cargo = cargo(&context.root);
    if command::find("cargo-nextest", &[]).is_some() {
        cargo.args([
            "nextest",
            "run",
            "--locked",
            "--workspace",
            "--no-tests=fail",
        ]);
    } else {
        eprintln!(
            "cargo-nextest is not installed (`cargo install --locked cargo-nextest`): using cargo test"
        );
        cargo.args([
            "test",
            "--locked",
            "--workspace",
            "--all-targets",
            "--no-fail-fast",
        ]);
    }
    cargo.env("TOLLGATE_TEST_POSTGRES", context.postgres_url()?);
    if context.is_long {
        cargo.env("TOLLGATE_TEST_LONG", "1");
    }
    run_counted(&mut cargo)
}

/// Runs a test runner and reads how many passed; one that fails without saying so counts once.
pub(super) fn run_counted(runner: &mut std::process::Command) -> Result<Tally> {
    let mut tally = Tally::default();
    let status = command::read(runner, |line| tally.read_line(line))?;
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}
