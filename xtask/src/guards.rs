//! `cargo xtask guards`: takes each guard of the list out of a copy of the sources, one after the
//! other, and sees that the tests which it is listed with fail.

pub(crate) mod list;
mod runner;
mod tree;

use crate::postgres::Postgres;
use crate::tally::Tally;
use crate::test::Report;
use crate::tool::{self, Tool};
use anyhow::{Context as _, Result, bail, ensure};
use list::{Guard, List};
use runner::{Named, Run, Runner};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;
use tree::Tree;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The guards to take out, by their own names or by what they show; all when none is named.
    names: Vec<String>,
    /// Only list the guards.
    #[arg(long)]
    list: bool,
}

/// Takes the guards out and prints the sum; whether every one was missed by its tests.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<bool> {
    let list = List::read(root)?;
    let guards = chosen(&list, &arguments.names)?;
    if arguments.list {
        for guard in guards {
            println!("{:<44} {}", guard.name, guard.shows.join(" "));
        }
        return Ok(true);
    }
    let problems = list.problems(root)?;
    ensure!(
        problems.is_empty(),
        "the list does not fit the sources:\n{}",
        problems.join("\n")
    );
    tool::provide(root, &BTreeSet::from([Tool::Postgres]))?;
    let postgres = Postgres::start()?;
    let tree = Tree::copy(root)?;
    let runner = Runner::new(&tree, postgres.url());

    let mut report = Report::default();
    let mut all_pass = false;
    report.run("unmodified", || {
        let tally = unmodified(&runner, &guards)?;
        all_pass = tally.is_success();
        Ok(tally)
    });
    if all_pass {
        report.run("guards", || without_each(&tree, &runner, &guards));
    }
    Ok(report.close())
}

/// The guards of these names, in an order in which little is built twice: what stands at the bottom
/// first.
fn chosen<'l>(list: &'l List, names: &[String]) -> Result<Vec<&'l Guard>> {
    for name in names {
        ensure!(
            list.guards.iter().any(|guard| guard.is_called(name)),
            "there is no guard {name}: see `cargo xtask guards --list`"
        );
    }
    let is_chosen =
        |guard: &&Guard| names.is_empty() || names.iter().any(|name| guard.is_called(name));
    let mut guards: Vec<&Guard> = list.guards.iter().filter(is_chosen).collect();
    guards.sort_by_cached_key(|guard| {
        let file = guard.edits().first().map_or("", |edit| edit.file);
        let place = list::FOLDERS.iter().position(|it| file.starts_with(it));
        (place, guard.target.clone())
    });
    Ok(guards)
}

/// Runs every named test as the sources are: each must be there and pass.
fn unmodified(runner: &Runner<'_>, guards: &[&Guard]) -> Result<Tally> {
    let mut tally = Tally::default();
    let targets: BTreeSet<&str> = guards.iter().map(|guard| guard.target.as_str()).collect();
    for target in targets {
        let of_target = guards.iter().filter(|guard| guard.target == target);
        let tests: BTreeSet<&str> = of_target.flat_map(|guard| guard.tests()).collect();
        let named = Named {
            target,
            tests: tests.into_iter().collect(),
        };
        let run = runner.run_unmodified(&named)?;
        if let Some(problem) = run.problem() {
            bail!("{target}: {problem}: see {}", run.log.display());
        }
        for test in &named.tests {
            let found = run.outcomes_of(test);
            let passes = !found.is_empty() && found.iter().all(|(_, passed)| *passed);
            tally += Tally::of_one(passes);
            if !passes {
                println!("FAIL {target} {test}: it must pass while every guard is in place");
            }
        }
    }
    println!("{} tests pass as the sources are", tally.passed);
    Ok(tally)
}

/// Takes out each guard in its turn, and puts it back.
fn without_each(tree: &Tree, runner: &Runner<'_>, guards: &[&Guard]) -> Result<Tally> {
    let mut tally = Tally::default();
    for guard in guards {
        let start = Instant::now();
        let named = Named {
            target: &guard.target,
            tests: guard.tests().collect(),
        };
        let taken_out = tree
            .take_out(guard)
            .with_context(|| format!("the guard {}", guard.name))?;
        let run = runner.run(&named, &guard.name);
        taken_out.put_back()?;
        let run = run?;
        let verdict = verdict(&named, &run);
        let seconds = start.elapsed().as_secs_f64();
        tally += Tally::of_one(verdict.is_ok());
        match verdict {
            Ok(()) => println!(
                "ok   {}: found by {} ({seconds:.0} s)",
                guard.name,
                named.tests.join(", ")
            ),
            Err(problem) => println!(
                "FAIL {}: {problem} ({seconds:.0} s): see {}",
                guard.name,
                run.log.display()
            ),
        }
    }
    Ok(tally)
}

/// Whether every named test failed, each by itself: a build that fails or a run that does not end
/// shows nothing.
fn verdict(named: &Named<'_>, run: &Run) -> Result<(), String> {
    if let Some(problem) = run.problem() {
        return Err(problem.to_owned());
    }
    let mut problems = Vec::new();
    for test in &named.tests {
        let found = run.outcomes_of(test);
        if found.is_empty() {
            problems.push(format!("{test} did not run to its end"));
        }
        let passed = found.iter().filter(|(_, passed)| *passed);
        problems.extend(passed.map(|(name, _)| format!("{name} passes without it")));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_found_when_every_test_of_it_fails() {
        let named = Named {
            target: "tollgate-core::rules",
            tests: vec!["first", "second"],
        };
        let check = |output: &str, expected: Result<(), &str>| {
            let run = Run::of_output(output);
            assert_eq!(verdict(&named, &run), expected.map_err(str::to_owned));
        };
        let nextest = |word: &str| {
            format!(
                "   FAIL [   0.1s] (1/2) tollgate-core::rules in::first\n   {word} [   1s] (2/2) tollgate-core::rules second\n"
            )
        };
        check(&nextest("FAIL"), Ok(()));
        check(&nextest("SIGABRT"), Ok(()));
        check(&nextest("PASS"), Err("second passes without it"));
        check(&nextest("TIMEOUT"), Err("second did not run to its end"));
        check(
            "",
            Err("first did not run to its end; second did not run to its end"),
        );
        check(
            "error: could not compile `tollgate-core` (lib)\n",
            Err("it does not compile"),
        );
        check(
            "test in::first ... FAILED\ntest second ... FAILED\ntest third ... ok\n",
            Ok(()),
        );
        check(
            "test in::first ... FAILED\ntest second ... ok\n",
            Err("second passes without it"),
        );
        // One function, a test on each database: both have to fail.
        check(
            "test sqlite::first ... FAILED\ntest postgres::first ... ok\ntest second ... FAILED\n",
            Err("postgres::first passes without it"),
        );
    }
}
