//! The imitation of Stripe before Stripe's own libraries, offline: each plays a whole life against
//! it as a real client, and the types of one of them judge every object that was shown.

use super::crates::run_counted;
use super::{Context, Suite};
use crate::command::{self, cargo};
use crate::harness::server::{Launch, Server, Workplace};
use crate::tally::Tally;
use crate::tool::{self, Tool};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

pub(crate) const SUITE: Suite = Suite {
    name: "sandbox",
    about: "the imitation of Stripe, played against by Stripe's own libraries",
    tools: &[Tool::Python, Tool::Node],
    run,
};

/// When the sandbox's clock begins: long before any card that the lives pay with expires.
const BEGIN: &str = "1800000000";

fn run(context: &Context) -> Result<Tally> {
    let mut build = cargo(&context.root);
    build.args([
        "build",
        "--locked",
        "--quiet",
        "--package",
        "stripe-sandbox",
    ]);
    command::must(&mut build)?;
    let mut workplace = Workplace::new(&context.root, "sandbox")?;
    let outcome = judge(context, workplace.path());
    if !outcome.as_ref().is_ok_and(|tally| tally.is_success()) {
        workplace.keep();
    }
    outcome
}

fn judge(context: &Context, folder: &Path) -> Result<Tally> {
    let python = start(context, folder, "python", "cancel")?;
    let mut tally = run_counted(python_script(context, "sandbox_life.py").arg(url(&python)))?;
    let node = start(context, folder, "node", "unpaid")?;
    let answers = folder.join("answers.json");
    let mut life = node_script(context, "sandbox_life.mjs");
    tally += run_counted(life.arg(url(&node)).arg(&answers))?;
    if tally.is_success() {
        let mut types = node_script(context, "sandbox_types.mjs");
        types.arg(folder).arg(&answers);
        tally += run_counted(types.args([url(&python), url(&node)]))?;
    }
    Ok(tally)
}

/// A sandbox of its own for each life, on a port that is free.
fn start(context: &Context, folder: &Path, name: &str, dunning_end: &str) -> Result<Server> {
    let arguments = [
        "--listen=127.0.0.1:0".to_owned(),
        "--seed=1".to_owned(),
        format!("--frozen-at={BEGIN}"),
        format!("--dunning-end={dunning_end}"),
    ];
    let launch = Launch {
        program: context.root.join("target/debug/stripe-sandbox"),
        arguments: arguments.map(Into::into).to_vec(),
        log: folder.join(format!("{name}.log")),
        ..Launch::default()
    };
    launch.start()
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address)
}

fn python_script(context: &Context, name: &str) -> Command {
    let mut python = Command::new(tool::python_programs(&context.root).join("python"));
    python.arg(context.root.join("xtask/python").join(name));
    python
}

/// A script that finds the installed packages although it does not lie beside them.
fn node_script(context: &Context, name: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(context.root.join("xtask/node").join(name))
        .env("NODE_PATH", tool::node_packages(&context.root));
    node
}
