//! The portal page: the current subscription, its end and the undoing of it, the card, other
//! plans, and the invoices.

use super::checkout::typed;
use super::layout::{self, escape};
use crate::sandbox::Shared;
use crate::state::error::ApiError;
use crate::state::event::Cause;
use crate::state::invoice::Status as InvoiceStatus;
use crate::state::params::Params;
use crate::state::portal::{self, PortalSession};
use crate::state::price::{Price, money};
use crate::state::subscription::Subscription;
use crate::state::subscription_cancel::FEEDBACK;
use crate::state::{Context, State, calendar, invoice_line};
use axum::extract::{Path, State as Extracted};
use axum::http::StatusCode;
use axum::response::Response;
use std::fmt::Write as _;
use std::sync::Arc;

/// How many invoices are shown.
const INVOICES_MAX: usize = 24;

/// `GET /p/session/{id}`.
pub(crate) async fn show(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    render(&shared, &id, None)
}

fn render(shared: &Shared, id: &str, problem: Option<&str>) -> Response {
    shared.act(
        Cause::default(),
        |state, context| match portal::open_session(state, id, context.now) {
            Ok(session) => {
                let status = if problem.is_some() {
                    StatusCode::BAD_REQUEST
                } else {
                    StatusCode::OK
                };
                layout::page(status, "Your subscription", &body(state, session, problem))
            }
            Err(error) => layout::sorry(error.message()),
        },
    )
}

fn body(state: &State, session: &PortalSession, problem: Option<&str>) -> String {
    let mut body = layout::error(problem);
    let subscriptions = state.subscriptions.newest_first().filter(|subscription| {
        subscription.customer == session.customer && !subscription.status.has_ended()
    });
    let mut any = false;
    for subscription in subscriptions {
        any = true;
        body.push_str(&of_subscription(state, subscription));
    }
    if !any {
        body.push_str("<p>There is no subscription.</p>");
    }
    let _ = write!(
        body,
        "<h2>Change the card</h2><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"card\">{}\
<button>Use this card</button></form>",
        layout::card_fields()
    );
    body.push_str(&invoices(state, &session.customer));
    if let Some(url) = &session.return_url {
        let _ = write!(body, "<p><a href=\"{}\">Return</a></p>", escape(url));
    }
    body
}

fn of_subscription(state: &State, subscription: &Subscription) -> String {
    let id = escape(&subscription.id);
    let mut body = String::new();
    for price in subscription
        .items
        .iter()
        .filter_map(|item| state.prices.get(&item.price))
    {
        let _ = write!(
            body,
            "<h2>{}</h2><p>{}, {}</p>",
            escape(&invoice_line::product_name(state, price)),
            escape(&price.in_words()),
            subscription.status.name(),
        );
    }
    let hidden = |action: &str| {
        format!(
            "<form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"{action}\">\
<input type=\"hidden\" name=\"subscription\" value=\"{id}\">"
        )
    };
    if let Some(end) = subscription.cancel_at {
        let _ = write!(
            body,
            "<p>It ends on {}.</p>{}<button>Keep it</button></form>",
            calendar::date(end),
            hidden("keep")
        );
    } else {
        let mut reasons = String::from("<option value=\"\">(no reason)</option>");
        for reason in FEEDBACK {
            let _ = write!(
                reasons,
                "<option value=\"{reason}\">{}</option>",
                reason.replace('_', " ")
            );
        }
        let _ = write!(
            body,
            "<p>It renews on {}.</p>{}<label>Why? <select name=\"feedback\">{reasons}</select></label>\
<label>Comment <textarea name=\"comment\" rows=\"2\"></textarea></label>\
<button class=\"second\">Cancel at the end of the period</button></form>",
            calendar::date(subscription.period_end),
            hidden("cancel")
        );
    }
    let others = plans(state, subscription);
    if !others.is_empty() {
        let _ = write!(
            body,
            "{}<label>Another plan <select name=\"price\">{others}</select></label><button>Switch now</button></form>",
            hidden("switch")
        );
    }
    body
}

fn plans(state: &State, subscription: &Subscription) -> String {
    let mut options = String::new();
    let others = state.prices.newest_first().rev().filter(|price| {
        price.active
            && price.cadence.is_some()
            && price.currency == subscription.currency
            && subscription.items.iter().all(|item| item.price != price.id)
    });
    for price in others {
        let _ = write!(
            options,
            "<option value=\"{}\">{}, {}</option>",
            escape(&price.id),
            escape(&invoice_line::product_name(state, price)),
            escape(&Price::in_words(price)),
        );
    }
    options
}

fn invoices(state: &State, customer: &str) -> String {
    let mut rows = String::new();
    let own = state
        .invoices
        .newest_first()
        .filter(|invoice| invoice.customer == customer);
    for invoice in own.take(INVOICES_MAX) {
        let number = invoice.number.clone().unwrap_or_else(|| "draft".to_owned());
        let pay = if invoice.status == InvoiceStatus::Open {
            format!(
                "<form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"pay\">\
<input type=\"hidden\" name=\"invoice\" value=\"{}\"><button>Pay now</button></form>",
                escape(&invoice.id)
            )
        } else {
            String::new()
        };
        let _ = write!(
            rows,
            "<tr><td><a href=\"/i/{}\">{}</a></td><td>{}</td><td>{}</td><td>{pay}</td></tr>",
            escape(&invoice.id),
            escape(&number),
            calendar::date(invoice.created),
            money(invoice.amount_due, &invoice.currency),
        );
    }
    format!("<h2>Invoices</h2><table>{rows}</table>")
}

/// `POST /p/session/{id}`.
pub(crate) async fn act(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let params = Params::parse(&body).unwrap_or_default();
    let outcome = shared.act(Cause::default(), |state, context| {
        let customer = portal::open_session(state, &id, context.now)?
            .customer
            .clone();
        carry_out(state, context, &customer, &params)
    });
    match outcome {
        Ok(()) => layout::redirect(&format!("/p/session/{id}")),
        Err(error) => render(&shared, &id, Some(error.message())),
    }
}

fn carry_out(
    state: &mut State,
    context: &mut Context<'_>,
    customer: &str,
    params: &Params,
) -> Result<(), ApiError> {
    let text = |name: &str| params.text(name).unwrap_or_default();
    let subscription = text("subscription");
    match text("action") {
        "cancel" => portal::cancel(
            state,
            context,
            customer,
            subscription,
            text("feedback"),
            text("comment"),
        ),
        "keep" => portal::keep(state, context, customer, subscription),
        "switch" => portal::switch(state, context, customer, subscription, text("price")),
        "card" => portal::change_card(state, context, customer, &typed(params)),
        "pay" => portal::pay(state, context, customer, text("invoice")),
        _ => Err(ApiError::invalid("The page does not know this action.")),
    }
}
