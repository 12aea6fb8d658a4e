//! One, two and three replicas over one PostgreSQL.

use super::{Settings, customers, postgres_server};
use crate::compare::{Contender, interleave, print_against_first};
use crate::postgres::Postgres;
use anyhow::Result;

const CONNECTIONS: usize = 255;
const REPLICAS: usize = 3;

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let postgres = Postgres::start(&settings.folder)?;
    let (all, hot) = customers();
    let mut server = postgres_server(settings, &postgres)?;
    for _ in 1..REPLICAS {
        server.add_replica()?;
    }
    let addresses = server.addresses();
    let (many, one) = (
        server.consumes(&all, settings.keyed),
        server.consumes(&hot, settings.keyed),
    );
    let first = |count: usize| addresses[..count].to_vec();
    let measured = interleave(
        &settings.timing,
        &[
            Contender::http("1 replica", first(1), &many, CONNECTIONS),
            Contender::http(
                "2 replicas, any takes any customer",
                first(2),
                &many,
                CONNECTIONS,
            ),
            Contender::http(
                "3 replicas, any takes any customer",
                first(3),
                &many,
                CONNECTIONS,
            ),
            Contender::http_sticky(
                "3 replicas, each with its customers",
                first(3),
                &many,
                CONNECTIONS,
            ),
        ],
    )?;
    print_against_first(
        "Replicas over one PostgreSQL, 10,000 customers, 255 connections",
        &measured,
    );
    let measured = interleave(
        &settings.timing,
        &[
            Contender::http("1 replica", first(1), &one, CONNECTIONS),
            Contender::http("3 replicas", first(3), &one, CONNECTIONS),
        ],
    )?;
    print_against_first(
        "Replicas over one PostgreSQL, one hot customer, 255 connections",
        &measured,
    );
    Ok(())
}
