//! The command itself: what it prints, what its exit codes say, and that a start that fails
//! changes nothing.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogs/resume.toml");

/// The command in `folder`, with no settings but its arguments.
fn tollgate(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.current_dir(folder).args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TOLLGATE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the command to its end, and expects its exit code.
#[track_caller]
fn run(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = tollgate(folder, arguments).output().unwrap();
    let (output, errors) = (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    );
    assert_eq!(status.code(), Some(code), "{arguments:?}: {output}{errors}");
    (output, errors)
}

/// Expects a start to fail with one line and an exit code.
#[track_caller]
fn fails(folder: &Path, arguments: &[&str], code: i32) -> String {
    let (output, errors) = run(folder, arguments, code);
    assert_eq!(
        (output.as_str(), errors.lines().count()),
        ("", 1),
        "{errors}"
    );
    assert!(errors.starts_with("tollgate: "), "{errors}");
    errors
}

/// A server, stopped when it is no longer needed.
struct Server {
    child: Child,
    address: String,
    output: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = tollgate(folder, arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line
            .strip_prefix("listening on http://")
            .unwrap_or_default()
            .trim_end();
        assert!(!address.is_empty(), "{line:?}: {}", errors(&mut child));
        Self {
            address: address.to_owned(),
            output,
            child,
        }
    }

    /// Sends SIGTERM, and expects an end in order.
    fn stop(mut self) -> String {
        let killed = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(killed.unwrap().success());
        let status = self.child.wait().unwrap();
        let errors = errors(&mut self.child);
        assert_eq!(status.code(), Some(0), "{errors}");
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing but a failed test gets here with the server alive.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn errors(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(mut errors) = child.stderr.take() {
        let _ = errors.read_to_string(&mut text);
    }
    text
}

#[test]
fn a_server_starts_answers_and_stops_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--catalog",
        CATALOG,
        "--database",
        "sqlite:t.db",
    ];
    let server = Server::start(folder.path(), &serve);
    let answer = std::net::TcpStream::connect(&server.address).map(|mut socket| {
        use std::io::Write as _;
        socket
            .write_all(b"GET /healthz/ready HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        text
    });
    assert!(answer.unwrap().starts_with("HTTP/1.1 200 OK"));
    let again = fails(folder.path(), &serve, 4);
    assert!(again.contains("in use"), "{again}");
    server.stop();
    // The catalog stands in the database now.
    let without = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        "sqlite:t.db",
    ];
    Server::start(folder.path(), &without).stop();
}

#[test]
fn a_start_that_fails_says_why_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("broken.toml"), "[plans.free\n").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let serve = |more: &[&'static str]| [&["serve", "--database", "sqlite:t.db"], more].concat();
    let broken = fails(path, &serve(&["--catalog", "broken.toml"]), 2);
    assert!(broken.contains("broken.toml:1:"), "{broken}");
    fails(path, &serve(&["--catalog", "missing.toml"]), 2);
    fails(
        path,
        &serve(&["--catalog", CATALOG, "--listen", "nowhere"]),
        2,
    );
    fails(
        path,
        &[
            "serve",
            "--database",
            "mysql://h/d",
            "--catalog",
            CATALOG,
            "--listen",
            "127.0.0.1:0",
        ],
        2,
    );
    fails(
        path,
        &[
            "serve",
            "--database",
            "sqlite:no/such/folder/t.db",
            "--listen",
            "127.0.0.1:0",
            "--catalog",
            CATALOG,
        ],
        6,
    );
    let busy = fails(
        path,
        &[
            "serve",
            "--database",
            "sqlite:t.db",
            "--catalog",
            CATALOG,
            "--listen",
            &taken,
        ],
        7,
    );
    assert!(busy.contains(&taken), "{busy}");
    let names = std::fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["broken.toml"]);
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let keys =
        |more: &[&'static str]| [&["keys", "--json", "--database", "sqlite:t.db"], more].concat();
    let read = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&run(folder.path(), arguments, 0).0).unwrap()
    };
    let new = read(&keys(&[
        "create",
        "--name",
        "till",
        "--scopes",
        "consume,read",
    ]));
    assert!(new["secret"].as_str().unwrap().starts_with("tg_live_"));
    let listed = read(&keys(&["list"]));
    assert_eq!(listed[0]["id"], new["id"]);
    assert_eq!(listed[0]["scopes"], serde_json::json!(["read", "consume"]));
    let id: &'static str = String::leak(new["id"].as_str().unwrap().to_owned());
    assert_eq!(read(&keys(&["revoke", id]))["revoked"], true);
    assert!(read(&keys(&["list"]))[0]["revoked_at"].is_string());
    fails(folder.path(), &keys(&["revoke", id]), 1);
    run(
        folder.path(),
        &keys(&["create", "--scopes", "everything"]),
        2,
    );
}

#[test]
fn init_writes_what_serve_starts_with() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["init", "--example", "usdot"], 0);
    let again = fails(folder.path(), &["init"], 1);
    assert!(again.contains("there already"), "{again}");
    let (shown, _) = run(folder.path(), &["config", "show", "--origin"], 0);
    let catalog = shown
        .lines()
        .find(|line| line.starts_with("catalog "))
        .unwrap();
    assert!(catalog.ends_with("tollgate.toml"), "{catalog}");
    Server::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).stop();
}
