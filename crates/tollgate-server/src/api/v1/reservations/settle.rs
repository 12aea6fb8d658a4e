//! `POST /v1/customers/{customer}/reservations/{reservation}/settle`: takes the real amount.

use crate::api::extract::{KeyHeader, OptionalJson, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, RefusalProblem};
use crate::api::schema;
use crate::api::v1::figures::{ReceiptBody, granted, receipt_response, result_word};
use crate::api::v1::uses::{UseBody, read_metadata, read_uses};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use tollgate_core::id::{FeatureId, IdempotencyKey, ReservationId};
use tollgate_core::request::Settle;
use utoipa::ToSchema;

/// What was really used; nothing named is exactly what was reserved.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleBody {
    /// What was used.
    #[schema(value_type = Option<schema::FeatureId>)]
    pub feature: Option<FeatureId>,
    /// How many uses of it, fewer or more than reserved; 1 when left out.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_u64)]
    pub amount: Option<u64>,
    /// Several features, each once. A reserved one that is not named was not used.
    #[schema(min_items = 1, max_items = 16)]
    pub uses: Option<Vec<UseBody>>,
    /// Kept with the usage event; at most 1,024 bytes.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Value>,
    /// The same as the header `Idempotency-Key`.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Take the real amount
///
/// Takes what was really used, less or more than was held, and gives the rest back. More is taken
/// from what else the customer has; when that does not suffice it is refused, and the reservation
/// stays open.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/reservations/{reservation}/settle", tag = "Reservations", operation_id = "settle",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("reservation" = schema::ReservationId, Path, description = "The reservation"),
        ("Idempotency-Key" = Option<schema::IdempotencyKey>, Header, description = "Makes a retry harmless"),
    ),
    request_body = Option<SettleBody>,
    responses(
        (status = 200, description = "Taken", body = ReceiptBody<'_>),
        (status = 402, description = "No subscription", body = RefusalProblem, content_type = "application/problem+json"),
        WriteProblems,
    ),
    security(("api_key" = ["consume"])),
)]
pub async fn settle(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Path((customer, reservation)): Path<(String, ReservationId)>,
    key: KeyHeader,
    OptionalJson(body): OptionalJson<SettleBody>,
) -> Result<Response, ApiError> {
    let customer = caller.customer(&customer)?;
    let key = key.or(body.idempotency_key)?;
    let request = Settle {
        reservation,
        uses: read_uses(body.feature, body.amount, body.uses, 0)?,
        metadata: read_metadata(body.metadata)?,
    };
    let decision = state.tollgate.settle(&customer, request, key).await?;
    let word = result_word(&decision, |receipt| receipt.replayed);
    state.metrics.count_decision("settle", word);
    let now = state.tollgate.now();
    let receipt = granted(decision, now)?;
    Ok(receipt_response(&receipt, now))
}
