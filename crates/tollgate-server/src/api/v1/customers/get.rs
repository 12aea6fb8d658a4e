//! `GET /v1/customers/{customer}`: one customer.

use super::CustomerBody;
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;

/// One customer
#[utoipa::path(
    get, path = "/v1/customers/{customer}", tag = "Customers", operation_id = "get_customer",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    responses((status = 200, description = "The customer", body = CustomerBody), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn get_customer(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
) -> Result<axum::Json<CustomerBody>, ApiError> {
    let id = caller.customer(&customer)?;
    let account = state.tollgate.account(&id).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    Ok(axum::Json(CustomerBody::new(&account, customer)))
}
