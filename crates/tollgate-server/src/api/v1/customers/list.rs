//! `GET /v1/customers`: all customers, page by page.

use super::CustomerBody;
use crate::api::extract::Query;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::v1::page::{List, PageQuery};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;

/// Customers of test keys stand among the others: how many are read at a time once the first
/// page's worth did not suffice, and how often.
const CHUNK: u32 = 1_000;
const CHUNKS_MAX: u32 = 1_000;

/// All customers
///
/// In no order that means anything, but always the same, page by page.
#[utoipa::path(
    get, path = "/v1/customers", tag = "Customers", operation_id = "list_customers",
    params(PageQuery),
    responses((status = 200, description = "One page", body = List<CustomerBody>), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn list_customers(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<List<CustomerBody>>, ApiError> {
    let limit = query.limit()?;
    let after = query.starting_after.as_deref();
    let mut after = after.map(|text| caller.customer(text)).transpose()?;
    let mut ids = Vec::new();
    let mut wanted = limit + 1;
    for _ in 0..CHUNKS_MAX {
        let chunk = state.tollgate.customers(after.as_ref(), wanted).await?;
        let is_last = chunk.len() < wanted as usize;
        after = chunk.last().cloned();
        ids.extend(chunk.into_iter().filter(|id| caller.shown(id).is_some()));
        if is_last || ids.len() > limit as usize {
            break;
        }
        wanted = CHUNK;
    }
    let page = List::of_one_more(ids, limit, |id| {
        caller.shown(id).unwrap_or_default().to_owned()
    });
    let mut data = Vec::with_capacity(page.data.len());
    for id in &page.data {
        if let Some(account) = state.tollgate.account(id).await? {
            let shown = caller.shown(id).unwrap_or_default();
            data.push(CustomerBody::new(&account, shown.to_owned()));
        }
    }
    Ok(axum::Json(List {
        data,
        has_more: page.has_more,
        next: page.next,
    }))
}
