//! `GET /v1/customers/{customer}/events`: the history of usage, the newest first.

use super::EventBody;
use crate::api::extract::{Path, Query};
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::page::{List, read_limit};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use tollgate_core::Timestamp;
use tollgate_core::id::{EventId, FeatureId, MemberId};
use tollgate_store::entry::HistoryFilter;
use utoipa::IntoParams;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// The `next` of the page before.
    #[param(value_type = Option<schema::EventId>)]
    pub starting_after: Option<EventId>,
    /// Only of this feature.
    #[param(value_type = Option<schema::FeatureId>)]
    pub feature: Option<FeatureId>,
    /// Only of this member.
    #[param(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
    /// Only at or after this instant.
    #[param(value_type = Option<schema::Instant>)]
    pub from: Option<String>,
    /// Only before this instant.
    #[param(value_type = Option<schema::Instant>)]
    pub until: Option<String>,
}

/// The history of usage
///
/// The newest first, page by page. A page looks at a bounded number of events: with a filter it
/// may hold fewer than `limit` and still say `has_more`.
#[utoipa::path(
    get, path = "/v1/customers/{customer}/events", tag = "Usage", operation_id = "list_events",
    params(("customer" = schema::CustomerId, Path, description = "The customer"), EventsQuery),
    responses((status = 200, description = "One page", body = List<EventBody>), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn list_events(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
    Query(query): Query<EventsQuery>,
) -> Result<axum::Json<List<EventBody>>, ApiError> {
    let customer = caller.customer(&customer)?;
    let limit = read_limit(query.limit)?;
    let filter = HistoryFilter {
        only_usage: true,
        feature: query.feature,
        member: query.member,
        from: query.from.as_deref().map(read_instant).transpose()?,
        until: query.until.as_deref().map(read_instant).transpose()?,
    };
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let page = state
        .tollgate
        .history(&customer, query.starting_after, limit as usize, &filter)
        .await?
        .ok_or_else(ApiError::unknown_customer)?;
    let events = page.entries.iter();
    let data = events.filter_map(|recorded| EventBody::new(&account, &recorded.entry));
    Ok(axum::Json(List {
        data: data.collect(),
        has_more: page.next.is_some(),
        next: page.next.map(|id| id.to_string()),
    }))
}

fn read_instant(text: &str) -> Result<Timestamp, ApiError> {
    text.parse().map_err(|_| {
        ApiError::InvalidParameter(format!(
            "{text:?} is not an instant; write it as 2026-01-31T00:00:00Z"
        ))
    })
}
