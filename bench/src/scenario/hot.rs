//! One hot customer against 10,000 customers, on the same server.

use super::{CONNECTIONS, Settings, customers, postgres_server, sqlite_server};
use crate::compare::{Contender, interleave, print_against_first};
use crate::postgres::Postgres;
use crate::server::Server;
use anyhow::Result;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    compare(settings, "SQLite", &sqlite_server(settings, "hot")?)?;
    let postgres = Postgres::start(&settings.folder)?;
    compare(
        settings,
        "PostgreSQL",
        &postgres_server(settings, &postgres)?,
    )
}

fn compare(settings: &Settings, engine: &str, server: &Server) -> Result<()> {
    let (all, hot) = customers();
    let (many, one) = (
        server.consumes(&all, settings.keyed),
        server.consumes(&hot, settings.keyed),
    );
    for connections in CONNECTIONS {
        let contenders = [
            Contender::http("10,000 customers", server.addresses(), &many, connections),
            Contender::http("one hot customer", server.addresses(), &one, connections),
        ];
        let measured = interleave(&settings.timing, &contenders)?;
        print_against_first(
            format!("A hot customer, {engine}, {connections} connections"),
            &measured,
        );
    }
    Ok(())
}
