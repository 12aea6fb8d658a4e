//! Builds and runs named tests in the copy, for so long at most, and reads what became of each.

use super::tree::Tree;
use crate::command;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// How long one guard's build and tests may take together, also on a busy machine.
const SECONDS_MAX: u32 = 600;
/// The same for the first build, which is of everything.
const UNMODIFIED_SECONDS_MAX: u32 = 3_600;

/// Some tests of one program.
pub(super) struct Named<'l> {
    pub(super) target: &'l str,
    pub(super) tests: Vec<&'l str>,
}

/// Runs tests of the copy.
pub(super) struct Runner<'t> {
    tree: &'t Tree,
    postgres_url: &'t str,
    has_nextest: bool,
}

/// What came of a run.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Whether each test that came to an end passed.
    outcomes: BTreeMap<String, bool>,
    compiles: bool,
    is_in_time: bool,
    /// All that the run said.
    pub(super) log: PathBuf,
}

impl<'t> Runner<'t> {
    pub(super) fn new(tree: &'t Tree, postgres_url: &'t str) -> Self {
        let has_nextest = command::find("cargo-nextest", &[]).is_some();
        if !has_nextest {
            eprintln!("cargo-nextest is not installed: using cargo test");
        }
        Self {
            tree,
            postgres_url,
            has_nextest,
        }
    }

    /// Runs them while nothing is taken out.
    pub(super) fn run_unmodified(&self, named: &Named<'_>) -> Result<Run> {
        let name = named.target.replace("::", "-");
        self.run_within(named, &format!("unmodified-{name}"), UNMODIFIED_SECONDS_MAX)
    }

    /// Runs them without the guard of this name.
    pub(super) fn run(&self, named: &Named<'_>, guard: &str) -> Result<Run> {
        self.run_within(named, guard, SECONDS_MAX)
    }

    fn run_within(&self, named: &Named<'_>, name: &str, seconds_max: u32) -> Result<Run> {
        let folder = self.tree.target().join("logs");
        fs::create_dir_all(&folder)?;
        let log = folder.join(format!("{name}.log"));
        let file = fs::File::create(&log)?;
        // It ends with all that it started.
        let mut command = Command::new("timeout");
        command
            .arg("--kill-after=20")
            .arg(seconds_max.to_string())
            .arg(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(self.arguments(named))
            .current_dir(self.tree.folder())
            .env("CARGO_TARGET_DIR", self.tree.target())
            .env("CARGO_TERM_COLOR", "never")
            // Little changes from one guard to the next, and nobody debugs what is built here.
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("TOLLGATE_TEST_POSTGRES", self.postgres_url)
            // A snapshot that differs is a test that fails, and no new file.
            .env("INSTA_UPDATE", "no")
            .env_remove("TOLLGATE_TEST_LONG")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let status = command
            .status()
            .context("`timeout` of GNU coreutils is needed")?;
        let mut run = Run::of_output(&String::from_utf8_lossy(&fs::read(&log)?));
        run.is_in_time = !matches!(status.code(), Some(124 | 137) | None);
        run.log = log;
        Ok(run)
    }

    fn arguments(&self, named: &Named<'_>) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut add = |some: &[&str]| words.extend(some.iter().map(|word| (*word).to_owned()));
        if self.has_nextest {
            add(&["nextest", "run", "--no-fail-fast", "--no-tests=pass"]);
            add(&["--status-level=pass", "--final-status-level=none"]);
        } else {
            add(&["test", "--no-fail-fast"]);
        }
        add(&["--locked"]);
        match named.target.split_once("::") {
            // Of the whole workspace, so that all programs share what is built for them.
            Some((_, program)) => add(&["--workspace", "--test", program]),
            None => add(&["--package", named.target, "--lib"]),
        }
        if self.has_nextest {
            let alternatives = named.tests.join("|");
            add(&["-E", &format!("test(/(^|::)({alternatives})$/)")]);
        } else {
            add(&["--"]);
            add(&named.tests);
        }
        words
    }
}

impl Run {
    /// Reads what either runner said.
    pub(super) fn of_output(output: &str) -> Self {
        let mut run = Self {
            compiles: true,
            is_in_time: true,
            ..Self::default()
        };
        for line in output.lines() {
            let line = line.trim();
            if line.starts_with("error: could not compile") {
                run.compiles = false;
            }
            if let Some((test, passed)) =
                outcome_by_nextest(line).or_else(|| outcome_by_cargo(line))
            {
                run.outcomes.insert(test.to_owned(), passed);
            }
        }
        run
    }

    /// Why the run as a whole shows nothing.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if !self.compiles {
            return Some("it does not compile");
        }
        (!self.is_in_time).then_some("it does not come to an end")
    }

    /// The tests that this name stands for, and whether each passed.
    pub(super) fn outcomes_of(&self, test: &str) -> Vec<(&str, bool)> {
        let end = format!("::{test}");
        let outcomes = self.outcomes.iter();
        outcomes
            .filter(|(name, _)| *name == test || name.ends_with(&end))
            .map(|(name, passed)| (name.as_str(), *passed))
            .collect()
    }
}

/// `FAIL [   0.012s] (1/2) tollgate-server::users billing::checkout::double_click`. One that was
/// ended for its length has shown nothing.
fn outcome_by_nextest(line: &str) -> Option<(&str, bool)> {
    let (word, rest) = line.split_once(" [")?;
    let passed = match word {
        "PASS" | "LEAK" => true,
        "FAIL" | "ABORT" => false,
        signal if signal.starts_with("SIG") => false,
        _ => return None,
    };
    let (_, rest) = rest.split_once(']')?;
    Some((rest.split_whitespace().next_back()?, passed))
}

/// `test billing::checkout::double_click ... FAILED`.
fn outcome_by_cargo(line: &str) -> Option<(&str, bool)> {
    let (test, word) = line.strip_prefix("test ")?.split_once(" ... ")?;
    match word {
        "ok" => Some((test, true)),
        "FAILED" => Some((test, false)),
        _ => None,
    }
}
