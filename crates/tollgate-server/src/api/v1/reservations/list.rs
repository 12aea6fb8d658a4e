//! `GET /v1/customers/{customer}/reservations`: what is held.

use super::open::OnExpiryBody;
use crate::api::extract::Path;
use crate::api::openapi::ReadProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::api::v1::page::List;
use crate::api::v1::uses::UseBody;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::Serialize;
use tollgate_core::id::{CustomerId, MemberId, ReservationId};
use tollgate_core::reservation::Hold;
use utoipa::ToSchema;

/// An open reservation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationBody {
    /// Its id.
    #[schema(value_type = schema::ReservationId)]
    pub id: ReservationId,
    /// What was asked for.
    pub uses: Vec<UseBody>,
    /// Who acts for the customer.
    #[schema(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
    /// When it was opened.
    #[schema(value_type = schema::Instant)]
    pub created_at: Instant,
    /// When it ends by itself.
    #[schema(value_type = schema::Instant)]
    pub expires_at: Instant,
    /// What becomes of it then.
    pub on_expiry: OnExpiryBody,
}

impl ReservationBody {
    fn new(hold: &Hold, customer: &CustomerId) -> Self {
        let uses = hold.uses.iter().map(|held| UseBody {
            feature: held.feature.clone(),
            amount: held.amount,
        });
        Self {
            id: hold.id(customer),
            uses: uses.collect(),
            member: hold.member.clone(),
            created_at: Instant(hold.created_at),
            expires_at: Instant(hold.expires_at),
            on_expiry: hold.on_expiry.into(),
        }
    }
}

/// What is held
///
/// Every open reservation, the oldest first.
#[utoipa::path(
    get, path = "/v1/customers/{customer}/reservations", tag = "Reservations", operation_id = "list_reservations",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    responses((status = 200, description = "Every open reservation", body = List<ReservationBody>), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn list_reservations(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
) -> Result<axum::Json<List<ReservationBody>>, ApiError> {
    let customer = caller.customer(&customer)?;
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let holds = account.holds().iter();
    let data = holds.map(|hold| ReservationBody::new(hold, &customer));
    Ok(axum::Json(List::whole(data.collect())))
}
