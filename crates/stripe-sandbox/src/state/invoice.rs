//! Invoices: draft, open, and then paid, void or uncollectible.

use super::calendar::UnixSeconds;
use super::customer::Customer;
use super::discount;
use super::error::ApiError;
use super::invoice_line::Line;
use super::list;
use super::params::{Metadata, Params};
use super::payment_intent::{self, Payment};
use super::payment_method::Decline;
use super::{Answer, Context, State, invoice_payment, subscription_cycle};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It can still change.
    Draft,
    /// It waits for payment.
    Open,
    /// It is paid, or nothing was due.
    Paid,
    /// It counts for nothing.
    Void,
    /// It is given up.
    Uncollectible,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Void => "void",
            Self::Uncollectible => "uncollectible",
        }
    }
}

/// An invoice.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) created: UnixSeconds,
    pub(crate) customer: String,
    pub(crate) subscription: Option<String>,
    pub(crate) status: Status,
    pub(crate) billing_reason: &'static str,
    pub(crate) currency: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) number: Option<String>,
    pub(crate) discounts: Vec<String>,
    pub(crate) amount_due: i64,
    pub(crate) payment_intent: Option<String>,
    pub(crate) next_payment_attempt: Option<UnixSeconds>,
    pub(crate) attempt_count: usize,
    subscription_metadata: Metadata,
    metadata: Metadata,
    period: (UnixSeconds, UnixSeconds),
    starting_balance: i64,
    ending_balance: i64,
    finalized_at: Option<UnixSeconds>,
    pub(crate) paid_at: Option<UnixSeconds>,
    voided_at: Option<UnixSeconds>,
    uncollectible_at: Option<UnixSeconds>,
    paid_out_of_band: bool,
}

super::record!(Invoice, "invoice", invoices);

/// What an invoice is made from.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) subscription: Option<String>,
    pub(crate) subscription_metadata: Metadata,
    pub(crate) billing_reason: &'static str,
    pub(crate) currency: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) period: (UnixSeconds, UnixSeconds),
    pub(crate) discounts: Vec<String>,
}

impl Invoice {
    /// The sums of a draft: discounts, then the customer's balance.
    pub(crate) fn from_draft(state: &State, now: UnixSeconds, mut draft: Draft) -> Self {
        let mut used = BTreeMap::new();
        for line in draft
            .lines
            .iter_mut()
            .filter(|line| !line.proration && line.amount > 0)
        {
            line.off = discount::amounts_off(state, &draft.discounts, line.amount, &mut used);
        }
        let mut invoice = Self {
            id: draft.id,
            created: now,
            customer: draft.customer,
            subscription: draft.subscription,
            status: Status::Draft,
            billing_reason: draft.billing_reason,
            currency: draft.currency,
            lines: draft.lines,
            number: None,
            discounts: draft.discounts,
            amount_due: 0,
            payment_intent: None,
            next_payment_attempt: None,
            attempt_count: 0,
            subscription_metadata: draft.subscription_metadata,
            metadata: Metadata::new(),
            period: draft.period,
            starting_balance: 0,
            ending_balance: 0,
            finalized_at: None,
            paid_at: None,
            voided_at: None,
            uncollectible_at: None,
            paid_out_of_band: false,
        };
        let balance = state
            .customers
            .get(&invoice.customer)
            .map_or(0, |customer| customer.balance);
        let settled = invoice.total() + balance;
        invoice.starting_balance = balance;
        invoice.amount_due = settled.max(0);
        invoice.ending_balance = settled.min(0);
        invoice
    }

