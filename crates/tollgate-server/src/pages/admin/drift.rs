//! `/admin/drift`: what differs between Stripe and here: looked for, and put right.

use super::block::{Block, Cell, Field, Form, Page, Table};
use super::customer::columns;
use super::customers::customer_path;
use super::job::{Job, JobKind};
use super::owner::{OwnerForm, OwnerVisitor};
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tollgate::billing::{Billing, BillingError, DriftReport};

/// Differences that are shown; the command line shows all of them.
const SHOWN_MAX: usize = 500;

/// Shows what the last look found.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
) -> Result<Response, PageError> {
    let t = owner.t;
    let mut page = Page::new(&owner, "admin-drift", t.text("admin-drift"));
    if state.billing.is_none() {
        page.add(Block::Notice(
            "info",
            t.text("problem-not-configured").into_owned(),
        ));
        return page.answer();
    }
    page.add(Block::Text(t.text("admin-drift-about").into_owned()));
    let latest = state.jobs.latest();
    let end = latest.as_ref().and_then(|job| job.end());
    let is_running = latest.is_some() && end.is_none();
    if let (Some(job), true) = (&latest, is_running) {
        let done = t.number(job.done.load(Ordering::Relaxed));
        page.add(Block::Notice(
            "info",
            t.with("admin-drift-running", &[("done", &done)]),
        ));
        page.refresh(2);
        return page.answer();
    }
    page.add(Block::Form(
        Form::post("look", "/admin/drift", t.text("admin-drift-look"))
            .with(Field::hidden("act", "look")),
    ));
    let Some(end) = end else {
        return page.answer();
    };
    match &end.outcome {
        Err(error) => {
            page.add(Block::Notice("bad", error.clone()));
        }
        Ok(report) => differences(&mut page, &owner, report),
    }
    let at = owner.moment(end.at);
    page.as_of(&at).answer()
}

fn differences(page: &mut Page, owner: &OwnerVisitor, report: &DriftReport) {
    let t = owner.t;
    let count = u64::try_from(report.differences.len()).unwrap_or(u64::MAX);
    let tone = if count == 0 { "good" } else { "warn" };
    page.add(Block::Notice(
        tone,
        format!(
            "{} {}",
            t.counted("admin-differences", count),
            t.counted("admin-compared", report.customers)
        ),
    ));
    if count == 0 {
        return;
    }
    let shown = report.differences.iter().take(SHOWN_MAX);
    page.add(Block::Table(Table {
        caption: t.text("admin-drift").into_owned(),
        columns: columns(
            t,
            &[
                "admin-customer",
                "admin-what",
                "admin-here",
                "admin-in-stripe",
            ],
        ),
        rows: shown
            .map(|difference| {
                vec![
                    match &difference.customer {
                        Some(id) => Cell::link(id.as_str(), customer_path(id.as_str())).narrow(),
                        None => Cell::text("?"),
                    },
                    Cell::text(&difference.what),
                    Cell::text(&difference.here),
                    Cell::text(&difference.stripe),
                ]
            })
            .collect(),
        ..Table::default()
    }));
    let mut form = Form::post("repair", "/admin/drift", t.text("admin-drift-repair"))
        .with(Field::hidden("act", "repair"));
    form.is_danger = true;
    page.add(Block::Form(form));
}

/// What is to be done.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    act: String,
}

/// Looks for differences, or puts them right and looks again.
pub(super) async fn submit(
    State(state): State<AppState>,
    form: OwnerForm<Wanted>,
) -> Result<Response, PageError> {
    let billing = state.billing()?.clone();
    let kind = if form.fields.act == "repair" {
        JobKind::Repair
    } else {
        JobKind::Drift
    };
    let found = state.jobs.latest().and_then(|job| job.end()?.outcome.ok());
    if let Some(job) = state.jobs.begin(kind, state.tollgate.now()) {
        if kind == JobKind::Repair {
            let actor = form.visitor.actor();
            let differences = found.as_ref().map_or(0, |report| report.differences.len());
            let detail = json!({ "differences": differences });
            state
                .identity
                .note(actor, "stripe.repaired", &"stripe", detail)
                .await;
        }
        tokio::spawn(run(state.clone(), billing, job, found));
    }
    Ok(Redirect::to("/admin/drift").into_response())
}

async fn run(state: AppState, billing: Billing, job: Arc<Job>, found: Option<Arc<DriftReport>>) {
    let outcome = work(&billing, &job, found).await;
    if let Err(error) = &outcome {
        tracing::warn!(%error, "a job of the owner's pages failed");
    }
    job.finish(
        state.tollgate.now(),
        outcome.map_err(|error| error.to_string()),
    );
}

async fn work(
    billing: &Billing,
    job: &Job,
    found: Option<Arc<DriftReport>>,
) -> Result<DriftReport, BillingError> {
    if let (JobKind::Repair, Some(found)) = (job.kind, found) {
        billing.repair(&found).await?;
    }
    billing
        .drift(|done| job.done.store(done, Ordering::Relaxed))
        .await
}
