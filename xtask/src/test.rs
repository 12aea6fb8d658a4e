//! `cargo xtask test`: picks suites, provides what they need, runs them, and sums up.

use crate::harness::logs;
use crate::postgres::Postgres;
use crate::suite::{self, Context, Suite};
use crate::tally::Tally;
use crate::tool::{self, Tool};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// The suites to run; all of them when none is named.
    suites: Vec<String>,
    /// Only list the suites.
    #[arg(long)]
    list: bool,
    /// Run each at its full length: hours rather than minutes.
    #[arg(long)]
    long: bool,
    /// Repeat a run: the seed that it printed.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs the suites and prints the sum; whether all passed.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<bool> {
    if arguments.list {
        for suite in suite::ALL {
            println!("{:<14} {}", suite.name, suite.about);
        }
        return Ok(true);
    }
    let mut report = Report::default();
    run_suites(root, arguments, &mut report)?;
    Ok(report.close())
}

/// Runs the suites into a report that may hold other steps already.
pub(crate) fn run_suites(root: &Path, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let suites = chosen(&arguments.suites, arguments.long)?;
    let tools: BTreeSet<Tool> = suites
        .iter()
        .flat_map(|suite| suite.tools)
        .copied()
        .collect();
    tool::provide(root, &tools)?;
    let postgres = if tools.contains(&Tool::Postgres) {
        Some(Postgres::start()?)
    } else {
        None
    };
    let context = Context {
        root: root.to_path_buf(),
        is_long: arguments.long,
        seed: arguments.seed.map_or_else(seed_of_now, Ok)?,
        postgres: postgres
            .as_ref()
            .map(|server| (server.url().to_owned(), server.databases())),
    };
    eprintln!(
        "seed {} (repeat with --seed {})",
        context.seed, context.seed
    );
    for suite in suites {
        report.run(suite.name, || (suite.run)(&context));
    }
    if logs::is_any() {
        report.run("logs", || Ok(logs::judge()));
    }
    Ok(())
}

/// The suites of these names; without names, those of a quick run, or all of a long one.
fn chosen(names: &[String], is_long: bool) -> Result<Vec<&'static Suite>> {
    if names.is_empty() {
        let quick = |suite: &&Suite| is_long || !suite::LONG_ONLY.contains(&suite.name);
        return Ok(suite::ALL.iter().filter(quick).collect());
    }
    let find = |name: &String| {
        let Some(suite) = suite::ALL.iter().find(|suite| suite.name == name) else {
            let known: Vec<&str> = suite::ALL.iter().map(|suite| suite.name).collect();
            bail!("there is no suite {name}; there are {}", known.join(", "));
        };
        Ok(suite)
    };
    names.iter().map(find).collect()
}

/// Another seed for every run: what the clock says, well mixed.
fn seed_of_now() -> Result<u64> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")?;
    Ok(u64::from(now.subsec_nanos()) ^ (now.as_secs() << 20) & 0xffff_ffff_ffff)
}

/// What each step gave.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    tally: Tally,
    took: Duration,
    error: Option<String>,
}

impl Report {
    /// Runs one step. One that checked nothing and one that ended early count as one failure.
    pub(crate) fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<Tally>) {
        eprintln!("\n=== {name}");
        let start = Instant::now();
        let (mut tally, error) = match step() {
            Ok(tally) if tally == Tally::default() => {
                (tally, Some("nothing was checked".to_owned()))
            }
            Ok(tally) => (tally, None),
            Err(error) => (Tally::default(), Some(format!("{error:#}"))),
        };
        if let Some(error) = &error {
            eprintln!("error: {error}");
            tally.failed += 1;
        }
        self.rows.push(Row {
            name,
            tally,
            took: start.elapsed(),
            error,
        });
    }

    /// Prints the table and, last, the closing line; whether everything passed.
    pub(crate) fn close(self) -> bool {
        let mut sum = Tally::default();
        println!();
        for Row {
            name,
            tally,
            took,
            error,
        } in &self.rows
        {
            sum += *tally;
            let word = if tally.failed > 0 { "FAILED" } else { "ok" };
            println!(
                "{word:<7} {name:<14} {:>7.1} s   {tally}",
                took.as_secs_f64()
            );
            if let Some(error) = error {
                println!("        {error}");
            }
        }
        println!("\n{sum}");
        sum.is_success()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_step_that_fails_ends_early_or_checks_nothing_fails_the_report() {
        let check = |step: fn() -> Result<Tally>, expected: bool| {
            let mut report = Report::default();
            report.run("right", || Ok(Tally::of_one(true)));
            report.run("step", step);
            assert_eq!(report.close(), expected);
        };
        check(
            || {
                Ok(Tally {
                    passed: 3,
                    failed: 0,
                    skipped: 2,
                })
            },
            true,
        );
        check(
            || {
                Ok(Tally {
                    skipped: 1,
                    ..Tally::default()
                })
            },
            true,
        );
        check(
            || {
                Ok(Tally {
                    passed: 3,
                    failed: 1,
                    skipped: 0,
                })
            },
            false,
        );
        check(|| bail!("ended early"), false);
        check(|| Ok(Tally::default()), false);
    }

    #[test]
    fn suites_are_found_by_their_names() {
        let mut seen = BTreeMap::new();
        for suite in suite::ALL {
            assert_eq!(
                seen.insert(suite.name, suite.about),
                None,
                "{} is there twice",
                suite.name
            );
            assert_eq!(
                chosen(&[suite.name.to_owned()], false).unwrap()[0].name,
                suite.name
            );
        }
        assert!(chosen(&["no-such-suite".to_owned()], false).is_err());
        assert_eq!(chosen(&[], true).unwrap().len(), suite::ALL.len());
        assert!(
            chosen(&[], false)
                .unwrap()
                .iter()
                .all(|suite| !suite::LONG_ONLY.contains(&suite.name))
        );
    }
}
