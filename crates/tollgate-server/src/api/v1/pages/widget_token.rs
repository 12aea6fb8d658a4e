//! `POST /v1/customers/{customer}/widget-tokens`: what a widget in a page of the app reads with.

use super::VisitorBody;
use crate::api::extract::{OptionalJson, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::identity::Purpose;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// How long a token works.
const TOKEN_SECONDS: i64 = 900;

/// What a widget reads with.
#[derive(Debug, Serialize, ToSchema)]
pub struct WidgetTokenAnswer {
    /// For the attribute `token` of a widget. It reads this customer's usage and the plans, and
    /// nothing else.
    #[schema(example = "tgv_…")]
    pub token: String,
    /// Until when it works.
    #[schema(value_type = schema::Instant)]
    pub expires_at: Instant,
}

/// Let a widget read a customer's usage
///
/// For a quarter of an hour: a page that stays open asks the app's back end for the next one.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/widget-tokens", tag = "Pages", operation_id = "create_widget_token",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    request_body = Option<VisitorBody>,
    responses((status = 201, description = "The token", body = WidgetTokenAnswer), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn create_widget_token(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
    OptionalJson(body): OptionalJson<VisitorBody>,
) -> Result<(StatusCode, axum::Json<WidgetTokenAnswer>), ApiError> {
    let customer = caller.customer(&customer)?;
    let visitor = body.visitor(&state, customer).await?;
    let (secret, visit) = state
        .identity
        .begin_visit(visitor, &caller.actor(), Purpose::Widget, TOKEN_SECONDS)
        .await?;
    let answer = WidgetTokenAnswer {
        token: secret.reveal().to_owned(),
        expires_at: Instant(visit.expires_at),
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}
