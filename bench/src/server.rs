//! The real server as the benchmarks see it: its command line, its routes, its bodies. Nothing else here knows them.

use crate::load::{Load, Requests, Until, fetch, run};
use crate::process::{Process, bench_dir, free_address, run as run_command, target_dir};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A plan of `catalog.toml` whose limit no benchmark reaches.
pub(crate) const PLAN_AMPLE: &str = "ample";
/// A plan of `catalog.toml` with [`RACE_LIMIT`] units.
pub(crate) const PLAN_RACE: &str = "race";
/// The units of [`PLAN_RACE`].
pub(crate) const RACE_LIMIT: u64 = 20;
/// The body of every consume request, to this server and to its peers.
pub(crate) const CONSUME_BODY: &str = r#"{"feature":"ats_scan","amount":1}"#;
/// Entries that a page of history is asked for.
const HISTORY_PAGE: u32 = 100;
/// What an operator who runs a load test sets.
const ENVIRONMENT: [(&str, &str); 1] = [("TOLLGATE_LOG", "warn")];
const SETUP_CONNECTIONS: usize = 64;

/// One or more replicas over one database.
#[derive(Debug)]
pub(crate) struct Server {
    program: PathBuf,
    database: String,
    folder: PathBuf,
    token: String,
    replicas: Vec<(SocketAddr, Process)>,
}

impl Server {
    /// Starts one replica with an API key of its own; `database` as in `--database`.
    pub(crate) fn start(folder: &Path, database: &str) -> Result<Self> {
        let program = program()?;
        let output = run_command(
            command(&program)
                .args([
                    "keys",
                    "create",
                    "--json",
                    "--scopes",
                    "read,consume,manage,admin",
                    "--database",
                    database,
                    "--catalog",
                ])
                .arg(catalog()),
        )?;
        let token = token_in(&output)?;
        let mut server = Self {
            program,
            database: database.into(),
            folder: folder.into(),
            token,
            replicas: Vec::new(),
        };
        server.add_replica()?;
        Ok(server)
    }

    /// Starts one more process over the same database.
    pub(crate) fn add_replica(&mut self) -> Result<()> {
        let address = free_address()?;
        let mut serve = command(&self.program);
        serve.arg("serve").args([
            "--database",
            &self.database,
            "--listen",
            &address.to_string(),
        ]);
        serve.arg("--catalog").arg(catalog());
        let log = self.folder.join(format!("tollgate-{}.log", address.port()));
        let mut process = Process::start("tollgate serve", &mut serve, log)?;
        process.wait_until(|| {
            fetch(address, "GET", "/healthz/ready", &self.token, "")
                .is_ok_and(|(status, _)| status == 200)
        })?;
        self.replicas.push((address, process));
        Ok(())
    }

    /// Stops every replica in good order and starts one again on the same data.
    pub(crate) fn restart(&mut self) -> Result<()> {
        for (_, process) in self.replicas.drain(..) {
            let status = process.stop()?;
            ensure!(status.success(), "the server stopped with {status}");
        }
        self.add_replica()
    }

    /// The API key, which may do everything.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A way to the billing page of a customer, which works once.
    pub(crate) fn page_link(&self, customer: &str) -> Result<String> {
        let path = format!("/v1/customers/{customer}/page-links");
        let address = self.addresses()[0];
        let (status, body) = fetch(address, "POST", &path, &self.token, "")?;
        ensure!(status == 201, "no link: {status} {body}");
        let body: serde_json::Value = serde_json::from_str(&body)?;
        Ok(body["url"].as_str().context("no link")?.to_owned())
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.replicas.iter().map(|(address, _)| *address).collect()
    }

    /// Resident memory of the first replica, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        let (_, process) = self.replicas.first().context("no replica")?;
        process.resident_bytes()
    }

    /// Creates customers on a plan, through the API.
    pub(crate) fn create_customers(&self, customers: &[String], plan: &str) -> Result<()> {
        let mut requests = Requests::default();
        for customer in customers {
            let body = format!(r#"{{"id":"{customer}","plan":"{plan}"}}"#);
            requests.push("POST", "/v1/customers", &self.token, &body, false);
        }
        self.send_each(&requests)
    }

    /// One request of one unit for each of the customers.
    pub(crate) fn consumes(&self, customers: &[String], keyed: bool) -> Requests {
        consumes(customers, &self.token, keyed)
    }

    /// Asks for a customer's balances.
    pub(crate) fn usage(&self, customer: &str) -> Requests {
        let mut requests = Requests::default();
        requests.push(
            "GET",
            &format!("/v1/customers/{customer}/usage"),
            &self.token,
            "",
            false,
        );
        requests
    }

    /// Asks for the newest page of a customer's history.
    pub(crate) fn history(&self, customer: &str) -> Requests {
        let mut requests = Requests::default();
        let path = format!("/v1/customers/{customer}/events?limit={HISTORY_PAGE}");
        requests.push("GET", &path, &self.token, "", false);
        requests
    }

    /// Consumes until the history holds `events` more, over the customers in turn.
    pub(crate) fn fill(&self, customers: &[String], events: u64) -> Result<()> {
        run(&Load {
            targets: &self.addresses(),
            requests: &self.consumes(customers, false),
            connections: 256,
            until: Until::Sent(events),
            sticky: false,
        })?
        .all_good()
        .map(drop)
    }

    /// The body of an answer to a consume, for the peers to match in size.
    pub(crate) fn sample_answer(&self, customer: &str) -> Result<String> {
        let (address, _) = self.replicas.first().context("no replica")?;
        let path = format!("/v1/customers/{customer}/consume");
        let (status, body) = fetch(*address, "POST", &path, &self.token, CONSUME_BODY)?;
        ensure!(status == 200, "a consume was answered {status}: {body}");
        Ok(body)
    }

    fn send_each(&self, requests: &Requests) -> Result<()> {
        run(&Load {
            targets: &self.addresses()[..1],
            requests,
            connections: SETUP_CONNECTIONS.min(requests.len()),
            until: Until::Sent(requests.len() as u64),
            sticky: false,
        })?
        .all_good()
        .map(drop)
    }
}

/// One consume request for each of the customers, as this server and all peers take it.
pub(crate) fn consumes(customers: &[String], token: &str, keyed: bool) -> Requests {
    let mut requests = Requests::default();
    for customer in customers {
        requests.push(
            "POST",
            &format!("/v1/customers/{customer}/consume"),
            token,
            CONSUME_BODY,
            keyed,
        );
    }
    requests
}

/// `customer-000000` and so on.
pub(crate) fn customer_names(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}-{number:06}"))
        .collect()
}

/// The release binary; a debug build would measure nothing of use.
fn program() -> Result<PathBuf> {
    let program = match std::env::var_os("TOLLGATE_BIN") {
        Some(program) => PathBuf::from(program),
        None => target_dir()?.join("release").join("tollgate"),
    };
    ensure!(
        program.exists(),
        "{} is missing: run `cargo build --release` first",
        program.display()
    );
    Ok(program)
}

fn catalog() -> PathBuf {
    bench_dir().join("catalog.toml")
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.envs(ENVIRONMENT);
    command
}

fn token_in(output: &str) -> Result<String> {
    let key: serde_json::Value =
        serde_json::from_str(output).context("reading `tollgate keys create --json`")?;
    ["token", "key", "secret"]
        .iter()
        .find_map(|name| key.get(name)?.as_str())
        .map(str::to_owned)
        .with_context(|| format!("no key in {output}"))
}
