//! Durable consume on embedded SQLite against an endpoint that does nothing.

use super::{CONNECTIONS, Peer, Settings, customers, peer_consumes, sqlite_server};
use crate::compare::{Contender, interleave, print_against_first};
use crate::report::thousands;
use anyhow::Result;

const EVENTS: u64 = 3_000_000;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let (all, _) = customers();
    let server = sqlite_server(settings, "sqlite")?;
    let noop = Peer::noop(&settings.folder, &server.sample_answer(&all[0])?)?;
    let (to_noop, to_server) = (
        peer_consumes(&all, settings),
        server.consumes(&all, settings.keyed),
    );
    let keyed = server.consumes(&all, true);
    let events = settings.scaled(EVENTS);
    for stored in [0, events] {
        if stored > 0 {
            server.fill(&all, stored)?;
        }
        for connections in CONNECTIONS {
            let mut contenders = vec![
                Contender::http("no-op", vec![noop.address], &to_noop, connections),
                Contender::http(
                    "tollgate, SQLite",
                    server.addresses(),
                    &to_server,
                    connections,
                ),
            ];
            if !settings.keyed {
                let name = "tollgate, SQLite, with idempotency keys";
                contenders.push(Contender::http(
                    name,
                    server.addresses(),
                    &keyed,
                    connections,
                ));
            }
            let measured = interleave(&settings.timing, &contenders)?;
            let at = if stored == 0 {
                "no events before".into()
            } else {
                format!("{} events before", thousands(events))
            };
            print_against_first(
                format!("Consume on SQLite, {connections} connections, {at}"),
                &measured,
            );
        }
    }
    Ok(())
}
