//! What the peers written here have in common: the route, the bearer check and the connection loop.

use anyhow::{Context, Result};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// As many as the machine the figures are meant for has cores, for every server alike.
pub(crate) const WORKERS: usize = 2;
/// The one route that every peer serves.
pub(crate) const CONSUME: &str = "/v1/customers/{id}/consume";
/// The token that the peers accept.
pub(crate) const TOKEN: &str = "tg_test_benchmark_0123456789abcdef0123456789";
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The body of a consume request.
#[derive(Debug, Deserialize)]
pub(crate) struct Consume {
    pub(crate) feature: String,
    pub(crate) amount: i64,
}

/// The body of the answer to it.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<'a> {
    pub(crate) allowed: bool,
    pub(crate) customer: &'a str,
    pub(crate) feature: &'a str,
    pub(crate) amount: i64,
    pub(crate) limit: i64,
    pub(crate) used: i64,
    pub(crate) remaining: i64,
    pub(crate) unlimited: bool,
    /// Makes the answer as long as the real server's.
    pub(crate) padding: &'a str,
}

/// What the handlers need.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    token_hashes: Arc<HashSet<[u8; 32]>>,
    padding: Arc<str>,
}

impl Common {
    /// Answers of about `answer_bytes`, to holders of [`TOKEN`].
    pub(crate) fn new(answer_bytes: usize) -> Self {
        const BARE_ANSWER_BYTES: usize = 140;
        let padding = "-".repeat(answer_bytes.saturating_sub(BARE_ANSWER_BYTES));
        Self {
            token_hashes: Arc::new(HashSet::from([Sha256::digest(TOKEN).into()])),
            padding: padding.into(),
        }
    }

    pub(crate) fn granted(
        &self,
        customer: &str,
        request: &Consume,
        limit: i64,
        used: i64,
    ) -> Response {
        Json(Answer {
            allowed: true,
            customer,
            feature: &request.feature,
            amount: request.amount,
            limit,
            used,
            remaining: limit - used,
            unlimited: false,
            padding: &self.padding,
        })
        .into_response()
    }
}

/// A request that carries the right token.
pub(crate) struct Authorised;

impl<S: AsRef<Common> + Sync> FromRequestParts<S> for Authorised {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, StatusCode> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .ok_or(StatusCode::UNAUTHORIZED)?;
        let hash: [u8; 32] = Sha256::digest(token).into();
        if state.as_ref().token_hashes.contains(&hash) {
            Ok(Self)
        } else {
            Err(StatusCode::UNAUTHORIZED)
        }
    }
}

/// Runs a peer on a runtime like the real server's, until the process is ended.
pub(crate) fn serve<F>(listen: SocketAddr, router: impl FnOnce() -> F) -> Result<()>
where
    F: Future<Output = Result<Router>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let service = TowerToHyperService::new(router().await?);
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("listening on {listen}"))?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let service = service.clone();
            tokio::spawn(async move {
                let mut builder = auto::Builder::new(TokioExecutor::new());
                builder
                    .http1()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIMEOUT);
                // A broken connection is the client's to notice: it counts its failures.
                let _ = builder
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    })
}
