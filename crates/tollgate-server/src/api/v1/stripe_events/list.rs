//! `GET /v1/stripe/events`: the inbox, the newest first.

use super::{StripeEventBody, unknown_event};
use crate::api::extract::Query;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::page::{List, read_limit};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use tollgate_store::stripe_event::{EventState, Filter};
use utoipa::IntoParams;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StripeEventsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// The `next` of the page before.
    #[param(max_length = 255)]
    pub starting_after: Option<String>,
    /// Only those in this state: `waiting`, `done`, `ignored`, `parked` or `quarantined`.
    #[param(max_length = 32)]
    pub state: Option<String>,
    /// Only those of this customer.
    #[param(value_type = Option<schema::CustomerId>)]
    pub customer: Option<String>,
}

/// Stripe's events
///
/// What came, when, and what became of it.
#[utoipa::path(
    get, path = "/v1/stripe/events", tag = "Stripe", operation_id = "list_stripe_events",
    params(StripeEventsQuery),
    responses((status = 200, description = "One page", body = List<StripeEventBody>), ReadProblems),
    security(("api_key" = ["admin"])),
)]
pub async fn list_stripe_events(
    State(state): State<AppState>,
    caller: BackEnd<scope::Admin>,
    Query(query): Query<StripeEventsQuery>,
) -> Result<axum::Json<List<StripeEventBody>>, ApiError> {
    let billing = state.billing()?;
    let limit = read_limit(query.limit)?;
    let customer = query.customer.as_deref();
    let customer = customer.map(|text| caller.customer(text)).transpose()?;
    let wanted = query.state.as_deref().map(str::parse::<EventState>);
    let wanted = wanted.transpose().map_err(ApiError::InvalidParameter)?;
    let before = match &query.starting_after {
        Some(id) => Some(billing.event(id).await?.ok_or_else(unknown_event)?),
        None => None,
    };
    let filter = Filter {
        state: wanted,
        customer: customer.as_ref(),
        before: before.as_ref(),
    };
    let found = billing.events(&filter, limit + 1).await?;
    let list = List::of_one_more(found, limit, |event| event.id.clone());
    Ok(axum::Json(List {
        data: list.data.iter().map(StripeEventBody::new).collect(),
        has_more: list.has_more,
        next: list.next,
    }))
}
