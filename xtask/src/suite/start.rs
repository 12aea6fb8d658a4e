//! Starts the server where it must refuse: one clear line, an exit code, and nothing changed.

use super::{Context, Suite};
use crate::command;
use crate::harness::api::{self, Build, Subject};
use crate::harness::checks::{Checks, Findings};
use crate::harness::http::Client;
use crate::harness::server::Workplace;
use crate::postgres::Databases;
use crate::tally::Tally;
use crate::tool::Tool;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(crate) const SUITE: Suite = Suite {
    name: "start",
    about: "a broken catalog, a newer schema, a file in use: one clear line, and nothing changed",
    tools: &[Tool::Postgres, Tool::Sqlite],
    run,
};

const REFUSAL_LIMIT: Duration = Duration::from_secs(20);

fn run(context: &Context) -> Result<Tally> {
    let mut checks = Checks::default();
    let program = api::build(&context.root, Build::Normal)?;
    for engine in ["sqlite", "postgres"] {
        for (name, case) in [
            ("a broken catalog", broken_catalog as Case),
            ("a missing catalog", missing_catalog),
            ("a newer schema", newer_schema),
        ] {
            let result = on_fresh_database(context, &program, engine, case);
            checks.must_pass(&format!("{name} on {engine}"), result);
        }
    }
    let result = on_fresh_database(context, &program, "sqlite", file_in_use);
    checks.must_pass("a file that another server writes", result);
    Ok(checks.tally())
}

type Case = fn(&Place) -> Result<Vec<String>>;

/// A database that a server has run on.
struct Place {
    folder: PathBuf,
    subject: Subject,
    database: Database,
}

/// The database behind the server's back.
enum Database {
    Sqlite { file: PathBuf },
    Postgres { databases: Databases, url: String },
}

impl Database {
    fn url(&self) -> String {
        match self {
            Self::Sqlite { file } => format!("sqlite:{}", file.display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    fn execute(&self, statement: &str) -> Result<()> {
        match self {
            Self::Sqlite { file } => sqlite(file, statement).map(drop),
            Self::Postgres { databases, url } => databases.execute(url, statement),
        }
    }

    /// Everything in it, as text.
    fn dump(&self) -> Result<String> {
        match self {
            Self::Sqlite { file } => sqlite(file, ".dump"),
            Self::Postgres { databases, url } => databases.dump(url),
        }
    }
}

fn sqlite(file: &Path, input: &str) -> Result<String> {
    command::output(
        Command::new("sqlite3")
            .args(["-batch", "-bail"])
            .arg(file)
            .arg(input),
    )
}

fn on_fresh_database(
    context: &Context,
    program: &Path,
    engine: &str,
    case: Case,
) -> Result<Findings> {
    let workplace = Workplace::new(&context.root, "start")?;
    let folder = workplace.path().to_path_buf();
    let name = "tollgate_start";
    let database = if engine == "sqlite" {
        Database::Sqlite {
            file: folder.join("tollgate.db"),
        }
    } else {
        let databases = context.databases()?.clone();
        Database::Postgres {
            url: databases.create(name)?,
            databases,
        }
    };
    let subject = Subject::tollgate(&context.root, program, &database.url(), &folder)?;
    let server = subject.start()?;
    let customers = ["first".to_owned()];
    api::create_customers(&mut Client::new(server.address, &subject.key), &customers)?;
    server.ask_to_stop()?;
    server.wait_for_stop()?;

    let place = Place {
        folder,
        subject,
        database,
    };
    let problems = case(&place)?;
    if let Database::Postgres { databases, .. } = &place.database {
        databases.remove(name)?;
    }
    Ok(Findings {
        scope: "refused".to_owned(),
        problems,
    })
}

/// A price where a number must stand, and a limit of something that is not sold.
fn broken_catalog(place: &Place) -> Result<Vec<String>> {
    let catalog = place.folder.join("broken.toml");
    let text = "[catalog]\nname = \"Broken\"\ndefault_plan = \"free\"\n\n[features.scan]\nname = \"Scan\"\n\n\
                [plans.free]\nname = \"Free\"\nlimits = { scan = \"many\" }\n";
    fs::write(&catalog, text)?;
    refusal_with_catalog(place, &catalog, "broken.toml:10")
}

fn missing_catalog(place: &Place) -> Result<Vec<String>> {
    refusal_with_catalog(place, &place.folder.join("nowhere.toml"), "nowhere.toml")
}

fn refusal_with_catalog(place: &Place, catalog: &Path, expected: &str) -> Result<Vec<String>> {
    let mut subject = place.subject.clone();
    let arguments = &mut subject.launch.arguments;
    let option = arguments.iter().position(|word| word == "--catalog");
    let value = option.and_then(|option| arguments.get_mut(option + 1));
    *value.ok_or_else(|| anyhow::anyhow!("the server was started without a catalog"))? =
        catalog.into();
    refusal(&subject, &place.database, expected)
}

fn newer_schema(place: &Place) -> Result<Vec<String>> {
    let newer =
        "INSERT INTO schema_migrations (version, checksum) VALUES (999999, 'of a newer version')";
    place.database.execute(newer)?;
    refusal(&place.subject, &place.database, "newer")
}

/// The first server must not notice.
fn file_in_use(place: &Place) -> Result<Vec<String>> {
    let first = place.subject.start()?;
    let mut second = place.subject.clone();
    second.launch.log = place.folder.join("second.log");
    let mut problems = refusal(&second, &place.database, "tollgate.db")?;
    let customers = ["second".to_owned()];
    let mut client = Client::new(first.address, &place.subject.key);
    if let Err(error) = api::create_customers(&mut client, &customers) {
        problems.push(format!("the first server no longer works: {error:#}"));
    }
    first.ask_to_stop()?;
    first.wait_for_stop()?;
    Ok(problems)
}

/// Starts the server, which must refuse and say why.
fn refusal(subject: &Subject, database: &Database, expected: &str) -> Result<Vec<String>> {
    let before = database.dump()?;
    let mut process = subject.launch.spawn()?;
    let status = process.wait(REFUSAL_LIMIT)?;
    let said = process.log();
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let mut problems = Vec::new();
    if status.code().is_none_or(|code| code == 0 || code == 101) {
        problems.push(format!("it ended with {status}"));
    }
    if lines.len() != 1 || !said.contains(expected) {
        problems.push(format!(
            "it did not say {expected:?} in one line, but {said:?}"
        ));
    }
    if database.dump()? != before {
        problems.push("the database changed".to_owned());
    }
    Ok(problems)
}
