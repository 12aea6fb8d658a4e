//! `POST /v1/customers`: begins a customer.

use super::CustomerBody;
use crate::api::extract::Json;
use crate::api::openapi::WriteProblems;
use crate::api::problem::ApiError;
use crate::api::schema;
use crate::api::v1::figures::granted;
use crate::auth::extract::{BackEnd, scope};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use tollgate_core::decision::{Reason, Refusal};
use tollgate_core::id::PlanId;
use tollgate_core::period::TimeZone;
use tollgate_core::request::{ChangeTime, Subscribe};
use utoipa::ToSchema;

/// A new customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomerBody {
    /// The host app's own id.
    #[schema(value_type = schema::CustomerId)]
    pub id: String,
    /// Whose calendar counts; the catalog's when left out.
    #[schema(value_type = Option<schema::TimeZone>)]
    pub time_zone: Option<String>,
    /// The plan, in its monthly price; the catalog's default when left out.
    #[schema(value_type = Option<schema::PlanId>)]
    pub plan: Option<PlanId>,
}

/// Begin a customer
///
/// Begins a customer, on the plan or on the catalog's default one. One that exists stays as it is
/// and is answered with 200; but while nothing else has happened to it, it takes the plan, so that
/// a request that was cut off can be sent again.
#[utoipa::path(
    post, path = "/v1/customers", tag = "Customers", operation_id = "create_customer",
    request_body = NewCustomerBody,
    responses(
        (status = 201, description = "Begun", body = CustomerBody),
        (status = 200, description = "It was there", body = CustomerBody),
        WriteProblems,
    ),
    security(("api_key" = ["manage"])),
)]
pub async fn create_customer(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Json(body): Json<NewCustomerBody>,
) -> Result<(StatusCode, axum::Json<CustomerBody>), ApiError> {
    let customer = caller.customer(&body.id)?;
    let zone = body.time_zone.as_deref().map(read_time_zone).transpose()?;
    if let Some(plan) = &body.plan {
        demand_plan(&state, plan)?;
    }
    let opened = state.tollgate.open_customer(&customer, zone).await?;
    // Begun, and the plan not yet taken: what a request leaves that was cut off in between. Its
    // retry takes it.
    let is_as_begun = state
        .tollgate
        .account(&customer)
        .await?
        .is_some_and(|account| account.version() <= VERSION_BEGUN);
    if let Some(plan) = body.plan.filter(|_| opened || is_as_begun) {
        let request = Subscribe {
            plan,
            price: None,
            when: ChangeTime::Now,
        };
        let decision = state.tollgate.subscribe(&customer, request, None).await?;
        granted(decision, state.tollgate.now())?;
    }
    if opened {
        let caller = caller.actor();
        let notes = state
            .identity
            .note(caller, "customer.created", &customer, json!({}));
        notes.await;
    }
    let account = state.tollgate.account(&customer).await?;
    let account = account.ok_or_else(ApiError::unknown_customer)?;
    let status = if opened {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, axum::Json(CustomerBody::new(&account, body.id))))
}

/// The version of an account that was begun and got the default plan.
const VERSION_BEGUN: u64 = 2;

/// Reads a time zone of a body.
pub(super) fn read_time_zone(name: &str) -> Result<TimeZone, ApiError> {
    TimeZone::new(name).map_err(|error| ApiError::InvalidRequest(format!("time_zone: {error}")))
}

/// Nothing may happen for a plan that is not sold.
fn demand_plan(state: &AppState, plan: &PlanId) -> Result<(), ApiError> {
    let catalog = state.tollgate.catalog();
    if catalog.plans.get(plan).is_some_and(|plan| plan.is_active) {
        return Ok(());
    }
    let refusal = Refusal {
        plan: Some(plan.clone()),
        ..Refusal::bare(Reason::UnknownPlan)
    };
    Err(ApiError::refused(Box::new(refusal), state.tollgate.now()))
}
