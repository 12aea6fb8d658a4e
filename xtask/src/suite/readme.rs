//! Types the README's transcripts and compares the answers with those that stand there.

use super::{Context, Suite};
use crate::command;
use crate::harness::checks::{Checks, Findings};
use crate::harness::server::{Launch, Process, Workplace};
use crate::harness::transcript::{self, Step};
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SUITE: Suite = Suite {
    name: "readme",
    about: "the README's transcripts, typed as they stand there",
    tools: &[Tool::Curl, Tool::Tesseract],
    run,
};

/// A server of the README may have to be compiled first.
const START_LIMIT: Duration = Duration::from_mins(20);
/// How long a typed command may take.
const TYPED_SECONDS_MAX: &str = "120";
/// The addresses that the README uses, of the apps that its server serves.
const ADDRESSES: [&str; 3] = ["127.0.0.1:8000", "127.0.0.1:8001", "127.0.0.1:8002"];
/// What the README's reader puts the token in place of.
const TOKEN: &str = "YOUR_TOKEN";

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    let text = fs::read_to_string(context.root.join("README.md"))?;
    let steps = transcript::read(&text).map_err(|error| anyhow!("README.md, {error}"))?;
    let workplace = Workplace::new(&context.root, "readme")?;
    write_curl(workplace.path())?;
    let mut reader = Reader {
        context,
        folder: workplace.path(),
        server: None,
        token: None,
        last: None,
    };
    for step in steps {
        let line = match &step {
            Step::Server { line, .. } | Step::Command { line, .. } | Step::Answer { line, .. } => {
                *line
            }
        };
        checks.must_pass(&format!("README.md:{line}"), reader.take(step));
    }
    Ok(checks.tally())
}

/// `curl` as it is, but that it says the status on another stream and draws no progress.
fn write_curl(folder: &Path) -> Result<()> {
    let real = command::find("curl", &[]).context("curl")?;
    let programs = folder.join("bin");
    fs::create_dir(&programs)?;
    let curl = programs.join("curl");
    let script =
        "exec \"$CURL\" --silent --show-error --write-out '%{stderr}status=%{http_code}\\n' \"$@\"";
    fs::write(
        &curl,
        format!("#!/bin/sh\nCURL='{}'\n{script}\n", real.display()),
    )?;
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Someone who follows the text.
struct Reader<'a> {
    context: &'a Context,
    folder: &'a Path,
    server: Option<(Process, Vec<String>)>,
    token: Option<String>,
    last: Option<Printed>,
}

/// What the last command printed.
struct Printed {
    text: String,
    status: Option<u16>,
}

impl Reader<'_> {
    fn take(&mut self, step: Step) -> Result<Findings> {
        match step {
            Step::Server { command, .. } => self.start(&command),
            Step::Command { command, .. } => self.type_in(&command),
            Step::Answer {
                expected, status, ..
            } => self.compare(&expected, status),
        }
    }

    /// Starts a server on free ports, in a folder of its own.
    fn start(&mut self, command: &str) -> Result<Findings> {
        (self.server, self.token, self.last) = (None, None, None);
        let listeners = ADDRESSES.map(|_| TcpListener::bind("127.0.0.1:0"));
        let mut addresses = Vec::new();
        for listener in listeners {
            addresses.push(listener?.local_addr()?.to_string());
        }
        let data = tempfile::tempdir_in(self.folder)?.keep();
        let launch = Launch {
            program: "/bin/sh".into(),
            arguments: vec![
                "-c".into(),
                format!("exec {command} {}", addresses.join(" ")).into(),
            ],
            folder: Some(data.clone()),
            log: data.join("server.log"),
            ..Launch::default()
        };
        let mut process = launch.spawn()?;
        let start = Instant::now();
        while addresses
            .iter()
            .any(|address| TcpStream::connect(address).is_err())
        {
            if process.has_ended()? || start.elapsed() > START_LIMIT {
                bail!(
                    "{command} does not listen on {addresses:?}: {}",
                    process.log_end()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
        self.server = Some((process, addresses));
        Ok(Findings::none(command))
    }

    /// Types a command.
    fn type_in(&mut self, command: &str) -> Result<Findings> {
        let (_, addresses) = self.server.as_ref().context("no server runs")?;
        let mut command = with_addresses(command, addresses);
        if let Some(token) = &self.token {
            command = command.replace(TOKEN, token);
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = [self.folder.join("bin")]
            .into_iter()
            .chain(std::env::split_paths(&path));
        let output = Command::new("timeout")
            .current_dir(&self.context.root)
            .args([
                TYPED_SECONDS_MAX,
                "bash",
                "-euo",
                "pipefail",
                "-c",
                &command,
            ])
            .env("PATH", std::env::join_paths(programs)?)
            .output()
            .context("timeout")?;
        let said = String::from_utf8_lossy(&output.stderr);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("{command}\n{text}\n{said}");
        }
        let status = said
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("status=")?.parse().ok());
        let document = transcript::last_document(&text);
        if let Some(token) = document
            .as_ref()
            .and_then(|document| document["access_token"].as_str())
        {
            self.token = Some(token.to_owned());
        }
        self.last = Some(Printed { text, status });
        Ok(Findings::none(command.lines().last().unwrap_or_default()))
    }

    /// Compares what was printed with what stands in the text.
    fn compare(&mut self, expected: &Value, status: Option<u16>) -> Result<Findings> {
        let printed = self.last.as_ref().context("nothing was typed before")?;
        let answer = transcript::last_document(&printed.text)
            .with_context(|| format!("not JSON: {}", printed.text))?;
        let mut problems = Vec::new();
        let is_as_said = match status {
            Some(_) => status == printed.status,
            None => printed.status.is_none_or(|status| status < 400),
        };
        if !is_as_said {
            problems.push(format!("the status is {:?}: {answer}", printed.status));
        }
        problems.extend(transcript::difference(expected, &answer));
        Ok(Findings {
            scope: "the answer".to_owned(),
            problems,
        })
    }
}

fn with_addresses(command: &str, addresses: &[String]) -> String {
    let pairs = ADDRESSES.iter().zip(addresses);
    pairs.fold(command.to_owned(), |command, (written, address)| {
        command.replace(written, address)
    })
}
