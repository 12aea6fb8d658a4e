//! A PostgreSQL that exists for one run: its own folder, its own port, no rights needed.

use crate::process::{Process, free_address, run};
use anyhow::{Context, Result, ensure};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const USER: &str = "tollgate";
/// Nobody runs PostgreSQL as root; these accounts take its place, in this order.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
/// Room for the sessions and write-ahead log of a benchmark. Durability is as it comes: fsync on,
/// `synchronous_commit` on.
const SETTINGS: [&str; 9] = [
    "listen_addresses=127.0.0.1",
    "max_connections=400",
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "min_wal_size=2GB",
    "checkpoint_timeout=15min",
    "wal_compression=off",
    "autovacuum_naptime=15s",
    "log_min_messages=warning",
];

/// Writes a gigabyte and gives it back. A server that has run for a while writes its log into files
/// that are there; a new one has to make each of them first, which stops every commit meanwhile.
const AGE: [&str; 3] = [
    "CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 1000000)",
    "DROP TABLE filler",
    "CHECKPOINT",
];

/// A running server; stopped and deleted when this is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    binaries: PathBuf,
    port: u16,
    // The process goes before its folder.
    _server: Process,
    _folder: TempDir,
}

impl Postgres {
    /// Makes a new cluster in `parent` and starts it.
    pub(crate) fn start(parent: &Path) -> Result<Self> {
        let binaries = find_binaries()?;
        let folder = tempfile::Builder::new()
            .prefix("tollgate-bench-pg-")
            .tempdir_in(parent)?;
        let account = if nix_user_is_root()? {
            Some(unprivileged_account()?)
        } else {
            None
        };
        if let Some(account) = &account {
            chown(folder.path(), Some(account.user), Some(account.group))?;
        }
        let data = folder.path().join("data");
        let program = |name: &str| {
            let mut command = match &account {
                Some(account) => account.command(),
                None => Command::new(binaries.join(name)),
            };
            if account.is_some() {
                command.arg(binaries.join(name));
            }
            command.current_dir(folder.path());
            command
        };
        run(program("initdb").arg("-D").arg(&data).args([
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]))?;
        let address = free_address()?;
        let mut command = program("postgres");
        command
            .arg("-D")
            .arg(&data)
            .args(["-p", &address.port().to_string()]);
        command.arg("-k").arg(folder.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        // The log is ours, not the account's: the file is opened before rights are dropped.
        let log = folder.path().join("log");
        // SIGINT is PostgreSQL's "fast" stop: sessions are ended, the state is written.
        let mut server = Process::start("postgres", &mut command, log)?.stop_by("INT");
        let ready = binaries.join("pg_isready");
        server.wait_until(|| {
            let port = address.port().to_string();
            let mut command = Command::new(&ready);
            command
                .args(["-q", "-h", "127.0.0.1", "-p", &port])
                .stdout(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })?;
        let postgres = Self {
            binaries,
            port: address.port(),
            _server: server,
            _folder: folder,
        };
        for statement in AGE {
            postgres.execute("postgres", statement)?;
        }
        Ok(postgres)
    }

    /// Makes an empty database and returns its URL.
    pub(crate) fn create_database(&self, name: &str) -> Result<String> {
        self.execute("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs SQL by `psql` and returns what it printed, unadorned.
    pub(crate) fn execute(&self, database: &str, sql: &str) -> Result<String> {
        let mut command = self.tool("psql");
        command.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
            "-c",
            sql,
        ]);
        run(&mut command)
    }

    /// Fresh statistics and a written-out state, so that neither falls into a measurement.
    pub(crate) fn settle(&self, database: &str) -> Result<()> {
        self.execute(database, "VACUUM ANALYZE")?;
        self.execute(database, "CHECKPOINT").map(drop)
    }

    /// One of PostgreSQL's own programs, pointed at this server.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER]);
        command
    }
}

/// Where `initdb`, `postgres` and `pgbench` are.
fn find_binaries() -> Result<PathBuf> {
    let mut candidates: Vec<PathBuf> = std::env::var_os("PG_BIN")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    if let Some(path) = std::env::var_os("PATH") {
        candidates.extend(std::env::split_paths(&path));
    }
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<_> = versions
            .flatten()
            .map(|version| version.path().join("bin"))
            .collect();
        versions.sort();
        candidates.extend(versions.into_iter().rev());
    }
    candidates
        .into_iter()
        .find(|folder| {
            ["initdb", "postgres", "psql", "pgbench"]
                .iter()
                .all(|name| folder.join(name).exists())
        })
        .context("no PostgreSQL found: install one, or name its programs' folder in PG_BIN")
}

fn nix_user_is_root() -> Result<bool> {
    Ok(run(Command::new("id").arg("-u"))?.trim() == "0")
}

struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The start of a command that runs what follows as this account.
    fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.args([
            format!("--reuid={}", self.user),
            format!("--regid={}", self.group),
            "--clear-groups".into(),
            "--".into(),
        ]);
        command
    }
}

fn unprivileged_account() -> Result<Account> {
    let accounts = std::fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    let mut found = Vec::new();
    for line in accounts.lines() {
        let fields: Vec<_> = line.split(':').collect();
        if let [name, _, user, group, ..] = fields[..]
            && let Some(rank) = UNPRIVILEGED.iter().position(|known| *known == name)
        {
            found.push((
                rank,
                Account {
                    user: user.parse()?,
                    group: group.parse()?,
                },
            ));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    ensure!(
        !found.is_empty(),
        "PostgreSQL does not run as root, and there is no user postgres or nobody"
    );
    Ok(found.remove(0).1)
}
