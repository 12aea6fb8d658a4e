//! What goes wrong in billing, as an answer: one match from its error to status and word.

use super::problem::{ApiError, BillingProblem};
use crate::state::AppState;
use http::StatusCode;
use tollgate::billing::{Billing, BillingError, RejectedEvent};
use tollgate_core::catalog::Catalog;
use tollgate_stripe::StripeError;
use tollgate_stripe::webhook::WebhookError;

/// How long to wait when Stripe is out of reach.
const RETRY_AFTER_SECONDS: u64 = 5;

impl From<BillingError> for ApiError {
    fn from(error: BillingError) -> Self {
        let (status, reason) = match error {
            BillingError::Engine(error) => return error.into(),
            BillingError::Store(error) => return error.into(),
            BillingError::Refused(refusal) => {
                return Self::refused(refusal, tollgate_core::Timestamp::MIN);
            }
            BillingError::UnknownCustomer => return Self::unknown_customer(),
            BillingError::Contended => {
                return Self::Busy {
                    retry_after_seconds: 1,
                };
            }
            BillingError::Stripe(error) => return of_stripe(&error),
            BillingError::NotForSale { .. } => (StatusCode::BAD_REQUEST, "invalid_plan"),
            BillingError::UnknownTopUp { .. } => (StatusCode::BAD_REQUEST, "invalid_topup"),
            BillingError::Quantity { .. } | BillingError::AmountTooLarge { .. } => {
                (StatusCode::BAD_REQUEST, "invalid_quantity")
            }
            BillingError::ReturnUrl(_) => (StatusCode::BAD_REQUEST, "invalid_url"),
            BillingError::PromotionCode(_) => (StatusCode::BAD_REQUEST, "invalid_promotion_code"),
            BillingError::Reason(_) => (StatusCode::BAD_REQUEST, "invalid_reason"),
            BillingError::NoStripePrice { .. } => (StatusCode::BAD_REQUEST, "not_set_up"),
            BillingError::AlreadySubscribed { .. } => (StatusCode::CONFLICT, "already_subscribed"),
            BillingError::SamePlan { .. } => (StatusCode::CONFLICT, "same_plan"),
            BillingError::NotSubscribed => (StatusCode::CONFLICT, "not_subscribed"),
            BillingError::Overdue => (StatusCode::CONFLICT, "payment_overdue"),
            BillingError::NothingToUndo => (StatusCode::CONFLICT, "nothing_to_undo"),
            BillingError::NoBillingAccount => (StatusCode::CONFLICT, "no_billing_account"),
        };
        problem(status, reason, error.to_string())
    }
}

impl From<RejectedEvent> for ApiError {
    fn from(rejected: RejectedEvent) -> Self {
        match rejected {
            RejectedEvent::Store(error) => error.into(),
            RejectedEvent::Webhook(error) => {
                let reason = match error {
                    WebhookError::Thin { .. } => "unsupported_event",
                    _ => "invalid_signature",
                };
                tracing::warn!(%error, "an event was refused");
                problem(StatusCode::BAD_REQUEST, reason, error.to_string())
            }
        }
    }
}

/// What Stripe did not do. Its own words are for the log: they may name what is nobody's business.
fn of_stripe(error: &StripeError) -> ApiError {
    if error.is_outcome_unknown() {
        tracing::warn!(%error, "Stripe did not answer");
        return ApiError::Billing(Box::new(BillingProblem {
            status: StatusCode::SERVICE_UNAVAILABLE,
            reason: "stripe_unavailable",
            message: "Stripe cannot be reached at the moment; please try again.".to_owned(),
            detail: None,
            retry_after_seconds: Some(RETRY_AFTER_SECONDS),
        }));
    }
    tracing::error!(%error, "Stripe refused a request");
    problem(
        StatusCode::BAD_GATEWAY,
        "stripe_refused",
        "Stripe refused the request; the log of the server says why.".to_owned(),
    )
}

fn problem(status: StatusCode, reason: &'static str, message: String) -> ApiError {
    ApiError::Billing(Box::new(BillingProblem {
        status,
        reason,
        message,
        detail: None,
        retry_after_seconds: None,
    }))
}

impl AppState {
    /// Billing, where it is set up. Without keys no plan can be bought, and `detail` says so in
    /// the words that apps know.
    pub fn billing(&self) -> Result<&Billing, ApiError> {
        self.billing.as_ref().ok_or_else(|| {
            ApiError::Billing(Box::new(BillingProblem {
                status: StatusCode::BAD_REQUEST,
                reason: "not_configured",
                message: "Payments are not set up here: the server has no Stripe key.".to_owned(),
                detail: Some(choices(&self.tollgate.catalog())),
                retry_after_seconds: None,
            }))
        })
    }
}

fn choices(catalog: &Catalog) -> String {
    let for_sale = catalog.for_sale().map(|plan| plan.id.clone()).collect();
    BillingError::NotForSale { for_sale }.to_string()
}
