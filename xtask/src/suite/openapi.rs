//! Lints the OpenAPI document and holds every answer of the server against it.

use super::{Context, Suite};
use crate::command;
use crate::harness::api::{self, Build, RACED, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::http::Client;
use crate::harness::server::Workplace;
use crate::tally::Tally;
use crate::tool::{self, Tool};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

pub(crate) const SUITE: Suite = Suite {
    name: "openapi",
    about: "the OpenAPI document is lint-clean, and every answer to hostile requests is documented",
    tools: &[Tool::Curl, Tool::Python, Tool::Node],
    run,
};

/// The routes that take a user's token.
const USERS: &str = "^/(auth|me|billing|v1/organizations|v1/invitations)(/|$)";
/// The route that takes keys away.
const REVOKE: &str = "revoke_key";
/// The routes of one customer.
const CUSTOMERS: &str = "^/v1/customers/";

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    let workplace = Workplace::new(&context.root, "openapi")?;
    let program = api::build(&context.root, Build::Normal)?;
    let database = format!("sqlite:{}", workplace.path().join("tollgate.db").display());
    let mut subject = Subject::tollgate(&context.root, &program, &database, workplace.path())?;
    // Wrong tokens are a part of it, and being turned away for them would end it early.
    for name in ["LOGINS_PER_ADDRESS", "LOGINS_PER_ACCOUNT"] {
        let variable = (format!("TOLLGATE_AUTH_{name}"), "1000000000".to_owned());
        subject.launch.environment.push(variable);
    }
    let unlimited = "TOLLGATE_AUTH_USER_REQUESTS_PER_MINUTE".to_owned();
    subject.launch.environment.push((unlimited, "0".to_owned()));
    let mut server = subject.start()?;

    let document = workplace.path().join("openapi.json");
    let text = Client::new(server.address, &subject.key).must("GET", "/openapi.json", None)?;
    fs::write(&document, text.to_string())?;
    checks.must_pass("the document is lint-clean", lint(context, &document));

    let target = Target {
        context,
        document: &document,
        address: server.address,
        folder: workplace.path(),
    };
    let found = target.attack(
        &subject.key,
        &[
            "--exclude-path-regex",
            USERS,
            "--exclude-operation-id",
            REVOKE,
        ],
        &[],
    );
    checks.must_pass("every answer to a back end is documented", found);
    let data = back_end_data(&mut Client::new(server.address, &subject.key))?;
    let found = target.attack(&subject.key, &["--include-path-regex", CUSTOMERS], &data);
    checks.must_pass("every answer about a busy customer is documented", found);
    // Last, because it may well revoke the key that it is called with.
    let found = target.attack(&subject.key, &["--include-operation-id", REVOKE], &[]);
    checks.must_pass("every answer to revoking keys is documented", found);
    let (token, data) = user_data(server.address)?;
    let found = target.attack(&token, &["--include-path-regex", USERS], &data);
    checks.must_pass("every answer to a user is documented", found);
    let has_ended = server.process.has_ended()?;
    let log = server.process.log();
    checks.must_pass("the server lives and did not panic", {
        let is_well = !has_ended && !log.contains("panicked at");
        let problems = if is_well {
            Vec::new()
        } else {
            vec![server.process.log_end()]
        };
        Ok(Findings {
            scope: "after all of it".to_owned(),
            problems,
        })
    });
    Ok(checks.tally())
}

/// What the linter says.
fn lint(context: &Context, document: &Path) -> Result<Findings> {
    let mut redocly = Command::new(tool::node_programs(&context.root).join("redocly"));
    redocly
        .args(["lint", "--format=json", "--max-problems=1000", "--config"])
        .arg(context.root.join("xtask/node/redocly.yaml"))
        .arg(document)
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .env("REDOCLY_TELEMETRY", "off");
    let output = redocly.output().context("redocly")?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let problems = report["problems"]
        .as_array()
        .context("redocly says nothing of problems")?;
    let line = |problem: &Value| {
        let place = &problem["location"][0]["pointer"];
        let words = [&problem["ruleId"], &problem["message"], place];
        words
            .map(|word| word.as_str().unwrap_or_default())
            .join(" | ")
    };
    Ok(Findings {
        scope: "by redocly's recommendations, strictly".to_owned(),
        problems: problems.iter().map(line).collect(),
    })
}

