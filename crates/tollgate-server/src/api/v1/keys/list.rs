//! `GET /v1/keys`: all API keys, page by page.

use super::{KeyBody, read_id};
use crate::api::extract::Query;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::v1::page::{List, PageQuery};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;

/// All API keys
///
/// In the order in which they were made, revoked ones too; never their secrets.
#[utoipa::path(
    get, path = "/v1/keys", tag = "API keys", operation_id = "list_keys",
    params(PageQuery),
    responses((status = 200, description = "One page", body = List<KeyBody>), ReadProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn list_keys(
    State(state): State<AppState>,
    _: BackEnd<scope::Admin>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<List<KeyBody>>, ApiError> {
    let limit = query.limit()?;
    let after = query.starting_after.as_deref().map(read_id).transpose()?;
    let keys = state.identity.api_keys(after, limit + 1).await?;
    let data = keys.into_iter().map(KeyBody::from).collect();
    Ok(axum::Json(List::of_one_more(
        data,
        limit,
        |key: &KeyBody| key.id.clone(),
    )))
}