    fn subtotal(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    fn off(&self) -> BTreeMap<&str, i64> {
        let mut sums = BTreeMap::new();
        for (discount, amount) in self.lines.iter().flat_map(|line| &line.off) {
            *sums.entry(discount.as_str()).or_default() += amount;
        }
        sums
    }

    /// After discounts, before the balance.
    pub(crate) fn total(&self) -> i64 {
        self.subtotal() - self.off().values().sum::<i64>()
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one literal with all the fields of the object"
    )]
    fn shown(&self, state: &State) -> Value {
        let customer = state.customers.get(&self.customer);
        let paid = self.status == Status::Paid;
        let amount_paid = if paid { self.amount_due } else { 0 };
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|line| line.shown(state, &self.id, &self.currency))
            .collect();
        let off: Vec<Value> = self
            .off()
            .into_iter()
            .map(|(discount, amount)| json!({ "amount": amount, "discount": discount }))
            .collect();
        let page = self
            .number
            .as_ref()
            .map(|_| format!("{}/i/{}", state.base_url, self.id));
        json!({
            "id": self.id,
            "object": "invoice",
            "account_country": "US",
            "account_name": "Sandbox (not Stripe)",
            "account_tax_ids": null,
            "amount_due": self.amount_due,
            "amount_overpaid": 0,
            "amount_paid": amount_paid,
            "amount_remaining": self.amount_due - amount_paid,
            "amount_shipping": 0,
            "application": null,
            "attempt_count": self.attempt_count,
            "attempted": self.attempt_count > 0 || paid,
            "auto_advance": self.status == Status::Open && self.next_payment_attempt.is_some(),
            "automatic_tax": {
                "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null,
            },
            "automatically_finalizes_at": null,
            "billing_reason": self.billing_reason,
            "collection_method": "charge_automatically",
            "created": self.created,
            "currency": self.currency,
            "custom_fields": null,
            "customer": self.customer,
            "customer_account": null,
            "customer_address": null,
            "customer_email": customer.and_then(|customer| customer.email.as_ref()),
            "customer_name": customer.and_then(|customer| customer.name.as_ref()),
            "customer_phone": null,
            "customer_shipping": null,
            "customer_tax_exempt": "none",
            "customer_tax_ids": [],
            "default_payment_method": null,
            "default_source": null,
            "default_tax_rates": [],
            "description": null,
            "discounts": self.discounts,
            "due_date": null,
            "effective_at": self.finalized_at,
            "ending_balance": self.finalized_at.map(|_| self.ending_balance),
            "footer": null,
            "from_invoice": null,
            "hosted_invoice_url": page,
            "invoice_pdf": page.as_ref().map(|page| format!("{page}/pdf")),
            "issuer": { "type": "self" },
            "last_finalization_error": null,
            "latest_revision": null,
            "lines": list::whole(&lines, &format!("/v1/invoices/{}/lines", self.id)),
            "livemode": false,
            "metadata": self.metadata,
            "next_payment_attempt": self.next_payment_attempt,
            "number": self.number,
            "on_behalf_of": null,
            "parent": self.subscription.as_ref().map(|subscription| json!({
                "quote_details": null,
                "subscription_details": {
                    "metadata": self.subscription_metadata,
                    "subscription": subscription,
                },
                "type": "subscription_details",
            })),
            "payment_settings": {
                "default_mandate": null, "payment_method_options": null, "payment_method_types": null,
            },
            "period_end": self.period.1,
            "period_start": self.period.0,
            "post_payment_credit_notes_amount": 0,
            "pre_payment_credit_notes_amount": 0,
            "receipt_number": null,
            "rendering": null,
            "shipping_cost": null,
            "shipping_details": null,
            "starting_balance": self.starting_balance,
            "statement_descriptor": null,
            "status": self.status.name(),
            "status_transitions": {
                "finalized_at": self.finalized_at,
                "marked_uncollectible_at": self.uncollectible_at,
                "paid_at": self.paid_at,
                "voided_at": self.voided_at,
            },
            "subtotal": self.subtotal(),
            "subtotal_excluding_tax": self.subtotal(),
            "test_clock": null,
            "total": self.total(),
            "total_discount_amounts": off,
            "total_excluding_tax": self.total(),
            "total_pretax_credit_amounts": [],
            "total_taxes": [],
            "webhooks_delivered_at": self.finalized_at,
        })
    }
}

/// Makes an invoice final: it has a number, and the customer's balance is settled.
pub(crate) fn finalize(state: &mut State, context: &mut Context<'_>, draft: Draft) -> String {
    let id = draft.id.clone();
    let discounts = draft.discounts.clone();
    let invoice = Invoice::from_draft(state, context.now, draft);
    let (customer, balance) = (invoice.customer.clone(), invoice.ending_balance);
    state.add(context, invoice, "invoice.created");
    discount::spend(state, &discounts);
    open(state, context, &id);
    state.change::<Customer>(context, &customer, "customer.updated", |customer| {
        customer.balance = balance;
    });
    id
}

fn open(state: &mut State, context: &mut Context<'_>, id: &str) {
    let Some(invoice) = state.invoices.get(id) else {
        return;
    };
    let customer = invoice.customer.clone();
    let mut number = None;
    state.quietly::<Customer>(&customer, |customer| {
        customer.invoices_numbered += 1;
        number = Some(format!(
            "{}-{:04}",
            customer.invoice_prefix, customer.invoices_numbered
        ));
    });
    let now = context.now;
    state.quietly::<Invoice>(id, |invoice| {
        invoice.status = Status::Open;
        invoice.number = number;
        invoice.finalized_at = Some(now);
    });
    state.announce::<Invoice>(context, id, "invoice.finalized");
}

