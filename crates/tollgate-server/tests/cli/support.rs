//! A folder with a database, the command in it, and a server on it.

use serde_json::Value;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use tollgate_store::testing::TestDatabase;
use tollgate_store::{Engine, Store};

const CATALOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogs");

/// A folder with a database.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    database: TestDatabase,
    /// Settings of every command, from the environment.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Ended {
    /// What was printed, as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.output)
            .unwrap_or_else(|error| panic!("{error}: {}", self.output))
    }
}

impl World {
    pub(crate) async fn on(engine: Engine) -> Self {
        let database = TestDatabase::on(engine).await;
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![("TOLLGATE_DATABASE", database.address().to_owned())],
            database,
        }
    }

    /// A SQLite file with a catalog: `resume` or `usdot`.
    pub(crate) fn with_catalog(name: &str) -> Self {
        let database = TestDatabase::sqlite();
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![("TOLLGATE_DATABASE", database.address().to_owned())],
            database,
        };
        world.apply(name);
        world
    }

    /// Puts a catalog into the database.
    pub(crate) fn apply(&self, name: &str) {
        self.expect(&["plans", "apply", &catalog(name), "--yes"], 0);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The SQLite file.
    pub(crate) fn file(&self) -> &Path {
        Path::new(self.database.address().strip_prefix("sqlite:").unwrap())
    }

    pub(crate) async fn store(&self) -> Store {
        self.database.open().await.unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command.current_dir(self.folder.path()).args(arguments);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("TOLLGATE_") || text.starts_with("STRIPE_") {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            output: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Begins a command and kills it after a while, if it still runs then.
    pub(crate) fn interrupt(&self, arguments: &[&str], after: std::time::Duration) {
        let mut command = self.command(arguments);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Runs a command to its end, and expects its exit code.
    #[track_caller]
    pub(crate) fn expect(&self, arguments: &[&str], code: i32) -> Ended {
        let ended = self.run(arguments);
        let Ended { output, errors, .. } = &ended;
        assert_eq!(ended.code, code, "{arguments:?}\n{output}{errors}");
        ended
    }

    /// Runs commands one after the other, and shows what can be seen of them. Ids and instants
    /// stand there as what they are.
    pub(crate) fn transcript(&self, commands: &[&str]) -> String {
        let mut text = String::new();
        for command in commands {
            let arguments: Vec<&str> = command.split_whitespace().collect();
            let ended = self.run(&arguments);
            let _ = writeln!(text, "$ tollgate {command}");
            text += &ended.output;
            for line in ended.errors.lines() {
                let _ = writeln!(text, "! {line}");
            }
            if ended.code != 0 {
                let _ = writeln!(text, "exit code {}", ended.code);
            }
            text.push('\n');
        }
        masked(&text)
    }

    /// What a customer has used of a feature.
    pub(crate) fn used(&self, customer: &str, feature: &str) -> u64 {
        let usage = self.expect(&["--json", "usage", customer], 0).json();
        usage["features"][feature]["used"].as_u64().unwrap()
    }

    /// A server on the database.
    pub(crate) fn serve(&self) -> Server {
        self.start(&["serve", "--listen", "127.0.0.1:0"])
    }

    /// A server, begun by these arguments.
    pub(crate) fn start(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.unwrap_or_else(|| panic!("the server does not listen: {line:?}"));
        Server {
            address: address.to_owned(),
            child,
            output,
        }
    }
}

/// A running server, killed when it is no longer needed.
pub(crate) struct Server {
    pub(crate) address: String,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// What it says next, as JSON.
    pub(crate) fn told(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// One request of a back end; answers the status.
    pub(crate) fn post(&self, path: &str, key: &str, body: &str) -> u16 {
        self.ask("POST", path, key, body).0
    }

    /// One request; answers the status and the body.
    pub(crate) fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> (u16, String) {
        self.send(method, path, key, ("application/json", body))
    }

    /// Sends a form; answers the status and the body.
    pub(crate) fn form(&self, path: &str, form: &str) -> (u16, String) {
        let form = ("application/x-www-form-urlencoded", form);
        self.send("POST", path, "", form)
    }

    fn send(&self, method: &str, path: &str, key: &str, body: (&str, &str)) -> (u16, String) {
        let (kind, body) = body;
        let authorization = match key {
            "" => String::new(),
            key => format!("authorization: Bearer {key}\r\n"),
        };
        let mut socket = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\n{authorization}\
             content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).unwrap();
        socket.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        let (_, content) = answer.split_once("\r\n\r\n").unwrap();
        (answer[9..12].parse().unwrap(), content.to_owned())
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a crash comes at a real moment")]
fn wait(time: std::time::Duration) {
    std::thread::sleep(time);
}

/// The path of one of the repository's catalogs.
pub(crate) fn catalog(name: &str) -> String {
    format!("{CATALOGS}/{name}.toml")
}

/// A text without what differs from run to run: paths, ids, instants, months.
pub(crate) fn masked(text: &str) -> String {
    let text = text.replace(CATALOGS, "catalogs");
    let mut masked = String::new();
    let mut rest = &text[..];
    while let Some(first) = rest.chars().next() {
        let length = changing(rest, masked.chars().last());
        if length > 0 {
            let kept = rest
                .find('_')
                .filter(|place| *place < 4)
                .map_or(0, |place| place + 1);
            masked += &rest[..kept];
            masked += if kept > 0 { "…" } else { "<TIME>" };
            rest = &rest[length..];
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}

/// How many bytes of the beginning are an id, an instant or a month; 0 for none.
fn changing(text: &str, before: Option<char>) -> usize {
    if before.is_some_and(|before| before.is_ascii_alphanumeric()) {
        return 0;
    }
    let bytes = text.as_bytes();
    let digits = |place: usize| {
        bytes
            .get(place..place + 2)
            .is_some_and(|two| two.iter().all(u8::is_ascii_digit))
    };
    let is_id = ["grt_", "evt_", "sub_", "res_"]
        .iter()
        .any(|prefix| text.starts_with(prefix));
    if is_id && bytes.len() >= 30 && bytes[4..30].iter().all(u8::is_ascii_alphanumeric) {
        return 30;
    }
    if !(digits(0) && digits(2) && bytes.get(4) == Some(&b'-') && digits(5)) {
        return 0;
    }
    if bytes.get(10) == Some(&b'T') {
        return text.find('Z').map_or(0, |end| end + 1);
    }
    if bytes.get(7) == Some(&b'-') { 0 } else { 7 }
}

#[test]
fn what_changes_is_masked() {
    assert_eq!(
        masked("grt_01m7yte05237hygrd100000001 2026-11-21T10:29:02.5Z, 2026-11"),
        "grt_… <TIME>, <TIME>"
    );
    assert_eq!(masked("1-2026-11 kept_01"), "1-<TIME> kept_01");
}
