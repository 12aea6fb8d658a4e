//! `GET /metrics`: the counters, as Prometheus reads them.

use crate::api::problem::ApiError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;

/// The counters
///
/// In the `OpenMetrics` text format; no label names a customer.
#[utoipa::path(
    get, path = "/metrics", tag = "Operations", operation_id = "metrics",
    responses((status = 200, description = "The counters", body = String, content_type = "application/openmetrics-text")),
    security(()),
)]
pub async fn metrics(State(state): State<AppState>) -> Result<Response, ApiError> {
    let text = state.metrics.encode().map_err(ApiError::internal)?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, content_type)], text).into_response())
}
