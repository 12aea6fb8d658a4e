//! `GET /v1/customers/{customer}/grants`: what the customer holds.

use super::GrantBody;
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::page::List;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;

/// What a customer holds
///
/// Every grant that is not closed, in the order in which units are taken from them.
#[utoipa::path(
    get, path = "/v1/customers/{customer}/grants", tag = "Grants", operation_id = "list_grants",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    responses((status = 200, description = "Every grant that is not closed", body = List<GrantBody>), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn list_grants(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
) -> Result<axum::Json<List<GrantBody>>, ApiError> {
    let customer = caller.customer(&customer)?;
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let now = state.tollgate.now();
    let grants = account.grants().iter();
    let data = grants.map(|grant| GrantBody::new(grant, &customer, now));
    Ok(axum::Json(List::whole(data.collect())))
}
