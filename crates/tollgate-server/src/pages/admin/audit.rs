//! `GET /admin/audit`: every privileged act, the newest first.

use super::block::{Block, Cell, Page, Table};
use super::customer::columns;
use super::owner::OwnerVisitor;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

/// Acts on one page.
const PAGE: u32 = 100;

/// Where the list goes on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    before: Option<String>,
}

/// Lists them.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let before = wanted.before.as_deref().and_then(|text| text.parse().ok());
    let mut lines = state.identity.audit_log(before, PAGE + 1).await?;
    let has_more = lines.len() > PAGE as usize;
    lines.truncate(PAGE as usize);
    let next = lines.last().filter(|_| has_more);
    let next = next.map(|last| format!("/admin/audit?before={}", last.id));
    let mut page = Page::new(&owner, "admin-audit", t.text("admin-audit"));
    page.add(Block::Table(Table {
        caption: t.text("admin-audit").into_owned(),
        columns: columns(
            t,
            &[
                "admin-when",
                "admin-by-whom",
                "admin-what",
                "admin-on-what",
                "admin-details",
            ],
        ),
        rows: lines
            .iter()
            .map(|line| {
                vec![
                    Cell::text(owner.moment(line.at)),
                    Cell::text(&line.actor),
                    Cell::text(&line.action),
                    Cell::text(&line.subject),
                    Cell::text(line.detail.to_string()),
                ]
            })
            .collect(),
        empty: t.text("admin-no-acts").into_owned(),
        next,
    }));
    page.answer()
}