/// Parameters that name what is there.
type Parameters = Vec<(&'static str, String)>;

/// A customer with something of everything.
fn back_end_data(client: &mut Client) -> Result<Parameters> {
    api::create_customers(client, &["busy".to_owned()])?;
    let path = "/v1/customers/busy";
    let word = |body: &Value, field: &str| body[field].as_str().map(str::to_owned);
    let one = json!({ "feature": RACED, "amount": 1, "member": "anna" });
    let event = client.must("POST", &format!("{path}/consume"), Some(&one))?;
    let held = client.must("POST", &format!("{path}/reservations"), Some(&one))?;
    Ok(vec![
        ("customer", "busy".to_owned()),
        ("event", word(&event, "event").context("an event")?),
        (
            "reservation",
            word(&held, "reservation").context("a reservation")?,
        ),
        ("member", "anna".to_owned()),
        ("meter", RACED.to_owned()),
        ("feature", RACED.to_owned()),
    ])
}

/// A user's token, and an organisation of theirs.
fn user_data(address: SocketAddr) -> Result<(String, Parameters)> {
    let mut client = Client::new(address, "");
    let user = json!({ "email": "anna@example.com", "password": "correct horse battery" });
    client.must("POST", "/auth/register", Some(&user))?;
    let login = Command::new("curl")
        .args(["--silent", "--fail", "--data"])
        .arg("username=anna@example.com&password=correct horse battery")
        .arg(format!("http://{address}/auth/login"))
        .output()?;
    let tokens: Value = serde_json::from_slice(&login.stdout).context("signing in")?;
    let token = tokens["access_token"]
        .as_str()
        .context("a token")?
        .to_owned();
    let mut client = Client::new(address, &token);
    let name = json!({ "name": "Acme" });
    let organization = client.must("POST", "/v1/organizations", Some(&name))?;
    let id = organization["id"]
        .as_str()
        .context("an organisation")?
        .to_owned();
    Ok((
        token,
        vec![("organization", id), ("meter", RACED.to_owned())],
    ))
}

/// What is attacked.
struct Target<'a> {
    context: &'a Context,
    document: &'a Path,
    address: SocketAddr,
    folder: &'a Path,
}

impl Target<'_> {
    /// Sends generated requests, right and wrong, to every operation.
    fn attack(&self, token: &str, which: &[&str], data: &[(&str, String)]) -> Result<Findings> {
        let Self {
            context,
            document,
            address,
            folder,
        } = *self;
        let (examples, seconds) = if context.is_long {
            ("500", "1200")
        } else {
            ("20", "50")
        };
        let settings = folder.join("schemathesis.toml");
        let lines = data
            .iter()
            .map(|(name, value)| format!("\"path.{name}\" = {value:?}\n"));
        fs::write(
            &settings,
            format!("[parameters]\n{}", lines.collect::<String>()),
        )?;
        let mut schemathesis =
            Command::new(tool::python_programs(&context.root).join("schemathesis"));
        schemathesis
            .current_dir(folder)
            .arg("--config-file")
            .arg(&settings)
            .arg("run")
            .arg(document)
            .args(["--url", &format!("http://{address}")])
            .args(["--header", &format!("authorization: Bearer {token}")])
            .args(["--phases", "examples,coverage,fuzzing,stateful"])
            .args([
                "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,\
             response_headers_conformance,response_schema_conformance",
            ])
            .args([
                "--max-examples",
                examples,
                "--max-time",
                seconds,
                // Two workers now and then break each other's caches within schemathesis.
                "--workers",
                "1",
            ])
            .args(["--seed", &(context.seed % 1_000_000_000).to_string()])
            .args([
                "--request-timeout",
                "20",
                "--continue-on-failure",
                "--no-color",
            ])
            .arg("--suppress-health-check=all")
            .args(which);
        let mut last_lines = Vec::new();
        let status = command::read(&mut schemathesis, |line| {
            if !line.trim().is_empty() {
                last_lines.push(line.to_owned());
            }
        })?;
        let summary = last_lines
            .iter()
            .rposition(|line| line.contains("SUMMARY"))
            .unwrap_or(0);
        let scope = last_lines
            .iter()
            .find(|line| line.contains(" generated, "))
            .cloned();
        let problems = if status.success() {
            Vec::new()
        } else {
            last_lines.split_off(summary)
        };
        Ok(Findings {
            scope: scope.unwrap_or_default().trim().to_owned(),
            problems,
        })
    }
}
