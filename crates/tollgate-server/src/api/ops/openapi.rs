//! `GET /openapi.json`: the description of this API.

use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use std::sync::LazyLock;

static TEXT: LazyLock<String> = LazyLock::new(crate::router::openapi_text);

/// The description of this API
#[utoipa::path(
    get, path = "/openapi.json", tag = "Operations", operation_id = "openapi",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object)),
    security(()),
)]
pub async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}
