//! The examples in the documentation, compiled and run.

use super::crates::run_counted;
use super::{Context, Suite};
use crate::command::cargo;
use crate::tally::Tally;
use anyhow::Result;

pub(crate) const SUITE: Suite = Suite {
    name: "doc",
    about: "the examples in the documentation, compiled and run",
    tools: &[],
    run,
};

fn run(context: &Context) -> Result<Tally> {
    let mut tests = cargo(&context.root);
    tests.args(["test", "--locked", "--workspace", "--doc", "--no-fail-fast"]);
    run_counted(&mut tests)
}
