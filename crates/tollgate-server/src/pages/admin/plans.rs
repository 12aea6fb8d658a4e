//! `GET /admin/plans`: what is sold, who is on which version, and how versions differ.

use super::block::{Block, Cell, Field, Form, Kind, Page, Table};
use super::customer::columns;
use super::owner::OwnerVisitor;
use crate::pages::form::PageQuery;
use crate::pages::problem::PageError;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use tollgate_core::catalog::{Catalog, Change};
use tollgate_core::plan::Plan;
use tollgate_store::account::{self, PlanCount};
use tollgate_store::catalog::{self, AppliedCatalog};

/// Versions that are listed.
const VERSIONS: u32 = 50;

/// Which versions are compared.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    from: Option<u32>,
    to: Option<u32>,
}

/// Shows them.
pub(super) async fn show(
    State(state): State<AppState>,
    owner: OwnerVisitor,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Result<Response, PageError> {
    let t = owner.t;
    let current = state.tollgate.catalog();
    let mut reader = state.tollgate.store().read().await?;
    let held = account::customers_by_plan(&mut reader).await?;
    let versions = catalog::list(&mut reader, None, VERSIONS).await?;
    let compared = match (wanted.from, wanted.to) {
        (Some(from), Some(to)) => {
            let older = catalog::find(&mut reader, from).await?;
            let newer = catalog::find(&mut reader, to).await?;
            Some(older.zip(newer))
        }
        _ => None,
    };
    drop(reader);
    let mut page = Page::new(&owner, "admin-plans", t.text("admin-plans"));
    page.add(Block::Table(plans(&owner, &current, &held)));
    page.add(Block::Heading(t.text("admin-versions").into_owned()));
    page.add(Block::Table(version_table(&owner, &versions)));
    page.add(Block::Form(comparison(&owner, &wanted)));
    match compared {
        None => {}
        Some(Some((older, newer))) => {
            page.add(Block::Table(differences(&owner, older.diff(&newer))));
        }
        Some(None) => {
            let text = t.text("admin-no-version").into_owned();
            page.add(Block::Notice("bad", text));
        }
    }
    page.answer()
}

fn plans(owner: &OwnerVisitor, current: &Catalog, held: &[PlanCount]) -> Table {
    let t = owner.t;
    let row = |plan: &Plan| {
        let of_plan = held.iter().filter(|held| held.plan == plan.id);
        let (own, older): (Vec<_>, Vec<_>) = of_plan.partition(|held| held.version == plan.version);
        let sum = |held: Vec<&PlanCount>| {
            let customers = held.into_iter().map(|held| held.customers);
            customers.fold(0_u64, u64::saturating_add)
        };
        let prices = plan.prices_by_length().into_iter();
        let prices: Vec<String> = prices.map(|(_, price)| t.price(price)).collect();
        let (word, tone) = if plan.is_active {
            ("admin-for-sale", "good")
        } else {
            ("admin-not-for-sale", "info")
        };
        vec![
            Cell::text(&plan.name),
            Cell::number(plan.version.to_string()),
            Cell::text(if prices.is_empty() {
                t.text("price-free").into_owned()
            } else {
                prices.join(", ")
            }),
            Cell::number(t.number(sum(own))),
            Cell::number(t.number(sum(older))),
            Cell::state(t.text(word), tone),
        ]
    };
    let keys = [
        "admin-plan",
        "admin-version",
        "admin-prices",
        "admin-customers",
        "admin-older-versions",
        "admin-status",
    ];
    let plans = current.plans_by_price().into_iter();
    Table {
        caption: t.text("admin-plans").into_owned(),
        columns: columns(t, &keys),
        rows: plans.map(|plan| row(plan)).collect(),
        empty: t.text("admin-no-plans").into_owned(),
        next: None,
    }
}

fn version_table(owner: &OwnerVisitor, versions: &[AppliedCatalog]) -> Table {
    let t = owner.t;
    let rows = versions.iter().map(|applied| {
        let version = applied.version;
        let before = version.saturating_sub(1);
        vec![
            Cell::number(version.to_string()),
            Cell::text(owner.moment(applied.applied_at)),
            Cell::text(&applied.applied_by),
            if before > 0 {
                let path = format!("/admin/plans?from={before}&to={version}");
                Cell::link(t.text("admin-difference"), path)
            } else {
                Cell::default()
            },
        ]
    });
    let keys = [
        "admin-version",
        "admin-when",
        "admin-by-whom",
        "admin-difference",
    ];
    Table {
        caption: t.text("admin-versions").into_owned(),
        columns: columns(t, &keys),
        rows: rows.collect(),
        empty: t.text("admin-no-plans").into_owned(),
        next: None,
    }
}

fn comparison(owner: &OwnerVisitor, wanted: &Wanted) -> Form {
    let t = owner.t;
    let number = |name, label: &str, value: Option<u32>| {
        let kind = Kind::Number {
            min: 1,
            max: u64::from(u32::MAX),
        };
        let value = value.map_or_else(String::new, |value| value.to_string());
        Field::new(name, t.text(label), kind).value(value)
    };
    Form::get("diff", "/admin/plans", t.text("admin-compare"))
        .with(number("from", "admin-from-version", wanted.from))
        .with(number("to", "admin-to-version", wanted.to))
}

fn differences(owner: &OwnerVisitor, changes: Vec<Change>) -> Table {
    let t = owner.t;
    let rows = changes.into_iter().map(|change| {
        vec![
            Cell::text(format!("{:?} {}", change.subject, change.id)),
            Cell::text(change.field.unwrap_or_default()),
            Cell::text(change.before.unwrap_or_default()),
            Cell::text(change.after.unwrap_or_default()),
            Cell::text(change.effect),
        ]
    });
    let keys = [
        "admin-what",
        "admin-field",
        "before",
        "after",
        "admin-effect",
    ];
    Table {
        caption: t.text("admin-difference").into_owned(),
        columns: columns(t, &keys),
        rows: rows.collect(),
        empty: t.text("admin-no-difference").into_owned(),
        next: None,
    }
}
