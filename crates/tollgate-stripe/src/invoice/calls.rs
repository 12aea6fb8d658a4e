//! The calls about invoices.

use super::object::Invoice;
use super::params::{CreatePreview, PayInvoice};
use crate::client::{Client, Expand};
use crate::error::StripeError;
use crate::idempotency::IdempotencyKey;

impl Client {
    /// The invoice of this id, with these references sent whole. Expand `payments` to learn how it
    /// was paid.
    pub async fn invoice(&self, id: &str, expand: &[&str]) -> Result<Invoice, StripeError> {
        self.get(&["invoices", id], &Expand { expand }).await
    }

    /// What would be invoiced; nothing is done. It is a POST, and so it takes a key as well.
    pub async fn create_preview(
        &self,
        params: &CreatePreview,
        key: &IdempotencyKey,
    ) -> Result<Invoice, StripeError> {
        self.post(&["invoices", "create_preview"], params, key)
            .await
    }

    /// Collects an open invoice now.
    pub async fn pay_invoice(
        &self,
        id: &str,
        params: &PayInvoice,
        key: &IdempotencyKey,
    ) -> Result<Invoice, StripeError> {
        self.post(&["invoices", id, "pay"], params, key).await
    }

    /// Takes back an open invoice.
    pub async fn void_invoice(
        &self,
        id: &str,
        key: &IdempotencyKey,
    ) -> Result<Invoice, StripeError> {
        self.post(&["invoices", id, "void"], &(), key).await
    }
}
