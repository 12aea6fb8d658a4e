//! `POST /auth/register`: a new account, with a customer on the default plan at once.

use crate::api::extract::Json;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::{UserError, WriteErrors};
use crate::auth::extract::ClientAddress;
use crate::auth::limit::RateSlot;
use crate::identity::Registration;
use crate::state::AppState;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tollgate_store::user::User;
use utoipa::ToSchema;

/// What somebody registers with.
#[derive(Deserialize, ToSchema)]
pub struct RegisterRequest {
    /// Where they can be reached, and what they sign in with.
    #[schema(format = Email, max_length = 254, example = "test@example.com")]
    pub email: String,
    /// At least 8 characters.
    #[schema(format = Password, min_length = 8, max_length = 128, example = "testpass123")]
    pub password: String,
    /// What they want to be called.
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// The token of an invitation to this address: they are a member at once.
    pub invitation: Option<String>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserBody {
    /// Theirs for ever.
    #[schema(example = "usr_01hf8q4s0r0000000000000001")]
    pub id: String,
    /// In small letters.
    pub email: String,
    /// What they want to be called.
    pub name: Option<String>,
    /// The customer that they are when they act for no organisation.
    pub customer_id: String,
    /// When they registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.clone(),
            name: user.name.clone(),
            customer_id: user.customer.to_string(),
            created_at: Instant(user.created_at),
        }
    }
}

/// Register.
#[utoipa::path(
    post,
    path = "/auth/register",
    operation_id = "register",
    tag = "Users",
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "The new user, on the default plan", body = UserBody),
        (status = 404, description = "No such invitation", body = UserError),
        (status = 409, description = "There is an account with this address", body = UserError),
        WriteErrors,
    ),
    security(())
)]
pub async fn register(
    State(state): State<AppState>,
    address: ClientAddress,
    slot: RateSlot,
    Json(request): Json<RegisterRequest>,
) -> Result<(StatusCode, axum::Json<UserBody>), ApiError> {
    slot.show("attempts", state.identity.count_attempt(address.0)?);
    let user = state.identity.register(Registration {
        email: request.email,
        password: request.password,
        name: request.name,
        invitation: request.invitation,
    });
    let user = user.await?;
    state.tollgate.open_customer(&user.customer, None).await?;
    Ok((StatusCode::CREATED, axum::Json(UserBody::from(&user))))
}
