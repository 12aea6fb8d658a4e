//! `cargo xtask ci`: everything that a change must pass.

use crate::command::{self, cargo};
use crate::guards::list::List;
use crate::layering::Graph;
use crate::placement;
use crate::tally::Tally;
use crate::test;
use anyhow::Result;
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Check only; run no tests.
    #[arg(long)]
    no_test: bool,
}

/// Runs every step, also after one has failed, and prints what each gave.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<bool> {
    let mut report = test::Report::default();
    for (name, step) in STEPS {
        report.run(name, || step(root));
    }
    if !arguments.no_test {
        test::run_suites(root, &test::Arguments::default(), &mut report)?;
    }
    Ok(report.close())
}

type Step = fn(&Path) -> Result<Tally>;

const STEPS: &[(&str, Step)] = &[
    ("format", format),
    ("layering", layering),
    ("guards", guards),
    ("licences", licences),
    ("lints", lints),
    ("docs", docs),
];

fn format(root: &Path) -> Result<Tally> {
    command::succeeds(cargo(root).args(["fmt", "--all", "--check"])).map(Tally::of_one)
}

fn layering(root: &Path) -> Result<Tally> {
    let violations = Graph::of_workspace(root)?.violations();
    for violation in &violations {
        eprintln!("{violation}");
    }
    let misplaced = placement::misplaced(root)?;
    for misplaced in &misplaced {
        eprintln!("{misplaced}");
    }
    Ok(Tally::of_one(violations.is_empty() && misplaced.is_empty()))
}

/// Whether the list of guards still fits the sources: `cargo xtask guards` takes them out.
fn guards(root: &Path) -> Result<Tally> {
    let problems = List::read(root)?.problems(root)?;
    for problem in &problems {
        eprintln!("{problem}");
    }
    Ok(Tally::of_one(problems.is_empty()))
}

/// Without its advisories, which need a database from outside.
fn licences(root: &Path) -> Result<Tally> {
    if command::find("cargo-deny", &[]).is_none() {
        eprintln!("cargo-deny is not installed: licences, bans and sources are not checked");
        return Ok(Tally {
            skipped: 1,
            ..Tally::default()
        });
    }
    let mut deny = cargo(root);
    deny.args([
        "deny",
        "--locked",
        "--log-level=error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]);
    command::succeeds(&mut deny).map(Tally::of_one)
}

fn lints(root: &Path) -> Result<Tally> {
    let mut clippy = cargo(root);
    clippy.args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--all-features",
    ]);
    clippy.args(["--", "--deny=warnings"]);
    command::succeeds(&mut clippy).map(Tally::of_one)
}

fn docs(root: &Path) -> Result<Tally> {
    let mut doc = cargo(root);
    doc.args([
        "doc",
        "--locked",
        "--workspace",
        "--no-deps",
        "--all-features",
    ]);
    doc.env("RUSTDOCFLAGS", "--deny=warnings");
    command::succeeds(&mut doc).map(Tally::of_one)
}
