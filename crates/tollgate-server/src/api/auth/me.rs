//! `GET /auth/me`: who the token stands for.

use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::ReadErrors;
use crate::auth::extract::CurrentUser;
use crate::identity::{IdentityError, Principal};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// Whom a token stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeBody {
    /// The user's id, here or in the host app.
    pub id: String,
    /// The e-mail address; null for a user of the host app.
    pub email: Option<String>,
    /// What they want to be called.
    pub name: Option<String>,
    /// The customer that they act for when they name no organisation.
    pub customer_id: String,
    /// When they registered; null for a user of the host app.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Instant>,
    /// The organisations that they belong to.
    pub organizations: Vec<MyOrganization>,
}

/// An organisation that a user belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyOrganization {
    /// For the header `X-Organization`.
    pub id: String,
    /// What people read.
    pub name: String,
    /// What the user may do there: owner, admin or member.
    #[schema(value_type = String, example = "member")]
    pub role: &'static str,
}

/// Who am I?
#[utoipa::path(
    get,
    path = "/auth/me",
    operation_id = "me",
    tag = "Users",
    responses(
        (status = 200, description = "The user", body = MeBody),
        ReadErrors,
    ),
    security(("user" = []))
)]
pub async fn me(
    State(state): State<AppState>,
    user: CurrentUser,
) -> Result<Json<MeBody>, ApiError> {
    match user.principal {
        Principal::Local { user: id, .. } => {
            let identity = &state.identity;
            let found = identity.user(id).await?;
            let user = found
                .filter(|user| user.disabled_at.is_none())
                .ok_or(IdentityError::Token(crate::auth::TokenError::Expired))?;
            let organizations = identity.organizations_of(id).await?;
            Ok(Json(MeBody {
                id: user.id.to_string(),
                email: Some(user.email),
                name: user.name,
                customer_id: user.customer.to_string(),
                created_at: Some(Instant(user.created_at)),
                organizations: organizations
                    .into_iter()
                    .map(|(organization, role)| MyOrganization {
                        id: organization.id.to_string(),
                        name: organization.name,
                        role: role.as_str(),
                    })
                    .collect(),
            }))
        }
        Principal::Host { customer, member } => Ok(Json(MeBody {
            id: member.map_or_else(|| customer.to_string(), |member| member.to_string()),
            email: None,
            name: None,
            customer_id: customer.to_string(),
            created_at: None,
            organizations: Vec::new(),
        })),
    }
}
