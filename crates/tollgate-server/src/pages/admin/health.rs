//! `GET /admin/health`: whether everything that a customer relies on works.

use super::block::{Block, Cell, Page, Table};
use super::customer::columns;
use super::owner::OwnerVisitor;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tollgate_store::Engine;

/// How long the database may take for a commit.
const PROBE_TIME: Duration = Duration::from_secs(5);
/// How old an event may be that waits, in seconds.
const LAG_SECONDS_MAX: i64 = 300;

/// Looks at everything.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
) -> Result<Response, PageError> {
    let t = owner.t;
    let mut rows = Vec::new();
    let mut add = |key: &str, tone: &'static str, found: String| {
        let word = match tone {
            "good" => "admin-well",
            "warn" => "admin-look-at-it",
            "info" => "admin-for-information",
            _ => "admin-unwell",
        };
        rows.push(vec![
            Cell::text(t.text(key)),
            Cell::state(t.text(word), tone),
            Cell::text(found),
        ]);
    };
    let store = state.tollgate.store().clone();
    let engine = match store.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    match tokio::time::timeout(PROBE_TIME, store.probe()).await {
        Ok(Ok(())) => add("admin-database", "good", engine.to_owned()),
        Ok(Err(error)) => add("admin-database", "bad", format!("{engine}: {error}")),
        Err(_) => add(
            "admin-database",
            "bad",
            format!("{engine}: {}", t.text("admin-too-slow")),
        ),
    }
    let stats = state.tollgate.stats();
    let count = |counter: &std::sync::atomic::AtomicU64| t.number(counter.load(Ordering::Relaxed));
    let unknown = stats.unknown.load(Ordering::Relaxed);
    add("admin-granted", "info", count(&stats.granted));
    add("admin-refused", "info", count(&stats.refused));
    add(
        "admin-busy",
        if stats.busy.load(Ordering::Relaxed) == 0 {
            "good"
        } else {
            "warn"
        },
        count(&stats.busy),
    );
    add(
        "admin-unknown",
        if unknown == 0 { "good" } else { "bad" },
        t.number(unknown),
    );
    match &state.billing {
        None => add(
            "admin-stripe",
            "info",
            t.text("problem-not-configured").into_owned(),
        ),
        Some(billing) => {
            let mode = if billing.is_live() {
                "admin-stripe-live"
            } else {
                "admin-stripe-test"
            };
            add("admin-stripe", "good", t.text(mode).into_owned());
            let now = state.tollgate.now();
            let backlog = billing.backlog().await?;
            for backlog in backlog {
                let age = backlog.oldest.seconds_until(now);
                let tone = match backlog.state.as_str() {
                    "quarantined" => "bad",
                    _ if age > LAG_SECONDS_MAX => "bad",
                    _ => "warn",
                };
                let age = t.counted("admin-seconds", u64::try_from(age).unwrap_or(0));
                let events = t.number(backlog.events);
                add(
                    "admin-inbox",
                    tone,
                    format!("{}: {events} · {age}", backlog.state.as_str()),
                );
            }
        }
    }
    let catalog = state.tollgate.catalog();
    add(
        "admin-catalog",
        "info",
        format!("{} · {}", catalog.name, catalog.version),
    );
    add(
        "admin-program",
        "info",
        env!("CARGO_PKG_VERSION").to_owned(),
    );
    let mut page = Page::new(&owner, "admin-health", t.text("admin-health"));
    page.add(Block::Table(Table {
        caption: t.text("admin-health").into_owned(),
        columns: columns(t, &["admin-what", "admin-status", "admin-found"]),
        rows,
        ..Table::default()
    }));
    let now = owner.moment(state.tollgate.now());
    page.as_of(&now).answer()
}
