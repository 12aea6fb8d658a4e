//! A server that bills through the imitation of Stripe, and the people who pay there: whoever
//! finds the server dead starts it again and asks again.

use super::http::{Client, Request, Response, post_form};
use super::server::{Launch, Server};
use super::wire::{Fault, Wire};
use crate::command;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const STRIPE_KEY: &str = "sk_test_killed";
const WEBHOOK_SECRET: &str = "whsec_killed";
const PASSWORD: &str = "testpass123";
const VISA: &str = "number=4242424242424242&expiry=12%2F34&cvc=123";

const TRIES_MAX: usize = 200;
const READY_LIMIT: Duration = Duration::from_mins(1);
/// How long all that is under way may take to arrive.
const SETTLE_LIMIT: Duration = Duration::from_secs(20);
const SETTLE_PAUSE: Duration = Duration::from_millis(50);
const PAGES_MAX: usize = 100;

/// Programs that a world is made of.
#[derive(Clone)]
pub(crate) struct Programs {
    pub(crate) root: PathBuf,
    pub(crate) tollgate: PathBuf,
    pub(crate) sandbox: PathBuf,
}

/// A server, its Stripe, and the wire between them.
pub(crate) struct World {
    pub(crate) wire: Arc<Wire>,
    launch: Launch,
    database: String,
    stripe: Server,
    /// An API key that sees the inbox.
    key: String,
    users: AtomicUsize,
}

/// Somebody who pays.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    token: String,
}

impl World {
    /// Everything set up and running, with nobody signed up.
    pub(crate) fn begin(
        programs: &Programs,
        database: &str,
        folder: &Path,
        fault: Fault,
    ) -> Result<Self> {
        let (wire, ends) = Wire::lay(fault)?;
        let stripe = Launch {
            program: programs.sandbox.clone(),
            arguments: [
                "--listen=127.0.0.1:0".to_owned(),
                "--seed=1".to_owned(),
                format!("--webhook=http://{}/billing/webhook", wire.webhook),
                format!("--webhook-secret={WEBHOOK_SECRET}"),
            ]
            .map(Into::into)
            .to_vec(),
            log: folder.join("stripe.log"),
            ..Launch::default()
        };
        let stripe = stripe.start()?;
        ends.serve(&wire, stripe.address);
        let catalog = programs.root.join("catalogs/usdot.toml");
        let mut arguments = ["serve", "--listen=127.0.0.1:0", "--database", database]
            .map(Into::into)
            .to_vec();
        arguments.push("--catalog".into());
        arguments.push(catalog.into_os_string());
        let mut world = Self {
            launch: Launch {
                program: programs.tollgate.clone(),
                arguments,
                environment: environment(&wire),
                folder: Some(folder.to_path_buf()),
                log: folder.join("server.log"),
                ..Launch::default()
            },
            database: database.to_owned(),
            wire,
            stripe,
            key: String::new(),
            users: AtomicUsize::default(),
        };
        let catalog = world.launch.arguments[4..].to_vec();
        let mut setup = world.command(&["stripe", "setup", "--yes"]);
        command::output(setup.args(catalog)).context("tollgate stripe setup")?;
        let mut keys = world.command(&["keys", "create", "--name=harness", "--json"]);
        let answer = command::output(keys.args(["--scopes", "read,admin"]))?;
        let answer: Value = serde_json::from_str(&answer)?;
        text(&answer["secret"])?.clone_into(&mut world.key);
        world.ensure_running()?;
        Ok(world)
    }

