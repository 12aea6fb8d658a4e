//! Kills the server under load, at random moments, and asks it to stop, and checks the record.

use super::{Context, Suite};
use crate::harness::api::{self, Build, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::history::judge;
use crate::harness::http::Client;
use crate::harness::load::{self, Load};
use crate::harness::random::Random;
use crate::harness::recovery::{End, Recovered, recover};
use crate::harness::server::{Server, Workplace};
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

pub(crate) const SUITE: Suite = Suite {
    name: "crash",
    about: "kill -9 and SIGTERM under load: nothing acknowledged is lost, nothing counted twice",
    tools: &[Tool::Postgres],
    run,
};

const CLIENTS: usize = 16;
const REQUESTS_MAX: usize = 400;
const CUSTOMERS_PER_CYCLE: usize = 6;
/// Cycles on one database, so that a history is killed more than once.
const CYCLES_PER_DATABASE: usize = 10;
const MOMENT_MILLIS_MAX: u64 = 400;

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    check_the_harness(context, &mut checks);

    let normal = api::build(&context.root, Build::Normal)?;
    let (kills, stops) = if context.is_long { (200, 100) } else { (10, 5) };
    for engine in ["sqlite", "postgres"] {
        for (end, cycles, name) in [(End::Kill, kills, "kill -9"), (End::Stop, stops, "SIGTERM")] {
            let name = format!("{name} under load on {engine}");
            checks.must_pass(
                &name,
                run_on_tollgate(context, &normal, engine, end, cycles, None),
            );
        }
    }

    let faulty = api::build(&context.root, Build::Faulty)?;
    for engine in ["sqlite", "postgres"] {
        let name = format!("kill -9 on {engine} with acknowledgement before the commit");
        let result = run_on_tollgate(context, &faulty, engine, End::Kill, 3, Some("early-ack"));
        checks.must_find(&name, "lost", result);
    }
    Ok(checks.tally())
}

/// The harness itself, on a peer that is right and on three that are wrong.
fn check_the_harness(context: &Context, checks: &mut Checks) {
    let run = |fault: &str| {
        let mut workplace = Workplace::new(&context.root, "peer")?;
        let subject = Subject::peer(fault, workplace.path())?;
        let findings = run_cycles(&subject, End::Kill, 3, &mut Random::new(context.seed))?;
        if !findings.problems.is_empty() && fault == "none" {
            workplace.keep();
        }
        Ok(findings)
    };
    checks.must_pass("the harness passes a right peer", run("none"));
    checks.must_find(
        "the harness finds an early acknowledgement",
        "lost",
        run("early-ack"),
    );
    checks.must_find(
        "the harness finds forgotten keys",
        "twice",
        run("forget-keys"),
    );
    checks.must_find(
        "the harness finds a limit not kept",
        "overspent",
        run("no-limit"),
    );
}

/// Runs the cycles on fresh databases, a few on each.
fn run_on_tollgate(
    context: &Context,
    program: &Path,
    engine: &str,
    end: End,
    cycles: usize,
    fault: Option<&str>,
) -> Result<Findings> {
    let mut random = Random::new(context.seed);
    let mut sum = Findings::none(String::new());
    let (mut done, mut operations) = (0, 0);
    while done < cycles && sum.problems.is_empty() {
        let mut workplace = Workplace::new(&context.root, "crash")?;
        let name = "tollgate_crash";
        let database = match engine {
            "sqlite" => format!("sqlite:{}", workplace.path().join("tollgate.db").display()),
            _ => context.databases()?.create(name)?,
        };
        let mut subject = Subject::tollgate(&context.root, program, &database, workplace.path())?;
        if let Some(fault) = fault {
            subject
                .launch
                .environment
                .push(("TOLLGATE_FAULT".to_owned(), fault.to_owned()));
        }
        let now = CYCLES_PER_DATABASE.min(cycles - done);
        let result = run_cycles_counted(&subject, end, now, &mut random);
        if fault.is_none()
            && !result
                .as_ref()
                .is_ok_and(|(problems, _)| problems.is_empty())
        {
            workplace.keep();
        } else if engine == "postgres" {
            context.databases()?.remove(name)?;
        }
        let (problems, count) = result?;
        sum.problems.extend(problems);
        operations += count;
        done += now;
    }
    sum.scope = format!("{done} cycles, {operations} requests");
    Ok(sum)
}

fn run_cycles(subject: &Subject, end: End, cycles: usize, random: &mut Random) -> Result<Findings> {
    let (problems, operations) = run_cycles_counted(subject, end, cycles, random)?;
    Ok(Findings {
        scope: format!("{cycles} cycles, {operations} requests"),
        problems,
    })
}

/// Loads, ends, starts again and judges, over and over on one database. What is wrong, and how
/// many requests were sent.
fn run_cycles_counted(
    subject: &Subject,
    end: End,
    cycles: usize,
    random: &mut Random,
) -> Result<(Vec<String>, usize)> {
    let mut problems = Vec::new();
    let (mut everyone, mut everything) = (Vec::new(), Vec::new());
    let mut server = subject.start()?;
    for cycle in 0..cycles {
        let customers: Vec<String> = (0..CUSTOMERS_PER_CYCLE)
            .map(|n| format!("cycle{cycle}-{n}"))
            .collect();
        let recovered = run_cycle(subject, server, end, cycle, &customers, random)
            .with_context(|| format!("cycle {cycle}"))?;
        server = recovered.server;
        let violations = recovered.violations.iter();
        problems.extend(violations.map(|violation| format!("cycle {cycle}: {violation}")));
        everyone.extend(customers);
        everything.extend(recovered.told);
        if !problems.is_empty() {
            break;
        }
    }
    server.kill()?;
    problems.extend(subject.verify()?);

    // What the first cycles left must have lived through the later ones.
    let server = subject.start()?;
    let record = api::record(&mut Client::new(server.address, &subject.key), &everyone)?;
    if problems.is_empty() {
        problems.extend(
            judge(&everything, &record, &api::limits())
                .iter()
                .map(|one| format!("at the end: {one}")),
        );
    }
    Ok((problems, everything.len()))
}

/// One cycle: loads the server, ends it, and judges it when it runs again.
fn run_cycle(
    subject: &Subject,
    server: Server,
    end: End,
    cycle: usize,
    customers: &[String],
    random: &mut Random,
) -> Result<Recovered> {
    api::create_customers(&mut Client::new(server.address, &subject.key), customers)?;
    let load = Load {
        address: server.address,
        key: &subject.key,
        customers,
        name: format!("k{cycle}"),
        clients: CLIENTS,
        requests_max: REQUESTS_MAX,
    };
    let moment = Duration::from_millis(20 + random.below(MOMENT_MILLIS_MAX));
    let (noted, stopped_at) = load::run(&load, random, move || -> Result<SystemTime> {
        thread::sleep(moment);
        match end {
            End::Kill | End::Fault => {
                server.kill()?;
                Ok(SystemTime::now())
            }
            End::Stop => {
                let asked_at = SystemTime::now();
                server.ask_to_stop()?;
                server.wait_for_stop()?;
                Ok(asked_at)
            }
        }
    });
    let told = load::told_with_stop_at(noted, stopped_at?);
    recover(subject, end, told, customers, random)
}
