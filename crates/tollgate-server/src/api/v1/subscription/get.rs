//! `GET /v1/customers/{customer}/subscription`: which plan the customer has.

use super::{SubscriptionBody, current};
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;

/// Which plan a customer has
#[utoipa::path(
    get, path = "/v1/customers/{customer}/subscription", tag = "Subscriptions", operation_id = "get_subscription",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    responses((status = 200, description = "The subscription", body = SubscriptionBody), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn get_subscription(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
) -> Result<axum::Json<SubscriptionBody>, ApiError> {
    let customer = caller.customer(&customer)?;
    let subscription = current(&state, &customer).await?;
    subscription
        .map(axum::Json)
        .ok_or_else(|| ApiError::NotFound {
            error: "no_subscription",
            message: "The customer has no subscription.".to_owned(),
        })
}
