//! `GET /admin/customers`: finds customers, by their id, their e-mail address or an id of Stripe.

use super::block::{Block, Cell, Field, Form, Kind, Page, Table};
use super::customer::columns;
use super::owner::OwnerVisitor;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::pages::visitor::percent_encoded;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tollgate_core::Timestamp;
use tollgate_core::account::Account;
use tollgate_core::id::CustomerId;
use tollgate_store::stripe_id;

/// Customers on one page.
const PAGE: u32 = 50;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    after: Option<String>,
}

/// Shows what is found; without a question, everybody.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let question = wanted.q.trim();
    let (ids, next) = if question.is_empty() {
        let after = wanted.after.as_deref();
        let after = after.and_then(|after| CustomerId::new(after).ok());
        let mut ids = state.tollgate.customers(after.as_ref(), PAGE + 1).await?;
        let has_more = ids.len() > PAGE as usize;
        ids.truncate(PAGE as usize);
        let next = ids.last().filter(|_| has_more);
        let next =
            next.map(|last| format!("/admin/customers?after={}", path_segment(last.as_str())));
        (ids, next)
    } else {
        (find(&state, question).await?, None)
    };
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        if let Some(account) = state.tollgate.account(id).await? {
            rows.push(row(&owner, &state, &account));
        }
    }
    let mut page = Page::new(&owner, "admin-customers", t.text("admin-customers"));
    let field = Field::new("q", t.text("admin-search-label"), Kind::Text);
    page.add(Block::Form(
        Form::get("search", "/admin/customers", t.text("admin-search"))
            .with(field.value(question).optional()),
    ));
    page.add(Block::Table(Table {
        caption: t.text("admin-customers").into_owned(),
        columns: columns(
            t,
            &[
                "admin-customer",
                "admin-plan",
                "admin-status",
                "admin-since",
            ],
        ),
        rows,
        empty: t.text("admin-nobody-found").into_owned(),
        next,
    }));
    page.answer()
}

fn row(owner: &OwnerVisitor, state: &AppState, account: &Account) -> Vec<Cell> {
    let catalog = state.tollgate.catalog();
    let subscription = account.subscription();
    let id = account.customer().as_str();
    let plan = account.plan(&catalog);
    vec![
        Cell::link(id, customer_path(id)).narrow(),
        Cell::text(plan.map_or_else(String::new, |plan| plan.name.clone())),
        subscription.map_or_else(Cell::default, |subscription| {
            let word = subscription.status.as_str();
            let tone = match word {
                "active" | "trialing" => "good",
                "past_due" | "unpaid" => "bad",
                _ => "info",
            };
            Cell::state(owner.t.word("standing", word), tone)
        }),
        Cell::text(subscription.map_or_else(String::new, |subscription| {
            owner.t.date(subscription.started_at, &owner.zone)
        })),
    ]
}

/// The customers that a text may mean.
async fn find(state: &AppState, text: &str) -> Result<Vec<CustomerId>, PageError> {
    let mut found = Vec::new();
    let mut add = |id: CustomerId| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    if let Ok(id) = CustomerId::new(text)
        && state.tollgate.account(&id).await?.is_some()
    {
        add(id);
    }
    if text.contains('@')
        && let Some(user) = state.identity.user_by_email(text).await?
    {
        add(user.customer);
        for (organization, _) in state.identity.organizations_of(user.id).await? {
            add(organization.customer);
        }
    }
    let mut reader = state.tollgate.store().read().await?;
    if let Some(whose) = stripe_id::find(&mut reader, text).await? {
        add(whose.customer);
    }
    drop(reader);
    if text.starts_with("sub_")
        && let Some(customer) = of_stripe_subscription(state, text).await?
    {
        add(customer);
    }
    Ok(found)
}

/// Whose a subscription in Stripe is.
async fn of_stripe_subscription(
    state: &AppState,
    id: &str,
) -> Result<Option<CustomerId>, PageError> {
    let Some(billing) = &state.billing else {
        return Ok(None);
    };
    Ok(billing.customer_of_subscription(id).await?)
}

/// The page of a customer.
pub(super) fn customer_path(id: &str) -> String {
    format!("/admin/customers/{}", path_segment(id))
}

/// A text as one part of a path.
pub(super) fn path_segment(text: &str) -> String {
    percent_encoded(text, b"-_.~")
}

/// Until when something lasts, or that it does for ever.
pub(super) fn until(owner: &OwnerVisitor, at: Option<Timestamp>) -> String {
    match at.filter(|at| *at < Timestamp::MAX) {
        Some(at) => owner.moment(at),
        None => owner.t.text("admin-never").into_owned(),
    }
}
