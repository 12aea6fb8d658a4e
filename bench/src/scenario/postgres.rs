//! Consume on PostgreSQL against a transaction for each request: over many customers, and on one.

use super::{
    CONNECTIONS, Peer, Settings, customers, hand_written_database, peer_consumes, postgres_server,
};
use crate::compare::{Contender, interleave, print_against_first};
use crate::postgres::Postgres;
use anyhow::Result;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let postgres = Postgres::start(&settings.folder)?;
    let (all, hot) = customers();
    let server = postgres_server(settings, &postgres)?;
    let answer = server.sample_answer(&all[0])?;
    let peer = Peer::transaction(settings, &hand_written_database(&postgres)?, &answer)?;
    for (name, customers) in [("10,000 customers", &all), ("one hot customer", &hot)] {
        let (to_peer, to_server) = (
            peer_consumes(customers, settings),
            server.consumes(customers, settings.keyed),
        );
        for connections in CONNECTIONS {
            let contenders = [
                Contender::http(
                    "transaction per request",
                    vec![peer.address],
                    &to_peer,
                    connections,
                ),
                Contender::http(
                    "tollgate, PostgreSQL",
                    server.addresses(),
                    &to_server,
                    connections,
                ),
            ];
            let measured = interleave(&settings.timing, &contenders)?;
            print_against_first(
                format!("Consume on PostgreSQL, {name}, {connections} connections"),
                &measured,
            );
        }
    }
    Ok(())
}
