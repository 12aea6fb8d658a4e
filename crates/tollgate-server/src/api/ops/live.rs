//! `GET /healthz/live`: whether the process answers at all.

/// Whether the process answers
///
/// Asks no database: a database that is out of reach is no reason to start the process anew.
#[utoipa::path(
    get, path = "/healthz/live", tag = "Operations", operation_id = "live",
    responses((status = 200, description = "It does", body = String, content_type = "text/plain")),
    security(()),
)]
pub async fn live() -> &'static str {
    "live\n"
}
