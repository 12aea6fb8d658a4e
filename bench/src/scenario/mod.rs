//! The scenarios, one for each claim; each prints its own table.

pub(crate) mod driver;
pub(crate) mod fastapi;
pub(crate) mod growth;
pub(crate) mod hot;
pub(crate) mod memory;
pub(crate) mod pages;
pub(crate) mod pgbench;
pub(crate) mod postgres;
pub(crate) mod replicas;
pub(crate) mod sqlite;

use crate::compare::Timing;
use crate::http::TOKEN;
use crate::load::Requests;
use crate::postgres::Postgres;
use crate::process::{Process, free_address};
use crate::server::{PLAN_AMPLE, Server, consumes, customer_names};
use crate::transaction;
use anyhow::Result;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As many as the claims speak of.
pub(crate) const CUSTOMERS: usize = 10_000;
/// In flight at once, in most scenarios.
pub(crate) const CONNECTIONS: [usize; 2] = [64, 256];
/// The customer that everybody wants at once.
pub(crate) const HOT: &str = "hot-000000";

/// How the scenarios are to run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) timing: Timing,
    /// Short and small: shows that everything works, measures nothing.
    pub(crate) quick: bool,
    /// Whether consume requests carry an idempotency key.
    pub(crate) keyed: bool,
    /// Database sessions of the transaction-per-request peer.
    pub(crate) sessions: u32,
    /// Where the data goes: a real disk, or fsync means nothing.
    pub(crate) folder: PathBuf,
}

impl Settings {
    /// `count`, or a hundredth of it in a quick run.
    pub(crate) fn scaled(&self, count: u64) -> u64 {
        if self.quick { count / 100 } else { count }
    }
}

/// A peer of this crate in a process of its own, like the real server.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    _process: Process,
}

impl Peer {
    /// Starts this program again with `arguments`, which name the peer.
    fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("peer")
            .args(arguments)
            .args(["--listen", &address.to_string()]);
        let log = folder.join(format!("peer-{}.log", address.port()));
        let mut process = Process::start("peer", &mut command, log)?;
        process.wait_until_listening(address)?;
        Ok(Self {
            address,
            _process: process,
        })
    }

    /// The peer that does nothing; its answers are as long as `answer`.
    pub(crate) fn noop(folder: &Path, answer: &str) -> Result<Self> {
        Self::start(
            folder,
            &["noop", "--answer-bytes", &answer.len().to_string()],
        )
    }

    /// The peer with a transaction for each request, over a database with its tables and customers.
    pub(crate) fn transaction(settings: &Settings, database: &str, answer: &str) -> Result<Self> {
        let (bytes, sessions) = (answer.len().to_string(), settings.sessions.to_string());
        let arguments = [
            "transaction",
            "--database",
            database,
            "--sessions",
            &sessions,
            "--answer-bytes",
            &bytes,
        ];
        Self::start(&settings.folder, &arguments)
    }
}

/// Everybody, and the hot one.
pub(crate) fn customers() -> (Vec<String>, Vec<String>) {
    (customer_names("customer", CUSTOMERS), vec![HOT.to_owned()])
}

/// Consume requests for the peers of this crate.
pub(crate) fn peer_consumes(customers: &[String], settings: &Settings) -> Requests {
    consumes(customers, TOKEN, settings.keyed)
}

/// A real server on a new SQLite file, with all customers on an ample plan.
pub(crate) fn sqlite_server(settings: &Settings, name: &str) -> Result<Server> {
    let file = settings.folder.join(format!("{name}.db"));
    with_customers(Server::start(
        &settings.folder,
        &format!("sqlite:{}", file.display()),
    )?)
}

/// A real server on a new database of `postgres`, with all customers on an ample plan.
pub(crate) fn postgres_server(settings: &Settings, postgres: &Postgres) -> Result<Server> {
    let database = postgres.create_database("tollgate")?;
    let server = with_customers(Server::start(&settings.folder, &database)?)?;
    postgres.settle("tollgate")?;
    Ok(server)
}

fn with_customers(server: Server) -> Result<Server> {
    let (all, hot) = customers();
    server.create_customers(&all, PLAN_AMPLE)?;
    server.create_customers(&hot, PLAN_AMPLE)?;
    Ok(server)
}

/// A database for the hand-written peers, with the same customers.
pub(crate) fn hand_written_database(postgres: &Postgres) -> Result<String> {
    const NAME: &str = "hand_written";
    let database = postgres.create_database(NAME)?;
    postgres.execute(NAME, transaction::SCHEMA)?;
    let fill = format!(
        "INSERT INTO account (id, quota_limit)
         SELECT 'customer-' || lpad(n::text, 6, '0'), 1000000000000 FROM generate_series(0, {CUSTOMERS} - 1) n
         UNION ALL SELECT '{HOT}', 1000000000000"
    );
    postgres.execute(NAME, &fill)?;
    postgres.settle(NAME)?;
    Ok(database)
}