/// Keeps an invoice as a draft.
pub(crate) fn keep_draft(state: &mut State, context: &mut Context<'_>, draft: Draft) -> String {
    let id = draft.id.clone();
    let invoice = Invoice::from_draft(state, context.now, draft);
    state.add(context, invoice, "invoice.created");
    id
}

/// Who tries to have an invoice paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The schedule of retries.
    Automatic,
    /// A request; it does not move the schedule.
    OnRequest,
}

/// Tries to have an open invoice paid.
pub(crate) fn attempt(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    method: Option<&str>,
    by: Attempt,
) -> Result<(), Decline> {
    let Some(invoice) = state.invoices.get(id).cloned() else {
        return Ok(());
    };
    if invoice.status != Status::Open {
        return Ok(());
    }
    if invoice.amount_due == 0 {
        mark_paid(state, context, id);
        return Ok(());
    }
    let intent = prepare_payment(state, context, &invoice);
    let outcome = payment_intent::charge(state, context, &intent, method);
    let first = invoice.attempt_count == 0;
    if by == Attempt::Automatic || first {
        state.quietly::<Invoice>(id, |invoice| invoice.attempt_count += 1);
    }
    match outcome {
        Ok(()) => mark_paid(state, context, id),
        Err(_) => mark_failed(state, context, id, by == Attempt::Automatic || first),
    }
    outcome
}

/// The payment intent of an invoice, begun when there is none yet.
pub(crate) fn prepare_payment(
    state: &mut State,
    context: &mut Context<'_>,
    invoice: &Invoice,
) -> String {
    if let Some(intent) = &invoice.payment_intent {
        return intent.clone();
    }
    let description = match invoice.billing_reason {
        "subscription_create" => "Subscription creation",
        _ => "Subscription update",
    };
    let payment = Payment {
        amount: invoice.amount_due,
        currency: invoice.currency.clone(),
        customer: Some(invoice.customer.clone()),
        description: Some(description.to_owned()),
        setup_future_usage: Some("off_session".to_owned()),
        ..Payment::default()
    };
    let intent = payment_intent::begin(state, context, payment);
    state.quietly::<Invoice>(&invoice.id, |invoice| {
        invoice.payment_intent = Some(intent.clone());
    });
    intent
}

fn mark_paid(state: &mut State, context: &mut Context<'_>, id: &str) {
    let now = context.now;
    state.quietly::<Invoice>(id, |invoice| {
        invoice.status = Status::Paid;
        invoice.paid_at = Some(now);
        invoice.next_payment_attempt = None;
    });
    if let Some(customer) = state
        .invoices
        .get(id)
        .map(|invoice| invoice.customer.clone())
    {
        state.quietly::<Customer>(&customer, |customer| customer.delinquent = false);
    }
    state.announce::<Invoice>(context, id, "invoice.paid");
    state.announce::<Invoice>(context, id, "invoice.payment_succeeded");
    invoice_payment::announce(state, context, id);
}

fn mark_failed(state: &mut State, context: &mut Context<'_>, id: &str, schedules: bool) {
    let retries = state.dunning.retry_after_seconds.clone();
    let now = context.now;
    let mut customer = String::new();
    state.quietly::<Invoice>(id, |invoice| {
        let first = invoice.billing_reason == "subscription_create";
        let pause = retries
            .get(invoice.attempt_count.saturating_sub(1))
            .filter(|_| !first);
        if schedules {
            invoice.next_payment_attempt = pause.map(|pause| now + pause);
        }
        customer.clone_from(&invoice.customer);
    });
    state.quietly::<Customer>(&customer, |customer| customer.delinquent = true);
    state.announce::<Invoice>(context, id, "invoice.payment_failed");
}

/// Makes an open invoice count for nothing.
pub(crate) fn void(state: &mut State, context: &mut Context<'_>, id: &str) {
    let now = context.now;
    let intent = state
        .invoices
        .get(id)
        .and_then(|invoice| invoice.payment_intent.clone());
    state.quietly::<Invoice>(id, |invoice| {
        invoice.status = Status::Void;
        invoice.voided_at = Some(now);
        invoice.next_payment_attempt = None;
    });
    state.announce::<Invoice>(context, id, "invoice.voided");
    if let Some(intent) = intent {
        payment_intent::cancel(state, context, &intent, Some("void_invoice"));
    }
}

/// Gives an open invoice up.
pub(crate) fn give_up(state: &mut State, context: &mut Context<'_>, id: &str) {
    let now = context.now;
    state.quietly::<Invoice>(id, |invoice| {
        invoice.status = Status::Uncollectible;
        invoice.uncollectible_at = Some(now);
        invoice.next_payment_attempt = None;
    });
    state.announce::<Invoice>(context, id, "invoice.marked_uncollectible");
}

