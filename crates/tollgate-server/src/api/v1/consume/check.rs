//! `POST /v1/customers/{customer}/check`: asks only.

use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::CheckAnswer;
use crate::api::v1::uses::{UseBody, demand_uses, question};
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tollgate_core::id::{FeatureId, MemberId};
use utoipa::ToSchema;

/// What would be taken.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckBody {
    /// What would be used.
    #[schema(value_type = Option<schema::FeatureId>)]
    pub feature: Option<FeatureId>,
    /// How many uses of it; 1 when left out.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_u64)]
    pub amount: Option<u64>,
    /// Several features, each once.
    #[schema(min_items = 1, max_items = 16)]
    pub uses: Option<Vec<UseBody>>,
    /// Who would act for the customer.
    #[schema(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
}

/// Ask only
///
/// What a consumption would be answered now; nothing happens. A refusal is an answer here:
/// `allowed` is false and `refusal` says why.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/check", tag = "Consume", operation_id = "check",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    request_body = CheckBody,
    responses((status = 200, description = "Whether it would be granted", body = CheckAnswer<'_>), WriteProblems),
    security(("api_key" = ["consume"])),
)]
pub async fn check(
    State(state): State<AppState>,
    caller: BackEnd<scope::Consume>,
    Path(customer): Path<String>,
    Json(body): Json<CheckBody>,
) -> Result<Response, ApiError> {
    let customer = caller.customer(&customer)?;
    let request = question(
        demand_uses(body.feature, body.amount, body.uses)?,
        body.member,
    );
    let decision = state.tollgate.check(&customer, &request).await?;
    let answer = CheckAnswer::new(&decision, state.tollgate.now())?;
    Ok(axum::Json(answer).into_response())
}
