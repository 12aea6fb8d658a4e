//! Named checks of a suite, printed as they are made.

use crate::tally::Tally;
use anyhow::Result;

/// What a check looked at, and what it found wrong.
pub(crate) struct Findings {
    /// What was looked at, in words: `12 kills, 3,000 operations`.
    pub(crate) scope: String,
    /// What is wrong; empty when all is well.
    pub(crate) problems: Vec<String>,
}

impl Findings {
    /// Nothing is wrong.
    pub(crate) fn none(scope: impl Into<String>) -> Self {
        Self {
            scope: scope.into(),
            problems: Vec::new(),
        }
    }
}

const PROBLEMS_SHOWN_MAX: usize = 12;

/// Counts and prints named checks.
#[derive(Default)]
pub(crate) struct Checks {
    tally: Tally,
}

impl Checks {
    /// Passes when nothing was found. An error is a failure.
    pub(crate) fn must_pass(&mut self, name: &str, result: Result<Findings>) {
        match result {
            Ok(Findings { scope, problems }) if problems.is_empty() => self.pass(name, &scope),
            Ok(Findings { scope, problems }) => {
                let shown = problems
                    .iter()
                    .take(PROBLEMS_SHOWN_MAX)
                    .map(|problem| format!("\n        {problem}"));
                self.fail(
                    name,
                    &format!(
                        "{scope}: {} wrong{}",
                        problems.len(),
                        shown.collect::<String>()
                    ),
                );
            }
            Err(error) => self.fail(name, &format!("{error:#}")),
        }
    }

    /// Passes when the fault made on purpose was found, and by its name. An error is a failure too:
    /// a server that did not start proves nothing.
    pub(crate) fn must_find(&mut self, name: &str, expected: &str, result: Result<Findings>) {
        match result {
            Ok(Findings { scope, problems }) => {
                match problems.iter().find(|problem| problem.contains(expected)) {
                    Some(problem) => self.pass(name, &format!("found, as it must be: {problem}")),
                    None => self.fail(
                        name,
                        &format!("{scope}: {expected:?} was not found; found {problems:?}"),
                    ),
                }
            }
            Err(error) => self.fail(name, &format!("{error:#}")),
        }
    }

    /// Something that cannot be checked here, and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        eprintln!("skipped {name}: {why}");
        self.tally.skipped += 1;
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    fn pass(&mut self, name: &str, detail: &str) {
        eprintln!("ok      {name}: {detail}");
        self.tally.passed += 1;
    }

    fn fail(&mut self, name: &str, detail: &str) {
        eprintln!("FAILED  {name}: {detail}");
        self.tally.failed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn only_the_named_fault_satisfies_a_run_that_must_fail() {
        let findings = |problems: &[&str]| Findings {
            scope: "one run".to_owned(),
            problems: problems.iter().map(|&problem| problem.to_owned()).collect(),
        };
        let mut checks = Checks::default();
        checks.must_pass("right", Ok(findings(&[])));
        checks.must_find("wrong", "lost", Ok(findings(&["twice: a", "lost: b"])));
        assert_eq!((checks.tally.passed, checks.tally.failed), (2, 0));
        checks.must_pass("wrong", Ok(findings(&["lost: b"])));
        checks.must_pass("broken", Err(anyhow!("did not start")));
        checks.must_find("right", "lost", Ok(findings(&[])));
        checks.must_find("another fault", "lost", Ok(findings(&["twice: a"])));
        checks.must_find("broken", "lost", Err(anyhow!("lost the server")));
        assert_eq!((checks.tally.passed, checks.tally.failed), (2, 5));
    }
}
