//! `GET /v1/customers/{customer}/events/{event}`: one usage event.

use super::EventBody;
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use tollgate_core::decision::{Reason, Refusal};
use tollgate_core::id::EventId;

/// One usage event
#[utoipa::path(
    get, path = "/v1/customers/{customer}/events/{event}", tag = "Usage", operation_id = "get_event",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("event" = schema::EventId, Path, description = "The usage event"),
    ),
    responses((status = 200, description = "The event", body = EventBody), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn get_event(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path((customer, event)): Path<(String, EventId)>,
) -> Result<axum::Json<EventBody>, ApiError> {
    let customer = caller.customer(&customer)?;
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let entry = state.tollgate.event(&customer, event).await?;
    let body = entry.and_then(|entry| EventBody::new(&account, &entry));
    body.map(axum::Json).ok_or_else(|| {
        let refusal = Refusal::bare(Reason::UnknownEvent);
        ApiError::refused(Box::new(refusal), state.tollgate.now())
    })
}
