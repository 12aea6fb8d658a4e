//! Customers: who pays.

use crate::client::Client;
use crate::error::StripeError;
use crate::idempotency::IdempotencyKey;
use crate::object::ListRequest;
use crate::period::Created;
use crate::private::Private;
use crate::tolerant::Clearable;
use serde::Serialize;
use std::collections::BTreeMap;

object! {
    /// Who pays.
    Customer = "a customer" {
        /// Whether it was deleted; then nothing else is known of it.
        deleted: bool,
        /// When it was created.
        created: Option<i64>,
        /// Its currency, once it has paid something.
        currency: Option<String>,
        /// Whether its latest invoice is overdue.
        delinquent: Option<bool>,
        /// Its e-mail address.
        email: Option<Private>,
        /// Its name.
        name: Option<Private>,
        /// What it is owed (negative) or owes, in minor units, on its next invoices.
        balance: Option<i64>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
        /// How it pays its invoices.
        invoice_settings: InvoiceSettings,
    }
}

part! {
    /// How a customer pays its invoices.
    pub InvoiceSettings {
        /// The payment method of its invoices.
        default_payment_method: Option<crate::Expandable<crate::payment_intent::PaymentMethod>>,
    }
}

/// A new customer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreateCustomer {
    /// Its e-mail address.
    pub email: Option<Private>,
    /// Its name.
    pub name: Option<Private>,
    /// What it is, for people who read the dashboard.
    pub description: Option<String>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Its languages, best first.
    pub preferred_locales: Vec<String>,
    /// The test clock that it lives by.
    pub test_clock: Option<String>,
}

/// A change of a customer; what is `None` stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UpdateCustomer {
    /// Its e-mail address.
    pub email: Option<Private>,
    /// Its name.
    pub name: Option<Private>,
    /// What it is, for people who read the dashboard.
    pub description: Option<String>,
    /// What is stored with it: the keys that are named; an empty text removes one.
    pub metadata: Option<Clearable<BTreeMap<String, String>>>,
    /// Its languages, best first.
    pub preferred_locales: Vec<String>,
}

/// Which customers to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListCustomers {
    /// Those with exactly this e-mail address. Never a way to find out who somebody is.
    pub email: Option<Private>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.invoice_settings.default_payment_method`.
    pub expand: Vec<String>,
}

impl ListRequest for ListCustomers {
    type Item = Customer;

    fn path(&self) -> Vec<&str> {
        vec!["customers"]
    }
}

impl Client {
    /// Creates a customer.
    pub async fn create_customer(
        &self,
        params: &CreateCustomer,
        key: &IdempotencyKey,
    ) -> Result<Customer, StripeError> {
        self.post(&["customers"], params, key).await
    }

    /// The customer of this id; a deleted one too.
    pub async fn customer(&self, id: &str) -> Result<Customer, StripeError> {
        self.get(&["customers", id], &()).await
    }

    /// Changes a customer.
    pub async fn update_customer(
        &self,
        id: &str,
        params: &UpdateCustomer,
        key: &IdempotencyKey,
    ) -> Result<Customer, StripeError> {
        self.post(&["customers", id], params, key).await
    }

    /// Deletes a customer and ends its subscriptions at once.
    pub async fn delete_customer(&self, id: &str) -> Result<Customer, StripeError> {
        self.delete(&["customers", id], &()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_customer_reads() {
        let text = r#"{"id":"cus_1","object":"customer","deleted":true}"#;
        let customer: Customer = serde_json::from_str(text).unwrap();
        assert!(customer.deleted);
    }

    #[test]
    fn no_name_or_address_shows() {
        let text =
            r#"{"id":"cus_1","email":"ada@example.com","name":"Ada Lovelace","deleted":null}"#;
        let customer: Customer = serde_json::from_str(text).unwrap();
        let shown = format!("{customer:?}");
        assert!(
            !shown.contains("ada@") && !shown.contains("Lovelace"),
            "{shown}"
        );
        assert_eq!(customer.email.unwrap().expose(), "ada@example.com");
    }
}
