//! All that the harness takes for granted about the server: its command line, routes and bodies.

use super::history::{Answer, Limits, Recorded, Told};
use super::http::{Client, NoAnswer, Request};
use super::server::{Launch, Server};
use crate::command;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// A feature without a limit, by `xtask/catalogs/harness.toml`.
pub(crate) const STEADY: &str = "steady";
/// A feature with a limit that the load reaches.
pub(crate) const SCARCE: &str = "scarce";
/// What each customer may use of [`SCARCE`].
pub(crate) const SCARCE_LIMIT: u64 = 40;

/// A feature that many race for.
pub(crate) const RACED: &str = "raced";
/// What each customer may use of [`RACED`].
pub(crate) const RACED_LIMIT: u64 = 100;

/// A feature that is raced for together with [`RACED`].
pub(crate) const PAIRED: &str = "paired";
/// What each customer may use of [`PAIRED`].
pub(crate) const PAIRED_LIMIT: u64 = 70;

const PAGE: usize = 100;
const PAGES_MAX: usize = 10_000;
const TRIES_MAX: u32 = 100;
const READY_LIMIT: Duration = Duration::from_mins(1);

/// The limits that the judge holds the server to.
pub(crate) fn limits() -> Limits {
    Limits::from([(SCARCE, SCARCE_LIMIT), (RACED, RACED_LIMIT)])
}

/// Which build of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As it is shipped.
    Normal,
    /// With the feature `fault-injection`, where `TOLLGATE_FAULT` names what it does wrong.
    Faulty,
}

/// Builds the server and returns a copy of the program, which later builds leave alone.
pub(crate) fn build(root: &Path, build: Build) -> Result<PathBuf> {
    let mut cargo = command::cargo(root);
    cargo.args([
        "build",
        "--locked",
        "--package",
        "tollgate-server",
        "--bin",
        "tollgate",
    ]);
    cargo.arg("--message-format=json-render-diagnostics");
    let name = match build {
        Build::Normal => "tollgate",
        Build::Faulty => {
            cargo.args(["--features", "fault-injection"]);
            "tollgate-faulty"
        }
    };
    let messages = command::output(&mut cargo)?;
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "tollgate")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo did not say where it put the server")?;
    // A later build may be another program while this one is being started over and over.
    let modified = std::fs::metadata(&program)?.modified()?;
    let age = modified.duration_since(UNIX_EPOCH)?.as_micros();
    let folder = root.join("target/xtask/bin");
    std::fs::create_dir_all(&folder)?;
    let copy = folder.join(format!("{name}-{age}"));
    if !copy.exists() {
        let whole = tempfile::NamedTempFile::new_in(&folder)?;
        std::fs::copy(program, whole.path())?;
        whole.persist(&copy)?;
    }
    Ok(copy)
}

/// A server program with its database: what is started, killed and started again.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) launch: Launch,
    /// An API key with every right.
    pub(crate) key: String,
    /// How to prove the balances, when nothing runs.
    verify: Option<Vec<OsString>>,
}

