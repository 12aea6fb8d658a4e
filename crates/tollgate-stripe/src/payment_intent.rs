//! Payment intents: one payment, with all that was tried for it.

use crate::charge::Charge;
use crate::client::{Client, Expand};
use crate::customer::Customer;
use crate::error::StripeError;
use crate::expandable::Expandable;
use crate::idempotency::IdempotencyKey;
use crate::invoice::Invoice;
use crate::object::ListRequest;
use crate::period::Created;
use crate::private::Private;
use serde::Serialize;
use std::collections::BTreeMap;

open_enum! {
    /// What state a payment is in.
    pub PaymentIntentStatus {
        /// There is no payment method.
        RequiresPaymentMethod = "requires_payment_method",
        /// It is to be confirmed.
        RequiresConfirmation = "requires_confirmation",
        /// The customer has to do something.
        RequiresAction = "requires_action",
        /// It is on its way.
        Processing = "processing",
        /// It is authorised and not taken yet.
        RequiresCapture = "requires_capture",
        /// It is paid.
        Succeeded = "succeeded",
        /// It will not be made.
        Canceled = "canceled",
    }
}

object! {
    /// One payment.
    PaymentIntent = "a payment intent" {
        /// What state it is in.
        status: PaymentIntentStatus,
        /// Minor units to be paid.
        amount: Option<i64>,
        /// Minor units that were paid.
        amount_received: Option<i64>,
        /// Its currency, three letters in lower case.
        currency: Option<String>,
        /// Who pays.
        customer: Option<Expandable<Customer>>,
        /// What a browser needs to go on with it.
        client_secret: Option<Private>,
        /// The latest try.
        latest_charge: Option<Expandable<Charge>>,
        /// The tries, in versions before 2022-11-15; see [`Self::charge_id`].
        charges: crate::list::PageOf<Charge>,
        /// Its invoice, in versions before 2025-03-31; later ones have it in the payments of
        /// invoices.
        invoice: Option<Expandable<Invoice>>,
        /// Why the latest try failed.
        last_payment_error: Option<PaymentError>,
        /// How it is paid.
        payment_method: Option<Expandable<PaymentMethod>>,
        /// When it was cancelled.
        canceled_at: Option<i64>,
        /// When it was created.
        created: Option<i64>,
        /// What it is for.
        description: Option<String>,
        /// Whether it is one of real money.
        livemode: bool,
        /// What the host stored with it.
        metadata: BTreeMap<String, String>,
    }
}

object! {
    /// A way to pay. Nothing of the card itself is read.
    PaymentMethod = "a payment method" {
        /// `card`, `sepa_debit` and so on.
        #[serde(rename = "type")]
        kind: Option<String>,
    }
}

part! {
    /// Why a try failed.
    pub PaymentError {
        /// Stripe's code for it.
        code: Option<String>,
        /// Why the card's issuer declined.
        decline_code: Option<String>,
        /// Stripe's words for the customer.
        message: Option<Private>,
        /// Its kind.
        #[serde(rename = "type")]
        kind: crate::error::RefusalKind,
    }
}

impl PaymentIntent {
    /// Who pays.
    pub fn customer_id(&self) -> Option<&str> {
        self.customer.as_ref().map(Expandable::id)
    }

    /// The latest try, from wherever the version has it.
    pub fn charge_id(&self) -> Option<&str> {
        self.latest_charge
            .as_ref()
            .map(Expandable::id)
            .or_else(|| self.charges.data.first().map(|charge| charge.id.as_str()))
    }
}

/// A new payment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CreatePaymentIntent {
    /// Minor units to be paid.
    pub amount: u64,
    /// Its currency, three letters in lower case.
    pub currency: String,
    /// Who pays.
    pub customer: Option<String>,
    /// Whether it is confirmed at once.
    pub confirm: Option<bool>,
    /// Whether the customer is away.
    pub off_session: Option<bool>,
    /// How it is paid.
    pub payment_method: Option<String>,
    /// Whether Stripe offers the ways to pay that are set in the dashboard.
    pub automatic_payment_methods: Option<AutomaticPaymentMethods>,
    /// Where the customer comes back to.
    pub return_url: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What is stored with it.
    pub metadata: BTreeMap<String, String>,
    /// Which references are sent whole.
    pub expand: Vec<String>,
}

/// Whether Stripe offers the ways to pay that are set in the dashboard.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AutomaticPaymentMethods {
    /// Whether it does.
    pub enabled: bool,
    /// Whether those that lead to another page are among them: `always` or `never`.
    pub allow_redirects: Option<String>,
}

/// The end of a payment that was not made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CancelPaymentIntent {
    /// Why: `duplicate`, `fraudulent`, `requested_by_customer` or `abandoned`.
    pub cancellation_reason: Option<String>,
}

/// Which payments to list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListPaymentIntents {
    /// Those of this customer.
    pub customer: Option<String>,
    /// Those created then.
    pub created: Option<Created>,
    /// Which references are sent whole, such as `data.latest_charge`.
    pub expand: Vec<String>,
}

impl ListRequest for ListPaymentIntents {
    type Item = PaymentIntent;

    fn path(&self) -> Vec<&str> {
        vec!["payment_intents"]
    }
}

impl Client {
    /// Creates a payment.
    pub async fn create_payment_intent(
        &self,
        params: &CreatePaymentIntent,
        key: &IdempotencyKey,
    ) -> Result<PaymentIntent, StripeError> {
        self.post(&["payment_intents"], params, key).await
    }

    /// The payment of this id, with these references sent whole.
    pub async fn payment_intent(
        &self,
        id: &str,
        expand: &[&str],
    ) -> Result<PaymentIntent, StripeError> {
        self.get(&["payment_intents", id], &Expand { expand }).await
    }

    /// Ends a payment that was not made.
    pub async fn cancel_payment_intent(
        &self,
        id: &str,
        params: &CancelPaymentIntent,
        key: &IdempotencyKey,
    ) -> Result<PaymentIntent, StripeError> {
        self.post(&["payment_intents", id, "cancel"], params, key)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_charge_is_read_from_both_places() {
        for text in [
            r#"{"id":"pi_1","latest_charge":"ch_2","amount":500}"#,
            r#"{"id":"pi_1","charges":{"object":"list","data":[{"id":"ch_2"},{"id":"ch_1"}]}}"#,
        ] {
            let payment: PaymentIntent = serde_json::from_str(text).unwrap();
            assert_eq!(payment.charge_id(), Some("ch_2"));
        }
    }

    #[test]
    fn the_clients_secret_does_not_show() {
        let text = r#"{"id":"pi_1","client_secret":"pi_1_secret_abc","last_payment_error":
            {"type":"card_error","code":"card_declined","message":"ada@example.com"}}"#;
        let payment: PaymentIntent = serde_json::from_str(text).unwrap();
        let shown = format!("{payment:?}");
        assert!(!shown.contains("abc") && !shown.contains("ada@"), "{shown}");
        let error = payment.last_payment_error.unwrap();
        assert_eq!(error.code.as_deref(), Some("card_declined"));
    }
}
