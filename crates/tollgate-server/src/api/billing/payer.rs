//! Who may pay, and how Stripe reaches them; and where they go when nobody says so.

use crate::api::problem::ApiError;
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tollgate::billing::Contact;
use tollgate_core::id::CustomerId;
use tollgate_store::id::UserId;
use tollgate_store::organization::Role;
use tollgate_store::user::User;
use tollgate_stripe::Private;
use utoipa::openapi::response::Response;

/// A user who may pay for the customer: for themselves, or as an administrator of an
/// organisation.
#[derive(Debug)]
pub struct Payer {
    /// Who pays.
    pub customer: CustomerId,
    /// How Stripe reaches them.
    pub contact: Contact,
}

impl FromRequestParts<AppState> for Payer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let acting = ActingFor::from_request_parts(parts, state).await?;
        acting.at_least(Role::Admin)?;
        let user = match &acting.member {
            Some(member) => member.as_str(),
            None => acting.customer.as_str(),
        };
        // A user of the host has no address here; Stripe's page asks for it.
        let user = match user.parse::<UserId>() {
            Ok(id) => state.identity.user(id).await?,
            Err(_) => None,
        };
        Ok(Self::new(acting.customer, user))
    }
}

impl Payer {
    /// A customer who pays, and the user who does it for them, where we know them.
    pub(crate) fn new(customer: CustomerId, user: Option<User>) -> Self {
        let contact = user.map_or_else(Contact::default, |user| Contact {
            email: Some(Private::new(user.email)),
            name: user.name.map(Private::new),
        });
        Self { customer, contact }
    }
}

/// Where a customer goes when the request does not say: to the billing page of the first allowed
/// origin.
pub(super) fn usual_url(state: &AppState, result: &str) -> String {
    let origins = &state.config.stripe.return_origins;
    let origin = origins.first().map_or("", String::as_str);
    format!(
        "{}/billing/?checkout={result}",
        origin.trim_end_matches('/')
    )
}

/// What can go wrong with payments, beside what can go wrong when a user sends something.
#[derive(Debug)]
pub struct BillingErrors;

impl utoipa::IntoResponses for BillingErrors {
    fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<Response>> {
        crate::api::user_errors::responses(&[
            (
                "400",
                "Not for sale, or not set up, or the body does not read",
            ),
            ("401", "No proof of who asks, or one that does not hold"),
            ("403", "Not an administrator of the organisation"),
            ("404", "There is no such thing"),
            ("408", "The body did not arrive in time"),
            ("409", "It contradicts what is there"),
            ("413", "The body is too long"),
            ("415", "The body is of another kind"),
            ("422", "It reads, but is not what is asked for"),
            ("429", "Too many requests"),
            ("500", "A defect, or broken data"),
            ("502", "Stripe refused"),
            ("503", "Stripe is out of reach, or too much at once"),
        ])
    }
}
