//! `POST /v1/customers/{customer}/reservations/{reservation}/extend`: lets it last longer.

use super::read_seconds;
use crate::api::extract::{OptionalJson, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tollgate_core::id::ReservationId;
use utoipa::ToSchema;

/// How much longer.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendBody {
    /// Seconds from now; 900 when left out.
    #[schema(minimum = 1, maximum = 2_678_400)]
    pub seconds: Option<u32>,
}

/// The new end.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtendAnswer {
    /// The reservation.
    #[schema(value_type = schema::ReservationId)]
    pub reservation: ReservationId,
    /// When it ends by itself now.
    #[schema(value_type = schema::Instant)]
    pub expires_at: Instant,
}

/// Let a reservation last longer
///
/// It lasts `seconds` from now, never shorter than before, and at most 31 days from its opening.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/reservations/{reservation}/extend", tag = "Reservations", operation_id = "extend",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("reservation" = schema::ReservationId, Path, description = "The reservation"),
    ),
    request_body = Option<ExtendBody>,
    responses((status = 200, description = "The new end", body = ExtendAnswer), WriteProblems),
    security(("api_key" = ["consume"])),
)]
pub async fn extend(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Path((customer, reservation)): Path<(String, ReservationId)>,
    OptionalJson(body): OptionalJson<ExtendBody>,
) -> Result<axum::Json<ExtendAnswer>, ApiError> {
    let customer = caller.customer(&customer)?;
    let seconds = read_seconds(body.seconds)?;
    let decision = state
        .tollgate
        .extend(&customer, reservation, seconds)
        .await?;
    let expires_at = Instant(granted(decision, state.tollgate.now())?);
    Ok(axum::Json(ExtendAnswer {
        reservation,
        expires_at,
    }))
}
