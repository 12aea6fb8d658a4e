//! `POST /v1/consume`: many consumptions in one request, each granted or refused by itself.

use super::one::{ConsumeBody, take};
use crate::api::extract::{Json, KeyHeader};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Problem, ProblemBody, RefusalProblem};
use crate::api::schema;
use crate::api::v1::figures::ReceiptBody;
use crate::api::v1::uses::UseBody;
use crate::auth::extract::{BackEnd, scope};
use crate::identity::BackEndKey;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tollgate_core::decision::Receipt;
use tollgate_core::id::{FeatureId, IdempotencyKey, MemberId};
use utoipa::ToSchema;

/// The most consumptions in one request.
const ITEMS_MAX: usize = 100;

/// Many consumptions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// They are decided in this order; each is granted or refused by itself.
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<BatchItem>,
}

/// One of many consumptions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    /// Who pays.
    #[schema(value_type = schema::CustomerId)]
    pub customer: String,
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
    /// Makes a retry of this item harmless.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// What became of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchAnswer<'a> {
    /// In the order of the request.
    pub results: Vec<BatchResult<'a>>,
}

/// What became of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult<'a> {
    /// The status that the consumption alone would have been answered with.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// What it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptBody<'a>>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AnyProblem>)]
    pub problem: Option<ProblemBody>,
}

/// A problem, with figures or without.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum AnyProblem {
    /// A refusal with its figures.
    Refusal(RefusalProblem),
    /// Without figures.
    Plain(Problem),
}

/// Take units for many customers
///
/// Up to 100 consumptions, each granted or refused by itself, together in few commits.
#[utoipa::path(
    post, path = "/v1/consume", tag = "Consume", operation_id = "consume_batch",
    request_body = BatchBody,
    responses((status = 200, description = "What became of each", body = BatchAnswer<'_>), WriteProblems),
    security(("api_key" = ["consume"])),
)]
pub async fn consume_batch(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Json(body): Json<BatchBody>,
) -> Result<Response, ApiError> {
    if body.items.is_empty() || body.items.len() > ITEMS_MAX {
        return Err(ApiError::InvalidRequest(format!(
            "items must have 1 to {ITEMS_MAX} consumptions, this has {}",
            body.items.len()
        )));
    }
    // All are in the queue before the first is waited for, so they share commits.
    let outcomes = join_all(
        body.items
            .into_iter()
            .map(|item| consume_item(&state, &caller, item)),
    )
    .await;
    let results = outcomes.iter().map(BatchResult::new).collect();
    Ok(axum::Json(BatchAnswer { results }).into_response())
}

async fn consume_item(
    state: &AppState,
    caller: &BackEndKey,
    item: BatchItem,
) -> Result<Receipt, ApiError> {
    let customer = caller.customer(&item.customer)?;
    let body = ConsumeBody {
        feature: item.feature,
        amount: item.amount,
        uses: item.uses,
        member: item.member,
        metadata: item.metadata,
        idempotency_key: item.idempotency_key,
    };
    let (request, key) = body.read(KeyHeader::default())?;
    take(state, &customer, request, key).await
}

impl<'a> BatchResult<'a> {
    fn new(outcome: &'a Result<Receipt, ApiError>) -> Self {
        match outcome {
            Ok(receipt) => Self {
                status: 200,
                receipt: Some(ReceiptBody::new(receipt)),
                problem: None,
            },
            Err(error) => Self {
                status: error.status().as_u16(),
                receipt: None,
                problem: Some(error.body()),
            },
        }
    }
}
