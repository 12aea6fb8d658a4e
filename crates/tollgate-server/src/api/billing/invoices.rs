//! `GET /billing/invoices`: the customer's invoices, from Stripe.

use super::payer::BillingErrors;
use crate::api::extract::Query;
use crate::api::problem::{ApiError, Instant};
use crate::api::user_errors::OrganizationHeader;
use crate::api::v1::page::{List, PageQuery};
use crate::auth::extract::ActingFor;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tollgate_core::Timestamp;
use tollgate_stripe::Invoice;
use utoipa::ToSchema;

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoiceBody {
    /// Stripe's id of it.
    #[schema(example = "in_1abc")]
    pub id: String,
    /// Its number, once it is final.
    pub number: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub status: Option<String>,
    /// What is to be paid, in the currency's smallest unit.
    pub amount_due_cents: i64,
    /// What was paid.
    pub amount_paid_cents: i64,
    /// What it comes to.
    pub total_cents: i64,
    /// ISO 4217, in small letters.
    pub currency: Option<String>,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Instant>,
    /// Where it is seen and paid. Whoever has this link sees it.
    pub hosted_invoice_url: Option<String>,
    /// Its PDF. Whoever has this link sees it.
    pub invoice_pdf: Option<String>,
}

impl From<Invoice> for InvoiceBody {
    fn from(invoice: Invoice) -> Self {
        Self {
            id: invoice.id,
            number: invoice.number,
            status: invoice.status.map(|status| status.as_str().to_owned()),
            amount_due_cents: invoice.amount_due.unwrap_or_default(),
            amount_paid_cents: invoice.amount_paid.unwrap_or_default(),
            total_cents: invoice.total.unwrap_or_default(),
            currency: invoice.currency,
            created_at: invoice
                .created
                .map(|at| Instant(Timestamp::from_seconds(at))),
            hosted_invoice_url: invoice
                .hosted_invoice_url
                .map(|url| url.expose().to_owned()),
            invoice_pdf: invoice.invoice_pdf.map(|url| url.expose().to_owned()),
        }
    }
}

/// My invoices, the newest first.
#[utoipa::path(
    get,
    path = "/billing/invoices",
    operation_id = "billing_invoices",
    tag = "Billing",
    params(PageQuery, OrganizationHeader),
    responses((status = 200, description = "One page", body = List<InvoiceBody>), BillingErrors),
    security(("user" = []))
)]
pub async fn invoices(
    State(state): State<AppState>,
    acting: ActingFor,
    Query(page): Query<PageQuery>,
) -> Result<Json<List<InvoiceBody>>, ApiError> {
    let billing = state.billing()?;
    let limit = u8::try_from(page.limit()?).expect("pages have at most 100");
    let after = page.starting_after.as_deref();
    let found = billing.invoices(&acting.customer, after, limit).await?;
    let next = found.data.last().map(|invoice| invoice.id.clone());
    Ok(Json(List {
        next: next.filter(|_| found.has_more),
        has_more: found.has_more,
        data: found.data.into_iter().map(InvoiceBody::from).collect(),
    }))
}
