//! `/billing/cancel`: leaving. What it means and from when stands before the button.

use super::back::problem;
use crate::pages::form::SignedForm;
use crate::pages::locale::{Locale, Spoken};
use crate::pages::problem::{PageError, html};
use crate::pages::visitor::PageVisitor;
use crate::state::AppState;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use tollgate::billing::{BillingError, Cancel, FEEDBACK};

/// The most characters of a comment that the form takes.
const COMMENT_CHARS_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "billing/cancel.html")]
struct Page<'a> {
    t: &'a Locale,
    visitor: &'a PageVisitor,
    title: String,
    consequences: Vec<String>,
    reasons: Vec<(&'static str, String)>,
    comment_max: usize,
}

/// Shows what leaving means. Nothing is done.
pub(super) async fn ask(
    State(state): State<AppState>,
    Spoken(t): Spoken,
    visitor: PageVisitor,
) -> Result<Response, PageError> {
    visitor.must_be_payer()?;
    state.billing()?;
    let account = visitor.acting.account(&state.tollgate).await?;
    let catalog = state.tollgate.catalog();
    let Some(subscription) = account.subscription().filter(|it| it.price.is_some()) else {
        return problem(&visitor, BillingError::NotSubscribed);
    };
    let plan = catalog.subscribed_name(subscription);
    let date = t.date(subscription.period.end, account.time_zone());
    let mut consequences = vec![t.with("cancel-until", &[("plan", plan), ("date", &date)])];
    let default = catalog.default_plan.as_ref();
    if let Some(default) = default.and_then(|id| catalog.plans.get(id)) {
        consequences.push(t.with("cancel-then", &[("plan", &default.name)]));
    } else {
        consequences.push(t.text("cancel-then-nothing").into_owned());
    }
    if !catalog.topups.is_empty() {
        consequences.push(t.text("cancel-keeps-bought").into_owned());
    }
    consequences.push(t.text("cancel-can-be-undone").into_owned());
    html(&Page {
        t,
        title: t.with("cancel-title", &[("plan", plan)]),
        visitor: &visitor,
        consequences,
        reasons: FEEDBACK
            .iter()
            .map(|word| (*word, t.word("reason", word)))
            .collect(),
        comment_max: COMMENT_CHARS_MAX,
    })
}

/// Why somebody leaves.
#[derive(Debug, Deserialize)]
pub(super) struct Leaving {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    comment: String,
}

/// Ends the subscription with its period.
pub(super) async fn submit(
    State(state): State<AppState>,
    form: SignedForm<Leaving>,
) -> Result<Response, PageError> {
    let SignedForm { visitor, fields } = form;
    visitor.must_be_payer()?;
    let comment = fields.comment.trim();
    let cancel = Cancel {
        now: false,
        reason: Some(fields.reason).filter(|reason| !reason.is_empty()),
        comment: (!comment.is_empty()).then(|| comment.to_owned()),
    };
    match state.billing()?.cancel(visitor.customer(), &cancel).await {
        Ok(_) => Ok(Redirect::to(&visitor.path("/billing/")).into_response()),
        Err(error) => problem(&visitor, error),
    }
}
