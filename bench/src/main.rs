//! Benchmarks of Tollgate and of its peers; `bench/README.md` says what each number means.

mod compare;
mod histogram;
mod http;
mod load;
mod noop;
mod postgres;
mod process;
mod report;
mod scenario;
mod server;
mod transaction;

use crate::compare::{Contender, Timing, interleave, print_against_first};
use crate::scenario::growth::Engine;
use crate::scenario::{
    Settings, customers, fastapi, growth, hot, memory, pages, pgbench, replicas, sqlite,
};
use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};
use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::time::Duration;
use tempfile::TempDir;

/// Measures Tollgate against its peers, in ratios from one run.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// Rounds in which the contenders take turns; the medians are reported.
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each measurement.
    #[arg(long, global = true, default_value_t = 5.0)]
    seconds: f64,
    /// Seconds before each measurement that do not count.
    #[arg(long, global = true, default_value_t = 1.0)]
    warm_up: f64,
    /// One short round over a hundredth of the data: shows that it works, measures nothing.
    #[arg(long, global = true)]
    quick: bool,
    /// Send an idempotency key with every consume.
    #[arg(long, global = true)]
    keyed: bool,
    /// Database sessions of the transaction-per-request peer.
    #[arg(long, global = true, default_value_t = 32)]
    sessions: u32,
    /// Where the data goes; on a disk, not in memory.
    #[arg(long, global = true, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every scenario, one after another.
    All,
    /// Consume on SQLite against an endpoint that does nothing.
    Sqlite,
    /// Consume on PostgreSQL against a transaction for each request.
    Postgres,
    /// Against the seed's own way: FastAPI, SQLAlchemy, SUM then INSERT.
    Fastapi,
    /// Against one hand-written statement under pgbench.
    Pgbench,
    /// One to three replicas over one PostgreSQL.
    Replicas,
    /// One hot customer against 10,000.
    Hot,
    /// Memory at 100,000 customers.
    Memory,
    /// Cost of reads and writes from 10,000 to 10 million events.
    Growth {
        /// Which database.
        #[arg(long, value_enum, default_value = "both")]
        engine: Engine,
    },
    /// The pages with 100,000 customers and 10 million events, against an empty database.
    Pages,
    /// Our load generator against wrk, on the endpoint that does nothing.
    Driver,
    /// Puts the load on a server that runs already.
    Load {
        /// Its address.
        target: SocketAddr,
        /// The API key to send.
        #[arg(long, default_value = http::TOKEN)]
        token: String,
        /// Requests in flight at once.
        #[arg(long, default_value_t = 64)]
        connections: usize,
    },
    /// Runs one of the peers.
    #[command(subcommand, hide = true)]
    Peer(PeerCommand),
}

#[derive(Debug, Subcommand)]
enum PeerCommand {
    /// Does nothing.
    Noop {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long, default_value_t = 200)]
        answer_bytes: usize,
    },
    /// A PostgreSQL transaction for each request.
    Transaction {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        database: String,
        #[arg(long)]
        sessions: u32,
        #[arg(long, default_value_t = 200)]
        answer_bytes: usize,
    },
}

fn main() -> Result<()> {
    let Arguments { command, options } = Arguments::parse();
    match command {
        Command::Peer(PeerCommand::Noop {
            listen,
            answer_bytes,
        }) => return noop::run(listen, answer_bytes),
        Command::Peer(PeerCommand::Transaction {
            listen,
            database,
            sessions,
            answer_bytes,
        }) => {
            return transaction::run(listen, &database, sessions, answer_bytes);
        }
        _ => {}
    }
    let parent = options.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = own_folder(&parent)?;
    let settings = options.settings(folder.path().to_path_buf());
    print_circumstances(&settings)?;
    match command {
        Command::All => all(&settings),
        Command::Sqlite => sqlite::run(&settings),
        Command::Postgres => scenario::postgres::run(&settings),
        Command::Fastapi => fastapi::run(&settings),
        Command::Pgbench => pgbench::run(&settings),
        Command::Replicas => replicas::run(&settings),
        Command::Hot => hot::run(&settings),
        Command::Memory => memory::run(&settings),
        Command::Growth { engine } => growth::run(&settings, engine),
        Command::Pages => pages::run(&settings),
        Command::Driver => scenario::driver::run(&settings),
        Command::Load {
            target,
            token,
            connections,
        } => load_only(&settings, target, &token, connections),
        Command::Peer(_) => Ok(()),
    }
}

impl Options {
    fn settings(&self, folder: PathBuf) -> Settings {
        let mut timing = Timing {
            rounds: self.rounds.max(1),
            warm_up: Duration::from_secs_f64(self.warm_up),
            measured: Duration::from_secs_f64(self.seconds),
        };
        if self.quick {
            timing = Timing {
                rounds: 1,
                warm_up: Duration::from_millis(100),
                measured: Duration::from_millis(500),
            };
        }
        Settings {
            timing,
            quick: self.quick,
            keyed: self.keyed,
            sessions: self.sessions,
            folder,
        }
    }
}

/// A new folder that is deleted with the value.
fn own_folder(parent: &Path) -> Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("tollgate-bench-")
        .tempdir_in(parent)?;
    // PostgreSQL runs as another user and must get through to its own folder.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
    Ok(folder)
}

type Scenario = fn(&Settings) -> Result<()>;

fn all(settings: &Settings) -> Result<()> {
    let scenarios: [(&str, Scenario); 9] = [
        ("sqlite", sqlite::run),
        ("postgres", scenario::postgres::run),
        ("pgbench", pgbench::run),
        ("fastapi", fastapi::run),
        ("replicas", replicas::run),
        ("hot", hot::run),
        ("memory", memory::run),
        ("pages", pages::run),
        ("growth", |settings| growth::run(settings, Engine::Both)),
    ];
    let mut failed = Vec::new();
    for (name, run) in scenarios {
        eprintln!("{name}");
        // A folder for each, so that the data of one is gone before the next begins.
        let folder = own_folder(&settings.folder)?;
        let settings = Settings {
            folder: folder.path().to_path_buf(),
            ..settings.clone()
        };
        if let Err(error) = run(&settings) {
            eprintln!("{name} failed: {error:#}");
            failed.push(name);
        }
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

fn load_only(
    settings: &Settings,
    target: SocketAddr,
    token: &str,
    connections: usize,
) -> Result<()> {
    let (all, _) = customers();
    let requests = server::consumes(&all, token, settings.keyed);
    let contender = Contender::http(target.to_string(), vec![target], &requests, connections);
    print_against_first("Consume", &interleave(&settings.timing, &[contender])?);
    Ok(())
}

/// What a reader needs to know to judge the figures.
fn print_circumstances(settings: &Settings) -> Result<()> {
    let cores = std::thread::available_parallelism()?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    let filesystem = process::run(
        Program::new("stat")
            .args(["-f", "-c", "%T"])
            .arg(&settings.folder),
    )?;
    let timing = &settings.timing;
    println!(
        "{cores} cores, load {load} before the start; data on {}; {} rounds of {:?} after {:?}; keys: {}",
        filesystem.trim(),
        timing.rounds,
        timing.measured,
        timing.warm_up,
        if settings.keyed { "yes" } else { "no" },
    );
    ensure!(
        settings.quick || filesystem.trim() != "tmpfs",
        "the data would be in memory, where fsync costs nothing: choose a folder on a disk by --folder"
    );
    Ok(())
}
