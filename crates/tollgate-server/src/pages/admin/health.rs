//! `GET /admin/health`: whether everything that a customer relies on works.

use super::block::{Block, Cell, Page, Table};
use super::customer::columns;
use super::owner::OwnerVisitor;
use crate::api::ops::ready::PROBE_TIME;
use crate::pages::locale::Locale;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use std::sync::atomic::Ordering;
use tollgate_store::Engine;
use tollgate_store::stripe_event::EventState;

/// How old an event may be that waits, in seconds.
const LAG_SECONDS_MAX: i64 = 300;

/// Looks at everything.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
) -> Result<Response, PageError> {
    let t = owner.t;
    let mut findings = Findings {
        t,
        rows: Vec::new(),
    };
    findings.database(&state).await;
    findings.engine(&state);
    findings.stripe(&state).await?;
    let catalog = state.tollgate.catalog();
    let about = format!("{} · {}", catalog.name, catalog.version);
    findings.add("admin-catalog", "info", about);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    findings.add("admin-program", "info", version);
    let mut page = Page::new(&owner, "admin-health", t.text("admin-health"));
    page.add(Block::Table(Table {
        caption: t.text("admin-health").into_owned(),
        columns: columns(t, &["admin-what", "admin-status", "admin-found"]),
        rows: findings.rows,
        ..Table::default()
    }));
    let now = owner.moment(state.tollgate.now());
    page.as_of(&now).answer()
}

/// What was looked at, one row each.
struct Findings {
    t: &'static Locale,
    rows: Vec<Vec<Cell>>,
}

impl Findings {
    fn add(&mut self, key: &str, tone: &'static str, found: String) {
        let word = match tone {
            "good" => "admin-well",
            "warn" => "admin-look-at-it",
            "info" => "admin-for-information",
            _ => "admin-unwell",
        };
        self.rows.push(vec![
            Cell::text(self.t.text(key)),
            Cell::state(self.t.text(word), tone),
            Cell::text(found),
        ]);
    }

    async fn database(&mut self, state: &AppState) {
        let store = state.tollgate.store().clone();
        let engine = match store.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        };
        let (tone, found) = match tokio::time::timeout(PROBE_TIME, store.probe()).await {
            Ok(Ok(())) => ("good", engine.to_owned()),
            Ok(Err(error)) => ("bad", format!("{engine}: {error}")),
            Err(_) => (
                "bad",
                format!("{engine}: {}", self.t.text("admin-too-slow")),
            ),
        };
        self.add("admin-database", tone, found);
    }

    fn engine(&mut self, state: &AppState) {
        let counters = state.tollgate.stats();
        // What must not happen, and how bad it is if it does.
        for (key, counter, tone) in [
            ("admin-granted", &counters.granted, "info"),
            ("admin-refused", &counters.refused, "info"),
            ("admin-busy", &counters.busy, "warn"),
            ("admin-unknown", &counters.unknown, "bad"),
        ] {
            let number = counter.load(Ordering::Relaxed);
            let tone = if number == 0 && tone != "info" {
                "good"
            } else {
                tone
            };
            self.add(key, tone, self.t.number(number));
        }
    }

    async fn stripe(&mut self, state: &AppState) -> Result<(), PageError> {
        let t = self.t;
        let Some(billing) = &state.billing else {
            let found = t.text("problem-not-configured").into_owned();
            self.add("admin-stripe", "info", found);
            return Ok(());
        };
        let mode = if billing.is_live() {
            "admin-stripe-live"
        } else {
            "admin-stripe-test"
        };
        self.add("admin-stripe", "good", t.text(mode).into_owned());
        let now = state.tollgate.now();
        for backlog in billing.backlog().await? {
            let age = backlog.oldest.seconds_until(now);
            let is_bad = backlog.state == EventState::Quarantined || age > LAG_SECONDS_MAX;
            let age = t.counted("admin-seconds", u64::try_from(age).unwrap_or(0));
            let events = t.number(backlog.events);
            let found = format!("{}: {events} · {age}", backlog.state.as_str());
            self.add("admin-inbox", if is_bad { "bad" } else { "warn" }, found);
        }
        Ok(())
    }
}
