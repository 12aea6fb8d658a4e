//! `POST /v1/customers/{customer}/reservations`: holds units.

use super::read_seconds;
use crate::api::extract::{Json, KeyHeader, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, RefusalProblem};
use crate::api::schema;
use crate::api::v1::figures::{HeldBody, granted, held_response, result_word};
use crate::api::v1::uses::{UseBody, demand_uses};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tollgate_core::id::{FeatureId, IdempotencyKey, MemberId};
use tollgate_core::request::Reserve;
use tollgate_core::reservation::OnExpiry;
use utoipa::ToSchema;

/// What to hold, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReserveBody {
    /// What may be used.
    #[schema(value_type = Option<schema::FeatureId>)]
    pub feature: Option<FeatureId>,
    /// How many uses of it; 1 when left out.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_u64)]
    pub amount: Option<u64>,
    /// Several features, each once.
    #[schema(min_items = 1, max_items = 16)]
    pub uses: Option<Vec<UseBody>>,
    /// Who acts for the customer.
    #[schema(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
    /// How long they are held; 900 when left out.
    #[schema(minimum = 1, maximum = 2_678_400)]
    pub seconds: Option<u32>,
    /// What becomes of them if nobody settles.
    #[serde(default)]
    pub on_expiry: OnExpiryBody,
    /// The same as the header `Idempotency-Key`.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What becomes of a reservation that nobody settles.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiryBody {
    /// The units are given back.
    #[default]
    Release,
    /// The units are taken.
    Settle,
}

impl From<OnExpiryBody> for OnExpiry {
    fn from(word: OnExpiryBody) -> Self {
        match word {
            OnExpiryBody::Release => Self::Release,
            OnExpiryBody::Settle => Self::Settle,
        }
    }
}

impl From<OnExpiry> for OnExpiryBody {
    fn from(policy: OnExpiry) -> Self {
        match policy {
            OnExpiry::Release => Self::Release,
            OnExpiry::Settle => Self::Settle,
        }
    }
}

/// Hold units
///
/// Holds units for work of unknown outcome or size. Settle it with what was really used, or
/// release it; when nobody does, `on_expiry` says what becomes of it.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/reservations", tag = "Reservations", operation_id = "reserve",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("Idempotency-Key" = Option<schema::IdempotencyKey>, Header, description = "Makes a retry harmless"),
    ),
    request_body = ReserveBody,
    responses(
        (status = 201, description = "Held", body = HeldBody<'_>),
        (status = 200, description = "Held before, with the same key", body = HeldBody<'_>),
        (status = 402, description = "No subscription", body = RefusalProblem, content_type = "application/problem+json"),
        WriteProblems,
    ),
    security(("api_key" = ["consume"])),
)]
pub async fn reserve(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Path(customer): Path<String>,
    key: KeyHeader,
    Json(body): Json<ReserveBody>,
) -> Result<Response, ApiError> {
    let customer = caller.customer(&customer)?;
    let key = key.or(body.idempotency_key)?;
    let request = Reserve {
        uses: demand_uses(body.feature, body.amount, body.uses)?,
        member: body.member,
        seconds: read_seconds(body.seconds)?,
        on_expiry: body.on_expiry.into(),
    };
    let decision = state.tollgate.reserve(&customer, request, key).await?;
    let word = result_word(&decision, |held| held.replayed);
    state.metrics.count_decision("reserve", word);
    let now = state.tollgate.now();
    let held = granted(decision, now)?;
    Ok(held_response(&held, now))
}
