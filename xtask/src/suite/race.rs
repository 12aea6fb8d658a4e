//! A thousand racing requests for a hundred units: exactly a hundred are granted, whatever asks.

use super::{Context, Suite};
use crate::harness::api::{self, Build, PAIRED, PAIRED_LIMIT, RACED, RACED_LIMIT, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::history::{Answer, Told, judge};
use crate::harness::http::{Client, Request};
use crate::harness::server::{Server, Workplace};
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

pub(crate) const SUITE: Suite = Suite {
    name: "race",
    about: "1,000 racing requests for 100 units, also reserved, capped and in pairs: exactly 100 granted",
    tools: &[Tool::Postgres],
    run,
};

const CLIENTS: usize = 250;
const REQUESTS_EACH: usize = 4;
/// What a capped member may use of what is raced for.
const MEMBER_CAP: u64 = 60;
/// Of what is reserved, this is settled and the rest released.
const SETTLED: u64 = 50;
const TRIES_MAX: u32 = 100;

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    let on_peer = |fault: &str| {
        let workplace = Workplace::new(&context.root, "race")?;
        race(
            &Subject::peer(fault, workplace.path())?,
            1,
            1,
            workplace.path(),
        )
    };
    checks.must_pass("the harness passes a right peer", on_peer("none"));
    checks.must_find(
        "the harness finds a limit not kept",
        "overspent",
        on_peer("no-limit"),
    );

    let program = api::build(&context.root, Build::Normal)?;
    let rounds = if context.is_long { 20 } else { 2 };
    for (name, engine, replicas) in [
        ("one server on SQLite", "sqlite", 1),
        ("one server on PostgreSQL", "postgres", 1),
        ("three replicas on one PostgreSQL", "postgres", 3),
    ] {
        let result = on_tollgate(context, &program, engine, replicas, rounds);
        checks.must_pass(name, result);
    }
    Ok(checks.tally())
}

fn on_tollgate(
    context: &Context,
    program: &Path,
    engine: &str,
    replicas: usize,
    rounds: usize,
) -> Result<Findings> {
    let mut workplace = Workplace::new(&context.root, "race")?;
    let name = "tollgate_race";
    let database = match engine {
        "sqlite" => format!("sqlite:{}", workplace.path().join("tollgate.db").display()),
        _ => context.databases()?.create(name)?,
    };
    let subject = Subject::tollgate(&context.root, program, &database, workplace.path())?;
    let findings = race(&subject, replicas, rounds, workplace.path())?;
    if !findings.problems.is_empty() {
        workplace.keep();
    }
    if engine == "postgres" {
        context.databases()?.remove(name)?;
    }
    Ok(findings)
}

/// Races that many times, each for another customer, over all replicas at once.
fn race(subject: &Subject, replicas: usize, rounds: usize, folder: &Path) -> Result<Findings> {
    let start = |replica: usize| {
        let mut subject = subject.clone();
        subject.launch.log = folder.join(format!("replica-{replica}.log"));
        subject.start()
    };
    let servers: Vec<Server> = (0..replicas).map(start).collect::<Result<_>>()?;
    let first = servers.first().context("a server")?;
    let mut client = Client::new(first.address, &subject.key);
    let mut findings = Findings::none(format!(
        "{rounds} races of {} requests from {CLIENTS} clients",
        CLIENTS * REQUESTS_EACH
    ));
    for round in 0..rounds {
        let customer = format!("raced-{round}");
        api::create_customers(&mut client, std::slice::from_ref(&customer))?;
        let told = race_once(subject, &servers, &customer);
        let record = api::record(&mut client, &[customer])?;
        findings.problems.extend(
            judge(&told, &record, &api::limits())
                .iter()
                .map(ToString::to_string),
        );
        let granted = told
            .iter()
            .filter(|one| matches!(one.answer, Answer::Granted { .. }))
            .count();
        if granted as u64 != RACED_LIMIT {
            findings
                .problems
                .push(format!("{granted} of {RACED_LIMIT} were granted"));
        }
    }
    if !subject.is_peer() {
        for round in 0..rounds {
            let problems = race_in_other_ways(subject, &servers, round)?;
            findings.problems.extend(problems);
        }
        findings.scope += ", and as many by reservations, by capped members and for two meters";
    }
    drop(servers);
    findings.problems.extend(subject.verify()?);
    Ok(findings)
}

