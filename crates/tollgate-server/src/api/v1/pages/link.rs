//! `POST /v1/customers/{customer}/page-links`: a way to the billing page.

use super::VisitorBody;
use crate::api::extract::{OptionalJson, Path};
use crate::api::openapi::WriteProblems;
use crate::api::problem::{ApiError, Instant};
use crate::api::schema;
use crate::auth::extract::{BackEnd, scope};
use crate::identity::{LINK_SECONDS, Purpose};
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// A way to the billing page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageLinkAnswer {
    /// Where to send the customer's browser. Whoever follows it first is in: it works once.
    #[schema(example = "https://app.example/billing/enter?link=tgv_…")]
    pub url: String,
    /// Until when it works.
    #[schema(value_type = schema::Instant)]
    pub expires_at: Instant,
}

/// Let a customer into the billing page
///
/// For apps that sign their users in themselves: make a link when the customer asks for billing,
/// and redirect their browser to it.
#[utoipa::path(
    post, path = "/v1/customers/{customer}/page-links", tag = "Pages", operation_id = "create_page_link",
    params(("customer" = schema::CustomerId, Path, description = "The customer")),
    request_body = Option<VisitorBody>,
    responses((status = 201, description = "The link", body = PageLinkAnswer), WriteProblems),
    security(("api_key" = ["manage"])),
)]
pub async fn create_page_link(
    State(state): State<AppState>,
    caller: BackEnd<scope::Manage>,
    Path(customer): Path<String>,
    OptionalJson(body): OptionalJson<VisitorBody>,
) -> Result<(StatusCode, axum::Json<PageLinkAnswer>), ApiError> {
    let customer = caller.customer(&customer)?;
    let visitor = body.visitor(&state, customer).await?;
    let (secret, visit) = state
        .identity
        .begin_visit(visitor, &caller.actor(), Purpose::Link, LINK_SECONDS)
        .await?;
    let origin = state.config.stripe.return_origins.first();
    let origin = origin.map_or("", |origin| origin.trim_end_matches('/'));
    let answer = PageLinkAnswer {
        url: format!("{origin}/billing/enter?link={}", secret.reveal()),
        expires_at: Instant(visit.expires_at),
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}
