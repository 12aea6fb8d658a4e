//! Random histories through both databases, beside the simple model: a million operations through
//! each, other ones each time. (A million on the core alone are among the tests of every crate.)

use super::crates::run_counted;
use super::{Context, Suite};
use crate::command::cargo;
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::Result;

pub(crate) const SUITE: Suite = Suite {
    name: "model",
    about: "a million random operations through each database, beside a simple model",
    tools: &[Tool::Postgres],
    run,
};

const OPERATIONS: u64 = 1_000_000;
/// Twenty times as many when there is time.
const OPERATIONS_LONG: u64 = 20_000_000;
/// Seeds of a run lie so far apart from those of another that they do not meet.
const SEEDS: u64 = 1_000_000;

fn run(context: &Context) -> Result<Tally> {
    let operations = if context.is_long {
        OPERATIONS_LONG
    } else {
        OPERATIONS
    };
    let seed = context.seed % u64::from(u32::MAX) * SEEDS;
    let mut tests = cargo(&context.root);
    tests
        // Of the workspace, so that what the other suites have compiled serves here too.
        .args(["test", "--locked", "--workspace", "--test", "engine"])
        .args(["--", "--nocapture", "random_histories"])
        .env("TOLLGATE_MODEL_STORE_OPERATIONS", operations.to_string())
        .env("TOLLGATE_MODEL_SEED", seed.to_string())
        // The tests' own server does not wait for the disk, about which nothing is asked here.
        .env_remove("TOLLGATE_TEST_POSTGRES");
    run_counted(&mut tests)
}
