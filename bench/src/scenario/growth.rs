//! What a consume, a look at the balance and a page of history cost as the record grows.

use super::{
    CUSTOMERS, HOT, Peer, Settings, customers, peer_consumes, postgres_server, sqlite_server,
};
use crate::compare::{Contender, interleave};
use crate::postgres::Postgres;
use crate::report::{Table, latency, median, rate, ratio_with_range, thousands};
use crate::server::Server;
use anyhow::Result;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 10_000_000];
const CONNECTIONS: usize = 64;
/// Of all events, one in so many is the hot customer's.
const HOT_SHARE: usize = 10;

/// Whose cost is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    Both,
}

pub(crate) fn run(settings: &Settings, engine: Engine) -> Result<()> {
    if engine != Engine::Postgres {
        measure(settings, "SQLite", &sqlite_server(settings, "growth")?)?;
    }
    if engine != Engine::Sqlite {
        let postgres = Postgres::start(&settings.folder)?;
        measure(
            settings,
            "PostgreSQL",
            &postgres_server(settings, &postgres)?,
        )?;
    }
    Ok(())
}

fn measure(settings: &Settings, engine: &str, server: &Server) -> Result<()> {
    let (all, hot) = customers();
    let noop = Peer::noop(&settings.folder, &server.sample_answer(HOT)?)?;
    let summed = Summed::new(&settings.folder.join(format!("summed-{engine}.db")))?;
    let filling: Vec<String> = (0..CUSTOMERS)
        .map(|n| {
            if n % HOT_SHARE == 0 {
                HOT.to_owned()
            } else {
                all[n].clone()
            }
        })
        .collect();
    let (to_noop, consumes) = (
        peer_consumes(&all, settings),
        server.consumes(&all, settings.keyed),
    );
    let (usage, history) = (server.usage(&hot[0]), server.history(&hot[0]));
    let mut table = Table::new(
        format!(
            "Growth of the record, {engine}, {CONNECTIONS} connections; one customer has a tenth of it"
        ),
        &[
            "events",
            "consume/s",
            "of the no-op",
            "balance/s",
            "of the no-op",
            "history pages/s",
            "of the no-op",
            "one SUM over it (the seed's way)",
        ],
    );
    let mut stored = 0;
    for size in SIZES.map(|size| settings.scaled(size)) {
        server.fill(&filling, size - stored)?;
        summed.grow_to(size)?;
        stored = size;
        let contender =
            |name, requests| Contender::http(name, server.addresses(), requests, CONNECTIONS);
        let contenders = [
            Contender::http("no-op", vec![noop.address], &to_noop, CONNECTIONS),
            contender("consume", &consumes),
            contender("balance", &usage),
            contender("history", &history),
        ];
        let measured = interleave(&settings.timing, &contenders)?;
        let mut row = vec![thousands(size)];
        for series in &measured[1..] {
            row.push(rate(series.throughput()));
            row.push(ratio_with_range(&series.throughput_ratios(&measured[0])));
        }
        row.push(latency(summed.time()?));
        table.row(row);
    }
    table.print();
    Ok(())
}

/// The seed's table of usage events, with its index, of which a customer's month is summed.
struct Summed {
    runtime: Runtime,
    pool: SqlitePool,
}

impl Summed {
    fn new(file: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true);
        let pool = runtime.block_on(
            SqlitePoolOptions::new()
                .max_connections(1)
                .connect_with(options),
        )?;
        let summed = Self { runtime, pool };
        summed.execute(
            "CREATE TABLE usage_events (
                 id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, feature TEXT NOT NULL, amount INTEGER NOT NULL,
                 created_at TEXT NOT NULL, month_key TEXT NOT NULL
             )",
        )?;
        summed.execute("CREATE INDEX by_user ON usage_events (user_id, feature, month_key)")?;
        Ok(summed)
    }

    /// User 0 has a tenth, 10,000 others have the rest.
    fn grow_to(&self, events: u64) -> Result<()> {
        self.execute(&format!(
            "WITH RECURSIVE n(n) AS (
                 SELECT coalesce(max(id), 0) + 1 FROM usage_events UNION ALL SELECT n + 1 FROM n WHERE n < {events}
             )
             INSERT INTO usage_events
             SELECT n, CASE WHEN n % {HOT_SHARE} = 0 THEN 0 ELSE n % {CUSTOMERS} END, 'ats_scan', 1,
                    '2026-01-01 00:00:00', '2026-01'
             FROM n"
        ))
    }

    /// The median time of one look at the month's usage.
    fn time(&self) -> Result<Duration> {
        const SUM: &str = "SELECT feature, sum(amount) FROM usage_events
                           WHERE user_id = 0 AND month_key = '2026-01' GROUP BY feature";
        let mut seconds = Vec::new();
        for _ in 0..5 {
            let started = Instant::now();
            self.runtime
                .block_on(sqlx::query(SUM).fetch_all(&self.pool))?;
            seconds.push(started.elapsed().as_secs_f64());
        }
        Ok(Duration::from_secs_f64(median(&seconds)))
    }

    fn execute(&self, sql: &str) -> Result<()> {
        self.runtime
            .block_on(sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&self.pool))?;
        Ok(())
    }
}
