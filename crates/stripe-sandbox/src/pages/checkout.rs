//! The checkout page.

use super::layout::{self, escape};
use crate::sandbox::Shared;
use crate::state::State;
use crate::state::checkout::{self, Mode, Session};
use crate::state::checkout_payment::{self, Next, Typed};
use crate::state::event::Cause;
use crate::state::params::Params;
use crate::state::price::{Price, money};
use axum::extract::{Path, State as Extracted};
use axum::http::StatusCode;
use axum::response::Response;
use std::fmt::Write as _;
use std::sync::Arc;

/// `GET /c/pay/{session}`.
pub(crate) async fn show(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    render(&shared, &id, None)
}

fn render(shared: &Shared, id: &str, problem: Option<&str>) -> Response {
    shared.act(
        Cause::default(),
        |state, _| match checkout_payment::open_session(state, id) {
            Ok(session) => {
                let status = if problem.is_some() {
                    StatusCode::PAYMENT_REQUIRED
                } else {
                    StatusCode::OK
                };
                layout::page(status, title(session), &form(state, session, problem))
            }
            Err(error) => layout::sorry(error.message()),
        },
    )
}

fn title(session: &Session) -> &'static str {
    match session.mode {
        Mode::Payment => "Pay",
        Mode::Subscription => "Subscribe",
    }
}

fn form(state: &State, session: &Session, problem: Option<&str>) -> String {
    let mut rows = String::new();
    for item in checkout::line_items(state, session) {
        let price = item["price"]["id"]
            .as_str()
            .and_then(|id| state.prices.get(id));
        let _ = write!(
            rows,
            "<tr><td>{} × {}</td><td>{}</td></tr>",
            item["quantity"],
            escape(item["description"].as_str().unwrap_or_default()),
            escape(&price.map(Price::in_words).unwrap_or_default()),
        );
    }
    let sums = session.sums(state);
    let off = if sums.off > 0 {
        format!(
            "<tr><td>Discount</td><td>{}</td></tr>",
            money(-sums.off, &session.currency)
        )
    } else {
        String::new()
    };
    let trial = session.carried.trial_days.map_or_else(String::new, |days| {
        format!("<p>The first {days} days are free.</p>")
    });
    let email = if session.customer.is_none() && session.customer_email.is_none() {
        "<label>E-mail <input name=\"email\" type=\"email\" autocomplete=\"email\" required></label>"
    } else {
        ""
    };
    let promotion = if session.allow_promotion_codes {
        "<label>Promotion code <input name=\"promotion_code\" autocomplete=\"off\"></label>"
    } else {
        ""
    };
    let card = if checkout_payment::needs_card(state, session) {
        layout::card_fields()
    } else {
        String::new()
    };
    let later = match session.mode {
        Mode::Payment => {
            " <button class=\"second\" name=\"later\" value=\"true\" formnovalidate>Pay by bank debit \
(the outcome comes later)</button>"
        }
        Mode::Subscription => "",
    };
    let back = session.cancel_url.as_ref().map_or_else(String::new, |url| {
        format!("<p><a href=\"{}\">Back to the shop</a></p>", escape(url))
    });
    format!(
        "{}<table>{rows}{off}<tr><th>Due today</th><th>{}</th></tr></table>{trial}\
<form method=\"post\">{email}{card}{promotion}<button>{}</button>{later}</form>{back}",
        layout::error(problem),
        money(sums.total(), &session.currency),
        title(session),
    )
}

/// The card that was typed; nobody else sees the form.
pub(crate) fn typed(params: &Params) -> Typed {
    let text = |name: &str| params.text(name).unwrap_or_default().to_owned();
    Typed {
        number: text("number"),
        expiry: text("expiry"),
        cvc: text("cvc"),
        email: text("email"),
        promotion_code: text("promotion_code"),
        later: params.text("later").is_some(),
    }
}

/// `POST /c/pay/{session}`.
pub(crate) async fn submit(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let typed = typed(&Params::parse(&body).unwrap_or_default());
    let outcome = shared.act(Cause::default(), |state, context| {
        checkout_payment::submit(state, context, &id, &typed)
    });
    match outcome {
        Ok(Next::Return(url)) => layout::redirect(&url),
        Ok(Next::Confirm) => layout::redirect(&format!("/c/pay/{id}/authenticate")),
        Err(error) => render(&shared, &id, Some(error.message())),
    }
}
