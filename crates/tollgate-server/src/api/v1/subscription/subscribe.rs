//! `POST /v1/customers/{customer}/subscription`: puts a customer on a plan, without payment.

use super::{ChangeAnswer, current};
use crate::api::extract::{Json, KeyHeader, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tollgate_core::id::{IdempotencyKey, PlanId, PriceId};
use tollgate_core::request::{ChangeTime, Subscribe};
use utoipa::ToSchema;

/// Which plan, and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeBody {
    /// The plan, in its newest version.
    #[schema(value_type = schema::PlanId)]
    pub plan: PlanId,
    /// The price; the plan's only or monthly one when left out.
    #[schema(value_type = Option<schema::PriceId>)]
    pub price: Option<PriceId>,
    /// When it takes effect.
    #[serde(default)]
    pub when: When,
    /// The same as the header `Idempotency-Key`.
    #[schema(value_type = Option<schema::IdempotencyKey>)]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// When a change takes effect.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// An upgrade at once, a downgrade at the period's end.
    #[default]
    Auto,
    /// At once.
    Now,
    /// At the end of the running billing period.
    PeriodEnd,
}

impl From<When> for ChangeTime {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Now => Self::Now,
            When::PeriodEnd => Self::PeriodEnd,
        }
    }
}

/// Put a customer on a plan
///
/// Begins or changes the subscription, without payment. An upgrade holds at once and what was
/// used still counts; a downgrade waits for the period's end, unless `when` says otherwise.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/subscription", tag = "Subscriptions", operation_id = "subscribe",
    params(
        ("customer" = schema::CustomerId, Path, description = "The customer"),
        ("Idempotency-Key" = Option<schema::IdempotencyKey>, Header, description = "Makes a retry harmless"),
    ),
    request_body = SubscribeBody,
    responses((status = 200, description = "Done, or waiting for its time", body = ChangeAnswer), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn subscribe(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
    key: KeyHeader,
    Json(body): Json<SubscribeBody>,
) -> Result<axum::Json<ChangeAnswer>, ApiError> {
    let customer = caller.customer(&customer)?;
    let key = key.or(body.idempotency_key)?;
    let request = Subscribe {
        plan: body.plan,
        price: body.price,
        when: body.when.into(),
    };
    let detail = json!({ "plan": request.plan, "price": request.price });
    let decision = state.tollgate.subscribe(&customer, request, key).await?;
    let effective_at = Instant(granted(decision, state.tollgate.now())?);
    state
        .identity
        .note(caller.actor(), "subscription.changed", &customer, detail)
        .await;
    let subscription = current(&state, &customer).await?;
    Ok(axum::Json(ChangeAnswer {
        effective_at,
        subscription,
    }))
}
