//! The pages in a real browser: every state of the billing page looked at in both themes and at
//! three widths, people's ways walked with a script, without one and by keyboard, attacks tried.
//! The photographs lie in `target/pages`.

use super::crates::run_counted;
use super::{Context, Suite};
use crate::command;
use crate::harness::api::{self, Build};
use crate::harness::server::{Launch, Server, Workplace};
use crate::tally::Tally;
use crate::tool::{self, Tool};
use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const SUITE: Suite = Suite {
    name: "pages",
    about: "the pages in a browser: every state, both themes, axe, ways of people, attacks",
    tools: &[Tool::Node, Tool::Chromium],
    run,
};

/// The servers to play with, and what they sell. Time is moved on one of them.
const PLAYED: [(&str, &str); 5] = [
    ("usdot", "catalogs/usdot.toml"),
    ("clock", "catalogs/usdot.toml"),
    ("flows", "catalogs/usdot.toml"),
    ("resume", "catalogs/resume.toml"),
    ("studio", "xtask/catalogs/pages.toml"),
];
/// A server as it is served, without a key of Stripe's.
const BARE: &str = "bare";

/// One machine signs everybody up here.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("TOLLGATE_AUTH_LOGINS_PER_ADDRESS", "1000000"),
    ("TOLLGATE_AUTH_LOGINS_PER_ACCOUNT", "1000000"),
    ("TOLLGATE_AUTH_USER_REQUESTS_PER_MINUTE", "0"),
];
/// How long a server may take from listening to its greeting.
const GREETING_LIMIT: Duration = Duration::from_mins(1);

fn run(context: &Context) -> Result<Tally> {
    let program = api::build(&context.root, Build::Normal)?;
    let mut workplace = Workplace::new(&context.root, "pages")?;
    let outcome = judge(context, &program, workplace.path());
    if !outcome.as_ref().is_ok_and(|tally| tally.is_success()) {
        workplace.keep();
    }
    outcome
}

fn judge(context: &Context, program: &Path, folder: &Path) -> Result<Tally> {
    let photographs = photographs(&context.root)?;
    let mut running = Vec::new();
    let mut addresses = Map::new();
    for (name, catalog) in PLAYED {
        let catalog = context.root.join(catalog);
        let server = start(program, folder, name, &["dev", "--json"], &catalog)?;
        addresses.insert(name.to_owned(), greeting(&server)?);
        running.push(server);
    }
    let words = ["serve", "--database", "sqlite:tollgate.db"];
    let catalog = context.root.join("catalogs/usdot.toml");
    let bare = start(program, folder, BARE, &words, &catalog)?;
    let url = format!("http://{}", bare.address);
    addresses.insert(BARE.to_owned(), json!({ "url": url }));
    running.push(bare);

    let browser = command::find("chromium", &[]).context("chromium")?;
    let told = folder.join("servers.json");
    let settings = json!({ "servers": addresses, "folder": photographs, "browser": browser });
    fs::write(&told, settings.to_string())?;
    let mut node = Command::new("node");
    node.arg(context.root.join("xtask/node/pages/main.mjs"))
        .arg(&told)
        .env("NODE_PATH", tool::node_packages(&context.root));
    run_counted(&mut node)
}

/// The folder of the photographs, with none of an earlier run.
fn photographs(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/pages");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&folder)?,
    }
    Ok(folder)
}

/// A server in a folder of its own, on a port that is free.
fn start(
    program: &Path,
    folder: &Path,
    name: &str,
    words: &[&str],
    catalog: &Path,
) -> Result<Server> {
    let own = folder.join(name);
    fs::create_dir(&own)?;
    let mut arguments: Vec<_> = words.iter().map(Into::into).collect();
    arguments.push("--listen=127.0.0.1:0".into());
    arguments.push("--catalog".into());
    arguments.push(catalog.into());
    let environment = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let launch = Launch {
        program: program.to_path_buf(),
        arguments,
        environment: environment.to_vec(),
        log: folder.join(format!("{name}.log")),
        folder: Some(own),
        ..Launch::default()
    };
    launch.start()
}

/// What `dev` says of itself once it can be played with.
fn greeting(server: &Server) -> Result<Value> {
    let start = Instant::now();
    while start.elapsed() < GREETING_LIMIT {
        if let Some(greeting) = read_greeting(&server.process.log()) {
            return Ok(greeting);
        }
        thread::sleep(Duration::from_millis(20));
    }
    bail!("no greeting: {}", server.process.log_end())
}

/// The JSON object that stands behind whatever was logged before.
fn read_greeting(log: &str) -> Option<Value> {
    let (place, _) = log.match_indices('{').find(|(place, _)| {
        let before = log[..*place].chars().next_back();
        before.is_none_or(|character| character == '\n')
    })?;
    let mut values = serde_json::Deserializer::from_str(&log[place..]).into_iter::<Value>();
    let greeting = values.next()?.ok()?;
    greeting["url"].is_string().then_some(greeting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_is_read_once_it_is_whole() {
        let check = |log: &str, expected: Option<&str>| {
            let greeting = read_greeting(log);
            assert_eq!(
                greeting.as_ref().map(|it| it["url"].as_str().unwrap()),
                expected,
                "{log:?}"
            );
        };
        check("listening on http://127.0.0.1:1\n", None);
        check("listening on http://127.0.0.1:1\n{\n \"url\": \"x", None);
        check("listening on x\n{\n \"url\": \"y\"\n}\n", Some("y"));
        check("{\"level\": \"warn\"}\n", None);
    }
}
