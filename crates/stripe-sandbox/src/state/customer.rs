//! Customers: who pays.

use super::calendar::UnixSeconds;
use super::error::ApiError;
use super::list;
use super::params::{Metadata, Params};
use super::payment_method;
use super::subscription::Subscription;
use super::table::Record as _;
use super::{Answer, Context, State, subscription_cancel};
use serde_json::{Value, json};

/// A customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    /// What Stripe owes (negative) or is owed (positive), settled with the next invoice.
    pub(crate) balance: i64,
    pub(crate) currency: Option<String>,
    pub(crate) delinquent: bool,
    pub(crate) default_payment_method: Option<String>,
    /// What its invoice numbers begin with.
    pub(crate) invoice_prefix: String,
    pub(crate) invoices_numbered: u32,
    pub(crate) deleted: bool,
}

super::record!(Customer, "customer", customers);

const FIELDS: &[&str] = &[
    "validate",
    "address",
    "balance",
    "business_name",
    "cash_balance",
    "description",
    "email",
    "expand",
    "individual_name",
    "invoice_prefix",
    "invoice_settings",
    "metadata",
    "name",
    "next_invoice_sequence",
    "phone",
    "preferred_locales",
    "shipping",
    "source",
    "tax",
    "tax_exempt",
];

impl Customer {
    fn shown(&self, _: &State) -> Value {
        if self.deleted {
            return json!({ "id": self.id, "object": "customer", "deleted": true });
        }
        json!({
            "id": self.id,
            "object": "customer",
            "address": null,
            "balance": self.balance,
            "created": self.created,
            "currency": self.currency,
            "customer_account": null,
            "default_source": null,
            "delinquent": self.delinquent,
            "description": self.description,
            "discount": null,
            "email": self.email,
            "invoice_prefix": self.invoice_prefix,
            "invoice_settings": {
                "custom_fields": null,
                "default_payment_method": self.default_payment_method,
                "footer": null,
                "rendering_options": null,
            },
            "livemode": false,
            "metadata": self.metadata,
            "name": self.name,
            "next_invoice_sequence": self.invoices_numbered + 1,
            "phone": self.phone,
            "preferred_locales": [],
            "shipping": null,
            "tax_exempt": "none",
            "test_clock": null,
        })
    }

    /// A customer that nothing is known of yet.
    pub(crate) fn new(context: &mut Context<'_>, email: Option<String>) -> Self {
        Self {
            id: context.ids.object("cus"),
            created: context.now,
            email,
            name: None,
            phone: None,
            description: None,
            metadata: Metadata::new(),
            balance: 0,
            currency: None,
            delinquent: false,
            default_payment_method: None,
            invoice_prefix: context.ids.letters(8).to_uppercase(),
            invoices_numbered: 0,
            deleted: false,
        }
    }

    fn read(&mut self, params: &Params) -> Result<(), ApiError> {
        params.text_into("email", &mut self.email);
        params.text_into("name", &mut self.name);
        params.text_into("phone", &mut self.phone);
        params.text_into("description", &mut self.description);
        params.metadata_into(&mut self.metadata);
        if let Some(balance) = params.integer("balance")? {
            self.balance = balance;
        }
        Ok(())
    }
}

/// The customer that a parameter names, if it has not been deleted.
pub(crate) fn living<'a>(
    state: &'a State,
    id: &str,
    param: &str,
) -> Result<&'a Customer, ApiError> {
    let customer = state.refer::<Customer>(id, param)?;
    if customer.deleted {
        return Err(ApiError::no_such(400, "customer", id, param));
    }
    Ok(customer)
}

/// `POST /v1/customers`.
pub(crate) fn create(state: &mut State, context: &mut Context<'_>, params: &Params) -> Answer {
    params.only_of(FIELDS, &["payment_method", "tax_id_data", "test_clock"])?;
    let mut customer = Customer::new(context, None);
    customer.read(params)?;
    let id = customer.id.clone();
    state.add(context, customer, "customer.created");
    choose_payment_method(state, context, &id, params)?;
    Ok(state.json::<Customer>(&id))
}

/// `POST /v1/customers/{id}`.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only_of(FIELDS, &["default_source"])?;
    let mut changed = state.find::<Customer>(id, "id")?.clone();
    if changed.deleted {
        return Err(ApiError::no_such(404, "customer", id, "id"));
    }
    changed.read(params)?;
    state.change::<Customer>(context, id, "customer.updated", |customer| {
        *customer = changed;
    });
    choose_payment_method(state, context, id, params)?;
    Ok(state.json::<Customer>(id))
}

fn choose_payment_method(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Result<(), ApiError> {
    if let Some(method) = params.text("payment_method") {
        payment_method::attach_to(state, context, method, id)?;
    }
    let Some(settings) = params.inner("invoice_settings") else {
        return Ok(());
    };
    let mut chosen = settings.text("default_payment_method").map(str::to_owned);
    if let Some(method) = &chosen {
        chosen = Some(payment_method::of_customer(state, context, method, id)?);
    }
    if settings.has("default_payment_method") {
        state.change::<Customer>(context, id, "customer.updated", |customer| {
            customer.default_payment_method = chosen;
        });
    }
    Ok(())
}

/// `DELETE /v1/customers/{id}`: its subscriptions end at once.
pub(crate) fn delete(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    if state.find::<Customer>(id, "id")?.deleted {
        return Err(ApiError::no_such(404, "customer", id, "id"));
    }
    let subscriptions: Vec<String> = Subscription::table(state)
        .newest_first()
        .filter(|subscription| subscription.customer == id && !subscription.status.has_ended())
        .map(|subscription| subscription.id.clone())
        .collect();
    for subscription in subscriptions {
        subscription_cancel::end_now(
            state,
            context,
            &subscription,
            Some("cancellation_requested"),
        );
    }
    state.announce::<Customer>(context, id, "customer.deleted");
    state.quietly::<Customer>(id, |customer| customer.deleted = true);
    Ok(state.json::<Customer>(id))
}

/// `GET /v1/customers`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "email",
        "created",
        "test_clock",
    ])?;
    let created = list::Created::from(params)?;
    let email = params.text("email");
    let wanted = |customer: &Customer| {
        !customer.deleted
            && created.contains(customer.created)
            && email.is_none_or(|email| customer.email.as_deref() == Some(email))
    };
    list::page(state, params, "/v1/customers", wanted)
}
