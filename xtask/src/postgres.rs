//! A throwaway PostgreSQL server: its own folder, its own port, gone when its handle is dropped.

use crate::command;
use crate::tool;
use anyhow::{Context as _, Result, bail};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const START_SECONDS_MAX: u64 = 60;
const TRIES_MAX: u32 = 3;

/// Runs the server and, when its own input ends, stops it and removes its folder. The input is a
/// pipe from this program, so it ends however this program ends: done, failed, interrupted, killed.
const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
"$1" -D "$2/data" </dev/null >"$2/log" 2>&1 &
server=$!
cat >/dev/null
# Fast first, which leaves nothing in shared memory; at once if it does not come to an end.
kill -INT "$server" 2>/dev/null
tries=0
while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"
"#;

/// Durable as in production; the rest is tuned for many short tests on a small machine.
const SETTINGS: &str = "
fsync = on
synchronous_commit = on
full_page_writes = on
listen_addresses = '127.0.0.1'
max_connections = 400
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_level = minimal
max_wal_senders = 0
timezone = 'UTC'
log_min_messages = warning
";

/// A running server.
pub(crate) struct Postgres {
    supervisor: Child,
    url: String,
    programs: PathBuf,
}

impl Postgres {
    /// Starts a server on a free loopback port, with one superuser whose password is random.
    pub(crate) fn start() -> Result<Self> {
        let programs = tool::postgres_programs()?;
        let mut tries = 0;
        loop {
            tries += 1;
            // The port may be taken between our look and the server's start.
            match Self::try_start(&programs) {
                Err(error) if tries < TRIES_MAX => {
                    eprintln!("PostgreSQL did not start, trying again: {error:#}");
                }
                result => return result,
            }
        }
    }

    fn try_start(programs: &Path) -> Result<Self> {
        let owner = unprivileged_owner()?;
        let folder = tempfile::Builder::new()
            .prefix("tollgate-postgres-")
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let password = random_password()?;
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
            std::os::unix::fs::chown(&password_file, Some(user), Some(group))?;
        }

        let data = folder.path().join("data");
        let mut initdb = as_owner(&programs.join("initdb"), owner);
        initdb
            .current_dir(folder.path())
            .args([
                "--no-locale",
                "--encoding=UTF8",
                "--no-sync",
                "--auth=scram-sha-256",
                "--username=postgres",
            ])
            .arg(format!("--pwfile={}", password_file.display()))
            .arg(format!("--pgdata={}", data.display()));
        command::output(&mut initdb).context("cannot create a PostgreSQL database")?;
        let mut settings = fs::OpenOptions::new()
            .append(true)
            .open(data.join("postgresql.conf"))?;
        writeln!(
            settings,
            "{SETTINGS}port = {port}\nunix_socket_directories = '{}'",
            folder.path().display()
        )?;

        // From here on the supervisor owns the folder.
        let folder = folder.keep();
        let supervisor = as_owner(Path::new("/bin/sh"), owner)
            .current_dir(&folder)
            .args(["-c", SUPERVISOR, "postgres-supervisor"])
            .arg(programs.join("postgres"))
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal reaches us and, through the closed pipe, the supervisor.
            .process_group(0)
            .spawn()?;
        let server = Self {
            supervisor,
            url: format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres"),
            programs: programs.to_path_buf(),
        };
        wait_until_ready(&folder)?;
        Ok(server)
    }

    /// The superuser's URL of the `postgres` database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A running server's databases.
    pub(crate) fn databases(&self) -> Databases {
        Databases {
            programs: self.programs.clone(),
            url: self.url.clone(),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Nothing can be done about a failure here; the folder is a temporary one.
        let _ = self.supervisor.wait();
    }
}

/// Makes and drops databases on a running server.
#[derive(Clone)]
pub(crate) struct Databases {
    programs: PathBuf,
    url: String,
}

impl Databases {
    /// Makes an empty database and returns its URL.
    pub(crate) fn create(&self, name: &str) -> Result<String> {
        self.execute(
            &self.url,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )?;
        self.execute(&self.url, &format!("CREATE DATABASE {name}"))?;
        let (server, _) = self
            .url
            .rsplit_once('/')
            .context("the URL ends with a database")?;
        Ok(format!("{server}/{name}"))
    }

    /// Drops a database, whoever is connected to it.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        self.execute(
            &self.url,
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
    }

    /// Runs one statement on the database at this URL.
    pub(crate) fn execute(&self, url: &str, statement: &str) -> Result<()> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--command",
            statement,
            url,
        ]);
        command::output(&mut psql).map(drop)
    }

    /// Everything in the database at this URL, as text.
    pub(crate) fn dump(&self, url: &str) -> Result<String> {
        let dump = command::output(Command::new(self.programs.join("pg_dump")).arg(url))?;
        let lines: Vec<&str> = dump.lines().filter(|line| !is_random(line)).collect();
        Ok(lines.join("\n"))
    }
}

/// The lines of a dump that `pg_dump` makes anew each time.
fn is_random(line: &str) -> bool {
    line.starts_with("\\restrict") || line.starts_with("\\unrestrict")
}

/// Starts a server, prints its URL, and waits for Ctrl-C, upon which it is gone.
pub(crate) fn run_until_interrupted() -> Result<bool> {
    let server = Postgres::start()?;
    println!("export TOLLGATE_TEST_POSTGRES={}", server.url());
    eprintln!("Ctrl-C stops the server and removes its data.");
    loop {
        thread::sleep(Duration::from_hours(1));
    }
}

/// PostgreSQL refuses to run as root: then the user to run it as.
fn unprivileged_owner() -> Result<Option<(u32, u32)>> {
    if !tool::is_root()? {
        return Ok(None);
    }
    let users =
        fs::read_to_string("/etc/passwd").context("cannot look for a user to run PostgreSQL as")?;
    let find = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .map(Some)
        .context("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

fn as_owner(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

/// The server writes `ready` into the eighth line of its lock file, which is what `pg_ctl` reads.
fn wait_until_ready(folder: &Path) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(START_SECONDS_MAX) {
        let lock = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if lock
            .lines()
            .nth(7)
            .is_some_and(|line| line.trim() == "ready")
        {
            return Ok(());
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        if log.contains("FATAL:") {
            bail!("{}", log.trim());
        }
        thread::sleep(Duration::from_millis(20));
    }
    bail!("PostgreSQL was not ready after {START_SECONDS_MAX} s")
}

fn random_password() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_takes_statements_and_leaves_nothing() {
        let server = Postgres::start().unwrap();
        let databases = server.databases();
        let url = databases.create("first").unwrap();
        assert!(url.ends_with("/first"));
        databases
            .execute(&url, "CREATE TABLE t (a BIGINT PRIMARY KEY)")
            .unwrap();
        assert!(
            databases
                .execute(&url, "INSERT INTO t VALUES (1), (1)")
                .is_err()
        );
        databases.remove("first").unwrap();
        let (address, url) = (
            server.url().split('@').nth(1).unwrap().to_owned(),
            server.url().to_owned(),
        );
        let address = address.split('/').next().unwrap().to_owned();
        drop(server);
        assert!(
            std::net::TcpStream::connect(&address).is_err(),
            "{url} still answers"
        );
    }
}
