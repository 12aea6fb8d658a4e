//! The peer that a careful back end would write: one PostgreSQL transaction for each request.

use crate::http::{Authorised, CONSUME, Common, Consume, serve};
use anyhow::{Context, Result};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use sqlx::Row;
use sqlx::postgres::{PgPool, PgPoolOptions};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The tables of this peer and of the hand-written statement under pgbench, as `psql` takes them.
pub(crate) const SCHEMA: &str = "
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    quota_limit BIGINT NOT NULL,
    quota_used BIGINT NOT NULL DEFAULT 0,
    CHECK (quota_used <= quota_limit)
) WITH (fillfactor = 50);
CREATE TABLE usage_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id TEXT NOT NULL,
    feature TEXT NOT NULL,
    amount BIGINT NOT NULL,
    at BIGINT NOT NULL
);
";

const LOCK: &str = "SELECT quota_limit, quota_used FROM account WHERE id = $1 FOR UPDATE";
const TAKE: &str = "UPDATE account SET quota_used = quota_used + $2 WHERE id = $1";
const RECORD: &str =
    "INSERT INTO usage_event (account_id, feature, amount, at) VALUES ($1, $2, $3, $4)";

#[derive(Clone)]
struct Peer {
    common: Common,
    pool: PgPool,
}

impl AsRef<Common> for Peer {
    fn as_ref(&self) -> &Common {
        &self.common
    }
}

/// Serves until the process is ended; the tables are there already.
pub(crate) fn run(
    listen: SocketAddr,
    database: &str,
    connections: u32,
    answer_bytes: usize,
) -> Result<()> {
    serve(listen, async || {
        let pool = PgPoolOptions::new()
            .min_connections(connections)
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(30))
            // A ping before each transaction would be one more round trip.
            .test_before_acquire(false)
            .connect(database)
            .await
            .context("connecting to PostgreSQL")?;
        let peer = Peer {
            common: Common::new(answer_bytes),
            pool,
        };
        Ok(Router::new().route(CONSUME, post(consume)).with_state(peer))
    })
}

async fn consume(
    _: Authorised,
    State(peer): State<Peer>,
    Path(customer): Path<String>,
    Json(request): Json<Consume>,
) -> Response {
    match take(&peer.pool, &customer, &request).await {
        Ok(Some((limit, used))) => peer.common.granted(&customer, &request, limit, used),
        Ok(None) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Limit and usage after the request, or none when the limit does not allow it.
async fn take(pool: &PgPool, customer: &str, request: &Consume) -> Result<Option<(i64, i64)>> {
    let mut transaction = pool.begin().await?;
    let account = sqlx::query(LOCK)
        .bind(customer)
        .fetch_one(&mut *transaction)
        .await?;
    let (limit, used): (i64, i64) = (account.try_get(0)?, account.try_get(1)?);
    let used = used + request.amount;
    if used > limit {
        return Ok(None);
    }
    sqlx::query(TAKE)
        .bind(customer)
        .bind(request.amount)
        .execute(&mut *transaction)
        .await?;
    let at = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    sqlx::query(RECORD)
        .bind(customer)
        .bind(&request.feature)
        .bind(request.amount)
        .bind(at)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some((limit, used)))
}
