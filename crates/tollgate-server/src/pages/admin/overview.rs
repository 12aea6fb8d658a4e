//! `GET /admin/`: how the business stands.

use super::block::{Block, Chart, Page};
use super::owner::OwnerVisitor;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use tollgate_store::account;

/// Shows it.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
) -> Result<Response, PageError> {
    let t = owner.t;
    let mut page = Page::new(&owner, "admin-overview", t.text("admin-overview"));
    let mut reader = state.tollgate.store().read().await?;
    let held = account::customers_by_plan(&mut reader).await?;
    let customers = account::count(&mut reader).await?;
    drop(reader);
    let mut facts = vec![(t.text("admin-customers").into_owned(), t.number(customers))];
    facts.extend(held.iter().map(|held| {
        let version = held.version.to_string();
        let blanks = [("plan", held.plan.as_str()), ("version", &version)];
        (
            t.with("admin-plan-version", &blanks),
            t.number(held.customers),
        )
    }));
    page.add(Block::Facts(facts));
    let bars = held.iter().map(|held| {
        let label = format!("{} {}", held.plan, held.version);
        (label, held.customers, t.number(held.customers))
    });
    let title = t.text("admin-customers-by-plan").into_owned();
    page.add(Block::Chart(Chart::new(title, bars.collect())));
    let now = owner.moment(state.tollgate.now());
    page.as_of(&now).answer()
}
