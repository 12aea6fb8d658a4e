//! `PATCH /v1/customers/{customer}`: moves a customer to another calendar.

use super::CustomerBody;
use super::create::read_time_zone;
use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// What is to be another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerChangeBody {
    /// Whose calendar counts from now on.
    #[schema(value_type = schema::TimeZone)]
    pub time_zone: String,
}

/// Move a customer to another calendar
///
/// Periods that are running end as they would have; the next ones follow the new calendar.
#[utoipa::path(
    patch, path = "/v1/customers/{customer}", tag = "Customers", operation_id = "change_customer",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    request_body = CustomerChangeBody,
    responses((status = 200, description = "The customer", body = CustomerBody), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn change_customer(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
    Json(body): Json<CustomerChangeBody>,
) -> Result<axum::Json<CustomerBody>, ApiError> {
    let id = caller.customer(&customer)?;
    let zone = read_time_zone(&body.time_zone)?;
    let decision = state.tollgate.set_time_zone(&id, zone).await?;
    granted(decision, state.tollgate.now())?;
    let detail = json!({ "time_zone": body.time_zone });
    state
        .identity
        .note(caller.actor(), "customer.time_zone_set", &id, detail)
        .await;
    let account = state.tollgate.account(&id).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    Ok(axum::Json(CustomerBody::new(&account, customer)))
}