    /// A command of the server's own on its database.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.launch.program);
        command
            .args(words)
            .args(["--database", &self.database])
            .envs(self.launch.environment.iter().cloned());
        if let Some(folder) = &self.launch.folder {
            command.current_dir(folder);
        }
        command
    }

    /// Starts the server if it was killed. One that ended by itself is an error.
    fn ensure_running(&self) -> Result<std::net::SocketAddr> {
        let mut slot = self.wire.server();
        if let Some(server) = slot.as_mut() {
            if server.process.has_ended()? {
                bail!("the server ended by itself: {}", server.process.log_end());
            }
            return Ok(server.address);
        }
        let server = self.launch.start()?;
        let address = server.address;
        let start = Instant::now();
        let mut client = Client::new(address, &self.key);
        while client.must("GET", "/healthz/ready", None).is_err() {
            if start.elapsed() > READY_LIMIT {
                bail!("the server is not ready: {}", server.process.log_end());
            }
            thread::sleep(Duration::from_millis(5));
        }
        *slot = Some(server);
        Ok(address)
    }

    /// Asks the server, again and again while it is dead or busy: what people do.
    fn persist(
        &self,
        mut ask: impl FnMut(std::net::SocketAddr) -> Result<Response>,
    ) -> Result<Value> {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            let address = self.ensure_running()?;
            match ask(address) {
                Ok(response) if response.status == 503 => last = response.body.to_string(),
                Ok(response) if (200..300).contains(&response.status) => return Ok(response.body),
                Ok(response) => bail!("{}: {}", response.status, response.body),
                Err(error) => last = format!("{error:#}"),
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("no answer: {last}")
    }

    /// What a user sees.
    pub(crate) fn get(&self, user: &User, path: &str) -> Result<Value> {
        self.send("GET", &user.token, path, None)
    }

    /// What a user does.
    pub(crate) fn post(&self, user: &User, path: &str, body: &Value) -> Result<Value> {
        self.send("POST", &user.token, path, Some(body))
    }

    fn send(&self, method: &str, token: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let request = Request {
            method,
            path,
            idempotency_key: None,
            body,
        };
        self.persist(|address| Ok(Client::new(address, token).send(request)?))
            .with_context(|| format!("{method} {path}"))
    }

    /// Somebody signs up and in.
    pub(crate) fn sign_up(&self) -> Result<User> {
        let number = self.users.fetch_add(1, Ordering::Relaxed);
        let email = format!("user{number}@example.com");
        let body = json!({ "email": email, "password": PASSWORD });
        let made = self.send("POST", "", "/auth/register", Some(&body))?;
        let form = format!("username={email}&password={PASSWORD}");
        let tokens = self.persist(|address| post_form(address, "", "/auth/login", &form))?;
        Ok(User {
            id: text(&made["id"])?.to_owned(),
            token: text(&tokens["access_token"])?.to_owned(),
        })
    }

    /// Somebody pays on Stripe's page.
    pub(crate) fn pay(&self, page: &Value) -> Result<()> {
        let url = text(&page["checkout_url"])?;
        let path = url
            .strip_prefix(&format!("http://{}", self.stripe.address))
            .with_context(|| format!("a page elsewhere: {url}"))?;
        let answer = post_form(self.stripe.address, "", path, VISA)?;
        if answer.status != 303 {
            bail!("Stripe's page answered {}: {}", answer.status, answer.body);
        }
        Ok(())
    }

    /// Waits until Stripe has told everything and the server has done what it can about it.
    pub(crate) fn settle(&self) -> Result<()> {
        self.settle_states(&["waiting"], SETTLE_LIMIT).map(drop)
    }

    /// Waits until nothing in the inbox waits for anything. What is left over, if it takes too long.
    pub(crate) fn come_to_rest(&self) -> Result<Vec<String>> {
        let left = self.settle_states(&["waiting", "parked"], 3 * SETTLE_LIMIT)?;
        let mut problems: Vec<String> = left.into_iter().collect();
        let quarantined = self.events("quarantined")?;
        problems.extend(
            quarantined
                .first()
                .map(|event| format!("quarantined: {event}")),
        );
        Ok(problems)
    }

    fn settle_states(&self, states: &[&str], limit: Duration) -> Result<Option<String>> {
        let start = Instant::now();
        let mut left = String::new();
        while start.elapsed() < limit {
            self.ensure_running()?;
            let told = Client::new(self.stripe.address, STRIPE_KEY);
            let told = { told }.must("GET", "/_sandbox/webhooks", None)?;
            if told["waiting"] == 0 && told["under_way"] == 0 {
                let mut waiting = Vec::new();
                for state in states {
                    waiting.extend(self.events(state)?);
                }
                match waiting.first() {
                    None => return Ok(None),
                    Some(event) => left = format!("{} events wait: {event}", waiting.len()),
                }
            } else {
                left = format!("Stripe has more to tell: {told}");
            }
            thread::sleep(SETTLE_PAUSE);
        }
        Ok(Some(left))
    }

    fn events(&self, state: &str) -> Result<Vec<Value>> {
        let path = format!("/v1/stripe/events?limit=100&state={state}");
        let listed = self.send("GET", &self.key, &path, None)?;
        Ok(listed["data"].as_array().context("no events")?.clone())
    }

    /// Everything that Stripe lists there.
    pub(crate) fn list(&self, path: &str) -> Result<Vec<Value>> {
        let mut client = Client::new(self.stripe.address, STRIPE_KEY);
        let sign = if path.contains('?') { '&' } else { '?' };
        let (mut all, mut after) = (Vec::new(), String::new());
        for _ in 0..PAGES_MAX {
            let path = format!("/v1/{path}{sign}limit=100{after}");
            let page = client.must("GET", &path, None)?;
            all.extend(page["data"].as_array().context("no list")?.iter().cloned());
            if page["has_more"] != true {
                return Ok(all);
            }
            let last = all.last().context("more after nothing")?;
            after = format!("&starting_after={}", text(&last["id"])?);
        }
        bail!("{path} has no end")
    }

    /// The owner of the account gives money back.
    pub(crate) fn refund(&self, payment_intent: &str, cents: u64) -> Result<()> {
        let form = format!("payment_intent={payment_intent}&amount={cents}");
        let answer = post_form(self.stripe.address, STRIPE_KEY, "/v1/refunds", &form)?;
        if answer.status != 200 {
            bail!("refund: {}", answer.body);
        }
        Ok(())
    }

    /// Stops the server, and has its own commands judge the database and what Stripe has.
    pub(crate) fn judge_stopped(&self) -> Result<Vec<String>> {
        if let Some(server) = self.wire.server().take() {
            server.ask_to_stop()?;
            server.wait_for_stop()?;
        }
        let mut problems = Vec::new();
        for words in [["stripe", "drift"].as_slice(), &["verify"]] {
            let output = self.command(words).output()?;
            if !output.status.success() {
                problems.push(format!(
                    "tollgate {} ended with {}: {} {}",
                    words.join(" "),
                    output.status,
                    String::from_utf8_lossy(&output.stdout).trim(),
                    String::from_utf8_lossy(&output.stderr).trim()
                ));
            }
        }
        Ok(problems)
    }
}

fn environment(wire: &Wire) -> Vec<(String, String)> {
    let base_url = format!("http://{}", wire.stripe);
    [
        ("STRIPE_BASE_URL", base_url.as_str()),
        ("STRIPE_SECRET_KEY", STRIPE_KEY),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("STRIPE_SWEEP_MINUTES", "0"),
        ("STRIPE_RETURN_ORIGINS", "http://localhost:3000"),
        // One machine signs everybody up here.
        ("AUTH_LOGINS_PER_ADDRESS", "1000000"),
        // The first users are looked at again in the end.
        ("AUTH_ACCESS_TOKEN_SECONDS", "86400"),
        ("AUTH_USER_REQUESTS_PER_MINUTE", "0"),
    ]
    .map(|(name, value)| (format!("TOLLGATE_{name}"), value.to_owned()))
    .to_vec()
}

/// A value that must be text.
pub(crate) fn text(value: &Value) -> Result<&str> {
    value
        .as_str()
        .with_context(|| format!("{value} is no text"))
}
