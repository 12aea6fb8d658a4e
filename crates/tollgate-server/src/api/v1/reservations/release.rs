//! `POST /v1/customers/{customer}/reservations/{reservation}/release`: gives it back.

use crate::api::extract::Path;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::{granted, result_word};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use tollgate_core::id::ReservationId;

/// Give a reservation back
#[utoipa::path(
    post, path = "/v1/customers/{customer}/reservations/{reservation}/release", tag = "Reservations", operation_id = "release",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("reservation" = schema::ReservationId, Path, description = "The reservation"),
    ),
    responses((status = 204, description = "Given back"), WriteProblems),
    security(("api_key" = ["consume"])),
)]
pub async fn release(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Path((customer, reservation)): Path<(String, ReservationId)>,
) -> Result<StatusCode, ApiError> {
    let customer = caller.customer(&customer)?;
    let decision = state.tollgate.release(&customer, reservation).await?;
    let word = result_word(&decision, |()| false);
    state.metrics.count_decision("release", word);
    granted(decision, state.tollgate.now())?;
    Ok(StatusCode::NO_CONTENT)
}
