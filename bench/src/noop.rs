//! The peer that does nothing: the same route, token check and JSON both ways, and no quota.

use crate::http::{Authorised, CONSUME, Common, Consume, serve};
use anyhow::Result;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use std::net::SocketAddr;

#[derive(Clone)]
struct Noop(Common);

impl AsRef<Common> for Noop {
    fn as_ref(&self) -> &Common {
        &self.0
    }
}

/// Serves until the process is ended.
pub(crate) fn run(listen: SocketAddr, answer_bytes: usize) -> Result<()> {
    serve(listen, async || {
        Ok(Router::new()
            .route(CONSUME, post(consume))
            .with_state(Noop(Common::new(answer_bytes))))
    })
}

async fn consume(
    _: Authorised,
    State(noop): State<Noop>,
    Path(customer): Path<String>,
    Json(request): Json<Consume>,
) -> Response {
    noop.0
        .granted(&customer, &request, 1_000_000_000, request.amount)
}
