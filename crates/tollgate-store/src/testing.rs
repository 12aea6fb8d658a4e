//! Databases for tests: a SQLite file in a temporary directory, or a database of its own on a
//! PostgreSQL server that is given by `TOLLGATE_TEST_POSTGRES` or started for this process.

use crate::error::StoreError;
use crate::sql::Engine;
use crate::store::{Store, StoreOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tokio::sync::OnceCell;

/// Where tests find a PostgreSQL server: `postgres://…` as a user who may create databases.
pub const POSTGRES_VARIABLE: &str = "TOLLGATE_TEST_POSTGRES";

/// How often another port is tried: one that was free may be taken by another process's server.
const START_TRIES_MAX: u32 = 5;

/// An empty database that no other test uses.
#[derive(Debug)]
pub struct TestDatabase {
    address: String,
    directory: Option<tempfile::TempDir>,
}

impl TestDatabase {
    /// A SQLite file that is deleted with this value.
    ///
    /// # Panics
    ///
    /// When no temporary directory can be made.
    pub fn sqlite() -> Self {
        Self::sqlite_in(&std::env::temp_dir())
    }

    /// A SQLite file somewhere in `folder`, deleted with this value.
    ///
    /// # Panics
    ///
    /// When no temporary directory can be made there.
    pub fn sqlite_in(folder: &Path) -> Self {
        let directory = tempfile::tempdir_in(folder).expect("a temporary directory can be made");
        let path = directory.path().join("tollgate.db");
        Self {
            address: format!("sqlite:{}", path.display()),
            directory: Some(directory),
        }
    }

    /// A database on the tests' PostgreSQL server.
    ///
    /// # Panics
    ///
    /// When there is no server and none can be started: a test that cannot run has failed.
    pub async fn postgres() -> Self {
        let server = postgres_server().await;
        let name = format!(
            "tollgate_test_{}_{:x}",
            std::process::id(),
            RandomState::new().hash_one(0)
        );
        let mut connection = PgConnection::connect(server).await.unwrap_or_else(|error| {
            panic!("the PostgreSQL server at {server} must be there: {error}")
        });
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create)
            .execute(&mut connection)
            .await
            .expect("a database can be created");
        connection.close().await.expect("the connection closes");
        let (base, _) = server
            .rsplit_once('/')
            .expect("the address names a database");
        Self {
            address: format!("{base}/{name}"),
            directory: None,
        }
    }

    /// A database of either engine.
    pub async fn on(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::sqlite(),
            Engine::Postgres => Self::postgres().await,
        }
    }

    /// What `Store::open` takes.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The directory of the SQLite file.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_ref().map(tempfile::TempDir::path)
    }

    /// Opens it for writing.
    pub async fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.address, &StoreOptions::default()).await
    }
}

/// The address of the server: the given one, or one that lives as long as this process.
async fn postgres_server() -> &'static str {
    static SERVER: OnceCell<(String, Option<Child>)> = OnceCell::const_new();
    let server = SERVER.get_or_init(async || {
        if let Ok(address) = std::env::var(POSTGRES_VARIABLE) {
            return (address, None);
        }
        match start_postgres() {
            Ok((address, child)) => (address, Some(child)),
            Err(error) => panic!(
                "no PostgreSQL for tests: {error}. Set {POSTGRES_VARIABLE} to \
                 postgres://USER@HOST/DATABASE, or install PostgreSQL's server programs"
            ),
        }
    });
    &server.await.0
}

/// Runs a server in a temporary directory until its standard input ends, which it does with the
/// process that started it, however that ends. It says so once the server is ready, which is known
/// from the server's own directory: whoever answers on the port may be another one. `initdb`
/// refuses to run as root.
const SERVER_SCRIPT: &str = r#"
    set -e
    directory=$(mktemp -d "${TMPDIR:-/tmp}/tollgate-postgres-XXXXXX")
    "$1/initdb" -D "$directory/data" -U tollgate -A trust -E UTF8 --locale=C --no-sync >"$directory/log" 2>&1 \
        || { cat "$directory/log"; rm -rf "$directory"; exit 1; }
    "$1/postgres" -D "$directory/data" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c fsync=off -c max_connections=200 -c autovacuum_naptime=5s >"$directory/log" 2>&1 </dev/null &
    server=$!
    tries=0
    until [ "$(sed -n 8p "$directory/data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 1200 ] || ! kill -0 "$server" 2>/dev/null; then
            tr '\n' ' ' <"$directory/log"
            kill -QUIT "$server" 2>/dev/null || true
            rm -rf "$directory"
            exit 1
        fi
        sleep 0.05
    done
    echo started
    cat >/dev/null || true
    kill -INT "$server"
    wait "$server" || true
    rm -rf "$directory"
"#;

fn start_postgres() -> Result<(String, Child), String> {
    let mut tries = 1;
    loop {
        match try_to_start_postgres() {
            Err(_) if tries < START_TRIES_MAX => tries += 1,
            result => return result,
        }
    }
}

fn try_to_start_postgres() -> Result<(String, Child), String> {
    let programs =
        postgres_programs().ok_or("initdb is neither in PATH nor under /usr/lib/postgresql")?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.map_err(|error| error.to_string())?.port();
    let mut command = as_ordinary_user();
    command
        .args(["sh", "-c", SERVER_SCRIPT, "sh"])
        .arg(&programs)
        .arg(port.to_string());
    command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let mut first_line = String::new();
    let output = child.stdout.take().expect("the output is piped");
    BufReader::new(output)
        .read_line(&mut first_line)
        .map_err(|error| error.to_string())?;
    if first_line.trim() != "started" {
        return Err(format!("the server did not start: {first_line}"));
    }
    Ok((
        format!("postgres://tollgate@127.0.0.1:{port}/postgres"),
        child,
    ))
}

/// What a command line begins with to run as someone who is not root.
fn as_ordinary_user() -> Command {
    let output = |program: &str, argument: &[&str]| {
        let output = Command::new(program)
            .args(argument)
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    if output("id", &["-u"]).is_none_or(|id| id.trim() != "0") {
        return Command::new("env");
    }
    let user = if output("id", &["-u", "postgres"]).is_some() {
        "postgres"
    } else {
        "nobody"
    };
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]);
    command
}

/// The directory with `initdb` and `postgres`, the newest version first.
fn postgres_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    directories.extend(versions.into_iter().rev());
    directories.into_iter().find(|directory| {
        directory.join("initdb").is_file() && directory.join("postgres").is_file()
    })
}
