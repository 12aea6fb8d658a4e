//! Resident memory as customers become many.

use super::Settings;
use crate::load::{Load, Until, run as run_load};
use crate::postgres::Postgres;
use crate::report::{Table, thousands};
use crate::server::{PLAN_AMPLE, Server, customer_names};
use anyhow::Result;

const CUSTOMERS: u64 = 100_000;
const CONNECTIONS: usize = 64;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let file = settings.folder.join("memory.db");
    measure(settings, "SQLite", &format!("sqlite:{}", file.display()))?;
    let postgres = Postgres::start(&settings.folder)?;
    measure(
        settings,
        "PostgreSQL",
        &postgres.create_database("tollgate")?,
    )
}

fn measure(settings: &Settings, engine: &str, database: &str) -> Result<()> {
    let count = settings.scaled(CUSTOMERS);
    let customers = customer_names("customer", usize::try_from(count)?);
    let mut server = Server::start(&settings.folder, database)?;
    let title = format!(
        "Resident memory with {} customers, {engine}",
        thousands(count)
    );
    let mut table = Table::new(title, &["when", "MiB", "bytes a customer"]);
    let empty = server.resident_bytes()?;
    let mut row = |when: &str, bytes: u64| {
        let each = bytes.saturating_sub(empty) / count;
        table.row([
            when.to_owned(),
            thousands(bytes / 1_048_576),
            thousands(each),
        ]);
    };
    row("empty (the baseline)", empty);
    server.create_customers(&customers, PLAN_AMPLE)?;
    row("all created", server.resident_bytes()?);
    consume_once_each(&server, &customers)?;
    row("each consumed once", server.resident_bytes()?);
    server.restart()?;
    row("after a restart", server.resident_bytes()?);
    consume_once_each(&server, &customers)?;
    row("each consumed once more", server.resident_bytes()?);
    table.print();
    Ok(())
}

fn consume_once_each(server: &Server, customers: &[String]) -> Result<()> {
    let outcome = run_load(&Load {
        targets: &server.addresses(),
        requests: &server.consumes(customers, false),
        connections: CONNECTIONS,
        until: Until::Sent(customers.len() as u64),
        sticky: false,
    })?;
    outcome.all_good().map(drop)
}
