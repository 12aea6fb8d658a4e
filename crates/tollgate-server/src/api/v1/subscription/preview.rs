//! `POST /v1/customers/{customer}/subscription/preview`: what a change would do.

use super::subscribe::When;
use crate::api::extract::{Json, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::api::v1::usage::MeterUsageBody;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tollgate_core::account::{Direction, Preview};
use tollgate_core::id::{PlanId, PriceId};
use tollgate_core::request::Subscribe;
use utoipa::ToSchema;

/// Which change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    /// The plan, in its newest version.
    #[schema(value_type = schema::PlanId)]
    pub plan: PlanId,
    /// The price; the plan's only or monthly one when left out.
    #[schema(value_type = Option<schema::PriceId>)]
    pub price: Option<PriceId>,
    /// When it would take effect.
    #[serde(default)]
    pub when: When,
}

/// What a change would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewAnswer {
    /// The plan that the customer has.
    #[schema(value_type = Option<schema::PlanId>)]
    pub from: Option<PlanId>,
    /// The plan that it would have.
    #[schema(value_type = schema::PlanId)]
    pub to: PlanId,
    /// Which way it goes.
    #[schema(value_type = String, example = "upgrade")]
    pub direction: Direction,
    /// When it would take effect.
    #[schema(value_type = schema::Instant)]
    pub effective_at: Instant,
    /// Every meter as it stands.
    pub before: Vec<MeterUsageBody>,
    /// Every meter as it would stand, were the change made now.
    pub after: Vec<MeterUsageBody>,
}

impl From<Preview> for PreviewAnswer {
    fn from(preview: Preview) -> Self {
        Self {
            from: preview.from,
            to: preview.to,
            direction: preview.direction,
            effective_at: Instant(preview.effective_at),
            before: preview.before.into_iter().map(Into::into).collect(),
            after: preview.after.into_iter().map(Into::into).collect(),
        }
    }
}

/// What a change of plan would do
///
/// Nothing happens.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/subscription/preview", tag = "Subscriptions", operation_id = "preview_subscription",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    request_body = PreviewBody,
    responses((status = 200, description = "What it would do", body = PreviewAnswer), WriteProblems),
    security(("api_key" = ["read"])),
)]
pub async fn preview_subscription(
    State(state): State<AppState>,
    caller: BackEnd<scope::Read>,
    Path(customer): Path<String>,
    Json(body): Json<PreviewBody>,
) -> Result<axum::Json<PreviewAnswer>, ApiError> {
    let customer = caller.customer(&customer)?;
    let request = Subscribe {
        plan: body.plan,
        price: body.price,
        when: body.when.into(),
    };
    let decision = state.tollgate.preview(&customer, &request).await?;
    let preview = granted(decision, state.tollgate.now())?;
    Ok(axum::Json(preview.into()))
}
