//! An invoice for people.

use super::layout::{self, escape};
use crate::sandbox::Shared;
use crate::state::event::Cause;
use crate::state::invoice::Invoice;
use crate::state::price::money;
use crate::state::table::Record as _;
use axum::extract::{Path, State as Extracted};
use axum::http::StatusCode;
use axum::response::Response;
use std::fmt::Write as _;
use std::sync::Arc;

/// `GET /i/{invoice}`.
pub(crate) async fn show(
    Extracted(shared): Extracted<Arc<Shared>>,
    Path(id): Path<String>,
) -> Response {
    shared.act(Cause::default(), |state, _| {
        let Ok(invoice) = state.find::<Invoice>(&id, "invoice") else {
            return layout::sorry("There is no such invoice.");
        };
        let mut rows = String::new();
        for line in &invoice.lines {
            let _ = write!(rows,
                "<tr><td>{}</td><td>{}</td></tr>",
                escape(&line.description),
                money(line.amount, &invoice.currency)
            );
        }
        let shown = invoice.to_json(state);
        let body = format!(
            "<table>{rows}<tr><td>Total</td><td>{}</td></tr><tr><th>Due</th><th>{}</th></tr></table><p>Status: {}</p>",
            money(invoice.total(), &invoice.currency),
            money(invoice.amount_due, &invoice.currency),
            escape(shown["status"].as_str().unwrap_or_default()),
        );
        let number = invoice.number.clone().unwrap_or_default();
        layout::page(StatusCode::OK, &format!("Invoice {number}"), &body)
    })
}