impl Subject {
    /// The real server on this database, which it makes, with an API key.
    pub(crate) fn tollgate(
        root: &Path,
        program: &Path,
        database: &str,
        folder: &Path,
    ) -> Result<Self> {
        let catalog = root.join("xtask/catalogs/harness.toml");
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let mut arguments = words(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            database,
            "--catalog",
        ]);
        arguments.push(catalog.into_os_string());
        let subject = Self {
            launch: Launch {
                program: program.to_path_buf(),
                arguments,
                log: folder.join("server.log"),
                ..Launch::default()
            },
            key: String::new(),
            verify: Some(words(&["verify", "--json", "--database", database])),
        };
        let mut keys = Command::new(program);
        keys.args([
            "keys",
            "create",
            "--name",
            "harness",
            "--scopes",
            "read,consume,manage,admin",
            "--json",
            "--database",
            database,
        ]);
        let answer = command::output(&mut keys).context("tollgate keys create")?;
        let answer: Value = serde_json::from_str(&answer).context("tollgate keys create --json")?;
        let key = answer["secret"].as_str();
        let key = key
            .context("tollgate keys create shows no secret")?
            .to_owned();
        Ok(Self { key, ..subject })
    }

    /// The harness's own peer, right or wrong on purpose.
    pub(crate) fn peer(fault: &str, folder: &Path) -> Result<Self> {
        let file = folder.join("peer.ndjson");
        let arguments = ["peer", "--fault", fault, "--database"].map(OsString::from);
        Ok(Self {
            launch: Launch {
                program: command::own_program()?,
                arguments: arguments
                    .into_iter()
                    .chain([file.into_os_string()])
                    .collect(),
                log: folder.join("peer.log"),
                ..Launch::default()
            },
            key: "any".to_owned(),
            verify: None,
        })
    }

    /// Whether it is the harness's own peer, which only knows how to consume.
    pub(crate) fn is_peer(&self) -> bool {
        self.verify.is_none()
    }

    /// The same on a copy of its files in another folder.
    pub(crate) fn moved(&self, from: &Path, to: &Path) -> Self {
        let move_word = |word: &OsString| {
            let word = word.to_string_lossy();
            OsString::from(word.replace(&*from.to_string_lossy(), &to.to_string_lossy()))
        };
        let move_words = |words: &Vec<OsString>| words.iter().map(move_word).collect();
        let mut moved = self.clone();
        moved.launch.arguments = move_words(&self.launch.arguments);
        moved.launch.log = to.join("server.log");
        moved.verify = self.verify.as_ref().map(move_words);
        moved
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn start(&self) -> Result<Server> {
        let mut server = self.launch.start()?;
        let mut client = Client::new(server.address, &self.key);
        let start = Instant::now();
        while start.elapsed() < READY_LIMIT {
            match client.must("GET", "/healthz/ready", None) {
                Ok(_) => return Ok(server),
                Err(error) if server.process.has_ended()? => {
                    bail!(
                        "the server ended at its start: {error:#}: {}",
                        server.process.log_end()
                    );
                }
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
        bail!(
            "the server was not ready in time: {}",
            server.process.log_end()
        )
    }

    /// What `tollgate verify` finds wrong, while no server runs.
    pub(crate) fn verify(&self) -> Result<Vec<String>> {
        let Some(arguments) = &self.verify else {
            return Ok(Vec::new());
        };
        let output = Command::new(&self.launch.program)
            .args(arguments)
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match output.status.code() {
            Some(0) => Ok(Vec::new()),
            Some(3) => Ok(vec![format!("verify: {said}")]),
            _ => bail!(
                "tollgate verify ended with {}: {said} {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            ),
        }
    }
}

/// Makes customers, each with the default plan.
pub(crate) fn create_customers(client: &mut Client, customers: &[String]) -> Result<()> {
    for customer in customers {
        client.must("POST", "/v1/customers", Some(&json!({ "id": customer })))?;
    }
    Ok(())
}

/// Sends one consumption. `None` when it was not even sent.
pub(crate) fn consume(client: &mut Client, told: &Told) -> Option<Answer> {
    let path = format!("/v1/customers/{}/consume", told.customer);
    let body = json!({ "feature": told.feature, "amount": told.amount });
    let request = Request {
        method: "POST",
        path: &path,
        idempotency_key: Some(&told.key),
        body: Some(&body),
    };
    let response = match client.send(request) {
        Ok(response) => response,
        Err(NoAnswer::NotSent(_)) => return None,
        Err(NoAnswer::Unknown { was_in_use, .. }) => {
            return Some(Answer::None {
                was_held: was_in_use,
            });
        }
    };
    let wrong = Answer::Wrong {
        status: response.status,
        body: response.body.to_string(),
    };
    Some(match response.status {
        200 | 201 => match event_of(&response.body) {
            Some(event) => Answer::Granted { event },
            None => wrong,
        },
        429 if response.body["error"] != "rate_limited" => Answer::Refused,
        500..=599 => Answer::Again {
            status: response.status,
        },
        _ => wrong,
    })
}

/// The event of a granted consumption.
fn event_of(body: &Value) -> Option<String> {
    body["event"].as_str().map(str::to_owned)
}

/// Sends the request again until there is a clear answer, as a client should; every answer on the
/// way is told too.
pub(crate) fn resolve(client: &mut Client, request: &Told, told: &mut Vec<Told>) {
    for _ in 0..TRIES_MAX {
        if let Some(answer) = consume(client, request) {
            let is_over = answer.is_clear() || matches!(answer, Answer::Wrong { .. });
            told.push(Told {
                answer,
                ..request.clone()
            });
            if is_over {
                return;
            }
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The whole record of these customers.
pub(crate) fn record(client: &mut Client, customers: &[String]) -> Result<Vec<Recorded>> {
    let mut record = Vec::new();
    for customer in customers {
        let mut after = String::new();
        for page in 0.. {
            if page == PAGES_MAX {
                bail!("the history of {customer} has more than {PAGES_MAX} pages");
            }
            let path = format!("/v1/customers/{customer}/events?limit={PAGE}{after}");
            let body = client.must("GET", &path, None)?;
            let events = body["data"]
                .as_array()
                .with_context(|| format!("no data in {body}"))?;
            for event in events {
                record.push(
                    recorded(customer, event)
                        .with_context(|| format!("a strange event: {event}"))?,
                );
            }
            if body["has_more"] != Value::Bool(true) {
                break;
            }
            let last = record.last().context("more is to come after nothing")?;
            after = format!("&starting_after={}", last.event);
        }
    }
    Ok(record)
}

fn recorded(customer: &str, event: &Value) -> Option<Recorded> {
    let [used] = event["uses"].as_array()?.as_slice() else {
        return None;
    };
    Some(Recorded {
        event: event["id"].as_str()?.to_owned(),
        key: event["idempotency_key"].as_str().map(str::to_owned),
        customer: customer.to_owned(),
        feature: used["feature"].as_str()?.to_owned(),
        amount: used["amount"].as_u64()?,
    })
}