/// All clients at once; what they were told.
fn race_once(subject: &Subject, servers: &[Server], customer: &str) -> Vec<Told> {
    let barrier = Barrier::new(CLIENTS);
    thread::scope(|scope| {
        let barrier = &barrier;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let address = servers[number % servers.len()].address;
                scope.spawn(move || {
                    let mut client = Client::new(address, &subject.key);
                    let mut told = Vec::new();
                    barrier.wait();
                    for request in 0..REQUESTS_EACH {
                        let request = Told {
                            key: format!("{customer}-{number}-{request}"),
                            customer: customer.to_owned(),
                            feature: RACED,
                            amount: 1,
                            answer: Answer::None { was_held: false },
                        };
                        api::resolve(&mut client, &request, &mut told);
                    }
                    told
                })
            })
            .collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().expect("clients do not panic"))
            .collect()
    })
}

/// Races by reservations, with a capped member, and for two meters at once.
fn race_in_other_ways(subject: &Subject, servers: &[Server], round: usize) -> Result<Vec<String>> {
    let first = servers.first().context("a server")?;
    let mut client = Client::new(first.address, &subject.key);
    let mut problems = Vec::new();
    let mut expect = |what: &str, found: u64, expected: u64| {
        if found != expected {
            problems.push(format!("{what}: {found} of {expected} were granted"));
        }
    };

    let customer = format!("reserving-{round}");
    api::create_customers(&mut client, std::slice::from_ref(&customer))?;
    let path = format!("/v1/customers/{customer}");
    let one = json!({ "feature": RACED, "amount": 1 });
    let all = Asked::everyone(&format!("{path}/reservations"), &one, &customer);
    let held = ask(subject, servers, &all)?;
    expect("reserved", held.len() as u64, RACED_LIMIT);
    expect(
        "settled and released",
        settle(subject, servers, &path, &held)?,
        RACED_LIMIT,
    );
    let again = Asked::everyone(
        &format!("{path}/consume"),
        &one,
        &format!("{customer}-again"),
    );
    let granted = ask(subject, servers, &again)?;
    expect(
        "consumed after releases",
        granted.len() as u64,
        RACED_LIMIT - SETTLED,
    );
    expect(
        "used in the end",
        used(&mut client, &path, RACED)?,
        RACED_LIMIT,
    );

    let customer = format!("capped-{round}");
    api::create_customers(&mut client, std::slice::from_ref(&customer))?;
    let path = format!("/v1/customers/{customer}");
    let cap = json!({ "units": MEMBER_CAP, "every": "never" });
    let capped = format!("{path}/members/capped/caps/{RACED}");
    client.must("PUT", &capped, Some(&cap))?;
    for (member, expected) in [("capped", MEMBER_CAP), ("free", RACED_LIMIT - MEMBER_CAP)] {
        let body = json!({ "feature": RACED, "amount": 1, "member": member });
        let name = format!("{customer}-{member}");
        let all = Asked::everyone(&format!("{path}/consume"), &body, &name);
        let granted = ask(subject, servers, &all)?;
        expect(
            &format!("consumed by the member {member}"),
            granted.len() as u64,
            expected,
        );
    }
    expect(
        "used with a cap",
        used(&mut client, &path, RACED)?,
        RACED_LIMIT,
    );

    let customer = format!("pairs-{round}");
    api::create_customers(&mut client, std::slice::from_ref(&customer))?;
    let path = format!("/v1/customers/{customer}");
    let both = json!({ "uses": [{ "feature": RACED }, { "feature": PAIRED }] });
    let all = Asked::everyone(&format!("{path}/consume"), &both, &customer);
    let granted = ask(subject, servers, &all)?;
    expect("consumed in pairs", granted.len() as u64, PAIRED_LIMIT);
    // A pair that was refused took nothing of the one that had room.
    expect(
        "used by pairs",
        used(&mut client, &path, RACED)?,
        PAIRED_LIMIT,
    );
    let rest = Asked::everyone(
        &format!("{path}/consume"),
        &one,
        &format!("{customer}-rest"),
    );
    let granted = ask(subject, servers, &rest)?;
    expect(
        "consumed after pairs",
        granted.len() as u64,
        RACED_LIMIT - PAIRED_LIMIT,
    );
    expect(
        "used after pairs",
        used(&mut client, &path, RACED)?,
        RACED_LIMIT,
    );
    expect(
        "paired after pairs",
        used(&mut client, &path, PAIRED)?,
        PAIRED_LIMIT,
    );
    Ok(problems)
}

