//! The seed's own way (FastAPI, SQLAlchemy, SUM then INSERT): how fast, and how many racing requests pass a limit.

use super::{CUSTOMERS, Peer, Settings, customers, peer_consumes, postgres_server, sqlite_server};
use crate::compare::{Contender, Sample, Timing, interleave, print_against_first};
use crate::http::{TOKEN, WORKERS};
use crate::load::{Load, Requests, Until, run as run_load};
use crate::postgres::Postgres;
use crate::process::{Process, bench_dir, free_address, run as run_command, target_dir};
use crate::report::{Table, ratio_with_range};
use crate::server::{PLAN_RACE, RACE_LIMIT, Server, consumes, customer_names};
use anyhow::{Result, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

const CONNECTIONS: usize = 64;
/// Requests that race for the last units of one customer.
const RACING: u64 = 64;
/// Customers that are raced for, one after another.
const RACES: usize = 10;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let python = virtual_environment()?;
    let postgres = Postgres::start(&settings.folder)?;
    let mut outcomes = Table::new(
        format!("{RACING} racing requests on a limit of {RACE_LIMIT}, {RACES} customers"),
        &["", "passed", "allowed", "overspent"],
    );
    for engine in ["SQLite", "PostgreSQL"] {
        let (url, server) = if engine == "SQLite" {
            let url = format!("sqlite:///{}", settings.folder.join("fastapi.db").display());
            (url, sqlite_server(settings, "against-fastapi")?)
        } else {
            let url = postgres
                .create_database("fastapi")?
                .replace("postgres://", "postgresql+psycopg://");
            (url, postgres_server(settings, &postgres)?)
        };
        let seed = Seed::start(settings, &python, &url)?;
        throughput(settings, engine, &seed, &server)?;
        let racers = customer_names("racer", RACES);
        server.create_customers(&racers, PLAN_RACE)?;
        outcomes.row(race(
            format!("the seed's way, {engine}"),
            seed.address,
            &racers,
            |one| consumes(one, TOKEN, false),
        )?);
        let address = server.addresses()[0];
        outcomes.row(race(
            format!("tollgate, {engine}"),
            address,
            &racers,
            |one| server.consumes(one, false),
        )?);
    }
    outcomes.print();
    Ok(())
}

fn throughput(settings: &Settings, engine: &str, seed: &Seed, server: &Server) -> Result<()> {
    let (all, _) = customers();
    let noop = Peer::noop(&settings.folder, &server.sample_answer(&all[0])?)?;
    let (to_peers, to_server) = (
        peer_consumes(&all, settings),
        server.consumes(&all, settings.keyed),
    );
    let measured = interleave(
        &settings.timing,
        &[
            Contender::new(format!("FastAPI, SQLAlchemy, {engine}"), |timing| {
                tolerant(seed.address, &to_peers, timing)
            }),
            Contender::http(
                format!("tollgate, {engine}"),
                server.addresses(),
                &to_server,
                CONNECTIONS,
            ),
            Contender::http("no-op", vec![noop.address], &to_peers, CONNECTIONS),
        ],
    )?;
    print_against_first(
        format!("Consume against the seed's way, {engine}, {CONNECTIONS} connections"),
        &measured,
    );
    println!(
        "\nMedian of rounds: tollgate {}.",
        ratio_with_range(&measured[1].throughput_ratios(&measured[0]))
    );
    Ok(())
}

/// Counts the good answers; the others (a locked database) are reported, not fatal.
fn tolerant(target: SocketAddr, requests: &Requests, timing: &Timing) -> Result<Sample> {
    let until = Until::Elapsed {
        warm_up: timing.warm_up,
        measured: timing.measured,
    };
    let load = Load {
        targets: &[target],
        requests,
        connections: CONNECTIONS,
        until,
        sticky: false,
    };
    let outcome = run_load(&load)?;
    ensure!(
        outcome.good() > 0,
        "no good answer at all: {:?}",
        outcome.statuses
    );
    let all: u64 = outcome.statuses.values().sum();
    if outcome.good() < all {
        eprintln!(
            "  answers other than 2xx among them: {:?}",
            outcome.statuses
        );
    }
    Ok(outcome.into())
}

/// A row of the table: how many requests passed, over all the races.
fn race(
    name: String,
    target: SocketAddr,
    racers: &[String],
    requests: impl Fn(&[String]) -> Requests,
) -> Result<[String; 4]> {
    let mut passed = Vec::new();
    for racer in racers {
        let outcome = run_load(&Load {
            targets: &[target],
            requests: &requests(std::slice::from_ref(racer)),
            connections: usize::try_from(RACING)?,
            until: Until::Sent(RACING),
            sticky: false,
        })?;
        let answered = outcome.count(200) + outcome.count(429);
        ensure!(
            answered > 0,
            "{name}: {:?}, {} broken connections",
            outcome.statuses,
            outcome.failures
        );
        if answered < RACING {
            eprintln!(
                "  {name}: {:?}, {} broken connections",
                outcome.statuses, outcome.failures
            );
        }
        passed.push(outcome.count(200));
    }
    let (least, most) = (
        passed.iter().min().copied().unwrap_or(0),
        passed.iter().max().copied().unwrap_or(0),
    );
    let over: u64 = passed
        .iter()
        .map(|passed| passed.saturating_sub(RACE_LIMIT))
        .sum();
    Ok([
        name,
        format!("{least}–{most}"),
        RACE_LIMIT.to_string(),
        over.to_string(),
    ])
}

/// The seed's application, under uvicorn.
struct Seed {
    address: SocketAddr,
    _process: Process,
}

impl Seed {
    fn start(settings: &Settings, python: &Path, database: &str) -> Result<Self> {
        let sources = bench_dir().join("fastapi");
        let program = |name: &str| {
            let mut command = Command::new(python.with_file_name(name));
            command
                .current_dir(&sources)
                .env("PYTHONDONTWRITEBYTECODE", "1");
            command
                .env("DATABASE_URL", database)
                .env("API_TOKEN", TOKEN);
            command
        };
        let setup = ["setup.py", &CUSTOMERS.to_string(), &RACES.to_string()];
        run_command(program("python").args(setup))?;
        let address = free_address()?;
        let mut command = program("uvicorn");
        command.args([
            "app:app",
            "--host",
            "127.0.0.1",
            "--port",
            &address.port().to_string(),
        ]);
        command.args([
            "--workers",
            &WORKERS.to_string(),
            "--no-access-log",
            "--log-level",
            "warning",
        ]);
        command.args(["--loop", "uvloop", "--http", "httptools"]);
        let log = settings
            .folder
            .join(format!("uvicorn-{}.log", address.port()));
        let mut process = Process::start("uvicorn", &mut command, log)?;
        process.wait_until_listening(address)?;
        Ok(Self {
            address,
            _process: process,
        })
    }
}

/// The Python with the pinned packages; made at the first run, made again when the pins change.
fn virtual_environment() -> Result<PathBuf> {
    let pins = bench_dir().join("fastapi").join("requirements.txt");
    let folder = target_dir()?.join("bench-tools").join("fastapi");
    let (python, installed) = (
        folder.join("bin").join("python"),
        folder.join("installed.txt"),
    );
    let wanted = std::fs::read_to_string(&pins)?;
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    eprintln!(
        "installing FastAPI and SQLAlchemy into {}",
        folder.display()
    );
    run_command(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    run_command(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "-r"])
            .arg(&pins),
    )?;
    std::fs::write(&installed, wanted)?;
    Ok(python)
}
