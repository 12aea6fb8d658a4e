//! Runs random histories on the model and on a system side by side, and makes a failing one short.

use super::generate::{Generator, History, Step};
use super::model::Model;
use super::system::{Answer, Handles, Observed, Operation, Request, System};
use crate::catalog::Catalog;
use crate::decision::Decision;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How often a failing history is run again to make it shorter.
const SHRINKING_RUNS_MAX: usize = 2_000;

/// How much to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The first history's seed; those of the others follow.
    pub seed: u64,
    /// Operations in all.
    pub operations: u64,
    /// Operations of each history.
    pub history_operations: u64,
}

/// A history on which the system and the model differ, or the system found itself wrong.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The history's seed.
    pub seed: u64,
    /// The shortest sequence of operations that was found to fail.
    pub steps: Vec<Step>,
    /// What went wrong.
    pub message: String,
    /// What is sold.
    pub catalog: Arc<Catalog>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.seed, self.message)?;
        writeln!(f, "default plan {:?}", self.catalog.default_plan)?;
        for feature in &self.catalog.features {
            writeln!(f, "{feature:?}")?;
        }
        for plan in self.catalog.plans.values() {
            writeln!(f, "{plan:?}")?;
        }
        for step in &self.steps {
            writeln!(f, "{} {:?}", step.at, step.operation)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Runs histories; `begin` makes a system for a history, with a customer of its own. Answers how
/// many operations were run.
///
/// ```
/// use tollgate_core::testing::{CoreSystem, Options, run};
///
/// let options = Options { seed: 1, operations: 1_000, history_operations: 200 };
/// let done = run(options, |history| {
///     CoreSystem::new(history.catalog.clone(), "customer".parse().unwrap())
/// });
/// assert_eq!(done.unwrap(), 1_000);
/// ```
pub fn run<S: System>(
    options: Options,
    begin: impl Fn(&History) -> S,
) -> Result<u64, Box<Failure>> {
    let mut done = 0;
    let mut seed = options.seed;
    while done < options.operations {
        let history = &History::new(seed);
        let mut steps: Vec<Step> = Vec::new();
        let ran = guarded(|| {
            let mut generator = Generator::new(history);
            let mut pair = Pair::new(&history.catalog, begin(history));
            for _ in 0..options.history_operations {
                steps.push(generator.step(&pair.model));
                pair.perform(steps.last().expect("pushed just now"))?;
            }
            pair.system.check()
        });
        if let Err(message) = ran {
            return Err(Box::new(shrink(history, steps, message, &begin)));
        }
        done += options.history_operations;
        seed += 1;
    }
    Ok(done)
}

/// The model and the system, and the ids that the system gave.
struct Pair<'c, S> {
    model: Model<'c>,
    system: S,
    handles: Handles,
}

impl<'c, S: System> Pair<'c, S> {
    fn new(catalog: &'c Catalog, system: S) -> Self {
        Self {
            model: Model::new(catalog),
            system,
            handles: Handles::default(),
        }
    }

    fn perform(&mut self, step: &Step) -> Result<(), String> {
        let request = self.handles.resolve(&step.operation);
        let key = step.key.as_ref();
        let answer = self.system.ask(&request, key, step.at);
        let observed = Observed::of(&answer);
        let expected = self.model.perform(&step.operation, key.is_some(), step.at);
        if observed != expected {
            return Err(format!(
                "at {} {:?}\n  system {observed:?}\n  model  {expected:?}",
                step.at, step.operation
            ));
        }
        self.handles.note(&step.operation, &answer);
        if step.again && observed.is_granted() && self.system.replays() && is_keyed(&step.operation)
        {
            let again = self.system.ask(&request, key, step.at);
            if Observed::of(&again) != observed || !is_replayed(&again) {
                return Err(format!(
                    "at {} {:?}\n  first {answer:?}\n  again {again:?}",
                    step.at, step.operation
                ));
            }
            // Over some stores a repeat does what has become due, a reservation of no seconds for
            // one, and over others it does not: from here on both have done it.
            self.system.ask(&Request::Advance, None, step.at);
            self.model.perform(&Operation::Advance, false, step.at);
        }
        self.system
            .check()
            .map_err(|message| format!("at {} {:?}\n  {message}", step.at, step.operation))
    }
}

/// Whether an idempotency key goes with the operation.
fn is_keyed(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Consume(_)
            | Operation::Reserve(_)
            | Operation::Settle(..)
            | Operation::Grant(_)
            | Operation::Subscribe(_)
            | Operation::SetMemberCap(_)
    )
}

fn is_replayed(answer: &Answer) -> bool {
    match answer {
        Answer::Receipt(Decision::Granted(receipt)) => receipt.replayed,
        Answer::Held(Decision::Granted(held)) => held.replayed,
        _ => true,
    }
}

/// A panic counts as a failure.
fn guarded(run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", text.unwrap_or("without words")))
    })
}

/// Runs exactly these steps; one that names what is not there any more is left out.
fn replay<S: System>(
    history: &History,
    steps: &[Step],
    begin: &impl Fn(&History) -> S,
) -> Result<(), String> {
    guarded(|| {
        let mut pair = Pair::new(&history.catalog, begin(history));
        for step in steps {
            let (reservations, events, grants) = pair.model.counts();
            let is_there = match step.operation {
                Operation::Extend(index, _)
                | Operation::Settle(index, _)
                | Operation::Release(index) => index < reservations,
                Operation::Reverse(index) => index < events,
                Operation::Revoke(index, _) => index < grants,
                _ => true,
            };
            if is_there {
                pair.perform(step)?;
            }
        }
        pair.system.check()
    })
}

/// Leaves out whatever is not needed to fail.
fn shrink<S: System>(
    history: &History,
    mut steps: Vec<Step>,
    mut message: String,
    begin: &impl Fn(&History) -> S,
) -> Failure {
    let mut size = steps.len() / 2;
    let mut runs = 0;
    while size > 0 && runs < SHRINKING_RUNS_MAX {
        let mut start = 1;
        while start < steps.len() && runs < SHRINKING_RUNS_MAX {
            let mut fewer = steps.clone();
            fewer.drain(start..(start + size).min(steps.len()));
            runs += 1;
            match replay(history, &fewer, begin) {
                Err(found) => {
                    steps = fewer;
                    message = found;
                }
                Ok(()) => start += size,
            }
        }
        size /= 2;
    }
    Failure {
        seed: history.seed,
        steps,
        message,
        catalog: Arc::clone(&history.catalog),
    }
}
