//! `GET /v1/customers/{customer}/why`: explains a decision.

use crate::api::extract::{Path, Query};
use crate::api::openapi::ReadProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::CheckAnswer;
use crate::api::v1::grants::GrantBody;
use crate::api::v1::uses::question;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use tollgate_core::id::{FeatureId, MemberId, MeterId};
use tollgate_core::request::Uses;
use utoipa::{IntoParams, ToSchema};

/// Which decision.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhyQuery {
    /// The feature.
    #[param(value_type = schema::FeatureId)]
    pub feature: FeatureId,
    /// How many uses of it; 1 when left out.
    #[param(minimum = 1, maximum = 1_000_000_000_000_000_u64)]
    pub amount: Option<u64>,
    /// Who would act for the customer.
    #[param(value_type = Option<schema::MemberId>)]
    pub member: Option<MemberId>,
}

/// A decision with what it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhyAnswer<'a> {
    /// What would be answered now.
    pub decision: CheckAnswer<'a>,
    /// The meter that the feature draws on; null for one that is only on or off.
    #[schema(value_type = Option<schema::MeterId>)]
    pub meter: Option<&'a MeterId>,
    /// Units for each use.
    pub cost: u64,
    /// The grants on that meter, in the order in which units are taken from them.
    pub grants: Vec<GrantBody>,
}

/// Explain a decision
///
/// What a consumption would be answered now, and the grants that it would draw on, in the order
/// in which it would.
#[utoipa::path(
    get, path = "/v1/customers/{customer}/why", tag = "Usage", operation_id = "explain",
    params(("customer" = schema::CustomerId, Path, description = "The customer"), WhyQuery),
    responses((status = 200, description = "The decision with what it rests on", body = WhyAnswer<'_>), ReadProblems),
    security(("api_key" = ["read"])),
)]
pub async fn explain(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
    Query(query): Query<WhyQuery>,
) -> Result<Response, ApiError> {
    let customer = caller.customer(&customer)?;
    let uses = Uses::one(query.feature.clone(), query.amount.unwrap_or(1))
        .map_err(|error| ApiError::InvalidParameter(error.to_string()))?;
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let catalog = state.tollgate.catalog();
    let now = state.tollgate.now();
    let decision = account.check(&catalog, &question(uses, query.member), now);
    let feature = catalog.features.get(&query.feature);
    let draw = feature.and_then(|feature| feature.draw.as_ref());
    let grants = account
        .grants()
        .iter()
        .filter(|grant| draw.is_some_and(|draw| draw.meter == *grant.meter()))
        .map(|grant| GrantBody::new(grant, &customer, now));
    let answer = WhyAnswer {
        decision: CheckAnswer::new(&decision, now)?,
        meter: draw.map(|draw| &draw.meter),
        cost: draw.map_or(0, |draw| draw.cost),
        grants: grants.collect(),
    };
    Ok(axum::Json(answer).into_response())
}
