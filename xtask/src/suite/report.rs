//! A year of customers through the real engine, and every figure of its report recomputed from the
//! exported record by a program that shares nothing with ours. The counting is killed on the way;
//! and a single number that is altered must be found.

use super::{Context, Suite};
use crate::command::{self, cargo};
use crate::harness::random::Random;
use crate::harness::server::Workplace;
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

pub(crate) const SUITE: Suite = Suite {
    name: "report",
    about: "every figure of a year's report, recomputed from the exported record",
    tools: &[Tool::PlainPython],
    run,
};

const CUSTOMERS: u64 = 10_000;
const CUSTOMERS_LONG: u64 = 100_000;
/// How often the counting is killed before it may end.
const KILLS: u64 = 8;
/// How long it is let run before.
const KILL_MILLIS_MAX: u64 = 1_500;

/// The days of the reports: the year, a part of it that cuts months, and a single day.
const RANGES: [(&str, &str, &str); 3] = [
    ("year", "2025-01-01", "2026-01-01"),
    ("part", "2025-03-10", "2025-09-05"),
    ("day", "2025-07-31", "2025-08-01"),
];

/// Figures that are raised by one, each of which must be found.
const ALTERED: [&str; 7] = [
    "members",
    "mean_ppm",
    "left",
    "amount",
    "monthly",
    "converted",
    "used",
];

fn run(context: &Context) -> Result<Tally> {
    let mut build = cargo(&context.root);
    build.args(["build", "--locked", "--quiet", "--workspace"]);
    build.args(["--bin", "tollgate", "--example", "year"]);
    command::must(&mut build)?;
    let mut workplace = Workplace::new(&context.root, "report")?;
    let judged = Judged {
        root: context.root.clone(),
        folder: workplace.path().to_owned(),
        seed: context.seed,
    };
    let outcome = judged.run(if context.is_long {
        CUSTOMERS_LONG
    } else {
        CUSTOMERS
    });
    if !outcome.as_ref().is_ok_and(|tally| tally.is_success()) {
        workplace.keep();
    }
    outcome
}

struct Judged {
    root: PathBuf,
    folder: PathBuf,
    seed: u64,
}

impl Judged {
    fn run(&self, customers: u64) -> Result<Tally> {
        let catalog = self.folder.join("catalog.toml");
        fs::copy(self.root.join("xtask/catalogs/report.toml"), &catalog)?;
        let mut year = Command::new(self.root.join("target/debug/examples/year"));
        year.arg(self.address()).arg(&catalog);
        year.args([customers.to_string(), self.seed.to_string()]);
        command::must(&mut year)?;
        for what in ["record", "payments", "cancellations"] {
            let file = self.folder.join(format!("{what}.ndjson"));
            let mut export = self.tollgate(&["export", what, "--output"]);
            command::must(export.arg(file))?;
        }
        self.kill_the_counting()?;
        self.write_reports()?;
        let before = self.reports()?;
        let mut tally = Tally::of_one(command::succeeds(&mut self.judge())?);
        // Counted anew in one go, it is the same.
        command::output(&mut self.tollgate(&["report", "--rebuild"]))?;
        self.write_reports()?;
        let is_same = before == self.reports()?;
        if !is_same {
            eprintln!("the report that was counted anew is another");
        }
        tally += Tally::of_one(is_same);
        for name in ALTERED {
            self.alter(name)?;
        }
        tally += Tally::of_one(command::succeeds(self.judge().arg("must-differ"))?);
        Ok(tally)
    }

    fn address(&self) -> String {
        format!("sqlite:{}", self.folder.join("year.db").display())
    }

    fn tollgate(&self, arguments: &[&str]) -> Command {
        let mut tollgate = Command::new(self.root.join("target/debug/tollgate"));
        tollgate.current_dir(&self.folder);
        tollgate.arg("--database").arg(self.address());
        tollgate.args(arguments);
        tollgate
    }

    /// `kill -9` at some moments of the counting, which goes on each time.
    fn kill_the_counting(&self) -> Result<()> {
        let mut random = Random::new(self.seed);
        for _ in 0..KILLS {
            let mut counting = self
                .tollgate(&["report"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .context("cannot run tollgate")?;
            thread::sleep(Duration::from_millis(random.below(KILL_MILLIS_MAX)));
            counting.kill()?;
            counting.wait()?;
        }
        Ok(())
    }

    fn write_reports(&self) -> Result<()> {
        for (name, from, until) in RANGES {
            let mut report = self.tollgate(&["--json", "report", "--from", from, "--until", until]);
            fs::write(self.report_file(name), command::output(&mut report)?)?;
        }
        Ok(())
    }

    fn report_file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("report-{name}.json"))
    }

    /// What was reported, but for when.
    fn reports(&self) -> Result<Vec<serde_json::Value>> {
        let read = |(name, _, _): (&str, &str, &str)| {
            let text = fs::read_to_string(self.report_file(name))?;
            let mut report: serde_json::Value = serde_json::from_str(&text)?;
            report["as_of"].take();
            Ok(report)
        };
        RANGES.into_iter().map(read).collect()
    }

    /// Compares the reports with the record.
    fn judge(&self) -> Command {
        let mut python = Command::new("python3");
        python
            .arg(self.root.join("xtask/python/report.py"))
            .arg(&self.folder);
        python
    }

    /// Writes a report in which a figure is too large by one.
    fn alter(&self, name: &str) -> Result<()> {
        let mut report: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(self.report_file("part"))?)?;
        if !raise_first(&mut report, name) {
            bail!("the report has no figure {name}");
        }
        let file = self.folder.join(format!("altered-{name}.json"));
        fs::write(file, report.to_string())?;
        Ok(())
    }
}

/// Raises the first whole number of this name; whether there is one.
fn raise_first(value: &mut serde_json::Value, name: &str) -> bool {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(number) = fields.get(name).and_then(serde_json::Value::as_u64) {
                fields.insert(name.to_owned(), (number + 1).into());
                return true;
            }
            fields.values_mut().any(|field| raise_first(field, name))
        }
        serde_json::Value::Array(items) => items.iter_mut().any(|item| raise_first(item, name)),
        _ => false,
    }
}
