//! Consume over HTTP against the best single statement one can write by hand, driven by `pgbench` without HTTP.

use super::{CUSTOMERS, HOT, Settings, customers, hand_written_database, postgres_server};
use crate::compare::{Contender, Sample, Timing, interleave, print_against_first};
use crate::postgres::Postgres;
use crate::process::run as run_command;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

const CONNECTIONS: usize = 64;
/// Sessions of `pgbench`: few suit one machine best, many are what the server is asked to bear.
const CLIENTS: [usize; 2] = [16, 64];

const STATEMENT: &str = "WITH taken AS (
    UPDATE account SET quota_used = quota_used + 1
    WHERE id = :customer AND quota_used + 1 <= quota_limit
    RETURNING id
)
INSERT INTO usage_event (account_id, feature, amount, at)
SELECT id, 'ats_scan', 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM taken;
";

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let postgres = Postgres::start(&settings.folder)?;
    let (all, hot) = customers();
    let server = postgres_server(settings, &postgres)?;
    hand_written_database(&postgres)?;
    let many = format!(
        "\\set n random(0, {})\n{}",
        CUSTOMERS - 1,
        STATEMENT.replace(":customer", "'customer-' || lpad(:n::text, 6, '0')")
    );
    let one = STATEMENT.replace(":customer", &format!("'{HOT}'"));
    for (name, customers, statement) in [
        ("10,000 customers", &all, many),
        ("one hot customer", &hot, one),
    ] {
        let script = settings.folder.join("consume.sql");
        std::fs::write(&script, statement)?;
        let to_server = server.consumes(customers, settings.keyed);
        let mut contenders: Vec<_> = CLIENTS
            .iter()
            .map(|clients| by_pgbench(&postgres, script.clone(), *clients))
            .collect();
        contenders.push(Contender::http(
            "tollgate, PostgreSQL, over HTTP",
            server.addresses(),
            &to_server,
            CONNECTIONS,
        ));
        let measured = interleave(&settings.timing, &contenders)?;
        print_against_first(
            format!("Consume on PostgreSQL against one statement, {name}"),
            &measured,
        );
    }
    Ok(())
}

fn by_pgbench(postgres: &Postgres, script: PathBuf, clients: usize) -> Contender<'_> {
    let name = format!("one statement by pgbench, {clients} clients");
    Contender::new(name, move |timing| {
        pgbench(postgres, &script, clients, timing)
    })
}

fn pgbench(postgres: &Postgres, script: &Path, clients: usize, timing: &Timing) -> Result<Sample> {
    let mut command = postgres.tool("pgbench");
    let seconds = timing.measured.as_secs().max(1).to_string();
    command.args([
        "-n",
        "-M",
        "prepared",
        "-j",
        "2",
        "-c",
        &clients.to_string(),
        "-T",
        &seconds,
        "-f",
    ]);
    command.arg(script).arg("hand_written");
    let output = run_command(&mut command)?;
    let throughput = output
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("no tps in pgbench's output:\n{output}"))?;
    Ok(Sample {
        throughput,
        latency: None,
    })
}
