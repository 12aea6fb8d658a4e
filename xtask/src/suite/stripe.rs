//! Our Stripe client beside Stripe's own Python library, offline: every parameter that it can send,
//! by the library's types, and signatures of webhooks in both directions.

use super::crates::run_counted;
use super::{Context, Suite};
use crate::command::{self, cargo};
use crate::tally::Tally;
use crate::tool::{self, Tool};
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) const SUITE: Suite = Suite {
    name: "stripe",
    about: "the parameters and signatures of the Stripe client, by Stripe's own library",
    tools: &[Tool::Python],
    run,
};

fn run(context: &Context) -> Result<Tally> {
    let mut tally = run_counted(&mut parameters(context)?)?;
    tally += run_counted(&mut webhooks(context)?)?;
    Ok(tally)
}

fn parameters(context: &Context) -> Result<Command> {
    let printed = command::output(&mut example(context, "run", "parameters"))?;
    let folder = context.root.join("target/xtask");
    fs::create_dir_all(&folder)?;
    let file = folder.join("stripe-parameters.json");
    fs::write(&file, printed)?;
    Ok(script(context, "stripe_parameters.py", &file))
}

fn webhooks(context: &Context) -> Result<Command> {
    command::must(&mut example(context, "build", "webhook"))?;
    let program = context.root.join("target/debug/examples/webhook");
    Ok(script(context, "stripe_webhooks.py", &program))
}

fn example(context: &Context, verb: &str, name: &str) -> Command {
    let mut cargo = cargo(&context.root);
    cargo.args([verb, "--locked", "--quiet", "--package", "tollgate-stripe"]);
    cargo.args(["--example", name]);
    cargo
}

fn script(context: &Context, name: &str, argument: &Path) -> Command {
    let mut python = Command::new(tool::python_programs(&context.root).join("python"));
    python
        .arg(context.root.join("xtask/python").join(name))
        .arg(argument);
    python
}
