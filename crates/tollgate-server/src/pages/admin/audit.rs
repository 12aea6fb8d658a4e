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
use serde_json::Value;

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
                    Cell::text(&line.actor).narrow(),
                    Cell::text(&line.action),
                    Cell::text(&line.subject).narrow(),
                    Cell::long(told(&line.detail)),
                ]
            })
            .collect(),
        empty: t.text("admin-no-acts").into_owned(),
        next,
    }));
    page.answer()
}

/// The details of an act, in one line: `units: 25 · source: adjustment`.
fn told(detail: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match detail {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields = fields.map(|(name, value)| format!("{name}: {}", plain(value)));
            fields.collect::<Vec<_>>().join(" · ")
        }
        Value::Null => String::new(),
        other => plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn details_are_told_in_a_line() {
        let detail = json!({ "units": 25, "reason": "for the trouble", "until": null });
        assert_eq!(told(&detail), "reason: for the trouble · units: 25");
        assert_eq!(told(&json!({})), "");
        assert_eq!(told(&json!({ "scopes": ["read"] })), "scopes: [\"read\"]");
    }
}
