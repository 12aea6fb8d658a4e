//! `POST /v1/customers/{customer}/consume`: takes units, all or nothing.

use crate::api::extract::{Json, KeyHeader, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, RefusalProblem};
use crate::api::schema;
use crate::api::v1::figures::{ReceiptBody, granted, receipt_response, result_word};
use crate::api::v1::uses::{UseBody, demand_uses, read_metadata};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use tollgate_core::decision::{Decision, Receipt};
use tollgate_core::id::{CustomerId, FeatureId, IdempotencyKey, MemberId};
use tollgate_core::request::Consume;
use utoipa::ToSchema;

/// What to take: `feature` with `amount`, or several `uses`, all or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumeBody {
    /// What is used.
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
    /// Kept with the usage event; at most 1,024 bytes.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Value>,
    /// The same as the header `Idempotency-Key`.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
}

impl ConsumeBody {
    /// The request with its key.
    pub fn read(self, key: KeyHeader) -> Result<(Consume, Option<IdempotencyKey>), ApiError> {
        let key = key.or(self.idempotency_key)?;
        let request = Consume {
            uses: demand_uses(self.feature, self.amount, self.uses)?,
            member: self.member,
            metadata: read_metadata(self.metadata)?,
        };
        Ok((request, key))
    }
}

/// Take units
///
/// Takes units, all or nothing, and records the usage. The answer is sent only once it is
/// durable. With an idempotency key a retry gets the first answer.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/consume", tag = "Consume", operation_id = "consume",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("Idempotency-Key" = Option<schema::IdempotencyKey>, Header, description = "Makes a retry harmless"),
    ),
    request_body = ConsumeBody,
    responses(
        (status = 200, description = "Taken", body = ReceiptBody<'_>,
            headers(("RateLimit" = String, description = "What is left"), ("RateLimit-Policy" = String, description = "What applies"))),
        (status = 402, description = "No subscription", body = RefusalProblem, content_type = "application/problem+json"),
        WriteProblems,
    ),
    security(("api_key" = ["consume"])),
)]
pub async fn consume(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Path(customer): Path<String>,
    key: KeyHeader,
    Json(body): Json<ConsumeBody>,
) -> Result<Response, ApiError> {
    let customer = caller.customer(&customer)?;
    let (request, key) = body.read(key)?;
    let receipt = take(&state, &customer, request, key).await?;
    Ok(receipt_response(&receipt, state.tollgate.now()))
}

/// Consumes and counts the decision.
pub(super) async fn take(
    state: &AppState,
    customer: &CustomerId,
    request: Consume,
    key: Option<IdempotencyKey>,
) -> Result<Receipt, ApiError> {
    let decision: Decision = state.tollgate.consume(customer, request, key).await?;
    let word = result_word(&decision, |receipt| receipt.replayed);
    state.metrics.count_decision("consume", word);
    granted(decision, state.tollgate.now())
}