/// A request that is sent until it is granted or refused.
struct Asked {
    path: String,
    body: Value,
    key: String,
}

impl Asked {
    /// What all clients ask for, each request with a key of its own.
    fn everyone(path: &str, body: &Value, name: &str) -> Vec<Self> {
        let ask = |number: usize| Self {
            path: path.to_owned(),
            body: body.clone(),
            key: format!("{name}-{number}"),
        };
        (0..CLIENTS * REQUESTS_EACH).map(ask).collect()
    }

    /// The answer, or none if it is refused.
    fn send(&self, client: &mut Client) -> Result<Option<Value>> {
        for _ in 0..TRIES_MAX {
            let response = client.send(Request {
                method: "POST",
                path: &self.path,
                idempotency_key: Some(&self.key),
                body: Some(&self.body),
            });
            match response {
                Ok(response) if matches!(response.status, 200 | 201 | 204) => {
                    return Ok(Some(response.body));
                }
                Ok(response) if response.status == 429 => return Ok(None),
                Ok(response) if response.status == 503 => {}
                Ok(response) => bail!(
                    "{} {} answered {}: {}",
                    self.path,
                    self.body,
                    response.status,
                    response.body
                ),
                Err(no_answer) => bail!("{}: {:#}", self.path, anyhow::Error::from(no_answer)),
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("{} is put off for ever", self.path)
    }
}

/// Sends all of them from all clients at once; what was granted.
fn ask(subject: &Subject, servers: &[Server], all: &[Asked]) -> Result<Vec<Value>> {
    let barrier = Barrier::new(CLIENTS);
    let answers: Result<Vec<Vec<Value>>> = thread::scope(|scope| {
        let barrier = &barrier;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let address = servers[number % servers.len()].address;
                let own = all.iter().skip(number).step_by(CLIENTS);
                scope.spawn(move || -> Result<Vec<Value>> {
                    let mut client = Client::new(address, &subject.key);
                    let mut granted = Vec::new();
                    barrier.wait();
                    for asked in own {
                        granted.extend(asked.send(&mut client)?);
                    }
                    Ok(granted)
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().expect("clients do not panic"))
            .collect()
    });
    Ok(answers?.concat())
}

/// Settles the first reservations and releases the others, all at once; how many of them worked.
fn settle(subject: &Subject, servers: &[Server], path: &str, held: &[Value]) -> Result<u64> {
    let asked = held.iter().enumerate().map(|(number, held)| {
        let id = held["reservation"]
            .as_str()
            .context("a reservation has an id")?;
        let verb = if number < usize::try_from(SETTLED)? {
            "settle"
        } else {
            "release"
        };
        Ok(Asked {
            path: format!("{path}/reservations/{id}/{verb}"),
            body: json!({}),
            key: format!("{id}-{verb}"),
        })
    });
    let asked: Vec<Asked> = asked.collect::<Result<_>>()?;
    Ok(ask(subject, servers, &asked)?.len() as u64)
}

/// What the customer has used of a feature.
fn used(client: &mut Client, path: &str, feature: &str) -> Result<u64> {
    let usage = client.must("GET", &format!("{path}/usage"), None)?;
    let used = usage["features"][feature]["used"].as_u64();
    used.with_context(|| format!("{feature} is not in {usage}"))
}