/// `POST /v1/invoices/{id}/finalize`.
pub(crate) fn finalize_draft(state: &mut State, context: &mut Context<'_>, id: &str) -> Answer {
    if state.find::<Invoice>(id, "invoice")?.status != Status::Draft {
        return Err(
            ApiError::invalid("This invoice is already finalized.").code("invoice_not_editable")
        );
    }
    open(state, context, id);
    Ok(state.json::<Invoice>(id))
}

/// `POST /v1/invoices/{id}/void` and `…/mark_uncollectible`.
pub(crate) fn end(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    uncollectible: bool,
) -> Answer {
    let status = state.find::<Invoice>(id, "invoice")?.status;
    if !matches!(status, Status::Open | Status::Uncollectible) {
        return Err(ApiError::invalid(format!(
            "You can only pass in open invoices. This invoice isn't open (it is {}).",
            status.name()
        )));
    }
    if uncollectible {
        give_up(state, context, id);
    } else {
        void(state, context, id);
    }
    Ok(state.json::<Invoice>(id))
}

/// `POST /v1/invoices/{id}/pay`.
pub(crate) fn pay(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&[
        "payment_method",
        "off_session",
        "paid_out_of_band",
        "forgive",
        "expand",
        "source",
        "mandate",
    ])?;
    let invoice = state.find::<Invoice>(id, "invoice")?.clone();
    match invoice.status {
        Status::Draft => open(state, context, id),
        Status::Open | Status::Uncollectible => {}
        Status::Paid => {
            return Err(ApiError::invalid("Invoice is already paid").code("invoice_already_paid"));
        }
        Status::Void => return Err(ApiError::invalid("Invoice is void and cannot be paid")),
    }
    if params.boolean("paid_out_of_band")? == Some(true) {
        state.quietly::<Invoice>(id, |invoice| invoice.paid_out_of_band = true);
        mark_paid(state, context, id);
        subscription_cycle::after_payment(state, context, id);
        return Ok(state.json::<Invoice>(id));
    }
    let chosen = match params.text("payment_method") {
        Some(method) => Some(super::payment_method::attach_to(
            state,
            context,
            method,
            &invoice.customer,
        )?),
        None => subscription_cycle::card_of(state, &invoice),
    };
    state.quietly::<Invoice>(id, |invoice| invoice.status = Status::Open);
    let outcome = attempt(state, context, id, chosen.as_deref(), Attempt::OnRequest);
    match outcome {
        Ok(()) => subscription_cycle::after_payment(state, context, id),
        Err(decline) => {
            let intent = state
                .invoices
                .get(id)
                .and_then(|invoice| invoice.payment_intent.clone());
            let error = decline.to_error();
            return Err(match intent {
                Some(intent) => {
                    error.payment_intent(state.json::<payment_intent::PaymentIntent>(&intent))
                }
                None => error,
            });
        }
    }
    Ok(state.json::<Invoice>(id))
}

/// `POST /v1/invoices/{id}`: labels.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context<'_>,
    id: &str,
    params: &Params,
) -> Answer {
    params.only(&["metadata", "auto_advance", "description", "expand"])?;
    let mut changed = state.find::<Invoice>(id, "invoice")?.clone();
    params.metadata_into(&mut changed.metadata);
    Ok(state.change::<Invoice>(context, id, "invoice.updated", |invoice| *invoice = changed))
}

/// `GET /v1/invoices/{id}/lines`.
pub(crate) fn lines(state: &State, id: &str, params: &Params) -> Answer {
    let invoice = state.find::<Invoice>(id, "invoice")?;
    let lines: Vec<Value> = invoice
        .lines
        .iter()
        .map(|line| line.shown(state, id, &invoice.currency))
        .collect();
    list::page_of(&lines, params, &format!("/v1/invoices/{id}/lines"))
}

/// `GET /v1/invoices`.
pub(crate) fn list(state: &State, params: &Params) -> Answer {
    params.only(&[
        "limit",
        "starting_after",
        "ending_before",
        "expand",
        "customer",
        "customer_account",
        "subscription",
        "status",
        "created",
        "collection_method",
        "due_date",
    ])?;
    let created = list::Created::from(params)?;
    let status = params.choice(
        "status",
        &["draft", "open", "paid", "uncollectible", "void"],
    )?;
    let (customer, subscription) = (params.text("customer"), params.text("subscription"));
    let wanted = |invoice: &Invoice| {
        created.contains(invoice.created)
            && status.is_none_or(|status| invoice.status.name() == status)
            && customer.is_none_or(|customer| invoice.customer == customer)
            && subscription
                .is_none_or(|subscription| invoice.subscription.as_deref() == Some(subscription))
    };
    list::page(state, params, "/v1/invoices", wanted)
}
