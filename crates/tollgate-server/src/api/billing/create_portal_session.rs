//! `POST /billing/create-portal-session`: lets the customer into Stripe's billing portal.

use super::payer::{BillingErrors, Payer, usual_url};
use crate::api::extract::OptionalJson;
use crate::api::problem::ApiError;
use crate::api::user_errors::OrganizationHeader;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A visit to the portal.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalRequest {
    /// Where to go afterwards; its origin must be allowed.
    #[schema(example = "http://localhost:3000/billing")]
    pub return_url: Option<String>,
}

/// A visit to the portal.
#[derive(Debug, Serialize, ToSchema)]
pub struct PortalBody {
    /// The portal, for this customer. Whoever has this link is let in.
    pub portal_url: String,
}

/// Open the billing portal.
///
/// Payment methods, addresses, invoices, and leaving.
#[utoipa::path(
    post,
    path = "/billing/create-portal-session",
    operation_id = "create_portal_session",
    tag = "Billing",
    params(OrganizationHeader),
    request_body = PortalRequest,
    responses((status = 200, description = "The portal", body = PortalBody), BillingErrors),
    security(("user" = []))
)]
pub async fn create_portal_session(
    State(state): State<AppState>,
    payer: Payer,
    OptionalJson(request): OptionalJson<PortalRequest>,
) -> Result<Json<PortalBody>, ApiError> {
    let billing = state.billing()?;
    let return_url = request
        .return_url
        .unwrap_or_else(|| usual_url(&state, "portal"));
    let portal_url = billing.portal(&payer.customer, &return_url).await?;
    Ok(Json(PortalBody { portal_url }))
}
